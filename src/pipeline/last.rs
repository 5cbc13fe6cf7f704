//! `once --dry-run --last`: the newest entries of feeds, rendered as if nobody had seen them before; nothing is written.
//!
//! Where a site wants each story once, an entry is compared with what the site has of other feeds, and with what was rendered
//! before it: the same comparison that `decide` makes.

use std::collections::BTreeMap;

use crate::dedup::{self, Identity};
use crate::domain::{Also, Entry, FeedFacts, Hold, HoldKind, Id, Keys, Likeness, NearDuplicates, Steps};
use crate::http;
use crate::poll::{self, Polled};
use crate::rewrite::{self, Composed, DigestEntry, Image, Ready};
use crate::store::{HostRest, same_story};

use super::dry::{beside_the_image, no_image};
use super::poll::left_alone;
use super::prepare::{Composition, Outcome, Subject, site_keys};
use super::{Error, Feed, Pipeline, Preview, PreviewFeed, PreviewLeft, PreviewPost, Site};

/// A digest and the site that it goes to.
type DigestOf = (String, String);

/// What has been rendered so far.
#[derive(Default)]
struct Rendered {
    preview: Preview,
    digests: BTreeMap<DigestOf, Vec<DigestEntry>>,
    stories: Vec<Story>,
}

/// A story that one of the rendered entries tells.
struct Story {
    site: Id,
    feed: Id,
    feed_name: String,
    title: String,
    likeness: Likeness,
    shown: Vec<Shown>,
    /// Who else covers it.
    others: Vec<Also>,
}

/// Where an entry is shown: by its number there.
enum Shown {
    Post(usize),
    Digest(DigestOf, usize),
}

/// Who told an entry's story before.
struct First {
    /// In a person's words.
    because: String,
    /// Its number among what was rendered; `None`: the site has it.
    story: Option<usize>,
}

/// One entry on its way.
struct One<'a> {
    feed: &'a Feed,
    facts: &'a FeedFacts,
    entry: &'a Entry,
    keys: Keys,
    steps: Steps,
}

impl One<'_> {
    /// As the first to tell its story names it.
    fn also(&self, now: crate::domain::Timestamp) -> Also {
        let source = self.facts.title.clone().filter(|title| !title.trim().is_empty()).unwrap_or_else(|| self.feed.name().to_owned());
        Also { source, title: self.entry.title.clone(), link: self.entry.link.clone(), at: now }
    }

    fn left(&self, because: Option<String>, rules: Vec<crate::domain::RuleTrace>) -> PreviewLeft {
        PreviewLeft {
            feed: self.feed.name().to_owned(),
            title: self.entry.title.clone(),
            link: self.entry.link.clone(),
            because: because.unwrap_or_default(),
            rules,
        }
    }
}

impl Pipeline {
    /// Renders the newest `last` entries of these feeds, seen before or not. The store is not written.
    pub async fn preview_last(&self, names: &[String], last: usize) -> Result<Preview, Error> {
        let mut rendered = Rendered::default();
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
                rendered.preview.feeds.push(told);
                continue;
            }
            let source = match feed.source(url).await {
                Ok(source) => source,
                Err(error) => {
                    told.error = Some(error);
                    rendered.preview.feeds.push(told);
                    continue;
                }
            };
            match poll::poll(&self.http, &source, now).await {
                Ok(Polled::Document(document)) => {
                    told.entries = document.entries.len();
                    self.render_newest(&feed, &document.facts, document.entries, last, &mut rendered).await?;
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
            rendered.preview.feeds.push(told);
        }
        Ok(self.named_and_gathered(rendered))
    }

    async fn render_newest(
        &self,
        feed: &Feed,
        facts: &FeedFacts,
        entries: Vec<Entry>,
        last: usize,
        rendered: &mut Rendered,
    ) -> Result<(), Error> {
        let identities = dedup::identify(&entries, facts.home.as_deref()).entries;
        let mut newest: Vec<(Entry, Identity)> = entries.into_iter().zip(identities).collect();
        let now = self.clock.now();
        newest.sort_by_key(|(entry, _)| std::cmp::Reverse(entry.published.or(entry.updated).unwrap_or(now)));
        newest.truncate(last);
        for (entry, identity) in &newest {
            let one = One { feed, facts, entry, keys: identity.keys, steps: Steps::default() };
            self.render_one(one, rendered).await?;
        }
        Ok(())
    }

    async fn render_one(&self, mut one: One<'_>, rendered: &mut Rendered) -> Result<(), Error> {
        let now = self.clock.now();
        let (feed, entry) = (one.feed, one.entry);
        let subject = Subject { entry, facts: one.facts, first_seen: now, keys: one.keys, generation: 0, body: Default::default() };
        if self.wants_page(feed, &subject, now) {
            let turn = self.page_turn(entry).await;
            one.steps.page = Some(self.page(feed, &subject, turn.as_ref()).await.map_err(String::from));
        }
        self.illustrate(feed, &subject, &mut one.steps, now, false).await;
        let deliveries = match self.compose(feed, &subject, &one.steps, now) {
            Outcome::Skip(decision) => {
                rendered.preview.left.push(one.left(decision.because, decision.rules));
                return Ok(());
            }
            Outcome::Go { deliveries, .. } => deliveries,
        };
        for Composition { site, slug, composed, likeness, .. } in deliveries {
            let mut ready = match composed {
                Composed::Draft(ready) => *ready,
                Composed::Skip(decision) => {
                    rendered.preview.left.push(one.left(decision.because, decision.rules));
                    continue;
                }
            };
            let Some(site) = self.site_named(&site) else { continue };
            // what a rule holds is compared with nothing, and stands for nobody
            let likeness = likeness.filter(|_| ready.hold.is_none());
            let first = match &likeness {
                Some(likeness) => self.told_first(&one, site, likeness, rendered).await?,
                None => None,
            };
            let is_first = first.is_none();
            if let Some(First { because, story }) = first {
                if site.config.near_duplicates == NearDuplicates::Also {
                    if let Some(story) = story {
                        rendered.stories[story].others.push(one.also(now));
                    }
                    rendered.preview.left.push(one.left(Some(format!("{because}; it is named there")), ready.decision.rules));
                    continue;
                }
                if let Some(digest) = &mut ready.digest {
                    digest.entry.hold = Some(because.clone());
                }
                ready.hold = Some(Hold { kind: HoldKind::NearDuplicate, because });
            }
            let shown = self.show(&one, site, slug, ready, rendered);
            if let Some(likeness) = likeness.filter(|_| is_first) {
                let (feed_name, title) = (feed.name().to_owned(), entry.title.clone());
                rendered.stories.push(Story { site: site.id, feed: feed.id, feed_name, title, likeness, shown, others: Vec::new() });
            }
        }
        Ok(())
    }

    /// Who told the story before: on the site, or among what was rendered.
    async fn told_first(&self, one: &One<'_>, site: &Site, likeness: &Likeness, rendered: &Rendered) -> Result<Option<First>, Error> {
        let keys = site_keys(one.feed, site, &one.keys);
        if let Some(first) = self.store.told_before(site.id, one.feed.id, &keys, likeness, self.clock.now()).await? {
            return Ok(Some(First { because: first.words(), story: None }));
        }
        let others = rendered.stories.iter().enumerate().filter(|(_, story)| story.site == site.id && story.feed != one.feed.id);
        let alike = others.filter_map(|(at, story)| Some((story.likeness.alike(likeness)?.percent, at)));
        let best = alike.max_by_key(|(percent, at)| (*percent, std::cmp::Reverse(*at)));
        Ok(best.map(|(percent, at)| {
            let Story { title, feed_name, .. } = &rendered.stories[at];
            First { because: same_story(title, feed_name, percent), story: Some(at) }
        }))
    }

    /// Puts it where it would be seen: into its digest, or among the posts, or both.
    fn show(&self, one: &One<'_>, site: &Site, slug: String, mut ready: Ready, rendered: &mut Rendered) -> Vec<Shown> {
        let mut shown = Vec::new();
        if let Some(digest) = ready.digest.take() {
            let because = self.joins(&digest.digest, self.clock.now());
            let of = (digest.digest, site.config.name.clone());
            let entries = rendered.digests.entry(of.clone()).or_default();
            shown.push(Shown::Digest(of, entries.len()));
            entries.push(digest.entry);
            if !digest.also_posted {
                let because = match &ready.hold {
                    Some(hold) => format!("{because}, which is held: {}", hold.because),
                    None => because,
                };
                rendered.preview.left.push(one.left(Some(because), ready.decision.rules));
                return shown;
            }
        }
        let wants_image = one.feed.recipe(&site.config.name).is_some_and(|recipe| recipe.image == Image::Featured);
        shown.push(Shown::Post(rendered.preview.posts.len()));
        rendered.preview.posts.push(PreviewPost {
            feed: one.feed.name().to_owned(),
            site: site.config.name.clone(),
            source: one.entry.link.clone(),
            published: one.entry.published,
            no_image: no_image(&one.steps, wants_image),
            draft: ready.draft,
            slug,
            words: (ready.words.taken, ready.words.of),
            held: ready.hold.map(|hold| hold.because),
            rules: ready.decision.rules,
            warnings: beside_the_image(&one.steps, ready.decision.warnings),
            left_out: ready.decision.left_out,
            ..PreviewPost::default()
        });
        shown
    }

    /// Names all others with the first to tell each story, and makes the digests of what goes into them.
    fn named_and_gathered(&self, rendered: Rendered) -> Preview {
        let Rendered { mut preview, mut digests, stories } = rendered;
        for Story { site, shown, others, .. } in stories.into_iter().filter(|story| !story.others.is_empty()) {
            let language = self.sites.get(&site).and_then(|site| site.language.lock().expect("no thread panicked with it").clone());
            for shown in shown {
                match shown {
                    Shown::Post(at) => rewrite::also_covered(&mut preview.posts[at].draft, &others, language.as_deref()),
                    Shown::Digest(of, at) => {
                        digests.get_mut(&of).expect("it was put there")[at].also.clone_from(&others);
                    }
                }
            }
        }
        preview.posts.extend(digests.into_iter().filter_map(|((digest, site), entries)| self.preview_digest_of(&digest, &site, entries)));
        preview
    }
}
