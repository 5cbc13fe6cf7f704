//! `remember`: the entries of some documents become items once, and what was merged into what is noted.

use std::collections::BTreeSet;

use foldhash::HashMap;

use super::changes;
use super::db::{Tx, Value, args, json, portions, tuples};
use super::error::Result;
use super::floods::{self, Came, Moved};
use super::keys::{self, Keys, Moves};
use super::known::Knowledge;
use super::ladder::{KnownItem, Marked, Place, SHARED, SameStory, lead};
use super::merges::{self, Merged};
use super::profiles::{self, Feed, Watched};
use super::{NewEntry, Remembered, Take, window};
use crate::domain::{Decision, Differing, Entry, Id, MergeKind, Returning, Rung, Timestamp, Watch};

/// New items in one statement: each has many values.
const ITEMS: usize = 32;
/// Times of a feed's newest entries that are kept.
const RHYTHM: usize = 16;
/// Feeds in one statement.
const FEEDS: usize = 64;

/// One document that was read.
pub(super) struct Read<'a> {
    pub feed: Id,
    pub run: Option<Id>,
    pub entries: Vec<Marked<'a>>,
    /// Keys that prove nothing from now on.
    pub shared: &'a [i64],
    /// Not only a part, as a hub may push it.
    pub is_whole: bool,
    /// What it takes to tell whether the feed is still the same one, where somebody wants to know.
    pub watch: Option<&'a Watch>,
    /// What it takes to tell whether its new entries are old ones, where somebody wants to know.
    pub returning: Option<&'a Returning>,
}

/// What is to be written.
#[derive(Default)]
struct Writes {
    items: Vec<Vec<Value>>,
    keys: Keys,
    moves: Moves,
    /// Keys that were an item's GUID and are no more: entries that still have them are to be looked at.
    unmarked: Vec<i64>,
    merges: Vec<Merged>,
}

/// Takes on the entries that the feeds don't have yet; one answer a document.
pub(super) async fn remember(tx: &mut Tx, reads: &[Read<'_>], same_story: SameStory, now: Timestamp) -> Result<Vec<Remembered>> {
    if reads.is_empty() {
        return Ok(Vec::new());
    }
    let mut knowledge = Knowledge::of(tx, reads, same_story, now).await?;
    let mut writes = Writes::default();
    let mut answers = Vec::with_capacity(reads.len());
    let (mut times, mut watched, mut told, mut came) = (Vec::new(), Vec::new(), HashMap::default(), Vec::new());
    for (index, read) in reads.iter().enumerate() {
        for key in read.shared {
            if knowledge.known.keys.insert(*key, SHARED) != Some(SHARED) {
                writes.keys.insert(*key, (SHARED, None));
            }
        }
        let found = document(tx, &mut knowledge, &mut writes, index, read, same_story, now).await?;
        if let Some(first) = read.entries.first() {
            let new: Vec<Id> = found.came.new.iter().map(|(id, _)| *id).collect();
            writes.moves.note(first.scoped.text, &new);
        }
        answers.push(found.remembered);
        told.extend(found.told);
        if let Some(returning) = read.returning {
            came.extend(found.came.worth_a_look().then_some((read, returning, found.came)));
        }
        if found.times.is_empty() {
            continue;
        }
        times.push((read.feed, found.times));
        if let Some(watch) = read.watch {
            watched.push(Watched { feed: read.feed, watch, is_new: found.is_new });
        }
    }
    insert_items(tx, writes.items).await?;
    keys::unmark(tx, writes.unmarked).await?;
    keys::write(tx, writes.keys, writes.moves).await?;
    window::keep(tx, reads, &knowledge.known, &knowledge.windows).await?;
    merges::insert(tx, writes.merges, now).await?;
    changes::note(tx, &told, now).await?;
    let looked_at = times.iter().map(|(feed, _)| *feed).chain(came.iter().map(|(read, ..)| read.feed)).collect::<BTreeSet<Id>>();
    let feeds = profiles::feeds(tx, looked_at.into_iter().collect()).await?;
    note_rhythms(tx, times, &feeds, now).await?;
    // Before what is learnt of a feed is compared: a document that is all old entries teaches nothing new.
    let mut floods = floods::look(tx, came, &feeds, now).await?;
    watched.retain(|watched| !floods.contains_key(&watched.feed));
    let mut held = profiles::watch(tx, watched, &feeds, now).await?;
    for (read, answer) in reads.iter().zip(&mut answers) {
        let flood = floods.remove(&read.feed);
        answer.is_flood = flood.is_some();
        answer.held = flood.or_else(|| held.remove(&read.feed));
    }
    Ok(answers)
}

/// What became of one document's entries.
#[derive(Default)]
struct Found<'r> {
    remembered: Remembered,
    /// What known entries tell now, where somebody wants to know. One that stands twice in the document tells two things: nobody knows
    /// which of them holds.
    told: HashMap<Id, (i64, &'r Entry)>,
    /// Of those that are new.
    times: Vec<Timestamp>,
    /// For each of the document's entries.
    is_new: Vec<bool>,
    /// What may be old entries under new keys.
    came: Came,
}

async fn document<'r>(
    tx: &mut Tx,
    knowledge: &mut Knowledge,
    writes: &mut Writes,
    index: usize,
    read: &Read<'r>,
    same_story: SameStory,
    now: Timestamp,
) -> Result<Found<'r>> {
    let mut found = Found::default();
    let mut here: HashMap<Id, &Entry> = HashMap::default();
    for (at, new) in read.entries.iter().enumerate() {
        let known = &mut knowledge.known;
        let place = known.place(new, &knowledge.documents[index], same_story);
        let guid = known.guid(new);
        let is_new_key = !known.keys.contains_key(&guid.or(new.scoped.link).unwrap_or(new.scoped.text));
        found.is_new.push(!matches!(place, Place::Item(..)));
        let id = match place {
            Place::Item(id, rung) => {
                found.remembered.known += 1;
                found.came.here.insert(id);
                if is_new_key && rung != Rung::Guid {
                    found.came.moved.extend(known.items.get(&id).and_then(|known| Moved::of(at, &new.entry, known)));
                }
                let twin = here.insert(id, &new.told().entry);
                match new.told.filter(|_| twin.is_none()) {
                    Some(told) => drop(found.told.insert(id, (told, &new.told().entry))),
                    None => drop(found.told.remove(&id)),
                }
                writes.merges.extend(merged(knowledge, new, id, rung, twin));
                recognise(tx, knowledge, writes, new, id, guid).await?;
                // The feed numbers its entries by their place: the GUID was another item's.
                if let Some(guid) = guid.filter(|guid| rung == Rung::Link && knowledge.known.keys.get(guid).is_some_and(|was| *was != id)) {
                    knowledge.known.keys.insert(guid, id);
                    writes.keys.insert(guid, (id, None));
                }
                id
            }
            Place::New | Place::NewWithSharedLink => {
                let id = Id::new(now);
                here.insert(id, &new.told().entry);
                let echoes = [new.scoped.path, new.scoped.link, new.scoped.title].into_iter().flatten();
                found.came.echoes += usize::from(echoes.into_iter().any(|key| known.keys.contains_key(&key)));
                found.came.here.insert(id);
                found.came.new.push((id, at));
                let link_proves = place == Place::New;
                writes.items.push(row(id, read, new, guid.is_some(), link_proves, now));
                match new.take {
                    Take::Post => found.remembered.new.push(id),
                    Take::Skip(_) => found.remembered.skipped += 1,
                }
                let time = new.entry.published.or(new.entry.updated).filter(|time| *time <= now).unwrap_or(now);
                // what came undated came at one moment: now
                if found.times.last() != Some(&time) {
                    found.times.push(time);
                }
                known.items.insert(id, of_entry(new, guid, link_proves));
                // From now on these are this item's, whosever they were.
                for key in [guid, new.scoped.path, new.scoped.title].into_iter().flatten() {
                    known.keys.insert(key, id);
                    writes.keys.insert(key, (id, None));
                }
                if let (false, Some(shared)) = (link_proves, new.scoped.link)
                    && known.keys.insert(shared, SHARED) != Some(SHARED)
                {
                    writes.keys.insert(shared, (SHARED, None));
                }
                id
            }
        };
        let text = guid.is_none().then_some(new.scoped.text);
        for key in [guid, new.scoped.path, new.scoped.link, new.scoped.title, text].into_iter().flatten() {
            // What nobody asked for is known to be there, or doesn't matter: the entry was known by its first key.
            if knowledge.asked.contains(&key) {
                knowledge.known.keys.entry(key).or_insert_with(|| {
                    writes.keys.insert(key, (id, None));
                    id
                });
            }
        }
        if knowledge.known.unchanged(new).is_none() && knowledge.known.tells_the_same(new, id) {
            let (first, mark) = (new.scoped.first(), new.mark);
            knowledge.known.marks.insert(first, (id, mark));
            writes.keys.insert(first, (id, Some(mark)));
        }
    }
    Ok(found)
}

/// A known entry: the item takes over what the feed says now, if nobody has begun to prepare it, and its newest GUID.
async fn recognise(tx: &mut Tx, knowledge: &mut Knowledge, writes: &mut Writes, new: &NewEntry, id: Id, guid: Option<i64>) -> Result<()> {
    if let Some(stored) = knowledge.seen.get_mut(&id) {
        refresh(tx, id, &new.entry, stored).await?;
    }
    let Some(known) = knowledge.known.items.get_mut(&id) else { return Ok(()) };
    let told = new.entry.guid.as_deref().map(merges::cut);
    if guid.is_some() && (known.own_guid != guid || known.guid != told) {
        tx.run("UPDATE items SET own_guid = $2, guid = $3 WHERE id = $1", args![id, guid, &told]).await?;
        if let Some(old) = known.own_guid.filter(|old| Some(*old) != guid) {
            knowledge.known.marks.remove(&old);
            writes.unmarked.push(old);
        }
        (known.own_guid, known.guid) = (guid, told);
    }
    Ok(())
}

/// What there is to tell of an entry that is an item already: nothing, if it is what it was. `twin`: the same item's entry that
/// stands before it in the document.
fn merged(knowledge: &Knowledge, new: &NewEntry, id: Id, rung: Rung, twin: Option<&Entry>) -> Option<Merged> {
    if let Some(twin) = twin {
        return Some(Merged::of(id, rung, MergeKind::Twice, Differing::from(twin), Differing::from(&new.entry)));
    }
    let known = knowledge.known.items.get(&id)?;
    let is_unseen = knowledge.known.first_sight(new) != Some(id);
    let told = new.entry.guid.as_deref().map(merges::cut);
    let other_guid = known.guid.is_some() && told.is_some() && known.guid != told;
    let has_moved = new.scoped.link.is_some_and(|link| knowledge.asked.contains(&link) && !knowledge.known.keys.contains_key(&link));
    let was = || Differing { guid: known.guid.clone(), link: known.link.clone(), title: Some(known.title.clone()) };
    (is_unseen || other_guid || has_moved).then(|| Merged::of(id, rung, MergeKind::Later, was(), Differing::from(&new.entry)))
}

fn of_entry(new: &NewEntry, guid: Option<i64>, link_proves: bool) -> KnownItem {
    KnownItem {
        own_guid: guid,
        guid: new.entry.guid.as_deref().map(merges::cut),
        key_link: new.keys.link.filter(|_| link_proves),
        link: new.entry.link.clone(),
        title: new.entry.title.clone(),
        body: new.entry.body().to_owned(),
        published: new.entry.published,
    }
}

/// Takes over what the feed says now of an item that nobody has begun to prepare.
async fn refresh(tx: &mut Tx, id: Id, entry: &Entry, stored: &mut String) -> Result<()> {
    let text = json(entry);
    if text == *stored {
        return Ok(());
    }
    let sql = "UPDATE items SET entry = $2, title = $3, link = $4, published = $5, lead = $6 WHERE id = $1 AND state = 'seen'";
    tx.run(sql, args![id, &text, &entry.title, &entry.link, entry.published, lead(&entry.title)]).await?;
    *stored = text;
    Ok(())
}

const COLUMNS: &str = "id, feed, state, own_guid, key_guid, key_link, key_text, guid, title, link, published, first_seen, entry, decision, due, run, told, lead";
const WIDTH: usize = 18;

fn row(id: Id, read: &Read<'_>, new: &NewEntry, guid_proves: bool, link_proves: bool, now: Timestamp) -> Vec<Value> {
    let (state, decision) = match &new.take {
        Take::Post => ("seen", Decision::default()),
        Take::Skip(because) => ("skipped", Decision { because: Some(because.clone()), ..Decision::default() }),
    };
    let guid = new.keys.guid.filter(|_| guid_proves);
    let link = new.keys.link.filter(|_| link_proves);
    // The delivery's key is made of the first rung that proves something.
    let text = (guid.is_none() && link.is_none()).then_some(new.text);
    let entry = &new.entry;
    args![
        id,
        read.feed,
        state,
        new.scoped.guid.filter(|_| guid_proves),
        guid,
        link,
        text,
        entry.guid.as_deref().map(merges::cut),
        &entry.title,
        &entry.link,
        entry.published,
        now,
        json(entry),
        json(&decision),
        now,
        read.run,
        new.told,
        lead(&entry.title)
    ]
}

async fn insert_items(tx: &mut Tx, mut items: Vec<Vec<Value>>) -> Result<()> {
    // each portion's texts are gone with it
    while !items.is_empty() {
        let size = portions(&items, ITEMS).next().map_or(0, <[_]>::len);
        let rest = items.split_off(size);
        let sql = format!("INSERT INTO items ({COLUMNS}) VALUES {}", tuples(size, WIDTH));
        tx.run(sql, items.into_iter().flatten().collect()).await?;
        items = rest;
    }
    Ok(())
}

/// Keeps the times of the feeds' newest entries: how often each has something new.
async fn note_rhythms(tx: &mut Tx, times: Vec<(Id, Vec<Timestamp>)>, known: &HashMap<Id, Feed>, now: Timestamp) -> Result<()> {
    for feeds in portions(&times, FEEDS) {
        let mut args = Vec::with_capacity(feeds.len() * 3);
        for (feed, times) in feeds {
            let rhythm = known.get(feed).into_iter().flat_map(|feed| &feed.rhythm);
            let mut times: Vec<Timestamp> = times.iter().chain(rhythm).copied().collect();
            times.sort_unstable_by(|a, b| b.cmp(a));
            times.truncate(RHYTHM);
            args.extend(args![*feed, json(&times), now]);
        }
        let sql = format!(
            "WITH fresh (id, rhythm, changed) AS (VALUES {})
             UPDATE feeds SET rhythm = fresh.rhythm, changed = fresh.changed FROM fresh WHERE feeds.id = fresh.id",
            tuples(feeds.len(), 3)
        );
        tx.run(sql, args).await?;
    }
    Ok(())
}
