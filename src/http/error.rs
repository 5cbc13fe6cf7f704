//! What can go wrong between a request and its answer, and whether the other side may have acted on it.

use std::time::Duration;

use url::Url;

use super::guard::Refusal;

/// A request that brought no usable answer. Addresses are shown without user and password.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("`{url}` is not fetched: {why}")]
    BadUrl { url: String, why: String },
    #[error("`{url}` is not fetched: {refusal}")]
    Refused { url: String, refusal: Refusal },
    #[error("`{url}`: the name of the host can't be resolved: {why}")]
    Dns { url: String, why: String },
    #[error("`{url}`: no connection: {why}")]
    Connect { url: String, why: String },
    #[error("`{url}`: no secure connection: {why}")]
    Tls { url: String, why: String },
    #[error("`{url}`: {limit} took longer than {} s", span.as_secs_f32())]
    TimeLimit { url: String, limit: TimeLimit, span: Duration },
    #[error("`{url}`: the line was cut: {why}")]
    Cut { url: String, why: String },
    #[error("`{url}`: the answer is larger than {} {size}", bytes(*cap))]
    TooLarge { url: String, size: Size, cap: u64 },
    #[error("`{url}`: the answer's content coding `{coding}` can't be undone: {why}")]
    Coding { url: String, coding: String, why: String },
    #[error("`{url}`: {why}")]
    Redirect { url: String, why: String },
    #[error("TLS can't be set up: {why}")]
    Setup { why: String },
}

/// Which time limit ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeLimit {
    Connect,
    FirstByte,
    Total,
}

impl std::fmt::Display for TimeLimit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Connect => "connecting",
            Self::FirstByte => "the first byte of the answer",
            Self::Total => "the whole answer",
        })
    }
}

/// Which size was too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    Wire,
    Decoded,
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Wire => "on the line",
            Self::Decoded => "once unpacked",
        })
    }
}

impl Error {
    /// Whether the other side may have acted on the request. `false` only where surely no byte of it was sent.
    pub fn may_have_arrived(&self) -> bool {
        match self {
            Self::BadUrl { .. }
            | Self::Refused { .. }
            | Self::Dns { .. }
            | Self::Connect { .. }
            | Self::Tls { .. }
            | Self::Setup { .. } => false,
            Self::TimeLimit { limit: TimeLimit::Connect, .. } => false,
            Self::TimeLimit { .. } | Self::Cut { .. } | Self::TooLarge { .. } | Self::Coding { .. } | Self::Redirect { .. } => true,
        }
    }

    /// Whether the same request may go better later, with nothing changed here.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Dns { .. } | Self::Connect { .. } | Self::Tls { .. } | Self::TimeLimit { .. } | Self::Cut { .. } => true,
            Self::BadUrl { .. }
            | Self::Refused { .. }
            | Self::TooLarge { .. }
            | Self::Coding { .. }
            | Self::Redirect { .. }
            | Self::Setup { .. } => false,
        }
    }
}

/// A URL as it may be shown: without user and password.
pub(super) fn shown(url: &Url) -> String {
    if url.username().is_empty() && url.password().is_none() {
        return url.as_str().to_owned();
    }
    let mut url = url.clone();
    // Both can fail only for URLs that can't have a user at all.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.into()
}

fn bytes(count: u64) -> String {
    match count {
        0..1024 => format!("{count} bytes"),
        1024..1_048_576 => format!("{} KB", count / 1024),
        _ => format!("{} MB", count / 1_048_576),
    }
}

/// Reads what reqwest says about a hop that brought no response.
pub(super) fn classify(url: &Url, error: reqwest::Error) -> Error {
    let url = shown(url);
    if let Some(refusal) = find::<Refusal>(&error) {
        return Error::Refused { url, refusal: refusal.clone() };
    }
    let why = deepest(&error);
    if error.is_builder() {
        return Error::BadUrl { url, why };
    }
    if error.is_dns() {
        return Error::Dns { url, why };
    }
    if error.is_connect() {
        if find::<rustls::Error>(&error).is_some() {
            return Error::Tls { url, why };
        }
        if error.is_timeout() {
            return Error::TimeLimit { url, limit: TimeLimit::Connect, span: super::limits::CONNECT };
        }
        return Error::Connect { url, why };
    }
    Error::Cut { url, why }
}

/// The first cause of a type in an error's chain, looking into what `io::Error`s carry.
fn find<'e, E: std::error::Error + 'static>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        next = inner(error);
    }
    None
}

fn inner<'e>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e (dyn std::error::Error + 'static)> {
    match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
        Some(carried) => Some(carried),
        None => error.source(),
    }
}

/// The last cause in the chain: the one that says something.
pub(super) fn deepest(error: &(dyn std::error::Error + 'static)) -> String {
    let mut last = error;
    while let Some(next) = inner(last) {
        last = next;
    }
    last.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_password_are_never_shown() {
        let url = Url::parse("https://ann:s3cret@example.org/feed?x=1").unwrap();
        assert_eq!(shown(&url), "https://example.org/feed?x=1");
    }

    #[test]
    fn only_what_was_surely_not_sent_counts_as_not_arrived() {
        let url = || "http://x/".to_owned();
        let limit = |limit| Error::TimeLimit { url: url(), limit, span: Duration::from_secs(1) };
        assert!(!Error::Connect { url: url(), why: String::new() }.may_have_arrived());
        assert!(!limit(TimeLimit::Connect).may_have_arrived());
        assert!(limit(TimeLimit::FirstByte).may_have_arrived());
        assert!(limit(TimeLimit::Total).may_have_arrived());
        assert!(Error::Cut { url: url(), why: String::new() }.may_have_arrived());
        assert!(Error::TooLarge { url: url(), size: Size::Wire, cap: 1 }.may_have_arrived());
    }
}
