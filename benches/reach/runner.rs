//! Polling passes as the daemon makes them, in a process of its own; the clock is moved on between them, so nothing waits.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Result, anyhow, ensure};
use serde::{Deserialize, Serialize};
use wirepress::clock::Clock;
use wirepress::config::Config;
use wirepress::domain::Timestamp;
use wirepress::pipeline::{Pipeline, Which};
use wirepress::store::Store;

use crate::process::{memory, own_time};

/// The argument that makes this program the runner; a configuration and a number of passes follow.
pub const VERB: &str = "passes";
/// The argument that makes this program one that says of all feeds that they are due; a configuration follows.
pub const DUE: &str = "due";

/// Beyond the longest wish of a publisher that is honoured, so that all feeds are due again.
const LATER: Duration = Duration::from_secs(8 * 86_400);
/// The passes are made so long ago, so that the feeds are due to the program's own clock, too.
const AGO: Duration = Duration::from_secs(90 * 86_400);

/// What one pass came to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pass {
    pub wall: f64,
    /// User and system time of all threads.
    pub cpu: f64,
    /// The most memory that the process held at once so far, in bytes.
    pub peak: u64,
    pub feeds: usize,
    pub not_modified: usize,
    pub failed: Vec<String>,
    /// New entries that were remembered.
    pub entries: usize,
}

/// Makes passes in a child of ours.
pub fn run(config: &Path, passes: usize) -> Result<Vec<Pass>> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(VERB).arg(config).arg(passes.to_string()).env("BENCH_PASSWORD", "none");
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "the passes ended with {}", output.status);
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Makes all feeds due now, by a child: this process is to have no store open.
pub fn make_due(config: &Path) -> Result<()> {
    let status = Command::new(std::env::current_exe()?).arg(DUE).arg(config).env("BENCH_PASSWORD", "none").status()?;
    ensure!(status.success(), "the feeds could not be made due: {status}");
    Ok(())
}

/// Is that child.
pub fn due(config: &Path) -> Result<()> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let now = now()?;
        let store = Store::open(&configuration(config)?.1, now).await?;
        for feed in store.feeds().await? {
            store.poll_soon(feed.id, now).await?;
        }
        store.close().await;
        Ok(())
    })
}

/// The configuration and the store's address; all else that loading brought is gone, as it is in the program.
fn configuration(path: &Path) -> Result<(Config, String)> {
    let loaded = wirepress::config::load(path).map_err(|problems| anyhow!("{problems}"))?;
    let url = loaded.config.store.resolve()?.reveal().to_owned();
    Ok((loaded.config, url))
}

fn now() -> Result<Timestamp> {
    let unix = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs();
    Ok(Timestamp::from_unix(i64::try_from(unix)?))
}

/// Is that child. Its threads and its allocator are set up as the program's are.
pub fn be(config: &Path, passes: usize) -> Result<()> {
    wirepress::daemon::memory::hold_together();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    // the daemon's passes are tasks, too: on the thread that waits for all, each answer would wake one thread more
    let config = config.to_owned();
    let passes = runtime.block_on(async { tokio::spawn(async move { make(&config, passes).await }).await })??;
    println!("{}", serde_json::to_string(&passes)?);
    Ok(())
}

async fn make(config: &Path, passes: usize) -> Result<Vec<Pass>> {
    let clock = Clock::set_to(now()?.minus(AGO));
    let (config, url) = configuration(config)?;
    let store = Store::open(&url, clock.now()).await?;
    let place = store.take_place("bench", clock.now()).await?;
    let due = store.feeds().await?.iter().map(|feed| feed.next_poll).max().unwrap_or(clock.now());
    clock.advance(due.since(clock.now()));
    let pipeline = Pipeline::new(Arc::new(config), store.clone(), clock.clone(), place.owner(), None, "daemon").await?;
    let mut made = Vec::new();
    for _ in 0..passes {
        clock.advance(LATER);
        let (start, before) = (Instant::now(), own_time()?);
        let report = pipeline.poll_pass(Which::Due).await?;
        made.push(Pass {
            wall: start.elapsed().as_secs_f64(),
            cpu: (own_time()? - before).as_secs_f64(),
            peak: memory(std::process::id(), "VmHWM")?,
            feeds: report.feeds.len(),
            not_modified: report.feeds.iter().filter(|feed| feed.not_modified).count(),
            failed: report.feeds.iter().filter_map(|feed| Some(format!("{}: {}", feed.name, feed.error.as_ref()?))).collect(),
            entries: report.feeds.iter().map(|feed| feed.remembered + feed.new).sum(),
        });
    }
    store.leave_place(place, clock.now()).await?;
    store.close().await;
    Ok(made)
}
