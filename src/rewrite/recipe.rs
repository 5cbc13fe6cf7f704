//! What one feed wants of one site, checked and compiled: the config makes it, the two passes obey it.

use std::sync::Arc;

use super::engine::{RuleId, TemplateId};
use super::filing::FeedCategories;
use super::governor::Governor;
use super::keywords::Keywords;
use crate::domain::{SlugStyle, Status};

/// All that one (feed, site) pair wants. Parts that many feeds share are shared here, too.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// The site's `name`.
    pub site: String,
    /// The feed's own `site` key names it. Other sites are there only for rules that choose them.
    pub chosen: bool,
    /// In the order in which they run: `[[rule]]`, `[[site.rule]]`, `[[group.rule]]`, `[[feed.rule]]`.
    pub rules: Vec<Arc<Rule>>,
    /// The template that the feed names; a rule may put another in its place.
    pub templates: Arc<Templates>,
    pub content: Content,
    pub status: Status,
    pub date: DateFrom,
    pub slug_style: SlugStyle,
    pub image: Image,
    pub feed_categories: FeedCategories,
    /// The `tags` key.
    pub tags: Arc<Keywords>,
    /// The site's `terms`.
    pub governor: Arc<Governor>,
    /// 0: as many as there are.
    pub max_terms: u32,
    /// BCP 47: the site's language, for the source line.
    pub language: Option<String>,
    pub editor: Editor,
    /// `own`, `licensed`, `cc-by`, …, `unknown`.
    pub rights: String,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            site: String::new(),
            chosen: true,
            rules: Vec::new(),
            templates: Arc::default(),
            content: Content::default(),
            status: Status::Draft,
            date: DateFrom::default(),
            slug_style: SlugStyle::default(),
            image: Image::default(),
            feed_categories: FeedCategories::default(),
            tags: Arc::default(),
            governor: Arc::default(),
            max_terms: 5,
            language: None,
            editor: Editor::default(),
            rights: "unknown".to_owned(),
        }
    }
}

/// One rule with its place.
#[derive(Debug, Clone)]
pub struct Rule {
    /// `wirepress.toml:41`
    pub at: String,
    pub scope: Scope,
    pub when: RuleId,
    pub then: Then,
}

/// Where a rule stands. Only a site's rules differ from site to site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// `[[rule]]`
    All,
    /// `[[site.rule]]`
    Site,
    /// `[[group.rule]]`
    Group,
    /// `[[feed.rule]]`
    Feed,
}

/// What a rule does where it matches.
#[derive(Debug, Clone, Default)]
pub struct Then {
    /// Why it goes nowhere. Ends the run of rules.
    pub skip: Option<String>,
    pub add_tags: Vec<String>,
    /// Compared without regard to case.
    pub remove_tags: Vec<String>,
    /// Takes the place of categories that earlier rules gave.
    pub categories: Option<Vec<String>>,
    pub status: Option<Status>,
    /// A WordPress user's login name or numeric id.
    pub author: Option<String>,
    /// Takes the place of the feed's sites. Such a rule may read only early fields, and no site's rule may have it.
    pub site: Option<Vec<String>>,
    pub template: Option<Arc<Templates>>,
    /// Why a person shall look at it first.
    pub hold: Option<String>,
}

/// One `[[template]]`, compiled. What it doesn't give is as without a template.
#[derive(Debug, Clone, Default)]
pub struct Templates {
    pub name: String,
    pub title: Option<TemplateId>,
    pub body: Option<TemplateId>,
    pub excerpt: Option<TemplateId>,
    pub slug: Option<TemplateId>,
}

/// The `content` key: how much of the source the post shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Content {
    /// 60 words in whole sentences.
    #[default]
    Excerpt,
    /// All that the feed gives.
    Feed,
    /// All that the page gives.
    Page,
}

/// A site's `editor` key: what people there edit posts with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Editor {
    /// The block editor: every post is made of core blocks.
    #[default]
    Blocks,
    /// TinyMCE: plain HTML.
    Classic,
}

/// The `date` key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DateFrom {
    /// Drafts and pending posts have none; public ones the source's if it is under 48 h old, else the moment of publishing.
    #[default]
    Auto,
    Source,
    Now,
}

/// The `image` key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Image {
    #[default]
    Featured,
    None,
}
