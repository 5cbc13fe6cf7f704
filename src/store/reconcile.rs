//! What is found on a site and not in the store, and what is in the store and not on the site.
//!
//! | arrow | what is written | if the process dies after it |
//! |---|---|---|
//! | [`Store::take_over`] | an item and a delivery for each post that was found, by its key or its source's link | nothing: found again, it is known |
//! | [`Store::moved_on_site`] | the slug and address that a post has now | nothing: it is done |
//! | [`Store::remake`] | published → ready, its post is forgotten; the site's pictures and terms are looked for anew | the look before making finds whatever is there |
//! | [`Store::move_site`] | the site's address, and its posts' ids where they differ | nothing: it is done |

use super::db::{Tx, args, json, list};
use super::error::{Error, Result, is_contention, is_taken};
use super::{Lease, PostFacts, Store, sites};
use crate::domain::{Decision, Delivery, Id, Keys, Timestamp};

/// Posts in one transaction.
const ROWS: usize = 50;
/// How often a transaction is tried where another worker takes a key at the same moment.
const TRIES: usize = 5;

/// A post on a site that the store may lack.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundPost {
    /// Number and text of the key that it carries; of a post that isn't ours, one that no entry has.
    pub key: (i64, String),
    /// Keys of its entry on this site: of its source's link, its GUID. An entry that has one of them is posted already.
    pub site_keys: Vec<i64>,
    /// The same over feeds.
    pub keys: Keys,
    pub facts: PostFacts,
    /// Plain text.
    pub title: String,
    /// The entry's link.
    pub link: Option<String>,
    pub kind: FoundKind,
    /// For a person.
    pub because: String,
}

/// What a found post is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundKind {
    /// Ours, and out.
    Ours,
    /// Ours, and in the trash: a person doesn't want it.
    Trashed,
    /// Somebody else's, of an entry that is not to be posted once more.
    Foreign,
}

/// What became of a found post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakenOver {
    /// The store has it now.
    New,
    /// The store had its delivery, which waited to be sent: it needn't be any more.
    Waiting,
    /// The store knew it.
    Known,
}

impl Store {
    /// Takes posts over that were found on a site; one answer a post. `under`: the name of the feed that stands for where they came
    /// from; it is never polled.
    pub async fn take_over(&self, site: Id, under: &str, found: &[FoundPost], now: Timestamp) -> Result<Vec<TakenOver>> {
        let mut answers = Vec::with_capacity(found.len());
        for found in found.chunks(ROWS) {
            let mut tries = 1;
            answers.extend(loop {
                match self.take_over_once(site, under, found, now).await {
                    Err(error) if is_taken(&error) && tries < TRIES => {}
                    Err(Error::Database(error)) if is_contention(&error) && tries < TRIES => {}
                    done => break done?,
                }
                tries += 1;
            });
        }
        Ok(answers)
    }

    async fn take_over_once(&self, site: Id, under: &str, found: &[FoundPost], now: Timestamp) -> Result<Vec<TakenOver>> {
        let mut tx = self.db.begin("take_over").await?;
        let sql =
            "INSERT INTO feeds (id, name, key_name, url, next_poll, because, configured) VALUES ($1, $2, $3, '', $4, 'never polled', 0)
                   ON CONFLICT (name) DO NOTHING";
        tx.run(sql, args![Id::new(now), under, under, now]).await?;
        let feed = tx.row("SELECT id FROM feeds WHERE name = $1", args![under]).await?;
        let feed = feed.ok_or_else(|| Error::Unknown { what: "feed", name: under.to_owned() })?.id("id")?;
        let mut answers = Vec::with_capacity(found.len());
        for found in found {
            answers.push(take_one(&mut tx, site, feed, found, now).await?);
        }
        tx.commit().await?;
        Ok(answers)
    }

    /// The published deliveries of a site, in the order of their ids, after this one.
    pub async fn published_on(&self, site: Id, after: Id, limit: u32) -> Result<Vec<Delivery>> {
        let sql = "SELECT * FROM deliveries WHERE site = $1 AND state = 'published' AND id > $2 ORDER BY id LIMIT $3";
        self.db.rows(sql, args![site, after, limit]).await?.iter().map(super::rows::delivery).collect()
    }

    /// Published posts of a site, the newest first, at most `limit`.
    pub async fn newest_published(&self, site: Id, limit: u32) -> Result<Vec<Delivery>> {
        let sql = "SELECT * FROM deliveries WHERE site = $1 AND state = 'published' ORDER BY id DESC LIMIT $2";
        self.db.rows(sql, args![site, limit]).await?.iter().map(super::rows::delivery).collect()
    }

    /// Withdrawn deliveries of a site that have a post, in the order of their ids, after this one.
    pub async fn withdrawn_on(&self, site: Id, after: Id, limit: u32) -> Result<Vec<Delivery>> {
        let sql = "SELECT * FROM deliveries WHERE site = $1 AND state = 'withdrawn' AND post IS NOT NULL AND id > $2 ORDER BY id LIMIT $3";
        self.db.rows(sql, args![site, after, limit]).await?.iter().map(super::rows::delivery).collect()
    }

    /// A published post has another slug and address now. What our last write left isn't changed: whoever moved it has worked on it.
    pub async fn moved_on_site(&self, delivery: Id, slug: &str, link: &str) -> Result<()> {
        let mut tx = self.db.begin("moved_on_site").await?;
        let sql = "UPDATE deliveries SET post_slug = $2, post_link = $3 WHERE id = $1 AND state = 'published'";
        tx.run(sql, args![delivery, slug, link]).await?;
        tx.commit().await
    }

    /// Published posts that are gone shall be made again: published → ready, but for those whose draft is no longer kept. How many.
    /// Terms and pictures that the site may have lost are looked for anew.
    pub async fn remake(&self, site: &Lease, deliveries: &[Id], now: Timestamp) -> Result<usize> {
        let mut again = 0;
        for ids in deliveries.chunks(ROWS) {
            let mut tx = self.db.begin("remake").await?;
            sites::hold(&mut tx, site).await?;
            for id in ids {
                let sql = "UPDATE deliveries SET state = 'ready', phase = 'unmade', doubt_ever = 1, doubt_until = NULL, doubt_floor = NULL,
                                  post = NULL, post_slug = NULL, post_link = NULL, returned_hash = NULL, modified_gmt = NULL,
                                  published_at = NULL, recheck = NULL, attempts = 0, error = NULL, run = NULL, returned = NULL, stays = NULL,
                                  slot = NULL, slot_because = NULL, due = $2
                           WHERE id = $1 AND state = 'published' AND draft IS NOT NULL";
                again += usize::try_from(tx.run(sql, args![*id, now]).await?).unwrap_or(0);
                // what it should be changed into is over: it is made of its draft
                tx.run("DELETE FROM updates WHERE delivery = $1", args![*id]).await?;
                tx.run("DELETE FROM wanted WHERE delivery = $1", args![*id]).await?;
            }
            forget_beside(&mut tx, site.row).await?;
            tx.commit().await?;
        }
        Ok(again)
    }

    /// The site is at another address now, and is the same one. `posts`: those whose ids or addresses differ there. Where ids differ,
    /// nothing that was made beside posts can be told from other people's any more (`same_ids` is false).
    pub async fn move_site(&self, site: &Lease, url: &str, posts: &[(Id, PostFacts)], same_ids: bool) -> Result<()> {
        let mut tx = self.db.begin("move_site").await?;
        sites::hold(&mut tx, site).await?;
        let sql = "UPDATE sites SET url = $2, rest_until = NULL, rest_because = NULL, failures = 0 WHERE id = $1";
        tx.run(sql, args![site.row, url]).await?;
        for (delivery, facts) in posts {
            let sql = "UPDATE deliveries SET post = $2, post_slug = $3, post_link = $4 WHERE id = $1 AND post IS NOT NULL";
            tx.run(sql, args![*delivery, facts.post, &facts.slug, &facts.link]).await?;
        }
        forget_beside(&mut tx, site.row).await?;
        if !same_ids {
            tx.run("DELETE FROM journal WHERE site = $1", args![site.row]).await?;
        }
        tx.run("DELETE FROM vanished WHERE site = $1", args![site.row]).await?;
        tx.commit().await
    }
}

/// Pictures and terms are looked for on the site before they are used again.
async fn forget_beside(tx: &mut Tx, site: Id) -> Result<()> {
    let sql = "UPDATE media SET state = 'wanted', media = NULL, url = NULL, attempts = 0, error = NULL
               WHERE site = $1 AND state IN ('uploaded', 'failed')";
    tx.run(sql, args![site]).await?;
    tx.run("DELETE FROM terms WHERE site = $1", args![site]).await?;
    tx.run("DELETE FROM term_lists WHERE site = $1", args![site]).await.map(drop)
}

async fn take_one(tx: &mut Tx, site: Id, feed: Id, found: &FoundPost, now: Timestamp) -> Result<TakenOver> {
    let (hash, key) = &found.key;
    let decision = json(&Decision { because: Some(found.because.clone()), ..Decision::default() });
    let known = tx.row("SELECT id FROM deliveries WHERE site = $1 AND key_hash = $2", args![site, *hash]).await?;
    if let Some(row) = known {
        let id = row.id("id")?;
        claim_keys(tx, id, &found.site_keys).await?;
        // it waits to be sent, and is there: sending it would make a twin where its slug is another now
        let waits = "id = $1 AND state IN ('ready', 'held', 'failed') AND phase = 'unmade' AND doubt_until IS NULL";
        let state = if found.kind == FoundKind::Trashed { "withdrawn" } else { "published" };
        let sql = format!(
            "UPDATE deliveries SET state = '{state}', phase = 'finished', hold_kind = NULL, hold_because = NULL, post = $2, post_slug = $3,
                    post_link = $4, published_at = $5, decision = $6, error = NULL, post_type = $7,
                    contest = NULL, contest_until = NULL WHERE {waits}"
        );
        let PostFacts { post, slug, link, post_type, .. } = &found.facts;
        let changed = tx.run(sql, args![id, *post, slug, link, now, decision, post_type]).await?;
        return Ok(if changed > 0 { TakenOver::Waiting } else { TakenOver::Known });
    }
    // of a post that isn't ours nothing is noted where its entry is posted or waits
    if found.kind == FoundKind::Foreign && !found.site_keys.is_empty() {
        let sql = format!("SELECT hash FROM site_keys WHERE hash IN ({}) LIMIT 1", list(1, found.site_keys.len()));
        if tx.row(sql, found.site_keys.iter().map(|key| (*key).into()).collect()).await?.is_some() {
            return Ok(TakenOver::Known);
        }
    }
    let (item, delivery) = (Id::new(now), Id::new(now));
    let sql = "INSERT INTO items (id, feed, state, key_guid, key_link, title, link, first_seen, decision, due)
               VALUES ($1, $2, 'decided', $3, $4, $5, $6, $7, $8, $9)";
    let args = args![item, feed, found.keys.guid, found.keys.link, &found.title, &found.link, now, &decision, now];
    tx.run(sql, args).await?;
    let state = match found.kind {
        FoundKind::Ours => "published",
        FoundKind::Trashed => "withdrawn",
        FoundKind::Foreign => "skipped",
    };
    let PostFacts { post, slug, link, modified_gmt, returned_hash, post_type, .. } = &found.facts;
    let sql =
        "INSERT INTO deliveries (id, site, item, state, key_hash, key, slug, phase, decision, post, post_slug, post_link, returned_hash,
                                       modified_gmt, created, due, published_at, post_type)
               VALUES ($1, $2, $3, $4, $5, $6, $7, 'finished', $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
    let args = args![
        delivery,
        site,
        item,
        state,
        *hash,
        key,
        slug,
        &decision,
        *post,
        slug,
        link,
        returned_hash,
        modified_gmt,
        now,
        now,
        now,
        post_type
    ];
    tx.run(sql, args).await?;
    tx.run("INSERT INTO delivery_items (delivery, item) VALUES ($1, $2)", args![delivery, item]).await?;
    claim_keys(tx, delivery, &found.site_keys).await?;
    Ok(TakenOver::New)
}

/// Those of the keys that nobody has are the delivery's.
async fn claim_keys(tx: &mut Tx, delivery: Id, keys: &[i64]) -> Result<()> {
    for key in keys {
        tx.run("INSERT INTO site_keys (hash, delivery) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING", args![*key, delivery]).await?;
    }
    Ok(())
}
