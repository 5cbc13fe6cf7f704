//! Time as the store keeps it (Unix seconds) and durations as people write them (`90d`, `2m`).

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A moment: whole seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From Unix seconds.
    pub const fn from_unix(seconds: i64) -> Self {
        Self(seconds)
    }

    /// From `2026-11-22T12:52:56Z` (RFC 3339).
    pub fn parse(text: &str) -> Option<Self> {
        chrono::DateTime::parse_from_rfc3339(text).ok().map(|time| Self(time.timestamp()))
    }

    /// Unix seconds.
    pub const fn unix(self) -> i64 {
        self.0
    }

    /// The moment `span` later, rounded up to the next whole second, so that a wait is never too short.
    pub fn plus(self, span: Duration) -> Self {
        let whole = i64::try_from(span.as_secs()).unwrap_or(i64::MAX / 2);
        Self(self.0.saturating_add(whole).saturating_add(i64::from(span.subsec_nanos() > 0)))
    }

    /// The moment `span` earlier, in whole seconds.
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(span.as_secs()).unwrap_or(i64::MAX / 2)))
    }

    /// How long after `earlier` this is; zero when it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_secs(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// `2026-11-22T12:52:56`, UTC without a zone: the form that WordPress' `date_gmt` takes.
    pub fn to_gmt(self) -> String {
        match chrono::DateTime::from_timestamp(self.0, 0) {
            Some(time) => time.format("%Y-%m-%dT%H:%M:%S").to_string(),
            None => "1970-01-01T00:00:00".to_owned(),
        }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}Z", self.to_gmt()))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// The text is no duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a duration; write a number with `ms`, `s`, `m`, `h`, `d` or `w`, as in \"90s\", \"2h30m\" or \"7d\"")]
pub struct ParseDurationError(String);

const UNITS: [(&str, u64); 6] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 604_800_000)];

/// Reads `90s`, `2h30m`, `7d`; units `ms s m h d w`, each number whole and with its unit.
pub fn parse_duration(text: &str) -> Result<Duration, ParseDurationError> {
    let wrong = || ParseDurationError(text.to_owned());
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(wrong());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let number: u64 = rest[..digits].parse().map_err(|_| wrong())?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let (_, millis) = UNITS.iter().find(|(unit, _)| *unit == &rest[..letters]).ok_or_else(wrong)?;
        total = number.checked_mul(*millis).and_then(|part| total.checked_add(part)).ok_or_else(wrong)?;
        rest = rest[letters..].trim_start();
    }
    Ok(Duration::from_millis(total))
}

/// Writes a duration as `parse_duration` reads it, in the largest whole units: `90s` is `1m30s`.
pub fn format_duration(span: Duration) -> String {
    let mut millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    if millis == 0 {
        return "0s".to_owned();
    }
    let mut text = String::new();
    for (unit, size) in UNITS.iter().rev().filter(|(unit, _)| *unit != "w") {
        if millis >= *size {
            text.push_str(&format!("{}{unit}", millis / size));
            millis %= size;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (text, seconds) in [("90s", 90), ("2m", 120), ("2h30m", 9_000), ("7d", 604_800), ("1w", 604_800), ("1h 5m", 3_900), ("0s", 0)] {
            assert_eq!(parse_duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(parse_duration("250ms"), Ok(Duration::from_millis(250)));
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in ["", "90", "m", "1y", "-1s", "1.5h", "99999999999999999999s", "2 m"] {
            assert!(matches!(parse_duration(text), Err(ParseDurationError(shown)) if shown == text), "{text}");
        }
    }

    #[test]
    fn a_duration_reads_back_as_it_was_written() {
        for seconds in [0, 1, 59, 60, 61, 3_599, 86_400, 90_061, 7_776_000] {
            let span = Duration::from_secs(seconds);
            assert_eq!(parse_duration(&format_duration(span)), Ok(span));
        }
    }

    #[test]
    fn a_wait_is_rounded_up_never_down() {
        let now = Timestamp::from_unix(100);
        assert_eq!(now.plus(Duration::from_millis(1)).unix(), 101);
        assert_eq!(now.plus(Duration::from_millis(2_000)).unix(), 102);
    }

    #[test]
    fn a_moment_is_written_as_wordpress_takes_it() {
        assert_eq!(Timestamp::from_unix(1_795_351_976).to_gmt(), "2026-11-22T12:52:56");
    }
}
