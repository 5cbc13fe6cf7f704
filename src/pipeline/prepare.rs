//! Item → drafts: early rules, clean, picture, late rules and templates, in this order, and nothing else does it.
//!
//! Reads a claimed item and its feed's recipes. Writes what each step brought (`store_steps`) before the next begins, and at
//! the end one decision: deliveries for the sites that the rules chose, or the reason why there are none. If the process
//! dies in between, the item's lease runs out and a later step finds what the earlier ones brought.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use serde::Serialize;

use crate::alike;
use crate::content::{self, Cleaned};
use crate::dedup::{self, DeliveryKey};
use crate::domain::{Decision, Entry, FeedFacts, Id, Item, Keys, Likeness, NearDuplicates, Rung, Steps, Timestamp};
use crate::rewrite::{self, Composed, Early, Editor, Image, InText, Prepared, Ready, Recipe, Told, View, Words};
use crate::store::{Alike, Fate, Join, Lease, NewDelivery};

use super::outgoing::Outgoing;
use super::{Error, Feed, Pipeline, Site};

/// Items in work at once: most of the time is waiting for pictures, of which a dead server would hold up many.
const AT_ONCE: usize = 32;
/// Items claimed at once.
const CLAIM: u32 = 64;
/// How long a worker may take for one item; pictures and their time limits fit in it.
const SPAN: Duration = Duration::from_secs(600);
/// When a picture that can't be had now is asked for again; after that there is none.
const PICTURE_WAITS: [Duration; 3] = [Duration::from_secs(60), Duration::from_secs(300), Duration::from_secs(900)];
/// When an item whose preparing ended by a panic is tried again; after that it is skipped.
const PANIC_WAITS: [Duration; 4] = [Duration::from_secs(60), Duration::from_secs(300), Duration::from_secs(900), Duration::from_secs(3600)];
/// How long preparing waits for a site to say its language.
const LANGUAGE_WAIT: Duration = Duration::from_secs(10);
/// Words of an excerpt.
pub(super) const EXCERPT_WORDS: usize = 60;

/// What the documents of feeds say of them, by feed.
type Facts = HashMap<Id, FeedFacts>;

/// What a preparing pass did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct PrepareReport {
    pub decided: usize,
    pub skipped: usize,
    pub failed: usize,
}

impl PrepareReport {
    /// Adds another's counts.
    pub fn add(&mut self, other: Self) {
        self.decided += other.decided;
        self.skipped += other.skipped;
        self.failed += other.failed;
    }

    /// How many items went on.
    pub fn total(&self) -> usize {
        self.decided + self.skipped + self.failed
    }
}

/// What preparing came to: a draft for each site, or why there is none.
pub(super) enum Outcome {
    Skip(Decision),
    Go { deliveries: Vec<Composition>, decision: Decision },
}

/// What one site gets.
pub(super) struct Composition {
    pub site: String,
    pub key: DeliveryKey,
    pub slug: String,
    pub composed: Composed,
    /// What its text is known again by, where the site wants to know.
    pub likeness: Option<Likeness>,
}

/// What is to become of an item that was worked on.
enum Work {
    Skip(Decision),
    Decide(Decision, Vec<NewDelivery>),
    /// It is tried again then, for this reason.
    Later(Timestamp, String),
}

/// What became of an item.
enum Went {
    Decided,
    Skipped,
    /// It is `seen` again.
    Back,
}

impl Pipeline {
    /// Prepares all items that are due. Returns when none is.
    pub async fn prepare_pass(&self) -> Result<PrepareReport, Error> {
        self.prepare(&PICTURE_WAITS).await
    }

    /// The same; a picture that can't be had now is asked for again after each of `waits`.
    pub(super) async fn prepare(&self, waits: &[Duration]) -> Result<PrepareReport, Error> {
        let mut report = PrepareReport::default();
        let mut trouble = None;
        while !self.is_stopping() && trouble.is_none() {
            let foreign = self.foreign_feeds().await?;
            let claimed = self.store.claim_items_but(&foreign, self.owner, self.clock.now(), CLAIM, SPAN).await?;
            if claimed.is_empty() {
                break;
            }
            self.learn_languages().await?;
            let facts = &self.store.feed_facts(&claimed.iter().map(|(item, _)| item.feed).collect()).await?;
            let mut done = futures_util::stream::iter(claimed)
                .map(|(item, lease)| async move { (item.id, self.prepare_one(item, lease, facts, waits).await) })
                .buffer_unordered(AT_ONCE);
            while let Some((id, result)) = done.next().await {
                self.progressed();
                match result {
                    Ok(Went::Decided) => report.decided += 1,
                    Ok(Went::Skipped) => report.skipped += 1,
                    Ok(Went::Back) => {}
                    Err(Error::Store(error)) if error.is_stale_lease() => {
                        tracing::warn!(item = %id, "another worker took the item over");
                        report.failed += 1;
                    }
                    // The others of the claim have their leases: they are tried, too.
                    Err(error) => drop(trouble.get_or_insert(error)),
                }
            }
        }
        trouble.map_or(Ok(report), Err)
    }

    /// Asks each site whose language nobody knows for it, once: the source line is written in it.
    pub(super) async fn learn_languages(&self) -> Result<(), Error> {
        for site in self.sites.values() {
            let known = site.language.lock().expect("no thread panicked with it").is_some();
            if known || site.language_asked.swap(true, Ordering::SeqCst) {
                continue;
            }
            // A site that is down is no reason to prepare nothing; its posts then say it in English.
            let Ok(Ok((wp, _))) = tokio::time::timeout(LANGUAGE_WAIT, self.connect(site)).await else { continue };
            if let Some(language) = wp.root().language.clone() {
                self.store.set_site_language(site.id, &language).await?;
                *site.language.lock().expect("no thread panicked with it") = Some(language);
            }
        }
        Ok(())
    }

    async fn prepare_one(&self, item: Item, mut lease: Lease, facts: &Facts, waits: &[Duration]) -> Result<Went, Error> {
        let Some(feed) = self.feed(item.feed).filter(|_| !self.is_stopping()) else {
            self.store.release_item(lease).await?;
            return Ok(Went::Back);
        };
        let now = self.clock.now();
        if lease.until().since(now) < SPAN / 2 {
            self.store.extend_item(&mut lease, now.plus(SPAN)).await?;
        }
        let facts = facts.get(&item.feed).cloned().unwrap_or_default();
        let work = AssertUnwindSafe(self.work_on(&feed, &facts, &item, &lease, waits)).catch_unwind().await;
        let work = match work {
            Ok(work) => work?,
            Err(_) => {
                tracing::error!(item = %item.id, feed = feed.name(), "preparing an item ended by a panic; this is a bug in wirepress");
                after_panic(item.attempts, self.clock.now())
            }
        };
        match work {
            Work::Skip(decision) => {
                self.store.skip(lease, &decision).await?;
                Ok(Went::Skipped)
            }
            Work::Decide(decision, deliveries) => {
                self.store.decide(lease, &decision, &deliveries, self.clock.now()).await?;
                Ok(Went::Decided)
            }
            Work::Later(due, because) => {
                tracing::debug!(item = %item.id, %due, because, "an item is prepared later");
                self.store.retry_item_at(lease, due, &because).await?;
                Ok(Went::Back)
            }
        }
    }

    async fn work_on(&self, feed: &Feed, facts: &FeedFacts, item: &Item, lease: &Lease, waits: &[Duration]) -> Result<Work, Error> {
        let now = self.clock.now();
        let Some(entry) = &item.entry else { return Ok(Work::Skip(because("its text was dropped before it was prepared"))) };
        let mut steps = item.steps.clone();
        let subject = Subject { entry, facts, first_seen: item.first_seen, keys: item.keys, generation: item.generation };
        let wait = waits.get(item.attempts as usize);
        let later = self.illustrate(feed, &subject, &mut steps, now, wait.is_some()).await;
        if steps != item.steps {
            self.store.store_steps(lease, &steps).await?;
        }
        if let (Some(why), Some(wait)) = (later, wait) {
            return Ok(Work::Later(self.clock.now().plus(*wait), format!("a picture can't be had now: {why}")));
        }
        Ok(match self.compose(feed, &subject, &steps, now) {
            Outcome::Skip(decision) => Work::Skip(decision),
            Outcome::Go { deliveries, decision } => {
                let new = deliveries.into_iter().filter_map(|composition| self.delivery(feed, &item.keys, composition, now));
                Work::Decide(decision, new.collect())
            }
        })
    }

    /// Everything that is pure about preparing: the same inputs give the same drafts.
    pub(super) fn compose(&self, feed: &Feed, subject: &Subject<'_>, steps: &Steps, now: Timestamp) -> Outcome {
        let body = body_of(feed, subject.entry, steps);
        let view = view_of(feed, subject, &body, now);
        let (sites, dropped, rules) = match rewrite::early(&self.config.engine, &feed.recipes(), &view) {
            Early::Skip(decision) => return Outcome::Skip(decision),
            Early::Go { sites, dropped, rules } => (sites, dropped, rules),
        };
        let mut decision = Decision { rules, ..Decision::default() };
        for (site, why) in dropped {
            decision.warnings.push(format!("not to `{site}`: {}", why.because.unwrap_or_default()));
            decision.rules.extend(why.rules);
        }
        let excerpt = content::excerpt_of(&body, EXCERPT_WORDS);
        let once = without_the_featured(&body.html, steps);
        // as blocks and as classic HTML, each whole and without the featured picture; made when the first site wants it
        let texts: [OnceCell<String>; 4] = Default::default();
        let mut deliveries = Vec::new();
        for name in &sites {
            let (Some(recipe), Some(site)) = (feed.recipe(name), self.site_named(name)) else { continue };
            let key = dedup::delivery_key(&subject.keys, &site.key_name, feed.key_scope(site), subject.generation);
            let prepared = Prepared {
                view: &view,
                key: &key.text,
                image: steps.image.as_ref(),
                pictures: steps.pictures.as_deref().unwrap_or_default(),
                excerpt: &excerpt.text,
                excerpt_words: Words { taken: excerpt.taken, of: excerpt.of },
                blocks: match (recipe.editor, once.as_deref().filter(|_| is_once(recipe))) {
                    (Editor::Blocks, None) => texts[0].get_or_init(|| content::blocks(&body.html)),
                    (Editor::Blocks, Some(once)) => texts[1].get_or_init(|| content::blocks(once)),
                    (Editor::Classic, None) => texts[2].get_or_init(|| content::classic(&body.html)),
                    (Editor::Classic, Some(once)) => texts[3].get_or_init(|| content::classic(once)),
                },
                outgoing: None,
            };
            let language = site.language.lock().expect("no thread panicked with it").clone();
            let recipe = Recipe { language, ..recipe.clone() };
            let shown = once.as_deref().filter(|_| is_once(&recipe)).map(|html| Cleaned { html: html.to_owned(), ..body.clone() });
            let outgoing =
                Outgoing::of(&self.config.engine, &recipe, &prepared, shown.as_ref().unwrap_or(&body), &feed.config().boilerplate);
            let prepared = outgoing.as_ref().map_or(prepared, |outgoing| outgoing.of_it(prepared));
            let mut composed = rewrite::compose(&self.config.engine, &recipe, &prepared);
            if let Composed::Draft(ready) = &mut composed
                && (ready.draft.image.is_some() || !ready.draft.pictures.is_empty())
            {
                let content::ImageLimits { side, bytes } = feed.config().image_limits;
                ready.draft.image_limits = Some((side, bytes));
            }
            let slug = match &composed {
                Composed::Draft(ready) => dedup::slug(&ready.draft.slug, &key.text),
                Composed::Skip(_) => dedup::slug(&subject.entry.title, &key.text),
            };
            let likeness = match (site.config.near_duplicates, &composed) {
                (NearDuplicates::Off, _) | (_, Composed::Skip(_)) => None,
                _ => alike::likeness(&subject.entry.title, &body.text, &language_of(subject), site.id.to_i64()),
            };
            deliveries.push(Composition { site: name.clone(), key, slug, composed, likeness });
        }
        if deliveries.is_empty() {
            decision.because.get_or_insert_with(|| "the rules chose no site".to_owned());
            return Outcome::Skip(decision);
        }
        if deliveries.iter().all(|composition| matches!(composition.composed, Composed::Skip(_))) {
            let first = deliveries.swap_remove(0);
            if let Composed::Skip(why) = first.composed {
                return Outcome::Skip(why);
            }
        }
        Outcome::Go { deliveries, decision }
    }

    /// The row that a composition becomes.
    fn delivery(&self, feed: &Feed, keys: &Keys, composition: Composition, now: Timestamp) -> Option<NewDelivery> {
        let site = self.site_named(&composition.site)?;
        let mut join = None;
        let (fate, decision) = match composition.composed {
            Composed::Skip(decision) => (Fate::Skipped, decision),
            Composed::Draft(ready) => {
                let Ready { draft, decision, hold, digest, .. } = *ready;
                let is_alone = digest.as_ref().is_none_or(|digest| digest.also_posted);
                let because = digest.as_ref().map(|digest| self.joins(&digest.digest, now));
                join = digest.map(|digest| Join { entry: digest.entry.to_json(), digest: digest.digest });
                match hold {
                    _ if !is_alone => (Fate::InDigest, Decision { because, ..decision }),
                    Some(hold) => (Fate::Held(draft, hold), decision),
                    None => (Fate::Ready(draft), decision),
                }
            }
        };
        let is_in_digest = matches!(fate, Fate::InDigest);
        let DeliveryKey { hash, text } = composition.key;
        let site_keys = site_keys(feed, site, keys);
        Some(NewDelivery {
            site: site.id,
            key_hash: hash,
            key: text,
            site_keys,
            slug: composition.slug,
            fate,
            decision,
            due: now,
            // what has no post of its own stands for nobody
            alike: composition.likeness.filter(|_| !is_in_digest).map(|likeness| Alike {
                likeness,
                then: site.config.near_duplicates,
                language: site.language.lock().expect("no thread panicked with it").clone(),
                tell: rewrite::also_covered,
            }),
            digest: join,
        })
    }
}

/// What preparing reads of an item.
pub(super) struct Subject<'a> {
    pub entry: &'a Entry,
    pub facts: &'a FeedFacts,
    pub first_seen: Timestamp,
    pub keys: Keys,
    pub generation: u32,
}

/// What the feed says of the entry's language; may be empty.
fn language_of(subject: &Subject<'_>) -> String {
    subject.entry.language.clone().or_else(|| subject.facts.language.clone()).unwrap_or_default()
}

/// `attempts`: failed tries before this one.
fn after_panic(attempts: u32, now: Timestamp) -> Work {
    const BUG: &str = "preparing it ended by a panic; this is a bug in wirepress";
    match PANIC_WAITS.get(attempts as usize) {
        Some(wait) => Work::Later(now.plus(*wait), BUG.to_owned()),
        None => Work::Skip(because(BUG)),
    }
}

fn because(words: &str) -> Decision {
    Decision { because: Some(words.to_owned()), ..Decision::default() }
}

/// The body without the featured picture on its top, where it stands there.
fn without_the_featured(html: &str, steps: &Steps) -> Option<String> {
    let featured = steps.image.as_ref()?.as_ref().ok()?;
    let copies = steps.pictures.as_deref().unwrap_or_default();
    let is_double = |url: &str| {
        let copy = copies.iter().find(|(named, _)| named == url).and_then(|(_, copy)| copy.as_ref().ok());
        content::is_same_picture(url, &featured.url) || copy.is_some_and(|copy| copy.sha256 == featured.sha256)
    };
    match content::without_double(html, is_double) {
        Cow::Borrowed(_) => None,
        Cow::Owned(html) => Some(html),
    }
}

fn is_once(recipe: &Recipe) -> bool {
    recipe.image == Image::Featured && recipe.in_text == InText::Once
}

pub(super) fn body_of(feed: &Feed, entry: &Entry, _steps: &Steps) -> Cleaned {
    content::clean_from(entry.body(), &content::Source { boilerplate: Some(&feed.config().boilerplate), ..content::Source::entry(entry) })
}

pub(super) fn view_of(feed: &Feed, subject: &Subject<'_>, body: &Cleaned, now: Timestamp) -> View {
    let summary = match &subject.entry.summary {
        Some(summary) => content::plain(summary),
        None => String::new(),
    };
    View::new(&Told {
        feed: feed.name(),
        facts: subject.facts,
        entry: subject.entry,
        html: &body.html,
        text: &body.text,
        words: body.words,
        summary: &summary,
        first_seen: subject.first_seen,
        now,
    })
}

/// Under which hashes a site knows an entry: each rung, scoped to the site, and to the feed where `dedup = "feed"`.
pub(super) fn site_keys(feed: &Feed, site: &Site, keys: &Keys) -> Vec<(Rung, i64)> {
    let scope = |key| {
        let of_site = dedup::scoped(key, site.id);
        match feed.key_scope(site) {
            Some(_) => dedup::scoped(of_site, feed.id),
            None => of_site,
        }
    };
    keys.rungs().map(|(rung, key)| (rung, scope(key))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_that_makes_us_panic_is_tried_five_times_and_then_says_so() {
        let now = Timestamp::from_unix(1_795_000_000);
        let waits: Vec<_> = (0..5)
            .map(|attempts| match after_panic(attempts, now) {
                Work::Later(due, _) => Some(due.since(now)),
                _ => None,
            })
            .collect();
        assert_eq!(waits, PANIC_WAITS.iter().copied().map(Some).chain([None]).collect::<Vec<_>>());
        let Work::Skip(decision) = after_panic(7, now) else { panic!("it must be skipped") };
        assert!(decision.because.is_some_and(|because| because.contains("bug")));
    }
}
