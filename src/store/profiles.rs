//! How feeds looked so far, and which are held: their new entries wait as `seen` until a person accepts the feed.

use foldhash::HashMap;

use super::Store;
use super::changes;
use super::db::{Tx, Value, args, json, list, portions, tuples};
use super::error::{Error, Result};
use crate::domain::{Id, Judged, Profile, Timestamp, Watch};

/// Feeds in one statement.
const FEEDS: usize = 64;

/// A document that has something new, to be compared with what is known of its feed.
pub(super) struct Watched<'a> {
    pub feed: Id,
    pub watch: &'a Watch,
    /// For each of its entries.
    pub is_new: Vec<bool>,
}

/// A feed as it is stored, as far as a document with something new needs it.
pub(super) struct Feed {
    /// Times of its newest entries.
    pub rhythm: Vec<Timestamp>,
    pub is_held: bool,
    pub is_flooded: bool,
    pub guids_vary: bool,
    profile: Option<Profile>,
}

/// These feeds, in one question.
pub(super) async fn feeds(tx: &mut Tx, ids: Vec<Id>) -> Result<HashMap<Id, Feed>> {
    let mut feeds = HashMap::default();
    for ids in portions(&ids, FEEDS) {
        let sql = format!(
            "SELECT feeds.id, feeds.rhythm, feeds.held_since, feeds.held_kind, feeds.guids_vary, profiles.profile
             FROM feeds LEFT JOIN profiles ON profiles.feed = feeds.id WHERE feeds.id IN ({})",
            list(1, ids.len())
        );
        for row in tx.rows(sql, ids.iter().copied().map(Value::from).collect()).await? {
            let feed = Feed {
                rhythm: row.json("rhythm")?,
                is_held: row.time_or_null("held_since")?.is_some(),
                is_flooded: row.text_or_null("held_kind")?.as_deref() == Some("flood"),
                guids_vary: row.flag("guids_vary")?,
                profile: row.json_or_null("profile")?,
            };
            feeds.insert(row.id("id")?, feed);
        }
    }
    Ok(feeds)
}

/// Compares documents with what was learnt of their feeds, learns from them, and holds those feeds that are others by now. A
/// feed that is held already is neither judged nor learnt from. Answers with the reasons of those that are held from now on.
pub(super) async fn watch(
    tx: &mut Tx,
    watched: Vec<Watched<'_>>,
    feeds: &HashMap<Id, Feed>,
    now: Timestamp,
) -> Result<HashMap<Id, String>> {
    let mut held = HashMap::default();
    let mut learnt = Vec::new();
    for Watched { feed, watch, is_new } in watched {
        let Some(known) = feeds.get(&feed).filter(|feed| !feed.is_held) else { continue };
        let looks: Vec<_> = watch.looks.iter().zip(is_new).collect();
        match (watch.judge)(known.profile.as_ref(), &watch.facts, &looks) {
            Judged::Same(profile) => learnt.push((feed, profile)),
            Judged::Other(because) => {
                let sql =
                    "UPDATE feeds SET held_since = $2, held_because = $3, held_kind = 'takeover' WHERE id = $1 AND held_since IS NULL";
                if tx.run(sql, args![feed, now, &because]).await? > 0 {
                    held.insert(feed, because);
                }
            }
        }
    }
    for learnt in portions(&learnt, FEEDS) {
        let sql = format!(
            "INSERT INTO profiles (feed, profile) VALUES {} ON CONFLICT (feed) DO UPDATE SET profile = excluded.profile",
            tuples(learnt.len(), 2)
        );
        tx.run(sql, learnt.iter().flat_map(|(feed, profile)| args![*feed, json(profile)]).collect()).await?;
    }
    Ok(held)
}

impl Store {
    /// A person says that a feed is what it shall be, and that its new entries are new: what waits is prepared, and the feed is
    /// learnt anew from what comes. If its GUIDs had changed, that they do so is known from now on. `false`: it was not held.
    ///
    /// # Errors
    /// [`Error::Unknown`].
    pub async fn accept_feed(&self, name: &str) -> Result<bool> {
        let mut tx = self.db.begin("accept_feed").await?;
        let sql = "UPDATE feeds SET guids_vary = CASE WHEN held_kind = 'flood' THEN 1 ELSE guids_vary END,
                          held_since = NULL, held_because = NULL, held_kind = NULL WHERE name = $1 AND held_since IS NOT NULL";
        let was_held = tx.run(sql, args![name]).await? > 0;
        if was_held {
            let sql = "DELETE FROM returned WHERE settled IS NULL AND feed = (SELECT id FROM feeds WHERE name = $1)";
            tx.run(sql, args![name]).await?;
            tx.run("DELETE FROM profiles WHERE feed = (SELECT id FROM feeds WHERE name = $1)", args![name]).await?;
            changes::are_due(&mut tx, name).await?;
        } else if tx.row("SELECT id FROM feeds WHERE name = $1", args![name]).await?.is_none() {
            return Err(Error::Unknown { what: "feed", name: name.to_owned() });
        }
        tx.commit().await?;
        Ok(was_held)
    }

    /// How many items wait because their feed is held.
    pub async fn waiting_of(&self, feed: Id) -> Result<u64> {
        let sql = "SELECT CAST(COUNT(*) AS BIGINT) AS number FROM items WHERE feed = $1 AND state = 'seen'";
        Ok(match self.db.row(sql, args![feed]).await? {
            Some(row) => u64::from(row.count("number")?),
            None => 0,
        })
    }
}
