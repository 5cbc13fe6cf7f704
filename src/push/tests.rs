//! What the room's tests share.

use crate::domain::{Id, Secret, Subscription, SubscriptionState, Timestamp};

pub const NOW: Timestamp = Timestamp::from_unix(1_795_000_000);

/// A subscription that is verified.
pub fn subscription() -> Subscription {
    Subscription {
        feed: Id::from_i64(1),
        topic: "https://a.example/feed".to_owned(),
        hubs: vec!["https://hub.example/".to_owned()],
        hub: Some("https://hub.example/".to_owned()),
        token: Secret::new("0123456789abcdefghijklmnopqrstuv"),
        secret: Secret::new("the secret"),
        state: SubscriptionState::Verified,
        asked: Some(NOW),
        lease_until: None,
        due: NOW,
        failures: 0,
        error: None,
        pushed: None,
    }
}
