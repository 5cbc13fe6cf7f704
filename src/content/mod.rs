//! An entry's body made clean, absolute and short enough, as WordPress blocks, with a picture.

mod blocks;
mod clean;
mod excerpt;
mod format;
mod image;
mod pixel;
mod tidy;
mod tokens;

#[cfg(test)]
mod tests;

pub use blocks::{blocks, classic};
pub use clean::{Cleaned, Limits, clean};
pub use excerpt::{Excerpt, count_words, excerpt, excerpt_of};
pub use image::{Candidate, NoPicture, candidates, picture};
