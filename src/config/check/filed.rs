//! How entries are filed: maps and keyword rules are compiled, a site's `terms` become its governor.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::raw::{self, Mapped, SiteTerms, Stop, Tag};
use super::super::source::Place;
use super::Check;
use crate::domain::Folding;
use crate::publish::TermLimits;
use crate::rewrite::{CategoryMap, FeedCategories, Filed, Governor, KeywordFault, KeywordRule, Keywords, pattern};

/// What several feeds share, by the places where it is written.
#[derive(Default)]
pub(super) struct Shared {
    keywords: HashMap<Vec<Place>, Arc<Keywords>>,
    maps: HashMap<Vec<Place>, Arc<CategoryMap>>,
}

impl Check {
    /// The keyword rules of these keys. Equal ones are shared, and their faults noted once.
    pub(super) fn keywords(&mut self, keys: &raw::FeedKeys, shared: &mut Shared) -> Arc<Keywords> {
        let Some(tags) = &keys.tags else { return Arc::default() };
        let places: Vec<Place> = tags.0.iter().map(|(tag, _)| tag.at.clone()).collect();
        if let Some(known) = shared.keywords.get(&places) {
            return known.clone();
        }
        let mut rules = Vec::new();
        for (name, tag) in &tags.0 {
            rules.extend(match tag {
                Tag::Words(words) if words.0.is_empty() => None,
                Tag::Words(words) => self.worded(name, Some(words)),
                Tag::Keys(keys) => self.keyed(name, keys),
            });
        }
        let compiled = Arc::new(Keywords::new(rules));
        shared.keywords.insert(places, compiled.clone());
        compiled
    }

    fn worded(&mut self, name: &super::At<String>, words: Option<&raw::Names>) -> Option<KeywordRule> {
        let words = words.map_or(&[][..], |words| &words.0);
        let texts: Vec<String> = words.iter().map(|word| word.value.clone()).collect();
        let rule = KeywordRule::new(&name.value, &texts, &self.sources.line_of(&name.at));
        rule.map_err(|fault| self.word_fault(fault, words, &name.at)).ok()
    }

    fn keyed(&mut self, name: &super::At<String>, keys: &raw::TagKeys) -> Option<KeywordRule> {
        let patterns = keys.regex.as_ref().map_or(&[][..], |patterns| &patterns.0);
        if patterns.is_empty() && keys.words.as_ref().is_none_or(|words| words.0.is_empty()) {
            let hint =
                "add `words = [\"linux\", \"kernel*\"]` or `regex = \"CVE-[0-9]{4}-[0-9]+\"`; an empty list takes an inherited tag away";
            self.error(&keys.at, format!("`{}` says nothing that could be found in an entry", name.value), hint);
            return None;
        }
        let texts: Vec<String> = patterns.iter().map(|pattern| pattern.value.clone()).collect();
        // each fault under the very signs
        let sound = patterns.iter().filter(|text| self.compiled(pattern(&text.value), text).is_some()).count();
        let rule = self.worded(name, keys.words.as_ref());
        if sound < patterns.len() {
            return None;
        }
        let rule = match rule?.patterns(&texts) {
            Ok(rule) => rule,
            Err(fault) => {
                self.word_fault(fault, patterns, &name.at);
                return None;
            }
        };
        let rule = keys.to.iter().fold(rule, |rule, to| rule.filed_in(&to.value.0));
        let rule = keys.priority.iter().fold(rule, |rule, priority| rule.with_priority(priority.value));
        Some(if keys.remove.as_ref().is_some_and(|remove| remove.value) { rule.removing() } else { rule })
    }

    fn word_fault(&mut self, fault: KeywordFault, of: &[super::At<String>], name: &Place) {
        let at = of.get(fault.index).map_or(name, |word| &word.at).clone();
        self.error(&at, fault.message, fault.hint);
    }

    /// What becomes of the feed's categories.
    pub(super) fn feed_categories(&mut self, keys: &raw::FeedKeys, shared: &mut Shared) -> Option<FeedCategories> {
        let wish = keys.feed_categories.as_ref()?;
        let new = wish.new.as_ref()?.value;
        let to: Vec<String> = wish.to.as_ref()?.0.iter().map(|to| to.value.0.clone()).collect();
        let unmapped = wish.unmapped.as_ref().map_or(new, |unmapped| unmapped.value);
        Some(FeedCategories { to, new, unmapped, map: self.map(wish, shared) })
    }

    fn map(&mut self, wish: &raw::FeedCategories, shared: &mut Shared) -> Arc<CategoryMap> {
        let Some(map) = &wish.map else { return Arc::default() };
        let places: Vec<Place> = map.0.iter().map(|(name, _)| name.at.clone()).collect();
        if let Some(known) = shared.maps.get(&places) {
            return known.clone();
        }
        let mut seen: HashMap<String, Place> = HashMap::new();
        let mut entries = Vec::new();
        for (name, mapped) in &map.0 {
            let folded = Folding::default().fold(&name.value);
            if folded.is_empty() {
                self.error(&name.at, "a category without a name", "write the name as the feed tells it");
            } else if let Some(first) = seen.insert(folded, name.at.clone()) {
                let hint = format!(
                    "upper and lower case, accents and hyphens are the same here; the other is at {}",
                    self.sources.full_line_of(&first)
                );
                self.error(&name.at, format!("`{}` stands there twice", name.value), hint);
            }
            let mut names = Vec::new();
            let mut take = |to: Option<&String>, paths: &[super::At<raw::Path>]| {
                names.extend(paths.iter().filter(|path| !path.value.0.is_empty()).map(|path| (to.cloned(), path.value.0.clone())));
            };
            match mapped {
                Mapped::Names(paths) => take(None, &paths.0),
                Mapped::Places(places) => places.iter().for_each(|(to, paths)| take(Some(&to.value.0), &paths.0)),
            }
            entries.push((name.value.clone(), Filed { at: self.sources.line_of(&name.at), names }));
        }
        let compiled = Arc::new(CategoryMap::new(entries));
        shared.maps.insert(places, compiled.clone());
        compiled
    }

    /// `[site.terms]`: what is judged when a draft is made, and what only the site can tell.
    pub(super) fn terms(&mut self, terms: &SiteTerms) -> Option<(Arc<Governor>, TermLimits)> {
        let plurals = terms.fold_plurals.as_ref()?.0.iter().map(|plural| plural.value).collect();
        let folding = Folding { accents: terms.fold_accents.as_ref()?.value, plurals };
        let mut governor = Governor::new(folding.clone());
        for (name, instead) in terms.synonyms.iter().flat_map(|synonyms| &synonyms.0) {
            if let Err(fault) = governor.synonym(&name.value, &instead.value) {
                self.error(&name.at, fault.message, fault.hint);
            }
        }
        for stop in terms.stop.iter().flat_map(|stop| &stop.0) {
            let (at, told) = match stop {
                Stop::Name(name) => (&name.at, governor.stop(&name.value, &self.sources.line_of(&name.at))),
                Stop::Pattern(text) if self.compiled(pattern(&text.value), text).is_none() => continue,
                Stop::Pattern(pattern) => (&pattern.at, governor.stop_pattern(&pattern.value, &self.sources.line_of(&pattern.at))),
            };
            if let Err(fault) = told {
                self.error(at, fault.message, fault.hint);
            }
        }
        let min_uses = terms.min_uses.as_ref()?.value.max(1);
        Some((Arc::new(governor), TermLimits { folding, max_new_per_day: terms.max_new_per_day.as_ref()?.value, min_uses }))
    }
}
