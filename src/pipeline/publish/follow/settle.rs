//! What is there: an earlier change whose answer was lost, and the three sides of each field.

use std::collections::BTreeSet;

use crate::domain::{Draft, Term};
use crate::publish::{self, Field, Merged, Values, Verdict};
use crate::store::{Answer, Update};
use crate::wordpress::Failure;

use super::super::{Error, Round};
use super::facts::facts;
use super::{Case, Step};

impl Round<'_> {
    /// An earlier change had no clear answer: what of it was done counts as sent. `Some`: it can't be told now.
    pub(super) async fn settle(&self, case: &mut Case<'_>, update: &Update) -> Result<Option<Step>, Error> {
        let store = &self.pipeline.store;
        let intended = match self.by_rest_base(update.draft.clone()).await {
            Ok(intended) => intended,
            Err(failure) => return self.failed_to_change(case.wanted, &failure).await.map(Some),
        };
        let by_us = match self.was_ours_last(case, &intended).await {
            Ok(by_us) => by_us,
            Err(failure) => return self.failed_to_change(case.wanted, &failure).await.map(Some),
        };
        let (merged, values) = match self.merged(case, &intended).await {
            Ok(merged) => merged,
            Err(failure) => return self.failed_to_change(case.wanted, &failure).await.map(Some),
        };
        let texts = [Field::Title, Field::Content, Field::Excerpt];
        let ours = merged.conflicts.into_iter().filter(|field| by_us && texts.contains(field));
        let done: BTreeSet<Field> = merged.same.into_iter().chain(ours).collect();
        let now = self.now();
        if done.is_empty() {
            let answer = Answer { error: Some("nothing of it was done, or a person was first".to_owned()), ..Answer::default() };
            store.drop_update(case.delivery.id, &answer, now).await?;
            return Ok(None);
        }
        let sent = publish::with_fields(&case.sent, &done, &intended);
        let facts = facts(case, &case.post, &done, &values);
        let answer = Answer { status: Some(200), text: Some("found done".to_owned()), ..Answer::default() };
        store.end_update(case.delivery.id, &sent, &facts, &case.delivery.decision, &answer, now).await?;
        case.delivery.returned_hash = facts.returned_hash;
        case.delivery.modified_gmt = Some(facts.modified_gmt);
        case.delivery.draft = Some(sent.clone());
        (case.returned, case.sent) = (facts.returned, sent);
        Ok(None)
    }

    /// Whether it was we who wrote the texts that are there now.
    async fn was_ours_last(&self, case: &Case<'_>, intended: &Draft) -> Result<bool, Failure> {
        if !publish::fits(&case.post, intended, &case.delivery) {
            return Ok(false);
        }
        match case.on.wp.newest_revision(case.post.id).await {
            Ok(Some(revision)) => Ok(revision.author == self.me.id && revision.date_gmt == case.post.modified_gmt),
            // a site that keeps none: nobody can say, and then it is a person's
            Ok(None) | Err(Failure::Refused(_) | Failure::Lost { .. }) => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    /// Compares, also terms, pictures and authors by their ids where they were touched.
    pub(super) async fn merged(&self, case: &Case<'_>, wanted: &Draft) -> Result<(Merged, Values), Failure> {
        let values = Values::of(&case.on.wp, &case.sent, wanted).await?;
        let mut merged = publish::merge(&case.sides(&values), wanted);
        let mut same = BTreeSet::new();
        for field in &merged.conflicts {
            let is_there = match field {
                Field::Taxonomy(taxonomy) => self.has_terms(case, wanted, taxonomy).await?,
                Field::FeaturedMedia => self.has_picture(case, wanted).await,
                Field::Author => self.has_author(case, wanted).await?,
                _ => false,
            };
            if is_there {
                same.insert(field.clone());
            }
        }
        merged.conflicts.retain(|field| !same.contains(field));
        merged.same.extend(same);
        let forced = case.wanted.forced.iter().map(|name| Field::named(name));
        for field in forced {
            if merged.conflicts.remove(&field) {
                merged.change.insert(field);
            }
        }
        Ok((merged, values))
    }

    async fn has_terms(&self, case: &Case<'_>, wanted: &Draft, taxonomy: &str) -> Result<bool, Failure> {
        let terms: Vec<Term> = wanted.terms.iter().filter(|term| term.taxonomy == taxonomy).cloned().collect();
        let mut known = self.terms.lock().await;
        let Ok((vocabulary, ..)) = self.load(&mut known).await else { return Ok(false) };
        let verdicts = vocabulary.find(&self.wp, &case.on.me, &terms, self.now()).await?;
        let ids: Option<BTreeSet<u64>> =
            verdicts.into_iter().map(|verdict| if let Verdict::Id(id) = verdict { Some(id) } else { None }).collect();
        let there: Option<BTreeSet<u64>> = case.post.terms.get(taxonomy).map(|ids| ids.iter().copied().collect());
        Ok(ids.is_some() && ids == there)
    }

    async fn has_author(&self, case: &Case<'_>, wanted: &Draft) -> Result<bool, Failure> {
        let Some(name) = &wanted.author else { return Ok(false) };
        Ok(self.author(name).await? == Some(case.post.author))
    }

    async fn has_picture(&self, case: &Case<'_>, wanted: &Draft) -> bool {
        let Some(image) = &wanted.image else { return case.post.featured_media == 0 };
        let row = self.pipeline.store.media(self.site.id, &image.sha256).await;
        row.ok().flatten().and_then(|row| row.media).is_some_and(|media| media == case.post.featured_media)
    }
}
