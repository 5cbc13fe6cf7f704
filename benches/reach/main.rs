//! What the release binary reaches, beside its peer or limit in the same run. `scripts/bench` starts it.

mod bare;
mod corpus;
mod idle;
mod limit;
mod parsing;
mod pass;
mod pictures;
mod process;
mod publisher;
mod rewriting;
mod rounds;
mod runner;
mod server;
mod site;
mod table;
mod texts;
mod wirepress;

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::site::Site;
use crate::table::Row;

/// Arguments: sections (`parse`, `rewrite`, `pass`, `text`, `image`, `idle`; none: all) and `--rounds N`.
struct Wanted {
    sections: BTreeSet<String>,
    rounds: usize,
}

const SECTIONS: [&str; 6] = ["parse", "rewrite", "pass", "text", "image", "idle"];

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

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [runner::VERB, config, passes] => runner::be(config.as_ref(), passes.parse()?),
        [runner::DUE, config] => runner::due(config.as_ref()),
        [server::VERB, feeds] => {
            tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(server::serve(feeds.parse()?))
        }
        _ => tokio::runtime::Runtime::new()?.block_on(measure(wanted()?)),
    }
}

async fn measure(wanted: Wanted) -> Result<()> {
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        bail!("a TLS provider is installed already");
    }
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("reach");
    std::fs::create_dir_all(&folder)?;
    let mut rows: Vec<Row> = Vec::new();
    if wanted.sections.contains("parse") {
        rows.extend(parsing::measure(wanted.rounds)?);
    }
    if wanted.sections.contains("rewrite") {
        rows.extend(rewriting::measure(&folder, wanted.rounds)?);
    }
    if wanted.sections.contains("pass") {
        rows.extend(pass::measure(&folder, wanted.rounds.div_ceil(2)).await?);
    }
    if wanted.sections.contains("text") {
        rows.extend(texts::measure(&Site::given()?, &folder, wanted.rounds).await?);
    }
    if wanted.sections.contains("image") {
        rows.extend(pictures::measure(&Site::given()?, &folder, wanted.rounds.div_ceil(2)).await?);
    }
    if wanted.sections.contains("idle") {
        rows.extend(idle::measure(&folder).await?);
    }
    print!("{}", table::markdown(&rows));
    if rows.iter().any(|row| !row.reached) {
        bail!("not everything was reached");
    }
    Ok(())
}
