//! `run`: the daemon.

use std::path::PathBuf;
use std::sync::Arc;

use super::args::{Global, Run};
use super::exit::{Exit, Failure, Outcome};
use super::open;
use crate::clock::Clock;
use crate::config;
use crate::daemon::{self, Daemon, Reload, Signals};
use crate::domain::Id;
use crate::http::Listener;
use crate::pipeline::{Pipeline, politeness};
use crate::store::Store;

/// Runs the verb.
pub async fn run(global: &Global, run: &Run) -> Outcome {
    let loaded = open::configuration(global)?;
    open::secrets(&loaded)?;
    let signals = Signals::listen()?;
    let clock = Clock::system();
    let listener = match &loaded.config.websub {
        Some(websub) => Some(listen(websub).await?),
        None => None,
    };
    let store = open::store(&loaded.config, &clock).await?;
    let place = store.take_place(&open::label(), clock.now()).await?;
    let heartbeat = open::heartbeat(&loaded);
    let record = open::folder(&loaded).join(politeness::FILE);
    let again = Again { path: loaded.path.clone(), store: store.clone(), clock: clock.clone(), owner: place.owner() };
    let pipeline = Arc::new(open::pipeline(loaded, store.clone(), clock.clone(), place.owner(), "daemon").await?);
    politeness::recall(&record, &store, clock.now()).await?;
    let daemon = Daemon { pipeline, store: store.clone(), place, clock, heartbeat, grace: run.grace, listener };
    daemon::run(daemon, signals, again).await?;
    store.close().await;
    Ok(Exit::Ok)
}

/// Where hubs shall reach us.
async fn listen(websub: &config::Websub) -> Result<Listener, Failure> {
    Listener::bind(websub.listen).await.map_err(|error| {
        Failure::new(Exit::Later, format!("{error}\nhint: another program may have the port; `[websub] listen` names another one"))
    })
}

/// Reads the same configuration file again.
struct Again {
    path: PathBuf,
    store: Store,
    clock: Clock,
    owner: Id,
}

impl Reload for Again {
    async fn reload(&self) -> Result<Arc<Pipeline>, String> {
        let loaded = config::load(&self.path).map_err(|problems| problems.to_string())?;
        open::secrets(&loaded).map_err(|failure| failure.error.to_string())?;
        let fresh = open::pipeline(loaded, self.store.clone(), self.clock.clone(), self.owner, "daemon").await;
        fresh.map(Arc::new).map_err(|failure| failure.error.to_string())
    }
}
