//! `wirepress templates lint`: what templates lack that are sound otherwise, each at its line.

use serde_json::{Value, json};

use super::args::Global;
use super::exit::{Exit, Failure, Outcome};
use super::text::count;
use super::{print, print_json};
use crate::config::{self, Problem};

/// Reads the configuration and tells what its templates lack. Only reads.
pub fn lint(global: &Global, json: bool) -> Outcome {
    let path = config::find_path(global.config.as_deref()).map_err(|error| Failure::new(Exit::Config, error))?;
    let loaded = config::load(&path).map_err(|problems| Failure::new(Exit::Config, problems))?;
    let found: Vec<&Problem> = loaded.warnings.iter().filter(|problem| problem.is_lint).collect();
    if json {
        print_json(&found.iter().map(|problem| view(problem)).collect())?;
    } else {
        let told: String = found.iter().map(|problem| format!("{problem}\n\n")).collect();
        print(&format!("{told}{}\n", summary(found.len())))?;
    }
    Ok(if found.is_empty() { Exit::Ok } else { Exit::Config })
}

fn summary(found: usize) -> String {
    match found {
        0 => "the templates lack nothing".to_owned(),
        found => format!("{} to look at", count(found, "thing")),
    }
}

fn view(problem: &Problem) -> Value {
    let place = problem.shown.as_ref();
    json!({
        "message": problem.message,
        "file": place.map(|place| &place.file),
        "line": place.map(|place| place.line),
        "column": place.map(|place| place.column),
        "hint": problem.hint,
    })
}
