//! What the store needs to find an earlier delivery that tells the same story.

use super::Timestamp;

/// What a text is known again by; made and judged by a room of its own, kept and found by the store.
#[derive(Debug, Clone)]
pub struct Likeness {
    /// Only texts that share one of these are compared: 63-bit numbers, scoped to the site.
    pub bands: Vec<i64>,
    /// What is compared, in a form that only its maker reads.
    pub sketch: String,
    /// How much alike two sketches are; `None`: they tell different stories.
    pub judge: fn(&str, &str) -> Option<AlikeAs>,
}

impl Likeness {
    /// How much alike another text of the same site is, if it tells the same story.
    pub fn alike(&self, other: &Self) -> Option<AlikeAs> {
        let share = self.bands.iter().any(|band| other.bands.contains(band));
        (self.judge)(&self.sketch, &other.sketch).filter(|_| share)
    }
}

/// Two texts tell the same story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlikeAs {
    /// Of what the texts, or their beginnings, consist of, so many hundredths are the same.
    pub percent: u8,
}

/// What becomes of an entry whose story the site has already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum NearDuplicates {
    /// It is posted like any other.
    #[default]
    Off,
    /// It is named in the first one's draft, and has no post of its own.
    Also,
    /// It waits for a person.
    Hold,
}

/// Another telling of a delivery's story, as its draft names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Also {
    /// What its feed calls itself, else the feed's name.
    pub source: String,
    /// Plain text.
    pub title: String,
    /// The entry's permalink.
    pub link: Option<String>,
    pub at: Timestamp,
}
