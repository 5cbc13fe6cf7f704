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
/// brings, and what a broken tag left is no tag.
pub(in crate::content) fn guard_into(html: &str, out: &mut String) {
    let mut rest = html;
    while let Some(at) = rest.find(['[', '<', '>']) {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        out.push_str(match rest.as_bytes()[at] {
            b'<' => "&lt;",
            b'>' => "&gt;",
            _ if after.starts_with(|c: char| c.is_alphabetic() || matches!(c, '/' | '[' | '_')) || after.is_empty() => "&#91;",
            _ => "[",
        });
        rest = after;
    }
    out.push_str(rest);
}
