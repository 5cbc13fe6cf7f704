//! Feeds in the store: what the configuration says of them, who polls them, and what polls leave.

use std::time::Duration;

use wirepress::domain::{FeedFacts, Validators};
use wirepress::store::{ConfiguredFeed, ConfiguredSite, Lease, PollOutcome, PollRecord, Scope};

use crate::store_stage::*;

fn record(lease: Lease, outcome: PollOutcome) -> PollRecord {
    PollRecord { lease, outcome, next_poll: at(3_600), because: "hourly".to_owned(), run: None, politeness: Default::default() }
}

fn validators(etag: &str) -> Validators {
    Validators { etag: Some(etag.to_owned()), last_modified: None }
}

fn not_modified(lease: Lease) -> PollRecord {
    record(lease, PollOutcome::NotModified { validators: validators("\"kept\"") })
}

on_both! {
    async fn a_new_feed_is_due_now_and_goes_to_one_worker(stage) {
        stage.feed("lwn").await;
        let other = stage.another().await;
        let claimed = stage.store.claim_feeds(OWNER, at(0), 10, SPAN).await.unwrap();
        assert_eq!(claimed.iter().map(|(feed, _)| &*feed.name).collect::<Vec<_>>(), ["lwn"]);
        assert_eq!(other.claim_feeds(OWNER, at(0), 10, SPAN).await.unwrap().len(), 0);
        assert_eq!(other.claim_feed("lwn", OWNER, at(0), SPAN).await.unwrap(), None);
    }

    async fn a_stale_lease_stores_no_poll_and_the_new_holder_does(stage) {
        stage.feed("lwn").await;
        let (_, slept) = stage.store.claim_feeds(OWNER, at(0), 1, SPAN).await.unwrap().remove(0);
        let (_, awake) = stage.store.claim_feeds(OWNER, at(120), 1, SPAN).await.unwrap().remove(0);
        let answers = stage.store.record_polls(vec![read(slept, vec![entry("lwn", "a")], vec![])], same_story, at(121)).await;
        assert_stale(answers.into_iter().next().unwrap());
        assert_eq!(stage.store.items(Default::default(), 10).await.unwrap(), []);
        assert_eq!(stage.store.feed("lwn").await.unwrap().unwrap().polled, None);

        let answers = stage.store.record_polls(vec![not_modified(awake)], same_story, at(122)).await;
        assert_eq!(answers.into_iter().next().unwrap().unwrap(), Default::default());
        let feed = stage.store.feed("lwn").await.unwrap().unwrap();
        assert_eq!((feed.polled, feed.next_poll, feed.lease_until), (Some(at(122)), at(3_600), None));
        assert_eq!(feed.validators, validators("\"kept\""));
    }

    async fn one_stale_lease_does_not_keep_the_other_polls_of_its_group_back(stage) {
        for name in ["a", "b", "c"] {
            stage.feed(name).await;
        }
        let first = stage.store.claim_feeds(OWNER, at(0), 3, SPAN).await.unwrap();
        assert_eq!(first.len(), 3);
        let (_, _again) = stage.store.claim_feed("b", OWNER, at(120), SPAN).await.unwrap().unwrap();
        let records = first.into_iter().map(|(feed, lease)| read(lease, vec![entry(&feed.name, &feed.name)], vec![])).collect();
        let answers = stage.store.record_polls(records, same_story, at(121)).await;
        let new: Vec<_> = answers.iter().map(|answer| answer.as_ref().map(|remembered| remembered.new.len()).ok()).collect();
        assert_eq!(new, [Some(1), None, Some(1)]);
    }

    async fn a_released_feed_is_due_as_it_was(stage) {
        stage.feed("lwn").await;
        let (feed, lease) = stage.store.claim_feeds(OWNER, at(5), 1, SPAN).await.unwrap().remove(0);
        stage.store.release_feed(lease).await.unwrap();
        let (again, _) = stage.store.claim_feeds(OWNER, at(5), 1, SPAN).await.unwrap().remove(0);
        assert_eq!(again.next_poll, feed.next_poll);
    }

    async fn failures_are_counted_and_a_good_poll_ends_them(stage) {
        stage.feed("lwn").await;
        let failed = || PollOutcome::Failed { error: "503".to_owned(), retry_after: Some(at(900)) };
        for _ in 0..2 {
            let (_, lease) = stage.store.claim_feed("lwn", OWNER, at(0), SPAN).await.unwrap().unwrap();
            stage.store.record_polls(vec![record(lease, failed())], same_story, at(0)).await.remove(0).unwrap();
        }
        let feed = stage.store.feed("lwn").await.unwrap().unwrap();
        assert_eq!((feed.failures, feed.error.as_deref(), feed.retry_after), (2, Some("503"), Some(at(900))));
        assert_eq!(feed.polled, None, "the first good poll, and its backfill, are still to come");

        stage.store.poll_soon(feed.id, at(10)).await.unwrap();
        assert_eq!(stage.store.feed("lwn").await.unwrap().unwrap().next_poll, at(900));

        let (_, lease) = stage.store.claim_feed("lwn", OWNER, at(900), SPAN).await.unwrap().unwrap();
        stage.store.record_polls(vec![not_modified(lease)], same_story, at(900)).await.remove(0).unwrap();
        let feed = stage.store.feed("lwn").await.unwrap().unwrap();
        assert_eq!((feed.failures, feed.error, feed.retry_after), (0, None, None));
    }

    async fn a_feed_that_is_gone_says_so(stage) {
        stage.feed("lwn").await;
        let (_, lease) = stage.store.claim_feed("lwn", OWNER, at(0), SPAN).await.unwrap().unwrap();
        let gone = PollOutcome::Gone { error: "410 Gone".to_owned() };
        stage.store.record_polls(vec![record(lease, gone)], same_story, at(0)).await.remove(0).unwrap();
        let feed = stage.store.feed("lwn").await.unwrap().unwrap();
        assert_eq!((feed.gone, feed.error.as_deref(), feed.next_poll), (true, Some("410 Gone"), at(3_600)));
        assert_eq!(feed.polled, None);
    }

    async fn what_a_document_says_of_its_feed_is_kept(stage) {
        stage.feed("lwn").await;
        let (_, lease) = stage.store.claim_feed("lwn", OWNER, at(0), SPAN).await.unwrap().unwrap();
        let facts = FeedFacts { title: Some("L\0WN".to_owned()), language: Some("en".to_owned()), ..FeedFacts::default() };
        let outcome = PollOutcome::Read {
            facts,
            validators: validators("W/\"1\""),
            body_hash: "h1".to_owned(),
            entries: vec![entry("lwn", "a")],
            shared: vec![],
            watch: None,
            returning: None,
        };
        stage.store.record_polls(vec![record(lease, outcome)], same_story, at(7)).await.remove(0).unwrap();
        let feed = stage.store.feed("lwn").await.unwrap().unwrap();
        assert_eq!(feed.facts.title.as_deref(), Some("LWN"));
        assert_eq!(feed.facts.language.as_deref(), Some("en"));
        assert_eq!(feed.validators, validators("W/\"1\""));
        assert_eq!((feed.body_hash.as_deref(), feed.changed, feed.rhythm), (Some("h1"), Some(at(7)), vec![at(7)]));
    }

    async fn a_renamed_feed_keeps_its_row_and_its_key_name(stage) {
        let id = stage.feed("old").await;
        let renamed = ConfiguredFeed { renamed_from: Some("old".to_owned()), ..configured("new") };
        for _ in 0..2 {
            let feeds = stage.store.sync_feeds(std::slice::from_ref(&renamed), at(1)).await.unwrap();
            assert_eq!(feeds.len(), 1);
            assert_eq!((feeds["new"].id, &*feeds["new"].key_name), (id, "old"));
        }
    }

    async fn a_renamed_feed_or_site_on_an_empty_store_still_has_its_old_keys(stage) {
        let feed = ConfiguredFeed { renamed_from: Some("old".to_owned()), ..configured("new") };
        let site = ConfiguredSite { renamed_from: Some("old".to_owned()), ..configured_site("new") };
        assert_eq!(stage.store.sync_feeds(&[feed], at(0)).await.unwrap()["new"].key_name, "old");
        assert_eq!(stage.store.sync_sites(&[site], at(0)).await.unwrap()["new"].key_name, "old");
    }

    async fn a_new_address_forgets_the_validators_and_makes_it_due(stage) {
        stage.feed("lwn").await;
        let (_, lease) = stage.store.claim_feed("lwn", OWNER, at(0), SPAN).await.unwrap().unwrap();
        stage.store.record_polls(vec![not_modified(lease)], same_story, at(0)).await.remove(0).unwrap();
        let moved = ConfiguredFeed { url: "https://elsewhere.example/rss".to_owned(), ..configured("lwn") };
        let feed = stage.store.sync_feeds(&[moved], at(60)).await.unwrap().remove("lwn").unwrap();
        assert_eq!((feed.validators, feed.next_poll), (Validators::default(), at(60)));
    }

    async fn a_feed_that_is_read_otherwise_forgets_the_validators_and_one_that_is_read_as_before_does_not(stage) {
        stage.feed("lwn").await;
        let (_, lease) = stage.store.claim_feed("lwn", OWNER, at(0), SPAN).await.unwrap().unwrap();
        stage.store.record_polls(vec![not_modified(lease)], same_story, at(0)).await.remove(0).unwrap();
        let before = stage.store.feed("lwn").await.unwrap().unwrap();
        assert_ne!(before.validators, Validators::default());
        let same = stage.store.sync_feeds(&[configured("lwn")], at(60)).await.unwrap().remove("lwn").unwrap();
        assert_eq!((&same.validators, same.next_poll), (&before.validators, before.next_poll));
        let otherwise = ConfiguredFeed { reading: "windows-1251".to_owned(), ..configured("lwn") };
        let feed = stage.store.sync_feeds(&[otherwise], at(60)).await.unwrap().remove("lwn").unwrap();
        assert_eq!((feed.validators, feed.body_hash, feed.next_poll), (Validators::default(), None, at(60)));
        assert_eq!(feed.because.as_deref(), Some("it is read otherwise from now on"));
    }

    async fn a_feed_that_left_the_configuration_rests_and_comes_back_as_it_was(stage) {
        let id = stage.feed("lwn").await;
        stage.store.sync_feeds(&[configured("other")], at(0)).await.unwrap();
        let due: Vec<_> = stage.store.claim_feeds(OWNER, at(9), 10, SPAN).await.unwrap().into_iter().map(|(feed, _)| feed.name).collect();
        assert_eq!(due, ["other"]);
        assert_eq!(refused(stage.store.claim_feed("lwn", OWNER, at(9), SPAN).await), "there is no feed `lwn`");
        let back = stage.store.sync_feeds(&[configured("lwn"), configured("other")], at(10)).await.unwrap();
        assert_eq!((back["lwn"].id, back["lwn"].configured), (id, true));
    }

    async fn a_paused_feed_rests_and_so_does_everything_when_all_is_paused(stage) {
        stage.feed("a").await;
        stage.feed("b").await;
        stage.store.pause(&Scope::Feed("a".to_owned()), Some("noisy"), at(1)).await.unwrap();
        let (feed, lease) = stage.store.claim_feeds(OWNER, at(2), 10, SPAN).await.unwrap().remove(0);
        assert_eq!(feed.name, "b");
        stage.store.release_feed(lease).await.unwrap();

        stage.store.pause(&Scope::All, None, at(2)).await.unwrap();
        assert_eq!(stage.store.claim_feeds(OWNER, at(3), 10, SPAN).await.unwrap().len(), 0);
        assert_eq!(stage.store.next_due(at(3)).await.unwrap().soonest(), None);
        let pauses = stage.store.pauses().await.unwrap();
        assert_eq!(pauses.iter().map(|pause| pause.scope.clone()).collect::<Vec<_>>(), [Scope::All, Scope::Feed("a".to_owned())]);
        assert_eq!(pauses[1].because.as_deref(), Some("noisy"));

        assert!(stage.store.resume(&Scope::All).await.unwrap());
        assert!(stage.store.resume(&Scope::Feed("a".to_owned())).await.unwrap());
        assert!(!stage.store.resume(&Scope::All).await.unwrap());
        assert_eq!(stage.store.claim_feeds(OWNER, at(4), 10, SPAN).await.unwrap().len(), 2);
        assert_eq!(refused(stage.store.pause(&Scope::Site("no".to_owned()), None, at(4)).await), "there is no site `no`");
    }

    async fn two_daemons_share_three_hundred_feeds_without_a_double(stage) {
        let feeds: Vec<_> = (0..300).map(|number| configured(&format!("f{number}"))).collect();
        stage.store.sync_feeds(&feeds, at(0)).await.unwrap();
        let mut workers = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let store = stage.another().await;
            workers.spawn(async move {
                let mut polled = Vec::new();
                loop {
                    let claimed = store.claim_feeds(OWNER, at(1), 20, SPAN).await.unwrap();
                    if claimed.is_empty() {
                        return polled;
                    }
                    polled.extend(claimed.iter().map(|(feed, _)| feed.name.clone()));
                    let records = claimed.into_iter().map(|(_, lease)| not_modified(lease)).collect();
                    for answer in store.record_polls(records, same_story, at(2)).await {
                        answer.unwrap();
                    }
                }
            });
        }
        let mut polled: Vec<String> = workers.join_all().await.concat();
        polled.sort_unstable();
        let before = polled.len();
        polled.dedup();
        assert_eq!((before, polled.len()), (300, 300));
    }

    async fn feeds_that_a_worker_does_not_know_are_left_to_others(stage) {
        let (ours, theirs) = (stage.feed("ours").await, stage.feed("theirs").await);
        let mut configured = stage.store.configured_feeds().await.unwrap();
        configured.sort_unstable();
        assert_eq!(configured, [ours, theirs]);
        let claimed = stage.store.claim_feeds_but(&[theirs], OWNER, at(0), 10, SPAN).await.unwrap();
        assert_eq!(claimed.iter().map(|(feed, _)| feed.id).collect::<Vec<_>>(), [ours]);
        assert_eq!(stage.store.next_due_but(&[theirs], at(1)).await.unwrap().poll, Some(at(120)));
        assert_eq!(stage.store.next_due(at(1)).await.unwrap().poll, Some(at(0)));
    }

    async fn the_next_poll_is_known_before_it_is_due(stage) {
        assert_eq!(stage.store.next_due(at(0)).await.unwrap().poll, None);
        stage.feed("lwn").await;
        assert_eq!(stage.store.next_due(at(0)).await.unwrap().poll, Some(at(0)));
        let (_, lease) = stage.store.claim_feed("lwn", OWNER, at(0), Duration::from_secs(30)).await.unwrap().unwrap();
        assert_eq!(stage.store.next_due(at(1)).await.unwrap().poll, Some(at(30)));
        stage.store.record_polls(vec![not_modified(lease)], same_story, at(2)).await.remove(0).unwrap();
        assert_eq!(stage.store.next_due(at(2)).await.unwrap().soonest(), Some(at(3_600)));
    }
}
