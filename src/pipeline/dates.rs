//! What becomes of entries that are dated ahead of the clock.

use std::time::Duration;

use crate::config::FutureDates;
use crate::domain::{Entry, Timestamp};

/// Clocks and zones that are wrong put a date ahead by less than this; what is farther ahead is no time of publishing.
const SKEW: Duration = Duration::from_secs(86_400);

/// Entries dated more than a day ahead (an event's day, a typing error, an advertiser's pin) would stand above all others until
/// then; by default they count as published now, when they were found.
pub(super) fn believe(entries: &mut [Entry], policy: FutureDates, now: Timestamp) {
    if policy == FutureDates::Keep {
        return;
    }
    for date in entries.iter_mut().flat_map(|entry| [&mut entry.published, &mut entry.updated]).flatten() {
        if *date > now.plus(SKEW) {
            *date = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_dated_next_year_is_published_now_unless_the_operator_keeps_its_date() {
        const NOW: Timestamp = Timestamp::from_unix(1_795_000_000);
        let day = SKEW.as_secs() as i64;
        for (ahead, policy, expected) in [
            (-day, FutureDates::Now, -day),
            (3600, FutureDates::Now, 3600),
            (day, FutureDates::Now, day),
            (day + 1, FutureDates::Now, 0),
            (365 * day, FutureDates::Now, 0),
            (365 * day, FutureDates::Keep, 365 * day),
        ] {
            let at = |ahead: i64| Some(Timestamp::from_unix(NOW.unix() + ahead));
            let mut entries = [Entry { published: at(ahead), updated: at(ahead), ..Entry::default() }];
            believe(&mut entries, policy, NOW);
            assert_eq!((entries[0].published, entries[0].updated), (at(expected), at(expected)), "{ahead} {policy:?}");
        }
    }
}
