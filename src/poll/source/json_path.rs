//! The entries of a JSON document of any form, picked by paths (RFC 9535).

use serde_json::Value;
use serde_json_path::JsonPath;
use url::Url;

use crate::domain::{Entry, FeedFacts, ImageRef, Timestamp};
use crate::poll::parse::absolute;
use crate::poll::{Format, MAX_ENTRIES, Mends, ParseError, Parsed, Reading, date, decode, plain};

/// Values that a document may hold: each takes some fifty bytes.
const MAX_VALUES: usize = 1_000_000;
/// Objects that it may hold: each takes some six hundred bytes.
const MAX_OBJECTS: usize = 100_000;

/// Where in a document entries are, and what in them is what.
#[derive(Debug, Clone, PartialEq)]
pub struct Json {
    /// Fits the entries, or the list that holds them.
    pub items: JsonItems,
    pub title: Option<JsonField>,
    pub link: Option<JsonField>,
    pub id: Option<JsonField>,
    pub date: Option<JsonField>,
    pub summary: Option<JsonField>,
    pub content: Option<JsonField>,
    pub image: Option<JsonField>,
    pub author: Option<JsonField>,
    pub category: Option<JsonField>,
}

/// The path of the entries.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonItems {
    written: String,
    path: JsonPath,
}

/// A value of an entry: a path in it (`author.name`, `$.tags[*]`), or a text with paths in braces (`https://x.example/{id}`).
#[derive(Debug, Clone, PartialEq)]
pub struct JsonField {
    written: String,
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Path(JsonPath),
    Text(String),
}

impl JsonItems {
    /// Reads what the operator wrote; or says what is wrong with it.
    pub fn parse(written: &str) -> Result<Self, String> {
        Ok(Self { path: path(written)?, written: written.to_owned() })
    }

    /// As the operator wrote it.
    pub fn written(&self) -> &str {
        &self.written
    }
}

impl JsonField {
    /// Reads what the operator wrote; or says what is wrong with it.
    pub fn parse(written: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = written;
        while let Some((before, after)) = rest.split_once('{') {
            let (inside, next) = after.split_once('}').ok_or("has a `{` without its `}`")?;
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            pieces.push(Piece::Path(path(inside)?));
            rest = next;
        }
        match (pieces.is_empty(), rest) {
            (true, whole) => pieces.push(Piece::Path(path(whole)?)),
            (false, "") => {}
            (false, end) => pieces.push(Piece::Text(end.to_owned())),
        }
        Ok(Self { written: written.to_owned(), pieces })
    }

    /// As the operator wrote it.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// Its values in an entry; a template has one, and none where one of its paths fits nothing.
    fn values(&self, item: &Value) -> Vec<String> {
        if let [Piece::Path(path)] = self.pieces.as_slice() {
            return path.query(item).all().into_iter().flat_map(texts).collect();
        }
        let filled = self.pieces.iter().map(|piece| match piece {
            Piece::Text(text) => Some(text.clone()),
            Piece::Path(path) => path.query(item).all().into_iter().flat_map(texts).next(),
        });
        filled.collect::<Option<String>>().into_iter().collect()
    }
}

/// A path from the root, or from where it is used: `data.posts` is `$.data.posts`.
fn path(written: &str) -> Result<JsonPath, String> {
    let text = written.trim();
    let whole = match text.as_bytes().first() {
        None => return Err("is empty".to_owned()),
        Some(b'$') => text.to_owned(),
        Some(b'[') => format!("${text}"),
        Some(_) => format!("$.{text}"),
    };
    JsonPath::parse(&whole).map_err(|error| format!("is no JSON path: {error}"))
}

/// The texts of a value: of a list, those of all in it.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) if text.trim().is_empty() => Vec::new(),
        Value::String(text) => vec![text.clone()],
        Value::Number(number) => vec![number.to_string()],
        Value::Array(values) => values.iter().filter(|value| !value.is_array()).flat_map(texts).collect(),
        Value::Bool(_) | Value::Null | Value::Object(_) => Vec::new(),
    }
}

impl Json {
    /// Reads a document.
    pub(super) fn parse(&self, bytes: &[u8], content_type: Option<&str>, base: &Url, reading: &Reading) -> Result<Parsed, ParseError> {
        let mut mends = Mends::default();
        let (text, encoding) = decode::decode(bytes, content_type, base, reading, &mut mends);
        if text.trim().is_empty() {
            return Err(ParseError::Empty);
        }
        if text.trim_start().starts_with('<') {
            return Err(ParseError::NoJson("it is markup".to_owned()));
        }
        bounded(&text)?;
        let document: Value = serde_json::from_str(&text).map_err(|error| ParseError::NoJson(error.to_string()))?;
        let mut items: Vec<&Value> = self.items.path.query(&document).all();
        // the path of the list is as good as that of all in it
        if let [Value::Array(list)] = items.as_slice() {
            items = list.iter().collect();
        }
        let is_cut = items.len() > MAX_ENTRIES;
        let entries: Vec<Entry> = items.into_iter().take(MAX_ENTRIES).map(|item| self.entry(item, base, reading)).collect();
        if entries.is_empty() {
            return Err(ParseError::NoItems(self.items.written.clone()));
        }
        Ok(Parsed { facts: FeedFacts::default(), entries, format: Format::Json, encoding, mends, is_cut, ..Parsed::default() })
    }

    fn entry(&self, item: &Value, base: &Url, reading: &Reading) -> Entry {
        let all = |field: &Option<JsonField>| field.as_ref().map(|field| field.values(item)).unwrap_or_default();
        let or_usual = |field: &Option<JsonField>, usual: &str| match field {
            Some(field) => field.values(item).into_iter().next(),
            None => item.get(usual).into_iter().flat_map(texts).next(),
        };
        let first = |field: &Option<JsonField>| all(field).into_iter().next();
        let plain = |texts: Vec<String>| texts.iter().map(|text| plain::from_text(text)).collect::<Vec<_>>();
        let link = or_usual(&self.link, "url").and_then(|link| absolute(&link, base));
        let images =
            all(&self.image).iter().filter_map(|url| absolute(url, base)).map(|url| ImageRef { url, ..ImageRef::default() }).collect();
        Entry {
            guid: or_usual(&self.id, "id"),
            title: or_usual(&self.title, "title").map(|title| plain::from_either(&title)).unwrap_or_default(),
            published: all(&self.date).iter().find_map(|text| moment(text, reading)),
            summary: first(&self.summary),
            content: first(&self.content),
            authors: plain(all(&self.author)),
            categories: plain(all(&self.category)),
            base: link.clone().or_else(|| Some(base.to_string())),
            images,
            link,
            ..Entry::default()
        }
    }
}

/// A date as programs write it into JSON: a text, or seconds or milliseconds since 1970.
fn moment(text: &str, reading: &Reading) -> Option<Timestamp> {
    let seconds = text.parse::<f64>().ok().filter(|number| number.is_finite() && *number > 1e8);
    match seconds {
        Some(number) if number > 1e11 => Some(Timestamp::from_unix((number / 1e3) as i64)),
        Some(number) => Some(Timestamp::from_unix(number as i64)),
        None => date::read(text, reading),
    }
}

/// Refuses what would grow to many times its size in memory.
fn bounded(text: &str) -> Result<(), ParseError> {
    let (mut values, mut objects) = (0, 0);
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => {
                while let Some(byte) = bytes.next() {
                    match byte {
                        b'\\' => drop(bytes.next()),
                        b'"' => break,
                        _ => {}
                    }
                }
            }
            b',' | b'[' => values += 1,
            b'{' => objects += 1,
            _ => {}
        }
    }
    if values > MAX_VALUES || objects > MAX_OBJECTS {
        return Err(ParseError::NoJson(format!("it holds more than {MAX_VALUES} values or {MAX_OBJECTS} objects")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_a_path_or_a_text_with_paths() {
        let item = serde_json::json!({ "id": 7, "a": { "b": "x" }, "tags": ["p", "q", null, " "], "on": true, "k-e y": "z" });
        for (written, values) in [
            ("id", &["7"][..]),
            ("a.b", &["x"]),
            ("$.a.b", &["x"]),
            ("['k-e y']", &["z"]),
            ("tags", &["p", "q"]),
            ("$.tags[*]", &["p", "q"]),
            ("tags[1]", &["q"]),
            ("https://x.example/{id}/{a.b}.html", &["https://x.example/7/x.html"]),
            ("{a.b}", &["x"]),
            ("https://x.example/{nothing}", &[]),
            ("on", &[]),
            ("a", &[]),
        ] {
            assert_eq!(JsonField::parse(written).unwrap().values(&item), values, "{written}");
        }
        for written in ["", "a..", "$[", "x{a", "{}", "$.a[?@.b =]"] {
            assert!(JsonField::parse(written).is_err(), "{written}");
        }
    }

    #[test]
    fn a_date_may_be_seconds_or_milliseconds() {
        for (text, unix) in [
            ("1700000000", 1_700_000_000),
            ("1700000000123", 1_700_000_000),
            ("1700000000.5", 1_700_000_000),
            ("2023-11-14T22:13:20Z", 1_700_000_000),
        ] {
            assert_eq!(moment(text, &Reading::default()), Some(Timestamp::from_unix(unix)), "{text}");
        }
        assert_eq!(moment("7", &Reading::default()), None);
    }

    #[test]
    fn documents_of_endless_small_values_are_refused() {
        assert_eq!(bounded(r#"{"a": ["{,[", "\"{{{{", 1, 2]}"#), Ok(()));
        assert!(bounded(&"{},".repeat(200_000)).is_err());
        assert!(bounded(&"1,".repeat(1_100_000)).is_err());
        assert_eq!(bounded(&format!("\"{}", ",".repeat(2_000_000))), Ok(()));
    }
}
