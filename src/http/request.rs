//! One request, hop by hop, to its answer.

use std::sync::Arc;

use reqwest::header::{
    ACCEPT_ENCODING, AUTHORIZATION, COOKIE, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LOCATION,
    PROXY_AUTHORIZATION,
};
use reqwest::{Method, StatusCode};
use url::Url;

use super::access::{Access, basic};
use super::error::{Error, TimeLimit, classify, shown};
use super::limits::{HOPS, Limits};
use super::{Bytes, Client, body};
use crate::killpoints;

/// What we can unpack.
const CODINGS: HeaderValue = HeaderValue::from_static("gzip, br, zstd, deflate");

/// One request.
#[derive(Debug, Clone)]
pub struct Request {
    /// Names the kind of request in kill points: `feed`, `posts batch`, `media`.
    pub label: &'static str,
    pub method: Method,
    /// User and password in it go out as basic authentication.
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Option<Bytes>,
    pub limits: Limits,
    pub follow: Follow,
    pub line: Line,
    /// Where `If-None-Match`, `If-Modified-Since` and `A-IM` mean something: hops elsewhere go without. `None`: everywhere.
    pub conditional_at: Option<Url>,
    /// What goes to this URL's own server only, and the way there.
    pub access: Option<Arc<Access>>,
}

/// What asks for no more than what is new (RFC 9110, section 13; RFC 3229).
const CONDITIONAL: [HeaderName; 3] = [IF_NONE_MATCH, IF_MODIFIED_SINCE, HeaderName::from_static("a-im")];

/// Whether redirects are followed. Only GET and HEAD ever are: another method's 3xx is its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follow {
    No,
    /// So many hops, [`HOPS`] at most.
    UpTo(usize),
}

/// What becomes of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Line {
    /// Kept for the next request to the same host.
    Keep,
    /// Closed: 2,000 feeds on 2,000 hosts would hold 2,000 connections and their buffers.
    Close,
}

/// An answer, whatever its status.
#[derive(Debug, Clone)]
pub struct Response {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// Where the answer came from, redirects followed; without user and password.
    pub url: Url,
    /// The redirects on the way: the status, and the URL that answered with it.
    pub hops: Vec<(u16, Url)>,
    /// All content codings undone.
    pub body: Vec<u8>,
    /// Bytes of the body on the line.
    pub wire: u64,
}

impl Request {
    /// A GET that follows redirects and keeps its connection.
    pub fn get(label: &'static str, url: Url, limits: Limits) -> Self {
        Self {
            label,
            method: Method::GET,
            url,
            headers: HeaderMap::new(),
            body: None,
            limits,
            follow: Follow::UpTo(HOPS),
            line: Line::Keep,
            conditional_at: None,
            access: None,
        }
    }

    /// A POST with a body; its 3xx is its answer.
    pub fn post(label: &'static str, url: Url, limits: Limits, body: impl Into<Bytes>) -> Self {
        Self { method: Method::POST, body: Some(body.into()), follow: Follow::No, ..Self::get(label, url, limits) }
    }

    /// With a header more.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// With basic authentication (RFC 7617).
    pub fn basic(self, user: &str, password: &str) -> Self {
        self.header(AUTHORIZATION, basic(user, password))
    }
}

impl Response {
    /// A header's value, where it is there and is text.
    pub fn header(&self, name: impl reqwest::header::AsHeaderName) -> Option<&str> {
        std::str::from_utf8(self.headers.get(name)?.as_bytes()).ok()
    }

    /// Where the document has moved to for good: every hop was a 301 or 308 (RFC 9110, section 15.4).
    pub fn moved_to(&self) -> Option<&Url> {
        let permanent = !self.hops.is_empty() && self.hops.iter().all(|(status, _)| matches!(status, 301 | 308));
        permanent.then_some(&self.url)
    }
}

impl Client {
    /// Sends the request and reads the whole answer, within its limits. Every status is an answer.
    pub async fn send(&self, mut request: Request) -> Result<Response, Error> {
        take_user(&mut request);
        request.headers.entry(ACCEPT_ENCODING).or_insert(CODINGS);
        let (total, first) = (request.limits.total, request.url.clone());
        let late = |_| Error::TimeLimit { url: shown(&first), limit: TimeLimit::Total, span: total };
        tokio::time::timeout(total, self.walk(request)).await.map_err(late)?
    }

    async fn walk(&self, mut request: Request) -> Result<Response, Error> {
        let most = match request.follow {
            Follow::UpTo(hops) if matches!(request.method, Method::GET | Method::HEAD) => hops.min(HOPS),
            Follow::UpTo(_) | Follow::No => 0,
        };
        let mut hops = Vec::new();
        let mut is_home = true;
        loop {
            let response = self.hop(&request, is_home).await?;
            let Some(next) = target(&response).filter(|_| most > 0) else {
                let (status, headers) = (response.status(), response.headers().clone());
                let (body, wire) = body::read(response, &request.url, &request.limits).await?;
                return Ok(Response { status, headers, url: request.url, hops, body, wire });
            };
            if hops.len() == most {
                let why = format!("more than {most} redirects; the last leads to `{}`", shown(&next));
                return Err(Error::Redirect { url: shown(&request.url), why });
            }
            hops.push((response.status().as_u16(), request.url.clone()));
            is_home &= move_on(&mut request, next);
        }
    }

    /// One exchange, up to the response's headers.
    async fn hop(&self, request: &Request, is_home: bool) -> Result<reqwest::Response, Error> {
        let url = &request.url;
        if !matches!(url.scheme(), "http" | "https") {
            let why = format!("`{}` is neither http nor https", url.scheme());
            return Err(Error::BadUrl { url: shown(url), why });
        }
        let access = request.access.as_deref();
        let door = self.door(url, request.line, access.and_then(|access| access.way(is_home)))?;
        let mut outgoing = reqwest::Request::new(request.method.clone(), url.clone());
        *outgoing.headers_mut() = request.headers.clone();
        if request.conditional_at.as_ref().is_some_and(|at| at != url) {
            for name in CONDITIONAL {
                outgoing.headers_mut().remove(name);
            }
        }
        for (name, value) in access.filter(|_| is_home).into_iter().flat_map(Access::headers) {
            outgoing.headers_mut().insert(name, value.clone());
        }
        *outgoing.body_mut() = request.body.clone().map(reqwest::Body::from);
        pass("before", request);
        let span = request.limits.first_byte;
        let late = |_| Error::TimeLimit { url: shown(url), limit: TimeLimit::FirstByte, span };
        let answer = tokio::time::timeout(span, door.execute(outgoing)).await.map_err(late)?;
        pass("after", request);
        answer.map_err(|error| classify(url, error))
    }
}

fn pass(when: &str, request: &Request) {
    if cfg!(feature = "killpoints") {
        killpoints::pass(&format!("http {when} {} {}", request.method, request.label));
    }
}

/// Where a redirect leads to, if the response is one.
fn target(response: &reqwest::Response) -> Option<Url> {
    let redirect = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = response.headers().get(LOCATION).filter(|_| redirect)?;
    let location = std::str::from_utf8(location.as_bytes()).ok()?;
    response.url().join(location).ok()
}

/// Turns to the next hop, and answers whether that is the same server. What proves who we are goes only to the one that it was
/// meant for.
fn move_on(request: &mut Request, next: Url) -> bool {
    let is_same = same_server(&request.url, &next);
    if !is_same {
        for name in [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE] {
            request.headers.remove(name);
        }
    }
    request.url = next;
    // a user in a redirect's target is nobody's wish but the server's
    let _ = request.url.set_username("");
    let _ = request.url.set_password(None);
    is_same
}

/// The same host and port, by the same scheme, or the step up from http to https on their usual ports.
pub fn same_server(from: &Url, to: &Url) -> bool {
    let stepped_up = from.scheme() == "http" && to.scheme() == "https" && from.port().is_none() && to.port().is_none();
    from.host() == to.host() && (stepped_up || (from.scheme() == to.scheme() && from.port_or_known_default() == to.port_or_known_default()))
}

/// Moves user and password from the URL into a header, so that no address ever shows them.
fn take_user(request: &mut Request) {
    let url = &mut request.url;
    if url.username().is_empty() && url.password().is_none() {
        return;
    }
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let value = basic(&decoded(url.username()), &decoded(url.password().unwrap_or("")));
    request.headers.entry(AUTHORIZATION).or_insert(value);
    let _ = url.set_username("");
    let _ = url.set_password(None);
}
