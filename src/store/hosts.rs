//! Hosts that want to be left alone, with whatever they serve: what a 429 or 503 asked for holds over restarts.

use std::collections::HashMap;

use super::db::{Tx, args};
use super::error::Result;
use super::{HostRest, Store};
use crate::domain::Timestamp;

impl Store {
    /// Hosts (with their port where it isn't the usual one) that are left alone, and until when.
    pub async fn resting_hosts(&self, now: Timestamp) -> Result<HashMap<String, Timestamp>> {
        let rows = self.db.rows("SELECT name, rest_until FROM hosts WHERE rest_until > $1", args![now]).await?;
        rows.iter().map(|row| Ok((row.text("name")?, row.time("rest_until")?))).collect()
    }

    /// Leaves a host alone, as it asked somebody else of us. A longer rest stays.
    pub async fn rest_host(&self, host_rests: &HostRest, now: Timestamp) -> Result<()> {
        let mut tx = self.db.begin("rest_host").await?;
        rest(&mut tx, host_rests, now).await?;
        tx.commit().await
    }
}

pub(super) async fn rest(tx: &mut Tx, host_rests: &HostRest, now: Timestamp) -> Result<()> {
    let HostRest { host, until, because } = host_rests;
    let sql = "INSERT INTO hosts (name, rest_until, because) VALUES ($1, $2, $3)
               ON CONFLICT (name) DO UPDATE SET rest_until = excluded.rest_until, because = excluded.because
               WHERE hosts.rest_until < excluded.rest_until";
    tx.run(sql, args![host, *until, because]).await?;
    tx.run("DELETE FROM hosts WHERE rest_until <= $1", args![now]).await?;
    Ok(())
}
