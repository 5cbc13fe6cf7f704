//! The entries of a web page, picked by CSS selectors.

use std::sync::LazyLock;

use scraper::ElementRef;
use url::Url;

use super::picker::{Picker, text_of};
use super::tree::tree;
use crate::domain::{Entry, FeedFacts, ImageRef};
use crate::poll::parse::absolute;
use crate::poll::{Format, MAX_ENTRIES, Mends, ParseError, Parsed, Reading, date, decode};

/// Elements that may be looked at for all entries together: entries within entries would cost their square.
const MAX_LOOKED_AT: usize = 2_000_000;

/// Where on a page entries are, and what in them is what. What isn't said is looked for where pages usually have it.
#[derive(Debug, Clone, PartialEq)]
pub struct Select {
    /// Each fits one entry.
    pub items: Picker,
    pub title: Option<Picker>,
    pub link: Option<Picker>,
    pub id: Option<Picker>,
    pub date: Option<Picker>,
    pub summary: Option<Picker>,
    pub content: Option<Picker>,
    pub image: Option<Picker>,
    pub author: Option<Picker>,
    pub category: Option<Picker>,
}

/// What entries usually have.
struct Usual {
    heading: Picker,
    heading_link: Picker,
    link: Picker,
    date: Picker,
    image: Picker,
    title: Picker,
    base: Picker,
}

static USUAL: LazyLock<Usual> = LazyLock::new(|| {
    let picker = |text: &str| Picker::parse(text).expect("the selector is a constant");
    Usual {
        heading: picker("h1, h2, h3, h4, h5, h6"),
        heading_link: picker("h1 a[href], h2 a[href], h3 a[href], h4 a[href], h5 a[href], h6 a[href]"),
        link: picker("a[href]"),
        date: picker("time"),
        image: picker("img"),
        title: picker("title"),
        base: picker("base@href"),
    }
});

impl Select {
    /// Reads a page.
    pub(super) fn parse(&self, bytes: &[u8], content_type: Option<&str>, page: &Url, reading: &Reading) -> Result<Parsed, ParseError> {
        let mut mends = Mends::default();
        let (text, encoding) = decode::decode(bytes, content_type, page, reading, &mut mends);
        if text.trim().is_empty() {
            return Err(ParseError::Empty);
        }
        let (tree, mut is_cut) = tree(&text);
        let usual = &*USUAL;
        let root = tree.tree.root().children().find_map(ElementRef::wrap);
        let of_page = |picker: &Picker| tree.tree.root().children().filter_map(ElementRef::wrap).find_map(|top| picker.text(top, &[]));
        let base = of_page(&usual.base).and_then(|base| page.join(&base).ok()).unwrap_or_else(|| page.clone());
        let facts = FeedFacts {
            title: of_page(&usual.title),
            home: Some(page.to_string()),
            language: root.and_then(|root| root.attr("lang").map(str::to_owned)),
            ..FeedFacts::default()
        };
        let reader = Reader { select: self, base: &base, reading, usual };
        let (mut entries, mut looked_at) = (Vec::new(), 0);
        for item in tree.tree.root().children().filter_map(ElementRef::wrap).flat_map(|top| all_within(&self.items, top)) {
            looked_at += item.descendants().take(MAX_LOOKED_AT).count();
            if entries.len() == MAX_ENTRIES || looked_at > MAX_LOOKED_AT {
                is_cut = true;
                break;
            }
            entries.push(Entry { language: facts.language.clone(), ..reader.entry(item) });
        }
        if entries.is_empty() {
            return Err(ParseError::NoItems(self.items.written().to_owned()));
        }
        Ok(Parsed { facts, entries, format: Format::Html, encoding, mends, is_cut, ..Parsed::default() })
    }
}

/// What a picker fits in a top element, itself included.
fn all_within<'p>(picker: &'p Picker, top: ElementRef<'p>) -> impl Iterator<Item = ElementRef<'p>> + 'p {
    picker.fits(top).then_some(top).into_iter().chain(picker.all(top).map(|picked| picked.element))
}

struct Reader<'s> {
    select: &'s Select,
    base: &'s Url,
    reading: &'s Reading,
    usual: &'s Usual,
}

impl Reader<'_> {
    fn entry(&self, item: ElementRef<'_>) -> Entry {
        let Select { title, link, id, date, summary, content, image, author, category, .. } = self.select;
        let link = match link {
            Some(link) => link.text(item, &["href", "src"]),
            None => [&self.usual.heading_link, &self.usual.link].iter().find_map(|usual| usual.text(item, &["href"])),
        }
        .or_else(|| item.attr("href").filter(|_| link.is_none()).map(str::to_owned))
        .and_then(|link| absolute(&link, self.base));
        let title = match title {
            Some(title) => title.text(item, &[]),
            None => self.usual.heading.text(item, &[]).or_else(|| self.usual.link.text(item, &[])),
        };
        let times = date.as_ref().unwrap_or(&self.usual.date);
        let published = times.texts(item, &["datetime"]).find_map(|text| date::read(&text, self.reading));
        let names = |picker: &Option<Picker>| picker.iter().flat_map(|picker| picker.texts(item, &[])).collect::<Vec<_>>();
        let mut entry = Entry {
            guid: id.as_ref().and_then(|id| id.text(item, &[])),
            title: title.unwrap_or_else(|| if item.value().name() == "a" { text_of(item) } else { String::new() }),
            published,
            summary: summary.as_ref().and_then(|summary| summary.html(item)),
            content: content.as_ref().and_then(|content| content.html(item)),
            authors: names(author),
            categories: names(category),
            base: Some(self.base.to_string()),
            link,
            ..Entry::default()
        };
        entry.images = self.image(image.as_ref(), item).into_iter().collect();
        entry
    }

    fn image(&self, picker: Option<&Picker>, item: ElementRef<'_>) -> Option<ImageRef> {
        // pages that load pictures late keep the address elsewhere
        const PLACES: [&str; 5] = ["data-src", "data-lazy-src", "src", "content", "href"];
        let picker = picker.unwrap_or(&self.usual.image);
        picker.all(item).find_map(|picked| {
            let element = picked.element;
            let from_set = || element.attr("srcset").or(element.attr("data-srcset")).and_then(|set| set.split_whitespace().next());
            let usual = || PLACES.iter().find_map(|place| element.attr(place)).or_else(from_set).map(str::to_owned);
            let url = if picked.is_whole() { usual() } else { picked.text(&[]) }.filter(|url| !url.is_empty())?;
            let url = absolute(&url, self.base)?;
            let alt = element.attr("alt").map(str::trim).filter(|alt| !alt.is_empty()).map(str::to_owned);
            Some(ImageRef { url, alt, ..ImageRef::default() })
        })
    }
}
