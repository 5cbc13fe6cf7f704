//! Dates as feeds write them: RFC 3339, RFC 2822, and what people and programs take for these.
//!
//! The two common forms are read byte by byte (`exact`, well under a microsecond); whatever else, in any of some thirty
//! languages, goes through a reading that looks for a time, a zone, a month and what is left (`loose`). Where a zone is missing it
//! is UTC.

mod exact;
mod loose;
mod months;
mod zones;

use std::fmt::Write;

use chrono::format::{Item, StrftimeItems};
use chrono::{DateTime, NaiveDate, NaiveDateTime};

use super::Reading;
use crate::domain::Timestamp;

/// What is longer than this is no date.
const MAX_LENGTH: usize = 200;

/// The moment that `text` means, be it one that an entry can have or not: see [`is_plausible`].
pub(super) fn read(text: &str, reading: &Reading) -> Option<Timestamp> {
    let text = text.trim();
    if text.is_empty() || text.len() > MAX_LENGTH {
        return None;
    }
    let forced = || reading.date_format.as_deref().and_then(|format| by_format(text, format));
    let unix = forced().or_else(|| exact::read(text.as_bytes())).or_else(|| loose::read(text))?;
    Some(Timestamp::from_unix(unix))
}

/// Why a pattern can't be read with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DateFormatError {
    #[error("`{0}` is no field of a date")]
    Field(String),
    #[error("it says no day of a year")]
    NoDay,
}

/// Whether a `strftime` pattern reads a day.
pub fn check_format(pattern: &str) -> Result<(), DateFormatError> {
    let is_whole = |pattern: &str| StrftimeItems::new(pattern).all(|item| item != Item::Error);
    if !is_whole(pattern) {
        let fields = pattern.match_indices('%').map(|(at, _)| &pattern[at..]);
        let first_of = |field: &str| field.chars().take(2).collect::<String>();
        // `%%` and modifiers like `%-d` make the two characters a guess; the first that fails alone is the one
        let wrong =
            fields.map(first_of).find(|field| !is_whole(field) && !matches!(field.as_str(), "%-" | "%_" | "%0" | "%." | "%:" | "%#"));
        return Err(DateFormatError::Field(wrong.unwrap_or_else(|| pattern.to_owned())));
    }
    // `%#z` can only be read
    let to_write = pattern.replace("%#z", "%z");
    let mut written = String::new();
    let is_written = DateTime::from_timestamp(1_055_217_600, 0).is_some_and(|date| write!(written, "{}", date.format(&to_write)).is_ok());
    let day = |unix: i64| unix.div_euclid(86_400);
    match Some(written).filter(|_| is_written).and_then(|written| by_format(&written, pattern)) {
        Some(read) if day(read) == day(1_055_217_600) => Ok(()),
        _ => Err(DateFormatError::NoDay),
    }
}

/// Dates that programs write for "none" are none: before 1900 (year 1, 1601, 1899), 1900-01-01, 1970-01-01 in any zone, and all
/// after 2100. Early ones beyond these may be an archive's; the near future is the pipeline's to judge, it knows the time.
pub(super) fn is_plausible(at: Timestamp) -> bool {
    const DAY: i64 = 86_400;
    let (after_1900_01_01, after_2100) = (-2_208_988_800 + DAY, 4_133_980_800);
    let is_zero = (-14 * 3600..=14 * 3600).contains(&at.unix());
    !is_zero && (after_1900_01_01..after_2100).contains(&at.unix())
}

fn by_format(text: &str, format: &str) -> Option<i64> {
    let zoned = || DateTime::parse_from_str(text, format).map(|date| date.timestamp());
    let local = || NaiveDateTime::parse_from_str(text, format).map(|date| date.and_utc().timestamp());
    let day = || NaiveDate::parse_from_str(text, format).map(|date| date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp());
    zoned().or_else(|_| local()).or_else(|_| day()).ok()
}

/// A date and a time of day without a zone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Local {
    year: i64,
    /// From 1.
    month: u32,
    /// From 1.
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
}

impl Local {
    /// Unix seconds if this were UTC. 31 February is the last of February: who writes that means about then, and without a date
    /// an old entry would come out as new. Midnight at the end of a day and leap seconds are the next second.
    fn unix(self) -> Option<i64> {
        let is_day = (1..=12).contains(&self.month) && (1..=31).contains(&self.day) && (0..=9999).contains(&self.year);
        let is_time = self.minute < 60 && self.second <= 60 && (self.hour < 24 || (self.hour, self.minute, self.second) == (24, 0, 0));
        if !is_day || !is_time {
            return None;
        }
        let day = self.day.min(days_of_month(self.year, self.month));
        let seconds = i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second);
        Some(days(self.year, self.month, day) * 86_400 + seconds)
    }

    /// From 0 for Sunday.
    fn weekday(self) -> i64 {
        (days(self.year, self.month, self.day) + 4).rem_euclid(7)
    }
}

/// Days since 1970-01-01 (proleptic Gregorian; Howard Hinnant's `days_from_civil`).
fn days(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (i64::from(month) + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn days_of_month(year: i64, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// A year as written: two digits are of 1970 to 2069, three count from 1900 (RFC 2822, section 4.3).
fn full_year(year: i64, digits: usize) -> i64 {
    match digits {
        1 | 2 if year < 70 => year + 2000,
        1..=3 => year + 1900,
        _ => year,
    }
}

#[cfg(test)]
mod tests;
