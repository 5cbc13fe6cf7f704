//! Spacing: so many requests at once to one registrable domain, and so far apart; what has to wait holds nobody else up.
//!
//! A [`Lane`] is one domain's. Feeds that may be asked at once cost a look into a map; the rest waits in its lane. The gap is
//! real time, like a time limit: no decision hangs on it.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use tokio::time::Instant;

use super::super::Feed;
use crate::domain::Id;
use crate::schedule::Spacing;
use crate::store::{FeedRow, Lease};

/// Feeds of one domain that wait at most: their leases run meanwhile, and one whose lease is nearly over is given back.
pub(super) const WAITING: usize = 8;

/// A feed that may be asked, once its domain allows it.
pub(super) struct Claimed {
    pub feed: Arc<Feed>,
    pub row: FeedRow,
    pub lease: Lease,
    /// The registrable domain of the address that is asked.
    pub domain: Arc<str>,
    /// The address's host, with its port where that isn't the usual one.
    pub host: Arc<str>,
}

#[derive(Default)]
struct Lane {
    running: usize,
    next: Option<Instant>,
    waiting: VecDeque<Claimed>,
}

/// All lanes of a pass.
pub(super) struct Gate {
    spacing: Spacing,
    lanes: HashMap<Arc<str>, Lane>,
    /// Domains in which somebody waits, in turn.
    order: VecDeque<Arc<str>>,
    waiting: usize,
    /// Domains of which no more is claimed for now, and the feeds that were given back for it.
    crowded: HashMap<Arc<str>, HashSet<Id>>,
}

impl Gate {
    pub fn new(spacing: Spacing) -> Self {
        Self { spacing, lanes: HashMap::new(), order: VecDeque::new(), waiting: 0, crowded: HashMap::new() }
    }

    /// Takes a feed in; gives it back where too many of its domain wait already.
    #[expect(clippy::result_large_err, reason = "what comes back is the feed, not an error")]
    pub fn admit(&mut self, claimed: Claimed) -> Result<(), Claimed> {
        let lane = self.lanes.entry(claimed.domain.clone()).or_default();
        if lane.waiting.len() >= WAITING {
            self.crowded.entry(claimed.domain.clone()).or_default().insert(claimed.row.id);
            return Err(claimed);
        }
        if lane.waiting.is_empty() {
            self.order.push_back(claimed.domain.clone());
        }
        lane.waiting.push_back(claimed);
        self.waiting += 1;
        Ok(())
    }

    /// The next feed that may be asked at this moment. `waits`: until when a domain has to wait for its pages' sake.
    pub fn next(&mut self, now: Instant, waits: impl Fn(&str) -> Option<Instant>) -> Option<Claimed> {
        for _ in 0..self.order.len() {
            let domain = self.order.pop_front()?;
            let lane = self.lanes.get_mut(&domain)?;
            if let Some(until) = waits(&domain).filter(|until| *until > now) {
                lane.next = lane.next.max(Some(until));
            }
            if !lane.is_free(&self.spacing, now) {
                self.order.push_back(domain);
                continue;
            }
            let claimed = lane.waiting.pop_front()?;
            (lane.running, lane.next) = (lane.running + 1, Some(now + self.spacing.gap));
            self.waiting -= 1;
            if !lane.waiting.is_empty() {
                self.order.push_back(domain);
            }
            return Some(claimed);
        }
        None
    }

    /// A feed of this domain was asked. Whether more of a crowded domain may be claimed again.
    pub fn asked(&mut self, domain: &Arc<str>) -> bool {
        let Some(lane) = self.lanes.get_mut(domain) else { return false };
        lane.running = lane.running.saturating_sub(1);
        lane.waiting.len() <= WAITING / 2 && self.crowded.remove(domain).is_some()
    }

    /// What `next` gave was not asked after all: its gap need not be kept.
    pub fn passed_over(&mut self, domain: &Arc<str>) -> bool {
        if let Some(lane) = self.lanes.get_mut(domain) {
            lane.next = None;
        }
        self.asked(domain)
    }

    /// When `next` should be asked again, where only a gap has to pass.
    pub fn wake(&self) -> Option<Instant> {
        let lanes = self.order.iter().filter_map(|domain| self.lanes.get(domain));
        lanes.filter(|lane| lane.running < self.spacing.at_once).filter_map(|lane| lane.next).min()
    }

    /// Nobody waits.
    pub fn is_empty(&self) -> bool {
        self.waiting == 0
    }

    /// Somebody waits who need not.
    pub fn has_ready(&self, now: Instant) -> bool {
        self.order.iter().filter_map(|domain| self.lanes.get(domain)).any(|lane| lane.is_free(&self.spacing, now))
    }

    /// Everybody who waits; for the end of a pass.
    pub fn drain(&mut self) -> Vec<Claimed> {
        self.order.clear();
        self.waiting = 0;
        self.lanes.values_mut().flat_map(|lane| lane.waiting.drain(..)).collect()
    }

    /// The domains of which no more is to be claimed, and those of their feeds that were claimed and given back.
    pub fn crowded(&self) -> &HashMap<Arc<str>, HashSet<Id>> {
        &self.crowded
    }

    /// Nothing is under way any more, whatever was counted.
    pub fn idle(&mut self) {
        self.lanes.values_mut().for_each(|lane| lane.running = 0);
    }

    /// Forgets domains that have nothing to wait for.
    pub fn sweep(&mut self, now: Instant) {
        self.lanes.retain(|_, lane| lane.running > 0 || !lane.waiting.is_empty() || lane.next.is_some_and(|next| next > now));
    }
}

impl Lane {
    fn is_free(&self, spacing: &Spacing, now: Instant) -> bool {
        self.running < spacing.at_once && self.next.is_none_or(|next| next <= now)
    }
}
