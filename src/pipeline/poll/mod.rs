//! Feed → items: polls what is due, each feed on its own, and remembers what is new.
//!
//! Reads a claimed feed's address, validators and manners, and the hosts that want to be left alone. Writes polls in groups,
//! each with the feed's next time. If the process dies in between, nothing of a poll was stored, and the feed is due as before.
//!
//! However many feeds are due at once (a first start, a long sleep), a pass begins gently, keeps to so many requests at once,
//! and to fewer and a gap between them for one registrable domain ([`gate`]); one slow domain holds up no other.

mod ask;
mod gate;
mod read;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::task::JoinSet;
use tokio::time::Instant;
use url::Url;

use crate::dedup;
use crate::domain::{Id, Timestamp};
use crate::http;
use crate::schedule::{self, Rule, Wishes};
use crate::store::{FeedRow, Lease, NewEntry, PollOutcome, PollPoliteness, PollRecord};

use super::push::Heard;
use super::{Error, Pipeline};
use ask::Who;
use gate::{Claimed, Gate};
pub(super) use read::{read, tell_held};

/// Feeds asked at once: a slow one holds one of these places.
const AT_ONCE: usize = 64;
/// And so many at a pass's beginning; each answer makes room for one more, and each second without one, too.
const AT_FIRST: usize = 8;
/// Feeds under way and claimed in one go: each claim is a commit. Those that wait for their domain from earlier claims come on
/// top, at most [`gate::WAITING`] of each, so that many slow domains don't keep the others from being claimed. One that waits
/// until its lease runs short is given back.
const CLAIMED: usize = 192;
/// Polls stored in one group.
const GROUP: usize = 128;
/// Documents among them, at most, and bytes of their entries: each is held with all of them until it is stored.
const DOCUMENTS: usize = 64;
const BYTES: usize = 4 << 20;
/// A feed's first document is as much as so many others: what is new is held several times over while it is stored.
const FIRST: usize = 6;
/// A poll that came back waits no longer than this to be stored.
const RECORD: Duration = Duration::from_secs(1);
/// After a claim that found all that was due, the next comes no sooner.
const AGAIN: Duration = Duration::from_secs(5);
/// Longer than the whole time limit of a fetch.
pub(super) const SPAN: Duration = Duration::from_secs(300);
/// A feed whose lease ends sooner than this is not asked any more.
const ENOUGH: Duration = Duration::from_secs(90);
/// Feeds of one host in a row that reached nobody; the rest of them is put off.
const SILENT: u32 = 3;

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
    /// It looks like another feed by now, or its new entries like its old ones; they wait for a person.
    pub held: Option<String>,
    /// The latter.
    pub is_flood: bool,
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
    /// Nothing of the feed was known.
    is_first: bool,
    report: FeedPoll,
    /// No server was reached.
    unreached: bool,
    /// Whose lane it was in.
    lane: Option<(Arc<str>, Arc<str>)>,
    /// What it means for pushing.
    heard: Option<Heard>,
}

/// One pass under way.
struct Pass<'a> {
    which: Which<'a>,
    gate: Gate,
    asked: JoinSet<Done>,
    done: Vec<Done>,
    /// Hosts that want to be left alone, and until when.
    rests: HashMap<String, Timestamp>,
    /// How many feeds of a host in a row reached nobody.
    silent: HashMap<Arc<str>, u32>,
    /// No claim before this.
    not_before: Timestamp,
    /// Feeds that may be asked at once, by now.
    places: usize,
    /// Other configurations' feeds, as far as they are known already.
    foreign: Option<Vec<Id>>,
    report: PollReport,
}

impl Pipeline {
    /// Polls feeds and remembers their new entries.
    pub async fn poll_pass(&self, which: Which<'_>) -> Result<PollReport, Error> {
        let now = self.clock.now();
        let mut pass = Pass {
            which,
            gate: Gate::new(self.config.spacing),
            asked: JoinSet::new(),
            done: Vec::new(),
            rests: self.store.resting_hosts(now).await?,
            silent: HashMap::new(),
            not_before: now,
            places: AT_FIRST,
            foreign: None,
            report: PollReport::default(),
        };
        let mut named = VecDeque::new();
        if let Which::Named(names) = which {
            named.extend(self.claim_named(names, &mut pass).await?);
        }
        let mut trouble = None;
        let mut every = tokio::time::interval_at(Instant::now() + RECORD, RECORD);
        loop {
            if trouble.is_none() {
                trouble = self.claim_more(&mut pass).await.err();
            }
            while let Some(claimed) = named.pop_front() {
                if let Err(claimed) = pass.gate.admit(claimed) {
                    named.push_front(claimed);
                    break;
                }
            }
            self.begin(&mut pass).await;
            if pass.asked.is_empty() {
                if pass.gate.is_empty() && named.is_empty() {
                    break;
                }
                pass.gate.idle();
            }
            // while all places are taken, a gap that is over lets nobody through
            let wake = if pass.has_place() { pass.gate.wake() } else { None };
            let is_time = tokio::select! {
                Some(answer) = pass.asked.join_next() => {
                    pass.came_back(answer.ok(), self.clock.now());
                    false
                }
                () = tokio::time::sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => false,
                _ = every.tick() => {
                    pass.gate.sweep(Instant::now());
                    // feeds that hang don't keep the others waiting
                    pass.one_more_place();
                    true
                }
            };
            // What a slow feed's neighbours brought doesn't wait for it.
            if pass.done.len() >= GROUP || pass.is_full() || (is_time && !pass.done.is_empty()) {
                self.record(&mut pass).await;
            }
        }
        self.record(&mut pass).await;
        trouble.map_or(Ok(pass.report), Err)
    }

    /// Claims what is due, if there is room. In handfuls: a claim for each place that comes free would cost a commit a feed.
    async fn claim_more(&self, pass: &mut Pass<'_>) -> Result<(), Error> {
        let may_claim = matches!(pass.which, Which::Due) && !self.is_stopping() && self.clock.now() >= pass.not_before;
        // those that are under way fill the time until the next ones are claimed
        if !may_claim || pass.asked.len() > AT_ONCE / 4 * 3 || pass.gate.has_ready(Instant::now()) {
            return Ok(());
        }
        let room = CLAIMED - pass.asked.len();
        let except = self.left_out(pass).await?;
        let now = self.clock.now();
        let claimed = self.store.claim_feeds_but(&except, self.owner, now, u32::try_from(room).unwrap_or(1), SPAN).await?;
        if claimed.len() < room {
            pass.not_before = now.plus(AGAIN);
        }
        let mut surplus = Vec::new();
        for (row, lease) in claimed {
            match self.place(row, lease) {
                Ok(claimed) => surplus.extend(pass.gate.admit(claimed).err().map(|claimed| claimed.lease)),
                Err(lease) => {
                    // a newer configuration's: not claimed again
                    pass.foreign = None;
                    surplus.push(lease);
                }
            }
        }
        self.give_back(surplus).await;
        Ok(())
    }

    /// Feeds that are not claimed now: those that this pipeline doesn't know, and those of domains that are asked already.
    async fn left_out(&self, pass: &mut Pass<'_>) -> Result<Vec<Id>, Error> {
        let mut except = match &pass.foreign {
            Some(known) => known.clone(),
            None => pass.foreign.insert(self.foreign_feeds().await?).clone(),
        };
        let crowded = pass.gate.crowded();
        if !crowded.is_empty() {
            let of_them = |feed: &&Arc<super::Feed>| crowded.contains_key(http::registrable(&feed.config().url).as_str());
            except.extend(self.feeds.values().filter(of_them).map(|feed| feed.id));
            except.extend(crowded.values().flatten());
        }
        Ok(except)
    }

    /// A claimed feed with what its address tells; a feed that isn't ours gives its lease back.
    fn place(&self, row: FeedRow, lease: Lease) -> Result<Claimed, Lease> {
        let Some(feed) = self.feed(row.id) else { return Err(lease) };
        let address = row.manners.learnt.as_deref().unwrap_or(&row.url);
        let url = Url::parse(address).unwrap_or_else(|_| feed.config().url.clone());
        // a file waits for nobody
        let (domain, host) = match http::host(&url) {
            Some(host) => (http::registrable(&url), host),
            None => (address.to_owned(), String::new()),
        };
        let (domain, host) = (domain.into(), host.into());
        Ok(Claimed { feed, row, lease, domain, host })
    }

    /// Asks as many as there are places.
    async fn begin(&self, pass: &mut Pass<'_>) {
        if self.is_stopping() {
            let left = pass.gate.drain().into_iter().map(|claimed| claimed.lease).collect();
            return self.give_back(left).await;
        }
        let mut too_late = Vec::new();
        while pass.has_place()
            && let Some(claimed) = pass.gate.next(Instant::now(), |domain| self.pages.feed_waits(domain))
        {
            let now = self.clock.now();
            let lane = (claimed.domain.clone(), claimed.host.clone());
            let rests = pass.rests.get(&*claimed.host).copied().filter(|until| *until > now);
            let is_silent = pass.silent.get(&claimed.host).is_some_and(|count| *count >= SILENT);
            if claimed.lease.until().since(now) < ENOUGH {
                if let Which::Named(_) = pass.which {
                    let error = "its turn did not come in time, behind others of its domain; it was not asked".to_owned();
                    pass.report.feeds.push(FeedPoll { name: claimed.feed.name().to_owned(), error: Some(error), ..FeedPoll::default() });
                }
                too_late.push(claimed.lease);
            } else if let Some(until) = rests {
                let because = format!("its host asked to be left alone until {until} (`Retry-After`)");
                pass.done.push(put_off(claimed, until, because));
            } else if is_silent {
                let because = format!("its host was not reached for {SILENT} other feeds just now");
                pass.done.push(put_off(claimed, now.plus(schedule::FIRST_RETRY), because));
            } else if let (Which::Due, Some((until, rule))) = (pass.which, not_yet(&claimed, now)) {
                pass.done.push(put_off(claimed, until, rule.to_string()));
            } else {
                let who = if matches!(pass.which, Which::Due) { Who::Schedule } else { Who::Person };
                let (http, clock) = (self.http.clone(), self.clock.clone());
                let Claimed { feed, row, lease, .. } = claimed;
                self.pages.feed_asked(&lane.0);
                // 10 KB: they are moved once, into the box
                let work = Box::pin(ask::ask(http, feed, row, lease, clock, who));
                pass.asked.spawn(async move { Done { lane: Some(lane), ..work.await } });
                continue;
            }
            pass.passed_over(&lane.0);
        }
        self.give_back(too_late).await;
    }

    async fn give_back(&self, leases: Vec<Lease>) {
        if let Err(error) = self.store.release_feeds(leases).await {
            tracing::warn!(%error, "feeds could not be given back; they are due again when their leases end");
        }
    }

    async fn claim_named(&self, names: &[String], pass: &mut Pass<'_>) -> Result<Vec<Claimed>, Error> {
        let mut claimed = Vec::new();
        for name in names {
            if self.config.feed(name).is_none() {
                return Err(Error::Unknown { what: "feed", name: name.clone() });
            }
            let Some(feed) = self.feeds.values().find(|feed| feed.name() == name) else {
                return Err(Error::NotInForce { what: "feed", name: name.clone() });
            };
            let now = self.clock.now();
            let Some((row, lease)) = self.store.claim_feed(name, self.owner, now, SPAN).await? else {
                let error = "it is being polled just now".to_owned();
                pass.report.feeds.push(FeedPoll { name: name.clone(), error: Some(error), ..FeedPoll::default() });
                continue;
            };
            if let Some(domain) = &row.blocked {
                let error = format!("`{domain}` is blocked: nothing of it is asked (`wirepress blocklist remove {domain}` ends it)");
                self.store.release_feed(lease).await?;
                pass.report.feeds.push(FeedPoll {
                    name: name.clone(),
                    error: Some(error),
                    because: "blocked".into(),
                    ..FeedPoll::default()
                });
                continue;
            }
            match self.place(row, lease) {
                Err(lease) => self.give_back(vec![lease]).await,
                Ok(found) => match held_back(&found, feed.config().insist, &pass.rests, now) {
                    None => claimed.push(found),
                    Some((until, error)) => {
                        self.store.release_feed(found.lease).await?;
                        let poll = FeedPoll { name: name.clone(), error: Some(error), next_poll: Some(until), ..FeedPoll::default() };
                        pass.report.feeds.push(poll);
                    }
                },
            }
        }
        Ok(claimed)
    }

    /// Stores a group of polls and tells what they found.
    async fn record(&self, pass: &mut Pass<'_>) {
        let (mut records, mut told, mut sooner, mut all_heard) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for Done { record, report, heard, .. } in std::mem::take(&mut pass.done) {
            sooner.push(record.politeness.if_overrun.as_ref().map(|revision| (revision.next_poll, revision.because.clone())));
            records.push(record);
            told.push((report, heard));
        }
        let answers = self.store.record_polls(records, dedup::same_story, self.clock.now()).await;
        for (((mut feed, heard), answer), sooner) in told.into_iter().zip(answers).zip(sooner) {
            self.progressed();
            match answer {
                Ok(remembered) => {
                    all_heard.extend(heard.map(|heard| (heard, remembered.new.len())));
                    feed.new = remembered.new.len();
                    feed.remembered = remembered.skipped;
                    feed.held = remembered.held;
                    feed.is_flood = remembered.is_flood;
                    tell_held(&feed.name, feed.held.as_deref(), feed.is_flood);
                    if let (true, Some((next, because))) = (remembered.ran_over, sooner) {
                        tracing::warn!(feed = feed.name, next = %next, "none of its entries was known: entries come faster than it was read, and some may be lost");
                        (feed.next_poll, feed.because) = (Some(next), because);
                    }
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
            pass.report.feeds.push(feed);
        }
        self.hear(all_heard).await;
    }
}

impl Pass<'_> {
    /// A feed was asked. `None`: that ended by a panic.
    fn came_back(&mut self, done: Option<Done>, now: Timestamp) {
        let Some(done) = done else { return };
        self.one_more_place();
        if let Some(rest) = done.record.politeness.host_rests.as_ref().filter(|rest| rest.until > now) {
            self.rests.insert(rest.host.clone(), rest.until);
        }
        if let Some((domain, host)) = &done.lane {
            match done.unreached {
                true => *self.silent.entry(host.clone()).or_default() += 1,
                false if self.silent.is_empty() => {}
                false => _ = self.silent.remove(host),
            }
            if self.gate.asked(domain) {
                self.not_before = Timestamp::from_unix(0);
            }
        }
        self.done.push(done);
    }

    fn has_place(&self) -> bool {
        self.asked.len() < self.places
    }

    fn one_more_place(&mut self) {
        self.places = AT_ONCE.min(self.places + 1);
    }

    /// Whether as many documents as may be held wait to be stored.
    fn is_full(&self) -> bool {
        are_enough(self.done.iter().filter_map(|done| match &done.record.outcome {
            PollOutcome::Read { entries, .. } => Some((entries.as_slice(), done.is_first)),
            _ => None,
        }))
    }

    fn passed_over(&mut self, domain: &Arc<str>) {
        if self.gate.passed_over(domain) {
            self.not_before = Timestamp::from_unix(0);
        }
    }
}

/// The documents' entries, and whether each is its feed's first.
fn are_enough<'d>(documents: impl Iterator<Item = (&'d [NewEntry], bool)>) -> bool {
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    // what an entry takes besides is about a kilobyte, also in the transaction
    let weight = |new: &NewEntry| 1_024 + text(&new.entry.content) + text(&new.entry.summary);
    let (mut count, mut bytes) = (0, 0);
    for (entries, is_first) in documents {
        let times = if is_first { FIRST } else { 1 };
        count += times;
        bytes += times * entries.iter().map(weight).sum::<usize>();
    }
    count >= DOCUMENTS || bytes >= BYTES
}

/// Not asked now; it is due again then, spread out with the others that wait for the same.
fn put_off(claimed: Claimed, until: Timestamp, because: String) -> Done {
    let Claimed { feed, lease, .. } = claimed;
    tracing::info!(feed = feed.name(), because, "a feed is put off");
    let next_poll = until.plus(schedule::spread(feed.name()));
    let report = FeedPoll { name: feed.name().to_owned(), next_poll: Some(next_poll), because: because.clone(), ..FeedPoll::default() };
    let politeness = PollPoliteness::default();
    let record = PollRecord { lease, outcome: PollOutcome::PutOff, next_poll, because, run: None, politeness };
    Done { record, is_first: false, report, unreached: false, lane: None, heard: None }
}

/// A feed that was due in an hour that its publisher skips, or was overslept into one, waits for the next that isn't.
fn not_yet(claimed: &Claimed, now: Timestamp) -> Option<(Timestamp, Rule)> {
    let row = &claimed.row;
    if row.pushed_until.is_some_and(|until| until > now) {
        // its hub says when there is something new
        return None;
    }
    Wishes::of(&row.manners, row.polled, row.retry_after).not_before(claimed.feed.config().insist, now)
}

/// Until when not even a person's wish asks this feed, and why.
fn held_back(found: &Claimed, insist: bool, rests: &HashMap<String, Timestamp>, now: Timestamp) -> Option<(Timestamp, String)> {
    let row = &found.row;
    let retry_after = row.retry_after.max(rests.get(&*found.host).copied());
    let wishes = Who::Person.heeds(Wishes::of(&row.manners, row.polled, retry_after));
    let (until, rule) = wishes.not_before(insist, now)?;
    Some((until, if rule == Rule::RetryAfter { left_alone(until) } else { not_wished(until, rule) }))
}

/// Why a feed is not asked.
pub(super) fn left_alone(until: Timestamp) -> String {
    format!("its server asked to be left alone until {until} (Retry-After)")
}

fn not_wished(until: Timestamp, rule: Rule) -> String {
    format!("it is not asked before {until}: {rule}; `insist = true` asks all the same")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Entry, Keys};
    use crate::store::{Scoped, Take};

    #[test]
    fn documents_are_stored_in_groups_of_so_many_or_of_so_many_bytes() {
        let entry = |content: usize, summary: usize| {
            let text = |bytes: usize| Some("x".repeat(bytes)).filter(|text| !text.is_empty());
            let entry = Entry { content: text(content), summary: text(summary), ..Entry::default() };
            let scoped = Scoped { guid: None, path: None, link: None, title: None, text: 7, is_opaque: false };
            NewEntry { entry, keys: Keys { guid: None, link: None, text: None }, text: 7, scoped, take: Take::Post, told: None }
        };
        for (documents, entries, content, summary, is_first, enough) in [
            (DOCUMENTS - 1, 1, 10, 0, false, false),
            (DOCUMENTS, 0, 0, 0, false, true),
            (10, 1, 10, 0, true, false),
            (11, 1, 10, 0, true, true),
            (4, 10, 90_000, 0, false, false),
            (5, 10, 90_000, 0, false, true),
            (5, 10, 1, 90_000, false, true),
            (1, 10, 60_000, 0, true, false),
            (1, 10, 90_000, 0, true, true),
            (2, 2_000, 0, 0, false, false),
            (3, 2_000, 0, 0, false, true),
        ] {
            let document = vec![entry(content, summary); entries];
            let held = std::iter::repeat_n((document.as_slice(), is_first), documents);
            let told = format!("{documents} documents of {entries} entries of {content} and {summary} bytes, first: {is_first}");
            assert_eq!(are_enough(held), enough, "{told}");
        }
    }
}
