//! One TOML file, and what it includes, become the very types that the stages define; or every problem at its place.
//!
//! [`load`] reads the files into `raw` (what may be written, each value with its place), and `check` turns that into
//! [`Config`]. There is no third form. Nothing but files is touched: secrets are read when they are needed, and hosts are
//! asked by nobody here.

mod access;
mod check;
mod files;
mod new;
mod opml;
mod problem;
mod raw;
mod reading;
mod schema;
mod secret;
mod show;
mod source;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::{content, domain, http, poll, publish, rewrite, schedule};

pub use crate::schedule::Every;
pub use access::{AccessConfig, AccessError, Auth, Proxy, Value};
pub use files::{NotFound, find_path};
pub use new::{NewConfig, NewError, PasswordKept, write_new};
pub use problem::{Problem, Problems, Severity};
pub use raw::{Dedup, FutureDates, OnChange, OnGone, Rest, SiteKind, Takeover};
pub use reading::load;
pub use schema::schema;
pub use secret::{SecretError, SecretSource};
pub use show::{show, show_json};
pub use source::Shown;

/// A configuration that can be used, and what should be looked at anyway.
#[derive(Debug)]
pub struct Loaded {
    pub config: Config,
    pub warnings: Vec<Problem>,
    /// The file that it was read from.
    pub path: PathBuf,
    /// What was written, with every default filled in.
    in_force: raw::File,
}

/// What the stages want.
#[derive(Debug)]
pub struct Config {
    pub store: StoreUrl,
    /// How long bodies and drafts are kept.
    pub keep: Duration,
    /// With the hosts and ports of all sites and feeds.
    pub http: http::Options,
    /// How many requests one domain gets.
    pub spacing: schedule::Spacing,
    /// What hubs push; `None`: everything is polled.
    pub websub: Option<Websub>,
    /// No larger picture is read, in bytes.
    pub image_bytes: u64,
    /// In the order in which they are written.
    pub sites: Vec<SiteConfig>,
    /// In the order in which they are written.
    pub feeds: Vec<FeedConfig>,
    /// In the order in which they are written.
    pub digests: Vec<DigestConfig>,
    /// Every rule, in the order of the files.
    pub rules: Vec<std::sync::Arc<rewrite::Rule>>,
    /// All rules and templates, compiled.
    pub engine: rewrite::Engine,
}

impl FeedConfig {
    /// How often the feed is asked.
    pub fn pace(&self) -> schedule::Pace {
        schedule::Pace { every: self.every, insist: self.insist }
    }
}

impl Config {
    /// The site of that name.
    pub fn site(&self, name: &str) -> Option<&SiteConfig> {
        self.sites.iter().find(|site| site.name == name)
    }

    /// The digest of that name.
    pub fn digest(&self, name: &str) -> Option<&DigestConfig> {
        self.digests.iter().find(|digest| digest.digest.name == name)
    }

    /// The feed of that name.
    pub fn feed(&self, name: &str) -> Option<&FeedConfig> {
        self.feeds.iter().find(|feed| feed.name == name)
    }
}

/// Where the store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreUrl {
    /// `sqlite:///absolute/path` or `postgres://…`; it may hold a password.
    Plain(domain::Secret),
    /// The address comes from elsewhere.
    From(SecretSource),
}

impl StoreUrl {
    /// The address; a path in it is absolute unless it came from elsewhere.
    pub fn resolve(&self) -> Result<domain::Secret, SecretError> {
        match self {
            Self::Plain(url) => Ok(url.clone()),
            Self::From(source) => source.resolve(),
        }
    }
}

/// `[websub]`, where it is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Websub {
    /// Ends in a slash.
    pub public_url: Url,
    pub listen: SocketAddr,
}

/// A `[[site]]`.
#[derive(Debug, Clone)]
pub struct SiteConfig {
    pub name: String,
    pub url: Url,
    pub kind: SiteKind,
    /// Where WordPress.com's API is, for a site that is reached through it.
    pub api: Url,
    pub user: String,
    /// An application password; for a site at WordPress.com an OAuth2 token.
    pub password: SecretSource,
    /// How long an unclear answer may still be at work on the server.
    pub settle: Duration,
    /// How long one request may take in all.
    pub timeout: Duration,
    pub dedup: Dedup,
    /// Of posts whose rule, feed and group name none.
    pub status: Option<domain::Status>,
    /// What becomes of a story that the site has from another feed.
    pub near_duplicates: domain::NearDuplicates,
    /// What its posts are written for.
    pub editor: rewrite::Editor,
    pub allow_plain_http: bool,
    /// BCP 47, where the operator said it.
    pub language: Option<String>,
    /// What is judged of names before the site is asked.
    pub governor: Arc<rewrite::Governor>,
    /// What is judged of new terms when the site has been asked.
    pub terms: publish::TermLimits,
    /// Of posts whose rule, feed and group name none; that of `[defaults]` where the site names none.
    pub template: Option<Arc<rewrite::Templates>>,
    /// When posts go out there; `None`: at once.
    pub schedule: Option<Arc<schedule::Schedule>>,
    pub renamed_from: Option<String>,
}

/// A `[[digest]]`: what it shows, and when.
#[derive(Debug, Clone)]
pub struct DigestConfig {
    pub digest: Arc<rewrite::Digest>,
    pub window: schedule::Window,
    /// With fewer entries there is none.
    pub least: u32,
    /// What becomes of entries beyond what it shows.
    pub rest: Rest,
    pub renamed_from: Option<String>,
    /// What opens its posts, where it shall.
    pub post_password: Option<SecretSource>,
}

/// A `[[feed]]` with everything that its group and the defaults give it.
#[derive(Debug, Clone)]
pub struct FeedConfig {
    pub name: String,
    pub url: Url,
    /// Its `group`, where it has one.
    pub group: Option<String>,
    /// Names of sites: where its posts go unless a rule sends them elsewhere.
    pub sites: Vec<String>,
    pub every: Every,
    /// Ask as often as `every` says, whatever the publisher wishes.
    pub insist: bool,
    pub backfill: u32,
    pub backfill_age: Duration,
    /// Its encoding and its form of dates, where the operator knows better.
    pub reading: poll::Reading,
    pub future_dates: FutureDates,
    pub takeover: Takeover,
    /// What becomes of its posts when they are out.
    pub follow: Follow,
    /// What its posts' pictures are made to fit into.
    pub image_limits: content::ImageLimits,
    pub renamed_from: Option<String>,
    /// What its requests have that others' don't.
    pub access: AccessConfig,
    /// What kind of document lies at its address.
    pub kind: poll::Kind,
    /// What opens its posts, where it shall.
    pub post_password: Option<SecretSource>,
    /// What is no part of an article, beside what the built-in rules know.
    pub boilerplate: std::sync::Arc<crate::domain::Boilerplate>,
    /// How the article is found in an entry's page.
    pub page: std::sync::Arc<crate::content::page::Picks>,
    /// When its posts go out, beside what their sites say; `None`: as those do.
    pub schedule: Option<Arc<schedule::Schedule>>,
    /// One for each of `sites` (`chosen`), and one for each other site that a rule may choose; in the sites' order.
    pub recipes: Vec<rewrite::Recipe>,
    /// Its `[[feed.example]]`s.
    pub examples: Vec<Example>,
}

/// What becomes of posts when they are out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Follow {
    pub on_change: OnChange,
    /// From so many changed words on the source counts as changed.
    pub threshold: u32,
    pub on_gone: OnGone,
    /// `None`: they stay.
    pub trash_after: Option<Duration>,
}

impl Follow {
    /// Nobody looks after them.
    pub const NOTHING: Self = Self { on_change: OnChange::Ignore, threshold: 0, on_gone: OnGone::Nothing, trash_after: None };
}

/// A made-up entry and what shall become of it.
#[derive(Debug, Clone)]
pub struct Example {
    pub entry: crate::domain::Entry,
    /// The moment at which it is tried.
    pub now: crate::domain::Timestamp,
    /// Each with a problem that stands at its place, for the case that it fails.
    pub expect: Vec<(Expected, Problem)>,
    /// The same for all that isn't said: an example says nothing of skipping where its entry shall go out.
    pub place: Problem,
}

/// One thing that shall become of an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// Whether it goes nowhere, and why.
    Skip(bool, Option<String>),
    /// Whether it waits for a person, and why.
    Hold(bool, Option<String>),
    /// Where it goes; in any order.
    Site(Vec<String>),
    /// In any order.
    Tags(Vec<String>),
    /// In any order.
    Categories(Vec<String>),
    Status(crate::domain::Status),
    Author(String),
    Title(String),
    Excerpt(String),
    /// All of them stand in the post's content.
    Content(Vec<String>),
    Score(i32),
}
