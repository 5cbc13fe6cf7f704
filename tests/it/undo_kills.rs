//! Killed at every step of taking a run back, of adopting, of making again, of taking over from another program and of following a
//! site to another address: what was begun is ended by the same command, and WordPress' tables are as if nothing had happened.
//!
//! Each kind of door is taken once; `$WIREPRESS_ALL_KILLS` takes every number.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::binary::{Home, Run};
use crate::support::feed::Illustrated;
use crate::support::proxy::Proxy;
use crate::support::server::Server;
use crate::support::site::{Wordpress, wordpress, wordpress_at};

const POSTS: usize = 2;

/// Some illustrated entries, and in most trials their posts.
struct Out {
    site: Wordpress,
    home: Home,
    prefix: String,
    _feed: Server,
}

impl Out {
    fn new(name: &str, site: Wordpress) -> Self {
        let prefix = format!("{name} {}", std::process::id());
        let feed =
            Illustrated { categories: vec![format!("{prefix} one"), format!("{prefix} two")], ..Illustrated::new(&prefix, POSTS) }.serve();
        let home = Home::new(&format!(
            "[[site]]\nname = \"blog\"\nurl = \"{}\"\nuser = \"editor\"\npassword = {{ env = \"BLOG_PASSWORD\" }}\nsettle = \"1s\"\ntimeout = \"30s\"\n\
             \n[[feed]]\nname = \"news\"\nurl = \"{}\"\nimages = \"copy\"\nfeed_categories = {{ to = \"tags\", new = \"create\" }}\n",
            site.url,
            feed.url("/feed.xml")
        ));
        Self { site, home, prefix, _feed: feed }
    }

    fn post(&self) {
        self.finish(&["once"]);
        assert_eq!(self.counts(), (POSTS, POSTS, 2), "{}", self.prefix);
    }

    /// What a person, or another program, writes.
    fn write(&self, route: &str, body: &Value) -> u64 {
        let output = Command::new("curl")
            .args(["-sS", "--fail", "--max-time", "60", "-u", &format!("admin:{}", self.site.password("admin"))])
            .args(["-H", "Content-Type: application/json", "-d", &body.to_string()])
            .arg(format!("{}/wp-json/wp/v2/{route}", self.site.url))
            .output()
            .expect("curl");
        let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        answer["id"].as_u64().expect("an id")
    }

    fn forget(&self) {
        for file in ["wirepress.db", "wirepress.db-wal", "wirepress.db-shm"] {
            std::fs::remove_file(self.home.file(file)).ok();
        }
    }

    /// Whatever the tables hold of these posts, but for WordPress' own notes.
    fn rows(&self) -> Vec<Value> {
        let mut rows = self.site.posts_titled(&self.prefix);
        rows.sort_by_key(|row| row["id"].as_u64());
        rows
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

/// A verb, and what its trials have in common.
struct Killed {
    name: &'static str,
    verb: &'static [&'static str],
    site: fn() -> Wordpress,
    /// A run of `once` comes between the kill and the same command: a lease that nobody gave back is given back by it.
    once_between: bool,
}

impl Killed {
    fn out<T>(&self, what: &str, prepare: &impl Fn(&Out) -> T) -> (Out, T) {
        let out = Out::new(&format!("{} {what}", self.name), (self.site)());
        let before = prepare(&out);
        (out, before)
    }

    /// Runs the verb undisturbed on one trial, and on others killed at each chosen pass, then once more; `check` says what is wrong.
    fn run<T>(&self, prepare: impl Fn(&Out) -> T + Sync, check: impl Fn(&Out, T) -> Option<String> + Sync) {
        let (first, before) = self.out("undisturbed", &prepare);
        let log = first.home.file("passes");
        first
            .run(self.verb, |command| {
                command.env("WIREPRESS_KILL_LOG", &log);
            })
            .expect(0);
        assert_eq!(check(&first, before), None, "undisturbed");
        let numbers = chosen(&log);
        assert!(numbers.len() > 3, "{numbers:?}");
        println!("{}: {} doors", self.name, numbers.len());
        let next = std::sync::atomic::AtomicUsize::new(0);
        let wrong = std::sync::Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while let Some(number) = numbers.get(next.fetch_add(1, std::sync::atomic::Ordering::SeqCst)) {
                        let (out, before) = self.out(&format!("killed at {number}"), &prepare);
                        let run = out.run(self.verb, |command| {
                            command.env("WIREPRESS_KILL_AT", number.to_string());
                        });
                        // no two runs have as many passes: one may end before its last ones, and is judged as it is
                        if run.code == 0 && numbers.iter().any(|later| *later > *number + 10) {
                            wrong.lock().expect("the list").push((*number, "it was not killed".to_owned()));
                            continue;
                        }
                        if self.once_between {
                            out.finish(&["once"]);
                        }
                        out.finish(self.verb);
                        wrong.lock().expect("the list").extend(check(&out, before).map(|why| (*number, why)));
                    }
                });
            }
        });
        let wrong = wrong.into_inner().expect("the list");
        assert!(wrong.is_empty(), "{}: {wrong:#?}", self.name);
    }
}

/// What is wrong where posts, media and terms aren't so many.
fn unless(out: &Out, wanted: (usize, usize, usize)) -> Option<String> {
    let counts = out.counts();
    (counts != wanted).then(|| format!("posts, media and terms are {counts:?}"))
}

#[test]
fn a_purging_undo_that_is_killed_anywhere_is_ended_by_the_same_command() {
    let undo = Killed { name: "Undo", verb: &["undo", "--last", "--purge", "--yes"], site: wordpress, once_between: true };
    undo.run(Out::post, |out, ()| {
        out.finish(&["once", "--feed", "news"]);
        unless(out, (0, 0, 0))
    });
}

#[test]
fn an_adopt_that_is_killed_anywhere_posts_nothing_twice() {
    let adopt = Killed { name: "Adopt", verb: &["adopt"], site: wordpress, once_between: true };
    let lose = |out: &Out| {
        out.post();
        out.forget();
    };
    adopt.run(lose, |out, ()| {
        out.finish(&["once", "--feed", "news"]);
        unless(out, (POSTS, POSTS, 2))
    });
}

#[test]
fn posts_of_a_restored_backup_are_made_again_once_wherever_the_word_for_it_was_killed() {
    let remake = Killed { name: "Remake", verb: &["resync", "--remake", "--yes"], site: wordpress, once_between: true };
    let vanish = |out: &Out| {
        out.post();
        out.ids().iter().for_each(|id| out.site.delete(&format!("wp/v2/posts/{id}?force=true"), "admin"));
    };
    remake.run(vanish, |out, ()| {
        out.finish(&["once"]);
        out.finish(&["once", "--feed", "news"]);
        unless(out, (POSTS, POSTS, 2))
    });
}

#[test]
fn an_import_that_is_killed_anywhere_is_ended_by_the_same_command_and_what_was_there_is_posted_by_nobody() {
    // a site with few posts: it looks through them all
    let import = Killed { name: "Import", verb: &["import", "--yes"], site: || wordpress_at("WIREPRESS_TEST_WP65"), once_between: false };
    let another = |out: &Out| {
        let slug = out.prefix.replace(' ', "-");
        let post = json!({
            "title": format!("{} by another program", out.prefix), "status": "publish", "content": "<p>Its words, and a person's.</p>",
            "meta": { "wpe_sourcepermalink": format!("https://news.example/{slug}/0") },
        });
        out.write("posts", &post);
        out.rows()
    };
    import.run(another, |out, before| {
        out.finish(&["once"]);
        out.finish(&["once", "--feed", "news"]);
        let after = out.rows();
        // two tags: its own, and one that both entries name
        let wrong = unless(out, (POSTS - 1, POSTS - 1, 2));
        wrong.or_else(|| (after[..1] != before[..]).then(|| format!("what was there is {:?}", after[0])))
    });
}

#[test]
fn a_move_that_is_killed_anywhere_is_ended_by_the_same_command_and_nothing_is_posted_again() {
    let site = || wordpress_at("WIREPRESS_TEST_WP65");
    let moved = Killed { name: "Move", verb: &["sites", "move", "blog"], site, once_between: false };
    let elsewhere = |out: &Out| {
        out.post();
        let edited = out.ids()[0];
        out.write(&format!("posts/{edited}"), &json!({ "title": format!("{} number 0 in a person's words", out.prefix) }));
        // the same site behind another address
        let proxy = Proxy::start(out.site.address(), |_, _| None);
        let path = out.home.file("wirepress.toml");
        let config = std::fs::read_to_string(&path).expect("the configuration").replace(&out.site.url, &proxy.url());
        std::fs::write(path, config).expect("a writable folder");
        out.rows()
    };
    moved.run(elsewhere, |out, before| {
        out.finish(&["once", "--feed", "news"]);
        if out.rows() != before {
            return Some(format!("the posts are {:?} and not {before:?}", out.rows()));
        }
        // the journal came along: all but what the person wrote can be taken back
        let undone = out.run(&["undo", "--last", "--dry-run", "--json"], |_| {}).expect(0).json();
        let mut fates: Vec<&str> = undone["posts"].as_array().expect("posts").iter().filter_map(|post| post["fate"].as_str()).collect();
        fates.sort_unstable();
        (fates != ["touched", "trash"]).then(|| format!("its journal says {fates:?}"))
    });
}
