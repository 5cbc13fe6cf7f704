//! Sources that vanish, and posts whose time is over.
//!
//! A page is looked for a week after its post, then weekly, later monthly, for a year; politely, in its domain's turn. 404 or 410
//! from it, while its feed still answers, is found again a day later, and once more, and once more: after four times within at least
//! three days it counts as gone, and the policy is stored as a wish. Anything else that isn't the page (a time-out, 403, 5xx) says nothing.

use std::time::Duration;

use futures_util::future::join_all;
use url::Url;

use super::super::{Error, Feed, Pipeline};
use crate::config::OnGone;
use crate::domain::{Delivery, DeliveryState, Draft, Entry, Id, Status, Timestamp};
use crate::http::{self, Limits, Request};
use crate::rewrite::Note;
use crate::store::{HostRest, NewWanted, Origin, Why};

const DAY: Duration = Duration::from_secs(86_400);
/// Between two looks at a page that is there: while its post is young, and later.
const WEEK: Duration = Duration::from_secs(7 * 86_400);
const MONTH: Duration = Duration::from_secs(30 * 86_400);
/// So long a post counts as young.
const YOUNG: Duration = Duration::from_secs(90 * 86_400);
/// After this nobody looks any more.
const YEAR: Duration = Duration::from_secs(365 * 86_400);
/// After a look that says nothing.
const AGAIN: Duration = Duration::from_secs(6 * 3600);
/// Times in a row, and how long it must have been so.
const TIMES: u32 = 4;
/// Pages that are looked for in one pass, and at once.
const PAGES: u32 = 64;
const AT_ONCE: usize = 8;
/// Rows in one step.
const STEP: u32 = 500;
/// How often posts are looked for whose time may be over, and pages that nobody looks after yet.
const SWEEP: Duration = Duration::from_secs(3600);

/// What a look at a page says.
enum Look {
    There,
    Gone,
    /// Nothing, and when to look again.
    Nothing(Timestamp),
}

impl Pipeline {
    /// Feeds whose pages are looked for.
    pub(super) fn feeds_with_origins(&self) -> Vec<Id> {
        let wanted = self.feeds.values().filter(|feed| feed.config().follow.on_gone != OnGone::Nothing);
        wanted.map(|feed| feed.id).collect()
    }

    /// When the next sweep is due, where one is wanted.
    pub(super) fn next_sweep(&self) -> Option<Timestamp> {
        let follows = |feed: &Feed| feed.config().follow.trash_after.is_some() || feed.config().follow.on_gone != OnGone::Nothing;
        self.feeds.values().any(|feed| follows(feed)).then_some(())?;
        Some(Timestamp::from_unix(self.swept.load(std::sync::atomic::Ordering::SeqCst)).plus(SWEEP))
    }

    /// Looks for pages that are due; answers how many are gone for good.
    pub(super) async fn look_for_origins(&self) -> Result<usize, Error> {
        let now = self.clock.now();
        let feeds = self.feeds_with_origins();
        if feeds.is_empty() || self.is_stopping() {
            return Ok(0);
        }
        if self.is_sweep_due(now) {
            for feed in &feeds {
                while self.store.watch_origins(*feed, now.minus(YEAR), WEEK.as_secs(), STEP).await? >= u64::from(STEP) {
                    self.progressed();
                }
            }
        }
        let due = self.store.origins_due(&feeds, now, PAGES).await?;
        let mut gone = 0;
        for some in due.chunks(AT_ONCE) {
            for done in join_all(some.iter().map(|origin| self.look_for(origin))).await {
                gone += usize::from(done?);
            }
            if self.is_stopping() {
                break;
            }
        }
        Ok(gone)
    }

    /// Whether it is gone for good by now.
    async fn look_for(&self, origin: &Origin) -> Result<bool, Error> {
        self.progressed();
        let now = self.clock.now();
        let Some(feed) = self.feed(origin.feed) else { return Ok(false) };
        let age = now.since(origin.posted);
        if age > YEAR {
            self.store.forget_origin(origin.item).await?;
            return Ok(false);
        }
        let later = now.plus(if age < YOUNG { WEEK } else { MONTH });
        match self.look_at_page(&feed, origin).await? {
            Look::There => self.store.origin_at(origin.item, true, later).await?,
            Look::Nothing(due) => self.store.origin_at(origin.item, false, due).await?,
            // what the policy wants was done: it is only looked whether it comes back
            Look::Gone if origin.told.is_some() => self.store.origin_at(origin.item, false, now.plus(MONTH)).await?,
            Look::Gone => {
                let since = origin.since.unwrap_or(now);
                if origin.times + 1 < TIMES || now.since(since) < DAY * (TIMES - 1) {
                    self.store.origin_gone(origin.item, now.plus(DAY), now).await?;
                    return Ok(false);
                }
                self.is_gone(&feed, origin, now).await?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn look_at_page(&self, feed: &Feed, origin: &Origin) -> Result<Look, Error> {
        let now = self.clock.now();
        let nothing = |due: Timestamp| Ok(Look::Nothing(due.max(now.plus(Duration::from_secs(60)))));
        // a server that is down, moved or shut takes all of its pages with it
        let row = self.store.feed(feed.name()).await?;
        if row.is_none_or(|row| row.failures > 0 || row.gone || row.held.is_some() || row.blocked.is_some()) {
            return nothing(now.plus(AGAIN));
        }
        let Some(url) = Url::parse(&origin.link).ok().filter(|url| matches!(url.scheme(), "http" | "https")) else {
            return nothing(now.plus(MONTH));
        };
        let entry = Entry { link: Some(origin.link.clone()), ..Entry::default() };
        let Some(turn) = self.page_turn(&entry).await else { return nothing(now.plus(MONTH)) };
        if let Some(host) = http::host(&url)
            && let Some(until) = self.store.resting_hosts(now).await?.get(&host)
        {
            return nothing(*until);
        }
        if turn.is_silent() {
            return nothing(now.plus(AGAIN));
        }
        turn.next().await;
        let response = match self.http.send(Request::get("source", url, Limits::PAGE)).await {
            Ok(response) => response,
            Err(error) => {
                if error.is_temporary() {
                    turn.was_silent();
                }
                return nothing(now.plus(AGAIN));
            }
        };
        if let (Some(until), Some(host)) = (http::retry_after(&response.headers, now), http::host(&response.url))
            && matches!(response.status.as_u16(), 429 | 503)
            && until > now
        {
            let because = format!("`{}`: {}", response.url, response.status);
            self.store.rest_host(&HostRest { host, until, because }, now).await?;
            return nothing(until);
        }
        Ok(match response.status.as_u16() {
            200..=299 => Look::There,
            404 | 410 => Look::Gone,
            _ => Look::Nothing(now.plus(DAY)),
        })
    }

    /// Stores what the policy wants for the posts of an item whose page is gone.
    async fn is_gone(&self, feed: &Feed, origin: &Origin, now: Timestamp) -> Result<(), Error> {
        let policy = feed.config().follow.on_gone;
        let (mut wanted, mut reviews) = (Vec::new(), Vec::new());
        for delivery in self.store.deliveries_of(origin.item).await? {
            if delivery.state != DeliveryState::Published || delivery.item != origin.item {
                continue;
            }
            tracing::info!(feed = feed.name(), link = origin.link, post = delivery.post, "a post's source is gone");
            match self.for_gone(&delivery, policy, now).await? {
                Some(draft) => {
                    let decision = delivery.decision.clone();
                    wanted.push(NewWanted {
                        delivery: delivery.id,
                        site: delivery.site,
                        why: Why::Gone,
                        draft,
                        decision,
                        forced: Vec::new(),
                    });
                }
                None => reviews.push((delivery.id, format!("its source is gone: {}", origin.link))),
            }
        }
        Ok(self.store.origin_over(origin.item, &wanted, &reviews, now.plus(MONTH), now).await?)
    }

    /// `None`: its draft is no longer kept, so that nothing can be written into it.
    async fn for_gone(&self, delivery: &Delivery, policy: OnGone, now: Timestamp) -> Result<Option<Draft>, Error> {
        // what it shall become anyway
        let waits = self.store.wanted(delivery.id).await?.map(|wanted| wanted.draft);
        let sent = waits.or_else(|| delivery.draft.clone());
        Ok(match policy {
            OnGone::Nothing => None,
            OnGone::Note => sent.map(|sent| self.noted(delivery, sent, Note::Gone, now)),
            // with or without what was sent: only its status is written
            OnGone::Draft => Some(Draft { status: Status::Draft, ..sent.unwrap_or_default() }),
        })
    }

    /// Asks for the trash where a post's time is over.
    pub(super) async fn age(&self) -> Result<(), Error> {
        let now = self.clock.now();
        if !self.is_sweep_due(now) || self.is_stopping() {
            return Ok(());
        }
        for feed in self.feeds.values() {
            let Some(age) = feed.config().follow.trash_after else { continue };
            loop {
                let aged = self.store.aged(feed.id, now.minus(age), STEP).await?;
                for delivery in &aged {
                    let (draft, decision) = (delivery.draft.clone().unwrap_or_default(), delivery.decision.clone());
                    let wanted =
                        NewWanted { delivery: delivery.id, site: delivery.site, why: Why::Age, draft, decision, forced: Vec::new() };
                    self.store.want(&wanted, now).await?;
                    self.progressed();
                }
                if aged.len() < STEP as usize || self.is_stopping() {
                    break;
                }
            }
        }
        self.swept.store(now.unix(), std::sync::atomic::Ordering::SeqCst);
        Ok(())
    }

    fn is_sweep_due(&self, now: Timestamp) -> bool {
        self.next_sweep().is_some_and(|due| due <= now)
    }
}
