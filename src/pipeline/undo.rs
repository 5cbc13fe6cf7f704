//! Takes the posts of a run back: those that nobody has touched go to the trash, and their deliveries become withdrawn.
//!
//! Reads: the run's published deliveries, and their posts as the site has them now. Writes: the trash, one post after another,
//! each looked at once more right before; then `withdrawn` in the store. If the process dies between the two, or the answer is
//! unclear, the post lies in the trash and the delivery still says `published`: the next `undo` (or the daemon's own look)
//! finds it there and withdraws it. Nothing is deleted for good.

use std::collections::HashMap;

use crate::clock::Clock;
use crate::domain::{Delivery, Id, Post};
use crate::publish::returned_hash;
use crate::store::{self, Store};
use crate::wordpress::{Failure, Site};

/// Posts that one request asks for.
const AT_ONCE: usize = 100;

/// What would become, or has become, of one post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// As we left it: it goes to the trash.
    Trash,
    /// It went there now.
    Trashed,
    /// Somebody put it there before: its delivery is withdrawn.
    AlreadyTrashed,
    /// Somebody has worked on it: it stays.
    Touched,
    /// It was deleted for good, or is out of our account's sight: nothing is done.
    Gone,
    /// The site did not answer, or refuses: why.
    Failed(String),
}

/// One post of the run.
#[derive(Debug, Clone, PartialEq)]
pub struct Undone {
    pub delivery: Delivery,
    /// As the site has it now.
    pub post: Option<Post>,
    pub fate: Fate,
}

/// What would become of each of these published deliveries. Changes nothing.
pub async fn look(sites: &HashMap<Id, Site>, deliveries: Vec<Delivery>) -> Vec<Undone> {
    let mut by_site: Vec<(Id, Vec<Delivery>)> = Vec::new();
    for delivery in deliveries {
        match by_site.iter_mut().find(|(site, _)| *site == delivery.site) {
            Some((_, of_site)) => of_site.push(delivery),
            None => by_site.push((delivery.site, vec![delivery])),
        }
    }
    let mut undone = Vec::new();
    for (site, deliveries) in by_site {
        for some in deliveries.chunks(AT_ONCE) {
            undone.extend(look_on(sites.get(&site), some).await);
        }
    }
    undone
}

async fn look_on(site: Option<&Site>, deliveries: &[Delivery]) -> Vec<Undone> {
    let ids: Vec<u64> = deliveries.iter().filter_map(|delivery| delivery.post).collect();
    let posts = match site {
        Some(site) => site.posts_by_id(&ids).await.map_err(|failure| failure.to_string()),
        None => Err("its site is no longer in the configuration".to_owned()),
    };
    let judged = deliveries.iter().map(|delivery| match &posts {
        Ok(posts) => {
            let post = posts.iter().find(|post| Some(post.id) == delivery.post);
            Undone { delivery: delivery.clone(), post: post.cloned(), fate: judge(delivery, post) }
        }
        Err(why) => Undone { delivery: delivery.clone(), post: None, fate: Fate::Failed(why.clone()) },
    });
    judged.collect()
}

/// Untouched is what has the text and the time of change that our own last write left. What can't be told counts as touched.
fn judge(delivery: &Delivery, post: Option<&Post>) -> Fate {
    let Some(post) = post else { return Fate::Gone };
    if post.status.is_trash() {
        return Fate::AlreadyTrashed;
    }
    let as_we_left_it = delivery.modified_gmt.as_deref() == Some(post.modified_gmt.as_str())
        && delivery.returned_hash.as_deref() == Some(returned_hash(post).as_str());
    if as_we_left_it { Fate::Trash } else { Fate::Touched }
}

/// Does it: each post that [`look`] would put into the trash is looked at once more and goes; `told` hears of each.
///
/// # Errors
/// The store's own; what a site refuses is a [`Fate::Failed`] of its post.
pub async fn undo(
    store: &Store,
    sites: &HashMap<Id, Site>,
    planned: Vec<Undone>,
    clock: &Clock,
    mut told: impl FnMut(&Undone),
) -> Result<Vec<Undone>, store::Error> {
    let mut done = Vec::with_capacity(planned.len());
    for planned in planned {
        let undone = match (&planned.fate, sites.get(&planned.delivery.site)) {
            (Fate::Trash, Some(site)) => trash(site, planned.delivery).await,
            _ => planned,
        };
        match undone.fate {
            Fate::Trashed => store.withdraw_published(undone.delivery.id, "undone", clock.now()).await?,
            Fate::AlreadyTrashed => store.withdraw_published(undone.delivery.id, "a person put it into the trash", clock.now()).await?,
            _ => {}
        }
        told(&undone);
        done.push(undone);
    }
    Ok(done)
}

async fn trash(site: &Site, delivery: Delivery) -> Undone {
    let Some(mut now) = look_on(Some(site), &[delivery]).await.pop() else { unreachable!("one delivery in, one out") };
    if let (Fate::Trash, Some(id)) = (&now.fate, now.delivery.post) {
        now.fate = match site.trash(id).await {
            Ok(_) => Fate::Trashed,
            Err(failure) => trashed_after_all(site, id, failure).await,
        };
    }
    now
}

/// An answer that never came may have been a yes: the trash is no place where a post is made twice, so a look tells.
async fn trashed_after_all(site: &Site, id: u64, failure: Failure) -> Fate {
    if failure.may_have_been_done()
        && let Ok(posts) = site.posts_by_id(&[id]).await
        && posts.first().is_some_and(|post| post.status.is_trash())
    {
        return Fate::Trashed;
    }
    Fate::Failed(failure.to_string())
}
