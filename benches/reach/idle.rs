//! A daemon with nothing to do: its memory, and its share of a processor over a minute.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::pass;
use crate::process::{file, memory, processor_time};
use crate::publisher::{Document, Publisher};
use crate::rounds::say;
use crate::table::Row;
use crate::texts;
use crate::wirepress::Wirepress;

const FEEDS: usize = 50;
/// Bytes that it may hold.
const MEMORY: f64 = 25e6;
const MINUTE: Duration = Duration::from_secs(60);

pub async fn measure(folder: &Path) -> Result<Vec<Row>> {
    let addresses: Vec<Ipv4Addr> = (0..FEEDS).map(|n| Ipv4Addr::new(127, 20, 0, n as u8 + 1)).collect();
    let publisher = Publisher::start(&addresses, |port| {
        let body = texts::document(10, port, &|_| String::new()).into();
        HashMap::from([("/feed.rss".to_owned(), Document { kind: "application/rss+xml", body })])
    })
    .await?;
    let wirepress = Wirepress::fresh(&folder.join("idle"), &pass::config(&addresses, publisher.port, 3_600))?;
    let log = wirepress.log();
    let child = wirepress.command("run", "none").stdin(Stdio::null()).stdout(file(&log)?).stderr(file(&log)?).spawn()?;
    let mut daemon = Daemon(child);
    let pid = daemon.0.id();

    // the feeds' first pass, and whatever a start brings with it
    tokio::time::sleep(Duration::from_secs(15)).await;
    ensure!(publisher.counted() == (FEEDS, 0), "the daemon did not read its feeds: see {}", log.display());
    say("idle: the minute begins");
    let before = processor_time(pid)?;
    tokio::time::sleep(MINUTE).await;
    let used = processor_time(pid)?.saturating_sub(before).as_secs_f64() / MINUTE.as_secs_f64();
    let held = memory(pid, "VmRSS")? as f64;
    ensure!(publisher.counted() == (0, 0), "the daemon was not idle");
    ensure!(daemon.0.try_wait()?.is_none(), "the daemon has ended: see {}", log.display());
    Ok(vec![
        Row {
            what: format!("an idle daemon with {FEEDS} feeds: memory"),
            measured: format!("{:.1} MB", held / 1e6),
            beside: "25 MB".to_owned(),
            ratio: Some(held / MEMORY),
            wanted: "≤ 25 MB".to_owned(),
            reached: held <= MEMORY,
        },
        Row {
            what: "the same: CPU over a minute".to_owned(),
            measured: format!("{:.3} %", used * 100.0),
            beside: "0.1 %".to_owned(),
            ratio: Some(used / 1e-3),
            wanted: "≤ 0.1 %".to_owned(),
            reached: used <= 1e-3,
        },
    ])
}

/// Ends with the measurement.
struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        // nothing more can be done about one that doesn't end
        _ = self.0.kill().context("the daemon");
        _ = self.0.wait();
    }
}
