//! Whether two titles over one link tell one story.

use std::collections::HashSet;

/// Of the words of the longer title, so many hundredths have to be in the other, too.
const SHARED: usize = 60;

/// Whether an entry whose GUID changed is still the one with the old title: the titles are equal after folding, or most words are
/// shared. Numbers decide alone: `1.2 is out` and `1.3 is out` are two stories. Titles without a word prove nothing.
pub fn same_story(old: &str, new: &str) -> bool {
    let (old, new) = (words(old), words(new));
    if old.is_empty() || new.is_empty() {
        return false;
    }
    let has_number = |word: &&String| word.chars().any(char::is_numeric);
    if old.symmetric_difference(&new).any(|word| has_number(&word)) {
        return false;
    }
    old.intersection(&new).count() * 100 >= old.len().max(new.len()) * SHARED
}

/// Lower-case words; each sign of a script without spaces is a word of its own.
fn words(title: &str) -> HashSet<String> {
    let mut words = HashSet::new();
    for run in title.to_lowercase().split(|c: char| !c.is_alphanumeric()).filter(|run| !run.is_empty()) {
        if run.chars().any(is_unspaced) {
            words.extend(run.chars().map(String::from));
        } else {
            words.insert(run.to_owned());
        }
    }
    words
}

/// Thai, Lao, Khmer, Myanmar; kana; Han; Hangul is spaced and isn't here.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_headline_is_the_same_story_and_another_headline_is_not() {
        for (old, new, same) in [
            ("Storm hits the coast", "Storm hits the coast", true),
            ("Storm hits the coast", "STORM hits the coast!", true),
            ("Storm hits the northern coast of Spain", "Updated: storm hits the northern coast of Spain", true),
            ("Storm hits the coast", "Parliament passes the budget", false),
            ("Version 1.2 is released", "Version 1.3 is released", false),
            ("Open thread", "Open thread 2", false),
            ("東京で大雪が降る", "東京で大雪が降った", true),
            ("東京で大雪", "大阪の選挙", false),
            ("", "", false),
            ("…", "…", false),
        ] {
            assert_eq!(same_story(old, new), same, "{old} / {new}");
            assert_eq!(same_story(new, old), same, "{new} / {old}");
        }
    }
}
