//! Documents made to hurt: what reading them costs in memory, and that it ends with a clear answer.
//!
//! The real binary reads each, told to read its standard input after it; while it waits for that, the kernel tells what it took at
//! most (`VmHWM`). No time is asserted, as a busy machine has its own; what would take for ever would never end.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::OnceLock;
use std::thread;

use async_compression::tokio::bufread::{BrotliEncoder, GzipEncoder, ZstdEncoder};
use tokio::io::AsyncReadExt;

use crate::support::binary::Home;
use crate::support::server::{Answer, Server, read_request};

const MB: usize = 1024 * 1024;
/// A document may be so large,
const CAP: usize = 10 * MB;
/// and those that are read to their end are: a test is to end, too.
const SIZE: usize = 4 * MB;
/// What the binary takes beyond what it takes for a feed of one entry, and for each byte of a document: as bytes, as text, as what was read
/// of it and as JSON.
const BEYOND: usize = 8 * MB;
const TIMES: usize = 6;

/// What came of a document.
#[derive(Debug)]
struct Read {
    error: Option<String>,
    entries: usize,
    is_cut: bool,
    /// In bytes.
    peak: usize,
}

/// Has `feeds parse` read it; `source` is a file's name or an address.
fn read(home: &Home, source: &str) -> Read {
    let mut command = home.command(&["feeds", "parse", "--json", source, "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().expect("the binary runs");
    let mut lines = BufReader::new(child.stdout.take().expect("its output"));
    let mut line = String::new();
    lines.read_line(&mut line).expect("its answer");
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).expect("a process that waits");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).and_then(|line| line.trim().strip_suffix(" kB"));
    let peak: usize = peak.and_then(|peak| peak.trim().parse().ok()).expect("its peak in kB");
    drop(child.stdin.take());
    lines.read_line(&mut String::new()).expect("its answer for standard input");
    assert!(child.wait().expect("its end").code().is_some(), "{source}: a signal ended it");
    let answer: serde_json::Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{source}: {error}: {line:.200}"));
    Read {
        error: answer["error"].as_str().map(str::to_owned),
        entries: answer["entries"].as_array().map_or(0, Vec::len),
        is_cut: answer["cut"] == true,
        peak: peak * 1024,
    }
}

/// The memory that a document of this size may cost. A debug binary of a hundred megabytes takes most of it by being there.
fn allowed(size: usize) -> usize {
    static PLAIN: OnceLock<usize> = OnceLock::new();
    let plain = *PLAIN.get_or_init(|| {
        let home = Home::new("");
        std::fs::write(home.file("plain"), item("<description>x</description>")).expect("a writable folder");
        read(&home, "plain").peak
    });
    plain + BEYOND + TIMES * size
}

/// `head`, then as many `part`s as fit (and within an item), then `tail`.
fn full(head: &str, part: &str, tail: &str) -> String {
    let times = (SIZE - 500 - head.len() - tail.len()) / part.len();
    format!("{head}{}{tail}", part.repeat(times))
}

fn item(inside: &str) -> String {
    format!("<rss version=\"2.0\"><channel><title>c</title><item><title>T</title><guid>g</guid>{inside}</item></channel></rss>")
}

/// A document, and what is to come of it: an error that says so, or entries.
struct Bomb {
    name: &'static str,
    document: String,
    expected: Result<usize, &'static str>,
}

fn bombs() -> Vec<Bomb> {
    let bomb = |name, document, expected| Bomb { name, document, expected };
    let nested = |name: &str, times: usize| item(&format!("{}x{}", format!("<{name}>").repeat(times), format!("</{name}>").repeat(times)));
    let laughs: String = (1..10).map(|n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10))).collect();
    let attributes: String = (0..100_000).map(|n| format!(" a{n}=\"{n}\"")).collect();
    let many_names: String = (0..100_000).map(|n| format!("<n{n}:x xmlns:n{n}=\"urn:{n}\"/>")).collect();
    vec![
        bomb("larger than any feed", "x".repeat(CAP + 1), Err("larger than 10 MB")),
        bomb("nested as deep as fits", full("<rss version=\"2.0\"><channel>", "<a>", ""), Ok(0)),
        bomb("media groups nested 100,000 deep", nested("media:group", 100_000), Ok(1)),
        bomb("XHTML nested 200,000 deep", nested("div", 200_000), Ok(1)),
        bomb("items without end", full("<rss version=\"2.0\"><channel>", "<item/>", "</channel></rss>"), Ok(2_000)),
        bomb("items that all have a title", full("<rss version=\"2.0\"><channel>", "<item><title>x</title></item>", ""), Ok(2_000)),
        bomb("as many media groups as fit", item(&full("", "<media:group><media:content/></media:group>", "")), Ok(1)),
        bomb("as many pictures as fit", item(&full("", "<media:thumbnail url=\"https://e.example/x.jpg\" width=\"1\"/>", "")), Ok(1)),
        bomb("as many categories as fit", item(&full("", "<category>x</category>", "")), Ok(1)),
        bomb("an attribute as long as fits", format!("<rss version=\"{}\"/>", "x".repeat(SIZE - 100)), Ok(0)),
        bomb("100,000 attributes", item(&format!("<enclosure{attributes} url=\"https://e.example/x.mp3\"/>")), Ok(1)),
        bomb("100,000 namespaces", item(&many_names), Ok(1)),
        bomb("millions of <", "<".repeat(SIZE), Err("neither XML nor JSON")),
        bomb("comments that never end", full("<rss version=\"2.0\">", "<!--", ""), Ok(0)),
        bomb("CDATA sections that never end", item(&full("<description>", "<![CDATA[", "")), Ok(1)),
        bomb("instructions that never end", full("<rss version=\"2.0\">", "<?x ", ""), Ok(0)),
        bomb("quotes that never end", full("<rss version=\"2.0\"><channel>", "<a b=\"", ""), Ok(0)),
        bomb("end tags that end nothing", full("<rss version=\"2.0\"><channel><item><title>x</title>", "</x>", ""), Ok(1)),
        bomb("references", item(&full("<description>", "&amp;", "</description>")), Ok(1)),
        bomb("ampersands", item(&full("<description>", "&", "</description>")), Ok(1)),
        bomb(
            "a billion laughs",
            format!("<!DOCTYPE rss [<!ENTITY l0 \"lol\">{laughs}]>{}", item("<description>&l9;</description>")),
            Ok(1),
        ),
        bomb(
            "an entity as long as fits, used often",
            format!(
                "<!DOCTYPE rss [<!ENTITY x \"{}\">]>{}",
                "x".repeat(MB),
                item(&format!("<description>{}</description>", "&x;".repeat(MB)))
            ),
            Ok(1),
        ),
        bomb("JSON nested as deep as fits", full("{\"version\": \"https://jsonfeed.org/version/1.1\", \"items\": [", "[", ""), Ok(0)),
        bomb("a JSON Feed of items without end", full("{\"items\": [{}", ",{}", "]}"), Ok(2_000)),
        bomb("mojibake as far as it fits", item(&full("<description>a", "Ã¼", "")), Ok(1)),
    ]
}

#[test]
fn a_document_made_to_hurt_costs_a_fixed_multiple_of_its_size_and_gets_a_clear_answer() {
    let home = Home::new("");
    let mut wrong = Vec::new();
    for Bomb { name, document, expected } in bombs() {
        std::fs::write(home.file("bomb"), &document).expect("a writable folder");
        let size = document.len();
        drop(document);
        let read = read(&home, "bomb");
        let is_expected = match (&read.error, expected) {
            (Some(error), Err(part)) => error.contains(part),
            (None, Ok(entries)) => read.entries == entries && read.is_cut == (entries == 2_000),
            _ => false,
        };
        if !is_expected || read.peak > allowed(size.min(CAP)) {
            wrong.push(format!("{name}: {size} bytes, {} MB allowed: {read:?}", allowed(size.min(CAP)) / MB));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_external_entity_is_not_read() {
    let home = Home::new("");
    std::fs::write(home.file("secret.txt"), "SECRET").expect("a writable folder");
    let path = home.file("secret.txt");
    let document = format!(
        "<!DOCTYPE rss [<!ENTITY x SYSTEM \"file://{}\"><!ENTITY % y SYSTEM \"http://127.0.0.1:9/y\"> %y;]>{}",
        path.display(),
        item("<description>before &x; after</description>")
    );
    std::fs::write(home.file("xxe.xml"), document).expect("a writable folder");
    let run = home.run(&["feeds", "parse", "--json", "xxe.xml"]).expect(0);
    assert_eq!(run.json()["entries"][0]["title"], "T");
    assert!(!run.stdout.contains("SECRET"), "{}", run.stdout);
}

#[tokio::test]
async fn a_compressed_bomb_is_refused_before_it_is_unpacked() {
    let home = Home::new("");
    let spaces = vec![b' '; 64 * MB];
    let (mut gzip, mut br, mut zstd) = (Vec::new(), Vec::new(), Vec::new());
    GzipEncoder::new(&spaces[..]).read_to_end(&mut gzip).await.expect("memory");
    BrotliEncoder::with_quality(&spaces[..], async_compression::Level::Fastest).read_to_end(&mut br).await.expect("memory");
    ZstdEncoder::new(&spaces[..]).read_to_end(&mut zstd).await.expect("memory");
    let mut twice = Vec::new();
    GzipEncoder::new(&gzip[..]).read_to_end(&mut twice).await.expect("memory");
    for (coding, bomb) in [("gzip", gzip), ("br", br), ("zstd", zstd), ("gzip, gzip", twice)] {
        let server = Server::start(move |_| Answer::new(200, "application/rss+xml", bomb.clone()).with("content-encoding", coding));
        let read = read(&home, &server.url("/feed"));
        assert!(read.error.as_deref().is_some_and(|error| error.contains("10 MB")), "{coding}: {read:?}");
        assert!(read.peak <= allowed(CAP), "{coding}: {read:?}");
    }
}

#[test]
fn a_body_without_an_end_is_left_at_the_cap() {
    let home = Home::new("");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}/feed", listener.local_addr().expect("its address"));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut writer = stream;
            read_request(&mut BufReader::new(writer.try_clone().expect("a handle")));
            let head = b"HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\nconnection: close\r\n\r\n<rss version=\"2.0\"><channel>";
            let mut went = writer.write_all(head);
            while went.is_ok() {
                went = writer.write_all(&b"<item><title>x</title></item>".repeat(1000));
            }
        }
    });
    let read = read(&home, &url);
    assert!(read.error.as_deref().is_some_and(|error| error.contains("10 MB")), "{read:?}");
    assert!(read.peak <= allowed(CAP), "{read:?}");
}
