//! Whether a feed is still the one that was configured: expired domains are sold, and full articles become teasers (pure).
//!
//! Two things are looked for in a document that has new entries:
//! - **taken over**: title, language, the sites that entries lead to, and subject have changed at once. One of them that is as
//!   it was is enough for an answer of no: a redesign changes a title, a move a host. What can't be known (no title, no
//!   language) speaks for neither.
//! - **fallen**: pictures, of which there were so many that their lack can't be chance, are gone; or entries have hardly any of
//!   the words that they had.

mod look;

use data_encoding::BASE64_NOPAD;

use crate::domain::{Entry, EntryLook, FeedFacts, Judged, Profile, Watch};
use look::title_words;

pub use look::look;

/// Entries that a feed's pictures and words are averaged over.
const MEMORY: u32 = 50;
/// Newest entries whose pictures and words are remembered one by one.
const NEWEST: usize = 16;
/// Words that are remembered, and sites.
const WORDS: usize = 400;
const SITES: usize = 8;
/// Nothing is said of a feed of which fewer entries are known: a title can be compared sooner than an average.
const KNOWN: u32 = 3;
const AVERAGED: u32 = 8;
/// A subject can be told from so many different words of new entries and of known ones.
const ENOUGH: usize = 12;
const ENOUGH_KNOWN: usize = 30;
/// Of the words of new entries, so many hundredths are known where the subject is the same; and where the language is.
const SAME_SUBJECT: usize = 15;
const SAME_LANGUAGE: usize = 4;
/// Entries without pictures are no chance where that would happen once in so many cases.
const CHANCE: f64 = 1e-4;
/// Entries are long from here on, and short below this part of what they were; so many have to be.
const LONG: f64 = 150.0;
const PART: f64 = 0.15;
const SHORT: usize = 5;

/// What the store needs to tell whether a feed is still the one that it was: worked out here, where nobody waits for it.
pub fn watch<'e>(facts: &FeedFacts, entries: impl Iterator<Item = &'e Entry>) -> Watch {
    Watch { facts: facts.clone(), looks: entries.map(look).collect(), judge }
}

/// Compares a document with what was learnt of the feed; see [`crate::domain::Judge`].
fn judge(profile: Option<&Profile>, facts: &FeedFacts, looks: &[(&EntryLook, bool)]) -> Judged {
    let all: Vec<&EntryLook> = looks.iter().map(|(look, _)| *look).collect();
    let Some(known) = profile else {
        return Judged::Same(learn(Profile::default(), facts, all.into_iter()));
    };
    let new: Vec<&EntryLook> = looks.iter().filter(|(_, is_new)| *is_new).map(|(look, _)| *look).collect();
    match taken_over(known, facts, &new).or_else(|| fallen(known, &all, &new)) {
        Some(because) => Judged::Other(because),
        None => Judged::Same(learn(known.clone(), facts, new.into_iter())),
    }
}

fn learn<'l>(mut profile: Profile, facts: &FeedFacts, new: impl DoubleEndedIterator<Item = &'l EntryLook> + Clone) -> Profile {
    profile.title = facts.title.clone().or(profile.title);
    profile.language = facts.language.clone().or(profile.language);
    let newest_first = new.clone().rev().flat_map(|look| look.words.iter().copied());
    let words = different(newest_first.chain(words_of(&profile)), WORDS);
    for look in new {
        profile.entries = profile.entries.saturating_add(1);
        let part = 1.0 / f64::from(profile.entries.min(MEMORY));
        profile.length += (f64::from(look.length) - profile.length) * part;
        profile.illustrated += (f64::from(u8::from(look.is_illustrated)) - profile.illustrated) * part;
        profile.newest.insert(0, (look.length, look.is_illustrated));
        profile.newest.truncate(NEWEST);
        if let Some(site) = &look.site {
            profile.sites.retain(|known| known != site);
            profile.sites.insert(0, site.clone());
            profile.sites.truncate(SITES);
        }
    }
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
    profile.words = BASE64_NOPAD.encode(&bytes);
    profile
}

/// The first `most` that differ, in their order.
fn different(words: impl Iterator<Item = u16>, most: usize) -> Vec<u16> {
    let mut seen = vec![false; 1 << 16];
    words.filter(|word| !std::mem::replace(&mut seen[usize::from(*word)], true)).take(most).collect()
}

fn words_of(profile: &Profile) -> Vec<u16> {
    let bytes = BASE64_NOPAD.decode(profile.words.as_bytes()).unwrap_or_default();
    bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect()
}

/// Why the feed looks as if it were somebody else's by now.
fn taken_over(known: &Profile, facts: &FeedFacts, new: &[&EntryLook]) -> Option<String> {
    let old_words = words_of(known);
    let mut words: Vec<u16> = new.iter().flat_map(|look| look.words.iter().copied()).collect();
    words.sort_unstable();
    words.dedup();
    if known.entries < KNOWN || words.len() < ENOUGH || old_words.len() < ENOUGH_KNOWN {
        return None;
    }
    let shared = words.iter().filter(|word| old_words.contains(word)).count() * 100 / words.len();
    let sites: Vec<&String> = new.iter().filter_map(|look| look.site.as_ref()).collect();
    let title = both(&known.title, &facts.title).map(|(old, new)| !same_title(old, new));
    let host = (!sites.is_empty() && !known.sites.is_empty()).then(|| !sites.iter().any(|site| known.sites.contains(site)));
    // A template that goes on saying `en` doesn't make it English.
    let language = both(&known.language, &facts.language).map(|(old, new)| primary(old) != primary(new) || shared < SAME_LANGUAGE);
    let signs = [title, host, language];
    if shared >= SAME_SUBJECT || signs.contains(&Some(false)) || signs.iter().flatten().count() < 2 {
        return None;
    }
    let mut changed = Vec::new();
    if let (Some(old), Some(new)) = (&known.title, &facts.title) {
        changed.push(format!("its title was `{}` and is `{}`", cut(old), cut(new)));
    }
    if let (Some(old), Some(new)) = (known.sites.first(), sites.first()) {
        changed.push(format!("its entries led to `{old}` and lead to `{new}`"));
    }
    if let (Some(old), Some(new)) = (&known.language, &facts.language) {
        changed.push(match primary(old) == primary(new) {
            true => format!("it says `{}` and is written in another language", cut(old)),
            false => format!("its language was `{}` and is `{}`", cut(old), cut(new)),
        });
    }
    Some(format!("it looks taken over: {}; it writes of other things ({shared} of 100 words are known)", changed.join(", ")))
}

fn both<'t>(old: &'t Option<String>, new: &'t Option<String>) -> Option<(&'t str, &'t str)> {
    Some((old.as_deref()?, new.as_deref()?)).filter(|(old, new)| !old.trim().is_empty() && !new.trim().is_empty())
}

/// Half of the words of the longer title, or more, are in both.
fn same_title(old: &str, new: &str) -> bool {
    let (old, new) = (title_words(old), title_words(new));
    old.intersection(&new).count() * 2 >= old.len().max(new.len())
}

/// `en` of `en-GB`.
fn primary(language: &str) -> String {
    language.trim().split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase()
}

fn cut(text: &str) -> String {
    text.chars().take(60).collect()
}

/// Why the feed looks as if its quality had fallen. Both the document as a whole and the newest entries are looked at: a new
/// template changes all at once, a new owner one by one.
fn fallen(known: &Profile, all: &[&EntryLook], new: &[&EntryLook]) -> Option<String> {
    if known.entries < AVERAGED {
        return None;
    }
    let whole: Vec<(u32, bool)> = all.iter().map(|look| (look.length, look.is_illustrated)).collect();
    let newest = new.iter().rev().map(|look| (look.length, look.is_illustrated));
    let newest: Vec<(u32, bool)> = newest.chain(known.newest.iter().copied()).take(NEWEST.max(new.len())).collect();
    // As many of the newest as are of one kind: what came before them was judged when it came.
    let bare = newest.iter().take_while(|(_, is_illustrated)| !is_illustrated).count();
    let short = newest.iter().take_while(|(length, _)| is_short(*length, known)).count();
    let whole_bare = if whole.iter().any(|(_, is_illustrated)| *is_illustrated) { 0 } else { whole.len() };
    let whole_short = if whole.iter().all(|(length, _)| is_short(*length, known)) { whole.len() } else { 0 };
    let without = bare.max(whole_bare);
    if (1.0 - known.illustrated.min(0.95)).powi(i32::try_from(without).unwrap_or(i32::MAX)) < CHANCE {
        let share = (known.illustrated * 100.0).round();
        return Some(format!("its quality fell: {share} of 100 entries had a picture, and of the last {without} none has"));
    }
    let few = short.max(whole_short);
    if known.length >= LONG && few >= SHORT {
        let of: &[(u32, bool)] = if whole_short >= short { &whole } else { &newest[..short] };
        let average = of.iter().map(|(length, _)| f64::from(*length)).sum::<f64>() / of.len() as f64;
        return Some(format!("its quality fell: entries had {:.0} words, and the last {few} have {average:.0}", known.length));
    }
    None
}

fn is_short(length: u32, known: &Profile) -> bool {
    f64::from(length) <= known.length * PART
}

#[cfg(test)]
mod tests;
