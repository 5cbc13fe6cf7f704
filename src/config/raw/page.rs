//! `[feed.page]`: how the article is found in the entry's page.

use serde_json::{Value as Json, json};
use toml::de::DeValue;

use super::super::source::At;
use super::leaf::{quote, text};
use super::node::{Leaf, Wrong, table};
use crate::content::page::Selector;

impl Leaf for Selector {
    fn read(value: &DeValue<'_>) -> Result<Self, Wrong> {
        let hint = "CSS, several with commas between: \"div.article-body, figure.lead\"";
        Self::parse(text(value)?).map_err(|wrong| Wrong::new(wrong).hint(hint))
    }

    fn write(&self) -> String {
        quote(self.written())
    }

    fn schema() -> Json {
        json!({ "type": "string", "minLength": 1, "examples": ["div.article-body", "aside, .related"] })
    }
}

table! {
    /// How the article is found in the entry's page.
    PageKeys "[feed.page]" {
        /// The article is what this CSS selector fits. Without it, it is found by itself.
        keep: At<Selector>,
        /// What this CSS selector fits is taken out before.
        remove: At<Selector>,
        /// The link to the article's next page. Without it: a `rel="next"` that leads to the same address with a page's number.
        next: At<Selector>,
        /// How many pages of one article are joined at most.
        max_pages: At<u32>,
    }
}

impl PageKeys {
    /// What it says itself, and `under` where it says nothing.
    pub fn over(self, under: Option<&Self>) -> Self {
        let Self { at, keep, remove, next, max_pages } = self;
        let Some(under) = under else { return Self { at, keep, remove, next, max_pages } };
        Self {
            at,
            keep: keep.or_else(|| under.keep.clone()),
            remove: remove.or_else(|| under.remove.clone()),
            next: next.or_else(|| under.next.clone()),
            max_pages: max_pages.or_else(|| under.max_pages.clone()),
        }
    }
}
