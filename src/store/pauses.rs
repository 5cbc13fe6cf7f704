//! Pauses: a feed that isn't polled, a site that nothing is sent to, or everything at rest.

use super::Store;
use super::db::{Value, args};
use super::error::{Error, Result};
use crate::domain::Timestamp;

/// What is paused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    All,
    /// By name.
    Feed(String),
    /// By name.
    Site(String),
}

/// One pause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    pub scope: Scope,
    pub since: Timestamp,
    pub because: Option<String>,
}

impl Store {
    /// Pauses until [`Store::resume`]. Work that is under way ends as it would.
    ///
    /// # Errors
    /// [`Error::Unknown`] where no feed or site has this name.
    pub async fn pause(&self, scope: &Scope, because: Option<&str>, now: Timestamp) -> Result<()> {
        let (word, target) = self.target(scope).await?;
        let sql = "INSERT INTO pauses (scope, target, since, because) VALUES ($1, $2, $3, $4) ON CONFLICT (scope, target) DO NOTHING";
        let mut tx = self.db.begin("pause").await?;
        tx.run(sql, args![word, target, now, because]).await?;
        tx.commit().await
    }

    /// Ends a pause; whether there was one.
    pub async fn resume(&self, scope: &Scope) -> Result<bool> {
        let (word, target) = self.target(scope).await?;
        let mut tx = self.db.begin("resume").await?;
        let ended = tx.run("DELETE FROM pauses WHERE scope = $1 AND target = $2", args![word, target]).await?;
        tx.commit().await?;
        Ok(ended > 0)
    }

    /// Everything that is paused.
    pub async fn pauses(&self) -> Result<Vec<Pause>> {
        let sql = "SELECT pauses.scope, pauses.since, pauses.because, feeds.name AS feed, sites.name AS site FROM pauses
                   LEFT JOIN feeds ON pauses.scope = 'feed' AND feeds.id = pauses.target
                   LEFT JOIN sites ON pauses.scope = 'site' AND sites.id = pauses.target ORDER BY pauses.scope, pauses.since";
        let mut pauses = Vec::new();
        for row in self.db.rows(sql, args![]).await? {
            let scope = match row.text("scope")?.as_str() {
                "all" => Scope::All,
                "feed" => Scope::Feed(row.text("feed")?),
                _ => Scope::Site(row.text("site")?),
            };
            pauses.push(Pause { scope, since: row.time("since")?, because: row.text_or_null("because")? });
        }
        Ok(pauses)
    }

    async fn target(&self, scope: &Scope) -> Result<(&'static str, Value)> {
        let (word, sql, name) = match scope {
            Scope::All => return Ok(("all", Value::from(0_i64))),
            Scope::Feed(name) => ("feed", "SELECT id FROM feeds WHERE name = $1", name),
            Scope::Site(name) => ("site", "SELECT id FROM sites WHERE name = $1", name),
        };
        match self.db.row(sql, args![name]).await? {
            Some(row) => Ok((word, Value::from(row.id("id")?))),
            None => Err(Error::Unknown { what: word, name: name.clone() }),
        }
    }
}
