//! The terms of a draft: from rules, keywords and the feed's categories, best first, none twice.

use super::phrases::fold;
use super::recipe::Recipe;
use super::view::View;
use crate::domain::{NewTerms, Term};

/// WordPress refuses longer names (500 `db_insert_error`).
const LONGEST: usize = 200;

const TAGS: &str = "tags";
const CATEGORIES: &str = "categories";

/// Terms while the rules run.
#[derive(Debug)]
pub(super) struct Terms {
    /// Categories that a rule gave.
    categories: Vec<Term>,
    /// Tags that rules gave.
    ruled: Vec<Term>,
    /// From keywords, then from the feed's categories.
    found: Vec<Term>,
}

impl Terms {
    /// What is known before any rule has run.
    pub fn new(recipe: &Recipe, view: &View) -> Self {
        let keywords = recipe.tags.tags(view.folded()).map(|(tag, at)| term(TAGS, tag, NewTerms::Create, at));
        let wish = &recipe.feed_categories;
        let own = view.categories.iter().filter(|_| wish.new != NewTerms::Ignore).filter_map(|name| {
            let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
            let usable = !name.is_empty() && name.chars().count() <= LONGEST && !super::view::is_web(&name);
            usable.then(|| term(&wish.to, &name, wish.new, "feed category"))
        });
        Self { categories: Vec::new(), ruled: Vec::new(), found: keywords.chain(own).collect() }
    }

    /// The names of the tags, best first, none twice.
    pub fn tags(&self) -> Vec<String> {
        let tags = self.ruled.iter().chain(&self.found).filter(|term| term.taxonomy == TAGS).cloned().collect();
        once(tags).into_iter().map(|term| term.name).collect()
    }

    pub fn add_tags(&mut self, names: &[String], at: &str) {
        self.ruled.extend(names.iter().map(|name| term(TAGS, name, NewTerms::Create, at)));
    }

    pub fn remove_tags(&mut self, names: &[String]) {
        let names: Vec<String> = names.iter().map(|name| fold(name)).collect();
        let stays = |term: &Term| term.taxonomy != TAGS || !names.contains(&fold(&term.name));
        self.ruled.retain(stays);
        self.found.retain(stays);
    }

    pub fn set_categories(&mut self, names: &[String], at: &str) {
        self.categories = names.iter().map(|name| term(CATEGORIES, name, NewTerms::Create, at)).collect();
    }

    /// All of them, best first, none twice.
    pub fn into_terms(self) -> Vec<Term> {
        once(self.categories.into_iter().chain(self.ruled).chain(self.found).collect())
    }
}

fn term(taxonomy: &str, name: &str, new: NewTerms, from: &str) -> Term {
    Term { taxonomy: taxonomy.to_owned(), name: name.to_owned(), new, from: from.to_owned() }
}

fn once(mut terms: Vec<Term>) -> Vec<Term> {
    let mut seen = std::collections::HashSet::new();
    terms.retain(|term| seen.insert((term.taxonomy.clone(), fold(&term.name))));
    terms
}
