//! A sketch: the numbers that stand for a text, as the store keeps them.

use data_encoding::BASE64_NOPAD;

use super::words::{facts, language, mix, words};

/// Numbers for the whole text, its beginning, and its names and numbers.
const WHOLE: usize = 48;
const LEAD: usize = 24;
const FACTS: usize = 24;
/// Numbers that make a band.
const ROWS: usize = 3;
/// Words of a beginning.
const BEGINNING: usize = 60;
/// Words in a run.
const RUN: usize = 3;
/// A shorter text is never compared.
const SHORTEST: usize = 25;
/// Different words of a title that are kept.
const TITLE: usize = 16;

/// What stands for a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sketch {
    whole: [u16; WHOLE],
    lead: [u16; LEAD],
    facts: [u16; FACTS],
    /// Different words of the title, ascending.
    title: Vec<u16>,
    /// Of the text.
    words: u16,
    /// How many different names and numbers it has.
    pub facts_told: u16,
}

/// What two sketches have in common, each from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Common {
    pub whole: f64,
    pub lead: f64,
    pub facts: f64,
    /// Of the shorter title's words.
    pub title: f64,
}

impl Sketch {
    /// `None`: the text is too short.
    pub fn of(title: &str, text: &str, tag: &str) -> Option<Self> {
        let all = words(text);
        if all.len() < SHORTEST {
            return None;
        }
        let runs: Vec<u64> =
            all.windows(RUN).map(|run| run.iter().fold(language(tag), |hash, word| mix(hash.rotate_left(17) ^ word))).collect();
        let facts = facts(text);
        let mut title: Vec<u16> = words(title).into_iter().map(|word| (mix(word) >> 40) as u16).collect();
        title.sort_unstable();
        title.dedup();
        title.truncate(TITLE);
        Some(Self {
            whole: minima(&runs),
            lead: minima(&runs[..runs.len().min(BEGINNING + 1 - RUN)]),
            facts: minima(&facts),
            title,
            words: u16::try_from(all.len()).unwrap_or(u16::MAX),
            facts_told: u16::try_from(facts.len()).unwrap_or(u16::MAX),
        })
    }

    /// Who shares none of these tells another story. As 63-bit numbers, as the store's keys are.
    pub fn bands(&self, scope: i64) -> Vec<i64> {
        let bands = self.whole.chunks(ROWS).chain(self.lead.chunks(ROWS)).enumerate();
        let band =
            |(at, rows): (usize, &[u16])| rows.iter().fold(mix(at as u64 ^ mix(scope as u64)), |hash, row| mix(hash ^ u64::from(*row)));
        bands.map(|band_| (band(band_) >> 1) as i64).collect()
    }

    /// What they have in common.
    pub fn compare(&self, other: &Self) -> Common {
        let shared = self.title.iter().filter(|word| other.title.binary_search(word).is_ok()).count();
        Common {
            whole: equal(&self.whole, &other.whole),
            lead: equal(&self.lead, &other.lead),
            facts: equal(&self.facts, &other.facts),
            title: shared as f64 / self.title.len().min(other.title.len()).max(1) as f64,
        }
    }

    /// One of them is less than half of the other.
    pub fn is_teaser_of(&self, other: &Self) -> bool {
        self.words.max(other.words) > 2 * self.words.min(other.words)
    }

    /// As [`Sketch::parse`] reads it: some 280 characters.
    pub fn to_text(&self) -> String {
        let numbers = [self.words, self.facts_told].into_iter().chain(self.whole).chain(self.lead).chain(self.facts);
        let bytes: Vec<u8> = numbers.chain(self.title.iter().copied()).flat_map(u16::to_be_bytes).collect();
        BASE64_NOPAD.encode(&bytes)
    }

    /// `None`: another version of this program wrote it.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64_NOPAD.decode(text.as_bytes()).ok()?;
        let numbers: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
        let (head, rest) = numbers.split_at_checked(2)?;
        let (whole, rest) = rest.split_at_checked(WHOLE)?;
        let (lead, rest) = rest.split_at_checked(LEAD)?;
        let (facts, title) = rest.split_at_checked(FACTS)?;
        Some(Self {
            whole: whole.try_into().ok()?,
            lead: lead.try_into().ok()?,
            facts: facts.try_into().ok()?,
            title: title.to_vec(),
            words: head[0],
            facts_told: head[1],
        })
    }
}

/// For each of `N` orders of all numbers the element that comes first, cut to 16 bits.
fn minima<const N: usize>(set: &[u64]) -> [u16; N] {
    let mut least = [u64::MAX; N];
    for element in set {
        let (mut hash, step) = (mix(*element), mix(element ^ 0x9e37_79b9_7f4a_7c15) | 1);
        for least in &mut least {
            hash = hash.wrapping_add(step);
            let ordered = (hash ^ (hash >> 29)).wrapping_mul(0xff51_afd7_ed55_8ccd);
            *least = (*least).min(ordered);
        }
    }
    least.map(|least| (least >> 20) as u16)
}

fn equal(one: &[u16], other: &[u16]) -> f64 {
    one.iter().zip(other).filter(|(one, other)| one == other).count() as f64 / one.len() as f64
}
