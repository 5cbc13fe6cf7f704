//! The main job, the way its user runs it: a feed, the real binary, a real WordPress.

use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::support::binary::{Home, Run};
use crate::support::feed::{Illustrated, png};
use crate::support::server::{Answer, Server};
use crate::support::site::{Wordpress, wordpress, wordpress_at};

/// A feed whose document a test can change.
struct Changing {
    server: Server,
    document: Arc<Mutex<String>>,
}

impl Changing {
    fn new(document: impl Into<String>) -> Self {
        let document = Arc::new(Mutex::new(document.into()));
        let served = document.clone();
        let server = Server::start(move |request| match request.target.as_str() {
            "/picture.png" => Answer::new(200, "image/png", png("main job", 1)),
            _ => Answer::new(200, "application/rss+xml", served.lock().expect("the document").clone()),
        });
        Self { server, document }
    }

    fn becomes(&self, document: impl Into<String>) {
        *self.document.lock().expect("the document") = document.into();
    }

    fn url(&self, path: &str) -> String {
        self.server.url(path)
    }
}

fn rss(items: &str) -> String {
    format!(
        "<rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel><title>The Paper</title>\
         <link>https://paper.example/</link><language>en</language>{items}</channel></rss>"
    )
}

fn item(prefix: &str, name: &str) -> String {
    format!(
        "<item><title>{prefix} {name}</title><link>https://paper.example/{slug}/{name}</link><guid isPermaLink=\"false\">{slug}:{name}</guid>\
         <description>About {name}, in short.</description></item>",
        slug = prefix.replace(' ', "-")
    )
}

fn unique(name: &str) -> String {
    format!("{name} {}", std::process::id())
}

fn config(site: &Wordpress, user: &str, feed_url: &str, more: &str) -> String {
    format!(
        r#"
[[site]]
name = "blog"
url = "{}"
user = "{user}"
password = {{ env = "BLOG_PASSWORD" }}
settle = "1s"

[[feed]]
name = "paper"
url = "{feed_url}"
{more}
"#,
        site.url
    )
}

fn run(home: &Home, site: &Wordpress, user: &str, arguments: &[&str]) -> Run {
    let mut command = home.command(arguments);
    command.env("BLOG_PASSWORD", site.password(user));
    Run::of(command.output().expect("the binary runs"))
}

fn posts(site: &Wordpress, prefix: &str) -> Vec<Value> {
    site.posts_titled(prefix)
}

#[test]
fn an_entry_becomes_one_draft_with_every_field_that_was_wanted() {
    let site = wordpress();
    let prefix = unique("Every field");
    let feed = Changing::new("");
    feed.becomes(rss(&format!(
        "<item><title>{prefix}: R&amp;amp;D &amp;lt;grows&amp;gt;</title><link>https://paper.example/fields</link><guid>fields-{id}</guid>\
         <dc:creator>Ada Writer</dc:creator><category>News {id}</category><pubDate>Mon, 16 Nov 2026 08:00:00 GMT</pubDate>\
         <enclosure url=\"{picture}\" type=\"image/png\" length=\"1\"/>\
         <description>&lt;p&gt;Linux grows.&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;p&gt;See &lt;a href=\"/more\"&gt;more&lt;/a&gt;.&lt;/p&gt;</description></item>",
        id = std::process::id(),
        picture = feed.url("/picture.png"),
    )));
    let home = Home::new(&config(
        &site,
        "editor",
        &feed.url("/feed"),
        &format!(
            "backfill_age = \"90d\"\nfeed_categories = {{ to = \"categories\", new = \"create\" }}\ntags = {{ \"linux {}\" = [\"linux\"] }}\n\
             [[feed.rule]]\nwhen = \"author == 'Ada Writer'\"\nthen = {{ add_tags = [\"ada {}\"] }}",
            std::process::id(),
            std::process::id()
        ),
    ));
    run(&home, &site, "editor", &["once"]).expect(0);
    let posts = posts(&site, &prefix);
    assert_eq!(posts.len(), 1, "{posts:#?}");
    let post = &posts[0];
    let id = std::process::id();
    // an editor may not post unfiltered html on every site, so `&` and `<` may be stored as entities
    let title = post["title"].as_str().expect("a title").replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">");
    assert_eq!(title, format!("{prefix}: R&D <grows>"));
    assert_eq!(post["status"], "draft");
    assert_eq!(post["author"], "editor");
    assert_eq!(post["date_gmt"], "0000-00-00 00:00:00", "a draft's date floats to the moment of approval");
    assert_eq!(post["terms"]["category"], serde_json::json!([format!("News {id}")]));
    assert_eq!(post["terms"]["post_tag"], serde_json::json!([format!("ada {id}"), format!("linux {id}")]));
    let content = post["content"].as_str().expect("content");
    assert!(content.starts_with("<!-- wp:paragraph -->\n<p>Linux grows."), "{content}");
    assert!(!content.contains("alert"), "{content}");
    assert!(content.contains("Source: <a href=\"https://paper.example/fields\">The Paper</a>, by Ada Writer"), "{content}");
    assert_eq!(post["excerpt"], "Linux grows. See more.");
    let slug = post["slug"].as_str().expect("a slug");
    assert!(slug.starts_with("every-field-") && slug.ends_with("-r-d-grows"), "a clean slug: {slug}");
    let attachments = site.test_route("attachments");
    let picture = attachments.as_array().expect("attachments").iter().find(|picture| picture["id"] == post["featured_media"]);
    let picture = picture.expect("the featured image");
    assert_eq!(picture["mime"], "image/png");
    assert!(picture["slug"].as_str().is_some_and(|slug| slug.starts_with("wpm-")), "{picture}");
}

#[test]
fn a_second_run_posts_nothing_again_and_a_new_entry_once() {
    let site = wordpress();
    let prefix = unique("Second run");
    let feed = Changing::new(rss(&item(&prefix, "one")));
    let home = Home::new(&config(&site, "editor", &feed.url("/feed"), ""));
    run(&home, &site, "editor", &["once"]).expect(0);
    let again = run(&home, &site, "editor", &["once", "--feed", "paper"]).expect(0);
    assert!(again.stdout.contains("nothing is new"), "{}", again.stdout);
    feed.becomes(rss(&format!("{}{}", item(&prefix, "two"), item(&prefix, "one"))));
    run(&home, &site, "editor", &["once", "--feed", "paper"]).expect(0);
    run(&home, &site, "editor", &["once", "--feed", "paper"]).expect(0);
    let titles: Vec<String> = posts(&site, &prefix).iter().map(|post| post["title"].as_str().unwrap_or("").to_owned()).collect();
    assert_eq!(titles, [format!("{prefix} one"), format!("{prefix} two")]);
}

#[test]
fn renaming_moving_removing_and_adding_again_posts_nothing_again() {
    let site = wordpress();
    let prefix = unique("Renamed");
    let feed = Changing::new(rss(&item(&prefix, "one")));
    let home = Home::new(&config(&site, "editor", &feed.url("/feed"), ""));
    run(&home, &site, "editor", &["once"]).expect(0);
    let original = config(&site, "editor", &feed.url("/feed"), "");

    let renamed = original
        .replace("name = \"paper\"", "name = \"journal\"\nrenamed_from = \"paper\"")
        .replace("name = \"blog\"", "name = \"weblog\"\nrenamed_from = \"blog\"");
    home.configure(&renamed);
    run(&home, &site, "editor", &["once", "--feed", "journal"]).expect(0);

    home.configure(&renamed.replace("/feed\"", "/another/address\""));
    run(&home, &site, "editor", &["once", "--feed", "journal"]).expect(0);

    let without = original.split("[[feed]]").next().expect("the site").to_owned();
    home.configure(&format!("{without}\n[[feed]]\nname = \"other\"\nurl = \"{}\"\nbackfill = 0\n", feed.url("/other")));
    run(&home, &site, "editor", &["once"]).expect(0);
    home.configure(&renamed.replace("renamed_from = \"paper\"", "").replace("renamed_from = \"blog\"", ""));
    run(&home, &site, "editor", &["once", "--feed", "journal"]).expect(0);
    assert_eq!(posts(&site, &prefix).len(), 1);
}

#[test]
fn what_a_person_put_in_the_trash_is_not_made_again_even_with_the_store_lost() {
    let site = wordpress();
    let prefix = unique("Trashed");
    let feed = Changing::new(rss(&item(&prefix, "one")));
    let settings = config(&site, "editor", &feed.url("/feed"), "slug = \"keyed\"");
    let home = Home::new(&settings);
    run(&home, &site, "editor", &["once"]).expect(0);
    let id = posts(&site, &prefix)[0]["id"].as_u64().expect("an id");
    site.delete(&format!("wp/v2/posts/{id}"), "editor");
    let lost = Home::new(&settings);
    run(&lost, &site, "editor", &["once"]).expect(0);
    let left: Vec<Value> = posts(&site, &prefix);
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["status"], "trash");
}

#[test]
fn a_lost_store_adopts_its_posts_by_clean_slug_and_by_key() {
    let site = wordpress();
    for (name, style) in [("Lost clean", "clean"), ("Lost keyed", "keyed")] {
        let prefix = unique(name);
        let feed = Changing::new(rss(&format!("{}{}", item(&prefix, "one"), item(&prefix, "two"))));
        let settings = config(&site, "editor", &feed.url("/feed"), &format!("slug = \"{style}\""));
        run(&Home::new(&settings), &site, "editor", &["once"]).expect(0);
        let lost = run(&Home::new(&settings), &site, "editor", &["once"]).expect(0);
        assert!(lost.stdout.contains("2 found on the site"), "{style}: {}", lost.stdout);
        assert_eq!(posts(&site, &prefix).len(), 2, "{style}");
    }
}

#[test]
fn a_public_post_is_public_only_in_the_end_and_has_its_source_s_date() {
    let site = wordpress();
    let prefix = unique("Public");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
    let two_hours_ago = i64::try_from(now).expect("seconds") - 7_200;
    let date = chrono::DateTime::from_timestamp(two_hours_ago, 0).expect("a time");
    let feed = Changing::new(rss(
        &item(&prefix, "one").replace("<description>", &format!("<pubDate>{}</pubDate><description>", date.to_rfc2822()))
    ));
    let home = Home::new(&config(&site, "editor", &feed.url("/feed"), "status = \"publish\""));
    run(&home, &site, "editor", &["once"]).expect(0);
    let posts = posts(&site, &prefix);
    assert_eq!(posts[0]["status"], "publish");
    assert_eq!(posts[0]["date_gmt"], date.format("%Y-%m-%d %H:%M:%S").to_string());
}

#[test]
fn a_dry_run_writes_nothing_in_wordpress_and_nothing_in_the_store() {
    let site = wordpress();
    let prefix = unique("Dry");
    let feed = Illustrated::new(&prefix, 3).serve();
    let home = Home::new(&config(&site, "editor", &feed.url("/feed.xml"), ""));
    let dry = run(&home, &site, "editor", &["once", "--dry-run"]).expect(0);
    assert!(dry.stdout.contains(&format!("{prefix} number 0")), "{}", dry.stdout);
    assert!(!home.file("wirepress.db").exists(), "a dry run makes no store");
    assert_eq!(posts(&site, &prefix).len(), 0);

    run(&home, &site, "editor", &["once"]).expect(0);
    let before = std::fs::read(home.file("wirepress.db")).expect("the store");
    let again = run(&home, &site, "editor", &["once", "--dry-run", "--feed", "paper", "--last", "2", "--json"]).expect(0);
    assert_eq!(again.json()["posts"].as_array().map(Vec::len), Some(2), "{}", again.stdout);
    let known = run(&home, &site, "editor", &["once", "--dry-run", "--feed", "paper"]).expect(0);
    assert!(known.stdout.contains("nothing would be posted"), "{}", known.stdout);
    assert_eq!(std::fs::read(home.file("wirepress.db")).expect("the store"), before, "the store is as it was");
    assert_eq!(posts(&site, &prefix).len(), 3);
}

#[test]
fn a_limit_leaves_the_rest_for_the_next_run() {
    let site = wordpress();
    let prefix = unique("Limit");
    let mut feed = Illustrated::new(&prefix, 3);
    feed.images = false;
    let feed = feed.serve();
    let home = Home::new(&config(&site, "editor", &feed.url("/feed.xml"), ""));
    let said = run(&home, &site, "editor", &["once", "--limit", "1"]).expect(0);
    assert!(said.stdout.ends_with("2 more wait\n"), "{}", said.stdout);
    assert_eq!(posts(&site, &prefix).len(), 1);
    run(&home, &site, "editor", &["once"]).expect(0);
    assert_eq!(posts(&site, &prefix).len(), 3);
}

#[test]
fn a_contributor_s_posts_are_drafts_and_said_so() {
    let site = wordpress();
    let prefix = unique("Contributor");
    let feed = Changing::new(rss(&item(&prefix, "one")));
    let home = Home::new(&config(&site, "contributor", &feed.url("/feed"), "status = \"publish\""));
    let said = run(&home, &site, "contributor", &["once"]).expect(0);
    assert!(said.stderr.contains("draft"), "{}", said.stderr);
    assert_eq!(posts(&site, &prefix)[0]["status"], "draft");
}

#[test]
fn a_wrong_password_ends_with_6_and_loses_nothing() {
    let site = wordpress();
    let prefix = unique("Wrong password");
    let feed = Changing::new(rss(&item(&prefix, "one")));
    let home = Home::new(&config(&site, "editor", &feed.url("/feed"), ""));
    let mut command = home.command(&["once"]);
    command.env("BLOG_PASSWORD", "not the password");
    let refused = Run::of(command.output().expect("the binary runs")).expect(6);
    assert!(!refused.stderr.contains("not the password") && !refused.stdout.contains("not the password"));
    // the site is left alone for a while; a person who has mended it need not wait
    run(&home, &site, "editor", &["once", "--feed", "paper"]).expect(0);
    assert_eq!(posts(&site, &prefix).len(), 1);
}

#[test]
fn the_main_job_is_done_on_other_versions_of_wordpress_too() {
    // the newest one only where `scripts/test --newest` started it
    let newest = std::env::var_os("WIREPRESS_TEST_WP7").map(|_| "WIREPRESS_TEST_WP7");
    for variable in ["WIREPRESS_TEST_WP65", "WIREPRESS_TEST_WP61"].into_iter().chain(newest) {
        let site = wordpress_at(variable);
        let prefix = unique("Other version");
        let feed = Illustrated::new(&prefix, 4).serve();
        let more = "backfill = 4\nfeed_categories = { to = \"tags\", new = \"create\" }";
        let home = Home::new(&config(&site, "editor", &feed.url("/feed.xml"), more));
        run(&home, &site, "editor", &["once"]).expect(0);
        run(&home, &site, "editor", &["once", "--feed", "paper"]).expect(0);
        let posts = posts(&site, &prefix);
        assert_eq!(posts.len(), 4, "{variable}");
        for post in posts {
            assert_eq!(post["status"], "draft", "{variable}");
            assert_ne!(post["featured_media"], 0, "{variable}");
            assert_eq!(post["terms"]["post_tag"].as_array().map(Vec::len), Some(2), "{variable}: {post}");
            assert!(!post["slug"].as_str().unwrap_or("").is_empty(), "{variable}");
        }
    }
}
