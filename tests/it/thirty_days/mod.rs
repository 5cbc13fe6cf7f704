//! A scripted server plays 200 feeds over 30 days, on a clock that is moved by hand, against the pipeline with its real HTTP client
//! and a real store. Each kind of feed ([`kinds`]) is made for one rule and fails its check without it; over everything that was
//! asked, Rachel Kroll's criteria ([`kroll`]) hold.

mod kinds;
mod kroll;
mod world;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use wirepress::clock::Clock;
use wirepress::config;
use wirepress::domain::{Id, Timestamp};
use wirepress::pipeline::{Pipeline, Which};
use wirepress::store::{ItemFilter, Store};

use world::{DAY, HOUR, START, World};

/// The clock moves in these steps, to the next that holds something due.
const STEP: Duration = Duration::from_secs(30 * 60);
/// Nobody is awake from the one to the other.
const SLEEP: (Duration, Duration) = (Duration::from_secs(25 * 86_400 + 3_600), Duration::from_secs(27 * 86_400));
/// The daemon is started again at these.
const RESTARTS: [Duration; 2] = [Duration::from_secs(4 * 86_400), Duration::from_secs(13 * 86_400 + 40_000)];

struct Days {
    world: Arc<World>,
    store: Store,
    pipeline: Pipeline,
    folder: tempfile::TempDir,
}

impl Days {
    async fn begin() -> Self {
        let clock = Clock::set_to(START);
        let world = World::start(kinds::feeds(), clock).await;
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("wirepress.toml"), world.config()).expect("written");
        let store = Store::memory().await.expect("a store");
        let pipeline = daemon(&world, &store, &folder).await;
        Self { world, store, pipeline, folder }
    }

    fn now(&self) -> Timestamp {
        self.world.clock.now()
    }

    async fn pass(&self) -> usize {
        let before = self.world.count();
        self.pipeline.poll_pass(Which::Due).await.expect("a pass");
        self.world.count() - before
    }

    /// Polls what is due until `end`, step by step.
    async fn until(&self, end: Timestamp) {
        while self.now() < end {
            self.pass().await;
            let due = self.store.next_due(self.now()).await.expect("due").poll.expect("feeds");
            let wait = due.min(end).since(self.now()).as_secs().max(1);
            self.world.clock.advance(Duration::from_secs(wait.next_multiple_of(STEP.as_secs())));
        }
    }

    /// Another process takes over the store.
    async fn restart(&mut self) {
        self.pipeline = daemon(&self.world, &self.store, &self.folder).await;
    }

    /// The numbers of a feed's entries that became items.
    async fn taken_on(&self, name: &str) -> BTreeSet<u64> {
        let feed = self.store.feed(name).await.expect("the feed").expect("it is there");
        let filter = ItemFilter { feed: Some(feed.id), ..ItemFilter::default() };
        let items = self.store.items(filter, 10_000).await.expect("items");
        items.iter().filter_map(|item| item.title.rsplit(' ').next()?.parse().ok()).collect()
    }
}

async fn daemon(world: &World, store: &Store, folder: &tempfile::TempDir) -> Pipeline {
    let config = config::load(&folder.path().join("wirepress.toml")).unwrap_or_else(|problems| panic!("{problems}")).config;
    let (clock, owner) = (world.clock.clone(), Id::new(world.clock.now()));
    Pipeline::new(Arc::new(config), store.clone(), clock, owner, None, "days").await.expect("a pipeline")
}

#[tokio::test]
async fn two_hundred_feeds_are_asked_politely_for_thirty_days() {
    let mut days = Days::begin().await;
    for at in RESTARTS {
        days.until(START.plus(at)).await;
        days.pass().await;
        days.restart().await;
        assert_eq!(days.pass().await, 0, "a restart asked somebody");
    }
    days.until(START.plus(SLEEP.0)).await;
    let taken_before = {
        let mut taken = Vec::new();
        for feed in days.world.feeds.iter().filter(|feed| matches!(feed.kind, "delta" | "overrun")) {
            taken.push((feed, days.taken_on(&feed.name).await, days.now()));
        }
        taken.into_iter().map(|(feed, taken, at)| (feed.name.clone(), feed.kind, feed.newest(at), taken)).collect::<Vec<_>>()
    };
    days.world.clock.advance(SLEEP.1.saturating_sub(days.now().since(START)));
    days.world.peak.store(0, Ordering::SeqCst);
    let woken = days.pass().await;
    let spread: BTreeSet<i64> = days.store.feeds().await.expect("feeds").iter().map(|row| row.next_poll.unix() / 60).collect();
    days.until(START.plus(DAY * 30)).await;

    let mut wrong: Vec<String> = Vec::new();
    let awake = START.plus(SLEEP.0);
    for (index, feed) in days.world.feeds.iter().enumerate() {
        let asked = days.world.asked(index);
        wrong.extend(kinds::check(feed, &asked, awake).into_iter().map(|what| format!("{}: {what}", feed.name)));
    }
    for (name, kind, newest, taken) in taken_before {
        // what the first document no longer had was never there; what came since the last poll is still to come
        let (from, to) = if kind == "delta" { (6, newest - 12) } else { (10 + 5 * 20, newest - 10) };
        let lost: Vec<u64> = (from..=to).filter(|number| !taken.contains(number)).collect();
        wrong.extend((!lost.is_empty()).then(|| format!("{name} lost {lost:?}")));
    }
    one_host_rests(&days, &mut wrong);
    the_store_counts_the_same(&days, &mut wrong).await;
    assert!(woken > 120, "{woken} were due after the sleep");
    assert!(spread.len() > 30, "after a sleep the next polls come in {} different minutes", spread.len());
    assert!(days.world.peak.load(Ordering::SeqCst) <= 2, "more than two at once at one host");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    let table = kroll::table(&days.world, kinds::may_be_quick);
    let red: Vec<_> = table.iter().filter(|(_, failed)| *failed > 0).collect();
    assert!(red.is_empty() && table.len() == 16, "{} criteria; not green: {red:#?}", table.len());
}

/// Ten feeds on one host: from the 429 on, nobody asks any of them until its time is over; then all are asked again.
fn one_host_rests(days: &Days, wrong: &mut Vec<String>) {
    let of_host = |ask: &world::Ask| days.world.feeds[ask.feed].kind == "host with 429";
    let log: Vec<_> = days.world.log().into_iter().filter(of_host).collect();
    let Some(told) = log.iter().find(|ask| ask.status == 429).map(|ask| ask.at) else { return wrong.push("nobody saw the 429".to_owned()) };
    let early = log.iter().filter(|ask| ask.at > told && ask.at < told.plus(DAY * 2)).count();
    let later: BTreeSet<usize> = log.iter().filter(|ask| ask.at >= told.plus(DAY * 2)).map(|ask| ask.feed).collect();
    wrong.extend((early > 0 || later.len() != 10).then(|| format!("the host with 429: {early} too early, {} later", later.len())));
}

/// What `feeds politeness` tells is what the server saw, and no violation.
async fn the_store_counts_the_same(days: &Days, wrong: &mut Vec<String>) {
    let from = START.plus(DAY * 28);
    let seen = |feed: usize| days.world.asked(feed).iter().filter(|ask| ask.at >= from && !matches!(ask.status, 301 | 302 | 308)).count();
    for row in days.store.feeds().await.expect("feeds") {
        let Some(index) = days.world.feeds.iter().position(|feed| feed.name == row.name) else { continue };
        let all: u64 = row.manners.days.iter().map(|day| day.violations).sum();
        wrong.extend((all > 0).then(|| format!("{}: {all} violations", row.name)));
        let told = row.manners.traffic_since(from).requests;
        if days.world.feeds[index].port.is_some() {
            let few = told <= 6;
            wrong.extend((!few).then(|| format!("{}: nobody is there, and it was asked {told} times in two days", row.name)));
        } else if told != seen(index) as u64 {
            wrong.push(format!("{}: the store has {told} requests, the server {}", row.name, seen(index)));
        }
        let idle = row.next_poll.since(days.now());
        wrong.extend((idle > DAY * 31).then(|| format!("{}: the next poll is in {} h", row.name, idle.as_secs() / HOUR.as_secs())));
    }
}
