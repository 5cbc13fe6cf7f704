//! The only door to the network: time limits, size caps, the egress guard, redirects by hand, `Retry-After`.
//!
//! Nothing is asked twice behind the caller's back: no retries, no cookies, no referer, no proxy from the environment. With the
//! feature `killpoints` each hop passes the points `http before METHOD label` and `http after METHOD label`.

mod access;
mod body;
mod error;
mod guard;
mod limits;
mod link;
mod registrable;
mod request;
mod resolve;
mod retry_after;
mod serve;
#[cfg(test)]
mod tests;
mod tls;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ipnet::IpNet;
use reqwest::redirect::Policy;
use url::Url;

pub use bytes::Bytes;
pub use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
pub use reqwest::{Method, StatusCode};

pub use access::{Access, Unusable};
pub use body::gunzip;
pub use error::{Error, Size, TimeLimit};
pub use guard::Refusal;
pub use limits::{CONNECT, HOPS, IDLE, IDLE_PER_HOST, Limits};
pub use link::{Link, links};
pub use registrable::registrable;
pub use request::{Follow, Line, Request, Response, same_server};
pub use retry_after::{LONGEST_RETRY_AFTER, http_date, retry_after};
pub use serve::{BodyError, Call, CallBody, ListenError, Listener, Reply};

use access::Way;
use guard::Guard;
use resolve::Guarded;
use tls::Tls;

/// Who we say we are where nobody says for whom.
pub const USER_AGENT: &str = concat!("wirepress/", env!("CARGO_PKG_VERSION"), " (feed reader for WordPress)");

/// Who we say we are, and where a publisher finds who that is: a web page, or a mail address.
pub fn user_agent(contact: &str) -> String {
    format!("wirepress/{} (feed reader for WordPress; +{contact})", env!("CARGO_PKG_VERSION"))
}

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

/// A URL's host as a server goes by it: `example.org`, `127.0.0.1:8080`; the port stands there where it isn't the scheme's own.
pub fn host(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// The door. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Client(Arc<Doors>);

/// One client for each way to go out. What the guard checked and what it didn't never share a connection.
struct Doors {
    guard: Arc<Guard>,
    tls: Tls,
    user_agent: String,
    guarded: Pair,
    typed: Pair,
    /// The ways that some feeds ask for; made when they are first taken.
    others: Mutex<HashMap<Other, reqwest::Client>>,
}

/// A way, whether its target was typed, and what becomes of the connection.
type Other = (Way, bool, Line);

/// The same way out, with connections that are kept for the next request or closed after this one.
struct Pair {
    kept: reqwest::Client,
    closed: reqwest::Client,
}

impl Client {
    /// Sets up TLS and the guard; sends nothing.
    pub fn new(options: Options) -> Result<Self, Error> {
        let guard = Arc::new(Guard::new(options.allow_networks, options.typed));
        let (tls, user_agent) = (Tls::new(), options.user_agent);
        let config = tls.config(&Way::default())?;
        let client = |line: Line| builder(&user_agent, config.clone(), line);
        let guarded = |line: Line| built(client(line).dns_resolver(Arc::new(Guarded(guard.clone()))));
        let typed = |line: Line| built(client(line));
        let guarded = Pair { kept: guarded(Line::Keep)?, closed: guarded(Line::Close)? };
        let typed = Pair { kept: typed(Line::Keep)?, closed: typed(Line::Close)? };
        Ok(Self(Arc::new(Doors { guard, tls, user_agent, guarded, typed, others: Mutex::default() })))
    }

    /// The client for one hop, or the guard's refusal.
    fn door(&self, url: &Url, line: Line, way: Option<&Way>) -> Result<reqwest::Client, Error> {
        let doors = &*self.0;
        let is_typed = doors.guard.is_typed(url);
        if !is_typed {
            let refused = |refusal| Error::Refused { url: error::shown(url), refusal };
            doors.guard.check_literal(url).map_err(refused)?;
        }
        if let Some(way) = way {
            return doors.other((way, is_typed, line), url);
        }
        let pair = if is_typed { &doors.typed } else { &doors.guarded };
        Ok(match line {
            Line::Keep => pair.kept.clone(),
            Line::Close => pair.closed.clone(),
        })
    }
}

impl Doors {
    /// The client for a way of a feed's own. Behind a proxy nobody here resolves the target's name, so that only the name itself can
    /// be checked; the proxy was typed and may be anywhere.
    fn other(&self, (way, is_typed, line): (&Way, bool, Line), url: &Url) -> Result<reqwest::Client, Error> {
        if way.proxy.is_some() && !is_typed && guard::is_local_name(url) {
            let why = "its name is one of a local network, and only what stands in the configuration may be; it can't be allowed \
                       behind a proxy, which alone knows the address";
            return Err(Error::BadUrl { url: error::shown(url), why: why.to_owned() });
        }
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (way.clone(), is_typed, line);
        if let Some(client) = others.get(&key) {
            return Ok(client.clone());
        }
        let mut builder = builder(&self.user_agent, self.tls.config(way)?, line);
        if way.only_http1 {
            builder = builder.http1_only();
        }
        builder = match &way.proxy {
            Some(proxy) => builder.proxy(proxied(proxy)?),
            None if is_typed => builder,
            None => builder.dns_resolver(Arc::new(Guarded(self.guard.clone()))),
        };
        let client = built(builder)?;
        others.insert(key, client.clone());
        Ok(client)
    }
}

fn builder(user_agent: &str, tls: rustls::ClientConfig, line: Line) -> reqwest::ClientBuilder {
    let idle_per_host = match line {
        Line::Keep => limits::IDLE_PER_HOST,
        Line::Close => 0,
    };
    let builder = reqwest::Client::builder();
    // every request has its time limit, so no line needs to be looked after: that is five calls a line
    #[cfg(target_os = "linux")]
    let builder = builder.tcp_user_timeout(None::<Duration>);
    builder
        .tcp_keepalive(None::<Duration>)
        .tcp_keepalive_interval(None::<Duration>)
        .tcp_keepalive_retries(None::<u32>)
        .tls_backend_preconfigured(tls)
        .user_agent(user_agent)
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .connect_timeout(limits::CONNECT)
        .pool_idle_timeout(limits::IDLE)
        .pool_max_idle_per_host(idle_per_host)
}

fn built(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, Error> {
    builder.build().map_err(|error| Error::Setup { why: error::deepest(&error) })
}

/// SOCKS 5 hands on the name as it is: `socks5` is `socks5h` here, as a name that is resolved here would tell everyone who asks.
fn proxied(proxy: &access::Proxy) -> Result<reqwest::Proxy, Error> {
    let mut address = proxy.url.to_string();
    if let Some(rest) = address.strip_prefix("socks5:") {
        address = format!("socks5h:{rest}");
    }
    let made = reqwest::Proxy::all(address).map_err(|error| Error::Setup { why: error::deepest(&error) })?;
    Ok(match &proxy.user {
        Some((user, password)) => made.basic_auth(user, password.0.reveal()),
        None => made,
    })
}
