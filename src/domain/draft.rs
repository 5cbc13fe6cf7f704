//! A post composed and not yet sent.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// The status that the site shall give the post (WordPress REST handbook, Posts: `status`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    #[default]
    Draft,
    Pending,
    Private,
    Publish,
    Future,
}

impl Status {
    /// As WordPress and the config write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Pending => "pending",
            Self::Private => "private",
            Self::Publish => "publish",
            Self::Future => "future",
        }
    }

    /// Reads it as WordPress and the config write it.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Draft, Self::Pending, Self::Private, Self::Publish, Self::Future].into_iter().find(|status| status.as_str() == text)
    }
}

/// What the post is called in its address in the end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SlugStyle {
    /// A readable one; one more request after the post is made.
    #[default]
    Clean,
    /// The one that carries the key, for good.
    Keyed,
}

/// A post composed and not yet sent: everything that decides what WordPress will hold. The same stored inputs and the
/// same config give the same draft.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Draft {
    /// Plain text; WordPress encodes it.
    pub title: String,
    /// Block markup. The mark that names the delivery's key is put in when it is composed.
    pub content: String,
    /// Plain text.
    pub excerpt: String,
    /// Readable, not unique: `[a-z0-9-]` where the title allows.
    pub slug: String,
    pub slug_style: SlugStyle,
    pub status: Status,
    /// UTC. `None`: WordPress floats it to the moment of approval.
    pub date: Option<Timestamp>,
    /// A WordPress user's login name or numeric id; `None`: the daemon's own account.
    pub author: Option<String>,
    /// Tags, categories and others, without equals, best first.
    pub terms: Vec<Term>,
    /// The post gets the first so many of `terms` that the site has or shall have; 0: all of them.
    pub max_terms: u32,
    pub image: Option<DraftImage>,
    /// Pictures of `content` that the site shall hold itself: `content` names them by their `url` until they are uploaded.
    pub pictures: Vec<DraftImage>,
    /// What its pictures were made to fit into: longer side in pixels, bytes. One that is fetched again is made so again.
    pub image_limits: Option<(u32, u64)>,
    /// The entry's permalink.
    pub source: Option<String>,
    /// The post type's name or `rest_base`; `None`: an ordinary post.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub post_type: Option<String>,
    #[serde(skip_serializing_if = "Extras::is_empty")]
    pub extras: Extras,
}

/// What a post may have beside its texts, terms and pictures. What isn't said is left as WordPress makes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Extras {
    /// `aside`, `gallery`, `link`, …; the theme says which there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sticky: Option<bool>,
    /// `open` or `closed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment_status: Option<String>,
    /// `open` or `closed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ping_status: Option<String>,
    /// A file or name of the theme's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// The id or slug of the post that it lies under.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// The name of the feed whose `post_password` opens it. The password itself is in no draft.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_of: Option<String>,
    /// Custom fields as texts; what the site registered of them says what they become.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub meta: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Seo::is_empty")]
    pub seo: Seo,
}

impl Extras {
    /// Nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Each with its name, as a person reads it.
    pub fn told(&self) -> Vec<(&'static str, String)> {
        let Self { format, sticky, comment_status, ping_status, template, parent, password_of, meta, seo } = self;
        let word = |name: &'static str, text: &Option<String>| text.iter().map(move |text| (name, text.clone())).collect::<Vec<_>>();
        let mut told = word("format", format);
        told.extend(sticky.map(|sticky| ("sticky", if sticky { "yes" } else { "no" }.to_owned())));
        told.extend(
            [("comments", comment_status), ("pings", ping_status), ("template", template), ("parent", parent)]
                .into_iter()
                .flat_map(|(name, text)| word(name, text)),
        );
        told.extend(password_of.iter().map(|feed| ("password", format!("the `post_password` of {feed}"))));
        told.extend(meta.iter().map(|(key, text)| ("meta", format!("{key} = {text}"))));
        let texts = [("title", &seo.title), ("description", &seo.description), ("canonical", &seo.canonical)];
        told.extend(texts.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| ("seo", format!("{name}: {text}"))));
        told.extend((!seo.robots.is_empty()).then(|| ("seo", format!("robots: {}", seo.robots.join(", ")))));
        told
    }
}

/// What search engines are told of a post, for whichever SEO plug-in the site has. Plain texts; empty: not said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Seo {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The address that shall count as the text's own. Empty: the post's.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub canonical: String,
    /// `noindex`, `nofollow`, …
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub robots: Vec<String>,
}

impl Seo {
    /// Nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A term that the post shall have.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Term {
    /// `tags`, `categories` or a taxonomy's `rest_base` or name.
    pub taxonomy: String,
    /// The terms that it lies under in a hierarchical taxonomy, topmost first: `News` of `News > Tech`. Empty: wherever it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parents: Vec<String>,
    /// Plain text.
    pub name: String,
    /// Other names that the site may have it under, by the configuration's synonyms.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// The feed chose the name, not the operator.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub raw: bool,
    /// What to do where the site lacks it.
    pub new: NewTerms,
    /// Which rule or category gave it: `wirepress.toml:23`, `feed category`.
    pub from: String,
}

impl Term {
    /// As a person writes it: `News > Tech`.
    pub fn path(&self) -> String {
        self.parents.iter().chain([&self.name]).map(String::as_str).collect::<Vec<_>>().join(" > ")
    }
}

/// What becomes of a term that the site lacks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NewTerms {
    /// Only terms that are there are used.
    #[default]
    Match,
    /// It is made.
    Create,
    /// It is never used.
    Ignore,
}

/// A picture that was fetched, looked at and made ready. Its bytes lie in the media folder under their hash, or are fetched again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DraftImage {
    /// Absolute.
    pub url: String,
    /// Plain text; may be empty.
    pub alt: String,
    /// By its bytes, not by its name: `image/jpeg`, `image/png`, `image/gif`, `image/webp`, `image/avif`.
    pub mime: String,
    /// Of the bytes as they are uploaded: 64 lower-case hex digits.
    pub sha256: String,
    /// In bytes.
    pub size: u64,
    /// Where it was named: `media:content`, `the page's og:image`, `the body`.
    pub from: String,
    /// What stands below it; plain text, may be empty.
    pub caption: String,
    /// Who made it; plain text, may be empty.
    pub credit: String,
    /// In pixels; 0: not known.
    pub width: u32,
    /// In pixels; 0: not known.
    pub height: u32,
    /// Why it was taken, in a person's words: `media:content, 1200 x 800 pixels`.
    pub why: String,
}

impl DraftImage {
    /// Why an entry has no picture, where nothing is wrong with that.
    pub const NONE_NAMED: &str = "the entry names none";

    /// `from` of a picture that is the operator's own: it is looked at when it goes up.
    pub const FALLBACK: &str = "`fallback_image`";
}
