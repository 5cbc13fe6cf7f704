//! What is dropped in time: entry bodies, drafts, what digests show of entries, and attempts' bodies. Keys, ids, slugs and decisions stay for ever.

use std::time::Duration;

use super::Store;
use super::db::args;
use super::error::Result;
use crate::domain::Timestamp;

/// How long the bodies of requests and answers are kept.
const ATTEMPTS_KEEP: Duration = Duration::from_secs(30 * 86_400);

// NOT IN, because SQLite would rather walk every decided item by its state than the few that still have a text.
pub(super) const ENTRIES: &str = "UPDATE items SET entry = NULL, steps = '{}' WHERE id IN (SELECT id FROM items
                       WHERE entry IS NOT NULL AND first_seen < $1 AND state NOT IN ('seen', 'preparing') ORDER BY first_seen LIMIT $2)";

pub(super) const DRAFTS: &str = "UPDATE deliveries SET draft = NULL WHERE id IN (SELECT id FROM deliveries
                      WHERE draft IS NOT NULL AND created < $1 AND state IN ('published', 'skipped', 'withdrawn') ORDER BY created LIMIT $2)";

pub(super) const ATTEMPTS: &str = "UPDATE attempts SET sent = NULL, answer = NULL, bodies = 0 WHERE id IN (SELECT id FROM attempts
                        WHERE bodies = 1 AND started < $1 ORDER BY started LIMIT $2)";

pub(super) const DIGESTS: &str = "UPDATE digest_items SET entry = NULL WHERE (site, item) IN (SELECT site, item FROM digest_items
                       WHERE entry IS NOT NULL AND delivery IS NOT NULL AND since < $1 ORDER BY since LIMIT $2)";

/// How many rows one step of pruning emptied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    pub entries: u64,
    pub drafts: u64,
    pub attempts: u64,
    pub digests: u64,
    /// Names that never became terms, terms that were deleted, and days of long ago.
    pub terms: u64,
}

impl Pruned {
    /// There was nothing left to drop.
    pub fn is_done(&self) -> bool {
        *self == Self::default()
    }
}

impl Store {
    /// One small step: at most `step` rows of each kind. Call it again until [`Pruned::is_done`].
    ///
    /// What may still be needed stays, however old: entries of items that aren't decided, drafts that aren't out.
    pub async fn prune(&self, now: Timestamp, keep: Duration, step: u32) -> Result<Pruned> {
        let mut tx = self.db.begin("prune").await?;
        let pruned = Pruned {
            entries: tx.run(ENTRIES, args![now.minus(keep), step]).await?,
            drafts: tx.run(DRAFTS, args![now.minus(keep), step]).await?,
            digests: tx.run(DIGESTS, args![now.minus(keep), step]).await?,
            attempts: tx.run(ATTEMPTS, args![now.minus(ATTEMPTS_KEEP.min(keep)), step]).await?,
            terms: super::terms::forget(&mut tx, now.minus(keep)).await?,
        };
        tx.commit().await?;
        Ok(pruned)
    }
}
