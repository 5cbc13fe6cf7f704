//! What runs made beside posts, what is found on sites, and what vanished from them, on both databases.

use wirepress::domain::{Decision, DeliveryState, Id, Keys, Phase};
use wirepress::store::{Begin, FoundKind, FoundPost, Journaled, PostFacts, TakenOver, TermKnown};

use crate::store_stage::*;

fn path(name: &str) -> (String, String) {
    ("tags".to_owned(), name.to_owned())
}

fn known(name: &str, id: u64, was_there: bool) -> TermKnown {
    TermKnown { path: path(name), id, was_there }
}

fn found(key: i64, post: u64, kind: FoundKind, site_keys: &[i64]) -> FoundPost {
    FoundPost {
        key: (key, format!("key{key:010}")),
        site_keys: site_keys.to_vec(),
        keys: Keys::default(),
        facts: PostFacts {
            post,
            post_type: None,
            slug: format!("slug-{post}"),
            link: format!("https://site.example/{post}"),
            modified_gmt: "2026-11-22T12:00:00".to_owned(),
            returned_hash: None,
            returned: None,
        },
        title: "Found".to_owned(),
        link: Some("https://news.example/1".to_owned()),
        kind,
        because: "adopted from the site".to_owned(),
    }
}

fn terms(journal: &[Journaled]) -> Vec<(&str, Option<u64>)> {
    journal.iter().map(|made| (made.name.as_str(), made.id)).collect()
}

on_both! {
    async fn a_term_belongs_to_the_run_that_made_it_and_one_that_was_there_to_nobody(stage) {
        let site = stage.writer("site").await;
        let (one, two) = (stage.store.begin_run("once", at(0)).await.unwrap(), stage.store.begin_run("once", at(1)).await.unwrap());
        stage.store.announce_terms(&site, one, &[path("made"), path("there"), path("lost")], at(1)).await.unwrap();
        stage.store.terms_known(&site, one, &[known("made", 5, false), known("there", 6, true)]).await.unwrap();
        assert_eq!(terms(&stage.store.journal(one).await.unwrap()), [("lost", None), ("made", Some(5))]);
        // its answer was lost: the next run finds it there, and it is the first one's
        stage.store.announce_terms(&site, two, &[path("lost")], at(2)).await.unwrap();
        stage.store.terms_known(&site, two, &[known("lost", 7, true)]).await.unwrap();
        assert_eq!(terms(&stage.store.journal(one).await.unwrap()), [("lost", Some(7)), ("made", Some(5))]);
        // one that the first asked for in vain is the second's
        stage.store.announce_terms(&site, one, &[path("never")], at(3)).await.unwrap();
        stage.store.announce_terms(&site, two, &[path("never")], at(4)).await.unwrap();
        stage.store.terms_known(&site, two, &[known("never", 8, false)]).await.unwrap();
        assert_eq!(terms(&stage.store.journal(two).await.unwrap()), [("never", Some(8))]);
        // and one that a person deleted meanwhile is made anew
        stage.store.announce_terms(&site, two, &[path("made")], at(5)).await.unwrap();
        stage.store.terms_known(&site, two, &[known("made", 9, false)]).await.unwrap();
        assert_eq!(terms(&stage.store.journal(two).await.unwrap()), [("made", Some(9)), ("never", Some(8))]);
        let stale = site;
        stage.store.claim_site(stale.row(), OWNER, at(9_000), SPAN).await.unwrap().unwrap();
        assert!(stage.store.announce_terms(&stale, two, &[path("x")], at(6)).await.unwrap_err().is_stale_lease());
    }

    async fn a_picture_is_in_the_journal_before_its_upload_and_only_if_there_was_one(stage) {
        let site = stage.writer("site").await;
        let run = stage.store.begin_run("once", at(0)).await.unwrap();
        let up = stage.store.ensure_media(&site, "up", "wpm-up", at(0)).await.unwrap();
        let there = stage.store.ensure_media(&site, "there", "wpm-there", at(0)).await.unwrap();
        stage.store.media_begin(&site, up.id, at(50), run, at(1)).await.unwrap();
        assert_eq!(terms(&stage.store.journal(run).await.unwrap()), [("wpm-up", None)]);
        stage.store.media_done(up.id, 12, "https://site.example/up.png").await.unwrap();
        stage.store.media_done(there.id, 13, "https://site.example/there.png").await.unwrap();
        let journal = stage.store.journal(run).await.unwrap();
        assert_eq!(terms(&journal), [("wpm-up", Some(12))], "what was found on the site is nobody's");
        assert_eq!(stage.store.uploads(site.row()).await.unwrap(), journal);
        stage.store.purging(&site, &journal[0], 12).await.unwrap();
        assert_eq!(stage.store.media(site.row(), "up").await.unwrap().unwrap().media, None, "nothing new refers to it");
        stage.store.purged(&journal[0], at(9)).await.unwrap();
        assert_eq!(stage.store.journal(run).await.unwrap()[0].purged, Some(at(9)));
        assert_eq!(stage.store.uploads(site.row()).await.unwrap(), []);
        let made = stage.store.runs(5).await.unwrap().remove(0).1;
        assert_eq!((made.media, made.terms, made.posts), (1, 0, 0));
    }

    async fn a_post_belongs_to_the_run_that_asked_for_it_also_where_its_answer_was_lost(stage) {
        let (site, delivery, mut lease) = stage.publishing("x").await;
        let (one, two) = (stage.store.begin_run("once", at(0)).await.unwrap(), stage.store.begin_run("once", at(1)).await.unwrap());
        let begin = Begin { what: "create", until: at(100), floor: None, run: Some(one) };
        stage.store.begin(&site, vec![&mut lease], &[], &begin, at(1)).await.unwrap();
        stage.store.mark_published(vec![published(lease)], Some(two), at(2)).await.unwrap().remove(0).unwrap();
        assert_eq!(stage.one(delivery.id).await.run, Some(one));
        assert_eq!(stage.store.deliveries_of_run(one).await.unwrap().len(), 1);
        assert_eq!(stage.store.last_run_with_posts().await.unwrap().map(|run| run.id), Some(one));
    }

    async fn found_posts_become_deliveries_once_and_what_waits_for_them_is_not_sent(stage) {
        let site = stage.site("site").await;
        let (item, lease) = stage.preparing("feed", "x").await;
        let new = new_delivery(site, &item, 0, ready());
        let there = FoundPost { key: (new.key_hash, new.key.clone()), ..found(1, 7, FoundKind::Ours, &[]) };
        let waiting = stage.store.decide(lease, &Decision::default(), &[new], at(0)).await.unwrap()[0].delivery;
        let all = [there, found(2, 8, FoundKind::Trashed, &[102]), found(3, 9, FoundKind::Foreign, &[103]), found(4, 10, FoundKind::Foreign, &[102])];
        let taken = stage.store.take_over(site, "(adopted)", &all, at(5)).await.unwrap();
        assert_eq!(taken, [TakenOver::Waiting, TakenOver::New, TakenOver::New, TakenOver::Known]);
        let now = stage.one(waiting).await;
        assert_eq!((now.state, now.phase, now.post), (DeliveryState::Published, Phase::Finished, Some(7)));
        assert_eq!(stage.store.take_over(site, "(adopted)", &all, at(6)).await.unwrap(), [TakenOver::Known; 4]);
        let withdrawn = stage.store.withdrawn_on(site, Id::from_i64(0), 10).await.unwrap();
        assert_eq!(withdrawn.iter().map(|one| one.post).collect::<Vec<_>>(), [Some(8)]);
        assert!(stage.store.claim_deliveries(&stage.writer("site").await, at(900), 10, SPAN).await.unwrap().is_empty());
    }

    async fn what_a_restored_backup_lost_goes_out_again_under_its_key(stage) {
        let (site, delivery, lease) = stage.publishing("x").await;
        stage.store.mark_published(vec![published(lease)], None, at(2)).await.unwrap().remove(0).unwrap();
        assert!(stage.store.note_vanished(site.row(), 30, at(3)).await.unwrap());
        assert!(!stage.store.note_vanished(site.row(), 31, at(4)).await.unwrap(), "one alert");
        assert_eq!(stage.store.vanished().await.unwrap().iter().map(|one| (one.posts, one.since)).collect::<Vec<_>>(), [(30, at(3))]);
        assert_eq!(stage.store.remake(&site, &[delivery.id], at(5)).await.unwrap(), 1);
        let again = stage.one(delivery.id).await;
        assert_eq!((again.state, again.phase, again.post, again.doubt.ever), (DeliveryState::Ready, Phase::Unmade, None, true));
        assert_eq!((&again.key, &again.slug, again.run), (&delivery.key, &delivery.slug, None));
        assert_eq!(stage.store.remake(&site, &[delivery.id], at(6)).await.unwrap(), 0, "it is on its way");
        stage.store.end_vanished(site.row()).await.unwrap();
        assert!(!stage.store.has_vanished(site.row()).await.unwrap());
    }

    async fn a_site_that_moves_keeps_its_posts_and_its_journal_where_numbers_are_the_same(stage) {
        let (site, delivery, lease) = stage.publishing("x").await;
        stage.store.mark_published(vec![published(lease)], None, at(2)).await.unwrap().remove(0).unwrap();
        let run = stage.store.begin_run("once", at(0)).await.unwrap();
        stage.store.announce_terms(&site, run, &[path("made")], at(1)).await.unwrap();
        let facts = found(1, 70, FoundKind::Ours, &[]).facts;
        stage.store.move_site(&site, "https://new.example/", &[(delivery.id, facts)], true).await.unwrap();
        let now = stage.one(delivery.id).await;
        assert_eq!((now.post, now.post_slug.as_deref(), now.state), (Some(70), Some("slug-70"), DeliveryState::Published));
        assert_eq!(stage.store.sites().await.unwrap()[0].url, "https://new.example/");
        assert_eq!(stage.store.journal(run).await.unwrap().len(), 1);
        stage.store.move_site(&site, "https://other.example/", &[], false).await.unwrap();
        assert_eq!(stage.store.journal(run).await.unwrap().len(), 0, "other numbers are other people's");
    }
}
