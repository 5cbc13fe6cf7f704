//! What stands side by side in a piece of clean HTML.

use super::super::tokens::{Token, is_void, tokens};

/// An element with all that is in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element<'a> {
    pub name: &'a str,
    pub attributes: &'a str,
    /// From `<` to `>`.
    pub whole: &'a str,
    pub inner: &'a str,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Part<'a> {
    Element(Element<'a>),
    Loose(&'a str),
}

impl<'a> Part<'a> {
    pub fn is_blank(&self) -> bool {
        matches!(self, Self::Loose(text) if text.trim().is_empty())
    }

    /// It is the element that begins there.
    pub fn starts_at(&self, at: *const u8) -> bool {
        matches!(self, Self::Element(element) if element.whole.as_ptr() == at)
    }
}

/// What stands side by side in `html`.
pub(super) fn parts(html: &str) -> Vec<Part<'_>> {
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
        let inner = &html[inside.min(inner_end)..inner_end];
        parts.push(Part::Element(Element { name, attributes, whole: &html[start..end], inner }));
    }
    parts
}

/// The elements of `html` where nothing but white space stands between them.
pub(super) fn elements(html: &str) -> Option<Vec<Element<'_>>> {
    let element = |part| match part {
        Part::Element(element) => Some(element),
        Part::Loose(_) => None,
    };
    parts(html).into_iter().filter(|part| !part.is_blank()).map(element).collect()
}

/// Only text and what may stand in a line of it.
pub(super) fn is_phrase(html: &str) -> bool {
    tokens(html).all(|(_, token)| match token {
        Token::Open(name, _) => is_phrasing(name),
        _ => true,
    })
}

#[rustfmt::skip]
fn is_phrasing(name: &str) -> bool {
    matches!(
        name,
        "a" | "abbr" | "b" | "bdi" | "br" | "cite" | "code" | "del" | "dfn" | "em" | "i" | "img" | "ins" | "kbd" | "mark" | "q" | "rp" | "rt"
            | "ruby" | "s" | "samp" | "small" | "strong" | "sub" | "sup" | "u" | "var"
    )
}
