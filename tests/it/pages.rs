//! `content = "page"`: the article of the entry's page, what its publisher reserves, and what happens where it can't be had.

use serde_json::Value;

use crate::support::binary::{Home, Run};
use crate::support::server::{Answer, Request, Server};
use crate::support::site::wordpress;

const TEASER: &str = "The harbour lay quiet under a grey sky, and the boats had all gone out before the sun was up.";

fn article(more: &str) -> String {
    let paragraphs = [
        "The harbour lay quiet under a grey sky, and the boats had all gone out before the sun was up, as they do every day of the week.",
        "By noon the first of them came back, low in the water, with more fish than anybody in the town had seen for many a year.",
        "“We had given it up,” said the oldest of the fishermen, “and then, all at once, there they were, as if nothing had happened.”",
        "The market stayed open until late that evening, and people came from the villages around to see it for themselves.",
    ];
    let text: String = paragraphs.iter().map(|paragraph| format!("<p>{paragraph}</p>")).collect();
    format!("<main><article><h1>A story</h1>{text}{more}</article></main>")
}

fn page(head: &str, body: &str) -> Answer {
    let html = format!(
        "<!doctype html><html><head><title>A story</title>{head}</head><body><nav><a href=/>Home</a></nav>{body}<footer>© The Paper</footer></body></html>"
    );
    Answer::new(200, "text/html; charset=utf-8", html)
}

fn rss(base: &str, prefix: &str, paths: &[&str], more: &str) -> String {
    let items: String = paths
        .iter()
        .map(|path| {
            format!(
                "<item><title>{prefix} {path}</title><link>{base}{path}</link><guid isPermaLink=\"false\">{prefix}{path}</guid>\
                 <description>{TEASER}</description>{more}</item>"
            )
        })
        .collect();
    format!("<rss version=\"2.0\"><channel><title>The Paper</title><link>{base}/</link>{items}</channel></rss>")
}

/// Serves a feed of these paths, and what `pages` answers for each.
fn paper(prefix: &str, paths: &'static [&'static str], pages: impl Fn(&Request) -> Option<Answer> + Send + Sync + 'static) -> Server {
    let prefix = prefix.to_owned();
    Server::start(move |request| match request.target.as_str() {
        "/feed" => {
            let host = request.header("host").unwrap_or_default();
            Answer::new(200, "application/rss+xml", rss(&format!("http://{host}"), &prefix, paths, ""))
        }
        _ => pages(request).unwrap_or_else(|| Answer::new(404, "text/plain", "none")),
    })
}

fn config(site: &str, server: &Server, more: &str) -> String {
    format!(
        "[http]\ndomain_gap = \"1ms\"\n[[site]]\nname = \"blog\"\nurl = \"{site}\"\nuser = \"editor\"\npassword = {{ env = \"BLOG_PASSWORD\" }}\nsettle = \"1s\"\n\
         [[feed]]\nname = \"paper\"\nurl = \"{}\"\ncontent = \"page\"\nimage = \"none\"\nbackfill = 20\n{more}\n",
        server.url("/feed")
    )
}

const NOWHERE: &str = "http://127.0.0.1:9/";

fn asked(server: &Server, path: &str) -> usize {
    server.asked().iter().filter(|request| request.target == path).count()
}

/// The posts of a dry run, by the path of their source.
fn previewed(home: &Home) -> std::collections::BTreeMap<String, Value> {
    let run = home.command(&["once", "--dry-run", "--json"]).env("BLOG_PASSWORD", "x").output().expect("the binary runs");
    let preview = Run::of(run).expect(0).json();
    let posts = preview["posts"].as_array().expect("posts").clone();
    posts
        .into_iter()
        .map(|post| (format!("/{}", post["source"].as_str().unwrap_or("").splitn(4, '/').nth(3).unwrap_or("")), post))
        .collect()
}

fn warnings(post: &Value) -> String {
    let all: Vec<&str> = post["warnings"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    all.join(" | ")
}

#[test]
fn a_teaser_becomes_the_article_of_its_pages_and_they_are_asked_for_once() {
    let site = wordpress();
    let prefix = format!("Full text {}", std::process::id());
    let server = paper(&prefix, &["/one"], |request| match request.target.as_str() {
        "/robots.txt" => Some(Answer::new(200, "text/plain", "User-agent: *\nDisallow: /private/")),
        "/one" => Some(page("<link rel=next href='/one/2'>", &article("<aside class=more>Read also: gardens</aside>"))),
        "/one/2" => Some(page("<link rel=next href='/one/3'>", &article("").replace("harbour", "second harbour").replace("noon", "two"))),
        // it leads back
        "/one/3" => Some(page("<link rel=next href='/one'>", &article("").replace("harbour", "third harbour").replace("noon", "three"))),
        _ => None,
    });
    let home = Home::new(&config(&site.url, &server, "[feed.page]\nremove = \"aside.more\""));
    let once = |home: &Home| {
        let run =
            home.command(&["once", "--feed", "paper"]).env("BLOG_PASSWORD", site.password("editor")).output().expect("the binary runs");
        Run::of(run).expect(0)
    };
    once(&home);
    once(&home);
    let posts = site.posts_titled(&prefix);
    assert_eq!(posts.len(), 1);
    let content = posts[0]["content"].as_str().expect("content");
    for part in ["people came from the villages", "the second harbour lay quiet", "the third harbour", "By three the first of them"] {
        assert!(content.to_lowercase().contains(&part.to_lowercase()), "{part}: {content}");
    }
    assert!(!content.contains("gardens") && !content.contains("© The Paper"), "{content}");
    let pages = ["/robots.txt", "/.well-known/tdmrep.json", "/one", "/one/2", "/one/3"].map(|path| asked(&server, path));
    assert_eq!(pages, [1, 1, 1, 1, 1]);
    let told = home.run(&["items", "list", "--json"]).expect(0).json();
    assert_eq!(told[0]["deliveries"][0]["warnings"], serde_json::json!([]), "{told}");
}

#[test]
fn what_a_publisher_reserves_is_left_and_the_post_has_the_feeds_text_and_says_why() {
    let paths = &["/robots", "/noai", "/header", "/tdm", "/paid", "/nc", "/by", "/rsl"];
    let server = paper("Reserved", paths, |request| {
        let free = || page("", &article(""));
        Some(match request.target.as_str() {
            "/robots.txt" => Answer::new(200, "text/plain", "User-agent: wirepress\nDisallow: /robots\nLicense: /license.xml\n"),
            "/license.xml" => Answer::new(
                200,
                "application/rsl+xml",
                "<rsl xmlns=\"https://rslstandard.org/rsl\"><content url=\"/rsl\"><license><permits type=\"usage\">search</permits></license></content></rsl>",
            ),
            "/.well-known/tdmrep.json" => Answer::new(200, "application/json", "[{\"location\": \"/tdm\", \"tdm-reservation\": 1}]"),
            "/robots" | "/tdm" | "/rsl" => free(),
            "/noai" => page("<meta name=robots content='index, noai'>", &article("")),
            "/header" => free().with("x-robots-tag", "noai, noimageai"),
            "/paid" => free().with("tdm-reservation", "1"),
            "/nc" => page("<link rel=license href='https://creativecommons.org/licenses/by-nc/4.0/'>", &article("")),
            "/by" => page("<link rel=license href='https://creativecommons.org/licenses/by/4.0/'>", &article("")),
            _ => return None,
        })
    });
    let home = Home::new(&config(NOWHERE, &server, ""));
    let posts = previewed(&home);
    assert_eq!(posts.len(), paths.len(), "no post is lost: {:?}", posts.keys());
    for (path, why) in [
        ("/robots", "robots (robots.txt of 127.0.0.1"),
        ("/noai", "noai (a meta element of the page)"),
        ("/header", "noai (the page's header X-Robots-Tag)"),
        ("/tdm", "tdm (its host's tdmrep.json)"),
        ("/paid", "tdm (the page's header tdm-reservation)"),
        ("/nc", "cc-by-nc (the page)"),
        ("/rsl", "rsl (the licence at 127.0.0.1/license.xml)"),
    ] {
        let told = warnings(&posts[path]);
        assert!(told.contains(&format!("the feed's text instead of the page's: its use is reserved: {why}")), "{path}: {told}");
        assert!(!posts[path]["content"].as_str().unwrap_or("").contains("By noon"), "{path}");
        assert!(posts[path]["content"].as_str().unwrap_or("").contains(TEASER), "{path}");
    }
    assert!(posts["/by"]["content"].as_str().unwrap_or("").contains("By noon"), "{}", posts["/by"]);
    // what is reserved for the whole path isn't even asked for
    assert_eq!(["/robots", "/tdm", "/rsl"].map(|path| asked(&server, path)), [0, 0, 0]);
    assert_eq!(asked(&server, "/robots.txt"), 1);

    let lifted = previewed(&Home::new(&config(NOWHERE, &server, "rights = \"licensed\"")));
    for path in paths {
        assert!(lifted[*path]["content"].as_str().unwrap_or("").contains("By noon"), "{path}: {}", lifted[*path]);
    }
    assert!(warnings(&lifted["/noai"]).contains("`rights = \"licensed\"` lifts noai (a meta element of the page)"), "{}", lifted["/noai"]);
    assert!(!warnings(&lifted["/by"]).contains("lifts"), "{}", lifted["/by"]);
}

#[test]
fn a_page_that_is_worse_or_gone_leaves_the_feeds_text_with_the_reason() {
    let paths = &["/wall", "/list", "/gone", "/pdf", "/empty"];
    let server = paper("Worse", paths, |request| {
        Some(match request.target.as_str() {
            "/wall" => {
                page("", &format!("<article><p>{TEASER}</p><p>Subscribe to continue reading this story and all others.</p></article>"))
            }
            "/list" => page(
                "",
                &format!(
                    "<article>{}</article>",
                    "<p>Something else altogether was written about gardens, tools and the weather.</p>".repeat(9)
                ),
            ),
            "/pdf" => Answer::new(200, "application/pdf", "%PDF"),
            "/empty" => Answer::new(200, "text/html", ""),
            _ => return None,
        })
    });
    let home = Home::new(&config(NOWHERE, &server, ""));
    let posts = previewed(&home);
    for (path, why) in [
        ("/wall", "the page shows a wall"),
        ("/list", "of the feed's text (score"),
        ("/gone", "404 Not Found"),
        ("/pdf", "is application/pdf, not a web page"),
        ("/empty", "no article was found in the page"),
    ] {
        let told = warnings(&posts[path]);
        assert!(told.contains("the feed's text instead of the page's") && told.contains(why), "{path}: {told}");
        assert!(posts[path]["content"].as_str().unwrap_or("").contains(TEASER), "{path}");
    }
}

#[test]
fn a_page_that_can_t_be_had_now_is_waited_for_and_its_host_left_alone() {
    let server = paper("Busy", &["/busy"], |request| match request.target.as_str() {
        "/busy" => Some(Answer::new(503, "text/plain", "later").with("retry-after", "600")),
        _ => None,
    });
    let home = Home::new(&config(NOWHERE, &server, ""));
    let once = || Run::of(home.command(&["once"]).env("BLOG_PASSWORD", "x").output().expect("the binary runs"));
    once();
    let waiting = home.run(&["items", "list", "--state", "seen", "--json"]).expect(0).json();
    assert_eq!(waiting.as_array().map(Vec::len), Some(1), "{waiting}");
    assert!(
        waiting[0]["error"].as_str().is_some_and(|error| error.contains("the page can't be had now") && error.contains("503")),
        "{waiting}"
    );
    // the whole host rests, its feed, too
    let poll = home.run(&["feeds", "poll", "paper"]);
    assert!(poll.stderr.contains("left alone"), "{poll:?}");
    assert_eq!(asked(&server, "/busy"), 1);
}

#[test]
#[cfg(feature = "killpoints")]
fn a_killed_process_does_not_ask_for_the_page_again() {
    let server = paper("Killed", &["/one"], |request| (request.target == "/one").then(|| page("", &article(""))));
    let home = Home::new(&config(NOWHERE, &server, ""));
    let log = home.file("doors");
    let once = |at: Option<usize>| {
        let mut command = home.command(&["once"]);
        command.env("BLOG_PASSWORD", "x").env("WIREPRESS_KILL_LOG", &log);
        at.map(|at| command.env("WIREPRESS_KILL_AT", at.to_string()));
        command.output().expect("the binary runs")
    };
    // find the door behind the stored page
    let trial = Home::new(&config(NOWHERE, &server, ""));
    let doors = trial.file("doors");
    let mut command = trial.command(&["once"]);
    command.env("BLOG_PASSWORD", "x").env("WIREPRESS_KILL_LOG", &doors).output().expect("the binary runs");
    let doors = std::fs::read_to_string(&doors).expect("the log");
    let at = doors.lines().position(|door| door.ends_with("after store_steps")).expect("the page is stored") + 1;
    let before = asked(&server, "/one");
    once(Some(at));
    assert_eq!(asked(&server, "/one"), before + 1);
    once(None);
    assert_eq!(asked(&server, "/one"), before + 1);
    let items = home.run(&["items", "list", "--json"]).expect(0).json();
    assert_eq!(items[0]["state"], "decided", "{items}");
}
