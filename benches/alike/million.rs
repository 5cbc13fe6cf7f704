//! A store that knows a million stories, and items that are decided with and without comparing.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use sqlx::{AssertSqlSafe, Connection, Executor, SqliteConnection};
use wirepress::alike::likeness;
use wirepress::dedup;
use wirepress::domain::{Decision, Draft, Entry, FeedFacts, Id, Keys, NearDuplicates, Timestamp, Validators};
use wirepress::store::{
    Alike, ConfiguredFeed, ConfiguredSite, Fate, NewDelivery, NewEntry, PollOutcome, PollPoliteness, PollRecord, Scoped, Store, Take,
};

const NOON: i64 = 1_795_348_800;
const SPAN: Duration = Duration::from_secs(3_600);
/// Items in a round.
const ITEMS: u64 = 500;
/// Words of an item's text.
const WORDS: u64 = 300;

/// Milliseconds an item.
pub struct Cost {
    pub with: f64,
    pub without: f64,
}

pub async fn measure(known: u64) -> Result<Cost> {
    let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("alike");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let url = format!("sqlite://{}", folder.join("wirepress.db").display());
    let now = Timestamp::from_unix(NOON);
    let store = Store::open(&url, now).await?;
    let site = ConfiguredSite { name: "site".to_owned(), url: "https://site.example/".to_owned(), renamed_from: None };
    let site = store.sync_sites(&[site], now).await?["site"].id;
    store.close().await;
    fill(&url, known).await?;
    let store = Store::open(&url, now).await?;
    let (mut with, mut without) = (Duration::ZERO, Duration::ZERO);
    // the first round warms up what is warm in a daemon
    for number in 0..5 {
        let one = round(&store, site, number * 2, true).await?;
        let other = round(&store, site, number * 2 + 1, false).await?;
        if number > 0 {
            with += one;
            without += other;
        }
    }
    store.close().await;
    std::fs::remove_dir_all(&folder)?;
    let millis = |spent: Duration| spent.as_secs_f64() * 1e3 / (4 * ITEMS) as f64;
    Ok(Cost { with: millis(with), without: millis(without) })
}

/// Stories that nobody tells again: 24 bands each, in the tables as they are.
async fn fill(url: &str, known: u64) -> Result<()> {
    let mut db = SqliteConnection::connect(url).await?;
    db.execute("PRAGMA cache_size = -1000000; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF").await?;
    let newest = Id::floor(Timestamp::from_unix(NOON - 3_600)).to_i64();
    let sketch = likeness("A title of some words", &text(0), "en", 0).map(|likeness| likeness.sketch).unwrap_or_default();
    let number = format!("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {known})");
    db.execute(AssertSqlSafe(format!("{number} INSERT INTO sketches (delivery, sketch) SELECT {newest} + i, '{sketch}' FROM n"))).await?;
    let bands = "band (b) AS (SELECT 1 UNION ALL SELECT b + 1 FROM band WHERE b < 24)";
    let sql = format!(
        "{number}, {bands} INSERT OR IGNORE INTO sketch_bands (hash, delivery) SELECT random() & 9223372036854775807 AS h, {newest} + i FROM n, band ORDER BY h"
    );
    db.execute(AssertSqlSafe(sql)).await?;
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").await?;
    db.close().await?;
    Ok(())
}

/// Decides new items of a feed of their own; a tenth of them tell a story of the round before.
async fn round(store: &Store, site: Id, number: u64, compares: bool) -> Result<Duration> {
    let now = Timestamp::from_unix(NOON + number as i64);
    let name = format!("feed-{number}");
    let known = store.feeds().await?.into_iter().map(|feed| feed.name);
    let feeds: Vec<_> = known.chain([name.clone()]).map(configured).collect();
    store.sync_feeds(&feeds, now).await?;
    let Some((feed, lease)) = store.claim_feed(&name, Id::from_i64(1), now, SPAN).await? else { bail!("nobody else polls it") };
    let entries = (0..ITEMS).map(|item| new_entry(feed.id, number, item)).collect();
    let record = PollRecord {
        lease,
        outcome: PollOutcome::Read {
            facts: FeedFacts::default(),
            validators: Validators::default(),
            body_hash: name,
            entries,
            shared: Vec::new(),
            watch: None,
            returning: None,
        },
        next_poll: now.plus(SPAN),
        because: "hourly".to_owned(),
        run: None,
        politeness: PollPoliteness::default(),
    };
    for answer in store.record_polls(vec![record], dedup::same_story, now).await {
        answer?;
    }
    let claimed = store.claim_items(Id::from_i64(1), now, ITEMS as u32, SPAN).await?;
    if claimed.len() as u64 != ITEMS {
        bail!("{} items", claimed.len());
    }
    let begun = Instant::now();
    for (item, lease) in claimed {
        let text = item.entry.as_ref().and_then(|entry| entry.content.clone()).unwrap_or_default();
        let alike = compares.then(|| likeness(&item.title, &text, "en", site.to_i64())).flatten().map(|likeness| Alike {
            likeness,
            then: NearDuplicates::Also,
            language: None,
            tell: |_, _, _| {},
            tell_in_digest: |_, _, _, _| {},
            hold: |_, _| String::new(),
        });
        let key = dedup::delivery_key(&item.keys, "site", None, 0);
        let new = NewDelivery {
            site,
            key_hash: key.hash,
            slug: dedup::slug("a-slug", &key.text),
            key: key.text,
            site_keys: Vec::new(),
            fate: Fate::Ready(Draft::default()),
            decision: Decision::default(),
            due: now,
            alike,
            digest: None,
        };
        store.decide(lease, &Decision::default(), &[new], now).await?;
    }
    Ok(begun.elapsed())
}

fn configured(name: String) -> ConfiguredFeed {
    ConfiguredFeed { url: format!("https://{name}.example/rss"), name, renamed_from: None, reading: String::new(), is_trusted: false }
}

/// Text of words that no other number has.
fn text(number: u64) -> String {
    (0..WORDS).map(|word| format!("word{}x{word} ", number * 7_919)).collect()
}

fn new_entry(feed: Id, round: u64, item: u64) -> NewEntry {
    let number = if item.is_multiple_of(10) { item } else { round * ITEMS + item };
    let link = format!("https://news.example/{}/{round}/{item}", feed.to_i64());
    let (content, published) = (Some(text(number + 1)), Some(Timestamp::from_unix(NOON)));
    let title = format!("What happened on day {number}, and what a few people say of it");
    let entry = Entry { guid: Some(link.clone()), link: Some(link), title, published, content, ..Entry::default() };
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
    NewEntry { entry, keys, text: one.text, scoped, take: Take::Post, told: None }
}
