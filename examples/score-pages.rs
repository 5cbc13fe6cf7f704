//! Scores how articles are found in pages: our own path from bytes to body, on the test pages of Mozilla's readability.
//!
//! `cargo run --example score-pages -- FOLDER [--list]`: the folder holds a folder for each page with `source.html`, `expected.html` and
//! `expected-metadata.json`; `scripts/score-pages` unpacks it. The exit code is 1 when a target isn't met.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::time::{Duration, Instant};

use dom_query::Document;
use unicode_segmentation::UnicodeSegmentation;
use url::Url;
use wirepress::content::page::{Picks, read};
use wirepress::{content, poll};

/// Where Mozilla's tests pretend that their pages are.
const ADDRESS: &str = "http://fakehost/test/page.html";
/// The best port that was measured on the same pages.
const F1: f64 = 0.998;
const GOOD: usize = 128;

#[derive(Default)]
struct Sums {
    pages: usize,
    f1: f64,
    good: usize,
    /// After cleaning, both sides.
    cleaned: f64,
    titles: usize,
    bylines: (usize, usize),
    images: (usize, usize),
    spent: Duration,
}

fn main() -> std::process::ExitCode {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().expect("usage: score-pages FOLDER [--list]");
    let is_listed = arguments.next().as_deref() == Some("--list");
    let mut pages: Vec<_> = std::fs::read_dir(&folder).expect("the folder").flatten().map(|page| page.path()).collect();
    pages.sort();
    let mut sums = Sums::default();
    for page in pages.iter().filter(|page| page.join("source.html").exists()) {
        score(page, &mut sums, is_listed);
    }
    let pages = sums.pages as f64;
    let f1 = sums.f1 / pages;
    println!("pages              {}", sums.pages);
    println!("F1                 {f1:.4}   (target {F1})");
    println!("F1 of 0.95 or more {}   (target {GOOD})", sums.good);
    println!("F1 once cleaned    {:.4}", sums.cleaned / pages);
    println!("titles             {} of {}", sums.titles, sums.pages);
    println!("bylines            {} of {}", sums.bylines.0, sums.bylines.1);
    println!("images             {} of {}", sums.images.0, sums.images.1);
    println!("time a page        {:.1} ms", sums.spent.as_secs_f64() * 1000.0 / pages);
    if f1 + 0.0005 < F1 || sums.good < GOOD { std::process::ExitCode::FAILURE } else { std::process::ExitCode::SUCCESS }
}

fn score(page: &Path, sums: &mut Sums, is_listed: bool) {
    let file = |name: &str| std::fs::read(page.join(name)).expect("a page has three files");
    let (source, expected) = (file("source.html"), String::from_utf8_lossy(&file("expected.html")).into_owned());
    let told: serde_json::Value = serde_json::from_slice(&file("expected-metadata.json")).expect("metadata");
    let url = Url::parse(ADDRESS).expect("a constant");
    let begin = Instant::now();
    let html = poll::text_of_page(&source, None, &url);
    let (_, read) = read(&html, &url, &Picks::default());
    sums.spent += begin.elapsed();
    let read = read.unwrap_or_default();
    let f1 = f1(&words(&read.html), &words(&expected));
    let clean = |html: &str| words_of(&content::clean(html, Some(ADDRESS), &content::Limits::default()).text);
    let cleaned = self::f1(&clean(&read.html), &clean(&expected));
    let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (title, byline) = (told["title"].as_str().unwrap_or(""), told["byline"].as_str());
    let is_title = line(&read.title) == line(title);
    let is_byline = byline.map(|byline| read.byline.as_deref().map(line) == Some(line(byline)));
    let (ours, theirs) = (images(&read.html), images(&expected));
    sums.pages += 1;
    sums.f1 += f1;
    sums.good += usize::from(f1 >= 0.95);
    sums.cleaned += cleaned;
    sums.titles += usize::from(is_title);
    sums.bylines.0 += usize::from(is_byline == Some(true));
    sums.bylines.1 += usize::from(is_byline.is_some());
    sums.images.0 += theirs.intersection(&ours).count();
    sums.images.1 += theirs.len();
    if is_listed && (f1 < 0.99 || !is_title || is_byline == Some(false) || !theirs.is_subset(&ours)) {
        let name = page.file_name().unwrap_or_default().to_string_lossy();
        println!("{name}: F1 {f1:.3}, cleaned {cleaned:.3}, title {is_title}, byline {is_byline:?}, images {}", theirs.is_subset(&ours));
    }
}

fn words(html: &str) -> HashMap<String, usize> {
    words_of(&Document::from(html).formatted_text())
}

fn words_of(text: &str) -> HashMap<String, usize> {
    let mut words = HashMap::new();
    for word in text.unicode_words() {
        *words.entry(word.to_lowercase()).or_default() += 1;
    }
    words
}

/// Of two bags of words.
fn f1(ours: &HashMap<String, usize>, theirs: &HashMap<String, usize>) -> f64 {
    let size = |bag: &HashMap<String, usize>| bag.values().sum::<usize>() as f64;
    let both: usize = ours.iter().map(|(word, count)| (*count).min(theirs.get(word).copied().unwrap_or(0))).sum();
    if both == 0 {
        return if ours.is_empty() && theirs.is_empty() { 1.0 } else { 0.0 };
    }
    let both = both as f64;
    let (precision, recall) = (both / size(ours), both / size(theirs));
    2.0 * precision * recall / (precision + recall)
}

fn images(html: &str) -> BTreeSet<String> {
    let document = Document::from(html);
    document.select("img[src]").iter().filter_map(|image| image.attr("src").map(|src| src.to_string())).collect()
}
