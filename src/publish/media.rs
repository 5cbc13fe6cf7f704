//! Pictures: looked up under their slug before each upload.

use sha2::{Digest, Sha256};

use crate::wordpress::{Failure, Media, Site};

/// The slug of a picture on a site: `wpm-` and 32 hex digits of SHA-256 over the site's key name and the picture's own hash.
/// The prefix keeps it apart from posts' slugs, which share one name space with attachments'.
pub fn media_slug(site_key_name: &str, sha256: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(site_key_name.as_bytes());
    hash.update([0]);
    hash.update(sha256.as_bytes());
    hash.finalize().iter().take(16).fold("wpm-".to_owned(), |slug, byte| slug + &format!("{byte:02x}"))
}

/// The picture, if it is there: the oldest under its slug, or under `-2` and `-3` where another thing holds it.
pub async fn look_media(site: &Site, slug: &str) -> Result<Option<Media>, Failure> {
    let slugs = [slug.to_owned(), format!("{slug}-2"), format!("{slug}-3")];
    let found = site.media_by_slug(&slugs).await?;
    Ok(found.into_iter().filter(|media| media.mime.starts_with("image/")).min_by_key(|media| media.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pictures_slug_stays_what_it_is() {
        let sha = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        assert_eq!(media_slug("blog", sha), "wpm-019c3d228f5fedcca0e43a9243b600ca");
        assert_ne!(media_slug("other", sha), media_slug("blog", sha));
    }
}
