//! What one feed wants of one site, checked and compiled: the config makes it, the two passes obey it.

use std::sync::Arc;

use super::digest::Digest;
use super::engine::{RuleId, TemplateId};
use super::filing::FeedCategories;
use super::governor::Governor;
use super::keywords::Keywords;
use super::phrases::fold;
use super::score::{Best, Scores};
use crate::domain::{Edits, SlugStyle, Status};

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
    /// The digest that the feed names; a rule may put another or none in its place.
    pub digest: Option<Arc<Digest>>,
    pub content: Content,
    pub status: Status,
    /// It goes out when its schedule says: its date under `auto` is that moment's.
    pub is_scheduled: bool,
    pub date: DateFrom,
    pub slug_style: SlugStyle,
    pub image: Image,
    pub in_text: InText,
    pub images: Images,
    pub fallback: Arc<Fallback>,
    pub feed_categories: FeedCategories,
    /// The `tags` key.
    pub tags: Arc<Keywords>,
    /// The site's `terms`.
    pub governor: Arc<Governor>,
    /// 0: as many as there are.
    pub max_terms: u32,
    /// `None`: no score decides anything.
    pub scores: Option<Scores>,
    /// `None`: all go out.
    pub best: Option<Best>,
    /// BCP 47: the site's language, for the source line.
    pub language: Option<String>,
    pub editor: Editor,
    /// `own`, `licensed`, `cc-by`, …, `unknown`.
    pub rights: String,
    /// What is changed of its texts and links before it goes out.
    pub edits: Arc<Edits>,
    pub fields: Arc<Fields>,
    pub authors: Arc<Authors>,
    /// `None`: search engines are told nothing.
    pub seo: Option<Arc<SeoTemplates>>,
    /// The feed's name, where a password opens its posts.
    pub password_of: Option<String>,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            site: String::new(),
            chosen: true,
            rules: Vec::new(),
            templates: Arc::default(),
            digest: None,
            content: Content::default(),
            status: Status::Draft,
            is_scheduled: false,
            date: DateFrom::default(),
            slug_style: SlugStyle::default(),
            image: Image::default(),
            in_text: InText::default(),
            images: Images::default(),
            fallback: Arc::default(),
            feed_categories: FeedCategories::default(),
            tags: Arc::default(),
            governor: Arc::default(),
            max_terms: 5,
            scores: None,
            best: None,
            language: None,
            editor: Editor::default(),
            rights: "unknown".to_owned(),
            edits: Arc::default(),
            fields: Arc::default(),
            authors: Arc::default(),
            seo: None,
            password_of: None,
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
    /// `Some(None)`: it goes into none.
    pub digest: Option<Option<Arc<Digest>>>,
    /// Why a person shall look at it first.
    pub hold: Option<String>,
    /// What it has beside texts, terms and pictures; custom fields are joined, name by name.
    pub fields: Option<Arc<Fields>>,
    /// What is changed of its texts and links before it goes out, after what the feed's own keys change.
    pub edits: Option<Arc<Edits>>,
    /// What is added to the item's score.
    pub score: Option<i32>,
}

/// What a post has beside texts, tags and pictures, as far as feeds and rules say it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields {
    /// A type's name or `rest_base`.
    pub post_type: Option<String>,
    pub format: Option<String>,
    pub sticky: Option<bool>,
    /// `open` or `closed`.
    pub comment_status: Option<String>,
    /// `open` or `closed`.
    pub ping_status: Option<String>,
    /// The theme's.
    pub template: Option<String>,
    /// Id or slug.
    pub parent: Option<String>,
    /// Custom fields, each with the template of its text.
    pub meta: Vec<(String, TemplateId)>,
    /// Taxonomy, paths (`News > Tech`), and where that is written.
    pub terms: Vec<(String, Vec<String>, String)>,
}

impl Fields {
    /// Nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What it says, and `under` where it says nothing; custom fields are joined, name by name. Terms aren't taken over.
    pub fn over(&self, under: &Self) -> Self {
        let inherited = under.meta.iter().filter(|(name, _)| !self.meta.iter().any(|(own, _)| own == name));
        Self {
            post_type: self.post_type.clone().or_else(|| under.post_type.clone()),
            format: self.format.clone().or_else(|| under.format.clone()),
            sticky: self.sticky.or(under.sticky),
            comment_status: self.comment_status.clone().or_else(|| under.comment_status.clone()),
            ping_status: self.ping_status.clone().or_else(|| under.ping_status.clone()),
            template: self.template.clone().or_else(|| under.template.clone()),
            parent: self.parent.clone().or_else(|| under.parent.clone()),
            meta: inherited.chain(&self.meta).cloned().collect(),
            terms: Vec::new(),
        }
    }
}

/// The `authors` key: which WordPress users (login names or ids) the entries' authors are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Authors {
    pub by_name: Vec<(String, String)>,
    /// Of all others, and of entries that name nobody.
    pub any: Option<String>,
}

impl Authors {
    /// The user for an entry by these people: the first that is known.
    pub fn of(&self, people: &[String]) -> Option<&str> {
        let known = |person: &String| self.by_name.iter().find(|(name, _)| fold(name) == fold(person)).map(|(_, user)| user);
        people.iter().find_map(known).or(self.any.as_ref()).map(String::as_str)
    }
}

/// The `seo` key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeoTemplates {
    pub title: Option<TemplateId>,
    pub description: Option<TemplateId>,
    /// The entry's own address counts as the text's.
    pub canonical: bool,
    pub robots: Vec<String>,
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

/// The `image_in_text` key: what becomes of the featured picture where the body shows it on top, too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum InText {
    /// The theme shows it; the body doesn't.
    #[default]
    Once,
    Keep,
}

/// The `images` key: what becomes of the pictures of the body.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Images {
    /// They stay on their source's server.
    #[default]
    Leave,
    /// The site gets copies.
    Copy,
}

/// The `fallback_image` key: the operator's own pictures, by their addresses (`https:`, `file:`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fallback {
    /// Where no category has one.
    pub any: Option<String>,
    /// Category and address, in their order.
    pub by_category: Vec<(String, String)>,
}

impl Fallback {
    /// The picture for a post of these categories; upper and lower case are alike.
    pub fn of<'a>(&self, categories: impl Iterator<Item = &'a str> + Clone) -> Option<&str> {
        let fits = |name: &str| categories.clone().any(|category| fold(category) == fold(name));
        let found = self.by_category.iter().find(|(name, _)| fits(name)).map(|(_, address)| address);
        found.or(self.any.as_ref()).map(String::as_str)
    }

    /// Every address in it.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        self.any.iter().chain(self.by_category.iter().map(|(_, address)| address)).map(String::as_str)
    }
}
