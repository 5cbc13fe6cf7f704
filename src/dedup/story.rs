//! Whether two entries that share a rung's key tell one story.

use std::collections::HashSet;
use std::time::Duration;

use super::text::fold;
use crate::domain::{Rung, Telling};

/// Of the words of the longer title, so many hundredths have to be in the other, too.
const SHARED: usize = 60;
/// Two bodies that are one have so many hundredths of all their words in both.
const ALIKE: usize = 90;
/// Bodies with fewer different words prove nothing.
const ENOUGH: usize = 30;
/// What is published again so much later isn't a correction.
const CORRECTION: Duration = Duration::from_secs(3 * 86_400);
/// An opaque GUID that comes again so much later, with another title and link, was given away anew.
const GIVEN_ANEW: Duration = Duration::from_secs(86_400);
/// Letters of a body that are compared.
const LETTERS: usize = 20_000;
/// Letters that a misprint may be away from the word.
const MISPRINT: usize = 2;

/// Whether an entry is the one that is known, where both have the rung's key. What is known has left the feed's document, but
/// for [`Rung::Guid`], which is only asked where an opaque GUID (`123`) comes back with another link.
///
/// - GUID: unless another story appears under it a day later or more, or undated: somebody began to count from 1 again.
/// - Path, link: the titles tell one story ([`same_title`]), or else the bodies where neither has a title; for the path also
///   where both were published in the same second.
/// - Title and content: the titles are equal, and both were published in the same second or the bodies are alike; or the
///   titles differ by a misprint and the bodies are alike.
pub fn same_story(rung: Rung, old: &Telling<'_>, new: &Telling<'_>) -> bool {
    match rung {
        Rung::Guid => same_headline(old, new) || !is_given_anew(old, new),
        Rung::Path => same_headline(old, new) || same_moment(old, new),
        Rung::Link => same_headline(old, new),
        Rung::Text => {
            let (one, two) = (fold(old.title), fold(new.title));
            match one == two {
                true => same_moment(old, new) || alike(old, new),
                false => is_misprint(&one, &two) && alike(old, new),
            }
        }
    }
}

/// Whether two titles tell one story: they are equal after folding, or most words are shared. Numbers decide alone: `1.2 is
/// out` and `1.3 is out` are two stories. Titles without a word prove nothing.
pub(super) fn same_title(old: &str, new: &str) -> bool {
    let (old, new) = (words(old), words(new));
    if old.is_empty() || new.is_empty() || numbers_differ(&old, &new) {
        return false;
    }
    old.intersection(&new).count() * 100 >= old.len().max(new.len()) * SHARED
}

fn same_headline(old: &Telling<'_>, new: &Telling<'_>) -> bool {
    match (old.title.trim().is_empty(), new.title.trim().is_empty()) {
        (true, true) => same_title(&fold(start(old.body)), &fold(start(new.body))),
        _ => same_title(old.title, new.title),
    }
}

fn same_moment(old: &Telling<'_>, new: &Telling<'_>) -> bool {
    old.published.is_some() && old.published == new.published
}

/// Titles that tell nothing don't tell two stories apart.
fn is_given_anew(old: &Telling<'_>, new: &Telling<'_>) -> bool {
    let is_undated = old.published.is_none() || new.published.is_none();
    let are_told = !words(old.title).is_empty() && !words(new.title).is_empty();
    is_later(old, new, GIVEN_ANEW) || (is_undated && are_told)
}

fn is_later(old: &Telling<'_>, new: &Telling<'_>, span: Duration) -> bool {
    matches!((old.published, new.published), (Some(old), Some(new)) if new.since(old) > span)
}

/// Nearly all words of two bodies are the same, all numbers are, there are enough of them, and no more than a few days lie
/// between.
fn alike(old: &Telling<'_>, new: &Telling<'_>) -> bool {
    if is_later(old, new, CORRECTION) || is_later(new, old, CORRECTION) {
        return false;
    }
    let (old, new) = (start(old.body), start(new.body));
    // Looked at first, as it costs nothing: no correction doubles a text.
    if old.len().min(new.len()) * 2 < old.len().max(new.len()) {
        return false;
    }
    let (old, new) = (words(&fold(old)), words(&fold(new)));
    let shared = old.intersection(&new).count();
    old.len().max(new.len()) >= ENOUGH && !numbers_differ(&old, &new) && shared * 100 >= old.union(&new).count() * ALIKE
}

/// Whether so many hundredths of all words of two texts are in both, and there are enough of them.
pub(super) fn same_text(old: &str, new: &str, hundredths: usize) -> bool {
    let (old, new) = (words(&fold(start(old))), words(&fold(start(new))));
    old.len().min(new.len()) >= ENOUGH / 2 && old.intersection(&new).count() * 100 >= old.union(&new).count() * hundredths
}

fn numbers_differ(old: &HashSet<String>, new: &HashSet<String>) -> bool {
    old.symmetric_difference(new).any(|word| word.chars().any(char::is_numeric))
}

/// One word or two of the titles are written a little differently; the first letters stand.
fn is_misprint(old: &str, new: &str) -> bool {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.split(' ').collect(), new.split(' ').collect());
    let mut differ = old.iter().zip(&new).filter(|(old, new)| old != new).peekable();
    old.len() == new.len()
        && old.len() > 2
        && differ.clone().count() <= 2
        && differ.peek().is_some()
        && differ.all(|(old, new)| {
            let has_number = |word: &str| word.chars().any(char::is_numeric);
            old.chars().next() == new.chars().next() && !has_number(old) && !has_number(new) && distance(old, new) <= MISPRINT
        })
}

/// How many letters have to be changed, put in, taken out or swapped with their neighbour.
fn distance(old: &str, new: &str) -> usize {
    let (old, new): (Vec<char>, Vec<char>) = (old.chars().take(64).collect(), new.chars().take(64).collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=new.len()).collect();
    for (i, a) in old.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in new.iter().enumerate() {
            let mut best = (last[j] + usize::from(a != b)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == new[j - 1] && old[i - 1] == *b {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[new.len()]
}

/// The beginning of a text, cut at a letter.
fn start(text: &str) -> &str {
    &text[..text.floor_char_boundary(LETTERS)]
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
    use crate::domain::Timestamp;

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
            assert_eq!(same_title(old, new), same, "{old} / {new}");
            assert_eq!(same_title(new, old), same, "{new} / {old}");
        }
    }

    /// 40 different words, the last of them given.
    fn body(last: &str) -> String {
        let words: Vec<String> =
            (0..39).map(|number| format!("word{}", char::from(b'a' + number % 26).to_string().repeat(1 + number as usize / 26))).collect();
        format!("<p>{} {last}</p>", words.join(" "))
    }

    #[test]
    fn what_is_published_again_with_a_correction_is_the_same_and_what_only_looks_like_it_is_not() {
        let (plain, corrected) = (body("recieved"), body("received"));
        let other = body("x").replace("word", "other");
        let numbered = body("17");
        let day = |days: i64| Some(Timestamp::from_unix(1_795_000_000 + days * 86_400));
        let tell = |title, body, published| Telling { title, body, published };
        for (what, old, new, same) in [
            ("the body was corrected", tell("A storm comes", &plain, None), tell("A storm comes", &corrected, None), true),
            ("the title was corrected", tell("A strom comes", &plain, day(0)), tell("A storm comes", &plain, day(1)), true),
            ("both were", tell("A strom comes", &plain, day(0)), tell("A storm comes", &corrected, day(0)), true),
            ("moved, with the dates that it had", tell("A storm comes", "", day(0)), tell("A storm comes", &plain, day(0)), true),
            ("the daily post of one title", tell("Open thread today", "Talk.", day(0)), tell("Open thread today", "Talk.", day(1)), false),
            ("the weekly reminder", tell("We meet again", &plain, day(0)), tell("We meet again", &plain, day(7)), false),
            ("one title, another text", tell("A storm comes", &plain, day(0)), tell("A storm comes", &other, day(1)), false),
            ("another number in the text", tell("A storm comes", &plain, day(0)), tell("A storm comes", &numbered, day(1)), false),
            ("another place", tell("Storm at northern coast", &plain, day(0)), tell("Storm at southern coast", &plain, day(0)), false),
            ("another team", tell("Lions beat Bears easily", &plain, day(0)), tell("Lions beat Boars today", &plain, day(0)), false),
            ("another number in the title", tell("Part 12 of it", &plain, day(0)), tell("Part 13 of it", &plain, day(0)), false),
            ("a misprint, but hardly any text", tell("A strom comes", "Soon.", day(0)), tell("A storm comes", "Soon.", day(0)), false),
        ] {
            assert_eq!(same_story(Rung::Text, &old, &new), same, "{what}");
        }
    }

    #[test]
    fn entries_without_titles_are_compared_by_their_bodies() {
        let note = |body| Telling { title: "", body, published: None };
        let (one, same, other) = (note("Coffee in the sun, finally"), note("Coffee in the sun, finally!"), note("Rain again, no coffee"));
        assert!(same_story(Rung::Path, &one, &same) && same_story(Rung::Link, &one, &same));
        assert!(!same_story(Rung::Path, &one, &other) && !same_story(Rung::Link, &one, &other));
        assert!(!same_story(Rung::Link, &note(""), &note("")), "nothing proves nothing");
    }

    #[test]
    fn an_opaque_guid_that_is_counted_anew_is_another_entry() {
        let tell = |title, published| Telling { title, body: "", published: Some(Timestamp::from_unix(published)) };
        let old = tell("Storm hits the coast", 1_790_000_000);
        for (new, same) in [
            (tell("Storm hits the coast", 1_795_000_000), true),
            (tell("Parliament passes the budget", 1_790_000_100), true),
            (tell("Parliament passes the budget", 1_795_000_000), false),
        ] {
            assert_eq!(same_story(Rung::Guid, &old, &new), same, "{new:?}");
        }
        let undated = |title| Telling { title, body: "", published: None };
        for (title, same) in [("Storm hits the coast!", true), ("Parliament passes the budget", false), ("", true), ("…", true)] {
            assert_eq!(same_story(Rung::Guid, &undated("Storm hits the coast"), &undated(title)), same, "undated: {title}");
        }
    }

    #[test]
    fn letters_changed_swapped_put_in_and_taken_out_are_counted() {
        for (old, new, letters) in
            [("teh", "the", 1), ("recieve", "receive", 1), ("color", "colour", 1), ("abc", "abc", 0), ("abc", "xyz", 3), ("", "ab", 2)]
        {
            assert_eq!(distance(old, new), letters, "{old} {new}");
        }
    }
}
