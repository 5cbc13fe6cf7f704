//! The operator's verbs, one file each.

pub mod args;
pub mod exit;
pub mod show;
mod text;
