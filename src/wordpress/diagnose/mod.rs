//! Names what is wrong between us and a site, and the way out: `check`. It changes nothing on the site.

mod cause;
mod login;
mod probe;
mod reach;
mod rights;

use std::time::Duration;

use url::Url;

use crate::domain::{Secret, Status, Timestamp};
use crate::http;

use super::{Me, PlainHttp, Root, Site, discover, discover_com};
pub use cause::Cause;

/// The site and the account as the configuration has them.
#[derive(Debug, Clone, Copy)]
pub struct Account<'a> {
    pub url: &'a Url,
    pub user: &'a str,
    pub password: &'a Secret,
    pub plain: PlainHttp,
    /// For each request.
    pub timeout: Duration,
    /// The address of WordPress.com's API, where the site is reached through it; the password is a token then.
    pub com: Option<&'a Url>,
}

/// What the configuration wants of the site.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    pub statuses: Vec<Status>,
    /// Some post shall have another author than the account.
    pub authors: bool,
    /// Users that posts shall have as authors, each with what names it: `the rule at wirepress.toml:12`.
    pub author_names: Vec<(String, String)>,
    pub clean_slugs: bool,
    pub pictures: bool,
    /// Taxonomies that aren't every site's.
    pub taxonomies: Vec<String>,
    /// The posts' types, where there are others than `post`: names or `rest_base`s.
    pub post_types: Vec<String>,
    pub new_tags: bool,
    pub new_categories: bool,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Fine,
    Warning,
    Error,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub level: Level,
    /// `None`: nothing is wrong.
    pub cause: Option<Cause>,
    /// What is so: `the password is wrong`.
    pub what: String,
    /// What a person can do about it; empty where nothing need be done.
    pub way_out: String,
}

/// All that was found out.
#[derive(Debug, Clone, Default)]
pub struct Diagnosis {
    pub root: Option<Root>,
    pub me: Option<Me>,
    pub findings: Vec<Finding>,
    /// It may go better later: nothing is wrong with the configuration.
    pub temporary: bool,
}

impl Diagnosis {
    /// The worst of the findings.
    pub fn level(&self) -> Level {
        self.findings.iter().map(|finding| finding.level).max().unwrap_or(Level::Fine)
    }

    /// What was found to be so, good or bad.
    pub fn causes(&self) -> Vec<Cause> {
        self.findings.iter().filter_map(|finding| finding.cause).collect()
    }

    fn fine(&mut self, what: impl Into<String>) {
        self.findings.push(Finding { level: Level::Fine, cause: None, what: what.into(), way_out: String::new() });
    }

    fn warn(&mut self, cause: Cause, what: impl Into<String>, way_out: impl Into<String>) {
        self.findings.push(Finding { level: Level::Warning, cause: Some(cause), what: what.into(), way_out: way_out.into() });
    }

    fn error(&mut self, cause: Cause, what: impl Into<String>, way_out: impl Into<String>) {
        self.findings.push(Finding { level: Level::Error, cause: Some(cause), what: what.into(), way_out: way_out.into() });
    }
}

/// Looks at the address, the REST API, the password, the account's rights, and what stands between us and WordPress.
pub async fn diagnose(http: &http::Client, account: &Account<'_>, wishes: &Wishes, now: Timestamp) -> Diagnosis {
    let mut found = Diagnosis::default();
    let root = match account.com {
        Some(api) => discover_com(http, api, account.url, account.password).await,
        None => discover(http, account.url, account.plain).await,
    };
    let root = match root {
        Ok(root) => root,
        Err(error) => {
            found.temporary = error.is_temporary();
            reach::missed(&mut found, http, account, error).await;
            return found;
        }
    };
    found.root = Some(root.clone());
    found.fine(format!("WordPress \"{}\" at {}", root.name, root.base.as_url()));
    if matches!(root.base, super::Base::Query(_)) {
        let what = "plain permalinks: addresses under /wp-json/ aren't there; `?rest_route=` is used, which works";
        found.findings.push(Finding {
            level: Level::Fine,
            cause: Some(Cause::PlainPermalinks),
            what: what.to_owned(),
            way_out: "nothing need be done; Settings, Permalinks, \"Post name\" gives the site addresses that people can read".to_owned(),
        });
    }
    let site = Site::new(http.clone(), root.clone(), account.user.to_owned(), account.password.clone(), account.timeout);
    match site.me().await {
        Ok(me) => {
            rights::role(&mut found, &me, wishes);
            if me.can("edit_posts") {
                probe::all(&mut found, &site, &me, wishes, now).await;
                rights::sharing(&mut found, &site, &me).await;
                rights::authors(&mut found, &site, &me, wishes).await;
                rights::post_types(&mut found, &site, &me, wishes).await;
                rights::taxonomies(&mut found, &site, wishes).await;
            }
            found.me = Some(me);
        }
        Err(failure) => login::refused(&mut found, http, &root, account, failure).await,
    }
    found
}
