//! What an item's publisher says of its use, and what that means for its posts (pure).

use std::borrow::Cow;

use super::Feed;
use super::prepare::Subject;
use crate::content::{self, Cleaned, rights};
use crate::domain::{Entry, Page, Signal, Steps, Use, Verdict};
use crate::rewrite::{Content, Image, Recipe};

/// All that is said of one item's use.
pub(super) struct Rights {
    /// As rules read it.
    pub licence: String,
    pub signals: Vec<Signal>,
    pub verdict: Verdict,
}

impl Rights {
    /// By its feed, and by its page where that was read.
    pub fn of(feed: &Feed, subject: &Subject<'_>, steps: &Steps) -> Self {
        let page = page_of(steps);
        let signals = rights::signals(subject.entry, subject.facts, page);
        let licence = rights::licence_of(subject.entry, subject.facts, page);
        let verdict = Verdict::of(&signals, feed.rights());
        Self { licence, signals, verdict }
    }

    /// The page's text, or why the feed's is used; `None`: no page was looked for.
    pub fn full_text<'s>(&self, feed: &Feed, subject: &'s Subject<'_>, steps: &Steps) -> Option<Result<Cow<'s, Cleaned>, String>> {
        let page = match steps.page.as_ref()? {
            Ok(page) => page,
            Err(why) => return Some(Err(why.clone())),
        };
        if let Some(why) = &page.instead {
            return Some(Err(why.clone()));
        }
        if let Some(because) = self.verdict.because(Use::PageText) {
            return Some(Err(format!("its use is reserved: {because}")));
        }
        Some(Ok(subject.page_body(feed, page, &page.html)))
    }

    /// What the decision tells of it. `instead`: why the page's text isn't used.
    pub fn notes(&self, recipe: &Recipe, steps: &Steps, instead: Option<&String>) -> Vec<String> {
        let mut notes = Vec::new();
        if recipe.content == Content::Page {
            match instead {
                Some(why) => notes.push(format!("the feed's text instead of the page's: {why}")),
                None => notes.extend(page_of(steps).into_iter().flat_map(|page| page.notes.iter().cloned())),
            }
        }
        if recipe.content == Content::Page || recipe.image != Image::None {
            notes.extend(self.verdict.lifted());
        }
        notes
    }
}

/// The article of a page as a body.
pub(super) fn clean(feed: &Feed, page: &Page, html: &str, entry: &Entry) -> Cleaned {
    let source = content::Source {
        base: Some(&page.base),
        link: Some(&page.url),
        boilerplate: Some(&feed.config().boilerplate),
        ..content::Source::entry(entry)
    };
    content::clean_from(html, &source)
}

fn page_of(steps: &Steps) -> Option<&Page> {
    steps.page.as_ref().and_then(|page| page.as_ref().ok())
}
