//! What a hub asks at the callback: whether we meant it, or that it won't (sections 5.2 and 5.3).

use std::time::Duration;

use url::form_urlencoded;

use super::times::{PENDING, renew_at};
use crate::domain::{Subscription, SubscriptionState as State, Timestamp};

/// A hub's GET.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Intent {
    /// `subscribe`, `unsubscribe` or `denied`.
    pub mode: String,
    pub topic: String,
    pub challenge: String,
    pub lease_seconds: Option<u64>,
    /// Why it is denied.
    pub reason: String,
}

/// The answer, and what is to be stored before it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// 200 and the challenge: the hub pushes until then.
    Subscribed { challenge: String, lease_until: Timestamp, renew_at: Timestamp },
    /// 200 and the challenge: the hub forgets us.
    Unsubscribed { challenge: String },
    /// 200: the hub has its reasons.
    Denied { reason: String },
    /// 404: nobody here wants that.
    Unwanted,
}

/// A lease that is longer is renewed as if it were this long.
const LONGEST: Duration = Duration::from_secs(30 * 86_400);
/// Where a hub doesn't say how long (section 5.3 has it say so).
const UNSAID: Duration = Duration::from_secs(86_400);

impl Intent {
    /// Reads the query of the request; of a parameter that stands there twice the first counts.
    pub fn read(query: &str) -> Self {
        let mut intent = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let part = match &*name {
                "hub.mode" => &mut intent.mode,
                "hub.topic" => &mut intent.topic,
                "hub.challenge" => &mut intent.challenge,
                "hub.reason" => &mut intent.reason,
                "hub.lease_seconds" => {
                    intent.lease_seconds = intent.lease_seconds.or_else(|| value.trim().parse().ok());
                    continue;
                }
                _ => continue,
            };
            if part.is_empty() {
                *part = value.into_owned();
            }
        }
        intent
    }

    /// What we say to it, knowing what we asked for. A hub may verify twice, as it may not have heard the first answer.
    pub fn answer(&self, known: &Subscription, now: Timestamp) -> Verdict {
        if self.topic != known.topic {
            return Verdict::Unwanted;
        }
        let is_pending = known.asked.is_some_and(|asked| now.since(asked) <= PENDING);
        let (challenge, has_challenge) = (self.challenge.clone(), !self.challenge.is_empty());
        match (self.mode.as_str(), known.state) {
            ("subscribe", State::Asked | State::Verified) if is_pending && has_challenge => {
                let granted = self.lease_seconds.filter(|seconds| *seconds > 0).map_or(UNSAID, Duration::from_secs).min(LONGEST);
                let renew_at = renew_at(granted, known.token.reveal(), now);
                Verdict::Subscribed { challenge, lease_until: now.plus(granted), renew_at }
            }
            ("unsubscribe", State::Leaving) if has_challenge => Verdict::Unsubscribed { challenge },
            ("denied", State::Asked | State::Verified) => Verdict::Denied { reason: self.reason.clone() },
            _ => Verdict::Unwanted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::push::tests::{NOW, subscription};

    const TOPIC: &str = "https://a.example/feed";

    fn intent(query: &str) -> Intent {
        Intent::read(query)
    }

    fn known(state: State, asked: u64) -> Subscription {
        Subscription { state, asked: Some(NOW.minus(Duration::from_secs(asked))), ..subscription() }
    }

    #[test]
    fn a_query_is_read_as_a_form() {
        let read = intent(
            "hub.mode=subscribe&hub.topic=https%3A%2F%2Fa.example%2Ffeed&hub.challenge=a+b%26c&hub.lease_seconds=60&x=1&hub.mode=denied",
        );
        let challenge = "a b&c".to_owned();
        let expected =
            Intent { mode: "subscribe".to_owned(), topic: TOPIC.to_owned(), challenge, lease_seconds: Some(60), ..Intent::default() };
        assert_eq!(read, expected);
        assert_eq!(intent("").mode, "");
        assert_eq!(intent("hub.lease_seconds=soon").lease_seconds, None);
    }

    #[test]
    fn only_what_was_asked_for_is_confirmed() {
        let subscribe = "hub.mode=subscribe&hub.challenge=c&hub.lease_seconds=100&hub.topic=https://a.example/feed";
        for (query, known, confirmed) in [
            (subscribe.to_owned(), known(State::Asked, 5), true),
            // again, as the hub may not have heard the answer; and at a renewal
            (subscribe.to_owned(), known(State::Verified, 5), true),
            (subscribe.to_owned(), known(State::Verified, 90_000), false),
            (subscribe.to_owned(), known(State::Wanted, 5), false),
            (subscribe.to_owned(), known(State::Leaving, 5), false),
            (subscribe.to_owned(), known(State::Denied, 5), false),
            (subscribe.replace("a.example", "b.example"), known(State::Asked, 5), false),
            (subscribe.replace("hub.challenge=c", ""), known(State::Asked, 5), false),
            (subscribe.replace("=subscribe", "=unsubscribe"), known(State::Leaving, 5), true),
            (subscribe.replace("=subscribe", "=unsubscribe"), known(State::Verified, 5), false),
            (subscribe.replace("=subscribe", "=publish"), known(State::Asked, 5), false),
            (String::new(), known(State::Asked, 5), false),
        ] {
            let verdict = intent(&query).answer(&known, NOW);
            let challenge = match &verdict {
                Verdict::Subscribed { challenge, .. } | Verdict::Unsubscribed { challenge } => Some(challenge.as_str()),
                Verdict::Denied { .. } | Verdict::Unwanted => None,
            };
            assert_eq!(challenge, confirmed.then_some("c"), "{query} {:?}", known.state);
        }
    }

    #[test]
    fn the_hubs_lease_counts_from_its_verification_within_reason() {
        for (lease, seconds) in [("100", 100), ("864000", 864_000), ("0", 86_400), ("", 86_400), ("99999999999", 2_592_000)] {
            let query = format!("hub.mode=subscribe&hub.challenge=c&hub.lease_seconds={lease}&hub.topic={TOPIC}");
            let Verdict::Subscribed { lease_until, renew_at, .. } = intent(&query).answer(&known(State::Asked, 5), NOW) else {
                panic!("{lease}")
            };
            assert_eq!(lease_until.since(NOW).as_secs(), seconds, "{lease}");
            assert!(renew_at < lease_until, "{lease}");
        }
    }

    #[test]
    fn a_denial_is_taken_with_its_reason_also_after_it_was_accepted() {
        let query = "hub.mode=denied&hub.topic=https://a.example/feed&hub.reason=no+such+feed";
        for state in [State::Asked, State::Verified] {
            assert_eq!(intent(query).answer(&known(state, 90_000), NOW), Verdict::Denied { reason: "no such feed".to_owned() });
        }
        assert_eq!(intent(&query.replace("a.example", "b.example")).answer(&known(State::Asked, 5), NOW), Verdict::Unwanted);
        assert_eq!(intent(query).answer(&known(State::Leaving, 5), NOW), Verdict::Unwanted);
    }
}
