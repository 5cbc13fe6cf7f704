//! Media: uploading a picture and finding it again (WordPress REST handbook, Media).

use serde_json::Value;

use crate::http::{Bytes, Method};

use super::answer::{self, Act};
use super::site::{Body, Call};
use super::{Failure, Site};

/// What an upload is called, in errors and in the table of answers.
pub(super) const UPLOADING: &str = "uploading a picture";

const FIELDS: &str = "id,slug,source_url,author,mime_type,alt_text";
/// Texts go in the address, where servers take 8 KB in all: in characters, at most.
const TEXT: usize = 250;
/// And of all of them, encoded, in bytes.
const ENCODED: usize = 6_500;

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

/// What tells whether an attachment is as we made it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attachment {
    pub id: u64,
    pub slug: String,
    /// WordPress user id.
    pub author: u64,
    /// The post that it was attached to; 0: none.
    pub post: u64,
    /// It was changed after it was made.
    pub is_touched: bool,
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
    pub caption: String,
    /// Plain text.
    pub title: String,
}

impl Site {
    /// Attachments with any of these slugs (100 at most), oldest first.
    pub async fn media_by_slug(&self, slugs: &[String]) -> Result<Vec<Media>, Failure> {
        let slugs = slugs.join(",");
        let query = [("slug", slugs.as_str()), ("per_page", "100"), ("orderby", "id"), ("order", "asc"), ("_fields", FIELDS)];
        let reply = self.get("looking for a picture", "media look", "/wp/v2/media", &query).await?;
        match reply.json.as_array() {
            Some(rows) => Ok(rows.iter().filter_map(media).collect()),
            None => Err(answer::without("looking for a picture", Act::Read, "the answer is no list of pictures")),
        }
    }

    /// Which of these attachments (100 at most) are still there.
    pub async fn media_by_id(&self, ids: &[u64]) -> Result<Vec<Media>, Failure> {
        let ids = ids.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
        let query = [("include", ids.as_str()), ("per_page", "100"), ("_fields", FIELDS)];
        let reply = self.get("looking for pictures", "media look", "/wp/v2/media", &query).await?;
        Ok(reply.json.as_array().map(|rows| rows.iter().filter_map(media).collect()).unwrap_or_default())
    }

    /// What the site says of attachments (100 at most), as far as this account may edit them: for who is about to delete them.
    pub async fn attachments(&self, ids: &[u64]) -> Result<Vec<Attachment>, Failure> {
        let ids = ids.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
        let fields = "id,slug,author,post,date_gmt,modified_gmt";
        let query = [("include", ids.as_str()), ("per_page", "100"), ("context", "edit"), ("_fields", fields)];
        let reply = self.get("looking at pictures", "media look", "/wp/v2/media", &query).await?;
        let Some(rows) = reply.json.as_array() else {
            return Err(answer::without("looking at pictures", Act::Read, "the answer is no list of pictures"));
        };
        let text = |row: &Value, name: &str| row[name].as_str().unwrap_or("").to_owned();
        let read = |row: &Value| {
            Some(Attachment {
                id: row["id"].as_u64()?,
                slug: text(row, "slug"),
                author: row["author"].as_u64().unwrap_or(0),
                post: row["post"].as_u64().unwrap_or(0),
                is_touched: text(row, "date_gmt") != text(row, "modified_gmt"),
            })
        };
        Ok(rows.iter().filter_map(read).collect())
    }

    /// Deletes an attachment and its files for good; media have no trash. Only `undo --purge` may.
    pub async fn delete_media(&self, id: u64) -> Result<(), Failure> {
        let (what, route) = ("deleting a picture for good", format!("/wp/v2/media/{id}"));
        let query = [("force", "true"), ("_fields", "deleted")];
        self.call(Call { what, label: "media purge", method: Method::DELETE, route: &route, query: &query, body: None }).await?;
        Ok(())
    }

    /// Uploads a picture with its slug, alt text, caption and title, in one request. 500 `rest_upload_sideload_error` is a refusal: WordPress
    /// doesn't take this kind of file, or another upload was making the month's folder just then (`wp_mkdir_p` loses that race).
    pub async fn upload(&self, new: &NewMedia) -> Result<Media, Failure> {
        let what = UPLOADING;
        let ending = match new.mime.as_str() {
            "image/jpeg" => "jpg",
            "image/svg+xml" => "svg",
            other => other.strip_prefix("image/").unwrap_or("bin"),
        };
        // raw and not multipart: PHP's upload limits don't meet it, and WordPress takes all texts from the address
        let body = Some(Body::File(new.mime.clone(), format!("{}.{ending}", new.slug), new.bytes.clone()));
        let (alt, title) = (short(&new.alt), short(&new.title));
        let caption = caption(&new.caption, ENCODED.saturating_sub(encoded(&alt) + encoded(&title)));
        let mut query = vec![("slug", new.slug.as_str()), ("_fields", FIELDS)];
        let texts = [("alt_text", alt.as_str()), ("title", title.as_str()), ("caption", caption.as_str())];
        query.extend(texts.into_iter().filter(|(_, text)| !text.is_empty()));
        let reply = self.call(Call { what, label: "media", method: Method::POST, route: "/wp/v2/media", query: &query, body }).await?;
        media(&reply.json).ok_or_else(|| answer::without(what, Act::Write, "the answer names no picture"))
    }
}

/// A caption is HTML. Cut where the address would become too long, but not within an entity.
fn caption(text: &str, most: usize) -> String {
    let mut html = String::new();
    let mut left = most;
    for c in text.chars().take(2 * TEXT) {
        let mut buffer = [0; 4];
        let one = html_escape::encode_text(c.encode_utf8(&mut buffer)).into_owned();
        match left.checked_sub(encoded(&one)) {
            Some(rest) => left = rest,
            None => break,
        }
        html.push_str(&one);
    }
    html
}

/// Bytes of a text in an address.
fn encoded(text: &str) -> usize {
    text.bytes().map(|byte| if byte.is_ascii_alphanumeric() { 1 } else { 3 }).sum()
}

fn short(text: &str) -> String {
    text.chars().take(TEXT).collect()
}

fn media(json: &Value) -> Option<Media> {
    let text = |name: &str| json[name].as_str().unwrap_or("").to_owned();
    Some(Media {
        id: json["id"].as_u64().filter(|id| *id > 0)?,
        slug: text("slug"),
        url: text("source_url"),
        author: json["author"].as_u64().unwrap_or(0),
        mime: text("mime_type"),
        alt: text("alt_text"),
    })
}
