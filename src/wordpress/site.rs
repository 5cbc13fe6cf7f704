//! One site and our account on it: every request of this room goes out here.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::domain::Secret;
use crate::http;

use super::{BATCH, Root};

/// A site that we are to post to. Cheap to clone; clones share what was learned about batches.
#[derive(Clone)]
pub struct Site(Arc<Inner>);

struct Inner {
    http: http::Client,
    root: Root,
    user: String,
    password: Secret,
    timeout: Duration,
    batch: AtomicUsize,
}

impl Site {
    /// `timeout` is for each whole request, uploads too.
    pub fn new(http: http::Client, root: Root, user: String, password: Secret, timeout: Duration) -> Self {
        let batch = AtomicUsize::new(BATCH);
        Self(Arc::new(Inner { http, root, user, password, timeout, batch }))
    }

    /// What the site said of itself when it was found.
    pub fn root(&self) -> &Root {
        &self.0.root
    }

    /// The time limit of each request.
    pub fn timeout(&self) -> Duration {
        self.0.timeout
    }

    /// How many posts may go into one request; 1 where `batch/v1` turned out to be blocked.
    pub fn batch(&self) -> usize {
        self.0.batch.load(Ordering::Relaxed)
    }
}
