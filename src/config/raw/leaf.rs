//! Values without parts: texts, numbers, durations, addresses and words from a list.

use std::net::SocketAddr;
use std::time::Duration;

use ipnet::IpNet;
use serde_json::{Value as Json, json};
use toml::de::DeValue;
use url::Url;

use super::super::problem::{nearest, one_of};
use super::access::HttpVersion;
use super::node::{Leaf, Wrong};
use crate::domain::{NearDuplicates, NewTerms, SlugStyle, Status, format_duration, parse_duration};
use crate::poll::{self, DateFormatError};
use crate::rewrite::{Content, DateFrom, Editor, Image, Images, InText, Order};
use crate::schedule::{Every, Period};

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

/// An absolute http or https address without a password in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebUrl(pub Url);

impl Leaf for WebUrl {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        let text = text(value)?.trim();
        if let Some(rest) = text.strip_prefix("feed://").or(text.strip_prefix("feed:")) {
            let rest = rest.trim_start_matches("https://").trim_start_matches("http://");
            return Err(Wrong::new("must begin with `https://` or `http://`").hint(format!("try \"https://{rest}\"")));
        }
        let url = match Url::parse(text) {
            Ok(url) => url,
            Err(url::ParseError::RelativeUrlWithoutBase) if !text.is_empty() && !text.contains(' ') => {
                let rest = text.trim_start_matches('/');
                return Err(Wrong::new("is no whole address").hint(format!("try \"https://{rest}\"")));
            }
            Err(error) => {
                return Err(Wrong::new(format!("is no address: {error}")).hint("the address as a browser shows it: \"https://…\""));
            }
        };
        match (url.scheme(), url.host_str()) {
            ("http" | "https", Some(_)) if !url.username().is_empty() || url.password().is_some() => {
                Err(Wrong::new("can't carry a user or a password: addresses are logged")
                    .hint("take out all that stands between `//` and `@`"))
            }
            ("http" | "https", Some(_)) => Ok(Self(url)),
            // `localhost:8080` reads as a scheme and a path
            (_, None) if url.path().split('/').next().is_some_and(|port| port.parse::<u16>().is_ok()) => {
                Err(Wrong::new("is no whole address").hint(format!("try \"http://{text}\"")))
            }
            (scheme, _) => Err(Wrong::new(format!("must begin with `https://` or `http://`, not `{scheme}:`"))
                .hint("the address as a browser shows it: \"https://…\"")),
        }
    }

    fn write(&self) -> String {
        quote(self.0.as_str())
    }

    fn schema() -> Json {
        json!({ "type": "string", "format": "uri", "pattern": "^https?://" })
    }
}

/// Where a feed is: on the web, or a file on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeedUrl {
    Web(WebUrl),
    /// A `file:` address.
    File(Url),
    /// A path, relative to the file in which it is written.
    Path(String),
}

impl Leaf for FeedUrl {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        let text = text(value)?.trim();
        if text == "-" {
            return Err(Wrong::new("can't be standard input, which can be read once only")
                .hint("`wirepress try -` shows what comes there; for a feed let a program write a file, and name that"));
        }
        if text.starts_with("file:") {
            let url = Url::parse(text).ok().filter(|url| url.to_file_path().is_ok());
            return url
                .map(Self::File)
                .ok_or_else(|| Wrong::new("is no file of this machine").hint("\"file:///path/to/feed.xml\", or the path alone"));
        }
        if text.starts_with("./") || text.starts_with("../") || (text.starts_with('/') && !text.starts_with("//")) {
            return Ok(Self::Path(text.to_owned()));
        }
        WebUrl::read(value).map(Self::Web)
    }

    fn write(&self) -> String {
        match self {
            Self::Web(url) => url.write(),
            Self::File(url) => quote(url.as_str()),
            Self::Path(path) => quote(path),
        }
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": "^(https?:|file:|\\.{0,2}/)" })
    }
}

/// An address and a port to listen at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Socket(pub SocketAddr);

impl Leaf for Socket {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        let text = text(value)?.trim();
        text.parse().map(Self).map_err(|_| {
            let hint = "an address of this machine and a port: \"127.0.0.1:8787\", \"0.0.0.0:8787\" for all of them, \"[::]:8787\"";
            Wrong::new(format!("can't be `{text}`")).hint(hint)
        })
    }

    fn write(&self) -> String {
        quote(&self.0.to_string())
    }

    fn schema() -> Json {
        json!({ "type": "string", "examples": ["127.0.0.1:8787", "[::1]:8787"] })
    }
}

impl Leaf for IpNet {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        let text = text(value)?;
        text.parse::<IpNet>().map_err(|_| {
            let wrong = Wrong::new(format!("can't hold `{text}`, which is not a network"));
            match text.parse::<std::net::IpAddr>() {
                Ok(address) => {
                    wrong.hint(format!("for this address alone write \"{address}/{}\"", if address.is_ipv4() { 32 } else { 128 }))
                }
                Err(_) => wrong.hint("an address and the length of its prefix, as in \"10.0.0.0/8\" or \"fd00::/8\"; no host names"),
            }
        })
    }

    fn write(&self) -> String {
        quote(&self.to_string())
    }

    fn schema() -> Json {
        json!({ "type": "string", "examples": ["10.1.2.3/32", "fd00::/8"] })
    }
}

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
    HttpVersion { "auto" = HttpVersion::Auto, "1.1" = HttpVersion::Http1, }
    Takeover { "hold" = Takeover::Hold, "ignore" = Takeover::Ignore, }
    FutureDates { "now" = FutureDates::Now, "keep" = FutureDates::Keep, }
    NearDuplicates { "off" = NearDuplicates::Off, "also" = NearDuplicates::Also, "hold" = NearDuplicates::Hold, }
    Period { "day" = Period::Day, "week" = Period::Week, "month" = Period::Month, }
    Order { "newest" = Order::Newest, "oldest" = Order::Oldest, }
    Rest { "wait" = Rest::Wait, "drop" = Rest::Drop, }
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
