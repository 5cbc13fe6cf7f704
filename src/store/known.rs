//! What the store knows of the entries of a group of documents, in as few questions as it takes.
//!
//! Nearly every entry is known by its first key, so these are asked first, of all documents at once. The other rungs are asked
//! only for entries that nobody knows at first sight, and the last days' titles only for those that no rung knows.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::db::{Row, Tx, Value, args, list};
use super::error::Result;
use super::ladder::{Document, Known, KnownItem, Place, SameStory, resembles};
use super::remember::Read;
use crate::domain::{Entry, Id, Timestamp};

/// Keys in one question.
const KEYS: usize = 512;
/// So far back goes what may have been published again with another title.
pub(super) const RECENT: Duration = Duration::from_secs(3 * 86_400);
/// So many of a feed's items are looked at for that.
pub(super) const NEWEST: i64 = 20;

/// What is known of the documents' entries.
pub(super) struct Knowledge {
    pub known: Known,
    /// Every key that was asked for.
    pub asked: HashSet<i64>,
    /// What the documents hold, in their order.
    pub documents: Vec<Document>,
    /// The entries of items that nobody has begun to prepare, as they are stored.
    pub seen: HashMap<Id, String>,
}

impl Knowledge {
    /// Asks for all that the places of these documents' entries depend on.
    pub async fn of(tx: &mut Tx, reads: &[Read<'_>], same_story: SameStory, now: Timestamp) -> Result<Self> {
        let documents = reads.iter().map(|read| Document::of(read.entries, read.is_whole)).collect();
        let mut all = Self { known: Known::default(), asked: HashSet::new(), documents, seen: HashMap::new() };
        let first = reads.iter().flat_map(|read| read.entries.iter().map(|new| new.scoped.first()).chain(read.shared.iter().copied()));
        all.ask(tx, first.collect(), false).await?;
        let strange = reads.iter().flat_map(|read| read.entries).filter(|new| !all.is_plain(new));
        let more: HashSet<i64> = strange.flat_map(|new| new.scoped.all()).filter(|key| !all.asked.contains(key)).collect();
        all.ask(tx, more, true).await?;
        for (index, read) in reads.iter().enumerate() {
            all.ask_titles(tx, index, read, same_story, now).await?;
        }
        Ok(all)
    }

    /// Known at first sight, and as it was.
    fn is_plain(&self, new: &super::NewEntry) -> bool {
        let Some(known) = self.known.first_sight(new).and_then(|id| self.known.items.get(&id)) else { return false };
        let has_moved = new.keys.link.is_some() && new.keys.link != known.key_link;
        let was_kept = new.entry.guid.is_none() || known.guid.is_some();
        !has_moved && was_kept
    }

    /// `bodies`: what the items tell is to be compared.
    async fn ask(&mut self, tx: &mut Tx, keys: HashSet<i64>, bodies: bool) -> Result<()> {
        let ordered: Vec<i64> = {
            let mut keys: Vec<i64> = keys.iter().copied().collect();
            keys.sort_unstable();
            keys
        };
        let entry = if bodies { "items.entry" } else { "CASE WHEN items.state = 'seen' THEN items.entry END" };
        for keys in ordered.chunks(KEYS) {
            // Filled up, so that there are few different statements to prepare.
            let size = keys.len().next_power_of_two();
            let sql = format!(
                "SELECT feed_keys.hash, feed_keys.item, items.id, items.own_guid, items.guid, items.key_link, items.link, items.title,
                        items.published, items.state, {entry} AS entry
                 FROM feed_keys LEFT JOIN items ON items.id = feed_keys.item WHERE feed_keys.hash IN ({})",
                list(1, size)
            );
            let filled = keys.iter().copied().chain(std::iter::repeat(keys[0])).take(size);
            for row in tx.rows(sql, filled.map(Value::from).collect()).await? {
                let item = row.id("item")?;
                self.known.keys.insert(row.int("hash")?, item);
                if row.id_or_null("id")?.is_some() {
                    self.take_up(item, &row, bodies)?;
                }
            }
        }
        self.asked.extend(keys);
        Ok(())
    }

    fn take_up(&mut self, id: Id, row: &Row, bodies: bool) -> Result<()> {
        if !bodies && self.known.items.contains_key(&id) {
            return Ok(());
        }
        let entry = row.text_or_null("entry")?;
        self.known.items.insert(id, item(row, entry.as_deref().filter(|_| bodies))?);
        if row.text("state")? == "seen" {
            self.seen.extend(entry.map(|entry| (id, entry)));
        }
        Ok(())
    }

    /// Looks at the feed's items of the last days, where an entry is new: its title may be one of theirs, corrected.
    async fn ask_titles(&mut self, tx: &mut Tx, index: usize, read: &Read<'_>, same_story: SameStory, now: Timestamp) -> Result<()> {
        if !read.is_whole {
            return Ok(());
        }
        let document = &self.documents[index];
        let is_new = |new: &&super::NewEntry| !matches!(self.known.place(new, document, same_story), Place::Item(..));
        let titles: Vec<&str> = read.entries.iter().filter(is_new).map(|new| new.entry.title.as_str()).collect();
        if !titles.iter().any(|title| title.contains(' ')) {
            return Ok(());
        }
        let sql = format!("SELECT id, title FROM items WHERE feed = $1 AND id >= $2 ORDER BY id DESC LIMIT {NEWEST}");
        let mut resembling = Vec::new();
        for row in tx.rows(sql, args![read.feed, Id::floor(now.minus(RECENT))]).await? {
            let title = row.text("title")?;
            if titles.iter().any(|new| resembles(&title, new)) {
                resembling.push(row.id("id")?);
            }
        }
        for id in resembling {
            let sql = "SELECT own_guid, guid, key_link, link, title, published, state, entry FROM items WHERE id = $1";
            if let Some(row) = tx.row(sql, args![id]).await? {
                self.take_up(id, &row, true)?;
                self.documents[index].recent.push(id);
            }
        }
        Ok(())
    }
}

fn item(row: &Row, entry: Option<&str>) -> Result<KnownItem> {
    let entry: Option<Entry> = entry.and_then(|entry| serde_json::from_str(entry).ok());
    Ok(KnownItem {
        own_guid: row.int_or_null("own_guid")?,
        guid: row.text_or_null("guid")?,
        key_link: row.int_or_null("key_link")?,
        link: row.text_or_null("link")?,
        title: row.text("title")?,
        body: entry.map(|entry| entry.body().to_owned()).unwrap_or_default(),
        published: row.time_or_null("published")?,
    })
}
