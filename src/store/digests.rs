//! Digests: entries that wait for the end of a window, and the one delivery that it makes of them.
//!
//! | arrow | what is written | if the process dies after it |
//! |---|---|---|
//! | `decide` with a [`Join`] | the item's own delivery (skipped, with the entry's keys), a waiting row | it waits |
//! | [`Store::close_digest`] | the digest's delivery, joined to its entries' items; their rows no longer wait | it goes out as any other |
//! | [`Store::pass_over`] | the rows wait for the next window | they wait |
//!
//! | [`Store::end_change`] | what waits, as its feed tells it now | it is done |
//!
//! Each is one transaction. The digest's delivery is unique by its key, which is made of site, digest and window: whoever closes
//! the window a second time, or at the same time, finds it there and makes nothing. No row names its window: what waits when
//! one ends is in it, so whoever comes late is in the next.

use super::db::{Tx, args, json, word};
use super::error::{Error, Result, is_contention};
use super::{Rejoined, Store, alike, lease};
use crate::domain::{Decision, Draft, Hold, Id, Timestamp};

/// An entry goes into a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Join {
    /// The digest's `name`.
    pub digest: String,
    /// JSON: what the digest shows of it.
    pub entry: String,
}

/// Entries that wait for one digest on one site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestWaits {
    pub site: Id,
    pub digest: String,
    /// The one that waits longest.
    pub since: Timestamp,
    pub entries: u64,
}

/// One entry that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestRow {
    pub item: Id,
    /// As it was joined.
    pub entry: String,
}

/// The delivery that a window makes.
#[derive(Debug, Clone)]
pub struct NewDigest<'a> {
    pub site: Id,
    pub digest: &'a str,
    /// When the window ended.
    pub end: Timestamp,
    /// Of site, digest and window.
    pub key_hash: i64,
    pub key: String,
    pub slug: String,
    pub draft: Draft,
    pub hold: Option<Hold>,
    pub decision: Decision,
    /// What it shows, in its order; never empty.
    pub items: &'a [Id],
    /// What their own deliveries say from now on.
    pub because: &'a str,
    /// What waited for this window, too, and has no room in it.
    pub left: Left<'a>,
}

/// What a window has no room for, and what its own deliveries say from now on.
#[derive(Debug, Clone, Copy)]
pub enum Left<'a> {
    /// It waits for the next.
    Waits(&'a [Id], &'a str),
    /// It goes into none.
    Dropped(&'a [Id], &'a str),
}

pub(super) const WAITING: &str = "SELECT site, digest, MIN(since) AS since, COUNT(*) AS entries FROM digest_items WHERE delivery IS NULL
                                  GROUP BY site, digest ORDER BY site, digest";

/// It lives; what was rejected or withdrawn holds nobody.
const LIVE: &str = "deliveries.state NOT IN ('skipped', 'withdrawn')";

impl Store {
    /// All that wait, by site and digest.
    pub async fn digests_waiting(&self) -> Result<Vec<DigestWaits>> {
        let read = |row: &super::db::Row| {
            let entries = row.number_or_null("entries")?.unwrap_or(0);
            Ok(DigestWaits { site: row.id("site")?, digest: row.text("digest")?, since: row.time("since")?, entries })
        };
        self.db.rows(WAITING, args![]).await?.iter().map(read).collect()
    }

    /// What waits since before `end`, the longest waiting first.
    pub async fn digest_entries(&self, site: Id, digest: &str, end: Timestamp) -> Result<Vec<DigestRow>> {
        let sql =
            "SELECT item, entry FROM digest_items WHERE delivery IS NULL AND site = $1 AND digest = $2 AND since < $3 AND entry IS NOT NULL
                   ORDER BY since, item";
        let read = |row: &super::db::Row| Ok(DigestRow { item: row.id("item")?, entry: row.text("entry")? });
        self.db.rows(sql, args![site, digest, end]).await?.iter().map(read).collect()
    }

    /// The window's end: one delivery, ready or held, of these items. What else waited since before the end is passed over.
    /// `None`: another was first with this window, or with one of these items; nothing was made.
    pub async fn close_digest(&self, new: &NewDigest<'_>, now: Timestamp) -> Result<Option<Id>> {
        for tries in 1..=lease::TRIES {
            match self.close_digest_once(new, now).await {
                Err(Error::Database(error)) if is_contention(&error) => lease::pause(tries).await,
                other => return other,
            }
        }
        Err(Error::Contended("close_digest"))
    }

    async fn close_digest_once(&self, new: &NewDigest<'_>, now: Timestamp) -> Result<Option<Id>> {
        let Some(first) = new.items.first() else { return Ok(None) };
        let id = Id::new(now);
        let (state, kind, why) = match &new.hold {
            Some(hold) => ("held", Some(word(&hold.kind)), Some(hold.because.clone())),
            None => ("ready", None, None),
        };
        let mut tx = self.db.begin("close_digest").await?;
        let sql =
            "INSERT INTO deliveries (id, site, item, state, draft, hold_kind, hold_because, key_hash, key, slug, decision, created, due)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12) ON CONFLICT (site, key_hash) DO NOTHING";
        let draft = json(&new.draft);
        let args = args![id, new.site, *first, state, draft, kind, why, new.key_hash, &new.key, &new.slug, json(&new.decision), now];
        let is_first = tx.run(sql, args).await? == 1;
        if is_first {
            for item in new.items {
                let sql = "UPDATE digest_items SET delivery = $1 WHERE site = $2 AND item = $3 AND digest = $4 AND delivery IS NULL";
                if tx.run(sql, args![id, new.site, *item, new.digest]).await? != 1 {
                    // it went elsewhere since it was read; uncommitted, nothing has happened
                    return Ok(None);
                }
                tx.run("INSERT INTO delivery_items (delivery, item) VALUES ($1, $2)", args![id, *item]).await?;
                retell(&mut tx, new.site, *item, new.because).await?;
            }
            let (Left::Waits(left, because) | Left::Dropped(left, because)) = new.left;
            for item in left {
                retell(&mut tx, new.site, *item, because).await?;
                if let Left::Dropped(..) = new.left {
                    let sql = "DELETE FROM digest_items WHERE site = $1 AND item = $2 AND digest = $3 AND delivery IS NULL";
                    tx.run(sql, args![new.site, *item, new.digest]).await?;
                    // what it would have named goes its own way
                    let sql = "SELECT id FROM deliveries WHERE item = $1 AND site = $2 AND state = 'skipped'";
                    for row in tx.rows(sql, args![*item, new.site]).await? {
                        alike::let_go_of(&mut tx, row.id("id")?, now).await?;
                    }
                }
            }
        }
        let sql = "UPDATE digest_items SET since = $3 WHERE site = $1 AND digest = $2 AND since < $3 AND delivery IS NULL";
        tx.run(sql, args![new.site, new.digest, new.end]).await?;
        tx.commit().await?;
        Ok(is_first.then_some(id))
    }

    /// A window ended and makes no digest, or one without these: they wait for the next. `because`: what their own deliveries
    /// say from now on.
    pub async fn pass_over(&self, site: Id, digest: &str, items: &[Id], end: Timestamp, because: &str) -> Result<()> {
        let mut tx = self.db.begin("pass_over").await?;
        for item in items {
            let sql = "UPDATE digest_items SET since = $4 WHERE site = $1 AND item = $2 AND digest = $3 AND delivery IS NULL";
            if tx.run(sql, args![site, *item, digest, end]).await? == 1 {
                retell(&mut tx, site, *item, because).await?;
            }
        }
        tx.commit().await
    }
}

/// The digest on this site that has the item, if that goes out or is out.
pub(super) async fn live(tx: &mut Tx, site: Id, item: Id) -> Result<Option<Id>> {
    let sql = format!(
        "SELECT deliveries.id FROM digest_items JOIN deliveries ON deliveries.id = digest_items.delivery
         WHERE digest_items.site = $1 AND digest_items.item = $2 AND {LIVE}"
    );
    tx.row(sql, args![site, item]).await?.map(|row| row.id("id")).transpose()
}

/// The item waits for this digest from now on, or for none; what is in a digest that lives stays there.
pub(super) async fn join(tx: &mut Tx, site: Id, item: Id, join: Option<&Join>, now: Timestamp) -> Result<()> {
    let Some(join) = join else {
        let sql = "DELETE FROM digest_items WHERE site = $1 AND item = $2 AND delivery IS NULL";
        return tx.run(sql, args![site, item]).await.map(drop);
    };
    let sql = format!(
        "INSERT INTO digest_items (site, item, digest, since, entry) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (site, item) DO UPDATE SET digest = excluded.digest, since = excluded.since, entry = excluded.entry, delivery = NULL
         WHERE NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.id = digest_items.delivery AND {LIVE})"
    );
    tx.run(sql, args![site, item, &join.digest, now, &join.entry]).await.map(drop)
}

/// What waits is shown as its feed tells it now; what is in a digest stays as it is.
pub(super) async fn rejoin(tx: &mut Tx, item: Id, told: &Rejoined) -> Result<()> {
    let sql = "SELECT entry FROM digest_items WHERE site = $1 AND item = $2 AND digest = $3 AND delivery IS NULL";
    let Some(row) = tx.row(sql, args![told.site, item, &told.digest]).await? else { return Ok(()) };
    let entry = (told.keep)(&row.text("entry")?, &told.entry);
    let sql = "UPDATE digest_items SET entry = $4 WHERE site = $1 AND item = $2 AND digest = $3 AND delivery IS NULL";
    tx.run(sql, args![told.site, item, &told.digest, entry]).await.map(drop)
}

/// The item's own delivery tells this; the rules that it went by stay.
async fn retell(tx: &mut Tx, site: Id, item: Id, because: &str) -> Result<()> {
    for row in tx.rows("SELECT id, decision FROM deliveries WHERE item = $1 AND site = $2 AND state = 'skipped'", args![item, site]).await?
    {
        let decision = Decision { because: Some(because.to_owned()), ..row.json("decision")? };
        tx.run("UPDATE deliveries SET decision = $2 WHERE id = $1", args![row.id("id")?, json(&decision)]).await?;
    }
    Ok(())
}
