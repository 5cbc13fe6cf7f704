//! The verbs in order: poll, remember, prepare, publish. The only wiring.

pub mod heartbeat;
mod preview;

pub use preview::{Preview, PreviewFeed, PreviewLeft, PreviewPost};
