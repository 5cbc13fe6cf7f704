//! One feed is asked, and what came of it worked out: the store's record, the next poll, the feed's manners. Nothing is stored.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use url::Url;

use super::super::Feed;
use super::super::push::Heard;
use super::read::read;
use super::{Done, FeedPoll};
use crate::clock::Clock;
use crate::domain::{Asked, Manner, Manners, Timestamp, format_duration};
use crate::http::{self, Client};
use crate::poll::{self, Document, Polled, Signals, Source};
use crate::schedule::{self, History, Move, Outcome, Plan, Rule, Wishes};
use crate::store::{FeedRow, HostRest, Lease, PollOutcome, PollPoliteness, PollRecord, Revision};

/// Why a host rests that one of several documents came from.
const RESTS: &str = "it answered one of several requests with `Retry-After`";

/// Who wants the poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// It is due.
    Schedule,
    /// A person named the feed.
    Person,
}

impl Who {
    /// Of the publisher's wishes those that this one waits for.
    pub(super) fn heeds(self, wishes: Wishes) -> Wishes {
        match self {
            Self::Schedule => wishes,
            Self::Person => wishes.firm(),
        }
    }
}

/// What asking a feed brought, before it is said when to ask again.
struct Brought {
    outcome: PollOutcome,
    went: Outcome,
    manners: Manners,
    retry_after: Option<Timestamp>,
    host_rests: Option<HostRest>,
    /// Entries in the document, and their times; `None`: no document.
    entries: Option<(usize, Vec<Timestamp>)>,
    is_cut: bool,
    is_delta: bool,
    /// It is asked at another address from now on: validators of this one mean nothing there.
    forget: bool,
}

impl Brought {
    fn new(outcome: PollOutcome, went: Outcome, manners: Manners, retry_after: Option<Timestamp>) -> Self {
        Self { outcome, went, manners, retry_after, host_rests: None, entries: None, is_cut: false, is_delta: false, forget: false }
    }
}

/// Asks one feed and works out what that means. A panic is a failed poll like any other.
pub(super) async fn ask(http: Client, feed: Arc<Feed>, row: FeedRow, lease: Lease, clock: Clock, who: Who) -> Done {
    let brought = AssertUnwindSafe(fetch(&http, &feed, &row, &clock, who)).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!(feed = feed.name(), "reading a feed ended by a panic; this is a bug in wirepress");
        let error = "reading it ended by a panic; this is a bug in wirepress".to_owned();
        Brought::new(PollOutcome::Failed { error, retry_after: None }, Outcome::Failed, row.manners.clone(), None)
    });
    conclude(&feed, &row, lease, brought, clock.now())
}

/// What a poll means: when the next one is, and what the store is told.
fn conclude(feed: &Feed, row: &FeedRow, lease: Lease, brought: Brought, now: Timestamp) -> Done {
    let mut report = FeedPoll { name: feed.name().to_owned(), ..FeedPoll::default() };
    let mut history = History { entries: row.rhythm.clone(), failures: 0, hurry: row.manners.hurry };
    let mut since = Some(now);
    match &brought.outcome {
        PollOutcome::NotModified { .. } => report.not_modified = true,
        PollOutcome::Read { .. } | PollOutcome::Pushed { .. } | PollOutcome::PutOff => {}
        PollOutcome::Failed { error, .. } | PollOutcome::Gone { error } => {
            report.error = Some(error.clone());
            report.retry_after = brought.retry_after;
            history.failures = row.failures + 1;
            since = row.polled;
        }
    }
    if let Some((entries, times)) = &brought.entries {
        report.entries = *entries;
        history.entries.extend(times);
    }
    let wishes = Wishes::of(&brought.manners, since, brought.retry_after);
    let pace = feed.config().pace();
    let plan = |history: &History, went| schedule::next_poll(&pace, &wishes, history, went, feed.name(), now);
    let next = plan(&history, brought.went);
    let Brought { host_rests, forget, retry_after, .. } = &brought;
    let mut politeness =
        PollPoliteness { host_rests: host_rests.clone(), forget: *forget, retry_after: *retry_after, ..PollPoliteness::default() };
    let may_run_over = brought.entries.as_ref().is_some_and(|(entries, _)| *entries > 0) && !brought.is_delta && was_read(row);
    if may_run_over {
        politeness.if_overrun = Some(Box::new(match slept(row, now) {
            // that was us, and not the feed's pace
            Some(nap) => {
                let because = format!("{}; it was not asked for {nap}, and entries may have come and gone meanwhile", next.because());
                Revision { next_poll: next.at, because, manners: brought.manners.clone() }
            }
            None => {
                let manners = Manners { hurry: schedule::faster(row.manners.hurry), ..brought.manners.clone() };
                let sooner = plan(&history, Outcome::Overrun);
                Revision { next_poll: sooner.at, because: overrun(&sooner), manners }
            }
        }));
    }
    if may_run_over && row.manners.hurry > 0 {
        // it still brings much: it stays as fast as it is
        let manners = Manners { hurry: row.manners.hurry, ..brought.manners.clone() };
        politeness.if_busy = Some(Box::new(Revision { next_poll: next.at, because: next.because(), manners }));
    }
    politeness.is_delta = brought.is_delta;
    let heard = Some(Heard::of(feed, row, &brought.outcome, &brought.manners, now));
    politeness.manners = Some(brought.manners);
    let mut because = next.because();
    if brought.is_cut {
        tracing::warn!(feed = feed.name(), entries = report.entries, "the document is too long; only its beginning was read");
        because = format!("{because}; the document is too long: only its first {} entries were read", report.entries);
    }
    report.next_poll = Some(next.at);
    report.because.clone_from(&because);
    let unreached = brought.went == Outcome::Unreached;
    let record = PollRecord { lease, outcome: brought.outcome, next_poll: next.at, because, run: None, politeness };
    Done { record, is_first: row.polled.is_none(), report, unreached, lane: None, heard }
}

/// At this address, there was a document before.
fn was_read(row: &FeedRow) -> bool {
    row.polled.is_some() && row.manners.asked.is_some()
}

/// How long a feed was not asked, where that is far longer than it was meant to be.
fn slept(row: &FeedRow, now: Timestamp) -> Option<String> {
    let asked = row.manners.asked?;
    let (meant, really) = (row.next_poll.since(asked).max(schedule::USUAL), now.since(asked));
    (really > meant * 2).then(|| format_duration(std::time::Duration::from_secs(really.as_secs() / 60 * 60)))
}

fn overrun(plan: &Plan) -> String {
    match plan.rule {
        Rule::Overrun { .. } => plan.because(),
        _ => format!("{}; entries come faster than they were read", plan.because()),
    }
}

async fn fetch(client: &Client, feed: &Feed, row: &FeedRow, clock: &Clock, who: Who) -> Brought {
    let mut manners = row.manners.clone();
    let manner = manner(feed, row, who, clock.now());
    // The address in force, to which the validators belong; a verb beside the daemon may have read a newer configuration.
    let configured = row.url.as_str();
    let look = schedule::is_look_due(&manners, clock.now());
    let mut address = manners.learnt.clone().filter(|_| !look).unwrap_or_else(|| configured.to_owned());
    let mut asked = match source(feed, row, &address).await {
        Ok(source) => source,
        Err(error) => {
            let outcome = PollOutcome::Failed { error, retry_after: row.retry_after };
            // nobody was asked, which says nothing of the host
            return Brought::new(outcome, Outcome::Failed, manners, row.retry_after);
        }
    };
    let mut polled = poll::poll(client, &asked, clock.now()).await;
    let mut looked_rests = None;
    if look {
        manners.looked = Some(clock.now());
    }
    if let (true, Err(error), Some(learnt)) = (look, &polled, &row.manners.learnt)
        && !rests_with(error, learnt)
    {
        tracing::debug!(feed = feed.name(), %error, "its configured address was looked at, and stays left");
        manners.note(&Asked { at: clock.now(), status: error.status(), bytes: 0, manner });
        looked_rests = rest(error);
        address.clone_from(learnt);
        // what proves who asks was read a moment ago
        if let Ok(source) = source(feed, row, &address).await {
            asked = source;
        }
        polled = poll::poll(client, &asked, clock.now()).await;
    }
    let now = clock.now();
    let note = |manners: &mut Manners, status, bytes| match status {
        // a file on this machine costs no publisher anything
        Some(0) => manners.asked = Some(now),
        status => manners.note(&Asked { at: now, status, bytes, manner }),
    };
    let brought = match polled {
        Ok(Polled::NotModified { validators, signals, moved_to, answer }) => {
            note(&mut manners, Some(answer.status), answer.bytes);
            // a 304 that says nothing of it leaves what was said before
            if answer.status != 304 || signals.fresh_for.is_some() {
                manners.fresh_for = signals.fresh_for;
            }
            if answer.status != 304 {
                manners.body_bytes = answer.bytes;
            }
            good(feed, &mut manners, (configured, &address), moved_to.as_ref(), now);
            Brought::new(PollOutcome::NotModified { validators }, Outcome::Fine, manners, signals.retry_after)
        }
        Ok(Polled::Document(document)) => {
            let Document { answer, signals, is_cut, is_delta, .. } = *document;
            note(&mut manners, Some(answer.status), answer.bytes);
            for further in &document.further {
                note(&mut manners, Some(further.status), further.bytes);
            }
            let further_rest = document.rest.clone().map(|(host, until)| HostRest { host, until, because: RESTS.to_owned() });
            let Signals { fresh_for, retry_after } = signals;
            manners.fresh_for = fresh_for;
            if !is_delta {
                manners.hints.clone_from(&document.hints);
                manners.body_bytes = answer.bytes;
            }
            good(feed, &mut manners, (configured, &address), document.moved_to.as_ref(), now);
            let times = document.entries.iter().filter_map(|entry| entry.published.or(entry.updated)).collect();
            let entries = Some((document.entries.len(), times));
            let outcome = read(feed, row, *document, now);
            Brought { entries, is_cut, is_delta, host_rests: further_rest, ..Brought::new(outcome, Outcome::Fine, manners, retry_after) }
        }
        Err(error) => {
            feed.doubt_secrets(&error).await;
            note(&mut manners, error.status(), 0);
            failed(feed, row, manners, &error)
        }
    };
    Brought { host_rests: brought.host_rests.or(looked_rests), ..brought }
}

/// Whether this answer asks for rest, and its host serves the learnt address, too.
fn rests_with(error: &poll::Error, learnt: &str) -> bool {
    let poll::Error::Status { url, retry_after: Some(_), .. } = error else { return false };
    let host = |address: &str| Url::parse(address).ok().and_then(|url| http::host(&url));
    host(url).is_some_and(|resting| Some(resting) == host(learnt))
}

/// The rest that a host asked for.
fn rest(error: &poll::Error) -> Option<HostRest> {
    error.resting_host().map(|(host, until)| {
        let because = format!("it answered {} with `Retry-After`", error.status().unwrap_or_default());
        HostRest { host, until, because }
    })
}

/// A good answer came from this address.
fn good(feed: &Feed, manners: &mut Manners, (configured, asked): (&str, &str), moved_to: Option<&Url>, now: Timestamp) {
    manners.hurry = schedule::calmer(manners.hurry);
    manners.unreached = false;
    let event = schedule::answered(manners, configured, asked, moved_to.map(Url::as_str), now);
    tell(feed, event.as_ref());
}

fn failed(feed: &Feed, row: &FeedRow, mut manners: Manners, error: &poll::Error) -> Brought {
    let went = match error {
        error if error.is_gone() && manners.learnt.is_none() => Outcome::Gone,
        error if error.is_unreached() => Outcome::Unreached,
        _ => Outcome::Failed,
    };
    manners.unreached = went == Outcome::Unreached;
    // what a learnt address says of itself doesn't end the feed: the configured one may know better
    let failures = if error.is_gone() { schedule::REVERT } else { row.failures + 1 };
    let event = schedule::failed(&mut manners, failures);
    tell(feed, event.as_ref());
    let forget = event.is_some();
    let (text, retry_after) = (error.to_string(), error.retry_after());
    let outcome = match went {
        Outcome::Gone => PollOutcome::Gone { error: text },
        _ => PollOutcome::Failed { error: text, retry_after },
    };
    Brought { host_rests: rest(error), forget, ..Brought::new(outcome, went, manners, retry_after) }
}

fn tell(feed: &Feed, event: Option<&Move>) {
    match event {
        Some(Move::Learnt(to)) => {
            let polls = schedule::CONFIRMATIONS;
            tracing::warn!(
                feed = feed.name(),
                to,
                polls,
                "it has moved for good and is asked there from now on; its `url` should be changed"
            );
        }
        Some(Move::Back) => {
            tracing::warn!(feed = feed.name(), "the address that it had moved to holds no longer; its own `url` is asked again")
        }
        None => {}
    }
}

/// Whether this request comes when its publisher wishes it; this is looked at anew, whatever the schedule thought.
fn manner(feed: &Feed, row: &FeedRow, who: Who, now: Timestamp) -> Manner {
    if row.pushed_until.is_some_and(|until| until > now) {
        // its hub says when there is something new
        return Manner::Welcome;
    }
    let wishes = who.heeds(Wishes::of(&row.manners, row.polled, row.retry_after));
    match (wishes.not_before(true, now), wishes.not_before(false, now)) {
        (None, None) => Manner::Welcome,
        (None, Some(_)) if feed.config().insist => Manner::Insisted,
        _ => Manner::Violation,
    }
}

/// The feed's document at this address, as far as it isn't known. What is known belongs to the address in force: a look at the
/// configured one is conditional only from where it leads there.
async fn source(feed: &Feed, row: &FeedRow, address: &str) -> Result<Source, String> {
    let url = Url::parse(address).unwrap_or_else(|_| feed.config().url.clone());
    let source = feed.source(url).await?;
    let learnt = row.manners.learnt.as_deref().filter(|learnt| *learnt != address);
    let validators_at = learnt.and_then(|learnt| Url::parse(learnt).ok());
    Ok(Source { validators: row.validators.clone(), validators_at, body_hash: row.body_hash.clone(), ..source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_whose_answer_asks_for_rest_ends_there_if_the_learnt_address_is_on_that_host() {
        let answered = |url: &str, retry_after| poll::Error::Status { url: url.to_owned(), status: 429, retry_after };
        let until = Some(Timestamp::from_unix(1_000));
        for (answer, expected) in [
            (answered("https://a.example/old", until), true),
            (answered("https://a.example/old", None), false),
            (answered("https://b.example/old", until), false),
            (answered("https://a.example:8443/old", until), false),
        ] {
            assert_eq!(rests_with(&answer, "https://a.example/new"), expected, "{answer:?}");
        }
    }
}
