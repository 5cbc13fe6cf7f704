//! Old entries under new keys: the feed is held before one of them is prepared, and a person settles it, once.

use wirepress::dedup;
use wirepress::domain::{Entry, Id, ItemState, MergeKind, Timestamp};
use wirepress::store::{ConfiguredFeed, NewEntry, PollOutcome, Rebind, Rebound, Remembered, Scoped, Store, Take};

use crate::store_stage::*;

const DAY: i64 = 86_400;
const WORDS: &[&str] =
    &["alder", "birch", "cedar", "elder", "hazel", "maple", "rowan", "larch", "aspen", "beech", "ebony", "ivory", "olive"];

/// Forty words that no other article has, but for one in ten, which all have.
fn words(number: usize) -> String {
    let word = |at: usize| {
        let mut seed = (number * 1_000 + at).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let letter = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b'a' + u8::try_from((seed >> 33) % 26).expect("a letter"))
        };
        std::iter::repeat_with(letter).take(6).collect::<String>()
    };
    (0..40).map(|at| if at % 10 == 5 { "alder".to_owned() } else { word(at) }).collect::<Vec<_>>().join(" ")
}

fn text(number: usize) -> String {
    format!("<p>Story {number}: {}</p>", words(number))
}

/// An article: `{}` in GUID and link stands for its number.
fn article(number: usize, guid: &str, link: &str) -> Entry {
    let fill = |text: &str| (!text.is_empty()).then(|| text.replace("{}", &number.to_string()));
    Entry {
        guid: fill(guid),
        link: fill(link),
        title: format!("What the {} tree said on day {number}", WORDS[number % 13]),
        content: Some(text(number)),
        published: Some(at(DAY * number as i64 - 300 * DAY)),
        ..Entry::default()
    }
}

fn articles(numbers: std::ops::Range<usize>, guid: &str, link: &str) -> Vec<Entry> {
    numbers.map(|number| article(number, guid, link)).collect()
}

const OLD: (&str, &str) = ("https://old.example/?p={}", "https://old.example/story-{}");

/// Published again on this day, a little edited: too late for the ladder to see a correction in it.
fn anew(day: i64, mut entries: Vec<Entry>) -> Vec<Entry> {
    for entry in &mut entries {
        entry.published = Some(at(DAY * day));
        entry.content = entry.content.take().map(|text| text.replace("alder", "older"));
    }
    entries
}

fn old(numbers: std::ops::Range<usize>) -> Vec<Entry> {
    articles(numbers, OLD.0, OLD.1)
}

/// The document as the pipeline hands it to the store.
async fn poll_on(store: &Store, entries: &[Entry], now: Timestamp, past: Option<Timestamp>) -> Remembered {
    let (row, lease) = store.claim_feed("f", OWNER, now, SPAN).await.unwrap().expect("nobody else polls it");
    let identified = dedup::identify(entries, None);
    let scope = |key: Option<i64>| key.map(|key| dedup::in_feed(key, row.id));
    let new = entries.iter().zip(identified.entries).map(|(entry, one)| {
        let scoped = Scoped {
            guid: scope(one.own_guid),
            path: scope(one.path),
            link: scope(one.keys.link),
            title: scope(one.title),
            text: dedup::in_feed(one.text, row.id),
            is_opaque: one.is_opaque,
        };
        NewEntry { entry: entry.clone(), keys: one.keys, text: one.text, scoped, take: Take::Post, told: None }
    });
    let mut record = read(lease, new.collect(), identified.shared.into_iter().map(|key| dedup::in_feed(key, row.id)).collect());
    if let PollOutcome::Read { returning, .. } = &mut record.outcome {
        *returning = Some(dedup::returning(past));
    }
    store.record_polls(vec![record], dedup::same_story, now).await.remove(0).unwrap()
}

async fn poll(stage: &Stage, entries: &[Entry], now: Timestamp) -> Remembered {
    stage.feed("f").await;
    poll_on(&stage.store, entries, now, None).await
}

/// What waits has been decided: as if it were posted long ago.
async fn decide_all(stage: &Stage, now: Timestamp) -> usize {
    let claimed = stage.store.claim_items(OWNER, now, 1_000, SPAN).await.unwrap();
    let site = stage.site("blog").await;
    let count = claimed.len();
    for (item, lease) in claimed {
        let delivery = new_delivery(site, &item, 0, ready());
        stage.store.decide(lease, &Default::default(), &[delivery], now).await.unwrap();
    }
    count
}

fn site_key(site: Id, _: Id, key: i64) -> i64 {
    dedup::scoped(key, site)
}

/// The next case begins with an empty feed.
async fn clear(stage: &Stage) {
    use sqlx::Connection;
    for table in ["returned", "merges", "site_keys", "delivery_items", "deliveries", "windows", "fresh_keys", "entry_keys", "items"] {
        let sql = sqlx::AssertSqlSafe(format!("DELETE FROM {table}"));
        if stage.is_sqlite() {
            let mut one = sqlx::SqliteConnection::connect(&stage.url).await.unwrap();
            sqlx::query(sql).execute(&mut one).await.unwrap();
        } else {
            let mut one = sqlx::PgConnection::connect(&stage.url).await.unwrap();
            sqlx::query(sql).execute(&mut one).await.unwrap();
        }
    }
}

async fn rebind(stage: &Stage, now: Timestamp) -> Rebind {
    stage.store.rebind_feed("f", &site_key, now).await.unwrap()
}

async fn held(stage: &Stage) -> Option<String> {
    stage.store.feed("f").await.unwrap().unwrap().held.map(|(_, because)| because)
}

on_both! {
    async fn a_feed_whose_old_entries_come_under_new_keys_is_held_and_rebound_and_nothing_is_prepared_twice(stage) {
        let retitled = |mut entries: Vec<Entry>| -> Vec<Entry> {
            for (number, entry) in entries.iter_mut().enumerate() {
                entry.title = format!("{} | No. {number}", WORDS[number % 13].to_uppercase());
            }
            entries
        };
        for (number, (what, second)) in [
            ("other GUIDs", articles(0..20, "urn:uuid:{}", OLD.1)),
            ("other GUIDs and titles, the links as they were", retitled(articles(0..20, "urn:uuid:{}", OLD.1))),
            ("another host in GUIDs and links", articles(0..20, "https://new.example/?p={}", "https://new.example/story-{}")),
            ("another host in links, other GUIDs", articles(0..20, "urn:uuid:{}", "https://new.example/story-{}")),
            ("another host in links, other GUIDs, other titles", retitled(articles(0..20, "urn:uuid:{}", "https://new.example/story-{}"))),
            ("another system, the dates as they were", articles(0..20, "new-{}", "https://new.example/2026/{}.html")),
            ("another system, the text edited, dated anew", anew(40, articles(0..20, "new-{}", "https://new.example/2026/{}.html"))),
            ("another system, retitled, dated anew", anew(40, retitled(articles(0..20, "new-{}", "https://new.example/2026/{}.html")))),
            ("no GUIDs any more, other links", articles(0..20, "", "https://new.example/2026/{}.html")),
        ].into_iter().enumerate() {
            let now = |days: i64| at(number as i64 * 500 * DAY + days * DAY);
            poll(stage, &old(0..20), now(0)).await;
            assert_eq!(decide_all(stage, now(0)).await, 20, "{what}");
            let came = poll(stage, &second, now(40)).await;
            assert!(came.is_flood && came.held.is_some(), "{what}: {came:?}");
            for day in 41..44 {
                let again = poll(stage, &second, now(day)).await;
                assert_eq!((again.held, again.new.len()), (None, 0), "{what}: one alert");
            }
            assert_eq!(stage.store.claim_items(OWNER, now(44), 100, SPAN).await.unwrap(), [], "{what}: nothing is prepared");
            let Rebind::Done(done) = rebind(stage, now(45)).await else { panic!("{what}") };
            assert_eq!(done, Rebound { bound: came.new.len(), remembered: 0 }, "{what}");
            assert_eq!(held(stage).await, None, "{what}");
            for day in 46..48 {
                let again = poll(stage, &second, now(day)).await;
                assert_eq!((again.held, again.new.len(), again.known), (None, 0, 20), "{what}: they are known");
            }
            assert_eq!(decide_all(stage, now(48)).await, 0, "{what}: nothing is left to prepare");
            let items = stage.store.items(Default::default(), 100).await.unwrap();
            assert_eq!(items.iter().filter(|item| item.state == ItemState::Decided).count(), 20, "{what}");
            for item in items.iter().filter(|item| item.state == ItemState::Decided) {
                let merges = stage.store.merges_of(item.id).await.unwrap();
                assert_eq!(merges.iter().filter(|merge| merge.how == MergeKind::Later).count(), 1, "{what}: {merges:?}");
            }
            // what comes next is news, in the feed and under the keys that it has now
            let next = article(90 + number, "urn:next:{}", "https://new.example/next-{}");
            let come = poll(stage, &[second.clone(), vec![next]].concat(), now(49)).await;
            assert_eq!((come.held, come.new.len()), (None, 1), "{what}");
            assert_eq!(decide_all(stage, now(49)).await, 1, "{what}");
            // and should the feed take its old keys up again, these are known, too
            let back = poll(stage, &old(0..20), now(50)).await;
            assert_eq!(back.new.len(), 0, "{what}, back again");
            stage.store.accept_feed("f").await.unwrap();
            clear(stage).await;
        }
    }

    async fn what_is_new_beside_the_old_is_prepared_after_rebinding_and_all_of_it_after_accepting(stage) {
        let half = [anew(30, articles(10..20, "new-{}", "https://new.example/{}")), articles(50..60, "new-{}", "https://new.example/{}")].concat();
        for is_accepted in [false, true] {
            let now = |days: i64| at(if is_accepted { 1_000 * DAY } else { 0 } + days * DAY);
            poll(stage, &old(0..20), now(0)).await;
            assert_eq!(decide_all(stage, now(0)).await, 20);
            let came = poll(stage, &half, now(30)).await;
            let because = came.held.expect("it is held");
            assert!(because.starts_with("10 of its 20 new entries look like entries that it had"), "{because}");
            let prepared = match is_accepted {
                false => {
                    assert_eq!(rebind(stage, now(31)).await, Rebind::Done(Rebound { bound: 10, remembered: 0 }));
                    10
                }
                true => {
                    assert!(stage.store.accept_feed("f").await.unwrap());
                    20
                }
            };
            assert_eq!(decide_all(stage, now(31)).await, prepared);
            let again = poll(stage, &half, now(32)).await;
            assert_eq!((again.held, again.new.len(), again.known), (None, 0, 20));
            clear(stage).await;
        }
    }

    async fn two_hundred_old_entries_over_several_polls_are_one_hold_and_rebound_together(stage) {
        poll(stage, &old(0..200), at(0)).await;
        assert_eq!(decide_all(stage, at(0)).await, 200);
        let mut alerts = 0;
        for part in 0..4 {
            let came = poll(stage, &anew(30, articles(part * 50..part * 50 + 50, "n-{}", "https://new.example/{}")), at(DAY * (30 + part as i64))).await;
            alerts += usize::from(came.held.is_some());
            assert_eq!(came.new.len(), 50);
        }
        assert_eq!(alerts, 1);
        assert_eq!(rebind(stage, at(DAY * 40)).await, Rebind::Done(Rebound { bound: 200, remembered: 0 }));
        assert_eq!(poll(stage, &anew(30, articles(0..200, "n-{}", "https://new.example/{}")), at(DAY * 41)).await.known, 200);
        assert_eq!(decide_all(stage, at(DAY * 41)).await, 0);
        assert_eq!(rebind(stage, at(DAY * 42)).await, Rebind::NotHeld);
    }

    async fn a_burst_of_new_entries_a_shuffle_and_some_edits_hold_nothing(stage) {
        poll(stage, &old(0..20), at(0)).await;
        assert_eq!(decide_all(stage, at(0)).await, 20);
        let mut shuffled = old(0..20);
        shuffled.reverse();
        for entry in &mut shuffled[..4] {
            entry.title.push_str(", updated");
            entry.link = entry.link.take().map(|link| link.replace("story", "news"));
        }
        let moved = [old(3..20), articles(0..3, "urn:{}", OLD.1)].concat();
        let secured: Vec<Entry> = articles(0..20, "http://www.old.example/?p={}", "http://www.old.example/story-{}?utm_source=rss");
        for (day, (what, entries, new)) in [
            ("a burst", [old(0..20), old(100..160)].concat(), 60),
            ("another, and the old ones are gone", old(200..260), 60),
            ("a shuffle with edits", shuffled, 0),
            ("a few GUIDs", moved, 0),
            ("another scheme", secured, 0),
        ].into_iter().enumerate() {
            let came = poll(stage, &entries, at(DAY * (30 + day as i64))).await;
            assert_eq!((came.held, came.new.len()), (None, new), "{what}");
        }
    }

    async fn columns_of_one_title_and_forms_with_numbers_are_news(stage) {
        let column = |numbers: std::ops::Range<usize>| -> Vec<Entry> {
            numbers.map(|number| Entry {
                title: "Open thread today".to_owned(),
                content: Some(format!("<p>Talk of {}.</p>", WORDS[number % 13])),
                ..article(number, "https://a.example/?p={}", "https://a.example/{}")
            }).collect()
        };
        for day in 0..4 {
            let came = poll(stage, &column(day * 10..day * 10 + 10), at(DAY * (100 + day as i64))).await;
            assert_eq!((came.held, came.new.len()), (None, 10), "day {day}");
        }
    }

    async fn a_feed_whose_guids_change_with_each_poll_is_held_once(stage) {
        for round in 0..6 {
            let came = poll(stage, &articles(0..10, &format!("{round}-{{}}"), OLD.1), at(DAY * round)).await;
            assert_eq!(came.new.len(), if round == 0 { 10 } else { 0 }, "round {round}");
            assert_eq!(came.held.is_some(), round == 1, "round {round}: {came:?}");
            if let Some(because) = came.held {
                assert!(because.starts_with("10 of its 10 entries have other keys all at once"), "{because}");
                assert!(stage.store.accept_feed("f").await.unwrap());
            }
        }
    }

    async fn an_archive_that_is_put_into_a_document_is_held_and_only_remembered(stage) {
        stage.feed("f").await;
        let past = Some(at(-30 * DAY));
        let recent = |numbers: std::ops::Range<usize>| old(numbers);
        poll_on(&stage.store, &recent(290..300), at(0), past).await;
        assert_eq!(decide_all(stage, at(0)).await, 10);
        let few = poll_on(&stage.store, &[recent(0..3), recent(290..300)].concat(), at(DAY), past).await;
        assert_eq!((few.held, few.new.len()), (None, 3), "a few are what they are");
        assert_eq!(decide_all(stage, at(DAY)).await, 3);
        let all = recent(0..301);
        let came = poll_on(&stage.store, &all, at(2 * DAY), past).await;
        assert!(came.held.is_some_and(|because| because.contains("older than what it had at its first poll")));
        assert_eq!(came.new.len(), 288);
        let Rebind::Done(done) = rebind(stage, at(3 * DAY)).await else { panic!("it is held") };
        // the days -29 to -11 are no archive: the first poll would have posted them
        assert_eq!(done, Rebound { bound: 0, remembered: 267 });
        assert_eq!(decide_all(stage, at(3 * DAY)).await, 288 - 267);
        assert_eq!(poll_on(&stage.store, &all, at(4 * DAY), past).await.known, 301);
    }

    async fn a_flood_that_is_held_stays_held_over_a_new_address_and_over_trust(stage) {
        poll(stage, &old(0..20), at(0)).await;
        decide_all(stage, at(0)).await;
        let new = anew(1, articles(0..20, "n-{}", "https://new.example/{}"));
        assert!(poll(stage, &new, at(DAY)).await.is_flood);
        let moved = ConfiguredFeed { url: "https://new.example/rss".to_owned(), is_trusted: true, ..configured("f") };
        let row = stage.store.sync_feeds(&[moved], at(DAY)).await.unwrap().remove("f").unwrap();
        assert!(row.held.is_some() && row.is_flooded);
        assert_eq!(stage.store.claim_items(OWNER, at(DAY), 100, SPAN).await.unwrap(), []);
    }

    async fn a_feed_that_gets_its_new_address_first_is_held_when_it_comes_with_new_keys(stage) {
        poll(stage, &old(0..20), at(0)).await;
        decide_all(stage, at(0)).await;
        let moved = ConfiguredFeed { url: "https://new.example/rss".to_owned(), ..configured("f") };
        stage.store.sync_feeds(&[moved], at(DAY)).await.unwrap();
        assert!(poll_on(&stage.store, &articles(0..20, "n-{}", "https://new.example/{}"), at(DAY), None).await.is_flood);
    }

    async fn another_feed_that_brings_the_new_keys_joins_the_old_posts(stage) {
        poll(stage, &old(0..20), at(0)).await;
        decide_all(stage, at(0)).await;
        let new = anew(1, articles(0..20, "urn:n:{}", "https://new.example/{}"));
        poll(stage, &new, at(DAY)).await;
        rebind(stage, at(DAY)).await;
        let feed = stage.feed("g").await;
        let (row, lease) = stage.store.claim_feed("g", OWNER, at(DAY), SPAN).await.unwrap().unwrap();
        assert_eq!(row.id, feed);
        let entry = new[7].clone();
        let one = dedup::identify(std::slice::from_ref(&entry), None).entries[0];
        let scoped = Scoped { guid: one.own_guid, path: None, link: one.keys.link, title: None, text: one.text, is_opaque: false };
        let of_g = NewEntry { entry, keys: one.keys, text: one.text, scoped, take: Take::Post, told: None };
        stage.store.record_polls(vec![read(lease, vec![of_g], vec![])], dedup::same_story, at(DAY)).await.remove(0).unwrap();
        let (item, lease) = stage.store.claim_items(OWNER, at(DAY), 10, SPAN).await.unwrap().remove(0);
        let site = stage.site("blog").await;
        let site_keys = item.keys.rungs().map(|(rung, key)| (rung, dedup::scoped(key, site))).collect();
        let delivery = wirepress::store::NewDelivery { site_keys, ..new_delivery(site, &item, 0, ready()) };
        let decided = stage.store.decide(lease, &Default::default(), &[delivery], at(DAY)).await.unwrap();
        assert!(decided[0].joined);
    }

    async fn what_a_takeover_brought_can_be_accepted_and_not_rebound(stage) {
        poll(stage, &old(0..5), at(0)).await;
        assert_eq!(rebind(stage, at(0)).await, Rebind::NotHeld);
        let judge: wirepress::domain::Judge = |_, _, _| wirepress::domain::Judged::Other("it writes of casinos".to_owned());
        let (_, lease) = stage.store.claim_feed("f", OWNER, at(0), SPAN).await.unwrap().unwrap();
        let mut record = read(lease, vec![entry("f", "casino")], vec![]);
        if let PollOutcome::Read { watch, .. } = &mut record.outcome {
            *watch = Some(wirepress::domain::Watch { facts: Default::default(), looks: vec![Default::default()], judge });
        }
        stage.store.record_polls(vec![record], same_story, at(0)).await.remove(0).unwrap();
        assert_eq!(rebind(stage, at(0)).await, Rebind::NothingAlike("it writes of casinos".to_owned()));
        assert!(held(stage).await.is_some());
        assert!(refused(stage.store.rebind_feed("nobody", &site_key, at(0)).await).contains("nobody"));
    }

    async fn a_dry_run_holds_too_and_holds_nothing_in_the_store(stage) {
        poll(stage, &old(0..20), at(0)).await;
        decide_all(stage, at(0)).await;
        let over = Store::over(Store::open_read_only(&stage.url).await.unwrap().unwrap()).await.unwrap();
        let new = anew(1, articles(0..20, "n-{}", "https://new.example/{}"));
        assert!(poll_on(&over, &new, at(DAY), None).await.is_flood);
        assert_eq!(over.claim_items(OWNER, at(DAY), 10, SPAN).await.unwrap(), []);
        assert_eq!(held(stage).await, None);
    }

    async fn a_counted_window_that_is_replaced_within_a_day_is_news(stage) {
        let window = |first: usize| -> Vec<Entry> {
            (0..5).map(|place| Entry {
                guid: Some(place.to_string()),
                published: Some(at(DAY + ((first + place) * 600) as i64)),
                ..article(first + place, "", "https://a.example/{}")
            }).collect()
        };
        for (round, first) in [0, 20, 40].into_iter().enumerate() {
            let came = poll(stage, &window(first), at(DAY * 2 + round as i64 * 7_200)).await;
            assert_eq!((came.new.len(), came.held), (5, None), "{first}");
            assert_eq!(poll(stage, &window(first), at(DAY * 2 + round as i64 * 7_200 + 600)).await.known, 5);
        }
        // one of a counted feed that is edited keeps its date
        let mut edited = window(40);
        edited[2] = Entry { title: "Quite another headline".to_owned(), link: Some("https://a.example/moved".to_owned()), ..edited[2].clone() };
        assert_eq!(poll(stage, &edited, at(DAY * 3)).await.new.len(), 0);
    }
}
