//! `decide(drafts)`: preparing → decided, with one delivery for each site that the rules chose, in one transaction.
//!
//! A site may have the entry already, from another feed or an earlier life: every rung's key, scoped to the site, belongs to
//! the delivery that was first. Then the item joins that delivery and nothing new is made. Three cases differ:
//! - the delivery was skipped before anything was sent, and it is this item's own: it lives again with the new draft;
//! - it was withdrawn, and is this item's own, and this is the item's next generation: a new delivery takes its keys over;
//! - a rule's skip takes no keys, so it keeps nobody else's accepted entry away.
//!
//! What goes into a digest gets a delivery that is skipped and takes the keys all the same, and a row of `digest_items`, which
//! waits for the end of the window (see `digests`).

use std::collections::BTreeSet;

use super::alike::{self, Alike, First};
use super::contests::{self, Contest};
use super::db::{Tx, args, json, list, tuples, word};
use super::digests::{self, Join};
use super::error::{Error, Result, is_contention, is_taken};
use super::merges::{self, Merged};
use super::{Lease, Store, lease};
use crate::domain::{Decision, DeliveryState, Differing, Draft, Hold, Id, MergeKind, NearDuplicates, Rung, Timestamp};

/// A delivery to make.
#[derive(Debug, Clone)]
pub struct NewDelivery {
    pub site: Id,
    /// Unique on the site.
    pub key_hash: i64,
    /// The same as text: 13 base32 characters.
    pub key: String,
    /// Every rung's key, scoped to the site, the surest first.
    pub site_keys: Vec<(Rung, i64)>,
    /// Readable part, `-`, key.
    pub slug: String,
    pub fate: Fate,
    pub decision: Decision,
    /// When it may go out.
    pub due: Timestamp,
    /// What its text is known again by; `None`: it is compared with nothing.
    pub alike: Option<Alike>,
    /// The digest that it goes into: alone with [`Fate::InDigest`], also with another fate.
    pub digest: Option<Join>,
}

/// How a delivery begins.
#[derive(Debug, Clone)]
pub enum Fate {
    Ready(Draft),
    Held(Draft, Hold),
    /// Ready, if it is one of the best when its window ends (see `contests`).
    Contest(Draft, Contest),
    /// The rules skip it on this site; the decision says why.
    Skipped,
    /// It has no post of its own: the digest shows it.
    InDigest,
}

/// What became of a delivery to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided {
    pub site: Id,
    /// The new delivery, or the one that was there.
    pub delivery: Id,
    /// The site had the entry already: no delivery was made.
    pub joined: bool,
}

/// How often the whole is tried where another worker makes the same delivery at the same moment.
const TRIES: usize = 5;

impl Store {
    /// `decide`: preparing → decided; ready, held or skipped deliveries. One answer a delivery, in their order.
    ///
    /// # Errors
    /// [`Error::StaleLease`], and then nothing was changed.
    pub async fn decide(&self, lease: Lease, decision: &Decision, deliveries: &[NewDelivery], now: Timestamp) -> Result<Vec<Decided>> {
        self.fault_in_deliveries(deliveries).await?;
        for _ in 0..TRIES {
            match self.decide_once(&lease, decision, deliveries, now).await {
                // Another worker was first with a key, in the moment between our look and our write: now we see it.
                Err(error) if is_taken(&error) => {}
                Err(Error::Database(error)) if is_contention(&error) => {}
                other => return other,
            }
        }
        Err(Error::Contended("decide"))
    }

    async fn decide_once(&self, lease: &Lease, decision: &Decision, deliveries: &[NewDelivery], now: Timestamp) -> Result<Vec<Decided>> {
        let mut tx = self.db.begin("decide").await?;
        let sql =
            "UPDATE items SET state = 'decided', decision = $3, error = NULL, lease_token = NULL, lease_until = NULL, lease_owner = NULL
                   WHERE id = $1 AND lease_token = $2 AND state = 'preparing'";
        let changed = tx.run(sql, args![lease.row, lease.token, json(decision)]).await?;
        lease::proves(lease, changed)?;
        let mut decided = Vec::with_capacity(deliveries.len());
        let mut firsts = Vec::new();
        for new in deliveries {
            let (delivery, joined) = make(&mut tx, lease.row, new, &mut firsts, now).await?;
            let sql = "INSERT INTO delivery_items (delivery, item) VALUES ($1, $2) ON CONFLICT (delivery, item) DO NOTHING";
            tx.run(sql, args![delivery, lease.row]).await?;
            decided.push(Decided { site: new.site, delivery, joined });
        }
        if let Some(first) = firsts.first().filter(|_| firsts.len() == deliveries.len()) {
            tx.run("UPDATE items SET decision = $2 WHERE id = $1", args![lease.row, json(&alike::told(decision, first))]).await?;
        }
        tx.commit().await?;
        Ok(decided)
    }
}

/// A delivery that has the key of one that is to be made.
struct Owner {
    id: Id,
    item: Id,
    state: DeliveryState,
    sent: bool,
    key_hash: i64,
    /// Which rung's site key it was found by; `None`: by its own key.
    rung: Option<Rung>,
}

impl Owner {
    /// It was skipped, and nothing of it was ever sent.
    fn is_unused(&self) -> bool {
        self.state == DeliveryState::Skipped && !self.sent
    }
}

/// `firsts`: gets the delivery that told its story before, where it is named there and has no post of its own.
async fn make(tx: &mut Tx, item: Id, new: &NewDelivery, firsts: &mut Vec<First>, now: Timestamp) -> Result<(Id, bool)> {
    // A digest has it, and it shall not be posted on its own beside: nothing new is made.
    let is_elsewhere = match new.fate {
        Fate::InDigest => true,
        Fate::Ready(_) | Fate::Contest(..) | Fate::Held(..) => new.digest.is_none(),
        Fate::Skipped => false,
    };
    if is_elsewhere && let Some(digest) = digests::live(tx, new.site, item).await? {
        return Ok((digest, true));
    }
    let mut join = new.digest.clone();
    let (delivery, joined) = make_own(tx, item, new, &mut join, firsts, now).await?;
    if !joined {
        digests::join(tx, new.site, item, join.as_ref(), now).await?;
    }
    Ok((delivery, joined))
}

/// `join`: what a digest shows of it; gets the reason where that is to wait for a person.
async fn make_own(
    tx: &mut Tx,
    item: Id,
    new: &NewDelivery,
    join: &mut Option<Join>,
    firsts: &mut Vec<First>,
    now: Timestamp,
) -> Result<(Id, bool)> {
    let keys: BTreeSet<i64> = new.site_keys.iter().map(|(_, key)| *key).collect();
    let id = match owner(tx, new, &keys).await? {
        None => {
            let first = alike::first(tx, item, new, now).await?;
            let id = match (first, new.alike.as_ref().map(|alike| alike.then)) {
                (Some(first), Some(NearDuplicates::Also)) => {
                    alike::cover(tx, &first, item, new, now).await?;
                    take_keys(tx, first.delivery, &keys).await?;
                    let delivery = first.delivery;
                    firsts.push(first);
                    return Ok((delivery, true));
                }
                (first, _) => {
                    let held = first.map(|first| alike::held(new, &first));
                    let id = Id::new(now);
                    insert(tx, id, item, held.as_ref().unwrap_or(new), now).await?;
                    match held {
                        Some(held) => *join = held.digest,
                        None => alike::remember(tx, id, new).await?,
                    }
                    id
                }
            };
            if !matches!(new.fate, Fate::Skipped) {
                take_keys(tx, id, &keys).await?;
            }
            return Ok((id, false));
        }
        // Its own, or a rule's skip of another feed's item (which holds no site keys).
        Some(owner) if owner.is_unused() && (owner.item == item || owner.rung.is_none()) => {
            if matches!(new.fate, Fate::Skipped) && owner.item != item {
                return Ok((owner.id, true));
            }
            renew(tx, owner.id, item, new).await?;
            owner.id
        }
        Some(owner) if owner.item == item && owner.state == DeliveryState::Withdrawn && owner.key_hash != new.key_hash => {
            let id = Id::new(now);
            insert(tx, id, item, new, now).await?;
            tx.run("UPDATE site_keys SET delivery = $2 WHERE delivery = $1", args![owner.id, id]).await?;
            id
        }
        Some(owner) => {
            claim_keys(tx, owner.id, &keys).await?;
            if owner.item != item {
                let rung = owner.rung.or_else(|| new.site_keys.first().map(|(rung, _)| *rung)).unwrap_or(Rung::Guid);
                let (told, was) = (Differing::default(), Differing::default());
                let merged = Merged { item: owner.item, rung, kind: MergeKind::Feed, other: Some(item), told, was };
                merges::insert(tx, vec![merged], now).await?;
            }
            return Ok((owner.id, true));
        }
    };
    if !matches!(new.fate, Fate::Skipped) {
        claim_keys(tx, id, &keys).await?;
    }
    Ok((id, false))
}

/// Who has the entry on this site: by the highest rung that anybody has.
async fn owner(tx: &mut Tx, new: &NewDelivery, keys: &BTreeSet<i64>) -> Result<Option<Owner>> {
    const COLUMNS: &str = "deliveries.id, deliveries.item, deliveries.state, deliveries.phase, deliveries.doubt_until, deliveries.doubt_ever, deliveries.key_hash";
    let read = |row: &super::db::Row, rung| {
        Ok(Owner {
            id: row.id("id")?,
            item: row.id("item")?,
            state: row.word("state")?,
            sent: row.text("phase")? != "unmade" || row.flag("doubt_ever")? || row.int_or_null("doubt_until")?.is_some(),
            key_hash: row.int("key_hash")?,
            rung,
        })
    };
    if !keys.is_empty() {
        let sql = format!(
            "SELECT site_keys.hash, {COLUMNS} FROM site_keys JOIN deliveries ON deliveries.id = site_keys.delivery
             WHERE site_keys.hash IN ({})",
            list(1, keys.len())
        );
        let rows = tx.rows(sql, keys.iter().copied().map(super::db::Value::from).collect()).await?;
        let rung = |row: &super::db::Row| row.int("hash").ok().and_then(|hash| new.site_keys.iter().position(|(_, key)| *key == hash));
        if let Some(row) = rows.iter().min_by_key(|row| rung(row)) {
            return read(row, rung(row).map(|at| new.site_keys[at].0)).map(Some);
        }
    }
    let sql = format!("SELECT {COLUMNS} FROM deliveries WHERE deliveries.site = $1 AND deliveries.key_hash = $2");
    tx.row(sql, args![new.site, new.key_hash]).await?.map(|row| read(&row, None)).transpose()
}

/// The columns in which a fate shows: state, draft, kind and reason of a hold.
fn fate(new: &NewDelivery) -> (&'static str, Option<String>, Option<String>, Option<String>) {
    match &new.fate {
        Fate::Ready(draft) | Fate::Contest(draft, _) => ("ready", Some(json(draft)), None, None),
        Fate::Held(draft, hold) => ("held", Some(json(draft)), Some(word(&hold.kind)), Some(hold.because.clone())),
        Fate::Skipped | Fate::InDigest => ("skipped", None, None, None),
    }
}

async fn insert(tx: &mut Tx, id: Id, item: Id, new: &NewDelivery, now: Timestamp) -> Result<()> {
    let (state, draft, hold_kind, hold_because) = fate(new);
    let sql = "INSERT INTO deliveries (id, site, item, state, draft, hold_kind, hold_because, key_hash, key, slug, decision, created, due)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    let args = args![
        id,
        new.site,
        item,
        state,
        draft,
        hold_kind,
        hold_because,
        new.key_hash,
        &new.key,
        &new.slug,
        json(&new.decision),
        now,
        new.due
    ];
    tx.run(sql, args).await?;
    contests::enter(tx, id, new).await
}

/// A delivery that was skipped before anything was sent lives again, with everything new.
async fn renew(tx: &mut Tx, id: Id, item: Id, new: &NewDelivery) -> Result<()> {
    let (state, draft, hold_kind, hold_because) = fate(new);
    let sql = "UPDATE deliveries SET item = $2, state = $3, draft = $4, hold_kind = $5, hold_because = $6, key_hash = $7, key = $8,
                      slug = $9, decision = $10, due = $11, attempts = 0, error = NULL, slot = NULL, slot_because = NULL,
                      contest = NULL, contest_most = NULL, contest_until = NULL, contest_rank = NULL, score = NULL
               WHERE id = $1 AND state = 'skipped'";
    let args = args![id, item, state, draft, hold_kind, hold_because, new.key_hash, &new.key, &new.slug, json(&new.decision), new.due];
    tx.run(sql, args).await?;
    contests::enter(tx, id, new).await
}

/// Nobody has these keys; if that is no longer so, this fails, and the whole decision is made again.
async fn take_keys(tx: &mut Tx, delivery: Id, keys: &BTreeSet<i64>) -> Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    let sql = format!("INSERT INTO site_keys (hash, delivery) VALUES {}", tuples(keys.len(), 2));
    tx.run(sql, keys.iter().flat_map(|key| args![*key, delivery]).collect()).await.map(drop)
}

/// Those of the keys that nobody has are the delivery's from now on.
async fn claim_keys(tx: &mut Tx, delivery: Id, keys: &BTreeSet<i64>) -> Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    let sql = format!("INSERT INTO site_keys (hash, delivery) VALUES {} ON CONFLICT (hash) DO NOTHING", tuples(keys.len(), 2));
    tx.run(sql, keys.iter().flat_map(|key| args![*key, delivery]).collect()).await.map(drop)
}
