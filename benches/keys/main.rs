//! Ten million keys: what each takes in SQLite and PostgreSQL, and what a cycle of 20 entries with one new costs among them.
//! `scripts/bench keys` starts it.

mod cycle;
mod fill;
#[path = "../reach/table.rs"]
#[allow(dead_code)]
mod table;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::table::Row;

/// What the issue allows, in bytes a key.
const SQLITE_BYTES: f64 = 40.0;
const POSTGRES_BYTES: f64 = 100.0;
/// What the issue allows of store time for a cycle, in milliseconds.
const CYCLE: f64 = 0.2;

struct Wanted {
    keys: u64,
    feeds: usize,
    rounds: usize,
    /// A database of the bench's own, which it fills.
    postgres: Option<String>,
}

fn wanted() -> Result<Wanted> {
    let mut wanted = Wanted { keys: 10_000_000, feeds: 2_000, rounds: 12, postgres: None };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut next = || arguments.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            // cargo bench says so by itself
            "--bench" => {}
            "--keys" => wanted.keys = next()?.parse()?,
            "--feeds" => wanted.feeds = next()?.parse()?,
            "--rounds" => wanted.rounds = next()?.parse()?,
            "--postgres" => wanted.postgres = Some(next()?),
            _ => bail!("`{argument}`: --keys N, --feeds N, --rounds N or --postgres URL"),
        }
    }
    Ok(wanted)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let wanted = wanted()?;
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("keys");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let file = folder.join("wirepress.db");
    let url = format!("sqlite://{}", file.display());
    let millions = wanted.keys as f64 / 1e6;
    let mut rows = Vec::new();

    cycle::begin(&url, &wanted).await?;
    fill::sqlite(&url, wanted.keys).await?;
    let times = cycle::measure(&url, &wanted).await?;
    let bytes = fill::sqlite_bytes(&url).await?;
    rows.push(limit(format!("{millions:.1} M keys in SQLite"), bytes, "B a key", SQLITE_BYTES));
    let what = "20 entries, 1 new, in groups of 64 documents";
    rows.push(limit(format!("{what}: SQLite"), times.record, "ms a document", CYCLE));
    rows.push(Row {
        what: "the same and the feed's claim".to_owned(),
        measured: format!("{:.3} ms a document", times.record + times.claim),
        beside: format!("{:.3} ms: the same rows by the barest statements", times.bare),
        ratio: Some((times.record + times.claim) / times.bare),
        wanted: String::new(),
        reached: true,
    });
    std::fs::remove_dir_all(&folder)?;

    if let Some(url) = &wanted.postgres {
        cycle::begin(url, &wanted).await?;
        let bytes = fill::postgres(url, wanted.keys).await?;
        rows.push(limit(format!("{millions:.1} M keys in PostgreSQL"), bytes, "B a key", POSTGRES_BYTES));
        let times = cycle::measure(url, &wanted).await?;
        rows.push(Row {
            what: format!("{what}: PostgreSQL"),
            measured: format!("{:.3} ms a document", times.record),
            beside: String::new(),
            ratio: None,
            wanted: String::new(),
            reached: true,
        });
    }
    print!("{}", table::markdown(&rows));
    if rows.iter().any(|row| !row.reached) {
        bail!("not everything was reached");
    }
    Ok(())
}

fn limit(what: String, measured: f64, unit: &str, most: f64) -> Row {
    Row {
        what,
        measured: format!("{measured:.3} {unit}"),
        beside: format!("at most {most}"),
        ratio: Some(measured / most),
        wanted: "≤ 1.00".to_owned(),
        reached: measured <= most,
    }
}
