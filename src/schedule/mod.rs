//! When a feed is due next (pure): its own rhythm or the operator's, never before the publisher wishes.

#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::domain::{Timestamp, format_duration};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

/// No feed is polled more often than this by itself.
pub const SHORTEST: Duration = Duration::from_secs(15 * 60);
/// No feed waits longer than this by itself.
pub const LONGEST: Duration = DAY;
/// A feed whose rhythm is not known yet.
pub const UNKNOWN: Duration = HOUR;
/// A wish of the publisher's is honoured up to here: a `max-age` of a year is a mistake, and would lose every entry.
pub const LONGEST_WISH: Duration = Duration::from_secs(7 * 86_400);
/// After the first failure; each further one doubles it, up to [`LONGEST`].
pub const FIRST_RETRY: Duration = Duration::from_secs(15 * 60);
/// A feed that its publisher has ended (410) is looked at this seldom, in case that was a mistake.
pub const GONE: Duration = Duration::from_secs(30 * 86_400);
/// Of the entries' times, so many of the newest make the rhythm.
pub const RECENT: usize = 20;
/// Fewer entries than this make no rhythm.
pub const FEWEST: usize = 3;
/// Jitter is at most this part of the interval, and at most [`LONGEST_JITTER`].
pub const JITTER_PART: u32 = 10;
/// The most that a poll is put off so that feeds don't all come at once.
pub const LONGEST_JITTER: Duration = Duration::from_secs(10 * 60);

/// How often the operator wants a feed polled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Every {
    /// By the feed's own rhythm.
    Auto,
    Fixed(Duration),
}

/// The operator's wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    pub every: Every,
    /// Freshness and `ttl` are not waited for. `Retry-After` always is.
    pub insist: bool,
}

/// The publisher's wishes, as the last answer told them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wishes {
    /// `max-age` or `Expires`.
    pub fresh_until: Option<Timestamp>,
    pub retry_after: Option<Timestamp>,
    /// RSS `ttl`, the syndication module's rhythm.
    pub ttl: Option<Duration>,
}

/// What the poll at hand brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A document, or word that it hasn't changed.
    Fine,
    /// A document in which no entry was known, though the feed had been read before: some may have come and gone between.
    Overrun,
    Failed,
    /// 410.
    Gone,
}

/// What is known of the feed, the poll at hand included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// When its newest entries were published, in any order; [`RECENT`] of them are enough.
    pub entries: Vec<Timestamp>,
    /// Polls that failed in a row.
    pub failures: u32,
}

/// The next poll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    pub at: Timestamp,
    /// For `feeds list`: `every 1h, until its rhythm is known`.
    pub because: String,
}

/// When the feed named `feed` is due next, after a poll at `now`.
pub fn next_poll(pace: &Pace, wishes: &Wishes, history: &History, outcome: Outcome, feed: &str, now: Timestamp) -> Next {
    let mut next = due(pace, wishes, history, outcome, now);
    next.at = next.at.plus(jitter(feed, next.at.since(now)));
    next
}

/// The same without jitter.
fn due(pace: &Pace, wishes: &Wishes, history: &History, outcome: Outcome, now: Timestamp) -> Next {
    let (interval, because) = interval(pace, history, outcome, now);
    let own = Next { at: now.plus(interval), because };
    wish(pace, wishes, outcome, now).filter(|wish| wish.at > own.at).unwrap_or(own)
}

/// The interval without the publisher's wishes, and its reason.
fn interval(pace: &Pace, history: &History, outcome: Outcome, now: Timestamp) -> (Duration, String) {
    let (usual, because) = match pace.every {
        Every::Fixed(span) => (span, format!("every {}, as configured", format_duration(span))),
        Every::Auto => rhythm(&history.entries, now),
    };
    match outcome {
        Outcome::Fine => (usual, because),
        Outcome::Overrun => {
            let span = if pace.every == Every::Auto { (usual / 4).max(SHORTEST) } else { usual };
            (span, format!("every {}, as entries come faster than they were read", format_duration(span)))
        }
        Outcome::Failed => {
            let doublings = history.failures.saturating_sub(1).min(16);
            let span = (usual.clamp(MINUTE, FIRST_RETRY) * 2_u32.pow(doublings)).min(LONGEST);
            (span, format!("{} failed in a row; the next try is {} later", polls(history.failures.max(1)), format_duration(span)))
        }
        Outcome::Gone => (GONE, "its publisher has ended it (410)".to_owned()),
    }
}

fn polls(count: u32) -> String {
    if count == 1 { "1 poll".to_owned() } else { format!("{count} polls") }
}

/// Half the median time between entries; a feed that has fallen silent is asked ever more seldom.
fn rhythm(entries: &[Timestamp], now: Timestamp) -> (Duration, String) {
    let mut times: Vec<Timestamp> = entries.iter().copied().filter(|time| *time <= now).collect();
    times.sort_unstable_by(|one, other| other.cmp(one));
    times.truncate(RECENT);
    let (Some(newest), true) = (times.first(), times.len() >= FEWEST) else {
        return (UNKNOWN, format!("every {}, until its rhythm is known", format_duration(UNKNOWN)));
    };
    // the middle one: a straggler of last month makes no feed slow
    let mut gaps: Vec<Duration> = times.windows(2).map(|pair| pair[0].since(pair[1])).collect();
    gaps.sort_unstable();
    let gap = gaps[gaps.len() / 2].max(now.since(*newest) / 2);
    let span = Duration::from_secs((gap / 2).clamp(SHORTEST, LONGEST).as_secs() / 60 * 60);
    (span, format!("every {}, by its own rhythm", format_duration(span)))
}

/// The latest moment that the publisher wishes, and which wish that is.
fn wish(pace: &Pace, wishes: &Wishes, outcome: Outcome, now: Timestamp) -> Option<Next> {
    let soft = !pace.insist && matches!(outcome, Outcome::Fine | Outcome::Overrun);
    let all = [
        (wishes.retry_after, "the publisher asks for it (`Retry-After`)"),
        (wishes.fresh_until.filter(|_| soft), "the publisher says that it is fresh until then"),
        (wishes.ttl.filter(|_| soft).map(|ttl| now.plus(ttl)), "the document says that it holds so long (`ttl`)"),
    ];
    let latest = all.into_iter().filter_map(|(at, because)| Some((at?, because))).max_by_key(|(at, _)| *at)?;
    Some(Next { at: latest.0.min(now.plus(LONGEST_WISH)), because: latest.1.to_owned() })
}

/// Never early, always the same for one feed and one interval.
fn jitter(feed: &str, interval: Duration) -> Duration {
    let most = (interval / JITTER_PART).min(LONGEST_JITTER).as_secs();
    Duration::from_secs(fnv(feed) % (most + 1))
}

/// FNV-1a: the same in every version, as a restart must not move a feed.
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}
