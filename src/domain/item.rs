//! What we know of an entry that the project has taken on.

use serde::{Deserialize, Serialize};

use super::{DraftImage, Entry, Id, Page, Rung, Timestamp};

/// The life of an item; `DESIGN`'s table of arrows is the store's list of functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemState {
    /// Remembered, not yet looked at.
    Seen,
    /// A worker holds its lease.
    Preparing,
    /// The rules chose; its deliveries exist.
    Decided,
    /// It goes nowhere, and `Decision` says why.
    Skipped,
}

/// The identity of an entry, as 63-bit hashes, one for each rung of the ladder that it has.
///
/// They hold over feeds: no feed name and no feed URL is in them. The store scopes them to a feed (where it asks
/// "have I seen this?") and to a site (where it asks "is this posted there?").
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Keys {
    /// Of the GUID without its scheme.
    pub guid: Option<i64>,
    /// Of the canonical link, unless several entries share it.
    pub link: Option<i64>,
    /// Of title and content; only where GUID and link are lacking.
    pub text: Option<i64>,
}

impl Keys {
    /// The first rung that exists: what a slug is made of.
    pub fn first(&self) -> Option<i64> {
        self.guid.or(self.link).or(self.text)
    }

    /// Every rung that exists, highest first.
    pub fn all(&self) -> impl Iterator<Item = i64> {
        self.rungs().map(|(_, key)| key)
    }

    /// The same, each with its name.
    pub fn rungs(&self) -> impl Iterator<Item = (Rung, i64)> {
        [(Rung::Guid, self.guid), (Rung::Link, self.link), (Rung::Text, self.text)].into_iter().filter_map(|(rung, key)| Some((rung, key?)))
    }
}

/// One item.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    pub id: Id,
    /// The feed's id in the store.
    pub feed: Id,
    pub state: ItemState,
    /// Identity over feeds.
    pub keys: Keys,
    /// Kept for ever, so that `why` and lists can name it.
    pub title: String,
    /// Kept for ever.
    pub link: Option<String>,
    /// When the feed says that it was published.
    pub published: Option<Timestamp>,
    pub first_seen: Timestamp,
    /// As the feed told it; gone after `[store] keep`.
    pub entry: Option<Entry>,
    /// What each step of preparing brought.
    pub steps: Steps,
    /// Why it is where it is; kept for ever in this compact form.
    pub decision: Decision,
    /// 0 at first; one more each time it is made again after having been posted.
    pub generation: u32,
    /// Failed tries at preparing.
    pub attempts: u32,
    /// When preparing may begin (again).
    pub due: Timestamp,
    /// The last try's error.
    pub error: Option<String>,
}

/// What each step of preparing brought, stored before the next begins. `None`: the step has not run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Steps {
    /// The entry's page, or why it couldn't be had.
    pub page: Option<Result<Page, String>>,
    /// The picture, or why there is none.
    pub image: Option<Result<DraftImage, String>>,
    /// The pictures of the body that are to be copied, each with the address under which the body names it, or why it is not.
    pub pictures: Option<Vec<(String, Result<DraftImage, String>)>>,
}

/// Why an item or a delivery is what it is, in a form short enough to keep.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Decision {
    /// One sentence for a person: `skipped by a rule: advert`, `backfill: older than 7d`.
    pub because: Option<String>,
    /// The rules that matched, in the order in which they ran.
    pub rules: Vec<RuleTrace>,
    /// What else a person should know: `no image: 404 Not Found`.
    pub warnings: Vec<String>,
    /// Names that became no term, and why: `Sponsored: stop list (wirepress.toml:12)`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
    /// What was cut out of its text, and by which rule: `read-more: Continue reading`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cut: Vec<String>,
    /// What its rules' weights came to; `None`: it was not weighed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<Score>,
    /// The contest that it takes part in, or took, in words: `the best 10 of the day of feed lwn, …`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best: Option<String>,
}

/// A sum of weights, and where each comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    pub sum: i32,
    pub parts: Vec<ScorePart>,
}

/// One rule's weight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScorePart {
    /// `wirepress.toml:41`
    pub at: String,
    pub weight: i32,
}

/// One rule that matched.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RuleTrace {
    /// `wirepress.toml:41`
    pub at: String,
    /// What it asked, as written.
    pub when: String,
    /// What it did, in words.
    pub then: String,
    /// The fields that it read and the values that it saw, cut short.
    pub saw: Vec<(String, String)>,
}

impl RuleTrace {
    /// What the rule is known by wherever it stands: 63 bits of what it asks and does.
    pub fn identity(&self) -> i64 {
        use sha2::{Digest, Sha256};
        let hash = Sha256::new().chain_update(&self.when).chain_update([0]).chain_update(&self.then).finalize();
        let bytes: [u8; 8] = hash[..8].try_into().expect("a SHA-256 has 32 bytes");
        (u64::from_be_bytes(bytes) >> 1).cast_signed()
    }
}
