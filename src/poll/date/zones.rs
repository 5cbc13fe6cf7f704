//! Zones: what a name is ahead of UTC, and when it has summer time.

use super::{Local, days};

/// An offset's digits (`0200`, `02:00`, `530`, `2`) in minutes, if they are nothing else.
pub(super) fn minutes(digits: &[u8]) -> Option<i64> {
    let number = |text: &[u8]| {
        let is_number = (1..=2).contains(&text.len()) && text.iter().all(u8::is_ascii_digit);
        is_number.then(|| text.iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0')))
    };
    let (hours, minutes) = match digits.iter().position(|byte| *byte == b':') {
        Some(at) => (number(&digits[..at])?, number(&digits[at + 1..])?),
        None if digits.len() > 2 => (number(&digits[..digits.len() - 2])?, number(&digits[digits.len() - 2..])?),
        None => (number(digits)?, 0),
    };
    (hours <= 15 && minutes < 60).then_some(hours * 60 + minutes)
}

/// What a zone's name is ahead of UTC at this time, in seconds.
pub(super) fn named(name: &str, local: Local) -> Option<i64> {
    let find = |table: &[(&str, i64)]| table.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, minutes)| *minutes);
    if let Some(minutes) = find(&FIXED) {
        return Some(minutes * 60);
    }
    let (_, minutes, summer) = PLACES.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name))?;
    Some((minutes + if summer.is_on(local) { 60 } else { 0 }) * 60)
}

/// Abbreviations that mean one offset, in minutes; of those that mean several (`IST`, `CST`, `BST`) the one that feeds mean most.
const FIXED: [(&str, i64); 82] = [
    ("gmt", 0),
    ("utc", 0),
    ("est", -300),
    ("edt", -240),
    ("cst", -360),
    ("cdt", -300),
    ("mst", -420),
    ("mdt", -360),
    ("pst", -480),
    ("pdt", -420),
    ("cet", 60),
    ("cest", 120),
    ("bst", 60),
    ("ist", 330),
    ("z", 0),
    ("ut", 0),
    ("uct", 0),
    ("wet", 0),
    ("west", 60),
    ("met", 60),
    ("mest", 120),
    ("mez", 60),
    ("mesz", 120),
    ("eet", 120),
    ("eest", 180),
    ("msk", 180),
    ("msd", 240),
    ("trt", 180),
    ("sast", 120),
    ("cat", 120),
    ("eat", 180),
    ("wat", 60),
    ("idt", 180),
    ("ast", -240),
    ("adt", -180),
    ("nst", -210),
    ("ndt", -150),
    ("akst", -540),
    ("akdt", -480),
    ("hst", -600),
    ("brt", -180),
    ("brst", -120),
    ("art", -180),
    ("clt", -240),
    ("clst", -180),
    ("cot", -300),
    ("pet", -300),
    ("uyt", -180),
    ("vet", -240),
    ("gst", 240),
    ("irst", 210),
    ("pkt", 300),
    ("uzt", 300),
    ("yekt", 300),
    ("npt", 345),
    ("bdt", 360),
    ("omst", 360),
    ("novt", 420),
    ("krat", 420),
    ("ict", 420),
    ("wib", 420),
    ("wita", 480),
    ("wit", 540),
    ("irkt", 480),
    ("hkt", 480),
    ("sgt", 480),
    ("myt", 480),
    ("pht", 480),
    ("awst", 480),
    ("jst", 540),
    ("kst", 540),
    ("yakt", 540),
    ("acst", 570),
    ("acdt", 630),
    ("aest", 600),
    ("aedt", 660),
    ("vlat", 600),
    ("nzst", 720),
    ("nzdt", 780),
    // military: those that RFC 822 spells out
    ("a", -60),
    ("m", -720),
    ("n", 60),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Summer {
    Never,
    American,
    European,
    Australian,
}

impl Summer {
    /// By today's rules, and America's of before 2007.
    fn is_on(self, local: Local) -> bool {
        let sunday = |month: u32, nth: i64| {
            // the nth Sunday of the month, or the last for 0
            let first = Local { month, day: 1, ..local };
            let first_sunday = 1 + (7 - first.weekday()) % 7;
            let last = first_sunday + 28;
            let is_there = days(local.year, month, 1) + last - 1 < days(local.year, month, super::days_of_month(local.year, month)) + 1;
            match (nth, is_there) {
                (0, true) => last,
                (0, false) => last - 7,
                (nth, _) => first_sunday + (nth - 1) * 7,
            }
        };
        let now = (local.month, i64::from(local.day), local.hour);
        let between = |from: (u32, i64), to: (u32, i64), end: u32| now >= (from.0, from.1, 2) && now < (to.0, to.1, end);
        match self {
            Self::Never => false,
            Self::American if local.year < 2007 => between((4, sunday(4, 1)), (10, sunday(10, 0)), 2),
            Self::American => between((3, sunday(3, 2)), (11, sunday(11, 1)), 2),
            Self::European => between((3, sunday(3, 0)), (10, sunday(10, 0)), 3),
            Self::Australian => !between((4, sunday(4, 1)), (10, sunday(10, 1)), 2),
        }
    }
}

use Summer::{American, Australian, European, Never};

/// Places (names of the time zone database) and abbreviations that mean a place: minutes without summer time.
const PLACES: [(&str, i64, Summer); 70] = [
    ("et", -300, American),
    ("ct", -360, American),
    ("mt", -420, American),
    ("pt", -480, American),
    ("uk", 0, European),
    ("America/New_York", -300, American),
    ("America/Chicago", -360, American),
    ("America/Denver", -420, American),
    ("America/Los_Angeles", -480, American),
    ("America/Toronto", -300, American),
    ("America/Montreal", -300, American),
    ("America/Vancouver", -480, American),
    ("America/Halifax", -240, American),
    ("America/Phoenix", -420, Never),
    ("America/Anchorage", -540, American),
    ("America/Detroit", -300, American),
    ("America/Sao_Paulo", -180, Never),
    ("America/Bogota", -300, Never),
    ("America/Lima", -300, Never),
    ("America/Caracas", -240, Never),
    ("America/Mexico_City", -360, Never),
    ("America/Argentina/Buenos_Aires", -180, Never),
    ("America/Buenos_Aires", -180, Never),
    ("US/Eastern", -300, American),
    ("US/Central", -360, American),
    ("US/Mountain", -420, American),
    ("US/Pacific", -480, American),
    ("Europe/London", 0, European),
    ("Europe/Dublin", 0, European),
    ("Europe/Lisbon", 0, European),
    ("Europe/Berlin", 60, European),
    ("Europe/Paris", 60, European),
    ("Europe/Madrid", 60, European),
    ("Europe/Rome", 60, European),
    ("Europe/Amsterdam", 60, European),
    ("Europe/Brussels", 60, European),
    ("Europe/Vienna", 60, European),
    ("Europe/Zurich", 60, European),
    ("Europe/Prague", 60, European),
    ("Europe/Warsaw", 60, European),
    ("Europe/Budapest", 60, European),
    ("Europe/Belgrade", 60, European),
    ("Europe/Stockholm", 60, European),
    ("Europe/Oslo", 60, European),
    ("Europe/Copenhagen", 60, European),
    ("Europe/Helsinki", 120, European),
    ("Europe/Athens", 120, European),
    ("Europe/Bucharest", 120, European),
    ("Europe/Sofia", 120, European),
    ("Europe/Kiev", 120, European),
    ("Europe/Kyiv", 120, European),
    ("Europe/Istanbul", 180, Never),
    ("Europe/Moscow", 180, Never),
    ("Asia/Jerusalem", 120, European),
    ("Asia/Dubai", 240, Never),
    ("Asia/Tehran", 210, Never),
    ("Asia/Karachi", 300, Never),
    ("Asia/Kolkata", 330, Never),
    ("Asia/Calcutta", 330, Never),
    ("Asia/Dhaka", 360, Never),
    ("Asia/Bangkok", 420, Never),
    ("Asia/Jakarta", 420, Never),
    ("Asia/Ho_Chi_Minh", 420, Never),
    ("Asia/Shanghai", 480, Never),
    ("Asia/Hong_Kong", 480, Never),
    ("Asia/Singapore", 480, Never),
    ("Asia/Tokyo", 540, Never),
    ("Asia/Seoul", 540, Never),
    ("Australia/Sydney", 600, Australian),
    ("Australia/Melbourne", 600, Australian),
];
