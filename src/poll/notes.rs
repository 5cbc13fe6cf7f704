//! What the pass before feed-rs reads by itself: pictures, attachments, the original link, the update rhythm.

use url::Url;

use super::scan::attribute;

/// Pictures and attachments that are noted of one entry.
const MAX_ATTACHED: usize = 50;
/// A noted text may be so long, in bytes.
const MAX_TEXT: usize = 100_000;

/// Notes on a document.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// In the document's order.
    pub entries: Vec<EntryNotes>,
    /// `xml:base` of the root.
    pub base: Option<String>,
    /// `sy:updatePeriod`, as written.
    pub period: Option<String>,
    /// `sy:updateFrequency`, as written.
    pub frequency: Option<String>,
    /// The document was longer than its caps.
    pub cut: bool,
    /// The first element, where it is no feed's root.
    pub other_root: Option<String>,
    wanted: Option<(Wanted, String)>,
}

/// Notes on one entry.
#[derive(Debug, Default)]
pub(super) struct EntryNotes {
    /// RSS 1.0's `rdf:about`.
    pub about: Option<String>,
    /// `feedburner:origLink`
    pub original_link: Option<String>,
    /// `<guid isPermaLink="false">`
    pub guid_is_no_link: bool,
    /// `xml:base`
    pub base: Option<String>,
    /// `media:description` that isn't a picture's: on some sites the only text there is.
    pub text: Option<String>,
    pub attached: Vec<Attached>,
}

/// Something that the entry carries; addresses as written.
#[derive(Debug, Default, Clone)]
pub(super) struct Attached {
    pub url: String,
    pub rank: Rank,
    pub mime: Option<String>,
    pub medium: Option<String>,
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub length: Option<u64>,
    pub alt: Option<String>,
}

/// Where it stood; the better picture first.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    #[default]
    Content,
    Enclosure,
    Thumbnail,
    Cover,
}

/// The kind of element that is kept from feed-rs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    /// Media RSS.
    Rss,
    Enclosure,
    Podcast,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Period,
    Frequency,
    OriginalLink,
    Alt,
    Text,
}

impl Wanted {
    const fn element(self) -> &'static str {
        match self {
            Self::Period => "updatePeriod",
            Self::Frequency => "updateFrequency",
            Self::OriginalLink => "origLink",
            Self::Alt | Self::Text => "description",
        }
    }
}

impl Notes {
    pub(super) fn begin_feed(&mut self, attributes: &str) {
        self.base = attribute(attributes, "xml:base");
    }

    pub(super) fn begin_entry(&mut self, attributes: &str) {
        let entry =
            EntryNotes { about: attribute(attributes, "rdf:about"), base: attribute(attributes, "xml:base"), ..EntryNotes::default() };
        self.entries.push(entry);
    }

    pub(super) fn open_in_feed(&mut self, local: &str, attributes: &str) {
        match local {
            "updatePeriod" => self.want(Wanted::Period),
            "updateFrequency" => self.want(Wanted::Frequency),
            "channel" if self.base.is_none() => self.base = attribute(attributes, "xml:base"),
            _ => {}
        }
    }

    /// An element of an entry; `inside` is the local name of the element that it stands in.
    pub(super) fn open(&mut self, media: Option<Media>, local: &str, attributes: &str, inside: &str) {
        match (media, local) {
            (None, "origLink") => self.want(Wanted::OriginalLink),
            (None, "guid") => {
                let no_link = attribute(attributes, "isPermaLink").is_some_and(|value| value.eq_ignore_ascii_case("false"));
                if let Some(entry) = self.entries.last_mut() {
                    entry.guid_is_no_link = no_link;
                }
            }
            (Some(Media::Rss), "description") if inside == "content" => self.want(Wanted::Alt),
            (Some(Media::Rss), "description") => self.want(Wanted::Text),
            (Some(Media::Rss), "content") => self.attach(Rank::Content, attributes, "url"),
            (Some(Media::Rss), "thumbnail") => self.attach(Rank::Thumbnail, attributes, "url"),
            (Some(Media::Enclosure), _) => self.attach(Rank::Enclosure, attributes, "url"),
            (Some(Media::Podcast), "image") => self.attach(Rank::Cover, attributes, "href"),
            _ => {}
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        if let Some((_, buffer)) = &mut self.wanted
            && buffer.len() + text.len() <= MAX_TEXT
        {
            buffer.push_str(text);
        }
    }

    pub(super) fn close(&mut self, local: &str) {
        let Some((wanted, text)) = self.wanted.take_if(|(wanted, _)| wanted.element() == local) else { return };
        let text = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let entry = self.entries.last_mut();
        match (wanted, entry) {
            (Wanted::Period, _) => self.period = text,
            (Wanted::Frequency, _) => self.frequency = text,
            (Wanted::OriginalLink, Some(entry)) => entry.original_link = text,
            (Wanted::Text, Some(entry)) => entry.text = entry.text.take().or(text),
            (Wanted::Alt, Some(entry)) => {
                if let Some(last) = entry.attached.last_mut() {
                    last.alt = text;
                }
            }
            (Wanted::OriginalLink | Wanted::Text | Wanted::Alt, None) => {}
        }
    }

    fn want(&mut self, wanted: Wanted) {
        self.wanted = Some((wanted, String::new()));
    }

    fn attach(&mut self, rank: Rank, attributes: &str, address: &str) {
        let Some(entry) = self.entries.last_mut().filter(|entry| entry.attached.len() < MAX_ATTACHED) else { return };
        let mut attached = Attached { rank, ..Attached::default() };
        for (name, value) in super::scan::attributes(attributes) {
            match name {
                _ if name == address => attached.url = value,
                "type" => attached.mime = Some(value),
                "medium" => attached.medium = Some(value),
                "width" => attached.width = value.parse().ok(),
                "height" => attached.height = value.parse().ok(),
                "length" | "fileSize" => attached.length = value.parse().ok(),
                _ => {}
            }
        }
        if !attached.url.is_empty() {
            entry.attached.push(attached);
        }
    }
}

impl Attached {
    /// Whether it is a picture, by what the feed says or, where it says nothing, by its address.
    pub(super) fn is_picture(&self, url: &Url) -> bool {
        if matches!(self.rank, Rank::Thumbnail | Rank::Cover) {
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
