//! The verbs in order: poll, remember, prepare, publish. The only wiring.
//!
//! A [`Pipeline`] is one configuration in force on one store. Each verb is a pass that does what is due and returns; the
//! daemon, `once`, the dry run and the tests call the same passes with other ends: another store, another outlet.

mod again;
mod blocklist;
mod dates;
mod digest;
mod dry;
mod example;
mod failure;
mod file_dry;
mod follow;
pub mod heartbeat;
mod illustrate;
mod lanes;
mod last;
mod outgoing;
mod page;
mod pictures;
pub mod politeness;
mod poll;
mod prepare;
mod preview;
mod publish;
mod push;
mod reconcile;
mod rights;
mod source;
mod trial;
mod undo;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};

use tokio::sync::{Mutex, OnceCell};

use crate::clock::Clock;
use crate::config::{Config, Dedup, FeedConfig, SiteConfig};
use crate::content;
use crate::domain::{Id, Timestamp};
use crate::http;
use crate::publish as publish_room;
use crate::rewrite::{Digest, Recipe};
use crate::store::{self, ConfiguredDigest, ConfiguredFeed, ConfiguredSite, FeedRow, NextDue, SiteRow, Store};
use crate::wordpress;

pub use again::{Plan as RenderPlan, Rendered, Turn, Which as Again};
pub use blocklist::{Complaint, Stopped};
pub use digest::DigestSoFar;
pub use failure::Error;
pub use follow::{FollowReport, PreviewField, PreviewUpdate, Resolution, Resolved, Revived};
pub use pictures::Pictures;
pub use poll::{FeedPoll, PollReport, Which};
pub use prepare::PrepareReport;
pub use preview::{Preview, PreviewDigest, PreviewFeed, PreviewLeft, PreviewPost};
pub use publish::{ConnectError, Limit, PublishReport};
pub use reconcile::{Adopted, Adoption, Drift, Drifted, Import, Imported, ImportedPost, Missing, Moved, Plugin, Resynced};
pub use trial::{Changed, Difference, Differing, Trial};
pub use undo::{Beside, Fate, Leftover, LeftoverFate, Plan, Touched, Undoing, Undone, WhichRun};

/// One configuration in force on one store.
pub struct Pipeline {
    pub clock: Clock,
    pub config: Arc<Config>,
    pub store: Store,
    pub http: http::Client,
    pictures: Pictures,
    /// Where pictures are fetched.
    images: content::Images,
    /// Whose turn it is to ask for pages.
    pages: lanes::Lanes,
    owner: Id,
    feeds: HashMap<Id, Arc<Feed>>,
    sites: HashMap<Id, Arc<Site>>,
    /// The first name that each digest ever had, by its name: what the keys of its posts are made with.
    digest_names: HashMap<String, String>,
    run: Mutex<Option<Id>>,
    run_kind: &'static str,
    progress: AtomicI64,
    stopping: AtomicBool,
    /// How often rules matched since that was last stored.
    matched: std::sync::Mutex<BTreeMap<i64, u64>>,
    /// Pushes that are being read.
    turns: push::Turns,
    /// When posts were last looked for whose time may be over.
    swept: AtomicI64,
}

/// A configured feed and its place in the store.
pub struct Feed {
    pub id: Id,
    /// The first name that it ever had.
    key_name: String,
    config: Arc<Config>,
    index: usize,
    access: source::Kept,
}

/// A configured site and its place in the store.
pub struct Site {
    pub id: Id,
    pub config: SiteConfig,
    /// The first name that it ever had: what delivery keys are made with.
    key_name: String,
    connection: Mutex<Option<(wordpress::Site, wordpress::Me)>>,
    /// Failures in a row that were the site's, not a post's.
    failures: AtomicU32,
    /// BCP 47; what its front page says, where the configuration doesn't.
    language: std::sync::Mutex<Option<String>>,
    /// Requests in a row that had no clear answer.
    unclear: AtomicU32,
    /// Its front page was asked for its language.
    language_asked: OnceCell<()>,
    /// When it was last looked whether many posts vanished at once (Unix seconds).
    glanced: AtomicI64,
    /// How often making a term had no clear answer.
    unclear_terms: std::sync::Mutex<BTreeMap<publish_room::WantedTerm, u32>>,
    /// Fields that the site refused, and why: post type, field and value as it was sent.
    refused_fields: std::sync::Mutex<HashMap<(String, publish_room::Part, String), String>>,
    /// What was told once and isn't told again.
    told: std::sync::Mutex<HashSet<String>>,
}

/// What the store knows, by name.
struct Known<'a> {
    feeds: &'a HashMap<String, FeedRow>,
    sites: &'a HashMap<String, SiteRow>,
    /// The first names.
    digests: HashMap<String, String>,
}

/// So often it is looked whether many posts vanished at once from a site.
const GLANCES: i64 = 3600;

impl Site {
    /// Whether the last glance at its posts is long ago; from now on it isn't.
    fn is_time_for_a_glance(&self, now: Timestamp) -> bool {
        let last = self.glanced.load(Ordering::SeqCst);
        let is_time = now.unix() - last >= GLANCES;
        if is_time {
            self.glanced.store(now.unix(), Ordering::SeqCst);
        }
        is_time
    }
}

impl Feed {
    /// The feed's `name`.
    pub fn name(&self) -> &str {
        &self.config().name
    }

    /// As the configuration has it.
    pub fn config(&self) -> &FeedConfig {
        &self.config.feeds[self.index]
    }

    fn recipes(&self) -> Vec<&Recipe> {
        self.config().recipes.iter().collect()
    }

    fn recipe(&self, site: &str) -> Option<&Recipe> {
        self.config().recipes.iter().find(|recipe| recipe.site == site)
    }

    /// What the operator may use.
    fn rights(&self) -> &str {
        self.config().recipes.first().map_or("unknown", |recipe| recipe.rights.as_str())
    }

    /// What keeps this feed's entries apart from other feeds' on a site; `None`: nothing does.
    fn key_scope(&self, site: &Site) -> Option<&str> {
        (site.config.dedup == Dedup::Feed).then_some(self.key_name.as_str())
    }
}

impl Pipeline {
    /// Where the password of a feed's posts comes from, by the feed's name or the one before it; or of a digest's, by what
    /// its drafts call it.
    fn post_password(&self, feed: &str) -> Option<crate::config::SecretSource> {
        let digest = self.config.digests.iter().find(|known| {
            let names = [Some(&known.digest.name), known.renamed_from.as_ref()];
            names.into_iter().flatten().any(|name| Digest::password_of(name) == feed)
        });
        if let Some(digest) = digest {
            return digest.post_password.clone();
        }
        let feeds = &self.config.feeds;
        let found = feeds.iter().find(|known| known.name == feed);
        let found = found.or_else(|| feeds.iter().find(|known| known.renamed_from.as_deref() == Some(feed)));
        found?.post_password.clone()
    }

    /// Puts a configuration in force on a store. `folder`: for pictures on their way; `None` keeps none. `run_kind` names the
    /// runs that it begins: `once`, `daemon`.
    pub async fn new(
        config: Arc<Config>,
        store: Store,
        clock: Clock,
        owner: Id,
        folder: Option<PathBuf>,
        run_kind: &'static str,
    ) -> Result<Self, Error> {
        let now = clock.now();
        let feeds: Vec<ConfiguredFeed> = config
            .feeds
            .iter()
            .map(|feed| ConfiguredFeed {
                name: feed.name.clone(),
                url: feed.url.to_string(),
                renamed_from: feed.renamed_from.clone(),
                reading: crate::poll::reading_mark(&feed.kind, &feed.reading),
                is_trusted: feed.takeover == crate::config::Takeover::Ignore,
            })
            .collect();
        let sites: Vec<ConfiguredSite> = config
            .sites
            .iter()
            .map(|site| ConfiguredSite { name: site.name.clone(), url: site.url.to_string(), renamed_from: site.renamed_from.clone() })
            .collect();
        let digests: Vec<ConfiguredDigest> = config
            .digests
            .iter()
            .map(|digest| ConfiguredDigest { name: digest.digest.name.clone(), renamed_from: digest.renamed_from.clone() })
            .collect();
        let digest_names = store.sync_digests(&digests).await?;
        let site_rows = store.sync_sites(&sites, now).await?;
        let feed_rows = store.sync_feeds(&feeds, now).await?;
        for row in site_rows.values() {
            if let Some(why) = row.rest_because.as_deref().filter(|why| why.starts_with(publish::REFUSED)) {
                store.end_rest(row.id, why).await?;
            }
        }
        let pipeline = Self::of_rows(
            config,
            store,
            clock,
            owner,
            folder,
            run_kind,
            Known { feeds: &feed_rows, sites: &site_rows, digests: digest_names },
        )?;
        for site in pipeline.sites.values() {
            pipeline.store.follow_schedule(site.id, &pipeline.schedule_mark(site), now).await?;
        }
        Ok(pipeline)
    }

    /// For a verb beside the daemon: of the configuration, what is in force on the store. Where none is yet, this one is put
    /// in force.
    pub async fn beside(
        config: Arc<Config>,
        store: Store,
        clock: Clock,
        owner: Id,
        folder: Option<PathBuf>,
        run_kind: &'static str,
    ) -> Result<Self, Error> {
        Self::beside_moved(config, store, clock, owner, folder, run_kind, None).await
    }

    /// The same with a site that is at another address now than the store knows: it is the same one.
    pub async fn beside_moved(
        config: Arc<Config>,
        store: Store,
        clock: Clock,
        owner: Id,
        folder: Option<PathBuf>,
        run_kind: &'static str,
        moved: Option<&str>,
    ) -> Result<Self, Error> {
        let (feeds, sites) = (store.feeds().await?, store.sites().await?);
        if feeds.is_empty() && sites.is_empty() {
            return Self::new(config, store, clock, owner, folder, run_kind).await;
        }
        let feeds = feeds.into_iter().filter(|row| row.configured).map(|row| (row.name.clone(), row)).collect();
        // Another address is another site, of which the store's posts tell nothing.
        let is_same =
            |row: &SiteRow| config.site(&row.name).is_some_and(|site| site.url.as_str() == row.url || moved == Some(site.name.as_str()));
        let sites = sites.into_iter().filter(|row| row.configured && is_same(row)).map(|row| (row.name.clone(), row)).collect();
        let digests = store.digests().await?;
        Self::of_rows(config, store, clock, owner, folder, run_kind, Known { feeds: &feeds, sites: &sites, digests })
    }

    fn of_rows(
        config: Arc<Config>,
        store: Store,
        clock: Clock,
        owner: Id,
        folder: Option<PathBuf>,
        run_kind: &'static str,
        known: Known<'_>,
    ) -> Result<Self, Error> {
        let Known { feeds: feed_rows, sites: site_rows, digests: digest_names } = known;
        let http = http::Client::new(config.http.clone())?;
        let feed = |(index, feed): (usize, &FeedConfig)| {
            let row = feed_rows.get(&feed.name)?;
            Some((
                row.id,
                Arc::new(Feed {
                    id: row.id,
                    key_name: row.key_name.clone(),
                    config: config.clone(),
                    index,
                    access: source::Kept::default(),
                }),
            ))
        };
        let site = |site: &SiteConfig| {
            let row = site_rows.get(&site.name)?;
            let (connection, failures, unclear_terms) = (Mutex::default(), AtomicU32::new(row.failures), std::sync::Mutex::default());
            let (config, key_name) = (site.clone(), row.key_name.clone());
            let language = std::sync::Mutex::new(site.language.clone().or_else(|| row.language.clone()));
            let (language_asked, unclear, glanced) = (OnceCell::new(), AtomicU32::new(0), AtomicI64::new(0));
            let (refused_fields, told) = (std::sync::Mutex::default(), std::sync::Mutex::default());
            let made = Site {
                id: row.id,
                config,
                key_name,
                connection,
                failures,
                unclear,
                language,
                language_asked,
                glanced,
                unclear_terms,
                refused_fields,
                told,
            };
            Some((row.id, Arc::new(made)))
        };
        let feeds = config.feeds.iter().enumerate().filter_map(feed).collect();
        let sites = config.sites.iter().filter_map(site).collect();
        let progress = AtomicI64::new(clock.now().unix());
        let (run, stopping) = (Mutex::default(), AtomicBool::new(false));
        let pictures = Pictures::in_folder(folder);
        let images = content::Images::new(http.clone(), config.image_bytes);
        let pages = lanes::Lanes::new(config.spacing.gap);
        Ok(Self {
            clock,
            config,
            store,
            http,
            pictures,
            images,
            pages,
            owner,
            feeds,
            sites,
            digest_names,
            run,
            run_kind,
            progress,
            stopping,
            matched: std::sync::Mutex::default(),
            turns: push::Turns::default(),
            swept: AtomicI64::new(0),
        })
    }

    /// The configured sites, in the configuration's order.
    pub fn sites(&self) -> Vec<Arc<Site>> {
        self.config.sites.iter().filter_map(|site| self.site_by_name(&site.name)).collect()
    }

    fn site_by_name(&self, name: &str) -> Option<Arc<Site>> {
        self.sites.values().find(|site| site.config.name == name).cloned()
    }

    fn site_named(&self, name: &str) -> Option<&Site> {
        self.sites.values().find(|site| site.config.name == name).map(|site| &**site)
    }

    fn feed(&self, id: Id) -> Option<Arc<Feed>> {
        self.feeds.get(&id).cloned()
    }

    /// When there is something to do next, of what this pipeline knows.
    pub async fn next_due(&self, now: Timestamp) -> Result<NextDue, Error> {
        let due = self.store.next_due(now).await?;
        if ![due.poll, due.prepare].into_iter().flatten().any(|at| at <= now) {
            return Ok(due);
        }
        match self.foreign_feeds().await? {
            foreign if foreign.is_empty() => Ok(due),
            foreign => Ok(self.store.next_due_but(&foreign, now).await?),
        }
    }

    /// Feeds that a configuration in force on the store has and this one lacks: a newer one's, or another daemon's. They and
    /// their items are left to whoever knows them.
    async fn foreign_feeds(&self) -> Result<Vec<Id>, Error> {
        let configured = self.store.configured_feeds().await?;
        Ok(configured.into_iter().filter(|id| !self.feeds.contains_key(id)).collect())
    }

    /// Asks all passes to end soon: what is under way is finished, nothing new is begun.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    /// Notes that something goes on: a pass begins, or one thing of it is done.
    pub fn progressed(&self) {
        self.progress.store(self.clock.now().unix(), Ordering::SeqCst);
    }

    /// When something last went on.
    pub fn last_progress(&self) -> Timestamp {
        Timestamp::from_unix(self.progress.load(Ordering::SeqCst))
    }

    /// Drops texts that are older than `[store] keep`, in small steps, and old pictures.
    pub async fn upkeep(&self) -> Result<(), Error> {
        self.sweep_pictures();
        const STEP: u32 = 500;
        while !self.store.prune(self.clock.now(), self.config.keep, STEP).await?.is_done() && !self.is_stopping() {
            self.progressed();
        }
        while self.store.forget_stories(self.clock.now(), STEP).await? > 0 && !self.is_stopping() {
            self.progressed();
        }
        Ok(())
    }

    /// The run that posts made now belong to; begun when the first of them is made.
    async fn run_for_posts(&self) -> Result<Id, Error> {
        let mut run = self.run.lock().await;
        if let Some(run) = *run {
            return Ok(run);
        }
        let begun = self.store.begin_run(self.run_kind, self.clock.now()).await?;
        *run = Some(begun);
        Ok(begun)
    }

    /// Ends the run, if one was begun: later posts belong to another.
    pub async fn end_run(&self) -> Result<(), Error> {
        if let Some(run) = self.run.lock().await.take() {
            self.store.end_run(run, "", self.clock.now()).await?;
        }
        Ok(())
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}
