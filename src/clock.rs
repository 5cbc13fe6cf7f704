//! The one place that asks what time it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::domain::Timestamp;
use crate::killpoints;

/// A source of the time: the system's, or one that tests move by hand.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Set(Arc<AtomicI64>),
}

impl Clock {
    /// The system's clock.
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands at `now` until it is moved.
    pub fn set_to(now: Timestamp) -> Self {
        Self(Source::Set(Arc::new(AtomicI64::new(now.unix()))))
    }

    /// Moves a clock that stands; the system's is not ours to move.
    pub fn advance(&self, span: Duration) {
        if let Source::Set(now) = &self.0 {
            now.fetch_add(i64::try_from(span.as_secs()).unwrap_or(0), Ordering::SeqCst);
        }
    }

    /// The present second.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => Timestamp::from_unix(chrono::Utc::now().timestamp().saturating_add(killpoints::clock_ahead())),
            Source::Set(now) => Timestamp::from_unix(now.load(Ordering::SeqCst)),
        }
    }
}
