//! The terms of one site: which of a draft's names it has, under which id.
//!
//! What the store knows is taken up and brought up to date with a few requests a pass, however many terms there are: a short
//! list is read whole; of a longer one the newest terms, and, by the hundred, those that drafts want (a person may have deleted
//! or renamed them). Only names of taxonomies too large to be read are asked for, forty in a request, by their slugs.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::domain::{self, Folding, NewTerms, SiteTerm, Timestamp, same_name};
use crate::wordpress::{Failure, FoundTaxonomy, Me, Site, kept_name};

use super::terms::Term;

/// Terms in one answer.
const PAGE: usize = 100;
/// Pages that are read of one taxonomy.
const PAGES: u32 = 50;
/// Names in one question, and their bytes.
const NAMES: usize = 40;
/// Terms above a term.
const MOST_PARENTS: usize = 20;
/// Characters that WordPress has room for, entities as they are written; it answers 500 to more.
const LONGEST: usize = 200;

/// What is known of a wanted term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is there.
    Id(u64),
    /// It isn't there and shall be made, with these folded paths, topmost first: [`super::make_paths`].
    Make(Vec<String>),
    /// The post goes without it, as the configuration or a person wants it; and why.
    LeftOut(String),
    /// The post goes without it. `Some`: what a person should know.
    Without(Option<String>),
}

/// The terms of one site, as far as they are known. One for each lease on a site.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    folding: Folding,
    /// By `rest_base`; `None`: the site has no such taxonomy for posts.
    taxonomies: BTreeMap<String, Option<Taxonomy>>,
    /// What the site told of its taxonomies, once one was asked for that every site doesn't have.
    told: Option<Vec<FoundTaxonomy>>,
    /// What was learnt and isn't in the store.
    changed: BTreeMap<(String, u64), SiteTerm>,
    whole: BTreeSet<String>,
}

#[derive(Debug, Clone, Default)]
struct Taxonomy {
    terms: HashMap<u64, SiteTerm>,
    /// By parent and the name as WordPress compares it.
    exact: HashMap<(u64, String), u64>,
    /// By parent and the folded name.
    folded: HashMap<(u64, String), u64>,
    /// The same wherever it lies: the topmost, else the oldest.
    anywhere: HashMap<String, u64>,
    folded_anywhere: HashMap<String, u64>,
    slugs: HashMap<String, u64>,
    /// Folded names, by parent, that a person deleted.
    deleted: HashSet<(u64, String)>,
    /// All terms are in `terms`.
    complete: bool,
    /// It was brought up to date.
    fresh: bool,
    /// Ids that were looked at since.
    checked: HashSet<u64>,
    /// Names that were asked for one by one.
    asked: HashSet<String>,
}

/// What was learnt: terms as they are now, and taxonomies that were read whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Learnt {
    pub terms: Vec<SiteTerm>,
    pub whole: Vec<String>,
}

impl Vocabulary {
    /// With what the store knows: terms, and the taxonomies that were read whole once.
    pub fn new(folding: Folding, known: Vec<SiteTerm>, whole: &[String]) -> Self {
        let mut new = Self { folding, ..Self::default() };
        let mut lists: BTreeMap<String, Vec<SiteTerm>> = BTreeMap::new();
        for term in known {
            lists.entry(term.taxonomy.clone()).or_default().push(term);
        }
        for (name, terms) in lists {
            let mut taxonomy = Taxonomy { complete: whole.contains(&name), ..Taxonomy::default() };
            terms.into_iter().for_each(|term| taxonomy.add(&new.folding, term));
            new.taxonomies.insert(name, Some(taxonomy));
        }
        new
    }

    /// What was learnt since this was asked last.
    pub fn learnt(&mut self) -> Learnt {
        let terms = std::mem::take(&mut self.changed).into_values().collect();
        Learnt { terms, whole: std::mem::take(&mut self.whole).into_iter().collect() }
    }

    /// What becomes of each wanted term; asks the site for what isn't known yet. Changes nothing on the site.
    pub async fn find(&mut self, site: &Site, me: &Me, wanted: &[domain::Term], now: Timestamp) -> Result<Vec<Verdict>, Failure> {
        self.learn(site, wanted, now).await?;
        Ok(self.verdicts(me, wanted))
    }

    /// What becomes of each wanted term, as far as is known.
    pub fn verdicts(&self, me: &Me, wanted: &[domain::Term]) -> Vec<Verdict> {
        wanted.iter().map(|term| self.verdict(me, term)).collect()
    }

    /// The same terms with each taxonomy's `rest_base`, where the configuration has the taxonomy's own name (`genre` for
    /// `genres`), and without parents in taxonomies that are flat.
    pub async fn by_rest_base(&mut self, site: &Site, wanted: &[domain::Term]) -> Result<Vec<domain::Term>, Failure> {
        if self.told.is_none() && wanted.iter().any(|term| !is_stock(&term.taxonomy)) {
            self.told = Some(site.taxonomies().await?);
        }
        let place = |term: &domain::Term| {
            let mut term = term.clone();
            if !is_stock(&term.taxonomy) {
                let told = self.told.iter().flatten();
                let found = told
                    .clone()
                    .find(|known| known.rest_base == term.taxonomy)
                    .or_else(|| told.clone().find(|known| known.name == term.taxonomy));
                if let Some(found) = found {
                    term.taxonomy.clone_from(&found.rest_base);
                    if !found.hierarchical {
                        term.parents.clear();
                    }
                }
            } else if term.taxonomy == "tags" {
                term.parents.clear();
            }
            term
        };
        Ok(wanted.iter().map(place).collect())
    }

    /// Brings what these terms need up to date. Few requests, however many terms there are.
    pub async fn learn(&mut self, site: &Site, wanted: &[domain::Term], now: Timestamp) -> Result<(), Failure> {
        let names: BTreeSet<&str> = wanted.iter().filter(|term| term.new != NewTerms::Ignore).map(|term| term.taxonomy.as_str()).collect();
        for name in names {
            let wanted: Vec<&domain::Term> = wanted.iter().filter(|term| term.taxonomy == name && usable(term)).collect();
            if wanted.is_empty() {
                continue;
            }
            self.freshen(site, name, now).await?;
            self.check(site, name, &wanted, now).await?;
            self.ask(site, name, &wanted).await?;
        }
        Ok(())
    }

    /// The id of a term that the site has.
    pub fn id(&self, term: &domain::Term) -> Option<u64> {
        self.taxonomies.get(&term.taxonomy)?.as_ref()?.look(&self.folding, term)
    }

    /// The next term of a path that the site lacks; `None`: it has all of it.
    pub fn next_missing(&self, term: &domain::Term) -> Option<Term> {
        let taxonomy = self.taxonomies.get(&term.taxonomy)?.as_ref()?;
        let missing = |name: &str, parent| Some(Term { taxonomy: term.taxonomy.clone(), name: name.trim().to_owned(), parent });
        let mut above = 0;
        for parent in &term.parents {
            match taxonomy.under(&self.folding, above, parent, &[]) {
                Some(id) => above = id,
                None => return missing(parent, above),
            }
        }
        match taxonomy.look(&self.folding, term) {
            Some(_) => None,
            None => missing(&term.name, above),
        }
    }

    /// A known term's folded path, as it is counted.
    pub fn path_of(&self, taxonomy: &str, id: u64) -> Option<(String, String)> {
        let known = self.taxonomies.get(taxonomy)?.as_ref()?;
        let (mut names, mut next) = (Vec::new(), id);
        while next != 0 {
            let term = known.terms.get(&next)?;
            names.push(self.folding.fold(&term.name));
            // parents that lie under each other: only a broken table has them
            if names.len() > MOST_PARENTS {
                return None;
            }
            next = term.parent;
        }
        names.reverse();
        Some((taxonomy.to_owned(), names.join(" > ")))
    }

    /// Remembers a term that was made.
    pub fn put(&mut self, term: &Term, id: u64) {
        let Term { taxonomy, name, parent } = term.clone();
        let made = SiteTerm { taxonomy, id, name, parent, ..SiteTerm::default() };
        if let Some(taxonomy) = self.taxonomies.entry(made.taxonomy.clone()).or_insert_with(|| Some(Taxonomy::default())) {
            taxonomy.checked.insert(id);
            taxonomy.add(&self.folding, made.clone());
        }
        self.changed.insert((made.taxonomy.clone(), id), made);
    }

    fn verdict(&self, me: &Me, term: &domain::Term) -> Verdict {
        if !usable(term) {
            return Verdict::Without(None);
        }
        if let Some(name) = term.parents.iter().chain([&term.name]).find(|name| kept_name(name).chars().count() > LONGEST) {
            let name: String = name.chars().take(20).collect();
            return Verdict::Without(Some(format!("`{name}…` is no term: a name has at most {LONGEST} characters ({})", term.from)));
        }
        let Some(taxonomy) = self.taxonomies.get(&term.taxonomy).and_then(Option::as_ref) else {
            return Verdict::Without(Some(format!("the site has no taxonomy `{}` for posts ({})", term.taxonomy, term.from)));
        };
        if let Some(id) = taxonomy.look(&self.folding, term) {
            return Verdict::Id(id);
        }
        match term.new {
            NewTerms::Match | NewTerms::Ignore => Verdict::LeftOut("the site lacks it".to_owned()),
            NewTerms::Create if term.taxonomy == "categories" && !me.can("manage_categories") => {
                Verdict::Without(Some(format!("this account may not make the category \"{}\"", term.path())))
            }
            NewTerms::Create if term.raw && taxonomy.is_deleted(&self.folding, term) => {
                Verdict::LeftOut("a person deleted it on the site".to_owned())
            }
            NewTerms::Create => Verdict::Make(self.missing_paths(taxonomy, term)),
        }
    }

    /// What is to be made of a path that the site lacks: each as it is counted.
    fn missing_paths(&self, taxonomy: &Taxonomy, term: &domain::Term) -> Vec<String> {
        let (mut above, mut path, mut missing) = (Some(0), String::new(), Vec::new());
        for parent in &term.parents {
            path.push_str(&self.folding.fold(parent));
            above = above.and_then(|above| taxonomy.under(&self.folding, above, parent, &[]));
            if above.is_none() {
                missing.push(path.clone());
            }
            path.push_str(" > ");
        }
        path.push_str(&self.folding.fold(&term.name));
        missing.push(path);
        missing
    }

    /// A short list is read whole; of a longer one what is newer than what is known.
    async fn freshen(&mut self, site: &Site, name: &str, now: Timestamp) -> Result<(), Failure> {
        if self.taxonomies.get(name).is_some_and(|known| known.as_ref().is_none_or(|known| known.fresh)) {
            return Ok(());
        }
        let known = self.taxonomies.get(name).and_then(Option::as_ref);
        let (count, newest) = known.map_or((0, 0), |known| (known.living().count(), known.terms.keys().max().copied().unwrap_or(0)));
        let in_order = known.is_none_or(|known| !known.complete) || count < PAGE;
        let mut found = Vec::new();
        let mut whole = false;
        for page in 1..=PAGES {
            let terms = if in_order { site.terms_page(name, page).await? } else { site.newest_terms(name, page).await? };
            let Some(terms) = terms else {
                self.taxonomies.insert(name.to_owned(), None);
                return Ok(());
            };
            whole = terms.len() < PAGE;
            let reached = !in_order && terms.iter().any(|term| term.id <= newest);
            found.extend(terms);
            if whole || reached {
                break;
            }
        }
        let seen: HashSet<u64> = found.iter().map(|term| term.id).collect();
        let gone: Vec<u64> = match known {
            Some(known) if in_order && whole => known.living().filter(|id| !seen.contains(id)).collect(),
            _ => Vec::new(),
        };
        found.into_iter().for_each(|term| self.take(name, term));
        gone.into_iter().for_each(|id| self.gone(name, id, now));
        if in_order && whole {
            self.whole.insert(name.to_owned());
        }
        let taxonomy = self.entry(name);
        taxonomy.complete |= in_order && whole;
        taxonomy.checked.extend(seen);
        taxonomy.fresh = true;
        Ok(())
    }

    /// Looks at the terms that are wanted and known from the store alone.
    async fn check(&mut self, site: &Site, name: &str, wanted: &[&domain::Term], now: Timestamp) -> Result<(), Failure> {
        // a term that is gone may give way to another that fits
        for _ in 0..3 {
            let Some(taxonomy) = self.taxonomies.get(name).and_then(Option::as_ref) else { return Ok(()) };
            let ids: BTreeSet<u64> = wanted.iter().flat_map(|term| taxonomy.path_ids(&self.folding, term)).collect();
            let ids: Vec<u64> = ids.into_iter().filter(|id| !taxonomy.checked.contains(id)).collect();
            if ids.is_empty() {
                break;
            }
            for ids in ids.chunks(PAGE) {
                let found = site.terms_by_id(name, ids).await?.unwrap_or_default();
                let seen: HashSet<u64> = found.iter().map(|term| term.id).collect();
                found.into_iter().for_each(|term| self.take(name, term));
                ids.iter().filter(|id| !seen.contains(id)).for_each(|id| self.gone(name, *id, now));
                self.entry(name).checked.extend(ids);
            }
        }
        Ok(())
    }

    /// Asks for names that a list too long to be read may hold.
    async fn ask(&mut self, site: &Site, name: &str, wanted: &[&domain::Term]) -> Result<(), Failure> {
        let Some(taxonomy) = self.taxonomies.get(name).and_then(Option::as_ref) else { return Ok(()) };
        if taxonomy.complete {
            return Ok(());
        }
        let lacking = wanted.iter().filter(|term| taxonomy.look(&self.folding, term).is_none());
        let names: BTreeSet<&str> =
            lacking.flat_map(|term| term.parents.iter().chain([&term.name]).chain(&term.also)).map(|name| name.trim()).collect();
        let names: Vec<String> = names.into_iter().filter(|name| !taxonomy.asked.contains(*name)).map(str::to_owned).collect();
        for names in names.chunks(NAMES) {
            let found = site.terms_by_slug(name, names).await?.unwrap_or_default();
            self.entry(name).checked.extend(found.iter().map(|term| term.id));
            found.into_iter().for_each(|term| self.take(name, term));
            // a slug says little of `C++`
            for told in names.iter().filter(|told| slug_of(told).is_none()) {
                let found = site.search_terms(name, told).await?;
                self.entry(name).checked.extend(found.iter().map(|term| term.id));
                found.into_iter().for_each(|term| self.take(name, term));
            }
            self.entry(name).asked.extend(names.iter().cloned());
        }
        Ok(())
    }

    fn entry(&mut self, name: &str) -> &mut Taxonomy {
        self.taxonomies.entry(name.to_owned()).or_default().get_or_insert_default()
    }

    /// A term as the site tells it.
    fn take(&mut self, name: &str, found: SiteTerm) {
        let folding = self.folding.clone();
        let taxonomy = self.entry(name);
        if taxonomy.terms.get(&found.id) == Some(&found) {
            return;
        }
        taxonomy.remove(&folding, found.id);
        taxonomy.add(&folding, found.clone());
        self.changed.insert((name.to_owned(), found.id), found);
    }

    /// A term that isn't there any more.
    fn gone(&mut self, name: &str, id: u64, now: Timestamp) {
        let folding = self.folding.clone();
        let taxonomy = self.entry(name);
        let Some(mut term) = taxonomy.remove(&folding, id) else { return };
        term.gone = Some(now);
        taxonomy.add(&folding, term.clone());
        self.changed.insert((name.to_owned(), id), term);
    }
}

impl Taxonomy {
    fn living(&self) -> impl Iterator<Item = u64> {
        self.terms.values().filter(|term| term.gone.is_none()).map(|term| term.id)
    }

    fn add(&mut self, folding: &Folding, term: SiteTerm) {
        let (id, parent, exact, folded) = (term.id, term.parent, same_name(&term.name), folding.fold(&term.name));
        if term.gone.is_some() {
            self.deleted.insert((parent, folded));
            self.terms.insert(id, term);
            return;
        }
        self.deleted.remove(&(parent, folded.clone()));
        if !term.slug.is_empty() {
            self.slugs.insert(term.slug.clone(), id);
        }
        self.terms.insert(id, term);
        for (map, name) in [(&mut self.exact, exact.clone()), (&mut self.folded, folded.clone())] {
            let oldest = map.entry((parent, name)).or_insert(id);
            *oldest = id.min(*oldest);
        }
        // of equal names, as categories have them under several parents, the topmost is meant, else the oldest
        for (map, name) in [(&mut self.anywhere, exact), (&mut self.folded_anywhere, folded)] {
            let rank = |id: u64| (self.terms.get(&id).map_or(0, |term| term.parent) != 0, id);
            let best = map.entry(name).or_insert(id);
            if rank(id) < rank(*best) {
                *best = id;
            }
        }
    }

    /// Takes a term out; namesakes are found again.
    fn remove(&mut self, folding: &Folding, id: u64) -> Option<SiteTerm> {
        let term = self.terms.remove(&id)?;
        let (exact, folded) = (same_name(&term.name), folding.fold(&term.name));
        self.exact.retain(|_, known| *known != id);
        self.folded.retain(|_, known| *known != id);
        self.anywhere.retain(|_, known| *known != id);
        self.folded_anywhere.retain(|_, known| *known != id);
        self.slugs.retain(|_, known| *known != id);
        let namesakes: Vec<SiteTerm> = self
            .terms
            .values()
            .filter(|other| other.gone.is_none() && (folding.fold(&other.name) == folded || same_name(&other.name) == exact))
            .cloned()
            .collect();
        namesakes.into_iter().for_each(|other| self.add(folding, other));
        Some(term)
    }

    /// The id of a wanted term.
    fn look(&self, folding: &Folding, term: &domain::Term) -> Option<u64> {
        if !term.parents.is_empty() {
            let above = term.parents.iter().try_fold(0, |above, parent| self.under(folding, above, parent, &[]))?;
            return self.under(folding, above, &term.name, &term.also);
        }
        let names = || std::iter::once(&term.name).chain(&term.also);
        let exact = names().find_map(|name| self.anywhere.get(&same_name(name)));
        let folded = || names().find_map(|name| self.folded_anywhere.get(&folding.fold(name)));
        let slug = || names().find_map(|name| self.slugs.get(&slug_of(name)?));
        exact.or_else(folded).or_else(slug).copied()
    }

    /// The id of a term under another; 0: at the top.
    fn under(&self, folding: &Folding, parent: u64, name: &str, also: &[String]) -> Option<u64> {
        let names = || std::iter::once(name).chain(also.iter().map(String::as_str));
        let exact = names().find_map(|name| self.exact.get(&(parent, same_name(name))));
        let folded = || names().find_map(|name| self.folded.get(&(parent, folding.fold(name))));
        let slug = || {
            let fits = |id: &&u64| self.terms.get(id).is_some_and(|term| term.parent == parent);
            names().find_map(|name| self.slugs.get(&slug_of(name)?).filter(fits))
        };
        exact.or_else(folded).or_else(slug).copied()
    }

    /// The ids on the way to a wanted term, as far as they are known.
    fn path_ids(&self, folding: &Folding, term: &domain::Term) -> Vec<u64> {
        let (mut ids, mut above) = (Vec::new(), Some(0));
        for parent in &term.parents {
            above = above.and_then(|above| self.under(folding, above, parent, &[]));
            ids.extend(above);
        }
        ids.extend(self.look(folding, term));
        ids
    }

    fn is_deleted(&self, folding: &Folding, term: &domain::Term) -> bool {
        self.deleted.iter().any(|(_, name)| *name == folding.fold(&term.name))
    }
}

/// Taxonomies that every site has.
fn is_stock(taxonomy: &str) -> bool {
    matches!(taxonomy, "tags" | "categories")
}

fn usable(term: &domain::Term) -> bool {
    term.new != NewTerms::Ignore && !term.name.trim().is_empty()
}

/// The slug that WordPress gives a name, where nothing of the name is lost in it: `C++` and `C#` are both `c`.
fn slug_of(name: &str) -> Option<String> {
    let plain = Folding { accents: true, plurals: Vec::new() }.fold(name);
    let faithful = !plain.is_empty() && plain.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b' ');
    faithful.then(|| plain.replace(' ', "-"))
}
