//! A run that publishes 30 illustrated items with terms to a real WordPress, and what must be true after it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use super::binary::{Home, Run};
use super::feed::Illustrated;
use super::server::Server;
use super::site::{Wordpress, wordpress_of_kills};

pub const ITEMS: usize = 30;
/// Of these, so many have two pictures in their text.
pub const PICTURED: usize = 3;

/// One feed, one site, one store: what a kill is tried on.
pub struct Trial {
    pub site: Wordpress,
    pub home: Home,
    prefix: String,
    _feed: Server,
}

impl Trial {
    /// A trial of its own: `name` is in every title, slug, picture and tag.
    pub fn new(name: &str) -> Self {
        let site = wordpress_of_kills();
        let url = site.url.clone();
        Self::behind(name, site, &url)
    }

    /// The same, with the site reached at `url`: a proxy's.
    pub fn behind(name: &str, site: Wordpress, url: &str) -> Self {
        let prefix = format!("{name} {}", std::process::id());
        let feed = Illustrated { with_pictures: PICTURED, ..Illustrated::new(&prefix, ITEMS) }.serve();
        let home = Home::new(&format!(
            r#"
[defaults]
backfill = {ITEMS}
content = "feed"
images = "copy"
feed_categories = {{ to = "tags", new = "create" }}

[[site]]
name = "blog"
url = "{url}"
user = "editor"
password = {{ env = "BLOG_PASSWORD" }}
settle = "1s"
timeout = "4s"

[[feed]]
name = "news"
url = "{feed}"
"#,
            feed = feed.url("/feed.xml"),
        ));
        Self { site, home, prefix, _feed: feed }
    }

    /// Runs `once`.
    pub fn once(&self, prepare: impl FnOnce(&mut Command)) -> Run {
        let mut command = self.home.command(&["once"]);
        command.env("BLOG_PASSWORD", self.site.password("editor"));
        prepare(&mut command);
        Run::of(command.output().expect("the binary runs"))
    }

    /// Runs `once` until it says that nothing is left to do; where it says "later" (5), later.
    pub fn finish(&self) {
        let mut last = None;
        for _ in 0..60 {
            let run = self.once(|_| {});
            match run.code {
                0 => return,
                5 => std::thread::sleep(std::time::Duration::from_secs(3)),
                _ => {}
            }
            last = Some(run);
        }
        panic!("sixty runs did not finish it: {last:?}");
    }

    /// What is wrong in WordPress' own database; empty when all is as it should be.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let posts = self.site.posts_titled(&format!("{} number", self.prefix));
        let titles: BTreeSet<&str> = posts.iter().filter_map(|post| post["title"].as_str()).collect();
        if posts.len() != ITEMS || titles.len() != ITEMS {
            faults.push(format!("{} posts of {} titles", posts.len(), titles.len()));
        }
        let not_drafts = posts.iter().filter(|post| post["status"] != "draft").count();
        if not_drafts > 0 {
            faults.push(format!("{not_drafts} posts are no drafts"));
        }
        let pictures: BTreeSet<u64> = posts.iter().filter_map(|post| post["featured_media"].as_u64()).filter(|id| *id > 0).collect();
        if pictures.len() != ITEMS {
            faults.push(format!("{} featured images", pictures.len()));
        }
        let shown: BTreeSet<&str> = posts.iter().filter_map(|post| post["content"].as_str()).flat_map(ids_of).collect();
        let hotlinks = posts.iter().filter(|post| post["content"].as_str().is_some_and(|content| content.contains("/image/"))).count();
        if shown.len() != 2 * PICTURED || hotlinks > 0 {
            faults.push(format!("{} pictures in the texts, {hotlinks} texts name their source's", shown.len()));
        }
        // number 2 itself ends so; its twin would end in -2-2
        let is_second = |post: &&Value| {
            let own = if post["title"].as_str().is_some_and(|title| title.ends_with(" 2")) { "-2-2" } else { "-2" };
            post["slug"].as_str().is_some_and(|slug| slug.ends_with(own))
        };
        let seconds = posts.iter().filter(is_second).count();
        if seconds > 0 {
            faults.push(format!("{seconds} slugs have a number of WordPress' own"));
        }
        let media = self.site.rows_titled("attachments", &self.prefix);
        let mut by_bytes: BTreeMap<String, usize> = BTreeMap::new();
        for medium in &media {
            let slug = medium["slug"].as_str().unwrap_or_default();
            let key = slug.get(..36).unwrap_or(slug).to_owned();
            *by_bytes.entry(key).or_default() += 1;
        }
        let of_ours: BTreeSet<String> = media
            .iter()
            .filter(|medium| medium["id"].as_u64().is_some_and(|id| pictures.contains(&id) || shown.contains(id.to_string().as_str())))
            .filter_map(|medium| medium["slug"].as_str().and_then(|slug| slug.get(..36)).map(str::to_owned))
            .collect();
        let twins = of_ours.iter().filter(|slug| by_bytes[*slug] > 1).count();
        if twins > 0 {
            faults.push(format!("{twins} pictures were uploaded twice"));
        }
        let terms = self.site.test_route("terms");
        let names: Vec<&str> = terms
            .as_array()
            .expect("terms")
            .iter()
            .filter_map(|term| term["name"].as_str())
            .filter(|name| name.starts_with(&self.prefix))
            .collect();
        if names.len() != 5 {
            faults.push(format!("{} tags instead of 5", names.len()));
        }
        let bare = posts.iter().filter(|post| post["terms"]["post_tag"].as_array().is_none_or(|tags| tags.len() != 2)).count();
        if bare > 0 {
            faults.push(format!("{bare} posts lack tags"));
        }
        faults
    }
}

/// The ids of the pictures that a content shows.
fn ids_of(content: &str) -> impl Iterator<Item = &str> {
    content.split("wp-image-").skip(1).filter_map(|rest| rest.split('"').next())
}
