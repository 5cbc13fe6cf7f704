//! The operator's verbs, one file each.

pub mod adopt;
mod args;
mod blocklist;
mod check;
mod config;
mod dry_run;
pub mod exit;
mod feeds;
mod healthcheck;
mod import;
mod init;
mod items;
mod lives;
mod merges;
mod names;
mod once;
mod open;
mod pause;
mod progress;
mod render;
mod resync;
mod reviews;
mod rules;
mod run;
mod runs;
pub mod show;
mod sites;
mod status;
mod templates;
mod text;
mod try_url;
mod undo;
mod why;

use std::io::Write;
use std::process::ExitCode;

use self::args::{Blocklist, Cli, Config, Feeds, Global, LogFormat, Reviews, Rules, Verb};
use self::exit::{Failure, Outcome};
use crate::clock::Clock;
use crate::config::Loaded;
use crate::domain::Id;
use crate::pipeline::Pipeline;
use crate::store::Store;
use crate::telemetry::{self, Format, Verbosity};

/// Reads the command line, runs one verb, and answers its exit code.
pub fn main() -> ExitCode {
    let cli = Cli::of_command_line();
    start_log(&cli.global, &cli.verb);
    crate::daemon::memory::hold_together();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(dispatch(&cli.global, cli.verb)),
        Err(error) => Err(error.into()),
    };
    let exit = outcome.unwrap_or_else(|failure| {
        let told = format!("{:#}", failure.error);
        // problems of a configuration each say what they are
        eprintln!("{}{told}", if told.starts_with("error: ") { "" } else { "error: " });
        failure.exit
    });
    ExitCode::from(exit.code())
}

async fn dispatch(global: &Global, verb: Verb) -> Outcome {
    let clock = Clock::system();
    let now = clock.now();
    match verb {
        Verb::Run(arguments) => run::run(global, &arguments).await,
        Verb::Once(arguments) => once::run(global, &arguments).await,
        Verb::Try(arguments) => try_url::try_url(&arguments, &clock).await,
        Verb::Check(arguments) => check::check(global, &arguments, &clock).await,
        Verb::Init(arguments) => init::init(global, &arguments, &clock).await,
        Verb::Status(arguments) => {
            let (loaded, store) = to_read(global).await?;
            status::status(&store, &loaded.config, &open::heartbeat(&loaded), arguments.json, now).await
        }
        Verb::Items(items @ (args::Items::List { .. } | args::Items::Show { .. })) => {
            items::items(&to_read(global).await?.1, &items, now).await
        }
        Verb::Items(args::Items::Render(arguments)) => render::render(&beside(global, clock).await?, &arguments, now).await,
        Verb::Items(args::Items::Revive { id }) => items::revive(&beside(global, clock).await?, &id).await,
        Verb::Reviews(Reviews::List { all, json }) => reviews::list(&to_read(global).await?.1, all, json, now).await,
        Verb::Reviews(Reviews::Show { id, json }) => reviews::show(&to_read(global).await?.1, &id, json, now).await,
        Verb::Reviews(verb @ Reviews::Resolve { .. }) => reviews::resolve(&beside(global, clock).await?, &verb).await,
        Verb::Items(items) => {
            let loaded = open::quietly(global)?;
            items::items(&open::store(&loaded.config, &clock).await?, &items, now).await
        }
        Verb::Feeds(Feeds::List(arguments)) => {
            let (loaded, store) = to_read(global).await?;
            feeds::list(&store, &loaded.config, arguments.json, now).await
        }
        Verb::Feeds(Feeds::Poll { name, json }) => feeds::poll(&beside(global, clock).await?, &name, json, now).await,
        Verb::Feeds(Feeds::Show { name, json }) => {
            let (loaded, store) = to_read(global).await?;
            feeds::show(&store, &loaded.config, &name, json, now).await
        }
        Verb::Feeds(Feeds::Politeness(arguments)) => feeds::politeness(&to_read(global).await?.1, &arguments, now).await,
        Verb::Feeds(Feeds::Accept { name }) => {
            let loaded = open::quietly(global)?;
            feeds::accept(&open::store(&loaded.config, &clock).await?, &name).await
        }
        Verb::Feeds(Feeds::Rebind { name }) => {
            let loaded = open::quietly(global)?;
            feeds::rebind(&open::store(&loaded.config, &clock).await?, &loaded.config, &name, now).await
        }
        Verb::Feeds(Feeds::Lint(arguments)) => feeds::lint(&arguments, now).await,
        Verb::Feeds(Feeds::Parse(arguments)) => feeds::parse(&arguments).await,
        Verb::Rules(Rules::Tails(arguments)) => rules::tails(arguments.json),
        Verb::Templates(args::Templates::Lint(arguments)) => templates::lint(global, arguments.json),
        Verb::Rules(Rules::List(arguments)) => {
            let (loaded, store) = to_read(global).await?;
            rules::list(&store, &loaded.config, &arguments, now).await
        }
        Verb::Rules(Rules::Try(arguments)) => rules::trying(open::quietly(global)?, &clock, &arguments).await,
        Verb::Undo(arguments) => undo::undo(&beside(global, clock).await?, &arguments, now).await,
        Verb::Resync(arguments) => resync::resync(&beside(global, clock).await?, &arguments).await,
        Verb::Adopt(arguments) => adopt::adopt(&beside(global, clock).await?, &arguments).await,
        Verb::Import(arguments) => import::import(&beside(global, clock).await?, &arguments).await,
        Verb::Sites(args::Sites::Move(arguments)) => {
            let loaded = open::quietly(global)?;
            let store = open::store(&loaded.config, &clock).await?;
            let owner = Id::new(clock.now());
            let pipeline = open::beside_moved(loaded, store, clock, owner, "by hand", &arguments.name).await?;
            sites::moved(&pipeline, &arguments).await
        }
        Verb::Runs(arguments) => runs::runs(&to_read(global).await?.1, &arguments, now).await,
        Verb::Blocklist(Blocklist::Add(arguments)) => blocklist::add(&beside(global, clock).await?, &arguments).await,
        Verb::Blocklist(Blocklist::List { json }) => blocklist::list(&to_read(global).await?.1, json, now).await,
        Verb::Blocklist(Blocklist::Remove { domain }) => {
            let loaded = open::quietly(global)?;
            blocklist::remove(&open::store(&loaded.config, &clock).await?, &domain).await
        }
        Verb::Why(arguments) => why::why(&to_read(global).await?.1, &arguments, now).await,
        Verb::Pause(target) => pause::pause(&beside(global, clock).await?, &target).await,
        Verb::Resume(target) => pause::resume(&beside(global, clock).await?, &target).await,
        Verb::Config(Config::Schema) => config::schema(),
        Verb::Config(Config::Show(arguments)) => config::show(&open::quietly(global)?, arguments.json),
        Verb::Healthcheck => healthcheck::healthcheck(&open::heartbeat(&open::quietly(global)?), now),
    }
}

/// The configuration and the store, which is only read; an empty one where there is none yet.
async fn to_read(global: &Global) -> Result<(Loaded, Store), Failure> {
    let loaded = open::quietly(global)?;
    let store = open::store_to_read(&loaded.config).await?;
    Ok((loaded, store))
}

/// The pipeline of a verb that works beside the daemon: it doesn't hold the daemon's place.
async fn beside(global: &Global, clock: Clock) -> Result<Pipeline, Failure> {
    let loaded = open::quietly(global)?;
    let store = open::store(&loaded.config, &clock).await?;
    let owner = Id::new(clock.now());
    open::beside(loaded, store, clock, owner, "by hand").await
}

fn start_log(global: &Global, verb: &Verb) {
    let format = match global.log_format {
        LogFormat::Text => Format::Text,
        LogFormat::Json => Format::Json,
    };
    // The daemon tells what it does; a verb that a person typed answers on standard output, and logs what went wrong.
    let verbosity = match (global.verbose, global.quiet, verb) {
        (true, ..) => Verbosity::Verbose,
        (_, _, Verb::Once(once)) if once.dry_run => Verbosity::Silent,
        (_, false, Verb::Run(_) | Verb::Once(_)) => Verbosity::Normal,
        (_, true, Verb::Run(_) | Verb::Once(_)) => Verbosity::Quiet,
        _ => Verbosity::Silent,
    };
    telemetry::start(format, verbosity, || progress::LogLine);
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
