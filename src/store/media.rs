//! Pictures on a site: one row for (site, SHA-256), with a slug that is stored before the upload and looked up before each try.

use super::db::{Row, args};
use super::error::{Error, Result};
use super::{Lease, Store, journal, sites};
use crate::domain::{Doubt, Id, Timestamp};

/// How far an upload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaState {
    Wanted,
    /// A request is or was under way: until `doubt.until` no look proves anything.
    Uploading,
    Uploaded,
    /// The site refused it for good.
    Failed,
}

/// One picture on one site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaRow {
    pub id: Id,
    pub site: Id,
    pub sha256: String,
    pub slug: String,
    pub state: MediaState,
    /// WordPress' id; there once it is uploaded.
    pub media: Option<u64>,
    pub url: Option<String>,
    pub doubt: Doubt,
    pub attempts: u32,
    pub due: Timestamp,
    pub error: Option<String>,
}

impl Store {
    /// The row of a picture on the site whose writer we are; made where there is none.
    pub async fn ensure_media(&self, site: &Lease, sha256: &str, slug: &str, now: Timestamp) -> Result<MediaRow> {
        let mut tx = self.db.begin("ensure_media").await?;
        sites::hold(&mut tx, site).await?;
        let sql = "INSERT INTO media (id, site, sha256, slug, state, due) VALUES ($1, $2, $3, $4, 'wanted', $5)
                   ON CONFLICT (site, sha256) DO NOTHING";
        tx.run(sql, args![Id::new(now), site.row, sha256, slug, now]).await?;
        let row = tx.row("SELECT * FROM media WHERE site = $1 AND sha256 = $2", args![site.row, sha256]).await?;
        let row = read(&row.ok_or_else(|| Error::Unknown { what: "picture", name: sha256.to_owned() })?)?;
        tx.commit().await?;
        Ok(row)
    }

    /// The row of a picture on a site, if it has one.
    pub async fn media(&self, site: Id, sha256: &str) -> Result<Option<MediaRow>> {
        let sql = "SELECT * FROM media WHERE site = $1 AND sha256 = $2";
        match self.db.row(sql, args![site, sha256]).await? {
            Some(row) => read(&row).map(Some),
            None => match &self.base {
                Some(base) => Box::pin(base.media(site, sha256)).await,
                None => Ok(None),
            },
        }
    }

    /// Before the upload goes out: a crash from now on leaves it in doubt until `until`. `run`: who uploads it.
    pub async fn media_begin(&self, site: &Lease, id: Id, until: Timestamp, run: Id, now: Timestamp) -> Result<()> {
        let mut tx = self.db.begin("media_begin").await?;
        sites::hold(&mut tx, site).await?;
        let sql = "UPDATE media SET state = 'uploading', doubt_until = $2 WHERE id = $1 AND state IN ('wanted', 'uploading')";
        tx.run(sql, args![id, until]).await?;
        journal::announce_media(&mut tx, site.row, id, run, now).await?;
        tx.commit().await
    }

    /// It is there: uploaded just now, or found by its slug.
    pub async fn media_done(&self, id: Id, media: u64, url: &str) -> Result<()> {
        let mut tx = self.db.begin("media_done").await?;
        let sql = "UPDATE media SET state = 'uploaded', doubt_until = NULL, media = $2, url = $3, error = NULL
                   WHERE id = $1 AND state <> 'uploaded'";
        tx.run(sql, args![id, media, url]).await?;
        journal::media_known(&mut tx, id, media).await?;
        tx.commit().await
    }

    /// Somebody deleted it on the site: it is uploaded again where it is wanted again.
    pub async fn media_lost(&self, site: &Lease, id: Id, media: u64) -> Result<()> {
        let change = "state = 'wanted', media = NULL, url = NULL, doubt_until = NULL, attempts = 0, error = NULL";
        self.media_change("media_lost", Some(site), id, change, "state = 'uploaded' AND media = $2", args![media]).await
    }

    /// It did not work: again at `due`; `doubt` where the answer was unclear.
    pub async fn media_retry(&self, id: Id, due: Timestamp, error: &str, doubt: Option<Timestamp>) -> Result<()> {
        let change = "state = 'wanted', due = CASE WHEN $4 > $2 THEN $4 ELSE $2 END, error = $3, attempts = attempts + 1, doubt_until = $4,
                      doubt_ever = CASE WHEN $4 IS NULL THEN doubt_ever ELSE 1 END";
        self.media_change("media_retry", None, id, change, "state <> 'uploaded'", args![due, error, doubt]).await
    }

    /// What was waited for is there: the next wait begins anew.
    pub async fn media_came(&self, id: Id) -> Result<()> {
        self.media_change("media_came", None, id, "attempts = 0, error = NULL", "state = 'wanted'", Vec::new()).await
    }

    /// The site will not have it.
    pub async fn media_failed(&self, id: Id, error: &str) -> Result<()> {
        let change = "state = 'failed', doubt_until = NULL, error = $2";
        self.media_change("media_failed", None, id, change, "state <> 'uploaded'", args![error]).await
    }

    async fn media_change(
        &self,
        name: &'static str,
        site: Option<&Lease>,
        id: Id,
        change: &str,
        from: &str,
        more: Vec<super::db::Value>,
    ) -> Result<()> {
        let mut args = args![id];
        args.extend(more);
        let mut tx = self.db.begin(name).await?;
        if let Some(site) = site {
            sites::hold(&mut tx, site).await?;
        }
        tx.run(format!("UPDATE media SET {change} WHERE id = $1 AND {from}"), args).await?;
        tx.commit().await
    }
}

fn read(row: &Row) -> Result<MediaRow> {
    Ok(MediaRow {
        id: row.id("id")?,
        site: row.id("site")?,
        sha256: row.text("sha256")?,
        slug: row.text("slug")?,
        state: row.word("state")?,
        media: row.number_or_null("media")?,
        url: row.text_or_null("url")?,
        doubt: Doubt { until: row.time_or_null("doubt_until")?, ever: row.flag("doubt_ever")?, floor: None },
        attempts: row.count("attempts")?,
        due: row.time("due")?,
        error: row.text_or_null("error")?,
    })
}
