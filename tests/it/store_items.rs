//! Every arrow of an item's life, and what a worker that slept past its lease can't do.

use wirepress::domain::{Decision, DraftImage, ItemState, RuleTrace, Steps};
use wirepress::store::Scope;

use crate::store_stage::*;

fn because(text: &str) -> Decision {
    Decision { because: Some(text.to_owned()), ..Decision::default() }
}

on_both! {
    async fn a_seen_item_goes_to_one_worker_oldest_due_first(stage) {
        stage.poll("f", vec![entry("f", "a"), entry("f", "b"), entry("f", "c")]).await;
        let first = stage.store.claim_items(OWNER, at(0), 2, SPAN).await.unwrap();
        let second = stage.another().await.claim_items(OWNER, at(0), 2, SPAN).await.unwrap();
        let titles: Vec<_> = first.iter().chain(&second).map(|(item, _)| &*item.title).collect();
        assert_eq!(titles, ["Title a", "Title b", "Title c"]);
        assert_eq!(first[0].0.state, ItemState::Preparing);
    }

    async fn what_each_step_brought_outlives_a_crash(stage) {
        let (item, lease) = stage.preparing("f", "a").await;
        let steps = Steps { image: Some(Ok(DraftImage { url: "https://x.example/1.png".to_owned(), ..DraftImage::default() })), ..Steps::default() };
        stage.store.store_steps(&lease, &steps).await.unwrap();
        let _ = lease; // the process dies here
        assert_eq!(stage.store.claim_items(OWNER, at(119), 1, SPAN).await.unwrap().len(), 0);
        let (again, _) = stage.store.claim_items(OWNER, at(120), 1, SPAN).await.unwrap().remove(0);
        assert_eq!((again.id, again.steps, again.attempts), (item.id, steps, 1));
    }

    async fn a_skipped_item_says_why_for_ever(stage) {
        let (item, lease) = stage.preparing("f", "a").await;
        let rule = RuleTrace { at: "wirepress.toml:3".to_owned(), when: "words < 30".to_owned(), ..RuleTrace::default() };
        let decision = Decision { rules: vec![rule], ..because("advert") };
        stage.store.skip(lease, &decision).await.unwrap();
        let item = stage.item(item.id).await;
        assert_eq!((item.state, item.decision), (ItemState::Skipped, decision));
    }

    async fn a_failed_try_comes_again_when_it_is_due(stage) {
        let (item, lease) = stage.preparing("f", "a").await;
        stage.store.retry_item_at(lease, at(300), "the page timed out").await.unwrap();
        assert_eq!(stage.store.claim_items(OWNER, at(299), 1, SPAN).await.unwrap().len(), 0);
        assert_eq!(stage.store.next_due(at(0)).await.unwrap().prepare, Some(at(300)));
        let (again, _) = stage.store.claim_items(OWNER, at(300), 1, SPAN).await.unwrap().remove(0);
        assert_eq!((again.id, again.attempts, again.error.as_deref()), (item.id, 1, Some("the page timed out")));
    }

    async fn a_released_item_counts_no_failure(stage) {
        let (item, lease) = stage.preparing("f", "a").await;
        stage.store.release_item(lease).await.unwrap();
        let item = stage.item(item.id).await;
        assert_eq!((item.state, item.attempts, item.due), (ItemState::Seen, 0, at(0)));
    }

    async fn a_stale_lease_changes_nothing_about_an_item(stage) {
        let (item, slept) = stage.preparing("f", "a").await;
        let (_, awake) = stage.store.claim_items(OWNER, at(120), 1, SPAN).await.unwrap().remove(0);
        let before = stage.item(item.id).await;
        let site = stage.site("site").await;
        assert_stale(stage.store.store_steps(&slept, &Steps { image: Some(Err("late".to_owned())), ..Steps::default() }).await);
        let mut slept = slept;
        assert_stale(stage.store.extend_item(&mut slept, at(999)).await);
        let new = new_delivery(site, &item, 0, ready());
        assert_stale(stage.store.decide(slept, &because("late"), &[new], at(121)).await);
        assert_eq!(stage.item(item.id).await, before);
        assert_eq!(stage.store.deliveries_of(item.id).await.unwrap(), []);

        let (_, third) = stage.store.claim_items(OWNER, at(240), 1, SPAN).await.unwrap().remove(0);
        assert_stale(stage.store.skip(awake, &because("late")).await);
        let (_, _fourth) = stage.store.claim_items(OWNER, at(360), 1, SPAN).await.unwrap().remove(0);
        assert_stale(stage.store.retry_item_at(third, at(999), "late").await);
        assert_eq!(stage.item(item.id).await.decision, Decision::default());
    }

    async fn an_extended_lease_is_not_claimed_at_its_old_end(stage) {
        let (_, mut lease) = stage.preparing("f", "a").await;
        stage.store.extend_item(&mut lease, at(500)).await.unwrap();
        assert_eq!(lease.until(), at(500));
        assert_eq!(stage.store.claim_items(OWNER, at(499), 1, SPAN).await.unwrap().len(), 0);
        assert_eq!(stage.store.next_due(at(499)).await.unwrap().prepare, Some(at(500)));
        stage.store.skip(lease, &because("in time")).await.unwrap();
    }

    async fn a_person_can_skip_a_seen_item_and_bring_it_back(stage) {
        let id = stage.poll("f", vec![entry("f", "a")]).await.new[0];
        stage.store.skip_item(id, "not for us").await.unwrap();
        assert_eq!(stage.item(id).await.state, ItemState::Skipped);
        assert_eq!(refused(stage.store.skip_item(id, "again").await), format!("item {id} is skipped, so it can't be skipped"));
        stage.store.revive_item(id, at(50)).await.unwrap();
        let item = stage.item(id).await;
        assert_eq!((item.state, item.due, item.generation), (ItemState::Seen, at(50), 0));
    }

    async fn what_is_being_prepared_or_out_is_not_prepared_again(stage) {
        let (item, _lease) = stage.preparing("f", "a").await;
        assert_eq!(
            refused(stage.store.revive_item(item.id, at(1)).await),
            format!("item {} is preparing, so it can't be prepared again", item.id)
        );
        let published = stage.published("b").await;
        let item = stage.one(published).await.item;
        assert_eq!(refused(stage.store.revive_item(item, at(1)).await), format!("item {item} is decided, so it can't be prepared again"));
    }

    async fn items_of_a_paused_feed_rest(stage) {
        stage.poll("f", vec![entry("f", "a")]).await;
        stage.store.pause(&Scope::Feed("f".to_owned()), None, at(0)).await.unwrap();
        assert_eq!(stage.store.claim_items(OWNER, at(1), 1, SPAN).await.unwrap().len(), 0);
        assert_eq!(stage.store.next_due(at(1)).await.unwrap().prepare, None);
        stage.store.resume(&Scope::Feed("f".to_owned())).await.unwrap();
        assert_eq!(stage.store.claim_items(OWNER, at(1), 1, SPAN).await.unwrap().len(), 1);
    }

    async fn items_of_a_feed_that_is_not_configured_wait_until_it_is(stage) {
        let id = stage.feed("old").await;
        stage.poll("old", vec![entry("old", "a")]).await;
        stage.poll("new", vec![entry("new", "b")]).await;
        let feeds = |names: &[&str]| names.iter().map(|name| configured(name)).collect::<Vec<_>>();
        stage.store.sync_feeds(&feeds(&["new"]), at(1)).await.unwrap();
        let claimed = stage.store.claim_items(OWNER, at(1), 10, SPAN).await.unwrap();
        assert_eq!(claimed.iter().map(|(item, _)| &*item.title).collect::<Vec<_>>(), ["Title b"]);
        assert_eq!(stage.store.next_due(at(1)).await.unwrap().prepare, Some(at(121)), "only the lease of the one in work runs out");

        stage.store.sync_feeds(&feeds(&["new", "old"]), at(2)).await.unwrap();
        assert_eq!(stage.store.next_due(at(2)).await.unwrap().prepare, Some(at(0)));
        assert_eq!(stage.store.next_due_but(&[id], at(2)).await.unwrap().prepare, Some(at(121)));
        assert_eq!(stage.store.claim_items_but(&[id], OWNER, at(2), 10, SPAN).await.unwrap().len(), 0);
        assert_eq!(stage.store.claim_items(OWNER, at(2), 10, SPAN).await.unwrap().len(), 1);
    }
}
