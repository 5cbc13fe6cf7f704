//! Contests: deliveries of a window of which only the best go out, when it ends.
//!
//! | arrow | what is written | if the process dies after it |
//! |---|---|---|
//! | `decide` with [`Fate::Contest`] | ready, due when the window ends, with its score | it waits; no claim takes it before its contest has ended |
//! | [`Store::end_contests`] | a place for each of the best, which are ready; the others are skipped, and their keys given free | nothing: it is one transaction |
//!
//! Who comes after its contest has ended (its item was decided in the window's last moment) is a contest of its own, in which the
//! places that were won before are taken: never do more go out than `most`. Equal scores: who was there first.

use super::db::{Row, Tx, args, json};
use super::decide::{Fate, NewDelivery};
use super::error::Result;
use super::{Lease, Store, sites};
use crate::domain::{Decision, Id, Timestamp};

/// A delivery takes part in a contest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contest {
    /// Who competes: `feed lwn`, `group news`, `all feeds`.
    pub among: String,
    pub most: u32,
    /// When the window ends.
    pub until: Timestamp,
    pub score: i32,
}

/// What the end of contests brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ended {
    pub won: usize,
    pub beaten: usize,
}

/// `$1` site, `$2` now.
pub(super) const OPEN: &str = "SELECT id, contest, contest_most, contest_until, score, decision FROM deliveries
     WHERE site = $1 AND contest_until <= $2 AND contest IS NOT NULL AND contest_rank IS NULL AND state = 'ready'
     ORDER BY contest_until, contest, score DESC, created, id";

/// Puts a delivery that was just made into its contest.
pub(super) async fn enter(tx: &mut Tx, delivery: Id, new: &NewDelivery) -> Result<()> {
    let Fate::Contest(_, contest) = &new.fate else { return Ok(()) };
    let sql = "UPDATE deliveries SET contest = $2, contest_most = $3, contest_until = $4, score = $5 WHERE id = $1";
    tx.run(sql, args![delivery, &contest.among, contest.most, contest.until, i64::from(contest.score)]).await.map(drop)
}

impl Store {
    /// Ends the contests of a site whose windows are over: ready → ready with a place, or skipped.
    ///
    /// # Errors
    /// [`super::Error::StaleLease`] with the site's id: we are not its writer.
    pub async fn end_contests(&self, site: &Lease, now: Timestamp) -> Result<Ended> {
        let mut tx = self.db.begin("end_contests").await?;
        sites::hold(&mut tx, site).await?;
        let rows = tx.rows(OPEN, args![site.row, now]).await?;
        let mut ended = Ended::default();
        for group in rows.chunk_by(same) {
            end(&mut tx, site.row, group, &mut ended, now).await?;
        }
        tx.commit().await?;
        Ok(ended)
    }
}

fn same(one: &Row, next: &Row) -> bool {
    let of = |row: &Row| Some((row.text("contest").ok()?, row.int("contest_until").ok()?));
    of(one) == of(next)
}

/// One contest: `rows` are its open deliveries, the best first.
async fn end(tx: &mut Tx, site: Id, rows: &[Row], ended: &mut Ended, now: Timestamp) -> Result<()> {
    let Some(first) = rows.first() else { return Ok(()) };
    let (among, until) = (first.text("contest")?, first.time("contest_until")?);
    let sql = "SELECT COUNT(*) AS taken FROM deliveries WHERE site = $1 AND contest = $2 AND contest_until = $3 AND contest_rank > 0";
    let taken = tx.row(sql, args![site, &among, until]).await?.map_or(Ok(0), |row| row.int("taken"))?;
    let mut most = 0;
    for row in rows {
        most = row.int("contest_most")?.max(most);
    }
    let free = usize::try_from(most - taken).unwrap_or(0).min(rows.len());
    // the last that goes out
    let bar = free.checked_sub(1).map(|last| rows[last].int("score")).transpose()?;
    for (at, row) in rows.iter().enumerate() {
        let (id, score) = (row.id("id")?, row.int("score")?);
        let mut decision: Decision = row.json("decision")?;
        if at < free {
            let place = taken + i64::try_from(at).unwrap_or(i64::MAX) + 1;
            decision.best = Some(format!("place {place} of the best {most} ({among}, until {until}), with score {score}"));
            let sql = "UPDATE deliveries SET contest_rank = $2, decision = $3 WHERE id = $1";
            tx.run(sql, args![id, place, json(&decision)]).await?;
            ended.won += 1;
            continue;
        }
        let bar = bar.map_or("its places were taken".to_owned(), |bar| format!("the last of them has {bar}"));
        decision.best = None;
        decision.because = Some(format!("not one of the best {most} ({among}, until {until}): its score is {score}, {bar}"));
        let sql = "UPDATE deliveries SET state = 'skipped', contest_rank = 0, decision = $2 WHERE id = $1";
        tx.run(sql, args![id, json(&decision)]).await?;
        // as after a rule's skip: it keeps nobody else's entry away
        tx.run("DELETE FROM site_keys WHERE delivery = $1", args![id]).await?;
        super::alike::let_go(tx, id, now).await?;
        ended.beaten += 1;
    }
    Ok(())
}
