//! Which terms a post would get, and which would be made for it: the site is asked, and nothing is changed on it.
//!
//! Posts are filed one after the other, as a publishing pass would: what one makes the next finds.

use std::collections::HashMap;

use super::{PreviewPost, Site};
use crate::domain::{NewTerms, Term, Timestamp};
use crate::publish::{self, Budget, TermLimits, TermPath, Vocabulary};
use crate::store::Store;
use crate::wordpress::{self, Failure, Me};

/// A site's terms while a dry run files its posts.
pub(super) struct Filing<'a> {
    site: &'a Site,
    limits: &'a TermLimits,
    now: Timestamp,
    vocabulary: Vocabulary,
    budget: Budget,
    /// How often names were seen: in the store, and in posts of this run.
    uses: HashMap<TermPath, u64>,
    /// Stands for the id of the next term that would be made.
    next_id: u64,
}

impl<'a> Filing<'a> {
    /// With what the store knows; a store that can't be read knows nothing.
    pub async fn new(store: &Store, site: &'a Site, now: Timestamp) -> Self {
        let limits = &site.config.terms;
        let (known, whole) = store.terms(site.id).await.unwrap_or_default();
        let day = Budget::day_of(now);
        let budget = Budget::new(day, store.terms_made(site.id, day).await.unwrap_or_default());
        let vocabulary = Vocabulary::new(limits.folding.clone(), known, &whole);
        Self { site, limits, now, vocabulary, budget, uses: HashMap::new(), next_id: u64::MAX }
    }

    /// Keeps of a post's terms those that it would get, and tells which of them would be made.
    pub async fn file(&mut self, store: &Store, wp: &wordpress::Site, me: &Me, post: &mut PreviewPost) -> Result<(), Failure> {
        let wanted = self.vocabulary.by_rest_base(wp, &post.draft.terms).await?;
        let verdicts = self.vocabulary.find(wp, me, &wanted, self.now).await?;
        for path in publish::to_be_counted(self.limits, &wanted, &verdicts) {
            if !self.uses.contains_key(&path) {
                let known = store.term_uses(self.site.id, std::slice::from_ref(&path)).await.unwrap_or_default();
                self.uses.insert(path.clone(), known.first().copied().unwrap_or(0));
            }
            *self.uses.entry(path).or_default() += 1;
        }
        let chosen = publish::choose(self.limits, &mut self.budget, &wanted, verdicts, &self.uses, post.draft.max_terms);
        post.new_terms = Some(chosen.make.iter().map(|term| format!("{}: {}", term.taxonomy, term.path())).collect());
        for term in &chosen.make {
            while let Some(missing) = self.vocabulary.next_missing(term) {
                self.vocabulary.put(&missing, self.next_id);
                self.next_id -= 1;
            }
        }
        // what is there needs no making
        let known = |term: Term| if chosen.make.contains(&term) { term } else { Term { new: NewTerms::Match, ..term } };
        post.draft.terms = chosen.terms.into_iter().map(known).collect();
        post.warnings.extend(chosen.warnings);
        post.left_out.extend(chosen.left_out);
        Ok(())
    }
}
