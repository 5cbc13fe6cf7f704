//! Which of a draft's terms the post gets: the best that the site has or may get, as many as it shall have, and no more new
//! ones a day than the site's limit.

use std::collections::{HashMap, HashSet};

use crate::domain::{self, Folding, LeftOut, Timestamp};

use super::Verdict;

/// How many terms a site gets, and which names are one: `[site.terms]`, as far as only the site can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermLimits {
    pub folding: Folding,
    /// 0: as many as are wanted.
    pub max_new_per_day: u32,
    /// At least 1.
    pub min_uses: u32,
}

impl Default for TermLimits {
    fn default() -> Self {
        Self { folding: Folding::default(), max_new_per_day: 0, min_uses: 1 }
    }
}

/// A name on its way to become a term: its taxonomy's `rest_base`, and its folded path.
pub type TermPath = (String, String);

/// The terms that were announced on one day (days since 1970, UTC); it is the store's, under the site's lease.
#[derive(Debug, Clone, Default)]
pub struct Budget {
    pub day: i64,
    made: HashSet<TermPath>,
}

impl Budget {
    /// The day of a moment.
    pub fn day_of(now: Timestamp) -> i64 {
        now.unix().div_euclid(86_400)
    }

    /// With what was announced on the day already.
    pub fn new(day: i64, made: impl IntoIterator<Item = TermPath>) -> Self {
        Self { day, made: made.into_iter().collect() }
    }

    /// Takes these terms from the day's number, all or none; what was announced before costs nothing.
    fn take(&mut self, paths: &[TermPath], most: u32) -> bool {
        let new: HashSet<&TermPath> = paths.iter().filter(|path| !self.made.contains(path)).collect();
        if most > 0 && self.made.len() + new.len() > most as usize {
            return false;
        }
        self.made.extend(paths.iter().cloned());
        true
    }
}

/// What a post gets.
#[derive(Debug, Clone, Default)]
pub struct Chosen {
    /// In order; those that the site lacks are in `make`, too.
    pub terms: Vec<domain::Term>,
    pub make: Vec<domain::Term>,
    /// What `make` counts as.
    pub announce: Vec<TermPath>,
    /// What a person should know.
    pub warnings: Vec<String>,
    /// What became no term, and why.
    pub left_out: Vec<String>,
    /// How many the day's limit kept out.
    pub over_limit: u64,
}

/// The names whose uses count: those of feeds that are not there, where a term wants several uses.
pub fn to_be_counted(limits: &TermLimits, wanted: &[domain::Term], verdicts: &[Verdict]) -> Vec<TermPath> {
    let mut counted: Vec<TermPath> = Vec::new();
    for (term, verdict) in wanted.iter().zip(verdicts).filter(|(term, _)| limits.min_uses > 1 && term.raw) {
        if let Verdict::Make(paths) = verdict
            && let Some(path) = paths.last().map(|path| (term.taxonomy.clone(), path.clone()))
            && !counted.contains(&path)
        {
            counted.push(path);
        }
    }
    counted
}

/// Chooses at most `most` (0: all) of the wanted terms, best first. `uses`: of [`to_be_counted`].
pub fn choose(
    limits: &TermLimits,
    budget: &mut Budget,
    wanted: &[domain::Term],
    verdicts: Vec<Verdict>,
    uses: &HashMap<TermPath, u64>,
    most: u32,
) -> Chosen {
    let most = if most == 0 { usize::MAX } else { most as usize };
    let (mut chosen, mut left, mut over) = (Chosen::default(), LeftOut::default(), LeftOut::default());
    let mut ids = HashSet::new();
    for (term, verdict) in wanted.iter().zip(verdicts) {
        match verdict {
            Verdict::Without(why) => chosen.warnings.extend(why),
            Verdict::LeftOut(why) => left.add(&term.path(), why),
            Verdict::Id(id) if ids.contains(&(term.taxonomy.clone(), id)) => left.add(&term.path(), "the site has it as another of these"),
            Verdict::Id(_) | Verdict::Make(_) if chosen.terms.len() >= most => {
                left.add(&term.path(), format!("beyond `max_terms = {most}`"));
            }
            Verdict::Id(id) => {
                ids.insert((term.taxonomy.clone(), id));
                chosen.terms.push(term.clone());
            }
            Verdict::Make(paths) => {
                let paths: Vec<TermPath> = paths.into_iter().map(|path| (term.taxonomy.clone(), path)).collect();
                let seen = paths.last().and_then(|path| uses.get(path)).copied().unwrap_or(0);
                if term.raw && limits.min_uses > 1 && seen < u64::from(limits.min_uses) {
                    left.add(&term.path(), format!("new, and seen in {seen} of `min_uses = {}` entries", limits.min_uses));
                } else if !budget.take(&paths, limits.max_new_per_day) {
                    chosen.over_limit += 1;
                    over.add(&term.path(), format!("new, and today's {} new terms are made (`max_new_per_day`)", limits.max_new_per_day));
                } else {
                    chosen.announce.extend(paths);
                    chosen.make.push(term.clone());
                    chosen.terms.push(term.clone());
                }
            }
        }
    }
    chosen.warnings.extend(over.told().into_iter().map(|told| format!("without {told}")));
    chosen.left_out = left.told();
    chosen
}
