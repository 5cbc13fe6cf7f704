//! Whose a host is: the domain that somebody registered, by the public suffix list.

use url::{Host, Url};

/// The registrable domain of a URL's host: `example.co.uk` of `feeds.example.co.uk`. An address is a host of its own; so is a
/// name that is itself a public suffix, or has no dot.
pub fn registrable(url: &Url) -> String {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            psl::domain_str(name).unwrap_or(name).to_owned()
        }
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(address)) => address.to_string(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_one_owner_are_one_and_others_are_not() {
        for (url, domain) in [
            ("https://example.org/feed", "example.org"),
            ("https://feeds.news.example.org:8443/", "example.org"),
            ("https://www.example.co.uk/", "example.co.uk"),
            ("https://one.blogspot.com/feeds", "one.blogspot.com"),
            ("https://me.github.io/atom.xml", "me.github.io"),
            ("https://www.b\u{fc}cher.example/", "xn--bcher-kva.example"),
            ("https://WWW.Example.ORG./", "example.org"),
            ("http://localhost:8080/", "localhost"),
            ("http://co.uk/", "co.uk"),
            ("http://127.0.0.2:9/", "127.0.0.2"),
            ("http://[::1]:9/", "::1"),
        ] {
            assert_eq!(registrable(&Url::parse(url).unwrap()), domain, "{url}");
        }
    }
}
