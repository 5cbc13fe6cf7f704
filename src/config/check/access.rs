//! `auth`, `headers`, `cookies`, `proxy`, `client_certificate`, `http_version`: names that HTTP takes, and no password in the open.

use url::Url;

use super::super::access::{AccessConfig, Auth, Proxy, Value};
use super::super::raw;
use super::super::source::{At, Place};
use super::Check;
use super::site::is_this_machine;
use crate::domain::Secret;
use crate::http::HeaderName;

/// Headers that the program itself answers for, and what to write instead.
const OURS: [(&str, &str); 14] = [
    ("authorization", "write `auth = { basic = { … } }` or `auth = { bearer = { … } }`"),
    ("proxy-authorization", "write `proxy = { url = \"…\", user = \"…\", password = { … } }`"),
    ("cookie", "write `cookies = { name = { env = \"…\" } }`"),
    ("host", "the host is the one of `url`"),
    ("accept-encoding", "take it out: what can be unpacked is said anyway"),
    ("if-none-match", "take it out: what the server itself said is sent back"),
    ("if-modified-since", "take it out: what the server itself said is sent back"),
    ("a-im", "take it out: it is sent where it helps"),
    ("connection", "take it out: it belongs to the connection, not to the request"),
    ("content-length", "take it out: it belongs to the connection, not to the request"),
    ("keep-alive", "take it out: it belongs to the connection, not to the request"),
    ("te", "take it out: it belongs to the connection, not to the request"),
    ("transfer-encoding", "take it out: it belongs to the connection, not to the request"),
    ("upgrade", "take it out: it belongs to the connection, not to the request"),
];

impl Check {
    /// What a feed's requests have; `url` is the feed's, where there is one.
    pub(super) fn access(&mut self, keys: &raw::AccessKeys, url: Option<&Url>) -> Option<AccessConfig> {
        let auth = keys.auth.as_ref().map(|auth| self.auth(auth));
        let headers = self.headers(keys.headers.as_ref());
        let cookies = self.cookies(keys.cookies.as_ref());
        let proxy = keys.proxy.as_ref().map(|proxy| self.proxy(proxy));
        let certificate = keys.client_certificate.as_ref().map(|pem| self.secret(pem));
        if let Some(url) = url.filter(|url| url.scheme() == "http" && !is_this_machine(url)) {
            self.unencrypted(keys, url);
        }
        Some(AccessConfig {
            auth: auth.unwrap_or(Some(None))?,
            headers: headers?,
            cookies: cookies?,
            proxy: proxy.unwrap_or(Some(None))?,
            client_certificate: certificate.map_or(Some(None), |read| read.map(Some))?,
            only_http1: keys.http_version.as_ref().is_some_and(|version| version.value == raw::HttpVersion::Http1),
        })
    }

    fn auth(&mut self, auth: &raw::Auth) -> Option<Option<Auth>> {
        match (&auth.basic, &auth.bearer) {
            (None, None) => Some(None),
            (Some(_), Some(_)) => {
                self.error(&auth.at, "`auth` can be `basic` or `bearer`, not both", "keep one of them");
                None
            }
            (None, Some(token)) => Some(Some(Auth::Bearer(self.secret(token)?))),
            (Some(basic), None) => {
                let password = basic.password.as_ref().and_then(|password| self.secret(password));
                let user = basic.user.as_ref()?;
                self.user(user);
                Some(Some(Auth::Basic { user: user.value.clone(), password: password? }))
            }
        }
    }

    fn user(&mut self, user: &At<String>) {
        if user.value.contains(':') {
            // what follows the colon may be a password
            self.sources.hide(&user.at);
            self.error(&user.at, "a user's name can't hold a colon", "the name alone; the password comes from `password`");
        }
    }

    fn headers(&mut self, named: Option<&raw::Named>) -> Option<Vec<(HeaderName, Value)>> {
        let mut all = Some(Vec::new());
        for (name, value) in named.into_iter().flat_map(|named| &named.0) {
            let header = HeaderName::from_bytes(name.value.as_bytes()).ok();
            if header.is_none() {
                self.error(&name.at, format!("`{}` is no name of a header", name.value), "letters, digits and hyphens: \"X-Api-Key\"");
            }
            let ours = header.as_ref().and_then(|header| OURS.iter().find(|(ours, _)| *ours == header.as_str()));
            if let Some((ours, hint)) = ours {
                self.error(&name.at, format!("the header `{ours}` can't be set here"), *hint);
            }
            self.named((name, value), header.filter(|_| ours.is_none()), &mut all);
        }
        all
    }

    fn cookies(&mut self, named: Option<&raw::Named>) -> Option<Vec<(String, Value)>> {
        let mut all = Some(Vec::new());
        for (name, value) in named.into_iter().flat_map(|named| &named.0) {
            // a cookie's name is a token, as a header's is (RFC 6265, section 4.1.1)
            let fits = HeaderName::from_bytes(name.value.as_bytes()).is_ok();
            if !fits {
                let hint = "the name that stands before the `=` in the browser's list of cookies";
                self.error(&name.at, format!("`{}` is no name of a cookie", name.value), hint);
            }
            if let raw::TextOrSecret::Text(text) = value
                && text.value.0.contains(';')
            {
                self.sources.hide(&text.at);
                self.error(&text.at, "a cookie's value can't hold a semicolon", "one line for each cookie");
            }
            self.named((name, value), fits.then(|| name.value.clone()), &mut all);
        }
        all
    }

    /// Adds one name with its value to `all`; nothing is left of `all` where something is wrong.
    fn named<T>(&mut self, (name, value): (&At<String>, &raw::TextOrSecret), read: Option<T>, all: &mut Option<Vec<(T, Value)>>) {
        let value = match value {
            raw::TextOrSecret::Text(text) if text.value.0.chars().any(char::is_control) => {
                self.sources.hide(&text.at);
                self.error(&text.at, format!("the value of `{}` holds a control character", name.value), "one line of text");
                None
            }
            // it takes an inherited one away
            raw::TextOrSecret::Text(text) if text.value.0.is_empty() => return,
            raw::TextOrSecret::Text(text) => Some(Value::Text(Secret::new(text.value.0.clone()))),
            raw::TextOrSecret::Secret(secret) => self.secret(secret).map(Value::From),
        };
        match (read, value) {
            (Some(read), Some(value)) => {
                if let Some(all) = all {
                    all.push((read, value));
                }
            }
            _ => *all = None,
        }
    }

    fn proxy(&mut self, proxy: &raw::Proxy) -> Option<Option<Proxy>> {
        let keys = match proxy {
            raw::Proxy::Url(url) => return Some(url.value.0.clone().map(|url| Proxy { url, user: None })),
            raw::Proxy::Keys(keys) => keys,
        };
        let password = keys.password.as_ref().map(|password| self.secret(password));
        if let Some(user) = &keys.user {
            self.user(user);
        }
        let user = match (&keys.user, password) {
            (None, None) => None,
            (Some(user), Some(password)) => Some((user.value.clone(), password?)),
            _ => {
                self.error(&keys.at, "a proxy's `user` and `password` come together", "write both, or neither");
                return None;
            }
        };
        Some(keys.url.as_ref()?.value.0.clone().map(|url| Proxy { url, user }))
    }

    /// Warns of what anybody between could read.
    fn unencrypted(&mut self, keys: &raw::AccessKeys, url: &Url) {
        let auth = keys.auth.as_ref().filter(|auth| auth.basic.is_some() || auth.bearer.is_some()).map(|auth| &auth.at);
        let cookies = keys.cookies.as_ref().and_then(|cookies| Some(&cookies.0.first()?.0.at));
        let header = keys.headers.as_ref().and_then(|headers| {
            headers.0.iter().find(|(_, value)| matches!(value, raw::TextOrSecret::Secret(_))).map(|(name, _)| &name.at)
        });
        let first: Option<&Place> = auth.or(cookies).or(header);
        if let Some(at) = first {
            let hint = format!("write `https://{}` as the feed's address, if its server speaks it", &url.as_str()["http://".len()..]);
            self.warn(&at.clone(), "this goes over the network unencrypted", hint);
        }
    }
}
