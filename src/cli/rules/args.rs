//! What may be typed after `wirepress rules`.

use clap::{Args, Subcommand};

use crate::cli::args::Json;

#[derive(Debug, Subcommand)]
pub enum Rules {
    /// List every rule with how often it matched, those that never did first
    List(Days),
    /// Show what the rules as they are now would make of the items of the last days; changes nothing
    ///
    /// With `--config FILE`: the rules of another configuration, on the store that it names.
    Try(Days),
    /// List the built-in rules for what is no part of an article (`boilerplate` keeps and adds)
    Tails(Json),
}

#[derive(Debug, Args)]
pub struct Days {
    /// How many days back
    #[arg(long, value_name = "N", default_value_t = 7)]
    pub days: u32,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}
