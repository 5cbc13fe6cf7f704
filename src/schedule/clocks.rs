//! What the clocks of a time zone show, and which moment they mean (pure): gaps and overlaps of summer time are decided here.
//!
//! Clocks that go ahead leave times out: what is meant is the first moment after the gap. Clocks that go back show times twice:
//! what begins, begins with the first of both; what ends, ends with the second ([`last_at`]). So nothing happens twice or never.

use chrono::{DateTime, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use crate::domain::Timestamp;

/// No zone has ever left out more than a day.
const LONGEST_GAP: u32 = 26 * 60;

/// The first moment at which the zone's clocks show this, or what comes after it where they leave it out.
pub fn first_at(zone: Tz, date: NaiveDate, time: NaiveTime) -> Timestamp {
    moment(zone, date.and_time(time), |first, _| first)
}

/// The last moment at which the zone's clocks show this, or what comes after it where they leave it out.
pub fn last_at(zone: Tz, date: NaiveDate, time: NaiveTime) -> Timestamp {
    moment(zone, date.and_time(time), |_, last| last)
}

/// What the zone's clocks show.
pub fn shown(zone: Tz, at: Timestamp) -> DateTime<Tz> {
    DateTime::<Utc>::from_timestamp(at.unix(), 0).unwrap_or_default().with_timezone(&zone)
}

/// `Fri 27 Nov 2026, 17:00 CET`
pub fn told(zone: Tz, at: Timestamp) -> String {
    shown(zone, at).format("%a %-d %b %Y, %H:%M %Z").to_string()
}

fn moment(zone: Tz, mut local: NaiveDateTime, choose: impl Fn(i64, i64) -> i64) -> Timestamp {
    for _ in 0..LONGEST_GAP {
        match zone.from_local_datetime(&local) {
            LocalResult::Single(at) => return Timestamp::from_unix(at.timestamp()),
            LocalResult::Ambiguous(first, last) => return Timestamp::from_unix(choose(first.timestamp(), last.timestamp())),
            LocalResult::None => local += TimeDelta::minutes(1),
        }
    }
    Timestamp::from_unix(local.and_utc().timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn time(text: &str) -> NaiveTime {
        NaiveTime::parse_from_str(text, "%H:%M").unwrap()
    }

    #[test]
    fn a_time_that_is_left_out_means_the_first_moment_after_the_gap_and_one_that_comes_twice_begins_once() {
        for (zone, day, at, first, last) in [
            (Tz::Europe__Berlin, "2026-03-29", "02:10", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"),
            (Tz::Europe__Berlin, "2026-03-29", "03:00", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"),
            (Tz::Europe__Berlin, "2026-10-25", "02:30", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"),
            (Tz::America__New_York, "2026-03-08", "02:30", "2026-03-08T07:00:00Z", "2026-03-08T07:00:00Z"),
            (Tz::America__New_York, "2026-11-01", "01:30", "2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"),
            // half an hour
            (Tz::Australia__Lord_Howe, "2026-10-04", "02:15", "2026-10-03T15:30:00Z", "2026-10-03T15:30:00Z"),
            (Tz::Australia__Lord_Howe, "2026-04-05", "01:45", "2026-04-04T14:45:00Z", "2026-04-04T15:15:00Z"),
            // at midnight
            (Tz::America__Santiago, "2026-09-06", "00:00", "2026-09-06T04:00:00Z", "2026-09-06T04:00:00Z"),
            // a day that never was
            (Tz::Pacific__Apia, "2011-12-30", "09:00", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"),
            (Tz::UTC, "2026-03-29", "02:10", "2026-03-29T02:10:00Z", "2026-03-29T02:10:00Z"),
        ] {
            let told = |at: Timestamp| at.to_string();
            let (day, at) = (date(day), time(at));
            assert_eq!((told(first_at(zone, day, at)), told(last_at(zone, day, at))), (first.into(), last.into()), "{zone} {day} {at}");
        }
    }
}
