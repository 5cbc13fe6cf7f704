//! Blocks of text: paragraph, heading, list, quote, pullquote, code, preformatted.

use super::super::tokens::{Token, attribute, tokens};
use super::parts::{Element, Part, elements, is_phrase, parts};
use super::write::Writer;

/// Written, or not what the block can hold.
pub(super) type Written = Option<()>;

pub(super) fn paragraph(element: &Element<'_>, out: &mut Writer) -> Written {
    out.block("paragraph", "", &["<p>", element.inner, "</p>"]);
    Some(())
}

pub(super) fn heading(element: &Element<'_>, out: &mut Writer) -> Written {
    let (name, inner) = (element.name, element.inner);
    let attributes = match name {
        "h2" => String::new(),
        _ => format!("{{\"level\":{}}}", &name[1..]),
    };
    is_phrase(inner).then(|| out.block("heading", &attributes, &["<", name, " class=\"wp-block-heading\">", inner, "</", name, ">"]))
}

/// A list whose items hold text and lists only.
pub(super) fn list(element: &Element<'_>, out: &mut Writer) -> Written {
    let (mut attributes, mut written) = (String::new(), String::new());
    if element.name == "ol" {
        attributes.push_str("{\"ordered\":true");
        if attribute(element.attributes, "reversed").is_some() {
            attributes.push_str(",\"reversed\":true");
            written.push_str(" reversed");
        }
        if let Some(start) = attribute(element.attributes, "start").and_then(|start| start.parse::<u32>().ok()).filter(|start| *start != 1)
        {
            attributes.push_str(&format!(",\"start\":{start}"));
            written.push_str(&format!(" start=\"{start}\""));
        }
        attributes.push('}');
    }
    out.begin("list", &attributes);
    out.add(&["<", element.name, &written, " class=\"wp-block-list\">"]);
    for item in elements(element.inner)? {
        if item.name != "li" {
            return None;
        }
        out.begin("list-item", "");
        out.add(&["<li>"]);
        list_item(item.inner, out)?;
        out.add(&["</li>"]);
        out.end("list-item");
    }
    out.add(&["</", element.name, ">"]);
    out.end("list");
    Some(())
}

/// Text, then lists, if any.
fn list_item(inner: &str, out: &mut Writer) -> Written {
    let start = tokens(inner).find(|(_, token)| matches!(token, Token::Open("ul" | "ol", _))).map_or(inner.len(), |(at, _)| at);
    let (text, lists) = inner.split_at(start);
    if !is_phrase(text) {
        return None;
    }
    out.add(&[text.trim()]);
    out.nested();
    for nested in elements(lists)? {
        match nested.name {
            "ul" | "ol" => list(&nested, out)?,
            _ => return None,
        }
    }
    Some(())
}

/// What is quoted is blocks of its own; a last paragraph that is wholly a `cite` says who is quoted.
pub(super) fn quote(element: &Element<'_>, out: &mut Writer) -> Written {
    let (quoted, cite) = cited(element.inner);
    out.begin("quote", "");
    out.add(&["<blockquote class=\"wp-block-quote\">"]);
    super::write(quoted, out);
    if let Some(cite) = cite {
        out.add(&["<cite>", cite, "</cite>"]);
    }
    out.add(&["</blockquote>"]);
    out.end("quote");
    Some(())
}

/// A quote that a page pulls out of its text: paragraphs, and perhaps who said it. One that holds more is a quote like others.
pub(super) fn pullquote(quote: &Element<'_>, caption: Option<&str>, out: &mut Writer) -> Written {
    let (quoted, cite) = cited(quote.inner);
    let said = elements(quoted).filter(|parts| parts.iter().all(|part| part.name == "p"));
    let Some(said) = said else { return self::quote(quote, out) };
    let said = said.iter().map(|paragraph| paragraph.inner).collect::<Vec<_>>().join("<br>");
    let cite = match cite.or(caption).filter(|cite| is_phrase(cite)) {
        Some(cite) => format!("<cite>{cite}</cite>"),
        None => String::new(),
    };
    out.block("pullquote", "", &["<figure class=\"wp-block-pullquote\"><blockquote><p>", &said, "</p>", &cite, "</blockquote></figure>"]);
    Some(())
}

/// A quote's content, and its last paragraph if that is wholly a `cite`.
fn cited(inner: &str) -> (&str, Option<&str>) {
    let whole = inner.trim_end();
    let found = whole.strip_suffix("</cite></p>").and_then(|rest| {
        let (quoted, cite) = rest.rsplit_once("<p><cite>")?;
        // in one paragraph, and something is quoted
        (!cite.contains("<p>") && !cite.contains("</cite>") && !quoted.trim().is_empty()).then_some((quoted, cite))
    });
    found.map_or((inner, None), |(quoted, cite)| (quoted, Some(cite)))
}

/// Code, or other text that keeps its white space.
pub(super) fn pre(element: &Element<'_>, out: &mut Writer) -> Written {
    let inner = element.inner;
    if let Some(code) = code(inner) {
        out.block("code", "", &["<pre class=\"wp-block-code\"><code>", &no_embeds(code), "</code></pre>"]);
        return Some(());
    }
    is_phrase(inner).then(|| out.block("preformatted", "", &["<pre class=\"wp-block-preformatted\">", inner, "</pre>"]))
}

/// What a `pre` holds if that is one `code`.
fn code(inner: &str) -> Option<&str> {
    match parts(inner.trim()).as_slice() {
        [Part::Element(element)] if element.name == "code" && is_phrase(element.inner) => Some(element.inner),
        _ => None,
    }
}

/// WordPress would embed what an address on a line of its own points at: its slashes are written by their numbers.
fn no_embeds(code: &str) -> String {
    let line = |line: &str| {
        let address = line.trim();
        let alone = !address.contains(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"'));
        match ["https://", "http://"].iter().find(|scheme| alone && address.starts_with(**scheme)) {
            Some(_) => line.replacen("//", "&#47;&#47;", 1),
            None => line.to_owned(),
        }
    };
    code.split('\n').map(line).collect::<Vec<_>>().join("\n")
}
