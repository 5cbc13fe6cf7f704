//! Media: uploading a picture and finding it again (WordPress REST handbook, Media).

use crate::http::Bytes;

use super::{Failure, Site};

/// An attachment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Media {
    pub id: u64,
    pub slug: String,
    /// The file's address.
    pub url: String,
    /// WordPress user id.
    pub author: u64,
    pub mime: String,
    pub alt: String,
}

/// A picture to be uploaded.
#[derive(Debug, Clone)]
pub struct NewMedia {
    pub bytes: Bytes,
    /// By its bytes: `image/jpeg`.
    pub mime: String,
    pub slug: String,
    /// Plain text.
    pub alt: String,
    /// Plain text.
    pub title: String,
}

impl Site {
    /// Attachments with any of these slugs.
    pub async fn media_by_slug(&self, slugs: &[String]) -> Result<Vec<Media>, Failure> {
        let _ = slugs;
        todo!()
    }

    /// Uploads a picture with its slug, alt text and title, in one request.
    pub async fn upload(&self, media: &NewMedia) -> Result<Media, Failure> {
        let _ = media;
        todo!()
    }
}
