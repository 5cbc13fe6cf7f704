//! What a dry run found: every post as it would be sent, and every entry that would not be, with its reason.

use serde::Serialize;

use super::PreviewUpdate;
use crate::domain::{Draft, Planned, RuleTrace, Timestamp};

/// All that a dry run found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Preview {
    pub feeds: Vec<PreviewFeed>,
    /// In the order in which they would be published.
    pub posts: Vec<PreviewPost>,
    /// Entries of the documents that were read which would not be posted.
    pub left: Vec<PreviewLeft>,
    /// Posts that are out and would be changed.
    pub updates: Vec<PreviewUpdate>,
}

/// One feed that was asked.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PreviewFeed {
    pub name: String,
    pub url: String,
    /// Entries in its document.
    pub entries: usize,
    /// Of these, known to the store already.
    pub known: usize,
    /// Nothing changed since it was read last.
    pub not_modified: bool,
    /// Its server asked to be left alone until then.
    pub retry_after: Option<Timestamp>,
    /// Why it could not be read.
    pub error: Option<String>,
}

/// One post as it would be sent.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PreviewPost {
    pub feed: String,
    pub site: String,
    /// The entry's permalink.
    pub source: Option<String>,
    pub published: Option<Timestamp>,
    pub draft: Draft,
    /// The slug under which it is made: readable part and key.
    pub slug: String,
    /// Words that the body takes over, and words that the entry has.
    pub words: (usize, usize),
    /// Why there is no picture, where there is none.
    pub no_image: Option<String>,
    /// It would wait for a person, and why.
    pub held: Option<String>,
    /// The rules that matched.
    pub rules: Vec<RuleTrace>,
    pub warnings: Vec<String>,
    /// Terms that would be made for it: `tags: linux`; `None`: the site could not be asked.
    pub new_terms: Option<Vec<String>>,
    /// Names that would become no term, and why.
    pub left_out: Vec<String>,
    /// When it would go out, and by which rules; `None`: at once, or when a person has seen it.
    pub goes_out: Option<Planned>,
    /// It is no entry's post but a digest's, as far as it has come.
    pub digest: Option<PreviewDigest>,
}

/// A digest, as far as it has come.
#[derive(Debug, Clone, Serialize)]
pub struct PreviewDigest {
    pub name: String,
    /// When its window ends.
    pub made_at: Timestamp,
    /// The same by the digest's own clocks.
    pub told: String,
    /// How many it would show now.
    pub entries: usize,
    /// How many wait for it.
    pub waiting: usize,
    /// With fewer it isn't made.
    pub least: u32,
}

/// One entry that would not be posted.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PreviewLeft {
    pub feed: String,
    pub title: String,
    pub link: Option<String>,
    /// In words: `known since 2026-11-20`, `skipped by a rule: advert`, `backfill: older than 7d`.
    pub because: String,
    pub rules: Vec<RuleTrace>,
}
