//! A text's words as numbers, in whatever script: folded to lower case without accents; scripts without spaces by the letter.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// FNV-1a, 64 bits.
const START: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// Each word's hash, in the text's order.
pub fn words(text: &str) -> Vec<u64> {
    let mut all = Vec::with_capacity(text.len() / 6);
    let mut word = None;
    // what is ASCII already needs no table
    let mut add = |letter: char| {
        if is_combining_mark(letter) {
            return;
        }
        if is_unspaced(letter) {
            all.extend(word.take());
            all.push(step(START, letter));
        } else if letter.is_alphanumeric() {
            word = Some(step(word.unwrap_or(START), letter));
        } else if !matches!(letter, '\'' | '’') {
            all.extend(word.take());
        }
    };
    if text.is_ascii() {
        text.bytes().for_each(|byte| add(char::from(byte.to_ascii_lowercase())));
    } else {
        text.nfkd().flat_map(char::to_lowercase).for_each(&mut add);
    }
    all.extend(word);
    all
}

/// Words that begin with a capital letter or hold a digit, each once: names and numbers (in German all nouns).
pub fn facts(text: &str) -> Vec<u64> {
    let is_fact = |word: &&str| word.chars().next().is_some_and(char::is_uppercase) || word.bytes().any(|byte| byte.is_ascii_digit());
    let mut facts: Vec<u64> = text.split(|letter: char| !letter.is_alphanumeric()).filter(is_fact).flat_map(words).collect();
    facts.sort_unstable();
    facts.dedup();
    facts
}

/// A language's first part: `en` of `en-GB`.
pub fn language(tag: &str) -> u64 {
    tag.bytes().take_while(u8::is_ascii_alphabetic).fold(START, |hash, byte| step(hash, char::from(byte.to_ascii_lowercase())))
}

/// Spreads a hash over all its bits (the finalizer of splitmix64).
pub fn mix(mut hash: u64) -> u64 {
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

fn step(hash: u64, letter: char) -> u64 {
    (hash ^ u64::from(letter)).wrapping_mul(PRIME)
}

/// Thai, Lao, Burmese, Khmer, Kana and Han write without spaces.
fn is_unspaced(letter: char) -> bool {
    matches!(u32::from(letter), 0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3040..=0x30FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF
        | 0x20000..=0x2FFFF)
}
