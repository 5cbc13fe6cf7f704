//! Text as keys compare it.

/// Markup out, white space collapsed, ASCII letters in lower case. Other letters stay as they are: their case tables change with
/// Unicode's versions, and keys must not.
pub(super) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    let mut rest = text;
    // Looked up once: each `<` of a text without any `>` would be a walk to its end.
    let last_end = text.rfind('>').map_or(0, |end| end + 1);
    while let Some(c) = rest.chars().next() {
        let has_end = text.len() - rest.len() < last_end;
        let tag = if has_end { tag_length(rest) } else { 0 };
        if tag > 0 || c.is_ascii_whitespace() || c == '\u{a0}' {
            gap = !out.is_empty();
            rest = &rest[tag.max(c.len_utf8())..];
            continue;
        }
        if std::mem::take(&mut gap) {
            out.push(' ');
        }
        out.push(c.to_ascii_lowercase());
        rest = &rest[c.len_utf8()..];
    }
    out
}

/// How long the tag at the start is; 0 where there is none.
fn tag_length(text: &str) -> usize {
    let opens = text.starts_with('<') && text[1..].starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!'));
    if opens { text.find('>').map_or(0, |end| end + 1) } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_case_and_white_space_make_no_difference() {
        for (text, folded) in [
            ("  Hello\n  World ", "hello world"),
            ("<p>Hello <b>World</b></p>", "hello world"),
            ("a < b and c > d", "a < b and c > d"),
            ("<p>open", "open"),
            ("<unclosed", "<unclosed"),
            ("ÄÖ x\u{a0}y", "ÄÖ x y"),
            ("", ""),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
    }

    /// Quadratic, each of these took minutes.
    #[test]
    fn many_tags_that_nobody_closes_cost_no_more_than_as_many_letters() {
        let open = "<a".repeat(400_000);
        for (what, text, folded) in [
            ("none is closed", open.clone(), open.clone()),
            ("one is, before them", format!("<p>{open}"), open.clone()),
            ("one is, behind them", format!("{open}>x"), "x".to_owned()),
            ("signs that open nothing", "< ".repeat(400_000), vec!["<"; 400_000].join(" ")),
        ] {
            assert!(fold(&text) == folded, "{what}");
        }
    }
}
