//! Every field that a digest's templates can read, in one table.

use super::super::fields::Kind;

/// One field of a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DigestField {
    pub name: &'static str,
    pub kind: Kind,
    /// One sentence for the documentation.
    pub doc: &'static str,
}

const fn is(name: &'static str, kind: Kind, doc: &'static str) -> DigestField {
    DigestField { name, kind, doc }
}

/// Every field of a digest.
pub const DIGEST_FIELDS: [DigestField; 11] = [
    is("entries", Kind::Entries, "What it shows, in its order: each has the fields of an entry, as in `entry.title`, but for `key`."),
    is("count", Kind::Number, "How many entries it shows."),
    is("sources", Kind::List, "What the entries' feeds call themselves, each once."),
    is("digest", Kind::Text, "The digest's `name` in the configuration."),
    is("from", Kind::Time, "When the window before ended, by the digest's own clocks."),
    is("until", Kind::Time, "When this window ends, by the digest's own clocks."),
    is("day", Kind::Time, "The day on which the window ends, for `day|date('%d %B %Y')`."),
    is("site", Kind::Text, "The site's `name` in the configuration."),
    is("site_language", Kind::Text, "The site's language."),
    is("status", Kind::Text, "The status that the post gets."),
    is("key", Kind::Text, "The 13 characters that name the delivery."),
];

/// The digest's field of that name.
pub fn digest_field(name: &str) -> Option<&'static DigestField> {
    DIGEST_FIELDS.iter().find(|field| field.name == name)
}

/// Fields of an entry that mean nothing in a digest.
pub(in super::super) fn hidden(name: &str) -> bool {
    name == "key"
}
