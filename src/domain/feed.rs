//! What a feed document says of itself, and what a server said with it.

use serde::{Deserialize, Serialize};

/// What a document says of the feed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FeedFacts {
    /// Plain text.
    pub title: Option<String>,
    /// The site that the feed belongs to; absolute.
    pub home: Option<String>,
    /// BCP 47.
    pub language: Option<String>,
    /// A copyright line or licence.
    pub rights: Option<String>,
}

/// What makes the next request conditional (RFC 9110, sections 8.8 and 13.1): byte for byte as one response had it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Validators {
    /// The `ETag` header's value, quotes and `W/` included.
    pub etag: Option<String>,
    /// The `Last-Modified` header's value.
    pub last_modified: Option<String>,
}
