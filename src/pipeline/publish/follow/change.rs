//! The change itself, and what is told where it can't be made.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::domain::{Decision, Draft, Post, Status};
use crate::publish::{self, Field, Refused, Values};
use crate::store::{Answer, Conflict, ReviewDetail, Why};
use crate::wordpress::{Failure, PostChange};

use super::super::equip::{Needs, Parts, Stop};
use super::super::{Error, Round};
use super::facts::facts;
use super::{Became, Case, IN_DOUBT, SOON, Step, TOO_OLD, Tries};

/// Why a change didn't go through, and whether a part of it may have.
struct Failed {
    failure: Failure,
    is_partly_done: bool,
}

impl Round<'_> {
    pub(super) async fn change(&self, case: &Case<'_>) -> Result<Step, Error> {
        let store = &self.pipeline.store;
        let (merged, values) = match self.merged(case, &case.becomes).await {
            Ok(merged) => merged,
            Err(failure) => return self.failed_to_change(case.wanted, &failure).await,
        };
        let conflicts: Vec<String> = merged.conflicts.iter().map(Field::name).collect();
        // who renders again is told at once
        if !merged.conflicts.is_empty() && case.wanted.why != Why::Rendered {
            let detail = self.detail(case, &merged.conflicts, &values).await;
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
        let parts = match Box::pin(self.parts(&case.on, &case.delivery, &needed(becomes, &fields), Needs::Making)).await {
            Ok(parts) => parts,
            Err(Stop::Error(error)) => return Err(error),
            Err(Stop::Failure(failure)) => return self.failed_to_change(case.wanted, &failure).await,
            Err(Stop::Doubt(until)) => return Ok(Step::Wait(until, "a term or picture of it is in doubt".to_owned(), Tries::Free)),
        };
        // a picture that can't be had is no reason to take away the one that is there
        if parts.featured_media.is_none() && becomes.image.is_some() {
            fields.remove(&Field::FeaturedMedia);
        }
        let (mut warnings, mut refused) = (parts.warnings.clone(), BTreeSet::new());
        let author = match self.new_author(case, &fields, &mut warnings).await {
            Ok(author) => author,
            Err(failure) => return self.failed_to_change(case.wanted, &failure).await,
        };
        if author.is_none() && fields.remove(&Field::Author) {
            refused.insert(Field::Author);
        }
        // what the site won't take counts as sent, as where a post is made: only when it changes again it is tried again
        let sent = |fields: &BTreeSet<Field>, refused: &BTreeSet<Field>| {
            publish::with_fields(&case.sent, fields.iter().chain(refused).chain(&merged.same), becomes)
        };
        if fields.is_empty() {
            warnings.iter().for_each(|warning| tracing::warn!(delivery = %case.delivery.id, post = case.post.id, "{warning}"));
            store.unwant(&**self.lease.lock().await, case.wanted, Some(&sent(&fields, &refused))).await?;
            return Ok(Step::Done(Became::Changed { fields: Vec::new(), conflicts }));
        }
        // terms and pictures may have taken long
        self.renew().await?;
        let (now, until) = (self.now(), self.doubt_until());
        match store.begin_update(&**self.lease.lock().await, &case.delivery, &sent(&fields, &refused), until, now).await {
            Err(error) if error.is_wrong_state() => {
                return Ok(Step::Wait(now.plus(SOON), "it went on in the meantime".to_owned(), Tries::Free));
            }
            other => other?,
        }
        let (mut came, mut failed) = Box::pin(self.change_custom(case, &values, &mut fields, (&mut refused, &mut warnings))).await;
        let change = change_of(&fields, becomes, &parts, author);
        if failed.is_none() && !change.is_empty() {
            match case.on.wp.update(case.post.id, &change).await {
                Ok(mut post) => {
                    warnings.extend(unkept(&fields, &change, &post));
                    post.more.extend(came.take().into_iter().flat_map(|before: Post| before.more));
                    came = Some(post);
                }
                Err(failure) => failed = Some(Failed { is_partly_done: came.is_some(), failure }),
            }
        }
        if let Some(Failed { failure, is_partly_done }) = failed {
            if failure.may_have_been_done() || is_partly_done {
                return Ok(Step::Wait(until, IN_DOUBT.to_owned(), Tries::Count));
            }
            let answer = Answer { error: Some(failure.to_string()), ..Answer::default() };
            store.drop_update(case.delivery.id, &answer, self.now()).await?;
            return self.failed_to_change(case.wanted, &failure).await;
        }
        warnings.iter().for_each(|warning| tracing::warn!(delivery = %case.delivery.id, post = case.post.id, "{warning}"));
        let Some(post) = came else {
            let answer = Answer { error: Some(warnings.join("; ")), ..Answer::default() };
            store.drop_update(case.delivery.id, &answer, self.now()).await?;
            store.unwant(&**self.lease.lock().await, case.wanted, Some(&sent(&fields, &refused))).await?;
            return Ok(Step::Done(Became::Never(warnings.join("; "))));
        };
        let mut decision = decision(case, &parts.left_out);
        decision.warnings.extend(warnings);
        let answer = Answer { status: Some(200), ..Answer::default() };
        let facts = facts(case, &post, &fields.iter().chain(&merged.same).cloned().collect(), &values);
        store.end_update(case.delivery.id, &sent(&fields, &refused), &facts, &decision, &answer, self.now()).await?;
        Ok(Step::Done(Became::Changed { fields: fields.iter().map(Field::name).collect(), conflicts }))
    }

    /// Custom fields go out together, and one by one where the site refuses any of them: that one stays as it is, and is told.
    /// Answers the post as it came back last.
    async fn change_custom(
        &self,
        case: &Case<'_>,
        values: &Values,
        fields: &mut BTreeSet<Field>,
        (refused, warnings): (&mut BTreeSet<Field>, &mut Vec<String>),
    ) -> (Option<Post>, Option<Failed>) {
        let custom: Vec<Field> = fields.iter().filter(|field| field.goes_alone()).cloned().collect();
        if custom.is_empty() {
            return (None, None);
        }
        match self.send_custom(case, values, &custom, warnings).await {
            Ok(post) => return (Some(post), None),
            Err((_, true)) => {}
            Err((failure, false)) => return (None, Some(Failed { failure, is_partly_done: false })),
        }
        let mut came = None;
        for field in custom {
            match self.send_custom(case, values, std::slice::from_ref(&field), warnings).await {
                Ok(post) => came = Some(post),
                Err((failure, true)) => {
                    warnings.push(format!("`{}` stays as it is: {failure}", field.name()));
                    fields.remove(&field);
                    refused.insert(field);
                }
                // of those before it some may be done: WordPress takes them one after the other
                Err((failure, false)) => return (came, Some(Failed { failure, is_partly_done: true })),
            }
        }
        (came, None)
    }

    /// `Err`: why not, and whether it is about these fields, which the post can go without.
    async fn send_custom(
        &self,
        case: &Case<'_>,
        values: &Values,
        fields: &[Field],
        warnings: &mut Vec<String>,
    ) -> Result<Post, (Failure, bool)> {
        let custom = values.change(fields);
        let change = PostChange { more: custom.clone(), ..PostChange::default() };
        match case.on.wp.update(case.post.id, &change).await {
            Ok(post) => {
                warnings.extend(publish::unkept_fields(&filled(&custom), &post));
                Ok(post)
            }
            Err(failure) => {
                let is_refused = publish::refused(&custom, &failure) != Refused::Other;
                Err((failure, is_refused))
            }
        }
    }

    /// Whom the post is given to, where that is among what changes and can be done.
    async fn new_author(&self, case: &Case<'_>, fields: &BTreeSet<Field>, warnings: &mut Vec<String>) -> Result<Option<u64>, Failure> {
        let Some(name) = case.becomes.author.as_ref().filter(|_| fields.contains(&Field::Author)) else { return Ok(None) };
        if !case.on.me.sees_all() {
            warnings.push(format!("the post stays whose it is, not `{name}`'s: this account may not give posts to others"));
            return Ok(None);
        }
        let author = self.author(name).await?;
        if author.is_none() {
            warnings.push(format!("the site has no author `{name}`; the post stays whose it is"));
        }
        Ok(author)
    }

    /// Its time is over: to the trash if nobody touched it, and never further.
    pub(super) async fn too_old(&self, case: &Case<'_>) -> Result<Step, Error> {
        let store = &self.pipeline.store;
        let stays = |why: &str| Step::Done(Became::Never(why.to_owned()));
        if !publish::is_untouched(&case.sides(&Values::default())) {
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

    async fn detail(&self, case: &Case<'_>, conflicts: &BTreeSet<Field>, values: &Values) -> ReviewDetail {
        let known = self.pipeline.store.terms(self.site.id).await.map(|(terms, _)| terms).unwrap_or_default();
        let name =
            |taxonomy: &str, id: u64| known.iter().find(|term| term.taxonomy == taxonomy && term.id == id).map(|term| term.name.clone());
        let conflict = |field: &Field| Conflict {
            field: field.name(),
            sent: publish::told_of_draft(&case.sent, field),
            wordpress: publish::told_of_post(&case.post, field, values, name),
            source: publish::told_of_draft(&case.becomes, field),
        };
        ReviewDetail { fields: conflicts.iter().map(conflict).collect(), draft: case.becomes.clone() }
    }
}

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
fn change_of(fields: &BTreeSet<Field>, draft: &Draft, parts: &Parts, author: Option<u64>) -> PostChange {
    let mut change = PostChange::default();
    for field in fields {
        match field {
            Field::Title => change.title = Some(draft.title.clone()),
            Field::Content => change.content = Some(parts.content.clone().unwrap_or_else(|| draft.content.clone())),
            Field::Excerpt => change.excerpt = Some(draft.excerpt.clone()),
            // 0 takes the picture off
            Field::FeaturedMedia => change.featured_media = Some(parts.featured_media.unwrap_or(0)),
            Field::Status => change.status = Some(Status::Draft),
            Field::Author => change.author = author,
            // alone, and before
            Field::Meta(_) | Field::Seo(_) => {}
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
            Field::Author => change.author == Some(post.author),
            Field::Title | Field::Content | Field::Excerpt | Field::Meta(_) | Field::Seo(_) => true,
        };
        if !kept {
            warnings.push(format!("WordPress didn't take the change of `{}`", field.name()));
        }
    }
    warnings
}

/// What is there for good: what was emptied comes back as the site's own default.
fn filled(custom: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let mut custom = custom.clone();
    for all in custom.values_mut().filter_map(Value::as_object_mut) {
        all.retain(|_, value| !value.is_null());
    }
    custom
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
