//! Sitemaps that are named by an index: the last changed of them are asked for, one after the other.

use url::Url;

use super::source::{Children, Whole};
use super::{Answer, Error, Got, ParseError, Parsed, Raw, Sitemap, Source, fetch, read};
use crate::domain::Timestamp;
use crate::http::{Client, Limits, gunzip, same_server};

/// What an index and its sitemaps came to.
pub(super) struct All {
    pub parsed: Parsed,
    /// The document at the source's address tells by itself that nothing has changed.
    pub tells_changes: bool,
    /// Of the sitemaps that the index names.
    pub answers: Vec<Answer>,
    /// A host that asked to be left alone, and until when: nothing more was asked.
    pub rest: Option<(String, Timestamp)>,
    /// The latest wish of one that failed.
    pub retry_after: Option<Timestamp>,
}

/// Reads the sitemap; where it is an index, those that it names, a gap apart.
pub(super) async fn read_all(http: &Client, source: &Source, raw: Raw, now: Timestamp) -> Result<All, Error> {
    let raw = unpacked(raw).await?;
    let (raw, children) = named(raw, source).await?;
    let Some(children) = children else {
        let parsed = read(raw, source).await?;
        return Ok(All { parsed, tells_changes: true, answers: Vec::new(), rest: None, retry_after: None });
    };
    let (mut whole, mut failed, mut read_some) = (Whole::default(), None, children.urls.is_empty());
    let (mut answers, mut rest, mut retry_after) = (Vec::new(), None, None);
    for url in &children.urls {
        tokio::time::sleep(source.gap).await;
        match child(http, source, url, now, &mut answers).await {
            Ok(parsed) => {
                read_some = true;
                whole.add(parsed);
            }
            Err(error) => {
                retry_after = retry_after.max(error.retry_after());
                rest = error.resting_host();
                failed = Some(error);
                if rest.is_some() {
                    break;
                }
            }
        }
    }
    match failed {
        Some(error) if !read_some => Err(error),
        // what is missing is asked for again, also where the index stays as it is
        failed => {
            let tells_changes = children.all_dated && failed.is_none();
            Ok(All { parsed: whole.finish(children.is_cut), tells_changes, answers, rest, retry_after })
        }
    }
}

async fn child(http: &Client, source: &Source, url: &Url, now: Timestamp, answers: &mut Vec<Answer>) -> Result<Parsed, Error> {
    // what proves who asks belongs to the server that was typed
    let access = source.access.clone().filter(|_| same_server(&source.url, url));
    let (kind, reading) = (source.kind.clone(), source.reading.clone());
    let child = Source { access, kind, reading, ..Source::new(url.clone()) };
    let got = fetch(http, &child, now).await;
    answers.push(match &got {
        Ok(Got::Fresh(fresh)) => fresh.answer,
        Ok(Got::NotModified { answer, .. }) => *answer,
        Err(error) => Answer { status: error.status().unwrap_or_default(), bytes: 0 },
    });
    match got? {
        Got::Fresh(fresh) => read(unpacked(fresh.raw).await?, &child).await,
        // nothing was said about an earlier copy
        Got::NotModified { .. } => Err(unreadable(url, ParseError::Empty)),
    }
}

async fn named(raw: Raw, source: &Source) -> Result<(Raw, Option<Children>), Error> {
    let (url, reading) = (raw.url.clone(), source.reading.clone());
    let work = move || {
        let children = Sitemap::children(&raw.body, raw.content_type.as_deref(), &raw.url, &reading);
        (raw, children)
    };
    tokio::task::spawn_blocking(work).await.map_err(|_| unreadable(&url, ParseError::Crashed))
}

/// A `.gz` file is packed as a file, not for the line.
async fn unpacked(mut raw: Raw) -> Result<Raw, Error> {
    if raw.body.starts_with(&[0x1f, 0x8b]) {
        let unpacked = gunzip(&raw.body, Limits::FEED.decoded).await;
        raw.body = unpacked.map_err(|why| unreadable(&raw.url, ParseError::Malformed(why)))?;
    }
    Ok(raw)
}

fn unreadable(url: &Url, cause: ParseError) -> Error {
    Error::Unreadable { url: url.to_string(), cause, feeds: Vec::new() }
}
