//! The page of an entry: bytes that became text to the article in it, and what the page says of itself (pure).

mod head;
mod next;
mod quality;
mod selector;

use dom_query::Document;
use dom_smoothie::{Config, Readability, ReadabilityError, TextMode};
use url::Url;

pub use head::Head;
pub use quality::{Judged, judge};
pub use selector::Selector;

use super::tame::shallow;

/// More bytes of a page are not looked at.
const LONGEST: usize = 4_000_000;
/// More elements are no article's page.
const ELEMENTS: usize = 60_000;
/// An article is at most so many bytes of HTML.
const ARTICLE: usize = 1_000_000;

/// The `[feed.page]` keys: how the article is found.
#[derive(Debug, Clone, PartialEq)]
pub struct Picks {
    /// The article is what this fits, in the page's order. Without it, it is found by itself.
    pub keep: Option<Selector>,
    /// Taken out before.
    pub remove: Option<Selector>,
    /// The link to the article's next page. Without it: a `rel="next"` that leads to the same address with a page's number.
    pub next: Option<Selector>,
    /// So many pages of one article are joined at most; 1: only the first.
    pub max_pages: u32,
}

impl Default for Picks {
    fn default() -> Self {
        Self { keep: None, remove: None, next: None, max_pages: 5 }
    }
}

/// What a page brought.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Read {
    /// The article; not sanitised.
    pub html: String,
    /// What relative addresses in it are relative to.
    pub base: String,
    /// As the page names it, without the site's name where that can be told.
    pub title: String,
    pub byline: Option<String>,
    /// What stands in the head, and what it says of the page's use.
    pub head: Head,
    /// The article goes on there.
    pub next: Option<Url>,
}

/// A page in which no article was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("`keep` fits nothing in the page")]
    NothingKept,
    #[error("no article was found in the page")]
    NoArticle,
    #[error("the page has more than {ELEMENTS} elements")]
    TooLarge,
}

/// Reads a page. The head is told even where there is no article.
pub fn read(html: &str, url: &Url, picks: &Picks) -> (Head, Result<Read, Error>) {
    let html = shallow(&html[..html.floor_char_boundary(LONGEST)]);
    let document = Document::from(html);
    let head = head::read(&document, url);
    let base = head.base.clone();
    let next = next::page(&document, url, &base, picks.next.as_ref());
    if let Some(remove) = &picks.remove {
        document.select_matcher(remove.matcher()).remove();
    }
    let article = match &picks.keep {
        Some(keep) => kept(&document, keep).map(|html| (html, head.title.clone(), None)),
        None => found(document, &base),
    };
    let read = article.map(|(mut html, title, byline)| {
        html.truncate(html.floor_char_boundary(ARTICLE));
        Read { html, base: base.to_string(), title, byline, head: head.clone(), next }
    });
    (head, read)
}

/// What the operator's selector fits; nothing twice.
fn kept(document: &Document, keep: &Selector) -> Result<String, Error> {
    let fitting = document.select_matcher(keep.matcher());
    let nodes = fitting.nodes();
    let mut html = String::new();
    for node in nodes {
        let is_inside = node.ancestors(None).iter().any(|above| nodes.iter().any(|other| other.id == above.id));
        if !is_inside {
            html.push_str(&node.html());
            html.push('\n');
        }
    }
    if html.trim().is_empty() { Err(Error::NothingKept) } else { Ok(html) }
}

/// The article, found by itself: the formatted text mode is the better one on pages that its makers never saw.
fn found(document: Document, base: &Url) -> Result<(String, String, Option<String>), Error> {
    let config = Config { max_elements_to_parse: ELEMENTS, text_mode: TextMode::Formatted, ..Config::default() };
    let mut readability = Readability::with_document(document, Some(base.as_str()), Some(config)).map_err(|_| Error::NoArticle)?;
    let article = readability.parse().map_err(|error| match error {
        ReadabilityError::TooManyElements(..) => Error::TooLarge,
        _ => Error::NoArticle,
    })?;
    Ok((article.content.to_string(), article.title, article.byline.filter(|byline| !byline.trim().is_empty())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<!doctype html><html><head><title>A quiet harbour - Example News</title></head><body>
        <nav><a href="/">Home</a> <a href="/news">News</a></nav>
        <main><h1>A quiet harbour</h1><div class="ad">Buy things</div><article>
        <p>The harbour lay quiet under a grey sky, and the boats had all gone out before the sun was up, as they do every day of the week.</p>
        <p>By noon the first of them came back, low in the water, with more fish than anybody in the town had seen for many a year.</p>
        <p>“We had given it up,” said the oldest of the fishermen, “and then, all at once, there they were, as if nothing had happened.”</p>
        <p>The market stayed open until late that evening, and <a href="/people">people</a> came from the villages around to see it.</p>
        <aside class="more">Read also: <a href="/x">another story</a></aside></article></main>
        <footer>© Example News</footer></body></html>"#;

    fn read_with(picks: &Picks) -> Result<Read, Error> {
        read(PAGE, &Url::parse("https://x.example/news/1").unwrap(), picks).1
    }

    #[test]
    fn an_article_is_found_by_itself() {
        let article = read_with(&Picks::default()).unwrap();
        assert!(article.html.contains("The harbour lay quiet") && article.html.contains("came from the villages"));
        assert!(article.html.contains("https://x.example/people"), "{}", article.html);
        for noise in ["Home", "© Example"] {
            assert!(!article.html.contains(noise), "{noise}: {}", article.html);
        }
        assert!(article.title.starts_with("A quiet harbour"));
    }

    #[test]
    fn the_operator_says_what_is_kept_and_what_goes() {
        let pick = |keep: Option<&str>, remove: Option<&str>| Picks {
            keep: keep.map(|css| Selector::parse(css).unwrap()),
            remove: remove.map(|css| Selector::parse(css).unwrap()),
            ..Picks::default()
        };
        let kept = read_with(&pick(Some("h1, article, article p"), Some(".more"))).unwrap().html;
        assert_eq!(kept.matches("The harbour lay quiet").count(), 1, "{kept}");
        assert!(kept.starts_with("<h1>") && !kept.contains("Read also") && !kept.contains("Buy things"), "{kept}");
        assert_eq!(read_with(&pick(Some(".story"), None)), Err(Error::NothingKept));
    }

    #[test]
    fn a_page_without_an_article_says_so_and_still_tells_its_head() {
        let page = "<html><head><meta name=robots content=noai></head><body></body></html>";
        let (head, article) = read(page, &Url::parse("https://x.example/").unwrap(), &Picks::default());
        assert_eq!((head.signals.len(), article), (1, Err(Error::NoArticle)));
    }
}
