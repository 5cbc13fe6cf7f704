//! `once`: polls what is due, publishes until nothing is due, and exits.

use std::time::Duration;

use serde::Serialize;

use super::args::{Global, Once};
use super::exit::{Exit, Failure, Outcome};
use super::progress::Publishing;
use super::{dry_run, feeds, open};
use crate::clock::Clock;
use crate::domain::Timestamp;
use crate::pipeline::{DigestSoFar, FollowReport, Limit, Pipeline, PollReport, PrepareReport, PublishReport, Which, politeness};

/// Beyond the settle times, what becomes due this soon is waited for, too.
const SOON: Duration = Duration::from_secs(5);

/// What the run did.
#[derive(Debug, Default, Serialize)]
struct Report {
    #[serde(flatten)]
    polled: PollReport,
    prepared: PrepareReport,
    /// Sources of posts that are out.
    followed: FollowReport,
    sites: Vec<SiteReport>,
    /// What waits for digests whose windows end later.
    digests: Vec<DigestSoFar>,
    /// Posts that wait for the moment that their schedule gives them.
    scheduled: u64,
    /// When the next delivery is due that was not waited for.
    next_due: Option<Timestamp>,
    /// Nothing else waits.
    #[serde(skip)]
    is_scheduled: bool,
    /// Posts that `--limit` left for another run; `None`: it left none.
    beyond_limit: Option<u64>,
}

#[derive(Debug, Default, Serialize)]
struct SiteReport {
    name: String,
    #[serde(flatten)]
    published: PublishReport,
}

/// Runs the verb.
pub async fn run(global: &Global, once: &Once) -> Outcome {
    if once.dry_run {
        return dry_run::run(global, once).await;
    }
    let loaded = open::configuration(global)?;
    open::secrets(&loaded)?;
    let clock = Clock::system();
    let store = open::store(&loaded.config, &clock).await?;
    let place = store.take_place(&open::label(), clock.now()).await?;
    let record = open::folder(&loaded).join(politeness::FILE);
    let pipeline = open::pipeline(loaded, store.clone(), clock.clone(), place.owner(), "once").await?;
    politeness::recall(&record, &store, clock.now()).await?;
    // where no daemon runs, nobody hears a push
    store.pushes_unheard().await?;
    feeds::tell_paused(&store, &once.feed).await?;
    let bar = Publishing::begin(store.clone(), !once.show.json && !global.quiet);
    let result = walk(&pipeline, once).await;
    drop(bar);
    pipeline.sweep_pictures();
    pipeline.end_run().await?;
    store.leave_place(place, clock.now()).await?;
    store.close().await;
    let report = result?;
    let exit = exit(&report, once.strict);
    match once.show.json {
        true => println!("{}", serde_json::to_string_pretty(&report)?),
        false => tell(&report, if global.quiet { Tell::Wrong } else { Tell::All }),
    }
    Ok(exit)
}

async fn walk(pipeline: &Pipeline, once: &Once) -> Result<Report, Failure> {
    let which = if once.feed.is_empty() { Which::Due } else { Which::Named(&once.feed) };
    let mut report = Report { polled: pipeline.poll_pass(which).await?, ..Report::default() };
    let sites = pipeline.sites();
    report.sites = sites.iter().map(|site| SiteReport { name: site.config.name.clone(), ..SiteReport::default() }).collect();
    let settled = sites.iter().map(|site| site.config.settle + site.config.timeout).max().unwrap_or_default() + SOON;
    let mut limit = once.limit.map(Limit::new);
    loop {
        let prepared = pipeline.prepare_pass().await?;
        report.prepared.add(prepared);
        // before the publishing passes, which take up what it makes
        pipeline.digest_pass().await?;
        report.followed.add(pipeline.follow_pass().await?);
        let before = pipeline.next_due(pipeline.clock.now()).await?;
        // All sites at once, so that a slow one delays no other; a limit they keep together.
        let at_work = before.sites.iter().filter(|(_, at)| *at <= pipeline.clock.now()).count();
        if let Some(limit) = &mut limit {
            limit.share_among(at_work);
        }
        let passes = sites.iter().map(|site| pipeline.publish_pass(site, limit.as_ref()));
        let done = futures_util::future::join_all(passes).await;
        let left = limit.as_ref().map(Limit::left);
        let now = pipeline.clock.now();
        for ((told, done), site) in report.sites.iter_mut().zip(done).zip(&sites) {
            let was_asked = before.site(site.id).is_some_and(|due| due <= now);
            add(&mut told.published, done?, was_asked);
        }
        let due = pipeline.next_due(now).await?;
        // What is in doubt is waited for; a site that must rest for another reason only if that is soon over.
        let mut awaited = Vec::new();
        let mut unscheduled = Vec::new();
        for (site, told) in sites.iter().zip(&report.sites) {
            let rests = told.published.resting.is_some() || told.published.refused.is_some();
            let patience = if rests { SOON } else { settled };
            // what waits for its slot is another run's
            let at = match pipeline.store.next_slot(site.id, now).await? {
                Some(slot) if due.site(site.id) == Some(slot) => pipeline.store.next_unscheduled(site.id).await?,
                _ => due.site(site.id),
            };
            unscheduled.extend(at);
            awaited.extend(at.filter(|at| *at <= now.plus(patience)));
        }
        let awaited = awaited.into_iter().chain(due.prepare.filter(|at| *at <= now.plus(SOON))).min();
        let next = due.sites.iter().map(|(_, at)| *at).chain(due.prepare).chain(pipeline.next_change().await?).min();
        match awaited {
            Some(at) if left != Some(0) => {
                // Not even a pass that could do nothing makes this loop a busy one.
                let wait = at.since(now).max(Duration::from_millis(200));
                if wait > Duration::from_secs(1) {
                    tracing::info!(until = %at, "waiting until it is certain what the site has done");
                }
                tokio::time::sleep(wait).await;
            }
            _ => {
                report.next_due = next;
                report.scheduled = pipeline.store.slots_waiting(now).await?.iter().map(|(_, posts, ..)| posts).sum();
                report.is_scheduled = unscheduled.is_empty() && due.prepare.is_none();
                report.digests = pipeline.digests_so_far().await?;
                if left == Some(0) {
                    let ready = pipeline.store.counts().await?.deliveries.get("ready").copied();
                    report.beyond_limit = ready.filter(|ready| *ready > 0);
                }
                return Ok(report);
            }
        }
    }
}

/// Adds a later pass. What an earlier one said of a site that couldn't be worked with is over when the site was asked again.
fn add(told: &mut PublishReport, done: PublishReport, was_asked: bool) {
    if was_asked {
        (told.resting, told.refused) = (None, None);
    }
    told.add(done);
}

fn exit(report: &Report, strict: bool) -> Exit {
    let mut exit = Exit::Ok;
    let (failed, all) = (report.polled.failed(), report.polled.feeds.len());
    if failed > 0 && (strict || failed == all) {
        let failed = report.polled.feeds.iter().filter(|feed| feed.error.is_some());
        exit = failed.map(feeds::exit_of).fold(exit, Exit::and);
    }
    for SiteReport { published, .. } in &report.sites {
        if published.refused.is_some() {
            exit = exit.and(Exit::Refused);
        }
        if published.failed > 0 {
            exit = exit.and(Exit::Unexpected);
        }
        if published.resting.is_some() {
            exit = exit.and(Exit::Later);
        }
    }
    match report.next_due {
        // what `--limit` leaves was asked to be left
        Some(_) if exit == Exit::Ok && report.beyond_limit.is_none() && !report.is_scheduled => Exit::Later,
        _ => exit,
    }
}

/// How much of a report is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tell {
    All,
    /// Only what went wrong.
    Wrong,
}

fn tell(report: &Report, how: Tell) {
    for feed in &report.polled.feeds {
        match &feed.error {
            Some(error) => println!("{}: {error}", feed.name),
            None if how == Tell::Wrong => {}
            None if feed.not_modified => println!("{}: not changed", feed.name),
            None => println!("{}: {} entries, {} new{}", feed.name, feed.entries, feed.new, remembered(feed.remembered)),
        }
    }
    for SiteReport { name, published } in &report.sites {
        let PublishReport { made, adopted, updated, conflicts, withdrawn, failed, .. } = published;
        let mut words = vec![format!("{made} posted")];
        let mut count = |number: usize, what: &str| {
            if number > 0 {
                words.push(format!("{number} {what}"));
            }
        };
        count(*adopted, "found on the site");
        count(*updated, "changed as their sources did");
        count(*conflicts, "that a person and the source changed (see `wirepress reviews list`)");
        count(*withdrawn, "withdrawn, as a person put them in the trash");
        count(*failed, "given up (see `wirepress items list --state failed`)");
        if how == Tell::All || *failed > 0 {
            println!("{name}: {}", words.join(", "));
        }
        if let Some(why) = published.refused.as_ref().or(published.resting.as_ref()) {
            println!("{name}: {why}");
        }
    }
    if how == Tell::Wrong {
        return;
    }
    for digest in &report.digests {
        println!("{}", waits(digest));
    }
    let anything = report.polled.failed() > 0
        || report.polled.new_items() + report.prepared.total() > 0
        || report
            .sites
            .iter()
            .any(|site| site.published.made + site.published.adopted + site.published.updated + site.published.conflicts > 0);
    if !anything {
        println!("nothing is new");
    }
    if report.scheduled > 0 {
        let (wait, moment) = if report.scheduled == 1 {
            ("1 post waits".to_owned(), "its moment")
        } else {
            (format!("{} posts wait", report.scheduled), "their moments")
        };
        println!("{wait} for {moment} (see `wirepress status`)");
    }
    if let Some(more) = report.beyond_limit {
        println!("{more} more {}", if more == 1 { "waits" } else { "wait" });
    } else if let Some(at) = report.next_due {
        println!("more is due at {at}: run it again then");
    }
}

/// ``digest `weekly` for `blog`: 3 entries wait until Fri 27 Nov 2026, 17:00 CET``
pub(super) fn waits(digest: &DigestSoFar) -> String {
    let DigestSoFar { digest: name, site, entries, told, .. } = digest;
    let wait = if *entries == 1 { "1 entry waits".to_owned() } else { format!("{entries} entries wait") };
    match told {
        Some(told) => format!("digest `{name}` for `{site}`: {wait} until {told}"),
        None => format!("digest `{name}` for `{site}`: {wait}, and it is not in the configuration any more"),
    }
}

fn remembered(count: usize) -> String {
    if count == 0 { String::new() } else { format!(", {count} only remembered") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resting() -> PublishReport {
        PublishReport { resting: Some("503".to_owned()), ..PublishReport::default() }
    }

    /// The exit code after these passes on one site; `true`: the site was due.
    fn exit_after(passes: Vec<(PublishReport, bool)>) -> Exit {
        let mut published = PublishReport::default();
        for (done, was_asked) in passes {
            add(&mut published, done, was_asked);
        }
        exit(&Report { sites: vec![SiteReport { name: "blog".to_owned(), published }], ..Report::default() }, false)
    }

    #[test]
    fn a_site_that_rested_for_a_moment_and_then_took_everything_is_no_failure() {
        let posted = || PublishReport { made: 3, ..PublishReport::default() };
        let refused = || PublishReport { refused: Some("the password".to_owned()), ..PublishReport::default() };
        assert_eq!(exit_after(vec![(resting(), true), (posted(), true)]), Exit::Ok);
        assert_eq!(exit_after(vec![(refused(), true), (posted(), true)]), Exit::Ok);
        // it rests still
        assert_eq!(exit_after(vec![(posted(), true), (resting(), true), (PublishReport::default(), false)]), Exit::Later);
        assert_eq!(exit_after(vec![(refused(), true), (PublishReport::default(), false)]), Exit::Refused);
        assert_eq!(exit_after(vec![(resting(), true), (resting(), true)]), Exit::Later);
    }
}
