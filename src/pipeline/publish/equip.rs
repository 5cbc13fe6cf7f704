//! What a draft names becomes what the site has: term ids, an author's id, an uploaded picture.

use std::collections::BTreeMap;

use crate::content;
use crate::domain::{Draft, DraftImage};
use crate::http::Bytes;
use crate::publish::{self, Verdict, WantedTerm};
use crate::store::{MediaRow, MediaState};
use crate::wordpress::{Failure, NewMedia};

use super::{Error, InHand, Round, Terms};

/// After so many unclear answers a post goes without the term or picture that they were about.
const UNCLEAR: u32 = 6;

/// What a draft's names have become on the site.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// Term ids by `rest_base`.
    pub terms: BTreeMap<String, Vec<u64>>,
    pub featured_media: Option<u64>,
    /// User id; `None`: we.
    pub author: Option<u64>,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// Why a delivery can't be equipped now.
enum Stop {
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
    pub(super) async fn equip(&self, hand: InHand) -> Result<Option<(InHand, Parts)>, Error> {
        let Some(draft) = hand.delivery.draft.clone() else {
            self.give_up(hand, "its draft was dropped after `[store] keep`").await?;
            return Ok(None);
        };
        match self.parts(&draft).await {
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

    async fn parts(&self, draft: &Draft) -> Result<Parts, Stop> {
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
                Ok(id) => parts.featured_media = Some(id),
                Err(why) => parts.warnings.push(format!("no picture: {why}")),
            }
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

    /// The picture's id on the site; uploaded if it isn't there. `Err` inside: why the post goes without it.
    async fn picture(&self, draft: &Draft, image: &DraftImage) -> Result<Result<u64, String>, Stop> {
        // Equal pictures go up one after the other: the second finds the first.
        let _turn = self.pictures.take(&image.sha256).await;
        let store = &self.pipeline.store;
        let slug = publish::media_slug(&self.site.key_name, &image.sha256);
        let row = store.ensure_media(*self.lease.lock().await, &image.sha256, &slug, self.now()).await?;
        if let Some(id) = row.media {
            return Ok(Ok(id));
        }
        if row.state == MediaState::Failed {
            return Ok(Err(row.error.unwrap_or_else(|| "the site refused it".to_owned())));
        }
        if let Some(until) = row.doubt.until.filter(|until| *until > self.now()) {
            return Err(Stop::Doubt(until));
        }
        if let Some(found) = publish::look_media(&self.wp, &slug).await? {
            store.media_done(row.id, found.id, &found.url).await?;
            return Ok(Ok(found.id));
        }
        if row.attempts >= UNCLEAR {
            let why = format!("{UNCLEAR} uploads had no clear answer: {}", row.error.unwrap_or_default());
            store.media_failed(row.id, &why).await?;
            return Ok(Err(why));
        }
        let bytes = match self.pipeline.pictures.find(&image.sha256) {
            Some(bytes) => bytes,
            None => match self.fetch_again(draft, image).await {
                Ok(bytes) => bytes,
                Err(why) => return Ok(Err(why)),
            },
        };
        self.upload(draft, image, &row, &slug, bytes).await
    }

    async fn upload(
        &self,
        draft: &Draft,
        image: &DraftImage,
        row: &MediaRow,
        slug: &str,
        bytes: Vec<u8>,
    ) -> Result<Result<u64, String>, Stop> {
        let store = &self.pipeline.store;
        store.media_begin(*self.lease.lock().await, row.id, self.doubt_until()).await?;
        let media = NewMedia {
            bytes: Bytes::from(bytes),
            mime: image.mime.clone(),
            slug: slug.to_owned(),
            alt: image.alt.clone(),
            title: draft.title.clone(),
        };
        match self.wp.upload(&media).await {
            Ok(uploaded) => {
                store.media_done(row.id, uploaded.id, &uploaded.url).await?;
                Ok(Ok(uploaded.id))
            }
            Err(Failure::Refused(refusal)) => {
                store.media_failed(row.id, &refusal.to_string()).await?;
                Ok(Err(refusal.to_string()))
            }
            Err(failure) if failure.may_have_been_done() => {
                let until = self.now().plus(self.site.config.settle);
                tracing::warn!(site = self.site.config.name, slug, error = %failure, %until, "an upload is in doubt");
                store.media_retry(row.id, until, &failure.to_string(), Some(until)).await?;
                Err(Stop::Doubt(until))
            }
            Err(failure) => {
                store.media_retry(row.id, self.now(), &failure.to_string(), None).await?;
                Err(failure.into())
            }
        }
    }

    /// Fetches a picture that is no longer kept here; it must still be the same.
    async fn fetch_again(&self, draft: &Draft, image: &DraftImage) -> Result<Vec<u8>, String> {
        let named = crate::domain::ImageRef { url: image.url.clone(), alt: Some(image.alt.clone()), ..Default::default() };
        let candidate = content::Candidate { image: named, from: "the draft" };
        let referer = draft.source.as_deref().and_then(|link| url::Url::parse(link).ok());
        let (found, bytes) = content::picture(&self.pipeline.http, &[candidate], referer.as_ref(), &draft.title).await?;
        if found.sha256 != image.sha256 {
            return Err("the picture has changed since the draft was made".to_owned());
        }
        Ok(bytes)
    }
}
