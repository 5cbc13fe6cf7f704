//! `wirepress rules tails`: the built-in rules for boilerplate, by the names under which `boilerplate.keep` knows them.

use serde_json::json;

use crate::cli::exit::{Exit, Outcome};
use crate::cli::print;
use crate::content::TAILS;

/// Prints each rule with what it takes out and where; with `json` with its patterns, too.
pub fn tails(json: bool) -> Outcome {
    if json {
        let all: Vec<_> = TAILS
            .iter()
            .map(|tail| json!({ "name": tail.name, "removes": tail.says, "where": tail.at.as_str(), "only_links": tail.links, "patterns": tail.words }))
            .collect();
        print(&(serde_json::to_string_pretty(&all)? + "\n"))?;
        return Ok(Exit::Ok);
    }
    let widest = TAILS.iter().map(|tail| tail.name.len()).max().unwrap_or_default();
    let mut told = String::new();
    for tail in TAILS {
        told.push_str(&format!("{:widest$}  {} ({})\n", tail.name, tail.says, tail.at.as_str()));
    }
    told.push_str("\nkeep what one takes out: boilerplate = { keep = [\"name\"] }; add your own: { remove = [\"pattern\"] }\n");
    print(&told)?;
    Ok(Exit::Ok)
}
