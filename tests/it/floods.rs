//! The flood that never comes, with the real binary and a real WordPress: a feed that brings its old entries under new keys.

use std::sync::{Arc, Mutex};

use crate::support::binary::{Home, Run};
use crate::support::server::{Answer, Server};
use crate::support::site::{Wordpress, wordpress};

const WORDS: &[&str] =
    &["alder", "birch", "cedar", "elder", "hazel", "maple", "rowan", "larch", "aspen", "beech", "ebony", "ivory", "olive"];

/// A feed whose document a test changes, and a home that posts it.
struct Stage {
    home: Home,
    site: Wordpress,
    prefix: String,
    document: Arc<Mutex<String>>,
    _feed: Server,
}

/// The keys that a feed writes: `{}` is the entry's number.
struct Keys {
    guid: &'static str,
    link: &'static str,
    /// How many days ago all of it is dated; `None`: each on a day of its own, long ago.
    days: Option<usize>,
    /// The text was gone over.
    is_edited: bool,
}

const OLD: Keys = Keys { guid: "https://old.example/?p={}", link: "https://old.example/story-{}", days: None, is_edited: false };
const NEW: Keys = Keys { guid: "urn:new:{}", link: "https://new.example/2026/{}.html", days: Some(20), is_edited: true };

impl Stage {
    fn new(name: &str) -> Self {
        let site = wordpress();
        let document = Arc::new(Mutex::new(String::new()));
        let served = document.clone();
        let feed =
            Server::start(move |_| Answer::new(200, "application/rss+xml", served.lock().expect("no test panicked with it").clone()));
        let home = Home::new(&format!(
            "[defaults]\nimage = \"none\"\nbackfill = 50\nbackfill_age = \"365d\"\n\n[[site]]\nname = \"blog\"\nurl = \"{}\"\n\
             user = \"editor\"\npassword = {{ env = \"BLOG_PASSWORD\" }}\nsettle = \"1s\"\n\n[[feed]]\nname = \"news\"\nurl = \"{}\"\n",
            site.url,
            feed.url("/feed.xml")
        ));
        Self { home, site, prefix: format!("{name} {}", std::process::id()), document, _feed: feed }
    }

    /// An entry with this number, told with these keys.
    fn entry(&self, number: usize, keys: &Keys) -> String {
        let fill = |text: &str| text.replace("{}", &number.to_string());
        let text = format!("{} of story {number}.", words(number));
        let text = if keys.is_edited { text.replace("alder", "older") } else { text };
        let days = keys.days.unwrap_or(200 - number);
        let published = chrono::Utc::now().date_naive() - chrono::Days::new(days as u64);
        format!(
            "<item><title>{} {} tree, day {number}</title><link>{}</link><guid isPermaLink=\"false\">{}</guid><description>{text}</description>\
             <pubDate>{}</pubDate></item>",
            self.prefix,
            WORDS[number % 13],
            fill(keys.link),
            fill(keys.guid),
            published.format("%a, %d %b %Y 10:00:00 GMT"),
        )
    }

    fn entries(&self, numbers: std::ops::Range<usize>, keys: &Keys) -> String {
        numbers.map(|number| self.entry(number, keys)).collect()
    }

    fn serve(&self, items: &str) {
        *self.document.lock().expect("no test panicked with it") = format!(
            "<rss version=\"2.0\"><channel><title>News</title><link>https://old.example/</link><description>n</description>{items}</channel></rss>"
        );
    }

    fn run_at(&self, arguments: &[&str], kill: Option<u64>) -> Run {
        let mut command = self.home.command(arguments);
        command.env("BLOG_PASSWORD", self.site.password("editor")).envs(kill.map(|number| ("WIREPRESS_KILL_AT", number.to_string())));
        Run::of(command.output().expect("the binary runs"))
    }

    fn run(&self, arguments: &[&str]) -> Run {
        self.run_at(arguments, None)
    }

    fn once(&self) -> Run {
        self.run(&["once", "--feed", "news"]).expect(0)
    }

    fn posts(&self) -> usize {
        self.site.posts_titled(&self.prefix).len()
    }
}

/// Forty words that no other article has, but for one in ten, which all have.
fn words(number: usize) -> String {
    let word = |at: usize| {
        let mut seed = (number * 1_000 + at).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let letter = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b'a' + u8::try_from((seed >> 33) % 26).expect("a letter"))
        };
        std::iter::repeat_with(letter).take(6).collect::<String>()
    };
    (0..40).map(|at| if at % 10 == 5 { "alder".to_owned() } else { word(at) }).collect::<Vec<_>>().join(" ")
}

fn alerts(run: &Run) -> usize {
    run.stderr.lines().filter(|line| line.contains("a feed is held")).count()
}

#[test]
fn a_feed_that_comes_from_another_host_with_other_guids_is_held_with_one_alert_and_rebound_and_posts_nothing_again() {
    let stage = Stage::new("rebound");
    stage.serve(&stage.entries(0..12, &OLD));
    stage.once();
    assert_eq!(stage.posts(), 12);

    stage.serve(&(stage.entries(0..12, &NEW) + &stage.entry(70, &NEW) + &stage.entry(71, &NEW)));
    let dry = stage.run(&["once", "--dry-run", "--feed", "news"]).expect(0);
    assert!(dry.stdout.contains("the feed is held: 12 of its 14 new entries look like entries that it had"), "{}", dry.stdout);
    let told = [stage.once(), stage.once(), stage.once()].map(|run| alerts(&run));
    assert_eq!(told, [1, 0, 0]);
    assert_eq!(stage.posts(), 12);
    let feeds = stage.run(&["feeds", "list", "--json"]).expect(0).json();
    assert_eq!((feeds[0]["state"].as_str(), feeds[0]["held"]["kind"].as_str()), (Some("held"), Some("flood")));
    let status = stage.run(&["status"]).expect(0).stdout;
    let lines: Vec<&str> = status.lines().filter(|line| line.contains("is held")).collect();
    assert_eq!(lines.len(), 1, "{status}");
    assert!(lines[0].contains("feeds rebind news") && lines[0].contains("feeds accept news"), "{status}");
    assert!(lines[0].contains("GUID `urn:new:") && lines[0].contains("was `https://old.example/?p="), "{status}");

    // killed at each of its doors, it has done all or nothing
    let killed = (1..100).map(|at| stage.run_at(&["feeds", "rebind", "news"], Some(at))).take_while(|run| run.code != 0).count();
    assert!(killed > 1, "a store has doors");
    let done = stage.run(&["feeds", "rebind", "news"]).expect(0).stderr;
    assert_eq!(done, "feed `news` was not held\n", "the last of the runs that were to be killed came to its end");
    assert_eq!(alerts(&stage.once()), 0);
    assert_eq!(stage.posts(), 14, "what is new is posted");
    stage.once();
    assert_eq!(stage.posts(), 14);
    let why = stage.run(&["why", "https://old.example/story-3"]).expect(0).stdout;
    assert!(why.contains("GUID `urn:new:3`, was `https://old.example/?p=3`"), "{why}");
    let why = stage.run(&["why", "https://new.example/2026/3.html"]).expect(0).stdout;
    assert!(why.contains("under new keys (`feeds rebind`)"), "{why}");
}

#[test]
fn rebinding_tells_what_it_did_and_accepting_posts_all_of_it() {
    let stage = Stage::new("settled");
    stage.serve(&stage.entries(0..6, &OLD));
    stage.once();
    stage.serve(&(stage.entries(0..6, &NEW) + &stage.entry(70, &NEW)));
    stage.run(&["feeds", "rebind", "news"]).expect(0);
    let polled = stage.run(&["feeds", "poll", "news"]).expect(0).stdout;
    assert!(
        polled.contains("held: 6 of its 7 new entries") && polled.contains("`wirepress feeds rebind news` if they are the old ones"),
        "{polled}"
    );
    let rebound = stage.run(&["feeds", "rebind", "news"]).expect(0).stderr;
    assert_eq!(rebound, "feed `news` goes on: 6 new entries are ones that it had; 1 entry to prepare\n");
    stage.once();
    assert_eq!(stage.posts(), 7);

    let third = Keys { guid: "n-{}", link: "https://third.example/{}", days: Some(10), is_edited: false };
    stage.serve(&stage.entries(0..6, &third));
    assert_eq!(alerts(&stage.once()), 1);
    assert_eq!(stage.run(&["feeds", "accept", "news"]).expect(0).stderr, "feed `news` goes on as it is now; 6 entries to prepare\n");
    stage.once();
    assert_eq!(stage.posts(), 13, "a person said that they are new");
    stage.run(&["feeds", "rebind", "nws"]).expect(2);
}

#[test]
fn a_feed_whose_guids_alone_change_is_held_too_and_goes_on_either_way() {
    let stage = Stage::new("reguided");
    stage.serve(&stage.entries(0..10, &OLD));
    stage.once();
    let reguided = Keys { guid: "tag:old.example,2026:{}", link: OLD.link, days: None, is_edited: false };
    stage.serve(&(stage.entries(0..10, &reguided) + &stage.entry(70, &reguided)));
    assert_eq!([alerts(&stage.once()), alerts(&stage.once())], [1, 0]);
    assert_eq!(stage.posts(), 10);
    stage.run(&["feeds", "rebind", "news"]).expect(0);
    stage.once();
    assert_eq!(stage.posts(), 11);
}

#[test]
fn while_a_feed_is_held_none_of_its_changes_reaches_a_post() {
    let stage = Stage::new("held change");
    let config = std::fs::read_to_string(stage.home.file("wirepress.toml")).expect("the configuration");
    stage.home.configure(&config.replace("image = \"none\"\n", "image = \"none\"\non_change = \"update\"\n"));
    stage.serve(&stage.entries(0..12, &OLD));
    stage.once();
    let before = stage.site.posts_titled(&stage.prefix);
    // one that it had says something else, and with it come the old ones under new keys
    let corrected = stage.entry(3, &OLD).replace(" tree, day 3", " tree, day 3, as it was corrected later on");
    stage.serve(&(corrected.clone() + &stage.entries(4..12, &NEW)));
    assert_eq!([alerts(&stage.once()), alerts(&stage.once())], [1, 0]);
    assert_eq!(stage.site.posts_titled(&stage.prefix), before);
    let dry = stage.run(&["once", "--dry-run", "--feed", "news"]).expect(0).stdout;
    assert!(dry.contains("nothing is written: its feed is held until `wirepress feeds rebind news`"), "{dry}");
    stage.run(&["feeds", "rebind", "news"]).expect(0);
    stage.once();
    let titles: Vec<String> =
        stage.site.posts_titled(&stage.prefix).iter().filter_map(|post| post["title"].as_str()).map(str::to_owned).collect();
    assert_eq!(titles.iter().filter(|title| title.ends_with("as it was corrected later on")).count(), 1, "{titles:?}");
    assert_eq!(titles.len(), 12);
}
