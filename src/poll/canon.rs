//! The document that feed-rs reads: canonical Atom 1.0 with one short element for each thing that feed-rs is asked for.

use url::Url;

use super::text::is_xml;

/// A text may be so long in it, in bytes; what is longer is cut.
const MAX_TEXT: usize = 20_000;

/// Writes the document.
#[derive(Debug, Default)]
pub(super) struct Canon {
    out: String,
}

/// A link of an entry or a feed; its address as written.
#[derive(Debug, Default, Clone)]
pub(super) struct Link {
    pub href: String,
    pub rel: Option<String>,
    pub media: Option<String>,
}

impl Link {
    /// Whether it has the relation; a link without any is `alternate`.
    pub(super) fn is(&self, rel: &str) -> bool {
        self.rel.as_deref().unwrap_or("alternate").split_ascii_whitespace().any(|own| {
            // a registered relation may be written as an address (RFC 4287, section 4.2.7.2)
            let own = own.strip_prefix("http://www.iana.org/assignments/relation/").unwrap_or(own);
            own.eq_ignore_ascii_case(rel)
        })
    }
}

impl Canon {
    pub(super) fn feed(language: Option<&str>) -> Self {
        let mut canon = Self { out: "<feed xmlns=\"http://www.w3.org/2005/Atom\"".to_owned() };
        canon.attribute("xml:lang", language);
        canon.out.push('>');
        canon
    }

    pub(super) fn begin_entry(&mut self, base: Option<&Url>) {
        self.out.push_str("<entry");
        self.attribute("xml:base", base.map(Url::as_str));
        self.out.push('>');
    }

    pub(super) fn end_entry(&mut self) {
        self.out.push_str("</entry>");
    }

    /// An element of plain text; an empty one is left out, as feed-rs refuses the feed for it.
    pub(super) fn text(&mut self, name: &str, text: Option<&str>) {
        let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return };
        self.out.extend(["<", name, ">"]);
        self.escaped(text);
        self.out.extend(["</", name, ">"]);
    }

    pub(super) fn link(&mut self, link: &Link) {
        self.out.push_str("<link");
        self.attribute("href", Some(link.href.trim()));
        self.attribute("type", link.media.as_deref());
        self.out.push_str("/>");
    }

    pub(super) fn category(&mut self, term: &str) {
        self.out.push_str("<category");
        self.attribute("term", Some(term));
        self.out.push_str("/>");
    }

    /// The feed with its entries.
    pub(super) fn finish(mut self, entries: &Self) -> String {
        self.out.push_str(&entries.out);
        self.out.push_str("</feed>");
        self.out
    }

    fn attribute(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.out.extend([" ", name, "=\""]);
            self.escaped(value);
            self.out.push('"');
        }
    }

    fn escaped(&mut self, text: &str) {
        let mut rest = &text[..text.floor_char_boundary(MAX_TEXT)];
        while let Some(at) = rest.find(|c: char| matches!(c, '&' | '<' | '>' | '"') || !is_xml(c)) {
            self.out.push_str(&rest[..at]);
            let found = rest[at..].chars().next().unwrap_or(' ');
            self.out.push_str(match found {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&quot;",
                _ => "",
            });
            rest = &rest[at + found.len_utf8()..];
        }
        self.out.push_str(rest);
    }
}
