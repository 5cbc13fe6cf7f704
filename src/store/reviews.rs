//! What a person should look at: a twin that somebody touched, a conflict on a published post, a post whose entry the rules skip now.

use serde::{Deserialize, Serialize};

use super::Store;
use super::db::{Row, Tx, args, json};
use super::error::{Error, Result};
use super::wanted::{self, NewWanted};
use crate::domain::{Delivery, Draft, Id, Timestamp};

/// One matter for a person.
#[derive(Debug, Clone, PartialEq)]
pub struct Review {
    pub id: Id,
    pub delivery: Id,
    /// `twin`, `conflict`, `skipped`, `gone`, `refused`
    pub kind: String,
    pub text: String,
    pub opened: Timestamp,
    pub closed: Option<Timestamp>,
    /// Field by field, for a conflict.
    pub detail: Option<ReviewDetail>,
    /// What the person decided.
    pub outcome: Option<String>,
}

/// What a conflict is about.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReviewDetail {
    pub fields: Vec<Conflict>,
    /// The post as the source would have it now.
    pub draft: Draft,
}

/// One field that a person changed and the source, too.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Conflict {
    /// As the REST API calls it.
    pub field: String,
    /// What we had sent.
    pub sent: String,
    /// What stands in WordPress.
    pub wordpress: String,
    /// What the source says now.
    pub source: String,
}

/// Asks for a person's look. Where the same is asked for already and open, it is told anew if there is a detail, else left.
pub(super) async fn open(tx: &mut Tx, delivery: Id, kind: &str, text: &str, detail: Option<&ReviewDetail>, now: Timestamp) -> Result<()> {
    if let Some(detail) = detail {
        let sql = "UPDATE reviews SET text = $3, detail = $4 WHERE delivery = $1 AND kind = $2 AND closed IS NULL";
        if tx.run(sql, args![delivery, kind, text, json(detail)]).await? > 0 {
            return Ok(());
        }
    }
    let sql = "INSERT INTO reviews (id, delivery, kind, text, opened, detail) SELECT $1, $2, $3, $4, $5, $6
               WHERE NOT EXISTS (SELECT 1 FROM reviews WHERE delivery = $2 AND kind = $3 AND closed IS NULL)";
    tx.run(sql, args![Id::new(now), delivery, kind, text, now, detail.map(json)]).await.map(drop)
}

impl Store {
    /// Asks for a person's look, unless the same was asked for already and is open.
    pub async fn open_review(&self, delivery: Id, kind: &str, text: &str, now: Timestamp) -> Result<()> {
        let mut tx = self.db.begin("open_review").await?;
        open(&mut tx, delivery, kind, text, None, now).await?;
        tx.commit().await
    }

    /// A conflict on a published post; the newest takes the place of an older one that is open.
    pub async fn open_conflict(&self, delivery: Id, text: &str, detail: &ReviewDetail, now: Timestamp) -> Result<()> {
        let mut tx = self.db.begin("open_conflict").await?;
        open(&mut tx, delivery, "conflict", text, Some(detail), now).await?;
        tx.commit().await
    }

    /// A person has looked.
    pub async fn close_review(&self, id: Id, now: Timestamp) -> Result<()> {
        self.resolve_review(id, "closed", None, None, now).await
    }

    /// A person has decided. `sent`: what counts as sent from now on, where WordPress' version stays. `wanted`: what its post
    /// shall become, where the source's is taken.
    ///
    /// # Errors
    /// [`Error::WrongState`] where somebody was first.
    pub async fn resolve_review(
        &self,
        id: Id,
        outcome: &str,
        sent: Option<(&Delivery, &Draft)>,
        wanted: Option<&NewWanted>,
        now: Timestamp,
    ) -> Result<()> {
        let mut tx = self.db.begin("resolve_review").await?;
        let sql = "UPDATE reviews SET closed = $2, outcome = $3 WHERE id = $1 AND closed IS NULL";
        if tx.run(sql, args![id, now, outcome]).await? == 0 {
            let row = tx.row("SELECT outcome FROM reviews WHERE id = $1", args![id]).await?;
            let Some(row) = row else { return Err(Error::Unknown { what: "review", name: id.to_string() }) };
            let state = row.text_or_null("outcome")?.unwrap_or_else(|| "closed".to_owned());
            return Err(Error::WrongState { what: "review", id, state, arrow: "resolved" });
        }
        if let Some((was, draft)) = sent {
            // a change that went out in between tells more than we knew
            let sql = "UPDATE deliveries SET draft = $2 WHERE id = $1 AND state = 'published' AND COALESCE(modified_gmt, '') = $3";
            tx.run(sql, args![was.id, json(draft), was.modified_gmt.as_deref().unwrap_or_default()]).await?;
        }
        if let Some(wanted) = wanted {
            wanted::put(&mut tx, wanted, now).await?;
        }
        tx.commit().await
    }

    /// What is open, oldest first.
    pub async fn open_reviews(&self) -> Result<Vec<Review>> {
        let rows = self.db.rows("SELECT * FROM reviews WHERE closed IS NULL ORDER BY opened, id", args![]).await?;
        rows.iter().map(read).collect()
    }

    /// What is open and what was decided, newest first.
    pub async fn all_reviews(&self, limit: u32) -> Result<Vec<Review>> {
        self.db.rows("SELECT * FROM reviews ORDER BY id DESC LIMIT $1", args![limit]).await?.iter().map(read).collect()
    }

    /// One of them.
    pub async fn review(&self, id: Id) -> Result<Option<Review>> {
        self.db.row("SELECT * FROM reviews WHERE id = $1", args![id]).await?.as_ref().map(read).transpose()
    }
}

fn read(row: &Row) -> Result<Review> {
    Ok(Review {
        id: row.id("id")?,
        delivery: row.id("delivery")?,
        kind: row.text("kind")?,
        text: row.text("text")?,
        opened: row.time("opened")?,
        closed: row.time_or_null("closed")?,
        detail: row.json_or_null("detail")?,
        outcome: row.text_or_null("outcome")?,
    })
}
