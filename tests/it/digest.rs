//! Digests, the way their user runs them: a feed, the real binary, a real WordPress; and the process killed in between.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use sqlx::{ConnectOptions, Executor};

use crate::support::binary::{Home, Run};
use crate::support::running::Running;
use crate::support::server::{Answer, Server};
use crate::support::site::{Wordpress, wordpress, wordpress_at};

/// A feed, a site, and a digest of its own name (posts of digests are known by site, name and window) that ends every day at a time that is long past when the test wants it to be.
struct Trial {
    site: Wordpress,
    home: Home,
    prefix: String,
    document: Arc<Mutex<String>>,
    _feed: Server,
}

impl Trial {
    fn new(name: &str, more: &str) -> Self {
        Self::on(wordpress(), name, more)
    }

    fn on(site: Wordpress, name: &str, more: &str) -> Self {
        let prefix = format!("{name} {}", std::process::id());
        let document = Arc::new(Mutex::new(String::new()));
        let served = document.clone();
        let feed = Server::start(move |_| Answer::new(200, "application/rss+xml", served.lock().expect("the document").clone()));
        let home = Home::new(&format!(
            r#"
[[site]]
name = "blog"
url = "{url}"
user = "editor"
password = {{ env = "BLOG_PASSWORD" }}
settle = "1s"
timeout = "4s"

[[feed]]
name = "paper"
url = "{feed}"
backfill = 10
digest = "daily {prefix}"

[[digest]]
name = "daily {prefix}"
every = "day"
ends = "00:00"
title = "{prefix} of {{{{ day|date }}}}: {{{{ count }}}}"
excerpt = "From {{{{ sources|join(', ') }}}}"
categories = ["Of {prefix}"]
{more}
"#,
            url = site.url,
            feed = feed.url("/feed"),
        ));
        let trial = Self { site, home, prefix, document, _feed: feed };
        trial.tells(&["one", "two", "three"]);
        trial
    }

    fn tells(&self, names: &[&str]) {
        let slug = self.prefix.replace(' ', "-");
        let item = |name: &&str| {
            format!(
                "<item><title>{prefix} {name}</title><link>https://paper.example/{slug}/{name}</link><guid isPermaLink=\"false\">{slug}:{name}</guid>\
                 <description>About {name}, in short.</description></item>",
                prefix = self.prefix
            )
        };
        let items: String = names.iter().map(item).collect();
        let document = format!(
            "<rss version=\"2.0\"><channel><title>The Paper</title><link>https://paper.example/</link><language>en</language>{items}</channel></rss>"
        );
        *self.document.lock().expect("the document") = document;
    }

    fn run(&self, arguments: &[&str], kill_at: Option<u64>) -> Run {
        let mut command = self.home.command(arguments);
        command.env("BLOG_PASSWORD", self.site.password("editor")).env("READERS_PASSWORD", "opens it");
        command.envs(kill_at.map(|number| ("WIREPRESS_KILL_AT", number.to_string())));
        Run::of(command.output().expect("the binary runs"))
    }

    /// What waits has waited for two days.
    fn two_days_later(&self) {
        let url = format!("sqlite://{}", self.home.file("wirepress.db").display());
        tokio::runtime::Runtime::new().expect("a runtime").block_on(async {
            let options: sqlx::sqlite::SqliteConnectOptions = url.parse().expect("an address");
            let mut store = options.connect().await.expect("the store opens");
            store.execute("UPDATE digest_items SET since = since - 172800 WHERE delivery IS NULL").await.expect("the rows are there");
        });
    }

    /// Runs `once` until nothing is left to do.
    fn finish(&self) {
        for _ in 0..30 {
            if self.run(&["once"], None).code == 0 {
                return;
            }
            std::thread::sleep(std::time::Duration::from_secs(2));
        }
        panic!("thirty runs did not finish it");
    }

    fn posts(&self) -> Vec<Value> {
        self.site.posts_titled(&self.prefix)
    }
}

/// WordPress 6.1, and the newest where it is there.
fn oldest_and_newest() -> Vec<(&'static str, Wordpress)> {
    let newest = std::env::var_os("WIREPRESS_TEST_WP7").map(|_| ("7", wordpress_at("WIREPRESS_TEST_WP7")));
    [("6.1", wordpress_at("WIREPRESS_TEST_WP61"))].into_iter().chain(newest).collect()
}

#[test]
fn a_window_becomes_one_post_of_its_entries_and_of_no_other() {
    becomes_one_post(&Trial::new("Digest", ""));
}

#[test]
fn a_window_becomes_one_post_on_the_oldest_and_the_newest_wordpress() {
    for (version, site) in oldest_and_newest() {
        becomes_one_post(&Trial::on(site, &format!("Digest on {version}"), ""));
    }
}

fn becomes_one_post(trial: &Trial) {
    let first = trial.run(&["once"], None).expect(0);
    assert!(first.stdout.contains(&format!("digest `daily {}` for `blog`: 3 entries wait until ", trial.prefix)), "{}", first.stdout);
    assert_eq!(trial.posts().len(), 0, "nothing is posted before the window ends");

    let dry = trial.run(&["once", "--dry-run", "--json"], None).expect(0).json();
    let so_far = dry["posts"]
        .as_array()
        .expect("posts")
        .iter()
        .find(|post| post["digest"]["name"] == format!("daily {}", trial.prefix))
        .expect("the digest");
    assert_eq!((so_far["digest"]["entries"].as_u64(), so_far["digest"]["least"].as_u64()), (Some(3), Some(1)));
    assert!(trial.run(&["status"], None).expect(0).stdout.contains("` for `blog`: 3 entries, made "));
    let why = trial.run(&["why", &format!("https://paper.example/{}/one", trial.prefix.replace(' ', "-"))], None).expect(0).stdout;
    assert!(why.contains("it goes into the digest `daily "), "{why}");

    trial.two_days_later();
    trial.run(&["once"], None).expect(0);
    trial.run(&["once"], None).expect(0);
    let posts = trial.posts();
    assert_eq!(posts.len(), 1, "{posts:#?}");
    let (post, content) = (&posts[0], posts[0]["content"].as_str().expect("its content"));
    assert!(post["title"].as_str().is_some_and(|title| title.ends_with(": 3")), "{post}");
    assert_eq!((post["status"].as_str(), post["excerpt"].as_str()), (Some("draft"), Some("From The Paper")));
    assert_eq!(post["terms"]["category"], serde_json::json!([format!("Of {}", trial.prefix)]), "{post}");
    for name in ["one", "two", "three"] {
        assert_eq!(content.matches(&format!(">{} {name}</h2>", trial.prefix)).count(), 1, "{content}");
        assert!(content.contains(&format!("/{name}\">The Paper</a>")), "{content}");
    }
    let why = trial.run(&["why", &format!("https://paper.example/{}/one", trial.prefix.replace(' ', "-"))], None).expect(0).stdout;
    assert!(why.contains("it is in the digest `daily ") && why.contains("published as draft"), "{why}");

    // who comes later is in the next
    trial.tells(&["one", "two", "three", "four"]);
    trial.run(&["once", "--feed", "paper"], None).expect(0);
    assert_eq!(trial.posts().len(), 1);
    trial.run(&["undo", "--last", "--yes"], None).expect(0);
    let posts = trial.posts();
    assert_eq!(posts.iter().map(|post| post["status"].as_str()).collect::<Vec<_>>(), [Some("trash")], "{posts:#?}");
    trial.finish();
    assert_eq!(trial.posts().len(), 1, "and nothing of it comes back");
}

#[test]
fn a_window_that_ends_while_the_daemon_runs_becomes_one_post() {
    let trial = Trial::new("Daemons digest", "");
    let mut running = Running::start(&trial.home, &trial.site.password("editor"));
    let waiting = || trial.run(&["status", "--json"], None).expect(0).json()["digests"][0]["entries"].as_u64();
    while waiting() != Some(3) {
        assert!(!running.has_ended(), "{}", running.said());
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    assert_eq!(trial.posts().len(), 0, "nothing is posted before the window ends");
    trial.two_days_later();
    let made = running.says("a digest is made");
    assert!(made.contains("entries=3"), "{made}");
    running.says("posted");
    let posts = trial.posts();
    assert_eq!(posts.len(), 1, "{posts:#?}");
    assert!(posts[0]["title"].as_str().is_some_and(|title| title.ends_with(": 3")), "{}", posts[0]);
    running.signal("TERM");
    assert_eq!(running.ends(), 0);
    trial.finish();
    assert_eq!(trial.posts().len(), 1, "and the window is closed");
}

#[test]
fn a_digest_that_gets_another_name_posts_nothing_again() {
    let trial = Trial::new("Renamed digest", "");
    let text = std::fs::read_to_string(trial.home.file("wirepress.toml")).expect("it");
    trial.run(&["once"], None).expect(0);
    // what waits goes along
    let (old, new) = (format!("\"daily {}\"", trial.prefix), format!("\"press {}\"", trial.prefix));
    let renamed = text
        .replace(&format!("name = {old}"), &format!("name = {new}\nrenamed_from = {old}"))
        .replace(&format!("digest = {old}"), &format!("digest = {new}"));
    trial.home.configure(&renamed);
    let dry = trial.run(&["once", "--dry-run", "--json"], None).expect(0).json();
    assert_eq!(dry["posts"][0]["digest"]["entries"].as_u64(), Some(3), "{dry:#}");
    trial.two_days_later();
    trial.run(&["once"], None).expect(0);
    assert_eq!(trial.posts().len(), 1);
    // a lost store closes the same window under the same key, and finds its post
    for file in ["wirepress.db", "wirepress.db-wal", "wirepress.db-shm"] {
        std::fs::remove_file(trial.home.file(file)).ok();
    }
    trial.run(&["once"], None).expect(0);
    trial.two_days_later();
    trial.run(&["once"], None).expect(0);
    assert_eq!(trial.posts().len(), 1, "{:#?}", trial.posts());
}

#[test]
fn a_digests_post_has_every_field_that_it_is_given() {
    has_every_field(wordpress(), "Fields of a digest", Some("aside"));
}

#[test]
fn a_digests_post_has_every_field_on_the_oldest_and_the_newest_wordpress() {
    for (version, site) in oldest_and_newest() {
        // the theme that 6.1 comes with has no formats
        has_every_field(site, &format!("Fields of a digest on {version}"), (version != "6.1").then_some("aside"));
    }
}

/// `format`: the one that it gets; `None`: the site has none, and that is told.
fn has_every_field(site: Wordpress, name: &str, format: Option<&str>) {
    let more = r#"
status = "publish"
author = "author"
post_type = "movie"
comment_status = "closed"
ping_status = "closed"
post_format = "aside"
slug_style = "keyed"
post_password = { env = "READERS_PASSWORD" }
meta = { wirepress_views = "{{ count }}", wirepress_source = "{{ sources|join(', ') }}" }
terms = { studios = "Ealing > Digests" }
"#;
    let trial = Trial::on(site, name, more);
    // a movie has no categories
    let text = std::fs::read_to_string(trial.home.file("wirepress.toml")).expect("it");
    let kept: Vec<&str> = text.lines().filter(|line| !line.starts_with("categories")).collect();
    trial.home.configure(&kept.join("\n"));
    trial.run(&["once"], None).expect(0);
    trial.two_days_later();
    trial.run(&["once"], None).expect(0);
    let prefix: String = trial.prefix.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let rows = trial.site.test_route(&format!("rows?type=movie&titled={prefix}"));
    let row = &rows.as_array().expect("rows")[0];
    assert_eq!((&row["status"], &row["author"], &row["password"]), (&"publish".into(), &"author".into(), &"opens it".into()), "{row:#}");
    assert_eq!(
        (&row["comment_status"], &row["ping_status"], &row["format"]),
        (&"closed".into(), &"closed".into(), &format.unwrap_or("standard").into()),
        "{row:#}"
    );
    assert_eq!(row["terms"]["studio"], serde_json::json!(["Digests"]), "{row:#}");
    assert_eq!((&row["meta"]["wirepress_views"], &row["meta"]["wirepress_source"]), (&"3".into(), &"The Paper".into()), "{row:#}");
    assert!(row["slug"].as_str().is_some_and(|slug| slug.len() > 14 && slug.starts_with("fields-of-a-digest")), "{row:#}");
    let why = trial.run(&["why", &format!("https://paper.example/{}/one", trial.prefix.replace(' ', "-"))], None).expect(0).stdout;
    assert!(why.contains("the `post_password` of the digest daily ") && !why.contains("opens it"), "{why}");
    assert_eq!(why.contains("without `post_format`"), format.is_none(), "{why}");
    trial.finish();
    assert_eq!(trial.site.test_route(&format!("rows?type=movie&titled={prefix}")).as_array().map(Vec::len), Some(1));
}

#[test]
fn a_digest_on_a_site_names_who_else_covers_an_entrys_story() {
    names_who_else_covers(&Trial::new("Digest of one story", ""));
}

#[test]
fn a_digest_names_who_else_covers_a_story_on_the_oldest_and_the_newest_wordpress() {
    for (version, site) in oldest_and_newest() {
        names_who_else_covers(&Trial::on(site, &format!("Digest of one story on {version}"), ""));
    }
}

fn names_who_else_covers(trial: &Trial) {
    let story = "The harbour authority of Port Ellen said on Tuesday that the ferry will be out of service until March, after divers found \
                 cracks in both propeller shafts. Islanders who depend on the crossing were offered seats on a smaller boat that sails twice a day.";
    let feed = |name: &str| {
        let slug = trial.prefix.replace(' ', "-");
        format!(
            "<rss version=\"2.0\"><channel><title>The {name}</title><link>https://{name}.example/</link><language>en</language><item>\
             <title>{} ferry</title><link>https://{name}.example/{slug}</link><guid>{slug}-{name}</guid><description>{story}</description></item></channel></rss>",
            trial.prefix
        )
    };
    std::fs::write(trial.home.file("courier.xml"), feed("courier")).expect("written");
    *trial.document.lock().expect("the document") = feed("gazette");
    let text = std::fs::read_to_string(trial.home.file("wirepress.toml")).expect("it");
    let text = text.replace("settle =", "near_duplicates = \"also\"\nsettle =");
    trial.home.configure(&text);
    trial.run(&["once"], None).expect(0);
    trial.home.configure(&format!("{text}\n[[feed]]\nname = \"courier\"\nurl = \"./courier.xml\"\ndigest = \"daily {}\"\n", trial.prefix));
    trial.run(&["once"], None).expect(0);
    trial.two_days_later();
    trial.run(&["once"], None).expect(0);
    let posts = trial.posts();
    let content = posts[0]["content"].as_str().expect("its content");
    assert_eq!((posts.len(), content.matches(" ferry</h2>").count()), (1, 1), "{posts:#?}");
    let slug = trial.prefix.replace(' ', "-");
    assert!(content.contains(&format!("Also covered by: <a href=\"https://courier.example/{slug}\">The courier</a>")), "{content}");

    // one that comes when the digest is out is named in its post, beside the entry
    std::fs::write(trial.home.file("herald.xml"), feed("herald")).expect("written");
    let text = std::fs::read_to_string(trial.home.file("wirepress.toml")).expect("it");
    trial.home.configure(&format!("{text}\n[[feed]]\nname = \"herald\"\nurl = \"./herald.xml\"\n"));
    trial.run(&["once"], None).expect(0);
    trial.run(&["once"], None).expect(0);
    let posts = trial.posts();
    let content = posts[0]["content"].as_str().expect("its content");
    let both = [("courier", "</a>, "), ("herald", "</a></p>")]
        .map(|(name, end)| format!("<a href=\"https://{name}.example/{slug}\">The {name}{end}"))
        .concat();
    assert_eq!((posts.len(), content.matches(&format!("Also covered by: {both}")).count()), (1, 1), "{posts:#?}");
    let why = trial.run(&["why", &format!("https://herald.example/{slug}")], None).expect(0).stdout;
    assert!(why.contains("the same story as “"), "{why}");
}

#[test]
fn a_digest_shows_an_entry_as_its_source_tells_it_when_the_window_ends() {
    let trial = Trial::new("Corrected in a digest", "");
    let text = std::fs::read_to_string(trial.home.file("wirepress.toml")).expect("it");
    trial.home.configure(&text.replace("backfill = 10", "backfill = 10\non_change = \"update\"\nchange_threshold = 0"));
    trial.run(&["once"], None).expect(0);
    let corrected = trial.document.lock().expect("the document").replace("About two, in short.", "About two, as it really was.");
    *trial.document.lock().expect("the document") = corrected;
    trial.run(&["once", "--feed", "paper"], None).expect(0);
    trial.two_days_later();
    trial.run(&["once"], None).expect(0);
    let posts = trial.posts();
    let content = posts[0]["content"].as_str().expect("its content");
    assert!(
        content.contains("as it really was") && !content.contains("About two, in short") && content.contains("About one, in short"),
        "{content}"
    );
}

#[test]
fn entries_that_a_digest_has_no_room_for_wait_and_too_few_make_none() {
    let trial = Trial::new("Rooms", "most = 2\nleast = 2\nalso_posted = true");
    trial.run(&["once"], None).expect(0);
    assert_eq!(trial.posts().len(), 3, "each has a post of its own");
    trial.two_days_later();
    trial.run(&["once"], None).expect(0);
    let digests = |trial: &Trial| trial.posts().into_iter().filter(|post| post["excerpt"] == "From The Paper").count();
    assert_eq!(digests(&trial), 1);
    trial.two_days_later();
    let run = trial.run(&["once"], None).expect(0);
    assert_eq!(digests(&trial), 1, "one is too few");
    assert!(run.stdout.contains("1 entry waits until"), "{}", run.stdout);
}

#[test]
fn a_template_that_never_ends_holds_the_digest_and_loses_nothing() {
    // on the two entries that it is tried on it ends; on three it doesn't
    let body = "body = \"{% if count > 2 %}{% for a in range(50000) %}{% for b in range(50000) %}{{ b }}{% endfor %}{% endfor %}{% endif %}{% for entry in entries %}{{ entry.source_line }}{% endfor %}\"";
    let trial = Trial::new("Endless", body);
    trial.run(&["once"], None).expect(0);
    trial.two_days_later();
    trial.run(&["once"], None).expect(0);
    assert_eq!(trial.posts().len(), 0);
    let held = trial.run(&["items", "list", "--state", "held", "--json"], None).expect(0).json();
    let held = held.as_array().or(held["items"].as_array()).expect("items").clone();
    assert_eq!(held.len(), 1, "one delivery of three entries: {held:#?}");
    assert!(held[0].to_string().contains("a template of the digest `daily "), "{held:#?}");
}

#[test]
fn killed_at_any_step_a_window_becomes_one_post() {
    let log = {
        let trial = Trial::new("Kill log", "");
        trial.run(&["once"], None).expect(0);
        trial.two_days_later();
        let log = trial.home.file("passes");
        let mut command = trial.home.command(&["once"]);
        command.env("BLOG_PASSWORD", trial.site.password("editor")).env("WIREPRESS_KILL_LOG", &log);
        Run::of(command.output().expect("the binary runs")).expect(0);
        assert_eq!(trial.posts().len(), 1);
        std::fs::read_to_string(&log).expect("the list of passes")
    };
    let passes: Vec<(u64, &str)> =
        log.lines().filter_map(|line| line.split_once(' ')).map(|(number, kind)| (number.parse().expect("a number"), kind)).collect();
    let close = passes.iter().position(|(_, kind)| kind.contains("close_digest")).expect("the window is closed");
    // around the digest's making every door, and after it each kind once
    let mut chosen: Vec<(u64, &str)> = passes[close.saturating_sub(1)..].iter().take(4).copied().collect();
    for pass in &passes[close..] {
        if !chosen.iter().any(|(_, kind)| *kind == pass.1) {
            chosen.push(*pass);
        }
    }
    let next = std::sync::atomic::AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while let Some((number, kind)) = chosen.get(next.fetch_add(1, std::sync::atomic::Ordering::SeqCst)) {
                    let trial = Trial::new(&format!("Killed at {number}"), "");
                    trial.run(&["once"], None).expect(0);
                    trial.two_days_later();
                    let run = trial.run(&["once"], Some(*number));
                    trial.finish();
                    let posts = trial.posts().len();
                    if run.code == 0 || posts != 1 {
                        wrong.lock().expect("the list").push(format!("{number} {kind}: code {}, {posts} posts", run.code));
                    }
                }
            });
        }
    });
    assert_eq!(wrong.into_inner().expect("the list"), [""; 0], "of {chosen:?}");
}
