//! A feed that looks like another is held once: what it brings is remembered, waits, and goes on when a person accepts it.

use wirepress::domain::{EntryLook, FeedFacts, ItemState, Judge, Judged, Profile, Watch};
use wirepress::store::{NewEntry, PollOutcome, Remembered, Store};

use crate::store_stage::*;

/// A document is another's if its first new entry leads to a casino; what was learnt counts the entries.
fn judge(known: Option<&Profile>, _: &FeedFacts, entries: &[(&EntryLook, bool)]) -> Judged {
    let new: Vec<&EntryLook> = entries.iter().filter(|(_, is_new)| *is_new).map(|(look, _)| *look).collect();
    if known.is_some() && new[0].site.as_deref() == Some("casino.example") {
        return Judged::Other("it writes of casinos".to_owned());
    }
    let known = known.cloned().unwrap_or_default();
    Judged::Same(Profile { entries: known.entries + new.len() as u32, ..known })
}

async fn poll_on(store: &Store, entries: Vec<NewEntry>, judge: Option<Judge>) -> Remembered {
    let (_, lease) = store.claim_feed("f", OWNER, at(0), SPAN).await.unwrap().expect("nobody else polls it");
    let looks = entries.iter().map(|new| wirepress::watch::look(&new.entry)).collect();
    let mut record = read(lease, entries, vec![]);
    if let PollOutcome::Read { watch, .. } = &mut record.outcome {
        *watch = judge.map(|judge| Watch { facts: FeedFacts::default(), looks, judge });
    }
    store.record_polls(vec![record], same_story, at(0)).await.remove(0).unwrap()
}

async fn poll(stage: &Stage, entries: Vec<NewEntry>) -> Remembered {
    stage.feed("f").await;
    poll_on(&stage.store, entries, Some(judge)).await
}

fn casino(number: u32) -> NewEntry {
    entry_with("f", Some(&format!("c{number}")), Some(&format!("https://casino.example/{number}")), &format!("casino {number}"))
}

on_both! {
    async fn a_feed_is_held_once_and_goes_on_when_it_is_accepted(stage) {
        assert_eq!(poll(stage, vec![entry("f", "a")]).await.held, None);
        let (first, _lease) = stage.store.claim_items(OWNER, at(0), 10, SPAN).await.unwrap().remove(0);
        let taken = poll(stage, vec![casino(1), casino(2)]).await;
        assert_eq!((taken.held.as_deref(), taken.new.len()), (Some("it writes of casinos"), 2));
        assert_eq!(poll(stage, vec![casino(3)]).await.held, None, "one alert");
        let row = stage.store.feed("f").await.unwrap().unwrap();
        assert_eq!(row.held, Some((at(0), "it writes of casinos".to_owned())));

        assert_eq!(stage.store.claim_items(OWNER, at(0), 10, SPAN).await.unwrap(), [], "nothing is prepared");
        let next = stage.store.next_due(at(0)).await.unwrap();
        assert_eq!(next.prepare, Some(at(0).plus(SPAN)), "only what was begun before: nobody wakes up for what waits");
        assert_eq!(stage.store.waiting_of(row.id).await.unwrap(), 3);

        assert!(stage.store.accept_feed("f").await.unwrap());
        assert!(!stage.store.accept_feed("f").await.unwrap(), "it is not held any more");
        let claimed = stage.store.claim_items(OWNER, at(0), 10, SPAN).await.unwrap();
        assert_eq!(claimed.len(), 3);
        assert!(claimed.iter().all(|(item, _)| item.id != first.id));
        assert_eq!(poll(stage, vec![casino(4)]).await.held, None, "it is learnt anew");
        assert_eq!(stage.store.feed("f").await.unwrap().unwrap().held, None);
        assert!(refused(stage.store.accept_feed("g").await).contains('g'));
    }

    async fn nothing_new_is_not_judged_and_nobody_judges_where_nobody_wants_to_know(stage) {
        poll(stage, vec![entry("f", "a")]).await;
        stage.store.feed("f").await.unwrap();
        assert_eq!(poll_on(&stage.store, vec![casino(1)], None).await.held, None);
        assert_eq!(poll(stage, vec![casino(1)]).await.held, None, "it is known");
        assert_eq!(poll(stage, vec![casino(1), casino(2)]).await.held.as_deref(), Some("it writes of casinos"));
    }

    async fn what_was_learnt_is_forgotten_with_the_address(stage) {
        poll(stage, vec![entry("f", "a")]).await;
        poll(stage, vec![casino(1)]).await;
        let moved = wirepress::store::ConfiguredFeed { url: "https://elsewhere.example/rss".to_owned(), ..configured("f") };
        stage.store.sync_feeds(&[moved], at(1)).await.unwrap();
        assert_eq!(stage.store.feed("f").await.unwrap().unwrap().held, None);
        assert_eq!(poll_on(&stage.store, vec![casino(2)], Some(judge)).await.held, None);
    }

    async fn a_held_feed_that_is_trusted_from_now_on_is_free(stage) {
        poll(stage, vec![entry("f", "a")]).await;
        poll(stage, vec![casino(1)]).await;
        assert!(stage.store.feed("f").await.unwrap().unwrap().held.is_some());
        let trusted = wirepress::store::ConfiguredFeed { is_trusted: true, ..configured("f") };
        let feed = stage.store.sync_feeds(&[trusted], at(1)).await.unwrap().remove("f").unwrap();
        assert_eq!(feed.held, None);
        assert_eq!(stage.store.claim_items(OWNER, at(1), 10, SPAN).await.unwrap().len(), 2, "what waited is prepared");
    }

    async fn a_dry_run_holds_too_and_holds_nothing_in_the_store(stage) {
        poll(stage, vec![entry("f", "a")]).await;
        let over = Store::over(Store::open_read_only(&stage.url).await.unwrap().unwrap()).await.unwrap();
        assert_eq!(poll_on(&over, vec![casino(1)], Some(judge)).await.held.as_deref(), Some("it writes of casinos"));
        let waiting = over.claim_items(OWNER, at(0), 10, SPAN).await.unwrap();
        assert_eq!(waiting, []);
        assert_eq!(stage.store.feed("f").await.unwrap().unwrap().held, None);
        assert_eq!(stage.store.items(Default::default(), 10).await.unwrap()[0].state, ItemState::Seen);
    }
}
