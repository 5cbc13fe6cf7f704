//! What is kept of a feed so that it is asked politely: its address, its publisher's wishes, and what asking it cost so far.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Hints, Timestamp};

/// One feed's polite side. Stored whole with each poll.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Manners {
    /// Where the feed has moved to for good; asked instead of the configured address, which stays its identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learnt: Option<String>,
    /// Where permanent redirects lead to that were not followed often enough yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moving: Option<Moving>,
    /// While an address is learnt: when the configured one was last looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub looked: Option<Timestamp>,
    /// As the last document had them.
    pub hints: Hints,
    /// How long an answer holds (`max-age`, `Expires`), counted from the last good one; kept over a 304 that says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fresh_for: Option<Duration>,
    /// The last request, whatever came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<Timestamp>,
    /// How much faster than usual it is asked because entries were lost, in steps; see `schedule`.
    #[serde(skip_serializing_if = "is_zero")]
    pub hurry: u32,
    /// The last failed poll never reached a server.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unreached: bool,
    /// Of the last document as it came over the line, in bytes.
    pub body_bytes: u64,
    /// The last answers, newest last, at most [`Manners::ANSWERS`].
    pub answers: Vec<Answered>,
    /// By days, oldest first, at most [`Manners::DAYS`].
    pub days: Vec<Traffic>,
}

/// A permanent redirect on its way to be learnt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moving {
    pub to: String,
    /// Polls in a row that were led there.
    pub seen: u32,
}

/// One answer of a server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(Timestamp, Option<u16>, u64)", into = "(Timestamp, Option<u16>, u64)")]
pub struct Answered {
    pub at: Timestamp,
    /// `None`: there was no answer.
    pub status: Option<u16>,
    /// Of its body, as it came over the line.
    pub bytes: u64,
}

/// What one day's polls of a feed cost its publisher.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "[u64; 7]", into = "[u64; 7]")]
pub struct Traffic {
    /// Days since 1970-01-01, UTC.
    pub day: u64,
    pub requests: u64,
    /// Of these, answered 304.
    pub unmodified: u64,
    /// Of bodies, as they came over the line.
    pub bytes: u64,
    /// What the 304s would have cost, each as much as the last document.
    pub saved: u64,
    /// Requests before the publisher wished them.
    pub violations: u64,
    /// The same, as `insist = true` told us to.
    pub insisted: u64,
}

/// One request as the record of the polite side wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    pub at: Timestamp,
    /// `None`: there was no answer.
    pub status: Option<u16>,
    /// Of the answer's body, on the line.
    pub bytes: u64,
    /// Whether the publisher wished it, and if not, whether the operator insisted.
    pub manner: Manner,
}

/// Whether a request came when its publisher wished it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    Welcome,
    /// Too early, as `insist = true` told us to.
    Insisted,
    /// Too early. This doesn't happen.
    Violation,
}

impl Manners {
    /// Answers that are kept.
    pub const ANSWERS: usize = 8;
    /// Days that are kept, the present one included.
    pub const DAYS: usize = 8;

    /// Notes a request.
    pub fn note(&mut self, asked: &Asked) {
        self.asked = Some(asked.at);
        let excess = (self.answers.len() + 1).saturating_sub(Self::ANSWERS);
        self.answers.drain(..excess);
        self.answers.push(Answered { at: asked.at, status: asked.status, bytes: asked.bytes });
        let saved = self.body_bytes;
        let today = self.today(asked.at);
        today.requests += 1;
        today.bytes += asked.bytes;
        if asked.status == Some(304) {
            today.unmodified += 1;
            today.saved += saved;
        }
        match asked.manner {
            Manner::Welcome => {}
            Manner::Insisted => today.insisted += 1,
            Manner::Violation => today.violations += 1,
        }
    }

    fn today(&mut self, now: Timestamp) -> &mut Traffic {
        let day = day_of(now);
        // a clock that was set back counts on in the newest day
        if self.days.last().is_none_or(|last| last.day < day) {
            let excess = (self.days.len() + 1).saturating_sub(Self::DAYS);
            self.days.drain(..excess);
            self.days.push(Traffic { day, ..Traffic::default() });
        }
        self.days.last_mut().expect("a day was pushed if there was none")
    }

    /// The sum of the days since `from`'s, that day included.
    pub fn traffic_since(&self, from: Timestamp) -> Traffic {
        let mut sum = Traffic { day: day_of(from), ..Traffic::default() };
        for day in self.days.iter().filter(|day| day.day >= day_of(from)) {
            sum.add(day);
        }
        sum
    }
}

impl Traffic {
    /// Adds another's counts; the day stays.
    pub fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.unmodified += other.unmodified;
        self.bytes += other.bytes;
        self.saved += other.saved;
        self.violations += other.violations;
        self.insisted += other.insisted;
    }
}

fn day_of(at: Timestamp) -> u64 {
    u64::try_from(at.unix() / 86_400).unwrap_or(0)
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl From<(Timestamp, Option<u16>, u64)> for Answered {
    fn from((at, status, bytes): (Timestamp, Option<u16>, u64)) -> Self {
        Self { at, status, bytes }
    }
}

impl From<Answered> for (Timestamp, Option<u16>, u64) {
    fn from(answered: Answered) -> Self {
        (answered.at, answered.status, answered.bytes)
    }
}

impl From<[u64; 7]> for Traffic {
    fn from([day, requests, unmodified, bytes, saved, violations, insisted]: [u64; 7]) -> Self {
        Self { day, requests, unmodified, bytes, saved, violations, insisted }
    }
}

impl From<Traffic> for [u64; 7] {
    fn from(traffic: Traffic) -> Self {
        let Traffic { day, requests, unmodified, bytes, saved, violations, insisted } = traffic;
        [day, requests, unmodified, bytes, saved, violations, insisted]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);
    const NOW: Timestamp = Timestamp::from_unix(1_795_000_000);

    fn asked(at: Timestamp, status: u16, bytes: u64) -> Asked {
        Asked { at, status: Some(status), bytes, manner: Manner::Welcome }
    }

    #[test]
    fn a_304_saves_what_the_last_document_cost() {
        let mut manners = Manners::default();
        manners.note(&asked(NOW, 200, 5_000));
        manners.body_bytes = 5_000;
        manners.note(&asked(NOW, 304, 0));
        manners.note(&asked(NOW, 304, 0));
        let sum = manners.traffic_since(NOW);
        assert_eq!((sum.requests, sum.unmodified, sum.bytes, sum.saved), (3, 2, 5_000, 10_000));
    }

    #[test]
    fn a_weeks_days_and_the_last_answers_are_kept_and_no_more() {
        let mut manners = Manners::default();
        for day in 0..30 {
            manners.note(&asked(NOW.plus(DAY * day), 304, 0));
        }
        assert_eq!((manners.days.len(), manners.answers.len()), (Manners::DAYS, Manners::ANSWERS));
        assert_eq!(manners.traffic_since(NOW.plus(DAY * 28)).requests, 2);
        assert_eq!(manners.traffic_since(NOW).requests, 8);
    }

    #[test]
    fn it_reads_back_as_it_was_written_and_is_short() {
        let mut manners = Manners { learnt: Some("https://new.example/".to_owned()), hurry: 8, ..Manners::default() };
        for hour in 0..200 {
            manners.note(&asked(NOW.plus(DAY / 24 * hour), 304, 0));
        }
        let text = serde_json::to_string(&manners).unwrap();
        assert_eq!(serde_json::from_str::<Manners>(&text).unwrap(), manners);
        assert!(text.len() < 900, "{}: {text}", text.len());
        assert_eq!(serde_json::from_str::<Manners>("{}").unwrap(), Manners::default());
    }
}
