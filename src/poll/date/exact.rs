//! The forms that the standards know, byte by byte: ISO 8601 (RFC 3339 and the basic, week and ordinal forms), RFC 2822, Unix time.

use super::{Local, days, days_of_month, full_year, zones};

/// Unix seconds, if the whole of `text` is in one of the forms.
pub(super) fn read(text: &[u8]) -> Option<i64> {
    match text {
        [first, rest @ ..] if first.is_ascii_digit() && rest.iter().all(u8::is_ascii_digit) => number(text),
        // Unix time with a fraction
        [first, ..] if first.is_ascii_digit() && text.len() > 10 && text[10] == b'.' && text[..10].iter().all(u8::is_ascii_digit) => {
            number(&text[..10])
        }
        [a, b, c, d, ..] if [a, b, c, d].iter().all(|byte| byte.is_ascii_digit()) => iso(text),
        _ => rfc_2822(text),
    }
}

/// What is left to be read.
struct Cursor<'t>(&'t [u8]);

impl Cursor<'_> {
    fn next_is(&self, byte: u8) -> bool {
        self.0.first() == Some(&byte)
    }

    fn take(&mut self, any_of: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        any_of.contains(first).then(|| self.0 = rest)?;
        Some(*first)
    }

    fn skip_spaces(&mut self) {
        self.0 = self.0.trim_ascii_start();
    }

    /// A number of `least` to `most` digits.
    fn number(&mut self, least: usize, most: usize) -> Option<(u32, usize)> {
        let length = self.0.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
        (length >= least).then_some(())?;
        let (digits, rest) = self.0.split_at(length);
        self.0 = rest;
        Some((digits.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')), length))
    }

    fn letters(&mut self) -> &[u8] {
        let length = self.0.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let (letters, rest) = self.0.split_at(length);
        self.0 = rest;
        letters
    }

    /// `04:00:00.123`, `04:00`, `040000`, `04`
    fn time(&mut self, local: &mut Local) -> Option<()> {
        local.hour = self.number(1, 2)?.0;
        let colon = self.take(b":").is_some();
        let Some((minute, _)) = self.number(1, 2) else { return (!colon).then_some(()) };
        local.minute = minute;
        if colon {
            self.take(b":")
        } else {
            Some(b':')
        };
        if let Some((second, _)) = self.number(1, 2) {
            local.second = second;
            if self.take(b".,").is_some() {
                self.0 = &self.0[self.0.iter().take_while(|byte| byte.is_ascii_digit()).count()..];
            }
        }
        Some(())
    }

    /// To be added to UTC, in seconds; none is 0. Reads to the end.
    fn zone(&mut self, local: Local) -> Option<i64> {
        self.skip_spaces();
        match self.0 {
            [] => Some(0),
            [b'Z' | b'z'] => Some(0),
            [sign @ (b'+' | b'-'), rest @ ..] => {
                let minutes = zones::minutes(rest)?;
                Some(if *sign == b'-' { -minutes } else { minutes } * 60)
            }
            name => zones::named(std::str::from_utf8(name).ok()?, local),
        }
    }
}

fn iso(text: &[u8]) -> Option<i64> {
    let mut rest = Cursor(text);
    let mut local = Local { year: rest.number(4, 4)?.0.into(), month: 1, day: 1, ..Local::default() };
    let dash = rest.take(b"-").is_some();
    let mut ordinal = None;
    if rest.take(b"Ww").is_some() {
        let week = rest.number(2, 2)?.0;
        rest.take(b"-");
        let weekday = rest.number(1, 1).map_or(1, |(weekday, _)| weekday);
        ordinal = Some(week_day(local.year, week, weekday)?);
    } else {
        let digits = rest.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        match (dash, digits) {
            (_, 3) => ordinal = Some(rest.number(3, 3)?.0.into()).filter(|day| (1..=366).contains(day)),
            (true, 2) => {
                local.month = rest.number(2, 2)?.0;
                if rest.take(b"-").is_some() {
                    local.day = rest.number(1, 2)?.0;
                }
            }
            (false, 4) => (local.month, local.day) = (rest.number(2, 2)?.0, rest.number(2, 2)?.0),
            _ => return None,
        }
        if digits == 3 && ordinal.is_none() {
            return None;
        }
    }
    if !rest.0.is_empty() {
        let separator = rest.take(b"Tt ")?;
        rest.skip_spaces();
        if separator == b' ' && !rest.0.first().is_some_and(u8::is_ascii_digit) {
            return None;
        }
        rest.time(&mut local)?;
    }
    let zone = rest.zone(local)?;
    let days_in = ordinal.map_or(0, |ordinal| ordinal - 1);
    Some(local.unix()? + days_in * 86_400 - zone)
}

/// The day of the year of a week date, from 1; before 1 in the year before.
fn week_day(year: i64, week: u32, weekday: u32) -> Option<i64> {
    ((1..=53).contains(&week) && (1..=7).contains(&weekday)).then_some(())?;
    // 4 January is in week 1; 1970-01-01 was a Thursday
    let fourth = days(year, 1, 4);
    let monday = fourth - (fourth + 3).rem_euclid(7);
    Some(monday + i64::from(week - 1) * 7 + i64::from(weekday - 1) - days(year, 1, 1) + 1)
}

/// Digits alone: `20030610`, `20030610040000`, `2003161`, a year, or Unix time in seconds to nanoseconds.
fn number(text: &[u8]) -> Option<i64> {
    let value = || std::str::from_utf8(text).ok()?.parse::<i64>().ok();
    let part = |from: usize, length: usize| text[from..from + length].iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    let written = |year: i64, at: usize| {
        let local = Local { year, month: part(at, 2), day: part(at + 2, 2), ..Local::default() };
        (local.day <= days_of_month(year, local.month)).then_some(local)
    };
    match text.len() {
        4 => Local { year: value()?, month: 1, day: 1, ..Local::default() }.unix(),
        6 => written(full_year(part(0, 2).into(), 2), 2)?.unix(),
        8 => written(part(0, 4).into(), 4)?.unix(),
        7 => iso(text),
        12 if matches!(part(0, 4), 1990..=2100) && written(part(0, 4).into(), 4).is_some_and(|local| local.unix().is_some()) => {
            Local { hour: part(8, 2), minute: part(10, 2), ..written(part(0, 4).into(), 4)? }.unix()
        }
        14 => Local { hour: part(8, 2), minute: part(10, 2), second: part(12, 2), ..written(part(0, 4).into(), 4)? }.unix(),
        9 | 10 => value(),
        12 | 13 => Some(value()? / 1_000),
        16 => Some(value()? / 1_000_000),
        19 => Some(value()? / 1_000_000_000),
        _ => None,
    }
}

/// `Tue, 10 Jun 2003 04:00:00 GMT` and its near kin.
fn rfc_2822(text: &[u8]) -> Option<i64> {
    let mut rest = Cursor(text);
    if !rest.letters().is_empty() {
        rest.take(b".");
        let comma = rest.take(b",").is_some();
        if !comma && !rest.next_is(b' ') {
            return None;
        }
        rest.skip_spaces();
    }
    let (day, _) = rest.number(1, 2)?;
    rest.take(b"-");
    rest.skip_spaces();
    let month = month(rest.letters())?;
    rest.take(b"-");
    rest.skip_spaces();
    let (year, digits) = rest.number(2, 4)?;
    let mut local = Local { year: full_year(year.into(), digits), month, day, ..Local::default() };
    rest.skip_spaces();
    if !rest.0.is_empty() {
        rest.time(&mut local)?;
    }
    let zone = rest.zone(local)?;
    Some(local.unix()? - zone)
}

fn month(name: &[u8]) -> Option<u32> {
    const NAMES: [&[u8]; 12] = [
        b"january",
        b"february",
        b"march",
        b"april",
        b"may",
        b"june",
        b"july",
        b"august",
        b"september",
        b"october",
        b"november",
        b"december",
    ];
    let fits = |full: &&[u8]| name.len() >= 3 && full.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    NAMES.iter().position(fits).and_then(|at| u32::try_from(at + 1).ok())
}
