//! What an answer that isn't the wished one proves, and when the same request may be sent again.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::Timestamp;
use crate::http;
use crate::http::{HeaderMap, header};

/// A request that didn't bring what was wished. `what` names the request: `making a post`.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Failure {
    /// The site may have done it, or may still be doing it: a time limit, a cut line, 5xx, an empty or foreign 200.
    #[error("{what}: {because}; it may have been done")]
    Unclear { what: &'static str, because: String, wait: Option<Wait>, cause: Option<Arc<http::Error>> },
    /// Surely not done; it is the site's or the network's state and passes: no connection, 429.
    #[error("{what}: {because}")]
    NotDone { what: &'static str, because: String, wait: Option<Wait>, cause: Option<Arc<http::Error>> },
    /// Surely not done: `batch/v1` is blocked here. Single requests may go through.
    #[error("{what}: batches are blocked: {because}")]
    NoBatch { what: &'static str, because: String },
    /// Surely not done: something in front of WordPress refused this one request, as a firewall does.
    #[error("{what}: {because}")]
    Blocked { what: &'static str, because: String },
    /// WordPress refuses this one, for good.
    #[error("{0}")]
    Refused(Refusal),
    /// The site does nothing for us: the password, the account, or REST is switched off.
    #[error("the site refuses us: {0}")]
    Unwelcome(Refusal),
    /// No WordPress REST API answers at this address any more; finding it again may help.
    #[error("{what}: {because}")]
    Lost { what: &'static str, because: String },
}

/// A refusal in the site's own words.
#[derive(Debug, Clone, Default, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {status} {code}: {message}")]
pub struct Refusal {
    pub what: &'static str,
    /// HTTP status; the one inside the JSON where both are there.
    pub status: u16,
    /// WordPress' error code: `rest_cannot_publish`.
    pub code: String,
    /// In the site's language, with the names of wrong parameters.
    pub message: String,
    /// `term_exists`: the id of the term that is there.
    pub term: Option<u64>,
    /// The parameters that it is about, where it says so: `template`; `meta.views`, where a custom field may not be changed.
    pub params: Vec<String>,
    /// What we knew isn't so any more: the post is gone, or the account lost a right.
    pub look_again: bool,
}

/// How long the site wishes to be left alone (RFC 9110, section 10.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    For(Duration),
    Until(Timestamp),
}

impl Wait {
    /// Of a response's `Retry-After`.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
        match text.parse::<u64>() {
            Ok(seconds) => Some(Self::For(Duration::from_secs(seconds))),
            Err(_) => http::http_date(text).map(Self::Until),
        }
    }
}

impl Wait {
    /// When it is over, counted from `now`.
    pub fn end(self, now: Timestamp) -> Timestamp {
        match self {
            Self::For(span) => now.plus(span),
            Self::Until(at) => at.max(now),
        }
    }
}

impl Failure {
    /// Whether the site may have done what was asked.
    pub fn may_have_been_done(&self) -> bool {
        matches!(self, Self::Unclear { .. })
    }

    /// Whether it would meet any other request to this site as well.
    pub fn is_the_sites(&self) -> bool {
        matches!(self, Self::NotDone { .. } | Self::Unwelcome(_) | Self::Lost { .. })
    }

    /// Not before this; `None`: the site said nothing.
    pub fn not_before(&self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Unclear { wait: Some(wait), .. } | Self::NotDone { wait: Some(wait), .. } => Some(wait.end(now)),
            _ => None,
        }
    }

    /// The site's own words, where it had any.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) | Self::Unwelcome(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// WordPress itself says that it has no such route.
    pub fn is_no_route(&self) -> bool {
        matches!(self, Self::Lost { because, .. } if because.contains("rest_no_route"))
    }

    /// A look, and asking who we are, may find a way on.
    pub fn wants_a_look(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.look_again)
    }

    /// The account may not do what it could when it was asked who it is.
    pub fn is_about_rights(&self) -> bool {
        self.wants_a_look() && self.refusal().is_some_and(|refusal| refusal.status == 403)
    }

    /// The post or other thing isn't there (any more), or is out of this account's sight.
    pub fn is_gone(&self) -> bool {
        self.refusal().is_some_and(|refusal| matches!(refusal.status, 404 | 410) && refusal.code != "rest_no_route")
    }
}
