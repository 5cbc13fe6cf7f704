//! Turns: pages of one registrable domain are asked for one after the other, and no sooner after each other than feeds are.
//!
//! Polling and pages know of each other's requests here. Like a time limit the gap is real time: no decision hangs on it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedMutexGuard, Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// Pages of different domains at once.
const AT_ONCE: usize = 16;
/// So long nobody asks a domain that was not reached.
const SILENT: Duration = Duration::from_secs(60);

/// All domains of which pages are wanted just now, or were asked for a moment ago.
pub(super) struct Lanes {
    gap: Duration,
    lanes: Mutex<HashMap<String, Lane>>,
    /// Pages on their way, of all domains.
    places: Semaphore,
}

#[derive(Default)]
struct Lane {
    turn: Arc<tokio::sync::Mutex<()>>,
    /// With the one whose turn it is.
    wanting: usize,
    /// No request begins before.
    next: Option<Instant>,
    /// Nobody was reached there just now.
    silent_until: Option<Instant>,
}

/// The right to ask one domain for pages. Whoever holds it is the only one.
pub(super) struct Turn<'l> {
    lanes: &'l Lanes,
    domain: String,
    held: Option<(OwnedMutexGuard<()>, SemaphorePermit<'l>)>,
}

impl Lanes {
    pub fn new(gap: Duration) -> Self {
        Self { gap, lanes: Mutex::default(), places: Semaphore::new(AT_ONCE) }
    }

    /// Waits for the turn.
    pub async fn turn(&self, domain: &str) -> Turn<'_> {
        let turn = {
            let mut lanes = self.all();
            let now = Instant::now();
            lanes.retain(|_, lane| lane.wanting > 0 || lane.next.max(lane.silent_until).is_some_and(|until| until > now));
            let lane = lanes.entry(domain.to_owned()).or_default();
            lane.wanting += 1;
            lane.turn.clone()
        };
        // made before waiting, so that a wait that is given up is counted out, too
        let mut waiting = Turn { lanes: self, domain: domain.to_owned(), held: None };
        let turn = turn.lock_owned().await;
        waiting.held = Some((turn, self.places.acquire().await.expect("it is never closed")));
        waiting
    }

    /// A feed of the domain is asked now.
    pub fn feed_asked(&self, domain: &str) {
        let mut lanes = self.all();
        // nobody wants its pages: nothing to note
        if let Some(lane) = lanes.get_mut(domain) {
            lane.next = Some(Instant::now() + self.gap);
        }
    }

    /// When a feed of the domain may be asked, as far as pages go: no sooner than this.
    pub fn feed_waits(&self, domain: &str) -> Option<Instant> {
        self.all().get(domain).and_then(|lane| lane.next)
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, Lane>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn<'_> {
    /// The domain was not reached: nobody else tries for a while.
    pub fn was_silent(&self) {
        if let Some(lane) = self.lanes.all().get_mut(&self.domain) {
            lane.silent_until = Some(Instant::now() + SILENT);
        }
    }

    /// Somebody tried just now and reached nobody.
    pub fn is_silent(&self) -> bool {
        self.lanes.all().get(&self.domain).and_then(|lane| lane.silent_until).is_some_and(|until| until > Instant::now())
    }

    /// Waits until the next request may begin.
    pub async fn next(&self) {
        let wait = {
            let mut lanes = self.lanes.all();
            let lane = lanes.entry(self.domain.clone()).or_default();
            let at = lane.next.unwrap_or_else(Instant::now).max(Instant::now());
            lane.next = Some(at + self.lanes.gap);
            at
        };
        tokio::time::sleep_until(wait).await;
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(lane) = self.lanes.all().get_mut(&self.domain) {
            lane.wanting = lane.wanting.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn one_page_of_a_domain_at_a_time_and_others_do_not_wait() {
        let lanes = Lanes::new(Duration::ZERO);
        let first = lanes.turn("x.example").await;
        let mut second = pin!(lanes.turn("x.example"));
        assert!(second.as_mut().now_or_never().is_none());
        assert!(lanes.turn("y.example").now_or_never().is_some());
        first.next().await;
        drop(first);
        second.await.next().await;
    }

    #[tokio::test]
    async fn requests_of_a_domain_keep_their_distance_and_those_of_feeds_count() {
        let gap = Duration::from_secs(3600);
        let lanes = Lanes::new(gap);
        let (begin, turn) = (Instant::now(), lanes.turn("x.example").await);
        turn.next().await;
        assert!(turn.next().now_or_never().is_none());
        assert!(lanes.feed_waits("x.example").is_some_and(|next| next >= begin + gap) && lanes.feed_waits("z.example").is_none());
        let other = lanes.turn("y.example").await;
        lanes.feed_asked("y.example");
        assert!(other.next().now_or_never().is_none());
    }

    #[tokio::test]
    async fn a_domain_that_was_not_reached_is_left_alone_for_a_while() {
        let lanes = Lanes::new(Duration::ZERO);
        let turn = lanes.turn("x.example").await;
        turn.was_silent();
        drop(turn);
        assert!(lanes.turn("x.example").await.is_silent());
        assert!(!lanes.turn("y.example").await.is_silent());
    }

    #[tokio::test]
    async fn a_turn_that_is_given_up_while_waiting_is_no_longer_counted() {
        let lanes = Lanes::new(Duration::ZERO);
        let first = lanes.turn("x.example").await;
        assert!(lanes.turn("x.example").now_or_never().is_none());
        assert_eq!(lanes.all()["x.example"].wanting, 1);
        drop(first);
        assert_eq!(lanes.all()["x.example"].wanting, 0);
    }
}
