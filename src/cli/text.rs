//! How things are written for people: tables, moments, and text from outside that can't move the terminal's cursor.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::domain::Timestamp;

/// Text from outside on one line: control characters and direction overrides become spaces, runs of space become one.
pub fn plain(text: &str) -> String {
    let harmless: String = text.chars().map(|c| if is_unruly(c) { ' ' } else { c }).collect();
    harmless.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The lines of text from outside, without control characters.
pub fn plain_lines(text: &str) -> Vec<String> {
    text.lines().map(|line| line.chars().map(|c| if is_unruly(c) { ' ' } else { c }).collect::<String>().trim_end().to_owned()).collect()
}

/// Escape sequences start with a control character; direction overrides make a line read as something else.
fn is_unruly(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// At most `width` columns; what is cut ends in `…`.
pub fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut taken = 0;
    let mut short: String = text
        .chars()
        .take_while(|c| {
            taken += c.width().unwrap_or(0);
            taken < width
        })
        .collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

/// Rows under their headings, columns two spaces apart; the last column is as long as it is.
pub fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width());
        cells.chain([headings[column].width()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let mut text = String::new();
    let headings: Vec<String> = headings.iter().map(|heading| (*heading).to_owned()).collect();
    for row in std::iter::once(&headings).chain(rows) {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.push_str(&" ".repeat(width.saturating_sub(cell.width()) + 2));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// `2026-11-22 12:52 UTC`
pub fn utc(at: Timestamp) -> String {
    format!("{} UTC", at.to_gmt().replacen('T', " ", 1).get(..16).unwrap_or_default())
}

/// `2026-11-22 12:52 UTC (in 12m)`
pub fn moment(at: Timestamp, now: Timestamp) -> String {
    format!("{} ({})", utc(at), from_now(at, now))
}

/// `in 12m`, `now`, `3h ago`: one unit, rounded down.
pub fn from_now(at: Timestamp, now: Timestamp) -> String {
    match at.unix() - now.unix() {
        0 => "now".to_owned(),
        ahead if ahead > 0 => format!("in {}", coarse(ahead)),
        past => format!("{} ago", coarse(-past)),
    }
}

fn coarse(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..86_400 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// `1 post`, `2 posts`, `2 entries`, `2 days`.
pub fn count(number: usize, one: &str) -> String {
    match (number, one.strip_suffix('y')) {
        (1, _) => format!("1 {one}"),
        (_, Some(stem)) if !stem.ends_with(['a', 'e', 'o']) => format!("{number} {stem}ies"),
        _ => format!("{number} {one}s"),
    }
}

/// `98 KB`
pub fn bytes(size: u64) -> String {
    match size {
        ..1_000 => format!("{size} B"),
        1_000..1_000_000 => format!("{} KB", size / 1_000),
        _ => format!("{}.{} MB", size / 1_000_000, size % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_cannot_move_the_cursor_or_turn_the_line_around() {
        assert_eq!(plain("a\u{1b}[2Jb\r\n c\u{202e}d\u{9b}31m"), "a [2Jb c d 31m");
    }

    #[test]
    fn columns_stand_under_their_headings_also_with_wide_letters() {
        let rows = vec![vec!["日本".to_owned(), "x".to_owned()], vec!["a".to_owned(), String::new()]];
        assert_eq!(table(&["name", "state"], &rows), "name  state\n日本  x\na\n");
    }

    #[test]
    fn a_long_cell_ends_in_an_ellipsis_within_its_width() {
        assert_eq!(cut("hello world", 7), "hello…");
        assert_eq!(cut("日本語日本語", 5), "日本…");
        assert_eq!(cut("short", 5), "short");
    }

    #[test]
    fn moments_are_utc_and_told_from_now() {
        let now = Timestamp::from_unix(1_795_351_976);
        for (seconds, told) in [(0, "now"), (59, "in 59s"), (720, "in 12m"), (-3 * 3_600, "3h ago"), (-200_000, "2d ago")] {
            assert_eq!(from_now(Timestamp::from_unix(now.unix() + seconds), now), told);
        }
        assert_eq!(moment(now, now), "2026-11-22 12:52 UTC (now)");
    }

    #[test]
    fn one_is_counted_apart() {
        let told = [count(1, "post"), count(0, "post"), count(1, "entry"), count(3, "entry"), count(7, "day")];
        assert_eq!(told, ["1 post", "0 posts", "1 entry", "3 entries", "7 days"]);
    }
}
