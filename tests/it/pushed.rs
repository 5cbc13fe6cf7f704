//! Pushed feeds, the way their operator runs them: a feed that names a hub, a hub, the real binary as a daemon.

use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::support::binary::Home;
use crate::support::hub::{Hub, Manner, call, push_to, sign, with_query};
use crate::support::running::Running;
use crate::support::server::{Answer, Server};
use crate::support::site::{Wordpress, wordpress};

/// A feed that names its hub; what it holds can be changed.
struct Feed {
    server: Server,
    items: Arc<Mutex<String>>,
    hub: String,
}

impl Feed {
    fn new(hub: &str, items: &str) -> Self {
        let items = Arc::new(Mutex::new(items.to_owned()));
        let (served, named) = (items.clone(), hub.to_owned());
        let base = Arc::new(std::sync::OnceLock::<String>::new());
        let own = base.clone();
        let server = Server::start(move |_| {
            let url = own.get().expect("asked only when it is known");
            Answer::new(200, "application/rss+xml", document(&named, url, &served.lock().expect("the items")))
        });
        base.set(server.url("/feed")).expect("set once");
        Self { server, items, hub: hub.to_owned() }
    }

    fn url(&self) -> String {
        self.server.url("/feed")
    }

    fn becomes(&self, items: &str) {
        *self.items.lock().expect("the items") = items.to_owned();
    }

    /// The whole document as it would be with these items.
    fn with(&self, items: &str) -> String {
        document(&self.hub, &self.url(), items)
    }

    fn polls(&self) -> usize {
        self.server.asked().len()
    }
}

fn document(hub: &str, itself: &str, items: &str) -> String {
    format!(
        "<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel><title>Pushed</title><link>https://pushed.example/</link>\
         <atom:link rel=\"hub\" href=\"{hub}\"/><atom:link rel=\"self\" href=\"{itself}\"/>{items}</channel></rss>"
    )
}

fn item(name: &str) -> String {
    let slug = name.replace(' ', "-");
    format!(
        "<item><title>{name}</title><link>https://pushed.example/{slug}</link><guid isPermaLink=\"false\">{slug}</guid>\
         <description>What {name} tells, in a few plain words.</description></item>"
    )
}

/// A port that nobody listens at just now.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port()
}

/// A site that takes nothing: what a push brings is seen in the store.
fn nowhere() -> Wordpress {
    Wordpress::at("http://127.0.0.1:9")
}

fn settings(site: &Wordpress, feed: &Feed, port: u16, more: &str) -> String {
    format!(
        "[http]\nallow_networks = [\"127.0.0.0/8\"]\n\n\
         [websub]\npublic_url = \"http://127.0.0.1:{port}/under/here\"\nlisten = \"127.0.0.1:{port}\"\n\n\
         [[site]]\nname = \"blog\"\nurl = \"{}\"\nuser = \"editor\"\npassword = {{ env = \"BLOG_PASSWORD\" }}\nsettle = \"1s\"\n\n\
         [[feed]]\nname = \"news\"\nurl = \"{}\"\n{more}",
        site.url,
        feed.url()
    )
}

fn start(home: &Home) -> Running {
    Running::start(home, "nobody asks for it")
}

/// The titles of all items, sorted.
fn items(home: &Home) -> Vec<String> {
    let listed = home.run(&["items", "list", "--json"]).expect(0).json();
    let mut titles: Vec<String> =
        listed.as_array().expect("a list").iter().map(|item| item["title"].as_str().expect("a title").to_owned()).collect();
    titles.sort();
    titles
}

/// The feed as `feeds list --json` tells it.
fn told(home: &Home) -> Value {
    home.run(&["feeds", "list", "--json"]).expect(0).json()[0].clone()
}

#[test]
fn a_push_becomes_a_draft_once_and_the_feed_is_polled_rarely() {
    let site = wordpress();
    let prefix = format!("Pushed {}", std::process::id());
    let (one, two) = (item(&format!("{prefix} one")), item(&format!("{prefix} two")));
    let hub = Hub::start(Manner::Verifies(86_400));
    let feed = Feed::new(&hub.url(), &one);
    let home = Home::new(&settings(&site, &feed, free_port(), ""));
    let running = Running::start(&home, &site.password("editor"));
    running.says("its hub will push");
    let asked = hub.asked().remove(0);
    assert_eq!((asked.mode.as_str(), &asked.topic), ("subscribe", &feed.url()));
    assert!(asked.callback.contains("/under/here/"), "{}", asked.callback);
    hub.until("a subscription", |hub| hub.subscribed().len() == 1);
    assert_eq!(feed.polls(), 1);

    // the feed's own server has it later
    assert_eq!(hub.push(&feed.with(&format!("{two}{one}"))), [202]);
    running.says("pushed by its hub");
    let posts = || site.posts_titled(&prefix).len();
    while posts() < 2 {
        running.says("posted");
    }
    assert_eq!(feed.polls(), 1, "no poll brought it");
    assert_eq!(hub.push(&feed.with(&format!("{two}{one}"))), [202], "hubs push again where they are unsure");

    feed.becomes(&format!("{two}{one}"));
    home.run(&["feeds", "poll", "news"]).expect(0);
    let news = told(&home);
    assert_eq!((news["push"]["state"].as_str(), news["push"]["hub"].as_str()), (Some("verified"), Some(hub.url().as_str())));
    assert!(news["because"].as_str().is_some_and(|because| because.contains("its hub pushes")), "{news}");
    let status = home.run(&["status"]).expect(0).stdout;
    assert!(status.contains("1 pushed"), "{status}");
    running.signal("TERM");
    assert_eq!(running.ends(), 0);
    assert_eq!(posts(), 2);
    assert_eq!(items(&home).len(), 2);
}

#[test]
fn what_no_hub_has_signed_is_ignored_and_what_nobody_asked_for_is_refused() {
    let hub = Hub::start(Manner::Verifies(86_400));
    let feed = Feed::new(&hub.url(), &item("first"));
    let home = Home::new(&settings(&nowhere(), &feed, free_port(), ""));
    let running = start(&home);
    running.says("its hub will push");
    hub.until("a subscription", |hub| hub.subscribed().len() == 1);
    let known = hub.subscribed().remove(0);
    let secret = known.secret.clone().expect("a secret");
    let forged = feed.with(&item("forged"));
    for signature in ["", "sha256=00", &sign("sha256", "a guess", forged.as_bytes()), &sign("sha256", &secret, b"another document")] {
        assert_eq!(push_to(&known, forged.as_bytes(), signature).0, 202, "{signature}");
        running.says("a push was ignored");
    }
    assert_eq!(items(&home), ["first"]);

    // the same callback but for its last character
    let (head, last) = known.callback.split_at(known.callback.len() - 1);
    let stranger = format!("{head}{}", if last == "0" { "1" } else { "0" });
    assert_eq!(call("POST", &stranger, &[], forged.as_bytes()).0, 410);
    let verify = |callback: &str, mode: &str, topic: &str| {
        let query = [("hub.mode", mode), ("hub.topic", topic), ("hub.challenge", "c"), ("hub.lease_seconds", "60")];
        call("GET", &with_query(callback, &query), &[], b"")
    };
    assert_eq!(verify(&stranger, "subscribe", &known.topic).0, 404);
    assert_eq!(verify(&known.callback, "subscribe", "https://elsewhere.example/feed").0, 404);
    assert_eq!(verify(&known.callback, "unsubscribe", &known.topic).0, 404);
    assert_eq!(verify(&known.callback, "subscribe", &known.topic), (200, "c".to_owned()));
    let (root, _) = known.callback.split_once("/under").expect("the path");
    assert_eq!(call("GET", &format!("{root}/under/here/"), &[], b"").0, 404);
    assert_eq!(call("PUT", &known.callback, &[], b"").0, 405);
    let large = vec![b' '; 11 * 1024 * 1024];
    assert!(matches!(push_to(&known, &large, &sign("sha1", &secret, &large)).0, 413 | 0), "an oversized push is cut off");

    // after all this, the hub is still heard, whatever it signs with
    for method in ["sha1", "sha256", "sha384", "sha512"] {
        let document = feed.with(&item(&format!("by {method}")));
        assert_eq!(push_to(&known, document.as_bytes(), &sign(method, &secret, document.as_bytes())).0, 202);
        running.says("pushed by its hub");
    }
    assert_eq!(items(&home), ["by sha1", "by sha256", "by sha384", "by sha512", "first"]);
    assert_eq!(feed.polls(), 1);
    running.signal("TERM");
    let said = running.said();
    for private in [secret.as_str(), known.callback.rsplit('/').next().expect("a token")] {
        assert!(!said.contains(private) && !told(&home).to_string().contains(private), "a secret was shown");
    }
    assert_eq!(running.ends(), 0);
}

#[test]
fn a_push_without_a_readable_document_makes_the_feed_due() {
    let hub = Hub::start(Manner::Verifies(86_400));
    let feed = Feed::new(&hub.url(), &item("first"));
    let home = Home::new(&settings(&nowhere(), &feed, free_port(), ""));
    let running = start(&home);
    running.says("its hub will push");
    hub.until("a subscription", |hub| hub.subscribed().len() == 1);
    for thin in ["", "this is no feed"] {
        assert_eq!(hub.push(thin), [202]);
        let news = told(&home);
        assert_eq!(news["because"], "its hub says that there is something new");
    }
    running.signal("TERM");
    assert_eq!(running.ends(), 0);
}

#[test]
fn a_poll_that_finds_what_was_not_pushed_brings_the_feeds_rhythm_back() {
    let hub = Hub::start(Manner::Verifies(86_400));
    let feed = Feed::new(&hub.url(), &item("first"));
    let home = Home::new(&settings(&nowhere(), &feed, free_port(), ""));
    let running = start(&home);
    running.says("its hub will push");
    hub.until("a subscription", |hub| hub.subscribed().len() == 1);
    assert_eq!(told(&home)["push"]["proved_until"], Value::Null);
    assert_eq!(hub.push(&feed.with(&item("pushed"))), [202]);
    assert!(told(&home)["push"]["proved_until"].is_string());

    feed.becomes(&item("never pushed"));
    home.run(&["feeds", "poll", "news"]).expect(0);
    let news = told(&home);
    assert_eq!((&news["push"]["proved_until"], &news["push"]["state"]), (&Value::Null, &Value::from("verified")));
    assert!(!news["because"].to_string().contains("its hub pushes"), "{news}");
    assert_eq!(hub.push(&feed.with(&item("pushed again"))), [202]);
    assert!(told(&home)["push"]["proved_until"].is_string());
    assert_eq!(items(&home), ["first", "never pushed", "pushed", "pushed again"]);
    running.signal("TERM");
    assert_eq!(running.ends(), 0);
}

#[test]
fn a_short_lease_is_renewed_before_its_end() {
    let hub = Hub::start(Manner::Verifies(8));
    let feed = Feed::new(&hub.url(), &item("first"));
    let home = Home::new(&settings(&nowhere(), &feed, free_port(), ""));
    let running = start(&home);
    hub.until("three requests", |hub| hub.asked().len() >= 3);
    let asked = hub.asked();
    for pair in asked.windows(2) {
        let between = pair[1].at.duration_since(pair[0].at).as_secs_f32();
        assert!(between < 8.0, "the lease had ended: {between} s");
        assert_eq!((&pair[0].callback, &pair[0].secret), (&pair[1].callback, &pair[1].secret));
    }
    hub.until("three verifications", |hub| hub.verified().len() >= 3);
    assert!(hub.verified().iter().all(|(mode, status)| mode == "subscribe" && *status == 200), "{:?}", hub.verified());
    running.signal("TERM");
    assert_eq!(running.ends(), 0);
}

#[test]
fn with_a_hub_that_is_down_or_denies_the_feed_is_polled_on() {
    for (manner, state, error) in [(Manner::IsDown, "asked", "answered 503: no, "), (Manner::Denies, "denied", "no such feed here")] {
        let hub = Hub::start(manner);
        let feed = Feed::new(&hub.url(), &item("first"));
        let home = Home::new(&settings(&nowhere(), &feed, free_port(), "every = \"2s\"\ninsist = true\n"));
        let running = start(&home);
        running.says(if manner == Manner::Denies { "its hub won't push" } else { "its hub could not be asked" });
        feed.becomes(&format!("{}{}", item("second"), item("first")));
        while items(&home) != ["first", "second"] {
            running.says("new entries");
        }
        let news = told(&home);
        assert_eq!((&news["state"], &news["push"]["state"]), (&Value::from("fine"), &Value::from(state)), "{news}");
        let why = news["push"]["error"].as_str().unwrap_or_default();
        assert!(why.contains(error) && !why.contains(hub.asked()[0].callback.rsplit('/').next().expect("a token")), "{why}");
        running.signal("TERM");
        assert_eq!(running.ends(), 0);
    }
}

#[test]
fn a_feed_that_leaves_the_configuration_leaves_its_hub() {
    let hub = Hub::start(Manner::Verifies(86_400));
    let (feed, other) = (Feed::new(&hub.url(), &item("first")), Feed::new("", &item("other")));
    let port = free_port();
    let home = Home::new(&settings(&nowhere(), &feed, port, ""));
    let running = start(&home);
    hub.until("a subscription", |hub| hub.subscribed().len() == 1);
    home.configure(&settings(&nowhere(), &other, port, "").replace("\"news\"", "\"other\""));
    running.signal("HUP");
    running.says("its hub will push no more");
    hub.until("a farewell", |hub| hub.subscribed().is_empty());
    assert_eq!(hub.verified().last(), Some(&("unsubscribe".to_owned(), 200)));
    running.signal("TERM");
    assert_eq!(running.ends(), 0);
}

#[test]
fn without_a_public_address_nothing_is_subscribed_and_nothing_listens() {
    let hub = Hub::start(Manner::Verifies(86_400));
    let feed = Feed::new(&hub.url(), &item("first"));
    let port = free_port();
    let settings = settings(&nowhere(), &feed, port, "");
    let off = settings.replace("public_url", "# public_url").replace("listen =", "# listen =");
    let home = Home::new(&off);
    let running = start(&home);
    running.says("new entries");
    assert_eq!(call("GET", &format!("http://127.0.0.1:{port}/"), &[], b"").0, 0);
    assert_eq!(hub.asked(), []);

    // with one, also a feed that was read before is pushed, although its document hasn't changed
    home.configure(&settings);
    running.signal("HUP");
    running.says("listening for hubs");
    assert_eq!(call("GET", &format!("http://127.0.0.1:{port}/"), &[], b"").0, 404);
    let poll = home.run(&["feeds", "poll", "news"]).expect(0).stdout;
    assert!(poll.contains("nothing has changed"), "{poll}");
    hub.until("a subscription", |hub| hub.subscribed().len() == 1);
    running.signal("TERM");
    assert_eq!(running.ends(), 0);
}

#[test]
fn a_port_that_is_taken_is_said_at_once() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();
    let feed = Feed::new("", &item("first"));
    let home = Home::new(&settings(&nowhere(), &feed, port, ""));
    let running = start(&home);
    running.says(&format!("`127.0.0.1:{port}` can't be listened at"));
    assert_eq!(running.ends(), 5, "it may be free later");
}
