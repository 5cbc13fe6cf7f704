//! The feeds that are measured with: captured real ones where they were unpacked, else some that are made here.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::texts;

/// Those folders of the corpus that hold captured feeds rather than made-up cases (`facts/feeds.md`, section 1).
const CAPTURED: [&str; 7] = ["fastfeedparser", "feed-rs", "feedjira", "netnewswire", "node-feedparser", "picofeed", "rss-parser-js"];

/// The folder with `dev/` and `dev.oracle.jsonl`, if it was unpacked.
const FOLDER: &str = "WIREPRESS_BENCH_CORPUS";

/// A document, as it lies on the server.
pub struct Feed {
    pub text: Vec<u8>,
    /// How many entries the trusted parser reads in it.
    pub entries: usize,
}

/// All of them, and where they are from.
pub struct Corpus {
    pub feeds: Vec<Feed>,
    pub origin: &'static str,
}

/// One line of the trusted parser's reading.
#[derive(Deserialize)]
struct Reading {
    file: String,
    entries: Vec<serde::de::IgnoredAny>,
}

impl Corpus {
    pub fn load() -> Result<Self> {
        Ok(Self::captured()?.unwrap_or_else(|| Self { feeds: made(), origin: "made feeds" }))
    }

    /// Real ones only.
    pub fn captured() -> Result<Option<Self>> {
        let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return Ok(None) };
        let feeds = captured(&folder)?;
        ensure!(!feeds.is_empty(), "there are no feeds in {}", folder.display());
        Ok(Some(Self { feeds, origin: "real feeds" }))
    }

    pub fn bytes(&self) -> usize {
        self.feeds.iter().map(|feed| feed.text.len()).sum()
    }
}

/// Captured feeds with at least one entry, each text once.
fn captured(folder: &Path) -> Result<Vec<Feed>> {
    let oracle = folder.join("dev.oracle.jsonl");
    let oracle = std::fs::read_to_string(&oracle).with_context(|| oracle.display().to_string())?;
    let mut readings = HashMap::new();
    for line in oracle.lines() {
        let Reading { file, entries } = serde_json::from_str(line)?;
        if !entries.is_empty() && file.split('/').nth(1).is_some_and(|source| CAPTURED.contains(&source)) {
            readings.insert(file, entries.len());
        }
    }
    let mut files: Vec<(String, usize)> = readings.into_iter().collect();
    files.sort();
    let (mut feeds, mut texts) = (Vec::new(), HashSet::new());
    for (file, entries) in files {
        let text = std::fs::read(folder.join(&file)).with_context(|| file.clone())?;
        if texts.insert(text.clone()) {
            feeds.push(Feed { text, entries });
        }
    }
    Ok(feeds)
}

/// Of 5 to 60 entries each, 17 to 200 KB: all alike, so they say less than real ones.
fn made() -> Vec<Feed> {
    (1..=12).map(|n| n * 5).map(|entries| Feed { text: texts::document(entries, 80, &|_| String::new()).into(), entries }).collect()
}
