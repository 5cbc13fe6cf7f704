//! The early pass: skip, or choose sites, by what the entry itself says.

use super::engine::Engine;
use super::recipe::{Recipe, Rule, Scope};
use super::rules::ask;
use super::view::{Context, View};
use crate::domain::{Decision, RuleTrace};

/// What the early pass came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Early {
    /// It goes nowhere.
    Skip(Decision),
    /// It goes to these sites, as far as is known yet.
    Go {
        /// Names, in the order of the recipes.
        sites: Vec<String>,
        /// Sites where it would have gone, and why not.
        dropped: Vec<(String, Decision)>,
        /// The rules that matched (the late pass runs them again).
        rules: Vec<RuleTrace>,
    },
}

/// Runs the rules that read early fields only, as far as they skip or choose sites. `recipes`: all of one feed.
///
/// A rule that fails here is left to the late pass, which holds the draft for a person.
pub fn early(engine: &Engine, recipes: &[&Recipe], view: &View) -> Early {
    let Some(any) = recipes.first() else { return nowhere(Vec::new()) };
    let mut traces = Vec::new();
    let mut route: Option<&[String]> = None;
    for rule in early_rules(engine, any).filter(|rule| rule.scope != Scope::Site) {
        let Some(trace) = matches(engine, rule, view) else { continue };
        traces.push(trace);
        if let Some(because) = &rule.then.skip {
            return Early::Skip(skipped(because, traces));
        }
        if let Some(sites) = &rule.then.site {
            route = Some(sites);
        }
    }
    let wanted = recipes.iter().filter(|recipe| match route {
        Some(sites) => sites.contains(&recipe.site),
        None => recipe.chosen,
    });
    let (mut sites, mut dropped) = (Vec::new(), Vec::new());
    for recipe in wanted {
        match dropped_by(engine, recipe, view) {
            Some(decision) => dropped.push((recipe.site.clone(), decision)),
            None => sites.push(recipe.site.clone()),
        }
    }
    match dropped.first() {
        Some((_, decision)) if sites.is_empty() => Early::Skip(decision.clone()),
        None if sites.is_empty() => nowhere(traces),
        _ => Early::Go { sites, dropped, rules: traces },
    }
}

fn early_rules<'a>(engine: &'a Engine, recipe: &'a Recipe) -> impl Iterator<Item = &'a Rule> {
    recipe
        .rules
        .iter()
        .map(|rule| &**rule)
        .filter(|rule| engine.is_early(rule.when) && (rule.then.skip.is_some() || rule.then.site.is_some()))
}

fn matches(engine: &Engine, rule: &Rule, view: &View) -> Option<RuleTrace> {
    ask(engine, rule, Context { early: view.clone(), late: None }).ok().flatten()
}

/// A rule of the site itself skips it.
fn dropped_by(engine: &Engine, recipe: &Recipe, view: &View) -> Option<Decision> {
    let mut rules = early_rules(engine, recipe).filter(|rule| rule.scope == Scope::Site);
    rules.find_map(|rule| {
        let because = rule.then.skip.as_deref()?;
        let trace = matches(engine, rule, view)?;
        Some(skipped(because, vec![trace]))
    })
}

pub(super) fn skipped(because: &str, rules: Vec<RuleTrace>) -> Decision {
    Decision { because: Some(format!("skipped by a rule: {because}")), rules, ..Decision::default() }
}

fn nowhere(rules: Vec<RuleTrace>) -> Early {
    Early::Skip(Decision { because: Some("no rule chose a site for it".to_owned()), rules, ..Decision::default() })
}
