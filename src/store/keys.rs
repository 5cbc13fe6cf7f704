//! Which item an entry of a feed is: the keys of all feeds, in two tables.
//!
//! The keys of one feed lie side by side, and those of its newest entries in a table of their own, `fresh_keys`, where they are a
//! page or two. From there they are moved to `entry_keys` many at a time: among the keys of years each lies on another page, which it would
//! cost to write one of them. What stands in `fresh_keys` holds; what `entry_keys` says beside it is older.
//!
//! PostgreSQL writes all to `entry_keys`: there, somebody else could add a key between the two statements of a move.
//!
//! If the process dies: keys are written and moved in the transaction that remembers their items, and so are there once and in one of
//! the two, or not at all.

use std::collections::BTreeSet;

use foldhash::HashMap;

use super::db::{Tx, Value, args, list, portions, tuples};
use super::error::Result;
use super::filters::{self, Filters};
use crate::domain::{FEED_KEY_BITS, Id, feed_key_start};

/// Rows in one statement.
const ROWS: usize = 256;
/// Ranges in one statement.
pub(super) const RANGES: usize = 64;
/// A document with so many new entries brings enough keys to write them where they stay.
const MANY: usize = 16;

/// What is to be written: key → item, and the mark beside it.
pub(super) type Keys = HashMap<i64, (Id, Option<i64>)>;

/// What stands at so many keys: `columns` of `known` (`hash`, `item`, `mark`) and of what `join` joins to it. Two values a key: itself,
/// and again, or NULL where it can't be in `entry_keys`.
pub(super) fn known_sql(keys: usize, columns: &str, join: &str) -> String {
    format!(
        "WITH asked (hash, old) AS (VALUES {}),
              known AS (SELECT asked.hash, COALESCE(fresh_keys.item, entry_keys.item) AS item, COALESCE(fresh_keys.mark, entry_keys.mark) AS mark
                        FROM asked LEFT JOIN fresh_keys ON fresh_keys.hash = asked.hash
                                   LEFT JOIN entry_keys ON entry_keys.hash = asked.old AND fresh_keys.hash IS NULL)
         SELECT {columns} FROM known {join} WHERE known.item IS NOT NULL",
        tuples(keys, 2)
    )
}

/// The values of [`known_sql`].
pub(super) fn known_values(keys: impl Iterator<Item = i64>, filters: &Filters) -> Vec<Value> {
    keys.flat_map(|key| args![key, filters.may_hold(key).then_some(key)]).collect()
}

/// The same of a few keys, wherever they may stand: the statement and its values.
pub(super) fn lookup(keys: &[i64], columns: &str) -> (String, Vec<Value>) {
    (known_sql(keys.len(), columns, ""), known_values(keys.iter().copied(), &Filters::default()))
}

/// Which feeds' keys are moved to where they stay: in a fourth of the groups, those of documents that bring an item of the sixteenth that
/// its id chooses; and always those of a document that brings many.
#[derive(Debug, Default)]
pub(super) struct Moves {
    /// Whether it is this group's turn; `None`: nothing new came yet.
    is_time: Option<bool>,
    few: BTreeSet<i64>,
    /// Of documents that bring many.
    many: BTreeSet<i64>,
}

impl Moves {
    /// A document brings these items; `key` is any of its keys.
    pub fn note(&mut self, key: i64, new: &[Id]) {
        let Some(first) = new.first() else { return };
        // Ids are counted up: multiplied like this, the first bits of as many as you like are spread evenly.
        let spread = |id: &Id| (id.to_i64() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.is_time.get_or_insert((spread(first) >> 56) & 0b11 == 0);
        if new.len() >= MANY {
            self.many.insert(neighbours(key));
        } else if new.iter().any(|id| spread(id) >> 60 == 0) {
            self.few.insert(neighbours(key));
        }
    }
}

/// The feeds that this key's feed stands with.
pub(super) fn neighbours(key: i64) -> i64 {
    key >> FEED_KEY_BITS
}

/// The first and the last key of these feeds, as values.
pub(super) fn range(neighbours: i64) -> Vec<Value> {
    let first = neighbours << FEED_KEY_BITS;
    args![first, first | OWN]
}

/// What is a key's own.
pub(super) const OWN: i64 = (1 << FEED_KEY_BITS) - 1;

/// Writes keys, and moves those of `moves` and what came before them.
pub(super) async fn write(tx: &mut Tx, keys: Keys, moves: Moves) -> Result<()> {
    let mut keys: Vec<Key> = keys.into_iter().collect();
    keys.sort_unstable();
    if tx.is_postgres() {
        return upsert(tx, "entry_keys", &keys).await;
    }
    let (many, few): (Vec<Key>, Vec<Key>) = keys.into_iter().partition(|(key, _)| moves.many.contains(&neighbours(*key)));
    upsert(tx, "fresh_keys", &few).await?;
    let mut moved = moves.many;
    if moves.is_time == Some(true) {
        moved.extend(moves.few);
    }
    let moved: Vec<i64> = moved.into_iter().collect();
    for neighbours in portions(&moved, RANGES) {
        let added = filters::find_added(tx, neighbours, many.iter().map(|(key, _)| *key)).await?;
        move_all(tx, neighbours).await?;
        let many: Vec<Key> = many.iter().filter(|(key, _)| neighbours.contains(&self::neighbours(*key))).copied().collect();
        upsert(tx, "entry_keys", &many).await?;
        filters::add(tx, added).await?;
    }
    Ok(())
}

type Key = (i64, (Id, Option<i64>));

async fn upsert(tx: &mut Tx, table: &str, keys: &[Key]) -> Result<()> {
    for rows in portions(keys, ROWS) {
        let sql = format!("INSERT INTO {table} (hash, item, mark) VALUES {} {REPLACE}", tuples(rows.len(), 3));
        tx.run(sql, rows.iter().flat_map(|(hash, (item, mark))| args![*hash, *item, *mark]).collect()).await?;
    }
    Ok(())
}

const REPLACE: &str = "ON CONFLICT (hash) DO UPDATE SET item = excluded.item, mark = excluded.mark";

async fn move_all(tx: &mut Tx, neighbours: &[i64]) -> Result<()> {
    let ranges = || neighbours.iter().flat_map(|at| range(*at)).collect::<Vec<Value>>();
    let (with, fresh) = (with_ranges(neighbours.len()), within_ranges("fresh_keys"));
    let sql = format!(
        "{with} INSERT INTO entry_keys (hash, item, mark) SELECT fresh_keys.hash, fresh_keys.item, fresh_keys.mark FROM {fresh} {REPLACE}"
    );
    tx.run(sql, ranges()).await?;
    let sql = format!("{with} DELETE FROM fresh_keys WHERE hash IN (SELECT fresh_keys.hash FROM {fresh})");
    tx.run(sql, ranges()).await.map(drop)
}

/// So many ranges, each two values.
pub(super) fn with_ranges(ranges: usize) -> String {
    format!("WITH ranges (least, most) AS (VALUES {})", tuples(ranges, 2))
}

/// The keys of a table in the ranges, which are looked up one by one.
pub(super) fn within_ranges(table: &str) -> String {
    format!("ranges CROSS JOIN {table} WHERE {table}.hash BETWEEN ranges.least AND ranges.most")
}

/// Entries that have these keys are to be looked at.
pub(super) async fn unmark(tx: &mut Tx, keys: Vec<i64>) -> Result<()> {
    for keys in portions(&keys, ROWS) {
        for table in TABLES {
            let sql = format!("UPDATE {table} SET mark = NULL WHERE hash IN ({})", list(1, keys.len()));
            tx.run(sql, keys.iter().copied().map(Value::from).collect()).await?;
        }
    }
    Ok(())
}

/// The keys of the feed's returned items that are skipped now are their twins'.
pub(super) async fn rebind(tx: &mut Tx, feed: Id) -> Result<()> {
    let first = feed_key_start(feed);
    for table in TABLES {
        let sql = format!(
            "UPDATE {table} SET mark = NULL, item = (SELECT returned.twin FROM returned WHERE returned.item = {table}.item)
             WHERE hash BETWEEN $2 AND $3
               AND item IN (SELECT returned.item FROM returned JOIN items ON items.id = returned.item
                            WHERE returned.feed = $1 AND returned.settled IS NULL AND returned.twin IS NOT NULL AND items.state = 'skipped')"
        );
        tx.run(sql, args![feed, first, first | OWN]).await?;
    }
    Ok(())
}

const TABLES: [&str; 2] = ["fresh_keys", "entry_keys"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;
    use crate::store::Store;

    /// Numbers that have nothing to do with each other, the same in each run.
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, most: u64) -> u64 {
            self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            (self.0 >> 33) % most
        }

        /// A key of one of three ranges, of so many in each.
        fn key(&mut self, most: u64) -> i64 {
            let (at, own) = (self.below(3) as i64, self.below(most) as i64);
            (at << FEED_KEY_BITS) | (own.wrapping_mul(0x2545_f491_4f6c_dd1d) & OWN)
        }
    }

    async fn count(tx: &mut Tx, table: &str) -> usize {
        tx.row(format!("SELECT COUNT(*) AS number FROM {table}"), args![]).await.unwrap().unwrap().count("number").unwrap() as usize
    }

    /// Writes keys for a long time, and asks for all of them and as many others again and again.
    async fn write_and_ask(store: &Store) {
        let (mut numbers, mut model) = (Numbers(7), HashMap::<i64, (Id, Option<i64>)>::default());
        let mut item = 1_000_000;
        for round in 0..400 {
            let (mut keys, mut moves) = (Keys::default(), Moves::default());
            for _ in 0..=numbers.below(3) {
                let count = if numbers.below(20) == 0 { 20 } else { 1 + numbers.below(3) };
                let at = numbers.key(1) >> FEED_KEY_BITS;
                item += 1 + numbers.below(1_000) as i64;
                let ids: Vec<Id> = (0..count as i64).map(|more| Id::from_i64(item + more)).collect();
                for id in &ids {
                    // known ones among them, which are somebody else's from now on
                    let key = (numbers.key(1_500) & OWN) | (at << FEED_KEY_BITS);
                    let mark = (numbers.below(2) == 0).then(|| numbers.below(100) as i64);
                    keys.insert(key, (*id, mark));
                }
                moves.note(at << FEED_KEY_BITS, &ids);
            }
            model.extend(keys.iter().map(|(key, value)| (*key, *value)));
            let mut tx = store.db.begin("test").await.unwrap();
            write(&mut tx, keys, moves).await.unwrap();
            if round % 20 == 19 {
                let mut marked: Vec<i64> = model.keys().copied().collect();
                marked.sort_unstable();
                marked.retain(|_| numbers.below(9) == 0);
                unmark(&mut tx, marked.clone()).await.unwrap();
                for key in marked {
                    model.get_mut(&key).unwrap().1 = None;
                }
            }
            tx.commit().await.unwrap();
            if round % 10 == 9 {
                let mut asked: Vec<i64> = model.keys().copied().chain((0..300).map(|_| numbers.key(3_000))).collect();
                asked.sort_unstable();
                asked.dedup();
                let mut tx = store.db.begin("test").await.unwrap();
                let filters = Filters::of(&mut tx, asked.iter().copied()).await.unwrap();
                let mut found = HashMap::default();
                for asked in asked.chunks(256) {
                    let rows = tx
                        .rows(known_sql(asked.len(), "hash, item, mark", ""), known_values(asked.iter().copied(), &filters))
                        .await
                        .unwrap();
                    found.extend(
                        rows.iter().map(|row| (row.int("hash").unwrap(), (row.id("item").unwrap(), row.int_or_null("mark").unwrap()))),
                    );
                }
                assert!(found == model, "round {round}: {} of {}", found.len(), model.len());
            }
        }
    }

    #[tokio::test]
    async fn a_file_knows_every_key_as_it_was_last_written() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("w.db").display());
        let store = Store::open(&url, Timestamp::from_unix(1_795_348_800)).await.unwrap();
        write_and_ask(&store).await;
        let mut tx = store.db.begin("test").await.unwrap();
        assert_eq!(count(&mut tx, "key_filters").await, 3, "so the filters were asked");
        assert!(count(&mut tx, "fresh_keys").await < count(&mut tx, "entry_keys").await, "so keys were moved");
    }

    #[tokio::test]
    async fn a_memory_knows_every_key_as_it_was_last_written() {
        let store = Store::memory().await.unwrap();
        write_and_ask(&store).await;
        let mut tx = store.db.begin("test").await.unwrap();
        assert_eq!(count(&mut tx, "key_filters").await, 0, "they would not know what is carried up");
    }
}
