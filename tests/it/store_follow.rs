//! What the store keeps of sources that change, of posts that shall change, and of what a person decides.

use wirepress::domain::{Decision, DeliveryState, Entry, Id, Returned, Steps};
use wirepress::store::{Answer, Conflict, Error, Followed, NewEntry, NewWanted, PostFacts, ReviewDetail, Why};

use crate::store_stage::*;

/// The entry `x` with this text, as a feed that is followed tells it.
fn telling(text: &str) -> NewEntry {
    let known = entry("feed", "x");
    let entry = Entry { summary: Some(text.to_owned()), ..known.entry };
    NewEntry { told: Some(entry.telling()), entry, ..known }
}

/// A published delivery of the followed entry `x`.
async fn followed(stage: &Stage) -> Id {
    stage.feed("feed").await;
    stage.poll("feed", vec![telling("first")]).await;
    stage.published("x").await
}

fn wish(delivery: Id, site: Id, title: &str) -> NewWanted {
    NewWanted { delivery, site, why: Why::Source, draft: draft(title), decision: Decision::default(), forced: Vec::new() }
}

on_both! {
    async fn an_entry_that_tells_something_else_is_kept_beside_its_item_once(stage) {
        followed(stage).await;
        assert!(stage.store.claim_change(OWNER, at(9), SPAN).await.unwrap().is_none(), "it was told so at first");
        stage.poll("feed", vec![telling("second")]).await;
        let (change, lease) = stage.store.claim_change(OWNER, at(9), SPAN).await.unwrap().expect("a change");
        assert_eq!(change.entry.summary.as_deref(), Some("second"));
        assert!(stage.store.claim_change(OWNER, at(9), SPAN).await.unwrap().is_none(), "somebody looks into it");
        stage.store.drop_change(lease).await.unwrap();
        stage.poll("feed", vec![telling("second")]).await;
        assert!(stage.store.claim_change(OWNER, at(9), SPAN).await.unwrap().is_none(), "the same again is nothing new");
        assert_eq!(stage.store.next_change().await.unwrap(), None);
    }

    async fn a_newer_telling_takes_the_change_from_whoever_looks_into_the_older(stage) {
        followed(stage).await;
        stage.poll("feed", vec![telling("second")]).await;
        let (change, lease) = stage.store.claim_change(OWNER, at(9), SPAN).await.unwrap().expect("a change");
        stage.poll("feed", vec![telling("third")]).await;
        let ended = stage.store.end_change(lease, &change.entry, &Steps::default(), &Followed::default(), at(10)).await;
        assert_stale(ended);
        let (change, lease) = stage.store.claim_change(OWNER, at(11), SPAN).await.unwrap().expect("the newer one");
        assert_eq!(change.entry.summary.as_deref(), Some("third"));
        stage.store.change_at(lease, at(500), "later", true).await.unwrap();
        assert_eq!(stage.store.next_change().await.unwrap(), Some(at(500)));
        assert!(stage.store.claim_change(OWNER, at(499), SPAN).await.unwrap().is_none());
        assert_eq!(stage.store.claim_change(OWNER, at(500), SPAN).await.unwrap().expect("due").0.attempts, 1);
    }

    async fn nobody_keeps_what_an_unfollowed_feed_tells(stage) {
        stage.published("x").await;
        let other = NewEntry { told: None, ..telling("second") };
        stage.poll("feed", vec![other]).await;
        assert!(stage.store.claim_change(OWNER, at(9), SPAN).await.unwrap().is_none());
        // followed from now on: it is compared with what the item was made of
        stage.poll("feed", vec![telling("second")]).await;
        assert!(stage.store.claim_change(OWNER, at(9), SPAN).await.unwrap().is_some());
    }

    async fn what_came_of_a_change_is_stored_in_one_stroke(stage) {
        let id = followed(stage).await;
        stage.poll("feed", vec![telling("second")]).await;
        let (change, lease) = stage.store.claim_change(OWNER, at(9), SPAN).await.unwrap().expect("a change");
        let one = stage.one(id).await;
        let followed = Followed { wanted: vec![wish(id, one.site, "new")], reviews: vec![(id, "look".to_owned())], ..Followed::default() };
        stage.store.end_change(lease, &change.entry, &Steps::default(), &followed, at(10)).await.unwrap();
        assert_eq!(stage.item(one.item).await.entry.and_then(|entry| entry.summary).as_deref(), Some("second"));
        let due = stage.store.wanted_due(one.site, at(10), 9).await.unwrap();
        assert_eq!(due.iter().map(|wanted| (wanted.why, wanted.draft.title.as_str())).collect::<Vec<_>>(), [(Why::Source, "new")]);
        assert_eq!(stage.store.next_due(at(10)).await.unwrap().site(one.site), Some(at(10)), "the site's writer is woken");
        assert_eq!(stage.store.open_reviews().await.unwrap()[0].kind, "skipped");
    }

    async fn a_newer_wish_outlives_what_was_done_of_the_older(stage) {
        let id = stage.published("x").await;
        let site = stage.one(id).await.site;
        stage.store.want(&wish(id, site, "older"), at(5)).await.unwrap();
        let older = stage.store.wanted(id).await.unwrap().expect("a wish");
        stage.store.want(&wish(id, site, "newer"), at(6)).await.unwrap();
        let lease = stage.writer("site").await;
        stage.store.unwant(&lease, &older, None).await.unwrap();
        stage.store.want_at(&lease, &older, at(900), "no", true).await.unwrap();
        let due = stage.store.wanted_due(site, at(6), 9).await.unwrap();
        assert_eq!(due[0].draft.title, "newer");
        assert_eq!(due[0].attempts, 0);
        stage.store.unwant(&lease, &due[0], Some(&draft("newer"))).await.unwrap();
        assert_eq!(stage.store.wanted(id).await.unwrap(), None);
        assert_eq!(stage.one(id).await.draft, Some(draft("newer")));
    }

    async fn only_the_sites_writer_closes_a_wish_and_only_a_published_post_gets_one(stage) {
        let id = stage.published("x").await;
        let site = stage.one(id).await.site;
        stage.store.want(&wish(id, site, "new"), at(5)).await.unwrap();
        let wanted = stage.store.wanted(id).await.unwrap().expect("a wish");
        let lease = stage.writer("site").await;
        stage.store.release_site(stage.store.claim_site(site, OWNER, at(90_000), SPAN).await.unwrap().expect("it ran out")).await.unwrap();
        assert_stale(stage.store.unwant(&lease, &wanted, None).await);
        let waiting = stage.delivery("site", "y", ready()).await;
        stage.store.want(&wish(waiting, site, "new"), at(5)).await.unwrap();
        assert_eq!(stage.store.wanted(waiting).await.unwrap(), None);
    }

    async fn an_update_stores_what_was_sent_and_what_came_back(stage) {
        let id = stage.published("x").await;
        let lease = stage.writer("site").await;
        let was = stage.one(id).await;
        stage.store.begin_update(&lease, &was, &draft("new"), at(100), at(5)).await.unwrap();
        assert_eq!(stage.store.updates(&[id]).await.unwrap()[&id].draft, draft("new"));
        let post = wirepress::domain::Post { title: "new".to_owned(), ..Default::default() };
        let returned = Some(Returned::of(&post));
        let facts = PostFacts { returned_hash: Some("def".to_owned()), returned: returned.clone(), ..facts() };
        stage.store.end_update(id, &draft("new"), &facts, &Decision::default(), &answer(200), at(6)).await.unwrap();
        assert!(stage.store.updates(&[id]).await.unwrap().is_empty());
        assert_eq!(stage.store.returned(&[id]).await.unwrap().remove(&id), returned);
        assert_eq!((stage.one(id).await.draft, stage.one(id).await.returned_hash.as_deref()), (Some(draft("new")), Some("def")));
        let said = refused(stage.store.begin_update(&lease, &was, &draft("newer"), at(100), at(7)).await);
        assert!(said.contains("can't be changed"), "{said}");
        assert!(stage.store.drop_update(id, &Answer::default(), at(8)).await.is_ok(), "nothing was announced");
    }

    async fn a_conflict_is_one_review_that_tells_the_newest_and_is_decided_once(stage) {
        let id = stage.published("x").await;
        let detail = |source: &str| ReviewDetail {
            fields: vec![Conflict { field: "title".into(), sent: "a".into(), wordpress: "b".into(), source: source.into() }],
            draft: draft(source),
        };
        stage.store.open_conflict(id, "both", &detail("c"), at(5)).await.unwrap();
        stage.store.open_conflict(id, "both", &detail("d"), at(6)).await.unwrap();
        let open = stage.store.open_reviews().await.unwrap();
        assert_eq!(open.len(), 1);
        assert_eq!((open[0].detail.as_ref(), open[0].opened), (Some(&detail("d")), at(5)));
        let was = stage.one(id).await;
        let wish = NewWanted { forced: vec!["title".to_owned()], why: Why::Person, ..wish(id, was.site, "d") };
        stage.store.resolve_review(open[0].id, "taken", Some((&was, &draft("kept"))), Some(&wish), at(7)).await.unwrap();
        assert_eq!(stage.one(id).await.draft, Some(draft("kept")));
        assert_eq!(stage.store.wanted(id).await.unwrap().expect("a wish").forced, ["title"]);
        let again = stage.store.resolve_review(open[0].id, "kept", None, None, at(8)).await;
        assert!(matches!(again, Err(Error::WrongState { .. })), "{again:?}");
        assert_eq!(stage.store.all_reviews(9).await.unwrap()[0].outcome.as_deref(), Some("taken"));
        assert!(stage.store.open_reviews().await.unwrap().is_empty());
    }

    async fn pages_are_looked_for_in_their_time_and_counted_in_a_row(stage) {
        let id = stage.published("x").await;
        let one = stage.one(id).await;
        let feed = stage.item(one.item).await.feed;
        assert_eq!(stage.store.watch_origins(feed, at(-5), 100, 9).await.unwrap(), 1);
        assert_eq!(stage.store.watch_origins(feed, at(-5), 100, 9).await.unwrap(), 0, "it is looked after already");
        assert_eq!(stage.store.next_origin(&[feed]).await.unwrap(), Some(at(101)));
        assert!(stage.store.origins_due(&[feed], at(100), 9).await.unwrap().is_empty());
        let origin = stage.store.origins_due(&[feed], at(101), 9).await.unwrap().remove(0);
        assert_eq!((origin.item, origin.times, origin.posted), (one.item, 0, at(1)));
        stage.store.origin_gone(one.item, at(200), at(101)).await.unwrap();
        stage.store.origin_gone(one.item, at(300), at(200)).await.unwrap();
        let origin = stage.store.origins_due(&[feed], at(300), 9).await.unwrap().remove(0);
        assert_eq!((origin.times, origin.since), (2, Some(at(101))));
        stage.store.origin_at(one.item, true, at(400)).await.unwrap();
        assert_eq!(stage.store.origins_due(&[feed], at(400), 9).await.unwrap()[0].times, 0);
        stage.store.origin_over(one.item, &[wish(id, one.site, "note")], &[], at(500), at(400)).await.unwrap();
        assert!(stage.store.origins_due(&[feed], at(500), 9).await.unwrap()[0].told.is_some());
        assert!(stage.store.wanted(id).await.unwrap().is_some());
        stage.store.forget_origin(one.item).await.unwrap();
        assert_eq!(stage.store.next_origin(&[feed]).await.unwrap(), None);
    }

    async fn a_post_whose_time_is_over_is_looked_at_once(stage) {
        let id = stage.published("x").await;
        let one = stage.one(id).await;
        let feed = stage.item(one.item).await.feed;
        assert!(stage.store.aged(feed, at(0), 9).await.unwrap().is_empty());
        assert_eq!(stage.store.aged(feed, at(1), 9).await.unwrap()[0].id, id);
        let wish = NewWanted { why: Why::Age, ..wish(id, one.site, "x") };
        stage.store.want(&wish, at(2)).await.unwrap();
        assert!(stage.store.aged(feed, at(1), 9).await.unwrap().is_empty(), "it is wanted already");
        let lease = stage.writer("site").await;
        stage.store.unwant(&lease, &stage.store.wanted(id).await.unwrap().unwrap(), None).await.unwrap();
        stage.store.stays(id, at(3)).await.unwrap();
        assert!(stage.store.aged(feed, at(1), 9).await.unwrap().is_empty());
        assert_eq!(stage.one(id).await.state, DeliveryState::Published);
    }
}
