use super::*;

const NOW: Timestamp = Timestamp::from_unix(1_795_000_000);
const AUTO: Pace = Pace { every: Every::Auto, insist: false };

fn hours(hours: u64) -> Duration {
    HOUR * u32::try_from(hours).unwrap()
}

/// A feed with `count` entries, one every `gap`, the newest `gap` ago.
fn steady(gap: Duration, count: u32) -> History {
    History { entries: (1..=count).map(|number| NOW.minus(gap * number)).collect(), failures: 0 }
}

fn failed(failures: u32) -> History {
    History { failures, ..History::default() }
}

/// How long it is to the next poll, jitter left out.
fn wait(pace: Pace, wishes: Wishes, history: &History, outcome: Outcome) -> Duration {
    due(&pace, &wishes, history, outcome, NOW).at.since(NOW)
}

#[test]
fn a_feed_is_polled_by_its_own_rhythm_within_fifteen_minutes_and_a_day() {
    for (history, expected) in [
        (History::default(), UNKNOWN),
        (steady(HOUR, 1), UNKNOWN),
        (steady(MINUTE, 20), SHORTEST),
        (steady(hours(4), 20), hours(2)),
        (steady(hours(12), 10), hours(6)),
        (steady(DAY * 30, 5), LONGEST),
    ] {
        assert_eq!(wait(AUTO, Wishes::default(), &history, Outcome::Fine), expected, "{history:?}");
    }
}

#[test]
fn a_feed_that_fell_silent_is_asked_more_seldom() {
    let long_ago = |span: Duration| History { entries: (0..20).map(|n| NOW.minus(span + HOUR * n)).collect(), failures: 0 };
    assert_eq!(wait(AUTO, Wishes::default(), &long_ago(HOUR), Outcome::Fine), HOUR / 2);
    assert_eq!(wait(AUTO, Wishes::default(), &long_ago(hours(40)), Outcome::Fine), hours(10));
    assert_eq!(wait(AUTO, Wishes::default(), &long_ago(DAY * 60), Outcome::Fine), LONGEST);
}

#[test]
fn one_old_straggler_slows_no_feed_down() {
    let mut history = steady(HOUR, 6);
    history.entries.push(NOW.minus(DAY * 30));
    assert_eq!(wait(AUTO, Wishes::default(), &history, Outcome::Fine), HOUR / 2);
}

#[test]
fn two_entries_are_no_rhythm() {
    for gap in [MINUTE, HOUR, DAY] {
        assert_eq!(wait(AUTO, Wishes::default(), &steady(gap, 2), Outcome::Fine), UNKNOWN);
    }
    assert_eq!(wait(AUTO, Wishes::default(), &steady(hours(4), 3), Outcome::Fine), hours(2));
}

#[test]
fn entries_from_the_future_make_no_rhythm() {
    let history = History { entries: vec![NOW.plus(DAY), NOW.plus(HOUR * 2), NOW.plus(HOUR)], failures: 0 };
    assert_eq!(wait(AUTO, Wishes::default(), &history, Outcome::Fine), UNKNOWN);
}

#[test]
fn the_operators_interval_is_taken_as_it_is() {
    for span in [Duration::from_secs(10), hours(3), DAY * 3] {
        let pace = Pace { every: Every::Fixed(span), insist: false };
        assert_eq!(wait(pace, Wishes::default(), &steady(HOUR, 20), Outcome::Fine), span);
    }
}

#[test]
fn a_publishers_longer_wish_wins_unless_the_operator_insists() {
    let fixed = Pace { every: Every::Fixed(HOUR), insist: false };
    let insisting = Pace { insist: true, ..fixed };
    let fresh = Wishes { fresh_until: Some(NOW.plus(hours(5))), ..Wishes::default() };
    let ttl = Wishes { ttl: Some(hours(6)), ..Wishes::default() };
    let retry = Wishes { retry_after: Some(NOW.plus(hours(7))), ..Wishes::default() };
    let short = Wishes { fresh_until: Some(NOW.plus(MINUTE)), ttl: Some(MINUTE), retry_after: Some(NOW) };
    for (pace, wishes, expected) in [
        (fixed, fresh, hours(5)),
        (fixed, ttl, hours(6)),
        (fixed, retry, hours(7)),
        (fixed, short, HOUR),
        (AUTO, fresh, hours(5)),
        (insisting, fresh, HOUR),
        (insisting, ttl, HOUR),
        (insisting, retry, hours(7)),
        (fixed, Wishes { ttl: Some(DAY * 365), ..Wishes::default() }, LONGEST_WISH),
    ] {
        assert_eq!(wait(pace, wishes, &History::default(), Outcome::Fine), expected, "{pace:?} {wishes:?}");
    }
}

#[test]
fn failures_back_off_to_a_day_and_retry_after_is_obeyed() {
    for (failures, expected) in [(1, FIRST_RETRY), (2, MINUTE * 30), (3, HOUR), (5, hours(4)), (8, LONGEST), (4_000_000_000, LONGEST)] {
        assert_eq!(wait(AUTO, Wishes::default(), &failed(failures), Outcome::Failed), expected, "{failures}");
    }
    let retry = Wishes { retry_after: Some(NOW.plus(hours(9))), fresh_until: Some(NOW.plus(hours(20))), ..Wishes::default() };
    assert_eq!(wait(AUTO, retry, &failed(1), Outcome::Failed), hours(9));
}

#[test]
fn a_feed_that_ran_over_is_polled_four_times_as_often() {
    assert_eq!(wait(AUTO, Wishes::default(), &steady(hours(16), 10), Outcome::Overrun), hours(2));
    assert_eq!(wait(AUTO, Wishes::default(), &steady(MINUTE, 10), Outcome::Overrun), SHORTEST);
}

#[test]
fn a_feed_that_has_ended_is_hardly_asked_again() {
    assert_eq!(wait(AUTO, Wishes::default(), &History::default(), Outcome::Gone), GONE);
}

#[test]
fn jitter_is_never_negative_small_and_spread_over_feeds() {
    let at = |name: &str| next_poll(&AUTO, &Wishes::default(), &History::default(), Outcome::Fine, name, NOW).at;
    let waits: Vec<u64> = (0..500).map(|number| at(&format!("feed-{number}")).since(NOW).as_secs()).collect();
    assert!(waits.iter().all(|wait| (3_600..=3_960).contains(wait)));
    let distinct: std::collections::HashSet<_> = waits.iter().collect();
    assert!(distinct.len() > 200, "{}", distinct.len());
    assert_eq!(at("lwn"), at("lwn"));
}

#[test]
fn the_reason_is_said_in_words() {
    let because = |wishes, history: &History, outcome| next_poll(&AUTO, &wishes, history, outcome, "f", NOW).because;
    assert_eq!(because(Wishes::default(), &History::default(), Outcome::Fine), "every 1h, until its rhythm is known");
    assert_eq!(because(Wishes::default(), &steady(hours(5), 9), Outcome::Fine), "every 2h30m, by its own rhythm");
    assert_eq!(because(Wishes::default(), &failed(2), Outcome::Failed), "2 polls failed in a row; the next try is 30m later");
    let retry = Wishes { retry_after: Some(NOW.plus(DAY)), ..Wishes::default() };
    assert_eq!(because(retry, &failed(1), Outcome::Failed), "the publisher asks for it (`Retry-After`)");
}
