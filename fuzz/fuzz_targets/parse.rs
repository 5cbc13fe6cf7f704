//! A whole document: bytes as a server might send them, with what it says of their encoding.

#![no_main]

use libfuzzer_sys::fuzz_target;
use url::Url;
use wirepress::poll::{MAX_ENTRIES, ParseError, Reading, parse};

/// The last byte chooses what is said of the rest.
const CONTENT_TYPES: [Option<&str>; 8] = [
    None,
    Some("application/rss+xml"),
    Some("text/xml; charset=utf-8"),
    Some("text/xml; charset=iso-8859-1"),
    Some("application/xml; charset=\"shift_jis\""),
    Some("text/html; charset=utf-16"),
    Some("application/feed+json"),
    Some("text/xml; charset=bogus"),
];

fuzz_target!(|input: &[u8]| {
    let [document @ .., choice] = input else { return };
    let forced = |label: &str| Reading { charset: Some(label.to_owned()), ..Reading::default() };
    let reading = match choice >> 3 {
        16 => forced("windows-1251"),
        17 => forced("utf-16be"),
        18 => forced("iso-2022-jp"),
        _ => Reading::default(),
    };
    let base = Url::parse("https://feeds.example.org/news/feed.xml").unwrap();
    let parsed = match parse(document, CONTENT_TYPES[usize::from(choice % 8)], &base, &reading) {
        Ok(parsed) => parsed,
        // what the layer writes must be what feed-rs reads
        Err(error @ (ParseError::Malformed(_) | ParseError::Crashed | ParseError::Unread(_))) => panic!("{error}"),
        Err(_) => return,
    };
    assert!(parsed.entries.len() <= MAX_ENTRIES);
    for entry in &parsed.entries {
        let urls =
            entry.link.iter().chain(entry.images.iter().map(|image| &image.url)).chain(entry.enclosures.iter().map(|found| &found.url));
        for url in urls {
            let url = Url::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"));
            assert!(matches!(url.scheme(), "http" | "https"), "{url}");
        }
        // nothing grows beyond what came in, but for escapes
        assert!(entry.title.len() + entry.body().len() <= 16 * document.len() + 1024);
    }
});
