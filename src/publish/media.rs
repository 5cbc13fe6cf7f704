//! Pictures: looked up under their slug before each upload.

use crate::wordpress::{Failure, Media, Site};

/// The slug of a picture on a site: `wpm-` and 32 hex digits of SHA-256 over the site's key name and the picture's own hash.
pub fn media_slug(site_key_name: &str, sha256: &str) -> String {
    let _ = (site_key_name, sha256);
    todo!()
}

/// The picture, if it is there: the oldest under its slug (or `-2`, `-3` after a doubt).
pub async fn look_media(site: &Site, slug: &str) -> Result<Option<Media>, Failure> {
    let _ = (site, slug);
    todo!()
}
