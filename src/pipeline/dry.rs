//! The other end: what would be posted, and why the rest would not. The passes are the same; the store is one in memory.

use std::collections::HashMap;

use crate::domain::{Delivery, DeliveryState, FeedFacts, Id, Item, ItemState, Planned, Steps};
use crate::rewrite::{Composed, Image, Words};

use super::file_dry::Filing;
use super::prepare::{Composition, Outcome, Subject};
use super::{Error, Feed, Pipeline, Preview, PreviewFeed, PreviewLeft, PreviewPost, Which};

/// Beside terms that may be more than the post will get.
const TERMS_UNKNOWN: &str = "the site could not be asked which of these terms it has";
/// More than any document has entries.
const ALL: u32 = 100_000;

impl Pipeline {
    /// Polls and prepares on this pipeline's store, and tells what a publishing pass would find. The store should be one that
    /// lies in memory over the real one: it is written.
    pub async fn preview(&self, which: Which<'_>) -> Result<Preview, Error> {
        let polled = self.poll_pass(which).await?;
        self.prepare(&[]).await?;
        let mut preview = Preview::default();
        for feed in &polled.feeds {
            let url = self.config.feed(&feed.name).map(|feed| feed.url.to_string()).unwrap_or_default();
            let known = feed.entries.saturating_sub(feed.new + feed.remembered);
            let (retry_after, not_modified) = (feed.retry_after, feed.not_modified);
            let (name, entries, error) = (feed.name.clone(), feed.entries, feed.error.clone());
            preview.feeds.push(PreviewFeed { name, url, entries, known, not_modified, retry_after, error });
        }
        let mut items = self.store.items(crate::store::ItemFilter::default(), ALL).await?;
        items.reverse();
        // what a publishing pass would decide first; on a store in memory it may as well
        let mut planned = HashMap::new();
        for site in self.sites() {
            let given = self.slots_to_give(&site, self.clock.now()).await?;
            planned.extend(given.into_iter().map(|given| (given.delivery, given.planned)));
        }
        let mut held = HashMap::new();
        let mut facts: HashMap<Id, FeedFacts> = HashMap::new();
        for row in self.store.feeds().await? {
            held.extend(row.held.map(|(_, because)| (row.id, because)));
            facts.insert(row.id, row.facts);
        }
        for item in items {
            let Some(feed) = self.feed(item.feed) else { continue };
            if let Which::Named(names) = which
                && !names.iter().any(|name| name == feed.name())
            {
                continue;
            }
            let waits = match held.get(&item.feed) {
                Some(because) => format!("the feed is held: {because}"),
                None => "it waits to be prepared".to_owned(),
            };
            self.preview_item(&feed, &facts[&item.feed], &item, &waits, &planned, &mut preview).await?;
        }
        preview.posts.extend(self.preview_digests().await?);
        preview.updates = self.preview_updates(which).await?;
        Ok(preview)
    }

    async fn preview_item(
        &self,
        feed: &Feed,
        facts: &FeedFacts,
        item: &Item,
        waits: &str,
        planned: &HashMap<Id, Planned>,
        preview: &mut Preview,
    ) -> Result<(), Error> {
        let deliveries = self.store.deliveries_of(item.id).await?;
        let (waiting, others): (Vec<_>, Vec<_>) = deliveries.into_iter().partition(|delivery| {
            matches!(delivery.state, DeliveryState::Ready | DeliveryState::Publishing | DeliveryState::Held) && delivery.item == item.id
        });
        let again = self.compose_again(feed, facts, item);
        for delivery in &waiting {
            let post = self.preview_post(feed, item, delivery, &again);
            let goes_out = planned.get(&delivery.id).or(delivery.planned.as_ref()).filter(|_| delivery.hold.is_none()).cloned();
            preview.posts.push(PreviewPost { goes_out, ..post });
        }
        if waiting.is_empty() {
            let (because, rules) = match others.first() {
                // as where another entry tells its story
                Some(delivery) if item.state == ItemState::Decided && item.decision.because.is_none() => {
                    (self.where_it_is(delivery, item.id), delivery.decision.rules.clone())
                }
                _ => (item.decision.because.clone().unwrap_or_else(|| waits.to_owned()), item.decision.rules.clone()),
            };
            preview.left.push(PreviewLeft {
                feed: feed.name().to_owned(),
                title: item.title.clone(),
                link: item.link.clone(),
                because,
                rules,
            });
        }
        Ok(())
    }

    fn where_it_is(&self, delivery: &Delivery, item: Id) -> String {
        let site = self.sites.get(&delivery.site).map_or("a former site", |site| &site.config.name);
        let joined = if delivery.item == item { "" } else { ", from another feed" };
        match (delivery.state, delivery.published_at) {
            (DeliveryState::Published, Some(at)) => format!("posted to `{site}` at {at}{joined}"),
            (DeliveryState::Skipped, _) => delivery.decision.because.clone().unwrap_or_else(|| "skipped".to_owned()),
            (DeliveryState::Failed, _) => format!("failed on `{site}`: {}", delivery.error.clone().unwrap_or_default()),
            (DeliveryState::Withdrawn, _) => {
                format!("withdrawn from `{site}`: {}", delivery.decision.because.clone().unwrap_or_default())
            }
            _ => format!("on its way to `{site}`{joined}"),
        }
    }

    /// The composition of an item for each site, to tell what a stored draft doesn't.
    fn compose_again(&self, feed: &Feed, facts: &FeedFacts, item: &Item) -> HashMap<String, Composition> {
        let Some(entry) = &item.entry else { return HashMap::new() };
        let subject =
            Subject { entry, facts, first_seen: item.first_seen, keys: item.keys, generation: item.generation, body: Default::default() };
        match self.compose(feed, &subject, &item.steps, self.clock.now()) {
            Outcome::Skip(_) => HashMap::new(),
            Outcome::Go { deliveries, .. } => deliveries.into_iter().map(|made| (made.site.clone(), made)).collect(),
        }
    }

    fn preview_post(&self, feed: &Feed, item: &Item, delivery: &Delivery, again: &HashMap<String, Composition>) -> PreviewPost {
        let site = self.sites.get(&delivery.site).map(|site| site.config.name.clone()).unwrap_or_default();
        let words = match again.get(&site).map(|made| &made.composed) {
            Some(Composed::Draft(ready)) => ready.words,
            _ => Words::default(),
        };
        let wants_image = feed.recipe(&site).is_some_and(|recipe| recipe.image == Image::Featured);
        PreviewPost {
            feed: feed.name().to_owned(),
            no_image: no_image(&item.steps, wants_image),
            site,
            source: item.link.clone(),
            published: item.published,
            draft: delivery.draft.clone().unwrap_or_default(),
            slug: delivery.slug.clone(),
            words: (words.taken, words.of),
            held: delivery.hold.as_ref().map(|hold| hold.because.clone()),
            rules: delivery.decision.rules.clone(),
            warnings: {
                let told = delivery.decision.warnings.iter().chain(&delivery.decision.best).cloned();
                beside_the_image(&item.steps, told.collect())
            },
            new_terms: None,
            left_out: delivery.decision.left_out.clone(),
            goes_out: None,
            digest: None,
        }
    }

    /// Makes the terms of all posts those that they would really get: asks the sites which they have. Changes nothing there.
    pub async fn look_up_terms(&self, preview: &mut Preview) {
        for site in self.sites() {
            let mut posts = preview.posts.iter_mut().filter(|post| post.site == site.config.name).peekable();
            if posts.peek().is_none() {
                continue;
            }
            match self.connect(&site).await {
                Ok((wp, me)) => {
                    let mut filing = Filing::new(&self.store, &site, self.clock.now()).await;
                    for post in posts {
                        if let Err(error) = filing.file(&self.store, &wp, &me, post).await {
                            tracing::info!(site = site.config.name, %error, "the site's terms could not be read");
                            post.warnings.push(TERMS_UNKNOWN.to_owned());
                        }
                    }
                }
                Err(error) => {
                    tracing::info!(site = site.config.name, %error, "the site's terms could not be read");
                    posts.for_each(|post| post.warnings.push(TERMS_UNKNOWN.to_owned()));
                }
            }
        }
    }
}

/// The warnings without the reason that the image's own line tells.
pub(super) fn beside_the_image(steps: &Steps, mut warnings: Vec<String>) -> Vec<String> {
    if let Some(Err(why)) = &steps.image {
        warnings.retain(|warning| warning.strip_prefix("no image: ") != Some(why));
    }
    warnings
}

pub(super) fn no_image(steps: &Steps, wanted: bool) -> Option<String> {
    match &steps.image {
        Some(Ok(_)) => None,
        Some(Err(why)) => Some(why.clone()),
        None if wanted => Some("it was not looked for yet".to_owned()),
        None => Some("`image = \"none\"`".to_owned()),
    }
}
