//! What was mended in a document, named for its publisher.

use std::collections::BTreeMap;

/// One kind of fault that is mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mend {
    /// An `&` that begins no reference.
    BareAmpersand,
}

impl Mend {
    /// For JSON and tests: `bare-ampersand`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BareAmpersand => "bare-ampersand",
        }
    }

    /// What the publisher should do, in plain words.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::BareAmpersand => "write `&` as `&amp;`",
        }
    }
}

/// The mends of one document, each with how often it was needed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mends(BTreeMap<Mend, u32>);

impl Mends {
    /// Counts one more.
    pub fn note(&mut self, mend: Mend) {
        *self.0.entry(mend).or_default() += 1;
    }

    /// Which, and how often.
    pub fn iter(&self) -> impl Iterator<Item = (Mend, u32)> {
        self.0.iter().map(|(mend, count)| (*mend, *count))
    }

    /// Whether nothing had to be mended.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
