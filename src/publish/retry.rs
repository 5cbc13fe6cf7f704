//! When to try again, as data.

use std::time::Duration;

use crate::domain::{Delivery, Timestamp};
use crate::wordpress::Failure;

/// The wait after each failed try; after the last a delivery is given up.
pub const RETRY: [Duration; 10] = [
    Duration::from_secs(60),
    Duration::from_secs(5 * 60),
    Duration::from_secs(15 * 60),
    Duration::from_secs(3600),
    Duration::from_secs(3 * 3600),
    Duration::from_secs(6 * 3600),
    Duration::from_secs(12 * 3600),
    Duration::from_secs(24 * 3600),
    Duration::from_secs(24 * 3600),
    Duration::from_secs(24 * 3600),
];

/// What becomes of a delivery after a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Try again then; `doubt`: no look proves anything before. It counts as a try.
    Retry { at: Timestamp, doubt: Option<Timestamp> },
    /// It says nothing about this delivery: put it back uncounted, and leave the whole site alone until then.
    SiteRests { until: Timestamp },
    /// At once, and singly: batches are blocked on this site. Uncounted.
    Singly,
    /// Never again, unless a person says so.
    GiveUp,
}

/// When an unclear answer to a request that starts now proves something at the latest: its last possible start and the settle time.
pub fn doubt_until(now: Timestamp, timeout: Duration, settle: Duration) -> Timestamp {
    now.plus(timeout).plus(settle)
}

/// Whether another try at making it is left. A delivery in doubt is looked up even when none is.
pub fn may_create(delivery: &Delivery) -> bool {
    usize::try_from(delivery.attempts).is_ok_and(|attempts| attempts < RETRY.len())
}

/// What becomes of a delivery after this failure. `attempts`: its tries before this one. `site_failures`: in a row, of the whole site.
pub fn next(failure: &Failure, attempts: u32, site_failures: u32, settle: Duration, now: Timestamp) -> Next {
    let asked = failure.not_before(now).unwrap_or(now);
    match failure {
        Failure::Unclear { .. } => {
            // the look that comes next is wanted soon; only if the answers stay unclear the waits grow
            let wait = if attempts == 0 { settle } else { settle.max(step(attempts - 1)) };
            Next::Retry { at: now.plus(wait).max(asked), doubt: Some(now.plus(settle)) }
        }
        Failure::NotDone { .. } | Failure::Unwelcome(_) | Failure::Lost { .. } => {
            Next::SiteRests { until: site_rests(failure, site_failures, now) }
        }
        Failure::NoBatch { .. } => Next::Singly,
        // the next look finds out what became of it, and who we are now
        Failure::Refused(_) if failure.is_about_rights() && left(attempts) => Next::Retry { at: now.plus(step(attempts)), doubt: None },
        Failure::Refused(_) if failure.is_gone() && left(attempts) => Next::Retry { at: now.plus(step(0)), doubt: None },
        Failure::Blocked { .. } if left(attempts) => Next::Retry { at: now.plus(step(attempts)), doubt: None },
        Failure::Refused(_) | Failure::Blocked { .. } => Next::GiveUp,
    }
}

/// A site that is down is asked once an hour in the end.
const SITE: u32 = 3;

/// Until when a site is left alone after a failure to look who we are there and what there is, whatever it was.
/// `failures`: such ones in a row before this one.
pub fn site_rests(failure: &Failure, failures: u32, now: Timestamp) -> Timestamp {
    now.plus(site_wait(failures)).max(failure.not_before(now).unwrap_or(now))
}

/// How long a site is left alone where nothing could be done on it, after so many such failures in a row before this one;
/// never longer than an hour.
pub fn site_wait(failures: u32) -> Duration {
    step(failures.min(SITE))
}

fn left(attempts: u32) -> bool {
    usize::try_from(attempts).is_ok_and(|attempts| attempts + 1 < RETRY.len())
}

fn step(number: u32) -> Duration {
    let last = RETRY.len() - 1;
    RETRY[usize::try_from(number).unwrap_or(last).min(last)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wordpress::{Refusal, Wait};

    const NOW: Timestamp = Timestamp::from_unix(1_000);
    const SETTLE: Duration = Duration::from_secs(120);

    fn unclear(wait: Option<Wait>) -> Failure {
        Failure::Unclear { what: "x", because: String::new(), wait, cause: None }
    }

    fn after(seconds: i64) -> Timestamp {
        Timestamp::from_unix(1_000 + seconds)
    }

    #[test]
    fn an_unclear_answer_is_looked_into_after_the_settle_time_and_then_at_least_daily() {
        let doubt = Some(after(120));
        for (attempts, seconds) in [(0, 120), (1, 120), (2, 300), (9, 86_400), (50, 86_400)] {
            assert_eq!(next(&unclear(None), attempts, 0, SETTLE, NOW), Next::Retry { at: after(seconds), doubt }, "{attempts}");
        }
        let asked = unclear(Some(Wait::For(Duration::from_secs(600))));
        assert_eq!(next(&asked, 0, 0, SETTLE, NOW), Next::Retry { at: after(600), doubt });
    }

    #[test]
    fn what_meets_every_request_lets_the_site_rest_and_costs_no_delivery_a_try() {
        let down = |wait| Failure::NotDone { what: "x", because: String::new(), wait, cause: None };
        assert_eq!(next(&down(None), 9, 0, SETTLE, NOW), Next::SiteRests { until: after(60) });
        assert_eq!(next(&down(None), 0, 50, SETTLE, NOW), Next::SiteRests { until: after(3600) });
        let asked = down(Some(Wait::Until(after(7_000))));
        assert_eq!(next(&asked, 0, 0, SETTLE, NOW), Next::SiteRests { until: after(7_000) });
        assert_eq!(next(&Failure::Unwelcome(Refusal::default()), 9, 0, SETTLE, NOW), Next::SiteRests { until: after(60) });
    }

    #[test]
    fn a_site_that_is_down_is_asked_once_an_hour_in_the_end() {
        let minutes: Vec<u64> = [0, 1, 2, 3, 4, 9, u32::MAX].map(|failures| site_wait(failures).as_secs() / 60).into();
        assert_eq!(minutes, [1, 5, 15, 60, 60, 60, 60]);
        let blocked = Failure::Blocked { what: "x", because: String::new() };
        assert_eq!([0, 1, 50].map(|failures| site_rests(&blocked, failures, NOW)), [after(60), after(300), after(3600)]);
    }

    #[test]
    fn a_refusal_is_for_good_and_a_firewalls_no_is_tried_by_the_schedule() {
        let refused = |status| Failure::Refused(Refusal { status, ..Refusal::default() });
        assert_eq!(next(&refused(400), 0, 0, SETTLE, NOW), Next::GiveUp);
        assert_eq!(next(&refused(404), 0, 0, SETTLE, NOW), Next::Retry { at: after(60), doubt: None });
        let no_right = Failure::Refused(Refusal { status: 403, look_again: true, ..Refusal::default() });
        assert_eq!(next(&no_right, 1, 0, SETTLE, NOW), Next::Retry { at: after(300), doubt: None });
        assert_eq!(next(&no_right, 9, 0, SETTLE, NOW), Next::GiveUp);
        let blocked = Failure::Blocked { what: "x", because: String::new() };
        assert_eq!(next(&blocked, 1, 0, SETTLE, NOW), Next::Retry { at: after(300), doubt: None });
        assert_eq!(next(&blocked, 9, 0, SETTLE, NOW), Next::GiveUp);
        assert_eq!(next(&Failure::NoBatch { what: "x", because: String::new() }, 9, 0, SETTLE, NOW), Next::Singly);
    }
}
