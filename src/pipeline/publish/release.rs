//! When deliveries go out: what is due and has no moment gets one, by the schedules of its site and its feed.
//!
//! Only the site's writer gives moments, before it claims; what it gave is stored, and counts for what comes after. What has missed
//! its slot by up to [`GRACE`] (the daemon was down, the site left alone) goes out as soon as quiet hours, spacing and caps
//! allow; beyond that it gets the next free slot. What may be public already goes on whatever the schedule says.

use std::collections::BTreeSet;
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::domain::{Draft, Id, Planned, Status, Timestamp};
use crate::schedule::{Book, Booked, Both, Hand, Release, Schedule, Wish, fold, told};
use crate::store::{Given, Lease, Read};

use super::super::{Error, Pipeline, Site};

/// What was to go out longer ago than this (or half of the smallest spacing) is late.
const LATE: Duration = Duration::from_secs(60);
/// A slot that was missed by no more is caught up.
const GRACE: Duration = Duration::from_secs(3600);
/// WordPress waits for a moment only if it lies this far ahead: until a post is made and finished, some of it passes.
const AHEAD: Duration = Duration::from_secs(15 * 60);
/// A day may be of any zone, and a day before it counts where spacing reaches over midnight.
const BACK: Duration = Duration::from_secs(3 * 86_400);
/// Deliveries that are given moments at once.
const STEP: u32 = 500;

/// What becomes of a delivery that was claimed before its moment.
pub(super) enum Early {
    /// WordPress publishes it then.
    Future(Timestamp),
    /// We do, then.
    Wait(Timestamp),
}

/// What to do with a delivery that is sent now, where its moment is still to come.
pub(super) fn early(planned: Option<&Planned>, draft: Option<&Draft>, now: Timestamp) -> Option<Early> {
    let at = planned?.at;
    let is_public = draft.is_some_and(|draft| draft.status == Status::Publish);
    match at {
        at if at <= now => None,
        at if is_public && at > now.plus(AHEAD) => Some(Early::Future(at)),
        at => Some(Early::Wait(at)),
    }
}

impl Pipeline {
    /// Gives a moment to all that is due on a site and has none. `false`: another configuration is in force by now, and nothing may
    /// be claimed under this one.
    pub(super) async fn give_slots(&self, site: &Site, lease: &Lease, now: Timestamp) -> Result<bool, Error> {
        if !self.store.is_scheduled_by(site.id, &self.schedule_mark(site)).await? {
            return Ok(false);
        }
        loop {
            let given = self.slots_to_give(site, now).await?;
            if given.is_empty() {
                return Ok(true);
            }
            self.store.give_slots(lease, &given).await?;
            for Given { delivery, planned, due } in &given {
                if *due > now {
                    tracing::debug!(site = site.config.name, %delivery, because = planned.because, "a post waits for its moment");
                }
            }
            if given.len() < STEP as usize {
                return Ok(true);
            }
            self.progressed();
        }
    }

    /// The moments that the next [`STEP`] of a site's deliveries would be given now.
    pub(in super::super) async fn slots_to_give(&self, site: &Site, now: Timestamp) -> Result<Vec<Given>, Error> {
        if !self.is_scheduled(site) {
            return Ok(Vec::new());
        }
        let unplaced = self.store.unplaced(site.id, now, now.minus(self.late(site)), STEP).await?;
        if unplaced.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<Id> = unplaced.iter().map(|delivery| delivery.id).collect();
        let mut book = Book::default();
        let read = if self.schedules(site).any(|schedule| !schedule.max_per_day_in.is_empty()) { Read::Drafts } else { Read::Moments };
        for placed in self.store.placed(site.id, now.minus(self.reach(site)), &ids, read).await? {
            book.add(placed.at, Booked { feed: placed.feed, categories: categories(placed.draft.as_ref()) });
        }
        let mut given = Vec::with_capacity(unplaced.len());
        for delivery in unplaced {
            let both = self.both(site, delivery.feed);
            let categories = categories(delivery.draft.as_ref());
            let is_late = delivery.is_begun || delivery.missed.is_some_and(|missed| now.since(missed) <= GRACE);
            let release = if delivery.is_digest {
                Release { at: now, because: format!("{}: a digest goes out when its window has ended", told(both.zone(), now)) }
            } else {
                book.release(both, &Wish { feed: delivery.feed, categories: &categories, not_before: now, is_late })
            };
            let missed = delivery.missed.map(|missed| format!("; its moment of {} was missed", told(both.zone(), missed)));
            let planned = Planned { at: release.at, because: release.because + &missed.unwrap_or_default() };
            let is_for_wordpress =
                both.hand() == Hand::Future && matches!(early(Some(&planned), delivery.draft.as_ref(), now), Some(Early::Future(_)));
            book.add(release.at, Booked { feed: delivery.feed, categories });
            given.push(Given { delivery: delivery.id, due: if is_for_wordpress { now } else { planned.at }, planned });
        }
        Ok(given)
    }

    /// What tells the schedules of a site's posts apart from others; empty where none holds.
    pub(in super::super) fn schedule_mark(&self, site: &Site) -> String {
        if !self.is_scheduled(site) {
            return String::new();
        }
        let of_feeds = self.config.feeds.iter().filter_map(|feed| Some((&feed.name, feed.schedule.as_deref()?)));
        let all = format!("{:?} {:?}", site.config.schedule, of_feeds.collect::<Vec<_>>());
        data_encoding::HEXLOWER.encode(&Sha256::digest(all.as_bytes())[..8])
    }

    /// The schedules that hold for a feed's posts on a site.
    fn both<'a>(&'a self, site: &'a Site, feed: Id) -> Both<'a> {
        let feed = self.feeds.get(&feed).and_then(|feed| feed.config().schedule.as_deref());
        Both { site: site.config.schedule.as_deref(), feed }
    }

    fn schedules<'a>(&'a self, site: &'a Site) -> impl Iterator<Item = &'a Schedule> {
        site.config.schedule.as_deref().into_iter().chain(self.config.feeds.iter().filter_map(|feed| feed.schedule.as_deref()))
    }

    /// Whether any of its posts may have to wait.
    fn is_scheduled(&self, site: &Site) -> bool {
        self.schedules(site).any(|schedule| !schedule.is_empty())
    }

    /// How long after its moment something still goes out as it was planned: never two that are to be spaced at once.
    fn late(&self, site: &Site) -> Duration {
        self.schedules(site).filter_map(|schedule| schedule.spacing).map(|gap| gap / 2).min().map_or(LATE, |half| half.min(LATE))
    }

    /// How far back what went out counts.
    fn reach(&self, site: &Site) -> Duration {
        BACK + self.schedules(site).filter_map(|schedule| schedule.spacing).max().unwrap_or_default()
    }
}

/// A post's categories as caps compare them: each by its own name, by its path, and by those that it lies under.
fn categories(draft: Option<&Draft>) -> Vec<String> {
    let of_categories =
        draft.iter().flat_map(|draft| &draft.terms).filter(|term| matches!(term.taxonomy.as_str(), "categories" | "category"));
    let names: BTreeSet<String> = of_categories
        .flat_map(|term| term.parents.iter().cloned().chain([term.name.clone(), term.path()]))
        .map(|name| fold(&name))
        .collect();
    names.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Term;

    #[test]
    fn what_is_sent_before_its_moment_is_wordpress_business_only_if_it_shall_be_public_and_that_is_far_enough_ahead() {
        let now = Timestamp::from_unix(1_795_000_000);
        let draft = |status| Draft { status, ..Draft::default() };
        let told = |minutes: i64, status| {
            let planned = Planned { at: Timestamp::from_unix(now.unix() + 60 * minutes), because: String::new() };
            match early(Some(&planned), Some(&draft(status)), now) {
                None => "now",
                Some(Early::Future(at)) if at == planned.at => "future",
                Some(Early::Wait(at)) if at == planned.at => "wait",
                Some(_) => "another moment",
            }
        };
        let minutes = [-5, 0, 1, 15, 16, 6_000];
        assert_eq!(minutes.map(|minutes| told(minutes, Status::Publish)), ["now", "now", "wait", "wait", "future", "future"]);
        assert_eq!(minutes.map(|minutes| told(minutes, Status::Draft)), ["now", "now", "wait", "wait", "wait", "wait"]);
        assert!(early(None, Some(&draft(Status::Publish)), now).is_none());
    }

    #[test]
    fn a_post_counts_for_its_categories_and_for_those_above_them() {
        let term = |taxonomy: &str, parents: &[&str], name: &str| Term {
            taxonomy: taxonomy.into(),
            parents: parents.iter().map(|&parent| parent.into()).collect(),
            name: name.into(),
            ..Term::default()
        };
        let draft = Draft { terms: vec![term("categories", &["News"], "Tech"), term("tags", &[], "linux")], ..Draft::default() };
        assert_eq!(categories(Some(&draft)), ["news", "news > tech", "tech"]);
        assert_eq!(categories(None), [""; 0]);
    }
}
