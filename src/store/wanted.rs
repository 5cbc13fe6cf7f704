//! What posts that are out shall be changed into: one row a delivery, the newest wish.
//!
//! A row is written by whoever wants a change (a source that tells something else, another feed's telling of the same story, a page
//! that is gone, a person) and taken by the site's writer, who compares it with the post field by field. It is gone once the site
//! has said what it thinks of it ([`Store::end_update`], [`Store::unwant`]); if the process dies before, it is taken again.

use serde::{Deserialize, Serialize};

use super::db::{Row, Tx, Value, args, json, list};
use super::error::Result;
use super::{Lease, Store, sites};
use crate::domain::{Decision, Draft, Id, Returned, Timestamp};

/// Who wants a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Why {
    /// The source tells something else.
    Source,
    /// The same, and only a note says so.
    Note,
    /// Another feed tells the story, too.
    Covered,
    /// The source is gone.
    Gone,
    /// A changed template or rule.
    Rendered,
    /// A person decided a review.
    Person,
    /// Its time is over.
    Age,
}

/// A wish.
#[derive(Debug, Clone, PartialEq)]
pub struct NewWanted {
    pub delivery: Id,
    pub site: Id,
    pub why: Why,
    pub draft: Draft,
    pub decision: Decision,
    /// Fields that a person gave to the source: they are changed whatever stands there.
    pub forced: Vec<String>,
}

/// A wish that waits for the site's writer.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    pub delivery: Id,
    pub why: Why,
    pub draft: Draft,
    pub decision: Decision,
    pub forced: Vec<String>,
    pub attempts: u32,
    /// A newer wish has another.
    token: i64,
}

/// `$1` site, `$2` now, `$3` how many.
pub(super) const DUE: &str = "SELECT * FROM wanted WHERE site = $1 AND due <= $2 ORDER BY due, delivery LIMIT $3";

/// The newest wish takes the place of an older one; what a person gave to the source stays given until it is done.
pub(super) async fn put(tx: &mut Tx, wanted: &NewWanted, now: Timestamp) -> Result<()> {
    let NewWanted { delivery, site, why, draft, decision, forced } = wanted;
    let sql = "INSERT INTO wanted (delivery, site, why, draft, decision, forced, since, due, token)
               SELECT $1, $2, $3, $4, $5, $6, $7, $7, $8 FROM deliveries WHERE deliveries.id = $1 AND deliveries.state = 'published'
               ON CONFLICT (delivery) DO UPDATE SET why = excluded.why, draft = excluded.draft, decision = excluded.decision,
                      forced = CASE WHEN excluded.forced = '[]' THEN wanted.forced ELSE excluded.forced END,
                      since = excluded.since, due = excluded.due, token = excluded.token, attempts = 0, error = NULL";
    let args = args![*delivery, *site, super::db::word(why), json(draft), json(decision), json(forced), now, Id::new(now)];
    tx.run(sql, args).await.map(drop)
}

impl Store {
    /// Asks for a change of a published post.
    pub async fn want(&self, wanted: &NewWanted, now: Timestamp) -> Result<()> {
        let mut tx = self.db.begin("want").await?;
        put(&mut tx, wanted, now).await?;
        tx.commit().await
    }

    /// What is due on a site, the oldest first.
    pub async fn wanted_due(&self, site: Id, now: Timestamp, limit: u32) -> Result<Vec<Wanted>> {
        self.db.rows(DUE, args![site, now, limit]).await?.iter().map(read).collect()
    }

    /// All that wait, for lists and for a run that changes nothing.
    pub async fn all_wanted(&self, limit: u32) -> Result<Vec<Wanted>> {
        let rows = self.db.rows("SELECT * FROM wanted ORDER BY due, delivery LIMIT $1", args![limit]).await?;
        let mut found = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
        if let Some(base) = &self.base {
            let below = Box::pin(base.all_wanted(limit)).await?;
            let known: Vec<Id> = found.iter().map(|wanted| wanted.delivery).collect();
            found.extend(below.into_iter().filter(|below| !known.contains(&below.delivery)));
        }
        Ok(found)
    }

    /// What a delivery's post shall be changed into, if anything.
    pub async fn wanted(&self, delivery: Id) -> Result<Option<Wanted>> {
        self.db.row("SELECT * FROM wanted WHERE delivery = $1", args![delivery]).await?.as_ref().map(read).transpose()
    }

    /// It can't be done now: again at `due`. `counts`: it is one of the tries that it has.
    pub async fn want_at(&self, site: &Lease, wanted: &Wanted, due: Timestamp, error: &str, counts: bool) -> Result<()> {
        let mut tx = self.db.begin("want_at").await?;
        sites::hold(&mut tx, site).await?;
        let sql = "UPDATE wanted SET due = $2, error = $3, attempts = attempts + $4 WHERE delivery = $1 AND token = $5";
        tx.run(sql, args![wanted.delivery, due, error, i64::from(counts), wanted.token]).await?;
        tx.commit().await
    }

    /// Nobody wants it any more, or nothing is left to change. `sent`: what counts as sent from now on.
    pub async fn unwant(&self, site: &Lease, wanted: &Wanted, sent: Option<&Draft>) -> Result<()> {
        let mut tx = self.db.begin("unwant").await?;
        sites::hold(&mut tx, site).await?;
        if let Some(draft) = sent {
            tx.run("UPDATE deliveries SET draft = $2 WHERE id = $1 AND state = 'published'", args![wanted.delivery, json(draft)]).await?;
        }
        tx.run("DELETE FROM wanted WHERE delivery = $1 AND token = $2", args![wanted.delivery, wanted.token]).await?;
        tx.commit().await
    }

    /// What WordPress returned of these deliveries' posts after our last write; those of which nothing is known are left out.
    pub async fn returned(&self, deliveries: &[Id]) -> Result<std::collections::HashMap<Id, Returned>> {
        let mut found = std::collections::HashMap::new();
        for ids in deliveries.chunks(200) {
            let sql = format!("SELECT id, returned FROM deliveries WHERE returned IS NOT NULL AND id IN ({})", list(1, ids.len()));
            for row in self.db.rows(sql, ids.iter().copied().map(Value::from).collect()).await? {
                found.insert(row.id("id")?, row.json("returned")?);
            }
        }
        if let Some(base) = self.base.as_ref().filter(|_| found.len() < deliveries.len()) {
            let missing: Vec<Id> = deliveries.iter().copied().filter(|id| !found.contains_key(id)).collect();
            found.extend(Box::pin(base.returned(&missing)).await?);
        }
        Ok(found)
    }

    /// These deliveries, in no order; unknown ids are left out.
    pub async fn deliveries_by_id(&self, ids: &[Id]) -> Result<Vec<crate::domain::Delivery>> {
        let mut found = Vec::with_capacity(ids.len());
        for ids in ids.chunks(200) {
            let sql = format!("SELECT * FROM deliveries WHERE id IN ({})", list(1, ids.len()));
            for row in self.db.rows(sql, ids.iter().copied().map(Value::from).collect()).await? {
                found.push(super::rows::delivery(&row)?);
            }
        }
        if let Some(base) = self.base.as_ref().filter(|_| found.len() < ids.len()) {
            let missing: Vec<Id> = ids.iter().copied().filter(|id| !found.iter().any(|delivery| delivery.id == *id)).collect();
            found.extend(Box::pin(base.deliveries_by_id(&missing)).await?);
        }
        Ok(found)
    }
}

fn read(row: &Row) -> Result<Wanted> {
    Ok(Wanted {
        delivery: row.id("delivery")?,
        why: row.word("why")?,
        draft: row.json("draft")?,
        decision: row.json("decision")?,
        forced: row.json("forced")?,
        attempts: row.count("attempts")?,
        token: row.int("token")?,
    })
}
