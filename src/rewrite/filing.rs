//! The `feed_categories` key: what becomes of the feed's own categories.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::{Folding, NewTerms, Term};

/// Categories are filed here where the configuration says nothing else.
const TAGS: &str = "tags";

/// What becomes of the feed's own categories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedCategories {
    /// `tags`, `categories` or a taxonomy's `rest_base` or name; each category goes to all of them.
    pub to: Vec<String>,
    /// What becomes of names that the site lacks.
    pub new: NewTerms,
    /// The same for names that `map` doesn't have.
    pub unmapped: NewTerms,
    pub map: Arc<CategoryMap>,
}

impl Default for FeedCategories {
    fn default() -> Self {
        Self { to: vec![TAGS.to_owned()], new: NewTerms::Match, unmapped: NewTerms::Match, map: Arc::default() }
    }
}

/// Names of feeds' categories, and what they are called on the site.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CategoryMap(HashMap<String, Filed>);

/// What one name becomes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filed {
    /// `wirepress.toml:23`
    pub at: String,
    /// Names, each with its taxonomy; `None`: those of `to`. None at all: the category is dropped.
    pub names: Vec<(Option<String>, String)>,
}

impl CategoryMap {
    /// By the names as the feed tells them; upper and lower case, accents and hyphens alike.
    pub fn new(entries: impl IntoIterator<Item = (String, Filed)>) -> Self {
        let folding = Folding::default();
        Self(entries.into_iter().map(|(name, filed)| (folding.fold(&name), filed)).collect())
    }

    /// All that names become.
    pub fn values(&self) -> impl Iterator<Item = &Filed> {
        self.0.values()
    }

    fn get(&self, name: &str) -> Option<&Filed> {
        if self.0.is_empty() { None } else { self.0.get(&Folding::default().fold(name)) }
    }
}

/// What one category comes to.
pub(super) enum Filing {
    Terms(Vec<Term>),
    /// Why it becomes no term.
    Dropped(String),
}

impl FeedCategories {
    /// Every taxonomy that it may file in, with what becomes of names that the site lacks.
    pub fn taxonomies(&self) -> impl Iterator<Item = (&str, NewTerms)> {
        let mapped = self.map.values().flat_map(|filed| &filed.names).filter_map(|(to, _)| to.as_deref());
        let new = if self.new == NewTerms::Create || self.unmapped == NewTerms::Create { NewTerms::Create } else { self.new };
        self.to.iter().map(move |to| (to.as_str(), new)).chain(mapped.map(|to| (to, self.new)))
    }

    /// What a category of the feed becomes. `name`: one line.
    pub(super) fn file(&self, name: &str) -> Filing {
        let Some(filed) = self.map.get(name) else {
            if self.unmapped == NewTerms::Ignore {
                return Filing::Dropped("`map` doesn't have it, and `unmapped` is \"ignore\"".to_owned());
            }
            if says_nothing(name) {
                return Filing::Dropped("WordPress gives it to posts that have no category".to_owned());
            }
            let term = |to: &String| Term {
                taxonomy: to.clone(),
                name: name.to_owned(),
                raw: true,
                new: self.unmapped,
                from: "feed category".to_owned(),
                ..Term::default()
            };
            return Filing::Terms(self.to.iter().map(term).collect());
        };
        if filed.names.is_empty() {
            return Filing::Dropped(format!("`map` drops it ({})", filed.at));
        }
        let from = format!("feed category `{name}`, {}", filed.at);
        let mut terms = Vec::new();
        for (to, path) in &filed.names {
            let places: &[String] = to.as_ref().map_or(&self.to, std::slice::from_ref);
            terms.extend(places.iter().map(|to| placed(to, path, self.new, &from)));
        }
        Filing::Terms(terms)
    }
}

/// What WordPress calls the category of posts that have none, in its languages.
const NO_CATEGORY: [&str; 36] = [
    "uncategorized",
    "uncategorised",
    "allgemein",
    "unkategorisiert",
    "non classé",
    "non catégorisé",
    "sin categoría",
    "sin categorizar",
    "sem categoria",
    "não categorizado",
    "senza categoria",
    "geen categorie",
    "niet gecategoriseerd",
    "bez kategorii",
    "без рубрики",
    "без категорії",
    "некатегоризовано",
    "okategoriserade",
    "okategoriserad",
    "ukategoriseret",
    "ikke kategoriseret",
    "ukategorisert",
    "luokittelematon",
    "yleinen",
    "nezařazené",
    "nezaradené",
    "egyéb kategória",
    "fără categorie",
    "genel",
    "kategorisiz",
    "μη κατηγοριοποιημένο",
    "未分類",
    "未分类",
    "미분류",
    "chưa được phân loại",
    "tak berkategori",
];

/// A blog's default category tells nothing of an entry.
fn says_nothing(name: &str) -> bool {
    NO_CATEGORY.contains(&name.to_lowercase().as_str())
}

/// A term that the operator named: `News > Tech` lies under `News`, but among tags, which know no order.
pub(super) fn placed(taxonomy: &str, path: &str, new: NewTerms, from: &str) -> Term {
    let mut parents: Vec<String> = path.split(" > ").map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect();
    let name = parents.pop().unwrap_or_default();
    if taxonomy == TAGS {
        parents.clear();
    }
    Term { taxonomy: taxonomy.to_owned(), parents, name, new, from: from.to_owned(), ..Term::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filed(names: &[(Option<&str>, &str)]) -> Filed {
        let names = names.iter().map(|(to, name)| (to.map(str::to_owned), (*name).to_owned())).collect();
        Filed { at: "w.toml:7".to_owned(), names }
    }

    fn told(wish: &FeedCategories, name: &str) -> Vec<String> {
        match wish.file(name) {
            Filing::Terms(terms) => terms.iter().map(|term| format!("{}: {}, {:?}", term.taxonomy, term.path(), term.new)).collect(),
            Filing::Dropped(why) => vec![why],
        }
    }

    #[test]
    fn a_category_becomes_what_the_map_says() {
        let map = CategoryMap::new([
            ("Tech News".to_owned(), filed(&[(None, "News > Tech")])),
            ("Kernel".to_owned(), filed(&[(Some("genres"), "Systems > Linux"), (Some("tags"), "linux")])),
            ("x".to_owned(), filed(&[])),
        ]);
        let wish = FeedCategories {
            to: vec!["categories".to_owned(), "tags".to_owned()],
            new: NewTerms::Create,
            unmapped: NewTerms::Match,
            map: Arc::new(map),
        };
        assert_eq!(told(&wish, "tech-news"), ["categories: News > Tech, Create", "tags: Tech, Create"]);
        assert_eq!(told(&wish, "Uncategorized"), ["WordPress gives it to posts that have no category"]);
        assert_eq!(told(&wish, "Non classé"), ["WordPress gives it to posts that have no category"]);
        assert_eq!(told(&wish, "KERNEL"), ["genres: Systems > Linux, Create", "tags: linux, Create"]);
        assert_eq!(told(&wish, "x"), ["`map` drops it (w.toml:7)"]);
        assert_eq!(told(&wish, "Other"), ["categories: Other, Match", "tags: Other, Match"]);
        let only = FeedCategories { unmapped: NewTerms::Ignore, ..wish };
        assert_eq!(told(&only, "Other"), ["`map` doesn't have it, and `unmapped` is \"ignore\""]);
    }

    #[test]
    fn a_path_names_its_parents_in_order() {
        let term = placed("categories", " News >  Tech > C -> D", NewTerms::Create, "w.toml:1");
        assert_eq!((term.parents, term.name.as_str()), (vec!["News".to_owned(), "Tech".to_owned()], "C -> D"));
    }
}
