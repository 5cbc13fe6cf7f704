//! What dry runs show where a site wants each story once: the same that the real run does, also with `--last` and in digests.

use serde_json::Value;

use crate::support::binary::{Home, Run};

const STORY: &str = "The harbour authority of Port Ellen said on Tuesday that the ferry will be out of service until March, after divers \
    found cracks in both propeller shafts. Islanders who depend on the crossing were offered seats on a smaller boat that sails twice a day.";

/// Two papers' feeds in files, which tell one story, to a site that is never reached.
fn home(near_duplicates: &str, more: &str) -> Home {
    let feed = |name: &str| format!("\n[[feed]]\nname = \"{name}\"\nurl = \"./{name}.xml\"\nbackfill_age = \"36500d\"\n{more}\n");
    let digest = "\n[[digest]]\nname = \"daily\"\nevery = \"day\"\nends = \"00:00\"\n";
    let home = Home::new(&format!(
        "[[site]]\nname = \"blog\"\nurl = \"http://127.0.0.1:9\"\nuser = \"editor\"\npassword = {{ env = \"BLOG_PASSWORD\" }}\nlanguage = \"en\"\n\
         near_duplicates = \"{near_duplicates}\"\n{}{}{}",
        feed("Gazette"),
        feed("Courier"),
        if more.contains("digest") { digest } else { "" },
    ));
    for (name, text) in [("Gazette", STORY.to_owned()), ("Courier", format!("(Agency) {STORY} Follow us."))] {
        let host = name.to_lowercase();
        let text = format!(
            "<rss version=\"2.0\"><channel><title>The {name}</title><link>https://{host}.example/</link><language>en</language>\
             <item><guid>{name}-1</guid><title>Ferry out of service until March</title><link>https://{host}.example/ferry</link>\
             <pubDate>Fri, 20 Nov 2026 10:00:00 GMT</pubDate><description>{text}</description></item></channel></rss>"
        );
        std::fs::write(home.file(&format!("{name}.xml")), text).expect("written");
    }
    home
}

fn run(home: &Home, arguments: &[&str]) -> Run {
    Run::of(home.command(arguments).env("BLOG_PASSWORD", "none").output().expect("the binary runs"))
}

fn shown(home: &Home, arguments: &[&str]) -> Value {
    run(home, &[&["once", "--dry-run", "--json"], arguments].concat()).expect(0).json()
}

fn texts<'a>(all: &'a Value, field: &str) -> Vec<&'a str> {
    all.as_array().expect("a list").iter().map(|one| one[field].as_str().unwrap_or_default()).collect()
}

/// Who was first: with `--last` the feed that stands first; in a run, whichever was decided first.
fn first(content: &str) -> &'static str {
    if content.contains("Source: <a href=\"https://gazette.example/ferry\">") { "Gazette" } else { "Courier" }
}

/// The line that names the other.
fn named(first: &str) -> String {
    let other = if first == "Gazette" { "Courier" } else { "Gazette" };
    format!("Also covered by: <a href=\"https://{}.example/ferry\">The {other}</a>", other.to_lowercase())
}

/// Renders everything, known or not.
const LAST: [&str; 2] = ["--last", "9"];

#[test]
fn the_first_telling_names_the_others_with_last_as_in_the_run_itself() {
    let home = home("also", "");
    for arguments in [&[][..], &LAST] {
        let told = shown(&home, arguments);
        let content = texts(&told["posts"], "content").join("\n");
        let first = first(&content);
        assert_eq!(texts(&told["posts"], "feed"), [first], "{told:#}");
        assert!(content.contains(&named(first)), "{content}");
        let left = texts(&told["left"], "because");
        let because = format!("the same story as “Ferry out of service until March” of `{first}` (");
        assert!(left.len() == 1 && left[0].starts_with(&because) && left[0].ends_with("; it is named there"), "{left:?}");
        assert!(arguments.is_empty() || first == "Gazette", "{told:#}");
    }
    // what the store has counts for `--last`, too: the first stays the first, whichever feed is asked for
    let ran = run(&home, &["once"]);
    assert_ne!(ran.code, 0, "the site can't be reached");
    let of = |feed: &str| {
        let told = shown(&home, &["--last", "9", "--feed", feed]);
        (texts(&told["posts"], "feed").len(), texts(&told["left"], "feed").len())
    };
    let mut both = ["Gazette", "Courier"].map(of);
    both.sort_unstable();
    assert_eq!(both, [(0, 1), (1, 0)]);
}

#[test]
fn a_later_telling_waits_for_a_person_with_last_as_in_the_run_itself() {
    let home = home("hold", "");
    for arguments in [&[][..], &LAST] {
        let told = shown(&home, arguments);
        assert_eq!(told["posts"].as_array().map(Vec::len), Some(2), "{told:#}");
        let mut held = texts(&told["posts"], "held");
        held.sort_unstable();
        assert!(held[0].is_empty() && held[1].starts_with("the same story as “Ferry"), "{held:?}");
    }
}

#[test]
fn a_digest_shows_a_story_once_with_last_as_in_the_run_itself() {
    let home = home("also", "digest = \"daily\"");
    let is_named_once = |told: &Value| {
        assert_eq!(texts(&told["posts"], "feed"), ["digest `daily`"], "{told:#}");
        assert_eq!((told["posts"][0]["digest"]["entries"].as_u64(), told["posts"][0]["digest"]["waiting"].as_u64()), (Some(1), Some(1)));
        let content = texts(&told["posts"], "content")[0];
        let first = first(content);
        assert!(content.contains(&named(first)) && content.matches("Ferry out of service").count() == 1, "{content}");
        first
    };
    for arguments in [&[][..], &LAST] {
        let told = shown(&home, arguments);
        is_named_once(&told);
        let left = texts(&told["left"], "because").join("\n");
        assert!(left.contains("it goes into the digest `daily`") && left.contains("; it is named there"), "{left}");
    }
    // and when a run has put them there, the next dry run still knows
    run(&home, &["once"]);
    let first = is_named_once(&shown(&home, &[]));
    let other = if first == "Gazette" { "courier" } else { "gazette" };
    let why = run(&home, &["why", &format!("https://{other}.example/ferry")]).expect(0).stdout;
    assert!(why.contains(&format!("the same story as “Ferry out of service until March” of `{first}`")), "{why}");
}

#[test]
fn a_digest_with_a_story_that_was_told_waits_for_a_person_with_last_as_in_the_run_itself() {
    let home = home("hold", "digest = \"daily\"");
    for arguments in [&[][..], &LAST] {
        let told = shown(&home, arguments);
        assert_eq!(told["posts"][0]["digest"]["entries"].as_u64(), Some(2), "{told:#}");
        let held = texts(&told["posts"], "held")[0];
        assert!(held.contains("its entry \"Ferry out of service until March\": the same story as “"), "{held}");
        let left = texts(&told["left"], "because").join("\n");
        assert!(left.contains("which is held: the same story as"), "{left}");
    }
}
