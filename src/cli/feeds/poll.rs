//! `wirepress feeds poll`: asks one feed now.

use serde_json::{Value, json};

use super::list::way_out;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::lives::time;
use crate::cli::names;
use crate::cli::text::{count, moment, plain};
use crate::cli::{print, print_json};
use crate::domain::Timestamp;
use crate::pipeline::{FeedPoll, Pipeline, Which};
use crate::store::{Scope, Store};

/// Polls one feed now, though not before a Retry-After, and remembers what is new; `run` or `once` sends it.
pub async fn poll(pipeline: &Pipeline, name: &str, json: bool, now: Timestamp) -> Outcome {
    if pipeline.config.feed(name).is_none() {
        return Err(names::unknown("feed", name, pipeline.config.feeds.iter().map(|feed| feed.name.as_str())));
    }
    tell_paused(&pipeline.store, &[name.to_owned()]).await?;
    let report = pipeline.poll_pass(Which::Named(&[name.to_owned()])).await?;
    let Some(poll) = report.feeds.first() else { return Err(Failure::new(Exit::Unexpected, "the feed was not polled")) };
    if json {
        print_json(&poll_view(poll))?;
    } else if poll.error.is_none() {
        print(&told(poll, now))?;
    }
    match &poll.error {
        None => Ok(Exit::Ok),
        // the JSON has said it
        Some(_) if json => Ok(exit_of(poll)),
        Some(error) => Err(Failure::new(exit_of(poll), format!("feed `{name}`: {}", plain(error)))),
    }
}

/// Says of each of these feeds that is paused that it is read all the same, as it was asked for by name.
pub async fn tell_paused(store: &Store, names: &[String]) -> Result<(), crate::store::Error> {
    let pauses = store.pauses().await?;
    for name in names {
        if pauses.iter().any(|pause| pause.scope == Scope::Feed(name.clone())) {
            eprintln!(
                "feed `{name}` is paused; it is polled this once, as you name it\nhint: `wirepress resume --feed {name}` ends the pause"
            );
        } else if pauses.iter().any(|pause| pause.scope == Scope::All) {
            eprintln!(
                "everything is paused; feed `{name}` is polled this once, as you name it\nhint: `wirepress resume --all` ends the pause"
            );
        }
    }
    Ok(())
}

/// 5 where the server asked for a pause, else 4.
pub fn exit_of(poll: &FeedPoll) -> Exit {
    // only a poll that was made says why the next one is then
    let resting = poll.because.is_empty();
    if resting { Exit::Later } else { Exit::Feeds }
}

fn told(poll: &FeedPoll, now: Timestamp) -> String {
    let found = match poll.not_modified {
        true => "nothing has changed".to_owned(),
        false => format!("{}, {} new, {} only remembered", count(poll.entries, "entry"), poll.new, poll.remembered),
    };
    let next = poll.next_poll.map(|at| format!("next poll {}: {}\n", moment(at, now), plain(&poll.because))).unwrap_or_default();
    let held = poll.held.as_ref().map(|because| format!("held: {}; {}\n", plain(because), way_out(&poll.name, poll.is_flood)));
    format!("feed `{}`: {found}\n{next}{}", poll.name, held.unwrap_or_default())
}

fn poll_view(poll: &FeedPoll) -> Value {
    json!({
        "name": poll.name,
        "entries": poll.entries,
        "new": poll.new,
        "remembered": poll.remembered,
        "not_modified": poll.not_modified,
        "error": poll.error,
        "next_poll": time(poll.next_poll),
        "because": poll.because,
        "held": poll.held,
    })
}
