//! A site that is at another address now: its own domain changed, or a copy of it (staging) went live.
//!
//! Reads: the address in the configuration and the one in the store; our posts at the new one, by their ids and, where these differ, by
//! their slugs and marks. Writes, under the site's lease, in one transaction: the new address, and the ids, slugs and addresses that
//! posts have there. Nothing is posted again: the site's name, of which the keys are made, is what it was. If the process dies before
//! the transaction, nothing has happened.

use std::time::Duration;

use crate::domain::{Delivery, Id, Post};
use crate::pipeline::{Error, Pipeline};
use crate::publish::{self, is_post_of};
use crate::store::PostFacts;
use crate::wordpress::{self, Failure};

/// The site is ours so long, for one transaction: if the process dies with it in hand, the same command needn't wait for long.
const SPAN: Duration = Duration::from_secs(15);
/// Deliveries in one question.
const AT_ONCE: u32 = 100;

/// What there is of us at the new address.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Moved {
    pub from: String,
    pub to: String,
    /// Our posts, by the store.
    pub posts: usize,
    /// Those that have the same id there.
    pub same: usize,
    /// Those that were found by slug and mark, under another id.
    pub renumbered: usize,
    /// Those that are not there.
    pub missing: Vec<Delivery>,
    facts: Vec<(Id, PostFacts)>,
}

impl Moved {
    /// Whether this can be the same site.
    pub fn is_the_same(&self) -> bool {
        self.posts == 0 || 2 * (self.same + self.renumbered) >= self.posts
    }
}

impl Pipeline {
    /// What there is of us at the configured address of a site; changes nothing. `Err` inside: it doesn't answer.
    pub async fn plan_move(&self, name: &str) -> Result<Result<Moved, String>, Error> {
        let unknown = || Error::Unknown { what: "site", name: name.to_owned() };
        let site = self.sites().into_iter().find(|site| site.config.name == name).ok_or_else(unknown)?;
        let known = self.store.sites().await?.into_iter().find(|row| row.id == site.id).ok_or_else(unknown)?;
        let mut moved = Moved { from: known.url, to: site.config.url.to_string(), ..Moved::default() };
        let wp = match self.connect(&site).await {
            Ok((wp, _)) => wp,
            Err(failure) => return Ok(Err(failure.to_string())),
        };
        let mut after = Id::from_i64(0);
        loop {
            let deliveries = self.store.published_on(site.id, after, AT_ONCE).await?;
            let Some(last) = deliveries.last() else { return Ok(Ok(moved)) };
            after = last.id;
            if let Err(failure) = look(&wp, deliveries, &mut moved).await {
                return Ok(Err(failure.to_string()));
            }
            self.progressed();
        }
    }

    /// The store follows. `false`: another process is publishing there.
    pub async fn follow_move(&self, name: &str, moved: &Moved) -> Result<bool, Error> {
        let unknown = || Error::Unknown { what: "site", name: name.to_owned() };
        let site = self.sites().into_iter().find(|site| site.config.name == name).ok_or_else(unknown)?;
        let Some(lease) = self.store.claim_site_by_hand(site.id, self.owner, self.clock.now(), SPAN).await? else { return Ok(false) };
        let done = self.store.move_site(&lease, &moved.to, &moved.facts, moved.renumbered == 0).await;
        self.store.release_site(lease).await?;
        done?;
        Ok(true)
    }
}

async fn look(wp: &wordpress::Site, deliveries: Vec<Delivery>, moved: &mut Moved) -> Result<(), Failure> {
    moved.posts += deliveries.len();
    let by_id = publish::posts_of(wp, deliveries.iter()).await?;
    let mut lost = Vec::new();
    for delivery in deliveries {
        match by_id.iter().find(|post| Some(post.id) == delivery.post && is_post_of(post, &delivery)) {
            Some(post) => {
                moved.same += 1;
                moved.facts.push((delivery.id, facts(post, &delivery)));
            }
            None => lost.push(delivery),
        }
    }
    let mut by_type: std::collections::BTreeMap<Option<String>, Vec<Delivery>> = std::collections::BTreeMap::new();
    for delivery in lost {
        by_type.entry(delivery.type_of_post().map(str::to_owned)).or_default().push(delivery);
    }
    for (kind, deliveries) in by_type {
        let slugs: Vec<String> = deliveries.iter().flat_map(|one| one.post_slug.iter().chain([&one.slug]).cloned()).collect();
        let posts = wp.of_type(kind.as_deref()).await?.posts_by_slug(&slugs).await?;
        for delivery in deliveries {
            match posts.iter().filter(|post| is_post_of(post, &delivery)).min_by_key(|post| (post.status.is_trash(), post.id)) {
                Some(post) => {
                    moved.renumbered += 1;
                    moved.facts.push((delivery.id, facts(post, &delivery)));
                }
                None => moved.missing.push(delivery),
            }
        }
    }
    Ok(())
}

fn facts(post: &Post, delivery: &Delivery) -> PostFacts {
    PostFacts {
        post: post.id,
        post_type: delivery.type_of_post().map(str::to_owned),
        slug: post.slug.clone(),
        link: post.link.clone(),
        modified_gmt: post.modified_gmt.clone(),
        returned_hash: delivery.returned_hash.clone(),
        returned: None,
    }
}
