//! Killed at every step: a run that publishes 30 illustrated items with terms to a real WordPress is ended, as `kill -9`
//! would, at a numbered pass through the doors to network and store, and started again. After it there are 30 posts,
//! 30 featured images and 5 tags, and no twin of any.
//!
//! Each kind of door is taken once, then a seeded twenty; `scripts/test --all-kills` takes every number and writes the
//! table of `docs/kills.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::support::binary::{Home, Run};
use crate::support::feed::Illustrated;
use crate::support::server::Server;
use crate::support::site::{Wordpress, wordpress};

const ITEMS: usize = 30;

/// One feed, one site, one store: what a kill is tried on.
struct Trial {
    site: Wordpress,
    home: Home,
    prefix: String,
    _feed: Server,
}

impl Trial {
    fn new(name: &str) -> Self {
        let site = wordpress();
        let prefix = format!("{name} {}", std::process::id());
        let feed = Illustrated::new(&prefix, ITEMS).serve();
        let home = Home::new(&format!(
            r#"
[defaults]
backfill = {ITEMS}
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
            url = site.url,
            feed = feed.url("/feed.xml"),
        ));
        Self { site, home, prefix, _feed: feed }
    }

    fn once(&self, prepare: impl FnOnce(&mut Command)) -> Run {
        let mut command = self.home.command(&["once"]);
        command.env("BLOG_PASSWORD", self.site.password("editor"));
        prepare(&mut command);
        Run::of(command.output().expect("the binary runs"))
    }

    /// Runs `once` until it says that nothing is left to do.
    fn finish(&self) {
        let mut last = None;
        for _ in 0..4 {
            let run = self.once(|_| {});
            if run.code == 0 {
                return;
            }
            last = Some(run);
        }
        panic!("four runs did not finish it: {last:?}");
    }

    /// What is wrong in WordPress' own database; empty when all is as it should be.
    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let posts = titled(&self.site.test_route("posts"), &self.prefix);
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
        let keyed = posts.iter().filter_map(|post| post["slug"].as_str()).filter(|slug| slug.ends_with("-2")).count();
        if keyed > 0 {
            faults.push(format!("{keyed} slugs end in -2"));
        }
        let media = self.site.test_route("attachments");
        let mut by_bytes: BTreeMap<String, usize> = BTreeMap::new();
        for medium in media.as_array().expect("attachments") {
            let slug = medium["slug"].as_str().unwrap_or_default();
            let key = slug.get(..36).unwrap_or(slug).to_owned();
            *by_bytes.entry(key).or_default() += 1;
        }
        let of_ours: BTreeSet<String> = media
            .as_array()
            .expect("attachments")
            .iter()
            .filter(|medium| medium["id"].as_u64().is_some_and(|id| pictures.contains(&id)))
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

fn titled(posts: &Value, prefix: &str) -> Vec<Value> {
    let posts = posts.as_array().expect("posts").iter();
    posts.filter(|post| post["title"].as_str().is_some_and(|title| title.starts_with(&format!("{prefix} number")))).cloned().collect()
}

/// Every pass of an undisturbed run, with its kind.
fn passes() -> Vec<(u64, String)> {
    let trial = Trial::new("undisturbed");
    let log = trial.home.file("passes");
    trial
        .once(|command| {
            command.env("WIREPRESS_KILL_LOG", &log);
        })
        .expect(0);
    assert_eq!(trial.faults(), Vec::<String>::new());
    let text = std::fs::read_to_string(&log).expect("the list of passes");
    let line = |line: &str| line.split_once(' ').map(|(number, kind)| (number.parse().expect("a number"), kind.to_owned()));
    text.lines().filter_map(line).collect()
}

/// Kills a run at pass `number`, starts it again, and tells what is wrong then.
fn kill_at(number: u64) -> Vec<String> {
    let trial = Trial::new(&format!("killed at {number}"));
    let run = trial.once(|command| {
        command.env("WIREPRESS_KILL_AT", number.to_string());
    });
    if run.code == 0 {
        return vec![format!("it was not killed at {number}: fewer passes than in the undisturbed run")];
    }
    trial.finish();
    trial.faults()
}

/// A small generator (xorshift64*), so that a printed seed gives the same choice again.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).expect("31 bits") % limit
    }
}

fn seed() -> u64 {
    let given = std::env::var("WIREPRESS_SEED").ok().and_then(|text| text.parse().ok());
    given.unwrap_or_else(|| std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs())
}

#[test]
fn killed_at_any_step_every_item_becomes_one_post() {
    let passes = passes();
    let all = std::env::var_os("WIREPRESS_ALL_KILLS").is_some();
    let seed = seed();
    let mut random = Seeded(seed | 1);
    let mut chosen = BTreeSet::new();
    if all {
        chosen.extend(passes.iter().map(|(number, _)| *number));
    } else {
        let mut kinds: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        for (number, kind) in &passes {
            kinds.entry(kind).or_default().push(*number);
        }
        for numbers in kinds.values() {
            chosen.insert(numbers[random.below(numbers.len())]);
        }
        let wanted = chosen.len() + 20;
        while chosen.len() < wanted.min(passes.len()) {
            chosen.insert(passes[random.below(passes.len())].0);
        }
    }
    println!("seed {seed}: {} of {} passes", chosen.len(), passes.len());

    let kind_of: BTreeMap<u64, &str> = passes.iter().map(|(number, kind)| (*number, kind.as_str())).collect();
    let numbers: Vec<u64> = chosen.into_iter().collect();
    let next = std::sync::atomic::AtomicUsize::new(0);
    let results = std::sync::Mutex::new(Vec::new());
    // Three at a time: most of a trial is waiting for doubts to settle.
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while let Some(number) = numbers.get(next.fetch_add(1, std::sync::atomic::Ordering::SeqCst)) {
                    let faults = kill_at(*number);
                    results.lock().expect("the results").push((*number, kind_of[number], faults));
                }
            });
        }
    });
    let mut results = results.into_inner().expect("the results");
    results.sort();
    if let (true, Ok(path)) = (all, std::env::var("WIREPRESS_KILL_TABLE")) {
        let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for (_, kind, faults) in &results {
            let count = counts.entry(kind).or_default();
            count.0 += 1;
            count.1 += usize::from(!faults.is_empty());
        }
        let rows: String = counts.iter().map(|(kind, (killed, wrong))| format!("| {kind} | {killed} | {wrong} |\n")).collect();
        std::fs::write(path, format!("| door | killed | wrong afterwards |\n|---|---|---|\n{rows}")).expect("the table");
    }
    let wrong: Vec<_> = results.iter().filter(|(_, _, faults)| !faults.is_empty()).collect();
    assert!(wrong.is_empty(), "seed {seed}: {wrong:#?}");
}
