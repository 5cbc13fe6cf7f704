//! How far each delivery came, in the store.

use crate::domain::{Delivery, Post, Returned, Timestamp};
use crate::publish::{self, Made, Next};
use crate::store::{Answer, Lease, PostFacts, Published};
use crate::wordpress::Failure;

use super::{ConnectError, Error, InHand, Origin, Round};

impl Round<'_> {
    /// The posts exist; their ids are stored.
    pub(super) async fn mark_made(&self, made: Vec<(InHand, Made)>) -> Result<Vec<(InHand, Post)>, Error> {
        let nothing = vec![(); made.len()];
        Ok(self.mark_made_with(made, nothing).await?.into_iter().map(|(hand, post, ())| (hand, post)).collect())
    }

    /// The same, with something that goes along with each.
    pub(super) async fn mark_made_with<T>(&self, made: Vec<(InHand, Made)>, along: Vec<T>) -> Result<Vec<(InHand, Post, T)>, Error> {
        if made.is_empty() {
            return Ok(Vec::new());
        }
        let (mut ours, mut adopted) = (Rows::default(), Rows::default());
        for ((hand, made), along) in made.into_iter().zip(along) {
            warn(&hand, &made.warnings);
            let into = if hand.origin == Origin::Ours { &mut ours } else { &mut adopted };
            into.rows.push((hand.lease, facts(&made.post, &hand.delivery, hand.origin), Answer { status: Some(201), ..Answer::default() }));
            into.rest.push((hand.delivery, hand.origin, made.post, along));
        }
        let run = if ours.rows.is_empty() { None } else { Some(self.pipeline.run_for_posts().await?) };
        let mut answers = self.pipeline.store.mark_made(ours.rows, run, self.now()).await?;
        if !adopted.rows.is_empty() {
            answers.extend(self.pipeline.store.mark_made(adopted.rows, None, self.now()).await?);
        }
        let rest = ours.rest.into_iter().chain(adopted.rest);
        let mut stored = Vec::new();
        for (answer, (mut delivery, origin, post, along)) in answers.into_iter().zip(rest) {
            match answer {
                Ok(lease) => {
                    delivery.post_type = delivery.type_of_post().map(str::to_owned);
                    delivery.post = Some(post.id);
                    delivery.phase = crate::domain::Phase::Made;
                    stored.push((InHand { delivery, lease, origin }, post, along));
                }
                Err(error) if error.is_stale_lease() => {
                    tracing::warn!(%error, post = post.id, "a post was made, and another worker goes on with it")
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(stored)
    }

    /// How a request ended of which more follow, with the same post; `None`: another worker goes on with it.
    pub(super) async fn note_answer(&self, hand: InHand, post: &Post, answer: Answer) -> Result<Option<InHand>, Error> {
        let InHand { delivery, lease, origin } = hand;
        let row = (lease, facts(post, &delivery, origin), answer);
        match self.pipeline.store.mark_made(vec![row], None, self.now()).await?.into_iter().next().expect("one answer a row") {
            Ok(lease) => Ok(Some(InHand { delivery, lease, origin })),
            Err(error) => still_ours(Err(error)).map(|()| None),
        }
    }

    /// The posts are all that they shall be.
    pub(super) async fn mark_published(&self, finished: Vec<(InHand, Made)>) -> Result<(), Error> {
        if finished.is_empty() {
            return Ok(());
        }
        let now = self.now();
        let (mut ours, mut adopted) = (Vec::new(), Vec::new());
        for (hand, made) in finished {
            warn(&hand, &made.warnings);
            let recheck = hand.delivery.doubt.ever.then(|| now.plus(self.site.config.settle));
            tracing::info!(site = self.site.config.name, post = made.post.id, status = made.post.status.0, slug = made.post.slug, "posted");
            let answer = Answer { status: Some(200), error: joined(&made.warnings), ..Answer::default() };
            let into = if hand.origin == Origin::Ours { &mut ours } else { &mut adopted };
            into.push(Published { lease: hand.lease, facts: facts(&made.post, &hand.delivery, hand.origin), answer, recheck });
        }
        let run = if ours.is_empty() { None } else { Some(self.pipeline.run_for_posts().await?) };
        let mut answers = self.pipeline.store.mark_published(ours, run, now).await?;
        if !adopted.is_empty() {
            answers.extend(self.pipeline.store.mark_published(adopted, None, now).await?);
        }
        answers.into_iter().try_for_each(still_ours)
    }

    /// A person doesn't want the post.
    pub(super) async fn withdraw(&self, hand: InHand, post: Option<&Post>, because: &str) -> Result<(), Error> {
        tracing::info!(site = self.site.config.name, delivery = %hand.delivery.id, because, "withdrawn");
        let post = post.map(|post| post.id);
        self.count(|report| report.withdrawn += 1);
        still_ours(self.pipeline.store.withdraw(hand.lease, post, because, &Answer::default(), self.now()).await)
    }

    /// No further try, unless a person says so.
    pub(super) async fn give_up(&self, hand: InHand, error: &str) -> Result<(), Error> {
        let title = hand.delivery.draft.as_ref().map_or("", |draft| &draft.title);
        tracing::error!(site = self.site.config.name, delivery = %hand.delivery.id, title, error, "given up");
        self.count(|report| report.failed += 1);
        let answer = Answer { error: Some(error.to_owned()), ..Answer::default() };
        still_ours(self.pipeline.store.give_up(hand.lease, error, None, &answer, self.now()).await)
    }

    /// Gives deliveries back as they were.
    pub(super) async fn put_back(&self, hands: Vec<InHand>, due: Timestamp) -> Result<(), Error> {
        for hand in hands {
            still_ours(self.pipeline.store.release_delivery(hand.lease, due, self.now()).await)?;
            self.count(|report| report.waiting += 1);
        }
        Ok(())
    }

    /// The same failure met all of them.
    pub(super) async fn all_failed(&self, hands: Vec<InHand>, failure: &Failure) -> Result<(), Error> {
        for hand in hands {
            self.failed(hand, failure).await?;
        }
        Ok(())
    }

    /// Decides, by the failure, what becomes of the delivery, and of the site.
    pub(super) async fn failed(&self, hand: InHand, failure: &Failure) -> Result<(), Error> {
        let now = self.now();
        let site_failures = self.site.failures.load(std::sync::atomic::Ordering::SeqCst);
        let error = failure.to_string();
        let answer = answer(failure);
        if failure.is_about_rights() {
            // the next pass asks who we are now, and wants no more than that
            *self.site.connection.lock().await = None;
        }
        match publish::next(failure, hand.delivery.attempts, site_failures, self.site.config.settle, now) {
            Next::Retry { at, doubt } => {
                tracing::warn!(site = self.site.config.name, delivery = %hand.delivery.id, until = %at, error, "will be tried again");
                self.count(|report| report.waiting += 1);
                still_ours(self.pipeline.store.retry_at(hand.lease, at, &error, doubt, &answer, now).await)?;
            }
            Next::SiteRests { until } => {
                let until = self.site_rests(failure).await?.unwrap_or(until);
                self.answered_nothing(hand.lease, until, &error, failure).await?;
            }
            Next::Singly => self.pipeline.store.put_back(hand.lease, now, &error, now).await?,
            Next::GiveUp => self.give_up(hand, &error).await?,
        }
        Ok(())
    }

    /// The first failure of the site's in a round sends it to rest, and says until when.
    pub(super) async fn site_rests(&self, failure: &Failure) -> Result<Option<Timestamp>, Error> {
        let rests = *self.rest.lock().expect("no thread panicked with it");
        if rests.is_some() {
            return Ok(rests);
        }
        let (told, until) = self.pipeline.rest(self.site, &ConnectError::Account(failure.clone())).await?;
        self.count(|report| report.add(told));
        *self.rest.lock().expect("no thread panicked with it") = Some(until);
        Ok(Some(until))
    }

    /// The failure says nothing about the delivery: it waits as long as the site rests.
    async fn answered_nothing(&self, lease: Lease, until: Timestamp, error: &str, failure: &Failure) -> Result<(), Error> {
        self.count(|report| report.waiting += 1);
        if failure.may_have_been_done() {
            return still_ours(self.pipeline.store.release_delivery(lease, until, self.now()).await);
        }
        still_ours(self.pipeline.store.put_back(lease, until, error, self.now()).await)
    }
}

pub(super) fn answer(failure: &Failure) -> Answer {
    let refusal = failure.refusal();
    Answer {
        status: refusal.map(|refusal| refusal.status),
        text: refusal.map(|refusal| format!("{}: {}", refusal.code, refusal.message)),
        error: Some(failure.to_string()),
    }
}

/// Rows for the store, and what goes along with each.
struct Rows<T> {
    rows: Vec<(Lease, PostFacts, Answer)>,
    rest: Vec<(Delivery, Origin, Post, T)>,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), rest: Vec::new() }
    }
}

/// A lease that ran out is no error of the round: another worker goes on with the delivery.
fn still_ours(result: Result<(), crate::store::Error>) -> Result<(), Error> {
    match result {
        Err(error) if error.is_stale_lease() => {
            tracing::warn!(%error, "another worker goes on with a delivery");
            Ok(())
        }
        other => Ok(other?),
    }
}

fn facts(post: &Post, delivery: &Delivery, origin: Origin) -> PostFacts {
    PostFacts {
        post: post.id,
        post_type: delivery.type_of_post().map(str::to_owned),
        slug: post.slug.clone(),
        link: post.link.clone(),
        modified_gmt: post.modified_gmt.clone(),
        // what somebody else has written is never taken for ours
        returned_hash: (origin != Origin::Touched).then(|| publish::returned_hash(post)),
        returned: (origin != Origin::Touched).then(|| Returned::of(post)),
    }
}

fn warn(hand: &InHand, warnings: &[String]) {
    for warning in warnings {
        tracing::warn!(delivery = %hand.delivery.id, slug = hand.delivery.slug, "{warning}");
    }
}

fn joined(warnings: &[String]) -> Option<String> {
    (!warnings.is_empty()).then(|| warnings.join("; "))
}
