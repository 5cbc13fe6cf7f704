//! `rebind`: what a held feed brought is what it had, as a person says. One transaction: killed before its end, nothing has
//! happened, and it is typed again.

use super::Store;
use super::changes;
use super::db::{Tx, args, json};
use super::error::{Error, Result};
use super::keys;
use super::merges::{self, Merged};
use super::window;
use crate::domain::{Decision, Differing, Id, Keys, MergeKind, Rung, Timestamp};

/// What `rebind` did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rebound {
    /// New entries whose keys are an older item's from now on.
    pub bound: usize,
    /// Entries from before the feed's first poll, which are only remembered.
    pub remembered: usize,
}

/// What became of the wish to bind what came to what was there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rebind {
    Done(Rebound),
    /// The feed isn't held.
    NotHeld,
    /// It is held for this reason, and nothing that it brought looks like what it had.
    NothingAlike(String),
}

/// A new item that is to become its twin, or to be remembered only.
struct Pair {
    item: Id,
    twin: Option<(Id, Rung)>,
    own_guid: Option<i64>,
    keys: Keys,
    told: Differing,
    was: Differing,
}

impl Store {
    /// A person says that what waits is what the feed had: its keys are the older items' from now on, nothing of it is prepared,
    /// and the feed goes on. What came as well and looks like nothing that it had is prepared.
    ///
    /// `site_key` scopes a key over feeds to a site (first) and, where the site counts by feed, to the feed: so that other feeds of
    /// the site don't bring it again either.
    ///
    /// # Errors
    /// [`Error::Unknown`].
    pub async fn rebind_feed(&self, name: &str, site_key: &(dyn Fn(Id, Id, i64) -> i64 + Sync), now: Timestamp) -> Result<Rebind> {
        let mut tx = self.db.begin("rebind_feed").await?;
        // The first statement writes: a poll of the feed waits here, or we wait for it.
        tx.run("UPDATE feeds SET held_since = held_since WHERE name = $1", args![name]).await?;
        let Some(row) = tx.row("SELECT id, held_since, held_because, held_kind FROM feeds WHERE name = $1", args![name]).await? else {
            return Err(Error::Unknown { what: "feed", name: name.to_owned() });
        };
        if row.time_or_null("held_since")?.is_none() {
            return Ok(Rebind::NotHeld);
        }
        let feed = row.id("id")?;
        let pairs = pairs(&mut tx, feed).await?;
        if pairs.is_empty() && row.text_or_null("held_kind")?.as_deref() != Some("flood") {
            return Ok(Rebind::NothingAlike(row.text_or_null("held_because")?.unwrap_or_default()));
        }
        let mut done = Rebound::default();
        for pair in &pairs {
            match pair.twin {
                Some((twin, _)) => {
                    bind(&mut tx, feed, pair, twin, site_key).await?;
                    done.bound += 1;
                }
                None => {
                    skip(&mut tx, pair.item, "an archive: older than the feed's first poll, and only remembered (`feeds rebind`)".into())
                        .await?;
                    done.remembered += 1;
                }
            }
        }
        keys::rebind(&mut tx, feed).await?;
        window::forget(&mut tx, feed).await?;
        let merged = |pair: &Pair| {
            let (twin, rung) = pair.twin?;
            Some(Merged::of(twin, rung, MergeKind::Later, pair.was.clone(), pair.told.clone()))
        };
        merges::insert(&mut tx, pairs.iter().filter_map(merged).collect(), now).await?;
        tx.run("UPDATE returned SET settled = $2 WHERE feed = $1 AND settled IS NULL", args![feed, now]).await?;
        free(&mut tx, feed).await?;
        changes::are_due(&mut tx, name).await?;
        tx.commit().await?;
        Ok(Rebind::Done(done))
    }
}

/// A held feed goes on, and is learnt anew.
async fn free(tx: &mut Tx, feed: Id) -> Result<()> {
    tx.run("UPDATE feeds SET held_since = NULL, held_because = NULL, held_kind = NULL WHERE id = $1", args![feed]).await?;
    tx.run("DELETE FROM profiles WHERE feed = $1", args![feed]).await.map(drop)
}

/// What waits, oldest first: should two be one item's, the newest has the last word.
async fn pairs(tx: &mut Tx, feed: Id) -> Result<Vec<Pair>> {
    let sql = "SELECT returned.item, returned.twin, returned.rung, new.own_guid, new.key_guid, new.key_link, new.key_text,
                      new.guid, new.link, new.title, old.guid AS old_guid, old.link AS old_link, old.title AS old_title
               FROM returned JOIN items AS new ON new.id = returned.item LEFT JOIN items AS old ON old.id = returned.twin
               WHERE returned.feed = $1 AND returned.settled IS NULL AND new.state = 'seen' ORDER BY returned.item";
    let rows = tx.rows(sql, args![feed]).await?;
    let read = |row: &super::db::Row| {
        Ok(Pair {
            item: row.id("item")?,
            twin: row.id_or_null("twin")?.zip(row.word_or_null("rung")?),
            own_guid: row.int_or_null("own_guid")?,
            keys: Keys { guid: row.int_or_null("key_guid")?, link: row.int_or_null("key_link")?, text: row.int_or_null("key_text")? },
            told: Differing { guid: row.text_or_null("guid")?, link: row.text_or_null("link")?, title: row.text_or_null("title")? },
            was: Differing {
                guid: row.text_or_null("old_guid")?,
                link: row.text_or_null("old_link")?,
                title: row.text_or_null("old_title")?,
            },
        })
    };
    rows.iter().map(read).collect()
}

/// The twin takes over what it is known by from now on; the deliveries that it has are known by it on their sites, too.
async fn bind(tx: &mut Tx, feed: Id, pair: &Pair, twin: Id, site_key: &(dyn Fn(Id, Id, i64) -> i64 + Sync)) -> Result<()> {
    // The link counts beside an opaque GUID; an item that has no GUID keeps the link that its delivery's key was made of.
    let sql = "UPDATE items SET own_guid = COALESCE($2, own_guid), guid = COALESCE($3, guid),
                      key_link = CASE WHEN key_guid IS NOT NULL AND CAST($2 AS BIGINT) IS NOT NULL THEN COALESCE($4, key_link) ELSE key_link END
               WHERE id = $1";
    tx.run(sql, args![twin, pair.own_guid, pair.told.guid.as_deref(), pair.keys.link]).await?;
    // What a digest has holds its keys in a skipped delivery; what a rule skipped holds none.
    let deliveries = "SELECT deliveries.id, deliveries.site FROM deliveries JOIN delivery_items ON delivery_items.delivery = deliveries.id
                      WHERE delivery_items.item = $1 AND (deliveries.state <> 'skipped' OR EXISTS (SELECT 1 FROM digest_items
                            WHERE digest_items.site = deliveries.site AND digest_items.item = $1))
                      ORDER BY CASE WHEN deliveries.state = 'skipped' THEN 0 ELSE 1 END, deliveries.id";
    for row in tx.rows(deliveries, args![twin]).await? {
        let (delivery, site) = (row.id("id")?, row.id("site")?);
        for (_, key) in pair.keys.rungs() {
            let sql = "INSERT INTO site_keys (hash, delivery) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING";
            tx.run(sql, args![site_key(site, feed, key), delivery]).await?;
        }
    }
    skip(tx, pair.item, format!("it is the item {twin}, under new keys (`feeds rebind`)")).await
}

async fn skip(tx: &mut Tx, item: Id, because: String) -> Result<()> {
    let decision = Decision { because: Some(because), ..Decision::default() };
    let sql = "UPDATE items SET state = 'skipped', decision = $2, error = NULL WHERE id = $1 AND state = 'seen'";
    tx.run(sql, args![item, json(&decision)]).await.map(drop)
}
