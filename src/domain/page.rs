//! What an entry's own page brought.

use serde::{Deserialize, Serialize};

use super::{ImageRef, Signal};

/// The page that an entry links to, read once and stored before the next step. Nothing in it is trusted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Page {
    /// Where it came from in the end; absolute.
    pub url: String,
    /// The article as HTML with absolute addresses, not yet sanitised; empty where `instead` says why it isn't used.
    pub html: String,
    /// What relative addresses in `html` are relative to.
    pub base: String,
    /// Why the feed's own text is used instead of the page's.
    pub instead: Option<String>,
    /// What else a person should know: `page 3 of the article could not be had: 404 Not Found`.
    pub notes: Vec<String>,
    /// Pictures that the page names for itself (Open Graph, JSON-LD, `twitter:image`), best first; not those in its text.
    pub images: Vec<ImageRef>,
    /// The address of a licence that the page names.
    pub licence: Option<String>,
    /// What the page, its server and robots.txt say of its use.
    pub signals: Vec<Signal>,
}
