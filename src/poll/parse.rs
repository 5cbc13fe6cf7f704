//! A document's bytes to facts and entries.

use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::{DateTime, Utc};
use feed_rs::model;
use url::Url;

use super::layer::{self, Layered};
use super::{Format, Mend, Mends, decode, entities, json, text};
use crate::domain::{Entry, FeedFacts, Hints, Timestamp};

/// What a document holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parsed {
    pub facts: FeedFacts,
    /// In the document's order.
    pub entries: Vec<Entry>,
    /// What the document says of when to ask for it.
    pub hints: Hints,
    pub format: Format,
    /// The encoding that it was read in, as the Encoding Standard names it; UTF-8 is `UTF-8`.
    pub encoding: &'static str,
    /// What had to be mended.
    pub mends: Mends,
    /// The document was longer than the caps of this room, and what came after them is missing.
    pub is_cut: bool,
    /// The document ended within its last entry, before that had an id or link, a title and its whole text.
    pub ends_in_stump: bool,
}

/// How a document is to be read, where the operator knows better than it does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// A label of the Encoding Standard; everything else that says an encoding is overruled.
    pub charset: Option<String>,
    /// A `strftime` pattern that dates are tried with first.
    pub date_format: Option<String>,
}

/// Why a document can't be read as a feed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    #[error("it is empty")]
    Empty,
    #[error("it is a web page, not a feed")]
    Page,
    #[error("it is no feed: its first element is `{0}`")]
    OtherRoot(String),
    #[error("it is neither XML nor JSON")]
    NoRoot,
    #[error("it can't be read: {0}")]
    Malformed(String),
    #[error("it is no JSON Feed: {0}")]
    Json(String),
    #[error("nothing in it fits `{0}`, where its entries should be")]
    NoItems(String),
    #[error("it is no JSON that can be read: {0}")]
    NoJson(String),
    #[error("it is no sitemap: neither `urlset` nor `sitemapindex`, nor one address on each line")]
    NoSitemap,
    #[error("it broke the parser")]
    Crashed,
    #[error("none of its {0} entries could be read")]
    Unread(usize),
}

/// Reads RSS, Atom or JSON Feed. `content_type` is the header as it came; `base` is where the document was fetched from. Takes up
/// to a second of CPU for the largest documents: not for an async thread.
pub fn parse(bytes: &[u8], content_type: Option<&str>, base: &Url, reading: &Reading) -> Result<Parsed, ParseError> {
    let mut mends = Mends::default();
    let (text, encoding) = decode::decode(bytes, content_type, base, reading, &mut mends);
    let mut parsed = match text.trim_start().chars().next() {
        None => return Err(ParseError::Empty),
        Some('{' | '[') => json::parse(text.trim_start(), base, reading, &mut mends)?,
        Some(_) => {
            let of_decoding = mends.clone();
            match xml(&text, base, reading, &mut mends) {
                Err(error @ (ParseError::NoRoot | ParseError::OtherRoot(_))) => {
                    mends = of_decoding;
                    mends.note(Mend::JsonSyntax);
                    json::parse(json::begin(&text).ok_or(error)?, base, reading, &mut mends)?
                }
                read => read?,
            }
        }
    };
    parsed.encoding = encoding;
    parsed.mends = mends;
    Ok(parsed)
}

fn xml(text: &str, base: &Url, reading: &Reading, mends: &mut Mends) -> Result<Parsed, ParseError> {
    let text = text::clean(text, mends);
    let text = entities::resolved(&text);
    let layered = layer::read(&text, base, reading, mends)?;
    let read = || {
        feed_rs::parser::Builder::new()
            .base_uri(Some(layered.base.as_str()))
            .sanitize_content(false)
            // an id that feed-rs would invent is left empty, to be seen as missing
            .id_generator(|_, _, _| String::new())
            .timestamp_parser(|text| DateTime::parse_from_rfc3339(text).ok().map(|date| date.to_utc()))
            .build()
            .parse(layered.xml.as_bytes())
    };
    let feed = survive(read)?.map_err(|error| ParseError::Malformed(error.to_string()))?;
    if feed.entries.len() != layered.kept.len() {
        return Err(ParseError::Unread(layered.kept.len()));
    }
    Ok(joined(feed, layered))
}

/// feed-rs panics where the pass before it hasn't foreseen it; that costs the document, not the process.
fn survive<T>(read: impl FnOnce() -> T) -> Result<T, ParseError> {
    catch_unwind(AssertUnwindSafe(read)).map_err(|_| ParseError::Crashed)
}

/// As BCP 47 writes it: `en-US`, where someone wrote `en_US`.
fn language(tag: String) -> String {
    tag.replace('_', "-")
}

/// What feed-rs read, and what was kept beside it.
fn joined(feed: model::Feed, layered: Layered) -> Parsed {
    let Layered { kept, authors, licence, rsl, hints, format, base, is_cut, ends_in_stump, .. } = layered;
    let text = |text: Option<model::Text>| text.map(|text| text.content).filter(|text| !text.is_empty());
    let facts = FeedFacts {
        title: text(feed.title),
        home: page(&feed.links).and_then(|home| absolute(home, &base)),
        language: feed.language.map(language),
        rights: text(feed.rights),
    };
    let is_atom = matches!(format, Format::Atom10 | Format::Atom03);
    let mut entries = Vec::with_capacity(kept.len());
    for (read, mut entry) in feed.entries.into_iter().zip(kept) {
        entry.guid = Some(read.id).filter(|id| !id.is_empty());
        entry.title = text(read.title).unwrap_or_default();
        entry.link = page(&read.links).and_then(|link| absolute(link, &base));
        let (published, updated) = (read.published.map(timestamp), read.updated.map(timestamp));
        entry.published = published.or(updated);
        entry.updated = updated.filter(|_| published.is_some() || is_atom);
        entry.categories = read.categories.into_iter().map(|category| category.term).collect();
        entry.rights = text(read.rights).or_else(|| facts.rights.clone());
        entry.language = entry.language.map(language).or_else(|| facts.language.clone());
        entry.licence = entry.licence.or_else(|| licence.clone());
        entry.rsl = entry.rsl.or_else(|| rsl.clone());
        if entry.authors.is_empty() {
            entry.authors.clone_from(&authors);
        }
        let page = || if is_atom { None } else { entry.link.clone() };
        entry.base = entry.base.or_else(page).or_else(|| Some(base.to_string()));
        entries.push(entry);
    }
    Parsed { facts, entries, hints, format, is_cut, ends_in_stump, ..Parsed::default() }
}

/// An absolute http or https URL.
pub(super) fn absolute(url: &str, base: &Url) -> Option<String> {
    let url = base.join(url.trim()).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then(|| url.into())
}

fn timestamp(date: DateTime<Utc>) -> Timestamp {
    Timestamp::from_unix(date.timestamp())
}

/// The link to the page that a feed or an entry stands for.
fn page(links: &[model::Link]) -> Option<&str> {
    let is_page =
        |link: &&model::Link| link.target.is_none() && matches!(link.rel.as_deref(), None | Some("alternate")) && !link.href.is_empty();
    let is_html = |link: &&model::Link| link.media_type.as_deref().is_none_or(|media| media.contains("html"));
    let pages = || links.iter().filter(is_page);
    pages().find(is_html).or_else(|| pages().next()).map(|link| link.href.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parser_that_panics_costs_its_document_only() {
        assert_eq!(survive(|| -> u8 { panic!("as feed-rs does") }), Err(ParseError::Crashed));
        assert_eq!(survive(|| 1), Ok(1));
    }
}
