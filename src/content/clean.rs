//! HTML of a stranger to HTML that may stand in a post: an allow-list, absolute links, no scripts, no tracking pixels.
//!
//! Two passes: `ammonia` reads whatever came as a browser would and lets through what is on the list; then the writer
//! ([`super::tidy`]) gives it one plain form: paragraphs, headings, lists, quotes, figures, one after the other.

use std::borrow::Cow;
use std::sync::OnceLock;

use ammonia::{Builder, UrlRelative};
use url::Url;

use super::excerpt::count_words;
use super::tidy::{Tidied, tidy};
use crate::domain::ImageRef;

/// How much of a body is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of HTML; what lies beyond is cut off.
    pub html: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { html: 1_000_000 }
    }
}

/// A body that may stand in a post.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cleaned {
    /// Sanitised, balanced, with absolute addresses.
    pub html: String,
    /// Plain text, paragraphs, list items, headings and rows parted by an empty line.
    pub text: String,
    /// Of that what an excerpt is made of: paragraphs and list items.
    pub prose: String,
    /// Of `text`.
    pub words: usize,
    /// The pictures of the body in their order, without tracking pixels.
    pub images: Vec<ImageRef>,
}

/// Cleans `html`; `base` is what its relative links are relative to.
pub fn clean(html: &str, base: Option<&str>, limits: &Limits) -> Cleaned {
    let base = base.and_then(|base| Url::parse(base).ok()).filter(|base| matches!(base.scheme(), "http" | "https"));
    let plain = without_entities(shallow(cut(html, limits.html)));
    let safe = list().clean(&plain).to_string();
    let Tidied { html, text, prose, images } = tidy(&with_entities(&safe), base.as_ref());
    Cleaned { words: count_words(&text), html, text, prose, images }
}

fn cut(html: &str, bytes: usize) -> &str {
    if html.len() <= bytes {
        return html;
    }
    let mut end = bytes;
    while !html.is_char_boundary(end) {
        end -= 1;
    }
    &html[..end]
}

/// So many tags may be open at once: a reader of HTML takes quadratic time over tags that pile up.
const DEEPEST: usize = 400;

/// So many elements may come of a body: a reader of HTML repeats every open `<b>`, `<font>` or `<a>` in each new paragraph
/// (HTML, section 13.2.4.3), so that a megabyte may become gigabytes.
const ELEMENTS: usize = 200_000;

/// As much of `html` as can be read at a cost that grows with its length.
fn shallow(html: &str) -> &str {
    let bytes = html.as_bytes();
    let mut elements = 0;
    // Open ones by name, and of those the ones that are repeated, which outlive what they stand in.
    let (mut open, mut repeated): (Vec<Name>, Vec<Name>) = (Vec::new(), Vec::new());
    for (at, pair) in bytes.windows(2).enumerate() {
        match pair {
            [b'<', b'/'] => {
                let name = Name::of(&bytes[at + 2..]);
                if let Some(at) = open.iter().rposition(|other| *other == name) {
                    open.truncate(at);
                }
                if let Some(at) = repeated.iter().rposition(|other| *other == name) {
                    repeated.remove(at);
                }
            }
            [b'<', letter] if letter.is_ascii_alphabetic() => {
                let name = Name::of(&bytes[at + 1..]);
                if !name.needs_no_end() {
                    open.push(name);
                }
                if name.is_repeated() {
                    repeated.push(name);
                }
                elements += 1 + repeated.len();
                if open.len() > DEEPEST || elements > ELEMENTS {
                    return &html[..at];
                }
            }
            _ => {}
        }
    }
    html
}

/// The first eight letters of a tag's name, in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Name([u8; 8]);

impl Name {
    fn of(tag: &[u8]) -> Self {
        let mut name = [b' '; 8];
        let letters = tag.iter().take_while(|byte| byte.is_ascii_alphanumeric());
        for (to, from) in name.iter_mut().zip(letters) {
            *to = from.to_ascii_lowercase();
        }
        Self(name)
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default().trim_end()
    }

    /// A reader opens it again in each new paragraph.
    fn is_repeated(&self) -> bool {
        matches!(self.text(), "a" | "b" | "big" | "code" | "em" | "font" | "i" | "nobr" | "s" | "small" | "strike" | "strong" | "tt" | "u")
    }

    /// Nobody closes it, or its end is implied by the next one.
    fn needs_no_end(&self) -> bool {
        matches!(self.text(), "br" | "hr" | "img" | "input" | "source" | "wbr" | "col" | "meta" | "link" | "embed" | "area" | "param")
            || matches!(self.text(), "track" | "p" | "li" | "dt" | "dd" | "tr" | "td" | "th" | "option")
    }
}

/// Stand-ins, and the entities that they stand for: what would be markup if it were decoded.
const STAND_INS: [(char, char, &str); 5] = [
    ('\u{f8f0}', '&', "&amp;"),
    ('\u{f8f1}', '<', "&lt;"),
    ('\u{f8f2}', '>', "&gt;"),
    ('\u{f8f3}', '"', "&quot;"),
    ('\u{f8f4}', '\'', "&#x27;"),
];

/// And for U+0080 to U+00BF.
const LATIN: char = '\u{f800}';

fn is_stand_in(c: char) -> bool {
    matches!(c, '\u{f8f0}'..='\u{f8f4}' | LATIN..='\u{f83f}')
}

fn is_slow(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{bf}')
}

fn stand_in(c: char) -> char {
    if is_slow(c) {
        return char::from_u32(c as u32 - 0x80 + LATIN as u32).unwrap_or(c);
    }
    STAND_INS.iter().find(|(_, special, _)| *special == c).map_or(c, |(stand_in, ..)| *stand_in)
}

/// Decodes entities, and puts stand-ins for what would be markup, and for U+0080 to U+00BF: `html5ever` takes quadratic
/// time to write a text that holds many `&` or such letters (50,000 took 24 s). The sanitiser still sees every tag and
/// attribute that there is, and more of them than a browser would where an entity stood in an unquoted value.
fn without_entities(html: &str) -> Cow<'_, str> {
    let notable = |c: char| c == '&' || is_slow(c) || is_stand_in(c);
    if !html.contains(notable) {
        return Cow::Borrowed(html);
    }
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(notable) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let first = rest.chars().next().unwrap_or('&');
        if first != '&' {
            if is_slow(first) {
                out.push(stand_in(first));
            }
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let end = rest.bytes().skip(1).take(32).position(|byte| !byte.is_ascii_alphanumeric() && byte != b'#').map_or(1, |end| end + 1);
        let entity = match rest.as_bytes().get(end) {
            Some(b';') => &rest[..=end],
            _ => "&",
        };
        let decoded = html_escape::decode_html_entities(entity);
        if decoded == entity && entity != "&" {
            // No entity: its `&` is one.
            out.push(STAND_INS[0].0);
            rest = &rest[1..];
            continue;
        }
        out.extend(decoded.chars().filter(|c| !is_stand_in(*c)).map(stand_in));
        rest = &rest[entity.len()..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn with_entities(html: &str) -> Cow<'_, str> {
    if !html.contains(is_stand_in) {
        return Cow::Borrowed(html);
    }
    let mut out = String::with_capacity(html.len() + html.len() / 8);
    for c in html.chars() {
        if !is_stand_in(c) {
            out.push(c);
        } else if let Some((_, special, entity)) = STAND_INS.iter().find(|(stand_in, ..)| *stand_in == c) {
            // `'` needs no entity, neither between double quotes nor in text.
            out.push_str(if *special == '\'' { "'" } else { entity });
        } else {
            match char::from_u32(c as u32 - LATIN as u32 + 0x80) {
                Some('\u{a0}') | None => out.push_str("&nbsp;"),
                Some(c) => out.push(c),
            }
        }
    }
    Cow::Owned(out)
}

/// Elements that become text flow or blocks; everything else is unwrapped, or dropped with all that is in it.
const TAGS: [&str; 74] = [
    "a",
    "abbr",
    "address",
    "article",
    "aside",
    "audio",
    "b",
    "bdi",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hgroup",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "main",
    "mark",
    "nav",
    "ol",
    "p",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "section",
    "small",
    "source",
    "strike",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "video",
    "dir",
];

const DROPPED: [&str; 15] = [
    "script", "style", "noscript", "template", "iframe", "object", "svg", "math", "select", "textarea", "button", "title", "head",
    "applet", "canvas",
];

fn list() -> &'static Builder<'static> {
    static LIST: OnceLock<Builder<'static>> = OnceLock::new();
    LIST.get_or_init(|| {
        let attributes = [
            ("a", &["href"][..]),
            ("abbr", &["title"]),
            ("img", &["src", "alt", "width", "height", "srcset", "class", "data-src", "data-lazy-src", "data-original", "data-srcset"]),
            ("td", &["colspan", "rowspan"]),
            ("th", &["colspan", "rowspan"]),
            ("ol", &["start", "reversed"]),
            ("video", &["src", "poster"]),
            ("audio", &["src"]),
            ("source", &["src"]),
        ];
        let mut list = Builder::empty();
        list.tags(TAGS.into_iter().collect())
            .clean_content_tags(DROPPED.into_iter().collect())
            .tag_attributes(attributes.into_iter().map(|(tag, names)| (tag, names.iter().copied().collect())).collect())
            .url_schemes(["http", "https", "mailto"].into_iter().collect())
            // The writer makes them absolute.
            .url_relative(UrlRelative::PassThrough)
            .link_rel(None)
            .strip_comments(true);
        list
    })
}
