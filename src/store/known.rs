//! What the store knows of the entries of a group of documents, in as few questions as it takes.
//!
//! Nearly every entry stood in its feed's last document as it is, which that feed's window says. Of the others most are known by
//! their first key, and are what they were when that was stored, as the mark beside the key says: these keys are asked first, of all
//! documents at once, and no item is read for them. The items of what is left are read next, the other rungs are asked only for
//! entries that nobody knows at first sight, and the last days' titles only for those that no rung knows.

use std::time::Duration;

use foldhash::{HashMap, HashSet};

use super::db::{Row, Tx, Value, args, list, portions};
use super::error::Result;
use super::filters::Filters;
use super::keys::{known_sql, known_values};
use super::ladder::{Document, Known, KnownItem, Marked, Place, SHARED, SameStory, lead, resembles};
use super::remember::Read;
use super::window::{self, Window};
use crate::domain::{Entry, Id, Timestamp};

/// Keys in one question, and feeds; and feeds in one that asks for each of them by itself.
const KEYS: usize = 512;
const FEEDS: usize = 64;
const EACH: usize = 32;
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
    /// Of the ranges of keys that are asked for.
    filters: Filters,
    /// What the feeds' last documents held, as it is stored.
    pub windows: HashMap<Id, Window>,
}

impl Knowledge {
    /// Asks for all that the places of these documents' entries depend on.
    pub async fn of(tx: &mut Tx, reads: &[Read<'_>], same_story: SameStory, now: Timestamp) -> Result<Self> {
        let documents = reads.iter().map(|read| Document::of(&read.entries, read.is_whole)).collect();
        let windows = window::of(tx, reads).await?;
        let mut all = Self {
            known: Known::default(),
            asked: HashSet::default(),
            documents,
            seen: HashMap::default(),
            filters: Filters::default(),
            windows,
        };
        let first = all.look_through(reads);
        all.filters = Filters::of(tx, first.iter().copied()).await?;
        all.ask_keys(tx, first).await?;
        let waiting = waiting(tx, reads).await?;
        let is_waiting = |new: &&Marked<'_>| all.known.unchanged(new).is_some_and(|(id, _)| waiting.contains(&id));
        let entries = || reads.iter().flat_map(|read| &read.entries);
        let changed = entries().filter(|new| all.known.unchanged(new).is_none()).flat_map(|new| new.scoped.all());
        let looked_at = changed.chain(entries().filter(is_waiting).map(|new| new.scoped.first()));
        let looked_at: HashSet<i64> = looked_at.filter(|key| all.known.keys.get(key).is_some_and(|item| *item != SHARED)).collect();
        all.ask(tx, looked_at, false).await?;
        let strange = entries().filter(|new| all.known.unchanged(new).is_none() && !all.is_plain(new));
        // A text proves something only where no GUID does.
        let shared: HashSet<i64> = reads.iter().flat_map(|read| read.shared).copied().collect();
        let proves = |guid: &i64| !shared.contains(guid) && all.known.keys.get(guid) != Some(&SHARED);
        let worth = |new: &Marked<'_>| {
            let text = if new.scoped.guid.as_ref().is_some_and(proves) { None } else { Some(new.scoped.text) };
            [new.scoped.guid, new.scoped.path, new.scoped.link, new.scoped.title, text].into_iter().flatten()
        };
        let more: HashSet<i64> = strange.flat_map(worth).filter(|key| !all.asked.contains(key)).collect();
        all.ask(tx, more, true).await?;
        all.ask_titles(tx, reads, same_story, now).await?;
        Ok(all)
    }

    /// Takes up what stands in the windows; answers with the first keys of all other entries, and those that are shared.
    fn look_through(&mut self, reads: &[Read<'_>]) -> HashSet<i64> {
        let mut others: HashSet<i64> = reads.iter().flat_map(|read| read.shared).copied().collect();
        for read in reads {
            let window = self.windows.get(&read.feed);
            for new in &read.entries {
                let first = new.scoped.first();
                match window.and_then(|window| window.item(new)).filter(|_| !others.contains(&first)) {
                    Some(item) => {
                        self.known.keys.insert(first, item);
                        self.known.marks.insert(first, (item, new.mark));
                        self.asked.insert(first);
                    }
                    None => drop(others.insert(first)),
                }
            }
        }
        others
    }

    /// Known at first sight, and as it was.
    fn is_plain(&self, new: &Marked<'_>) -> bool {
        let Some(known) = self.known.first_sight(new).and_then(|id| self.known.items.get(&id)) else { return false };
        let has_moved = new.keys.link.is_some() && new.keys.link != known.key_link;
        let was_kept = new.entry.guid.is_none() || known.guid.is_some();
        !has_moved && was_kept
    }

    /// Asks what these keys lead to, and for the marks beside them.
    async fn ask_keys(&mut self, tx: &mut Tx, keys: HashSet<i64>) -> Result<()> {
        for keys in ordered(&keys).chunks(KEYS) {
            let (size, values) = self.asked(keys);
            for row in tx.rows(known_sql(size, "hash, item, mark", ""), values).await? {
                let (hash, item) = (row.int("hash")?, row.id("item")?);
                self.known.keys.insert(hash, item);
                self.known.marks.extend(row.int_or_null("mark")?.map(|mark| (hash, (item, mark))));
            }
        }
        self.asked.extend(keys);
        Ok(())
    }

    /// Asks what these keys lead to, and for the items there. `bodies`: what the items tell is to be compared.
    async fn ask(&mut self, tx: &mut Tx, keys: HashSet<i64>, bodies: bool) -> Result<()> {
        let entry = if bodies { "items.entry" } else { "CASE WHEN items.state = 'seen' THEN items.entry END" };
        for keys in ordered(&keys).chunks(KEYS) {
            let (size, values) = self.asked(keys);
            let columns = format!(
                "known.hash, known.item, items.id, items.own_guid, items.guid, items.key_link, items.link, items.title, items.published,
                 items.state, {entry} AS entry"
            );
            let sql = known_sql(size, &columns, "LEFT JOIN items ON items.id = known.item");
            for row in tx.rows(sql, values).await? {
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

    fn asked(&self, keys: &[i64]) -> (usize, Vec<Value>) {
        let keys = filled(keys);
        (keys.len(), known_values(keys.into_iter(), &self.filters))
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

    /// Looks at the feeds' items of the last days, where an entry is new: its title may be one of theirs, corrected.
    async fn ask_titles(&mut self, tx: &mut Tx, reads: &[Read<'_>], same_story: SameStory, now: Timestamp) -> Result<()> {
        let mut titles: HashMap<Id, (usize, Vec<&str>)> = HashMap::default();
        for (index, read) in reads.iter().enumerate().filter(|(_, read)| read.is_whole) {
            let document = &self.documents[index];
            let is_new = |new: &&Marked<'_>| !matches!(self.known.place(new, document, same_story), Place::Item(..));
            let new: Vec<&str> = read.entries.iter().filter(is_new).map(|new| new.entry.title.as_str()).collect();
            if new.iter().any(|title| lead(title) != 0) {
                titles.insert(read.feed, (index, new));
            }
        }
        let mut resembling = Vec::new();
        for ids in namesakes(tx, &titles, now).await?.chunks(KEYS) {
            let ids = filled(ids);
            let sql = format!("SELECT id, feed, title FROM items WHERE id IN ({})", list(1, ids.len()));
            for row in tx.rows(sql, ids.into_iter().map(Value::from).collect()).await? {
                let title = row.text("title")?;
                if let Some((index, new)) = titles.get(&row.id("feed")?)
                    && new.iter().any(|new| resembles(&title, new))
                {
                    resembling.push((*index, row.id("id")?));
                }
            }
        }
        // newest first, as they are looked at
        resembling.sort_unstable_by_key(|(index, id)| (*index, std::cmp::Reverse(*id)));
        for (index, id) in resembling {
            let sql = "SELECT own_guid, guid, key_link, link, title, published, state, entry FROM items WHERE id = $1";
            if let Some(row) = tx.row(sql, args![id]).await? {
                self.take_up(id, &row, true)?;
                self.documents[index].recent.push(id);
            }
        }
        Ok(())
    }
}

/// The feeds' items of the last days whose titles may be misprints of these: what stands beside their ids says of nearly all that
/// they are not.
async fn namesakes(tx: &mut Tx, titles: &HashMap<Id, (usize, Vec<&str>)>, now: Timestamp) -> Result<Vec<i64>> {
    let mut ids = Vec::new();
    let mut feeds: Vec<Id> = titles.keys().copied().collect();
    feeds.sort_unstable();
    for feeds in portions(&feeds, EACH) {
        for leads in leads(feeds, titles).chunks(KEYS) {
            let mut values: Vec<Value> = feeds.iter().flat_map(|feed| args![*feed, Id::floor(now.minus(RECENT))]).collect();
            let leads = filled(leads);
            let places = list(values.len() + 1, leads.len());
            values.extend(leads.into_iter().map(Value::from));
            for row in tx.rows(namesakes_sql(feeds.len(), &places), values).await? {
                ids.push(row.int("id")?);
            }
        }
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

fn leads(feeds: &[Id], titles: &HashMap<Id, (usize, Vec<&str>)>) -> Vec<i64> {
    let new = feeds.iter().filter_map(|feed| titles.get(feed)).flat_map(|(_, new)| new);
    ordered(&new.map(|title| lead(title)).filter(|lead| *lead != 0).collect())
}

/// Two values a feed, its id and the lowest id of its items, and those of `leads`.
pub(super) fn namesakes_sql(feeds: usize, leads: &str) -> String {
    let newest = |at: usize| {
        let (feed, floor) = (2 * at + 1, 2 * at + 2);
        format!(
            "SELECT id, lead FROM
             (SELECT id, lead FROM items WHERE feed = ${feed} AND id >= ${floor} ORDER BY id DESC LIMIT {NEWEST}) AS of{at}"
        )
    };
    let newest = (0..feeds).map(newest).collect::<Vec<_>>().join(" UNION ALL ");
    format!("SELECT id FROM ({newest}) AS newest WHERE lead IS NULL OR lead IN ({leads})")
}

/// Items of these documents' feeds that nobody has begun to prepare: few, but of a feed that is held.
async fn waiting(tx: &mut Tx, reads: &[Read<'_>]) -> Result<HashSet<Id>> {
    let mut waiting = HashSet::default();
    for reads in portions(reads, FEEDS) {
        let sql = waiting_sql(reads.len());
        for row in tx.rows(sql, reads.iter().map(|read| Value::from(read.feed)).collect()).await? {
            waiting.insert(row.id("id")?);
        }
    }
    Ok(waiting)
}

pub(super) fn waiting_sql(feeds: usize) -> String {
    format!("SELECT id FROM items WHERE feed IN ({}) AND state = 'seen'", list(1, feeds))
}

fn ordered(keys: &HashSet<i64>) -> Vec<i64> {
    let mut keys: Vec<i64> = keys.iter().copied().collect();
    keys.sort_unstable();
    keys
}

/// Values for some keys, filled up so that there are few different statements to prepare.
fn filled(keys: &[i64]) -> Vec<i64> {
    let size = keys.len().next_power_of_two();
    keys.iter().copied().chain(std::iter::repeat(keys[0])).take(size).collect()
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
