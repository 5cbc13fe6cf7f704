//! The verbs that work beside the daemon on what it knows: `status`, `items`, `feeds`, `why`, `pause`, `undo`.

use crate::support::binary::{Home, Run};
use crate::support::feed::Illustrated;
use crate::support::mask::mask;
use crate::support::server::Server;
use crate::support::site::{Wordpress, wordpress};

/// A home whose `once` has posted one of two entries and skipped the other by a rule.
struct Ran {
    home: Home,
    site: Wordpress,
    prefix: String,
    _feed: Server,
}

impl Ran {
    fn new(name: &str) -> Self {
        let ran = Self::configured(name);
        ran.run(&["once"]).expect(0);
        ran
    }

    fn configured(name: &str) -> Self {
        let site = wordpress();
        let prefix = format!("{name} {}", std::process::id());
        let feed = Illustrated { images: false, ..Illustrated::new(&prefix, 2) }.serve();
        let home = Home::new(&format!(
            r#"
[[rule]]
when = "title is matching('number 1$')"
then = {{ skip = "odd" }}

[[site]]
name = "blog"
url = "{url}"
user = "editor"
password = {{ env = "BLOG_PASSWORD" }}
settle = "1s"

[[feed]]
name = "news"
url = "{feed}"
"#,
            url = site.url,
            feed = feed.url("/feed.xml"),
        ));
        Self { home, site, prefix, _feed: feed }
    }

    fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.home.command(arguments).env("BLOG_PASSWORD", self.site.password("editor")).output().expect("the binary runs"))
    }

    /// A run as a snapshot shows it.
    fn shown(&self, run: &Run) -> String {
        let text = format!("exit {}\n--- stdout\n{}--- stderr\n{}", run.code, run.stdout, run.stderr);
        mask(&text.replace(&self.prefix, "PREFIX").replace(&self.prefix.replace(' ', "-"), "PREFIX"), self.home.path())
    }

    fn posts(&self) -> Vec<serde_json::Value> {
        self.site.posts_titled(&self.prefix)
    }
}

#[test]
fn before_the_first_run_everything_is_new_and_nothing_is_written() {
    let ran = Ran::configured("fresh");
    insta::assert_snapshot!("fresh_status", ran.shown(&ran.run(&["status"]).expect(0)));
    insta::assert_snapshot!("fresh_feeds", ran.shown(&ran.run(&["feeds", "list"]).expect(0)));
    insta::assert_snapshot!("fresh_items", ran.shown(&ran.run(&["items", "list"]).expect(0)));
    insta::assert_snapshot!("fresh_why", ran.shown(&ran.run(&["why", "https://news.example/x"]).expect(2)));
    assert!(!ran.home.file("wirepress.db").exists());
}

#[test]
fn what_was_posted_and_what_was_not_is_told_with_its_reason() {
    let ran = Ran::new("told");
    insta::assert_snapshot!("ran_status", ran.shown(&ran.run(&["status"]).expect(0)));
    insta::assert_snapshot!("ran_feeds", ran.shown(&ran.run(&["feeds", "list"]).expect(0)));
    insta::assert_snapshot!("ran_items", ran.shown(&ran.run(&["items", "list"]).expect(0)));
    let link = |n: u32| format!("https://news.example/{}/{n}", ran.prefix.replace(' ', "-"));
    insta::assert_snapshot!("ran_why_posted", ran.shown(&ran.run(&["why", &link(0)]).expect(0)));
    insta::assert_snapshot!("ran_why_skipped", ran.shown(&ran.run(&["why", &link(1)]).expect(0)));
    let json = ran.run(&["items", "list", "--state", "published", "--json"]).expect(0).json();
    assert_eq!(json.as_array().map(Vec::len), Some(1));
    let id = json[0]["id"].as_str().expect("an id");
    assert_eq!(json[0]["deliveries"][0]["state"], "published");
    assert_eq!(ran.run(&["items", "show", id, "--json"]).expect(0).json()["link"], link(0));
    let skipped = ran.run(&["items", "list", "--state", "skipped", "--feed", "news", "--json"]).expect(0).json();
    assert_eq!(skipped[0]["because"].as_str().map(|because| because.contains("odd")), Some(true), "{skipped}");
    insta::assert_snapshot!("ran_wrong_state", ran.shown(&ran.run(&["items", "list", "--state", "sent"]).expect(2)));
    insta::assert_snapshot!("ran_wrong_feed", ran.shown(&ran.run(&["items", "list", "--feed", "nws"]).expect(2)));
    insta::assert_snapshot!("ran_retry_published", ran.shown(&ran.run(&["items", "retry", id]).expect(2)));
    let status = ran.run(&["status", "--json"]).expect(0).json();
    assert_eq!(status["sites"][0]["deliveries"]["published"], 1);
    assert_eq!(status["items"]["skipped"], 1);
}

#[test]
fn a_skipped_item_is_posted_after_all_when_a_person_says_so() {
    let ran = Ran::new("revived");
    let skipped = ran.run(&["items", "list", "--state", "skipped", "--json"]).expect(0).json();
    let id = skipped[0]["id"].as_str().expect("an id").to_owned();
    ran.home.configure(&std::fs::read_to_string(ran.home.file("wirepress.toml")).expect("it").replace("number 1$", "number 7$"));
    insta::assert_snapshot!("retry_skipped", ran.shown(&ran.run(&["items", "retry", &id]).expect(0)));
    ran.run(&["once"]).expect(0);
    assert_eq!(ran.posts().len(), 2);
}

#[test]
fn a_feed_is_polled_by_name_and_not_before_its_server_allows() {
    let ran = Ran::configured("polled");
    insta::assert_snapshot!("poll_good", ran.shown(&ran.run(&["feeds", "poll", "news"]).expect(0)));
    insta::assert_snapshot!("poll_unknown", ran.shown(&ran.run(&["feeds", "poll", "nws"]).expect(2)));
    assert_eq!(ran.posts().len(), 0, "polling posts nothing");
    let busy = Server::start(|_| crate::support::server::Answer::new(503, "text/plain", "later").with("retry-after", "600"));
    let text = std::fs::read_to_string(ran.home.file("wirepress.toml")).expect("it");
    ran.home.configure(&format!("{text}\n[[feed]]\nname = \"busy\"\nurl = \"{}\"\n", busy.url("/feed.xml")));
    let early = ran.run(&["feeds", "poll", "busy"]).expect(2);
    assert!(early.stderr.contains("is not in force yet"), "a verb beside the daemon puts nothing in force: {}", early.stderr);
    ran.run(&["once", "--feed", "news"]).expect(0);
    insta::assert_snapshot!("poll_busy", ran.shown(&ran.run(&["feeds", "poll", "busy"]).expect(4)));
    insta::assert_snapshot!("poll_too_early", ran.shown(&ran.run(&["feeds", "poll", "busy"]).expect(5)));
    assert_eq!(busy.asked().len(), 1);
}

#[test]
fn a_paused_site_gets_nothing_until_it_is_resumed() {
    let ran = Ran::configured("paused");
    insta::assert_snapshot!("pause_site", ran.shown(&ran.run(&["pause", "--site", "blog"]).expect(0)));
    insta::assert_snapshot!("pause_unknown", ran.shown(&ran.run(&["pause", "--feed", "nws"]).expect(2)));
    ran.run(&["once"]).expect(0);
    assert_eq!(ran.posts().len(), 0);
    insta::assert_snapshot!("paused_status", ran.shown(&ran.run(&["status"]).expect(0)));
    insta::assert_snapshot!("resume_site", ran.shown(&ran.run(&["resume", "--site", "blog"]).expect(0)));
    insta::assert_snapshot!("resume_again", ran.shown(&ran.run(&["resume", "--site", "blog"]).expect(0)));
    ran.run(&["once"]).expect(0);
    assert_eq!(ran.posts().len(), 1);
}

#[test]
fn undo_puts_untouched_posts_into_the_trash_and_they_do_not_come_back() {
    let ran = Ran::new("undone");
    insta::assert_snapshot!("undo_nobody", ran.shown(&ran.run(&["undo", "--last"]).expect(2)));
    insta::assert_snapshot!("undo_shown", ran.shown(&ran.run(&["undo", "--last", "--dry-run"]).expect(0)));
    insta::assert_snapshot!("undo_done", ran.shown(&ran.run(&["undo", "--last", "--yes"]).expect(0)));
    assert_eq!(ran.posts()[0]["status"], "trash");
    insta::assert_snapshot!("undo_again", ran.shown(&ran.run(&["undo", "--last", "--yes"]).expect(0)));
    ran.run(&["once"]).expect(0);
    let posts = ran.posts();
    assert_eq!((posts.len(), &posts[0]["status"]), (1, &"trash".into()));
}

#[test]
fn undo_leaves_a_post_that_somebody_has_worked_on() {
    let ran = Ran::new("touched");
    let id = ran.posts()[0]["id"].as_u64().expect("an id");
    ran.site.edit(id, "admin", "a person's title");
    let undone = ran.run(&["undo", "--last", "--yes", "--json"]).expect(0).json();
    assert_eq!((undone["posts"][0]["fate"].as_str(), undone["posts"][0]["post"].as_u64()), (Some("touched"), Some(id)));
}
