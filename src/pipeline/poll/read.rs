//! A document as the store takes it: identities, and what becomes of each entry if it is new.

use std::time::Duration;

use crate::config::{OnChange, Takeover};
use crate::dedup::{self, Identity};
use crate::domain::{Entry, Timestamp};
use crate::poll::Document;
use crate::store::{FeedRow, NewEntry, PollOutcome, Scoped, Take};
use crate::watch;

use super::super::Feed;

/// A document as the store takes it: identities, and what becomes of each entry if it is new.
pub(in crate::pipeline) fn read(feed: &Feed, row: &FeedRow, document: Document, now: Timestamp) -> PollOutcome {
    let Document { facts, mut entries, validators, body_hash, .. } = document;
    super::super::dates::believe(&mut entries, feed.config().future_dates, now);
    let identified = dedup::identify(&entries, facts.home.as_deref());
    let takes = match row.polled {
        None => backfill(&entries, feed.config().backfill, feed.config().backfill_age, now),
        Some(_) => vec![Take::Post; entries.len()],
    };
    let mut new: Vec<NewEntry> = entries
        .into_iter()
        .zip(identified.entries)
        .zip(takes)
        .map(|((entry, identity), take)| {
            let scope = |key: Option<i64>| key.map(|key| dedup::in_feed(key, feed.id));
            let Identity { keys, own_guid, is_opaque, path, title, text } = identity;
            let scoped = Scoped {
                guid: scope(own_guid),
                path: scope(path),
                link: scope(keys.link),
                title: scope(title),
                text: dedup::in_feed(text, feed.id),
                is_opaque,
            };
            let told = (feed.config().follow.on_change != OnChange::Ignore).then(|| entry.telling());
            NewEntry { entry, keys, text, scoped, take, told }
        })
        .collect();
    // Oldest first, as a reader of the site would have seen them come; without dates, feeds list the newest first.
    new.reverse();
    new.sort_by_key(|new| new.entry.published.or(new.entry.updated));
    let shared = identified.shared.into_iter().map(|key| dedup::in_feed(key, feed.id)).collect();
    let watch = (feed.config().takeover == Takeover::Hold).then(|| watch::watch(&facts, new.iter().map(|new| &new.entry)));
    let returning = Some(dedup::returning(Some(feed.id.time().minus(feed.config().backfill_age))));
    PollOutcome::Read { facts, validators, body_hash, entries: new, shared, watch, returning }
}

/// The one alert where a feed is held: from now on the store knows it.
pub(in crate::pipeline) fn tell_held(feed: &str, held: Option<&str>, is_flood: bool) {
    match held {
        Some(because) if is_flood => {
            tracing::warn!(
                feed,
                because,
                "a feed is held until `wirepress feeds rebind` (they are the old ones) or `feeds accept` (they are new)"
            );
        }
        Some(because) => tracing::warn!(feed, because, "a feed is held until `wirepress feeds accept` lets it go on"),
        None => {}
    }
}

/// At a feed's first poll the newest `most` entries that are no older than `age` are posted; the rest is only remembered.
fn backfill(entries: &[Entry], most: u32, age: Duration, now: Timestamp) -> Vec<Take> {
    let mut newest: Vec<usize> = (0..entries.len()).collect();
    let time = |index: &usize| entries[*index].published.or(entries[*index].updated);
    newest.sort_by_key(|index| std::cmp::Reverse(time(index).unwrap_or(now)));
    let mut takes: Vec<Take> = vec![Take::Skip(format!("backfill: beyond the newest {most} at the first poll")); entries.len()];
    for index in newest.into_iter().take(most as usize) {
        takes[index] = match time(&index) {
            Some(time) if now.since(time) > age => {
                Take::Skip(format!("backfill: older than {} at the first poll", crate::domain::format_duration(age)))
            }
            _ => Take::Post,
        };
    }
    takes
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix(1_795_000_000);
    const DAY: Duration = Duration::from_secs(86_400);

    fn dated(days: &[Option<u32>]) -> Vec<Entry> {
        days.iter().map(|days| Entry { published: days.map(|days| NOW.minus(DAY * days)), ..Entry::default() }).collect()
    }

    fn taken(entries: &[Entry], most: u32) -> Vec<bool> {
        backfill(entries, most, DAY * 7, NOW).iter().map(|take| *take == Take::Post).collect()
    }

    #[test]
    fn the_first_poll_takes_the_newest_and_none_that_is_too_old() {
        assert_eq!(taken(&dated(&[Some(5), Some(1), Some(3), Some(2)]), 2), [false, true, false, true]);
        assert_eq!(taken(&dated(&[Some(30), Some(8), Some(6)]), 3), [false, false, true]);
    }

    #[test]
    fn entries_without_a_date_count_as_new_in_the_feeds_order() {
        assert_eq!(taken(&dated(&[None, None, None, None]), 2), [true, true, false, false]);
    }

    #[test]
    fn a_backfill_of_nothing_takes_nothing() {
        assert_eq!(taken(&dated(&[Some(0), None]), 0), [false, false]);
    }
}
