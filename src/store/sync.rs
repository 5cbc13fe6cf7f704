//! What the configuration says of feeds, sites and digests, brought into the store.
//!
//! A feed's, a site's and a digest's identity is its name; `renamed_from` moves the row to a new name, and `key_name`, with which
//! delivery keys are made, stays what it was at first. Nothing is ever removed: what the configuration no longer names is
//! only flagged, so that it comes back as it was.

use std::collections::{HashMap, HashSet};

use super::db::{Row, Tx, Value, args};
use super::error::Result;
use super::{FeedRow, SiteRow, Store};
use crate::domain::{Id, Timestamp};

/// A feed as the configuration names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfiguredFeed {
    pub name: String,
    pub url: String,
    pub renamed_from: Option<String>,
    /// Tells apart how its document is read; of one that is read otherwise, everything is news.
    pub reading: String,
    /// Its new entries wait for nobody, whatever it looks like.
    pub is_trusted: bool,
}

/// A site as the configuration names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfiguredSite {
    pub name: String,
    pub url: String,
    pub renamed_from: Option<String>,
}

/// A digest as the configuration names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfiguredDigest {
    pub name: String,
    pub renamed_from: Option<String>,
}

impl Store {
    /// Makes the store's digests those of the configuration. What waits for one that has another name now, or is in one of its posts,
    /// goes with it. Answers the first name that each ever had, with which the keys of its posts are made, by name.
    pub async fn sync_digests(&self, digests: &[ConfiguredDigest]) -> Result<HashMap<String, String>> {
        let known = self.digests().await?;
        let kept: HashSet<&str> =
            digests.iter().filter(|digest| digest.renamed_from.is_none()).map(|digest| digest.name.as_str()).collect();
        let new: Vec<_> = digests.iter().filter(|digest| !known.contains_key(&digest.name)).collect();
        if new.is_empty() {
            return Ok(known);
        }
        let mut tx = self.db.begin("sync_digests").await?;
        for ConfiguredDigest { name, renamed_from } in new {
            let first = renamed_from.as_deref().unwrap_or(name);
            if let Some(old) = renamed_from.as_deref().filter(|old| !kept.contains(old)) {
                let sql =
                    "UPDATE digests SET name = $2 WHERE name = $1 AND NOT EXISTS (SELECT 1 FROM digests AS other WHERE other.name = $2)";
                tx.run(sql, args![old, name]).await?;
                tx.run("UPDATE digest_items SET digest = $2 WHERE digest = $1", args![old, name]).await?;
            }
            let sql = "INSERT INTO digests (name, key_name) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
            tx.run(sql, args![name, first]).await?;
        }
        tx.commit().await?;
        self.digests().await
    }

    /// The first name that each digest ever had, by its name.
    pub async fn digests(&self) -> Result<HashMap<String, String>> {
        let rows = self.db.rows("SELECT name, key_name FROM digests", args![]).await?;
        rows.iter().map(|row| Ok((row.text("name")?, row.text("key_name")?))).collect()
    }

    /// Makes the store's feeds those of the configuration; all of them by name.
    ///
    /// A new feed is due now. A feed with a new URL loses its validators, its publisher's wishes and what was learnt of it and of
    /// its address; it is held no longer, and is due now. One that is read otherwise loses its validators. One that is trusted
    /// is held no longer. But for one that brought its old entries under new keys: that a person settles, whatever its address.
    pub async fn sync_feeds(&self, feeds: &[ConfiguredFeed], now: Timestamp) -> Result<HashMap<String, FeedRow>> {
        let wanted: Vec<_> = feeds.iter().map(|feed| (&*feed.name, &*feed.url, feed.renamed_from.as_deref())).collect();
        let mut tx = self.db.begin("sync_feeds").await?;
        let mut rows = sync(&mut tx, "feeds", &wanted, now).await?;
        let is_read_otherwise = follow_reading(&mut tx, feeds, &rows, now).await?;
        if super::blocks::mark_feeds(&mut tx).await? || is_read_otherwise {
            rows = tx.rows("SELECT * FROM feeds", args![]).await?;
        }
        tx.commit().await?;
        rows.iter().map(|row| FeedRow::read(row).map(|feed| (feed.name.clone(), feed))).collect()
    }

    /// Makes the store's sites those of the configuration; all of them by name.
    ///
    /// A site with a new URL may be another WordPress: it loses what was found out about it, and every id that
    /// only the old one is sure to know ([`FOLLOW`]). If it is the same one, the looks find everything again.
    pub async fn sync_sites(&self, sites: &[ConfiguredSite], now: Timestamp) -> Result<HashMap<String, SiteRow>> {
        let wanted: Vec<_> = sites.iter().map(|site| (&*site.name, &*site.url, site.renamed_from.as_deref())).collect();
        let mut tx = self.db.begin("sync_sites").await?;
        let rows = sync(&mut tx, "sites", &wanted, now).await?;
        tx.commit().await?;
        rows.iter().map(|row| SiteRow::read(row).map(|site| (site.name.clone(), site))).collect()
    }
}

/// Brings in how feeds are read and whom they are trusted by; whether anything changed.
async fn follow_reading(tx: &mut Tx, feeds: &[ConfiguredFeed], rows: &[Row], now: Timestamp) -> Result<bool> {
    let mut known = HashMap::new();
    for row in rows {
        known.insert(row.text("name")?, (row.text_or_null("reading")?, row.text_or_null("held_kind")?.as_deref() == Some("takeover")));
    }
    let mut has_changed = false;
    for feed in feeds {
        let Some((reading, looks_taken)) = known.get(&feed.name) else { continue };
        if reading.as_ref() != Some(&feed.reading) {
            // what nobody noted before is as it was
            if reading.is_some() {
                tx.run(READ_ANEW, args![&feed.name, now]).await?;
            }
            tx.run("UPDATE feeds SET reading = $2 WHERE name = $1", args![&feed.name, &feed.reading]).await?;
            has_changed = true;
        }
        if feed.is_trusted && *looks_taken {
            tx.run("UPDATE feeds SET held_since = NULL, held_because = NULL, held_kind = NULL WHERE name = $1", args![&feed.name]).await?;
            tx.run(FORGET, args![&feed.name]).await?;
            has_changed = true;
        }
    }
    Ok(has_changed)
}

/// The next poll asks for the whole document, as soon as its publisher's wishes allow: `$1` name, `$2` now.
const READ_ANEW: &str = "UPDATE feeds SET etag = NULL, last_modified = NULL, body_hash = NULL, next_poll = $2,
                                because = 'it is read otherwise from now on' WHERE name = $1";

/// Name, URL, former name.
type Wanted<'a> = (&'a str, &'a str, Option<&'a str>);

async fn sync(tx: &mut Tx, table: &str, wanted: &[Wanted<'_>], now: Timestamp) -> Result<Vec<Row>> {
    // The first statement writes, and on PostgreSQL two daemons that start together go one after the other from here.
    let note = "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    tx.run(note, args![format!("{table} synced"), now.to_gmt()]).await?;

    rename(tx, table, wanted).await?;
    let known = known(tx, table).await?;
    for (name, url, renamed_from) in wanted {
        if let Some(row) = known.get(*name) {
            // two thousand feeds that are as they were cost nothing
            if row.url != *url {
                tx.run(changed_url(table), timed(table, args![*name, *url], now)).await?;
                if table == "feeds" {
                    tx.run(FORGET, args![*name]).await?;
                }
                if table == "sites" {
                    for sql in FOLLOW {
                        tx.run(sql, args![*name]).await?;
                    }
                }
            }
            if !row.configured {
                tx.run(format!("UPDATE {table} SET configured = 1 WHERE id = $1"), args![row.id]).await?;
            }
        } else {
            let key_name = renamed_from.unwrap_or(name);
            tx.run(insert(table), timed(table, args![Id::new(now), *name, key_name, *url], now)).await?;
        }
    }
    let wanted: HashSet<&str> = wanted.iter().map(|(name, ..)| *name).collect();
    for (name, row) in known.iter().filter(|(name, row)| row.configured && !wanted.contains(name.as_str())) {
        tracing::debug!(name, "no longer configured");
        tx.run(format!("UPDATE {table} SET configured = 0 WHERE id = $1"), args![row.id]).await?;
    }
    tx.rows(format!("SELECT * FROM {table}"), args![]).await
}

/// Moves rows to their new names. A name that another row has stays with that row.
async fn rename(tx: &mut Tx, table: &str, wanted: &[Wanted<'_>]) -> Result<()> {
    let known = known(tx, table).await?;
    let kept: HashSet<&str> = wanted.iter().filter(|(.., from)| from.is_none()).map(|(name, ..)| *name).collect();
    let mut moves = Vec::new();
    for (name, _, from) in wanted {
        let Some(from) = from.filter(|from| !kept.contains(from)) else { continue };
        if let Some(row) = known.get(from)
            && !known.contains_key(*name)
        {
            moves.push((row.id, *name));
        }
    }
    for (id, name) in moves {
        tx.run(format!("UPDATE {table} SET name = $2 WHERE id = $1"), args![id, name]).await?;
    }
    Ok(())
}

/// A row as the store has it.
struct KnownRow {
    id: Id,
    url: String,
    configured: bool,
}

/// All rows by name.
async fn known(tx: &mut Tx, table: &str) -> Result<HashMap<String, KnownRow>> {
    let rows = tx.rows(format!("SELECT id, name, url, configured FROM {table}"), args![]).await?;
    let read =
        |row: &Row| Ok((row.text("name")?, KnownRow { id: row.id("id")?, url: row.text("url")?, configured: row.flag("configured")? }));
    rows.iter().map(read).collect()
}

/// What makes a row follow a new URL: `$1` name, `$2` URL, `$3` now (feeds only).
fn changed_url(table: &str) -> &'static str {
    match table {
        "feeds" => {
            "UPDATE feeds SET url = $2, etag = NULL, last_modified = NULL, body_hash = NULL, next_poll = $3,
                    because = 'its address changed', failures = 0, error = NULL, retry_after = NULL, gone = 0, manners = '{}',
                    held_since = CASE WHEN held_kind = 'flood' THEN held_since END,
                    held_because = CASE WHEN held_kind = 'flood' THEN held_because END,
                    held_kind = CASE WHEN held_kind = 'flood' THEN held_kind END
             WHERE name = $1 AND url <> $2"
        }
        _ => "UPDATE sites SET url = $2, language = NULL, rest_until = NULL, rest_because = NULL WHERE name = $1 AND url <> $2",
    }
}

/// What was learnt of a feed says nothing of what is at its new URL; `$1` name.
const FORGET: &str = "DELETE FROM profiles WHERE feed = (SELECT id FROM feeds WHERE name = $1)";

/// What a site's rows follow to its new URL; `$1` name. Pictures are looked for by their slugs, and uploaded if they aren't
/// there; posts on their way are looked for by slug and mark as after a doubt, from the newest back without a floor; a
/// post that is published is no longer compared with its twins, as it may be one of them; and what runs made there beside posts
/// can't be told from other people's here, so that none of it is ever purged.
const FOLLOW: [&str; 6] = [
    "UPDATE media SET state = 'wanted', media = NULL, url = NULL, attempts = 0, error = NULL
     WHERE site = (SELECT id FROM sites WHERE name = $1) AND state IN ('uploaded', 'failed')",
    "UPDATE deliveries SET phase = 'unmade', doubt_ever = 1, post = NULL, post_slug = NULL, post_link = NULL, returned_hash = NULL,
            modified_gmt = NULL, post_type = NULL
     WHERE site = (SELECT id FROM sites WHERE name = $1) AND phase = 'made' AND state NOT IN ('published', 'withdrawn')",
    "UPDATE deliveries SET doubt_floor = NULL
     WHERE site = (SELECT id FROM sites WHERE name = $1) AND doubt_floor IS NOT NULL AND state NOT IN ('published', 'withdrawn')",
    "UPDATE deliveries SET recheck = NULL WHERE site = (SELECT id FROM sites WHERE name = $1) AND recheck IS NOT NULL",
    "DELETE FROM journal WHERE site = (SELECT id FROM sites WHERE name = $1)",
    "DELETE FROM vanished WHERE site = (SELECT id FROM sites WHERE name = $1)",
];

/// `$1` id, `$2` name, `$3` key name, `$4` URL, `$5` now (feeds only).
fn insert(table: &str) -> &'static str {
    match table {
        "feeds" => "INSERT INTO feeds (id, name, key_name, url, next_poll, because) VALUES ($1, $2, $3, $4, $5, 'never polled')",
        _ => "INSERT INTO sites (id, name, key_name, url) VALUES ($1, $2, $3, $4)",
    }
}

/// Only feeds have a time.
fn timed(table: &str, mut args: Vec<Value>, now: Timestamp) -> Vec<Value> {
    if table == "feeds" {
        args.push(Value::from(now));
    }
    args
}
