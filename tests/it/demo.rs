//! What `scripts/demo` shows: a configuration to learn from, and feeds that are read whole.

use url::Url;
use wirepress::{config, poll};

const FEEDS: &str = "http://127.0.0.1:8000";

/// A file of the demo with its words filled in, as the demo does it.
fn filled(file: &str) -> String {
    let text = std::fs::read_to_string(format!("demo/{file}")).expect("the file is in the repository");
    let dated = text.split("{{-").enumerate().map(|(n, part)| match part.split_once("}}") {
        Some((_, rest)) if n > 0 && file.ends_with(".rss") => format!("Sun, 22 Nov 2026 12:00:00 GMT{rest}"),
        Some((_, rest)) if n > 0 => format!("2026-11-22T12:00:00Z{rest}"),
        _ => part.to_owned(),
    });
    dated
        .collect::<String>()
        .replace("{{base}}", FEEDS)
        .replace("@FEEDS@", FEEDS)
        .replace("@SITE@", "http://127.0.0.1:8001")
        .replace("@USER@", "editor")
}

#[test]
fn the_demos_configuration_is_fine_and_names_its_feeds() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("wirepress.toml");
    std::fs::write(&path, filled("wirepress.toml")).expect("written");
    let loaded = config::load(&path).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(loaded.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
    let urls: Vec<&str> = loaded.config.feeds.iter().map(|feed| feed.url.path()).collect();
    assert_eq!(urls, ["/harbour/feed.rss", "/workbench/feed.atom", "/nightsky/feed.json"]);
}

#[test]
fn every_entry_of_the_demos_feeds_has_all_that_a_post_wants() {
    let feeds = [
        ("feeds/harbour.rss", "application/rss+xml", 6, 3),
        ("feeds/workbench.atom", "application/atom+xml", 3, 0),
        ("feeds/nightsky.json", "application/feed+json", 3, 3),
    ];
    for (file, kind, entries, pictures) in feeds {
        let base = Url::parse(FEEDS).expect("an address");
        let read = poll::parse(filled(file).as_bytes(), Some(kind), &base, &poll::Reading::default())
            .unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(read.entries.len(), entries, "{file}");
        assert_eq!(read.entries.iter().filter(|entry| !entry.images.is_empty()).count(), pictures, "{file}");
        for entry in &read.entries {
            assert!(entry.guid.is_some() && entry.link.is_some() && entry.published.is_some(), "{file}: {entry:?}");
        }
    }
}
