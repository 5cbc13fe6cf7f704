//! A document that came by itself (WebSub, section 7): it is read as one that was fetched.

use super::{Answer, Error, Fresh, Polled, Raw, Signals, Source, document};
use crate::http::{HeaderMap, header, links};

/// Reads what a hub pushed, as if it had been fetched from the source's address with these headers. Nothing that is said beside it
/// counts for the next poll.
pub async fn pushed(headers: &HeaderMap, body: Vec<u8>, source: &Source) -> Result<Polled, Error> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let links = links(headers, &source.url);
    let answer = Answer { status: 200, bytes: body.len() as u64 };
    let raw = Raw { url: source.url.clone(), content_type, body };
    let (validators, signals) = (source.validators.clone(), Signals::default());
    document(Fresh { raw, validators, signals, moved_to: None, links, answer }, source, None).await
}
