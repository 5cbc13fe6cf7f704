//! `wirepress feeds parse`: what is read of documents, one line of JSON for each, without a configuration.

use std::collections::BTreeMap;

use futures_util::StreamExt;
use serde::Serialize;

use super::args::Parse;
use super::document::{self, Place, Unread, as_written};
use crate::cli::exit::{Exit, Outcome};
use crate::cli::print;
use crate::cli::text::{count, cut, plain, utc};
use crate::domain::{Entry, ImageKind, SourceFeed, Timestamp};
use crate::poll::Parsed;

/// Documents read at once; each is printed and dropped before another one begins.
const AT_ONCE: usize = 4;
/// Entries that the summary names.
const NAMED: usize = 5;

/// Reads the documents and prints each, in the order in which they were typed. One that can't be read costs none of the others.
pub async fn parse(args: &Parse) -> Outcome {
    let places: Vec<Place> = args.sources.iter().map(|source| Place::typed(source)).collect();
    let http = document::door(&places)?;
    let read = async |(source, place): (&'_ String, &'_ Place)| (source.clone(), place.read(&http, &args.how).await);
    let mut documents = std::pin::pin!(futures_util::stream::iter(args.sources.iter().zip(&places)).map(read).buffered(AT_ONCE));
    let (mut failed, mut total) = (0, 0);
    while let Some((source, result)) = documents.next().await {
        total += 1;
        failed += usize::from(result.is_err());
        if args.json {
            print(&(serde_json::to_string(&Shown::of(&source, &result))? + "\n"))?;
            continue;
        }
        match &result {
            Ok(parsed) => print(&told(&source, parsed))?,
            Err(error) => eprintln!("error: {}: {}", plain(&source), plain(&error.to_string())),
        }
    }
    Ok(if failed > 0 && (args.strict || failed == total) { Exit::Feeds } else { Exit::Ok })
}

/// A document as `--json` prints it. Field names are kept; times are Unix seconds; links that a file writes relative stay relative.
#[derive(Serialize)]
struct Shown<'d> {
    /// As it was typed.
    file: &'d str,
    /// `rss20`, `atom10`, …; nothing where it can't be read.
    format: Option<&'static str>,
    encoding: Option<&'static str>,
    /// A mend's name, and how often it was needed.
    mends: BTreeMap<&'static str, u32>,
    /// Why it can't be read.
    error: Option<String>,
    /// It is longer than is read, and what came after that is missing.
    cut: bool,
    feed: Option<ShownFeed<'d>>,
    entries: Vec<ShownEntry<'d>>,
}

#[derive(Serialize)]
struct ShownFeed<'d> {
    title: Option<&'d str>,
    link: Option<&'d str>,
    language: Option<&'d str>,
    rights: Option<&'d str>,
}

/// One entry; everything is as the pipeline gets it.
#[derive(Serialize)]
struct ShownEntry<'d> {
    id: Option<&'d str>,
    title: &'d str,
    link: Option<&'d str>,
    published: Option<i64>,
    updated: Option<i64>,
    content: Option<&'d str>,
    summary: Option<&'d str>,
    /// Addresses of all that is attached, pictures too.
    enclosures: Vec<&'d str>,
    /// Addresses of small pictures: `media:thumbnail` and its like.
    thumbnails: Vec<&'d str>,
    categories: &'d [String],
    authors: &'d [String],
    /// Addresses of all pictures that the feed names beside the body, best first.
    images: Vec<&'d str>,
    /// What `isPermaLink` says of the id.
    permalink: Option<bool>,
    language: Option<&'d str>,
    rights: Option<&'d str>,
    licence: Option<&'d str>,
    comments: Option<&'d str>,
    source: Option<&'d SourceFeed>,
    /// What relative links in `content` and `summary` are relative to.
    base: Option<&'d str>,
}

impl<'d> Shown<'d> {
    fn of(file: &'d str, result: &'d Result<Parsed, Unread>) -> Self {
        let parsed = result.as_ref().ok();
        let feed = |parsed: &'d Parsed| ShownFeed {
            title: parsed.facts.title.as_deref(),
            link: parsed.facts.home.as_deref().map(as_written),
            language: parsed.facts.language.as_deref(),
            rights: parsed.facts.rights.as_deref(),
        };
        Self {
            file,
            format: parsed.map(|parsed| parsed.format.name()),
            encoding: parsed.map(|parsed| parsed.encoding),
            mends: parsed.into_iter().flat_map(|parsed| parsed.mends.iter()).map(|(mend, count)| (mend.name(), count)).collect(),
            error: result.as_ref().err().map(|error| plain(&error.to_string())),
            cut: parsed.is_some_and(|parsed| parsed.is_cut),
            feed: parsed.map(feed),
            entries: parsed.into_iter().flat_map(|parsed| &parsed.entries).map(ShownEntry::of).collect(),
        }
    }
}

impl<'d> ShownEntry<'d> {
    fn of(entry: &'d Entry) -> Self {
        let pictures = |kinds: &[ImageKind]| -> Vec<&'d str> {
            entry.images.iter().filter(|image| kinds.contains(&image.kind)).map(|image| as_written(&image.url)).collect()
        };
        let attached = entry.enclosures.iter().map(|enclosure| as_written(&enclosure.url));
        Self {
            id: entry.guid.as_deref(),
            title: &entry.title,
            link: entry.link.as_deref().map(as_written),
            published: entry.published.map(Timestamp::unix),
            updated: entry.updated.map(Timestamp::unix),
            content: entry.content.as_deref(),
            summary: entry.summary.as_deref(),
            enclosures: attached.chain(pictures(&[ImageKind::Enclosure])).collect(),
            thumbnails: pictures(&[ImageKind::Thumbnail, ImageKind::Cover]),
            categories: &entry.categories,
            authors: &entry.authors,
            images: entry.images.iter().map(|image| as_written(&image.url)).collect(),
            permalink: entry.guid_is_permalink,
            language: entry.language.as_deref(),
            rights: entry.rights.as_deref(),
            licence: entry.licence.as_deref(),
            comments: entry.comments.as_deref().map(as_written),
            source: entry.source.as_ref(),
            base: entry.base.as_deref().map(as_written).filter(|base| !base.is_empty()),
        }
    }
}

/// What a person wants to know first.
fn told(source: &str, parsed: &Parsed) -> String {
    let title = parsed.facts.title.as_deref().map(|title| format!(" \"{}\"", cut(&plain(title), 60))).unwrap_or_default();
    let format = parsed.format.name();
    let mut text = format!("{}:{title} {format}, {}, {}\n", plain(source), parsed.encoding, count(parsed.entries.len(), "entry"));
    let mended: Vec<String> = parsed.mends.iter().map(|(mend, times)| format!("{} ({times})", mend.name())).collect();
    if !mended.is_empty() {
        text.push_str(&format!("  mended: {}\n", mended.join(", ")));
    }
    if parsed.is_cut {
        text.push_str("  cut: it is longer than is read\n");
    }
    for entry in parsed.entries.iter().take(NAMED) {
        let date = entry.published.map_or_else(|| "no date".to_owned(), utc);
        let link = entry.link.as_deref().map_or("no link", as_written);
        text.push_str(&format!("  {date}  {}\n    {}\n", cut(&plain(&entry.title), 80), plain(link)));
    }
    if let Some(more) = parsed.entries.len().checked_sub(NAMED).filter(|more| *more > 0) {
        text.push_str(&format!("  and {more} more\n"));
    }
    text
}
