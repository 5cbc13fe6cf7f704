//! Subscriptions at hubs in the store: their life, and what it does to the polls of their feeds.

use std::time::Duration;

use wirepress::domain::{Id, Secret, Subscription, SubscriptionState as State, Timestamp};
use wirepress::store::{Offered, PollOutcome, Scope};

use crate::store_stage::*;

const PUBLIC: &str = "https://planet.example/";
const HUB: &str = "https://hub.example/";

fn offered(feed: Id, topic: &str, hubs: &[&str], token: &str) -> Offered {
    let hubs = hubs.iter().map(|hub| (*hub).to_owned()).collect();
    Offered { feed, topic: topic.to_owned(), hubs, token: Secret::new(token), secret: Secret::new(format!("secret of {token}")) }
}

impl Stage {
    async fn offers(&self, feed: Id, topic: &str, hubs: &[&str], token: &str, now: Timestamp) {
        self.store.note_offers(&[offered(feed, topic, hubs, token)], now).await.unwrap();
    }

    async fn claimed(&self, now: Timestamp) -> Vec<Subscription> {
        self.store.claim_subscriptions(PUBLIC, now, 10, SPAN).await.unwrap()
    }

    async fn only(&self) -> Subscription {
        let mut all = self.store.subscriptions().await.unwrap();
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    /// A feed whose hub has verified its subscription, until second 1,000.
    async fn verified(&self, name: &str) -> Subscription {
        let feed = self.feed(name).await;
        self.offers(feed, "https://feed.example/", &[HUB], &format!("token {name}"), at(0)).await;
        let known = self.claimed(at(0)).await.remove(0);
        self.store.asking(&known, HUB, PUBLIC, at(0)).await.unwrap();
        assert!(self.store.subscription_verified(&known, at(1_000), at(600), at(1)).await.unwrap());
        self.store.subscription_of_token(known.token.reveal()).await.unwrap().expect("it is there")
    }

    /// The same, with a push that proves it and a poll that was put off.
    async fn pushed(&self, name: &str) -> Subscription {
        let known = self.verified(name).await;
        self.store.pushed(&known, at(2)).await.unwrap();
        let (row, lease) = self.store.claim_feed(name, OWNER, at(3), SPAN).await.unwrap().unwrap();
        assert_eq!(row.pushed_until, Some(at(1_000)));
        // next: at 3,600
        self.store.record_polls(vec![read(lease, vec![entry(name, "a")], vec![])], same_story, at(3)).await.remove(0).unwrap();
        self.store.put_polls_off(&[(row.id, at(90_000))], "its hub pushes", at(4)).await.unwrap();
        known
    }

    async fn next_poll(&self, name: &str) -> (Timestamp, Option<Timestamp>) {
        let row = self.store.feed(name).await.unwrap().unwrap();
        (row.next_poll, row.pushed_until)
    }
}

on_both! {
    async fn an_offer_is_asked_for_verified_and_renewed(stage) {
        let feed = stage.feed("lwn").await;
        assert_eq!(stage.store.next_push(at(0)).await.unwrap(), None);
        stage.offers(feed, "https://lwn.example/self", &[HUB], "token", at(5)).await;
        assert_eq!(stage.store.next_push(at(5)).await.unwrap(), Some(at(5)));

        let known = stage.claimed(at(5)).await.remove(0);
        assert_eq!((known.feed, &*known.topic, known.state, known.asked), (feed, "https://lwn.example/self", State::Wanted, None));
        assert_eq!((known.token.reveal(), known.secret.reveal(), known.hubs.as_slice()), ("token", "secret of token", &[HUB.to_owned()][..]));
        assert_eq!(stage.claimed(at(6)).await.len(), 0, "nobody else asks for the same");

        stage.store.asking(&known, HUB, PUBLIC, at(6)).await.unwrap();
        assert_eq!((stage.only().await.state, stage.only().await.hub.as_deref()), (State::Asked, Some(HUB)));
        stage.store.asked(&known, "not verified yet", at(3_600)).await.unwrap();
        assert_eq!((stage.only().await.due, stage.only().await.failures), (at(3_600), 1));
        assert!(stage.store.subscription_verified(&known, at(1_000), at(600), at(7)).await.unwrap());
        let verified = stage.only().await;
        assert_eq!((verified.state, verified.lease_until, verified.due), (State::Verified, Some(at(1_000)), at(600)));
        // the hub verified before it answered: what its answer says comes too late
        stage.store.asked(&known, "cut", at(3_600)).await.unwrap();
        assert_eq!((stage.only().await.due, stage.only().await.failures), (at(600), 0));

        let known = stage.claimed(at(600)).await.remove(0);
        stage.store.asking(&known, HUB, PUBLIC, at(600)).await.unwrap();
        assert_eq!(stage.only().await.state, State::Verified, "it stands while it is renewed");
        stage.store.asked(&known, "503", at(700)).await.unwrap();
        let failed = stage.only().await;
        assert_eq!((failed.state, failed.failures, failed.error.as_deref(), failed.due), (State::Verified, 1, Some("503"), at(700)));
        assert!(stage.store.subscription_verified(&known, at(2_000), at(1_600), at(701)).await.unwrap());
        assert_eq!((stage.only().await.lease_until, stage.only().await.failures), (Some(at(2_000)), 0));
    }

    async fn a_worker_that_died_leaves_its_subscription_due(stage) {
        let feed = stage.feed("lwn").await;
        stage.offers(feed, "https://lwn.example/", &[HUB], "token", at(0)).await;
        assert_eq!(stage.claimed(at(0)).await.len(), 1);
        assert_eq!(stage.claimed(at(119)).await.len(), 0);
        assert_eq!(stage.claimed(at(120)).await.len(), 1);
    }

    async fn another_topic_or_hub_is_another_subscription_and_the_same_is_none(stage) {
        let known = stage.pushed("lwn").await;
        let feed = known.feed;
        stage.offers(feed, "https://feed.example/", &[HUB], "other", at(10)).await;
        stage.offers(feed, "https://feed.example/", &["https://second.example/", HUB], "other", at(10)).await;
        let same = stage.only().await;
        assert_eq!((same.token.reveal(), same.state, same.hubs.len()), ("token lwn", State::Verified, 2));
        assert_eq!(stage.next_poll("lwn").await, (at(90_000), Some(at(1_000))));

        stage.offers(feed, "https://feed.example/new", &[HUB], "other", at(11)).await;
        let other = stage.only().await;
        assert_eq!((other.token.reveal(), other.state, other.due, other.lease_until), ("other", State::Wanted, at(11), None));
        assert_eq!(stage.store.subscription_of_token("token lwn").await.unwrap(), None);
        assert_eq!(stage.next_poll("lwn").await, (at(3_600), None));

        let known = stage.claimed(at(12)).await.remove(0);
        stage.store.asking(&known, HUB, PUBLIC, at(12)).await.unwrap();
        stage.offers(feed, "https://feed.example/new", &["https://second.example/"], "third", at(13)).await;
        assert_eq!(stage.only().await.token.reveal(), "third");
    }

    async fn a_feed_without_a_hub_leaves_and_may_come_back(stage) {
        let feed = stage.feed("lwn").await;
        stage.offers(feed, "https://feed.example/", &[], "none", at(0)).await;
        assert_eq!(stage.store.subscriptions().await.unwrap(), []);
        let known = stage.verified("lwn").await;
        stage.offers(feed, "https://feed.example/", &[], "none", at(10)).await;
        let leaving = stage.claimed(at(10)).await.remove(0);
        assert_eq!(leaving.state, State::Leaving);
        assert!(!stage.store.subscription_verified(&known, at(9_000), at(8_000), at(10)).await.unwrap(), "it is not wanted any more");
        stage.offers(feed, "https://feed.example/", &[HUB], "again", at(11)).await;
        assert_eq!((stage.only().await.state, stage.only().await.token.reveal()), (State::Wanted, "again"));
        stage.store.subscription_left(&leaving).await.unwrap();
        assert_eq!(stage.only().await.state, State::Wanted, "what was left is not what is wanted now");
    }

    async fn a_feed_that_left_the_configuration_leaves_its_hub(stage) {
        let known = stage.verified("lwn").await;
        stage.store.sync_feeds(&[configured("other")], at(10)).await.unwrap();
        assert_eq!(stage.store.next_push(at(10)).await.unwrap(), Some(at(10)));
        let leaving = stage.claimed(at(10)).await.remove(0);
        assert_eq!((leaving.feed, leaving.state), (known.feed, State::Leaving));
        stage.store.asking(&leaving, HUB, PUBLIC, at(10)).await.unwrap();
        assert_eq!(stage.only().await.state, State::Leaving);
        stage.store.subscription_left(&leaving).await.unwrap();
        assert_eq!(stage.store.subscriptions().await.unwrap(), []);
        assert_eq!(stage.store.next_push(at(10)).await.unwrap(), None);
    }

    async fn a_hub_that_denies_before_it_has_answered_has_denied(stage) {
        let feed = stage.feed("lwn").await;
        stage.offers(feed, "https://lwn.example/", &[HUB], "token", at(0)).await;
        let known = stage.claimed(at(0)).await.remove(0);
        stage.store.asking(&known, HUB, PUBLIC, at(0)).await.unwrap();
        stage.store.subscription_denied(&known, "no such topic", at(500_000)).await.unwrap();
        stage.store.asked(&known, "not verified yet", at(600)).await.unwrap();
        let denied = stage.only().await;
        assert_eq!((denied.state, denied.due, denied.error.as_deref()), (State::Denied, at(500_000), Some("no such topic")));
    }

    async fn a_paused_feed_is_not_renewed(stage) {
        stage.verified("lwn").await;
        stage.store.pause(&Scope::Feed("lwn".to_owned()), None, at(10)).await.unwrap();
        assert_eq!(stage.claimed(at(600)).await.len(), 0);
        assert_eq!(stage.store.next_push(at(600)).await.unwrap(), None);
        stage.store.resume(&Scope::Feed("lwn".to_owned())).await.unwrap();
        let known = stage.claimed(at(1_001)).await.remove(0);
        assert_eq!(known.state, State::Wanted, "its lease is over");
    }

    async fn another_public_address_is_agreed_anew(stage) {
        stage.verified("lwn").await;
        assert_eq!(stage.claimed(at(10)).await.len(), 0);
        let claimed = stage.store.claim_subscriptions("https://elsewhere.example/", at(10), 10, SPAN).await.unwrap();
        assert_eq!((claimed.len(), claimed[0].state, claimed[0].lease_until), (1, State::Wanted, None));
    }

    async fn only_a_push_makes_polls_rare_and_the_end_of_the_lease_ends_that(stage) {
        let known = stage.verified("lwn").await;
        stage.store.put_polls_off(&[(known.feed, at(90_000))], "its hub pushes", at(4)).await.unwrap();
        assert_eq!(stage.next_poll("lwn").await, (at(0), None), "nothing has proved that the hub pushes");
        let known = stage.pushed("two").await;
        assert_eq!(stage.next_poll("two").await, (at(90_000), Some(at(1_000))));

        stage.store.asking(&known, HUB, PUBLIC, at(600)).await.unwrap();
        stage.store.subscription_verified(&known, at(2_000), at(1_600), at(601)).await.unwrap();
        assert_eq!(stage.next_poll("two").await, (at(90_000), Some(at(2_000))));
        stage.claimed(at(2_000)).await;
        assert_eq!(stage.next_poll("two").await, (at(3_600), None));
        let because = stage.store.feed("two").await.unwrap().unwrap().because;
        assert_eq!(because.as_deref(), Some("it is no longer pushed"));
    }

    async fn a_denial_a_miss_and_a_silence_bring_the_feeds_rhythm_back(stage) {
        let denied = stage.pushed("denied").await;
        stage.store.subscription_denied(&denied, "no such topic", at(500_000)).await.unwrap();
        assert_eq!(stage.next_poll("denied").await, (at(3_600), None));
        let row = stage.store.subscription_of_token(denied.token.reveal()).await.unwrap().unwrap();
        assert_eq!((row.state, row.error.as_deref(), row.due, row.lease_until), (State::Denied, Some("no such topic"), at(500_000), None));

        let missed = stage.pushed("missed").await;
        stage.store.push_missed(missed.feed).await.unwrap();
        assert_eq!(stage.next_poll("missed").await, (at(3_600), None));
        stage.store.pushed(&missed, at(20)).await.unwrap();
        assert_eq!(stage.next_poll("missed").await.1, Some(at(1_000)), "the next push proves it again");

        stage.pushed("silent").await;
        stage.store.pushes_unheard().await.unwrap();
        assert_eq!(stage.next_poll("silent").await, (at(3_600), None));
        stage.store.pushes_unheard().await.unwrap();
        assert_eq!(stage.next_poll("silent").await, (at(3_600), None));
    }

    async fn a_poll_after_a_push_is_planned_afresh(stage) {
        stage.pushed("lwn").await;
        let (_, lease) = stage.store.claim_feed("lwn", OWNER, at(5_000), SPAN).await.unwrap().unwrap();
        let mut record = read(lease, vec![entry("lwn", "b")], vec![]);
        record.next_poll = at(9_000);
        stage.store.record_polls(vec![record], same_story, at(5_000)).await.remove(0).unwrap();
        stage.store.push_missed(stage.only().await.feed).await.unwrap();
        assert_eq!(stage.next_poll("lwn").await, (at(9_000), None), "not when an earlier poll would have come");
    }

    async fn a_ping_makes_the_feed_due_but_not_before_its_server_wishes(stage) {
        let known = stage.pushed("lwn").await;
        stage.store.ping(known.feed, at(500)).await.unwrap();
        assert_eq!(stage.next_poll("lwn").await.0, at(500));
        let (_, lease) = stage.store.claim_feed("lwn", OWNER, at(500), SPAN).await.unwrap().unwrap();
        let outcome = PollOutcome::Failed { error: "429".to_owned(), retry_after: Some(at(2_000)) };
        let record = wirepress::store::PollRecord { outcome, ..read(lease, vec![], vec![]) };
        stage.store.record_polls(vec![record], same_story, at(501)).await.remove(0).unwrap();
        stage.store.ping(known.feed, at(600)).await.unwrap();
        assert_eq!(stage.next_poll("lwn").await.0, at(2_000));
    }

    async fn pings_come_no_faster_than_one_a_minute(stage) {
        let known = stage.pushed("lwn").await;
        stage.store.ping(known.feed, at(10)).await.unwrap();
        assert_eq!(stage.next_poll("lwn").await.0, at(63), "it was polled at 3");
    }

    async fn a_ping_during_a_poll_waits_for_its_end_and_is_not_lost(stage) {
        let known = stage.pushed("lwn").await;
        let (_, lease) = stage.store.claim_feed("lwn", OWNER, at(500), SPAN).await.unwrap().unwrap();
        stage.store.ping(known.feed, at(501)).await.unwrap();
        stage.store.deliver_pings(at(502)).await.unwrap();
        assert_eq!(stage.store.next_push(at(502)).await.unwrap(), Some(at(502)), "it still waits");
        stage.store.record_polls(vec![read(lease, vec![], vec![])], same_story, at(503)).await.remove(0).unwrap();
        assert_eq!(stage.next_poll("lwn").await.0, at(3_600));
        stage.store.deliver_pings(at(504)).await.unwrap();
        assert_eq!(stage.next_poll("lwn").await.0, at(563));
        assert_eq!(stage.store.next_push(at(504)).await.unwrap(), Some(at(600)), "only the renewal is left");
    }

    async fn a_pushed_document_brings_its_entries_once_and_moves_no_poll(stage) {
        let known = stage.pushed("lwn").await;
        for (guid, new) in [("b", 1), ("b", 0), ("a", 0)] {
            let (row, lease) = stage.store.claim_feed("lwn", OWNER, at(500), SPAN).await.unwrap().unwrap();
            let outcome = PollOutcome::Pushed { entries: vec![entry("lwn", guid)], shared: vec![], watch: None, returning: None };
            let record = wirepress::store::PollRecord { outcome, ..read(lease, vec![], vec![]) };
            let remembered = stage.store.record_polls(vec![record], same_story, at(501)).await.remove(0).unwrap();
            assert_eq!(remembered.new.len(), new, "{guid}");
            let after = stage.store.feed("lwn").await.unwrap().unwrap();
            assert_eq!((after.next_poll, after.polled, after.validators, after.lease_until), (at(90_000), row.polled, row.validators, None));
        }
        stage.store.push_missed(known.feed).await.unwrap();
        assert_eq!(stage.next_poll("lwn").await.0, at(3_600), "when it would be polled was kept");
    }

    async fn two_daemons_ask_for_each_subscription_once(stage) {
        let feeds: Vec<_> = (0..60).map(|number| configured(&format!("f{number}"))).collect();
        let rows = stage.store.sync_feeds(&feeds, at(0)).await.unwrap();
        let offers: Vec<_> = rows.values().map(|row| offered(row.id, &row.url, &[HUB], &row.name)).collect();
        stage.store.note_offers(&offers, at(0)).await.unwrap();
        let mut workers = tokio::task::JoinSet::new();
        for _ in 0..3 {
            let store = stage.worker().await;
            workers.spawn(async move {
                let mut claimed = Vec::new();
                for _ in 0..40 {
                    let some = store.claim_subscriptions(PUBLIC, at(1), 4, Duration::from_secs(120)).await.unwrap();
                    claimed.extend(some.into_iter().map(|known| known.feed));
                }
                claimed
            });
        }
        let mut claimed: Vec<Id> = workers.join_all().await.concat();
        let before = claimed.len();
        claimed.sort_unstable();
        claimed.dedup();
        assert_eq!((before, claimed.len()), (60, 60));
    }
}
