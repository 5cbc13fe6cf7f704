//! The pass before feed-rs: reads whatever came as leniently as can be, caps it, and hands on canonical Atom of short elements.
//!
//! One walk over the tags, linear whatever comes. An element that holds text is taken whole, up to its end tag or what must have ended
//! it, and what it says goes to the open entry's [`Sheet`] or to the feed's; of all other elements only the place matters: whether
//! what is inside belongs to the feed, an entry, an attachment, or to something that isn't read. When an entry ends, what feed-rs reads
//! of it is written as Atom ([`Canon`]), and the rest (bodies, people, media: long, or what feed-rs drops or dies of) is kept to be
//! joined with what feed-rs tells.

use url::Url;

use super::attributes::attribute;
use super::canon::Canon;
use super::entry::Sheet;
use super::feed::Head;
use super::names::{Element, element};
use super::namespaces::{Names, Ns};
use super::parse::ParseError;
use super::scan::{End, Inside, Scanner, Token, split_name};
use super::{Format, Mend, Mends, Reading, names};
use crate::domain::{Entry, Hints, ImageKind};

/// Elements may nest so deep; what is deeper isn't read.
pub const MAX_DEPTH: usize = 100;
/// Entries that are read of one document; what comes after them is left.
pub const MAX_ENTRIES: usize = 2_000;

/// A document after the pass.
#[derive(Debug)]
pub(super) struct Layered {
    /// Canonical Atom 1.0, for feed-rs.
    pub xml: String,
    /// What is kept of each entry beside it, in the same order.
    pub kept: Vec<Entry>,
    /// People of the feed, and its licence, for entries that tell none.
    pub authors: Vec<String>,
    pub licence: Option<String>,
    pub rsl: Option<String>,
    pub hints: Hints,
    pub format: Format,
    /// What the document's addresses are relative to.
    pub base: Url,
    /// There was more than is read.
    pub is_cut: bool,
    /// The document ended within its last entry, before that was whole.
    pub ends_in_stump: bool,
}

/// Where the walk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Feed,
    Entry,
    /// In `media:group`.
    Group,
    /// In `media:content`; the last thing that was attached.
    Content,
    /// In something whose children tell nothing of the feed or the entry.
    Aside,
}

struct Frame<'t> {
    name: &'t str,
    place: Place,
    /// The namespace of unprefixed names.
    default: Ns,
    /// Within an element that isn't known: what is there counts only where nothing better does.
    is_loose: bool,
    /// One of the elements that hold the entries.
    is_root: bool,
}

pub(super) struct Walk<'t> {
    scanner: Scanner<'t>,
    names: Names<'t>,
    stack: Vec<Frame<'t>>,
    /// Elements open beyond the depth that is read.
    beyond: usize,
    pub(super) head: Head,
    pub(super) entry: Option<Sheet>,
    entries: Canon,
    kept: Vec<Entry>,
    pub(super) mends: &'t mut Mends,
    pub(super) reading: &'t Reading,
    format: Option<Format>,
    /// The first element, where it is no feed's root; and whether it was a web page's.
    other_root: Option<&'t str>,
    is_page: bool,
    /// Entries without anything around them that tells a feed, and whether one of them says anything.
    is_rootless: bool,
    has_told: bool,
    is_over: bool,
    has_entities: bool,
    is_cut: bool,
}

/// Reads the document. `base` is where it was fetched from.
pub(super) fn read<'t>(text: &'t str, base: &Url, reading: &'t Reading, mends: &'t mut Mends) -> Result<Layered, ParseError> {
    let mut walk = Walk {
        scanner: Scanner::new(text),
        names: Names::default(),
        stack: Vec::new(),
        beyond: 0,
        head: Head::new(base.clone()),
        entry: None,
        entries: Canon::default(),
        kept: Vec::new(),
        mends,
        reading,
        format: None,
        other_root: None,
        is_page: false,
        is_rootless: false,
        has_told: false,
        is_over: false,
        has_entities: false,
        is_cut: false,
    };
    while let Some(token) = walk.scanner.next() {
        match token {
            Token::Open { name, attributes, empty } => walk.open(name, attributes, empty),
            Token::Close { name } => walk.close(name),
            Token::Text(text) => walk.stray_text(text),
            Token::Cdata(_) => {}
            Token::Instruction(inside) => walk.instruction(inside),
            Token::Doctype(inside) => walk.doctype(inside),
        }
        if walk.is_cut {
            break;
        }
    }
    walk.finish()
}

impl<'t> Walk<'t> {
    fn place(&self) -> Place {
        self.stack.last().map_or(Place::Feed, |frame| frame.place)
    }

    /// What is added to a rank here.
    pub(super) fn looseness(&self) -> u8 {
        if self.stack.last().is_some_and(|frame| frame.is_loose) { 10 } else { 0 }
    }

    pub(super) fn is_atom(&self) -> bool {
        matches!(self.format, Some(Format::Atom10 | Format::Atom03))
    }

    fn open(&mut self, name: &'t str, attributes: &'t str, empty: bool) {
        let inherited = self.stack.last().map_or(Ns::Feed, |frame| frame.default);
        let (mut ns, mut default) = self.names.open(name, attributes, inherited, self.mends);
        if self.format.is_none() && names::is_root(name) {
            // whatever namespace someone made up for it
            (ns, default) = (Ns::Feed, if default == Ns::Other { Ns::Feed } else { default });
        }
        let place = self.place();
        if self.is_over {
            self.mends.note_once(Mend::JunkAfterRoot);
        }
        match element(ns, name, self.mends) {
            Element::Root => self.root(name, attributes, empty, default),
            Element::Channel => self.channel(name, attributes, empty, default),
            Element::Entry if self.format.is_some() || !self.is_page => self.begin_entry(name, attributes, empty, default),
            Element::Entry => self.push(name, place, default, empty),
            _ if self.format.is_none() => {
                self.is_page |= name.eq_ignore_ascii_case("html");
                self.other_root.get_or_insert(name);
            }
            Element::Unknown => self.unknown(name, place, default, empty),
            Element::Aside => self.push(name, Place::Aside, default, empty),
            _ if place == Place::Aside => self.push(name, Place::Aside, default, empty),
            Element::Group => self.push(name, Place::Group, default, empty),
            Element::Content if self.entry.is_some() => {
                self.attach(ImageKind::Content, attributes);
                self.push(name, Place::Content, default, empty);
            }
            Element::Content => self.push(name, Place::Aside, default, empty),
            known if self.entry.is_some() => self.of_entry(known, ns, place, name, attributes, empty),
            known => self.of_feed(known, ns, name, attributes, empty),
        }
    }

    fn push(&mut self, name: &'t str, place: Place, default: Ns, empty: bool) {
        let is_loose = self.stack.last().is_some_and(|frame| frame.is_loose);
        if !empty {
            self.push_frame(Frame { name, place, default, is_loose, is_root: false });
        }
    }

    fn push_frame(&mut self, frame: Frame<'t>) {
        if self.stack.len() < MAX_DEPTH {
            self.stack.push(frame);
        } else {
            self.beyond += 1;
            self.mends.note_once(Mend::TooDeep);
        }
    }

    /// An element that isn't known. What it holds is taken for the feed's or the entry's if nothing better comes, as a tag
    /// that is never closed would else hide all that follows.
    fn unknown(&mut self, name: &'t str, place: Place, default: Ns, empty: bool) {
        // HTML that strayed here
        if empty || matches!(name, "br" | "hr" | "img" | "input" | "link" | "meta" | "wbr") {
            return;
        }
        self.push_frame(Frame { name, place, default, is_loose: true, is_root: false });
    }

    /// The root, which tells the format. One within another is a document in a document: its entries count, too.
    fn root(&mut self, name: &'t str, attributes: &'t str, empty: bool, default: Ns) {
        if self.format.is_none() {
            self.note_junk();
            self.format = Some(Format::of_root(name, attributes, self.mends));
            self.head.open(attributes);
        }
        self.end_entry();
        if !empty {
            self.push_frame(Frame { name, place: Place::Feed, default, is_loose: false, is_root: true });
        }
    }

    fn note_junk(&mut self) {
        if self.other_root.is_some() {
            self.mends.note_once(Mend::JunkBeforeRoot);
        }
    }

    fn channel(&mut self, name: &'t str, attributes: &'t str, empty: bool, default: Ns) {
        if self.format.is_none() {
            self.note_junk();
            // Channel Definition Format has its link there
            let is_cdf = name == "CHANNEL" || attribute(attributes, "href").is_some();
            let is_rss11 = attributes.contains("purl.org/net/rss1.1");
            self.mends.note_if(!is_cdf && !is_rss11, Mend::MissingRoot);
            self.format = Some(match (is_cdf, is_rss11) {
                (true, _) => Format::Cdf,
                (_, true) => Format::Rss10,
                _ => Format::Rss20,
            });
        }
        self.end_entry();
        self.head.open(attributes);
        if !empty {
            self.push_frame(Frame { name, place: Place::Feed, default, is_loose: false, is_root: true });
        }
    }

    fn begin_entry(&mut self, name: &'t str, attributes: &'t str, empty: bool, default: Ns) {
        let is_first = self.format.is_none();
        if is_first {
            let is_atom = split_name(name).1.eq_ignore_ascii_case("entry");
            // an entry may be a document of its own (RFC 4287, section 2)
            self.mends.note_if(!is_atom, Mend::MissingRoot);
            self.is_rootless = true;
            self.format = Some(if is_atom { Format::Atom10 } else { Format::Rss20 });
        }
        if self.kept.len() + usize::from(self.entry.is_some()) >= MAX_ENTRIES {
            self.mends.note(Mend::TooLong);
            self.is_cut = true;
            return;
        }
        let is_in_another = self.entry.is_some();
        self.end_entry();
        let is_in_rss = self.format == Some(Format::Rss20) || self.format == Some(Format::Rss09);
        let is_misplaced = is_in_rss && self.stack.last().is_none_or(|frame| !frame.name.eq_ignore_ascii_case("channel"));
        self.mends.note_if(is_in_another || is_misplaced, Mend::MisplacedItem);
        let mut sheet = Sheet::begin(attributes, &self.head.base);
        let changed = sheet.last_modified.as_deref().and_then(|text| self.date(text));
        sheet.updated.offer(1, changed);
        self.entry = Some(sheet);
        if empty {
            return self.end_entry();
        }
        while self.stack.len() >= MAX_DEPTH {
            self.stack.pop();
        }
        self.beyond = 0;
        self.stack.push(Frame { name, place: Place::Entry, default, is_loose: false, is_root: false });
    }

    /// Ends the open entry, whatever is open in it.
    fn end_entry(&mut self) {
        let Some(sheet) = self.entry.take() else { return };
        if let Some(at) = self.stack.iter().rposition(|frame| frame.place == Place::Entry && !frame.is_loose) {
            self.stack.truncate(at);
        }
        self.beyond = 0;
        self.has_told |= sheet.is_telling();
        self.kept.push(sheet.finish(&mut self.entries, &self.head.base));
    }

    /// Closes the innermost element of the name, and what was left open inside; a tag that closes nothing is left out.
    fn close(&mut self, name: &str) {
        let is_root = names::is_root(name) || name.eq_ignore_ascii_case("channel");
        if self.beyond > 0 && !is_root && !names::is_entry(name) {
            self.beyond -= 1;
            return;
        }
        let Some(at) = self.stack.iter().rposition(|frame| frame.name.eq_ignore_ascii_case(name)) else {
            self.mends.note_if(self.format.is_some() && !self.is_over, Mend::StrayEndTag);
            return;
        };
        // a stray `</b>` doesn't end an entry that stands in some `<b>`
        let ends_entry = self.stack[at..].iter().any(|frame| frame.place == Place::Entry && !frame.is_loose);
        if ends_entry && !is_root && !names::is_entry(name) {
            return self.mends.note(Mend::StrayEndTag);
        }
        for _ in at + 1..self.stack.len() {
            self.mends.note(Mend::UnclosedElement);
        }
        if ends_entry {
            self.end_entry();
        }
        self.beyond = 0;
        self.stack.truncate(at);
        self.is_over |= self.stack.is_empty();
    }

    fn stray_text(&mut self, text: &str) {
        if text.trim_ascii().is_empty() {
            return;
        }
        if self.is_over {
            self.mends.note_once(Mend::JunkAfterRoot);
        } else if self.format.is_none() {
            self.mends.note_once(Mend::JunkBeforeRoot);
        }
    }

    fn instruction(&mut self, inside: &str) {
        let is_declaration = inside.strip_prefix("xml").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_whitespace()));
        self.mends.note_if(is_declaration && self.scanner.begin() > 0, Mend::LateDeclaration);
    }

    fn doctype(&mut self, inside: &str) {
        self.has_entities |= inside.contains("<!ENTITY") || inside.contains(".dtd");
        self.is_page |= self.format.is_none() && inside.get(..12).is_some_and(|start| start.eq_ignore_ascii_case("doctype html"));
    }

    /// Takes what an element holds; only that element may end it, or what `breaks`.
    pub(super) fn inside(&mut self, name: &str, empty: bool, nests: bool, breaks: impl Fn(&str) -> bool) -> Inside<'t> {
        if empty {
            return Inside::default();
        }
        let inside = self.scanner.inside(name, nests, breaks);
        match inside.end {
            End::Own => {}
            End::Implied => self.mends.note(Mend::UnclosedElement),
            End::Cdata => self.mends.note(Mend::UnclosedCdata),
            // the whole document is told to be cut
            End::Document => {}
        }
        inside
    }

    /// Takes note if the document ended within a text that an entry needs.
    pub(super) fn note_cut(&mut self, inside: Inside) {
        if let Some(entry) = self.entry.as_mut().filter(|_| inside.end == End::Document) {
            entry.is_text_cut = true;
        }
    }

    /// Closes what the document left open.
    fn finish(mut self) -> Result<Layered, ParseError> {
        let is_open = self.stack.iter().any(|frame| frame.is_root || frame.place == Place::Entry) && !self.is_cut;
        self.mends.note_if(is_open, Mend::Truncated);
        let ends_in_stump = is_open && self.entry.as_ref().is_some_and(|entry| !entry.is_whole());
        self.end_entry();
        let Some(format) = self.format.filter(|_| !self.is_rootless || self.has_told) else {
            return Err(match self.other_root {
                _ if self.is_page => ParseError::Page,
                Some(root) => ParseError::OtherRoot(root.to_owned()),
                None => ParseError::NoRoot,
            });
        };
        if self.has_entities {
            self.mends.forget(Mend::UndefinedEntity);
        }
        if format == Format::Cdf {
            self.mends.forget(Mend::UpperCaseName);
        }
        let Head { base, authors, licence, rsl, hints, .. } = &mut self.head;
        let (authors, licence, rsl) = (std::mem::take(authors).into_names(), licence.take(), rsl.take());
        let (hints, base) = (std::mem::take(hints).finish(base), base.clone());
        let xml = self.head.canon().finish(&self.entries);
        Ok(Layered { xml, kept: self.kept, authors, licence, rsl, hints, format, base, is_cut: self.is_cut, ends_in_stump })
    }
}
