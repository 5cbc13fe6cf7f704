//! `wirepress feeds rebind`: a person says that what a held feed brought is what it had.

use std::collections::HashMap;

use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::names;
use crate::cli::text::{count, plain};
use crate::config::{Config, Dedup};
use crate::dedup;
use crate::domain::{Id, Timestamp};
use crate::store::{Rebind, Store};

/// Binds what looks like the feed's older entries to these and lets the feed go on: nothing of it is posted. What came beside
/// them is prepared. What is not held stays as it is.
pub async fn rebind(store: &Store, config: &Config, name: &str, now: Timestamp) -> Outcome {
    let feeds = store.feeds().await?;
    let Some(feed) = feeds.iter().find(|feed| feed.name == name) else {
        return Err(names::unknown("feed", name, feeds.iter().map(|feed| feed.name.as_str())));
    };
    let by_feed: HashMap<Id, bool> = store
        .sites()
        .await?
        .into_iter()
        .map(|row| (row.id, config.sites.iter().any(|site| site.name == row.name && site.dedup == Dedup::Feed)))
        .collect();
    let site_key = |site: Id, feed: Id, key: i64| {
        let of_site = dedup::scoped(key, site);
        if by_feed.get(&site).copied().unwrap_or(false) { dedup::scoped(of_site, feed) } else { of_site }
    };
    let done = match store.rebind_feed(name, &site_key, now).await? {
        Rebind::Done(done) => done,
        Rebind::NotHeld => {
            eprintln!("feed `{name}` was not held");
            return Ok(Exit::Ok);
        }
        Rebind::NothingAlike(because) => {
            return Err(Failure::new(
                Exit::Usage,
                format!(
                    "nothing that feed `{name}` brought looks like what it had; it is held because {}\n\
                     hint: `wirepress feeds accept {name}` lets it go on",
                    plain(&because)
                ),
            ));
        }
    };
    let waiting = usize::try_from(store.waiting_of(feed.id).await?).unwrap_or(usize::MAX);
    let remembered = match done.remembered {
        0 => String::new(),
        number => format!(", {} only remembered", count(number, "old entry")),
    };
    let bound = match done.bound {
        1 => "1 new entry is one that it had".to_owned(),
        number => format!("{number} new entries are ones that it had"),
    };
    eprintln!("feed `{name}` goes on: {bound}{remembered}; {} to prepare", count(waiting, "entry"));
    Ok(Exit::Ok)
}
