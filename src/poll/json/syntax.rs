//! JSON that isn't quite JSON: what publishers' templates and cut lines make of it.

/// What was made of it.
pub(super) struct Mended {
    pub text: String,
    /// The document ended in its midst.
    pub is_cut: bool,
}

/// What the last thing outside of texts was.
#[derive(Clone, Copy, PartialEq)]
enum Last {
    /// `{`, `[` or `,`
    Open,
    /// A text where a member's name belongs.
    Name,
    Colon,
    Value,
}

/// One pass: commas before a closing bracket go out, control characters and odd escapes in texts are written as JSON writes them, what
/// follows the outermost value is left, and what was cut off is closed. Nothing, if there is nothing to be made of it.
pub(super) fn mended(text: &str) -> Option<Mended> {
    let mut out = String::with_capacity(text.len() + 16);
    let mut stack: Vec<u8> = Vec::new();
    let mut last = Last::Open;
    let mut comma = None;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => {
                let is_name = stack.last() == Some(&b'}') && matches!(last, Last::Open);
                let begin = out.len();
                if !string(&mut chars, &mut out) {
                    // cut within the text: a name says nothing, half a value does
                    if is_name {
                        out.truncate(begin);
                    } else {
                        last = Last::Value;
                    }
                    break;
                }
                last = if is_name { Last::Name } else { Last::Value };
            }
            '{' | '[' => {
                out.push(c);
                stack.push(if c == '{' { b'}' } else { b']' });
                last = Last::Open;
            }
            '}' | ']' => {
                if stack.pop().map(char::from) != Some(c) {
                    return None;
                }
                if let (Some(comma), Last::Open) = (comma, last) {
                    out.truncate(comma);
                }
                out.push(c);
                last = Last::Value;
                if stack.is_empty() {
                    return Some(Mended { text: out, is_cut: false });
                }
            }
            ',' => {
                if last == Last::Value {
                    comma = Some(out.len());
                    out.push(c);
                }
                last = Last::Open;
                continue;
            }
            ':' => {
                out.push(c);
                last = Last::Colon;
            }
            c if c.is_whitespace() || c == '\u{feff}' => {
                out.push(' ');
                continue;
            }
            _ => {
                let end = text[at..].find([',', '}', ']', ':', '"', ' ', '\n', '\t', '\r']).map(|end| at + end);
                // a number or a word that may be half
                let Some(end) = end else { break };
                out.push_str(&text[at..end]);
                while chars.next_if(|(at, _)| *at < end).is_some() {}
                last = Last::Value;
            }
        }
        comma = None;
    }
    match last {
        Last::Open => out.truncate(comma.unwrap_or(out.len())),
        Last::Name => out.push_str(":null"),
        Last::Colon => out.push_str("null"),
        Last::Value => {}
    }
    out.extend(stack.iter().rev().map(|close| char::from(*close)));
    Some(Mended { text: out, is_cut: true })
}

/// Copies a text whose `"` was read; false if the document ended in it, which closes it.
fn string(chars: &mut std::iter::Peekable<std::str::CharIndices>, out: &mut String) -> bool {
    out.push('"');
    // the first half of a character that takes two
    let mut half: Option<String> = None;
    while let Some((_, c)) = chars.next() {
        if !(c == '\\' && chars.peek().is_some_and(|(_, c)| *c == 'u')) {
            half = None;
        }
        match c {
            '"' => {
                out.push('"');
                return true;
            }
            '\\' => match chars.next() {
                Some((_, c @ ('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't'))) => out.extend(['\\', c]),
                Some((_, 'u')) => {
                    let mut digits = String::new();
                    while let Some((_, digit)) = chars.next_if(|(_, c)| digits.len() < 4 && c.is_ascii_hexdigit()) {
                        digits.push(digit);
                    }
                    match u32::from_str_radix(&digits, 16).unwrap_or(0) {
                        _ if digits.len() < 4 => {}
                        0xd800..=0xdbff => half = Some(digits),
                        0xdc00..=0xdfff => {
                            if let Some(half) = half.take() {
                                out.extend(["\\u", &half, "\\u", &digits]);
                            }
                        }
                        _ => out.extend(["\\u", &digits]),
                    }
                }
                // `\'` is a habit of JavaScript
                Some((_, other)) if !other.is_control() => out.push(other),
                _ => {}
            },
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_ascii_control() => {}
            c => out.push(c),
        }
    }
    out.push('"');
    false
}
