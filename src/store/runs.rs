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
                   ORDER BY deliveries.run DESC LIMIT 1)";
        let row = self.db.row(sql, args![]).await?;
        row.as_ref().map(read).transpose()
    }

    /// The deliveries that a run published, in the order of their ids.
    pub async fn posts_of_run(&self, run: Id) -> Result<Vec<Delivery>> {
        let sql = "SELECT * FROM deliveries WHERE run = $1 AND state = 'published' ORDER BY id";
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
