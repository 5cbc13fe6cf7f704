//! One entry, one post, however the feed tells it: with the real binary and a real WordPress.

use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::support::binary::{Home, Run};
use crate::support::server::{Answer, Server};
use crate::support::site::{Wordpress, wordpress};

/// A feed whose document a test changes, and a home that posts it.
struct Stage {
    home: Home,
    site: Wordpress,
    prefix: String,
    document: Arc<Mutex<String>>,
    _feed: Server,
}

impl Stage {
    fn new(name: &str) -> Self {
        let site = wordpress();
        let document = Arc::new(Mutex::new(String::new()));
        let served = document.clone();
        let feed =
            Server::start(move |_| Answer::new(200, "application/rss+xml", served.lock().expect("no test panicked with it").clone()));
        let home = Home::new(&format!(
            "[defaults]\nimage = \"none\"\n\n[[site]]\nname = \"blog\"\nurl = \"{}\"\nuser = \"editor\"\n\
             password = {{ env = \"BLOG_PASSWORD\" }}\nsettle = \"1s\"\n\n[[feed]]\nname = \"news\"\nurl = \"{}\"\n",
            site.url,
            feed.url("/feed.xml")
        ));
        Self { home, site, prefix: format!("{name} {}", std::process::id()), document, _feed: feed }
    }

    /// Serves these entries (GUID, link, title) from now on and runs `once`.
    fn once(&self, entries: &[(&str, &str, &str)]) {
        let items: String = entries
            .iter()
            .map(|(guid, link, title)| {
                format!(
                    "<item><title>{} {title}</title><link>{link}</link><guid>{guid}</guid>\
                     <description>What {title} is about.</description></item>",
                    self.prefix
                )
            })
            .collect();
        *self.document.lock().expect("no test panicked with it") = format!(
            "<rss version=\"2.0\"><channel><title>News</title><link>https://news.example/</link><description>n</description>{items}</channel></rss>"
        );
        self.run(&["once", "--feed", "news"]).expect(0);
    }

    fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.home.command(arguments).env("BLOG_PASSWORD", self.site.password("editor")).output().expect("the binary runs"))
    }

    fn posts(&self) -> usize {
        self.site.posts_titled(&self.prefix).len()
    }

    /// What `why --json` says was merged into the entry.
    fn merges(&self, link: &str) -> Vec<Value> {
        self.run(&["why", link, "--json"]).expect(0).json()["merges"].as_array().expect("merges").clone()
    }
}

#[test]
fn a_feed_that_moves_to_https_and_to_another_host_posts_nothing_again_and_why_tells() {
    let stage = Stage::new("moved");
    let first = "http://news.example/one";
    stage.once(&[("http://news.example/?p=1", first, "one"), ("http://news.example/?p=2", "http://news.example/two", "two")]);
    assert_eq!(stage.posts(), 2);
    stage.once(&[
        ("https://news.example/?p=1", "https://news.example/one", "one"),
        ("https://news.example/?p=2", "https://news.example/two", "two"),
    ]);
    stage.once(&[
        ("https://paper.example/?p=1", "https://paper.example/one", "one"),
        ("https://paper.example/?p=2", "https://paper.example/two", "two"),
    ]);
    stage.once(&[
        ("urn:a:1", "https://m.paper.example/one/amp?utm_source=rss", "one"),
        ("urn:a:1", "https://paper.example/one", "one, again"),
    ]);
    assert_eq!(stage.posts(), 2);

    let merges = stage.merges(first);
    let mut told: Vec<_> = merges.iter().map(|merge| (merge["rung"].as_str().unwrap_or(""), merge["how"].as_str().unwrap_or(""))).collect();
    told[2..].sort_unstable(); // of one second
    assert_eq!(told, [("guid", "later"), ("path", "later"), ("guid", "twice"), ("link", "later")], "{merges:?}");
    assert_eq!(merges[1]["was"]["guid"], "https://news.example/?p=1");
    assert_eq!(merges[1]["told"]["guid"], "https://paper.example/?p=1");
    let why = stage.run(&["why", first]).expect(0).stdout;
    let line = "came back; the same GUID but for scheme and host: GUID `https://paper.example/?p=1`, was `https://news.example/?p=1`";
    assert!(why.contains("\n   merged\n") && why.contains(line), "{why}");

    stage.once(&[("https://paper.example/?p=3", "https://paper.example/three", "three")]);
    assert_eq!(stage.posts(), 3, "what is new is posted");
}
