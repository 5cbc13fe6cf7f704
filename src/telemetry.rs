//! Sets up logging: to standard error, so that standard output carries nothing but what was asked for.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people; without times under systemd's journal, which has its own.
    Text,
    /// One JSON object a line.
    Json,
}

/// Starts logging. `quiet` shows warnings only; `RUST_LOG` overrides it. `writer` leads to standard error, each line in one
/// piece. A second call changes nothing.
pub fn start<W>(format: Format, verbosity: Verbosity, writer: W)
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let level = match verbosity {
        Verbosity::Silent => "error",
        Verbosity::Quiet => "warn",
        Verbosity::Normal => "wirepress=info,warn",
        Verbosity::Verbose => "wirepress=debug,info",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let base = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_target(false);
    let journal = std::env::var_os("JOURNAL_STREAM").is_some();
    let done = match format {
        Format::Json => base.json().flatten_event(true).try_init(),
        Format::Text if journal => base.without_time().with_ansi(false).try_init(),
        Format::Text => base.with_ansi(std::io::stderr().is_terminal()).try_init(),
    };
    // Only a second start fails, and the first one stands.
    drop(done);
}

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verbosity {
    /// Errors only: for what answers by itself.
    Silent,
    Quiet,
    Normal,
    Verbose,
}
