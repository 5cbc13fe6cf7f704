//! What is changed of texts and links before they go out: `boilerplate`, `replace`, `links`.

use serde_json::{Map, Value as Json, json};
use toml::Spanned;
use toml::de::DeValue;

use super::super::source::{At, Place};
use super::leaf::{pick, quote, text};
use super::node::{Leaf, Many, Node, Reading, Table, Wrong, table};

table! {
    /// `boilerplate`
    Boilerplate "" {
        /// Regular expressions: a paragraph, heading or quote that one of them finds is left out.
        remove: Many<String>,
        /// Built-in rules that shall not hold (`wirepress rules tails` lists them).
        keep: Many<String>,
    }
}

table! {
    /// `boilerplate` of a rule
    RuleBoilerplate "" {
        /// Regular expressions: a paragraph, heading or quote that one of them finds is left out.
        remove: Many<String>,
    }
}

table! {
    /// `links`
    Links "" {
        /// What every link of the body says of itself: `nofollow`, `ugc`, `sponsored`, `noopener`, `noreferrer`, `external`.
        rel: Many<Rel>,
        /// Parameters that links to a host get.
        affiliate: Listed<Affiliate>,
    }
}

table! {
    /// `affiliate`
    Affiliate "" {
        /// The host; those below it are meant, too.
        host: At<String> = required,
        /// The parameter: `tag=mine-21`. One of that name is replaced.
        add: At<String> = required,
    }
}

/// One replacement. Written by hand, as `in` is a word of Rust's.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Replacement {
    /// Where the table begins.
    pub at: Place,
    /// A text, as it stands.
    pub find: Option<At<String>>,
    /// A regular expression.
    pub regex: Option<At<String>>,
    pub with: Option<At<Plain>>,
    pub places: Option<Many<InPlace>>,
}

const KEYS: [(&str, &str); 4] = [
    ("find", "The text that is looked for, letter by letter."),
    ("regex", "The regular expression that is looked for, in place of `find`."),
    ("with", "What takes its place; `$1` is the first group of a `regex`. Nothing takes it out."),
    ("in", "Where: `\"title\"`, `\"body\"`, `\"excerpt\"`, or a list of them. Default: all three."),
];

impl Table for Replacement {
    const TITLE: &'static str = "";

    fn keys() -> Vec<&'static str> {
        KEYS.iter().map(|(key, _)| *key).collect()
    }

    fn required() -> Vec<&'static str> {
        Vec::new()
    }

    fn take(&mut self, key: &str, value: &Spanned<DeValue<'_>>, reading: &mut Reading<'_>) -> bool {
        match key {
            "find" => self.find = Node::read(value, reading),
            "regex" => self.regex = Node::read(value, reading),
            "with" => self.with = Node::read(value, reading),
            "in" => self.places = Node::read(value, reading),
            _ => return false,
        }
        true
    }

    fn lines(&self) -> Vec<String> {
        let Self { at: _, find, regex, with, places } = self;
        let written = [
            find.as_ref().and_then(Node::inline),
            regex.as_ref().and_then(Node::inline),
            with.as_ref().and_then(Node::inline),
            places.as_ref().and_then(Node::inline),
        ];
        KEYS.iter().zip(written).filter_map(|((key, _), text)| Some(format!("{key} = {}", text?))).collect()
    }

    fn parts(&self, _path: &str, _out: &mut String) {}

    fn properties(properties: &mut Map<String, Json>) {
        let schemas = [<At<String>>::schema(), <At<String>>::schema(), <At<Plain>>::schema(), <Many<InPlace>>::schema()];
        for ((key, about), mut schema) in KEYS.into_iter().zip(schemas) {
            schema["description"] = about.into();
            properties.insert(key.to_owned(), schema);
        }
    }

    fn about() -> &'static str {
        "a replacement"
    }

    fn set_place(&mut self, at: Place) {
        self.at = at;
    }
}

/// A text that may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plain(pub String);

impl Leaf for Plain {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        text(value).map(|text| Self(text.to_owned()))
    }

    fn write(&self) -> String {
        quote(&self.0)
    }

    fn schema() -> Json {
        json!({ "type": "string" })
    }
}

/// Where something is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InPlace {
    Title,
    Body,
    Excerpt,
}

const PLACES: [(&str, InPlace); 3] = [("title", InPlace::Title), ("body", InPlace::Body), ("excerpt", InPlace::Excerpt)];

impl Leaf for InPlace {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        pick(value, PLACES)
    }

    fn write(&self) -> String {
        quote(PLACES.iter().find(|(_, place)| place == self).map_or("", |(name, _)| name))
    }

    fn schema() -> Json {
        json!({ "enum": PLACES.map(|(name, _)| name) })
    }
}

/// What a link says of itself (HTML, section 4.6.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rel(pub &'static str);

const RELS: [&str; 6] = ["nofollow", "ugc", "sponsored", "noopener", "noreferrer", "external"];

impl Leaf for Rel {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        pick(value, RELS.into_iter().map(|name| (name, Self(name))))
    }

    fn write(&self) -> String {
        quote(self.0)
    }

    fn schema() -> Json {
        json!({ "enum": RELS })
    }
}

/// A list of tables that are written inline: `[{ … }, { … }]`; one alone needs no brackets.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed<T>(pub Vec<T>);

impl<T: Table> Node for Listed<T> {
    fn read(value: &Spanned<DeValue<'_>>, reading: &mut Reading<'_>) -> Option<Self> {
        let key = reading.key.clone();
        match value.get_ref() {
            DeValue::Table(_) => T::read(value, reading).map(|one| Self(vec![one])),
            DeValue::Array(values) => {
                let mut read = Vec::new();
                for value in values.iter() {
                    reading.key.clone_from(&key);
                    read.extend(T::read(value, reading));
                }
                Some(Self(read))
            }
            other => {
                let wrong = Wrong::kind("a list of tables", other).hint(format!("write `{key} = [{{ … }}, {{ … }}]`"));
                reading.wrong(value.span(), wrong);
                None
            }
        }
    }

    fn inline(&self) -> Option<String> {
        let all: Vec<String> = self.0.iter().map(|table| format!("{{ {} }}", table.lines().join(", "))).collect();
        Some(format!("[{}]", all.join(", ")))
    }

    fn schema() -> Json {
        json!({ "type": "array", "items": T::schema() })
    }
}
