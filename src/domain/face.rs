//! Entries that come back under new keys: what two are compared by when a feed changes all its GUIDs, or its address, at once.

use super::{Entry, Rung, Timestamp};

/// An entry or an item, as far as it is asked whether one is the other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Face<'a> {
    pub guid: Option<&'a str>,
    pub link: Option<&'a str>,
    /// Plain text; may be empty.
    pub title: &'a str,
    /// HTML as the feed has it; empty where it isn't known (any more).
    pub body: &'a str,
    pub published: Option<Timestamp>,
}

impl<'a> From<&'a Entry> for Face<'a> {
    fn from(entry: &'a Entry) -> Self {
        Self {
            guid: entry.guid.as_deref(),
            link: entry.link.as_deref(),
            title: &entry.title,
            body: entry.body(),
            published: entry.published,
        }
    }
}

/// For each of the new, the old one (the first) that it is, and what shows it.
pub type Twins = fn(&[Face<'_>], &[Face<'_>]) -> Vec<Option<(usize, Rung)>>;

/// How it is told which of a document's new entries are old ones.
#[derive(Debug, Clone, Copy)]
pub struct Returning {
    /// Which of the old (the first, without bodies) might be one of the new: only of these the bodies are read.
    pub candidates: fn(&[Face<'_>], &[Face<'_>]) -> Vec<usize>,
    /// No old one is two new ones.
    pub twins: Twins,
    /// What is older than this would not have become a post at the feed's first poll either.
    pub past: Option<Timestamp>,
}
