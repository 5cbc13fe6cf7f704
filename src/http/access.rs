//! What one feed sends along that proves who asks, and the way out that its requests take.
//!
//! Headers, cookies, passwords and the client certificate go to the server that the operator typed and to no other: a redirect to
//! another host, port or down to http drops them for the rest of the way. The proxy and the HTTP version stay.

use std::sync::Arc;

use data_encoding::BASE64;
use reqwest::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderName, HeaderValue};
use url::Url;

use super::tls;
use crate::domain::Secret;

/// What one feed's requests have that others' don't. `Debug` shows no secret.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Access {
    headers: HeaderMap,
    cookies: Vec<String>,
    /// To the server that was typed, and to every other.
    home: Way,
    away: Way,
}

/// A way out that wants connections of its own. Equal ones share them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Way {
    pub proxy: Option<Proxy>,
    /// A client's certificate with its chain and key, as PEM.
    pub certificate: Option<Arc<SecretKey>>,
    pub only_http1: bool,
}

/// A proxy. Names are resolved by it, not here.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Proxy {
    /// Without user and password.
    pub url: Url,
    pub user: Option<(String, SecretKey)>,
}

/// A secret that can be the key of a map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SecretKey(pub Secret);

impl std::hash::Hash for SecretKey {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.reveal().hash(state);
    }
}

/// A setting that can't be used. It never shows the secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    #[error("the value of the header `{0}` holds what no header can: a line end or a control character")]
    Header(String),
    #[error("the value of the cookie `{0}` holds what no cookie can: a semicolon, a line end or a control character")]
    Cookie(String),
    #[error("the bearer token holds what no header can: a line end or a control character")]
    Bearer,
    #[error("the client certificate can't be used: {0}")]
    Certificate(String),
}

impl Access {
    /// Sends `Authorization: Basic` (RFC 7617).
    pub fn basic(&mut self, user: &str, password: &Secret) {
        self.headers.insert(AUTHORIZATION, basic(user, password.reveal()));
    }

    /// Sends `Authorization: Bearer` (RFC 6750).
    pub fn bearer(&mut self, token: &Secret) -> Result<(), Unusable> {
        let value = hidden(&format!("Bearer {}", token.reveal())).ok_or(Unusable::Bearer)?;
        self.headers.insert(AUTHORIZATION, value);
        Ok(())
    }

    /// Sends a header, in place of one that would else be sent.
    pub fn header(&mut self, name: HeaderName, value: &Secret) -> Result<(), Unusable> {
        let value = hidden(value.reveal()).ok_or_else(|| Unusable::Header(name.to_string()))?;
        self.headers.insert(name, value);
        Ok(())
    }

    /// Sends a cookie (RFC 6265, section 4.2); answers' cookies are never kept.
    pub fn cookie(&mut self, name: &str, value: &Secret) -> Result<(), Unusable> {
        let wrong = || Unusable::Cookie(name.to_owned());
        if value.reveal().contains(';') {
            return Err(wrong());
        }
        self.cookies.push(format!("{name}={}", value.reveal()));
        let all = hidden(&self.cookies.join("; ")).ok_or_else(wrong)?;
        self.headers.insert(COOKIE, all);
        Ok(())
    }

    /// Goes through a proxy: `http`, `https`, `socks5` or `socks5h`.
    pub fn proxy(&mut self, url: Url, user: Option<(String, Secret)>) {
        let proxy = Proxy { url, user: user.map(|(user, password)| (user, SecretKey(password))) };
        self.home.proxy = Some(proxy.clone());
        self.away.proxy = Some(proxy);
    }

    /// Shows a certificate where a server asks for one: PEM, the certificate (and its chain) and the key in one text.
    pub fn certificate(&mut self, pem: Secret) -> Result<(), Unusable> {
        tls::identity(pem.reveal()).map_err(Unusable::Certificate)?;
        self.home.certificate = Some(Arc::new(SecretKey(pem)));
        Ok(())
    }

    /// Speaks HTTP/1.1 only.
    pub fn only_http1(&mut self) {
        (self.home.only_http1, self.away.only_http1) = (true, true);
    }

    /// The same for another server than the one that was typed: nothing that proves who asks.
    pub fn away(&self) -> Self {
        Self { home: self.away.clone(), away: self.away.clone(), ..Self::default() }
    }

    /// The headers for the server that was typed.
    pub(super) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The way to the server that was typed, or to another one; `None` is the way that all take.
    pub(super) fn way(&self, is_home: bool) -> Option<&Way> {
        let way = if is_home { &self.home } else { &self.away };
        (*way != Way::default()).then_some(way)
    }
}

/// A header's value that no log shows.
fn hidden(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok().or_else(|| HeaderValue::from_bytes(text.as_bytes()).ok())?;
    value.set_sensitive(true);
    Some(value)
}

/// The value of `Authorization` for a user and a password.
pub(super) fn basic(user: &str, password: &str) -> HeaderValue {
    let text = format!("Basic {}", BASE64.encode(format!("{user}:{password}").as_bytes()));
    hidden(&text).expect("base64 is ASCII")
}
