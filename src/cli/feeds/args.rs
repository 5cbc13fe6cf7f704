//! What may be typed after `wirepress feeds`.

use clap::{Args, Subcommand};
use url::Url;

use crate::cli::args::Json;
use crate::poll;

#[derive(Debug, Subcommand)]
pub enum Feeds {
    /// List feeds and when they are due
    List(Json),
    /// Poll a feed now, though not before its publisher's Retry-After, freshness and skipped hours
    Poll {
        /// The feed's name
        name: String,
        #[arg(long)]
        json: bool,
    },
    /// Show everything about one feed, and which rule decides when it is polled
    Show {
        /// The feed's name
        name: String,
        #[arg(long)]
        json: bool,
    },
    /// Tell what asking cost the publishers: requests, share of 304, bytes saved, violations
    Politeness(Politeness),
    /// Let a held feed go on: it is what it shall be, and its new entries are new
    Accept {
        /// The feed's name
        name: String,
    },
    /// Let a held feed go on whose new entries are the old ones under new keys: nothing of them is posted
    Rebind {
        /// The feed's name
        name: String,
    },
    /// Show what is read of feed documents, without a configuration
    Parse(Parse),
    /// Tell a publisher what to fix in a feed
    Lint(Lint),
}

#[derive(Debug, Args)]
pub struct Politeness {
    /// How many days back, today included
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u64).range(1..=8))]
    pub days: u64,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Parse {
    /// Files or addresses of feeds; `-` is standard input
    #[arg(required = true, value_name = "FILE|URL")]
    pub sources: Vec<String>,
    /// Print JSON: one object a line for each document
    #[arg(long)]
    pub json: bool,
    /// Exit with 4 when any document can't be read, not only when none can
    #[arg(long)]
    pub strict: bool,
    #[command(flatten)]
    pub how: How,
}

#[derive(Debug, Args)]
pub struct Lint {
    /// Addresses or files of feeds; `-` is standard input
    #[arg(required = true, value_name = "URL|FILE")]
    pub sources: Vec<String>,
    /// Print JSON: one object a line for each document
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub how: How,
}

/// How a document is read, where the one who typed it knows better than the document.
#[derive(Debug, Clone, Args)]
pub struct How {
    /// The encoding, whatever the document says of it (as in `windows-1252`)
    #[arg(long, value_name = "LABEL", value_parser = encoding)]
    pub charset: Option<String>,
    /// A pattern that dates are tried with first (as in `%d.%m.%Y %H:%M`)
    #[arg(long, value_name = "PATTERN")]
    pub date_format: Option<String>,
    /// What relative links in a file are relative to [default: they stay relative]
    #[arg(long, value_name = "URL")]
    pub base: Option<Url>,
}

/// A label of the Encoding Standard.
fn encoding(label: &str) -> Result<String, String> {
    match poll::encoding_named(label) {
        Some(_) => Ok(label.to_owned()),
        None => {
            Err("it is no encoding; labels are those of the Encoding Standard, as in `utf-8`, `windows-1251` or `shift_jis`".to_owned())
        }
    }
}
