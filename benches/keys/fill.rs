//! Fills the real table with keys in the order of life: by time, and so at random places of the key's order. One of an entry's four
//! has a mark.

use anyhow::Result;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row, SqliteConnection};
use wirepress::domain::Timestamp;
use wirepress::store::Store;

/// So many keys in one statement.
const STEP: u64 = 500_000;

/// Bytes a key.
pub async fn sqlite(url: &str, keys: u64) -> Result<f64> {
    Store::open(url, Timestamp::from_unix(0)).await?.close().await;
    let mut db = SqliteConnection::connect(url).await?;
    // only for the filling: the store itself opens the file as it always does
    db.execute("PRAGMA cache_size = -1000000; PRAGMA synchronous = OFF;").await?;
    let size = async |db: &mut SqliteConnection| -> Result<i64> {
        let pages: i64 = db.fetch_one("PRAGMA page_count").await?.get(0);
        let page: i64 = db.fetch_one("PRAGMA page_size").await?.get(0);
        Ok(pages * page)
    };
    let before = size(&mut db).await?;
    let mut made = 0;
    while made < keys {
        let step = STEP.min(keys - made);
        let sql = format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {step})
             INSERT OR IGNORE INTO feed_keys (hash, item, mark)
             SELECT random() & 9223372036854775807, 1000000000000000000 + ({made} + i) / 4, CASE WHEN i % 4 = 0 THEN random() & 2147483647 END FROM n"
        );
        db.execute(AssertSqlSafe(sql)).await?;
        made += step;
        eprint!("\rSQLite: {made} keys");
    }
    eprintln!();
    let after = size(&mut db).await?;
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").await?;
    db.close().await?;
    Ok((after - before) as f64 / keys as f64)
}

/// Bytes a key, the index counted.
pub async fn postgres(url: &str, keys: u64) -> Result<f64> {
    Store::open(url, Timestamp::from_unix(0)).await?.close().await;
    let mut db = PgConnection::connect(url).await?;
    let mut made = 0;
    while made < keys {
        let step = STEP.min(keys - made);
        let sql = format!(
            "INSERT INTO feed_keys (hash, item, mark)
             SELECT ('x' || substr(md5(CAST({made} + i AS TEXT)), 1, 16))::bit(64)::bigint & 9223372036854775807, 1000000000000000000 + ({made} + i) / 4,
                    CASE WHEN i % 4 = 0 THEN 1000000000 + i END
             FROM generate_series(1, {step}) AS i ON CONFLICT DO NOTHING"
        );
        db.execute(AssertSqlSafe(sql)).await?;
        made += step;
        eprint!("\rPostgreSQL: {made} keys");
    }
    eprintln!();
    db.execute("VACUUM ANALYZE feed_keys").await?;
    let size: i64 = db.fetch_one("SELECT pg_total_relation_size('feed_keys')").await?.get(0);
    Ok(size as f64 / keys as f64)
}
