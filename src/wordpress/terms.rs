//! Tags, categories and other terms (WordPress REST handbook, Tags, Categories).

use super::{Failure, Site};

/// A term as the site has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundTerm {
    pub id: u64,
    /// As a person reads it: entities decoded.
    pub name: String,
    pub parent: u64,
}

impl Site {
    /// One page of a taxonomy's terms, at most 100, by id; an empty one past the end. `None`: the site has no such taxonomy.
    pub async fn terms_page(&self, taxonomy: &str, page: u32) -> Result<Option<Vec<FoundTerm>>, Failure> {
        let _ = (taxonomy, page);
        todo!()
    }

    /// Terms whose name holds this text, at most 100.
    pub async fn search_terms(&self, taxonomy: &str, name: &str) -> Result<Vec<FoundTerm>, Failure> {
        let _ = (taxonomy, name);
        todo!()
    }

    /// Makes terms `(taxonomy, name)`, one after another; one that is there already answers with its id.
    pub async fn make_terms(&self, wanted: &[(&str, &str)]) -> Result<Vec<Result<u64, Failure>>, Failure> {
        let _ = wanted;
        todo!()
    }
}
