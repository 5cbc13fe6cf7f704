//! The daemon: one scheduler that starts the passes that are due, signals, and what systemd wants to hear.
//!
//! The scheduler's step reads from the store what is due, starts a pass for it if none is under way, and sleeps until the next
//! moment that counts. Passes store what they do as they do it, so ending the process at any point loses nothing: SIGTERM asks
//! the passes to end, waits for the grace time, and then gives the leases back.

mod door;
pub mod memory;
mod signals;
mod systemd;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};

use crate::clock::Clock;
use crate::domain::{Id, Timestamp};
use crate::http::Listener;
use crate::pipeline::{Error, Pipeline, Which, heartbeat};
use crate::store::{Place, Store};

use door::Door;
pub use signals::{Signal, Signals};

/// The scheduler looks at the store at least this often; systemd's watchdog and the heartbeat live from it.
const LONGEST_NAP: Duration = Duration::from_secs(15);
/// While passes run, this often: what one of them brings, the next may take up.
const SHORT_NAP: Duration = Duration::from_secs(1);
/// Without any progress of a running pass for this long, the watchdog hears nothing more.
const STUCK: Duration = Duration::from_secs(1800);
/// How often the store is told that this daemon is there.
const RENEW: Duration = Duration::from_secs(60);
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
    /// Where hubs reach us, if they shall.
    pub listener: Option<Listener>,
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
    Digests,
    /// What became of sources after their posts came out.
    Follow,
    Upkeep,
    /// What hubs are to be asked.
    Push,
}

/// How a pass ended.
type Done = Result<(tokio::task::Id, (Task, Result<(), Error>)), JoinError>;

/// What is under way.
#[derive(Default)]
struct Passes {
    running: JoinSet<(Task, Result<(), Error>)>,
    /// Which of them stands for which task of the configuration in force.
    busy: HashMap<Task, tokio::task::Id>,
}

impl Passes {
    /// Starts a pass, unless it is under way.
    fn start(&mut self, task: Task, pipeline: &Arc<Pipeline>, pass: impl Future<Output = Result<(), Error>> + Send + 'static) {
        if let Entry::Vacant(free) = self.busy.entry(task) {
            pipeline.progressed();
            free.insert(self.running.spawn(async move { (task, pass.await) }).id());
        }
    }

    /// Those of a former configuration end by themselves and keep none of the new one's from beginning: leases part them.
    fn forget(&mut self) {
        self.busy.clear();
    }

    async fn next(&mut self) -> Option<Done> {
        self.running.join_next_with_id().await
    }

    fn ended(&mut self, done: Done) {
        let id = match done {
            Ok((id, (task, result))) => {
                if let Err(error) = result {
                    tracing::error!(?task, %error, "a pass ended early; it will be made again");
                }
                id
            }
            Err(error) => {
                if error.is_panic() {
                    tracing::error!(%error, "a pass ended by a panic; this is a bug in wirepress");
                }
                error.id()
            }
        };
        self.busy.retain(|_, of| *of != id);
    }
}

/// Runs until a signal ends it.
pub async fn run(daemon: Daemon, mut signals: Signals, reload: impl Reload) -> Result<(), Error> {
    let Daemon { mut pipeline, store, place, clock, heartbeat, grace, listener } = daemon;
    // Nobody has listened since the last daemon ended.
    store.pushes_unheard().await?;
    let mut door = Door::new(pipeline.clone(), listener);
    let mut passes = Passes::default();
    // Of earlier configurations, while passes of theirs are under way.
    let mut former: Vec<Arc<Pipeline>> = Vec::new();
    let (mut upkept, mut renewed) = (Timestamp::from_unix(0), Timestamp::from_unix(0));
    systemd::ready();
    tracing::info!(feeds = pipeline.config.feeds.len(), sites = pipeline.config.sites.len(), store = store.shown(), "running");
    loop {
        let now = clock.now();
        let nap = match step(&pipeline, now, &mut upkept, &mut passes).await {
            Ok(nap) => nap,
            Err(error) => {
                tracing::error!(%error, "the store can't be read; trying again");
                LONGEST_NAP
            }
        };
        for idle in former.extract_if(.., |former| Arc::strong_count(former) == 1) {
            end_run(&idle).await;
        }
        if passes.running.is_empty() {
            end_run(&pipeline).await;
        }
        let progress = former.iter().map(|former| former.last_progress()).max().max(Some(pipeline.last_progress()));
        let stuck = !passes.running.is_empty() && progress.is_some_and(|progress| now.since(progress) > STUCK);
        if !stuck {
            systemd::alive(&format!(
                "{} feeds, {} sites, {} passes under way",
                pipeline.config.feeds.len(),
                pipeline.config.sites.len(),
                passes.running.len()
            ));
            if let Err(error) = heartbeat::write(&heartbeat, now, now.plus(LONGEST_NAP * 4)) {
                tracing::warn!(%error, "the heartbeat could not be written");
            }
            if now.since(renewed) >= RENEW {
                renewed = now;
                if let Err(error) = store.renew_place(&place, now).await {
                    tracing::warn!(%error, "the store could not be told that this daemon is there");
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(nap) => {}
            Some(done) = passes.next() => {
                passes.ended(done);
                if passes.running.is_empty() {
                    memory::give_back();
                }
            }
            () = door.knocked() => {}
            signal = signals.next() => match signal {
                Signal::Stop => break,
                Signal::Reload => {
                    systemd::reloading();
                    match reload.reload().await {
                        Ok(fresh) => {
                            tracing::info!(feeds = fresh.config.feeds.len(), sites = fresh.config.sites.len(), "a new configuration is in force");
                            pipeline.stop();
                            passes.forget();
                            former.push(std::mem::replace(&mut pipeline, fresh));
                            door.turn_to(pipeline.clone()).await;
                        }
                        Err(problems) => tracing::error!("the configuration is wrong, and the old one stays in force:\n{problems}"),
                    }
                    systemd::ready();
                }
            },
        }
    }
    systemd::stopping();
    tracing::info!(passes = passes.running.len(), grace = %crate::domain::format_duration(grace), "stopping");
    pipeline.stop();
    door.close().await;
    let all_done = async {
        while let Some(done) = passes.next().await {
            passes.ended(done);
        }
    };
    if tokio::time::timeout(grace, all_done).await.is_err() {
        tracing::warn!("the grace time is over; what is under way is found again at the next start");
        passes.running.shutdown().await;
    }
    for pipeline in former.iter().chain([&pipeline]) {
        end_run(pipeline).await;
    }
    heartbeat::remove(&heartbeat);
    Ok(store.leave_place(place, clock.now()).await?)
}

/// A run that can't be ended stays open, which is only a row.
async fn end_run(pipeline: &Pipeline) {
    if let Err(error) = pipeline.end_run().await {
        tracing::warn!(%error, "the run's end could not be stored");
    }
}

/// Starts what is due and not under way; answers how long to sleep.
async fn step(pipeline: &Arc<Pipeline>, now: Timestamp, upkept: &mut Timestamp, passes: &mut Passes) -> Result<Duration, Error> {
    let due = pipeline.next_due(now).await?;
    let is_due = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
    if is_due(due.poll) {
        let worker = pipeline.clone();
        passes.start(Task::Poll, pipeline, async move { worker.poll_pass(Which::Due).await.map(drop) });
    }
    if is_due(due.prepare) {
        let worker = pipeline.clone();
        passes.start(Task::Prepare, pipeline, async move { worker.prepare_pass().await.map(drop) });
    }
    let digest = pipeline.next_digest(now).await?;
    if is_due(digest) {
        let worker = pipeline.clone();
        passes.start(Task::Digests, pipeline, async move { worker.digest_pass().await.map(drop) });
    }
    let follow = pipeline.next_follow().await?;
    if is_due(follow) {
        let worker = pipeline.clone();
        passes.start(Task::Follow, pipeline, async move { worker.follow_pass().await.map(drop) });
    }
    for site in pipeline.sites() {
        if is_due(due.site(site.id)) {
            let worker = pipeline.clone();
            passes.start(Task::Publish(site.id), pipeline, async move { worker.publish_pass(&site, None).await.map(drop) });
        }
    }
    let push = pipeline.next_push(now).await?;
    if is_due(push) {
        let worker = pipeline.clone();
        passes.start(Task::Push, pipeline, async move { worker.push_pass().await });
    }
    if now.since(*upkept) > UPKEEP {
        *upkept = now;
        let worker = pipeline.clone();
        passes.start(Task::Upkeep, pipeline, async move { worker.upkeep().await });
    }
    let until = due.soonest().into_iter().chain(push).chain(digest).chain(follow).min().map_or(LONGEST_NAP, |at| at.since(now));
    let longest = if passes.running.is_empty() { LONGEST_NAP } else { SHORT_NAP };
    Ok(until.clamp(SHORT_NAP, longest))
}
