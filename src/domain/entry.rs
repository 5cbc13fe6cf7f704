//! One article as its feed tells it.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Timestamp;

/// One entry of a feed document. Nothing in it is trusted: HTML is as the feed has it, lengths are whatever came
/// (bounded only by the caps of the fetch).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// RSS `guid`, Atom `id`, JSON Feed `id`, as the document has it. Never one that a parser invented.
    pub guid: Option<String>,
    /// What `isPermaLink` says of an RSS `guid`; `None` where it says nothing, and for all other formats.
    pub guid_is_permalink: Option<bool>,
    /// The permalink, absolute. Where a feed service put its own redirect there, the link that it tells beside it
    /// (`feedburner:origLink`).
    pub link: Option<String>,
    /// Plain text: decoded exactly once, markup out.
    pub title: String,
    /// Names, in the feed's order.
    pub authors: Vec<String>,
    /// When the feed says that it was published.
    pub published: Option<Timestamp>,
    /// When the feed says that it was last changed.
    pub updated: Option<Timestamp>,
    /// HTML: RSS `description`, Atom `summary`.
    pub summary: Option<String>,
    /// HTML: RSS `content:encoded`, Atom `content`.
    pub content: Option<String>,
    /// As the feed writes them.
    pub categories: Vec<String>,
    /// Pictures that the feed itself names beside the body: media, thumbnails, image enclosures; best first.
    pub images: Vec<ImageRef>,
    /// Everything else that is attached.
    pub enclosures: Vec<Enclosure>,
    /// BCP 47, of the entry or else of its feed.
    pub language: Option<String>,
    /// A copyright line, of the entry or else of its feed.
    pub rights: Option<String>,
    /// The address of a licence (`rel="license"`, `cc:license`, `creativeCommons:license`), of the entry or else of its feed.
    pub licence: Option<String>,
    /// The terms of use (RSL) of the entry or else of its feed, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rsl: Option<String>,
    /// The feed that the entry was taken over from (RSS `source`, Atom `source`).
    pub source: Option<SourceFeed>,
    /// The page where readers comment (RSS `comments`, Atom `rel="replies"`), absolute.
    pub comments: Option<String>,
    /// What relative links in `summary` and `content` are relative to; absolute.
    pub base: Option<String>,
}

impl Entry {
    /// Of all that a post is made of, 63 bits: title, text, names, pictures. Equal for equal tellings, in every version of the program.
    /// Dates are none of it: many feeds write the present one.
    pub fn telling(&self) -> i64 {
        let mut hash = Sha256::new();
        let mut put = |text: &str| {
            hash.update(text.as_bytes());
            hash.update([0]);
        };
        put(&self.title);
        put(self.body());
        put(self.summary.as_deref().unwrap_or_default());
        self.categories.iter().chain(&self.authors).for_each(|name| put(name));
        self.images.iter().for_each(|image| put(&image.url));
        let bytes: [u8; 8] = hash.finalize()[..8].try_into().expect("a SHA-256 has 32 bytes");
        (u64::from_be_bytes(bytes) >> 1).cast_signed()
    }

    /// The fullest body that the feed gives: HTML, as it came.
    pub fn body(&self) -> &str {
        self.content.as_deref().filter(|body| !body.trim().is_empty()).or(self.summary.as_deref()).unwrap_or("")
    }
}

/// Where an entry was first published.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceFeed {
    /// Plain text.
    pub title: Option<String>,
    /// The feed's address, absolute.
    pub url: Option<String>,
}

/// A picture that a feed, its page or a body names; not yet looked at.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImageRef {
    /// Absolute.
    pub url: String,
    /// Which element named it.
    pub kind: ImageKind,
    /// A description for those who don't see it, where the feed has one.
    pub alt: Option<String>,
    /// What stands below it for its readers; plain text.
    pub caption: Option<String>,
    /// Who made it; plain text.
    pub credit: Option<String>,
    /// In pixels, where the feed says.
    pub width: Option<u32>,
    /// In pixels, where the feed says.
    pub height: Option<u32>,
}

/// Which element of a feed or a page named a picture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImageKind {
    /// `media:content`, JSON Feed's `image`, or nothing that is known.
    #[default]
    Content,
    /// `enclosure`, `rel="enclosure"`, a JSON Feed attachment.
    Enclosure,
    /// `media:thumbnail`
    Thumbnail,
    /// `itunes:image` and its like.
    Cover,
    /// The page's `og:image`.
    OpenGraph,
    /// `image` in the page's JSON-LD.
    JsonLd,
    /// The page's `twitter:image`.
    Twitter,
    /// A picture of the body.
    Body,
}

/// A file that the feed attaches to the entry.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Enclosure {
    /// Absolute.
    pub url: String,
    /// A media type as the feed says it.
    pub mime: Option<String>,
    /// In bytes, as the feed says it.
    pub length: Option<u64>,
}
