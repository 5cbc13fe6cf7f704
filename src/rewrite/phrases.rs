//! Keywords: whole words or phrases, found in one look at each word of a text, without regard to case.
//!
//! The `tags` key of the config and the test `containing` both stand on this, so they mean the same thing.

use std::collections::HashMap;

use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{UnicodeNormalization, is_nfkc_quick};

/// One form for letters that people take for the same: lower case, compatibility forms composed.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let lower = text.to_lowercase();
    match is_nfkc_quick(lower.chars()) {
        unicode_normalization::IsNormalized::Yes => lower,
        _ => lower.nfkc().collect(),
    }
}

/// Words that belong to phrases, compiled. Each phrase carries the number of what it stands for.
#[derive(Debug, Clone, Default)]
pub struct Phrases {
    /// By the first word, written out.
    whole: HashMap<Box<str>, Vec<Rest>>,
    /// By the first word's beginning, for words that end in `*`.
    begun: HashMap<Box<str>, Vec<Rest>>,
    /// The byte lengths of the keys of `begun`.
    begun_lengths: Vec<usize>,
    /// In scripts without spaces: found anywhere.
    anywhere: Vec<(Box<str>, usize)>,
}

#[derive(Debug, Clone)]
struct Rest {
    words: Vec<Word>,
    stands_for: usize,
}

#[derive(Debug, Clone)]
struct Word {
    text: Box<str>,
    /// Any ending may follow.
    open: bool,
}

impl Word {
    fn fits(&self, word: &str) -> bool {
        if self.open { word.starts_with(&*self.text) } else { word == &*self.text }
    }
}

impl Phrases {
    /// Adds a phrase; `false`: it has no letter or digit to look for.
    pub fn add(&mut self, phrase: &str, stands_for: usize) -> bool {
        let folded = fold(phrase.trim());
        if folded.chars().any(is_unspaced) {
            let text = folded.trim_end_matches('*');
            self.anywhere.push((text.into(), stands_for));
            return true;
        }
        let mut words = split(&folded);
        if words.is_empty() {
            return false;
        }
        let first = words.remove(0);
        let rest = Rest { words, stands_for };
        if first.open {
            if !self.begun_lengths.contains(&first.text.len()) {
                self.begun_lengths.push(first.text.len());
            }
            self.begun.entry(first.text).or_default().push(rest);
        } else {
            self.whole.entry(first.text).or_default().push(rest);
        }
        true
    }

    /// Calls `found` with what each phrase in `folded` stands for, once for each place where it is.
    pub fn find(&self, folded: &str, mut found: impl FnMut(usize)) {
        for (text, stands_for) in &self.anywhere {
            if folded.contains(&**text) {
                found(*stands_for);
            }
        }
        if self.whole.is_empty() && self.begun.is_empty() {
            return;
        }
        let words: Vec<&str> = words(folded).collect();
        for (index, word) in words.iter().enumerate() {
            let after = &words[index + 1..];
            let mut try_all = |candidates: &[Rest]| {
                for rest in candidates {
                    if rest.words.len() <= after.len() && rest.words.iter().zip(after).all(|(want, have)| want.fits(have)) {
                        found(rest.stands_for);
                    }
                }
            };
            if let Some(candidates) = self.whole.get(*word) {
                try_all(candidates);
            }
            for length in &self.begun_lengths {
                if let Some(candidates) = word.get(..*length).and_then(|start| self.begun.get(start)) {
                    try_all(candidates);
                }
            }
        }
    }

    /// One of the phrases is in `folded`.
    pub fn any(&self, folded: &str) -> bool {
        let mut any = false;
        self.find(folded, |_| any = true);
        any
    }
}

fn split(folded: &str) -> Vec<Word> {
    let mut found = Vec::new();
    for word in words(folded) {
        let end = word.as_ptr() as usize - folded.as_ptr() as usize + word.len();
        found.push(Word { text: word.into(), open: folded[end..].starts_with('*') });
    }
    found
}

/// The words of a folded text. `+` and `#` after a letter belong to it: `c++`, `c#`.
fn words(folded: &str) -> impl Iterator<Item = &str> {
    let mut rest = folded;
    std::iter::from_fn(move || {
        let start = rest.find(|c: char| c.is_alphanumeric())?;
        let from = &rest[start..];
        let end = from.find(|c: char| !belongs(c)).unwrap_or(from.len());
        let end = end + from[end..].find(|c| c != '+' && c != '#').unwrap_or(from.len() - end);
        rest = &from[end..];
        Some(&from[..end])
    })
}

fn belongs(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphanumeric() } else { c.is_alphanumeric() || is_combining_mark(c) }
}

/// Han, kana, Thai, Lao, Khmer, Burmese: written without spaces between words.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(phrase: &str, text: &str) -> bool {
        let mut phrases = Phrases::default();
        assert!(phrases.add(phrase, 0), "{phrase}");
        phrases.any(&fold(text))
    }

    #[test]
    fn a_keyword_is_a_whole_word_in_any_case() {
        for (phrase, text, found) in [
            ("linux", "Linux 7.0 is out", true),
            ("linux", "the GNU/LINUX system", true),
            ("linux", "linuxfx", false),
            ("kernel*", "three kernels", true),
            ("kernel*", "microkernel", false),
            ("kern*", "Kernel", true),
            ("machine learning", "on Machine-Learning, again", true),
            ("machine learning", "machine for learning", false),
            ("machine learn*", "machine learners", true),
            ("node.js", "Node.js 30", true),
            ("node.js", "node and js", false),
            ("c++", "in C++ and C", true),
            ("c", "in C++ only", false),
            ("c#", "C# 15", true),
            ("at&t", "AT&T again", true),
            ("r&d", "R & D", true),
            ("straße", "DIE STRASSE", false),
            ("straße", "Straße", true),
            ("müller", "Mu\u{308}ller", true),
            ("ｌｉｎｕｘ", "linux", true),
            ("日本", "今日本当に", true),
            ("ядро", "Ядро Linux", true),
            ("ядр*", "ядра", true),
            ("हिन्दी", "यह हिन्दी है", true),
        ] {
            assert_eq!(finds(phrase, text), found, "`{phrase}` in `{text}`");
        }
    }

    #[test]
    fn what_has_no_letter_is_no_keyword() {
        for phrase in ["", "*", " - ", "…"] {
            assert!(!Phrases::default().add(phrase, 0), "{phrase}");
        }
    }

    #[test]
    fn each_phrase_tells_what_it_stands_for() {
        let mut phrases = Phrases::default();
        for (number, phrase) in ["linux", "kernel*", "linux kernel", "rust"].into_iter().enumerate() {
            phrases.add(phrase, number);
        }
        let mut found = Vec::new();
        phrases.find(&fold("The Linux kernels"), |number| found.push(number));
        assert_eq!(found, [0, 1]);
        found.clear();
        phrases.find(&fold("Linux kernel"), |number| found.push(number));
        found.sort_unstable();
        assert_eq!(found, [0, 1, 2]);
    }
}
