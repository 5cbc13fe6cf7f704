//! How a feed looked so far, so that it can be told from what somebody else makes of its address.

use serde::{Deserialize, Serialize};

use super::FeedFacts;

/// What was learnt from a feed's entries. Kept small: about a kilobyte as JSON.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// Entries that it was learnt from.
    pub entries: u32,
    /// The document's title, plain text.
    pub title: Option<String>,
    /// BCP 47, as the document says.
    pub language: Option<String>,
    /// Sites that its entries lead to (`example.org`), newest first.
    pub sites: Vec<String>,
    /// Hashes of the words of its newest entries, 16 bits each, newest first, in base64.
    pub words: String,
    /// Words an entry, a moving average.
    pub length: f64,
    /// The share of entries with a picture, from 0 to 1, a moving average.
    pub illustrated: f64,
    /// Words of the newest entries and whether they have a picture, newest first.
    pub newest: Vec<(u32, bool)>,
}

/// What a document's new entries come to.
#[derive(Debug, Clone, PartialEq)]
pub enum Judged {
    /// It is the feed that it was; this was learnt from it.
    Same(Profile),
    /// It isn't, or is so no longer, for this reason in a person's words.
    Other(String),
}

/// What one entry looks like, as far as feeds are told apart by it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntryLook {
    /// Words of the body.
    pub length: u32,
    pub is_illustrated: bool,
    /// The site that it leads to (`example.org`).
    pub site: Option<String>,
    /// Hashes of different words of title and body.
    pub words: Vec<u16>,
}

/// Compares a document that has something new with what was learnt before (`None`: nothing). Its entries, oldest first, each
/// with whether it is new.
pub type Judge = fn(Option<&Profile>, &FeedFacts, &[(&EntryLook, bool)]) -> Judged;

/// What it takes to tell whether a feed is still the one that it was.
#[derive(Debug, Clone)]
pub struct Watch {
    pub facts: FeedFacts,
    /// Of the document's entries, in their order.
    pub looks: Vec<EntryLook>,
    pub judge: Judge,
}
