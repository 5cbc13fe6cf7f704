//! `wirepress pause` and `wirepress resume`.

use super::exit::{Exit, Failure, Outcome};
use super::{args, names};
use crate::config::Config;
use crate::pipeline::Pipeline;
use crate::store::Scope;

/// Stops polling a feed, publishing to a site, or both for all, until `resume`. What is under way is finished.
pub async fn pause(pipeline: &Pipeline, target: &args::Pause) -> Outcome {
    let (scope, what) = scope(&pipeline.config, target)?;
    pipeline.store.pause(&scope, Some("by hand"), pipeline.clock.now()).await?;
    eprintln!("{what} is paused\nhint: `wirepress resume {}` ends it", flag(&scope));
    Ok(Exit::Ok)
}

/// Ends a pause. What is not paused stays as it is.
pub async fn resume(pipeline: &Pipeline, target: &args::Pause) -> Outcome {
    let (scope, what) = scope(&pipeline.config, target)?;
    let was_paused = pipeline.store.resume(&scope).await?;
    eprintln!("{what} {}", if was_paused { "goes on" } else { "was not paused" });
    Ok(Exit::Ok)
}

/// As it is typed.
fn flag(scope: &Scope) -> String {
    match scope {
        Scope::All => "--all".to_owned(),
        Scope::Feed(name) => format!("--feed {name}"),
        Scope::Site(name) => format!("--site {name}"),
    }
}

fn scope(config: &Config, target: &args::Pause) -> Result<(Scope, String), Failure> {
    if let Some(name) = &target.feed {
        config.feed(name).ok_or_else(|| names::unknown("feed", name, config.feeds.iter().map(|feed| feed.name.as_str())))?;
        return Ok((Scope::Feed(name.clone()), format!("feed `{name}`")));
    }
    if let Some(name) = &target.site {
        config.site(name).ok_or_else(|| names::unknown("site", name, config.sites.iter().map(|site| site.name.as_str())))?;
        return Ok((Scope::Site(name.clone()), format!("site `{name}`")));
    }
    Ok((Scope::All, "everything".to_owned()))
}
