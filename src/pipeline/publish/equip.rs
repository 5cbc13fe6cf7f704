//! What a draft names becomes what the site has: term ids, an author's id, an uploaded picture.

use std::collections::BTreeMap;

use crate::domain::{Delivery, Draft, Seo};
use crate::publish::Fields;
use crate::wordpress::{Failure, SeoPlugin};

use super::{Error, InHand, On, Round};

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
    /// What terms are called, by id.
    pub names: BTreeMap<u64, String>,
    /// Other fields, with the post and later.
    pub fields: Fields,
    /// What the site's SEO plug-in is told by its own routes.
    pub seo: Option<(SeoPlugin, Seo)>,
    /// What a person should know.
    pub warnings: Vec<String>,
    /// What is told with the first post of the site that it is true of.
    pub once: Vec<String>,
    /// Names that became no terms, and why.
    pub left_out: Vec<String>,
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

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<crate::store::Error> for Stop {
    fn from(error: crate::store::Error) -> Self {
        Self::Error(error.into())
    }
}

impl Round<'_> {
    /// Resolves all names of a delivery's draft. `None`: it went back to wait, and why is stored.
    pub(super) async fn equip(&self, on: &On, hand: InHand, needs: Needs) -> Result<Option<(InHand, Parts)>, Error> {
        let Some(draft) = hand.delivery.draft.clone() else {
            self.give_up(hand, "its draft was dropped after `[store] keep`").await?;
            return Ok(None);
        };
        match self.parts(on, &hand.delivery, &draft, needs).await {
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

    pub(super) async fn parts(&self, on: &On, delivery: &Delivery, draft: &Draft, needs: Needs) -> Result<Parts, Stop> {
        let mut parts = Parts::default();
        self.terms(on, delivery, draft, &mut parts).await?;
        if !draft.extras.is_empty() {
            self.extras(on, draft, &mut parts).await?;
        }
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

    pub(super) async fn author(&self, name: &str) -> Result<Option<u64>, Failure> {
        let mut authors = self.authors.lock().await;
        if let Some(known) = authors.get(name) {
            return Ok(*known);
        }
        let found = self.wp.author(name).await?;
        authors.insert(name.to_owned(), found);
        Ok(found)
    }
}
