//! `[site.terms]`, as far as it can be judged without the site: synonyms, the stop list, and which names are one.

use std::collections::HashMap;

use regex::Regex;

use super::filters::compile_pattern;
use crate::domain::{Folding, Term};

/// What a site wants of names before they become its terms.
#[derive(Debug, Clone, Default)]
pub struct Governor {
    folding: Folding,
    /// By the folded name: the one in its place.
    synonyms: HashMap<String, String>,
    /// By the folded name in the place of others: these others.
    others: HashMap<String, Vec<String>>,
    /// By the folded name: where the stop list has it.
    stopped: HashMap<String, String>,
    patterns: Vec<Pattern>,
}

#[derive(Debug, Clone)]
struct Pattern {
    regex: Regex,
    /// It looks at the folded name, not at the name as it was told.
    folded: bool,
    at: String,
}

/// What can't be one of `synonyms` or of `stop`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct GovernorFault {
    pub message: String,
    pub hint: String,
}

impl GovernorFault {
    fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into() }
    }
}

impl Governor {
    /// Without synonyms and stop list.
    pub fn new(folding: Folding) -> Self {
        Self { folding, ..Self::default() }
    }

    /// `name` is written as `instead` from now on.
    pub fn synonym(&mut self, name: &str, instead: &str) -> Result<(), GovernorFault> {
        let (from, to) = (self.folding.fold(name), self.folding.fold(instead));
        if from.is_empty() || to.is_empty() {
            let hint = "names without a letter or digit are no terms; what shall not be used stands in `stop`";
            return Err(GovernorFault::new(format!("`{name}` = `{instead}` names nothing"), hint));
        }
        if from == to {
            let hint = "take it out: case, hyphens, and what `fold_accents` and `fold_plurals` say are folded anyway";
            return Err(GovernorFault::new(format!("`{name}` and `{instead}` are the same name already"), hint));
        }
        if self.synonyms.contains_key(&to) || self.others.contains_key(&from) {
            let hint = "write the last name for each of them: a synonym's synonym is not looked up";
            return Err(GovernorFault::new(format!("`{name}` = `{instead}` is a chain with another synonym"), hint));
        }
        if self.synonyms.get(&from).is_some_and(|known| self.folding.fold(known) != to) {
            return Err(GovernorFault::new(format!("`{name}` has two names in its place"), "keep one of them"));
        }
        self.others.entry(to).or_default().push(name.trim().to_owned());
        self.synonyms.insert(from, instead.trim().to_owned());
        Ok(())
    }

    /// A name of a feed that never becomes a term; `*` stands for anything. `at`: `wirepress.toml:23`.
    pub fn stop(&mut self, name: &str, at: &str) -> Result<(), GovernorFault> {
        if name.contains('*') {
            let folded = regex::escape(&self.folding_but_plurals().fold(name)).replace(r"\*", ".*");
            let regex = Regex::new(&format!("^{folded}$")).map_err(|error| GovernorFault::new(error.to_string(), "make it shorter"))?;
            self.patterns.push(Pattern { regex, folded: true, at: at.to_owned() });
            return Ok(());
        }
        let folded = self.folding.fold(name);
        if folded.is_empty() {
            return Err(GovernorFault::new(format!("`{name}` has no letter or digit to look for"), "a name, or one with `*`"));
        }
        self.stopped.entry(folded).or_insert_with(|| at.to_owned());
        Ok(())
    }

    /// Names of feeds in which this is found, as they are told, never become terms.
    pub fn stop_pattern(&mut self, pattern: &str, at: &str) -> Result<(), GovernorFault> {
        let regex = compile_pattern(pattern).map_err(|(message, hint)| GovernorFault::new(message, hint.unwrap_or_default()))?;
        self.patterns.push(Pattern { regex, folded: false, at: at.to_owned() });
        Ok(())
    }

    /// What a name comes to where names are compared.
    pub(super) fn fold(&self, name: &str) -> String {
        self.folding.fold(name)
    }

    /// Where the stop list has the name.
    pub(super) fn stopped(&self, name: &str) -> Option<&str> {
        if self.stopped.is_empty() && self.patterns.is_empty() {
            return None;
        }
        let whole = || self.folding_but_plurals().fold(name);
        let known = self.stopped.get(&self.folding.fold(name));
        known.map(String::as_str).or_else(|| {
            let fits = |pattern: &&Pattern| pattern.regex.is_match(if pattern.folded { whole() } else { name.to_owned() }.as_str());
            self.patterns.iter().find(fits).map(|pattern| pattern.at.as_str())
        })
    }

    /// Gives the term the name that the site wants it to have.
    pub(super) fn name(&self, term: &mut Term) {
        if self.synonyms.is_empty() {
            return;
        }
        let mut folded = self.folding.fold(&term.name);
        if let Some(instead) = self.synonyms.get(&folded) {
            if term.raw {
                term.from = format!("{} `{}`", term.from, term.name);
            }
            term.name.clone_from(instead);
            folded = self.folding.fold(instead);
        }
        if let Some(others) = self.others.get(&folded) {
            term.also.clone_from(others);
        }
    }

    /// A part of a name has no end that could be a plural's.
    fn folding_but_plurals(&self) -> Folding {
        Folding { plurals: Vec::new(), ..self.folding }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stop_list_knows_names_and_patterns() {
        let mut governor = Governor::new(Folding::default());
        for (line, name) in ["Uncategorized", "sponsored*", "*-deal", "a * b"].into_iter().enumerate() {
            governor.stop(name, &format!("w.toml:{line}")).expect("sound");
        }
        governor.stop_pattern(r"^\d+$", "w.toml:9").expect("sound");
        for (name, at) in [
            ("uncategorized", Some("w.toml:0")),
            ("Uncategorised", None),
            ("Sponsored Post", Some("w.toml:1")),
            ("SPONSORED", Some("w.toml:1")),
            ("unsponsored", None),
            ("Black Friday Deal", Some("w.toml:2")),
            ("deal", None),
            ("A to B", Some("w.toml:3")),
            ("2026", Some("w.toml:9")),
            ("2026 elections", None),
        ] {
            assert_eq!(governor.stopped(name), at, "{name}");
        }
    }

    #[test]
    fn a_synonym_gives_its_name_and_is_looked_for_too() {
        let mut governor = Governor::new(Folding::default());
        governor.synonym("ML", "machine learning").expect("sound");
        governor.synonym("maschinelles Lernen", "Machine-Learning").expect("sound");
        for (told, from) in [("ml", "feed category `ml`"), ("Machine Learning", "feed category")] {
            let mut term = Term { name: told.to_owned(), raw: true, from: "feed category".to_owned(), ..Term::default() };
            governor.name(&mut term);
            assert_eq!(governor.fold(&term.name), "machine learning");
            assert_eq!(term.also, ["ML", "maschinelles Lernen"]);
            assert_eq!(term.from, from);
        }
    }

    #[test]
    fn synonyms_that_lead_nowhere_are_refused() {
        let mut governor = Governor::new(Folding::default());
        governor.synonym("ML", "machine learning").expect("sound");
        for (name, instead, why) in [
            ("Machine Learning", "machine-learning", "the same name"),
            ("machine learning", "AI", "a chain"),
            ("deep learning", "ml", "a chain"),
            ("ml", "AI", "two names"),
            ("-", "AI", "names nothing"),
        ] {
            let fault = governor.synonym(name, instead).expect_err(name);
            assert!(fault.message.contains(why), "{fault}");
        }
    }
}
