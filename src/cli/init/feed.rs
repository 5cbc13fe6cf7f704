//! Finds a feed: at the address itself, or that of the page that is there.

use url::Url;

use crate::cli::exit::{Exit, Failure};
use crate::domain::Timestamp;
use crate::http;
use crate::poll::{self, FoundBy, FoundFeed, Source};

/// What stands at an address.
pub enum Found {
    Feed {
        title: Option<String>,
        entries: usize,
        newest: Option<Timestamp>,
    },
    /// A page that has these feeds; never none.
    Page(Vec<FoundFeed>, FoundBy),
}

/// Asks the address and looks at what came.
pub async fn find(http: &http::Client, url: &Url, now: Timestamp) -> Result<Found, Failure> {
    match poll::find(http, &Source::new(url.clone()), now).await {
        Ok(poll::Found::Feed(Some(document))) => {
            let newest = document.entries.iter().filter_map(|entry| entry.published.or(entry.updated)).max();
            Ok(Found::Feed { title: document.facts.title, entries: document.entries.len(), newest })
        }
        Ok(poll::Found::Feed(None)) => Ok(Found::Feed { title: None, entries: 0, newest: None }),
        Ok(poll::Found::Feeds(feeds, by)) => Ok(Found::Page(feeds, by)),
        Err(error @ poll::Error::Unreadable { .. }) => Err(Failure::new(
            Exit::Feeds,
            format!("{error}, and no feed was found\nhint: look on the site for `RSS` or `feed` and take that link's address"),
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
