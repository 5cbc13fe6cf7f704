//! The daemon: one scheduler that starts the passes that are due, signals, and what systemd wants to hear.
//!
//! The scheduler's step reads from the store what is due, starts a pass for it if none is under way, and sleeps until the next
//! moment that counts. Passes store what they do as they do it, so ending the process at any point loses nothing: SIGTERM asks
//! the passes to end, waits for the grace time, and then gives the leases back.

mod signals;
mod systemd;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::domain::{Id, Timestamp};
use crate::pipeline::{Error, Pipeline, Which, heartbeat};
use crate::store::{Place, Store};

pub use signals::{Signal, Signals};

/// The scheduler looks at the store at least this often; systemd's watchdog and the heartbeat live from it.
const LONGEST_NAP: Duration = Duration::from_secs(15);
/// While passes run, this often: what one of them brings, the next may take up.
const SHORT_NAP: Duration = Duration::from_secs(1);
/// Without any progress of a running pass for this long, the watchdog hears nothing more.
const STUCK: Duration = Duration::from_secs(1800);
/// How often old texts are dropped.
const UPKEEP: Duration = Duration::from_secs(3600);

/// What the daemon is given.
pub struct Daemon {
    pub pipeline: Arc<Pipeline>,
    pub store: Store,
    pub place: Place,
    pub clock: Clock,
    /// Where it shows that it makes progress.
    pub heartbeat: PathBuf,
    /// How long a stop waits for what is under way.
    pub grace: Duration,
}

/// Reads the configuration again; the error is for the log.
pub trait Reload {
    /// The pipeline of the new configuration, or why the old one stays.
    fn reload(&self) -> impl Future<Output = Result<Arc<Pipeline>, String>>;
}

/// One thing that the scheduler has started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Task {
    Poll,
    Prepare,
    Publish(Id),
    Upkeep,
}

/// Runs until a signal ends it.
pub async fn run(daemon: Daemon, mut signals: Signals, reload: impl Reload) -> Result<(), Error> {
    let Daemon { mut pipeline, store, place, clock, heartbeat, grace } = daemon;
    let mut running: JoinSet<(Task, Result<(), Error>)> = JoinSet::new();
    let mut busy: HashSet<Task> = HashSet::new();
    let mut upkept = Timestamp::from_unix(0);
    systemd::ready();
    tracing::info!(feeds = pipeline.config.feeds.len(), sites = pipeline.config.sites.len(), store = store.shown(), "running");
    let ended = loop {
        let now = clock.now();
        let nap = match step(&pipeline, &store, now, &mut upkept, &mut busy, &mut running).await {
            Ok(nap) => nap,
            Err(error) => {
                tracing::error!(%error, "the store can't be read; trying again");
                LONGEST_NAP
            }
        };
        if running.is_empty() {
            pipeline.end_run().await?;
        }
        let stuck = !running.is_empty() && now.since(pipeline.last_progress()) > STUCK;
        if !stuck {
            systemd::alive(&format!(
                "{} feeds, {} sites, {} passes under way",
                pipeline.config.feeds.len(),
                pipeline.config.sites.len(),
                running.len()
            ));
            if let Err(error) = heartbeat::write(&heartbeat, now, now.plus(LONGEST_NAP * 4)) {
                tracing::warn!(%error, "the heartbeat could not be written");
            }
            store.renew_place(&place, now).await.ok();
        }
        tokio::select! {
            () = tokio::time::sleep(nap) => {}
            Some(done) = running.join_next() => finished(done, &mut busy),
            signal = signals.next() => match signal {
                Signal::Stop => break,
                Signal::Reload => {
                    systemd::reloading();
                    match reload.reload().await {
                        Ok(fresh) => {
                            tracing::info!(feeds = fresh.config.feeds.len(), sites = fresh.config.sites.len(), "a new configuration is in force");
                            pipeline = fresh;
                        }
                        Err(problems) => tracing::error!("the configuration is wrong, and the old one stays in force:\n{problems}"),
                    }
                    systemd::ready();
                }
            },
        }
    };
    systemd::stopping();
    tracing::info!(passes = running.len(), grace = %crate::domain::format_duration(grace), "stopping");
    pipeline.stop();
    let all_done = async {
        while let Some(done) = running.join_next().await {
            finished(done, &mut busy);
        }
    };
    if tokio::time::timeout(grace, all_done).await.is_err() {
        tracing::warn!("the grace time is over; what is under way is found again at the next start");
        running.shutdown().await;
    }
    pipeline.end_run().await?;
    store.leave_place(place, clock.now()).await?;
    heartbeat::remove(&heartbeat);
    Ok(ended)
}

/// Starts what is due and not under way; answers how long to sleep.
async fn step(
    pipeline: &Arc<Pipeline>,
    store: &Store,
    now: Timestamp,
    upkept: &mut Timestamp,
    busy: &mut HashSet<Task>,
    running: &mut JoinSet<(Task, Result<(), Error>)>,
) -> Result<Duration, Error> {
    let due = store.next_due(now).await?;
    let is_due = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
    if is_due(due.poll) && busy.insert(Task::Poll) {
        let pipeline = pipeline.clone();
        running.spawn(async move { (Task::Poll, pipeline.poll_pass(Which::Due).await.map(drop)) });
    }
    if is_due(due.prepare) && busy.insert(Task::Prepare) {
        let pipeline = pipeline.clone();
        running.spawn(async move { (Task::Prepare, pipeline.prepare_pass().await.map(drop)) });
    }
    for site in pipeline.sites() {
        if is_due(due.site(site.id)) && busy.insert(Task::Publish(site.id)) {
            let pipeline = pipeline.clone();
            running.spawn(async move { (Task::Publish(site.id), pipeline.publish_pass(&site, None).await.map(drop)) });
        }
    }
    if now.since(*upkept) > UPKEEP && busy.insert(Task::Upkeep) {
        *upkept = now;
        let pipeline = pipeline.clone();
        running.spawn(async move { (Task::Upkeep, pipeline.upkeep().await) });
    }
    let until = due.soonest().map_or(LONGEST_NAP, |at| at.since(now));
    let longest = if running.is_empty() { LONGEST_NAP } else { SHORT_NAP };
    Ok(until.clamp(SHORT_NAP, longest))
}

fn finished(done: Result<(Task, Result<(), Error>), tokio::task::JoinError>, busy: &mut HashSet<Task>) {
    match done {
        Ok((task, result)) => {
            busy.remove(&task);
            if let Err(error) = result {
                tracing::error!(?task, %error, "a pass ended early; it will be made again");
            }
        }
        Err(error) if error.is_cancelled() => {}
        Err(error) => {
            tracing::error!(%error, "a pass ended by a panic; this is a bug in wirepress");
            busy.clear();
        }
    }
}
