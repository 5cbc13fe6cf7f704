//! Near-duplicates: how many a labelled set finds, and what comparing costs with a million stories known.
//! `scripts/bench alike` starts it.

mod labelled;
mod million;
#[path = "../reach/table.rs"]
#[allow(dead_code)]
mod table;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::table::Row;

/// What the issue asks for.
const PRECISION: f64 = 0.98;
const RECALL: f64 = 0.90;
/// In milliseconds an item.
const COST: f64 = 2.0;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let (mut corpus, mut known, mut seed) = (std::env::var_os("WIREPRESS_BENCH_CORPUS").map(PathBuf::from), 1_000_000, 1);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut next = || arguments.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            // cargo bench says so by itself
            "--bench" => {}
            "--corpus" => corpus = Some(next()?.into()),
            "--known" => known = next()?.parse()?,
            "--seed" => seed = next()?.parse()?,
            _ => bail!("`{argument}`: --corpus FOLDER, --known N or --seed N"),
        }
    }
    let mut rows = Vec::new();
    match corpus {
        Some(folder) => {
            let score = labelled::score(&folder, seed)?;
            let pairs = format!("{} pairs of one story, {} of two", score.same, score.different);
            rows.push(least(format!("precision: {pairs}"), score.precision(), PRECISION));
            rows.push(least("recall".to_owned(), score.recall(), RECALL));
        }
        None => eprintln!("no corpus: the labelled set is made of captured feeds"),
    }
    let cost = million::measure(known).await?;
    rows.push(Row {
        what: format!("sketch, compare and remember, {:.1} M stories known", known as f64 / 1e6),
        measured: format!("{:.3} ms an item", cost.with - cost.without),
        beside: format!("{COST} ms; deciding an item without it: {:.3} ms", cost.without),
        ratio: Some((cost.with - cost.without) / COST),
        wanted: "≤ 1.00".to_owned(),
        reached: cost.with - cost.without <= COST,
    });
    print!("{}", table::markdown(&rows));
    if rows.iter().any(|row| !row.reached) {
        std::process::exit(1);
    }
    Ok(())
}

fn least(what: String, measured: f64, limit: f64) -> Row {
    let wanted = format!("≥ {limit:.2}");
    Row {
        what,
        measured: format!("{measured:.4}"),
        beside: format!("{limit}"),
        ratio: Some(measured / limit),
        wanted,
        reached: measured >= limit,
    }
}
