//! A feed's window: what its last document held, in one row of its own, so that of the next document only what is not in it is
//! looked up among the keys.
//!
//! It says nothing that the keys don't: it is written in the transaction that writes the keys, and whoever changes keys
//! elsewhere drops it. Without it everything is looked up, and that is all.

use std::hash::{DefaultHasher, Hash, Hasher};

use data_encoding::BASE64_NOPAD;
use foldhash::HashMap;

use super::db::{Tx, Value, args, list, portions, tuples};
use super::error::Result;
use super::ladder::{Known, Marked};
use super::remember::Read;
use crate::domain::Id;

/// Feeds in one statement.
const FEEDS: usize = 64;
/// Entries of a document that are kept: 22 characters each.
const MOST: usize = 1_000;
/// Bytes of an entry: its seal, and its item's id.
const WIDTH: usize = 16;

/// What one feed's last document held.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Window(HashMap<i64, Id>);

impl Window {
    /// The entries of a document that are what their first keys and the marks beside these say, now that it is taken in.
    fn of(entries: &[Marked<'_>], known: &Known) -> Self {
        let settled = entries.iter().filter_map(|new| Some((seal(new), known.unchanged(new)?.0)));
        Self(settled.take(MOST).collect())
    }

    /// The item of an entry that stood in the last document, and was told of the same GUID and link.
    pub fn item(&self, new: &Marked<'_>) -> Option<Id> {
        self.0.get(&seal(new)).copied()
    }

    fn to_text(&self) -> String {
        let mut entries: Vec<(i64, Id)> = self.0.iter().map(|(seal, item)| (*seal, *item)).collect();
        entries.sort_unstable();
        let bytes: Vec<u8> = entries.iter().flat_map(|(seal, item)| [seal.to_be_bytes(), item.to_i64().to_be_bytes()]).flatten().collect();
        BASE64_NOPAD.encode(&bytes)
    }

    /// What can't be read holds nothing: then everything is looked up.
    fn from_text(text: &str) -> Self {
        let bytes = BASE64_NOPAD.decode(text.as_bytes()).unwrap_or_default();
        let number = |bytes: &[u8]| bytes.try_into().map(i64::from_be_bytes).unwrap_or_default();
        Self(bytes.chunks_exact(WIDTH).map(|entry| (number(&entry[..8]), Id::from_i64(number(&entry[8..])))).collect())
    }
}

/// Of what an entry is known by and told of, 64 bits. (Another version of the program may make another one: then keys are looked
/// up once.)
fn seal(new: &Marked<'_>) -> i64 {
    let mut hasher = DefaultHasher::new();
    (new.scoped.first(), new.mark).hash(&mut hasher);
    hasher.finish().cast_signed()
}

/// The windows of these documents' feeds, as they are stored.
pub(super) async fn of(tx: &mut Tx, reads: &[Read<'_>]) -> Result<HashMap<Id, Window>> {
    let mut windows = HashMap::default();
    for reads in portions(reads, FEEDS) {
        let sql = format!("SELECT feed, entries FROM windows WHERE feed IN ({})", list(1, reads.len()));
        for row in tx.rows(sql, reads.iter().map(|read| Value::from(read.feed)).collect()).await? {
            windows.insert(row.id("feed")?, Window::from_text(&row.text("entries")?));
        }
    }
    Ok(windows)
}

/// Keeps what the documents hold, now that they are taken in, where that isn't what is stored.
pub(super) async fn keep(tx: &mut Tx, reads: &[Read<'_>], known: &Known, stored: &HashMap<Id, Window>) -> Result<()> {
    let mut changed: HashMap<Id, String> = HashMap::default();
    for read in reads {
        let window = Window::of(&read.entries, known);
        if stored.get(&read.feed) != Some(&window) {
            changed.insert(read.feed, window.to_text());
        }
    }
    let mut changed: Vec<(Id, String)> = changed.into_iter().collect();
    changed.sort_unstable();
    for changed in portions(&changed, FEEDS) {
        let sql = format!(
            "INSERT INTO windows (feed, entries) VALUES {} ON CONFLICT (feed) DO UPDATE SET entries = excluded.entries",
            tuples(changed.len(), 2)
        );
        tx.run(sql, changed.iter().flat_map(|(feed, entries)| args![*feed, entries]).collect()).await?;
    }
    Ok(())
}

/// The feed's keys change elsewhere: they are looked up the next time.
pub(super) async fn forget(tx: &mut Tx, feed: Id) -> Result<()> {
    tx.run("DELETE FROM windows WHERE feed = $1", args![feed]).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_comes_back_as_it_was_stored_and_one_that_cannot_be_read_holds_nothing() {
        let window =
            Window([(i64::MIN, 3), (-1, 2), (0, i64::MAX), (7, 1)].map(|(seal, id)| (seal, Id::from_i64(id))).into_iter().collect());
        assert_eq!(Window::from_text(&window.to_text()), window);
        for text in ["", "AAAA", "no base64"] {
            assert_eq!(Window::from_text(text), Window::default());
        }
    }
}
