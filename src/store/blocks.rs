//! Blocked domains: their feeds aren't polled, their entries go nowhere, and what came of them can be found.

use super::db::{Tx, args};
use super::error::Result;
use super::{Store, rows};
use crate::domain::{Block, Delivery, Id, Item, Manners, Timestamp};

/// What came from a domain, as the store knows it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Came {
    /// Deliveries whose own entry came from there, in the order of their ids.
    pub deliveries: Vec<Delivery>,
    /// Published posts that such an entry only joined.
    pub joined: Vec<Delivery>,
    /// Items that are not decided yet.
    pub waiting: Vec<Item>,
    /// Names of configured feeds on it.
    pub feeds: Vec<String>,
}

impl Store {
    /// Blocks a domain (lower case, without scheme); one that is blocked stays as it is.
    pub async fn block(&self, domain: &str, because: Option<&str>, now: Timestamp) -> Result<()> {
        let mut tx = self.db.begin("block").await?;
        let sql = "INSERT INTO blocks (domain, since, because) VALUES ($1, $2, $3) ON CONFLICT (domain) DO NOTHING";
        tx.run(sql, args![domain, now, because]).await?;
        mark_feeds(&mut tx).await?;
        tx.commit().await
    }

    /// Ends a block; whether there was one.
    pub async fn unblock(&self, domain: &str) -> Result<bool> {
        let mut tx = self.db.begin("unblock").await?;
        let ended = tx.run("DELETE FROM blocks WHERE domain = $1", args![domain]).await?;
        mark_feeds(&mut tx).await?;
        tx.commit().await?;
        Ok(ended > 0)
    }

    /// All blocked domains.
    pub async fn blocks(&self) -> Result<Vec<Block>> {
        let rows = self.db.rows("SELECT domain, since, because FROM blocks ORDER BY domain", args![]).await?;
        rows.iter()
            .map(|row| Ok(Block { domain: row.text("domain")?, since: row.time("since")?, because: row.text_or_null("because")? }))
            .collect()
    }

    /// Everything that came from a domain: by the entries' links, and by the addresses of their feeds.
    pub async fn came_from(&self, domain: &str) -> Result<Came> {
        let mut came = Came::default();
        let mut feeds: Vec<Id> = Vec::new();
        for row in self.db.rows("SELECT id, name, url, manners, configured FROM feeds ORDER BY name", args![]).await? {
            if addresses(&row.text("url")?, &row.json::<Manners>("manners")?).any(|address| Block::covers(domain, &address)) {
                feeds.push(row.id("id")?);
                if row.flag("configured")? {
                    came.feeds.push(row.text("name")?);
                }
            }
        }
        let of_domain = |link: Option<String>, feed: Id| feeds.contains(&feed) || link.is_some_and(|link| Block::covers(domain, &link));
        let sql = "SELECT deliveries.*, items.link AS item_link, items.feed AS item_feed FROM deliveries
                   JOIN items ON items.id = deliveries.item ORDER BY deliveries.id";
        let mut own = std::collections::HashSet::new();
        for row in self.db.rows(sql, args![]).await? {
            if of_domain(row.text_or_null("item_link")?, row.id("item_feed")?) {
                own.insert(row.id("id")?);
                came.deliveries.push(rows::delivery(&row)?);
            }
        }
        let sql = "SELECT deliveries.*, items.link AS item_link, items.feed AS item_feed FROM deliveries
                   JOIN delivery_items ON delivery_items.delivery = deliveries.id JOIN items ON items.id = delivery_items.item
                   WHERE deliveries.state = 'published' AND items.id <> deliveries.item ORDER BY deliveries.id";
        for row in self.db.rows(sql, args![]).await? {
            let id = row.id("id")?;
            if !own.contains(&id) && of_domain(row.text_or_null("item_link")?, row.id("item_feed")?) {
                own.insert(id);
                came.joined.push(rows::delivery(&row)?);
            }
        }
        for row in self.db.rows("SELECT * FROM items WHERE state IN ('seen', 'preparing') ORDER BY id", args![]).await? {
            let item = rows::item(&row)?;
            if of_domain(item.link.clone(), item.feed) {
                came.waiting.push(item);
            }
        }
        Ok(came)
    }
}

/// Each feed knows the block that it falls under; whether any had not known.
pub(super) async fn mark_feeds(tx: &mut Tx) -> Result<bool> {
    let mut domains = Vec::new();
    for row in tx.rows("SELECT domain FROM blocks", args![]).await? {
        domains.push(row.text("domain")?);
    }
    let any_marked = tx.row("SELECT id FROM feeds WHERE blocked IS NOT NULL LIMIT 1", args![]).await?.is_some();
    if domains.is_empty() && !any_marked {
        return Ok(false);
    }
    let mut has_changed = false;
    for row in tx.rows("SELECT id, url, manners, blocked FROM feeds", args![]).await? {
        let mut of_feed = addresses(&row.text("url")?, &row.json::<Manners>("manners")?);
        let by = of_feed.find_map(|address| domains.iter().find(|domain| Block::covers(domain, &address)).cloned());
        if by != row.text_or_null("blocked")? {
            tx.run("UPDATE feeds SET blocked = $2 WHERE id = $1", args![row.id("id")?, by]).await?;
            has_changed = true;
        }
    }
    Ok(has_changed)
}

/// Where a feed is, as configured and as learnt.
fn addresses(url: &str, manners: &Manners) -> impl Iterator<Item = String> + use<> {
    [Some(url.to_owned()), manners.learnt.clone()].into_iter().flatten()
}
