//! What the fuzzers reach and nobody else does: parts of the room that [`parse`](super::parse) is made of.

use url::Url;

use super::{Mends, Reading, date as dates, entities, layer, text};
use crate::domain::Timestamp;

/// What the layer hands on to feed-rs; `None` if the document is no feed.
pub fn canonical(document: &str) -> Option<String> {
    let mut mends = Mends::default();
    let base = Url::parse("https://feeds.example.org/news/feed.xml").ok()?;
    let text = text::clean(document, &mut mends);
    let text = entities::resolved(&text);
    layer::read(&text, &base, &Reading::default(), &mut mends).ok().map(|layered| layered.xml)
}

/// A date as a feed wrote it.
pub fn date(text: &str, reading: &Reading) -> Option<Timestamp> {
    dates::read(text, reading)
}
