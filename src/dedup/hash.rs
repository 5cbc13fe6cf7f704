//! SHA-256, cut to what an integer column holds. What comes out is stored for ever and must never change.

use sha2::{Digest, Sha256};

/// The digest of a tag and some parts, each with its length before it, so that no two lists of parts run together.
pub(super) fn digest(tag: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in std::iter::once(&tag.as_bytes()).chain(parts) {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// The first 63 bits as a positive number.
pub(super) fn positive(digest: &[u8; 32]) -> i64 {
    (first_64(digest) >> 1) as i64
}

/// The first 64 bits.
pub(super) fn first_64(digest: &[u8; 32]) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest[..8]);
    u64::from_be_bytes(bytes)
}
