//! `wirepress feeds parse`: what is read of files, addresses and standard input, without a configuration.

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::binary::{Home, Run};
use crate::support::server::{Answer, Server};

const FEED: &str = r#"<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>Harbour</title><link>https://harbour.example/</link><language>en</language>
<item><guid isPermaLink="false">n1</guid><title>Ferry &amp; train</title><link>/ferry</link>
<pubDate>Fri, 20 Nov 2026 08:15:00 +0100</pubDate><description>&lt;p&gt;Runs again&lt;/p&gt;</description>
<dc:creator>Ann Lee</dc:creator><category>Boats</category>
<enclosure url="https://harbour.example/1.mp3" type="audio/mpeg" length="7"/>
<media:thumbnail url="https://harbour.example/small.jpg"/></item>
<item><title>Second</title></item></channel></rss>"#;

fn lines(run: &Run) -> Vec<Value> {
    run.stdout.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// An empty folder with this feed in it.
fn home() -> Home {
    let home = Home::new("not = 'read'");
    std::fs::write(home.file("feed.xml"), FEED).expect("a writable folder");
    home
}

#[test]
fn each_document_is_one_line_with_its_entries() {
    let read = lines(&home().run(&["feeds", "parse", "--json", "feed.xml"]).expect(0)).remove(0);
    let head = |name: &str| read[name].clone();
    assert_eq!(
        [head("file"), head("format"), head("encoding"), head("error")],
        [json!("feed.xml"), json!("rss20"), json!("UTF-8"), json!(null)]
    );
    assert_eq!([head("mends"), head("cut"), head("feed")["title"].clone()], [json!({}), json!(false), json!("Harbour")]);
    let first = &read["entries"][0];
    let named = [
        ("id", json!("n1")),
        ("title", json!("Ferry & train")),
        ("link", json!("/ferry")),
        ("published", json!(1_795_158_900)),
        ("updated", json!(null)),
        ("content", json!(null)),
        ("summary", json!("<p>Runs again</p>")),
        ("enclosures", json!(["https://harbour.example/1.mp3"])),
        ("categories", json!(["Boats"])),
        ("authors", json!(["Ann Lee"])),
    ];
    for (name, value) in named {
        assert_eq!(first[name], value, "{name}");
    }
    assert_eq!((&read["entries"][1]["id"], &read["entries"][1]["enclosures"]), (&json!(null), &json!([])));
}

#[test]
fn a_document_that_cannot_be_read_says_why_and_costs_no_other() {
    let home = home();
    std::fs::write(home.file("page.html"), "<!doctype html><title>A page</title>").expect("a writable folder");
    std::fs::write(home.file("huge.xml"), " ".repeat(10 * 1024 * 1024 + 1)).expect("a writable folder");
    let all = ["feeds", "parse", "--json", "page.html", "none.xml", "huge.xml", "feed.xml"];
    let read = lines(&home.run(&all).expect(0));
    let errors: Vec<_> = read.iter().map(|line| line["error"].as_str().unwrap_or("-")).collect();
    assert_eq!(errors, ["it is a web page, not a feed", "No such file or directory (os error 2)", "it is larger than 10 MB", "-"]);
    assert_eq!(read.iter().map(|line| line["entries"].as_array().expect("a list").len()).collect::<Vec<_>>(), [0, 0, 0, 2]);

    home.run(&[&all[..], &["--strict"]].concat()).expect(4);
    let failed = home.run(&["feeds", "parse", "page.html"]).expect(4);
    assert_eq!((failed.stdout.as_str(), failed.stderr.as_str()), ("", "error: page.html: it is a web page, not a feed\n"));
}

#[test]
fn a_document_may_come_from_standard_input() {
    let home = home();
    let mut command = home.command(&["feeds", "parse", "--json", "--base", "https://harbour.example/news/", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the binary runs");
    child.stdin.take().expect("a pipe").write_all(FEED.as_bytes()).expect("it reads");
    let read = lines(&Run::of(child.wait_with_output().expect("it ends")).expect(0));
    assert_eq!((&read[0]["file"], &read[0]["entries"][0]["link"]), (&json!("-"), &json!("https://harbour.example/ferry")));
}

#[test]
fn an_address_that_was_typed_may_be_private_but_not_what_it_leads_to() {
    let server = Server::start(|request| match request.target.as_str() {
        "/feed.xml" => Answer::new(200, "application/rss+xml", FEED),
        "/away" => Answer::new(302, "text/plain", "").with("location", "http://127.0.0.2:9/feed.xml"),
        _ => Answer::new(404, "text/plain", "not here"),
    });
    let urls = ["/feed.xml", "/away", "/gone"].map(|path| server.url(path));
    let read = lines(&home().run(&["feeds", "parse", "--json", &urls[0], &urls[1], &urls[2]]).expect(0));
    assert_eq!(read[0]["entries"][0]["link"], json!(server.url("/ferry")));
    assert_eq!(read[0]["file"], json!(urls[0]));
    let error = |line: usize| read[line]["error"].as_str().unwrap_or("-").to_owned();
    assert!(error(1).contains("127.0.0.2 is a loopback address"), "{}", error(1));
    assert_eq!(error(2), format!("`{}` answered 404 (not found)", urls[2]));
}

#[test]
fn a_person_is_told_in_a_few_lines() {
    let told = home().run(&["feeds", "parse", "feed.xml"]).expect(0).stdout;
    let expected = "feed.xml: \"Harbour\" rss20, UTF-8, 2 entries\n  2026-11-20 07:15 UTC  Ferry & train\n    /ferry\n  no date  Second\n    no link\n";
    assert_eq!(told, expected);
}
