//! The egress guard: which addresses a request may reach.
//!
//! What the operator typed (a site, a feed) may be anywhere: exactly that host and port. What came out of a feed, a page or a
//! redirect may only reach addresses of the public internet, and the networks of `[http] allow_networks`.

use std::collections::HashSet;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use url::{Host, Url};

/// What may be reached.
#[derive(Debug)]
pub(super) struct Guard {
    allow: Vec<IpNet>,
    typed: HashSet<(String, u16)>,
}

impl Guard {
    pub(super) fn new(allow: Vec<IpNet>, typed: Vec<(String, u16)>) -> Self {
        let typed = typed.into_iter().map(|(host, port)| (host.to_ascii_lowercase(), port)).collect();
        Self { allow, typed }
    }

    /// Whether the operator typed this very host and port.
    pub(super) fn is_typed(&self, url: &Url) -> bool {
        match (url.host_str(), url.port_or_known_default()) {
            (Some(host), Some(port)) => self.typed.contains(&(host.to_ascii_lowercase(), port)),
            _ => false,
        }
    }

    /// Whether a URL whose host is an address may be asked. A name passes here; what it resolves to is asked for one by one.
    pub(super) fn check_literal(&self, url: &Url) -> Result<(), Refusal> {
        let address = match url.host() {
            Some(Host::Ipv4(address)) => IpAddr::V4(address),
            Some(Host::Ipv6(address)) => IpAddr::V6(address),
            Some(Host::Domain(_)) | None => return Ok(()),
        };
        self.check(address)
    }

    /// Whether an address may be reached by what the operator didn't type.
    pub(super) fn check(&self, address: IpAddr) -> Result<(), Refusal> {
        let plain = address.to_canonical();
        if self.allow.iter().any(|net| net.contains(&address) || net.contains(&plain)) {
            return Ok(());
        }
        match not_public(plain) {
            Some(kind) => Err(Refusal { address: plain, kind }),
            None => Ok(()),
        }
    }
}

/// A name that only a local network knows: all that can be told of a name that a proxy will resolve (RFC 6761, RFC 6762, RFC 8375).
pub(super) fn is_local_name(url: &Url) -> bool {
    const LOCAL: [&str; 7] = ["localhost", "local", "internal", "lan", "intranet", "corp", "home.arpa"];
    let Some(Host::Domain(name)) = url.host() else { return false };
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    !name.contains('.') || LOCAL.iter().any(|local| name.strip_suffix(local).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

/// An address that may not be reached, and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub address: IpAddr,
    /// `a private address (RFC 1918)`
    pub kind: &'static str,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = if self.address.is_ipv4() { 32 } else { 128 };
        let Self { address, kind } = self;
        writeln!(f, "{address} is {kind}, and links, images and redirects may reach only the public internet; to allow it, write:")?;
        write!(f, "    [http]\n    allow_networks = [\"{address}/{bits}\"]")
    }
}

impl std::error::Error for Refusal {}

/// What an address is, if it isn't one of the public internet (IANA special-purpose registries, RFC 6890 and later).
fn not_public(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(v4) => not_public_v4(v4),
        IpAddr::V6(v6) => not_public_v6(v6),
    }
}

/// (first address, prefix length, what it is)
const V4: [([u8; 4], u8, &str); 15] = [
    ([0, 0, 0, 0], 8, "an address of this host itself (0.0.0.0/8)"),
    ([10, 0, 0, 0], 8, "a private address (RFC 1918)"),
    ([100, 64, 0, 0], 10, "an address behind a provider's NAT (RFC 6598)"),
    ([127, 0, 0, 0], 8, "a loopback address"),
    ([169, 254, 0, 0], 16, "a link-local address"),
    ([172, 16, 0, 0], 12, "a private address (RFC 1918)"),
    ([192, 0, 0, 0], 24, "a reserved address"),
    ([192, 0, 2, 0], 24, "an address for documentation"),
    ([192, 88, 99, 0], 24, "a reserved address"),
    ([192, 168, 0, 0], 16, "a private address (RFC 1918)"),
    ([198, 18, 0, 0], 15, "an address for benchmarks"),
    ([198, 51, 100, 0], 24, "an address for documentation"),
    ([203, 0, 113, 0], 24, "an address for documentation"),
    ([224, 0, 0, 0], 4, "a multicast address"),
    ([240, 0, 0, 0], 4, "a reserved address"),
];

fn not_public_v4(address: Ipv4Addr) -> Option<&'static str> {
    let bits = address.to_bits();
    V4.iter().find(|(first, prefix, _)| (bits ^ u32::from_be_bytes(*first)) >> (32 - prefix) == 0).map(|(_, _, kind)| *kind)
}

fn not_public_v6(address: Ipv6Addr) -> Option<&'static str> {
    if let Some(v4) = embedded(address) {
        return not_public_v4(v4);
    }
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] => Some("a loopback address"),
        [a, ..] if a & 0xfe00 == 0xfc00 => Some("a private address (RFC 4193)"),
        [a, ..] if a & 0xffc0 == 0xfe80 => Some("a link-local address"),
        [a, ..] if a & 0xff00 == 0xff00 => Some("a multicast address"),
        [0x2001, 0x0db8, ..] => Some("an address for documentation"),
        [0x3fff, b, ..] if b & 0xf000 == 0 => Some("an address for documentation"),
        // 2001::/23: Teredo, ORCHID, benchmarks; some of it hides an IPv4 address
        [0x2001, b, ..] if b & 0xfe00 == 0 => Some("a reserved address"),
        [a, ..] if a & 0xe000 == 0x2000 => None,
        _ => Some("a reserved address"),
    }
}

/// The IPv4 address that a gateway on the way would reach for this one: v4-mapped, 6to4 (RFC 3056), NAT64 (RFC 6052).
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let joined = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] => Some(joined(high, low)),
        [0x2002, high, low, ..] => Some(joined(high, low)),
        [0x0064, 0xff9b, 0, 0, 0, 0, high, low] => Some(joined(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed() -> Guard {
        Guard::new(Vec::new(), Vec::new())
    }

    #[test]
    fn addresses_that_are_not_of_the_public_internet_are_refused() {
        for (text, kind) in [
            ("0.0.0.0", "this host"),
            ("0.1.2.3", "this host"),
            ("10.0.0.1", "private"),
            ("10.255.255.255", "private"),
            ("100.64.0.1", "NAT"),
            ("100.127.255.255", "NAT"),
            ("127.0.0.1", "loopback"),
            ("127.9.8.7", "loopback"),
            ("169.254.169.254", "link-local"),
            ("172.16.0.1", "private"),
            ("172.31.255.255", "private"),
            ("192.0.0.8", "reserved"),
            ("192.0.2.1", "documentation"),
            ("192.88.99.1", "reserved"),
            ("192.168.1.1", "private"),
            ("198.18.0.1", "benchmarks"),
            ("198.19.255.255", "benchmarks"),
            ("198.51.100.7", "documentation"),
            ("203.0.113.7", "documentation"),
            ("224.0.0.1", "multicast"),
            ("239.255.255.250", "multicast"),
            ("240.0.0.1", "reserved"),
            ("255.255.255.255", "reserved"),
            ("::", "reserved"),
            ("::1", "loopback"),
            ("::127.0.0.1", "reserved"),
            ("::ffff:127.0.0.1", "loopback"),
            ("::ffff:10.1.2.3", "private"),
            ("64:ff9b::10.1.2.3", "private"),
            ("64:ff9b:1::1", "reserved"),
            ("2002:7f00:1::", "loopback"),
            ("2002:c0a8:101::1", "private"),
            ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "reserved"),
            ("2001:db8::1", "documentation"),
            ("3fff:fff::1", "documentation"),
            ("fc00::1", "private"),
            ("fdab::1", "private"),
            ("fe80::1", "link-local"),
            ("fec0::1", "reserved"),
            ("ff02::1", "multicast"),
            ("100::1", "reserved"),
            ("5f00::1", "reserved"),
        ] {
            let refusal = closed().check(text.parse().unwrap()).expect_err(text);
            assert!(refusal.kind.contains(kind), "{text}: {}", refusal.kind);
        }
    }

    #[test]
    fn addresses_of_the_public_internet_pass() {
        for text in [
            "1.1.1.1",
            "8.8.8.8",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.1",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450::1",
            "2001:4860:4860::8888",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
            "2002:808:808::1",
        ] {
            assert_eq!(closed().check(text.parse().unwrap()), Ok(()), "{text}");
        }
    }

    #[test]
    fn networks_that_the_operator_allows_pass_also_when_mapped_into_ipv6() {
        let guard = Guard::new(vec!["10.1.0.0/16".parse().unwrap(), "fd00::/8".parse().unwrap()], Vec::new());
        for text in ["10.1.2.3", "::ffff:10.1.2.3", "fd12::1"] {
            assert_eq!(guard.check(text.parse().unwrap()), Ok(()), "{text}");
        }
        assert!(guard.check("10.2.0.1".parse().unwrap()).is_err());
        assert!(guard.check("fc00::1".parse().unwrap()).is_err());
    }

    #[test]
    fn the_refusal_prints_the_lines_to_add() {
        let refusal = closed().check("10.1.2.3".parse().unwrap()).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "10.1.2.3 is a private address (RFC 1918), and links, images and redirects may reach only the public internet; \
             to allow it, write:\n    [http]\n    allow_networks = [\"10.1.2.3/32\"]"
        );
        let refusal = closed().check("fd00::1".parse().unwrap()).unwrap_err();
        assert!(refusal.to_string().ends_with("allow_networks = [\"fd00::1/128\"]"));
    }

    #[test]
    fn only_the_very_host_and_port_count_as_typed() {
        let guard = Guard::new(Vec::new(), vec![("Intra.Example".to_owned(), 8080), ("10.0.0.5".to_owned(), 80)]);
        for (url, typed) in [
            ("http://intra.example:8080/feed", true),
            ("http://INTRA.example:8080/", true),
            ("http://intra.example/", false),
            ("https://intra.example/", false),
            ("http://10.0.0.5/x", true),
            ("http://0xa.0.0.5/x", true),
            ("https://10.0.0.5/x", false),
            ("http://10.0.0.6/", false),
        ] {
            assert_eq!(guard.is_typed(&Url::parse(url).unwrap()), typed, "{url}");
        }
    }

    #[test]
    fn a_name_of_a_local_network_is_known_by_its_look() {
        for (host, is_local) in [
            ("localhost", true),
            ("LOCALHOST.", true),
            ("x.localhost", true),
            ("printer.local", true),
            ("metadata.google.internal", true),
            ("nas.home.arpa", true),
            ("intranet", true),
            ("example.com", false),
            ("local.example", false),
            ("notlocal.example.", false),
            ("10.0.0.1", false),
        ] {
            assert_eq!(is_local_name(&Url::parse(&format!("http://{host}/")).unwrap()), is_local, "{host}");
        }
    }

    #[test]
    fn an_address_in_disguise_is_still_that_address() {
        for url in ["http://2130706433/", "http://0x7f.1/", "http://127.1/", "http://0177.0.0.1/", "http://[::ffff:7f00:1]/"] {
            assert!(closed().check_literal(&Url::parse(url).unwrap()).is_err(), "{url}");
        }
    }
}
