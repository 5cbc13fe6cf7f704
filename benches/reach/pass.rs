//! A pass over 2,000 feeds that all answer 304, each on an address of its own: processor time a feed, and peak memory.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::publisher::{Document, Publisher};
use crate::rounds::{median, say};
use crate::table::{Bound, Row};
use crate::texts;
use crate::wirepress::Wirepress;

const FEEDS: usize = 2_000;
/// Longer than a pass takes, so that no feed is asked twice in one.
const EVERY: u64 = 60;
const MILLISECOND: f64 = 1e-3;
const MEMORY: u64 = 64_000_000;

pub async fn measure(folder: &Path, rounds: usize) -> Result<Vec<Row>> {
    let addresses: Vec<Ipv4Addr> = (0..FEEDS).map(|n| Ipv4Addr::new(127, 10, (n / 250) as u8, (n % 250 + 1) as u8)).collect();
    let publisher = Publisher::start(&addresses, |port| {
        let body = texts::document(10, port, &|_| String::new()).into();
        HashMap::from([("/feed.rss".to_owned(), Document { kind: "application/rss+xml", body })])
    })
    .await?;
    let wirepress = Wirepress::fresh(&folder.join("pass"), &config(&addresses, publisher.port, EVERY))?;

    let first = wirepress.once("none").await?;
    let counted = publisher.counted();
    ensure!(counted == (FEEDS, 0), "the first pass read {} documents and {} times 304", counted.0, counted.1);
    say(&format!(
        "pass: the first, with {FEEDS} documents to read: {:.1} s, {:.1} s of CPU",
        first.wall.as_secs_f64(),
        first.cpu.as_secs_f64()
    ));

    let (mut times, mut peaks, mut walls) = (Vec::new(), Vec::new(), Vec::new());
    for number in 1..=rounds {
        // due again: the interval, its jitter of a tenth, and a second for the clock
        tokio::time::sleep(Duration::from_secs(EVERY + EVERY / 10 + 1)).await;
        let cost = wirepress.once("none").await?;
        let counted = publisher.counted();
        ensure!(counted == (0, FEEDS), "a pass read {} documents and {} times 304", counted.0, counted.1);
        times.push(cost.cpu.as_secs_f64() / FEEDS as f64);
        peaks.push(cost.peak as f64);
        walls.push(cost.wall.as_secs_f64());
        say(&format!(
            "pass: round {number}: {:.1} s, {:.2} s of CPU, {:.1} MB",
            cost.wall.as_secs_f64(),
            cost.cpu.as_secs_f64(),
            cost.peak as f64 / 1e6
        ));
    }
    let (time, peak) = (median(times), median(peaks));
    Ok(vec![
        Row {
            what: format!("a pass over {FEEDS} feeds that answer 304 ({:.1} s): CPU a feed", median(walls)),
            measured: format!("{:.2} ms", time * 1e3),
            beside: "1 ms".to_owned(),
            ratio: time / MILLISECOND,
            bound: Bound::AtMost(1.0),
        },
        Row {
            what: "the same: peak memory".to_owned(),
            measured: format!("{:.1} MB", peak / 1e6),
            beside: "64 MB".to_owned(),
            ratio: peak / MEMORY as f64,
            bound: Bound::AtMost(1.0),
        },
    ])
}

/// All these feeds, and a site that nothing is posted to.
pub fn config(addresses: &[Ipv4Addr], port: u16, every: u64) -> String {
    let feeds: String = addresses
        .iter()
        .enumerate()
        .map(|(n, address)| format!("[[feed]]\nname = \"feed {n}\"\nurl = \"http://{address}:{port}/feed.rss\"\n\n"))
        .collect();
    format!(
        "[[site]]\nname = \"bench\"\nurl = \"http://127.0.0.1:9\"\nuser = \"nobody\"\npassword = {{ env = \"BENCH_PASSWORD\" }}\n\n\
         [defaults]\nbackfill = 0\nevery = \"{every}s\"\n\n{feeds}"
    )
}
