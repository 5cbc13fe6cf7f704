//! `wirepress rules`: which there are and how often they matched; what a changed one would do; what is built in.

pub mod args;
mod list;
mod tails;
mod trying;

pub use list::list;
pub use tails::tails;
pub use trying::trying;
