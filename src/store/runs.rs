//! Runs: one row for each `run` and `once`, so that the last one's posts can be named, and undone.

use super::db::{Row, args};
use super::error::Result;
use super::{Store, rows};
use crate::domain::{Delivery, Id, Timestamp};

/// One run of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub id: Id,
    /// `run`, `once`, …
    pub kind: String,
    pub started: Timestamp,
    /// `None`: it runs, or it was killed.
    pub ended: Option<Timestamp>,
    /// What it did, as its own words or JSON.
    pub summary: Option<String>,
}

/// How much a run made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Made {
    pub posts: u64,
    /// Of those, how many are withdrawn by now.
    pub withdrawn: u64,
    pub media: u64,
    pub terms: u64,
}

impl Store {
    /// A run begins.
    pub async fn begin_run(&self, kind: &str, now: Timestamp) -> Result<Id> {
        let id = Id::new(now);
        let mut tx = self.db.begin("begin_run").await?;
        tx.run("INSERT INTO runs (id, kind, started) VALUES ($1, $2, $3)", args![id, kind, now]).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// A run ends.
    pub async fn end_run(&self, id: Id, summary: &str, now: Timestamp) -> Result<()> {
        let mut tx = self.db.begin("end_run").await?;
        tx.run("UPDATE runs SET ended = $2, summary = $3 WHERE id = $1", args![id, now, summary]).await?;
        tx.commit().await
    }

    /// The last run of any kind.
    pub async fn last_run(&self) -> Result<Option<Run>> {
        let row = self.db.row("SELECT * FROM runs ORDER BY id DESC LIMIT 1", args![]).await?;
        row.as_ref().map(read).transpose()
    }

    /// The last run that made posts. It stays the last one when they are undone, so that asking twice never undoes two runs.
    pub async fn last_run_with_posts(&self) -> Result<Option<Run>> {
        let sql = "SELECT * FROM runs WHERE id = (SELECT deliveries.run FROM deliveries WHERE deliveries.run IS NOT NULL
                   AND deliveries.post IS NOT NULL ORDER BY deliveries.run DESC LIMIT 1)";
        let row = self.db.row(sql, args![]).await?;
        row.as_ref().map(read).transpose()
    }

    /// One run.
    pub async fn run(&self, id: Id) -> Result<Option<Run>> {
        self.db.row("SELECT * FROM runs WHERE id = $1", args![id]).await?.as_ref().map(read).transpose()
    }

    /// The newest runs with how much each made, newest first.
    pub async fn runs(&self, limit: u32) -> Result<Vec<(Run, Made)>> {
        let sql = "SELECT runs.*,
                       (SELECT COUNT(*) FROM deliveries WHERE deliveries.run = runs.id AND deliveries.post IS NOT NULL) AS posts,
                       (SELECT COUNT(*) FROM deliveries WHERE deliveries.run = runs.id AND deliveries.state = 'withdrawn') AS withdrawn,
                       (SELECT COUNT(*) FROM journal WHERE journal.run = runs.id AND journal.kind = 'media') AS media,
                       (SELECT COUNT(*) FROM journal WHERE journal.run = runs.id AND journal.kind = 'term') AS terms
                   FROM runs ORDER BY runs.id DESC LIMIT $1";
        let number = |row: &Row, name| -> Result<u64> { Ok(row.number_or_null(name)?.unwrap_or(0)) };
        let rows = self.db.rows(sql, args![limit]).await?;
        let made = |row: &Row| -> Result<Made> {
            Ok(Made {
                posts: number(row, "posts")?,
                withdrawn: number(row, "withdrawn")?,
                media: number(row, "media")?,
                terms: number(row, "terms")?,
            })
        };
        rows.iter().map(|row| Ok((read(row)?, made(row)?))).collect()
    }

    /// The deliveries that a run published and that are out still, in the order of their ids.
    pub async fn posts_of_run(&self, run: Id) -> Result<Vec<Delivery>> {
        let sql = "SELECT * FROM deliveries WHERE run = $1 AND state = 'published' ORDER BY id";
        self.db.rows(sql, args![run]).await?.iter().map(rows::delivery).collect()
    }

    /// Every delivery whose post a run made or began to make, whatever became of it, in the order of their ids.
    pub async fn deliveries_of_run(&self, run: Id) -> Result<Vec<Delivery>> {
        let sql = "SELECT * FROM deliveries WHERE run = $1 ORDER BY id";
        self.db.rows(sql, args![run]).await?.iter().map(rows::delivery).collect()
    }
}

fn read(row: &Row) -> Result<Run> {
    Ok(Run {
        id: row.id("id")?,
        kind: row.text("kind")?,
        started: row.time("started")?,
        ended: row.time_or_null("ended")?,
        summary: row.text_or_null("summary")?,
    })
}
