//! `wirepress feeds show`: everything about one feed, and why it is polled when it is.

use serde_json::{Value, json};

use super::list::{Line, lines};
use super::push::pushed;
use crate::cli::exit::{Exit, Outcome};
use crate::cli::lives::time;
use crate::cli::text::{bytes, count, moment, plain, table, utc};
use crate::cli::{names, print, print_json};
use crate::config::{Config, Every};
use crate::domain::{Manners, Timestamp, Traffic, format_duration};
use crate::http;
use crate::schedule::{self, History, Outcome as Went, Pace, Plan, Wishes, days_in_words, hours_in_words};
use crate::store::{FeedRow, Store};

/// Days whose traffic is told.
pub(super) const WEEK: u64 = 7;

/// All that is told of a feed.
struct View<'a> {
    line: &'a Line,
    /// `None`: it is no longer configured.
    pace: Option<Pace>,
    host_rests: Option<Timestamp>,
    now: Timestamp,
}

/// Shows one feed. Only reads.
pub async fn show(store: &Store, config: &Config, name: &str, json: bool, now: Timestamp) -> Outcome {
    let pauses = store.pauses().await?;
    let lines = lines(store.feeds().await?, config, &pauses, &store.subscriptions().await?);
    let Some(line) = lines.iter().find(|line| line.name == name) else {
        return Err(names::unknown("feed", name, lines.iter().map(|line| line.name.as_str())));
    };
    let rests = store.resting_hosts(now).await?;
    let address = line.known.as_ref().map_or(line.url.as_str(), |row| row.manners.learnt.as_deref().unwrap_or(&row.url));
    let host = url::Url::parse(address).ok().and_then(|url| http::host(&url));
    let view =
        View { line, pace: config.feed(name).map(|feed| feed.pace()), host_rests: host.and_then(|host| rests.get(&host).copied()), now };
    if json {
        print_json(&view.json())?
    } else {
        print(&view.text())?
    }
    Ok(Exit::Ok)
}

/// What each rule wanted at the last poll, as the schedule sees it again.
fn plan(row: &FeedRow, pace: &Pace) -> Option<Plan> {
    let asked = row.manners.asked?;
    let went = match row.error {
        _ if row.gone => Went::Gone,
        None => Went::Fine,
        Some(_) if row.manners.unreached => Went::Unreached,
        Some(_) => Went::Failed,
    };
    let history = History { entries: row.rhythm.clone(), failures: row.failures, hurry: row.manners.hurry };
    let wishes = Wishes::of(&row.manners, row.polled, row.retry_after);
    Some(schedule::next_poll(pace, &wishes, &history, went, &row.name, asked))
}

/// The rule that decided, if it was one of these.
fn decided(row: &FeedRow, plan: &Plan) -> Option<usize> {
    let because = row.because.as_deref()?;
    let said = |rule: schedule::Rule| because.starts_with(&rule.to_string());
    plan.wants
        .iter()
        .position(|want| want.rule == plan.rule && said(want.rule))
        .or_else(|| plan.wants.iter().position(|want| said(want.rule)))
}

impl View<'_> {
    fn row(&self) -> Option<&FeedRow> {
        self.line.known.as_ref()
    }

    fn fresh_until(&self) -> Option<Timestamp> {
        let row = self.row()?;
        Some(row.polled?.plus(row.manners.fresh_for.filter(|span| !span.is_zero())?))
    }

    fn week(&self, manners: &Manners) -> Traffic {
        manners.traffic_since(since(WEEK, self.now))
    }

    fn text(&self) -> String {
        let (line, now) = (self.line, self.now);
        let mut told: Vec<(&str, String)> = vec![("feed", format!("{} ({})", line.name, line.state())), ("address", plain(&line.url))];
        told.extend(line.blocked().map(|blocked| ("blocked", blocked)));
        told.extend(line.held().map(|held| ("held", held)));
        let every = self.pace.map(|pace| {
            let every = match pace.every {
                Every::Auto => "auto".to_owned(),
                Every::Fixed(span) => format_duration(span),
            };
            if pace.insist { format!("{every}, and insists") } else { every }
        });
        if let Some(row) = self.row() {
            self.tell_address(row, &mut told);
            told.extend(row.facts.title.iter().map(|title| ("title", plain(title))));
            told.extend(every.map(|every| ("every", every)));
            let validators = [("ETag", &row.validators.etag), ("Last-Modified", &row.validators.last_modified)];
            let validators = validators.into_iter().filter_map(|(name, value)| Some(format!("{name}: {}", plain(value.as_ref()?))));
            told.push(("validators", none_if_empty(validators.collect::<Vec<_>>().join(", "))));
            self.tell_wishes(row, &mut told);
            if !row.rhythm.is_empty() {
                let newest: Vec<String> = row.rhythm.iter().take(4).map(|at| utc(*at)).collect();
                told.push(("newest", newest.join(", ")));
            }
            told.push(("polled", row.polled.map_or_else(|| "never".to_owned(), |at| moment(at, now))));
            told.extend(row.changed.map(|at| ("changed", moment(at, now))));
            told.extend(
                row.error.as_ref().map(|error| ("error", format!("{} ({})", plain(error), count(row.failures as usize, "failed try")))),
            );
            let answers: Vec<String> = row.manners.answers.iter().rev().map(answer).collect();
            told.push(("answers", none_if_empty(answers.join("; "))));
            told.push(("a week", traffic(&self.week(&row.manners))));
        } else {
            told.extend(every.map(|every| ("every", every)));
        }
        if let Some(next) = line.next() {
            let because = self.row().and_then(|row| row.because.as_deref()).map(plain).unwrap_or_default();
            told.push(("next poll", format!("{}: {because}", moment(next, now))));
        }
        let mut text: String = told.iter().map(|(name, value)| format!("{name:<12}{value}\n")).collect();
        if let (Some(row), Some(pace)) = (self.row(), &self.pace)
            && let Some(plan) = plan(row, pace)
        {
            let decided = decided(row, &plan);
            let rows: Vec<Vec<String>> = plan.wants.iter().enumerate().map(|(index, want)| rule(want, decided == Some(index))).collect();
            text.push_str("\nwhat each rule wanted after the last poll (the latest decides; a small delay comes on top):\n\n");
            text.push_str(&table(&["", "rule", "not before", "because"], &rows));
        }
        text
    }

    fn tell_address(&self, row: &FeedRow, told: &mut Vec<(&str, String)>) {
        if let Some(learnt) = &row.manners.learnt {
            told.push(("asked at", format!("{} (it has moved there for good; write it in `url`)", plain(learnt))));
        }
        if let Some(moving) = &row.manners.moving {
            let seen = format!("seen {} of {} times", moving.seen, schedule::CONFIRMATIONS);
            told.push(("moving to", format!("{} ({seen}, then it is learnt)", plain(&moving.to))));
        }
    }

    fn tell_wishes(&self, row: &FeedRow, told: &mut Vec<(&str, String)>) {
        let (hints, now) = (&row.manners.hints, self.now);
        let mut wishes = Vec::new();
        wishes.extend(row.manners.fresh_for.map(|span| format!("an answer is fresh for {}", format_duration(span))));
        wishes.extend(hints.ttl.map(|ttl| format!("ttl {}", format_duration(ttl))));
        wishes.extend(hints.rhythm.map(|rhythm| match hints.rhythm_base {
            Some(base) => format!("renewed every {} from {}", format_duration(rhythm), utc(base)),
            None => format!("renewed every {}", format_duration(rhythm)),
        }));
        let (hours, days) = (hours_in_words(hints.skip_hours), days_in_words(hints.skip_days));
        wishes.extend((!hours.is_empty()).then(|| format!("skip the hours {hours} (UTC)")));
        wishes.extend((!days.is_empty()).then(|| format!("skip {days}")));
        told.push(("wishes", none_if_empty(wishes.join("; "))));
        told.extend(hints.hubs.iter().map(|hub| ("hub", plain(hub))));
        told.extend(pushed(self.line, now).map(|pushed| ("push", pushed)));
        told.extend(
            row.retry_after.filter(|until| *until > now).map(|until| ("left alone", format!("until {} (Retry-After)", moment(until, now)))),
        );
        told.extend(self.host_rests.map(|until| ("its host", format!("is left alone until {} (Retry-After)", moment(until, now)))));
    }

    fn json(&self) -> Value {
        let mut view = super::list::view(self.line);
        view["every"] = self.pace.map_or(Value::Null, |pace| match pace.every {
            Every::Auto => "auto".into(),
            Every::Fixed(span) => format_duration(span).into(),
        });
        view["insist"] = self.pace.is_some_and(|pace| pace.insist).into();
        let Some(row) = self.row() else { return view };
        let Manners { learnt, moving, looked, hints, fresh_for, asked, hurry, answers, .. } = &row.manners;
        let seconds = |span: &Option<std::time::Duration>| span.map(|span| span.as_secs());
        let plan = self.pace.as_ref().and_then(|pace| plan(row, pace));
        let decided = plan.as_ref().and_then(|plan| decided(row, plan));
        let rules = plan.iter().flat_map(|plan| &plan.wants).enumerate().map(|(index, want)| {
            let (rule, because) = (want.rule.name(), want.rule.to_string());
            json!({ "rule": rule, "not_before": time(Some(want.at)), "because": because, "decides": decided == Some(index) })
        });
        let set = |bits: u32, of: u32| (0..of).filter(|bit| bits >> bit & 1 == 1).collect::<Vec<u32>>();
        let more = json!({
            "learnt": learnt,
            "moving": moving.as_ref().map(|moving| json!({ "to": moving.to, "seen": moving.seen, "of": schedule::CONFIRMATIONS })),
            "looked": time(*looked),
            "asked": time(*asked),
            "validators": { "etag": row.validators.etag, "last_modified": row.validators.last_modified },
            "body_hash": row.body_hash,
            "fresh_for": seconds(fresh_for),
            "fresh_until": time(self.fresh_until()),
            "ttl": seconds(&hints.ttl),
            "update_period": seconds(&hints.rhythm),
            "update_base": time(hints.rhythm_base),
            "skip_hours": set(hints.skip_hours, 24),
            "skip_days": days_in_words(hints.skip_days).split(", ").filter(|day| !day.is_empty()).collect::<Vec<_>>(),
            "hubs": hints.hubs,
            "self": hints.itself,
            "next_page": hints.next_page,
            "host_rests_until": time(self.host_rests),
            "hurry": hurry,
            "rhythm": row.rhythm.iter().map(|at| time(Some(*at))).collect::<Vec<_>>(),
            "decided": decided.and_then(|index| Some(plan.as_ref()?.wants.get(index)?.rule.name())),
            "rules": rules.collect::<Vec<_>>(),
            "answers": answers.iter().map(|answer| json!({ "at": time(Some(answer.at)), "status": answer.status, "bytes": answer.bytes })).collect::<Vec<_>>(),
            "week": traffic_json(&self.week(&row.manners)),
        });
        if let (Value::Object(view), Value::Object(more)) = (&mut view, more) {
            view.extend(more);
        }
        view
    }
}

fn rule(want: &schedule::Want, decides: bool) -> Vec<String> {
    let mark = if decides { "→" } else { "" };
    vec![mark.to_owned(), want.rule.name().to_owned(), utc(want.at), want.rule.to_string()]
}

fn answer(answer: &crate::domain::Answered) -> String {
    let what = match answer.status {
        Some(status) if answer.bytes > 0 => format!("{status}, {}", bytes(answer.bytes)),
        Some(status) => status.to_string(),
        None => "none".to_owned(),
    };
    format!("{}: {what}", utc(answer.at))
}

fn none_if_empty(text: String) -> String {
    if text.is_empty() { "none".to_owned() } else { text }
}

/// The first moment of the days that are told, today included.
pub(super) fn since(days: u64, now: Timestamp) -> Timestamp {
    now.minus(std::time::Duration::from_secs(days.saturating_sub(1) * 86_400))
}

/// `168 requests, 97 % of them 304; 1.2 MB read, 9.8 MB saved; no violations`
pub(super) fn traffic(sum: &Traffic) -> String {
    let violations = match sum.violations {
        0 => "no violations".to_owned(),
        number => count(usize::try_from(number).unwrap_or(usize::MAX), "violation"),
    };
    let insisted = if sum.insisted > 0 { format!("; {} too early, as `insist` says", sum.insisted) } else { String::new() };
    let requests = count(usize::try_from(sum.requests).unwrap_or(usize::MAX), "request");
    format!("{requests}, {} of them 304; {} read, {} saved; {violations}{insisted}", percent(sum), bytes(sum.bytes), bytes(sum.saved))
}

/// `97 %`
pub(super) fn percent(sum: &Traffic) -> String {
    format!("{} %", sum.unmodified * 100 / sum.requests.max(1))
}

/// Field names are kept; sizes in bytes, `share_304` from 0 to 1.
pub(super) fn traffic_json(sum: &Traffic) -> Value {
    let share = sum.unmodified as f64 / sum.requests.max(1) as f64;
    json!({
        "requests": sum.requests,
        "not_modified": sum.unmodified,
        "share_304": (share * 1_000.0).round() / 1_000.0,
        "bytes_read": sum.bytes,
        "bytes_saved": sum.saved,
        "violations": sum.violations,
        "insisted": sum.insisted,
    })
}
