//! The nouns: plain data that every room speaks, with no room of their own behind them.

mod delivery;
mod draft;
mod entry;
mod feed;
mod hints;
mod id;
mod identity;
mod item;
mod manners;
mod mark;
mod page;
mod post;
mod profile;
mod rights;
mod secret;
mod subscription;
mod time;

pub use delivery::{Delivery, DeliveryState, Doubt, Hold, HoldKind, Phase};
pub use draft::{Draft, DraftImage, NewTerms, SlugStyle, Status, Term};
pub use entry::{Enclosure, Entry, ImageKind, ImageRef, SourceFeed};
pub use feed::{FeedFacts, Validators};
pub use hints::Hints;
pub use id::{Id, ParseIdError};
pub use identity::{Differing, Merge, MergeKind, Rung, Telling};
pub use item::{Decision, Item, ItemState, Keys, RuleTrace, Steps};
pub use manners::{Answered, Asked, Manner, Manners, Moving, Traffic};
pub use mark::marks;
pub use page::Page;
pub use post::{Post, PostStatus};
pub use profile::{EntryLook, Judge, Judged, Profile, Watch};
pub use rights::{Signal, Use, Verdict};
pub use secret::Secret;
pub use subscription::{Subscription, SubscriptionState};
pub use time::{ParseDurationError, Timestamp, format_duration, parse_duration};
