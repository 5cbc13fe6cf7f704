//! What the release binary reaches, beside its peer or limit in the same run. `scripts/bench` starts it.

mod bare;
mod idle;
mod pass;
mod pictures;
mod process;
mod publisher;
mod rounds;
mod site;
mod table;
mod texts;
mod wirepress;

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::site::Site;
use crate::table::Row;

/// Arguments: sections (`text`, `image`, `pass`, `idle`; none: all) and `--rounds N`.
struct Wanted {
    sections: BTreeSet<String>,
    rounds: usize,
}

const SECTIONS: [&str; 4] = ["text", "image", "pass", "idle"];

fn wanted() -> Result<Wanted> {
    let mut wanted = Wanted { sections: BTreeSet::new(), rounds: 5 };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            // cargo bench says so by itself
            "--bench" => {}
            "--rounds" => wanted.rounds = arguments.next().context("--rounds needs a number")?.parse()?,
            section if SECTIONS.contains(&section) => _ = wanted.sections.insert(argument),
            _ => bail!("`{argument}`: a section is one of {SECTIONS:?}"),
        }
    }
    if wanted.sections.is_empty() {
        wanted.sections = SECTIONS.map(str::to_owned).into();
    }
    Ok(wanted)
}

#[tokio::main]
async fn main() -> Result<()> {
    let wanted = wanted()?;
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        bail!("a TLS provider is installed already");
    }
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("reach");
    std::fs::create_dir_all(&folder)?;
    let mut rows: Vec<Row> = Vec::new();
    if wanted.sections.contains("text") {
        rows.extend(texts::measure(&Site::given()?, &folder, wanted.rounds).await?);
    }
    if wanted.sections.contains("image") {
        rows.extend(pictures::measure(&Site::given()?, &folder, wanted.rounds.div_ceil(2)).await?);
    }
    if wanted.sections.contains("pass") {
        rows.extend(pass::measure(&folder, wanted.rounds.div_ceil(2)).await?);
    }
    if wanted.sections.contains("idle") {
        rows.extend(idle::measure(&folder).await?);
    }
    print!("{}", table::markdown(&rows));
    if rows.iter().any(|row| !row.reached()) {
        bail!("not everything was reached");
    }
    Ok(())
}
