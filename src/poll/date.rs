//! Dates as feeds write them.

use chrono::DateTime;

use super::Reading;
use crate::domain::Timestamp;

/// Reads RFC 3339, and RFC 2822 where someone wrote that.
pub(super) fn read(text: &str, _reading: &Reading) -> Option<Timestamp> {
    let date = DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_rfc2822(text)).ok()?;
    Some(Timestamp::from_unix(date.timestamp()))
}
