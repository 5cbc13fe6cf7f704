//! The verbs that set up and look: `init`, `check`, `config`, `try`, `healthcheck`; what they say and how they end.

use crate::support::binary::{Home, Run};
use crate::support::feed::Illustrated;
use crate::support::mask::mask;
use crate::support::server::{Answer, Server};
use crate::support::site::{Wordpress, wordpress};

/// A run as a snapshot shows it.
fn shown(home: &Home, run: &Run) -> String {
    mask(&format!("exit {}\n--- stdout\n{}--- stderr\n{}", run.code, run.stdout, run.stderr), home.path())
}

fn config(site: &Wordpress, feed: &str) -> String {
    format!(
        "[[site]]\nname = \"blog\"\nurl = \"{}\"\nuser = \"editor\"\npassword = {{ env = \"BLOG_PASSWORD\" }}\n\n\
         [[feed]]\nname = \"news\"\nurl = \"{feed}\"\n",
        site.url
    )
}

fn run(home: &Home, password: &str, arguments: &[&str]) -> Run {
    Run::of(home.command(arguments).env("BLOG_PASSWORD", password).output().expect("the binary runs"))
}

fn empty() -> Home {
    let home = Home::new("");
    std::fs::remove_file(home.file("wirepress.toml")).expect("it was there");
    home
}

/// A page that names two feeds, `/feed.xml` and a page that is none.
fn publisher() -> Server {
    Server::start(|request| match request.target.as_str() {
        "/" => Answer::new(
            200,
            "text/html",
            "<!doctype html><title>News</title><link rel=alternate type='application/rss+xml' title='All' href='/feed.xml'>\
             <link rel=alternate type='application/rss+xml' title='Comments' href='/comments.xml'>",
        ),
        "/feed.xml" => Answer::new(
            200,
            "application/rss+xml",
            "<rss version=\"2.0\"><channel><title>All the news</title><item><title>One</title>\
             <link>https://news.example/1</link></item></channel></rss>",
        ),
        "/busy" => Answer::new(503, "text/plain", "later").with("retry-after", "600"),
        "/none" => Answer::new(200, "text/html", "<!doctype html><title>Nothing</title>"),
        _ => Answer::new(404, "text/plain", "not here"),
    })
}

#[test]
fn init_finds_site_and_feed_and_writes_what_check_then_accepts() {
    let (site, news, home) = (wordpress(), publisher(), empty());
    std::fs::write(home.file("typed-password"), site.password("editor")).expect("written");
    let arguments = ["init", "--site", &site.url, "--user", "editor", "--password-file", "typed-password", "--feed", &news.url("/")];
    let init = home.run(&arguments).expect(0);
    insta::assert_snapshot!("init_good", shown(&home, &init));
    let text = std::fs::read_to_string(home.file("wirepress.toml")).expect("the configuration");
    insta::assert_snapshot!("init_config", mask(&text, home.path()));
    assert!(!text.contains(&site.password("editor")));
    let kept = std::fs::read_to_string(home.file("blog.password")).expect("the secret");
    assert_eq!(kept.trim(), site.password("editor"));
    home.run(&["check", "--offline"]).expect(0);
    let again = home.run(&arguments).expect(2);
    insta::assert_snapshot!("init_again", shown(&home, &again));
    let forced = home.run(&[&arguments[..], &["--force", "--status", "pending"]].concat()).expect(0);
    insta::assert_snapshot!("init_forced", shown(&home, &forced));
    assert!(home.file("wirepress.toml.before").exists() && home.file("blog.password.before").exists());
}

#[test]
fn init_tells_what_is_wrong_and_writes_nothing() {
    let (site, news, home) = (wordpress(), publisher(), empty());
    let wrong = |name: &str, code: i32, site: &str, password: &str, feed: &str| {
        let arguments = ["init", "--no-input", "--site", site, "--user", "editor", "--feed", feed];
        let run = Run::of(home.command(&arguments).env("WIREPRESS_PASSWORD", password).output().expect("the binary runs")).expect(code);
        insta::assert_snapshot!(name, shown(&home, &run));
        assert!(!home.file("wirepress.toml").exists() && !home.file("blog.password").exists());
    };
    let password = site.password("editor");
    wrong("init_no_wordpress", 6, &news.url("/"), &password, &news.url("/"));
    wrong("init_wrong_password", 6, &site.url, "wrong wrong wrong", &news.url("/"));
    let barren = Server::start(|_| Answer::new(200, "text/html", "<!doctype html><title>Nothing</title>"));
    wrong("init_no_feed", 4, &site.url, &password, &barren.url("/none"));
    assert_eq!(barren.asked().len(), 9, "the page, and eight places where a feed may be");
    wrong("init_feed_busy", 5, &site.url, &password, &news.url("/busy"));
    wrong("init_no_address", 2, "my blog", &password, &news.url("/"));
    let nobody = home.run(&["init", "--no-input"]).expect(2);
    insta::assert_snapshot!("init_nobody_to_ask", shown(&home, &nobody));
}

#[test]
fn check_names_what_it_found_and_how_many_posts_the_first_run_will_make() {
    let site = wordpress();
    let feed = Illustrated::new(&format!("checked {}", std::process::id()), 5).serve();
    let home = Home::new(&config(&site, &feed.url("/feed.xml")));
    let good = run(&home, &site.password("editor"), &["check"]).expect(0);
    insta::assert_snapshot!("check_good", shown(&home, &good));
    assert!(!home.file("wirepress.db").exists(), "check writes nothing");
    let json = run(&home, &site.password("editor"), &["check", "--json"]).expect(0).json();
    assert_eq!(
        (json["ok"].as_bool(), json["first_run"]["posts"].as_u64(), json["feeds"][0]["entries"].as_u64()),
        (Some(true), Some(3), Some(5))
    );
}

#[test]
fn check_ends_with_the_code_of_what_is_wrong() {
    let (site, news) = (wordpress(), publisher());
    let password = site.password("editor");
    let home = Home::new(&config(&site, &news.url("/feed.xml")));
    let wrong = run(&home, "wrong wrong wrong", &["check"]).expect(6);
    insta::assert_snapshot!("check_wrong_password", shown(&home, &wrong));
    let missing = home.run(&["check"]).expect(3);
    insta::assert_snapshot!("check_no_password", shown(&home, &missing));
    home.configure(&config(&site, &news.url("/gone")));
    let feed = run(&home, &password, &["check"]).expect(4);
    insta::assert_snapshot!("check_feed_fails", shown(&home, &feed));
    home.configure("[[site]]\nnam = \"blog\"\n");
    let config = home.run(&["check", "--offline"]).expect(3);
    insta::assert_snapshot!("check_config", shown(&home, &config));
    let json = home.run(&["check", "--offline", "--json"]).expect(3).json();
    assert_eq!((json["ok"].as_bool(), json["exit"].as_u64()), (Some(false), Some(3)));
    assert_eq!(json["config"]["problems"][0]["line"].as_u64(), Some(1));
    let nowhere = empty();
    let run = nowhere.run(&["check"]).expect(3);
    insta::assert_snapshot!("check_no_config", shown(&nowhere, &run));
}

#[test]
fn config_shows_a_schema_and_what_is_in_force_without_secrets() {
    let (site, home) = (wordpress(), empty());
    let schema = home.run(&["config", "schema"]).expect(0).json();
    assert_eq!(schema["properties"]["feed"]["items"]["properties"]["url"]["type"], "string");
    let news = "https://news.example/rss";
    home.configure(&config(&site, news).replace("{ env = \"BLOG_PASSWORD\" }", "{ file = \"secret\" }"));
    std::fs::write(home.file("secret"), "hidden").expect("written");
    let show = home.run(&["config", "show"]).expect(0);
    assert!(show.stdout.contains(news) && !show.stdout.contains("hidden"), "{}", show.stdout);
    home.configure("[[feed]]\n");
    let broken = home.run(&["config", "show"]).expect(3);
    assert_eq!(broken.stdout, "");
}

#[test]
fn try_shows_a_feed_without_a_configuration() {
    let (news, home) = (publisher(), empty());
    let good = home.run(&["try", &news.url("/feed.xml")]).expect(0);
    insta::assert_snapshot!("try_good", shown(&home, &good));
    let page = home.run(&["try", &news.url("/feed.xml"), "--html", "page.html", "--json"]).expect(0);
    assert_eq!(page.json()["posts"][0]["title"], "One");
    let html = std::fs::read_to_string(home.file("page.html")).expect("the page");
    assert!(html.contains("<iframe sandbox=\"\""), "{html}");
    let gone = home.run(&["try", &news.url("/gone")]).expect(4);
    insta::assert_snapshot!("try_gone", shown(&home, &gone));
    let left: Vec<_> = std::fs::read_dir(home.path()).expect("the folder").map(|entry| entry.expect("an entry").file_name()).collect();
    assert_eq!(left, ["page.html"]);
}

#[test]
fn the_health_check_goes_by_the_heartbeat() {
    let home = Home::new(&config(&Wordpress::at("https://blog.example"), "https://news.example/rss"));
    let none = home.run(&["healthcheck"]).expect(1);
    insta::assert_snapshot!("healthcheck_none", shown(&home, &none));
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
    std::fs::write(home.file("wirepress.alive"), format!("{now} {}\n", now + 60)).expect("written");
    home.run(&["healthcheck"]).expect(0);
    std::fs::write(home.file("wirepress.alive"), format!("{} {}\n", now - 600, now - 500)).expect("written");
    let stale = home.run(&["healthcheck"]).expect(1);
    insta::assert_snapshot!("healthcheck_stale", shown(&home, &stale));
}
