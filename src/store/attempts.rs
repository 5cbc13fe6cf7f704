//! What was sent to a site and what came back, one row a try, only ever added to.

use super::Store;
use super::db::{Tx, args};
use super::error::Result;
use crate::domain::{Id, Timestamp};

/// The longest body that is kept, in bytes.
const KEPT: usize = 64 * 1024;

/// What came back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status, where there was one.
    pub status: Option<u16>,
    /// The body, cut short.
    pub text: Option<String>,
    /// What went wrong, in words.
    pub error: Option<String>,
}

/// One try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub id: Id,
    pub delivery: Id,
    /// `create`, `update`, …
    pub what: String,
    pub started: Timestamp,
    /// Gone after 30 days.
    pub sent: Option<String>,
    /// `None`: the process died, or the attempt is under way.
    pub answered: Option<Timestamp>,
    pub answer: Answer,
}

impl Store {
    /// Every try of a delivery, oldest first.
    pub async fn attempts_of(&self, delivery: Id) -> Result<Vec<Attempt>> {
        let rows = self.db.rows("SELECT * FROM attempts WHERE delivery = $1 ORDER BY id", args![delivery]).await?;
        rows.iter()
            .map(|row| {
                Ok(Attempt {
                    id: row.id("id")?,
                    delivery: row.id("delivery")?,
                    what: row.text("what")?,
                    started: row.time("started")?,
                    sent: row.text_or_null("sent")?,
                    answered: row.time_or_null("answered")?,
                    answer: Answer {
                        status: row.int_or_null("status")?.and_then(|status| u16::try_from(status).ok()),
                        text: row.text_or_null("answer")?,
                        error: row.text_or_null("error")?,
                    },
                })
            })
            .collect()
    }
}

pub(super) async fn start(tx: &mut Tx, delivery: Id, what: &str, sent: Option<&String>, now: Timestamp) -> Result<Id> {
    let id = Id::new(now);
    let sql = "INSERT INTO attempts (id, delivery, what, started, sent) VALUES ($1, $2, $3, $4, $5)";
    tx.run(sql, args![id, delivery, what, now, sent.map(|text| cut(text))]).await?;
    Ok(id)
}

pub(super) async fn end(tx: &mut Tx, attempt: Option<Id>, answer: &Answer, now: Timestamp) -> Result<()> {
    let Some(attempt) = attempt else { return Ok(()) };
    let sql = "UPDATE attempts SET answered = $2, status = $3, answer = $4, error = $5 WHERE id = $1";
    let status = answer.status.map(i64::from);
    tx.run(sql, args![attempt, now, status, answer.text.as_deref().map(cut), &answer.error]).await.map(drop)
}

/// The text, cut at a character.
fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(KEPT)]
}
