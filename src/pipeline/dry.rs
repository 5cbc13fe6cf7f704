//! The other end: what would be posted, and why the rest would not. The passes are the same; the store is one in memory.

use std::collections::HashMap;

use crate::dedup::{self, Identity};
use crate::domain::{Delivery, DeliveryState, Entry, FeedFacts, Id, Item, ItemState, Keys, Planned, Steps};
use crate::http;
use crate::poll::{self, Polled};
use crate::rewrite::{Composed, DigestEntry, Image, Words};
use crate::store::HostRest;

use super::file_dry::Filing;
use super::poll::left_alone;
use super::prepare::{Composition, Outcome, Subject};
use super::{Error, Feed, Pipeline, Preview, PreviewFeed, PreviewLeft, PreviewPost, Which};

/// Beside terms that may be more than the post will get.
const TERMS_UNKNOWN: &str = "the site could not be asked which of these terms it has";
/// More than any document has entries.
const ALL: u32 = 100_000;

/// Entries by the digest and the site that they go to.
type Digests = std::collections::BTreeMap<(String, String), Vec<DigestEntry>>;

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
                Some(delivery) if item.state == ItemState::Decided => {
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

    /// Renders the newest `last` entries of these feeds, seen before or not. The store is not asked and not written.
    pub async fn preview_last(&self, names: &[String], last: usize) -> Result<Preview, Error> {
        let mut preview = Preview::default();
        for name in names {
            let feed = self.feeds.values().find(|feed| feed.name() == name).cloned();
            let feed = feed.ok_or_else(|| Error::Unknown { what: "feed", name: name.clone() })?;
            self.learn_languages(&feed).await?;
            let url = feed.config().url.clone();
            let mut told = PreviewFeed { name: name.clone(), url: url.to_string(), ..PreviewFeed::default() };
            let now = self.clock.now();
            let of_host = match http::host(&url) {
                Some(host) => self.store.resting_hosts(now).await?.remove(&host),
                None => None,
            };
            let until = self.store.feed(name).await?.and_then(|row| row.retry_after).filter(|until| *until > now).max(of_host);
            if let Some(until) = until {
                told.error = Some(left_alone(until));
                preview.feeds.push(told);
                continue;
            }
            let source = match feed.source(url).await {
                Ok(source) => source,
                Err(error) => {
                    told.error = Some(error);
                    preview.feeds.push(told);
                    continue;
                }
            };
            match poll::poll(&self.http, &source, now).await {
                Ok(Polled::Document(document)) => {
                    told.entries = document.entries.len();
                    self.render_last(&feed, &document.facts, document.entries, last, &mut preview).await;
                }
                Ok(Polled::NotModified { .. }) => {}
                Err(error) => {
                    if let Some((host, until)) = error.resting_host().filter(|(_, until)| *until > now) {
                        self.store.rest_host(&HostRest { host, until, because: error.to_string() }, now).await?;
                    }
                    told.retry_after = error.retry_after();
                    told.error = Some(error.to_string());
                }
            }
            preview.feeds.push(told);
        }
        Ok(preview)
    }

    async fn render_last(&self, feed: &Feed, facts: &FeedFacts, entries: Vec<Entry>, last: usize, preview: &mut Preview) {
        let identities = dedup::identify(&entries, facts.home.as_deref()).entries;
        let mut newest: Vec<(Entry, Identity)> = entries.into_iter().zip(identities).collect();
        let now = self.clock.now();
        newest.sort_by_key(|(entry, _)| std::cmp::Reverse(entry.published.or(entry.updated).unwrap_or(now)));
        newest.truncate(last);
        let mut digests = Digests::new();
        for (entry, identity) in &newest {
            self.render(feed, facts, entry, identity.keys, preview, &mut digests).await;
        }
        let digests = digests.into_iter().filter_map(|((digest, site), entries)| self.preview_digest_of(&digest, &site, entries));
        preview.posts.extend(digests);
    }

    async fn render(&self, feed: &Feed, facts: &FeedFacts, entry: &Entry, keys: Keys, preview: &mut Preview, digests: &mut Digests) {
        let now = self.clock.now();
        let subject = Subject { entry, facts, first_seen: now, keys, generation: 0, body: Default::default() };
        let mut steps = Steps::default();
        if self.wants_page(feed, &subject, now) {
            let turn = self.page_turn(entry).await;
            steps.page = Some(self.page(feed, &subject, turn.as_ref()).await.map_err(String::from));
        }
        let wants_image = self.wishes(feed, &subject, now).featured;
        self.illustrate(feed, &subject, &mut steps, now, false).await;
        let left = |because: Option<String>, rules| PreviewLeft {
            feed: feed.name().to_owned(),
            title: entry.title.clone(),
            link: entry.link.clone(),
            because: because.unwrap_or_default(),
            rules,
        };
        match self.compose(feed, &subject, &steps, now) {
            Outcome::Skip(decision) => preview.left.push(left(decision.because, decision.rules)),
            Outcome::Go { deliveries, .. } => {
                for Composition { site, slug, mut composed, .. } in deliveries {
                    if let Composed::Draft(ready) = &mut composed
                        && let Some(digest) = ready.digest.take()
                    {
                        let because = self.joins(&digest.digest, now);
                        digests.entry((digest.digest, site.clone())).or_default().push(digest.entry);
                        if !digest.also_posted {
                            preview.left.push(left(Some(because), ready.decision.rules.clone()));
                            continue;
                        }
                    }
                    match composed {
                        Composed::Skip(decision) => preview.left.push(left(decision.because, decision.rules)),
                        Composed::Draft(ready) => preview.posts.push(PreviewPost {
                            feed: feed.name().to_owned(),
                            site,
                            source: entry.link.clone(),
                            published: entry.published,
                            no_image: no_image(&steps, wants_image),
                            draft: ready.draft,
                            slug,
                            words: (ready.words.taken, ready.words.of),
                            held: ready.hold.map(|hold| hold.because),
                            rules: ready.decision.rules,
                            warnings: beside_the_image(&steps, ready.decision.warnings),
                            new_terms: None,
                            left_out: ready.decision.left_out,
                            goes_out: None,
                            digest: None,
                        }),
                    }
                }
            }
        }
    }
}

/// The warnings without the reason that the image's own line tells.
fn beside_the_image(steps: &Steps, mut warnings: Vec<String>) -> Vec<String> {
    if let Some(Err(why)) = &steps.image {
        warnings.retain(|warning| warning.strip_prefix("no image: ") != Some(why));
    }
    warnings
}

fn no_image(steps: &Steps, wanted: bool) -> Option<String> {
    match &steps.image {
        Some(Ok(_)) => None,
        Some(Err(why)) => Some(why.clone()),
        None if wanted => Some("it was not looked for yet".to_owned()),
        None => Some("`image = \"none\"`".to_owned()),
    }
}
