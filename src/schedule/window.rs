//! When a digest's windows end: every day, week or month at a time of day, as the clocks of a time zone show it (pure).

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Weekday};
use chrono_tz::Tz;

use super::clocks;
use crate::domain::Timestamp;

/// How long a window is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    Day,
    Week,
    Month,
}

/// The ends of a digest's windows. What is known before an end and after the one before belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    on: On,
    time: NaiveTime,
    zone: Tz,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum On {
    Every,
    Weekday(Weekday),
    /// In a shorter month its last day.
    Day(u32),
}

/// Why there is no such window: what is wrong with its words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    #[error("`{0}` is no time of day")]
    Time(String),
    #[error("`{0}` is no day of the week")]
    Weekday(String),
    #[error("`{0}` is no day of the month")]
    MonthDay(String),
    #[error("`{0}` is no time zone")]
    Zone(String),
}

impl Window {
    /// `at`: `17:00` for a day, `Fri 17:00` for a week, `1 08:00` for a month. `zone`: a name of the IANA's, as `Europe/Vienna`.
    pub fn parse(every: Period, at: &str, zone: &str) -> Result<Self, WindowError> {
        let zone = zone.parse().map_err(|_| WindowError::Zone(zone.to_owned()))?;
        let (day, time) = match at.trim().rsplit_once(char::is_whitespace) {
            Some((day, time)) => (day.trim(), time),
            None if at.contains(':') => ("", at.trim()),
            None => (at.trim(), ""),
        };
        let on = match every {
            Period::Day if day.is_empty() => On::Every,
            Period::Day => return Err(WindowError::Time(at.to_owned())),
            Period::Week => On::Weekday(day.parse().map_err(|_| WindowError::Weekday(day.to_owned()))?),
            Period::Month => {
                let number = day.trim_end_matches('.').parse().ok().filter(|day| (1..=31).contains(day));
                On::Day(number.ok_or_else(|| WindowError::MonthDay(day.to_owned()))?)
            }
        };
        let time = NaiveTime::parse_from_str(time, "%H:%M").map_err(|_| WindowError::Time(time.to_owned()))?;
        Ok(Self { on, time, zone })
    }

    /// The first end after a moment.
    pub fn next(&self, after: Timestamp) -> Timestamp {
        self.ends(after, true).find(|end| *end > after).unwrap_or(after)
    }

    /// The last end that is not after a moment.
    pub fn last(&self, now: Timestamp) -> Timestamp {
        self.ends(now, false).find(|end| *end <= now).unwrap_or(now)
    }

    /// `2026-11-27T17:00:00+01:00`: a moment as the zone's clocks show it.
    pub fn local(&self, at: Timestamp) -> String {
        self.moment(at).to_rfc3339()
    }

    /// `Fri 27 Nov 2026, 17:00 CET`: the same for a person.
    pub fn told(&self, at: Timestamp) -> String {
        clocks::told(self.zone, at)
    }

    fn moment(&self, at: Timestamp) -> DateTime<Tz> {
        clocks::shown(self.zone, at)
    }

    /// Ends around a moment, from two days on the other side of it onwards or backwards.
    fn ends(&self, around: Timestamp, onwards: bool) -> impl Iterator<Item = Timestamp> + '_ {
        let date = self.moment(around).date_naive();
        let days = (0..70).map_while(move |step: u64| match onwards {
            true => (date - Days::new(2)).checked_add_days(Days::new(step)),
            false => (date + Days::new(2)).checked_sub_days(Days::new(step)),
        });
        days.filter(|date| self.falls_on(*date)).map(|date| self.end_on(date))
    }

    fn falls_on(&self, date: NaiveDate) -> bool {
        match self.on {
            On::Every => true,
            On::Weekday(weekday) => date.weekday() == weekday,
            On::Day(day) => date.day() == day || (date.day() < day && (date + Days::new(1)).day() == 1),
        }
    }

    fn end_on(&self, date: NaiveDate) -> Timestamp {
        clocks::first_at(self.zone, date, self.time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::from_unix(DateTime::parse_from_rfc3339(text).unwrap().timestamp())
    }

    fn window(every: Period, at: &str, zone: &str) -> Window {
        Window::parse(every, at, zone).unwrap()
    }

    #[test]
    fn a_window_ends_when_the_zones_clocks_say_so() {
        let week = window(Period::Week, "Fri 17:00", "Europe/Vienna");
        let day = window(Period::Day, "06:30", "UTC");
        let month = window(Period::Month, "31 08:00", "Asia/Tokyo");
        for (window, now, last, next) in [
            (week, "2026-11-22T12:00:00Z", "2026-11-20T16:00:00Z", "2026-11-27T16:00:00Z"),
            // at the very moment it has ended
            (week, "2026-11-27T16:00:00Z", "2026-11-27T16:00:00Z", "2026-12-04T16:00:00Z"),
            (week, "2026-11-27T15:59:59Z", "2026-11-20T16:00:00Z", "2026-11-27T16:00:00Z"),
            // in summer an hour earlier, as UTC has it
            (week, "2026-07-01T00:00:00Z", "2026-06-26T15:00:00Z", "2026-07-03T15:00:00Z"),
            (day, "2026-11-22T06:29:00Z", "2026-11-21T06:30:00Z", "2026-11-22T06:30:00Z"),
            // short months end it on their last day; Tokyo is nine hours ahead
            (month, "2026-02-15T00:00:00Z", "2026-01-30T23:00:00Z", "2026-02-27T23:00:00Z"),
            (month, "2028-02-29T00:00:00Z", "2028-02-28T23:00:00Z", "2028-03-30T23:00:00Z"),
        ] {
            assert_eq!((window.last(at(now)), window.next(at(now))), (at(last), at(next)), "{now}");
        }
    }

    #[test]
    fn clocks_that_are_changed_make_no_window_end_twice_or_never() {
        let gap = window(Period::Day, "02:30", "Europe/Vienna");
        let mut now = at("2026-03-27T12:00:00Z");
        let ends: Vec<String> = (0..4)
            .map(|_| {
                now = gap.next(now);
                now.to_string()
            })
            .collect();
        assert_eq!(ends, ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z", "2026-03-31T00:30:00Z"]);
        let mut now = at("2026-10-24T12:00:00Z");
        let ends: Vec<String> = (0..2)
            .map(|_| {
                now = gap.next(now);
                now.to_string()
            })
            .collect();
        assert_eq!(ends, ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]);
    }

    #[test]
    fn each_end_is_the_last_until_the_next() {
        for window in [window(Period::Week, "Sun 02:15", "America/New_York"), window(Period::Month, "1 00:00", "Pacific/Apia")] {
            let mut end = window.next(at("2011-01-01T00:00:00Z"));
            for _ in 0..120 {
                let next = window.next(end);
                assert!(next > end);
                assert_eq!(window.last(Timestamp::from_unix(next.unix() - 1)), end);
                assert_eq!(window.last(next), next);
                end = next;
            }
        }
    }

    #[test]
    fn what_is_no_window_says_why() {
        for (every, at, zone, error) in [
            (Period::Day, "25:00", "UTC", "`25:00` is no time of day"),
            (Period::Day, "Fri 17:00", "UTC", "`Fri 17:00` is no time of day"),
            (Period::Day, "Fri", "UTC", "`Fri` is no time of day"),
            (Period::Week, "17:00", "UTC", "`` is no day of the week"),
            (Period::Week, "Fry 17:00", "UTC", "`Fry` is no day of the week"),
            (Period::Month, "32 17:00", "UTC", "`32` is no day of the month"),
            (Period::Month, "1", "UTC", "`` is no time of day"),
            (Period::Day, "17:00", "Europe/Wien", "`Europe/Wien` is no time zone"),
        ] {
            assert_eq!(Window::parse(every, at, zone).unwrap_err().to_string(), error);
        }
        let long = window(Period::Week, "friday 17:00", "UTC");
        assert_eq!(long.told(long.next(at("2026-11-22T12:00:00Z"))), "Fri 27 Nov 2026, 17:00 UTC");
    }
}
