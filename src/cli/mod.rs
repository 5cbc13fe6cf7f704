//! The operator's verbs, one file each.

pub mod args;
pub mod exit;
