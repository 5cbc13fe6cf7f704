//! The terms of a draft: from rules, keywords and the feed's categories, best first, none twice, as the site's governor
//! wants them named. What becomes no term is kept with its reason.

use std::collections::HashSet;

use super::filing::{Filing, placed};
use super::governor::Governor;
use super::phrases::fold;
use super::recipe::Recipe;
use super::view::View;
use crate::domain::{LeftOut, NewTerms, Term, same_name};

/// WordPress refuses longer names (500 `db_insert_error`).
const LONGEST: usize = 200;

const TAGS: &str = "tags";
const CATEGORIES: &str = "categories";

/// Terms while the rules run.
#[derive(Debug)]
pub(super) struct Terms<'a> {
    governor: &'a Governor,
    /// Categories that a rule gave.
    categories: Vec<Term>,
    /// Tags that rules gave.
    ruled: Vec<Term>,
    /// From keywords, then from the feed's categories.
    found: Vec<Term>,
    left: LeftOut,
}

impl<'a> Terms<'a> {
    /// What is known before any rule has run.
    pub fn new(recipe: &'a Recipe, view: &View) -> Self {
        let governor = &*recipe.governor;
        let mut terms = Self { governor, categories: Vec::new(), ruled: Vec::new(), found: Vec::new(), left: LeftOut::default() };
        let mut removed = Vec::new();
        for found in recipe.tags.find(view) {
            if found.removes {
                removed.push((found.taxonomy, governor.fold(found.tag), found.at));
            } else {
                terms.found.push(terms.named(placed(found.taxonomy, found.tag, NewTerms::Create, found.at)));
            }
        }
        terms.add(&recipe.fields.terms);
        terms.file(recipe, &view.categories);
        for (taxonomy, name, at) in removed {
            let left = &mut terms.left;
            terms.found.retain(|term| {
                let goes = term.taxonomy == taxonomy && governor.fold(&term.name) == name;
                if goes {
                    left.add(&term.name, format!("`tags` takes it away ({at})"));
                }
                !goes
            });
        }
        terms
    }

    /// The names of the tags, best first, none twice.
    pub fn tags(&self) -> Vec<String> {
        let tags = self.ruled.iter().chain(&self.found).filter(|term| term.taxonomy == TAGS).cloned().collect();
        once(self.governor, tags, &mut LeftOut::default()).into_iter().map(|term| term.name).collect()
    }

    /// The names of the categories, as they are so far.
    pub fn categories(&self) -> impl Iterator<Item = &str> + Clone {
        let all = self.categories.iter().chain(&self.ruled).chain(&self.found);
        all.filter(|term| term.taxonomy == CATEGORIES).map(|term| term.name.as_str())
    }

    pub fn add_tags(&mut self, names: &[String], at: &str) {
        let terms: Vec<Term> = names.iter().map(|name| self.named(placed(TAGS, name, NewTerms::Create, at))).collect();
        self.ruled.extend(terms);
    }

    /// Terms of any taxonomy: each with its paths, and where that is written.
    pub fn add(&mut self, terms: &[(String, Vec<String>, String)]) {
        for (to, paths, at) in terms {
            let terms: Vec<Term> = paths.iter().map(|path| self.named(placed(to, path, NewTerms::Create, at))).collect();
            self.ruled.extend(terms);
        }
    }

    pub fn remove_tags(&mut self, names: &[String], at: &str) {
        if names.is_empty() {
            return;
        }
        let names: HashSet<String> = names.iter().flat_map(|name| [fold(name), self.governor.fold(name)]).collect();
        for list in [&mut self.ruled, &mut self.found] {
            list.retain(|term| {
                let goes = term.taxonomy == TAGS && (names.contains(&fold(&term.name)) || names.contains(&self.governor.fold(&term.name)));
                if goes {
                    self.left.add(&term.name, format!("`remove_tags` ({at})"));
                }
                !goes
            });
        }
    }

    pub fn set_categories(&mut self, names: &[String], at: &str) {
        self.categories = names.iter().map(|name| self.named(placed(CATEGORIES, name, NewTerms::Create, at))).collect();
    }

    /// All of them, best first, none twice; and names that became none, with the reason.
    pub fn end(mut self) -> (Vec<Term>, Vec<String>) {
        let all = self.categories.into_iter().chain(self.ruled).chain(self.found).collect();
        let terms = once(self.governor, all, &mut self.left);
        (terms, self.left.told())
    }

    /// The feed's own categories.
    fn file(&mut self, recipe: &Recipe, categories: &[String]) {
        let wish = &recipe.feed_categories;
        if wish.new == NewTerms::Ignore {
            return;
        }
        for name in categories {
            let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
            if name.is_empty() {
                continue;
            }
            match wish.file(&name) {
                Filing::Dropped(why) => self.left.add(&name, why),
                Filing::Terms(_) if super::view::is_web(&name) => self.left.add(&name, "it is an address".to_owned()),
                Filing::Terms(terms) => {
                    for term in terms {
                        self.take(term);
                    }
                }
            }
        }
    }

    /// One of the feed's, unless the site doesn't want it.
    fn take(&mut self, term: Term) {
        if term.name.chars().count() > LONGEST {
            return self.left.add(&term.name, format!("it has more than {LONGEST} characters"));
        }
        if term.raw
            && let Some(at) = self.governor.stopped(&term.name)
        {
            return self.left.add(&term.name, format!("the site's stop list has it ({at})"));
        }
        let term = self.named(term);
        if term.raw
            && let Some(at) = self.governor.stopped(&term.name)
        {
            return self.left.add(&term.name, format!("the site's stop list has it ({at})"));
        }
        self.found.push(term);
    }

    fn named(&self, mut term: Term) -> Term {
        self.governor.name(&mut term);
        term
    }
}

fn once(governor: &Governor, terms: Vec<Term>, left: &mut LeftOut) -> Vec<Term> {
    let mut seen: HashSet<(String, Vec<String>)> = HashSet::new();
    let mut first: Vec<Term> = Vec::with_capacity(terms.len());
    for term in terms {
        let path: Vec<String> = term.parents.iter().chain([&term.name]).map(|name| governor.fold(name)).collect();
        if seen.insert((term.taxonomy.clone(), path)) {
            first.push(term);
            continue;
        }
        let twin = first.iter().find(|known| known.taxonomy == term.taxonomy && governor.fold(&known.name) == governor.fold(&term.name));
        if let Some(twin) = twin.filter(|twin| same_name(&twin.name) != same_name(&term.name)) {
            left.add(&term.name, format!("the same as `{}`", twin.name));
        }
    }
    first
}
