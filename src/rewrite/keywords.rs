//! The `tags` key: words that give a tag.

use super::phrases::Phrases;

/// One line of the `tags` key: these words give this tag.
#[derive(Debug, Clone)]
pub struct KeywordRule {
    tag: String,
    at: String,
    words: Vec<String>,
}

/// A keyword that can't match anything.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct KeywordFault {
    /// Which of the words, from 0.
    pub index: usize,
    pub message: String,
}

impl KeywordRule {
    /// Whole words or phrases, without regard to case; `*` at a word's end stands for any ending. `at`: its place,
    /// `wirepress.toml:23`.
    pub fn new(tag: &str, words: &[String], at: &str) -> Result<Self, KeywordFault> {
        for (index, word) in words.iter().enumerate() {
            if !word.chars().any(char::is_alphanumeric) {
                return Err(KeywordFault { index, message: format!("`{word}` has no letter or digit to look for") });
            }
        }
        Ok(Self { tag: tag.to_owned(), at: at.to_owned(), words: words.to_vec() })
    }
}

/// All keyword rules of a recipe, compiled to one look at each word of an entry.
#[derive(Debug, Clone, Default)]
pub struct Keywords {
    rules: Vec<KeywordRule>,
    phrases: Phrases,
}

impl Keywords {
    /// In the order of the config, which is the order of the tags.
    pub fn new(rules: Vec<KeywordRule>) -> Self {
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

    /// The tags that a folded text gets, each with the place of its rule.
    pub(super) fn tags(&self, folded: &str) -> impl Iterator<Item = (&str, &str)> {
        let mut found = vec![false; self.rules.len()];
        self.phrases.find(folded, |number| found[number] = true);
        self.rules.iter().zip(found).filter(|(_, found)| *found).map(|(rule, _)| (rule.tag.as_str(), rule.at.as_str()))
    }
}
