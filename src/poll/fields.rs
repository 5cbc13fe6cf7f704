//! What each element tells of the open entry, and how texts, links and dates are taken from elements.

use super::attributes::{attribute, raw_attributes};
use super::canon::Link;
use super::construct::{self, Habit};
use super::layer::{Place, Walk};
use super::media::Attached;
use super::names::{Element, ends_attached, ends_html, ends_line, ends_markup};
use super::namespaces::Ns;
use super::scan::{End, Inside, Scanner, Token, split_name};
use super::{Mend, date, plain, text};
use crate::domain::{ImageKind, SourceFeed, Timestamp};

/// An id, a link or a term may be so long, in bytes; what is longer is none.
const MAX_LINE: usize = 10_000;
/// The rank of what a picture says where an entry should.
const PICTURE: u8 = 50;
/// A date that nothing has comes after all others.
const ABSURD: u8 = 100;

impl<'t> Walk<'t> {
    /// An element of the open entry.
    pub(super) fn of_entry(&mut self, element: Element, ns: Ns, place: Place, name: &'t str, attributes: &'t str, empty: bool) {
        let loose = self.looseness();
        let is_direct = place == Place::Entry;
        match element {
            Element::Title(rank) => {
                // a picture's title is better than none
                let is_picture = place == Place::Content;
                let is_face = is_picture && self.entry.as_ref().and_then(|entry| entry.attached.last()).is_some_and(Attached::is_face);
                let rank = if is_picture { PICTURE } else { rank };
                let inside = self.line(name, empty);
                self.note_cut(inside);
                let wanted = !is_face && (is_picture || self.entry.as_ref().is_some_and(|entry| entry.title.wants(rank + loose)));
                let title = wanted.then(|| self.text(inside, ns, name, attributes).to_plain()).filter(|title| !title.is_empty());
                if let Some(last) = self.entry.as_mut().and_then(|entry| entry.attached.last_mut()).filter(|_| is_picture) {
                    last.title = title.clone();
                }
                self.sheet(|entry| entry.title.offer(rank + loose, title));
            }
            Element::Summary(_) if ns == Ns::Media && place == Place::Content => {
                let inside = self.line(name, empty);
                let html = self.text(inside, ns, name, attributes).into_html();
                let alt = Some(plain::from_html(&html)).filter(|alt| !alt.is_empty());
                self.sheet(|entry| {
                    entry.summary.offer(PICTURE, alt.is_some().then_some(html));
                    if let Some(last) = entry.attached.last_mut() {
                        last.caption = alt;
                    }
                });
            }
            Element::Summary(rank) => {
                let html = self.body(rank + loose, ns, name, attributes, empty, |entry| &entry.summary);
                self.sheet(|entry| entry.summary.offer(rank + loose, html));
            }
            Element::Body(rank) => {
                let html = self.body(rank + loose, ns, name, attributes, empty, |entry| &entry.body);
                let own = if attributes.contains("xml:base") { attribute(attributes, "xml:base") } else { None };
                let feed_base = &self.head.base;
                if let Some(entry) = &mut self.entry {
                    if let (Some(own), Some(_)) = (own, &html) {
                        entry.body_base = entry.base.as_ref().unwrap_or(feed_base).join(&own).ok();
                    }
                    entry.body.offer(rank + loose, html);
                }
                self.linked_content(attributes);
            }
            Element::Id => {
                let inside = self.line(name, empty);
                self.note_cut(inside);
                let says = attribute(attributes, "isPermaLink");
                let id = self.plain_line(inside);
                self.sheet(|entry| {
                    if entry.id.wants(loose) && id.is_some() {
                        entry.is_permalink = says.map(|says| !says.trim().eq_ignore_ascii_case("false"));
                    }
                    entry.id.offer(loose, id);
                });
            }
            Element::Link => self.link(name, attributes, empty),
            Element::OriginalLink => {
                let inside = self.line(name, empty);
                let link = self.plain_line(inside);
                self.sheet(|entry| entry.original_link = entry.original_link.take().or(link));
            }
            Element::Published(rank) | Element::Updated(rank) => {
                let inside = self.line(name, empty);
                let date = self.date_of(inside);
                let rank = rank + loose + if date.is_some_and(|at| !date::is_plausible(at)) { ABSURD } else { 0 };
                self.sheet(|entry| match element {
                    Element::Published(_) => entry.published.offer(rank, date),
                    _ => entry.updated.offer(rank, date),
                });
            }
            Element::Author(rank) => {
                let inside = self.inside(name, empty, false, ends_html);
                if ns == Ns::Media {
                    let credit = Some(self.text(inside, ns, name, attributes).to_plain()).filter(|credit| !credit.is_empty());
                    if let Some(last) = self.entry.as_mut().and_then(|entry| entry.attached.last_mut()).filter(|last| last.credit.is_none())
                    {
                        last.credit = credit;
                    }
                }
                let role = attribute(attributes, "role");
                // Media RSS credits photographers, too
                let is_author = ns != Ns::Media || role.is_none_or(|role| role.eq_ignore_ascii_case("author"));
                if is_author {
                    self.sheet(|entry| entry.authors.add(rank + loose, inside.raw));
                }
            }
            Element::Category | Element::Keywords => self.category(element, ns, name, attributes, empty),
            Element::Rights => {
                let inside = self.inside(name, empty, false, ends_html);
                let rights = Some(self.text(inside, ns, name, attributes).to_plain()).filter(|rights| !rights.is_empty());
                self.sheet(|entry| entry.rights.offer(loose, rights));
            }
            Element::Terms => {
                let inside = self.inside(name, empty, true, ends_html);
                let terms = written(name, attributes, inside.raw);
                self.sheet(|entry| entry.rsl = entry.rsl.take().or(terms));
            }
            Element::Licence => {
                let licence = self.address(name, attributes, empty);
                self.sheet(|entry| entry.licence = entry.licence.take().or(licence));
            }
            Element::Source => {
                let source = self.source(name, attributes, empty);
                self.sheet(|entry| entry.source = entry.source.take().or(source));
            }
            Element::Comments => {
                let inside = self.line(name, empty);
                let page = self.plain_line(inside);
                self.sheet(|entry| entry.comments = entry.comments.take().or(page));
            }
            Element::Enclosure | Element::Thumbnail | Element::Cover => {
                self.attach(
                    match element {
                        Element::Enclosure => ImageKind::Enclosure,
                        Element::Thumbnail => ImageKind::Thumbnail,
                        _ => ImageKind::Cover,
                    },
                    attributes,
                );
                let inside = self.inside(name, empty, false, ends_attached);
                // an address where others have an attribute
                if !attributes.contains('=') {
                    let url = self.plain_line(inside).unwrap_or_default();
                    let kind = if element == Element::Enclosure { ImageKind::Enclosure } else { ImageKind::Thumbnail };
                    let found = Some(Attached { url, kind, ..Attached::default() }).filter(|found| !found.url.is_empty());
                    let mends = &mut *self.mends;
                    if let Some(entry) = &mut self.entry {
                        entry.attach(found, mends);
                    }
                }
            }
            Element::Language if is_direct => {
                let inside = self.line(name, empty);
                let language = self.plain_line(inside);
                self.sheet(|entry| entry.language = entry.language.take().or(language));
            }
            _ => self.pass(name, empty),
        }
    }

    fn sheet(&mut self, with: impl FnOnce(&mut super::entry::Sheet)) {
        if let Some(entry) = &mut self.entry {
            with(entry);
        }
    }

    /// A short text, which any known element ends.
    pub(super) fn line(&mut self, name: &'t str, empty: bool) -> Inside<'t> {
        self.inside(name, empty, false, ends_line)
    }

    pub(super) fn pass(&mut self, name: &'t str, empty: bool) {
        self.inside(name, empty, false, ends_html);
    }

    /// A text without markup, white space around it left out; nothing if it is empty.
    pub(super) fn plain_line(&mut self, inside: Inside<'t>) -> Option<String> {
        let text = construct::characters(inside, self.mends);
        let text = text.trim();
        (!text.is_empty() && text.len() <= MAX_LINE).then(|| text.to_owned())
    }

    pub(super) fn text(&mut self, inside: Inside<'t>, ns: Ns, name: &str, attributes: &str) -> construct::Text<'t> {
        construct::text(inside, attributes, self.habit(ns, name), self.mends)
    }

    fn habit(&self, ns: Ns, name: &str) -> Habit {
        match ns {
            Ns::Media | Ns::Itunes => Habit::Lines,
            Ns::Feed if self.is_atom() && !split_name(name).1.eq_ignore_ascii_case("description") => Habit::Plain,
            _ => Habit::Loose,
        }
    }

    /// A long text as HTML, if one of this rank is wanted.
    fn body(
        &mut self,
        rank: u8,
        ns: Ns,
        name: &'t str,
        attributes: &'t str,
        empty: bool,
        held: impl Fn(&super::entry::Sheet) -> &super::entry::Best<String>,
    ) -> Option<String> {
        let is_markup = attributes.contains("xhtml") || attributes.contains("xml") || attributes.contains("mode");
        let inside = self.inside(name, empty, is_markup, if is_markup { ends_markup } else { ends_html });
        self.note_cut(inside);
        let is_wanted = self.entry.as_ref().is_some_and(|entry| held(entry).wants(rank));
        is_wanted.then(|| self.text(inside, ns, name, attributes).into_html()).filter(|html| !html.is_empty())
    }

    /// Atom's `<content src="…">`: a page, or a file that is attached.
    fn linked_content(&mut self, attributes: &'t str) {
        if !attributes.contains("src") {
            return;
        }
        let Some(src) = attribute(attributes, "src") else { return };
        let media = attribute(attributes, "type");
        let is_page = media.as_deref().is_none_or(|media| media.contains("html"));
        let mends = &mut *self.mends;
        let Some(entry) = &mut self.entry else { return };
        if is_page {
            // after the links that say what they are
            entry.content_page = Some(Link { href: src, ..Link::default() });
        } else {
            entry.attach(Some(Attached { url: src, kind: ImageKind::Enclosure, mime: media, ..Attached::default() }), mends);
        }
    }

    pub(super) fn date(&mut self, text: &str) -> Option<Timestamp> {
        let read = date::read(text, self.reading);
        self.mends.note_if(!read.is_some_and(date::is_plausible) && !text.is_empty(), Mend::UnreadableDate);
        read
    }

    pub(super) fn date_of(&mut self, inside: Inside<'t>) -> Option<Timestamp> {
        let text = self.plain_line(inside).filter(|_| inside.end != End::Document)?;
        self.date(&text)
    }

    pub(super) fn attach(&mut self, kind: ImageKind, attributes: &'t str) {
        let mends = &mut *self.mends;
        if let Some(entry) = &mut self.entry {
            entry.attach(Attached::read(kind, attributes), mends);
        }
    }

    /// A link, as RSS (text) or as Atom (attributes) writes it.
    pub(super) fn link(&mut self, name: &'t str, attributes: &'t str, empty: bool) {
        let mut link = Link::default();
        let mut length = None;
        for (attribute, raw) in raw_attributes(attributes) {
            let value = || text::attribute(raw).into_owned();
            match attribute {
                "href" | "HREF" => link.href = value(),
                "rel" | "REL" => link.rel = Some(value()),
                "type" | "TYPE" => link.media = Some(value()),
                "length" => length = raw.parse().ok(),
                _ => {}
            }
        }
        let inside = self.line(name, empty);
        self.note_cut(inside);
        if link.href.trim().is_empty() {
            link.href = self.plain_line(inside).unwrap_or_default();
        }
        if link.href.is_empty() || link.href.len() > MAX_LINE {
            return;
        }
        let mends = &mut *self.mends;
        match &mut self.entry {
            Some(entry) if link.is("enclosure") => {
                let attached = Attached { url: link.href, mime: link.media, kind: ImageKind::Enclosure, length, ..Attached::default() };
                entry.attach(Some(attached), mends);
            }
            Some(entry) => entry.link(link, mends),
            None => self.head.link(link),
        }
    }

    /// A licence's address: in an attribute, or as text.
    pub(super) fn address(&mut self, name: &'t str, attributes: &'t str, empty: bool) -> Option<String> {
        let inside = self.line(name, empty);
        let attribute = ["rdf:resource", "href", "url"].iter().find_map(|wanted| attribute(attributes, wanted));
        attribute.or_else(|| self.plain_line(inside))
    }

    fn category(&mut self, element: Element, ns: Ns, name: &'t str, attributes: &'t str, empty: bool) {
        let (mut term, mut label) = (None, None);
        for (attribute, raw) in raw_attributes(attributes) {
            let value = || Some(plain::from_either(&text::attribute(raw))).filter(|value| !value.is_empty());
            match attribute {
                "label" => label = value(),
                "term" | "text" => term = value(),
                _ => {}
            }
        }
        let inside = self.inside(name, empty, ns == Ns::Itunes, ends_line);
        let words = match label.or(term) {
            Some(label) => label,
            // RDF puts descriptions there
            None if inside.has_tags => plain::from_html(&construct::characters(inside, self.mends)),
            None => plain::from_either(&construct::characters(inside, self.mends)),
        };
        let mends = &mut *self.mends;
        let Some(entry) = &mut self.entry else { return };
        if element == Element::Keywords {
            words.split(',').for_each(|word| entry.category(word.trim().to_owned(), mends));
        } else if words.len() <= MAX_LINE {
            entry.category(words, mends);
        }
        // `itunes:category` holds others
        for token in Scanner::new(inside.raw).filter(|_| inside.has_tags && ns == Ns::Itunes) {
            let Token::Open { attributes, .. } = token else { continue };
            entry.category(attribute(attributes, "text").unwrap_or_default(), mends);
        }
    }

    /// RSS: `<source url="…">Title</source>`; Atom: a feed's own elements.
    fn source(&mut self, name: &'t str, attributes: &'t str, empty: bool) -> Option<SourceFeed> {
        let inside = self.inside(name, empty, false, ends_markup);
        let mut source = SourceFeed { title: None, url: attribute(attributes, "url") };
        let mut scanner = Scanner::new(inside.raw);
        let mut id = None;
        while let Some(token) = scanner.next() {
            let Token::Open { name, attributes, empty } = token else { continue };
            match split_name(name).1 {
                "title" if !empty && source.title.is_none() => {
                    let title = scanner.inside(name, false, |_| false);
                    source.title = Some(construct::text(title, attributes, Habit::Loose, self.mends).to_plain());
                }
                "id" if !empty => id = Some(scanner.inside(name, false, |_| false).raw.trim().to_owned()),
                "link" => {
                    let is_self = attribute(attributes, "rel").is_some_and(|rel| rel == "self");
                    if is_self || source.url.is_none() {
                        source.url = attribute(attributes, "href").or(source.url);
                    }
                }
                _ => {}
            }
        }
        if !inside.has_tags {
            source.title = Some(plain::from_either(&construct::characters(inside, self.mends)));
        }
        let base = self.entry.as_ref().and_then(|entry| entry.base.as_ref()).unwrap_or(&self.head.base);
        source.title = source.title.filter(|title| !title.is_empty());
        source.url = source.url.or(id).and_then(|url| super::parse::absolute(&url, base));
        (source != SourceFeed::default()).then_some(source)
    }
}
/// Longer terms of use are none.
const LONGEST_TERMS: usize = 8_000;

/// An element as it was written.
pub(super) fn written(name: &str, attributes: &str, inside: &str) -> Option<String> {
    (attributes.len() + inside.len() <= LONGEST_TERMS).then(|| format!("<{name} {}>{inside}</{name}>", attributes.trim_end_matches('/')))
}
