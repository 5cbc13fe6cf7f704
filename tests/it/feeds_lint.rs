//! `wirepress feeds lint`: what a publisher is told of a good feed, of a bad one, and of a bad server.

use std::path::Path;

use serde_json::Value;

use crate::support::binary::{Home, Run};
use crate::support::mask::mask;
use crate::support::server::{Answer, Server};

const BAD: &str = r#"<rss version="2.0"><channel><title>Harbour</title>
<item><guid>7</guid><title>Ferry & train</title><link>/ferry</link><description>&lt;img src="/a.png"&gt;</description></item>
<item><guid>7</guid><title>Second</title><link>https://harbour.example/2</link><pubDate>Fri, 20 Nov 2099 08:15:00 GMT</pubDate></item>
<item><description>Third</description></item></channel></rss>"#;

/// Without a fault; `{}` is its address.
const GOOD: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Harbour</title><id>tag:harbour.example,2026:feed</id>
<updated>2026-11-20T08:15:00Z</updated><link href="https://harbour.example/"/><link rel="self" href="{}"/>
<link rel="hub" href="https://hub.example/"/>
<entry><id>tag:harbour.example,2026:1</id><title>Ferry</title><link href="https://harbour.example/1"/>
<author><name>Ann Lee</name></author><updated>2026-11-20T08:15:00Z</updated><content type="html">WORDS</content></entry></feed>"#;

fn good(url: &str) -> String {
    GOOD.replace("{}", url).replace("WORDS", &"The ferry runs again. ".repeat(20))
}

/// Answers as a careful server does.
fn careful() -> Server {
    Server::start(|request| {
        if request.header("if-none-match") == Some("\"1\"") {
            return Answer::new(304, "application/atom+xml", "");
        }
        let url = format!("http://{}/feed.xml", request.header("host").unwrap_or_default());
        Answer::new(200, "application/atom+xml", good(&url)).with("etag", "\"1\"").with("cache-control", "max-age=3600")
    })
}

/// Answers as a careless one does.
fn careless() -> Server {
    Server::start(|request| match request.target.as_str() {
        "/moved.xml" => Answer::new(301, "text/html", "").with("location", "/feed.xml"),
        _ => Answer::new(200, "text/html; charset=utf-8", BAD.replace("Third", &"Third ".repeat(500)))
            .with("last-modified", "Fri, 20 Nov 2026 08:15:00 GMT")
            .with("set-cookie", "visitor=1"),
    })
}

fn shown(home: &Path, run: &Run) -> String {
    mask(&format!("exit {}\n--- stdout\n{}--- stderr\n{}", run.code, run.stdout, run.stderr), home)
}

#[test]
fn a_good_feed_on_a_careful_server_has_nothing_to_fix() {
    let server = careful();
    let run = Home::new("").run(&["feeds", "lint", &server.url("/feed.xml")]).expect(0);
    assert_eq!(run.stdout, format!("{}: nothing to fix\n", server.url("/feed.xml")));
    let asked: Vec<_> = server.asked().iter().map(|request| request.header("if-none-match").map(str::to_owned)).collect();
    assert_eq!(asked, [None, Some("\"1\"".to_owned())]);
}

#[test]
fn a_bad_feed_is_told_all_its_faults_with_what_to_do() {
    let home = Home::new("");
    std::fs::write(home.file("bad.xml"), BAD).expect("a writable folder");
    insta::assert_snapshot!("bad_feed", shown(home.path(), &home.run(&["feeds", "lint", "bad.xml"]).expect(4)));
}

#[test]
fn a_careless_server_is_told_its_own() {
    let (home, server) = (Home::new(""), careless());
    let run = home.run(&["feeds", "lint", "--json", &server.url("/moved.xml")]).expect(4);
    let found = run.json()["findings"].as_array().expect("a list").clone();
    let named = |weight: &str| -> Vec<String> {
        let of = found.iter().filter(|finding| finding["weight"] == weight);
        of.filter_map(|finding| finding["name"].as_str().map(str::to_owned)).collect()
    };
    let told = [named("fix"), named("consider")].concat();
    for name in ["content-type", "validators-ignored", "no-compression", "moved", "no-freshness", "cookies"] {
        assert!(told.iter().any(|own| own == name), "{name} of {told:?}");
    }
    for name in ["no-validators", "no-https"] {
        assert!(!told.iter().any(|own| own == name), "{name} of {told:?}");
    }
}

#[test]
fn each_document_is_one_line_of_json_and_one_that_cannot_be_read_says_why() {
    let home = Home::new("");
    std::fs::write(home.file("bad.xml"), BAD).expect("a writable folder");
    let run = home.run(&["feeds", "lint", "--json", "none.xml", "bad.xml"]).expect(4);
    let lines: Vec<Value> = run.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!((&lines[0]["file"], &lines[0]["error"]), (&"none.xml".into(), &"No such file or directory (os error 2)".into()));
    let repeated = lines[1]["findings"].as_array().expect("a list").iter().find(|finding| finding["name"] == "repeated-id");
    assert_eq!(repeated.expect("found")["count"], 2);
}
