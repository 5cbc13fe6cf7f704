//! A draft's pictures become the site's: looked up under their slugs, uploaded once, and put into the content.
//!
//! Each picture is a row of its own (`publish`'s step 3), so a delivery with many that dies among them goes on with the first
//! that isn't there yet. Featured ones and those of the body are alike.

use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::time::Instant;
use url::Url;

use super::Round;
use super::equip::{Parts, Stop, UNCLEAR};
use crate::content::{self, Errand, ImageLimits, NoPicture, Picture};
use crate::domain::{Draft, DraftImage};
use crate::http::{Bytes, Limits, Request};
use crate::pipeline::prepare::PICTURE_WAITS;
use crate::publish::{self, Placed};
use crate::store::{MediaRow, MediaState};
use crate::wordpress::{Failure, NewMedia};

/// So long the pictures of one body are seen to in one go; what is missing then is uploaded in the next.
const PLACING: Duration = Duration::from_secs(180);

impl Round<'_> {
    /// Puts the site's own copies of the body's pictures into the content. One that can't be had stays where it is.
    pub(super) async fn place(&self, draft: &Draft, parts: &mut Parts) -> Result<(), Stop> {
        let end = Instant::now() + PLACING;
        let mut placed = Vec::new();
        for image in &draft.pictures {
            match self.picture(draft, image).await? {
                Ok(picture) => placed.push(picture),
                Err(why) => parts.warnings.push(format!("left on its source's server: {why}")),
            }
            self.pipeline.progressed();
            if Instant::now() > end {
                // what went up is stored: the next time begins after it
                return Err(Stop::Doubt(self.now()));
            }
        }
        parts.content = Some(publish::with_pictures(&draft.content, &placed));
        Ok(())
    }

    /// A picture on the site; uploaded if it isn't there. `Err` inside: why the post goes without it.
    pub(super) async fn picture(&self, draft: &Draft, image: &DraftImage) -> Result<Result<Placed, String>, Stop> {
        if image.from != DraftImage::FALLBACK {
            return self.looked_at(draft, image, None).await;
        }
        match self.own_in_time(image).await? {
            Ok((own, bytes)) => self.looked_at(draft, &own, Some(bytes)).await,
            Err(why) => Ok(Err(why)),
        }
    }

    /// The operator's own picture. A server that can't bring it now is asked again after the waits of a feed's pictures; they are counted
    /// in a row of its address, as nobody knows its bytes, and all posts that want it wait together.
    async fn own_in_time(&self, image: &DraftImage) -> Result<Result<Picture, String>, Stop> {
        let store = &self.pipeline.store;
        let named = data_encoding::HEXLOWER.encode(&Sha256::digest(format!("{} {}", DraftImage::FALLBACK, image.url)));
        let _turn = self.pictures.take(&named).await;
        let row = store.media(self.site.id, &named).await?;
        if let Some(row) = row.as_ref().filter(|row| row.due > self.now()) {
            return Err(Stop::Doubt(row.due));
        }
        let waited = row.as_ref().map_or(0, |row| row.attempts);
        match self.own(image).await {
            Ok(own) => {
                if let Some(row) = row.filter(|_| waited > 0) {
                    store.media_came(row.id).await?;
                }
                Ok(Ok(own))
            }
            Err(none) => {
                let wait = PICTURE_WAITS.get(waited as usize).filter(|_| none.is_temporary);
                let Some(wait) = wait else { return Ok(Err(none.why)) };
                let slug = publish::media_slug(&self.site.key_name, &named);
                let (row, due) = (store.ensure_media(*self.lease.lock().await, &named, &slug, self.now()).await?, self.now().plus(*wait));
                tracing::warn!(site = self.site.config.name, %due, "`fallback_image` can't be had now: {}", none.why);
                store.media_retry(row.id, due, &none.why, None).await?;
                Err(Stop::Doubt(due))
            }
        }
    }

    /// The operator's own picture: it is read where it lies each time, so that a changed file is a new picture.
    async fn own(&self, image: &DraftImage) -> Result<Picture, NoPicture> {
        let address = &image.url;
        let never = |why: String| NoPicture { why, is_temporary: false };
        let limits = self.pipeline.limits_of_own(address).ok_or_else(|| never(format!("`{address}` is no `fallback_image` any more")))?;
        let url = Url::parse(address).map_err(|error| never(format!("`{address}` is no address: {error}")))?;
        let bytes = match url.to_file_path() {
            Ok(path) if url.scheme() == "file" => {
                tokio::fs::read(&path).await.map_err(|error| never(format!("`{}`: {error}", path.display())))?
            }
            _ => {
                let request = Request::get("image", url, Limits::IMAGE.within(Limits::IMAGE.first_byte));
                let sent = self.pipeline.http.send(request).await;
                let response = sent.map_err(|error| NoPicture { why: error.to_string(), is_temporary: error.is_temporary() })?;
                if !response.status.is_success() {
                    let (why, is_temporary) = (format!("`{address}`: {}", response.status), content::may_pass(response.status));
                    return Err(NoPicture { why, is_temporary });
                }
                response.body
            }
        };
        let (made, bytes) = content::own_picture(address, bytes, limits).await.map_err(never)?;
        Ok((DraftImage { alt: image.alt.clone(), ..made }, bytes))
    }

    async fn looked_at(&self, draft: &Draft, image: &DraftImage, bytes: Option<Vec<u8>>) -> Result<Result<Placed, String>, Stop> {
        // Equal pictures go up one after the other: the second finds the first.
        let _turn = self.pictures.take(&image.sha256).await;
        let store = &self.pipeline.store;
        let slug = publish::media_slug(&self.site.key_name, &image.sha256);
        let placed = |media: u64, url: &str| Placed { source: image.url.clone(), media, url: url.to_owned() };
        let row = store.ensure_media(*self.lease.lock().await, &image.sha256, &slug, self.now()).await?;
        if let Some(id) = row.media {
            if self.is_still_there(id).await? {
                return Ok(Ok(placed(id, row.url.as_deref().unwrap_or_default())));
            }
            tracing::warn!(site = self.site.config.name, media = id, "a picture was deleted on the site: it goes up once more");
            store.media_lost(*self.lease.lock().await, row.id, id).await?;
        }
        if row.state == MediaState::Failed {
            return Ok(Err(row.error.unwrap_or_else(|| "the site refused it".to_owned())));
        }
        if let Some(until) = [row.doubt.until, Some(row.due)].into_iter().flatten().find(|until| *until > self.now()) {
            return Err(Stop::Doubt(until));
        }
        if let Some(found) = publish::look_media(&self.wp, &slug).await? {
            store.media_done(row.id, found.id, &found.url).await?;
            return Ok(Ok(placed(found.id, &found.url)));
        }
        if row.attempts >= UNCLEAR {
            let why = format!("{UNCLEAR} tries came to nothing, the last: {}", row.error.unwrap_or_default());
            store.media_failed(row.id, &why).await?;
            return Ok(Err(why));
        }
        let bytes = match bytes.or_else(|| self.pipeline.pictures.find(&image.sha256)) {
            Some(bytes) => bytes,
            None => match self.fetch_again(draft, image).await {
                Ok(bytes) => bytes,
                Err(none) => {
                    let wait = PICTURE_WAITS.get(row.attempts as usize).filter(|_| none.is_temporary);
                    let Some(wait) = wait else { return Ok(Err(none.why)) };
                    let due = self.now().plus(*wait);
                    store.media_retry(row.id, due, &none.why, None).await?;
                    return Err(Stop::Doubt(due));
                }
            },
        };
        let uploaded = self.upload(draft, image, &row, &slug, bytes).await?;
        Ok(uploaded.map(|(id, url)| placed(id, &url)))
    }

    /// Whether an attachment that went up earlier is there; asked once a pass.
    async fn is_still_there(&self, id: u64) -> Result<bool, Stop> {
        let mut seen = self.media.lock().await;
        if !seen.contains(&id) {
            if !self.wp.media_by_id(&[id]).await?.iter().any(|media| media.id == id) {
                return Ok(false);
            }
            seen.insert(id);
        }
        Ok(true)
    }

    async fn upload(
        &self,
        draft: &Draft,
        image: &DraftImage,
        row: &MediaRow,
        slug: &str,
        bytes: Vec<u8>,
    ) -> Result<Result<(u64, String), String>, Stop> {
        let store = &self.pipeline.store;
        // many pictures take long
        self.renew().await.map_err(Stop::Error)?;
        let run = self.pipeline.run_for_posts().await?;
        store.media_begin(*self.lease.lock().await, row.id, self.doubt_until(), run, self.now()).await?;
        let media = NewMedia {
            bytes: Bytes::from(bytes),
            mime: image.mime.clone(),
            slug: slug.to_owned(),
            alt: image.alt.clone(),
            caption: caption(image),
            title: if image.alt.is_empty() { draft.title.clone() } else { image.alt.clone() },
        };
        let mut answer = self.wp.upload(&media).await;
        if matches!(&answer, Err(Failure::Refused(refusal)) if refusal.status == 500) {
            // Of a month's first uploads WordPress refuses those that lose the race for making its folder. What it doesn't take, it
            // doesn't take twice.
            self.renew().await.map_err(Stop::Error)?;
            store.media_begin(*self.lease.lock().await, row.id, self.doubt_until(), run, self.now()).await?;
            answer = self.wp.upload(&media).await;
        }
        match answer {
            Ok(uploaded) => {
                self.media.lock().await.insert(uploaded.id);
                store.media_done(row.id, uploaded.id, &uploaded.url).await?;
                Ok(Ok((uploaded.id, uploaded.url)))
            }
            Err(Failure::Refused(refusal)) => {
                store.media_failed(row.id, &refusal.to_string()).await?;
                Ok(Err(refusal.to_string()))
            }
            Err(failure) if failure.may_have_been_done() => {
                let until = self.now().plus(self.site.config.settle);
                tracing::warn!(site = self.site.config.name, slug, error = %failure, %until, "an upload is in doubt");
                store.media_retry(row.id, until, &failure.to_string(), Some(until)).await?;
                Err(Stop::Doubt(until))
            }
            Err(failure) => {
                store.media_retry(row.id, self.now(), &failure.to_string(), None).await?;
                Err(failure.into())
            }
        }
    }

    /// Fetches a picture that is no longer kept here; it must still be the same.
    async fn fetch_again(&self, draft: &Draft, image: &DraftImage) -> Result<Vec<u8>, content::NoPicture> {
        let referer = draft.source.as_deref().and_then(|link| Url::parse(link).ok());
        let limits = draft.image_limits.map_or_else(ImageLimits::default, |(side, bytes)| ImageLimits { side, bytes });
        let errand = Errand { referer: referer.as_ref(), title: &draft.title, limits, now: self.now() };
        self.pipeline.images.again(image, &errand).await
    }
}

/// As readers see it below the picture: what it shows, and who made it.
fn caption(image: &DraftImage) -> String {
    match (image.caption.as_str(), image.credit.as_str()) {
        (caption, "") => caption.to_owned(),
        ("", credit) => credit.to_owned(),
        (caption, credit) if caption.contains(credit) => caption.to_owned(),
        (caption, credit) => format!("{caption} ({credit})"),
    }
}
