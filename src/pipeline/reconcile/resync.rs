//! The store compared with a site: which of our posts are gone, in the trash, edited, or under another slug.
//!
//! Reads: the published deliveries and their posts as the site has them now, a hundred in a request. Writes: that what lies in the
//! trash or was deleted is withdrawn, and slugs that changed. When many posts are gone at once and not by the trash, the site counts
//! as restored from a backup, and nothing is withdrawn or made again until a person says which: one row says so
//! ([`Store::note_vanished`](crate::store::Store::note_vanished)). If the process dies in between, the next resync finds the rest.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{Block, Delivery, DeliveryState, Id, Post, PostStatus};
use crate::pipeline::{Error, Pipeline, Site};
use crate::publish::{self, Wanted, is_post_of, returned_hash};
use crate::store::{Journaled, Vanished};
use crate::wordpress::{self, Me};

/// Deliveries in one question.
const AT_ONCE: u32 = 100;
/// The site is ours so long for what a person decided.
const SPAN: Duration = Duration::from_secs(120);

/// What a person says of posts that are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Nothing yet: a few are withdrawn, many wait.
    Unsaid,
    /// They are made again.
    Remake,
    /// They stay away: withdrawn.
    Accept,
}

/// In what a post differs from what the store knows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Drift {
    /// It is not there, nor in the trash; or its number is another post's now.
    Gone,
    /// A person put it into the trash.
    Trashed,
    /// Somebody has changed its title or content.
    Edited,
    /// Somebody has changed something else of it.
    Touched,
    /// Its slug was this.
    Slug(String),
}

/// A post that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct Drifted {
    pub delivery: Delivery,
    /// As the site has it; `None`: it has it not.
    pub post: Option<Post>,
    pub drifts: Vec<Drift>,
}

impl Drifted {
    /// It is gone, and not by the trash.
    pub fn is_gone(&self) -> bool {
        self.drifts.contains(&Drift::Gone)
    }
}

/// What a comparison found on one site, and what was done.
#[derive(Debug, Clone, Default)]
pub struct Resynced {
    pub site: String,
    /// Posts that were looked at.
    pub looked_at: usize,
    pub drifted: Vec<Drifted>,
    /// So many are gone at once that a person must say what happened.
    pub restored: bool,
    /// Pictures that were uploaded and that no post uses.
    pub orphans: Vec<Journaled>,
    /// Posts that are out and whose source is on a blocked domain.
    pub blocked: Vec<(String, Delivery)>,
    pub withdrawn: usize,
    /// Deliveries that will be made again.
    pub again: usize,
    /// Of the gone ones, those that can't be made again: their drafts are no longer kept.
    pub lost: usize,
    /// Why the comparison is not whole.
    pub failed: Option<String>,
}

impl Pipeline {
    /// Compares one site with the store; changes nothing.
    pub async fn plan_resync(&self, site: &Arc<Site>) -> Result<Resynced, Error> {
        let mut found = Resynced { site: site.config.name.clone(), ..Resynced::default() };
        let (wp, me) = match self.connect(site).await {
            Ok(found) => found,
            Err(failure) => return Ok(Resynced { failed: Some(failure.to_string()), ..found }),
        };
        let mut after = Id::from_i64(0);
        loop {
            let deliveries = self.store.published_on(site.id, after, AT_ONCE).await?;
            let Some(last) = deliveries.last() else { break };
            after = last.id;
            found.looked_at += deliveries.len();
            match compare(&wp, &me, deliveries).await {
                Ok(drifted) => found.drifted.extend(drifted),
                Err(failure) => return Ok(Resynced { failed: Some(failure.to_string()), ..found }),
            }
            self.progressed();
        }
        let gone = found.drifted.iter().filter(|drifted| drifted.is_gone()).count();
        found.restored = Vanished::looks_like_it(gone, found.looked_at - gone) || self.store.has_vanished(site.id).await?;
        match self.orphans(site, &wp).await? {
            Ok(orphans) => found.orphans = orphans,
            Err(why) => tracing::warn!(site = site.config.name, why, "uploads that no post uses can't be told"),
        }
        found.blocked = self.out_from_blocked(site).await?;
        Ok(found)
    }

    /// Brings the store up to what was found. `missing`: what a person says of posts that are gone.
    pub async fn resync(&self, site: &Arc<Site>, mut found: Resynced, missing: Missing) -> Result<Resynced, Error> {
        let gone: Vec<&Delivery> = found.drifted.iter().filter(|drifted| drifted.is_gone()).map(|drifted| &drifted.delivery).collect();
        if found.restored && missing == Missing::Unsaid {
            if found.failed.is_none() && !gone.is_empty() && self.store.note_vanished(site.id, gone.len(), self.clock.now()).await? {
                tell_vanished(&site.config.name, gone.len());
            }
        } else if missing == Missing::Remake {
            let ids: Vec<Id> = gone.iter().map(|delivery| delivery.id).collect();
            let Some(lease) = self.store.claim_site_by_hand(site.id, self.owner, self.clock.now(), SPAN).await? else {
                return Ok(Resynced {
                    failed: Some("another process is publishing there: the same command tries again".to_owned()),
                    ..found
                });
            };
            let again = self.store.remake(&lease, &ids, self.clock.now()).await;
            self.store.release_site(lease).await?;
            (found.again, found.lost) = (again?, 0);
            found.lost = ids.len() - found.again;
        } else {
            let because = match missing {
                Missing::Accept => "it is gone from the site, and a person said that it shall stay so",
                _ => "its post was deleted, or moved out of this account's sight",
            };
            for delivery in gone {
                self.withdraw(delivery.id, because).await?;
                found.withdrawn += 1;
            }
        }
        for drifted in found.drifted.iter().filter(|drifted| !drifted.is_gone()) {
            if drifted.drifts.contains(&Drift::Trashed) {
                self.withdraw(drifted.delivery.id, "a person put it into the trash").await?;
                found.withdrawn += 1;
            } else if let (Some(post), Some(_)) = (&drifted.post, drifted.drifts.iter().find(|drift| matches!(drift, Drift::Slug(_)))) {
                self.store.moved_on_site(drifted.delivery.id, &post.slug, &post.link).await?;
            }
        }
        if missing != Missing::Unsaid && found.failed.is_none() {
            self.store.end_vanished(site.id).await?;
            found.restored = false;
        }
        Ok(found)
    }

    /// Uploads that no post of ours names and no post on the site uses.
    async fn orphans(&self, site: &Site, wp: &wordpress::Site) -> Result<Result<Vec<Journaled>, String>, Error> {
        let mut open = Vec::new();
        for made in self.store.uploads(site.id).await? {
            open.extend(made.id.map(|id| (id, made)));
        }
        if open.is_empty() {
            return Ok(Ok(Vec::new()));
        }
        let named = self.pictures_of_drafts(site.id).await?;
        let mut candidates = Vec::new();
        for (id, made) in open {
            let sha256 = self.store.sha256_of(site.id, &made.name).await?;
            if sha256.is_none_or(|sha256| !named.contains(&sha256)) {
                candidates.push((id, made));
            }
        }
        let look = async {
            let mut there = std::collections::HashSet::new();
            for ids in candidates.chunks(AT_ONCE as usize) {
                let ids: Vec<u64> = ids.iter().map(|(id, _)| *id).collect();
                there.extend(wp.attachments(&ids).await?.into_iter().map(|one| one.id));
            }
            candidates.retain(|(id, _)| there.contains(id));
            let media = candidates.iter().map(|(id, made)| (*id, made.name.clone())).collect();
            publish::uses(wp, &Wanted { media, ..Wanted::default() }).await
        };
        match look.await {
            Err(failure) => Ok(Err(failure.to_string())),
            Ok(publish::Uses { unsure: Some(why), .. }) => Ok(Err(why)),
            Ok(uses) => Ok(Ok(candidates.into_iter().filter(|(id, _)| uses.of_media(*id).is_none()).map(|(_, made)| made).collect())),
        }
    }

    async fn pictures_of_drafts(&self, site: Id) -> Result<std::collections::HashSet<String>, Error> {
        let (mut named, mut after) = (std::collections::HashSet::new(), Id::from_i64(0));
        loop {
            let drafts = self.store.drafts_on(site, after, AT_ONCE).await?;
            let Some((last, ..)) = drafts.last() else { return Ok(named) };
            after = *last;
            let images = drafts.into_iter().flat_map(|(_, _, draft)| draft.image.into_iter().chain(draft.pictures));
            named.extend(images.map(|image| image.sha256));
        }
    }

    async fn out_from_blocked(&self, site: &Site) -> Result<Vec<(String, Delivery)>, Error> {
        let mut out = Vec::new();
        for Block { domain, .. } in self.store.blocks().await? {
            let came = self.store.came_from(&domain).await?.deliveries.into_iter();
            let of_site = came.filter(|delivery| delivery.site == site.id && delivery.state == DeliveryState::Published);
            out.extend(of_site.map(|delivery| (domain.clone(), delivery)));
        }
        Ok(out)
    }

    /// A glance at the newest posts: are many gone at once? Notes and tells it once.
    pub(in crate::pipeline) async fn glance(&self, site: &Site, wp: &wordpress::Site, me: &Me) -> Result<(), Error> {
        // who sees only a part can't say what is gone
        if !me.sees_all() {
            return Ok(());
        }
        let deliveries = self.store.newest_published(site.id, AT_ONCE).await?;
        let ids: Vec<u64> = deliveries.iter().filter(|delivery| delivery.type_of_post().is_none()).filter_map(|one| one.post).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let there = match wp.which_posts(&ids).await {
            Ok(there) => there.len(),
            Err(failure) => {
                tracing::debug!(site = site.config.name, error = %failure, "its posts could not be counted");
                return Ok(());
            }
        };
        let gone = ids.len().saturating_sub(there);
        if Vanished::looks_like_it(gone, there) && self.store.note_vanished(site.id, gone, self.clock.now()).await? {
            tell_vanished(&site.config.name, gone);
        }
        Ok(())
    }
}

fn tell_vanished(site: &str, posts: usize) {
    tracing::error!(
        site,
        posts,
        "many of our posts are gone from the site, and not in its trash: was it restored from a backup? nothing is made again or withdrawn \
         until you say so: `wirepress resync --site {site} --remake` or `--accept`"
    );
}

/// What became of these deliveries' posts; those that are as they were are left out.
async fn compare(wp: &wordpress::Site, me: &Me, deliveries: Vec<Delivery>) -> Result<Vec<Drifted>, wordpress::Failure> {
    let posts = publish::posts_of(wp, deliveries.iter()).await?;
    let missing: Vec<u64> =
        deliveries.iter().filter_map(|delivery| delivery.post).filter(|id| !posts.iter().any(|post| post.id == *id)).collect();
    let shown = if missing.is_empty() || me.sees_all() { Vec::new() } else { wp.published_by_id(&missing).await? };
    let judged = deliveries.into_iter().map(|delivery| {
        let is_its = |post: &&Post| Some(post.id) == delivery.post;
        let post = posts.iter().find(is_its);
        let drifts = match (post, shown.iter().find(is_its)) {
            (Some(post), _) => drifts(&delivery, post),
            // a reader sees it, and we see no more of it than a reader
            (None, Some(_)) => Vec::new(),
            (None, None) => vec![Drift::Gone],
        };
        let post = post.cloned().filter(|_| !drifts.contains(&Drift::Gone));
        Drifted { delivery, post, drifts }
    });
    Ok(judged.filter(|drifted| !drifted.drifts.is_empty()).collect())
}

fn drifts(delivery: &Delivery, post: &Post) -> Vec<Drift> {
    let hash = returned_hash(post);
    let same_text = delivery.returned_hash.as_ref().is_none_or(|known| *known == hash);
    if !is_post_of(post, delivery) && (delivery.returned_hash.is_none() || !same_text) {
        return vec![Drift::Gone];
    }
    if post.status == PostStatus("trash".to_owned()) {
        return vec![Drift::Trashed];
    }
    let mut drifts = Vec::new();
    if !same_text {
        drifts.push(Drift::Edited);
    } else if delivery.returned_hash.is_some() && delivery.modified_gmt.as_ref().is_some_and(|known| *known != post.modified_gmt) {
        drifts.push(Drift::Touched);
    }
    if let Some(known) = delivery.post_slug.as_ref().filter(|known| **known != post.slug) {
        drifts.push(Drift::Slug(known.clone()));
    }
    drifts
}
