//! One entry as the pass before feed-rs reads it: what feed-rs gets of it, and what is kept beside.

use url::Url;

use super::attributes::raw_attributes;
use super::canon::{Canon, Link};
use super::media::{Attached, MAX_ATTACHED, attach};
use super::parse::absolute;
use super::people::People;
use super::{Mend, Mends, text};
use crate::domain::{Entry, SourceFeed, Timestamp};

/// Links and categories that are read of one entry.
const MAX_LINKS: usize = 50;
const MAX_CATEGORIES: usize = 200;

/// The best of several elements that tell the same: the lowest rank, and the first of that.
#[derive(Debug)]
pub(super) struct Best<T>(Option<(u8, T)>);

impl<T> Default for Best<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Best<T> {
    /// Whether one of this rank would be taken; asked before it is read at a cost.
    pub(super) fn wants(&self, rank: u8) -> bool {
        self.0.as_ref().is_none_or(|(held, _)| rank < *held)
    }

    pub(super) fn offer(&mut self, rank: u8, value: Option<T>) {
        if let Some(value) = value
            && self.wants(rank)
        {
            self.0 = Some((rank, value));
        }
    }

    pub(super) fn get(&self) -> Option<&T> {
        self.0.as_ref().map(|(_, value)| value)
    }

    pub(super) fn take(self) -> Option<T> {
        self.0.map(|(_, value)| value)
    }
}

/// What was read of an entry so far. Addresses are as written.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    /// `xml:base`, of the entry or of what is around it.
    pub base: Option<Url>,
    pub language: Option<String>,
    pub title: Best<String>,
    pub id: Best<String>,
    pub is_permalink: Option<bool>,
    pub links: Vec<Link>,
    pub original_link: Option<String>,
    /// Atom's `<content src="…">`, where that is a page.
    pub content_page: Option<Link>,
    pub published: Best<Timestamp>,
    pub updated: Best<Timestamp>,
    /// CDF's `LASTMOD`, as written.
    pub last_modified: Option<String>,
    /// HTML.
    pub summary: Best<String>,
    pub body: Best<String>,
    pub body_base: Option<Url>,
    pub authors: People,
    pub categories: Vec<String>,
    pub rights: Best<String>,
    pub licence: Option<String>,
    /// RSL, as it was written.
    pub rsl: Option<String>,
    pub source: Option<SourceFeed>,
    pub comments: Option<String>,
    pub attached: Vec<Attached>,
    /// The document ended within a text.
    pub is_text_cut: bool,
}

impl Sheet {
    /// What the start tag says; `around` is the feed's base.
    pub(super) fn begin(attributes: &str, around: &Url) -> Self {
        let mut sheet = Self::default();
        for (name, raw) in raw_attributes(attributes) {
            let value = || text::attribute(raw).trim().to_owned();
            match name {
                "xml:base" => sheet.base = around.join(&value()).ok(),
                "xml:lang" => sheet.language = Some(value()).filter(|language| !language.is_empty()),
                _ if name.eq_ignore_ascii_case("rdf:about") || name.eq_ignore_ascii_case("about") => {
                    sheet.id.offer(5, Some(value()).filter(|id| !id.is_empty()))
                }
                // Channel Definition Format
                _ if name.eq_ignore_ascii_case("href") => sheet.links.push(Link { href: value(), ..Link::default() }),
                _ if name.eq_ignore_ascii_case("lastmod") => sheet.last_modified = Some(value()),
                _ => {}
            }
        }
        sheet
    }

    pub(super) fn link(&mut self, link: Link, mends: &mut Mends) {
        if self.links.len() < MAX_LINKS {
            self.links.push(link);
        } else {
            mends.note(Mend::TooLong);
        }
    }

    pub(super) fn category(&mut self, name: String, mends: &mut Mends) {
        // PHP's quotes, which nobody took away again: `angler\'s wharf`
        let name = if name.contains('\\') { name.replace("\\'", "'").replace("\\\"", "\"") } else { name };
        if name.is_empty() || self.categories.contains(&name) {
            return;
        }
        if self.categories.len() < MAX_CATEGORIES {
            self.categories.push(name);
        } else {
            mends.note(Mend::TooLong);
        }
    }

    pub(super) fn attach(&mut self, attached: Option<Attached>, mends: &mut Mends) {
        if self.attached.len() < MAX_ATTACHED {
            self.attached.extend(attached);
        } else {
            mends.note_if(attached.is_some(), Mend::TooLong);
        }
    }

    /// Whether it says anything that an entry says.
    pub(super) fn is_telling(&self) -> bool {
        let has_text = self.body.get().is_some() || self.summary.get().is_some();
        has_text || self.id.get().is_some() || !self.links.is_empty() || self.title.get().is_some()
    }

    /// Whether it can be told from others and has its text: enough to be an entry although the document ends in it.
    pub(super) fn is_whole(&self) -> bool {
        let is_known = self.id.get().is_some() || !self.links.is_empty();
        let has_text = self.body.get().is_some() || self.summary.get().is_some();
        is_known && self.title.get().is_some() && has_text && !self.is_text_cut
    }

    /// Writes what feed-rs reads; returns the rest, with `feed_base` for what has no base of its own.
    pub(super) fn finish(self, out: &mut Canon, feed_base: &Url) -> Entry {
        let base = self.base.as_ref().unwrap_or(feed_base);
        out.begin_entry(self.base.as_ref());
        out.text("id", self.id.get().map(String::as_str));
        out.text("title", self.title.get().map(String::as_str));
        for (name, date) in [("published", self.published.get()), ("updated", self.updated.get())] {
            out.text(name, date.map(ToString::to_string).as_deref());
        }
        self.write_links(out);
        for category in &self.categories {
            out.category(category);
        }
        out.text("rights", self.rights.get().map(String::as_str));
        out.end_entry();
        let link = |rel: &str| self.links.iter().find(|link| link.is(rel)).map(|link| link.href.as_str());
        let filled = |text: Best<String>| text.take().filter(|text| !text.is_empty());
        let mut entry = Entry {
            guid_is_permalink: self.is_permalink,
            authors: self.authors.into_names(),
            licence: self.licence.as_deref().or(link("license")).and_then(|licence| absolute(licence, base)),
            comments: self.comments.as_deref().or(link("replies")).and_then(|page| absolute(page, base)),
            rsl: self.rsl,
            source: self.source,
            language: self.language,
            base: self.body_base.as_ref().or(self.base.as_ref()).map(|base| base.as_str().to_owned()),
            ..Entry::default()
        };
        attach(&mut entry, self.attached, base);
        entry.summary = filled(self.summary);
        entry.content = filled(self.body);
        entry
    }

    /// The page that it stands for: what a feed service says that its own link stands for, links to pages, or the id.
    fn write_links(&self, out: &mut Canon) {
        if let Some(original) = &self.original_link {
            return out.link(&Link { href: original.clone(), ..Link::default() });
        }
        let mut any = false;
        for link in self.links.iter().filter(|link| link.is("alternate") && !link.href.trim().is_empty()) {
            out.link(link);
            any = true;
        }
        if let Some(page) = self.content_page.as_ref().filter(|_| !any) {
            return out.link(page);
        }
        let is_address = |id: &&String| match self.is_permalink {
            Some(false) => false,
            // relative, but no mere number
            Some(true) => id.contains('/'),
            None => id.starts_with("http"),
        };
        if let Some(id) = self.id.get().filter(is_address)
            && !any
        {
            out.link(&Link { href: id.clone(), ..Link::default() });
        }
    }
}
