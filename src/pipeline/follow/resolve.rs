//! What a person decides: a conflict goes to one side, or an entry whose post they threw away is posted once more.

use super::Judged;
use crate::domain::{Delivery, DeliveryState, Draft, Id, Item, Timestamp};
use crate::pipeline::publish::Became;
use crate::pipeline::{Error, Pipeline};
use crate::publish::{self, Field};
use crate::store::{NewWanted, Review, ReviewDetail, Why};

/// What a person wants of a review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// What stands in WordPress stays.
    Keep,
    /// The source's side is taken, of all fields or of these; of the others what stands stays.
    Take(Vec<String>),
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    /// What stands there stays.
    Kept,
    /// These fields are the source's now.
    Taken(Vec<String>),
    /// The site could not be asked now; its writer goes on with it.
    Waits(String),
    /// Nothing was decided, and why.
    Refused(String),
}

/// What a revived item's posts were, and why it can't be revived where that is so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Revived {
    /// It is prepared again.
    Again,
    /// Its post is out on this site: there is nothing to revive.
    IsOut { site: String, link: Option<String> },
    /// The site could not be asked.
    Later(String),
}

impl Pipeline {
    /// Closes a review as a person wants it.
    pub async fn resolve_review(&self, review: &Review, resolution: &Resolution) -> Result<Resolved, Error> {
        let now = self.clock.now();
        let fields = review.detail.as_ref().map(|detail| detail.fields.as_slice()).unwrap_or_default();
        let taken: Vec<String> = match resolution {
            Resolution::Keep => Vec::new(),
            Resolution::Take(some) if some.is_empty() => fields.iter().map(|conflict| conflict.field.clone()).collect(),
            Resolution::Take(some) => some.clone(),
        };
        if let Some(strange) = taken.iter().find(|name| !fields.iter().any(|conflict| conflict.field == **name)) {
            return Ok(Resolved::Refused(format!("the review is not about `{strange}`")));
        }
        let Some(detail) = review.detail.as_ref() else {
            if matches!(resolution, Resolution::Take(_)) {
                return Ok(Resolved::Refused("there is no other side to take: `--keep` closes it".to_owned()));
            }
            self.store.resolve_review(review.id, "kept", None, None, now).await?;
            return Ok(Resolved::Kept);
        };
        let delivery = self.store.delivery(review.delivery).await?.filter(|delivery| delivery.state == DeliveryState::Published);
        let Some(delivery) = delivery else {
            self.store.resolve_review(review.id, "kept", None, None, now).await?;
            return Ok(Resolved::Kept);
        };
        let sent = delivery.draft.clone().unwrap_or_default();
        let named = |mine: bool| -> Vec<Field> {
            fields.iter().filter(|conflict| taken.contains(&conflict.field) == mine).map(|conflict| Field::named(&conflict.field)).collect()
        };
        // of what stays, the source's version counts as sent: only when it changes again somebody is asked again
        let kept = named(false);
        let sent = publish::with_fields(&sent, &kept, &detail.draft);
        let take = named(true);
        if take.is_empty() {
            self.store.resolve_review(review.id, "kept", Some((&delivery, &sent)), None, now).await?;
            return Ok(Resolved::Kept);
        }
        if let Some(why) = self.is_otherwise(review, &delivery, detail, now).await? {
            return Ok(Resolved::Refused(why));
        }
        let forced: Vec<String> = take.iter().map(Field::name).collect();
        let wish = NewWanted {
            delivery: delivery.id,
            site: delivery.site,
            why: Why::Person,
            draft: publish::with_fields(&sent, &take, &detail.draft),
            decision: delivery.decision.clone(),
            forced: forced.clone(),
        };
        self.store.resolve_review(review.id, "taken", Some((&delivery, &sent)), Some(&wish), now).await?;
        let Some(site) = self.sites.get(&delivery.site).cloned() else {
            return Ok(Resolved::Waits("its site isn't in the configuration".to_owned()));
        };
        Ok(match self.follow_now(&site, std::slice::from_ref(&wish)).await?.pop().map(|(_, became)| became) {
            Some(Became::Changed { fields, .. }) => Resolved::Taken(fields),
            Some(Became::InDoubt(until)) => Resolved::Waits(format!("the site's answer was unclear; it is looked at after {until}")),
            Some(Became::Later(why)) => Resolved::Waits(why),
            Some(Became::Never(why) | Became::Withdrawn(why)) => Resolved::Waits(why),
            None => Resolved::Waits("nobody wants it any more".to_owned()),
        })
    }

    /// Whether WordPress has something else by now than what the person was shown: then the review shows that.
    async fn is_otherwise(
        &self,
        review: &Review,
        delivery: &Delivery,
        detail: &ReviewDetail,
        now: Timestamp,
    ) -> Result<Option<String>, Error> {
        match self.compare_posts(delivery.site, &[(delivery, &detail.draft)]).await.pop() {
            Some(Judged::Would { conflicts, .. }) => {
                let is_other = |conflict: &&crate::store::Conflict| {
                    detail.fields.iter().any(|shown| shown.field == conflict.field && shown.wordpress != conflict.wordpress)
                };
                let Some(other) = conflicts.iter().find(is_other) else { return Ok(None) };
                let why = format!("`{}` was changed again in WordPress: look at the review once more", other.field);
                let fields = conflicts.into_iter().filter(|conflict| detail.fields.iter().any(|shown| shown.field == conflict.field));
                let detail = ReviewDetail { fields: fields.collect(), draft: detail.draft.clone() };
                self.store.open_conflict(review.delivery, &review.text, &detail, now).await?;
                Ok(Some(why))
            }
            Some(Judged::Trashed | Judged::Unseen) => Ok(Some("its post is in the trash, or deleted".to_owned())),
            Some(Judged::Failed(why)) => Ok(Some(why)),
            Some(Judged::InDoubt(_)) | None => Ok(None),
        }
    }

    /// A person's wish: an entry whose post was thrown away, or which was skipped, is prepared and posted once more.
    pub async fn revive(&self, item: &Item) -> Result<Revived, Error> {
        let deliveries = self.store.deliveries_of(item.id).await?;
        let mut out = None;
        for delivery in deliveries.iter().filter(|delivery| delivery.item == item.id && delivery.state == DeliveryState::Published) {
            let nothing = Draft::default();
            let wanted = delivery.draft.as_ref().unwrap_or(&nothing);
            match self.compare_posts(delivery.site, &[(delivery, wanted)]).await.pop() {
                Some(Judged::Trashed) => self.gone(delivery.id, "a person put its post in the trash").await?,
                Some(Judged::Unseen) => self.gone(delivery.id, "its post was deleted, or moved out of this account's sight").await?,
                Some(Judged::Failed(why)) => return Ok(Revived::Later(why)),
                Some(Judged::Would { .. } | Judged::InDoubt(_)) | None => out = Some(delivery),
            }
        }
        match self.store.revive_item(item.id, self.clock.now()).await {
            Err(error) if error.is_wrong_state() => match out {
                Some(delivery) => {
                    let site = self.sites.get(&delivery.site).map_or_else(|| "a former site".to_owned(), |site| site.config.name.clone());
                    Ok(Revived::IsOut { site, link: delivery.post_link.clone() })
                }
                None => Err(error.into()),
            },
            other => {
                other?;
                Ok(Revived::Again)
            }
        }
    }

    async fn gone(&self, delivery: Id, because: &str) -> Result<(), Error> {
        match self.store.withdraw_published(delivery, because).await {
            Err(error) if error.is_wrong_state() => Ok(()),
            other => Ok(other?),
        }
    }
}
