//! The picture of an entry: candidates in order, fetched, and told by their bytes.

use super::clean::Cleaned;
use crate::domain::{Entry, ImageRef};

/// A picture that may become the featured image.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    pub image: ImageRef,
    /// Where it was named: `the feed's media`, `the first picture of the body`.
    pub from: &'static str,
}

/// The pictures to try, in their order: the feed's own media first, then the body's first picture.
pub fn candidates(entry: &Entry, body: &Cleaned) -> Vec<Candidate> {
    let media = entry.images.iter().map(|image| Candidate { image: image.clone(), from: "the feed's media" });
    let first = body.images.first().map(|image| Candidate { image: image.clone(), from: "the first picture of the body" });
    media.chain(first).collect()
}

/// STUB
pub async fn picture(
    _http: &crate::http::Client,
    _candidates: &[Candidate],
    _referer: Option<&url::Url>,
    _title: &str,
) -> Result<(crate::domain::DraftImage, Vec<u8>), String> {
    Err("stub".into())
}
