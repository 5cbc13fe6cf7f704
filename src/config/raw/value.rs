//! Values that may be written in more than one form: passwords, the store's address, texts in files.

use serde_json::{Value as Json, json};
use toml::Spanned;
use toml::de::DeValue;

use super::super::source::At;
use super::leaf::quote;
use super::node::{Many, Node, Reading, Wrong, table};

table! {
    /// a secret
    SecretKeys "" {
        /// The name of an environment variable.
        env: At<String>,
        /// A file; best readable for the daemon's user only.
        file: At<String>,
        /// A name in systemd's credentials or Docker's `/run/secrets`.
        credential: At<String>,
        /// A program and its arguments, or a line for the shell; its output is the secret.
        command: Command,
    }
}

/// A program and its arguments, or a line for the shell.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    Line(At<String>),
    Argv(Vec<At<String>>),
}

impl Node for Command {
    fn read(value: &Spanned<DeValue<'_>>, reading: &mut Reading<'_>) -> Option<Self> {
        match value.get_ref() {
            DeValue::Array(_) => Vec::read(value, reading).map(Self::Argv),
            _ => At::read(value, reading).map(Self::Line),
        }
    }

    fn inline(&self) -> Option<String> {
        match self {
            Self::Line(line) => Some(quote(&line_masked(&line.value))),
            Self::Argv(words) => {
                let program = words.first()?;
                let rest = if words.len() > 1 { ", \"***\"" } else { "" };
                Some(format!("[{}{rest}]", quote(&program.value)))
            }
        }
    }

    fn schema() -> Json {
        Many::<String>::schema()
    }
}

/// The program of a line for the shell, with `***` for the rest; a variable before the program may be the secret itself.
fn line_masked(line: &str) -> String {
    let line = line.trim();
    match line.split_once(char::is_whitespace) {
        None => line.to_owned(),
        Some((program, _)) if program.contains('=') => "***".to_owned(),
        Some((program, _)) => format!("{program} ***"),
    }
}

const FORMS: &str = "{ env = \"NAME\" }, { file = \"path\" }, { credential = \"name\" } or { command = [\"program\", \"argument\"] }";

/// Where an application password comes from: exactly one of its keys is set.
#[derive(Debug, Clone, PartialEq)]
pub struct Password(pub SecretKeys);

impl Node for Password {
    fn read(value: &Spanned<DeValue<'_>>, reading: &mut Reading<'_>) -> Option<Self> {
        if !matches!(value.get_ref(), DeValue::Table(_)) {
            let wrong = Wrong::new("must not stand in the configuration itself").hint(format!("write where it comes from: {FORMS}"));
            reading.wrong(value.span(), wrong);
            return None;
        }
        let (key, before) = (reading.key.clone(), reading.problems.len());
        let keys = SecretKeys::read(value, reading)?;
        reading.key = key;
        let said = [keys.env.is_some(), keys.file.is_some(), keys.credential.is_some(), keys.command.is_some()];
        match said.iter().filter(|said| **said).count() {
            1 => Some(Self(keys)),
            // what it says is wrong, and that has been noted
            0 if reading.problems.len() > before => None,
            0 => {
                reading.wrong(value.span(), Wrong::new("doesn't say where it comes from").hint(format!("write {FORMS}")));
                None
            }
            _ => {
                reading.wrong(value.span(), Wrong::new("can come from one place only").hint(format!("keep one of {FORMS}")));
                None
            }
        }
    }

    fn inline(&self) -> Option<String> {
        self.0.inline()
    }

    fn schema() -> Json {
        let mut schema = SecretKeys::schema();
        schema["minProperties"] = json!(1);
        schema["maxProperties"] = json!(1);
        schema
    }
}

/// The store's address, or where that comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum StoreUrl {
    Text(At<String>),
    Secret(Password),
}

impl Node for StoreUrl {
    fn read(value: &Spanned<DeValue<'_>>, reading: &mut Reading<'_>) -> Option<Self> {
        match value.get_ref() {
            DeValue::Table(_) => Password::read(value, reading).map(Self::Secret),
            _ => At::read(value, reading).map(Self::Text),
        }
    }

    fn inline(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(quote(&masked(&text.value))),
            Self::Secret(secret) => secret.inline(),
        }
    }

    fn schema() -> Json {
        json!({ "anyOf": [{ "type": "string", "pattern": "^(sqlite|postgres|postgresql):" }, Password::schema()] })
    }
}

/// The address with `***` for its password.
fn masked(address: &str) -> String {
    let Ok(mut url) = url::Url::parse(address) else { return address.to_owned() };
    if url.password().is_some() && url.set_password(Some("***")).is_ok() { url.to_string() } else { address.to_owned() }
}

table! {
    /// a file
    FileKey "" {
        /// A file; its path is relative to the file that names it.
        file: At<String> = required,
    }
}

/// A text, or the file that holds it.
#[derive(Debug, Clone, PartialEq)]
pub enum TextOrFile {
    Text(At<String>),
    File(At<String>),
}

impl Node for TextOrFile {
    fn read(value: &Spanned<DeValue<'_>>, reading: &mut Reading<'_>) -> Option<Self> {
        match value.get_ref() {
            DeValue::Table(_) => FileKey::read(value, reading)?.file.map(Self::File),
            DeValue::String(_) => At::read(value, reading).map(Self::Text),
            other => {
                reading.wrong(
                    value.span(),
                    Wrong::kind("text or { file = \"…\" }", other).hint("put it in quotes, or name the file that holds it"),
                );
                None
            }
        }
    }

    fn inline(&self) -> Option<String> {
        match self {
            Self::Text(text) => text.inline(),
            Self::File(path) => Some(format!("{{ file = {} }}", quote(&path.value))),
        }
    }

    fn schema() -> Json {
        json!({ "anyOf": [{ "type": "string" }, FileKey::schema()] })
    }
}

/// Pictures of the operator's own: each with the category that it is for, `any` for all others.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FallbackImage(pub Vec<(At<String>, At<String>)>);

/// What stands for every category.
pub const ANY: &str = "any";

impl FallbackImage {
    /// Its own pictures, and those of `under` for categories that it doesn't name.
    pub fn over(self, under: Option<&Self>) -> Self {
        let inherited =
            under.map_or(&[][..], |under| &under.0).iter().filter(|(name, _)| !self.0.iter().any(|(own, _)| own.value == name.value));
        let all = inherited.cloned().collect::<Vec<_>>();
        Self(self.0.into_iter().chain(all).collect())
    }
}

impl Node for FallbackImage {
    fn read(value: &Spanned<DeValue<'_>>, reading: &mut Reading<'_>) -> Option<Self> {
        match value.get_ref() {
            DeValue::String(_) => {
                let any = At { value: ANY.to_owned(), at: reading.place(value.span()) };
                At::read(value, reading).map(|address| Self(vec![(any, address)]))
            }
            DeValue::Table(pictures) => {
                let mut read = Vec::new();
                for (name, address) in pictures {
                    reading.key = format!("fallback_image.{}", name.get_ref());
                    let name = At { value: name.get_ref().to_string(), at: reading.place(name.span()) };
                    read.extend(At::read(address, reading).map(|address| (name, address)));
                }
                read.sort_by_key(|(name, _)| name.at.span.start);
                Some(Self(read))
            }
            other => {
                let hint = "a file or an address in quotes, or one for each category: { any = \"a.jpg\", Sports = \"b.jpg\" }";
                reading.wrong(value.span(), Wrong::kind("text or a table", other).hint(hint));
                None
            }
        }
    }

    fn inline(&self) -> Option<String> {
        match self.0.as_slice() {
            [] => Some("{}".to_owned()),
            [(name, address)] if name.value == ANY => Some(quote(&address.value)),
            all => {
                let all: Vec<String> =
                    all.iter().map(|(name, address)| format!("{} = {}", key(&name.value), quote(&address.value))).collect();
                Some(format!("{{ {} }}", all.join(", ")))
            }
        }
    }

    fn schema() -> Json {
        json!({ "anyOf": [{ "type": "string" }, { "type": "object", "additionalProperties": { "type": "string" } }] })
    }
}

/// A key as TOML writes it.
pub(super) fn key(name: &str) -> String {
    let bare = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    if bare { name.to_owned() } else { quote(name) }
}
