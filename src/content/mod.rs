//! An entry's body made clean, absolute and short enough, as WordPress blocks, with a picture.

mod allow;
mod blocks;
mod clean;
mod embeds;
mod entities;
mod excerpt;
mod format;
mod headings;
mod image;
mod links;
mod pixel;
mod share;
mod tails;
mod tame;
mod tidy;
mod tokens;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod xss;

pub use blocks::{blocks, classic};
pub use clean::{Cleaned, Limits, Source, clean, clean_from, line, plain};
pub use excerpt::{Excerpt, count_words, excerpt, excerpt_of};
pub use image::{Candidate, NoPicture, candidates, picture};
pub use tails::{Removed, TAILS, Tail, Where};
