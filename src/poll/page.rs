//! The feeds that a web page names (the RSS Advisory Board's and Atom's autodiscovery: `<link rel="alternate">` in the head).

use url::Url;

use super::parse::absolute;
use super::plain;
use super::scan::{Scanner, Token, attribute};

/// Feeds that are read of one page.
const MAX_FOUND: usize = 20;

/// A feed that a page names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundFeed {
    /// Absolute.
    pub url: String,
    pub title: Option<String>,
}

/// The feeds of a page, in its order, feeds of comments last.
pub fn feeds_of_page(html: &str, base: &Url) -> Vec<FoundFeed> {
    let mut base = base.clone();
    let mut found: Vec<FoundFeed> = Vec::new();
    for token in Scanner::new(html) {
        let Token::Open { name, attributes, .. } = token else { continue };
        match name.to_ascii_lowercase().as_str() {
            "base" => base = attribute(attributes, "href").and_then(|href| base.join(&href).ok()).unwrap_or(base),
            "link" => found.extend(feed(attributes, &base).filter(|feed| found.iter().all(|other| other.url != feed.url))),
            "body" => break,
            _ => {}
        }
        if found.len() == MAX_FOUND {
            break;
        }
    }
    found.sort_by_key(|feed| feed.url.contains("comments"));
    found
}

fn feed(attributes: &str, base: &Url) -> Option<FoundFeed> {
    let is_alternate = attribute(attributes, "rel")?.split_whitespace().any(|rel| rel.eq_ignore_ascii_case("alternate"));
    let media = attribute(attributes, "type")?.to_ascii_lowercase();
    let is_feed =
        matches!(media.as_str(), "application/rss+xml" | "application/atom+xml" | "application/feed+json" | "application/rdf+xml");
    let url = absolute(&attribute(attributes, "href")?, base).filter(|_| is_alternate && is_feed)?;
    Some(FoundFeed { url, title: attribute(attributes, "title").map(|title| plain::from_text(&title)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_tells_its_feeds_comments_last() {
        let html = r#"<!DOCTYPE html><html><head><link rel=stylesheet href=x.css>
            <LINK rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed/">
            <link rel='alternate' type='application/rss+xml' title='News &raquo; Feed' href='/feed/' />
            <link rel="alternate" type="application/rss+xml" href="/feed/">
            <link rel="alternate" type="application/json" href="/wp-json/x">
            <link rel="alternate" hreflang="de" href="/de/"></head><body>
            <link rel="alternate" type="application/rss+xml" href="/in-a-comment"></body>"#;
        let found = feeds_of_page(html, &Url::parse("https://x.example/a").unwrap());
        assert_eq!(
            found,
            [
                FoundFeed { url: "https://x.example/feed/".to_owned(), title: Some("News » Feed".to_owned()) },
                FoundFeed { url: "https://x.example/comments/feed/".to_owned(), title: Some("Comments".to_owned()) },
            ]
        );
    }
}
