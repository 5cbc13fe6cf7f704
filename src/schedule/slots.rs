//! Slots and quiet hours as people write them: `09:00`, `Mon-Fri 12:30`, `22:00-06:00`, `Sat-Sun` (pure).

use chrono::{Datelike, Days as Step, NaiveDate, NaiveTime, Weekday};
use chrono_tz::Tz;

use super::clocks::{first_at, last_at, shown};
use crate::domain::Timestamp;

/// Days of the week; bit 0 is Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days(u8);

const ALL: Days = Days(0x7f);

/// What is wrong with the words of a slot or of quiet hours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SlotError {
    #[error("`{0}` is no time of day")]
    Time(String),
    #[error("`{0}` is no day of the week")]
    Day(String),
    #[error("`{0}` ends when it begins")]
    Nothing(String),
}

impl Days {
    /// `Mon`, `Mon-Fri`, `Sat,Sun`, `Fri-Mon`.
    fn parse(text: &str) -> Result<Self, SlotError> {
        let day = |text: &str| text.trim().parse::<Weekday>().map_err(|_| SlotError::Day(text.trim().to_owned()));
        let mut days = 0;
        for part in text.split(',') {
            let (first, last) = match part.split_once(['-', '–']) {
                Some((first, last)) => (day(first)?, day(last)?),
                None => (day(part)?, day(part)?),
            };
            let mut one = first;
            loop {
                days |= 1 << one.num_days_from_monday();
                if one == last {
                    break;
                }
                one = one.succ();
            }
        }
        Ok(Self(days))
    }

    fn has(self, date: NaiveDate) -> bool {
        self.0 & (1 << date.weekday().num_days_from_monday()) != 0
    }
}

/// A moment of the day, on some days of the week, at which one post goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    days: Days,
    time: NaiveTime,
    written: String,
}

impl Slot {
    /// `09:00`, `Mon-Fri 12:30`
    pub fn parse(text: &str) -> Result<Self, SlotError> {
        let (days, time) = day_and_rest(text)?;
        Ok(Self { days, time: time_of(time)?, written: squeezed(text) })
    }

    /// As it was written.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// When it is on this date, if it is.
    pub(super) fn on(&self, zone: Tz, date: NaiveDate) -> Option<Timestamp> {
        self.days.has(date).then(|| first_at(zone, date, self.time))
    }
}

/// Hours in which nothing goes out. What begins before midnight and ends after it belongs to the day on which it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quiet {
    days: Days,
    from: NaiveTime,
    /// `None`: at the end of the day.
    until: Option<NaiveTime>,
    written: String,
}

impl Quiet {
    /// `22:00-06:00`, `Sat-Sun 00:00-24:00`, `Sun`
    pub fn parse(text: &str) -> Result<Self, SlotError> {
        let written = squeezed(text);
        if !text.contains(':') {
            return Ok(Self { days: Days::parse(text)?, from: NaiveTime::MIN, until: None, written });
        }
        let (days, hours) = day_and_rest(text)?;
        let (from, until) = hours.split_once(['-', '–']).ok_or_else(|| SlotError::Time(hours.to_owned()))?;
        let from = time_of(from)?;
        let until = if until.trim() == "24:00" { None } else { Some(time_of(until)?) };
        match until {
            Some(until) if until == from => Err(SlotError::Nothing(written)),
            until => Ok(Self { days, from, until, written }),
        }
    }

    /// As it was written.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// Until when nothing goes out at this moment; `None`: it is not quiet.
    pub(super) fn until(&self, zone: Tz, at: Timestamp) -> Option<Timestamp> {
        let today = shown(zone, at).date_naive();
        // hours that began yesterday may hold still; clocks that are put back may show yesterday's date again
        [today - Step::new(1), today, today + Step::new(1)].into_iter().filter(|date| self.days.has(*date)).find_map(|date| {
            let (begin, end) = self.on(zone, date);
            (begin <= at && at < end).then_some(end)
        })
    }

    fn on(&self, zone: Tz, date: NaiveDate) -> (Timestamp, Timestamp) {
        let tomorrow = date + Step::new(1);
        let end = match self.until {
            None => last_at(zone, tomorrow, NaiveTime::MIN),
            Some(until) => last_at(zone, if until > self.from { date } else { tomorrow }, until),
        };
        (first_at(zone, date, self.from), end)
    }
}

/// Days, where they stand before a time.
fn day_and_rest(text: &str) -> Result<(Days, &str), SlotError> {
    let text = text.trim();
    let begins = |(at, c): (usize, char)| c.is_ascii_digit().then_some(at);
    match text.char_indices().find_map(begins) {
        Some(0) => Ok((ALL, text)),
        Some(at) => Ok((Days::parse(text[..at].trim())?, &text[at..])),
        None => Err(SlotError::Time(text.to_owned())),
    }
}

fn time_of(text: &str) -> Result<NaiveTime, SlotError> {
    NaiveTime::parse_from_str(text.trim(), "%H:%M").map_err(|_| SlotError::Time(text.trim().to_owned()))
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn quiet_hours_end_when_the_clocks_say_so_and_hold_over_both_of_an_hour_that_comes_twice() {
        let berlin = Tz::Europe__Berlin;
        for (quiet, now, until) in [
            ("22:00-06:00", "2026-11-22T20:59:59Z", None),
            ("22:00-06:00", "2026-11-22T21:00:00Z", Some("2026-11-23T05:00:00Z")),
            ("22:00-06:00", "2026-11-23T04:59:59Z", Some("2026-11-23T05:00:00Z")),
            ("22:00-06:00", "2026-11-23T05:00:00Z", None),
            // a night of 7 hours, and one of 9
            ("22:00-06:00", "2026-03-28T21:00:00Z", Some("2026-03-29T04:00:00Z")),
            ("22:00-06:00", "2026-10-24T20:00:00Z", Some("2026-10-25T05:00:00Z")),
            // they end at the second 02:30, and begin at the first
            ("22:00-02:30", "2026-10-25T00:45:00Z", Some("2026-10-25T01:30:00Z")),
            ("02:30-06:00", "2026-10-25T00:40:00Z", Some("2026-10-25T05:00:00Z")),
            // they begin in the gap
            ("02:30-06:00", "2026-03-29T00:59:59Z", None),
            ("02:30-06:00", "2026-03-29T01:00:00Z", Some("2026-03-29T04:00:00Z")),
            ("Sat-Sun", "2026-11-21T10:00:00Z", Some("2026-11-21T23:00:00Z")),
            ("Sat-Sun 00:00-24:00", "2026-11-22T22:59:59Z", Some("2026-11-22T23:00:00Z")),
            ("Sat,Sun", "2026-11-23T10:00:00Z", None),
            // Friday night, which ends on Saturday
            ("Fri 20:00-08:00", "2026-11-21T06:00:00Z", Some("2026-11-21T07:00:00Z")),
            ("Fri 20:00-08:00", "2026-11-22T06:00:00Z", None),
        ] {
            let found = Quiet::parse(quiet).unwrap().until(berlin, at(now));
            assert_eq!(found, until.map(at), "{quiet} at {now}");
        }
    }

    #[test]
    fn a_slot_is_on_its_days_once() {
        let slot = Slot::parse("Fri-Mon  02:30").unwrap();
        let on = |date: &str| slot.on(Tz::Europe__Berlin, date.parse().unwrap()).map(|at| at.to_string());
        assert_eq!(on("2026-03-29").as_deref(), Some("2026-03-29T01:00:00Z"));
        assert_eq!(on("2026-10-25").as_deref(), Some("2026-10-25T00:30:00Z"));
        assert_eq!(on("2026-11-23").as_deref(), Some("2026-11-23T01:30:00Z"));
        assert_eq!(on("2026-11-24"), None);
        assert_eq!(slot.written(), "Fri-Mon 02:30");
    }

    #[test]
    fn what_is_no_slot_says_why() {
        for (text, error) in [
            ("25:00", "`25:00` is no time of day"),
            ("noon", "`noon` is no time of day"),
            ("Mo-Fry 09:00", "`Mo` is no day of the week"),
            ("Mon-Fri", "`Mon-Fri` is no time of day"),
        ] {
            assert_eq!(Slot::parse(text).unwrap_err().to_string(), error);
        }
        for (text, error) in [
            ("22:00", "`22:00` is no time of day"),
            ("22:00-22:00", "`22:00-22:00` ends when it begins"),
            ("at night", "`at night` is no day of the week"),
            ("22:00-25:00", "`25:00` is no time of day"),
        ] {
            assert_eq!(Quiet::parse(text).unwrap_err().to_string(), error);
        }
    }
}
