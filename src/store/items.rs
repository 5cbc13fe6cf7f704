//! The arrows of an item's life, but for `remember` (in `polls`) and `decide` (beside this).

use std::time::Duration;

use super::db::{Tx, args, json};
use super::error::{Error, Result, is_contention};
use super::{Lease, Store, feeds, lease, rows};
use crate::domain::{Decision, Id, Item, Steps, Timestamp};

/// Nobody paused everything, nor the item's feed.
const NOT_PAUSED: &str =
    "NOT EXISTS (SELECT 1 FROM pauses WHERE pauses.scope = 'all' OR (pauses.scope = 'feed' AND pauses.target = items.feed))";

/// Its feed stands in the configuration that is in force on the store: what a former one left waits until it comes back. And it
/// isn't held: what came after it began to look like another's waits for a person.
pub(super) const CONFIGURED: &str =
    "EXISTS (SELECT 1 FROM feeds WHERE feeds.id = items.feed AND feeds.configured = 1 AND feeds.held_since IS NULL)";

/// `$1` now, `$2` how many, `$3` token, `$4` until, `$5` owner. Items of the feeds in `except` are left.
pub(super) fn claim_sql(except: &[Id]) -> String {
    let except = feeds::none_of("items.feed", except);
    format!(
        "WITH due AS (SELECT id FROM items WHERE state = 'seen' AND due <= $1 AND {CONFIGURED} AND {NOT_PAUSED} {except}
                      ORDER BY due, id LIMIT $2)
         UPDATE items SET state = 'preparing', lease_token = $3, lease_until = $4, lease_owner = $5
         WHERE id IN (SELECT id FROM due) AND state = 'seen' AND due <= $1 RETURNING *"
    )
}

/// Items whose worker died or slept past its lease: preparing → seen, due as they were. `$1` is now.
pub(super) const RECLAIM: &str =
    "UPDATE items SET state = 'seen', lease_token = NULL, lease_until = NULL, lease_owner = NULL, attempts = attempts + 1
     WHERE state = 'preparing' AND lease_until <= $1";

impl Store {
    /// `claim`: seen → preparing. Up to `limit` items that are due, for `span`; those whose lease ran out come back first.
    pub async fn claim_items(&self, owner: Id, now: Timestamp, limit: u32, span: Duration) -> Result<Vec<(Item, Lease)>> {
        self.claim_items_but(&[], owner, now, limit, span).await
    }

    /// The same, without the items of some feeds: those that the claimer doesn't know.
    pub async fn claim_items_but(
        &self,
        except: &[Id],
        owner: Id,
        now: Timestamp,
        limit: u32,
        span: Duration,
    ) -> Result<Vec<(Item, Lease)>> {
        for tries in 1..=lease::TRIES {
            match self.claim_items_once(except, owner, now, limit, span).await {
                Err(Error::Database(error)) if is_contention(&error) => lease::pause(tries).await,
                other => return other,
            }
        }
        Err(Error::Contended("claim_items"))
    }

    async fn claim_items_once(&self, except: &[Id], owner: Id, now: Timestamp, limit: u32, span: Duration) -> Result<Vec<(Item, Lease)>> {
        let (token, until) = (Lease::token(now), now.plus(span));
        let mut tx = self.db.begin("claim_items").await?;
        tx.run(RECLAIM, args![now]).await?;
        let claimed = tx.rows(claim_sql(except), args![now, limit, token, until, owner]).await?;
        tx.commit().await?;
        rows::claimed(&claimed, token, until, rows::item, |item| (item.due, item.id))
    }

    /// Makes a lease longer: until `until`.
    pub async fn extend_item(&self, lease: &mut Lease, until: Timestamp) -> Result<()> {
        let mut tx = self.db.begin("extend_item").await?;
        let sql = "UPDATE items SET lease_until = $3 WHERE id = $1 AND lease_token = $2 AND state = 'preparing'";
        let changed = tx.run(sql, args![lease.row, lease.token, until]).await?;
        lease::proves(lease, changed)?;
        tx.commit().await?;
        lease.until = until;
        Ok(())
    }

    /// Stores what the steps of preparing have brought so far.
    pub async fn store_steps(&self, lease: &Lease, steps: &Steps) -> Result<()> {
        let mut tx = self.db.begin("store_steps").await?;
        let sql = "UPDATE items SET steps = $3 WHERE id = $1 AND lease_token = $2 AND state = 'preparing'";
        let changed = tx.run(sql, args![lease.row, lease.token, json(steps)]).await?;
        lease::proves(lease, changed)?;
        tx.commit().await
    }

    /// `skip(because)`: preparing → skipped, on every site.
    pub async fn skip(&self, lease: Lease, decision: &Decision) -> Result<()> {
        let ends = "state = 'skipped', decision = $3, error = NULL";
        self.end_preparing("skip", &lease, ends, args![json(decision)]).await
    }

    /// `retry_at(due, error)`: preparing → seen; one more failed try.
    pub async fn retry_item_at(&self, lease: Lease, due: Timestamp, error: &str) -> Result<()> {
        let ends = "state = 'seen', due = $3, error = $4, attempts = attempts + 1";
        self.end_preparing("retry_item_at", &lease, ends, args![due, error]).await
    }

    /// Gives an item back as it was, for a stop that is no failure: preparing → seen.
    pub async fn release_item(&self, lease: Lease) -> Result<()> {
        self.end_preparing("release_item", &lease, "state = 'seen'", args![]).await
    }

    async fn end_preparing(&self, name: &'static str, lease: &Lease, ends: &str, more: Vec<super::db::Value>) -> Result<()> {
        let mut tx = self.db.begin(name).await?;
        let sql = format!(
            "UPDATE items SET lease_token = NULL, lease_until = NULL, lease_owner = NULL, {ends}
             WHERE id = $1 AND lease_token = $2 AND state = 'preparing'"
        );
        let mut args = args![lease.row, lease.token];
        args.extend(more);
        let changed = tx.run(sql, args).await?;
        lease::proves(lease, changed)?;
        tx.commit().await
    }

    /// A person's wish: a seen item is due now; a skipped one, or one whose deliveries went nowhere, is prepared again
    /// (`revive`), in the next generation if it was posted.
    ///
    /// # Errors
    /// [`Error::Unknown`]; [`Error::WrongState`] where it is being prepared, or its posts are on their way or out;
    /// [`Error::Forgotten`] where its text is gone.
    pub async fn revive_item(&self, id: Id, now: Timestamp) -> Result<()> {
        let mut tx = self.db.begin("revive_item").await?;
        let posted = "EXISTS (SELECT 1 FROM deliveries WHERE deliveries.item = items.id AND deliveries.state = 'withdrawn')";
        let sql = format!(
            "UPDATE items SET state = 'seen', due = $2, attempts = 0, error = NULL,
                    generation = generation + CASE WHEN {posted} THEN 1 ELSE 0 END
             WHERE id = $1 AND entry IS NOT NULL AND (state IN ('seen', 'skipped') OR (state = 'decided' AND
                   (EXISTS (SELECT 1 FROM deliveries WHERE deliveries.item = items.id AND deliveries.state IN ('skipped', 'withdrawn'))
                    OR NOT EXISTS (SELECT 1 FROM delivery_items WHERE delivery_items.item = items.id))))"
        );
        if tx.run(sql, args![id, now]).await? == 0 {
            return Err(why_not(&mut tx, id, "prepared again").await);
        }
        tx.commit().await
    }

    /// A person's wish: a seen item goes nowhere.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::WrongState`].
    pub async fn skip_item(&self, id: Id, because: &str) -> Result<()> {
        let decision = Decision { because: Some(because.to_owned()), ..Decision::default() };
        let mut tx = self.db.begin("skip_item").await?;
        let sql = "UPDATE items SET state = 'skipped', decision = $2 WHERE id = $1 AND state = 'seen'";
        if tx.run(sql, args![id, json(&decision)]).await? == 0 {
            return Err(why_not(&mut tx, id, "skipped").await);
        }
        tx.commit().await
    }
}

async fn why_not(tx: &mut Tx, id: Id, arrow: &'static str) -> Error {
    let row = match tx.row("SELECT state, entry FROM items WHERE id = $1", args![id]).await {
        Ok(Some(row)) => row,
        Ok(None) => return Error::Unknown { what: "item", name: id.to_string() },
        Err(error) => return error,
    };
    match (row.text("state"), row.text_or_null("entry")) {
        (Ok(state), Ok(None)) if state != "preparing" => Error::Forgotten(id),
        (Ok(state), _) => Error::WrongState { what: "item", id, state, arrow },
        (Err(error), _) => error,
    }
}
