//! What can stop a pass as a whole. What befalls one feed, item or delivery is a row in the store, not an error here.

use crate::{http, store};

/// What can stop a pass.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store could not be read or written.
    #[error(transparent)]
    Store(store::Error),
    /// The door to the network could not be set up.
    #[error(transparent)]
    Http(#[from] http::Error),
    /// A bug: a task ended by a panic.
    #[error("{0} ended by a panic; this is a bug in wirepress")]
    Panicked(&'static str),
    /// A name that the configuration doesn't have.
    #[error("there is no {what} `{name}` in the configuration")]
    Unknown { what: &'static str, name: String },
}
