//! `Link` headers (RFC 8288, section 3).

use reqwest::header::{HeaderMap, LINK};
use url::Url;

/// One link of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Absolute.
    pub target: Url,
    /// Its relation types, lower case.
    pub relations: Vec<String>,
}

/// More links than any honest response has.
const MOST: usize = 64;

/// All links of all `Link` headers, in their order, resolved against `base`; what can't be read is left out, and so is what has
/// another context than the response (`anchor`).
pub fn links(headers: &HeaderMap, base: &Url) -> Vec<Link> {
    let values = headers.get_all(LINK).iter().filter_map(|value| std::str::from_utf8(value.as_bytes()).ok());
    values.flat_map(Values).filter_map(|value| link(value, base)).take(MOST).collect()
}

/// The link-values of one header: split at commas that stand neither in `<…>` nor in quotes.
struct Values<'a>(&'a str);

impl<'a> Iterator for Values<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.0.is_empty() {
            return None;
        }
        let end = outside(self.0, ',');
        let value = &self.0[..end];
        self.0 = self.0.get(end + 1..).unwrap_or("");
        Some(value)
    }
}

/// Where the first `separator` stands outside of `<…>` and quotes; the length where there is none.
fn outside(text: &str, separator: char) -> usize {
    let (mut in_target, mut in_quotes, mut escaped) = (false, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if in_quotes => escaped = true,
            '"' if !in_target => in_quotes = !in_quotes,
            '<' if !in_quotes => in_target = true,
            '>' if !in_quotes => in_target = false,
            _ if c == separator && !in_target && !in_quotes => return at,
            _ => {}
        }
    }
    text.len()
}

fn link(value: &str, base: &Url) -> Option<Link> {
    let (target, mut rest) = value.trim().strip_prefix('<')?.split_once('>')?;
    let mut relations = None;
    while let Some(start) = rest.find(';') {
        rest = &rest[start + 1..];
        let end = outside(rest, ';');
        let (name, value) = rest[..end].split_once('=').unwrap_or((&rest[..end], ""));
        let value = value.trim().trim_matches('"');
        match name.trim().to_ascii_lowercase().as_str() {
            // only the first counts (section 3.3)
            "rel" if relations.is_none() => relations = Some(value.split_ascii_whitespace().map(str::to_ascii_lowercase).collect()),
            "anchor" if !value.is_empty() => return None,
            _ => {}
        }
        rest = &rest[end..];
    }
    Some(Link { target: base.join(target.trim()).ok()?, relations: relations? })
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn links_are_read_as_rfc_8288_writes_them() {
        for (headers, expected) in [
            (&["<https://hub.example/>; rel=\"hub\""][..], &[("https://hub.example/", "hub")][..]),
            (
                &["<https://hub.example/>; rel=hub, <https://a.example/feed>; rel=\"self\""],
                &[("https://hub.example/", "hub"), ("https://a.example/feed", "self")],
            ),
            (
                &["</feed?a=1,2>;rel=self", "<//hub.example/x;y>; Rel=\"HUB\""],
                &[("https://a.example/feed?a=1,2", "self"), ("https://hub.example/x;y", "hub")],
            ),
            (&["<x>; title=\"a, <b>; rel=hub\"; rel=\"next self\""], &[("https://a.example/x", "next self")]),
            (&["<x>; rel=hub; rel=self"], &[("https://a.example/x", "hub")]),
            (&["<x>; rel=hub; anchor=\"https://other.example/\""], &[]),
            (&["<x>; title=hub", "x; rel=hub", "", ",,", "<x", "<http://[>; rel=hub"], &[]),
        ] {
            let mut map = HeaderMap::new();
            for header in headers {
                map.append(LINK, HeaderValue::from_str(header).unwrap());
            }
            let found = links(&map, &Url::parse("https://a.example/posts").unwrap());
            let found: Vec<(String, String)> = found.into_iter().map(|link| (link.target.into(), link.relations.join(" "))).collect();
            let found: Vec<(&str, &str)> = found.iter().map(|(target, relations)| (&**target, &**relations)).collect();
            assert_eq!(found, expected, "{headers:?}");
        }
    }
}
