//! The right to do one thing with one row for a while.

use std::time::Duration;

use super::error::{Error, Result};
use crate::domain::{Id, Timestamp};

/// The right to do one thing with one row until it runs out. It can't be copied: what ends it takes it.
#[derive(Debug, PartialEq, Eq)]
pub struct Lease {
    pub(super) row: Id,
    pub(super) token: i64,
    pub(super) until: Timestamp,
    /// The attempt that is under way (deliveries only).
    pub(super) attempt: Option<Id>,
}

impl Lease {
    pub(super) fn new(row: Id, token: i64, until: Timestamp) -> Self {
        Self { row, token, until, attempt: None }
    }

    /// A token that no other claim has: a fresh id.
    pub(super) fn token(now: Timestamp) -> i64 {
        Id::new(now).to_i64()
    }

    /// The row that it is about.
    pub fn row(&self) -> Id {
        self.row
    }

    /// From then on another may claim the row.
    pub fn until(&self) -> Timestamp {
        self.until
    }
}

/// A statement that asked for the lease's token changed the row, or else the lease is stale.
pub(super) fn proves(lease: &Lease, changed: u64) -> Result<()> {
    if changed == 0 { Err(Error::StaleLease(lease.row)) } else { Ok(()) }
}

/// How often a claim is tried where others want the same rows; after the last: [`super::Error::Contended`].
pub(super) const TRIES: u32 = 6;

/// A short pause before the next try, longer with each, so that the others can end.
pub(super) async fn pause(tries: u32) {
    tokio::time::sleep(Duration::from_millis(10) * tries * tries).await;
}
