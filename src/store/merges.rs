//! What was merged into what, and by which rung: told by `why`, kept for ever, a few rows an item at most.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::Store;
use super::db::{Tx, args, json, word};
use super::error::Result;
use crate::domain::{Differing, Id, Merge, MergeKind, Rung, Timestamp};

/// What is noted of one item; a feed that changes its GUIDs with every poll can't fill the store.
const MOST: i64 = 16;
/// Letters of a GUID, a link or a title that are kept.
const LETTERS: usize = 400;

/// A merge that is to be noted.
pub(super) struct Merged {
    pub item: Id,
    pub rung: Rung,
    pub kind: MergeKind,
    pub other: Option<Id>,
    pub told: Differing,
    pub was: Differing,
}

impl Merged {
    /// Keeps of both only that in which they differ.
    pub fn of(item: Id, rung: Rung, kind: MergeKind, was: Differing, told: Differing) -> Self {
        let differ = |old: Option<String>, new: Option<String>| {
            let (old, new) = (old.as_deref().map(cut), new.as_deref().map(cut));
            if old == new { (None, None) } else { (old, new) }
        };
        let (guid, link, title) = (differ(was.guid, told.guid), differ(was.link, told.link), differ(was.title, told.title));
        let (was, told) =
            (Differing { guid: guid.0, link: link.0, title: title.0 }, Differing { guid: guid.1, link: link.1, title: title.1 });
        Self { item, rung, kind, other: None, told, was }
    }

    /// The same merge, seen again in the next document, has the same mark. (Should another version of the program make another
    /// one, it is told twice.)
    fn mark(&self) -> i64 {
        let mut hasher = DefaultHasher::new();
        (self.rung, self.kind, self.other, &self.told).hash(&mut hasher);
        i64::try_from(hasher.finish() >> 1).unwrap_or(0)
    }
}

/// A text as it is kept here.
pub(super) fn cut(text: &str) -> String {
    start(text).to_owned()
}

/// The same as part of the text.
pub(super) fn start(text: &str) -> &str {
    let text = text.trim();
    &text[..text.char_indices().nth(LETTERS).map_or(text.len(), |(end, _)| end)]
}

/// Notes merges; those that are noted already, and those beyond the most, are not.
pub(super) async fn insert(tx: &mut Tx, merges: Vec<Merged>, now: Timestamp) -> Result<()> {
    for merge in merges {
        let sql = format!(
            "INSERT INTO merges (item, mark, at, rung, how, other, told, was)
             SELECT CAST($1 AS BIGINT), CAST($2 AS BIGINT), CAST($3 AS BIGINT), CAST($4 AS TEXT), CAST($5 AS TEXT), CAST($6 AS BIGINT),
                    CAST($7 AS TEXT), CAST($8 AS TEXT)
             WHERE (SELECT COUNT(*) FROM merges WHERE merges.item = $1) < {MOST} ON CONFLICT (item, mark) DO NOTHING"
        );
        let (rung, kind) = (word(&merge.rung), word(&merge.kind));
        tx.run(sql, args![merge.item, merge.mark(), now, rung, kind, merge.other, json(&merge.told), json(&merge.was)]).await?;
    }
    Ok(())
}

impl Store {
    /// What was merged into this item, and what it was merged into itself, oldest first.
    pub async fn merges_of(&self, item: Id) -> Result<Vec<Merge>> {
        let rows = self.db.rows("SELECT * FROM merges WHERE item = $1 OR other = $1 ORDER BY at, how, mark", args![item]).await?;
        let read = |row: &super::db::Row| {
            Ok(Merge {
                at: row.time("at")?,
                rung: row.word("rung")?,
                how: row.word("how")?,
                item: row.id("item")?,
                other: row.id_or_null("other")?,
                told: row.json("told")?,
                was: row.json("was")?,
            })
        };
        rows.iter().map(read).collect()
    }
}
