//! Names of tags and categories become term ids.

use std::collections::BTreeMap;

use crate::domain;
use crate::wordpress::{Failure, Me, Site};

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
    taxonomies: BTreeMap<String, ()>,
}

impl Vocabulary {
    /// What becomes of each wanted term; asks the site for what isn't known yet. Changes nothing on the site.
    pub async fn find(&mut self, site: &Site, me: &Me, wanted: &[domain::Term]) -> Result<Vec<Verdict>, Failure> {
        let _ = (site, me, wanted, &self.taxonomies);
        todo!()
    }

    /// Remembers a term that was made.
    pub fn put(&mut self, term: &Term, id: u64) {
        let _ = (term, id);
        todo!()
    }
}

/// A term's name as names are compared: trimmed, single spaces, lower case, NFC.
pub fn fold(name: &str) -> String {
    let _ = name;
    todo!()
}

/// Makes terms, 25 at most, one after another in one request. An unclear answer: not again before the settle time is over, by
/// nobody who posts to this site; then simply again, as WordPress answers with the id of a term that is there.
pub async fn make_terms(site: &Site, terms: &[Term]) -> Vec<Result<u64, Failure>> {
    let _ = (site, terms);
    todo!()
}
