//! Links of a body as a reader should have them: straight to their target, without what only counts readers.

use url::Url;

use crate::domain::{is_tracking, target};

/// Redirects inside redirects, and parameters that appear when one is followed.
const ROUNDS: usize = 8;

/// A link without its redirects and click parameters. `own`: where the entry itself is.
pub(super) fn straight(url: Url, own: Option<&Url>) -> Url {
    if !matches!(url.scheme(), "http" | "https") {
        return url;
    }
    let mut url = url;
    for _ in 0..ROUNDS {
        if let Some(own) = own.filter(|_| is_feedburner(&url)) {
            url = own.clone();
        }
        let Some(mut next) = target(url.clone()) else { return url };
        strip(&mut next, own);
        if next == url {
            break;
        }
        url = next;
    }
    url
}

/// FeedBurner's address for an entry: `feedproxy.google.com/~r/FEED/~3/KEY/`. It names no target, as that is the entry.
fn is_feedburner(url: &Url) -> bool {
    matches!(url.host_str(), Some("feedproxy.google.com" | "feeds.feedburner.com" | "feedproxy.feedburner.com"))
        && url.path().starts_with("/~r/")
        && url.path().contains("/~3/")
}

fn strip(url: &mut Url, own: Option<&Url>) {
    let counts = |pair: &str| is_tracking(pair) || names_home(pair, own);
    if let Some(query) = url.query()
        && query.split('&').any(counts)
    {
        let kept: Vec<&str> = query.split('&').filter(|pair| !counts(pair)).collect();
        let kept = kept.join("&");
        url.set_query(Some(kept.as_str()).filter(|query| !query.is_empty()));
    }
    // `#utm_source=rss`, `#xtor=RSS-1`: some shops and papers put it there
    if url.fragment().is_some_and(|fragment| fragment.contains('=') && fragment.split('&').all(is_tracking)) {
        url.set_fragment(None);
    }
}

/// `ref=` and the name of the site that the link stands on, as Ghost writes it into every link.
fn names_home(pair: &str, own: Option<&Url>) -> bool {
    let bare = |host: &str| host.strip_prefix("www.").unwrap_or(host).to_ascii_lowercase();
    let Some(named) = pair.strip_prefix("ref=") else { return false };
    own.and_then(Url::host_str).is_some_and(|host| bare(host) == bare(named))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_straight_to_their_target() {
        let own = Url::parse("https://own.example/entry").expect("an address");
        for (link, want) in [
            ("https://x.example/a?utm_source=rss&b=1&utm_medium=x", "https://x.example/a?b=1"),
            ("https://x.example/a?fbclid=1", "https://x.example/a"),
            ("https://x.example/a?b=%2F&c", "https://x.example/a?b=%2F&c"),
            ("https://x.example/a#xtor=RSS-1", "https://x.example/a"),
            ("https://x.example/a?ref=own.example&b=1#c", "https://x.example/a?b=1#c"),
            ("https://x.example/a?ref=partner", "https://x.example/a?ref=partner"),
            ("https://x.example/a?utm_source=1#part", "https://x.example/a#part"),
            ("https://www.google.com/url?q=https%3A%2F%2Fx.example%2Fa%3Futm_source%3D1&sa=D", "https://x.example/a"),
            ("http://feedproxy.google.com/~r/feed/~3/abc/", "https://own.example/entry"),
            ("http://feedproxy.google.com/~r/feed/", "http://feedproxy.google.com/~r/feed/"),
            ("mailto:a@b.example?utm_source=1", "mailto:a@b.example?utm_source=1"),
        ] {
            let once = straight(Url::parse(link).expect("an address"), Some(&own));
            assert_eq!(once.as_str(), want, "{link}");
            assert_eq!(straight(once.clone(), Some(&own)), once, "{link}");
        }
    }
}
