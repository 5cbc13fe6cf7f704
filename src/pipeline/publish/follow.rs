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
//! Of what an unclear answer was about, ours is what fits while the newest revision is by our own user and of the moment of the last
//! change; anything else is a person's, and wins. A field that a person touched keeps what came back before: it stays theirs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::{Decision, Delivery, DeliveryState, Draft, Id, Post, Returned, Status, Term, Timestamp};
use crate::publish::{self, Field, Merged, Next, Sides, Verdict};
use crate::store::{Answer, Conflict, PostFacts, ReviewDetail, Update, Wanted, Why};
use crate::wordpress::{Failure, PostChange};

use super::equip::{Needs, Parts, Stop};
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
    fn sides(&self) -> Sides<'_> {
        Sides { delivery: &self.delivery, sent: &self.sent, returned: self.returned.as_ref(), post: &self.post }
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
        let drafts = due.iter().map(|wanted| &wanted.draft).chain(deliveries.values().filter_map(|delivery| delivery.draft.as_ref()));
        let taxonomies: Vec<Term> = drafts.flat_map(|draft| draft.terms.iter().cloned()).collect();
        let looked = match self.by_rest_base(Draft { terms: taxonomies, ..Draft::default() }).await {
            Ok(named) => {
                let more = named.terms.into_iter().map(|term| term.taxonomy).filter(|name| !matches!(name.as_str(), "tags" | "categories"));
                publish::posts_with(&self.wp, deliveries.values(), &more.collect()).await
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
                        None => self.unseen(&delivery, is_shown, missing.len()).await?,
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
            let because = "it was published or given to somebody else: this account may not change it any more";
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
            if let Some(step) = self.settle(&mut case, &update).await? {
                return Ok(step);
            }
        }
        if case.wanted.why == Why::Age {
            return self.too_old(&case).await;
        }
        self.change(&case).await
    }

    /// An earlier change had no clear answer: what of it was done counts as sent. `Some`: it can't be told now.
    async fn settle(&self, case: &mut Case<'_>, update: &Update) -> Result<Option<Step>, Error> {
        let store = &self.pipeline.store;
        let intended = match self.by_rest_base(update.draft.clone()).await {
            Ok(intended) => intended,
            Err(failure) => return self.failed_to_change(case.wanted, &failure).await.map(Some),
        };
        let by_us = match self.was_ours_last(case, &intended).await {
            Ok(by_us) => by_us,
            Err(failure) => return self.failed_to_change(case.wanted, &failure).await.map(Some),
        };
        let merged = match self.merged(case, &intended).await {
            Ok(merged) => merged,
            Err(failure) => return self.failed_to_change(case.wanted, &failure).await.map(Some),
        };
        let texts = [Field::Title, Field::Content, Field::Excerpt];
        let ours = merged.conflicts.into_iter().filter(|field| by_us && texts.contains(field));
        let done: BTreeSet<Field> = merged.same.into_iter().chain(ours).collect();
        let now = self.now();
        if done.is_empty() {
            let answer = Answer { error: Some("nothing of it was done, or a person was first".to_owned()), ..Answer::default() };
            store.drop_update(case.delivery.id, &answer, now).await?;
            return Ok(None);
        }
        let sent = publish::with_fields(&case.sent, &done, &intended);
        let facts = facts(case, &case.post, &done);
        let answer = Answer { status: Some(200), text: Some("found done".to_owned()), ..Answer::default() };
        store.end_update(case.delivery.id, &sent, &facts, &case.delivery.decision, &answer, now).await?;
        case.delivery.returned_hash = facts.returned_hash;
        case.delivery.modified_gmt = Some(facts.modified_gmt);
        case.delivery.draft = Some(sent.clone());
        (case.returned, case.sent) = (facts.returned, sent);
        Ok(None)
    }

    /// Whether it was we who wrote the texts that are there now.
    async fn was_ours_last(&self, case: &Case<'_>, intended: &Draft) -> Result<bool, Failure> {
        if !publish::fits(&case.post, intended, &case.delivery) {
            return Ok(false);
        }
        match case.on.wp.newest_revision(case.post.id).await {
            Ok(Some(revision)) => Ok(revision.author == self.me.id && revision.date_gmt == case.post.modified_gmt),
            // a site that keeps none: nobody can say, and then it is a person's
            Ok(None) | Err(Failure::Refused(_) | Failure::Lost { .. }) => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    /// Compares, also terms and pictures by their ids where they were touched.
    async fn merged(&self, case: &Case<'_>, wanted: &Draft) -> Result<Merged, Failure> {
        let mut merged = publish::merge(&case.sides(), wanted);
        let mut same = BTreeSet::new();
        for field in &merged.conflicts {
            let is_there = match field {
                Field::Taxonomy(taxonomy) => self.has_terms(case, wanted, taxonomy).await?,
                Field::FeaturedMedia => self.has_picture(case, wanted).await,
                _ => false,
            };
            if is_there {
                same.insert(field.clone());
            }
        }
        merged.conflicts.retain(|field| !same.contains(field));
        merged.same.extend(same);
        let forced = case.wanted.forced.iter().map(|name| Field::named(name));
        for field in forced {
            if merged.conflicts.remove(&field) {
                merged.change.insert(field);
            }
        }
        Ok(merged)
    }

    async fn has_terms(&self, case: &Case<'_>, wanted: &Draft, taxonomy: &str) -> Result<bool, Failure> {
        let terms: Vec<Term> = wanted.terms.iter().filter(|term| term.taxonomy == taxonomy).cloned().collect();
        let mut known = self.terms.lock().await;
        let Ok((vocabulary, ..)) = self.load(&mut known).await else { return Ok(false) };
        let verdicts = vocabulary.find(&self.wp, &case.on.me, &terms, self.now()).await?;
        let ids: Option<BTreeSet<u64>> =
            verdicts.into_iter().map(|verdict| if let Verdict::Id(id) = verdict { Some(id) } else { None }).collect();
        let there: Option<BTreeSet<u64>> = case.post.terms.get(taxonomy).map(|ids| ids.iter().copied().collect());
        Ok(ids.is_some() && ids == there)
    }

    async fn has_picture(&self, case: &Case<'_>, wanted: &Draft) -> bool {
        let Some(image) = &wanted.image else { return case.post.featured_media == 0 };
        let row = self.pipeline.store.media(self.site.id, &image.sha256).await;
        row.ok().flatten().and_then(|row| row.media).is_some_and(|media| media == case.post.featured_media)
    }

    async fn change(&self, case: &Case<'_>) -> Result<Step, Error> {
        let store = &self.pipeline.store;
        let merged = match self.merged(case, &case.becomes).await {
            Ok(merged) => merged,
            Err(failure) => return self.failed_to_change(case.wanted, &failure).await,
        };
        let conflicts: Vec<String> = merged.conflicts.iter().map(|field| field.name().to_owned()).collect();
        // who renders again is told at once
        if !merged.conflicts.is_empty() && case.wanted.why != Why::Rendered {
            let detail = self.detail(case, &merged.conflicts).await;
            let text = format!("a person changed {} in WordPress, and the source did, too", conflicts.join(", "));
            store.open_conflict(case.delivery.id, &text, &detail, self.now()).await?;
        }
        let (mut fields, becomes) = (merged.change, &case.becomes);
        if fields.is_empty() {
            if !merged.same.is_empty() {
                let sent = publish::with_fields(&case.sent, &merged.same, becomes);
                store.unwant(&**self.lease.lock().await, case.wanted, Some(&sent)).await?;
            }
            return Ok(Step::Done(Became::Changed { fields: Vec::new(), conflicts }));
        }
        let parts = match self.parts(&case.on, &case.delivery, &needed(becomes, &fields), Needs::Making).await {
            Ok(parts) => parts,
            Err(Stop::Error(error)) => return Err(error),
            Err(Stop::Failure(failure)) => return self.failed_to_change(case.wanted, &failure).await,
            Err(Stop::Doubt(until)) => return Ok(Step::Wait(until, "a term or picture of it is in doubt".to_owned(), Tries::Free)),
        };
        // a picture that can't be had is no reason to take away the one that is there
        if parts.featured_media.is_none() && becomes.image.is_some() {
            fields.remove(&Field::FeaturedMedia);
        }
        let change = change_of(&fields, becomes, &parts);
        if change.is_empty() {
            return Ok(Step::Done(Became::Changed { fields: Vec::new(), conflicts }));
        }
        let sent = publish::with_fields(&case.sent, fields.iter().chain(&merged.same), becomes);
        // terms and pictures may have taken long
        self.renew().await?;
        let (now, until) = (self.now(), self.doubt_until());
        match store.begin_update(&**self.lease.lock().await, &case.delivery, &sent, until, now).await {
            Err(error) if error.is_wrong_state() => {
                return Ok(Step::Wait(now.plus(SOON), "it went on in the meantime".to_owned(), Tries::Free));
            }
            other => other?,
        }
        let id = case.post.id;
        match case.on.wp.update(id, &change).await {
            Ok(post) => {
                let left = unkept(&fields, &change, &post);
                let mut told = parts.warnings;
                told.extend(left);
                told.iter().for_each(|warning| tracing::warn!(delivery = %case.delivery.id, post = id, "{warning}"));
                let mut decision = decision(case, &parts.left_out);
                decision.warnings.extend(told);
                let answer = Answer { status: Some(200), ..Answer::default() };
                let facts = facts(case, &post, &fields.iter().chain(&merged.same).cloned().collect());
                store.end_update(case.delivery.id, &sent, &facts, &decision, &answer, self.now()).await?;
                let fields = fields.iter().map(|field| field.name().to_owned()).collect();
                Ok(Step::Done(Became::Changed { fields, conflicts }))
            }
            Err(failure) if failure.may_have_been_done() => Ok(Step::Wait(until, IN_DOUBT.to_owned(), Tries::Count)),
            Err(failure) => {
                let answer = Answer { error: Some(failure.to_string()), ..Answer::default() };
                store.drop_update(case.delivery.id, &answer, self.now()).await?;
                self.failed_to_change(case.wanted, &failure).await
            }
        }
    }

    /// Its time is over: to the trash if nobody touched it, and never further.
    async fn too_old(&self, case: &Case<'_>) -> Result<Step, Error> {
        let store = &self.pipeline.store;
        let stays = |why: &str| Step::Done(Became::Never(why.to_owned()));
        if !publish::is_untouched(&case.sides()) {
            store.stays(case.delivery.id, self.now()).await?;
            return Ok(stays("its time is over, but a person has worked on it: it stays"));
        }
        match case.on.wp.trash(case.post.id).await {
            Ok(_) => self.withdrawn(case.delivery.id, TOO_OLD).await,
            Err(failure) if failure.is_gone() => Ok(Step::Wait(self.now().plus(SOON), "it is looked at again".to_owned(), Tries::Count)),
            Err(failure @ Failure::Refused(_)) => {
                store.stays(case.delivery.id, self.now()).await?;
                Ok(stays(&format!("its time is over, but it can't be put into the trash: {failure}")))
            }
            Err(failure) => self.failed_to_change(case.wanted, &failure).await,
        }
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

    async fn detail(&self, case: &Case<'_>, conflicts: &BTreeSet<Field>) -> ReviewDetail {
        let known = self.pipeline.store.terms(self.site.id).await.map(|(terms, _)| terms).unwrap_or_default();
        let name =
            |taxonomy: &str, id: u64| known.iter().find(|term| term.taxonomy == taxonomy && term.id == id).map(|term| term.name.clone());
        let conflict = |field: &Field| Conflict {
            field: field.name().to_owned(),
            sent: publish::told_of_draft(&case.sent, field),
            wordpress: publish::told_of_post(&case.post, field, name),
            source: publish::told_of_draft(&case.becomes, field),
        };
        ReviewDetail { fields: conflicts.iter().map(conflict).collect(), draft: case.becomes.clone() }
    }
}

const IN_DOUBT: &str = "the answer was unclear";
const TOO_OLD: &str = "its time was over (`trash_after`)";

/// The draft without the pictures that nothing of these fields shows.
fn needed(draft: &Draft, fields: &BTreeSet<Field>) -> Draft {
    let mut draft = Draft { author: None, extras: Default::default(), ..draft.clone() };
    if !fields.contains(&Field::FeaturedMedia) {
        draft.image = None;
    }
    if !fields.contains(&Field::Content) {
        draft.pictures.clear();
    }
    if !fields.iter().any(|field| matches!(field, Field::Taxonomy(_))) {
        draft.terms.clear();
    }
    draft
}

/// What goes out.
fn change_of(fields: &BTreeSet<Field>, draft: &Draft, parts: &Parts) -> PostChange {
    let mut change = PostChange::default();
    for field in fields {
        match field {
            Field::Title => change.title = Some(draft.title.clone()),
            Field::Content => change.content = Some(parts.content.clone().unwrap_or_else(|| draft.content.clone())),
            Field::Excerpt => change.excerpt = Some(draft.excerpt.clone()),
            // 0 takes the picture off
            Field::FeaturedMedia => change.featured_media = Some(parts.featured_media.unwrap_or(0)),
            Field::Status => change.status = Some(Status::Draft),
            Field::Taxonomy(taxonomy) => {
                let ids = parts.terms.get(taxonomy).cloned().unwrap_or_default();
                drop(change.terms.insert(taxonomy.clone(), ids));
            }
        }
    }
    change
}

/// What was sent and isn't there.
fn unkept(fields: &BTreeSet<Field>, change: &PostChange, post: &Post) -> Vec<String> {
    let mut warnings = Vec::new();
    for field in fields {
        let kept = match field {
            Field::FeaturedMedia => change.featured_media == Some(post.featured_media),
            Field::Taxonomy(taxonomy) => match (change.terms.get(taxonomy), post.terms.get(taxonomy)) {
                // without one, WordPress gives the default category
                (Some(ids), _) if ids.is_empty() => true,
                (Some(ids), Some(kept)) => ids.iter().all(|id| kept.contains(id)),
                _ => true,
            },
            Field::Status => post.status.0 == "draft",
            Field::Title | Field::Content | Field::Excerpt => true,
        };
        if !kept {
            warnings.push(format!("WordPress didn't take the change of `{}`", field.name()));
        }
    }
    warnings
}

fn decision(case: &Case<'_>, left_out: &[String]) -> Decision {
    let mut decision = case.wanted.decision.clone();
    for left in left_out {
        if !decision.left_out.contains(left) {
            decision.left_out.push(left.clone());
        }
    }
    decision
}

/// What is known of the post from now on. Fields that we didn't write keep what came back before: where a person changed one, it
/// stays theirs, also for `undo`.
fn facts(case: &Case<'_>, post: &Post, written: &BTreeSet<Field>) -> PostFacts {
    let now = Returned::of(post);
    let before = case.sides();
    let returned = case.returned.as_ref().map_or_else(
        || {
            // nobody knew what came back: what wasn't touched is as we left it
            let mut first = Returned::default();
            for field in ["title", "content", "excerpt", "featured_media", "status", "slug", "author"] {
                if written.iter().any(|field_written| field_written.name() == field) || !publish::is_touched(&before, &Field::named(field))
                {
                    first.take(field, &now);
                }
            }
            first
        },
        |known| {
            let mut known = known.clone();
            written.iter().for_each(|field| known.take(field.name(), &now));
            known
        },
    );
    let is_theirs = |field: Field| !written.contains(&field) && publish::is_touched(&before, &field);
    let text_is_theirs = is_theirs(Field::Title) || is_theirs(Field::Content);
    let any_is_theirs = text_is_theirs || returned.differing(&now).next().is_some();
    PostFacts {
        post: post.id,
        post_type: case.delivery.post_type.clone(),
        slug: post.slug.clone(),
        link: post.link.clone(),
        modified_gmt: match &case.delivery.modified_gmt {
            Some(before) if any_is_theirs => before.clone(),
            _ => post.modified_gmt.clone(),
        },
        returned_hash: match &case.delivery.returned_hash {
            Some(before) if text_is_theirs => Some(before.clone()),
            _ => Some(publish::returned_hash(post)),
        },
        returned: Some(returned),
    }
}
