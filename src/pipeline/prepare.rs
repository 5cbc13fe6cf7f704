//! Item → drafts: early rules, clean, picture, late rules and templates, in this order, and nothing else does it.
//!
//! Reads a claimed item and its feed's recipes. Writes what each step brought (`store_steps`) before the next begins, and at
//! the end one decision: deliveries for the sites that the rules chose, or the reason why there are none. If the process
//! dies in between, the item's lease runs out and a later step finds what the earlier ones brought.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use serde::Serialize;
use tokio::sync::Semaphore;

use crate::alike;
use crate::content::{self, Cleaned};
use crate::dedup::{self, DeliveryKey};
use crate::domain::{Decision, Entry, FeedFacts, Id, Item, Keys, Likeness, NearDuplicates, Page, RuleTrace, Rung, Steps, Timestamp};
use crate::rewrite::{self, Best, Composed, Content, Early, Editor, Image, InText, Prepared, Ready, Recipe, Told, View, Words};
use crate::store::{Alike, Contest, Fate, Join, Lease, NewDelivery};

use super::outgoing::Outgoing;
use super::page::page_domain;
use super::rights::Rights;
use super::{Error, Feed, Pipeline, Site};

/// Items in work at once: most of the time is waiting for pictures, of which a dead server would hold up many.
const AT_ONCE: usize = 32;
/// Items of one domain in work, where its pages are wanted: they take turns.
const OF_DOMAIN: usize = 4;
/// Items claimed at once.
const CLAIM: u32 = 64;
/// While nothing is done, what is due is looked for this often.
const AGAIN: Duration = Duration::from_secs(5);
/// How long a worker may take for one item; pictures and their time limits fit in it.
const SPAN: Duration = Duration::from_secs(600);
/// When a picture that can't be had now is asked for again; after that there is none.
pub(super) const PICTURE_WAITS: [Duration; 3] = [Duration::from_secs(60), Duration::from_secs(300), Duration::from_secs(900)];
/// When an item whose preparing ended by a panic is tried again; after that it is skipped.
const PANIC_WAITS: [Duration; 4] = [Duration::from_secs(60), Duration::from_secs(300), Duration::from_secs(900), Duration::from_secs(3600)];
/// How long preparing waits for a site to say its language.
const LANGUAGE_WAIT: Duration = Duration::from_secs(10);
/// Parts of a body that were cut out, as far as a decision tells of them.
const CUTS: usize = 20;
/// Words of an excerpt.
pub(super) const EXCERPT_WORDS: usize = 60;

/// Items with the right to prepare them, and what is known of their feeds.
type ClaimedItems = (Vec<(Item, Lease)>, Arc<Facts>);

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

/// What one future of a pass came to.
enum Came {
    Claimed(Result<ClaimedItems, Error>),
    Done(Id, Result<Went, Error>, Option<String>),
    /// An item was given back.
    Back(Result<(), Error>),
}

/// Items whose pages lie on one domain: so many at once are in work, so that one slow domain has no others waiting behind it.
#[derive(Default)]
struct Crowd {
    inside: HashMap<String, usize>,
    /// Feeds of which items were given back, by domain.
    outside: HashMap<String, HashSet<Id>>,
}

impl Crowd {
    /// Whether an item has to wait outside.
    fn is_full(&mut self, domain: Option<&str>, feed: Id) -> bool {
        let Some(domain) = domain else { return false };
        let is_full = self.inside.get(domain).is_some_and(|inside| *inside >= OF_DOMAIN);
        if is_full {
            self.outside.entry(domain.to_owned()).or_default().insert(feed);
        }
        is_full
    }

    fn enter(&mut self, domain: Option<&str>) {
        if let Some(domain) = domain {
            *self.inside.entry(domain.to_owned()).or_default() += 1;
        }
    }

    /// One is done. Whether those outside may come in.
    fn leave(&mut self, domain: Option<&str>) -> bool {
        let Some(domain) = domain else { return false };
        let Some(inside) = self.inside.get_mut(domain) else { return false };
        *inside = inside.saturating_sub(1);
        if *inside == 0 {
            self.inside.remove(domain);
        }
        self.outside.remove(domain).is_some()
    }

    fn feeds(&self) -> impl Iterator<Item = Id> + '_ {
        self.outside.values().flatten().copied()
    }
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
        let mut crowd = Crowd::default();
        let places = Semaphore::new(AT_ONCE);
        let places = &places;
        // Whatever waits for the store does so in here: what isn't polled might hold the very line to it that another waits for.
        let mut under_way = FuturesUnordered::new();
        let (mut in_work, mut going_back, mut is_claiming, mut is_drained, mut has_eased) = (0, 0, false, false, false);
        loop {
            if !self.is_stopping() && trouble.is_none() && !is_drained && !is_claiming && in_work < AT_ONCE {
                let except: Vec<Id> = crowd.feeds().collect();
                under_way.push(async move { Came::Claimed(self.claim_some(except).await) }.boxed());
                (is_claiming, has_eased) = (true, false);
            }
            let came = match tokio::time::timeout(AGAIN, under_way.next()).await {
                Ok(Some(came)) => came,
                Ok(None) => break,
                Err(_) => {
                    // what came in meanwhile doesn't wait for a slow page
                    is_drained = false;
                    continue;
                }
            };
            let (id, result) = match came {
                Came::Claimed(claimed) => {
                    is_claiming = false;
                    match claimed {
                        Err(error) => drop(trouble.get_or_insert(error)),
                        Ok((claimed, facts)) => {
                            // a claim that left a domain out proves nothing once the domain has room again
                            is_drained = claimed.is_empty() && going_back == 0 && !has_eased;
                            for (item, lease) in claimed {
                                let domain = self.domain_wanted(&item);
                                if crowd.is_full(domain.as_deref(), item.feed) {
                                    going_back += 1;
                                    under_way
                                        .push(async move { Came::Back(self.store.release_item(lease).await.map_err(Error::from)) }.boxed());
                                    continue;
                                }
                                crowd.enter(domain.as_deref());
                                in_work += 1;
                                let facts = facts.clone();
                                let work = async move {
                                    let id = item.id;
                                    Came::Done(id, self.prepare_one(item, lease, &facts, waits, places).await, domain)
                                };
                                under_way.push(work.boxed());
                            }
                        }
                    }
                    continue;
                }
                Came::Back(went) => {
                    going_back -= 1;
                    if let Err(error) = went {
                        trouble.get_or_insert(error);
                    }
                    continue;
                }
                Came::Done(id, result, domain) => {
                    in_work -= 1;
                    self.progressed();
                    // those that were given back for its sake may be claimed again
                    if crowd.leave(domain.as_deref()) {
                        (is_drained, has_eased) = (false, true);
                    }
                    (id, result)
                }
            };
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
        self.store_matches().await?;
        trouble.map_or(Ok(report), Err)
    }

    /// Claims what is due, without the items of some feeds.
    async fn claim_some(&self, mut except: Vec<Id>) -> Result<(Vec<(Item, Lease)>, Arc<Facts>), Error> {
        except.extend(self.foreign_feeds().await?);
        let claimed = self.store.claim_items_but(&except, self.owner, self.clock.now(), CLAIM, SPAN).await?;
        if claimed.is_empty() {
            return Ok((claimed, Arc::default()));
        }
        let facts = self.store.feed_facts(&claimed.iter().map(|(item, _)| item.feed).collect()).await?;
        Ok((claimed, Arc::new(facts)))
    }

    /// The domain whose page an item will want, as far as that is known before it is looked at.
    fn domain_wanted(&self, item: &Item) -> Option<String> {
        let feed = self.feed(item.feed)?;
        let may_want = item.steps.page.is_none() && feed.recipes().iter().any(|recipe| recipe.content == Content::Page);
        item.entry.as_ref().filter(|_| may_want).and_then(page_domain)
    }

    /// Asks those of a feed's sites whose language nobody knows for it, each once: the source line is written in it. A site that
    /// doesn't answer keeps no other site's items waiting.
    pub(super) async fn learn_languages(&self, feed: &Feed) -> Result<(), Error> {
        let sites = feed.recipes().into_iter().filter_map(|recipe| self.site_named(&recipe.site));
        let asked = sites.map(|site| site.language_asked.get_or_try_init(|| self.learn_language(site)));
        futures_util::future::try_join_all(asked).await.map(drop)
    }

    async fn learn_language(&self, site: &Site) -> Result<(), Error> {
        let is_known = site.language.lock().expect("no thread panicked with it").is_some();
        if is_known || self.store.is_resting(site.id, self.clock.now()).await? {
            return Ok(());
        }
        // A site that is down is no reason to prepare nothing; its posts then say it in English.
        let Ok(Ok((wp, _))) = tokio::time::timeout(LANGUAGE_WAIT, self.connect(site)).await else { return Ok(()) };
        if let Some(language) = wp.root().language.clone() {
            self.store.set_site_language(site.id, &language).await?;
            *site.language.lock().expect("no thread panicked with it") = Some(language);
        }
        Ok(())
    }

    /// Counts the rules that matched an item, each once. Kept in memory until the pass ends: what a crash takes
    /// away is a number that only `rules list` shows.
    fn matched<'a>(&self, decisions: impl IntoIterator<Item = &'a Decision>) {
        let rules: BTreeSet<i64> = decisions.into_iter().flat_map(|decision| &decision.rules).map(RuleTrace::identity).collect();
        let mut matched = self.matched.lock().expect("no thread panicked with it");
        rules.into_iter().for_each(|rule| *matched.entry(rule).or_default() += 1);
    }

    /// Stores how often rules matched.
    async fn store_matches(&self) -> Result<(), Error> {
        let matched = std::mem::take(&mut *self.matched.lock().expect("no thread panicked with it"));
        Ok(self.store.count_matches(&matched, self.clock.now()).await?)
    }

    async fn prepare_one(
        &self,
        item: Item,
        mut lease: Lease,
        facts: &Facts,
        waits: &[Duration],
        places: &Semaphore,
    ) -> Result<Went, Error> {
        let Some(feed) = self.feed(item.feed).filter(|_| !self.is_stopping()) else {
            self.store.release_item(lease).await?;
            return Ok(Went::Back);
        };
        let now = self.clock.now();
        if lease.until().since(now) < SPAN / 2 {
            self.store.extend_item(&mut lease, now.plus(SPAN)).await?;
        }
        self.learn_languages(&feed).await?;
        let facts = facts.get(&item.feed).cloned().unwrap_or_default();
        let work = AssertUnwindSafe(self.work_on(&feed, &facts, &item, &mut lease, waits, places)).catch_unwind().await;
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
                self.matched([&decision]);
                Ok(Went::Skipped)
            }
            Work::Decide(decision, deliveries) => {
                self.store.decide(lease, &decision, &deliveries, self.clock.now()).await?;
                self.matched(std::iter::once(&decision).chain(deliveries.iter().map(|delivery| &delivery.decision)));
                Ok(Went::Decided)
            }
            Work::Later(due, because) => {
                tracing::debug!(item = %item.id, %due, because, "an item is prepared later");
                self.store.retry_item_at(lease, due, &because).await?;
                Ok(Went::Back)
            }
        }
    }

    async fn work_on(
        &self,
        feed: &Feed,
        facts: &FeedFacts,
        item: &Item,
        lease: &mut Lease,
        waits: &[Duration],
        places: &Semaphore,
    ) -> Result<Work, Error> {
        let now = self.clock.now();
        let Some(entry) = &item.entry else { return Ok(Work::Skip(because("its text was dropped before it was prepared"))) };
        if let Some(why) = self.blocked(feed, entry.link.as_deref()).await? {
            return Ok(Work::Skip(because(&why)));
        }
        let mut steps = item.steps.clone();
        let subject =
            Subject { entry, facts, first_seen: item.first_seen, keys: item.keys, generation: item.generation, body: Bodies::default() };
        if steps.page.is_none() && self.wants_page(feed, &subject, now) {
            let turn = self.page_turn(entry).await;
            self.store.extend_item(lease, self.clock.now().plus(SPAN)).await?;
            let page = self.page(feed, &subject, turn.as_ref()).await;
            drop(turn);
            if let Err(none) = &page
                && let Some(due) = none.try_again(waits.get(item.attempts as usize), self.clock.now())
            {
                return Ok(Work::Later(due, format!("the page can't be had now: {}", none.why)));
            }
            steps.page = Some(page.map_err(String::from));
            self.store.store_steps(lease, &steps).await?;
        }
        // a page waits for its domain's turn, and nobody for the page
        let _place = places.acquire().await.expect("it is never closed");
        let (wait, before) = (waits.get(item.attempts as usize), steps.clone());
        let later = self.illustrate(feed, &subject, &mut steps, now, wait.is_some()).await;
        if steps != before {
            self.store.store_steps(lease, &steps).await?;
        }
        if let (Some(why), Some(wait)) = (later, wait) {
            return Ok(Work::Later(self.clock.now().plus(*wait), format!("a picture can't be had now: {why}")));
        }
        // a complaint may have come while its page and picture did
        if let Some(why) = self.blocked(feed, entry.link.as_deref()).await? {
            return Ok(Work::Skip(because(&why)));
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
        let body = subject.feed_body(feed);
        let view = view_of(feed, subject, body, now);
        let (sites, dropped, rules) = match rewrite::early(&self.config.engine, &feed.recipes(), &view) {
            Early::Skip(decision) => return Outcome::Skip(decision),
            Early::Go { sites, dropped, rules } => (sites, dropped, rules),
        };
        let mut decision = Decision { rules, ..Decision::default() };
        for (site, why) in dropped {
            decision.warnings.push(format!("not to `{site}`: {}", why.because.unwrap_or_default()));
            decision.rules.extend(why.rules);
        }
        let rights = Rights::of(feed, subject, steps);
        let of_page = rights.full_text(feed, subject, steps);
        let of_page = of_page.map(|full| full.map(|body| Text::of(view_of(feed, subject, &body, now), body.into_owned())));
        let of_feed = OnceCell::new();
        let mut deliveries = Vec::new();
        for name in &sites {
            let (Some(recipe), Some(site)) = (feed.recipe(name), self.site_named(name)) else { continue };
            let key = dedup::delivery_key(&subject.keys, &site.key_name, feed.key_scope(site), subject.generation);
            let full = of_page.as_ref().filter(|_| recipe.content == Content::Page);
            let text = match full {
                Some(Ok(text)) => text,
                _ => of_feed.get_or_init(|| Text::of(view.clone(), body.clone())),
            };
            let notes = rights.notes(recipe, steps, full.and_then(|full| full.as_ref().err()));
            let prepared = Prepared {
                view: &text.view,
                key: &key.text,
                image: steps.image.as_ref(),
                pictures: steps.pictures.as_deref().unwrap_or_default(),
                excerpt: &text.excerpt.text,
                excerpt_words: Words { taken: text.excerpt.taken, of: text.excerpt.of },
                blocks: text.blocks(recipe, steps),
                licence: &rights.licence,
                signals: &rights.signals,
                notes: &notes,
                outgoing: None,
            };
            let language = site.language.lock().expect("no thread panicked with it").clone();
            let recipe = Recipe { language, ..recipe.clone() };
            let shown = text.once(&recipe, steps).map(|html| Cleaned { html, ..text.body.clone() });
            let outgoing =
                Outgoing::of(&self.config.engine, &recipe, &prepared, shown.as_ref().unwrap_or(&text.body), &feed.config().boilerplate);
            let prepared = outgoing.as_ref().map_or(prepared, |outgoing| outgoing.of_it(prepared));
            let mut composed = rewrite::compose(&self.config.engine, &recipe, &prepared);
            if let Composed::Draft(ready) = &mut composed
                && (ready.draft.image.is_some() || !ready.draft.pictures.is_empty())
            {
                let content::ImageLimits { side, bytes } = feed.config().image_limits;
                ready.draft.image_limits = Some((side, bytes));
                if let Some(digest) = &mut ready.digest {
                    digest.entry.image_limits = ready.draft.image_limits;
                }
            }
            if let Composed::Draft(ready) = &mut composed {
                ready.decision.cut = text.body.removed.iter().take(CUTS).map(|removed| removed.line().into_owned()).collect();
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
        let (mut join, mut due, mut is_held) = (None, now, false);
        let (fate, decision) = match composition.composed {
            Composed::Skip(decision) => (Fate::Skipped, decision),
            Composed::Draft(ready) => {
                let Ready { draft, mut decision, hold, digest, best, .. } = *ready;
                let is_alone = digest.as_ref().is_none_or(|digest| digest.also_posted);
                let because = digest.as_ref().map(|digest| self.joins(&digest.digest, now));
                join = digest.map(|digest| Join { entry: digest.entry.to_json(), digest: digest.digest });
                is_held = hold.is_some();
                match (hold, best) {
                    _ if !is_alone => (Fate::InDigest, Decision { because, ..decision }),
                    (Some(hold), _) => (Fate::Held(draft, hold), decision),
                    (None, None) => (Fate::Ready(draft), decision),
                    (None, Some(best)) => {
                        let contest = contest(&best, &mut decision, now);
                        due = contest.until;
                        (Fate::Contest(draft, contest), decision)
                    }
                }
            }
        };
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
            due,
            // what a rule holds is compared with nothing, and stands for nobody
            alike: composition.likeness.filter(|_| !is_held).map(|likeness| Alike {
                likeness,
                then: site.config.near_duplicates,
                language: site.language.lock().expect("no thread panicked with it").clone(),
                tell: rewrite::also_covered,
                tell_in_digest: rewrite::also_covered_in_digest,
                hold: rewrite::hold_in_digest,
            }),
            digest: join,
        })
    }
}

/// The contest of the window that holds this moment; the decision says so.
fn contest(best: &Best, decision: &mut Decision, now: Timestamp) -> Contest {
    let until = Timestamp::from_unix(best.of.end_of(now.unix()));
    let score = decision.score.as_ref().map_or(0, |score| score.sum);
    let Best { most, of, among } = best;
    decision.best = Some(format!("only the best {most} of the {} go out ({among}, until {until}); its score is {score}", of.as_str()));
    Contest { among: among.clone(), most: *most, until, score }
}

/// A body as posts are made of it.
struct Text {
    view: View,
    body: Cleaned,
    excerpt: content::Excerpt,
    /// As blocks and as classic HTML, each whole and without the featured picture; made when the first site wants it.
    made: [OnceCell<String>; 4],
}

impl Text {
    fn of(view: View, body: Cleaned) -> Self {
        let excerpt = content::excerpt_of(&body, EXCERPT_WORDS);
        Self { view, body, excerpt, made: Default::default() }
    }

    fn blocks(&self, recipe: &Recipe, steps: &Steps) -> &str {
        let (at, make): (usize, fn(&str) -> String) = match recipe.editor {
            Editor::Blocks => (0, |html| content::blocks(html)),
            Editor::Classic => (2, |html| content::classic(html)),
        };
        let at = at + usize::from(is_once(recipe));
        self.made[at].get_or_init(|| make(self.once(recipe, steps).as_deref().unwrap_or(&self.body.html)))
    }

    /// Without the featured picture on its top, where it stands there and is not wanted twice.
    fn once(&self, recipe: &Recipe, steps: &Steps) -> Option<String> {
        if is_once(recipe) { without_the_featured(&self.body.html, steps) } else { None }
    }
}

/// What preparing reads of an item.
pub(super) struct Subject<'a> {
    pub entry: &'a Entry,
    pub facts: &'a FeedFacts,
    pub first_seen: Timestamp,
    pub keys: Keys,
    pub generation: u32,
    pub body: Bodies,
}

/// An item's bodies, each once somebody wanted it: cleaning is most of the work.
#[derive(Default)]
pub(super) struct Bodies {
    feed: OnceLock<Cleaned>,
    /// With the HTML that it was made of.
    page: OnceLock<(String, Cleaned)>,
}

impl Subject<'_> {
    /// The body that the feed gives.
    pub fn feed_body(&self, feed: &Feed) -> &Cleaned {
        self.body.feed.get_or_init(|| feed_body(feed, self.entry))
    }

    /// The article of a page as a body. `html`: the article, which the page may not hold yet.
    pub fn page_body(&self, feed: &Feed, page: &Page, html: &str) -> Cow<'_, Cleaned> {
        let clean = || super::rights::clean(feed, page, html, self.entry);
        let (of, body) = self.body.page.get_or_init(|| (html.to_owned(), clean()));
        if of == html { Cow::Borrowed(body) } else { Cow::Owned(clean()) }
    }

    /// The body that posts are made of where the page's text is wanted, as far as that is there.
    pub fn body_of(&self, feed: &Feed, steps: &Steps) -> Cow<'_, Cleaned> {
        match used_page(steps) {
            Some(page) => self.page_body(feed, page, &page.html),
            None => Cow::Borrowed(self.feed_body(feed)),
        }
    }
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

/// The body that posts are made of where the page's text is wanted, as far as that is there.
pub(super) fn body_of(feed: &Feed, entry: &Entry, steps: &Steps) -> Cleaned {
    match used_page(steps) {
        Some(page) => super::rights::clean(feed, page, &page.html, entry),
        None => feed_body(feed, entry),
    }
}

/// The page, where its text is there and is the better one.
fn used_page(steps: &Steps) -> Option<&Page> {
    steps.page.as_ref()?.as_ref().ok().filter(|page| page.instead.is_none() && !page.html.is_empty())
}

/// The body that the feed gives.
pub(super) fn feed_body(feed: &Feed, entry: &Entry) -> Cleaned {
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
