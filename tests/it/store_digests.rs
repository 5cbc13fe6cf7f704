//! Digests: what waits for a window's end, and that each window makes one delivery, whoever closes it.

use wirepress::domain::{Decision, DeliveryState, Entry, Id, Steps};
use wirepress::store::{ConfiguredDigest, Decided, Fate, Followed, Join, Left, NewDigest, NewEntry, Rejoined, Store};

use crate::store_stage::*;

fn join(entry: &str) -> Option<Join> {
    Some(Join { digest: "weekly".to_owned(), entry: entry.to_owned() })
}

/// Prepares entry `guid` of `feed` at a second and decides it for the digest.
async fn put(stage: &Stage, feed: &str, guid: &str, site: Id, second: i64) -> (Id, Decided) {
    let (item, lease) = stage.preparing(feed, guid).await;
    let new = wirepress::store::NewDelivery { digest: join(guid), ..new_delivery(site, &item, 0, Fate::InDigest) };
    (item.id, stage.store.decide(lease, &Decision::default(), &[new], at(second)).await.unwrap().remove(0))
}

/// The window that ends at a second is closed over these items.
async fn close(store: &Store, site: Id, end: i64, items: &[Id]) -> Option<Id> {
    let text = format!("{end:013}");
    let new = NewDigest {
        site,
        digest: "weekly",
        end: at(end),
        key_hash: key("digest", &text),
        slug: format!("weekly-{text}"),
        key: text,
        draft: draft("weekly"),
        hold: None,
        decision: Decision::default(),
        items,
        because: "in the digest",
        left: Left::Waits(&[], ""),
    };
    store.close_digest(&new, at(end + 1)).await.unwrap()
}

async fn waiting(store: &Store, site: Id, end: i64) -> Vec<Id> {
    store.digest_entries(site, "weekly", at(end)).await.unwrap().into_iter().map(|row| row.item).collect()
}

on_both! {
    async fn what_waits_becomes_one_delivery_that_is_joined_to_all(stage) {
        let site = stage.site("site").await;
        let (a, own) = put(stage, "f", "a", site, 1).await;
        let (b, _) = put(stage, "g", "b", site, 2).await;
        let told = stage.store.digests_waiting().await.unwrap().remove(0);
        assert_eq!((told.site, &*told.digest, told.since, told.entries), (site, "weekly", at(1), 2));
        assert_eq!(stage.one(own.delivery).await.state, DeliveryState::Skipped);

        let digest = close(&stage.store, site, 10, &[b, a]).await.expect("we are the first");
        let made = stage.one(digest).await;
        assert_eq!((made.state, made.item, made.draft), (DeliveryState::Ready, b, Some(draft("weekly"))));
        for item in [a, b] {
            let lives = stage.store.deliveries_of(item).await.unwrap();
            let told: Vec<_> = lives.iter().map(|one| (one.state, one.decision.because.as_deref())).collect();
            assert_eq!(told, [(DeliveryState::Skipped, Some("in the digest")), (DeliveryState::Ready, None)]);
        }
        assert_eq!(stage.store.digests_waiting().await.unwrap(), []);
    }

    async fn a_window_that_two_close_at_once_makes_one_delivery(stage) {
        let site = stage.site("site").await;
        let mut items = Vec::new();
        for guid in ["a", "b", "c"] {
            items.push(put(stage, "f", guid, site, 1).await.0);
        }
        let mut workers = tokio::task::JoinSet::new();
        for _ in 0..6 {
            let (store, items) = (stage.worker().await, items.clone());
            workers.spawn(async move { close(&store, site, 10, &items).await });
        }
        let made = workers.join_all().await;
        assert_eq!(made.iter().flatten().count(), 1, "{made:?}");
        assert_eq!(stage.store.counts().await.unwrap().deliveries["ready"], 1);
    }

    async fn who_comes_late_is_in_the_next_window(stage) {
        let site = stage.site("site").await;
        let (early, _) = put(stage, "f", "early", site, 1).await;
        let (late, _) = put(stage, "f", "late", site, 10).await;
        assert_eq!(waiting(&stage.store, site, 10).await, [early]);
        close(&stage.store, site, 10, &[early]).await.unwrap();
        // begun before the end and stored after it: the window is closed for it, and it is not forgotten
        let (slow, _) = put(stage, "f", "slow", site, 9).await;
        assert_eq!(close(&stage.store, site, 10, &[slow]).await, None);
        assert_eq!(waiting(&stage.store, site, 10).await, []);
        assert_eq!(waiting(&stage.store, site, 20).await, [late, slow]);
        assert!(close(&stage.store, site, 20, &[late, slow]).await.is_some());
    }

    async fn a_window_over_an_item_that_went_elsewhere_is_not_made(stage) {
        let site = stage.site("site").await;
        let (a, _) = put(stage, "f", "a", site, 1).await;
        let (b, _) = put(stage, "f", "b", site, 1).await;
        close(&stage.store, site, 10, &[a]).await.unwrap();
        assert_eq!(close(&stage.store, site, 20, &[a, b]).await, None);
        assert_eq!(stage.store.counts().await.unwrap().deliveries["ready"], 1, "and nothing of it was stored");
        assert_eq!(waiting(&stage.store, site, 20).await, [b]);
    }

    async fn the_same_entry_from_another_feed_is_neither_shown_twice_nor_posted_beside(stage) {
        let site = stage.site("site").await;
        let (first, own) = put(stage, "f", "x", site, 1).await;
        let (_, second) = put(stage, "g", "x", site, 2).await;
        assert_eq!((second.delivery, second.joined), (own.delivery, true));
        let (item, lease) = stage.preparing("h", "x").await;
        let alone = stage.store.decide(lease, &Decision::default(), &[new_delivery(site, &item, 0, ready())], at(3)).await.unwrap().remove(0);
        assert_eq!((alone.delivery, alone.joined), (own.delivery, true));
        assert_eq!(waiting(&stage.store, site, 10).await, [first]);
    }

    async fn what_is_passed_over_waits_for_the_next_window(stage) {
        let site = stage.site("site").await;
        let (item, own) = put(stage, "f", "a", site, 1).await;
        stage.store.pass_over(site, "weekly", &[item], at(10), "too few").await.unwrap();
        assert_eq!(waiting(&stage.store, site, 10).await, []);
        assert_eq!(stage.store.digests_waiting().await.unwrap()[0].since, at(10));
        assert_eq!(stage.one(own.delivery).await.decision.because.as_deref(), Some("too few"));
    }

    async fn an_item_that_is_prepared_again_stays_in_its_digest_while_that_lives(stage) {
        let site = stage.site("site").await;
        let (item, _) = put(stage, "f", "a", site, 1).await;
        let digest = close(&stage.store, site, 10, &[item]).await.unwrap();
        let again = |fate: Fate, join: Option<Join>| async move {
            stage.store.revive_item(item, at(900)).await.unwrap();
            let (item, lease) = stage.store.claim_items(OWNER, at(900), 1, SPAN).await.unwrap().remove(0);
            let new = wirepress::store::NewDelivery { digest: join, ..new_delivery(site, &item, item.generation, fate) };
            stage.store.decide(lease, &Decision::default(), &[new], at(900)).await.unwrap().remove(0)
        };
        for (fate, join) in [(Fate::InDigest, join("a")), (ready(), None)] {
            let decided = again(fate, join).await;
            assert_eq!((decided.delivery, decided.joined), (digest, true));
            assert_eq!(waiting(&stage.store, site, 9_999).await, []);
        }
        stage.store.skip_delivery(digest, "a person's wish").await.unwrap();
        assert!(!again(Fate::InDigest, join("anew")).await.joined);
        let rows = stage.store.digest_entries(site, "weekly", at(901)).await.unwrap();
        assert_eq!(rows.iter().map(|row| (row.item, &*row.entry)).collect::<Vec<_>>(), [(item, "anew")]);
    }

    async fn an_item_that_waits_and_is_to_be_posted_on_its_own_waits_no_more(stage) {
        let site = stage.site("site").await;
        let (item, own) = put(stage, "f", "a", site, 1).await;
        stage.store.revive_item(item, at(2)).await.unwrap();
        let (again, lease) = stage.store.claim_items(OWNER, at(2), 1, SPAN).await.unwrap().remove(0);
        let decided = stage.store.decide(lease, &Decision::default(), &[new_delivery(site, &again, 0, ready())], at(2)).await.unwrap().remove(0);
        assert_eq!((decided.delivery, decided.joined), (own.delivery, false));
        assert_eq!(stage.one(own.delivery).await.state, DeliveryState::Ready);
        assert_eq!(waiting(&stage.store, site, 10).await, []);
    }

    async fn an_item_may_have_a_post_of_its_own_beside_and_is_in_one_digest_still(stage) {
        let site = stage.site("site").await;
        let (item, lease) = stage.preparing("f", "a").await;
        let new = wirepress::store::NewDelivery { digest: join("a"), ..new_delivery(site, &item, 0, ready()) };
        let own = stage.store.decide(lease, &Decision::default(), &[new], at(1)).await.unwrap().remove(0);
        assert_eq!(stage.one(own.delivery).await.state, DeliveryState::Ready);
        close(&stage.store, site, 10, &[item.id]).await.unwrap();
        stage.store.skip_delivery(own.delivery, "no").await.unwrap();
        stage.store.revive_item(item.id, at(20)).await.unwrap();
        let (item, lease) = stage.store.claim_items(OWNER, at(20), 1, SPAN).await.unwrap().remove(0);
        let new = wirepress::store::NewDelivery { digest: join("a"), ..new_delivery(site, &item, 0, ready()) };
        stage.store.decide(lease, &Decision::default(), &[new], at(20)).await.unwrap();
        assert_eq!(stage.one(own.delivery).await.state, DeliveryState::Ready);
        assert_eq!(waiting(&stage.store, site, 9_999).await, []);
    }

    async fn a_dry_run_sees_what_waits_and_closes_it_only_above(stage) {
        let site = stage.site("site").await;
        let (item, _) = put(stage, "f", "a", site, 1).await;
        let over = Store::over(stage.store.clone()).await.unwrap();
        assert_eq!(waiting(&over, site, 10).await, [item]);
        assert!(close(&over, site, 10, &[item]).await.is_some());
        assert_eq!(waiting(&over, site, 10).await, []);
        assert_eq!(waiting(&stage.store, site, 10).await, [item]);
        // the same entry of another feed finds it there, above as below
        stage.poll("g", vec![entry("g", "a")]).await;
        let over = Store::over(stage.store.clone()).await.unwrap();
        let (again, lease) = over.claim_items(OWNER, at(30), 1, SPAN).await.unwrap().remove(0);
        let new = wirepress::store::NewDelivery { digest: join("a"), ..new_delivery(site, &again, 0, Fate::InDigest) };
        assert!(over.decide(lease, &Decision::default(), &[new], at(30)).await.unwrap()[0].joined);
        assert_eq!(waiting(&over, site, 9_999).await, [item]);
    }

    async fn what_a_digest_showed_is_dropped_in_time_and_what_waits_is_kept(stage) {
        let site = stage.site("site").await;
        let (shown, _) = put(stage, "f", "a", site, 1).await;
        close(&stage.store, site, 10, &[shown]).await.unwrap();
        put(stage, "f", "b", site, 11).await;
        let keep = std::time::Duration::from_secs(60);
        let pruned = stage.store.prune(at(1_000), keep, 10).await.unwrap();
        assert_eq!(pruned.digests, 1);
        assert_eq!(stage.store.digest_entries(site, "weekly", at(20)).await.unwrap().len(), 1);
    }

    async fn a_digest_that_gets_another_name_takes_what_waits_along_and_keeps_its_first_name_for_keys(stage) {
        let digest = |name: &str, renamed_from: Option<&str>| ConfiguredDigest { name: name.to_owned(), renamed_from: renamed_from.map(str::to_owned) };
        let names = |known: std::collections::HashMap<String, String>| {
            let mut names: Vec<_> = known.into_iter().collect();
            names.sort();
            names
        };
        let pairs = |all: &[(&str, &str)]| all.iter().map(|(name, first)| ((*name).to_owned(), (*first).to_owned())).collect::<Vec<_>>();
        let store = &stage.store;
        let site = stage.site("site").await;
        assert_eq!(names(store.sync_digests(&[digest("weekly", None)]).await.unwrap()), pairs(&[("weekly", "weekly")]));
        let (item, _) = put(stage, "f", "a", site, 1).await;
        let renamed = [digest("fridays", Some("weekly"))];
        for _ in 0..2 {
            assert_eq!(names(store.sync_digests(&renamed).await.unwrap()), pairs(&[("fridays", "weekly")]));
        }
        let rows = store.digest_entries(site, "fridays", at(5)).await.unwrap();
        assert_eq!((rows.len(), rows[0].item, waiting(store, site, 5).await.len()), (1, item, 0));
        // the key's name stays when the line is taken out again, and over another change
        store.sync_digests(&[digest("fridays", None)]).await.unwrap();
        assert_eq!(names(store.sync_digests(&[digest("press", Some("fridays"))]).await.unwrap()), pairs(&[("press", "weekly")]));
        // a store that never knew the old name makes keys with it all the same
        let known = store.sync_digests(&[digest("press", None), digest("new", Some("gone"))]).await.unwrap();
        assert_eq!(names(known), pairs(&[("new", "gone"), ("press", "weekly")]));
        // a dry run above sees and changes its own only
        let over = Store::over(store.clone()).await.unwrap();
        assert_eq!(names(over.sync_digests(&[digest("above", Some("press"))]).await.unwrap()), pairs(&[("above", "weekly"), ("new", "gone")]));
        assert_eq!(over.digest_entries(site, "above", at(5)).await.unwrap().len(), 1);
        assert_eq!(store.digest_entries(site, "press", at(5)).await.unwrap().len(), 1);
    }

    async fn what_waits_is_shown_as_its_feed_tells_it_by_then(stage) {
        let telling = |text: &str| {
            let known = entry("f", "x");
            let entry = Entry { summary: Some(text.to_owned()), ..known.entry };
            NewEntry { told: Some(entry.telling()), entry, ..known }
        };
        let site = stage.site("site").await;
        stage.poll("f", vec![telling("first")]).await;
        let (item, lease) = stage.store.claim_items(OWNER, at(0), 1, SPAN).await.unwrap().pop().expect("it is due");
        let new = wirepress::store::NewDelivery { digest: join("first"), ..new_delivery(site, &item, 0, Fate::InDigest) };
        stage.store.decide(lease, &Decision::default(), &[new], at(1)).await.unwrap();
        let tell = async |text: &str| {
            stage.poll("f", vec![telling(text)]).await;
            let (change, lease) = stage.store.claim_change(OWNER, at(2), SPAN).await.unwrap().expect("a change");
            let keep = |was: &str, is: &str| format!("{was}, then {is}");
            let told = |digest: &str| Rejoined { site, digest: digest.to_owned(), entry: text.to_owned(), keep };
            let followed = Followed { rejoined: vec![told("weekly"), told("another")], ..Followed::default() };
            stage.store.end_change(lease, &change.entry, &Steps::default(), &followed, at(3)).await.unwrap();
        };
        let shown = async || stage.store.digest_entries(site, "weekly", at(5)).await.unwrap().remove(0).entry;
        tell("second").await;
        assert_eq!(shown().await, "first, then second");
        close(&stage.store, site, 10, &[item.id]).await.unwrap();
        tell("third").await;
        let out = Store::over(stage.store.clone()).await.unwrap();
        assert_eq!(out.digest_entries(site, "weekly", at(50)).await.unwrap(), [], "what is in a digest stays as it is");
    }
}
