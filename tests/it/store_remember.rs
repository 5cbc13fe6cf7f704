//! `remember`: an entry becomes an item once, by every rung of the ladder.

use wirepress::domain::{ItemState, Keys, Timestamp};
use wirepress::store::{NewEntry, Take};

use crate::store_stage::*;

fn linked(guid: Option<&str>, link: &str, title: &str) -> NewEntry {
    entry_with("f", guid, Some(link), title)
}

on_both! {
    async fn the_same_document_twice_remembers_nothing_new(stage) {
        let document = || vec![entry("f", "a"), entry("f", "b")];
        assert_eq!(stage.poll("f", document()).await.new.len(), 2);
        let again = stage.poll("f", document()).await;
        assert_eq!((again.new.len(), again.known), (0, 2));
        assert_eq!(stage.store.items(Default::default(), 10).await.unwrap().len(), 2);
    }

    async fn an_item_holds_what_the_feed_told(stage) {
        let mut new = entry("f", "a");
        new.entry.published = Some(Timestamp::from_unix(1_795_000_000));
        let id = stage.poll("f", vec![new.clone()]).await.new[0];
        let item = stage.item(id).await;
        assert_eq!(item.entry, Some(new.entry.clone()));
        assert_eq!((item.state, item.keys, &*item.title, item.first_seen), (ItemState::Seen, new.keys, "Title a", at(0)));
        assert_eq!((item.link, item.published), (new.entry.link, new.entry.published));
    }

    async fn an_entry_twice_in_one_document_is_one_item(stage) {
        let first = stage.poll("f", vec![entry("f", "a"), entry("f", "a")]).await;
        assert_eq!((first.new.len(), first.known), (1, 1));
    }

    async fn the_backfill_is_remembered_and_not_prepared(stage) {
        let old = NewEntry { take: Take::Skip("backfill: older than 7d".to_owned()), ..entry("f", "old") };
        let remembered = stage.poll("f", vec![entry("f", "a"), old]).await;
        assert_eq!((remembered.new.len(), remembered.skipped), (1, 1));
        let skipped = stage.store.items(wirepress::store::ItemFilter { state: Some(ItemState::Skipped), feed: None }, 10).await.unwrap();
        assert_eq!(skipped[0].decision.because.as_deref(), Some("backfill: older than 7d"));
        assert_eq!(stage.store.claim_items(OWNER, at(0), 10, SPAN).await.unwrap().len(), 1);
    }

    async fn a_feed_that_changed_its_guids_posts_nothing_again(stage) {
        let first = stage.poll("f", vec![linked(Some("old-1"), "https://x.example/1", "Kernel released")]).await.new;
        let again = stage.poll("f", vec![linked(Some("new-1"), "https://x.example/1", "Kernel released today")]).await;
        assert_eq!((again.new.len(), again.known), (0, 1));
        // And from then on by its new GUID, wherever its link goes.
        let moved = stage.poll("f", vec![linked(Some("new-1"), "https://y.example/1", "Other words")]).await;
        assert_eq!((moved.new.len(), moved.known), (0, 1));
        assert_eq!(stage.item(first[0]).await.keys.guid, linked(Some("old-1"), "", "").keys.guid);
    }

    async fn another_story_on_a_known_link_is_another_item_and_the_link_proves_nothing_from_then_on(stage) {
        stage.poll("f", vec![linked(Some("1"), "https://x.example/live", "Monday")]).await;
        let second = stage.poll("f", vec![linked(Some("2"), "https://x.example/live", "Tuesday")]).await;
        assert_eq!(second.new.len(), 1);
        assert_eq!(stage.item(second.new[0]).await.keys.link, None);
        let third = stage.poll("f", vec![linked(Some("3"), "https://x.example/live", "Monday")]).await;
        assert_eq!(third.new.len(), 1, "the titles agree, but the link is known to be shared");
    }

    async fn a_feed_whose_entries_all_have_one_link_loses_nothing_and_doubles_nothing(stage) {
        let link = "https://x.example/page";
        let bare = |title: &str| {
            let mut new = linked(None, link, title);
            (new.keys.link, new.scoped.link) = (None, None);
            new
        };
        let shared = vec![linked(None, link, "").scoped.link.unwrap()];
        assert_eq!(stage.poll_sharing("f", vec![bare("A"), bare("B")], shared.clone()).await.new.len(), 2);
        let later = stage.poll_sharing("f", vec![bare("C"), bare("A"), bare("B")], shared).await;
        assert_eq!((later.new.len(), later.known), (1, 2));
        // A document in which only one entry has the link can't know that it is shared; the store does.
        for _ in 0..2 {
            let alone = stage.poll("f", vec![linked(None, link, "C")]).await;
            assert_eq!((alone.new.len(), alone.known), (0, 1));
        }
        let new = stage.poll("f", vec![linked(None, link, "D")]).await.new;
        assert_eq!(stage.item(new[0]).await.keys, Keys { guid: None, link: None, text: Some(linked(None, link, "D").text) });
        assert_eq!(stage.poll("f", vec![linked(None, link, "D")]).await.known, 1);
    }

    async fn an_entry_known_by_its_link_is_known_by_its_text_when_the_link_comes_to_be_shared(stage) {
        let link = "https://x.example/page";
        stage.poll("f", vec![linked(None, link, "A")]).await;
        let bare = |title: &str| {
            let mut new = linked(None, link, title);
            (new.keys.link, new.scoped.link) = (None, None);
            new
        };
        let shared = vec![linked(None, link, "").scoped.link.unwrap()];
        let later = stage.poll_sharing("f", vec![bare("B"), bare("A")], shared).await;
        assert_eq!((later.new.len(), later.known), (1, 1));
    }

    async fn an_entry_that_gains_or_loses_its_guid_is_the_same(stage) {
        stage.poll("f", vec![linked(None, "https://x.example/1", "One"), linked(Some("2"), "https://x.example/2", "Two")]).await;
        let again =
            stage.poll("f", vec![linked(Some("1"), "https://x.example/1", "One"), linked(None, "https://x.example/2", "Two")]).await;
        assert_eq!((again.new.len(), again.known), (0, 2));
        let moved = stage.poll("f", vec![linked(Some("1"), "https://x.example/elsewhere", "One")]).await;
        assert_eq!(moved.known, 1);
    }

    async fn two_feeds_keep_what_they_saw_apart(stage) {
        assert_eq!(stage.poll("f", vec![entry("f", "a")]).await.new.len(), 1);
        assert_eq!(stage.poll("g", vec![entry("g", "a")]).await.new.len(), 1);
    }

    async fn a_seen_item_takes_over_what_the_feed_says_now_and_a_decided_one_does_not(stage) {
        let id = stage.poll("f", vec![linked(Some("1"), "https://x.example/1", "First words")]).await.new[0];
        stage.poll("f", vec![linked(Some("1"), "https://x.example/1", "Better words")]).await;
        assert_eq!(stage.item(id).await.title, "Better words");
        assert_eq!(stage.item(id).await.entry.unwrap().title, "Better words");
        let (_, lease) = stage.store.claim_items(OWNER, at(0), 1, SPAN).await.unwrap().remove(0);
        stage.store.decide(lease, &Default::default(), &[], at(0)).await.unwrap();
        stage.poll("f", vec![linked(Some("1"), "https://x.example/1", "Last words")]).await;
        assert_eq!(stage.item(id).await.title, "Better words");
    }

    async fn a_text_with_a_null_character_is_stored_without_it(stage) {
        let id = stage.poll("f", vec![linked(Some("1"), "https://x.example/1", "a\0b \\u0000 c")]).await.new[0];
        let item = stage.item(id).await;
        assert_eq!(item.title, "ab \\u0000 c");
        assert_eq!(item.entry.unwrap().title, "ab \\u0000 c");
    }

    async fn a_thousand_entries_are_remembered_in_one_poll(stage) {
        let entries: Vec<_> = (0..1_000).map(|number| entry("f", &format!("e{number}"))).collect();
        assert_eq!(stage.poll("f", entries.clone()).await.new.len(), 1_000);
        assert_eq!(stage.poll("f", entries).await.known, 1_000);
    }
}
