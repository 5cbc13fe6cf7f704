//! `[[feed.example]]`: a made-up entry, and what shall become of it.

use std::time::Duration;

use serde_json::{Value as Json, json};
use toml::de::DeValue;

use super::super::source::At;
use super::named::Author;
use super::node::{Leaf, Many, Wrong, table};
use crate::domain::{Status, Timestamp};

table! {
    /// An entry that `check` tries.
    Example "[[feed.example]]" {
        /// Its title.
        title: At<String>,
        /// Its body as plain text, paragraphs parted by an empty line.
        text: At<String>,
        /// Its body as HTML, in place of `text`.
        html: At<String>,
        /// Its summary as HTML.
        summary: At<String>,
        /// Its permalink.
        link: At<String>,
        /// Its GUID. Default: the permalink.
        guid: At<String>,
        /// Its author, or a list of them.
        author: Many<String>,
        /// Its categories.
        categories: Many<String>,
        /// When it was published: a date and time.
        published: At<Timestamp>,
        /// How long ago that is. Default: it is new.
        age: At<Duration>,
        /// The language that it claims.
        language: At<String>,
        /// Its copyright line.
        copyright: At<String>,
        /// Addresses of its pictures.
        images: Many<String>,
        /// What shall become of it.
        expect: Expect = required,
    }
}

table! {
    /// `expect`
    Expect "" {
        /// It goes nowhere: `true`, or the reason; `false`: it goes somewhere.
        skip: At<SkipWish>,
        /// It waits for a person: `true`, or the reason.
        hold: At<SkipWish>,
        /// Where it goes.
        site: Many<String>,
        /// Its tags, in any order.
        tags: Many<String>,
        /// Its categories, in any order.
        categories: Many<String>,
        /// Its post's status.
        status: At<Status>,
        /// Its post's author.
        author: At<Author>,
        /// Its post's title.
        title: At<String>,
        /// Its post's excerpt.
        excerpt: At<String>,
        /// What its post's content has in it, or a list of such texts.
        content: Many<String>,
        /// Its score.
        score: At<i32>,
    }
}

/// Whether, or why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SkipWish {
    Yes(bool),
    Because(String),
}

impl Leaf for SkipWish {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        match value {
            DeValue::Boolean(yes) => Ok(Self::Yes(*yes)),
            DeValue::String(text) if !text.trim().is_empty() => Ok(Self::Because(text.to_string())),
            other => Err(Wrong::kind("true, false or a reason", other).hint("write `true`, or the reason as the rule has it: \"advert\"")),
        }
    }

    fn write(&self) -> String {
        match self {
            Self::Yes(yes) => yes.to_string(),
            Self::Because(text) => super::quote(text),
        }
    }

    fn schema() -> Json {
        json!({ "anyOf": [{ "type": "boolean" }, { "type": "string", "minLength": 1 }] })
    }
}

impl Leaf for Timestamp {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        let text = match value {
            DeValue::Datetime(at) => at.to_string(),
            DeValue::String(text) => text.to_string(),
            other => return Err(Wrong::kind("a date and time", other).hint("as in 2026-11-22T12:52:56Z")),
        };
        // a date alone is its midnight, a time without a zone is in UTC
        let forms = [text.clone(), format!("{text}Z"), format!("{text}T00:00:00Z")];
        let at = forms.iter().find_map(|text| Self::parse(text));
        at.ok_or_else(|| Wrong::new(format!("can't be `{text}`")).hint("a date and time, as in 2026-11-22T12:52:56Z"))
    }

    fn write(&self) -> String {
        self.to_string()
    }

    fn schema() -> Json {
        json!({ "type": "string", "format": "date-time" })
    }
}
