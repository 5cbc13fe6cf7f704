//! `wirepress why`: what became of an entry, by which rule, what was merged into it, and what was tried.

use serde_json::{Value, json};

use super::args::Why;
use super::exit::{Exit, Outcome};
use super::lives::{self, time};
use super::merges;
use super::names::{Names, meant};
use super::text::{plain, utc};
use super::{print, print_json};
use crate::domain::{ItemState, Timestamp};
use crate::store::{Attempt, Store};

/// Tells the story of one item with every attempt of its deliveries. Only reads.
pub async fn why(store: &Store, args: &Why, now: Timestamp) -> Outcome {
    let item = meant(store, &args.what).await?.item;
    let names = Names::of(store).await?;
    let waits = matches!(item.state, ItemState::Seen | ItemState::Preparing);
    let held = store.feeds().await?.into_iter().find(|feed| waits && feed.id == item.feed).and_then(|feed| feed.held);
    let merged = merges::of(store, &names, &item).await?;
    let life = names.life(store, item).await?;
    let mut attempts = Vec::new();
    for (delivery, site) in &life.deliveries {
        attempts.extend(store.attempts_of(delivery.id).await?.into_iter().map(|attempt| (site.as_str(), attempt)));
    }
    if args.json {
        let mut view = lives::view(&life);
        view["held"] = held.as_ref().map_or(Value::Null, |(_, because)| because.clone().into());
        view["merges"] = merged.iter().map(merges::view).collect();
        view["attempts"] = attempts.iter().map(|(site, attempt)| attempt_view(site, attempt)).collect();
        print_json(&view)?;
    } else {
        let mut story = lives::story(&life, now);
        if let Some((_, because)) = &held {
            story.push_str(&format!("   waits      its feed `{}` is held: {}\n", life.feed, plain(because)));
        }
        if !merged.is_empty() {
            story.push_str("\n   merged\n");
            merged.iter().for_each(|told| story.push_str(&format!("     {}\n", merges::line(told))));
        }
        if !attempts.is_empty() {
            story.push_str("\n   tries\n");
            attempts.iter().for_each(|(site, attempt)| story.push_str(&format!("     {}\n", line(site, attempt))));
        }
        print(&story)?;
    }
    Ok(Exit::Ok)
}

/// `2026-11-22 12:52 UTC  create on `blog`: 201`
fn line(site: &str, attempt: &Attempt) -> String {
    let answer = &attempt.answer;
    let came = match (answer.status, &answer.error) {
        (Some(status), Some(error)) => format!("{status}, {}", plain(error)),
        (Some(status), None) => status.to_string(),
        (None, Some(error)) => plain(error),
        (None, None) if attempt.answered.is_some() => "done".to_owned(),
        (None, None) => "no answer yet, or the process ended before it came".to_owned(),
    };
    format!("{}  {} on `{site}`: {came}", utc(attempt.started), attempt.what)
}

fn attempt_view(site: &str, attempt: &Attempt) -> Value {
    json!({
        "delivery": attempt.delivery,
        "site": site,
        "what": attempt.what,
        "started": time(Some(attempt.started)),
        "answered": time(attempt.answered),
        "status": attempt.answer.status,
        "error": attempt.answer.error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Id;
    use crate::store::Answer;

    #[test]
    fn a_try_tells_what_came_of_it() {
        let now = Timestamp::from_unix(1_795_351_976);
        let attempt = |status, error: Option<&str>, answered| Attempt {
            id: Id::from_i64(1),
            delivery: Id::from_i64(2),
            what: "create".into(),
            started: now,
            sent: None,
            answered,
            answer: Answer { status, text: None, error: error.map(str::to_owned) },
        };
        let told = [
            line("blog", &attempt(Some(201), None, Some(now))),
            line("blog", &attempt(Some(503), Some("making a post: busy"), Some(now))),
            line("blog", &attempt(None, Some("time limit"), Some(now))),
            line("blog", &attempt(None, None, None)),
        ];
        assert_eq!(
            told,
            [
                "2026-11-22 12:52 UTC  create on `blog`: 201",
                "2026-11-22 12:52 UTC  create on `blog`: 503, making a post: busy",
                "2026-11-22 12:52 UTC  create on `blog`: time limit",
                "2026-11-22 12:52 UTC  create on `blog`: no answer yet, or the process ended before it came",
            ]
        );
    }
}
