//! What is wrong with a feed, in its publisher's words (pure).

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;
use url::Url;

use super::served::Served;
use crate::cli::feeds::document;
use crate::cli::text::count;
use crate::domain::{Entry, Timestamp};
use crate::poll::{Format, Parsed};

/// Entries further ahead than this are dated wrongly: clocks and time zones differ.
const AHEAD: i64 = 36 * 3_600;
/// Readers fetch the whole document for each new entry.
const LARGE: usize = 1_000_000;
/// Text of this many letters is an excerpt, where nearly all entries have no more.
const EXCERPT: usize = 300;

/// One thing that a publisher can do better.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// A name that is kept: `no-ids`.
    pub name: &'static str,
    pub weight: Weight,
    /// How often it was found.
    pub count: usize,
    /// What was found.
    pub what: String,
    /// What to do about it.
    pub fix: &'static str,
}

/// Whether readers lose something, or only could be served better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    Fix,
    Consider,
}

/// A document that was read.
pub struct Subject<'s> {
    /// Read with [`document::NOWHERE`] as its address, so that relative links are seen.
    pub parsed: &'s Parsed,
    /// In bytes, unpacked.
    pub size: usize,
    /// What its server said; nothing of a file.
    pub served: Option<&'s Served>,
    pub now: Timestamp,
}

/// All findings: what to fix first.
pub fn findings(subject: &Subject<'_>) -> Vec<Finding> {
    let mut found = Findings::default();
    for (mend, times) in subject.parsed.mends.iter() {
        let what = format!("{}: {}", mend.name().replace('-', " "), count(times as usize, "time"));
        found.0.push(Finding { name: mend.name(), weight: Weight::Fix, count: times as usize, what, fix: mend.advice() });
    }
    found.of_channel(subject);
    found.of_entries(subject);
    if let Some(served) = subject.served {
        found.of_server(served, subject);
    }
    found.0.sort_by_key(|finding| finding.weight != Weight::Fix);
    found.0
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn fix(&mut self, name: &'static str, count: usize, what: impl Into<String>, fix: &'static str) {
        if count > 0 {
            self.0.push(Finding { name, weight: Weight::Fix, count, what: what.into(), fix });
        }
    }

    fn consider(&mut self, name: &'static str, applies: bool, what: impl Into<String>, fix: &'static str) {
        if applies {
            self.0.push(Finding { name, weight: Weight::Consider, count: 1, what: what.into(), fix });
        }
    }

    fn of_channel(&mut self, subject: &Subject<'_>) {
        let Parsed { facts, hints, entries, .. } = subject.parsed;
        self.fix("no-feed-title", usize::from(facts.title.is_none()), "the feed has no title", "give it one; readers list feeds by it");
        let why = "name the page that the feed belongs to, absolute (RSS `link`, Atom `link rel=\"alternate\"`)";
        self.fix("no-feed-link", usize::from(facts.home.is_none()), "the feed names no page", why);
        self.fix("no-entries", usize::from(entries.is_empty()), "the feed has no entries", "list the newest ten to fifty");
        let cut = usize::from(subject.parsed.is_cut);
        self.fix("too-long", cut, "the feed is so long that readers stop before its end", "list the newest ten to fifty entries");
        let large = subject.size > LARGE && cut == 0;
        let what = format!("the document is {} long", crate::cli::text::bytes(subject.size as u64));
        self.consider("large", large, what, "list fewer entries, or less of each: readers fetch all of it for each new one");
        let none = "the feed doesn't say its language";
        self.consider("no-language", facts.language.is_none(), none, "say it (RSS `language`, Atom `xml:lang`)");
        let says = |relation: &str| subject.served.is_some_and(|served| served.relations.iter().any(|own| own == relation));
        let no_hub = "the feed names no WebSub hub";
        self.consider(
            "no-hub",
            hints.hubs.is_empty() && !says("hub"),
            no_hub,
            "with one, readers hear of new entries at once and needn't ask as often",
        );
        let no_self = "the feed doesn't name its own address";
        self.consider(
            "no-self",
            hints.itself.is_none() && !says("self"),
            no_self,
            "add an `atom:link` (or JSON Feed's `feed_url`) with `rel=\"self\"`",
        );
    }

    fn of_entries(&mut self, subject: &Subject<'_>) {
        let entries = &subject.parsed.entries;
        let format = subject.parsed.format;
        let many = |is: &dyn Fn(&Entry) -> bool| entries.iter().filter(|entry| is(entry)).count();
        let of = |number: usize, what: &str| of_so_many(number, entries.len(), what);

        let no_id = many(&|entry| entry.guid.is_none());
        let fix = "give each a permanent `guid` (RSS) or `id`; without it an edit looks like a new entry";
        self.fix("no-id", no_id, of(no_id, "have no id"), fix);
        let twice = repeated(entries.iter().filter_map(|entry| entry.guid.as_deref()));
        self.fix("repeated-id", twice, of(twice, "share an id with another one"), "give each entry an id of its own");
        let false_link = many(&|entry| is_rss(format) && entry.guid_is_permalink != Some(false) && is_no_address(entry.guid.as_deref()));
        let fix = "write `<guid isPermaLink=\"false\">`, as the guid is no address";
        self.fix("guid-is-no-link", false_link, of(false_link, "have a guid that says it is a link, and is none"), fix);
        let no_link = many(&|entry| entry.link.is_none());
        self.fix("no-link", no_link, of(no_link, "have no link"), "link each entry to its page");
        let relative = many(&|entry| entry.link.as_deref().is_some_and(document::is_relative));
        let fix = "write links with scheme and host, as in `https://site.example/page`";
        self.fix("relative-link", relative, of(relative, "have a relative link"), fix);
        let relative = many(&|entry| has_relative(entry));
        let what = of(relative, "have relative links or pictures in their text");
        self.fix("relative-in-text", relative, what, fix);
        let no_date = many(&|entry| entry.published.or(entry.updated).is_none());
        let fix = "give each `pubDate` (RSS) or `updated` (Atom), in the format of RFC 822 or RFC 3339";
        self.fix("no-date", no_date, of(no_date, "have no date that can be read"), fix);
        let ahead = many(&|entry| entry.published.is_some_and(|at| at.unix() > subject.now.unix() + AHEAD));
        self.fix("future-date", ahead, of(ahead, "are dated in the future"), "publish an entry when its date has come");
        let nameless = many(&|entry| entry.title.is_empty() && entry.body().trim().is_empty());
        self.fix("no-text", nameless, of(nameless, "have neither title nor text"), "give each at least a title");
        let untitled = many(&|entry| entry.title.is_empty()) - nameless;
        let fix = "readers list entries by their titles";
        self.consider("no-title", untitled > 0, of(untitled, "have no title"), fix);
        let short = many(&|entry| letters(entry.body()) <= EXCERPT);
        let what = of(short, "have no more than an excerpt");
        self.consider("only-excerpts", short * 10 >= entries.len() * 9 && short > 0, what, "give the whole text, if readers may have it");
        let nobody = many(&|entry| entry.authors.is_empty());
        let what = of(nobody, "name no author");
        self.consider("no-author", nobody > 0, what, "name who wrote it (RSS `dc:creator`, Atom `author`)");
    }

    fn of_server(&mut self, served: &Served, subject: &Subject<'_>) {
        let media = served.media();
        let what = match media {
            "" => "the server doesn't say what the document is".to_owned(),
            media => format!("the server says that the document is `{media}`"),
        };
        let fix = "send `Content-Type: application/rss+xml`, `application/atom+xml` or `application/feed+json`";
        self.fix("content-type", usize::from(!is_feed(media)), what, fix);
        let fix = "send an `ETag` or `Last-Modified`, and answer 304 where a request names it; most polls then cost nothing";
        self.fix("no-validators", usize::from(!served.has_validators()), "nothing lets readers ask for changes only", fix);
        let what = "the server sends the whole document again to those who have it";
        let fix = "answer 304 to a request whose `If-None-Match` or `If-Modified-Since` names the current version";
        self.fix("validators-ignored", usize::from(served.has_validators() && served.again == Some(200)), what, fix);
        let plain = usize::from(!served.is_packed && subject.size > 2_000);
        let what = format!("the server sends {} unpacked", crate::cli::text::bytes(subject.size as u64));
        self.fix("no-compression", plain, what, "turn on gzip, brotli or zstd for feeds: they shrink to a fifth");
        let open = usize::from(served.url.scheme() == "http" && !is_here(&served.url));
        self.fix("no-https", open, "the feed is served without encryption", "serve it over https, and redirect there with 301");
        let moved = served.moved.as_deref().unwrap_or_default();
        self.fix(
            "moved",
            usize::from(!moved.is_empty()),
            format!("the feed has moved to {moved}"),
            "name the new address wherever the feed is linked",
        );
        if let Some(own) = subject.parsed.hints.itself.as_deref().filter(|own| !document::is_relative(own)) {
            let other = usize::from(is_other(own, &served.url));
            let what = format!("the feed says that its address is {own}");
            self.fix("other-self", other, what, "name the address under which it is served, or redirect from the one to the other");
        }
        let what = "the server doesn't say how long the document is fresh";
        self.consider(
            "no-freshness",
            !served.says_freshness,
            what,
            "send `Cache-Control: max-age` with the seconds until it pays to ask again",
        );
        let fix = "send none with a feed: no reader keeps them, and caches can't serve what sets them";
        self.consider("cookies", served.sets_cookies, "the server sets cookies", fix);
    }
}

/// `2 of 3 entries have no id`, `1 of 3 entries has no id`, `the only entry has no id`.
fn of_so_many(number: usize, all: usize, what: &str) -> String {
    let (verb, rest) = what.split_once(' ').unwrap_or((what, ""));
    let one = match verb {
        "have" => "has".to_owned(),
        "are" => "is".to_owned(),
        verb => format!("{verb}s"),
    };
    match (number, all) {
        (1, 1) => format!("the only entry {one} {}", rest.replace("their", "its")),
        (1, _) => format!("1 of {} {one} {}", count(all, "entry"), rest.replace("their", "its")),
        _ => format!("{number} of {} {verb} {rest}", count(all, "entry")),
    }
}

/// How many entries have an id that another one has, too.
fn repeated<'e>(ids: impl Iterator<Item = &'e str>) -> usize {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    ids.for_each(|id| *seen.entry(id).or_default() += 1);
    seen.values().filter(|times| **times > 1).sum()
}

const fn is_rss(format: Format) -> bool {
    matches!(format, Format::Rss20 | Format::Rss09)
}

fn is_no_address(guid: Option<&str>) -> bool {
    guid.is_some_and(|guid| Url::parse(guid).map_or(true, |url| !matches!(url.scheme(), "http" | "https")))
}

/// Whether an entry's text has links that are relative to nothing that it names.
fn has_relative(entry: &Entry) -> bool {
    static LINK: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"(?i)<[a-z][^<>]*\s(?:src|href)\s*=\s*["']([^"']*)"#).expect("a constant pattern"));
    static ABSOLUTE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?i)^\s*(?:[a-z][a-z0-9+.-]*:|//|#|$)").expect("a constant pattern"));
    let has_base = entry.base.as_deref().is_some_and(|base| !document::is_relative(base) && entry.link.as_deref() != Some(base));
    !has_base && LINK.captures_iter(entry.body()).any(|link| !ABSOLUTE.is_match(&link[1]))
}

/// How much text a body has, roughly: what stands between its tags.
fn letters(html: &str) -> usize {
    html.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text).chars().count()).sum()
}

fn is_feed(media: &str) -> bool {
    const FEEDS: [&str; 7] = [
        "application/rss+xml",
        "application/atom+xml",
        "application/rdf+xml",
        "application/feed+json",
        "application/json",
        "application/xml",
        "text/xml",
    ];
    FEEDS.contains(&media)
}

/// The host is this machine, where nobody listens in.
fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether two addresses are more apart than by scheme and closing slash.
fn is_other(own: &str, served: &Url) -> bool {
    let bare = |url: &str| url.split_once("://").map_or(url, |(_, rest)| rest).trim_end_matches('/').to_owned();
    bare(own) != bare(served.as_str())
}
