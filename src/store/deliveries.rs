//! The arrows of a delivery's life that a site's writer takes. (Those that a person takes are in `hands`.)
//!
//! | arrow | what is written | if the process dies after it |
//! |---|---|---|
//! | [`Store::claim_deliveries`] | publishing, token, end | the lease runs out; ready again, untouched |
//! | [`Store::begin`] | `doubt.until`, a longer lease, the run, an attempt | ready again, in doubt, due at `doubt.until` |
//! | [`Store::mark_made`] | phase `made`, the post's id; doubt ends | ready again, and the post is known |
//! | [`Store::mark_published`] | published, all that WordPress said | nothing: it is done |
//! | [`Store::retry_at`], [`Store::give_up`], [`Store::withdraw`], [`Store::release_delivery`] | ready, failed, withdrawn, ready | nothing |
//!
//! Batch forms store 25 rows in one transaction; a stale row is answered as stale and doesn't keep the others back.

use std::time::Duration;

use super::attempts::{self, Answer};
use super::db::{Tx, Value, args, json};
use super::error::{Error, Result, is_contention};
use super::{Lease, Store, lease, rows, sites};
use crate::domain::{Decision, Delivery, Id, Returned, Timestamp};

/// A lease lasts this much longer than its doubt, so that it doesn't run out first.
const MARGIN: Duration = Duration::from_secs(60);

/// `$1` site, `$2` now, `$3` how many, `$4` token, `$5` until.
pub(super) const CLAIM: &str = "WITH due AS (SELECT id FROM deliveries WHERE site = $1 AND state = 'ready' AND due <= $2
                                AND (contest IS NULL OR contest_rank IS NOT NULL) ORDER BY due, id LIMIT $3)
                   UPDATE deliveries SET state = 'publishing', lease_token = $4, lease_until = $5,
                          lease_owner = (SELECT sites.lease_owner FROM sites WHERE sites.id = $1)
                   WHERE id IN (SELECT id FROM due) AND site = $1 AND state = 'ready' AND due <= $2 RETURNING *";

/// `$1` site, `$2` now, `$3` how many.
pub(super) const RECHECKS: &str = "SELECT * FROM deliveries WHERE site = $1 AND recheck <= $2 ORDER BY recheck, id LIMIT $3";

/// It gives up: what it would have named goes its own way.
const FAILED: &str = "state = 'failed'";

/// What must be stored before a request goes out that could make or change something.
#[derive(Debug, Clone)]
pub struct Begin<'a> {
    /// `create`, `update`, `trash`, …
    pub what: &'a str,
    /// The request's last possible start plus the site's settle time: until then no look proves anything.
    pub until: Timestamp,
    /// The highest post id known on the site.
    pub floor: Option<u64>,
    /// Who makes the posts; `None`: none is made.
    pub run: Option<Id>,
}

/// A post as WordPress said it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PostFacts {
    pub post: u64,
    /// Its type as the draft named it; `None`: an ordinary post.
    pub post_type: Option<String>,
    /// The slug that came back.
    pub slug: String,
    pub link: String,
    pub modified_gmt: String,
    /// Of `title.raw` and `content.raw` as returned.
    pub returned_hash: Option<String>,
    /// Field by field as returned; `None`: what somebody else has written is never taken for ours.
    pub returned: Option<Returned>,
}

/// A delivery that arrived.
#[derive(Debug)]
pub struct Published {
    pub lease: Lease,
    pub facts: PostFacts,
    pub answer: Answer,
    /// When it is looked up once more; only for what was ever in doubt.
    pub recheck: Option<Timestamp>,
}

impl Store {
    /// `claim`: ready → publishing. Up to `limit` of the site's deliveries that are due, in the order of due time and id.
    ///
    /// # Errors
    /// [`Error::StaleLease`] with the site's id: we are not its writer. [`Error::Contended`].
    pub async fn claim_deliveries(&self, site: &Lease, now: Timestamp, limit: u32, span: Duration) -> Result<Vec<(Delivery, Lease)>> {
        for tries in 1..=lease::TRIES {
            match self.claim_deliveries_once(site, now, limit, span).await {
                Err(Error::Database(error)) if is_contention(&error) => lease::pause(tries).await,
                other => return other,
            }
        }
        Err(Error::Contended("claim_deliveries"))
    }

    async fn claim_deliveries_once(&self, site: &Lease, now: Timestamp, limit: u32, span: Duration) -> Result<Vec<(Delivery, Lease)>> {
        let (token, until) = (Lease::token(now), now.plus(span));
        let mut tx = self.db.begin("claim_deliveries").await?;
        sites::hold(&mut tx, site).await?;
        reclaim(&mut tx, site.row, now).await?;
        let claimed = tx.rows(CLAIM, args![site.row, now, limit, token, until]).await?;
        tx.commit().await?;
        rows::claimed(&claimed, token, until, rows::delivery, |delivery| (delivery.due, delivery.id))
    }

    /// Before a request goes out: from now on a crash leaves these deliveries in doubt until `begin.until`. All or none.
    ///
    /// `sent` is the body for each, or empty.
    ///
    /// # Errors
    /// [`Error::StaleLease`] with the id of the site or the delivery that is no longer ours: nothing may be sent.
    pub async fn begin(&self, site: &Lease, leases: Vec<&mut Lease>, sent: &[String], begin: &Begin<'_>, now: Timestamp) -> Result<()> {
        let until = begin.until.plus(MARGIN);
        let mut tx = self.db.begin("begin").await?;
        sites::hold(&mut tx, site).await?;
        let sql = "UPDATE deliveries SET doubt_until = CASE WHEN doubt_until > $3 THEN doubt_until ELSE $3 END,
                          doubt_floor = COALESCE(doubt_floor, $4), lease_until = CASE WHEN lease_until > $5 THEN lease_until ELSE $5 END,
                          run = COALESCE($6, run)
                   WHERE id = $1 AND lease_token = $2 AND state = 'publishing'";
        let mut begun = Vec::with_capacity(leases.len());
        for (index, lease) in leases.iter().enumerate() {
            let changed = tx.run(sql, args![lease.row, lease.token, begin.until, begin.floor, until, begin.run]).await?;
            lease::proves(lease, changed)?;
            begun.push(attempts::start(&mut tx, lease.row, begin.what, sent.get(index), now).await?);
        }
        tx.commit().await?;
        for (lease, attempt) in leases.into_iter().zip(begun) {
            lease.attempt = Some(attempt);
            lease.until = lease.until.max(until);
        }
        Ok(())
    }

    /// The posts exist, as drafts under their keys: phase made, doubt ends, the leases go on. One answer a row.
    pub async fn mark_made(&self, made: Vec<(Lease, PostFacts, Answer)>, run: Option<Id>, now: Timestamp) -> Result<Vec<Result<Lease>>> {
        let sql = "UPDATE deliveries SET phase = 'made', doubt_until = NULL, post = $3, post_slug = $4, post_link = $5, modified_gmt = $6,
                          returned_hash = COALESCE($7, returned_hash), post_type = $8, returned = COALESCE($9, returned),
                          run = COALESCE(run, $10), error = NULL
                   WHERE id = $1 AND lease_token = $2 AND state = 'publishing'";
        let mut answers = Vec::with_capacity(made.len());
        let mut tx = self.db.begin("mark_made").await?;
        for (mut lease, facts, answer) in made {
            let mut args = facts_args(&lease, &facts);
            args.extend(args![run]);
            let changed = tx.run(sql, args).await?;
            attempts::end(&mut tx, lease.attempt.take(), &answer, now).await?;
            answers.push(lease::proves(&lease, changed).map(|()| lease));
        }
        tx.commit().await?;
        Ok(answers)
    }

    /// `mark_published(lease, post)`: publishing → published. One answer a row. Without a `returned_hash` it counts as
    /// touched by a person, whatever it was made with.
    pub async fn mark_published(&self, published: Vec<Published>, run: Option<Id>, now: Timestamp) -> Result<Vec<Result<()>>> {
        let sql = "UPDATE deliveries SET state = 'published', phase = 'finished', doubt_until = NULL, post = $3, post_slug = $4,
                          post_link = $5, modified_gmt = $6, returned_hash = $7, post_type = $8, returned = $9, run = COALESCE(run, $10),
                          published_at = $11, recheck = $12, error = NULL, lease_token = NULL, lease_until = NULL, lease_owner = NULL
                   WHERE id = $1 AND lease_token = $2 AND state = 'publishing'";
        let mut answers = Vec::with_capacity(published.len());
        let mut tx = self.db.begin("mark_published").await?;
        for Published { lease, facts, answer, recheck } in published {
            let mut args = facts_args(&lease, &facts);
            args.extend(args![run, now, recheck]);
            let changed = tx.run(sql, args).await?;
            attempts::end(&mut tx, lease.attempt, &answer, now).await?;
            answers.push(lease::proves(&lease, changed));
        }
        tx.commit().await?;
        Ok(answers)
    }

    /// `retry_at(lease, due, error)`: publishing → ready; one more failed try.
    ///
    /// `doubt`: the answer was unclear, and until then no look proves anything. `None`: surely nothing was done, so what
    /// [`Store::begin`] feared is over.
    pub async fn retry_at(
        &self,
        lease: Lease,
        due: Timestamp,
        error: &str,
        doubt: Option<Timestamp>,
        answer: &Answer,
        now: Timestamp,
    ) -> Result<()> {
        let ends = "state = 'ready', due = CASE WHEN $5 > $3 THEN $5 ELSE $3 END, error = $4, attempts = attempts + 1, doubt_until = $5,
                    doubt_ever = CASE WHEN $5 IS NULL THEN doubt_ever ELSE 1 END";
        self.end("retry_at", lease, ends, args![due, error, doubt], answer, now).await
    }

    /// `give_up(lease, error)`: publishing → failed. `doubt` as in [`Store::retry_at`]: a later retry waits for it.
    pub async fn give_up(&self, lease: Lease, error: &str, doubt: Option<Timestamp>, answer: &Answer, now: Timestamp) -> Result<()> {
        let ends = format!(
            "{FAILED}, error = $3, attempts = attempts + 1, doubt_until = $4, doubt_ever = CASE WHEN $4 IS NULL THEN doubt_ever ELSE 1 END"
        );
        self.end("give_up", lease, &ends, args![error, doubt], answer, now).await
    }

    /// `withdraw(because)`: publishing → withdrawn: it was found in the trash, where a person put it.
    pub async fn withdraw(&self, lease: Lease, post: Option<u64>, because: &str, answer: &Answer, now: Timestamp) -> Result<()> {
        let ends = "state = 'withdrawn', decision = $3, doubt_until = NULL, error = NULL, post = COALESCE($4, post),
                    phase = CASE WHEN COALESCE($4, post) IS NULL THEN 'unmade' WHEN phase = 'unmade' THEN 'made' ELSE phase END";
        self.end("withdraw", lease, ends, args![decision(because), post], answer, now).await
    }

    /// Gives a delivery back as it was, for a stop that is no failure: publishing → ready. What had begun is in doubt.
    pub async fn release_delivery(&self, lease: Lease, due: Timestamp, now: Timestamp) -> Result<()> {
        let ends = "state = 'ready', due = CASE WHEN doubt_until > $3 THEN doubt_until ELSE $3 END,
                    doubt_ever = CASE WHEN doubt_until IS NULL THEN doubt_ever ELSE 1 END";
        self.end("release_delivery", lease, ends, args![due], &Answer::default(), now).await
    }

    /// Gives a delivery back uncounted, after a failure that was the site's: publishing → ready. Surely nothing was done.
    pub async fn put_back(&self, lease: Lease, due: Timestamp, error: &str, now: Timestamp) -> Result<()> {
        let ends = "state = 'ready', due = $3, error = $4, doubt_until = NULL";
        let answer = Answer { error: Some(error.to_owned()), ..Answer::default() };
        self.end("put_back", lease, ends, args![due, error], &answer, now).await
    }

    async fn end(&self, name: &'static str, lease: Lease, ends: &str, more: Vec<Value>, answer: &Answer, now: Timestamp) -> Result<()> {
        let mut tx = self.db.begin(name).await?;
        let sql = format!(
            "UPDATE deliveries SET lease_token = NULL, lease_until = NULL, lease_owner = NULL, {ends}
             WHERE id = $1 AND lease_token = $2 AND state = 'publishing'"
        );
        let mut args = args![lease.row, lease.token];
        args.extend(more);
        let changed = tx.run(sql, args).await?;
        lease::proves(&lease, changed)?;
        attempts::end(&mut tx, lease.attempt, answer, now).await?;
        if ends.starts_with(FAILED) {
            super::alike::let_go(&mut tx, lease.row, now).await?;
        }
        tx.commit().await
    }

    /// Published deliveries that were in doubt and are to be looked up once more, at most `limit`.
    pub async fn rechecks_due(&self, site: Id, now: Timestamp, limit: u32) -> Result<Vec<Delivery>> {
        self.db.rows(RECHECKS, args![site, now, limit]).await?.iter().map(rows::delivery).collect()
    }

    /// These were looked up once more.
    pub async fn rechecks_done(&self, ids: &[Id]) -> Result<()> {
        let mut tx = self.db.begin("rechecks_done").await?;
        for id in ids {
            tx.run("UPDATE deliveries SET recheck = NULL WHERE id = $1", args![*id]).await?;
        }
        tx.commit().await
    }

    /// These could not be looked up: again at `at`.
    pub async fn recheck_at(&self, ids: &[Id], at: Timestamp) -> Result<()> {
        let mut tx = self.db.begin("recheck_at").await?;
        for id in ids {
            tx.run("UPDATE deliveries SET recheck = $2 WHERE id = $1 AND recheck IS NOT NULL", args![*id, at]).await?;
        }
        tx.commit().await
    }
}

fn facts_args(lease: &Lease, facts: &PostFacts) -> Vec<Value> {
    let returned = facts.returned.as_ref().map(json);
    let (link, modified, hash) = (&facts.link, &facts.modified_gmt, &facts.returned_hash);
    args![lease.row, lease.token, facts.post, &facts.slug, link, modified, hash, &facts.post_type, returned]
}

/// A decision that is one sentence.
pub(super) fn decision(because: &str) -> String {
    json(&Decision { because: Some(because.to_owned()), ..Decision::default() })
}

/// Deliveries whose worker died or slept past its lease: publishing → ready, in doubt if anything may have been sent.
async fn reclaim(tx: &mut Tx, site: Id, now: Timestamp) -> Result<()> {
    tx.run(reclaim_sql(), args![now, site]).await.map(drop)
}

/// `$1` now, `$2` site.
pub(super) fn reclaim_sql() -> String {
    format!("UPDATE deliveries SET {RECLAIM} WHERE site = $2 AND state = 'publishing' AND lease_until <= $1")
}

/// What happens to a delivery whose worker is gone; `$1` is now.
pub(super) const RECLAIM: &str = "state = 'ready', lease_token = NULL, lease_until = NULL, lease_owner = NULL,
     due = CASE WHEN doubt_until > $1 THEN doubt_until ELSE $1 END,
     doubt_ever = CASE WHEN doubt_until IS NULL THEN doubt_ever ELSE 1 END,
     attempts = attempts + CASE WHEN doubt_until IS NULL THEN 0 ELSE 1 END";
