//! `wirepress status`: whether the daemon runs, and what feeds, sites and items wait for.

use std::path::Path;

use serde_json::{Value, json};

use super::exit::{Exit, Outcome};
use super::feeds::{self, Line};
use super::lives::time;
use super::text::{count, moment, plain, table};
use super::{healthcheck, print, print_json};
use crate::config::Config;
use crate::domain::{Id, Timestamp};
use crate::pipeline::heartbeat::{self, Heartbeat};
use crate::publish;
use crate::store::{Counts, DigestWaits, Pause, Review, Run, Scope, SiteRow, Store, TermDay, Vanished};

/// Everything that `status` tells.
struct Status {
    store: String,
    heartbeat: Option<Heartbeat>,
    last_run: Option<Run>,
    counts: Counts,
    feeds: Vec<Line>,
    sites: Vec<Site>,
    pauses: Vec<Pause>,
    reviews: Vec<Review>,
    /// Sites from which many of our posts are gone.
    vanished: Vec<(String, Vanished)>,
    /// What waits for digests: the digest's name, its site's, and how many.
    digests: Vec<Waits>,
}

struct Waits {
    digest: String,
    site: String,
    entries: u64,
    /// When it is made, if it is configured still; and the same by its own clocks.
    due: Option<(Timestamp, String)>,
}

struct Site {
    name: String,
    url: String,
    known: Option<SiteRow>,
    paused: bool,
    /// By state, as the store names it.
    deliveries: Vec<(String, u64)>,
    /// What waits for its moment: how many, the first moment, the last.
    scheduled: Option<(u64, Timestamp, Timestamp)>,
    /// New terms of today, and how many there may be.
    terms: TermDay,
    most_terms: u32,
}

/// Tells it. Only reads.
pub async fn status(store: &Store, config: &Config, heartbeat: &Path, json: bool, now: Timestamp) -> Outcome {
    let pauses = store.pauses().await?;
    let status = Status {
        store: if store.shown() == "memory" { "none yet: the first `once` or `run` makes it".to_owned() } else { store.shown().to_owned() },
        heartbeat: heartbeat::read(heartbeat).ok(),
        last_run: store.last_run().await?,
        counts: store.counts().await?,
        feeds: feeds::lines(store.feeds().await?, config, &pauses, &store.subscriptions().await?),
        sites: sites(store, config, &pauses, now).await?,
        reviews: store.open_reviews().await?,
        vanished: vanished(store).await?,
        digests: digests(store, config, now).await?,
        pauses,
    };
    if json {
        print_json(&view(&status, now))?;
    } else {
        print(&told(&status, now))?;
    }
    Ok(Exit::Ok)
}

async fn vanished(store: &Store) -> Result<Vec<(String, Vanished)>, crate::store::Error> {
    let sites = store.sites().await?;
    let name = |id: Id| sites.iter().find(|site| site.id == id).map(|site| site.name.clone()).unwrap_or_default();
    Ok(store.vanished().await?.into_iter().map(|vanished| (name(vanished.site), vanished)).collect())
}

async fn sites(store: &Store, config: &Config, pauses: &[Pause], now: Timestamp) -> Result<Vec<Site>, crate::store::Error> {
    let known = store.sites().await?;
    let counts = store.counts_by_site().await?;
    let waiting = store.slots_waiting(now).await?;
    let scheduled = |id: Id| waiting.iter().find(|(site, ..)| *site == id).map(|(_, posts, first, last)| (*posts, *first, *last));
    let deliveries = |id: Id| counts.iter().filter(|(site, ..)| *site == id).map(|(_, state, number)| (state.clone(), *number)).collect();
    let paused = |name: &str| pauses.iter().any(|pause| pause.scope == Scope::All || pause.scope == Scope::Site(name.to_owned()));
    let site = |site: &crate::config::SiteConfig| {
        let row = known.iter().find(|row| row.name == site.name).cloned();
        let deliveries = row.as_ref().map(|row| deliveries(row.id)).unwrap_or_default();
        let scheduled = row.as_ref().and_then(|row| scheduled(row.id));
        let (terms, most_terms) = (TermDay::default(), site.terms.max_new_per_day);
        let (name, url, paused) = (site.name.clone(), site.url.to_string(), paused(&site.name));
        Site { name, url, known: row, paused, deliveries, scheduled, terms, most_terms }
    };
    let mut sites: Vec<Site> = config.sites.iter().map(site).collect();
    for site in &mut sites {
        if let Some(row) = &site.known {
            site.terms = store.terms_of_day(row.id, publish::Budget::day_of(now)).await?;
        }
    }
    Ok(sites)
}

async fn digests(store: &Store, config: &Config, now: Timestamp) -> Result<Vec<Waits>, crate::store::Error> {
    let sites = store.sites().await?;
    let waits = |waits: DigestWaits| {
        let window = config.digest(&waits.digest).map(|digest| &digest.window);
        let due = window.map(|window| if waits.since < window.last(now) { window.last(now) } else { window.next(now) });
        let site = sites.iter().find(|site| site.id == waits.site).map(|site| site.name.clone()).unwrap_or_default();
        Waits { site, entries: waits.entries, due: due.zip(window).map(|(due, window)| (due, window.told(due))), digest: waits.digest }
    };
    Ok(store.digests_waiting().await?.into_iter().map(waits).collect())
}

impl Site {
    fn number(&self, state: &str) -> u64 {
        self.deliveries.iter().find(|(known, _)| known == state).map_or(0, |(_, number)| *number)
    }

    /// Whether anything is sent to it.
    fn breaker(&self, now: Timestamp) -> Breaker {
        let failures = self.known.as_ref().map_or(0, |row| row.failures);
        match self.rest(now) {
            Some(_) => Breaker::Open,
            None if failures > 0 => Breaker::HalfOpen,
            None => Breaker::Closed,
        }
    }

    fn rest(&self, now: Timestamp) -> Option<(Timestamp, String)> {
        let row = self.known.as_ref()?;
        let until = row.rest_until.filter(|until| *until > now)?;
        Some((until, row.rest_because.clone().unwrap_or_default()))
    }
}

/// The state of a site's breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Breaker {
    /// The site works.
    Closed,
    /// Nothing is sent until it has rested.
    Open,
    /// It has rested: the next post goes alone, and shows whether it works again.
    HalfOpen,
}

impl Breaker {
    /// As JSON writes it.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half-open",
        }
    }
}

fn told(status: &Status, now: Timestamp) -> String {
    let mut lines = vec![
        format!("store       {}", status.store),
        format!("daemon      {}", daemon(status.heartbeat.as_ref(), now)),
        format!("last posts  {}", status.last_run.as_ref().map_or_else(|| "none yet".to_owned(), |run| last_run(run, now))),
        format!("feeds       {}", feeds_line(&status.feeds, now)),
        format!("items       {}", numbers(status.counts.items.iter())),
        format!("posts       {}", numbers(status.counts.deliveries.iter())),
    ];
    lines.extend(status.pauses.iter().map(|pause| format!("paused      {}, since {}", scope(&pause.scope), moment(pause.since, now))));
    lines.extend(status.vanished.iter().map(|(site, Vanished { posts, since, .. })| {
        let posts = count(usize::try_from(*posts).unwrap_or(usize::MAX), "post");
        let since = moment(*since, now);
        format!("look at     {posts} of ours are gone from {site} since {since}, and not in the trash: `wirepress resync --site {site} --remake` or `--accept`")
    }));
    lines.extend(status.reviews.iter().map(|review| format!("look at     delivery {}: {}", review.delivery, plain(&review.text))));
    lines.extend(status.digests.iter().map(|waits| {
        let Waits { digest, site, entries, due } = waits;
        let entries = count(usize::try_from(*entries).unwrap_or(usize::MAX), "entry");
        let until =
            due.as_ref().map_or_else(|| "; it is not in the configuration any more".to_owned(), |(_, told)| format!(", made {told}"));
        format!("digest      `{digest}` for `{site}`: {entries}{until}")
    }));
    if !status.sites.is_empty() {
        lines.push(String::new());
        let rows: Vec<_> = status.sites.iter().map(|site| row(site, now)).collect();
        lines.push(table(&["site", "ready", "held", "failed", "published", "about"], &rows).trim_end().to_owned());
        lines.extend(status.sites.iter().filter_map(|site| {
            let (posts, first, last) = site.scheduled?;
            let posts = count(usize::try_from(posts).unwrap_or(usize::MAX), "post");
            let until = if last > first { format!(", the last {}", moment(last, now)) } else { String::new() };
            Some(format!("scheduled   `{}`: {posts}, the next {}{until}", site.name, moment(first, now)))
        }));
    }
    lines.extend(status.sites.iter().filter_map(new_terms));
    let troubled: Vec<_> = status.feeds.iter().filter(|line| matches!(line.state(), "failing" | "gone")).collect();
    let held: Vec<_> = status.feeds.iter().filter(|line| line.configured).filter_map(|line| Some((line, line.held()?))).collect();
    let blocked: Vec<_> = status.feeds.iter().filter(|line| line.configured).filter_map(|line| Some((line, line.blocked()?))).collect();
    if !troubled.is_empty() || !held.is_empty() || !blocked.is_empty() {
        lines.push(String::new());
        let error = |line: &Line| line.known.as_ref().and_then(|row| row.error.as_deref().map(plain)).unwrap_or_default();
        lines.extend(held.iter().map(|(line, because)| format!("feed `{}` is held: {because}", line.name)));
        lines.extend(blocked.iter().map(|(line, because)| format!("feed `{}` is not polled: {because}", line.name)));
        lines.extend(troubled.iter().map(|line| format!("feed `{}` is {}: {}", line.name, line.state(), error(line))));
    }
    let unpushed: Vec<_> =
        status.feeds.iter().filter(|line| line.configured && line.push.as_ref().is_some_and(|push| push.failures > 0)).collect();
    if !unpushed.is_empty() {
        lines.push(String::new());
        lines.extend(unpushed.iter().map(|line| format!("feed `{}`: {}", line.name, feeds::pushed(line, now).unwrap_or_default())));
    }
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn daemon(last: Option<&Heartbeat>, now: Timestamp) -> String {
    match last {
        None => "not running".to_owned(),
        Some(last) => healthcheck::late(last, now).unwrap_or_else(|| format!("running; progress {}", moment(last.at, now))),
    }
}

fn last_run(run: &Run, now: Timestamp) -> String {
    let ended = run.ended.map_or_else(|| "under way, or it was killed".to_owned(), |at| format!("ended {}", moment(at, now)));
    format!("`{}`, begun {}, {ended}", run.kind, moment(run.started, now))
}

fn feeds_line(feeds: &[Line], now: Timestamp) -> String {
    let configured: Vec<&Line> = feeds.iter().filter(|line| line.configured).collect();
    let number = |state: &&str| (configured.iter().filter(|line| line.state() == *state).count(), state.to_string());
    let states = ["new", "fine", "held", "blocked", "failing", "gone", "paused"].iter().map(number).filter(|(number, _)| *number > 0);
    let states: Vec<String> = states.map(|(number, state)| format!("{number} {state}")).collect();
    let mut line = if states.is_empty() { "none".to_owned() } else { states.join(", ") };
    let pushed = configured.iter().filter(|line| line.pushed_until(now).is_some()).count();
    if pushed > 0 {
        line.push_str(&format!("; {pushed} pushed"));
    }
    let next = configured.iter().filter_map(|line| line.next().map(|at| (at, &line.name))).min();
    if let Some((at, name)) = next {
        let when = if at <= now { "due".to_owned() } else { moment(at, now) };
        line.push_str(&format!("; next poll {when}: `{name}`"));
    }
    line
}

fn numbers<'a>(counts: impl Iterator<Item = (&'a String, &'a u64)>) -> String {
    let some: Vec<String> = counts.map(|(state, number)| format!("{number} {state}")).collect();
    if some.is_empty() { "none".to_owned() } else { some.join(", ") }
}

fn scope(scope: &Scope) -> String {
    match scope {
        Scope::All => "everything".to_owned(),
        Scope::Feed(name) => format!("feed `{name}`"),
        Scope::Site(name) => format!("site `{name}`"),
    }
}

/// `site `blog`: 5 new terms today, of 5 that it may have; 3 times a post went without one`; without a limit nothing is said of it.
fn new_terms(site: &Site) -> Option<String> {
    let TermDay { made, left_out } = site.terms;
    let times = usize::try_from(left_out).unwrap_or(usize::MAX);
    let without = if left_out > 0 { format!("; {} a post went without one", count(times, "time")) } else { String::new() };
    let most = if site.most_terms > 0 { format!(", of {} that it may have", site.most_terms) } else { String::new() };
    let told = || format!("site `{}`: {} today{most}{without}", site.name, count(made as usize, "new term"));
    (made > 0 || left_out > 0).then(told)
}

fn row(site: &Site, now: Timestamp) -> Vec<String> {
    let about = match site.rest(now) {
        _ if site.paused => "paused".to_owned(),
        Some((until, because)) => {
            let failures = site.known.as_ref().map_or(0, |row| row.failures);
            let times = if failures > 1 { format!(", after {failures} failures in a row") } else { String::new() };
            format!("breaker open: left alone until {}{times}: {}", moment(until, now), plain(&because))
        }
        None if site.breaker(now) == Breaker::HalfOpen => "breaker half-open: the next post is tried alone".to_owned(),
        None => plain(&site.url),
    };
    let number = |state: &str| site.number(state).to_string();
    vec![site.name.clone(), number("ready"), number("held"), number("failed"), number("published"), about]
}

/// Field names are kept; times are RFC 3339 in UTC.
fn view(status: &Status, now: Timestamp) -> Value {
    let daemon = status.heartbeat.as_ref().map(|last| {
        json!({ "alive": healthcheck::late(last, now).is_none(), "progress": time(Some(last.at)), "next_due": time(Some(last.next)) })
    });
    let run = status.last_run.as_ref().map(|run| {
        json!({ "id": run.id, "kind": run.kind, "started": time(Some(run.started)), "ended": time(run.ended), "summary": run.summary })
    });
    let sites = status.sites.iter().map(|site| {
        let rest = site.rest(now);
        let deliveries: serde_json::Map<String, Value> =
            site.deliveries.iter().map(|(state, number)| (state.clone(), (*number).into())).collect();
        json!({
            "name": site.name,
            "url": site.url,
            "paused": site.paused,
            "deliveries": deliveries,
            "breaker": {
                "state": site.breaker(now).as_str(),
                "failures": site.known.as_ref().map_or(0, |row| row.failures),
                "probe_at": time(rest.as_ref().map(|(until, _)| *until)),
            },
            "scheduled": site.scheduled.map(|(posts, first, last)| json!({ "posts": posts, "next": time(Some(first)), "last": time(Some(last)) })),
            "new_terms": { "today": site.terms.made, "most": site.most_terms, "left_out": site.terms.left_out },
            "rests_until": time(rest.as_ref().map(|(until, _)| *until)),
            "rests_because": rest.map(|(_, because)| because),
        })
    });
    let pauses = status.pauses.iter().map(|pause| {
        let (kind, name) = match &pause.scope {
            Scope::All => ("all", None),
            Scope::Feed(name) => ("feed", Some(name)),
            Scope::Site(name) => ("site", Some(name)),
        };
        json!({ "scope": kind, "name": name, "since": time(Some(pause.since)), "because": pause.because })
    });
    let reviews = status.reviews.iter().map(
        |review| json!({ "delivery": review.delivery, "kind": review.kind, "text": review.text, "opened": time(Some(review.opened)) }),
    );
    let vanished = status
        .vanished
        .iter()
        .map(|(site, vanished)| json!({ "site": site, "since": time(Some(vanished.since)), "posts": vanished.posts }));
    json!({
        "store": status.store,
        "daemon": daemon,
        "last_run": run,
        "items": status.counts.items,
        "deliveries": status.counts.deliveries,
        "feeds": status.feeds.iter().map(feeds::view).collect::<Vec<_>>(),
        "sites": sites.collect::<Vec<_>>(),
        "pauses": pauses.collect::<Vec<_>>(),
        "reviews": reviews.collect::<Vec<_>>(),
        "vanished": vanished.collect::<Vec<_>>(),
        "digests": status.digests.iter().map(|waits| json!({
            "digest": waits.digest,
            "site": waits.site,
            "entries": waits.entries,
            "due": time(waits.due.as_ref().map(|(due, _)| *due)),
        })).collect::<Vec<_>>(),
    })
}
