//! `fallback_image`, `image_side`, `image_kb`: the operator's own pictures are looked at, as a post would go without them in silence.

use url::Url;

use super::super::raw::{ANY, FallbackImage, FeedKeys};
use super::super::source::At;
use super::Check;
use crate::content;
use crate::rewrite::Fallback;

/// Below this a picture shows nothing on a page.
const SMALLEST_SIDE: u32 = 100;

impl Check {
    /// What can be wrong with the keys of pictures wherever they stand.
    pub(super) fn pictures(&mut self, keys: &FeedKeys) {
        if let Some(side) = keys.image_side.as_ref().filter(|side| side.value < SMALLEST_SIDE) {
            self.error(&side.at, format!("no picture can be seen with {} pixels", side.value), format!("{SMALLEST_SIDE} or more"));
        }
        if let Some(size) = keys.image_kb.as_ref().filter(|size| size.value < 10) {
            self.error(&size.at, format!("no picture fits into {} KB", size.value), "10 or more; 2000 is 2 MB");
        }
        self.own_pictures(keys.fallback_image.as_ref());
    }

    /// The operator's own pictures, each looked at.
    pub(super) fn own_pictures(&mut self, written: Option<&FallbackImage>) {
        for (_, picture) in written.iter().flat_map(|fallback| &fallback.0) {
            self.own_picture(picture);
        }
    }

    fn own_picture(&mut self, picture: &At<String>) {
        let address = self.address_of(picture);
        let Some(Ok(path)) = address.as_ref().filter(|url| url.scheme() == "file").map(Url::to_file_path) else {
            if !address.is_some_and(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some()) {
                let wrong = format!("`{}` is neither a file nor an address", picture.value);
                self.error(&picture.at, wrong, "a path relative to this file, or \"https://…\"");
            }
            return;
        };
        match std::fs::read(&path) {
            Err(error) => {
                let wrong = format!("the picture `{}` can't be read: {error}", picture.value);
                self.error(&picture.at, wrong, "paths are relative to the file that names them");
            }
            Ok(bytes) => {
                if let Some(what) = content::no_picture(&bytes) {
                    let wrong = format!("`{}` is {what}, not a picture that WordPress takes", picture.value);
                    self.error(&picture.at, wrong, "a JPEG, PNG, GIF, WebP or AVIF");
                }
            }
        }
    }

    /// Where a picture lies: `file:` for a path, which is relative to the file in which it is written.
    fn address_of(&self, picture: &At<String>) -> Option<Url> {
        match Url::parse(picture.value.trim()) {
            Ok(url) => Some(url),
            Err(_) => Url::from_file_path(self.path(picture)).ok(),
        }
    }

    /// The pictures of a feed; what is wrong with them was told where they stand.
    pub(super) fn fallback(&self, written: Option<&FallbackImage>) -> Fallback {
        let mut fallback = Fallback::default();
        for (name, picture) in written.iter().flat_map(|written| &written.0) {
            let Some(address) = self.address_of(picture).map(String::from) else { continue };
            match name.value.as_str() {
                ANY => fallback.any = Some(address),
                name => fallback.by_category.push((name.to_owned(), address)),
            }
        }
        fallback
    }
}
