//! Whether a feed is pushed, and until when, in words and as JSON.

use serde_json::{Value, json};

use super::Line;
use crate::cli::lives::time;
use crate::cli::text::{moment, plain};
use crate::domain::{Subscription, SubscriptionState as State, Timestamp};

/// What a feed's hub does for it; `None`: it has none, or none was asked for.
pub fn pushed(line: &Line, now: Timestamp) -> Option<String> {
    Some(told(line.push.as_ref()?, line.pushed_until(now), now))
}

/// `pushed_until`: of the feed's row, where a push has proved it.
fn told(known: &Subscription, pushed_until: Option<Timestamp>, now: Timestamp) -> String {
    let hub = known.hub.as_deref().or(known.hubs.first().map(String::as_str)).map(plain).unwrap_or_default();
    let again = format!("it is asked again {}", moment(known.due, now));
    let why = known.error.as_deref().map(|error| format!(": {}", plain(error))).unwrap_or_default();
    match (known.state, known.lease_until.filter(|until| *until > now)) {
        (State::Verified, Some(until)) if pushed_until.is_some_and(|until| until > now) => {
            let last = known.pushed.map(|at| format!("; the last push was {}", moment(at, now))).unwrap_or_default();
            format!("pushed by {hub} until {}{last}", moment(until, now))
        }
        (State::Verified, Some(until)) => {
            format!("{hub} has promised to push until {}; it is polled as before until a push proves it", moment(until, now))
        }
        (State::Verified | State::Wanted, _) if known.asked.is_none() => format!("{hub} is asked to push {}", moment(known.due, now)),
        (State::Verified | State::Wanted | State::Asked, _) => format!("{hub} doesn't push yet{why}; {again}"),
        (State::Denied, _) => format!("{hub} denied{why}; {again}"),
        (State::Leaving, _) => format!("{hub} is told that no pushes are wanted any more"),
    }
}

/// Field names are kept; times are RFC 3339 in UTC. Neither the callback nor the secret is shown.
pub fn view(known: &Subscription, pushed_until: Option<Timestamp>) -> Value {
    json!({
        "state": known.state,
        "hub": known.hub,
        "hubs": known.hubs,
        "topic": known.topic,
        "until": time(known.lease_until),
        "proved_until": time(pushed_until),
        "last_push": time(known.pushed),
        "next_request": time(Some(known.due)),
        "failures": known.failures,
        "error": known.error,
    })
}
