//! Killed while entries go to two sites at once: started again, each site has each entry once and whole, whichever of them was cut off.
//!
//! Eight passes are taken, one from each stretch of the run; `$WIREPRESS_ALL_KILLS` takes every number.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::binary::{Home, Run};
use crate::support::feed::Illustrated;
use crate::support::server::Server;
use crate::support::site::{Wordpress, wordpress_at, wordpress_of_kills};

const ITEMS: usize = 3;
const KILLS: usize = 8;
/// A run may have so many passes less than another: leases are renewed in their time.
const SPARE: usize = 20;

struct Both {
    sites: [(&'static str, Wordpress); 2],
    home: Home,
    prefix: String,
    _feed: Server,
}

impl Both {
    fn new(name: &str) -> Self {
        let prefix = format!("{name} {}", std::process::id());
        let feed =
            Illustrated { categories: vec![format!("{prefix} one"), format!("{prefix} two")], ..Illustrated::new(&prefix, ITEMS) }.serve();
        let sites = [("blog", wordpress_of_kills()), ("archive", wordpress_at("WIREPRESS_TEST_WP65"))];
        let site = |(name, site): &(&str, Wordpress)| {
            format!(
                "[[site]]\nname = \"{name}\"\nurl = \"{}\"\nuser = \"editor\"\npassword = {{ file = \"{name}.secret\" }}\nsettle = \"1s\"\n",
                site.url
            )
        };
        let feeds = format!(
            "[[feed]]\nname = \"news\"\nurl = \"{}\"\nsite = [\"blog\", \"archive\"]\nfeed_categories = {{ to = \"tags\", new = \"create\" }}\n",
            feed.url("/feed.xml")
        );
        let home = Home::new(&[site(&sites[0]), site(&sites[1]), feeds].join("\n"));
        for (name, site) in &sites {
            std::fs::write(home.file(&format!("{name}.secret")), site.password("editor")).expect("written");
        }
        Self { sites, home, prefix, _feed: feed }
    }

    fn once(&self, prepare: impl FnOnce(&mut Command)) -> Run {
        let mut command = self.home.command(&["once"]);
        prepare(&mut command);
        Run::of(command.output().expect("the binary runs"))
    }

    /// Runs `once` until nothing is left to do; where it says "later" (5), later.
    fn finish(&self) {
        let mut last = None;
        for _ in 0..30 {
            let run = self.once(|_| {});
            match run.code {
                0 => return,
                5 => std::thread::sleep(std::time::Duration::from_secs(2)),
                _ => {}
            }
            last = Some(run);
        }
        panic!("thirty runs did not finish it: {last:?}");
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (name, site) in &self.sites {
            let posts = site.posts_titled(&format!("{} number", self.prefix));
            let titles: BTreeSet<&str> = posts.iter().filter_map(|post| post["title"].as_str()).collect();
            let whole = posts.iter().filter(|post| {
                let has_tags = post["terms"]["post_tag"].as_array().is_some_and(|tags| tags.len() == 2);
                post["status"] == "draft" && post["featured_media"].as_u64().is_some_and(|id| id > 0) && has_tags
            });
            let pictures = site.rows_titled("attachments", &self.prefix).len();
            let told = (posts.len(), titles.len(), whole.count(), pictures);
            if told != (ITEMS, ITEMS, ITEMS, ITEMS) {
                faults.push(format!("{name}: posts, titles, whole ones and pictures are {told:?}"));
            }
        }
        faults
    }
}

#[test]
fn killed_at_any_step_each_of_two_sites_has_each_entry_once() {
    let undisturbed = Both::new("Two sites undisturbed");
    let log = undisturbed.home.file("passes");
    undisturbed
        .once(|command| {
            command.env("WIREPRESS_KILL_LOG", &log);
        })
        .expect(0);
    assert_eq!(undisturbed.faults(), Vec::<String>::new());
    let passes = std::fs::read_to_string(&log).expect("the list of passes").lines().count();
    let seed = crate::wordpress::now().unix().unsigned_abs() as usize;
    let chosen: Vec<usize> = match std::env::var_os("WIREPRESS_ALL_KILLS") {
        Some(_) => (1..=passes).collect(),
        // one from each stretch of the run: both sites are at work in most of them
        None => (0..KILLS).map(|nth| 1 + (nth * passes + seed % passes) / KILLS).collect(),
    };
    println!("seed {seed}: {chosen:?} of {passes} passes");
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(number) = chosen.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let both = Both::new(&format!("Two sites killed at {number}"));
                    let run = both.once(|command| {
                        command.env("WIREPRESS_KILL_AT", number.to_string());
                    });
                    let mut faults = Vec::new();
                    if run.code != -1 && number + SPARE < passes {
                        faults.push(format!("it was not killed: {run:?}"));
                    }
                    both.finish();
                    faults.extend(both.faults());
                    if !faults.is_empty() {
                        wrong.lock().expect("the list").push((*number, faults));
                    }
                }
            });
        }
    });
    assert_eq!(wrong.into_inner().expect("the list"), Vec::new(), "seed {seed} of {passes} passes");
}
