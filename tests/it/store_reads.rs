//! What the operator asks of the store, what it keeps about sites, and what it drops in time.

use std::time::Duration;

use wirepress::domain::{DeliveryState, Doubt, Id, ItemState, Phase};
use wirepress::store::{Begin, ConfiguredSite, Fate, ItemFilter, Lease, MediaState, Published};

use crate::store_stage::*;

const DAY: Duration = Duration::from_secs(86_400);

on_both! {
    async fn an_item_is_found_by_everything_that_a_person_may_have_of_it(stage) {
        let id = stage.published("a").await;
        let delivery = stage.one(id).await;
        stage.poll("feed", vec![entry("feed", "b")]).await;
        let texts = [
            delivery.item.to_string(),
            id.to_string(),
            "https://news.example/a".to_owned(),
            "http://news.example/a/".to_owned(),
            "https://site.example/a-post".to_owned(),
            delivery.slug.clone(),
            delivery.key.clone(),
            "a-post".to_owned(),
        ];
        for text in texts {
            let found: Vec<Id> = stage.store.find(&text).await.unwrap().iter().map(|item| item.id).collect();
            assert_eq!(found, [delivery.item], "{text}");
        }
        assert_eq!(stage.store.find("https://news.example/unknown").await.unwrap(), []);
        assert_eq!(stage.store.find("' OR 1 = 1 --").await.unwrap(), []);
    }

    async fn items_are_listed_newest_first_by_feed_and_state(stage) {
        stage.poll("f", vec![entry("f", "a"), entry("f", "b")]).await;
        stage.poll("g", vec![entry("g", "c")]).await;
        let titles = async |filter| -> Vec<String> {
            stage.store.items(filter, 10).await.unwrap().into_iter().map(|item| item.title).collect()
        };
        assert_eq!(titles(ItemFilter::default()).await, ["Title c", "Title b", "Title a"]);
        let feed = Some(stage.feed("f").await);
        assert_eq!(titles(ItemFilter { feed, state: None }).await, ["Title b", "Title a"]);
        assert_eq!(titles(ItemFilter { feed, state: Some(ItemState::Skipped) }).await, [""; 0]);
        assert_eq!(titles(ItemFilter { feed, state: Some(ItemState::Seen) }).await.len(), 2);
        assert_eq!(stage.store.items(ItemFilter::default(), 1).await.unwrap().len(), 1);
    }

    async fn everything_is_counted_by_its_state(stage) {
        stage.published("a").await;
        stage.poll("feed", vec![entry("feed", "b")]).await;
        let counts = stage.store.counts().await.unwrap();
        assert_eq!((counts.feeds, counts.failing_feeds, counts.sites), (1, 0, 1));
        assert_eq!(counts.items.into_iter().collect::<Vec<_>>(), [("decided".to_owned(), 1), ("seen".to_owned(), 1)]);
        assert_eq!(counts.deliveries.into_iter().collect::<Vec<_>>(), [("published".to_owned(), 1)]);
    }

    async fn a_picture_has_one_row_a_site_whose_slug_is_there_before_the_upload(stage) {
        let site = stage.writer("site").await;
        let media = stage.store.ensure_media(&site, "ab", "wpm-ab", at(0)).await.unwrap();
        assert_eq!((media.state, &*media.slug, media.media), (MediaState::Wanted, "wpm-ab", None));
        assert_eq!(stage.store.ensure_media(&site, "ab", "wpm-ab", at(5)).await.unwrap(), media);
        let run = stage.store.begin_run("once", at(0)).await.unwrap();
        stage.store.media_begin(&site, media.id, at(100), run, at(1)).await.unwrap();
        let begun = stage.store.media(site.row(), "ab").await.unwrap().unwrap();
        assert_eq!((begun.state, begun.doubt.until), (MediaState::Uploading, Some(at(100))));
        stage.store.media_retry(media.id, at(10), "cut", Some(at(100))).await.unwrap();
        let waiting = stage.store.media(site.row(), "ab").await.unwrap().unwrap();
        assert_eq!((waiting.state, waiting.due, waiting.doubt.ever, waiting.attempts), (MediaState::Wanted, at(100), true, 1));
        stage.store.media_done(media.id, 12, "https://site.example/ab.png").await.unwrap();
        let done = stage.store.media(site.row(), "ab").await.unwrap().unwrap();
        assert_eq!((done.state, done.media, done.doubt.until, done.error), (MediaState::Uploaded, Some(12), None, None));
        // Nothing late undoes it.
        stage.store.media_failed(media.id, "late").await.unwrap();
        assert_eq!(stage.store.media(site.row(), "ab").await.unwrap().unwrap().state, MediaState::Uploaded);
        let large = stage.store.ensure_media(&site, "ef", "wpm-ef", at(0)).await.unwrap();
        stage.store.media_failed(large.id, "too large").await.unwrap();
        let failed = stage.store.media(site.row(), "ef").await.unwrap().unwrap();
        assert_eq!((failed.state, failed.error.as_deref()), (MediaState::Failed, Some("too large")));
        assert_eq!(stage.store.media(site.row(), "cd").await.unwrap(), None);
    }

    async fn what_was_waited_for_and_came_is_waited_for_anew(stage) {
        let site = stage.writer("site").await;
        let row = stage.store.ensure_media(&site, "ab", "wpm-ab", at(0)).await.unwrap();
        for due in [60, 360] {
            stage.store.media_retry(row.id, at(due), "503", None).await.unwrap();
        }
        let waiting = stage.store.media(site.row(), "ab").await.unwrap().unwrap();
        assert_eq!((waiting.attempts, waiting.due, waiting.error.as_deref()), (2, at(360), Some("503")));
        stage.store.media_came(row.id).await.unwrap();
        let came = stage.store.media(site.row(), "ab").await.unwrap().unwrap();
        assert_eq!((came.attempts, came.state, came.error, came.doubt.ever), (0, MediaState::Wanted, None, false));
    }

    async fn a_site_rests_until_its_address_changes_or_its_reason_ends(stage) {
        let site = stage.site("site").await;
        stage.store.rest_site(site, at(60), "503").await.unwrap();
        stage.store.rest_site(site, at(30), "something shorter").await.unwrap();
        stage.store.end_rest(site, "something shorter").await.unwrap();
        let row = stage.store.sites().await.unwrap().remove(0);
        assert_eq!((row.rest_until, row.rest_because.as_deref()), (Some(at(60)), Some("503")));
        let moved = wirepress::store::ConfiguredSite { url: "https://new.example".to_owned(), ..configured_site("site") };
        let row = stage.store.sync_sites(&[moved], at(0)).await.unwrap().remove("site").unwrap();
        assert_eq!((row.id, row.rest_until), (site, None));
    }

    async fn the_doubt_of_terms_is_kept_by_the_site_s_writer_only(stage) {
        let site = stage.site("site").await;
        let owner = wirepress::domain::Id::new(at(0));
        let span = std::time::Duration::from_secs(60);
        let stale = stage.store.claim_site(site, owner, at(0), span).await.unwrap().unwrap();
        stage.store.terms_begin(&stale, at(50), &[], 0).await.unwrap();
        assert_eq!(stage.store.terms_doubt(site).await.unwrap(), Some(at(50)));
        let lease = stage.store.claim_site(site, owner, at(61), span).await.unwrap().unwrap();
        assert!(stage.store.terms_end(&stale, None).await.unwrap_err().is_stale_lease());
        assert_eq!(stage.store.terms_doubt(site).await.unwrap(), Some(at(50)));
        stage.store.terms_end(&lease, None).await.unwrap();
        assert_eq!(stage.store.terms_doubt(site).await.unwrap(), None);
    }

    async fn a_site_that_moves_to_another_wordpress_takes_none_of_its_ids_along(stage) {
        stage.delivery("other", "o", ready()).await;
        let mut ids = Vec::new();
        for guid in ["published", "made", "unclear", "fresh"] {
            ids.push(stage.delivery("site", guid, ready()).await);
        }
        let site = stage.writer("site").await;
        let mut claimed = stage.store.claim_deliveries(&site, at(0), 4, SPAN).await.unwrap();
        claimed.sort_by_key(|(delivery, _)| ids.iter().position(|id| *id == delivery.id));
        let mut leases: Vec<Lease> = claimed.into_iter().map(|(_, lease)| lease).collect();
        let create = Begin { what: "create", until: at(60), floor: Some(41), run: None };
        stage.store.begin(&site, leases.iter_mut().take(3).collect(), &[], &create, at(1)).await.unwrap();
        let fresh = leases.pop().unwrap();
        stage.store.put_back(fresh, at(2), "503", at(2)).await.unwrap();
        stage.store.retry_at(leases.pop().unwrap(), at(2), "cut", Some(at(60)), &answer(500), at(2)).await.unwrap();
        let made: Vec<_> = leases.into_iter().map(|lease| (lease, facts(), answer(201))).collect();
        let mut made = stage.store.mark_made(made, None, at(2)).await.unwrap();
        stage.store.retry_at(made.pop().unwrap().unwrap(), at(2), "503", None, &answer(503), at(2)).await.unwrap();
        let out = Published { recheck: Some(at(90)), ..published(made.pop().unwrap().unwrap()) };
        stage.store.mark_published(vec![out], None, at(3)).await.unwrap().remove(0).unwrap();
        let run = stage.store.begin_run("once", at(0)).await.unwrap();
        for (sha256, fate) in [("up", 0), ("no", 1), ("doubted", 2)] {
            let media = stage.store.ensure_media(&site, sha256, sha256, at(0)).await.unwrap();
            match fate {
                0 => stage.store.media_done(media.id, 12, "https://site.example/up.png").await.unwrap(),
                1 => stage.store.media_failed(media.id, "too large").await.unwrap(),
                _ => stage.store.media_begin(&site, media.id, at(70), run, at(1)).await.unwrap(),
            }
        }
        let others = stage.writer("other").await;
        let other = stage.store.ensure_media(&others, "up", "up", at(0)).await.unwrap();
        stage.store.media_done(other.id, 13, "https://other.example/up.png").await.unwrap();

        // The same address again changes nothing.
        let same = [configured_site("site"), configured_site("other")];
        stage.store.sync_sites(&same, at(4)).await.unwrap();
        assert_eq!(stage.store.media(site.row(), "up").await.unwrap().unwrap().media, Some(12));
        let before = stage.one(ids[1]).await;
        assert_eq!((before.phase, before.post, before.doubt.ever), (Phase::Made, Some(5), false));

        let moved = ConfiguredSite { url: "https://new.example".to_owned(), ..configured_site("site") };
        stage.store.sync_sites(&[moved, configured_site("other")], at(4)).await.unwrap();
        for sha256 in ["up", "no"] {
            let media = stage.store.media(site.row(), sha256).await.unwrap().unwrap();
            assert_eq!((media.state, media.media, media.url, media.error), (MediaState::Wanted, None, None, None), "{sha256}");
        }
        let doubted = stage.store.media(site.row(), "doubted").await.unwrap().unwrap();
        assert_eq!((doubted.state, doubted.doubt.until), (MediaState::Uploading, Some(at(70))));
        assert_eq!(stage.store.media(others.row(), "up").await.unwrap().unwrap().media, Some(13));

        let published = stage.one(ids[0]).await;
        assert_eq!((published.state, published.post), (DeliveryState::Published, Some(5)));
        assert_eq!(stage.store.rechecks_due(site.row(), at(1_000), 9).await.unwrap(), []);
        let made = stage.one(ids[1]).await;
        assert_eq!((made.state, made.phase, made.post, made.returned_hash), (DeliveryState::Ready, Phase::Unmade, None, None));
        assert_eq!(made.doubt, Doubt { until: None, ever: true, floor: None });
        assert_eq!(stage.one(ids[2]).await.doubt, Doubt { until: Some(at(60)), ever: true, floor: None });
        assert!(!stage.one(ids[3]).await.doubt.ever);
    }

    async fn a_resting_site_is_due_when_its_rest_ends(stage) {
        stage.delivery("site", "a", ready()).await;
        let site = stage.site("site").await;
        assert_eq!(stage.store.next_due(at(0)).await.unwrap().sites, [(site, at(0))]);
        stage.store.rest_site(site, at(60), "503").await.unwrap();
        assert_eq!(stage.store.next_due(at(0)).await.unwrap().sites, [(site, at(60))]);
    }

    async fn runs_are_remembered_with_what_they_did(stage) {
        assert_eq!(stage.store.last_run().await.unwrap(), None);
        let run = stage.store.begin_run("once", at(0)).await.unwrap();
        stage.store.end_run(run, "3 posts", at(5)).await.unwrap();
        let last = stage.store.last_run().await.unwrap().unwrap();
        assert_eq!((&*last.kind, last.ended, last.summary.as_deref()), ("once", Some(at(5)), Some("3 posts")));
        assert_eq!(stage.store.last_run_with_posts().await.unwrap(), None);
    }

    async fn a_matter_for_a_person_is_opened_once_and_closed(stage) {
        let id = stage.published("a").await;
        for _ in 0..2 {
            stage.store.open_review(id, "twin", "post 6 was touched", at(1)).await.unwrap();
        }
        let open = stage.store.open_reviews().await.unwrap();
        assert_eq!(open.len(), 1);
        assert_eq!((open[0].delivery, &*open[0].kind, &*open[0].text), (id, "twin", "post 6 was touched"));
        stage.store.close_review(open[0].id, at(2)).await.unwrap();
        assert_eq!(stage.store.open_reviews().await.unwrap(), []);
    }

    async fn texts_are_dropped_in_time_and_what_may_still_be_needed_stays(stage) {
        let (site, out, mut lease) = stage.publishing("out").await;
        let begin = Begin { what: "create", until: at(100), floor: None, run: None };
        stage.store.begin(&site, vec![&mut lease], &["body".to_owned()], &begin, at(0)).await.unwrap();
        stage.store.mark_published(vec![published(lease)], None, at(1)).await.unwrap().remove(0).unwrap();
        let waiting = stage.delivery("site", "waiting", Fate::Ready(draft("kept"))).await;
        let seen = stage.poll("feed", vec![entry("feed", "seen")]).await.new[0];

        let early = stage.store.prune(at(0).plus(DAY * 30), DAY * 90, 10).await.unwrap();
        assert!(early.is_done(), "{early:?}");
        let first = stage.store.prune(at(1).plus(DAY * 91), DAY * 90, 1).await.unwrap();
        assert_eq!((first.entries, first.drafts, first.attempts), (1, 1, 1));
        let second = stage.store.prune(at(1).plus(DAY * 91), DAY * 90, 10).await.unwrap();
        assert_eq!((second.entries, second.drafts), (1, 0));
        assert!(stage.store.prune(at(1).plus(DAY * 91), DAY * 90, 10).await.unwrap().is_done());

        let one = stage.one(out.id).await;
        assert_eq!((one.state, one.draft, one.slug.is_empty(), one.post), (DeliveryState::Published, None, false, Some(5)));
        let item = stage.item(one.item).await;
        assert_eq!((item.entry, &*item.title, item.link.is_some()), (None, "Title out", true));
        let attempt = stage.store.attempts_of(out.id).await.unwrap().remove(0);
        assert_eq!((attempt.sent, attempt.answer.status, attempt.answer.text), (None, Some(200), None));
        assert_eq!(stage.one(waiting).await.draft, Some(draft("kept")));
        assert!(stage.item(seen).await.entry.is_some());
        // It is still known, and can't be prepared again.
        assert_eq!(stage.poll("feed", vec![entry("feed", "out")]).await.known, 1);
        stage.store.withdraw_published(out.id, "undo").await.unwrap();
        let said = refused(stage.store.revive_item(one.item, at(0)).await);
        assert_eq!(said, format!("the text of item {} was dropped after `[store] keep`", one.item));
    }
}
