//! A feed to its entries: one conditional GET, and a document that anybody may have written.
//!
//! The way of a document: bytes under the caps of the fetch → text ([`decode`]) → a linear pass that mends and caps it, writes what
//! feed-rs reads as canonical Atom and keeps what feed-rs drops, dies of or needn't see ([`layer`]) → feed-rs → both joined in our nouns
//! ([`parse`]). JSON Feed goes another way ([`json`]), and what is no feed at all is read by what the operator said of it
//! ([`source`]).

mod attributes;
mod canon;
mod charset;
mod construct;
mod date;
mod decode;
#[cfg(fuzzing)]
pub mod doors;
mod encoded_twice;
mod entities;
mod entry;
mod error;
mod feed;
mod feed_fields;
mod fields;
mod find;
mod format;
mod json;
mod layer;
mod local;
mod media;
mod mend;
mod names;
mod namespaces;
mod page;
mod parse;
mod people;
mod plain;
mod pushed;
mod scan;
mod signals;
mod sitemaps;
mod source;
#[cfg(test)]
mod tests;
mod text;

use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use url::Url;

use crate::domain::{Entry, FeedFacts, Hints, Timestamp, Validators};
use crate::http::{Access, Client, HeaderName, HeaderValue, Limits, Line, Link, Request, Response, header, links};

pub use charset::name as encoding_named;
pub use date::{DateFormatError, check_format as check_date_format};
pub use decode::text_of_page;
pub use error::Error;
pub use find::{Found, FoundBy, feeds_of_address, find};
pub use format::Format;
pub use layer::{MAX_DEPTH, MAX_ENTRIES};
pub use local::STDIN;
pub use mend::{Mend, Mends};
pub use page::{FoundFeed, feeds_of_page};
pub use parse::{ParseError, Parsed, Reading, parse};
pub use pushed::pushed;
pub use signals::Signals;
pub use source::{Json, JsonField, JsonItems, Kind, Picker, Select, Sitemap};

/// Only what is new since the version that the request names is enough (RFC 3229, with the `feed` manipulation of blog feeds).
const A_IM: HeaderName = HeaderName::from_static("a-im");
const IM: HeaderName = HeaderName::from_static("im");

const ACCEPT: HeaderValue = HeaderValue::from_static(
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1",
);

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// User and password in it go out as basic authentication.
    pub url: Url,
    /// Of the last response that was read; empty asks unconditionally.
    pub validators: Validators,
    /// The address that gave them, where that is another than `url`: they are sent there only, should `url` lead there.
    pub validators_at: Option<Url>,
    /// [`Document::body_hash`] of that response: a body that is the same byte for byte isn't read again.
    pub body_hash: Option<String>,
    /// How the document is to be read.
    pub reading: Reading,
    /// What the request has that others don't.
    pub access: Option<Arc<Access>>,
    /// What kind of document lies there.
    pub kind: Kind,
    /// Where the document names others that are read with it: the pause before each.
    pub gap: Duration,
}

impl Source {
    /// Asks for the document, whatever was read before.
    pub fn new(url: Url) -> Self {
        Self {
            url,
            validators: Validators::default(),
            validators_at: None,
            body_hash: None,
            reading: Reading::default(),
            access: None,
            kind: Kind::Feed,
            gap: Duration::ZERO,
        }
    }
}

/// Tells ways of reading apart: what was read of a document in one of them says nothing of another. Not kept over versions of this
/// program: a document is then read once more.
pub fn reading_mark(kind: &Kind, reading: &Reading) -> String {
    let told = format!("{kind:?} {reading:?}");
    data_encoding::HEXLOWER.encode(&Sha256::digest(told)[..8])
}

/// What a poll brought.
#[derive(Debug, Clone, PartialEq)]
pub enum Polled {
    /// The server says so (304), or the body is the one that was read last.
    NotModified {
        /// To be sent next time.
        validators: Validators,
        signals: Signals,
        moved_to: Option<Url>,
        answer: Answer,
    },
    Document(Box<Document>),
}

/// What the answer cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Answer {
    /// 0: nobody on the network was asked.
    pub status: u16,
    /// Of its body, as it came over the line.
    pub bytes: u64,
}

/// A document that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pub facts: FeedFacts,
    /// In the document's order, without those that say nothing and without one that the document's end cut off.
    pub entries: Vec<Entry>,
    /// Byte for byte as this one response had them.
    pub validators: Validators,
    /// Lower-case hex SHA-256 of the unpacked body.
    pub body_hash: String,
    pub signals: Signals,
    /// What the document itself says of when to ask for it.
    pub hints: Hints,
    pub format: Format,
    /// The encoding that it was read in, as the Encoding Standard names it.
    pub encoding: &'static str,
    /// What had to be mended.
    pub mends: Mends,
    /// Where it came from, redirects followed.
    pub final_url: Url,
    /// Where the feed has moved to for good: every hop was a 301 or 308.
    pub moved_to: Option<Url>,
    /// The document was longer than the caps of this room, and what came after them is missing.
    pub is_cut: bool,
    /// It holds only what is new since the validators that were sent (RFC 3229): what is missing is not gone.
    pub is_delta: bool,
    pub answer: Answer,
    /// What the answers cost that it led to (the lists of an index of sitemaps).
    pub further: Vec<Answer>,
    /// A host that asked to be left alone meanwhile, and until when.
    pub rest: Option<(String, Timestamp)>,
}

/// Asks once. Of a document that hasn't changed no more than headers cross the line.
pub async fn poll(http: &Client, source: &Source, now: Timestamp) -> Result<Polled, Error> {
    let got = if local::is_local(&source.url) { local::get(source).await? } else { fetch(http, source, now).await? };
    match got {
        Got::NotModified { validators, signals, moved_to, answer } => Ok(Polled::NotModified { validators, signals, moved_to, answer }),
        Got::Fresh(fresh) => document(*fresh, source, Some((http, now))).await,
    }
}

/// Reads what came, unless it is what was read last. `further` is the way to the sitemaps that one names.
async fn document(fresh: Fresh, source: &Source, further: Option<(&Client, Timestamp)>) -> Result<Polled, Error> {
    let Fresh { raw, mut validators, signals, moved_to, links, answer } = fresh;
    let is_delta = answer.status == 226;
    let mut body_hash = data_encoding::HEXLOWER.encode(&Sha256::digest(&raw.body));
    if source.body_hash.as_ref() == Some(&body_hash) {
        return Ok(Polled::NotModified { validators, signals, moved_to, answer });
    }
    let final_url = raw.url.clone();
    let (mut further_answers, mut rest, mut signals) = (Vec::new(), None, signals);
    let parsed = match (&source.kind, further) {
        (Kind::Feed | Kind::Page(_) | Kind::Json(_), _) | (_, None) => read(raw, source).await?,
        (Kind::Sitemap(_), Some((http, now))) => {
            let all = sitemaps::read_all(http, source, raw, now).await?;
            if !all.tells_changes {
                (validators, body_hash) = (Validators::default(), String::new());
            }
            signals.retry_after = signals.retry_after.max(all.retry_after);
            (further_answers, rest) = (all.answers, all.rest);
            all.parsed
        }
    };
    if parsed.ends_in_stump {
        // a 304 for them would keep the entry away that was cut off
        validators = Validators::default();
    }
    Ok(Polled::Document(Box::new(Document {
        facts: parsed.facts,
        entries: worth_taking_on(parsed.entries, parsed.ends_in_stump),
        validators,
        body_hash,
        signals,
        hints: told_by_links(parsed.hints, &links),
        format: parsed.format,
        encoding: parsed.encoding,
        mends: parsed.mends,
        final_url,
        moved_to,
        is_cut: parsed.is_cut,
        is_delta,
        answer,
        further: further_answers,
        rest,
    })))
}

/// Entries that say something, without dates that nothing has. One that the document's end cut off would be posted as a stump: it comes whole with another poll.
fn worth_taking_on(mut entries: Vec<Entry>, ends_in_stump: bool) -> Vec<Entry> {
    if ends_in_stump {
        entries.pop();
    }
    entries.retain(|entry| entry.guid.is_some() || entry.link.is_some() || !entry.title.is_empty() || !entry.body().is_empty());
    for entry in &mut entries {
        entry.updated = entry.updated.filter(|at| date::is_plausible(*at));
        entry.published = entry.published.filter(|at| date::is_plausible(*at)).or(entry.updated);
    }
    entries
}

/// What lay at the address.
enum Got {
    NotModified { validators: Validators, signals: Signals, moved_to: Option<Url>, answer: Answer },
    Fresh(Box<Fresh>),
}

/// A document that is not yet read, and what was said beside it.
struct Fresh {
    raw: Raw,
    validators: Validators,
    signals: Signals,
    moved_to: Option<Url>,
    links: Vec<Link>,
    answer: Answer,
}

/// A document as it came.
struct Raw {
    url: Url,
    content_type: Option<String>,
    body: Vec<u8>,
}

async fn fetch(http: &Client, source: &Source, now: Timestamp) -> Result<Got, Error> {
    let response = http.send(request(source)).await?;
    let signals = Signals::of(&response.headers, now);
    let moved_to = response.moved_to().cloned();
    let answer = Answer { status: response.status.as_u16(), bytes: response.wire };
    match answer.status {
        304 if source.validators != Validators::default() && source.validators_at.as_ref().is_none_or(|at| *at == response.url) => {
            let validators = kept(&source.validators, validators(&response));
            return Ok(Got::NotModified { validators, signals, moved_to, answer });
        }
        410 => return Err(Error::Gone { url: response.url.into() }),
        200 | 203 | 206 => {}
        226 if source.validators.etag.is_some() && is_feed_delta(&response) => {}
        status => return Err(Error::Status { url: response.url.into(), status, retry_after: signals.retry_after }),
    }
    let validators = validators(&response);
    let links = links(&response.headers, &response.url);
    let content_type = response.header(header::CONTENT_TYPE).map(str::to_owned);
    let raw = Raw { content_type, url: response.url, body: response.body };
    Ok(Got::Fresh(Box::new(Fresh { raw, validators, signals, moved_to, links, answer })))
}

/// The request that a poll sends.
pub fn request(source: &Source) -> Request {
    let mut request = Request::get("feed", source.url.clone(), Limits::FEED).header(header::ACCEPT, source.kind.accept().unwrap_or(ACCEPT));
    request.line = Line::Close;
    request.access.clone_from(&source.access);
    request.conditional_at.clone_from(&source.validators_at);
    let Validators { etag, last_modified } = &source.validators;
    for (name, value) in [(header::IF_NONE_MATCH, etag), (header::IF_MODIFIED_SINCE, last_modified)] {
        // what came in as a header's value goes out as one
        if let Some(value) = value.as_ref().and_then(|value| HeaderValue::from_bytes(value.as_bytes()).ok()) {
            request.headers.insert(name, value);
        }
    }
    if etag.is_some() && source.kind == Kind::Feed {
        request.headers.insert(A_IM, HeaderValue::from_static("feed"));
    }
    request
}

/// A response's own validators.
fn validators(response: &Response) -> Validators {
    let own = |name: header::HeaderName| response.header(name).filter(|value| !value.is_empty()).map(str::to_owned);
    Validators { etag: own(header::ETAG), last_modified: own(header::LAST_MODIFIED) }
}

/// What is sent after a 304: what it answered to, as it need not repeat that (RFC 9110, section 15.4.5). One that names
/// others replaces both: validators of two responses are never mixed.
fn kept(sent: &Validators, named: Validators) -> Validators {
    let differs = |named: &Option<String>, sent: &Option<String>| named.is_some() && named != sent;
    let others = differs(&named.etag, &sent.etag) || differs(&named.last_modified, &sent.last_modified);
    if others { named } else { sent.clone() }
}

/// The answer holds what is new in the feed's own format (`IM: feed`): no other manipulation was asked for. A server that
/// forgets to name it can mean no other.
fn is_feed_delta(response: &Response) -> bool {
    let Some(words) = response.header(IM) else { return true };
    let words = words.to_ascii_lowercase();
    words.split(',').map(|word| word.split(';').next().unwrap_or_default().trim()).any(|word| word == "feed")
}

/// What the response's `Link` headers say of hubs and the document's address wins over the document (WebSub, section 4).
fn told_by_links(hints: Hints, links: &[Link]) -> Hints {
    let named = |relation: &str| -> Vec<String> {
        let named = links.iter().filter(|link| link.relations.iter().any(|own| own == relation));
        named.map(|link| link.target.to_string()).collect()
    };
    let (hubs, itself) = (named("hub"), named("self").into_iter().next());
    match hubs.is_empty() {
        true => hints,
        false => Hints { hubs, itself: itself.or(hints.itself), ..hints },
    }
}

/// Documents that are read at once: more are no faster, and each holds a multiple of its size meanwhile.
static READERS: Semaphore = Semaphore::const_new(3);

/// Reads the document on a thread where it may take its time.
async fn read(raw: Raw, source: &Source) -> Result<Parsed, Error> {
    let _turn = READERS.acquire().await.expect("it is never closed");
    let (url, kind, reading) = (raw.url.clone(), source.kind.clone(), source.reading.clone());
    let work = move || {
        let Raw { url, content_type, body } = raw;
        kind.parse(&body, content_type.as_deref(), &url, &reading).map_err(|cause| {
            let feeds = match cause {
                ParseError::Page => feeds_of(&body, content_type.as_deref(), &url, &reading),
                _ => Vec::new(),
            };
            Error::Unreadable { url: url.into(), cause, feeds }
        })
    };
    let crashed = |_| Error::Unreadable { url: url.into(), cause: ParseError::Crashed, feeds: Vec::new() };
    tokio::task::spawn_blocking(work).await.map_err(crashed)?
}

/// The feeds of a page, by its address or as it names them.
fn feeds_of(body: &[u8], content_type: Option<&str>, url: &Url, reading: &Reading) -> Vec<FoundFeed> {
    match feeds_of_address(url) {
        none if none.is_empty() => feeds_of_page(&decode::decode(body, content_type, url, reading, &mut Mends::default()).0, url),
        found => found,
    }
}
