//! The store that a dry run works on: everything as it would be, and the store below untouched.

use wirepress::domain::{Decision, DeliveryState, ItemState};
use wirepress::store::{Counts, Store};

use crate::store_stage::*;

/// All that a write could have changed.
async fn picture(store: &Store) -> (Counts, Vec<String>) {
    let mut rows: Vec<String> = store.feeds().await.unwrap().iter().map(|row| format!("{row:?}")).collect();
    rows.extend(store.sites().await.unwrap().iter().map(|row| format!("{row:?}")));
    rows.extend(store.items(Default::default(), 1_000).await.unwrap().iter().map(|row| format!("{row:?}")));
    rows.extend(store.deliveries(None, None, 1_000).await.unwrap().iter().map(|row| format!("{row:?}")));
    (store.counts().await.unwrap(), rows)
}

on_both! {
    async fn a_dry_run_knows_what_the_store_knows_and_writes_nothing_to_it(stage) {
        let published = stage.published("a").await;
        let waiting = stage.poll("feed", vec![entry("feed", "waiting")]).await.new[0];
        let before = picture(&stage.store).await;

        let below = Store::open_read_only(&stage.url).await.unwrap().expect("there is a store");
        let over = Store::over(below).await.unwrap();
        over.sync_feeds(&[configured("feed"), configured("new")], at(9)).await.unwrap();
        let (_, lease) = over.claim_feed("feed", OWNER, at(9), SPAN).await.unwrap().unwrap();
        let record = read(lease, vec![entry("feed", "a"), entry("feed", "b")], vec![]);
        let remembered = over.record_polls(vec![record], same_story, at(9)).await.remove(0).unwrap();
        assert_eq!((remembered.new.len(), remembered.known), (1, 1));

        // What waits below would go out, too.
        let claimed = over.claim_items(OWNER, at(9), 10, SPAN).await.unwrap();
        assert_eq!(claimed.iter().map(|(item, _)| item.id).collect::<Vec<_>>(), [waiting, remembered.new[0]]);
        let site = over.sites().await.unwrap()[0].id;
        for (item, lease) in claimed {
            over.decide(lease, &Decision::default(), &[new_delivery(site, &item, 0, ready())], at(9)).await.unwrap();
        }
        assert_eq!(over.deliveries(Some(site), Some(DeliveryState::Ready), 10).await.unwrap().len(), 2);
        assert_eq!(over.delivery(published).await.unwrap(), None, "nobody asked for it");
        assert_eq!(picture(&stage.store).await, before);
    }

    async fn an_entry_that_a_site_has_from_another_feed_joins_also_in_a_dry_run(stage) {
        let published = stage.published("a").await;
        let site = stage.one(published).await.site;
        let over = Store::over(stage.another().await).await.unwrap();
        over.sync_feeds(&[configured("other")], at(9)).await.unwrap();
        let (_, lease) = over.claim_feed("other", OWNER, at(9), SPAN).await.unwrap().unwrap();
        let record = read(lease, vec![entry("other", "a")], vec![]);
        over.record_polls(vec![record], same_story, at(9)).await.remove(0).unwrap();
        let (item, lease) = over.claim_items(OWNER, at(9), 1, SPAN).await.unwrap().remove(0);
        let new = new_delivery(site, &item, 0, ready());
        let decided = over.decide(lease, &Decision::default(), &[new], at(9)).await.unwrap().remove(0);
        assert_eq!((decided.delivery, decided.joined), (published, true));
        assert_eq!(over.delivery(published).await.unwrap().unwrap().state, DeliveryState::Published);
        assert_eq!(stage.store.deliveries_of(item.id).await.unwrap(), []);
    }

    async fn pictures_below_are_seen_from_above(stage) {
        let site = stage.writer("site").await;
        let media = stage.store.ensure_media(&site, "ab", "wpm-ab", at(0)).await.unwrap();
        let over = Store::over(stage.another().await).await.unwrap();
        assert_eq!(over.media(site.row(), "ab").await.unwrap(), Some(media));
    }

    async fn a_dry_run_works_while_a_daemon_runs(stage) {
        let (item, _lease) = stage.preparing("f", "a").await;
        let over = Store::over(Store::open_read_only(&stage.url).await.unwrap().unwrap()).await.unwrap();
        let (_, lease) = over.claim_feed("f", OWNER, at(500), SPAN).await.unwrap().unwrap();
        let record = read(lease, vec![entry("f", "a")], vec![]);
        assert_eq!(over.record_polls(vec![record], same_story, at(500)).await.remove(0).unwrap().known, 1);
        assert_eq!(stage.item(item.id).await.state, ItemState::Preparing);
    }
}
