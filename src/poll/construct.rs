//! Text as RSS and Atom write it (RFC 4287, sections 3.1 and 4.1.3; Atom 0.3's `mode`) to HTML or to plain text.

use std::borrow::Cow;

use data_encoding::BASE64_MIME_PERMISSIVE;

use super::attributes::raw_attributes;
use super::scan::{Inside, Scanner, Token, split_name};
use super::{Mend, Mends, plain, text};

/// How an element's text is to be taken where it doesn't say itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Habit {
    /// HTML, or text that may hold some: RSS.
    Loose,
    /// Plain text unless it says otherwise: Atom.
    Plain,
    /// Plain text with lines, or HTML if there are tags in it: `itunes:summary`, `media:description`.
    Lines,
}

/// What an element's text turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Text<'t> {
    Plain(Cow<'t, str>),
    Html(Cow<'t, str>),
    Either(Cow<'t, str>),
}

impl Text<'_> {
    pub(super) fn into_html(self) -> String {
        match self {
            Self::Plain(text) => html_escape::encode_text(text.trim()).into_owned(),
            Self::Html(text) | Self::Either(text) => trimmed(text),
        }
    }

    pub(super) fn to_plain(&self) -> String {
        match self {
            Self::Plain(text) => plain::from_text(text),
            Self::Html(text) => plain::from_html(text),
            Self::Either(text) => plain::from_either(text),
        }
    }
}

/// Without white space around it; a long text isn't copied for it.
fn trimmed(text: Cow<'_, str>) -> String {
    match text {
        Cow::Borrowed(text) => text.trim().to_owned(),
        Cow::Owned(mut text) => {
            text.truncate(text.trim_end().len());
            let begin = text.len() - text.trim_start().len();
            if begin > 0 {
                text.drain(..begin);
            }
            text
        }
    }
}

/// Reads what stands inside an element.
pub(super) fn text<'t>(inside: Inside<'t>, attributes: &str, habit: Habit, mends: &mut Mends) -> Text<'t> {
    let mut kind = Cow::Borrowed("");
    let mut mode = "";
    for (name, raw) in raw_attributes(attributes) {
        match name {
            "type" => kind = text::attribute(raw),
            "mode" => mode = raw,
            _ => {}
        }
    }
    let kind = kind.trim().to_ascii_lowercase();
    if mode == "base64" {
        return Text::Html(base64(inside, mends));
    }
    match kind.as_str() {
        "" => match habit {
            Habit::Loose => loose(inside, mends),
            Habit::Plain if inside.has_tags && mode != "escaped" => markup(inside, mends),
            Habit::Plain => Text::Plain(characters(inside, mends)),
            Habit::Lines => lines(inside, mends),
        },
        "text" | "text/plain" | "plain" if inside.has_tags && mode != "escaped" => markup(inside, mends),
        "text" | "text/plain" | "plain" => Text::Plain(characters(inside, mends)),
        "html" | "text/html" if inside.has_tags && mode != "xml" => match loose(inside, mends) {
            Text::Either(text) => Text::Html(text),
            other => other,
        },
        "html" | "text/html" if inside.has_tags => markup(inside, mends),
        "html" | "text/html" => Text::Html(characters(inside, mends)),
        // said to be markup, and is escaped
        "xhtml" | "application/xhtml+xml" | "application/xml" | "text/xml"
            if !inside.has_tags && (inside.has_cdata || mode == "escaped") =>
        {
            Text::Html(characters(inside, mends))
        }
        "xhtml" | "application/xhtml+xml" => markup(inside, mends),
        kind if kind.ends_with("/xml") || kind.ends_with("+xml") => markup(inside, mends),
        kind if kind.starts_with("text/") => {
            mends.note_if(!inside.has_tags && habit != Habit::Plain, Mend::UnknownContentType);
            Text::Plain(characters(inside, mends))
        }
        kind if kind.contains('/') => Text::Html(base64(inside, mends)),
        _ => {
            mends.note(Mend::UnknownContentType);
            match loose(inside, mends) {
                Text::Either(text) => Text::Html(text),
                other => other,
            }
        }
    }
}

/// Characters with their references decoded; tags, if there are any, stay as they are written.
pub(super) fn characters<'t>(inside: Inside<'t>, mends: &mut Mends) -> Cow<'t, str> {
    if !inside.has_cdata && !inside.has_comment {
        return text::decoded(inside.raw, mends);
    }
    if let Some(section) = only_section(inside) {
        return Cow::Borrowed(section);
    }
    let mut out = String::with_capacity(inside.raw.len());
    let mut scanner = Scanner::new(inside.raw);
    while let Some(token) = scanner.next() {
        match token {
            Token::Cdata(section) => out.push_str(section),
            Token::Text("<![CDATA[") => {}
            Token::Text(text) => out.push_str(&text::decoded(text, mends)),
            _ => out.push_str(scanner.raw()),
        }
    }
    Cow::Owned(out)
}

/// What is in the one CDATA section that is all there is.
fn only_section(inside: Inside<'_>) -> Option<&str> {
    let section = inside.raw.trim().strip_prefix("<![CDATA[")?;
    let section = section.strip_suffix("]]>").unwrap_or(section);
    (!section.contains("]]>")).then_some(section)
}

/// RSS: text in which HTML ought to be escaped. Where it isn't, the tags are meant, and what is escaped beside them is text, unless
/// that is tags, too.
fn loose<'t>(inside: Inside<'t>, mends: &mut Mends) -> Text<'t> {
    if !inside.has_tags {
        return Text::Either(characters(inside, mends));
    }
    mends.note(Mend::UnescapedMarkup);
    if inside.has_cdata || inside.has_comment || has_escaped_tags(inside.raw) {
        return Text::Either(characters(inside, mends));
    }
    text::look_at(inside.raw, mends);
    Text::Html(Cow::Borrowed(inside.raw))
}

fn has_escaped_tags(raw: &str) -> bool {
    memchr::memmem::find_iter(raw.as_bytes(), b"&lt;").any(|at| {
        let after = raw[at + 4..].strip_prefix('/').unwrap_or(&raw[at + 4..]);
        after.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic())
    })
}

fn lines<'t>(inside: Inside<'t>, mends: &mut Mends) -> Text<'t> {
    if inside.has_tags {
        return loose(inside, mends);
    }
    let text = characters(inside, mends);
    if has_tags(&text) {
        return Text::Either(text);
    }
    Text::Html(Cow::Owned(html_escape::encode_text(text.trim()).replace('\n', "<br>")))
}

fn has_tags(text: &str) -> bool {
    memchr::memchr_iter(b'<', text.as_bytes())
        .any(|at| text.as_bytes().get(at + 1).is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'/'))
}

/// XHTML as HTML: without Atom's `div` around it and without prefixes; what XML closes in one tag and HTML doesn't has two.
fn markup<'t>(inside: Inside<'t>, mends: &mut Mends) -> Text<'t> {
    text::look_at(inside.raw, mends);
    let mut out = String::with_capacity(inside.raw.len());
    let mut scanner = Scanner::new(inside.raw);
    while let Some(token) = scanner.next() {
        let raw = scanner.raw();
        match token {
            Token::Text(_) => out.push_str(raw),
            // a section is text here: what is in it is no markup
            Token::Cdata(section) => out.push_str(&html_escape::encode_text(section)),
            Token::Open { name, attributes, empty } => {
                let (prefix, local) = split_name(name);
                if empty && !is_void(local) {
                    out.extend(["<", local, attributes.trim_end(), "></", local, ">"]);
                } else if prefix.is_empty() {
                    out.push_str(raw);
                } else {
                    out.extend(["<", local, attributes, if empty { "/>" } else { ">" }]);
                }
            }
            Token::Close { name } => out.extend(["</", split_name(name).1, ">"]),
            Token::Doctype(_) | Token::Instruction(_) => {}
        }
    }
    Text::Html(unwrapped(out))
}

fn unwrapped(html: String) -> Cow<'static, str> {
    let whole = html.trim();
    let inner = whole.strip_prefix("<div").and_then(|rest| {
        let (attributes, rest) = rest.split_once('>')?;
        let inner = rest.strip_suffix("</div>")?;
        // the first `div` must be the one that the last tag closes
        let is_one = attributes.is_empty() || attributes.starts_with(|c: char| c.is_ascii_whitespace());
        (is_one && !attributes.ends_with('/') && is_balanced(inner)).then(|| inner.trim())
    });
    match inner {
        Some(inner) => Cow::Owned(inner.to_owned()),
        None => Cow::Owned(html),
    }
}

/// Whether no `div` is closed in it that isn't opened in it.
fn is_balanced(html: &str) -> bool {
    let mut depth = 0_i64;
    memchr::memmem::find_iter(html.as_bytes(), b"div").all(|at| {
        depth += match &html.as_bytes()[..at] {
            [.., b'<'] => 1,
            [.., b'<', b'/'] => -1,
            _ => 0,
        };
        depth >= 0
    })
}

fn is_void(local: &str) -> bool {
    const VOID: [&str; 14] =
        ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];
    VOID.iter().any(|void| local.eq_ignore_ascii_case(void))
}

/// Text that is said to be base64; if it isn't, it is text.
fn base64<'t>(inside: Inside<'t>, mends: &mut Mends) -> Cow<'t, str> {
    let written = characters(inside, mends);
    let letters: Vec<u8> = written.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    match BASE64_MIME_PERMISSIVE.decode(&letters) {
        Ok(bytes) if !letters.is_empty() => match String::from_utf8(bytes) {
            Ok(text) => Cow::Owned(text),
            // a word may look like base64; a long one is a file, and of no use in a post
            Err(_) if letters.len() < 200 => {
                mends.note(Mend::WrongBase64);
                written
            }
            Err(_) => Cow::Borrowed(""),
        },
        _ => {
            mends.note_if(!letters.is_empty(), Mend::WrongBase64);
            written
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(written: &str, attributes: &str, habit: Habit) -> (Text<'static>, Vec<Mend>) {
        let document: &'static str = format!("<t>{written}</t>").leak();
        let mut scanner = Scanner::new(document);
        scanner.next();
        let mut mends = Mends::default();
        let text = text(scanner.inside("t", true, |_| false), attributes, habit, &mut mends);
        (text, mends.iter().map(|(mend, _)| mend).collect())
    }

    #[test]
    fn bodies_become_html() {
        use Habit::{Lines, Loose, Plain};
        let cases = [
            ("&lt;p&gt;a &amp;amp; b&lt;/p&gt;", "", Loose, "<p>a &amp; b</p>", vec![]),
            ("<![CDATA[<p>a &amp; b</p>]]>", "", Loose, "<p>a &amp; b</p>", vec![]),
            (" <![CDATA[<p>a]]><![CDATA[ b</p>]]> ", "", Loose, "<p>a b</p>", vec![]),
            ("<p>a &amp; b<br></p>", "", Loose, "<p>a &amp; b<br></p>", vec![Mend::UnescapedMarkup]),
            ("&lt;p&gt;a<br>&amp;amp; b&lt;/p&gt;", "", Loose, "<p>a<br>&amp; b</p>", vec![Mend::UnescapedMarkup]),
            ("a &lt; b", "", Plain, "a &lt; b", vec![]),
            ("a &lt; b", " type='text'", Plain, "a &lt; b", vec![]),
            ("&lt;b&gt;a&lt;/b&gt;", " type='html'", Plain, "<b>a</b>", vec![]),
            ("&lt;b&gt;a&lt;/b&gt;", " type='text/html' mode='escaped'", Plain, "<b>a</b>", vec![]),
            (
                "<div xmlns='http://www.w3.org/1999/xhtml'><p>a &lt; b</p><a name='x'/><br/></div>",
                " type='xhtml'",
                Plain,
                "<p>a &lt; b</p><a name='x'></a><br/>",
                vec![],
            ),
            ("<h:div><h:p>a</h:p></h:div>", " type='xhtml'", Plain, "<p>a</p>", vec![]),
            ("<div>a</div><div>b</div>", " type='xhtml'", Plain, "<div>a</div><div>b</div>", vec![]),
            ("<![CDATA[<p>a</p>]]>", " type='xhtml'", Plain, "<p>a</p>", vec![]),
            ("PGI+YTwvYj4=", " mode='base64' type='text/html'", Plain, "<b>a</b>", vec![]),
            ("PGI+\n YTwvYj4=", " type='application/octet-stream'", Plain, "<b>a</b>", vec![]),
            ("no base64!", " type='application/octet-stream'", Plain, "no base64!", vec![Mend::WrongBase64]),
            ("&lt;b&gt;a&lt;/b&gt;", " type='hypertext'", Plain, "<b>a</b>", vec![Mend::UnknownContentType]),
            ("one\ntwo & three", "", Lines, "one<br>two &amp; three", vec![Mend::BareAmpersand]),
            ("&lt;p&gt;one&lt;/p&gt;\n", "", Lines, "<p>one</p>", vec![]),
            ("", " type='html'", Plain, "", vec![]),
        ];
        for (written, attributes, habit, html, mends) in cases {
            let (text, found) = read(written, attributes, habit);
            assert_eq!((text.into_html().as_str(), found), (html, mends), "{written}");
        }
    }

    #[test]
    fn titles_become_plain_text() {
        use Habit::{Loose, Plain};
        for (written, attributes, habit, plain) in [
            ("AT&amp;amp;T", "", Loose, "AT&T"),
            ("AT&amp;amp;T", "", Plain, "AT&amp;T"),
            ("Vec&lt;T&gt;", "", Loose, "Vec<T>"),
            ("a <b>bold</b> word", "", Loose, "a bold word"),
            ("Less: &lt;em&gt; &amp;lt; &lt;/em&gt;", " type='html'", Plain, "Less: <"),
            ("<div>Less: <em> &lt; </em></div>", " type='xhtml'", Plain, "Less: <"),
        ] {
            assert_eq!(read(written, attributes, habit).0.to_plain(), plain, "{written}");
        }
    }
}
