//! A document's entries, each with its rungs.

use std::collections::{HashMap, HashSet};

use super::hash::{digest, positive};
use super::link::is_front_page;
use super::story::same_title;
use super::text::fold;
use super::{canonical_link, guid, tag};
use crate::domain::{Entry, Keys, Rung};

/// So many entries under one GUID, and it is nobody's.
const VOID: usize = 3;

/// What identifies the entries of one document.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Identified {
    /// In the document's order, one for each entry.
    pub entries: Vec<Identity>,
    /// Keys of links (over feeds) and GUIDs (inside the feed) that several different entries of this document share: for ever,
    /// these prove nothing in this feed.
    pub shared: Vec<i64>,
}

/// What identifies one entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Identity {
    /// Over feeds; at least one is always there.
    pub keys: Keys,
    /// Inside its feed: of the GUID alone, also where it is opaque (`123`).
    pub own_guid: Option<i64>,
    /// The GUID means something only beside a link: it is no URL and no URI made to be unique.
    pub is_opaque: bool,
    /// Inside its feed: of the GUID without scheme and host. Only where all GUIDs of the document are of one host: those of a
    /// planet, which gathers other sites' entries, may well differ in nothing else.
    pub path: Option<i64>,
    /// Inside its feed: of the title, or of the body where it has none.
    pub title: Option<i64>,
    /// Of title and content; always there. Where it isn't among the keys it is to be remembered, not asked for: should another
    /// entry without a GUID come to share the link, this one will be known by [`Keys::text`], which is the same number.
    pub text: i64,
}

/// Gives each entry of a document its keys. `home` is the site that the feed says it belongs to: a link to it names no entry.
pub fn identify(entries: &[Entry], home: Option<&str>) -> Identified {
    let home = home.and_then(canonical_link);
    let links: Vec<Option<String>> = entries.iter().map(|entry| entry.link.as_deref().and_then(canonical_link)).collect();
    let (shared, void) = (shared(entries, &links), void(entries, &links));
    let hosts: HashSet<String> = entries.iter().filter_map(|entry| guid::split(entry.guid.as_deref()?)).map(|(host, _)| host).collect();
    let identity = |(entry, link): (&Entry, &Option<String>)| {
        let link = link.as_deref();
        let usable = link.filter(|link| !is_front_page(link) && home.as_deref() != Some(*link) && !shared.contains(*link));
        let guid = entry.guid.as_deref().filter(|guid| !guid::normal(guid).is_some_and(|own| void.contains(own)));
        let identity = one(entry, guid, link, usable);
        Identity { path: identity.path.filter(|_| hosts.len() == 1), ..identity }
    };
    let links_of = shared.iter().map(|link| hash(Rung::Link, &[link]));
    Identified {
        entries: entries.iter().zip(&links).map(identity).collect(),
        shared: links_of.chain(void.iter().map(|own| own_guid(own))).collect(),
    }
}

/// `link` is the canonical link, `usable` the same where it may identify the entry.
fn one(entry: &Entry, guid: Option<&str>, link: Option<&str>, usable: Option<&str>) -> Identity {
    let own = guid.and_then(guid::normal);
    let is_global = guid.is_some_and(guid::is_global);
    let over_feeds = |own: &str| match (is_global, link) {
        (true, _) => hash(Rung::Guid, &[own]),
        // two feeds of one host may both count from 1, so that the host alone wouldn't do
        (false, Some(link)) => hash(Rung::Guid, &[own, link]),
        (false, None) => hash(Rung::Guid, &[own, "", &fold(&entry.title)]),
    };
    let text = hash(Rung::Text, &[&fold(&entry.title), &fold(entry.body())]);
    let keys = Keys {
        guid: own.map(over_feeds),
        link: usable.map(|link| hash(Rung::Link, &[link])),
        text: (own.is_none() && usable.is_none()).then_some(text),
    };
    Identity {
        keys,
        own_guid: own.map(own_guid),
        is_opaque: own.is_some() && !is_global,
        path: guid.and_then(guid::split).map(|(_, rest)| hash(Rung::Path, &[rest])),
        title: headline(entry).map(|words| positive(&digest("title", &[words.as_bytes()]))),
        text,
    }
}

fn own_guid(own: &str) -> i64 {
    hash(Rung::Guid, &["own", own])
}

/// The title, or the body of an entry without one, folded.
fn headline(entry: &Entry) -> Option<String> {
    [entry.title.as_str(), entry.body()].iter().map(|text| fold(text)).find(|text| !text.is_empty())
}

/// The canonical links that several entries of the document share although their GUIDs differ or, where a GUID is lacking, their
/// titles tell different stories or their links name different places of the page (`changelog#april`).
fn shared(entries: &[Entry], links: &[Option<String>]) -> HashSet<String> {
    let mut first: HashMap<&str, &Entry> = HashMap::new();
    let mut shared = HashSet::new();
    for (entry, link) in entries.iter().zip(links) {
        let Some(link) = link.as_deref() else { continue };
        let Some(other) = first.get(link) else {
            first.insert(link, entry);
            continue;
        };
        let (one, two) = (other.guid.as_deref().and_then(guid::normal), entry.guid.as_deref().and_then(guid::normal));
        let differ = match (one, two) {
            (Some(one), Some(two)) => one != two,
            _ => other_place(other, entry) || (fold(&other.title) != fold(&entry.title) && !same_title(&other.title, &entry.title)),
        };
        if differ {
            shared.insert(link.to_owned());
        }
    }
    shared
}

/// Whether the links as they are written each name a place of the page, and not the same one.
fn other_place(one: &Entry, two: &Entry) -> bool {
    let place = |link: &str| link.trim().split_once('#').map(|(_, place)| place.to_owned()).filter(|place| !place.is_empty());
    let (one, two) = (one.link.as_deref().and_then(place), two.link.as_deref().and_then(place));
    one.is_some() && two.is_some() && one != two
}

/// GUIDs that a program writes under everything: three entries or more have one, each with a title and a link of its own, or
/// none of them with a link. A GUID that only comes twice is an entry that was listed twice.
fn void<'e>(entries: &'e [Entry], links: &[Option<String>]) -> HashSet<&'e str> {
    let mut by_guid: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, entry) in entries.iter().enumerate() {
        if let Some(own) = entry.guid.as_deref().and_then(guid::normal) {
            by_guid.entry(own).or_default().push(index);
        }
    }
    by_guid.retain(|_, those| {
        let titles: HashSet<String> = those.iter().map(|index| fold(&entries[*index].title)).collect();
        let linked: HashSet<&str> = those.iter().filter_map(|index| links[*index].as_deref()).collect();
        those.len() >= VOID && titles.len() >= VOID && (linked.len() >= VOID || linked.is_empty())
    });
    by_guid.into_keys().collect()
}

fn hash(rung: Rung, parts: &[&str]) -> i64 {
    let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
    positive(&digest(tag(rung), &parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(guid: &str, link: &str, title: &str) -> Entry {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Entry { guid: some(guid), link: some(link), title: title.to_owned(), ..Entry::default() }
    }

    fn alone(guid: &str, link: &str, title: &str) -> Identity {
        identify(&[entry(guid, link, title)], None).entries[0]
    }

    #[test]
    fn keys_are_the_same_for_ever() {
        let full = alone("https://example.org/?p=1", "https://www.example.org/a/?utm_source=rss", "A");
        assert_eq!(full, GOLDEN_FULL);
        assert_eq!(alone("", "", "A Title"), GOLDEN_TEXT);
    }

    // computed by another program from the definition
    const GOLDEN_FULL: Identity = Identity {
        keys: Keys { guid: Some(2_061_741_649_352_992_220), link: Some(5_588_303_266_687_585_370), text: None },
        own_guid: Some(4_539_704_236_017_054_674),
        is_opaque: false,
        path: Some(5_378_060_625_371_911_620),
        title: Some(1_299_866_992_085_087_003),
        text: 7_014_007_310_002_869_408,
    };
    const GOLDEN_TEXT: Identity = Identity {
        keys: Keys { guid: None, link: None, text: Some(5_925_951_426_383_120_429) },
        own_guid: None,
        is_opaque: false,
        path: None,
        title: Some(8_858_447_693_214_578_731),
        text: 5_925_951_426_383_120_429,
    };

    #[test]
    fn a_guid_is_the_same_by_http_and_https_and_in_any_feed() {
        assert_eq!(alone("http://x.example/1", "", "a").keys.guid, alone(" https://x.example/1 ", "https://y.example/z", "b").keys.guid);
        assert_ne!(alone("http://x.example/1", "", "a").keys.guid, alone("http://x.example/2", "", "a").keys.guid);
    }

    #[test]
    fn two_feeds_that_both_count_from_one_share_no_key() {
        let (one, two) = (alone("1", "https://a.example/x", "a"), alone("1", "https://b.example/x", "a"));
        assert_ne!(one.keys.guid, two.keys.guid);
        let (news, videos) = (alone("1", "https://a.example/news/1", "a"), alone("1", "https://a.example/videos/1", "b"));
        assert_ne!(news.keys.guid, videos.keys.guid);
        assert_eq!(news.own_guid, videos.own_guid);
        assert_ne!(alone("1", "", "a").keys.guid, alone("1", "", "b").keys.guid);
    }

    #[test]
    fn a_link_that_entries_with_different_guids_share_identifies_none_of_them() {
        let all = identify(
            &[
                entry("a", "https://x.example/list", "A"),
                entry("b", "https://www.x.example/list/", "B"),
                entry("c", "https://x.example/c", "C"),
            ],
            None,
        );
        assert_eq!(all.entries[0].keys.link, None);
        assert_eq!(all.entries[1].keys.link, None);
        assert_eq!(all.entries[2].keys.link, alone("", "https://x.example/c", "").keys.link);
        assert_eq!(all.shared, [alone("", "https://x.example/list", "").keys.link.unwrap()]);
    }

    #[test]
    fn a_feed_whose_entries_all_have_one_link_and_no_guid_loses_nothing() {
        let list: Vec<Entry> = (0..5).map(|number| entry("", "https://x.example/page", &format!("Title {number}"))).collect();
        let all = identify(&list, None);
        let keys: HashSet<_> = all.entries.iter().map(|identity| identity.keys.text.unwrap()).collect();
        assert_eq!(keys.len(), 5);
        assert_eq!(all.shared.len(), 1);
    }

    #[test]
    fn entries_without_guids_at_different_places_of_one_page_are_different_entries() {
        let page = |place: &str| format!("https://x.example/changelog{place}");
        let (april, march) = ("Changelog of our app in April", "Changelog of our app in March");
        for (what, one, two, is_shared) in [
            ("two places, like titles", ("", "#april", april), ("", "#march", march), true),
            ("two places, one title", ("", "#april", "Changes"), ("", "#march", "Changes"), true),
            ("one of them with a GUID", ("a", "#april", april), ("", "#march", march), true),
            ("one place", ("", "#april", april), ("", "#april", march), false),
            ("a place and the page", ("", "#april", april), ("", "", march), false),
            ("an empty place", ("", "#april", april), ("", "#", march), false),
            ("one GUID", ("a", "#april", april), ("a", "#march", march), false),
        ] {
            let of = |(guid, place, title): (&str, &str, &str)| Entry {
                content: Some(format!("News at {place}")),
                ..entry(guid, &page(place), title)
            };
            let all = identify(&[of(one), of(two)], None);
            assert_eq!(!all.shared.is_empty(), is_shared, "{what}");
            assert_eq!(all.entries[0].keys != all.entries[1].keys, is_shared || one.0 != two.0, "{what}");
        }
    }

    #[test]
    fn the_same_entry_twice_in_a_document_does_not_spoil_its_link() {
        let twice = [entry("a", "https://x.example/1", "A"), entry("a", "https://x.example/1", "A, corrected")];
        let all = identify(&twice, None);
        assert_eq!((all.entries[0].keys, all.entries[0].own_guid), (all.entries[1].keys, all.entries[1].own_guid));
        assert_eq!(all.shared, Vec::<i64>::new());
    }

    #[test]
    fn a_guid_keeps_its_path_key_when_the_site_moves_and_a_planets_have_none() {
        let path = |guid: &str| alone(guid, "", "A").path;
        assert_eq!(path("http://old.example/?p=123"), path("https://new.example/?p=123"));
        assert_eq!(path("tag:old.example,2026:1"), path("tag:new.example,2026:1"));
        assert_ne!(path("http://x.example/?p=123"), path("http://x.example/?p=124"));
        assert_ne!(path("http://x.example/a#1"), path("http://x.example/a#2"));
        assert_eq!((path("123"), path("urn:uuid:1")), (None, None));
        let planet = identify(&[entry("https://a.example/?p=1", "", "A"), entry("https://b.example/?p=1", "", "B")], None);
        assert_eq!((planet.entries[0].path, planet.entries[1].path), (None, None));
        let moving = identify(&[entry("http://www.a.example/?p=1", "", "A"), entry("https://a.example/?p=2", "", "B")], None);
        assert!(moving.entries.iter().all(|identity| identity.path.is_some()), "with and without www. is one host");
    }

    #[test]
    fn a_guid_that_a_program_writes_under_everything_is_nobodys() {
        let page = |number: u32| entry("https://x.example/feed", &format!("https://x.example/{number}"), &format!("Title {number}"));
        let all = identify(&[page(1), page(2), page(3)], None);
        assert!(all.entries.iter().all(|one| one.own_guid.is_none() && one.keys.guid.is_none() && one.path.is_none()));
        assert_eq!(all.shared, [alone("https://x.example/feed", "", "").own_guid.unwrap()]);
        let twice = identify(&[page(1), page(2)], None);
        assert_eq!(twice.entries[0].own_guid, twice.entries[1].own_guid);
        assert!(twice.entries[0].own_guid.is_some(), "twice is an entry that was listed twice");
        let live = |title: &str| entry("https://x.example/live", "https://x.example/live", title);
        let live = identify(&[live("Monday"), live("Tuesday"), live("Wednesday")], None);
        assert!(live.entries.iter().all(|one| one.own_guid.is_some()), "one page whose title changes is one entry");
    }

    #[test]
    fn an_entry_without_a_title_has_its_body_for_one() {
        let note = |body: &str| identify(&[Entry { content: Some(body.to_owned()), ..Entry::default() }], None).entries[0].title;
        assert_eq!(note("<p>Rain again</p>"), note("Rain  again"));
        assert_ne!(note("Rain again"), note("Sun again"));
        assert_eq!(note(""), None);
    }

    #[test]
    fn a_link_to_the_front_page_or_to_the_feeds_home_identifies_nothing() {
        assert_eq!(alone("", "https://x.example/", "A").keys.link, None);
        assert_eq!(alone("", "https://x.example/?utm_source=rss", "A").keys.link, None);
        let home = identify(&[entry("", "https://x.example/blog", "A")], Some("https://x.example/blog/"));
        assert_eq!(home.entries[0].keys.link, None);
        assert!(home.entries[0].keys.text.is_some());
    }

    #[test]
    fn text_identifies_only_where_guid_and_link_are_lacking() {
        assert_eq!(alone("1", "", "A").keys.text, None);
        assert_eq!(alone("", "https://x.example/1", "A").keys.text, None);
        assert_eq!(alone("", "", "A").keys.text, alone("", "", " a ").keys.text);
        assert_ne!(alone("", "", "A").keys.text, alone("", "", "B").keys.text);
    }

    #[test]
    fn an_entry_whose_link_comes_to_be_shared_is_still_known_by_its_text() {
        let first = alone("", "https://x.example/page", "A");
        let later = identify(&[entry("", "https://x.example/page", "B"), entry("", "https://x.example/page", "A")], None);
        assert_eq!(later.entries[1].keys.text, Some(first.text));
    }

    #[test]
    fn every_entry_has_a_key_even_an_empty_one() {
        assert!(identify(&[Entry::default()], None).entries[0].keys.first().is_some());
    }
}
