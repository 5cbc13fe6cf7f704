//! A site's writer: the lease under which everything is sent to it, so that terms, caps and looks have one writer.

use std::time::Duration;

use super::db::{Tx, args};
use super::error::Result;
use super::{Lease, Store, lease};
use crate::domain::{Id, Timestamp};

impl Store {
    /// Claims the right to write to a site for `span`. `None`: another daemon has it, or it is paused, resting or not configured.
    pub async fn claim_site(&self, site: Id, owner: Id, now: Timestamp, span: Duration) -> Result<Option<Lease>> {
        let sql = "UPDATE sites SET lease_token = $2, lease_until = $3, lease_owner = $4
                   WHERE id = $1 AND configured = 1 AND (lease_until IS NULL OR lease_until <= $5)
                     AND (rest_until IS NULL OR rest_until <= $5)
                     AND NOT EXISTS (SELECT 1 FROM pauses WHERE pauses.scope = 'all' OR (pauses.scope = 'site' AND pauses.target = sites.id))
                   RETURNING id";
        // Who only looks whether it is free waits for no writer.
        let held = "SELECT id FROM sites WHERE id = $1 AND lease_until > $2";
        if self.db.row(held, args![site, now]).await?.is_some() {
            return Ok(None);
        }
        let (token, until) = (Lease::token(now), now.plus(span));
        let mut tx = self.db.begin("claim_site").await?;
        let taken = tx.row(sql, args![site, token, until, owner, now]).await?.is_some();
        tx.commit().await?;
        Ok(taken.then(|| Lease::new(site, token, until)))
    }

    /// The same for a person's verb, which a pause or a rest doesn't stop. `None`: another has it.
    pub async fn claim_site_by_hand(&self, site: Id, owner: Id, now: Timestamp, span: Duration) -> Result<Option<Lease>> {
        let sql = "UPDATE sites SET lease_token = $2, lease_until = $3, lease_owner = $4
                   WHERE id = $1 AND (lease_until IS NULL OR lease_until <= $5) RETURNING id";
        let (token, until) = (Lease::token(now), now.plus(span));
        let mut tx = self.db.begin("claim_site").await?;
        let taken = tx.row(sql, args![site, token, until, owner, now]).await?.is_some();
        tx.commit().await?;
        Ok(taken.then(|| Lease::new(site, token, until)))
    }

    /// Makes the lease longer: until `now + span`.
    pub async fn renew_site(&self, lease: &mut Lease, now: Timestamp, span: Duration) -> Result<()> {
        let until = now.plus(span);
        let mut tx = self.db.begin("renew_site").await?;
        let changed =
            tx.run("UPDATE sites SET lease_until = $3 WHERE id = $1 AND lease_token = $2", args![lease.row, lease.token, until]).await?;
        lease::proves(lease, changed)?;
        tx.commit().await?;
        lease.until = until;
        Ok(())
    }

    /// Gives the site free at once.
    pub async fn release_site(&self, lease: Lease) -> Result<()> {
        let mut tx = self.db.begin("release_site").await?;
        let sql = "UPDATE sites SET lease_token = NULL, lease_until = NULL, lease_owner = NULL WHERE id = $1 AND lease_token = $2";
        let changed = tx.run(sql, args![lease.row, lease.token]).await?;
        lease::proves(&lease, changed)?;
        tx.commit().await
    }

    /// The answer about terms was clear (`None`), or proves nothing before `doubt`.
    pub async fn terms_end(&self, site: &Lease, doubt: Option<Timestamp>) -> Result<()> {
        self.terms_until("terms_end", site, doubt).await
    }

    async fn terms_until(&self, name: &'static str, site: &Lease, until: Option<Timestamp>) -> Result<()> {
        let mut tx = self.db.begin(name).await?;
        let changed =
            tx.run("UPDATE sites SET terms_until = $3 WHERE id = $1 AND lease_token = $2", args![site.row, site.token, until]).await?;
        lease::proves(site, changed)?;
        tx.commit().await
    }

    /// Until when terms that nobody knows the outcome of may still be made by the site.
    pub async fn terms_doubt(&self, site: Id) -> Result<Option<Timestamp>> {
        match self.db.row("SELECT terms_until FROM sites WHERE id = $1", args![site]).await? {
            Some(row) => row.time_or_null("terms_until"),
            None => Ok(None),
        }
    }

    /// Keeps the language that the site's front page says.
    pub async fn set_site_language(&self, site: Id, language: &str) -> Result<()> {
        let mut tx = self.db.begin("set_site_language").await?;
        tx.run("UPDATE sites SET language = $2 WHERE id = $1", args![site, language]).await?;
        tx.commit().await
    }

    /// Nothing is sent to the site before `until`, for this reason. A longer rest for another reason stays.
    pub async fn rest_site(&self, site: Id, until: Timestamp, because: &str) -> Result<()> {
        let mut tx = self.db.begin("rest_site").await?;
        let sql = "UPDATE sites SET failures = failures + 1,
                          rest_because = CASE WHEN rest_until > $2 AND rest_because <> $3 THEN rest_because ELSE $3 END,
                          rest_until = CASE WHEN rest_until > $2 AND rest_because <> $3 THEN rest_until ELSE $2 END WHERE id = $1";
        tx.run(sql, args![site, until, because]).await?;
        tx.commit().await
    }

    /// Whether nothing is sent to the site for now.
    pub async fn is_resting(&self, site: Id, now: Timestamp) -> Result<bool> {
        Ok(self.db.row("SELECT id FROM sites WHERE id = $1 AND rest_until > $2", args![site, now]).await?.is_some())
    }

    /// How often in a row the site as a whole has failed.
    pub async fn site_failures(&self, site: Id) -> Result<u32> {
        let row = self.db.row("SELECT failures FROM sites WHERE id = $1", args![site]).await?;
        row.map_or(Ok(0), |row| row.count("failures"))
    }

    /// The site took what it was sent: its failures are over, and so is its rest.
    pub async fn site_answered(&self, site: Id) -> Result<()> {
        let mut tx = self.db.begin("site_answered").await?;
        tx.run("UPDATE sites SET failures = 0, rest_until = NULL, rest_because = NULL WHERE id = $1 AND failures > 0", args![site]).await?;
        tx.commit().await
    }

    /// Ends a rest that is for this reason; another stays.
    pub async fn end_rest(&self, site: Id, because: &str) -> Result<()> {
        let mut tx = self.db.begin("end_rest").await?;
        let sql = "UPDATE sites SET rest_until = NULL, rest_because = NULL WHERE id = $1 AND rest_because = $2";
        tx.run(sql, args![site, because]).await?;
        tx.commit().await
    }
}

/// Proves within a transaction, and for its length, that the site's lease is ours (the row is locked by the write).
pub(super) async fn hold(tx: &mut Tx, site: &Lease) -> Result<()> {
    let sql = "UPDATE sites SET lease_token = sites.lease_token WHERE id = $1 AND lease_token = $2";
    let changed = tx.run(sql, args![site.row, site.token]).await?;
    lease::proves(site, changed)
}
