//! What would be changed of posts that are out, for a run that changes nothing.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Judged, Went};
use crate::domain::{Delivery, DeliveryState, Draft, Id};
use crate::pipeline::{Error, Pipeline, Which};
use crate::publish;
use crate::store::{Conflict, Why};

/// Changes that are looked into at most.
const MOST: u32 = 500;

/// A post that would be changed.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PreviewUpdate {
    pub feed: String,
    pub site: String,
    pub title: String,
    /// WordPress' id.
    pub post: Option<u64>,
    pub post_link: Option<String>,
    /// Why, in words.
    pub because: String,
    /// What would be written.
    pub fields: Vec<PreviewField>,
    /// What a person changed, too: it would be left, and shown by `wirepress reviews`.
    pub conflicts: Vec<PreviewField>,
    /// Why nothing would be written, where that is so.
    pub left: Option<String>,
}

/// One field of a post.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PreviewField {
    pub field: String,
    /// What was sent, or what a person made of it.
    pub was: String,
    pub becomes: String,
}

/// A wish that nobody has stored.
struct Wish {
    delivery: Delivery,
    draft: Draft,
    because: String,
}

impl Pipeline {
    /// What changed sources would make of posts that are out; reads the store and the sites.
    pub(in crate::pipeline) async fn preview_updates(&self, which: Which<'_>) -> Result<Vec<PreviewUpdate>, Error> {
        let mut wishes: BTreeMap<Id, Vec<Wish>> = BTreeMap::new();
        let mut updates = Vec::new();
        let mut wish = |delivery: Delivery, draft, because: &str| {
            wishes.entry(delivery.site).or_default().push(Wish { delivery, draft, because: because.to_owned() });
        };
        for change in self.store.changes(MOST).await? {
            let Some(item) = self.store.item(change.item).await? else { continue };
            if !self.is_meant(item.feed, which) {
                continue;
            }
            let found = match self.look_into(&change, &item).await? {
                Went::Go(found) => found,
                Went::Later(_, why, _) => {
                    let all = self.store.deliveries_of(item.id).await?.into_iter();
                    for delivery in all.filter(|one| one.item == item.id && one.state == DeliveryState::Published) {
                        updates.push(PreviewUpdate { left: Some(why.clone()), ..self.update_of(&delivery, words(Why::Source)).await? });
                    }
                    continue;
                }
                Went::Below | Went::Drop | Went::Unprepared => continue,
            };
            for wanted in found.1.wanted {
                let Some(delivery) = self.store.deliveries_by_id(&[wanted.delivery]).await?.pop() else { continue };
                wish(delivery, wanted.draft, words(wanted.why));
            }
        }
        for wanted in self.store.all_wanted(MOST).await? {
            let Some(delivery) = self.store.deliveries_by_id(&[wanted.delivery]).await?.pop() else { continue };
            if let Some(item) = self.store.item(delivery.item).await?
                && self.is_meant(item.feed, which)
                && wanted.why != Why::Age
            {
                wish(delivery, wanted.draft, words(wanted.why));
            }
        }
        for (site, wishes) in wishes {
            let sides: Vec<(&Delivery, &Draft)> = wishes.iter().map(|wish| (&wish.delivery, &wish.draft)).collect();
            let judged = self.compare_posts(site, &sides).await;
            for (wish, judged) in wishes.iter().zip(judged) {
                updates.push(self.preview_update(wish, judged).await?);
            }
        }
        Ok(updates)
    }

    fn is_meant(&self, feed: Id, which: Which<'_>) -> bool {
        let Some(feed) = self.feed(feed) else { return false };
        match which {
            Which::Named(names) => names.iter().any(|name| name == feed.name()),
            Which::Due => true,
        }
    }

    /// What is said of a post before anything is known of what becomes of it.
    async fn update_of(&self, delivery: &Delivery, because: &str) -> Result<PreviewUpdate, Error> {
        let item = self.store.item(delivery.item).await?;
        let feed = item.and_then(|item| self.feed(item.feed));
        Ok(PreviewUpdate {
            feed: feed.map(|feed| feed.name().to_owned()).unwrap_or_default(),
            site: self.sites.get(&delivery.site).map(|site| site.config.name.clone()).unwrap_or_default(),
            title: delivery.draft.as_ref().map(|draft| draft.title.clone()).unwrap_or_default(),
            post: delivery.post,
            post_link: delivery.post_link.clone(),
            because: because.to_owned(),
            ..PreviewUpdate::default()
        })
    }

    async fn preview_update(&self, wish: &Wish, judged: Judged) -> Result<PreviewUpdate, Error> {
        let Wish { delivery, draft, because } = wish;
        let sent = delivery.draft.clone().unwrap_or_default();
        let mut update = self.update_of(delivery, because).await?;
        match judged {
            Judged::Would { change, conflicts } => {
                let field = |field: &publish::Field| PreviewField {
                    field: field.name(),
                    was: publish::told_of_draft(&sent, field),
                    becomes: publish::told_of_draft(draft, field),
                };
                update.fields = change.iter().map(field).collect();
                let conflict = |Conflict { field, wordpress, source, .. }| PreviewField { field, was: wordpress, becomes: source };
                update.conflicts = conflicts.into_iter().map(conflict).collect();
                if update.fields.is_empty() && update.conflicts.is_empty() {
                    update.left = Some("the post says it already".to_owned());
                }
            }
            Judged::Trashed => update.left = Some("a person put the post in the trash".to_owned()),
            Judged::Unseen => update.left = Some("the post was deleted, or is out of this account's sight".to_owned()),
            Judged::InDoubt(until) => update.left = Some(format!("an earlier change had no clear answer; it is looked at after {until}")),
            Judged::Failed(why) => update.left = Some(why),
        }
        Ok(update)
    }
}

fn words(why: Why) -> &'static str {
    match why {
        Why::Source => "its source changed",
        Why::Note => "its source changed: a note says so",
        Why::Covered => "another feed tells the same story",
        Why::Gone => "its source is gone",
        Why::Rendered => "a template or rule changed",
        Why::Person => "a person decided so",
        Why::Age => "its time is over",
    }
}
