//! What hosts say of the use of their pages: kept for a day.

use std::time::Duration;

use super::Store;
use super::db::{args, json};
use super::error::Result;
use crate::domain::{HostWishes, Timestamp};

/// How long what a host said holds (RFC 9309, section 2.4).
const HOLDS: Duration = Duration::from_secs(86_400);

impl Store {
    /// What an origin (`https://x.example`) said within the last day.
    pub async fn wishes(&self, origin: &str, now: Timestamp) -> Result<Option<HostWishes>> {
        let sql = "SELECT said FROM wishes WHERE origin = $1 AND asked > $2";
        self.db.row(sql, args![origin, now.minus(HOLDS)]).await?.map(|row| row.json("said")).transpose()
    }

    /// Keeps what an origin said; what others said more than a day ago goes.
    pub async fn store_wishes(&self, origin: &str, said: &HostWishes, now: Timestamp) -> Result<()> {
        let mut tx = self.db.begin("store_wishes").await?;
        let sql = "INSERT INTO wishes (origin, asked, said) VALUES ($1, $2, $3)
                   ON CONFLICT (origin) DO UPDATE SET asked = excluded.asked, said = excluded.said";
        tx.run(sql, args![origin, now, json(said)]).await?;
        tx.run("DELETE FROM wishes WHERE asked <= $1", args![now.minus(HOLDS)]).await?;
        tx.commit().await
    }
}
