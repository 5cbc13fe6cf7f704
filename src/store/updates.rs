//! Changes of posts that are out, and of drafts that are not.
//!
//! | arrow | what is written | if the process dies after it |
//! |---|---|---|
//! | [`Store::replace_draft`] | another draft for what was never sent | nothing: it is done |
//! | [`Store::begin_update`] | the intent, until when no look proves anything, an attempt | the intent is found by [`Store::updates`], and a look after its time decides |
//! | [`Store::end_update`] | the draft that is out, what WordPress returned of it | nothing: it is done |
//! | [`Store::drop_update`] | the intent is gone, the attempt has its answer | nothing: the post is as it was, or a person's |

use std::collections::HashMap;

use super::attempts::{self, Answer};
use super::db::{Tx, args, json, list};
use super::error::{Error, Result};
use super::{Lease, PostFacts, Store, sites};
use crate::domain::{Decision, Delivery, Draft, Hold, Id, Timestamp};

/// A change that was announced and whose outcome is not stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    pub draft: Draft,
    /// No look proves anything before this.
    pub until: Timestamp,
    attempt: Id,
}

impl Store {
    /// Another draft for a delivery of which nothing was ever sent. `hold`: from now on it waits for a person.
    ///
    /// # Errors
    /// [`Error::WrongState`] where it is on its way, out, or its draft is no longer `was`.
    pub async fn replace_draft(&self, was: &Delivery, draft: &Draft, decision: &Decision, hold: Option<&Hold>) -> Result<()> {
        let mut tx = self.db.begin("replace_draft").await?;
        if !redraft(&mut tx, was, draft, decision, hold).await? {
            return Err(Error::WrongState { what: "delivery", id: was.id, state: "changed".to_owned(), arrow: "rendered again" });
        }
        tx.commit().await
    }

    /// Before a published post is changed: what it shall become, and until when an unclear answer proves nothing.
    ///
    /// # Errors
    /// [`Error::StaleLease`]: we are not the site's writer. [`Error::WrongState`] where it isn't published any more, or isn't what
    /// it was.
    pub async fn begin_update(&self, site: &Lease, was: &Delivery, draft: &Draft, until: Timestamp, now: Timestamp) -> Result<()> {
        let mut tx = self.db.begin("begin_update").await?;
        sites::hold(&mut tx, site).await?;
        let sql = "UPDATE deliveries SET error = NULL WHERE id = $1 AND state = 'published'
                   AND COALESCE(returned_hash, '') = $2 AND COALESCE(modified_gmt, '') = $3";
        let (hash, modified) = (was.returned_hash.as_deref().unwrap_or_default(), was.modified_gmt.as_deref().unwrap_or_default());
        if tx.run(sql, args![was.id, hash, modified]).await? == 0 {
            return Err(Error::WrongState { what: "delivery", id: was.id, state: "changed".to_owned(), arrow: "changed" });
        }
        let sent = format!("{} (another draft)", was.slug);
        let attempt = attempts::start(&mut tx, was.id, "update", Some(&sent), now).await?;
        let sql = "INSERT INTO updates (delivery, draft, until, attempt) VALUES ($1, $2, $3, $4)
                   ON CONFLICT (delivery) DO UPDATE SET draft = excluded.draft, until = excluded.until, attempt = excluded.attempt";
        tx.run(sql, args![was.id, json(draft), until, attempt]).await?;
        tx.commit().await
    }

    /// The changes of these deliveries whose outcome is not stored.
    pub async fn updates(&self, deliveries: &[Id]) -> Result<HashMap<Id, Update>> {
        let mut found = HashMap::new();
        for ids in deliveries.chunks(200) {
            let sql = format!("SELECT * FROM updates WHERE delivery IN ({})", list(1, ids.len()));
            for row in self.db.rows(sql, ids.iter().copied().map(super::db::Value::from).collect()).await? {
                let update = Update { draft: row.json("draft")?, until: row.time("until")?, attempt: row.id("attempt")? };
                found.insert(row.id("delivery")?, update);
            }
        }
        Ok(found)
    }

    /// How much of what was announced was done is known: `sent` and what WordPress returned are the delivery's from now on.
    ///
    /// # Errors
    /// [`Error::Unknown`] where nothing was announced.
    pub async fn end_update(
        &self,
        delivery: Id,
        sent: &Draft,
        facts: &PostFacts,
        decision: &Decision,
        answer: &Answer,
        now: Timestamp,
    ) -> Result<()> {
        let announced = self.updates(&[delivery]).await?.remove(&delivery);
        let update = announced.ok_or_else(|| Error::Unknown { what: "update", name: delivery.to_string() })?;
        let mut tx = self.db.begin("end_update").await?;
        let sql = "UPDATE deliveries SET draft = $2, decision = $3, returned_hash = $4, modified_gmt = $5, returned = $6
                   WHERE id = $1 AND state = 'published'";
        let returned = facts.returned.as_ref().map(json);
        tx.run(sql, args![delivery, json(sent), json(decision), &facts.returned_hash, &facts.modified_gmt, returned]).await?;
        tx.run("DELETE FROM updates WHERE delivery = $1", args![delivery]).await?;
        attempts::end(&mut tx, Some(update.attempt), answer, now).await?;
        tx.commit().await
    }

    /// Nothing of it was done, or a person was first: the intent is over.
    pub async fn drop_update(&self, delivery: Id, answer: &Answer, now: Timestamp) -> Result<()> {
        let Some(update) = self.updates(&[delivery]).await?.remove(&delivery) else { return Ok(()) };
        let mut tx = self.db.begin("drop_update").await?;
        tx.run("DELETE FROM updates WHERE delivery = $1", args![delivery]).await?;
        attempts::end(&mut tx, Some(update.attempt), answer, now).await?;
        tx.commit().await
    }
}

/// Another draft for a delivery of which nothing was ever sent. Whether it is still what it was; if not, nothing was changed.
pub(super) async fn redraft(tx: &mut Tx, was: &Delivery, draft: &Draft, decision: &Decision, hold: Option<&Hold>) -> Result<bool> {
    const UNSENT: &str = "id = $1 AND state IN ('ready', 'held', 'failed') AND phase = 'unmade' AND doubt_until IS NULL AND doubt_ever = 0";
    // writes first, so that nobody else changes it until we are done
    if tx.run(format!("UPDATE deliveries SET attempts = deliveries.attempts WHERE {UNSENT}"), args![was.id]).await? == 0 {
        return Ok(false);
    }
    let Some(row) = tx.row("SELECT draft FROM deliveries WHERE id = $1", args![was.id]).await? else { return Ok(false) };
    if row.json_or_null::<Draft>("draft")? != was.draft {
        return Ok(false);
    }
    let score = decision.score.as_ref().map_or(0, |score| i64::from(score.sum));
    let sql = "UPDATE deliveries SET draft = $2, decision = $3, score = CASE WHEN contest IS NULL THEN score ELSE $4 END WHERE id = $1";
    tx.run(sql, args![was.id, json(draft), json(decision), score]).await?;
    if let Some(hold) = hold {
        let sql = "UPDATE deliveries SET state = 'held', hold_kind = $2, hold_because = $3, contest = NULL, contest_until = NULL
                   WHERE id = $1 AND state = 'ready'";
        tx.run(sql, args![was.id, super::db::word(&hold.kind), &hold.because]).await?;
    }
    Ok(true)
}
