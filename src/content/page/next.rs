//! The next page of the same article: never the next article.

use dom_query::Document;
use url::Url;

use super::Selector;

/// Where the article goes on: what the operator's selector fits, else a `rel="next"` whose address is this one with a page's number.
/// Only on the same host.
pub(super) fn page(document: &Document, url: &Url, base: &Url, own: Option<&Selector>) -> Option<Url> {
    let at = |href: &str| {
        let mut next = base.join(href.trim()).ok()?;
        next.set_fragment(None);
        let is_elsewhere = next.host_str() != url.host_str() || next.port_or_known_default() != url.port_or_known_default();
        let is_web = matches!(next.scheme(), "http" | "https");
        (is_web && !is_elsewhere && next.as_str() != without_fragment(url)).then_some(next)
    };
    if let Some(own) = own {
        let fitting = document.select_matcher(own.matcher());
        return fitting.iter().find_map(|link| at(&link.attr("href")?));
    }
    let links = document.select("link[rel~=next][href], a[rel~=next][href]");
    links.iter().find_map(|link| at(&link.attr("href")?).filter(|next| continues(url, next)))
}

fn without_fragment(url: &Url) -> String {
    let mut url = url.clone();
    url.set_fragment(None);
    url.into()
}

/// Whether `next` is `url` with a number more, or another number: `/a` and `/a/2`, `/a?page=2` and `/a?page=3`, `/a.html` and `/a-2.html`.
fn continues(url: &Url, next: &Url) -> bool {
    let (own, own_number) = stem(url);
    let (other, number) = stem(next);
    own == other && number.is_some_and(|number| number > own_number.unwrap_or(1))
}

/// An address without its page's number, and that number.
fn stem(url: &Url) -> (String, Option<u32>) {
    const NAMES: [&str; 6] = ["page", "p", "seite", "pg", "paged", "pagina"];
    let mut number = None;
    let mut kept: Vec<String> = Vec::new();
    for (name, value) in url.query_pairs() {
        match value.parse::<u32>() {
            Ok(value) if value < 1000 && NAMES.contains(&name.to_ascii_lowercase().as_str()) => number = Some(value),
            _ => kept.push(format!("{name}={value}")),
        }
    }
    let path = url.path().trim_end_matches('/');
    let (path, ending) = match path.rsplit_once('.') {
        Some((path, ending)) if !ending.contains('/') && ending.len() <= 5 => (path, ending),
        _ => (path, ""),
    };
    let mut stem = path;
    if number.is_none() {
        let digits = path.len() - path.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        let (before, tail) = path.split_at(path.len() - digits);
        let parsed = tail.parse::<u32>().ok().filter(|number| *number < 200 && digits <= 3);
        let cut =
            ["/page/", "/page-", "/page", "/seite/", "/seite-", "/p", "/", "-", "_", ","].iter().find_map(|mark| before.strip_suffix(mark));
        if let (Some(parsed), Some(cut)) = (parsed, cut.filter(|cut| !cut.is_empty())) {
            (stem, number) = (cut, Some(parsed));
        }
    }
    (format!("{stem}.{ending}?{}", kept.join("&")), number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_next_page_is_the_same_address_with_a_number() {
        for (url, next, is_next) in [
            ("https://x.example/a", "https://x.example/a/2", true),
            ("https://x.example/a/", "https://x.example/a/2/", true),
            ("https://x.example/a/2", "https://x.example/a/3", true),
            ("https://x.example/a/3", "https://x.example/a/2", false),
            ("https://x.example/a", "https://x.example/a/page/2", true),
            ("https://x.example/a.html", "https://x.example/a-2.html", true),
            ("https://x.example/a?id=5", "https://x.example/a?id=5&page=2", true),
            ("https://x.example/a?id=5", "https://x.example/a?id=6&page=2", false),
            ("https://x.example/2026/11/a-quiet-harbour", "https://x.example/2026/11/another-story", false),
            ("https://x.example/news/100", "https://x.example/news/101", true),
            ("https://x.example/?p=1001", "https://x.example/?p=1002", false),
        ] {
            let (url, next) = (Url::parse(url).unwrap(), Url::parse(next).unwrap());
            assert_eq!(continues(&url, &next), is_next, "{url} {next}");
        }
    }

    #[test]
    fn a_link_to_the_next_article_or_another_host_is_none() {
        let url = Url::parse("https://x.example/a").unwrap();
        let own = Selector::parse("a.more").unwrap();
        for (html, own, next) in [
            ("<link rel=next href='/b'>", None, None),
            ("<link rel='next' href='/a/2#top'>", None, Some("https://x.example/a/2")),
            ("<a rel='nofollow next' href='https://y.example/a/2'>", None, None),
            ("<a class=more href='/b'>", Some(&own), Some("https://x.example/b")),
            ("<a class=more href='https://y.example/b'>", Some(&own), None),
            ("<a class=more href='#x'>", Some(&own), None),
            ("<a class=more href='javascript:go()'><a rel=next href='/a/2'>", Some(&own), None),
        ] {
            let found = page(&Document::from(html), &url, &url, own).map(String::from);
            assert_eq!(found.as_deref(), next, "{html}");
        }
    }
}
