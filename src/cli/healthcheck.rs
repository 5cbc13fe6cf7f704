//! `wirepress healthcheck`: whether the daemon makes progress, by its heartbeat.

use std::path::Path;
use std::time::Duration;

use super::exit::{Exit, Failure, Outcome};
use super::text::moment;
use crate::domain::Timestamp;
use crate::pipeline::heartbeat::{self, Heartbeat};

/// How late a heartbeat may be: a machine under load is not dead.
const PATIENCE: Duration = Duration::from_secs(60);

/// Exit code 0 while progress is on time, else 1 with the reason.
pub fn healthcheck(path: &Path, now: Timestamp) -> Outcome {
    let last = heartbeat::read(path).map_err(|error| Failure::new(Exit::Unexpected, error))?;
    match late(&last, now) {
        Some(why) => Err(Failure::new(Exit::Unexpected, why)),
        None => {
            println!("alive: progress {}", moment(last.at, now));
            Ok(Exit::Ok)
        }
    }
}

/// Why this heartbeat is no sign of life; `None`: it is one.
pub fn late(last: &Heartbeat, now: Timestamp) -> Option<String> {
    (now > last.next.plus(PATIENCE))
        .then(|| format!("no progress since {}; the next was due {}", moment(last.at, now), moment(last.next, now)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heartbeat_is_late_a_minute_after_the_next_was_due() {
        let last = Heartbeat { at: Timestamp::from_unix(1_795_351_000), next: Timestamp::from_unix(1_795_351_976) };
        assert_eq!(late(&last, Timestamp::from_unix(1_795_352_036)), None);
        assert_eq!(
            late(&last, Timestamp::from_unix(1_795_352_037)).as_deref(),
            Some("no progress since 2026-11-22 12:36 UTC (17m ago); the next was due 2026-11-22 12:52 UTC (1m ago)")
        );
    }
}
