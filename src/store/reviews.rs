//! What a person should look at: a twin that somebody touched, a conflict on a published post.

use super::Store;
use super::db::args;
use super::error::Result;
use crate::domain::{Id, Timestamp};

/// One matter for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    pub id: Id,
    pub delivery: Id,
    /// `twin`, `conflict`, …
    pub kind: String,
    pub text: String,
    pub opened: Timestamp,
}

impl Store {
    /// Asks for a person's look, unless the same was asked for already and is open.
    pub async fn open_review(&self, delivery: Id, kind: &str, text: &str, now: Timestamp) -> Result<()> {
        let sql = "INSERT INTO reviews (id, delivery, kind, text, opened) SELECT $1, $2, $3, $4, $5
                   WHERE NOT EXISTS (SELECT 1 FROM reviews WHERE delivery = $2 AND kind = $3 AND closed IS NULL)";
        let mut tx = self.db.begin("open_review").await?;
        tx.run(sql, args![Id::new(now), delivery, kind, text, now]).await?;
        tx.commit().await
    }

    /// A person has looked.
    pub async fn close_review(&self, id: Id, now: Timestamp) -> Result<()> {
        let mut tx = self.db.begin("close_review").await?;
        tx.run("UPDATE reviews SET closed = $2 WHERE id = $1 AND closed IS NULL", args![id, now]).await?;
        tx.commit().await
    }

    /// What is open, oldest first.
    pub async fn open_reviews(&self) -> Result<Vec<Review>> {
        let rows = self.db.rows("SELECT * FROM reviews WHERE closed IS NULL ORDER BY opened, id", args![]).await?;
        rows.iter()
            .map(|row| {
                Ok(Review {
                    id: row.id("id")?,
                    delivery: row.id("delivery")?,
                    kind: row.text("kind")?,
                    text: row.text("text")?,
                    opened: row.time("opened")?,
                })
            })
            .collect()
    }
}
