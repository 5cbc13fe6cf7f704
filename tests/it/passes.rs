//! The passes, seen from outside: what a failed poll costs, how often the store is written, what a busy picture's server does.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::binary::{Home, Run};
use crate::support::feed::png;
use crate::support::server::{Answer, Server};
use crate::support::site::wordpress;

/// An RSS document of `count` entries; `more` stands in each.
fn rss(prefix: &str, count: usize, more: &str) -> String {
    let slug = prefix.replace(' ', "-");
    let items: String = (0..count)
        .map(|n| {
            format!(
                "<item><title>{prefix} story {n} told</title><link>https://paper.example/{slug}/{n}</link>\
                 <guid isPermaLink=\"false\">{slug}:{n}</guid><description>About story {n}.</description>{more}</item>"
            )
        })
        .collect();
    format!("<rss version=\"2.0\"><channel><title>The Paper</title><link>https://paper.example/</link>{items}</channel></rss>")
}

/// A site that nothing is sent to in these tests.
const NOWHERE: &str =
    "[[site]]\nname = \"blog\"\nurl = \"http://127.0.0.1:9/\"\nuser = \"editor\"\npassword = { env = \"BLOG_PASSWORD\" }\n";

fn feed(name: &str, url: &str) -> String {
    format!("\n[[feed]]\nname = \"{name}\"\nurl = \"{url}\"\n")
}

#[test]
fn a_first_poll_that_failed_does_not_use_up_the_backfill() {
    let asked = AtomicUsize::new(0);
    let server = Server::start(move |_| match asked.fetch_add(1, Ordering::SeqCst) {
        0 => Answer::new(503, "text/plain", "later"),
        _ => Answer::new(200, "application/rss+xml", rss("backfill", 10, "")),
    });
    let home = Home::new(&format!("{NOWHERE}{}backfill = 3\n", feed("paper", &server.url("/"))));
    home.run(&["feeds", "poll", "paper"]).expect(4);
    let poll = home.run(&["feeds", "poll", "paper", "--json"]).expect(0).json();
    assert_eq!((&poll["entries"], &poll["new"], &poll["remembered"]), (&10.into(), &3.into(), &7.into()), "{poll}");
}

#[test]
fn a_document_that_is_too_long_says_so() {
    let server = Server::start(|_| Answer::new(200, "application/rss+xml", rss("long", 3_000, "")));
    let home = Home::new(&format!("{NOWHERE}{}", feed("paper", &server.url("/"))));
    home.run(&["feeds", "poll", "paper"]).expect(0);
    let feeds = home.run(&["feeds", "list", "--json"]).expect(0).json();
    let because = feeds[0]["because"].as_str().unwrap_or_default();
    assert!(because.contains("the document is too long: only its first"), "{feeds}");
}

#[test]
fn a_picture_that_can_t_be_had_now_is_waited_for_and_not_given_up() {
    let site = wordpress();
    let prefix = format!("Busy picture {}", std::process::id());
    // each of a host of its own: one that is busy is left alone with all of its pictures
    let paper = |address: &str, name: &'static str, picture: fn(&str) -> Answer| {
        let told = format!("{prefix} {name}");
        Server::start_on(address, move |request| match request.target.as_str() {
            "/picture.png" => picture(&told),
            _ => {
                let host = request.header("host").expect("HTTP/1.1");
                let enclosure = format!("<enclosure url=\"http://{host}/picture.png\" type=\"image/png\" length=\"300\"/>");
                Answer::new(200, "application/rss+xml", rss(&told, 1, &enclosure))
            }
        })
    };
    let busy = paper("127.0.0.1:0", "busy", |_| Answer::new(503, "text/plain", "later"));
    let fine = paper("127.0.0.2:0", "fine", |told| Answer::new(200, "image/png", png(told, 1)));
    let home = Home::new(&format!(
        "[[site]]\nname = \"blog\"\nurl = \"{}\"\nuser = \"editor\"\npassword = {{ env = \"BLOG_PASSWORD\" }}\nsettle = \"1s\"\n{}{}",
        site.url,
        feed("busy", &busy.url("/feed.xml")),
        feed("fine", &fine.url("/feed.xml"))
    ));
    let mut once = home.command(&["once"]);
    let run = Run::of(once.env("BLOG_PASSWORD", site.password("editor")).output().expect("the binary runs")).expect(5);
    assert!(run.stdout.contains("more is due at"), "{}", run.stdout);
    assert_eq!(site.posts_titled(&format!("{prefix} fine")).len(), 1);
    assert_eq!(site.posts_titled(&format!("{prefix} busy")).len(), 0);
    let waiting = home.run(&["items", "list", "--state", "seen", "--json"]).expect(0).json();
    assert_eq!(waiting.as_array().map(Vec::len), Some(1), "{waiting}");
}

#[test]
#[cfg(feature = "killpoints")]
fn three_hundred_feeds_without_news_cost_a_few_commits_and_not_one_each() {
    // each at an address of its own, or they would be spaced out
    let server = Server::start_on("0.0.0.0:0", |_| Answer::new(200, "application/rss+xml", rss("nothing", 0, "")));
    let url = |n: usize| format!("http://127.9.{}.{}:{}/", n / 250, n % 250 + 1, server.address.port());
    let feeds: String = (0..300).map(|n| feed(&format!("f{n}"), &url(n))).collect();
    let home = Home::new(&format!("{NOWHERE}{feeds}"));
    let log = home.file("doors");
    let mut once = home.command(&["once"]);
    once.env("BLOG_PASSWORD", "x").env("WIREPRESS_KILL_LOG", &log);
    Run::of(once.output().expect("the binary runs")).expect(0);
    assert_eq!(server.asked().len(), 300);
    let doors = std::fs::read_to_string(&log).expect("the log");
    let commits = doors.lines().filter(|line| line.ends_with("before claim_feeds") || line.ends_with("before record_polls")).count();
    assert!((1..=40).contains(&commits), "{commits} commits");
}
