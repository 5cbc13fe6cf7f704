//! What may be typed after `wirepress rules`.

use clap::Subcommand;

use crate::cli::args::Json;

#[derive(Debug, Subcommand)]
pub enum Rules {
    /// List the built-in rules for what is no part of an article (`boilerplate` keeps and adds)
    Tails(Json),
}
