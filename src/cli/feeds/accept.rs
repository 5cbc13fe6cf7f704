//! `wirepress feeds accept`: a person says that a held feed is what it shall be, and that its new entries are new.

use crate::cli::exit::{Exit, Outcome};
use crate::cli::names;
use crate::cli::text::count;
use crate::store::Store;

/// Lets a held feed go on: what waits is prepared, and the feed is learnt anew. What is not held stays as it is.
pub async fn accept(store: &Store, name: &str) -> Outcome {
    let feeds = store.feeds().await?;
    let Some(feed) = feeds.iter().find(|feed| feed.name == name) else {
        return Err(names::unknown("feed", name, feeds.iter().map(|feed| feed.name.as_str())));
    };
    if !store.accept_feed(name).await? {
        eprintln!("feed `{name}` was not held");
        return Ok(Exit::Ok);
    }
    let waiting = usize::try_from(store.waiting_of(feed.id).await?).unwrap_or(usize::MAX);
    eprintln!("feed `{name}` goes on as it is now; {} to prepare", count(waiting, "entry"));
    Ok(Exit::Ok)
}
