//! The same story once: the first telling is posted, the next is named in its draft or waits, and none is lost.

use wirepress::alike::likeness;
use wirepress::domain::{Also, Decision, DeliveryState, Draft, HoldKind, Id, NearDuplicates};
use wirepress::store::{Alike, Decided, Fate, Join, Left, NewDelivery, NewDigest, NewWanted, Store, Why};

use crate::store_stage::*;

const STORY: &str = "The harbour authority of Port Ellen said on Tuesday that the ferry will be out of service until March, after divers \
    found cracks in both propeller shafts. Islanders who depend on the crossing were offered seats on a smaller boat that sails twice a day.";

fn tell(draft: &mut Draft, others: &[Also], language: Option<&str>) {
    let names: Vec<&str> = others.iter().map(|other| other.source.as_str()).collect();
    draft.content = format!("text [{} {}]", language.unwrap_or("-"), names.join(" "));
}

fn tell_in_digest(draft: &mut Draft, entry: &str, others: &[Also], language: Option<&str>) {
    let names: Vec<&str> = others.iter().map(|other| other.source.as_str()).collect();
    draft.content = format!("text, {entry} [{} {}]", language.unwrap_or("-"), names.join(" "));
}

fn hold(entry: &str, because: &str) -> String {
    format!("{entry}, held: {because}")
}

fn alike(site: Id, title: &str, text: &str, then: NearDuplicates) -> Option<Alike> {
    let likeness = likeness(title, text, "en", site.to_i64())?;
    Some(Alike { likeness, then, language: Some("en".to_owned()), tell, tell_in_digest, hold })
}

/// The same for a digest.
async fn put(stage: &Stage, feed: &str, guid: &str, text: &str, then: NearDuplicates) -> (Id, Decided) {
    let site = stage.site("site").await;
    let (item, lease) = stage.preparing(feed, guid).await;
    let digest = Some(Join { digest: "weekly".to_owned(), entry: guid.to_owned() });
    let alike = alike(site, "Ferry out of service until March", text, then);
    let new = NewDelivery { alike, digest, ..new_delivery(site, &item, 0, Fate::InDigest) };
    (item.id, stage.store.decide(lease, &Decision::default(), &[new], at(1)).await.unwrap().remove(0))
}

/// The window is closed over these items, and another waits in vain, if one is named.
async fn close(stage: &Stage, site: Id, items: &[Id], dropped: &[Id]) -> Id {
    let new = NewDigest {
        site,
        digest: "weekly",
        end: at(10),
        key_hash: key("digest", "10"),
        slug: "weekly-10".to_owned(),
        key: "weekly-10".to_owned(),
        draft: draft("weekly"),
        hold: None,
        decision: Decision::default(),
        items,
        because: "in the digest",
        left: Left::Dropped(dropped, "no room"),
    };
    stage.store.close_digest(&new, at(11)).await.unwrap().expect("we are the first")
}

/// The items that are to be prepared.
async fn to_prepare(stage: &Stage) -> Vec<Id> {
    stage.store.claim_items(OWNER, at(12), 10, SPAN).await.unwrap().iter().map(|(item, _)| item.id).collect()
}

/// Prepares entry `guid` of `feed` and decides it with this text.
async fn told(stage: &Stage, feed: &str, guid: &str, text: &str, then: NearDuplicates) -> (Id, Decided) {
    let site = stage.site("site").await;
    let (item, lease) = stage.preparing(feed, guid).await;
    let new = NewDelivery { alike: alike(site, "Ferry out of service until March", text, then), ..new_delivery(site, &item, 0, ready()) };
    (item.id, stage.store.decide(lease, &Decision::default(), &[new], at(1)).await.unwrap().remove(0))
}

on_both! {
    async fn another_feeds_telling_is_named_in_the_first_ones_draft(stage) {
        let (_, first) = told(stage, "a", "1", STORY, NearDuplicates::Also).await;
        let (item, second) = told(stage, "b", "2", &format!("(Agency) {STORY} Follow us."), NearDuplicates::Also).await;
        assert_eq!((second.delivery, second.joined), (first.delivery, true));
        assert_eq!(stage.one(first.delivery).await.draft.unwrap().content, "text [en b]");
        let (_, third) = told(stage, "c", "3", STORY, NearDuplicates::Also).await;
        assert_eq!(third.delivery, first.delivery);
        assert_eq!(stage.one(first.delivery).await.draft.unwrap().content, "text [en b c]");
        let because = stage.item(item).await.decision.because.unwrap();
        assert!(because.contains("the same story as “") && because.contains("% alike"), "{because}");
        assert_eq!(stage.store.also_covered(first.delivery).await.unwrap().len(), 2);

        // whoever has the second telling's own entry, too, is with the first
        let (_, same) = told(stage, "d", "2", "Something else entirely.", NearDuplicates::Also).await;
        assert_eq!((same.delivery, same.joined), (first.delivery, true));
    }

    async fn a_telling_that_comes_when_the_first_is_out_asks_for_a_change_of_its_post(stage) {
        let (_, first) = told(stage, "a", "1", STORY, NearDuplicates::Also).await;
        let site = stage.writer("site").await;
        let (_, lease) = stage.store.claim_deliveries(&site, at(1), 1, SPAN).await.unwrap().pop().expect("it is due");
        stage.store.mark_published(vec![published(lease)], None, at(2)).await.unwrap().remove(0).unwrap();
        told(stage, "b", "2", STORY, NearDuplicates::Also).await;
        let wanted = stage.store.wanted(first.delivery).await.unwrap().expect("a wish");
        assert_eq!((wanted.why, wanted.draft.content.as_str()), (Why::Covered, "text [en b]"));
        // a wish that waits is not forgotten over the next telling
        let (delivery, why, decision) = (first.delivery, Why::Source, Decision::default());
        let wish = NewWanted { delivery, site: first.site, why, draft: draft("corrected"), decision, forced: Vec::new() };
        stage.store.want(&wish, at(3)).await.unwrap();
        told(stage, "c", "3", STORY, NearDuplicates::Also).await;
        let wanted = stage.store.wanted(first.delivery).await.unwrap().expect("a wish");
        assert_eq!((wanted.why, wanted.draft.title.as_str(), wanted.draft.content.as_str()), (Why::Source, "corrected", "text [en b c]"));
    }

    async fn what_is_to_be_held_waits_with_its_draft(stage) {
        told(stage, "a", "1", STORY, NearDuplicates::Hold).await;
        let (_, second) = told(stage, "b", "2", STORY, NearDuplicates::Hold).await;
        assert!(!second.joined);
        let held = stage.one(second.delivery).await;
        assert_eq!((held.state, held.hold.as_ref().map(|hold| hold.kind)), (DeliveryState::Held, Some(HoldKind::NearDuplicate)));
        assert!(held.draft.is_some() && held.decision.because.unwrap().starts_with("held: the same story as"));
        // what waits tells nobody's story: the third is compared with the first
        let (_, third) = told(stage, "c", "3", STORY, NearDuplicates::Hold).await;
        assert!(stage.one(third.delivery).await.hold.unwrap().because.contains("`a`"));
    }

    async fn a_feeds_own_entries_another_story_and_another_site_are_posted(stage) {
        told(stage, "a", "1", STORY, NearDuplicates::Also).await;
        assert!(!told(stage, "a", "2", STORY, NearDuplicates::Also).await.1.joined, "its own feed says that it is another");
        let other = "Parliament voted on Thursday for a law that lets cities keep cars out of streets in front of schools. The minister of \
                     transport called it a great day for children, while drivers announced that they would go to court.";
        assert!(!told(stage, "b", "3", other, NearDuplicates::Also).await.1.joined);
        assert!(!told(stage, "b", "4", STORY, NearDuplicates::Off).await.1.joined);
        let elsewhere = stage.site("elsewhere").await;
        let (item, lease) = stage.preparing("c", "5").await;
        let new = NewDelivery { alike: alike(elsewhere, "T", STORY, NearDuplicates::Also), ..new_delivery(elsewhere, &item, 0, ready()) };
        assert!(!stage.store.decide(lease, &Decision::default(), &[new], at(1)).await.unwrap()[0].joined);
    }

    async fn what_went_nowhere_keeps_no_other_telling_away(stage) {
        let (_, first) = told(stage, "a", "1", STORY, NearDuplicates::Also).await;
        stage.store.skip_delivery(first.delivery, "not wanted").await.unwrap();
        assert!(!told(stage, "b", "2", STORY, NearDuplicates::Also).await.1.joined);
    }

    async fn a_telling_whose_first_one_fails_goes_its_own_way(stage) {
        let (_, first) = told(stage, "a", "1", STORY, NearDuplicates::Also).await;
        let (item, second) = told(stage, "b", "2", STORY, NearDuplicates::Also).await;
        assert_eq!(second.delivery, first.delivery);
        let lease = stage.store.claim_site(first.site, OWNER, at(2), SPAN).await.unwrap().unwrap();
        let (_, delivery) = stage.store.claim_deliveries(&lease, at(2), 1, SPAN).await.unwrap().remove(0);
        stage.store.give_up(delivery, "413", None, &answer(413), at(2)).await.unwrap();
        assert_eq!(stage.store.also_covered(first.delivery).await.unwrap(), []);
        let (again, lease) = stage.store.claim_items(OWNER, at(3), 10, SPAN).await.unwrap().remove(0);
        assert_eq!(again.id, item);
        let alike = alike(first.site, "Ferry out of service until March", STORY, NearDuplicates::Also);
        let new = NewDelivery { alike, ..new_delivery(first.site, &again, 0, ready()) };
        let decided = stage.store.decide(lease, &Decision::default(), &[new], at(3)).await.unwrap().remove(0);
        assert!(!decided.joined);
        assert_eq!(stage.store.deliveries_of(item).await.unwrap().len(), 1);
    }

    async fn a_telling_whose_first_one_loses_its_contest_goes_its_own_way(stage) {
        let site = stage.site("site").await;
        let mut items = Vec::new();
        for (feed, guid, score) in [("a", "1", 1), ("b", "2", 9), ("a", "3", 5)] {
            let (item, lease) = stage.preparing(feed, guid).await;
            let contest = wirepress::store::Contest { among: "a".to_owned(), most: 1, until: at(100), score };
            let fate = if feed == "a" { wirepress::store::Fate::Contest(draft(guid), contest) } else { ready() };
            let text = if guid == "3" { "Parliament voted for a law that lets cities keep cars out of streets in front of schools today." } else { STORY };
            let new = NewDelivery { alike: alike(site, "Ferry out of service", text, NearDuplicates::Also), ..new_delivery(site, &item, 0, fate) };
            items.push((item.id, stage.store.decide(lease, &Decision::default(), &[new], at(1)).await.unwrap().remove(0)));
        }
        assert_eq!(items[0].1.delivery, items[1].1.delivery);
        let lease = stage.store.claim_site(site, OWNER, at(101), SPAN).await.unwrap().unwrap();
        stage.store.end_contests(&lease, at(101)).await.unwrap();
        let waiting: Vec<Id> = stage.store.claim_items(OWNER, at(102), 10, SPAN).await.unwrap().iter().map(|(item, _)| item.id).collect();
        assert_eq!(waiting, [items[1].0]);
    }

    async fn tellings_that_are_decided_at_once_make_one_post(stage) {
        let site = stage.site("site").await;
        let mut workers = tokio::task::JoinSet::new();
        for feed in ["a", "b", "c", "d", "e", "f"] {
            let (item, lease) = stage.preparing(feed, feed).await;
            let store: Store = stage.worker().await;
            let new = NewDelivery { alike: alike(site, "Ferry", STORY, NearDuplicates::Also), ..new_delivery(site, &item, 0, ready()) };
            workers.spawn(async move { store.decide(lease, &Decision::default(), &[new], at(1)).await.unwrap().remove(0).joined });
        }
        let joined = workers.join_all().await;
        assert_eq!(joined.iter().filter(|joined| !**joined).count(), 1, "{joined:?}");
    }

    async fn old_stories_are_forgotten_in_small_steps(stage) {
        let (_, first) = told(stage, "a", "1", STORY, NearDuplicates::Also).await;
        let later = at(40 * 86_400);
        let mut steps = 0;
        while stage.store.forget_stories(later, 10).await.unwrap() > 0 {
            steps += 1;
        }
        assert!(steps > 1);
        assert!(!told(stage, "b", "2", STORY, NearDuplicates::Also).await.1.joined);
        assert_eq!(stage.one(first.delivery).await.state, DeliveryState::Ready);
    }

    async fn a_digest_shows_a_story_once_and_knows_who_else_covers_it(stage) {
        let (item, first) = put(stage, "a", "1", STORY, NearDuplicates::Also).await;
        let (_, second) = put(stage, "b", "2", STORY, NearDuplicates::Also).await;
        assert_eq!((second.delivery, second.joined), (first.delivery, true));
        // also one that would have had a post of its own
        let (_, third) = told(stage, "c", "3", STORY, NearDuplicates::Also).await;
        assert_eq!((third.delivery, third.joined), (first.delivery, true));
        let rows = stage.store.digest_entries(first.site, "weekly", at(9)).await.unwrap();
        assert_eq!(rows.iter().map(|row| row.item).collect::<Vec<_>>(), [item]);
        for store in [stage.store.clone(), Store::over(stage.store.clone()).await.unwrap()] {
            let others = store.digest_also_covered(first.site, "weekly").await.unwrap();
            assert_eq!(others[&item].iter().map(|other| other.source.as_str()).collect::<Vec<_>>(), ["b", "c"]);
        }
    }

    async fn a_story_that_is_posted_is_not_shown_in_a_digest_again(stage) {
        let (_, first) = told(stage, "a", "1", STORY, NearDuplicates::Also).await;
        let (_, second) = put(stage, "b", "2", STORY, NearDuplicates::Also).await;
        assert_eq!((second.delivery, second.joined), (first.delivery, true));
        assert_eq!(stage.one(first.delivery).await.draft.unwrap().content, "text [en b]");
        assert_eq!(stage.store.digest_entries(first.site, "weekly", at(9)).await.unwrap(), []);
    }

    async fn a_digests_entry_that_is_to_be_held_says_so(stage) {
        told(stage, "a", "1", STORY, NearDuplicates::Hold).await;
        let (_, second) = put(stage, "b", "2", STORY, NearDuplicates::Hold).await;
        assert!(!second.joined);
        let row = stage.store.digest_entries(second.site, "weekly", at(9)).await.unwrap().remove(0);
        assert!(row.entry.starts_with("2, held: the same story as “") && row.entry.contains("`a`"), "{}", row.entry);
        let because = stage.one(second.delivery).await.decision.because.unwrap();
        assert!(because.contains("which is held: the same story"), "{because}");
    }

    async fn a_telling_that_comes_when_the_digest_is_made_is_named_beside_its_entry(stage) {
        let (item, first) = put(stage, "a", "1", STORY, NearDuplicates::Also).await;
        let digest = close(stage, first.site, &[item], &[]).await;
        // it hasn't gone out: its draft names it
        let (_, second) = told(stage, "b", "2", STORY, NearDuplicates::Also).await;
        assert_eq!((second.delivery, second.joined), (first.delivery, true));
        assert_eq!(stage.one(digest).await.draft.unwrap().content, "text, 1 [en b]");
        assert_eq!(stage.store.wanted(digest).await.unwrap(), None);
        // it is out: its post shall
        let site = stage.writer("site").await;
        let (claimed, lease) = stage.store.claim_deliveries(&site, at(11), 1, SPAN).await.unwrap().pop().expect("it is due");
        assert_eq!(claimed.id, digest);
        stage.store.mark_published(vec![published(lease)], None, at(12)).await.unwrap().remove(0).unwrap();
        told(stage, "c", "3", STORY, NearDuplicates::Also).await;
        let wanted = stage.store.wanted(digest).await.unwrap().expect("a wish");
        assert_eq!((wanted.why, wanted.draft.content.as_str()), (Why::Covered, "text, 1 [en b c]"));
        assert_eq!(stage.store.wanted(first.delivery).await.unwrap(), None);
    }

    async fn a_digest_that_is_out_tells_its_stories_and_one_that_a_person_rejected_does_not(stage) {
        let (item, first) = put(stage, "a", "1", STORY, NearDuplicates::Also).await;
        let digest = close(stage, first.site, &[item], &[]).await;
        assert_eq!(told(stage, "b", "2", STORY, NearDuplicates::Also).await.1.delivery, first.delivery);
        stage.store.skip_delivery(digest, "a person's wish").await.unwrap();
        assert!(!told(stage, "c", "3", STORY, NearDuplicates::Also).await.1.joined);
    }

    async fn tellings_whose_first_one_finds_no_room_in_its_digest_go_their_own_way(stage) {
        let other = "Parliament voted on Thursday for a law that lets cities keep cars out of streets in front of schools. The minister of \
                     transport called it a great day for children, while drivers announced that they would go to court.";
        let (shown, first) = put(stage, "a", "1", other, NearDuplicates::Also).await;
        let (dropped, _) = put(stage, "a", "2", STORY, NearDuplicates::Also).await;
        let (item, _) = put(stage, "b", "3", STORY, NearDuplicates::Also).await;
        close(stage, first.site, &[shown], &[dropped]).await;
        assert_eq!(to_prepare(stage).await, [item]);
    }

    async fn tellings_whose_digest_fails_for_good_go_their_own_way(stage) {
        let (shown, first) = put(stage, "a", "1", STORY, NearDuplicates::Also).await;
        let (item, _) = put(stage, "b", "2", STORY, NearDuplicates::Also).await;
        close(stage, first.site, &[shown], &[]).await;
        let lease = stage.store.claim_site(first.site, OWNER, at(11), SPAN).await.unwrap().unwrap();
        let (_, digest) = stage.store.claim_deliveries(&lease, at(11), 1, SPAN).await.unwrap().remove(0);
        stage.store.give_up(digest, "413", None, &answer(413), at(11)).await.unwrap();
        assert_eq!(to_prepare(stage).await, [item]);
    }

    async fn whether_a_story_was_told_before_is_answered_without_writing_anything(stage) {
        let (_, first) = told(stage, "a", "1", STORY, NearDuplicates::Also).await;
        let site = first.site;
        let (a, b) = (stage.feed("a").await, stage.feed("b").await);
        let likeness = likeness("Ferry out of service until March", STORY, "en", site.to_i64()).unwrap();
        for store in [stage.store.clone(), Store::over(stage.store.clone()).await.unwrap()] {
            let found = store.told_before(site, b, &[], &likeness, at(5)).await.unwrap().expect("it was told");
            assert_eq!(found.delivery, first.delivery);
            assert!(found.words().starts_with("the same story as “Title 1” of `a` ("), "{}", found.words());
            assert_eq!(store.told_before(site, a, &[], &likeness, at(5)).await.unwrap(), None, "its own feed says that it is another");
        }
        // one that the site has is compared with what was there before it only
        let (item, later) = told(stage, "b", "2", STORY, NearDuplicates::Off).await;
        assert!(!later.joined);
        let keys = |item: &wirepress::domain::Item| new_delivery(site, item, 0, ready()).site_keys;
        let (first_item, later_item) = (stage.item(stage.one(first.delivery).await.item).await, stage.item(item).await);
        assert_eq!(stage.store.told_before(site, a, &keys(&first_item), &likeness, at(5)).await.unwrap(), None);
        let found = stage.store.told_before(site, b, &keys(&later_item), &likeness, at(5)).await.unwrap();
        assert_eq!(found.map(|found| found.delivery), Some(first.delivery));
        assert_eq!(stage.store.also_covered(first.delivery).await.unwrap(), []);
    }
}
