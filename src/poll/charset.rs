//! Names of encodings: what a `Content-Type` and a declaration say, and what labels mean.

use encoding_rs::Encoding;
use memchr::memmem;

/// A declaration stands within so many bytes of the first thing that is no white space.
const HEAD: usize = 4096;

/// Labels that feeds use and the Encoding Standard doesn't know, folded as [`named`] does.
const OTHER_LABELS: [(&str, &Encoding); 19] = [
    ("utf8mb4", encoding_rs::UTF_8),
    ("utf8bom", encoding_rs::UTF_8),
    ("cp936", encoding_rs::GBK),
    ("ms936", encoding_rs::GBK),
    ("windows936", encoding_rs::GBK),
    ("cp932", encoding_rs::SHIFT_JIS),
    ("cp949", encoding_rs::EUC_KR),
    ("ms949", encoding_rs::EUC_KR),
    ("euckr", encoding_rs::EUC_KR),
    ("cp950", encoding_rs::BIG5),
    ("eucjp", encoding_rs::EUC_JP),
    ("win1250", encoding_rs::WINDOWS_1250),
    ("win1251", encoding_rs::WINDOWS_1251),
    ("win1252", encoding_rs::WINDOWS_1252),
    ("ansi", encoding_rs::WINDOWS_1252),
    ("iso885915", encoding_rs::ISO_8859_15),
    ("macroman", encoding_rs::MACINTOSH),
    ("maccyrillic", encoding_rs::X_MAC_CYRILLIC),
    ("mscyrl", encoding_rs::WINDOWS_1251),
];

/// The encoding that a label means: the Encoding Standard's labels, and a few more. None of those that no browser reads any more
/// (UTF-7, HZ).
pub(super) fn named(label: &str) -> Option<&'static Encoding> {
    let standard = |label: &str| Encoding::for_label_no_replacement(label.as_bytes());
    standard(label).or_else(|| {
        let folded: String = label.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
        let other = OTHER_LABELS.iter().find(|(other, _)| *other == folded).map(|(_, encoding)| *encoding);
        // `windows1251`, `iso_8859.2`
        let dashed =
            || folded.strip_prefix("windows").or_else(|| folded.strip_prefix("win")).and_then(|n| standard(&format!("windows-{n}")));
        other.or_else(|| standard(&folded)).or_else(dashed)
    })
}

/// The name of the encoding that a label means, as the Encoding Standard writes it.
pub fn name(label: &str) -> Option<&'static str> {
    named(label).map(Encoding::name)
}

/// The `charset` of a `Content-Type`, as written.
pub(super) fn of_content_type(content_type: &str) -> Option<&str> {
    let (_, label) = content_type
        .split(';')
        .skip(1)
        .filter_map(|part| part.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))?;
    Some(label.trim().trim_matches(['"', '\''])).filter(|label| !label.is_empty())
}

/// The `encoding` of an XML declaration, wherever it stands near the beginning, or the `charset` of a web page; as written.
pub(super) fn of_document(bytes: &[u8]) -> Option<&str> {
    let bytes = bytes.trim_ascii_start();
    let head = &bytes[..bytes.len().min(HEAD)];
    let label = match memmem::find(head, b"<?xml ") {
        Some(at) => {
            let declaration = &head[at..];
            let declaration = &declaration[..memchr::memchr(b'>', declaration)?];
            value(&declaration[memmem::find(declaration, b"encoding")? + 8..])
        }
        None if head.get(..5).is_some_and(|start| start.eq_ignore_ascii_case(b"<html") || start.eq_ignore_ascii_case(b"<!doc")) => {
            value(&head[memmem::find(head, b"charset")? + 7..])
        }
        None => None,
    };
    label.filter(|label| !label.is_empty())
}

/// The `charset` of a page's first `meta` that has one, wherever near the beginning it stands; as written.
pub(super) fn of_meta(bytes: &[u8]) -> Option<&str> {
    let head = &bytes[..bytes.len().min(HEAD)];
    let metas = memmem::find_iter(head, b"<meta").chain(memmem::find_iter(head, b"<META"));
    metas
        .filter_map(|at| {
            let meta = &head[at..];
            let meta = &meta[..memchr::memchr(b'>', meta)?];
            value(&meta[memmem::find(meta, b"charset")? + 7..])
        })
        .find(|label| !label.is_empty())
}

/// `= "utf-8"`, quoted or not.
fn value(after_name: &[u8]) -> Option<&str> {
    let value = after_name.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let value = value.strip_prefix(b"\"").or_else(|| value.strip_prefix(b"'")).unwrap_or(value);
    let end = value.iter().position(|byte| matches!(byte, b'"' | b'\'' | b'?' | b'>' | b'/' | b';') || byte.is_ascii_whitespace());
    std::str::from_utf8(&value[..end.unwrap_or(value.len())]).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_known_by_all_its_spellings() {
        for (label, name) in [
            ("utf8", "UTF-8"),
            (" UTF-8 ", "UTF-8"),
            ("latin1", "windows-1252"),
            ("ISO-8859-2", "ISO-8859-2"),
            ("windows1251", "windows-1251"),
            ("win-1251", "windows-1251"),
            ("cp936", "GBK"),
            ("gb2312", "GBK"),
            ("x-sjis", "Shift_JIS"),
            ("tis-620", "windows-874"),
            ("ibm866", "IBM866"),
        ] {
            assert_eq!(named(label).map(Encoding::name), Some(name), "{label}");
        }
        for label in ["", "utf-7", "hz-gb-2312", "foo-bar", "binary"] {
            assert_eq!(named(label), None, "{label}");
        }
    }

    #[test]
    fn a_declaration_is_found_behind_what_should_not_be_before_it() {
        let blank = " \n".repeat(10_000);
        for (document, label) in [
            ("<?xml version=\"1.0\" encoding=\"koi8-r\"?><rss/>".to_owned(), Some("koi8-r")),
            ("<?xml version='1.0' encoding = 'koi8-r' standalone='yes'?>".to_owned(), Some("koi8-r")),
            ("<?xml version='1.0' encoding=koi8-r?>".to_owned(), Some("koi8-r")),
            (format!("{blank}<?xml version='1.0' encoding='koi8-r'?>"), Some("koi8-r")),
            ("<!-- made by hand --><?xml version='1.0' encoding='koi8-r'?>".to_owned(), Some("koi8-r")),
            ("Warning: headers sent<?xml version='1.0' encoding='koi8-r'?>".to_owned(), Some("koi8-r")),
            ("<?xml version='1.0'?><rss encoding='koi8-r'/>".to_owned(), None),
            ("<?xml version='1.0' encoding=''?>".to_owned(), None),
            ("<?xml version='1.0' encoding".to_owned(), None),
            ("<!DOCTYPE html><html><meta charset=koi8-r>".to_owned(), Some("koi8-r")),
            ("<!doctype html><meta http-equiv=Content-Type content='text/html; charset=koi8-r'>".to_owned(), Some("koi8-r")),
            ("<rss><description><![CDATA[<meta charset='koi8-r'>]]></description></rss>".to_owned(), None),
        ] {
            assert_eq!(of_document(document.as_bytes()), label, "{}", document.trim());
        }
        for (header, label) in [
            ("text/xml", None),
            ("text/xml; charset=utf-8", Some("utf-8")),
            ("text/xml;Charset = \"KOI8-R\"; x=y", Some("KOI8-R")),
            ("text/xml; charset=", None),
        ] {
            assert_eq!(of_content_type(header), label, "{header}");
        }
    }
}
