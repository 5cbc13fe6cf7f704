//! `schedule`: when posts go out.

use std::time::Duration;

use chrono_tz::Tz;
use serde_json::{Value as Json, json};
use toml::Spanned;
use toml::de::DeValue;

use super::super::source::At;
use super::leaf::{quote, text};
use super::node::{Leaf, Many, Node, Reading, Wrong, table};
use super::value::key;
use crate::schedule::{Hand, Quiet, Slot};

table! {
    /// `schedule`
    ScheduleKeys "" {
        /// Moments at which one post each goes out: `"09:00"`, `"Mon-Fri 12:30"`. An empty list takes inherited ones away.
        slots: Many<Slot>,
        /// How far apart two posts are at least; `"0s"` takes an inherited one away.
        spacing: At<Gap>,
        /// Hours in which nothing goes out: `"22:00-06:00"`, `"Sat-Sun"`.
        quiet: Many<Quiet>,
        /// The time zone that all of this is meant in: `Europe/Berlin`. Default: a feed's is that of the site, a site's UTC.
        zone: At<Tz>,
        /// How many posts a day go out at most; 0 takes an inherited cap away.
        max_per_day: At<u32>,
        /// The same for posts of a category: `{ News = 5 }`.
        max_per_day_in: Counts,
        /// Who makes posts public at their time: the `"daemon"`, or WordPress, which gets them at once as `"future"`.
        release: At<Hand>,
    }
}

impl ScheduleKeys {
    /// What it says itself, and `under` where it says nothing. Caps of categories are joined, name by name.
    pub fn over(self, under: Option<&Self>) -> Self {
        let Some(under) = under else { return self };
        Self {
            at: self.at,
            slots: self.slots.or_else(|| under.slots.clone()),
            spacing: self.spacing.or_else(|| under.spacing.clone()),
            quiet: self.quiet.or_else(|| under.quiet.clone()),
            zone: self.zone.or_else(|| under.zone.clone()),
            max_per_day: self.max_per_day.or_else(|| under.max_per_day.clone()),
            max_per_day_in: match (self.max_per_day_in, &under.max_per_day_in) {
                (Some(own), Some(under)) => Some(own.over(under)),
                (own, under) => own.or_else(|| under.clone()),
            },
            release: self.release.or_else(|| under.release.clone()),
        }
    }
}

impl Leaf for Slot {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        let hint = "a time of day, with days before it where it isn't all of them: \"09:00\", \"Mon-Fri 12:30\", \"Sat,Sun 10:00\"";
        Self::parse(text(value)?).map_err(|error| Wrong::new(format!("is no slot: {error}")).hint(hint))
    }

    fn write(&self) -> String {
        quote(self.written())
    }

    fn schema() -> Json {
        json!({ "type": "string", "examples": ["09:00", "Mon-Fri 12:30"] })
    }
}

impl Leaf for Quiet {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        let hint =
            "from when until when, with days before it where it isn't all of them: \"22:00-06:00\", \"Sat-Sun\", \"Fri 18:00-24:00\"";
        Self::parse(text(value)?).map_err(|error| Wrong::new(format!("are no quiet hours: {error}")).hint(hint))
    }

    fn write(&self) -> String {
        quote(self.written())
    }

    fn schema() -> Json {
        json!({ "type": "string", "examples": ["22:00-06:00", "Sat-Sun"] })
    }
}

impl Leaf for Tz {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        let hint = "a name of the IANA's list: \"Europe/Vienna\", \"America/New_York\", \"UTC\"";
        let name = text(value)?;
        name.parse().map_err(|_| Wrong::new(format!("can't be `{name}`, which is no time zone")).hint(hint))
    }

    fn write(&self) -> String {
        quote(self.name())
    }

    fn schema() -> Json {
        json!({ "type": "string", "examples": ["Europe/Berlin", "UTC"] })
    }
}

/// A duration that may be none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap(pub Duration);

impl Leaf for Gap {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        match value {
            DeValue::String(text) if text.trim() == "0s" => Ok(Self(Duration::ZERO)),
            other => Duration::read(other).map(Self),
        }
    }

    fn write(&self) -> String {
        self.0.write()
    }

    fn schema() -> Json {
        Duration::schema()
    }
}

/// Names, each with a number.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Counts(pub Vec<(At<String>, At<u32>)>);

impl Counts {
    fn over(self, under: &Self) -> Self {
        let inherited = under.0.iter().filter(|(name, _)| !self.0.iter().any(|(own, _)| own.value == name.value)).cloned();
        let all: Vec<_> = inherited.collect();
        Self(self.0.into_iter().chain(all).collect())
    }
}

impl Node for Counts {
    fn read(value: &Spanned<DeValue<'_>>, reading: &mut Reading<'_>) -> Option<Self> {
        let DeValue::Table(table) = value.get_ref() else {
            let wrong = Wrong::kind("a table", value.get_ref()).hint("each category with its number: { News = 5 }");
            reading.wrong(value.span(), wrong);
            return None;
        };
        let outer = reading.key.clone();
        let mut read = Vec::new();
        for (name, number) in table {
            reading.key = format!("{outer}.{}", name.get_ref());
            let name = At { value: name.get_ref().to_string(), at: reading.place(name.span()) };
            read.extend(At::read(number, reading).map(|number| (name, number)));
        }
        read.sort_by_key(|(name, _)| name.at.span.start);
        Some(Self(read))
    }

    fn inline(&self) -> Option<String> {
        let all: Vec<String> = self.0.iter().map(|(name, number)| format!("{} = {}", key(&name.value), number.value)).collect();
        Some(if all.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", all.join(", ")) })
    }

    fn schema() -> Json {
        json!({ "type": "object", "additionalProperties": u32::schema() })
    }
}
