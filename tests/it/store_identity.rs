//! The ladder of identities from the document to the store: what is one entry becomes one item, and what is two, two.

use wirepress::dedup;
use wirepress::domain::{Entry, Id, ItemState, Merge, MergeKind, Rung, Timestamp};
use wirepress::store::{NewEntry, Remembered, Scoped, Store, Take};

use crate::store_stage::*;

/// An entry of a document: GUID, link, title and body; what is empty isn't there.
fn told(guid: &str, link: &str, title: &str, body: &str) -> Entry {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Entry { guid: some(guid), link: some(link), title: title.to_owned(), content: some(body), ..Entry::default() }
}

fn dated(entry: Entry, day: i64) -> Entry {
    Entry { published: Some(at(day * 86_400)), ..entry }
}

fn article() -> String {
    let words = ["alder", "birch", "cedar", "elder", "hazel", "maple", "rowan", "larch"];
    (0..40).map(|number| format!("{}{}", words[number % 8], "en".repeat(number / 8))).collect::<Vec<_>>().join(" ")
}

/// The document as the pipeline hands it to the store.
fn document(entries: Vec<Entry>, feed: Id) -> (Vec<NewEntry>, Vec<i64>) {
    let identified = dedup::identify(&entries, None);
    let scope = |key: Option<i64>| key.map(|key| dedup::in_feed(key, feed));
    let new = entries.into_iter().zip(identified.entries).map(|(entry, one)| {
        let scoped = Scoped {
            guid: scope(one.own_guid),
            path: scope(one.path),
            link: scope(one.keys.link),
            title: scope(one.title),
            text: dedup::in_feed(one.text, feed),
            is_opaque: one.is_opaque,
        };
        NewEntry { entry, keys: one.keys, text: one.text, scoped, take: Take::Post, told: None }
    });
    (new.collect(), identified.shared.into_iter().map(|key| dedup::in_feed(key, feed)).collect())
}

async fn poll(stage: &Stage, entries: &[Entry], now: Timestamp) -> Remembered {
    let feed = stage.feed("f").await;
    poll_on(&stage.store, feed, entries, now).await
}

async fn poll_on(store: &Store, feed: Id, entries: &[Entry], now: Timestamp) -> Remembered {
    let (_, lease) = store.claim_feed("f", OWNER, now, SPAN).await.unwrap().expect("nobody else polls it");
    let (new, shared) = document(entries.to_vec(), feed);
    store.record_polls(vec![read(lease, new, shared)], dedup::same_story, now).await.remove(0).unwrap()
}

/// What is noted of the feed's only item.
async fn merges(stage: &Stage) -> Vec<Merge> {
    let items = stage.store.items(Default::default(), 10).await.unwrap();
    assert_eq!(items.len(), 1);
    stage.store.merges_of(items[0].id).await.unwrap()
}

on_both! {
    async fn an_entry_that_takes_up_its_old_guid_again_is_looked_at_like_any_other_that_changed(stage) {
        let entry = |guid: &str| told(guid, "https://x.example/a", "A b c", &article());
        for (day, (guid, noted)) in [("g-1", 0), ("g-1", 0), ("g-2", 1), ("g-2", 1), ("g-1", 2), ("g-1", 2)].into_iter().enumerate() {
            let now = at((i64::try_from(day).unwrap() + 1) * 86_400);
            let remembered = poll(stage, &[entry(guid)], now).await;
            assert_eq!((remembered.known, merges(stage).await.len()), (usize::from(day > 0), noted), "day {day}");
        }
    }

    async fn an_entry_that_comes_back_changed_is_one_item_and_is_said_to_be(stage) {
        let text = article();
        let table = [
            ("http to https", told("http://x.example/?p=1", "http://x.example/a", "A b c", ""), told("https://x.example/?p=1", "https://x.example/a", "A b c", ""), Some(Rung::Guid)),
            ("another host", told("https://old.example/?p=1", "https://old.example/a", "A b c", ""), told("https://new.example/?p=1", "https://new.example/a", "A b c", ""), Some(Rung::Path)),
            ("another host, in a tag", told("tag:old.example,2026:1", "https://old.example/a", "A b c", ""), told("tag:new.example,2026:1", "https://new.example/b", "A b c!", ""), Some(Rung::Path)),
            ("other GUIDs", told("1", "https://x.example/a", "A b c", ""), told("urn:uuid:7", "https://x.example/a", "A b c", ""), Some(Rung::Link)),
            ("other GUIDs and the AMP twin", told("1", "https://x.example/a", "A b c", ""), told("2", "https://m.x.example/a/amp?utm_source=rss", "A b c", ""), Some(Rung::Link)),
            ("other GUIDs, no titles", told("1", "https://x.example/a", "", "Coffee in the sun"), told("2", "https://x.example/a", "", "Coffee in the sun."), Some(Rung::Link)),
            ("the headline edited, GUID and link as they were", told("g", "https://x.example/a", "A b c", ""), told("g", "https://x.example/a", "Quite other words", ""), None),
            ("the link moved", told("g", "https://x.example/a", "A b c", ""), told("g", "https://x.example/b", "A b c", ""), Some(Rung::Guid)),
            ("published again, the body corrected", told("g", "https://x.example/a", "A b c", &text), told("h", "https://x.example/b", "A b c", &text.replace("alder ", "older ")), Some(Rung::Text)),
            ("published again, the title corrected", told("g", "https://x.example/teh", "Teh great tree", &text), told("h", "https://x.example/the", "The great tree", &text), Some(Rung::Text)),
            ("another system, with the old dates", dated(told("g", "https://x.example/a", "A b c", "x"), -300), dated(told("h", "https://x.example/b", "A b c", "y"), -300), Some(Rung::Text)),
            ("it lost its GUID", told("g", "https://x.example/a", "A b c", ""), told("", "https://x.example/a", "A b c", ""), None),
            ("nothing but a text", told("", "", "A b c", "Body"), told("", "", " a B c", "<p>body</p>"), None),
        ];
        for (number, (what, first, second, rung)) in table.into_iter().enumerate() {
            let now = at(number as i64 * 10_000_000);
            let old = poll(stage, std::slice::from_ref(&first), now).await.new;
            assert_eq!(old.len(), 1, "{what}: {first:?}");
            for round in 1..=2 {
                let again = poll(stage, std::slice::from_ref(&second), now.plus(SPAN * round)).await;
                assert_eq!((again.new.len(), again.known), (0, 1), "{what}, round {round}");
            }
            let merges = stage.store.merges_of(old[0]).await.unwrap();
            assert_eq!(merges.iter().map(|merge| (merge.rung, merge.how)).collect::<Vec<_>>(), rung.map(|rung| (rung, MergeKind::Later)).into_iter().collect::<Vec<_>>(), "{what}");
            for merge in merges {
                let guids = if first.guid != second.guid { (first.guid.clone(), second.guid.clone()) } else { Default::default() };
                assert_eq!((merge.was.guid, merge.told.guid), guids, "{what}");
            }
            // What it was once known by stays its own.
            poll(stage, &[], now.plus(SPAN * 3)).await;
            assert_eq!(poll(stage, std::slice::from_ref(&first), now.plus(SPAN * 4)).await.new.len(), 0, "{what}, back again");
            poll(stage, &[], now.plus(SPAN * 5)).await;
            clear(stage).await;
        }
    }

    async fn two_entries_that_look_alike_stay_two(stage) {
        let text = article();
        let table = [
            ("both are in the document", vec![], vec![told("https://a.example/?p=1", "https://a.example/1", "A b c", &text), told("https://a.example/?p=2", "https://a.example/2", "A b c", &text)]),
            ("a planet's first posts", vec![told("https://a.example/?p=1", "https://a.example/1", "Hello world", "")], vec![told("https://b.example/?p=1", "https://b.example/1", "Hello world", ""), told("https://c.example/?p=9", "https://c.example/9", "Nine", "")]),
            ("one path, another story", vec![told("https://a.example/1", "https://a.example/1", "A b c", "")], vec![told("https://b.example/1", "https://b.example/1", "D e f", "")]),
            ("a live page", vec![told("1", "https://a.example/live", "Monday", "")], vec![told("2", "https://a.example/live", "Tuesday", "")]),
            ("the daily post", vec![dated(told("1", "https://a.example/1", "Open thread today", "Talk."), -1)], vec![dated(told("2", "https://a.example/2", "Open thread today", "Talk."), 0)]),
            ("the weekly reminder", vec![dated(told("1", "https://a.example/1", "We meet again", &text), -7)], vec![dated(told("2", "https://a.example/2", "We meet again", &text), 0)]),
            ("a number in the title", vec![told("1", "https://a.example/1", "Part 12 of it", &text)], vec![told("2", "https://a.example/2", "Part 13 of it", &text)]),
            ("another word in the title", vec![told("1", "https://a.example/1", "The northern coast", &text)], vec![told("2", "https://a.example/2", "The southern coast", &text)]),
            ("a counter that began anew", vec![dated(told("1", "https://a.example/1", "A b c", ""), -90)], vec![dated(told("1", "https://a.example/new/1", "D e f", ""), 0)]),
            ("two links that differ in a parameter", vec![told("", "https://a.example/?id=1", "A b c", "")], vec![told("", "https://a.example/?id=2", "A b c", "")]),
            ("one link, no GUIDs, two stories", vec![], vec![told("", "https://a.example/p", "A b c", ""), told("", "https://a.example/p", "D e f", "")]),
            ("one GUID under everything", vec![], vec![told("g", "https://a.example/1", "A", ""), told("g", "https://a.example/2", "B", ""), told("g", "https://a.example/3", "C", "")]),
            ("notes without titles", vec![told("1", "https://a.example/1", "", "Coffee in the sun")], vec![told("2", "https://a.example/2", "", "Coffee in the sun")]),
        ];
        for (number, (what, first, second)) in table.into_iter().enumerate() {
            let now = at(number as i64 * 10_000_000);
            let count = second.len();
            poll(stage, &first, now).await;
            let new = poll(stage, &second, now.plus(SPAN)).await.new;
            assert_eq!(new.len(), count, "{what}");
            assert_eq!(poll(stage, &second, now.plus(SPAN * 2)).await.known, count, "{what}, again");
            for id in new {
                assert_eq!(stage.store.merges_of(id).await.unwrap(), [], "{what}");
            }
            clear(stage).await;
        }
    }

    async fn a_feed_that_numbers_its_entries_by_their_place_loses_none_and_doubles_none(stage) {
        let numbered = |names: &[&str]| -> Vec<Entry> {
            let one = |(number, name): (usize, &&str)| told(&number.to_string(), &format!("https://a.example/{name}"), name, "");
            names.iter().enumerate().map(one).collect()
        };
        let all_dated = |entries: Vec<Entry>| -> Vec<Entry> { entries.into_iter().map(|entry| dated(entry, -1)).collect() };
        let edited = vec![told("0", "https://a.example/alpha", "Quite other words", ""), told("1", "https://a.example/b", "Beta!", "")];
        for (number, (what, first, second, new)) in [
            ("one in front, all shift", numbered(&["alpha", "beta", "gamma"]), numbered(&["delta", "alpha", "beta", "gamma"]), 1),
            ("one in front, all shift, of one day", all_dated(numbered(&["alpha", "beta", "gamma"])), all_dated(numbered(&["delta", "alpha", "beta", "gamma"])), 1),
            ("the last falls out", numbered(&["alpha", "beta", "gamma"]), numbered(&["delta", "alpha", "beta"]), 1),
            ("all are new", numbered(&["alpha", "beta"]), numbered(&["gamma", "delta"]), 2),
            ("the first is taken down", numbered(&["alpha", "beta", "gamma"]), numbered(&["beta", "gamma"]), 0),
            ("the order is turned", numbered(&["alpha", "beta", "gamma"]), numbered(&["gamma", "beta", "alpha"]), 0),
            ("a title edited here, a link there", numbered(&["alpha", "beta"]), edited, 0),
        ].into_iter().enumerate() {
            let now = at(number as i64 * 10_000_000);
            assert_eq!(poll(stage, &first, now).await.new.len(), first.len(), "{what}");
            for round in 1..=3 {
                let again = poll(stage, &second, now.plus(SPAN * round)).await;
                let new = if round == 1 { new } else { 0 };
                assert_eq!((again.new.len(), again.known), (new, second.len() - new), "{what}, round {round}");
            }
            assert_eq!(poll(stage, &first, now.plus(SPAN * 4)).await.new.len(), 0, "{what}, back again");
            clear(stage).await;
        }
    }

    async fn an_id_that_comes_twice_in_a_document_is_one_item_and_told_once(stage) {
        let twice = [told("g", "https://a.example/1", "A b c", ""), told("g", "https://a.example/1", "A b c, corrected", "")];
        for round in 0..3 {
            let remembered = poll(stage, &twice, at(round * 3_600)).await;
            assert_eq!((remembered.new.len(), remembered.known), if round == 0 { (1, 1) } else { (0, 2) });
        }
        let merges = merges(stage).await;
        assert_eq!(merges.len(), 1, "{merges:?}");
        assert_eq!((merges[0].rung, merges[0].how), (Rung::Guid, MergeKind::Twice));
        assert_eq!(merges[0].told.title.as_deref(), Some("A b c, corrected"));
    }

    async fn a_feed_that_changes_its_guids_with_every_poll_fills_no_store(stage) {
        for round in 0..30 {
            let new = poll(stage, &[told(&format!("guid-{round}"), "https://a.example/1", "A b c", "")], at(round * 3_600)).await.new;
            assert_eq!(new.len(), usize::from(round == 0));
        }
        assert_eq!(merges(stage).await.len(), 16);
    }

    async fn what_stood_in_the_last_document_as_it_is_is_known_without_its_keys(stage) {
        let page = |number: u32| told(&format!("g-{number}"), &format!("https://a.example/{number}"), &format!("Title {number}"), "");
        let pages = |numbers: std::ops::Range<u32>| numbers.map(page).collect::<Vec<_>>();
        assert_eq!(poll(stage, &pages(0..20), at(0)).await.new.len(), 20);
        assert_eq!(poll(stage, &pages(1..21), at(60)).await.known, 19);
        execute(stage, &["DELETE FROM fresh_keys", "DELETE FROM entry_keys"]).await;
        let third = poll(stage, &pages(2..22), at(120)).await;
        assert_eq!((third.known, third.new.len()), (19, 1));
        // what the last document didn't have is looked up
        assert_eq!(poll(stage, &pages(0..2), at(180)).await.new.len(), 2);
        execute(stage, &["UPDATE windows SET entries = 'damaged'"]).await;
        assert_eq!(poll(stage, &pages(0..2), at(240)).await.known, 2);
    }

    async fn keys_are_known_for_ever_wherever_they_lie(stage) {
        let page = |number: u32| told(&format!("g-{number}"), &format!("https://a.example/{number}"), &format!("Title {number}"), "");
        // few at a time and many at once
        let (mut from, mut round) = (0, 0);
        while from < 700 {
            let many = [1, 3, 2, 40, 1, 5][round as usize % 6];
            let new = poll(stage, &(from..from + many).map(page).collect::<Vec<_>>(), at(round * 3_600)).await.new;
            assert_eq!(new.len(), many as usize, "round {round}");
            (from, round) = (from + many, round + 1);
        }
        execute(stage, &["DELETE FROM windows"]).await;
        let again = poll(stage, &(0..from).map(page).collect::<Vec<_>>(), at(round * 3_600)).await;
        assert_eq!((again.known, again.new.len()), (from as usize, 0));
        let moved: Vec<Entry> = (0..from).step_by(7).map(|number| told("", &format!("https://a.example/{number}"), "Quite other words", "")).collect();
        let by_link = poll(stage, &moved, at((round + 1) * 3_600)).await;
        assert_eq!((by_link.known, by_link.new.len()), (moved.len(), 0));
    }

    async fn what_a_wirepress_remembered_that_did_not_keep_a_feeds_keys_together_is_known(stage) {
        let page = |guid: &str, number: u32| told(guid, &format!("https://a.example/{number}"), &format!("Title {}", char::from(b'a' + number as u8)), "");
        let old = [page("g-1", 1), page("g-2", 2), page("everybody's", 3), page("everybody's", 4), page("everybody's", 5)];
        let items = poll(stage, &old, at(0)).await.new;
        stage.feed("another").await;
        let (feed, of) = (stage.feed("f").await, |entry: &Entry| dedup::identify(std::slice::from_ref(entry), None).entries[0]);
        let mut statements = vec![
            "DROP TABLE fresh_keys".to_owned(),
            "DROP TABLE key_filters".to_owned(),
            "DROP TABLE entry_keys".to_owned(),
            "DELETE FROM _sqlx_migrations WHERE version >= 23".to_owned(),
            "CREATE TABLE feed_keys (hash BIGINT NOT NULL PRIMARY KEY, item BIGINT NOT NULL, mark BIGINT)".to_owned(),
            format!("INSERT INTO feed_keys (hash, item) VALUES ({}, 0)", dedup::scoped(of(&old[2]).own_guid.unwrap(), feed)),
        ];
        for (entry, item) in old.iter().zip(&items) {
            let (guid, link) = (dedup::scoped(of(entry).own_guid.unwrap(), feed), dedup::scoped(of(entry).keys.link.unwrap(), feed));
            let item = item.to_i64();
            statements.push(format!("INSERT INTO feed_keys (hash, item) VALUES ({link}, {item})"));
            statements.push(format!("INSERT INTO feed_keys (hash, item) VALUES ({guid}, {item}) ON CONFLICT DO NOTHING"));
            statements.push(format!("UPDATE items SET own_guid = {guid} WHERE id = {item}"));
        }
        execute(stage, &statements).await;
        let store = stage.another().await;

        let again = poll_on(&store, feed, &old, at(60)).await;
        assert_eq!((again.known, again.new.len()), (5, 0));
        for item in items {
            assert_eq!(store.merges_of(item).await.unwrap(), [], "nothing changed");
        }
        assert_eq!(poll_on(&store, feed, &[page("everybody's", 6)], at(120)).await.new.len(), 1, "proves nothing for ever");
        assert_eq!(poll_on(&store, feed, &[page("", 1)], at(180)).await.known, 1, "by its link");
        store.close().await;
    }

    async fn a_misprint_in_what_an_older_wirepress_remembered_is_one_item_too(stage) {
        let text = article();
        poll(stage, &[told("g", "https://x.example/teh", "Teh great tree", &text)], at(0)).await;
        execute(stage, &["UPDATE items SET lead = NULL"]).await;
        let corrected = poll(stage, &[told("h", "https://x.example/the", "The great tree", &text)], at(60)).await;
        assert_eq!((corrected.known, corrected.new.len()), (1, 0));
    }

    async fn a_misprint_in_a_headline_that_was_changed_since_is_one_item_too(stage) {
        let text = article();
        let old = poll(stage, &[told("g", "https://x.example/a", "Some first words of it", &text)], at(0)).await.new[0];
        execute(stage, &["INSERT INTO changes (item, entry, since, due) SELECT id, '{}', 0, 0 FROM items"]).await;
        let (_, lease) = stage.store.claim_change(OWNER, at(9), SPAN).await.unwrap().expect("a change");
        stage.store.change_unprepared(lease, &told("g", "https://x.example/a", "Teh great tree", &text)).await.unwrap();
        assert_eq!(stage.item(old).await.title, "Teh great tree");
        let corrected = poll(stage, &[told("h", "https://x.example/b", "The great tree", &text)], at(60)).await;
        assert_eq!((corrected.known, corrected.new.len()), (1, 0));
    }

    async fn a_guid_that_was_everybodys_once_is_nobodys_for_ever(stage) {
        let page = |number: u32| told("g", &format!("https://a.example/{number}"), &format!("Title {}", char::from(b'a' + number as u8)), "");
        assert_eq!(poll(stage, &[page(1), page(2), page(3)], at(0)).await.new.len(), 3);
        assert_eq!(poll(stage, &[page(4)], at(60)).await.new.len(), 1, "alone in the document");
        assert_eq!(poll(stage, &[page(4), page(3)], at(120)).await.known, 2);
    }

    async fn another_feeds_entry_that_a_site_has_is_noted_with_its_rung(stage) {
        let published = stage.published("a").await;
        let first = stage.one(published).await;
        let (item, lease) = stage.preparing("other", "a").await;
        stage.store.decide(lease, &Default::default(), &[new_delivery(first.site, &item, 0, ready())], at(9)).await.unwrap();
        let noted = stage.store.merges_of(item.id).await.unwrap();
        assert_eq!(noted, stage.store.merges_of(first.item).await.unwrap());
        let told: Vec<_> = noted.iter().map(|merge| (merge.item, merge.other, merge.rung, merge.how)).collect();
        assert_eq!(told, [(first.item, Some(item.id), Rung::Guid, MergeKind::Feed)]);
        assert_eq!(stage.item(item.id).await.state, ItemState::Decided);
    }
}

/// Takes the items out of the next case's way.
async fn clear(stage: &Stage) {
    execute(stage, &["DELETE FROM merges", "DELETE FROM windows", "DELETE FROM fresh_keys", "DELETE FROM entry_keys", "DELETE FROM items"])
        .await;
}

/// What nobody but a test does to a store.
async fn execute(stage: &Stage, statements: &[impl AsRef<str>]) {
    use sqlx::Connection;
    for sql in statements {
        let sql = || sqlx::AssertSqlSafe(sql.as_ref().to_owned());
        if stage.is_sqlite() {
            let mut one = sqlx::SqliteConnection::connect(&stage.url).await.unwrap();
            sqlx::query(sql()).execute(&mut one).await.unwrap();
        } else {
            let mut one = sqlx::PgConnection::connect(&stage.url).await.unwrap();
            sqlx::query(sql()).execute(&mut one).await.unwrap();
        }
    }
}
