//! `schedule`: what it limits, and whether it leaves any moment.

use super::super::raw::ScheduleKeys;
use super::super::source::Place;
use super::Check;
use crate::schedule::{Both, Schedule, fold};

impl Check {
    /// What a schedule says; 0 and none take away what is inherited.
    pub(super) fn schedule(&mut self, keys: &ScheduleKeys) -> Schedule {
        let caps = keys.max_per_day_in.iter().flat_map(|counts| &counts.0);
        Schedule {
            zone: keys.zone.as_ref().map(|zone| zone.value),
            slots: keys.slots.iter().flat_map(|slots| &slots.0).map(|slot| slot.value.clone()).collect(),
            quiet: keys.quiet.iter().flat_map(|quiet| &quiet.0).map(|quiet| quiet.value.clone()).collect(),
            spacing: keys.spacing.as_ref().map(|gap| gap.value.0).filter(|gap| !gap.is_zero()),
            max_per_day: keys.max_per_day.as_ref().map(|most| most.value).filter(|most| *most > 0),
            max_per_day_in: caps.filter(|(_, most)| most.value > 0).map(|(name, most)| (fold(&name.value), most.value)).collect(),
            release: keys.release.as_ref().map(|release| release.value),
        }
    }

    /// A schedule that leaves no moment would keep every post for ever.
    pub(super) fn possible(&mut self, at: &Place, both: Both<'_>) {
        if let Some(rule) = both.impossible() {
            let rule = rule.split_once(": ").map_or(rule.as_str(), |(_, rule)| rule).to_owned();
            let hint = "make the quiet hours shorter, or move the slots out of them; a feed's and its site's hold beside each other";
            self.error(at, format!("no post could ever go out: {rule}"), hint);
        }
    }
}
