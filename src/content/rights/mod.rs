//! What publishers say of the use of their work, read from wherever it stands: robots.txt, headers, pages, feeds (pure).
//!
//! Each thing said becomes a [`Signal`] that says what it limits; `domain::Verdict` makes one answer of them.

mod directives;
mod licence;
mod robots;
mod rsl;
mod tdm;

pub use directives::{of_headers, of_meta};
pub use licence::{Licence, licence, licence_in};
pub use robots::{Robots, TOKEN};
pub use rsl::rsl;
pub use tdm::{Reservation, tdmrep};

use crate::domain::{Entry, FeedFacts, Page, Signal, Use};

/// A signal with its limits.
pub fn signal(name: &str, from: impl Into<String>, limits: &[Use]) -> Signal {
    Signal { name: name.to_owned(), from: from.into(), limits: limits.iter().copied().collect() }
}

/// Everything that is said of an entry's use: by its feed, and by its page where that was read. None twice.
pub fn signals(entry: &Entry, facts: &FeedFacts, page: Option<&Page>) -> Vec<Signal> {
    let mut all: Vec<Signal> = Vec::new();
    let notice = entry.rights.as_deref().or(facts.rights.as_deref()).map(str::trim).filter(|notice| !notice.is_empty());
    if let Some(said) = entry.licence.as_deref().and_then(licence) {
        all.push(said.signal("the feed"));
    } else if let Some(said) = notice.and_then(licence_in) {
        all.push(said.signal("the feed's rights line"));
    } else if notice.is_some() {
        // whoever writes nothing has the same right: it is only shown
        all.push(signal("copyright", "the feed's rights line", &[]));
    }
    all.extend(entry.rsl.as_deref().and_then(|terms| rsl(terms, None, "the feed")));
    if let Some(page) = page {
        all.extend(page.licence.as_deref().and_then(licence).map(|said| said.signal("the page")));
        all.extend(page.signals.iter().cloned());
    }
    let mut seen = std::collections::HashSet::new();
    all.retain(|signal| seen.insert((signal.name.clone(), signal.from.clone())));
    all
}

/// The licence of an entry by its short name (`cc-by-sa`), else by its address; the page's where the feed tells none.
pub fn licence_of(entry: &Entry, facts: &FeedFacts, page: Option<&Page>) -> String {
    let notice = entry.rights.as_deref().or(facts.rights.as_deref());
    let address = entry.licence.as_deref();
    let named = address.and_then(licence).or_else(|| notice.and_then(licence_in)).map(|said| said.name);
    let of_page = || page.and_then(|page| page.licence.as_deref());
    named
        .or_else(|| address.map(str::to_owned))
        .or_else(|| of_page().map(|address| licence(address).map_or_else(|| address.to_owned(), |said| said.name)))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Verdict;

    fn said(entry: &Entry, facts: &FeedFacts, page: Option<&Page>) -> Vec<String> {
        signals(entry, facts, page).into_iter().map(|signal| format!("{} | {}", signal.name, signal.from)).collect()
    }

    #[test]
    fn a_bare_copyright_notice_is_shown_and_limits_nothing() {
        let entry = Entry { rights: Some("Copyright 2026 Example Ltd. All rights reserved.".to_owned()), ..Entry::default() };
        assert_eq!(said(&entry, &FeedFacts::default(), None), ["copyright | the feed's rights line"]);
        let verdict = Verdict::of(&signals(&entry, &FeedFacts::default(), None), "unknown");
        assert!(Use::ALL.iter().all(|what| verdict.allows(*what)));
    }

    #[test]
    fn feed_and_page_are_both_heard_and_none_twice() {
        let entry = Entry {
            licence: Some("https://creativecommons.org/licenses/by-nc/4.0/".to_owned()),
            rsl: Some("<rsl:license><rsl:prohibits type=\"usage\">all</rsl:prohibits></rsl:license>".to_owned()),
            ..Entry::default()
        };
        let page = Page {
            licence: Some("https://creativecommons.org/licenses/by/4.0/".to_owned()),
            signals: vec![signal("noai", "a meta element of the page", &Use::ALL); 2],
            ..Page::default()
        };
        let facts = FeedFacts { rights: Some("© 2026".to_owned()), ..FeedFacts::default() };
        let all = ["cc-by-nc | the feed", "rsl | the feed", "cc-by | the page", "noai | a meta element of the page"];
        assert_eq!(said(&entry, &facts, Some(&page)), all);
        assert_eq!(licence_of(&entry, &facts, Some(&page)), "cc-by-nc");
        assert_eq!(licence_of(&Entry::default(), &facts, Some(&page)), "cc-by");
        assert_eq!(licence_of(&Entry::default(), &facts, None), "");
    }
}
