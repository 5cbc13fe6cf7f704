//! A feed's own rhythm, from the times of its newest entries.

use std::time::Duration;

use super::{LONGEST, MINUTE, Rule, SHORTEST, USUAL};
use crate::domain::Timestamp;

/// Of the entries' times, so many of the newest make the rhythm.
const RECENT: usize = 20;
/// Fewer moments than this make no rhythm.
const FEWEST: usize = 3;

/// The interval by a feed's own rhythm; `declared`: what its document says of it, for as long as it isn't known.
///
/// Half the time between entries, so that one waits no longer than that; but not under an hour as long as an hour brings no
/// more than one. A feed that brings more is asked as often as it brings one. One that has fallen silent is asked ever more
/// seldom.
pub(super) fn rule(entries: &[Timestamp], declared: [Option<Duration>; 2], now: Timestamp) -> Rule {
    let Some(gap) = gap(entries, now) else {
        let shorter = declared.into_iter().flatten().min().filter(|span| *span < USUAL);
        return shorter.map_or(Rule::Unknown, |span| Rule::Declared(span.max(SHORTEST)));
    };
    let span = if gap < USUAL { gap.max(SHORTEST) } else { (gap / 2).clamp(USUAL, LONGEST) };
    Rule::Rhythm(Duration::from_secs(span.as_secs() / 60 * 60))
}

/// The usual time between two entries; the silence since the last one counts, too.
fn gap(entries: &[Timestamp], now: Timestamp) -> Option<Duration> {
    let mut times: Vec<Timestamp> = entries.iter().copied().filter(|time| *time <= now).collect();
    times.sort_unstable_by(|one, other| other.cmp(one));
    // what comes out in one go is one moment
    times.dedup_by(|older, newer| newer.since(*older) < MINUTE);
    times.truncate(RECENT);
    let newest = times.first().filter(|_| times.len() >= FEWEST)?;
    // the middle one: a straggler of last month makes no feed slow
    let mut gaps: Vec<Duration> = times.windows(2).map(|pair| pair[0].since(pair[1])).collect();
    gaps.sort_unstable();
    Some(gaps[gaps.len() / 2].max(now.since(*newest) / 2))
}
