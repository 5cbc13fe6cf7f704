//! The daemon: it works by itself, ends when told, takes a good new configuration and keeps the old one from a bad.

use std::time::{Duration, Instant};

use crate::support::binary::Home;
use crate::support::feed::Illustrated;
use crate::support::running::Running;
use crate::support::site::{Wordpress, wordpress};

/// Shorter than the time limit of a feed's first byte.
const SOON: Duration = Duration::from_secs(12);

fn start(home: &Home, site: &Wordpress) -> Running {
    Running::start(home, &site.password("editor"))
}

fn settings(site: &Wordpress, feed: &str) -> String {
    format!(
        "[[site]]\nname = \"blog\"\nurl = \"{}\"\nuser = \"editor\"\npassword = {{ env = \"BLOG_PASSWORD\" }}\nsettle = \"1s\"\n\n\
         [[feed]]\nname = \"news\"\nurl = \"{feed}\"\n",
        site.url
    )
}

#[test]
fn the_daemon_posts_by_itself_and_ends_when_told() {
    let site = wordpress();
    let prefix = format!("Daemon {}", std::process::id());
    let feed = Illustrated::new(&prefix, 2).serve();
    let home = Home::new(&settings(&site, &feed.url("/feed.xml")));
    let running = start(&home, &site);
    running.says("posted");
    running.says("posted");
    assert_eq!(site.posts_titled(&prefix).len(), 2);
    running.signal("TERM");
    assert_eq!(running.ends(), 0);
    assert!(!home.file("wirepress.alive").exists(), "a daemon that ended in good order leaves no heartbeat");
}

#[test]
fn a_second_daemon_on_one_sqlite_file_refuses_with_7_and_readers_work_beside_it() {
    let site = wordpress();
    let prefix = format!("Two daemons {}", std::process::id());
    let feed = Illustrated::new(&prefix, 1).serve();
    let home = Home::new(&settings(&site, &feed.url("/feed.xml")));
    let running = start(&home, &site);
    running.says("running");
    for verb in ["run", "once"] {
        let mut command = home.command(&[verb]);
        command.env("BLOG_PASSWORD", site.password("editor"));
        let refused = crate::support::binary::Run::of(command.output().expect("the binary runs")).expect(7);
        assert!(refused.stderr.contains("is in use by another wirepress"), "{}", refused.stderr);
    }
    home.run(&["once", "--dry-run"]).expect(0);
    home.run(&["status"]).expect(0);
    home.run(&["feeds", "list"]).expect(0);
    running.signal("TERM");
    assert_eq!(running.ends(), 0);
}

#[test]
fn a_hang_up_reloads_a_good_configuration_and_keeps_the_old_one_from_a_bad() {
    let site = wordpress();
    let prefix = format!("Reload {}", std::process::id());
    let feed = Illustrated::new(&prefix, 1).serve();
    let other = Illustrated::new(&format!("{prefix} other"), 1).serve();
    let good = settings(&site, &feed.url("/feed.xml"));
    let home = Home::new(&good);
    let running = start(&home, &site);
    running.says("posted");
    home.configure("[[site]]\nnaem = \"blog\"\n");
    running.signal("HUP");
    running.says("the old one stays in force");
    home.configure(&format!("{good}\n[[feed]]\nname = \"other\"\nurl = \"{}\"\n", other.url("/feed.xml")));
    running.signal("HUP");
    running.says("a new configuration is in force");
    running.says("posted");
    assert_eq!(site.posts_titled(&format!("{prefix} other number")).len(), 1);
    running.signal("TERM");
    assert_eq!(running.ends(), 0);
}

#[test]
fn a_slow_feed_delays_no_other() {
    let site = wordpress();
    let prefix = format!("Slow feed {}", std::process::id());
    let feed = Illustrated::new(&prefix, 1).serve();
    let slow = crate::support::server::Server::start(|_| {
        std::thread::sleep(Duration::from_secs(600));
        crate::support::server::Answer::new(200, "text/plain", "")
    });
    let home = Home::new(&format!("{}\n[[feed]]\nname = \"slow\"\nurl = \"{}\"\n", settings(&site, &feed.url("/feed.xml")), slow.url("/")));
    let began = Instant::now();
    let running = start(&home, &site);
    running.says("posted");
    // Long before the slow feed's time limit ends its poll.
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    assert_eq!(site.posts_titled(&prefix).len(), 1);

    let other = Illustrated::new(&format!("{prefix} other"), 1).serve();
    let more = format!("\n[[feed]]\nname = \"other\"\nurl = \"{}\"\n", other.url("/feed.xml"));
    home.configure(&(std::fs::read_to_string(home.file("wirepress.toml")).expect("it") + &more));
    let began = Instant::now();
    running.signal("HUP");
    running.says("posted");
    assert!(began.elapsed() < SOON, "a new configuration waited for the old one's slow feed: {:?}", began.elapsed());
    running.signal("KILL");
    running.ends();
}
