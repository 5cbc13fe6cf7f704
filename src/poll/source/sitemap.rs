//! Sitemaps (sitemaps.org, and Google's extension for news): a list of pages, or an index of such lists.

use url::Url;

use crate::domain::{Entry, ImageRef, Timestamp};
use crate::poll::parse::absolute;
use crate::poll::scan::{Scanner, Token};
use crate::poll::{Format, Mends, ParseError, Parsed, Reading, date, decode, plain};

/// Pages that are taken of one feed, the last changed first.
const MAX_PAGES: usize = 10_000;
/// Sitemaps that are read of one index, the last changed first.
pub(in crate::poll) const MAX_CHILDREN: usize = 5;
/// A sitemap has 50,000 entries at most; an index that claims more is none.
const MAX_LOCS: usize = 50_000;

/// Which pages of a sitemap are entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sitemap {
    /// Their paths begin with one of these; empty takes all.
    pub under: Vec<String>,
}

/// The sitemaps that an index names, and whether it tells when they changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::poll) struct Children {
    /// On the index' own host; the last changed first.
    pub urls: Vec<Url>,
    /// Each has its `lastmod`: while the index doesn't change, none of them does.
    pub all_dated: bool,
    /// There were more than are read.
    pub is_cut: bool,
}

/// One `url` or `sitemap` element.
#[derive(Debug, Default)]
struct Loc {
    loc: String,
    lastmod: String,
    title: String,
    date: String,
    language: String,
    keywords: String,
    image: String,
}

impl Sitemap {
    /// The sitemaps that a document names, if it is an index.
    pub(in crate::poll) fn children(bytes: &[u8], content_type: Option<&str>, index: &Url, reading: &Reading) -> Option<Children> {
        let (text, _) = decode::decode(bytes, content_type, index, reading, &mut Mends::default());
        let (locs, _) = locs(&text, "sitemap");
        if !is_index(&text) {
            return None;
        }
        let all_dated = locs.iter().all(|loc| date::read(&loc.lastmod, reading).is_some());
        let own = |loc: &Loc| Some(Url::parse(&absolute(&loc.loc, index)?).ok()?).filter(|url| url.host() == index.host());
        let mut found: Vec<(Option<Timestamp>, Url)> =
            locs.iter().filter_map(|loc| Some((date::read(&loc.lastmod, reading), own(loc)?))).collect();
        found.sort_by_key(|(changed, _)| std::cmp::Reverse(*changed));
        let is_cut = found.len() > MAX_CHILDREN;
        Some(Children { urls: found.into_iter().take(MAX_CHILDREN).map(|(_, url)| url).collect(), all_dated, is_cut })
    }

    /// Reads one list of pages.
    pub(super) fn parse(&self, bytes: &[u8], content_type: Option<&str>, base: &Url, reading: &Reading) -> Result<Parsed, ParseError> {
        let mut mends = Mends::default();
        let (text, encoding) = decode::decode(bytes, content_type, base, reading, &mut mends);
        if text.trim().is_empty() {
            return Err(ParseError::Empty);
        }
        let is_text = text.trim_start().starts_with("http");
        let (pages, mut is_cut) = if is_text { lines(&text) } else { locs(&text, "url") };
        if pages.is_empty() && !is_list(&text) {
            return Err(ParseError::NoSitemap);
        }
        let mut entries: Vec<Entry> = pages.iter().filter_map(|page| self.entry(page, base, reading)).collect();
        is_cut |= bound(&mut entries);
        Ok(Parsed { entries, format: Format::Sitemap, encoding, mends, is_cut, ..Parsed::default() })
    }

    fn entry(&self, page: &Loc, base: &Url, reading: &Reading) -> Option<Entry> {
        let link = absolute(&page.loc, base)?;
        let url = Url::parse(&link).ok()?;
        if !self.under.is_empty() && !self.under.iter().any(|path| url.path().starts_with(path.as_str())) {
            return None;
        }
        let said = |text: &str| Some(plain::from_html(text)).filter(|text| !text.is_empty());
        Some(Entry {
            title: said(&page.title).unwrap_or_else(|| title_of(&url)),
            published: date::read(&page.date, reading),
            updated: date::read(&page.lastmod, reading),
            language: said(&page.language),
            categories: page.keywords.split(',').filter_map(said).collect(),
            images: absolute(&page.image, base)
                .filter(|_| !page.image.is_empty())
                .map(|url| ImageRef { url, ..ImageRef::default() })
                .into_iter()
                .collect(),
            base: Some(link.clone()),
            link: Some(link),
            ..Entry::default()
        })
    }
}

/// What the sitemaps of one index say together.
#[derive(Default)]
pub(in crate::poll) struct Whole(Option<Parsed>);

impl Whole {
    /// Adds the pages of one more.
    pub(in crate::poll) fn add(&mut self, parsed: Parsed) {
        match &mut self.0 {
            None => self.0 = Some(parsed),
            Some(whole) => {
                whole.entries.extend(parsed.entries);
                whole.is_cut |= parsed.is_cut;
            }
        }
    }

    /// All of it, bounded; an index of nothing is an empty list.
    pub(in crate::poll) fn finish(self, is_cut: bool) -> Parsed {
        let empty = || Parsed { format: Format::Sitemap, encoding: "UTF-8", ..Parsed::default() };
        let mut whole = self.0.unwrap_or_else(empty);
        whole.is_cut |= bound(&mut whole.entries) | is_cut;
        whole
    }
}

/// Keeps the last changed; whether there were more.
fn bound(entries: &mut Vec<Entry>) -> bool {
    let is_cut = entries.len() > MAX_PAGES;
    if is_cut {
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.updated.or(entry.published)));
        entries.truncate(MAX_PAGES);
    }
    is_cut
}

/// The words of a page's address: `/2026/a-quiet-harbour.html` is `A quiet harbour`.
fn title_of(page: &Url) -> String {
    let is_word = |part: &&str| part.chars().any(char::is_alphabetic) && !part.starts_with("index.");
    let last = page.path_segments().and_then(|parts| parts.rev().find(is_word)).unwrap_or_default();
    let decoded = percent_encoding::percent_decode_str(last).decode_utf8_lossy();
    let stem = match decoded.rsplit_once('.') {
        Some((stem, end)) if end.len() <= 5 && end.bytes().all(|byte| byte.is_ascii_alphanumeric()) => stem,
        _ => &decoded,
    };
    let words = plain::from_text(&stem.replace(['-', '_', '+'], " "));
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => page.host_str().unwrap_or_default().to_owned(),
    }
}

/// A sitemap of text: one address on a line.
fn lines(text: &str) -> (Vec<Loc>, bool) {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let found: Vec<Loc> = lines.by_ref().take(MAX_LOCS).map(|line| Loc { loc: line.to_owned(), ..Loc::default() }).collect();
    (found, lines.next().is_some())
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

fn root(text: &str) -> Option<&str> {
    Scanner::new(text).find_map(|token| if let Token::Open { name, .. } = token { Some(local(name)) } else { None })
}

fn is_index(text: &str) -> bool {
    root(text).is_some_and(|name| name.eq_ignore_ascii_case("sitemapindex"))
}

fn is_list(text: &str) -> bool {
    root(text).is_some_and(|name| name.eq_ignore_ascii_case("urlset"))
}

/// Every `holder` element, as far as the cap; whether there were more.
fn locs(text: &str, holder: &str) -> (Vec<Loc>, bool) {
    let mut found: Vec<Loc> = Vec::new();
    let mut open: Option<Loc> = None;
    // the element whose text is read, with its prefix
    let mut at = "";
    for token in Scanner::new(text) {
        match token {
            Token::Open { name, empty, .. } if local(name).eq_ignore_ascii_case(holder) && !name.contains(':') => {
                if found.len() == MAX_LOCS {
                    return (found, true);
                }
                open = (!empty).then(Loc::default);
                at = "";
            }
            Token::Open { name, empty, .. } => at = if empty { "" } else { name },
            Token::Close { name } if local(name).eq_ignore_ascii_case(holder) => {
                found.extend(open.take().filter(|loc| !loc.loc.is_empty()));
                at = "";
            }
            Token::Close { .. } => at = "",
            Token::Text(piece) | Token::Cdata(piece) => {
                let Some(field) = open.as_mut().and_then(|loc| field(loc, at)) else { continue };
                field.push_str(&match token {
                    Token::Cdata(_) => piece.trim().into(),
                    _ => html_escape::decode_html_entities(piece.trim()),
                });
            }
            _ => {}
        }
    }
    (found, false)
}

/// Where the text of an element goes. Prefixes are a convention, but all sitemaps keep it.
fn field<'l>(loc: &'l mut Loc, name: &str) -> Option<&'l mut String> {
    Some(match name {
        "loc" => &mut loc.loc,
        "lastmod" => &mut loc.lastmod,
        "image:loc" if loc.image.is_empty() => &mut loc.image,
        _ => match (name.split_once(':').map_or("", |(prefix, _)| prefix), local(name)) {
            ("news", "title") => &mut loc.title,
            ("news", "publication_date") => &mut loc.date,
            ("news", "language") => &mut loc.language,
            ("news", "keywords") => &mut loc.keywords,
            (prefix, "loc") if prefix != "image" && prefix != "video" && loc.loc.is_empty() => &mut loc.loc,
            (prefix, "lastmod") if !prefix.is_empty() => &mut loc.lastmod,
            _ => return None,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Url {
        Url::parse("https://x.example/sitemap.xml").unwrap()
    }

    fn parsed(sitemap: &Sitemap, text: &str) -> Result<Parsed, ParseError> {
        sitemap.parse(text.as_bytes(), None, &base(), &Reading::default())
    }

    #[test]
    fn a_list_of_pages_is_read_with_what_the_news_extension_says() {
        let text = "<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:news='x' xmlns:image='y'>
            <url><loc> https://x.example/a?b=1&amp;c=2 </loc><lastmod>2026-11-20</lastmod><changefreq>daily</changefreq>
              <image:image><image:loc>/a.jpg</image:loc></image:image></url>
            <url><loc><![CDATA[https://x.example/news/b]]></loc><news:news><news:publication><news:name>X</news:name>
              <news:language>en</news:language></news:publication><news:publication_date>2026-11-21T10:00:00Z</news:publication_date>
              <news:title>Fish &amp;amp; chips</news:title><news:keywords>food, sea</news:keywords></news:news></url>
            <url><lastmod>2026-11-20</lastmod></url></urlset>";
        let entries = parsed(&Sitemap::default(), text).unwrap().entries;
        assert_eq!(entries.len(), 2);
        assert_eq!(entries[0].link.as_deref(), Some("https://x.example/a?b=1&c=2"));
        assert_eq!((entries[0].title.as_str(), entries[0].images[0].url.as_str()), ("A", "https://x.example/a.jpg"));
        assert_eq!(entries[0].updated, Some(Timestamp::from_unix(1_795_132_800)));
        assert_eq!((entries[1].title.as_str(), entries[1].language.as_deref()), ("Fish & chips", Some("en")));
        assert_eq!((entries[1].published, entries[1].categories.len()), (Some(Timestamp::from_unix(1_795_255_200)), 2));
        let under = Sitemap { under: vec!["/news/".to_owned()] };
        assert_eq!(parsed(&under, text).unwrap().entries.len(), 1);
    }

    #[test]
    fn a_list_of_lines_is_a_sitemap_and_other_documents_are_none() {
        assert_eq!(parsed(&Sitemap::default(), "https://x.example/a\n\n https://x.example/b \n").unwrap().entries.len(), 2);
        assert_eq!(parsed(&Sitemap::default(), "<urlset></urlset>").unwrap().entries, []);
        for text in ["<rss><channel/></rss>", "<!doctype html><title>x</title>", "{}"] {
            assert_eq!(parsed(&Sitemap::default(), text), Err(ParseError::NoSitemap), "{text}");
        }
        assert_eq!(parsed(&Sitemap::default(), " "), Err(ParseError::Empty));
    }

    #[test]
    fn an_index_names_its_newest_sitemaps_on_its_own_host() {
        let child = |n: u32, host: &str| format!("<sitemap><loc>https://{host}/s{n}.xml</loc><lastmod>2026-11-{n:02}</lastmod></sitemap>");
        let all: String = (1..=7).map(|n| child(n, "x.example")).chain([child(9, "evil.example")]).collect();
        let children = |text: &str| Sitemap::children(text.as_bytes(), None, &base(), &Reading::default());
        let found = children(&format!("<sitemapindex>{all}</sitemapindex>")).unwrap();
        let urls: Vec<&str> = found.urls.iter().map(Url::path).collect();
        assert_eq!((urls, found.all_dated, found.is_cut), (vec!["/s7.xml", "/s6.xml", "/s5.xml", "/s4.xml", "/s3.xml"], true, true));
        let undated = children("<sitemapindex><sitemap><loc>/a.xml</loc></sitemap></sitemapindex>").unwrap();
        assert_eq!((undated.urls.len(), undated.all_dated), (1, false));
        assert_eq!(children("<urlset><url><loc>/a</loc></url></urlset>"), None);
    }

    #[test]
    fn a_page_without_a_title_has_the_words_of_its_address() {
        for (url, title) in [
            ("https://x.example/2026/11/a-quiet-harbour.html", "A quiet harbour"),
            ("https://x.example/a_b/123/", "A b"),
            ("https://x.example/%C3%BCber-uns/index.php", "Über uns"),
            ("https://x.example/v1.2-is-out", "V1.2 is out"),
            ("https://x.example/", "x.example"),
        ] {
            assert_eq!(title_of(&Url::parse(url).unwrap()), title, "{url}");
        }
    }
}
