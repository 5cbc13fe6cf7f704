//! Is this entry an item that the feed already has? The ladder's rungs over what the store knows of the feed (pure).
//!
//! 1. The GUID is known: that item; unless the GUID is opaque (`123`) and leads elsewhere now. Then it is the item that has the
//!    link, if there is one: the feed numbers its entries by their place, and they shifted. It is another entry where the item
//!    stands in the document under another GUID, or where another story is told: somebody began to count from 1 again, or
//!    counts by place and the whole window was replaced.
//! 2. The GUID without scheme and host is known, that item has left the document, and both tell the same story: a site moved.
//! 3. The link is known: that item, if either of the two has no GUID; or if the item has left the document and both tell the
//!    same story: a feed that changed how it makes GUIDs, or gave the item's opaque one to another entry of the document. Else
//!    two entries share the link, and from then on it proves nothing in this feed.
//! 4. Title and content: where there is no GUID and no link that proves something, both are known to the letter. Else an item
//!    has the title, or one that differs by a misprint, has left the document, and both tell the same story: it was
//!    published again.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};

use foldhash::{HashMap, HashSet};
use sha2::{Digest, Sha256};

use super::merges::{cut, start};
use super::polls::NewEntry;
use crate::domain::{Id, Rung, Telling, Timestamp};

/// Whether an entry tells the story of an item (the first) with which it shares the rung's key.
pub type SameStory = fn(Rung, &Telling<'_>, &Telling<'_>) -> bool;

/// A key that several entries share is remembered as belonging to this item, which is none.
pub(super) const SHARED: Id = Id::from_i64(0);

/// So many entries of a document are compared with the items of the last days: bodies are long, and a transaction waits.
const LOOKS: usize = 50;

/// What the store knows of the items that the keys of some documents lead to.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Scoped key → item, or [`SHARED`].
    pub keys: HashMap<i64, Id>,
    pub items: HashMap<Id, KnownItem>,
    /// Scoped key → the item that it led to and [`mark`] of the entry that had it as its first, when that was last stored.
    pub marks: HashMap<i64, (Id, i64)>,
}

/// An entry of a document with its [`mark`], which is asked for again and again.
#[derive(Debug)]
pub(super) struct Marked<'e> {
    new: &'e NewEntry,
    pub mark: i64,
}

impl<'e> Marked<'e> {
    pub fn of(new: &'e NewEntry) -> Self {
        Self { new, mark: mark(new) }
    }

    /// For as long as the document is there.
    pub fn told(&self) -> &'e NewEntry {
        self.new
    }
}

impl Deref for Marked<'_> {
    type Target = NewEntry;

    fn deref(&self) -> &NewEntry {
        self.new
    }
}

/// Of what an item is told by an entry that it is known by: GUID and link, 31 bits. An entry with the mark that stands beside its
/// first key is what it was, and its item needn't be read. (Another version of the program may make another one: then items are
/// read once.)
fn mark(new: &NewEntry) -> i64 {
    let mut hasher = DefaultHasher::new();
    (new.entry.guid.as_deref().map(start), new.keys.link).hash(&mut hasher);
    i64::try_from(hasher.finish() >> 33).unwrap_or(0)
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct KnownItem {
    /// Scoped.
    pub own_guid: Option<i64>,
    /// As the feed has it; `None` also where the item was made by a wirepress that didn't keep it.
    pub guid: Option<String>,
    /// Over feeds.
    pub key_link: Option<i64>,
    pub link: Option<String>,
    pub title: String,
    /// Empty where nobody needed it.
    pub body: String,
    pub published: Option<Timestamp>,
}

impl KnownItem {
    fn telling(&self) -> Telling<'_> {
        Telling { title: &self.title, body: &self.body, published: self.published }
    }
}

/// What one document holds, as far as it matters to each of its entries.
#[derive(Debug, Default)]
pub(super) struct Document {
    /// Scoped.
    pub guids: HashSet<i64>,
    /// Over feeds.
    pub links: HashSet<i64>,
    /// It may hold the newest entries only, as a hub pushed it: what isn't there may well be in the feed.
    pub is_part: bool,
    /// Items of the last days whose titles resemble one of the document's.
    pub recent: Vec<Id>,
    /// What stands at each link (over feeds): GUID (scoped) and title.
    pub at: HashMap<i64, (Option<i64>, String)>,
    /// The link (over feeds) beside each GUID (scoped).
    pub beside: HashMap<i64, i64>,
    /// The GUIDs are nothing but the entries' places: 0, 1, 2 or 1, 2, 3.
    pub is_counted: bool,
    /// Entries that were compared with the recent items.
    looks: AtomicUsize,
}

impl Document {
    pub fn of(entries: &[Marked<'_>], is_whole: bool) -> Self {
        Self {
            is_part: !is_whole,
            guids: entries.iter().filter_map(|new| new.scoped.guid).collect(),
            links: entries.iter().filter_map(|new| new.keys.link).collect(),
            recent: Vec::new(),
            at: entries.iter().filter_map(|new| Some((new.keys.link?, (new.scoped.guid, new.entry.title.clone())))).collect(),
            beside: entries.iter().filter_map(|new| Some((new.scoped.guid?, new.keys.link?))).collect(),
            is_counted: is_counted(entries),
            looks: AtomicUsize::new(0),
        }
    }

    /// The items of the last days, as long as it doesn't take too long.
    fn look(&self) -> &[Id] {
        let may = !self.recent.is_empty() && self.looks.fetch_add(1, Ordering::Relaxed) < LOOKS;
        if may { &self.recent } else { &[] }
    }
}

/// What an entry is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// This item, by this rung.
    Item(Id, Rung),
    /// None that we know.
    New,
    /// None that we know, and its link is also another's: it proves nothing.
    NewWithSharedLink,
}

impl Known {
    /// Finds the entry's place.
    pub fn place(&self, new: &Marked<'_>, document: &Document, same_story: SameStory) -> Place {
        if let Some((id, rung)) = self.unchanged(new) {
            return Place::Item(id, rung);
        }
        let same = |rung, known: &KnownItem| same_story(rung, &known.telling(), &Telling::from(&new.new.entry));
        let proves = |id: &Id, rung| self.items.get(id).is_some_and(|known| has_left(known, document, new) && same(rung, known));
        let (guid, link) = (self.guid(new), new.scoped.link);
        let owner = link.and_then(|link| self.keys.get(&link));
        if let Some(id) = self.item(guid) {
            let Some(known) = self.items.get(&id).filter(|known| leads_elsewhere(known, new)) else {
                return Place::Item(id, Rung::Guid);
            };
            let has_link = |id: &&Id| self.items.get(id).is_some_and(|known| known.key_link == new.keys.link);
            if let Some(owner) = owner.filter(has_link) {
                return Place::Item(*owner, Rung::Link);
            }
            // a GUID that comes twice in one document is one entry
            let is_twice = known.key_link.and_then(|link| document.at.get(&link)).is_some_and(|(own, _)| *own == guid);
            let was_replaced = || document.is_counted && is_other_day(known, new) && !same(Rung::Link, known);
            if is_twice || (!stands_elsewhere(known, new, document, same_story) && !was_replaced() && same(Rung::Guid, known)) {
                return Place::Item(id, Rung::Guid);
            }
        }
        if let Some(id) = self.item(new.scoped.path).filter(|id| guid.is_some() && proves(id, Rung::Path)) {
            return Place::Item(id, Rung::Path);
        }
        let has_shifted = |known: &KnownItem| {
            let beside = known.own_guid.and_then(|own| document.beside.get(&own));
            new.scoped.is_opaque && beside.is_some_and(|link| known.key_link.is_some_and(|own| own != *link)) && same(Rung::Link, known)
        };
        if let Some(id) = owner
            && let Some(known) = self.items.get(id)
            && (known.own_guid.is_none() || guid.is_none() || proves(id, Rung::Link) || has_shifted(known))
        {
            return Place::Item(*id, Rung::Link);
        }
        if guid.is_none()
            && (link.is_none() || owner.is_some())
            && let Some(id) = self.item(Some(new.scoped.text))
        {
            return Place::Item(id, Rung::Text);
        }
        if !document.is_part {
            let namesake = self.item(new.scoped.title).filter(|id| proves(id, Rung::Text));
            if let Some(id) = namesake.or_else(|| document.look().iter().copied().find(|id| proves(id, Rung::Text))) {
                return Place::Item(id, Rung::Text);
            }
        }
        if owner.is_some() { Place::NewWithSharedLink } else { Place::New }
    }

    /// The item of an entry that is what it was when its first key was stored, and the rung by which it is known.
    pub fn unchanged(&self, new: &Marked<'_>) -> Option<(Id, Rung)> {
        let first = new.scoped.first();
        let (id, stored) = self.marks.get(&first)?;
        let rung = match (new.scoped.guid, new.scoped.link) {
            (Some(_), _) => Rung::Guid,
            (None, Some(_)) => Rung::Link,
            (None, None) => Rung::Text,
        };
        (self.keys.get(&first) == Some(id) && *stored == new.mark).then_some((*id, rung))
    }

    /// Whether the entry, which is this item by its first key, tells of GUID and link what the item's row says.
    pub fn tells_the_same(&self, new: &NewEntry, id: Id) -> bool {
        let Some(known) = self.items.get(&id) else { return false };
        let told = new.entry.guid.as_deref().map(cut);
        let same_guid = new.scoped.guid.is_none() || (known.own_guid == new.scoped.guid && known.guid == told);
        let same_link = new.keys.link.is_none() || new.keys.link == known.key_link;
        self.keys.get(&new.scoped.first()) == Some(&id) && same_guid && same_link
    }

    /// The item that the entry is known as at first sight.
    pub fn first_sight(&self, new: &NewEntry) -> Option<Id> {
        match (self.guid(new), new.scoped.link) {
            (Some(guid), _) => self.item(Some(guid)),
            (None, Some(link)) if self.keys.get(&link) != Some(&SHARED) => self.item(Some(link)),
            _ => self.item(Some(new.scoped.text)),
        }
    }

    /// The GUID, where it proves anything.
    pub fn guid(&self, new: &NewEntry) -> Option<i64> {
        new.scoped.guid.filter(|guid| self.keys.get(guid) != Some(&SHARED))
    }

    fn item(&self, key: Option<i64>) -> Option<Id> {
        self.keys.get(&key?).copied().filter(|item| *item != SHARED)
    }
}

/// The document doesn't have it any more, as far as GUID and link can tell. What has neither can't be missed.
fn has_left(known: &KnownItem, document: &Document, new: &NewEntry) -> bool {
    let gone = |key: Option<i64>, there: &HashSet<i64>| !key.is_some_and(|key| there.contains(&key));
    (known.own_guid.is_some() || known.key_link.is_some())
        && gone(known.own_guid, &document.guids)
        && (known.key_link == new.keys.link || gone(known.key_link, &document.links))
}

/// An opaque GUID that stands beside another link than it did.
fn leads_elsewhere(known: &KnownItem, new: &NewEntry) -> bool {
    new.scoped.is_opaque && new.keys.link.is_some() && known.key_link.is_some() && new.keys.link != known.key_link
}

/// The item stands in the document where it stood, under another GUID than the entry's.
fn stands_elsewhere(known: &KnownItem, new: &NewEntry, document: &Document, same_story: SameStory) -> bool {
    let Some((guid, title)) = known.key_link.and_then(|link| document.at.get(&link)) else { return false };
    let there = Telling { title, body: "", published: None };
    *guid != new.scoped.guid && (*title == known.title || same_story(Rung::Link, &known.telling(), &there))
}

/// Both are dated, and not the same.
fn is_other_day(known: &KnownItem, new: &NewEntry) -> bool {
    matches!((known.published, new.entry.published), (Some(was), Some(is)) if was != is)
}

/// Whether all entries have GUIDs, and these are a whole run of numbers from 0 or 1: what a program writes that counts by place.
fn is_counted(entries: &[Marked<'_>]) -> bool {
    let number = |new: &Marked<'_>| new.entry.guid.as_deref()?.trim().parse::<usize>().ok();
    let numbers: Option<HashSet<usize>> = entries.iter().map(number).collect();
    numbers.is_some_and(|numbers| {
        let (least, most) = (numbers.iter().min().copied().unwrap_or(2), numbers.iter().max().copied().unwrap_or(0));
        least <= 1 && most + 1 - least == numbers.len() && numbers.len() > 1
    })
}

/// What a title shares with every misprint of it, 63 bits: how many words it has, what each begins with, and its numbers; equal in
/// every version of the program. 0: nothing is a misprint of so few words.
pub(super) fn lead(title: &str) -> i64 {
    let mut hash = Sha256::new();
    let mut count = 0;
    for word in title.split_whitespace() {
        count += 1;
        let end = if is_number(word) { word.len() } else { word.chars().next().map_or(0, char::len_utf8) };
        hash.update(word[..end].to_ascii_lowercase());
        hash.update([0]);
    }
    if count < 3 {
        return 0;
    }
    let bytes: [u8; 8] = hash.finalize()[..8].try_into().expect("a SHA-256 has 32 bytes");
    (u64::from_be_bytes(bytes) >> 1).cast_signed().max(1)
}

fn is_number(word: &str) -> bool {
    word.contains(|c: char| c.is_ascii_digit())
}

/// Whether one title might be a misprint of the other: as many words, nearly as many letters, two words at most differ, and no
/// number.
pub(super) fn resembles(old: &str, new: &str) -> bool {
    if old == new || old.len().abs_diff(new.len()) > 16 {
        return false;
    }
    let (old, new): (Vec<&str>, Vec<&str>) = (old.split_whitespace().collect(), new.split_whitespace().collect());
    let differ = || old.iter().zip(&new).filter(|(old, new)| !old.eq_ignore_ascii_case(new));
    old.len() > 2 && old.len() == new.len() && differ().count() <= 2 && !differ().any(|(old, new)| is_number(old) || is_number(new))
}

#[cfg(test)]
mod tests {
    use super::super::polls::{Scoped, Take};
    use super::*;
    use crate::domain::{Entry, Keys};

    const OLD: Id = Id::from_i64(7);

    /// Keys 1 to 5 are the old item's GUID, link, text, path and title; 9 is shared.
    fn known(own_guid: Option<i64>, key_link: Option<i64>) -> Known {
        let items = HashMap::from_iter([(OLD, KnownItem { own_guid, key_link, title: "Old".to_owned(), ..KnownItem::default() })]);
        let keys = (1..=5).map(|key| (key, OLD)).chain([(9, SHARED)]).collect();
        Known { keys, items, ..Known::default() }
    }

    fn new(guid: Option<i64>, link: Option<i64>) -> NewEntry {
        let scoped = Scoped { guid, link, path: None, title: None, text: 40, is_opaque: false };
        NewEntry { entry: Entry::default(), keys: Keys { guid, link, text: None }, text: 40, scoped, take: Take::Post, told: None }
    }

    fn with(entry: NewEntry, change: fn(&mut Scoped)) -> NewEntry {
        let mut entry = entry;
        change(&mut entry.scoped);
        entry
    }

    const SAME: SameStory = |_, _, _| true;
    const OTHER: SameStory = |_, _, _| false;

    #[test]
    fn each_rung_leads_to_the_item_that_it_proves_and_to_no_other() {
        use Place::{Item, New, NewWithSharedLink};
        let (guid, link, path, text) = (Rung::Guid, Rung::Link, Rung::Path, Rung::Text);
        let by_text = |scoped: &mut Scoped| scoped.text = 3;
        let by_path = |scoped: &mut Scoped| scoped.path = Some(4);
        let by_title = |scoped: &mut Scoped| scoped.title = Some(5);
        let opaque = |scoped: &mut Scoped| scoped.is_opaque = true;
        let table = [
            ("a known GUID", Some(1), new(Some(1), Some(50)), OTHER, Item(OLD, guid)),
            ("an opaque GUID, the same link", Some(1), with(new(Some(1), Some(2)), opaque), OTHER, Item(OLD, guid)),
            ("an opaque GUID, another link, same story", Some(1), with(new(Some(1), Some(50)), opaque), SAME, Item(OLD, guid)),
            ("an opaque GUID, another link, other story", Some(1), with(new(Some(1), Some(50)), opaque), OTHER, New),
            ("nothing known", Some(1), new(Some(51), Some(50)), SAME, New),
            ("a known path, same story", Some(1), with(new(Some(51), Some(50)), by_path), SAME, Item(OLD, path)),
            ("a known path, other story", Some(1), with(new(Some(51), Some(50)), by_path), OTHER, New),
            ("a known link, the entry without a GUID", Some(1), new(None, Some(2)), OTHER, Item(OLD, link)),
            ("a known link, the item without a GUID", None, new(Some(51), Some(2)), OTHER, Item(OLD, link)),
            ("a known link, new GUID, same story", Some(1), new(Some(51), Some(2)), SAME, Item(OLD, link)),
            ("a known link, new GUID, other story", Some(1), new(Some(51), Some(2)), OTHER, NewWithSharedLink),
            ("a shared link and a GUID", Some(1), with(new(Some(51), Some(9)), by_text), SAME, NewWithSharedLink),
            ("a shared link, no GUID, a known text", None, with(new(None, Some(9)), by_text), OTHER, Item(OLD, text)),
            ("a shared link, no GUID, another text", None, new(None, Some(9)), OTHER, NewWithSharedLink),
            ("a shared GUID and a known link", Some(1), new(Some(9), Some(2)), OTHER, Item(OLD, link)),
            ("a shared GUID, no link, a known text", None, with(new(Some(9), None), by_text), OTHER, Item(OLD, text)),
            ("a new link and a known text", None, with(new(None, Some(50)), by_text), OTHER, New),
            ("nothing but a known text", None, with(new(None, None), by_text), OTHER, Item(OLD, text)),
            ("nothing but another text", None, new(None, None), SAME, New),
            ("a known title, same story", Some(1), with(new(Some(51), Some(50)), by_title), SAME, Item(OLD, text)),
            ("a known title, other story", Some(1), with(new(Some(51), Some(50)), by_title), OTHER, New),
        ];
        for (what, own_guid, entry, same_story, expected) in table {
            assert_eq!(known(own_guid, Some(2)).place(&Marked::of(&entry), &Document::of(&[], true), same_story), expected, "{what}");
        }
    }

    #[test]
    fn what_the_document_still_has_is_not_what_a_new_entry_is() {
        let document = Document { guids: HashSet::from_iter([1, 51]), ..Document::default() };
        assert_eq!(known(Some(1), None).place(&Marked::of(&new(Some(51), Some(2))), &document, SAME), Place::NewWithSharedLink);
        let moved = with(new(Some(51), None), |scoped| (scoped.path, scoped.title) = (Some(4), Some(5)));
        assert_eq!(known(Some(1), None).place(&Marked::of(&moved), &document, SAME), Place::New);
        let linked = Document { links: HashSet::from_iter([2, 50]), ..Document::default() };
        let namesake = with(new(None, Some(50)), |scoped| scoped.title = Some(5));
        assert_eq!(known(None, Some(2)).place(&Marked::of(&namesake), &linked, SAME), Place::New);
        assert_eq!(
            known(None, None).place(&Marked::of(&namesake), &Document::default(), SAME),
            Place::New,
            "who has neither can't be missed"
        );
    }

    #[test]
    fn no_more_entries_than_a_transaction_can_wait_for_are_compared_with_the_last_days_items() {
        let document = Document { recent: vec![OLD], ..Document::default() };
        let known = known(Some(1), None);
        let found = |_| known.place(&Marked::of(&new(Some(51), None)), &document, SAME) == Place::Item(OLD, Rung::Text);
        assert_eq!((0..2 * LOOKS).map(found).filter(|found| *found).count(), LOOKS);
    }

    #[test]
    fn an_item_of_the_last_days_with_a_misprint_in_its_title_is_asked_for() {
        for (old, new, asked) in [
            ("A strom comes", "A storm comes", true),
            ("A storm comes", "A storm comes", false),
            ("Storm", "Strom", false),
            ("A storm comes", "A storm comes today", false),
            ("Part 12 of it", "Part 13 of it", false),
            ("One two three four", "Five six three seven", false),
        ] {
            assert_eq!(resembles(old, new), asked, "{old} / {new}");
        }
        let same = [
            ("A strom comes", "A storm comes"),
            ("A STORM comes", "a storm comes"),
            ("Teh 2 graet trees of 1907", "The 2 great trees of 1907"),
            ("Éin Sturm kommt", "Éin Strum kommt"),
            ("嵐 が 来る", "嵐 が 来た"),
        ];
        for (old, new) in same {
            assert!(lead(old) == lead(new) && lead(new) > 0, "{old} / {new}");
        }
        for (old, new) in [("A storm comes", "Storm comes"), ("A storm comes", "A warm comes"), ("Part 12 of it", "Part 13 of it")] {
            assert_ne!(lead(old), lead(new), "{old} / {new}");
        }
        assert_eq!((lead(""), lead("Two words")), (0, 0));
        // it is stored: no version of the program makes another one
        assert_eq!(lead("A storm comes"), 1_603_921_996_673_059_572);
        let document = Document { recent: vec![OLD], ..Document::default() };
        assert_eq!(known(Some(1), None).place(&Marked::of(&new(Some(51), None)), &document, SAME), Place::Item(OLD, Rung::Text));
        let pushed = Document { is_part: true, ..document };
        assert_eq!(
            known(Some(1), None).place(&Marked::of(&new(Some(51), None)), &pushed, SAME),
            Place::New,
            "what a part doesn't have isn't gone"
        );
    }
}
