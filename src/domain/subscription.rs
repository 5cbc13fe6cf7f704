//! A feed's subscription at a hub (WebSub): one row, one life.

use serde::{Deserialize, Serialize};

use super::{Id, Secret, Timestamp};

/// What the feed's document offers, and how far the subscription has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    pub feed: Id,
    /// The feed's address as its document tells it (`rel="self"`), else as it is polled.
    pub topic: String,
    /// The hubs that the document names, in its order.
    pub hubs: Vec<String>,
    /// The hub that was asked last.
    pub hub: Option<String>,
    /// The last part of the callback's path: only the hub knows it.
    pub token: Secret,
    /// What the hub signs with. Made here for this one subscription, so that, unlike the operator's secrets, it has to be kept
    /// in the store.
    pub secret: Secret,
    pub state: SubscriptionState,
    /// When the hub was asked last.
    pub asked: Option<Timestamp>,
    /// Until when the hub has promised to push.
    pub lease_until: Option<Timestamp>,
    /// When something is to be done about it next.
    pub due: Timestamp,
    /// Requests in a row that came to nothing so far.
    pub failures: u32,
    /// What became of the last of them.
    pub error: Option<String>,
    /// The last push that was signed by the hub.
    pub pushed: Option<Timestamp>,
}

/// How far a subscription has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubscriptionState {
    /// To be asked for, or asked for again.
    Wanted,
    /// The hub was asked and hasn't verified it yet.
    Asked,
    /// The hub pushes until the lease ends.
    Verified,
    /// The hub doesn't want to; it is asked again much later.
    Denied,
    /// Not wanted any more: the hub is told so.
    Leaving,
}
