//! The feeds that a web page names: by autodiscovery (`<link rel="alternate">` in the head, as the RSS Advisory Board and Atom have
//! it), else by links that look like a feed's.

use url::Url;

use super::attributes::attribute;
use super::parse::absolute;
use super::plain;
use super::scan::{Scanner, Token};

/// Feeds that are read of one page.
const MAX_FOUND: usize = 20;
/// Links in the text that are taken for feeds.
const MAX_GUESSED: usize = 5;

/// A feed that a page names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundFeed {
    /// Absolute.
    pub url: String,
    pub title: Option<String>,
}

/// The feeds of a page, in its order, feeds of comments last. Where the head names none: the channel of a YouTube page, and links in
/// the text whose address looks like a feed's.
pub fn feeds_of_page(html: &str, page: &Url) -> Vec<FoundFeed> {
    let mut base = page.clone();
    let mut found: Vec<FoundFeed> = Vec::new();
    let mut guessed: Vec<FoundFeed> = Vec::new();
    let mut in_body = false;
    for token in Scanner::new(html) {
        let Token::Open { name, attributes, .. } = token else { continue };
        match name.to_ascii_lowercase().as_str() {
            "body" if !found.is_empty() => break,
            "body" => in_body = true,
            "a" if found.is_empty() => {
                guessed.extend(guess(attributes, &base).filter(|feed| guessed.iter().all(|other| other.url != feed.url)))
            }
            _ if in_body => {}
            "base" => base = attribute(attributes, "href").and_then(|href| base.join(&href).ok()).unwrap_or(base),
            "link" => found.extend(feed(attributes, &base).filter(|feed| found.iter().all(|other| other.url != feed.url))),
            _ => {}
        }
        if found.len() == MAX_FOUND || guessed.len() == MAX_GUESSED {
            break;
        }
    }
    if found.is_empty() {
        found.extend(super::find::youtube_channel(page, html));
    }
    if found.is_empty() {
        found = guessed;
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

/// A link whose address ends as feeds' addresses do.
fn guess(attributes: &str, base: &Url) -> Option<FoundFeed> {
    const ENDS: [&str; 9] = ["/feed", "/rss", "/atom", ".rss", ".atom", "/rss.xml", "/atom.xml", "/feed.xml", "/feed.json"];
    let url = absolute(&attribute(attributes, "href")?, base)?;
    let path = Url::parse(&url).ok()?.path().trim_end_matches('/').to_ascii_lowercase();
    ENDS.iter().any(|end| path.ends_with(end)).then_some(FoundFeed { url, title: None })
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

    #[test]
    fn a_page_that_names_none_in_its_head_has_those_that_it_links_to() {
        let html = r##"<html><head><title>x</title></head><body><a href="/about">About</a> <a href="#feed">x</a>
            <a class=icon href="/news/rss/">RSS</a> <a href="/news/rss/">again</a> <a href="https://y.example/a.atom">y</a>
            <a href="mailto:a@b/rss">m</a></body>"##;
        let found = feeds_of_page(html, &Url::parse("https://x.example/a").unwrap());
        let urls: Vec<&str> = found.iter().map(|feed| feed.url.as_str()).collect();
        assert_eq!(urls, ["https://x.example/news/rss/", "https://y.example/a.atom"]);
    }
}
