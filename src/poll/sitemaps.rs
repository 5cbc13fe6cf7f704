//! Sitemaps that are named by an index: the last changed of them are asked for, one after the other.

use url::Url;

use super::source::{Children, Whole};
use super::{Error, Got, ParseError, Parsed, Raw, Sitemap, Source, fetch, read};
use crate::domain::Timestamp;
use crate::http::{Client, Limits, gunzip, same_server};

/// What was read, and whether the document at the source's address tells by itself that nothing has changed.
pub(super) async fn read_all(http: &Client, source: &Source, raw: Raw, now: Timestamp) -> Result<(Parsed, bool), Error> {
    let raw = unpacked(raw).await?;
    let (raw, children) = named(raw, source).await?;
    let Some(children) = children else { return Ok((read(raw, source).await?, true)) };
    let (mut whole, mut failed, mut read_some) = (Whole::default(), None, children.urls.is_empty());
    for url in &children.urls {
        match child(http, source, url, now).await {
            Ok(parsed) => {
                read_some = true;
                whole.add(parsed);
            }
            Err(error) => failed = Some(error),
        }
    }
    match failed {
        Some(error) if !read_some => Err(error),
        // what is missing is asked for again, also where the index stays as it is
        failed => Ok((whole.finish(children.is_cut), children.all_dated && failed.is_none())),
    }
}

async fn child(http: &Client, source: &Source, url: &Url, now: Timestamp) -> Result<Parsed, Error> {
    // what proves who asks belongs to the server that was typed
    let access = source.access.clone().filter(|_| same_server(&source.url, url));
    let (kind, reading) = (source.kind.clone(), source.reading.clone());
    let child = Source { access, kind, reading, ..Source::new(url.clone()) };
    match fetch(http, &child, now).await? {
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
