//! Is this entry an item that the feed already has? The ladder's rungs over what the store knows of the feed (pure).
//!
//! 1. The GUID is known: that item.
//! 2. The link is known: that item, if either of the two has no GUID; or if the item's GUID is gone from the document and
//!    the titles tell the same story (a feed that changed how it makes GUIDs). Else two entries share the link, and from
//!    then on it proves nothing in this feed.
//! 3. Only where there is no GUID and no link that proves something: the text is known: that item.

use std::collections::{HashMap, HashSet};

use crate::domain::{Id, Keys};

/// A link that several entries share is remembered as belonging to this item, which is none.
pub(super) const SHARED: Id = Id::from_i64(0);

/// What the store knows of the items that a document's keys lead to.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Scoped key → item, or [`SHARED`].
    pub keys: HashMap<i64, Id>,
    pub items: HashMap<Id, KnownItem>,
    /// Scoped GUIDs of the whole document.
    pub guids: HashSet<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KnownItem {
    pub own_guid: Option<i64>,
    pub title: String,
}

/// What an entry is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// This item.
    Item(Id),
    /// None that we know.
    New,
    /// None that we know, and its link is also another's: it proves nothing.
    NewWithSharedLink,
}

impl Known {
    /// Finds the entry's place. `text` is the scoped key of its text; `same_story` compares an old title and a new one.
    pub fn place(&self, scoped: &Keys, text: i64, title: &str, same_story: fn(&str, &str) -> bool) -> Place {
        if let Some(item) = self.item(scoped.guid) {
            return Place::Item(item);
        }
        let owner = scoped.link.and_then(|link| self.keys.get(&link));
        if let Some(item) = owner
            && let Some(known) = self.items.get(item)
            && self.link_proves(known, scoped, title, same_story)
        {
            return Place::Item(*item);
        }
        if scoped.guid.is_none()
            && (scoped.link.is_none() || owner.is_some())
            && let Some(item) = self.item(Some(text))
        {
            return Place::Item(item);
        }
        if owner.is_some() { Place::NewWithSharedLink } else { Place::New }
    }

    fn item(&self, key: Option<i64>) -> Option<Id> {
        self.keys.get(&key?).copied().filter(|item| *item != SHARED)
    }

    fn link_proves(&self, known: &KnownItem, scoped: &Keys, title: &str, same_story: fn(&str, &str) -> bool) -> bool {
        match (known.own_guid, scoped.guid) {
            (Some(old), Some(_)) => !self.guids.contains(&old) && same_story(&known.title, title),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: Id = Id::from_i64(7);

    fn known(own_guid: Option<i64>) -> Known {
        let items = HashMap::from([(OLD, KnownItem { own_guid, title: "Old".to_owned() })]);
        Known { keys: HashMap::from([(1, OLD), (2, OLD), (3, OLD), (9, SHARED)]), items, guids: HashSet::new() }
    }

    fn keys(guid: Option<i64>, link: Option<i64>) -> Keys {
        Keys { guid, link, text: None }
    }

    #[test]
    fn each_rung_leads_to_the_item_that_it_proves_and_to_no_other() {
        let same: fn(&str, &str) -> bool = |_, _| true;
        let other: fn(&str, &str) -> bool = |_, _| false;
        let table = [
            ("a known GUID", Some(1), keys(Some(1), Some(50)), 4, other, Place::Item(OLD)),
            ("nothing known", Some(1), keys(Some(51), Some(50)), 4, same, Place::New),
            ("a known link, the entry without a GUID", Some(1), keys(None, Some(2)), 4, other, Place::Item(OLD)),
            ("a known link, the item without a GUID", None, keys(Some(51), Some(2)), 4, other, Place::Item(OLD)),
            ("a known link, new GUID, same story", Some(1), keys(Some(51), Some(2)), 4, same, Place::Item(OLD)),
            ("a known link, new GUID, other story", Some(1), keys(Some(51), Some(2)), 4, other, Place::NewWithSharedLink),
            ("a shared link and a GUID", Some(1), keys(Some(51), Some(9)), 3, same, Place::NewWithSharedLink),
            ("a shared link, no GUID, a known text", None, keys(None, Some(9)), 3, other, Place::Item(OLD)),
            ("a shared link, no GUID, another text", None, keys(None, Some(9)), 4, other, Place::NewWithSharedLink),
            ("a new link and a known text", None, keys(None, Some(50)), 3, other, Place::New),
            ("nothing but a known text", None, keys(None, None), 3, other, Place::Item(OLD)),
            ("nothing but another text", None, keys(None, None), 4, same, Place::New),
        ];
        for (what, own_guid, entry, text, same_story, expected) in table {
            assert_eq!(known(own_guid).place(&entry, text, "New", same_story), expected, "{what}");
        }
    }

    #[test]
    fn two_guids_of_one_document_on_one_link_are_two_even_with_one_title() {
        let mut known = known(Some(1));
        known.guids = HashSet::from([1, 51]);
        assert_eq!(known.place(&keys(Some(51), Some(2)), 4, "Old", |_, _| true), Place::NewWithSharedLink);
    }
}
