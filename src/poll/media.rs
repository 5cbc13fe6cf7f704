//! Pictures and attachments that a feed names beside the body.

use url::Url;

use super::attributes::raw_attributes;
use super::text;
use crate::domain::{Enclosure, Entry, ImageKind, ImageRef};

/// Pictures and attachments that are read of one entry.
pub(super) const MAX_ATTACHED: usize = 500;

/// Something that the entry carries; its address as written.
#[derive(Debug, Default, Clone)]
pub(super) struct Attached {
    pub url: String,
    pub kind: ImageKind,
    pub mime: Option<String>,
    pub medium: Option<String>,
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub length: Option<u64>,
    /// `media:description` or `media:text`.
    pub caption: Option<String>,
    /// `media:title`.
    pub title: Option<String>,
    pub credit: Option<String>,
}

impl Attached {
    /// Of an element's attributes; nothing if there is no address among them.
    pub(super) fn read(kind: ImageKind, attributes: &str) -> Option<Self> {
        let mut attached = Self { kind, ..Self::default() };
        for (name, raw) in raw_attributes(attributes) {
            let value = || text::attribute(raw).into_owned();
            match name {
                "url" | "href" if attached.url.is_empty() => attached.url = value(),
                "URL" | "HREF" if attached.url.is_empty() => attached.url = value(),
                "type" => attached.mime = Some(value()),
                "medium" => attached.medium = Some(value()),
                "width" => attached.width = raw.parse().ok(),
                "height" => attached.height = raw.parse().ok(),
                "length" | "fileSize" => attached.length = raw.parse().ok(),
                _ => {}
            }
        }
        (!attached.url.is_empty()).then_some(attached)
    }

    /// WordPress.com names the author's face first, with the author's name as its title.
    pub(super) fn is_face(&self) -> bool {
        self.url.contains("gravatar.com/avatar/")
    }

    /// What it shows: a title that is one word is a file's name.
    fn description(&self) -> Option<String> {
        let title = || self.title.clone().filter(|title| title.trim().contains(' '));
        self.caption.clone().or_else(title)
    }

    /// Whether it is a picture, by what the feed says or, where it says nothing, by its address.
    fn is_picture(&self, url: &Url) -> bool {
        if matches!(self.kind, ImageKind::Thumbnail | ImageKind::Cover) {
            return true;
        }
        match (&self.mime, &self.medium) {
            (Some(mime), _) if mime.contains('/') => mime.to_ascii_lowercase().starts_with("image/"),
            (_, Some(medium)) => medium.eq_ignore_ascii_case("image"),
            _ => {
                let path = url.path().to_ascii_lowercase();
                [".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif"].iter().any(|end| path.ends_with(end))
            }
        }
    }
}

/// Pictures go to `images`, best first, each once for each kind of element that names it; the rest to `enclosures`.
pub(super) fn attach(entry: &mut Entry, mut found: Vec<Attached>, base: &Url) {
    found.sort_by_key(|attached| (attached.kind, std::cmp::Reverse(attached.width)));
    for attached in found {
        let Some(url) = base.join(attached.url.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https")) else { continue };
        let is_face = attached.is_face();
        let is_picture = attached.is_picture(&url);
        let url = String::from(url);
        let alt = attached.description();
        let Attached { kind, mime, width, height, length, caption, credit, .. } = attached;
        if is_picture && !is_face && entry.images.iter().all(|image| image.url != url || image.kind != kind) {
            entry.images.push(ImageRef { url, kind, alt, caption, credit, width, height });
        } else if !is_picture && entry.enclosures.iter().all(|enclosure| enclosure.url != url) {
            entry.enclosures.push(Enclosure { url, mime, length });
        }
    }
}
