//! Values without parts: texts, numbers, durations and words from a list.

use std::time::Duration;

use serde_json::{Value as Json, json};
use toml::de::DeValue;

use super::super::problem::{nearest, one_of};
use super::access::HttpVersion;
use super::node::{Leaf, Wrong};
use crate::domain::{NearDuplicates, NewTerms, SlugStyle, Status, format_duration, parse_duration};
use crate::rewrite::{Content, DateFrom, Editor, Image, Images, InText, Order, Window};
use crate::schedule::{Every, Hand, Period};

impl Leaf for String {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        match text(value)?.trim() {
            "" => Err(Wrong::new("is empty").hint("write something between the quotes, or take the line out")),
            _ => Ok(text(value)?.to_owned()),
        }
    }

    fn write(&self) -> String {
        quote(self)
    }

    fn schema() -> Json {
        json!({ "type": "string", "minLength": 1 })
    }
}

impl Leaf for bool {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        match value {
            DeValue::Boolean(value) => Ok(*value),
            DeValue::String(text) if ["true", "false", "yes", "no"].contains(&text.as_ref()) => {
                Err(Wrong::kind("true or false", value).hint("write it without quotes: `true` or `false`"))
            }
            other => Err(Wrong::kind("true or false", other).hint("write `true` or `false`")),
        }
    }

    fn write(&self) -> String {
        self.to_string()
    }

    fn schema() -> Json {
        json!({ "type": "boolean" })
    }
}

impl Leaf for u32 {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        match value {
            DeValue::Integer(number) if number.as_str().starts_with('-') => Err(Wrong::new("can't be negative").hint("write 0 or more")),
            DeValue::Integer(number) => u32::from_str_radix(number.as_str(), number.radix())
                .map_err(|_| Wrong::new("is too large").hint(format!("write {} or less", u32::MAX))),
            DeValue::String(text) if text.trim().parse::<u32>().is_ok() => {
                Err(Wrong::kind("a whole number", value).hint(format!("write it without quotes: `{}`", text.trim())))
            }
            other => Err(Wrong::kind("a whole number", other).hint("digits without quotes and without a point: `5`")),
        }
    }

    fn write(&self) -> String {
        self.to_string()
    }

    fn schema() -> Json {
        json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX })
    }
}

impl Leaf for i32 {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        match value {
            DeValue::Integer(number) => i32::from_str_radix(number.as_str(), number.radix())
                .map_err(|_| Wrong::new("is too large").hint(format!("write {} to {}", i32::MIN, i32::MAX))),
            other => Err(Wrong::kind("a whole number", other).hint("digits without quotes and without a point: `5` or `-5`")),
        }
    }

    fn write(&self) -> String {
        self.to_string()
    }

    fn schema() -> Json {
        json!({ "type": "integer", "minimum": i32::MIN, "maximum": i32::MAX })
    }
}

const DURATION: &str = "[0-9]+(ms|s|m|h|d|w)( *[0-9]+(ms|s|m|h|d|w))*";

impl Leaf for Duration {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        if let DeValue::Integer(number) = value {
            return Err(Wrong::kind("a duration in quotes", value)
                .hint(format!("say what {number} is: \"{number}s\", \"{number}m\", \"{number}h\" or \"{number}d\"")));
        }
        let text = text(value)?;
        let hint = "a number with `ms`, `s`, `m`, `h`, `d` or `w`, as in \"90s\", \"2h30m\" or \"7d\"";
        let span = parse_duration(text).map_err(|_| Wrong::new(format!("can't be `{text}`, which is not a duration")).hint(hint))?;
        match span {
            Duration::ZERO => {
                Err(Wrong::new("must be longer than nothing").hint("write at least \"1s\"; without the line the default holds"))
            }
            span if span > LONGEST => Err(Wrong::new("is longer than a hundred years").hint("write at most \"36500d\"")),
            span => Ok(span),
        }
    }

    fn write(&self) -> String {
        quote(&format_duration(*self))
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": format!("^{DURATION}$"), "examples": ["90s", "2h30m", "7d"] })
    }
}

const LONGEST: Duration = Duration::from_secs(100 * 365 * 86_400);

impl Leaf for Every {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        match value {
            DeValue::String(text) if text == "auto" => Ok(Self::Auto),
            DeValue::String(text) if parse_duration(text).is_err() => {
                Err(Wrong::new(format!("can't be `{text}`")).hint("\"auto\", or a duration such as \"30m\", \"2h\" or \"1d\""))
            }
            other => Duration::read(other).map(Self::Fixed),
        }
    }

    fn write(&self) -> String {
        match self {
            Self::Auto => quote("auto"),
            Self::Fixed(span) => span.write(),
        }
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": format!("^(auto|{DURATION})$"), "examples": ["auto", "30m"] })
    }
}

/// What becomes of entries dated more than a day ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FutureDates {
    /// They count as published when they are found.
    Now,
    /// They are believed.
    Keep,
}

/// What becomes of a feed that looks like somebody else's by now, or much worse than it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takeover {
    /// Its new entries wait until a person accepts the feed.
    Hold,
    /// Nobody looks.
    Ignore,
}

/// What becomes of a post when its source changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnChange {
    /// Nothing.
    Ignore,
    /// What nobody touched becomes what the source says now.
    Update,
    /// A line in the post says so.
    Note,
}

/// What becomes of a post when its source's page is gone for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnGone {
    Nothing,
    /// A line in the post says so.
    Note,
    /// It becomes a draft.
    Draft,
}

/// Makes an enum's words the values of a key.
macro_rules! words {
    ($($type:ty { $($word:literal = $value:expr,)+ })+) => { $(
        impl Leaf for $type {
            fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
                pick(value, [$(($word, $value)),+])
            }

            fn write(&self) -> String {
                let known = [$(($word, $value)),+];
                known.iter().find(|(_, value)| value == self).map(|(word, _)| quote(word)).expect("every value has a word")
            }

            fn schema() -> Json {
                json!({ "enum": [$($word),+] })
            }
        }
    )+ };
}

/// What becomes of entries that a digest has no room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// They are in the next one.
    Wait,
    /// They are in none.
    Drop,
}

/// How a site is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SiteKind {
    /// By its own REST API, with an application password.
    Wordpress,
    /// Through WordPress.com's, with an OAuth2 token.
    WordpressCom,
}

/// Where the same entry counts as the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dedup {
    Site,
    Feed,
}

words! {
    Status {
        "draft" = Status::Draft,
        "pending" = Status::Pending,
        "private" = Status::Private,
        "publish" = Status::Publish,
        "future" = Status::Future,
    }
    SlugStyle { "clean" = SlugStyle::Clean, "keyed" = SlugStyle::Keyed, }
    NewTerms { "match" = NewTerms::Match, "create" = NewTerms::Create, "ignore" = NewTerms::Ignore, }
    Content { "excerpt" = Content::Excerpt, "feed" = Content::Feed, "page" = Content::Page, }
    DateFrom { "auto" = DateFrom::Auto, "source" = DateFrom::Source, "now" = DateFrom::Now, }
    Image { "featured" = Image::Featured, "none" = Image::None, }
    InText { "once" = InText::Once, "keep" = InText::Keep, }
    Images { "leave" = Images::Leave, "copy" = Images::Copy, }
    Window { "hour" = Window::Hour, "day" = Window::Day, "week" = Window::Week, }
    HttpVersion { "auto" = HttpVersion::Auto, "1.1" = HttpVersion::Http1, }
    Takeover { "hold" = Takeover::Hold, "ignore" = Takeover::Ignore, }
    OnChange { "ignore" = OnChange::Ignore, "update" = OnChange::Update, "note" = OnChange::Note, }
    OnGone { "nothing" = OnGone::Nothing, "note" = OnGone::Note, "draft" = OnGone::Draft, }
    FutureDates { "now" = FutureDates::Now, "keep" = FutureDates::Keep, }
    NearDuplicates { "off" = NearDuplicates::Off, "also" = NearDuplicates::Also, "hold" = NearDuplicates::Hold, }
    Hand { "daemon" = Hand::Daemon, "future" = Hand::Future, }
    Period { "day" = Period::Day, "week" = Period::Week, "month" = Period::Month, }
    Order { "newest" = Order::Newest, "oldest" = Order::Oldest, "best" = Order::Best, }
    Rest { "wait" = Rest::Wait, "drop" = Rest::Drop, }
    SiteKind { "wordpress" = SiteKind::Wordpress, "wordpress.com" = SiteKind::WordpressCom, }
    Dedup { "site" = Dedup::Site, "feed" = Dedup::Feed, }
    Editor { "blocks" = Editor::Blocks, "classic" = Editor::Classic, }
}

/// One of these words; else the nearest one is named, or all.
pub(super) fn pick<T>(value: &DeValue<'_>, known: impl IntoIterator<Item = (&'static str, T)>) -> Result<T, Wrong> {
    let text = text(value)?;
    let (words, mut values): (Vec<_>, Vec<_>) = known.into_iter().unzip();
    if let Some(place) = words.iter().position(|word| *word == text) {
        return Ok(values.swap_remove(place));
    }
    let all = one_of(&words);
    let hint = match other_word(text).filter(|word| words.contains(word)).or_else(|| nearest(text, words.iter().copied())) {
        Some(word) => format!("did you mean `{word}`? it can be {all}"),
        None => format!("it can be {all}"),
    };
    Err(Wrong::new(format!("can't be `{text}`")).hint(hint))
}

/// What people say, and the word that is meant.
fn other_word(text: &str) -> Option<&'static str> {
    Some(match text.to_lowercase().as_str() {
        "published" | "public" | "live" => "publish",
        "scheduled" | "schedule" => "future",
        "review" => "pending",
        "full" | "full-text" | "fulltext" => "page",
        "summary" => "excerpt",
        "gutenberg" | "block" => "blocks",
        "html" | "tinymce" => "classic",
        "daily" => "day",
        "weekly" => "week",
        "monthly" => "month",
        "1" | "http1" | "http/1.1" => "1.1",
        _ => return None,
    })
}

/// The text of a value.
pub fn text<'a>(value: &'a DeValue<'_>) -> Result<&'a str, Wrong> {
    match value {
        DeValue::String(text) => Ok(text),
        other => {
            let hint = match other {
                DeValue::Array(_) => "one text only, without brackets",
                DeValue::Table(_) => "one text only, without braces",
                _ => "put it in quotes: \"…\"",
            };
            Err(Wrong::kind("text in quotes", other).hint(hint))
        }
    }
}

/// As TOML writes a text on one line.
pub fn quote(text: &str) -> String {
    let plain = text.chars().all(|c| !c.is_control() && c != '\'');
    if plain && (text.contains('"') || text.contains('\\')) {
        return format!("'{text}'");
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out + "\""
}
