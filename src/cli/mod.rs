//! The operator's verbs, one file each.

pub mod args;
pub mod exit;
pub mod init;
mod lives;
pub mod show;
mod text;
