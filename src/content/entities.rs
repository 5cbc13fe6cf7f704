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
