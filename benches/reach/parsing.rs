//! Reading documents on one core: the whole of `poll::parse`, and bare feed-rs as its peer, in turn.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use anyhow::{Context, Result};
use url::Url;
use wirepress::poll::{Reading, parse};

use crate::corpus::{Corpus, Feed};
use crate::rounds::{median, say};
use crate::table::Row;

/// Megabytes of documents a second.
const WANTED: f64 = 50.0;

pub fn measure(rounds: usize) -> Result<Vec<Row>> {
    let corpus = Corpus::load()?;
    let base = Url::parse("http://127.0.0.1/feed")?;
    let ours = |text: &[u8]| parse(text, None, &base, &Reading::default()).map(|parsed| parsed.entries.len()).ok();
    let peer = |text: &[u8]| bare(text);

    // what it trips over is counted, not printed
    std::panic::set_hook(Box::new(|_| {}));
    let (our_count, their_count) = (count(&corpus, &ours), count(&corpus, &peer));
    let (mut our_rates, mut their_rates) = (Vec::new(), Vec::new());
    for number in 1..=rounds {
        their_rates.push(rate(&corpus, &peer)?);
        our_rates.push(rate(&corpus, &ours)?);
        let last = |rates: &[f64]| rates.last().copied().unwrap_or_default();
        say(&format!("parse: round {number}: feed-rs {:.1}, wirepress {:.1} MB/s", last(&their_rates), last(&our_rates)));
    }
    drop(std::panic::take_hook());
    let (rate, peer_rate) = (median(our_rates), median(their_rates));
    let size = corpus.bytes() as f64 / 1e6;
    Ok(vec![
        Row {
            what: format!("reading {} {} ({size:.1} MB) on one core", corpus.feeds.len(), corpus.origin),
            measured: format!("{rate:.1} MB/s"),
            beside: format!("bare feed-rs {peer_rate:.1} MB/s"),
            ratio: Some(rate / peer_rate),
            wanted: format!("≥ {WANTED:.0} MB/s"),
            reached: rate >= WANTED,
        },
        Row {
            what: "the same: feeds read with all their entries".to_owned(),
            measured: our_count.to_string(),
            beside: format!("bare feed-rs {their_count}"),
            ratio: None,
            wanted: format!("{}", corpus.feeds.len()),
            reached: our_count == corpus.feeds.len(),
        },
    ])
}

/// feed-rs as anybody would call it.
fn bare(text: &[u8]) -> Option<usize> {
    let read = || feed_rs::parser::Builder::new().sanitize_content(false).build().parse(text);
    catch_unwind(AssertUnwindSafe(read)).ok()?.ok().map(|feed| feed.entries.len())
}

/// Feeds that were read with no entry missing.
fn count(corpus: &Corpus, read: &dyn Fn(&[u8]) -> Option<usize>) -> usize {
    corpus.feeds.iter().filter(|Feed { text, entries }| read(text).is_some_and(|found| found >= *entries)).count()
}

/// Megabytes in a second of this thread's own time, so that a neighbour on the machine doesn't count.
fn rate(corpus: &Corpus, read: &dyn Fn(&[u8]) -> Option<usize>) -> Result<f64> {
    let start = own_time()?;
    for feed in &corpus.feeds {
        std::hint::black_box(read(std::hint::black_box(&feed.text)));
    }
    let took = own_time()? - start;
    Ok(corpus.bytes() as f64 / 1e6 / took.as_secs_f64())
}

fn own_time() -> Result<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(Duration::from_nanos(text.split_whitespace().next().context("schedstat")?.parse()?))
}
