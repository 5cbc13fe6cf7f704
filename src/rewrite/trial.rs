//! Made-up entries on which each rule and template is tried when the config loads.

use std::sync::Arc;

use minijinja::Error;
use minijinja::value::Value;

use super::compose::{Prepared, Words};
use super::composing::Composing;
use super::recipe::Recipe;
use super::view::{Context, Told, View};
use crate::domain::{DraftImage, Enclosure, Entry, FeedFacts, ImageRef, Timestamp};

/// A full entry and one that has nothing.
pub(super) fn contexts() -> impl Iterator<Item = Value> {
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
        let prepared = Prepared {
            view: &view,
            key: "0123456789abc",
            image: image.as_ref(),
            pictures: &[],
            excerpt: text,
            excerpt_words: Words::default(),
            blocks: &html,
            outgoing: None,
        };
        let tags = if full { vec!["one".to_owned(), "two".to_owned()] } else { Vec::new() };
        let recipe = Recipe { site: "site".to_owned(), language: full.then(|| "en".to_owned()), ..Recipe::default() };
        let mut composing = Composing::new(&recipe, &prepared);
        composing.terms.add_tags(&tags, "");
        let late = Arc::new(composing.late());
        Context { early: view, late: Some(late) }.into_value()
    })
}

/// An error in its own words, without the place.
pub(super) fn words(error: &Error) -> String {
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
