//! Terms are made: names that the site lacks, their parents first.

use std::collections::HashMap;

use crate::domain;
use crate::wordpress::{BATCH, Failure, MadeTerm, Refusal, Site};

use super::{TermPath, Vocabulary};

/// A term that is to be made.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term {
    /// `tags`, `categories` or a taxonomy's `rest_base`.
    pub taxonomy: String,
    /// Plain text.
    pub name: String,
    /// The id of the term that it lies under; 0: none.
    pub parent: u64,
}

/// A term of a path that is there now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeOfPath {
    /// Folded, with its parents.
    pub path: TermPath,
    pub made: MadeTerm,
}

/// Terms that could not be made now.
#[derive(Debug, Clone)]
pub struct Unmade {
    pub failure: Failure,
    /// What was asked for when it failed.
    pub asked: Vec<Term>,
}

/// Makes wanted terms and whatever they lie under, a level at a time, and puts them into the vocabulary. Refusals are about one
/// name each, and come back by the wanted term's place. `made`: gets each term that is there now, also where the rest fails.
pub async fn make_paths(
    site: &Site,
    vocabulary: &mut Vocabulary,
    wanted: &[domain::Term],
    made: &mut Vec<MadeOfPath>,
) -> Result<HashMap<usize, Refusal>, Unmade> {
    let mut refused: HashMap<usize, Refusal> = HashMap::new();
    loop {
        let mut level: Vec<(Term, Vec<usize>)> = Vec::new();
        for (place, term) in wanted.iter().enumerate().filter(|(place, _)| !refused.contains_key(place)) {
            let Some(missing) = vocabulary.next_missing(term) else { continue };
            match level.iter_mut().find(|(known, _)| *known == missing) {
                Some((_, places)) => places.push(place),
                None => level.push((missing, vec![place])),
            }
        }
        if level.is_empty() {
            return Ok(refused);
        }
        let (terms, places): (Vec<Term>, Vec<Vec<usize>>) = level.into_iter().unzip();
        let mut stopped = None;
        for ((term, places), answer) in terms.iter().zip(places).zip(make_terms(site, &terms).await) {
            match answer {
                Ok(answer) => {
                    vocabulary.put(term, answer.id);
                    made.extend(vocabulary.path_of(&term.taxonomy, answer.id).map(|path| MadeOfPath { path, made: answer }));
                }
                Err(Failure::Refused(refusal)) => refused.extend(places.into_iter().map(|place| (place, refusal.clone()))),
                // what may have been done counts for more than what surely wasn't
                Err(failure) if stopped.as_ref().is_none_or(|known: &Failure| !known.may_have_been_done()) => stopped = Some(failure),
                Err(_) => {}
            }
        }
        if let Some(failure) = stopped {
            return Err(Unmade { failure, asked: terms });
        }
    }
}

/// Makes terms, one after another, 25 in a request; an answer for each. One that was there already answers with its id, so
/// after an unclear answer they are simply made again, but by nobody before the settle time is over: WordPress' own check
/// isn't atomic. A refusal is about one term; after any other failure the terms that are left aren't sent, and fail with it.
pub async fn make_terms(site: &Site, terms: &[Term]) -> Vec<Result<MadeTerm, Failure>> {
    let mut made: Vec<Result<MadeTerm, Failure>> = Vec::with_capacity(terms.len());
    while made.len() < terms.len() {
        let rest = &terms[made.len()..];
        let portion: Vec<(&str, &str, u64)> =
            rest.iter().take(site.batch().min(BATCH)).map(|term| (term.taxonomy.as_str(), term.name.trim(), term.parent)).collect();
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
