//! Character data to text: references decoded once, whatever they are.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;
use memchr::{memchr, memchr_iter};

use super::{Mend, Mends};

/// The longest name of a reference that HTML knows is 31 letters long.
const MAX_REFERENCE: usize = 32;

/// Decodes every reference; a `&` that begins none stays as it is.
pub(super) fn decoded<'t>(text: &'t str, mends: &mut Mends) -> Cow<'t, str> {
    let Some(mut found) = memchr(b'&', text.as_bytes()) else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    loop {
        out.push_str(&rest[..found]);
        rest = &rest[found..];
        let taken = match reference(&rest[1..]) {
            Some(Reference::Char(c, length)) => {
                out.push(c);
                length
            }
            Some(Reference::Foreign(name, length)) => {
                mends.note(Mend::UndefinedEntity);
                out.push_str(&name);
                length
            }
            Some(Reference::Illegal(c, length)) => {
                mends.note(Mend::IllegalReference);
                out.extend(c);
                length
            }
            None => {
                mends.note(Mend::BareAmpersand);
                out.push('&');
                0
            }
        };
        rest = &rest[1 + taken..];
        match memchr(b'&', rest.as_bytes()) {
            Some(next) => found = next,
            None => break,
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// An attribute's value; nobody is told of its faults.
pub(super) fn attribute(raw: &str) -> Cow<'_, str> {
    decoded(raw, &mut Mends::default())
}

/// Counts what [`decoded`] would mend, in markup that is kept as it is.
pub(super) fn look_at(markup: &str, mends: &mut Mends) {
    for at in memchr_iter(b'&', markup.as_bytes()) {
        match reference(&markup[at + 1..]) {
            Some(Reference::Char(..)) => {}
            Some(Reference::Foreign(..)) => mends.note(Mend::UndefinedEntity),
            Some(Reference::Illegal(..)) => mends.note(Mend::IllegalReference),
            None => mends.note(Mend::BareAmpersand),
        }
    }
}

/// What stands behind an `&`, and how many bytes of it make the reference.
enum Reference {
    Char(char, usize),
    /// A name that HTML defines and XML doesn't.
    Foreign(String, usize),
    /// The number of no character, or of the one that windows-1252 has there; or a number without its `;`.
    Illegal(Option<char>, usize),
}

fn reference(after: &str) -> Option<Reference> {
    let head = &after.as_bytes()[..after.len().min(MAX_REFERENCE)];
    if head.first() == Some(&b'#') {
        return number(after, head);
    }
    let end = memchr(b';', head)?;
    let name = &after[..end];
    let plain = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) => return None,
        _ => {
            let written = format!("&{name};");
            let read = html_escape::decode_html_entities(&written);
            return (read != written).then(|| Reference::Foreign(read.into_owned(), end + 1));
        }
    };
    Some(Reference::Char(plain, end + 1))
}

/// `#8217;` or `#x2019;`; without the `;` it is one, too, but a fault.
fn number(after: &str, head: &[u8]) -> Option<Reference> {
    let (digits, radix, begin) = match head.get(1) {
        Some(b'x' | b'X') => (&head[2..], 16, 2),
        _ => (&head[1..], 10, 1),
    };
    let count = digits.iter().take_while(|byte| (**byte as char).is_digit(radix)).count();
    if count == 0 {
        return None;
    }
    let end = begin + count;
    let is_closed = head.get(end) == Some(&b';');
    let value = u32::from_str_radix(&after[begin..end], radix).ok();
    let length = end + usize::from(is_closed);
    let (c, is_legal) = match value.and_then(char::from_u32) {
        Some(c @ '\u{80}'..='\u{9f}') => (Some(western(c)), false),
        Some(c) if is_xml(c) => (Some(c), is_closed),
        _ => (None, false),
    };
    Some(match c {
        Some(c) if is_legal => Reference::Char(c, length),
        c => Reference::Illegal(c, length),
    })
}

/// `&#150;` means windows-1252's dash (HTML Standard, "numeric character reference end state"), not a control character.
pub(super) fn western(c: char) -> char {
    let byte = u8::try_from(u32::from(c)).unwrap_or(b'?');
    WINDOWS_1252.decode_without_bom_handling(&[byte]).0.chars().next().unwrap_or(c)
}

/// XML 1.0, section 2.2: `Char`.
pub(super) fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// The document without characters that XML doesn't allow, its line ends as XML wants them read (XML 1.0, section 2.11).
pub(super) fn clean<'t>(text: &'t str, mends: &mut Mends) -> Cow<'t, str> {
    // U+FFFE and U+FFFF
    let has_none = memchr::memmem::find(text.as_bytes(), b"\xef\xbf\xbe").is_none()
        && memchr::memmem::find(text.as_bytes(), b"\xef\xbf\xbf").is_none();
    if has_none && !has_controls(text.as_bytes()) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c == '\r' || !is_xml(c)) {
        out.push_str(&rest[..at]);
        let found = rest[at..].chars().next().unwrap_or('\r');
        rest = &rest[at + found.len_utf8()..];
        if found != '\r' {
            mends.note(Mend::ControlCharacter);
        } else if !rest.starts_with('\n') {
            out.push('\n');
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Whether a control character other than tab and line feed is in it; eight bytes at a time, as most documents have none.
fn has_controls(bytes: &[u8]) -> bool {
    const ONES: u64 = u64::MAX / 255;
    let is_odd = |byte: &u8| *byte < 0x20 && *byte != b'\n' && *byte != b'\t';
    let (words, rest) = bytes.as_chunks::<8>();
    let may_hold = |word: &[u8; 8]| {
        let word = u64::from_ne_bytes(*word);
        // the highest bit of each byte that is below 0x20
        word.wrapping_sub(ONES * 0x20) & !word & (ONES * 0x80) != 0
    };
    words.iter().any(|word| may_hold(word) && word.iter().any(is_odd)) || rest.iter().any(is_odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_decoded_once_and_their_faults_counted() {
        let cases = [
            ("plain", "plain", vec![]),
            ("a &lt;b&gt; &amp;amp; &quot;&apos;", "a <b> &amp; \"'", vec![]),
            ("&#8217;&#x2019;&#X41;", "’’A", vec![]),
            ("a&nbsp;b &mdash; &rsquo;", "a\u{a0}b — ’", vec![(Mend::UndefinedEntity, 3)]),
            ("AT&T ?a=1&b=2 & &; &x y;", "AT&T ?a=1&b=2 & &; &x y;", vec![(Mend::BareAmpersand, 5)]),
            ("&unknown; &", "&unknown; &", vec![(Mend::BareAmpersand, 2)]),
            ("&#150; &#0;&#x1f;&#xfffe;|&#99999999999;|&#8217 x", "– ||’ x", vec![(Mend::IllegalReference, 6)]),
            ("é&é", "é&é", vec![(Mend::BareAmpersand, 1)]),
        ]
        .map(|(raw, text, found)| (raw.to_owned(), text.to_owned(), found));
        for (raw, text, found) in cases {
            let mut mends = Mends::default();
            assert_eq!(decoded(&raw, &mut mends), text, "{raw}");
            assert_eq!(mends.iter().collect::<Vec<_>>(), found, "{raw}");
            let mut seen = Mends::default();
            look_at(&raw, &mut seen);
            assert_eq!(seen, mends, "{raw}");
        }
    }

    #[test]
    fn characters_that_xml_does_not_allow_go_out() {
        let mut mends = Mends::default();
        assert!(matches!(clean("a\tb\ncé", &mut mends), Cow::Borrowed("a\tb\ncé")));
        assert_eq!(clean("a\r\nb\rc", &mut mends), "a\nb\nc");
        assert!(mends.is_empty());
        let long = "a line of text, long enough\n".repeat(9);
        for control in ['\r', '\u{1}', '\u{1f}', '\u{fffe}'] {
            for at in 0..long.len() {
                let (head, tail) = long.split_at(at);
                let odd = format!("{head}{control}{tail}");
                let expected = if control == '\r' && !tail.starts_with('\n') { format!("{head}\n{tail}") } else { long.clone() };
                assert_eq!(clean(&odd, &mut Mends::default()), expected, "{odd:?}");
            }
        }
        assert_eq!(clean("a\0b\u{b}c\u{fffe}d", &mut mends), "abcd");
        assert_eq!(mends.iter().collect::<Vec<_>>(), [(Mend::ControlCharacter, 3)]);
    }
}
