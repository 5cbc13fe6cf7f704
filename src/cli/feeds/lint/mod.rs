//! `wirepress feeds lint`: tells a publisher what to fix in a feed, in plain words.

mod checks;
mod served;

use serde::Serialize;

use self::checks::{Finding, Subject, Weight, findings};
use self::served::Served;
use super::args::{How, Lint};
use super::document::{self, Place, Unread};
use crate::cli::exit::{Exit, Outcome};
use crate::cli::print;
use crate::cli::text::{count, plain};
use crate::domain::Timestamp;

/// Reads each document and prints what is to be fixed; exit code 4 where that is anything.
pub async fn lint(args: &Lint, now: Timestamp) -> Outcome {
    let places: Vec<Place> = args.sources.iter().map(|source| Place::typed(source)).collect();
    let http = document::door(&places)?;
    let mut exit = Exit::Ok;
    for (source, place) in args.sources.iter().zip(&places) {
        let result = look(place, &http, &args.how, now).await;
        if result.as_ref().map_or(true, |found| found.iter().any(|finding| finding.weight == Weight::Fix)) {
            exit = Exit::Feeds;
        }
        match &result {
            _ if args.json => print(&(serde_json::to_string(&Shown::of(source, &result))? + "\n"))?,
            Ok(found) => print(&told(source, found))?,
            Err(error) => eprintln!("error: {}: {}", plain(source), plain(&error.to_string())),
        }
    }
    Ok(exit)
}

async fn look(place: &Place, http: &crate::http::Client, how: &How, now: Timestamp) -> Result<Vec<Finding>, Unread> {
    let (bytes, served) = match place {
        Place::Url(url) => {
            let mut served = Served::ask(http, url).await?;
            (std::mem::take(&mut served.body), Some(served))
        }
        Place::Stdin | Place::File(_) => (place.bytes()?, None),
    };
    let size = bytes.len();
    let content_type = served.as_ref().and_then(|served| served.content_type.clone());
    let parsed = document::parse(bytes, content_type, how).await?;
    Ok(findings(&Subject { parsed: &parsed, size, served: served.as_ref(), now }))
}

/// A document as `--json` prints it: one object a line. Names are kept.
#[derive(Serialize)]
struct Shown<'d> {
    /// As it was typed.
    file: &'d str,
    /// Why it can't be read.
    error: Option<String>,
    findings: &'d [Finding],
}

impl<'d> Shown<'d> {
    fn of(file: &'d str, result: &'d Result<Vec<Finding>, Unread>) -> Self {
        let error = result.as_ref().err().map(|error| plain(&error.to_string()));
        Self { file, error, findings: result.as_deref().unwrap_or_default() }
    }
}

fn told(source: &str, found: &[Finding]) -> String {
    let of = |weight: Weight| found.iter().filter(move |finding| finding.weight == weight);
    let mut text = match of(Weight::Fix).count() {
        0 => format!("{}: nothing to fix\n", plain(source)),
        some => format!("{}: {} to fix\n", plain(source), count(some, "thing")),
    };
    let list = |text: &mut String, weight: Weight| {
        for finding in of(weight) {
            text.push_str(&format!("  {}\n    hint: {}\n", plain(&finding.what), finding.fix));
        }
    };
    list(&mut text, Weight::Fix);
    if of(Weight::Consider).next().is_some() {
        text.push_str("worth considering\n");
        list(&mut text, Weight::Consider);
    }
    text
}
