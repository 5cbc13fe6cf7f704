//! Bytes to text: byte order mark, what the bytes plainly are, HTTP charset, XML declaration, a guess (RFC 7303, section 3).

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// An encoding declaration stands within the first bytes.
const DECLARATION: usize = 512;

/// The document as text, whatever it was written in, and the encoding's name. Never fails: what can't be read becomes U+FFFD.
pub(super) fn decode<'b>(bytes: &'b [u8], content_type: Option<&str>) -> (Cow<'b, str>, &'static str) {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return text(encoding, &bytes[mark..]);
    }
    match bytes {
        [b'<' | b'{', 0, ..] => return text(UTF_16LE, bytes),
        [0, b'<' | b'{', ..] => return text(UTF_16BE, bytes),
        _ => {}
    }
    // Text in another encoding is never UTF-8 by accident, but ISO-2022-JP (escapes in ASCII) is.
    if !bytes.contains(&0x1b)
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return (Cow::Borrowed(text), UTF_8.name());
    }
    let charset = content_type.and_then(charset).filter(|encoding| *encoding != UTF_8);
    let declared = declared(bytes).filter(|encoding| *encoding != UTF_8);
    let encoding = match (charset, declared) {
        // a server's default for all it sends, against a document that knows better
        (Some(charset), Some(declared)) if charset == WINDOWS_1252 => declared,
        (Some(encoding), _) | (None, Some(encoding)) => encoding,
        (None, None) => guess(bytes),
    };
    text(encoding, bytes)
}

fn text<'b>(encoding: &'static Encoding, bytes: &'b [u8]) -> (Cow<'b, str>, &'static str) {
    (encoding.decode_without_bom_handling(bytes).0, encoding.name())
}

/// `charset` of a `Content-Type`.
fn charset(content_type: &str) -> Option<&'static Encoding> {
    let (_, label) = content_type
        .split(';')
        .skip(1)
        .filter_map(|part| part.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))?;
    Encoding::for_label(label.trim().trim_matches(['"', '\'']).as_bytes())
}

/// `encoding` of an XML declaration.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(DECLARATION)]);
    let declaration = head.split_once("<?xml")?.1.split_once("?>")?.0;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    Encoding::for_label(value[1..].split(quote).next()?.as_bytes())
}

/// A few broken bytes in UTF-8, or windows-1252.
fn guess(bytes: &[u8]) -> &'static Encoding {
    let other = bytes.iter().filter(|byte| !byte.is_ascii()).count();
    let broken: usize = bytes.utf8_chunks().map(|chunk| chunk.invalid().len()).sum();
    if broken * 10 <= other { UTF_8 } else { WINDOWS_1252 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_encoding(label: &str, text: &str) -> Vec<u8> {
        Encoding::for_label(label.as_bytes()).unwrap().encode(text).0.into_owned()
    }

    #[test]
    fn text_is_read_in_the_encoding_it_was_written_in() {
        let russian = "<?xml version='1.0' encoding='windows-1251'?><t>Привет, мир</t>";
        let japanese = "<?xml version=\"1.0\" encoding=\"iso-2022-jp\"?><t>東京</t>";
        let utf_16: Vec<u8> = "<t>é</t>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let cases: [(Vec<u8>, Option<&str>, &str); 11] = [
            ("<t>é</t>".into(), None, "<t>é</t>"),
            ("\u{feff}<t>é</t>".into(), Some("text/xml; charset=iso-8859-1"), "<t>é</t>"),
            ("<t>é</t>".into(), Some("text/xml; charset=iso-8859-1"), "<t>é</t>"),
            ("<?xml version=\"1.0\" encoding=\"latin1\"?><t>é</t>".into(), None, "<?xml version=\"1.0\" encoding=\"latin1\"?><t>é</t>"),
            (in_encoding("windows-1251", russian), None, russian),
            (in_encoding("windows-1251", russian), Some("text/xml; charset=iso-8859-1"), russian),
            (in_encoding("koi8-r", "<t>Привет</t>"), Some("application/xml; charset=\"KOI8-R\""), "<t>Привет</t>"),
            (in_encoding("iso-2022-jp", japanese), None, japanese),
            (utf_16, None, "<t>é</t>"),
            (b"<t>caf\xe9</t>".to_vec(), None, "<t>café</t>"),
            ([&b"<t>\xff"[..], "é".repeat(10).as_bytes()].concat(), None, "<t>\u{fffd}éééééééééé"),
        ];
        for (bytes, content_type, expected) in cases {
            assert_eq!(decode(&bytes, content_type).0, expected);
        }
    }
}
