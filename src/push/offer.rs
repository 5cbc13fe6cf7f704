//! What a feed offers: its topic and its hubs (section 4).

use url::Url;

use crate::domain::Hints;

/// A topic, and the hubs that push it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub topic: String,
    /// At most [`HUBS`], each once, in the document's order.
    pub hubs: Vec<String>,
}

/// More hubs of one feed are not looked at: one is enough, and the others are for when it fails.
pub const HUBS: usize = 3;
/// A longer address is not meant for us.
const LONGEST: usize = 2_000;

impl Offer {
    /// What the document that was read from `url` offers; `None`: it can only be polled. In `hints` the `Link` headers have won
    /// over the document already (section 4: they are looked at first).
    pub fn of(hints: &Hints, url: &Url) -> Option<Self> {
        // a file on this machine is read when it is due
        let fetched = usable(url.as_str())?;
        let mut hubs: Vec<String> = Vec::new();
        for hub in hints.hubs.iter().filter_map(|hub| usable(hub)) {
            if !hubs.contains(&hub) && hubs.len() < HUBS {
                hubs.push(hub);
            }
        }
        if hubs.is_empty() {
            return None;
        }
        let topic = hints.itself.as_deref().filter(|itself| usable(itself).is_some()).map(str::to_owned);
        Some(Self { topic: topic.unwrap_or(fetched), hubs })
    }
}

/// An address that may be told to others and asked: on the web, without a user, not absurdly long.
fn usable(address: &str) -> Option<String> {
    let mut url = Url::parse(address.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())?;
    if !url.username().is_empty() || url.password().is_some() || url.as_str().len() > LONGEST {
        return None;
    }
    url.set_fragment(None);
    Some(url.into())
}

/// The hub to ask: the one that was asked last, or the next one where that came to nothing.
pub fn next_hub<'a>(hubs: &'a [String], last: Option<&str>, came_to_nothing: bool) -> Option<&'a str> {
    let position = last.and_then(|last| hubs.iter().position(|hub| hub == last));
    let index = match position {
        Some(index) if came_to_nothing => (index + 1) % hubs.len(),
        Some(index) => index,
        None => 0,
    };
    hubs.get(index).map(String::as_str)
}

/// Whether a topic is the very document that is polled at `url`. Where it is another (a feed whose `rel="self"` names its site's
/// main feed is a common mistake), what is pushed is only a sign that there is something new.
pub fn is_same_document(topic: &str, url: &str) -> bool {
    match (bare(topic), bare(url)) {
        (Some(topic), Some(url)) => topic == url,
        _ => false,
    }
}

/// Without what never makes another document: the scheme, `www.`, a last slash, the fragment.
fn bare(address: &str) -> Option<(String, Option<u16>, String, Option<String>)> {
    let url = Url::parse(address).ok()?;
    let host = url.host_str()?.trim_start_matches("www.").to_owned();
    Some((host, url.port(), url.path().trim_end_matches('/').to_owned(), url.query().filter(|query| !query.is_empty()).map(str::to_owned)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(hubs: &[&str], itself: Option<&str>) -> Option<(String, Vec<String>)> {
        let hubs = hubs.iter().map(|hub| (*hub).to_owned()).collect();
        let hints = Hints { hubs, itself: itself.map(str::to_owned), ..Hints::default() };
        Offer::of(&hints, &Url::parse("https://a.example/feed#top").unwrap()).map(|offer| (offer.topic, offer.hubs))
    }

    #[test]
    fn a_feed_with_a_hub_offers_its_self_or_else_its_address() {
        let hub = vec!["https://hub.example/".to_owned()];
        assert_eq!(
            offer(&["https://hub.example/"], Some("https://a.example/Self")),
            Some(("https://a.example/Self".to_owned(), hub.clone()))
        );
        assert_eq!(offer(&["https://hub.example/"], None), Some(("https://a.example/feed".to_owned(), hub.clone())));
        assert_eq!(offer(&["https://hub.example/"], Some("urn:uuid:1")), Some(("https://a.example/feed".to_owned(), hub)));
        assert_eq!(offer(&[], Some("https://a.example/self")), None);
        let hints = Hints { hubs: vec!["https://hub.example/".to_owned()], ..Hints::default() };
        assert_eq!(Offer::of(&hints, &Url::parse("file:///srv/feed.xml").unwrap()), None);
    }

    #[test]
    fn hubs_that_nobody_should_ask_are_left_out() {
        let long = format!("https://hub.example/{}", "x".repeat(LONGEST));
        let bad = ["ftp://hub.example/", "hub", "javascript:alert(1)", "https://me:pw@hub.example/", &long, "http://"];
        assert_eq!(offer(&bad, None), None);
        let many = ["https://1.example/", "https://1.example", "https://2.example/", "https://3.example/", "https://4.example/"];
        let hubs = offer(&many, None).map(|(_, hubs)| hubs).unwrap();
        assert_eq!(hubs, ["https://1.example/", "https://2.example/", "https://3.example/"]);
    }

    #[test]
    fn a_hub_that_came_to_nothing_makes_room_for_the_next() {
        let hubs = ["a".to_owned(), "b".to_owned()];
        for (last, came_to_nothing, next) in
            [(None, false, "a"), (Some("a"), false, "a"), (Some("a"), true, "b"), (Some("b"), true, "a"), (Some("gone"), true, "a")]
        {
            assert_eq!(next_hub(&hubs, last, came_to_nothing), Some(next), "{last:?}");
        }
        assert_eq!(next_hub(&[], Some("a"), true), None);
    }

    #[test]
    fn a_topic_is_the_polled_document_whatever_its_scheme() {
        for (topic, same) in [
            ("https://a.example/feed", true),
            ("http://www.a.example/feed/", true),
            ("https://a.example/comments/feed", false),
            ("https://a.example/feed?page=2", false),
            ("https://a.example:8443/feed", false),
            ("https://b.example/feed", false),
            ("feed", false),
        ] {
            assert_eq!(is_same_document(topic, "https://a.example/feed"), same, "{topic}");
        }
    }
}
