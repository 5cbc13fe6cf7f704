//! The second look, a settle time after a post is published that was ever in doubt.

use crate::domain::{Delivery, Post};
use crate::wordpress::{Failure, Me, Site};

use super::ours::{has_mark, returned_hash};
use super::slugs;

/// A second post of one delivery.
#[derive(Debug, Clone, PartialEq)]
pub enum Twin {
    /// Younger and untouched: it is in the trash now.
    Trashed(Post),
    /// Somebody has worked on it, or it is older than ours: a person must look.
    Report(Post),
}

/// Looks for twins of a published delivery; puts the untouched younger ones into the trash. May be repeated.
pub async fn recheck(site: &Site, me: &Me, delivery: &Delivery) -> Result<Vec<Twin>, Failure> {
    let Some(own) = delivery.post else { return Ok(Vec::new()) };
    let mut names = slugs::twins(&delivery.slug);
    names.push(delivery.slug.clone());
    let posts = site.posts_by_slug(&names).await?;
    let mut twins = Vec::new();
    // only the mark counts here: a link alone is no proof of which post is the second
    for post in posts.into_iter().filter(|post| post.id != own && !post.status.is_trash() && has_mark(post, delivery)) {
        if post.id > own && is_untouched(&post, delivery, me) {
            match site.trash(post.id).await {
                Ok(post) => twins.push(Twin::Trashed(post)),
                Err(failure) if failure.is_gone() => {}
                // no trash on this site, or not ours to put there
                Err(Failure::Refused(_)) => twins.push(Twin::Report(post)),
                Err(failure) => return Err(failure),
            }
        } else {
            twins.push(Twin::Report(post));
        }
    }
    Ok(twins)
}

/// As we made it: a draft, never changed since (the first change makes a revision), with the text that ours came back with.
fn is_untouched(post: &Post, delivery: &Delivery, me: &Me) -> bool {
    let author = delivery.draft.as_ref().is_some_and(|draft| draft.author.is_some()) || post.author == me.id;
    let text = delivery.returned_hash.as_ref().is_none_or(|hash| *hash == returned_hash(post));
    post.status.0 == "draft" && post.revision.is_none() && author && text
}
