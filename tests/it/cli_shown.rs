//! What `why`, `feeds list` and `status` show of what the store keeps, on both databases.

use std::time::Duration;

use serde_json::Value;
use wirepress::domain::Timestamp;

use crate::store_stage::{OWNER, SPAN, Stage, on_both};
use crate::support::binary::{Home, Run};
use crate::support::feed::Illustrated;
use crate::support::site::wordpress;

/// A home on this store.
fn home(config: &str) -> Home {
    Home::new(&format!("[store]\nurl = {{ env = \"STORE_URL\" }}\n\n{config}"))
}

fn run(stage: &Stage, home: &Home, password: &str, arguments: &[&str]) -> Run {
    let mut command = home.command(arguments);
    Run::of(command.env("STORE_URL", &stage.url).env("BLOG_PASSWORD", password).output().expect("the binary runs"))
}

fn site(url: &str, more: &str) -> String {
    format!(
        "[[site]]\nname = \"blog\"\nurl = \"{url}\"\nuser = \"editor\"\npassword = {{ env = \"BLOG_PASSWORD\" }}\nsettle = \"1s\"\nlanguage = \"en\"\n{more}\n"
    )
}

/// The lines that begin with one of these words.
fn lines(text: &str, words: &[&str]) -> Vec<String> {
    let is_meant = |line: &&str| words.iter().any(|word| line.trim_start().starts_with(word));
    text.lines().filter(is_meant).map(str::to_owned).collect()
}

/// Every rule of an item and of its deliveries.
fn rules(life: &Value) -> Vec<Value> {
    let own = life["rules"].as_array().into_iter().flatten().cloned();
    let of_deliveries =
        life["deliveries"].as_array().into_iter().flatten().flat_map(|one| one["rules"].as_array().into_iter().flatten().cloned());
    own.chain(of_deliveries).collect()
}

on_both! {
    async fn why_still_answers_when_the_bodies_were_dropped(stage) {
        let wp = wordpress();
        let prefix = format!("Kept {} {}", if stage.is_sqlite() { "lite" } else { "pg" }, std::process::id());
        let feed = Illustrated { images: false, ..Illustrated::new(&prefix, 2) }.serve();
        let more = format!(
            "[[feed]]\nname = \"news\"\nurl = \"{}\"\n\n[[rule]]\nwhen = \"title is matching('number 1$')\"\nthen = {{ skip = \"odd\" }}\n\n\
             [[rule]]\nwhen = \"words > 3 and title is containing('number')\"\nthen = {{ score = 7, add_tags = [\"numbered\"] }}",
            feed.url("/feed.xml")
        );
        let home = home(&site(&wp.url, &more));
        let password = wp.password("editor");
        run(stage, &home, &password, &["once"]).expect(0);
        let link = |number: u32| format!("https://news.example/{}/{number}", prefix.replace(' ', "-"));
        let why = |number: u32| run(stage, &home, &password, &["why", &link(number)]).expect(0).stdout;
        let why_json = |number: u32| run(stage, &home, &password, &["why", &link(number), "--json"]).expect(0).json();
        let told = ["rule", "because", "score"];
        let before = [0, 1].map(|number| (lines(&why(number), &told), rules(&why_json(number))));

        let later = Timestamp::from_unix(crate::wordpress::now().unix() + 400 * 86_400);
        while !stage.store.prune(later, Duration::from_secs(86_400), 100).await.unwrap().is_done() {}
        for number in [0, 1] {
            let id = why_json(number)["id"].as_str().expect("an id").parse().expect("an id");
            let item = stage.store.item(id).await.unwrap().expect("the item");
            assert_eq!(item.entry, None, "the body is gone");
            assert!(stage.store.deliveries_of(id).await.unwrap().iter().all(|delivery| delivery.draft.is_none()), "and the draft");
        }

        let after = [0, 1].map(|number| (lines(&why(number), &told), rules(&why_json(number))));
        assert_eq!(after, before);
        let [(posted, posted_rules), (skipped, skipped_rules)] = after;
        let line = std::fs::read_to_string(home.file("wirepress.toml")).expect("it").lines().position(|line| line.starts_with("when = \"words")).expect("it") + 1;
        let at = format!("wirepress.toml:{line}");
        assert!(posted.iter().any(|told| told.contains(&format!("{at}: ")) && told.contains("saw ") && told.contains("words = ")), "{posted:?}");
        assert!(posted.iter().any(|told| told.contains("score") && told.contains("7 (+7 ")), "{posted:?}");
        assert!(skipped.iter().any(|told| told.contains("skipped by a rule: odd")), "{skipped:?}");
        let [rule] = &posted_rules[..] else { panic!("{posted_rules:?}") };
        assert_eq!(rule["at"], at);
        assert_eq!(rule["saw"]["title"], format!("{prefix} number 0"), "{rule}");
        assert!(rule["saw"]["words"].as_str().is_some_and(|words| words.parse::<u32>().is_ok_and(|words| words > 3)), "{rule}");
        let [rule] = &skipped_rules[..] else { panic!("{skipped_rules:?}") };
        assert_eq!((&rule["then"], &rule["saw"]["title"]), (&"skip: odd".into(), &format!("{prefix} number 1").into()));
    }

    async fn a_blocked_feed_is_listed_with_the_verb_that_ends_it(stage) {
        let more = "[[feed]]\nname = \"paper\"\nurl = \"./paper.xml\"\n\n[[feed]]\nname = \"its own\"\nurl = \"https://feeds.thief.example/rss\"";
        let home = home(&site("http://127.0.0.1:9", more));
        std::fs::write(home.file("paper.xml"), "<rss version=\"2.0\"><channel><title>The Paper</title></channel></rss>").expect("written");
        let run = |arguments: &[&str]| run(stage, &home, "none", arguments);
        run(&["once", "--feed", "paper"]).expect(0);
        run(&["blocklist", "add", "thief.example", "--yes"]).expect(0);

        let ends = "`thief.example` is blocked; `wirepress blocklist remove thief.example` ends it";
        let list = run(&["feeds", "list"]).expect(0).stdout;
        let line = list.lines().find(|line| line.starts_with("its own")).expect("its line").split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(line, format!("its own blocked never - {ends}"));
        let json = run(&["feeds", "list", "--json"]).expect(0).json();
        let (paper, own) = (&json[0], &json[1]);
        assert_eq!((&own["state"], &own["blocked"], &own["next_poll"]), (&"blocked".into(), &"thief.example".into(), &Value::Null), "{own}");
        assert_eq!((&paper["state"], &paper["blocked"]), (&"fine".into(), &Value::Null), "{paper}");
        let status = run(&["status"]).expect(0).stdout;
        assert!(status.contains("feeds       1 fine, 1 blocked; next poll ") && status.contains(": `paper`\n"), "{status}");
        assert!(status.contains(&format!("\nfeed `its own` is not polled: {ends}\n")), "{status}");
        let feeds = &run(&["status", "--json"]).expect(0).json()["feeds"];
        assert_eq!((&feeds[1]["state"], &feeds[1]["blocked"]), (&"blocked".into(), &"thief.example".into()));

        run(&["blocklist", "remove", "thief.example"]).expect(0);
        let json = run(&["feeds", "list", "--json"]).expect(0).json();
        assert_eq!((&json[1]["state"], &json[1]["blocked"]), (&"new".into(), &Value::Null));
        assert!(json[1]["next_poll"].is_string(), "{json}");
        assert!(!run(&["status"]).expect(0).stdout.contains("blocked"));
    }

    async fn the_days_new_terms_stand_in_status_beside_what_the_site_may_have(stage) {
        let limits = |most: u32| format!("[site.terms]\nmax_new_per_day = {most}\n\n[[feed]]\nname = \"paper\"\nurl = \"./paper.xml\"");
        let home = home(&site("http://127.0.0.1:9", &limits(5)));
        std::fs::write(home.file("paper.xml"), "<rss version=\"2.0\"><channel><title>The Paper</title></channel></rss>").expect("written");
        let run = |arguments: &[&str]| run(stage, &home, "none", arguments);
        run(&["once"]).expect(0);
        assert!(!run(&["status"]).expect(0).stdout.contains("new term"), "nothing is said of none");
        let json = run(&["status", "--json"]).expect(0).json();
        assert_eq!(json["sites"][0]["new_terms"], serde_json::json!({ "today": 0, "most": 5, "left_out": 0 }));

        // a midnight in between would make it another day's
        for _ in 0..2 {
            let now = crate::wordpress::now();
            let today = wirepress::publish::Budget::day_of(now);
            let blog = stage.store.sites().await.unwrap().into_iter().find(|site| site.name == "blog").expect("the site").id;
            let lease = stage.store.claim_site(blog, OWNER, now, SPAN).await.unwrap().expect("nobody else writes to it");
            let path = |name: &str| ("tags".to_owned(), name.to_owned());
            stage.store.terms_begin(&lease, now, &[path("a"), path("b")], today).await.unwrap();
            stage.store.terms_left_out(&lease, today, 1).await.unwrap();
            stage.store.release_site(lease).await.unwrap();
            let (text, json) = (run(&["status"]).expect(0).stdout, run(&["status", "--json"]).expect(0).json());
            if wirepress::publish::Budget::day_of(crate::wordpress::now()) == today {
                assert!(text.contains("site `blog`: 2 new terms today, of 5 that it may have; 1 time a post went without one\n"), "{text}");
                assert_eq!(json["sites"][0]["new_terms"], serde_json::json!({ "today": 2, "most": 5, "left_out": 1 }));
                break;
            }
        }
        home.configure(&std::fs::read_to_string(home.file("wirepress.toml")).expect("it").replace("= 5", "= 0"));
        let text = run(&["status"]).expect(0).stdout;
        assert!(!text.contains("that it may have"), "without a limit none is told: {text}");
    }
}
