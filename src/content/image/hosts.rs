//! Image servers in use: two pictures of a host at a time, and none of one that is dead or asked to be left alone, so that no
//! server delays the pictures of others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::domain::Timestamp;

/// Pictures under way at once: each may be [`crate::http::Limits::IMAGE`] large.
const AT_ONCE: usize = 8;
/// Of one host.
const OF_HOST: usize = 2;
/// How long a host is left alone that didn't answer.
pub(super) const REST: Duration = Duration::from_secs(60);
/// And at most, whatever it asks for: then the item goes without its picture.
const LONGEST: Duration = Duration::from_secs(3600);
/// Hosts that are remembered.
const MOST: usize = 2_000;

/// The image servers that pictures are fetched from.
#[derive(Debug)]
pub(super) struct Hosts {
    all: Arc<Semaphore>,
    known: Mutex<HashMap<String, Host>>,
}

#[derive(Debug, Clone)]
struct Host {
    turns: Arc<Semaphore>,
    rests: Option<Timestamp>,
}

/// The right to fetch one picture.
pub(super) struct Turn(#[allow(dead_code)] (OwnedSemaphorePermit, OwnedSemaphorePermit));

impl Default for Hosts {
    fn default() -> Self {
        Self { all: Arc::new(Semaphore::new(AT_ONCE)), known: Mutex::default() }
    }
}

impl Hosts {
    /// Waits for a turn; `Err`: until when the host is left alone.
    pub async fn take(&self, host: &str, now: Timestamp) -> Result<Turn, Timestamp> {
        let turns = self.rested(host, now)?.turns;
        let of_host = turns.acquire_owned().await.expect("it is never closed");
        // somebody who waited no longer may have found it dead
        self.rested(host, now)?;
        let of_all = self.all.clone().acquire_owned().await.expect("it is never closed");
        Ok(Turn((of_host, of_all)))
    }

    /// The host didn't answer, or asked to be left alone until `until`.
    pub fn rest(&self, host: &str, until: Option<Timestamp>, now: Timestamp) {
        let until = until.unwrap_or(now.plus(REST)).min(now.plus(LONGEST));
        self.known.lock().unwrap_or_else(PoisonError::into_inner).entry(host.to_owned()).or_insert_with(Host::new).rests = Some(until);
    }

    fn rested(&self, host: &str, now: Timestamp) -> Result<Host, Timestamp> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() > MOST {
            known.retain(|_, host| host.turns.available_permits() < OF_HOST || host.rests.is_some_and(|until| until > now));
        }
        let host = known.entry(host.to_owned()).or_insert_with(Host::new);
        match host.rests.filter(|until| *until > now) {
            Some(until) => Err(until),
            None => Ok(host.clone()),
        }
    }
}

impl Host {
    fn new() -> Self {
        Self { turns: Arc::new(Semaphore::new(OF_HOST)), rests: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix(1_795_000_000);

    #[tokio::test]
    async fn a_host_gets_two_at_a_time_and_a_dead_one_none() {
        let hosts = Hosts::default();
        let (one, two) = (hosts.take("a.example", NOW).await.expect("a turn"), hosts.take("a.example", NOW).await.expect("a turn"));
        let mut third = Box::pin(hosts.take("a.example", NOW));
        assert!(futures_util::poll!(&mut third).is_pending());
        let _other = hosts.take("b.example", NOW).await.expect("another host's turn");
        hosts.rest("a.example", None, NOW);
        drop((one, two));
        assert_eq!(third.await.err(), Some(NOW.plus(REST)), "who waited is told, too");
        assert!(hosts.take("a.example", NOW.plus(REST)).await.is_ok());
        hosts.rest("b.example", Some(NOW.plus(Duration::from_secs(1_000_000))), NOW);
        assert_eq!(hosts.take("b.example", NOW).await.err(), Some(NOW.plus(LONGEST)));
    }
}
