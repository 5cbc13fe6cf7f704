//! What a post may have beside its texts, terms and pictures: authors, format, custom fields, what search engines are told.

use serde_json::{Value as Json, json};
use toml::Spanned;
use toml::de::DeValue;

use super::super::source::At;
use super::filed::{Path, entries, written};
use super::leaf::{pick, quote, text};
use super::named::{Author, Taxonomy};
use super::node::{Leaf, Many, Node, Reading, Wrong, table};

/// Post formats (WordPress, `get_post_format_slugs`).
const FORMATS: [&str; 10] = ["standard", "aside", "chat", "gallery", "link", "image", "quote", "status", "video", "audio"];

/// A post format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format(pub &'static str);

impl Leaf for Format {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        pick(value, FORMATS.iter().map(|name| (*name, Self(name))))
    }

    fn write(&self) -> String {
        quote(self.0)
    }

    fn schema() -> Json {
        json!({ "enum": FORMATS })
    }
}

/// Whether readers may comment, or other sites ping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Openness(pub &'static str);

const OPENNESS: [&str; 2] = ["open", "closed"];

impl Leaf for Openness {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        if let DeValue::Boolean(open) = value {
            let word = if *open { "open" } else { "closed" };
            return Err(Wrong::kind("\"open\" or \"closed\"", value).hint(format!("write \"{word}\"")));
        }
        pick(value, OPENNESS.iter().map(|name| (*name, Self(name))))
    }

    fn write(&self) -> String {
        quote(self.0)
    }

    fn schema() -> Json {
        json!({ "enum": OPENNESS })
    }
}

/// A post type: its name, or what the REST API calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostTypeName(pub String);

impl Leaf for PostTypeName {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        let text = text(value)?;
        match text {
            "attachment" | "media" => {
                Err(Wrong::new(format!("can't be `{text}`")).hint("pictures are uploaded with the posts that show them"))
            }
            _ if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)) => {
                Ok(Self(text.to_owned()))
            }
            _ => Err(Wrong::new(format!("can't be `{text}`")).hint("a type's name, as in \"page\" or \"movie\", or its `rest_base`")),
        }
    }

    fn write(&self) -> String {
        quote(&self.0)
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]+$", "examples": ["post", "page"] })
    }
}

/// A template's text, or a number or yes or no as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetaText(pub String);

impl Leaf for MetaText {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        match value {
            DeValue::String(text) => Ok(Self(text.to_string())),
            DeValue::Integer(number) if number.radix() == 10 => Ok(Self(number.as_str().replace('_', ""))),
            DeValue::Float(number) => Ok(Self(number.as_str().replace('_', ""))),
            DeValue::Boolean(yes) => Ok(Self(yes.to_string())),
            other => {
                Err(Wrong::kind("a template's text, a number, or true or false", other)
                    .hint("lists and tables as JSON in a text: \"[1, 2]\""))
            }
        }
    }

    fn write(&self) -> String {
        quote(&self.0)
    }

    fn schema() -> Json {
        json!({ "type": ["string", "number", "boolean"] })
    }
}

/// What an address stands for that shall count as the text's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Canonical(pub &'static str);

const CANONICALS: [&str; 2] = ["self", "source"];

impl Leaf for Canonical {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        pick(value, CANONICALS.iter().map(|name| (*name, Self(name))))
    }

    fn write(&self) -> String {
        quote(self.0)
    }

    fn schema() -> Json {
        json!({ "enum": CANONICALS })
    }
}

/// Something that search engines shall not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Robots(pub &'static str);

const ROBOTS: [&str; 5] = ["noindex", "nofollow", "noarchive", "nosnippet", "noimageindex"];

impl Leaf for Robots {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        pick(value, ROBOTS.iter().map(|name| (*name, Self(name))))
    }

    fn write(&self) -> String {
        quote(self.0)
    }

    fn schema() -> Json {
        json!({ "enum": ROBOTS })
    }
}

table! {
    /// `seo`
    SeoKeys "" {
        /// The title that search engines show: a template.
        title: At<String>,
        /// The description that they show: a template.
        description: At<String>,
        /// Whose address counts as the text's own: the post's (`"self"`) or the entry's (`"source"`).
        canonical: At<Canonical>,
        /// What search engines shall not do: `"noindex"`, `"nofollow"`, `"noarchive"`, `"nosnippet"`, `"noimageindex"`.
        robots: Many<Robots>,
    }
}

impl SeoKeys {
    /// What it says itself, and `under` where it says nothing.
    pub fn over(self, under: Option<&Self>) -> Self {
        let Some(under) = under else { return self };
        Self {
            at: self.at,
            title: self.title.or_else(|| under.title.clone()),
            description: self.description.or_else(|| under.description.clone()),
            canonical: self.canonical.or_else(|| under.canonical.clone()),
            robots: self.robots.or_else(|| under.robots.clone()),
        }
    }
}

/// Names, each with something that it has: what one says is joined with what another says, name by name.
#[derive(Debug, Clone, PartialEq)]
pub struct ByName<T>(pub Vec<(At<String>, T)>);

impl<T: Clone> ByName<T> {
    /// Its own, and those of `under` that it doesn't name.
    pub fn over(self, under: Option<&Self>) -> Self {
        let known = under.map_or(&[][..], |under| &under.0);
        let mut all = self.0;
        let inherited: Vec<_> = known.iter().filter(|(name, _)| !all.iter().any(|(own, _)| own.value == name.value)).cloned().collect();
        all.extend(inherited);
        Self(all)
    }
}

fn by_name<T: Node>(value: &Spanned<DeValue<'_>>, hint: &str, reading: &mut Reading<'_>) -> Option<ByName<T>> {
    let key = reading.key.clone();
    let entries = entries(value, hint, reading)?;
    let read = |(name, value): (At<String>, &Spanned<DeValue<'_>>)| {
        reading.key = format!("{key}.{}", name.value);
        Some((name, T::read(value, reading)?))
    };
    Some(ByName(entries.into_iter().filter_map(read).collect()))
}

fn told<T: Node>(all: &ByName<T>) -> String {
    written(all.0.iter().map(|(name, value)| (name.value.as_str(), value.inline())))
}

impl Node for ByName<At<Author>> {
    fn read(value: &Spanned<DeValue<'_>>, reading: &mut Reading<'_>) -> Option<Self> {
        by_name(value, "name each author with a WordPress user: `authors = { \"Jane Doe\" = \"jane\", any = \"editor\" }`", reading)
    }

    fn inline(&self) -> Option<String> {
        Some(told(self))
    }

    fn schema() -> Json {
        json!({ "type": "object", "additionalProperties": Author::schema() })
    }
}

impl Node for ByName<At<MetaText>> {
    fn read(value: &Spanned<DeValue<'_>>, reading: &mut Reading<'_>) -> Option<Self> {
        by_name(value, "name each custom field with its text: `meta = { source_url = \"{{ link }}\" }`", reading)
    }

    fn inline(&self) -> Option<String> {
        Some(told(self))
    }

    fn schema() -> Json {
        json!({ "type": "object", "additionalProperties": MetaText::schema() })
    }
}

/// Names of terms by taxonomy.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TermLists(pub Vec<(At<Taxonomy>, Many<Path>)>);

impl TermLists {
    /// Its own, and those of `under` in taxonomies that it doesn't name.
    pub fn over(self, under: Option<&Self>) -> Self {
        let known = under.map_or(&[][..], |under| &under.0);
        let mut all = self.0;
        let inherited: Vec<_> = known.iter().filter(|(to, _)| !all.iter().any(|(own, _)| own.value == to.value)).cloned().collect();
        all.extend(inherited);
        Self(all)
    }
}

impl Node for TermLists {
    fn read(value: &Spanned<DeValue<'_>>, reading: &mut Reading<'_>) -> Option<Self> {
        let key = reading.key.clone();
        let DeValue::Table(places) = value.get_ref() else {
            let hint = "name each taxonomy with its terms: `terms = { genres = [\"Jazz\"], categories = \"News > Tech\" }`";
            reading.wrong(value.span(), Wrong::kind("a table", value.get_ref()).hint(hint));
            return None;
        };
        let mut read = Vec::new();
        for (to, names) in places {
            reading.key = format!("{key}.{}", to.get_ref());
            match Taxonomy::read(&DeValue::String(to.get_ref().clone())) {
                Ok(taxonomy) => {
                    let to = At { value: taxonomy, at: reading.place(to.span()) };
                    read.extend(Node::read(names, reading).map(|names: Many<Path>| (to, names)));
                }
                Err(wrong) => {
                    reading.key.clone_from(&key);
                    reading.wrong(to.span(), wrong);
                }
            }
        }
        read.sort_by_key(|(to, _)| to.at.span.start);
        Some(Self(read))
    }

    fn inline(&self) -> Option<String> {
        Some(written(self.0.iter().map(|(to, names)| (to.value.0.as_str(), names.inline()))))
    }

    fn schema() -> Json {
        json!({ "type": "object", "additionalProperties": Many::<Path>::schema() })
    }
}
