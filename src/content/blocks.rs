//! Clean HTML to WordPress blocks that the editors of WordPress 6.1 to 7.1 find valid.
//!
//! What has a plain core block becomes one: paragraph, heading, list, quote, image, code, preformatted, table, separator.
//! Everything else goes into a `wp:html` block as it is.

use super::tokens::{Token, attribute, is_void, tokens};

/// Turns HTML as [`super::clean`] leaves it into blocks.
pub fn blocks(html: &str) -> String {
    let mut out = String::with_capacity(html.len() * 3 / 2);
    write_blocks(html, &mut out);
    out
}

fn write_blocks(html: &str, out: &mut String) {
    for part in parts(html) {
        if !out.is_empty() && !out.ends_with('>') {
            out.push('\n');
        }
        match part {
            Part::Loose(text) if text.trim().is_empty() => {}
            Part::Loose(text) => block(out, "paragraph", "", &format!("<p>{}</p>", text.trim())),
            Part::Element(element) => write_block(&element, out),
        }
    }
}

/// An element with all that is in it.
#[derive(Debug, Clone, Copy)]
struct Element<'a> {
    name: &'a str,
    attributes: &'a str,
    /// From `<` to `>`.
    whole: &'a str,
    inner: &'a str,
}

enum Part<'a> {
    Element(Element<'a>),
    Loose(&'a str),
}

/// What stands side by side in `html`.
fn parts(html: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut pieces = tokens(html).peekable();
    while let Some((start, piece)) = pieces.next() {
        let Token::Open(name, attributes) = piece else {
            if let Token::Text(text) = piece {
                parts.push(Part::Loose(text));
            }
            continue;
        };
        let inside = pieces.peek().map_or(html.len(), |(at, _)| *at);
        let (mut depth, mut inner_end) = (usize::from(!is_void(name)), inside);
        while depth > 0 {
            let Some((at, piece)) = pieces.next() else {
                inner_end = html.len();
                break;
            };
            match piece {
                Token::Open(other, _) if !is_void(other) => depth += 1,
                Token::Close(_) => depth -= 1,
                _ => {}
            }
            inner_end = at;
        }
        let end = pieces.peek().map_or(html.len(), |(at, _)| *at);
        parts.push(Part::Element(Element { name, attributes, whole: &html[start..end], inner: &html[inside.min(inner_end)..inner_end] }));
    }
    parts
}

fn block(out: &mut String, name: &str, attributes: &str, html: &str) {
    if !out.is_empty() {
        out.push_str(if out.ends_with('\n') { "\n" } else { "\n\n" });
    }
    out.push_str("<!-- wp:");
    out.push_str(name);
    if !attributes.is_empty() {
        out.push(' ');
        out.push_str(attributes);
    }
    out.push_str(" -->\n");
    out.push_str(html);
    out.push_str("\n<!-- /wp:");
    out.push_str(name);
    out.push_str(" -->");
}

fn write_block(element: &Element<'_>, out: &mut String) {
    let inner = element.inner;
    match element.name {
        "p" => block(out, "paragraph", "", &format!("<p>{inner}</p>")),
        "h2" => block(out, "heading", "", &format!("<h2 class=\"wp-block-heading\">{inner}</h2>")),
        name @ ("h3" | "h4" | "h5" | "h6") if is_phrase(inner) => {
            let level = &name[1..];
            block(out, "heading", &format!("{{\"level\":{level}}}"), &format!("<{name} class=\"wp-block-heading\">{inner}</{name}>"));
        }
        "ul" | "ol" => match list(element) {
            Some((attributes, html)) => block(out, "list", &attributes, &html),
            None => raw(element, out),
        },
        "blockquote" => {
            let mut inside = String::new();
            write_blocks(inner, &mut inside);
            block(out, "quote", "", &format!("<blockquote class=\"wp-block-quote\">{inside}</blockquote>"));
        }
        "figure" => match figure(inner) {
            Some(html) => block(out, "image", "", &html),
            None => raw(element, out),
        },
        "pre" => match code(inner) {
            Some(code) => block(out, "code", "", &format!("<pre class=\"wp-block-code\"><code>{code}</code></pre>")),
            None if is_phrase(inner) => block(out, "preformatted", "", &format!("<pre class=\"wp-block-preformatted\">{inner}</pre>")),
            None => raw(element, out),
        },
        "table" => match table(inner) {
            Some(html) => block(out, "table", "", &html),
            None => raw(element, out),
        },
        "hr" => block(out, "separator", "", "<hr class=\"wp-block-separator has-alpha-channel-opacity\"/>"),
        _ => raw(element, out),
    }
}

fn raw(element: &Element<'_>, out: &mut String) {
    block(out, "html", "", element.whole.trim());
}

/// Only text and what may stand in a line of it.
fn is_phrase(html: &str) -> bool {
    tokens(html).all(|(_, token)| match token {
        Token::Open(name, _) => matches!(
            name,
            "a" | "abbr"
                | "b"
                | "bdi"
                | "br"
                | "cite"
                | "code"
                | "del"
                | "dfn"
                | "em"
                | "i"
                | "img"
                | "ins"
                | "kbd"
                | "mark"
                | "q"
                | "rp"
                | "rt"
                | "ruby"
                | "s"
                | "samp"
                | "small"
                | "strong"
                | "sub"
                | "sup"
                | "u"
                | "var"
        ),
        _ => true,
    })
}

/// A list whose items hold text and lists only: its attributes and HTML.
fn list(element: &Element<'_>) -> Option<(String, String)> {
    let mut attributes = Vec::new();
    let mut written = String::new();
    if element.name == "ol" {
        attributes.push("\"ordered\":true".to_owned());
        if element.attributes.contains("reversed") {
            attributes.push("\"reversed\":true".to_owned());
            written.push_str(" reversed");
        }
        if let Some(start) = attribute(element.attributes, "start").filter(|start| !start.is_empty() && start != "1") {
            attributes.push(format!("\"start\":{start}"));
            written.push_str(&format!(" start=\"{start}\""));
        }
    }
    let mut items = String::new();
    for part in parts(element.inner) {
        match part {
            Part::Element(item) if item.name == "li" => {
                let inner = list_item(item.inner)?;
                block(&mut items, "list-item", "", &format!("<li>{inner}</li>"));
            }
            Part::Loose(text) if text.trim().is_empty() => {}
            _ => return None,
        }
    }
    let attributes = if attributes.is_empty() { String::new() } else { format!("{{{}}}", attributes.join(",")) };
    Some((attributes, format!("<{name}{written} class=\"wp-block-list\">{items}</{name}>", name = element.name)))
}

/// Text, then lists, if any.
fn list_item(inner: &str) -> Option<String> {
    let start = tokens(inner).find(|(_, token)| matches!(token, Token::Open("ul" | "ol", _))).map_or(inner.len(), |(at, _)| at);
    let (text, lists) = inner.split_at(start);
    if !is_phrase(text) {
        return None;
    }
    let mut html = text.trim().to_owned();
    for part in parts(lists) {
        match part {
            Part::Element(element) if matches!(element.name, "ul" | "ol") => {
                let (attributes, inner) = list(&element)?;
                let mut nested = String::new();
                block(&mut nested, "list", &attributes, &inner);
                html.push_str(&nested);
            }
            Part::Loose(text) if text.trim().is_empty() => {}
            _ => return None,
        }
    }
    Some(html)
}

/// One picture, perhaps linked, perhaps with a caption.
fn figure(inner: &str) -> Option<String> {
    let mut html = String::new();
    for part in parts(inner) {
        match part {
            Part::Element(element) if element.name == "img" && html.is_empty() => html.push_str(element.whole),
            Part::Element(element) if element.name == "a" && html.is_empty() => html.push_str(element.whole),
            Part::Element(element) if element.name == "figcaption" && is_phrase(element.inner) => {
                html.push_str(&format!("<figcaption class=\"wp-element-caption\">{}</figcaption>", element.inner));
            }
            Part::Loose(text) if text.trim().is_empty() => {}
            _ => return None,
        }
    }
    html.contains("<img").then(|| format!("<figure class=\"wp-block-image\">{html}</figure>"))
}

/// What a `pre` holds if that is one `code`.
fn code(inner: &str) -> Option<&str> {
    match parts(inner.trim()).as_slice() {
        [Part::Element(element)] if element.name == "code" && is_phrase(element.inner) => Some(element.inner),
        _ => None,
    }
}

/// A table of plain cells. The editor of 6.1 finds a table with attributes invalid.
fn table(inner: &str) -> Option<String> {
    let (mut head, mut body, mut foot, mut caption) = (String::new(), String::new(), String::new(), String::new());
    for part in parts(inner) {
        match part {
            Part::Element(element) => match element.name {
                "thead" => head.push_str(&rows(element.inner)?),
                "tbody" => body.push_str(&rows(element.inner)?),
                "tfoot" => foot.push_str(&rows(element.inner)?),
                "caption" if is_phrase(element.inner) => {
                    caption = format!("<figcaption class=\"wp-element-caption\">{}</figcaption>", element.inner)
                }
                _ => return None,
            },
            Part::Loose(text) if text.trim().is_empty() => {}
            Part::Loose(_) => return None,
        }
    }
    let section = |name: &str, rows: &str| if rows.is_empty() { String::new() } else { format!("<{name}>{rows}</{name}>") };
    let (head, body, foot) = (section("thead", &head), section("tbody", &body), section("tfoot", &foot));
    Some(format!("<figure class=\"wp-block-table\"><table>{head}{body}{foot}</table>{caption}</figure>"))
}

fn rows(inner: &str) -> Option<String> {
    let mut html = String::new();
    for part in parts(inner) {
        match part {
            Part::Element(row) if row.name == "tr" => {
                html.push_str("<tr>");
                for part in parts(row.inner) {
                    match part {
                        Part::Element(cell) if matches!(cell.name, "td" | "th") && cell.attributes.is_empty() && is_phrase(cell.inner) => {
                            html.push_str(&format!("<{name}>{}</{name}>", cell.inner.trim(), name = cell.name));
                        }
                        Part::Loose(text) if text.trim().is_empty() => {}
                        _ => return None,
                    }
                }
                html.push_str("</tr>");
            }
            Part::Loose(text) if text.trim().is_empty() => {}
            _ => return None,
        }
    }
    Some(html)
}
