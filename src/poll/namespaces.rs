//! Which vocabulary a name belongs to, whatever its prefix and its namespace's spelling.

use super::attributes::raw_attributes;
use super::scan::split_name;
use super::{Mend, Mends, text};

/// The vocabularies that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ns {
    /// RSS in all its versions, Atom, CDF, and no namespace at all: their elements don't get into each other's way.
    Feed,
    Rdf,
    Content,
    DublinCore,
    Terms,
    Media,
    Itunes,
    Podcast,
    Syndication,
    Feedburner,
    Licence,
    /// Really Simple Licensing.
    Rsl,
    Excerpt,
    Xhtml,
    Other,
}

/// A vocabulary, its namespaces as they are defined, the prefixes that it usually has, and parts that tell it when it is spelt otherwise.
type Known = (Ns, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

const KNOWN: &[Known] = &[
    (
        Ns::Feed,
        &[
            "http://www.w3.org/2005/Atom",
            "http://purl.org/atom/ns#",
            "http://purl.org/rss/1.0/",
            "http://purl.org/net/rss1.1#",
            "http://my.netscape.com/rdf/simple/0.9/",
            "http://channel.netscape.com/rdf/simple/0.9/",
        ],
        &["atom", "atom03", "atom10", "a10", "rss", "rss1"],
        &[
            "w3.org/2005/atom",
            "purl.org/atom",
            "purl.org/rss/1.0",
            "purl.org/net/rss",
            "netscape.com/rdf/simple",
            "backend.userland.com/rss",
            "blogs.law.harvard.edu/tech/rss",
            "cyber.law.harvard.edu/rss",
            "cyber.harvard.edu/rss",
            "my.netscape.com/publish/formats/rss",
            "rssboard.org",
        ],
    ),
    (Ns::Rdf, &["http://www.w3.org/1999/02/22-rdf-syntax-ns#"], &["rdf"], &["22-rdf-syntax-ns"]),
    (Ns::Content, &["http://purl.org/rss/1.0/modules/content/"], &["content"], &["rss/1.0/modules/content"]),
    (
        Ns::DublinCore,
        &["http://purl.org/dc/elements/1.1/", "http://purl.org/dc/elements/1.0/"],
        &["dc"],
        &["purl.org/dc/elements", "dc/1.1"],
    ),
    (Ns::Terms, &["http://purl.org/dc/terms/"], &["dcterms", "dct"], &["purl.org/dc/terms"]),
    (
        Ns::Media,
        &["http://search.yahoo.com/mrss/", "http://www.rssboard.org/media-rss"],
        &["media", "mrss"],
        &["yahoo.com/mrss", "/mrss", "rssboard.org/media-rss"],
    ),
    (
        Ns::Itunes,
        // the second one stood in Apple's own first specification
        &[
            "http://www.itunes.com/dtds/podcast-1.0.dtd",
            "http://www.itunes.com/DTDs/Podcast-1.0.dtd",
            "http://www.itunes.com/DTDs/PodCast-1.0.dtd",
            "http://www.google.com/schemas/play-podcasts/1.0",
        ],
        &["itunes", "googleplay"],
        &["dtds/podcast", "itunes.com", "play-podcasts"],
    ),
    (
        Ns::Podcast,
        &["https://podcastindex.org/namespace/1.0", "https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md"],
        &["podcast"],
        &["podcastindex.org/namespace", "podcast-namespace"],
    ),
    (Ns::Syndication, &["http://purl.org/rss/1.0/modules/syndication/"], &["sy", "syn"], &["rss/1.0/modules/syndication"]),
    (
        Ns::Feedburner,
        &["http://rssnamespace.org/feedburner/ext/1.0"],
        &["feedburner", "pheedo"],
        &["rssnamespace.org/feedburner", "pheedo"],
    ),
    (
        Ns::Licence,
        &[
            "http://backend.userland.com/creativeCommonsRssModule",
            "http://creativecommons.org/ns#",
            "http://web.resource.org/cc/",
            "http://cyber.law.harvard.edu/rss/creativeCommonsRssModule.html",
        ],
        &["creativecommons", "cc"],
        &["creativecommons", "web.resource.org/cc"],
    ),
    (Ns::Rsl, &["https://rslstandard.org/rsl"], &["rsl"], &["rslstandard.org"]),
    (Ns::Excerpt, &["http://wordpress.org/export/1.2/excerpt/", "http://wordpress.org/export/1.1/excerpt/"], &["excerpt"], &["/excerpt"]),
    (Ns::Xhtml, &["http://www.w3.org/1999/xhtml"], &["xhtml"], &["w3.org/1999/xhtml"]),
];

/// Prefixes that one document may declare.
const MAX_PREFIXES: usize = 200;

/// The prefixes that a document has declared so far.
#[derive(Debug, Default)]
pub(super) struct Names<'t> {
    declared: Vec<(&'t str, Ns)>,
    undeclared: Vec<&'t str>,
}

impl<'t> Names<'t> {
    /// Takes note of an element's declarations; returns the namespace of its own name, and of unprefixed names within it where it says one.
    pub(super) fn open(&mut self, name: &'t str, attributes: &'t str, inherited: Ns, mends: &mut Mends) -> (Ns, Ns) {
        let mut default = inherited;
        if attributes.contains("xmlns") {
            for (attribute, raw) in raw_attributes(attributes) {
                let Some(prefix) = attribute.strip_prefix("xmlns") else { continue };
                let uri = text::attribute(raw);
                match prefix.strip_prefix(':') {
                    Some(prefix) => self.declare(prefix, &uri, mends),
                    None if prefix.is_empty() => default = if uri.is_empty() { Ns::Feed } else { of_uri(&uri, mends).unwrap_or(Ns::Other) },
                    None => {}
                }
            }
        }
        let (prefix, _) = split_name(name);
        (if prefix.is_empty() { default } else { self.of_prefix(prefix, mends) }, default)
    }

    fn declare(&mut self, prefix: &'t str, uri: &str, mends: &mut Mends) {
        let ns = of_uri(uri, mends).or_else(|| by_prefix(prefix)).unwrap_or(Ns::Other);
        if let Some(known) = self.declared.iter_mut().find(|(known, _)| *known == prefix) {
            known.1 = ns;
        } else if self.declared.len() < MAX_PREFIXES {
            self.declared.push((prefix, ns));
        }
    }

    fn of_prefix(&mut self, prefix: &'t str, mends: &mut Mends) -> Ns {
        if let Some((_, ns)) = self.declared.iter().find(|(known, _)| known.eq_ignore_ascii_case(prefix)) {
            return *ns;
        }
        if prefix != "xml" && self.undeclared.len() < MAX_PREFIXES && !self.undeclared.contains(&prefix) {
            self.undeclared.push(prefix);
            mends.note(Mend::UndeclaredPrefix);
        }
        by_prefix(prefix).unwrap_or(Ns::Other)
    }
}

/// Which vocabulary usually has this prefix.
pub(super) fn by_prefix(prefix: &str) -> Option<Ns> {
    KNOWN.iter().find(|(_, _, prefixes, _)| prefixes.iter().any(|known| known.eq_ignore_ascii_case(prefix))).map(|(ns, ..)| *ns)
}

fn of_uri(uri: &str, mends: &mut Mends) -> Option<Ns> {
    if let Some((ns, ..)) = KNOWN.iter().find(|(_, exact, ..)| exact.contains(&uri)) {
        return Some(*ns);
    }
    let folded = uri.get(..uri.len().min(200)).unwrap_or("").trim().to_ascii_lowercase();
    let parts = KNOWN.iter().flat_map(|(ns, _, _, parts)| parts.iter().map(|part| (*ns, *part)));
    // the longest part wins: RSS 1.0's modules begin as RSS 1.0 does
    let (ns, part) = parts.filter(|(_, part)| folded.contains(part)).max_by_key(|(_, part)| part.len())?;
    if part == "purl.org/rss/1.0" && folded.contains("/modules/") {
        return None;
    }
    mends.note(Mend::OddNamespace);
    Some(ns)
}
