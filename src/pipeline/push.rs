//! Pushed: feeds' offers become subscriptions, hubs are asked and answered, and what they push goes the way of a poll.
//!
//! Reads subscriptions that are due, and those whose hub calls. Writes each step before the other side hears of it: that a hub is
//! asked before it is asked, a verified lease before the challenge goes back, a pushed document's entries before the hub is told
//! that they arrived. If the process dies in between, the hub or we do that step again, and known entries stay one item.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use url::Url;

use crate::config::Websub;
use crate::dedup;
use crate::domain::{Id, Manners, Subscription, SubscriptionState as State, Timestamp};
use crate::http::{self, BodyError, Bytes, Call, HeaderMap, Limits, Method, Reply, StatusCode};
use crate::poll::{self, Document, Polled};
use crate::push::{self, Intent, Judged, Mode, Offer, Taken, Verdict};
use crate::schedule::Every;
use crate::store::{FeedRow, Offered, PollOutcome, PollPoliteness, PollRecord, Scope};

use super::poll::SPAN as POLL_SPAN;
use super::{Error, Feed, Pipeline};

/// Hubs asked at once.
const AT_ONCE: usize = 8;
/// Longer than asking a hub takes, redirects included.
const SPAN: Duration = Duration::from_secs(300);
/// A hub that doesn't let us go is told so this often.
const FAREWELLS: u32 = 3;
/// Pushed bodies read at once: each may take as much memory as a feed.
const BODIES: usize = 8;
/// A pushed document is no larger than a fetched one, and comes faster: the hub has it at hand.
const PUSH: Limits = Limits { total: Duration::from_secs(30), ..Limits::FEED };

/// Why a feed that is pushed is polled so seldom.
const PUT_OFF: &str = "its hub pushes what is new; it is polled once a day all the same";

/// What a poll heard of pushing.
pub(super) struct Heard {
    feed: Id,
    name: String,
    /// What its documents offer, kept over a 304; `None`: nothing is known of that.
    offer: Option<Option<Offer>>,
    /// Its hub pushes, and nobody wishes it polled more often.
    is_pushed: bool,
}

impl Heard {
    /// `manners`: after the poll.
    pub(super) fn of(feed: &Feed, row: &FeedRow, outcome: &PollOutcome, manners: &Manners, now: Timestamp) -> Self {
        let is_read = matches!(outcome, PollOutcome::Read { .. });
        let is_fine = is_read || matches!(outcome, PollOutcome::NotModified { .. });
        let address = manners.learnt.as_deref().unwrap_or(&row.url);
        let offer = Url::parse(address).ok().and_then(|url| Offer::of(&manners.hints, &url));
        // a feed that never named a hub needn't be looked up each time
        let offer = (is_read || (is_fine && offer.is_some())).then_some(offer);
        let is_pushed = is_fine && row.pushed_until.is_some_and(|until| until > now) && feed.config().every == Every::Auto;
        Self { feed: feed.id, name: feed.name().to_owned(), offer, is_pushed }
    }
}

/// Whose pushes are being read: one at a time of each feed, and not too many in all.
pub(super) struct Turns {
    feeds: Mutex<HashSet<Id>>,
    bodies: Semaphore,
}

impl Default for Turns {
    fn default() -> Self {
        Self { feeds: Mutex::default(), bodies: Semaphore::new(BODIES) }
    }
}

/// The right to read a push of one feed.
struct Turn<'t>(&'t Turns, Id);

impl Turns {
    fn take(&self, feed: Id) -> Option<Turn<'_>> {
        self.feeds.lock().unwrap_or_else(PoisonError::into_inner).insert(feed).then_some(Turn(self, feed))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.feeds.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
    }
}

impl Pipeline {
    /// Takes note of what polls heard; with each, how many new entries it brought. What fails is heard again at the next poll.
    pub(super) async fn hear(&self, all: Vec<(Heard, usize)>) {
        if self.config.websub.is_none() {
            return;
        }
        if let Err(error) = self.note(all).await {
            tracing::warn!(%error, "what feeds offer to push could not be stored");
        }
    }

    async fn note(&self, all: Vec<(Heard, usize)>) -> Result<(), Error> {
        let now = self.clock.now();
        let (mut offers, mut put_off) = (Vec::new(), Vec::new());
        for (Heard { feed, name, offer, is_pushed }, new) in all {
            if let Some(offer) = offer {
                offers.extend(offered(feed, offer));
            }
            match (is_pushed, new) {
                (false, _) => {}
                (true, 0) => put_off.push((feed, push::fallback_at(&name, now))),
                (true, _) => {
                    tracing::info!(feed = name, "a poll found what its hub had not pushed; it is polled as before until the next push");
                    self.store.push_missed(feed).await?;
                }
            }
        }
        if !offers.is_empty() {
            self.store.note_offers(&offers, now).await?;
        }
        if !put_off.is_empty() {
            self.store.put_polls_off(&put_off, PUT_OFF, now).await?;
        }
        Ok(())
    }

    /// When something is to be done about subscriptions; never, unless a public address is configured.
    pub async fn next_push(&self, now: Timestamp) -> Result<Option<Timestamp>, Error> {
        match self.config.websub {
            Some(_) => Ok(self.store.next_push(now).await?),
            None => Ok(None),
        }
    }

    /// Asks hubs for what is due: subscriptions, renewals, farewells.
    pub async fn push_pass(&self) -> Result<(), Error> {
        let Some(websub) = &self.config.websub else { return Ok(()) };
        self.store.deliver_pings(self.clock.now()).await?;
        loop {
            let (now, most) = (self.clock.now(), AT_ONCE as u32);
            let claimed = self.store.claim_subscriptions(websub.public_url.as_str(), now, most, SPAN).await?;
            if claimed.is_empty() || self.is_stopping() {
                return Ok(());
            }
            let asked = stream::iter(by_domain(claimed)).map(|of_one| self.see_to_all(of_one, websub)).buffer_unordered(AT_ONCE);
            let results: Vec<Result<(), Error>> = asked.collect().await;
            self.progressed();
            results.into_iter().collect::<Result<(), Error>>()?;
        }
    }

    /// Asks hubs of one domain, one after the other and a gap apart. What would come too late is due again soon.
    async fn see_to_all(&self, all: Vec<Subscription>, websub: &Websub) -> Result<(), Error> {
        let begun = Instant::now();
        for (at, known) in all.into_iter().enumerate() {
            if at > 0 {
                tokio::time::sleep(self.config.spacing.gap).await;
            }
            if begun.elapsed() > SPAN / 2 || self.is_stopping() {
                break;
            }
            self.see_to(known, websub).await?;
        }
        Ok(())
    }

    async fn see_to(&self, known: Subscription, websub: &Websub) -> Result<(), Error> {
        let now = self.clock.now();
        let hub = push::next_hub(&known.hubs, known.hub.as_deref(), known.failures > 0);
        let (mode, hub) = match (known.state, hub, &known.hub) {
            (State::Leaving, _, Some(hub)) if known.failures < FAREWELLS && known.lease_until.is_some_and(|until| until > now) => {
                (Mode::Unsubscribe, hub.as_str())
            }
            // nothing holds us there
            (State::Leaving, ..) => return Ok(self.store.subscription_left(&known).await?),
            (_, Some(hub), _) => (Mode::Subscribe, hub),
            (_, None, _) => return Ok(()),
        };
        let feed = self.name_of(known.feed);
        let failures = known.failures + 1;
        self.store.asking(&known, hub, websub.public_url.as_str(), now).await?;
        let callback = push::callback(&websub.public_url, &known.token);
        let asked = push::ask(&self.http, mode, hub, &known, &callback, now).await;
        let now = self.clock.now();
        let retry_at = |taken| push::retry_at(failures, taken, known.lease_until, known.token.reveal(), now);
        match asked {
            Ok(()) => {
                tracing::debug!(feed, hub, ?mode, "its hub was asked");
                self.store.asked(&known, "its hub was asked and hasn't verified it yet", retry_at(Taken::Yes)).await?;
            }
            Err(error) => {
                tracing::info!(feed, hub, %error, "its hub could not be asked; it is polled meanwhile");
                let due = retry_at(Taken::No).max(error.retry_after().unwrap_or(now));
                self.store.asked(&known, &error.to_string(), due).await?;
            }
        }
        Ok(())
    }

    /// Answers a hub, or whoever else calls.
    pub async fn called(&self, call: Call) -> Reply {
        let Some(token) = push::token_of(&call.path) else { return Reply::new(StatusCode::NOT_FOUND, "there is nothing here\n") };
        let known = match self.store.subscription_of_token(token).await {
            Ok(known) => known,
            Err(error) => return self.unable(&error.into()),
        };
        let answered = match (&call.method, known) {
            (&Method::GET, Some(known)) => self.verify(&known, &Intent::read(&call.query)).await,
            (&Method::GET, None) => Ok(not_wanted(StatusCode::NOT_FOUND)),
            (&Method::POST, Some(known)) if push::is_wanted(&known) => self.receive(known, call).await,
            (&Method::POST, _) => Ok(not_wanted(StatusCode::GONE)),
            _ => Ok(Reply::new(StatusCode::METHOD_NOT_ALLOWED, "GET or POST\n")),
        };
        answered.unwrap_or_else(|error| self.unable(&error))
    }

    /// The hub tries again after this.
    fn unable(&self, error: &Error) -> Reply {
        tracing::error!(%error, "a hub could not be answered");
        Reply::new(StatusCode::SERVICE_UNAVAILABLE, "try again later\n")
    }

    async fn verify(&self, known: &Subscription, intent: &Intent) -> Result<Reply, Error> {
        let (now, feed) = (self.clock.now(), self.name_of(known.feed));
        match intent.answer(known, now) {
            Verdict::Subscribed { challenge, lease_until, renew_at } => {
                if !self.store.subscription_verified(known, lease_until, renew_at, now).await? {
                    return Ok(not_wanted(StatusCode::NOT_FOUND));
                }
                tracing::info!(feed, hub = known.hub, until = %lease_until, "its hub will push");
                Ok(Reply::new(StatusCode::OK, challenge))
            }
            Verdict::Unsubscribed { challenge } => {
                self.store.subscription_left(known).await?;
                tracing::info!(feed, hub = known.hub, "its hub will push no more, as was wished");
                Ok(Reply::new(StatusCode::OK, challenge))
            }
            Verdict::Denied { reason } => {
                let told = if reason.is_empty() { "its hub won't push".to_owned() } else { format!("its hub won't push: {reason}") };
                let due = push::denied_until(known.failures.max(1), known.hubs.len(), now);
                self.store.subscription_denied(known, &told, due).await?;
                tracing::warn!(feed, hub = known.hub, reason, "its hub won't push; it is polled");
                Ok(Reply::new(StatusCode::OK, ""))
            }
            Verdict::Unwanted => Ok(not_wanted(StatusCode::NOT_FOUND)),
        }
    }

    async fn receive(&self, known: Subscription, call: Call) -> Result<Reply, Error> {
        let Some(_turn) = self.turns.take(known.feed) else {
            // One push is being read: what another one brings, a poll brings.
            self.store.ping(known.feed, self.clock.now()).await?;
            return Ok(thanks());
        };
        let Ok(_body) = self.turns.bodies.acquire().await else { return Ok(Reply::new(StatusCode::SERVICE_UNAVAILABLE, "")) };
        let (feed, headers) = (self.name_of(known.feed), call.headers.clone());
        let body = match call.body(PUSH).await {
            Ok(body) => body,
            Err(error) => {
                tracing::warn!(feed, %error, "a push was not read to its end");
                return Ok(Reply::new(status_of(error), format!("{error}\n")));
            }
        };
        match push::judge(&known, &headers, &body.raw) {
            Judged::Unwanted => return Ok(not_wanted(StatusCode::GONE)),
            Judged::Forged(why) => {
                tracing::warn!(feed, why, "a push was ignored");
                return Ok(thanks());
            }
            Judged::Signed => {}
        }
        self.progressed();
        self.store.pushed(&known, self.clock.now()).await?;
        if let Some(why) = self.take_in(&known, headers, body.unpacked).await? {
            tracing::debug!(feed, why, "a push makes the feed due");
            self.store.ping(known.feed, self.clock.now()).await?;
        }
        Ok(thanks())
    }

    /// Remembers what a pushed document brings; or why that is left to a poll.
    async fn take_in(&self, known: &Subscription, headers: HeaderMap, body: Bytes) -> Result<Option<String>, Error> {
        let left = |why: &str| Ok(Some(why.to_owned()));
        let Some(feed) = self.feed(known.feed) else { return left("another configuration knows it") };
        if body.iter().all(u8::is_ascii_whitespace) {
            return left("the hub says no more than that there is something new");
        }
        if self.is_paused(feed.name()).await? {
            return left("it is paused");
        }
        let Some(row) = self.store.feed(feed.name()).await? else { return left("it is not in the store") };
        let address = row.manners.learnt.as_ref().unwrap_or(&row.url);
        if !push::is_same_document(&known.topic, address) {
            return left("the hub's topic is not the address that is polled");
        }
        let url = Url::parse(address).unwrap_or_else(|_| feed.config().url.clone());
        let read = match feed.source(url).await {
            Ok(source) => poll::pushed(&headers, body.into(), &source).await.map_err(|error| error.to_string()),
            Err(why) => Err(why),
        };
        match read {
            Ok(Polled::Document(document)) => self.remember_pushed(feed, *document).await,
            Ok(Polled::NotModified { .. }) => Ok(None),
            Err(why) => Ok(Some(why)),
        }
    }

    async fn remember_pushed(&self, feed: Arc<Feed>, document: Document) -> Result<Option<String>, Error> {
        let now = self.clock.now();
        let Some((row, lease)) = self.store.claim_feed(feed.name(), self.owner, now, POLL_SPAN).await? else {
            return Ok(Some("it is being polled just now".to_owned()));
        };
        // the first poll has a backfill of its own
        let outcome = row.polled.map(|_| super::poll::read(&feed, &row, document, now));
        let Some(PollOutcome::Read { entries, shared, watch, returning, .. }) = outcome else {
            self.store.release_feed(lease).await?;
            return Ok(Some("it was not polled yet".to_owned()));
        };
        let outcome = PollOutcome::Pushed { entries, shared, watch, returning };
        let record = PollRecord {
            lease,
            outcome,
            next_poll: row.next_poll,
            because: row.because.unwrap_or_default(),
            run: None,
            politeness: PollPoliteness::default(),
        };
        let mut answers = self.store.record_polls(vec![record], dedup::same_story, now).await;
        match answers.pop() {
            Some(Ok(remembered)) => {
                tracing::info!(feed = feed.name(), new = remembered.new.len(), known = remembered.known, "pushed by its hub");
                super::poll::tell_held(feed.name(), remembered.held.as_deref(), remembered.is_flood);
                Ok(None)
            }
            Some(Err(error)) if !error.is_stale_lease() => Err(error.into()),
            Some(Err(_)) | None => Ok(Some("another took it over".to_owned())),
        }
    }

    async fn is_paused(&self, feed: &str) -> Result<bool, Error> {
        let pauses = self.store.pauses().await?;
        Ok(pauses.iter().any(|pause| matches!(&pause.scope, Scope::All) || pause.scope == Scope::Feed(feed.to_owned())))
    }

    fn name_of(&self, feed: Id) -> String {
        self.feed(feed).map_or_else(|| feed.to_string(), |feed| feed.name().to_owned())
    }
}

/// Subscriptions by the registrable domain of the hub that is asked.
fn by_domain(all: Vec<Subscription>) -> Vec<Vec<Subscription>> {
    let mut domains: BTreeMap<String, Vec<Subscription>> = BTreeMap::new();
    for known in all {
        let hub = push::next_hub(&known.hubs, known.hub.as_deref(), known.failures > 0).or(known.hub.as_deref());
        let domain = hub.and_then(|hub| Url::parse(hub).ok()).map(|hub| http::registrable(&hub)).unwrap_or_default();
        domains.entry(domain).or_default().push(known);
    }
    domains.into_values().collect()
}

fn offered(feed: Id, offer: Option<Offer>) -> Option<Offered> {
    let (topic, hubs) = offer.map_or_else(Default::default, |offer| (offer.topic, offer.hubs));
    match (push::fresh_token(), push::fresh_secret()) {
        (Ok(token), Ok(secret)) => Some(Offered { feed, topic, hubs, token, secret }),
        (Err(error), _) | (_, Err(error)) => {
            tracing::error!(%error, "the system gives no random numbers, so nothing can be subscribed to");
            None
        }
    }
}

/// Whatever became of it, so that nobody learns from the answer (section 7.1.2).
fn thanks() -> Reply {
    Reply::new(StatusCode::ACCEPTED, "")
}

fn not_wanted(status: StatusCode) -> Reply {
    Reply::new(status, "no such subscription\n")
}

fn status_of(error: BodyError) -> StatusCode {
    match error {
        BodyError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        BodyError::TooSlow => StatusCode::REQUEST_TIMEOUT,
        BodyError::Cut => StatusCode::BAD_REQUEST,
        BodyError::Coding => StatusCode::UNSUPPORTED_MEDIA_TYPE,
    }
}
