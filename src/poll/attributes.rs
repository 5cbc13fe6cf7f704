//! A tag's attributes, read as leniently as tags are.

use memchr::memchr;

use super::text;

/// Attributes of one element that are read.
const MAX_ATTRIBUTES: usize = 100;

/// A tag's attributes: name and value, as written. What isn't `name=value` is left out.
pub(super) fn raw_attributes(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = text;
    let read = move || {
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/' || c == '=');
            if rest.is_empty() {
                return None;
            }
            let end = rest.bytes().position(|byte| byte.is_ascii_whitespace() || byte == b'=').unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            let Some(value) = after.trim_start().strip_prefix('=') else {
                rest = after;
                continue;
            };
            let value = value.trim_start();
            let (raw, after) = match value.chars().next() {
                Some(quote @ ('"' | '\'')) => {
                    memchr(quote as u8, &value.as_bytes()[1..]).map_or((&value[1..], ""), |end| (&value[1..=end], &value[end + 2..]))
                }
                _ => value.split_at(value.bytes().position(|byte| byte.is_ascii_whitespace()).unwrap_or(value.len())),
            };
            rest = after;
            return Some((name, raw.trim()));
        }
    };
    std::iter::from_fn(read).take(MAX_ATTRIBUTES)
}

/// A tag's attributes, entities decoded.
pub(super) fn attributes(text: &str) -> impl Iterator<Item = (&str, String)> {
    raw_attributes(text).map(|(name, raw)| (name, text::attribute(raw).into_owned()))
}

/// One attribute's value; its name may be written in any case.
pub(super) fn attribute(text: &str, wanted: &str) -> Option<String> {
    raw_attributes(text).find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, raw)| text::attribute(raw).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_without_values_or_quotes_are_survived() {
        let read: Vec<_> = attributes(r#" nowrap href=http://x.example/a title = 'b" "c=d"#).collect();
        assert_eq!(read, [("href", "http://x.example/a".to_owned()), ("title", "b\" \"c=d".to_owned())]);
    }
}
