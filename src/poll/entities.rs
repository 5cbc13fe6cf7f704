//! Entities that a document declares for itself: short texts are put in their places, everything else isn't.

use std::borrow::Cow;
use std::collections::HashMap;

use memchr::{memchr, memchr_iter, memmem};

/// A declaration stands within the first bytes.
const HEAD: usize = 20_000;
/// An entity's name may be so long, in bytes.
const MAX_NAME: usize = 32;
/// An entity's text may be so long, in bytes.
const MAX_TEXT: usize = 200;
/// The document may become longer by so many bytes.
const MAX_GROWTH: usize = 100_000;

/// The document with references to its own entities resolved once. One that refers to others isn't resolved (a thousand million
/// laughs), nor one that is a file.
pub(super) fn resolved<'t>(text: &'t str) -> Cow<'t, str> {
    let head = &text[..text.floor_char_boundary(HEAD)];
    let Some(at) = memmem::find(head.as_bytes(), b"<!ENTITY") else { return Cow::Borrowed(text) };
    // one that stands in a text is no declaration
    let Some(doctype) = memmem::find(head.as_bytes(), b"<!DOCTYPE").filter(|doctype| *doctype < at) else { return Cow::Borrowed(text) };
    let end = memmem::find(&text.as_bytes()[doctype..], b"]>").map_or(text.len(), |end| doctype + end);
    let declared = declared(&text[doctype..end]);
    if declared.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let (mut done, mut grown) = (end, 0);
    out.push_str(&text[..end]);
    for at in memchr_iter(b'&', &text.as_bytes()[end..]).map(|at| end + at) {
        let Some(length) = text.as_bytes()[at + 1..].iter().take(MAX_NAME).position(|byte| *byte == b';') else { continue };
        let Some(value) = declared.get(&text[at + 1..at + 1 + length]) else { continue };
        if grown < MAX_GROWTH {
            grown += value.len();
            out.push_str(&text[done..at]);
            out.push_str(value);
            done = at + 2 + length;
        }
    }
    out.push_str(&text[done..]);
    Cow::Owned(out)
}

/// `<!ENTITY name "text">`
fn declared(doctype: &str) -> HashMap<&str, &str> {
    let mut found = HashMap::new();
    for at in memmem::find_iter(doctype.as_bytes(), b"<!ENTITY") {
        let rest = doctype[at + 8..].trim_start();
        let Some((name, rest)) = rest.split_once(|c: char| c.is_ascii_whitespace()) else { continue };
        let rest = rest.trim_start();
        let Some(quote @ (b'"' | b'\'')) = rest.bytes().next() else { continue };
        let Some(end) = memchr(quote, &rest.as_bytes()[1..]) else { continue };
        let value = &rest[1..=end];
        let is_plain = !value.contains(['<', '%']) && value.split('&').skip(1).all(|after| after.starts_with('#'));
        let is_ours = !matches!(name, "amp" | "lt" | "gt" | "quot" | "apos");
        if value.len() <= MAX_TEXT && is_plain && is_ours && found.len() < 1_000 {
            found.entry(name).or_insert(value);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_entities_are_resolved_once() {
        for (declared, body, expected) in [
            (r#"<!ENTITY id "tag:x,2006:">"#, "<id>&id;1</id>&nbsp;", "<id>tag:x,2006:1</id>&nbsp;"),
            (r#"<!ENTITY nbsp "&#160;"> <!ENTITY a 'b'>"#, "a&nbsp;&a;", "a&#160;b"),
            (r#"<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">"#, "&b;", "&b;"),
            (r#"<!ENTITY a SYSTEM "file:///etc/passwd">"#, "&a;", "&a;"),
            (r#"<!ENTITY a "<item>">"#, "&a;", "&a;"),
            (r#"<!ENTITY lt "x">"#, "&lt;", "&lt;"),
        ] {
            let head = format!("<!DOCTYPE rss [{declared}]>");
            let text = format!("{head}{body}");
            assert_eq!(resolved(&text), format!("{head}{expected}"));
        }
        assert!(matches!(resolved("<rss>&a;</rss>"), Cow::Borrowed(_)));
    }

    #[test]
    fn they_cannot_swell_a_document() {
        let text = format!("<!DOCTYPE rss [<!ENTITY a \"{}\">]>{}", "x".repeat(MAX_TEXT), "&a;".repeat(1_000_000));
        assert!(resolved(&text).len() < text.len() + MAX_GROWTH + MAX_TEXT);
    }
}
