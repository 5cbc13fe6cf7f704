//! `wirepress feeds list`: what is configured, and what the store knows of it.

use serde_json::{Value, json};

use super::push;
use crate::cli::exit::{Exit, Outcome};
use crate::cli::lives::time;
use crate::cli::text::{self, count, from_now, moment, plain};
use crate::cli::{print, print_json};
use crate::config::Config;
use crate::domain::{Subscription, Timestamp};
use crate::store::{FeedRow, Pause, Scope, Store};

/// Lists the configured feeds and those that the store still knows. Only reads.
pub async fn list(store: &Store, config: &Config, json: bool, now: Timestamp) -> Outcome {
    let pauses = store.pauses().await?;
    let lines = lines(store.feeds().await?, config, &pauses, &store.subscriptions().await?);
    if json {
        print_json(&Value::from(lines.iter().map(view).collect::<Vec<_>>()))?;
    } else if lines.is_empty() {
        eprintln!("no feeds");
    } else {
        let rows: Vec<_> = lines.iter().map(|line| row(line, now)).collect();
        print(&text::table(&["feed", "state", "polled", "next", "about"], &rows))?;
    }
    Ok(Exit::Ok)
}

/// One feed: as configured, and as the store knows it.
pub struct Line {
    pub name: String,
    pub url: String,
    /// `None`: no run has seen it yet.
    pub known: Option<FeedRow>,
    pub configured: bool,
    pub paused: bool,
    /// Its subscription at a hub, if it has one.
    pub push: Option<Subscription>,
}

/// In the configuration's order; then those that are no longer configured.
pub fn lines(known: Vec<FeedRow>, config: &Config, pauses: &[Pause], subscriptions: &[Subscription]) -> Vec<Line> {
    let paused = |name: &str| pauses.iter().any(|pause| pause.scope == Scope::All || pause.scope == Scope::Feed(name.to_owned()));
    let push = |known: &Option<FeedRow>| {
        let id = known.as_ref()?.id;
        subscriptions.iter().find(|subscription| subscription.feed == id).cloned()
    };
    let line = |name: &str, url: &str, known: Option<FeedRow>, configured| Line {
        push: push(&known),
        name: name.to_owned(),
        url: url.to_owned(),
        known,
        configured,
        paused: paused(name),
    };
    let row = |name: &str| known.iter().find(|row| row.name == name).cloned();
    let mut lines: Vec<Line> = config.feeds.iter().map(|feed| line(&feed.name, feed.url.as_str(), row(&feed.name), true)).collect();
    let gone = known.iter().filter(|row| config.feed(&row.name).is_none());
    lines.extend(gone.map(|row| line(&row.name, &row.url, Some(row.clone()), false)));
    lines
}

impl Line {
    /// As text and JSON write it.
    pub fn state(&self) -> &'static str {
        match &self.known {
            _ if !self.configured => "removed",
            _ if self.paused => "paused",
            None => "new",
            Some(row) if row.blocked.is_some() => "blocked",
            Some(row) if row.gone => "gone",
            Some(row) if row.held.is_some() => "held",
            Some(row) if row.error.is_some() => "failing",
            Some(row) if row.polled.is_none() => "new",
            Some(_) => "fine",
        }
    }

    /// Until when its hub pushes, as a push has proved.
    pub fn pushed_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.known.as_ref()?.pushed_until.filter(|until| *until > now)
    }

    /// Why its new entries wait for a person, and the verb that ends it.
    pub fn held(&self) -> Option<String> {
        let row = self.known.as_ref()?;
        let (_, because) = row.held.as_ref()?;
        Some(format!("{}; {}", plain(because), way_out(&self.name, row.is_flooded)))
    }

    /// That it lies on a blocked domain, and the verb that ends it.
    pub fn blocked(&self) -> Option<String> {
        let domain = plain(self.known.as_ref()?.blocked.as_ref()?);
        Some(format!("`{domain}` is blocked; `wirepress blocklist remove {domain}` ends it"))
    }

    /// When it is polled next, if it is.
    pub fn next(&self) -> Option<Timestamp> {
        self.known.as_ref().filter(|row| self.configured && !self.paused && row.blocked.is_none()).map(|row| row.next_poll)
    }
}

/// The verbs that end a hold.
pub fn way_out(name: &str, is_flood: bool) -> String {
    match is_flood {
        true => format!("`wirepress feeds rebind {name}` if they are the old ones, `wirepress feeds accept {name}` if they are new"),
        false => format!("`wirepress feeds accept {name}` lets it go on"),
    }
}

fn row(line: &Line, now: Timestamp) -> Vec<String> {
    let row = line.known.as_ref();
    let polled = row.and_then(|row| row.polled).map_or_else(|| "never".to_owned(), |at| from_now(at, now));
    let next = match (line.next(), line.state()) {
        (Some(at), _) if at <= now => "due".to_owned(),
        (Some(at), _) => from_now(at, now),
        (None, "new") => "due".to_owned(),
        (None, _) => "-".to_owned(),
    };
    let failing =
        row.and_then(|row| row.error.as_ref().map(|error| format!("{} ({})", plain(error), count(row.failures as usize, "failed try"))));
    let pushed = line.pushed_until(now).filter(|_| failing.is_none()).map(|until| format!("pushed until {}; ", moment(until, now)));
    let held = row.and_then(|row| row.held.as_ref()).filter(|_| line.state() == "held").map(|(_, because)| plain(because));
    let about = line
        .blocked()
        .or(held)
        .or(failing)
        .or_else(|| row.and_then(|row| row.because.as_deref().map(plain)))
        .unwrap_or_else(|| plain(&line.url));
    vec![line.name.clone(), line.state().to_owned(), polled, next, text::cut(&format!("{}{about}", pushed.unwrap_or_default()), 90)]
}

/// Field names are kept; times are RFC 3339 in UTC.
pub fn view(line: &Line) -> Value {
    let row = line.known.as_ref();
    json!({
        "name": line.name,
        "url": line.url,
        "state": line.state(),
        "configured": line.configured,
        "paused": line.paused,
        "title": row.and_then(|row| row.facts.title.clone()),
        "polled": time(row.and_then(|row| row.polled)),
        "changed": time(row.and_then(|row| row.changed)),
        "next_poll": time(line.next()),
        "because": row.and_then(|row| row.because.clone()),
        "failures": row.map_or(0, |row| row.failures),
        "error": row.and_then(|row| row.error.clone()),
        "retry_after": time(row.and_then(|row| row.retry_after)),
        "push": line.push.as_ref().map(|known| push::view(known, row.and_then(|row| row.pushed_until))),
        "blocked": row.and_then(|row| row.blocked.clone()),
        "held": row.and_then(|row| Some((row, row.held.as_ref()?))).map(|(row, (since, because))| {
            let kind = if row.is_flooded { "flood" } else { "takeover" };
            json!({ "since": time(Some(*since)), "kind": kind, "because": because })
        }),
    })
}
