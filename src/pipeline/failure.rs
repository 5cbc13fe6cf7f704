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
    /// A name that the configuration doesn't have.
    #[error("there is no {what} `{name}` in the configuration")]
    Unknown { what: &'static str, name: String },
    /// A name that the configuration has, while the one in force on the store doesn't.
    #[error(
        "{what} `{name}` is not in force yet\nhint: `wirepress once` puts the configuration in force, and so does the daemon at its start or at SIGHUP"
    )]
    NotInForce { what: &'static str, name: String },
}
