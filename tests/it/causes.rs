//! `check` tells broken set-ups apart: each cause is made for real on a WordPress, or by a script where a real one can't have it.

use std::collections::BTreeSet;
use std::time::Duration;

use url::Url;
use wirepress::domain::{Secret, Status, Timestamp};
use wirepress::http::{Client, Options};
use wirepress::wordpress::{Account, Cause, Diagnosis, Level, PlainHttp, Wishes, diagnose};

use crate::support::binary::Home;
use crate::support::proxy::{Fault, Proxy};
use crate::support::secure::{Authority, SecureServer};
use crate::support::server::{Answer, Request, Server};
use crate::support::site::{Wordpress, wordpress, wordpress_at};
use crate::wordpress::now;

/// As the configuration would have it.
struct Setup {
    url: String,
    user: &'static str,
    password: String,
    wishes: Wishes,
    /// What time it is on our side.
    now: Timestamp,
}

impl Setup {
    fn of(wp: &Wordpress, url: &str, user: &'static str) -> Self {
        let wishes = Wishes { clean_slugs: true, pictures: true, ..Wishes::default() };
        Self { url: url.to_owned(), user, password: wp.password(user), wishes, now: now() }
    }

    async fn diagnosed(&self) -> Diagnosis {
        let url = Url::parse(&self.url).expect("an address");
        self.diagnosed_with(&Client::new(Options::default().typed(&url)).expect("a client")).await
    }

    async fn diagnosed_with(&self, http: &Client) -> Diagnosis {
        let url = Url::parse(&self.url).expect("an address");
        let password = Secret::new(self.password.clone());
        let account = Account {
            url: &url,
            user: self.user,
            password: &password,
            plain: PlainHttp::Refuse,
            timeout: Duration::from_secs(60),
            com: None,
        };
        diagnose(http, &account, &self.wishes, self.now).await
    }

    /// The only error is this one, and it has a way out.
    async fn is(&self, cause: Cause) -> Diagnosis {
        let found = self.diagnosed().await;
        let errors: Vec<_> = found.findings.iter().filter(|finding| finding.level == Level::Error).collect();
        assert_eq!(errors.iter().filter_map(|finding| finding.cause).collect::<Vec<_>>(), [cause], "{found:#?}");
        assert!(!errors[0].way_out.is_empty(), "{found:#?}");
        found
    }

    /// It works, and this is told.
    async fn warns(&self, causes: &[Cause]) -> Diagnosis {
        let found = self.diagnosed().await;
        assert!(found.level() < Level::Error, "{found:#?}");
        for cause in causes {
            let told =
                found.findings.iter().find(|finding| finding.cause == Some(*cause)).unwrap_or_else(|| panic!("{cause:?}: {found:#?}"));
            assert!(!told.way_out.is_empty(), "{told:?}");
        }
        found
    }
}

fn is_rest(request: &Request) -> bool {
    request.target.contains("wp-json") || request.target.contains("rest_route")
}

/// The real site behind a proxy where `fault` strikes every request that `which` picks.
fn behind(wp: &Wordpress, fault: &'static str, which: fn(&Request) -> bool) -> Proxy {
    Proxy::start(wp.address(), move |request, _| which(request).then_some(Fault::Wordpress(fault)))
}

type Which = fn(&Request) -> bool;

/// Faults of the real site, and what is told of each.
const FAULTS: &[(&str, Which, Cause)] = &[
    ("status=404", is_rest, Cause::NoRest),
    ("rest-off", is_rest, Cause::SecurityPlugin),
    ("error=403,itsec_rest_api_access_restricted", is_rest, Cause::SecurityPlugin),
    ("error=401,jwt_auth_no_auth_header", |request| request.target.contains("users/me"), Cause::SecurityPlugin),
    ("no-route=^/wp/v2/users", is_rest, Cause::SecurityPlugin),
    ("firewall=wordfence", |_| true, Cause::Firewall),
    ("firewall=cloudflare", |_| true, Cause::Firewall),
    ("firewall=challenge", is_rest, Cause::Firewall),
    ("firewall=sucuri", |request| request.target.contains("users/me"), Cause::Firewall),
    ("firewall=modsecurity", |request| request.target.contains("/posts?") && request.method == "GET", Cause::Firewall),
    ("firewall=modsecurity", |request| request.method == "POST", Cause::WritingBlocked),
    ("html", |request| request.method == "POST", Cause::WritingBlocked),
    ("maintenance", |_| true, Cause::Maintenance),
    ("maintenance", |request| request.target.contains("users/me"), Cause::Maintenance),
    ("die", |_| true, Cause::ServerError),
    ("status=502", |request| request.target.contains("users/me"), Cause::ServerError),
    ("no-app-passwords", |_| true, Cause::AppPasswordsOff),
    ("no-auth-header", |_| true, Cause::HeaderStripped),
    ("redirect=https://other.example/", |request| request.target.contains("users/me"), Cause::OtherHost),
    ("no-route=^/wp/v2/posts", is_rest, Cause::NoPosts),
];

async fn each_fault_has_its_cause(wp: Wordpress) {
    let mut wrong = Vec::new();
    for (fault, which, cause) in FAULTS {
        let proxy = behind(&wp, fault, *which);
        let found = Setup::of(&wp, &proxy.url(), "editor").diagnosed().await;
        let errors: Vec<_> = found.findings.iter().filter(|finding| finding.level == Level::Error).collect();
        if errors.iter().map(|finding| finding.cause).ne([Some(*cause)]) || errors[0].way_out.is_empty() {
            wrong.push(format!("`{fault}` should be {cause:?}: {errors:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn what_breaks_a_real_site_is_told_by_its_cause() {
    each_fault_has_its_cause(wordpress()).await;
}

#[tokio::test]
async fn what_breaks_an_old_site_is_told_by_its_cause() {
    each_fault_has_its_cause(wordpress_at("WIREPRESS_TEST_WP61")).await;
}

/// Where `scripts/test --newest` has started one.
#[tokio::test]
async fn what_breaks_the_newest_site_is_told_by_its_cause() {
    if std::env::var_os("WIREPRESS_TEST_WP7").is_some() {
        each_fault_has_its_cause(wordpress_at("WIREPRESS_TEST_WP7")).await;
    }
}

#[tokio::test]
async fn what_is_in_order_is_not_complained_of() {
    let wp = wordpress();
    let found = Setup::of(&wp, &wp.url, "editor").diagnosed().await;
    let told: Vec<_> = found.causes().into_iter().filter(|cause| *cause != Cause::Shared).collect();
    assert_eq!(told, [], "{found:#?}");
}

#[tokio::test]
async fn a_firewall_is_called_by_its_name() {
    let wp = wordpress();
    for (fault, name) in
        [("firewall=wordfence", "Wordfence"), ("firewall=challenge", "which only browsers pass"), ("firewall=sucuri", "Sucuri")]
    {
        let proxy = behind(&wp, fault, |_| true);
        let found = Setup::of(&wp, &proxy.url(), "editor").is(Cause::Firewall).await;
        assert!(found.findings[0].what.contains(name), "{found:?}");
    }
}

#[tokio::test]
async fn a_password_that_is_wrong_is_told_from_one_that_may_be() {
    let wp = wordpress();
    let wrong = |url: &str| Setup { password: "wrong".into(), ..Setup::of(&wp, url, "editor") };
    wrong(&wp.url).is(Cause::WrongPassword).await;
    // what people take it for: it is right, and not what is wanted
    let of_login_page = Setup { password: wp.login_password("editor"), ..Setup::of(&wp, &wp.url, "editor") };
    let found = of_login_page.is(Cause::WrongPassword).await;
    let told = found.findings.iter().find(|finding| finding.cause == Some(Cause::WrongPassword)).expect("it is told");
    assert_eq!(told.what, "this is the password of the login page, which the REST API doesn't take");
    assert!(told.way_out.contains("make a new application password"), "{told:?}");
    // nothing else says which it is
    let proxy = behind(&wp, "status=403", |request| request.target.contains("xmlrpc.php"));
    wrong(&proxy.url()).is(Cause::Stranger).await;
}

#[tokio::test]
async fn what_is_on_the_way_to_a_site_is_told_apart() {
    let wp = wordpress();
    let at = |url: &str| Setup { url: url.to_owned(), ..Setup::of(&wp, &wp.url, "editor") };
    at("http://no-such-name.invalid/").is(Cause::Dns).await;
    at("http://127.0.0.1:1/").is(Cause::Connection).await;
    let port = wp.address().rsplit(':').next().expect("a port").to_owned();
    at(&format!("https://127.0.0.1:{port}/")).is(Cause::NotHttps).await;
    let elsewhere = Server::start(|_| Answer::new(200, "text/html", "<html></html>"));
    at(&format!("http://0.0.0.0:{}/", elsewhere.address.port())).is(Cause::PlainHttp).await;
    let secure = SecureServer::start(&Authority::new(), Answer::new(200, "text/html", "<html></html>"));
    let found = at(&format!("https://localhost:{}/", secure.address.port())).is(Cause::Tls).await;
    assert!(found.findings[0].way_out.contains("whole chain"), "{found:?}");
    let round = Server::start(|_| Answer::new(302, "text/html", "").with("location", "/"));
    at(&round.url("/")).is(Cause::Redirects).await;
    // a page that leads to the real site under another name
    let port = wp.address().rsplit(':').next().expect("a port").to_owned();
    let url = format!("http://localhost:{port}/");
    let typed = Url::parse(&url).expect("an address");
    let moved = Server::start(move |_| Answer::new(301, "text/html", "").with("location", &url));
    let setup = at(&moved.url("/"));
    let http = Client::new(Options::default().typed(&typed).typed(&Url::parse(&setup.url).expect("an address"))).expect("a client");
    let found = setup.diagnosed_with(&http).await;
    assert_eq!(found.causes(), [Cause::OtherHost], "{found:?}");
}

#[tokio::test]
async fn a_wordpress_in_a_folder_is_found_from_its_hosts_front_page() {
    let wp = wordpress();
    let at = |url: String| Setup { url, ..Setup::of(&wp, &wp.url, "editor") };
    let index =
        r#"{"name":"In a folder","home":"http://x/blog","namespaces":["wp/v2"],"authentication":[],"gmt_offset":0,"timezone_string":""}"#;
    let server = Server::start(move |request| match request.target.as_str() {
        target if target.starts_with("/blog/") && target.contains("rest_route") => Answer::new(200, "application/json", index),
        target if target.starts_with("/blog/") => Answer::new(200, "text/html", "<html></html>"),
        target if target.starts_with("/nowhere") => Answer::new(404, "text/html", "<html></html>"),
        _ => Answer::new(200, "text/html", "<html><body>A shop</body></html>"),
    });
    for typed in ["/", "/nowhere/"] {
        let found = at(server.url(typed)).is(Cause::WrongPath).await;
        assert!(found.findings[0].way_out.contains(&server.url("/blog/")), "{found:?}");
    }
    let shop = Server::start(|_| Answer::new(200, "text/html", "<html><body>A shop</body></html>"));
    at(shop.url("/")).is(Cause::NotWordPress).await;
}

#[tokio::test]
async fn a_token_that_opens_no_site_of_wordpress_com_is_told() {
    let com = Server::start(|_| Answer::new(404, "application/json", r#"{"error":"unknown_blog","message":"Unknown blog"}"#));
    let (api, url) = (Url::parse(&com.url("/")).expect("an address"), Url::parse("https://mine.example/").expect("an address"));
    let http = Client::new(Options::default().typed(&api)).expect("a client");
    let token = Secret::new("a token");
    let timeout = Duration::from_secs(60);
    let account = Account { url: &url, user: "me", password: &token, plain: PlainHttp::Refuse, timeout, com: Some(&api) };
    let found = diagnose(&http, &account, &Wishes::default(), now()).await;
    assert_eq!(found.causes(), [Cause::NotWordPress], "{found:?}");
    assert!(found.findings[0].way_out.contains("OAuth2 token"), "{found:?}");
}

#[tokio::test]
async fn what_works_less_well_than_it_could_is_a_warning() {
    let wp = wordpress();
    let plain = behind(&wp, "plain-permalinks", |_| true);
    Setup::of(&wp, &plain.url(), "editor").warns(&[Cause::PlainPermalinks]).await;
    let no_batch = behind(&wp, "no-route=^/batch", |_| true);
    Setup::of(&wp, &no_batch.url(), "editor").warns(&[Cause::NoBatches]).await;
    let no_uploads = behind(&wp, "error=403,rest_forbidden", |request| request.target.contains("wp/v2/media"));
    Setup::of(&wp, &no_uploads.url(), "editor").warns(&[Cause::Uploads]).await;
    for hours in [-2_i64, 2] {
        let skewed = Setup { now: Timestamp::from_unix(now().unix() + hours * 3600), ..Setup::of(&wp, &wp.url, "editor") };
        let found = skewed.warns(&[Cause::ClockSkew]).await;
        let side = if hours > 0 { "ahead of" } else { "behind" };
        assert!(found.findings.iter().any(|finding| finding.what.contains(side)), "{found:?}");
    }
}

#[tokio::test]
async fn an_account_is_told_what_it_may_not_and_what_it_need_not() {
    let wp = wordpress();
    let wishes = Wishes {
        statuses: vec![Status::Publish],
        authors: true,
        author_names: vec![("nobody-of-that-name".into(), "the rule at wirepress.toml:1".into())],
        new_categories: true,
        clean_slugs: true,
        pictures: true,
        ..Wishes::default()
    };
    Setup::of(&wp, &wp.url, "subscriber").is(Cause::MayNotPost).await;
    let contributor = Setup { wishes: wishes.clone(), ..Setup::of(&wp, &wp.url, "contributor") };
    let less = [Cause::MayNotPublish, Cause::Uploads, Cause::MayNotFile, Cause::MayNotAssign, Cause::OwnPostsOnly, Cause::NoAuthor];
    contributor.warns(&less).await;
    let elsewhere = Wishes { taxonomies: vec!["wirepress-nowhere".into()], ..wishes };
    Setup { wishes: elsewhere, ..Setup::of(&wp, &wp.url, "editor") }.is(Cause::NoTaxonomy).await;
    let found = Setup::of(&wp, &wp.url, "admin").warns(&[Cause::MoreThanNeeded]).await;
    assert!(found.findings.iter().any(|finding| finding.what.contains("install plug-ins")), "{found:?}");
    let keyed = Setup { wishes: Wishes::default(), ..Setup::of(&wp, &wp.url, "editor") };
    keyed.warns(&[Cause::MoreThanNeeded]).await;
}

#[tokio::test]
async fn types_and_users_that_a_site_does_not_have_are_told_with_what_there_is() {
    let wp = wordpress();
    let base = Wishes { clean_slugs: true, authors: true, statuses: vec![Status::Publish], ..Wishes::default() };
    let of_type = |name: &str| Wishes { post_types: vec![name.to_owned()], ..base.clone() };
    let as_user = |user: &'static str, wishes: Wishes| Setup { wishes, ..Setup::of(&wp, &wp.url, user) };
    let says = |found: &Diagnosis, cause: Cause| {
        let finding = found.findings.iter().find(|finding| finding.cause == Some(cause)).unwrap_or_else(|| panic!("{cause:?}: {found:#?}"));
        (finding.what.clone(), finding.way_out.clone())
    };
    for name in ["movie", "movies", "page", "note"] {
        let found = as_user("editor", of_type(name)).warns(&[]).await;
        assert!(!found.causes().contains(&Cause::NoPostType), "{name}: {found:#?}");
    }
    // one that nobody registered, and one that REST doesn't show
    for name in ["wirepress_nowhere", "custom_css"] {
        let (what, way_out) = says(&as_user("editor", of_type(name)).is(Cause::NoPostType).await, Cause::NoPostType);
        assert_eq!(what, format!("the site shows no post type `{name}` over REST"));
        assert!(way_out.contains("`movie`") && way_out.contains("`page`") && way_out.contains("show_in_rest"), "{way_out}");
    }
    // an author may make no pages
    let (what, way_out) = says(&as_user("author", of_type("pages")).is(Cause::NoPostType).await, Cause::NoPostType);
    assert_eq!(what, "this account may not make posts of the type `pages`");
    assert!(way_out.contains("Editor"), "{way_out}");

    let named = |user: &str| Wishes { author_names: vec![(user.to_owned(), "`authors` of the feed `news`".to_owned())], ..base.clone() };
    for user in ["nobody-of-that-name", "999999"] {
        let (what, way_out) = says(&as_user("editor", named(user)).warns(&[Cause::NoAuthor]).await, Cause::NoAuthor);
        let told =
            format!("`authors` of the feed `news` names the user `{user}`, whom the site doesn't have: its posts stay this account's");
        assert_eq!(what, told);
        assert!(way_out.contains("login name"), "{way_out}");
    }
    for user in ["author", "contributor", "1"] {
        let found = as_user("editor", named(user)).warns(&[]).await;
        assert!(!found.causes().contains(&Cause::NoAuthor), "{user}: {found:#?}");
    }
}

#[test]
fn what_feeds_rules_and_digests_name_is_looked_for_by_check() {
    let wp = wordpress();
    let config = format!(
        "[[site]]\nname = \"blog\"\nurl = \"{}\"\nuser = \"editor\"\npassword = {{ env = \"BLOG_PASSWORD\" }}\n\n\
         [[rule]]\nwhen = \"words > 3\"\nthen = {{ author = \"ruled\", post_type = \"ruled_type\" }}\n\n\
         [[digest]]\nname = \"weekly\"\nevery = \"week\"\nends = \"Fri 17:00\"\nauthor = \"digested\"\npost_type = \"digested_type\"\nterms = {{ digested_terms = [\"x\"] }}\n\n\
         [[feed]]\nname = \"news\"\nurl = \"http://127.0.0.1:1/\"\ndigest = \"weekly\"\npost_type = \"fed_type\"\nauthors = {{ \"Jane\" = \"fed\", any = \"author\" }}\n",
        wp.url
    );
    let home = Home::new(&config);
    let mut command = home.command(&["check", "--json"]);
    let told =
        crate::support::binary::Run::of(command.env("BLOG_PASSWORD", wp.password("editor")).output().expect("the binary runs")).json();
    let findings = told["sites"][0]["findings"].as_array().expect("findings");
    let of = |cause: Cause| {
        let mut of: Vec<&str> = findings
            .iter()
            .filter(|finding| finding["cause"] == cause.name())
            .map(|finding| finding["what"].as_str().unwrap_or_default())
            .collect();
        of.sort_unstable();
        of
    };
    let types = ["digested_type", "fed_type", "ruled_type"].map(|name| format!("the site shows no post type `{name}` over REST"));
    assert_eq!(of(Cause::NoPostType), types, "{told:#}");
    let authors = of(Cause::NoAuthor);
    assert_eq!(authors.len(), 3, "{authors:?}");
    for (user, by) in
        [("fed", "`authors` of the feed `news`"), ("digested", "the digest `weekly`"), ("ruled", "the rule at wirepress.toml:")]
    {
        assert!(authors.iter().any(|told| told.starts_with(by) && told.contains(&format!("`{user}`"))), "{authors:?}");
    }
    assert!(of(Cause::NoTaxonomy)[0].contains("`digested_terms`"), "{told:#}");
}

#[test]
fn a_password_that_is_not_there_is_told_with_its_cause() {
    let wp = wordpress();
    let site = format!("[[site]]\nname = \"blog\"\nurl = \"{}\"\nuser = \"editor\"\npassword = {{ env = \"NO_SUCH_PASSWORD\" }}\n", wp.url);
    let feed = "[[feed]]\nname = \"news\"\nurl = \"http://127.0.0.1:1/\"\n";
    let told = Home::new(&format!("{site}{feed}")).run(&["check", "--json"]).expect(3).json();
    assert_eq!(told["sites"][0]["findings"][0]["cause"], Cause::NoSecret.name());
}

#[test]
fn the_paper_has_every_cause_in_order_with_its_way_out() {
    let text = std::fs::read_to_string("docs/check.md").expect("the paper is in the repository");
    let (_, table) = text.split_once("| cause | what is so | the way out |\n|---|---|---|\n").expect("the table of causes");
    let rows: Vec<Vec<&str>> =
        table.lines().take_while(|line| line.starts_with('|')).map(|line| line.split('|').map(str::trim).collect()).collect();
    let named: Vec<String> = rows.iter().map(|row| row[1].trim_matches('`').to_owned()).collect();
    assert_eq!(named, Cause::ALL.map(|cause| cause.name().to_owned()));
    assert!(rows.iter().all(|row| row.len() == 5 && !row[2].is_empty() && !row[3].is_empty()));
}

#[test]
fn no_cause_is_without_a_test() {
    let here = std::fs::read_to_string(file!()).expect("this file");
    let reach = std::fs::read_to_string("src/wordpress/diagnose/reach.rs").expect("its own test");
    let elsewhere = std::fs::read_to_string("tests/it/wordpress/find.rs").expect("the tests of finding")
        + reach.split("mod tests").nth(1).unwrap_or("");
    let told = |cause: &Cause| here.contains(&format!("Cause::{cause:?}")) || elsewhere.contains(&format!("Cause::{cause:?}"));
    let missing: BTreeSet<_> = Cause::ALL.into_iter().filter(|cause| !told(cause)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
