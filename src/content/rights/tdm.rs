//! Text and data mining reserved (TDM Reservation Protocol, W3C community group report): header, meta element, or a file of the host.

use super::robots::fits;
use super::signal;
use crate::domain::{Signal, Use};

/// Whether mining is reserved, from the nearest place that says so: the page before its header before the host's file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reservation {
    pub meta: Option<bool>,
    pub header: Option<bool>,
    pub file: Option<bool>,
}

impl Reservation {
    /// `1` reserves, `0` doesn't.
    pub fn value(text: &str) -> Option<bool> {
        match text.trim() {
            "1" => Some(true),
            "0" => Some(false),
            _ => None,
        }
    }

    /// What it comes to.
    pub fn signal(self) -> Option<Signal> {
        let places = [
            (self.meta, "a meta element of the page"),
            (self.header, "the page's header tdm-reservation"),
            (self.file, "its host's tdmrep.json"),
        ];
        let (is_reserved, from) = places.into_iter().find_map(|(said, from)| Some((said?, from)))?;
        is_reserved.then(|| signal("tdm", from, &Use::ALL))
    }
}

/// What `/.well-known/tdmrep.json` says of a path: the longest location that fits.
pub fn tdmrep(json: &str, path: &str) -> Option<bool> {
    let all: serde_json::Value = serde_json::from_str(json).ok()?;
    let rules = all.as_array()?.iter().filter_map(|rule| {
        let location = rule.get("location")?.as_str()?;
        let said = rule.get("tdm-reservation")?;
        let is_reserved = said.as_i64().map(|number| number == 1).or_else(|| Reservation::value(said.as_str()?))?;
        Some((location, is_reserved))
    });
    rules
        .filter(|(location, _)| fits(location, path))
        .max_by_key(|(location, is_reserved)| (location.len(), *is_reserved))
        .map(|(_, said)| said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_place_decides() {
        for (meta, header, file, from) in [
            (None, None, None, None),
            (None, None, Some(true), Some("its host's tdmrep.json")),
            (None, Some(false), Some(true), None),
            (None, Some(true), Some(false), Some("the page's header tdm-reservation")),
            (Some(false), Some(true), Some(true), None),
            (Some(true), None, None, Some("a meta element of the page")),
        ] {
            let signal = Reservation { meta, header, file }.signal();
            assert_eq!(signal.as_ref().map(|signal| signal.from.as_str()), from, "{meta:?} {header:?} {file:?}");
        }
    }

    #[test]
    fn a_hosts_file_speaks_of_paths() {
        let file = r#"[{"location": "/", "tdm-reservation": 1, "tdm-policy": "https://x.example/p"},
            {"location": "/open/*", "tdm-reservation": 0}, {"location": "/open/*.pdf$", "tdm-reservation": "1"}, {"location": 5}]"#;
        for (path, said) in [("/a", Some(true)), ("/open/b", Some(false)), ("/open/b.pdf", Some(true))] {
            assert_eq!(tdmrep(file, path), said, "{path}");
        }
        for broken in ["", "{}", "[]", "[{\"location\": \"/x\", \"tdm-reservation\": 1}]", "<html>"] {
            assert_eq!(tdmrep(broken, "/a"), None, "{broken}");
        }
    }
}
