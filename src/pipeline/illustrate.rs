//! The pictures of an item: its featured one, and copies of those in its body; each stored before the next step begins.

use url::Url;

use super::prepare::{Subject, view_of};
use super::rights::Rights;
use super::{Feed, Pipeline};
use crate::content::{self, Errand, ImageLimits};
use crate::domain::{Entry, Page, Steps, Timestamp, Use};
use crate::rewrite::{self, Content, Early, Image, Images};

/// What the sites that the early rules choose want of pictures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Wishes {
    pub featured: bool,
    pub copies: bool,
}

impl Pipeline {
    /// What is wanted of pictures for this item.
    pub(super) fn wishes(&self, feed: &Feed, subject: &Subject<'_>, now: Timestamp) -> Wishes {
        let view = view_of(feed, subject, subject.feed_body(feed), now);
        let recipes = feed.recipes();
        let Early::Go { sites, .. } = rewrite::early(&self.config.engine, &recipes, &view) else { return Wishes::default() };
        let mut wishes = Wishes::default();
        for recipe in recipes.iter().filter(|recipe| sites.contains(&recipe.site)) {
            wishes.featured |= recipe.image == Image::Featured;
            let shows_body = recipe.content != Content::Excerpt || recipe.templates.body.is_some();
            wishes.copies |= recipe.images == Images::Copy && shows_body;
        }
        wishes
    }

    /// Fetches what is wanted and not there yet, into `steps`. `can_wait`: what can't be had now is left open where it may be had
    /// later; answers why, then.
    pub(super) async fn illustrate(
        &self,
        feed: &Feed,
        subject: &Subject<'_>,
        steps: &mut Steps,
        now: Timestamp,
        can_wait: bool,
    ) -> Option<String> {
        let wishes = self.wishes(feed, subject, now);
        let entry = subject.entry;
        let referer = referer(entry, steps);
        let limits = feed.config().image_limits;
        let errand = Errand { referer: referer.as_ref(), title: &entry.title, limits, now };
        let refused = refusal(feed, subject, steps);
        let mut later = None;
        if wishes.featured && steps.image.is_none() {
            let got = match &refused {
                Some(why) => Err(content::NoPicture { why: why.clone(), is_temporary: false }),
                None => self.featured(entry, steps, &errand).await,
            };
            match got {
                Err(none) if none.is_temporary && can_wait => later = Some(none.why),
                got => steps.image = Some(got.map_err(String::from)),
            }
        }
        if wishes.copies {
            let named = content::pictures_of(&subject.body_of(feed, steps).html);
            let known = steps.pictures.take().unwrap_or_default();
            let is_whole = named.iter().all(|image| known.iter().any(|(url, _)| *url == image.url));
            if is_whole && !known.is_empty() {
                steps.pictures = Some(known);
            } else if let Some(why) = refused {
                steps.pictures = Some(named.into_iter().map(|image| (image.url, Err(why.clone()))).collect());
            } else {
                let keep = |sha256: &str, bytes: &[u8]| self.pictures.keep(sha256, bytes);
                let mut copies = self.images.copies(&named, &known, &errand, keep).await;
                if copies.is_temporary && can_wait {
                    copies.pictures.retain(|(_, copy)| copy.is_ok());
                    later.get_or_insert_with(|| "pictures of the body".to_owned());
                }
                steps.pictures = Some(copies.pictures);
            }
        }
        later
    }

    async fn featured(&self, entry: &Entry, steps: &Steps, errand: &Errand<'_>) -> Result<crate::domain::DraftImage, content::NoPicture> {
        let page = page_of(steps);
        let candidates = content::candidates(entry, page, body_html(entry, steps));
        let (image, bytes) = self.images.best(&candidates, errand).await?;
        self.pictures.keep(&image.sha256, &bytes);
        Ok(image)
    }

    /// The limits of a picture of the operator's own, where the configuration names it; `None`: it doesn't.
    pub(super) fn limits_of_own(&self, address: &str) -> Option<ImageLimits> {
        let names =
            |feed: &&crate::config::FeedConfig| feed.recipes.iter().any(|recipe| recipe.fallback.addresses().any(|own| own == address));
        if let Some(feed) = self.config.feeds.iter().find(names) {
            return Some(feed.image_limits);
        }
        let mut digests = self.config.digests.iter().flat_map(|digest| digest.digest.fallback.addresses());
        digests.any(|own| own == address).then(ImageLimits::default)
    }
}

/// Why the publisher's pictures may not be copied, where they may not.
fn refusal(feed: &Feed, subject: &Subject<'_>, steps: &Steps) -> Option<String> {
    let because = Rights::of(feed, subject, steps).verdict.because(Use::Images)?;
    Some(format!("its publisher allows no copies: {because}"))
}

fn page_of(steps: &Steps) -> Option<&Page> {
    steps.page.as_ref()?.as_ref().ok()
}

/// The body as it came: the page's where that is used.
fn body_html<'a>(entry: &'a Entry, steps: &'a Steps) -> &'a str {
    match page_of(steps).filter(|page| page.instead.is_none() && !page.html.is_empty()) {
        Some(page) => &page.html,
        None => entry.body(),
    }
}

fn referer(entry: &Entry, steps: &Steps) -> Option<Url> {
    let page = page_of(steps).map(|page| page.url.as_str()).filter(|url| !url.is_empty());
    page.or(entry.link.as_deref()).and_then(|link| Url::parse(link).ok())
}
