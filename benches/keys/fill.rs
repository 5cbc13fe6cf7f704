//! Fills the real tables with the feeds' keys in the order of life: an entry of each feed after the other, four keys each, which lie
//! anywhere among the feed's. One of the four has a mark.

use anyhow::Result;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row, SqliteConnection};

/// So many keys in one statement.
const STEP: u64 = 500_000;
/// The first 12 bits of a key are its feed's.
const FEEDS: &str =
    "CREATE TEMP TABLE numbered AS SELECT ROW_NUMBER() OVER (ORDER BY id) - 1 AS number, (id % 4093) << 51 AS at FROM feeds";
const OWN: i64 = (1 << 51) - 1;

/// So many keys of a feed's newest entries wait to be moved, after years: a feed's turn comes with about one new entry in 64.
const NEWEST: u64 = 256;

/// The keys of years.
pub async fn sqlite(url: &str, keys: u64) -> Result<()> {
    let mut db = open(url).await?;
    let mut made = 0;
    while made < keys {
        let step = STEP.min(keys - made);
        insert(&mut db, "entry_keys", made, step).await?;
        made += step;
        eprint!("\rSQLite: {made} keys");
    }
    eprintln!();
    close(db).await
}

/// The keys of the newest entries.
pub async fn newest(url: &str, feeds: usize) -> Result<()> {
    let mut db = open(url).await?;
    insert(&mut db, "fresh_keys", 0, NEWEST * feeds as u64).await?;
    close(db).await
}

async fn open(url: &str) -> Result<SqliteConnection> {
    let mut db = SqliteConnection::connect(url).await?;
    // only for the filling: the store itself opens the file as it always does
    db.execute("PRAGMA cache_size = -1000000; PRAGMA synchronous = OFF;").await?;
    db.execute(FEEDS).await?;
    db.execute("CREATE UNIQUE INDEX by_number ON numbered (number, at)").await?;
    Ok(db)
}

async fn close(mut db: SqliteConnection) -> Result<()> {
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").await?;
    Ok(db.close().await?)
}

async fn insert(db: &mut SqliteConnection, table: &str, made: u64, step: u64) -> Result<()> {
    let sql = format!(
        "WITH RECURSIVE n (i) AS (SELECT {made} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {made} + {step})
         INSERT OR IGNORE INTO {table} (hash, item, mark)
         SELECT numbered.at | (random() & {OWN}), 1000000000000000000 + i / 4, CASE WHEN i % 4 = 0 THEN random() & 2147483647 END
         FROM n CROSS JOIN numbered WHERE numbered.number = i / 4 % (SELECT COUNT(*) FROM feeds)"
    );
    db.execute(AssertSqlSafe(sql)).await?;
    Ok(())
}

/// Bytes a key: of all tables that there are for the sake of the keys.
pub async fn sqlite_bytes(url: &str) -> Result<f64> {
    let mut db = SqliteConnection::connect(url).await?;
    let bytes: i64 = db.fetch_one("SELECT SUM(pgsize) FROM dbstat WHERE name IN ('entry_keys', 'fresh_keys', 'key_filters')").await?.get(0);
    let keys: i64 = db.fetch_one("SELECT (SELECT COUNT(*) FROM entry_keys) + (SELECT COUNT(*) FROM fresh_keys)").await?.get(0);
    db.close().await?;
    Ok(bytes as f64 / keys as f64)
}

/// Bytes a key, the index counted.
pub async fn postgres(url: &str, keys: u64) -> Result<f64> {
    let mut db = PgConnection::connect(url).await?;
    db.execute(FEEDS).await?;
    let mut made = 0;
    while made < keys {
        let step = STEP.min(keys - made);
        let sql = format!(
            "INSERT INTO entry_keys (hash, item, mark)
             SELECT numbered.at | (('x' || substr(md5(CAST(i AS TEXT)), 1, 16))::bit(64)::bigint & {OWN}), 1000000000000000000 + i / 4,
                    CASE WHEN i % 4 = 0 THEN 1000000000 + i END
             FROM generate_series({made}, {made} + {step} - 1) AS i JOIN numbered ON numbered.number = i / 4 % (SELECT COUNT(*) FROM feeds)
             ORDER BY i ON CONFLICT DO NOTHING"
        );
        db.execute(AssertSqlSafe(sql)).await?;
        made += step;
        eprint!("\rPostgreSQL: {made} keys");
    }
    eprintln!();
    db.execute("VACUUM ANALYZE entry_keys").await?;
    let size: i64 = db.fetch_one("SELECT pg_total_relation_size('entry_keys')").await?.get(0);
    Ok(size as f64 / keys as f64)
}
