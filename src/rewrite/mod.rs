//! Item to drafts by rules and templates: pure, compiled when the config loads, in an early and a late pass.
//!
//! `minijinja` is the one language: a rule's `when` is an expression, a template is a template, and both see the same
//! [`FIELDS`]. The early pass sees what the entry itself says and may skip it or choose its sites before anything is
//! fetched for it; the late pass runs all rules again, site by site, with every field, and composes the draft. The same
//! inputs, the time among them, give the same draft.

mod also;
mod check;
mod compose;
mod composing;
mod digest;
mod early;
mod engine;
mod fields;
mod filing;
mod filters;
mod governor;
mod include;
mod keywords;
mod language;
mod lint;
mod markup;
mod note;
mod phrases;
mod place;
mod rules;
mod score;
mod source;
mod terms;
mod text;

mod recipe;
mod slug;
mod trial;
mod view;

#[cfg(test)]
mod tests;

pub use also::{also_covered, also_covered_in_digest};
pub use compose::{Composed, InDigest, Prepared, Ready, Words, compose, edits};
pub use digest::{DIGEST_FIELDS, Digest, DigestEntry, DigestField, Frame, Order, compose_digest, digest_field, hold_in_digest, told_again};
pub use early::{Early, early};
pub use engine::{Engine, Fault, Over, RuleId, Slot, TemplateId};
pub use fields::{FIELDS, Field, Kind, Known, field};
pub use filing::{CategoryMap, FeedCategories, Filed};
pub use filters::pattern;
pub use governor::{Governor, GovernorFault};
pub use include::{Include, includes, parses};
pub use keywords::{KeywordFault, KeywordRule, Keywords};
pub use lint::NO_SOURCE;
pub use note::{Note, note};
pub use recipe::{
    Authors, Content, DateFrom, Editor, Fallback, Fields, Image, Images, InText, Recipe, Rule, Scope, SeoTemplates, Templates, Then,
};
pub use rules::told;
pub use score::{Best, Scores, Window};
pub use view::{Told, View};
