//! After publishing: the real binary, a feed's file that changes, and people who edit over REST, on a real WordPress.

mod fields;
mod kills;
mod scenarios;
mod time;
mod ways;

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::binary::{Home, Run};
use crate::support::site::Wordpress;

/// An entry as its feed tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub title: String,
    pub text: String,
    pub categories: Vec<String>,
    pub author: Option<String>,
}

/// One feed's file, one site, one store.
pub struct Stage {
    pub site: Wordpress,
    pub home: Home,
    pub user: &'static str,
    pub prefix: String,
    /// By name: what stands in the address.
    pub entries: BTreeMap<String, Told>,
}

impl Stage {
    /// `more`: keys of the feed.
    pub fn new(site: Wordpress, user: &'static str, name: &str, more: &str) -> Self {
        let prefix = format!("{name} {}", std::process::id());
        let home = Home::new("");
        let stage = Self { site, home, user, prefix, entries: BTreeMap::new() };
        stage.configure(more);
        stage
    }

    pub fn configure(&self, more: &str) {
        self.configure_within("30s", more);
    }

    /// The same, with a time limit of its own for a request.
    pub fn configure_within(&self, timeout: &str, more: &str) {
        self.home.configure(&format!(
            r#"
[http]
allow_networks = ["127.0.0.0/8"]

[[site]]
name = "blog"
url = "{}"
user = "{}"
password = {{ env = "BLOG_PASSWORD" }}
settle = "1s"
timeout = "{timeout}"

[[feed]]
name = "paper"
url = "./feed.xml"
backfill = 200
content = "feed"
takeover = "ignore"
feed_categories = {{ to = "tags", new = "create" }}
{more}
"#,
            self.site.url, self.user
        ));
    }

    /// An entry whose title begins with the prefix.
    pub fn tell(&mut self, name: &str, text: &str) {
        let (title, categories) = (format!("{} {name}", self.prefix), vec![format!("{} first", self.prefix)]);
        self.entries.insert(name.to_owned(), Told { title, text: text.to_owned(), categories, author: None });
    }

    /// Writes the feed's file as the entries are now.
    pub fn write(&self) {
        let mut items = String::new();
        for (name, Told { title, text, categories, author }) in &self.entries {
            let categories: String = categories.iter().map(|name| format!("<category>{name}</category>")).collect();
            let author = author.iter().map(|name| format!("<dc:creator>{name}</dc:creator>")).collect::<String>();
            items += &format!(
                "<item><title>{title}</title><link>https://paper.example/{slug}/{name}</link><guid isPermaLink=\"false\">{slug}:{name}</guid>\
                 {categories}{author}<description>&lt;p&gt;{text}&lt;/p&gt;</description></item>",
                slug = self.prefix.to_lowercase().replace(' ', "-")
            );
        }
        let rss = format!(
            "<rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel><title>The Paper</title><link>https://paper.example/</link><language>en</language>{items}</channel></rss>"
        );
        std::fs::write(self.home.file("feed.xml"), rss).expect("a writable folder");
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments).output().expect("the binary runs"))
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.home.command(arguments);
        command.env("BLOG_PASSWORD", self.site.password(self.user));
        command
    }

    /// Writes the feed and takes it in.
    pub fn once(&self) -> Run {
        self.write();
        self.run(&["once", "--feed", "paper"])
    }

    /// The posts by their entries' names, as they were made: nobody has changed a title yet.
    pub fn ids(&self) -> BTreeMap<String, u64> {
        let posts = self.site.posts_titled(&self.prefix);
        let name = |post: &Value| post["title"].as_str().expect("a title")[self.prefix.len() + 1..].to_owned();
        posts.iter().map(|post| (name(post), post["id"].as_u64().or_else(|| post["id"].as_str()?.parse().ok()).expect("an id"))).collect()
    }

    /// The post as a person with every right sees it; `Null` where it was deleted.
    pub fn post(&self, id: u64) -> Value {
        let found = self.posts(&[id]);
        found.into_iter().next().unwrap_or(Value::Null)
    }

    pub fn posts(&self, ids: &[u64]) -> Vec<Value> {
        let include = ids.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
        let fields = "id,status,slug,title.raw,content.raw,excerpt.raw,tags,categories,featured_media,sticky,author,meta";
        let route = format!("wp/v2/posts?include={include}&per_page=100&status=any,trash&context=edit&_fields={fields}");
        self.site.rest(&route, "admin").as_array().expect("a list").clone()
    }

    /// A person's edit.
    pub fn edit(&self, id: u64, fields: &Value) {
        send(&self.site, &format!("wp/v2/posts/{id}"), "admin", fields);
    }

    /// A tag that a person makes.
    pub fn tag(&self, name: &str) -> u64 {
        send(&self.site, "wp/v2/tags", "admin", &json!({ "name": name }))["id"].as_u64().expect("an id")
    }

    /// Names of a post's tags.
    pub fn tags(&self, post: &Value) -> Vec<String> {
        let ids: Vec<String> = post["tags"].as_array().expect("a list").iter().map(Value::to_string).collect();
        if ids.is_empty() {
            return Vec::new();
        }
        let found = self.site.rest(&format!("wp/v2/tags?include={}&per_page=100&_fields=name", ids.join(",")), "admin");
        let mut names: Vec<String> =
            found.as_array().expect("a list").iter().map(|tag| tag["name"].as_str().unwrap_or_default().to_owned()).collect();
        names.sort();
        names
    }

    /// Open reviews.
    pub fn reviews(&self) -> Vec<Value> {
        self.run(&["reviews", "list", "--json"]).expect(0).json().as_array().expect("a list").clone()
    }
}

pub fn send(site: &Wordpress, route: &str, user: &str, body: &Value) -> Value {
    let output = Command::new("curl")
        .args(["-sS", "--fail", "--max-time", "60", "-u", &format!("{user}:{}", site.password(user))])
        .args(["-H", "Content-Type: application/json", "--data-binary", &body.to_string()])
        .arg(format!("{}/wp-json/{route}", site.url))
        .output()
        .expect("curl");
    assert!(output.status.success(), "{route}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}
