//! `Retry-After` (RFC 9110, section 10.2.3) and HTTP dates (section 5.6.7).

use std::time::Duration;

use chrono::NaiveDateTime;
use reqwest::header::{HeaderMap, RETRY_AFTER};

use crate::domain::Timestamp;

/// A `Retry-After` is believed up to here: what is longer is a mistake, and would put a host off for ever.
pub const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(30 * 86_400);

/// When the server wishes to be asked again; `None` where it says nothing that can be read.
/// Seconds or an HTTP date; a date that has passed is `now`, one beyond [`LONGEST_RETRY_AFTER`] is that.
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Timestamp> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(now.plus(Duration::from_secs(seconds).min(LONGEST_RETRY_AFTER)));
    }
    http_date(text).map(|date| date.clamp(now, now.plus(LONGEST_RETRY_AFTER)))
}

/// Reads an HTTP date in any of its three forms: `Sun, 06 Nov 1994 08:49:37 GMT`, RFC 850's, asctime's.
pub fn http_date(text: &str) -> Option<Timestamp> {
    const FORMS: [&str; 3] = ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
    let date = FORMS.iter().find_map(|form| NaiveDateTime::parse_from_str(text.trim(), form).ok())?;
    Some(Timestamp::from_unix(date.and_utc().timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix(784_111_000);

    fn asked(value: &str) -> Option<i64> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, value.parse().unwrap());
        retry_after(&headers, NOW).map(|at| at.unix() - NOW.unix())
    }

    #[test]
    fn retry_after_is_read_as_seconds_or_as_a_date() {
        for (value, wait) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(777)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(777)),
            ("Sun Nov  6 08:49:37 1994", Some(777)),
            ("Sat, 05 Nov 1994 08:49:37 GMT", Some(0)),
            ("99999999999", Some(30 * 86_400)),
            ("18446744073709551615", Some(30 * 86_400)),
            ("Sat, 06 Nov 2094 08:49:37 GMT", Some(30 * 86_400)),
            ("soon", None),
            ("-5", None),
            ("1.5", None),
        ] {
            assert_eq!(asked(value), wait, "{value}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), NOW), None);
    }
}
