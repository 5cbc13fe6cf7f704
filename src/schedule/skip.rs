//! Hours and days in which a publisher wants no requests (RSS 2.0 `skipHours`, `skipDays`), in GMT.

use super::Rule;
use crate::domain::Timestamp;

const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

/// Where `at` is skipped: the next moment that isn't, and by which of the two.
pub(super) fn after(at: Timestamp, hours: u32, days: u8) -> Option<(Timestamp, Rule)> {
    let skipped = |at: i64| -> Option<(i64, Rule)> {
        if u32::from(days) >> weekday(at) & 1 == 1 {
            return Some((at - at.rem_euclid(DAY) + DAY, Rule::SkipDays));
        }
        (hours >> (at.rem_euclid(DAY) / HOUR) & 1 == 1).then(|| (at - at.rem_euclid(HOUR) + HOUR, Rule::SkipHours))
    };
    let (mut next, rule) = skipped(at.unix())?;
    // a week has an hour that isn't skipped, or the two together mean nothing
    let end = at.unix() + 8 * DAY;
    while let Some((later, _)) = skipped(next) {
        next = later;
        if next > end {
            return None;
        }
    }
    Some((Timestamp::from_unix(next), rule))
}

/// 0 is Monday; 1970-01-01 was a Thursday.
fn weekday(at: i64) -> u32 {
    u32::try_from((at.div_euclid(DAY) + 3).rem_euclid(7)).unwrap_or(0)
}

/// `0, 1, 2, 23`; empty where none is skipped.
pub fn hours_in_words(hours: u32) -> String {
    let skipped: Vec<String> = (0..24).filter(|hour| hours >> hour & 1 == 1).map(|hour: u32| hour.to_string()).collect();
    skipped.join(", ")
}

/// `Saturday, Sunday`; empty where none is skipped.
pub fn days_in_words(days: u8) -> String {
    const NAMES: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let skipped: Vec<&str> = NAMES.iter().enumerate().filter(|(day, _)| days >> day & 1 == 1).map(|(_, name)| *name).collect();
    skipped.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Sunday, 2026-11-22T12:52:56Z.
    const SUNDAY: Timestamp = Timestamp::from_unix(1_795_351_976);

    fn gmt(at: Option<(Timestamp, Rule)>) -> Option<String> {
        at.map(|(at, _)| at.to_gmt())
    }

    #[test]
    fn a_moment_in_a_skipped_hour_or_day_moves_to_the_next_that_is_not() {
        let weekend = 0b110_0000;
        let night = 0b1111_1111; // 0 to 7
        for (hours, days, expected) in [
            (0, 0, None),
            (1 << 11, 0, None),
            (1 << 12, 0, Some("2026-11-22T13:00:00")),
            (0b1111 << 12, 0, Some("2026-11-22T16:00:00")),
            (0xff_f000 | night, 0, Some("2026-11-23T08:00:00")),
            (0, weekend, Some("2026-11-23T00:00:00")),
            (night, weekend, Some("2026-11-23T08:00:00")),
            (0, !0b010_0000 & 0x7f, Some("2026-11-28T00:00:00")),
            (0xff_ffff, 0x7f, None),
        ] {
            assert_eq!(gmt(after(SUNDAY, hours, days)).as_deref(), expected, "{hours:b} {days:b}");
        }
    }

    #[test]
    fn the_rule_is_the_one_that_skips_the_moment_itself() {
        assert_eq!(after(SUNDAY, 1 << 12, 0b100_0000).map(|(_, rule)| rule), Some(Rule::SkipDays));
        assert_eq!(after(SUNDAY, 1 << 12, 0b1).map(|(_, rule)| rule), Some(Rule::SkipHours));
    }

    #[test]
    fn hours_and_days_are_told_in_words() {
        assert_eq!(hours_in_words(1 | 1 << 2 | 1 << 23), "0, 2, 23");
        assert_eq!(days_in_words(0b110_0000), "Saturday, Sunday");
        assert_eq!((hours_in_words(0), days_in_words(0)), (String::new(), String::new()));
    }
}
