//! The tests, filters and functions of rules and templates: the language's own, as far as they make sense here, and ours.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use minijinja::value::{Rest, Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State};
use regex::{Regex, RegexBuilder};

use super::engine::Fault;

use super::phrases::{Phrases, fold};
use super::slug::slug;

/// Name; what it takes; what it gives. Letters: t(ext) m(arkup) n(umber) b(ool) l(ist); `*` all, `=` as it came, `?` who knows.
pub(super) const FILTERS: [(&str, &str, &str); 44] = [
    // ours
    ("cut", "t", "t"),
    ("date", "t", "t"),
    ("first_words", "t", "t"),
    ("replaced", "t", "t"),
    ("slug", "t", "t"),
    ("without", "t", "t"),
    // the language's
    ("abs", "n", "n"),
    ("batch", "l", "l"),
    ("bool", "*", "b"),
    ("capitalize", "t", "t"),
    ("chain", "l", "l"),
    ("count", "tml", "n"),
    ("d", "*", "="),
    ("default", "*", "="),
    ("e", "*", "?"),
    ("escape", "*", "?"),
    ("first", "tl", "?"),
    ("float", "nt", "n"),
    ("format", "t", "t"),
    ("int", "nt", "n"),
    ("join", "l", "t"),
    ("last", "tl", "?"),
    ("length", "tml", "n"),
    ("lines", "t", "l"),
    ("list", "tl", "l"),
    ("lower", "t", "t"),
    ("map", "l", "l"),
    ("max", "l", "?"),
    ("min", "l", "?"),
    ("reject", "l", "l"),
    ("replace", "t", "t"),
    ("reverse", "tl", "="),
    ("round", "n", "n"),
    ("select", "l", "l"),
    ("slice", "l", "l"),
    ("sort", "l", "l"),
    ("split", "t", "l"),
    ("string", "*", "t"),
    ("sum", "l", "n"),
    ("title", "t", "t"),
    ("trim", "t", "t"),
    ("unique", "l", "l"),
    ("upper", "t", "t"),
    ("zip", "l", "l"),
];

/// Name; what it takes.
pub(super) const TESTS: [(&str, &str); 27] = [
    // ours
    ("containing", "tl"),
    ("matching", "tl"),
    // the language's
    ("defined", "*"),
    ("divisibleby", "n"),
    ("endingwith", "t"),
    ("eq", "*"),
    ("equalto", "*"),
    ("even", "n"),
    ("false", "*"),
    ("ge", "*"),
    ("greaterthan", "*"),
    ("gt", "*"),
    ("in", "*"),
    ("integer", "*"),
    ("iterable", "*"),
    ("le", "*"),
    ("lessthan", "*"),
    ("lower", "t"),
    ("lt", "*"),
    ("ne", "*"),
    ("none", "*"),
    ("number", "*"),
    ("odd", "n"),
    ("startingwith", "t"),
    ("string", "*"),
    ("true", "*"),
    ("upper", "t"),
];

/// Functions that a template may call.
pub(super) const FUNCTIONS: [&str; 3] = ["dict", "namespace", "range"];

/// Patterns are matched in linear time; a compiled one may take so many bytes.
const PATTERN_SIZE: usize = 1 << 20;

/// Compiles a pattern; else says what is wrong with it and what to do.
pub(super) fn compile_pattern(pattern: &str) -> Result<Regex, (String, Option<String>)> {
    RegexBuilder::new(pattern).size_limit(PATTERN_SIZE).build().map_err(|error| {
        let text = error.to_string();
        let message = text.lines().last().unwrap_or_default().trim().trim_start_matches("error: ").to_owned();
        let hint = if text.contains("look-around") || text.contains("backreference") {
            "it is matched in linear time, so without look-around and back-references; join two tests with `and not`"
        } else if message.contains("unclosed group") {
            "a `(` wants its `)`; a bracket that is meant itself is written `[(]`"
        } else if message.contains("unopened group") {
            "a `)` wants its `(`; a bracket that is meant itself is written `[)]`"
        } else if message.contains("unclosed character class") {
            "a `[` wants its `]`; a bracket that is meant itself is written `[\\[]`"
        } else if message.contains("repetition") {
            "`*`, `+`, `?` and `{…}` repeat what stands before them; a sign that is meant itself is written `[*]`"
        } else if message.contains("size limit") {
            "make it shorter, or its repetitions smaller"
        } else {
            "a regular expression as in `(?i)sponsored|advert`; a sign that is meant itself is written in brackets: `[?]`"
        };
        (message, Some(hint.to_owned()))
    })
}

/// A regular expression of the configuration, matched in linear time; what is wrong with it, at its place in the text.
pub fn pattern(text: &str) -> Result<Regex, Vec<Fault>> {
    compile_pattern(text).map_err(|(message, hint)| {
        // the crate marks the place below the pattern, four columns in
        let error = RegexBuilder::new(text).build().err().map(|error| error.to_string()).unwrap_or_default();
        let marked = error.lines().find(|line| !line.trim().is_empty() && line.trim().bytes().all(|byte| byte == b'^'));
        let byte = |column: usize| text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(column.saturating_sub(4));
        let place = marked.and_then(|line| Some(byte(line.find('^')?)?..byte(line.len())?));
        vec![Fault { range: place.unwrap_or(0..text.len()), message: format!("bad pattern: {message}"), hint }]
    })
}

/// What was compiled for tests and filters, by its text.
#[derive(Debug, Clone, Default)]
pub(super) struct Compiled {
    patterns: Arc<RwLock<HashMap<String, Regex>>>,
    phrases: Arc<RwLock<HashMap<Vec<String>, Arc<Phrases>>>>,
}

impl Compiled {
    pub fn pattern(&self, pattern: &str) -> Result<Regex, Error> {
        if let Some(known) = self.patterns.read().unwrap_or_else(|poison| poison.into_inner()).get(pattern) {
            return Ok(known.clone());
        }
        let regex = compile_pattern(pattern).map_err(|(message, _)| wrong(format!("bad pattern: {message}")))?;
        self.patterns.write().unwrap_or_else(|poison| poison.into_inner()).insert(pattern.to_owned(), regex.clone());
        Ok(regex)
    }

    fn phrases(&self, words: &[String]) -> Arc<Phrases> {
        if let Some(known) = self.phrases.read().unwrap_or_else(|poison| poison.into_inner()).get(words) {
            return Arc::clone(known);
        }
        let mut phrases = Phrases::default();
        for word in words {
            phrases.add(word, 0);
        }
        let phrases = Arc::new(phrases);
        let mut known = self.phrases.write().unwrap_or_else(|poison| poison.into_inner());
        // Words are nearly always written out; should a rule compute them, the memory stays bounded.
        if known.len() < 4096 {
            known.insert(words.to_vec(), Arc::clone(&phrases));
        }
        phrases
    }
}

/// Puts ours in, and takes out what could let a feed's text pass as markup.
pub(super) fn install(env: &mut Environment<'static>, compiled: &Compiled) {
    env.remove_filter("safe");
    env.remove_global("debug");
    env.set_formatter(write_value);
    env.add_filter("escape", |state: &State<'_, '_>, value: &Value| escape(state.auto_escape(), value));
    env.add_filter("e", |state: &State<'_, '_>, value: &Value| escape(state.auto_escape(), value));

    let known = compiled.clone();
    env.add_test("matching", move |value: &Value, pattern: &str| {
        let pattern = known.pattern(pattern)?;
        any_text(value, "matching", |text| pattern.is_match(text))
    });
    let known = compiled.clone();
    env.add_test("containing", move |value: &Value, words: Rest<String>| {
        let phrases = known.phrases(&words);
        any_text(value, "containing", |text| phrases.any(&fold(text)))
    });
    let known = compiled.clone();
    env.add_filter("without", move |text: &str, pattern: &str| {
        Ok::<_, Error>(known.pattern(pattern)?.replace_all(text, "").trim().to_owned())
    });
    let known = compiled.clone();
    env.add_filter("replaced", move |text: &str, pattern: &str, with: &str| {
        Ok::<_, Error>(known.pattern(pattern)?.replace_all(text, with).into_owned())
    });
    env.add_filter("cut", |text: &str, characters: usize| cut(text, characters));
    env.add_filter("first_words", |text: &str, words: usize| first_words(text, words));
    env.add_filter("slug", |text: &str| slug(text));
    env.add_filter("date", date);
}

fn wrong(message: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, message)
}

/// A text, or any text of a list.
fn any_text(value: &Value, test: &str, found: impl Fn(&str) -> bool) -> Result<bool, Error> {
    if let Some(text) = value.as_str() {
        return Ok(found(text));
    }
    if value.kind() == ValueKind::Seq || value.kind() == ValueKind::Iterable {
        return Ok(value.try_iter()?.any(|one| one.as_str().is_some_and(&found)));
    }
    Err(wrong(format!("`{test}` wants text or a list, and this is {}", value.kind())))
}

fn escape(mode: &AutoEscape, value: &Value) -> Value {
    if value.is_safe() || *mode == AutoEscape::None {
        return value.clone();
    }
    Value::from_safe_string(escape_html(&value.to_string()))
}

/// Values as they stand in a post: nothing for nothing, escaped where HTML is made.
fn write_value(out: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    if value.is_none() || value.is_undefined() {
        return Ok(());
    }
    let text =
        if value.is_safe() || *state.auto_escape() == AutoEscape::None { value.to_string() } else { escape_html(&value.to_string()) };
    out.write_str(&text).map_err(Error::from)
}

/// Escapes text for HTML. `[` before a name, too: else WordPress runs a feed's text as a shortcode.
pub(super) fn escape_html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 16);
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '"', '[']) {
        escaped.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        escaped.push_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            _ if after.starts_with(|c: char| c.is_alphabetic() || matches!(c, '/' | '[' | '_')) => "&#91;",
            _ => "[",
        });
        rest = after;
    }
    escaped.push_str(rest);
    escaped
}

/// At most so many characters, cut at a word, with `…` where something is missing.
pub(super) fn cut(text: &str, characters: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(characters) else { return text.to_owned() };
    let kept = &text[..end];
    let kept = match kept.rfind(char::is_whitespace) {
        Some(space) if space >= kept.len() / 2 => &kept[..space],
        _ => kept,
    };
    format!("{}…", kept.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '.' | '-' | '–')))
}

fn first_words(text: &str, words: usize) -> String {
    let mut all = text.split_whitespace();
    let kept: Vec<&str> = all.by_ref().take(words).collect();
    format!("{}{}", kept.join(" "), if all.next().is_some() { "…" } else { "" })
}

/// Writes a time field as `format` (strftime's letters) says; nothing where there is none.
fn date(time: &str, format: Option<&str>) -> Result<String, Error> {
    let format = format.unwrap_or("%Y-%m-%d");
    let items: Vec<_> = chrono::format::StrftimeItems::new(format).collect();
    if items.contains(&chrono::format::Item::Error) {
        return Err(wrong(format!("`{format}` is no date format; `%Y-%m-%d` is one")));
    }
    if time.is_empty() {
        return Ok(String::new());
    }
    let time = chrono::DateTime::parse_from_rfc3339(time).map_err(|_| wrong(format!("`{time}` is no time")))?;
    Ok(time.to_utc().format_with_items(items.iter()).to_string())
}
