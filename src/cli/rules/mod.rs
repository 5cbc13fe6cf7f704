//! `wirepress rules`: which there are.

pub mod args;
mod tails;

pub use tails::tails;
