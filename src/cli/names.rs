//! What the store's ids stand for, and what an operator's words may mean.

use std::collections::{HashMap, HashSet};

use super::exit::{Exit, Failure};
use super::lives::Life;
use crate::content::rights;
use crate::dedup;
use crate::domain::{Delivery, Entry, Id, Item};
use crate::store::{self, Store};

/// The names of all feeds and sites that the store knows.
pub struct Names {
    pub feeds: HashMap<Id, String>,
    pub sites: HashMap<Id, String>,
}

impl Names {
    /// Reads them.
    pub async fn of(store: &Store) -> Result<Self, store::Error> {
        let feeds = store.feeds().await?.into_iter().map(|feed| (feed.id, feed.name)).collect();
        let sites = store.sites().await?.into_iter().map(|site| (site.id, site.name)).collect();
        Ok(Self { feeds, sites })
    }

    /// An item with its deliveries and their names.
    pub async fn life(&self, store: &Store, item: Item) -> Result<Life, store::Error> {
        let named = |id: Id, names: &HashMap<Id, String>| names.get(&id).cloned().unwrap_or_else(|| id.to_string());
        let deliveries = store.deliveries_of(item.id).await?;
        let deliveries = deliveries.into_iter().map(|delivery| (named(delivery.site, &self.sites), delivery));
        let deliveries: Vec<(Delivery, String)> = deliveries.map(|(site, delivery)| (delivery, site)).collect();
        let facts = store.feed_facts(&HashSet::from([item.feed])).await?.remove(&item.feed).unwrap_or_default();
        let page = item.steps.page.as_ref().and_then(|page| page.as_ref().ok());
        let signals = item.entry.as_ref().map(|entry| rights::signals(entry, &facts, page)).unwrap_or_default();
        let licence = item.entry.as_ref().map(|entry| rights::licence_of(entry, &facts, page)).unwrap_or_default();
        let mut also = Vec::new();
        for (delivery, _) in &deliveries {
            also.extend(store.also_covered(delivery.id).await?.into_iter().map(|told| (delivery.id, told)));
        }
        Ok(Life { feed: named(item.feed, &self.feeds), item, deliveries, licence, signals, also })
    }
}

/// What an operator's word means: an item, or one of its deliveries.
pub struct Meant {
    pub item: Item,
    /// It was named by its own id.
    pub delivery: Option<Delivery>,
}

/// Finds what an id, an entry's or post's address or a slug means; exactly one thing.
pub async fn meant(store: &Store, words: &str) -> Result<Meant, Failure> {
    let id: Option<Id> = words.trim().parse().ok();
    let mut found = store.find(words.trim()).await?;
    if found.is_empty() {
        found = store.find_by_keys(&link_keys(store, words).await?).await?;
    }
    if found.is_empty() {
        found = store.find_by_post(words.trim()).await?;
    }
    if found.len() > 1 {
        // the entry itself stands before what was adopted or imported of it, of which no feed tells
        let told: HashSet<Id> = store.feeds().await?.into_iter().filter(|feed| !feed.url.is_empty()).map(|feed| feed.id).collect();
        if found.iter().any(|item| told.contains(&item.feed)) {
            found.retain(|item| told.contains(&item.feed));
        }
    }
    match found.len() {
        0 => Err(Failure::new(Exit::Usage, format!("nothing is known of `{words}`\nhint: `wirepress items list` shows what is"))),
        1 => {
            let item = found.remove(0);
            let delivery = store.deliveries_of(item.id).await?.into_iter().find(|delivery| Some(delivery.id) == id);
            Ok(Meant { item, delivery })
        }
        _ => {
            let list: String = found.iter().map(|item| format!("\n  {}  {}", item.id, super::lives::name(item))).collect();
            Err(Failure::new(Exit::Usage, format!("`{words}` may mean several items; give an id:{list}")))
        }
    }
}

/// What an entry with this address is known by, in each feed: `?utm_source=x`, `www.` and the like make no difference.
async fn link_keys(store: &Store, address: &str) -> Result<Vec<i64>, store::Error> {
    let entry = Entry { link: Some(address.trim().to_owned()), ..Entry::default() };
    let key = dedup::identify(&[entry], None).entries.first().and_then(|identity| identity.keys.link);
    match key {
        Some(key) => Ok(store.feeds().await?.iter().map(|feed| dedup::in_feed(key, feed.id)).collect()),
        None => Ok(Vec::new()),
    }
}

/// No such name: with the nearest, or all of a few.
pub fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> Failure {
    let known: Vec<&str> = known.collect();
    let nearest = known.iter().map(|known| (strsim::damerau_levenshtein(name, known), *known)).min();
    let hint = match nearest {
        Some((distance, nearest)) if distance <= 2.max(name.len() / 3) => format!("did you mean `{nearest}`?"),
        _ if known.is_empty() => format!("there is no {what} in the configuration"),
        _ => format!("there {}: `{}`", if known.len() == 1 { "is" } else { "are" }, known.join("`, `")),
    };
    Failure::new(Exit::Usage, format!("there is no {what} `{name}`\nhint: {hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_is_answered_with_the_nearest_or_with_all() {
        let told = |name: &str, known: &[&str]| unknown("feed", name, known.iter().copied()).error.to_string();
        assert_eq!(told("lvn", &["lwn", "heise"]), "there is no feed `lvn`\nhint: did you mean `lwn`?");
        assert_eq!(told("something", &["lwn", "heise"]), "there is no feed `something`\nhint: there are: `lwn`, `heise`");
        assert_eq!(told("x", &[]), "there is no feed `x`\nhint: there is no feed in the configuration");
    }
}
