//! Every field that rules and templates can read, in one table.

use minijinja::value::Value;

use super::composing::Composing;
use super::text::one_line;
use super::view::{Seen, host};
use crate::domain::Timestamp;

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
    /// A list of entries, each with the fields of one.
    Entries,
}

/// When a field is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Known {
    /// From the entry itself, before its sites are chosen and anything is fetched for it.
    Early,
    /// Once its site is chosen and its picture was looked for.
    Late,
}

/// One field: its line in the table says all there is to say of it.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    pub name: &'static str,
    pub kind: Kind,
    pub known: Known,
    /// One sentence for the documentation.
    pub doc: &'static str,
    pub(super) value: Get,
}

/// Where a field's value comes from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Get {
    Early(fn(&Seen) -> Value),
    Late(fn(&Composing<'_>) -> Value),
}

const fn early(name: &'static str, kind: Kind, value: fn(&Seen) -> Value, doc: &'static str) -> Field {
    Field { name, kind, known: Known::Early, doc, value: Get::Early(value) }
}

const fn late(name: &'static str, kind: Kind, value: fn(&Composing<'_>) -> Value, doc: &'static str) -> Field {
    Field { name, kind, known: Known::Late, doc, value: Get::Late(value) }
}

use Kind::{List, Markup, Number, Text, Time};

/// Every field, early ones first. A new one is a line here and a line in `docs/rules.md`.
pub const FIELDS: &[Field] = &[
    early("title", Text, |s| text(&s.title), "The entry's title."),
    early("text", Text, |s| text(&s.text), "The body as plain text, paragraphs parted by an empty line."),
    early("html", Markup, |s| markup(&s.html), "The body as sanitised HTML with absolute links."),
    early("summary", Text, |s| text(&s.summary), "The feed's own summary as plain text."),
    early("words", Number, |s| s.words.into(), "How many words the body has."),
    early("author", Text, |s| s.authors.join(", ").into(), "The authors' names, parted by commas."),
    early("authors", List, |s| list(&s.authors), "The authors' names."),
    early("categories", List, |s| list(&s.categories), "The categories as the feed writes them."),
    early("link", Text, |s| maybe(s.link.as_deref()), "The permalink (http or https only)."),
    early("host", Text, |s| s.link.as_deref().and_then(host).unwrap_or_default().into(), "The permalink's host, without `www.`."),
    early("guid", Text, |s| text(&s.guid), "The entry's GUID as the feed has it."),
    early("feed", Text, |s| text(&s.feed), "The feed's `name` in the configuration."),
    early("feed_title", Text, |s| text(&s.feed_title), "What the feed calls itself; else the host of its home or of the link."),
    early("feed_link", Text, |s| text(&s.feed_link), "The site that the feed belongs to."),
    early("published", Time, |s| time(s.published), "When the feed says that it was published."),
    early("updated", Time, |s| time(s.updated), "When the feed says that it was last changed."),
    early("age", Number, |s| s.age.into(), "Hours since it was published; since it was first seen where the feed gives no date."),
    early("language", Text, |s| text(s.language()), "The language that the feed claims, else the one that is detected: `en`, `de-AT`."),
    early("claimed_language", Text, |s| text(&s.claimed_language), "The language that the entry claims, else the feed."),
    early(
        "detected_language",
        Text,
        |s| text(s.detected_language()),
        "The language of title and text by their words, where that is certain.",
    ),
    early("copyright", Text, |s| text(&s.copyright), "The copyright line of the entry, else of the feed."),
    early("images", List, |s| list(&s.images), "Addresses of the pictures that the feed names beside the body."),
    early("enclosures", List, |s| list(&s.enclosures), "Addresses of everything else that is attached."),
    late("rights", Text, |c| text(&c.recipe.rights), "The feed's `rights` key: what the operator may use."),
    late("site", Text, |c| text(&c.recipe.site), "The site's `name` in the configuration."),
    late("site_language", Text, |c| maybe(c.recipe.language.as_deref()), "The site's language."),
    late("tags", List, |c| c.terms.tags().into(), "The tags that it has so far."),
    late("status", Text, |c| c.status.as_str().into(), "The status that it has so far."),
    late("image", Text, |c| maybe(c.image().map(|image| image.url.as_str())), "The address of the picture that was chosen."),
    late("image_alt", Text, |c| maybe(c.image().map(|image| image.alt.as_str())), "The description of the picture that was chosen."),
    late(
        "picture",
        Markup,
        |c| Value::from_safe_string(c.picture()),
        "The chosen picture as an image block that points at its source's server.",
    ),
    late("excerpt", Text, |c| one_line(c.prepared.excerpt).into(), "60 words at most, in whole sentences."),
    late("excerpt_words", Number, |c| c.prepared.excerpt_words.taken.into(), "How many words the excerpt has."),
    late(
        "blocks",
        Markup,
        |c| markup(c.prepared.blocks),
        "The whole body as the site's `editor` wants it: WordPress blocks, or classic HTML.",
    ),
    late(
        "content",
        Markup,
        |c| Value::from_safe_string(c.content()),
        "What the `content` key says, as the site's `editor` wants it: the excerpt's paragraphs or the whole body.",
    ),
    late(
        "source_line",
        Markup,
        |c| Value::from_safe_string(c.source_line()),
        "The source with link and author, in the site's language, as a paragraph block.",
    ),
    late("score", Number, |c| c.score.sum.into(), "The sum of the weights that rules have given so far."),
    late("key", Text, |c| text(c.prepared.key), "The 13 characters that name the delivery."),
    late(
        "image_caption",
        Text,
        |c| maybe(c.image().map(|image| image.caption.as_str())),
        "What stands below the picture that was chosen, where its source says it.",
    ),
    late(
        "image_credit",
        Text,
        |c| maybe(c.image().map(|image| image.credit.as_str())),
        "Who made the picture that was chosen, where its source says it.",
    ),
    late("licence", Text, |c| text(c.prepared.licence), "The licence that the feed or the page names: `cc-by-sa`, or its address."),
    late(
        "signals",
        List,
        |c| c.prepared.signals.iter().map(|signal| signal.name.clone()).collect::<Vec<_>>().into(),
        "What the publisher says of its use: `robots`, `noai`, `noimageai`, `tdm`, `rsl`, `copyright`, a licence's name.",
    ),
];

/// The field of that name.
pub fn field(name: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|field| field.name == name)
}

fn text(text: &str) -> Value {
    Value::from(text)
}

fn maybe(text: Option<&str>) -> Value {
    Value::from(text.unwrap_or_default())
}

fn markup(html: &str) -> Value {
    Value::from_safe_string(html.to_owned())
}

fn list(texts: &[String]) -> Value {
    texts.iter().map(String::as_str).collect()
}

fn time(time: Option<Timestamp>) -> Value {
    Value::from(time.map(|time| time.to_string()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn early_fields_stand_before_late_ones_and_no_name_twice() {
        assert!(FIELDS.is_sorted_by_key(|field| field.known));
        for (at, field) in FIELDS.iter().enumerate() {
            assert_eq!(field.known == Known::Early, matches!(field.value, Get::Early(_)), "{}", field.name);
            assert_eq!(FIELDS.iter().position(|other| other.name == field.name), Some(at), "{}", field.name);
            assert!(field.doc.ends_with('.') || field.doc.ends_with(')'), "{}", field.name);
        }
    }
}
