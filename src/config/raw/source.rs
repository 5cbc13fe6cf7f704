//! Documents that are no feeds: `[feed.select]`, `[feed.json]`, `sitemap`.

use serde_json::{Value as Json, json};
use toml::Spanned;
use toml::de::DeValue;

use super::super::source::At;
use super::leaf::{quote, text};
use super::node::{Leaf, Many, Node, Reading, Wrong, table};
use crate::poll::{JsonField, JsonItems, Picker};

impl Leaf for Picker {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        let hint = "a CSS selector, and `@` with an attribute where that holds the value: \"h2 a@href\"; \".\" is the item itself";
        Self::parse(text(value)?).map_err(|wrong| Wrong::new(wrong).hint(hint))
    }

    fn write(&self) -> String {
        quote(self.written())
    }

    fn schema() -> Json {
        json!({ "type": "string", "minLength": 1, "examples": ["h2 a@href", "time@datetime"] })
    }
}

/// The place of items: elements, not an attribute of some.
#[derive(Debug, Clone, PartialEq)]
pub struct Items(pub Picker);

impl Leaf for Items {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        let picker = Picker::read(value)?;
        if picker.is_bare() {
            Ok(Self(picker))
        } else {
            Err(Wrong::new("must fit elements, not an attribute").hint("take out the `@` and what follows"))
        }
    }

    fn write(&self) -> String {
        self.0.write()
    }

    fn schema() -> Json {
        json!({ "type": "string", "minLength": 1, "examples": ["article", "ul.news > li"] })
    }
}

const PATH: &str = "a path such as \"data.posts\", \"$.tags[*].name\" or \"['odd name']\" (RFC 9535)";

impl Leaf for JsonItems {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        Self::parse(text(value)?).map_err(|wrong| Wrong::new(wrong).hint(PATH))
    }

    fn write(&self) -> String {
        quote(self.written())
    }

    fn schema() -> Json {
        json!({ "type": "string", "minLength": 1, "examples": ["$.data.posts"] })
    }
}

impl Leaf for JsonField {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        Self::parse(text(value)?)
            .map_err(|wrong| Wrong::new(wrong).hint(format!("{PATH}, or a text with paths in braces: \"https://x.example/{{id}}\"")))
    }

    fn write(&self) -> String {
        quote(self.written())
    }

    fn schema() -> Json {
        json!({ "type": "string", "minLength": 1, "examples": ["author.name", "https://x.example/{id}"] })
    }
}

table! {
    /// A page without a feed, read by CSS selectors.
    SelectKeys "[feed.select]" {
        /// Each fits one entry.
        items: At<Items> = required,
        /// The title. Default: the first heading, else the first link's text.
        title: At<Picker>,
        /// The link. Default: the heading's, else the first.
        link: At<Picker>,
        /// What the entry is known by. Default: its link.
        id: At<Picker>,
        /// When it was published. Default: the first `time`.
        date: At<Picker>,
        /// A short body, as HTML.
        summary: At<Picker>,
        /// The whole body, as HTML.
        content: At<Picker>,
        /// The picture. Default: the first `img`.
        image: At<Picker>,
        /// The authors.
        author: At<Picker>,
        /// The categories.
        category: At<Picker>,
    }
}

table! {
    /// JSON of any form, read by paths.
    JsonKeys "[feed.json]" {
        /// The entries, or the list that holds them.
        items: At<JsonItems> = required,
        /// The title. Default: `title`.
        title: At<JsonField>,
        /// The link. Default: `url`.
        link: At<JsonField>,
        /// What the entry is known by. Default: `id`.
        id: At<JsonField>,
        /// When it was published: a text, or seconds or milliseconds since 1970.
        date: At<JsonField>,
        /// A short body, as HTML.
        summary: At<JsonField>,
        /// The whole body, as HTML.
        content: At<JsonField>,
        /// The pictures.
        image: At<JsonField>,
        /// The authors.
        author: At<JsonField>,
        /// The categories.
        category: At<JsonField>,
    }
}

table! {
    /// `sitemap`
    SitemapKeys "" {
        /// Only pages whose path begins with one of these.
        under: Many<String> = required,
    }
}

/// Whether the address is a sitemap's, and which of its pages are entries.
#[derive(Debug, Clone, PartialEq)]
pub enum SitemapKey {
    All(At<bool>),
    Some(SitemapKeys),
}

impl Node for SitemapKey {
    fn read(value: &Spanned<DeValue<'_>>, reading: &mut Reading<'_>) -> Option<Self> {
        match value.get_ref() {
            DeValue::Table(_) => SitemapKeys::read(value, reading).map(Self::Some),
            _ => At::read(value, reading).map(Self::All),
        }
    }

    fn inline(&self) -> Option<String> {
        match self {
            Self::All(all) => all.inline(),
            Self::Some(keys) => keys.inline(),
        }
    }

    fn schema() -> Json {
        json!({ "anyOf": [{ "type": "boolean" }, SitemapKeys::schema()] })
    }
}
