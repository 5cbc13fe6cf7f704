//! What we write as blocks, under the eyes of the editors: npm's newest, and those of the WordPress that the tests run.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use serde_json::{Value, json};
use url::Url;
use wirepress::content::{Limits, Source, blocks, clean, clean_from};
use wirepress::domain::{DraftImage, Entry, FeedFacts, Timestamp};
use wirepress::poll::{Reading, parse};
use wirepress::rewrite::{Composed, Engine, Prepared, Recipe, Slot, Templates, Told, View, Words, compose};

/// A post as `tests/blocks/check.mjs` reads it.
pub struct Post {
    pub name: String,
    pub content: String,
    /// How many `wp:html` blocks it may have; `None`: any.
    pub html: Option<usize>,
}

/// An editor: `None` is npm's.
type Editor = Option<PathBuf>;

fn setting(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| panic!("${variable} is not set: `scripts/test` prepares it"))
}

/// The editor of the WordPress that a variable names.
fn editor_of(variable: &str) -> Editor {
    let about = std::fs::read_to_string(setting(variable)).expect("JSON from tests/wordpress/up");
    let about: Value = serde_json::from_str(&about).expect("JSON from tests/wordpress/up");
    Some(about["docroot"].as_str().expect("a folder").into())
}

fn editors() -> Vec<(&'static str, Editor)> {
    let mut editors = vec![("npm", None), ("6.8", editor_of("WIREPRESS_TEST_WP")), ("6.1", editor_of("WIREPRESS_TEST_WP61"))];
    if std::env::var_os("WIREPRESS_TEST_WP7").is_some() {
        editors.push(("7", editor_of("WIREPRESS_TEST_WP7")));
    }
    editors
}

/// What the editor says: its troubles, and its counts.
fn asked(editor: &Editor, posts: &[Post]) -> (Vec<Value>, Value) {
    // a newer Node where the machine's own is too old
    let newer = Path::new(&setting("WIREPRESS_TEST_BLOCKS")).join("node");
    let mut command = Command::new(if newer.exists() { newer } else { "node".into() });
    command
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/blocks/check.mjs"))
        .args(["--modules", &setting("WIREPRESS_TEST_BLOCKS")]);
    if let Some(root) = editor {
        command.arg("--wordpress").arg(root);
    }
    let mut node = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("node");
    let mut stdin = node.stdin.take().expect("piped");
    let lines: String =
        posts.iter().map(|post| json!({ "name": post.name, "content": post.content, "html": post.html }).to_string() + "\n").collect();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = node.wait_with_output().expect("it ends");
    writer.join().expect("no panic").expect("it reads everything");
    let mut said: Vec<Value> =
        String::from_utf8(output.stdout).expect("UTF-8").lines().map(|line| serde_json::from_str(line).expect("JSON lines")).collect();
    let counts = said.pop().expect("the counts come last");
    assert_eq!(counts["posts"], posts.len(), "it has read every post");
    (said, counts)
}

fn find_no_fault(posts: &[Post]) {
    for (name, editor) in editors() {
        let (troubles, counts) = asked(&editor, posts);
        assert!(troubles.is_empty(), "the editor of {name} says: {troubles:#?}");
        println!("{name}: {counts}");
    }
}

fn body(html: &str) -> String {
    blocks(&clean(html, Some("https://x.example/a/b.html"), &Limits::default()).html)
}

/// `tests/blocks/bodies/NAME.html` has no `wp:html` block, `NAME.2.html` has two.
pub fn bodies() -> Vec<Post> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/blocks/bodies");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).expect("the folder").map(|file| file.expect("a file").path()).collect();
    paths.sort();
    let post = |path: PathBuf| {
        let name = path.file_stem().expect("a name").to_str().expect("UTF-8").to_owned();
        let html = name.rsplit_once('.').map_or(0, |(_, count)| count.parse().expect("a number"));
        Post { content: body(&std::fs::read_to_string(&path).expect("readable")), html: Some(html), name }
    };
    paths.into_iter().map(post).collect()
}

/// Forms that [`clean`] makes of what stands in no small fixture.
fn forms() -> Vec<Post> {
    let forms = [
        ("youtube", r#"<figure data-embed="youtube" data-url="https://www.youtube.com/watch?v=a-b--c_d&amp;t=1"></figure>"#),
        ("vimeo", r#"<figure data-embed="vimeo" data-url="https://vimeo.com/123"><figcaption>A <b>film</b></figcaption></figure>"#),
        ("twitter", r#"<figure data-embed="twitter" data-url="https://twitter.com/a/status/1"></figure>"#),
        ("unknown embed", r#"<figure data-embed="" data-url="https://x.example/?a=%22&amp;b=%3C"></figure>"#),
        ("pullquote", "<figure><blockquote><p>One.</p>\n<p>Two.</p>\n<p><cite>Who</cite></p>\n</blockquote></figure>"),
        ("pullquote with a caption", "<figure><blockquote><p>One.</p>\n</blockquote><figcaption>Who</figcaption></figure>"),
        ("pullquote with a list", "<figure><blockquote><ul><li>a</li></ul></blockquote></figure>"),
        (
            "audio with a caption",
            r#"<figure><audio controls="" src="https://x.example/a.mp3"></audio><figcaption>Cap</figcaption></figure>"#,
        ),
        ("video", r#"<video controls="" src="https://x.example/v.mp4?a=1&amp;b=2" poster="https://x.example/p.jpg"></video>"#),
        (
            "narrow picture",
            r#"<figure><a href="https://x.example/"><img src="https://x.example/i.jpg" alt="" width="300" height="200"/></a></figure>"#,
        ),
        (
            "embed in a quote",
            r#"<blockquote><p>a</p>
<figure data-embed="vimeo" data-url="https://vimeo.com/1"></figure>
</blockquote>"#,
        ),
    ];
    forms.into_iter().map(|(name, html)| Post { name: name.to_owned(), content: blocks(html), html: Some(0) }).collect()
}

/// Whole posts, by each template that we ship and without one.
fn drafts() -> Vec<Post> {
    let now = Timestamp::from_unix(1_795_351_976);
    let entry = Entry {
        link: Some("https://x.example/1?a=1&b=2".to_owned()),
        title: "A \"title\" <b> & more".to_owned(),
        authors: vec!["A. Author & Co".to_owned()],
        ..Entry::default()
    };
    let facts = FeedFacts { title: Some("A feed's -- title".to_owned()), ..FeedFacts::default() };
    let text = "First [paragraph] & more.\nSecond line.\n\nSecond paragraph.";
    let told = Told { feed: "f", facts: &facts, entry: &entry, html: "<p>First.</p>", text, words: 7, summary: "", first_seen: now, now };
    let (view, blocks) = (View::new(&told), body("<p>First.</p><h3>Head</h3><ul><li>x</li></ul>"));
    let image = Ok(DraftImage {
        url: "https://x.example/i.jpg?a=1&b=[2]".to_owned(),
        alt: "An \"alt\" & more".to_owned(),
        ..DraftImage::default()
    });
    let mut templates: Vec<(String, String)> = Vec::from([
        ("no template".to_owned(), "{{ content }}\n\n{{ source_line }}".to_owned()),
        ("bare".to_owned(), "{{ picture }}\n\n{{ blocks }}".to_owned()),
    ]);
    for file in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("config/templates")).expect("the folder") {
        let path = file.expect("a file").path();
        // it speaks of many entries
        if path.ends_with("digest.html") {
            continue;
        }
        templates.push((path.display().to_string(), std::fs::read_to_string(&path).expect("readable")));
    }
    let post = |(name, template): (String, String)| {
        let mut engine = Engine::new();
        let body = engine.template(Slot::Body, &template).expect("sound");
        let recipe = Recipe { templates: Arc::new(Templates { body: Some(body), ..Templates::default() }), ..Recipe::default() };
        let excerpt_words = Words { taken: 7, of: 7 };
        let prepared = Prepared {
            view: &view,
            key: "0123456789abc",
            image: Some(&image),
            pictures: &[],
            outgoing: None,
            licence: "",
            signals: &[],
            notes: &[],
            excerpt: text,
            excerpt_words,
            blocks: &blocks,
        };
        let Composed::Draft(ready) = compose(&engine, &recipe, &prepared) else { panic!("skipped") };
        assert_eq!(ready.hold, None, "{name}");
        // the mark, where the template has no source line
        Post { name, html: Some(usize::from(ready.draft.content.contains("<!-- wirepress:"))), content: ready.draft.content }
    };
    templates.into_iter().map(post).collect()
}

#[test]
fn every_editor_takes_what_we_make_of_bodies_and_templates() {
    let posts: Vec<Post> = bodies().into_iter().chain(forms()).chain(drafts()).collect();
    find_no_fault(&posts);
}

#[test]
fn the_check_finds_what_an_editor_would_warn_of() {
    let post = |content: &str| Post { name: "wrong".to_owned(), content: content.to_owned(), html: Some(0) };
    let wrong = [
        post("<!-- wp:heading -->\n<h3 class=\"wp-block-heading\">x</h3>\n<!-- /wp:heading -->"),
        post("<!-- wp:paragraph -->\n<p>x</p>\n<!-- /wp:paragraph -->\n\n<p>stray</p>"),
        post("<!-- wp:strange -->\n<p>x</p>\n<!-- /wp:strange -->"),
        post("<!-- wp:html -->\n<p>x</p>\n<!-- /wp:html -->"),
    ];
    for (name, editor) in editors() {
        let (troubles, _) = asked(&editor, &wrong);
        assert_eq!(troubles.len(), wrong.len(), "{name}: {troubles:#?}");
    }
}

/// Every entry that has a body, of every document below a folder.
fn each_entry(folder: &Path, see: &mut impl FnMut(String, &Entry)) {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).expect("readable").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let base = Url::parse("https://feed.example/feed").expect("sound");
    for path in paths {
        if path.is_dir() {
            each_entry(&path, see);
            continue;
        }
        let Ok(parsed) = parse(&std::fs::read(&path).expect("readable"), None, &base, &Reading::default()) else { continue };
        for (number, entry) in parsed.entries.iter().enumerate().filter(|(_, entry)| !entry.body().trim().is_empty()) {
            see(format!("{} #{number}", path.display()), entry);
        }
    }
}

/// To clean twice changes nothing, neither the HTML nor the plain texts, in any body below `$WIREPRESS_TEST_CORPUS`.
#[test]
fn no_body_of_a_corpus_changes_when_it_is_cleaned_again() {
    let Some(folder) = std::env::var_os("WIREPRESS_TEST_CORPUS") else { return };
    let (mut bodies, mut changed) = (0, Vec::new());
    each_entry(Path::new(&folder), &mut |name, entry| {
        let source = Source::entry(entry);
        let once = clean_from(entry.body(), &source);
        let twice = clean_from(&once.html, &source);
        bodies += 1;
        if (once.html, once.text, once.prose) != (twice.html, twice.text, twice.prose) {
            changed.push(name);
        }
    });
    assert!(bodies > 0, "there are no bodies below {}", folder.display());
    assert!(changed.is_empty(), "{} of {bodies} bodies change: {changed:#?}", changed.len());
}

/// Over all feeds below `$WIREPRESS_TEST_CORPUS`, where somebody gives it: they are their publishers' and none of ours.
#[test]
fn every_editor_takes_what_we_make_of_a_corpus() {
    let Some(folder) = std::env::var_os("WIREPRESS_TEST_CORPUS") else { return };
    let mut posts = Vec::new();
    each_entry(Path::new(&folder), &mut |name, entry| {
        let html = clean_from(entry.body(), &Source::entry(entry)).html;
        posts.push(Post { name, content: blocks(&html), html: None });
    });
    assert!(!posts.is_empty(), "there are no bodies below {}", folder.display());
    find_no_fault(&posts);
}
