//! The dry run shows every post as it would be sent and every reason why not, and writes nothing; and the exit codes that
//! the store decides.

use crate::support::binary::{Home, Run};
use crate::support::mask::mask;
use crate::support::server::{Answer, Server};

/// One long entry, one advert, one that is too old; and a body that tries to run something.
fn news() -> Server {
    let sentence = "The harbour was quiet in the morning, and the boats lay still. ";
    let item = |n: u32, title: &str, body: &str| {
        format!(
            "<item><title>{title}</title><link>https://news.example/{n}</link><guid isPermaLink=\"false\">n-{n}</guid>\
             <category>Boats</category><description><![CDATA[{body}]]></description></item>"
        )
    };
    let body = format!("<p>{}</p><script>alert('feed')</script>", sentence.repeat(20));
    let items = [item(1, "A quiet harbour", &body), item(2, "Sponsored: buy a boat", "<p>Buy.</p>")].concat();
    let feed = format!("<rss version=\"2.0\"><channel><title>Harbour</title><link>https://news.example/</link>{items}</channel></rss>");
    Server::start(move |_| Answer::new(200, "application/rss+xml", feed.clone()))
}

fn home(feed: &str) -> Home {
    Home::new(&format!(
        r#"
[defaults]
image = "none"
tags = {{ sea = ["boats", "harbour"] }}

[[rule]]
when = "title is matching('(?i)sponsored')"
then = {{ skip = "advert" }}

[[site]]
name = "blog"
url = "https://blog.example"
user = "wirepress"
password = {{ env = "BLOG_PASSWORD" }}

[[feed]]
name = "harbour"
url = "{feed}"
"#
    ))
}

fn shown(home: &Home, run: &Run) -> String {
    mask(&format!("exit {}\n--- stdout\n{}--- stderr\n{}", run.code, run.stdout, run.stderr), home.path())
}

fn files(home: &Home) -> Vec<String> {
    let entries = std::fs::read_dir(home.path()).expect("the folder");
    let mut names: Vec<String> = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_dry_run_shows_posts_and_reasons_and_writes_nothing() {
    let news = news();
    let home = home(&news.url("/rss"));
    let text = home.run(&["once", "--dry-run"]).expect(0);
    insta::assert_snapshot!("dry_run_text", shown(&home, &text));
    let json = home.run(&["once", "--dry-run", "--json"]).expect(0).json();
    let post = &json["posts"][0];
    assert_eq!((post["title"].as_str(), post["words"]["of"].as_u64()), (Some("A quiet harbour"), Some(240)));
    assert!(post["words"]["taken"].as_u64().is_some_and(|taken| (1..=60).contains(&taken)), "{post}");
    assert_eq!(post["terms"][0], serde_json::json!({ "taxonomy": "tags", "name": "sea", "new": "create", "from": "wirepress.toml:4" }));
    assert_eq!(
        (json["left"][0]["because"].as_str(), json["left"][0]["rules"][0]["at"].as_str()),
        (Some("skipped by a rule: advert"), Some("wirepress.toml:7"))
    );
    assert_eq!(files(&home), ["wirepress.toml"]);
}

#[test]
fn a_dry_run_renders_the_newest_again_and_as_a_page() {
    let news = news();
    let home = home(&news.url("/rss"));
    let run = home.run(&["once", "--dry-run", "--feed", "harbour", "--last", "1", "--html", "page.html"]).expect(0);
    assert!(run.stdout.contains("1. A quiet harbour"), "{}", run.stdout);
    assert_eq!(run.stderr, "the page is in `page.html`\n");
    let page = std::fs::read_to_string(home.file("page.html")).expect("the page");
    assert!(page.contains("A quiet harbour") && !page.contains("<script"), "{page}");
    assert_eq!(files(&home), ["page.html", "wirepress.toml"]);
    let unknown = home.run(&["once", "--dry-run", "--feed", "harbor"]).expect(2);
    insta::assert_snapshot!("dry_run_unknown_feed", shown(&home, &unknown));
}

#[test]
fn a_broken_store_is_told_with_its_own_code_by_every_verb_that_reads_it() {
    let home = home("http://127.0.0.1:9/rss");
    std::fs::write(home.file("wirepress.db"), "this is no database, but a text of some length").expect("written");
    for arguments in [&["status"][..], &["items", "list"], &["feeds", "list"], &["why", "x"], &["once", "--dry-run"], &["pause", "--all"]] {
        let run = home.run(arguments).expect(8);
        assert!(run.stderr.contains("wirepress.db` is broken"), "{arguments:?}: {}", run.stderr);
    }
}

#[test]
fn a_wrong_command_line_is_code_2_and_help_is_code_0() {
    let home = home("http://127.0.0.1:9/rss");
    for arguments in [
        &["stats"][..],
        &[],
        &["once", "--last", "3"],
        &["once", "--html", "page.html"],
        &["pause"],
        &["pause", "--all", "--feed", "x"],
        &["undo"],
        &["items", "retry"],
    ] {
        home.run(arguments).expect(2);
    }
    let help = home.run(&["--help"]).expect(0);
    for verb in
        ["run", "once", "try", "check", "init", "status", "items", "feeds", "undo", "why", "pause", "resume", "config", "healthcheck"]
    {
        assert!(help.stdout.contains(&format!("\n  {verb} ")), "{verb}: {}", help.stdout);
    }
    let elsewhere = tempfile::tempdir().expect("a folder");
    let other = elsewhere.path().join("other.toml");
    std::fs::copy(home.file("wirepress.toml"), &other).expect("copied");
    let after = home.run(&["check", "--offline", "--config", other.to_str().expect("a path")]).expect(0);
    assert!(after.stdout.contains("other.toml"), "options may stand after the verb: {}", after.stdout);
}
