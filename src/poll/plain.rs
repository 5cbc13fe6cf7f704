//! Markup to plain text, decoded exactly once.

use super::scan::{Scanner, Token};
use super::text;

/// Elements that titles carry as markup. `<T>` in a title about Rust is none.
const INLINE: &[&str] = &[
    "a", "abbr", "b", "bdi", "big", "br", "cite", "code", "del", "div", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "i", "img",
    "ins", "kbd", "mark", "p", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "tt", "u", "var", "wbr",
];

/// Of HTML: tags out, entities decoded once, white space collapsed.
pub(super) fn from_html(text: &str) -> String {
    strip(text, |_| true)
}

/// Of an RSS title, which may or may not be HTML: only tags that titles carry go out.
pub(super) fn from_either(text: &str) -> String {
    strip(text, |name| INLINE.iter().any(|known| known.eq_ignore_ascii_case(name)))
}

/// Of plain text: white space collapsed, control characters out.
pub(super) fn from_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

fn strip(text: &str, is_tag: impl Fn(&str) -> bool) -> String {
    if !text.contains(['<', '&']) {
        return from_text(text);
    }
    let mut raw = String::with_capacity(text.len());
    let mut scanner = Scanner::new(text);
    while let Some(token) = scanner.next() {
        match token {
            Token::Open { name, .. } | Token::Close { name } if is_tag(name) => {
                // a block or a break parts words, an inline tag doesn't
                if matches!(name.to_ascii_lowercase().as_str(), "br" | "p" | "div" | "img") {
                    raw.push(' ');
                }
            }
            Token::Doctype(_) | Token::Instruction(_) => {}
            Token::Cdata(inside) => raw.push_str(inside),
            Token::Text(_) | Token::Open { .. } | Token::Close { .. } => raw.push_str(scanner.raw()),
        }
    }
    from_text(&text::attribute(&raw))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_decoded_once_and_its_markup_goes() {
        for (raw, plain) in [
            ("Simple", "Simple"),
            ("  two\n lines ", "two lines"),
            ("AT&amp;T", "AT&T"),
            ("AT&T", "AT&T"),
            ("It&#8217;s &lt;b&gt;", "It’s <b>"),
            ("&amp;lt;", "&lt;"),
            ("<b>Bold</b> &amp; <i>brave</i>", "Bold & brave"),
            ("Vec<T> in Rust", "Vec<T> in Rust"),
            ("1 < 2", "1 < 2"),
            ("a<br/>b", "a b"),
            ("dash &#150; dash", "dash – dash"),
            ("x&nbsp;y", "x y"),
            ("a <!-- b --> c", "a c"),
        ] {
            assert_eq!(from_either(raw), plain, "{raw}");
        }
        assert_eq!(from_html("<x>y</x> &amp; z"), "y & z");
        assert_eq!(from_text("&amp; <b>"), "&amp; <b>");
    }
}
