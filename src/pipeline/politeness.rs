//! What servers asked of dry runs: a small file beside the store, so that a dry run writes nothing else, and the next one (or
//! the daemon) does not ask again too soon.
//!
//! Reads and writes the file whole. If the process dies before the write, a `Retry-After` is forgotten, no more.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::domain::Timestamp;
use crate::store::{HostRest, Store};

use super::{Error, Preview};

/// Beside the store's file, or in the state folder where the store has none.
pub const FILE: &str = "wirepress.polite.json";

/// Until when each is left alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Record {
    /// By name.
    feeds: BTreeMap<String, Timestamp>,
    /// With their port where it isn't the usual one; all feeds on them.
    hosts: BTreeMap<String, Timestamp>,
}

fn read(path: &Path) -> Record {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

/// Tells the store what servers asked of earlier dry runs.
pub async fn recall(path: &Path, store: &Store, now: Timestamp) -> Result<(), Error> {
    let Record { feeds, hosts } = read(path);
    for (feed, until) in feeds.into_iter().filter(|(_, until)| *until > now) {
        store.leave_alone(&feed, until).await?;
    }
    for (host, until) in hosts.into_iter().filter(|(_, until)| *until > now) {
        store.rest_host(&HostRest { host, until, because: "it asked a dry run for it (`Retry-After`)".to_owned() }, now).await?;
    }
    Ok(())
}

/// Keeps what servers asked of this dry run; `hosts`: those that asked it of all feeds on them. A folder that can't be written
/// is only worth a warning.
pub fn keep(path: &Path, preview: &Preview, hosts: &HashMap<String, Timestamp>, now: Timestamp) {
    let mut record = read(path);
    let before = record.clone();
    record.feeds.retain(|_, until| *until > now);
    record.hosts.retain(|_, until| *until > now);
    let asked = preview.feeds.iter().filter_map(|feed| Some((feed.name.clone(), feed.retry_after?)));
    record.feeds.extend(asked.filter(|(_, until)| *until > now));
    record.hosts.extend(hosts.iter().map(|(host, until)| (host.clone(), *until)));
    if record == before {
        return;
    }
    let written = serde_json::to_string_pretty(&record).map_err(std::io::Error::other).and_then(|text| std::fs::write(path, text));
    if let Err(error) = written {
        tracing::warn!(%error, path = %path.display(), "what servers asked for could not be kept");
    }
}
