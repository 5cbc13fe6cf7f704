//! Addresses as people type them, and the names that a configuration gives to what they lead to.

use url::Url;

/// Not an address of the web.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no address of a web page; write it as in `https://blog.example`")]
pub struct NoAddress(String);

/// Reads an address as people type it: `blog.example` is `https://blog.example/`.
pub fn address(typed: &str) -> Result<Url, NoAddress> {
    let wrong = || NoAddress(typed.to_owned());
    let typed = typed.trim();
    let text = if typed.contains("://") { typed.to_owned() } else { format!("https://{typed}") };
    let url = Url::parse(&text).map_err(|_| wrong())?;
    let fit = matches!(url.scheme(), "http" | "https") && url.host_str().is_some_and(|host| !host.is_empty()) && !typed.contains(' ');
    if fit { Ok(url) } else { Err(wrong()) }
}

/// On this machine few things speak https: where the scheme was left out, http is tried after it.
pub fn plain_on_loopback(typed: &str, url: &Url) -> Option<Url> {
    let here = match url.host()? {
        url::Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        url::Host::Ipv4(address) => address.is_loopback(),
        url::Host::Ipv6(address) => address.is_loopback(),
    };
    let plain = || Url::parse(&format!("http://{}", typed.trim())).ok();
    if here && !typed.contains("://") { plain() } else { None }
}

/// Parts of a host's name that say nothing of whose it is.
const EMPTY_WORDS: [&str; 12] = ["www", "feeds", "feed", "rss", "blog", "news", "com", "org", "net", "co", "example", "localhost"];

/// A short name for what lies at an address: the telling part of its host, `lwn` of `https://lwn.net/headlines/rss`.
pub fn short_name(url: &Url, otherwise: &str) -> String {
    let Some(url::Host::Domain(host)) = url.host() else { return otherwise.to_owned() };
    let mut parts: Vec<&str> = host.split('.').collect();
    if parts.len() > 1 {
        parts.pop();
    }
    let telling = parts.iter().rev().find(|part| part.len() > 1 && !EMPTY_WORDS.contains(part));
    let name: String = telling.unwrap_or(&"").chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    if name.is_empty() || name.starts_with("xn--") { otherwise.to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_people_type_it() {
        for (typed, read) in [
            ("blog.example", "https://blog.example/"),
            (" https://blog.example/sub ", "https://blog.example/sub"),
            ("http://127.0.0.1:8068", "http://127.0.0.1:8068/"),
        ] {
            assert_eq!(address(typed).map(|url| url.to_string()), Ok(read.to_owned()));
        }
        for typed in ["", "ftp://a.example", "my blog", "https://"] {
            assert_eq!(address(typed), Err(NoAddress(typed.to_owned())), "{typed}");
        }
    }

    #[test]
    fn only_on_this_machine_and_where_no_scheme_is_typed_http_is_tried_too() {
        let tried = |typed: &str| plain_on_loopback(typed, &address(typed).expect("an address")).map(String::from);
        assert_eq!(tried("localhost:8068").as_deref(), Some("http://localhost:8068/"));
        assert_eq!(tried("127.0.0.1:8068/wp-admin").as_deref(), Some("http://127.0.0.1:8068/wp-admin"));
        assert_eq!((tried("https://localhost"), tried("blog.example")), (None, None));
    }

    #[test]
    fn a_name_is_the_telling_part_of_the_host() {
        for (url, name) in [
            ("https://lwn.net/headlines/rss", "lwn"),
            ("https://www.heise.de/rss", "heise"),
            ("https://feeds.arstechnica.com/x", "arstechnica"),
            ("https://news.bbc.co.uk/", "bbc"),
            ("https://blog.example/", "feed"),
            ("http://127.0.0.1:80/", "feed"),
            ("http://localhost/", "feed"),
        ] {
            assert_eq!(short_name(&Url::parse(url).expect("an address"), "feed"), name, "{url}");
        }
    }
}
