//! The late pass: all rules with every field, then the templates: a draft, or a reason why there is none.

use super::engine::Engine;
use super::recipe::Recipe;
use super::view::View;
use crate::domain::{Decision, Draft, DraftImage, Hold};

/// An item with all that preparing brought.
#[derive(Debug, Clone, Copy)]
pub struct Prepared<'a> {
    pub view: &'a View,
    /// The delivery's key: 13 characters.
    pub key: &'a str,
    /// The picture, or why there is none; `None`: it was not looked for.
    pub image: Option<&'a Result<DraftImage, String>>,
    /// Plain text, paragraphs parted by an empty line.
    pub excerpt: &'a str,
    /// Of the excerpt and of the whole body.
    pub excerpt_words: Words,
    /// The whole body as WordPress blocks.
    pub blocks: &'a str,
}

/// How much of the source a post shows: `58 of 812 words`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Words {
    pub taken: usize,
    pub of: usize,
}

/// What the late pass came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Composed {
    Draft(Box<Ready>),
    Skip(Decision),
}

/// A draft and how it came about.
#[derive(Debug, Clone, PartialEq)]
pub struct Ready {
    pub draft: Draft,
    pub decision: Decision,
    /// A person shall look at it first.
    pub hold: Option<Hold>,
    pub words: Words,
}

/// Composes the draft for one site.
pub fn compose(engine: &Engine, recipe: &Recipe, prepared: &Prepared<'_>) -> Composed {
    let _ = (engine, recipe);
    let draft = Draft { title: prepared.view.title.clone(), ..Draft::default() };
    Composed::Draft(Box::new(Ready { draft, decision: Decision::default(), hold: None, words: prepared.excerpt_words }))
}
