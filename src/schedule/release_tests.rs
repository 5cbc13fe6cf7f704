//! When posts go out: what each rule does, and what always holds over products of feed zone, site zone and machine zone across
//! both changes of the clocks.

use std::time::Duration;

use chrono::{NaiveDate, NaiveTime};
use chrono_tz::Tz;

use super::clocks::shown;
use super::*;
use crate::domain::{Id, Timestamp};

const ZONES: [Tz; 7] = [
    Tz::UTC,
    Tz::Europe__Berlin,
    Tz::America__New_York,
    // half an hour of summer time; clocks that change at midnight; no summer time and 45 minutes
    Tz::Australia__Lord_Howe,
    Tz::America__Santiago,
    Tz::Asia__Kathmandu,
    Tz::Pacific__Auckland,
];

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn slots(texts: &[&str]) -> Vec<Slot> {
    texts.iter().map(|text| Slot::parse(text).unwrap()).collect()
}

fn quiet(texts: &[&str]) -> Vec<Quiet> {
    texts.iter().map(|text| Quiet::parse(text).unwrap()).collect()
}

fn minutes(number: u64) -> Option<Duration> {
    Some(Duration::from_secs(60 * number))
}

/// Books so many posts of a feed, one after the other.
fn book(book: &mut Book, both: Both<'_>, feed: i64, categories: &[&str], not_before: Timestamp, posts: usize) -> Vec<Release> {
    let categories: Vec<String> = categories.iter().map(|name| fold(name)).collect();
    let wish = Wish { feed: Id::from_i64(feed), categories: &categories, not_before, is_late: false };
    let one = |_| {
        let release = book.release(both, &wish);
        book.add(release.at, Booked { feed: wish.feed, categories: categories.clone() });
        release
    };
    (0..posts).map(one).collect()
}

fn told(releases: &[Release]) -> Vec<&str> {
    releases.iter().map(|release| release.because.as_str()).collect()
}

#[test]
fn slots_take_one_post_each_and_say_so() {
    let site = Schedule { zone: Some(Tz::Europe__Berlin), slots: slots(&["09:00", "Mon-Fri 12:30"]), ..Schedule::default() };
    let both = Both { site: Some(&site), feed: None };
    let mut all = Book::default();
    // a Friday
    let out = book(&mut all, both, 1, &[], at("2026-11-20T10:00:00Z"), 4);
    assert_eq!(
        told(&out),
        [
            "Fri 20 Nov 2026, 12:30 CET: slot `Mon-Fri 12:30` of the site",
            "Sat 21 Nov 2026, 09:00 CET: slot `09:00` of the site",
            "Sun 22 Nov 2026, 09:00 CET: slot `09:00` of the site",
            "Mon 23 Nov 2026, 09:00 CET: slot `09:00` of the site",
        ]
    );
    // the very moment of a slot is one; what is late waits for none
    assert_eq!(book(&mut Book::default(), both, 1, &[], at("2026-11-20T11:30:00Z"), 1)[0].at, at("2026-11-20T11:30:00Z"));
    let late = Wish { feed: Id::from_i64(1), categories: &[], not_before: at("2026-11-20T10:00:00Z"), is_late: true };
    assert_eq!(all.release(both, &late).at, late.not_before);
}

#[test]
fn the_feeds_slots_take_the_place_of_the_sites_and_all_else_holds_beside_each_other() {
    let site = Schedule {
        zone: Some(Tz::Europe__Berlin),
        slots: slots(&["09:00"]),
        quiet: quiet(&["22:00-06:00"]),
        max_per_day: Some(2),
        ..Schedule::default()
    };
    let feed = Schedule { slots: slots(&["05:00", "10:00", "11:00", "12:00"]), ..Schedule::default() };
    let both = Both { site: Some(&site), feed: Some(&feed) };
    let out = book(&mut Book::default(), both, 1, &[], at("2026-11-20T00:00:00Z"), 3);
    assert_eq!(
        told(&out),
        [
            "Fri 20 Nov 2026, 10:00 CET: slot `10:00` of the feed; put off by quiet hours `22:00-06:00` of the site",
            "Fri 20 Nov 2026, 11:00 CET: slot `11:00` of the feed; put off by quiet hours `22:00-06:00` of the site",
            "Sat 21 Nov 2026, 10:00 CET: slot `10:00` of the feed; put off by at most 2 a day of the site, quiet hours `22:00-06:00` of the site",
        ]
    );
}

#[test]
fn spacing_and_caps_count_over_the_site_or_over_the_feed_alone() {
    let now = at("2026-11-20T10:00:00Z");
    let site = Schedule { spacing: minutes(5), max_per_day_in: vec![("news".into(), 1)], ..Schedule::default() };
    let feed = Schedule { spacing: minutes(60), max_per_day: Some(2), ..Schedule::default() };
    let both = Both { site: Some(&site), feed: Some(&feed) };
    let mut all = Book::default();
    let minutes_after = |releases: Vec<Release>| releases.iter().map(|one| one.at.since(now).as_secs() / 60).collect::<Vec<_>>();
    assert_eq!(minutes_after(book(&mut all, both, 1, &[], now, 3)), [0, 60, 14 * 60]);
    assert_eq!(minutes_after(book(&mut all, both, 2, &["News"], now, 2)), [5, 14 * 60 + 5]);
    assert_eq!(minutes_after(book(&mut all, Both { site: Some(&site), feed: None }, 3, &["other"], now, 3)), [10, 15, 20]);
    let third = book(&mut all, both, 1, &[], now, 1).remove(0);
    assert_eq!(
        third.because,
        "Sat 21 Nov 2026, 01:00 UTC: 1h between posts of the feed; put off by at most 2 a day of the feed, 5m between posts of the site"
    );
}

#[test]
fn without_a_schedule_nothing_waits_and_a_schedule_without_a_moment_is_found() {
    let now = at("2026-11-20T10:00:00Z");
    let out = Book::default().release(Both::default(), &Wish { feed: Id::from_i64(1), categories: &[], not_before: now, is_late: false });
    assert_eq!(out, Release { at: now, because: "Fri 20 Nov 2026, 10:00 UTC: no rule puts it off".into() });
    let asleep = Schedule { quiet: quiet(&["Mon-Fri", "Sat-Sun"]), ..Schedule::default() };
    let missed = Schedule { slots: slots(&["23:00"]), quiet: quiet(&["22:00-06:00"]), ..Schedule::default() };
    let elsewhere = Schedule { zone: Some(Tz::Asia__Tokyo), slots: slots(&["07:00"]), ..Schedule::default() };
    for (site, feed, is_possible) in [
        (Some(&asleep), None, false),
        (Some(&missed), None, false),
        // 07:00 in Tokyo is 22:00 in UTC
        (Some(&missed), Some(&elsewhere), false),
        (None, Some(&elsewhere), true),
    ] {
        assert_eq!(Both { site, feed }.impossible().is_none(), is_possible, "{site:?} {feed:?}");
    }
}

/// Two days before each change of the clocks of a zone in 2026, by looking at every quarter of an hour.
fn changes(zone: Tz) -> Vec<Timestamp> {
    let (begin, quarter) = (1_767_225_600, 900);
    let offset = |second: i64| {
        let local = shown(zone, Timestamp::from_unix(second));
        local.naive_local() - local.naive_utc()
    };
    let steps = (0..365 * 96).map(|step| begin + step * quarter);
    steps.filter(|second| offset(*second) != offset(second - quarter)).map(|second| Timestamp::from_unix(second - 2 * 86_400)).collect()
}

fn reads(zone: Tz, at: Timestamp) -> (NaiveDate, NaiveTime) {
    let local = shown(zone, at);
    (local.date_naive(), local.time())
}

/// The clocks jumped over something just before this moment.
fn ends_a_gap(zone: Tz, at: Timestamp) -> bool {
    let (before, now) = (shown(zone, Timestamp::from_unix(at.unix() - 1)).naive_local(), shown(zone, at).naive_local());
    (now - before).num_seconds() > 1
}

fn clock(text: &str) -> NaiveTime {
    NaiveTime::parse_from_str(text, "%H:%M").unwrap()
}

/// What always holds, looked at by the clocks alone and not by the code that decided.
fn holds(site_zone: Tz, feed_zone: Tz, releases: &[Release]) {
    let context = || format!("site {site_zone}, feed {feed_zone}: {:?}", told(releases));
    for release in releases {
        let (_, time) = reads(site_zone, release.at);
        assert!(time >= clock("05:30") && time < clock("23:15"), "quiet: {}", context());
        let (_, time) = reads(feed_zone, release.at);
        let is_slot = ["00:00", "02:30", "07:45", "13:00", "18:30"].into_iter().any(|slot| time == clock(slot));
        assert!(is_slot || ends_a_gap(feed_zone, release.at), "no slot: {} in {}", release.because, context());
    }
    for pair in releases.windows(2) {
        assert!(pair[1].at.since(pair[0].at) >= Duration::from_secs(5 * 3600), "too near: {}", context());
    }
    for zone_and_cap in [(site_zone, 3), (feed_zone, 2)] {
        let (zone, most) = zone_and_cap;
        let mut dates: Vec<NaiveDate> = releases.iter().map(|release| reads(zone, release.at).0).collect();
        dates.sort_unstable();
        let fullest = dates.chunk_by(|one, next| one == next).map(<[_]>::len).max();
        assert!(fullest <= Some(most), "{fullest:?} a day in {zone}: {}", context());
    }
}

/// Every product of feed zone and site zone, twelve posts from two days before each change of either's clocks on.
fn products() -> Vec<(Tz, Tz, Timestamp, Vec<Release>)> {
    let mut all = Vec::new();
    for site_zone in ZONES {
        let site = Schedule { zone: Some(site_zone), quiet: quiet(&["23:15-05:30"]), max_per_day: Some(3), ..Schedule::default() };
        for feed_zone in ZONES {
            let feed = Schedule {
                zone: Some(feed_zone),
                slots: slots(&["00:00", "02:30", "07:45", "13:00", "18:30"]),
                spacing: minutes(5 * 60),
                max_per_day: Some(2),
                ..Schedule::default()
            };
            let both = Both { site: Some(&site), feed: Some(&feed) };
            for begin in changes(site_zone).into_iter().chain(changes(feed_zone)).chain([at("2026-12-30T12:00:00Z")]) {
                all.push((site_zone, feed_zone, begin, book(&mut Book::default(), both, 1, &[], begin, 12)));
            }
        }
    }
    all
}

#[test]
fn no_product_of_zones_breaks_a_rule_across_a_change_of_the_clocks() {
    let all = products();
    assert_eq!(all.len(), 7 * 7 + 2 * 7 * 10, "five of the zones change their clocks twice");
    for (site_zone, feed_zone, begin, releases) in &all {
        assert!(releases[0].at >= *begin);
        holds(*site_zone, *feed_zone, releases);
    }
}

#[test]
fn a_slot_comes_once_on_every_day_of_the_year_whatever_the_clocks_do() {
    for zone in ZONES {
        for slot in ["00:00", "00:30", "01:30", "02:00", "02:30", "03:00", "23:30"] {
            let site = Schedule { zone: Some(zone), slots: slots(&[slot]), ..Schedule::default() };
            let out = book(&mut Book::default(), Both { site: Some(&site), feed: None }, 1, &[], at("2026-01-01T12:00:00Z"), 360);
            let mut expected = reads(zone, out[0].at).0;
            for release in &out {
                assert_eq!(reads(zone, release.at).0, expected, "{zone} {slot}: {}", release.because);
                expected = expected.succ_opt().unwrap();
            }
        }
    }
}

/// The same in a process of another time zone: see below.
#[test]
fn what_this_machine_says_of_all_products() {
    for (site_zone, feed_zone, begin, releases) in products().iter().filter(|_| std::env::var_os("WIREPRESS_TELL_PRODUCTS").is_some()) {
        println!("product {site_zone} {feed_zone} {begin} {:?}", told(releases));
    }
}

#[test]
fn the_machines_own_zone_changes_nothing() {
    let of_machine = |zone: &str| {
        let exe = std::env::current_exe().expect("this test runs");
        let output = std::process::Command::new(exe)
            .args(["--exact", "schedule::release_tests::what_this_machine_says_of_all_products", "--nocapture", "--test-threads=1"])
            .env("WIREPRESS_TELL_PRODUCTS", "1")
            .env("TZ", zone)
            .output()
            .expect("it runs again");
        let text = String::from_utf8(output.stdout).expect("text");
        let products: Vec<String> = text.lines().filter_map(|line| Some(line[line.find("product ")?..].to_owned())).collect();
        assert!(products.len() == 189, "{zone}: {text}");
        products
    };
    let utc = of_machine("UTC0");
    // with their summer time written out, so that it holds also where no zones are installed
    for zone in ["CET-1CEST,M3.5.0,M10.5.0/3", "EST5EDT,M3.2.0,M11.1.0", "NZST-12NZDT,M9.5.0,M4.1.0/3", "<+0545>-5:45"] {
        assert_eq!(of_machine(zone), utc, "{zone}");
    }
}
