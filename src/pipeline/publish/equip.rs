//! What a draft names becomes what the site has: term ids, an author's id, an uploaded picture.

use std::collections::BTreeMap;

use crate::domain::Draft;
use crate::publish::{self, Verdict, WantedTerm};
use crate::wordpress::Failure;

use super::{Error, InHand, Round, Terms};

/// After so many unclear answers a post goes without the term or picture that they were about.
pub(super) const UNCLEAR: u32 = 6;

/// What a draft's names have become on the site.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// Term ids by `rest_base`.
    pub terms: BTreeMap<String, Vec<u64>>,
    pub featured_media: Option<u64>,
    /// The draft's content with the site's own pictures, where it has any.
    pub content: Option<String>,
    /// User id; `None`: we.
    pub author: Option<u64>,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// What a delivery is equipped for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs {
    /// Its post is made: all names, and the pictures of its content.
    Making,
    /// Its post has its content already.
    Finishing,
}

/// Why a delivery can't be equipped now.
pub(super) enum Stop {
    Failure(Failure),
    /// Something that it needs is in doubt until then.
    Doubt(crate::domain::Timestamp),
    Error(Error),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<crate::store::Error> for Stop {
    fn from(error: crate::store::Error) -> Self {
        Self::Error(error.into())
    }
}

impl Round<'_> {
    /// Resolves all names of a delivery's draft. `None`: it went back to wait, and why is stored.
    pub(super) async fn equip(&self, hand: InHand, needs: Needs) -> Result<Option<(InHand, Parts)>, Error> {
        let Some(draft) = hand.delivery.draft.clone() else {
            self.give_up(hand, "its draft was dropped after `[store] keep`").await?;
            return Ok(None);
        };
        match self.parts(&draft, needs).await {
            Ok(parts) => Ok(Some((hand, parts))),
            Err(Stop::Error(error)) => Err(error),
            Err(Stop::Failure(failure)) => {
                self.failed(hand, &failure).await?;
                Ok(None)
            }
            Err(Stop::Doubt(until)) => {
                self.put_back(vec![hand], until).await?;
                Ok(None)
            }
        }
    }

    async fn parts(&self, draft: &Draft, needs: Needs) -> Result<Parts, Stop> {
        let mut parts = Parts::default();
        self.terms(draft, &mut parts).await?;
        if let Some(name) = &draft.author {
            parts.author = self.author(name).await?;
            if parts.author.is_none() {
                parts.warnings.push(format!("the site has no author `{name}`; the post is ours"));
            }
        }
        if let Some(image) = &draft.image {
            match self.picture(draft, image).await? {
                Ok(placed) => parts.featured_media = Some(placed.media),
                Err(why) => parts.warnings.push(format!("no picture: {why}")),
            }
        }
        if needs == Needs::Making && !draft.pictures.is_empty() {
            self.place(draft, &mut parts).await?;
        }
        Ok(parts)
    }

    /// Finds the draft's terms, and makes those that are missing: one maker a site, as WordPress' own check is not atomic.
    async fn terms(&self, draft: &Draft, parts: &mut Parts) -> Result<(), Stop> {
        let mut known = self.terms.lock().await;
        let Terms { vocabulary, doubt } = &mut *known;
        let terms = vocabulary.by_rest_base(&self.wp, &draft.terms).await?;
        let verdicts = vocabulary.find(&self.wp, &self.me, &terms).await?;
        // Only the site knows which terms it has, so only here the best ones can be counted off.
        let most = if draft.max_terms == 0 { usize::MAX } else { draft.max_terms as usize };
        let (mut wanted, mut missing) = (Vec::new(), Vec::new());
        for (term, verdict) in terms.iter().zip(verdicts) {
            match verdict {
                Verdict::Without(why) => parts.warnings.extend(why),
                Verdict::Id(_) | Verdict::Make if wanted.len() == most => {}
                verdict => {
                    if verdict == Verdict::Make {
                        let term = WantedTerm { taxonomy: term.taxonomy.clone(), name: term.name.clone() };
                        if self
                            .site
                            .unclear_terms
                            .lock()
                            .expect("no thread panicked with it")
                            .get(&term)
                            .is_some_and(|tries| *tries >= UNCLEAR)
                        {
                            parts.warnings.push(format!("without `{}`: the site never answers clearly when it is made", term.name));
                            continue;
                        }
                        missing.push(term);
                    }
                    wanted.push(term.clone());
                }
            }
        }
        if !missing.is_empty() {
            if let Some(until) = doubt.filter(|until| *until > self.now()) {
                return Err(Stop::Doubt(until));
            }
            // If we die now, nobody makes terms here before the server can be done with ours.
            let store = &self.pipeline.store;
            store.terms_begin(*self.lease.lock().await, self.doubt_until()).await?;
            let made = publish::make_terms(&self.wp, &missing).await;
            let unclear = made.iter().filter_map(|answer| answer.as_ref().err()).find(|failure| failure.may_have_been_done());
            if let Some(failure) = unclear {
                let until = self.now().plus(self.site.config.settle);
                tracing::warn!(site = self.site.config.name, error = %failure, %until, "terms are in doubt");
                store.terms_end(*self.lease.lock().await, Some(until)).await?;
                *doubt = Some(until);
                let mut tries = self.site.unclear_terms.lock().expect("no thread panicked with it");
                missing.into_iter().for_each(|term| *tries.entry(term).or_default() += 1);
                return Err(Stop::Doubt(until));
            }
            store.terms_end(*self.lease.lock().await, None).await?;
            *doubt = None;
            for (term, answer) in missing.iter().zip(made) {
                match answer {
                    Ok(id) => vocabulary.put(term, id),
                    Err(Failure::Refused(refusal)) => parts.warnings.push(format!("without `{}`: {refusal}", term.name)),
                    Err(failure) => return Err(failure.into()),
                }
            }
        }
        for (term, verdict) in wanted.iter().zip(vocabulary.find(&self.wp, &self.me, &wanted).await?) {
            if let Verdict::Id(id) = verdict {
                let ids = parts.terms.entry(term.taxonomy.clone()).or_default();
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
        }
        Ok(())
    }

    async fn author(&self, name: &str) -> Result<Option<u64>, Stop> {
        let mut authors = self.authors.lock().await;
        if let Some(known) = authors.get(name) {
            return Ok(*known);
        }
        let found = self.wp.author(name).await?;
        authors.insert(name.to_owned(), found);
        Ok(found)
    }
}
