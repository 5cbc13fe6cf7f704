//! WebSub (W3C Recommendation of 23 January 2018) from the subscriber's side, and the PubSubHubbub 0.3 and 0.4 that hubs still
//! speak: what to subscribe to, what to ask a hub, what to answer it, and what to believe of what it pushes.
//!
//! The parts, in the order of a subscription's life, with the sections of the Recommendation:
//! - [`Offer`]: the topic and the hubs that a document or its `Link` headers name (4);
//! - [`ask`]: the subscription request and the hub's answer (5.1, 5.2);
//! - [`Intent::answer`]: the hub's verification of intent, or its denial (5.2, 5.3);
//! - [`judge`]: a push, by its signature (7, 7.1);
//! - [`renew_at`], [`retry_at`]: when the hub is asked again.
//!
//! **What is stored and when** (`pipeline::push` and `store` do it): that a hub is asked is stored before it is asked, as it may
//! verify before it has answered; a verified lease is stored before the challenge is sent back; a push is recorded before the hub
//! hears that it arrived. If the process dies in between, the hub verifies or pushes again, and so do we ask again.
//!
//! **What a push may do** is no more than what a poll may: a document of a hub is read, capped, identified and remembered the
//! very same way, and only under a signature made with a secret that this one hub was given. The secret goes out over plain
//! http, too, where a hub has nothing else (section 5.1 advises against it): who can read that line reads the callback's
//! address there as well, and the signature still keeps out everybody else.

mod ask;
mod callback;
mod intent;
mod offer;
mod signature;
#[cfg(test)]
mod tests;
mod times;

pub use ask::{AskError, Mode, ask};
pub use callback::{callback, fresh_secret, fresh_token, token_of};
pub use intent::{Intent, Verdict};
pub use offer::{Offer, is_same_document, next_hub};
pub use signature::{Judged, is_wanted, judge};
pub use times::{Taken, denied_until, fallback_at, renew_at, retry_at};
