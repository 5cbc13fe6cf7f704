//! Contests: of what a window holds only the best go out, once it has ended, and never more; and how often rules matched.

use std::collections::BTreeMap;

use wirepress::domain::{Decision, DeliveryState, Id, Timestamp};
use wirepress::store::{Contest, Decided, Ended, Fate, Matches, NewDelivery};

use crate::store_stage::*;

/// Decides entry `guid` for the contest that ends at second 100.
async fn put(stage: &Stage, guid: &str, site: Id, score: i32, second: i64) -> Decided {
    let (item, lease) = stage.preparing("f", guid).await;
    let contest = Contest { among: "feed f".to_owned(), most: 2, until: at(100), score };
    let fate = Fate::Contest(draft(guid), contest);
    let new = NewDelivery { due: at(100), ..new_delivery(site, &item, 0, fate) };
    stage.store.decide(lease, &Decision::default(), &[new], at(second)).await.unwrap().remove(0)
}

async fn end(stage: &Stage, site: Id, second: i64) -> Ended {
    let lease = stage.store.claim_site(site, OWNER, at(second), SPAN).await.unwrap().expect("nobody else writes to it");
    let ended = stage.store.end_contests(&lease, at(second)).await.unwrap();
    stage.store.release_site(lease).await.unwrap();
    ended
}

async fn claimed(stage: &Stage, site: Id, second: i64) -> Vec<Id> {
    let lease = stage.store.claim_site(site, OWNER, at(second), SPAN).await.unwrap().expect("nobody else writes to it");
    let claimed = stage.store.claim_deliveries(&lease, at(second), 10, SPAN).await.unwrap();
    stage.store.release_site(lease).await.unwrap();
    claimed.into_iter().map(|(delivery, _)| delivery.id).collect()
}

on_both! {
    async fn the_best_go_out_when_the_window_ends_and_no_sooner(stage) {
        let site = stage.site("site").await;
        let mut made = Vec::new();
        for (guid, score) in [("a", 1), ("b", 7), ("c", 3), ("d", 3)] {
            made.push(put(stage, guid, site, score, 10).await.delivery);
        }
        assert_eq!(end(stage, site, 99).await, Ended::default());
        assert_eq!(claimed(stage, site, 99).await, []);
        // due, but not decided: nothing goes out before the contest has ended
        assert_eq!(claimed(stage, site, 101).await, []);
        assert_eq!(end(stage, site, 101).await, Ended { won: 2, beaten: 2 });
        assert_eq!(end(stage, site, 102).await, Ended::default());

        let mut told = Vec::new();
        for id in &made {
            let one = stage.one(*id).await;
            told.push((one.state, one.decision.best.or(one.decision.because).unwrap_or_default()));
        }
        let place = |place: u32, score: i32| (DeliveryState::Ready, format!("place {place} of the best 2 (feed f, until {}), with score {score}", at(100)));
        let beaten = |score: i32| (DeliveryState::Skipped, format!("not one of the best 2 (feed f, until {}): its score is {score}, the last of them has 3", at(100)));
        assert_eq!(told, [beaten(1), place(1, 7), place(2, 3), beaten(3)]);
        let mut out = claimed(stage, site, 103).await;
        out.sort();
        assert_eq!(out, [made[1], made[2]]);
    }

    async fn who_comes_late_finds_the_places_taken(stage) {
        let site = stage.site("site").await;
        put(stage, "a", site, 1, 10).await;
        put(stage, "b", site, 1, 10).await;
        assert_eq!(end(stage, site, 101).await, Ended { won: 2, beaten: 0 });
        let late = put(stage, "c", site, 99, 102).await;
        assert_eq!(end(stage, site, 103).await, Ended { won: 0, beaten: 1 });
        assert_eq!(stage.one(late.delivery).await.state, DeliveryState::Skipped);
    }

    async fn what_was_beaten_lives_again_without_its_contest_when_a_person_wants_it(stage) {
        let site = stage.site("site").await;
        let waits = put(stage, "a", site, 1, 10).await.delivery;
        stage.store.retry_delivery(waits, at(20)).await.unwrap();
        assert_eq!(claimed(stage, site, 21).await, [waits], "it left the contest");

        for (guid, score) in [("b", 5), ("c", 5)] {
            put(stage, guid, site, score, 30).await;
        }
        let beaten = put(stage, "d", site, 1, 30).await.delivery;
        assert_eq!(end(stage, site, 101).await, Ended { won: 2, beaten: 1 });
        let item = stage.one(beaten).await.item;
        stage.store.revive_item(item, at(110)).await.unwrap();
        let (again, lease) = stage.store.claim_items(OWNER, at(111), 10, SPAN).await.unwrap().remove(0);
        let new = new_delivery(site, &again, again.generation, ready());
        let decided = stage.store.decide(lease, &Decision::default(), &[new], at(112)).await.unwrap().remove(0);
        assert_eq!((decided.delivery, decided.joined), (beaten, false));
        assert!(claimed(stage, site, 113).await.contains(&beaten));
    }

    async fn matches_are_counted_by_day(stage) {
        let day = 86_400;
        let noon = at(0);
        let store = &stage.store;
        store.count_matches(&BTreeMap::from([(1, 2), (2, 1)]), noon).await.unwrap();
        store.count_matches(&BTreeMap::from([(1, 3)]), noon).await.unwrap();
        store.count_matches(&BTreeMap::from([(1, 10)]), at(3 * day)).await.unwrap();
        store.count_matches(&BTreeMap::new(), at(3 * day)).await.unwrap();
        let midnight = |at: Timestamp| Some(Timestamp::from_unix(at.unix() - at.unix() % day));
        let all = store.matches(at(2 * day)).await.unwrap();
        assert_eq!(all.get(&1), Some(&Matches { lately: 10, in_all: 15, last: midnight(at(3 * day)) }));
        assert_eq!(all.get(&2), Some(&Matches { lately: 0, in_all: 1, last: midnight(noon) }));
        assert_eq!(all.len(), 2);
    }
}
