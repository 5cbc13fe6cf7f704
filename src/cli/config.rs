//! `wirepress config`: the schema for editors, and what is in force.

use super::exit::{Exit, Outcome};
use super::{print, print_json};
use crate::config::{self, Loaded};

/// Prints the JSON Schema of the configuration; needs no configuration.
pub fn schema() -> Outcome {
    print_json(&config::schema())?;
    Ok(Exit::Ok)
}

/// Prints what is in force, secrets masked.
pub fn show(loaded: &Loaded, json: bool) -> Outcome {
    if json {
        print_json(&config::show_json(loaded))?;
    } else {
        print(&config::show(loaded))?;
    }
    Ok(Exit::Ok)
}
