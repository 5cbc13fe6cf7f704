//! When deliveries go out: the moments that a site's writer has given them.
//!
//! | arrow | what is written | if the process dies after it |
//! |---|---|---|
//! | [`Store::give_slots`] | ready → ready, with a slot and its reason; due then, or now where WordPress shall wait for it | it goes out then; the slot counts for whatever is given one later |
//! | [`Store::follow_schedule`] | what waits for a slot of another schedule is due now, without one | it is given another |
//!
//! A slot is given before anything of the delivery is sent, so caps and spacing are counted from here and hold over restarts and
//! kills. What a person wanted at once has a slot, too, so that it counts.

use super::db::args;
use super::error::Result;
use super::{Lease, Store, sites};
use crate::domain::{Draft, Id, Phase, Planned, Timestamp};

/// Why a delivery has its slot where a person wanted it at once: no schedule moves it.
pub(super) const BY_HAND: &str = "a person wanted it at once";

/// A delivery that wants a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Unplaced {
    pub id: Id,
    /// The feed of its (first) item.
    pub feed: Id,
    pub draft: Option<Draft>,
    /// The slot that it had and that is past.
    pub missed: Option<Timestamp>,
    /// Something of it may be on the site already.
    pub is_begun: bool,
    /// It is a digest, which goes out when its window ends.
    pub is_digest: bool,
}

/// A delivery that has a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    pub at: Timestamp,
    pub feed: Id,
    pub draft: Option<Draft>,
}

/// A moment for a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    pub delivery: Id,
    pub planned: Planned,
    /// When it is sent: then, or before it where WordPress waits for the moment.
    pub due: Timestamp,
}

/// `$1` site, `$2` now, `$3` what was to go out before this is late, `$4` how many. What may be public already (its finish was begun)
/// goes on whatever the schedule says.
pub(super) const UNPLACED: &str = "SELECT deliveries.id, items.feed, deliveries.draft, deliveries.slot, deliveries.phase, deliveries.doubt_ever,
            CAST(CASE WHEN EXISTS (SELECT 1 FROM digest_items WHERE digest_items.delivery = deliveries.id) THEN 1 ELSE 0 END AS BIGINT) AS is_digest
     FROM deliveries JOIN items ON items.id = deliveries.item
     WHERE deliveries.site = $1 AND deliveries.state = 'ready' AND deliveries.due <= $2
       AND (deliveries.contest IS NULL OR deliveries.contest_rank IS NOT NULL)
       AND (deliveries.slot IS NULL OR (deliveries.slot < $3 AND deliveries.slot_because <> 'a person wanted it at once'))
       AND (deliveries.phase = 'unmade' OR deliveries.doubt_ever = 0)
     ORDER BY deliveries.due, deliveries.id LIMIT $4";

/// What of a delivery is read: drafts are long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    Moments,
    Drafts,
}

/// `$1` site, `$2` from when on. What was made and then withdrawn went out once.
pub(super) const PLACED: &str = "SELECT deliveries.id, deliveries.slot, items.feed, deliveries.draft
     FROM deliveries JOIN items ON items.id = deliveries.item
     WHERE deliveries.site = $1 AND deliveries.slot >= $2
       AND (deliveries.state IN ('ready', 'publishing', 'published') OR (deliveries.state = 'withdrawn' AND deliveries.published_at IS NOT NULL))";

impl Store {
    /// What is due on a site and has no slot, or has missed it (`late`: one before this is missed), in the order in which it became due.
    pub async fn unplaced(&self, site: Id, now: Timestamp, late: Timestamp, limit: u32) -> Result<Vec<Unplaced>> {
        let read = |row: &super::db::Row| {
            Ok(Unplaced {
                id: row.id("id")?,
                feed: row.id("feed")?,
                draft: row.json_or_null("draft")?,
                missed: row.time_or_null("slot")?,
                is_begun: row.word::<Phase>("phase")? != Phase::Unmade || row.flag("doubt_ever")?,
                is_digest: row.flag("is_digest")?,
            })
        };
        self.db.rows(UNPLACED, args![site, now, late, limit]).await?.iter().map(read).collect()
    }

    /// What goes out on a site, or went, since a moment; but not these deliveries.
    pub async fn placed(&self, site: Id, since: Timestamp, but: &[Id], read: Read) -> Result<Vec<Placed>> {
        let sql = match read {
            Read::Drafts => PLACED.to_owned(),
            Read::Moments => PLACED.replace("deliveries.draft", "CAST(NULL AS TEXT) AS draft"),
        };
        let mut placed = Vec::new();
        for row in self.db.rows(sql, args![site, since]).await? {
            if !but.contains(&row.id("id")?) {
                placed.push(Placed { at: row.time("slot")?, feed: row.id("feed")?, draft: row.json_or_null("draft")? });
            }
        }
        Ok(placed)
    }

    /// Gives deliveries their moments. One that is not ready any more is left as it is.
    ///
    /// # Errors
    /// [`super::Error::StaleLease`] with the site's id: we are not its writer, and nothing was given.
    pub async fn give_slots(&self, site: &Lease, given: &[Given]) -> Result<()> {
        let mut tx = self.db.begin("give_slots").await?;
        sites::hold(&mut tx, site).await?;
        let sql = "UPDATE deliveries SET slot = $3, slot_because = $4, due = CASE WHEN doubt_until > $5 THEN doubt_until ELSE $5 END
                   WHERE id = $1 AND site = $2 AND state = 'ready'";
        for Given { delivery, planned, due } in given {
            tx.run(sql, args![*delivery, site.row, planned.at, &planned.because, *due]).await?;
        }
        tx.commit().await
    }

    /// The schedules of a site's posts are these (a text that tells them apart) from now on: whatever waits for a slot of others is
    /// due now, so that it is given another. What may be on the site already keeps its own. Whether they changed.
    pub async fn follow_schedule(&self, site: Id, schedule: &str, now: Timestamp) -> Result<bool> {
        let is_same = "SELECT id FROM sites WHERE id = $1 AND schedule = $2";
        if self.db.row(is_same, args![site, schedule]).await?.is_some() {
            return Ok(false);
        }
        let mut tx = self.db.begin("follow_schedule").await?;
        tx.run("UPDATE sites SET schedule = $2 WHERE id = $1", args![site, schedule]).await?;
        let sql = "UPDATE deliveries SET slot = NULL, slot_because = NULL, due = $2
                   WHERE site = $1 AND state = 'ready' AND slot > $2 AND phase = 'unmade' AND doubt_until IS NULL";
        tx.run(sql, args![site, now]).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Whether the schedules of a site's posts are these still: another configuration may have been put in force.
    pub async fn is_scheduled_by(&self, site: Id, schedule: &str) -> Result<bool> {
        let row = self.db.row("SELECT id FROM sites WHERE id = $1 AND COALESCE(schedule, '') = $2", args![site, schedule]).await?;
        Ok(row.is_some())
    }

    /// When something is due on a site that does not wait for its slot alone.
    pub async fn next_unscheduled(&self, site: Id) -> Result<Option<Timestamp>> {
        let sql = "SELECT MIN(due) AS at FROM deliveries WHERE site = $1 AND state = 'ready' AND (slot IS NULL OR due <> slot)";
        self.db.row(sql, args![site]).await?.map_or(Ok(None), |row| row.time_or_null("at"))
    }

    /// The next moment that something on a site waits for.
    pub async fn next_slot(&self, site: Id, now: Timestamp) -> Result<Option<Timestamp>> {
        let sql = "SELECT MIN(slot) AS at FROM deliveries WHERE site = $1 AND state = 'ready' AND slot > $2 AND due = slot";
        self.db.row(sql, args![site, now]).await?.map_or(Ok(None), |row| row.time_or_null("at"))
    }

    /// What waits for its slot on each site: how many, the first moment, the last.
    pub async fn slots_waiting(&self, now: Timestamp) -> Result<Vec<(Id, u64, Timestamp, Timestamp)>> {
        let sql = "SELECT site, COUNT(*) AS n, MIN(slot) AS first, MAX(slot) AS last FROM deliveries
                   WHERE state = 'ready' AND slot > $1 GROUP BY site ORDER BY site";
        let read =
            |row: &super::db::Row| Ok((row.id("site")?, u64::try_from(row.int("n")?).unwrap_or(0), row.time("first")?, row.time("last")?));
        self.db.rows(sql, args![now]).await?.iter().map(read).collect()
    }
}
