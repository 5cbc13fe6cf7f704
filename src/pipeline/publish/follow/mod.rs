//! Posts that are out become what is wanted of them: the one update protocol.
//!
//! | step | reads | the store has before | the store gets after | if the process dies in it |
//! |---|---|---|---|---|
//! | look | up to 100 posts in one request | the wish, the site's lease | trashed or deleted: withdrawn, and the wish is gone | look again |
//! | settle | the newest revision, where an earlier change had no clear answer and its time is over | the announced change | what of it was ours counts as sent; the announcement is gone | the same again |
//! | compare | what was sent and came back, what is wanted, what is there ([`publish::merge`]) | | a conflict: a review with both sides | the same again |
//! | equip | terms, pictures | as for a new post | | as for a new post |
//! | change | | what is intended, until when no look proves anything, an attempt (`begin_update`) | what was sent and came back (`end_update`); the wish is gone (`unwant`) | settle, after that time |
//!
//! A change of custom fields is a request of its own, before that of the rest: WordPress refuses them only when the rest is done, and
//! the last change must be the one that the newest revision tells of.
//!
//! Of what an unclear answer was about, ours is what fits while the newest revision is by our own user and of the moment of the last
//! change; anything else is a person's, and wins. A field that a person touched keeps what came back before: it stays theirs.

mod change;
mod facts;
mod settle;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::{Delivery, DeliveryState, Draft, Id, Post, Returned, Term, Timestamp};
use crate::publish::{self, Next, Sides, Values};
use crate::store::{Wanted, Why};
use crate::wordpress::Failure;

use super::{Error, On, Round};

/// Wishes that are looked at together: posts of one request.
const AT_ONCE: u32 = 100;
/// So many posts of one look may be missing before it counts as the site's trouble and not as a person's wish.
const MISSING: usize = 3;
/// After what can't be decided now.
const LATER: std::time::Duration = std::time::Duration::from_secs(3600);
const SOON: std::time::Duration = std::time::Duration::from_secs(60);

/// What became of a wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::pipeline) enum Became {
    /// These fields were changed; in others a person was first.
    Changed { fields: Vec<String>, conflicts: Vec<String> },
    /// It lies in the trash, or was put there now.
    Withdrawn(String),
    /// No clear answer: a look after that moment decides.
    InDoubt(Timestamp),
    /// Not now, and why.
    Later(String),
    /// Never, and why.
    Never(String),
}

/// How one went on.
enum Step {
    Done(Became),
    /// It waits until then.
    Wait(Timestamp, String, Tries),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tries {
    Count,
    Free,
}

/// A wish, with all that is compared.
struct Case<'a> {
    wanted: &'a Wanted,
    delivery: Delivery,
    returned: Option<Returned>,
    /// The last draft, terms by the site's names.
    sent: Draft,
    /// The same for what is wanted.
    becomes: Draft,
    post: Post,
    /// The site for posts of its type.
    on: Arc<On>,
}

impl Case<'_> {
    fn sides<'s>(&'s self, values: &'s Values) -> Sides<'s> {
        Sides { delivery: &self.delivery, sent: &self.sent, returned: self.returned.as_ref(), post: &self.post, values }
    }
}

impl Round<'_> {
    /// Takes up all wishes that are due.
    pub(super) async fn follow(&self) -> Result<(), Error> {
        loop {
            if self.must_end() {
                return Ok(());
            }
            let due = self.pipeline.store.wanted_due(self.site.id, self.now(), AT_ONCE).await?;
            if due.is_empty() {
                return Ok(());
            }
            for (wanted, became) in self.follow_these(due).await? {
                self.tell(&wanted, &became);
            }
        }
    }

    fn tell(&self, wanted: &Wanted, became: &Became) {
        let (site, delivery) = (&self.site.config.name, wanted.delivery);
        match became {
            Became::Changed { fields, conflicts } => {
                if !fields.is_empty() {
                    tracing::info!(site, %delivery, fields = fields.join(", "), why = ?wanted.why, "a post was changed");
                    self.count(|report| report.updated += 1);
                }
                if !conflicts.is_empty() {
                    let fields = conflicts.join(", ");
                    tracing::warn!(site, %delivery, fields, "a person changed what the source changed, too: `wirepress reviews` shows both");
                    self.count(|report| report.conflicts += 1);
                }
            }
            Became::Withdrawn(because) => {
                tracing::info!(site, %delivery, because, "withdrawn");
                self.count(|report| report.withdrawn += 1);
            }
            Became::InDoubt(until) => tracing::warn!(site, %delivery, %until, "a change is in doubt"),
            Became::Later(because) => {
                tracing::info!(site, %delivery, because, "a post is changed later");
                self.count(|report| report.waiting += 1);
            }
            Became::Never(because) => tracing::warn!(site, %delivery, because, "a post is not changed"),
        }
    }

    /// Takes up these wishes: each is stored as done, or as due later, when this returns.
    pub(in crate::pipeline) async fn follow_these(&self, due: Vec<Wanted>) -> Result<Vec<(Wanted, Became)>, Error> {
        let store = &self.pipeline.store;
        let mut told = Vec::with_capacity(due.len());
        self.renew().await?;
        let ids: Vec<Id> = due.iter().map(|wanted| wanted.delivery).collect();
        let mut deliveries: BTreeMap<Id, Delivery> =
            store.deliveries_by_id(&ids).await?.into_iter().map(|delivery| (delivery.id, delivery)).collect();
        let mut returned = store.returned(&ids).await?;
        let posts: Vec<u64> = deliveries.values().filter_map(|delivery| delivery.post).collect();
        let drafts = || due.iter().map(|wanted| &wanted.draft).chain(deliveries.values().filter_map(|delivery| delivery.draft.as_ref()));
        let taxonomies: Vec<Term> = drafts().flat_map(|draft| draft.terms.iter().cloned()).collect();
        let custom = publish::asked_for(drafts());
        let looked = match self.by_rest_base(Draft { terms: taxonomies, ..Draft::default() }).await {
            Ok(named) => {
                let more = named.terms.into_iter().map(|term| term.taxonomy).filter(|name| !matches!(name.as_str(), "tags" | "categories"));
                publish::posts_with(&self.wp, deliveries.values(), &more.chain(custom).collect()).await
            }
            Err(failure) => Err(failure),
        };
        let seen = match looked {
            Ok(seen) => seen,
            Err(failure) => {
                for wanted in due {
                    let step = self.failed_to_change(&wanted, &failure).await?;
                    told.push(self.close(wanted, step).await?);
                }
                return Ok(told);
            }
        };
        let missing: Vec<u64> = posts.iter().copied().filter(|id| !seen.iter().any(|post| post.id == *id)).collect();
        let shown =
            if missing.is_empty() || self.me.sees_all() { Vec::new() } else { self.wp.published_by_id(&missing).await.unwrap_or_default() };
        for wanted in due {
            if self.must_end() {
                break;
            }
            let step = match deliveries.remove(&wanted.delivery).filter(|delivery| delivery.state == DeliveryState::Published) {
                None => Step::Done(Became::Never("its post isn't out any more".to_owned())),
                Some(delivery) => {
                    let post = seen.iter().find(|post| Some(post.id) == delivery.post).cloned();
                    let is_shown = shown.iter().any(|post| Some(post.id) == delivery.post);
                    match post {
                        None => self.unseen(&delivery, is_shown, missing.len() - shown.len()).await?,
                        Some(post) => {
                            let returned = returned.remove(&delivery.id);
                            self.one(&wanted, delivery, returned, post).await?
                        }
                    }
                }
            };
            told.push(self.close(wanted, step).await?);
            self.pipeline.progressed();
        }
        Ok(told)
    }

    /// Stores that a wish is done, or when it is due again.
    async fn close(&self, wanted: Wanted, step: Step) -> Result<(Wanted, Became), Error> {
        let store = &self.pipeline.store;
        let lease = self.lease.lock().await;
        match step {
            Step::Done(became) => {
                store.unwant(&lease, &wanted, None).await?;
                Ok((wanted, became))
            }
            Step::Wait(until, because, tries) => {
                let due = until.max(self.now().plus(std::time::Duration::from_secs(1)));
                store.want_at(&lease, &wanted, due, &because, tries == Tries::Count).await?;
                let became = if because == IN_DOUBT { Became::InDoubt(due) } else { Became::Later(because) };
                Ok((wanted, became))
            }
        }
    }

    /// A post that this account isn't shown: published out of its hands, or deleted. Where many are missing at once, that is
    /// nothing that a person did post by post: nobody decides it here.
    async fn unseen(&self, delivery: &Delivery, is_shown: bool, missing: usize) -> Result<Step, Error> {
        let store = &self.pipeline.store;
        if is_shown {
            let because = "it was published or given to somebody else: this account may not change it any more; once it may, \
                           `wirepress items render --again` brings what was missed";
            store.open_review(delivery.id, "refused", because, self.now()).await?;
            return Ok(Step::Done(Became::Never(because.to_owned())));
        }
        if missing > MISSING || self.pipeline.store.has_vanished(delivery.site).await? {
            let because = format!("{missing} posts that are out are missing on the site: `wirepress resync` compares them");
            return Ok(Step::Wait(self.now().plus(LATER), because, Tries::Free));
        }
        self.withdrawn(delivery.id, "its post was deleted, or moved out of this account's sight").await
    }

    async fn withdrawn(&self, delivery: Id, because: &str) -> Result<Step, Error> {
        match self.pipeline.store.withdraw_published(delivery, because).await {
            Err(error) if !error.is_wrong_state() => Err(error.into()),
            _ => Ok(Step::Done(Became::Withdrawn(because.to_owned()))),
        }
    }

    async fn one(&self, wanted: &Wanted, delivery: Delivery, returned: Option<Returned>, post: Post) -> Result<Step, Error> {
        if post.status.is_trash() {
            let because = if wanted.why == Why::Age { TOO_OLD } else { "a person put its post in the trash" };
            return self.withdrawn(delivery.id, because).await;
        }
        let sent = match self.by_rest_base(delivery.draft.clone().unwrap_or_default()).await {
            Ok(sent) => sent,
            Err(failure) => return self.failed_to_change(wanted, &failure).await,
        };
        let becomes = match self.by_rest_base(wanted.draft.clone()).await {
            Ok(becomes) => becomes,
            Err(failure) => return self.failed_to_change(wanted, &failure).await,
        };
        let on = match self.on(delivery.type_of_post()).await {
            Ok(on) => on,
            Err(failure) => return self.failed_to_change(wanted, &failure).await,
        };
        let mut case = Case { wanted, delivery, returned, sent, becomes, post, on };
        let announced = self.pipeline.store.updates(&[case.delivery.id]).await?.remove(&case.delivery.id);
        if let Some(update) = announced {
            if update.until > self.now() {
                return Ok(Step::Wait(update.until, IN_DOUBT.to_owned(), Tries::Free));
            }
            if let Some(step) = Box::pin(self.settle(&mut case, &update)).await? {
                return Ok(step);
            }
        }
        if case.wanted.why == Why::Age {
            return self.too_old(&case).await;
        }
        // on the heap: it is the longest of all steps
        Box::pin(self.change(&case)).await
    }

    /// Decides, by the failure, what becomes of the wish and of the site.
    async fn failed_to_change(&self, wanted: &Wanted, failure: &Failure) -> Result<Step, Error> {
        let now = self.now();
        let because = failure.to_string();
        let site_failures = self.site.failures.load(std::sync::atomic::Ordering::SeqCst);
        Ok(match publish::next(failure, wanted.attempts, site_failures, self.site.config.settle, now) {
            Next::Retry { at, .. } => Step::Wait(at, because, Tries::Count),
            Next::Singly => Step::Wait(now.plus(SOON), because, Tries::Count),
            Next::SiteRests { until } => {
                let until = self.site_rests(failure).await?.unwrap_or(until);
                Step::Wait(until, because, Tries::Free)
            }
            Next::GiveUp => {
                self.pipeline.store.open_review(wanted.delivery, "refused", &because, now).await?;
                Step::Done(Became::Never(because))
            }
        })
    }

    /// The draft with each taxonomy's name on this site.
    pub(in crate::pipeline) async fn by_rest_base(&self, draft: Draft) -> Result<Draft, Failure> {
        if draft.terms.is_empty() {
            return Ok(draft);
        }
        let mut known = self.terms.lock().await;
        let Ok((vocabulary, ..)) = self.load(&mut known).await else { return Ok(draft) };
        let terms = vocabulary.by_rest_base(&self.wp, &draft.terms).await?;
        Ok(Draft { terms, ..draft })
    }
}

const IN_DOUBT: &str = "the answer was unclear";
const TOO_OLD: &str = "its time was over (`trash_after`)";
