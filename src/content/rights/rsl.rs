//! Really Simple Licensing (RSL 1.0): what a licence document, or an element in a feed, permits, prohibits and charges for.

use std::collections::BTreeSet;

use super::robots::fits;
use super::signal;
use crate::domain::{Signal, Use};

/// What a licence document says of a path, as a signal; `None` where it speaks of other paths only, or permits everything.
/// `path`: of the address, with its query; `None`: what stands in the entry itself.
///
/// Read leniently, tag by tag: `<content url="/x/*"> <license> <permits type="usage">…, <prohibits type="usage">…, <payment type="…">`.
pub fn rsl(xml: &str, path: Option<&str>, from: &str) -> Option<Signal> {
    let mut best: Option<(usize, BTreeSet<Use>)> = None;
    let mut covers = Some(0);
    let mut terms = Terms::default();
    let mut text = None::<(bool, bool)>;
    for piece in xml.split('<').skip(1) {
        let (tag, inside) = piece.split_once('>').unwrap_or((piece, ""));
        let (closes, tag) = tag.strip_prefix('/').map_or((false, tag), |tag| (true, tag));
        let name = tag.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or("");
        let name = name.rsplit(':').next().unwrap_or("").to_ascii_lowercase();
        let usage = attribute(tag, "type").is_none_or(|kind| kind.eq_ignore_ascii_case("usage"));
        match (name.as_str(), closes) {
            ("content", false) => covers = covered(attribute(tag, "url"), path),
            ("license" | "licence", false) => terms = Terms::default(),
            ("license" | "licence", true) => {
                if let Some(length) = covers {
                    let limits = terms.limits();
                    // several licences for one thing are a choice: what one of them lets free is free
                    best = Some(match best.take() {
                        Some((known, before)) if known > length => (known, before),
                        Some((known, before)) if known == length => (known, before.intersection(&limits).copied().collect()),
                        _ => (length, limits),
                    });
                }
            }
            ("permits", false) if usage => text = Some((true, true)),
            ("prohibits", false) if usage => text = Some((true, false)),
            ("payment", false) => terms.payment = Some(attribute(tag, "type").unwrap_or("purchase").to_ascii_lowercase()),
            _ => text = None,
        }
        if let Some((true, permits)) = text {
            let words = inside.split([',', ' ', '\n', '\t']).map(|word| word.trim().to_ascii_lowercase()).filter(|word| !word.is_empty());
            if permits {
                terms.permits.get_or_insert_default().extend(words)
            } else {
                terms.prohibits.extend(words)
            }
            text = None;
        }
    }
    let (_, limits) = best?;
    (!limits.is_empty()).then(|| signal("rsl", from, &limits.into_iter().collect::<Vec<_>>()))
}

/// How much of a path a `content` element covers, by its pattern's length; `None`: it is about something else.
fn covered(pattern: Option<&str>, path: Option<&str>) -> Option<usize> {
    let (Some(pattern), Some(path)) = (pattern, path) else { return Some(0) };
    let own = url::Url::parse(pattern).map_or_else(|_| pattern.to_owned(), |url| url.path().to_owned());
    fits(&own, path).then_some(own.len())
}

#[derive(Default)]
struct Terms {
    permits: Option<BTreeSet<String>>,
    prohibits: BTreeSet<String>,
    payment: Option<String>,
}

impl Terms {
    /// Uses that are not free: prohibited, not among what is permitted, or paid for.
    fn limits(&self) -> BTreeSet<Use> {
        let is_paid = self.payment.as_deref().is_some_and(|kind| !matches!(kind, "free" | "attribution"));
        let has = |set: &BTreeSet<String>, names: &[&str]| names.iter().any(|name| set.contains(*name));
        let is_limited = |what: &Use| {
            let names: &[&str] = match what {
                Use::Ai => &["all", "ai-all", "ai-input", "ai-use"],
                Use::PageText | Use::Images => &["all"],
            };
            let forbidden: &[&str] = match what {
                Use::Ai => &["all", "ai-all", "ai-input", "ai-use", "ai-train", "ai-index"],
                Use::PageText | Use::Images => &["all"],
            };
            is_paid || has(&self.prohibits, forbidden) || self.permits.as_ref().is_some_and(|permits| !has(permits, names))
        };
        Use::ALL.into_iter().filter(is_limited).collect()
    }
}

fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let mut rest = tag;
    loop {
        let at = rest.find(name)?;
        let (before, after) = (&rest[..at], rest[at + name.len()..].trim_start());
        if before.ends_with(|c: char| c.is_whitespace())
            && let Some(value) = after.strip_prefix('=')
        {
            let value = value.trim_start();
            let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
            return value[1..].split(quote).next();
        }
        rest = &rest[at + name.len()..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(content: &str, terms: &str) -> String {
        format!(
            "<?xml version=\"1.0\"?><rsl xmlns=\"https://rslstandard.org/rsl\"><content url=\"{content}\" server=\"https://s.example\"><license>{terms}</license></content></rsl>"
        )
    }

    #[test]
    fn what_is_prohibited_not_permitted_or_paid_for_is_limited() {
        for (terms, limits) in [
            ("<prohibits type=\"usage\">all</prohibits>", &Use::ALL[..]),
            ("<prohibits type=\"usage\">ai-train, ai-input</prohibits>", &[Use::Ai]),
            ("<permits type=\"usage\">search</permits>", &Use::ALL),
            ("<permits type=\"usage\">all</permits>", &[]),
            ("<permits type=\"usage\">all</permits><prohibits type='usage'>ai-all</prohibits>", &[Use::Ai]),
            ("<permits type=\"user\">non-commercial</permits>", &[]),
            ("<payment type=\"purchase\"><amount currency=\"USD\">5</amount></payment>", &Use::ALL),
            ("<permits type=\"usage\">all</permits><payment type=\"free\"/>", &[]),
            ("<payment type=\"attribution\"/>", &[]),
            ("", &[]),
        ] {
            let found = rsl(&document("/", terms), Some("/news/1"), "robots.txt");
            let found: Vec<Use> = found.into_iter().flat_map(|signal| signal.limits).collect();
            assert_eq!(found, limits, "{terms}");
        }
    }

    #[test]
    fn a_licence_is_for_the_paths_that_it_names() {
        let all = "<prohibits type=\"usage\">all</prohibits>";
        assert_eq!(rsl(&document("/news/*", all), Some("/blog/1"), "x"), None);
        assert!(rsl(&document("https://x.example/news/", all), Some("/news/1"), "x").is_some());
        let two = format!("{}{}", document("/", all), document("/open/", "<permits type=\"usage\">all</permits>"));
        assert_eq!(rsl(&two, Some("/open/1"), "x"), None);
        assert!(rsl(&two, Some("/shut/1"), "x").is_some());
    }

    #[test]
    fn of_several_licences_one_may_be_chosen() {
        let choice = document(
            "/",
            "<payment type=\"purchase\"/></license><license><permits type=\"usage\">all</permits><prohibits type=\"usage\">ai-all</prohibits>",
        );
        let found = rsl(&choice, Some("/a"), "x").map(|signal| signal.limits.into_iter().collect::<Vec<_>>());
        assert_eq!(found, Some(vec![Use::Ai]));
        for broken in ["", "<rsl", "<rsl:content url=\"/\"><rsl:license>", "<html>"] {
            assert_eq!(rsl(broken, Some("/a"), "x"), None, "{broken}");
        }
    }
}
