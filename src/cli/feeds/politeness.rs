//! `wirepress feeds politeness`: what asking cost the publishers, what was saved, and what was asked too early.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::args::Politeness;
use super::show::{percent, since, traffic, traffic_json};
use crate::cli::exit::{Exit, Outcome};
use crate::cli::lives::time;
use crate::cli::text::{bytes, count, from_now, table};
use crate::cli::{print, print_json};
use crate::domain::{Timestamp, Traffic};
use crate::http;
use crate::store::Store;

/// One feed's or host's part.
struct Part {
    name: String,
    host: String,
    sum: Traffic,
}

/// Tells of the last days, feed by feed and host by host. Only reads.
pub async fn politeness(store: &Store, arguments: &Politeness, now: Timestamp) -> Outcome {
    let from = since(arguments.days, now);
    let feeds = store.feeds().await?.into_iter().map(|row| {
        let address = row.manners.learnt.as_deref().unwrap_or(&row.url);
        let host = url::Url::parse(address).ok().and_then(|url| http::host(&url)).unwrap_or_default();
        Part { name: row.name, host, sum: row.manners.traffic_since(from) }
    });
    let feeds: Vec<Part> = feeds.filter(|part| part.sum.requests > 0).collect();
    let mut hosts: BTreeMap<&str, (usize, Traffic)> = BTreeMap::new();
    let mut total = Traffic::default();
    for part in &feeds {
        let (feeds, sum) = hosts.entry(&part.host).or_default();
        *feeds += 1;
        sum.add(&part.sum);
        total.add(&part.sum);
    }
    let rests = store.resting_hosts(now).await?;
    if arguments.json {
        let told = json!({
            "days": arguments.days,
            "total": traffic_json(&total),
            "feeds": feeds.iter().map(|part| with(traffic_json(&part.sum), [("name", part.name.clone().into()), ("host", part.host.clone().into())])).collect::<Vec<_>>(),
            "hosts": hosts.iter().map(|(host, (feeds, sum))| {
                let rests = time(rests.get(*host).copied());
                with(traffic_json(sum), [("host", (*host).into()), ("feeds", (*feeds).into()), ("rests_until", rests)])
            }).collect::<Vec<_>>(),
        });
        print_json(&told)?;
        return Ok(Exit::Ok);
    }
    if feeds.is_empty() {
        eprintln!("nothing was asked in the last {}", days(arguments.days));
        return Ok(Exit::Ok);
    }
    let row = |name: &str, sum: &Traffic| {
        vec![name.to_owned(), sum.requests.to_string(), percent(sum), bytes(sum.bytes), bytes(sum.saved), sum.violations.to_string()]
    };
    let rows: Vec<_> = feeds.iter().map(|part| row(&part.name, &part.sum)).collect();
    let mut text = table(&["feed", "requests", "304", "read", "saved", "violations"], &rows);
    let shared: Vec<_> = hosts.iter().filter(|(_, (feeds, _))| *feeds > 1).map(|(host, (_, sum))| row(host, sum)).collect();
    if !shared.is_empty() {
        text.push('\n');
        text.push_str(&table(&["host of several", "requests", "304", "read", "saved", "violations"], &shared));
    }
    let mut resting: Vec<_> = rests.iter().collect();
    resting.sort();
    for (host, until) in resting {
        text.push_str(&format!("\n{host} is left alone; it is asked again {} (Retry-After)", from_now(*until, now)));
    }
    text.push_str(&format!("\nin {}: {}\n", days(arguments.days), traffic(&total)));
    print(&text)?;
    Ok(Exit::Ok)
}

fn days(number: u64) -> String {
    count(usize::try_from(number).unwrap_or(usize::MAX), "day").replace("1 day", "a day")
}

fn with<const N: usize>(mut value: Value, more: [(&str, Value); N]) -> Value {
    for (name, field) in more {
        value[name] = field;
    }
    value
}
