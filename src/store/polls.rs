//! What polls brought: `remember`, the first arrow of an item's life.
//!
//! Polls are stored in groups, one transaction a group: a pass in which nothing is new costs a handful of commits. Where a
//! group fails, each poll of it is stored alone. The first statement about a feed writes its row and asks for the lease, so
//! two daemons that hold the same feed one after the other are in line from there.

use std::collections::{HashMap, HashSet};

use super::db::{Tx, Value, args, json, list, tuples};
use super::error::{Error, Result};
use super::ladder::{Known, KnownItem, Place, SHARED};
use super::{Lease, Store};
use crate::domain::{Decision, Entry, FeedFacts, Id, ItemState, Keys, Timestamp, Validators};

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
        /// Scoped keys of links that several entries of the document share.
        shared_links: Vec<i64>,
    },
    /// A document that a hub pushed, perhaps of its newest entries alone: what is known of the feed, and when it is polled, stays.
    Pushed { entries: Vec<NewEntry>, shared_links: Vec<i64> },
    /// Nothing usable.
    Failed { error: String, retry_after: Option<Timestamp> },
    /// 410: the publisher took it down.
    Gone { error: String },
}

/// An entry of the document, with its identity.
///
/// Every entry brings its text's key: it is asked for only where there is no GUID and the link proves nothing, which may turn
/// out later, so that the text of every entry without a GUID is remembered.
#[derive(Debug, Clone)]
pub struct NewEntry {
    pub entry: Entry,
    /// Over feeds: what deliveries are made with.
    pub keys: Keys,
    /// The same rungs scoped to the feed: what answers "have I seen this?".
    pub scoped: Keys,
    /// Of title and content, over feeds.
    pub text: i64,
    /// The same scoped to the feed.
    pub scoped_text: i64,
    pub take: Take,
}

impl NewEntry {
    /// The scoped keys by which it may be known, and is remembered.
    pub(super) fn asked(&self) -> impl Iterator<Item = i64> {
        let text = self.scoped.guid.is_none().then_some(self.scoped_text);
        [self.scoped.guid, self.scoped.link, text].into_iter().flatten()
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
}

/// Rows in one statement.
const ROWS: usize = 200;
/// Polls without news in one statement: each costs it six values, and SQLite looks each up among all.
const QUIET: usize = 32;
/// Times of a feed's newest entries that are kept.
const RHYTHM: usize = 16;

impl Store {
    /// Stores polls and remembers their new entries; one answer a record, in their order.
    ///
    /// `same_story` compares an item's title and an entry's, where GUIDs differ and the link is equal.
    ///
    /// # Errors
    /// Each record's own: [`Error::StaleLease`] where another holds the feed by now. The whole call fails in no way.
    pub async fn record_polls(
        &self,
        records: Vec<PollRecord>,
        same_story: fn(&str, &str) -> bool,
        now: Timestamp,
    ) -> Vec<Result<Remembered>> {
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

    async fn record_group(&self, records: &[&PollRecord], same_story: fn(&str, &str) -> bool, now: Timestamp) -> Result<Vec<Remembered>> {
        if records.is_empty() {
            return Ok(Vec::new());
        }
        // Rows are locked in one order everywhere, so that two groups can't wait for each other.
        let mut order: Vec<usize> = (0..records.len()).collect();
        order.sort_by_key(|index| records[*index].lease.row);
        let mut remembered = vec![Remembered::default(); records.len()];
        let mut tx = self.db.begin("record_polls").await?;
        let quiet: Vec<Quiet> = order.iter().filter_map(|index| Quiet::of(records[*index])).collect();
        for quiet in quiet.chunks(QUIET) {
            record_quiet(&mut tx, quiet, now).await?;
        }
        for index in order {
            if Quiet::of(records[index]).is_none() {
                remembered[index] = record(&mut tx, records[index], same_story, now).await?;
            }
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
    const WIDTH: usize = 6;
    let mut args = Vec::with_capacity(quiet.len() * WIDTH + 1);
    for Quiet { record, validators } in quiet {
        let PollRecord { lease, next_poll, because, .. } = record;
        args.extend(args![lease.row, lease.token, *next_poll, because, &validators.etag, &validators.last_modified]);
    }
    args.push(Value::from(now));
    let sql = format!(
        "WITH quiet (id, token, next_poll, because, etag, last_modified) AS (VALUES {})
         UPDATE feeds SET next_poll = quiet.next_poll, because = quiet.because, etag = quiet.etag, last_modified = quiet.last_modified,
                unpushed_poll = NULL, polled = ${}, failures = 0, error = NULL, retry_after = NULL, gone = 0,
                lease_token = NULL, lease_until = NULL, lease_owner = NULL
         FROM quiet WHERE feeds.id = quiet.id AND feeds.lease_token = quiet.token",
        tuples(quiet.len(), WIDTH),
        quiet.len() * WIDTH + 1
    );
    let changed = tx.run(sql, args).await?;
    // Whose lease it was that another holds by now comes out when each is stored alone.
    if changed == quiet.len() as u64 { Ok(()) } else { super::lease::proves(&quiet[0].record.lease, 0) }
}

async fn record(tx: &mut Tx, record: &PollRecord, same_story: fn(&str, &str) -> bool, now: Timestamp) -> Result<Remembered> {
    let lease = &record.lease;
    // A poll that brought nothing usable leaves `polled` alone: the first good one is still to come, with its backfill.
    let ends = "unpushed_poll = NULL, next_poll = $3, because = $4, polled = COALESCE($5, polled), lease_token = NULL, lease_until = NULL, lease_owner = NULL
                WHERE id = $1 AND lease_token = $2";
    let good = matches!(record.outcome, PollOutcome::Read { .. });
    let mut args = args![lease.row, lease.token, record.next_poll, &record.because, good.then_some(now)];
    let what = match &record.outcome {
        PollOutcome::NotModified { .. } => unreachable!("quiet polls are stored together"),
        PollOutcome::Read { facts, validators, body_hash, .. } => {
            args.extend(args![&validators.etag, &validators.last_modified, json(facts), body_hash]);
            "etag = $6, last_modified = $7, facts = $8, body_hash = $9, failures = 0, error = NULL, retry_after = NULL, gone = 0"
        }
        PollOutcome::Pushed { entries, shared_links } => {
            let sql = "UPDATE feeds SET lease_token = NULL, lease_until = NULL, lease_owner = NULL WHERE id = $1 AND lease_token = $2";
            super::lease::proves(lease, tx.run(sql, args![lease.row, lease.token]).await?)?;
            for links in shared_links.chunks(ROWS) {
                share(tx, links).await?;
            }
            return remember(tx, lease.row, entries, record.run, same_story, now).await;
        }
        PollOutcome::Failed { error, retry_after } => {
            args.extend(args![error, *retry_after]);
            "error = $6, retry_after = $7, failures = failures + 1"
        }
        PollOutcome::Gone { error } => {
            args.extend(args![error]);
            "error = $6, gone = 1, failures = failures + 1"
        }
    };
    let changed = tx.run(format!("UPDATE feeds SET {what}, {ends}"), args).await?;
    super::lease::proves(lease, changed)?;
    match &record.outcome {
        PollOutcome::Read { entries, shared_links, .. } => {
            for links in shared_links.chunks(ROWS) {
                share(tx, links).await?;
            }
            remember(tx, lease.row, entries, record.run, same_story, now).await
        }
        _ => Ok(Remembered::default()),
    }
}

/// Takes on the entries that the feed doesn't have yet.
async fn remember(
    tx: &mut Tx,
    feed: Id,
    entries: &[NewEntry],
    run: Option<Id>,
    same_story: fn(&str, &str) -> bool,
    now: Timestamp,
) -> Result<Remembered> {
    let mut known = known(tx, entries).await?;
    let mut states = states(tx, &known).await?;
    let mut remembered = Remembered::default();
    let mut items = Vec::new();
    let mut keys: HashMap<i64, Id> = HashMap::new();
    let mut times = Vec::new();
    for new in entries {
        let place = known.place(&new.scoped, new.scoped_text, &new.entry.title, same_story);
        let (id, link_proves) = match place {
            Place::Item(id) => {
                remembered.known += 1;
                if let Some((ItemState::Seen, stored)) = states.get_mut(&id) {
                    refresh(tx, id, &new.entry, stored).await?;
                }
                (id, true)
            }
            Place::New | Place::NewWithSharedLink => {
                let id = Id::new(now);
                let link_proves = place == Place::New;
                items.push(row(id, feed, new, link_proves, run, now));
                match new.take {
                    Take::Post => remembered.new.push(id),
                    Take::Skip(_) => remembered.skipped += 1,
                }
                times.push(new.entry.published.filter(|time| *time <= now).unwrap_or(now));
                known.items.insert(id, KnownItem { own_guid: new.scoped.guid, title: new.entry.title.clone() });
                (id, link_proves)
            }
        };
        if let (Place::Item(_), Some(guid)) = (&place, new.scoped.guid)
            && !known.keys.contains_key(&guid)
        {
            tx.run("UPDATE items SET own_guid = $2 WHERE id = $1", args![id, guid]).await?;
            if let Some(item) = known.items.get_mut(&id) {
                item.own_guid = Some(guid);
            }
        }
        let mut link = new.scoped.link;
        if let (false, Some(shared)) = (link_proves, link) {
            known.keys.insert(shared, SHARED);
            keys.remove(&shared);
            share(tx, &[shared]).await?;
            link = None;
        }
        let text = new.scoped.guid.is_none().then_some(new.scoped_text);
        for key in [new.scoped.guid, link, text].into_iter().flatten() {
            known.keys.entry(key).or_insert_with(|| {
                keys.insert(key, id);
                id
            });
        }
    }
    insert_items(tx, items).await?;
    insert_keys(tx, keys).await?;
    if !times.is_empty() {
        note_rhythm(tx, feed, times, now).await?;
    }
    Ok(remembered)
}

/// What the store knows of the keys of a document.
async fn known(tx: &mut Tx, entries: &[NewEntry]) -> Result<Known> {
    let mut known = Known { guids: entries.iter().filter_map(|new| new.scoped.guid).collect(), ..Known::default() };
    let asked: HashSet<i64> = entries.iter().flat_map(NewEntry::asked).collect();
    let asked: Vec<i64> = asked.into_iter().collect();
    for hashes in asked.chunks(ROWS) {
        let sql = format!(
            "SELECT feed_keys.hash, feed_keys.item, items.own_guid, items.title FROM feed_keys
             LEFT JOIN items ON items.id = feed_keys.item WHERE feed_keys.hash IN ({})",
            list(1, hashes.len())
        );
        for row in tx.rows(sql, hashes.iter().copied().map(Value::from).collect()).await? {
            let item = row.id("item")?;
            known.keys.insert(row.int("hash")?, item);
            if let Some(title) = row.text_or_null("title")? {
                known.items.insert(item, KnownItem { own_guid: row.int_or_null("own_guid")?, title });
            }
        }
    }
    Ok(known)
}

/// The items that aren't decided yet, with their entries as they are stored.
async fn states(tx: &mut Tx, known: &Known) -> Result<HashMap<Id, (ItemState, String)>> {
    let ids: Vec<Id> = known.items.keys().copied().collect();
    let mut states = HashMap::new();
    for ids in ids.chunks(ROWS) {
        let sql = format!("SELECT id, state, entry FROM items WHERE state = 'seen' AND id IN ({})", list(1, ids.len()));
        for row in tx.rows(sql, ids.iter().copied().map(Value::from).collect()).await? {
            states.insert(row.id("id")?, (row.word("state")?, row.text("entry")?));
        }
    }
    Ok(states)
}

/// Takes over what the feed says now of an item that nobody has begun to prepare.
async fn refresh(tx: &mut Tx, id: Id, entry: &Entry, stored: &mut String) -> Result<()> {
    let text = json(entry);
    if text == *stored {
        return Ok(());
    }
    let sql = "UPDATE items SET entry = $2, title = $3, link = $4, published = $5 WHERE id = $1 AND state = 'seen'";
    tx.run(sql, args![id, &text, &entry.title, &entry.link, entry.published]).await?;
    *stored = text;
    Ok(())
}

const COLUMNS: &str =
    "id, feed, state, own_guid, key_guid, key_link, key_text, title, link, published, first_seen, entry, decision, due, run";
const WIDTH: usize = 15;

fn row(id: Id, feed: Id, new: &NewEntry, link_proves: bool, run: Option<Id>, now: Timestamp) -> Vec<Value> {
    let (state, decision) = match &new.take {
        Take::Post => ("seen", Decision::default()),
        Take::Skip(because) => ("skipped", Decision { because: Some(because.clone()), ..Decision::default() }),
    };
    let link = new.keys.link.filter(|_| link_proves);
    // The delivery's key is made of the first rung that proves something.
    let text = (new.keys.guid.is_none() && link.is_none()).then_some(new.text);
    let entry = &new.entry;
    args![
        id,
        feed,
        state,
        new.scoped.guid,
        new.keys.guid,
        link,
        text,
        &entry.title,
        &entry.link,
        entry.published,
        now,
        json(entry),
        json(&decision),
        now,
        run
    ]
}

async fn insert_items(tx: &mut Tx, items: Vec<Vec<Value>>) -> Result<()> {
    for rows in items.chunks(ROWS) {
        let sql = format!("INSERT INTO items ({COLUMNS}) VALUES {}", tuples(rows.len(), WIDTH));
        tx.run(sql, rows.concat()).await?;
    }
    Ok(())
}

async fn insert_keys(tx: &mut Tx, keys: HashMap<i64, Id>) -> Result<()> {
    let mut keys: Vec<(i64, Id)> = keys.into_iter().collect();
    keys.sort_unstable();
    for rows in keys.chunks(ROWS) {
        let sql = format!("INSERT INTO feed_keys (hash, item) VALUES {}", tuples(rows.len(), 2));
        tx.run(sql, rows.iter().flat_map(|(hash, item)| args![*hash, *item]).collect()).await?;
    }
    Ok(())
}

/// Remembers of links that several entries share them.
async fn share(tx: &mut Tx, links: &[i64]) -> Result<()> {
    let links: HashSet<i64> = links.iter().copied().collect();
    let sql = format!(
        "INSERT INTO feed_keys (hash, item) VALUES {} ON CONFLICT (hash) DO UPDATE SET item = excluded.item",
        tuples(links.len(), 2)
    );
    tx.run(sql, links.into_iter().flat_map(|hash| args![hash, SHARED]).collect()).await?;
    Ok(())
}

/// Keeps the times of the feed's newest entries: how often it has something new.
async fn note_rhythm(tx: &mut Tx, feed: Id, mut times: Vec<Timestamp>, now: Timestamp) -> Result<()> {
    if let Some(row) = tx.row("SELECT rhythm FROM feeds WHERE id = $1", args![feed]).await? {
        times.extend(row.json::<Vec<Timestamp>>("rhythm")?);
    }
    times.sort_unstable_by(|a, b| b.cmp(a));
    times.truncate(RHYTHM);
    tx.run("UPDATE feeds SET rhythm = $2, changed = $3 WHERE id = $1", args![feed, json(&times), now]).await?;
    Ok(())
}
