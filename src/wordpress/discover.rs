//! Finds a site's REST API from the address that a person typed.

use url::Url;

use crate::http;

use super::Root;

/// Whether a password may go over plain http to a host that isn't this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainHttp {
    Refuse,
    Allow,
}

/// No REST API was found.
#[derive(Debug, thiserror::Error)]
pub enum DiscoverError {
    #[error("`{url}` can't be reached: {cause}")]
    Unreachable { url: String, cause: http::Error },
    #[error("`{url}` answers, but no WordPress was found there: {why}")]
    NotWordPress { url: String, why: String },
    #[error("the REST API of `{url}` is switched off: {why}")]
    NoRest { url: String, why: String },
    #[error("`{url}` is out of order for now: {why}")]
    Unwell { url: String, why: String },
    #[error("`{url}` is plain http, where anybody on the way can read the password")]
    Plain { url: String },
    #[error("`{url}` names a REST API on another host, `{other}`: the password isn't sent there")]
    OtherHost { url: String, other: String },
}

/// Asks the address for its `Link` header, then its page, then `/?rest_route=/`; sends no password.
pub async fn discover(http: &http::Client, url: &Url, plain: PlainHttp) -> Result<Root, DiscoverError> {
    let _ = (http, url, plain);
    todo!()
}
