//! An item as rules and templates see it.

use std::sync::{Arc, OnceLock};

use minijinja::value::{Enumerator, Object, Value};

use super::fields::{EARLY, FIELDS, LATE};
use super::phrases::fold;
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
pub struct View {
    pub(super) fields: Arc<[Value; EARLY]>,
    pub(super) title: String,
    pub(super) text: String,
    pub(super) link: Option<String>,
    pub(super) authors: Vec<String>,
    pub(super) categories: Vec<String>,
    pub(super) feed_title: String,
    pub(super) feed_link: String,
    pub(super) published: Option<Timestamp>,
    pub(super) now: Timestamp,
    folded: OnceLock<String>,
}

impl View {
    /// Copies what it is told.
    pub fn new(told: &Told<'_>) -> Self {
        let entry = told.entry;
        let link = entry.link.as_deref().filter(|link| is_web(link));
        let home = told.facts.home.as_deref().filter(|home| is_web(home));
        let title = one_line(&entry.title);
        let feed_title = told.facts.title.as_deref().map(one_line).filter(|title| !title.is_empty());
        let feed_title = feed_title.or_else(|| home.or(link).and_then(host)).unwrap_or_else(|| told.feed.to_owned());
        let language = entry.language.as_deref().or(told.facts.language.as_deref()).unwrap_or_default();
        let copyright = entry.rights.as_deref().or(told.facts.rights.as_deref()).unwrap_or_default();
        let authors: Vec<String> = entry.authors.iter().map(|author| one_line(author)).filter(|author| !author.is_empty()).collect();
        let age = told.now.since(entry.published.unwrap_or(told.first_seen)).as_secs() / 360;
        // In the order of FIELDS.
        let fields = [
            Value::from(title.as_str()),
            Value::from(told.text),
            Value::from_safe_string(told.html.to_owned()),
            Value::from(told.summary),
            Value::from(told.words),
            Value::from(authors.join(", ")),
            Value::from(authors.clone()),
            Value::from(entry.categories.clone()),
            Value::from(link.unwrap_or_default()),
            Value::from(link.and_then(host).unwrap_or_default()),
            Value::from(entry.guid.as_deref().unwrap_or_default()),
            Value::from(told.feed),
            Value::from(feed_title.as_str()),
            Value::from(home.unwrap_or_default()),
            time(entry.published),
            time(entry.updated),
            // to a tenth of an hour
            Value::from(f64::from(u32::try_from(age).unwrap_or(u32::MAX)) / 10.0),
            Value::from(language),
            Value::from(copyright),
            Value::from(pictures(entry)),
            Value::from(entry.enclosures.iter().map(|enclosure| enclosure.url.clone()).collect::<Vec<_>>()),
        ];
        Self {
            fields: Arc::new(fields),
            title,
            text: told.text.to_owned(),
            link: link.map(str::to_owned),
            authors,
            categories: entry.categories.clone(),
            feed_link: home.unwrap_or_default().to_owned(),
            feed_title,
            published: entry.published,
            now: told.now,
            folded: OnceLock::new(),
        }
    }

    /// Title and text as keywords are looked for in them.
    pub(super) fn folded(&self) -> &str {
        self.folded.get_or_init(|| fold(&format!("{}\n{}", self.title, self.text)))
    }
}

/// Late fields, in the order of `FIELDS`.
pub(super) type LateFields = [Value; LATE];

/// What one run of a rule or template sees.
#[derive(Debug)]
pub(super) struct Context {
    pub early: Arc<[Value; EARLY]>,
    /// `None` in the early pass.
    pub late: Option<Arc<LateFields>>,
}

impl Context {
    pub fn get(&self, name: &str) -> Option<Value> {
        let at = FIELDS.iter().position(|field| field.name == name)?;
        match at.checked_sub(EARLY) {
            None => Some(self.early[at].clone()),
            Some(at) => self.late.as_ref().map(|late| late[at].clone()),
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

fn time(time: Option<Timestamp>) -> Value {
    Value::from(time.map(|time| time.to_string()).unwrap_or_default())
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

fn host(link: &str) -> Option<String> {
    let host = url::Url::parse(link).ok()?.host_str()?.to_owned();
    Some(host.strip_prefix("www.").unwrap_or(&host).to_owned())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
