//! A site that is reached through WordPress.com (developer.wordpress.com, REST API): its routes lie under one host for all sites, and
//! an OAuth2 token takes the place of an application password. It knows no batches.

use std::time::Duration;

use serde_json::Value;
use url::Url;

use crate::domain::Secret;
use crate::http::{self, Follow, HeaderValue, Limits, Request, header};

use super::answer::{self, Act};
use super::{Base, DiscoverError, Failure, Root};

const LIMITS: Limits = Limits { first_byte: Duration::from_secs(30), total: Duration::from_secs(30), ..Limits::PAGE };

/// Asks WordPress.com for the site of that address. `api`: `https://public-api.wordpress.com/`.
///
/// # Errors
/// [`DiscoverError::NotWordPress`]: WordPress.com knows no such site, or the token opens none.
pub async fn discover_com(http: &http::Client, api: &Url, site: &Url, token: &Secret) -> Result<Root, DiscoverError> {
    let host = site.host_str().unwrap_or("").to_owned();
    let mut url = api.clone();
    url.set_path(&format!("{}/rest/v1.1/sites/{host}", api.path().trim_end_matches('/')));
    url.set_query(Some("fields=ID,name,URL,lang,options"));
    let mut request = Request::get("index", url, LIMITS)
        .header(header::ACCEPT, HeaderValue::from_static("application/json"))
        .header(header::AUTHORIZATION, bearer(token));
    // the token is for this host only
    request.follow = Follow::No;
    let what = "asking WordPress.com for the site";
    let response = http.send(request).await.map_err(DiscoverError::Unreachable)?;
    let json = match answer::read(what, Act::Read, &response) {
        Ok(json) => json,
        Err(Failure::NotDone { because, wait, .. }) => return Err(DiscoverError::Unwell { url: api.to_string(), why: because, wait }),
        Err(failure) => return Err(DiscoverError::NotWordPress { url: site.to_string(), why: failure.to_string() }),
    };
    let Some(id) = json["ID"].as_u64() else {
        let why = said(&json).unwrap_or_else(|| "WordPress.com's answer names no site".to_owned());
        return Err(DiscoverError::NotWordPress { url: site.to_string(), why });
    };
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let options = &json["options"];
    Ok(Root {
        base: Base::Shared { api: api.clone(), site: id.to_string() },
        name: html_escape::decode_html_entities(&text(&json["name"])).into_owned(),
        home: text(&json["URL"]),
        language: json["lang"].as_str().filter(|lang| !lang.is_empty()).map(str::to_owned),
        gmt_offset: options["gmt_offset"].as_f64().unwrap_or(0.0),
        timezone: text(&options["timezone"]),
        application_passwords: false,
        authorize: None,
        namespaces: vec!["wp/v2".to_owned()],
    })
}

/// The shape of errors in its own API: `{"error": "unknown_blog", "message": "Unknown blog"}`.
fn said(json: &Value) -> Option<String> {
    Some(format!("{}: {}", json["error"].as_str()?, json["message"].as_str()?))
}

pub(super) fn bearer(token: &Secret) -> HeaderValue {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.reveal())).unwrap_or(HeaderValue::from_static("Bearer"));
    value.set_sensitive(true);
    value
}
