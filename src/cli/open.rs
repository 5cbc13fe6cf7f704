//! What most verbs begin with: the configuration, the store, the pipeline; and which exit code each failure is.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::Global;
use super::exit::{Exit, Failure};
use crate::clock::Clock;
use crate::config::{self, AccessConfig, Config, Loaded};
use crate::domain::Id;
use crate::pipeline::{self, Pipeline};
use crate::store::Store;

/// Reads the configuration, for a verb that looks or does one thing: its warnings are left to `check`, `once` and `run`.
pub fn quietly(global: &Global) -> Result<Loaded, Failure> {
    let path = config::find_path(global.config.as_deref()).map_err(|error| Failure::new(Exit::Config, error))?;
    config::load(&path).map_err(|problems| Failure::new(Exit::Config, problems))
}

/// Reads the configuration; its warnings go to standard error.
pub fn configuration(global: &Global) -> Result<Loaded, Failure> {
    let loaded = quietly(global)?;
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

/// Where the daemon shows that it makes progress.
pub fn heartbeat(loaded: &Loaded) -> PathBuf {
    folder(loaded).join(pipeline::heartbeat::FILE)
}

/// Reads every secret once, so that one that is missing is told before anything is begun.
pub fn secrets(loaded: &Loaded) -> Result<(), Failure> {
    for site in &loaded.config.sites {
        if let Err(error) = site.password.resolve() {
            return Err(Failure::new(Exit::Config, format!("the password of site `{}`: {error}", site.name)));
        }
    }
    let mut read: Vec<&AccessConfig> = Vec::new();
    for feed in &loaded.config.feeds {
        // what a group gives its feeds is read once
        if read.contains(&&feed.access) {
            continue;
        }
        read.push(&feed.access);
        if let Err(error) = feed.access.resolve() {
            return Err(Failure::new(Exit::Config, format!("feed `{}`: {error}", feed.name)));
        }
    }
    Ok(())
}

/// Names this process to a person.
pub fn label() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{}:{}", host.trim(), std::process::id())
}

/// Of the configuration, what is in force on the store: for the verbs beside the daemon.
pub async fn beside(loaded: Loaded, store: Store, clock: Clock, owner: Id, kind: &'static str) -> Result<Pipeline, Failure> {
    let pictures = Some(folder(&loaded).join("pictures"));
    Ok(Pipeline::beside(Arc::new(loaded.config), store, clock, owner, pictures, kind).await?)
}

/// Puts the configuration in force on the store.
pub async fn pipeline(loaded: Loaded, store: Store, clock: Clock, owner: Id, kind: &'static str) -> Result<Pipeline, Failure> {
    let pictures = Some(folder(&loaded).join("pictures"));
    Ok(Pipeline::new(Arc::new(loaded.config), store, clock, owner, pictures, kind).await?)
}

/// The same as [`beside`], for a site that is at another address than the store knows.
pub async fn beside_moved(
    loaded: Loaded,
    store: Store,
    clock: Clock,
    owner: Id,
    kind: &'static str,
    moved: &str,
) -> Result<Pipeline, Failure> {
    let pictures = Some(folder(&loaded).join("pictures"));
    Ok(Pipeline::beside_moved(Arc::new(loaded.config), store, clock, owner, pictures, kind, Some(moved)).await?)
}
