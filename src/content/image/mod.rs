//! The pictures of an entry: named ([`candidates`]), scored, fetched ([`Images`]), told by their bytes, and made ready to go up.

mod candidates;
mod doubled;
mod fetch;
mod hosts;
#[cfg(test)]
pub(super) mod made;
mod ready;
mod same;
mod scan;
mod score;
mod strip;
#[cfg(test)]
mod tests;

pub use candidates::{Candidate, candidates};
pub use doubled::without_double;
pub use fetch::{Copies, Errand, Images, NoPicture, Picture, may_pass, own_picture};
pub use ready::ImageLimits;
pub use same::is_same_picture;

use url::Url;

use super::format::{Look, look};
use crate::domain::ImageRef;

/// What bytes are, if they are no picture that WordPress takes: `HTML`, `SVG`, `empty`.
pub fn no_picture(bytes: &[u8]) -> Option<&'static str> {
    match look(bytes) {
        Look::Picture(..) => None,
        Look::Other(what) => Some(what),
    }
}

/// The pictures that a cleaned body shows, as it names them, with their descriptions and captions.
pub fn pictures_of(html: &str) -> Vec<ImageRef> {
    scan::scan(html, None).into_iter().filter(|image| Url::parse(&image.url).is_ok()).collect()
}
