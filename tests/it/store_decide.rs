//! `decide`: one delivery a site, once, whichever feed and whichever worker comes first.

use wirepress::domain::{Decision, DeliveryState, Draft, Hold, HoldKind, Id, ItemState};
use wirepress::store::{Decided, Fate};

use crate::store_stage::*;

fn hold() -> Hold {
    Hold { kind: HoldKind::NearDuplicate, because: "like another".to_owned() }
}

/// Prepares entry `guid` of `feed` and decides it for `site` with `fate`.
async fn decide(stage: &Stage, feed: &str, guid: &str, site: Id, generation: u32, fate: Fate) -> Decided {
    let (item, lease) = stage.preparing(feed, guid).await;
    let new = new_delivery(site, &item, generation, fate);
    stage.store.decide(lease, &Decision::default(), &[new], at(0)).await.unwrap().remove(0)
}

/// The item that is due next is prepared again and decided for `site`.
async fn decide_again(stage: &Stage, site: Id, fate: Fate) -> Decided {
    let (item, lease) = stage.store.claim_items(OWNER, at(900), 1, SPAN).await.unwrap().remove(0);
    let new = new_delivery(site, &item, item.generation, fate);
    stage.store.decide(lease, &Decision::default(), &[new], at(900)).await.unwrap().remove(0)
}

on_both! {
    async fn each_site_gets_a_delivery_ready_held_or_skipped(stage) {
        let (a, b, c) = (stage.site("a").await, stage.site("b").await, stage.site("c").await);
        let (item, lease) = stage.preparing("f", "x").await;
        let new = [
            new_delivery(a, &item, 0, ready()),
            new_delivery(b, &item, 0, Fate::Held(draft("held"), hold())),
            new_delivery(c, &item, 0, Fate::Skipped),
        ];
        let decision = Decision { because: Some("chosen".to_owned()), ..Decision::default() };
        let decided = stage.store.decide(lease, &decision, &new, at(3)).await.unwrap();
        assert_eq!(decided.iter().map(|one| (one.site, one.joined)).collect::<Vec<_>>(), [(a, false), (b, false), (c, false)]);
        let deliveries = stage.store.deliveries_of(item.id).await.unwrap();
        let seen: Vec<_> = deliveries.iter().map(|d| (d.state, d.hold.clone(), d.draft.clone())).collect();
        assert_eq!(
            seen,
            [
                (DeliveryState::Ready, None, Some(draft("ready"))),
                (DeliveryState::Held, Some(hold()), Some(draft("held"))),
                (DeliveryState::Skipped, None, None),
            ]
        );
        assert_eq!((&*deliveries[0].key, &*deliveries[0].slug), (&*new[0].key, &*new[0].slug));
        let item = stage.item(item.id).await;
        assert_eq!((item.state, item.decision), (ItemState::Decided, decision));
    }

    async fn the_same_entry_from_another_feed_joins_the_delivery(stage) {
        let site = stage.site("site").await;
        let first = decide(stage, "f", "x", site, 0, ready()).await;
        let second = decide(stage, "g", "x", site, 0, ready()).await;
        assert_eq!((second.delivery, second.joined), (first.delivery, true));
        let delivery = stage.one(first.delivery).await;
        let other = stage.store.items(Default::default(), 1).await.unwrap().remove(0);
        assert_ne!(delivery.item, other.id);
        assert_eq!(stage.store.deliveries_of(other.id).await.unwrap(), [delivery]);
    }

    async fn the_same_entry_goes_to_two_sites_once_each(stage) {
        let (a, b) = (stage.site("a").await, stage.site("b").await);
        let first = decide(stage, "f", "x", a, 0, ready()).await;
        let second = decide(stage, "g", "x", b, 0, ready()).await;
        assert!(!first.joined && !second.joined);
        assert_ne!(first.delivery, second.delivery);
    }

    async fn eight_workers_that_decide_one_entry_at_once_make_one_delivery(stage) {
        let site = stage.site("site").await;
        let mut workers = tokio::task::JoinSet::new();
        for number in 0..8 {
            let feed = format!("f{number}");
            // One GUID each, so that only the link, a lower rung, shows that they are one.
            let link = Some("https://news.example/x");
            stage.poll(&feed, vec![entry_with(&feed, Some(&feed), link, "Title")]).await;
        }
        for _ in 0..8 {
            let store = stage.another().await;
            workers.spawn(async move {
                let (item, lease) = store.claim_items(OWNER, at(0), 1, SPAN).await.unwrap().remove(0);
                let new = new_delivery(site, &item, 0, ready());
                store.decide(lease, &Decision::default(), &[new], at(0)).await.unwrap().remove(0)
            });
        }
        let decided = workers.join_all().await;
        assert_eq!(decided.iter().filter(|one| !one.joined).count(), 1, "{decided:?}");
        assert!(decided.iter().all(|one| one.delivery == decided[0].delivery), "{decided:?}");
        assert_eq!(stage.store.counts().await.unwrap().deliveries["ready"], 1);
    }

    async fn a_rules_skip_keeps_nobody_elses_accepted_entry_away(stage) {
        let site = stage.site("site").await;
        let skipped = decide(stage, "f", "x", site, 0, Fate::Skipped).await;
        let accepted = decide(stage, "g", "x", site, 0, ready()).await;
        assert!(!accepted.joined);
        let delivery = stage.one(accepted.delivery).await;
        assert_eq!((delivery.state, delivery.id), (DeliveryState::Ready, skipped.delivery));
        let again = decide(stage, "h", "x", site, 0, Fate::Skipped).await;
        assert!(again.joined);
        assert_eq!(stage.one(accepted.delivery).await.state, DeliveryState::Ready);
    }

    async fn a_persons_skip_holds_for_every_feed(stage) {
        let site = stage.site("site").await;
        let first = decide(stage, "f", "x", site, 0, ready()).await;
        stage.store.skip_delivery(first.delivery, "no").await.unwrap();
        let second = decide(stage, "g", "x", site, 0, ready()).await;
        assert!(second.joined);
        assert_eq!(stage.one(first.delivery).await.state, DeliveryState::Skipped);
    }

    async fn a_revived_item_lives_in_its_old_delivery_if_nothing_was_sent(stage) {
        let site = stage.site("site").await;
        let first = decide(stage, "f", "x", site, 0, ready()).await;
        let item = stage.one(first.delivery).await.item;
        stage.store.skip_delivery(first.delivery, "no").await.unwrap();
        stage.store.revive_item(item, at(900)).await.unwrap();
        assert_eq!(stage.item(item).await.generation, 0);
        let again = decide_again(stage, site, Fate::Ready(draft("second"))).await;
        assert_eq!((again.delivery, again.joined), (first.delivery, false));
        let delivery = stage.one(first.delivery).await;
        assert_eq!((delivery.state, delivery.draft), (DeliveryState::Ready, Some(draft("second"))));
    }

    async fn a_revived_item_that_was_posted_gets_a_delivery_of_the_next_generation(stage) {
        let first = stage.published("x").await;
        let (item, site) = (stage.one(first).await.item, stage.one(first).await.site);
        stage.store.withdraw_published(first, "undo").await.unwrap();
        stage.store.revive_item(item, at(900)).await.unwrap();
        assert_eq!(stage.item(item).await.generation, 1);
        let second = decide_again(stage, site, ready()).await;
        assert!(!second.joined);
        assert_ne!(second.delivery, first);
        assert_ne!(stage.one(second.delivery).await.key, stage.one(first).await.key);
        // From now on the new one has the entry on this site.
        let other = decide(stage, "g", "x", site, 0, ready()).await;
        assert_eq!((other.delivery, other.joined), (second.delivery, true));
    }

    async fn what_was_withdrawn_does_not_come_back_from_another_feed(stage) {
        let first = stage.published("x").await;
        let site = stage.one(first).await.site;
        stage.store.withdraw_published(first, "a person trashed it").await.unwrap();
        let other = decide(stage, "g", "x", site, 0, ready()).await;
        assert_eq!((other.delivery, other.joined), (first, true));
        assert_eq!(stage.one(first).await.state, DeliveryState::Withdrawn);
    }

    async fn a_draft_comes_back_as_it_was_stored(stage) {
        let mut full = draft("Ünï\"cödé \\ '");
        full.terms = vec![wirepress::domain::Term {
            taxonomy: "tags".to_owned(),
            name: "R&D".to_owned(),
            new: wirepress::domain::NewTerms::Create,
            from: "wirepress.toml:23".to_owned(),
            parents: vec!["Work".to_owned()],
            also: vec!["Research".to_owned()],
            raw: true,
        }];
        full.date = Some(at(1));
        full.image = Some(wirepress::domain::DraftImage { sha256: "ab".repeat(32), ..Default::default() });
        let site = stage.site("site").await;
        let decided = decide(stage, "f", "x", site, 0, Fate::Ready(full.clone())).await;
        assert_eq!(stage.one(decided.delivery).await.draft, Some(full));
        assert_ne!(stage.one(decided.delivery).await.draft, Some(Draft::default()));
    }
}
