//! The daemon's place: who runs on this store.
//!
//! On SQLite it is an operating system's lock on `<file>.lock`, which ends with the process, however it ends: whoever gets
//! it knows that every lease in the store belongs to the dead, and gives them all back at once. On PostgreSQL many have a
//! place, a row each, and share by leases; leases of the dead run out.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Store;
use super::db::{Db, Tx, args};
use super::deliveries::RECLAIM;
use super::error::{Error, Result};
use crate::domain::{Id, Timestamp};

/// The right to run on the store. Dropping it gives the SQLite lock free; [`Store::leave_place`] does it in good order.
#[derive(Debug)]
pub struct Place {
    owner: Id,
    _lock: Option<File>,
}

impl Place {
    /// Who claims.
    pub fn owner(&self) -> Id {
        self.owner
    }
}

/// A daemon that has said nothing for so long is dead.
const FORGOTTEN: Duration = Duration::from_secs(86_400);

/// Clocks may differ by this many seconds.
const CLOCKS: u64 = 5;

impl Store {
    /// Takes the daemon's place; `label` names this process to a person (`host:pid`).
    ///
    /// # Errors
    /// [`Error::InUse`]: another daemon has this SQLite file. [`Error::Clocks`]: PostgreSQL's clock and `now` disagree.
    pub async fn take_place(&self, label: &str, now: Timestamp) -> Result<Place> {
        let lock = match &self.file {
            Some(file) => Some(self.lock(file)?),
            None => None,
        };
        if let Db::Postgres { .. } = self.db {
            self.compare_clocks(now).await?;
        }
        let owner = Id::new(now);
        let mut tx = self.db.begin("take_place").await?;
        tx.run("INSERT INTO daemons (id, label, started, seen) VALUES ($1, $2, $3, $3)", args![owner, label, now]).await?;
        if matches!(self.db, Db::Sqlite { .. }) {
            tx.run("DELETE FROM daemons WHERE id <> $1", args![owner]).await?;
            release_all(&mut tx, "", now).await?;
        }
        tx.commit().await?;
        Ok(Place { owner, _lock: lock })
    }

    /// Says that this daemon is still there (PostgreSQL; for a person who looks who runs). Those that have said nothing for a
    /// day are forgotten.
    pub async fn renew_place(&self, place: &Place, now: Timestamp) -> Result<()> {
        let mut tx = self.db.begin("renew_place").await?;
        tx.run("UPDATE daemons SET seen = $2 WHERE id = $1", args![place.owner, now]).await?;
        tx.run("DELETE FROM daemons WHERE seen < $1", args![now.minus(FORGOTTEN)]).await?;
        tx.commit().await
    }

    /// Leaves in good order: every lease of ours is given back, so that another needn't wait for its end.
    pub async fn leave_place(&self, place: Place, now: Timestamp) -> Result<()> {
        let mut tx = self.db.begin("leave_place").await?;
        tx.run("DELETE FROM daemons WHERE id = $1", args![place.owner]).await?;
        release_all(&mut tx, &format!("AND lease_owner = {}", place.owner.to_i64()), now).await?;
        tx.commit().await
    }

    fn lock(&self, file: &Path) -> Result<File> {
        let mut path = file.as_os_str().to_owned();
        path.push(".lock");
        let failed = |cause: std::io::Error| Error::Open { store: self.shown.to_string(), cause: cause.to_string() };
        let lock = private(&PathBuf::from(path)).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(lock),
            Err(TryLockError::WouldBlock) => Err(Error::InUse(self.shown.to_string())),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    async fn compare_clocks(&self, now: Timestamp) -> Result<()> {
        let Some(row) = self.db.row("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS BIGINT) AS now", args![]).await? else {
            return Ok(());
        };
        let apart = row.int("now")?.abs_diff(now.unix());
        if apart > CLOCKS { Err(Error::Clocks(apart)) } else { Ok(()) }
    }
}

fn private(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    File::options().create(true).append(true).mode(0o600).open(path)
}

/// Gives leases back: those of `whose` (an addition to WHERE), or all.
async fn release_all(tx: &mut Tx, whose: &str, now: Timestamp) -> Result<()> {
    const NONE: &str = "lease_token = NULL, lease_until = NULL, lease_owner = NULL";
    for table in ["feeds", "sites", "changes"] {
        tx.run(format!("UPDATE {table} SET {NONE} WHERE lease_token IS NOT NULL {whose}"), args![]).await?;
    }
    tx.run(format!("UPDATE items SET state = 'seen', {NONE} WHERE state = 'preparing' {whose}"), args![]).await?;
    tx.run(format!("UPDATE deliveries SET {RECLAIM} WHERE state = 'publishing' {whose}"), args![now]).await?;
    let doubt = "state = 'wanted', doubt_ever = 1, due = CASE WHEN doubt_until > $1 THEN doubt_until ELSE $1 END";
    if whose.is_empty() {
        tx.run(format!("UPDATE media SET {doubt} WHERE state = 'uploading'"), args![now]).await?;
    }
    Ok(())
}
