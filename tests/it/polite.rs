//! Politeness, seen from outside: what a publisher's server sees of the real binary, and what the operator is told.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::support::binary::Home;
use crate::support::server::{Answer, Request, Server};

const NOWHERE: &str =
    "[[site]]\nname = \"blog\"\nurl = \"http://127.0.0.1:9/\"\nuser = \"editor\"\npassword = { env = \"BLOG_PASSWORD\" }\n";

fn feed(name: &str, url: &str, more: &str) -> String {
    format!("\n[[feed]]\nname = \"{name}\"\nurl = \"{url}\"\nbackfill = 0\n{more}\n")
}

fn rss(channel: &str, guids: &[&str]) -> String {
    let items: String =
        guids.iter().map(|guid| format!("<item><title>Story {guid}</title><guid isPermaLink=\"false\">{guid}</guid></item>")).collect();
    format!("<rss version=\"2.0\"><channel><title>The Paper</title>{channel}{items}</channel></rss>")
}

/// 304 to whoever sends both validators back byte for byte.
fn conditional(request: &Request, document: &str) -> Answer {
    const ETAG: &str = "W/\"a b,c\"";
    const MODIFIED: &str = "Tue, 1 Sep 2026 1:02:03 GMT";
    let same = request.header("if-none-match") == Some(ETAG) && request.header("if-modified-since") == Some(MODIFIED);
    let answer = if same { Answer::new(304, "", "") } else { Answer::new(200, "application/rss+xml", document) };
    answer.with("etag", ETAG).with("last-modified", MODIFIED)
}

#[test]
fn what_a_publisher_sees_is_a_reader_with_good_manners() {
    let document = rss("", &["a", "b"]);
    let server = Server::start(move |request| conditional(request, &document).with("set-cookie", "id=1; path=/"));
    let config = format!("[http]\ncontact = \"https://blog.example/about\"\n{NOWHERE}{}", feed("paper", &server.url("/rss?x=1"), ""));
    let home = Home::new(&config);
    for _ in 0..3 {
        home.run(&["feeds", "poll", "paper"]).expect(0);
    }
    let asked = server.asked();
    assert_eq!(asked.len(), 3);
    for (number, request) in asked.iter().enumerate() {
        let agent = request.header("user-agent").unwrap_or_default();
        assert!(agent.starts_with("wirepress/") && agent.contains("+https://blog.example/about"), "{agent}");
        assert_eq!(request.target, "/rss?x=1");
        for name in ["cookie", "referer", "cache-control", "pragma"] {
            assert_eq!(request.header(name), None, "{name}");
        }
        for coding in ["gzip", "br", "zstd"] {
            assert!(request.header("accept-encoding").unwrap_or_default().contains(coding), "{coding}");
        }
        assert_eq!(request.header("a-im"), (number > 0).then_some("feed"));
        assert_eq!(request.header("if-none-match"), (number > 0).then_some("W/\"a b,c\""));
        assert_eq!(request.header("if-modified-since"), (number > 0).then_some("Tue, 1 Sep 2026 1:02:03 GMT"));
    }
    let told = home.run(&["feeds", "politeness", "--json"]).expect(0).json();
    let bytes = told["total"]["bytes_read"].as_u64().unwrap_or_default();
    assert_eq!(
        (&told["total"]["requests"], &told["total"]["not_modified"], &told["total"]["violations"]),
        (&3.into(), &2.into(), &0.into())
    );
    assert_eq!(told["total"]["bytes_saved"].as_u64(), Some(bytes * 2), "{told}");
    assert_eq!(told["feeds"][0]["name"], "paper");
    let text = home.run(&["feeds", "politeness"]).expect(0).stdout;
    assert!(text.contains("3 requests, 66 % of them 304") && text.contains("no violations"), "{text}");
}

#[test]
fn feeds_show_tells_what_every_rule_wanted_and_which_decided() {
    let document = rss("<ttl>90</ttl><skipHours><hour>25</hour></skipHours>", &["a"]);
    let server = Server::start(move |request| conditional(request, &document).with("cache-control", "max-age=7200"));
    let home = Home::new(&format!("{NOWHERE}{}", feed("paper", &server.url("/"), "")));
    home.run(&["feeds", "poll", "paper"]).expect(0);
    let told = home.run(&["feeds", "show", "paper", "--json"]).expect(0).json();
    let rules: Vec<_> = told["rules"].as_array().into_iter().flatten().map(|rule| (&rule["rule"], &rule["decides"])).collect();
    assert_eq!(rules, [(&"unknown".into(), &false.into()), (&"fresh".into(), &true.into()), (&"ttl".into(), &false.into())], "{told}");
    assert_eq!((&told["decided"], &told["fresh_for"], &told["ttl"]), (&"fresh".into(), &7_200.into(), &5_400.into()));
    assert_eq!(told["validators"]["etag"], "W/\"a b,c\"");
    assert_eq!(told["answers"][0]["status"], 200);
    let text = home.run(&["feeds", "show", "paper"]).expect(0).stdout;
    for part in ["an answer is fresh for 2h; ttl 1h30m", "→  fresh", "the document says that it holds for 1h30m", "ETag: W/\"a b,c\""] {
        assert!(text.contains(part), "{part}: {text}");
    }
    home.run(&["feeds", "show", "papre"]).expect(2);

    // not even a person comes before the publisher wishes it, unless they insist
    let held = home.run(&["feeds", "poll", "paper"]).expect(5);
    assert!(held.stderr.contains("fresh until then") && held.stderr.contains("insist = true"), "{}", held.stderr);
    assert_eq!(server.asked().len(), 1);
    home.configure(&format!("{NOWHERE}{}", feed("paper", &server.url("/"), "insist = true")));
    home.run(&["feeds", "poll", "paper"]).expect(0);
    assert_eq!(server.asked().len(), 2);
    let told = home.run(&["feeds", "politeness", "--json"]).expect(0).json();
    assert_eq!((&told["total"]["insisted"], &told["total"]["violations"]), (&1.into(), &0.into()));
}

#[test]
fn a_host_that_asks_to_be_left_alone_is_with_all_its_feeds_and_after_a_restart() {
    let server = Server::start(|_| Answer::new(429, "text/plain", "slower").with("retry-after", "7200"));
    let other = Server::start(|_| Answer::new(200, "application/rss+xml", rss("", &["a"])));
    let feeds = [
        feed("one", &server.url("/1"), "insist = true"),
        feed("two", &server.url("/2"), "insist = true"),
        feed("else", &other.url("/"), ""),
    ];
    let home = Home::new(&format!("{NOWHERE}{}", feeds.concat()));
    home.run(&["feeds", "poll", "one"]).expect(4);
    for name in ["one", "two"] {
        let held = home.run(&["feeds", "poll", name]).expect(5);
        assert!(held.stderr.contains("asked to be left alone until"), "{}", held.stderr);
    }
    let mut once = home.command(&["once"]);
    once.env("BLOG_PASSWORD", "x").output().expect("the binary runs");
    assert_eq!((server.asked().len(), other.asked().len()), (1, 1));
    let told = home.run(&["feeds", "list", "--json"]).expect(0).json();
    let two = told.as_array().into_iter().flatten().find(|feed| feed["name"] == "two").expect("it is listed");
    assert!(two["because"].as_str().unwrap_or_default().contains("its host asked to be left alone"), "{two}");
    assert!(home.run(&["feeds", "politeness"]).expect(0).stdout.contains("is left alone; it is asked again in"));
}

#[test]
fn what_a_host_asked_of_a_dry_run_holds_for_the_next_one_and_for_the_real_run() {
    let server = Server::start(|_| Answer::new(503, "text/plain", "later").with("retry-after", "7200"));
    let feeds = [feed("one", &server.url("/1"), ""), feed("two", &server.url("/2"), "")];
    let home = Home::new(&format!("{NOWHERE}{}", feeds.concat()));
    let run = |arguments: &[&str]| home.command(arguments).env("BLOG_PASSWORD", "x").output().expect("the binary runs");
    run(&["once", "--dry-run", "--feed", "one", "--last", "2"]);
    run(&["once", "--dry-run", "--feed", "two", "--last", "2"]);
    run(&["once", "--dry-run", "--feed", "two"]);
    run(&["once"]);
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn a_permanent_move_is_learnt_after_five_polls_and_the_configured_address_rests() {
    let server = Server::start(|request| match request.target.as_str() {
        "/old" => Answer::new(301, "", "").with("location", "/new"),
        _ => conditional(request, &rss("", &["a"])),
    });
    let home = Home::new(&format!("{NOWHERE}{}", feed("paper", &server.url("/old"), "")));
    let asked_for = |target: &str| server.asked().iter().filter(|request| request.target == target).count();
    for _ in 0..5 {
        home.run(&["feeds", "poll", "paper"]).expect(0);
    }
    assert_eq!((asked_for("/old"), asked_for("/new")), (5, 5));
    let told = home.run(&["feeds", "show", "paper", "--json"]).expect(0).json();
    assert_eq!((&told["learnt"], &told["url"]), (&server.url("/new").into(), &server.url("/old").into()));
    home.run(&["feeds", "poll", "paper"]).expect(0);
    assert_eq!((asked_for("/old"), asked_for("/new")), (5, 6));
    assert_eq!(
        server.asked().last().and_then(|request| request.header("if-none-match").map(str::to_owned)).as_deref(),
        Some("W/\"a b,c\"")
    );
}

#[test]
fn one_domain_gets_two_requests_at_once_and_a_moment_apart_while_others_go_on() {
    let (under_way, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let begun: Arc<Mutex<Vec<Instant>>> = Arc::default();
    let (now, peak, log) = (under_way.clone(), most.clone(), begun.clone());
    let crowded = Server::start(move |_| {
        log.lock().expect("the log").push(Instant::now());
        peak.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        // what a slow server does; nothing waits for a condition here
        std::thread::sleep(Duration::from_millis(300));
        now.fetch_sub(1, Ordering::SeqCst);
        Answer::new(200, "application/rss+xml", rss("", &["a"]))
    });
    let others: Arc<Mutex<Vec<Instant>>> = Arc::default();
    let log = others.clone();
    let free = Server::start_on("0.0.0.0:0", move |_| {
        log.lock().expect("the log").push(Instant::now());
        Answer::new(200, "application/rss+xml", rss("", &["a"]))
    });
    let mut feeds: Vec<String> = (0..12).map(|n| feed(&format!("c{n}"), &crowded.url(&format!("/{n}")), "")).collect();
    feeds.extend((1..=40).map(|n| feed(&format!("f{n}"), &format!("http://127.8.0.{n}:{}/", free.address.port()), "")));
    let home = Home::new(&format!("[http]\ndomain_gap = \"100ms\"\n{NOWHERE}{}", feeds.concat()));
    let mut once = home.command(&["once"]);
    once.env("BLOG_PASSWORD", "x").output().expect("the binary runs");
    let begun = begun.lock().expect("the log").clone();
    assert_eq!((begun.len(), others.lock().expect("the log").len()), (12, 40));
    assert_eq!(most.load(Ordering::SeqCst), 2);
    // a busy machine brings some of them late and so nearer to the next; without the gap every second pair comes together
    let close = begun.windows(2).filter(|pair| pair[1] - pair[0] < Duration::from_millis(60)).count();
    assert!(close <= 2, "{close} of 11 come together");
    let last_free = others.lock().expect("the log").iter().max().copied().expect("some");
    assert!(last_free < begun[5], "the other domains waited for the crowded one");
}

#[test]
fn entries_that_come_faster_than_they_were_read_raise_the_pace_and_a_delta_does_not() {
    let turn = Arc::new(AtomicUsize::new(0));
    let server = Server::start(move |request| match turn.fetch_add(1, Ordering::SeqCst) {
        0 => Answer::new(200, "application/rss+xml", rss("", &["a", "b"])).with("etag", "\"1\""),
        1 => {
            assert_eq!(request.header("a-im"), Some("feed"));
            Answer::new(226, "application/rss+xml", rss("", &["c"])).with("im", "feed").with("etag", "\"2\"")
        }
        2 => {
            assert_eq!(request.header("if-none-match"), Some("\"2\""));
            Answer::new(200, "application/rss+xml", rss("", &["b", "c", "d"])).with("etag", "\"3\"")
        }
        _ => Answer::new(200, "application/rss+xml", rss("", &["x", "y", "z"])),
    });
    let home = Home::new(&format!("{NOWHERE}{}", feed("paper", &server.url("/"), "every = \"24h\"")));
    let poll = || home.run(&["feeds", "poll", "paper", "--json"]).expect(0).json();
    assert_eq!(poll()["because"], "every 1d, as configured");
    let delta = poll();
    assert_eq!((&delta["new"], &delta["because"]), (&1.into(), &"every 1d, as configured".into()));
    assert_eq!(poll()["because"], "every 1d, as configured");
    assert_eq!(poll()["because"], "every 6h instead of 1d, as entries come faster than they were read");
    let told = home.run(&["feeds", "show", "paper", "--json"]).expect(0).json();
    assert_eq!(told["decided"], "overrun", "{told}");
}
