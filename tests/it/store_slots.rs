//! Moments that a site's writer gives: what has one, what wants one, and what counts.

use wirepress::domain::{DeliveryState, Id, Planned};
use wirepress::store::{Given, Read, Unplaced};

use crate::store_stage::*;

fn given(delivery: Id, second: i64, because: &str) -> Given {
    Given { delivery, planned: Planned { at: at(second), because: because.to_owned() }, due: at(second) }
}

async fn wants(stage: &Stage, site: Id, second: i64, late: i64) -> Vec<Unplaced> {
    stage.store.unplaced(site, at(second), at(late), 10).await.unwrap()
}

fn ids(unplaced: &[Unplaced]) -> Vec<Id> {
    unplaced.iter().map(|one| one.id).collect()
}

on_both! {
    async fn what_is_due_wants_a_moment_once_and_again_when_it_has_missed_it(stage) {
        let (one, two) = (stage.delivery("site", "a", ready()).await, stage.delivery("site", "b", ready()).await);
        let (site, writer) = (stage.site("site").await, stage.writer("site").await);
        assert_eq!(ids(&wants(stage, site, 0, 0).await), [one, two]);
        stage.store.give_slots(&writer, &[given(one, 100, "slot `09:00` of the site"), given(two, 200, "slot `10:00` of the site")]).await.unwrap();
        assert_eq!(ids(&wants(stage, site, 99, 39).await), []);
        assert!(stage.store.claim_deliveries(&writer, at(99), 10, SPAN).await.unwrap().is_empty(), "nothing goes out before its moment");
        let told = stage.one(one).await;
        assert_eq!(told.planned, Some(Planned { at: at(100), because: "slot `09:00` of the site".into() }));
        assert_eq!((told.state, told.due), (DeliveryState::Ready, at(100)));
        assert_eq!(ids(&wants(stage, site, 150, 90).await), [], "fifty seconds after it, it may go out still");
        let late = wants(stage, site, 161, 101).await;
        assert_eq!((ids(&late), late[0].missed, late[0].is_begun, late[0].is_digest), (vec![one], Some(at(100)), false, false));
        let claimed = stage.store.claim_deliveries(&writer, at(100), 10, SPAN).await.unwrap();
        assert_eq!(claimed.iter().map(|(delivery, _)| delivery.id).collect::<Vec<_>>(), [one]);
    }

    async fn what_has_a_moment_counts_until_it_is_certain_that_it_never_goes_out(stage) {
        let mut made = Vec::new();
        for guid in ["a", "b", "c", "d"] {
            made.push(stage.delivery("site", guid, ready()).await);
        }
        let (site, writer) = (stage.site("site").await, stage.writer("site").await);
        let all: Vec<Given> = made.iter().zip([10, 20, 30, 40]).map(|(id, second)| given(*id, second, "x")).collect();
        stage.store.give_slots(&writer, &all).await.unwrap();
        let (published_one, lease) = stage.store.claim_deliveries(&writer, at(10), 1, SPAN).await.unwrap().remove(0);
        stage.store.mark_published(vec![published(lease)], None, at(11)).await.unwrap().remove(0).unwrap();
        stage.store.withdraw_published(published_one.id, "a person trashed it").await.unwrap();
        let (_, lease) = stage.store.claim_deliveries(&writer, at(20), 1, SPAN).await.unwrap().remove(0);
        stage.store.give_up(lease, "refused", None, &answer(400), at(21)).await.unwrap();
        stage.store.skip_delivery(made[2], "not wanted").await.unwrap();
        let moments = |since: i64| async move {
            let mut moments: Vec<_> = stage.store.placed(site, at(since), &[], Read::Moments).await.unwrap().iter().map(|placed| placed.at).collect();
            moments.sort();
            moments
        };
        assert_eq!(moments(0).await, [at(10), at(40)], "what was public for a while did go out");
        assert_eq!(moments(11).await, [at(40)]);
        assert_eq!(stage.store.placed(site, at(0), &[made[3]], Read::Drafts).await.unwrap().len(), 1);
        assert_eq!(stage.store.slots_waiting(at(5)).await.unwrap(), [(site, 1, at(40), at(40))]);
        assert_eq!((stage.store.next_slot(site, at(5)).await.unwrap(), stage.store.next_unscheduled(site).await.unwrap()), (Some(at(40)), None));
    }

    async fn a_stale_writer_gives_nothing(stage) {
        let one = stage.delivery("site", "a", ready()).await;
        let site = stage.site("site").await;
        let stale = stage.store.claim_site(site, OWNER, at(0), SPAN).await.unwrap().expect("free");
        let _writer = stage.store.claim_site(site, OWNER, at(500), SPAN).await.unwrap().expect("the lease ran out");
        assert_stale(stage.store.give_slots(&stale, &[given(one, 100, "x")]).await);
        assert_eq!(stage.one(one).await.planned, None);
    }

    async fn other_schedules_take_back_what_waits_and_leave_alone_what_may_be_on_the_site(stage) {
        let (waits, doubted) = (stage.delivery("site", "a", ready()).await, stage.delivery("site", "b", ready()).await);
        let (site, writer) = (stage.site("site").await, stage.writer("site").await);
        let begun = stage.store.claim_deliveries(&writer, at(0), 10, SPAN).await.unwrap();
        for (delivery, lease) in begun {
            let doubt = (delivery.id == doubted).then(|| at(900));
            stage.store.retry_at(lease, at(900), "no answer", doubt, &answer(500), at(1)).await.unwrap();
        }
        stage.store.give_slots(&writer, &[given(waits, 800, "x"), given(doubted, 800, "x")]).await.unwrap();
        assert_eq!(stage.one(doubted).await.due, at(900), "a doubt is waited for");
        assert!(stage.store.follow_schedule(site, "first", at(5)).await.unwrap());
        assert_eq!((stage.one(waits).await.planned, stage.one(waits).await.due), (None, at(5)));
        assert_eq!(stage.one(doubted).await.planned.map(|planned| planned.at), Some(at(800)));
        stage.store.give_slots(&writer, &[given(waits, 700, "y")]).await.unwrap();
        assert!(!stage.store.follow_schedule(site, "first", at(6)).await.unwrap());
        assert_eq!(stage.one(waits).await.due, at(700), "the same schedule moves nothing");
    }

    async fn what_a_person_wants_at_once_goes_out_at_once_and_counts(stage) {
        let one = stage.delivery("site", "a", ready()).await;
        let (site, writer) = (stage.site("site").await, stage.writer("site").await);
        stage.store.give_slots(&writer, &[given(one, 9_000, "slot `09:00` of the site")]).await.unwrap();
        stage.store.retry_delivery(one, at(10)).await.unwrap();
        assert_eq!(ids(&wants(stage, site, 5_000, 4_900).await), [], "no schedule moves it, however late");
        assert_eq!(stage.store.placed(site, at(0), &[], Read::Drafts).await.unwrap()[0].at, at(10));
        assert_eq!(stage.store.claim_deliveries(&writer, at(10), 10, SPAN).await.unwrap().len(), 1);
    }

    async fn what_may_be_public_already_is_moved_by_no_schedule(stage) {
        let one = stage.delivery("site", "a", ready()).await;
        let (site, writer) = (stage.site("site").await, stage.writer("site").await);
        let (_, lease) = stage.store.claim_deliveries(&writer, at(0), 1, SPAN).await.unwrap().remove(0);
        let lease = stage.store.mark_made(vec![(lease, facts(), answer(201))], None, at(1)).await.unwrap().remove(0).unwrap();
        stage.store.release_delivery(lease, at(2), at(2)).await.unwrap();
        let made = wants(stage, site, 3, 3).await;
        assert_eq!((ids(&made), made[0].is_begun), (vec![one], true), "a draft on the site is not public");
        let (_, lease) = stage.store.claim_deliveries(&writer, at(3), 1, SPAN).await.unwrap().remove(0);
        stage.store.retry_at(lease, at(5), "no answer", Some(at(5)), &answer(500), at(4)).await.unwrap();
        assert_eq!(ids(&wants(stage, site, 6, 6).await), [], "its finish may have been done");
    }

    async fn the_breaker_counts_failures_until_the_site_answers(stage) {
        let site = stage.site("site").await;
        for (second, failures) in [(10, 1), (20, 2)] {
            stage.store.rest_site(site, at(second + 60), "503").await.unwrap();
            assert_eq!(stage.store.site_failures(site).await.unwrap(), failures);
        }
        assert!(stage.store.claim_site(site, OWNER, at(30), SPAN).await.unwrap().is_none());
        stage.store.site_answered(site).await.unwrap();
        assert_eq!(stage.store.sites().await.unwrap()[0].failures, 0);
    }
}
