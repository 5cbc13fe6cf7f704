//! What makes two entries one: the rungs of the ladder of identities, and what a person would compare.

use serde::{Deserialize, Serialize};

use super::{Entry, Id, Timestamp};

/// So many bits of a key inside a feed are its own; the 12 before them are its feed's, so that the keys of a feed lie side by side.
pub const FEED_KEY_BITS: u32 = 51;
/// The largest prime in 12 bits.
const FEEDS: i64 = 4_093;

/// What the keys inside a feed begin with. (Of more than 4,093 feeds, some begin alike.)
pub fn feed_key_start(feed: Id) -> i64 {
    (feed.to_i64() % FEEDS) << FEED_KEY_BITS
}

/// One way in which an entry shows that it is the same as another, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rung {
    /// RSS `guid`, Atom `id`, JSON Feed `id`: trimmed and without `http://` or `https://`. Inside its feed that is all. Over
    /// feeds, an opaque one (`123`) counts only together with the canonical link, as two feeds may both count from 1.
    Guid,
    /// The GUID without scheme and host, for a site that moved. Inside its feed only.
    Path,
    /// The permalink in its canonical form, unless entries with different GUIDs share it, or it is the front page of a site.
    Link,
    /// Title and content.
    Text,
}

impl Rung {
    /// For a person: `the same GUID`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Guid => "the same GUID",
            Self::Path => "the same GUID but for scheme and host",
            Self::Link => "the same link",
            Self::Text => "the same title and content",
        }
    }
}

/// What an entry tells, as far as two are compared by it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Telling<'a> {
    /// Plain text; may be empty.
    pub title: &'a str,
    /// HTML as the feed has it; empty where it isn't known (any more).
    pub body: &'a str,
    /// When the feed says that it was published.
    pub published: Option<Timestamp>,
}

impl<'a> From<&'a Entry> for Telling<'a> {
    fn from(entry: &'a Entry) -> Self {
        Self { title: &entry.title, body: entry.body(), published: entry.published }
    }
}

/// An entry that became no item of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Merge {
    pub at: Timestamp,
    /// Which rung showed it.
    pub rung: Rung,
    pub how: MergeKind,
    /// What it was merged into.
    pub item: super::Id,
    /// Where it came from another feed: the item that it is there.
    pub other: Option<super::Id>,
    /// In what it differed from the item.
    pub told: Differing,
    /// What the item had there until then.
    pub was: Differing,
}

/// Where an entry came from that was merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MergeKind {
    /// A later document of the feed tells it differently.
    Later,
    /// One document has it twice.
    Twice,
    /// Another feed has it, too, and the site needs it once.
    Feed,
}

/// The parts in which two tellings of one entry differ; `None` where they agree, or where one lacks it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Differing {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

impl From<&Entry> for Differing {
    fn from(entry: &Entry) -> Self {
        Self { guid: entry.guid.clone(), link: entry.link.clone(), title: Some(entry.title.clone()) }
    }
}
