//! Texts that must be of a form: names of users and taxonomies, rights, encodings, forms of dates.

use serde_json::{Value as Json, json};
use toml::de::DeValue;

use super::super::problem::nearest;
use super::leaf::{pick, quote, text};
use super::node::{Leaf, Wrong};
use crate::poll::{self, DateFormatError};

/// A WordPress user: a login name, or an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author(pub String);

impl Leaf for Author {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        match value {
            DeValue::Integer(_) => u32::read(value).map(|id| Self(id.to_string())),
            other => String::read(other).map(Self),
        }
    }

    fn write(&self) -> String {
        if self.0.bytes().all(|byte| byte.is_ascii_digit()) { self.0.clone() } else { quote(&self.0) }
    }

    fn schema() -> Json {
        json!({ "type": ["string", "integer"] })
    }
}

/// A taxonomy as the REST API calls it (`rest_base`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taxonomy(pub String);

impl Leaf for Taxonomy {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        let text = text(value)?;
        match text {
            "tag" | "post_tag" => Err(Wrong::new(format!("can't be `{text}`")).hint("did you mean `tags`?")),
            "category" => Err(Wrong::new("can't be `category`").hint("did you mean `categories`?")),
            _ if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)) => {
                Ok(Self(text.to_owned()))
            }
            _ => Err(Wrong::new(format!("can't be `{text}`")).hint("`tags`, `categories`, or a taxonomy's name in the REST API")),
        }
    }

    fn write(&self) -> String {
        quote(&self.0)
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]+$", "examples": ["tags", "categories"] })
    }
}

/// What the operator may do with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rights(pub &'static str);

const RIGHTS: [&str; 12] = [
    "unknown",
    "own",
    "licensed",
    "public-domain",
    "cc0",
    "cc-by",
    "cc-by-sa",
    "cc-by-nd",
    "cc-by-nc",
    "cc-by-nc-sa",
    "cc-by-nc-nd",
    "quotation",
];

impl Leaf for Rights {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        pick(value, RIGHTS.iter().map(|name| (*name, Self(name))))
    }

    fn write(&self) -> String {
        quote(self.0)
    }

    fn schema() -> Json {
        json!({ "enum": RIGHTS })
    }
}

/// An encoding, by any of its labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charset(pub String);

impl Leaf for Charset {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        const USUAL: [&str; 16] = [
            "utf-8",
            "utf-16le",
            "windows-1252",
            "windows-1251",
            "windows-1250",
            "iso-8859-1",
            "iso-8859-2",
            "iso-8859-7",
            "iso-8859-15",
            "koi8-r",
            "gbk",
            "gb18030",
            "big5",
            "shift_jis",
            "euc-jp",
            "euc-kr",
        ];
        let label = text(value)?;
        if poll::encoding_named(label).is_some() {
            return Ok(Self(label.to_owned()));
        }
        let hint = match nearest(&label.to_lowercase(), USUAL) {
            Some(name) => format!("did you mean `{name}`?"),
            None => "a label of the Encoding Standard, such as \"utf-8\", \"windows-1251\" or \"shift_jis\"".to_owned(),
        };
        Err(Wrong::new(format!("can't be `{label}`, which is no encoding")).hint(hint))
    }

    fn write(&self) -> String {
        quote(&self.0)
    }

    fn schema() -> Json {
        json!({ "type": "string", "examples": ["utf-8", "windows-1251", "shift_jis"] })
    }
}

/// A `strftime` pattern that a day can be read with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateFormat(pub String);

impl Leaf for DateFormat {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        let pattern = text(value)?;
        let wrong = match poll::check_date_format(pattern) {
            Ok(()) => return Ok(Self(pattern.to_owned())),
            Err(DateFormatError::Field(field)) => format!("can't be `{pattern}`: `{field}` is no field of a date"),
            Err(DateFormatError::NoDay) => format!("can't be `{pattern}`: that says no day of a year"),
        };
        Err(Wrong::new(wrong).hint("strftime fields for what the feed writes: \"%d/%m/%Y %H:%M\" reads 10/06/2003 04:00"))
    }

    fn write(&self) -> String {
        quote(&self.0)
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": "%", "examples": ["%d/%m/%Y %H:%M"] })
    }
}
