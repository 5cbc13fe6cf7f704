//! Dates that no standard knows: a time, a zone and a month are looked for, and what numbers are left are day and year.

use unicode_normalization::char::is_combining_mark;

use super::months::{folded, month};
use super::{Local, full_year, zones};

/// More words than that are a sentence.
const MAX_WORDS: usize = 6;
const MAX_PIECES: usize = 40;

/// Unix seconds, if a day can be made out.
pub(super) fn read(text: &str) -> Option<i64> {
    let mut pieces = pieces(text)?;
    let mut local = Local::default();
    let after_time = time(&mut pieces, &mut local);
    let zone = after_time.map_or(Zone::Missing, |from| zone(&mut pieces, from));
    date(&pieces, &mut local, after_time.is_some())?;
    let ahead = match zone {
        Zone::Missing => 0,
        Zone::Ahead(seconds) => seconds,
        Zone::Place(name) => zones::named(name, local)?,
    };
    Some(local.unix()? - ahead)
}

/// What a date is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Piece<'t> {
    Number {
        value: i64,
        digits: usize,
        unit: Option<Unit>,
        is_spaced: bool,
    },
    Word(&'t str),
    /// `is_spaced` where white space stands before it.
    Mark {
        mark: char,
        is_spaced: bool,
    },
    /// It has been read.
    Done,
}

/// What stands behind a number and says what it counts: `年`, `월`, `h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
}

impl Unit {
    fn of(character: char) -> Option<Self> {
        Some(match character {
            '年' | '년' => Self::Year,
            '月' | '월' => Self::Month,
            '日' | '일' | '号' | '號' => Self::Day,
            '时' | '時' | '시' | '点' | '點' => Self::Hour,
            '分' | '분' => Self::Minute,
            '秒' | '초' => Self::Second,
            _ => return None,
        })
    }
}

/// `None` if it can't be a date.
fn pieces(text: &str) -> Option<Vec<Piece<'_>>> {
    let mut pieces: Vec<Piece<'_>> = Vec::with_capacity(16);
    let mut rest = text;
    let (mut words, mut era) = (0, None);
    loop {
        let blank = rest.len();
        rest = rest.trim_start();
        let is_spaced = rest.len() < blank;
        let Some(first) = rest.chars().next() else { break };
        if digit(first).is_some() {
            let end = rest.find(|c| digit(c).is_none()).unwrap_or(rest.len());
            let digits = rest[..end].chars().count();
            let value = rest[..end].chars().filter_map(digit).fold(0_i64, |sum, digit| sum.saturating_mul(10).saturating_add(digit));
            rest = &rest[end..];
            let unit = rest.trim_start().chars().next().and_then(Unit::of);
            if unit.is_some() {
                rest = rest.trim_start();
                rest = &rest[rest.chars().next().map_or(0, char::len_utf8)..];
            }
            let (value, digits) = era.take().map_or((value, digits), |begins| (begins + value, 4));
            pieces.push(Piece::Number { value, digits, unit, is_spaced });
        } else if is_letter(first) {
            let end = word_end(rest);
            words += 1;
            match &rest[..end] {
                "令和" => era = Some(2018),
                "平成" => era = Some(1988),
                "昭和" => era = Some(1925),
                word => pieces.push(Piece::Word(word)),
            }
            rest = &rest[end..];
        } else {
            let mark = if matches!(first, '\u{2212}' | '\u{2010}'..='\u{2014}') { '-' } else { first };
            pieces.push(Piece::Mark { mark, is_spaced });
            rest = &rest[first.len_utf8()..];
        }
        if pieces.len() > MAX_PIECES || words > MAX_WORDS {
            return None;
        }
    }
    Some(pieces)
}

/// Digits of the scripts that dates are written in.
fn digit(character: char) -> Option<i64> {
    let code = u32::from(character);
    let zero = match code {
        0x30..=0x39 => 0x30,
        0x660..=0x669 => 0x660,
        0x6f0..=0x6f9 => 0x6f0,
        0x966..=0x96f => 0x966,
        0x9e6..=0x9ef => 0x9e6,
        0xe50..=0xe59 => 0xe50,
        0xff10..=0xff19 => 0xff10,
        _ => return None,
    };
    Some(i64::from(code - zero))
}

fn is_letter(character: char) -> bool {
    character.is_alphabetic() || is_combining_mark(character)
}

/// A word may be a place of the time zone database: `America/New_York`.
fn word_end(text: &str) -> usize {
    let mut end = 0;
    for (at, character) in text.char_indices() {
        let joins = matches!(character, '/' | '_') && text[at + 1..].chars().next().is_some_and(is_letter);
        if !is_letter(character) && !joins {
            break;
        }
        end = at + character.len_utf8();
    }
    end
}

/// Finds the time of day; the index behind it.
fn time(pieces: &mut [Piece<'_>], local: &mut Local) -> Option<usize> {
    let number = |piece: Option<&Piece<'_>>| match piece {
        Some(Piece::Number { value, digits: 1..=2, unit: None, .. }) => u32::try_from(*value).ok(),
        _ => None,
    };
    let is_mark = |piece: Option<&Piece<'_>>, any_of: &str| matches!(piece, Some(Piece::Mark { mark, .. }) if any_of.contains(*mark));
    let with_colon = (0..pieces.len())
        .find(|at| number(pieces.get(*at)).is_some() && is_mark(pieces.get(at + 1), ":") && number(pieces.get(at + 2)).is_some());
    let mut end;
    if let Some(at) = with_colon {
        (local.hour, local.minute) = (number(pieces.get(at))?, number(pieces.get(at + 2))?);
        end = at + 3;
        if is_mark(pieces.get(end), ":")
            && let Some(second) = number(pieces.get(end + 1))
        {
            local.second = second;
            end += 2;
            if is_mark(pieces.get(end), ".,") && matches!(pieces.get(end + 1), Some(Piece::Number { is_spaced: false, .. })) {
                end += 2;
            }
        }
        pieces[at..end].fill(Piece::Done);
    } else {
        end = time_in_units(pieces, local)?;
    }
    end = meridiem(pieces, end, local);
    Some(end)
}

/// `4时00分`, `16h30`, `4 AM`
fn time_in_units(pieces: &mut [Piece<'_>], local: &mut Local) -> Option<usize> {
    let mut end = None;
    for at in 0..pieces.len() {
        let Piece::Number { value, digits: 1..=2, unit, .. } = pieces[at] else { continue };
        let value = u32::try_from(value).ok()?;
        let word = match pieces.get(at + 1) {
            Some(Piece::Word(word)) => word.to_lowercase(),
            _ => String::new(),
        };
        match (unit, word.as_str()) {
            (Some(Unit::Hour), _) => local.hour = value,
            (Some(Unit::Minute), _) => local.minute = value,
            (Some(Unit::Second), _) => local.second = value,
            (None, "am" | "pm") => local.hour = value,
            (None, "h" | "u" | "uhr" | "uur" | "hs" | "hrs" | "ч") => {
                local.hour = value;
                pieces[at + 1] = Piece::Done;
                if let Some(Piece::Number { value: minute, digits: 2, unit: None, is_spaced: false }) = pieces.get(at + 2) {
                    local.minute = u32::try_from(*minute).ok()?;
                    pieces[at + 2] = Piece::Done;
                }
            }
            _ => continue,
        }
        pieces[at] = Piece::Done;
        end = Some(at + 1);
    }
    end
}

/// Before or after noon, behind the time or (in East Asia) anywhere.
fn meridiem(pieces: &mut [Piece<'_>], from: usize, local: &mut Local) -> usize {
    let is_afternoon = |word: &str| match word.to_lowercase().as_str() {
        "am" | "上午" | "午前" | "오전" | "πμ" => Some(false),
        "pm" | "下午" | "午後" | "오후" | "μμ" | "晚上" => Some(true),
        _ => None,
    };
    let mut end = from;
    let mut found = None;
    match pieces.get(from..) {
        // `p.m.`
        Some([Piece::Word(half), Piece::Mark { mark: '.', .. }, Piece::Word(noon), ..])
            if matches!(*half, "a" | "A" | "p" | "P" | "π" | "μ") && matches!(*noon, "m" | "M" | "μ") =>
        {
            found = Some(matches!(*half, "p" | "P" | "μ"));
            end += 3;
        }
        Some([Piece::Word(word), ..]) if is_afternoon(word).is_some() => {
            found = is_afternoon(word);
            end += 1;
        }
        _ => {
            for piece in pieces.iter_mut() {
                if let Piece::Word(word) = piece
                    && !word.is_ascii()
                    && let Some(afternoon) = is_afternoon(word)
                {
                    found = Some(afternoon);
                    *piece = Piece::Done;
                }
            }
        }
    }
    pieces[from..end].fill(Piece::Done);
    match found {
        Some(true) if local.hour < 12 => local.hour += 12,
        Some(false) if local.hour == 12 => local.hour = 0,
        _ => {}
    }
    end
}

enum Zone<'t> {
    Missing,
    /// Of UTC, in seconds.
    Ahead(i64),
    Place(&'t str),
}

/// The zone behind the time: an offset, a name, or both (`GMT+0200`, `-0500 (EST)`), of which the offset counts.
fn zone<'t>(pieces: &mut [Piece<'t>], from: usize) -> Zone<'t> {
    let mut zone = Zone::Missing;
    let mut at = from;
    while at < pieces.len() {
        match pieces[at..] {
            [Piece::Mark { mark: sign @ ('+' | '-'), .. }, Piece::Number { value, digits, unit: None, is_spaced }, ref rest @ ..]
                if digits <= 4 && (!is_spaced || digits > 2) && (digits < 4 || !(1900..=2100).contains(&value)) =>
            {
                let (minutes, read) = match rest {
                    [Piece::Mark { mark: ':', .. }, Piece::Number { value: minutes, digits: 1..=2, .. }, ..] if digits <= 2 => {
                        (value * 60 + minutes, 4)
                    }
                    _ if digits <= 2 => (value * 60, 2),
                    _ => (value / 100 * 60 + value % 100, 2),
                };
                pieces[at..at + read].fill(Piece::Done);
                // nobody is farther from UTC: then it says nothing
                let minutes = if minutes > 15 * 60 { 0 } else { minutes };
                return Zone::Ahead(if sign == '-' { -minutes } else { minutes } * 60);
            }
            [Piece::Number { .. }, ..] => break,
            [Piece::Word(name), ..] if matches!(zone, Zone::Missing) && zones::named(name, EPOCH).is_some() => {
                zone = Zone::Place(name);
                pieces[at] = Piece::Done;
            }
            _ => {}
        }
        at += 1;
    }
    zone
}

/// Any day will do to see whether a name is a zone's.
const EPOCH: Local = Local { year: 1970, month: 1, day: 1, hour: 0, minute: 0, second: 0 };

#[derive(Debug, Clone, Copy)]
struct Number {
    value: i64,
    digits: usize,
    unit: Option<Unit>,
    at: usize,
}

fn date(pieces: &[Piece<'_>], local: &mut Local, has_time: bool) -> Option<()> {
    let all = pieces.iter().enumerate().filter_map(|(at, piece)| match *piece {
        Piece::Number { value, digits, unit, .. } => Some(Number { value, digits, unit, at }),
        _ => None,
    });
    let mut numbers: Vec<Number> = all.collect();
    if !has_time {
        time_with_dots(&mut numbers, pieces, local);
    }
    let (mut year, mut day) = (take(&mut numbers, Unit::Year), take(&mut numbers, Unit::Day));
    let mut in_words = take(&mut numbers, Unit::Month).and_then(|month| u32::try_from(month.value).ok());
    if in_words.is_none() && numbers.len() + usize::from(year.is_some()) + usize::from(day.is_some()) <= 3 {
        in_words = month_in_words(pieces, &mut numbers);
    }
    let (year, month, day) = match in_words {
        Some(month) => {
            if year.is_none() {
                let at = numbers.iter().position(|number| number.digits > 2).or_else(|| numbers.len().checked_sub(1))?;
                year = Some(numbers.remove(at));
            }
            if day.is_none() && !numbers.is_empty() {
                day = Some(numbers.remove(0));
            }
            // a day of a month says no year
            day.or(year.filter(|year| year.digits > 2))?;
            (year?, month, day.map_or(Some(1), |day| u32::try_from(day.value).ok())?)
        }
        None => in_numbers(&mut numbers, pieces)?,
    };
    if !numbers.is_empty() || !matches!(year.digits, 2..=4) {
        return None;
    }
    // Thailand counts from the Buddha
    let is_thai =
        || pieces.iter().any(|piece| matches!(piece, Piece::Word(word) if word.starts_with(|c| ('\u{e01}'..='\u{e5b}').contains(&c))));
    local.year = full_year(year.value, year.digits) - if year.value > 2400 && is_thai() { 543 } else { 0 };
    (local.month, local.day) = (month, day);
    Some(())
}

fn take(numbers: &mut Vec<Number>, unit: Unit) -> Option<Number> {
    let at = numbers.iter().position(|number| number.unit == Some(unit))?;
    Some(numbers.remove(at))
}

/// The word that is a month, next to a number: `mar` in `mar. 10 juin` is a Tuesday. Vietnamese counts its months (`tháng 6`).
fn month_in_words(pieces: &[Piece<'_>], numbers: &mut Vec<Number>) -> Option<u32> {
    let is_filler = |piece: &&Piece<'_>| match piece {
        Piece::Word(word) => {
            matches!(folded(word).as_str(), "de" | "del" | "di" | "th" | "st" | "nd" | "rd" | "er" | "of" | "e" | "a" | "o")
        }
        Piece::Mark { mark, .. } => matches!(mark, '.' | '-' | '/' | '\''),
        _ => false,
    };
    let is_number = |piece: Option<&Piece<'_>>| matches!(piece, Some(Piece::Number { .. }));
    let mut found = None;
    for (at, piece) in pieces.iter().enumerate() {
        let Piece::Word(word) = piece else { continue };
        if folded(word) == "thang"
            && let Some(counted) = numbers.iter().position(|number| number.at == at + 1)
        {
            return u32::try_from(numbers.remove(counted).value).ok();
        }
        let Some(month) = month(word) else { continue };
        let before = pieces[..at].iter().rev().find(|piece| !is_filler(piece));
        let after = pieces[at + 1..].iter().find(|piece| !is_filler(piece));
        if is_number(before) || is_number(after) || found.is_none() {
            found = Some(month);
        }
    }
    found
}

/// `04.00` or `0400` behind the date.
fn time_with_dots(numbers: &mut Vec<Number>, pieces: &[Piece<'_>], local: &mut Local) {
    let begins = |number: &Number| matches!(pieces[number.at], Piece::Number { is_spaced: true, .. });
    let is_dotted = |two: &[Number]| {
        let between = &pieces[two[0].at + 1..=two[1].at];
        matches!(between, [Piece::Mark { mark: '.', is_spaced: false }, Piece::Number { is_spaced: false, .. }])
    };
    let Some(from) = numbers.iter().rposition(begins).filter(|from| *from >= 2) else { return };
    let of_day: Vec<u32> = match &numbers[from..] {
        [one] if one.digits == 4 && numbers[..from].iter().any(|number| number.digits == 4) => vec![one.value / 100, one.value % 100],
        behind @ ([_, _] | [_, _, _]) if behind.windows(2).all(is_dotted) && behind.iter().all(|number| number.digits <= 2) => {
            behind.iter().map(|number| number.value).collect()
        }
        _ => return,
    }
    .into_iter()
    .filter_map(|part| u32::try_from(part).ok())
    .collect();
    numbers.truncate(from);
    local.hour = of_day.first().copied().unwrap_or(0);
    local.minute = of_day.get(1).copied().unwrap_or(0);
    local.second = of_day.get(2).copied().unwrap_or(0);
}

/// Three numbers, or two for a month of a year.
fn in_numbers(numbers: &mut Vec<Number>, pieces: &[Piece<'_>]) -> Option<(Number, u32, u32)> {
    let mark = match pieces.get(numbers.first()?.at + 1) {
        Some(Piece::Mark { mark, .. }) => *mark,
        _ => ' ',
    };
    let small = |number: Number| u32::try_from(number.value).ok().filter(|_| number.digits <= 2);
    let (year, one, two, american) = match numbers[..] {
        [month, year] if year.digits == 4 => (year, Some(1), small(month), false),
        [year, month] if year.digits == 4 => (year, Some(1), small(month), false),
        // `2003/6/10`
        [year, month, day] if year.digits == 4 || mark == '-' && year.digits == 2 && day.digits == 2 => {
            (year, small(day), small(month), false)
        }
        [one, two, year] => (year, small(one), small(two), mark == '/' && !agrees(pieces, year, small(two)?, small(one)?)),
        _ => return None,
    };
    numbers.clear();
    // day and month, or the other way round
    let (day, month) = if american { (two?, one?) } else { (one?, two?) };
    if month > 12 && day <= 12 { Some((year, day, month)) } else { Some((year, month, day)) }
}

/// Whether a weekday is named, and is that of the day before the month.
fn agrees(pieces: &[Piece<'_>], year: Number, month: u32, day: u32) -> bool {
    const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    let named = pieces.iter().find_map(|piece| match piece {
        Piece::Word(word) => DAYS.iter().position(|day| folded(word).starts_with(day)),
        _ => None,
    });
    let local = Local { year: full_year(year.value, year.digits), month, day, ..Local::default() };
    let is_day = (1..=12).contains(&month) && (1..=31).contains(&day);
    is_day && named.is_some_and(|named| i64::try_from(named) == Ok(local.weekday()))
}
