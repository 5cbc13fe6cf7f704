//! Feeds as work: who may poll which, and when.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::db::{Value, args, list};
use super::error::{Error, Result};
use super::rows::claimed;
use super::{FeedRow, Lease, Store};
use crate::domain::{FeedFacts, Id, Timestamp};

/// Rows in one question.
const ROWS: usize = 200;

/// A feed that nobody paused (`feeds` is the outer query's row).
pub(super) const NOT_PAUSED: &str =
    "NOT EXISTS (SELECT 1 FROM pauses WHERE pauses.scope = 'all' OR (pauses.scope = 'feed' AND pauses.target = feeds.id))";

/// An addition to WHERE: the column names none of these feeds. Ids are numbers, so they stand in the text as they are.
pub(super) fn none_of(column: &str, feeds: &[Id]) -> String {
    if feeds.is_empty() {
        return String::new();
    }
    let ids: Vec<String> = feeds.iter().map(|id| id.to_i64().to_string()).collect();
    format!("AND {column} NOT IN ({})", ids.join(", "))
}

/// `$1` now, `$2` how many, `$3` token, `$4` until, `$5` owner. The feeds in `except` are left.
pub(super) fn claim_sql(except: &[Id]) -> String {
    let except = none_of("id", except);
    format!(
        "WITH due AS (SELECT id FROM feeds WHERE configured = 1 AND next_poll <= $1
                      AND (lease_until IS NULL OR lease_until <= $1) AND blocked IS NULL AND {NOT_PAUSED} {except} ORDER BY next_poll, id LIMIT $2)
         UPDATE feeds SET lease_token = $3, lease_until = $4, lease_owner = $5
         WHERE id IN (SELECT id FROM due) AND configured = 1 AND next_poll <= $1 AND (lease_until IS NULL OR lease_until <= $1)
         RETURNING *"
    )
}

impl Store {
    /// Claims up to `limit` feeds that are due, longest due first, for `span`. Paused ones rest.
    pub async fn claim_feeds(&self, owner: Id, now: Timestamp, limit: u32, span: Duration) -> Result<Vec<(FeedRow, Lease)>> {
        self.claim_feeds_but(&[], owner, now, limit, span).await
    }

    /// The same, without some feeds: those that the claimer doesn't know.
    pub async fn claim_feeds_but(
        &self,
        except: &[Id],
        owner: Id,
        now: Timestamp,
        limit: u32,
        span: Duration,
    ) -> Result<Vec<(FeedRow, Lease)>> {
        let (token, until) = (Lease::token(now), now.plus(span));
        let rows = self.claim("claim_feeds", &claim_sql(except), args![now, limit, token, until, owner]).await?;
        claimed(&rows, token, until, FeedRow::read, |feed| (feed.next_poll, feed.id))
    }

    /// Claims this feed, due or not, paused or not. `None`: somebody polls it just now.
    ///
    /// # Errors
    /// [`Error::Unknown`]: no such feed is configured.
    pub async fn claim_feed(&self, name: &str, owner: Id, now: Timestamp, span: Duration) -> Result<Option<(FeedRow, Lease)>> {
        let sql = "UPDATE feeds SET lease_token = $2, lease_until = $3, lease_owner = $4
                   WHERE name = $1 AND configured = 1 AND (lease_until IS NULL OR lease_until <= $5) RETURNING *";
        let (token, until) = (Lease::token(now), now.plus(span));
        let mut tx = self.db.begin("claim_feed").await?;
        let rows = tx.rows(sql, args![name, token, until, owner, now]).await?;
        if rows.is_empty() && tx.row("SELECT id FROM feeds WHERE name = $1 AND configured = 1", args![name]).await?.is_none() {
            return Err(Error::Unknown { what: "feed", name: name.to_owned() });
        }
        tx.commit().await?;
        Ok(claimed(&rows, token, until, FeedRow::read, |feed| (feed.next_poll, feed.id))?.pop())
    }

    /// The feeds of the configuration that was last put in force, by whichever process.
    pub async fn configured_feeds(&self) -> Result<Vec<Id>> {
        let rows = self.db.rows("SELECT id FROM feeds WHERE configured = 1", args![]).await?;
        rows.iter().map(|row| row.id("id")).collect()
    }

    /// What these feeds' documents say of them.
    pub async fn feed_facts(&self, feeds: &HashSet<Id>) -> Result<HashMap<Id, FeedFacts>> {
        let ids: Vec<Id> = feeds.iter().copied().collect();
        let mut facts = HashMap::new();
        for ids in ids.chunks(ROWS) {
            let sql = format!("SELECT id, facts FROM feeds WHERE id IN ({})", list(1, ids.len()));
            for row in self.db.rows(sql, ids.iter().copied().map(Value::from).collect()).await? {
                facts.insert(row.id("id")?, row.json("facts")?);
            }
        }
        Ok(facts)
    }

    /// Gives a feed back unpolled; it is due as it was.
    pub async fn release_feed(&self, lease: Lease) -> Result<()> {
        let mut tx = self.db.begin("release_feed").await?;
        let sql = "UPDATE feeds SET lease_token = NULL, lease_until = NULL, lease_owner = NULL WHERE id = $1 AND lease_token = $2";
        let changed = tx.run(sql, args![lease.row, lease.token]).await?;
        super::lease::proves(&lease, changed)?;
        tx.commit().await
    }

    /// Gives feeds back unpolled, all of them at once; a lease that is stale by now holds nothing that could be given back.
    pub async fn release_feeds(&self, leases: Vec<Lease>) -> Result<()> {
        if leases.is_empty() {
            return Ok(());
        }
        let mut tx = self.db.begin("release_feeds").await?;
        for lease in leases {
            let sql = "UPDATE feeds SET lease_token = NULL, lease_until = NULL, lease_owner = NULL WHERE id = $1 AND lease_token = $2";
            tx.run(sql, args![lease.row, lease.token]).await?;
        }
        tx.commit().await
    }

    /// Leaves a feed alone until then, as its server asked somebody else of us.
    pub async fn leave_alone(&self, name: &str, until: Timestamp) -> Result<()> {
        let sql = "UPDATE feeds SET because = 'its server asked to be left alone (Retry-After)',
                          retry_after = CASE WHEN retry_after > $2 THEN retry_after ELSE $2 END,
                          next_poll = CASE WHEN next_poll > $2 THEN next_poll ELSE $2 END WHERE name = $1";
        let mut tx = self.db.begin("leave_alone").await?;
        tx.run(sql, args![name, until]).await?;
        tx.commit().await
    }

    /// Makes a feed due now, but not before its server's Retry-After.
    pub async fn poll_soon(&self, feed: Id, now: Timestamp) -> Result<()> {
        let sql =
            "UPDATE feeds SET because = 'asked for', next_poll = CASE WHEN retry_after > $2 THEN retry_after ELSE $2 END WHERE id = $1";
        let mut tx = self.db.begin("poll_soon").await?;
        tx.run(sql, args![feed, now]).await?;
        tx.commit().await
    }
}
