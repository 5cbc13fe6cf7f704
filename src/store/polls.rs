//! What polls brought: `remember`, the first arrow of an item's life.
//!
//! Polls are stored in groups, one transaction a group: a pass in which nothing is new costs a handful of commits. Where a
//! group fails, each poll of it is stored alone. The first statement about a feed writes its row and asks for the lease, so
//! two daemons that hold the same feed one after the other are in line from there.

use super::db::{Tx, Value, args, json, portions, tuples};
use super::error::{Error, Result};
use super::ladder::{Marked, SameStory};
use super::remember::{Read, remember};
use super::{Lease, Store};
use crate::domain::{Entry, FeedFacts, Id, Keys, Manners, Returning, Timestamp, Validators, Watch};

/// One poll's result.
#[derive(Debug)]
pub struct PollRecord {
    /// Of the feed that was polled.
    pub lease: Lease,
    pub outcome: PollOutcome,
    pub next_poll: Timestamp,
    /// Why it is then.
    pub because: String,
    pub run: Option<Id>,
    /// What is kept so that the feed and its host are asked politely.
    pub politeness: PollPoliteness,
}

/// The polite side of a poll's result.
#[derive(Debug, Default)]
pub struct PollPoliteness {
    /// From now on; `None`: as they were.
    pub manners: Option<Manners>,
    /// What a good answer asked for; a failed one says it in its outcome.
    pub retry_after: Option<Timestamp>,
    /// A host that wants to be left alone.
    pub host_rests: Option<HostRest>,
    /// Validators are forgotten: it is asked at another address from now on.
    pub forget: bool,
    /// The document holds only what is new since the last one (RFC 3229).
    pub is_delta: bool,
    /// Holds instead where the document has entries and none of them was known.
    pub if_overrun: Option<Box<Revision>>,
    /// Holds instead where more than a quarter of its entries was new, but not all.
    pub if_busy: Option<Box<Revision>>,
}

/// A host that wants to be left alone, with all feeds on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostRest {
    /// With its port where that isn't the usual one.
    pub host: String,
    pub until: Timestamp,
    pub because: String,
}

/// What holds instead, once it is known what of a document is new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    pub next_poll: Timestamp,
    pub because: String,
    pub manners: Manners,
}

/// What a poll found.
#[derive(Debug)]
pub enum PollOutcome {
    /// 304, with the validators to use from now on.
    NotModified { validators: Validators },
    /// A document.
    Read {
        facts: FeedFacts,
        validators: Validators,
        body_hash: String,
        /// In the order in which they shall be remembered (and, all else equal, posted).
        entries: Vec<NewEntry>,
        /// Scoped keys of links and GUIDs that several entries of the document share, so that they prove nothing.
        shared: Vec<i64>,
        /// What it takes to tell whether it is still the same feed; `None`: nobody wants to know.
        watch: Option<Watch>,
        /// What it takes to tell whether its new entries are old ones; `None`: nobody wants to know.
        returning: Option<Returning>,
    },
    /// A document that a hub pushed, perhaps of its newest entries alone: what is known of the feed, and when it is polled, stays.
    Pushed { entries: Vec<NewEntry>, shared: Vec<i64>, watch: Option<Watch>, returning: Option<Returning> },
    /// Nothing usable.
    Failed { error: String, retry_after: Option<Timestamp> },
    /// 410: the publisher took it down.
    Gone { error: String },
    /// It was not asked.
    PutOff,
}

/// An entry of the document, with its identity.
#[derive(Debug, Clone)]
pub struct NewEntry {
    pub entry: Entry,
    /// Over feeds: what deliveries are made with.
    pub keys: Keys,
    /// Of title and content, over feeds.
    pub text: i64,
    /// What answers "have I seen this?".
    pub scoped: Scoped,
    pub take: Take,
    /// Of what it tells ([`Entry::telling`]); `None`: nobody wants to know whether that changes.
    pub told: Option<i64>,
}

/// The rungs of one entry, scoped to its feed.
///
/// Every entry brings its text's key: it is asked for only where there is no GUID and the link proves nothing, which may turn
/// out later, so that the text of every entry without a GUID is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scoped {
    pub guid: Option<i64>,
    /// Of the GUID without scheme and host.
    pub path: Option<i64>,
    pub link: Option<i64>,
    /// Of the title alone.
    pub title: Option<i64>,
    pub text: i64,
    /// The GUID means something only beside a link (`123`).
    pub is_opaque: bool,
}

impl Scoped {
    /// The key that nearly always suffices to know an entry again.
    pub(super) fn first(&self) -> i64 {
        self.guid.or(self.link).unwrap_or(self.text)
    }

    /// Every key by which the entry may be known.
    pub(super) fn all(&self) -> impl Iterator<Item = i64> + use<> {
        [self.guid, self.path, self.link, self.title, Some(self.text)].into_iter().flatten()
    }
}

/// What becomes of an entry if it is new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Take {
    /// It is prepared.
    Post,
    /// It is only remembered, for this reason (`backfill: older than 7d`).
    Skip(String),
}

/// What a poll left in the store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remembered {
    /// New items that will be prepared.
    pub new: Vec<Id>,
    /// Entries that are items already.
    pub known: usize,
    /// New items that are only remembered.
    pub skipped: usize,
    /// None of its entries was known, and [`PollPoliteness::if_overrun`] holds.
    pub ran_over: bool,
    /// The feed is held from now on, for this reason.
    pub held: Option<String>,
    /// That is because what came looks like what it had, under new keys.
    pub is_flood: bool,
}

/// Polls without news in one statement, and documents.
const QUIET: usize = 64;
const DOCUMENTS: usize = 64;

impl Store {
    /// Stores polls and remembers their new entries; one answer a record, in their order.
    ///
    /// `same_story` compares an item and an entry that share a rung's key, where the key alone doesn't decide.
    ///
    /// # Errors
    /// Each record's own: [`Error::StaleLease`] where another holds the feed by now. The whole call fails in no way.
    pub async fn record_polls(&self, records: Vec<PollRecord>, same_story: SameStory, now: Timestamp) -> Vec<Result<Remembered>> {
        let records: Vec<&PollRecord> = records.iter().collect();
        if let Err(error) = self.fault_in_entries(&records).await {
            let text = error.to_string();
            tracing::warn!(error = text, "the store below can't be read");
            return records.iter().map(|_| Err(Error::Open { store: self.shown.to_string(), cause: text.clone() })).collect();
        }
        match self.record_group(&records, same_story, now).await {
            Ok(remembered) => remembered.into_iter().map(Ok).collect(),
            Err(error) => {
                if records.len() > 1 {
                    tracing::debug!(%error, polls = records.len(), "a group of polls failed; storing each alone");
                }
                let mut answers = Vec::with_capacity(records.len());
                for record in records {
                    let alone = self.record_group(&[record], same_story, now).await;
                    answers.push(alone.map(|mut remembered| remembered.pop().unwrap_or_default()));
                }
                answers
            }
        }
    }

    async fn record_group(&self, records: &[&PollRecord], same_story: SameStory, now: Timestamp) -> Result<Vec<Remembered>> {
        if records.is_empty() {
            return Ok(Vec::new());
        }
        // Rows are locked in one order everywhere, so that two groups can't wait for each other.
        let mut order: Vec<usize> = (0..records.len()).collect();
        order.sort_by_key(|index| records[*index].lease.row);
        let mut remembered = vec![Remembered::default(); records.len()];
        let (mut reads, mut read) = (Vec::new(), Vec::new());
        let mut tx = self.db.begin("record_polls").await?;
        let quiet: Vec<Quiet> = order.iter().filter_map(|index| Quiet::of(records[*index])).collect();
        for quiet in portions(&quiet, QUIET) {
            record_quiet(&mut tx, quiet, now).await?;
        }
        let documents: Vec<Fresh> = order.iter().filter_map(|index| Fresh::of(records[*index])).collect();
        for documents in portions(&documents, DOCUMENTS) {
            record_documents(&mut tx, documents, now).await?;
        }
        for index in order {
            let PollRecord { lease, outcome, run, .. } = records[index];
            if Quiet::of(records[index]).is_none() && Fresh::of(records[index]).is_none() {
                record(&mut tx, records[index], now).await?;
            }
            if let PollOutcome::Read { entries, shared, watch, returning, .. } | PollOutcome::Pushed { entries, shared, watch, returning } =
                outcome
            {
                let is_whole = matches!(outcome, PollOutcome::Read { .. }) && !records[index].politeness.is_delta;
                let (run, watch, returning) = (*run, watch.as_ref(), returning.as_ref());
                let entries = entries.iter().map(Marked::of).collect();
                reads.push(Read { feed: lease.row, run, entries, shared, is_whole, watch, returning });
                read.push(index);
            }
        }
        for (index, mut found) in read.into_iter().zip(remember(&mut tx, &reads, same_story, now).await?) {
            revise(&mut tx, records[index], &mut found).await?;
            remembered[index] = found;
        }
        tx.commit().await?;
        Ok(remembered)
    }
}

/// A poll that found nothing changed: most of them are.
struct Quiet<'r> {
    record: &'r PollRecord,
    validators: &'r Validators,
}

impl<'r> Quiet<'r> {
    fn of(record: &'r PollRecord) -> Option<Self> {
        match &record.outcome {
            PollOutcome::NotModified { validators } => Some(Self { record, validators }),
            _ => None,
        }
    }
}

/// All of them in one statement: one each would be most of what such a poll costs.
async fn record_quiet(tx: &mut Tx, quiet: &[Quiet<'_>], now: Timestamp) -> Result<()> {
    const WIDTH: usize = 8;
    let mut args = Vec::with_capacity(quiet.len() * WIDTH + 1);
    for Quiet { record, validators } in quiet {
        let PollRecord { lease, next_poll, because, politeness, .. } = record;
        let manners = politeness.manners.as_ref().map(json);
        args.extend(args![lease.row, lease.token, *next_poll, because, &validators.etag, &validators.last_modified]);
        args.extend(args![politeness.retry_after, manners]);
    }
    args.push(Value::from(now));
    let sql = format!(
        "WITH quiet (id, token, next_poll, because, etag, last_modified, retry_after, manners) AS (VALUES {})
         UPDATE feeds SET next_poll = quiet.next_poll, because = quiet.because, etag = quiet.etag, last_modified = quiet.last_modified,
                unpushed_poll = NULL, polled = ${}, failures = 0, error = NULL, retry_after = quiet.retry_after, gone = 0,
                manners = COALESCE(quiet.manners, feeds.manners),
                lease_token = NULL, lease_until = NULL, lease_owner = NULL
         FROM quiet WHERE feeds.id = quiet.id AND feeds.lease_token = quiet.token",
        tuples(quiet.len(), WIDTH),
        quiet.len() * WIDTH + 1
    );
    let changed = tx.run(sql, args).await?;
    // Whose lease it was that another holds by now comes out when each is stored alone.
    if changed == quiet.len() as u64 { Ok(()) } else { super::lease::proves(&quiet[0].record.lease, 0) }
}

/// A poll that brought a document.
struct Fresh<'r> {
    record: &'r PollRecord,
    facts: &'r FeedFacts,
    validators: &'r Validators,
    body_hash: &'r str,
}

impl<'r> Fresh<'r> {
    fn of(record: &'r PollRecord) -> Option<Self> {
        match &record.outcome {
            PollOutcome::Read { facts, validators, body_hash, .. } => Some(Self { record, facts, validators, body_hash }),
            _ => None,
        }
    }
}

/// What documents say of their feeds, in one statement, which gives the feeds back, too.
async fn record_documents(tx: &mut Tx, documents: &[Fresh<'_>], now: Timestamp) -> Result<()> {
    const WIDTH: usize = 11;
    let mut args = Vec::with_capacity(documents.len() * WIDTH);
    for Fresh { record, facts, validators, body_hash } in documents {
        let PollRecord { lease, next_poll, because, politeness, .. } = record;
        let manners = politeness.manners.as_ref().map(json);
        args.extend(args![lease.row, lease.token, *next_poll, because, now, &validators.etag, &validators.last_modified]);
        args.extend(args![politeness.retry_after, manners, json(facts), *body_hash]);
    }
    let sql = format!(
        "WITH fresh (id, token, next_poll, because, polled, etag, last_modified, retry_after, manners, facts, body_hash) AS (VALUES {})
         UPDATE feeds SET next_poll = fresh.next_poll, because = fresh.because, polled = fresh.polled, etag = fresh.etag,
                last_modified = fresh.last_modified, retry_after = fresh.retry_after, facts = fresh.facts, body_hash = fresh.body_hash,
                manners = COALESCE(fresh.manners, feeds.manners), unpushed_poll = NULL, failures = 0, error = NULL, gone = 0,
                lease_token = NULL, lease_until = NULL, lease_owner = NULL
         FROM fresh WHERE feeds.id = fresh.id AND feeds.lease_token = fresh.token",
        tuples(documents.len(), WIDTH)
    );
    let changed = tx.run(sql, args).await?;
    if changed != documents.len() as u64 {
        return super::lease::proves(&documents[0].record.lease, 0);
    }
    for rest in documents.iter().filter_map(|fresh| fresh.record.politeness.host_rests.as_ref()) {
        super::hosts::rest(tx, rest, now).await?;
    }
    Ok(())
}

/// Stores what the poll says of the feed itself, and gives the feed back.
async fn record(tx: &mut Tx, record: &PollRecord, now: Timestamp) -> Result<()> {
    let lease = &record.lease;
    // A poll that brought nothing usable leaves `polled` alone: the first good one is still to come, with its backfill.
    let ends = "unpushed_poll = NULL, next_poll = $3, because = $4, manners = COALESCE($5, manners),
                lease_token = NULL, lease_until = NULL, lease_owner = NULL
                WHERE id = $1 AND lease_token = $2";
    let PollPoliteness { manners, forget, .. } = &record.politeness;
    let manners = manners.as_ref().map(json);
    let mut args = args![lease.row, lease.token, record.next_poll, &record.because, manners];
    let what = match &record.outcome {
        PollOutcome::NotModified { .. } | PollOutcome::Read { .. } => unreachable!("these are stored together"),
        PollOutcome::Pushed { .. } => {
            let sql = "UPDATE feeds SET lease_token = NULL, lease_until = NULL, lease_owner = NULL WHERE id = $1 AND lease_token = $2";
            return super::lease::proves(lease, tx.run(sql, args![lease.row, lease.token]).await?);
        }
        PollOutcome::Failed { error, retry_after } => {
            args.extend(args![error, *retry_after]);
            match forget {
                true => "error = $6, retry_after = $7, failures = failures + 1, etag = NULL, last_modified = NULL, body_hash = NULL,",
                false => "error = $6, retry_after = $7, failures = failures + 1,",
            }
        }
        PollOutcome::Gone { error } => {
            args.extend(args![error]);
            "error = $6, gone = 1, failures = failures + 1,"
        }
        PollOutcome::PutOff => "",
    };
    let changed = tx.run(format!("UPDATE feeds SET {what} {ends}"), args).await?;
    super::lease::proves(lease, changed)?;
    match &record.politeness.host_rests {
        Some(rest) => super::hosts::rest(tx, rest, now).await,
        None => Ok(()),
    }
}

/// What is new in a document may say that it is to be read more often.
async fn revise(tx: &mut Tx, record: &PollRecord, remembered: &mut Remembered) -> Result<()> {
    let PollPoliteness { if_overrun, if_busy, .. } = &record.politeness;
    let new = remembered.new.len() + remembered.skipped;
    remembered.ran_over = new > 0 && remembered.known == 0 && if_overrun.is_some();
    let revision = match remembered.ran_over {
        true => if_overrun,
        false if new * 4 > new + remembered.known => if_busy,
        false => &None,
    };
    if let Some(revision) = revision {
        let sql = "UPDATE feeds SET next_poll = $2, because = $3, manners = $4 WHERE id = $1";
        tx.run(sql, args![record.lease.row, revision.next_poll, &revision.because, json(&revision.manners)]).await?;
    }
    Ok(())
}
