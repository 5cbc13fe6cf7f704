//! What most verbs begin with: the configuration, the store, the pipeline; and which exit code each failure is.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::Global;
use super::exit::{Exit, Failure};
use crate::clock::Clock;
use crate::config::{self, Config, Loaded};
use crate::domain::Id;
use crate::pipeline::{self, Pipeline};
use crate::store::Store;

/// Reads the configuration; its warnings go to standard error.
pub fn configuration(global: &Global) -> Result<Loaded, Failure> {
    let path = config::find_path(global.config.as_deref()).map_err(|error| Failure::new(Exit::Config, error))?;
    let loaded = config::load(&path).map_err(|problems| Failure::new(Exit::Config, problems))?;
    for warning in &loaded.warnings {
        eprintln!("{warning}");
    }
    Ok(loaded)
}

/// The store's address, with its password.
fn address(config: &Config) -> Result<crate::domain::Secret, Failure> {
    config.store.resolve().map_err(|error| Failure::new(Exit::Config, error))
}

/// Opens the store, made and brought up to date where that is needed.
pub async fn store(config: &Config, clock: &Clock) -> Result<Store, Failure> {
    Ok(Store::open(address(config)?.reveal(), clock.now()).await?)
}

/// Opens the store for reading; an empty one in memory where there is none yet.
pub async fn store_to_read(config: &Config) -> Result<Store, Failure> {
    match Store::open_read_only(address(config)?.reveal()).await? {
        Some(store) => Ok(store),
        None => Ok(Store::memory().await?),
    }
}

/// The folder for what lies beside the store: pictures on their way, the heartbeat.
pub fn folder(loaded: &Loaded) -> PathBuf {
    if let Some(folder) = std::env::var_os("STATE_DIRECTORY") {
        return PathBuf::from(folder);
    }
    let beside = loaded.config.store.resolve().ok().and_then(|url| {
        let path = url.reveal().strip_prefix("sqlite:").map(|rest| PathBuf::from(rest.trim_start_matches("//")))?;
        path.parent().map(Path::to_path_buf)
    });
    beside.or_else(|| loaded.path.parent().map(Path::to_path_buf)).unwrap_or_default()
}

/// The pipeline of a verb that does not hold the daemon's place.
pub async fn pipeline(loaded: Loaded, store: Store, clock: Clock, kind: &'static str) -> Result<Pipeline, Failure> {
    let owner = Id::new(clock.now());
    let pictures = Some(folder(&loaded).join("pictures"));
    Ok(Pipeline::new(Arc::new(loaded.config), store, clock, owner, pictures, kind).await?)
}
