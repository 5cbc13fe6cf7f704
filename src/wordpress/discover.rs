//! Finds a site's REST API from the address that a person typed (WordPress REST handbook, Discovery).

use std::sync::LazyLock;
use std::time::Duration;

use regex::Regex;
use serde_json::Value;
use url::{Host, Url};

use crate::http::{self, HeaderValue, Limits, Request, Response, header};

use super::answer::{self, Act};
use super::{Base, Failure, Root, Wait, firewall};
use crate::domain::Timestamp;

/// What the index is asked for: whole it has 160 to 200 KB.
const INDEX: &str = "name,url,home,namespaces,authentication,gmt_offset,timezone_string";
const LIMITS: Limits = Limits { first_byte: Duration::from_secs(30), total: Duration::from_secs(30), ..Limits::PAGE };

/// Whether a password may go over plain http to a host that isn't this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainHttp {
    Refuse,
    Allow,
}

/// No REST API was found.
#[derive(Debug, thiserror::Error)]
pub enum DiscoverError {
    #[error("the site can't be reached: {0}")]
    Unreachable(#[source] http::Error),
    #[error("`{url}` answers, but no WordPress was found there: {why}")]
    NotWordPress { url: String, why: String },
    #[error("`{url}` leads nowhere: {why}")]
    WrongPath { url: String, why: String },
    #[error("`{url}` is a WordPress, but its REST API isn't there: {why}")]
    NoRest { url: String, why: String },
    #[error("the REST API of `{url}` is switched off: {why}")]
    RestOff { url: String, why: String },
    #[error("something in front of `{url}` refuses us ({by}): {why}")]
    Firewall { url: String, by: &'static str, why: String },
    #[error("`{url}` is in maintenance")]
    Maintenance { url: String, wait: Option<Wait> },
    #[error("`{url}` is out of order for now: {why}")]
    Unwell { url: String, why: String, wait: Option<Wait> },
    #[error("`{url}` is plain http, where anybody on the way can read the password")]
    Plain { url: String },
    #[error("`{url}` leads to a REST API on another host, `{other}`: the password isn't sent there")]
    OtherHost { url: String, other: String },
}

impl DiscoverError {
    /// Whether it may go better later, with nothing changed.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Unreachable(cause) => cause.is_temporary(),
            Self::Unwell { .. } | Self::Maintenance { .. } => true,
            Self::NotWordPress { .. }
            | Self::WrongPath { .. }
            | Self::NoRest { .. }
            | Self::RestOff { .. }
            | Self::Firewall { .. }
            | Self::Plain { .. }
            | Self::OtherHost { .. } => false,
        }
    }
}

impl DiscoverError {
    /// Not before this (`Retry-After`); `None`: the site said nothing.
    pub fn not_before(&self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Unwell { wait: Some(wait), .. } | Self::Maintenance { wait: Some(wait), .. } => Some(wait.end(now)),
            _ => None,
        }
    }
}

/// Asks the address for its `Link` header, then its page, then `/?rest_route=/`; sends no password.
pub async fn discover(http: &http::Client, url: &Url, plain: PlainHttp) -> Result<Root, DiscoverError> {
    let typed = front(url);
    let page = http.send(asking("page", typed.clone(), "text/html,*/*;q=0.5")).await.map_err(DiscoverError::Unreachable)?;
    let mut bases = Vec::new();
    if let Some(named) = named(&page) {
        if host(&named) != host(&typed) {
            return Err(DiscoverError::OtherHost { url: typed.into(), other: named.host_str().unwrap_or("").to_owned() });
        }
        bases.push(base(stepped_up(named, &page.url)));
    }
    // what a page leads to on its own host counts as typed; the rest route works with any permalink setting
    for at in [&page.url, &typed] {
        if host(at) == host(&typed) {
            bases.push(Base::Query(bare(at)));
        }
    }
    bases.dedup();
    if bases.iter().all(|base| is_plain(base.as_url())) && plain == PlainHttp::Refuse {
        return Err(DiscoverError::Plain { url: typed.into() });
    }
    let mut first = None;
    for base in bases.into_iter().filter(|base| plain == PlainHttp::Allow || !is_plain(base.as_url())) {
        match index(http, &base).await {
            Ok(json) => return Ok(root(base, &json, &page)),
            Err(failure) => first = first.or(Some(failure)),
        }
    }
    Err(why_not(&typed, &page, first))
}

/// The site's front page, whatever part of the site was typed.
fn front(url: &Url) -> Url {
    let mut front = bare(url);
    for tail in ["/wp-json", "/wp-admin", "/wp-login.php", "/xmlrpc.php", "/index.php"] {
        if let Some(at) = front.path().find(tail) {
            let path = format!("{}/", &front.path()[..at]);
            front.set_path(&path);
        }
    }
    front
}

fn bare(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    url
}

fn asking(label: &'static str, url: Url, accept: &'static str) -> Request {
    Request::get(label, url, LIMITS).header(header::ACCEPT, HeaderValue::from_static(accept))
}

/// The API's address as a page names it: in a `Link` header (also on a 404), else in its head.
fn named(page: &Response) -> Option<Url> {
    static LINK: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"<([^>]*)>\s*;[^,]*\brel="?https://api\.w\.org/"?"#).expect("a regex that is tested"));
    static ELEMENT: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"(?i)<link\b[^>]*\brel=["']https://api\.w\.org/["'][^>]*>"#).expect("a regex that is tested"));
    static HREF: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"(?i)\bhref=["']([^"']+)["']"#).expect("a regex that is tested"));

    let mut headers = page.headers.get_all(header::LINK).iter().filter_map(|value| value.to_str().ok());
    let address = headers.find_map(|value| Some(LINK.captures(value)?[1].to_owned())).or_else(|| {
        let html = String::from_utf8_lossy(&page.body);
        let element = ELEMENT.find(&html)?.as_str();
        Some(html_escape::decode_html_entities(&HREF.captures(element)?[1]).into_owned())
    })?;
    page.url.join(&address).ok()
}

/// A site behind a proxy that ends TLS often names itself with `http:`.
fn stepped_up(mut named: Url, page: &Url) -> Url {
    if page.scheme() == "https" && named.scheme() == "http" && named.port().is_none() {
        // can't fail: both are web schemes
        let _ = named.set_scheme("https");
    }
    named
}

fn base(named: Url) -> Base {
    if named.query_pairs().any(|(name, _)| name == "rest_route") { Base::Query(bare(&named)) } else { Base::Pretty(bare(&named)) }
}

fn host(url: &Url) -> String {
    url.host_str().unwrap_or("").trim_start_matches("www.").to_owned()
}

/// Plain http to somewhere else than this machine.
fn is_plain(url: &Url) -> bool {
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() != "https" && !loopback
}

/// No index, and whose page came in its place.
type NoIndex = (Failure, Option<&'static str>);

async fn index(http: &http::Client, base: &Base) -> Result<Value, NoIndex> {
    let what = "asking for the REST index";
    let mut request = asking("index", base.url("/", &[("_fields", INDEX)]), "application/json");
    // a redirect here would be one for every request to come
    request.follow = http::Follow::No;
    let response = http.send(request).await.map_err(|error| (answer::unanswered(what, Act::Read, error), None))?;
    let json = answer::read(what, Act::Read, &response).map_err(|failure| (failure, firewall::named(&response)))?;
    let namespaces = json["namespaces"].as_array();
    if namespaces.is_some_and(|all| all.iter().any(|name| name == "wp/v2")) {
        return Ok(json);
    }
    Err((Failure::Lost { what, because: "the answer isn't a WordPress REST index".to_owned() }, None))
}

fn root(base: Base, json: &Value, page: &Response) -> Root {
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    // `[]` where there is none
    let passwords = &json["authentication"]["application-passwords"];
    // numbers come as texts where a plug-in stored them so
    let offset = json["gmt_offset"].as_f64().or_else(|| json["gmt_offset"].as_str()?.parse().ok());
    Root {
        base,
        name: html_escape::decode_html_entities(&text(&json["name"])).into_owned(),
        home: text(&json["home"]),
        language: language(&page.body),
        gmt_offset: offset.unwrap_or(0.0),
        timezone: text(&json["timezone_string"]),
        application_passwords: passwords.is_object(),
        authorize: passwords["endpoints"]["authorization"].as_str().map(str::to_owned),
        namespaces: json["namespaces"].as_array().map(|all| all.iter().map(text).collect()).unwrap_or_default(),
    }
}

fn language(page: &[u8]) -> Option<String> {
    static LANG: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"(?i)<html\b[^>]*\blang=["']([a-z]{2,3}(?:-[a-z0-9-]+)?)["']"#).expect("a regex that is tested"));
    let html = String::from_utf8_lossy(&page[..page.len().min(16 * 1024)]);
    Some(LANG.captures(&html)?[1].to_owned())
}

fn why_not(typed: &Url, page: &Response, failure: Option<NoIndex>) -> DiscoverError {
    let (url, status) = (typed.to_string(), page.status);
    if host(&page.url) != host(typed) {
        return DiscoverError::OtherHost { url, other: page.url.host_str().unwrap_or("").to_owned() };
    }
    let by = firewall::named(page).filter(|_| !status.is_success()).or(failure.as_ref().and_then(|(_, by)| *by));
    if status == 503 && is_maintenance(page) {
        return DiscoverError::Maintenance { url, wait: Wait::of(&page.headers) };
    }
    if let Some(by) = by {
        return DiscoverError::Firewall { url, by, why: format!("it answers {status}") };
    }
    match failure.map(|(failure, _)| failure) {
        Some(Failure::Unwelcome(refusal)) => DiscoverError::RestOff { url, why: refusal.to_string() },
        Some(Failure::Refused(refusal)) if refusal.status == 403 => DiscoverError::RestOff { url, why: refusal.to_string() },
        Some(Failure::Blocked { because, .. }) => {
            DiscoverError::Firewall { url, by: "a firewall, or the web server's own rules", why: because }
        }
        Some(Failure::NotDone { because, wait, cause: None, .. }) if because.contains("wp_die") && wait.is_some() => {
            DiscoverError::Maintenance { url, wait }
        }
        _ if status.is_server_error() => DiscoverError::Unwell { url, why: format!("it answers {status}"), wait: Wait::of(&page.headers) },
        Some(Failure::NotDone { because, wait, cause: Some(_), .. }) => DiscoverError::Unwell { url, why: because, wait },
        Some(failure) if is_wordpress(page) => DiscoverError::NoRest { url, why: failure.to_string() },
        _ if status == 404 || status == 410 => DiscoverError::WrongPath { url, why: format!("it answers {status}") },
        Some(failure) => DiscoverError::NotWordPress { url, why: failure.to_string() },
        None => DiscoverError::NotWordPress { url, why: format!("it answers {status}") },
    }
}

/// WordPress' own page of maintenance, or one that says so.
fn is_maintenance(page: &Response) -> bool {
    page.header(header::RETRY_AFTER) == Some("600") || String::from_utf8_lossy(&page.body).to_lowercase().contains("maintenance")
}

/// A page that WordPress made, whatever it says of its API.
fn is_wordpress(page: &Response) -> bool {
    let html = String::from_utf8_lossy(&page.body);
    ["/wp-content/", "/wp-includes/", "content=\"WordPress"].iter().any(|sign| html.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{HeaderMap, StatusCode};

    fn page(link: &str, body: &str) -> Response {
        let mut headers = HeaderMap::new();
        if !link.is_empty() {
            headers.insert(header::LINK, link.parse().unwrap());
        }
        let url = "https://blog.example/news/".parse().unwrap();
        Response { status: StatusCode::OK, headers, url, hops: Vec::new(), body: body.into(), wire: 0 }
    }

    #[test]
    fn the_api_is_named_in_a_header_or_in_the_head() {
        for (link, body, named_as) in [
            (r#"<https://blog.example/wp-json/>; rel="https://api.w.org/""#, "", Some("https://blog.example/wp-json/")),
            (
                r#"<https://blog.example/?p=2>; rel=shortlink, <https://blog.example/index.php?rest_route=/>; rel="https://api.w.org/""#,
                "",
                Some("https://blog.example/index.php?rest_route=/"),
            ),
            (
                "",
                r#"<head><link rel="https://api.w.org/" href="https://blog.example/wp-json/" /></head>"#,
                Some("https://blog.example/wp-json/"),
            ),
            ("", r#"<link href='/x/?rest_route=/&#038;a=1' rel='https://api.w.org/'>"#, Some("https://blog.example/x/?rest_route=/&a=1")),
            (r#"<https://blog.example/a>; rel="next""#, "<p>hello</p>", None),
        ] {
            assert_eq!(named(&page(link, body)).map(String::from).as_deref(), named_as, "{link} {body}");
        }
    }

    #[test]
    fn any_address_of_the_site_leads_to_its_front() {
        for (typed, at) in [
            ("https://blog.example", "https://blog.example/"),
            ("https://blog.example/wp-admin/edit.php?x=1", "https://blog.example/"),
            ("https://blog.example/news/wp-json/wp/v2/posts", "https://blog.example/news/"),
            ("https://blog.example/news/#top", "https://blog.example/news/"),
        ] {
            assert_eq!(front(&Url::parse(typed).unwrap()).as_str(), at);
        }
    }

    #[test]
    fn routes_become_addresses_with_either_kind_of_permalink() {
        let pretty = base(Url::parse("https://blog.example/wp-json/").unwrap());
        assert_eq!(pretty.url("/wp/v2/posts", &[("slug", "a,b")]).as_str(), "https://blog.example/wp-json/wp/v2/posts?slug=a%2Cb");
        let query = base(Url::parse("https://blog.example/index.php?rest_route=/").unwrap());
        assert_eq!(
            query.url("/wp/v2/posts", &[("slug", "a")]).as_str(),
            "https://blog.example/index.php?rest_route=%2Fwp%2Fv2%2Fposts&slug=a"
        );
    }

    #[test]
    fn only_this_machine_may_be_spoken_to_in_plain() {
        for (url, plain) in [
            ("https://blog.example/", false),
            ("http://blog.example/", true),
            ("http://localhost:8068/", false),
            ("http://127.0.0.1/", false),
            ("http://[::1]/", false),
            ("http://10.0.0.1/", true),
            ("http://127.0.0.1.evil.example/", true),
        ] {
            assert_eq!(is_plain(&Url::parse(url).unwrap()), plain, "{url}");
        }
    }
}
