//! The rewrite stage on one core, without pictures and pages: clean, early rules, excerpt, blocks, late rules, templates, draft; and
//! a bare ammonia pass over the same bodies, in turn.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use url::Url;
use wirepress::config::{self, Config};
use wirepress::content;
use wirepress::domain::{Entry, FeedFacts, Timestamp};
use wirepress::poll::{Reading, parse};
use wirepress::rewrite::{self, Composed, Early, Prepared, Recipe, Told, View, Words};

use crate::corpus::Corpus;
use crate::rounds::{median, say};
use crate::table::Row;

/// Items a second.
const WANTED: f64 = 1_000.0;
/// Words of an excerpt, as the pipeline takes it.
const EXCERPT_WORDS: usize = 60;
const NOW: Timestamp = Timestamp::from_unix(1_795_351_976);

/// What an operator with some wishes writes: keyword tags, rules of each kind, a template, whole texts.
const CONFIG: &str = r#"
[defaults]
content = "feed"
template = "mine"
feed_categories = { to = "tags", new = "create" }
tags = { Linux = ["linux", "kernel*"], Rust = ["rust", "cargo", "crates.io"], Security = ["CVE*", "vulnerab*", "exploit*"], AI = ["machine learning", "neural*", "LLM*"], Web = ["browser*", "css", "javascript"], Release = ["released", "changelog"] }

[[site]]
name = "blog"
url = "https://blog.example"
user = "wirepress"
password = { env = "NOBODY_ASKS" }

[[template]]
name = "mine"
title = "{{ title|trim }}"
body = "{{ source_line }}\n\n{{ content }}\n{% if words > 300 %}<!-- wp:paragraph -->\n<p>{{ words }} words, {{ published|date }}</p>\n<!-- /wp:paragraph -->{% endif %}"
excerpt = "{{ excerpt }}"

[[rule]]
when = "title is matching('(?i)sponsored|advertis')"
then = { skip = "advertising" }

[[rule]]
when = "words < 3 and not link"
then = { skip = "nothing in it" }

[[rule]]
when = "text is containing('security') and categories|length > 0"
then = { add_tags = ["security"] }

[[site.rule]]
when = "host is endingwith('.example') or feed_title is startingwith('A')"
then = { categories = ["News"], status = "pending" }

[[feed]]
name = "all"
url = "https://feed.example/feed.xml"
"#;

/// An entry with what its document says of the feed.
struct Subject {
    facts: FeedFacts,
    entry: Entry,
}

pub fn measure(folder: &Path, rounds: usize) -> Result<Vec<Row>> {
    let path = folder.join("rewrite.toml");
    std::fs::write(&path, CONFIG)?;
    let config = config::load(&path).map_err(|problems| anyhow!("{problems}"))?.config;
    let recipes: Vec<&Recipe> = config.feeds.iter().flat_map(|feed| &feed.recipes).collect();
    let (made, captured) = (made(), captured()?);
    let mut rows = Vec::new();
    for (origin, subjects) in
        [("made bodies", made), ("bodies of real feeds", captured)].into_iter().filter(|(_, subjects)| !subjects.is_empty())
    {
        let bytes: usize = subjects.iter().map(|subject| subject.entry.body().len()).sum();
        let ours = |subject: &Subject| rewritten(&config, &recipes, subject);
        let peer = |subject: &Subject| ammonia::clean(subject.entry.body()).len();
        let (mut our_rates, mut their_rates) = (Vec::new(), Vec::new());
        for number in 1..=rounds {
            their_rates.push(rate(&subjects, &peer)?);
            our_rates.push(rate(&subjects, &ours)?);
            let last = |rates: &[f64]| rates.last().copied().unwrap_or_default();
            say(&format!(
                "rewrite: {origin}, round {number}: ammonia {:.0}, wirepress {:.0} items/s",
                last(&their_rates),
                last(&our_rates)
            ));
        }
        let (rate, peer_rate) = (median(our_rates), median(their_rates));
        rows.push(Row {
            what: format!("rewriting {} {origin} (mean {:.1} KB) on one core", subjects.len(), bytes as f64 / subjects.len() as f64 / 1e3),
            measured: format!("{rate:.0} items/s"),
            beside: format!("bare ammonia {peer_rate:.0} items/s"),
            ratio: Some(rate / peer_rate),
            wanted: format!("≥ {WANTED:.0} items/s"),
            reached: rate >= WANTED,
        });
    }
    if rows.is_empty() {
        bail!("there is nothing to rewrite");
    }
    Ok(rows)
}

/// The pipeline's order, without its doors; how long the draft became.
fn rewritten(config: &Config, recipes: &[&Recipe], subject: &Subject) -> usize {
    let Subject { facts, entry } = subject;
    let body = content::clean_from(entry.body(), &content::Source::entry(entry));
    let summary = entry.summary.as_deref().map(content::plain).unwrap_or_default();
    let (html, text, words) = (body.html.as_str(), body.text.as_str(), body.words);
    let view = View::new(&Told { feed: "all", facts, entry, html, text, words, summary: &summary, first_seen: NOW, now: NOW });
    let Early::Go { sites, .. } = rewrite::early(&config.engine, recipes, &view) else { return 0 };
    let excerpt = content::excerpt_of(&body, EXCERPT_WORDS);
    let blocks = content::blocks(&body.html);
    let mut length = 0;
    for recipe in recipes.iter().filter(|recipe| sites.contains(&recipe.site)) {
        let excerpt_words = Words { taken: excerpt.taken, of: excerpt.of };
        let prepared = Prepared {
            view: &view,
            key: "0123456789abc",
            image: None,
            pictures: &[],
            outgoing: None,
            licence: "",
            signals: &[],
            notes: &[],
            excerpt: &excerpt.text,
            excerpt_words,
            blocks: &blocks,
        };
        if let Composed::Draft(ready) = rewrite::compose(&config.engine, recipe, &prepared) {
            length += ready.draft.content.len();
        }
    }
    length
}

/// Every entry with a body of the captured feeds; none where nobody unpacked them.
fn captured() -> Result<Vec<Subject>> {
    let Some(corpus) = Corpus::captured()? else { return Ok(Vec::new()) };
    let base = Url::parse("https://feed.example/feed")?;
    let mut subjects = Vec::new();
    for feed in &corpus.feeds {
        let Ok(parsed) = parse(&feed.text, None, &base, &Reading::default()) else { continue };
        let entries = parsed.entries.into_iter().filter(|entry| !entry.body().trim().is_empty());
        subjects.extend(entries.map(|entry| Subject { facts: parsed.facts.clone(), entry }));
    }
    Ok(subjects)
}

/// 1,000 entries of the sizes that real feeds have: half are teasers of some hundred bytes, a tenth whole articles of 10 to 60 KB.
fn made() -> Vec<Subject> {
    let words = [
        "harbour",
        "engine",
        "winter",
        "council",
        "garden",
        "<b>signal</b>",
        "market",
        "bridge &amp; road",
        "“letter”",
        "<a href=\"/s?utm_source=rss\">summer</a>",
    ];
    let sentence =
        |n: usize, p: usize| (0..24).map(|w| words[(n * 7 + p * 5 + w * w + w * (n % 11)) % words.len()]).collect::<Vec<_>>().join(" ");
    let piece = |n: usize, p: usize| match p % 9 {
        3 => format!("<h2 id=\"p{p}\">On {}</h2>\n", words[(n + p) % 5]),
        5 => format!(
            "<figure class=\"wp-block-image\"><img src=\"/i/{n}-{p}.jpg\" alt=\"{}\" width=\"1024\" height=\"683\" srcset=\"/s.jpg 300w, /l.jpg 1024w\"><figcaption>Caption</figcaption></figure>\n",
            words[p % 4]
        ),
        6 => format!("<ul><li>{}</li><li>{}</li><li>three<ul><li>deep</li></ul></li></ul>\n", sentence(n, p), sentence(p, n)),
        8 => format!(
            "<blockquote><p>{}</p></blockquote>\n<table><tr><th>a</th><td>{p}</td></tr><tr><th>b</th><td>{n}</td></tr></table>",
            sentence(n, p)
        ),
        _ => format!("<p class=\"x\" style=\"color:red\">Of {}. And {}, of course.</p>\n", sentence(n, p), sentence(n + 1, p)),
    };
    let pieces = |n: usize| match n % 10 {
        0..=4 => 1,
        5..=8 => 4 + n % 7,
        _ => 35 + n % 150,
    };
    let facts = FeedFacts { title: Some("Reports".to_owned()), home: Some("https://feed.example/".to_owned()), ..FeedFacts::default() };
    let entry = |n: usize| Entry {
        guid: Some(format!("report-{n}")),
        link: Some(format!("https://feed.example/report/{n}")),
        title: format!("Report number {n} on the {}", words[n % 5]),
        content: Some((0..pieces(n)).map(|p| piece(n, p)).collect()),
        summary: Some(sentence(n, 1)),
        authors: vec!["A. Author".to_owned()],
        categories: (0..3).map(|c| format!("Desk {}", (n * 3 + c * 23) % 71)).collect(),
        published: Some(Timestamp::from_unix(NOW.unix() - 3_600)),
        ..Entry::default()
    };
    (0..1_000).map(|n| Subject { facts: facts.clone(), entry: entry(n) }).collect()
}

/// Items in a second of this thread's own time, so that a neighbour on the machine doesn't count.
fn rate(subjects: &[Subject], work: &dyn Fn(&Subject) -> usize) -> Result<f64> {
    let start = own_time()?;
    for subject in subjects {
        std::hint::black_box(work(std::hint::black_box(subject)));
    }
    Ok(subjects.len() as f64 / (own_time()? - start).as_secs_f64())
}

fn own_time() -> Result<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(Duration::from_nanos(text.split_whitespace().next().context("schedstat")?.parse()?))
}
