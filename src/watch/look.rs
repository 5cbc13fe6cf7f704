//! What an entry looks like, as far as feeds are told apart by it.

use std::collections::HashSet;

use url::Url;

use crate::domain::{Entry, EntryLook};

/// Words of an entry that are remembered.
const WORDS: usize = 60;
/// Shorter ones say little of a subject.
const LETTERS: usize = 4;
/// Letters of a body that are looked at for its subject.
const BODY: usize = 1_500;

/// Looks at one entry.
pub fn look(entry: &Entry) -> EntryLook {
    let body = entry.body();
    let mut words = Vec::new();
    let beginning = without_tags(&body[..body.floor_char_boundary(BODY)]);
    for word in runs(&entry.title).chain(runs(&beginning)) {
        if words.len() >= WORDS {
            break;
        }
        let hash = hash(&word);
        if word.chars().nth(LETTERS - 1).is_some() && !words.contains(&hash) {
            words.push(hash);
        }
    }
    EntryLook {
        length: u32::try_from(count(&without_tags(body))).unwrap_or(u32::MAX),
        is_illustrated: !entry.images.is_empty() || has_image(body),
        site: entry.link.as_deref().and_then(site),
        words,
    }
}

/// `example.org` of `https://www.news.example.org/a`, `example.co.uk` of `https://example.co.uk/`: near enough to what one
/// owner has.
fn site(link: &str) -> Option<String> {
    let url = Url::parse(link.trim()).ok()?;
    let host = url.host_str()?.trim_end_matches('.');
    if host.parse::<std::net::Ipv4Addr>().is_ok() || host.contains(':') {
        return Some(format!("{host}:{}", url.port_or_known_default().unwrap_or(0)));
    }
    let labels: Vec<&str> = host.split('.').collect();
    let short = |label: Option<&&str>| label.is_some_and(|label| label.len() <= 3);
    let take = if labels.len() > 2 && short(labels.get(labels.len() - 2)) && short(labels.last()) { 3 } else { 2 };
    Some(labels[labels.len().saturating_sub(take)..].join("."))
}

/// The different words of a feed's title, in lower case.
pub(super) fn title_words(title: &str) -> HashSet<String> {
    runs(title).collect()
}

/// Runs of letters and digits in lower case; two neighbouring signs of a script without spaces stand for a word of four letters.
fn runs(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|run| !run.is_empty()).flat_map(|run| {
        let signs: Vec<char> = run.chars().collect();
        match signs.iter().any(|sign| is_unspaced(*sign)) {
            true => signs.windows(2).map(|pair| format!("{0}{1}{0}{1}", pair[0], pair[1])).collect(),
            false => vec![run.to_lowercase()],
        }
    })
}

/// Words; two signs of a script without spaces count as one.
fn count(text: &str) -> usize {
    let runs = text.split_whitespace().filter(|run| run.chars().any(char::is_alphanumeric));
    runs.map(|run| (run.chars().filter(|c| is_unspaced(*c)).count() / 2).max(1)).sum()
}

fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

fn has_image(body: &str) -> bool {
    body.as_bytes().windows(4).any(|four| four.eq_ignore_ascii_case(b"<img"))
}

fn without_tags(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        text.push_str(&rest[..at]);
        text.push(' ');
        rest = rest[at..].find('>').map_or("", |end| &rest[at + end + 1..]);
    }
    text.push_str(rest);
    text
}

/// FNV-1a, folded to 16 bits. It is stored, and so is one of a kind.
fn hash(word: &str) -> u16 {
    let wide = word.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (wide >> 16) as u16 ^ wide as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_one_owner_are_one_site() {
        for (link, one) in [
            ("https://www.news.example.org/a", Some("example.org")),
            ("https://example.org", Some("example.org")),
            ("https://paper.example.co.uk/a", Some("example.co.uk")),
            ("http://127.0.0.1:8080/a", Some("127.0.0.1:8080")),
            ("https://localhost/a", Some("localhost")),
            ("mailto:a@example.org", None),
            ("nothing", None),
        ] {
            assert_eq!(site(link).as_deref(), one, "{link}");
        }
    }

    #[test]
    fn words_are_counted_without_markup_and_in_scripts_without_spaces() {
        for (html, words) in [("<p>One <b>two</b></p>three", 3), ("", 0), ("東京で大雪が降る", 4), ("— a –", 1), ("<img src=x", 0)]
        {
            assert_eq!(count(&without_tags(html)), words, "{html}");
        }
        assert!(has_image("<p><IMG src=a></p>") && !has_image("<p>image</p>"));
    }

    #[test]
    fn hashes_are_the_same_for_ever() {
        assert_eq!([hash("storm"), hash("schnee")], [4_209, 34_287]);
    }
}
