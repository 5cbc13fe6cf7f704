//! Names what is wrong between us and a site, and the way out: `check`.

use std::time::Duration;

use url::Url;

use crate::domain::{Post, Secret, Status};
use crate::http;

use super::xmlrpc::{self, Told};
use super::{DiscoverError, Failure, Me, PlainHttp, Root, Site, discover};

/// What the configuration wants of the site.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    pub statuses: Vec<Status>,
    /// Some post shall have another author than the account.
    pub authors: bool,
    /// Authors that rules name, each with the rule's place: `wirepress.toml:12`.
    pub author_names: Vec<(String, String)>,
    pub clean_slugs: bool,
    pub pictures: bool,
    /// Taxonomies that aren't every site's.
    pub taxonomies: Vec<String>,
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
    /// It may go better later: nothing is wrong with the configuration.
    pub temporary: bool,
}

impl Diagnosis {
    /// The worst of the findings.
    pub fn level(&self) -> Level {
        self.findings.iter().map(|finding| finding.level).max().unwrap_or(Level::Fine)
    }

    fn add(&mut self, level: Level, what: impl Into<String>, way_out: impl Into<String>) {
        self.findings.push(Finding { level, what: what.into(), way_out: way_out.into() });
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
    let mut found = Diagnosis::default();
    let root = match discover(http, url, plain).await {
        Ok(root) => root,
        Err(error) => {
            found.temporary = error.is_temporary();
            found.add(Level::Error, error.to_string(), way_to_the_site(&error));
            return found;
        }
    };
    found.root = Some(root.clone());
    found.add(Level::Fine, format!("WordPress \"{}\" at {}", root.name, root.base.as_url()), "");
    if matches!(root.base, super::Base::Query(_)) {
        let what = "plain permalinks: addresses under /wp-json/ aren't there; `?rest_route=` is used, which works";
        found.add(Level::Fine, what, "");
    }
    let site = Site::new(http.clone(), root.clone(), user.to_owned(), password.clone(), timeout);
    match site.me().await {
        Ok(me) => {
            rights(&mut found, &me, wishes);
            if me.can("edit_posts") {
                sharing(&mut found, &site, &me).await;
                authors(&mut found, &site, wishes).await;
                taxonomies(&mut found, &site, wishes).await;
            }
            found.me = Some(me);
        }
        Err(failure) => refused(&mut found, http, &root, user, password, failure).await,
    }
    found
}

/// Whether the site has the taxonomies that are filed in.
async fn taxonomies(found: &mut Diagnosis, site: &Site, wishes: &Wishes) {
    if wishes.taxonomies.is_empty() {
        return;
    }
    let Ok(known) = site.taxonomies().await else { return };
    for wanted in wishes.taxonomies.iter().filter(|wanted| !known.iter().any(|known| known.rest_base == **wanted || known.name == **wanted))
    {
        let names: Vec<String> = known.iter().map(|known| format!("`{}`", known.rest_base)).collect();
        let way_out = format!(
            "it has {}; another must be registered for posts with `show_in_rest`, or stand in the configuration under its other name",
            names.join(", ")
        );
        found.add(Level::Error, format!("the site has no taxonomy `{wanted}` for posts"), way_out);
    }
}

fn way_to_the_site(error: &DiscoverError) -> String {
    match error {
        DiscoverError::Unreachable(error) if speaks_plainly(error) => {
            "it seems that no https is spoken on this port: write `http://` in `url` (beyond this machine that also needs `allow_plain_http = true`)"
        }
        DiscoverError::Unreachable(_) => "check `url`, and whether a browser on this machine reaches it",
        DiscoverError::NotWordPress { .. } => {
            "check `url`: it is the address of the site's front page; if it is right, see whether `/?rest_route=/` there shows JSON"
        }
        DiscoverError::NoRest { .. } => "a security plug-in or the server blocks the REST API: allow it for logged-in users",
        DiscoverError::Unwell { .. } => "nothing to do here: try again later",
        DiscoverError::Plain { .. } => "write `https://` in `url`; or, where the network is yours, `allow_plain_http = true`",
        DiscoverError::OtherHost { .. } => "write that host's address as `url`, if it is yours",
    }
    .to_owned()
}

/// rustls' words where the answer to its greeting was no TLS, but most likely plain http, or where the line was closed on it.
fn speaks_plainly(error: &http::Error) -> bool {
    let (http::Error::Tls { why, .. } | http::Error::Connect { why, .. }) = error else { return false };
    ["InvalidContentType", "corrupt message", "wrong version", "handshake eof"].iter().any(|sign| why.contains(sign))
}

/// Tells a wrong password from one that never arrives: WordPress itself answers both as it answers strangers.
async fn refused(found: &mut Diagnosis, http: &http::Client, root: &Root, user: &str, password: &Secret, failure: Failure) {
    let authorize = root.authorize.as_deref().unwrap_or("the user's profile page in wp-admin");
    let Failure::Unwelcome(refusal) = &failure else {
        found.temporary = true;
        return found.add(Level::Error, failure.to_string(), "try again later; the site's own error log may say more");
    };
    if refusal.status == 403 || !refusal.code.starts_with("rest_not_logged_in") && !refusal.code.starts_with("rest_cannot") {
        let known =
            matches!(refusal.code.as_str(), "incorrect_password" | "invalid_username" | "invalid_email" | "application_passwords_disabled");
        if !known {
            let way_out = "a security plug-in refuses the REST API: allow it for logged-in users";
            return found.add(Level::Error, format!("the REST API refuses us: {refusal}"), way_out);
        }
    }
    if !root.application_passwords {
        let way_out = if root.base.as_url().scheme() == "http" {
            "WordPress offers them over https only (or with `define('WP_ENVIRONMENT_TYPE', 'local')` in wp-config.php)"
        } else {
            "a security plug-in or a filter (`wp_is_application_passwords_available`) switches them off: switch them on"
        };
        return found.add(Level::Error, "application passwords are switched off on this site", way_out);
    }
    let wrong = format!("make a new application password for `{user}` at {authorize}; the password of the login page doesn't work");
    let stripped = "the web server drops the `Authorization` header: in Apache's .htaccess, before WordPress' lines, write \
                    `RewriteRule .* - [E=HTTP_AUTHORIZATION:%{HTTP:Authorization}]` (or `CGIPassAuth On`); in nginx pass it to PHP with \
                    `fastcgi_param HTTP_AUTHORIZATION $http_authorization`";
    match xmlrpc::log_in(http, root, user, password).await {
        Told::Right => found.add(Level::Error, "the password is right, but the `Authorization` header doesn't reach WordPress", stripped),
        Told::Wrong => found.add(Level::Error, format!("the user `{user}` or the application password is wrong"), wrong),
        Told::Nothing => found.add(
            Level::Error,
            format!("WordPress takes us for a stranger ({refusal}): the user `{user}` or the password is wrong, or the header with them is stripped"),
            format!("either {wrong}; or {stripped}"),
        ),
    }
}

fn rights(found: &mut Diagnosis, me: &Me, wishes: &Wishes) {
    let roles = me.roles.join(", ");
    found.add(Level::Fine, format!("logged in as `{}` ({roles})", me.name), "");
    if !me.can("edit_posts") {
        return found.add(Level::Error, format!("this account ({roles}) may not make posts"), "give it the role Author or Editor");
    }
    let more_than_draft = wishes.statuses.iter().any(|status| *status != Status::Draft);
    let mut lacks = |wish: bool, capability: &str, what: &str, way_out: &str| {
        if wish && !me.can(capability) {
            found.add(Level::Warning, what, way_out);
        }
    };
    lacks(more_than_draft, "publish_posts", "this account may not publish: every post stays a draft", "give it the role Author or Editor");
    lacks(
        wishes.pictures,
        "upload_files",
        "this account may not upload: posts come without pictures",
        "give it the role Author or Editor, or set `image = \"none\"`",
    );
    lacks(
        wishes.new_categories,
        "manage_categories",
        "this account may not make categories: missing ones are left out",
        "give it the role Editor, or make the categories yourself",
    );
    lacks(
        wishes.authors,
        "edit_others_posts",
        "this account may not give posts to other authors: they stay its own",
        "give it the role Editor",
    );
    lacks(
        wishes.clean_slugs,
        "edit_others_posts",
        "this account sees its own posts only: a draft that you give to somebody else before it is finished may be made again",
        "give it the role Editor, or set `slug = \"keyed\"`",
    );
    if me.roles.iter().any(|role| role == "administrator") {
        found.add(
            Level::Warning,
            "this account is an administrator: more than wirepress needs",
            "make it a user of its own with the role Editor",
        );
    }
}

/// Whether the authors that rules name are there. What the site doesn't answer is no finding of its own.
async fn authors(found: &mut Diagnosis, site: &Site, wishes: &Wishes) {
    for (name, place) in &wishes.author_names {
        if let Ok(None) = site.author(name).await {
            let what = format!("the rule at {place} names the author `{name}`, whom the site doesn't have: its posts stay this account's");
            found.add(Level::Warning, what, "write a user's login name, or make that user with the role Author or higher");
        }
    }
}

const NO_POSTS: &str = "the REST API has no `/wp/v2/posts`: no post can be made";
const MEND_POSTS: &str =
    "a plug-in (a filter on `rest_endpoints`), or `show_in_rest` switched off for posts, takes it away: allow it for logged-in users";

/// Whether a person writes under this account: then "who changed this post" has no answer.
async fn sharing(found: &mut Diagnosis, site: &Site, me: &Me) {
    let foreign = |post: &Post| post.author == me.id && !post.content.contains("wirepress");
    match site.walk_newest(Some(me.id), 0, 1, foreign).await {
        Ok(posts) if posts.is_empty() => {}
        Ok(posts) => {
            let newest = posts.iter().max_by_key(|post| post.id).map_or("", |post| post.title.as_str());
            let what = format!("{} of this account's newest posts aren't from wirepress (\"{newest}\"): somebody shares it", posts.len());
            let way_out = "make a WordPress user for wirepress alone: what people changed is told apart by who did it";
            found.add(Level::Warning, what, way_out);
        }
        // `rest_no_route`, or an address behind which there is no WordPress any more
        Err(Failure::Refused(refusal)) if refusal.status == 404 => found.add(Level::Error, NO_POSTS, MEND_POSTS),
        Err(Failure::Lost { .. }) => found.add(Level::Error, NO_POSTS, MEND_POSTS),
        Err(failure) => found.add(Level::Warning, format!("its posts can't be listed: {failure}"), "try again later"),
    }
}
