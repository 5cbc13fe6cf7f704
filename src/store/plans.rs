//! The plans of the statements that run again and again, read on both databases over many rows.
//!
//! `WIREPRESS_PLAN_ROWS` sets how many (50,000 unless told).

use super::db::{Db, Value, args};
use super::{Store, deliveries, digests, due, feeds, items, keys, known, prune, slots};
use crate::domain::Timestamp;

/// A statement, its values, the table that it must not read whole, and the index that leads into it.
struct Case {
    what: &'static str,
    sql: String,
    args: Vec<Value>,
    table: &'static str,
    index: &'static str,
}

fn cases() -> Vec<Case> {
    let case = |what, sql: &str, args, table, index| Case { what, sql: sql.to_owned(), args, table, index };
    let early = 10_i64;
    vec![
        case("claim feeds", &feeds::claim_sql(&[]), args![early, 20_i64, 1_i64, 2_i64, 3_i64], "feeds", "feeds_due"),
        case("claim items", &items::claim_sql(&[]), args![early, 8_i64, 1_i64, 2_i64, 3_i64], "items", "items_due"),
        case("reclaim items", items::RECLAIM, args![early], "items", "items_due"),
        case("claim deliveries", deliveries::CLAIM, args![3_i64, early, 25_i64, 1_i64, 2_i64], "deliveries", "deliveries_due"),
        case("reclaim deliveries", &deliveries::reclaim_sql(), args![early, 3_i64], "deliveries", "deliveries_due"),
        case("rechecks", deliveries::RECHECKS, args![3_i64, early, 25_i64], "deliveries", "deliveries_recheck"),
        case("what has no slot", slots::UNPLACED, args![3_i64, early, early, 25_i64], "deliveries", "deliveries_due"),
        case("what has a slot", slots::PLACED, args![3_i64, 1_795_000_000_i64], "deliveries", "deliveries_slots"),
        case("what is due", due::SITES, args![], "deliveries", "deliveries_due"),
        case("prune entries", prune::ENTRIES, args![early, 100_i64], "items", "items_bodies"),
        case("prune drafts", prune::DRAFTS, args![early, 100_i64], "deliveries", "deliveries_drafts"),
        case("prune attempts", prune::ATTEMPTS, args![early, 100_i64], "attempts", "attempts_bodies"),
        case("prune digests", prune::DIGESTS, args![early, 100_i64], "digest_items", "digest_items_bodies"),
        case("what waits for digests", digests::WAITING, args![], "digest_items", "digest_items_waiting"),
        case("an item by link", "SELECT * FROM items WHERE link = $1", args!["https://x.example/7"], "items", "items_link"),
        case("a delivery by slug", "SELECT * FROM deliveries WHERE slug = $1", args!["slug-7"], "deliveries", "deliveries_slug"),
        case("a delivery by key", "SELECT * FROM deliveries WHERE key = $1", args!["7"], "deliveries", "deliveries_key"),
        case(
            "items of a feed",
            "SELECT * FROM items WHERE feed = $2 ORDER BY id DESC LIMIT $1",
            args![9_i64, 3_i64],
            "items",
            "items_feed",
        ),
        case("the last days' titles", &known::namesakes_sql(1, "$3"), args![7_i64, early, 1_i64], "items", "items_feed"),
        case("items that wait", &known::waiting_sql(2), args![1_i64, 7_i64], "items", "items_waiting"),
        case("a run's posts", "SELECT * FROM deliveries WHERE run = $1", args![7_i64], "deliveries", "deliveries_run"),
        case("the feeds' keys", &keys::known_sql(2, "hash, item", ""), args![7_i64, 7_i64, 8_i64, None::<i64>], "entry_keys", "entry_keys"),
        case(
            "the feeds' newest keys",
            &keys::known_sql(2, "hash, item", ""),
            args![7_i64, 7_i64, 8_i64, None::<i64>],
            "fresh_keys",
            "fresh_keys",
        ),
        case("tries", "SELECT * FROM attempts WHERE delivery = $1 ORDER BY id", args![7_i64], "attempts", "attempts_delivery"),
    ]
}

fn rows() -> i64 {
    std::env::var("WIREPRESS_PLAN_ROWS").ok().and_then(|text| text.parse().ok()).unwrap_or(50_000)
}

/// Fills the store as years of work would: nearly everything is decided and published; a little is due.
async fn fill(store: &Store, rows: i64) {
    let numbers = format!("WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < {rows})");
    let some = |count: i64| format!("WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < {count})");
    let statements = [
        format!("INSERT INTO sites (id, name, key_name, url) {} SELECT i, 's' || i, 's', 'u' FROM n", some(20)),
        format!("INSERT INTO feeds (id, name, key_name, url, next_poll) {} SELECT i, 'f' || i, 'f', 'u', i FROM n", some(5_000)),
        format!(
            "INSERT INTO items (id, feed, state, title, link, first_seen, entry, due) {numbers}
             SELECT i, 1 + i % 200, CASE WHEN i % 100 = 0 THEN 'seen' ELSE 'decided' END, 't', 'https://x.example/' || i, i,
                    CASE WHEN i % 100 = 0 OR i > {rows} / 2 THEN '{{}}' END, i FROM n"
        ),
        format!(
            "INSERT INTO deliveries (id, site, item, state, key_hash, key, slug, phase, post, published_at, draft, created, due, run, recheck)
             {numbers} SELECT i, 1 + i % 20, i, CASE WHEN i % 97 = 0 THEN 'ready' ELSE 'published' END, i, CAST(i AS TEXT), 'slug-' || i,
                    CASE WHEN i % 97 = 0 THEN 'unmade' ELSE 'finished' END, CASE WHEN i % 97 = 0 THEN NULL ELSE i END, i,
                    CASE WHEN i % 97 = 0 OR i > {rows} / 2 THEN '{{}}' END, i, i, i / 100, CASE WHEN i % 1000 = 0 THEN i END FROM n"
        ),
        format!("INSERT INTO entry_keys (hash, item) {numbers} SELECT i, i FROM n"),
        format!("INSERT INTO fresh_keys (hash, item) {numbers} SELECT {rows} + i, i FROM n"),
        format!(
            "INSERT INTO attempts (id, delivery, what, started, bodies) {numbers}
             SELECT i, i, 'create', i, CASE WHEN i > {rows} / 2 THEN 1 ELSE 0 END FROM n"
        ),
        format!(
            "INSERT INTO digest_items (site, item, digest, since, entry, delivery) {numbers}
             SELECT 1 + i % 20, i, 'd' || i % 3, i, CASE WHEN i > {rows} / 2 THEN '{{}}' END,
                    CASE WHEN i < {rows} - 100 THEN i - i % 10 + 1 END FROM n"
        ),
    ];
    let mut tx = store.db.begin("fill").await.unwrap();
    for statement in statements {
        tx.run(statement, args![]).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// The plan as the database tells it, one step a line.
async fn plan(store: &Store, case: &Case) -> String {
    let (explain, column) = match store.db {
        Db::Sqlite { .. } => ("EXPLAIN QUERY PLAN", "detail"),
        Db::Postgres { .. } => ("EXPLAIN", "QUERY PLAN"),
    };
    let rows = store.db.rows(format!("{explain} {}", case.sql), case.args.clone()).await.unwrap();
    rows.iter().map(|row| row.text(column).unwrap()).collect::<Vec<_>>().join("\n")
}

async fn read_plans(store: &Store) {
    fill(store, rows()).await;
    if let Db::Postgres { pool } = &store.db {
        sqlx::query("ANALYZE").execute(pool).await.unwrap();
    }
    for case in cases() {
        let plan = plan(store, &case).await;
        assert!(plan.contains(case.index), "{}: {} is not used\n{plan}", case.what, case.index);
        let whole = match store.db {
            Db::Sqlite { .. } => plan.lines().any(|step| step == format!("SCAN {}", case.table)),
            Db::Postgres { .. } => plan.contains(&format!("Seq Scan on {}", case.table)),
        };
        assert!(!whole, "{}: reads all of {}\n{plan}", case.what, case.table);
    }
}

#[tokio::test]
async fn statements_that_run_again_and_again_use_their_indexes_on_sqlite() {
    read_plans(&Store::memory().await.unwrap()).await;
}

#[tokio::test]
async fn statements_that_run_again_and_again_use_their_indexes_on_postgresql() {
    let server = std::env::var("WIREPRESS_TEST_PG").expect("$WIREPRESS_TEST_PG is not set: `scripts/test` starts a PostgreSQL and sets it");
    let name = format!("wirepress_plans_{}", std::process::id());
    let (head, _) = server.rsplit_once('/').unwrap();
    let pool = sqlx::PgPool::connect(&server).await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&pool).await.unwrap();
    let store = Store::open(&format!("{head}/{name}"), Timestamp::from_unix(0)).await.unwrap();
    read_plans(&store).await;
    drop(store);
    sqlx::query(sqlx::AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).execute(&pool).await.unwrap();
}
