//! An entry's body made clean, absolute and short enough, as WordPress blocks, with a picture.

mod allow;
mod blocks;
mod clean;
mod edit;
mod embeds;
mod entities;
mod excerpt;
mod format;
mod headings;
mod image;
mod links;
pub mod page;
mod pixel;
pub mod rights;
mod share;
mod tails;
mod tame;
mod tidy;
mod tokens;

#[cfg(test)]
mod soup;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod xss;

pub use blocks::{blocks, classic};
pub use clean::{Cleaned, Limits, Source, clean, clean_from, line, plain};
pub use edit::edit;
pub use excerpt::{Excerpt, count_words, excerpt, excerpt_of};
pub use image::{
    Candidate, Copies, Errand, ImageLimits, Images, NoPicture, Picture, candidates, is_same_picture, may_pass, no_picture, own_picture,
    pictures_of, without_double,
};
pub use tails::{Removed, TAILS, Tail, Where};
