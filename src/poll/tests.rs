//! Documents of `tests/feeds/`, one for each trouble, and polls against a scripted server.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::domain::Timestamp;
use crate::http::Options;

const NOW: Timestamp = Timestamp::from_unix(1_795_000_000);

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/feeds")
}

fn base() -> Url {
    Url::parse("https://feeds.example/dir/feed.xml").unwrap()
}

fn read(text: &str) -> Result<Parsed, ParseError> {
    parse(text.as_bytes(), None, &base(), &Reading::default())
}

#[test]
fn every_troubled_feed_reads_as_its_snapshot_says() {
    let mut names: Vec<_> = std::fs::read_dir(folder()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert!(names.len() >= 30, "{names:?}");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder().join("../snapshots/feeds"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for name in names {
            let bytes = std::fs::read(folder().join(&name)).unwrap();
            insta::assert_snapshot!(name, shown(&parse(&bytes, None, &base(), &Reading::default())));
        }
    });
}

/// What was read, empty fields left out.
fn shown(parsed: &Result<Parsed, ParseError>) -> String {
    let parsed = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return format!("error: {error}"),
    };
    let mut out = String::new();
    let mut line = |name: &str, value: &dyn std::fmt::Debug| {
        let value = format!("{value:?}");
        if !matches!(value.as_str(), "None" | "[]" | "\"\"" | "false") {
            writeln!(out, "{name}: {}", value.strip_prefix("Some(").and_then(|value| value.strip_suffix(')')).unwrap_or(&value)).unwrap();
        }
    };
    line("feed title", &parsed.facts.title);
    line("home", &parsed.facts.home);
    line("language", &parsed.facts.language);
    line("rights", &parsed.facts.rights);
    let Hints { ttl, rhythm, rhythm_base, skip_hours, skip_days, hubs, itself, next_page, cloud } = &parsed.hints;
    line("ttl", ttl);
    line("rhythm", rhythm);
    line("rhythm base", rhythm_base);
    line("skip hours", &Some(skip_hours).filter(|hours| **hours > 0));
    line("skip days", &Some(skip_days).filter(|days| **days > 0));
    line("hubs", hubs);
    line("itself", itself);
    line("next page", next_page);
    line("cloud", cloud);
    line("cut", &parsed.is_cut);
    line("ends in a stump", &parsed.ends_in_stump);
    let mends: Vec<String> = parsed.mends.iter().map(|(mend, times)| format!("{} {times}", mend.name())).collect();
    line("mends", &mends);
    line("format", &Some(parsed.format.name()).filter(|name| !matches!(*name, "rss20" | "atom10")));
    for entry in &parsed.entries {
        line("\ntitle", &Some(&entry.title));
        line("  guid", &entry.guid);
        line("  permalink", &entry.guid_is_permalink);
        line("  link", &entry.link);
        line("  authors", &entry.authors);
        line("  published", &entry.published);
        line("  updated", &entry.updated);
        line("  summary", &entry.summary);
        line("  content", &entry.content);
        line("  categories", &entry.categories);
        for image in &entry.images {
            line("  image", image);
        }
        for enclosure in &entry.enclosures {
            line("  enclosure", enclosure);
        }
        line("  language", &entry.language);
        line("  rights", &entry.rights);
        line("  licence", &entry.licence);
        line("  source", &entry.source);
        line("  comments", &entry.comments);
        line("  base", &entry.base);
    }
    out
}

#[test]
fn nested_media_groups_do_not_end_the_process() {
    for depth in [80, 100_000] {
        let text = format!(
            "<rss version='2.0' xmlns:media='http://search.yahoo.com/mrss/' xmlns:m='x'><channel><item><title>A</title>{}{}</item></channel></rss>",
            "<media:group>".repeat(depth),
            "</media:group>".repeat(depth),
        );
        let parsed = read(&text).unwrap();
        let is_told = parsed.mends.iter().any(|(mend, _)| mend == Mend::TooDeep);
        assert_eq!((parsed.entries.len(), is_told), (1, depth > MAX_DEPTH));
    }
}

#[test]
fn a_million_empty_entries_cost_no_more_than_two_thousand() {
    let many = format!("<rss version='2.0'><channel>{}</channel></rss>", "<item><title>A</title></item>".repeat(300_000));
    let parsed = read(&many).unwrap();
    assert_eq!((parsed.entries.len(), parsed.is_cut), (MAX_ENTRIES, true));
    let many = format!("{{\"items\":[{}{{}}]}}", "{\"id\":1},".repeat(500_000));
    let parsed = read(&many).unwrap();
    assert_eq!((parsed.entries.len(), parsed.is_cut), (MAX_ENTRIES, true));
}

#[test]
fn an_entry_with_a_million_children_is_read_with_the_first_of_them() {
    for child in [
        "<category>x%</category>",
        "<enclosure url='https://x.example/%.mp3'/>",
        "<comments>https://x.example/</comments>",
        "<link rel='alternate' href='https://x.example/%'/>",
        "<author>Ann %</author>",
        "<media:thumbnail url='https://x.example/%.jpg'/>",
        "<unknown%/>",
    ] {
        let children: String = (0..90_000).map(|n| child.replace('%', &n.to_string())).collect();
        let parsed =
            read(&format!("<rss version='2.0'><channel><item><guid>a</guid>{children}</item><item><guid>b</guid></item>")).unwrap();
        assert_eq!(parsed.entries.len(), 2, "{child}");
        let first = &parsed.entries[0];
        for count in [first.enclosures.len(), first.categories.len(), first.authors.len(), first.images.len()] {
            assert!(count <= 500, "{child}: {count}");
        }
    }
}

#[test]
fn hostile_documents_take_no_more_than_linear_time() {
    let many = 60_000;
    for text in [
        format!("<rss><channel><item>{}", "<!--".repeat(many)),
        format!("<rss><channel><item><description>{}", "<!--".repeat(many)),
        format!("<rss><channel><item>{}", "<a b='".repeat(many)),
        format!("<rss><channel><item>{}", "<a b=\">".repeat(many)),
        format!("<rss><channel><item><title>{}", "<".repeat(many)),
        format!("<rss><channel><item><title>{}", "&".repeat(many)),
        format!("<rss><channel><item><title>{}", "</x>".repeat(many)),
        format!("<rss><channel><item>{}{}", "<x>".repeat(90), "</y>".repeat(many)),
        format!("<rss><channel><item>{}", "<title>".repeat(many)),
        format!("<rss><channel><item><title>{}", "<![CDATA[".repeat(many)),
        format!("<rss><channel><item>{}]]>", "<description><![CDATA[</description>".repeat(many)),
        format!("<rss><channel><item><content type='xhtml'>{}", "<content>".repeat(many)),
        format!("<rss><channel><item><author>{}", "<name>".repeat(many)),
        format!("<rss {}><channel/></rss>", "a='b' ".repeat(many)),
        format!("<rss><channel>{}", "<a:b xmlns:a='c'/>".repeat(many)),
        format!("{}{}", "<!DOCTYPE [".repeat(many), "]>".repeat(many)),
        format!("<!DOCTYPE rss [{}]><rss><channel><title>{}", "<!ENTITY a".repeat(many), "&a".repeat(many)),
        format!("<rss><channel><item>{}", "<?".repeat(many)),
        format!("{{\"items\":[{}", "{\"id\":\"".repeat(many)),
    ] {
        let start = std::time::Instant::now();
        let _ = read(&text);
        assert!(start.elapsed() < std::time::Duration::from_secs(5), "{}", &text[..60]);
    }
}

#[test]
fn good_feeds_need_no_mending() {
    for name in [
        "rss20.xml",
        "rss10.xml",
        "rss090.xml",
        "rss091.xml",
        "rss11.xml",
        "atom.xml",
        "atom03.xml",
        "channel-definition-format.xml",
        "categories.xml",
        "licences.xml",
        "wishes.xml",
        "video-channel.xml",
        "media-beside-enclosure.xml",
        "source-and-comments.xml",
    ] {
        let parsed = parse(&std::fs::read(folder().join(name)).unwrap(), None, &base(), &Reading::default()).unwrap();
        assert_eq!(parsed.mends, Mends::default(), "{name}");
    }
}

#[test]
fn a_json_feed_nested_beyond_measure_holds_nothing() {
    let text = format!("{{\"items\":{}", "[".repeat(1_000_000));
    assert_eq!(read(&text).map(|parsed| parsed.entries.len()), Ok(0));
    let text = format!("{{\"feed\":{}", "{\"feed\":".repeat(1_000_000));
    assert!(matches!(read(&text), Err(ParseError::Json(_))));
}

/// Answers one request after the other and returns what was asked.
async fn server(answers: Vec<String>) -> (Url, tokio::task::JoinHandle<Vec<String>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}/feed", listener.local_addr().unwrap())).unwrap();
    let asked = tokio::spawn(async move {
        let mut asked = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut bytes = Vec::new();
            while !bytes.ends_with(b"\r\n\r\n") {
                assert!(stream.read_buf(&mut bytes).await.unwrap() > 0);
            }
            asked.push(String::from_utf8(bytes).unwrap());
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
        asked
    });
    (url, asked)
}

fn answer(head: &str, body: &str) -> String {
    format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

const FEED: &str = "<rss version='2.0'><channel><title>T</title><ttl>60</ttl><item><title>A</title><guid>a</guid></item></channel></rss>";

fn client(url: &Url) -> Client {
    Client::new(Options::default().typed(url)).unwrap()
}

#[tokio::test]
async fn validators_go_back_byte_for_byte_and_a_304_keeps_what_it_does_not_repeat() {
    let (url, asked) = server(vec![
        answer("200 OK\r\netag: W/\"a b\"\r\nlast-modified: Tue, 1 Jan 2026 1:2:3 +0100\r\ncache-control: max-age=600", FEED),
        answer("304 Not Modified\r\ncache-control: max-age=60", ""),
        answer("304 Not Modified\r\netag: \"new\"", ""),
    ])
    .await;
    let http = client(&url);
    let mut source = Source::new(url);
    let Polled::Document(document) = poll(&http, &source, NOW).await.unwrap() else { panic!("a document was sent") };
    assert_eq!(document.entries.len(), 1);
    assert_eq!(document.validators.etag.as_deref(), Some("W/\"a b\""));
    assert_eq!(document.signals.fresh_for, Some(std::time::Duration::from_secs(600)));
    assert_eq!(document.hints.ttl, Some(std::time::Duration::from_secs(3_600)));
    source.validators = document.validators.clone();
    let Polled::NotModified { validators, signals, answer, .. } = poll(&http, &source, NOW).await.unwrap() else {
        panic!("a 304 was sent")
    };
    assert_eq!((validators, signals.fresh_for), (document.validators.clone(), Some(std::time::Duration::from_secs(60))));
    assert_eq!(answer, Answer { status: 304, bytes: 0 });
    // one that names others is a response of its own: the two are never mixed
    let Polled::NotModified { validators, .. } = poll(&http, &source, NOW).await.unwrap() else { panic!("a 304 was sent") };
    assert_eq!(validators, Validators { etag: Some("\"new\"".to_owned()), last_modified: None });
    let asked = asked.await.unwrap();
    assert!(!asked[0].contains("if-none-match") && !asked[0].contains("a-im"), "{}", asked[0]);
    assert!(asked[1].contains("a-im: feed\r\n"), "{}", asked[1]);
    assert!(asked[1].contains("if-none-match: W/\"a b\"\r\n"), "{}", asked[1]);
    assert!(asked[1].contains("if-modified-since: Tue, 1 Jan 2026 1:2:3 +0100\r\n"), "{}", asked[1]);
}

#[tokio::test]
async fn what_is_new_only_is_told_as_such_and_other_manipulations_are_not_read() {
    let (url, _asked) = server(vec![
        answer("226 IM Used\r\nim: feed, gzip\r\netag: \"2\"", FEED),
        answer("226 IM Used\r\nim: vcdiff\r\netag: \"3\"", FEED),
        answer("226 IM Used\r\nim: feed", FEED),
    ])
    .await;
    let http = client(&url);
    let validators = Validators { etag: Some("\"1\"".to_owned()), last_modified: None };
    let source = Source { validators, ..Source::new(url.clone()) };
    let Polled::Document(document) = poll(&http, &source, NOW).await.unwrap() else { panic!("a document was sent") };
    assert_eq!((document.is_delta, document.validators.etag.as_deref()), (true, Some("\"2\"")));
    assert_eq!(poll(&http, &source, NOW).await.unwrap_err().status(), Some(226));
    let unasked = Source::new(url);
    assert_eq!(poll(&http, &unasked, NOW).await.unwrap_err().status(), Some(226));
}

#[tokio::test]
async fn the_same_bytes_again_are_not_read_again() {
    let (url, _asked) = server(vec![answer("200 OK\r\netag: \"1\"", FEED), answer("200 OK\r\netag: \"2\"", FEED)]).await;
    let http = client(&url);
    let mut source = Source::new(url);
    let Polled::Document(document) = poll(&http, &source, NOW).await.unwrap() else { panic!("a document was sent") };
    source.body_hash = Some(document.body_hash);
    let Polled::NotModified { validators, .. } = poll(&http, &source, NOW).await.unwrap() else { panic!("the same was sent") };
    assert_eq!(validators, Validators { etag: Some("\"2\"".to_owned()), last_modified: None });
}

#[tokio::test]
async fn a_document_that_was_cut_in_an_entry_is_asked_for_again_as_if_it_were_new() {
    let cut =
        "<rss version='2.0'><channel><title>T</title><item><title>A</title><guid>a</guid><description>x</description></item><item><ti";
    let (url, _asked) = server(vec![answer("200 OK\r\netag: \"1\"", cut)]).await;
    let http = client(&url);
    let Polled::Document(document) = poll(&http, &Source::new(url), NOW).await.unwrap() else { panic!("a document was sent") };
    assert_eq!((document.entries.len(), document.validators), (1, Validators::default()));
}

#[tokio::test]
async fn answers_that_bring_nothing_say_why() {
    let page = std::fs::read_to_string(folder().join("page.html")).unwrap();
    let (url, _asked) = server(vec![
        answer("503 Service Unavailable\r\nretry-after: 120", ""),
        answer("410 Gone", ""),
        answer("404 Not Found", "nothing here"),
        answer("304 Not Modified", ""),
        answer("200 OK\r\ncontent-type: text/html", &page),
    ])
    .await;
    let http = client(&url);
    let source = Source::new(url.clone());
    let mut errors = Vec::new();
    for _ in 0..5 {
        errors.push(poll(&http, &source, NOW).await.unwrap_err());
    }
    assert_eq!(errors[0].retry_after(), Some(Timestamp::from_unix(NOW.unix() + 120)));
    assert!(errors[1].is_gone());
    let said: Vec<_> = errors
        .iter()
        .map(|error| error.to_string().replace(url.as_str(), "URL").replace(&url[..url::Position::AfterPort], "SITE"))
        .collect();
    assert_eq!(
        said,
        [
            "`URL` answered 503 (the server has a problem of its own)",
            "`URL` is gone for good (410): the publisher has ended this feed",
            "`URL` answered 404 (not found)",
            "`URL` answered 304 (not modified), although nothing was said about an earlier copy",
            "`URL`: it is a web page, not a feed; its feed is: SITE/news.xml",
        ]
    );
}

#[tokio::test]
async fn only_a_permanent_move_is_told_as_one() {
    let moved = |status: u16| answer(&format!("{status} Moved\r\nlocation: /new"), "");
    let (url, _asked) = server(vec![moved(301), answer("200 OK", FEED), moved(302), answer("200 OK", FEED)]).await;
    let http = client(&url);
    let source = Source::new(url.clone());
    for expected in [Some(url.join("/new").unwrap()), None] {
        let Polled::Document(document) = poll(&http, &source, NOW).await.unwrap() else { panic!("a document was sent") };
        assert_eq!(document.moved_to, expected);
        assert_eq!(document.final_url, url.join("/new").unwrap());
    }
}

#[tokio::test]
async fn a_hub_that_a_link_header_names_wins_over_the_documents() {
    let links = "200 OK\r\nlink: <https://hub.example/>; rel=\"hub\", </canonical>; rel=self\r\nlink: <https://other.example/>; rel=hub";
    let (url, _asked) = server(vec![answer(links, FEED)]).await;
    let Polled::Document(document) = poll(&client(&url), &Source::new(url.clone()), NOW).await.unwrap() else {
        panic!("a document was sent")
    };
    assert_eq!(document.hints.hubs, ["https://hub.example/", "https://other.example/"]);
    assert_eq!(document.hints.itself, Some(url.join("/canonical").unwrap().into()));
}

#[test]
fn a_date_that_nothing_has_is_read_and_not_taken_on() {
    let (year_one, good) = (Timestamp::from_unix(-62_135_596_800), Timestamp::from_unix(1_795_158_900));
    let item = |dates: &str| {
        format!(
            "<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/'><channel><item><guid>1</guid>{dates}</item></channel></rss>"
        )
    };
    let absurd = "<pubDate>Mon, 01 Jan 0001 00:00:00 +0000</pubDate>";
    let read =
        |dates: &str| parse(item(dates).as_bytes(), None, &Url::parse("https://x.example/").unwrap(), &Reading::default()).unwrap().entries;
    assert_eq!(read(absurd)[0].published, Some(year_one));
    assert_eq!(worth_taking_on(read(absurd), false)[0].published, None);
    let both =
        read(&format!("{absurd}<dcterms:modified xmlns:dcterms='http://purl.org/dc/terms/'>2026-11-20T07:15:00Z</dcterms:modified>"));
    assert_eq!(worth_taking_on(both, false)[0].published, Some(good));
}

#[test]
fn a_json_feeds_hubs_are_those_that_speak_websub() {
    let json = r#"{"version": "https://jsonfeed.org/version/1.1", "title": "t", "items": [], "feed_url": "https://a.example/feed.json",
        "hubs": [{"type": "rssCloud", "url": "https://cloud.example/"}, {"type": "WebSub", "url": "https://hub.example/"}, {"url": "/own"}]}"#;
    let base = Url::parse("https://a.example/").unwrap();
    let parsed = parse(json.as_bytes(), Some("application/feed+json"), &base, &Reading::default()).unwrap();
    assert_eq!(parsed.hints.hubs, ["https://hub.example/", "https://a.example/own"]);
    assert_eq!(parsed.hints.itself.as_deref(), Some("https://a.example/feed.json"));
}

#[test]
fn an_end_tag_without_a_name_in_a_section_that_is_left_open_is_text() {
    let document = "<rss version=\"2.0\"><channel><item><title>x<![CDATA[ a </ b <![CDATA[ c ]]></title></item></channel></rss>";
    assert_eq!(read(document).unwrap().entries[0].title, "x a </ b <![CDATA[ c");
}
