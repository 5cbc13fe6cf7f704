//! An item as rules and templates see it.

use crate::domain::{Entry, FeedFacts, Timestamp};

/// What a view is made from.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// The feed's `name`.
    pub feed: &'a str,
    pub facts: &'a FeedFacts,
    pub entry: &'a Entry,
    /// The body, sanitised and absolute.
    pub html: &'a str,
    /// The body as plain text, paragraphs parted by an empty line.
    pub text: &'a str,
    /// Of the body.
    pub words: usize,
    /// The feed's own summary as plain text.
    pub summary: &'a str,
    pub first_seen: Timestamp,
    pub now: Timestamp,
}

/// An item as rules and templates see it: made once, read by every rule of every site.
#[derive(Debug, Clone)]
pub struct View {
    pub(super) title: String,
}

impl View {
    /// Copies what it is told.
    pub fn new(told: &Told<'_>) -> Self {
        Self { title: told.entry.title.clone() }
    }
}
