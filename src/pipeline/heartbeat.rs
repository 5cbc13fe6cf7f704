//! The daemon's heartbeat: one small file that says when it last made progress, and by when it must have made some again.
//!
//! Written by the scheduler alone, and whole (under another name, then renamed), so a reader never sees half of one. If
//! the process dies between the two steps, the old heartbeat stands and grows stale, which is what it should tell.

use std::path::{Path, PathBuf};

use crate::domain::Timestamp;

/// Beside the store's file, or in the state folder where the store has none.
pub const FILE: &str = "wirepress.alive";

/// When the daemon last made progress, and when the next is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heartbeat {
    pub at: Timestamp,
    pub next: Timestamp,
}

/// There is no heartbeat to read, or it could not be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no `{}`: the daemon is not running, or has not begun", .0.display())]
    Missing(PathBuf),
    #[error("`{}`: {source}", .path.display())]
    File { path: PathBuf, source: std::io::Error },
    #[error("`{}` is no heartbeat", .0.display())]
    Garbled(PathBuf),
}

/// Tells that progress was made `now`, and that the next is due at `next` at the latest.
pub fn write(path: &Path, now: Timestamp, next: Timestamp) -> Result<(), Error> {
    let failed = |source| Error::File { path: path.to_owned(), source };
    let fresh = path.with_extension("alive~");
    std::fs::write(&fresh, format!("{} {}\n", now.unix(), next.unix())).map_err(failed)?;
    std::fs::rename(&fresh, path).map_err(failed)
}

/// Reads the last heartbeat.
pub fn read(path: &Path) -> Result<Heartbeat, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => Error::Missing(path.to_owned()),
        _ => Error::File { path: path.to_owned(), source },
    })?;
    let mut moments = text.split_whitespace().map(|word| word.parse().map(Timestamp::from_unix));
    match (moments.next(), moments.next(), moments.next()) {
        (Some(Ok(at)), Some(Ok(next)), None) => Ok(Heartbeat { at, next }),
        _ => Err(Error::Garbled(path.to_owned())),
    }
}

/// Removes it: the daemon ended in good order.
pub fn remove(path: &Path) {
    // Nothing hangs on it: a heartbeat that stays grows stale.
    std::fs::remove_file(path).ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heartbeat_reads_back_as_it_was_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(FILE);
        assert!(matches!(read(&path), Err(Error::Missing(missing)) if missing == path));
        let (at, next) = (Timestamp::from_unix(100), Timestamp::from_unix(160));
        write(&path, at, next).expect("written");
        write(&path, next, next).expect("written over");
        assert_eq!(read(&path).expect("a heartbeat"), Heartbeat { at: next, next });
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
        remove(&path);
        assert!(!path.exists());
    }

    #[test]
    fn what_is_no_heartbeat_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(FILE);
        for text in ["", "1", "1 x", "1 2 3"] {
            std::fs::write(&path, text).expect("written");
            assert!(matches!(read(&path), Err(Error::Garbled(_))), "{text}");
        }
    }
}
