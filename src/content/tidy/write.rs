//! How text and addresses are written.

use url::Url;

/// White space that HTML folds; a hard space is none.
pub(in crate::content) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\n' | '\t' | '\r' | '\u{c}')
}

/// An address that a post may hold.
pub(in crate::content) fn absolute(base: Option<&Url>, address: &str) -> Option<Url> {
    let address = address.trim();
    let url = match base {
        Some(base) => base.join(address).ok()?,
        None => Url::parse(address).ok()?,
    };
    match url.scheme() {
        // brackets are shortcodes' to WordPress; nobody's article stands at a bare IPv6 address
        "http" | "https" => matches!(url.host(), Some(url::Host::Domain(_) | url::Host::Ipv4(_))).then_some(url),
        "mailto" => Some(url),
        _ => None,
    }
}

pub(in crate::content) fn quote(text: &str) -> String {
    let mut quoted = String::new();
    guard_into(&html_escape::encode_double_quoted_attribute(text), &mut quoted);
    quoted
}

pub(in crate::content) fn quote_url(url: &str) -> String {
    html_escape::encode_double_quoted_attribute(url).replace('[', "%5B").replace(']', "%5D")
}

/// Text with its entities, safe for a post: `[` before a name is written so that WordPress runs no shortcode that a feed
/// brings, and what a broken tag left is no tag. A name may begin in one piece of text and go on in the next.
pub(in crate::content) fn guard_into(html: &str, out: &mut String) {
    if let Some(at) = half_open(out).filter(|at| opens_shortcode(&out[at + 1..], html)) {
        out.replace_range(at..=at, "&#91;");
    }
    let mut rest = html;
    while let Some(at) = rest.find(['[', '<', '>']) {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        out.push_str(match rest.as_bytes()[at] {
            b'<' => "&lt;",
            b'>' => "&gt;",
            _ if opens_shortcode("", after) => "&#91;",
            _ => "[",
        });
        rest = after;
    }
    out.push_str(rest);
}

/// Where the `[` is that `text` ends with, or with which digits begin that it ends with.
fn half_open(text: &str) -> Option<usize> {
    const LONGEST: usize = 32;
    let begun = text.bytes().rev().take(LONGEST).take_while(|byte| is_begin(char::from(*byte))).count();
    let at = text.len().checked_sub(begun + 1)?;
    (text.as_bytes()[at] == b'[').then_some(at)
}

/// Whether a `[` before `begun` and `rest` may be a shortcode's: `[gallery`, `[3d-book`, `[/x`, `[[x`; but not `[1]` or `[2-4]`.
fn opens_shortcode(begun: &str, rest: &str) -> bool {
    rest.trim_start_matches(is_begin).starts_with(char::is_alphabetic) || begun.is_empty() && rest.starts_with(['/', '['])
}

fn is_begin(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '-' | '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bracket_is_guarded_by_what_follows_it_in_whatever_pieces_that_comes() {
        for (pieces, want) in [
            (&["[gallery]"][..], "&#91;gallery]"),
            (&["[", "gallery]"], "&#91;gallery]"),
            (&["[3", "d-book]"], "&#91;3d-book]"),
            (&["[", "[x]"], "&#91;&#91;x]"),
            (&["[", "/x]"], "&#91;/x]"),
            (&["[", "1]"], "[1]"),
            (&["[1", "/2]"], "[1/2]"),
            (&["[2-4] [\"a\"] [.5] [_]"], "[2-4] [\"a\"] [.5] [_]"),
            (&["a["], "a["),
        ] {
            let mut out = String::new();
            pieces.iter().for_each(|piece| guard_into(piece, &mut out));
            assert_eq!(out, want, "{pieces:?}");
        }
    }
}
