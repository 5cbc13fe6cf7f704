//! Redirects of feed services and others that carry their target in their own address.

use data_encoding::BASE64URL_NOPAD;
use url::Url;

/// Redirects inside redirects that are followed.
const MOST: usize = 4;

/// A redirector: its host (and those below it), how its path begins, and the parameters that may hold the target.
const REDIRECTORS: &[(&str, &str, &[&str])] = &[
    ("google.com", "/url", &["url", "q"]),
    ("news.google.com", "/news/url", &["url"]),
    ("bing.com", "/news/apiclick.aspx", &["url"]),
    ("duckduckgo.com", "/l/", &["uddg"]),
    ("facebook.com", "/l.php", &["u"]),
    ("out.reddit.com", "/", &["url"]),
    ("t.umblr.com", "/redirect", &["z"]),
    ("youtube.com", "/redirect", &["q"]),
    ("vk.com", "/away.php", &["to"]),
    ("go.redirectingat.com", "/", &["url"]),
    ("slack-redir.net", "/link", &["url"]),
    ("safelinks.protection.outlook.com", "/", &["url"]),
];

/// Where a link leads, as far as its own address tells; `None` where that isn't http or https.
pub fn target(url: Url) -> Option<Url> {
    let mut url = Some(url).filter(is_web)?;
    for _ in 0..MOST {
        match carried(&url).filter(is_web) {
            Some(next) => url = next,
            None => break,
        }
    }
    Some(url)
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.has_host()
}

fn carried(url: &Url) -> Option<Url> {
    let host = url.host_str()?;
    let is_of = |site: &str| host == site || host.strip_suffix(site).is_some_and(|head| head.ends_with('.'));
    for (site, path, names) in REDIRECTORS {
        if is_of(site) && url.path().starts_with(path) {
            let value = |name: &&str| url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned());
            return names.iter().filter_map(value).find_map(|value| Url::parse(&value).ok());
        }
    }
    if is_of("cdn.ampproject.org") {
        return amp_cache(url.path());
    }
    if is_of("google.com") && url.path().starts_with("/amp/") {
        return amp_cache(url.path());
    }
    if is_of("news.google.com") {
        return google_news(url.path());
    }
    // Yahoo's feeds: rd.yahoo.com/…/*https://target
    if is_of("rd.yahoo.com") {
        return Url::parse(url.path().split_once("/*")?.1).ok();
    }
    None
}

/// `/c/s/example.org/a`, `/v/example.org/a`, `/amp/s/example.org/a`; the `s` says https.
fn amp_cache(path: &str) -> Option<Url> {
    let rest = ["/c/", "/v/", "/amp/"].iter().find_map(|kind| path.strip_prefix(kind))?;
    let rest = rest.strip_prefix("s/").unwrap_or(rest);
    let host = rest.split('/').next()?;
    host.contains('.').then(|| Url::parse(&format!("https://{rest}")).ok()).flatten()
}

/// Google News' older links hold the target: base64 of a small record with a length and an address in it. The newer ones
/// don't, and name the entry by themselves.
fn google_news(path: &str) -> Option<Url> {
    let code = path.rsplit_once("/articles/")?.1;
    let code = code.trim_end_matches('=');
    let record = (code.len() % 4 != 1).then(|| BASE64URL_NOPAD.decode(code.as_bytes()).ok()).flatten()?;
    let at = record.windows(4).take(8).position(|bytes| bytes == b"http")?;
    let length = match record[..at] {
        // a length above 127 takes two bytes, the first with its highest bit set
        [.., low, high] if low & 0x80 != 0 => usize::from(low & 0x7f) | usize::from(high) << 7,
        [.., low] => usize::from(low),
        [] => return None,
    };
    Url::parse(std::str::from_utf8(record.get(at..at + length)?).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_that_carries_its_target_is_its_target() {
        let news = |target: &str| {
            let mut record = vec![0x08, 0x13, 0x22];
            match target.len() {
                short @ ..128 => record.push(short as u8),
                long => record.extend([(long & 0x7f) as u8 | 0x80, (long >> 7) as u8]),
            }
            record.extend(target.as_bytes());
            record.extend([0xd2, 0x01, 0x00]);
            format!("https://news.google.com/rss/articles/{}?oc=5", BASE64URL_NOPAD.encode(&record))
        };
        let long = format!("https://x.example/{}", "a".repeat(140));
        for (link, leads_to) in [
            ("https://www.google.com/url?rct=j&sa=t&url=https://x.example/a%3Fb%3D1&ct=ga", "https://x.example/a?b=1"),
            ("http://news.google.com/news/url?sa=t&url=http%3A%2F%2Fx.example%2Fa", "http://x.example/a"),
            ("http://www.bing.com/news/apiclick.aspx?ref=FexRss&url=https%3a%2f%2fx.example%2fa&c=1", "https://x.example/a"),
            ("https://l.facebook.com/l.php?u=https%3A%2F%2Fx.example%2Fa&h=1", "https://x.example/a"),
            ("https://x-example.cdn.ampproject.org/c/s/x.example/a", "https://x.example/a"),
            ("https://www.google.com/amp/s/x.example/a", "https://x.example/a"),
            ("http://us.rd.yahoo.com/news/rss/story/*http://x.example/a?b", "http://x.example/a"),
            ("https://www.google.com/url?url=https%3A%2F%2Fwww.google.com%2Furl%3Fq%3Dhttps%3A%2F%2Fx.example%2Fa", "https://x.example/a"),
            (&news("https://x.example/short"), "https://x.example/short"),
            (&news(&long), &long),
            // these don't tell
            ("https://t.co/abc", "https://t.co/abc"),
            ("http://feedproxy.google.com/~r/x/~3/abc/", "http://feedproxy.google.com/~r/x/~3/abc/"),
            ("https://www.google.com/url?sa=t", "https://www.google.com/url?sa=t"),
            ("https://www.google.com/url?q=javascript:alert(1)", "https://www.google.com/url?q=javascript:alert(1)"),
            ("https://news.google.com/rss/articles/CBMiAUFVX3lxTE0", "https://news.google.com/rss/articles/CBMiAUFVX3lxTE0"),
            ("https://x.example/url?url=https://y.example/", "https://x.example/url?url=https://y.example/"),
            ("https://notgoogle.com/url?url=https://y.example/", "https://notgoogle.com/url?url=https://y.example/"),
        ] {
            assert_eq!(target(Url::parse(link).unwrap()).unwrap().as_str(), leads_to, "{link}");
        }
    }
}
