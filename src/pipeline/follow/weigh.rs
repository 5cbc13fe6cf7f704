//! By how much an entry tells something else than it told before (pure).
//!
//! Counted are words of title and text as a reader sees them. A misprint (a word that becomes one of nearly the same letters),
//! punctuation, markup and white space count nothing; a word of the title, a number, a category, an author and a picture count threefold.

use std::collections::BTreeSet;

use super::super::Feed;
use super::super::prepare::feed_body;
use crate::domain::Entry;

/// What counts more than a word of the text.
const MUCH: u32 = 3;
/// Words on either side that are compared one with another; a longer stretch counts with all its words.
const STRETCH: usize = 1_500;

/// How many words differ, weighted.
pub(super) fn weigh(feed: &Feed, was: &Entry, is: &Entry) -> u32 {
    let text = |entry: &Entry| feed_body(feed, entry).text;
    weigh_texts(was, is, &text(was), &text(is))
}

fn weigh_texts(was: &Entry, is: &Entry, was_text: &str, is_text: &str) -> u32 {
    let title = words_differing(&was.title, &is.title).saturating_mul(MUCH);
    let text = words_differing(was_text, is_text);
    let categories = sets_differing(names(&was.categories), names(&is.categories));
    let authors = sets_differing(names(&was.authors), names(&is.authors));
    let pictures = sets_differing(addresses(was), addresses(is));
    [text, categories, authors, pictures].into_iter().fold(title, u32::saturating_add)
}

fn names(all: &[String]) -> BTreeSet<String> {
    all.iter().map(|name| name.trim().to_lowercase()).collect()
}

/// Without queries: many servers sign them anew each time.
fn addresses(entry: &Entry) -> BTreeSet<String> {
    let bare = |url: &str| url.split(['?', '#']).next().unwrap_or_default().to_owned();
    entry.images.iter().map(|image| bare(&image.url)).collect()
}

fn sets_differing(was: BTreeSet<String>, is: BTreeSet<String>) -> u32 {
    count(was.symmetric_difference(&is).count()).saturating_mul(MUCH)
}

/// Words that went and came, a word that became another once.
fn words_differing(was: &str, is: &str) -> u32 {
    let (was, is) = (words(was), words(is));
    let start = was.iter().zip(&is).take_while(|(was, is)| was == is).count();
    let rest = was.len().min(is.len()) - start;
    let end = was.iter().rev().zip(is.iter().rev()).take(rest).take_while(|(was, is)| was == is).count();
    let (was, is) = (&was[start..was.len() - end], &is[start..is.len() - end]);
    if was.len() > STRETCH || is.len() > STRETCH {
        return count(was.len().max(is.len()));
    }
    cheapest(was, is)
}

/// The least weight of turning one list of words into the other.
fn cheapest(was: &[String], is: &[String]) -> u32 {
    let weight = |word: &String| if is_number(word) { MUCH } else { 1 };
    let mut above: Vec<u32> = std::iter::once(0)
        .chain(is.iter().scan(0, |sum, word| {
            *sum += weight(word);
            Some(*sum)
        }))
        .collect();
    for old in was {
        let mut row = Vec::with_capacity(above.len());
        row.push(above[0] + weight(old));
        for (at, new) in is.iter().enumerate() {
            let turned = above[at] + turning(old, new, weight);
            row.push(turned.min(above[at + 1] + weight(old)).min(row[at] + weight(new)));
        }
        above = row;
    }
    above.last().copied().unwrap_or(0)
}

fn turning(old: &String, new: &String, weight: impl Fn(&String) -> u32) -> u32 {
    match old == new || is_misprint(old, new) {
        true => 0,
        false => weight(old).max(weight(new)),
    }
}

/// Letters and digits of each word, in lower case.
fn words(text: &str) -> Vec<String> {
    let bare = |word: &str| word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    text.split_whitespace().map(bare).filter(|word| !word.is_empty()).collect()
}

fn is_number(word: &str) -> bool {
    word.chars().any(|c| c.is_numeric())
}

/// One of two words might be the other, mistyped: one letter in a short one, two in a longer one, and neighbours that changed places
/// count as one. Of numbers none is a misprint, and of words of three letters or less neither.
fn is_misprint(old: &str, new: &str) -> bool {
    let (old, new): (Vec<char>, Vec<char>) = (old.chars().collect(), new.chars().collect());
    let shorter = old.len().min(new.len());
    if shorter < 3 || old.len().abs_diff(new.len()) > 2 || old.iter().chain(&new).any(|c| c.is_numeric()) {
        return false;
    }
    let most = if shorter < 6 { 1 } else { 2 };
    // three letters: only neighbours that changed places, as `teh`
    distance(&old, &new) <= most && (shorter > 3 || sorted(&old) == sorted(&new))
}

fn sorted(word: &[char]) -> Vec<char> {
    let mut word = word.to_vec();
    word.sort_unstable();
    word
}

/// Letters that differ, came or went; two neighbours that changed places are one (optimal string alignment).
fn distance(old: &[char], new: &[char]) -> usize {
    let mut rows: Vec<Vec<usize>> = vec![(0..=new.len()).collect()];
    for (i, a) in old.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in new.iter().enumerate() {
            let mut least = (rows[i][j] + usize::from(a != b)).min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == new[j - 1] && old[i - 1] == *b {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[old.len()][new.len()]
}

fn count(words: usize) -> u32 {
    u32::try_from(words).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ImageRef;

    #[test]
    fn misprints_count_nothing_and_words_numbers_and_titles_what_they_say() {
        for (was, is, weight) in [
            ("The same words.", "The same words.", 0),
            ("teh storm comes", "the storm comes", 0),
            ("The goverment says so", "The government says so", 0),
            ("They recieve it", "They receive it", 0),
            ("“Quoted” words – here", "\"Quoted\" words, here", 0),
            ("He is not guilty", "He is now guilty", 1),
            ("He is guilty", "He is not guilty", 1),
            ("Ten people died", "Twelve people died", 1),
            ("10 people died", "12 people died", 3),
            ("A storm comes", "A storm comes, and with it much rain", 5),
            ("one two three four five", "one three four five six", 2),
            ("", "Now with a text", 4),
            ("in the house", "on the house", 1),
        ] {
            assert_eq!(words_differing(was, is), weight, "{was} / {is}");
            assert_eq!(words_differing(is, was), weight, "{is} / {was}");
        }
    }

    #[test]
    fn titles_categories_authors_and_pictures_count_threefold() {
        let was = Entry { title: "A storm comes".into(), categories: vec!["Weather".into()], ..Entry::default() };
        let weigh = |is: &Entry| weigh_texts(&was, is, "Text.", "Text.");
        assert_eq!(weigh(&Entry { title: "A storm goes".into(), ..was.clone() }), 3);
        assert_eq!(weigh(&Entry { title: "A strom comes".into(), ..was.clone() }), 0);
        assert_eq!(weigh(&Entry { categories: vec!["weather ".into()], ..was.clone() }), 0);
        assert_eq!(weigh(&Entry { categories: vec!["Weather".into(), "Sea".into()], ..was.clone() }), 3);
        assert_eq!(weigh(&Entry { authors: vec!["Jane Doe".into()], ..was.clone() }), 3);
        let picture = |url: &str| vec![ImageRef { url: url.into(), ..ImageRef::default() }];
        let with = Entry { images: picture("https://a.example/1.jpg?sig=1"), ..was.clone() };
        assert_eq!(weigh(&with), 3);
        assert_eq!(weigh_texts(&with, &Entry { images: picture("https://a.example/1.jpg?sig=2"), ..was.clone() }, "", ""), 0);
    }

    #[test]
    fn a_text_that_was_written_anew_counts_with_all_its_words_in_little_time() {
        let text = |word: &str| vec![word; 20_000].join(" ");
        assert_eq!(words_differing(&text("old"), &text("fresh")), 20_000);
    }
}
