//! What servers asked of dry runs: a small file beside the store, so that a dry run writes nothing else, and the next one (or
//! the daemon) does not ask again too soon.
//!
//! Reads and writes the file whole. If the process dies before the write, a `Retry-After` is forgotten, no more.

use std::collections::BTreeMap;
use std::path::Path;

use crate::domain::Timestamp;
use crate::store::Store;

use super::{Error, Preview};

/// Beside the store's file, or in the state folder where the store has none.
pub const FILE: &str = "wirepress.polite.json";

/// Feed names, and until when each is left alone.
type Record = BTreeMap<String, Timestamp>;

fn read(path: &Path) -> Record {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

/// Tells the store what servers asked of earlier dry runs.
pub async fn recall(path: &Path, store: &Store, now: Timestamp) -> Result<(), Error> {
    for (feed, until) in read(path) {
        if until > now {
            store.leave_alone(&feed, until).await?;
        }
    }
    Ok(())
}

/// Keeps what servers asked of this dry run. A folder that can't be written is only worth a warning.
pub fn keep(path: &Path, preview: &Preview, now: Timestamp) {
    let mut record = read(path);
    record.retain(|_, until| *until > now);
    let before = record.clone();
    let asked = preview.feeds.iter().filter_map(|feed| Some((feed.name.clone(), feed.retry_after?)));
    record.extend(asked.filter(|(_, until)| *until > now));
    if record == before {
        return;
    }
    let written = serde_json::to_string_pretty(&record).map_err(std::io::Error::other).and_then(|text| std::fs::write(path, text));
    if let Err(error) = written {
        tracing::warn!(%error, path = %path.display(), "what servers asked for could not be kept");
    }
}
