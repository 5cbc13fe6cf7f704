//! The formats that are read.

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
}

impl Format {
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
        }
    }
}
