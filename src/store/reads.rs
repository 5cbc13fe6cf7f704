//! Reading, for the operator's verbs: lists, one thing by its id, and "what became of this URL?".

use std::collections::BTreeMap;

use url::Url;

use super::db::{Value, args, list, word};
use super::error::Result;
use super::keys::lookup;
use super::{FeedRow, SiteRow, Store, rows};
use crate::domain::{Delivery, DeliveryState, Draft, Id, Item, ItemState, Timestamp};

/// Which items to list; all that is `None` is not asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ItemFilter {
    pub feed: Option<Id>,
    pub state: Option<ItemState>,
}

/// How many there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Configured feeds.
    pub feeds: u64,
    /// Configured feeds whose last poll failed.
    pub failing_feeds: u64,
    /// Configured sites.
    pub sites: u64,
    /// By state, as the store names it.
    pub items: BTreeMap<String, u64>,
    /// By state, as the store names it.
    pub deliveries: BTreeMap<String, u64>,
}

impl Store {
    /// Every feed, also those that are no longer configured, by name.
    pub async fn feeds(&self) -> Result<Vec<FeedRow>> {
        self.db.rows("SELECT * FROM feeds ORDER BY name", args![]).await?.iter().map(FeedRow::read).collect()
    }

    /// One feed by name.
    pub async fn feed(&self, name: &str) -> Result<Option<FeedRow>> {
        self.db.row("SELECT * FROM feeds WHERE name = $1", args![name]).await?.as_ref().map(FeedRow::read).transpose()
    }

    /// Every site, also those that are no longer configured, by name.
    pub async fn sites(&self) -> Result<Vec<SiteRow>> {
        self.db.rows("SELECT * FROM sites ORDER BY name", args![]).await?.iter().map(SiteRow::read).collect()
    }

    /// Items, newest first.
    pub async fn items(&self, filter: ItemFilter, limit: u32) -> Result<Vec<Item>> {
        let (mut asked, mut args) = (Vec::new(), args![limit]);
        if let Some(feed) = filter.feed {
            args.push(Value::from(feed));
            asked.push(format!("feed = ${}", args.len()));
        }
        if let Some(state) = filter.state {
            args.push(Value::from(word(&state)));
            asked.push(format!("state = ${}", args.len()));
        }
        let asked = if asked.is_empty() { String::new() } else { format!("WHERE {}", asked.join(" AND ")) };
        let sql = format!("SELECT * FROM items {asked} ORDER BY id DESC LIMIT $1");
        self.db.rows(sql, args).await?.iter().map(rows::item).collect()
    }

    /// Items whose texts are still there, in the order in which they were first seen, after this one.
    pub async fn items_with_texts(&self, (seen, id): (Timestamp, Id), limit: u32) -> Result<Vec<Item>> {
        let sql = "SELECT * FROM items WHERE entry IS NOT NULL AND first_seen >= $1 AND (first_seen > $1 OR id > $2)
                   ORDER BY first_seen, id LIMIT $3";
        self.db.rows(sql, args![seen, id, limit]).await?.iter().map(rows::item).collect()
    }

    /// How many items that were first seen since then have lost their texts.
    pub async fn items_forgotten(&self, since: Timestamp) -> Result<usize> {
        let row = self.db.row("SELECT COUNT(*) AS n FROM items WHERE entry IS NULL AND first_seen >= $1", args![since]).await?;
        row.map_or(Ok(0), |row| row.int("n").map(|count| usize::try_from(count).unwrap_or(0)))
    }

    /// One item.
    pub async fn item(&self, id: Id) -> Result<Option<Item>> {
        match self.db.row("SELECT * FROM items WHERE id = $1", args![id]).await? {
            Some(row) => rows::item(&row).map(Some),
            None => match &self.base {
                Some(base) => Box::pin(base.item(id)).await,
                None => Ok(None),
            },
        }
    }

    /// These items, in no order; unknown ids are left out.
    pub async fn items_by_id(&self, ids: &[Id]) -> Result<Vec<Item>> {
        let mut items = Vec::with_capacity(ids.len());
        for ids in ids.chunks(200) {
            let sql = format!("SELECT * FROM items WHERE id IN ({})", list(1, ids.len()));
            for row in self.db.rows(sql, ids.iter().copied().map(Value::from).collect()).await? {
                items.push(rows::item(&row)?);
            }
        }
        Ok(items)
    }

    /// The SHA-256 of the picture that has this slug on a site.
    pub async fn sha256_of(&self, site: Id, slug: &str) -> Result<Option<String>> {
        let row = self.db.row("SELECT sha256 FROM media WHERE site = $1 AND slug = $2", args![site, slug]).await?;
        row.map(|row| row.text("sha256")).transpose()
    }

    /// One delivery.
    pub async fn delivery(&self, id: Id) -> Result<Option<Delivery>> {
        self.db.row("SELECT * FROM deliveries WHERE id = $1", args![id]).await?.as_ref().map(rows::delivery).transpose()
    }

    /// Deliveries, newest first; of one site, in one state, where asked.
    pub async fn deliveries(&self, site: Option<Id>, state: Option<DeliveryState>, limit: u32) -> Result<Vec<Delivery>> {
        let (mut asked, mut args) = (Vec::new(), args![limit]);
        if let Some(site) = site {
            args.push(Value::from(site));
            asked.push(format!("site = ${}", args.len()));
        }
        if let Some(state) = state {
            args.push(Value::from(word(&state)));
            asked.push(format!("state = ${}", args.len()));
        }
        let asked = if asked.is_empty() { String::new() } else { format!("WHERE {}", asked.join(" AND ")) };
        let sql = format!("SELECT * FROM deliveries {asked} ORDER BY id DESC LIMIT $1");
        self.db.rows(sql, args).await?.iter().map(rows::delivery).collect()
    }

    /// The drafts of a site that may be or become posts, in the order of their deliveries' ids, after this one.
    pub async fn drafts_on(&self, site: Id, after: Id, limit: u32) -> Result<Vec<(Id, DeliveryState, Draft)>> {
        let sql = "SELECT id, state, draft FROM deliveries WHERE site = $1 AND id > $2 AND draft IS NOT NULL
                   AND state NOT IN ('skipped', 'withdrawn') ORDER BY id LIMIT $3";
        let rows = self.db.rows(sql, args![site, after, limit]).await?;
        rows.iter().map(|row| Ok((row.id("id")?, row.word("state")?, row.json("draft")?))).collect()
    }

    /// The deliveries that carry an item, its own and those that it joined, oldest first.
    pub async fn deliveries_of(&self, item: Id) -> Result<Vec<Delivery>> {
        let sql = "SELECT deliveries.* FROM delivery_items JOIN deliveries ON deliveries.id = delivery_items.delivery
                   WHERE delivery_items.item = $1 ORDER BY deliveries.id";
        let found: Vec<Delivery> = self.db.rows(sql, args![item]).await?.iter().map(rows::delivery).collect::<Result<_>>()?;
        match &self.base {
            Some(base) if found.is_empty() => Box::pin(base.deliveries_of(item)).await,
            _ => Ok(found),
        }
    }

    /// The items that a person may mean: by an item's or a delivery's id, an entry's link, a post's address, a slug or a
    /// delivery's key. Newest first, at most 20.
    pub async fn find(&self, text: &str) -> Result<Vec<Item>> {
        let text = text.trim();
        let by_delivery = |asked: String| {
            format!(
                "SELECT delivery_items.item FROM deliveries JOIN delivery_items ON delivery_items.delivery = deliveries.id WHERE {asked}"
            )
        };
        let (asked, args) = if let Ok(id) = text.parse::<Id>() {
            (format!("SELECT $1 UNION {}", by_delivery("deliveries.id = $1".to_owned())), args![id])
        } else if text.contains("://") {
            let links = spellings(text);
            let places = list(1, links.len());
            let by_post = by_delivery(format!("deliveries.post_link IN ({places})"));
            (format!("SELECT id FROM items WHERE link IN ({places}) UNION {by_post}"), links.into_iter().map(Value::from).collect())
        } else {
            let by_slug = by_delivery("deliveries.slug = $1".to_owned());
            let by_key = by_delivery("deliveries.key = $1".to_owned());
            let by_post_slug = by_delivery("deliveries.post_slug = $1".to_owned());
            (format!("{by_slug} UNION {by_key} UNION {by_post_slug}"), args![text])
        };
        let sql = format!("SELECT * FROM items WHERE id IN ({asked}) ORDER BY id DESC LIMIT 20");
        let mut items = self.db.rows(sql, args).await?.iter().map(rows::item).collect::<Result<Vec<_>>>()?;
        // 13 characters can be a key as well as an id.
        if items.is_empty() && text.parse::<Id>().is_ok() {
            let sql = format!("SELECT * FROM items WHERE id IN ({})", by_delivery("deliveries.key = $1".to_owned()));
            items = self.db.rows(sql, args![text]).await?.iter().map(rows::item).collect::<Result<Vec<_>>>()?;
        }
        Ok(items)
    }

    /// The items whose entry has one of these keys, each scoped to its feed; as [`Store::find`].
    pub async fn find_by_keys(&self, keys: &[i64]) -> Result<Vec<Item>> {
        let mut items = Vec::new();
        for keys in keys.chunks(200) {
            let (known, values) = lookup(keys, "item");
            for row in self.db.rows(format!("SELECT * FROM items WHERE id IN ({known})"), values).await? {
                items.push(rows::item(&row)?);
            }
        }
        items.sort_by_key(|item| std::cmp::Reverse(item.id));
        items.truncate(20);
        Ok(items)
    }

    /// The items whose post a person may mean by its number or its address on the site: `17`, `?p=17`, the address of the
    /// editor (`…/wp-admin/post.php?post=17&action=edit`), or a pretty one, which ends in the post's slug; as [`Store::find`].
    pub async fn find_by_post(&self, text: &str) -> Result<Vec<Item>> {
        let Some((host, sign)) = post_sign(text) else { return Ok(Vec::new()) };
        let mut args: Vec<Value> = Vec::new();
        for site in self.sites().await? {
            let at = Url::parse(&site.url).ok().and_then(|url| place(&url));
            if host.is_none() || host == at {
                args.push(site.id.into());
            }
        }
        if args.is_empty() {
            return Ok(Vec::new());
        }
        let sites = list(1, args.len());
        let column = match sign {
            Sign::Number(number) => {
                args.push(number.into());
                "post"
            }
            Sign::Slug(slug) => {
                args.push(slug.into());
                "post_slug"
            }
        };
        let sql = format!(
            "SELECT * FROM items WHERE id IN (SELECT delivery_items.item FROM deliveries
             JOIN delivery_items ON delivery_items.delivery = deliveries.id
             WHERE deliveries.site IN ({sites}) AND deliveries.{column} = ${}) ORDER BY id DESC LIMIT 20",
            args.len()
        );
        self.db.rows(sql, args).await?.iter().map(rows::item).collect()
    }

    /// How many there are of everything.
    pub async fn counts(&self) -> Result<Counts> {
        let mut counts = Counts::default();
        let sql = "SELECT COUNT(*) AS feeds, COUNT(error) AS failing, (SELECT COUNT(*) FROM sites WHERE sites.configured = 1) AS sites
                   FROM feeds WHERE configured = 1";
        if let Some(row) = self.db.row(sql, args![]).await? {
            counts.feeds = row.number_or_null("feeds")?.unwrap_or(0);
            counts.failing_feeds = row.number_or_null("failing")?.unwrap_or(0);
            counts.sites = row.number_or_null("sites")?.unwrap_or(0);
        }
        for row in self.db.rows("SELECT state, COUNT(*) AS number FROM items GROUP BY state", args![]).await? {
            counts.items.insert(row.text("state")?, row.number_or_null("number")?.unwrap_or(0));
        }
        for row in self.db.rows("SELECT state, COUNT(*) AS number FROM deliveries GROUP BY state", args![]).await? {
            counts.deliveries.insert(row.text("state")?, row.number_or_null("number")?.unwrap_or(0));
        }
        Ok(counts)
    }

    /// How many deliveries each site has in each state, as the store names it.
    pub async fn counts_by_site(&self) -> Result<Vec<(Id, String, u64)>> {
        let rows = self
            .db
            .rows("SELECT site, state, COUNT(*) AS number FROM deliveries GROUP BY site, state ORDER BY site, state", args![])
            .await?;
        rows.iter().map(|row| Ok((row.id("site")?, row.text("state")?, row.number_or_null("number")?.unwrap_or(0)))).collect()
    }
}

/// The ways in which a person may write one address: either scheme, with and without a slash or a fragment at its end.
fn spellings(link: &str) -> Vec<String> {
    let bare = link.split('#').next().unwrap_or(link).trim_end_matches('/');
    let rest = bare.split_once("://").map_or(bare, |(_, rest)| rest);
    let mut spellings = vec![link.to_owned()];
    for scheme in ["https", "http"] {
        for end in ["", "/"] {
            spellings.push(format!("{scheme}://{rest}{end}"));
        }
    }
    spellings.dedup();
    spellings
}

/// How an address names a post.
#[derive(Debug, PartialEq, Eq)]
enum Sign {
    Number(u64),
    Slug(String),
}

/// What a text says of a post, and on which host, if it names one.
fn post_sign(text: &str) -> Option<(Option<String>, Sign)> {
    if let Ok(number) = text.parse() {
        return Some((None, Sign::Number(number)));
    }
    let whole = text.contains("://");
    let url = if whole { Url::parse(text) } else { Url::parse("https://here.invalid/").and_then(|here| here.join(text)) }.ok()?;
    let host = if whole { Some(place(&url)?) } else { None };
    let number = url.query_pairs().find(|(name, _)| matches!(&**name, "p" | "post" | "page_id" | "preview_id"));
    if let Some(number) = number.and_then(|(_, number)| number.parse().ok()) {
        return Some((host, Sign::Number(number)));
    }
    let slug = url.path_segments()?.rfind(|part| !part.is_empty())?.to_lowercase();
    Some((host, Sign::Slug(slug)))
}

/// Host and port, without `www.`.
fn place(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    let host = host.strip_prefix("www.").unwrap_or(host);
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

#[cfg(test)]
mod tests {
    use super::{Sign, post_sign, spellings};

    #[test]
    fn a_posts_address_says_its_number_or_its_slug() {
        let here = || Some("blog.example".to_owned());
        for (text, sign) in [
            ("17", Some((None, Sign::Number(17)))),
            ("?p=17", Some((None, Sign::Number(17)))),
            ("wp-admin/post.php?post=341&action=edit", Some((None, Sign::Number(341)))),
            ("https://www.blog.example/?p=17&preview=true", Some((here(), Sign::Number(17)))),
            ("http://blog.example/2026/11/a-quiet-harbour/", Some((here(), Sign::Slug("a-quiet-harbour".to_owned())))),
            ("https://blog.example/", None),
        ] {
            assert_eq!(post_sign(text), sign, "{text}");
        }
    }

    #[test]
    fn an_address_is_found_in_every_spelling() {
        let found = spellings("https://a.example/x/#top");
        for link in ["https://a.example/x/#top", "https://a.example/x", "https://a.example/x/", "http://a.example/x", "http://a.example/x/"]
        {
            assert!(found.iter().any(|spelling| spelling == link), "{link}");
        }
    }
}
