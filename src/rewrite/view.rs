//! An item as rules and templates see it.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use minijinja::value::{Enumerator, Object, Value};
use unicode_normalization::UnicodeNormalization;

use super::fields::{FIELDS, Get};
use super::language::detect;
use super::phrases::fold;
use super::text::one_line;
use crate::domain::{Entry, FeedFacts, Timestamp};

/// What a view is made from.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// The feed's `name`.
    pub feed: &'a str,
    pub facts: &'a FeedFacts,
    pub entry: &'a Entry,
    /// The body, sanitised and absolute.
    pub html: &'a str,
    /// The body as plain text, paragraphs parted by an empty line.
    pub text: &'a str,
    /// Of the body.
    pub words: usize,
    /// The feed's own summary as plain text.
    pub summary: &'a str,
    pub first_seen: Timestamp,
    pub now: Timestamp,
}

/// An item as rules and templates see it: made once, read by every rule of every site.
#[derive(Debug, Clone)]
pub struct View(Arc<Seen>);

/// What early fields are made from. Each is made where it is first read.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The feed's `name`.
    pub(super) feed: String,
    pub(super) title: String,
    /// The body as plain text, paragraphs parted by an empty line.
    pub(super) text: String,
    /// The body, sanitised and absolute.
    pub(super) html: String,
    pub(super) summary: String,
    pub(super) words: usize,
    pub(super) guid: String,
    /// http or https only.
    pub(super) link: Option<String>,
    pub(super) authors: Vec<String>,
    pub(super) categories: Vec<String>,
    pub(super) feed_title: String,
    /// Empty where nobody says.
    pub(super) feed_link: String,
    pub(super) published: Option<Timestamp>,
    pub(super) updated: Option<Timestamp>,
    /// Hours, to a tenth.
    pub(super) age: f64,
    pub(super) claimed_language: String,
    pub(super) copyright: String,
    /// Addresses.
    pub(super) images: Vec<String>,
    /// Addresses.
    pub(super) enclosures: Vec<String>,
    pub(super) now: Timestamp,
    detected: OnceLock<String>,
    folded: OnceLock<String>,
    values: Vec<OnceLock<Value>>,
}

impl Deref for View {
    type Target = Seen;

    fn deref(&self) -> &Seen {
        &self.0
    }
}

impl View {
    /// Copies what it is told.
    pub fn new(told: &Told<'_>) -> Self {
        let entry = told.entry;
        let link = entry.link.as_deref().filter(|link| is_web(link));
        let home = told.facts.home.as_deref().filter(|home| is_web(home));
        let feed_title = told.facts.title.as_deref().map(one_line).filter(|title| !title.is_empty());
        let feed_title = feed_title.or_else(|| home.or(link).and_then(host)).unwrap_or_else(|| told.feed.to_owned());
        let age = told.now.since(entry.published.unwrap_or(told.first_seen)).as_secs() / 360;
        Self(Arc::new(Seen {
            feed: told.feed.to_owned(),
            title: one_line(&entry.title.nfc().collect::<String>()),
            text: told.text.to_owned(),
            html: told.html.to_owned(),
            summary: told.summary.to_owned(),
            words: told.words,
            guid: entry.guid.clone().unwrap_or_default(),
            link: link.map(str::to_owned),
            authors: entry.authors.iter().map(|author| one_line(author)).filter(|author| !author.is_empty()).collect(),
            categories: entry.categories.clone(),
            feed_title,
            feed_link: home.unwrap_or_default().to_owned(),
            published: entry.published,
            updated: entry.updated,
            age: f64::from(u32::try_from(age).unwrap_or(u32::MAX)) / 10.0,
            claimed_language: entry.language.as_ref().or(told.facts.language.as_ref()).cloned().unwrap_or_default(),
            copyright: entry.rights.as_ref().or(told.facts.rights.as_ref()).cloned().unwrap_or_default(),
            images: pictures(entry),
            enclosures: entry.enclosures.iter().map(|enclosure| enclosure.url.clone()).collect(),
            now: told.now,
            detected: OnceLock::new(),
            folded: OnceLock::new(),
            values: FIELDS.iter().map(|_| OnceLock::new()).collect(),
        }))
    }
}

impl View {
    /// Its title, as it came.
    pub fn title(&self) -> &str {
        &self.0.title
    }

    /// The same under another title.
    pub fn entitled(&self, title: &str) -> Self {
        let seen = Seen {
            title: one_line(title),
            folded: OnceLock::new(),
            values: FIELDS.iter().map(|_| OnceLock::new()).collect(),
            ..(*self.0).clone()
        };
        Self(Arc::new(seen))
    }
}

impl Seen {
    /// What the feed claims, else what is detected; empty where nobody knows. BCP 47.
    pub fn language(&self) -> &str {
        if self.claimed_language.is_empty() { self.detected_language() } else { &self.claimed_language }
    }

    /// By title and text, where that is certain; else empty.
    pub fn detected_language(&self) -> &str {
        self.detected.get_or_init(|| detect(&self.title, &self.text).unwrap_or_default())
    }

    /// Title and text as keywords are looked for in them.
    pub(super) fn folded(&self) -> &str {
        self.folded.get_or_init(|| fold(&format!("{}\n{}", self.title, self.text)))
    }
}

/// The values of late fields, by their places in `FIELDS`; those of early ones are undefined.
pub(super) type LateFields = Vec<Value>;

/// What one run of a rule or template sees.
#[derive(Debug, Clone)]
pub(super) struct Context {
    pub early: View,
    /// `None` in the early pass.
    pub late: Option<Arc<LateFields>>,
}

impl Context {
    pub fn get(&self, name: &str) -> Option<Value> {
        let at = FIELDS.iter().position(|field| field.name == name)?;
        match FIELDS[at].value {
            Get::Early(make) => Some(self.early.values[at].get_or_init(|| make(&self.early)).clone()),
            Get::Late(_) => self.late.as_ref().map(|late| late[at].clone()),
        }
    }

    pub fn into_value(self) -> Value {
        Value::from_object(self)
    }
}

impl Object for Context {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get(key.as_str()?)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }
}

/// Addresses of the pictures that the feed names beside the body, each once.
fn pictures(entry: &Entry) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    entry.images.iter().map(|image| &image.url).filter(|url| seen.insert(*url)).cloned().collect()
}

/// A link that a browser may follow without harm.
pub(super) fn is_web(link: &str) -> bool {
    let start = link.get(..8).unwrap_or(link).to_ascii_lowercase();
    start.starts_with("http://") || start.starts_with("https://")
}

/// Without `www.`.
pub(super) fn host(link: &str) -> Option<String> {
    let host = url::Url::parse(link).ok()?.host_str()?.to_owned();
    Some(host.strip_prefix("www.").unwrap_or(&host).to_owned())
}
