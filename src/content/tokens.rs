//! The pieces of HTML that a serialiser wrote: balanced tags, quoted attributes, escaped text.

use std::borrow::Cow;

/// One piece. Names and values are as they stand, entities included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// Name, and what stands between it and `>`.
    Open(&'a str, &'a str),
    Close(&'a str),
    Text(&'a str),
}

/// The pieces of `html`, each with the byte at which it starts.
pub(super) fn tokens(html: &str) -> impl Iterator<Item = (usize, Token<'_>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = html.get(at..).filter(|rest| !rest.is_empty())?;
        let start = at;
        let (token, length) = next(rest);
        at += length;
        Some((start, token))
    })
}

fn next(rest: &str) -> (Token<'_>, usize) {
    let Some(inner) = rest.strip_prefix('<') else {
        let end = rest.find('<').unwrap_or(rest.len());
        return (Token::Text(&rest[..end]), end);
    };
    let Some(end) = tag_end(inner) else { return (Token::Text(rest), rest.len()) };
    let tag = &inner[..end];
    let token = match tag.strip_prefix('/') {
        Some(name) => Token::Close(name.trim()),
        None => {
            let name = tag.find(|c: char| c.is_whitespace() || c == '/').unwrap_or(tag.len());
            Token::Open(&tag[..name], tag[name..].trim_end_matches('/').trim())
        }
    };
    (token, end + 2)
}

/// The `>` that ends a tag; one in a quoted value doesn't.
fn tag_end(tag: &str) -> Option<usize> {
    let mut quoted = false;
    tag.bytes().position(|byte| {
        quoted ^= byte == b'"';
        byte == b'>' && !quoted
    })
}

/// The value of an attribute, decoded.
pub(super) fn attribute(attributes: &str, name: &str) -> Option<String> {
    let mut rest = attributes;
    while let Some((key, after)) = rest.split_once('=') {
        let value = after.strip_prefix('"')?;
        let (value, next) = value.split_once('"')?;
        if key.trim() == name {
            return Some(decode(value).into_owned());
        }
        rest = next;
    }
    None
}

/// Text without its entities: a serialiser writes these five and no other.
pub(super) fn decode(text: &str) -> Cow<'_, str> {
    const ENTITIES: [(&str, char); 5] = [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"'), ("&nbsp;", '\u{a0}')];
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let (length, c) = ENTITIES.iter().find(|(entity, _)| rest.starts_with(entity)).map_or((1, '&'), |(entity, c)| (entity.len(), *c));
        plain.push(c);
        rest = &rest[length..];
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// Elements that have no end tag.
pub(super) fn is_void(name: &str) -> bool {
    matches!(name, "br" | "hr" | "img" | "source" | "wbr" | "col" | "embed" | "param")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_text_and_attributes_come_apart() {
        let html = "<p>a &amp; b<br><img src=\"x?a>b\" alt=\"&quot;A&quot;\"/></p>";
        let found: Vec<_> = tokens(html).map(|(_, token)| token).collect();
        assert_eq!(
            found,
            [
                Token::Open("p", ""),
                Token::Text("a &amp; b"),
                Token::Open("br", ""),
                Token::Open("img", "src=\"x?a>b\" alt=\"&quot;A&quot;\""),
                Token::Close("p"),
            ]
        );
        let Token::Open(_, attributes) = found[3] else { panic!("no tag") };
        assert_eq!(attribute(attributes, "alt").as_deref(), Some("\"A\""));
        assert_eq!(attribute(attributes, "src").as_deref(), Some("x?a>b"));
        assert_eq!(attribute(attributes, "href"), None);
    }

    #[test]
    fn broken_html_ends_as_text() {
        for html in ["<", "<p", "a<b=\"", "<p a=\">", "</"] {
            assert!(tokens(html).count() > 0, "{html}");
        }
    }
}
