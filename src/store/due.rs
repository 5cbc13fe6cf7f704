//! When there is something to do next, so that loops sleep until then and no longer.

use super::Store;
use super::db::{Row, args};
use super::error::Result;
use super::feeds::none_of;
use super::items::CONFIGURED;
use crate::domain::{Id, Timestamp};

/// The next moment at which each kind of work is due; past moments mean now, `None` means nothing waits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NextDue {
    pub poll: Option<Timestamp>,
    pub prepare: Option<Timestamp>,
    /// For each configured site where something waits: a delivery, a second look, a lease that runs out.
    pub sites: Vec<(Id, Timestamp)>,
}

/// For each site that may work: what waits there, and until when it rests.
pub(super) const SITES: &str = "SELECT sites.id, sites.rest_until, sites.lease_until,
                   (SELECT MIN(deliveries.due) FROM deliveries WHERE deliveries.site = sites.id AND deliveries.state = 'ready') AS ready,
                   (SELECT MIN(deliveries.lease_until) FROM deliveries
                     WHERE deliveries.site = sites.id AND deliveries.state = 'publishing') AS publishing,
                   (SELECT MIN(deliveries.recheck) FROM deliveries
                     WHERE deliveries.site = sites.id AND deliveries.recheck IS NOT NULL) AS recheck,
                   (SELECT MIN(wanted.due) FROM wanted WHERE wanted.site = sites.id) AS wanted
                   FROM sites WHERE sites.configured = 1
                   AND NOT EXISTS (SELECT 1 FROM pauses WHERE pauses.scope = 'site' AND pauses.target = sites.id)";

impl NextDue {
    /// When something waits for this site.
    pub fn site(&self, site: Id) -> Option<Timestamp> {
        self.sites.iter().find(|(id, _)| *id == site).map(|(_, at)| *at)
    }

    /// The soonest of all.
    pub fn soonest(&self) -> Option<Timestamp> {
        self.sites.iter().map(|(_, at)| *at).chain(self.poll).chain(self.prepare).min()
    }
}

impl Store {
    /// What is due next. What is paused or resting doesn't count; what another daemon holds counts from its lease's end.
    pub async fn next_due(&self, now: Timestamp) -> Result<NextDue> {
        self.next_due_but(&[], now).await
    }

    /// The same, where some feeds and their items don't count: those that the asker doesn't know.
    pub async fn next_due_but(&self, except: &[Id], now: Timestamp) -> Result<NextDue> {
        if self.db.row("SELECT since FROM pauses WHERE scope = 'all'", args![]).await?.is_some() {
            return Ok(NextDue::default());
        }
        Ok(NextDue {
            poll: self.next_poll(except, now).await?,
            prepare: self.next_prepare(except).await?,
            sites: self.next_sites(now).await?,
        })
    }

    async fn next_poll(&self, except: &[Id], now: Timestamp) -> Result<Option<Timestamp>> {
        // A feed that somebody polls just now comes back when it was polled, or when the lease ends: whichever is later.
        let except = none_of("feeds.id", except);
        let sql = format!(
            "SELECT MIN(CASE WHEN lease_until > $1 AND lease_until > next_poll THEN lease_until ELSE next_poll END) AS at FROM feeds
                   WHERE configured = 1 AND blocked IS NULL AND NOT EXISTS (SELECT 1 FROM pauses WHERE pauses.scope = 'feed' AND pauses.target = feeds.id) {except}"
        );
        first(self.db.row(sql, args![now]).await?)
    }

    async fn next_prepare(&self, except: &[Id]) -> Result<Option<Timestamp>> {
        // The same items that a claim finds, or else a daemon would wake up for nothing, again and again.
        let except = none_of("items.feed", except);
        let seen = format!(
            "SELECT MIN(due) AS at FROM items WHERE state = 'seen' AND {CONFIGURED}
             AND NOT EXISTS (SELECT 1 FROM pauses WHERE pauses.scope = 'feed' AND pauses.target = items.feed) {except}"
        );
        let preparing = "SELECT MIN(lease_until) AS at FROM items WHERE state = 'preparing'";
        let seen = first(self.db.row(seen, args![]).await?)?;
        let preparing = first(self.db.row(preparing, args![]).await?)?;
        Ok(seen.into_iter().chain(preparing).min())
    }

    async fn next_sites(&self, now: Timestamp) -> Result<Vec<(Id, Timestamp)>> {
        let mut due = Vec::new();
        for row in self.db.rows(SITES, args![]).await? {
            let waits =
                [row.time_or_null("ready")?, row.time_or_null("publishing")?, row.time_or_null("recheck")?, row.time_or_null("wanted")?];
            let Some(soonest) = waits.into_iter().flatten().min() else { continue };
            let not_before = row.time_or_null("rest_until")?.max(row.time_or_null("lease_until")?.filter(|until| *until > now));
            due.push((row.id("id")?, not_before.map_or(soonest, |time| time.max(soonest))));
        }
        Ok(due)
    }
}

fn first(row: Option<Row>) -> Result<Option<Timestamp>> {
    row.map_or(Ok(None), |row| row.time_or_null("at"))
}
