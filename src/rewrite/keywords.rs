//! The `tags` key: words and patterns that give a tag.

use regex::Regex;

use super::filters::compile_pattern;
use super::phrases::Phrases;
use super::view::View;

/// One line of the `tags` key: what gives this tag, or takes it away.
#[derive(Debug, Clone)]
pub struct KeywordRule {
    tag: String,
    at: String,
    words: Vec<String>,
    patterns: Vec<Regex>,
    taxonomy: String,
    priority: u32,
    removes: bool,
}

/// A keyword that can't match anything, or a pattern that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct KeywordFault {
    /// Which of the words or patterns, from 0.
    pub index: usize,
    pub message: String,
    pub hint: String,
}

impl KeywordRule {
    /// Whole words or phrases, without regard to case; `*` at a word's end stands for any ending. `at`: its place,
    /// `wirepress.toml:23`.
    pub fn new(tag: &str, words: &[String], at: &str) -> Result<Self, KeywordFault> {
        for (index, word) in words.iter().enumerate() {
            if !word.chars().any(char::is_alphanumeric) {
                let hint = "whole words or phrases; a `*` at a word's end stands for any ending".to_owned();
                return Err(KeywordFault { index, message: format!("`{word}` has no letter or digit to look for"), hint });
            }
        }
        let (tag, at, words) = (tag.to_owned(), at.to_owned(), words.to_vec());
        Ok(Self { tag, at, words, patterns: Vec::new(), taxonomy: "tags".to_owned(), priority: 0, removes: false })
    }

    /// Also where one of these is found in title or text as they are written; linear-time regular expressions.
    pub fn patterns(mut self, patterns: &[String]) -> Result<Self, KeywordFault> {
        for (index, pattern) in patterns.iter().enumerate() {
            let fault = |(message, hint): (String, Option<String>)| KeywordFault { index, message, hint: hint.unwrap_or_default() };
            self.patterns.push(compile_pattern(pattern).map_err(fault)?);
        }
        Ok(self)
    }

    /// Not among the tags, but in this taxonomy.
    pub fn filed_in(mut self, taxonomy: &str) -> Self {
        taxonomy.clone_into(&mut self.taxonomy);
        self
    }

    /// Higher ones come first among the tags.
    pub fn with_priority(mut self, priority: u32) -> Self {
        self.priority = priority;
        self
    }

    /// Where it fits, the entry doesn't get the tag: not from its feed's categories either.
    pub fn removing(mut self) -> Self {
        self.removes = true;
        self
    }
}

/// A rule that fits an entry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found<'a> {
    pub taxonomy: &'a str,
    pub tag: &'a str,
    pub at: &'a str,
    pub removes: bool,
}

/// All keyword rules of a recipe, compiled to one look at each word of an entry.
#[derive(Debug, Clone, Default)]
pub struct Keywords {
    rules: Vec<KeywordRule>,
    phrases: Phrases,
}

impl Keywords {
    /// By priority, and in the order of the config, which is the order of the tags.
    pub fn new(mut rules: Vec<KeywordRule>) -> Self {
        rules.sort_by_key(|rule| std::cmp::Reverse(rule.priority));
        let mut phrases = Phrases::default();
        for (number, rule) in rules.iter().enumerate() {
            for word in &rule.words {
                phrases.add(word, number);
            }
        }
        Self { rules, phrases }
    }

    /// There are none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The taxonomies in which it files, some of them more than once.
    pub fn taxonomies(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().filter(|rule| !rule.removes).map(|rule| rule.taxonomy.as_str())
    }

    /// The rules that fit an entry, best first.
    pub(super) fn find(&self, view: &View) -> impl Iterator<Item = Found<'_>> {
        let mut found = vec![false; self.rules.len()];
        if !self.rules.is_empty() {
            self.phrases.find(view.folded(), |number| found[number] = true);
        }
        for (rule, found) in self.rules.iter().zip(&mut found) {
            *found = *found || rule.patterns.iter().any(|pattern| pattern.is_match(&view.title) || pattern.is_match(&view.text));
        }
        let fitting = self.rules.iter().zip(found).filter(|(_, found)| *found);
        fitting.map(|(rule, _)| Found { taxonomy: &rule.taxonomy, tag: &rule.tag, at: &rule.at, removes: rule.removes })
    }
}
