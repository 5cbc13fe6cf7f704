//! Looks before anything is made: what of these deliveries is on the site already?

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Delivery, Post, Status};
use crate::wordpress::{Failure, Me, Site};

use super::ours::{has_mark, is_ours, returned_hash};
use super::slugs;

/// Pages of 100 posts that a walk looks through at most: a floor that old is out of reach of any doubt.
const PAGES: u32 = 50;
/// And without a floor.
const PAGES_WITHOUT_FLOOR: u32 = 5;

/// What the site has of a delivery.
#[derive(Debug, Clone, PartialEq)]
pub enum Seen {
    /// Nothing: make it.
    Nothing,
    /// Somebody else's post holds its slug: make it; it will get another slug.
    Stranger(Post),
    /// Ours, and not yet finished: store it as made, then finish it.
    Made(Post),
    /// Ours, and as it shall stay: finished by us, or taken over by a person (`note` says so). Store it as published.
    Finished { post: Post, note: Option<String> },
    /// Ours, in the trash: a person doesn't want it. Withdraw.
    Trashed(Post),
    /// Its post was deleted for good, or is out of this account's sight. Withdraw.
    Gone,
}

/// Looks for each delivery, in the given order. Those in doubt must be past `doubt.until`. Changes nothing on the site.
pub async fn look(site: &Site, me: &Me, deliveries: &[&Delivery]) -> Result<Vec<Seen>, Failure> {
    let (known, unknown): (Vec<&Delivery>, Vec<&Delivery>) = deliveries.iter().partition(|delivery| delivery.post.is_some());
    let mut known = by_id(site, me, &known).await?.into_iter();
    let mut unknown = by_slug(site, me, &unknown).await?.into_iter();
    let next = |delivery: &&Delivery| if delivery.post.is_some() { known.next() } else { unknown.next() };
    Ok(deliveries.iter().filter_map(next).collect())
}

/// The posts of these deliveries that are known to be made, each asked for where its type is; of any status and in the trash, as
/// far as this account may edit them.
pub async fn posts_of(site: &Site, deliveries: impl Iterator<Item = &Delivery>) -> Result<Vec<Post>, Failure> {
    posts_with(site, deliveries, &BTreeSet::new()).await
}

/// The same, with what they have of these other fields: taxonomies, by their `rest_base`.
pub async fn posts_with(site: &Site, deliveries: impl Iterator<Item = &Delivery>, more: &BTreeSet<String>) -> Result<Vec<Post>, Failure> {
    let mut by_type: BTreeMap<Option<&str>, Vec<u64>> = BTreeMap::new();
    for delivery in deliveries {
        by_type.entry(delivery.type_of_post()).or_default().extend(delivery.post);
    }
    let mut posts = Vec::new();
    for (kind, ids) in by_type {
        posts.extend(site.of_type(kind).await?.posts_by_id_with(&ids, more).await?);
    }
    Ok(posts)
}

/// Posts whose making was never answered, or never tried.
async fn by_slug(site: &Site, me: &Me, deliveries: &[&Delivery]) -> Result<Vec<Seen>, Failure> {
    if deliveries.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<String> = deliveries.iter().flat_map(|delivery| slugs::first(delivery)).collect();
    let mut posts = everywhere(site, me, &names).await?;
    // a namesake holds the name that ours would have: ours may have come off with a number
    let held = |delivery: &&&Delivery| choose(&posts, delivery, me).is_none() && posts.iter().any(|post| is_named(post, delivery));
    let names: Vec<String> = deliveries.iter().filter(held).flat_map(|delivery| slugs::second(delivery)).collect();
    if !names.is_empty() {
        posts.extend(everywhere(site, me, &names).await?);
    }
    // the slug may have been changed, by a person or a plug-in, before the answer was lost
    let lost: Vec<&&Delivery> =
        deliveries.iter().filter(|delivery| delivery.doubt.ever && choose(&posts, delivery, me).is_none()).collect();
    if !lost.is_empty() {
        posts.extend(walk(site, me, &lost).await?);
    }
    let mut seen = Vec::with_capacity(deliveries.len());
    for delivery in deliveries {
        seen.push(match choose(&posts, delivery, me) {
            Some(post) => judge(site, me, delivery, post.clone()).await?,
            None => match posts.iter().find(|post| post.slug == delivery.slug) {
                Some(stranger) => Seen::Stranger(stranger.clone()),
                None => Seen::Nothing,
            },
        });
    }
    Ok(seen)
}

/// Posts by slug. An account that may not edit others' posts (or its own, once they are published) is told of them as a reader is.
async fn everywhere(site: &Site, me: &Me, names: &[String]) -> Result<Vec<Post>, Failure> {
    let mut posts = site.posts_by_slug(names).await?;
    if !me.sees_all() {
        let known: Vec<u64> = posts.iter().map(|post| post.id).collect();
        posts.extend(site.published_by_slug(names).await?.into_iter().filter(|post| !known.contains(&post.id)));
    }
    Ok(posts)
}

async fn walk(site: &Site, me: &Me, lost: &[&&Delivery]) -> Result<Vec<Post>, Failure> {
    let floor = lost.iter().map(|delivery| delivery.doubt.floor.unwrap_or(0)).min().unwrap_or(0);
    let pages = if floor == 0 { PAGES_WITHOUT_FLOOR } else { PAGES };
    let own = (!me.sees_all()).then_some(me.id);
    site.walk_newest(own, floor, pages, |post| lost.iter().any(|delivery| has_mark(post, delivery))).await
}

/// The oldest post that is ours; one in the trash only where none is elsewhere.
fn choose<'a>(posts: &'a [Post], delivery: &Delivery, me: &Me) -> Option<&'a Post> {
    let named = posts.iter().filter(|post| (is_named(post, delivery) && is_ours(post, delivery, me)) || has_mark(post, delivery));
    named.min_by_key(|post| (post.status.is_trash(), post.id))
}

fn is_named(post: &Post, delivery: &Delivery) -> bool {
    slugs::is_of(&post.slug, &delivery.slug) || slugs::clean(delivery).is_some_and(|clean| slugs::is_of(&post.slug, clean))
}

/// What becomes of a post of ours that was found by its name or mark.
async fn judge(site: &Site, me: &Me, delivery: &Delivery, post: Post) -> Result<Seen, Failure> {
    if post.status.is_trash() {
        return Ok(Seen::Trashed(post));
    }
    let touched = match post.revision {
        None => false,
        // creating makes no revision: somebody has worked on it since, and only we may go on
        Some(_) => !was_ours_last(site, me, &post, None).await?,
    };
    let under_its_key = slugs::is_of(&post.slug, &delivery.slug);
    if post.status.0 == "draft"
        && !touched
        && (under_its_key || slugs::clean(delivery).is_none_or(|clean| !slugs::is_of(&post.slug, clean)))
    {
        return Ok(Seen::Made(post));
    }
    let note = touched.then(|| format!("post {} was there and somebody had changed it: it is left as it is", post.id));
    Ok(Seen::Finished { post, note })
}

/// Posts that are known to be made.
async fn by_id(site: &Site, me: &Me, deliveries: &[&Delivery]) -> Result<Vec<Seen>, Failure> {
    let ids: Vec<u64> = deliveries.iter().filter_map(|delivery| delivery.post).collect();
    let posts = site.posts_by_id(&ids).await?;
    let missing: Vec<u64> = ids.iter().copied().filter(|id| !posts.iter().any(|post| post.id == *id)).collect();
    let published = if missing.is_empty() || me.sees_all() { Vec::new() } else { site.published_by_id(&missing).await? };
    let mut seen = Vec::with_capacity(deliveries.len());
    for delivery in deliveries {
        let is_its = |post: &&Post| Some(post.id) == delivery.post;
        seen.push(match (posts.iter().find(is_its), published.iter().find(is_its)) {
            (Some(post), _) if post.status.is_trash() => Seen::Trashed(post.clone()),
            (Some(post), _) => unfinished(site, me, delivery, post.clone()).await?,
            (None, Some(post)) => {
                let note = Some(format!("somebody published post {}: this account may not change it any more", post.id));
                Seen::Finished { post: post.clone(), note }
            }
            (None, None) => Seen::Gone,
        });
    }
    Ok(seen)
}

/// A made post: whether nobody but us has changed it since it was made.
async fn unfinished(site: &Site, me: &Me, delivery: &Delivery, post: Post) -> Result<Seen, Failure> {
    let as_made = delivery.returned_hash.as_ref().is_none_or(|hash| *hash == returned_hash(&post));
    let same_moment = delivery.modified_gmt.as_ref().is_none_or(|moment| *moment == post.modified_gmt);
    if as_made && same_moment && post.revision.is_none() && post.status.0 == "draft" {
        return Ok(Seen::Made(post));
    }
    // our own finishing, whose answer was lost, left the text alone, and gave it a slug and a status that we wanted
    let known = delivery.modified_gmt.as_deref();
    if as_made && fits(delivery, me, &post) && (post.revision.is_none() || was_ours_last(site, me, &post, known).await?) {
        return Ok(Seen::Made(post));
    }
    let note = Some(format!("somebody changed post {} before it was finished: it is left as it is", post.id));
    Ok(Seen::Finished { post, note })
}

/// Whether slug and status are ones that we gave: those of making, or both of finishing, which gives them in one stroke.
fn fits(delivery: &Delivery, me: &Me, post: &Post) -> bool {
    let wanted = delivery.draft.as_ref().map_or(Status::Draft, |draft| draft.status);
    let status = post.status.0.as_str();
    // by the clock, WordPress makes one of `publish` and `future` out of the other
    let turned = matches!((wanted, status), (Status::Publish, "future") | (Status::Future, "publish"));
    let lowered = status == "draft" && (wanted == Status::Future || !me.can("publish_posts"));
    let finished = status == wanted.as_str() || turned || lowered;
    match slugs::clean(delivery) {
        Some(clean) if slugs::is_of(&post.slug, clean) => finished,
        Some(_) => slugs::is_of(&post.slug, &delivery.slug) && status == "draft",
        None => slugs::is_of(&post.slug, &delivery.slug) && (finished || status == "draft"),
    }
}

/// Whether the last change was ours: the newest revision is by our user, and the last change is of its very moment or of the one at
/// which we last knew the post (`known`): a change that leaves the text alone makes no revision.
async fn was_ours_last(site: &Site, me: &Me, post: &Post, known: Option<&str>) -> Result<bool, Failure> {
    let is_known = known == Some(post.modified_gmt.as_str());
    match site.newest_revision(post.id).await {
        Ok(revision) => {
            Ok(revision.is_none_or(|revision| revision.author == me.id && (is_known || revision.date_gmt == post.modified_gmt)))
        }
        // nobody can say: then it counts as a person's; a page with 404, or a redirect, is no such word
        Err(failure) if matches!(failure, Failure::Refused(_)) || failure.is_no_route() => Ok(false),
        Err(failure) => Err(failure),
    }
}
