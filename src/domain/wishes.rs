//! What a host says of its pages' use, as it came.

use serde::{Deserialize, Serialize};

/// The files of one origin that speak of use. `None`: there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HostWishes {
    /// `/robots.txt`
    pub robots: Option<String>,
    /// `/.well-known/tdmrep.json`
    pub tdmrep: Option<String>,
    /// RSL documents that robots.txt names: their address and text; the text is empty where it couldn't be had.
    pub rsl: Vec<(String, String)>,
}

/// A domain whose work is used nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// `example.org`; its hosts are meant, too.
    pub domain: String,
    pub since: super::Timestamp,
    pub because: Option<String>,
}

impl Block {
    /// Whether an address lies on a domain or on a host of it.
    pub fn covers(domain: &str, address: &str) -> bool {
        let Some((_, rest)) = address.split_once("://") else { return false };
        let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or("");
        let host = authority.rsplit('@').next().unwrap_or("").trim_end_matches('.').to_ascii_lowercase();
        // with a port only where the block names one
        let bare =
            host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit())).map_or(&*host, |(bare, _)| bare);
        let is_of = |host: &str| host == domain || host.strip_suffix(domain).is_some_and(|sub| sub.ends_with('.'));
        is_of(bare.trim_end_matches('.')) || is_of(&host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_covers_a_domain_and_its_hosts_and_no_others() {
        for (domain, address, covered) in [
            ("x.example", "https://x.example/a", true),
            ("x.example", "https://WWW.X.example:8443/a", true),
            ("x.example", "http://user:x@feeds.x.example?y", true),
            ("x.example", "https://notx.example/", false),
            ("x.example", "https://y.example/?u=https://x.example/", false),
            ("x.example", "https://x.example.org/", false),
            ("127.0.0.1:8080", "http://127.0.0.1:8080/a", true),
            ("127.0.0.1:8080", "http://127.0.0.1:8081/a", false),
            ("x.example", "file:///x.example", false),
            ("x.example", "x.example", false),
        ] {
            assert_eq!(Block::covers(domain, address), covered, "{address}");
        }
    }
}
