//! After publishing: what a changed, vanished or aged source makes of posts that are out.
//!
//! Reads: changed entries (`changes`, which `remember` writes), pages that may be gone (`origins`), posts whose time may be over. An
//! entry that changed enough is prepared again with its own steps. Writes, in one transaction: the item as its feed tells it now,
//! and for each of its posts a wish (`wanted`), which the site's writer takes up (`publish::follow`): it alone touches WordPress. If
//! the process dies before that transaction, the change is looked into again; after it, the wish is taken up.

mod compare;
mod gone;
mod preview;
mod resolve;
mod weigh;

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::join_all;

use super::prepare::{Composition, Outcome, Subject};
use super::{Error, Feed, Pipeline};
use crate::config::OnChange;
use crate::content;
use crate::domain::{Decision, Delivery, DeliveryState, Draft, Entry, Extras, Item, ItemState, Phase, Steps, Timestamp};
use crate::rewrite::{self, Composed, InDigest, Note, Ready};
use crate::store::{Change, Followed, Lease, NewWanted, Rejoined, Why};

pub(super) use compare::Judged;
pub use preview::{PreviewField, PreviewUpdate};
pub use resolve::{Resolution, Resolved, Revived};

/// Changes that are looked into at once: most of the time is waiting for pages.
const AT_ONCE: usize = 8;
/// How long one may take.
const SPAN: Duration = Duration::from_secs(600);
/// After a page or picture that can't be had now; then it is done without.
const WAITS: [Duration; 3] = [Duration::from_secs(300), Duration::from_secs(1800), Duration::from_secs(7200)];
const SOON: Duration = Duration::from_secs(30);
const LATER: Duration = Duration::from_secs(3600);

/// What a pass after publishing did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct FollowReport {
    /// Sources that tell something else, enough to count.
    pub changed: usize,
    /// Sources that changed by less than the threshold.
    pub below: usize,
    /// Sources that are gone for good.
    pub gone: usize,
}

impl FollowReport {
    /// Adds another's counts.
    pub fn add(&mut self, other: Self) {
        self.changed += other.changed;
        self.below += other.below;
        self.gone += other.gone;
    }
}

/// What a change comes to.
enum Went {
    /// It is looked into again then.
    Later(Timestamp, String, bool),
    /// It says nothing that counts.
    Below,
    /// Nobody wants to know.
    Drop,
    /// The item was not prepared yet.
    Unprepared,
    Go(Box<(Steps, Followed)>),
}

impl Pipeline {
    /// Looks into all changes that are due, then at pages that may be gone and posts whose time may be over.
    pub async fn follow_pass(&self) -> Result<FollowReport, Error> {
        let workers = (0..AT_ONCE).map(|_| self.follow_changes());
        let mut report = FollowReport::default();
        for done in join_all(workers).await {
            report.add(done?);
        }
        report.gone = self.look_for_origins().await?;
        self.age().await?;
        Ok(report)
    }

    /// When a changed source is to be looked into next.
    pub async fn next_change(&self) -> Result<Option<Timestamp>, Error> {
        if self.store.pauses().await?.iter().any(|pause| pause.scope == crate::store::Scope::All) {
            return Ok(None);
        }
        Ok(self.store.next_change().await?)
    }

    /// When there is something to follow next.
    pub async fn next_follow(&self) -> Result<Option<Timestamp>, Error> {
        if self.store.pauses().await?.iter().any(|pause| pause.scope == crate::store::Scope::All) {
            return Ok(None);
        }
        let origins = self.store.next_origin(&self.feeds_with_origins()).await?;
        Ok(self.store.next_change().await?.into_iter().chain(origins).chain(self.next_sweep()).min())
    }

    async fn follow_changes(&self) -> Result<FollowReport, Error> {
        let mut report = FollowReport::default();
        while !self.is_stopping() {
            let Some((change, lease)) = self.store.claim_change(self.owner, self.clock.now(), SPAN).await? else { break };
            self.progressed();
            match self.follow(&change, lease).await {
                Ok(went) => report.add(went),
                // a newer telling came in between, or another worker took it over
                Err(Error::Store(error)) if error.is_stale_lease() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(report)
    }

    async fn follow(&self, change: &Change, lease: Lease) -> Result<FollowReport, Error> {
        let mut report = FollowReport::default();
        let now = self.clock.now();
        let Some(item) = self.store.item(change.item).await? else {
            self.store.drop_change(lease).await?;
            return Ok(report);
        };
        match self.look_into(change, &item).await? {
            Went::Later(due, why, counts) => self.store.change_at(lease, due, &why, counts).await?,
            Went::Drop => self.store.drop_change(lease).await?,
            Went::Below => {
                report.below += 1;
                self.store.drop_change(lease).await?;
            }
            Went::Unprepared => self.store.change_unprepared(lease, &change.entry).await?,
            Went::Go(found) => {
                let (steps, followed) = *found;
                tracing::info!(item = %item.id, title = change.entry.title, posts = followed.wanted.len(), "a source tells something else");
                report.changed += 1;
                self.store.end_change(lease, &change.entry, &steps, &followed, now).await?;
            }
        }
        Ok(report)
    }

    /// What a change makes of the item's deliveries; changes nothing.
    async fn look_into(&self, change: &Change, item: &Item) -> Result<Went, Error> {
        let now = self.clock.now();
        let Some(feed) = self.feed(item.feed) else {
            return Ok(Went::Later(now.plus(LATER), "its feed isn't in the configuration that is in force".to_owned(), false));
        };
        let policy = feed.config().follow;
        match item.state {
            ItemState::Seen => return Ok(Went::Unprepared),
            ItemState::Preparing => return Ok(Went::Later(now.plus(SOON), "it is being prepared".to_owned(), false)),
            // the rules, or a person, wanted none of it
            ItemState::Skipped => return Ok(Went::Drop),
            ItemState::Decided => {}
        }
        let Some(was) = item.entry.as_ref().filter(|_| policy.on_change != OnChange::Ignore) else { return Ok(Went::Drop) };
        if weigh::weigh(&feed, was, &change.entry) < policy.threshold.max(1)
            && !(policy.threshold == 0 && was.telling() != change.entry.telling())
        {
            return Ok(Went::Below);
        }
        // who took a domain over must not rewrite what its former owner said
        if let Some(row) = self.store.feed(feed.name()).await?.filter(|row| row.held.is_some()) {
            return Ok(Went::Later(now.plus(LATER), held(feed.name(), row.is_flooded), false));
        }
        if let Some(why) = self.blocked(&feed, change.entry.link.as_deref()).await? {
            tracing::info!(item = %item.id, why, "a changed source is not followed");
            return Ok(Went::Drop);
        }
        let deliveries: Vec<Delivery> =
            self.store.deliveries_of(item.id).await?.into_iter().filter(|delivery| delivery.item == item.id).collect();
        if deliveries.iter().any(is_on_its_way) {
            return Ok(Went::Later(now.plus(SOON), "its post is being made".to_owned(), false));
        }
        let (steps, later) = self.steps_again(&feed, item, was, &change.entry, change.attempts).await?;
        if let Some(why) = later {
            let wait = WAITS.get(change.attempts as usize).copied().unwrap_or(LATER);
            return Ok(Went::Later(now.plus(wait), why, true));
        }
        let followed = self.followed(&feed, item, &change.entry, &steps, deliveries, now).await?;
        Ok(Went::Go(Box::new((steps, followed))))
    }

    /// Page and pictures of the entry as it is told now; what can't have changed is kept. `Some`: something can't be had now.
    async fn steps_again(
        &self,
        feed: &Feed,
        item: &Item,
        was: &Entry,
        is: &Entry,
        attempts: u32,
    ) -> Result<(Steps, Option<String>), Error> {
        let now = self.clock.now();
        let facts = self.store.feed_facts(&std::collections::HashSet::from([item.feed])).await?.remove(&item.feed).unwrap_or_default();
        let subject = Subject {
            entry: is,
            facts: &facts,
            first_seen: item.first_seen,
            keys: item.keys,
            generation: item.generation,
            body: Default::default(),
        };
        let mut steps = Steps { pictures: item.steps.pictures.clone(), ..Steps::default() };
        let can_wait = WAITS.get(attempts as usize).is_some();
        if self.wants_page(feed, &subject, now) {
            let turn = self.page_turn(is).await;
            match self.page(feed, &subject, turn.as_ref()).await {
                Ok(page) => steps.page = Some(Ok(page)),
                Err(none) if none.later.is_some() && can_wait => return Ok((steps, Some(none.why))),
                // better the page as it was than none
                Err(none) => steps.page = item.steps.page.clone().filter(Result::is_ok).or(Some(Err(none.why))),
            }
        }
        let pictures = |entry: &Entry, body: &content::Cleaned| {
            let named: Vec<String> = entry.images.iter().map(|image| image.url.clone()).collect();
            let first = content::pictures_of(&body.html).into_iter().next();
            (named, first.map(|image| image.url))
        };
        if pictures(was, &super::prepare::body_of(feed, was, &item.steps)) == pictures(is, &subject.body_of(feed, &steps)) {
            steps.image = item.steps.image.clone();
        }
        let later = self.illustrate(feed, &subject, &mut steps, now, can_wait).await;
        Ok((steps, later))
    }

    /// What each delivery of the item becomes.
    async fn followed(
        &self,
        feed: &Feed,
        item: &Item,
        entry: &Entry,
        steps: &Steps,
        deliveries: Vec<Delivery>,
        now: Timestamp,
    ) -> Result<Followed, Error> {
        let facts = self.store.feed_facts(&std::collections::HashSet::from([item.feed])).await?.remove(&item.feed).unwrap_or_default();
        let subject = Subject {
            entry,
            facts: &facts,
            first_seen: item.first_seen,
            keys: item.keys,
            generation: item.generation,
            body: Default::default(),
        };
        let mut followed = Followed::default();
        let (mut composed, all) = match self.compose(feed, &subject, steps, item.first_seen) {
            Outcome::Skip(decision) => (HashMap::new(), Some(decision)),
            Outcome::Go { deliveries, .. } => {
                followed.rejoined = deliveries.iter().filter_map(|one| self.rejoined(one)).collect();
                (deliveries.into_iter().map(|one| (one.key.text.clone(), one.composed)).collect::<HashMap<_, _>>(), None)
            }
        };
        for delivery in deliveries {
            let Some(sent) = delivery.draft.clone() else { continue };
            let is_out = delivery.state == DeliveryState::Published;
            match composed.remove(&delivery.key) {
                Some(Composed::Draft(ready)) => {
                    let Ready { draft, mut decision, hold, .. } = *ready;
                    decision.best = delivery.decision.best.clone();
                    let draft = self.with_others(&delivery, kept(draft, &sent, !is_out)).await?;
                    if !is_out {
                        let hold = hold.filter(|_| delivery.state == DeliveryState::Ready);
                        if draft != sent || hold.is_some() {
                            followed.redrafted.push((delivery, draft, decision, hold));
                        }
                        continue;
                    }
                    let note = feed.config().follow.on_change == OnChange::Note;
                    let (draft, why) =
                        if note { (self.noted(&delivery, sent.clone(), Note::Changed, now), Why::Note) } else { (draft, Why::Source) };
                    if draft != sent {
                        followed.wanted.push(NewWanted {
                            delivery: delivery.id,
                            site: delivery.site,
                            why,
                            draft,
                            decision,
                            forced: Vec::new(),
                        });
                    }
                }
                other if is_out => {
                    let skipped = if let Some(Composed::Skip(decision)) = other { Some(decision) } else { all.clone() };
                    // a digest shows what it showed
                    let Some(Decision { because, .. }) = skipped else { continue };
                    let because = because.unwrap_or_else(|| "no rule chose the site".to_owned());
                    followed.reviews.push((delivery.id, format!("the source changed, and the rules would skip it now: {because}")));
                }
                _ => {}
            }
        }
        Ok(followed)
    }

    /// What a digest shows of it from now on, where it goes into one.
    fn rejoined(&self, made: &Composition) -> Option<Rejoined> {
        let Composed::Draft(ready) = &made.composed else { return None };
        let InDigest { digest, entry, .. } = &**ready.digest.as_ref()?;
        let site = self.site_named(&made.site)?.id;
        Some(Rejoined { site, digest: digest.clone(), entry: entry.to_json(), keep: rewrite::told_again })
    }

    /// With the line that names everybody else who covers the story.
    pub(super) async fn with_others(&self, delivery: &Delivery, mut draft: Draft) -> Result<Draft, Error> {
        let others = self.store.also_covered(delivery.id).await?;
        if !others.is_empty() {
            rewrite::also_covered(&mut draft, &others, self.language_of_site(delivery).as_deref());
        }
        Ok(draft)
    }

    fn noted(&self, delivery: &Delivery, mut draft: Draft, note: Note, now: Timestamp) -> Draft {
        rewrite::note(&mut draft, note, now, self.language_of_site(delivery).as_deref());
        draft
    }

    fn language_of_site(&self, delivery: &Delivery) -> Option<String> {
        self.sites.get(&delivery.site)?.language.lock().expect("no thread panicked with it").clone()
    }
}

/// A request for it is or may be under way, or its post is half made.
fn is_on_its_way(delivery: &Delivery) -> bool {
    match delivery.state {
        DeliveryState::Publishing => true,
        DeliveryState::Ready | DeliveryState::Held => {
            delivery.phase != Phase::Unmade || delivery.doubt.until.is_some() || delivery.doubt.ever
        }
        _ => false,
    }
}

/// Why what a held feed tells is not followed, and what ends that.
fn held(feed: &str, is_flood: bool) -> String {
    match is_flood {
        true => format!(
            "its feed is held until `wirepress feeds rebind {feed}` (what it brought is what it had) or `wirepress feeds accept {feed}` (it is new)"
        ),
        false => format!("its feed is held until `wirepress feeds accept {feed}`"),
    }
}

/// What following never changes: of a post that is made all but its text, terms, picture, author and custom fields.
fn kept(draft: Draft, was: &Draft, unsent: bool) -> Draft {
    if unsent {
        return Draft { date: if draft.status == was.status { was.date } else { draft.date }, ..draft };
    }
    let Draft { title, content, excerpt, terms, max_terms, image, pictures, image_limits, author, extras, .. } = draft;
    // where nobody is named any more, who wrote it is who wrote it
    let author = author.or_else(|| was.author.clone());
    let extras = Extras { meta: extras.meta, seo: extras.seo, ..was.extras.clone() };
    Draft { title, content, excerpt, terms, max_terms, image, pictures, image_limits, author, extras, ..was.clone() }
}
