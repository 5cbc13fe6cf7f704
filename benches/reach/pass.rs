//! Passes over 2,000 feeds, each on an address of its own: all of them new, then all of them answering 304. The publisher is
//! another process, and so is what is measured; a bare socket loop against the same publisher tells the limit.

use std::net::Ipv4Addr;
use std::path::Path;

use anyhow::{Result, ensure};

use crate::limit::{self, Ask, Lines};
use crate::rounds::{median, say};
use crate::runner::{self, Pass};
use crate::server::{Server, address};
use crate::table::Row;
use crate::wirepress::Wirepress;

const FEEDS: usize = 2_000;
const EVERY: u64 = 3_600;
/// Bytes that the process may hold at once.
const MEMORY: f64 = 50e6;

pub async fn measure(folder: &Path, rounds: usize) -> Result<Vec<Row>> {
    let server = Server::start(FEEDS)?;
    let addresses: Vec<Ipv4Addr> = (0..FEEDS).map(address).collect();
    let config = config(&addresses, server.port, EVERY);
    let folder = folder.join("pass");
    let file = folder.join("wirepress.toml");
    say(&format!("pass: {FEEDS} feeds, {:.1} MB: {}", server.bytes as f64 / 1e6, server.origin));

    let (mut firsts, mut cycles, mut wholes, mut limits) = (Vec::new(), Vec::new(), Vec::new(), [Vec::new(), Vec::new(), Vec::new()]);
    for number in 1..=rounds {
        let asked = [(Ask::Document, Lines::New), (Ask::Unchanged, Lines::New), (Ask::Unchanged, Lines::Kept)];
        for (limits, (ask, lines)) in limits.iter_mut().zip(asked) {
            limits.push(limit::measure(server.port, FEEDS, ask, lines)?);
        }
        server.counted()?;

        let wirepress = Wirepress::fresh(&folder, &config)?;
        let first = one(runner::run(&file, 1)?);
        let failed = first.failed.len();
        ensure!(first.feeds == FEEDS && server.counted()? == (FEEDS, 0), "the first pass asked {} feeds", first.feeds);
        ensure!(failed <= FEEDS / 100, "{failed} feeds could not be read:\n{}", first.failed.join("\n"));
        say(&format!("pass: round {number}: first {}, {} entries, {failed} feeds failed", told(&first), first.entries));
        if let Some(failure) = first.failed.first() {
            say(&format!("pass: of them {failure}"));
        }
        firsts.push(first);

        for cycle in runner::run(&file, 3)? {
            ensure!(cycle.not_modified + failed >= FEEDS, "only {} feeds had not changed", cycle.not_modified);
            say(&format!("pass: round {number}: 304s {}", told(&cycle)));
            cycles.push(cycle);
        }
        server.counted()?;

        runner::make_due(&file)?;
        let whole = wirepress.once("none").await?;
        ensure!(server.counted()?.1 + failed >= FEEDS, "`once` did not ask all feeds");
        say(&format!("pass: round {number}: 304s by `once`: {:.2} s, {:.2} s of CPU", whole.wall.as_secs_f64(), whole.cpu.as_secs_f64()));
        wholes.push(whole);
    }
    let [documents, unchanged, kept] = limits.map(median);
    let (first, cycle) = (Middle::of(&firsts), Middle::of(&cycles));
    let once = median(wholes.iter().map(|cost| cost.cpu.as_secs_f64()).collect());
    let per_thousand = |cpu: f64| cpu / FEEDS as f64 * 1e3;
    Ok(vec![
        Row {
            what: format!("first fetch of {FEEDS} {}, parsed and stored", server.origin),
            measured: format!("{:.0} feeds/s", first.rate),
            beside: format!("bare socket loop {documents:.0}/s"),
            ratio: Some(first.rate / documents),
            wanted: "≥ 400 feeds/s".to_owned(),
            reached: first.rate >= 400.0,
        },
        at_most("the same: CPU for 1,000 feeds", per_thousand(first.cpu), 4.0, "s"),
        at_most("the same: peak memory", first.peak / 1e6, MEMORY / 1e6, "MB"),
        Row {
            what: "the next pass, all answer 304".to_owned(),
            measured: format!("{:.0} feeds/s", cycle.rate),
            beside: format!("bare socket loop {unchanged:.0}/s, on kept lines {kept:.0}/s"),
            ratio: Some(cycle.rate / unchanged),
            wanted: "≥ 5000 feeds/s".to_owned(),
            reached: cycle.rate >= 5_000.0,
        },
        at_most("the same: CPU for 1,000 feeds", per_thousand(cycle.cpu), 0.2, "s"),
        at_most("the same: peak memory", cycle.peak / 1e6, MEMORY / 1e6, "MB"),
        at_most("the same by `once`, from its start to its end: CPU for 1,000 feeds", per_thousand(once), 1.0, "s"),
    ])
}

fn one(mut passes: Vec<Pass>) -> Pass {
    passes.pop().expect("one pass was asked for")
}

fn told(pass: &Pass) -> String {
    format!("{:.2} s, {:.2} s of CPU, {:.1} MB", pass.wall, pass.cpu, pass.peak as f64 / 1e6)
}

fn at_most(what: &str, value: f64, limit: f64, unit: &str) -> Row {
    Row {
        what: what.to_owned(),
        measured: format!("{value:.2} {unit}"),
        beside: format!("{limit} {unit}"),
        ratio: Some(value / limit),
        wanted: format!("≤ {limit} {unit}"),
        reached: value <= limit,
    }
}

/// The middle of several passes.
struct Middle {
    /// Feeds a second.
    rate: f64,
    cpu: f64,
    peak: f64,
}

impl Middle {
    fn of(passes: &[Pass]) -> Self {
        let middle = |value: &dyn Fn(&Pass) -> f64| median(passes.iter().map(value).collect());
        Self { rate: middle(&|pass| FEEDS as f64 / pass.wall), cpu: middle(&|pass| pass.cpu), peak: middle(&|pass| pass.peak as f64) }
    }
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
