//! `wirepress items`: lists, shows, retries and skips.

use serde_json::Value;

use super::args::Items;
use super::exit::{Exit, Failure, Outcome};
use super::lives::{self, Life};
use super::names::{Meant, Names, meant};
use super::{print, print_json};
use crate::domain::{Delivery, DeliveryState, Id, Item, ItemState, Timestamp};
use crate::pipeline::{Pipeline, Revived};
use crate::store::{ItemFilter, Store};

/// Runs one of them. `list` and `show` only read.
pub async fn items(store: &Store, verb: &Items, now: Timestamp) -> Outcome {
    match verb {
        Items::List { state, feed, limit, json } => list(store, state.as_deref(), feed.as_deref(), *limit, *json, now).await,
        Items::Show { id, json } => show(store, id, *json, now).await,
        Items::Retry { id } => retry(store, id, now).await,
        Items::Skip { id } => skip(store, id).await,
        Items::Revive { .. } | Items::Render(_) => unreachable!("these want a pipeline: `dispatch` calls them"),
    }
}

async fn list(store: &Store, state: Option<&str>, feed: Option<&str>, limit: u32, json: bool, now: Timestamp) -> Outcome {
    let feed = match feed {
        Some(name) => Some(known_feed(store, name).await?),
        None => None,
    };
    let names = Names::of(store).await?;
    let mut found = Vec::new();
    for item in chosen(store, state, feed, limit).await? {
        found.push(names.life(store, item).await?);
    }
    if json {
        print_json(&Value::from(found.iter().map(lives::view).collect::<Vec<_>>()))?;
    } else if found.is_empty() {
        eprintln!("no items");
    } else {
        let rows: Vec<_> = found.iter().map(|life| lives::row(life, now)).collect();
        print(&super::text::table(&lives::HEADINGS, &rows))?;
    }
    Ok(Exit::Ok)
}

async fn known_feed(store: &Store, name: &str) -> Result<Id, Failure> {
    let feeds = store.feeds().await?;
    let found = feeds.iter().find(|feed| feed.name == name).map(|feed| feed.id);
    found.ok_or_else(|| super::names::unknown("feed", name, feeds.iter().map(|feed| feed.name.as_str())))
}

/// Items in a state of their own, or with a delivery in this state.
async fn chosen(store: &Store, state: Option<&str>, feed: Option<Id>, limit: u32) -> Result<Vec<Item>, Failure> {
    let Some(word) = state else { return Ok(store.items(ItemFilter { feed, state: None }, limit).await?) };
    if let Some(state) = ITEM_STATES.into_iter().find(|state| lives::item_state(*state) == word && word != "skipped") {
        return Ok(store.items(ItemFilter { feed, state: Some(state) }, limit).await?);
    }
    let Some(state) = DELIVERY_STATES.into_iter().find(|state| lives::delivery_state(*state) == word) else {
        let items = ITEM_STATES.into_iter().map(lives::item_state);
        let mut known: Vec<_> = items.chain(DELIVERY_STATES.into_iter().map(lives::delivery_state)).collect();
        known.sort_unstable();
        known.dedup();
        return Err(Failure::new(Exit::Usage, format!("there is no state `{word}`\nhint: {}", known.join(", "))));
    };
    let most = if feed.is_some() { u32::MAX >> 1 } else { limit };
    let mut ids: Vec<Id> = store.deliveries(None, Some(state), most).await?.iter().map(|delivery| delivery.item).collect();
    ids.dedup();
    let mut items = store.items_by_id(&ids).await?;
    if state == DeliveryState::Skipped {
        items.extend(store.items(ItemFilter { feed, state: Some(ItemState::Skipped) }, limit).await?);
    }
    items.retain(|item| feed.is_none_or(|feed| item.feed == feed));
    items.sort_by_key(|item| std::cmp::Reverse(item.id));
    items.dedup_by_key(|item| item.id);
    items.truncate(limit as usize);
    Ok(items)
}

const ITEM_STATES: [ItemState; 4] = [ItemState::Seen, ItemState::Preparing, ItemState::Decided, ItemState::Skipped];
const DELIVERY_STATES: [DeliveryState; 7] = [
    DeliveryState::Ready,
    DeliveryState::Publishing,
    DeliveryState::Published,
    DeliveryState::Held,
    DeliveryState::Skipped,
    DeliveryState::Failed,
    DeliveryState::Withdrawn,
];

async fn show(store: &Store, words: &str, json: bool, now: Timestamp) -> Outcome {
    let life = life(store, words).await?;
    if json {
        print_json(&lives::view(&life))?;
    } else {
        print(&lives::story(&life, now))?;
    }
    Ok(Exit::Ok)
}

async fn life(store: &Store, words: &str) -> Result<Life, Failure> {
    let item = meant(store, words).await?.item;
    Ok(Names::of(store).await?.life(store, item).await?)
}

/// A failed delivery goes out again with the same draft, a held one is released; an item that has none is prepared again.
async fn retry(store: &Store, words: &str, now: Timestamp) -> Outcome {
    let Meant { item, delivery } = meant(store, words).await?;
    let deliveries = match delivery {
        Some(delivery) => vec![delivery],
        None => store.deliveries_of(item.id).await?,
    };
    let mut again = false;
    for Delivery { id, state, .. } in &deliveries {
        match state {
            DeliveryState::Failed | DeliveryState::Ready => {
                store.retry_delivery(*id, now).await?;
                eprintln!("delivery {id} is due now, with the same draft");
            }
            DeliveryState::Held => {
                store.release(*id, now).await?;
                eprintln!("delivery {id} was held and is released: it is due now");
            }
            _ => continue,
        }
        again = true;
    }
    let published = deliveries.iter().find(|delivery| delivery.state == DeliveryState::Published);
    if let (false, Some(delivery)) = (again, published) {
        let at = delivery.post_link.as_deref().map(|link| format!(" at {}", super::text::plain(link))).unwrap_or_default();
        return Err(Failure::new(
            Exit::Usage,
            format!(
                "item {} is published{at}, so there is nothing to try again\nhint: edit the post there; `wirepress undo --last` takes the last run's posts back",
                item.id
            ),
        ));
    }
    if !again {
        store.revive_item(item.id, now).await?;
        eprintln!("item {} is prepared again", item.id);
    }
    eprintln!("hint: `wirepress run` or `wirepress once` sends it");
    Ok(Exit::Ok)
}

/// An entry whose post a person threw away, or which was skipped, is prepared and posted once more.
pub async fn revive(pipeline: &Pipeline, words: &str) -> Outcome {
    let item = meant(&pipeline.store, words).await?.item;
    match pipeline.revive(&item).await? {
        Revived::Again => {
            eprintln!("item {} is prepared again, and posted once more", item.id);
            eprintln!("hint: `wirepress run` or `wirepress once` sends it");
            Ok(Exit::Ok)
        }
        Revived::IsOut { site, link } => {
            let at = link.map(|link| format!(" at {}", super::text::plain(&link))).unwrap_or_default();
            let hint = "hint: put it in the trash first, if it shall be made again";
            Err(Failure::new(Exit::Usage, format!("item {} is out on `{site}`{at}\n{hint}", item.id)))
        }
        Revived::Later(why) => Err(Failure::new(Exit::Later, format!("the site could not be asked whether the post is gone: {why}"))),
    }
}

/// An item that waits goes nowhere; of one that is decided, the deliveries that are not out yet.
async fn skip(store: &Store, words: &str) -> Outcome {
    const BECAUSE: &str = "skipped by hand";
    match meant(store, words).await? {
        Meant { delivery: Some(delivery), .. } => skip_delivery(store, delivery.id, BECAUSE).await?,
        Meant { item, .. } if item.state == ItemState::Decided => {
            let waiting = |state| matches!(state, DeliveryState::Ready | DeliveryState::Held | DeliveryState::Failed);
            let deliveries = store.deliveries_of(item.id).await?;
            let mut waiting = deliveries.iter().filter(|delivery| waiting(delivery.state)).peekable();
            if waiting.peek().is_none() {
                return Err(Failure::new(Exit::Usage, format!("item {} has no delivery that waits", item.id)));
            }
            for delivery in waiting {
                skip_delivery(store, delivery.id, BECAUSE).await?;
            }
        }
        Meant { item, .. } => {
            store.skip_item(item.id, BECAUSE).await?;
            eprintln!("item {} goes nowhere", item.id);
        }
    }
    Ok(Exit::Ok)
}

async fn skip_delivery(store: &Store, id: Id, because: &str) -> Result<(), crate::store::Error> {
    store.skip_delivery(id, because).await?;
    eprintln!("delivery {id} is skipped");
    Ok(())
}
