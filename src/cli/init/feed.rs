//! Finds a feed: at the address itself, or named by the page that is there.

use url::Url;

use crate::cli::exit::{Exit, Failure};
use crate::domain::Timestamp;
use crate::http;
use crate::poll::{self, FoundFeed, Polled, Source};

/// What stands at an address.
pub enum Found {
    Feed {
        title: Option<String>,
        entries: usize,
        newest: Option<Timestamp>,
    },
    /// A page that names these feeds; never none.
    Page(Vec<FoundFeed>),
}

/// Asks the address and looks at what came.
pub async fn find(http: &http::Client, url: &Url, now: Timestamp) -> Result<Found, Failure> {
    match poll::poll(http, &Source::new(url.clone()), now).await {
        Ok(Polled::Document(document)) => {
            let newest = document.entries.iter().filter_map(|entry| entry.published.or(entry.updated)).max();
            Ok(Found::Feed { title: document.facts.title, entries: document.entries.len(), newest })
        }
        Ok(Polled::NotModified { .. }) => Ok(Found::Feed { title: None, entries: 0, newest: None }),
        Err(poll::Error::Unreadable { feeds, .. }) if !feeds.is_empty() => Ok(Found::Page(feeds)),
        Err(error @ poll::Error::Unreadable { .. }) => Err(Failure::new(
            Exit::Feeds,
            format!("{error}, and it names none\nhint: look on the site for `RSS` or `feed` and take that link's address"),
        )),
        Err(error) => Err(Failure::new(exit_of(&error), error)),
    }
}

/// 5 where it may pass, else 4.
fn exit_of(error: &poll::Error) -> Exit {
    match error {
        poll::Error::Http(error) if error.is_temporary() => Exit::Later,
        poll::Error::Status { status: 429 | 500..=599, .. } => Exit::Later,
        _ => Exit::Feeds,
    }
}
