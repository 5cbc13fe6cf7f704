//! What a document says of the feed itself.

use std::time::Duration;

use url::Url;

use super::attributes::raw_attributes;
use super::canon::{Canon, Link};
use super::entry::Best;
use super::people::People;
use super::text;
use crate::domain::{Hints, Timestamp};

/// Links of the feed that are read.
const MAX_LINKS: usize = 50;

/// What was read of the feed so far. Addresses are as written.
#[derive(Debug)]
pub(super) struct Head {
    /// What its addresses are relative to.
    pub base: Url,
    pub language: Best<String>,
    pub title: Best<String>,
    pub links: Vec<Link>,
    pub rights: Best<String>,
    pub licence: Option<String>,
    /// RSL, as it was written.
    pub rsl: Option<String>,
    pub authors: People,
    pub hints: Wishes,
}

/// When and how the feed wants to be asked for, as it says it.
#[derive(Debug, Default)]
pub(super) struct Wishes {
    pub ttl: Option<Duration>,
    pub period: Option<String>,
    pub frequency: Option<String>,
    pub base: Option<Timestamp>,
    pub skip_hours: u32,
    pub skip_days: u8,
    pub cloud: Option<String>,
    hubs: Vec<String>,
    itself: Option<String>,
    next_page: Option<String>,
}

impl Head {
    pub(super) fn new(base: Url) -> Self {
        Self {
            base,
            language: Best::default(),
            title: Best::default(),
            links: Vec::new(),
            rights: Best::default(),
            licence: None,
            rsl: None,
            authors: People::default(),
            hints: Wishes::default(),
        }
    }

    /// What the start tag of the root or of the channel says.
    pub(super) fn open(&mut self, attributes: &str) {
        for (name, raw) in raw_attributes(attributes) {
            let value = || text::attribute(raw).trim().to_owned();
            match name {
                "xml:base" => self.base = self.base.join(&value()).unwrap_or_else(|_| self.base.clone()),
                "xml:lang" => self.language.offer(1, Some(value()).filter(|language| !language.is_empty())),
                // Channel Definition Format
                _ if name.eq_ignore_ascii_case("href") => self.link(Link { href: value(), ..Link::default() }),
                _ => {}
            }
        }
    }

    pub(super) fn link(&mut self, link: Link) {
        let absolute = || super::parse::absolute(&link.href, &self.base);
        if link.is("hub") && self.hints.hubs.len() < MAX_LINKS {
            let hub = absolute();
            self.hints.hubs.extend(hub);
        } else if link.is("self") && self.hints.itself.is_none() {
            self.hints.itself = absolute();
        } else if link.is("next") && self.hints.next_page.is_none() {
            self.hints.next_page = absolute();
        } else if link.is("license") && self.licence.is_none() {
            self.licence = absolute();
        } else if link.is("alternate") && self.links.len() < MAX_LINKS && !link.href.trim().is_empty() {
            self.links.push(link);
        }
    }

    /// The beginning of what feed-rs reads.
    pub(super) fn canon(&self) -> Canon {
        let mut canon = Canon::feed(self.language.get().map(String::as_str));
        canon.text("title", self.title.get().map(String::as_str));
        for link in &self.links {
            canon.link(link);
        }
        canon.text("rights", self.rights.get().map(String::as_str));
        canon
    }
}

impl Wishes {
    pub(super) fn finish(self, base: &Url) -> Hints {
        let rhythm = self.rhythm();
        let mut hubs: Vec<String> = Vec::new();
        for hub in self.hubs {
            if !hubs.contains(&hub) {
                hubs.push(hub);
            }
        }
        let all_hours = self.skip_hours == (1 << 24) - 1;
        let all_days = self.skip_days == (1 << 7) - 1;
        Hints {
            ttl: self.ttl,
            rhythm,
            rhythm_base: self.base,
            skip_hours: if all_hours { 0 } else { self.skip_hours },
            skip_days: if all_days { 0 } else { self.skip_days },
            hubs,
            itself: self.itself,
            next_page: self.next_page,
            cloud: self.cloud.and_then(|cloud| super::parse::absolute(&cloud, base)),
        }
    }

    /// The syndication module's rhythm (RSS 1.0 modules: `sy:updatePeriod`, `sy:updateFrequency`; daily and once, if only one is said).
    fn rhythm(&self) -> Option<Duration> {
        let hours = match (self.period.as_deref().map(str::trim).map(str::to_ascii_lowercase).as_deref(), &self.frequency) {
            (Some("hourly"), _) => 1,
            (Some("daily"), _) | (None, Some(_)) => 24,
            (Some("weekly"), _) => 24 * 7,
            (Some("monthly"), _) => 24 * 30,
            (Some("yearly"), _) => 24 * 365,
            _ => return None,
        };
        let often = self.frequency.as_deref().and_then(|often| often.trim().parse::<u32>().ok()).unwrap_or(1).max(1);
        Some(Duration::from_secs(hours * 3600) / often)
    }
}
