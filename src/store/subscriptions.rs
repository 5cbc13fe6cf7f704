//! Subscriptions at hubs (WebSub): one function for each step of their life.
//!
//! What is due is claimed by moving `due` on: whoever dies with one in hand leaves it due again a little later, and two daemons
//! never ask for the same one at once. Every later statement about a row asks for its token, which is another one as soon as
//! the feed offers something else. A hub may verify before it has answered our request, so that what the request came to is
//! stored only where no verification has come since (`confirmed`).

use std::collections::HashMap;
use std::time::Duration;

use super::Store;
use super::db::{Row, Tx, Value, args, json, list};
use super::error::Result;
use super::feeds::NOT_PAUSED;
use crate::domain::{Id, Secret, Subscription, SubscriptionState, Timestamp};

/// Rows in one question.
const ROWS: usize = 200;
/// A feed is not polled sooner than this after a poll, however often its hub says that there is something new.
const BETWEEN: i64 = 60;

/// The feed falls back to its rhythm: a poll that was put off comes when it would have come.
const FALL_BACK: &str = "pushed_until = NULL, unpushed_poll = NULL,
    because = CASE WHEN unpushed_poll < next_poll THEN 'it is no longer pushed' ELSE because END,
    next_poll = CASE WHEN unpushed_poll < next_poll THEN unpushed_poll ELSE next_poll END";

/// A hub was asked, and has neither verified nor denied it since; it may do either before it answers.
const OPEN: &str = "state <> 'denied' AND asked IS NOT NULL AND (confirmed IS NULL OR confirmed < asked)";

/// What a feed offers, with what is used if that makes a new subscription.
#[derive(Debug, Clone)]
pub struct Offered {
    pub feed: Id,
    pub topic: String,
    /// None: the feed no longer names any.
    pub hubs: Vec<String>,
    pub token: Secret,
    pub secret: Secret,
}

impl Store {
    /// Takes note of what feeds offer. Another topic, or hubs without the one that was asked, is a new subscription; no hub at
    /// all ends it. Where nothing is new, nothing is written.
    pub async fn note_offers(&self, offers: &[Offered], now: Timestamp) -> Result<()> {
        let feeds: Vec<Id> = offers.iter().map(|offer| offer.feed).collect();
        let known: HashMap<Id, Subscription> = self.subscriptions_of(&feeds).await?.into_iter().map(|known| (known.feed, known)).collect();
        let changed: Vec<_> = offers.iter().filter(|offer| is_news(offer, known.get(&offer.feed))).collect();
        if changed.is_empty() {
            return Ok(());
        }
        let mut tx = self.db.begin("note_offers").await?;
        for offer in changed {
            note(&mut tx, offer, known.get(&offer.feed), now).await?;
        }
        tx.commit().await
    }

    /// Takes up to `limit` subscriptions about which something is to be done; they are due again after `span`. Feeds that are no
    /// longer configured, or that their publisher has ended, leave; leases that ran out are over; paused feeds rest. What was
    /// agreed for another public address than `public_url` is agreed anew.
    pub async fn claim_subscriptions(&self, public_url: &str, now: Timestamp, limit: u32, span: Duration) -> Result<Vec<Subscription>> {
        let mut tx = self.db.begin("claim_subscriptions").await?;
        let leave = "UPDATE subscriptions SET state = 'leaving', due = $1, failures = 0 WHERE state <> 'leaving'
                     AND feed IN (SELECT id FROM feeds WHERE configured = 0 OR gone = 1)";
        tx.run(leave, args![now]).await?;
        let moved = "UPDATE subscriptions SET state = 'wanted', due = $1, lease_until = NULL, failures = 0, public_url = $2
                     WHERE public_url <> $2 AND state <> 'leaving'";
        tx.run(moved, args![now, public_url]).await?;
        tx.run("UPDATE subscriptions SET state = 'wanted' WHERE state = 'verified' AND lease_until <= $1", args![now]).await?;
        let unpushed = format!(
            "UPDATE feeds SET {FALL_BACK} WHERE pushed_until IS NOT NULL AND (pushed_until <= $1 OR NOT EXISTS
             (SELECT 1 FROM subscriptions WHERE subscriptions.feed = feeds.id AND subscriptions.state = 'verified'))"
        );
        tx.run(unpushed, args![now]).await?;
        let take = format!(
            "WITH ready AS (SELECT subscriptions.feed FROM subscriptions JOIN feeds ON feeds.id = subscriptions.feed
                            WHERE subscriptions.due <= $1 AND {NOT_PAUSED} ORDER BY subscriptions.due, subscriptions.feed LIMIT $2)
             UPDATE subscriptions SET due = $3 WHERE feed IN (SELECT feed FROM ready) AND due <= $1 RETURNING *"
        );
        let rows = tx.rows(take, args![now, limit, now.plus(span)]).await?;
        tx.commit().await?;
        rows.iter().map(read).collect()
    }

    /// Stores that this hub is asked now; a subscription that isn't verified waits for its verification from here. Until that
    /// comes, the request counts as one that came to nothing.
    pub async fn asking(&self, known: &Subscription, hub: &str, public_url: &str, now: Timestamp) -> Result<()> {
        let sql = "UPDATE subscriptions SET hub = $3, public_url = $4, asked = $5, confirmed = NULL, failures = failures + 1,
                          state = CASE WHEN state IN ('verified', 'leaving') THEN state ELSE 'asked' END
                   WHERE feed = $1 AND token = $2";
        self.step("asking", sql, args![known.feed, known.token.reveal(), hub, public_url, now]).await.map(drop)
    }

    /// What the request has come to so far: `error` says why the hub didn't take it, or that it hasn't verified it yet. It is
    /// asked again at `due`, unless it verifies by then (it may, also after an answer that was lost).
    pub async fn asked(&self, known: &Subscription, error: &str, due: Timestamp) -> Result<()> {
        let sql = format!("UPDATE subscriptions SET error = $3, due = $4 WHERE feed = $1 AND token = $2 AND {OPEN}");
        self.step("asked", sql, args![known.feed, known.token.reveal(), error, due]).await.map(drop)
    }

    /// The hub has verified it; `due`: the renewal. Whether it was still waited for.
    pub async fn subscription_verified(
        &self,
        known: &Subscription,
        lease_until: Timestamp,
        due: Timestamp,
        now: Timestamp,
    ) -> Result<bool> {
        let mut tx = self.db.begin("subscription_verified").await?;
        let sql = "UPDATE subscriptions SET state = 'verified', lease_until = $3, due = $4, confirmed = $5, failures = 0, error = NULL
                   WHERE feed = $1 AND token = $2 AND state IN ('asked', 'verified')";
        let changed = tx.run(sql, args![known.feed, known.token.reveal(), lease_until, due, now]).await?;
        if changed > 0 {
            tx.run("UPDATE feeds SET pushed_until = $2 WHERE id = $1 AND pushed_until IS NOT NULL", args![known.feed, lease_until]).await?;
        }
        tx.commit().await?;
        Ok(changed > 0)
    }

    /// The hub won't; it, or another, is asked at `due`.
    pub async fn subscription_denied(&self, known: &Subscription, reason: &str, due: Timestamp) -> Result<()> {
        let mut tx = self.db.begin("subscription_denied").await?;
        let sql = "UPDATE subscriptions SET state = 'denied', lease_until = NULL, due = $4, error = $3, failures = failures + 1
                   WHERE feed = $1 AND token = $2 AND state IN ('asked', 'verified')";
        if tx.run(sql, args![known.feed, known.token.reveal(), reason, due]).await? > 0 {
            tx.run(format!("UPDATE feeds SET {FALL_BACK} WHERE id = $1 AND pushed_until IS NOT NULL"), args![known.feed]).await?;
        }
        tx.commit().await
    }

    /// The hub has let us go, or never will.
    pub async fn subscription_left(&self, known: &Subscription) -> Result<()> {
        let sql = "DELETE FROM subscriptions WHERE feed = $1 AND token = $2 AND state = 'leaving'";
        self.step("subscription_left", sql, args![known.feed, known.token.reveal()]).await.map(drop)
    }

    /// A push of the hub's arrived: the feed is pushed until the lease ends.
    pub async fn pushed(&self, known: &Subscription, now: Timestamp) -> Result<()> {
        let mut tx = self.db.begin("pushed").await?;
        tx.run("UPDATE subscriptions SET pushed = $3 WHERE feed = $1 AND token = $2", args![known.feed, known.token.reveal(), now]).await?;
        let sql = "UPDATE feeds SET pushed_until = (SELECT lease_until FROM subscriptions WHERE subscriptions.feed = feeds.id)
                   WHERE id = $1 AND EXISTS (SELECT 1 FROM subscriptions WHERE subscriptions.feed = feeds.id
                                             AND subscriptions.state = 'verified' AND subscriptions.lease_until > $2)";
        tx.run(sql, args![known.feed, now]).await?;
        tx.commit().await
    }

    /// The feed is due now, as its hub says that there is something new; where somebody polls it just now, as soon as that is
    /// over, since that poll may have come too early. Not before a Retry-After.
    pub async fn ping(&self, feed: Id, now: Timestamp) -> Result<()> {
        let mut tx = self.db.begin("ping").await?;
        tx.run("UPDATE subscriptions SET pinged = $2 WHERE feed = $1", args![feed, now]).await?;
        deliver(&mut tx, &[feed], now).await?;
        tx.commit().await
    }

    /// Makes feeds due whose hubs said that there is something new while they were being polled.
    pub async fn deliver_pings(&self, now: Timestamp) -> Result<()> {
        let waiting = self.db.rows("SELECT feed FROM subscriptions WHERE pinged IS NOT NULL", args![]).await?;
        let waiting = waiting.iter().map(|row| row.id("feed")).collect::<Result<Vec<_>>>()?;
        if waiting.is_empty() {
            return Ok(());
        }
        let mut tx = self.db.begin("deliver_pings").await?;
        deliver(&mut tx, &waiting, now).await?;
        tx.commit().await
    }

    /// Puts polls of feeds that are pushed off until then; when they would have come is kept.
    pub async fn put_polls_off(&self, feeds: &[(Id, Timestamp)], because: &str, now: Timestamp) -> Result<()> {
        let sql = "UPDATE feeds SET unpushed_poll = next_poll, next_poll = $2, because = $3
                   WHERE id = $1 AND pushed_until > $4 AND next_poll < $2 AND lease_token IS NULL";
        let mut feeds = feeds.to_vec();
        feeds.sort_unstable();
        let mut tx = self.db.begin("put_polls_off").await?;
        for (feed, until) in feeds {
            tx.run(sql, args![feed, until, because, now]).await?;
        }
        tx.commit().await
    }

    /// A poll found what no push had told: until the next push, the feed is polled as if it weren't pushed.
    pub async fn push_missed(&self, feed: Id) -> Result<()> {
        let sql = format!("UPDATE feeds SET {FALL_BACK} WHERE id = $1 AND pushed_until IS NOT NULL");
        self.step("push_missed", sql, args![feed]).await.map(drop)
    }

    /// Nobody has listened for a while, so that pushes may have been missed: all feeds fall back until the next push.
    pub async fn pushes_unheard(&self) -> Result<()> {
        if self.db.row("SELECT id FROM feeds WHERE pushed_until IS NOT NULL LIMIT 1", args![]).await?.is_none() {
            return Ok(());
        }
        self.step("pushes_unheard", format!("UPDATE feeds SET {FALL_BACK} WHERE pushed_until IS NOT NULL"), args![]).await.map(drop)
    }

    /// When something is to be done about subscriptions next; past moments mean now.
    pub async fn next_push(&self, now: Timestamp) -> Result<Option<Timestamp>> {
        let sql = format!(
            "SELECT MIN(CASE WHEN subscriptions.pinged IS NOT NULL THEN $1
                             WHEN feeds.configured = 0 AND subscriptions.state <> 'leaving' THEN $1 ELSE subscriptions.due END) AS at
             FROM subscriptions JOIN feeds ON feeds.id = subscriptions.feed WHERE {NOT_PAUSED}"
        );
        self.db.row(sql, args![now]).await?.map_or(Ok(None), |row| row.time_or_null("at"))
    }

    /// All of them.
    pub async fn subscriptions(&self) -> Result<Vec<Subscription>> {
        self.db.rows("SELECT * FROM subscriptions ORDER BY feed", args![]).await?.iter().map(read).collect()
    }

    /// The one to whose callback this token belongs.
    pub async fn subscription_of_token(&self, token: &str) -> Result<Option<Subscription>> {
        self.db.row("SELECT * FROM subscriptions WHERE token = $1", args![token]).await?.as_ref().map(read).transpose()
    }

    async fn subscriptions_of(&self, feeds: &[Id]) -> Result<Vec<Subscription>> {
        let mut found = Vec::new();
        for feeds in feeds.chunks(ROWS) {
            let sql = format!("SELECT * FROM subscriptions WHERE feed IN ({})", list(1, feeds.len()));
            for row in self.db.rows(sql, feeds.iter().copied().map(Value::from).collect()).await? {
                found.push(read(&row)?);
            }
        }
        Ok(found)
    }

    /// One statement as a transaction of its own; how many rows it changed.
    async fn step(&self, name: &'static str, sql: impl Into<String>, args: Vec<Value>) -> Result<u64> {
        let mut tx = self.db.begin(name).await?;
        let changed = tx.run(sql, args).await?;
        tx.commit().await?;
        Ok(changed)
    }
}

fn is_news(offer: &Offered, known: Option<&Subscription>) -> bool {
    match known {
        None => !offer.hubs.is_empty(),
        Some(known) if known.state == SubscriptionState::Leaving => !offer.hubs.is_empty(),
        Some(known) => known.topic != offer.topic || known.hubs != offer.hubs,
    }
}

async fn note(tx: &mut Tx, offer: &Offered, known: Option<&Subscription>, now: Timestamp) -> Result<()> {
    let Offered { feed, topic, hubs, token, secret } = offer;
    let Some(known) = known else {
        let sql = "INSERT INTO subscriptions (feed, topic, hubs, token, secret, state, due) VALUES ($1, $2, $3, $4, $5, 'wanted', $6)
                   ON CONFLICT DO NOTHING";
        tx.run(sql, args![*feed, topic, json(hubs), token.reveal(), secret.reveal(), now]).await?;
        return Ok(());
    };
    if hubs.is_empty() {
        let sql = "UPDATE subscriptions SET state = 'leaving', due = $3, failures = 0 WHERE feed = $1 AND token = $2";
        tx.run(sql, args![*feed, known.token.reveal(), now]).await?;
    } else if known.state != SubscriptionState::Leaving && known.topic == *topic && known.hub.as_ref().is_none_or(|hub| hubs.contains(hub))
    {
        tx.run("UPDATE subscriptions SET hubs = $3 WHERE feed = $1 AND token = $2", args![*feed, known.token.reveal(), json(hubs)]).await?;
        return Ok(());
    } else {
        // the former hub pushes to a callback that is gone, and is told so
        let sql = "UPDATE subscriptions SET topic = $3, hubs = $4, token = $5, secret = $6, state = 'wanted', due = $7, hub = NULL,
                          public_url = NULL, asked = NULL, confirmed = NULL, lease_until = NULL, failures = 0, error = NULL, pushed = NULL
                   WHERE feed = $1 AND token = $2";
        let args = args![*feed, known.token.reveal(), topic, json(hubs), token.reveal(), secret.reveal(), now];
        tx.run(sql, args).await?;
    }
    tx.run(format!("UPDATE feeds SET {FALL_BACK} WHERE id = $1 AND pushed_until IS NOT NULL"), args![*feed]).await?;
    Ok(())
}

/// Delivers the pings of these feeds to those of them that nobody polls just now.
async fn deliver(tx: &mut Tx, feeds: &[Id], now: Timestamp) -> Result<()> {
    for feed in feeds {
        let soonest = "CASE WHEN retry_after > $2 AND retry_after > COALESCE(polled, 0) + $3 THEN retry_after
                            WHEN polled + $3 > $2 THEN polled + $3 ELSE $2 END";
        let sql = format!(
            "UPDATE feeds SET because = CASE WHEN next_poll <= {soonest} THEN because ELSE 'its hub says that there is something new' END,
                    next_poll = CASE WHEN next_poll <= {soonest} THEN next_poll ELSE {soonest} END, unpushed_poll = NULL
             WHERE id = $1 AND (lease_until IS NULL OR lease_until <= $2)"
        );
        if tx.run(sql, args![*feed, now, BETWEEN]).await? > 0 {
            tx.run("UPDATE subscriptions SET pinged = NULL WHERE feed = $1", args![*feed]).await?;
        }
    }
    Ok(())
}

fn read(row: &Row) -> Result<Subscription> {
    Ok(Subscription {
        feed: row.id("feed")?,
        topic: row.text("topic")?,
        hubs: row.json("hubs")?,
        hub: row.text_or_null("hub")?,
        token: Secret::new(row.text("token")?),
        secret: Secret::new(row.text("secret")?),
        state: row.word("state")?,
        asked: row.time_or_null("asked")?,
        lease_until: row.time_or_null("lease_until")?,
        due: row.time("due")?,
        failures: row.count("failures")?,
        error: row.text_or_null("error")?,
        pushed: row.time_or_null("pushed")?,
    })
}
