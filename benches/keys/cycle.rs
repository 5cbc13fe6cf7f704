//! A cycle: feeds whose documents have 20 entries, one of them new, stored as the pipeline stores them.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use sqlx::{AssertSqlSafe, Connection, Executor, SqliteConnection};
use wirepress::dedup;
use wirepress::domain::{Entry, FeedFacts, Id, Keys, Timestamp, Validators};
use wirepress::store::{ConfiguredFeed, NewEntry, PollOutcome, PollPoliteness, PollRecord, Scoped, Store, Take};

use crate::{Wanted, fill};

/// Entries of a document.
const ENTRIES: u64 = 20;
/// Documents in a group, as the pipeline groups them.
const GROUP: usize = 64;
const SPAN: Duration = Duration::from_secs(300);
const NOON: i64 = 1_795_348_800;

/// Milliseconds a document.
pub struct Times {
    /// `record_polls`.
    pub record: f64,
    /// `claim_feeds`.
    pub claim: f64,
    /// One SELECT and two INSERTs for a document, one UPDATE of its feed, one transaction for the group; SQLite only.
    pub bare: f64,
}

/// Makes the store with its feeds.
pub async fn begin(url: &str, wanted: &Wanted) -> Result<()> {
    let store = Store::open(url, Timestamp::from_unix(NOON)).await?;
    let feed = |number| ConfiguredFeed {
        name: format!("feed-{number}"),
        url: format!("https://feed-{number}.example/rss"),
        renamed_from: None,
        reading: String::new(),
        is_trusted: false,
    };
    let feeds: Vec<_> = (0..wanted.feeds).map(feed).collect();
    store.sync_feeds(&feeds, Timestamp::from_unix(NOON)).await?;
    store.close().await;
    Ok(())
}

/// The time of the cycles.
pub async fn measure(url: &str, wanted: &Wanted) -> Result<Times> {
    let store = Store::open(url, Timestamp::from_unix(NOON)).await?;
    // The first round brings all as new, and the second warms up what is warm in a daemon.
    round(&store, wanted.feeds, 0, ENTRIES).await?;
    round(&store, wanted.feeds, 1, 1).await?;
    if url.starts_with("sqlite") {
        fill::newest(url, wanted.feeds).await?;
    }
    let (mut record, mut claim) = (Duration::ZERO, Duration::ZERO);
    for number in 2..wanted.rounds as u64 + 2 {
        let before = cpu();
        let (one, two) = round(&store, wanted.feeds, number, 1).await?;
        let cpu = cpu().saturating_sub(before);
        eprintln!("round {}: {:.3} ms; CPU with all around it {:.3} ms", number - 1, millis(one, wanted.feeds), millis(cpu, wanted.feeds));
        record += one;
        claim += two;
    }
    store.close().await;
    let documents = wanted.feeds * wanted.rounds;
    let bare = if url.starts_with("sqlite") { millis(bare(url, wanted.feeds).await?, wanted.feeds) } else { 0.0 };
    Ok(Times { record: millis(record, documents), claim: millis(claim, documents), bare })
}

/// The CPU time of this process, to a hundredth of a second: what other work on the machine doesn't spoil.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks: u64 = [11, 12].iter().filter_map(|at| fields.get(*at)?.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

fn millis(spent: Duration, documents: usize) -> f64 {
    spent.as_secs_f64() * 1e3 / documents as f64
}

/// Polls every feed once; the time in `record_polls` and in `claim_feeds`.
async fn round(store: &Store, feeds: usize, number: u64, new: u64) -> Result<(Duration, Duration)> {
    let now = Timestamp::from_unix(NOON + number as i64 * 86_400);
    let (mut record, mut claim, mut done) = (Duration::ZERO, Duration::ZERO, 0);
    while done < feeds {
        let begun = Instant::now();
        let claimed = store.claim_feeds(Id::from_i64(1), now, 64, SPAN).await?;
        claim += begun.elapsed();
        done += claimed.len();
        let mut records = claimed.into_iter().map(|(feed, lease)| {
            let entries: Vec<NewEntry> = (number..number + ENTRIES).map(|entry| new_entry(feed.id, entry)).collect();
            let facts = FeedFacts { title: Some(feed.name.clone()), ..FeedFacts::default() };
            let watch = Some(wirepress::watch::watch(&facts, entries.iter().map(|new| &new.entry)));
            let (validators, body_hash) = (Validators::default(), format!("{number}"));
            PollRecord {
                lease,
                outcome: PollOutcome::Read {
                    facts,
                    validators,
                    body_hash,
                    entries,
                    shared: Vec::new(),
                    watch,
                    returning: Some(wirepress::dedup::returning(None)),
                },
                next_poll: now.plus(Duration::from_secs(3_600)),
                because: "hourly".to_owned(),
                run: None,
                politeness: PollPoliteness::default(),
            }
        });
        loop {
            let group: Vec<PollRecord> = records.by_ref().take(GROUP).collect();
            if group.is_empty() {
                break;
            }
            let begun = Instant::now();
            let answers = store.record_polls(group, dedup::same_story, now).await;
            record += begun.elapsed();
            for answer in answers {
                let remembered = answer?;
                let skipped = remembered.skipped as u64;
                if (skipped, remembered.known as u64) != (new, ENTRIES - new) {
                    bail!("{remembered:?}");
                }
            }
        }
    }
    Ok((record, claim))
}

fn new_entry(feed: Id, number: u64) -> NewEntry {
    let at = format!("https://news.example/{}/{number}", feed.to_i64());
    let entry = Entry {
        guid: Some(format!("{at}?p")),
        link: Some(at),
        title: format!("What happened on day {number}, and what a few people say of it"),
        published: Some(Timestamp::from_unix(NOON + (number as i64 - ENTRIES as i64) * 86_400)),
        content: Some("Some words of a body as feeds have them. ".repeat(40)),
        ..Entry::default()
    };
    let one = dedup::identify(std::slice::from_ref(&entry), None).entries[0];
    let scope = |key: Option<i64>| key.map(|key| dedup::in_feed(key, feed));
    let scoped = Scoped {
        guid: scope(one.own_guid),
        path: scope(one.path),
        link: scope(one.keys.link),
        title: scope(one.title),
        text: dedup::in_feed(one.text, feed),
        is_opaque: false,
    };
    let keys = Keys { text: None, ..one.keys };
    // Items that are prepared soon after, as in a daemon, would be `decided` at the next poll.
    NewEntry { entry, keys, text: one.text, scoped, take: Take::Skip("bench".to_owned()), told: None }
}

/// What no store can do without: ask for 20 keys, add an item and four keys, say when the feed is due.
async fn bare(url: &str, feeds: usize) -> Result<Duration> {
    let mut db = SqliteConnection::connect(url).await?;
    db.execute("PRAGMA synchronous = NORMAL; PRAGMA journal_mode = WAL").await?;
    let known: Vec<i64> =
        sqlx::query_scalar(AssertSqlSafe(format!("SELECT own_guid FROM items ORDER BY id LIMIT {}", feeds as u64 * ENTRIES)))
            .fetch_all(&mut db)
            .await?;
    let rows: Vec<i64> = sqlx::query_scalar("SELECT id FROM feeds ORDER BY id").fetch_all(&mut db).await?;
    let list = (1..=ENTRIES).map(|number| format!("${number}")).collect::<Vec<_>>().join(", ");
    let (select, body) =
        (format!("SELECT hash, item FROM entry_keys WHERE hash IN ({list})"), "Some words of a body as feeds have them. ".repeat(40));
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 1) as i64
    };
    let begun = Instant::now();
    for (group, rows) in rows.chunks(GROUP).enumerate() {
        let mut tx = db.begin_with("BEGIN IMMEDIATE").await?;
        for (at, feed) in rows.iter().enumerate() {
            let first = (group * GROUP + at) * ENTRIES as usize;
            let mut query = sqlx::query(AssertSqlSafe(select.clone()));
            for key in &known[first..first + ENTRIES as usize] {
                query = query.bind(key);
            }
            query.fetch_all(&mut *tx).await?;
            let id = next();
            sqlx::query("INSERT INTO items (id, feed, state, title, first_seen, entry, due) VALUES ($1, $2, 'skipped', 'title', 0, $3, 0)")
                .bind(id)
                .bind(feed)
                .bind(&body)
                .execute(&mut *tx)
                .await?;
            sqlx::query("INSERT INTO entry_keys (hash, item) VALUES ($1, $5), ($2, $5), ($3, $5), ($4, $5)")
                .bind(dedup::in_feed(next(), Id::from_i64(*feed)))
                .bind(dedup::in_feed(next(), Id::from_i64(*feed)))
                .bind(dedup::in_feed(next(), Id::from_i64(*feed)))
                .bind(dedup::in_feed(next(), Id::from_i64(*feed)))
                .bind(id)
                .execute(&mut *tx)
                .await?;
            sqlx::query("UPDATE feeds SET next_poll = 0 WHERE id = $1").bind(feed).execute(&mut *tx).await?;
        }
        tx.commit().await?;
    }
    Ok(begun.elapsed())
}
