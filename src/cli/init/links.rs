//! The feeds that a web page names in its head (WHATWG HTML, section 4.6.7.1, `rel=alternate`).

use scraper::{Html, Selector};
use url::Url;

/// A feed that a page names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub url: Url,
    pub title: String,
}

const FEED_TYPES: [&str; 4] = ["application/rss+xml", "application/atom+xml", "application/feed+json", "application/json"];

/// In the page's order, without equals; comments' feeds last, since nobody wants them first.
pub fn feeds_of_page(html: &str, address: &Url) -> Vec<Named> {
    let page = Html::parse_document(html);
    let select = |text: &str| Selector::parse(text).expect("a constant selector");
    let base =
        page.select(&select("base[href]")).next().and_then(|base| address.join(base.attr("href")?).ok()).unwrap_or_else(|| address.clone());
    let mut found: Vec<Named> = Vec::new();
    for link in page.select(&select("link[rel~='alternate' i][href]")) {
        let kind = link.attr("type").unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if !FEED_TYPES.contains(&kind.as_str()) || is_wordpress_rest(link.attr("href")) {
            continue;
        }
        let Some(url) = link.attr("href").and_then(|href| base.join(href.trim()).ok()) else { continue };
        if matches!(url.scheme(), "http" | "https") && found.iter().all(|named| named.url != url) {
            found.push(Named { url, title: link.attr("title").unwrap_or_default().trim().to_owned() });
        }
    }
    found.sort_by_key(|named| is_of_comments(named));
    found
}

/// WordPress names the REST address of the page itself as an alternate, too.
fn is_wordpress_rest(href: Option<&str>) -> bool {
    href.is_some_and(|href| href.contains("/wp-json/") || href.contains("rest_route="))
}

fn is_of_comments(named: &Named) -> bool {
    named.url.path().contains("/comments/") || named.url.query().is_some_and(|query| query.contains("comments"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feeds_are_found_in_the_pages_order_and_those_of_comments_come_last() {
        let page = r#"<!doctype html><html><head><base href="/en/">
            <link rel="alternate" type="application/rss+xml" title="Comments" href="https://a.example/comments/feed/">
            <link rel="Alternate stylesheet" type="application/atom+xml; charset=utf-8" href="atom.xml">
            <link rel=alternate type="application/rss+xml" title=" News " href="/feed">
            <link rel=alternate type="application/rss+xml" href="/feed">
            <link rel=alternate type="application/json" href="https://a.example/wp-json/wp/v2/pages/2">
            <link rel=alternate type="text/html" hreflang=de href="/de/">
            <link rel=alternate type="application/rss+xml" href="javascript:alert(1)">
            </head></html>"#;
        let found = feeds_of_page(page, &Url::parse("https://a.example/x/y").expect("an address"));
        let found: Vec<(&str, &str)> = found.iter().map(|named| (named.url.as_str(), named.title.as_str())).collect();
        assert_eq!(
            found,
            [("https://a.example/en/atom.xml", ""), ("https://a.example/feed", "News"), ("https://a.example/comments/feed/", "Comments")]
        );
    }

    #[test]
    fn a_page_without_feeds_names_none() {
        assert_eq!(feeds_of_page("<p>hello", &Url::parse("https://a.example/").expect("an address")), []);
    }
}
