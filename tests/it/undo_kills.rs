//! Killed at every step of taking a run back, of adopting, and of making again: what was begun is ended by the same command, and
//! WordPress' tables are as if nothing had happened.
//!
//! Each kind of door is taken once; `$WIREPRESS_ALL_KILLS` takes every number.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::binary::{Home, Run};
use crate::support::feed::Illustrated;
use crate::support::server::Server;
use crate::support::site::{Wordpress, wordpress};

const POSTS: usize = 2;

/// Some illustrated posts that are out.
struct Out {
    site: Wordpress,
    home: Home,
    prefix: String,
    _feed: Server,
}

impl Out {
    fn new(name: &str) -> Self {
        let site = wordpress();
        let prefix = format!("{name} {}", std::process::id());
        let feed =
            Illustrated { categories: vec![format!("{prefix} one"), format!("{prefix} two")], ..Illustrated::new(&prefix, POSTS) }.serve();
        let home = Home::new(&format!(
            "[[site]]\nname = \"blog\"\nurl = \"{}\"\nuser = \"editor\"\npassword = {{ env = \"BLOG_PASSWORD\" }}\nsettle = \"1s\"\ntimeout = \"30s\"\n\
             \n[[feed]]\nname = \"news\"\nurl = \"{}\"\nimages = \"copy\"\nfeed_categories = {{ to = \"tags\", new = \"create\" }}\n",
            site.url,
            feed.url("/feed.xml")
        ));
        let out = Self { site, home, prefix, _feed: feed };
        out.finish(&["once"]);
        assert_eq!(out.counts(), (POSTS, POSTS, 2), "{name}");
        out
    }

    fn run(&self, arguments: &[&str], prepare: impl FnOnce(&mut Command)) -> Run {
        let mut command = self.home.command(arguments);
        command.env("BLOG_PASSWORD", self.site.password("editor"));
        prepare(&mut command);
        Run::of(command.output().expect("the binary runs"))
    }

    /// Runs it until nothing is left to do; where it says "later" (5), later.
    fn finish(&self, arguments: &[&str]) {
        let mut last = None;
        for _ in 0..20 {
            let run = self.run(arguments, |_| {});
            match run.code {
                0 => return,
                5 => std::thread::sleep(std::time::Duration::from_secs(2)),
                _ => {}
            }
            last = Some(run);
        }
        panic!("twenty runs did not finish it: {last:?}");
    }

    /// Untrashed posts, media, terms.
    fn counts(&self) -> (usize, usize, usize) {
        let posts = self.site.posts_titled(&format!("{} number", self.prefix));
        let terms = self.site.test_route("terms");
        let ours = |term: &&Value| term["name"].as_str().is_some_and(|name| name.starts_with(&self.prefix));
        (
            posts.iter().filter(|post| post["status"] != "trash").count(),
            self.site.rows_titled("attachments", &self.prefix).len(),
            terms.as_array().expect("terms").iter().filter(ours).count(),
        )
    }

    fn ids(&self) -> Vec<u64> {
        self.site.posts_titled(&format!("{} number", self.prefix)).iter().filter_map(|post| post["id"].as_u64()).collect()
    }
}

/// Numbers of passes, one of each kind, or all.
fn chosen(log: &Path) -> Vec<u64> {
    let text = std::fs::read_to_string(log).expect("the list of passes");
    let pass = |line: &str| line.split_once(' ').map(|(number, kind)| (number.parse::<u64>().expect("a number"), kind.to_owned()));
    let passes: Vec<(u64, String)> = text.lines().filter_map(pass).collect();
    if std::env::var_os("WIREPRESS_ALL_KILLS").is_some() {
        return passes.into_iter().map(|(number, _)| number).collect();
    }
    let kinds: BTreeMap<&str, u64> = passes.iter().rev().map(|(number, kind)| (kind.as_str(), *number)).collect();
    let mut numbers: Vec<u64> = kinds.into_values().collect();
    numbers.sort_unstable();
    numbers
}

/// Runs `verb` undisturbed on one trial, and on others killed at each chosen pass, then once more; `check` says what is wrong.
fn killed(name: &str, verb: &[&str], prepare: impl Fn(&Out) + Sync, check: impl Fn(&Out) -> Option<String> + Sync) {
    let first = Out::new(&format!("{name} undisturbed"));
    prepare(&first);
    let log = first.home.file("passes");
    first
        .run(verb, |command| {
            command.env("WIREPRESS_KILL_LOG", &log);
        })
        .expect(0);
    assert_eq!(check(&first), None, "undisturbed");
    let numbers = chosen(&log);
    assert!(numbers.len() > 3, "{numbers:?}");
    let next = std::sync::atomic::AtomicUsize::new(0);
    let wrong = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(number) = numbers.get(next.fetch_add(1, std::sync::atomic::Ordering::SeqCst)) {
                    let out = Out::new(&format!("{name} killed at {number}"));
                    prepare(&out);
                    let run = out.run(verb, |command| {
                        command.env("WIREPRESS_KILL_AT", number.to_string());
                    });
                    // no two runs have as many passes: one may end before its last ones, and is judged as it is
                    if run.code == 0 && numbers.iter().any(|later| *later > *number + 10) {
                        wrong.lock().expect("the list").push((*number, "it was not killed".to_owned()));
                        continue;
                    }
                    // a lease that nobody gives back runs out, or is given back by the next who takes the place
                    out.finish(&["once"]);
                    out.finish(verb);
                    wrong.lock().expect("the list").extend(check(&out).map(|why| (*number, why)));
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("the list");
    assert!(wrong.is_empty(), "{name}: {wrong:#?}");
}

#[test]
fn a_purging_undo_that_is_killed_anywhere_is_ended_by_the_same_command() {
    killed(
        "Undo",
        &["undo", "--last", "--purge", "--yes"],
        |_| {},
        |out| {
            out.finish(&["once", "--feed", "news"]);
            let counts = out.counts();
            (counts != (0, 0, 0)).then(|| format!("posts, media and terms are {counts:?}"))
        },
    );
}

#[test]
fn an_adopt_that_is_killed_anywhere_posts_nothing_twice() {
    let lose = |out: &Out| {
        for file in ["wirepress.db", "wirepress.db-wal", "wirepress.db-shm"] {
            std::fs::remove_file(out.home.file(file)).ok();
        }
    };
    killed("Adopt", &["adopt"], lose, |out| {
        out.finish(&["once", "--feed", "news"]);
        let counts = out.counts();
        (counts != (POSTS, POSTS, 2)).then(|| format!("posts, media and terms are {counts:?}"))
    });
}

#[test]
fn posts_of_a_restored_backup_are_made_again_once_wherever_the_word_for_it_was_killed() {
    let vanish = |out: &Out| {
        out.ids().iter().for_each(|id| out.site.delete(&format!("wp/v2/posts/{id}?force=true"), "admin"));
    };
    killed("Remake", &["resync", "--remake", "--yes"], vanish, |out| {
        out.finish(&["once"]);
        out.finish(&["once", "--feed", "news"]);
        let counts = out.counts();
        (counts != (POSTS, POSTS, 2)).then(|| format!("posts, media and terms are {counts:?}"))
    });
}
