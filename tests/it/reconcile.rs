//! The store and the site brought together again: after a lost store, a restored backup, people's work, another program, a new address.

use serde_json::{Value, json};

use crate::support::binary::{Home, Run};
use crate::support::feed::Illustrated;
use crate::support::proxy::Proxy;
use crate::support::server::{Answer, Server};
use crate::support::site::{Wordpress, wordpress, wordpress_at};

/// A feed, a site, and homes whose stores come and go.
struct World {
    site: Wordpress,
    prefix: String,
    feed: Server,
}

impl World {
    fn new(name: &str, site: Wordpress, count: usize) -> Self {
        let prefix = format!("{name} {}", std::process::id());
        let feed = Illustrated { images: false, ..Illustrated::new(&prefix, count) }.serve();
        Self { site, prefix, feed }
    }

    fn config(&self, url: &str, more: &str) -> String {
        format!(
            "[[site]]\nname = \"blog\"\nurl = \"{url}\"\nuser = \"editor\"\npassword = {{ env = \"BLOG_PASSWORD\" }}\nsettle = \"1s\"\n\
             \n[[feed]]\nname = \"news\"\nurl = \"{}\"\nbackfill = 50\nstatus = \"publish\"\n{more}",
            self.feed.url("/feed.xml")
        )
    }

    fn home(&self) -> Home {
        Home::new(&self.config(&self.site.url, ""))
    }

    fn run(&self, home: &Home, arguments: &[&str]) -> Run {
        Run::of(home.command(arguments).env("BLOG_PASSWORD", self.site.password("editor")).output().expect("the binary runs"))
    }

    fn posts(&self) -> Vec<Value> {
        self.site.posts_titled(&self.prefix)
    }

    fn ids(&self) -> Vec<u64> {
        self.posts().iter().map(|post| post["id"].as_u64().expect("an id")).collect()
    }

    /// What a person does over REST.
    fn person(&self, route: &str, body: &Value) -> Value {
        let output = std::process::Command::new("curl")
            .args(["-sS", "--max-time", "60", "-X", "POST", "-u", &format!("admin:{}", self.site.password("admin"))])
            .args(["-H", "Content-Type: application/json", "-d", &body.to_string()])
            .arg(format!("{}/wp-json/wp/v2/{route}", self.site.url))
            .output()
            .expect("curl");
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stdout)))
    }

    /// As a restored backup does it: gone, and not by the trash.
    fn vanish(&self, ids: &[u64]) {
        ids.iter().for_each(|id| self.site.delete(&format!("wp/v2/posts/{id}?force=true"), "admin"));
    }
}

fn different(found: &Value) -> Vec<(u64, Vec<String>)> {
    let all = found["sites"][0]["different"].as_array().expect("a list");
    let words =
        |one: &Value| one["different"].as_array().expect("words").iter().map(|word| word.as_str().unwrap_or("").to_owned()).collect();
    all.iter().map(|one| (one["post"].as_u64().unwrap_or(0), words(one))).collect()
}

#[test]
fn what_people_did_is_told_and_nothing_else() {
    let world = World::new("Resync", wordpress(), 5);
    let home = world.home();
    world.run(&home, &["once"]).expect(0);
    let none = world.run(&home, &["resync", "--json"]).expect(0).json();
    assert_eq!((different(&none), &none["sites"][0]["looked_at"]), (Vec::new(), &json!(5)));
    let ids = world.ids();
    // WordPress tells in whole seconds when a post was touched
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    world.site.edit(ids[0], "admin", &format!("{} edited", world.prefix));
    world.site.delete(&format!("wp/v2/posts/{}", ids[1]), "admin");
    world.vanish(&ids[2..3]);
    world.person(&format!("posts/{}", ids[3]), &json!({ "slug": format!("a-person-s-own-{}", std::process::id()) }));
    let found = world.run(&home, &["resync", "--json"]).expect(0).json();
    let mut told = different(&found);
    told.sort();
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let want =
        [(ids[0], words(&["edited"])), (ids[1], words(&["trashed"])), (ids[2], words(&["gone"])), (ids[3], words(&["touched", "slug"]))];
    assert_eq!(told, want);
    assert_eq!(found["sites"][0]["withdrawn"], 2);
    let again = world.run(&home, &["resync", "--json"]).expect(0).json();
    let left: Vec<u64> = different(&again).into_iter().map(|(id, _)| id).collect();
    assert_eq!(left.len(), 2, "what is withdrawn is looked at no more: {again}");
    world.run(&home, &["once", "--feed", "news"]).expect(0);
    assert_eq!(world.ids().len(), 4, "what was deleted isn't made again");
}

#[test]
fn a_restored_backup_waits_for_a_persons_word_and_then_makes_its_posts_again_once() {
    let world = World::new("Restored", wordpress(), 6);
    let home = world.home();
    world.run(&home, &["once"]).expect(0);
    world.vanish(&world.ids());
    let run = world.run(&home, &["once", "--feed", "news"]).expect(0);
    assert!(world.posts().is_empty());
    let found = world.run(&home, &["resync", "--json"]).expect(0).json();
    assert_eq!((&found["sites"][0]["restored"], &found["sites"][0]["withdrawn"]), (&json!(true), &json!(0)), "{} {found}", run.stderr);
    let status = world.run(&home, &["status"]).expect(0).stdout;
    assert!(status.contains("6 posts of ours are gone from blog"), "{status}");
    world.run(&home, &["once", "--feed", "news"]).expect(0);
    assert!(world.posts().is_empty(), "nothing is made again before a person says so");
    let said = world.run(&home, &["resync", "--remake"]).expect(2);
    assert!(said.stderr.contains("there is nobody to ask"), "{}", said.stderr);
    let again = world.run(&home, &["resync", "--remake", "--yes", "--json"]).expect(0).json();
    assert_eq!((&again["sites"][0]["again"], &again["sites"][0]["restored"]), (&json!(6), &json!(false)));
    world.run(&home, &["once"]).expect(0);
    world.run(&home, &["once", "--feed", "news"]).expect(0);
    assert_eq!(world.ids().len(), 6);
    assert!(!world.run(&home, &["status"]).expect(0).stdout.contains("are gone from"));
    let whole = world.run(&home, &["resync", "--json"]).expect(0).json();
    assert_eq!(different(&whole), Vec::new());
}

#[test]
fn a_restored_backup_that_is_accepted_is_posted_no_more() {
    let world = World::new("Accepted", wordpress(), 6);
    let home = world.home();
    world.run(&home, &["once"]).expect(0);
    world.vanish(&world.ids());
    let found = world.run(&home, &["resync", "--accept", "--yes", "--json"]).expect(0).json();
    assert_eq!((&found["sites"][0]["withdrawn"], &found["sites"][0]["restored"]), (&json!(6), &json!(false)));
    world.run(&home, &["once", "--feed", "news"]).expect(0);
    assert!(world.posts().is_empty());
}

#[test]
fn a_daemons_pass_tells_once_that_many_posts_are_gone() {
    let world = World::new("Glance", wordpress(), 6);
    let home = world.home();
    world.run(&home, &["once"]).expect(0);
    world.vanish(&world.ids());
    // something new is due: the pass looks at the site
    let more = Illustrated { images: false, ..Illustrated::new(&format!("{} more", world.prefix), 1) }.serve();
    home.configure(&format!("{}\n[[feed]]\nname = \"more\"\nurl = \"{}\"\n", world.config(&world.site.url, ""), more.url("/feed.xml")));
    let first = world.run(&home, &["once"]).expect(0);
    assert!(first.stderr.contains("was it restored from a backup?"), "{}", first.stderr);
    assert!(world.run(&home, &["status", "--json"]).expect(0).json()["vanished"][0]["posts"] == 6);
    let next = Illustrated { images: false, ..Illustrated::new(&format!("{} next", world.prefix), 1) }.serve();
    home.configure(&format!("{}\n[[feed]]\nname = \"next\"\nurl = \"{}\"\n", world.config(&world.site.url, ""), next.url("/feed.xml")));
    let second = world.run(&home, &["once"]).expect(0);
    assert!(!second.stderr.contains("was it restored from a backup?"), "one alert: {}", second.stderr);
}

#[test]
fn a_lost_store_is_rebuilt_from_the_site_and_posts_nothing_twice_whatever_became_of_titles_and_slugs() {
    let newest = std::env::var_os("WIREPRESS_TEST_WP7").map(|_| "WIREPRESS_TEST_WP7");
    for variable in ["WIREPRESS_TEST_WP", "WIREPRESS_TEST_WP61"].into_iter().chain(newest) {
        let world = World::new("Adopted", wordpress_at(variable), 5);
        world.run(&world.home(), &["once"]).expect(0);
        let ids = world.ids();
        // of these nothing but the mark tells whose they are
        world.person(
            &format!("posts/{}", ids[0]),
            &json!({ "slug": format!("own-{}", ids[0]), "title": format!("{} renamed", world.prefix) }),
        );
        world.person(&format!("posts/{}", ids[1]), &json!({ "slug": format!("own-{}", ids[1]), "status": "draft" }));
        world.site.delete(&format!("wp/v2/posts/{}", ids[2]), "admin");
        let fresh = world.home();
        let preview = world.run(&fresh, &["adopt", "--dry-run", "--json"]).expect(0).json();
        let ours = |found: &Value| -> Vec<Value> {
            let posts = found["sites"][0]["posts"].as_array().expect("posts").iter();
            posts.filter(|post| post["post"].as_u64().is_some_and(|id| ids.contains(&id))).cloned().collect()
        };
        assert_eq!(ours(&preview).len(), 5, "{variable}: {preview}");
        let adopted = world.run(&fresh, &["adopt", "--json"]).expect(0).json();
        assert!(ours(&adopted).iter().all(|post| post["became"] == "adopted"), "{adopted}");
        assert_eq!(ours(&adopted).iter().filter(|post| post["trashed"] == true).count(), 1);
        let sources = ours(&adopted)
            .iter()
            .filter(|post| post["source"].as_str().is_some_and(|link| link.starts_with("https://news.example/")))
            .count();
        assert_eq!(sources, 5);
        let again = world.run(&fresh, &["adopt", "--json"]).expect(0).json();
        assert!(ours(&again).iter().all(|post| post["became"] == "known"), "{again}");
        let run = world.run(&fresh, &["once"]).expect(0);
        assert_eq!(world.ids(), ids, "{variable}: {}", run.stdout);
        let why = world.run(&fresh, &["why", &format!("https://news.example/{}/0", world.prefix.replace(' ', "-"))]).expect(0).stdout;
        assert!(why.contains("adopted from the site"), "{why}");
    }
}

#[test]
fn a_delivery_that_waits_and_is_there_under_another_slug_is_not_sent_after_adopt() {
    let world = World::new("Waits", wordpress(), 2);
    world.run(&world.home(), &["once"]).expect(0);
    for id in world.ids() {
        world.person(&format!("posts/{id}"), &json!({ "slug": format!("own-{id}") }));
    }
    let fresh = world.home();
    // everything is prepared, and one is sent: the other waits
    world.run(&fresh, &["pause", "--site", "blog"]).expect(0);
    let paused = world.run(&fresh, &["once"]);
    assert_eq!(world.ids().len(), 2, "{}", paused.stdout);
    let adopted = world.run(&fresh, &["adopt", "--json"]).expect(0).json();
    let posts = adopted["sites"][0]["posts"].as_array().expect("posts");
    let waited = posts.iter().filter(|post| post["became"] == "waited").count();
    assert_eq!(waited, 2, "{}", paused.stdout);
    world.run(&fresh, &["resume", "--site", "blog"]).expect(0);
    world.run(&fresh, &["once", "--feed", "news"]).expect(0);
    assert_eq!(world.ids().len(), 2);
}

#[test]
fn what_other_programs_posted_is_not_posted_again() {
    let world = World::new("Imported", wordpress(), 6);
    let link = |n: usize| format!("https://news.example/{}/{n}", world.prefix.replace(' ', "-"));
    let post = |n: usize, content: &str, meta: Value| {
        let made = world.person(
            "posts",
            &json!({ "title": format!("{} by another program {n}", world.prefix), "status": "publish", "content": content, "meta": meta }),
        );
        assert!(made["id"].is_u64(), "{made}");
    };
    post(0, "WPeMatico's", json!({ "wpe_sourcepermalink": link(0) }));
    post(1, "WP RSS Aggregator's", json!({ "wprss_item_permalink": format!("{}?utm_source=rss", link(1)) }));
    post(2, "FeedWordPress'", json!({ "syndication_permalink": link(2) }));
    // Feedzy's key is hidden: only its link tells
    post(5, "WP RSS Aggregator's fifth", json!({ "_wpra_url": link(5), "_wpra_guid": "a text" }));
    post(3, &format!("<p>Feedzy's</p><p><a href=\"{}\">Read more</a></p>", link(3)), json!({}));
    let home = world.home();
    let preview = world.run(&home, &["import", "--dry-run", "--json"]).expect(0).json();
    let told = |found: &Value| -> Vec<(String, String)> {
        let posts = found["sites"][0]["posts"].as_array().expect("posts").iter();
        let ours = posts.filter(|post| post["title"].as_str().is_some_and(|title| title.starts_with(&world.prefix)));
        let word = |post: &Value, name: &str| post[name].as_str().unwrap_or("").to_owned();
        ours.map(|post| (word(post, "posted_by"), word(post, "told_by"))).collect()
    };
    let of = |by: &str, told: &str| (by.to_owned(), told.to_owned());
    let four = [
        of("WPeMatico", "`wpe_sourcepermalink`"),
        of("WP RSS Aggregator", "`wprss_item_permalink`"),
        of("FeedWordPress", "`syndication_permalink`"),
        of("WP RSS Aggregator", "`_wpra_url`"),
    ];
    assert_eq!(told(&preview), four);
    world.run(&home, &["import", "--yes"]).expect(0);
    let feedzy = world.run(&home, &["import", "--from", "feedzy", "--links", "--yes", "--json"]).expect(0).json();
    assert!(told(&feedzy).contains(&of("Feedzy", "last link")), "{feedzy}");
    world.run(&home, &["once"]).expect(0);
    let made: Vec<String> = world
        .posts()
        .iter()
        .filter_map(|post| post["title"].as_str())
        .filter(|title| title.contains("number"))
        .map(str::to_owned)
        .collect();
    assert_eq!(made, [format!("{} number 4", world.prefix)]);
    let why = world.run(&home, &["why", &link(0)]).expect(0).stdout;
    assert!(why.contains("posted by WPeMatico before"), "{why}");
    let wrong = world.run(&home, &["import", "--from", "feedzi"]).expect(2);
    assert!(wrong.stderr.contains("did you mean `feedzy`?"), "{}", wrong.stderr);
}

#[test]
fn a_site_at_a_new_address_is_followed_and_nothing_is_posted_again() {
    let world = World::new("Moved", wordpress(), 4);
    let home = world.home();
    world.run(&home, &["once"]).expect(0);
    let ids = world.ids();
    // the same site behind another address
    let proxy = Proxy::start(world.site.address(), |_, _| None);
    home.configure(&world.config(&proxy.url(), ""));
    let preview = world.run(&home, &["sites", "move", "blog", "--dry-run", "--json"]).expect(0).json();
    assert_eq!((&preview["same"], &preview["renumbered"], &preview["moved"]), (&json!(4), &json!(0), &json!(false)), "{preview}");
    let moved = world.run(&home, &["sites", "move", "blog", "--json"]).expect(0).json();
    assert_eq!((&moved["same"], &moved["moved"]), (&json!(4), &json!(true)));
    world.run(&home, &["once", "--feed", "news"]).expect(0);
    assert_eq!(world.ids(), ids);
    // the journal came along: the run can be taken back there
    let undone = world.run(&home, &["undo", "--last", "--yes", "--json"]).expect(0).json();
    assert!(undone["posts"].as_array().expect("posts").iter().all(|post| post["fate"] == "trashed"), "{undone}");
}

#[test]
fn a_copy_that_numbers_its_posts_anew_is_followed_by_their_marks_and_another_site_is_not() {
    let world = World::new("Staging", wordpress(), 3);
    let home = world.home();
    world.run(&home, &["once"]).expect(0);
    let live = wordpress_at("WIREPRESS_TEST_WP61");
    home.configure(&world.config(&live.url, ""));
    let at_live = |arguments: &[&str]| {
        Run::of(home.command(arguments).env("BLOG_PASSWORD", live.password("editor")).output().expect("the binary runs"))
    };
    let refused = at_live(&["sites", "move", "blog"]).expect(2);
    assert!(refused.stderr.contains("is it the same site?"), "{}", refused.stderr);
    // another store posts the same entries there: as an export and import would, with other numbers
    let copy = Home::new(&world.config(&live.url, ""));
    Run::of(copy.command(&["once"]).env("BLOG_PASSWORD", live.password("editor")).output().expect("the binary runs")).expect(0);
    let moved = at_live(&["sites", "move", "blog", "--json"]).expect(0).json();
    let found = moved["same"].as_u64().unwrap_or(0) + moved["renumbered"].as_u64().unwrap_or(0);
    assert_eq!((found, &moved["missing"]), (3, &json!([])), "{moved}");
    at_live(&["once", "--feed", "news"]).expect(0);
    assert_eq!(live.posts_titled(&world.prefix).len(), 3);
    let compared = at_live(&["resync", "--json"]).expect(0).json();
    assert_eq!(compared["sites"][0]["looked_at"], 3);
    assert!(different(&compared).iter().all(|(_, words)| !words.contains(&"gone".to_owned())), "{compared}");
}

#[test]
fn an_upload_whose_post_never_came_is_listed() {
    let site = wordpress();
    let prefix = format!("Orphan {}", std::process::id());
    let feed = Illustrated::new(&prefix, 2).serve();
    let home = Home::new(&format!(
        "[[site]]\nname = \"blog\"\nurl = \"{}\"\nuser = \"editor\"\npassword = {{ env = \"BLOG_PASSWORD\" }}\nsettle = \"1s\"\n\
         \n[[feed]]\nname = \"news\"\nurl = \"{}\"\nimages = \"copy\"\n",
        site.url,
        feed.url("/feed.xml")
    ));
    let run = |arguments: &[&str]| {
        Run::of(home.command(arguments).env("BLOG_PASSWORD", site.password("editor")).output().expect("the binary runs"))
    };
    run(&["once"]).expect(0);
    assert_eq!(run(&["resync", "--json"]).expect(0).json()["sites"][0]["orphans"], json!([]));
    // deleted for good, not in the trash: its picture is left
    let posts = site.posts_titled(&prefix);
    site.delete(&format!("wp/v2/posts/{}?force=true", posts[0]["id"]), "admin");
    run(&["resync"]).expect(0);
    let found = run(&["resync", "--json"]).expect(0).json();
    let orphans: Vec<&Value> = found["sites"][0]["orphans"].as_array().expect("a list").iter().map(|one| &one["id"]).collect();
    assert_eq!(orphans, [&posts[0]["featured_media"]], "{found}");
}

#[test]
fn a_blocked_sources_posts_are_found_also_after_the_store_was_lost() {
    let world = World::new("Blocked", wordpress(), 2);
    world.run(&world.home(), &["once"]).expect(0);
    let fresh = world.home();
    world.run(&fresh, &["adopt"]).expect(0);
    let plan = world.run(&fresh, &["blocklist", "add", "news.example", "--dry-run", "--json"]).expect(0).json();
    let found =
        plan["posts"].as_array().expect("posts").iter().filter(|post| world.ids().contains(&post["post"].as_u64().unwrap_or(0))).count();
    assert_eq!(found, 2, "{plan}");
    world.run(&fresh, &["blocklist", "add", "news.example", "--yes"]).expect(0);
    let compared = world.run(&fresh, &["resync", "--json"]).expect(0).json();
    let listed = compared["sites"][0]["blocked"].as_array().expect("a list");
    assert!(listed.iter().any(|one| one["domain"] == "news.example"), "what nobody may take for ours stays, and is listed: {compared}");
}

#[test]
fn what_leads_nowhere_is_told() {
    let nothing = Server::start(|_| Answer::new(404, "text/plain", "no WordPress"));
    let home = Home::new(&format!(
        "[[site]]\nname = \"blog\"\nurl = \"{}\"\nuser = \"editor\"\npassword = {{ env = \"BLOG_PASSWORD\" }}\n",
        nothing.url("/")
    ));
    let run = |arguments: &[&str]| Run::of(home.command(arguments).env("BLOG_PASSWORD", "x").output().expect("the binary runs"));
    for verb in ["resync", "adopt", "import"] {
        let said = run(&[verb]).expect(5);
        assert!(said.stderr.contains("blog: "), "{verb}: {}", said.stderr);
        let unknown = run(&[verb, "--site", "blogg"]).expect(2);
        assert!(unknown.stderr.contains("did you mean `blog`?"), "{verb}: {}", unknown.stderr);
    }
}
