use super::*;

const UNKNOWN: Duration = USUAL;

const NOW: Timestamp = Timestamp::from_unix(1_795_000_000);
const AUTO: Pace = Pace { every: Every::Auto, insist: false };

fn hours(hours: u64) -> Duration {
    HOUR * u32::try_from(hours).unwrap()
}

/// A feed with `count` entries, one every `gap`, the newest `gap` ago.
fn steady(gap: Duration, count: u32) -> History {
    History { entries: (1..=count).map(|number| NOW.minus(gap * number)).collect(), ..History::default() }
}

fn failed(failures: u32) -> History {
    History { failures, ..History::default() }
}

/// How long it is to the next poll, jitter left out.
fn wait(pace: Pace, wishes: Wishes, history: &History, outcome: Outcome) -> Duration {
    due(&pace, &wishes, history, outcome, NOW).at.since(NOW)
}

/// An answer that came just now.
fn answered() -> Wishes {
    Wishes { since: Some(NOW), ..Wishes::default() }
}

#[test]
fn a_feed_is_polled_by_its_own_rhythm_within_fifteen_minutes_and_a_day() {
    for (history, expected) in [
        (History::default(), UNKNOWN),
        (steady(HOUR, 1), UNKNOWN),
        (steady(MINUTE, 20), SHORTEST),
        (steady(MINUTE * 20, 20), MINUTE * 20),
        (steady(MINUTE * 59, 20), MINUTE * 59),
        (steady(HOUR, 20), HOUR),
        (steady(MINUTE * 90, 20), HOUR),
        (steady(hours(4), 20), hours(2)),
        (steady(hours(12), 10), hours(6)),
        (steady(DAY * 30, 5), LONGEST),
    ] {
        assert_eq!(wait(AUTO, Wishes::default(), &history, Outcome::Fine), expected, "{history:?}");
    }
}

#[test]
fn under_an_hour_only_where_the_feed_itself_asks_for_more() {
    let declared = |ttl: Option<Duration>, rhythm: Option<Duration>| Wishes { ttl, rhythm, ..answered() };
    for (wishes, history, expected) in [
        (declared(Some(MINUTE * 30), None), History::default(), MINUTE * 30),
        (declared(None, Some(MINUTE * 20)), History::default(), MINUTE * 20),
        (declared(Some(MINUTE), None), History::default(), SHORTEST),
        // both together: the longer one is the wish that is waited for
        (declared(Some(MINUTE * 30), Some(MINUTE * 20)), History::default(), MINUTE * 30),
        // how long a cache may keep it says nothing of how often there is something new
        (Wishes { fresh_for: Some(MINUTE * 5), ..answered() }, History::default(), HOUR),
        // once the rhythm is known, it counts
        (declared(Some(MINUTE * 30), None), steady(hours(8), 20), hours(4)),
    ] {
        assert_eq!(wait(AUTO, wishes, &history, Outcome::Fine), expected, "{wishes:?}");
    }
}

#[test]
fn what_comes_out_in_one_go_is_one_moment_of_the_rhythm() {
    let mut batch = History { entries: (0..16).map(|n| NOW.minus(HOUR + Duration::from_secs(n))).collect(), ..History::default() };
    assert_eq!(wait(AUTO, Wishes::default(), &batch, Outcome::Fine), UNKNOWN);
    for day in 1..4 {
        batch.entries.extend((0..16).map(|n| NOW.minus(HOUR + DAY * day + Duration::from_secs(n))));
    }
    assert_eq!(wait(AUTO, Wishes::default(), &batch, Outcome::Fine), hours(12));
}

#[test]
fn a_feed_that_fell_silent_is_asked_more_seldom() {
    let long_ago = |span: Duration| History { entries: (0..20).map(|n| NOW.minus(span + HOUR * n)).collect(), ..History::default() };
    assert_eq!(wait(AUTO, Wishes::default(), &long_ago(HOUR), Outcome::Fine), HOUR);
    assert_eq!(wait(AUTO, Wishes::default(), &long_ago(hours(40)), Outcome::Fine), hours(10));
    assert_eq!(wait(AUTO, Wishes::default(), &long_ago(DAY * 60), Outcome::Fine), LONGEST);
}

#[test]
fn one_old_straggler_slows_no_feed_down() {
    let mut history = steady(HOUR, 6);
    history.entries.push(NOW.minus(DAY * 30));
    assert_eq!(wait(AUTO, Wishes::default(), &history, Outcome::Fine), HOUR);
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
    let history = History { entries: vec![NOW.plus(DAY), NOW.plus(HOUR * 2), NOW.plus(HOUR)], ..History::default() };
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
    let fresh = Wishes { fresh_for: Some(hours(5)), ..answered() };
    let ttl = Wishes { ttl: Some(hours(6)), ..answered() };
    let rhythm = Wishes { rhythm: Some(hours(8)), ..answered() };
    let retry = Wishes { retry_after: Some(NOW.plus(hours(7))), ..answered() };
    let all = Wishes { retry_after: retry.retry_after, fresh_for: fresh.fresh_for, rhythm: rhythm.rhythm, ..ttl };
    let short = Wishes { fresh_for: Some(MINUTE), ttl: Some(MINUTE), retry_after: Some(NOW), ..answered() };
    for (pace, wishes, expected) in [
        (fixed, fresh, hours(5)),
        (fixed, ttl, hours(6)),
        (fixed, rhythm, hours(8)),
        (fixed, retry, hours(7)),
        (fixed, all, hours(8)),
        (fixed, short, HOUR),
        (AUTO, fresh, hours(5)),
        (insisting, fresh, HOUR),
        (insisting, ttl, HOUR),
        (insisting, rhythm, HOUR),
        (insisting, retry, hours(7)),
        (fixed, Wishes { ttl: Some(DAY * 365), ..answered() }, LONGEST_WISH),
        (fixed, Wishes { fresh_for: Some(DAY * 365), ..answered() }, LONGEST_WISH),
        (insisting, Wishes { retry_after: Some(NOW.plus(DAY * 20)), ..answered() }, DAY * 20),
        (insisting, Wishes { retry_after: Some(NOW.plus(DAY * 9_000)), ..answered() }, LONGEST_REST),
    ] {
        assert_eq!(wait(pace, wishes, &History::default(), Outcome::Fine), expected, "{pace:?} {wishes:?}");
    }
}

#[test]
fn what_an_answer_asked_for_holds_from_that_answer_on_over_failures() {
    let wishes = Wishes { since: Some(NOW.minus(hours(2))), fresh_for: Some(hours(12)), ..Wishes::default() };
    assert_eq!(wait(AUTO, wishes, &failed(1), Outcome::Unreached), hours(10));
    let wishes = Wishes { since: Some(NOW.minus(hours(20))), ..wishes };
    assert_eq!(wait(AUTO, wishes, &failed(1), Outcome::Unreached), FIRST_RETRY);
}

#[test]
fn the_syndication_modules_periods_count_from_their_base() {
    let day = |base: i64| Wishes { rhythm: Some(DAY), rhythm_base: Some(Timestamp::from_unix(base)), ..answered() };
    for (base, expected) in [
        (NOW.unix() - 3 * 86_400 - 3_600, hours(23)),
        (NOW.unix() - 23 * 3_600, HOUR),
        // the next begins before we would ask anyway
        (NOW.unix() - 86_000, HOUR),
        (NOW.unix() + 5 * 3_600, hours(5)),
        (NOW.unix() + 29 * 3_600, hours(5)),
        (NOW.unix(), DAY),
    ] {
        assert_eq!(wait(AUTO, day(base), &History::default(), Outcome::Fine), expected, "{base}");
    }
}

#[test]
fn skipped_hours_and_days_are_left_out_jitter_included_unless_the_operator_insists() {
    // 2026-11-18T11:06:40Z is a Wednesday
    let noon = 1 << 12;
    let plan = |pace: Pace, skip_hours, skip_days| {
        let wishes = Wishes { skip_hours, skip_days, ..answered() };
        next_poll(&pace, &wishes, &History::default(), Outcome::Fine, "lwn", NOW)
    };
    let after = plan(AUTO, noon, 0);
    let one = Timestamp::from_unix(1_795_006_800);
    assert_eq!(after.rule, Rule::SkipHours);
    assert!(after.at >= one && after.at <= one.plus(LONGEST_JITTER), "{:?}", after.at);
    let tomorrow = plan(AUTO, 0, 0b100);
    assert_eq!(tomorrow.rule, Rule::SkipDays);
    assert_eq!(tomorrow.at.unix() / 86_400, NOW.unix() / 86_400 + 1);
    let insisting = Pace { insist: true, ..AUTO };
    assert_eq!(plan(insisting, noon, 0b100), plan(AUTO, 0, 0));
    // the last minutes of a free hour: only the jitter leads out of it
    for name in ["a", "b", "c", "d", "e", "f", "g"] {
        let (wishes, pace) = (Wishes { skip_hours: noon, ..answered() }, Pace { every: Every::Fixed(MINUTE * 50), insist: false });
        let at = next_poll(&pace, &wishes, &History::default(), Outcome::Fine, name, NOW).at;
        assert!(!(1_795_003_200..1_795_006_800).contains(&at.unix()), "{name} {at}");
    }
}

#[test]
fn a_person_waits_for_retry_after_freshness_and_skipped_hours() {
    let fresh = Wishes { since: Some(NOW), fresh_for: Some(hours(5)), ttl: Some(hours(9)), ..Wishes::default() };
    assert_eq!(fresh.not_before(false, NOW), Some((NOW.plus(hours(9)), Rule::Ttl(hours(9)))));
    assert_eq!(fresh.firm().not_before(false, NOW), Some((NOW.plus(hours(5)), Rule::Fresh)));
    assert_eq!(fresh.not_before(true, NOW), None);
    assert_eq!(fresh.firm().not_before(false, NOW.plus(hours(5))), None);
    let retry = Wishes { retry_after: Some(NOW.plus(HOUR)), ..Wishes::default() };
    assert_eq!(retry.not_before(true, NOW), Some((NOW.plus(HOUR), Rule::RetryAfter)));
    let skipped = Wishes { skip_hours: 1 << 11, ..Wishes::default() };
    assert_eq!(skipped.not_before(false, NOW), Some((Timestamp::from_unix(1_795_003_200), Rule::SkipHours)));
    assert_eq!(skipped.not_before(true, NOW), None);
}

#[test]
fn failures_back_off_to_a_day_and_retry_after_is_obeyed() {
    for (failures, expected) in [(1, FIRST_RETRY), (2, MINUTE * 30), (3, HOUR), (5, hours(4)), (8, LONGEST), (4_000_000_000, LONGEST)] {
        assert_eq!(wait(AUTO, Wishes::default(), &failed(failures), Outcome::Unreached), expected, "{failures}");
    }
    let retry = Wishes { retry_after: Some(NOW.plus(hours(9))), ..Wishes::default() };
    assert_eq!(wait(AUTO, retry, &failed(1), Outcome::Failed), hours(9));
}

#[test]
fn a_server_that_answers_with_an_error_is_asked_no_more_often_than_one_that_answers_well() {
    for (failures, expected) in [(1, HOUR), (2, hours(2)), (3, hours(4)), (6, LONGEST), (9, LONGEST)] {
        assert_eq!(wait(AUTO, Wishes::default(), &failed(failures), Outcome::Failed), expected, "{failures}");
    }
    let fixed = |span| Pace { every: Every::Fixed(span), insist: false };
    for (span, expected) in [(Duration::from_secs(10), MINUTE), (hours(3), hours(3)), (DAY * 3, LONGEST)] {
        assert_eq!(wait(fixed(span), Wishes::default(), &failed(1), Outcome::Failed), expected, "{span:?}");
    }
}

#[test]
fn a_feed_that_ran_over_is_polled_four_times_as_often_and_calms_down_slowly() {
    assert_eq!(wait(AUTO, Wishes::default(), &steady(hours(16), 10), Outcome::Overrun), hours(2));
    assert_eq!(wait(AUTO, Wishes::default(), &steady(MINUTE, 10), Outcome::Overrun), SHORTEST);
    let daily = Pace { every: Every::Fixed(DAY), insist: false };
    assert_eq!(wait(daily, Wishes::default(), &History::default(), Outcome::Overrun), hours(6));
    let mut hurry = faster(0);
    let mut waits = Vec::new();
    for _ in 0..20 {
        let history = History { hurry, ..History::default() };
        waits.push(wait(daily, Wishes::default(), &history, Outcome::Fine).as_secs() / 3_600);
        hurry = calmer(hurry);
    }
    assert_eq!(waits, [&[6][..], &[12; 8], &[24; 11]].concat());
    let again = History { hurry: faster(faster(0)), ..History::default() };
    assert_eq!(wait(daily, Wishes::default(), &again, Outcome::Fine), MINUTE * 90);
    assert_eq!((0..20).fold(0, |hurry, _| faster(hurry)), MOST_HURRY);
}

/// The trial's `youthopp`: ten entries in the document, 8.5 new ones a day. Read once a day it loses all that is beyond ten.
#[test]
fn ten_places_and_nine_entries_a_day_are_read_before_they_run_over() {
    let gap = Duration::from_secs(86_400 * 2 / 17);
    let window = gap * 10;
    assert!(wait(AUTO, Wishes::default(), &steady(gap, 10), Outcome::Fine) * 2 < window);
    let daily = Pace { every: Every::Fixed(DAY), insist: false };
    assert!(wait(daily, Wishes::default(), &steady(gap, 10), Outcome::Overrun) * 2 < window);
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
    let because = |wishes, history: &History, outcome| next_poll(&AUTO, &wishes, history, outcome, "f", NOW).because();
    assert_eq!(because(Wishes::default(), &History::default(), Outcome::Fine), "every 1h, until its rhythm is known");
    assert_eq!(because(Wishes::default(), &steady(hours(5), 9), Outcome::Fine), "every 2h30m, by its own rhythm");
    assert_eq!(because(Wishes::default(), &failed(2), Outcome::Failed), "2 polls failed in a row; the next try is 2h later");
    let retry = Wishes { retry_after: Some(NOW.plus(DAY)), ..Wishes::default() };
    assert_eq!(because(retry, &failed(1), Outcome::Failed), "the publisher asks for it (`Retry-After`)");
}
