//! A picture over the network: with its page as referer, through the egress guard, within a time and a size.

use std::time::Duration;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use tokio::time::Instant;
use url::Url;

use super::candidates::Candidate;
use super::hosts::Hosts;
use super::ready::{ImageLimits, Ready, ready};
use super::score::{GOOD, TINY, score};
use crate::domain::{DraftImage, ImageKind, ImageRef, Timestamp};
use crate::http::{self, Client, HeaderValue, Limits, Request, StatusCode, header};

/// So many candidates are fetched at most.
const TRIES: usize = 4;
/// How long a server may take to begin.
const FIRST: Duration = Duration::from_secs(10);
/// How long one picture may take.
const EACH: Duration = Duration::from_secs(20);
/// How long the search for an item's picture may take.
const SEARCH: Duration = Duration::from_secs(45);
/// How long copying the pictures of one body may take.
const COPYING: Duration = Duration::from_secs(90);
/// So many pictures of one body are copied.
const COPIES: usize = 24;

/// Why there is no picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoPicture {
    /// In a person's words, why each candidate is none.
    pub why: String,
    /// A server was busy, slow or not to be reached: one of them may be a picture later.
    pub is_temporary: bool,
}

impl NoPicture {
    fn never(why: String) -> Self {
        Self { why, is_temporary: false }
    }
}

impl From<NoPicture> for String {
    fn from(none: NoPicture) -> Self {
        none.why
    }
}

/// Fetches pictures. One for all that goes on at once, as it keeps slow servers apart.
pub struct Images {
    http: Client,
    hosts: Hosts,
    /// Bytes of a picture as it comes.
    most: u64,
}

/// What pictures are fetched for.
#[derive(Debug, Clone, Copy)]
pub struct Errand<'a> {
    /// The page that shows them.
    pub referer: Option<&'a Url>,
    /// Describes a picture that nobody described.
    pub title: &'a str,
    pub limits: ImageLimits,
    pub now: Timestamp,
}

/// A picture with its bytes as they go up.
pub type Picture = (DraftImage, Vec<u8>);

impl Images {
    /// Through this door; no picture larger than `most` bytes is read.
    pub fn new(http: Client, most: u64) -> Self {
        Self { http, hosts: Hosts::default(), most }
    }

    /// The best of these that is a picture.
    ///
    /// They are fetched in their order. One that is as good as it promised is taken at once; else, of those that were fetched, the
    /// best one.
    ///
    /// Errors: why each of them is none, and whether that may change.
    pub async fn best(&self, candidates: &[Candidate], errand: &Errand<'_>) -> Result<Picture, NoPicture> {
        let end = Instant::now() + SEARCH;
        let (mut reasons, mut is_temporary) = (Vec::new(), false);
        let mut best: Option<(i32, Picture)> = None;
        for candidate in candidates.iter().filter(|candidate| candidate.score.points > 0).take(TRIES) {
            match self.fetch(&candidate.image, errand, end).await {
                Ok(found) => {
                    let address = &candidate.image.url;
                    let real = score(&candidate.image, candidate.place, size_of(&found));
                    if real.points <= 0 {
                        reasons.push(format!("`{address}` shows no story: {}", real.because));
                    } else if best.as_ref().is_none_or(|(points, _)| real.points > *points) {
                        let why = format!("{}: {} ({} points)", candidate.from(), or(&real.because, "of unknown size"), real.points);
                        let image = described(&candidate.image, &found, candidate.from(), why, errand.title);
                        best = Some((real.points, (image, found.bytes)));
                    }
                    if real.points >= GOOD {
                        break;
                    }
                }
                Err(none) => {
                    reasons.push(none.why);
                    is_temporary |= none.is_temporary;
                }
            }
        }
        if let Some((_, picture)) = best {
            return Ok(picture);
        }
        let unlikely = candidates.iter().filter(|candidate| candidate.score.points <= 0).take(TRIES);
        reasons.extend(unlikely.map(|candidate| format!("`{}` is not tried: {}", candidate.image.url, candidate.score.because)));
        let why = if reasons.is_empty() { DraftImage::NONE_NAMED.to_owned() } else { reasons.join("; ") };
        Err(NoPicture { why, is_temporary })
    }

    /// The same picture again: `image` as a draft has it.
    pub async fn again(&self, image: &DraftImage, errand: &Errand<'_>) -> Result<Vec<u8>, NoPicture> {
        let named = ImageRef { url: image.url.clone(), ..ImageRef::default() };
        let found = self.fetch(&named, errand, Instant::now() + EACH).await?;
        match hash(&found.bytes) == image.sha256 {
            true => Ok(found.bytes),
            false => Err(NoPicture::never("the picture has changed since the draft was made".to_owned())),
        }
    }

    /// Copies of the pictures that a body names, in their order, each with the address under which the body names it. What was
    /// got before (`known`) isn't fetched again. `keep` gets the bytes.
    pub async fn copies(
        &self,
        named: &[ImageRef],
        known: &[(String, Result<DraftImage, String>)],
        errand: &Errand<'_>,
        keep: impl Fn(&str, &[u8]),
    ) -> Copies {
        let end = Instant::now() + COPYING;
        let mut copies = Copies::default();
        for image in named {
            if copies.pictures.iter().any(|(url, _)| *url == image.url) {
                continue;
            }
            if let Some(got) = known.iter().find(|(url, got)| *url == image.url && got.is_ok()) {
                copies.pictures.push(got.clone());
                continue;
            }
            let copy = match copies.pictures.len() < COPIES {
                true => self.copy(image, errand, end).await,
                false => Err(NoPicture::never(format!("`{}` is one of more than {COPIES} pictures", image.url))),
            };
            let copy = copy.map(|(image, bytes)| {
                keep(&image.sha256, &bytes);
                image
            });
            copies.is_temporary |= copy.as_ref().is_err_and(|none| none.is_temporary);
            copies.pictures.push((image.url.clone(), copy.map_err(String::from)));
        }
        copies
    }

    async fn copy(&self, image: &ImageRef, errand: &Errand<'_>, end: Instant) -> Result<Picture, NoPicture> {
        let found = self.fetch(image, errand, end).await?;
        let why = "the body shows it".to_owned();
        let mut made = described(image, &found, "the body", why, "");
        // a picture that the body doesn't describe is an ornament there
        made.alt = image.alt.clone().unwrap_or_default();
        Ok((made, found.bytes))
    }

    async fn fetch(&self, image: &ImageRef, errand: &Errand<'_>, end: Instant) -> Result<Ready, NoPicture> {
        let address = &image.url;
        let url = Url::parse(address).map_err(|error| NoPicture::never(format!("`{address}` is no address: {error}")))?;
        let late = || NoPicture { why: format!("`{address}`: no time was left for it"), is_temporary: true };
        let host = http::host(&url).unwrap_or_default();
        let turn = tokio::time::timeout_at(end, self.hosts.take(&host, errand.now)).await.map_err(|_| late())?;
        let _turn = turn.map_err(|until| {
            let why = format!("`{address}`: {host} doesn't answer or asked for a pause, and is left alone until {until}");
            NoPicture { why, is_temporary: true }
        })?;
        let left = end.saturating_duration_since(Instant::now()).min(EACH);
        if left.is_zero() {
            return Err(late());
        }
        let limits = Limits { wire: self.most, decoded: self.most, first_byte: left.min(FIRST), total: left };
        // AVIF last: nothing here can make it smaller
        let accept = HeaderValue::from_static("image/webp,image/png,image/jpeg,image/gif;q=0.9,image/avif;q=0.5");
        let mut request = Request::get("image", url, limits).header(header::ACCEPT, accept);
        if let Some(referer) = errand.referer.and_then(|referer| HeaderValue::from_str(referer.as_str()).ok()) {
            // Publishers that keep strangers from linking their pictures let their own pages do it.
            request = request.header(header::REFERER, referer);
        }
        let response = self.http.send(request).await.map_err(|error| {
            let is_temporary = error.is_temporary();
            if is_temporary {
                self.hosts.rest(&host, None, errand.now);
            }
            NoPicture { why: error.to_string(), is_temporary }
        })?;
        let status = response.status;
        if !status.is_success() {
            let is_temporary = may_pass(status);
            if matches!(status.as_u16(), 429 | 503) {
                self.hosts.rest(&host, http::retry_after(&response.headers, errand.now), errand.now);
            }
            return Err(NoPicture { why: format!("`{address}`: {status}"), is_temporary });
        }
        let ready = ready(response.body, errand.limits).await.map_err(|why| NoPicture::never(format!("`{address}` {why}")))?;
        match size_of(&ready).filter(|(width, height)| (*width).min(*height) <= TINY) {
            Some((width, height)) => {
                Err(NoPicture::never(format!("`{address}` is a {} of {width} x {height} pixels", ready.format.mime())))
            }
            None => Ok(ready),
        }
    }
}

/// What copying the pictures of a body came to.
#[derive(Debug, Default)]
pub struct Copies {
    /// Each with the address under which the body names it.
    pub pictures: Vec<(String, Result<DraftImage, String>)>,
    /// Some that failed may be had later.
    pub is_temporary: bool,
}

/// Whether a server that answers so may have the picture later.
pub fn may_pass(status: StatusCode) -> bool {
    status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429)
}

/// Makes the operator's own picture ready: `address` names it, `bytes` is what the file holds.
pub async fn own_picture(address: &str, bytes: Vec<u8>, limits: ImageLimits) -> Result<Picture, String> {
    let found = ready(bytes, limits).await.map_err(|why| format!("`{address}` {why}"))?;
    let image = ImageRef { url: address.to_owned(), kind: ImageKind::Content, ..ImageRef::default() };
    let made = described(&image, &found, DraftImage::FALLBACK, String::new(), "");
    Ok((made, found.bytes))
}

fn described(image: &ImageRef, found: &Ready, from: &str, why: String, title: &str) -> DraftImage {
    let text = |text: &Option<String>| text.as_deref().map(str::trim).unwrap_or_default().to_owned();
    let alt = text(&image.alt);
    DraftImage {
        url: image.url.clone(),
        alt: if alt.is_empty() { title.to_owned() } else { alt },
        mime: found.format.mime().to_owned(),
        sha256: hash(&found.bytes),
        size: found.bytes.len() as u64,
        from: from.to_owned(),
        caption: text(&image.caption),
        credit: text(&image.credit),
        width: found.width,
        height: found.height,
        why,
    }
}

fn size_of(ready: &Ready) -> Option<(u32, u32)> {
    (ready.width > 0 && ready.height > 0).then_some((ready.width, ready.height))
}

fn hash(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

fn or<'a>(text: &'a str, other: &'a str) -> &'a str {
    if text.is_empty() { other } else { text }
}
