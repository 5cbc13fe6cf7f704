//! Finding the site, and naming what is wrong with it.

use std::time::Duration;

use url::Url;
use wirepress::domain::{Secret, Status};
use wirepress::http::{Client, Options};
use wirepress::wordpress::{Account, Base, Diagnosis, DiscoverError, Failure, Level, PlainHttp, Site, Wishes, diagnose, discover};

use super::Bench;
use crate::support::server::{Answer, Server};
use crate::support::site::wordpress;

fn client(url: &Url) -> Client {
    Client::new(Options::default().typed(url)).expect("a client")
}

async fn diagnosed(url: &str, user: &str, password: &str, wishes: &Wishes) -> Diagnosis {
    let url = Url::parse(url).expect("an address");
    let password = Secret::new(password);
    let account = Account { url: &url, user, password: &password, plain: PlainHttp::Refuse, timeout: Duration::from_secs(30), com: None };
    diagnose(&client(&url), &account, wishes, super::now()).await
}

fn worst(diagnosis: &Diagnosis) -> (String, String) {
    let finding = diagnosis.findings.iter().max_by_key(|finding| finding.level).expect("a finding");
    assert_eq!(finding.level, Level::Error, "{diagnosis:?}");
    (finding.what.clone(), finding.way_out.clone())
}

#[tokio::test]
async fn the_site_is_found_and_says_what_it_is() {
    let wp = wordpress();
    let url = Url::parse(&wp.url).expect("an address");
    let root = discover(&client(&url), &url, PlainHttp::Refuse).await.expect("a WordPress");
    assert_eq!((root.name.as_str(), root.language.as_deref(), root.timezone.as_str()), ("Test", Some("en-US"), "America/New_York"));
    assert!(root.application_passwords && root.gmt_offset < 0.0);
    assert_eq!(root.authorize, Some(format!("{}/wp-admin/authorize-application.php", wp.url)));
    assert_eq!(root.base, Base::Pretty(Url::parse(&format!("{}/wp-json/", wp.url)).expect("an address")));
}

#[tokio::test]
async fn the_rest_route_works_where_pretty_addresses_do_not() {
    let bench = Bench::of("editor").await;
    let url = Url::parse(&bench.wp.url).expect("an address");
    let mut root = bench.site.root().clone();
    root.base = Base::Query(url.clone());
    let site = Site::new(client(&url), root, "editor".into(), Secret::new(bench.wp.password("editor")), Duration::from_secs(30));
    let delivery = super::delivery(&super::key());
    let orders = [super::order(&delivery), super::order(&delivery)];
    let made = wirepress::publish::create(&site, &bench.me, &orders).await;
    assert!(made[0].is_ok(), "{made:?}");
    let seen = wirepress::publish::look(&site, &bench.me, &[&delivery]).await.expect("a look");
    assert!(matches!(&seen[0], wirepress::publish::Seen::Made(post) if post.slug == delivery.slug), "{seen:?}");
}

/// A front page that names no API (or a wrong one), and an index under `?rest_route=` only.
#[tokio::test]
async fn plain_permalinks_are_found_behind_pages_that_say_200() {
    let server = Server::start(|request| {
        if request.target.contains("rest_route=") {
            let index = r#"{"name":"Plain &amp; simple","home":"http://x","namespaces":["wp/v2"],"authentication":[],"gmt_offset":"5.5","timezone_string":""}"#;
            return Answer::new(200, "application/json", index);
        }
        let page = r#"<!DOCTYPE html><html lang="de-DE"><head><link rel="https://api.w.org/" href="/wp-json/"></head>Welcome</html>"#;
        Answer::new(200, "text/html", page)
    });
    let url = Url::parse(&server.url("/")).expect("an address");
    let root = discover(&client(&url), &url, PlainHttp::Refuse).await.expect("a WordPress");
    assert_eq!((root.name.as_str(), root.language.as_deref(), root.gmt_offset), ("Plain & simple", Some("de-DE"), 5.5));
    assert!(matches!(root.base, Base::Query(_)) && !root.application_passwords);
    let passwords = diagnosed(url.as_str(), "u", "p", &Wishes::default()).await;
    assert!(passwords.findings.iter().any(|finding| finding.what.contains("plain permalinks")), "{passwords:?}");
}

#[tokio::test]
async fn each_wrong_site_is_called_by_its_name() {
    let page = Server::start(|_| Answer::new(200, "text/html", "<html><body>A shop</body></html>"));
    let (what, way_out) = worst(&diagnosed(&page.url("/"), "u", "p", &Wishes::default()).await);
    assert!(what.contains("no WordPress was found") && way_out.contains("check `url`"), "{what}: {way_out}");

    let off = Server::start(|request| match request.target.contains("rest_route") || request.target.contains("wp-json") {
        true => Answer::new(401, "application/json", r#"{"code":"rest_disabled","message":"REST is off.","data":{"status":401}}"#),
        false => Answer::new(200, "text/html", "<html></html>"),
    });
    let (what, way_out) = worst(&diagnosed(&off.url("/"), "u", "p", &Wishes::default()).await);
    assert!(what.contains("switched off: ") && what.contains("REST is off.") && way_out.contains("plug-in"), "{what}: {way_out}");

    let ill = Server::start(|_| Answer::new(503, "text/html", "<h1>busy</h1>"));
    let diagnosis = diagnosed(&ill.url("/"), "u", "p", &Wishes::default()).await;
    assert!(diagnosis.temporary && worst(&diagnosis).0.contains("503"), "{diagnosis:?}");

    let closed = diagnosed("http://127.0.0.1:1/", "u", "p", &Wishes::default()).await;
    assert!(worst(&closed).0.contains("can't be reached"), "{closed:?}");
}

#[tokio::test]
async fn a_password_goes_to_no_other_host_and_not_in_plain() {
    let server = Server::start(|_| {
        Answer::new(200, "text/html", "<html></html>").with("link", "<https://other.example/wp-json/>; rel=\"https://api.w.org/\"")
    });
    let url = Url::parse(&server.url("/")).expect("an address");
    let error = discover(&client(&url), &url, PlainHttp::Allow).await.expect_err("another host");
    assert!(matches!(&error, DiscoverError::OtherHost { other, .. } if other == "other.example"), "{error}");
    assert!(server.asked().iter().all(|request| request.header("authorization").is_none()));
}

#[tokio::test]
async fn a_wrong_password_and_a_header_that_gets_lost_are_told_apart() {
    let wp = wordpress();
    let (what, way_out) = worst(&diagnosed(&wp.url, "editor", "wrong", &Wishes::default()).await);
    assert_eq!(what, "the user `editor` or the application password is wrong");
    assert!(way_out.contains("authorize-application.php"), "{way_out}");

    // the real site behind a server that drops the header: as strangers see it
    let (upstream, password) = (wp.url.clone(), wp.password("editor"));
    let server = Server::start(move |request| {
        let mut curl = std::process::Command::new("curl");
        curl.args(["-sS", "-i", "-X", &request.method, "-H", "Accept: application/json", "-H", "Content-Type: text/xml"]);
        if !request.body.is_empty() {
            curl.args(["--data-binary", &String::from_utf8_lossy(&request.body)]);
        }
        let output = curl.arg(format!("{upstream}{}", request.target)).output().expect("curl");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").expect("an answer");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        let mime = if body.starts_with('{') { "application/json" } else { "text/html" };
        Answer::new(status, mime, body)
    });
    let (what, way_out) = worst(&diagnosed(&server.url("/"), "editor", &password, &Wishes::default()).await);
    assert_eq!(what, "the password is right, but the `Authorization` header doesn't reach WordPress");
    assert!(way_out.contains("HTTP_AUTHORIZATION"), "{way_out}");

    let bench = Bench::of("editor").await;
    let url = Url::parse(&wp.url).expect("an address");
    let site = Site::new(client(&url), bench.site.root().clone(), "editor".into(), Secret::new("wrong"), Duration::from_secs(30));
    let failure = site.me().await.expect_err("refused");
    assert!(matches!(failure, Failure::Unwelcome(_)), "{failure}");
}

#[tokio::test]
async fn application_passwords_that_are_off_are_named() {
    let server = Server::start(|request| match &request.target {
        target if target.contains("users/me") || target.contains("users%2Fme") => Answer::new(
            401,
            "application/json",
            r#"{"code":"rest_not_logged_in","message":"You are not logged in.","data":{"status":401}}"#,
        ),
        target if target.contains("rest_route") => {
            Answer::new(200, "application/json", r#"{"name":"x","namespaces":["wp/v2"],"authentication":[]}"#)
        }
        _ => Answer::new(200, "text/html", "<html></html>"),
    });
    let (what, way_out) = worst(&diagnosed(&server.url("/"), "u", "p", &Wishes::default()).await);
    assert_eq!(what, "application passwords are switched off on this site");
    assert!(way_out.contains("https"), "{way_out}");
}

#[tokio::test]
async fn what_an_account_may_not_is_said_with_what_becomes_of_it() {
    let wp = wordpress();
    let wishes = Wishes {
        statuses: vec![Status::Publish],
        authors: true,
        clean_slugs: true,
        pictures: true,
        author_names: Vec::new(),
        taxonomies: vec!["wirepress-nowhere".into(), "post_tag".into()],
        post_types: Vec::new(),
        new_tags: true,
        new_categories: true,
    };
    for (user, level, words) in [
        (
            "contributor",
            Level::Error,
            vec![
                "no taxonomy `wirepress-nowhere`",
                "may not publish",
                "may not upload",
                "may not make categories",
                "other authors",
                "its own posts only",
            ],
        ),
        ("author", Level::Error, vec!["may not make categories", "other authors", "its own posts only"]),
        ("admin", Level::Error, vec!["administrator"]),
        ("subscriber", Level::Error, vec!["may not make posts"]),
    ] {
        let diagnosis = diagnosed(&wp.url, user, &wp.password(user), &wishes).await;
        assert_eq!(diagnosis.level(), level, "{user}: {diagnosis:?}");
        let told: Vec<&str> =
            diagnosis.findings.iter().filter(|finding| finding.level > Level::Fine).map(|finding| finding.what.as_str()).collect();
        for words in &words {
            assert!(told.iter().any(|what| what.contains(words)), "{user}: {words}: {told:?}");
        }
        assert_eq!(diagnosis.me.as_ref().map(|me| me.id), Some(wp.user_id(user)));
        assert!(diagnosis.findings.iter().all(|finding| finding.level == Level::Fine || !finding.way_out.is_empty()));
    }
}

#[tokio::test]
async fn an_account_that_somebody_shares_is_told() {
    let bench = Bench::of("admin").await;
    let body = serde_json::json!({"title": "A person's own", "content": "Words.", "status": "draft"});
    bench.person("admin", "POST", "posts", body);
    let diagnosis = diagnosed(&bench.wp.url, "admin", &bench.wp.password("admin"), &Wishes::default()).await;
    assert!(diagnosis.findings.iter().any(|finding| finding.what.contains("somebody shares it")), "{diagnosis:?}");
}
