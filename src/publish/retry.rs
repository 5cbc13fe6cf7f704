//! When to try again, as data.

use std::time::Duration;

use crate::domain::{Delivery, Timestamp};
use crate::wordpress::Failure;

/// The wait after each failed try; after the last a delivery is given up.
pub const RETRY: [Duration; 10] = [
    Duration::from_secs(60),
    Duration::from_secs(5 * 60),
    Duration::from_secs(15 * 60),
    Duration::from_secs(3600),
    Duration::from_secs(3 * 3600),
    Duration::from_secs(6 * 3600),
    Duration::from_secs(12 * 3600),
    Duration::from_secs(24 * 3600),
    Duration::from_secs(24 * 3600),
    Duration::from_secs(24 * 3600),
];

/// What becomes of a delivery after a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Try again then; `doubt`: no look proves anything before. It counts as a try.
    Retry { at: Timestamp, doubt: Option<Timestamp> },
    /// It says nothing about this delivery: put it back uncounted, and leave the whole site alone until then.
    SiteRests { until: Timestamp },
    /// At once, and singly: batches are blocked on this site. Uncounted.
    Singly,
    /// Never again, unless a person says so.
    GiveUp,
}

/// When an unclear answer to a request that starts now proves something at the latest: its last possible start and the settle time.
pub fn doubt_until(now: Timestamp, timeout: Duration, settle: Duration) -> Timestamp {
    now.plus(timeout).plus(settle)
}

/// Whether another try at making it is left. A delivery in doubt is looked up even when none is.
pub fn may_create(delivery: &Delivery) -> bool {
    let _ = delivery;
    todo!()
}

/// What becomes of a delivery after this failure. `attempts`: its tries before this one. `site_failures`: in a row, of the whole site.
pub fn next(failure: &Failure, attempts: u32, site_failures: u32, settle: Duration, now: Timestamp) -> Next {
    let _ = (failure, attempts, site_failures, settle, now);
    todo!()
}
