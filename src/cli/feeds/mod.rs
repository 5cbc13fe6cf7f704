//! `wirepress feeds`: its verbs, one file each.

mod accept;
pub mod args;
mod document;
mod lint;
mod list;
mod parse;
mod politeness;
mod poll;
mod push;
mod rebind;
mod show;

pub use accept::accept;
pub use lint::lint;
pub use list::{Line, lines, list, view};
pub use parse::parse;
pub use politeness::politeness;
pub use poll::{exit_of, poll, tell_paused};
pub use push::pushed;
pub use rebind::rebind;
pub use show::show;
