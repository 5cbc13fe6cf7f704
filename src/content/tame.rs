//! HTML made harmless for its reader: no longer and no deeper than can be read fast, and nothing in it that swallows the rest.

use std::borrow::Cow;

/// So many tags may be open at once: a reader of HTML takes quadratic time over tags that pile up.
const DEEPEST: usize = 400;

/// So many elements may come of a body: a reader of HTML repeats every open `<b>`, `<font>` or `<a>` in each new paragraph
/// (HTML, section 13.2.4.3), so that a megabyte may become gigabytes.
const ELEMENTS: usize = 200_000;

/// As much of `html` as fits into so many bytes.
pub(super) fn cut(html: &str, bytes: usize) -> &str {
    &html[..html.floor_char_boundary(bytes)]
}

/// As much of a page as can be read at a cost that grows with its length, as it is. What stands in scripts and styles is no tag.
pub(super) fn shallow(html: &str) -> &str {
    let bytes = html.as_bytes();
    let mut elements = 0;
    let (mut open, mut repeated): (Vec<Name>, Vec<Name>) = (Vec::new(), Vec::new());
    let mut at = 0;
    while let Some(next) = memchr::memchr(b'<', &bytes[at..]) {
        at += next + 1;
        let closes = bytes.get(at) == Some(&b'/');
        let start = at + usize::from(closes);
        let name = Name::of(&bytes[start..]);
        if closes {
            forget(name, &mut open, &mut repeated);
            continue;
        }
        if !bytes.get(start).is_some_and(u8::is_ascii_alphabetic) {
            continue;
        }
        if matches!(name.text(), "script" | "style" | "textarea" | "title") {
            let end = format!("</{}", name.text());
            let rest = &bytes[start..];
            let found = rest.windows(end.len()).position(|window| window.eq_ignore_ascii_case(end.as_bytes()));
            at = found.map_or(bytes.len(), |found| start + found + 1);
            continue;
        }
        if !name.needs_no_end() {
            open.push(name);
        }
        if name.is_repeated() {
            repeated.push(name);
        }
        elements += 1 + repeated.len();
        if open.len() > DEEPEST || elements > ELEMENTS {
            return &html[..at - 1];
        }
    }
    html
}

/// As much of `html` as can be read at a cost that grows with its length, with other names for what the sanitiser would
/// drop with all that is in it: elements that HTML doesn't have become `span`, AMP's pictures are pictures, and `noscript`
/// becomes `object class="x-noscript"`, as its pictures are the real ones. A frame that nobody closes is closed.
pub(super) fn tame(html: &str) -> Cow<'_, str> {
    let bytes = html.as_bytes();
    let mut out = Rewritten { html, out: String::new(), copied: 0 };
    let mut elements = 0;
    // SVG and MathML open: their elements keep their names.
    let mut foreign = 0_usize;
    // Open ones by name, and of those the ones that are repeated, which outlive what they stand in.
    let (mut open, mut repeated): (Vec<Name>, Vec<Name>) = (Vec::new(), Vec::new());
    for at in memchr::memchr_iter(b'<', bytes) {
        let closes = bytes.get(at + 1) == Some(&b'/');
        let start = at + 1 + usize::from(closes);
        if !bytes.get(start).is_some_and(u8::is_ascii_alphabetic) {
            if closes {
                forget(Name::of(&bytes[start..]), &mut open, &mut repeated);
            }
            continue;
        }
        let name = Name::of(&bytes[start..]);
        if closes {
            forget(name, &mut open, &mut repeated);
        } else {
            if !name.needs_no_end() {
                open.push(name);
            }
            if name.is_repeated() {
                repeated.push(name);
            }
            elements += 1 + repeated.len();
            if open.len() > DEEPEST || elements > ELEMENTS {
                return out.until(at);
            }
        }
        let whole = &html[start..start + bytes[start..].iter().take_while(|byte| !is_end(**byte)).count()];
        if !closes && bytes.get(start + whole.len()) == Some(&b'<') && (whole.ends_with("...") || whole.ends_with('…')) {
            // `<a...<a href=…>`: a teaser that was cut in the midst of a tag
            out.put(at, start + whole.len(), "…");
            continue;
        }
        match (name.text(), closes) {
            ("svg" | "math", false) => foreign += 1,
            ("svg" | "math", true) => foreign = foreign.saturating_sub(1),
            ("iframe", false) if foreign == 0 && !is_closed(&bytes[start..]) => {
                if let Some(end) = tag_end(&html[start..]) {
                    out.put(start + end, start + end, "</iframe>");
                }
            }
            ("noscript", false) => out.put(start, start + whole.len(), "object class=\"x-noscript\""),
            ("noscript", true) => out.put(start, start + whole.len(), "object"),
            _ if foreign > 0 || is_known(whole) => {}
            _ => out.put(start, start + whole.len(), if whole.eq_ignore_ascii_case("amp-img") { "img" } else { "span" }),
        }
    }
    out.until(html.len())
}

fn forget(name: Name, open: &mut Vec<Name>, repeated: &mut Vec<Name>) {
    if let Some(at) = open.iter().rposition(|other| *other == name) {
        open.truncate(at);
    }
    if let Some(at) = repeated.iter().rposition(|other| *other == name) {
        repeated.remove(at);
    }
}

const fn is_end(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0c | b'/' | b'>' | b'<')
}

/// Whether a frame's end stands before the next frame begins; `rest` starts with its name.
fn is_closed(rest: &[u8]) -> bool {
    let next = memchr::memchr_iter(b'<', rest).map(|at| &rest[at + 1..]).find(|tag| {
        let tag = tag.strip_prefix(b"/").unwrap_or(tag);
        tag.get(..6).is_some_and(|name| name.eq_ignore_ascii_case(b"iframe"))
    });
    next.is_some_and(|tag| tag.starts_with(b"/"))
}

/// Behind the `>` that ends a tag.
fn tag_end(tag: &str) -> Option<usize> {
    let mut quote = None;
    tag.bytes()
        .position(|byte| {
            match (quote, byte) {
                (None, b'"' | b'\'') => quote = Some(byte),
                (Some(open), byte) if open == byte => quote = None,
                _ => {}
            }
            byte == b'>' && quote.is_none()
        })
        .map(|end| end + 1)
}

/// A text of which parts are replaced from left to right.
struct Rewritten<'a> {
    html: &'a str,
    out: String,
    copied: usize,
}

impl<'a> Rewritten<'a> {
    fn put(&mut self, from: usize, to: usize, text: &str) {
        if from < self.copied {
            return;
        }
        self.out.push_str(&self.html[self.copied..from]);
        self.out.push_str(text);
        self.copied = to;
    }

    fn until(mut self, end: usize) -> Cow<'a, str> {
        if self.copied == 0 {
            return Cow::Borrowed(&self.html[..end]);
        }
        self.out.push_str(&self.html[self.copied.min(end)..end]);
        Cow::Owned(self.out)
    }
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

/// HTML's own elements (HTML, section 4, and 16.2 for those of old).
const KNOWN: [&str; 143] = [
    "a",
    "abbr",
    "acronym",
    "address",
    "applet",
    "area",
    "article",
    "aside",
    "audio",
    "b",
    "base",
    "basefont",
    "bdi",
    "bdo",
    "bgsound",
    "big",
    "blink",
    "blockquote",
    "body",
    "br",
    "button",
    "canvas",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "command",
    "content",
    "data",
    "datalist",
    "dd",
    "del",
    "details",
    "dfn",
    "dialog",
    "dir",
    "div",
    "dl",
    "dt",
    "em",
    "embed",
    "fieldset",
    "figcaption",
    "figure",
    "font",
    "footer",
    "form",
    "frame",
    "frameset",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hgroup",
    "hr",
    "html",
    "i",
    "iframe",
    "image",
    "img",
    "input",
    "ins",
    "isindex",
    "kbd",
    "keygen",
    "label",
    "legend",
    "li",
    "link",
    "listing",
    "main",
    "map",
    "mark",
    "marquee",
    "math",
    "menu",
    "menuitem",
    "meta",
    "meter",
    "multicol",
    "nav",
    "nextid",
    "nobr",
    "noembed",
    "noframes",
    "noscript",
    "object",
    "ol",
    "optgroup",
    "option",
    "output",
    "p",
    "param",
    "picture",
    "plaintext",
    "pre",
    "progress",
    "q",
    "rb",
    "rbc",
    "rp",
    "rt",
    "rtc",
    "ruby",
    "s",
    "samp",
    "script",
    "search",
    "section",
    "select",
    "slot",
    "small",
    "source",
    "spacer",
    "span",
    "strike",
    "strong",
    "style",
    "sub",
    "summary",
    "sup",
    "svg",
    "table",
    "tbody",
    "td",
    "template",
    "textarea",
    "tfoot",
    "th",
    "thead",
    "time",
    "title",
    "tr",
    "track",
    "tt",
    "u",
    "ul",
];

/// And those whose names are sorted behind them.
const LAST: [&str; 4] = ["var", "video", "wbr", "xmp"];

fn is_known(name: &str) -> bool {
    let mut lower = [0; 12];
    let Some(lower) = lower.get_mut(..name.len()) else { return false };
    lower.copy_from_slice(name.as_bytes());
    lower.make_ascii_lowercase();
    let is = |known: &&str| known.as_bytes().cmp(lower);
    KNOWN.binary_search_by(&is).is_ok() || LAST.iter().any(|known| is(known).is_eq())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_reader_would_swallow_or_drop_gets_another_name() {
        assert!(KNOWN.is_sorted());
        for (html, tamed) in [
            ("<p>a</p>", "<p>a</p>"),
            ("a <T> b</T>", "a <span> b</span>"),
            ("<o:p>x</o:p>", "<span>x</span>"),
            ("<amp-img src=x></amp-img>", "<img src=x></img>"),
            ("<noscript><img></noscript>", "<object class=\"x-noscript\"><img></object>"),
            ("<svg><path></svg><path>", "<svg><path></svg><span>"),
            ("<iframe src=x />text", "<iframe src=x /></iframe>text"),
            ("<iframe src=x>a</iframe>text", "<iframe src=x>a</iframe>text"),
            ("<IFRAME title='>'>a<iframe src=y></iframe>", "<IFRAME title='>'></iframe>a<iframe src=y></iframe>"),
            ("<", "<"),
            ("</", "</"),
            ("<x", "<span"),
        ] {
            assert_eq!(tame(html), tamed, "{html}");
        }
    }
}
