//! A store in memory laid over another one, for runs that may write nothing.
//!
//! Feeds, what was learnt of them, sites, digests, pauses and resting hosts are copied at once, and so is what a real run would find
//! waiting: seen items, ready deliveries and what waits for a digest. Everything else is brought up when its keys are asked for: before polls are stored, the items that their
//! entries may be; before deliveries are made, those that may have the entry already. The store below is only read.

use std::collections::HashSet;
use std::sync::Arc;

use super::db::{Row, Tx, Value, args, list, tuples};
use super::error::Result;
use super::keys::lookup;
use super::{NewDelivery, PollOutcome, PollRecord, Store};
use crate::domain::Id;

/// Waiting rows that are brought up at once, at most, of each kind.
const WAITING: i64 = 1_000;
/// Keys in one question.
const KEYS: usize = 200;

/// A table as it is carried up: its columns of either kind.
pub(super) struct Table {
    pub name: &'static str,
    pub integers: &'static [&'static str],
    pub texts: &'static [&'static str],
}

const FEEDS: Table = Table {
    name: "feeds",
    integers: &[
        "id",
        "configured",
        "next_poll",
        "polled",
        "changed",
        "failures",
        "retry_after",
        "gone",
        "pushed_until",
        "unpushed_poll",
        "held_since",
        "guids_vary",
        "lease_token",
        "lease_until",
        "lease_owner",
    ],
    texts: &[
        "name",
        "key_name",
        "url",
        "facts",
        "etag",
        "last_modified",
        "body_hash",
        "because",
        "rhythm",
        "error",
        "manners",
        "held_because",
        "held_kind",
        "reading",
        "blocked",
    ],
};
const PROFILES: Table = Table { name: "profiles", integers: &["feed"], texts: &["profile"] };
const SITES: Table = Table {
    name: "sites",
    integers: &["id", "configured", "rest_until", "terms_until", "failures", "lease_token", "lease_until", "lease_owner"],
    texts: &["name", "key_name", "url", "language", "rest_because", "schedule"],
};
const PAUSES: Table = Table { name: "pauses", integers: &["target", "since"], texts: &["scope", "because"] };
const WISHES: Table = Table { name: "wishes", integers: &["asked"], texts: &["origin", "said"] };
const BLOCKS: Table = Table { name: "blocks", integers: &["since"], texts: &["domain", "because"] };
const HOSTS: Table = Table { name: "hosts", integers: &["rest_until"], texts: &["name", "because"] };
const ENTRY_KEYS: Table = Table { name: "entry_keys", integers: &["hash", "item", "mark"], texts: &[] };
const ITEMS: Table = Table {
    name: "items",
    integers: &[
        "id",
        "feed",
        "own_guid",
        "key_guid",
        "key_link",
        "key_text",
        "published",
        "first_seen",
        "told",
        "lead",
        "generation",
        "attempts",
        "due",
        "run",
        "lease_token",
        "lease_until",
        "lease_owner",
    ],
    texts: &["state", "guid", "title", "link", "entry", "steps", "decision", "error"],
};
const DELIVERIES: Table = Table {
    name: "deliveries",
    integers: &[
        "id",
        "site",
        "item",
        "key_hash",
        "doubt_until",
        "doubt_ever",
        "doubt_floor",
        "post",
        "attempts",
        "created",
        "due",
        "run",
        "published_at",
        "stays",
        "recheck",
        "contest_most",
        "contest_until",
        "contest_rank",
        "score",
        "slot",
        "lease_token",
        "lease_until",
        "lease_owner",
    ],
    texts: &[
        "state",
        "hold_kind",
        "hold_because",
        "key",
        "slug",
        "phase",
        "draft",
        "decision",
        "post_type",
        "post_slug",
        "post_link",
        "returned_hash",
        "returned",
        "modified_gmt",
        "error",
        "contest",
        "slot_because",
    ],
};
const SITE_KEYS: Table = Table { name: "site_keys", integers: &["hash", "delivery"], texts: &[] };
const DELIVERY_ITEMS: Table = Table { name: "delivery_items", integers: &["delivery", "item"], texts: &[] };
const DIGEST_ITEMS: Table = Table { name: "digest_items", integers: &["site", "item", "since", "delivery"], texts: &["digest", "entry"] };

const DIGESTS: Table = Table { name: "digests", integers: &[], texts: &["name", "key_name"] };
const ALSO_COVERED: Table = Table { name: "also_covered", integers: &["delivery", "item", "percent", "at"], texts: &["keys"] };
const SKETCHES: Table = Table { name: "sketches", integers: &["delivery"], texts: &["sketch"] };
const SKETCH_BANDS: Table = Table { name: "sketch_bands", integers: &["hash", "delivery"], texts: &[] };

/// Every table that is carried up; a test holds their columns equal to the schema's.
#[cfg(test)]
pub(super) const TABLES: [&Table; 17] = [
    &FEEDS,
    &PROFILES,
    &SITES,
    &PAUSES,
    &HOSTS,
    &WISHES,
    &BLOCKS,
    &ENTRY_KEYS,
    &ITEMS,
    &DELIVERIES,
    &SITE_KEYS,
    &DELIVERY_ITEMS,
    &DIGEST_ITEMS,
    &DIGESTS,
    &ALSO_COVERED,
    &SKETCHES,
    &SKETCH_BANDS,
];

impl Store {
    /// Lays an empty store in memory over `base`, which is only read (and best opened with [`Store::open_read_only`]).
    pub async fn over(base: Store) -> Result<Store> {
        let mut over = Store::memory().await?;
        let mut tx = over.db.begin("over").await?;
        for table in [&FEEDS, &PROFILES, &SITES, &PAUSES, &HOSTS, &WISHES, &BLOCKS, &DIGESTS] {
            carry(&mut tx, table, base.db.rows(format!("SELECT * FROM {}", table.name), args![]).await?).await?;
        }
        let seen = base.db.rows("SELECT * FROM items WHERE state = 'seen' ORDER BY due, id LIMIT $1", args![WAITING]).await?;
        carry(&mut tx, &ITEMS, seen).await?;
        let ready = base.db.rows("SELECT * FROM deliveries WHERE state = 'ready' ORDER BY due, id LIMIT $1", args![WAITING]).await?;
        carry_deliveries(&base, &mut tx, ready).await?;
        // what counts for caps and spacing
        let placed = "SELECT * FROM deliveries WHERE slot IS NOT NULL AND state IN ('publishing', 'published', 'withdrawn') ORDER BY slot DESC LIMIT $1";
        carry_deliveries(&base, &mut tx, base.db.rows(placed, args![WAITING]).await?).await?;
        let waiting = base.db.rows("SELECT * FROM digest_items WHERE delivery IS NULL ORDER BY since LIMIT $1", args![WAITING]).await?;
        let items = waiting.iter().map(|row| row.id("item")).collect::<Result<HashSet<_>>>()?;
        carry_items(&base, &mut tx, items.clone()).await?;
        carry(&mut tx, &DIGEST_ITEMS, waiting).await?;
        // their own deliveries, by which they are named as the first to tell a story
        let items: Vec<Id> = items.into_iter().collect();
        for items in items.chunks(KEYS) {
            let sql = format!("SELECT * FROM deliveries WHERE state = 'skipped' AND item IN ({})", list(1, items.len()));
            let own = base.db.rows(sql, items.iter().copied().map(Value::from).collect()).await?;
            carry_deliveries(&base, &mut tx, own).await?;
        }
        tx.commit().await?;
        over.base = Some(Arc::new(base));
        Ok(over)
    }

    /// Brings up the items that these polls' entries may be.
    pub(super) async fn fault_in_entries(&self, records: &[&PollRecord]) -> Result<()> {
        let Some(base) = &self.base else { return Ok(()) };
        let entries = records.iter().filter_map(|record| match &record.outcome {
            PollOutcome::Read { entries, .. } | PollOutcome::Pushed { entries, .. } => Some((record.lease.row, entries)),
            _ => None,
        });
        let keys: HashSet<i64> = entries.clone().flat_map(|(_, entries)| entries).flat_map(|new| new.scoped.all()).collect();
        let keys: Vec<i64> = keys.into_iter().collect();
        let mut tx = self.db.begin("fault_in").await?;
        for (feed, entries) in entries {
            if has_many_new(base, entries).await? {
                let sql = "SELECT * FROM items WHERE feed = $1 ORDER BY id DESC LIMIT $2";
                carry(&mut tx, &ITEMS, base.db.rows(sql, args![feed, WAITING]).await?).await?;
            }
        }
        for keys in keys.chunks(KEYS) {
            // what the memory says of a key is newer, wherever it stands
            let (sql, values) = lookup(keys, "hash, item, mark");
            let rows = base.db.rows(sql, values).await?;
            let items = rows.iter().map(|row| row.id("item")).collect::<Result<HashSet<_>>>()?;
            carry_items(base, &mut tx, items).await?;
            carry(&mut tx, &ENTRY_KEYS, rows).await?;
        }
        tx.commit().await
    }

    /// Brings up the deliveries that may have these entries already.
    pub(super) async fn fault_in_deliveries(&self, new: &[NewDelivery]) -> Result<()> {
        let Some(base) = &self.base else { return Ok(()) };
        let mut tx = self.db.begin("fault_in").await?;
        for new in new {
            let sql = "SELECT * FROM deliveries WHERE site = $1 AND key_hash = $2";
            carry_deliveries(base, &mut tx, base.db.rows(sql, args![new.site, new.key_hash]).await?).await?;
            if let Some(alike) = &new.alike {
                let bands = list(1, alike.likeness.bands.len());
                let values = || alike.likeness.bands.iter().copied().map(Value::from).collect();
                let sql = format!("SELECT * FROM deliveries WHERE id IN (SELECT delivery FROM sketch_bands WHERE hash IN ({bands}))");
                carry_deliveries(base, &mut tx, base.db.rows(sql, values()).await?).await?;
                let sql = format!("SELECT * FROM sketches WHERE delivery IN (SELECT delivery FROM sketch_bands WHERE hash IN ({bands}))");
                carry(&mut tx, &SKETCHES, base.db.rows(sql, values()).await?).await?;
                carry(&mut tx, &SKETCH_BANDS, base.db.rows(format!("SELECT * FROM sketch_bands WHERE hash IN ({bands})"), values()).await?)
                    .await?;
            }
            if new.site_keys.is_empty() {
                continue;
            }
            let asked = list(1, new.site_keys.len());
            let values = || new.site_keys.iter().map(|(_, key)| Value::from(*key)).collect();
            let sql = format!("SELECT * FROM deliveries WHERE id IN (SELECT delivery FROM site_keys WHERE hash IN ({asked}))");
            carry_deliveries(base, &mut tx, base.db.rows(sql, values()).await?).await?;
            carry(&mut tx, &SITE_KEYS, base.db.rows(format!("SELECT * FROM site_keys WHERE hash IN ({asked})"), values()).await?).await?;
        }
        tx.commit().await
    }
}

/// Whether half of the entries may be new: then they may be old ones under new keys, and those are looked at.
async fn has_many_new(base: &Store, entries: &[super::NewEntry]) -> Result<bool> {
    let firsts: Vec<i64> = entries.iter().map(|new| new.scoped.first()).collect();
    let mut known = HashSet::new();
    for firsts in firsts.chunks(KEYS) {
        let (sql, values) = lookup(firsts, "hash");
        for row in base.db.rows(sql, values).await? {
            known.insert(row.int("hash")?);
        }
    }
    Ok(firsts.iter().filter(|first| !known.contains(first)).count() > 1)
}

async fn carry_deliveries(base: &Store, tx: &mut Tx, rows: Vec<Row>) -> Result<()> {
    let ids = rows.iter().map(|row| row.id("id")).collect::<Result<Vec<_>>>()?;
    let (mut joins, mut others) = (Vec::new(), Vec::new());
    for ids in ids.chunks(KEYS) {
        let values = || ids.iter().copied().map(Value::from).collect();
        let sql = format!("SELECT * FROM delivery_items WHERE delivery IN ({})", list(1, ids.len()));
        joins.extend(base.db.rows(sql, values()).await?);
        let sql = format!("SELECT * FROM also_covered WHERE delivery IN ({})", list(1, ids.len()));
        others.extend(base.db.rows(sql, values()).await?);
    }
    let mut items = rows.iter().map(|row| row.id("item")).collect::<Result<HashSet<_>>>()?;
    for row in joins.iter().chain(&others) {
        items.insert(row.id("item")?);
    }
    carry_items(base, tx, items.clone()).await?;
    carry(tx, &DELIVERIES, rows).await?;
    carry(tx, &DELIVERY_ITEMS, joins).await?;
    carry(tx, &ALSO_COVERED, others).await?;
    carry_digests(base, tx, items).await
}

/// The digests that these items are in or wait for.
async fn carry_digests(base: &Store, tx: &mut Tx, items: HashSet<Id>) -> Result<()> {
    let items: Vec<Id> = items.into_iter().collect();
    for items in items.chunks(KEYS) {
        let (asked, values) = (list(1, items.len()), || items.iter().copied().map(Value::from).collect());
        let sql = format!("SELECT * FROM deliveries WHERE id IN (SELECT delivery FROM digest_items WHERE item IN ({asked}))");
        let made = base.db.rows(sql, values()).await?;
        carry_items(base, tx, made.iter().map(|row| row.id("item")).collect::<Result<_>>()?).await?;
        carry(tx, &DELIVERIES, made).await?;
        carry(tx, &DIGEST_ITEMS, base.db.rows(format!("SELECT * FROM digest_items WHERE item IN ({asked})"), values()).await?).await?;
    }
    Ok(())
}

async fn carry_items(base: &Store, tx: &mut Tx, ids: HashSet<Id>) -> Result<()> {
    let ids: Vec<Id> = ids.into_iter().collect();
    for ids in ids.chunks(KEYS) {
        let sql = format!("SELECT * FROM items WHERE id IN ({})", list(1, ids.len()));
        carry(tx, &ITEMS, base.db.rows(sql, ids.iter().copied().map(Value::from).collect()).await?).await?;
    }
    Ok(())
}

/// Copies rows up; what is up already stays as it is.
async fn carry(tx: &mut Tx, table: &Table, rows: Vec<Row>) -> Result<()> {
    let columns: Vec<&str> = table.integers.iter().chain(table.texts).copied().collect();
    for rows in rows.chunks(100) {
        let sql = format!(
            "INSERT INTO {} ({}) VALUES {} ON CONFLICT DO NOTHING",
            table.name,
            columns.join(", "),
            tuples(rows.len(), columns.len())
        );
        let mut args = Vec::with_capacity(rows.len() * columns.len());
        for row in rows {
            for column in table.integers {
                args.push(Value::Int(row.int_or_null(column)?));
            }
            for column in table.texts {
                args.push(Value::Text(row.text_or_null(column)?));
            }
        }
        tx.run(sql, args).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_column_of_a_carried_table_is_carried() {
        let store = Store::memory().await.unwrap();
        for table in TABLES {
            let sql = format!("SELECT name FROM pragma_table_info('{}')", table.name);
            let mut columns: Vec<String> = store.db.rows(sql, args![]).await.unwrap().iter().map(|row| row.text("name").unwrap()).collect();
            let mut carried: Vec<&str> = table.integers.iter().chain(table.texts).copied().collect();
            columns.sort_unstable();
            carried.sort_unstable();
            assert_eq!(carried, columns, "{}", table.name);
        }
    }
}
