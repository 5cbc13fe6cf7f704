//! Who wrote an entry: names, never addresses.

use super::scan::{Scanner, Token, split_name};
use super::{plain, text};

/// People of one entry that are read.
const MAX_PEOPLE: usize = 30;
/// A name may be so long, in bytes.
const MAX_NAME: usize = 500;

/// People by rank: those of the lowest rank that has any are told.
#[derive(Debug, Default)]
pub(super) struct People {
    /// Rank, name, and whether it is nothing but an address.
    found: Vec<(u8, String, bool)>,
}

impl People {
    /// Takes what stands in an element that names a person: `<name>` and `<email>`, or text in one of RSS's many ways.
    pub(super) fn add(&mut self, rank: u8, raw: &str) {
        if self.found.len() >= MAX_PEOPLE {
            return;
        }
        for (name, is_address) in names(raw) {
            if !name.is_empty() && name.len() <= MAX_NAME {
                self.found.push((rank, name, is_address));
            }
        }
    }

    /// Each once; an address counts only where there is no name.
    pub(super) fn into_names(self) -> Vec<String> {
        let Some(best) = self.found.iter().map(|(rank, _, is_address)| (*is_address, *rank)).min() else { return Vec::new() };
        let mut names = Vec::new();
        for (rank, name, is_address) in self.found {
            if (is_address, rank) == best && !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

/// Names, each with whether it was made of an address.
fn names(raw: &str) -> Vec<(String, bool)> {
    let (mut found, mut emails) = (Vec::new(), Vec::new());
    let mut has_children = false;
    let mut scanner = Scanner::new(raw);
    while found.len() + emails.len() < MAX_PEOPLE
        && let Some(token) = scanner.next()
    {
        let Token::Open { name, empty: false, .. } = token else { continue };
        let local = split_name(name).1;
        let is_name = local.eq_ignore_ascii_case("name");
        if is_name || local.eq_ignore_ascii_case("email") {
            has_children = true;
            let inside = scanner.inside(name, false, |tag| !tag.starts_with('/'));
            if is_name { found.push(person(inside.raw)) } else { emails.push(person(inside.raw)) }
        } else {
            has_children |= matches!(local, "uri" | "url" | "homepage");
        }
    }
    found.retain(|(name, _)| !name.is_empty());
    match (has_children, found.is_empty()) {
        (false, _) => vec![person(raw)],
        (true, false) => found,
        (true, true) => emails,
    }
}

/// `ann@example.org (Ann Lee)` and `Ann Lee <ann@example.org>` are `Ann Lee`; an address alone is its part before the `@`, as no
/// page shall give addresses to harvesters.
fn person(raw: &str) -> (String, bool) {
    let is_address = |word: &str| word.find('@').is_some_and(|at| at > 0);
    let inside = raw.trim().strip_prefix("<![CDATA[").and_then(|raw| raw.strip_suffix("]]>"));
    let decoded = inside.map_or_else(|| text::attribute(raw), Into::into);
    // an address in angle brackets is no tag
    let text = if decoded.contains('@') { plain::from_text(&decoded) } else { plain::from_either(&decoded) };
    if !is_address(&text) {
        return (text, false);
    }
    let is_bracket = |c: char| matches!(c, '(' | ')' | '（' | '）' | '<' | '>' | '[' | ']' | ',' | ';' | '：' | ':') || c.is_whitespace();
    let words = text.split(is_bracket).filter(|word| !word.is_empty() && !is_address(word) && *word != "mailto");
    let name = words.collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        let local = text.trim_start_matches(is_bracket).trim_start_matches("mailto:").split('@').next().unwrap_or("");
        return (local.to_owned(), true);
    }
    (plain::from_either(&name), false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_shown_without_their_addresses() {
        for (written, name) in [
            ("Ann Lee", "Ann Lee"),
            ("<![CDATA[Ann &amp; Bob]]>", "Ann & Bob"),
            ("ann@example.org (Ann Lee)", "Ann Lee"),
            ("Ann Lee &lt;ann@example.org&gt;", "Ann Lee"),
            ("<![CDATA[Ann Lee <ann@example.org>]]>", "Ann Lee"),
            ("mailto:ann@example.org", "ann"),
            ("ann&#64;example.org", "ann"),
            ("作者：ann@example.org", "作者"),
            ("ann@example.org（张）", "张"),
            ("@ann", "@ann"),
            ("<name>Ann Lee</name><email>ann@example.org</email>", "Ann Lee"),
            ("<name/><email>ann@example.org</email><uri>x</uri>", "ann"),
            ("<foaf:name>Ann</foaf:name>", "Ann"),
            ("<b>Ann</b> Lee", "Ann Lee"),
        ] {
            let mut people = People::default();
            people.add(0, written);
            assert_eq!(people.into_names(), [name], "{written}");
        }
    }

    #[test]
    fn the_nearest_names_count_and_each_once() {
        let mut people = People::default();
        for (rank, written) in
            [(2, "The Agency"), (1, "The Show"), (0, "ann@example.org"), (0, "Ann"), (0, "ann@example.org (Ann)"), (0, "Bob")]
        {
            people.add(rank, written);
        }
        assert_eq!(people.into_names(), ["Ann", "Bob"]);
        let mut people = People::default();
        people.add(0, "ann@example.org");
        people.add(1, "The Show");
        assert_eq!(people.into_names(), ["The Show"]);
    }
}
