//! Entities and their stand-ins: what a reader of HTML is slow at is put into letters that it passes on as they are.

use std::borrow::Cow;

/// Stand-ins, and the entities that they stand for: what would be markup if it were decoded.
const STAND_INS: [(char, char, &str); 5] = [
    ('\u{f8f0}', '&', "&amp;"),
    ('\u{f8f1}', '<', "&lt;"),
    ('\u{f8f2}', '>', "&gt;"),
    ('\u{f8f3}', '"', "&quot;"),
    ('\u{f8f4}', '\'', "&#x27;"),
];

/// And for U+0080 to U+00BF.
const LATIN: char = '\u{f800}';

fn is_stand_in(c: char) -> bool {
    matches!(c, '\u{f8f0}'..='\u{f8f4}' | LATIN..='\u{f83f}')
}

fn is_slow(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{bf}')
}

fn stand_in(c: char) -> char {
    if is_slow(c) {
        return char::from_u32(c as u32 - 0x80 + LATIN as u32).unwrap_or(c);
    }
    STAND_INS.iter().find(|(_, special, _)| *special == c).map_or(c, |(stand_in, ..)| *stand_in)
}

/// Decodes entities, and puts stand-ins for what would be markup, and for U+0080 to U+00BF: `html5ever` takes quadratic
/// time to write a text that holds many `&` or such letters (50,000 took 24 s). The sanitiser still sees every tag and
/// attribute that there is, and more of them than a browser would where an entity stood in an unquoted value.
pub(super) fn without_entities(html: &str) -> Cow<'_, str> {
    let notable = |c: char| c == '&' || is_slow(c) || is_stand_in(c);
    if !html.contains(notable) {
        return Cow::Borrowed(html);
    }
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(notable) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let first = rest.chars().next().unwrap_or('&');
        if first != '&' {
            if is_slow(first) {
                out.push(stand_in(first));
            }
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let end = rest.bytes().skip(1).take(32).position(|byte| !byte.is_ascii_alphanumeric() && byte != b'#').map_or(1, |end| end + 1);
        let entity = match rest.as_bytes().get(end) {
            Some(b';') => &rest[..=end],
            _ => "&",
        };
        let decoded = html_escape::decode_html_entities(entity);
        if decoded == entity && entity != "&" {
            // No entity: its `&` is one.
            out.push(STAND_INS[0].0);
            rest = &rest[1..];
            continue;
        }
        out.extend(decoded.chars().filter(|c| !is_stand_in(*c)).map(stand_in));
        rest = &rest[entity.len()..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

pub(super) fn with_entities(html: &str) -> Cow<'_, str> {
    if !html.contains(is_stand_in) {
        return Cow::Borrowed(html);
    }
    let mut out = String::with_capacity(html.len() + html.len() / 8);
    for c in html.chars() {
        if !is_stand_in(c) {
            out.push(c);
        } else if let Some((_, special, entity)) = STAND_INS.iter().find(|(stand_in, ..)| *stand_in == c) {
            // `'` needs no entity, neither between double quotes nor in text.
            out.push_str(if *special == '\'' { "'" } else { entity });
        } else {
            match char::from_u32(c as u32 - LATIN as u32 + 0x80) {
                Some('\u{a0}') | None => out.push_str("&nbsp;"),
                Some(c) => out.push(c),
            }
        }
    }
    Cow::Owned(out)
}

/// What a feed escaped once more than its format asks for: a body without a tag of its own, in which tags or entities are
/// written out. One that begins with such a tag and closes one is markup; in any other its entities are characters, but for those
/// that would be markup.
pub(super) fn unescaped(html: &str) -> Cow<'_, str> {
    if html.contains('<') || !html.contains('&') {
        return Cow::Borrowed(html);
    }
    let begins = html.trim_start().strip_prefix("&lt;").is_some_and(|tag| tag.starts_with(|c: char| c.is_ascii_alphabetic()));
    if begins && html.contains("&lt;/") && html.contains("&gt;") {
        return Cow::Owned(html_escape::decode_html_entities(html).into_owned());
    }
    let mut out = String::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once("&amp;") {
        out.push_str(before);
        let end = after.bytes().take(32).position(|byte| !byte.is_ascii_alphanumeric() && byte != b'#').unwrap_or_default();
        let entity = format!("&{};", &after[..end]);
        let decoded = html_escape::decode_html_entities(&entity);
        let is_entity = after[end..].starts_with(';') && decoded != entity && !decoded.contains(['&', '<', '>', '"', '\'']);
        out.push_str(if is_entity { "&" } else { "&amp;" });
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_escaped_twice_is_read_as_it_was_meant() {
        for (html, want) in [
            ("&lt;p&gt;One &amp;amp; two&lt;/p&gt;", "<p>One &amp; two</p>"),
            ("A &amp;nbsp;b &amp;#8217; R&amp;D; &amp; &amp;lt;", "A &nbsp;b &#8217; R&amp;D; &amp; &amp;lt;"),
            ("<p>Write &lt;p&gt; and &amp;nbsp; in HTML</p>", "<p>Write &lt;p&gt; and &amp;nbsp; in HTML</p>"),
            ("Write &lt;p&gt;x&lt;/p&gt; in HTML", "Write &lt;p&gt;x&lt;/p&gt; in HTML"),
            ("a & b", "a & b"),
        ] {
            assert_eq!(unescaped(html), want, "{html}");
        }
    }
}
