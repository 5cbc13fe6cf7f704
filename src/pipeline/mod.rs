//! The verbs in order: poll, remember, prepare, publish. The only wiring.

mod preview;

pub use preview::{Preview, PreviewFeed, PreviewLeft, PreviewPost};
