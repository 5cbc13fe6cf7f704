//! The formats that are read.

use super::attributes::attribute;
use super::scan::split_name;
use super::{Mend, Mends};

/// What a document was written as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// RSS 2.0, and every RSS that says no version or an odd one.
    #[default]
    Rss20,
    /// RSS 0.91 to 0.94, by Userland or Netscape.
    Rss09,
    /// RSS 0.90, in RDF.
    Rss090,
    /// RSS 1.0 (and 1.1), in RDF.
    Rss10,
    Atom10,
    Atom03,
    /// Channel Definition Format.
    Cdf,
    /// JSON Feed 1.
    Json10,
    /// JSON Feed 1.1.
    Json11,
    /// A web page, read by selectors.
    Html,
    /// JSON of any other form, read by paths.
    Json,
    Sitemap,
}

impl Format {
    /// Of a root element: `rss`, `feed` or `rdf:RDF`, in any case and with any prefix.
    pub(super) fn of_root(name: &str, attributes: &str, mends: &mut Mends) -> Self {
        let (_, local) = split_name(name);
        let declares =
            |part: &str| super::attributes::attributes(attributes).any(|(name, uri)| name.starts_with("xmlns") && uri.contains(part));
        let version = attribute(attributes, "version");
        if local.eq_ignore_ascii_case("feed") {
            let is_old = declares("purl.org/atom/ns#") || version.is_some_and(|version| version.starts_with("0."));
            return if is_old { Self::Atom03 } else { Self::Atom10 };
        }
        if local.eq_ignore_ascii_case("rdf") {
            return if declares("netscape.com/rdf/simple/0.9") { Self::Rss090 } else { Self::Rss10 };
        }
        match version.as_deref() {
            Some("2.0" | "2.0.1" | "2.0.11") => Self::Rss20,
            // RSS 1.1's root is `Channel`; nobody wrote 0.93 or 0.94 for long, but they were published
            Some("0.91" | "0.92" | "0.93" | "0.94") => Self::Rss09,
            None => {
                mends.note(Mend::MissingVersion);
                Self::Rss20
            }
            Some(odd) => {
                mends.note(Mend::OddVersion);
                if odd.trim().starts_with("0.9") { Self::Rss09 } else { Self::Rss20 }
            }
        }
    }

    /// For JSON: `rss20`, `atom10`, `json11`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rss20 => "rss20",
            Self::Rss09 => "rss09",
            Self::Rss090 => "rss090",
            Self::Rss10 => "rss10",
            Self::Atom10 => "atom10",
            Self::Atom03 => "atom03",
            Self::Cdf => "cdf",
            Self::Json10 => "json10",
            Self::Json11 => "json11",
            Self::Html => "html",
            Self::Json => "json",
            Self::Sitemap => "sitemap",
        }
    }
}
