//! The request to a hub and its answer (sections 5.1 and 5.2).

use std::time::Duration;

use url::{Url, form_urlencoded};

use crate::domain::{Subscription, Timestamp};
use crate::http::{self, Client, HOPS, HeaderValue, Limits, Line, Request, Response, header, retry_after};

/// What a hub is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Subscribe,
    Unsubscribe,
}

impl Mode {
    fn word(self) -> &'static str {
        match self {
            Self::Subscribe => "subscribe",
            Self::Unsubscribe => "unsubscribe",
        }
    }
}

/// A hub that didn't take the request.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    #[error("`{0}` is no address of a hub")]
    Address(String),
    #[error(transparent)]
    Http(#[from] http::Error),
    #[error("hub `{hub}` answered {status}{}", said(text))]
    Refused { hub: String, status: u16, text: String, retry_after: Option<Timestamp> },
    #[error("hub `{hub}` redirects more than {HOPS} times")]
    Redirects { hub: String },
}

impl AskError {
    /// When the hub wishes to be asked again, where it says so.
    pub fn retry_after(&self) -> Option<Timestamp> {
        match self {
            Self::Refused { retry_after, .. } => *retry_after,
            Self::Address(_) | Self::Http(_) | Self::Redirects { .. } => None,
        }
    }
}

/// The lease that is asked for: ten days, as the Recommendation has hubs grant by default.
const LEASE: Duration = Duration::from_secs(10 * 86_400);
/// A hub's answer is a line of text.
const LIMITS: Limits = Limits { first_byte: Duration::from_secs(30), total: Duration::from_secs(30), wire: 64 * 1024, decoded: 64 * 1024 };
/// Of what a hub says when it refuses, so much is kept.
const SAID: usize = 200;

/// Asks the hub, which answers 2xx and then verifies the intent at the callback (older hubs do it before they answer).
pub async fn ask(http: &Client, mode: Mode, hub: &str, known: &Subscription, callback: &Url, now: Timestamp) -> Result<(), AskError> {
    let mut at = Url::parse(hub).map_err(|_| AskError::Address(hub.to_owned()))?;
    let form = form(mode, known, callback);
    for _ in 0..=HOPS {
        let mut request = Request::post("hub", at, LIMITS, form.clone())
            .header(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        request.line = Line::Close;
        let response = http.send(request).await?;
        if response.status.is_success() {
            return Ok(());
        }
        match redirected(&response) {
            Some(next) => at = next,
            None => {
                let text = String::from_utf8_lossy(&response.body);
                // hubs like to say what they were asked
                let text = text.replace(known.secret.reveal(), "***").replace(known.token.reveal(), "***");
                let text = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(SAID).collect();
                let retry_after = retry_after(&response.headers, now);
                return Err(AskError::Refused { hub: hub.to_owned(), status: response.status.as_u16(), text, retry_after });
            }
        }
    }
    Err(AskError::Redirects { hub: hub.to_owned() })
}

/// The parameters of section 5.1.1, and PubSubHubbub 0.3's `hub.verify`, without which such a hub refuses the request.
fn form(mode: Mode, known: &Subscription, callback: &Url) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("hub.mode", mode.word());
    form.append_pair("hub.topic", &known.topic);
    form.append_pair("hub.callback", callback.as_str());
    form.append_pair("hub.verify", "async");
    if mode == Mode::Subscribe {
        form.append_pair("hub.secret", known.secret.reveal());
        form.append_pair("hub.lease_seconds", &LEASE.as_secs().to_string());
    }
    form.finish()
}

/// Where the same request shall go (section 5.2: 307 and 308). The step from http to https on the same host is taken with any
/// redirect: that is what hubs mean by a 301.
fn redirected(response: &Response) -> Option<Url> {
    let next = response.url.join(response.header(header::LOCATION)?).ok()?;
    let steps_up = response.url.scheme() == "http" && next.scheme() == "https" && next.host() == response.url.host();
    match response.status.as_u16() {
        307 | 308 => Some(next),
        301 | 302 if steps_up => Some(next),
        _ => None,
    }
}

fn said(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{HeaderMap, StatusCode};
    use crate::push::tests::subscription;

    #[test]
    fn the_request_has_every_parameter_of_section_5_1() {
        let callback = Url::parse("https://planet.example/push/tokentoken").unwrap();
        let known = Subscription { topic: "https://a.example/feed?x=1&y=ü".to_owned(), ..subscription() };
        let pairs = |mode| form_urlencoded::parse(form(mode, &known, &callback).as_bytes()).into_owned().collect::<Vec<_>>();
        let find = |mode, name: &str| pairs(mode).into_iter().find(|(known, _)| known == name).map(|(_, value)| value);
        assert_eq!(find(Mode::Subscribe, "hub.mode").as_deref(), Some("subscribe"));
        assert_eq!(find(Mode::Subscribe, "hub.topic").as_deref(), Some("https://a.example/feed?x=1&y=ü"));
        assert_eq!(find(Mode::Subscribe, "hub.callback").as_deref(), Some("https://planet.example/push/tokentoken"));
        assert_eq!(find(Mode::Subscribe, "hub.secret").as_deref(), Some("the secret"));
        assert_eq!(find(Mode::Subscribe, "hub.lease_seconds").as_deref(), Some("864000"));
        assert_eq!(find(Mode::Unsubscribe, "hub.mode").as_deref(), Some("unsubscribe"));
        assert_eq!(find(Mode::Unsubscribe, "hub.secret"), None);
    }

    #[test]
    fn only_redirects_that_keep_the_request_are_followed() {
        for (status, from, location, next) in [
            (307, "https://hub.example/", "/v2", Some("https://hub.example/v2")),
            (308, "https://hub.example/", "https://other.example/", Some("https://other.example/")),
            (301, "http://hub.example/", "https://hub.example/", Some("https://hub.example/")),
            (302, "https://hub.example/", "https://other.example/", None),
            (303, "http://hub.example/", "https://hub.example/", None),
            (202, "https://hub.example/", "/v2", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::LOCATION, HeaderValue::from_static(location));
            let url = Url::parse(from).unwrap();
            let status = StatusCode::from_u16(status).unwrap();
            let response = Response { status, headers, url, hops: Vec::new(), body: Vec::new(), wire: 0 };
            assert_eq!(redirected(&response).map(String::from).as_deref(), next, "{status} {location}");
        }
    }
}
