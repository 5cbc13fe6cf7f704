//! What the rules as they are now make of items that were decided before: the same inputs, composed once more. Nothing is
//! asked for and nothing is stored.
//!
//! The moment that a rule sees as `age`'s end is the one at which the item was first seen, as nearly as the store knows when
//! it was decided.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use crate::domain::{Decision, Delivery, DeliveryState, Draft, FeedFacts, Id, Item, ItemState, Timestamp};
use crate::rewrite::Composed;
use crate::store::Store;

use super::prepare::{Composition, Outcome, Subject};
use super::{Error, Pipeline};

/// What would become of the stored items.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Trial {
    /// Items that were looked at.
    pub items: usize,
    /// Items whose text is gone, so that nobody can tell.
    pub forgotten: usize,
    /// Those that would come out otherwise, newest first.
    pub changed: Vec<Changed>,
}

/// An item that would come out otherwise.
#[derive(Debug, Clone, Serialize)]
pub struct Changed {
    pub item: Id,
    pub feed: String,
    pub title: String,
    pub link: Option<String>,
    /// On each site where something differs; the site's name is empty where it is about all of them.
    pub sites: Vec<Differing>,
}

/// What differs on a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Differing {
    pub site: String,
    /// `newly posted`, `newly skipped`, or what of the post changes: each with what it was and what it would be.
    pub what: Vec<Difference>,
    /// The rules that match now: `wirepress.toml:41: skip: advert`.
    pub rules: Vec<String>,
}

/// One thing, then and now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub what: &'static str,
    pub was: String,
    pub would_be: String,
}

/// An item on a site, as far as rules decide it.
struct Side<'a> {
    draft: Option<&'a Draft>,
    /// It is posted, or waits.
    goes: bool,
    decision: &'a Decision,
    hold: Option<&'a str>,
}

impl Pipeline {
    /// Composes all items of `store` that were first seen since then once more.
    pub async fn try_rules(&self, store: &Store, since: Timestamp) -> Result<Trial, Error> {
        let mut trial = Trial { forgotten: store.items_forgotten(since).await?, ..Trial::default() };
        let names: BTreeMap<Id, String> = store.sites().await?.into_iter().map(|site| (site.id, site.name)).collect();
        let facts = store.feed_facts(&self.feeds.keys().copied().collect()).await?;
        let mut after = (since, Id::from_i64(0));
        loop {
            let page = store.items_with_texts(after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = (last.first_seen, last.id);
            for item in page {
                self.try_item(store, &item, &facts, &names, &mut trial).await?;
            }
        }
        trial.changed.reverse();
        Ok(trial)
    }

    async fn try_item(
        &self,
        store: &Store,
        item: &Item,
        facts: &HashMap<Id, FeedFacts>,
        names: &BTreeMap<Id, String>,
        trial: &mut Trial,
    ) -> Result<(), Error> {
        let (Some(feed), Some(entry)) = (self.feed(item.feed), &item.entry) else { return Ok(()) };
        let is_open = matches!(item.state, ItemState::Seen | ItemState::Preparing);
        if is_open || item.state == ItemState::Skipped && !is_by_rules(&item.decision) {
            return Ok(());
        }
        trial.items += 1;
        let facts = facts.get(&item.feed).cloned().unwrap_or_default();
        let subject = Subject {
            entry,
            facts: &facts,
            first_seen: item.first_seen,
            keys: item.keys,
            generation: item.generation,
            body: Default::default(),
        };
        let outcome = self.compose(&feed, &subject, &item.steps, item.first_seen);
        let then = store.deliveries_of(item.id).await?;
        let sites = differing(item, &then, &outcome, names);
        if !sites.is_empty() {
            trial.changed.push(Changed {
                item: item.id,
                feed: feed.name().to_owned(),
                title: item.title.clone(),
                link: item.link.clone(),
                sites,
            });
        }
        Ok(())
    }
}

/// Items that are looked at together.
const PAGE: u32 = 200;

/// How the reasons begin that rules and scores give for skipping. What was skipped by hand, for its age at the first poll, or
/// in a contest is no rule's doing, and no rule can be tried on it.
const BY_RULES: [&str; 4] = ["skipped by a rule", "its score is", "no rule chose", "the rules chose"];

fn is_by_rules(decision: &Decision) -> bool {
    decision.because.as_deref().is_none_or(|because| BY_RULES.iter().any(|start| because.starts_with(start)))
}

fn differing(item: &Item, then: &[Delivery], now: &Outcome, names: &BTreeMap<Id, String>) -> Vec<Differing> {
    let nothing = Decision::default();
    let nowhere = |decision| Side { draft: None, goes: false, decision, hold: None };
    let (deliveries, all): (&[Composition], &Decision) = match now {
        Outcome::Skip(decision) => (&[], decision),
        Outcome::Go { deliveries, decision } => (deliveries, decision),
    };
    let name = |delivery: &Delivery| names.get(&delivery.site).cloned().unwrap_or_default();
    let mut sites: Vec<String> = then.iter().map(name).chain(deliveries.iter().map(|composition| composition.site.clone())).collect();
    sites.sort();
    sites.dedup();
    let differs = |site: String| {
        let was = then.iter().find(|delivery| name(delivery) == site);
        if was.is_some_and(|delivery| delivery.state == DeliveryState::Skipped && !is_by_rules(&delivery.decision)) {
            return None;
        }
        let was = was.map_or_else(|| nowhere(&item.decision), side);
        let would = deliveries.iter().find(|composition| composition.site == site).map(|composition| match &composition.composed {
            Composed::Skip(decision) => nowhere(decision),
            Composed::Draft(ready) => Side {
                draft: Some(&ready.draft),
                goes: true,
                decision: &ready.decision,
                hold: ready.hold.as_ref().map(|hold| hold.because.as_str()),
            },
        });
        let would = would.unwrap_or_else(|| nowhere(if deliveries.is_empty() { all } else { &nothing }));
        let what = compare(&was, &would);
        let rules = would.decision.rules.iter().map(|rule| format!("{}: {}", rule.at, rule.then)).collect();
        (!what.is_empty()).then_some(Differing { site, what, rules })
    };
    sites.into_iter().filter_map(differs).collect()
}

fn side(delivery: &Delivery) -> Side<'_> {
    let hold = delivery.hold.as_ref().map(|hold| hold.because.as_str());
    Side { draft: delivery.draft.as_ref(), goes: delivery.state != DeliveryState::Skipped, decision: &delivery.decision, hold }
}

fn compare(was: &Side<'_>, would: &Side<'_>) -> Vec<Difference> {
    let why = |side: &Side<'_>| side.decision.because.clone().unwrap_or_else(|| "no rule chose the site".to_owned());
    let mut found = Vec::new();
    let mut differ = |what, was: String, would_be: String| {
        if was != would_be {
            found.push(Difference { what, was, would_be });
        }
    };
    match (was.goes, would.goes) {
        (false, true) => differ("newly posted", why(was), "posted".to_owned()),
        (true, false) => differ("newly skipped", "posted".to_owned(), why(would)),
        (false, false) => {}
        (true, true) => {
            let score = |side: &Side<'_>| side.decision.score.as_ref().map_or(0, |score| score.sum).to_string();
            differ("score", score(was), score(would));
            if let (Some(was), Some(would)) = (was.draft, would.draft) {
                for (what, taxonomy) in [("tags", "tags"), ("categories", "categories")] {
                    differ(what, terms(was, taxonomy), terms(would, taxonomy));
                }
                differ("status", was.status.as_str().to_owned(), would.status.as_str().to_owned());
                differ("title", was.title.clone(), would.title.clone());
                let author = |draft: &Draft| draft.author.clone().unwrap_or_default();
                differ("author", author(was), author(would));
            }
            if let Some(hold) = would.hold.filter(|_| was.decision.because.as_deref().is_none_or(|because| !because.starts_with("held"))) {
                differ("newly held", String::new(), hold.to_owned());
            }
        }
    }
    found
}

fn terms(draft: &Draft, taxonomy: &str) -> String {
    let mut names: Vec<&str> = draft.terms.iter().filter(|term| term.taxonomy == taxonomy).map(|term| term.name.as_str()).collect();
    names.sort_unstable();
    names.join(", ")
}
