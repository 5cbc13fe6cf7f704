//! Opening a store: where it is, whether it is ours, and bringing its schema up to date.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};

use super::Store;
use super::db::{Db, args};
use super::error::{Error, Result, is_damage};
use super::writer::Writer;
use crate::domain::Timestamp;

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// How long a statement waits for another process's write on the same SQLite file.
const BUSY: Duration = Duration::from_secs(10);
/// Rows of an answer that may wait to be taken from the connection's thread.
const ROWS: usize = 512;
/// Pages of 4 KB in the WAL before a commit takes them over into the file: only where that wasn't done beside ([`Writer`]).
const CHECKPOINT: &str = "16000";
/// What the writer's page cache holds at most, in KB with a minus sign: the rows of some 4,000 feeds. SQLite's own measure is 2,000.
const WRITERS_CACHE: &str = "-4000";
/// How long PostgreSQL may take to let us in.
const AWAY: Duration = Duration::from_secs(10);

impl Store {
    /// Opens the store at `url` (`sqlite:///path`, `postgres://…`), makes it where it isn't, and brings its schema up to date.
    ///
    /// A new SQLite file and its folder are for the owner alone (0600, 0700). Before a migration that has something to do, a
    /// store that holds something is copied beside itself: `wirepress.db.before-20261122T125256`.
    ///
    /// # Errors
    /// [`Error::Newer`], [`Error::Broken`], [`Error::Url`], [`Error::Open`].
    pub async fn open(url: &str, now: Timestamp) -> Result<Self> {
        let place = Location::parse(url)?;
        if let Location::File(_, path) = &place {
            make_private_file(path).map_err(|cause| place.cannot_open(cause))?;
        }
        let store = place.connect(Access::Write).await?;
        store.migrate(store.migrator(), now).await?;
        Ok(store)
    }

    /// Opens the store at `url` without ever writing to it; `None` where there is no store yet.
    ///
    /// # Errors
    /// Those of [`Store::open`], and [`Error::Older`]: a store that is only read is not brought up to date.
    pub async fn open_read_only(url: &str) -> Result<Option<Self>> {
        let place = Location::parse(url)?;
        if let Location::File(_, path) = &place {
            match std::fs::metadata(path) {
                Ok(facts) if facts.len() > 0 => {}
                Ok(_) => return Ok(None),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(place.cannot_open(error)),
            }
        }
        let store = place.connect(Access::Read).await?;
        match store.schema(store.migrator()).await? {
            Schema::Empty => Ok(None),
            Schema::Current => Ok(Some(store)),
            Schema::Older => Err(Error::Older(store.shown.to_string())),
        }
    }

    /// An empty store in memory, gone with its last clone.
    pub async fn memory() -> Result<Self> {
        let store = Location::Memory.connect(Access::Write).await?;
        store.migrate(&SQLITE, Timestamp::from_unix(0)).await?;
        Ok(store)
    }

    /// The store as a person may see it: its path or its URL, without a password.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Ends all connections, of all clones. The last one of a SQLite file takes what lies in the WAL over into the file itself.
    pub async fn close(&self) {
        match &self.db {
            Db::Sqlite { pool, writer, .. } => {
                // the writer last: it may write to the WAL until it ends
                pool.close().await;
                writer.close().await;
            }
            Db::Postgres { pool } => pool.close().await,
        }
    }

    fn migrator(&self) -> &'static Migrator {
        match &self.db {
            Db::Sqlite { .. } => &SQLITE,
            Db::Postgres { .. } => &POSTGRES,
        }
    }

    fn broken(&self, cause: impl ToString) -> Error {
        Error::Broken { store: self.shown.to_string(), cause: cause.to_string() }
    }

    async fn migrate(&self, migrator: &Migrator, now: Timestamp) -> Result<()> {
        let schema = self.schema(migrator).await?;
        if matches!(schema, Schema::Current) {
            return Ok(());
        }
        if let (Schema::Older, Some(file)) = (&schema, &self.file) {
            self.copy_beside(file, now).await?;
        }
        let done = match &self.db {
            Db::Sqlite { pool, .. } => migrator.run(pool).await,
            Db::Postgres { pool } => migrator.run(pool).await,
        };
        match done {
            Ok(()) => Ok(()),
            Err(MigrateError::Execute(error)) => Err(Error::Database(error)),
            Err(error) => Err(self.broken(error)),
        }
    }

    /// What schema is there, as sqlx's own table of applied migrations says.
    async fn schema(&self, migrator: &Migrator) -> Result<Schema> {
        let tables = match &self.db {
            Db::Sqlite { .. } => "SELECT name AS name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
            Db::Postgres { .. } => {
                "SELECT CAST(table_name AS TEXT) AS name FROM information_schema.tables WHERE table_schema = current_schema()"
            }
        };
        let tables = match self.db.rows(tables, args![]).await {
            Ok(rows) => rows.iter().map(|row| row.text("name")).collect::<Result<Vec<_>>>()?,
            Err(Error::Database(error)) if is_damage(&error) => return Err(self.broken(error)),
            Err(error) => return Err(error),
        };
        if !tables.iter().any(|name| name == "_sqlx_migrations") {
            return match tables.iter().any(|name| name == "items" || name == "feeds") {
                true => Err(self.broken("it has tables of these names that wirepress didn't make")),
                false => Ok(Schema::Empty),
            };
        }
        let applied = self
            .db
            .rows(
                "SELECT version, CAST(CASE WHEN success THEN 1 ELSE 0 END AS BIGINT) AS success, checksum FROM _sqlx_migrations ORDER BY version",
                args![],
            )
            .await?;
        let known = migrator.iter().map(|migration| migration.version).max().unwrap_or(0);
        for row in &applied {
            let version = row.int("version")?;
            let Some(ours) = migrator.iter().find(|migration| migration.version == version) else {
                if version > known {
                    return Err(Error::Newer { store: self.shown.to_string(), found: version, known });
                }
                return Err(self.broken(format!("schema step {version} is none of ours")));
            };
            if !row.flag("success")? {
                return Err(self.broken(format!("schema step {version} ended half-way; restore the copy that was made before it")));
            }
            if row.bytes("checksum")? != ours.checksum.as_ref() {
                return Err(self.broken(format!("schema step {version} differs from the one that this wirepress knows")));
            }
        }
        // also one between two that were applied
        let has = |version| applied.iter().any(|row| row.int("version").is_ok_and(|applied| applied == version));
        Ok(match applied.is_empty() {
            true => Schema::Empty,
            false if migrator.iter().all(|migration| has(migration.version)) => Schema::Current,
            false => Schema::Older,
        })
    }

    /// A whole copy of a SQLite file, made by SQLite itself, so that what lies in the WAL is in it.
    async fn copy_beside(&self, file: &Path, now: Timestamp) -> Result<()> {
        let mut copy = file.as_os_str().to_owned();
        copy.push(format!(".before-{}", now.to_gmt().replace([':', '-'], "")));
        let copy = PathBuf::from(copy);
        let text = copy.to_str().ok_or_else(|| self.broken("its path is not UTF-8"))?;
        if let Db::Sqlite { pool, .. } = &self.db {
            sqlx::query("VACUUM INTO $1").bind(text).execute(pool).await?;
        }
        make_private(&copy).map_err(|cause| Error::Open { store: text.to_owned(), cause: cause.to_string() })?;
        tracing::info!(copy = text, "copied the store before bringing its schema up to date");
        Ok(())
    }
}

enum Schema {
    Empty,
    Current,
    Older,
}

#[derive(Clone, Copy)]
enum Access {
    Read,
    Write,
}

/// What a store's URL says.
enum Location {
    File(Box<SqliteConnectOptions>, PathBuf),
    Memory,
    Postgres(Box<PgConnectOptions>, String),
}

impl Location {
    fn parse(url: &str) -> Result<Self> {
        let wrong = |cause: String| Error::Url { url: without_password(url), cause };
        if url.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(url).map_err(|error| wrong(error.to_string()))?;
            let path = options.get_filename().to_owned();
            if path.as_os_str().is_empty() || url.contains(":memory:") {
                return Err(wrong("it needs a path".to_owned()));
            }
            Ok(Self::File(Box::new(options), path))
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let options = PgConnectOptions::from_str(url).map_err(|error| wrong(error.to_string()))?;
            Ok(Self::Postgres(Box::new(options), without_password(url)))
        } else {
            Err(wrong("it begins with neither `sqlite:` nor `postgres:`".to_owned()))
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::File(_, path) => path.display().to_string(),
            Self::Memory => "memory".to_owned(),
            Self::Postgres(_, url) => url.clone(),
        }
    }

    fn cannot_open(&self, cause: impl ToString) -> Error {
        Error::Open { store: self.shown(), cause: cause.to_string() }
    }

    async fn connect(self, access: Access) -> Result<Store> {
        let shown: Arc<str> = self.shown().into();
        let failed = |error: sqlx::Error| {
            if is_damage(&error) {
                return Error::Broken { store: shown.to_string(), cause: error.to_string() };
            }
            Error::Open { store: shown.to_string(), cause: error.to_string() }
        };
        let (db, file) = match self {
            Self::File(options, path) => {
                let options = options.foreign_keys(true).busy_timeout(BUSY).synchronous(SqliteSynchronous::Normal);
                let options = options.row_buffer_size(ROWS).pragma("temp_store", "memory").pragma("wal_autocheckpoint", CHECKPOINT);
                let options = match access {
                    Access::Write => options.journal_mode(SqliteJournalMode::Wal),
                    Access::Read => options.read_only(true),
                };
                // One writer and two readers: each connection is a thread with a page cache of its own. None is asked whether it still
                // lives, as no line leads to it that might be cut.
                let pool = |connections| SqlitePoolOptions::new().max_connections(connections).test_before_acquire(false);
                let writer = options.clone().pragma("cache_size", WRITERS_CACHE);
                let pool = pool(2).connect_with(options).await.map_err(failed)?;
                (Db::Sqlite { writer: Writer::new(writer, pool.clone()), pool }, Some(Arc::new(path)))
            }
            Self::Memory => {
                let options = SqliteConnectOptions::new().in_memory(true).foreign_keys(true);
                // One connection that never ends: the database lives in it.
                let pool = SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
                let pool = pool.connect_with(options).await.map_err(failed)?;
                (Db::Sqlite { writer: Writer::Memory(pool.clone()), pool }, None)
            }
            Self::Postgres(options, _) => {
                let options = match access {
                    Access::Write => *options,
                    Access::Read => options.options([("default_transaction_read_only", "on")]),
                };
                knock(&options, &shown).await?;
                let pool = PgPoolOptions::new().max_connections(8).acquire_timeout(AWAY).connect_with(options).await.map_err(failed)?;
                (Db::Postgres { pool }, None)
            }
        };
        Ok(Store { db, shown, file, base: None })
    }
}

/// Tries one connection: a pool would ask a server that refuses again and again, and then not tell why.
async fn knock(options: &PgConnectOptions, shown: &str) -> Result<()> {
    let store = shown.to_owned();
    let error = match tokio::time::timeout(AWAY, options.connect()).await {
        Ok(Ok(connection)) => return Ok(connection.close().await?),
        Ok(Err(error)) => error,
        Err(_) => return Err(Error::Away { store, cause: format!("no answer within {} s", AWAY.as_secs()) }),
    };
    let code = error.as_database_error().and_then(|error| error.code()).unwrap_or_default().into_owned();
    Err(match (&error, code.as_str()) {
        // invalid_authorization_specification, invalid_password, invalid_catalog_name, insufficient_privilege
        (sqlx::Error::Database(said), "28000" | "28P01" | "3D000" | "42501") => Error::Denied { store, cause: said.message().to_owned() },
        // too_many_connections, cannot_connect_now
        (sqlx::Error::Database(said), "53300" | "57P03") => Error::Away { store, cause: said.message().to_owned() },
        (sqlx::Error::Io(cause), _) => Error::Away { store, cause: cause.to_string() },
        _ => Error::Open { store, cause: error.to_string() },
    })
}

/// Makes the file, and the folder that it lies in, for the owner alone, where they aren't there yet.
fn make_private_file(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists()) {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path).map(drop)
}

fn make_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
}

/// The URL with `***` in the password's place.
fn without_password(url: &str) -> String {
    match url::Url::parse(url) {
        Ok(mut parsed) if parsed.password().is_some() => {
            // A URL that has a password takes another one.
            let _ = parsed.set_password(Some("***"));
            parsed.to_string()
        }
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use sqlx::SqlSafeStr;
    use sqlx::migrate::{Migration, MigrationType};

    use super::*;

    fn newest() -> i64 {
        SQLITE.iter().map(|migration| migration.version).max().unwrap()
    }

    /// What a later wirepress would bring: our schema and one step more.
    fn later() -> Migrator {
        let mut steps: Vec<Migration> = SQLITE.iter().cloned().collect();
        let sql = "CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT".into_sql_str();
        steps.push(Migration::new(newest() + 1, "later".into(), MigrationType::Simple, sql, false));
        Migrator::with_migrations(steps)
    }

    #[test]
    fn a_store_is_shown_without_its_password() {
        assert_eq!(without_password("postgres://me:secret@host/db"), "postgres://me:***@host/db");
        assert_eq!(without_password("sqlite:///var/lib/wirepress.db"), "sqlite:///var/lib/wirepress.db");
    }

    #[tokio::test]
    async fn a_store_is_copied_before_its_schema_changes_and_then_too_new_for_us() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("w.db").display());
        let now = Timestamp::from_unix(1_795_348_800);
        let store = Store::open(&url, now).await.unwrap();
        store.begin_run("once", now).await.unwrap();

        store.migrate(&later(), now).await.unwrap();
        let copy = folder.path().join("w.db.before-20261122T120000");
        let old = Store::open(&format!("sqlite://{}", copy.display()), now).await.unwrap();
        assert_eq!(old.last_run().await.unwrap(), store.last_run().await.unwrap());

        let error = Store::open(&url, now).await.unwrap_err();
        assert!(matches!(error, Error::Newer { found, known, .. } if found == known + 1 && known == newest()), "{error}");
        assert!(error.is_broken_or_newer());
    }

    #[tokio::test]
    async fn a_store_that_is_only_read_is_not_brought_up_to_date() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("w.db").display());
        let store = Store::open(&url, Timestamp::from_unix(1_795_348_800)).await.unwrap();
        assert!(matches!(store.schema(&later()).await.unwrap(), Schema::Older));
        assert!(matches!(store.schema(&SQLITE).await.unwrap(), Schema::Current));
        let mut tx = store.db.begin("test").await.unwrap();
        tx.run("DELETE FROM _sqlx_migrations WHERE version = 17", args![]).await.unwrap();
        tx.commit().await.unwrap();
        assert!(matches!(store.schema(&SQLITE).await.unwrap(), Schema::Older), "a step between two others is missing");
    }
}
