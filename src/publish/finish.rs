//! Gives made posts their clean slug and the wanted status, and whatever a request that was cut in its middle left out.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::domain::{Post, Status, Timestamp};
use crate::wordpress::{Failure, Me, PostChange, Site};

use super::create::{Made, Order, author, unkept};
use super::fields::unkept as unkept_fields;
use super::slugs;
use super::status::allowed;

/// A post that is made, and what it shall become.
#[derive(Debug, Clone, Copy)]
pub struct Unfinished<'a> {
    pub order: Order<'a>,
    /// As [`super::create`] or [`super::look`] brought it.
    pub post: &'a Post,
}

/// Whether the post is already all that its draft wants: no request is needed.
pub fn is_finished(me: &Me, unfinished: &Unfinished<'_>, now: Timestamp) -> bool {
    change(me, unfinished, now).0.is_empty()
}

/// Brings the posts of one batch to what their drafts want, in one request; the answers in the same order. Posts that are
/// finished already come back as they are. Of namesakes ([`super::name_of`]) only one batch at a time may be here.
pub async fn finish(site: &Site, me: &Me, unfinished: &[Unfinished<'_>], now: Timestamp) -> Vec<Result<Made, Failure>> {
    let changes: Vec<(PostChange, Option<String>)> = unfinished.iter().map(|unfinished| change(me, unfinished, now)).collect();
    let wanted: Vec<(u64, PostChange)> = unfinished
        .iter()
        .zip(&changes)
        .filter(|(_, (change, _))| !change.is_empty())
        .map(|(unfinished, (change, _))| (unfinished.post.id, change.clone()))
        .collect();
    let mut answers = match wanted.as_slice() {
        [] => Vec::new(),
        [(id, change)] => vec![site.update(*id, change).await],
        many => site.update_batch(many).await.unwrap_or_else(|failure| vec![Err(failure); many.len()]),
    }
    .into_iter();
    let next = |(unfinished, (change, why)): (&Unfinished<'_>, (PostChange, Option<String>))| {
        let answer = if change.is_empty() { None } else { answers.next() };
        let post = answer.unwrap_or_else(|| Ok(unfinished.post.clone()))?;
        Ok(checked(me, unfinished, &change, why, post))
    };
    unfinished.iter().zip(changes).map(next).collect()
}

/// Gives made posts their custom fields and whatever else WordPress may refuse when the rest is done, in one request; the answers
/// in the same order. May be repeated.
pub async fn dress(site: &Site, posts: &[(u64, &BTreeMap<String, Value>)]) -> Vec<Result<Made, Failure>> {
    let changes: Vec<(u64, PostChange)> =
        posts.iter().map(|(id, fields)| (*id, PostChange { more: (*fields).clone(), ..PostChange::default() })).collect();
    let answers = match changes.as_slice() {
        [] => Vec::new(),
        [(id, change)] => vec![site.update(*id, change).await],
        many => site.update_batch(many).await.unwrap_or_else(|failure| vec![Err(failure); many.len()]),
    };
    let told = |post, fields| Made { warnings: unkept_fields(fields, &post), post };
    answers.into_iter().zip(posts).map(|(answer, (_, fields))| answer.map(|post| told(post, fields))).collect()
}

/// What is still to change, and why the status isn't the draft's own.
fn change(me: &Me, unfinished: &Unfinished<'_>, now: Timestamp) -> (PostChange, Option<String>) {
    let (order, post) = (&unfinished.order, unfinished.post);
    let Some(draft) = &order.delivery.draft else { return (PostChange::default(), None) };
    let (status, why) = match order.hold_back {
        Some(why) => (Status::Draft, Some(why.to_owned())),
        None => allowed(draft, me, now),
    };
    let slug = slugs::clean(order.delivery).filter(|clean| !slugs::is_of(&post.slug, clean));
    let turns = post.status.0 != status.as_str() && !is_turned(status, post);
    let missing = |(taxonomy, ids): &(&String, &Vec<u64>)| {
        let kept = post.terms.get(*taxonomy);
        ids.iter().any(|id| kept.is_none_or(|kept| !kept.contains(id)))
    };
    let unseen = |(name, _): &(&String, &Value)| match name.as_str() {
        "password" => !post.is_protected,
        name => !post.more.contains_key(name),
    };
    let change = PostChange {
        slug: slug.map(str::to_owned),
        // with a slug always: WordPress keeps drafts' slugs apart only where a status comes with them
        status: (turns || slug.is_some()).then_some(status),
        date: draft.date.filter(|_| turns && status != Status::Draft),
        author: author(order, me).filter(|author| *author != post.author),
        terms: order.terms.iter().filter(missing).map(|(taxonomy, ids)| (taxonomy.clone(), ids.clone())).collect(),
        featured_media: order.featured_media.filter(|media| *media != post.featured_media),
        // a look doesn't bring them: what was made by a request that was cut in its middle may lack them
        more: order.fields.iter().filter(unseen).map(|(name, value)| (name.clone(), value.clone())).collect(),
        ..PostChange::default()
    };
    (change, why)
}

/// By the clock, WordPress makes one of `publish` and `future` out of the other.
fn is_turned(wanted: Status, post: &Post) -> bool {
    matches!((wanted, post.status.0.as_str()), (Status::Publish, "future") | (Status::Future, "publish"))
}

fn checked(me: &Me, unfinished: &Unfinished<'_>, change: &PostChange, why: Option<String>, mut post: Post) -> Made {
    let mut warnings = unkept(&unfinished.order, &post, me);
    warnings.extend(unkept_fields(&change.more, &post));
    warnings.extend(why);
    let asked = change.status.map_or("", Status::as_str);
    match (asked, post.status.0.as_str()) {
        ("", _) => {}
        ("publish", "future") => warnings.push("its date is to come: WordPress publishes it then".to_owned()),
        ("future", "publish") => warnings.push("its date had come: WordPress published it at once".to_owned()),
        (asked, is) if asked != is => warnings.push(format!("WordPress made the status `{is}` of `{asked}`")),
        _ => {}
    }
    if let Some(slug) = change.slug.as_ref().filter(|slug| !slugs::is_of(&post.slug, slug)) {
        warnings.push(format!("WordPress made the slug `{}` of `{slug}`", post.slug));
    }
    // this answer tells nothing of them
    for (name, told) in unfinished.post.more.iter().filter(|(_, told)| told.is_object()) {
        post.more.entry(name.clone()).or_insert_with(|| told.clone());
    }
    Made { post, warnings }
}
