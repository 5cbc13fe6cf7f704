//! What each element tells of the feed.

use std::time::Duration;

use super::attributes::attribute;
use super::fields::written;
use super::layer::Walk;
use super::names::{Element, ends_html};
use super::namespaces::Ns;
use super::scan::{Scanner, Token};
use super::{date, parse};

impl<'t> Walk<'t> {
    /// An element of the feed.
    pub(super) fn of_feed(&mut self, element: Element, ns: Ns, name: &'t str, attributes: &'t str, empty: bool) {
        let loose = self.looseness();
        match element {
            Element::Title(rank) => {
                let inside = self.line(name, empty);
                let title = Some(self.text(inside, ns, name, attributes).to_plain()).filter(|title| !title.is_empty());
                self.head.title.offer(rank + loose, title);
            }
            Element::Link if loose == 0 => self.link(name, attributes, empty),
            Element::Language => {
                let inside = self.line(name, empty);
                let language = self.plain_line(inside);
                self.head.language.offer(loose, language);
            }
            Element::Rights => {
                let inside = self.inside(name, empty, false, ends_html);
                let rights = Some(self.text(inside, ns, name, attributes).to_plain()).filter(|rights| !rights.is_empty());
                self.head.rights.offer(loose, rights);
            }
            Element::Terms => {
                let inside = self.inside(name, empty, true, ends_html);
                self.head.rsl = self.head.rsl.take().or(written(name, attributes, inside.raw));
            }
            Element::Licence => {
                let licence = self.address(name, attributes, empty).and_then(|licence| parse::absolute(&licence, &self.head.base));
                self.head.licence = self.head.licence.take().or(licence);
            }
            Element::Author(rank) => {
                let inside = self.inside(name, empty, false, ends_html);
                self.head.authors.add(rank + loose, inside.raw);
            }
            Element::Ttl => {
                let minutes = self.number(name, empty);
                self.head.hints.ttl = minutes.map(|minutes| Duration::from_secs(u64::from(minutes) * 60));
            }
            Element::SkipHours => {
                let inside = self.inside(name, empty, false, ends_html);
                for hour in children(inside.raw).filter_map(|hour| hour.trim().parse::<u32>().ok()) {
                    // some count from 1 to 24
                    self.head.hints.skip_hours |= if hour <= 24 { 1 << (hour % 24) } else { 0 };
                }
            }
            Element::SkipDays => {
                const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
                let inside = self.inside(name, empty, false, ends_html);
                for day in children(inside.raw) {
                    let day = day.trim().get(..3).unwrap_or("").to_ascii_lowercase();
                    if let Some(at) = DAYS.iter().position(|known| *known == day) {
                        self.head.hints.skip_days |= 1 << at;
                    }
                }
            }
            Element::UpdatePeriod => {
                let inside = self.line(name, empty);
                self.head.hints.period = self.plain_line(inside);
            }
            Element::UpdateFrequency => {
                let inside = self.line(name, empty);
                self.head.hints.frequency = self.plain_line(inside);
            }
            Element::UpdateBase => {
                let inside = self.line(name, empty);
                self.head.hints.base = self.date_of(inside).filter(|at| date::is_plausible(*at));
            }
            Element::Cloud => {
                let of = |wanted: &str| attribute(attributes, wanted).unwrap_or_default();
                let (domain, port, path) = (of("domain"), of("port"), of("path"));
                let scheme = if port == "443" { "https" } else { "http" };
                self.head.hints.cloud =
                    (!domain.is_empty()).then(|| format!("{scheme}://{domain}:{port}/{}", path.trim_start_matches('/')));
                self.pass(name, empty);
            }
            // `itunes:category` nests
            Element::Category => drop(self.inside(name, empty, true, ends_html)),
            _ => self.pass(name, empty),
        }
    }

    fn number(&mut self, name: &'t str, empty: bool) -> Option<u32> {
        let inside = self.line(name, empty);
        self.plain_line(inside)?.parse().ok()
    }
}

/// The texts of the elements inside another.
fn children(raw: &str) -> impl Iterator<Item = &str> {
    Scanner::new(raw).filter_map(|token| match token {
        Token::Text(text) | Token::Cdata(text) => Some(text),
        _ => None,
    })
}
