//! A body's headings stand below the post's title, and no level is left out on the way down.

/// Deepens all headings by one where an `h1` is among them, closes gaps (an `h4` right below an `h2`), and keeps what is
/// equal equal. `html` is the writer's.
pub(super) fn shift(html: String) -> String {
    let found: Vec<(usize, usize, u8)> = headings(&html).collect();
    let by = u8::from(found.iter().any(|(.., level)| *level == 1));
    // Headings that the current one stands below: as they are, and as they shall be.
    let mut above: Vec<(u8, u8)> = Vec::new();
    let mut changes = Vec::new();
    for (open, close, level) in found {
        while above.last().is_some_and(|(old, _)| *old > level) {
            above.pop();
        }
        let new = match above.last() {
            Some((old, new)) if *old == level => *new,
            Some((_, new)) => (level + by).min(new + 1).min(6),
            None => (level + by).min(6),
        };
        above.push((level, new));
        if new != level {
            changes.push((open, close, b'0' + new));
        }
    }
    if changes.is_empty() {
        return html;
    }
    let mut bytes = html.into_bytes();
    for (open, close, level) in changes {
        bytes[open] = level;
        bytes[close] = level;
    }
    String::from_utf8(bytes).expect("a digit in the place of a digit")
}

/// Where the digits of each heading's tags are, and what they say.
fn headings(html: &str) -> impl Iterator<Item = (usize, usize, u8)> {
    html.match_indices("<h").filter_map(|(at, _)| {
        let digit = *html.as_bytes().get(at + 2)?;
        let level = digit.checked_sub(b'0').filter(|level| (1..=6).contains(level))?;
        if html.as_bytes().get(at + 3) != Some(&b'>') {
            return None;
        }
        let end = html[at..].find(&format!("</h{level}>"))?;
        Some((at + 2, at + end + 3, level))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_go_below_the_title_and_leave_no_level_out() {
        for (levels, want) in [
            ("1 2 3", "2 3 4"),
            ("2 3 2", "2 3 2"),
            ("3 3", "3 3"),
            ("1 3 3 1", "2 3 3 2"),
            ("2 4 5 2", "2 3 4 2"),
            ("1 2 3 4 5 6", "2 3 4 5 6 6"),
            ("6 1", "6 2"),
            ("4 3", "4 3"),
            ("", ""),
        ] {
            let html = |levels: &str| levels.split_whitespace().map(|level| format!("<h{level}>x</h{level}>\n")).collect::<String>();
            let once = shift(html(levels));
            assert_eq!(once, html(want), "{levels}");
            assert_eq!(shift(once.clone()), once, "{levels}");
        }
    }
}
