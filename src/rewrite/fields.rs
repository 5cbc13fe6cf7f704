//! Every field that rules and templates can read, in one table.

/// What a field holds, as far as a comparison cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Plain text; empty where the entry has none.
    Text,
    /// Sanitised markup; only the body of a post may show it.
    Markup,
    Number,
    /// Text such as `2026-11-22T12:52:56Z`, which sorts as time does; empty where there is none.
    Time,
    /// A list of texts.
    List,
}

/// When a field is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Known {
    /// From the entry itself, before its sites are chosen and anything is fetched for it.
    Early,
    /// Once its site is chosen and its picture was looked for.
    Late,
}

/// One field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    pub name: &'static str,
    pub kind: Kind,
    pub known: Known,
    /// One sentence for the documentation.
    pub doc: &'static str,
}

const fn early(name: &'static str, kind: Kind, doc: &'static str) -> Field {
    Field { name, kind, known: Known::Early, doc }
}

const fn late(name: &'static str, kind: Kind, doc: &'static str) -> Field {
    Field { name, kind, known: Known::Late, doc }
}

use Kind::{List, Markup, Number, Text, Time};

/// How many of [`FIELDS`] are early.
pub(super) const EARLY: usize = 21;
/// How many of [`FIELDS`] are late.
pub(super) const LATE: usize = 16;

/// Every field, early ones first.
pub const FIELDS: [Field; EARLY + LATE] = [
    early("title", Text, "The entry's title."),
    early("text", Text, "The body as plain text, paragraphs parted by an empty line."),
    early("html", Markup, "The body as sanitised HTML with absolute links."),
    early("summary", Text, "The feed's own summary as plain text."),
    early("words", Number, "How many words the body has."),
    early("author", Text, "The authors' names, parted by commas."),
    early("authors", List, "The authors' names."),
    early("categories", List, "The categories as the feed writes them."),
    early("link", Text, "The permalink (http or https only)."),
    early("host", Text, "The permalink's host, without `www.`."),
    early("guid", Text, "The entry's GUID as the feed has it."),
    early("feed", Text, "The feed's `name` in the configuration."),
    early("feed_title", Text, "What the feed calls itself; else the host of its home or of the link."),
    early("feed_link", Text, "The site that the feed belongs to."),
    early("published", Time, "When the feed says that it was published."),
    early("updated", Time, "When the feed says that it was last changed."),
    early("age", Number, "Hours since it was published; since it was first seen where the feed gives no date."),
    early("language", Text, "The entry's language, else the feed's: `en`, `de-AT`."),
    early("copyright", Text, "The copyright line of the entry, else of the feed."),
    early("images", List, "Addresses of the pictures that the feed names beside the body."),
    early("enclosures", List, "Addresses of everything else that is attached."),
    late("rights", Text, "The feed's `rights` key: what the operator may use."),
    late("site", Text, "The site's `name` in the configuration."),
    late("site_language", Text, "The site's language."),
    late("tags", List, "The tags that it has so far."),
    late("status", Text, "The status that it has so far."),
    late("image", Text, "The address of the picture that was chosen."),
    late("image_alt", Text, "The description of the picture that was chosen."),
    late("picture", Markup, "The chosen picture as an image block that points at its source's server."),
    late("excerpt", Text, "60 words at most, in whole sentences."),
    late("excerpt_words", Number, "How many words the excerpt has."),
    late("blocks", Markup, "The whole body as WordPress blocks."),
    late("content", Markup, "What the `content` key says, as blocks: the excerpt's paragraphs or the whole body."),
    late("source_line", Markup, "The source with link and author, in the site's language, as a paragraph block."),
    late("key", Text, "The 13 characters that name the delivery."),
    late("image_caption", Text, "What stands below the picture that was chosen, where its source says it."),
    late("image_credit", Text, "Who made the picture that was chosen, where its source says it."),
];

/// The field of that name.
pub fn field(name: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|field| field.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn early_fields_stand_before_late_ones_and_no_name_twice() {
        for (at, field) in FIELDS.iter().enumerate() {
            assert_eq!(field.known, if at < EARLY { Known::Early } else { Known::Late }, "{}", field.name);
            assert_eq!(FIELDS.iter().position(|other| other.name == field.name), Some(at), "{}", field.name);
            assert!(field.doc.ends_with('.') || field.doc.ends_with(')'), "{}", field.name);
        }
    }
}
