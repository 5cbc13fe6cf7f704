//! Bytes to text: byte-order mark, what the bytes plainly are, `Content-Type`, declaration, a guess (RFC 7303, section 3).
//!
//! What the bytes are goes before what is said of them: text in another encoding is next to never UTF-8 by accident, and
//! servers name one encoding for all that they send.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use url::Url;

use super::{Mend, Mends, Reading, charset, encoded_twice};

/// The guess looks at so many bytes, from the first that is not ASCII.
const GUESSED_FROM: usize = 256 * 1024;

/// The document as text, whatever it was written in, and the encoding's name (`UTF-32LE` and `UTF-32BE`, which the Encoding
/// Standard leaves out, by these names). Never fails: what can't be read becomes U+FFFD. `base` gives the guess its country.
pub(super) fn decode<'b>(
    bytes: &'b [u8],
    content_type: Option<&str>,
    base: &Url,
    reading: &Reading,
    mends: &mut Mends,
) -> (Cow<'b, str>, &'static str) {
    if let Some(forced) = reading.charset.as_deref().and_then(charset::named) {
        let (text, broken) = forced.decode_with_bom_removal(bytes);
        if broken {
            mends.count(Mend::BrokenBytes, replaced(&text));
        }
        return (unmarked(text), forced.name());
    }
    let told = Told { header: content_type.and_then(charset::of_content_type), base };
    let (text, name) = wide(bytes, mends).unwrap_or_else(|| narrow(bytes, &told, mends));
    (printable(encoded_twice::mend(unmarked(text), mends), mends), name)
}

/// A web page as text, by the same steps. `url` gives the guess its country.
pub fn text_of_page(bytes: &[u8], content_type: Option<&str>, url: &Url) -> String {
    let named = content_type.and_then(charset::of_content_type).or_else(|| charset::of_document(bytes)).is_some();
    let told = if named { None } else { charset::of_meta(bytes).map(|label| format!("text/html; charset={label}")) };
    let content_type = told.as_deref().or(content_type);
    decode(bytes, content_type, url, &Reading::default(), &mut Mends::default()).0.into_owned()
}

/// What is said of the document outside it.
struct Told<'t> {
    header: Option<&'t str>,
    base: &'t Url,
}

/// Encodings of two and four bytes a character: by their mark, or because markup and white space begin with a zero or have one
/// behind them.
fn wide<'b>(bytes: &'b [u8], mends: &mut Mends) -> Option<(Cow<'b, str>, &'static str)> {
    const fn starts(byte: u8) -> bool {
        matches!(byte, b'<' | b'{' | b'[' | b' ' | b'\t' | b'\r' | b'\n')
    }
    let (text, name) = match bytes {
        [0xff, 0xfe, 0, 0, rest @ ..] => utf_32(rest, u32::from_le_bytes, "UTF-32LE", mends),
        [0, 0, 0xfe, 0xff, rest @ ..] => utf_32(rest, u32::from_be_bytes, "UTF-32BE", mends),
        // a mark before text that has single bytes: someone glued it on
        [0xff, 0xfe, b'<', second, ..] | [0xfe, 0xff, b'<', second, ..] if *second != 0 => return None,
        [0xff, 0xfe, rest @ ..] => utf_16(rest, UTF_16LE, mends),
        [0xfe, 0xff, rest @ ..] => utf_16(rest, UTF_16BE, mends),
        [first, 0, 0, 0, ..] if starts(*first) => utf_32(bytes, u32::from_le_bytes, "UTF-32LE", mends),
        [0, 0, 0, first, ..] if starts(*first) => utf_32(bytes, u32::from_be_bytes, "UTF-32BE", mends),
        [first, 0, ..] if starts(*first) => utf_16(bytes, UTF_16LE, mends),
        [0, first, ..] if starts(*first) => utf_16(bytes, UTF_16BE, mends),
        _ => return None,
    };
    let fits = |label: &str| label.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("ut")) && !label.ends_with('8');
    if charset::of_document(text.as_bytes()).is_some_and(|label| !fits(label) && !label.eq_ignore_ascii_case("unicode")) {
        mends.note(Mend::WrongEncoding);
    }
    Some((text, name))
}

fn utf_16<'b>(bytes: &'b [u8], encoding: &'static Encoding, mends: &mut Mends) -> (Cow<'b, str>, &'static str) {
    let (text, broken) = encoding.decode_without_bom_handling(bytes);
    if broken {
        mends.count(Mend::BrokenBytes, replaced(&text));
    }
    (text, encoding.name())
}

fn utf_32(bytes: &[u8], read: fn([u8; 4]) -> u32, name: &'static str, mends: &mut Mends) -> (Cow<'static, str>, &'static str) {
    let (whole, rest) = bytes.as_chunks::<4>();
    let mut broken = u32::from(!rest.is_empty());
    let character = |four: &[u8; 4]| {
        char::from_u32(read(*four)).unwrap_or_else(|| {
            broken += 1;
            char::REPLACEMENT_CHARACTER
        })
    };
    let text: String = whole.iter().map(character).collect();
    mends.count(Mend::BrokenBytes, broken);
    (text.into(), name)
}

/// Encodings that have ASCII in them.
fn narrow<'b>(bytes: &'b [u8], told: &Told<'_>, mends: &mut Mends) -> (Cow<'b, str>, &'static str) {
    let bytes = bytes.strip_prefix(b"\xff\xfe").or_else(|| bytes.strip_prefix(b"\xfe\xff")).unwrap_or(bytes);
    let marked = bytes.starts_with(b"\xef\xbb\xbf");
    let declared = charset::of_document(bytes);
    // single bytes are before us: who says UTF-16 errs
    let known = |label: &str| charset::named(label).filter(|encoding| ![UTF_16LE, UTF_16BE].contains(encoding));
    let (header, document) = (told.header.and_then(known), declared.and_then(known));
    let is_unknown = declared.is_some_and(|label| charset::named(label).is_none());
    if is_unknown {
        mends.note(Mend::UnknownEncoding);
    }
    let says_other = |encoding: &Encoding| [header, document].iter().flatten().any(|said| *said != encoding);
    if let Ok(text) = std::str::from_utf8(bytes) {
        if !marked && let Some(text) = escaped_japanese(bytes, [header, document]) {
            return (text.into(), ISO_2022_JP.name());
        }
        let is_utf_16 = declared.and_then(charset::named).is_some_and(|said| said == UTF_16LE || said == UTF_16BE);
        if !text.is_ascii() && says_other(UTF_8) || is_utf_16 && !is_unknown && document.is_none() {
            mends.note(Mend::WrongEncoding);
        }
        return (Cow::Borrowed(text), UTF_8.name());
    }
    if let Some((text, broken)) = mostly_utf_8(bytes) {
        if says_other(UTF_8) {
            mends.note(Mend::WrongEncoding);
        }
        mends.count(Mend::BrokenBytes, broken);
        return (text.into(), UTF_8.name());
    }
    let said = match (header, document) {
        // a server's default for all that it sends, against a document that knows better
        (Some(header), Some(document)) if header == WINDOWS_1252 && document != UTF_8 => [Some(document), None],
        both => [both.0, both.1],
    };
    let said: Vec<_> = said.into_iter().flatten().filter(|encoding| *encoding != UTF_8).collect();
    for encoding in &said {
        if let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(bytes) {
            if says_other(encoding) {
                mends.note(Mend::WrongEncoding);
            }
            return (text, encoding.name());
        }
    }
    // nothing that was said fits without a break: what breaks least
    let guessed = guess(bytes, told.base);
    let reading = |encoding: &&'static Encoding| {
        let text = encoding.decode_without_bom_handling(bytes).0;
        (replaced(&text), text, *encoding)
    };
    let best = said.iter().chain([&guessed]).map(reading).min_by_key(|(broken, ..)| *broken);
    let (broken, text, encoding) = best.expect("a guess is always among them");
    mends.count(Mend::BrokenBytes, broken);
    if says_other(encoding) || marked {
        mends.note(Mend::WrongEncoding);
    } else if header.is_none() && document.is_none() && !is_unknown {
        mends.note(Mend::UndeclaredEncoding);
    }
    (text, encoding.name())
}

/// ISO-2022-JP is ASCII with escapes, so it passes for UTF-8.
fn escaped_japanese(bytes: &[u8], said: [Option<&'static Encoding>; 2]) -> Option<String> {
    memchr::memchr(0x1b, bytes)?;
    let is_said = said.contains(&Some(ISO_2022_JP));
    let shows = || [&b"\x1b$B"[..], b"\x1b$@"].iter().any(|escape| memchr::memmem::find(bytes, escape).is_some());
    if !(is_said || said == [None, None] && shows()) {
        return None;
    }
    let (text, broken) = ISO_2022_JP.decode_without_bom_handling(bytes);
    (is_said || !broken).then(|| text.into_owned())
}

/// UTF-8 with a few broken bytes, and how many there were. A byte between two letters is the letter that windows-1252 has there
/// (two encodings in one document); the others become U+FFFD.
fn mostly_utf_8(bytes: &[u8]) -> Option<(String, u32)> {
    let (mut right, mut broken) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        right += chunk.valid().bytes().filter(|byte| !byte.is_ascii()).count();
        broken += chunk.invalid().len();
    }
    if broken * 9 > right {
        return None;
    }
    let mut text = String::with_capacity(bytes.len() + 2 * broken);
    let mut breaks = 0;
    let mut at = 0;
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        at += chunk.valid().len() + chunk.invalid().len();
        let is_letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphabetic);
        match chunk.invalid() {
            [] => {}
            [byte @ 0xc0..=0xff] if is_letter(chunk.valid().as_bytes().last()) && is_letter(bytes.get(at)) => text.push(char::from(*byte)),
            _ => text.push(char::REPLACEMENT_CHARACTER),
        }
        breaks += u32::from(!chunk.invalid().is_empty());
    }
    Some((text, breaks))
}

fn guess(bytes: &[u8], base: &Url) -> &'static Encoding {
    let from = bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or(0).saturating_sub(1024);
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(&bytes[from..bytes.len().min(from + GUESSED_FROM)], true);
    let country = base.host_str().and_then(|host| host.rsplit('.').next());
    // the detector panics at what is no top-level domain in lower case
    let country = country.filter(|country| !country.is_empty() && country.bytes().all(|byte| byte.is_ascii_lowercase()));
    detector.guess(country.map(str::as_bytes), Utf8Detection::Deny)
}

fn replaced(text: &str) -> u32 {
    u32::try_from(memchr::memmem::find_iter(text.as_bytes(), "\u{fffd}").count()).unwrap_or(u32::MAX)
}

/// Control characters of U+0080 to U+009F are windows-1252's characters: somebody took it for ISO 8859-1.
fn printable<'t>(text: Cow<'t, str>, mends: &mut Mends) -> Cow<'t, str> {
    let bytes = text.as_bytes();
    let is_control = |at: &usize| bytes.get(at + 1).is_some_and(|byte| matches!(byte, 0x80..=0x9f));
    let Some(first) = memchr::memchr_iter(0xc2, bytes).find(is_control) else { return text };
    let mut out = String::with_capacity(text.len());
    out.push_str(&text[..first]);
    for character in text[first..].chars() {
        match character {
            '\u{80}'..='\u{9f}' => {
                mends.note(Mend::ControlCharacter);
                let byte = [u8::try_from(u32::from(character)).unwrap_or(b' ')];
                out.push_str(&WINDOWS_1252.decode_without_bom_handling(&byte).0);
            }
            character => out.push(character),
        }
    }
    Cow::Owned(out)
}

/// Without the marks that stand at its beginning; some servers write two.
fn unmarked(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_start_matches('\u{feff}')),
        Cow::Owned(text) if text.starts_with('\u{feff}') => Cow::Owned(text.trim_start_matches('\u{feff}').to_owned()),
        owned => owned,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_encoding(label: &str, text: &str) -> Vec<u8> {
        Encoding::for_label(label.as_bytes()).unwrap().encode(text).0.into_owned()
    }

    fn wide(text: &str, byte_order: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(byte_order).collect()
    }

    fn wider(text: &str, byte_order: fn(u32) -> [u8; 4]) -> Vec<u8> {
        text.chars().flat_map(|c| byte_order(u32::from(c))).collect()
    }

    fn decoded(bytes: &[u8], content_type: Option<&str>, charset: Option<&str>) -> (String, &'static str, String) {
        let reading = Reading { charset: charset.map(str::to_owned), ..Reading::default() };
        let mut mends = Mends::default();
        let base = Url::parse("https://example.org/feed").unwrap();
        let (text, name) = decode(bytes, content_type, &base, &reading, &mut mends);
        let mends: Vec<String> = mends.iter().map(|(mend, count)| format!("{} {count}", mend.name())).collect();
        (text.into_owned(), name, mends.join(", "))
    }

    fn declared(label: &str, text: &str) -> String {
        format!("<?xml version=\"1.0\" encoding=\"{label}\"?><t>{text}</t>")
    }

    #[test]
    fn text_is_read_in_the_encoding_it_was_written_in() {
        let russian = declared("windows-1251", "Привет, мир");
        let japanese = declared("iso-2022-jp", "東京");
        let latin = Some("text/xml; charset=iso-8859-1");
        let chinese = "<t>中文标题，今天的天气很好，我们去公园散步</t>";
        let utf_8_broken = [b"<t>\xff caf\xe9s ", "é".repeat(20).as_bytes()].concat();
        let jis = in_encoding("iso-2022-jp", "<t>東京</t>");
        for (bytes, content_type, text, name, mends) in [
            // what the bytes are
            ("<t>é</t>".into(), None, "<t>é</t>", "UTF-8", ""),
            ("<t>é</t>".into(), latin, "<t>é</t>", "UTF-8", "wrong-encoding 1"),
            ("<t>e</t>".into(), latin, "<t>e</t>", "UTF-8", ""),
            ("\u{feff}<t>é</t>".into(), latin, "<t>é</t>", "UTF-8", "wrong-encoding 1"),
            ("\u{feff}\u{feff}<t>é</t>".into(), None, "<t>é</t>", "UTF-8", ""),
            (wide("<t>é</t>", u16::to_le_bytes), None, "<t>é</t>", "UTF-16LE", ""),
            (wide("\r\n<t>é</t>", u16::to_be_bytes), None, "\r\n<t>é</t>", "UTF-16BE", ""),
            (wide("\u{feff}東京", u16::to_be_bytes), None, "東京", "UTF-16BE", ""),
            (wide("{\"items\": []}", u16::to_le_bytes), Some("application/feed+json"), "{\"items\": []}", "UTF-16LE", ""),
            (wider("<t>é</t>", u32::to_le_bytes), None, "<t>é</t>", "UTF-32LE", ""),
            (wider("\u{feff}<t>🎈</t>", u32::to_be_bytes), None, "<t>🎈</t>", "UTF-32BE", ""),
            (wider("\u{feff}<t>🎈</t>", u32::to_le_bytes), None, "<t>🎈</t>", "UTF-32LE", ""),
            ([&wider("<t>", u32::to_le_bytes)[..], b"\0\0\0\xd8\x01"].concat(), None, "<t>\u{fffd}", "UTF-32LE", "broken-bytes 2"),
            (b"\xff\xfe<t>caf\xc3\xa9</t>".to_vec(), None, "<t>café</t>", "UTF-8", ""),
            // what is said of them
            (in_encoding("windows-1251", &russian), None, &russian, "windows-1251", ""),
            (in_encoding("windows-1251", &russian), latin, &russian, "windows-1251", "wrong-encoding 1"),
            (in_encoding("koi8-r", "<t>Привет</t>"), Some("application/xml; charset=\"KOI8-R\""), "<t>Привет</t>", "KOI8-R", ""),
            (in_encoding("iso-2022-jp", &japanese), None, &japanese, "ISO-2022-JP", ""),
            (in_encoding("shift_jis", "<t>東京</t>"), Some("text/xml; charset=x-sjis"), "<t>東京</t>", "Shift_JIS", ""),
            // a guess
            (b"<t>caf\xe9</t>".to_vec(), None, "<t>café</t>", "windows-1252", "undeclared-encoding 1"),
            (in_encoding("gbk", chinese), None, chinese, "GBK", "undeclared-encoding 1"),
            (in_encoding("gbk", chinese), Some("text/xml; charset=utf-8"), chinese, "GBK", "wrong-encoding 1"),
            (in_encoding("gbk", chinese), Some("text/xml; charset=euc-jp"), chinese, "GBK", "wrong-encoding 1"),
            (jis, None, "<t>東京</t>", "ISO-2022-JP", ""),
            // a little of both
            ("<t>don\u{92}t</t>".into(), None, "<t>don’t</t>", "UTF-8", "control-character 1"),
            (utf_8_broken, None, &format!("<t>\u{fffd} cafés {}", "é".repeat(20)), "UTF-8", "broken-bytes 2"),
        ] {
            let read = decoded(&bytes, content_type, None);
            assert_eq!(read, (text.to_owned(), name, mends.to_owned()), "{} {content_type:?}", String::from_utf8_lossy(&bytes));
        }
    }

    #[test]
    fn a_declaration_that_is_not_true_is_seen_through() {
        for (label, name, mends) in [
            ("latin1", "UTF-8", "wrong-encoding 1"),
            ("utf-16", "UTF-8", "wrong-encoding 1"),
            ("gb2312", "UTF-8", "wrong-encoding 1"),
            ("utf-7", "UTF-8", "unknown-encoding 1"),
            ("foo-bar", "UTF-8", "unknown-encoding 1"),
            ("UTF8", "UTF-8", ""),
        ] {
            let text = declared(label, "é");
            assert_eq!(decoded(text.as_bytes(), None, None), (text.clone(), name, mends.to_owned()), "{label}");
        }
        let text = declared("utf-8", "é");
        assert_eq!(decoded(&wide(&text, u16::to_le_bytes), None, None), (text.clone(), "UTF-16LE", "wrong-encoding 1".to_owned()));
        let text = declared("utf-8", "café déjà vu, une très belle journée à la plage");
        let latin = in_encoding("latin1", &text);
        assert_eq!(decoded(&latin, None, None), (text, "windows-1252", "wrong-encoding 1".to_owned()));
    }

    #[test]
    fn what_the_operator_says_overrules_everything() {
        let russian = in_encoding("koi8-r", &declared("windows-1252", "Привет"));
        let (text, name, mends) = decoded(&russian, Some("text/xml; charset=utf-8"), Some("koi8-r"));
        assert_eq!((text, name, mends.as_str()), (declared("windows-1252", "Привет"), "KOI8-R", ""));
        let meant = "<t>FlÃ¼che</t>";
        assert_eq!(decoded(meant.as_bytes(), None, Some("utf-8")), (meant.to_owned(), "UTF-8", String::new()));
        assert_eq!(
            decoded(b"\xef\xbb\xbf<t>\xff</t>", None, Some("utf-8")),
            ("<t>\u{fffd}</t>".to_owned(), "UTF-8", "broken-bytes 1".into())
        );
    }
}
