//! When a post may go out (pure): slots, quiet hours, spacing and caps of its site and of its feed, over what is booked already.
//!
//! Each rule names the first moment at or after a given one that it allows; [`Book::release`] asks all of them again and again until
//! none wants a later one, and keeps which of them moved it. The feed's slots take the place of the site's; everything else
//! holds beside each other. A day is one of the zone of whose rule it is, as long as its clocks make it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Duration;

use chrono::{Days as Step, NaiveDate, NaiveTime};
use chrono_tz::Tz;

use super::clocks::{first_at, shown, told};
use super::slots::{Quiet, Slot};
use crate::domain::{Id, Timestamp};

/// Who makes a post public at its time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Hand {
    /// We do.
    #[default]
    Daemon,
    /// WordPress does: it gets the post at once, as `future`.
    Future,
}

/// The `schedule` of a site, or of a feed. What it doesn't say, it doesn't limit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schedule {
    /// `None`: that of the site; of a site: UTC.
    pub zone: Option<Tz>,
    /// Each takes one post.
    pub slots: Vec<Slot>,
    pub quiet: Vec<Quiet>,
    /// Between two posts.
    pub spacing: Option<Duration>,
    pub max_per_day: Option<u32>,
    /// The same for posts of a category; its name, folded as [`fold`] does.
    pub max_per_day_in: Vec<(String, u32)>,
    pub release: Option<Hand>,
}

/// What holds for the posts of one feed on one site.
#[derive(Debug, Clone, Copy, Default)]
pub struct Both<'a> {
    pub site: Option<&'a Schedule>,
    pub feed: Option<&'a Schedule>,
}

/// A post whose moment is to be found.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    pub feed: Id,
    /// Folded as [`fold`] does.
    pub categories: &'a [String],
    pub not_before: Timestamp,
    /// Its slot is past: it goes out as soon as the other rules allow.
    pub is_late: bool,
}

/// A post that goes out at a moment, or went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booked {
    pub feed: Id,
    /// Folded as [`fold`] does.
    pub categories: Vec<String>,
}

/// When a post goes out, and by which rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    pub at: Timestamp,
    /// ``Mon 23 Nov 2026, 09:00 CET: slot `09:00` of the site; put off by at most 3 a day of the feed``
    pub because: String,
}

/// What goes out on one site, or went.
#[derive(Debug, Clone, Default)]
pub struct Book(BTreeMap<Timestamp, Vec<Booked>>);

/// A name as caps compare it.
pub fn fold(name: &str) -> String {
    name.trim().to_lowercase()
}

/// So far ahead a moment is looked for.
const FARTHEST: u64 = 3_660;
/// A rule that moves a post costs one round; more than any book needs.
const ROUNDS: usize = 100_000;

impl Schedule {
    /// It limits nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self { zone: self.zone, release: self.release, ..Self::default() }
    }
}

impl<'a> Both<'a> {
    /// Nothing is limited: all goes out at once.
    pub fn is_empty(&self) -> bool {
        self.each().all(|(_, schedule)| schedule.is_empty())
    }

    /// Who makes its posts public.
    pub fn hand(&self) -> Hand {
        let own = |schedule: Option<&Schedule>| schedule.and_then(|schedule| schedule.release);
        own(self.feed).or_else(|| own(self.site)).unwrap_or_default()
    }

    /// The zone in which a person is told of it.
    pub fn zone(&self) -> Tz {
        let own = |schedule: Option<&Schedule>| schedule.and_then(|schedule| schedule.zone);
        own(self.feed).or_else(|| own(self.site)).unwrap_or(Tz::UTC)
    }

    /// Whether any moment is left at all; else the words of a rule that leaves none.
    pub fn impossible(&self) -> Option<String> {
        // a year with both changes of the clocks
        let begin = Timestamp::from_unix(1_767_225_600);
        let wish = Wish { feed: Id::from_i64(0), categories: &[], not_before: begin, is_late: false };
        let release = Book::default().release(*self, &wish);
        (release.at > begin.plus(Duration::from_secs(400 * 86_400))).then_some(release.because)
    }

    fn each(&self) -> impl Iterator<Item = (Whose, &'a Schedule)> {
        [(Whose::Site, self.site), (Whose::Feed, self.feed)].into_iter().filter_map(|(whose, schedule)| Some((whose, schedule?)))
    }

    /// Of the site's schedule, or of the feed's.
    fn zone_of(&self, whose: Whose) -> Tz {
        match whose {
            Whose::Feed => self.zone(),
            Whose::Site => self.site.and_then(|site| site.zone).unwrap_or(Tz::UTC),
        }
    }

    /// The feed's, or else the site's.
    fn slots(&self) -> Option<(Whose, &'a [Slot])> {
        let own = self.each().filter(|(_, schedule)| !schedule.slots.is_empty());
        own.last().map(|(whose, schedule)| (whose, schedule.slots.as_slice()))
    }
}

/// Whose rule it is: over all posts of the site, or over those of the feed on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Site,
    Feed,
}

impl Whose {
    const fn words(self) -> &'static str {
        match self {
            Self::Site => "of the site",
            Self::Feed => "of the feed",
        }
    }

    fn counts(self, booked: &Booked, wish: &Wish<'_>) -> bool {
        self == Self::Site || booked.feed == wish.feed
    }
}

/// A rule's answer: not before then, and the rule in words.
type Later = Option<(Timestamp, String)>;

impl Book {
    /// Something goes out then, or went.
    pub fn add(&mut self, at: Timestamp, booked: Booked) {
        match self.0.entry(at) {
            Entry::Vacant(free) => drop(free.insert(vec![booked])),
            Entry::Occupied(mut there) => there.get_mut().push(booked),
        }
    }

    /// The first moment that all rules allow. What is found is not yet booked.
    pub fn release(&self, both: Both<'_>, wish: &Wish<'_>) -> Release {
        let mut at = wish.not_before;
        let farthest = at.plus(Duration::from_secs(FARTHEST * 86_400));
        let mut moved_by: Vec<String> = Vec::new();
        for _ in 0..ROUNDS {
            let Some((later, rule)) = self.later(both, wish, at) else { break };
            moved_by.retain(|known| *known != rule);
            moved_by.push(rule);
            at = later;
            if at >= farthest {
                break;
            }
        }
        Release { at, because: because(both, at, moved_by) }
    }

    /// The first rule that wants a later moment.
    fn later(&self, both: Both<'_>, wish: &Wish<'_>, at: Timestamp) -> Later {
        let quiet = || both.each().find_map(|(whose, schedule)| quiet(both.zone_of(whose), whose, schedule, at));
        let slot =
            || both.slots().filter(|_| !wish.is_late).and_then(|(whose, slots)| self.slot(both.zone_of(whose), whose, slots, wish, at));
        let spacing = || both.each().find_map(|(whose, schedule)| self.spacing(whose, schedule.spacing?, wish, at));
        let caps = || both.each().find_map(|(whose, schedule)| self.caps(both.zone_of(whose), whose, schedule, wish, at));
        quiet().or_else(slot).or_else(spacing).or_else(caps)
    }

    /// The next free slot, unless this is one.
    fn slot(&self, zone: Tz, whose: Whose, slots: &[Slot], wish: &Wish<'_>, at: Timestamp) -> Later {
        let first = shown(zone, at).date_naive() - Step::new(1);
        let is_taken = |at: &Timestamp| self.0.get(at).is_some_and(|there| there.iter().any(|booked| whose.counts(booked, wish)));
        for date in first.iter_days().take(usize::try_from(FARTHEST).unwrap_or(usize::MAX)) {
            let of_day = slots.iter().filter_map(|slot| Some((slot.on(zone, date)?, slot)));
            let next = of_day.filter(|(slot, _)| *slot >= at && !is_taken(slot)).min_by_key(|(slot, _)| *slot);
            if let Some((next, slot)) = next {
                return (next > at).then(|| (next, format!("slot `{}` {}", slot.written(), whose.words())));
            }
        }
        Some((at.plus(Duration::from_secs(FARTHEST * 86_400)), format!("no slot {} is free", whose.words())))
    }

    fn spacing(&self, whose: Whose, gap: Duration, wish: &Wish<'_>, at: Timestamp) -> Later {
        let (from, until) = (Timestamp::from_unix(at.minus(gap).unix() + 1), at.plus(gap));
        let mut near = self.0.range(from..until).filter(|(_, there)| there.iter().any(|booked| whose.counts(booked, wish)));
        let last = near.next_back()?.0;
        let rule = format!("{} between posts {}", crate::domain::format_duration(gap), whose.words());
        Some((last.plus(gap), rule))
    }

    fn caps(&self, zone: Tz, whose: Whose, schedule: &Schedule, wish: &Wish<'_>, at: Timestamp) -> Later {
        let all = schedule.max_per_day.map(|most| (None, most));
        let of_categories = schedule.max_per_day_in.iter().filter(|(name, _)| wish.categories.contains(name));
        let caps = all.into_iter().chain(of_categories.map(|(name, most)| (Some(name), *most)));
        let date = shown(zone, at).date_naive();
        caps.filter_map(|(category, most)| {
            let counts =
                |booked: &&Booked| whose.counts(booked, wish) && category.is_none_or(|category| booked.categories.contains(category));
            let taken = self.on(zone, date).flat_map(|there| there.iter().filter(counts)).count();
            let within = category.map(|category| format!(" in `{category}`")).unwrap_or_default();
            (taken >= most as usize).then(|| (after(zone, date), format!("at most {most} a day{within} {}", whose.words())))
        })
        .max_by_key(|(later, _)| *later)
    }

    /// What is booked on a date.
    fn on(&self, zone: Tz, date: NaiveDate) -> impl Iterator<Item = &Vec<Booked>> {
        // clocks that are put back at midnight show the date before once more
        let (from, until) = (first_at(zone, date, NaiveTime::MIN).minus(HOURS), after(zone, date).plus(HOURS));
        self.0.range(from..until).filter(move |(at, _)| shown(zone, **at).date_naive() == date).map(|(_, there)| there)
    }
}

const HOURS: Duration = Duration::from_secs(3 * 3600);

fn quiet(zone: Tz, whose: Whose, schedule: &Schedule, at: Timestamp) -> Later {
    schedule.quiet.iter().find_map(|quiet| Some((quiet.until(zone, at)?, format!("quiet hours `{}` {}", quiet.written(), whose.words()))))
}

/// When the date is over.
fn after(zone: Tz, date: NaiveDate) -> Timestamp {
    super::clocks::last_at(zone, date + Step::new(1), NaiveTime::MIN)
}

/// The rule that moved it last decides; the others put it off.
fn because(both: Both<'_>, at: Timestamp, mut moved_by: Vec<String>) -> String {
    let told = told(both.zone(), at);
    // a slot is what it waits for, whatever made it wait longer
    let slot = moved_by.iter().rposition(|rule| rule.starts_with("slot ")).map(|place| moved_by.remove(place));
    let Some(rule) = slot.or_else(|| moved_by.pop()) else { return format!("{told}: no rule puts it off") };
    moved_by.retain(|rule| !rule.starts_with("slot "));
    let others = if moved_by.is_empty() { String::new() } else { format!("; put off by {}", moved_by.join(", ")) };
    format!("{told}: {rule}{others}")
}
