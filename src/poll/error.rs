//! Why a poll brought nothing.

use super::{FoundFeed, ParseError};
use crate::domain::Timestamp;
use crate::http;

/// A poll that brought nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Http(#[from] http::Error),
    #[error("`{place}` can't be read: {why}")]
    Local { place: String, why: String },
    /// 410: the publisher wants nobody to ask again (RFC 9110, section 15.5.11).
    #[error("`{url}` is gone for good (410): the publisher has ended this feed")]
    Gone { url: String },
    #[error("`{url}` answered {status}{}", words(*status))]
    Status { url: String, status: u16, retry_after: Option<Timestamp> },
    #[error("`{url}`: {cause}{}", hint(feeds))]
    Unreadable {
        url: String,
        cause: ParseError,
        /// Where it is a web page: the feeds that it names.
        feeds: Vec<FoundFeed>,
    },
}

impl Error {
    /// When the publisher wishes to be asked again, where it says so.
    pub fn retry_after(&self) -> Option<Timestamp> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            Self::Http(_) | Self::Local { .. } | Self::Gone { .. } | Self::Unreadable { .. } => None,
        }
    }

    /// The status of the answer, where there was one.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Http(_) => None,
            // as where it is read well: no server was asked
            Self::Local { .. } => Some(0),
            Self::Gone { .. } => Some(410),
            Self::Status { status, .. } => Some(*status),
            Self::Unreadable { .. } => Some(200),
        }
    }

    /// The server was not reached: it has no name, no address, or nobody there. A file that is missing says nothing of others.
    pub fn is_unreached(&self) -> bool {
        match self {
            Self::Http(error) => !error.may_have_arrived(),
            Self::Local { .. } | Self::Gone { .. } | Self::Status { .. } | Self::Unreadable { .. } => false,
        }
    }

    /// The host that wants to be left alone, with whatever it serves (429, 503 with `Retry-After`), and until when.
    pub fn resting_host(&self) -> Option<(String, Timestamp)> {
        match self {
            Self::Status { url, status: 429 | 503, retry_after: Some(until) } => Some((http::host(&url::Url::parse(url).ok()?)?, *until)),
            _ => None,
        }
    }

    /// The publisher has ended the feed.
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Gone { .. })
    }
}

fn words(status: u16) -> &'static str {
    match status {
        304 => " (not modified), although nothing was said about an earlier copy",
        401 => " (it wants to know who asks: see `auth`)",
        403 => " (forbidden)",
        404 => " (not found)",
        407 => " (the proxy wants a user and a password: see `proxy`)",
        429 => " (too many requests)",
        500..=599 => " (the server has a problem of its own)",
        _ => "",
    }
}

fn hint(feeds: &[FoundFeed]) -> String {
    match feeds {
        [] => String::new(),
        [first, ..] => format!("; its feed is: {}", first.url),
    }
}
