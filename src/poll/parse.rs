//! A document's bytes to facts and entries.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use chrono::{DateTime, Utc};
use feed_rs::model::{self, FeedType};
use url::Url;

use super::notes::{Attached, EntryNotes, Notes, Rank};
use super::tidy::{AT, tidy};
use super::{Format, Mends, date, decode, json, plain};
use crate::domain::{Enclosure, Entry, FeedFacts, Hints, ImageRef, Timestamp};

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
    #[error("its elements nest deeper than {}", super::tidy::MAX_DEPTH)]
    TooDeep,
    #[error("it can't be read: {0}")]
    Malformed(String),
    #[error("it is no JSON Feed: {0}")]
    Json(String),
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
        Some('{') => json::parse(text.trim_start(), base, reading)?,
        Some(_) => xml(&text, base, reading)?,
    };
    parsed.encoding = encoding;
    parsed.mends = mends;
    parsed.entries.retain(|entry| entry.guid.is_some() || entry.link.is_some() || !entry.title.is_empty() || !entry.body().is_empty());
    Ok(parsed)
}

fn xml(text: &str, base: &Url, reading: &Reading) -> Result<Parsed, ParseError> {
    let tidy = tidy(text)?;
    let base = tidy.notes.base.as_deref().and_then(|own| base.join(own).ok()).unwrap_or_else(|| base.clone());
    // An id that feed-rs would invent is left empty, to be seen as missing.
    let read = || {
        let reading = reading.clone();
        let read_date = move |text: &str| date::read(text, &reading).and_then(|date| DateTime::from_timestamp(date.unix(), 0));
        feed_rs::parser::Builder::new()
            .base_uri(Some(base.as_str()))
            .sanitize_content(false)
            .id_generator(|_, _, _| String::new())
            .timestamp_parser(read_date)
            .build()
            .parse(tidy.xml.as_bytes())
    };
    let feed = survive(read)?.map_err(|error| ParseError::Malformed(error.to_string()))?;
    let seen = tidy.notes.entries.len();
    if feed.entries.is_empty() && seen > 0 {
        return Err(ParseError::Unread(seen));
    }
    Ok(Reader { is_atom: feed.feed_type == FeedType::Atom, base: &base }.document(feed, tidy.notes))
}

/// feed-rs panics where the pass before it hasn't foreseen it; that costs the document, not the process.
fn survive<T>(read: impl FnOnce() -> T) -> Result<T, ParseError> {
    catch_unwind(AssertUnwindSafe(read)).map_err(|_| ParseError::Crashed)
}

/// Turns feed-rs's model, and the notes beside it, into ours.
struct Reader<'b> {
    is_atom: bool,
    base: &'b Url,
}

impl Reader<'_> {
    fn document(&self, feed: model::Feed, notes: Notes) -> Parsed {
        let facts = FeedFacts {
            title: feed.title.as_ref().map(|title| self.plain(title)).filter(|title| !title.is_empty()),
            home: page(&feed.links).and_then(|home| absolute(home, self.base)),
            language: feed.language.clone().map(|language| language.trim().to_owned()).filter(|language| !language.is_empty()),
            rights: feed.rights.as_ref().map(|rights| self.plain(rights)).filter(|rights| !rights.is_empty()),
        };
        let of_all = people(&feed.authors);
        // feed-rs leaves out entries that it can't use; then no note can be said to belong to an entry
        let is_matched = notes.entries.len() == feed.entries.len();
        let ttl = feed.ttl.map(|minutes| Duration::from_secs(u64::from(minutes) * 60));
        let hints = Hints { ttl, rhythm: rhythm(&notes), ..Hints::default() };
        let format = if self.is_atom { Format::Atom10 } else { Format::Rss20 };
        let mut found = notes.entries.into_iter().filter(|_| is_matched);
        let entries = feed.entries.into_iter().map(|entry| self.entry(entry, found.next().unwrap_or_default(), &facts, &of_all)).collect();
        Parsed { facts, entries, hints, format, is_cut: notes.cut, ..Parsed::default() }
    }

    fn entry(&self, entry: model::Entry, notes: EntryNotes, facts: &FeedFacts, of_all: &[String]) -> Entry {
        let own_base = notes.base.as_deref().and_then(|own| self.base.join(own).ok());
        let base = own_base.as_ref().unwrap_or(self.base);
        let guid = Some(entry.id.trim()).filter(|id| !id.is_empty()).map(str::to_owned).or(notes.about);
        let from_guid = || guid.as_deref().filter(|guid| !notes.guid_is_no_link && guid.starts_with("http"));
        let link = notes.original_link.as_deref().or_else(|| page(&entry.links)).or_else(from_guid).and_then(|link| absolute(link, base));
        let content_base = entry.base.as_deref().and_then(|own| base.join(own).ok()).or(own_base.clone()).map(String::from);
        let own = people(&entry.authors);
        let published = entry.published.map(timestamp);
        let updated = entry.updated.map(timestamp);
        let summary = entry.summary.as_ref().map(|text| self.html(&text.content, text.content_type.as_str()));
        let content = entry.content.as_ref().and_then(|content| Some(self.html(content.body.as_deref()?, content.content_type.as_str())));
        let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let mut read = Entry {
            base: content_base.or_else(|| if self.is_atom { None } else { link.clone() }).or_else(|| Some(base.to_string())),
            guid,
            title: entry.title.as_ref().map(|title| self.plain(title)).unwrap_or_default(),
            authors: if own.is_empty() { of_all.to_vec() } else { own },
            published: published.or(updated),
            // feed-rs copies one to the other
            updated: updated.filter(|updated| Some(*updated) != published || self.is_atom),
            summary: filled(summary).or_else(|| notes.text.as_deref().map(|text| html_escape::encode_text(text).replace('\n', "<br>"))),
            content: filled(content),
            categories: categories(&entry.categories),
            language: entry.language.or_else(|| facts.language.clone()),
            rights: entry.rights.as_ref().map(|rights| self.plain(rights)).or_else(|| facts.rights.clone()),
            link,
            ..Entry::default()
        };
        let linked = entry.links.iter().filter(|link| link.rel.as_deref() == Some("enclosure")).map(|link| Attached {
            url: link.href.clone(),
            rank: Rank::Enclosure,
            mime: link.media_type.clone(),
            length: link.length,
            ..Attached::default()
        });
        attach(&mut read, notes.attached.into_iter().chain(linked).collect(), base);
        read
    }

    /// Titles, names and rights. Only Atom says what its text is.
    fn plain(&self, text: &model::Text) -> String {
        match (self.is_atom, text.content_type.as_str()) {
            (true, "text/plain") => plain::from_text(&text.content),
            (true, _) => plain::from_html(&text.content),
            (false, _) => plain::from_either(&text.content),
        }
    }

    /// Bodies. RSS has HTML in them, whatever feed-rs calls it.
    fn html(&self, body: &str, content_type: &str) -> String {
        if self.is_atom && content_type == "text/plain" { html_escape::encode_text(body).into_owned() } else { body.to_owned() }
    }
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

/// The syndication module's rhythm (RSS 1.0 modules: `sy:updatePeriod`, `sy:updateFrequency`).
fn rhythm(notes: &Notes) -> Option<Duration> {
    let hours = match notes.period.as_deref()?.to_ascii_lowercase().as_str() {
        "hourly" => 1,
        "daily" => 24,
        "weekly" => 24 * 7,
        "monthly" => 24 * 30,
        "yearly" => 24 * 365,
        _ => return None,
    };
    let often = notes.frequency.as_deref().and_then(|often| often.parse::<u32>().ok()).unwrap_or(1).max(1);
    Some(Duration::from_secs(hours * 3600) / often)
}

fn people(persons: &[model::Person]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for person in persons {
        let name = person.name.as_deref().or(person.email.as_deref()).map(person_name).unwrap_or_default();
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// `ann@example.org (Ann Lee)` and `Ann Lee <ann@example.org>` are `Ann Lee`; an address alone is its part before the `@`, as no
/// page shall give addresses to harvesters.
fn person_name(text: &str) -> String {
    let text = plain::from_either(&text.replace(AT, "@"));
    let is_address = |word: &str| word.find('@').is_some_and(|at| at > 0);
    if !is_address(&text) {
        return text;
    }
    let is_bracket = |c: char| matches!(c, '(' | ')' | '（' | '）' | '<' | '>' | '[' | ']' | ',' | ';' | '：' | ':') || c.is_whitespace();
    let name =
        text.split(is_bracket).filter(|word| !word.is_empty() && !is_address(word) && *word != "mailto").collect::<Vec<_>>().join(" ");
    if name.is_empty() { text.split('@').next().unwrap_or("").trim_start_matches("mailto:").to_owned() } else { name }
}

fn categories(found: &[model::Category]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for category in found {
        let name = plain::from_either(category.label.as_deref().filter(|label| !label.trim().is_empty()).unwrap_or(&category.term));
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Pictures go to `images`, best first and each once; the rest to `enclosures`.
fn attach(entry: &mut Entry, mut found: Vec<Attached>, base: &Url) {
    found.sort_by_key(|attached| (attached.rank, std::cmp::Reverse(attached.width)));
    for attached in found {
        let Some(url) = base.join(attached.url.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https")) else { continue };
        // WordPress.com names the author's face first
        let is_face = url.host_str().is_some_and(|host| host.ends_with("gravatar.com")) && url.path().starts_with("/avatar/");
        let is_picture = attached.is_picture(&url);
        let url = String::from(url);
        if is_picture && !is_face && entry.images.iter().all(|image| image.url != url) {
            entry.images.push(ImageRef { url, alt: attached.alt, width: attached.width, height: attached.height, ..ImageRef::default() });
        } else if !is_picture && entry.enclosures.iter().all(|enclosure| enclosure.url != url) {
            entry.enclosures.push(Enclosure { url, mime: attached.mime, length: attached.length });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parser_that_panics_costs_its_document_only() {
        assert_eq!(survive(|| -> u8 { panic!("as feed-rs does") }), Err(ParseError::Crashed));
        assert_eq!(survive(|| 1), Ok(1));
    }

    #[test]
    fn people_are_shown_without_their_addresses() {
        for (text, name) in [
            ("Ann Lee", "Ann Lee"),
            ("ann@example.org (Ann Lee)", "Ann Lee"),
            ("Ann Lee <ann@example.org>", "Ann Lee"),
            ("mailto:ann@example.org", "ann"),
            ("作者：ann@example.org", "作者"),
            ("@ann", "@ann"),
        ] {
            assert_eq!(person_name(text), name, "{text}");
        }
    }
}
