//! Entries that wait → the post of their window: one delivery for each site, digest and window that has ended.
//!
//! Reads what waits (rows that `decide` wrote), and composes over it; writes one delivery, joined to what it shows, in one
//! transaction. If the process dies before that, all wait as before; after it, the delivery goes out as any other. Its key is
//! made of site, digest and window, so that a window that is closed twice is closed once.

use serde::Serialize;

use crate::config::{DigestConfig, Rest};
use crate::dedup;
use crate::domain::{Decision, Id, Timestamp};
use crate::rewrite::{DigestEntry, Frame, Ready, compose_digest};
use crate::store::{DigestWaits, Left, NewDigest};

use super::{Error, Pipeline, PreviewDigest, PreviewPost, Site};

/// Entries that wait for a digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DigestSoFar {
    pub digest: String,
    pub site: String,
    pub entries: u64,
    /// When it is made; `None`: it is no longer in the configuration, and they wait until it is.
    pub due: Option<Timestamp>,
    /// The same by the digest's own clocks.
    pub told: Option<String>,
}

/// One window of one digest on one site.
struct Window<'a> {
    config: &'a DigestConfig,
    site: &'a Site,
    end: Timestamp,
}

/// What a window comes to.
struct Made {
    slug: String,
    key: dedup::DeliveryKey,
    ready: Ready,
}

impl Pipeline {
    /// Makes the digests whose windows have ended. Answers how many.
    pub async fn digest_pass(&self) -> Result<usize, Error> {
        let mut made = 0;
        for waits in self.store.digests_waiting().await? {
            if self.is_stopping() {
                break;
            }
            let now = self.clock.now();
            let Some(window) = self.window(&waits, now) else { continue };
            if window.end <= now && self.close(&window).await? {
                made += 1;
            }
            self.progressed();
        }
        Ok(made)
    }

    /// When the next window ends for which something waits; past moments mean now.
    pub async fn next_digest(&self, now: Timestamp) -> Result<Option<Timestamp>, Error> {
        let waiting = self.store.digests_waiting().await?;
        Ok(waiting.iter().filter_map(|waits| Some(self.window(waits, now)?.end)).min())
    }

    /// What waits for which digest.
    pub async fn digests_so_far(&self) -> Result<Vec<DigestSoFar>, Error> {
        let now = self.clock.now();
        let waiting = self.store.digests_waiting().await?;
        let told = waiting.into_iter().map(|waits| {
            let window = self.window(&waits, now);
            let site = self.sites.get(&waits.site).map_or("a former site", |site| &site.config.name).to_owned();
            let told = window.as_ref().map(|window| window.config.window.told(window.end));
            DigestSoFar { site, entries: waits.entries, due: window.map(|window| window.end), told, digest: waits.digest.clone() }
        });
        Ok(told.collect())
    }

    /// Why an entry has no post of its own.
    pub(super) fn joins(&self, digest: &str, now: Timestamp) -> String {
        match self.config.digest(digest) {
            Some(config) => format!("it goes into the digest `{digest}`, made {}", config.window.told(config.window.next(now))),
            None => format!("it goes into the digest `{digest}`"),
        }
    }

    /// The window that ends next for what waits: the last one that has ended, where that has not been made.
    fn window(&self, waits: &DigestWaits, now: Timestamp) -> Option<Window<'_>> {
        let config = self.config.digest(&waits.digest)?;
        let site = self.sites.get(&waits.site)?;
        let last = config.window.last(now);
        let end = if waits.since < last { last } else { config.window.next(now) };
        Some(Window { config, site, end })
    }

    async fn waiting(&self, window: &Window<'_>, before: Timestamp) -> Result<Vec<(Id, DigestEntry)>, Error> {
        let rows = self.store.digest_entries(window.site.id, &window.config.digest.name, before).await?;
        let mut others = self.store.digest_also_covered(window.site.id, &window.config.digest.name).await?;
        let read = rows.into_iter().filter_map(|row| {
            let mut entry = DigestEntry::from_json(&row.entry);
            if let Some(entry) = &mut entry {
                entry.also = others.remove(&row.item).unwrap_or_default();
            } else {
                tracing::error!(item = %row.item, digest = window.config.digest.name, "what waits for a digest can't be read; it is left");
            }
            entry.map(|entry| (row.item, entry))
        });
        Ok(read.collect())
    }

    async fn close(&self, window: &Window<'_>) -> Result<bool, Error> {
        let Window { config, site, end } = window;
        let digest = &config.digest;
        let mut entries = self.waiting(window, *end).await?;
        let told = config.window.told(*end);
        if entries.len() < config.least.max(1) as usize {
            let wants = format!("wants {} entries and had {}", config.least, entries.len());
            let because = format!("the digest `{}` of {told} {wants}: it waits for the next", digest.name);
            self.store.pass_over(site.id, &digest.name, &ids(&entries), *end, &because).await?;
            return Ok(false);
        }
        // Where the rest waits, what waits longest goes first; where it is dropped, the order says what is worth most.
        if config.rest == Rest::Drop {
            digest.sort(&mut entries);
        }
        let rest = ids(&entries.split_off(digest.shows(entries.len())));
        digest.sort(&mut entries);
        let Made { slug, key, ready } = self.made(window, &entries);
        let count = entries.len();
        let because = format!("the digest `{}` of {told}, {count} entries", digest.name);
        let full = format!("the digest `{}` of {told} was full", digest.name);
        let (waits, dropped) = (format!("{full}: it waits for the next"), format!("{full}, and what it has no room for is dropped"));
        let new = NewDigest {
            site: site.id,
            digest: &digest.name,
            end: *end,
            key_hash: key.hash,
            key: key.text,
            slug,
            draft: ready.draft,
            hold: ready.hold,
            decision: Decision { because: Some(because), ..ready.decision },
            items: &ids(&entries),
            because: &format!("it is in the digest `{}` of {told}", digest.name),
            left: match config.rest {
                Rest::Wait => Left::Waits(&rest, &waits),
                Rest::Drop => Left::Dropped(&rest, &dropped),
            },
        };
        let closed = self.store.close_digest(&new, self.clock.now()).await?;
        if let Some(delivery) = closed {
            tracing::info!(%delivery, digest = digest.name, site = site.config.name, entries = count, "a digest is made");
        }
        Ok(closed.is_some())
    }

    fn made(&self, window: &Window<'_>, entries: &[(Id, DigestEntry)]) -> Made {
        let Window { config, site, end } = window;
        let name = &config.digest.name;
        let key = dedup::digest_key(&site.key_name, self.digest_names.get(name).unwrap_or(name), *end);
        let language = site.language.lock().expect("no thread panicked with it").clone();
        let before = config.window.last(Timestamp::from_unix(end.unix() - 1));
        let frame = Frame {
            site: &site.config.name,
            language: language.as_deref(),
            editor: site.config.editor,
            key: &key.text,
            from: &config.window.local(before),
            until: &config.window.local(*end),
        };
        let shown: Vec<DigestEntry> = entries.iter().map(|(_, entry)| entry.clone()).collect();
        let ready = compose_digest(&self.config.engine, &config.digest, &frame, &shown);
        Made { slug: dedup::slug(&ready.draft.slug, &key.text), key, ready }
    }

    /// What each digest would be if it were made of what waits now.
    pub(super) async fn preview_digests(&self) -> Result<Vec<PreviewPost>, Error> {
        let now = self.clock.now();
        let mut posts = Vec::new();
        for waits in self.store.digests_waiting().await? {
            let Some(window) = self.window(&waits, now) else { continue };
            // what came in this very second is shown, too
            let entries = self.waiting(&window, Timestamp::from_unix(now.unix() + 1)).await?;
            posts.push(self.preview_digest(&window, entries));
        }
        Ok(posts)
    }

    /// What a digest would be if it were made of these alone.
    pub(super) fn preview_digest_of(&self, digest: &str, site: &str, entries: Vec<DigestEntry>) -> Option<PreviewPost> {
        let config = self.config.digest(digest)?;
        let window = Window { config, site: self.site_named(site)?, end: config.window.next(self.clock.now()) };
        Some(self.preview_digest(&window, entries.into_iter().map(|entry| (Id::from_i64(0), entry)).collect()))
    }

    fn preview_digest(&self, window: &Window<'_>, mut entries: Vec<(Id, DigestEntry)>) -> PreviewPost {
        let digest = &window.config.digest;
        let waiting = entries.len();
        digest.sort(&mut entries);
        entries.truncate(digest.shows(waiting));
        let Made { slug, ready, .. } = self.made(window, &entries);
        let no_image = ready.draft.image.is_none().then(|| "none of its entries has one".to_owned());
        PreviewPost {
            feed: format!("digest `{}`", digest.name),
            site: window.site.config.name.clone(),
            draft: ready.draft,
            slug,
            no_image,
            held: ready.hold.map(|hold| hold.because),
            digest: Some(PreviewDigest {
                name: digest.name.clone(),
                made_at: window.end,
                told: window.config.window.told(window.end),
                entries: entries.len(),
                waiting,
                least: window.config.least,
            }),
            ..PreviewPost::default()
        }
    }
}

fn ids(entries: &[(Id, DigestEntry)]) -> Vec<Id> {
    entries.iter().map(|(item, _)| *item).collect()
}
