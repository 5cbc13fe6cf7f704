//! Whether the pages that posts were made of are still there, and posts whose time is over.
//!
//! A row an item, made some time after its post ([`Store::watch_origins`]); asked about now and then; gone with the item's youth. A
//! page counts as gone only after it was found so several times in a row ([`Origin::times`]).

use super::Store;
use super::db::args;
use super::error::Result;
use crate::domain::{Delivery, Id, Timestamp};

/// A page that is to be looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub item: Id,
    pub feed: Id,
    pub link: String,
    /// How often in a row it was gone.
    pub times: u32,
    /// Since when.
    pub since: Option<Timestamp>,
    /// What the policy wants was done.
    pub told: Option<Timestamp>,
    /// When its newest post came out.
    pub posted: Timestamp,
}

impl Store {
    /// Begins to look after the pages of a feed's posts that came out after `after`; each is due `wait` seconds after its post.
    pub async fn watch_origins(&self, feed: Id, after: Timestamp, wait: u64, limit: u32) -> Result<u64> {
        let sql = "INSERT INTO origins (item, feed, due)
                   SELECT items.id, items.feed, MAX(deliveries.published_at) + $3 FROM items JOIN deliveries ON deliveries.item = items.id
                   WHERE items.feed = $1 AND items.link IS NOT NULL AND deliveries.state = 'published' AND deliveries.published_at > $2
                   AND NOT EXISTS (SELECT 1 FROM origins WHERE origins.item = items.id)
                   GROUP BY items.id, items.feed ORDER BY items.id DESC LIMIT $4 ON CONFLICT (item) DO NOTHING";
        let mut tx = self.db.begin("watch_origins").await?;
        let made = tx.run(sql, args![feed, after, wait, limit]).await?;
        tx.commit().await?;
        Ok(made)
    }

    /// Pages that are to be looked for now, of these feeds.
    pub async fn origins_due(&self, feeds: &[Id], now: Timestamp, limit: u32) -> Result<Vec<Origin>> {
        if feeds.is_empty() {
            return Ok(Vec::new());
        }
        let sql = format!(
            "SELECT origins.*, items.link, (SELECT MAX(deliveries.published_at) FROM deliveries
                    WHERE deliveries.item = origins.item AND deliveries.state = 'published') AS posted
             FROM origins JOIN items ON items.id = origins.item
             WHERE origins.due <= $1 AND origins.feed IN ({}) ORDER BY origins.due, origins.item LIMIT $2",
            super::db::list(3, feeds.len())
        );
        let mut args = args![now, limit];
        args.extend(feeds.iter().copied().map(super::db::Value::from));
        let rows = self.db.rows(sql, args).await?;
        rows.iter()
            .map(|row| {
                Ok(Origin {
                    item: row.id("item")?,
                    feed: row.id("feed")?,
                    link: row.text_or_null("link")?.unwrap_or_default(),
                    times: row.count("times")?,
                    since: row.time_or_null("since")?,
                    told: row.time_or_null("told")?,
                    // no post is out any more: as old as can be
                    posted: row.time_or_null("posted")?.unwrap_or(Timestamp::from_unix(0)),
                })
            })
            .collect()
    }

    /// When a page is to be looked for next, of these feeds.
    pub async fn next_origin(&self, feeds: &[Id]) -> Result<Option<Timestamp>> {
        if feeds.is_empty() {
            return Ok(None);
        }
        let sql = format!("SELECT MIN(due) AS at FROM origins WHERE feed IN ({})", super::db::list(1, feeds.len()));
        let args = feeds.iter().copied().map(super::db::Value::from).collect();
        self.db.row(sql, args).await?.map_or(Ok(None), |row| row.time_or_null("at"))
    }

    /// It is there, or nobody can tell: again at `due`. `there`: what was counted is over.
    pub async fn origin_at(&self, item: Id, there: bool, due: Timestamp) -> Result<()> {
        let sql = match there {
            true => "UPDATE origins SET due = $2, times = 0, since = NULL, told = NULL WHERE item = $1",
            false => "UPDATE origins SET due = $2 WHERE item = $1",
        };
        let mut tx = self.db.begin("origin_at").await?;
        tx.run(sql, args![item, due]).await?;
        tx.commit().await
    }

    /// It was gone once more: again at `due`.
    pub async fn origin_gone(&self, item: Id, due: Timestamp, now: Timestamp) -> Result<()> {
        let sql = "UPDATE origins SET due = $2, times = times + 1, since = COALESCE(since, $3) WHERE item = $1";
        let mut tx = self.db.begin("origin_gone").await?;
        tx.run(sql, args![item, due, now]).await?;
        tx.commit().await
    }

    /// It is gone for good, and what the policy wants is stored with that: wishes for its posts, or words for a person.
    pub async fn origin_over(
        &self,
        item: Id,
        wanted: &[super::NewWanted],
        reviews: &[(Id, String)],
        due: Timestamp,
        now: Timestamp,
    ) -> Result<()> {
        let mut tx = self.db.begin("origin_over").await?;
        let sql = "UPDATE origins SET due = $2, told = $3, times = times + 1, since = COALESCE(since, $3) WHERE item = $1";
        tx.run(sql, args![item, due, now]).await?;
        for wanted in wanted {
            super::wanted::put(&mut tx, wanted, now).await?;
        }
        for (delivery, text) in reviews {
            super::reviews::open(&mut tx, *delivery, "gone", text, None, now).await?;
        }
        tx.commit().await
    }

    /// Nobody looks for it any more.
    pub async fn forget_origin(&self, item: Id) -> Result<()> {
        let mut tx = self.db.begin("forget_origin").await?;
        tx.run("DELETE FROM origins WHERE item = $1", args![item]).await?;
        tx.commit().await
    }

    /// Published deliveries of a feed that came out before `before` and weren't looked at for that, oldest first.
    pub async fn aged(&self, feed: Id, before: Timestamp, limit: u32) -> Result<Vec<Delivery>> {
        let sql = "SELECT deliveries.* FROM deliveries JOIN items ON items.id = deliveries.item
                   WHERE deliveries.state = 'published' AND deliveries.stays IS NULL AND deliveries.published_at <= $2 AND items.feed = $1
                   AND NOT EXISTS (SELECT 1 FROM wanted WHERE wanted.delivery = deliveries.id)
                   ORDER BY deliveries.published_at, deliveries.id LIMIT $3";
        self.db.rows(sql, args![feed, before, limit]).await?.iter().map(super::rows::delivery).collect()
    }

    /// It was looked at because its time was over, and stays.
    pub async fn stays(&self, delivery: Id, now: Timestamp) -> Result<()> {
        let mut tx = self.db.begin("stays").await?;
        tx.run("UPDATE deliveries SET stays = $2 WHERE id = $1", args![delivery, now]).await?;
        tx.commit().await
    }
}
