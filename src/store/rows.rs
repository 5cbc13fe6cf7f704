//! Rows as Rust sees them: one reader for each table whose rows travel.

use super::Lease;
use super::db::Row;
use super::error::Result;
use crate::domain::{Delivery, Doubt, FeedFacts, Hold, Id, Item, Keys, Manners, Planned, Timestamp, Validators};

/// A feed as the store knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedRow {
    pub id: Id,
    pub name: String,
    /// The first name that it ever had: what delivery keys are made with.
    pub key_name: String,
    pub url: String,
    /// It stands in the configuration that was last put in force.
    pub configured: bool,
    pub facts: FeedFacts,
    pub validators: Validators,
    /// Of the last document's bytes.
    pub body_hash: Option<String>,
    pub next_poll: Timestamp,
    /// Why it is then.
    pub because: Option<String>,
    /// The last good answer: a document, or that nothing changed. `None`: there was none yet.
    pub polled: Option<Timestamp>,
    /// The last document that held something new.
    pub changed: Option<Timestamp>,
    /// Times of its newest entries, newest first, at most 16.
    pub rhythm: Vec<Timestamp>,
    /// Failed polls in a row.
    pub failures: u32,
    /// The last poll's error; `None` after a good one.
    pub error: Option<String>,
    /// Not even a person's wish asks it before this.
    pub retry_after: Option<Timestamp>,
    /// The server said 410 Gone.
    pub gone: bool,
    /// Its hub pushes until then, as a push has proved, if that is not past.
    pub pushed_until: Option<Timestamp>,
    /// How it is asked politely.
    pub manners: Manners,
    /// Somebody polls it until then, if that is not past.
    pub lease_until: Option<Timestamp>,
    /// Its new entries wait for a person since then, for this reason.
    pub held: Option<(Timestamp, String)>,
    /// That is because they look like what it had, under new keys.
    pub is_flooded: bool,
    /// The blocked domain that it lies on: it isn't polled.
    pub blocked: Option<String>,
}

impl FeedRow {
    pub(super) fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            id: row.id("id")?,
            name: row.text("name")?,
            key_name: row.text("key_name")?,
            url: row.text("url")?,
            configured: row.flag("configured")?,
            facts: row.json("facts")?,
            validators: Validators { etag: row.text_or_null("etag")?, last_modified: row.text_or_null("last_modified")? },
            body_hash: row.text_or_null("body_hash")?,
            next_poll: row.time("next_poll")?,
            because: row.text_or_null("because")?,
            polled: row.time_or_null("polled")?,
            changed: row.time_or_null("changed")?,
            rhythm: row.json("rhythm")?,
            failures: row.count("failures")?,
            error: row.text_or_null("error")?,
            retry_after: row.time_or_null("retry_after")?,
            gone: row.flag("gone")?,
            pushed_until: row.time_or_null("pushed_until")?,
            manners: row.json("manners")?,
            lease_until: row.time_or_null("lease_until")?,
            held: match row.time_or_null("held_since")? {
                Some(since) => Some((since, row.text_or_null("held_because")?.unwrap_or_default())),
                None => None,
            },
            is_flooded: row.text_or_null("held_kind")?.as_deref() == Some("flood"),
            blocked: row.text_or_null("blocked")?,
        })
    }
}

/// A site as the store knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteRow {
    pub id: Id,
    pub name: String,
    /// The first name that it ever had: what delivery keys are made with.
    pub key_name: String,
    pub url: String,
    /// It stands in the configuration that was last put in force.
    pub configured: bool,
    /// BCP 47, as its front page says; `None`: not known yet.
    pub language: Option<String>,
    /// Nothing is sent before this.
    pub rest_until: Option<Timestamp>,
    pub rest_because: Option<String>,
    /// In a row, of the site as a whole.
    pub failures: u32,
    /// Somebody writes to it until then, if that is not past.
    pub lease_until: Option<Timestamp>,
}

impl SiteRow {
    pub(super) fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            id: row.id("id")?,
            name: row.text("name")?,
            key_name: row.text("key_name")?,
            url: row.text("url")?,
            configured: row.flag("configured")?,
            language: row.text_or_null("language")?,
            rest_until: row.time_or_null("rest_until")?,
            rest_because: row.text_or_null("rest_because")?,
            failures: row.count("failures")?,
            lease_until: row.time_or_null("lease_until")?,
        })
    }
}

/// Reads a row of `items`.
pub(super) fn item(row: &Row) -> Result<Item> {
    Ok(Item {
        id: row.id("id")?,
        feed: row.id("feed")?,
        state: row.word("state")?,
        keys: Keys { guid: row.int_or_null("key_guid")?, link: row.int_or_null("key_link")?, text: row.int_or_null("key_text")? },
        title: row.text("title")?,
        link: row.text_or_null("link")?,
        published: row.time_or_null("published")?,
        first_seen: row.time("first_seen")?,
        entry: row.json_or_null("entry")?,
        steps: row.json("steps")?,
        decision: row.json("decision")?,
        generation: row.count("generation")?,
        attempts: row.count("attempts")?,
        due: row.time("due")?,
        error: row.text_or_null("error")?,
    })
}

/// Reads a row of `deliveries`.
pub(super) fn delivery(row: &Row) -> Result<Delivery> {
    let hold = match row.word_or_null("hold_kind")? {
        Some(kind) => Some(Hold { kind, because: row.text_or_null("hold_because")?.unwrap_or_default() }),
        None => None,
    };
    Ok(Delivery {
        id: row.id("id")?,
        site: row.id("site")?,
        item: row.id("item")?,
        state: row.word("state")?,
        hold,
        key: row.text("key")?,
        slug: row.text("slug")?,
        phase: row.word("phase")?,
        doubt: Doubt { until: row.time_or_null("doubt_until")?, ever: row.flag("doubt_ever")?, floor: row.number_or_null("doubt_floor")? },
        draft: row.json_or_null("draft")?,
        decision: row.json("decision")?,
        post: row.number_or_null("post")?,
        post_type: row.text_or_null("post_type")?,
        post_slug: row.text_or_null("post_slug")?,
        post_link: row.text_or_null("post_link")?,
        returned_hash: row.text_or_null("returned_hash")?,
        modified_gmt: row.text_or_null("modified_gmt")?,
        attempts: row.count("attempts")?,
        due: row.time("due")?,
        planned: match row.time_or_null("slot")? {
            Some(at) => Some(Planned { at, because: row.text_or_null("slot_because")?.unwrap_or_default() }),
            None => None,
        },
        error: row.text_or_null("error")?,
        run: row.id_or_null("run")?,
        published_at: row.time_or_null("published_at")?,
    })
}

/// Claimed rows with their leases, in the order of due time and id (RETURNING promises none).
pub(super) fn claimed<T>(
    rows: &[Row],
    token: i64,
    until: Timestamp,
    read: impl Fn(&Row) -> Result<T>,
    order: impl Fn(&T) -> (Timestamp, Id),
) -> Result<Vec<(T, Lease)>> {
    let mut claimed = rows.iter().map(read).collect::<Result<Vec<T>>>()?;
    claimed.sort_by_key(&order);
    Ok(claimed.into_iter().map(|row| (Lease::new(order(&row).1, token, until), row)).map(|(lease, row)| (row, lease)).collect())
}
