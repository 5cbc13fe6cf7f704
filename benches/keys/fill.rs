//! Fills the real table with the feeds' keys in the order of life: an entry of each feed after the other, four keys each, which lie
//! anywhere among the feed's. One of the four has a mark.

use anyhow::Result;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row, SqliteConnection};

/// So many keys in one statement.
const STEP: u64 = 500_000;
/// The first 12 bits of a key are its feed's.
const FEEDS: &str =
    "CREATE TEMP TABLE numbered AS SELECT ROW_NUMBER() OVER (ORDER BY id) - 1 AS number, (id % 4093) << 51 AS at FROM feeds";
const OWN: i64 = (1 << 51) - 1;

/// Bytes a key.
pub async fn sqlite(url: &str, keys: u64) -> Result<f64> {
    let mut db = SqliteConnection::connect(url).await?;
    // only for the filling: the store itself opens the file as it always does
    db.execute("PRAGMA cache_size = -1000000; PRAGMA synchronous = OFF;").await?;
    db.execute(FEEDS).await?;
    db.execute("CREATE UNIQUE INDEX by_number ON numbered (number, at)").await?;
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
            "WITH RECURSIVE n (i) AS (SELECT {made} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {made} + {step})
             INSERT OR IGNORE INTO feed_keys (hash, item, mark)
             SELECT numbered.at | (random() & {OWN}), 1000000000000000000 + i / 4, CASE WHEN i % 4 = 0 THEN random() & 2147483647 END
             FROM n CROSS JOIN numbered WHERE numbered.number = i / 4 % (SELECT COUNT(*) FROM feeds)"
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
    let mut db = PgConnection::connect(url).await?;
    db.execute(FEEDS).await?;
    let mut made = 0;
    while made < keys {
        let step = STEP.min(keys - made);
        let sql = format!(
            "INSERT INTO feed_keys (hash, item, mark)
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
    db.execute("VACUUM ANALYZE feed_keys").await?;
    let size: i64 = db.fetch_one("SELECT pg_total_relation_size('feed_keys')").await?.get(0);
    Ok(size as f64 / keys as f64)
}
