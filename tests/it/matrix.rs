//! The table of answers, row by row: from a real WordPress where one can be made to give it, else from a script; and its paper.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;
use url::Url;
use wirepress::domain::{Secret, Timestamp};
use wirepress::http::{Client, Follow, HeaderName, HeaderValue, Limits, Line, Method, Options, Request, Response};
use wirepress::publish::{self, Next, RETRY};
use wirepress::wordpress::{ANSWERS, Act, Asked, Failure, Row, Shape, Site, Then, row_for};

use crate::support::proxy::Fault;
use crate::support::server::{Answer, Server};
use crate::support::site::{Wordpress, wordpress, wordpress_at};
use crate::wordpress::media::png;
use crate::wordpress::{Bench, delivery, draft, key, now, order};

const MAKING: &str = "making a post";
const CHANGING: &str = "changing a post";
const TRASHING: &str = "putting a post into the trash";
const LOOKING: &str = "looking for posts";
const ASKING: &str = "asking who we are";
const TERM: &str = "making a term";
const UPLOADING: &str = "uploading a picture";

/// A request, and the row that its answer falls under.
struct Case {
    row: &'static str,
    what: &'static str,
    user: &'static str,
    /// With a password that is none.
    wrong: bool,
    method: Method,
    /// With its query.
    route: String,
    body: Body,
    /// What the test plug-in is asked for.
    fault: &'static str,
}

enum Body {
    None,
    Json(String),
    /// A file of this name, with a sum that fits or not.
    File(&'static str, Vec<u8>, bool),
}

/// A request that WordPress does as it does any other, but for `fault`.
fn case(row: &'static str, what: &'static str, user: &'static str, fault: &'static str) -> Case {
    let (method, route, body) = match what {
        LOOKING => (Method::GET, "/wp/v2/posts?status=any,trash&context=edit&slug=nothing-here&_fields=id".to_owned(), Body::None),
        ASKING => (Method::GET, "/wp/v2/users/me?context=edit&_fields=id".to_owned(), Body::None),
        MAKING => (Method::POST, "/wp/v2/posts?_fields=id".to_owned(), json(a_draft(&format!("Row {}", key())))),
        TERM => (Method::POST, "/wp/v2/tags?_fields=id".to_owned(), json(json!({"name": format!("row {}", key())}))),
        UPLOADING => (Method::POST, "/wp/v2/media?_fields=id".to_owned(), Body::File("row.png", png(b"row").to_vec(), true)),
        other => panic!("{other} needs a route of its own"),
    };
    Case { row, what, user, wrong: false, method, route, body, fault }
}

/// With our name in it: other tests look for posts of the editor's own hand.
fn a_draft(title: &str) -> serde_json::Value {
    json!({"status": "draft", "title": title, "content": "A row of wirepress' table."})
}

fn json(body: serde_json::Value) -> Body {
    Body::Json(body.to_string())
}

/// All that a real WordPress gives. `post`: one of the editor's.
fn real(post: u64, (term, term_id): (&str, u64)) -> Vec<Case> {
    let of = |row, what, fault| case(row, what, "editor", fault);
    let as_role = |row, what, user| case(row, what, user, "");
    let routed = |case: Case, method: Method, route: String, body: Body| Case { method, route, body, ..case };
    let cut = "2xx that is empty, a page, or JSON without what was made";
    let fine = "the wished JSON, also behind a BOM or PHP's warnings";
    let failed = "the server failed: fatal error, database, gateway, overload";
    let nobody = "nobody is logged in: wrong or revoked password, header stripped";
    let batches = "batches refused: a plug-in, a firewall, too large";
    let alone = "WordPress refuses it: empty, wrong value, unknown author";
    let lost = "the account lost a right, or the post is another's now";
    let no_right = "the role lacks the right to make this term or picture";
    let gone = "the post is gone, or lies in the trash";
    let batch = |row, fault, count: usize| {
        let requests: Vec<_> =
            (0..count).map(|_| json!({"method": "POST", "path": "/wp/v2/posts", "body": a_draft("One of a batch")})).collect();
        routed(of(row, MAKING, fault), Method::POST, "/batch/v1".into(), json(json!({ "requests": requests })))
    };
    let posts = "/wp/v2/posts".to_owned();
    vec![
        of(fine, MAKING, ""),
        of(fine, MAKING, "bom"),
        of(fine, MAKING, "warning-first"),
        of(fine, LOOKING, "warning-first"),
        batch(fine, "", 1),
        of(cut, MAKING, "exit-empty"),
        of(cut, MAKING, "html"),
        of(cut, MAKING, "html-after"),
        of(cut, MAKING, "exit-after-insert"),
        of(cut, TERM, "exit-after"),
        of(cut, UPLOADING, "exit-after-insert"),
        batch(cut, "exit-after-insert", 2),
        of("2xx that is empty or a page, while reading", LOOKING, "html"),
        of("2xx that is empty or a page, while reading", ASKING, "exit-empty"),
        of("a redirect: another host, https, other permalinks", MAKING, "redirect=https://other.example/"),
        of("a redirect: another host, https, other permalinks", LOOKING, "redirect=https://other.example/"),
        batch("a redirect: another host, https, other permalinks", "redirect=https://other.example/", 1),
        of("the server took too long for the request", MAKING, "status=408"),
        of("the server took too long for the request, while reading", LOOKING, "status=408"),
        of("too many requests", MAKING, "status=429,7"),
        of("too many requests", LOOKING, "status=429"),
        Case { wrong: true, ..of(nobody, MAKING, "") },
        Case { wrong: true, ..of(nobody, ASKING, "") },
        Case { wrong: true, ..of("the account may not see drafts", LOOKING, "") },
        of(nobody, MAKING, "no-app-passwords"),
        of(nobody, UPLOADING, "no-auth-header"),
        of(nobody, MAKING, "rest-off"),
        of(nobody, LOOKING, "rest-off"),
        batch(nobody, "rest-off", 1),
        batch(batches, "", 26),
        batch(batches, "no-route=^/batch", 1),
        batch(batches, "firewall=modsecurity", 1),
        batch(batches, "status=413", 1),
        batch(batches, "error=403,rest_disabled", 1),
        routed(of("a term of that name is there", TERM, ""), Method::POST, "/wp/v2/tags".into(), json(json!({ "name": term }))),
        routed(of("a page past the end of the list", LOOKING, ""), Method::GET, "/wp/v2/posts?status=any&page=99999".into(), Body::None),
        of("no such route: REST or this post type is switched off", MAKING, "no-route=^/wp/v2/posts"),
        of("no such route: REST or this post type is switched off", ASKING, "no-route=^/wp/v2/users"),
        of("no such address: other permalinks, another server", MAKING, "status=404"),
        as_role("the account may not see drafts", LOOKING, "subscriber"),
        of("who we are is not told", ASKING, "error=403,rest_user_cannot_view"),
        as_role("the account may not make posts", MAKING, "subscriber"),
        routed(as_role(lost, MAKING, "contributor"), Method::POST, posts.clone(), json(json!({"title": "x", "status": "publish"}))),
        routed(
            Case { what: CHANGING, ..of(lost, MAKING, "demoted=contributor") },
            Method::POST,
            format!("{posts}/{post}"),
            json(json!({"status": "publish"})),
        ),
        routed(Case { what: TRASHING, ..as_role(lost, MAKING, "author") }, Method::DELETE, format!("{posts}/{post}"), Body::None),
        as_role(no_right, UPLOADING, "contributor"),
        routed(as_role(no_right, TERM, "author"), Method::POST, "/wp/v2/categories".into(), json(json!({ "name": "No right" }))),
        of("a security plug-in refuses REST", MAKING, "error=403,rest_disabled"),
        routed(
            Case { what: CHANGING, ..of(gone, MAKING, "") },
            Method::POST,
            format!("{posts}/999999999"),
            json(json!({"status": "draft"})),
        ),
        of("too large for the server", UPLOADING, "status=413"),
        of("the file arrived damaged", UPLOADING, "damaged"),
        Case { body: Body::File("row.png", png(b"row").to_vec(), false), ..of("the file arrived damaged", UPLOADING, "") },
        Case { body: Body::Json("{\"title\": \"cut in its mid".into()), ..of("the request's JSON arrived damaged", MAKING, "") },
        of("a firewall's page", MAKING, "firewall=wordfence"),
        of("a firewall's page", LOOKING, "firewall=cloudflare"),
        of("a firewall's page", UPLOADING, "firewall=modsecurity"),
        Case { body: json(json!({})), ..of(alone, MAKING, "") },
        Case { body: json(json!({"title": "x", "status": "nonsense"})), ..of(alone, MAKING, "") },
        Case { body: json(json!({"title": "x", "status": "draft", "author": 987_654})), ..of(alone, MAKING, "") },
        Case { body: json(json!({"title": "x", "status": "draft", "format": "scroll"})), ..of(alone, MAKING, "") },
        Case {
            body: Body::File("row.svg", b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec(), true),
            ..of("500 for a file type or name that it doesn't take", UPLOADING, "")
        },
        Case {
            body: Body::File("nameless", png(b"row").to_vec(), true),
            ..of("500 for a file type or name that it doesn't take", UPLOADING, "")
        },
        Case { body: json(json!({"name": " "})), ..of("500 for a term's name that is empty or too long", TERM, "") },
        of("500 for a term's name that is empty or too long", TERM, "no-insert"),
        routed(
            Case { what: "deleting a term", ..of("501: this kind of thing has no trash", TERM, "") },
            Method::DELETE,
            format!("/wp/v2/tags/{term_id}"),
            Body::None,
        ),
        of("maintenance: WordPress itself says until when", MAKING, "maintenance"),
        of("maintenance: WordPress itself says until when", LOOKING, "maintenance"),
        of(failed, MAKING, "die"),
        of(failed, MAKING, "die-after-insert"),
        of(failed, MAKING, "status-after=500"),
        of(failed, MAKING, "no-insert"),
        of(failed, MAKING, "status=503,7"),
        of(failed, UPLOADING, "status=502"),
        batch(failed, "die-after-insert", 2),
        of("the server failed, while reading", LOOKING, "die"),
        of("the server failed, while reading", LOOKING, "status=504"),
    ]
}

/// Rows that no WordPress gives: what a script says, or no server at all.
const SCRIPTED: [&str; 5] = [
    "no connection",
    "a line cut, or no answer in time",
    "a line cut, or no answer in time, while reading",
    "anything else",
    "anything else, while reading",
];

impl Case {
    async fn answer(&self, wp: &Wordpress, http: &Client) -> Response {
        let url = Url::parse(&format!("{}/wp-json{}", wp.url, self.route)).expect("an address");
        let mut request = Request::get("row", url, Limits::WORDPRESS).header(HeaderName::from_static("accept"), value("application/json"));
        request.method = self.method.clone();
        (request.follow, request.line) = (Follow::No, Line::Close);
        match &self.body {
            Body::None => {}
            Body::Json(text) => {
                request = request.header(HeaderName::from_static("content-type"), value("application/json"));
                request.body = Some(text.clone().into());
            }
            Body::File(name, bytes, whole) => {
                use md5::Digest;
                let sum = data_encoding::HEXLOWER.encode(&md5::Md5::digest(if *whole { bytes.as_slice() } else { b"another file" }));
                request = request
                    .header(HeaderName::from_static("content-type"), value("image/png"))
                    .header(HeaderName::from_static("content-disposition"), value(&format!("attachment; filename=\"{name}\"")))
                    .header(HeaderName::from_static("content-md5"), value(&sum));
                request.body = Some(bytes.clone().into());
            }
        }
        if !self.fault.is_empty() {
            request = request.header(HeaderName::from_static("x-wirepress-test"), value(self.fault));
        }
        let password = if self.wrong { "none of ours".to_owned() } else { wp.password(self.user) };
        http.send(request.basic(self.user, &password)).await.expect("an answer")
    }

    fn act(&self) -> Act {
        match (&self.method, self.route.as_str()) {
            (&Method::GET, _) => Act::Read,
            (_, "/batch/v1") => Act::Batch,
            _ => Act::Write,
        }
    }
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("a header's value")
}

fn client(url: &str) -> Client {
    Client::new(Options::default().typed(&Url::parse(url).expect("an address"))).expect("a client")
}

async fn each_row_comes_from(wp: Wordpress) {
    let bench = Bench::at(wp, "editor").await;
    let term = format!("known {}", key());
    let term_id = bench.site.make_terms(&[("tags", &term, 0)]).await.expect("an answer")[0].as_ref().expect("a term").id;
    let post = bench.made(&mut delivery(&key())).await;
    let http = client(&bench.wp.url);
    let mut wrong = Vec::new();
    for case in real(post.id, (&term, term_id)) {
        let answer = case.answer(&bench.wp, &http).await;
        let row = row_for(case.what, case.act(), &answer);
        if row.came != case.row {
            let body = String::from_utf8_lossy(&answer.body).chars().take(200).collect::<String>();
            wrong.push(format!("{} with `{}`: `{}` instead of `{}` ({} {body})", case.what, case.fault, row.came, case.row, answer.status));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_real_wordpress_gives_each_row_of_the_table() {
    each_row_comes_from(wordpress()).await;
}

#[tokio::test]
async fn an_old_wordpress_gives_each_row_of_the_table() {
    each_row_comes_from(wordpress_at("WIREPRESS_TEST_WP61")).await;
}

/// Where `scripts/test --newest` has started one.
#[tokio::test]
async fn the_newest_wordpress_gives_each_row_of_the_table() {
    if std::env::var_os("WIREPRESS_TEST_WP7").is_some() {
        each_row_comes_from(wordpress_at("WIREPRESS_TEST_WP7")).await;
    }
}

#[test]
fn no_row_is_without_a_test() {
    let tested: BTreeSet<&str> = real(1, ("", 1)).iter().map(|case| case.row).chain(SCRIPTED).collect();
    let all: BTreeSet<&str> = ANSWERS.iter().map(|row| row.came).collect();
    assert_eq!(tested, all);
}

#[tokio::test]
async fn a_line_that_is_cut_proves_nothing_of_a_write_and_is_a_rest_for_a_read() {
    let bench = Bench::of("editor").await;
    let (site, _proxy) = bench.behind("editor", "POST", "/wp/v2/posts", Fault::CutAfterCommit).await;
    let mut delivery = delivery(&key());
    let cut = publish::create(&site, &bench.me, &[order(&delivery)]).await.remove(0).expect_err("a cut line");
    assert!(matches!(cut, Failure::Unclear { .. }), "{cut}");
    let (site, _proxy) = bench.behind("editor", "GET", "/wp/v2/posts", Fault::CutAfterCommit).await;
    draft(&mut delivery).title = "Not asked for".into();
    let unread = publish::look(&site, &bench.me, &[&delivery]).await.expect_err("a cut line");
    assert!(matches!(unread, Failure::NotDone { .. }), "{unread}");

    let nobody = "http://127.0.0.1:1/";
    let site = Site::new(client(nobody), bench.site.root().clone(), "editor".into(), Secret::new("x"), Duration::from_secs(5));
    let mut root = site.root().clone();
    root.base = wirepress::wordpress::Base::Query(Url::parse(nobody).expect("an address"));
    let site = Site::new(client(nobody), root, "editor".into(), Secret::new("x"), Duration::from_secs(5));
    let unsent = publish::create(&site, &bench.me, &[order(&delivery)]).await.remove(0).expect_err("no connection");
    assert!(matches!(unsent, Failure::NotDone { .. }), "{unsent}");
}

#[tokio::test]
async fn whatever_else_comes_proves_nothing() {
    let server = Server::start(|_| Answer::new(666, "application/json", "{\"answer\": 42}"));
    let http = client(&server.url("/"));
    for (act, row) in [(Act::Write, "anything else"), (Act::Read, "anything else, while reading")] {
        let url = Url::parse(&server.url("/")).expect("an address");
        let answer = http.send(Request::get("row", url, Limits::PAGE)).await.expect("an answer");
        assert_eq!(row_for(MAKING, act, &answer).came, row);
    }
}

/// A password that is revoked between two posts of a run.
#[tokio::test]
async fn a_password_revoked_in_mid_run_stops_the_site_and_costs_no_delivery_a_try() {
    let bench = Bench::of("editor").await;
    let made = bench.person("editor", "POST", "users/me/application-passwords", json!({"name": format!("revoked {}", key())}));
    let (uuid, password) = (made["uuid"].as_str().expect("its id").to_owned(), made["password"].as_str().expect("a password"));
    let site = Site::new(
        client(&bench.wp.url),
        bench.site.root().clone(),
        "editor".into(),
        Secret::new(password.to_owned()),
        Duration::from_secs(60),
    );
    let (before, after) = (delivery(&key()), delivery(&key()));
    publish::create(&site, &bench.me, &[order(&before)]).await.remove(0).expect("made");
    bench.person("editor", "DELETE", &format!("users/me/application-passwords/{uuid}"), json!({}));
    let two = [order(&after), order(&after)];
    for orders in [&two[..1], &two[..]] {
        for answer in publish::create(&site, &bench.me, orders).await {
            let failure = answer.expect_err("nobody is logged in");
            assert!(matches!(&failure, Failure::Unwelcome(refusal) if refusal.status == 401), "{failure}");
            let next = publish::next(&failure, 3, 0, Duration::from_secs(1), Timestamp::from_unix(0));
            assert!(matches!(next, Next::SiteRests { .. }), "{next:?}");
        }
    }
    assert!(matches!(publish::look(&site, &bench.me, &[&after]).await, Err(Failure::Unwelcome(_))));
    assert_eq!(bench.rows(&after.key).len(), 0);
}

/// An account that is made a contributor between two posts of a run.
#[tokio::test]
async fn an_account_that_lost_a_right_is_asked_again_who_it_is() {
    let bench = Bench::of("author").await;
    let (site, _proxy) = bench.behind("author", "POST", "/wp/v2/posts/", Fault::Wordpress("demoted=contributor")).await;
    let mut delivery = delivery(&key());
    draft(&mut delivery).status = wirepress::domain::Status::Publish;
    let post = bench.made(&mut delivery).await;
    let unfinished = publish::Unfinished { order: order(&delivery), post: &post };
    let failure = publish::finish(&site, &bench.me, &[unfinished], now()).await.remove(0).expect_err("403");
    assert!(failure.is_about_rights() && failure.refusal().is_some_and(|refusal| refusal.code == "rest_cannot_publish"), "{failure}");
    let next = publish::next(&failure, 0, 0, Duration::from_secs(1), Timestamp::from_unix(0));
    assert_eq!(next, Next::Retry { at: Timestamp::from_unix(60), doubt: None });
}

/// The table as `docs/answers.md` shows it.
fn table() -> String {
    let mut text = "| what comes | asked for | status | code | then |\n|---|---|---|---|---|\n".to_owned();
    for row in ANSWERS {
        let Row { came, status, codes, then, .. } = row;
        let codes: Vec<String> = codes.iter().map(|code| format!("`{code}`")).collect();
        text.push_str(&format!(
            "| {came} | {} | {} | {} | {} |\n",
            asked(row.asked),
            told_status(row, status),
            codes.join(", "),
            then.name()
        ));
    }
    text
}

fn asked(asked: Asked) -> String {
    match asked {
        Asked::Anything => "anything".to_owned(),
        Asked::Reading => "reading".to_owned(),
        Asked::Writing => "writing".to_owned(),
        Asked::ABatch => "a batch as a whole".to_owned(),
        Asked::These(whats) => whats.join(", "),
    }
}

fn told_status(row: &Row, ranges: &[(u16, u16)]) -> String {
    let one = |(first, last): &(u16, u16)| match (first, last) {
        (first, last) if first == last => first.to_string(),
        (first, last) if last - first == 99 => format!("{}xx", first / 100),
        (first, last) => format!("{first}–{last}"),
    };
    let told = match ranges {
        [] if row.shape.iter().any(|shape| matches!(shape, Shape::NotSent | Shape::Cut)) => "none".to_owned(),
        [] => "any".to_owned(),
        ranges => ranges.iter().map(one).collect::<Vec<_>>().join(", "),
    };
    let shape = match row.shape {
        [Shape::Error] => " from WordPress",
        [Shape::Foreign] => " not from WordPress",
        _ => "",
    };
    let waits = if row.waits { ", `Retry-After`" } else { "" };
    format!("{told}{shape}{waits}")
}

/// The waits of a delivery, as the paper writes them.
fn waits() -> String {
    let told = |span: &Duration| match span.as_secs() {
        seconds if seconds < 3600 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3600),
    };
    RETRY.iter().map(told).collect::<Vec<_>>().join(", ")
}

#[test]
fn the_paper_of_answers_is_the_table() {
    let path = "docs/answers.md";
    let text = std::fs::read_to_string(path).expect("the paper is in the repository");
    let (before, rest) = text.split_once("<!-- table -->\n").expect("where the table begins");
    let (shown, after) = rest.split_once("<!-- end -->\n").expect("where the table ends");
    if shown != table() && std::env::var_os("WIREPRESS_WRITE_DOCS").is_some() {
        std::fs::write(path, format!("{before}<!-- table -->\n{}<!-- end -->\n{after}", table())).expect("a writable paper");
        return;
    }
    assert_eq!(shown, table(), "WIREPRESS_WRITE_DOCS=1 writes it anew");
    for then in Then::ALL {
        assert!(after.contains(&format!("| {} |", then.name())), "`{}` isn't explained", then.name());
    }
    assert!(after.contains(&waits()), "the waits are {}", waits());
}
