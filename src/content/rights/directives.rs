//! `noai` and `noimageai` in `X-Robots-Tag` headers and robots meta elements; RSL licences in `Link` headers.

use super::{Reservation, TOKEN, signal};
use crate::domain::{Signal, Use};
use crate::http::{HeaderMap, header, links};
use url::Url;

/// Directives that have a value of their own after a colon: what stands before it is nobody's name.
const WITH_VALUE: [&str; 5] = ["unavailable_after", "max-snippet", "max-image-preview", "max-video-preview", "indexifembedded"];

/// What a page's headers say: signals, what they say of mining, and addresses of RSL licences.
pub fn of_headers(headers: &HeaderMap, url: &Url) -> (Vec<Signal>, Option<bool>, Vec<Url>) {
    let text = |name: &str| headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).map(str::to_owned).collect::<Vec<_>>();
    let tags = text("x-robots-tag");
    let signals = tags.iter().flat_map(|tag| words(tag)).filter_map(|word| named(&word, "the page's header X-Robots-Tag")).collect();
    let mining = text("tdm-reservation").first().and_then(|value| Reservation::value(value));
    let is_rsl = |value: &str| value.to_ascii_lowercase().contains("rsl+xml");
    let names_rsl = headers.get_all(header::LINK).iter().filter_map(|value| value.to_str().ok()).any(is_rsl);
    let licences = links(headers, url).into_iter().filter(|link| names_rsl && link.relations.iter().any(|relation| relation == "license"));
    (signals, mining, licences.map(|link| link.target).collect())
}

/// What a `<meta name="robots">` (or one with our own name) says.
pub fn of_meta(name: &str, content: &str) -> Vec<Signal> {
    let is_ours = ["robots", TOKEN].iter().any(|known| name.trim().eq_ignore_ascii_case(known));
    if !is_ours {
        return Vec::new();
    }
    content.split([',', ' ']).filter_map(|word| named(word.trim(), "a meta element of the page")).collect()
}

/// The directives of one header that are for us: `otherbot: noai, noindex` is another's.
fn words(tag: &str) -> Vec<String> {
    let mut for_us = true;
    let mut found = Vec::new();
    for part in tag.split(',') {
        let part = part.trim().to_ascii_lowercase();
        match part.split_once(':') {
            Some((name, word)) if !WITH_VALUE.contains(&name.trim()) => {
                for_us = name.trim() == TOKEN;
                found.extend(for_us.then(|| word.trim().to_owned()));
            }
            _ => found.extend(for_us.then_some(part)),
        }
    }
    found
}

fn named(word: &str, from: &str) -> Option<Signal> {
    match word.to_ascii_lowercase().as_str() {
        "noai" => Some(signal("noai", from, &Use::ALL)),
        "noimageai" => Some(signal("noimageai", from, &[Use::Images, Use::Ai])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::HeaderValue;

    #[test]
    fn headers_say_what_is_for_us_and_not_what_is_for_others() {
        for (headers, names, mining, licence) in [
            (&[("x-robots-tag", "noai, noimageai")][..], "noai noimageai", None, None),
            (&[("x-robots-tag", "otherbot: noai, noindex"), ("x-robots-tag", "NOIMAGEAI")], "noimageai", None, None),
            (&[("x-robots-tag", "wirepress: noai")], "noai", None, None),
            (&[("x-robots-tag", "unavailable_after: 25 Jun 2026 15:00:00 PST, noai")], "noai", None, None),
            (&[("x-robots-tag", "noindex"), ("tdm-reservation", "1")], "", Some(true), None),
            (&[("link", "</license.xml>; rel=\"license\"; type=\"application/rsl+xml\"")], "", None, Some("https://x.example/license.xml")),
            (&[("link", "<https://x.example/terms>; rel=\"license\"")], "", None, None),
        ] {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.append(*name, HeaderValue::from_static(value));
            }
            let (signals, said, licences) = of_headers(&map, &Url::parse("https://x.example/a").unwrap());
            let found: Vec<&str> = signals.iter().map(|signal| signal.name.as_str()).collect();
            assert_eq!((found.join(" ").as_str(), said, licences.first().map(Url::as_str)), (names, mining, licence), "{headers:?}");
        }
    }

    #[test]
    fn a_meta_element_is_read_when_it_is_for_robots() {
        for (name, content, count) in [
            ("robots", "index, NoAI,noimageai", 2),
            ("ROBOTS", "noai", 1),
            ("wirepress", "noai", 1),
            ("otherbot", "noai", 0),
            ("robots", "all", 0),
        ] {
            assert_eq!(of_meta(name, content).len(), count, "{name} {content}");
        }
    }
}
