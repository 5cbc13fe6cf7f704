//! When a hub is asked again, and when a feed is polled although it is pushed (pure).

use std::time::Duration;

use crate::domain::Timestamp;

/// How long a hub may take to verify a request: older ones try again for hours.
pub const PENDING: Duration = Duration::from_secs(86_400);
/// A hub that denied is asked again after this, unless the feed names another.
const DENIED: Duration = Duration::from_secs(7 * 86_400);
/// A feed that is pushed is polled this seldom: no hub is sure to bring everything.
const FALLBACK: Duration = Duration::from_secs(86_400);

/// A hub that has taken the request and doesn't verify it is asked again after this.
const UNVERIFIED: Duration = Duration::from_secs(3_600);
/// After the first failure; each further one doubles it.
const FIRST_RETRY: Duration = Duration::from_secs(5 * 60);
/// And no longer than this.
const LONGEST_RETRY: Duration = Duration::from_secs(86_400);
/// However short a lease is.
const SHORTEST: Duration = Duration::from_secs(2);
/// The fallback polls of feeds that were read at once come apart.
const APART: Duration = Duration::from_secs(600);

/// When a lease that begins `now` is renewed: after three fifths to seven tenths of its time, so that a hub that is down for a while is
/// found up again before the end, and that a thousand leases of one hour don't end in one hour.
pub fn renew_at(granted: Duration, token: &str, now: Timestamp) -> Timestamp {
    let part = 60 + u32::try_from(spread(token, 11)).unwrap_or(0);
    now.plus((granted * part / 100).max(SHORTEST))
}

/// When a hub is asked again after the `failures`-th request in a row that came to nothing so far. While a lease lasts, soon
/// enough to have several tries before its end.
pub fn retry_at(failures: u32, taken: Taken, lease_until: Option<Timestamp>, token: &str, now: Timestamp) -> Timestamp {
    let least = match taken {
        Taken::Yes => UNVERIFIED,
        Taken::No => FIRST_RETRY,
    };
    let span = (FIRST_RETRY * 2_u32.pow(failures.saturating_sub(1).min(12))).clamp(least, LONGEST_RETRY);
    let span = span + span * u32::try_from(spread(token, 26)).unwrap_or(0) / 100;
    let left = lease_until.map(|until| until.since(now)).filter(|left| *left > Duration::ZERO);
    now.plus(left.map_or(span, |left| span.min(left / 3)).max(SHORTEST))
}

/// Whether the hub took the request, and has only to verify it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    Yes,
    No,
}

/// When another hub is asked after the `failures`-th denial in a row, or, when all of them have denied, the first one again.
pub fn denied_until(failures: u32, hubs: usize, now: Timestamp) -> Timestamp {
    now.plus(if (failures as usize) < hubs { FIRST_RETRY } else { DENIED })
}

/// When a feed that is pushed is polled all the same.
pub fn fallback_at(feed: &str, now: Timestamp) -> Timestamp {
    now.plus(FALLBACK + Duration::from_secs(spread(feed, APART.as_secs())))
}

/// A number below `most`, always the same for one text (FNV-1a).
fn spread(text: &str, most: u64) -> u64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    (hash ^ (hash >> 32)) % most
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::push::tests::NOW;

    #[test]
    fn a_lease_is_renewed_well_before_its_end_and_not_all_at_once() {
        let mut moments = std::collections::HashSet::new();
        for number in 0..100 {
            let at = renew_at(Duration::from_secs(864_000), &format!("token {number}"), NOW).since(NOW).as_secs();
            assert!((864_000 * 60 / 100..=864_000 * 70 / 100).contains(&at), "{at}");
            moments.insert(at);
        }
        assert!(moments.len() > 5, "{moments:?}");
        assert_eq!(renew_at(Duration::from_secs(1), "token", NOW), NOW.plus(SHORTEST));
    }

    #[test]
    fn failures_wait_longer_and_longer_but_not_past_a_lease() {
        for (failures, taken, lease, least, most) in [
            (1, Taken::Yes, None, 3_600, 4_500),
            (9, Taken::Yes, None, 76_800, 96_000),
            (1, Taken::No, None, 300, 375),
            (2, Taken::No, None, 600, 750),
            (5, Taken::No, None, 4_800, 6_000),
            (60, Taken::No, None, 86_400, 108_000),
            (3, Taken::No, Some(600), 200, 200),
            (1, Taken::Yes, Some(30), 10, 10),
            (1, Taken::No, Some(1), 2, 2),
            // the lease is over
            (1, Taken::No, Some(0), 300, 375),
        ] {
            let until = lease.map(|seconds| NOW.plus(Duration::from_secs(seconds)));
            let wait = retry_at(failures, taken, until, "token", NOW).since(NOW).as_secs();
            assert!((least..=most).contains(&wait), "{failures} {lease:?}: {wait}");
        }
    }

    #[test]
    fn a_denial_leads_to_the_next_hub_and_then_to_a_long_rest() {
        for (failures, hubs, expected) in [(1, 1, DENIED), (1, 2, FIRST_RETRY), (2, 2, DENIED), (7, 3, DENIED)] {
            assert_eq!(denied_until(failures, hubs, NOW), NOW.plus(expected), "{failures} {hubs}");
        }
    }

    #[test]
    fn feeds_that_are_pushed_are_polled_about_once_a_day() {
        let wait = fallback_at("lwn", NOW).since(NOW);
        assert!(wait >= FALLBACK && wait < FALLBACK + APART, "{wait:?}");
    }
}
