//! Which of several pictures an editor would take: by where it was named, its size, its shape, and the words of its address.

use std::fmt::Write;

use url::Url;

use crate::domain::{ImageKind, ImageRef};

/// A side this short (in pixels) shows nothing.
pub(super) const TINY: u32 = 2;

/// Points from which on nothing better is looked for.
pub(super) const GOOD: i32 = 30;

/// What speaks for and against a picture.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Score {
    /// Above 0 it may be taken.
    pub points: i32,
    /// In a person's words: `1200 x 800 pixels; an advert's size`.
    pub because: String,
}

impl Score {
    fn add(&mut self, points: i32, because: &str) {
        self.points += points;
        if !because.is_empty() {
            if !self.because.is_empty() {
                self.because.push_str("; ");
            }
            self.because.push_str(because);
        }
    }
}

/// Points for `image`; `place`: how many of its kind stood before it. `real`: its size in pixels once it was fetched, else what its
/// source or its address says of it counts.
pub(super) fn score(image: &ImageRef, place: usize, real: Option<(u32, u32)>) -> Score {
    let mut score = Score { points: named(image.kind, place), because: String::new() };
    let told = (image.width, image.height);
    let size = real.map(|(width, height)| (Some(width), Some(height)));
    let (width, height) = size.unwrap_or_else(|| match told {
        (None, None) => of_address(&image.url),
        told => told,
    });
    by_size(&mut score, image.kind, width, height);
    if let Some(word) = word_of(&image.url, &HARD) {
        score.add(-40, &format!("`{word}` in its address"));
    } else if let Some(word) = word_of(&image.url, &SOFT) {
        score.add(-15, &format!("`{word}` in its address"));
    }
    let alt = image.alt.as_deref().unwrap_or_default().to_lowercase();
    if ["logo", "avatar", "icon", "badge"].iter().any(|word| alt == *word || alt.ends_with(&format!(" {word}"))) {
        score.add(-30, "its description calls it a logo or an icon");
    }
    score
}

/// What a picture is worth before anybody has seen it.
const fn named(kind: ImageKind, place: usize) -> i32 {
    let points = match kind {
        ImageKind::Content => 50,
        ImageKind::OpenGraph => 48,
        ImageKind::JsonLd => 46,
        ImageKind::Enclosure => 45,
        ImageKind::Twitter => 42,
        ImageKind::Body => 40,
        ImageKind::Thumbnail => 32,
        ImageKind::Cover => 28,
    };
    // of the body's pictures the first is the one that goes with the text
    let less = if matches!(kind, ImageKind::Body) { 6 } else { 1 };
    points - less * (if place > 4 { 4 } else { place as i32 })
}

fn by_size(score: &mut Score, kind: ImageKind, width: Option<u32>, height: Option<u32>) {
    let mut size = String::new();
    let (shortest, wide) = match (width, height) {
        (Some(width), Some(height)) => {
            let _ = write!(size, "{width} x {height} pixels");
            (width.min(height), width)
        }
        (Some(width), None) => {
            let _ = write!(size, "{width} pixels wide");
            (width, width)
        }
        (None, Some(height)) => {
            let _ = write!(size, "{height} pixels high");
            (height, height)
        }
        (None, None) => return,
    };
    let points = match (shortest, wide) {
        (0..=TINY, _) => -200,
        (..32, _) => -100,
        (_, ..100) => -45,
        (_, ..150) => -35,
        (_, ..300) => -15,
        (_, ..600) => 0,
        (_, ..1200) => 10,
        _ => 15,
    };
    score.add(points, &size);
    let (Some(width), Some(height)) = (width, height) else { return };
    if ADVERTS.contains(&(width, height)) {
        // in a feed's own media it is a thumbnail's size, too
        score.add(if kind == ImageKind::Body { -60 } else { -40 }, "an advert's size");
    } else if width > height.saturating_mul(4) || height > width.saturating_mul(3) {
        score.add(-30, "a strip");
    } else if width * 10 >= height * 11 && width * 10 <= height * 22 {
        score.add(5, "");
    }
}

/// Sizes of adverts (IAB), width and height.
const ADVERTS: [(u32, u32); 12] = [
    (88, 31),
    (120, 240),
    (120, 600),
    (125, 125),
    (160, 600),
    (234, 60),
    (300, 250),
    (300, 600),
    (320, 50),
    (468, 60),
    (728, 90),
    (970, 250),
];

/// Words of an address that say that the picture shows no story.
const HARD: [&str; 22] = [
    "logo",
    "logos",
    "avatar",
    "avatars",
    "gravatar",
    "icon",
    "icons",
    "favicon",
    "sprite",
    "sprites",
    "badge",
    "badges",
    "button",
    "buttons",
    "spacer",
    "pixel",
    "emoji",
    "smiley",
    "smilies",
    "spinner",
    "placeholder",
    "captcha",
];

/// And some that make it likely.
const SOFT: [&str; 14] =
    ["banner", "banners", "default", "share", "sharing", "social", "ad", "ads", "advert", "adverts", "sponsor", "rss", "blank", "loading"];

/// The first of these that is a whole word of the address' path, or of its host's first label.
fn word_of(address: &str, words: &[&'static str]) -> Option<&'static str> {
    let url = Url::parse(address).ok()?;
    let host = url.host_str().unwrap_or_default().split('.').filter(|label| *label != "www").take(2).collect::<Vec<_>>().join(".");
    let text = format!("{host} {}", url.path()).to_ascii_lowercase();
    let mut parts = text.split(|c: char| !c.is_ascii_alphanumeric());
    parts.find_map(|part| words.iter().find(|word| **word == part).copied())
}

/// The size that an address tells: `-300x200.jpg` (WordPress), `/300x200/`, `?w=300`, `?resize=300,200`, `=w300-h200` (Google).
fn of_address(address: &str) -> (Option<u32>, Option<u32>) {
    let Ok(url) = Url::parse(address) else { return (None, None) };
    let (mut width, mut height) = (None, None);
    for (name, value) in url.query_pairs() {
        match &*name {
            "w" | "width" => width = value.parse().ok(),
            "h" | "height" => height = value.parse().ok(),
            "resize" | "fit" => {
                if let Some((w, h)) = value.split_once(',') {
                    (width, height) = (w.parse().ok(), h.parse().ok());
                }
            }
            _ => {}
        }
    }
    if width.is_some() || height.is_some() {
        return (width, height);
    }
    let pairs = url.path().split(['/', '-', '_', '.', '=']).rev().take(6).filter_map(|part| {
        let (width, height) = part.split_once('x')?;
        let side = |text: &str| text.parse::<u32>().ok().filter(|side| (1..10_000).contains(side));
        Some((side(width)?, side(height)?))
    });
    match pairs.into_iter().next() {
        Some((width, height)) => (Some(width), Some(height)),
        None => (None, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: ImageKind, url: &str, size: Option<(u32, u32)>) -> Score {
        let (width, height) = (size.map(|size| size.0), size.map(|size| size.1));
        score(&ImageRef { url: url.to_owned(), kind, width, height, ..ImageRef::default() }, 0, None)
    }

    #[test]
    fn what_an_editor_would_never_take_has_no_points() {
        for (kind, url, size) in [
            (ImageKind::Body, "https://x.example/img/logo.png", None),
            (ImageKind::Body, "https://secure.gravatar.com/x?s=400", Some((400, 400))),
            (ImageKind::Content, "https://x.example/1.gif", Some((1, 1))),
            (ImageKind::Content, "https://x.example/rss.png", Some((16, 16))),
            (ImageKind::Body, "https://x.example/photo.jpg", Some((728, 90))),
            (ImageKind::Body, "https://x.example/photo-32x32.jpg", None),
            (ImageKind::Thumbnail, "https://x.example/1.jpg", Some((66, 37))),
            (ImageKind::Cover, "https://x.example/badges/1.png", None),
        ] {
            let score = of(kind, url, size);
            assert!(score.points <= 0 && !score.because.is_empty(), "{url}: {score:?}");
        }
    }

    #[test]
    fn large_pictures_of_a_good_shape_come_first_and_say_why() {
        let order = [
            of(ImageKind::Content, "https://x.example/1.jpg", Some((1600, 900))),
            of(ImageKind::OpenGraph, "https://x.example/og.jpg", Some((1200, 630))),
            of(ImageKind::Content, "https://x.example/1.jpg", None),
            of(ImageKind::Body, "https://x.example/1.jpg", None),
            of(ImageKind::Content, "https://x.example/1-150x150.jpg", None),
            of(ImageKind::Thumbnail, "https://x.example/1.jpg", Some((150, 100))),
        ];
        assert!(order.windows(2).all(|pair| pair[0].points > pair[1].points), "{order:?}");
        assert!(order.iter().all(|score| score.points > 0), "{order:?}");
        assert_eq!(order[0], Score { points: 70, because: "1600 x 900 pixels".to_owned() });
        let advert = of(ImageKind::Content, "https://x.example/ads/1.png", Some((300, 250)));
        assert_eq!(advert.because, "300 x 250 pixels; an advert's size; `ads` in its address");
    }

    #[test]
    fn an_address_tells_sizes_and_a_word_within_a_word_tells_nothing() {
        for (url, size) in [
            ("https://x.example/a-300x200.jpg", (Some(300), Some(200))),
            ("https://x.example/300x200/a.jpg", (Some(300), Some(200))),
            ("https://x.example/a.jpg?w=640", (Some(640), None)),
            ("https://i0.wp.com/x.example/a.jpg?resize=300%2C200", (Some(300), Some(200))),
            ("https://x.example/0x1f/4xy.jpg", (None, None)),
        ] {
            assert_eq!(of_address(url), size, "{url}");
        }
        for url in ["https://x.example/iconic-lagoon.jpg", "https://logos-and-more.example/biology.jpg", "https://x.example/loaded.jpg"] {
            let found = of(ImageKind::Body, url, None);
            assert_eq!((found.points > 0, url.contains("logos-")), (!url.contains("logos-"), url.contains("logos-")), "{url}: {found:?}");
        }
        let spoken = ImageRef { url: "https://x.example/1.png".to_owned(), alt: Some("The firm's Logo".to_owned()), ..ImageRef::default() };
        assert_eq!(score(&spoken, 0, None).because, "its description calls it a logo or an icon");
    }
}
