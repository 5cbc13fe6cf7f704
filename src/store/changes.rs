//! Entries that tell something else than what their posts were made of.
//!
//! | arrow | what is written | if the process dies after it |
//! |---|---|---|
//! | [`note`] (inside `remember`) | what the feed told last, and the entry as it tells it now | the row waits |
//! | [`Store::claim_change`] | a token and its end | it runs out; somebody else looks into it |
//! | [`Store::end_change`] | the item's entry and steps, what posts shall become, drafts that weren't sent, what waits for digests, what a person should see | nothing: it is done |
//! | [`Store::drop_change`], [`Store::change_at`] | the row is gone; it is due later | nothing |
//!
//! A newer telling that comes while one is looked into takes the lease away: what was found out about the older one is dropped.

use std::time::Duration;

use foldhash::HashMap;

use super::db::{Row, Tx, Value, args, json, list};
use super::error::Result;
use super::ladder::lead;
use super::wanted::{self, NewWanted};
use super::{Lease, Store, lease, reviews};
use crate::domain::{Decision, Delivery, Draft, Entry, Hold, Id, Steps, Timestamp};

/// Ids in one question.
const IDS: usize = 200;

/// An item whose entry changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub item: Id,
    /// As the feed tells it now.
    pub entry: Entry,
    pub since: Timestamp,
    pub attempts: u32,
}

/// What came of a change, for the store.
#[derive(Debug, Clone, Default)]
pub struct Followed {
    /// Posts that shall be changed.
    pub wanted: Vec<NewWanted>,
    /// Drafts of which nothing was ever sent, with what they become.
    pub redrafted: Vec<(Delivery, Draft, Decision, Option<Hold>)>,
    /// What digests show of it that it waits for.
    pub rejoined: Vec<Rejoined>,
    /// What a person should see: the delivery and the words.
    pub reviews: Vec<(Id, String)>,
}

/// What a digest shows of an entry from now on, if that still waits for it.
#[derive(Debug, Clone)]
pub struct Rejoined {
    pub site: Id,
    /// The digest's `name`.
    pub digest: String,
    /// See [`super::Join`].
    pub entry: String,
    /// Makes one of what was stored and what is told now.
    pub keep: fn(&str, &str) -> String,
}

/// Entries of documents as they are known: those that tell something new of a decided item are kept until they were looked into.
pub(super) async fn note(tx: &mut Tx, told: &HashMap<Id, (i64, &Entry)>, now: Timestamp) -> Result<()> {
    let mut ids: Vec<Id> = told.keys().copied().collect();
    ids.sort_unstable();
    for ids in ids.chunks(IDS) {
        let sql = format!(
            "SELECT id, told, state, CASE WHEN told IS NULL THEN entry END AS entry FROM items WHERE id IN ({})",
            list(1, ids.len())
        );
        for row in tx.rows(sql, ids.iter().copied().map(Value::from).collect()).await? {
            let id = row.id("id")?;
            let Some((hash, entry)) = told.get(&id) else { continue };
            let was = match row.int_or_null("told")? {
                Some(told) => Some(told),
                None => row.json_or_null::<Entry>("entry")?.map(|entry| entry.telling()),
            };
            if row.int_or_null("told")? == Some(*hash) {
                continue;
            }
            tx.run("UPDATE items SET told = $2 WHERE id = $1", args![id, *hash]).await?;
            // what waits takes over the feed's words by itself; of what was forgotten nobody knows what it was
            let is_followed = matches!(row.text("state")?.as_str(), "decided" | "preparing");
            if !is_followed || was.is_none() || was == Some(*hash) {
                continue;
            }
            let sql = "INSERT INTO changes (item, entry, since, due) SELECT id, $2, $3, $3 FROM items WHERE id = $1 AND entry IS NOT NULL
                       ON CONFLICT (item) DO UPDATE SET entry = excluded.entry, due = excluded.due, attempts = 0, error = NULL,
                              lease_token = NULL, lease_until = NULL, lease_owner = NULL";
            tx.run(sql, args![id, json(*entry), now]).await?;
        }
    }
    Ok(())
}

/// What a feed told while it was held is looked into again as soon as it goes on.
pub(super) async fn are_due(tx: &mut Tx, feed: &str) -> Result<()> {
    let sql = "UPDATE changes SET due = since WHERE item IN (
                   SELECT changes.item FROM changes JOIN items ON items.id = changes.item JOIN feeds ON feeds.id = items.feed WHERE feeds.name = $1)";
    tx.run(sql, args![feed]).await.map(drop)
}

impl Store {
    /// The next change that is due, for `span`.
    pub async fn claim_change(&self, owner: Id, now: Timestamp, span: Duration) -> Result<Option<(Change, Lease)>> {
        let (token, until) = (Lease::token(now), now.plus(span));
        let sql = "UPDATE changes SET lease_token = $2, lease_until = $3, lease_owner = $4 WHERE item = (
                       SELECT item FROM changes WHERE due <= $1 AND (lease_until IS NULL OR lease_until <= $1) ORDER BY due, item LIMIT 1)
                   AND (lease_until IS NULL OR lease_until <= $1) RETURNING *";
        let mut tx = self.db.begin("claim_change").await?;
        let row = tx.row(sql, args![now, token, until, owner]).await?;
        tx.commit().await?;
        row.map(|row| Ok((read(&row)?, Lease::new(row.id("item")?, token, until)))).transpose()
    }

    /// All that wait, for a run that changes nothing: the oldest first.
    pub async fn changes(&self, limit: u32) -> Result<Vec<Change>> {
        let rows = self.db.rows("SELECT * FROM changes ORDER BY due, item LIMIT $1", args![limit]).await?;
        let mut found = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
        if let Some(base) = &self.base {
            let below = Box::pin(base.changes(limit)).await?;
            found.extend(below.into_iter().filter(|below| !rows.iter().any(|row| row.id("item").is_ok_and(|item| item == below.item))));
        }
        Ok(found)
    }

    /// When a change is due next.
    pub async fn next_change(&self) -> Result<Option<Timestamp>> {
        let sql = "SELECT MIN(CASE WHEN lease_until > due THEN lease_until ELSE due END) AS at FROM changes";
        self.db.row(sql, args![]).await?.map_or(Ok(None), |row| row.time_or_null("at"))
    }

    /// It was looked into: the item is what its feed tells now, and what follows from that is stored.
    ///
    /// # Errors
    /// [`super::Error::StaleLease`] where a newer telling came in between, and then nothing was changed.
    pub async fn end_change(&self, lease: Lease, entry: &Entry, steps: &Steps, followed: &Followed, now: Timestamp) -> Result<()> {
        let mut tx = self.db.begin("end_change").await?;
        let ended = tx.run("DELETE FROM changes WHERE item = $1 AND lease_token = $2", args![lease.row, lease.token]).await?;
        lease::proves(&lease, ended)?;
        let sql = "UPDATE items SET entry = $2, steps = $3, title = $4, lead = $5 WHERE id = $1 AND state = 'decided'";
        tx.run(sql, args![lease.row, json(entry), json(steps), &entry.title, lead(&entry.title)]).await?;
        for wanted in &followed.wanted {
            wanted::put(&mut tx, wanted, now).await?;
        }
        for (was, draft, decision, hold) in &followed.redrafted {
            // one that went on in the meantime is out as it was, and the next telling changes it
            super::updates::redraft(&mut tx, was, draft, decision, hold.as_ref()).await?;
        }
        for told in &followed.rejoined {
            super::digests::rejoin(&mut tx, lease.row, told).await?;
        }
        for (delivery, text) in &followed.reviews {
            reviews::open(&mut tx, *delivery, "skipped", text, None, now).await?;
        }
        tx.commit().await
    }

    /// It says nothing new, or nobody follows it.
    pub async fn drop_change(&self, lease: Lease) -> Result<()> {
        let mut tx = self.db.begin("drop_change").await?;
        tx.run("DELETE FROM changes WHERE item = $1 AND lease_token = $2", args![lease.row, lease.token]).await?;
        tx.commit().await
    }

    /// The item isn't prepared yet: it is, from the start, with what its feed tells now.
    pub async fn change_unprepared(&self, lease: Lease, entry: &Entry) -> Result<()> {
        let mut tx = self.db.begin("change_unprepared").await?;
        let sql = "UPDATE items SET entry = $2, title = $3, lead = $4 WHERE id = $1 AND state = 'seen'";
        tx.run(sql, args![lease.row, json(entry), &entry.title, lead(&entry.title)]).await?;
        tx.run("DELETE FROM changes WHERE item = $1 AND lease_token = $2", args![lease.row, lease.token]).await?;
        tx.commit().await
    }

    /// It can't be looked into now: again at `due`. `counts`: it is one of the tries that it has.
    pub async fn change_at(&self, lease: Lease, due: Timestamp, error: &str, counts: bool) -> Result<()> {
        let mut tx = self.db.begin("change_at").await?;
        let sql =
            "UPDATE changes SET due = $3, error = $4, attempts = attempts + $5, lease_token = NULL, lease_until = NULL, lease_owner = NULL
                   WHERE item = $1 AND lease_token = $2";
        tx.run(sql, args![lease.row, lease.token, due, error, i64::from(counts)]).await?;
        tx.commit().await
    }
}

fn read(row: &Row) -> Result<Change> {
    Ok(Change { item: row.id("item")?, entry: row.json("entry")?, since: row.time("since")?, attempts: row.count("attempts")? })
}
