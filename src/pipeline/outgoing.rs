//! What goes out of an item where the keys `replace`, `links` and `boilerplate` or rules change it (pure).

use std::borrow::Cow;

use super::prepare::EXCERPT_WORDS;
use crate::content::{self, Cleaned};
use crate::domain::{Boilerplate, Edits, Replacement};
use crate::rewrite::{self, Editor, Engine, Prepared, Recipe, View, Words};

/// The changed parts of what templates see.
pub(super) struct Outgoing {
    view: View,
    excerpt: String,
    words: Words,
    body: String,
}

impl Outgoing {
    /// `None`: nothing is to be changed. `kept`: the feed's own word on boilerplate.
    pub fn of(engine: &Engine, recipe: &Recipe, prepared: &Prepared<'_>, body: &Cleaned, kept: &Boilerplate) -> Option<Self> {
        let edits = rewrite::edits(engine, recipe, prepared);
        if edits.is_empty() {
            return None;
        }
        // An excerpt is of the body before its words are replaced: they are, too, where `in` says so.
        let short = content::edit(body, &only_boilerplate(&edits).iter().collect::<Vec<_>>(), &kept.keep);
        let excerpt = content::excerpt_of(&short, EXCERPT_WORDS);
        let edited = content::edit(body, &edits, &kept.keep);
        let html = match recipe.editor {
            Editor::Blocks => content::blocks(&edited.html),
            Editor::Classic => content::classic(&edited.html),
        };
        Some(Self {
            view: prepared.view.entitled(&replaced(prepared.view.title(), &edits, |replacement| replacement.title)),
            excerpt: replaced(&excerpt.text, &edits, |replacement| replacement.excerpt),
            words: Words { taken: excerpt.taken, of: excerpt.of },
            body: html,
        })
    }

    /// What was prepared, with the changed parts.
    pub fn of_it<'a>(&'a self, prepared: Prepared<'a>) -> Prepared<'a> {
        Prepared { excerpt: &self.excerpt, excerpt_words: self.words, blocks: &self.body, outgoing: Some(&self.view), ..prepared }
    }
}

fn only_boilerplate(edits: &[&Edits]) -> Vec<Edits> {
    edits.iter().map(|edits| Edits { boilerplate: edits.boilerplate.clone(), ..Edits::default() }).collect()
}

fn replaced(text: &str, edits: &[&Edits], is_meant: fn(&Replacement) -> bool) -> String {
    let all = edits.iter().flat_map(|edits| &edits.replace).filter(|replacement| is_meant(replacement));
    all.fold(text.to_owned(), |text, replacement| match replacement.apply(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(changed) => changed,
    })
}
