//! Draft → post on one site, exactly once: the steps of `publish`, with what each brought stored before the next.
//!
//! One writer a site: the pass holds the site's lease. Up to [`AT_ONCE`] batches are under way at a time, each delivery in one.
//! Before anything is claimed, what is due gets its moment by the schedules of its site and its feed (see [`release`]).
//!
//! The site's breaker is closed while it works. A failure of the site as a whole opens it: nothing is sent until the site has rested,
//! longer after each failure in a row (`rest_site`). Then it is half open: one delivery alone goes first, and what becomes
//! of it closes the breaker (`site_answered`) or opens it again. Three requests in a row without a clear answer open it, too.
//!
//! For each batch, in this order (what is stored is in brackets):
//!
//! 1. look: what is on the site already is adopted, finished or left alone [`mark_made`, `mark_published`, `withdraw`];
//! 2. terms that are missing are made, one maker a site [`terms_begin` before, `terms_end` after];
//! 3. pictures are looked up and uploaded [`media_begin` … `media_done`];
//! 4. posts are made as drafts under their keys [`begin` before, `mark_made` after];
//! 5. custom fields and what plug-ins want are put in [`begin` before, `mark_made` after];
//! 6. they get their clean slug and status [`begin` before, `mark_published` after].
//!
//! If the process dies at any point, what was stored is the truth, and what `begin` announced is in doubt until the time that
//! it named; the next pass begins again with the look.

mod batch;
mod dress;
mod equip;
mod extras;
mod file;
mod follow;
mod limit;
mod media;
mod recheck;
mod release;
mod store;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde::Serialize;
use tokio::sync::Mutex;

use crate::config::{SecretError, SiteConfig, SiteKind};
use crate::domain::{Delivery, Id, Status, Timestamp};
use crate::publish;
use crate::store::{Ended, Lease, NewWanted};
use crate::wordpress::{self, DiscoverError, Failure, Me, PlainHttp};

use super::{Error, Pipeline, Site};
use file::Terms;
pub(super) use follow::Became;
pub use limit::Limit;
use limit::{Ration, Used};
use release::Early;

/// Batches under way at once on one site.
const AT_ONCE: usize = 4;
/// Deliveries claimed at once.
const CLAIM: u32 = 100;
/// How long a claim may take beside the request's own time and the settle time: looks, terms and pictures come first.
const PATIENCE: Duration = Duration::from_secs(600);

/// So many requests in a row without a clear answer, and the site is left alone.
const UNCLEAR: u32 = 3;

/// Begins the stored reason of a rest that a person may have ended: a new start tries again at once.
pub(super) const REFUSED: &str = "refused: ";

/// What a publishing pass did on one site.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PublishReport {
    /// Posts that this pass made.
    pub made: usize,
    /// Posts that were on the site already, and are ours.
    pub adopted: usize,
    /// Posts that were out and that this pass changed.
    pub updated: usize,
    /// Posts in which a person had changed what was to be changed.
    pub conflicts: usize,
    /// Deliveries that a person had put in the trash or deleted.
    pub withdrawn: usize,
    /// Deliveries that wait for another try.
    pub waiting: usize,
    /// Deliveries that were given up.
    pub failed: usize,
    /// Why the site refuses us altogether.
    pub refused: Option<String>,
    /// Why the site can't be worked with for now.
    pub resting: Option<String>,
}

impl PublishReport {
    /// Nothing more can be sent to the site now.
    fn must_end(&self) -> bool {
        self.refused.is_some() || self.resting.is_some()
    }

    /// Adds a later pass's counts.
    pub fn add(&mut self, other: Self) {
        self.made += other.made;
        self.adopted += other.adopted;
        self.updated += other.updated;
        self.conflicts += other.conflicts;
        self.withdrawn += other.withdrawn;
        self.waiting += other.waiting;
        self.failed += other.failed;
        self.refused = other.refused.or(self.refused.take());
        self.resting = other.resting.or(self.resting.take());
    }
}

/// A delivery in hand.
struct InHand {
    delivery: Delivery,
    lease: Lease,
    origin: Origin,
}

/// Who made the post of a delivery: `undo` takes back only what a run made, and what nobody has worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// This store asked for it.
    Ours,
    /// It was there before this store ever asked for it.
    Adopted,
    /// Somebody has worked on it since.
    Touched,
}

/// What goes on at the same time in a pass.
enum Step {
    /// So many at most.
    Claim(usize),
    Batch(Vec<InHand>),
}

/// How a step ended.
enum Stepped {
    Claim(Result<Vec<InHand>, Error>),
    /// The batch's size, and how it went.
    Batch(usize, Result<(), Error>),
}

/// How long a claim lasts.
fn span(site: &Site) -> Duration {
    site.config.timeout + site.config.settle + PATIENCE
}

/// One site, and what the batches of a pass have in common.
struct Round<'a> {
    pipeline: &'a Pipeline,
    site: &'a Site,
    wp: wordpress::Site,
    me: Me,
    /// The site for each type of posts, by the name that drafts have for it.
    kinds: Mutex<HashMap<Option<String>, Arc<On>>>,
    /// What parents' names have become, by type.
    parents: Mutex<HashMap<(String, String), Option<u64>>>,
    /// The theme's formats, once they were asked for.
    formats: tokio::sync::OnceCell<Option<Vec<String>>>,
    terms: Mutex<Terms>,
    authors: Mutex<HashMap<String, Option<u64>>>,
    /// Attachments that are known to be there.
    media: Mutex<HashSet<u64>>,
    /// Equal pictures go up one after the other.
    pictures: Turns,
    /// Equal clean slugs are given one after the other: WordPress' own check is not atomic.
    slugs: Turns,
    lease: Mutex<&'a mut Lease>,
    /// The highest post id before this pass: a walk back after a doubt may stop there.
    floor: Option<u64>,
    /// The breaker is half open: one delivery goes first, alone.
    is_probing: AtomicBool,
    /// Until when the site rests, once it does.
    rest: std::sync::Mutex<Option<Timestamp>>,
    report: std::sync::Mutex<PublishReport>,
    /// What of `once --limit` this pass has used.
    used: Used<'a>,
}

/// The site, and our account, as they stand to posts of one type.
struct On {
    wp: wordpress::Site,
    me: Me,
}

/// A lock for each name.
#[derive(Default)]
struct Turns(std::sync::Mutex<HashMap<String, Arc<Mutex<()>>>>);

impl Turns {
    /// Waits for the turn of this name.
    async fn take(&self, name: &str) -> tokio::sync::OwnedMutexGuard<()> {
        let turn = self.0.lock().expect("no thread panicked with it").entry(name.to_owned()).or_default().clone();
        turn.lock_owned().await
    }
}

impl Pipeline {
    /// Publishes what is due on a site, as far as `limit` allows. Returns when nothing is due, or when the site must rest.
    pub async fn publish_pass(&self, site: &Site, limit: Option<&Limit>) -> Result<PublishReport, Error> {
        let now = self.clock.now();
        if self.store.next_due(now).await?.site(site.id).is_none_or(|due| due > now) {
            return Ok(PublishReport::default());
        }
        let Some(mut lease) = self.store.claim_site(site.id, self.owner, now, span(site)).await? else {
            return Ok(PublishReport::default());
        };
        self.progressed();
        site.failures.store(self.store.site_failures(site.id).await?, Ordering::SeqCst);
        let ended = self.store.end_contests(&lease, now).await?;
        if ended != Ended::default() {
            tracing::info!(site = site.config.name, won = ended.won, beaten = ended.beaten, "a contest has ended");
        }
        let result = self.publish_with(site, &mut lease, limit).await;
        if let Err(error) = self.store.release_site(lease).await {
            tracing::warn!(site = site.config.name, %error, "the site could not be given free; its lease runs out");
        }
        result
    }

    async fn publish_with(&self, site: &Site, lease: &mut Lease, limit: Option<&Limit>) -> Result<PublishReport, Error> {
        let (wp, me) = match self.connect(site).await {
            Ok(found) => found,
            Err(error) => return Ok(self.rest(site, &error).await?.0),
        };
        if site.is_time_for_a_glance(self.clock.now()) {
            self.glance(site, &wp, &me).await?;
        }
        let terms = Terms::in_doubt(self.store.terms_doubt(site.id).await?);
        if let Some(failure) = self.recheck(site, &wp, &me).await? {
            return Ok(self.rest(site, &ConnectError::Account(failure)).await?.0);
        }
        let floor = match wp.newest_post_id(&me).await {
            Ok(floor) => floor,
            Err(failure) => return Ok(self.rest(site, &ConnectError::Account(failure)).await?.0),
        };
        let round = Round::new(self, site, lease, (wp, me), floor, (terms, Used::of(limit)));
        let mut ration = Ration::of(limit);
        let mut waiting = VecDeque::new();
        let mut under_way = FuturesUnordered::new();
        let (mut batches, mut in_hand) = (0, 0);
        let (mut is_claiming, mut is_drained, mut ended) = (false, false, Ok(()));
        loop {
            // A slow batch holds its own place and no other.
            let may_claim = !is_claiming && !is_drained && ended.is_ok() && !round.must_end() && (batches == 0 || !round.is_probing());
            if may_claim && waiting.is_empty() && batches < AT_ONCE {
                under_way.push(round.step(Step::Claim(ration.take())));
                is_claiming = true;
            }
            while batches < AT_ONCE
                && let Some(batch) = waiting.pop_front()
            {
                under_way.push(round.step(Step::Batch(batch)));
                batches += 1;
            }
            // An error ends the pass, but what is in mid-request ends first.
            match under_way.next().await {
                None => break,
                Some(Stepped::Claim(Ok(claimed))) => {
                    is_claiming = false;
                    is_drained = claimed.is_empty();
                    in_hand += claimed.len();
                    waiting.extend(publish::batches(&round.wp, claimed, |hand: &InHand| &hand.delivery));
                }
                Some(Stepped::Claim(Err(error))) => {
                    is_claiming = false;
                    ended = ended.and(Err(error));
                }
                Some(Stepped::Batch(size, result)) => {
                    self.progressed();
                    batches -= 1;
                    in_hand -= size;
                    is_drained = false;
                    ended = ended.and(result);
                    if ended.is_ok() {
                        ended = round.probed().await;
                    }
                }
            }
            // of a claim under way nobody knows what it brings
            if !is_claiming {
                ration.keep(round.used.posts() + in_hand);
            }
        }
        ration.keep(round.used.posts());
        drop(under_way);
        if ended.is_ok() {
            ended = Box::pin(round.follow()).await;
        }
        let report = round.end();
        ended?;
        if report.made + report.adopted + report.updated > 0 && !report.must_end() {
            self.answered(site).await?;
        }
        Ok(report)
    }

    /// Takes up these wishes now, under the site's lease; what can't be done now stays with the site's writer. One answer a wish.
    pub(super) async fn follow_now(&self, site: &Site, wishes: &[NewWanted]) -> Result<Vec<(Id, Became)>, Error> {
        let all = |became: &Became| wishes.iter().map(|wish| (wish.delivery, became.clone())).collect();
        let (wp, me) = match self.connect(site).await {
            Ok(found) => found,
            Err(error) => return Ok(all(&Became::Later(error.to_string()))),
        };
        let now = self.clock.now();
        let Some(mut lease) = self.store.claim_site(site.id, self.owner, now, span(site)).await? else {
            return Ok(all(&Became::Later("somebody else is writing to the site just now; try again".to_owned())));
        };
        let told = self.follow_with(site, &mut lease, (wp, me), wishes).await;
        if let Err(error) = self.store.release_site(lease).await {
            tracing::warn!(site = site.config.name, %error, "the site could not be given free; its lease runs out");
        }
        told
    }

    async fn follow_with(
        &self,
        site: &Site,
        lease: &mut Lease,
        account: (wordpress::Site, Me),
        wishes: &[NewWanted],
    ) -> Result<Vec<(Id, Became)>, Error> {
        let terms = Terms::in_doubt(self.store.terms_doubt(site.id).await?);
        let mut due = Vec::with_capacity(wishes.len());
        for wish in wishes {
            self.store.want(wish, self.clock.now()).await?;
            due.extend(self.store.wanted(wish.delivery).await?);
        }
        let round = Round::new(self, site, lease, account, 0, (terms, Used::of(None)));
        let mut told = Vec::new();
        while !due.is_empty() {
            let some = due.split_off(due.len().saturating_sub(100));
            told.extend(round.follow_these(some).await?.into_iter().map(|(wanted, became)| (wanted.delivery, became)));
        }
        Ok(told)
    }

    /// Finds the site's REST API and who we are there; remembered until the pipeline ends or the site must rest.
    pub async fn connect(&self, site: &Site) -> Result<(wordpress::Site, Me), ConnectError> {
        let mut connection = site.connection.lock().await;
        if let Some(found) = &*connection {
            return Ok(found.clone());
        }
        let SiteConfig { kind, url, api, user, password, timeout, allow_plain_http, .. } = &site.config;
        let plain = if *allow_plain_http { PlainHttp::Allow } else { PlainHttp::Refuse };
        // A secret's command may ask a person.
        let source = password.clone();
        let secret = async || tokio::task::spawn_blocking(move || source.resolve()).await.expect("reading a secret does not panic");
        let (root, password) = match kind {
            SiteKind::Wordpress => (wordpress::discover(&self.http, url, plain).await?, secret().await?),
            SiteKind::WordpressCom => {
                let token = secret().await?;
                (wordpress::discover_com(&self.http, api, url, &token).await?, token)
            }
        };
        let wp = wordpress::Site::new(self.http.clone(), root, user.clone(), password, *timeout);
        let me = wp.me().await?;
        *connection = Some((wp.clone(), me.clone()));
        Ok((wp, me))
    }

    /// The site works: its breaker is closed.
    async fn answered(&self, site: &Site) -> Result<(), Error> {
        if site.failures.swap(0, Ordering::SeqCst) > 0 {
            self.store.site_answered(site.id).await?;
            tracing::info!(site = site.config.name, "the site works again");
        }
        Ok(())
    }

    /// Leaves a site alone for a while; answers until when.
    async fn rest(&self, site: &Site, error: &ConnectError) -> Result<(PublishReport, Timestamp), Error> {
        let now = self.clock.now();
        let failures = site.failures.fetch_add(1, Ordering::SeqCst);
        let until = match error {
            ConnectError::Account(failure) => publish::site_rests(failure, failures, now),
            ConnectError::Discover(error) => now.plus(publish::site_wait(failures)).max(error.not_before(now).unwrap_or(now)),
            ConnectError::Secret(_) => now.plus(publish::site_wait(failures)),
        };
        let because = error.to_string();
        tracing::warn!(site = site.config.name, %until, because, "the site is left alone for a while");
        let kept = if error.is_refusal() { format!("{REFUSED}{because}") } else { because.clone() };
        self.store.rest_site(site.id, until, &kept).await?;
        *site.connection.lock().await = None;
        let mut report = PublishReport::default();
        match error.is_refusal() {
            true => report.refused = Some(because),
            false => report.resting = Some(because),
        }
        Ok((report, until))
    }
}

/// Why nothing can be done on a site.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error(transparent)]
    Discover(#[from] DiscoverError),
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(transparent)]
    Account(#[from] Failure),
}

impl ConnectError {
    /// Waiting alone won't help.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Discover(error) => !error.is_temporary(),
            Self::Secret(_) => true,
            Self::Account(failure) => matches!(failure, Failure::Unwelcome(_)),
        }
    }
}

impl<'a> Round<'a> {
    fn new(
        pipeline: &'a Pipeline,
        site: &'a Site,
        lease: &'a mut Lease,
        (wp, me): (wordpress::Site, Me),
        floor: u64,
        (terms, used): (Terms, Used<'a>),
    ) -> Self {
        let (terms, lease, floor) = (Mutex::new(terms), Mutex::new(lease), Some(floor));
        let (authors, media, pictures, slugs) = (Mutex::default(), Mutex::default(), Turns::default(), Turns::default());
        let (rest, report) = (std::sync::Mutex::default(), std::sync::Mutex::default());
        let is_probing = AtomicBool::new(site.failures.load(Ordering::SeqCst) > 0);
        let (kinds, parents, formats) = (Mutex::default(), Mutex::default(), tokio::sync::OnceCell::new());
        Self {
            pipeline,
            site,
            wp,
            me,
            kinds,
            parents,
            formats,
            terms,
            authors,
            media,
            pictures,
            slugs,
            lease,
            floor,
            is_probing,
            rest,
            report,
            used,
        }
    }

    /// What it did.
    fn end(self) -> PublishReport {
        self.report.into_inner().expect("no thread panicked with it")
    }

    /// The site for posts of a type.
    async fn on(&self, kind: Option<&str>) -> Result<Arc<On>, Failure> {
        let mut kinds = self.kinds.lock().await;
        if let Some(known) = kinds.get(&kind.map(str::to_owned)) {
            return Ok(known.clone());
        }
        let wp = self.wp.of_type(kind).await?;
        let me = self.me.towards(wp.kind());
        let on = Arc::new(On { wp, me });
        kinds.insert(kind.map(str::to_owned), on.clone());
        Ok(on)
    }

    async fn step(&self, step: Step) -> Stepped {
        match step {
            Step::Claim(most) => Stepped::Claim(self.claim(most).await),
            Step::Batch(batch) => Stepped::Batch(batch.len(), self.batch(batch).await),
        }
    }

    /// Claims what is due, at most so many, and makes the site's lease last for them.
    async fn claim(&self, most: usize) -> Result<Vec<InHand>, Error> {
        let most = if self.is_probing() { most.min(1) } else { most };
        let most = CLAIM.min(u32::try_from(most).unwrap_or(CLAIM));
        if most == 0 {
            return Ok(Vec::new());
        }
        let (store, now, span) = (&self.pipeline.store, self.now(), span(self.site));
        let mut lease = self.lease.lock().await;
        store.renew_site(&mut lease, now, span).await?;
        if !self.pipeline.give_slots(self.site, &lease, now).await? {
            return Ok(Vec::new());
        }
        let claimed = store.claim_deliveries(&lease, now, most, span).await?;
        drop(lease);
        let mut hands = Vec::with_capacity(claimed.len());
        for (mut delivery, lease) in claimed {
            match release::early(delivery.planned.as_ref(), delivery.draft.as_ref(), now) {
                None => {}
                Some(Early::Future(at)) => {
                    if let Some(draft) = &mut delivery.draft {
                        (draft.status, draft.date) = (Status::Future, Some(at));
                    }
                }
                Some(Early::Wait(at)) => {
                    store.release_delivery(lease, at, now).await?;
                    continue;
                }
            }
            hands.push(InHand { delivery, lease, origin: Origin::Ours });
        }
        Ok(hands)
    }

    /// The site has failed, and has not yet shown that it works again.
    fn is_probing(&self) -> bool {
        self.is_probing.load(Ordering::SeqCst)
    }

    /// A batch is through: if it was the probe and nothing made the site rest, the breaker is closed.
    async fn probed(&self) -> Result<(), Error> {
        if self.is_probing() && !self.report.lock().expect("no thread panicked with it").must_end() {
            self.is_probing.store(false, Ordering::SeqCst);
            self.pipeline.answered(self.site).await?;
        }
        Ok(())
    }

    /// Counts requests that had no clear answer at all; several in a row let the site rest.
    async fn judge<T>(&self, answers: &[Result<T, Failure>]) -> Result<(), Error> {
        let unclear = |answer: &Result<T, Failure>| matches!(answer, Err(Failure::Unclear { .. }));
        let Some(Err(failure)) = answers.first().filter(|_| answers.iter().all(unclear)) else {
            self.site.unclear.store(0, Ordering::SeqCst);
            return Ok(());
        };
        let times = self.site.unclear.fetch_add(1, Ordering::SeqCst) + 1;
        if times >= UNCLEAR || self.is_probing() {
            self.site.unclear.store(0, Ordering::SeqCst);
            self.site_rests(failure).await?;
        }
        Ok(())
    }

    /// Whether nothing more shall be begun.
    fn must_end(&self) -> bool {
        self.pipeline.is_stopping() || self.report.lock().expect("no thread panicked with it").must_end()
    }

    /// Makes the site's lease last for what is begun now.
    async fn renew(&self) -> Result<(), Error> {
        let mut lease = self.lease.lock().await;
        Ok(self.pipeline.store.renew_site(&mut lease, self.now(), span(self.site)).await?)
    }

    fn now(&self) -> Timestamp {
        self.pipeline.clock.now()
    }

    fn count(&self, change: impl FnOnce(&mut PublishReport)) {
        change(&mut self.report.lock().expect("no thread panicked with it"));
    }

    /// When an answer to a request that starts now proves something at the latest.
    fn doubt_until(&self) -> Timestamp {
        publish::doubt_until(self.now(), self.wp.timeout(), self.site.config.settle)
    }
}
