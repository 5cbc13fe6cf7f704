//! The only door to the network: time limits, size caps, the egress guard, redirects by hand, `Retry-After`.
//!
//! Nothing is asked twice behind the caller's back: no retries, no cookies, no referer, no proxy from the environment. With the
//! feature `killpoints` each hop passes the points `http before METHOD label` and `http after METHOD label`.

mod body;
mod error;
mod guard;
mod limits;
mod link;
mod request;
mod resolve;
mod retry_after;
#[cfg(test)]
mod tests;
mod tls;

use std::sync::Arc;

use ipnet::IpNet;
use reqwest::redirect::Policy;
use url::Url;

pub use bytes::Bytes;
pub use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
pub use reqwest::{Method, StatusCode};

pub use error::{Error, Size, TimeLimit};
pub use guard::Refusal;
pub use limits::{CONNECT, HOPS, IDLE, IDLE_PER_HOST, Limits};
pub use link::{Link, links};
pub use request::{Follow, Line, Request, Response};
pub use retry_after::{http_date, retry_after};

use guard::Guard;
use resolve::Guarded;

/// Who we say we are, unless the operator says otherwise.
pub const USER_AGENT: &str = concat!("wirepress/", env!("CARGO_PKG_VERSION"), " (feed reader for WordPress)");

/// What the operator wants of the network.
#[derive(Debug, Clone)]
pub struct Options {
    /// Private networks that links, images and redirects may reach.
    pub allow_networks: Vec<IpNet>,
    /// Hosts (as a URL writes them, IPv6 in brackets) and ports that the operator typed: sites and feeds. They may be private.
    pub typed: Vec<(String, u16)>,
    /// The `User-Agent` header.
    pub user_agent: String,
}

impl Default for Options {
    fn default() -> Self {
        Self { allow_networks: Vec::new(), typed: Vec::new(), user_agent: USER_AGENT.to_owned() }
    }
}

impl Options {
    /// Notes a URL that the operator typed: its host and port may be private.
    pub fn typed(mut self, url: &Url) -> Self {
        if let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) {
            self.typed.push((host.to_owned(), port));
        }
        self
    }
}

/// The door. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Client(Arc<Doors>);

/// One client for each way to go out. What the guard checked and what it didn't never share a connection.
struct Doors {
    guard: Arc<Guard>,
    guarded: Pair,
    typed: Pair,
}

/// The same way out, with connections that are kept for the next request or closed after this one.
struct Pair {
    kept: reqwest::Client,
    closed: reqwest::Client,
}

impl Client {
    /// Sets up TLS and the guard; sends nothing.
    pub fn new(options: Options) -> Result<Self, Error> {
        let guard = Arc::new(Guard::new(options.allow_networks, options.typed));
        let tls = tls::config()?;
        let builder = |idle_per_host: usize| {
            reqwest::Client::builder()
                .tls_backend_preconfigured(tls.clone())
                .user_agent(options.user_agent.as_str())
                .redirect(Policy::none())
                .retry(reqwest::retry::never())
                .referer(false)
                .no_proxy()
                .connect_timeout(limits::CONNECT)
                .pool_idle_timeout(limits::IDLE)
                .pool_max_idle_per_host(idle_per_host)
        };
        let built = |builder: reqwest::ClientBuilder| builder.build().map_err(|error| Error::Setup { why: error::deepest(&error) });
        let guarded = |idle: usize| built(builder(idle).dns_resolver(Arc::new(Guarded(guard.clone()))));
        let typed = |idle: usize| built(builder(idle));
        let guarded = Pair { kept: guarded(limits::IDLE_PER_HOST)?, closed: guarded(0)? };
        let typed = Pair { kept: typed(limits::IDLE_PER_HOST)?, closed: typed(0)? };
        Ok(Self(Arc::new(Doors { guard, guarded, typed })))
    }

    /// The client for one hop, or the guard's refusal.
    fn door(&self, url: &Url, line: Line) -> Result<&reqwest::Client, Error> {
        let doors = &*self.0;
        let pair = if doors.guard.is_typed(url) {
            &doors.typed
        } else {
            let refused = |refusal| Error::Refused { url: error::shown(url), refusal };
            doors.guard.check_literal(url).map_err(refused)?;
            &doors.guarded
        };
        Ok(match line {
            Line::Keep => &pair.kept,
            Line::Close => &pair.closed,
        })
    }
}
