//! How a configured feed is asked: its address, and what its requests have that others' don't.
//!
//! Its secrets are read at its first poll and kept in memory; after an answer that refuses them they are read again.

use std::sync::Arc;

use url::Url;

use super::Feed;
use crate::http::{self, Access};
use crate::poll::{self, Source};

/// What is sent along, once it was read.
#[derive(Default)]
pub(super) struct Kept(tokio::sync::Mutex<Option<Arc<Access>>>);

impl Feed {
    /// What to ask for at this address; or, in a person's words, which secret is missing. What proves who asks goes only to the
    /// server that the operator typed, also where the feed has moved elsewhere.
    pub(super) async fn source(&self, url: Url) -> Result<Source, String> {
        let typed = &self.config().url;
        let access = self.access().await?.map(|access| if http::same_server(typed, &url) { access } else { Arc::new(access.away()) });
        let (reading, kind) = (self.config().reading.clone(), self.config().kind.clone());
        Ok(Source { access, reading, kind, gap: self.config.spacing.gap, ..Source::new(url) })
    }

    async fn access(&self) -> Result<Option<Arc<Access>>, String> {
        if self.config().access.is_empty() {
            return Ok(None);
        }
        let mut kept = self.access.0.lock().await;
        if kept.is_none() {
            let config = self.config().access.clone();
            // a command may take its time
            let read = tokio::task::spawn_blocking(move || config.resolve()).await;
            *kept = read.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
        }
        Ok(kept.clone())
    }

    /// Reads its secrets again at the next poll, if this error says that they are wrong: they may have been changed.
    pub(super) async fn doubt_secrets(&self, error: &poll::Error) {
        if matches!(error, poll::Error::Status { status: 401 | 403 | 407, .. }) {
            *self.access.0.lock().await = None;
        }
    }
}
