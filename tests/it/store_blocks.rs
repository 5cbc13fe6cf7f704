//! Blocked domains, and what hosts said of the use of their pages: the same on both databases.

use wirepress::domain::{DeliveryState, HostWishes, Id};
use wirepress::store::{ConfiguredFeed, Store};

use crate::store_stage::*;

async fn configure(store: &Store, feeds: &[(&str, &str)]) {
    let feeds: Vec<_> = feeds.iter().map(|(name, url)| ConfiguredFeed { url: (*url).to_owned(), ..configured(name) }).collect();
    store.sync_feeds(&feeds, at(0)).await.unwrap();
}

async fn blocked(stage: &Stage, name: &str) -> Option<String> {
    stage.store.feed(name).await.unwrap().unwrap().blocked
}

on_both! {
    async fn a_blocked_domains_feeds_are_marked_and_not_claimed_until_the_block_ends(stage) {
        let own = [("a", "https://feeds.x.example/rss"), ("b", "https://y.example/rss")];
        configure(&stage.store, &own).await;
        stage.store.block("x.example", Some("a complaint"), at(1)).await.unwrap();
        stage.store.block("x.example", Some("another"), at(2)).await.unwrap();
        let blocks = stage.store.blocks().await.unwrap();
        assert_eq!(blocks.iter().map(|block| (&*block.domain, block.since, block.because.as_deref())).collect::<Vec<_>>(), [("x.example", at(1), Some("a complaint"))]);
        assert_eq!((blocked(stage, "a").await.as_deref(), blocked(stage, "b").await), (Some("x.example"), None));
        let claimed = stage.store.claim_feeds(OWNER, at(3), 10, SPAN).await.unwrap();
        assert_eq!(claimed.iter().map(|(feed, _)| &*feed.name).collect::<Vec<_>>(), ["b"]);

        // a feed that moves there, or comes later, is under the block, too
        configure(&stage.store, &[own[0], ("b", "https://x.example/rss"), ("c", "https://x.example:8443/rss")]).await;
        assert_eq!((blocked(stage, "b").await.is_some(), blocked(stage, "c").await.is_some()), (true, true));
        configure(&stage.store, &own).await;
        assert_eq!(blocked(stage, "b").await, None);

        assert!(stage.store.unblock("x.example").await.unwrap());
        assert!(!stage.store.unblock("x.example").await.unwrap());
        assert_eq!((stage.store.blocks().await.unwrap(), blocked(stage, "a").await), (vec![], None));
    }

    async fn what_came_from_a_domain_is_found_by_links_and_by_feeds(stage) {
        let published = stage.published("one").await;
        let held = stage.delivery("site", "two", ready()).await;
        stage.poll("feed", vec![entry_with("feed", Some("three"), Some("https://x.example/three"), "three")]).await;
        let came = stage.store.came_from("x.example").await.unwrap();
        assert_eq!((came.deliveries.len(), came.waiting.len(), came.feeds), (0, 1, vec![]), "by its link alone");
        configure(&stage.store, &[("feed", "https://x.example/rss")]).await;
        let came = stage.store.came_from("x.example").await.unwrap();
        let found: Vec<(Id, DeliveryState)> = came.deliveries.iter().map(|delivery| (delivery.id, delivery.state)).collect();
        assert_eq!(found, [(published, DeliveryState::Published), (held, DeliveryState::Ready)]);
        assert_eq!((came.waiting.len(), came.feeds, came.joined), (1, vec!["feed".to_owned()], vec![]));
        assert_eq!(stage.store.came_from("z.example").await.unwrap(), Default::default());
    }

    async fn what_a_host_said_holds_for_a_day(stage) {
        let said = HostWishes { robots: Some("User-agent: *\nDisallow: /x".to_owned()), rsl: vec![("https://x.example/l.xml".to_owned(), String::new())], ..HostWishes::default() };
        let origin = "https://x.example";
        assert_eq!(stage.store.wishes(origin, at(0)).await.unwrap(), None);
        stage.store.store_wishes(origin, &said, at(0)).await.unwrap();
        assert_eq!(stage.store.wishes(origin, at(86_399)).await.unwrap(), Some(said));
        assert_eq!(stage.store.wishes(origin, at(86_400)).await.unwrap(), None);
        assert_eq!(stage.store.wishes("https://y.example", at(1)).await.unwrap(), None);
        stage.store.store_wishes(origin, &HostWishes::default(), at(90_000)).await.unwrap();
        assert_eq!(stage.store.wishes(origin, at(90_001)).await.unwrap(), Some(HostWishes::default()));
    }
}
