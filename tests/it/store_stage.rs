//! A store of a test's own, on either database, and the short words that the contract tests speak.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sqlx::Executor;
use wirepress::domain::{Decision, Delivery, Draft, Entry, Id, Item, Keys, Rung, Telling, Timestamp};
use wirepress::store::{
    Answer, ConfiguredFeed, ConfiguredSite, Error, Fate, Lease, NewDelivery, NewEntry, PollOutcome, PollRecord, PostFacts, Published,
    Remembered, Scoped, Store, Take,
};

/// Runs each test's body on a SQLite file and on a PostgreSQL database, as two tests.
macro_rules! on_both {
    ($(async fn $name:ident($stage:ident) $body:block)*) => { $(
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn body($stage: &crate::store_stage::Stage) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                let stage = crate::store_stage::Stage::sqlite().await;
                body(&stage).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                let stage = crate::store_stage::Stage::postgres().await;
                body(&stage).await;
                stage.strike().await;
            }
        }
    )* };
}
pub(crate) use on_both;

pub const SPAN: Duration = Duration::from_secs(120);
pub const OWNER: Id = Id::from_i64(77);

/// So many seconds after the tests' noon.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(1_795_348_800 + seconds)
}

/// A store of a test's own.
pub struct Stage {
    pub store: Store,
    pub url: String,
    folder: Option<tempfile::TempDir>,
}

/// The PostgreSQL server that `scripts/test` starts.
pub fn server() -> String {
    std::env::var("WIREPRESS_TEST_PG").expect("$WIREPRESS_TEST_PG is not set: `scripts/test` starts a PostgreSQL and sets it")
}

async fn ask_server(sql: String) {
    let pool = sqlx::PgPool::connect(&server()).await.expect("the test's PostgreSQL answers");
    pool.execute(sqlx::AssertSqlSafe(sql)).await.expect("the statement works");
    pool.close().await;
}

impl Stage {
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}", folder.path().join("wirepress.db").display());
        let store = Store::open(&url, at(0)).await.expect("a new store opens");
        Self { store, url, folder: Some(folder) }
    }

    pub async fn postgres() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("wirepress_it_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        ask_server(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        ask_server(format!("CREATE DATABASE {name}")).await;
        let (head, _) = server().rsplit_once('/').map(|(head, tail)| (head.to_owned(), tail.to_owned())).expect("a URL with a database");
        let url = format!("{head}/{name}");
        let store = Store::open(&url, at(0)).await.expect("a new store opens");
        Self { store, url, folder: None }
    }

    /// Removes the PostgreSQL database.
    pub async fn strike(self) {
        let name = self.url.rsplit('/').next().expect("a name").to_owned();
        drop(self.store);
        ask_server(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
    }

    pub fn is_sqlite(&self) -> bool {
        self.folder.is_some()
    }

    /// The same store, opened once more, as another process would.
    pub async fn another(&self) -> Store {
        Store::open(&self.url, at(0)).await.expect("the store opens")
    }

    /// The store as one of several workers has it: on SQLite they share a process, on PostgreSQL they needn't.
    pub async fn worker(&self) -> Store {
        if self.is_sqlite() { self.store.clone() } else { self.another().await }
    }

    /// A configured feed; those of earlier calls stay configured.
    pub async fn feed(&self, name: &str) -> Id {
        let mut feeds: Vec<ConfiguredFeed> = self.store.feeds().await.unwrap().into_iter().map(|feed| configured(&feed.name)).collect();
        if feeds.iter().all(|feed| feed.name != name) {
            feeds.push(configured(name));
        }
        self.store.sync_feeds(&feeds, at(0)).await.unwrap()[name].id
    }

    /// A configured site; those of earlier calls stay configured.
    pub async fn site(&self, name: &str) -> Id {
        let known = self.store.sites().await.unwrap();
        let mut names: Vec<String> = known.into_iter().map(|site| site.name).collect();
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
        let sites: Vec<_> = names.iter().map(|name| configured_site(name)).collect();
        self.store.sync_sites(&sites, at(0)).await.unwrap()[name].id
    }

    /// Polls the feed and stores a document of these entries.
    pub async fn poll(&self, feed: &str, entries: Vec<NewEntry>) -> Remembered {
        self.poll_sharing(feed, entries, vec![]).await
    }

    pub async fn poll_sharing(&self, feed: &str, entries: Vec<NewEntry>, shared: Vec<i64>) -> Remembered {
        self.feed(feed).await;
        let (_, lease) = self.store.claim_feed(feed, OWNER, at(0), SPAN).await.unwrap().expect("nobody else polls it");
        let record = read(lease, entries, shared);
        self.store.record_polls(vec![record], same_story, at(0)).await.remove(0).unwrap()
    }

    /// An item of feed `feed` that a worker has just claimed.
    pub async fn preparing(&self, feed: &str, guid: &str) -> (Item, Lease) {
        self.poll(feed, vec![entry(feed, guid)]).await;
        self.store.claim_items(OWNER, at(0), 1, SPAN).await.unwrap().pop().expect("the item is due")
    }

    /// A delivery of a new item to `site`, in the state that `fate` says.
    pub async fn delivery(&self, site: &str, guid: &str, fate: Fate) -> Id {
        let site = self.site(site).await;
        let (item, lease) = self.preparing("feed", guid).await;
        let new = new_delivery(site, &item, 0, fate);
        self.store.decide(lease, &Decision::default(), &[new], at(0)).await.unwrap()[0].delivery
    }

    /// The lease of the writer of `site`.
    pub async fn writer(&self, site: &str) -> Lease {
        let site = self.site(site).await;
        self.store.claim_site(site, OWNER, at(0), SPAN * 60).await.unwrap().expect("nobody else writes to it")
    }

    /// A delivery that a worker has just claimed, and the site's lease.
    pub async fn publishing(&self, guid: &str) -> (Lease, Delivery, Lease) {
        self.delivery("site", guid, ready()).await;
        let site = self.writer("site").await;
        let (delivery, lease) = self.store.claim_deliveries(&site, at(0), 1, SPAN).await.unwrap().pop().expect("it is due");
        (site, delivery, lease)
    }

    /// A delivery that was published as post 5.
    pub async fn published(&self, guid: &str) -> Id {
        let (site, delivery, lease) = self.publishing(guid).await;
        self.store.mark_published(vec![published(lease)], None, at(1)).await.unwrap().remove(0).unwrap();
        self.store.release_site(site).await.unwrap();
        delivery.id
    }

    pub async fn one(&self, id: Id) -> Delivery {
        self.store.delivery(id).await.unwrap().expect("the delivery is there")
    }

    pub async fn item(&self, id: Id) -> Item {
        self.store.item(id).await.unwrap().expect("the item is there")
    }
}

pub fn configured(name: &str) -> ConfiguredFeed {
    ConfiguredFeed {
        name: name.to_owned(),
        url: format!("https://{name}.example/rss"),
        renamed_from: None,
        reading: String::new(),
        is_trusted: false,
    }
}

pub fn configured_site(name: &str) -> ConfiguredSite {
    ConfiguredSite { name: name.to_owned(), url: format!("https://{name}.example"), renamed_from: None }
}

/// A 63-bit key of some text in some scope, as stable as a test needs it.
pub fn key(scope: &str, text: &str) -> i64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    (scope, text).hash(&mut hasher);
    i64::try_from(hasher.finish() >> 1).expect("63 bits")
}

/// Titles tell the same story if they begin with the same word.
pub fn same_story(_: Rung, old: &Telling<'_>, new: &Telling<'_>) -> bool {
    old.title.split(' ').next() == new.title.split(' ').next()
}

/// An entry with GUID and link of its own.
pub fn entry(feed: &str, guid: &str) -> NewEntry {
    entry_with(feed, Some(guid), Some(&format!("https://news.example/{guid}")), &format!("Title {guid}"))
}

/// An entry as `dedup` would hand it over.
pub fn entry_with(feed: &str, guid: Option<&str>, link: Option<&str>, title: &str) -> NewEntry {
    let text = |scope: &str| key(scope, &format!("text {title}"));
    let keys = |scope: &str| Keys {
        guid: guid.map(|guid| key(scope, &format!("guid {guid}"))),
        link: link.map(|link| key(scope, &format!("link {link}"))),
        text: (guid.is_none() && link.is_none()).then(|| text(scope)),
    };
    let entry = Entry {
        guid: guid.map(str::to_owned),
        link: link.map(str::to_owned),
        title: title.to_owned(),
        content: Some(format!("<p>{title}</p>")),
        ..Entry::default()
    };
    let Keys { guid, link, .. } = keys(feed);
    let scoped = Scoped { guid, path: None, link, title: None, text: text(feed), is_opaque: false };
    NewEntry { entry, keys: keys(""), text: text(""), scoped, take: Take::Post, told: None }
}

pub fn read(lease: Lease, entries: Vec<NewEntry>, shared: Vec<i64>) -> PollRecord {
    let outcome = PollOutcome::Read {
        facts: Default::default(),
        validators: Default::default(),
        body_hash: "hash".to_owned(),
        entries,
        shared,
        watch: None,
        returning: None,
    };
    PollRecord { lease, outcome, next_poll: at(3_600), because: "hourly".to_owned(), run: None, politeness: Default::default() }
}

pub fn draft(title: &str) -> Draft {
    Draft { title: title.to_owned(), content: "<p>text</p>".to_owned(), ..Draft::default() }
}

pub fn ready() -> Fate {
    Fate::Ready(draft("ready"))
}

/// A delivery of `item` to `site`, as the pipeline would make it with `dedup = "site"`.
pub fn new_delivery(site: Id, item: &Item, generation: u32, fate: Fate) -> NewDelivery {
    let scope = format!("{site}");
    let site_keys: Vec<_> = item.keys.rungs().map(|(rung, hash)| (rung, key(&scope, &hash.to_string()))).collect();
    let key_hash = key(&scope, &format!("{} {generation}", site_keys[0].1));
    let text = format!("{key_hash:013x}")[..13].to_owned();
    NewDelivery {
        site,
        key_hash,
        slug: format!("readable-{text}"),
        key: text,
        site_keys,
        fate,
        decision: Decision::default(),
        due: at(0),
        alike: None,
        digest: None,
    }
}

pub fn facts() -> PostFacts {
    PostFacts {
        post_type: None,
        post: 5,
        slug: "a-post".to_owned(),
        link: "https://site.example/a-post/".to_owned(),
        modified_gmt: "2026-11-22T12:00:00".to_owned(),
        returned_hash: Some("abc".to_owned()),
        returned: None,
    }
}

pub fn published(lease: Lease) -> Published {
    Published { lease, facts: facts(), answer: answer(200), recheck: None }
}

pub fn answer(status: u16) -> Answer {
    Answer { status: Some(status), text: Some("{}".to_owned()), error: None }
}

/// The error of something that must not have worked.
pub fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    result.expect_err("this must be refused").to_string()
}

/// It was refused because the lease is not ours any more.
pub fn assert_stale<T: std::fmt::Debug>(result: Result<T, Error>) {
    assert!(matches!(result, Err(Error::StaleLease(_))), "{result:?}");
}
