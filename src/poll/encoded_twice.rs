//! Text that was turned into UTF-8 twice (`FlÃ¼che` for `Flüche`, `donâ€™t` for `don’t`).
//!
//! Somebody took UTF-8 for windows-1252 and wrote it as UTF-8 once more. It is taken back where nobody can have meant it: over a
//! whole document that has no other letter beyond ASCII, or within one text if an unprintable control character shows it.

use std::borrow::Cow;

use super::{Mend, Mends};

/// So many sequences in a document that isn't mended are worth a word to its publisher.
const WORTH_A_WORD: u32 = 3;

/// The text as it was before, or as it is. What is mended is counted as [`Mend::EncodedTwice`], what is only suspected as
/// [`Mend::MaybeEncodedTwice`].
pub(super) fn mend<'t>(text: Cow<'t, str>, mends: &mut Mends) -> Cow<'t, str> {
    let (mut all, mut clear, mut has_control) = (0, false, false);
    for sequence in sequences(&text) {
        all += 1;
        clear |= sequence.is_clear(&text);
        has_control |= sequence.has_control;
    }
    if all == 0 {
        return text;
    }
    let may_be_meant = !has_control && speaks_of_encodings(&text);
    if (clear || has_control) && !may_be_meant && is_clean(&text) {
        mends.count(Mend::EncodedTwice, all);
        return Cow::Owned(undone(&text));
    }
    let mut mended = 0;
    let text = if has_control { Cow::Owned(run_by_run(&text, &mut mended)) } else { text };
    mends.count(Mend::EncodedTwice, mended);
    let left = all - mended;
    if clear && left >= WORTH_A_WORD && !may_be_meant {
        mends.count(Mend::MaybeEncodedTwice, left);
    }
    text
}

/// Two to four characters that are the bytes of one.
struct Sequence {
    start: usize,
    end: usize,
    means: char,
    /// It has a character of U+0080 to U+009F in it, which no page shows and nobody types.
    has_control: bool,
}

impl Sequence {
    /// `Ã` after or `¼` before a lower-case letter, or three in a row: nobody writes that. `NESCAFÉ®` and `CAFÉ»` are two characters
    /// that are meant.
    fn is_clear(&self, text: &str) -> bool {
        let is_lower = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_lowercase);
        let bytes = text.as_bytes();
        let before = self.start.checked_sub(1).and_then(|at| bytes.get(at));
        u32::from(self.means) > 0x7ff || is_lower(before) || is_lower(bytes.get(self.end)) || sequence_at(text, self.end).is_some()
    }
}

fn sequences(text: &str) -> impl Iterator<Item = Sequence> {
    let mut from = 0;
    // U+00C2 to U+00F4, one of which begins each, are C3 and a byte; or a reference to one
    std::iter::from_fn(move || {
        loop {
            let at = from + memchr::memchr2(0xc3, b'&', &text.as_bytes()[from..])?;
            if let Some(sequence) = sequence_at(text, at) {
                from = sequence.end;
                return Some(sequence);
            }
            from = at + 1;
        }
    })
}

fn sequence_at(text: &str, start: usize) -> Option<Sequence> {
    if !matches!(text.as_bytes().get(start), Some(0xc3 | b'&')) {
        return None;
    }
    let (first, mut end) = character_at(text, start)?;
    let first = byte_of(first)?;
    let length = match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return None,
    };
    let mut bytes = [first, 0, 0, 0];
    let mut has_control = false;
    for byte in &mut bytes[1..length] {
        let (character, behind) = character_at(text, end)?;
        *byte = byte_of(character).filter(|byte| matches!(byte, 0x80..=0xbf))?;
        // a reference to 128 and more is windows-1252's character to everybody
        has_control |= u32::from(character) < 0xa0 && text.as_bytes()[end] != b'&';
        end = behind;
    }
    let means = std::str::from_utf8(&bytes[..length]).ok()?.chars().next()?;
    Some(Sequence { start, end, means, has_control })
}

/// The character here, written or by its number (`&#195;`), and where it ends.
fn character_at(text: &str, at: usize) -> Option<(char, usize)> {
    let rest = &text[at..];
    let Some(number) = rest.strip_prefix("&#") else { return rest.chars().next().map(|c| (c, at + c.len_utf8())) };
    let length = number.bytes().take(8).position(|byte| byte == b';')?;
    let digits = &number[..length];
    let code = match digits.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => digits.parse(),
    };
    Some((char::from_u32(code.ok()?)?, at + 2 + length + 1))
}

/// The byte that windows-1252 has for the character, if it is not ASCII.
fn byte_of(character: char) -> Option<u8> {
    /// What windows-1252 has at 0x80 to 0x9F; the five free places are the controls themselves.
    const EXTRA: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•',
        '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    match u32::from(character) {
        code @ 0x80..=0xff => u8::try_from(code).ok(),
        0x152.. => EXTRA.iter().position(|extra| *extra == character).and_then(|at| u8::try_from(0x80 + at).ok()),
        _ => None,
    }
}

/// Whether all that is not ASCII belongs to a sequence.
fn is_clean(text: &str) -> bool {
    let mut at = 0;
    while let Some(next) = text.as_bytes()[at..].iter().position(|byte| !byte.is_ascii() || *byte == b'&') {
        at += next;
        match (sequence_at(text, at), character_at(text, at)) {
            (Some(sequence), _) => at = sequence.end,
            (None, Some((character, end))) if character.is_ascii() => at = end,
            // a `&#` that is no reference
            (None, None) => at += 1,
            (None, Some(_)) => return false,
        }
    }
    true
}

fn undone(text: &str) -> String {
    let mut mended = String::with_capacity(text.len());
    let mut from = 0;
    for sequence in sequences(text) {
        mended.push_str(&text[from..sequence.start]);
        mended.push(sequence.means);
        from = sequence.end;
    }
    mended.push_str(&text[from..]);
    mended
}

/// Mends the texts between tags that are clean by themselves and have a control character to show for it.
fn run_by_run(text: &str, mended: &mut u32) -> String {
    let mut whole = String::with_capacity(text.len());
    for run in text.split_inclusive(['<', '>']) {
        let found = sequences(run).fold((0, false), |(all, control), sequence| (all + 1, control | sequence.has_control));
        if found.1 && is_clean(run) {
            *mended += found.0;
            whole.push_str(&undone(run));
        } else {
            whole.push_str(run);
        }
    }
    whole
}

/// An article on encodings may mean what it writes. What stands before the feed begins is not looked at.
fn speaks_of_encodings(text: &str) -> bool {
    let from = ["<channel", "<feed", "<item"].iter().filter_map(|begin| text.find(begin)).min().unwrap_or(0);
    let text = text[from..].to_ascii_lowercase();
    ["mojibake", "utf-8", "utf8", "unicode", "charset", "encoding error", "character encoding", "windows-1252", "iso-8859"]
        .iter()
        .any(|word| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// UTF-8 taken for windows-1252, as browsers and editors do it.
    fn twice(text: &str) -> String {
        encoding_rs::WINDOWS_1252.decode_without_bom_handling(text.as_bytes()).0.into_owned()
    }

    /// UTF-8 taken for ISO 8859-1, as programs do it.
    fn twice_by_program(text: &str) -> String {
        text.bytes().map(char::from).collect()
    }

    fn mended(text: &str) -> (String, Vec<(&'static str, u32)>) {
        let mut mends = Mends::default();
        let text = mend(Cow::Borrowed(text), &mut mends).into_owned();
        (text, mends.iter().map(|(mend, count)| (mend.name(), count)).collect())
    }

    #[test]
    fn what_was_encoded_twice_is_taken_back() {
        for (text, count) in [
            ("<t>Flüche</t>", 1),
            ("<t>über die Straße</t><d>don’t “quote” 5 € – æøå</d>", 10),
            ("<t>Привет, мир</t>", 9),
            ("<t>東京の天気</t>", 5),
            ("<t>naïve 🎈</t>", 2),
            ("<t>żółć</t>", 4),
        ] {
            for twice in [twice(text), twice_by_program(text)] {
                assert_eq!(mended(&twice), (text.to_owned(), vec![("encoded-twice", count)]), "{twice}");
            }
        }
    }

    #[test]
    fn characters_may_be_written_by_their_numbers() {
        for (text, expected) in [
            ("<t>Fl&#195;&#188;che</t>", "<t>Flüche</t>"),
            ("<t>&#xE2;&#x80;&#xa6;</t>", "<t>…</t>"),
            ("<t>FlÃ&#188;che &amp; &#38; &#; &x</t>", "<t>Flüche &amp; &#38; &#; &x</t>"),
        ] {
            assert_eq!(mended(text), (expected.to_owned(), vec![("encoded-twice", 1)]), "{text}");
        }
        for text in ["<t>NESCAF&#201;&#153;</t>", "<t>Fl&#195;&#188;che, Fl&#252;che</t>", "<t>&#195;&#188</t>"] {
            assert_eq!(mended(text), (text.to_owned(), vec![]), "{text}");
        }
    }

    #[test]
    fn what_may_be_meant_is_left_alone() {
        for text in [
            "<t>NESCAFÉ®</t><t>NESCAFÉ™ is not NESCAFÉ®</t>",
            "<t>LE CAFÉ»</t>",
            "<t>AMANHÃ £5</t>",
            "<t>À « la » carte, Ã  revoir, CAFÉ »</t>",
            "<t>Flüche, not FlÃ¼che</t>",
            "<t>FlÃ¼che: what UTF-8 has to do with it</t>",
            "<t>東京</t>",
            "<t>plain</t>",
        ] {
            assert_eq!(mended(text), (text.to_owned(), vec![]), "{text}");
        }
    }

    #[test]
    fn where_the_rest_is_right_only_a_text_with_control_characters_is_mended() {
        let planet = format!("<t>Flüche</t><t>{}</t><t>{}</t>", twice_by_program("don’t for ä"), "donâ€™t Ã¼ber FlÃ¼che");
        assert_eq!(
            mended(&planet),
            (
                "<t>Flüche</t><t>don’t for ä</t><t>donâ€™t Ã¼ber FlÃ¼che</t>".to_owned(),
                vec![("encoded-twice", 2), ("maybe-encoded-twice", 3)]
            )
        );
    }
}
