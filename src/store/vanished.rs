//! Sites from which many of our posts are gone at once, and not by the trash. Until a person says what happened, such a site counts
//! as restored from a backup: nothing of it is made again, and nothing is withdrawn.

use super::Store;
use super::db::{Row, args};
use super::error::Result;
use crate::domain::{Id, Timestamp};

/// So many posts at once, and no person deleted them one by one.
const MANY: usize = 25;
/// Where nothing at all is left, fewer will do.
const ALL: usize = 5;

/// A site that a person must look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vanished {
    pub site: Id,
    /// When it was seen first.
    pub since: Timestamp,
    /// How many were gone then.
    pub posts: u64,
}

impl Vanished {
    /// Whether so many missing posts (neither there nor in the trash) among those that were looked for mean a restored backup.
    pub fn looks_like_it(missing: usize, there: usize) -> bool {
        missing >= MANY || (missing >= ALL && there == 0)
    }
}

impl Store {
    /// Notes that posts vanished from a site; whether that is news: it is to be told once.
    pub async fn note_vanished(&self, site: Id, posts: usize, now: Timestamp) -> Result<bool> {
        let mut tx = self.db.begin("note_vanished").await?;
        let sql = "INSERT INTO vanished (site, since, posts) VALUES ($1, $2, $3) ON CONFLICT (site) DO NOTHING";
        let new = tx.run(sql, args![site, now, posts as u64]).await? > 0;
        tx.commit().await?;
        Ok(new)
    }

    /// The sites that a person must look at.
    pub async fn vanished(&self) -> Result<Vec<Vanished>> {
        self.db.rows("SELECT * FROM vanished ORDER BY since, site", args![]).await?.iter().map(read).collect()
    }

    /// Whether a site waits for a person's word.
    pub async fn has_vanished(&self, site: Id) -> Result<bool> {
        Ok(self.db.row("SELECT site FROM vanished WHERE site = $1", args![site]).await?.is_some())
    }

    /// A person has said what happened.
    pub async fn end_vanished(&self, site: Id) -> Result<()> {
        let mut tx = self.db.begin("end_vanished").await?;
        tx.run("DELETE FROM vanished WHERE site = $1", args![site]).await?;
        tx.commit().await
    }
}

fn read(row: &Row) -> Result<Vanished> {
    Ok(Vanished { site: row.id("site")?, since: row.time("since")?, posts: row.number_or_null("posts")?.unwrap_or(0) })
}

#[cfg(test)]
mod tests {
    use super::Vanished;

    #[test]
    fn a_few_posts_are_deleted_by_people_and_many_by_a_backup() {
        for (missing, there, restored) in [(0, 0, false), (4, 0, false), (5, 0, true), (24, 1, false), (25, 1, true), (300, 9_000, true)] {
            assert_eq!(Vanished::looks_like_it(missing, there), restored, "{missing} of {}", missing + there);
        }
    }
}
