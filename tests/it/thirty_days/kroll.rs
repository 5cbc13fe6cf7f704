//! Rachel Kroll's criteria for feed readers (rachelbythebay.com/w/feed), counted over everything that was asked.

use std::collections::HashMap;
use std::time::Duration;

use super::world::{Ask, Given, World};

/// 59 minutes are too early for a feed that says nothing else.
const EARLY: Duration = Duration::from_secs(3_600);

/// What a feed has told so far.
#[derive(Default)]
struct Told {
    etag: Option<String>,
    modified: Option<String>,
    /// Of earlier answers.
    stale: Vec<String>,
    /// A document came.
    read: bool,
    last: Option<Ask>,
    /// Where the validators were given.
    at: String,
}

/// (criterion, requests that fail it), in the table's order.
pub fn table(world: &World, may_be_quick: impl Fn(&str) -> bool) -> Vec<(&'static str, usize)> {
    let mut rows: Vec<(&'static str, usize)> = Vec::new();
    let mut count = |criterion: &'static str, failed: bool| match rows.iter_mut().find(|(known, _)| *known == criterion) {
        Some((_, number)) => *number += usize::from(failed),
        None => rows.push((criterion, usize::from(failed))),
    };
    let mut told: HashMap<usize, Told> = HashMap::new();
    for ask in world.log() {
        let feed = &world.feeds[ask.feed];
        let known = told.entry(ask.feed).or_default();
        let (inm, ims) = (ask.header("if-none-match"), ask.header("if-modified-since"));
        if ask.target != known.at && known.last.as_ref().is_some_and(|last| last.status == 500) {
            // it is asked at another address again, where they mean nothing
            (known.etag, known.modified) = (None, None);
        }
        // an address that leads to the one that gave them may be asked without them
        let is_elsewhere = ask.target != known.at && matches!(ask.status, 301 | 302 | 307 | 308);
        let has_validators = !is_elsewhere && (known.etag.is_some() || known.modified.is_some());
        count("no unconditional request once validators are known", has_validators && inm.is_none() && ims.is_none());
        count("If-None-Match as it was given, byte for byte", inm.is_some() && inm != known.etag.as_deref());
        count("If-None-Match sent wherever there was an ETag", !is_elsewhere && known.etag.is_some() && inm.is_none());
        count("If-Modified-Since as it was given, byte for byte", ims.is_some() && ims != known.modified.as_deref());
        count("If-Modified-Since sent wherever there was a Last-Modified", !is_elsewhere && known.modified.is_some() && ims.is_none());
        let stale = |value: Option<&str>| value.is_some_and(|value| known.stale.iter().any(|old| old == value));
        count("no validator out of sequence", stale(inm) || stale(ims));
        count("no validator made up", (inm.is_some() || ims.is_some()) && !known.read);
        // the second hop of a redirect is the same poll
        let hop = known.last.as_ref().is_some_and(|last| matches!(last.status, 301 | 302 | 307 | 308) && last.at == ask.at);
        let gap = known.last.as_ref().filter(|_| !hop).map(|last| ask.at.since(last.at));
        count("never within the hour", !may_be_quick(feed.kind) && gap.is_some_and(|gap| gap < EARLY));
        count("no cookies", ask.header("cookie").is_some());
        count("no Referer", ask.header("referer").is_some());
        count("no query string of our own", ask.target.contains('?') != feed.path.contains('?'));
        count("no addresses probed", !ask.target.starts_with(&feed.path));
        count("nothing but GET", ask.method != "GET");
        count("no request headers against caches", ask.header("cache-control").is_some() || ask.header("pragma").is_some());
        let agent = ask.header("user-agent").unwrap_or_default();
        count("a User-Agent with a version and an address", !agent.starts_with("wirepress/") || !agent.contains("+https://blog.example/"));
        let codings = ask.header("accept-encoding").unwrap_or_default();
        count("compression", !["gzip", "br", "zstd"].iter().all(|coding| codings.contains(coding)));
        if matches!(ask.status, 200 | 226) {
            known.stale.extend(known.etag.take());
            known.stale.extend(known.modified.take());
            (known.etag, known.modified) = (ask.etag.clone(), ask.modified.clone());
            known.stale.retain(|old| Some(old) != known.etag.as_ref() && Some(old) != known.modified.as_ref());
            (known.read, known.at) = (true, ask.target.clone());
        }
        known.last = Some(ask);
    }
    assert!(world.feeds.iter().any(|feed| feed.validators == Given::Vanishing));
    rows
}
