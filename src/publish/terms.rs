//! Names of tags and categories become term ids.

use std::collections::{BTreeMap, HashMap, HashSet};

use unicode_normalization::UnicodeNormalization;

use crate::domain::{self, NewTerms};
use crate::wordpress::{BATCH, Failure, FoundTerm, Me, Site, kept_name};

/// Pages of 100 terms that are read of one taxonomy; beyond them names are searched one by one.
const PAGES: u32 = 10;
/// Characters that WordPress has room for, entities as they are written; it answers 500 to more.
const LONGEST: usize = 200;

/// How many terms a site gets, and which names are one: `[site.terms]`, as far as only the site can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermLimits {
    pub folding: domain::Folding,
    /// 0: as many as are wanted.
    pub max_new_per_day: u32,
    /// At least 1.
    pub min_uses: u32,
}

impl Default for TermLimits {
    fn default() -> Self {
        Self { folding: domain::Folding::default(), max_new_per_day: 0, min_uses: 1 }
    }
}

/// A term that is to be made: taxonomy and name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Term {
    /// `tags`, `categories` or a taxonomy's `rest_base`.
    pub taxonomy: String,
    /// Plain text.
    pub name: String,
}

/// What is known of a wanted term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is there.
    Id(u64),
    /// It isn't there and shall be made: [`make_terms`].
    Make,
    /// The post goes without it. `Some`: what a person should know; `None`: as the configuration wants it.
    Without(Option<String>),
}

/// The terms of one site, as far as they are known. In memory; one for each lease on a site.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    /// By `rest_base`; `None`: the site has no such taxonomy.
    taxonomies: BTreeMap<String, Option<Taxonomy>>,
    /// Taxonomy names to their `rest_base`, once one was asked for that is neither.
    bases: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Clone, Default)]
struct Taxonomy {
    /// Folded name to id.
    ids: HashMap<String, u64>,
    /// Folded names that were searched for and aren't there.
    absent: HashSet<String>,
    /// All terms are in `ids`.
    complete: bool,
}

impl Vocabulary {
    /// What becomes of each wanted term; asks the site for what isn't known yet. Changes nothing on the site.
    pub async fn find(&mut self, site: &Site, me: &Me, wanted: &[domain::Term]) -> Result<Vec<Verdict>, Failure> {
        let mut verdicts = Vec::with_capacity(wanted.len());
        for term in wanted {
            verdicts.push(self.find_one(site, me, term).await?);
        }
        Ok(verdicts)
    }

    /// The same terms with each taxonomy's `rest_base`, where the configuration has the taxonomy's own name (`genre` for `genres`).
    pub async fn by_rest_base(&mut self, site: &Site, wanted: &[domain::Term]) -> Result<Vec<domain::Term>, Failure> {
        let is_base = |name: &str| matches!(name, "tags" | "categories");
        if self.bases.is_none() && wanted.iter().any(|term| !is_base(&term.taxonomy)) {
            self.bases = Some(site.taxonomies().await?);
        }
        let base = |term: &domain::Term| {
            let bases = self.bases.as_ref().filter(|bases| !is_base(&term.taxonomy) && !bases.values().any(|base| *base == term.taxonomy));
            let taxonomy = bases.and_then(|bases| bases.get(&term.taxonomy)).unwrap_or(&term.taxonomy).clone();
            domain::Term { taxonomy, ..term.clone() }
        };
        Ok(wanted.iter().map(base).collect())
    }

    /// Remembers a term that was made.
    pub fn put(&mut self, term: &Term, id: u64) {
        if let Some(taxonomy) = self.taxonomies.entry(term.taxonomy.clone()).or_insert_with(|| Some(Taxonomy::default())) {
            taxonomy.ids.insert(fold(&term.name), id);
        }
    }

    async fn find_one(&mut self, site: &Site, me: &Me, term: &domain::Term) -> Result<Verdict, Failure> {
        let name = fold(&term.name);
        if term.new == NewTerms::Ignore || name.is_empty() {
            return Ok(Verdict::Without(None));
        }
        if kept_name(&term.name).chars().count() > LONGEST {
            return Ok(Verdict::Without(Some(format!("a name of more than {LONGEST} characters is no term: {}", term.from))));
        }
        if !self.taxonomies.contains_key(&term.taxonomy) {
            let taxonomy = load(site, &term.taxonomy).await?;
            self.taxonomies.insert(term.taxonomy.clone(), taxonomy);
        }
        let Some(taxonomy) = self.taxonomies.get_mut(&term.taxonomy).and_then(Option::as_mut) else {
            return Ok(Verdict::Without(Some(format!("the site has no taxonomy `{}` ({})", term.taxonomy, term.from))));
        };
        if let Some(id) = taxonomy.look(site, term, &name).await? {
            return Ok(Verdict::Id(id));
        }
        Ok(match term.new {
            NewTerms::Match | NewTerms::Ignore => Verdict::Without(None),
            NewTerms::Create if term.taxonomy == "categories" && !me.can("manage_categories") => {
                Verdict::Without(Some(format!("this account may not make the category \"{}\"", term.name)))
            }
            NewTerms::Create => Verdict::Make,
        })
    }
}

impl Taxonomy {
    async fn look(&mut self, site: &Site, term: &domain::Term, name: &str) -> Result<Option<u64>, Failure> {
        if let Some(id) = self.ids.get(name) {
            return Ok(Some(*id));
        }
        if self.complete || self.absent.contains(name) {
            return Ok(None);
        }
        self.add(site.search_terms(&term.taxonomy, term.name.trim()).await?);
        let found = self.ids.get(name).copied();
        if found.is_none() {
            self.absent.insert(name.to_owned());
        }
        Ok(found)
    }

    fn add(&mut self, terms: Vec<FoundTerm>) {
        for term in terms {
            let name = fold(&term.name);
            // of equal names, as categories have them under several parents, the topmost is meant, else the oldest
            if term.parent == 0 || !self.ids.contains_key(&name) {
                self.ids.insert(name, term.id);
            }
        }
    }
}

async fn load(site: &Site, taxonomy: &str) -> Result<Option<Taxonomy>, Failure> {
    let mut known = Taxonomy::default();
    for page in 1..=PAGES {
        let Some(terms) = site.terms_page(taxonomy, page).await? else { return Ok(None) };
        known.complete = terms.len() < 100;
        known.add(terms);
        if known.complete {
            break;
        }
    }
    Ok(Some(known))
}

/// A term's name as names are compared: trimmed, single spaces, lower case, NFC.
pub fn fold(name: &str) -> String {
    name.nfc().flat_map(char::to_lowercase).collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Makes terms, one after another, 25 in a request; an answer for each. One that was there already answers with its id, so
/// after an unclear answer they are simply made again, but by nobody before the settle time is over: WordPress' own check
/// isn't atomic. A refusal is about one term; after any other failure the terms that are left aren't sent, and fail with it.
pub async fn make_terms(site: &Site, terms: &[Term]) -> Vec<Result<u64, Failure>> {
    let mut made: Vec<Result<u64, Failure>> = Vec::with_capacity(terms.len());
    while made.len() < terms.len() {
        let rest = &terms[made.len()..];
        let portion: Vec<(&str, &str)> =
            rest.iter().take(site.batch().min(BATCH)).map(|term| (term.taxonomy.as_str(), term.name.trim())).collect();
        match site.make_terms(&portion).await {
            Ok(answers) => made.extend(answers),
            // from now on one by one
            Err(Failure::NoBatch { .. }) if site.batch() == 1 => continue,
            Err(failure) => made.extend(vec![Err(failure); portion.len()]),
        }
        // one that may still be at work, or a site that is down: what is left waits with it
        let stop = made.iter().find_map(|answer| answer.as_ref().err().filter(|failure| !matches!(failure, Failure::Refused(_)))).cloned();
        if let Some(failure) = stop {
            made.resize_with(terms.len(), || Err(failure.clone()));
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_as_people_do() {
        for (a, b) in [("Linux", "LINUX"), (" Open  Source ", "open source"), ("Caf\u{e9}", "cafe\u{301}")] {
            assert_eq!(fold(a), fold(b));
        }
        assert_ne!(fold("C++"), fold("C"));
        assert_ne!(fold("Café"), fold("Cafe"));
    }

    #[test]
    fn of_equal_names_the_topmost_is_meant() {
        let term = |id, parent| FoundTerm { id, name: "News".into(), parent };
        let mut taxonomy = Taxonomy::default();
        taxonomy.add(vec![term(4, 9), term(5, 0), term(6, 9)]);
        assert_eq!(taxonomy.ids["news"], 5);
    }
}
