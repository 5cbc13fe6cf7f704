//! The arrows of a delivery's life that a person takes.

use wirepress::domain::{DeliveryState, Hold, HoldKind, Id, ItemState};
use wirepress::store::{Answer, Begin, Fate};

use crate::store_stage::*;

async fn held(stage: &Stage) -> Id {
    let hold = Hold { kind: HoldKind::Review, because: "every post is looked at".to_owned() };
    stage.delivery("site", "x", Fate::Held(draft("as composed"), hold)).await
}

on_both! {
    async fn an_approved_delivery_goes_out_with_the_persons_edits(stage) {
        let id = held(stage).await;
        stage.store.approve(id, Some(&draft("as edited")), at(9)).await.unwrap();
        let one = stage.one(id).await;
        assert_eq!((one.state, one.hold, one.due, one.draft), (DeliveryState::Ready, None, at(9), Some(draft("as edited"))));
    }

    async fn a_released_hold_goes_out_as_it_was_composed(stage) {
        let id = held(stage).await;
        stage.store.release(id, at(9)).await.unwrap();
        let one = stage.one(id).await;
        assert_eq!((one.state, one.hold, one.draft), (DeliveryState::Ready, None, Some(draft("as composed"))));
        assert_eq!(refused(stage.store.release(id, at(9)).await), format!("delivery {id} is ready, so it can't be released"));
    }

    async fn a_rejected_hold_goes_nowhere(stage) {
        let id = held(stage).await;
        stage.store.reject(id, "not ours").await.unwrap();
        let one = stage.one(id).await;
        assert_eq!((one.state, one.decision.because.as_deref()), (DeliveryState::Skipped, Some("not ours")));
    }

    async fn a_failed_delivery_is_tried_again_with_the_same_draft(stage) {
        let (_, delivery, lease) = stage.publishing("x").await;
        stage.store.give_up(lease, "403", None, &answer(403), at(2)).await.unwrap();
        stage.store.retry_delivery(delivery.id, at(50)).await.unwrap();
        let one = stage.one(delivery.id).await;
        assert_eq!((one.state, one.attempts, one.due, one.draft), (DeliveryState::Ready, 0, at(50), Some(draft("ready"))));
    }

    async fn a_retry_by_hand_waits_for_the_end_of_a_doubt(stage) {
        let (_, delivery, lease) = stage.publishing("x").await;
        stage.store.give_up(lease, "cut", Some(at(500)), &Answer::default(), at(2)).await.unwrap();
        stage.store.retry_delivery(delivery.id, at(50)).await.unwrap();
        assert_eq!(stage.one(delivery.id).await.due, at(500));
        assert!(stage.one(delivery.id).await.doubt.ever);
    }

    async fn what_is_in_doubt_or_has_a_post_is_not_skipped(stage) {
        let (site, delivery, mut lease) = stage.publishing("x").await;
        let begin = Begin { what: "create", until: at(100), floor: None, run: None };
        stage.store.begin(&site, vec![&mut lease], &[], &begin, at(1)).await.unwrap();
        stage.store.retry_at(lease, at(5), "cut", Some(at(100)), &Answer::default(), at(2)).await.unwrap();
        let said = refused(stage.store.skip_delivery(delivery.id, "no").await);
        assert_eq!(said, format!("delivery {} is ready, so it can't be skipped", delivery.id));
        let other = stage.delivery("site", "y", ready()).await;
        stage.store.skip_delivery(other, "no").await.unwrap();
        assert_eq!(stage.one(other).await.state, DeliveryState::Skipped);
    }

    async fn a_published_post_is_withdrawn_once(stage) {
        let id = stage.published("x").await;
        stage.store.withdraw_published(id, "undo --last").await.unwrap();
        let one = stage.one(id).await;
        assert_eq!((one.state, one.post, one.decision.because.as_deref()), (DeliveryState::Withdrawn, Some(5), Some("undo --last")));
        let said = refused(stage.store.withdraw_published(id, "again").await);
        assert_eq!(said, format!("delivery {id} is withdrawn, so it can't be withdrawn"));
        assert_eq!(stage.item(one.item).await.state, ItemState::Decided);
    }

    async fn an_arrow_for_a_delivery_that_is_not_there_says_so(stage) {
        let id = Id::new(at(0));
        assert_eq!(refused(stage.store.approve(id, None, at(0)).await), format!("there is no delivery `{id}`"));
    }
}
