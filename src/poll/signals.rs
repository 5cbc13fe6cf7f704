//! What a publisher wishes of those who poll: read of headers, measured against the moment handed in.

use std::time::Duration;

use crate::domain::Timestamp;
use crate::http::{HeaderMap, header, http_date, retry_after};

/// A publisher's wishes, as one answer's headers tell them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Signals {
    /// How long the answer holds: `Cache-Control: max-age` less `Age`, or `Expires` (RFC 9111, section 4.2). Zero where it
    /// says that it doesn't; `None` where it says nothing.
    pub fresh_for: Option<Duration>,
    /// `Retry-After`, with any status.
    pub retry_after: Option<Timestamp>,
}

impl Signals {
    /// Of a response's headers.
    pub(super) fn of(headers: &HeaderMap, now: Timestamp) -> Self {
        Self { fresh_for: fresh_for(headers, now), retry_after: retry_after(headers, now) }
    }
}

fn fresh_for(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let control = headers
        .get_all(header::CACHE_CONTROL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect::<Vec<_>>()
        .join(",")
        .to_ascii_lowercase();
    let directives = || control.split(',').map(str::trim);
    if directives().any(|directive| matches!(directive, "no-cache" | "no-store")) {
        return Some(Duration::ZERO);
    }
    let max_age = directives().find_map(|directive| directive.strip_prefix("max-age=")?.trim_matches('"').parse::<u64>().ok());
    if let Some(seconds) = max_age {
        let age = text(header::AGE).and_then(|age| age.trim().parse().ok()).unwrap_or(0);
        return Some(Duration::from_secs(seconds.saturating_sub(age)));
    }
    // what is no date has expired (RFC 9111, section 5.3)
    let expires = http_date(text(header::EXPIRES)?);
    let sent = text(header::DATE).and_then(http_date).unwrap_or(now);
    Some(expires.map_or(Duration::ZERO, |expires| expires.since(sent)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{HeaderName, HeaderValue};

    #[test]
    fn freshness_is_read_as_caches_read_it() {
        const NOW: Timestamp = Timestamp::from_unix(784_111_777);
        for (headers, fresh) in [
            (&[("cache-control", "max-age=600")][..], Some(600)),
            (&[("cache-control", "public, Max-Age=\"600\", must-revalidate")], Some(600)),
            (&[("cache-control", "public"), ("cache-control", "max-age=60")], Some(60)),
            (&[("cache-control", "max-age=600"), ("age", "500")], Some(100)),
            (&[("cache-control", "max-age=600"), ("age", "700")], Some(0)),
            (&[("cache-control", "no-cache, max-age=600")], Some(0)),
            (&[("cache-control", "max-age=0"), ("expires", "Sun, 06 Nov 1994 09:49:37 GMT")], Some(0)),
            (&[("expires", "Sun, 06 Nov 1994 09:49:37 GMT")], Some(3600)),
            (&[("expires", "Sun, 06 Nov 1994 09:49:37 GMT"), ("date", "Sun, 06 Nov 1994 09:39:37 GMT")], Some(600)),
            (&[("expires", "0")], Some(0)),
            (&[("cache-control", "s-maxage=600")], None),
            (&[], None),
        ] {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_static(value));
            }
            let read = fresh_for(&map, NOW).map(|span| span.as_secs());
            assert_eq!(read, fresh, "{headers:?}");
        }
    }
}
