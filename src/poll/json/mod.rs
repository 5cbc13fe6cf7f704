//! JSON Feed 1 and 1.1, read leniently: what a text should be may be a number, the list of items may have another name or lie
//! deeper, and JSON that isn't quite JSON is mended once. JSON doesn't go through feed-rs.

mod loose;
mod syntax;

use url::Url;

use self::loose::{Attachment, Author, Document, Item, Loose};
use super::layer::MAX_ENTRIES;
use super::parse::{ParseError, Parsed, Reading, absolute};
use super::{Format, Mend, Mends, date, plain};
use crate::domain::{Enclosure, Entry, FeedFacts, Hints, ImageKind, ImageRef};

/// Where the JSON begins, if there is some.
pub(super) fn begin(text: &str) -> Option<&str> {
    let text = text.trim_start();
    if text.starts_with(['{', '[']) {
        return Some(text);
    }
    // a warning, a guard against being run as a script, a call around it
    let at = text.find("{\"").or_else(|| text.find("[{"))?;
    let is_feed = text.contains("\"items\"") || text.contains("jsonfeed.org");
    (is_feed && !text[..at].contains("<rss")).then(|| &text[at..])
}

/// Reads the document; `text` begins with `{` or `[`.
pub(super) fn parse(text: &str, base: &Url, reading: &Reading, mends: &mut Mends) -> Result<Parsed, ParseError> {
    let mut ends_in_stump = false;
    let document: Document = match serde_json::from_str(text) {
        Ok(document) => document,
        Err(error) => {
            let mended = syntax::mended(text).ok_or_else(|| ParseError::Json(error.to_string()))?;
            mends.note(if mended.is_cut { Mend::Truncated } else { Mend::JsonSyntax });
            ends_in_stump = mended.is_cut;
            serde_json::from_str(&mended.text).map_err(|_| ParseError::Json(error.to_string()))?
        }
    };
    mends.note_if(document.is_elsewhere, Mend::JsonShape);
    let items = document.items.ok_or_else(|| ParseError::Json("it has no list of `items`".to_owned()))?;
    mends.note_if(items.is_cut, Mend::TooLong);
    let format = format(document.version.text(), mends);
    let feed = Feed { base, reading, authors: names(&document.authors), language: document.language.text(), mends };
    let (entries, mends) = feed.entries(&items.items);
    for item in &items.items {
        mends.note_if(item.id.is_odd, Mend::JsonType);
    }
    let facts = FeedFacts {
        title: document.title.text().map(plain::from_text),
        home: document.home_page_url.text().and_then(|home| absolute(home, base)),
        language: document.language.text().map(str::to_owned),
        rights: None,
    };
    let hints = Hints {
        hubs: document.hubs.iter().filter_map(|hub| absolute(hub.text()?, base)).collect(),
        itself: document.feed_url.text().and_then(|url| absolute(url, base)),
        next_page: document.next_url.text().and_then(|url| absolute(url, base)),
        ..Hints::default()
    };
    let is_cut = items.is_cut && entries.len() == MAX_ENTRIES;
    Ok(Parsed { facts, entries, hints, format, is_cut, ends_in_stump, ..Parsed::default() })
}

fn format(version: Option<&str>, mends: &mut Mends) -> Format {
    let is_exact = matches!(version, Some("https://jsonfeed.org/version/1" | "https://jsonfeed.org/version/1.1"));
    mends.note_if(!is_exact, Mend::JsonVersion);
    if version.is_some_and(|version| !version.trim_end_matches('/').ends_with("1.1")) { Format::Json10 } else { Format::Json11 }
}

/// What its entries take from the feed.
struct Feed<'f> {
    base: &'f Url,
    reading: &'f Reading,
    authors: Vec<String>,
    language: Option<&'f str>,
    mends: &'f mut Mends,
}

impl<'f> Feed<'f> {
    fn entries(mut self, items: &[Item]) -> (Vec<Entry>, &'f mut Mends) {
        let entries = items.iter().map(|item| self.entry(item)).collect();
        (entries, self.mends)
    }

    fn entry(&mut self, item: &Item) -> Entry {
        let mut date = |text: &str| {
            let read = date::read(text, self.reading);
            self.mends.note_if(!read.is_some_and(date::is_plausible), Mend::UnreadableDate);
            read
        };
        let own = names(&item.authors);
        let link = item.url.text().or(item.external_url.text()).and_then(|link| absolute(link, self.base));
        let as_html = |text: &str| html_escape::encode_text(text).replace("\n\n", "<br><br>");
        let mut entry = Entry {
            guid: item.id.text().map(str::to_owned),
            base: Some(link.clone().unwrap_or_else(|| self.base.to_string())),
            link,
            title: item.title.text().map(plain::from_text).unwrap_or_default(),
            authors: if own.is_empty() { self.authors.clone() } else { own },
            published: item.date_published.text().and_then(&mut date),
            updated: item.date_modified.text().and_then(&mut date),
            summary: item.summary.text().map(as_html),
            content: item.content_html.text().map(str::to_owned).or_else(|| item.content_text.text().map(as_html)),
            categories: item.tags.iter().filter_map(Loose::text).map(plain::from_text).collect(),
            language: item.language.text().or(self.language).map(str::to_owned),
            ..Entry::default()
        };
        entry.published = entry.published.or(entry.updated);
        for picture in [&item.image, &item.banner_image].into_iter().filter_map(Loose::text) {
            self.picture(&mut entry, picture, ImageKind::Content);
        }
        for attachment in &item.attachments {
            self.attach(&mut entry, attachment);
        }
        entry
    }

    fn attach(&self, entry: &mut Entry, attachment: &Attachment) {
        let Some(url) = attachment.url.text() else { return };
        let mime = attachment.mime_type.text();
        if mime.is_some_and(|mime| mime.starts_with("image/")) {
            self.picture(entry, url, ImageKind::Enclosure);
        } else if let Some(url) = absolute(url, self.base) {
            let length = attachment.size_in_bytes.text().and_then(|size| size.parse().ok());
            entry.enclosures.push(Enclosure { url, mime: mime.map(str::to_owned), length });
        }
    }

    fn picture(&self, entry: &mut Entry, url: &str, kind: ImageKind) {
        if let Some(url) = absolute(url, self.base)
            && entry.images.iter().all(|image| image.url != url)
        {
            entry.images.push(ImageRef { url, kind, ..ImageRef::default() });
        }
    }
}

fn names(authors: &[Author]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in authors.iter().filter_map(|author| author.name.text()).map(plain::from_text) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Parsed, Vec<Mend>) {
        let base = Url::parse("https://x.example/feed.json").unwrap();
        let mut mends = Mends::default();
        let parsed = parse(begin(text).unwrap(), &base, &Reading::default(), &mut mends).unwrap();
        (parsed, mends.iter().map(|(mend, _)| mend).collect())
    }

    #[test]
    fn the_usual_faults_of_json_feeds_are_mended() {
        let good = "\"version\":\"https://jsonfeed.org/version/1.1\"";
        let item = "{\"id\":\"1\",\"title\":\"A\",\"content_text\":\"x\"}";
        for (text, mends) in [
            (format!("{{{good},\"items\":[{item}]}}"), vec![]),
            (format!("{{{good},\"items\":[{item},]}}"), vec![Mend::JsonSyntax]),
            (format!("{{{good},\"title\":\"a\nb\\'\",\"items\":[{item}]}}"), vec![Mend::JsonSyntax]),
            (format!("cb({{{good},\"items\":[{item}]}});"), vec![Mend::JsonSyntax]),
            (format!("Warning: x\n{{{good},\"items\":[{item}]}}\n<!-- 1s -->"), vec![Mend::JsonSyntax]),
            (format!("{{\"version\":\"http://jsonfeed.org/version/1.1\",\"items\":[{item}]}}"), vec![Mend::JsonVersion]),
            (format!("{{\"version\":1.1,\"items\":[{item}]}}"), vec![Mend::JsonVersion]),
            (format!("{{\"items\":[{item}]}}"), vec![Mend::JsonVersion]),
            (format!("{{{good},\"items\":[{}]}}", item.replace("\"1\"", "1")), vec![Mend::JsonType]),
            (format!("{{{good},\"items\":[null,{item},\"x\"]}}"), vec![]),
            (format!("{{{good},\"items\":[{item}],\"title\":\"x\",\"title\":\"y\",\"author\":\"Ann\",\"tags\":7}}"), vec![]),
            (format!("{{{good},\"entries\":[{item}]}}"), vec![Mend::JsonShape]),
            (format!("{{\"feed\":{{{good},\"items\":[{item}]}}}}"), vec![Mend::JsonShape]),
            (format!("[{item}]"), vec![Mend::JsonVersion, Mend::JsonShape]),
        ] {
            let (parsed, found) = read(&text);
            assert_eq!((parsed.entries.len(), parsed.entries[0].guid.as_deref(), found), (1, Some("1"), mends), "{text}");
        }
    }

    #[test]
    fn a_cut_json_feed_keeps_what_was_whole() {
        let whole = "{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[{\"id\":\"1\",\"title\":\"A\"},{\"id\":\"2\",\"tags\":[\"x\"],\"title\":\"half \\u00e4";
        for end in 80..whole.len() {
            let (parsed, mends) = read(&whole[..end]);
            assert_eq!(mends, [Mend::Truncated], "{}", &whole[..end]);
            assert!(parsed.ends_in_stump && parsed.entries[0].guid.as_deref() == Some("1"), "{}", &whole[..end]);
        }
    }
}
