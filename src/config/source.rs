//! The texts that a configuration is made of, and places in them: file, line, column, and never a secret.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use unicode_width::UnicodeWidthChar;

/// A span of bytes in one of the files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Place {
    pub file: usize,
    pub span: Range<usize>,
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct At<T> {
    pub value: T,
    pub at: Place,
}

/// All files of one configuration, in the order in which they were read.
#[derive(Debug, Clone, Default)]
pub struct Sources(Vec<Source>);

#[derive(Debug, Clone)]
struct Source {
    name: String,
    /// As rules' traces call it: without the configuration's folder.
    short: String,
    text: String,
    /// Where each line begins.
    lines: Vec<usize>,
    /// What is masked when a line is shown.
    secrets: Vec<Range<usize>>,
}

/// A place as a person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// The source line, secrets masked, cut where it is very long.
    pub text: String,
    /// What stands before the caret: as wide as the text before the place.
    pub indent: String,
    /// How many carets.
    pub carets: usize,
}

/// Longer lines are shown in part.
const WIDEST: usize = 140;

impl Sources {
    /// Takes a text in; `name` is how messages call it, `short` how traces do. Answers with its number.
    pub fn add(&mut self, name: impl Into<String>, short: impl Into<String>, text: impl Into<String>) -> usize {
        let text = text.into();
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(newline, _)| newline + 1)).collect();
        self.0.push(Source { name: name.into(), short: short.into(), secrets: secrets(&text), lines, text });
        self.0.len() - 1
    }

    /// The path that messages call the file by.
    pub fn name(&self, file: usize) -> &str {
        &self.0[file].name
    }

    /// The whole text of a file.
    pub fn text(&self, file: usize) -> &str {
        &self.0[file].text
    }

    /// Hides this place wherever its line is shown.
    pub fn hide(&mut self, at: &Place) {
        self.0[at.file].secrets.push(at.span.clone());
    }

    /// The same as messages call it: `/etc/wirepress/wirepress.toml:41`
    pub fn full_line_of(&self, at: &Place) -> String {
        let source = &self.0[at.file];
        format!("{}:{}", source.name, source.line(at.span.start))
    }

    /// `wirepress.toml:41`
    pub fn line_of(&self, at: &Place) -> String {
        let source = &self.0[at.file];
        format!("{}:{}", source.short, source.line(at.span.start))
    }

    /// The place as a person sees it.
    pub fn show(&self, at: &Place) -> Shown {
        let source = &self.0[at.file];
        let text = &source.text;
        let start = floor(text, at.span.start);
        let line_start = source.lines[source.line(start) - 1];
        let line_end = text[start..].find('\n').map_or(text.len(), |newline| start + newline);
        let end = floor(text, at.span.end.clamp(start, line_end));
        let column = text[line_start..start].chars().count() + 1;
        let masked = |range| source.masked(range, line_start);
        let (before, under, after) = (masked(line_start..start), masked(start..end), masked(end..line_end));
        let before = cut_front(&before, WIDEST / 2);
        let room = WIDEST.saturating_sub(before.chars().count());
        let shown: String = format!("{before}{under}{after}").trim_end().to_owned();
        let cut = cut_back(&shown, before.chars().count() + room);
        let carets = under.trim_end_matches('\r').chars().map(width).sum::<usize>().clamp(1, room.max(1));
        Shown {
            file: source.name.clone(),
            line: source.line(start),
            column,
            text: cut,
            indent: before.chars().map(|c| if c == '\t' { "\t".to_owned() } else { " ".repeat(width(c)) }).collect(),
            carets,
        }
    }
}

impl Source {
    /// Which line a place is in, from 1.
    fn line(&self, offset: usize) -> usize {
        self.lines.partition_point(|start| *start <= offset)
    }

    /// The text of this range of a line, with `***` for every secret that begins in it or in an earlier line.
    fn masked(&self, range: Range<usize>, line_start: usize) -> String {
        let mut hidden: Vec<_> = self.secrets.iter().filter(|secret| secret.start < range.end && secret.end > range.start).collect();
        hidden.sort_by_key(|secret| secret.start);
        if range.is_empty() {
            return String::new();
        }
        let (mut out, mut done) = (String::new(), range.start);
        for secret in hidden {
            // several looks may find the same
            if secret.end <= done && secret.end > range.start && done > range.start {
                continue;
            }
            let from = floor(&self.text, secret.start.clamp(done, range.end));
            out.push_str(&self.text[done..from]);
            if secret.start >= range.start || range.start == line_start {
                out.push_str("***");
            }
            done = floor(&self.text, secret.end.clamp(from, range.end));
        }
        out.push_str(&self.text[done..range.end]);
        out
    }
}

/// The nearest place at or before `offset` where a character begins.
fn floor(text: &str, offset: usize) -> usize {
    text.floor_char_boundary(offset)
}

fn width(c: char) -> usize {
    if c == '\t' { 1 } else { c.width().unwrap_or(0) }
}

fn cut_front(text: &str, most: usize) -> String {
    let count = text.chars().count();
    if count <= most { text.to_owned() } else { format!("…{}", text.chars().skip(count - most + 1).collect::<String>()) }
}

fn cut_back(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_owned() } else { format!("{}…", text.chars().take(most - 1).collect::<String>()) }
}

/// Finds what nobody may see when a line is shown: the value of every key that sounds secret (unless it is a table such
/// as `{ env = … }`), and passwords in URLs. By the look of the text, since it must hold for broken files, too.
fn secrets(text: &str) -> Vec<Range<usize>> {
    static KEY: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"(?i)[\w-]*(?:passw|passphrase|secret|token|pwd|[_-]key|apikey|authorization|session)[\w-]*["']?[ \t]*=[ \t]*"#)
            .expect("the pattern is a constant")
    });
    static URL: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"https?://([^/\s"'@]+)@|://[^/\s"'@:]*:([^/\s"'@]+)@"#).expect("the pattern is a constant"));
    static ACCESS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"(?m)(?:^|[{,\s])["']?(?:auth|client_certificate)["']?[ \t]*=[ \t]*"#).expect("the pattern is a constant")
    });
    let mut found: Vec<Range<usize>> = URL.captures_iter(text).filter_map(|hit| hit.get(1).or(hit.get(2))).map(|hit| hit.range()).collect();
    found.extend(named_values(text));
    for key in KEY.find_iter(text).chain(ACCESS.find_iter(text)) {
        let rest = &text[key.end()..];
        let long = |quotes: &str| rest[3..].find(quotes).map_or(rest.len(), |end| end + 6);
        let line = rest.find('\n').unwrap_or(rest.len());
        let length = match rest.as_bytes().first() {
            Some(b'{') | None => continue,
            Some(b'"') if rest.starts_with("\"\"\"") => long("\"\"\""),
            Some(b'\'') if rest.starts_with("'''") => long("'''"),
            Some(quote @ (b'"' | b'\'')) => closing(&rest[..line], *quote),
            Some(_) => line,
        };
        found.push(key.end()..key.end() + length);
    }
    found
}

/// The texts in `headers` and `cookies`: nobody can tell by its look which of them is a key.
fn named_values(text: &str) -> Vec<Range<usize>> {
    static OPEN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"(?m)(?:headers|cookies)["']?[ \t]*=[ \t]*[{\[]|^[ \t]*\[+[\w.]*\.(?:headers|cookies)\]+"#)
            .expect("the pattern is a constant")
    });
    static VALUE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"(?:\b(?P<place>env|file|credential)[ \t]*)?=[ \t]*(?P<text>"(?:[^"\\\n]|\\.)*"?|'[^'\n]*'?)"#)
            .expect("the pattern is a constant")
    });
    let mut found = Vec::new();
    for open in OPEN.find_iter(text) {
        let rest = &text[open.end()..];
        // a broken table may never end; the next heading ends it then
        let heading = rest.find("\n[").unwrap_or(rest.len());
        let end = match open.as_str().as_bytes().last() {
            Some(b'{') => closing_brace(&rest[..heading]),
            // a list, which it must not be
            Some(b'[') => {
                found.push(open.end() - 1..open.end() + rest.find([']', '\n']).map_or(rest.len(), |end| end + 1));
                continue;
            }
            _ => heading,
        };
        let values = VALUE.captures_iter(&rest[..end]).filter(|hit| hit.name("place").is_none());
        found.extend(values.filter_map(|hit| hit.name("text")).map(|hit| open.end() + hit.start()..open.end() + hit.end()));
    }
    found
}

/// Where the table whose `{` was just read ends; its whole length if it isn't closed.
fn closing_brace(text: &str) -> usize {
    let mut depth = 1;
    for (offset, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return offset;
        }
    }
    text.len()
}

/// The length of the string that begins with `quote` at the start of `line`; the whole line if it isn't closed.
fn closing(line: &str, quote: u8) -> usize {
    let mut escaped = false;
    for (offset, byte) in line.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quote == b'"' => escaped = true,
            _ if byte == quote => return offset + 1,
            _ => {}
        }
    }
    line.len()
}

/// Where a range of bytes of a TOML string's **value** stands in the file. `token` is the string as written, quotes
/// included (TOML 1.1, section String). `None` when the value isn't what the token says.
pub fn inside_string(token: &str, value: &str, range: &Range<usize>) -> Option<Range<usize>> {
    let (quotes, basic) = match token.as_bytes() {
        [b'"', b'"', b'"', ..] => (3, true),
        [b'\'', b'\'', b'\'', ..] => (3, false),
        [b'"', ..] => (1, true),
        [b'\'', ..] => (1, false),
        _ => return None,
    };
    let end = token.len().checked_sub(quotes).filter(|end| *end >= quotes)?;
    let mut at = quotes;
    if quotes == 3 {
        at += token[at..end].starts_with("\r\n").then_some(2).or(token[at..end].starts_with('\n').then_some(1)).unwrap_or(0);
    }
    // one entry for each byte of the value, and one for its end
    let mut map = Vec::with_capacity(value.len() + 1);
    while at < end {
        let c = token[at..end].chars().next()?;
        let (length, bytes) = if basic && c == '\\' { escape(&token[at..end])? } else { (c.len_utf8(), c.len_utf8()) };
        map.extend((0..bytes).map(|byte| at + byte.min(length - 1)));
        at += length;
    }
    map.push(end);
    (map.len() == value.len() + 1 && range.end <= value.len()).then(|| map[range.start]..map[range.end])
}

/// How long the escape at the start of `text` is, and how many bytes it stands for.
fn escape(text: &str) -> Option<(usize, usize)> {
    let hex = |digits: usize| {
        let code = u32::from_str_radix(text.get(2..2 + digits)?, 16).ok()?;
        Some((2 + digits, char::from_u32(code)?.len_utf8()))
    };
    match text[1..].chars().next()? {
        'x' => hex(2),
        'u' => hex(4),
        'U' => hex(8),
        c if c.is_whitespace() => Some((1 + (text[1..].len() - text[1..].trim_start().len()), 0)),
        _ => Some((2, 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, word: &str) -> Shown {
        let mut sources = Sources::default();
        let start = text.find(word).expect("the test's word is in the test's text");
        let file = sources.add("a.toml", "a.toml", text);
        sources.show(&Place { file, span: start..start + word.len() })
    }

    #[test]
    fn a_place_is_counted_in_lines_and_characters_from_one() {
        let place = shown("a = 1\nü = \"日本\" # x\n", "# x");
        assert_eq!((place.line, place.column), (2, 10));
        assert_eq!(place.indent.len(), 11, "wide characters push the caret by two");
    }

    #[test]
    fn a_tab_stays_a_tab_before_the_caret() {
        assert_eq!(shown("\tkey = 1", "1").indent, "\t      ");
    }

    #[test]
    fn a_very_long_line_is_shown_around_its_place() {
        let text = format!("a = \"{}HERE{}\"", "x".repeat(500), "y".repeat(500));
        let place = shown(&text, "HERE");
        assert!(place.text.starts_with('…') && place.text.ends_with('…') && place.text.contains("HERE"), "{place:?}");
        assert!(place.text.chars().count() <= WIDEST);
    }

    #[test]
    fn secrets_are_masked_in_every_line_that_is_shown() {
        for (text, wanted) in [
            ("password = \"abc\" # x", "password = *** # x"),
            ("password = \"a\\\"c\" # x", "password = *** # x"),
            ("password = \"unclosed # x", "password = ***"),
            ("passwort = 'abc' # x", "passwort = *** # x"),
            ("app_password=abc # x", "app_password=***"),
            ("a = { password = \"abc\", b = 1 } # x", "a = { password = ***, b = 1 } # x"),
            ("password = { env = \"X\" } # x", "password = { env = \"X\" } # x"),
            ("headers = { \"X-Key\" = \"abc\", b = { env = \"X\" } } # x", "headers = { \"X-Key\" = ***, b = { env = \"X\" } } # x"),
            ("headers = [\"X-Key: abc\"] # x", "headers = *** # x"),
            ("cookies = { a = 'abc', b = \"unclosed # x", "cookies = { a = ***, b = ***"),
            ("auth = \"abc\" # x", "auth = *** # x"),
            ("author = \"ann\" # x", "author = \"ann\" # x"),
            ("url = \"https://token@host/\" # x", "url = \"https://***@host/\" # x"),
            ("url = \"postgres://me:abc@host/db\" # x", "url = \"postgres://me:***@host/db\" # x"),
        ] {
            let word = if wanted.ends_with("# x") { "# x" } else { "passw" };
            let word = if text.contains(word) { word } else { &text[..3] };
            assert_eq!(shown(text, word).text, wanted);
        }
    }

    #[test]
    fn a_secret_over_several_lines_is_masked_in_each() {
        assert_eq!(shown("password = \"\"\"\nabc\ndef\n\"\"\"\n", "def").text, "***");
    }

    #[test]
    fn a_fault_in_a_strings_value_is_found_in_the_file() {
        for (token, value, word) in [
            (r#""title is bad""#, "title is bad", "bad"),
            (r"'title is bad'", "title is bad", "bad"),
            (r#""\"a\" is bad""#, "\"a\" is bad", "bad"),
            (r#""\u00e4 is bad""#, "ä is bad", "bad"),
            ("\"\"\"\none\ntwo bad\"\"\"", "one\ntwo bad", "bad"),
            ("\"\"\"one \\\n   two bad\"\"\"", "one two bad", "bad"),
            ("'''\nit's bad'''", "it's bad", "bad"),
        ] {
            let start = value.find(word).expect("in the value");
            let found = inside_string(token, value, &(start..start + word.len()));
            assert_eq!(found.map(|range| &token[range]), Some(word), "{token}");
        }
        assert_eq!(inside_string("\"abc\"", "something else", &(0..1)), None);
        assert_eq!(inside_string("'abc'", "abc", &(3..3)), Some(4..4), "the end of the text is a place, too");
    }
}
