//! Requests that change nothing and show what a reading one can't: whether writes come through, batches and uploads are open, and
//! what time the server has.

use serde_json::json;

use super::super::batch::BATCH_ROUTE;
use super::super::site::{Body, Call};
use super::super::{Base, Failure, Me, Site};
use super::{Cause, Diagnosis, Wishes};
use crate::domain::Timestamp;
use crate::http::{self, HeaderMap, Method, header};

/// A clock that is off by more than this moves posts' dates where a reader sees it, in seconds.
const SKEW: i64 = 60;

/// Sends them, each once.
pub(super) async fn all(found: &mut Diagnosis, site: &Site, me: &Me, wishes: &Wishes, now: Timestamp) {
    uploads(found, site, me, wishes, now).await;
    let knows_batches = !matches!(site.root().base, Base::Shared { .. });
    if writing(found, site).await && knows_batches {
        batches(found, site).await;
    }
}

/// Whether the list of pictures says that more may be made, and what time its server has.
async fn uploads(found: &mut Diagnosis, site: &Site, me: &Me, wishes: &Wishes, now: Timestamp) {
    let is_wanted = wishes.pictures && me.can("upload_files");
    let way_out = "a security plug-in or the server forbids uploads over REST: allow them for logged-in users, or set `image = \"none\"`";
    match site.get("asking whether uploads are open", "media look", "/wp/v2/media", &[("per_page", "1"), ("_fields", "id")]).await {
        Ok(reply) => {
            skew(found, &reply.headers, now);
            let allowed = reply.headers.get(header::ALLOW).and_then(|allow| allow.to_str().ok());
            if is_wanted && allowed.is_some_and(|allow| !allow.contains("POST")) {
                found.warn(
                    Cause::Uploads,
                    "the site doesn't let this account upload, though its role may: posts come without pictures",
                    way_out,
                );
            }
        }
        Err(failure) if is_wanted && !matches!(failure, Failure::NotDone { .. }) => {
            found.warn(Cause::Uploads, format!("pictures can't be asked for: {failure}; posts come without them"), way_out);
        }
        Err(_) => {}
    }
}

/// What time it is there: `Date` (RFC 9110, section 6.6.1).
fn skew(found: &mut Diagnosis, headers: &HeaderMap, now: Timestamp) {
    let Some(theirs) = headers.get(header::DATE).and_then(|date| http::http_date(date.to_str().ok()?)) else { return };
    let off = now.unix() - theirs.unix();
    if off.abs() <= SKEW {
        return;
    }
    let (span, side) = (told(off.unsigned_abs()), if off > 0 { "ahead of" } else { "behind" });
    let what = format!("this machine's clock is {span} {side} the site's server: dates and schedules are off by as much");
    found.warn(
        Cause::ClockSkew,
        what,
        "set the clock that is wrong by the network's time (`timedatectl`); the other may be the site's server's",
    );
}

fn told(seconds: u64) -> String {
    match seconds {
        ..120 => format!("{seconds} seconds"),
        120..7200 => format!("{} minutes", seconds / 60),
        7200..172_800 => format!("{} hours", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// Whether a POST reaches WordPress: one that changes the post 0, which can't be.
async fn writing(found: &mut Diagnosis, site: &Site) -> bool {
    let what = "asking whether posts may be written";
    let call = Call {
        what,
        label: "write probe",
        method: Method::POST,
        route: "/wp/v2/posts/0",
        query: &[("_fields", "id")],
        body: Some(Body::Json(json!({ "status": "draft" }))),
    };
    match site.call(call).await {
        Ok(_) | Err(Failure::Refused(_) | Failure::NotDone { .. } | Failure::NoBatch { .. }) => true,
        Err(failure) if failure.is_no_route() => true,
        Err(failure) => {
            let way_out = "a firewall, a cache or a redirect takes them: allow POST requests to `/wp-json/` for logged-in users";
            found.error(Cause::WritingBlocked, format!("reading goes through, writing doesn't: {failure}"), way_out);
            false
        }
    }
}

/// Whether several posts may go out in one request: an empty batch.
async fn batches(found: &mut Diagnosis, site: &Site) {
    let call = Call {
        what: "asking whether batches are open",
        label: "batch probe",
        method: Method::POST,
        route: BATCH_ROUTE,
        query: &[],
        body: Some(Body::Json(json!({ "requests": [] }))),
    };
    if let Err(Failure::NoBatch { because, .. }) = site.call(call).await {
        let way_out = "allow POST requests to `/wp-json/batch/v1` for logged-in users";
        found.warn(
            Cause::NoBatches,
            format!("batches are blocked ({because}): each post goes out alone, which takes several times as long"),
            way_out,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_off_is_told_by_how_much() {
        let mut headers = HeaderMap::new();
        headers.insert(header::DATE, "Sun, 22 Nov 2026 12:00:00 GMT".parse().unwrap());
        let noon = http::http_date("Sun, 22 Nov 2026 12:00:00 GMT").unwrap();
        for (off, words) in [(0, None), (60, None), (-60, None), (61, Some("61 seconds ahead of")), (-7_300, Some("2 hours behind"))] {
            let mut found = Diagnosis::default();
            skew(&mut found, &headers, Timestamp::from_unix(noon.unix() + off));
            assert_eq!(found.findings.first().map(|finding| finding.cause), words.map(|_| Some(Cause::ClockSkew)), "{off}");
            assert!(words.is_none_or(|words| found.findings[0].what.contains(words)), "{:?}", found.findings);
        }
    }
}
