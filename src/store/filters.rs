//! Which keys can't be in `entry_keys`: a Bloom filter (B. H. Bloom, 1970) for each range of neighbours that has more than a few.
//!
//! A new entry is asked for by three keys or four, and in ten million keys each lies on a page of its own, which nobody has looked at for a
//! while. What the filter says of nearly all of them, in one row, is that nobody needs to look.
//!
//! Only a SQLite file has filters: nobody else writes while one of its transactions is open. What adds a key to `entry_keys` adds it to
//! the filter in the same transaction, so that whoever dies leaves both or none; where there is no filter, all keys are looked up.

use std::num::ParseIntError;

use foldhash::HashMap;

use super::db::{Row, Tx, Value, args, list, portions, strange, tuples};
use super::error::Result;
use super::keys::{OWN, RANGES, neighbours, range, with_ranges, within_ranges};

/// Fewer keys have no filter: they lie on a few pages.
const FEW: usize = 400;
/// More have none, either, for ever: to read it would cost more than the pages that it spares.
const MOST: usize = 20_000;
/// Bits that a key sets.
const PROBES: u64 = 4;
/// Bits for each key that a filter has room for, as many as a character holds: about one key in eighteen seems to be there and isn't,
/// when it is full.
const BITS: u64 = 6;
/// What stands for no bit; the others follow.
const ZERO: u8 = b'0';

/// One range's filter; one without a text is of too many keys, and holds all that there are.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Filter {
    /// How many keys it has.
    keys: usize,
    /// A character for every six bits.
    text: Vec<u8>,
}

impl Filter {
    fn of(keys: &[i64]) -> Self {
        let mut filter = Self { keys: 0, text: vec![ZERO; keys.len() + keys.len() / 2] };
        filter.extend(keys);
        filter
    }

    fn extend(&mut self, keys: &[i64]) {
        if self.text.is_empty() {
            return;
        }
        self.keys += keys.len();
        let room = self.text.len() as u64;
        for bit in keys.iter().flat_map(|key| bits(*key, room)) {
            let (at, bit) = place(bit);
            self.text[at] = ZERO + ((self.text[at] - ZERO) | bit);
        }
    }

    fn of_too_many() -> Self {
        Self { keys: 0, text: Vec::new() }
    }

    fn has_room(&self, keys: usize) -> bool {
        self.text.is_empty() || self.keys + keys <= self.text.len()
    }

    fn may_hold(&self, key: i64) -> bool {
        let is_set = |bit| {
            let (at, bit) = place(bit);
            self.text[at].wrapping_sub(ZERO) & bit != 0
        };
        self.text.is_empty() || bits(key, self.text.len() as u64).all(is_set)
    }

    fn read(row: &Row) -> Result<(i64, Self)> {
        Ok((row.int("neighbours")?, Self { keys: row.count("keys")? as usize, text: row.text("filter")?.into_bytes() }))
    }
}

/// The bits of a key in a filter of so many characters. What is a key's own is spread evenly as it is.
fn bits(key: i64, room: u64) -> impl Iterator<Item = u64> {
    let own = (key & OWN) as u64;
    let (first, step) = (own % (room * BITS), own >> 20);
    (0..PROBES).map(move |probe| (first + probe * step) % (room * BITS))
}

fn place(bit: u64) -> (usize, u8) {
    ((bit / BITS) as usize, 1 << (bit % BITS))
}

/// The filters of some keys' ranges.
#[derive(Debug, Default)]
pub(super) struct Filters(HashMap<i64, Filter>);

impl Filters {
    /// Those that there are.
    pub async fn of(tx: &mut Tx, keys: impl Iterator<Item = i64>) -> Result<Self> {
        let mut ranges: Vec<i64> = keys.map(neighbours).collect();
        ranges.sort_unstable();
        ranges.dedup();
        Self::read(tx, &ranges).await
    }

    async fn read(tx: &mut Tx, ranges: &[i64]) -> Result<Self> {
        let mut filters = Self::default();
        if tx.is_file() {
            for ranges in portions(ranges, RANGES) {
                let sql = format!("SELECT neighbours, keys, filter FROM key_filters WHERE neighbours IN ({})", list(1, ranges.len()));
                for row in tx.rows(sql, ranges.iter().copied().map(Value::from).collect()).await? {
                    filters.0.extend([Filter::read(&row)?]);
                }
            }
        }
        Ok(filters)
    }

    /// Whether the key may be in `entry_keys`.
    pub fn may_hold(&self, key: i64) -> bool {
        self.0.get(&neighbours(key)).is_none_or(|filter| filter.may_hold(key))
    }
}

/// What will be added to the ranges' keys: those of `fresh_keys` that are about to be moved, and these of theirs.
pub(super) async fn find_added(tx: &mut Tx, ranges: &[i64], direct: impl Iterator<Item = i64>) -> Result<HashMap<i64, Vec<i64>>> {
    if !tx.is_file() {
        return Ok(HashMap::default());
    }
    let mut added: HashMap<i64, Vec<i64>> = ranges.iter().map(|at| (*at, Vec::new())).collect();
    for (at, keys) in read_keys(tx, "fresh_keys", ranges).await? {
        added.entry(at).or_default().extend(keys);
    }
    for key in direct {
        if let Some(keys) = added.get_mut(&neighbours(key)) {
            keys.push(key);
        }
    }
    Ok(added)
}

/// The ranges' filters have these keys from now on, which were just written. One that is full is made anew, and so is one that there
/// isn't yet.
pub(super) async fn add(tx: &mut Tx, added: HashMap<i64, Vec<i64>>) -> Result<()> {
    let mut ranges: Vec<i64> = added.keys().copied().collect();
    ranges.sort_unstable();
    let (mut filters, mut full) = (Filters::read(tx, &ranges).await?.0, Vec::new());
    for at in ranges {
        match filters.get_mut(&at).filter(|filter| filter.has_room(added[&at].len())) {
            Some(filter) => filter.extend(&added[&at]),
            None => full.push(at),
        }
    }
    for full in portions(&full, RANGES) {
        for (at, keys) in read_keys(tx, "entry_keys", full).await? {
            match keys.len() {
                0..FEW => {}
                FEW..=MOST => drop(filters.insert(at, Filter::of(&keys))),
                _ => drop(filters.insert(at, Filter::of_too_many())),
            }
        }
    }
    let mut filters: Vec<(i64, Filter)> = filters.into_iter().collect();
    filters.sort_unstable_by_key(|(at, _)| *at);
    for filters in portions(&filters, RANGES) {
        let sql = format!(
            "INSERT INTO key_filters (neighbours, keys, filter) VALUES {}
             ON CONFLICT (neighbours) DO UPDATE SET keys = excluded.keys, filter = excluded.filter",
            tuples(filters.len(), 3)
        );
        let text = |filter: &Filter| String::from_utf8_lossy(&filter.text).into_owned();
        tx.run(sql, filters.iter().flat_map(|(at, filter)| args![*at, filter.keys as i64, text(filter)]).collect()).await?;
    }
    Ok(())
}

/// The keys that a table has in these ranges, where there are any.
async fn read_keys(tx: &mut Tx, table: &str, ranges: &[i64]) -> Result<Vec<(i64, Vec<i64>)>> {
    let (with, within) = (with_ranges(ranges.len()), within_ranges(table));
    let sql = format!("{with} SELECT ranges.least, group_concat({table}.hash, ' ') AS keys FROM {within} GROUP BY 1");
    let read = |row: &Row| {
        let text = row.text("keys")?;
        let keys = text.split(' ').map(|key| key.parse().map_err(|cause: ParseIntError| strange("hash", key, cause)));
        Ok((neighbours(row.int("least")?), keys.collect::<Result<_>>()?))
    };
    tx.rows(sql, ranges.iter().flat_map(|at| range(*at)).collect()).await?.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FEED_KEY_BITS, Timestamp};
    use crate::store::Store;

    /// Keys of one range that have nothing to do with each other.
    fn keys(from: u64, count: u64) -> Vec<i64> {
        let mixed = |number: u64| {
            let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            number ^ (number >> 31)
        };
        (from..from + count).map(|number| (7 << FEED_KEY_BITS) | (mixed(number) as i64 & OWN)).collect()
    }

    #[test]
    fn a_filter_holds_every_key_that_it_was_given_and_few_others() {
        for count in [1, 2, 3, 400, 5_000] {
            let mut filter = Filter::of(&keys(0, count));
            let more = keys(count, filter.text.len() as u64 - count);
            assert!(filter.has_room(more.len()) && !filter.has_room(more.len() + 1));
            filter.extend(&more);
            let all = filter.keys as u64;
            assert!(keys(0, all).iter().all(|key| filter.may_hold(*key)), "{count}");
            let wrong = keys(1_000_000, 10_000).iter().filter(|key| filter.may_hold(**key)).count();
            assert!(count < 400 || wrong < 800, "{count}: {wrong}");
            assert!(filter.text.iter().all(|byte| (ZERO..ZERO + 64).contains(byte)));
        }
    }

    #[tokio::test]
    async fn a_range_of_too_many_keys_has_no_filter_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("w.db").display());
        let store = Store::open(&url, Timestamp::from_unix(1_795_348_800)).await.unwrap();
        let mut tx = store.db.begin("test").await.unwrap();
        let at = neighbours(keys(0, 1)[0]);
        let grow = "WITH RECURSIVE n (i) AS (SELECT $1 UNION ALL SELECT i + 1 FROM n WHERE i < $2) INSERT INTO entry_keys (hash, item) SELECT $3 + i, 7 FROM n";
        let (mut has, mut texts) = (0, Vec::new());
        for count in [FEW - 1, FEW, MOST, 2 * MOST] {
            tx.run(grow, args![has as i64 + 1, count as i64, at << FEED_KEY_BITS]).await.unwrap();
            let new = (has..count).map(|own| (at << FEED_KEY_BITS) + own as i64 + 1).collect();
            add(&mut tx, HashMap::from_iter([(at, new)])).await.unwrap();
            has = count;
            let filters = Filters::read(&mut tx, &[at]).await.unwrap();
            assert!((1..=has as i64).all(|own| filters.may_hold((at << FEED_KEY_BITS) + own)));
            texts.push(filters.0.get(&at).map(|filter| filter.text.len()));
        }
        assert_eq!(texts, [None, Some(FEW + FEW / 2), Some(MOST + MOST / 2), Some(0)]);
    }
}
