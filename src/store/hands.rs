//! The arrows of a delivery's life that a person takes: each a guarded update from the states where it starts.

use super::Store;
use super::db::{Tx, Value, args, json};
use super::deliveries::decision;
use super::error::{Error, Result};
use crate::domain::{Draft, Id, Timestamp};

impl Store {
    /// `approve`: held → ready, with the person's edits.
    pub async fn approve(&self, delivery: Id, edits: Option<&Draft>, now: Timestamp) -> Result<()> {
        let change = "state = 'ready', hold_kind = NULL, hold_because = NULL, due = $2, draft = COALESCE($3, draft)";
        self.by_hand("approve", delivery, change, "state = 'held'", "approved", args![now, edits.map(json)]).await
    }

    /// `reject`: held → skipped.
    pub async fn reject(&self, delivery: Id, because: &str) -> Result<()> {
        let change = "state = 'skipped', hold_kind = NULL, hold_because = NULL, decision = $2";
        self.by_hand("reject", delivery, change, "state = 'held'", "rejected", args![decision(because)]).await
    }

    /// `release`: held → ready, as it is.
    pub async fn release(&self, delivery: Id, now: Timestamp) -> Result<()> {
        let change = "state = 'ready', hold_kind = NULL, hold_because = NULL, due = $2";
        self.by_hand("release", delivery, change, "state = 'held'", "released", args![now]).await
    }

    /// `retry`: failed → ready, same draft; a ready one is due now, and leaves the contest or the slot that it waits for. What is in doubt stays due when its doubt ends.
    pub async fn retry_delivery(&self, delivery: Id, now: Timestamp) -> Result<()> {
        let change = "state = 'ready', attempts = 0, contest = NULL, contest_until = NULL, slot = $2, slot_because = $3,
                      due = CASE WHEN doubt_until > $2 THEN doubt_until ELSE $2 END";
        self.by_hand("retry_delivery", delivery, change, "state IN ('failed', 'ready')", "tried again", args![now, super::slots::BY_HAND])
            .await
    }

    /// `skip`: ready, held or failed → skipped. Not what is in doubt, and not what has a post: that is `withdraw`.
    pub async fn skip_delivery(&self, delivery: Id, because: &str) -> Result<()> {
        let change = "state = 'skipped', hold_kind = NULL, hold_because = NULL, decision = $2";
        let from = "state IN ('ready', 'held', 'failed') AND doubt_until IS NULL AND post IS NULL";
        self.by_hand("skip_delivery", delivery, change, from, "skipped", args![decision(because)]).await
    }

    /// `withdraw(because)`: published → withdrawn. Also what has a post that is not finished, and is in nobody's hand.
    pub async fn withdraw_published(&self, delivery: Id, because: &str) -> Result<()> {
        let change = "state = 'withdrawn', recheck = NULL, decision = $2";
        let from = "(state = 'published' OR (state IN ('ready', 'failed') AND post IS NOT NULL AND doubt_until IS NULL))";
        self.by_hand("withdraw_published", delivery, change, from, "withdrawn", args![decision(because)]).await
    }

    async fn by_hand(&self, name: &'static str, id: Id, change: &str, from: &str, arrow: &'static str, more: Vec<Value>) -> Result<()> {
        let mut args = args![id];
        args.extend(more);
        let mut tx = self.db.begin(name).await?;
        if tx.run(format!("UPDATE deliveries SET {change} WHERE id = $1 AND {from}"), args).await? == 0 {
            return Err(why_not(&mut tx, id, arrow).await);
        }
        tx.commit().await
    }
}

async fn why_not(tx: &mut Tx, id: Id, arrow: &'static str) -> Error {
    match tx.row("SELECT state FROM deliveries WHERE id = $1", args![id]).await {
        Ok(Some(row)) => match row.text("state") {
            Ok(state) => Error::WrongState { what: "delivery", id, state, arrow },
            Err(error) => error,
        },
        Ok(None) => Error::Unknown { what: "delivery", name: id.to_string() },
        Err(error) => error,
    }
}
