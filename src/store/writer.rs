//! The one connection through which this process writes to a SQLite file, and what takes the WAL over into the file beside it.
//!
//! What a pool does when it gets a connection back takes longer than most transactions; and pages that another connection knew would
//! be read again after each commit.
//!
//! If the process dies, or a caller is dropped: before COMMIT is done, nothing was written, which SQLite sees to when the file is next
//! opened, and [`OwnTx`]'s drop before the next writer's turn; after it, all is in the WAL. While the WAL is taken over, what is in it
//! stays there until all of it is in the file.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Sqlite, SqliteConnection, SqlitePool, Transaction};
use tokio::sync::{Mutex, OwnedMutexGuard};

/// Takes the write lock at once: a transaction that reads first and writes later fails where another wrote in between.
const BEGIN: &str = "BEGIN IMMEDIATE";
/// So often the WAL is taken over beside the writers, before they wait for the rest.
const BESIDE: usize = 2;
/// Fewer pages than this are a rest.
const LITTLE: i64 = 1_000;
/// Pages of 4 KB that are written, as far as rows and texts tell, before the WAL is taken over.
const PAGES: u64 = 6_000;

/// Lines up this process's own writers, so that they wait for their turn and don't ask again and again.
#[derive(Clone, Debug)]
pub(super) enum Writer {
    File(Arc<File>),
    /// In memory there is one connection for all.
    Memory(SqlitePool),
}

#[derive(Debug)]
pub(super) struct File {
    options: SqliteConnectOptions,
    /// `None`: not opened yet, or lost.
    connection: Arc<Mutex<Option<SqliteConnection>>>,
    readers: SqlitePool,
    /// That were written since the WAL was taken over, about.
    pages: AtomicU64,
    is_taking_over: AtomicBool,
}

impl Writer {
    /// Of a file that `readers` read: once they are closed, nobody writes any more.
    pub fn new(options: SqliteConnectOptions, readers: SqlitePool) -> Self {
        // to wait for one's turn is no slow statement
        let options = options.disable_statement_logging();
        let (connection, pages, is_taking_over) = Default::default();
        Self::File(Arc::new(File { options, connection, readers, pages, is_taking_over }))
    }

    /// Begins a transaction when it is its turn.
    pub async fn begin(&self) -> sqlx::Result<SqliteTx> {
        match self {
            Self::Memory(pool) => pool.begin_with(BEGIN).await.map(SqliteTx::Pooled),
            Self::File(file) => {
                let connection = file.turn().await?;
                // from here on: what was begun and not waited for is undone
                let mut tx = OwnTx { file: file.clone(), connection: Some(connection) };
                if let Err(error) = sqlx::query(BEGIN).execute(tx.connection()).await {
                    // nothing was begun
                    if let (Some(mut connection), sqlx::Error::WorkerCrashed) = (tx.connection.take(), &error) {
                        *connection = None;
                    }
                    return Err(error);
                }
                Ok(SqliteTx::Own(tx))
            }
        }
    }

    /// Ends the connection, after what is just being written.
    pub async fn close(&self) {
        match self {
            Self::Memory(pool) => pool.close().await,
            Self::File(file) => {
                if let Some(connection) = file.connection.lock().await.take() {
                    // what was committed is in the WAL, whatever it says
                    let _ = connection.close().await;
                }
            }
        }
    }
}

impl File {
    async fn turn(&self) -> sqlx::Result<OwnedMutexGuard<Option<SqliteConnection>>> {
        let mut connection = self.connection.clone().lock_owned().await;
        if self.readers.is_closed() {
            return Err(sqlx::Error::PoolClosed);
        }
        if connection.is_none() {
            *connection = Some(self.options.connect().await?);
        }
        Ok(connection)
    }

    /// Takes the WAL over into the file where enough was written: by another connection, so that no writer waits for the disk. Where
    /// that falls behind, SQLite does it in a commit (`wal_autocheckpoint`).
    fn written(self: &Arc<Self>, pages: u64) {
        if self.pages.fetch_add(pages, Ordering::Relaxed) + pages < PAGES || self.is_taking_over.swap(true, Ordering::AcqRel) {
            return;
        }
        self.pages.store(0, Ordering::Relaxed);
        let file = self.clone();
        tokio::spawn(async move {
            if let Err(error) = file.take_over().await {
                tracing::debug!(%error, "the WAL was not taken over");
            }
            file.is_taking_over.store(false, Ordering::Release);
        });
    }

    /// First beside the writers: most of it, and then what they wrote meanwhile. The last few pages while they wait, as the WAL begins
    /// anew only where all of it was taken over.
    async fn take_over(&self) -> sqlx::Result<()> {
        let mut connection = self.options.connect().await?;
        let mut left = 0;
        for _ in 0..BESIDE {
            left = checkpoint(&mut connection).await?;
        }
        // more is left where somebody reads for long: then the next time will do
        if left < LITTLE {
            let turn = self.connection.lock().await;
            checkpoint(&mut connection).await?;
            drop(turn);
        }
        connection.close().await
    }
}

/// Takes over what no reader needs where it is: how many pages are left.
async fn checkpoint(connection: &mut SqliteConnection) -> sqlx::Result<i64> {
    let (_busy, pages, taken): (i64, i64, i64) = sqlx::query_as("PRAGMA wal_checkpoint(PASSIVE)").fetch_one(connection).await?;
    Ok(pages - taken)
}

/// A transaction on SQLite. Dropped without a commit it leaves nothing behind.
pub(super) enum SqliteTx {
    Own(OwnTx),
    Pooled(Transaction<'static, Sqlite>),
}

pub(super) struct OwnTx {
    file: Arc<File>,
    /// `None`: committed.
    connection: Option<OwnedMutexGuard<Option<SqliteConnection>>>,
}

impl SqliteTx {
    pub fn connection(&mut self) -> &mut SqliteConnection {
        match self {
            Self::Own(tx) => tx.connection(),
            Self::Pooled(tx) => tx,
        }
    }

    /// Makes it lasting; `pages`: about how many it wrote.
    pub async fn commit(self, pages: u64) -> sqlx::Result<()> {
        match self {
            Self::Pooled(tx) => tx.commit().await,
            Self::Own(mut tx) => {
                sqlx::query("COMMIT").execute(tx.connection()).await?;
                tx.connection = None;
                tx.file.written(pages);
                Ok(())
            }
        }
    }
}

impl OwnTx {
    fn connection(&mut self) -> &mut SqliteConnection {
        self.connection.as_mut().and_then(|turn| turn.as_mut()).expect("an open transaction has its connection")
    }
}

impl Drop for OwnTx {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            // SQLite undoes what a connection leaves behind
            *connection = None;
            return;
        };
        // the next writer waits for it
        runtime.spawn(async move {
            let undone = match connection.as_mut() {
                Some(open) => sqlx::query("ROLLBACK").execute(open).await.is_ok(),
                None => true,
            };
            // nothing is left to undo, or nobody who could: a new one is opened
            if !undone {
                *connection = None;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::domain::Timestamp;
    use crate::store::Store;
    use crate::store::db::{Db, ROWS_OF_A_PAGE, args};

    async fn store(folder: &Path) -> Store {
        Store::open(&format!("sqlite://{}", folder.join("w.db").display()), Timestamp::from_unix(1_795_348_800)).await.unwrap()
    }

    async fn keys(store: &Store) -> i64 {
        let sql = "SELECT COUNT(*) AS number FROM entry_keys";
        store.db.row(sql, args![]).await.unwrap().unwrap().int("number").unwrap()
    }

    #[tokio::test]
    async fn what_was_not_committed_is_gone_and_the_next_writer_has_its_turn() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path()).await;
        for key in [1_i64, 2, 3] {
            let mut tx = store.db.begin("test").await.unwrap();
            tx.run("INSERT INTO entry_keys (hash, item) VALUES ($1, 7)", args![key]).await.unwrap();
            if key == 2 {
                tx.commit().await.unwrap();
            }
        }
        // also where nobody is there to undo it
        let tx = store.db.begin("test").await.unwrap();
        std::thread::spawn(move || drop(tx)).join().unwrap();
        store.db.begin("test").await.unwrap().commit().await.unwrap();
        assert_eq!(keys(&store).await, 1);
        store.close().await;
        assert!(store.db.begin("test").await.is_err(), "nobody writes to a store that was closed");
    }

    #[tokio::test]
    async fn a_writer_that_gives_up_waiting_leaves_the_turn_to_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path()).await;
        let other = format!("sqlite://{}", folder.path().join("w.db").display());
        let mut other = SqliteConnection::connect(&other).await.unwrap();
        sqlx::query(BEGIN).execute(&mut other).await.unwrap();
        let waiting = store.db.begin("test");
        assert!(futures_util::poll!(std::pin::pin!(waiting)).is_pending(), "another process writes");
        sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
        let mut tx = store.db.begin("test").await.unwrap();
        tx.run("INSERT INTO entry_keys (hash, item) VALUES (1, 7)", args![]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(keys(&store).await, 1);
    }

    #[tokio::test]
    async fn the_wal_is_taken_over_beside_the_writers() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path()).await;
        let file = folder.path().join("w.db");
        let size = || std::fs::metadata(&file).unwrap().len();
        let before = size();
        let sql = "WITH RECURSIVE n (i) AS (SELECT $1 UNION ALL SELECT i + 1 FROM n WHERE i < $2) INSERT INTO entry_keys (hash, item) SELECT i, 7 FROM n";
        let mut tx = store.db.begin("test").await.unwrap();
        let enough = (PAGES * ROWS_OF_A_PAGE).cast_signed();
        tx.run(sql, args![1_i64, enough - ROWS_OF_A_PAGE.cast_signed()]).await.unwrap();
        tx.commit().await.unwrap();
        let Db::Sqlite { writer: Writer::File(own), .. } = &store.db else { panic!("it is a file") };
        assert!(!own.is_taking_over.load(Ordering::Acquire), "not for so few");
        assert_eq!(size(), before);
        let mut tx = store.db.begin("test").await.unwrap();
        tx.run(sql, args![enough, enough]).await.unwrap();
        tx.commit().await.unwrap();
        while own.is_taking_over.load(Ordering::Acquire) {
            tokio::task::yield_now().await;
        }
        assert!(size() > before, "{} bytes", size());
        // and begins anew
        let wal = || std::fs::metadata(folder.path().join("w.db-wal")).unwrap().len();
        let full = wal();
        let mut tx = store.db.begin("test").await.unwrap();
        tx.run(sql, args![enough + 1, enough + 1]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(wal(), full);
        assert_eq!(own.pages.load(Ordering::Relaxed), 1, "one row is a page of its own");
        assert_eq!(keys(&store).await, enough - ROWS_OF_A_PAGE.cast_signed() + 2);
    }
}
