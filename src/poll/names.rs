//! What an element is, whatever its prefix and the case of its letters; and which elements can't stand within a text.

use super::namespaces::{Ns, by_prefix};
use super::scan::split_name;
use super::{Mend, Mends};

/// The longest name that is known.
const LONGEST: usize = 16;

/// What is done with an element. A number is its rank among those that tell the same: the lowest that says something counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    /// `rss`, `feed`, `rdf:RDF`: a document's root.
    Root,
    Channel,
    /// `item`, `entry`
    Entry,
    /// `media:group`
    Group,
    /// `media:content`
    Content,
    /// Its children tell of something else: a logo, a search box.
    Aside,
    Title(u8),
    Id,
    Link,
    OriginalLink,
    Published(u8),
    Updated(u8),
    /// The shorter text.
    Summary(u8),
    /// The full text.
    Body(u8),
    Author(u8),
    Category,
    /// Categories with commas between them.
    Keywords,
    Rights,
    Licence,
    /// What RSL permits and prohibits: `rsl:content`, or its `rsl:license` alone.
    Terms,
    Source,
    Comments,
    Enclosure,
    Thumbnail,
    /// A picture of the whole: `itunes:image`.
    Cover,
    Language,
    Ttl,
    SkipHours,
    SkipDays,
    UpdatePeriod,
    UpdateFrequency,
    UpdateBase,
    Cloud,
    /// Known, holds text, and isn't read.
    Passed,
    Unknown,
}

/// Names of RSS, CDF and RDF that have capitals, as their formats write them.
const CAPITALS: &[&str] = &[
    "RDF",
    // RSS 1.1
    "Channel",
    "pubDate",
    "lastBuildDate",
    "managingEditor",
    "webMaster",
    "skipHours",
    "skipDays",
    "textInput",
    "origLink",
    "updatePeriod",
    "updateFrequency",
    "License",
    "updateBase",
    "creativeCommons",
];

/// What the element is; `name` may have any prefix and any case.
pub(super) fn element(ns: Ns, name: &str, mends: &mut Mends) -> Element {
    let (_, local) = split_name(name);
    let mut buffer = [0; LONGEST];
    let Some(folded) = buffer.get_mut(..local.len()) else { return Element::Unknown };
    folded.copy_from_slice(local.as_bytes());
    folded.make_ascii_lowercase();
    let found = lookup(ns, folded);
    if found != Element::Unknown && local.bytes().any(|byte| byte.is_ascii_uppercase()) && !CAPITALS.contains(&local) {
        mends.note(Mend::UpperCaseName);
    }
    found
}

fn lookup(ns: Ns, local: &[u8]) -> Element {
    use Element as E;
    match (ns, local) {
        (Ns::Feed, b"item" | b"entry") => E::Entry,
        (Ns::Feed, b"title") => E::Title(0),
        (Ns::Feed, b"link") => E::Link,
        (Ns::Feed, b"guid" | b"id") => E::Id,
        (Ns::Feed, b"pubdate" | b"published" | b"issued") => E::Published(0),
        (Ns::Feed, b"created") => E::Published(3),
        (Ns::Feed, b"updated" | b"modified" | b"lastbuilddate" | b"lastmod") => E::Updated(0),
        (Ns::Feed, b"description" | b"summary") => E::Summary(0),
        (Ns::Feed, b"abstract") => E::Summary(1),
        (Ns::Feed, b"content") => E::Body(0),
        (Ns::Feed | Ns::Xhtml, b"body") | (Ns::Feed, b"fullitem") => E::Body(1),
        (Ns::Feed, b"author") => E::Author(0),
        (Ns::Feed, b"category") => E::Category,
        (Ns::Feed, b"keywords") => E::Keywords,
        (Ns::Feed, b"copyright" | b"rights") => E::Rights,
        (Ns::Feed, b"source") => E::Source,
        (Ns::Feed, b"comments") => E::Comments,
        (Ns::Feed, b"enclosure") => E::Enclosure,
        (Ns::Feed, b"rss" | b"feed") | (Ns::Feed | Ns::Rdf, b"rdf") => E::Root,
        (Ns::Feed, b"channel") => E::Channel,
        (Ns::Feed, b"language") => E::Language,
        (Ns::Feed, b"ttl") => E::Ttl,
        (Ns::Feed, b"skiphours") => E::SkipHours,
        (Ns::Feed, b"skipdays") => E::SkipDays,
        (Ns::Feed, b"cloud") => E::Cloud,
        (Ns::Feed, b"image" | b"textinput" | b"items") => E::Aside,
        (
            Ns::Feed,
            b"contributor" | b"managingeditor" | b"webmaster" | b"generator" | b"docs" | b"subtitle" | b"tagline" | b"logo" | b"icon",
        ) => E::Passed,
        (Ns::Content, b"encoded") => E::Body(0),
        (Ns::Excerpt, b"encoded") => E::Summary(1),
        (Ns::DublinCore | Ns::Terms, b"title") => E::Title(1),
        (Ns::DublinCore | Ns::Terms, b"creator" | b"author") => E::Author(0),
        (Ns::DublinCore | Ns::Terms, b"subject") => E::Category,
        (Ns::DublinCore | Ns::Terms, b"description" | b"abstract") => E::Summary(2),
        (Ns::DublinCore | Ns::Terms, b"rights") => E::Rights,
        (Ns::DublinCore | Ns::Terms, b"language") => E::Language,
        (Ns::Terms, b"license") => E::Licence,
        (Ns::DublinCore | Ns::Terms, b"issued" | b"available") => E::Published(1),
        (Ns::DublinCore | Ns::Terms, b"date") => E::Published(2),
        (Ns::DublinCore | Ns::Terms, b"created") => E::Published(3),
        (Ns::DublinCore | Ns::Terms, b"modified") => E::Updated(1),
        (Ns::DublinCore | Ns::Terms, b"contributor" | b"publisher" | b"identifier" | b"source") => E::Passed,
        (Ns::Media, b"group") => E::Group,
        (Ns::Media, b"content") => E::Content,
        (Ns::Media, b"thumbnail") => E::Thumbnail,
        (Ns::Media, b"title") => E::Title(2),
        (Ns::Media, b"description" | b"text") => E::Summary(3),
        (Ns::Media, b"credit") => E::Author(2),
        (Ns::Media, b"category") => E::Category,
        (Ns::Media, b"keywords") => E::Keywords,
        (Ns::Media, b"copyright") => E::Rights,
        (Ns::Media, b"license") => E::Licence,
        (Ns::Itunes, b"title") => E::Title(3),
        (Ns::Itunes, b"author") => E::Author(1),
        (Ns::Itunes, b"summary") => E::Summary(4),
        (Ns::Itunes, b"description") => E::Summary(5),
        (Ns::Itunes, b"subtitle") => E::Summary(6),
        (Ns::Itunes, b"keywords") => E::Keywords,
        (Ns::Itunes, b"category") => E::Category,
        (Ns::Itunes, b"image") => E::Cover,
        (Ns::Itunes, b"duration" | b"explicit" | b"block" | b"order" | b"episode" | b"season") => E::Passed,
        (Ns::Podcast, b"license") => E::Licence,
        (Ns::Syndication, b"updateperiod") => E::UpdatePeriod,
        (Ns::Syndication, b"updatefrequency") => E::UpdateFrequency,
        (Ns::Syndication, b"updatebase") => E::UpdateBase,
        (Ns::Feedburner, b"origlink") => E::OriginalLink,
        (Ns::Licence, b"license") => E::Licence,
        (Ns::Rsl, b"content" | b"license" | b"rsl") => E::Terms,
        _ => E::Unknown,
    }
}

/// Whether a feed's root may have this name.
pub(super) fn is_root(name: &str) -> bool {
    let (_, local) = split_name(name);
    ["rss", "feed", "rdf", "channel"].iter().any(|root| local.eq_ignore_ascii_case(root))
}

/// Whether an entry may have it.
pub(super) fn is_entry(name: &str) -> bool {
    let (_, local) = split_name(name);
    local.eq_ignore_ascii_case("item") || local.eq_ignore_ascii_case("entry")
}

/// Whether a tag with this name (`/item` is an end tag) can't stand within a text of HTML, so that the text must have ended.
pub(super) fn ends_html(tag: &str) -> bool {
    let (closes, name) = tag.strip_prefix('/').map_or((false, tag), |name| (true, name));
    let (prefix, local) = split_name(name);
    let is = |names: &[&str]| names.iter().any(|name| local.eq_ignore_ascii_case(name));
    match local.as_bytes().first() {
        // no other letter begins one of the names below
        Some(b'i' | b'I' | b'e' | b'E' | b'c' | b'C' | b'f' | b'F' | b'r' | b'R' | b'g' | b'G' | b'p' | b'P' | b'd' | b'D') => {}
        _ => return false,
    }
    let structure = is(&["item", "entry", "channel"]) || closes && is(&["rss", "feed", "rdf"]);
    let is_of_feeds = prefix.is_empty() && is(&["guid", "pubdate", "published", "description"]);
    structure || !closes && (is_of_feeds || is(&["encoded"]) || prefix == "dc")
}

/// The same for what is markup of any kind: only entries and what is around them.
pub(super) fn ends_markup(tag: &str) -> bool {
    let (closes, name) = tag.strip_prefix('/').map_or((false, tag), |name| (true, name));
    let is = |names: &[&str]| names.iter().any(|known| name.eq_ignore_ascii_case(known));
    is(&["item", "entry"]) || closes && is(&["channel", "rss", "feed"])
}

/// The same for a line of text: every element that is known ends it.
pub(super) fn ends_line(tag: &str) -> bool {
    let name = tag.strip_prefix('/').unwrap_or(tag);
    let (prefix, local) = split_name(name);
    if tag.len() > name.len() {
        return ends_html(tag);
    }
    let ns = if prefix.is_empty() { Some(Ns::Feed) } else { by_prefix(prefix) };
    // HTML has a few of the same names, but they don't stand in a line
    ns.is_some_and(|ns| local.len() <= LONGEST && lookup(ns, local.to_ascii_lowercase().as_bytes()) != Element::Unknown)
}

/// The same for an element that tells everything in its attributes: what RSS or Atom itself has ends it, an extension may stand inside.
pub(super) fn ends_attached(tag: &str) -> bool {
    split_name(tag).0.is_empty() && ends_line(tag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::poll::namespaces::Names;

    #[test]
    fn a_namespace_is_known_by_its_address_or_else_by_its_prefix() {
        let cases = [
            ("xmlns:c='http://purl.org/rss/1.0/modules/content/'", "c:encoded", Element::Body(0), None),
            ("xmlns:content='http://purl.org/rss/1.0/modules/content'", "content:encoded", Element::Body(0), Some(Mend::OddNamespace)),
            ("xmlns:m='https://search.yahoo.com/mrss'", "m:thumbnail", Element::Thumbnail, Some(Mend::OddNamespace)),
            ("xmlns:media='http://x.example/what'", "media:thumbnail", Element::Thumbnail, None),
            ("", "dc:creator", Element::Author(0), Some(Mend::UndeclaredPrefix)),
            ("xmlns='http://backend.userland.com/rss2'", "item", Element::Entry, Some(Mend::OddNamespace)),
            ("xmlns='http://www.w3.org/2005/Atom'", "link", Element::Link, None),
            ("xmlns='http://search.yahoo.com/mrss/'", "title", Element::Title(2), None),
            ("xmlns='http://x.example/what'", "title", Element::Unknown, None),
            ("xmlns:x='http://x.example/what'", "x:title", Element::Unknown, None),
            ("xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'", "rdf:Description", Element::Unknown, None),
            ("xmlns:l='http://purl.org/rss/1.0/modules/link/'", "l:link", Element::Unknown, None),
            ("", "PUBDATE", Element::Published(0), Some(Mend::UpperCaseName)),
            ("", "pubDate", Element::Published(0), None),
            ("", "a-name-that-is-longer-than-any", Element::Unknown, None),
        ];
        for (attributes, name, expected, mend) in cases {
            let mut mends = Mends::default();
            let (ns, _) = Names::default().open(name, attributes, Ns::Feed, &mut mends);
            assert_eq!(element(ns, name, &mut mends), expected, "{attributes} {name}");
            assert_eq!(mends.iter().map(|(mend, _)| mend).next(), mend, "{attributes} {name}");
        }
    }
}
