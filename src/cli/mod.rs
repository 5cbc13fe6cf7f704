//! The operator's verbs, one file each.

pub mod args;
mod dry_run;
pub mod exit;
mod healthcheck;
mod items;
mod lives;
mod names;
mod once;
mod open;
mod progress;
mod run;
pub mod show;
mod text;
mod why;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use self::args::{Cli, Global, LogFormat, Verb};
use self::exit::{Exit, Outcome};
use crate::telemetry::{self, Format, Verbosity};

/// Reads the command line, runs one verb, and answers its exit code.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    start_log(&cli.global, &cli.verb);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(dispatch(&cli.global, cli.verb)),
        Err(error) => Err(error.into()),
    };
    let exit = outcome.unwrap_or_else(|failure| {
        eprintln!("error: {:#}", failure.error);
        failure.exit
    });
    ExitCode::from(exit.code())
}

async fn dispatch(global: &Global, verb: Verb) -> Outcome {
    match verb {
        Verb::Run(arguments) => run::run(global, &arguments).await,
        Verb::Once(arguments) => once::run(global, &arguments).await,
        _ => Err(exit::Failure::new(Exit::Usage, "this verb is not there yet")),
    }
}

fn start_log(global: &Global, verb: &Verb) {
    let format = match global.log_format {
        LogFormat::Text => Format::Text,
        LogFormat::Json => Format::Json,
    };
    // The daemon tells what it does; a verb that a person typed answers on standard output, and logs what went wrong.
    let verbosity = match (global.verbose, global.quiet, verb) {
        (true, ..) => Verbosity::Verbose,
        (_, false, Verb::Run(_) | Verb::Once(_)) => Verbosity::Normal,
        _ => Verbosity::Quiet,
    };
    telemetry::start(format, verbosity);
}

/// Data goes to standard output. A reader that has heard enough, as `head` has, is no error.
fn print(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}

/// The same, as JSON on lines of its own.
fn print_json(value: &serde_json::Value) -> std::io::Result<()> {
    print(&format!("{value:#}\n"))
}
