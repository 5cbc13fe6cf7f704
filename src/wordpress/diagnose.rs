//! Names what is wrong between us and a site, and the way out: `check`.

use std::time::Duration;

use url::Url;

use crate::domain::{Secret, Status};
use crate::http;

use super::{Me, PlainHttp, Root};

/// What the configuration wants of the site.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    pub statuses: Vec<Status>,
    /// Some post shall have another author than the account.
    pub authors: bool,
    pub clean_slugs: bool,
    pub pictures: bool,
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
}

impl Diagnosis {
    /// The worst of the findings.
    pub fn level(&self) -> Level {
        self.findings.iter().map(|finding| finding.level).max().unwrap_or(Level::Fine)
    }
}

/// Looks at the address, the REST API, the password and the account's rights; changes nothing.
pub async fn diagnose(
    http: &http::Client,
    url: &Url,
    user: &str,
    password: &Secret,
    plain: PlainHttp,
    timeout: Duration,
    wishes: &Wishes,
) -> Diagnosis {
    let _ = (http, url, user, password, plain, timeout, wishes);
    todo!()
}
