//! `once --dry-run`: what would be posted; nothing is written, neither in WordPress nor in the store.

use std::sync::Arc;

use super::args::{Global, Once};
use super::exit::{Exit, Outcome};
use super::{open, show};
use crate::clock::Clock;
use crate::domain::Id;
use crate::pipeline::{Pipeline, Which, politeness};
use crate::store::Store;

/// Runs the verb.
pub async fn run(global: &Global, once: &Once) -> Outcome {
    let loaded = open::configuration(global)?;
    let clock = Clock::system();
    let store = Store::over(open::store_to_read(&loaded.config).await?).await?;
    let owner = Id::new(clock.now());
    let record = open::folder(&loaded).join(politeness::FILE);
    let pipeline = Pipeline::new(Arc::new(loaded.config), store, clock.clone(), owner, None, "dry run").await?;
    politeness::recall(&record, &pipeline.store, clock.now()).await?;
    let resting = pipeline.store.resting_hosts(clock.now()).await?;
    let mut preview = match once.last {
        Some(last) => {
            let all: Vec<String> = pipeline.config.feeds.iter().map(|feed| feed.name.clone()).collect();
            pipeline.preview_last(if once.feed.is_empty() { &all } else { &once.feed }, last).await?
        }
        None if once.feed.is_empty() => pipeline.preview(Which::Due).await?,
        None => pipeline.preview(Which::Named(&once.feed)).await?,
    };
    pipeline.look_up_terms(&mut preview).await;
    let mut asked = pipeline.store.resting_hosts(clock.now()).await?;
    asked.retain(|host, until| resting.get(host) != Some(until));
    politeness::keep(&record, &preview, &asked, clock.now());
    show::show(&preview, &once.show, clock.now())?;
    let (failed, all) = (preview.feeds.iter().filter(|feed| feed.error.is_some()).count(), preview.feeds.len());
    Ok(if failed > 0 && (once.strict || failed == all) { Exit::Feeds } else { Exit::Ok })
}
