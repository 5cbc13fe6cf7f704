//! What a feed's requests have that others' don't: passwords, headers, cookies, a proxy, a certificate.

use serde_json::{Value as Json, json};
use toml::Spanned;
use toml::de::DeValue;
use url::Url;

use super::super::source::At;
use super::leaf::{quote, text};
use super::node::{Leaf, Node, Reading, Wrong, table};
use super::value::{Password, key};

table! {
    /// `auth`
    Auth "" {
        /// A user and a password (RFC 7617).
        basic: Basic,
        /// Where a bearer token comes from (RFC 6750).
        bearer: Password,
    }
}

table! {
    /// `basic`
    Basic "" {
        /// The user's name.
        user: At<String> = required,
        /// Where the password comes from; never the password itself.
        password: Password = required,
    }
}

/// A text that may stand in the configuration, or where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum TextOrSecret {
    /// Empty: one that is inherited is taken away.
    Text(At<Bare>),
    Secret(Password),
}

/// A text, which may be empty. It is shown as `***`: one can't tell by the look which header holds a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bare(pub String);

impl Leaf for Bare {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        text(value).map(|text| Self(text.to_owned()))
    }

    fn write(&self) -> String {
        if self.0.is_empty() { quote("") } else { quote("***") }
    }

    fn schema() -> Json {
        json!({ "type": "string" })
    }
}

impl Node for TextOrSecret {
    fn read(value: &Spanned<DeValue<'_>>, reading: &mut Reading<'_>) -> Option<Self> {
        match value.get_ref() {
            DeValue::Table(_) => Password::read(value, reading).map(Self::Secret),
            _ => At::read(value, reading).map(Self::Text),
        }
    }

    fn inline(&self) -> Option<String> {
        match self {
            Self::Text(text) => text.inline(),
            Self::Secret(secret) => secret.inline(),
        }
    }

    fn schema() -> Json {
        json!({ "anyOf": [Bare::schema(), Password::schema()] })
    }
}

/// Names and what they are set to: headers, cookies.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Named(pub Vec<(At<String>, TextOrSecret)>);

impl Named {
    /// Its own, and those of `under` that it doesn't name; upper and lower case are the same.
    pub fn over(self, under: Option<&Self>) -> Self {
        let is_own = |name: &At<String>| self.0.iter().any(|(own, _)| own.value.eq_ignore_ascii_case(&name.value));
        let mut all: Vec<_> = under.map_or(&[][..], |under| &under.0).iter().filter(|(name, _)| !is_own(name)).cloned().collect();
        all.extend(self.0.clone());
        Self(all)
    }
}

impl Node for Named {
    fn read(value: &Spanned<DeValue<'_>>, reading: &mut Reading<'_>) -> Option<Self> {
        let table = reading.key.clone();
        let DeValue::Table(values) = value.get_ref() else {
            let hint = format!("name each with its value: `{table} = {{ \"name\" = {{ env = \"NAME\" }} }}`");
            reading.wrong(value.span(), Wrong::kind("a table", value.get_ref()).hint(hint));
            return None;
        };
        let mut read = Vec::new();
        for (name, value) in values {
            reading.key = format!("{table}.{}", name.get_ref());
            let name = At { value: name.get_ref().to_string(), at: reading.place(name.span()) };
            read.extend(TextOrSecret::read(value, reading).map(|value| (name, value)));
        }
        read.sort_by_key(|(name, _)| name.at.span.start);
        Some(Self(read))
    }

    fn inline(&self) -> Option<String> {
        if self.0.is_empty() {
            return Some("{}".to_owned());
        }
        let all: Vec<String> =
            self.0.iter().map(|(name, value)| format!("{} = {}", key(&name.value), value.inline().unwrap_or_default())).collect();
        Some(format!("{{ {} }}", all.join(", ")))
    }

    fn schema() -> Json {
        json!({ "type": "object", "additionalProperties": TextOrSecret::schema() })
    }
}

/// A proxy's address, or `"none"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyUrl(pub Option<Url>);

impl Leaf for ProxyUrl {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        const HINT: &str = "\"http://proxy.example:3128\", \"https://…\" or \"socks5://127.0.0.1:1080\"; \"none\" for no proxy";
        let text = text(value)?.trim();
        if text == "none" {
            return Ok(Self(None));
        }
        let url = Url::parse(text).map_err(|error| Wrong::new(format!("is no address: {error}")).hint(HINT))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Wrong::new("can't carry a user or a password: addresses are logged")
                .hint("proxy = { url = \"http://proxy.example:3128\", user = \"me\", password = { env = \"NAME\" } }"));
        }
        match (url.scheme(), url.host_str()) {
            ("http" | "https" | "socks5" | "socks5h", Some(host)) if !host.is_empty() => Ok(Self(Some(url))),
            (scheme, _) => Err(Wrong::new(format!("can't be spoken to by `{scheme}`")).hint(HINT)),
        }
    }

    fn write(&self) -> String {
        quote(self.0.as_ref().map_or("none", Url::as_str))
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": "^(none$|(https?|socks5h?)://)" })
    }
}

table! {
    /// `proxy`
    ProxyKeys "" {
        /// Its address: `http`, `https` or `socks5`.
        url: At<ProxyUrl> = required,
        /// The user's name at the proxy.
        user: At<String>,
        /// Where that user's password comes from; never the password itself.
        password: Password,
    }
}

/// A proxy's address, or that with a user and a password.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one a feed, and gone once the configuration is read")]
pub enum Proxy {
    Url(At<ProxyUrl>),
    Keys(ProxyKeys),
}

impl Node for Proxy {
    fn read(value: &Spanned<DeValue<'_>>, reading: &mut Reading<'_>) -> Option<Self> {
        match value.get_ref() {
            DeValue::Table(_) => ProxyKeys::read(value, reading).map(Self::Keys),
            _ => At::read(value, reading).map(Self::Url),
        }
    }

    fn inline(&self) -> Option<String> {
        match self {
            Self::Url(url) => url.inline(),
            Self::Keys(keys) => keys.inline(),
        }
    }

    fn schema() -> Json {
        json!({ "anyOf": [ProxyUrl::schema(), ProxyKeys::schema()] })
    }
}

/// Which HTTP is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpVersion {
    Auto,
    Http1,
}

table! {
    /// What a feed's requests have that others' don't.
    AccessKeys "" {
        /// Who asks: `{ basic = { user = "…", password = { env = "…" } } }` or `{ bearer = { env = "…" } }`. `{}` takes an inherited one away.
        auth: Auth,
        /// Headers that are sent along; a value is a text or a secret. An empty text takes an inherited one away.
        headers: Named,
        /// Cookies that are sent along; a value is a text or a secret. An empty text takes an inherited one away.
        cookies: Named,
        /// The proxy that requests go through: an address, or one with `user` and `password`; `"none"` for no proxy.
        proxy: Proxy,
        /// A certificate for servers that ask for one: where a PEM text with the certificate and its key comes from.
        client_certificate: Password,
        /// `"auto"`: HTTP/2 where the server speaks it; `"1.1"` for servers that do it badly.
        http_version: At<HttpVersion>,
    }
}

impl AccessKeys {
    /// What it says itself, and `under` where it says nothing. Headers and cookies are joined, name by name.
    pub fn over(self, under: &Self) -> Self {
        let Self { at, auth, headers, cookies, proxy, client_certificate, http_version } = self;
        Self {
            at,
            auth: auth.or_else(|| under.auth.clone()),
            headers: headers.map(|own| own.over(under.headers.as_ref())).or_else(|| under.headers.clone()),
            cookies: cookies.map(|own| own.over(under.cookies.as_ref())).or_else(|| under.cookies.clone()),
            proxy: proxy.or_else(|| under.proxy.clone()),
            client_certificate: client_certificate.or_else(|| under.client_certificate.clone()),
            http_version: http_version.or_else(|| under.http_version.clone()),
        }
    }
}
