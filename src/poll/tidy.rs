//! The linear pass before feed-rs: caps what would kill the process, mends what would lose the feed, and takes out what feed-rs
//! loses or dies of (media, iTunes, podcast, enclosures), so that it is read here.

use std::collections::HashSet;

use super::notes::{Media, Notes};
use super::parse::ParseError;
use super::scan::{Scanner, Token, attributes, split_name};

/// Elements may nest so deep. feed-rs recurses: a thousand nested `media:group` end the process, which no `catch_unwind` stops.
pub const MAX_DEPTH: usize = 100;
/// Entries that are read of one document; what comes after them is left. An empty entry costs feed-rs 770 bytes.
pub const MAX_ENTRIES: usize = 2_000;
/// Elements directly in one entry, or directly in the feed, that are read.
pub const MAX_CHILDREN: usize = 500;
/// The same over the whole document; at more of them it is cut before the entry at hand.
pub const MAX_CHILDREN_IN_ALL: usize = 100_000;

/// Stands in for `@` in names, as feed-rs panics at `作者：foo@example.com`. A private-use character: no feed has it.
pub(super) const AT: char = '\u{e040}';

/// Elements whose text feed-rs takes for a person.
const PEOPLE: [&str; 4] = ["author", "creator", "managingEditor", "webMaster"];
/// Elements that feed-rs refuses the whole feed for when they are empty.
const NEEDS_TEXT: [&str; 6] = ["title", "summary", "content", "description", "subtitle", "rights"];

/// Elements of RSS that hold text, in which HTML ought to be escaped.
const TEXTS: [&str; 3] = ["title", "description", "encoded"];
/// HTML elements that have no end tag.
const VOID: [&str; 8] = ["br", "hr", "img", "input", "link", "meta", "source", "wbr"];

/// A document that feed-rs can be trusted with.
#[derive(Debug)]
pub(super) struct Tidy {
    pub xml: String,
    pub notes: Notes,
}

/// Reads and rewrites the document.
pub(super) fn tidy(text: &str) -> Result<Tidy, ParseError> {
    let mut pass = Pass { media_prefixes: HashSet::from(["media"]), ..Pass::default() };
    let mut tokens = Scanner::new(text).peekable();
    while let Some(token) = tokens.next() {
        let go_on = match token {
            Token::Doctype(inside) => {
                if pass.root.is_none() && inside.to_ascii_lowercase().starts_with("doctype html") {
                    return Err(ParseError::Page);
                }
                true
            }
            Token::Text(text) => pass.text(text),
            Token::Cdata(text) => pass.cdata(text),
            Token::Open { name, attributes, empty } => {
                let hollow = empty || is_hollow(tokens.peek());
                pass.open(name, attributes, empty, hollow)?
            }
            Token::Close { name } => pass.close(name),
        };
        if !go_on {
            break;
        }
    }
    pass.finish()
}

fn is_hollow(next: Option<&Token>) -> bool {
    match next {
        Some(Token::Text(text) | Token::Cdata(text)) => text.trim().is_empty(),
        Some(Token::Close { .. }) | None => true,
        Some(_) => false,
    }
}

#[derive(Default)]
struct Pass<'t> {
    out: String,
    notes: Notes,
    root: Option<&'t str>,
    stack: Vec<Element<'t>>,
    /// The open entry: how deep it is in the stack, and where it begins in `out`.
    entry: Option<(usize, usize)>,
    media_prefixes: HashSet<&'t str>,
    children: usize,
    children_in_all: usize,
}

struct Element<'t> {
    name: &'t str,
    fate: Fate,
}

/// What becomes of an element.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Kept,
    Dropped,
    /// HTML that someone forgot to escape: its tags become text.
    Escaped,
}

impl<'t> Pass<'t> {
    fn fate(&self) -> Fate {
        self.stack.last().map_or(Fate::Kept, |element| element.fate)
    }

    /// Whether what comes is HTML where RSS has text.
    fn is_in_text(&self) -> bool {
        let parent = self.stack.last().map_or("", |element| split_name(element.name).1);
        self.root == Some("rss") && (self.fate() == Fate::Escaped || self.fate() == Fate::Kept && TEXTS.contains(&parent))
    }

    fn open(&mut self, name: &'t str, attributes: &'t str, empty: bool, hollow: bool) -> Result<bool, ParseError> {
        let (prefix, local) = split_name(name);
        if self.root.is_none() {
            return self.begin(name, attributes, empty);
        }
        if self.stack.len() >= MAX_DEPTH {
            return Err(ParseError::TooDeep);
        }
        let begins_entry = self.entry.is_none() && matches!(local, "item" | "entry") && self.fate() == Fate::Kept;
        if begins_entry {
            if self.notes.entries.len() == MAX_ENTRIES {
                self.notes.cut = true;
                return Ok(false);
            }
            self.entry = Some((self.stack.len(), self.out.len()));
            self.children = 0;
            self.notes.begin_entry(attributes);
        }
        let media = match prefix {
            "itunes" | "podcast" | "googleplay" => Some(Media::Podcast),
            "" if local == "enclosure" => Some(Media::Enclosure),
            prefix if self.media_prefixes.contains(prefix) => Some(Media::Rss),
            _ => None,
        };
        if self.entry.is_some() {
            let inside = self.stack.last().map_or("", |element| split_name(element.name).1);
            self.notes.open(media, local, attributes, inside);
        } else {
            self.notes.open_in_feed(local, attributes);
        }
        let is_child = !begins_entry && self.stack.len() == self.entry.map_or(self.feed_depth(), |(depth, _)| depth + 1);
        if is_child {
            self.children += 1;
            self.children_in_all += 1;
            if self.children_in_all > MAX_CHILDREN_IN_ALL {
                self.notes.cut = true;
                return Ok(false);
            }
        }
        let needless = hollow && NEEDS_TEXT.contains(&local) && !attributes.contains("src");
        let dropped = media.is_some() || needless || is_child && self.children > MAX_CHILDREN;
        let fate = match self.fate() {
            Fate::Dropped => Fate::Dropped,
            _ if self.is_in_text() => Fate::Escaped,
            _ if dropped => Fate::Dropped,
            _ => Fate::Kept,
        };
        let empty = empty || fate == Fate::Escaped && VOID.contains(&local);
        match fate {
            Fate::Kept => {
                self.out.push('<');
                self.out.push_str(name);
                push_text(&mut self.out, attributes);
                self.out.push_str(if empty { "/>" } else { ">" });
            }
            Fate::Escaped => {
                self.out.push_str("&lt;");
                self.out.push_str(name);
                push_escaped(&mut self.out, attributes);
                self.out.push_str("&gt;");
            }
            Fate::Dropped => {}
        }
        if empty {
            self.notes.close(local);
        } else {
            self.stack.push(Element { name, fate });
        }
        Ok(true)
    }

    /// Where the feed's own children stand: in the `<channel>` of RSS, else in the root.
    fn feed_depth(&self) -> usize {
        if matches!(self.root, Some("rss" | "RDF")) { 2 } else { 1 }
    }

    /// The first element that may be a feed's root; what stands before it is left out.
    fn begin(&mut self, name: &'t str, attributes: &'t str, empty: bool) -> Result<bool, ParseError> {
        let (_, local) = split_name(name);
        let is_rss = local.eq_ignore_ascii_case("rss");
        if local.eq_ignore_ascii_case("html") {
            return Err(ParseError::Page);
        }
        if !is_rss && !matches!(local, "feed" | "RDF" | "entry") || empty {
            self.notes.other_root.get_or_insert_with(|| name.to_owned());
            return Ok(true);
        }
        for (attribute, value) in super::scan::attributes(attributes) {
            let Some(prefix) = attribute.strip_prefix("xmlns:") else { continue };
            if value.contains("search.yahoo.com/mrss") {
                self.media_prefixes.insert(prefix);
            }
        }
        if is_rss {
            // any version and any default namespace: feed-rs knows three of the one and none of the other
            self.out.push_str("<rss version=\"2.0\"");
            for (attribute, value) in attributes_of_root(attributes) {
                self.out.push_str(&format!(" {attribute}=\"{}\"", html_escape::encode_double_quoted_attribute(&value)));
            }
            self.out.push('>');
        } else {
            self.out.push('<');
            self.out.push_str(name);
            push_text(&mut self.out, attributes);
            self.out.push('>');
        }
        self.root = Some(if is_rss { "rss" } else { local });
        self.notes.begin_feed(attributes);
        if local == "entry" {
            self.entry = Some((0, 0));
            self.notes.begin_entry(attributes);
        }
        self.stack.push(Element { name: if is_rss { "rss" } else { name }, fate: Fate::Kept });
        Ok(true)
    }

    /// Closes the innermost element of the name, and what was left open inside; a tag that closes nothing is left out.
    fn close(&mut self, name: &str) -> bool {
        let same = |element: &Element| element.name == name || (element.name == "rss" && name.eq_ignore_ascii_case("rss"));
        let Some(at) = self.stack.iter().rposition(same) else { return true };
        while self.stack.len() > at {
            self.close_last();
        }
        !self.stack.is_empty()
    }

    fn close_last(&mut self) {
        let Some(element) = self.stack.pop() else { return };
        let (open, end) = match element.fate {
            Fate::Kept => ("</", ">"),
            Fate::Escaped => ("&lt;/", "&gt;"),
            Fate::Dropped => ("", ""),
        };
        if !open.is_empty() {
            self.out.extend([open, element.name, end]);
        }
        self.notes.close(split_name(element.name).1);
        if self.entry.is_some_and(|(depth, _)| depth == self.stack.len()) {
            self.entry = None;
            self.children = 0;
        }
    }

    fn in_person(&self) -> bool {
        self.stack.last().is_some_and(|element| PEOPLE.contains(&split_name(element.name).1))
    }

    fn text(&mut self, text: &str) -> bool {
        if self.root.is_none() {
            return true;
        }
        self.notes.text(&html_escape::decode_html_entities(text));
        match self.fate() {
            // in whatever disguise an `@` comes
            Fate::Kept if self.in_person() => {
                push_escaped(&mut self.out, &html_escape::decode_html_entities(text).replace('@', &AT.to_string()))
            }
            Fate::Kept => push_text(&mut self.out, text),
            Fate::Escaped => push_escaped(&mut self.out, text),
            Fate::Dropped => {}
        }
        true
    }

    fn cdata(&mut self, text: &str) -> bool {
        if self.root.is_none() {
            return true;
        }
        self.notes.text(text);
        if self.fate() != Fate::Dropped {
            self.out.push_str("<![CDATA[");
            let at = if self.in_person() { AT } else { '@' };
            self.out.extend(text.chars().filter(|c| is_xml(*c)).map(|c| if c == '@' { at } else { c }));
            self.out.push_str("]]>");
        }
        true
    }

    /// Closes what the document left open. An entry that was cut is no entry: it would be posted as a stump.
    fn finish(mut self) -> Result<Tidy, ParseError> {
        if self.root.is_none() {
            return Err(match self.notes.other_root {
                Some(root) => ParseError::OtherRoot(root),
                None => ParseError::NoRoot,
            });
        }
        if let Some((depth, begin)) = self.entry.filter(|(depth, _)| *depth > 0) {
            self.out.truncate(begin);
            self.stack.truncate(depth);
            self.entry = None;
            self.notes.entries.pop();
        }
        while !self.stack.is_empty() {
            self.close_last();
        }
        Ok(Tidy { xml: self.out, notes: self.notes })
    }
}

/// Of the root's attributes: bound prefixes, base and language.
fn attributes_of_root(text: &str) -> impl Iterator<Item = (&str, String)> {
    attributes(text).filter(|(name, _)| name.starts_with("xmlns:") || name.starts_with("xml:"))
}

/// Copies text or attributes: a bare `&` is escaped, a bare `<` too, and characters that XML doesn't allow are left out.
fn push_text(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c == '&' || c == '<' || !is_xml(c)) {
        out.push_str(&rest[..at]);
        let found = rest[at..].chars().next().unwrap_or('&');
        match found {
            '&' if is_entity(&rest[at + 1..]) => out.push('&'),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            _ => {}
        }
        rest = &rest[at + found.len_utf8()..];
    }
    out.push_str(rest);
}

/// Copies what is to be read as it stands: every `&` and `<` is escaped.
fn push_escaped(out: &mut String, text: &str) {
    for c in text.chars().filter(|c| is_xml(*c)) {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            _ => out.push(c),
        }
    }
}

/// XML 1.0, section 2.2: `Char`.
fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Whether what follows an `&` makes it a reference that XML allows: a name, or the number of an allowed character.
fn is_entity(after: &str) -> bool {
    let Some((name, _)) = after.as_bytes().get(..32.min(after.len())).and_then(|head| {
        let end = head.iter().position(|byte| *byte == b';')?;
        Some((&after[..end], end))
    }) else {
        return false;
    };
    let number = match name.strip_prefix('#') {
        Some(number) => number.strip_prefix(['x', 'X']).map_or_else(|| number.parse::<u32>(), |hex| u32::from_str_radix(hex, 16)),
        None => return !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric()),
    };
    number.ok().and_then(char::from_u32).is_some_and(is_xml)
}
