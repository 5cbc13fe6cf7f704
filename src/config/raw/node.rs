//! How a spanned TOML value becomes a raw one: every key that can be read is read, every one that can't leaves a problem.

use std::ops::Range;

use serde_json::{Map, Value as Json, json};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::super::problem::{Problem, nearest, one_of};
use super::super::source::{At, Place, Sources};

/// One file being read.
pub struct Reading<'a> {
    pub sources: &'a Sources,
    pub file: usize,
    pub problems: &'a mut Vec<Problem>,
    /// The key whose value is being read, as messages name it.
    pub key: String,
}

impl Reading<'_> {
    pub fn place(&self, span: Range<usize>) -> Place {
        Place { file: self.file, span }
    }

    /// Notes what is wrong with the current key's value; `what` follows the key's name.
    pub fn wrong(&mut self, span: Range<usize>, what: Wrong) {
        let problem = Problem::at(self.sources, &self.place(span), format!("`{}` {}", self.key, what.0)).perhaps(what.1);
        self.problems.push(problem);
    }

    fn note(&mut self, span: Range<usize>, message: String, hint: String) {
        self.problems.push(Problem::at(self.sources, &self.place(span), message).hint(hint));
    }
}

/// What is wrong with a value, as it follows the key's name (`must be text, not a list`), and what to do.
#[derive(Debug)]
pub struct Wrong(pub String, pub Option<String>);

impl Wrong {
    pub fn new(what: impl Into<String>) -> Self {
        Self(what.into(), None)
    }

    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self(self.0, Some(hint.into()))
    }

    /// It is of another kind than it must be.
    pub fn kind(wanted: &str, value: &DeValue<'_>) -> Self {
        Self::new(format!("must be {wanted}, not {}", kind(value)))
    }
}

/// What a value is, in a person's words.
pub fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// Anything that can stand behind a key.
pub trait Node: Sized {
    /// Reads it; what is wrong is noted.
    fn read(value: &Spanned<DeValue<'_>>, reading: &mut Reading<'_>) -> Option<Self>;
    /// As it is written behind `key =`; `None` when it wants a heading of its own.
    fn inline(&self) -> Option<String>;
    /// Writes what wants headings of its own.
    fn blocks(&self, _path: &str, _out: &mut String) {}
    /// JSON Schema (draft 2020-12) of what may stand there.
    fn schema() -> Json;
}

/// A value without parts of its own.
pub trait Leaf: Sized {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong>;
    /// As TOML writes it.
    fn write(&self) -> String;
    fn schema() -> Json;
}

impl<T: Leaf> Node for At<T> {
    fn read(value: &Spanned<DeValue<'_>>, reading: &mut Reading<'_>) -> Option<Self> {
        match T::read(value.get_ref()) {
            Ok(read) => Some(At { value: read, at: reading.place(value.span()) }),
            Err(wrong) => {
                reading.wrong(value.span(), wrong);
                None
            }
        }
    }

    fn inline(&self) -> Option<String> {
        Some(self.value.write())
    }

    fn schema() -> Json {
        T::schema()
    }
}

/// A list of values.
impl<T: Leaf> Node for Vec<At<T>> {
    fn read(value: &Spanned<DeValue<'_>>, reading: &mut Reading<'_>) -> Option<Self> {
        let DeValue::Array(values) = value.get_ref() else {
            reading.wrong(value.span(), Wrong::kind("a list", value.get_ref()).hint("put it in brackets: `[…]`"));
            return None;
        };
        Some(values.iter().filter_map(|value| At::read(value, reading)).collect())
    }

    fn inline(&self) -> Option<String> {
        Some(format!("[{}]", self.iter().map(|item| item.value.write()).collect::<Vec<_>>().join(", ")))
    }

    fn schema() -> Json {
        json!({ "type": "array", "items": T::schema() })
    }
}

/// One value, or a list of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Many<T>(pub Vec<At<T>>);

impl<T: Leaf> Node for Many<T> {
    fn read(value: &Spanned<DeValue<'_>>, reading: &mut Reading<'_>) -> Option<Self> {
        match value.get_ref() {
            DeValue::Array(_) => Vec::read(value, reading).map(Self),
            _ => At::read(value, reading).map(|one| Self(vec![one])),
        }
    }

    fn inline(&self) -> Option<String> {
        match self.0.as_slice() {
            [one] => one.inline(),
            _ => self.0.inline(),
        }
    }

    fn schema() -> Json {
        json!({ "anyOf": [T::schema(), Vec::<At<T>>::schema()] })
    }
}

/// A set of keys.
pub trait Table: Default {
    /// As messages call it: `[[feed]]`.
    const TITLE: &'static str;
    /// Its own keys and those that it shares with other tables.
    fn keys() -> Vec<&'static str>;
    /// The keys that must be there.
    fn required() -> Vec<&'static str>;
    /// Reads the value of one key; false when it has no such key.
    fn take(&mut self, key: &str, value: &Spanned<DeValue<'_>>, reading: &mut Reading<'_>) -> bool;
    /// Writes `key = value` lines; `{ a = 1, b = 2 }` when joined with commas.
    fn lines(&self) -> Vec<String>;
    /// Writes what wants headings of its own.
    fn parts(&self, path: &str, out: &mut String);
    fn properties(properties: &mut Map<String, Json>);
    fn about() -> &'static str;
    fn set_place(&mut self, at: Place);
}

impl<T: Table> Node for T {
    fn read(value: &Spanned<DeValue<'_>>, reading: &mut Reading<'_>) -> Option<Self> {
        match value.get_ref() {
            DeValue::Table(table) => Some(read_table(table, value.span(), reading)),
            DeValue::Array(values) if values.iter().all(|value| matches!(value.get_ref(), DeValue::Table(_))) => {
                let key = reading.key.clone();
                reading.wrong(value.span(), Wrong::new("can stand there only once").hint(format!("write `[{key}]` in single brackets")));
                None
            }
            other => {
                let hint = format!("write `{} = {{ … }}`", reading.key);
                reading.wrong(value.span(), Wrong::kind("a table", other).hint(hint));
                None
            }
        }
    }

    fn inline(&self) -> Option<String> {
        let lines = self.lines();
        T::TITLE.is_empty().then(|| if lines.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", lines.join(", ")) })
    }

    fn blocks(&self, path: &str, out: &mut String) {
        if !T::TITLE.is_empty() {
            block(self, path, ("[", "]"), out);
        }
    }

    fn schema() -> Json {
        let mut properties = Map::new();
        T::properties(&mut properties);
        let mut schema = json!({ "type": "object", "additionalProperties": false, "properties": properties });
        if !T::required().is_empty() {
            schema["required"] = json!(T::required());
        }
        schema
    }
}

/// A list of tables: `[[feed]]`.
impl<T: Table> Node for Vec<T> {
    fn read(value: &Spanned<DeValue<'_>>, reading: &mut Reading<'_>) -> Option<Self> {
        let key = reading.key.clone();
        let DeValue::Array(values) = value.get_ref() else {
            let hint = format!("write `{}` in double brackets, once for each", T::TITLE);
            let wrong = Wrong(format!("must be a list of tables, not {}", kind(value.get_ref())), Some(hint));
            reading.wrong(value.span(), wrong);
            return None;
        };
        let mut read = Vec::new();
        for value in values.iter() {
            reading.key.clone_from(&key);
            read.extend(T::read(value, reading));
        }
        Some(read)
    }

    fn inline(&self) -> Option<String> {
        None
    }

    fn blocks(&self, path: &str, out: &mut String) {
        for table in self {
            block(table, path, ("[[", "]]"), out);
        }
    }

    fn schema() -> Json {
        json!({ "type": "array", "items": T::schema() })
    }
}

fn block<T: Table>(table: &T, path: &str, (open, close): (&str, &str), out: &mut String) {
    out.push_str(&format!("\n{open}{path}{close}\n"));
    for line in table.lines() {
        out.push_str(&line);
        out.push('\n');
    }
    table.parts(path, out);
}

/// Reads every key of a table; unknown and missing ones are noted.
pub fn read_table<T: Table>(table: &DeTable<'_>, span: Range<usize>, reading: &mut Reading<'_>) -> T {
    let mut read = T::default();
    read.set_place(reading.place(span.clone()));
    let mut meant = Vec::new();
    for (key, value) in table {
        reading.key = key.get_ref().to_string();
        if !read.take(key.get_ref(), value, reading) {
            meant.extend(unknown::<T>(key.get_ref(), key.span(), reading));
        }
    }
    let lacking = |wanted: &&str| !meant.contains(wanted) && !table.iter().any(|(key, _)| key.get_ref() == wanted);
    let missing: Vec<&str> = T::required().into_iter().filter(lacking).collect();
    if !missing.is_empty() {
        let lines: Vec<String> = missing.iter().map(|wanted| format!("add `{wanted} = …`: {}", doc::<T>(wanted))).collect();
        reading.note(span, format!("{} lacks {}", title::<T>(), one_of(&missing).replace(" or ", " and ")), lines.join("\n      "));
    }
    read
}

fn title<T: Table>() -> String {
    if T::TITLE.is_empty() { T::about().trim().to_owned() } else { format!("`{}`", T::TITLE) }
}

/// The first sentence that documents a key, to go on after a colon.
fn doc<T: Table>(key: &str) -> String {
    let mut properties = Map::new();
    T::properties(&mut properties);
    let text = properties.get(key).and_then(|schema| schema["description"].as_str()).unwrap_or_default();
    let sentence = text.split(". ").next().unwrap_or_default().trim_end_matches('.');
    let mut rest = sentence.chars();
    rest.next().map(|first| first.to_lowercase().chain(rest).collect()).unwrap_or_default()
}

/// What people write, and what the key is called here.
const OTHER_NAMES: [(&str, &str); 25] = [
    ("interval", "every"),
    ("refresh", "every"),
    ("schedule", "every"),
    ("poll", "every"),
    ("username", "user"),
    ("login", "user"),
    ("app_password", "password"),
    ("application_password", "password"),
    ("pass", "password"),
    ("link", "url"),
    ("href", "url"),
    ("address", "url"),
    ("id", "name"),
    ("post_status", "status"),
    ("full_text", "content"),
    ("images", "image"),
    ("featured_image", "image"),
    ("categories", "feed_categories"),
    ("if", "when"),
    ("action", "then"),
    ("license", "rights"),
    ("database", "url"),
    ("at", "ends"),
    ("timezone", "zone"),
    ("time_zone", "zone"),
];

/// Notes a key that isn't one; answers with the one that may be meant.
fn unknown<T: Table>(key: &str, span: Range<usize>, reading: &mut Reading<'_>) -> Option<&'static str> {
    let keys = T::keys();
    let renamed = OTHER_NAMES.iter().find(|(other, name)| *other == key.to_lowercase() && keys.contains(name)).map(|(_, name)| *name);
    let meant = renamed.or_else(|| nearest(key, keys.iter().copied()));
    let hint = match meant {
        Some(name) => format!("did you mean `{name}`?"),
        None => match super::homes(key).as_slice() {
            [] => format!("it knows {}", one_of(&keys).replace(" or ", " and ")),
            homes => format!("`{key}` is a key of {}", one_of(homes).replace(" or ", " and ")),
        },
    };
    reading.note(span, format!("unknown key `{key}` in {}", title::<T>()), hint);
    meant
}

/// Declares a table: what may be written in it, with the sentence that documents each key. A title is how messages call
/// it; a table without one is written inline.
macro_rules! table {
    ($(#[doc = $about:literal])+ $name:ident $title:literal {
        $( $(#[doc = $doc:literal])+ $field:ident : $type:ty $(= $required:ident)? ,)*
        $( ..$shared:ident : $shared_type:ty, )?
    }) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct $name {
            /// Where the table begins.
            pub at: $crate::config::source::Place,
            $( $(#[doc = $doc])+ pub $field: Option<$type>, )*
            $( pub $shared: $shared_type, )?
        }

        impl $crate::config::raw::node::Table for $name {
            const TITLE: &'static str = $title;

            #[allow(unused_mut)]
            fn keys() -> Vec<&'static str> {
                let mut keys = vec![$(stringify!($field)),*];
                $( keys.extend(<$shared_type>::keys()); )?
                keys
            }

            #[allow(unused_mut)]
            fn required() -> Vec<&'static str> {
                let own: Vec<Option<&'static str>> = vec![$( table!(@required $field $($required)?) ),*];
                let mut required: Vec<&'static str> = own.into_iter().flatten().collect();
                $( required.extend(<$shared_type>::required()); )?
                required
            }

            fn take(
                &mut self,
                key: &str,
                value: &toml::Spanned<toml::de::DeValue<'_>>,
                reading: &mut $crate::config::raw::node::Reading<'_>,
            ) -> bool {
                match key {
                    $( stringify!($field) => { self.$field = $crate::config::raw::node::Node::read(value, reading); true } )*
                    _ => table!(@rest self, key, value, reading $(, $shared)?),
                }
            }

            #[allow(unused_mut)]
            fn lines(&self) -> Vec<String> {
                let mut lines = Vec::new();
                $( if let Some(text) = self.$field.as_ref().and_then($crate::config::raw::node::Node::inline) {
                    lines.push(format!("{} = {text}", stringify!($field)));
                } )*
                $( lines.extend(self.$shared.lines()); )?
                lines
            }

            fn parts(&self, path: &str, out: &mut String) {
                $( if let Some(field) = &self.$field {
                    let name = stringify!($field);
                    let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
                    $crate::config::raw::node::Node::blocks(field, &path, out);
                } )*
                $( self.$shared.parts(path, out); )?
            }

            fn properties(properties: &mut serde_json::Map<String, serde_json::Value>) {
                $( {
                    let mut schema = <$type as $crate::config::raw::node::Node>::schema();
                    schema["description"] = concat!($($doc),+).trim().into();
                    properties.insert(stringify!($field).to_owned(), schema);
                } )*
                $( <$shared_type>::properties(properties); )?
            }

            fn about() -> &'static str {
                concat!($($about),+)
            }

            fn set_place(&mut self, at: $crate::config::source::Place) {
                $( self.$shared.set_place(at.clone()); )?
                self.at = at;
            }
        }
    };
    (@required $field:ident) => { None };
    (@required $field:ident required) => { Some(stringify!($field)) };
    (@rest $self:ident, $key:ident, $value:ident, $reading:ident) => { false };
    (@rest $self:ident, $key:ident, $value:ident, $reading:ident, $shared:ident) => { $self.$shared.take($key, $value, $reading) };
}
pub(crate) use table;
