//! A publisher's complaint: a domain is blocked, and everything that came from there goes, but for what a person has worked on.
//!
//! Reads: feeds, items and deliveries of the domain, and their posts as the sites have them now. Writes: first the block, so that
//! nothing new comes; then what waits is skipped; then each post goes to the trash as `undo` does it. If the process dies in between,
//! the same command goes on where it stopped. Nothing is deleted for good.

use crate::domain::{Block, Delivery, DeliveryState, Id, Item, ItemState};
use crate::store;

use super::undo::{AT_ONCE, Touched, Undone, look_on, trash};
use super::{Error, Fate, Feed, Pipeline};

/// A delivery that is not out: what becomes, or has become, of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Stopped {
    pub delivery: Delivery,
    /// Why it isn't stopped.
    pub left: Option<String>,
}

/// What a block does, or has done.
#[derive(Debug, Clone, PartialEq)]
pub struct Complaint {
    pub domain: String,
    /// It was blocked before.
    pub was_blocked: bool,
    /// Names of feeds that are no longer polled.
    pub feeds: Vec<String>,
    /// Posts whose entry came from there.
    pub posts: Vec<Undone>,
    /// Posts of other publishers that an entry from there only joined: they stay.
    pub joined: Vec<Delivery>,
    pub waiting: Vec<Stopped>,
    /// Entries that are not prepared yet, and why one isn't stopped.
    pub entries: Vec<(Item, Option<String>)>,
}

impl Pipeline {
    /// What blocking a domain would do; changes nothing.
    pub async fn plan_block(&self, domain: &str) -> Result<Complaint, Error> {
        let came = self.store.came_from(domain).await?;
        let was_blocked = self.store.blocks().await?.iter().any(|block| block.domain == domain);
        let mut published: Vec<(Id, Vec<Delivery>)> = Vec::new();
        let mut waiting = Vec::new();
        for delivery in came.deliveries {
            match delivery.state {
                DeliveryState::Published => match published.iter_mut().find(|(site, _)| *site == delivery.site) {
                    Some((_, of_site)) => of_site.push(delivery),
                    None => published.push((delivery.site, vec![delivery])),
                },
                DeliveryState::Ready | DeliveryState::Held | DeliveryState::Failed | DeliveryState::Publishing => {
                    waiting.push(Stopped { left: not_stopped(&delivery), delivery });
                }
                DeliveryState::Skipped | DeliveryState::Withdrawn => {}
            }
        }
        let mut posts = Vec::new();
        for (site, deliveries) in published {
            let site = self.wordpress(site).await;
            for some in deliveries.chunks(AT_ONCE) {
                posts.extend(look_on(site.as_ref(), some).await);
            }
        }
        let being = |item: &Item| (item.state == ItemState::Preparing).then(|| "it is being prepared, and will be skipped then".to_owned());
        let entries = came.waiting.into_iter().map(|item| (being(&item), item)).map(|(left, item)| (item, left)).collect();
        Ok(Complaint { domain: domain.to_owned(), was_blocked, feeds: came.feeds, posts, joined: came.joined, waiting, entries })
    }

    /// Does it. `touched`: what becomes of posts that somebody has worked on. `told` hears of each post.
    pub async fn block(
        &self,
        plan: Complaint,
        because: Option<&str>,
        touched: Touched,
        mut told: impl FnMut(&Undone),
    ) -> Result<Complaint, Error> {
        self.store.block(&plan.domain, because, self.clock.now()).await?;
        let why = skipped_because(&plan.domain);
        let mut done = Complaint { posts: Vec::new(), waiting: Vec::new(), entries: Vec::new(), ..plan.clone() };
        for stopped in plan.waiting {
            let left = match stopped.left {
                Some(left) => Some(left),
                None => left(self.store.skip_delivery(stopped.delivery.id, &why).await)?,
            };
            done.waiting.push(Stopped { left, ..stopped });
        }
        for (item, being) in plan.entries {
            let left = match being {
                Some(being) => Some(being),
                None => left(self.store.skip_item(item.id, &why).await)?,
            };
            done.entries.push((item, left));
        }
        for planned in plan.posts {
            let goes = planned.fate == Fate::Trash || (planned.fate == Fate::Touched && touched == Touched::Goes);
            let undone = match (goes, self.wordpress(planned.delivery.site).await) {
                (false, _) => planned,
                (true, Ok(site)) => trash(&site, planned.delivery, touched).await,
                (true, Err(error)) => Undone { fate: Fate::Failed(error), ..planned },
            };
            match undone.fate {
                Fate::Trashed => self.withdraw(undone.delivery.id, &why).await?,
                Fate::AlreadyTrashed => self.withdraw(undone.delivery.id, "a person put it into the trash").await?,
                _ => {}
            }
            told(&undone);
            done.posts.push(undone);
        }
        Ok(done)
    }

    /// Why an entry goes nowhere: it, or its feed, lies on a blocked domain.
    pub(super) async fn blocked(&self, feed: &Feed, link: Option<&str>) -> Result<Option<String>, Error> {
        let blocks = self.store.blocks().await?;
        let of_entry = [Some(feed.config().url.as_str()), link];
        let is_covered = |block: &&Block| of_entry.into_iter().flatten().any(|address| Block::covers(&block.domain, address));
        Ok(blocks.iter().find(is_covered).map(|block| skipped_because(&block.domain)))
    }
}

fn skipped_because(domain: &str) -> String {
    format!("`{domain}` is blocked")
}

/// Why a delivery can't be stopped now.
fn not_stopped(delivery: &Delivery) -> Option<String> {
    let is_sent = delivery.state == DeliveryState::Publishing || delivery.post.is_some();
    if is_sent {
        return Some("it is being sent".to_owned());
    }
    delivery.doubt.until.map(|until| format!("it may be out already, which is known at {until}"))
}

/// What somebody else took on meanwhile is left; `Some`: why.
fn left(result: Result<(), store::Error>) -> Result<Option<String>, Error> {
    match result {
        Ok(()) => Ok(None),
        Err(error @ (store::Error::WrongState { .. } | store::Error::Unknown { .. } | store::Error::Forgotten(_))) => {
            Ok(Some(error.to_string()))
        }
        Err(error) => Err(error.into()),
    }
}
