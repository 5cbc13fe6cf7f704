//! What is said of rules: examples in `check`, `rules list`, `rules try`, `why` with scores and contests.

use crate::support::binary::{Home, Run};
use crate::support::feed::Illustrated;
use crate::support::mask::mask;

fn shown(home: &Home, run: &Run) -> String {
    mask(&format!("exit {}\n--- stdout\n{}--- stderr\n{}", run.code, run.stdout, run.stderr), home.path())
}

/// One feed of four entries in a file, to a site that is never reached.
fn home(more: &str) -> Home {
    let home = Home::new(&format!(
        r#"
[[rule]]
when = "title is matching('(?i)^sponsored')"
then = {{ skip = "advert" }}

[[rule]]
when = "title is containing('linux')"
then = {{ score = 8, add_tags = ["linux"] }}

[[rule]]
when = "categories is containing('nothing of it')"
then = {{ hold = "look" }}

[[site]]
name = "blog"
url = "http://127.0.0.1:9"
user = "editor"
password = {{ env = "BLOG_PASSWORD" }}
language = "en"

[[feed]]
name = "news"
url = "./news.xml"
backfill = 10
backfill_age = "36500d"
{more}"#
    ));
    let item = |number: u32, title: &str| {
        format!(
            "<item><guid>{number}</guid><title>{title}</title><link>https://news.example/{number}</link><description>Some words of it.</description></item>"
        )
    };
    let items: String = [(1, "Linux 7 is out"), (2, "Sponsored: buy"), (3, "A garden"), (4, "Linux and a garden")]
        .iter()
        .map(|(number, title)| item(*number, title))
        .collect();
    let feed = format!("<rss version=\"2.0\"><channel><title>News</title><link>https://news.example/</link>{items}</channel></rss>");
    std::fs::write(home.file("news.xml"), feed).expect("written");
    home
}

fn run(home: &Home, arguments: &[&str]) -> Run {
    Run::of(home.command(arguments).env("BLOG_PASSWORD", "none").output().expect("the binary runs"))
}

/// Prepares what the feed has; nothing can be published.
fn prepare(home: &Home) {
    let ran = run(home, &["once"]);
    assert!(ran.stderr.contains("127.0.0.1") || ran.code != 0, "the site can't be reached: {}", ran.stderr);
}

#[test]
fn examples_that_come_out_otherwise_are_errors_at_their_lines() {
    let home = home(
        r#"
[[feed.example]]
title = "Sponsored: buy"
expect = { skip = "advert" }

[[feed.example]]
title = "Linux"
expect = { tags = ["linux"], score = 9, status = "publish" }

[[feed.example]]
title = "Sponsored: another"
expect = { tags = ["linux"] }
"#,
    );
    let text = shown(&home, &run(&home, &["check", "--offline"]).expect(3));
    assert!(text.contains("expected that its score is 9, but it is 8"), "{text}");
    let told = run(&home, &["check", "--offline", "--json"]).expect(3).json();
    assert_eq!(told["examples"], serde_json::json!({ "tried": 3, "failed": 3 }));
    assert_eq!(told["config"]["problems"].as_array().map(Vec::len), Some(3));
}

#[test]
fn rules_are_listed_with_how_often_they_matched_and_those_that_never_did_first() {
    let home = home("");
    let text = shown(&home, &run(&home, &["rules", "list"]).expect(0));
    assert_eq!(text.matches("never matched").count(), 3, "{text}");
    prepare(&home);
    let told = run(&home, &["rules", "list", "--json"]).expect(0).json();
    let counts: Vec<(String, u64, bool)> = told
        .as_array()
        .expect("a list")
        .iter()
        .map(|rule| (rule["then"].as_str().unwrap_or_default().to_owned(), rule["matches"].as_u64().unwrap_or(99), rule["never"] == true))
        .collect();
    let want = [("hold: look", 0, true), ("skip: advert", 1, false), ("add tags linux; score +8", 2, false)];
    assert_eq!(counts, want.map(|(then, count, never)| (then.to_owned(), count, never)));
}

#[test]
fn a_changed_rule_is_tried_on_stored_items_and_changes_nothing() {
    let home = home("");
    prepare(&home);
    let before = run(&home, &["rules", "try"]).expect(0);
    assert!(before.stdout.contains("would come out as before"), "{}", before.stdout);

    let config = std::fs::read_to_string(home.file("wirepress.toml")).expect("it is there");
    let changed = config.replace("(?i)^sponsored", "(?i)garden").replace("add_tags = [\"linux\"]", "add_tags = [\"kernel\"]");
    std::fs::write(home.file("changed.toml"), changed).expect("written");
    let tried = run(&home, &["rules", "try", "--config", "changed.toml", "--json"]).expect(0).json();
    let differing: Vec<(String, String)> = tried["changed"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|item| {
            let what = item["sites"][0]["what"].as_array().expect("a list").iter();
            let what: Vec<&str> = what.filter_map(|what| what["what"].as_str()).collect();
            (item["title"].as_str().unwrap_or_default().to_owned(), what.join(", "))
        })
        .collect();
    let mut differing = differing;
    differing.sort();
    let want = [
        ("A garden", "newly skipped"),
        ("Linux 7 is out", "tags"),
        ("Linux and a garden", "newly skipped"),
        ("Sponsored: buy", "newly posted"),
    ];
    assert_eq!(differing, want.map(|(title, what)| (title.to_owned(), what.to_owned())));
    let after = run(&home, &["rules", "try"]).expect(0);
    assert_eq!(after.stdout, before.stdout, "trying changed something");
}

#[test]
fn why_tells_score_and_contest() {
    let home = home("scores = { publish = 8, review = 1 }\nbest = { most = 1, of = \"day\" }\n");
    prepare(&home);
    let told = run(&home, &["why", "https://news.example/3", "--json"]).expect(0).json();
    assert_eq!(told["because"], "its score is 0 and under 1 (`review`)");
    let told = run(&home, &["why", "https://news.example/1", "--json"]).expect(0).json();
    let delivery = &told["deliveries"][0];
    assert_eq!(delivery["state"], "ready");
    assert_eq!(delivery["score"]["sum"], 8);
    let best = delivery["best"].as_str().expect("it takes part");
    assert!(best.starts_with("only the best 1 of the day go out (feed news, until "), "{best}");
    let text = run(&home, &["why", "https://news.example/1"]).expect(0).stdout;
    assert!(text.contains("score    8 (+8 wirepress.toml:"), "{text}");
}

/// A feed of three, posted as drafts to a real WordPress, with a rule that gives them a tag in the title.
struct Posted {
    home: Home,
    site: crate::support::site::Wordpress,
    prefix: String,
    _feed: crate::support::server::Server,
}

impl Posted {
    fn new() -> Self {
        let site = crate::support::site::wordpress();
        let prefix = format!("again {}", std::process::id());
        let feed = Illustrated { images: false, ..Illustrated::new(&prefix, 3) }.serve();
        let home = Home::new(&format!(
            r#"
[[template]]
name = "short"
title = "{{{{ title }}}} (old)"

[[site]]
name = "blog"
url = "{url}"
user = "editor"
password = {{ env = "BLOG_PASSWORD" }}
settle = "1s"

[[feed]]
name = "news"
url = "{feed}"
template = "short"
"#,
            url = site.url,
            feed = feed.url("/feed.xml"),
        ));
        let posted = Self { home, site, prefix, _feed: feed };
        posted.run(&["once"]).expect(0);
        posted
    }

    fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.home.command(arguments).env("BLOG_PASSWORD", self.site.password("editor")).output().expect("the binary runs"))
    }

    fn titles(&self) -> Vec<String> {
        let mut titles: Vec<String> =
            self.site.posts_titled(&self.prefix).iter().filter_map(|post| Some(post["title"].as_str()?.to_owned())).collect();
        titles.sort();
        titles
    }

    /// What would become, or became, of each: `turn` and its count.
    fn turns(told: &serde_json::Value) -> Vec<String> {
        let mut turns: Vec<String> =
            told["items"].as_array().expect("a list").iter().filter_map(|one| Some(one["turn"].as_str()?.to_owned())).collect();
        turns.sort();
        turns
    }
}

#[test]
fn a_changed_template_reaches_the_drafts_in_wordpress_that_nobody_touched() {
    let posted = Posted::new();
    let same = posted.run(&["items", "render", "--again", "--json"]).expect(0).json();
    assert_eq!((Posted::turns(&same).len(), same["same"].as_u64()), (0, Some(3)), "{same:#}");

    let posts = posted.site.posts_titled(&posted.prefix);
    let touched = posts[0]["id"].as_u64().expect("an id");
    posted.site.edit(touched, "admin", &format!("{} a person's", posted.prefix));
    let config = std::fs::read_to_string(posted.home.file("wirepress.toml")).expect("it is there");
    posted.home.configure(&config.replace("(old)", "(new)"));
    let before = posted.titles();

    let planned = posted.run(&["items", "render", "--again", "--json"]).expect(0).json();
    assert_eq!(Posted::turns(&planned), ["change", "change", "touched"], "{planned:#}");
    let text = posted.run(&["items", "render", "--again"]).expect(0).stdout;
    assert!(text.contains("(old) → ") && text.contains("left alone: a person has worked on it"), "{text}");
    assert_eq!(posted.titles(), before, "a preview changes nothing");

    let done = posted.run(&["items", "render", "--again", "--yes", "--json"]).expect(0).json();
    assert_eq!(Posted::turns(&done), ["done", "done", "touched"], "{done:#}");
    let titles = posted.titles();
    assert_eq!(titles.iter().filter(|title| title.ends_with("(new)")).count(), 2, "{titles:?}");
    assert!(titles.contains(&format!("{} a person's", posted.prefix)), "{titles:?}");

    let again = posted.run(&["items", "render", "--again", "--json"]).expect(0).json();
    assert_eq!(Posted::turns(&again), ["touched"], "what was changed is known as ours: {again:#}");
    let why = posted.run(&["why", again["items"][0]["delivery"].as_str().expect("an id")]).expect(0).stdout;
    assert!(why.contains("create on `blog`"), "{why}");
}
