//! From an address that a person typed to a feed: by the address alone, by what the page names, or by asking at the usual places.

mod address;

use url::Url;

use super::{Document, Error, FoundFeed, ParseError, Polled, Source, poll};
use crate::domain::Timestamp;
use crate::http::Client;

pub use address::feeds_of_address;
pub(super) use address::youtube_channel;

/// Places that are asked when a page names no feed: few, one after the other.
const MAX_ASKED: usize = 8;
/// Where feeds usually lie, below a page or a host's front.
const USUAL: [&str; 6] = ["feed/", "rss.xml", "atom.xml", "feed.xml", "index.xml", "feed.json"];

/// What an address leads to.
#[derive(Debug)]
pub enum Found {
    /// It is a feed itself. `None`: the server says that nothing changed.
    Feed(Option<Box<Document>>),
    /// It is a page, and these are its feeds; never none.
    Feeds(Vec<FoundFeed>, FoundBy),
}

/// How the feeds of a page were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundBy {
    /// By the rules of the service that the page is on; nobody was asked.
    Address,
    /// The page names them.
    Page,
    /// It lies at one of the usual places, and was read.
    Asking,
}

impl FoundBy {
    /// `the page names …`
    pub const fn told(self) -> &'static str {
        match self {
            Self::Address => "by its address this page has",
            Self::Page => "the page names",
            Self::Asking => "the page names none, but its site has",
        }
    }
}

/// Finds the feed of an address. The error is what the address itself answered.
pub async fn find(http: &Client, source: &Source, now: Timestamp) -> Result<Found, Error> {
    let by_address = feeds_of_address(&source.url);
    if !by_address.is_empty() {
        return Ok(Found::Feeds(by_address, FoundBy::Address));
    }
    let error = match poll(http, source, now).await {
        Ok(Polled::Document(document)) => return Ok(Found::Feed(Some(document))),
        Ok(Polled::NotModified { .. }) => return Ok(Found::Feed(None)),
        Err(error) => error,
    };
    match error {
        Error::Unreadable { feeds, .. } if !feeds.is_empty() => Ok(Found::Feeds(feeds, FoundBy::Page)),
        Error::Unreadable { cause: ParseError::Page, ref url, .. } => {
            let page = Url::parse(url).unwrap_or_else(|_| source.url.clone());
            match ask(http, source, &page, now).await {
                Some(found) => Ok(Found::Feeds(vec![found], FoundBy::Asking)),
                None => Err(error),
            }
        }
        error => Err(error),
    }
}

/// Asks at the usual places, one after the other, until one is a feed or the server is unwell.
async fn ask(http: &Client, source: &Source, page: &Url, now: Timestamp) -> Option<FoundFeed> {
    for url in usual_places(page) {
        let told = |title: Option<String>| Some(FoundFeed { url: url.to_string(), title });
        // what proves who asks belongs to the server that was typed
        let access = source.access.clone().filter(|_| crate::http::same_server(&source.url, &url));
        match poll(http, &Source { access, ..Source::new(url.clone()) }, now).await {
            Ok(Polled::Document(document)) => return told(document.facts.title),
            Ok(Polled::NotModified { .. }) => return told(None),
            Err(Error::Unreadable { .. } | Error::Gone { .. } | Error::Status { status: 400..=428 | 430..=499, .. }) => {}
            Err(_) => return None,
        }
    }
    None
}

/// Where the feed of a page may lie, on its own host: beside a profile, below the page, below the front.
fn usual_places(page: &Url) -> Vec<Url> {
    let mut places: Vec<Url> = address::profile(page).filter(|url| url.host() == page.host()).into_iter().collect();
    let mut folder = page.clone();
    folder.set_query(None);
    folder.set_fragment(None);
    let is_file = folder.path().rsplit('/').next().is_some_and(|last| last.contains('.'));
    if is_file {
        folder = folder.join(".").unwrap_or(folder);
    } else if !folder.path().ends_with('/') {
        folder.set_path(&format!("{}/", folder.path()));
    }
    let front = folder.join("/").unwrap_or_else(|_| folder.clone());
    for place in USUAL.iter().take(if folder == front { 6 } else { 3 }) {
        places.extend(folder.join(place));
    }
    for place in USUAL {
        places.extend(front.join(place).ok().filter(|url| !places.contains(url)));
    }
    places.truncate(MAX_ASKED);
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_places_are_few_and_on_the_pages_host() {
        let places = |page: &str| usual_places(&Url::parse(page).unwrap()).iter().map(Url::to_string).collect::<Vec<_>>();
        let front =
            ["feed/", "rss.xml", "atom.xml", "feed.xml", "index.xml", "feed.json"].map(|place| format!("https://x.example/{place}"));
        assert_eq!(places("https://x.example/"), front);
        assert_eq!(places("https://x.example/index.html?a#b"), front);
        let below = ["blog/feed/", "blog/rss.xml", "blog/atom.xml", "feed/", "rss.xml", "atom.xml", "feed.xml", "index.xml"];
        assert_eq!(places("https://x.example/blog"), below.map(|place| format!("https://x.example/{place}")));
        assert_eq!(places("https://x.example/@ann")[0], "https://x.example/@ann.rss");
        let away = places("https://x.example/@ann@y.example");
        assert!(away.iter().all(|place| place.starts_with("https://x.example/")), "nobody else is asked: {away:?}");
    }
}
