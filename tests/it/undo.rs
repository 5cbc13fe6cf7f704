//! A run is taken back: its posts go to the trash, and what it made beside them goes where a person says so and nothing else uses it.
//! What is left is read from WordPress' own tables.

use serde_json::Value;

use crate::support::binary::{Home, Run};
use crate::support::feed::Illustrated;
use crate::support::server::Server;
use crate::support::site::{Wordpress, wordpress, wordpress_at};

/// Four illustrated posts with tags and categories that lie under each other.
struct Undo {
    home: Home,
    site: Wordpress,
    prefix: String,
    _feed: Server,
}

/// What is there beside the trash: posts, pictures, terms.
#[derive(Debug, PartialEq, Eq)]
struct Counts {
    posts: usize,
    media: usize,
    terms: usize,
}

const NOTHING: Counts = Counts { posts: 0, media: 0, terms: 0 };

impl Undo {
    fn new(name: &str, site: Wordpress, user: &str) -> Self {
        let prefix = format!("{name} {}", std::process::id());
        let feed = Illustrated { with_pictures: 1, ..Illustrated::new(&prefix, 4) }.serve();
        let home = Home::new(&format!(
            r#"
[defaults]
backfill = 4
content = "feed"
images = "copy"
status = "publish"
feed_categories = {{ to = "tags", new = "create" }}

[[site]]
name = "blog"
url = "{url}"
user = "{user}"
password = {{ env = "BLOG_PASSWORD" }}
settle = "1s"
timeout = "10s"

[[feed]]
name = "news"
url = "{feed}"
[[feed.rule]]
then = {{ categories = ["{prefix} above > {prefix} below"] }}
"#,
            url = site.url,
            feed = feed.url("/feed.xml"),
        ));
        Self { home, site, prefix, _feed: feed }
    }

    fn run_as(&self, user: &str, arguments: &[&str]) -> Run {
        Run::of(self.home.command(arguments).env("BLOG_PASSWORD", self.site.password(user)).output().expect("the binary runs"))
    }

    fn run(&self, arguments: &[&str]) -> Run {
        self.run_as("editor", arguments)
    }

    fn terms(&self) -> Vec<Value> {
        let terms = self.site.test_route("terms");
        let ours = |term: &&Value| term["name"].as_str().is_some_and(|name| name.starts_with(&self.prefix));
        terms.as_array().expect("terms").iter().filter(ours).cloned().collect()
    }

    /// By WordPress' tables; other tests share the site, so only what carries our names.
    fn counts(&self) -> Counts {
        let posts = self.site.posts_titled(&self.prefix);
        Counts {
            posts: posts.iter().filter(|post| post["status"] != "trash").count(),
            media: self.site.rows_titled("attachments", &self.prefix).len(),
            terms: self.terms().len(),
        }
    }

    fn last_run(&self) -> String {
        self.run(&["runs", "list", "--json"]).expect(0).json()[0]["id"].as_str().expect("a run").to_owned()
    }

    /// What a person does over REST.
    fn person(&self, route: &str, body: &Value) -> Value {
        let output = std::process::Command::new("curl")
            .args(["-sS", "--max-time", "60", "-X", "POST", "-u", &format!("admin:{}", self.site.password("admin"))])
            .args(["-H", "Content-Type: application/json", "-d", &body.to_string()])
            .arg(format!("{}/wp-json/wp/v2/{route}", self.site.url))
            .output()
            .expect("curl");
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stdout)))
    }
}

fn fates(done: &Value, of: &str) -> Vec<String> {
    done[of].as_array().expect("a list").iter().map(|one| one["fate"].as_str().unwrap_or("").to_owned()).collect()
}

#[test]
fn a_purged_run_leaves_as_many_posts_media_and_terms_as_there_were() {
    let newest = std::env::var_os("WIREPRESS_TEST_WP7").map(|_| "WIREPRESS_TEST_WP7");
    for variable in ["WIREPRESS_TEST_WP", "WIREPRESS_TEST_WP61"].into_iter().chain(newest) {
        let undo = Undo::new("Purged run", wordpress_at(variable), "editor");
        assert_eq!(undo.counts(), NOTHING);
        undo.run(&["once"]).expect(0);
        // one featured picture each, two more in a text; five tags, two categories
        assert_eq!(undo.counts(), Counts { posts: 4, media: 6, terms: 7 }, "{variable}");
        let id = undo.last_run();
        let journal = undo.run(&["runs", "show", &id, "--json"]).expect(0).json();
        let count = |what: &str| journal[what].as_array().map(Vec::len);
        assert_eq!((count("posts"), count("media"), count("terms")), (Some(4), Some(6), Some(7)), "{journal}");

        let preview = undo.run(&["undo", "--run", &id, "--purge", "--dry-run", "--json"]).expect(0).json();
        assert_eq!((fates(&preview, "media"), fates(&preview, "terms")), (vec!["purge".to_owned(); 6], vec!["purge".to_owned(); 7]));
        assert_eq!(undo.counts(), Counts { posts: 4, media: 6, terms: 7 }, "a preview changes nothing");

        // without the word nothing is deleted for good
        let kept = undo.run(&["undo", "--run", &id, "--yes", "--json"]).expect(0).json();
        assert_eq!((fates(&kept, "posts"), fates(&kept, "media")), (vec!["trashed".to_owned(); 4], vec!["stays".to_owned(); 6]));
        assert_eq!(undo.counts(), Counts { posts: 0, media: 6, terms: 7 }, "{variable}");
        let done = undo.run(&["undo", "--run", &id, "--purge", "--yes", "--json"]).expect(0).json();
        assert_eq!((fates(&done, "media"), fates(&done, "terms")), (vec!["purged".to_owned(); 6], vec!["purged".to_owned(); 7]), "{done}");
        assert_eq!(undo.counts(), NOTHING, "{variable}");
        assert_eq!(undo.site.posts_titled(&undo.prefix).len(), 4, "posts are in the trash, never deleted");

        undo.run(&["once", "--feed", "news"]).expect(0);
        assert_eq!(undo.counts(), NOTHING, "what was taken back is not posted again");
        let again = undo.run(&["undo", "--run", &id, "--purge", "--yes", "--json"]).expect(0).json();
        assert_eq!(fates(&again, "terms"), vec!["gone"; 7]);
    }
}

#[test]
fn what_a_person_uses_or_has_worked_on_stays_and_says_why() {
    let undo = Undo::new("Used by people", wordpress(), "editor");
    undo.run(&["once"]).expect(0);
    let id = undo.last_run();
    let posts = undo.site.posts_titled(&undo.prefix);
    let number = |name: &str| posts.iter().find(|post| post["title"].as_str().is_some_and(|title| title.ends_with(name))).expect("it");
    let picture = |name: &str| number(name)["featured_media"].as_u64().expect("a picture");
    let term =
        |name: &str| undo.terms().iter().find(|term| term["name"].as_str().is_some_and(|told| told.ends_with(name))).cloned().expect("it");
    let (tag, above) = (term("topic 0")["id"].clone(), term("above")["id"].clone());
    // a draft counts nowhere in WordPress' own numbers
    let page =
        serde_json::json!({ "title": format!("A person {}", undo.prefix), "status": "draft", "featured_media": picture("number 0") });
    undo.person("pages", &page);
    undo.person("posts", &serde_json::json!({ "title": format!("A person {}", undo.prefix), "status": "draft", "tags": [tag] }));
    let own = serde_json::json!({ "name": format!("{} of a person", undo.prefix), "parent": above });
    undo.person("categories", &own);
    // a page of another type shows it in a custom field alone
    let there = undo.site.rest(&format!("wp/v2/media/{}?_fields=source_url", picture("number 3")), "admin");
    let movie = serde_json::json!({ "title": format!("A person {}", undo.prefix), "status": "draft", "meta": { "wirepress_source": there["source_url"] } });
    let movie = undo.person("movies", &movie);
    undo.person(&format!("media/{}", picture("number 1")), &serde_json::json!({ "caption": "A person's words" }));
    undo.person(&format!("tags/{}", term("topic 3")["id"]), &serde_json::json!({ "description": "A person's words" }));
    undo.site.edit(number("number 2")["id"].as_u64().expect("an id"), "admin", &format!("{} number 2, edited", undo.prefix));

    let done = undo.run(&["undo", "--run", &id, "--purge", "--yes", "--json"]).expect(0).json();
    let fate = |of: &str, id: &Value| {
        let all = done[of].as_array().expect("a list");
        all.iter()
            .find(|one| one["id"] == *id)
            .map(|one| format!("{}: {}", one["fate"].as_str().unwrap_or(""), one["because"].as_str().unwrap_or("")))
    };
    let media = |name: &str| fate("media", &picture(name).into()).expect("its picture");
    assert!(media("number 0").starts_with("used: page "), "{done}");
    assert_eq!(media("number 1"), "touched: somebody has worked on it");
    assert!(media("number 2").starts_with("used: post "), "the post that a person edited keeps its picture: {done}");
    assert_eq!(media("number 3"), format!("used: movie {} uses it", movie["id"]), "{done}");
    // each of the posts' own pictures has a reason to stay but those of their texts
    assert!(fates(&done, "media").iter().any(|fate| fate == "purged"), "{done}");
    assert!(fate("terms", &tag).expect("the tag").starts_with("used: post "), "{done}");
    assert!(fate("terms", &above).expect("the category").starts_with("used: "), "{done}");
    assert_eq!(fate("terms", &term("topic 3")["id"]).expect("the tag"), "touched: somebody has described it");
    let left = undo.site.posts_titled(&undo.prefix);
    assert_eq!(left.iter().filter(|post| post["status"] == "publish").count(), 1, "only the edited one is out");
}

#[test]
fn an_account_that_does_not_see_everything_purges_nothing() {
    let undo = Undo::new("Unseen uses", wordpress(), "author");
    undo.run_as("author", &["once"]).expect(0);
    let runs = undo.run_as("author", &["runs", "list", "--json"]).expect(0).json();
    let id = runs[0]["id"].as_str().expect("a run");
    let done = undo.run_as("author", &["undo", "--run", id, "--purge", "--yes", "--json"]).expect(5).json();
    assert!(fates(&done, "media").iter().all(|fate| fate == "failed"), "{done}");
    assert_eq!(undo.counts().media, 6);
}

#[test]
fn an_unknown_run_is_told_and_nothing_is_done() {
    let undo = Undo::new("Unknown run", wordpress(), "editor");
    let said = undo.run(&["undo", "--run", "0000000000000"]).expect(2);
    assert!(said.stderr.contains("there is no run"), "{}", said.stderr);
    undo.run(&["undo"]).expect(2);
    undo.run(&["undo", "--last", "--run", "0000000000000"]).expect(2);
}
