//! Where a site's REST API is, and what it says of itself.

use serde::{Deserialize, Serialize};
use url::Url;

/// What a site's REST index and its front page say. Plain data: it may be stored and used again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Root {
    pub base: Base,
    /// The site's title.
    pub name: String,
    /// The front page's address, as WordPress says it.
    pub home: String,
    /// BCP 47, from the front page's `<html lang>`.
    pub language: Option<String>,
    /// Hours; `-4.5` in Caracas.
    pub gmt_offset: f64,
    /// `America/New_York`; may be empty.
    pub timezone: String,
    /// Application passwords are offered.
    pub application_passwords: bool,
    /// Where a person makes one.
    pub authorize: Option<String>,
    /// `wp/v2`, `batch/v1`, and those of plug-ins.
    pub namespaces: Vec<String>,
}

/// How routes become addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Base {
    /// `https://blog.example/wp-json/`: the route follows.
    Pretty(Url),
    /// `https://blog.example/`: the route is the query's `rest_route`. Works with any permalink setting.
    Query(Url),
    /// `https://public-api.wordpress.com/`: the site stands between the route's namespace and the rest.
    Shared {
        api: Url,
        /// The site's number there.
        site: String,
    },
}

impl Base {
    /// The address of a route (`/wp/v2/posts`) with these parameters.
    pub fn url(&self, route: &str, query: &[(&str, &str)]) -> Url {
        let mut url = match self {
            Self::Pretty(base) => {
                let mut url = base.clone();
                url.set_path(&format!("{}{}", base.path().trim_end_matches('/'), route));
                url
            }
            Self::Query(base) => {
                let mut url = base.clone();
                url.query_pairs_mut().append_pair("rest_route", route);
                url
            }
            Self::Shared { api, site } => {
                let mut parts = route.trim_start_matches('/').splitn(3, '/');
                let (space, version, rest) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""), parts.next().unwrap_or(""));
                let mut url = api.clone();
                url.set_path(&format!("{}/{space}/{version}/sites/{site}/{rest}", api.path().trim_end_matches('/')));
                url
            }
        };
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// The part that all routes share.
    pub fn as_url(&self) -> &Url {
        match self {
            Self::Pretty(url) | Self::Query(url) | Self::Shared { api: url, .. } => url,
        }
    }
}
