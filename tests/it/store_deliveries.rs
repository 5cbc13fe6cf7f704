//! Every arrow of a delivery's life that a site's writer takes: once each, in doubt after a crash, never by a stale lease.

use std::collections::HashSet;
use std::time::Duration;

use wirepress::domain::{Decision, DeliveryState, Doubt, Id, Phase};
use wirepress::store::{Answer, Begin, Published};

use crate::store_stage::*;

const CREATE: Begin<'static> = Begin { what: "create", until: at_const(400), floor: Some(41), run: None };

const fn at_const(seconds: i64) -> wirepress::domain::Timestamp {
    wirepress::domain::Timestamp::from_unix(1_795_348_800 + seconds)
}

on_both! {
    async fn a_ready_delivery_goes_out_and_is_published(stage) {
        let (site, delivery, mut lease) = stage.publishing("x").await;
        assert_eq!((delivery.state, delivery.phase, delivery.post), (DeliveryState::Publishing, Phase::Unmade, None));
        stage.store.begin(&site, vec![&mut lease], &["{\"slug\":1}".to_owned()], &CREATE, at(1)).await.unwrap();
        let run = stage.store.begin_run("once", at(0)).await.unwrap();
        let lease = stage.store.mark_made(vec![(lease, facts(), answer(201))], Some(run), at(2)).await.unwrap().remove(0).unwrap();
        let made = stage.one(delivery.id).await;
        assert_eq!((made.state, made.phase, made.post, made.doubt.until), (DeliveryState::Publishing, Phase::Made, Some(5), None));
        stage.store.mark_published(vec![published(lease)], None, at(3)).await.unwrap().remove(0).unwrap();
        let done = stage.one(delivery.id).await;
        assert_eq!((done.state, done.phase, done.published_at, done.run), (DeliveryState::Published, Phase::Finished, Some(at(3)), Some(run)));
        assert_eq!((done.post_slug.as_deref(), done.post_link.as_deref()), (Some("a-post"), Some("https://site.example/a-post/")));
        assert_eq!((done.returned_hash.as_deref(), done.modified_gmt.as_deref()), (Some("abc"), Some("2026-11-22T12:00:00")));
        assert_eq!(done.doubt, Doubt { until: None, ever: false, floor: Some(41) });
        assert_eq!(stage.store.last_run_with_posts().await.unwrap().unwrap().id, run);
        assert_eq!(stage.store.posts_of_run(run).await.unwrap(), [done]);
    }

    async fn a_post_that_somebody_changed_before_it_was_finished_is_no_longer_known_as_ours_left_it(stage) {
        let (_site, delivery, lease) = stage.publishing("x").await;
        let lease = stage.store.mark_made(vec![(lease, facts(), answer(201))], None, at(2)).await.unwrap().remove(0).unwrap();
        assert_eq!(stage.one(delivery.id).await.returned_hash.as_deref(), Some("abc"));
        let mut touched = published(lease);
        touched.facts.returned_hash = None;
        stage.store.mark_published(vec![touched], None, at(3)).await.unwrap().remove(0).unwrap();
        assert_eq!(stage.one(delivery.id).await.returned_hash, None);
    }

    async fn every_try_leaves_what_was_sent_and_what_came_back(stage) {
        let (site, delivery, mut lease) = stage.publishing("x").await;
        stage.store.begin(&site, vec![&mut lease], &["the body".to_owned()], &CREATE, at(1)).await.unwrap();
        let no = Answer { status: Some(503), text: Some("busy".to_owned()), error: Some("503 Service Unavailable".to_owned()) };
        stage.store.retry_at(lease, at(60), "503", None, &no, at(2)).await.unwrap();
        let (_, mut lease) = stage.store.claim_deliveries(&site, at(60), 1, SPAN).await.unwrap().remove(0);
        stage.store.begin(&site, vec![&mut lease], &[], &CREATE, at(61)).await.unwrap();
        let attempts = stage.store.attempts_of(delivery.id).await.unwrap();
        assert_eq!(attempts.len(), 2);
        assert_eq!((&*attempts[0].what, attempts[0].sent.as_deref(), attempts[0].answered), ("create", Some("the body"), Some(at(2))));
        assert_eq!(attempts[0].answer, no);
        assert_eq!((attempts[1].started, attempts[1].answered, &attempts[1].answer), (at(61), None, &Answer::default()));
    }

    async fn deliveries_go_out_in_the_order_of_their_due_times(stage) {
        let site_id = stage.site("site").await;
        let mut expected = Vec::new();
        for (guid, due) in [("a", 30), ("b", 10), ("c", 20), ("later", 999)] {
            let (item, lease) = stage.preparing("feed", guid).await;
            let mut new = new_delivery(site_id, &item, 0, ready());
            new.due = at(due);
            let decided = stage.store.decide(lease, &Decision::default(), &[new], at(0)).await.unwrap();
            expected.push((due, decided[0].delivery));
        }
        expected.sort_unstable();
        let site = stage.writer("site").await;
        let claimed = stage.store.claim_deliveries(&site, at(30), 25, SPAN).await.unwrap();
        let ids: Vec<Id> = claimed.iter().map(|(delivery, _)| delivery.id).collect();
        assert_eq!(ids, expected[..3].iter().map(|(_, id)| *id).collect::<Vec<_>>());
        assert_eq!(stage.store.next_due(at(30)).await.unwrap().sites, [(site_id, site.until())]);
        stage.store.release_site(site).await.unwrap();
        assert_eq!(stage.store.next_due(at(31)).await.unwrap().sites, [(site_id, claimed[0].1.until())]);
    }

    async fn a_crash_before_anything_was_sent_leaves_no_doubt(stage) {
        let (site, delivery, lease) = stage.publishing("x").await;
        let _ = lease; // the process dies here
        assert_eq!(stage.store.claim_deliveries(&site, at(119), 1, SPAN).await.unwrap().len(), 0);
        let (again, _) = stage.store.claim_deliveries(&site, at(120), 1, SPAN).await.unwrap().remove(0);
        assert_eq!((again.id, again.doubt, again.attempts), (delivery.id, Doubt::default(), 0));
    }

    async fn a_crash_after_a_request_went_out_leaves_the_delivery_in_doubt(stage) {
        let (site, delivery, mut lease) = stage.publishing("x").await;
        stage.store.begin(&site, vec![&mut lease], &[], &CREATE, at(1)).await.unwrap();
        assert!(lease.until() > CREATE.until, "a lease outlives its doubt");
        let end = lease.until();
        let _ = lease; // the process dies here
        let just_before = end.minus(Duration::from_secs(1));
        assert_eq!(stage.store.claim_deliveries(&site, just_before, 1, SPAN).await.unwrap().len(), 0);
        let (again, _) = stage.store.claim_deliveries(&site, end, 1, SPAN).await.unwrap().remove(0);
        assert_eq!(again.id, delivery.id);
        assert_eq!(again.doubt, Doubt { until: Some(CREATE.until), ever: true, floor: Some(41) });
        assert_eq!(again.attempts, 1);
    }

    async fn a_crash_after_the_post_was_made_comes_back_with_the_post(stage) {
        let (site, _, mut lease) = stage.publishing("x").await;
        stage.store.begin(&site, vec![&mut lease], &[], &CREATE, at(1)).await.unwrap();
        let lease = stage.store.mark_made(vec![(lease, facts(), answer(201))], None, at(2)).await.unwrap().remove(0).unwrap();
        let end = lease.until();
        let _ = lease; // the process dies here
        let (again, _) = stage.store.claim_deliveries(&site, end, 1, SPAN).await.unwrap().remove(0);
        assert_eq!((again.phase, again.post, again.doubt.until), (Phase::Made, Some(5), None));
    }

    async fn an_unclear_answer_is_looked_at_only_after_its_doubt(stage) {
        let (site, delivery, mut lease) = stage.publishing("x").await;
        stage.store.begin(&site, vec![&mut lease], &[], &CREATE, at(1)).await.unwrap();
        stage.store.retry_at(lease, at(10), "the line was cut", Some(at(150)), &Answer::default(), at(2)).await.unwrap();
        let waiting = stage.one(delivery.id).await;
        assert_eq!((waiting.state, waiting.due, waiting.attempts), (DeliveryState::Ready, at(150), 1));
        assert_eq!(waiting.doubt, Doubt { until: Some(at(150)), ever: true, floor: Some(41) });
        // What was found then, and published, is looked up once more.
        let (_, lease) = stage.store.claim_deliveries(&site, at(150), 1, SPAN).await.unwrap().remove(0);
        let found = Published { recheck: Some(at(300)), ..published(lease) };
        stage.store.mark_published(vec![found], None, at(151)).await.unwrap().remove(0).unwrap();
        assert_eq!(stage.store.rechecks_due(delivery.site, at(299), 9).await.unwrap(), []);
        stage.store.release_site(site).await.unwrap();
        assert_eq!(stage.store.next_due(at(151)).await.unwrap().sites, [(delivery.site, at(300))]);
        assert_eq!(stage.store.rechecks_due(delivery.site, at(300), 9).await.unwrap()[0].id, delivery.id);
        stage.store.recheck_at(&[delivery.id], at(400)).await.unwrap();
        assert_eq!(stage.store.rechecks_due(delivery.site, at(300), 9).await.unwrap(), []);
        stage.store.rechecks_done(&[delivery.id]).await.unwrap();
        assert_eq!(stage.store.rechecks_due(delivery.site, at(999), 9).await.unwrap(), []);
    }

    async fn a_clear_refusal_ends_the_fear_but_not_the_memory_of_an_earlier_doubt(stage) {
        let (site, delivery, mut lease) = stage.publishing("x").await;
        stage.store.begin(&site, vec![&mut lease], &[], &CREATE, at(1)).await.unwrap();
        stage.store.retry_at(lease, at(10), "503", None, &answer(503), at(2)).await.unwrap();
        assert_eq!(stage.one(delivery.id).await.doubt, Doubt { until: None, ever: false, floor: Some(41) });
        let (_, lease) = stage.store.claim_deliveries(&site, at(10), 1, SPAN).await.unwrap().remove(0);
        stage.store.retry_at(lease, at(20), "cut", Some(at(20)), &Answer::default(), at(11)).await.unwrap();
        let (_, lease) = stage.store.claim_deliveries(&site, at(20), 1, SPAN).await.unwrap().remove(0);
        stage.store.retry_at(lease, at(30), "503", None, &answer(503), at(21)).await.unwrap();
        assert_eq!(stage.one(delivery.id).await.doubt, Doubt { until: None, ever: true, floor: Some(41) });
    }

    async fn a_delivery_that_is_given_up_keeps_the_sites_words_and_its_draft(stage) {
        let (_, delivery, lease) = stage.publishing("x").await;
        stage.store.give_up(lease, "rest_cannot_create", None, &answer(403), at(2)).await.unwrap();
        let failed = stage.one(delivery.id).await;
        assert_eq!((failed.state, failed.error.as_deref()), (DeliveryState::Failed, Some("rest_cannot_create")));
        assert_eq!(failed.draft, Some(draft("ready")));
    }

    async fn a_delivery_found_in_the_trash_is_withdrawn(stage) {
        let (_, delivery, lease) = stage.publishing("x").await;
        stage.store.withdraw(lease, Some(9), "a person put it in the trash", &answer(200), at(2)).await.unwrap();
        let gone = stage.one(delivery.id).await;
        assert_eq!((gone.state, gone.post), (DeliveryState::Withdrawn, Some(9)));
        assert_eq!(gone.decision.because.as_deref(), Some("a person put it in the trash"));
    }

    async fn a_released_delivery_counts_no_failure_unless_something_had_begun(stage) {
        let (site, delivery, lease) = stage.publishing("x").await;
        stage.store.release_delivery(lease, at(5), at(2)).await.unwrap();
        let one = stage.one(delivery.id).await;
        assert_eq!((one.state, one.due, one.attempts, one.doubt), (DeliveryState::Ready, at(5), 0, Doubt::default()));
        let (_, mut lease) = stage.store.claim_deliveries(&site, at(5), 1, SPAN).await.unwrap().remove(0);
        stage.store.begin(&site, vec![&mut lease], &[], &CREATE, at(6)).await.unwrap();
        stage.store.release_delivery(lease, at(7), at(7)).await.unwrap();
        let one = stage.one(delivery.id).await;
        assert_eq!((one.due, one.doubt.ever, one.doubt.until), (CREATE.until, true, Some(CREATE.until)));
    }

    async fn a_stale_lease_cannot_publish(stage) {
        let (site, delivery, slept) = stage.publishing("x").await;
        let (_, awake) = stage.store.claim_deliveries(&site, at(120), 1, SPAN).await.unwrap().remove(0);
        let before = stage.one(delivery.id).await;
        let mut slept = slept;
        assert_stale(stage.store.begin(&site, vec![&mut slept], &[], &CREATE, at(121)).await);
        assert_eq!(stage.store.attempts_of(delivery.id).await.unwrap(), []);
        assert_stale(stage.store.mark_published(vec![published(slept)], None, at(121)).await.unwrap().remove(0));
        assert_eq!(stage.one(delivery.id).await, before);
        let (_, third) = stage.store.claim_deliveries(&site, at(240), 1, SPAN).await.unwrap().remove(0);
        assert_stale(stage.store.mark_made(vec![(awake, facts(), answer(201))], None, at(241)).await.unwrap().remove(0));
        let (_, fourth) = stage.store.claim_deliveries(&site, at(360), 1, SPAN).await.unwrap().remove(0);
        assert_stale(stage.store.retry_at(third, at(999), "late", None, &answer(500), at(361)).await);
        let (_, fifth) = stage.store.claim_deliveries(&site, at(480), 1, SPAN).await.unwrap().remove(0);
        assert_stale(stage.store.give_up(fourth, "late", None, &answer(500), at(481)).await);
        let (_, sixth) = stage.store.claim_deliveries(&site, at(600), 1, SPAN).await.unwrap().remove(0);
        assert_stale(stage.store.withdraw(fifth, None, "late", &answer(200), at(601)).await);
        let (_, _seventh) = stage.store.claim_deliveries(&site, at(720), 1, SPAN).await.unwrap().remove(0);
        assert_stale(stage.store.release_delivery(sixth, at(999), at(721)).await);
        let after = stage.one(delivery.id).await;
        assert_eq!((after.state, after.error, after.post, after.due), (DeliveryState::Publishing, None, None, at(720)));
    }

    async fn one_stale_row_does_not_keep_the_others_of_its_batch_back(stage) {
        stage.delivery("site", "a", ready()).await;
        stage.delivery("site", "b", ready()).await;
        let site = stage.writer("site").await;
        let mut both = stage.store.claim_deliveries(&site, at(0), 2, SPAN).await.unwrap();
        let (second, good) = both.pop().unwrap();
        let (first, slept) = both.pop().unwrap();
        let leases = stage.store.mark_made(vec![(good, facts(), answer(201))], None, at(1)).await.unwrap();
        let good = leases.into_iter().next().unwrap().unwrap();
        // Both run out; only one is claimed again.
        let (_, _other) = stage.store.claim_deliveries(&site, at(120), 1, SPAN).await.unwrap().remove(0);
        let answers = stage.store.mark_published(vec![published(slept), published(good)], None, at(121)).await.unwrap();
        assert_eq!(answers.iter().map(|answer| answer.is_ok()).collect::<Vec<_>>(), [false, false]);
        assert_eq!(stage.one(first.id).await.state, DeliveryState::Publishing);
        assert_eq!(stage.one(second.id).await.state, DeliveryState::Ready);
        let (_, again) = stage.store.claim_deliveries(&site, at(122), 1, SPAN).await.unwrap().remove(0);
        let (_, stale) = stage.store.claim_deliveries(&site, at(240), 1, SPAN).await.unwrap().remove(0);
        let answers = stage.store.mark_published(vec![published(stale), published(again)], None, at(241)).await.unwrap();
        assert_eq!(answers.iter().map(|answer| answer.is_ok()).collect::<Vec<_>>(), [true, true]);
    }

    async fn a_site_has_one_writer(stage) {
        let site = stage.site("site").await;
        let mut writer = stage.writer("site").await;
        assert_eq!(stage.another().await.claim_site(site, OWNER, at(1), SPAN).await.unwrap(), None);
        stage.store.renew_site(&mut writer, at(10_000), SPAN).await.unwrap();
        assert_eq!(writer.until(), at(10_120));
        assert_eq!(stage.store.claim_site(site, OWNER, at(10_119), SPAN).await.unwrap(), None);
        let next = stage.store.claim_site(site, OWNER, at(10_120), SPAN).await.unwrap().expect("it ran out");
        assert_stale(stage.store.renew_site(&mut writer, at(10_121), SPAN).await);
        assert_stale(stage.store.release_site(writer).await);
        stage.store.release_site(next).await.unwrap();
        assert!(stage.store.claim_site(site, OWNER, at(10_121), SPAN).await.unwrap().is_some());
    }

    async fn a_writer_that_lost_its_site_sends_nothing_more(stage) {
        let (slept, _, mut lease) = stage.publishing("x").await;
        let _awake = stage.store.claim_site(slept.row(), OWNER, slept.until(), SPAN).await.unwrap().expect("it ran out");
        assert_stale(stage.store.claim_deliveries(&slept, at(1), 1, SPAN).await);
        assert_stale(stage.store.begin(&slept, vec![&mut lease], &[], &CREATE, at(1)).await);
        assert_stale(stage.store.ensure_media(&slept, "ab", "wpm-ab", at(1)).await);
        assert_eq!(stage.store.attempts_of(lease.row()).await.unwrap(), []);
    }

    async fn eight_workers_claim_five_hundred_deliveries_of_twenty_sites_once_each(stage) {
        let mut sites = Vec::new();
        for number in 0..20 {
            sites.push(stage.site(&format!("s{number}")).await);
        }
        let entries = (0..25).map(|number| entry("f", &format!("e{number}"))).collect();
        stage.poll("f", entries).await;
        for (item, lease) in stage.store.claim_items(OWNER, at(0), 25, SPAN).await.unwrap() {
            let new: Vec<_> = sites.iter().map(|site| new_delivery(*site, &item, 0, ready())).collect();
            stage.store.decide(lease, &Decision::default(), &new, at(0)).await.unwrap();
        }
        assert_eq!(stage.store.counts().await.unwrap().deliveries["ready"], 500);

        let mut workers = tokio::task::JoinSet::new();
        for worker in 0..8_usize {
            let (store, mut sites) = (stage.worker().await, sites.clone());
            sites.rotate_left(worker * 2);
            workers.spawn(async move {
                let mut claimed = Vec::new();
                loop {
                    let mut idle = true;
                    for site in &sites {
                        let Some(lease) = store.claim_site(*site, OWNER, at(1), SPAN).await.unwrap() else {
                            idle = false; // another has it just now
                            continue;
                        };
                        let batch = store.claim_deliveries(&lease, at(1), 3, SPAN).await.unwrap();
                        idle &= batch.is_empty();
                        claimed.extend(batch.iter().map(|(delivery, _)| delivery.id));
                        let batch = batch.into_iter().map(|(_, lease)| published(lease)).collect();
                        for answer in store.mark_published(batch, None, at(2)).await.unwrap() {
                            answer.unwrap();
                        }
                        store.release_site(lease).await.unwrap();
                    }
                    if idle {
                        return claimed;
                    }
                }
            });
        }
        let claimed: Vec<Id> = workers.join_all().await.concat();
        assert_eq!((claimed.len(), claimed.iter().collect::<HashSet<_>>().len()), (500, 500));
        assert_eq!(stage.store.counts().await.unwrap().deliveries["published"], 500);
    }

    async fn four_workers_of_one_writer_claim_each_delivery_once(stage) {
        let site_id = stage.site("site").await;
        stage.poll("f", (0..60).map(|number| entry("f", &format!("e{number}"))).collect()).await;
        for (item, lease) in stage.store.claim_items(OWNER, at(0), 60, SPAN).await.unwrap() {
            stage.store.decide(lease, &Decision::default(), &[new_delivery(site_id, &item, 0, ready())], at(0)).await.unwrap();
        }
        let site = std::sync::Arc::new(stage.writer("site").await);
        let mut workers = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let (store, site) = (stage.store.clone(), site.clone());
            workers.spawn(async move {
                let mut claimed = Vec::new();
                loop {
                    let batch = store.claim_deliveries(&site, at(1), 5, SPAN).await.unwrap();
                    if batch.is_empty() {
                        return claimed;
                    }
                    claimed.extend(batch.into_iter().map(|(delivery, _)| delivery.id));
                }
            });
        }
        let claimed: Vec<Id> = workers.join_all().await.concat();
        assert_eq!((claimed.len(), claimed.iter().collect::<HashSet<_>>().len()), (60, 60));
    }
}
