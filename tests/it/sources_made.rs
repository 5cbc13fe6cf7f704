//! Documents that are no feeds, read as if they were: pages, JSON and sitemaps, end to end by a dry run.

use std::io::Write;

use serde_json::Value;

use crate::support::binary::{Home, Run};
use crate::support::server::{Answer, Server};

/// A feed with these keys, and whatever its entries are turned into.
fn home(url: &str, keys: &str) -> Home {
    Home::new(&format!(
        "[[site]]\nname = \"blog\"\nurl = \"https://blog.example\"\nuser = \"x\"\npassword = {{ env = \"HOME\" }}\n\n[[feed]]\nname = \"news\"\n\
         url = \"{url}\"\nimage = \"none\"\nbackfill = 9\nbackfill_age = \"36500d\"\nfeed_categories = {{ to = \"tags\", new = \"create\" }}\n{keys}\n"
    ))
}

fn once(url: &str, keys: &str) -> Run {
    home(url, keys).run(&["once", "--dry-run", "--json"])
}

fn posts(run: &Run) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let posts = run.json()["posts"].as_array().cloned().unwrap_or_default();
    let mut all: Vec<(String, String)> = posts.iter().map(|post| (text(&post["title"]), text(&post["source"]))).collect();
    all.sort();
    all
}

fn pair(title: &str, link: &str) -> (String, String) {
    (title.to_owned(), link.to_owned())
}

const PAGE: &str = r#"<!doctype html><html lang=en><head><title>Harbour news</title><base href="/news/"></head><body>
    <ul class=news>
      <li id=a><h3><a href="one.html">A <b>quiet</b> morning</a></h3><time datetime="2026-11-20T08:00:00Z">Friday</time>
          <p>Boats lay still.<p>And slept. <span class=tags><a>Boats</a> <a>Sea</a></span>
      <li id=b><h3><a href="https://other.example/two">A storm &amp; a half</a></h3><span class=date>19 November 2026</span><p>Waves.
    </ul><footer><a href="/imprint">Imprint</a></footer></body></html>"#;

#[test]
fn a_page_without_a_feed_is_read_by_selectors() {
    let server = Server::start(|_| Answer::new(200, "text/html", PAGE));
    let wanted = [pair("A quiet morning", &server.url("/news/one.html")), pair("A storm & a half", "https://other.example/two")];
    assert_eq!(posts(&once(&server.url("/"), "[feed.select]\nitems = \"ul.news > li\"").expect(0)), wanted);
    let keys = "[feed.select]\nitems = \"ul.news > li\"\ntitle = \"h3\"\nlink = \"a@href\"\nid = \"@id\"\ndate = \"time@datetime, .date\"\n\
                content = \".\"\ncategory = \".tags a\"";
    let run = once(&server.url("/"), keys).expect(0);
    assert_eq!(posts(&run), wanted);
    assert!(run.stdout.contains("\"name\": \"Sea\"") && run.stdout.contains("Boats lay still."), "{}", run.stdout);
    assert!(server.asked()[0].header("accept").is_some_and(|accept| accept.starts_with("text/html")));
    let run = once(&server.url("/"), "[feed.select]\nitems = \"article\"").expect(4);
    assert!(run.stdout.contains("nothing in it fits `article`, where its entries should be"), "{run:?}");
}

#[test]
fn json_of_any_form_is_read_by_paths() {
    const POSTS: &str = r#"{"data": {"posts": [
        {"id": 7, "headline": "Fish & chips", "when": 1795348800, "body": {"html": "<p>Salt.</p>"}, "by": [{"name": "Ann"}], "tags": ["food"], "live": true},
        {"id": 8, "headline": "Draft", "live": false}]}}"#;
    let server = Server::start(|_| Answer::new(200, "application/json", POSTS));
    let keys = "[feed.json]\nitems = \"$.data.posts[?@.live == true]\"\ntitle = \"headline\"\nlink = \"/posts/{id}\"\ndate = \"when\"\n\
                content = \"body.html\"\nauthor = \"by[*].name\"\ncategory = \"tags\"";
    let run = once(&server.url("/api"), keys).expect(0);
    assert_eq!(posts(&run), [pair("Fish & chips", &server.url("/posts/7"))]);
    assert!(run.stdout.contains("Salt.") && run.stdout.contains("Ann"), "{}", run.stdout);
    let run = once(&server.url("/api"), "[feed.json]\nitems = \"data.stories\"").expect(4);
    assert!(run.stdout.contains("nothing in it fits `data.stories`"), "{run:?}");
}

#[test]
fn an_index_of_sitemaps_ends_where_its_host_asks_to_be_left_alone_and_each_request_counts() {
    let server = Server::start(|request| match request.target.as_str() {
        "/sitemap.xml" => {
            let child = |loc: &str| format!("<sitemap><loc>{loc}</loc><lastmod>2026-11-21</lastmod></sitemap>");
            Answer::new(200, "text/xml", format!("<sitemapindex>{}{}{}</sitemapindex>", child("/a.xml"), child("/b.xml"), child("/c.xml")))
        }
        "/a.xml" => Answer::new(200, "text/xml", sitemap(&[("/a-quiet-day", "2026-11-20")])),
        _ => Answer::new(429, "text/plain", "slower").with("retry-after", "7200"),
    });
    let home = Home::new(&format!(
        "[[site]]\nname = \"blog\"\nurl = \"http://127.0.0.1:9\"\nuser = \"editor\"\npassword = {{ env = \"BLOG_PASSWORD\" }}\n\n\
         [[feed]]\nname = \"map\"\nurl = \"{}\"\nsitemap = true\ninsist = true\n",
        server.url("/sitemap.xml")
    ));
    let poll = home.run(&["feeds", "poll", "map"]).expect(0);
    assert!(poll.stdout.contains("1 new"), "{poll:?}");
    let targets: Vec<String> = server.asked().iter().map(|request| request.target.clone()).collect();
    assert_eq!(targets, ["/sitemap.xml", "/a.xml", "/b.xml"]);
    let told = home.run(&["feeds", "politeness", "--json"]).expect(0).json();
    assert_eq!((&told["total"]["requests"], &told["total"]["violations"]), (&3.into(), &0.into()));
    assert!(home.run(&["feeds", "politeness"]).expect(0).stdout.contains("is left alone; it is asked again in"));
    home.run(&["feeds", "poll", "map"]);
    assert_eq!(server.asked().len(), 3, "it is left alone");
}

/// A sitemap with these pages.
fn sitemap(pages: &[(&str, &str)]) -> String {
    let pages: String =
        pages.iter().map(|(loc, day)| format!("<url><loc>https://x.example{loc}</loc><lastmod>{day}</lastmod></url>")).collect();
    format!("<?xml version=\"1.0\"?><urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">{pages}</urlset>")
}

fn gzip(text: &str) -> Vec<u8> {
    let mut child = std::process::Command::new("gzip");
    let mut child = child.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).spawn().expect("gzip");
    child.stdin.take().expect("asked for").write_all(text.as_bytes()).expect("it reads");
    child.wait_with_output().expect("it ends").stdout
}

#[test]
fn the_pages_of_a_sitemap_are_entries_also_of_an_index_and_packed() {
    let stranger = Server::start_on("127.0.0.4:0", |_| Answer::new(200, "text/xml", sitemap(&[("/stolen", "2026-11-22")])));
    let foreign = stranger.url("/s.xml");
    let server = Server::start(move |request| match request.target.as_str() {
        "/sitemap.xml" => {
            let child = |loc: &str| format!("<sitemap><loc>{loc}</loc><lastmod>2026-11-21</lastmod></sitemap>");
            let all = [child("/news.xml.gz"), child("/about.xml"), child("/gone.xml"), child(&foreign)].concat();
            Answer::new(200, "text/xml", format!("<sitemapindex>{all}</sitemapindex>"))
        }
        "/news.xml.gz" => {
            Answer::new(200, "application/gzip", gzip(&sitemap(&[("/news/a-quiet-day", "2026-11-20"), ("/news/b", "2026-11-21")])))
        }
        "/about.xml" => Answer::new(200, "text/xml", sitemap(&[("/about", "2020-01-01")])),
        _ => Answer::new(404, "text/plain", "no"),
    });
    let run = once(&server.url("/sitemap.xml"), "sitemap = { under = \"/news/\" }").expect(0);
    assert_eq!(posts(&run), [pair("A quiet day", "https://x.example/news/a-quiet-day"), pair("B", "https://x.example/news/b")]);
    assert_eq!(stranger.asked().len(), 0, "a sitemap elsewhere is not an index' to name");
    let targets: Vec<String> = server.asked().iter().map(|request| request.target.clone()).collect();
    assert_eq!(targets, ["/sitemap.xml", "/news.xml.gz", "/about.xml", "/gone.xml"]);
    assert_eq!(posts(&once(&server.url("/about.xml"), "sitemap = true").expect(0)).len(), 1);
    let run = once(&server.url("/gone.xml"), "sitemap = true").expect(4);
    assert!(run.stdout.contains("answered 404"), "{run:?}");
}
