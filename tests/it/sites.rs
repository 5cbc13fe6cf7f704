//! Several sites: what each gets, and that a dead or slow one holds up only itself.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use wirepress::clock::Clock;
use wirepress::config;
use wirepress::domain::{Id, Timestamp};
use wirepress::pipeline::{Limit, Pipeline, Which};
use wirepress::store::Store;

use crate::support::binary::{Home, Run};
use crate::support::feed::Illustrated;
use crate::support::proxy::{Fault, Proxy};
use crate::support::running::Running;
use crate::support::server::{Answer, Server};
use crate::support::site::{Wordpress, wordpress, wordpress_at};

fn site(name: &str, url: &str, more: &str) -> String {
    format!(
        "[[site]]\nname = \"{name}\"\nurl = \"{url}\"\nuser = \"editor\"\npassword = {{ file = \"{name}.secret\" }}\nsettle = \"1s\"\n{more}\n"
    )
}

fn feed(name: &str, url: &str, sites: &str) -> String {
    format!("[[feed]]\nname = \"{name}\"\nurl = \"{url}\"\nsite = {sites}\nbackfill = 9\n")
}

fn home(config: &str, sites: &[(&str, &Wordpress)]) -> Home {
    let home = Home::new(config);
    for (name, site) in sites {
        std::fs::write(home.file(&format!("{name}.secret")), site.password("editor")).expect("written");
    }
    home
}

/// Takes every request, and answers none.
fn silent() -> Server {
    Server::start(|_| {
        std::thread::sleep(Duration::from_secs(900));
        Answer::new(200, "text/plain", "")
    })
}

#[test]
fn an_entry_goes_to_several_sites_each_with_its_own_template_status_and_terms() {
    let (first, second) = (wordpress(), wordpress_at("WIREPRESS_TEST_WP65"));
    let prefix = format!("Two sites {}", std::process::id());
    let source = Illustrated { images: false, ..Illustrated::new(&prefix, 2) }.serve();
    let config = [
        "[[template]]\nname = \"shout\"\ntitle = \"{{ title|upper }}\"\n".to_owned(),
        site("blog", &first.url, "status = \"publish\"\n"),
        site(
            "archive",
            &second.url,
            "status = \"pending\"\ntemplate = \"shout\"\nschedule = { max_per_day = 1 }\nterms = { stop = [\"*\"] }\n",
        ),
        // a rule sends the second entry to one of them alone
        "[[rule]]\nwhen = \"'number 1' in title\"\nthen = { site = [\"archive\", \"blog\"] }\n\
         [[rule]]\nwhen = \"'number 0' in title\"\nthen = { site = \"blog\" }\n"
            .to_owned(),
        feed("news", &source.url("/feed.xml"), "\"blog\""),
        "feed_categories = { to = \"tags\", new = \"create\" }\n".to_owned(),
    ];
    let home = home(&config.join("\n"), &[("blog", &first), ("archive", &second)]);
    home.run(&["once"]).expect(0);
    let told = |site: &Wordpress, prefix: &str| {
        let mut posts: Vec<(String, String, usize)> = site
            .posts_titled(prefix)
            .iter()
            .map(|post| {
                let text = |key: &str| post[key].as_str().unwrap_or_default().to_owned();
                (text("title"), text("status"), post["terms"]["post_tag"].as_array().map_or(0, Vec::len))
            })
            .collect();
        posts.sort();
        posts
    };
    let (zero, one) = (format!("{prefix} number 0"), format!("{prefix} number 1"));
    assert_eq!(told(&first, &prefix), [(zero, "publish".to_owned(), 2), (one.clone(), "publish".to_owned(), 2)]);
    assert_eq!(told(&second, &prefix.to_uppercase()), [(one.to_uppercase(), "pending".to_owned(), 0)]);
}

#[test]
fn a_site_that_never_answers_holds_up_no_other_one_in_once() {
    beside_a_dead_site("Beside a dead site", &["once"], 3);
}

#[test]
fn nor_where_a_limit_is_kept_by_all_sites_together() {
    beside_a_dead_site("Limited beside a dead site", &["once", "--limit", "2"], 2);
}

#[test]
fn all_sites_together_make_no_more_posts_than_the_limit() {
    let (first, second) = (wordpress(), wordpress_at("WIREPRESS_TEST_WP65"));
    let prefix = format!("Limit of all {}", std::process::id());
    let source = Illustrated { images: false, ..Illustrated::new(&prefix, 4) }.serve();
    let config =
        [site("blog", &first.url, ""), site("archive", &second.url, ""), feed("news", &source.url("/feed.xml"), "[\"blog\", \"archive\"]")];
    let home = home(&config.join("\n"), &[("blog", &first), ("archive", &second)]);
    let posts = || first.posts_titled(&prefix).len() + second.posts_titled(&prefix).len();
    for (run, want) in [3, 6, 8].into_iter().enumerate() {
        let said = home.run(&["once", "--limit", "3"]).expect(0);
        assert_eq!(posts(), want, "run {run}: {}", said.stdout);
    }
}

#[test]
fn a_post_whose_answer_was_lost_has_taken_of_the_limit() {
    let site = wordpress();
    let prefix = format!("Limit and doubt {}", std::process::id());
    let source = Illustrated { images: false, ..Illustrated::new(&prefix, 3) }.serve();
    let lost = AtomicBool::new(false);
    let proxy = Proxy::start(site.address(), move |request, _| {
        let is_creation = request.method == "POST" && (request.target.contains("batch/v1") || request.target.contains("wp/v2/posts"));
        (is_creation && !lost.swap(true, Ordering::SeqCst)).then_some(Fault::CutAfterCommit)
    });
    let config = [self::site("blog", &proxy.url(), "timeout = \"5s\""), feed("news", &source.url("/feed.xml"), "\"blog\"")];
    let home = home(&config.join("\n"), &[("blog", &site)]);
    let said = home.run(&["once", "--limit", "2"]);
    assert_eq!(site.posts_titled(&prefix).len(), 2, "{said:?}");
    assert!(said.stdout.ends_with("3 more wait\n"), "{}", said.stdout);
    // the third, and one of those two, which counts for this run
    let said = home.run(&["once", "--limit", "2"]).expect(0);
    assert_eq!(site.posts_titled(&prefix).len(), 3, "{said:?}");
    assert!(said.stdout.ends_with("1 more waits\n"), "{}", said.stdout);
    let said = home.run(&["once"]).expect(0);
    assert_eq!((site.posts_titled(&prefix).len(), said.stdout.contains("1 found on the site")), (3, true), "{said:?}");
}

/// So many posts of three come to the site that works while the other one is waited for.
fn beside_a_dead_site(name: &str, verb: &[&str], posts: usize) {
    let (alive, dead) = (wordpress(), silent());
    let prefix = format!("{name} {}", std::process::id());
    let source = Illustrated { images: false, ..Illustrated::new(&prefix, 2) }.serve();
    let other = Illustrated { images: false, ..Illustrated::new(&format!("{prefix} too"), 1) }.serve();
    let config = [
        site("dead", &dead.url("/"), "timeout = \"45s\""),
        site("alive", &alive.url, ""),
        feed("news", &source.url("/feed.xml"), "\"alive\""),
        feed("both", &other.url("/feed.xml"), "[\"dead\", \"alive\"]"),
    ];
    let home = home(&config.join("\n"), &[("dead", &alive), ("alive", &alive)]);
    let mut child = home.command(verb).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().expect("it runs");
    // the posts are there while the dead site is still waited for
    while alive.posts_titled(&prefix).len() < posts {
        assert!(child.try_wait().expect("a child").is_none(), "it ended, and the site that works got nothing");
        std::thread::sleep(Duration::from_millis(200));
    }
    let is_waiting = child.try_wait().expect("a child").is_none();
    child.kill().expect("killed");
    child.wait().expect("its end");
    assert!(is_waiting && !dead.asked().is_empty(), "it had given up the dead site by then, or never asked it");
}

#[test]
fn a_site_that_never_answers_holds_up_no_other_one_in_the_daemon() {
    let (alive, dead) = (wordpress(), silent());
    let prefix = format!("Daemon beside a dead site {}", std::process::id());
    let source = Illustrated { images: false, ..Illustrated::new(&prefix, 2) }.serve();
    let config = [
        site("dead", &dead.url("/"), "timeout = \"500s\""),
        site("alive", &alive.url, ""),
        feed("news", &source.url("/feed.xml"), "[\"dead\", \"alive\"]"),
    ];
    let home = home(&config.join("\n"), &[("dead", &alive), ("alive", &alive)]);
    let running = Running::start(&home, "");
    for _ in 0..2 {
        assert!(running.says("posted").contains("alive"));
    }
    assert_eq!(alive.posts_titled(&prefix).len(), 2);
    let status = home.run(&["status", "--json"]).expect(0).json();
    let published = |name: &str| {
        let sites = status["sites"].as_array().expect("sites").iter();
        sites.filter(|site| site["name"] == name).filter_map(|site| site["deliveries"]["published"].as_u64()).sum::<u64>()
    };
    assert_eq!((published("alive"), published("dead")), (2, 0), "{status:#}");
    running.signal("KILL");
    running.ends();
}

/// What `status` says of the only site's breaker.
fn breaker(home: &Home) -> (String, u64) {
    let status = Run::of(home.command(&["status", "--json"]).output().expect("the binary runs")).expect(0).json();
    let breaker = &status["sites"][0]["breaker"];
    (breaker["state"].as_str().expect("a state").to_owned(), breaker["failures"].as_u64().expect("a number"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_breaker_opens_at_a_failure_of_the_site_and_one_post_alone_closes_it() {
    let site_itself = wordpress();
    let prefix = format!("Breaker {}", std::process::id());
    let source = Illustrated { images: false, ..Illustrated::new(&prefix, 6) }.serve();
    let is_down = Arc::new(AtomicBool::new(true));
    let made: Arc<Mutex<Vec<usize>>> = Arc::default();
    let (down, log) = (is_down.clone(), made.clone());
    let proxy = Proxy::start(site_itself.address(), move |request, _| {
        if request.method != "POST" {
            return None;
        }
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        log.lock().expect("the log").push(body["requests"].as_array().map_or(1, Vec::len));
        // it reads, but takes nothing
        down.load(Ordering::SeqCst).then_some(Fault::NotDone(429, "text/html", "<h1>Too many requests</h1>", Some(60)))
    });
    let config = [site("blog", &proxy.url(), ""), feed("news", &source.url("/feed.xml"), "\"blog\"")];
    let home = home(&config.join("\n"), &[("blog", &site_itself)]);
    let real = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs().cast_signed();
    let clock = Clock::set_to(Timestamp::from_unix(real));
    let pass = async || {
        let config = config::load(&home.file("wirepress.toml")).unwrap_or_else(|problems| panic!("{problems}")).config;
        let url = format!("sqlite://{}", home.file("wirepress.db").display());
        let store = Store::open(&url, clock.now()).await.expect("a store");
        let pipeline =
            Pipeline::new(Arc::new(config), store.clone(), clock.clone(), Id::new(clock.now()), None, "test").await.expect("one");
        pipeline.poll_pass(Which::Due).await.expect("a poll");
        pipeline.prepare_pass().await.expect("prepared");
        for site in pipeline.sites() {
            pipeline.publish_pass(&site, None).await.expect("published");
        }
        store.close().await;
        std::mem::take(&mut *made.lock().expect("the log"))
    };
    let first = pass().await;
    assert_eq!(first.iter().sum::<usize>(), 6, "closed: all of them at once");
    assert_eq!(breaker(&home), ("open".to_owned(), 1));
    clock.advance(Duration::from_secs(30));
    assert_eq!(pass().await, [0; 0], "open: nothing is sent");
    clock.advance(Duration::from_secs(31));
    assert_eq!(pass().await, [1], "half open: one alone");
    assert_eq!(breaker(&home), ("open".to_owned(), 2), "and it opens again, for longer, also for a process that starts anew");
    clock.advance(Duration::from_secs(290));
    assert_eq!(pass().await, [0; 0]);
    clock.advance(Duration::from_secs(11));
    is_down.store(false, Ordering::SeqCst);
    let last = pass().await;
    assert_eq!(last[0], 1, "one goes first: {last:?}");
    assert!(last.iter().any(|posts| *posts >= 5), "then all others together: {last:?}");
    assert_eq!(breaker(&home), ("closed".to_owned(), 0));
    assert_eq!(site_itself.posts_titled(&prefix).len(), 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_breaker_opens_at_three_requests_in_a_row_without_a_clear_answer_and_not_at_two() {
    let site_itself = wordpress();
    let prefix = format!("Unclear {}", std::process::id());
    let source = Illustrated { images: false, ..Illustrated::new(&prefix, 6) }.serve();
    let count = std::sync::atomic::AtomicUsize::new(0);
    // WordPress makes all six, and only the third answer arrives
    let proxy = Proxy::start(site_itself.address(), move |request, _| {
        let number = if request.method == "POST" { count.fetch_add(1, Ordering::SeqCst) } else { return None };
        [true, true, false, true, true, true].get(number).is_some_and(|cut| *cut).then_some(Fault::CutAfterCommit)
    });
    let config = [site("blog", &proxy.url(), ""), feed("news", &source.url("/feed.xml"), "\"blog\"\nslug = \"keyed\"")];
    let home = home(&config.join("\n"), &[("blog", &site_itself)]);
    let real = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs().cast_signed();
    let clock = Clock::set_to(Timestamp::from_unix(real));
    let config = config::load(&home.file("wirepress.toml")).unwrap_or_else(|problems| panic!("{problems}")).config;
    let store = Store::open(&format!("sqlite://{}", home.file("wirepress.db").display()), clock.now()).await.expect("a store");
    let pipeline = Pipeline::new(Arc::new(config), store.clone(), clock.clone(), Id::new(clock.now()), None, "test").await.expect("one");
    pipeline.poll_pass(Which::Due).await.expect("a poll");
    pipeline.prepare_pass().await.expect("prepared");
    let blog = pipeline.sites().remove(0);
    // one by one: what may have been made counts as well as what was
    for (number, (made, breaks)) in [(0, false), (0, false), (1, false), (0, false), (0, false), (0, true)].into_iter().enumerate() {
        let pass = pipeline.publish_pass(&blog, Some(&Limit::new(1))).await.expect("published");
        assert_eq!((pass.made, pass.waiting, pass.resting.is_some()), (made, 1 - made, breaks), "post {number}");
        assert_eq!(breaker(&home), if breaks { ("open".to_owned(), 1) } else { ("closed".to_owned(), 0) }, "post {number}");
    }
    clock.advance(Duration::from_secs(600));
    let last = pipeline.publish_pass(&blog, None).await.expect("published");
    assert_eq!(last.made + last.adopted, 5, "what was in doubt is found");
    assert_eq!(breaker(&home), ("closed".to_owned(), 0));
    assert_eq!(site_itself.posts_titled(&prefix).len(), 6);
}

#[test]
fn check_adds_up_what_the_feeds_of_a_group_may_post() {
    let group = "[[group]]\nname = \"news\"\nschedule = { max_per_day = 10 }\n[group.feeds]\none = \"./one.xml\"\ntwo = \"./two.xml\"\n";
    let home = Home::new(&format!("{}\n{group}", site("blog", "https://blog.example", "")));
    std::fs::write(home.file("blog.secret"), "x").expect("written");
    let notes = home.run(&["check", "--offline", "--json"]).expect(0).json()["config"]["notes"].clone();
    let told = notes[0].as_str().expect("a note");
    assert!(told.contains("the 2 feeds of `news` may post 20 a day together; a `schedule` of the site limits them all"), "{told}");
    home.configure(&format!("{}\n{}", site("blog", "https://blog.example", ""), group.replace("max_per_day = 10", "spacing = \"1h\"")));
    assert_eq!(home.run(&["check", "--offline", "--json"]).expect(0).json()["config"]["notes"], serde_json::json!([]));
}
