//! What each run has made on a site beside posts: pictures and terms, announced before the request that makes them.
//!
//! | arrow | what is written | if the process dies after it |
//! |---|---|---|
//! | [`Store::media_begin`], [`Store::announce_terms`] | site, name and run; no id | the next try under the same name keeps the run, as it may have come to be; `undo` looks for it by its name |
//! | [`Store::media_done`], [`Store::terms_known`] | WordPress' id; or that it was there before, and is nobody's of ours | nothing: it is done |
//! | [`Store::purging`] | the picture or term is forgotten, so that nothing new refers to it | it is still in the journal with its id: purging it again finds whether it is there |
//! | [`Store::purged`] | when it was deleted for good | nothing: it is done |
//!
//! A post's run stands on its delivery ([`Store::begin`]).

use super::db::{Row, Tx, args};
use super::error::Result;
use super::{Lease, Store, TermPath, sites};
use crate::domain::{Id, Timestamp};

/// What a run made beside posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MadeKind {
    Media,
    Term,
}

/// One thing that a run made, or may have made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journaled {
    pub site: Id,
    pub kind: MadeKind,
    /// A term's `rest_base`; empty for a picture.
    pub taxonomy: String,
    /// A picture's slug; a term's folded path.
    pub name: String,
    pub run: Id,
    /// WordPress' id; `None`: nobody knows whether it came to be.
    pub id: Option<u64>,
    /// When it was deleted for good.
    pub purged: Option<Timestamp>,
}

/// A term that was asked for, and whether somebody else had made it before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermKnown {
    pub path: TermPath,
    pub id: u64,
    pub was_there: bool,
}

/// One that was asked for before with no clear outcome may have come to be then, and stays with the run that asked.
const ANNOUNCE: &str = "INSERT INTO journal (site, kind, taxonomy, name, run, announced) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (site, kind, taxonomy, name) DO UPDATE SET
         again = CASE WHEN journal.wordpress IS NULL THEN 1 ELSE 0 END,
         run = CASE WHEN journal.wordpress IS NULL THEN journal.run ELSE excluded.run END,
         announced = excluded.announced, wordpress = NULL, purged = NULL";

impl Store {
    /// Before terms are made: who asks for them.
    pub async fn announce_terms(&self, site: &Lease, run: Id, paths: &[TermPath], now: Timestamp) -> Result<()> {
        let mut tx = self.db.begin("announce_terms").await?;
        sites::hold(&mut tx, site).await?;
        for (taxonomy, path) in paths {
            tx.run(ANNOUNCE, args![site.row, "term", taxonomy.as_str(), path.as_str(), run, now]).await?;
        }
        tx.commit().await
    }

    /// The terms are there. One that was there before we ever asked for it is none of ours.
    pub async fn terms_known(&self, site: &Lease, run: Id, known: &[TermKnown]) -> Result<()> {
        if known.is_empty() {
            return Ok(());
        }
        let mut tx = self.db.begin("terms_known").await?;
        sites::hold(&mut tx, site).await?;
        const THIS: &str = "site = $1 AND kind = 'term' AND taxonomy = $2 AND name = $3 AND wordpress IS NULL";
        for TermKnown { path: (taxonomy, path), id, was_there } in known {
            let this = || args![site.row, taxonomy.as_str(), path.as_str()];
            let mut values = this();
            values.extend(args![*id]);
            if *was_there {
                tx.run(format!("UPDATE journal SET wordpress = $4 WHERE {THIS} AND again = 1"), values).await?;
                tx.run(format!("DELETE FROM journal WHERE {THIS}"), this()).await?;
            } else {
                values.extend(args![run]);
                tx.run(format!("UPDATE journal SET wordpress = $4, run = $5 WHERE {THIS}"), values).await?;
            }
        }
        tx.commit().await
    }

    /// What a run made, or may have made, beside posts.
    pub async fn journal(&self, run: Id) -> Result<Vec<Journaled>> {
        let sql = "SELECT * FROM journal WHERE run = $1 ORDER BY site, kind, taxonomy, name";
        self.db.rows(sql, args![run]).await?.iter().map(read).collect()
    }

    /// Everything on a site that was uploaded and is there still, as far as the store knows.
    pub async fn uploads(&self, site: Id) -> Result<Vec<Journaled>> {
        let sql = "SELECT * FROM journal WHERE site = $1 AND kind = 'media' AND purged IS NULL ORDER BY announced, name";
        self.db.rows(sql, args![site]).await?.iter().map(read).collect()
    }

    /// Before a picture or term is deleted for good: nothing new refers to it.
    pub async fn purging(&self, site: &Lease, made: &Journaled, id: u64) -> Result<()> {
        let mut tx = self.db.begin("purging").await?;
        sites::hold(&mut tx, site).await?;
        match made.kind {
            MadeKind::Media => {
                let sql = "UPDATE media SET state = 'wanted', media = NULL, url = NULL, attempts = 0, error = NULL
                           WHERE site = $1 AND slug = $2 AND state = 'uploaded'";
                tx.run(sql, args![made.site, &made.name]).await?;
            }
            // not as one that a person deleted: it may be made again
            MadeKind::Term => {
                let sql = "DELETE FROM terms WHERE site = $1 AND taxonomy = $2 AND term = $3";
                tx.run(sql, args![made.site, &made.taxonomy, id]).await?;
                let sql = "DELETE FROM term_lists WHERE site = $1 AND taxonomy = $2";
                tx.run(sql, args![made.site, &made.taxonomy]).await?;
            }
        }
        let sql = "UPDATE journal SET wordpress = $5 WHERE site = $1 AND kind = $2 AND taxonomy = $3 AND name = $4";
        tx.run(sql, args![made.site, kind(made.kind), &made.taxonomy, &made.name, id]).await?;
        tx.commit().await
    }

    /// It is there no more.
    pub async fn purged(&self, made: &Journaled, now: Timestamp) -> Result<()> {
        let mut tx = self.db.begin("purged").await?;
        let sql = "UPDATE journal SET purged = $5 WHERE site = $1 AND kind = $2 AND taxonomy = $3 AND name = $4";
        tx.run(sql, args![made.site, kind(made.kind), &made.taxonomy, &made.name, now]).await?;
        tx.commit().await
    }
}

/// Before a picture is uploaded; part of [`Store::media_begin`].
pub(super) async fn announce_media(tx: &mut Tx, site: Id, media: Id, run: Id, now: Timestamp) -> Result<()> {
    let Some(row) = tx.row("SELECT slug FROM media WHERE id = $1", args![media]).await? else { return Ok(()) };
    tx.run(ANNOUNCE, args![site, "media", "", row.text("slug")?, run, now]).await.map(drop)
}

/// A picture is there; part of [`Store::media_done`]. One that no run announced was there before.
pub(super) async fn media_known(tx: &mut Tx, media: Id, id: u64) -> Result<()> {
    let sql = "UPDATE journal SET wordpress = $2 WHERE kind = 'media' AND taxonomy = '' AND wordpress IS NULL
               AND site = (SELECT media.site FROM media WHERE media.id = $1) AND name = (SELECT media.slug FROM media WHERE media.id = $1)";
    tx.run(sql, args![media, id]).await.map(drop)
}

fn kind(kind: MadeKind) -> &'static str {
    match kind {
        MadeKind::Media => "media",
        MadeKind::Term => "term",
    }
}

fn read(row: &Row) -> Result<Journaled> {
    Ok(Journaled {
        site: row.id("site")?,
        kind: row.word("kind")?,
        taxonomy: row.text("taxonomy")?,
        name: row.text("name")?,
        run: row.id("run")?,
        id: row.number_or_null("wordpress")?,
        purged: row.time_or_null("purged")?,
    })
}
