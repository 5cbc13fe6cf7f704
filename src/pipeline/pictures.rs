//! Pictures on their way from a feed to its sites: bytes under their own hash, swept away when they are old.
//!
//! Nothing hangs on them: a picture that isn't here is fetched again. They aren't dropped when one site has them, as
//! another may still need them, and what is skipped or given up never arrives.

use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use sha2::{Digest, Sha256};

use super::Pipeline;
use crate::domain::Timestamp;

/// How long a picture is kept: longer than a site is usually down.
const KEPT: Duration = Duration::from_secs(2 * 24 * 3600);

/// A folder of pictures, or none.
#[derive(Debug, Clone)]
pub struct Pictures(Option<PathBuf>);

impl Pictures {
    /// Keeps them in this folder, which is made when the first comes; `None`: keeps none.
    pub fn in_folder(folder: Option<PathBuf>) -> Self {
        Self(folder)
    }

    /// Keeps a picture. A full disk only means that it is fetched again.
    pub fn keep(&self, sha256: &str, bytes: &[u8]) {
        let Some(folder) = &self.0 else { return };
        let kept = std::fs::create_dir_all(folder).and_then(|()| {
            let fresh = folder.join(format!("{sha256}.part"));
            std::fs::write(&fresh, bytes)?;
            std::fs::rename(&fresh, folder.join(sha256))
        });
        if let Err(error) = kept {
            tracing::warn!(%error, folder = %folder.display(), "a picture could not be kept; it will be fetched again");
        }
    }

    /// The picture, if it is here and whole.
    pub fn find(&self, sha256: &str) -> Option<Vec<u8>> {
        let bytes = std::fs::read(self.0.as_ref()?.join(sha256)).ok()?;
        (data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes)) == sha256).then_some(bytes)
    }

    /// Drops what came more than two days before `now`, also what a kill left half written.
    pub fn sweep(&self, now: Timestamp) {
        let Some(files) = self.0.as_ref().and_then(|folder| std::fs::read_dir(folder).ok()) else { return };
        for file in files.flatten() {
            let came = file.metadata().and_then(|data| data.modified()).ok().and_then(|came| came.duration_since(UNIX_EPOCH).ok());
            let is_old = |came: Duration| u64::try_from(now.unix()).is_ok_and(|now| now > (came + KEPT).as_secs());
            if came.is_some_and(is_old) {
                // one that stays costs only room
                std::fs::remove_file(file.path()).ok();
            }
        }
    }
}

impl Pipeline {
    /// Drops pictures that have been kept long enough.
    pub fn sweep_pictures(&self) {
        self.pictures.sweep(self.clock.now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_that_was_damaged_on_disk_is_not_used() {
        let folder = tempfile::tempdir().expect("a folder");
        let pictures = Pictures::in_folder(Some(folder.path().join("pictures")));
        let sha256 = data_encoding::HEXLOWER.encode(&Sha256::digest(b"bytes"));
        pictures.keep(&sha256, b"bytes");
        assert_eq!(pictures.find(&sha256).as_deref(), Some(&b"bytes"[..]));
        std::fs::write(folder.path().join("pictures").join(&sha256), b"byt").expect("writable");
        assert_eq!(pictures.find(&sha256), None);
    }

    #[test]
    fn pictures_are_kept_for_two_days_and_then_swept_away() {
        let folder = tempfile::tempdir().expect("a folder");
        let pictures = Pictures::in_folder(Some(folder.path().to_owned()));
        let now = Timestamp::from_unix(1_795_348_800);
        for (name, age) in [("fresh", 0), ("yesterdays", 86_400), ("old", 2 * 86_400 + 1), ("half.part", 9 * 86_400), ("to-come", -60)] {
            pictures.keep(name, b"bytes");
            let came = UNIX_EPOCH + Duration::from_secs(u64::try_from(now.unix() - age).expect("after 1970"));
            std::fs::File::options().write(true).open(folder.path().join(name)).expect("kept").set_modified(came).expect("changed");
        }
        pictures.sweep(now);
        let files = std::fs::read_dir(folder.path()).expect("a folder").map(|file| file.expect("a file").file_name());
        let mut names: Vec<String> = files.map(|name| name.into_string().expect("a name")).collect();
        names.sort();
        assert_eq!(names, ["fresh", "to-come", "yesterdays"]);
        Pictures::in_folder(Some(folder.path().join("not made yet"))).sweep(now);
        Pictures::in_folder(None).sweep(now);
    }
}
