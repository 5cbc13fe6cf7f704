//! Whether two texts tell the same story: sketches of a few hundred bytes, compared without the texts (pure, no model).
//!
//! A text becomes the set of its runs of three words, and that set 48 numbers (MinHash: Broder, "On the resemblance and
//! containment of documents", 1997), of which as many are equal as the sets have in common. The first 60 words have 24 numbers of
//! their own, as one outlet brings a teaser of what another brings in full; names and numbers have 24, as forms are filled in
//! with others every day. Three numbers in a row make a band: who shares one with nobody is compared with nobody.
//!
//! Measured on a labelled set made from real feeds (`scripts/bench alike`): see `docs/near-duplicates.md`.

mod sketch;
#[cfg(test)]
mod tests;
mod words;

use crate::domain::{AlikeAs, Likeness};
use sketch::Sketch;

/// Of the numbers of two sketches, so many are equal where the texts tell the same story.
const WHOLE: f64 = 0.4;
/// The same of the beginnings alone; then the titles must agree, too.
const LEAD: f64 = 0.5;
/// Two titles agree where so many of the shorter one's words are in the other.
const TITLE: f64 = 0.5;
/// Texts that are so much alike need no title.
const PLAIN: f64 = 0.6;
/// Of names and numbers, so many are the same: a form that is filled in anew has others.
const FACTS: f64 = 0.5;
/// And fewer than these say nothing.
const FEW_FACTS: u16 = 6;

/// What a text is known again by; `None`: it is too short to be compared. `language` is a BCP 47 tag or empty: texts of different
/// languages are never alike. `scope` keeps bands apart that are not to meet (one site's from another's).
pub fn likeness(title: &str, text: &str, language: &str, scope: i64) -> Option<Likeness> {
    let sketch = Sketch::of(title, text, language)?;
    Some(Likeness { bands: sketch.bands(scope), sketch: sketch.to_text(), judge })
}

/// How much alike two sketches are, if they tell the same story.
fn judge(one: &str, other: &str) -> Option<AlikeAs> {
    let (one, other) = (Sketch::parse(one)?, Sketch::parse(other)?);
    let common = one.compare(&other);
    let whole = common.whole >= WHOLE && (common.title >= TITLE || common.whole >= PLAIN);
    let lead = common.lead >= LEAD && common.title >= TITLE;
    // a teaser has few of the names of the whole
    let teaser = lead && common.lead >= PLAIN && one.is_teaser_of(&other);
    let same_facts = common.facts >= FACTS || one.facts_told.min(other.facts_told) < FEW_FACTS || teaser;
    let percent = (common.whole.max(common.lead) * 100.0).round() as u8;
    ((whole || lead) && same_facts).then_some(AlikeAs { percent })
}
