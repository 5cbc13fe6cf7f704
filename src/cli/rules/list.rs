//! `wirepress rules list`: every rule with its place, and how often it matched.

use std::time::Duration;

use serde_json::{Value, json};

use super::args::Days;
use crate::cli::exit::{Exit, Outcome};
use crate::cli::lives::time;
use crate::cli::text::plain;
use crate::cli::{print, print_json};
use crate::config::Config;
use crate::domain::{RuleTrace, Timestamp};
use crate::rewrite;
use crate::store::{Matches, Store};

/// A rule and how often it matched.
struct Row {
    rule: RuleTrace,
    matches: Matches,
    /// A feed that is configured has it among its rules.
    used: bool,
}

/// Lists them; only reads.
pub async fn list(store: &Store, config: &Config, args: &Days, now: Timestamp) -> Outcome {
    let since = now.minus(Duration::from_secs(u64::from(args.days) * 86_400));
    let known = store.matches(since).await?;
    let is_used = |rule: &std::sync::Arc<rewrite::Rule>| {
        let mut recipes = config.feeds.iter().flat_map(|feed| &feed.recipes);
        recipes.any(|recipe| recipe.rules.iter().any(|other| std::sync::Arc::ptr_eq(rule, other)))
    };
    let row = |rule: &std::sync::Arc<rewrite::Rule>| {
        let told = rewrite::told(&config.engine, rule);
        Row { matches: known.get(&told.identity()).copied().unwrap_or_default(), rule: told, used: is_used(rule) }
    };
    let mut rows: Vec<Row> = config.rules.iter().map(row).collect();
    // those that never matched first; among equals the configuration's order
    rows.sort_by_key(|row| (row.matches.in_all > 0, row.matches.lately > 0));
    match args.json {
        true => print_json(&Value::Array(rows.iter().map(view).collect()))?,
        false => print(&text(&rows, args.days))?,
    }
    Ok(Exit::Ok)
}

fn view(row: &Row) -> Value {
    json!({
        "at": row.rule.at,
        "when": row.rule.when,
        "then": row.rule.then,
        "matches": row.matches.lately,
        "matches_in_all": row.matches.in_all,
        "last": time(row.matches.last),
        "never": row.matches.in_all == 0,
        "used": row.used,
    })
}

fn text(rows: &[Row], days: u32) -> String {
    if rows.is_empty() {
        return "there are no rules\n".to_owned();
    }
    let lines: Vec<String> = rows.iter().map(|row| line(row, days)).collect();
    lines.concat()
}

/// `never matched   wirepress.toml:41   skip: advert   when words < 30`
fn line(row: &Row, days: u32) -> String {
    let Matches { lately, in_all, last } = row.matches;
    let count = match (row.used, in_all, lately) {
        (false, 0, _) => "never matched: no feed has it".to_owned(),
        (true, 0, _) => "never matched".to_owned(),
        (_, all, 0) => format!("not in {days}d, {all} in all"),
        (_, all, lately) => format!("{lately} in {days}d, {all} in all"),
    };
    let last = last.map(|last| format!(", last on {}", &last.to_gmt()[..10])).unwrap_or_default();
    format!("{}: {} ({})\n   {count}{last}\n", row.rule.at, plain(&row.rule.then), plain(&row.rule.when))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_that_never_matched_is_marked() {
        let rule = RuleTrace { at: "wirepress.toml:41".into(), when: "words < 30".into(), then: "skip: advert".into(), saw: Vec::new() };
        let last = Some(Timestamp::from_unix(1_795_351_976));
        let row = |lately, in_all, last, used| Row { rule: rule.clone(), matches: Matches { lately, in_all, last }, used };
        let rows = [row(0, 0, None, false), row(0, 0, None, true), row(0, 9, last, true), row(2, 9, last, true)];
        let told = text(&rows, 7);
        let told: Vec<&str> = told.lines().skip(1).step_by(2).map(str::trim).collect();
        assert_eq!(
            told,
            [
                "never matched: no feed has it",
                "never matched",
                "not in 7d, 9 in all, last on 2026-11-22",
                "2 in 7d, 9 in all, last on 2026-11-22",
            ]
        );
    }
}
