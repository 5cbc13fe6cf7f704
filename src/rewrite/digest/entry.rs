//! One entry as a digest shows it: all that templates may read of it, as it was when it was composed.

use std::collections::BTreeMap;

use minijinja::value::Value;
use serde::{Deserialize, Serialize};

use super::super::also;
use super::super::fields::{FIELDS, Kind};
use super::super::view::Context;
use super::Frame;
use super::fields::hidden;
use crate::domain::{Also, Draft, DraftImage, Timestamp};

/// The field beside which all others are named who cover an entry's story.
const SOURCE_LINE: &str = "source_line";

/// One entry of a digest, as it is stored until the window ends.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DigestEntry {
    /// Plain text, never empty.
    pub title: String,
    /// The permalink.
    pub link: Option<String>,
    pub published: Option<Timestamp>,
    pub image: Option<DraftImage>,
    /// Those of its body that are to be copied.
    pub pictures: Vec<DraftImage>,
    /// What its pictures were made to fit into: side and bytes.
    pub image_limits: Option<(u32, u64)>,
    /// Why a person shall look at it first.
    pub hold: Option<String>,
    /// Who else covers its story, as far as that is known when the window ends: no part of what is stored.
    #[serde(skip)]
    pub also: Vec<Also>,
    /// The fields of the entry, by their names; markup as its text.
    pub(super) fields: BTreeMap<String, serde_json::Value>,
}

impl DigestEntry {
    /// What its rules' weights came to; 0 where it was not weighed.
    pub(super) fn score(&self) -> i64 {
        self.fields.get("score").and_then(serde_json::Value::as_i64).unwrap_or(0)
    }

    /// Keeps what the fields say now. The source line loses the mark of the entry's own delivery: the post is another's.
    pub(in super::super) fn new(context: &Context, draft: &Draft, key: &str, published: Option<Timestamp>, hold: Option<&str>) -> Self {
        let mut fields = BTreeMap::new();
        for field in FIELDS.iter().filter(|field| !hidden(field.name)) {
            let Some(value) = context.get(field.name) else { continue };
            let value = match field.kind {
                Kind::Markup => serde_json::Value::from(value.to_string().replace(&format!(" wirepress-{key}"), "")),
                _ => stored(&value),
            };
            fields.insert(field.name.to_owned(), value);
        }
        fields.insert("title".to_owned(), draft.title.clone().into());
        fields.insert("excerpt".to_owned(), draft.excerpt.clone().into());
        Self {
            title: draft.title.clone(),
            link: draft.source.clone(),
            published,
            image: draft.image.clone(),
            pictures: draft.pictures.clone(),
            image_limits: draft.image_limits,
            hold: hold.map(str::to_owned),
            also: Vec::new(),
            fields,
        }
    }

    /// The markup that names its source, where it has any.
    pub(in super::super) fn source_line(&self) -> Option<&str> {
        self.fields.get(SOURCE_LINE)?.as_str().map(str::trim).filter(|line| !line.is_empty())
    }

    /// As it is stored.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("texts, numbers and lists are JSON")
    }

    /// From what was stored; `None`: that is not one.
    pub fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// What its feed calls itself.
    pub(super) fn source(&self) -> Option<&str> {
        self.fields.get("feed_title")?.as_str()
    }

    /// As templates see it; beside its source stand all others who cover its story. A field that is younger than the entry reads as
    /// empty, never as unknown.
    pub(super) fn value(&self, frame: &Frame<'_>) -> Value {
        let others = also::line(frame.editor, &self.also, frame.language);
        let value = |name: &str, kind: Kind| match (self.fields.get(name), kind) {
            (Some(stored), Kind::Markup) if name == SOURCE_LINE && others.is_some() => {
                let lines = [stored.as_str().unwrap_or_default(), others.as_deref().unwrap_or_default()];
                Value::from_safe_string(lines.join("\n\n").trim_start().to_owned())
            }
            (Some(stored), Kind::Markup) => Value::from_safe_string(stored.as_str().unwrap_or_default().to_owned()),
            (Some(stored), _) if !stored.is_null() => shown(stored),
            (_, Kind::Number) => Value::from(0),
            (_, Kind::List | Kind::Entries) => Value::from(Vec::<String>::new()),
            (_, Kind::Markup) => Value::from_safe_string(String::new()),
            (_, Kind::Text | Kind::Time) => Value::from(""),
        };
        Value::from_pairs(FIELDS.iter().filter(|field| !hidden(field.name)).map(|field| (field.name, value(field.name, field.kind))))
    }

    /// A made-up one, to try templates on.
    pub(in super::super) fn tried(context: &Context) -> Self {
        let draft = Draft { title: "A title".to_owned(), ..Draft::default() };
        Self::new(context, &draft, "0123456789abc", None, None)
    }
}

/// The same entry, as it is stored, as one that waits for a person, for this reason; what can't be read stays as it is.
pub fn hold_in_digest(entry: &str, because: &str) -> String {
    match DigestEntry::from_json(entry) {
        Some(read) => DigestEntry { hold: Some(because.to_owned()), ..read }.to_json(),
        None => entry.to_owned(),
    }
}

/// An entry as it is told now, in the place of what was stored; what waits for a person goes on waiting.
pub fn told_again(was: &str, is: &str) -> String {
    match (DigestEntry::from_json(was), DigestEntry::from_json(is)) {
        (Some(DigestEntry { hold: Some(hold), .. }), Some(is)) if is.hold.is_none() => DigestEntry { hold: Some(hold), ..is }.to_json(),
        _ => is.to_owned(),
    }
}

/// A text, a number or a list of texts, as JSON.
fn stored(value: &Value) -> serde_json::Value {
    if let Some(text) = value.as_str() {
        return text.into();
    }
    if let Some(number) = value.as_i64() {
        return number.into();
    }
    match f64::try_from(value.clone()) {
        Ok(number) => number.into(),
        Err(_) => value.try_iter().into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)).collect(),
    }
}

/// The same back.
fn shown(stored: &serde_json::Value) -> Value {
    match stored {
        serde_json::Value::String(text) => Value::from(text.as_str()),
        serde_json::Value::Array(texts) => texts.iter().filter_map(serde_json::Value::as_str).collect(),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(number) => number.into(),
            None => number.as_f64().unwrap_or_default().into(),
        },
        _ => Value::from(""),
    }
}
