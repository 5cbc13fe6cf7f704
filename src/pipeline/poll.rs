//! Feed → items: polls what is due, each feed on its own, and remembers what is new.
//!
//! Reads a claimed feed's address and validators. Writes polls in groups, each with the feed's next time. If the process dies
//! in between, nothing of a poll was stored, and the feed is due as before.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use serde::Serialize;
use tokio::task::JoinSet;

use crate::config;
use crate::dedup::{self, Identity};
use crate::domain::{Entry, Hints, Id, Timestamp};
use crate::poll::{self, Document, Polled, Source};
use crate::schedule::{self, Every, History, Outcome, Pace, Wishes};
use crate::store::{FeedRow, Lease, NewEntry, PollOutcome, PollRecord, Scoped, Take};

use super::{Error, Feed, Pipeline};

/// Feeds asked at once: a slow one holds one of these places.
const AT_ONCE: usize = 64;
/// Feeds claimed and not yet stored: each claim is a commit. They all end within [`SPAN`], the slowest ones one after the other.
const CLAIMED: usize = 192;
/// Polls stored in one group.
const GROUP: usize = 128;
/// Documents among them, at most: each is held with all its entries until it is stored.
const DOCUMENTS: usize = 16;
/// A poll that came back waits no longer than this to be stored.
const RECORD: Duration = Duration::from_secs(1);
/// After a claim that found all that was due, the next comes no sooner.
const AGAIN: Duration = Duration::from_secs(5);
/// Longer than the whole time limit of a fetch.
const SPAN: Duration = Duration::from_secs(300);

/// Which feeds a pass polls.
#[derive(Debug, Clone, Copy)]
pub enum Which<'a> {
    /// Those that are due.
    Due,
    /// These, due or not, but not before their server's Retry-After.
    Named(&'a [String]),
}

/// What a polling pass found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PollReport {
    pub feeds: Vec<FeedPoll>,
}

/// What one poll found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct FeedPoll {
    pub name: String,
    /// Entries in the document; none when it had not changed.
    pub entries: usize,
    /// New items.
    pub new: usize,
    /// New items that are only remembered.
    pub remembered: usize,
    pub not_modified: bool,
    pub error: Option<String>,
    /// Its server asked to be left alone until then.
    pub retry_after: Option<Timestamp>,
    pub next_poll: Option<Timestamp>,
    pub because: String,
}

impl PollReport {
    /// Feeds that could not be read.
    pub fn failed(&self) -> usize {
        self.feeds.iter().filter(|feed| feed.error.is_some()).count()
    }

    /// New items that will be prepared.
    pub fn new_items(&self) -> usize {
        self.feeds.iter().map(|feed| feed.new).sum()
    }
}

/// A poll that came back and is not yet stored.
struct Done {
    record: PollRecord,
    report: FeedPoll,
}

impl Pipeline {
    /// Polls feeds and remembers their new entries.
    pub async fn poll_pass(&self, which: Which<'_>) -> Result<PollReport, Error> {
        let mut queue = VecDeque::new();
        let mut report = PollReport::default();
        if let Which::Named(names) = which {
            queue.extend(self.claim_named(names, &mut report).await?);
        }
        let mut asked = JoinSet::new();
        let mut done = Vec::new();
        let mut trouble = None;
        let mut foreign = None;
        let mut not_before = self.clock.now();
        let mut every = tokio::time::interval(RECORD);
        loop {
            let may_claim = matches!(which, Which::Due) && trouble.is_none() && !self.is_stopping();
            // In handfuls: a claim for each place that comes free would cost a commit a feed.
            if may_claim && queue.is_empty() && asked.len() <= AT_ONCE / 2 && self.clock.now() >= not_before {
                let room = CLAIMED - asked.len();
                match self.claim_due(&mut foreign, room).await {
                    Ok(claimed) => {
                        if claimed.len() < room {
                            not_before = self.clock.now().plus(AGAIN);
                        }
                        queue.extend(claimed);
                    }
                    Err(error) => trouble = Some(error),
                }
            }
            while asked.len() < AT_ONCE
                && let Some((row, lease)) = queue.pop_front()
            {
                match self.feed(row.id).filter(|_| !self.is_stopping()) {
                    Some(feed) => drop(asked.spawn(ask(self.http.clone(), feed, row, lease, self.clock.clone()))),
                    None => {
                        // a newer configuration's: not claimed again
                        foreign = None;
                        self.give_back(lease).await;
                    }
                }
            }
            if asked.is_empty() {
                break;
            }
            let is_time = tokio::select! {
                next = asked.join_next() => {
                    done.extend(next.and_then(Result::ok));
                    false
                }
                _ = every.tick() => true,
            };
            // What a slow feed's neighbours brought doesn't wait for it.
            let documents = done.iter().filter(|done: &&Done| matches!(done.record.outcome, PollOutcome::Read { .. })).count();
            if done.len() >= GROUP || documents >= DOCUMENTS || (is_time && !done.is_empty()) {
                self.record(std::mem::take(&mut done), &mut report).await;
            }
        }
        self.record(done, &mut report).await;
        trouble.map_or(Ok(report), Err)
    }

    /// `foreign`: other configurations' feeds, as far as they are known already.
    async fn claim_due(&self, foreign: &mut Option<Vec<Id>>, room: usize) -> Result<Vec<(FeedRow, Lease)>, Error> {
        let room = u32::try_from(room).unwrap_or(1);
        let foreign = match foreign {
            Some(known) => known,
            None => foreign.insert(self.foreign_feeds().await?),
        };
        Ok(self.store.claim_feeds_but(foreign, self.owner, self.clock.now(), room, SPAN).await?)
    }

    async fn give_back(&self, lease: Lease) {
        if let Err(error) = self.store.release_feed(lease).await {
            tracing::warn!(%error, "a feed could not be given back; it is due again when its lease ends");
        }
    }

    async fn claim_named(&self, names: &[String], report: &mut PollReport) -> Result<Vec<(FeedRow, Lease)>, Error> {
        let mut claimed = Vec::new();
        for name in names {
            if self.config.feed(name).is_none() {
                return Err(Error::Unknown { what: "feed", name: name.clone() });
            }
            if !self.feeds.values().any(|feed| feed.name() == name) {
                return Err(Error::NotInForce { what: "feed", name: name.clone() });
            }
            let now = self.clock.now();
            match self.store.claim_feed(name, self.owner, now, SPAN).await? {
                Some((row, lease)) if row.retry_after.is_some_and(|until| until > now) => {
                    let until = row.retry_after.unwrap_or(now);
                    let error = left_alone(until);
                    report.feeds.push(FeedPoll { name: name.clone(), error: Some(error), next_poll: Some(until), ..FeedPoll::default() });
                    self.store.release_feed(lease).await?;
                }
                Some(found) => claimed.push(found),
                None => {
                    let error = "it is being polled just now".to_owned();
                    report.feeds.push(FeedPoll { name: name.clone(), error: Some(error), ..FeedPoll::default() });
                }
            }
        }
        Ok(claimed)
    }

    /// Stores a group of polls and tells what they found.
    async fn record(&self, done: Vec<Done>, report: &mut PollReport) {
        let (mut records, mut told) = (Vec::with_capacity(done.len()), Vec::with_capacity(done.len()));
        for Done { record, report } in done {
            records.push(record);
            told.push(report);
        }
        let answers = self.store.record_polls(records, dedup::same_story, self.clock.now()).await;
        for (mut feed, answer) in told.into_iter().zip(answers) {
            self.progressed();
            match answer {
                Ok(remembered) => {
                    feed.new = remembered.new.len();
                    feed.remembered = remembered.skipped;
                    match &feed.error {
                        Some(error) => tracing::warn!(feed = feed.name, error, "a feed could not be read"),
                        None if feed.new > 0 => tracing::info!(feed = feed.name, new = feed.new, "new entries"),
                        None => tracing::debug!(feed = feed.name, not_modified = feed.not_modified, "nothing new"),
                    }
                }
                Err(error) => {
                    tracing::error!(feed = feed.name, %error, "a poll could not be stored; it will be made again");
                    feed.error = Some(error.to_string());
                }
            }
            report.feeds.push(feed);
        }
    }
}

/// What asking a feed brought, before it is said when to ask again.
struct Brought {
    outcome: PollOutcome,
    went: Outcome,
    wishes: Wishes,
    /// Entries in the document, and their times; `None`: no document.
    entries: Option<(usize, Vec<Timestamp>)>,
    is_cut: bool,
}

impl Brought {
    fn failed(error: String, retry_after: Option<Timestamp>) -> Self {
        let wishes = Wishes { retry_after, ..Wishes::default() };
        Self { outcome: PollOutcome::Failed { error, retry_after }, went: Outcome::Failed, wishes, entries: None, is_cut: false }
    }
}

/// Asks one feed and works out what that means; nothing is stored yet. A panic is a failed poll like any other.
async fn ask(http: crate::http::Client, feed: Arc<Feed>, row: FeedRow, lease: Lease, clock: crate::clock::Clock) -> Done {
    let brought = AssertUnwindSafe(fetch(&http, &feed, &row, &clock)).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!(feed = feed.name(), "reading a feed ended by a panic; this is a bug in wirepress");
        Brought::failed("reading it ended by a panic; this is a bug in wirepress".to_owned(), None)
    });
    let now = clock.now();
    let mut report = FeedPoll { name: feed.name().to_owned(), ..FeedPoll::default() };
    let mut history = History { entries: row.rhythm.clone(), failures: 0 };
    match &brought.outcome {
        PollOutcome::NotModified { .. } => report.not_modified = true,
        PollOutcome::Read { .. } | PollOutcome::Pushed { .. } => {}
        PollOutcome::Failed { error, .. } | PollOutcome::Gone { error } => {
            report.error = Some(error.clone());
            history.failures = row.failures + 1;
            report.retry_after = brought.wishes.retry_after;
        }
    }
    if let Some((entries, times)) = brought.entries {
        report.entries = entries;
        history.entries = times;
    }
    let every = match feed.config().every {
        config::Every::Auto => Every::Auto,
        config::Every::Fixed(span) => Every::Fixed(span),
    };
    let pace = Pace { every, insist: feed.config().insist };
    let mut next = schedule::next_poll(&pace, &brought.wishes, &history, brought.went, feed.name(), now);
    if brought.is_cut {
        tracing::warn!(feed = feed.name(), entries = report.entries, "the document is too long; only its beginning was read");
        next.because = format!("{}; the document is too long: only its first {} entries were read", next.because, report.entries);
    }
    report.next_poll = Some(next.at);
    report.because.clone_from(&next.because);
    let record = PollRecord { lease, outcome: brought.outcome, next_poll: next.at, because: next.because, run: None };
    Done { record, report }
}

async fn fetch(http: &crate::http::Client, feed: &Feed, row: &FeedRow, clock: &crate::clock::Clock) -> Brought {
    // The address in force, to which the validators belong; a verb beside the daemon may have read a newer configuration.
    let url = url::Url::parse(&row.url).unwrap_or_else(|_| feed.config().url.clone());
    let source = match feed.source(url).await {
        Ok(source) => Source { validators: row.validators.clone(), body_hash: row.body_hash.clone(), ..source },
        Err(error) => return Brought::failed(error, None),
    };
    match poll::poll(http, &source, clock.now()).await {
        Ok(Polled::NotModified { validators, signals, .. }) => Brought {
            outcome: PollOutcome::NotModified { validators },
            went: Outcome::Fine,
            wishes: wishes_of(signals, &Hints::default()),
            entries: None,
            is_cut: false,
        },
        Ok(Polled::Document(document)) => {
            let times = document.entries.iter().filter_map(|entry| entry.published.or(entry.updated)).collect();
            let (entries, wishes, is_cut) =
                (Some((document.entries.len(), times)), wishes_of(document.signals, &document.hints), document.is_cut);
            Brought { outcome: read(feed, row, *document, clock.now()), went: Outcome::Fine, wishes, entries, is_cut }
        }
        Err(error) => {
            feed.doubt_secrets(&error).await;
            let failed = Brought::failed(error.to_string(), error.retry_after());
            match error.is_gone() {
                true => Brought { outcome: PollOutcome::Gone { error: error.to_string() }, went: Outcome::Gone, ..failed },
                false => failed,
            }
        }
    }
}

/// Why a feed is not asked.
pub(super) fn left_alone(until: Timestamp) -> String {
    format!("its server asked to be left alone until {until} (Retry-After)")
}

fn wishes_of(signals: poll::Signals, hints: &Hints) -> Wishes {
    Wishes { fresh_until: signals.fresh_until, retry_after: signals.retry_after, ttl: hints.ttl.max(hints.rhythm) }
}

/// A document as the store takes it: identities, and what becomes of each entry if it is new.
pub(super) fn read(feed: &Feed, row: &FeedRow, document: Document, now: Timestamp) -> PollOutcome {
    let Document { facts, mut entries, validators, body_hash, .. } = document;
    super::dates::believe(&mut entries, feed.config().future_dates, now);
    let identified = dedup::identify(&entries, facts.home.as_deref());
    let takes = match row.polled {
        None => backfill(&entries, feed.config().backfill, feed.config().backfill_age, now),
        Some(_) => vec![Take::Post; entries.len()],
    };
    let mut new: Vec<NewEntry> = entries
        .into_iter()
        .zip(identified.entries)
        .zip(takes)
        .map(|((entry, identity), take)| {
            let scope = |key: Option<i64>| key.map(|key| dedup::scoped(key, feed.id));
            let Identity { keys, own_guid, is_opaque, path, title, text } = identity;
            let scoped = Scoped {
                guid: scope(own_guid),
                path: scope(path),
                link: scope(keys.link),
                title: scope(title),
                text: dedup::scoped(text, feed.id),
                is_opaque,
            };
            NewEntry { entry, keys, text, scoped, take }
        })
        .collect();
    // Oldest first, as a reader of the site would have seen them come; without dates, feeds list the newest first.
    new.reverse();
    new.sort_by_key(|new| new.entry.published.or(new.entry.updated));
    let shared = identified.shared.into_iter().map(|key| dedup::scoped(key, feed.id)).collect();
    PollOutcome::Read { facts, validators, body_hash, entries: new, shared }
}

/// At a feed's first poll the newest `most` entries that are no older than `age` are posted; the rest is only remembered.
fn backfill(entries: &[Entry], most: u32, age: Duration, now: Timestamp) -> Vec<Take> {
    let mut newest: Vec<usize> = (0..entries.len()).collect();
    let time = |index: &usize| entries[*index].published.or(entries[*index].updated);
    newest.sort_by_key(|index| std::cmp::Reverse(time(index).unwrap_or(now)));
    let mut takes: Vec<Take> = vec![Take::Skip(format!("backfill: beyond the newest {most} at the first poll")); entries.len()];
    for index in newest.into_iter().take(most as usize) {
        takes[index] = match time(&index) {
            Some(time) if now.since(time) > age => {
                Take::Skip(format!("backfill: older than {} at the first poll", crate::domain::format_duration(age)))
            }
            _ => Take::Post,
        };
    }
    takes
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix(1_795_000_000);
    const DAY: Duration = Duration::from_secs(86_400);

    fn dated(days: &[Option<u32>]) -> Vec<Entry> {
        days.iter().map(|days| Entry { published: days.map(|days| NOW.minus(DAY * days)), ..Entry::default() }).collect()
    }

    fn taken(entries: &[Entry], most: u32) -> Vec<bool> {
        backfill(entries, most, DAY * 7, NOW).iter().map(|take| *take == Take::Post).collect()
    }

    #[test]
    fn the_first_poll_takes_the_newest_and_none_that_is_too_old() {
        assert_eq!(taken(&dated(&[Some(5), Some(1), Some(3), Some(2)]), 2), [false, true, false, true]);
        assert_eq!(taken(&dated(&[Some(30), Some(8), Some(6)]), 3), [false, false, true]);
    }

    #[test]
    fn entries_without_a_date_count_as_new_in_the_feeds_order() {
        assert_eq!(taken(&dated(&[None, None, None, None]), 2), [true, true, false, false]);
    }

    #[test]
    fn a_backfill_of_nothing_takes_nothing() {
        assert_eq!(taken(&dated(&[Some(0), None]), 0), [false, false]);
    }
}
