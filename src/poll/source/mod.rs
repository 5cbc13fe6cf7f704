//! Documents that are no feeds and are read as if they were: pages by CSS selectors, JSON by paths, sitemaps.

mod json_path;
mod picker;
mod select;
mod sitemap;
mod tree;

use std::sync::Arc;

use super::{ParseError, Parsed, Reading};
use crate::http::HeaderValue;

pub use json_path::{Json, JsonField, JsonItems};
pub use picker::Picker;
pub use select::Select;
pub use sitemap::Sitemap;
pub(super) use sitemap::{Children, Whole};

/// What kind of document lies at a feed's address.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Kind {
    /// RSS, Atom, RDF, CDF or JSON Feed.
    #[default]
    Feed,
    /// A web page; its entries are picked by CSS selectors.
    Page(Arc<Select>),
    /// JSON of any other form; its entries are picked by paths.
    Json(Arc<Json>),
    /// A sitemap, or an index of some.
    Sitemap(Arc<Sitemap>),
}

impl Kind {
    /// What is asked for; `None` is what feeds ask for.
    pub(super) fn accept(&self) -> Option<HeaderValue> {
        Some(HeaderValue::from_static(match self {
            Self::Feed => return None,
            Self::Page(_) => "text/html, application/xhtml+xml;q=0.9, */*;q=0.1",
            Self::Json(_) => "application/json, */*;q=0.1",
            Self::Sitemap(_) => "application/xml, text/xml;q=0.9, application/gzip;q=0.8, text/plain;q=0.5, */*;q=0.1",
        }))
    }

    /// Reads a document of this kind. Takes its time: not for an async thread.
    pub(super) fn parse(&self, bytes: &[u8], content_type: Option<&str>, base: &url::Url, reading: &Reading) -> Result<Parsed, ParseError> {
        match self {
            Self::Feed => super::parse(bytes, content_type, base, reading),
            Self::Page(select) => select.parse(bytes, content_type, base, reading),
            Self::Json(json) => json.parse(bytes, content_type, base, reading),
            Self::Sitemap(sitemap) => sitemap.parse(bytes, content_type, base, reading),
        }
    }
}
