//! Addresses: of sites and feeds, of sockets, of networks.

use std::net::SocketAddr;

use ipnet::IpNet;
use serde_json::{Value as Json, json};
use toml::de::DeValue;
use url::Url;

use super::leaf::{quote, text};
use super::node::{Leaf, Wrong};

/// An absolute http or https address without a password in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebUrl(pub Url);

impl Leaf for WebUrl {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        let text = text(value)?.trim();
        if let Some(rest) = text.strip_prefix("feed://").or(text.strip_prefix("feed:")) {
            let rest = rest.trim_start_matches("https://").trim_start_matches("http://");
            return Err(Wrong::new("must begin with `https://` or `http://`").hint(format!("try \"https://{rest}\"")));
        }
        let url = match Url::parse(text) {
            Ok(url) => url,
            Err(url::ParseError::RelativeUrlWithoutBase) if !text.is_empty() && !text.contains(' ') => {
                let rest = text.trim_start_matches('/');
                return Err(Wrong::new("is no whole address").hint(format!("try \"https://{rest}\"")));
            }
            Err(error) => {
                return Err(Wrong::new(format!("is no address: {error}")).hint("the address as a browser shows it: \"https://…\""));
            }
        };
        match (url.scheme(), url.host_str()) {
            ("http" | "https", Some(_)) if !url.username().is_empty() || url.password().is_some() => {
                Err(Wrong::new("can't carry a user or a password: addresses are logged")
                    .hint("take out all that stands between `//` and `@`"))
            }
            ("http" | "https", Some(_)) => Ok(Self(url)),
            // `localhost:8080` reads as a scheme and a path
            (_, None) if url.path().split('/').next().is_some_and(|port| port.parse::<u16>().is_ok()) => {
                Err(Wrong::new("is no whole address").hint(format!("try \"http://{text}\"")))
            }
            (scheme, _) => Err(Wrong::new(format!("must begin with `https://` or `http://`, not `{scheme}:`"))
                .hint("the address as a browser shows it: \"https://…\"")),
        }
    }

    fn write(&self) -> String {
        quote(self.0.as_str())
    }

    fn schema() -> Json {
        json!({ "type": "string", "format": "uri", "pattern": "^https?://" })
    }
}

/// Where a feed is: on the web, or a file on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeedUrl {
    Web(WebUrl),
    /// A `file:` address.
    File(Url),
    /// A path, relative to the file in which it is written.
    Path(String),
}

impl Leaf for FeedUrl {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        let text = text(value)?.trim();
        if text == "-" {
            return Err(Wrong::new("can't be standard input, which can be read once only")
                .hint("`wirepress try -` shows what comes there; for a feed let a program write a file, and name that"));
        }
        if text.starts_with("file:") {
            let url = Url::parse(text).ok().filter(|url| url.to_file_path().is_ok());
            return url
                .map(Self::File)
                .ok_or_else(|| Wrong::new("is no file of this machine").hint("\"file:///path/to/feed.xml\", or the path alone"));
        }
        if text.starts_with("./") || text.starts_with("../") || (text.starts_with('/') && !text.starts_with("//")) {
            return Ok(Self::Path(text.to_owned()));
        }
        WebUrl::read(value).map(Self::Web)
    }

    fn write(&self) -> String {
        match self {
            Self::Web(url) => url.write(),
            Self::File(url) => quote(url.as_str()),
            Self::Path(path) => quote(path),
        }
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": "^(https?:|file:|\\.{0,2}/)" })
    }
}

/// An address and a port to listen at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Socket(pub SocketAddr);

impl Leaf for Socket {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        let text = text(value)?.trim();
        text.parse().map(Self).map_err(|_| {
            let hint = "an address of this machine and a port: \"127.0.0.1:8787\", \"0.0.0.0:8787\" for all of them, \"[::]:8787\"";
            Wrong::new(format!("can't be `{text}`")).hint(hint)
        })
    }

    fn write(&self) -> String {
        quote(&self.0.to_string())
    }

    fn schema() -> Json {
        json!({ "type": "string", "examples": ["127.0.0.1:8787", "[::1]:8787"] })
    }
}

impl Leaf for IpNet {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        let text = text(value)?;
        text.parse::<IpNet>().map_err(|_| {
            let wrong = Wrong::new(format!("can't hold `{text}`, which is not a network"));
            match text.parse::<std::net::IpAddr>() {
                Ok(address) => {
                    wrong.hint(format!("for this address alone write \"{address}/{}\"", if address.is_ipv4() { 32 } else { 128 }))
                }
                Err(_) => wrong.hint("an address and the length of its prefix, as in \"10.0.0.0/8\" or \"fd00::/8\"; no host names"),
            }
        })
    }

    fn write(&self) -> String {
        quote(&self.to_string())
    }

    fn schema() -> Json {
        json!({ "type": "string", "examples": ["10.1.2.3/32", "fd00::/8"] })
    }
}
