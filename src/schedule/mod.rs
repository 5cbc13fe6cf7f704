//! When a feed is due next, and when a post goes out (pure): a feed by its own rhythm or the operator's, never before the publisher
//! wishes; a post by the schedules of its site and its feed ([`Book`]).
//!
//! [`next_poll`] asks every rule for the moment that it wants and takes the latest; a small jitter comes on top, and what then
//! falls into hours or days that the publisher skips moves on to the next one that it doesn't. [`Plan`] keeps what each rule
//! wanted, so that a person can be told why.

mod clocks;
mod moved;
mod release;
#[cfg(test)]
mod release_tests;
mod rhythm;
mod rule;
mod skip;
mod slots;
#[cfg(test)]
mod tests;
mod window;

use std::time::Duration;

use crate::domain::{Hints, Manners, Timestamp};

pub use clocks::told;
pub use moved::{CONFIRMATIONS, LOOK, Move, REVERT, answered, failed, is_look_due};
pub use release::{Book, Booked, Both, Hand, Release, Schedule, Wish, fold};
pub use rule::Rule;
pub use skip::{days_in_words, hours_in_words};
pub use slots::{Quiet, Slot, SlotError};
pub use window::{Period, Window, WindowError};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

/// No feed is polled more often than this by itself.
pub const SHORTEST: Duration = Duration::from_secs(15 * 60);
/// More often than this only where a feed's own signals ask for it: more than one entry an hour, a `ttl` or `sy:` rhythm of
/// its document's, entries that were lost.
pub const USUAL: Duration = HOUR;
/// No feed waits longer than this by itself.
pub const LONGEST: Duration = DAY;
/// A wish of the publisher's is honoured up to here: a `max-age` of a year is a mistake, and would lose every entry.
pub const LONGEST_WISH: Duration = Duration::from_secs(7 * 86_400);
/// And a `Retry-After` up to here.
pub const LONGEST_REST: Duration = Duration::from_secs(30 * 86_400);
/// After the first poll that reached nobody; each further one doubles it, up to [`LONGEST`].
pub const FIRST_RETRY: Duration = Duration::from_secs(15 * 60);
/// A feed that its publisher has ended (410) is looked at this seldom, in case that was a mistake.
pub const GONE: Duration = Duration::from_secs(30 * 86_400);
/// Jitter is at most this part of the interval, and at most [`LONGEST_JITTER`].
pub const JITTER_PART: u32 = 10;
/// The most that a poll is put off so that feeds don't all come at once.
pub const LONGEST_JITTER: Duration = Duration::from_secs(10 * 60);
/// Steps of [`Manners::hurry`] that halve the interval once.
pub const HALVING: u32 = 8;
/// A feed that ran over is polled four times as often: two halvings.
const OVERRUN: u32 = 2 * HALVING;
const MOST_HURRY: u32 = 6 * HALVING;

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
    /// The publisher's wishes are not waited for. `Retry-After` always is.
    pub insist: bool,
}

/// How many requests one registrable domain gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spacing {
    /// Under way at the same time.
    pub at_once: usize,
    /// Between the beginnings of two.
    pub gap: Duration,
}

/// The publisher's wishes. What holds for a while holds from the last good answer on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wishes {
    /// The last good answer: a document, or word that it hasn't changed.
    pub since: Option<Timestamp>,
    /// `max-age` or `Expires`.
    pub fresh_for: Option<Duration>,
    /// Of the feed or of its host.
    pub retry_after: Option<Timestamp>,
    /// RSS `ttl`.
    pub ttl: Option<Duration>,
    /// The syndication module's period, and from when it counts.
    pub rhythm: Option<Duration>,
    pub rhythm_base: Option<Timestamp>,
    /// As [`Hints`] has them.
    pub skip_hours: u32,
    pub skip_days: u8,
}

impl Wishes {
    /// What the store knows.
    pub fn of(manners: &Manners, since: Option<Timestamp>, retry_after: Option<Timestamp>) -> Self {
        let Hints { ttl, rhythm, rhythm_base, skip_hours, skip_days, .. } = manners.hints;
        Self { since, fresh_for: manners.fresh_for, retry_after, ttl, rhythm, rhythm_base, skip_hours, skip_days }
    }

    /// Without `ttl` and `sy:`, which say how often there is something new: a person who asks for a poll at once may come
    /// before them, but neither before `Retry-After` and freshness nor in skipped hours.
    pub fn firm(self) -> Self {
        Self { ttl: None, rhythm: None, ..self }
    }

    /// The moment before which the publisher wants no request, if that is still to come, and which wish that is.
    pub fn not_before(&self, insist: bool, now: Timestamp) -> Option<(Timestamp, Rule)> {
        let latest = self.wants(insist, now).into_iter().flatten().filter(|want| want.at > now).max_by_key(|want| want.at);
        let at = latest.map_or(now, |want| want.at);
        let skipped = (!insist).then(|| skip::after(at, self.skip_hours, self.skip_days)).flatten();
        skipped.or(latest.map(|want| (want.at, want.rule)))
    }

    fn wants(&self, insist: bool, now: Timestamp) -> [Option<Want>; 4] {
        let held = |span: Option<Duration>| Some(self.since?.plus(span?.min(LONGEST_WISH))).filter(|_| !insist);
        [
            held(self.fresh_for).map(|at| Want { rule: Rule::Fresh, at }),
            held(self.ttl).map(|at| Want { rule: Rule::Ttl(self.ttl.unwrap_or_default()), at }),
            self.next_update().filter(|_| !insist).map(|at| Want { rule: Rule::Updates(self.rhythm.unwrap_or_default()), at }),
            self.retry_after.map(|at| Want { rule: Rule::RetryAfter, at: at.min(now.plus(LONGEST_REST)) }),
        ]
    }

    /// When the document is renewed next, as it says itself: a period after the last answer, or when the next period that
    /// counts from its base begins.
    fn next_update(&self) -> Option<Timestamp> {
        let (since, period) = (self.since?, self.rhythm?.clamp(MINUTE, LONGEST_WISH));
        let Some(base) = self.rhythm_base else { return Some(since.plus(period)) };
        let seconds = i64::try_from(period.as_secs()).unwrap_or(i64::MAX);
        let into = since.unix().saturating_sub(base.unix()).rem_euclid(seconds);
        Some(Timestamp::from_unix(since.unix().saturating_add(seconds - into)))
    }
}

/// What the poll at hand brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A document, or word that it hasn't changed.
    Fine,
    /// A document in which no entry was known, though the feed had been read before: some may have come and gone between.
    Overrun,
    /// A server was asked, and what it answered is of no use.
    Failed,
    /// No server was reached.
    Unreached,
    /// 410.
    Gone,
}

/// What is known of the feed, the poll at hand included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// When its newest entries were published, in any order.
    pub entries: Vec<Timestamp>,
    /// Polls that failed in a row.
    pub failures: u32,
    /// [`Manners::hurry`] before the poll at hand.
    pub hurry: u32,
}

/// The next poll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub at: Timestamp,
    /// The rule that decided.
    pub rule: Rule,
    /// What each rule that has a say wanted, jitter left out.
    pub wants: Vec<Want>,
}

/// What one rule wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Want {
    pub rule: Rule,
    /// No poll before this.
    pub at: Timestamp,
}

impl Plan {
    /// For `feeds list`: `every 1h, until its rhythm is known`.
    pub fn because(&self) -> String {
        self.rule.to_string()
    }
}

/// When the feed named `feed` is due next, after a poll at `now`.
pub fn next_poll(pace: &Pace, wishes: &Wishes, history: &History, outcome: Outcome, feed: &str, now: Timestamp) -> Plan {
    let mut plan = due(pace, wishes, history, outcome, now);
    plan.at = plan.at.plus(jitter(feed, plan.at.since(now)));
    if !pace.insist
        && let Some((at, rule)) = skip::after(plan.at, wishes.skip_hours, wishes.skip_days)
    {
        plan.wants.push(Want { rule, at });
        // whoever skips the same hours does not come back at the same second
        (plan.at, plan.rule) = (at.plus(spread(feed)), rule);
    }
    plan
}

/// The same without jitter and skipped hours.
fn due(pace: &Pace, wishes: &Wishes, history: &History, outcome: Outcome, now: Timestamp) -> Plan {
    let own = own(pace, wishes, history, outcome, now);
    let mut wants = vec![own];
    wants.extend(wishes.wants(pace.insist, now).into_iter().flatten());
    // of equal wants the first: our own
    let latest = wants.iter().copied().reduce(|one, other| if other.at > one.at { other } else { one }).unwrap_or(own);
    Plan { at: latest.at, rule: latest.rule, wants }
}

/// What would be without the publisher's wishes.
fn own(pace: &Pace, wishes: &Wishes, history: &History, outcome: Outcome, now: Timestamp) -> Want {
    let usual = match pace.every {
        Every::Fixed(span) => Rule::Every(span),
        Every::Auto => rhythm::rule(&history.entries, [wishes.ttl, wishes.rhythm], now),
    };
    let span = usual.span();
    let doublings = 2_u32.pow(history.failures.saturating_sub(1).min(16));
    let retry = |first: Duration, reached| {
        let wait = (first.min(LONGEST) * doublings).min(LONGEST);
        Want { rule: Rule::Failed { failures: history.failures.max(1), wait, reached }, at: now.plus(wait) }
    };
    match (outcome, pace.every) {
        (Outcome::Fine, _) => hurried(usual, history.hurry, now),
        (Outcome::Overrun, _) => hurried(usual, faster(history.hurry), now),
        (Outcome::Unreached, _) => retry(span.clamp(MINUTE, FIRST_RETRY), false),
        // whoever answers is asked no more often than one who answers well
        (Outcome::Failed, Every::Auto) => retry(span.max(USUAL), true),
        (Outcome::Failed, Every::Fixed(_)) => retry(span.max(MINUTE), true),
        (Outcome::Gone, _) => Want { rule: Rule::Gone, at: now.plus(GONE) },
    }
}

fn hurried(usual: Rule, hurry: u32, now: Timestamp) -> Want {
    let usually = usual.span();
    let span = (usually / 2_u32.pow((hurry / HALVING).min(16))).max(usually.min(SHORTEST));
    let rule = if span < usually { Rule::Overrun { span, usually } } else { usual };
    Want { rule, at: now.plus(span) }
}

/// [`Manners::hurry`] after a poll that ran over.
pub fn faster(hurry: u32) -> u32 {
    (hurry + OVERRUN).min(MOST_HURRY)
}

/// [`Manners::hurry`] after one in which nothing was lost.
pub fn calmer(hurry: u32) -> u32 {
    hurry.saturating_sub(1)
}

/// Never early, always the same for one feed and one interval.
fn jitter(feed: &str, interval: Duration) -> Duration {
    let most = (interval / JITTER_PART).min(LONGEST_JITTER).as_secs();
    Duration::from_secs(fnv(feed) % (most + 1))
}

/// Where a feed stands among others that all become free at one moment: at most [`LONGEST_JITTER`] later.
pub fn spread(feed: &str) -> Duration {
    Duration::from_secs(fnv(feed) % (LONGEST_JITTER.as_secs() + 1))
}

/// FNV-1a: the same in every version, as a restart must not move a feed.
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}
