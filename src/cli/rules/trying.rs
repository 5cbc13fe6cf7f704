//! `wirepress rules try`: what the rules as they are now would make of the stored items of the last days.

use std::sync::Arc;
use std::time::Duration;

use super::args::Days;
use crate::cli::exit::{Exit, Outcome};
use crate::cli::text::{count, plain};
use crate::cli::{open, print, print_json};
use crate::clock::Clock;
use crate::config::Loaded;
use crate::domain::Id;
use crate::pipeline::{Changed, Difference, Pipeline, Trial};
use crate::store::Store;

/// Shows it; the store is only read.
pub async fn trying(loaded: Loaded, clock: &Clock, args: &Days) -> Outcome {
    let now = clock.now();
    let store = open::store_to_read(&loaded.config).await?;
    // over a store in memory, where the changed configuration may be put in force
    let over = Store::over(store.clone()).await?;
    let pipeline = Pipeline::new(Arc::new(loaded.config), over, clock.clone(), Id::new(now), None, "try").await?;
    let trial = pipeline.try_rules(&store, now.minus(Duration::from_secs(u64::from(args.days) * 86_400))).await?;
    match args.json {
        true => print_json(&serde_json::to_value(&trial)?)?,
        false => print(&text(&trial, args.days))?,
    }
    Ok(Exit::Ok)
}

fn text(trial: &Trial, days: u32) -> String {
    let mut lines: Vec<String> = trial.changed.iter().flat_map(changed).collect();
    let items = count(trial.items, "item");
    lines.push(match trial.changed.len() {
        0 => format!("{items} of the last {} would come out as before", count(days as usize, "day")),
        some => format!("{some} of {items} of the last {} would come out otherwise; nothing was changed", count(days as usize, "day")),
    });
    if trial.forgotten > 0 {
        lines.push(format!("the text of {} is no longer kept", count(trial.forgotten, "item")));
    }
    lines.push(String::new());
    lines.join("\n")
}

fn changed(changed: &Changed) -> Vec<String> {
    let mut lines = vec![format!("{} ({}, item {})", plain(&changed.title), changed.feed, changed.item)];
    for site in &changed.sites {
        lines.extend(site.what.iter().map(|difference| format!("   on `{}`: {}", site.site, told(difference))));
        lines.extend(site.rules.iter().map(|rule| format!("     by {}", plain(rule))));
    }
    lines
}

/// `newly skipped (skipped by a rule: advert)`, `tags: linux → linux, kernel`
fn told(difference: &Difference) -> String {
    let Difference { what, was, would_be } = difference;
    let shown = |text: &str| if text.is_empty() { "none".to_owned() } else { plain(text) };
    match *what {
        "newly skipped" | "newly held" => format!("{what} ({})", shown(would_be)),
        "newly posted" => format!("{what} (was: {})", shown(was)),
        _ => format!("{what}: {} → {}", shown(was), shown(would_be)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_told_in_one_line() {
        let told = |what, was: &str, would_be: &str| told(&Difference { what, was: was.into(), would_be: would_be.into() });
        assert_eq!(told("newly skipped", "posted", "skipped by a rule: advert"), "newly skipped (skipped by a rule: advert)");
        assert_eq!(told("newly posted", "skipped by a rule: advert", "posted"), "newly posted (was: skipped by a rule: advert)");
        assert_eq!(told("tags", "", "linux"), "tags: none → linux");
    }
}
