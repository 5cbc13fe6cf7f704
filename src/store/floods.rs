//! Feeds that bring old entries under new keys, many at once: they are held before any of these is prepared, until a person says
//! whether they are new (`accept`, in `profiles`) or the old ones (`rebind`).
//!
//! The ladder has had its say by now: what it knew is no item of its own. What it didn't know was made an item, in state `seen`,
//! in the transaction that holds the feed; so nothing of it is prepared before a person has spoken. A row of `returned` stands
//! beside each item that looks like an older one. `rebind` settles all of them in one transaction: killed before its end, nothing
//! has happened, and it is typed again.

use foldhash::{HashMap, HashSet};

use super::db::{Tx, Value, args, list, portions, tuples, word};
use super::error::Result;
use super::ladder::KnownItem;
use super::profiles::Feed;
use super::remember::Read;
use super::{NewEntry, Take};
use crate::domain::{Differing, Entry, Face, Id, Returning, Rung, Timestamp};

/// So many new entries that are old ones hold a feed, each with its share of what is new in hundredths.
const ENOUGH: [(usize, usize); 3] = [(3, 50), (5, 25), (20, 0)];
const FEW: usize = ENOUGH[0].0;
/// So many entries whose GUIDs are new at once, where the ladder knew them, if they are half of the document.
const MANY: usize = 5;
/// So many entries that are older than the feed's first poll allowed.
const ARCHIVE: usize = 5;
/// Items of the feed that are looked at, newest first; and those whose texts are read where nothing else is the same.
const OLD: usize = 2_000;
const TEXTS: usize = 300;
/// Rows in one statement.
const ROWS: usize = 128;

/// What of a document may be old entries under new keys.
#[derive(Default)]
pub(super) struct Came {
    /// Items that the document holds, the new ones too.
    pub here: HashSet<Id>,
    /// New items, each with its place in the document.
    pub new: Vec<(Id, usize)>,
    /// Those of them whose title, link or path was some item's.
    pub echoes: usize,
    /// Entries with a GUID that nobody has seen, which the ladder knew by something else.
    pub moved: Vec<Moved>,
}

/// An entry that the ladder knew although its GUID, or its link where it has none, is a new one.
pub(super) struct Moved {
    /// Its place in the document.
    at: usize,
    guid: Option<String>,
    link: Option<String>,
}

impl Moved {
    /// `None`: a GUID came where none was, or is another by scheme and `www.` alone.
    pub fn of(at: usize, entry: &Entry, known: &KnownItem) -> Option<Self> {
        let is_other = match (&known.guid, &entry.guid) {
            (Some(was), Some(is)) => bare(was) != bare(is),
            (was, None) => was.is_some() || known.link.is_some(),
            (None, Some(_)) => false,
        };
        is_other.then(|| Self { at, guid: known.guid.clone(), link: known.link.clone() })
    }
}

fn bare(guid: &str) -> &str {
    let guid = guid.trim();
    let guid = guid.strip_prefix("https://").or_else(|| guid.strip_prefix("http://")).unwrap_or(guid);
    guid.strip_prefix("www.").unwrap_or(guid)
}

impl Came {
    /// Most documents have nothing of this kind.
    pub fn worth_a_look(&self) -> bool {
        !self.new.is_empty() || self.moved.len() >= MANY
    }
}

/// Holds the feeds that bring old entries as if they were new, and notes which these are, also of feeds that are held already.
/// Answers with the reasons of those that are held from now on.
pub(super) async fn look(
    tx: &mut Tx,
    came: Vec<(&Read<'_>, &Returning, Came)>,
    feeds: &HashMap<Id, Feed>,
    now: Timestamp,
) -> Result<HashMap<Id, String>> {
    let mut held = HashMap::default();
    for (read, returning, came) in came {
        let Some(feed) = feeds.get(&read.feed) else { continue };
        let posted: Vec<(Id, &NewEntry)> = came.new.iter().map(|(id, at)| (*id, read.entries[*at].told())).collect();
        let posted: Vec<(Id, &NewEntry)> = posted.into_iter().filter(|(_, new)| new.take == Take::Post).collect();
        let (new, all) = (posted.len(), read.entries.len());
        // what costs something is asked where something speaks for it
        let is_overturned = new > 1 && new * 2 >= all;
        let twins = match feed.is_held || is_overturned || (new >= FEW && came.echoes > 0) {
            true => twins(tx, read.feed, returning, &came.here, &posted, feed.is_held || is_overturned).await?,
            false => Vec::new(),
        };
        let mut is_twin: HashSet<Id> = twins.iter().map(|twin| twin.item).collect();
        let past: Vec<&(Id, &NewEntry)> =
            posted.iter().filter(|(id, new)| !is_twin.contains(id) && returning.past.is_some_and(|past| is_before(new, past))).collect();
        let is_archive = past.len() >= ARCHIVE && has_older(tx, read.feed, posted[0].0).await?;
        let is_enough = |(few, share): (usize, usize)| twins.len() >= few && twins.len() * 100 >= new * share;
        let because = if ENOUGH.into_iter().any(is_enough) || (twins.len() > 1 && twins.len() == all) {
            Some(told_twins(&twins, new))
        } else if is_archive {
            Some(told_archive(&past, new))
        } else if !feed.guids_vary && came.moved.len() + twins.len() >= MANY && (came.moved.len() + twins.len()) * 2 >= all {
            Some(told_moved(read, &came.moved, twins.len()))
        } else {
            None
        };
        if because.is_none() && !feed.is_held {
            continue;
        }
        let archive = past.iter().filter(|_| is_archive || feed.is_flooded).map(|(id, _)| *id).filter(|id| is_twin.insert(*id));
        let noted =
            twins.iter().map(|twin| (twin.item, Some(twin.old.id), Some(word(&twin.rung)))).chain(archive.map(|id| (id, None, None)));
        note(tx, read.feed, noted.collect()).await?;
        if let Some(because) = because.filter(|_| !feed.is_flooded) {
            let sql = "UPDATE feeds SET held_since = COALESCE(held_since, $2), held_because = $3, held_kind = 'flood' WHERE id = $1";
            tx.run(sql, args![read.feed, now, &because]).await?;
            held.insert(read.feed, because);
        }
    }
    Ok(held)
}

/// A new item and the older one that it is, as it seems.
struct Twin {
    item: Id,
    rung: Rung,
    new: Differing,
    old: Old,
}

/// An item of the feed that its document doesn't have any more.
#[derive(Clone)]
struct Old {
    id: Id,
    guid: Option<String>,
    link: Option<String>,
    title: String,
    body: String,
    published: Option<Timestamp>,
}

impl Old {
    fn face(&self) -> Face<'_> {
        let Self { guid, link, title, body, published, .. } = self;
        Face { guid: guid.as_deref(), link: link.as_deref(), title, body, published: *published }
    }
}

/// Which of the new items are older ones of the feed. `by_text`: texts are read, too, if little else is the same.
async fn twins(
    tx: &mut Tx,
    feed: Id,
    returning: &Returning,
    here: &HashSet<Id>,
    new: &[(Id, &NewEntry)],
    by_text: bool,
) -> Result<Vec<Twin>> {
    let old = olds(tx, feed, here).await?;
    let faces: Vec<Face<'_>> = new.iter().map(|(_, new)| Face::from(&new.entry)).collect();
    let mut chosen: Vec<usize> = (returning.candidates)(&old.iter().map(Old::face).collect::<Vec<_>>(), &faces);
    if by_text && chosen.len() * 2 < new.len() {
        chosen.extend(0..old.len().min(TEXTS));
        chosen.sort_unstable();
        chosen.dedup();
    } else if chosen.is_empty() {
        return Ok(Vec::new());
    }
    let mut old: Vec<Old> = chosen.into_iter().map(|at| old[at].clone()).collect();
    read_bodies(tx, &mut old).await?;
    let found = (returning.twins)(&old.iter().map(Old::face).collect::<Vec<_>>(), &faces);
    let twin = |((id, new), found): (&(Id, &NewEntry), Option<(usize, Rung)>)| {
        let (at, rung) = found?;
        Some(Twin { item: *id, rung, new: Differing::from(&new.entry), old: old[at].clone() })
    };
    Ok(new.iter().zip(found).filter_map(twin).collect())
}

/// The feed's items, newest first, but for those that the document holds and those that are no items of their own.
async fn olds(tx: &mut Tx, feed: Id, here: &HashSet<Id>) -> Result<Vec<Old>> {
    let aliases = tx.rows("SELECT item FROM returned WHERE feed = $1", args![feed]).await?;
    let aliases = aliases.iter().map(|row| row.id("item")).collect::<Result<HashSet<Id>>>()?;
    let most = i64::try_from(OLD + here.len() + aliases.len()).unwrap_or(i64::MAX);
    let sql = "SELECT id, guid, link, title, published FROM items WHERE feed = $1 ORDER BY id DESC LIMIT $2";
    let mut old = Vec::new();
    for row in tx.rows(sql, args![feed, most]).await? {
        let id = row.id("id")?;
        if here.contains(&id) || aliases.contains(&id) {
            continue;
        }
        old.push(Old {
            id,
            guid: row.text_or_null("guid")?,
            link: row.text_or_null("link")?,
            title: row.text("title")?,
            body: String::new(),
            published: row.time_or_null("published")?,
        });
    }
    Ok(old)
}

async fn read_bodies(tx: &mut Tx, old: &mut [Old]) -> Result<()> {
    let mut bodies = HashMap::default();
    for old in portions(old, ROWS) {
        let sql = format!("SELECT id, entry FROM items WHERE entry IS NOT NULL AND id IN ({})", list(1, old.len()));
        for row in tx.rows(sql, old.iter().map(|old| Value::from(old.id)).collect()).await? {
            let entry: Entry = row.json("entry")?;
            bodies.insert(row.id("id")?, entry.body().to_owned());
        }
    }
    for old in old {
        old.body = bodies.remove(&old.id).unwrap_or_default();
    }
    Ok(())
}

fn is_before(new: &NewEntry, past: Timestamp) -> bool {
    new.entry.published.or(new.entry.updated).is_some_and(|time| time < past)
}

/// It isn't the feed's first document.
async fn has_older(tx: &mut Tx, feed: Id, than: Id) -> Result<bool> {
    let sql = "SELECT id FROM items WHERE feed = $1 AND id < $2 LIMIT 1";
    Ok(tx.row(sql, args![feed, than]).await?.is_some())
}

async fn note(tx: &mut Tx, feed: Id, noted: Vec<(Id, Option<Id>, Option<String>)>) -> Result<()> {
    for noted in portions(&noted, ROWS) {
        let sql = format!("INSERT INTO returned (item, feed, twin, rung) VALUES {} ON CONFLICT (item) DO NOTHING", tuples(noted.len(), 4));
        tx.run(sql, noted.iter().flat_map(|(item, twin, rung)| args![*item, feed, *twin, rung.as_deref()]).collect()).await?;
    }
    Ok(())
}

fn told_twins(twins: &[Twin], new: usize) -> String {
    let example = twins.first().map(|twin| differing(&twin.old.title, twin.old.guid.as_deref(), twin.old.link.as_deref(), &twin.new));
    let many =
        if twins.len() == new { format!("its {new} new entries look") } else { format!("{} of its {new} new entries look", twins.len()) };
    format!("{many} like entries that it had, under new keys ({})", example.unwrap_or_default())
}

fn told_moved(read: &Read<'_>, moved: &[Moved], twins: usize) -> String {
    let example = moved.first().map(|moved| {
        let entry = &read.entries[moved.at].entry;
        differing(&entry.title, moved.guid.as_deref(), moved.link.as_deref(), &Differing::from(entry))
    });
    let (many, all) = (moved.len() + twins, read.entries.len());
    format!("{many} of its {all} entries have other keys all at once ({})", example.unwrap_or_default())
}

fn told_archive(past: &[&(Id, &NewEntry)], new: usize) -> String {
    let title = past.first().map(|(_, new)| cut(&new.entry.title)).unwrap_or_default();
    let many =
        if past.len() == new { format!("its {new} new entries are") } else { format!("{} of its {new} new entries are", past.len()) };
    format!("{many} older than what it had at its first poll, an archive as it seems (`{title}`)")
}

/// A title, and which of GUID and link were others.
fn differing(title: &str, guid: Option<&str>, link: Option<&str>, told: &Differing) -> String {
    let part = |what: &str, was: Option<&str>, is: &Option<String>| match (was, is.as_deref()) {
        (Some(was), Some(is)) if was != is => Some(format!("{what} `{}` was `{}`", cut(is), cut(was))),
        _ => None,
    };
    let parts: Vec<String> = [part("GUID", guid, &told.guid), part("link", link, &told.link)].into_iter().flatten().collect();
    match parts.is_empty() {
        true => format!("`{}`", cut(title)),
        false => format!("`{}`: {}", cut(title), parts.join(", ")),
    }
}

fn cut(text: &str) -> String {
    text.trim().chars().take(100).collect()
}
