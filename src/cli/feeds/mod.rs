//! `wirepress feeds`: its verbs, one file each.

mod list;
mod poll;

pub use list::{Line, lines, list, view};
pub use poll::{exit_of, poll, tell_paused};
