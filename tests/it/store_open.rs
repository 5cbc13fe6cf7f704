//! Opening a store, holding the daemon's place on it, and what both refuse.

use std::os::unix::fs::PermissionsExt;
use std::time::{SystemTime, UNIX_EPOCH};

use wirepress::domain::{DeliveryState, ItemState, Timestamp};
use wirepress::store::{Begin, Error, Store};

use crate::store_stage::*;
use crate::support::binary::{Home, Run};

/// PostgreSQL's clock and ours are compared, so this must be the real time.
fn today() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    Timestamp::from_unix(i64::try_from(since.as_secs()).expect("before the year 292 billion"))
}

on_both! {
    async fn a_store_opens_again_as_it_was(stage) {
        let id = stage.feed("lwn").await;
        assert_eq!(stage.another().await.feed("lwn").await.unwrap().unwrap().id, id);
    }

    async fn a_store_that_is_only_read_takes_no_write(stage) {
        stage.feed("lwn").await;
        let reader = Store::open_read_only(&stage.url).await.unwrap().expect("there is a store");
        assert_eq!(reader.feeds().await.unwrap().len(), 1);
        let said = refused(reader.sync_feeds(&[], at(0)).await);
        assert!(said.contains("read") && said.contains("only"), "{said}");
    }

    async fn a_newer_store_is_refused(stage) {
        let sql = "UPDATE _sqlx_migrations SET version = version + 9000";
        change(stage, sql).await;
        let error = Store::open(&stage.url, at(0)).await.unwrap_err();
        assert!(matches!(error, Error::Newer { found, known, .. } if found > 9000 && known < 9000), "{error}");
        assert!(matches!(Store::open_read_only(&stage.url).await.unwrap_err(), Error::Newer { .. }));
    }

    async fn a_store_that_lacks_a_step_of_its_schema_is_not_read(stage) {
        for step in ["DELETE FROM _sqlx_migrations WHERE version = 17", "DELETE FROM _sqlx_migrations WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)"] {
            change(stage, step).await;
            let error = Store::open_read_only(&stage.url).await.unwrap_err();
            assert!(matches!(error, Error::Older(_)), "{step}: {error}");
        }
    }

    async fn a_store_whose_schema_was_changed_by_others_is_broken(stage) {
        change(stage, "UPDATE _sqlx_migrations SET success = FALSE").await;
        let error = Store::open(&stage.url, at(0)).await.unwrap_err();
        assert!(matches!(&error, Error::Broken { cause, .. } if cause.contains("half-way")), "{error}");
        assert!(error.is_broken_or_newer());
    }

    async fn leaving_a_place_gives_every_lease_back_at_once(stage) {
        let now = today();
        let place = stage.store.take_place("host:1", now).await.unwrap();
        let owner = place.owner();
        stage.feed("f").await;
        let (_, poll) = stage.store.claim_feed("f", owner, now, SPAN).await.unwrap().unwrap();
        let records = vec![read(poll, vec![entry("f", "a"), entry("f", "b")], vec![])];
        stage.store.record_polls(records, same_story, now).await.remove(0).unwrap();
        let site_id = stage.site("site").await;
        let (item, lease) = stage.store.claim_items(owner, now, 1, SPAN).await.unwrap().remove(0);
        let new = new_delivery(site_id, &item, 0, ready());
        let delivery = stage.store.decide(lease, &Default::default(), &[new], now).await.unwrap()[0].delivery;
        let (other, _item_lease) = stage.store.claim_items(owner, now, 1, SPAN).await.unwrap().remove(0);
        let site = stage.store.claim_site(site_id, owner, now, SPAN).await.unwrap().unwrap();
        let mut claimed = stage.store.claim_deliveries(&site, now, 1, SPAN).await.unwrap();
        let until = now.plus(SPAN);
        let begin = Begin { what: "create", until, floor: None, run: None };
        stage.store.begin(&site, vec![&mut claimed[0].1], &[], &begin, now).await.unwrap();
        let _feed_lease = stage.store.claim_feed("f", owner, now, SPAN).await.unwrap().unwrap();

        stage.store.leave_place(place, now).await.unwrap();
        assert_eq!(stage.item(other.id).await.state, ItemState::Seen);
        let one = stage.one(delivery).await;
        assert_eq!((one.state, one.due, one.doubt.ever), (DeliveryState::Ready, until, true));
        assert!(stage.store.claim_feed("f", OWNER, now, SPAN).await.unwrap().is_some());
        assert!(stage.store.claim_site(site_id, OWNER, now, SPAN).await.unwrap().is_some());
        assert_stale(stage.store.claim_deliveries(&site, now, 1, SPAN).await);
    }
}

/// Changes the schema's own table, as a newer program or an accident would.
async fn change(stage: &Stage, sql: &'static str) {
    use sqlx::Connection;
    if stage.is_sqlite() {
        let mut one = sqlx::SqliteConnection::connect(&stage.url).await.unwrap();
        sqlx::query(sql).execute(&mut one).await.unwrap();
    } else {
        let mut one = sqlx::PgConnection::connect(&stage.url).await.unwrap();
        sqlx::query(sql).execute(&mut one).await.unwrap();
    }
}

#[tokio::test]
async fn a_new_sqlite_store_and_its_folder_are_for_their_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/wirepress/w.db");
    Store::open(&format!("sqlite://{}", path.display()), at(0)).await.unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
}

#[tokio::test]
async fn the_second_daemon_on_a_sqlite_file_is_refused_until_the_first_is_gone() {
    let stage = Stage::sqlite().await;
    let place = stage.store.take_place("host:1", at(0)).await.unwrap();
    let second = stage.another().await;
    let error = second.take_place("host:2", at(1)).await.unwrap_err();
    assert!(matches!(&error, Error::InUse(shown) if shown.ends_with("wirepress.db")), "{error}");
    // Other verbs work beside it.
    assert_eq!(second.counts().await.unwrap().feeds, 0);
    drop(place); // the process dies here
    second.take_place("host:2", at(2)).await.unwrap();
}

#[tokio::test]
async fn who_takes_a_dead_daemons_place_takes_over_its_work_at_once() {
    let stage = Stage::sqlite().await;
    let dead = stage.store.take_place("host:1", at(0)).await.unwrap();
    let (site, delivery, mut lease) = stage.publishing("x").await;
    let begin = Begin { what: "create", until: at(300), floor: None, run: None };
    stage.store.begin(&site, vec![&mut lease], &[], &begin, at(1)).await.unwrap();
    let (item, _) = stage.preparing("f", "y").await;
    let media = stage.store.ensure_media(&site, "ab", "wpm-ab", at(1)).await.unwrap();
    let run = stage.store.begin_run("once", at(1)).await.unwrap();
    stage.store.media_begin(&site, media.id, at(200), run, at(1)).await.unwrap();
    drop(dead); // the process dies here

    let _place = stage.another().await.take_place("host:2", at(10)).await.unwrap();
    let one = stage.one(delivery.id).await;
    assert_eq!((one.state, one.due, one.doubt.until, one.doubt.ever), (DeliveryState::Ready, at(300), Some(at(300)), true));
    assert_eq!(stage.item(item.id).await.state, ItemState::Seen);
    let media = stage.store.media(site.row(), "ab").await.unwrap().unwrap();
    assert_eq!((media.due, media.doubt.until, media.doubt.ever), (at(200), Some(at(200)), true));
    // The dead can do no more, should it only have slept.
    assert_stale(stage.store.mark_published(vec![published(lease)], None, at(11)).await.unwrap().remove(0));
}

#[tokio::test]
async fn several_daemons_have_a_place_on_one_postgresql() {
    let stage = Stage::postgres().await;
    let one = stage.store.take_place("host:1", today()).await.unwrap();
    let two = stage.another().await.take_place("host:2", today()).await.unwrap();
    assert_ne!(one.owner(), two.owner());
    stage.strike().await;
}

#[tokio::test]
async fn a_clock_that_differs_from_postgresqls_is_refused() {
    let stage = Stage::postgres().await;
    let hour_ago = today().minus(std::time::Duration::from_secs(3_600));
    let error = stage.store.take_place("host:1", hour_ago).await.unwrap_err();
    assert!(matches!(error, Error::Clocks(apart) if (3_595..=3_605).contains(&apart)), "{error}");
    stage.strike().await;
}

#[tokio::test]
async fn what_is_no_store_is_refused_as_broken() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.db");
    std::fs::write(&path, "this is a text, and a long one, not a database at all ".repeat(100)).unwrap();
    let url = format!("sqlite://{}", path.display());
    assert!(matches!(Store::open(&url, at(0)).await.unwrap_err(), Error::Broken { .. }));
    assert!(matches!(Store::open_read_only(&url).await.unwrap_err(), Error::Broken { .. }));
}

#[tokio::test]
async fn a_url_that_names_no_store_is_refused_without_showing_a_password() {
    for url in ["mysql://me:secret@host/x", "wirepress.db", "sqlite:", "sqlite::memory:"] {
        let error = Store::open(url, at(0)).await.unwrap_err();
        assert!(matches!(error, Error::Url { .. }), "{url}: {error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[tokio::test]
async fn every_verb_that_only_reads_says_of_an_older_store_what_brings_it_up_to_date() {
    use sqlx::Connection;
    let site = "[[site]]\nname = \"blog\"\nurl = \"http://127.0.0.1:9/\"\nuser = \"editor\"\npassword = { env = \"BLOG_PASSWORD\" }\n";
    let home = Home::new(&format!("{site}\n[[feed]]\nname = \"news\"\nurl = \"./feed.xml\"\n"));
    // as a version before `0017_schedule` left it, and one that had only the step after it
    let steps: Vec<_> = sqlx::migrate!("migrations/sqlite").iter().filter(|step| step.version != 17).cloned().collect();
    let url = format!("sqlite://{}?mode=rwc", home.file("wirepress.db").display());
    let mut one = sqlx::SqliteConnection::connect(&url).await.unwrap();
    sqlx::migrate::Migrator::with_migrations(steps).run(&mut one).await.unwrap();
    one.close().await.unwrap();
    let run = |arguments: &[&str]| Run::of(home.command(arguments).env("BLOG_PASSWORD", "x").output().expect("the binary runs"));
    let verbs: [&[&str]; 14] = [
        &["status"],
        &["status", "--json"],
        &["items", "list"],
        &["items", "show", "0000000000000"],
        &["feeds", "list"],
        &["feeds", "show", "news"],
        &["feeds", "politeness"],
        &["rules", "list"],
        &["reviews", "list"],
        &["reviews", "show", "0000000000000"],
        &["runs", "list"],
        &["blocklist", "list"],
        &["why", "https://news.example/1"],
        &["once", "--dry-run"],
    ];
    for verb in verbs {
        let said = run(verb).expect(8);
        assert!(
            said.stderr.contains("is older than this wirepress; `wirepress once`, or a new start of the daemon"),
            "{verb:?}: {}",
            said.stderr
        );
    }
    assert_ne!(run(&["once"]).code, 8);
    run(&["status"]).expect(0);
    let copies =
        std::fs::read_dir(home.path()).unwrap().filter(|file| file.as_ref().unwrap().file_name().to_string_lossy().contains(".before-"));
    assert_eq!(copies.count(), 1, "the older store is kept beside");
}

#[tokio::test]
async fn reading_makes_no_store_where_there_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.db");
    assert!(Store::open_read_only(&format!("sqlite://{}", path.display())).await.unwrap().is_none());
    assert!(!path.exists());
}

#[tokio::test]
async fn both_schemas_have_the_same_tables_columns_and_indexes() {
    let (sqlite, postgres) = (Stage::sqlite().await, Stage::postgres().await);
    let lite = sqlx::SqlitePool::connect(&sqlite.url).await.unwrap();
    let columns: Vec<(String, String, String, bool)> = sqlx::query_as(
        "SELECT m.name, c.name, replace(c.type, 'INTEGER', 'BIGINT'), c.\"notnull\" = 0 FROM sqlite_master m, pragma_table_info(m.name) c
         WHERE m.type = 'table' AND m.name NOT LIKE '\\_sqlx%' ESCAPE '\\' AND m.name NOT LIKE 'sqlite%' ORDER BY m.name, c.name",
    )
    .fetch_all(&lite)
    .await
    .unwrap();
    let indexes: Vec<String> = sqlx::query_scalar("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name")
        .fetch_all(&lite)
        .await
        .unwrap();

    let pg = sqlx::PgPool::connect(&postgres.url).await.unwrap();
    let other: Vec<(String, String, String, bool)> = sqlx::query_as(
        "SELECT table_name::text, column_name::text, upper(data_type::text), is_nullable = 'YES' FROM information_schema.columns
         WHERE table_schema = current_schema() AND table_name NOT LIKE '\\_sqlx%' ORDER BY table_name COLLATE \"C\", column_name COLLATE \"C\"",
    )
    .fetch_all(&pg)
    .await
    .unwrap();
    let other_indexes: Vec<String> = sqlx::query_scalar(
        "SELECT indexname::text FROM pg_indexes WHERE schemaname = current_schema() AND indexname NOT LIKE '\\_sqlx%'
         AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = indexname) ORDER BY indexname COLLATE \"C\"",
    )
    .fetch_all(&pg)
    .await
    .unwrap();
    let rules =
        |sql: &str| sql.lines().filter(|line| line.contains("CHECK") || line.contains("UNIQUE") || line.contains("REFERENCES")).count();
    assert!(columns.len() > 120, "{}", columns.len());
    assert_eq!(columns, other);
    assert_eq!(indexes, other_indexes);
    let (lite_sql, pg_sql) =
        (include_str!("../../migrations/sqlite/0001_first.sql"), include_str!("../../migrations/postgres/0001_first.sql"));
    assert_eq!(rules(lite_sql), rules(pg_sql));
    pg.close().await;
    postgres.strike().await;
}
