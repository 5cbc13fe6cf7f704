//! Every picture that an entry, its page and its body name, best first.

use url::Url;

use super::super::pixel::is_tracker;
use super::same::family;
use super::scan::scan;
use super::score::{Score, TINY, score};
use crate::domain::{Entry, ImageKind, ImageRef, Page};

/// So many pictures of a body may become the featured one.
const OF_BODY: usize = 3;

/// A picture that may become the featured image.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    pub image: ImageRef,
    /// How many of its kind stood before it.
    pub(super) place: usize,
    pub(super) score: Score,
}

impl Candidate {
    fn new(image: ImageRef, place: usize) -> Self {
        let score = score(&image, place, None);
        Self { image, place, score }
    }

    /// Where it was named: `the feed's media:content`.
    pub fn from(&self) -> &'static str {
        match self.image.kind {
            ImageKind::Content => "the feed's own image",
            ImageKind::Enclosure => "an enclosure",
            ImageKind::Thumbnail => "the feed's thumbnail",
            ImageKind::Cover => "the feed's cover",
            ImageKind::OpenGraph => "the page's og:image",
            ImageKind::JsonLd => "the page's JSON-LD",
            ImageKind::Twitter => "the page's twitter:image",
            ImageKind::Body => "the body",
        }
    }
}

/// The pictures to try, best first, none twice: those of the feed, of the page, and the body's first. `html`: the body as it came.
pub fn candidates(entry: &Entry, page: Option<&Page>, html: &str) -> Vec<Candidate> {
    let base = entry.base.as_deref().or(entry.link.as_deref()).and_then(|base| Url::parse(base).ok());
    let of_page = page.map(|page| page.images.as_slice()).unwrap_or_default();
    let of_body = scan(html, base.as_ref());
    let shows = |image: &&ImageRef| {
        !is_tracker(&image.url) && is_web(&image.url) && !image.width.into_iter().chain(image.height).any(|side| side <= TINY)
    };
    let mut all: Vec<Candidate> = Vec::new();
    for image in entry.images.iter().chain(of_page).filter(shows).chain(of_body.iter().take(OF_BODY)) {
        match all.iter_mut().find(|known| known.image.url == image.url) {
            // the first to name it is the better one; others may know more of it
            Some(known) => learn(&mut known.image, image),
            None => {
                let place = all.iter().filter(|known| known.image.kind == image.kind).count();
                all.push(Candidate::new(image.clone(), place));
            }
        }
    }
    // what is said of one size is true of the others
    let families: Vec<String> = all.iter().map(|candidate| family(&candidate.image.url)).collect();
    for at in 0..all.len() {
        for other in 0..all.len() {
            if at != other && families[at] == families[other] {
                let told = all[other].image.clone();
                describe(&mut all[at].image, &told);
            }
        }
    }
    for candidate in &mut all {
        candidate.score = score(&candidate.image, candidate.place, None);
    }
    // stable: equal ones stay in the order in which they were named
    all.sort_by_key(|candidate| std::cmp::Reverse(candidate.score.points));
    all
}

fn is_web(address: &str) -> bool {
    address.starts_with("https://") || address.starts_with("http://")
}

fn learn(known: &mut ImageRef, more: &ImageRef) {
    describe(known, more);
    if known.width.is_none() && known.height.is_none() {
        (known.width, known.height) = (more.width, more.height);
    }
}

fn describe(known: &mut ImageRef, more: &ImageRef) {
    known.alt = known.alt.take().or_else(|| more.alt.clone());
    known.caption = known.caption.take().or_else(|| more.caption.clone());
    known.credit = known.credit.take().or_else(|| more.credit.clone());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(kind: ImageKind, url: &str, width: Option<u32>) -> ImageRef {
        ImageRef { url: format!("https://x.example/{url}"), kind, width, ..ImageRef::default() }
    }

    fn order(images: Vec<ImageRef>, of_page: Vec<ImageRef>, html: &str) -> Vec<String> {
        let entry = Entry { images, link: Some("https://x.example/story".to_owned()), ..Entry::default() };
        let page = Page { images: of_page, ..Page::default() };
        let found = candidates(&entry, Some(&page), html);
        found.into_iter().map(|candidate| candidate.image.url.replace("https://x.example/", "")).collect()
    }

    #[test]
    fn the_best_comes_first_wherever_it_was_named() {
        let feed = vec![
            image(ImageKind::Content, "small.jpg", Some(140)),
            image(ImageKind::Thumbnail, "thumb.jpg", None),
            image(ImageKind::Content, "1.gif", Some(1)),
            image(ImageKind::Cover, "cover.jpg", None),
        ];
        let page = vec![image(ImageKind::OpenGraph, "og.jpg", Some(1200)), image(ImageKind::JsonLd, "ld.jpg", None)];
        let body = "<img src='/logo.png'><img src='/body.jpg'><img src='https://pixel.wp.com/b.gif'><img src='/second.jpg'>";
        assert_eq!(
            order(feed, page, body),
            ["og.jpg", "ld.jpg", "body.jpg", "thumb.jpg", "cover.jpg", "second.jpg", "small.jpg", "logo.png"]
        );
    }

    #[test]
    fn what_is_said_of_a_picture_anywhere_goes_with_it_in_every_size() {
        let entry = Entry { images: vec![image(ImageKind::Content, "ferry.jpg", Some(900))], ..Entry::default() };
        let body = "<figure><img src='https://x.example/ferry-300x200.jpg' alt='A ferry'><figcaption>The ferry. Photo: A. N.</figcaption></figure>";
        let found = candidates(&entry, None, body);
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|candidate| candidate.image.alt.as_deref() == Some("A ferry")));
        assert_eq!((found[0].image.width, found[0].image.caption.as_deref()), (Some(900), Some("The ferry. Photo: A. N.")));
    }
}
