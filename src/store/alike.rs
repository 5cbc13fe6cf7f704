//! The same story once: whether a site has it already, and what then becomes of the next telling.
//!
//! All of it happens inside `decide`'s transaction, so that two tellings that are decided one after the other see each other. Reads
//! the bands and sketches of the site's deliveries; writes those of the one that is first, or who else covers it. What goes into a
//! digest takes part by its own delivery, which is skipped: its story is told while it waits and once the digest goes out.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use super::Store;
use super::db::{Db, Row, Tx, Value, args, json, list, tuples};
use super::decide::{Fate, NewDelivery};
use super::error::Result;
use super::wanted::{self, NewWanted, Why};
use crate::domain::{Also, Decision, Draft, Hold, HoldKind, Id, Likeness, NearDuplicates, Rung, Timestamp};

/// What is known of a delivery's text, and what becomes of it where the site has its story.
#[derive(Debug, Clone)]
pub struct Alike {
    pub likeness: Likeness,
    pub then: NearDuplicates,
    /// The site's language.
    pub language: Option<String>,
    /// Names all others who cover it in the first one's draft, anew each time.
    pub tell: fn(&mut Draft, &[Also], Option<&str>),
    /// The same beside one entry of a digest's draft; the entry is what the digest shows of it (see [`super::Join`]).
    pub tell_in_digest: fn(&mut Draft, &str, &[Also], Option<&str>),
    /// What a digest shows of an entry (see [`super::Join`]), as one that waits for a person, for this reason.
    pub hold: fn(&str, &str) -> String,
}

/// How long a story is remembered.
const REMEMBERED: Duration = Duration::from_secs(30 * 86_400);
/// Deliveries that are compared at most: those that share most bands.
const COMPARED: u32 = 24;
/// Deliveries looked at in one band: one that a form's words fill says little.
const OF_A_BAND: u32 = 64;

/// An earlier delivery that tells the same story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct First {
    pub delivery: Id,
    title: String,
    feed: String,
    percent: u8,
}

impl First {
    /// In a person's words.
    pub fn words(&self) -> String {
        same_story(&self.title, &self.feed, self.percent)
    }
}

/// That an entry tells the same story as this one, so much alike, in a person's words.
pub fn same_story(title: &str, feed: &str, percent: u8) -> String {
    format!("the same story as “{title}” of `{feed}` ({percent} % alike)")
}

/// Whose story is looked for.
struct Asked<'a> {
    site: Id,
    /// Its own feed's entries are different by the feed's own word.
    feed: Id,
    likeness: &'a Likeness,
    /// The last delivery that counts.
    until: Option<Id>,
}

/// Where rows are read.
enum Reader<'a> {
    Within(&'a mut Tx),
    Outside(&'a Db),
}

impl Reader<'_> {
    async fn rows(&mut self, sql: impl Into<String>, args: Vec<Value>) -> Result<Vec<Row>> {
        match self {
            Self::Within(tx) => tx.rows(sql, args).await,
            Self::Outside(db) => db.rows(sql, args).await,
        }
    }
}

/// Whether this fate brings a story to the site.
fn brings(fate: &Fate) -> bool {
    matches!(fate, Fate::Ready(_) | Fate::Contest(..) | Fate::InDigest)
}

/// The delivery of the site that told this story first; never one of the item's own feed, whose entries are different by its own word.
pub(super) async fn first(tx: &mut Tx, item: Id, new: &NewDelivery, now: Timestamp) -> Result<Option<First>> {
    let Some(alike) = new.alike.as_ref().filter(|alike| alike.then != NearDuplicates::Off && brings(&new.fate)) else { return Ok(None) };
    // two workers that decide the same story at once go one after the other, also on PostgreSQL
    tx.run("UPDATE sites SET configured = configured WHERE id = $1", args![new.site]).await?;
    let Some(row) = tx.row("SELECT feed FROM items WHERE id = $1", args![item]).await? else { return Ok(None) };
    let asked = Asked { site: new.site, feed: row.id("feed")?, likeness: &alike.likeness, until: None };
    find(Reader::Within(tx), &asked, now).await
}

/// It goes out, or is out; or it waits for a digest, or is in one that does.
// what a person has yet to decide, or what failed, tells nobody's story
const TELLS: &str = "(deliveries.state IN ('ready', 'publishing', 'published') OR deliveries.state = 'skipped' AND EXISTS (
    SELECT 1 FROM digest_items LEFT JOIN deliveries AS made ON made.id = digest_items.delivery
    WHERE digest_items.site = deliveries.site AND digest_items.item = deliveries.item
      AND (digest_items.delivery IS NULL OR made.state IN ('ready', 'publishing', 'published'))))";

async fn find(mut reader: Reader<'_>, asked: &Asked<'_>, now: Timestamp) -> Result<Option<First>> {
    let floor = Id::floor(now.minus(REMEMBERED));
    let bands: BTreeSet<i64> = asked.likeness.bands.iter().copied().collect();
    let mut shared: HashMap<Id, u32> = HashMap::new();
    for band in bands {
        let sql = "SELECT delivery FROM sketch_bands WHERE hash = $1 AND delivery >= $2 ORDER BY delivery DESC LIMIT $3";
        for row in reader.rows(sql, args![band, floor, OF_A_BAND]).await? {
            *shared.entry(row.id("delivery")?).or_default() += 1;
        }
    }
    shared.retain(|delivery, _| asked.until.is_none_or(|until| *delivery <= until));
    if shared.is_empty() {
        return Ok(None);
    }
    let mut near: Vec<(u32, Id)> = shared.into_iter().map(|(delivery, bands)| (bands, delivery)).collect();
    near.sort_unstable_by_key(|(bands, delivery)| (std::cmp::Reverse(*bands), *delivery));
    near.truncate(COMPARED as usize);
    let sql = format!(
        "SELECT deliveries.id, sketches.sketch, items.title, feeds.name FROM deliveries
         JOIN sketches ON sketches.delivery = deliveries.id JOIN items ON items.id = deliveries.item JOIN feeds ON feeds.id = items.feed
         WHERE deliveries.site = $1 AND items.feed <> $2 AND {TELLS} AND deliveries.id IN ({})",
        list(3, near.len())
    );
    let mut values = args![asked.site, asked.feed];
    values.extend(near.iter().map(|(_, delivery)| Value::from(*delivery)));
    let mut best: Option<First> = None;
    for row in reader.rows(sql, values).await? {
        let Some(found) = (asked.likeness.judge)(&row.text("sketch")?, &asked.likeness.sketch) else { continue };
        let delivery = row.id("id")?;
        let is_better = best
            .as_ref()
            .is_none_or(|best| (found.percent, std::cmp::Reverse(delivery)) > (best.percent, std::cmp::Reverse(best.delivery)));
        if is_better {
            best = Some(First { delivery, title: row.text("title")?, feed: row.text("name")?, percent: found.percent });
        }
    }
    Ok(best)
}

/// The same delivery as one that waits for a person, as the site has its story.
pub(super) fn held(new: &NewDelivery, first: &First) -> NewDelivery {
    let mut held = new.clone();
    let because = first.words();
    // a digest with an entry that waits for a person waits itself
    if let (Some(join), Some(alike)) = (&mut held.digest, &new.alike) {
        join.entry = (alike.hold)(&join.entry, &because);
    }
    match held.fate {
        Fate::Ready(draft) | Fate::Contest(draft, _) => {
            held.decision.because = Some(format!("held: {because}"));
            held.fate = Fate::Held(draft, Hold { kind: HoldKind::NearDuplicate, because });
        }
        Fate::InDigest => held.decision.because = Some(format!("{}, which is held: {because}", held.decision.because.unwrap_or_default())),
        Fate::Held(..) | Fate::Skipped => {}
    }
    held
}

/// What this delivery is known again by.
pub(super) async fn remember(tx: &mut Tx, delivery: Id, new: &NewDelivery) -> Result<()> {
    let Some(alike) = new.alike.as_ref().filter(|_| brings(&new.fate)) else { return Ok(()) };
    let sql = "INSERT INTO sketches (delivery, sketch) VALUES ($1, $2) ON CONFLICT (delivery) DO UPDATE SET sketch = excluded.sketch";
    tx.run(sql, args![delivery, &alike.likeness.sketch]).await?;
    let bands: BTreeSet<i64> = alike.likeness.bands.iter().copied().collect();
    let sql =
        format!("INSERT INTO sketch_bands (hash, delivery) VALUES {} ON CONFLICT (hash, delivery) DO NOTHING", tuples(bands.len(), 2));
    tx.run(sql, bands.into_iter().flat_map(|band| args![band, delivery]).collect()).await.map(drop)
}

/// The item has no post of its own: the first one's draft names it, or that of the digest that the first one is in; where that is out
/// already, its post shall.
// One that is on its way just now goes out without: the row tells of it, and the next change of its post names it.
pub(super) async fn cover(tx: &mut Tx, first: &First, item: Id, new: &NewDelivery, now: Timestamp) -> Result<()> {
    let sql =
        "INSERT INTO also_covered (delivery, item, percent, at, keys) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (delivery, item) DO NOTHING";
    let keys: BTreeSet<i64> = new.site_keys.iter().map(|(_, key)| *key).collect();
    tx.run(sql, args![first.delivery, item, i64::from(first.percent), now, json(&keys)]).await?;
    let Some(alike) = &new.alike else { return Ok(()) };
    // while the first one waits for its digest, the digest asks who else covers it
    let sql = "SELECT digest_items.delivery, digest_items.entry FROM deliveries
               JOIN digest_items ON digest_items.site = deliveries.site AND digest_items.item = deliveries.item
               WHERE deliveries.id = $1 AND deliveries.state = 'skipped' AND digest_items.delivery IS NOT NULL";
    let in_digest = match tx.row(sql, args![first.delivery]).await? {
        Some(row) => Some((row.id("delivery")?, row.text_or_null("entry")?.unwrap_or_default())),
        None => None,
    };
    let delivery = in_digest.as_ref().map_or(first.delivery, |(digest, _)| *digest);
    let tell = |draft: &mut Draft, others: &[Also]| match &in_digest {
        Some((_, entry)) => (alike.tell_in_digest)(draft, entry, others, alike.language.as_deref()),
        None => (alike.tell)(draft, others, alike.language.as_deref()),
    };
    let sql = "SELECT draft, decision, state FROM deliveries WHERE id = $1 AND (state IN ('publishing', 'published')
               OR (state = 'ready' AND phase = 'unmade' AND doubt_until IS NULL AND doubt_ever = 0))";
    let Some(row) = tx.row(sql, args![delivery]).await? else { return Ok(()) };
    let Some(mut draft) = row.json_or_null::<Draft>("draft")? else { return Ok(()) };
    let others = covered(tx, first.delivery).await?;
    if row.text("state")? == "published" {
        let (mut why, mut decision) = (Why::Covered, row.json("decision")?);
        // what it shall become anyway names them, too
        if let Some(waits) = tx.row("SELECT draft, decision, why FROM wanted WHERE delivery = $1", args![delivery]).await? {
            (draft, decision, why) = (waits.json("draft")?, waits.json("decision")?, waits.word("why")?);
        }
        let was = draft.content.clone();
        tell(&mut draft, &others);
        if draft.content == was {
            // its digest's template shows no source line: the row tells of it
            return Ok(());
        }
        let wanted = NewWanted { delivery, site: new.site, why, draft, decision, forced: Vec::new() };
        return wanted::put(tx, &wanted, now).await;
    }
    tell(&mut draft, &others);
    // a claim in between makes this miss: then the draft is on its way, and the row tells of it
    let sql = "UPDATE deliveries SET draft = $2 WHERE id = $1 AND state = 'ready' AND phase = 'unmade' AND doubt_ever = 0";
    tx.run(sql, args![delivery, json(&draft)]).await.map(drop)
}

/// A delivery doesn't go out after all: the tellings that it, or an entry of its digest, would have named are prepared again, each
/// for itself.
///
/// One whose text was dropped meanwhile stays where it is.
pub(super) async fn let_go(tx: &mut Tx, delivery: Id, now: Timestamp) -> Result<()> {
    let sql = "SELECT deliveries.id FROM digest_items
               JOIN deliveries ON deliveries.item = digest_items.item AND deliveries.site = digest_items.site
               WHERE digest_items.delivery = $1 AND deliveries.id <> $1 AND deliveries.state = 'skipped'";
    for row in tx.rows(sql, args![delivery]).await? {
        let_go_of(tx, row.id("id")?, now).await?;
    }
    let_go_of(tx, delivery, now).await
}

/// The tellings that this delivery alone would have named are prepared again.
pub(super) async fn let_go_of(tx: &mut Tx, delivery: Id, now: Timestamp) -> Result<()> {
    let sql = "SELECT also_covered.item, also_covered.keys FROM also_covered JOIN items ON items.id = also_covered.item
               WHERE also_covered.delivery = $1 AND items.state = 'decided' AND items.entry IS NOT NULL";
    for row in tx.rows(sql, args![delivery]).await? {
        let (item, keys): (Id, BTreeSet<i64>) = (row.id("item")?, row.json("keys")?);
        for key in keys {
            tx.run("DELETE FROM site_keys WHERE hash = $1 AND delivery = $2", args![key, delivery]).await?;
        }
        tx.run("DELETE FROM also_covered WHERE delivery = $1 AND item = $2", args![delivery, item]).await?;
        tx.run("DELETE FROM delivery_items WHERE delivery = $1 AND item = $2", args![delivery, item]).await?;
        let sql = "UPDATE items SET state = 'seen', due = $2, attempts = 0, error = NULL WHERE id = $1 AND state = 'decided'";
        tx.run(sql, args![item, now]).await?;
    }
    Ok(())
}

/// The decision of an item whose story somebody told before.
pub(super) fn told(decision: &Decision, first: &First) -> Decision {
    let mut told = decision.clone();
    told.because = Some(format!("{}; it is named there", first.words()));
    told
}

const COVERED: &str = "SELECT items.title, items.link, feeds.name, feeds.facts, also_covered.at FROM also_covered
                       JOIN items ON items.id = also_covered.item JOIN feeds ON feeds.id = items.feed
                       WHERE also_covered.delivery = $1 ORDER BY also_covered.at, also_covered.item";

async fn covered(tx: &mut Tx, delivery: Id) -> Result<Vec<Also>> {
    tx.rows(COVERED, args![delivery]).await?.iter().map(read).collect()
}

fn read(row: &super::db::Row) -> Result<Also> {
    let facts: crate::domain::FeedFacts = row.json("facts")?;
    let source = match facts.title.filter(|title| !title.trim().is_empty()) {
        Some(title) => title,
        None => row.text("name")?,
    };
    Ok(Also { source, title: row.text("title")?, link: row.text_or_null("link")?, at: row.time("at")? })
}

impl Store {
    /// Who else covers what this delivery tells, the earliest first.
    pub async fn also_covered(&self, delivery: Id) -> Result<Vec<Also>> {
        self.db.rows(COVERED, args![delivery]).await?.iter().map(read).collect()
    }

    /// Who else covers what the entries tell that wait for a digest, by item, the earliest first.
    pub async fn digest_also_covered(&self, site: Id, digest: &str) -> Result<HashMap<Id, Vec<Also>>> {
        let sql = "SELECT digest_items.item AS shown, items.title, items.link, feeds.name, feeds.facts, also_covered.at FROM digest_items
                   JOIN deliveries ON deliveries.item = digest_items.item AND deliveries.site = digest_items.site
                   JOIN also_covered ON also_covered.delivery = deliveries.id
                   JOIN items ON items.id = also_covered.item JOIN feeds ON feeds.id = items.feed
                   WHERE digest_items.delivery IS NULL AND digest_items.site = $1 AND digest_items.digest = $2
                   ORDER BY also_covered.at, also_covered.item";
        let mut others: HashMap<Id, Vec<Also>> = HashMap::new();
        for row in self.db.rows(sql, args![site, digest]).await? {
            others.entry(row.id("shown")?).or_default().push(read(&row)?);
        }
        Ok(others)
    }

    /// Whether the site has this story already, as `decide` would find it for an entry of this feed; nothing is written. An entry that
    /// the site has by one of its keys is compared with what was there before it only.
    pub async fn told_before(
        &self,
        site: Id,
        feed: Id,
        site_keys: &[(Rung, i64)],
        likeness: &Likeness,
        now: Timestamp,
    ) -> Result<Option<First>> {
        let db = self.base.as_ref().map_or(&self.db, |base| &base.db);
        let mut until = None;
        if !site_keys.is_empty() {
            let sql = format!("SELECT MIN(delivery) AS delivery FROM site_keys WHERE hash IN ({})", list(1, site_keys.len()));
            let row = db.row(sql, site_keys.iter().map(|(_, key)| Value::from(*key)).collect()).await?;
            until = row.map(|row| row.id_or_null("delivery")).transpose()?.flatten();
        }
        find(Reader::Outside(db), &Asked { site, feed, likeness, until }, now).await
    }

    /// One small step of forgetting stories that are too old to be told twice: at most `step` of them.
    pub async fn forget_stories(&self, now: Timestamp, step: u32) -> Result<u64> {
        let floor = Id::floor(now.minus(REMEMBERED));
        let mut tx = self.db.begin("forget_stories").await?;
        let bands =
            "DELETE FROM sketch_bands WHERE (hash, delivery) IN (SELECT hash, delivery FROM sketch_bands WHERE delivery < $1 LIMIT $2)";
        let bands = tx.run(bands, args![floor, step]).await?;
        let sketches =
            "DELETE FROM sketches WHERE delivery IN (SELECT delivery FROM sketches WHERE delivery < $1 ORDER BY delivery LIMIT $2)";
        let sketches = tx.run(sketches, args![floor, step]).await?;
        tx.commit().await?;
        Ok(bands + sketches)
    }
}
