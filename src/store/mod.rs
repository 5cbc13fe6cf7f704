//! Every item's life, in SQL: one function for each arrow of the two lives, on SQLite or PostgreSQL.
//!
//! **Leases.** What may be done by one only (polling a feed, preparing an item, publishing a delivery, writing to a site) is
//! claimed first. A claim writes a fresh token and an end time into the row; every later statement about the row asks for
//! that token and for the state that the claim gave it. A worker that slept past its lease therefore changes nothing and
//! gets [`Error::StaleLease`]; what ends a lease takes it by value.
//!
//! **If the process dies** with a claimed row in hand, the row stays as it is until the lease runs out (or, on SQLite, until
//! the next daemon takes the place that the dead one had, see [`Store::take_place`]). Then it is claimable again:
//! - a feed is due as before: nothing of the poll was stored;
//! - an item goes back to `seen`: what its steps brought is stored step by step;
//! - a delivery goes back to `ready`. Before each request that could make something, [`Store::begin`] has stored until when
//!   no look proves anything (`doubt.until`), so a delivery that died after it comes back in doubt and due at that time.
//!
//! **Transactions** are short, never hold a network call, and begin with the write lock or a write, so that no reader turns
//! into a writer in mid-transaction (which SQLite refuses where another wrote in between).
//!
//! **A dry run** works on [`Store::over`]: an in-memory store laid over this one, which is only read.

mod alike;
mod attempts;
mod blocks;
mod changes;
mod contests;
mod db;
mod decide;
mod deliveries;
mod digests;
mod due;
mod error;
mod feeds;
mod filters;
mod floods;
mod hands;
mod hosts;
mod items;
mod journal;
mod keys;
mod known;
mod ladder;
mod lease;
mod matches;
mod media;
mod merges;
mod open;
mod origins;
mod overlay;
mod pauses;
mod place;
#[cfg(test)]
mod plans;
mod polls;
mod profiles;
mod prune;
mod reads;
mod rebind;
mod reconcile;
mod remember;
mod reviews;
mod rows;
mod runs;
mod sites;
mod slots;
mod subscriptions;
mod sync;
mod terms;
mod updates;
mod vanished;
mod wanted;
mod window;
mod wishes;
mod writer;

pub use alike::{Alike, First, same_story};
pub use attempts::{Answer, Attempt};
pub use blocks::Came;
pub use changes::{Change, Followed, Rejoined};
pub use contests::{Contest, Ended};
pub use decide::{Decided, Fate, NewDelivery};
pub use deliveries::{Begin, PostFacts, Published};
pub use digests::{DigestRow, DigestWaits, Join, Left, NewDigest};
pub use due::NextDue;
pub use error::Error;
pub use journal::{Journaled, MadeKind, TermKnown};
pub use ladder::SameStory;
pub use lease::Lease;
pub use matches::Matches;
pub use media::{MediaRow, MediaState};
pub use origins::Origin;
pub use pauses::{Pause, Scope};
pub use place::Place;
pub use polls::{HostRest, NewEntry, PollOutcome, PollPoliteness, PollRecord, Remembered, Revision, Scoped, Take};
pub use prune::Pruned;
pub use reads::{Counts, ItemFilter};
pub use rebind::{Rebind, Rebound};
pub use reconcile::{FoundKind, FoundPost, TakenOver};
pub use reviews::{Conflict, Review, ReviewDetail};
pub use rows::{FeedRow, SiteRow};
pub use runs::{Made, Run};
pub use slots::{Given, Placed, Read, Unplaced};
pub use subscriptions::Offered;
pub use sync::{ConfiguredDigest, ConfiguredFeed, ConfiguredSite};
pub use terms::{TermDay, TermPath};
pub use updates::Update;
pub use vanished::Vanished;
pub use wanted::{NewWanted, Wanted, Why};

use std::path::PathBuf;
use std::sync::Arc;

/// The store. Cloning it is cheap; all clones are one.
#[derive(Clone, Debug)]
pub struct Store {
    db: db::Db,
    /// As a person may see it: without a password.
    shown: Arc<str>,
    /// The file, where it is SQLite in a file.
    file: Option<Arc<PathBuf>>,
    /// What lies below, where this is laid over another store.
    base: Option<Arc<Store>>,
}
