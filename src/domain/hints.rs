//! What a document says of when and how it wants to be asked for.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// A publisher's wishes that stand in the document itself; kept over a 304, which doesn't repeat them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hints {
    /// RSS 2.0 `ttl`: how long the document may be cached.
    pub ttl: Option<Duration>,
    /// The syndication module's `sy:updatePeriod` divided by `sy:updateFrequency`.
    pub rhythm: Option<Duration>,
    /// `sy:updateBase`: from when the rhythm counts.
    pub rhythm_base: Option<Timestamp>,
    /// RSS 2.0 `skipHours`, in GMT: bit 0 is the hour from 00:00. Not all 24 bits are ever set.
    pub skip_hours: u32,
    /// RSS 2.0 `skipDays`, in GMT: bit 0 is Monday. Not all 7 bits are ever set.
    pub skip_days: u8,
    /// WebSub hubs (`rel="hub"`), absolute, in the document's order.
    pub hubs: Vec<String>,
    /// Where rssCloud subscriptions are registered (RSS 2.0 `cloud`), absolute.
    pub cloud: Option<String>,
    /// The address under which the document wants to be known (`rel="self"`), absolute.
    pub itself: Option<String>,
    /// The next page of an archived or paged feed (`rel="next"`, RFC 5005), absolute.
    pub next_page: Option<String>,
}
