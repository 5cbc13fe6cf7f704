//! Pictures on their way from a feed to a site: bytes under their own hash, dropped when they have arrived.
//!
//! Nothing hangs on them: a picture that isn't here is fetched again.

use std::path::PathBuf;

use sha2::{Digest, Sha256};

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

    /// Drops a picture that has arrived.
    pub fn drop(&self, sha256: &str) {
        if let Some(folder) = &self.0 {
            // one that stays costs only room
            std::fs::remove_file(folder.join(sha256)).ok();
        }
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
        pictures.drop(&sha256);
        assert!(!folder.path().join("pictures").join(&sha256).exists());
    }
}
