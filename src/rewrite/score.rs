//! What an item is worth: the sum of its rules' weights, and what the `scores` key makes of it.

use crate::domain::{Score, ScorePart};

/// The `scores` key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scores {
    /// From here on an item goes out as the config says.
    pub publish: i32,
    /// From here on it waits for a person; below, it goes nowhere.
    pub review: i32,
}

/// The `best` key: of all that is decided within one window, only the best go out, when it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Best {
    pub most: u32,
    pub of: Window,
    /// Whose items compete: `feed lwn`, `group news`, `all feeds`: as far as the key reaches that says so.
    pub among: String,
}

/// A span of time that begins on the hour, at midnight, or on Monday at midnight; UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    Hour,
    Day,
    Week,
}

impl Window {
    /// As the config writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
        }
    }

    /// When the window that holds this moment ends; Unix seconds.
    pub fn end_of(self, unix: i64) -> i64 {
        const DAY: i64 = 86_400;
        // 1970 began on a Thursday
        let (long, shift) = match self {
            Self::Hour => (3_600, 0),
            Self::Day => (DAY, 0),
            Self::Week => (7 * DAY, 3 * DAY),
        };
        unix - (unix + shift).rem_euclid(long) + long
    }
}

/// What a score means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    Publish,
    /// A person shall look at it, for this reason.
    Review(String),
    /// It goes nowhere, for this reason.
    Drop(String),
}

impl Scores {
    /// Never raises anything: at its best, what the config says is done.
    pub(super) fn judge(self, score: &Score) -> Verdict {
        let sum = score.sum;
        if sum >= self.publish {
            Verdict::Publish
        } else if sum >= self.review {
            Verdict::Review(format!("its score is {} and under {} (`publish`)", in_words(score), self.publish))
        } else {
            Verdict::Drop(format!("its score is {} and under {} (`review`)", in_words(score), self.review))
        }
    }
}

/// Adds a rule's weight.
pub(super) fn add(score: &mut Score, at: &str, weight: i32) {
    score.sum = score.sum.saturating_add(weight);
    score.parts.push(ScorePart { at: at.to_owned(), weight });
}

/// `7 (+10 wirepress.toml:41, -3 wirepress.toml:50)`
fn in_words(score: &Score) -> String {
    if score.parts.is_empty() {
        return score.sum.to_string();
    }
    let parts: Vec<String> = score.parts.iter().map(|part| format!("{:+} {}", part.weight, part.at)).collect();
    format!("{} ({})", score.sum, parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_ends_on_the_hour_at_midnight_or_on_monday() {
        // 2026-11-22 12:52:56 UTC, a Sunday
        let now = 1_795_351_976;
        let ends: Vec<i64> = [Window::Hour, Window::Day, Window::Week].iter().map(|window| window.end_of(now) - now).collect();
        assert_eq!(ends, [424, 40_024, 40_024]);
        assert_eq!(Window::Day.end_of(86_400), 172_800, "a window's first second belongs to it");
        assert_eq!(Window::Week.end_of(0), 4 * 86_400, "the first Monday is the fifth of January");
    }

    #[test]
    fn a_score_is_published_reviewed_or_dropped() {
        let scores = Scores { publish: 10, review: 3 };
        let mut score = Score::default();
        assert_eq!(scores.judge(&score), Verdict::Drop("its score is 0 and under 3 (`review`)".to_owned()));
        add(&mut score, "wirepress.toml:41", 12);
        assert_eq!(scores.judge(&score), Verdict::Publish);
        add(&mut score, "wirepress.toml:50", -5);
        let words = "its score is 7 (+12 wirepress.toml:41, -5 wirepress.toml:50) and under 10 (`publish`)";
        assert_eq!(scores.judge(&score), Verdict::Review(words.to_owned()));
        add(&mut score, "wirepress.toml:51", i32::MAX);
        add(&mut score, "wirepress.toml:51", i32::MAX);
        assert_eq!(score.sum, i32::MAX, "no sum overflows");
    }
}
