//! A term as a site has it.

use super::Timestamp;

/// A term of a site, as it was when it was last looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SiteTerm {
    /// The taxonomy's `rest_base`: `tags`, `categories`, …
    pub taxonomy: String,
    /// WordPress' id.
    pub id: u64,
    /// As a person reads it: entities decoded.
    pub name: String,
    /// As WordPress keeps it; empty where it isn't known.
    pub slug: String,
    /// The id of the term that it lies under; 0: none.
    pub parent: u64,
    /// When it was found to be deleted.
    pub gone: Option<Timestamp>,
}
