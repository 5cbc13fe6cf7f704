//! The names of terms in a draft become ids on the site; what the site lacks is made, by one maker a site.
//!
//! Read: what the store knows of the site's terms, and what the site tells of those that are wanted. Written: that terms may be
//! under way, for which run [`announce_terms`], and which count for the day [`terms_begin`], before they are asked for; which the run
//! made [`terms_known`]; what was learnt [`keep_terms`]; that the outcome is clear, or until when it isn't [`terms_end`]. If the process dies in between, nobody makes terms here before the
//! server can be done with ours; making them again then brings their ids, and costs the day nothing.

use std::collections::HashMap;

use super::equip::{Parts, Stop, UNCLEAR};
use super::{Error, InHand, On, Round};
use crate::domain::{Delivery, Draft, NewTerms, Term, Timestamp};
use crate::publish::{self, Budget, Verdict, Vocabulary};
use crate::store::TermKnown;
use crate::wordpress::Failure;

/// What is known of a site's terms while its lease is held.
#[derive(Default)]
pub(super) struct Terms {
    /// `None`: nothing was wanted yet.
    vocabulary: Option<Vocabulary>,
    budget: Budget,
    /// Terms may be under way on the site: none are made before this.
    doubt: Option<Timestamp>,
}

impl Terms {
    /// In doubt until then.
    pub fn in_doubt(doubt: Option<Timestamp>) -> Self {
        Self { doubt, ..Self::default() }
    }
}

impl Round<'_> {
    /// Asks in few requests for what the drafts of a batch name.
    pub(super) async fn learn_terms(&self, hands: &[(InHand, bool)]) -> Result<(), Error> {
        let drafts = hands.iter().filter_map(|(hand, _)| hand.delivery.draft.as_ref());
        let wanted: Vec<_> = drafts.flat_map(|draft| draft.terms.iter().cloned()).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let mut known = self.terms.lock().await;
        let (vocabulary, ..) = self.load(&mut known).await?;
        let learnt = match vocabulary.by_rest_base(&self.wp, &wanted).await {
            Ok(wanted) => vocabulary.learn(&self.wp, &wanted, self.now()).await,
            Err(failure) => Err(failure),
        };
        if let Err(failure) = learnt {
            // each delivery asks for its own, and waits for them if need be
            tracing::info!(site = self.site.config.name, error = %failure, "the site's terms could not be read");
        }
        self.keep(vocabulary).await
    }

    /// Finds the draft's terms, and makes those that are missing: one maker a site, as WordPress' own check is not atomic.
    pub(super) async fn terms(&self, on: &On, delivery: &Delivery, draft: &Draft, parts: &mut Parts) -> Result<(), Stop> {
        if draft.terms.is_empty() {
            return Ok(());
        }
        let (store, limits) = (&self.pipeline.store, &self.site.config.terms);
        let mut known = self.terms.lock().await;
        let (vocabulary, budget, doubt) = self.load(&mut known).await?;
        let wanted = vocabulary.by_rest_base(&self.wp, &draft.terms).await?;
        let wanted = self.of_its_type(on, wanted, parts).await?;
        let mut verdicts = vocabulary.find(&self.wp, &self.me, &wanted, self.now()).await?;
        for (term, verdict) in wanted.iter().zip(&mut verdicts) {
            if matches!(verdict, Verdict::Make(_)) && vocabulary.next_missing(term).is_some_and(|term| self.is_hopeless(&term)) {
                *verdict = Verdict::Without(Some(format!("without `{}`: the site never answers clearly when it is made", term.path())));
            }
        }
        let counted = publish::to_be_counted(limits, &wanted, &verdicts);
        let mut uses = HashMap::new();
        if !counted.is_empty() {
            let seen = store.terms_used(*self.lease.lock().await, delivery.item, &counted, self.now()).await?;
            uses.extend(counted.into_iter().zip(seen));
        }
        let chosen = publish::choose(limits, budget, &wanted, verdicts, &uses, draft.max_terms);
        if chosen.over_limit > 0 {
            store.terms_left_out(*self.lease.lock().await, budget.day, chosen.over_limit).await?;
        }
        if !chosen.make.is_empty() {
            if let Some(until) = doubt.filter(|until| *until > self.now()) {
                return Err(Stop::Doubt(until));
            }
            // If we die now, nobody makes terms here before the server can be done with ours.
            let run = self.pipeline.run_for_posts().await?;
            store.announce_terms(*self.lease.lock().await, run, &chosen.announce, self.now()).await?;
            store.terms_begin(*self.lease.lock().await, self.doubt_until(), &chosen.announce, budget.day).await?;
            let mut made = Vec::new();
            let answer = publish::make_paths(&self.wp, vocabulary, &chosen.make, &mut made).await;
            let known = made.into_iter().map(|made| TermKnown { path: made.path, id: made.made.id, was_there: made.made.was_there });
            store.terms_known(*self.lease.lock().await, run, &known.collect::<Vec<_>>()).await?;
            match answer {
                Ok(refused) => {
                    let told = refused.into_iter().map(|(at, refusal)| format!("without `{}`: {refusal}", chosen.make[at].path()));
                    parts.warnings.extend(told);
                }
                Err(unmade) if unmade.failure.may_have_been_done() => {
                    let until = self.now().plus(self.site.config.settle);
                    tracing::warn!(site = self.site.config.name, error = %unmade.failure, %until, "terms are in doubt");
                    store.terms_end(*self.lease.lock().await, Some(until)).await?;
                    *doubt = Some(until);
                    let mut tries = self.site.unclear_terms.lock().expect("no thread panicked with it");
                    unmade.asked.into_iter().for_each(|term| *tries.entry(term).or_default() += 1);
                    return Err(Stop::Doubt(until));
                }
                Err(unmade) => {
                    store.terms_end(*self.lease.lock().await, None).await?;
                    *doubt = None;
                    return Err(unmade.failure.into());
                }
            }
            store.terms_end(*self.lease.lock().await, None).await?;
            *doubt = None;
        }
        for term in &chosen.terms {
            if let Some(id) = vocabulary.id(term) {
                parts.names.insert(id, term.path());
                let ids = parts.terms.entry(term.taxonomy.clone()).or_default();
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
        }
        parts.warnings.extend(chosen.warnings);
        parts.left_out.extend(chosen.left_out);
        Ok(self.keep(vocabulary).await?)
    }

    /// Those in taxonomies that posts of this type have: of others WordPress would take no notice.
    async fn of_its_type(&self, on: &On, wanted: Vec<Term>, parts: &mut Parts) -> Result<Vec<Term>, Failure> {
        let is_stock = |term: &Term| on.wp.kind().is_post() && matches!(term.taxonomy.as_str(), "tags" | "categories");
        if wanted.iter().all(is_stock) {
            return Ok(wanted);
        }
        let schema = on.wp.schema().await?;
        let (has, lacks): (Vec<Term>, Vec<Term>) =
            wanted.into_iter().partition(|term| is_stock(term) || schema.writable(&term.taxonomy).is_some());
        let told =
            |term: &Term| format!("without `{}`: the site's {} have no taxonomy `{}`", term.path(), on.wp.kind().rest_base, term.taxonomy);
        parts.warnings.extend(lacks.iter().filter(|term| term.new != NewTerms::Ignore).map(told));
        Ok(has)
    }

    /// What the store knows, taken up when it is first needed; the budget of today.
    pub(super) async fn load<'t>(
        &self,
        terms: &'t mut Terms,
    ) -> Result<(&'t mut Vocabulary, &'t mut Budget, &'t mut Option<Timestamp>), Error> {
        let (store, site, today) = (&self.pipeline.store, self.site.id, Budget::day_of(self.now()));
        let Terms { vocabulary, budget, doubt } = terms;
        if vocabulary.is_none() || budget.day != today {
            *budget = Budget::new(today, store.terms_made(site, today).await?);
        }
        if vocabulary.is_none() {
            let (known, whole) = store.terms(site).await?;
            *vocabulary = Some(Vocabulary::new(self.site.config.terms.folding.clone(), known, &whole));
        }
        Ok((vocabulary.get_or_insert_default(), budget, doubt))
    }

    async fn keep(&self, vocabulary: &mut Vocabulary) -> Result<(), Error> {
        let learnt = vocabulary.learnt();
        if learnt == publish::Learnt::default() {
            return Ok(());
        }
        Ok(self.pipeline.store.keep_terms(*self.lease.lock().await, &learnt.terms, &learnt.whole).await?)
    }

    /// Making it had no clear answer too often.
    fn is_hopeless(&self, term: &publish::WantedTerm) -> bool {
        let tries = self.site.unclear_terms.lock().expect("no thread panicked with it");
        tries.get(term).is_some_and(|tries| *tries >= UNCLEAR)
    }

    /// Keeps with the deliveries why names of their drafts became no terms.
    pub(super) async fn note_left_out(&self, hands: &mut [(&mut InHand, Vec<String>)]) -> Result<(), Error> {
        for (hand, left_out) in hands.iter_mut() {
            let known = &mut hand.delivery.decision.left_out;
            left_out.retain(|left| !known.contains(left));
            known.extend(left_out.iter().cloned());
        }
        let noted: Vec<_> =
            hands.iter().filter(|(_, left_out)| !left_out.is_empty()).map(|(hand, _)| (&hand.lease, &hand.delivery.decision)).collect();
        if noted.is_empty() {
            return Ok(());
        }
        Ok(self.pipeline.store.note_decisions(&noted).await?)
    }
}
