//! A page's address finds its feed, and files and standard input are feeds: with the real binary against scripted servers.

use std::io::Write;
use std::process::Stdio;

use crate::support::binary::{Home, Run};
use crate::support::server::{Answer, Server};

const RSS: &str = "<rss version=\"2.0\"><channel><title>News</title><item><title>One</title><link>https://news.example/1</link>\
                   <description>Text.</description></item></channel></rss>";

/// A site with a page at every path but for one, where its feed is.
fn site(page: &'static str, feed: &'static str) -> Server {
    Server::start(move |request| match request.target.as_str() {
        path if path == feed => Answer::new(200, "application/rss+xml", RSS),
        "/" | "/blog" | "/@ann" => Answer::new(200, "text/html", page),
        _ => Answer::new(404, "text/html", "<!doctype html><title>Not here</title>"),
    })
}

fn empty() -> Home {
    let home = Home::new("");
    std::fs::remove_file(home.file("wirepress.toml")).expect("it was there");
    home
}

fn targets(server: &Server) -> Vec<String> {
    server.asked().iter().map(|request| request.target.clone()).collect()
}

#[test]
fn try_finds_the_feed_of_a_page_by_its_head_its_links_or_the_usual_places() {
    const BARE: &str = "<!doctype html><title>x</title><p>Hello.";
    for (page, path, feed, told) in [
        ("<html><head><link rel=alternate type=application/rss+xml href=/x/news>", "/", "/x/news", "the page names this feed"),
        ("<html><body><a href='/news/rss/'>RSS</a>", "/", "/news/rss/", "the page names this feed"),
        (BARE, "/", "/atom.xml", "the page names none, but its site has this feed"),
        (BARE, "/blog", "/blog/feed/", "the page names none, but its site has this feed"),
        (BARE, "/@ann", "/@ann.rss", "the page names none, but its site has this feed"),
    ] {
        let (server, home) = (site(page, feed), empty());
        let run = home.run(&["try", &server.url(path), "--json"]).expect(0);
        assert_eq!(run.json()["posts"][0]["title"], "One");
        assert!(run.stderr.contains(&format!("{told}: {}", server.url(feed))), "{}", run.stderr);
    }
}

#[test]
fn the_usual_places_are_asked_one_after_the_other_until_one_is_a_feed_or_the_server_is_unwell() {
    let server = site("<!doctype html><title>x</title>", "/atom.xml");
    empty().run(&["try", &server.url("/"), "--json"]).expect(0);
    assert_eq!(targets(&server), ["/", "/", "/feed/", "/rss.xml", "/atom.xml", "/atom.xml"]);

    let busy = Server::start(|request| match request.target.as_str() {
        "/" => Answer::new(200, "text/html", "<!doctype html><title>x</title>"),
        _ => Answer::new(429, "text/plain", "slower"),
    });
    empty().run(&["try", &busy.url("/")]).expect(4);
    assert_eq!(targets(&busy), ["/", "/", "/feed/"]);
}

#[test]
fn what_a_page_names_may_not_be_private_where_the_page_was_typed() {
    let inside = Server::start_on("127.0.0.3:0", |_| Answer::new(200, "application/rss+xml", RSS));
    let page = format!("<html><head><link rel=alternate type=application/rss+xml href='{}'>", inside.url("/rss"));
    let server = Server::start(move |_| Answer::new(200, "text/html", page.clone()));
    let run = empty().run(&["try", &server.url("/")]).expect(4);
    assert!(run.stdout.contains("allow_networks = [\"127.0.0.3/32\"]"), "{run:?}");
    assert_eq!(inside.asked().len(), 0);
}

#[test]
fn check_names_the_feed_to_write_where_a_page_stands_in_the_configuration() {
    let server = site("<!doctype html><title>x</title>", "/rss.xml");
    let home = Home::new(&format!(
        "[[site]]\nname = \"blog\"\nurl = \"http://127.0.0.1:9\"\nuser = \"x\"\npassword = {{ env = \"HOME\" }}\n\n\
         [[feed]]\nname = \"news\"\nurl = \"{}\"\n",
        server.url("/")
    ));
    let run = home.run(&["check"]);
    assert!(run.stdout.contains(&format!("  hint: write `url = \"{}\"`\n", server.url("/rss.xml"))), "{run:?}");
    assert_eq!(home.run(&["check", "--json"]).json()["feeds"][0]["found"], server.url("/rss.xml"));
}

#[test]
fn try_reads_files_and_standard_input() {
    let home = empty();
    std::fs::write(home.file("a feed.xml"), RSS).expect("written");
    let path = home.file("a feed.xml");
    let url = url::Url::from_file_path(&path).expect("a path").to_string();
    for typed in ["./a feed.xml", path.to_str().expect("a path"), &url] {
        assert_eq!(home.run(&["try", typed, "--json"]).expect(0).json()["posts"][0]["title"], "One", "{typed}");
    }
    let mut child = home.command(&["try", "-", "--json"]);
    let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
    child.stdin.take().expect("asked for").write_all(RSS.as_bytes()).expect("it reads");
    let run = Run::of(child.wait_with_output().expect("it ends")).expect(0);
    assert_eq!(run.json()["posts"][0]["title"], "One");
    let missing = home.run(&["try", "./missing.xml"]).expect(4);
    assert!(missing.stdout.contains("missing.xml` can't be read: there is no such file"), "{missing:?}");
}

#[test]
fn a_file_is_a_feed_and_no_redirect_leads_to_one() {
    let away = Server::start(|_| Answer::new(302, "text/plain", "").with("location", "file:///etc/passwd"));
    let site = "[[site]]\nname = \"blog\"\nurl = \"https://blog.example\"\nuser = \"x\"\npassword = { env = \"HOME\" }\n\n";
    let home = Home::new(&format!("{site}[[feed]]\nname = \"spool\"\nurl = \"./spool/news.xml\"\n"));
    std::fs::create_dir(home.file("spool")).expect("a folder");
    std::fs::write(home.file("spool/news.xml"), RSS).expect("written");
    assert_eq!(home.run(&["once", "--dry-run", "--json"]).expect(0).json()["posts"][0]["title"], "One");
    home.configure(&format!("{site}[[feed]]\nname = \"away\"\nurl = \"{}\"\n", away.url("/")));
    let run = home.run(&["once", "--dry-run", "--json"]).expect(4);
    assert!(run.stdout.contains("`file` is neither http nor https"), "{run:?}");
}
