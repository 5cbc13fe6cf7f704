//! Made-up entries on which each rule and template is tried when the config loads.

use std::sync::Arc;

use minijinja::value::Value;
use minijinja::{Error, ErrorKind};

use super::compose::{Prepared, Words};
use super::composing::Composing;
use super::digest::{self, DigestEntry, Frame};
use super::engine::Over;
use super::recipe::{Editor, Recipe};
use super::view::{Context, Told, View};
use crate::domain::{DraftImage, Enclosure, Entry, FeedFacts, ImageRef, Signal, Status, Timestamp};

/// What rules and templates are tried on: a full entry and one that has nothing, or a digest of both and one of the first.
pub(super) fn contexts(over: Over) -> impl Iterator<Item = Value> {
    let entries: Vec<Context> = entries().collect();
    let digests = match over {
        Over::Entry => Vec::new(),
        Over::Digest => vec![digest(&entries), digest(&entries[..1])],
    };
    let entries = entries.into_iter().map(Context::into_value);
    digests.into_iter().chain(entries.filter(move |_| over == Over::Entry))
}

fn digest(entries: &[Context]) -> Value {
    let entries: Vec<DigestEntry> = entries.iter().map(DigestEntry::tried).collect();
    let (from, until) = ("2026-11-20T17:00:00+01:00", "2026-11-27T17:00:00+01:00");
    let frame = Frame { site: "site", language: Some("en"), key: "0123456789abc", from, until, editor: Editor::Blocks };
    Value::from_object(digest::Context::new("digest", Status::Draft, &frame, &entries))
}

fn entries() -> impl Iterator<Item = Context> {
    [(full(), true), (Entry::default(), false)].into_iter().map(|(entry, full)| {
        let facts = if full { facts() } else { FeedFacts::default() };
        let html = entry.content.clone().unwrap_or_default();
        let text = if full { "A first sentence. A second one." } else { "" };
        let now = Timestamp::from_unix(1_795_351_976);
        let told = Told {
            feed: "feed",
            facts: &facts,
            entry: &entry,
            html: &html,
            text,
            words: if full { 6 } else { 0 },
            summary: text,
            first_seen: now,
            now,
        };
        let view = View::new(&told);
        let image = full.then(picture);
        let signal = Signal { name: "noai".to_owned(), ..Signal::default() };
        let prepared = Prepared {
            view: &view,
            key: "0123456789abc",
            image: image.as_ref(),
            pictures: &[],
            excerpt: text,
            excerpt_words: Words::default(),
            blocks: &html,
            outgoing: None,
            licence: if full { "cc-by" } else { "" },
            signals: if full { std::slice::from_ref(&signal) } else { &[] },
            notes: &[],
        };
        let tags = if full { vec!["one".to_owned(), "two".to_owned()] } else { Vec::new() };
        let recipe = Recipe { site: "site".to_owned(), language: full.then(|| "en".to_owned()), ..Recipe::default() };
        let mut composing = Composing::new(&recipe, &prepared);
        composing.terms.add_tags(&tags, "");
        let late = Arc::new(composing.late());
        Context { early: view, late: Some(late) }
    })
}

/// An error in its own words, without the place.
pub(super) fn words(error: &Error) -> String {
    if error.kind() == ErrorKind::OutOfFuel {
        return "it takes too many steps or makes too much text".to_owned();
    }
    match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    }
}

fn full() -> Entry {
    let time = Some(Timestamp::from_unix(1_795_340_000));
    Entry {
        guid: Some("https://feed.example/1".to_owned()),
        link: Some("https://feed.example/1".to_owned()),
        title: "A title".to_owned(),
        authors: vec!["An Author".to_owned(), "Another".to_owned()],
        published: time,
        updated: time,
        summary: Some("<p>A first sentence.</p>".to_owned()),
        content: Some("<p>A first sentence. A second one.</p>".to_owned()),
        categories: vec!["One".to_owned(), "Two".to_owned()],
        images: vec![ImageRef { url: "https://feed.example/1.jpg".to_owned(), ..ImageRef::default() }],
        enclosures: vec![Enclosure { url: "https://feed.example/1.mp3".to_owned(), ..Enclosure::default() }],
        language: Some("en".to_owned()),
        rights: Some("A line".to_owned()),
        base: None,
        ..Entry::default()
    }
}

fn facts() -> FeedFacts {
    FeedFacts {
        title: Some("A feed".to_owned()),
        home: Some("https://feed.example/".to_owned()),
        language: Some("en".to_owned()),
        rights: None,
    }
}

fn picture() -> Result<DraftImage, String> {
    Ok(DraftImage { url: "https://feed.example/1.jpg".to_owned(), alt: "A picture".to_owned(), ..DraftImage::default() })
}
