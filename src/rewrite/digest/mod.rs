//! A digest: one draft of many entries (pure). Entries are stored as they were composed, so that what a window makes depends
//! on nothing that may be gone by then.

mod entry;
mod fields;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, Value};

use super::compose::{LONGEST_BODY, LONGEST_TITLE, Ready, Words, with_mark};
use super::engine::{Engine, TemplateId};
use super::filing::placed;
use super::filters::{cut, escape_html};
use super::phrases::fold;
use super::recipe::{Editor, Fallback, Fields, Image, SeoTemplates, Templates};
use super::slug::slug;
use super::text::one_line;
use super::trial;
use crate::domain::{Decision, Draft, DraftImage, Extras, Hold, HoldKind, NewTerms, Seo, SlugStyle, Status, Term};

pub use entry::{DigestEntry, hold_in_digest, told_again};
pub(super) use fields::hidden;
pub use fields::{DIGEST_FIELDS, DigestField, digest_field};

/// A `[[digest]]`, checked and compiled.
#[derive(Debug, Clone)]
pub struct Digest {
    pub name: String,
    /// `wirepress.toml:41`
    pub at: String,
    /// Over a digest's fields. What it doesn't give is as without a template.
    pub templates: Templates,
    /// The sites that it is made for; empty: all.
    pub sites: Vec<String>,
    /// Its entries get posts of their own, too.
    pub also_posted: bool,
    /// Never `future`.
    pub status: Status,
    /// A WordPress user's login name or numeric id.
    pub author: Option<String>,
    pub categories: Vec<String>,
    pub tags: Vec<String>,
    /// Whether the first picture of its entries becomes the featured image.
    pub image: Image,
    /// Where none of its entries has one.
    pub fallback: Fallback,
    /// What its posts have beside texts, terms and pictures; templates are over a digest's fields.
    pub fields: Fields,
    /// `None`: search engines are told nothing.
    pub seo: Option<SeoTemplates>,
    /// A password opens its posts.
    pub has_password: bool,
    pub slug_style: SlugStyle,
    pub order: Order,
    /// 0: all that wait.
    pub most: u32,
}

/// In which order a digest shows its entries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    #[default]
    Newest,
    Oldest,
    /// By the sum of the weights that rules gave, the highest first; the newest of equal ones.
    Best,
}

/// What one post of a digest is of.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// The site's `name`.
    pub site: &'a str,
    /// BCP 47: the site's.
    pub language: Option<&'a str>,
    pub editor: Editor,
    /// The delivery's key: 13 characters.
    pub key: &'a str,
    /// `2026-11-20T17:00:00+01:00`: when the window before ended, by the digest's clocks.
    pub from: &'a str,
    /// When this one ends.
    pub until: &'a str,
}

impl Digest {
    /// Entries that go to this site go into it.
    pub fn is_made_for(&self, site: &str) -> bool {
        self.sites.is_empty() || self.sites.iter().any(|name| name == site)
    }

    /// What drafts call the password that opens a digest's posts.
    pub fn password_of(name: &str) -> String {
        format!("the digest {name}")
    }

    /// Puts what waits into the digest's order; each with whatever belongs to it.
    pub fn sort<T>(&self, entries: &mut [(T, DigestEntry)]) {
        // by time, and those without one last, whichever way
        entries.sort_by_key(|(_, entry)| {
            let at = entry.published.map(|at| at.unix());
            let (worth, at) = match self.order {
                Order::Newest => (0, at.map(|at| -at)),
                Order::Oldest => (0, at),
                Order::Best => (-entry.score(), at.map(|at| -at)),
            };
            (worth, at.is_none(), at)
        });
    }

    /// How many of so many it shows.
    pub fn shows(&self, waiting: usize) -> usize {
        if self.most == 0 { waiting } else { waiting.min(self.most as usize) }
    }
}

/// Composes the draft of a digest. A template that fails neither loses it nor lets it out unseen: the draft is composed without
/// that template and held for a person; so is one with an entry that a rule holds.
pub fn compose_digest(engine: &Engine, digest: &Digest, frame: &Frame<'_>, entries: &[DigestEntry]) -> Ready {
    let mut run = Run { engine, digest, context: Arc::new(Context::new(&digest.name, digest.status, frame, entries)), hold: None };
    for entry in entries {
        if let Some(because) = &entry.hold {
            run.hold.get_or_insert_with(|| format!("its entry \"{}\": {because}", entry.title));
        }
    }
    let defaults = engine.digest_defaults(frame.editor);
    let title = run.render(digest.templates.title.unwrap_or(defaults.0)).map(|title| one_line(&title)).filter(|title| !title.is_empty());
    let title = cut(&title.unwrap_or_else(|| digest.name.clone()), LONGEST_TITLE);
    let excerpt = digest.templates.excerpt.and_then(|excerpt| run.render(excerpt)).unwrap_or_default();
    let readable = digest.templates.slug.and_then(|template| run.render(template)).map(|text| slug(&text)).filter(|slug| !slug.is_empty());
    let readable = readable.or_else(|| Some(slug(&title)).filter(|slug| !slug.is_empty()));
    let body = digest.templates.body.and_then(|body| run.render(body)).or_else(|| run.render(defaults.1)).unwrap_or_default();
    let content = with_mark(frame.editor, &body, frame.key);
    let extras = run.extras();
    let draft = Draft {
        pictures: pictures(entries, &content),
        slug: readable.unwrap_or_else(|| format!("digest-{}", frame.key.get(..6).unwrap_or(frame.key))),
        content,
        excerpt: one_line(&excerpt),
        slug_style: digest.slug_style,
        status: digest.status,
        author: digest.author.clone(),
        terms: terms(digest),
        image: image(digest, entries, &title),
        // one that has to be fetched again is made as it was
        image_limits: entries.iter().find(|entry| entry.image.is_some() || !entry.pictures.is_empty()).and_then(|entry| entry.image_limits),
        post_type: digest.fields.post_type.clone().filter(|name| !matches!(name.as_str(), "post" | "posts")),
        extras,
        title,
        ..Draft::default()
    };
    let hold = run.hold.map(|because| Hold { kind: HoldKind::Review, because });
    Ready { draft, decision: Decision::default(), hold, words: Words::default(), digest: None, best: None }
}

struct Run<'a> {
    engine: &'a Engine,
    digest: &'a Digest,
    context: Arc<Context>,
    hold: Option<String>,
}

impl Run<'_> {
    fn render(&mut self, template: TemplateId) -> Option<String> {
        let because = match self.engine.render(template, Value::from_dyn_object(self.context.clone())) {
            Ok(text) if text.len() <= LONGEST_BODY => return Some(text),
            Ok(text) => format!("the digest `{}` made {} bytes", self.digest.name, text.len()),
            Err(error) => format!("a template of the digest `{}` failed: {}", self.digest.name, trial::words(&error)),
        };
        self.hold.get_or_insert(because);
        None
    }

    /// What the post has beside texts, terms and pictures. A custom field whose template makes nothing is left out.
    fn extras(&mut self) -> Extras {
        let digest = self.digest;
        let mut meta = BTreeMap::new();
        for (name, template) in &digest.fields.meta {
            meta.extend(self.render(*template).filter(|text| !text.is_empty()).map(|text| (name.clone(), text)));
        }
        let mut text = |template: Option<TemplateId>| template.and_then(|template| self.render(template)).map(|text| one_line(&text));
        let seo = digest.seo.as_ref().map(|seo| Seo {
            title: text(seo.title).unwrap_or_default(),
            description: text(seo.description).unwrap_or_default(),
            canonical: String::new(),
            robots: seo.robots.clone(),
        });
        let Fields { format, sticky, comment_status, ping_status, template, parent, .. } = digest.fields.clone();
        let password_of = digest.has_password.then(|| Digest::password_of(&digest.name));
        Extras { format, sticky, comment_status, ping_status, template, parent, password_of, meta, seo: seo.unwrap_or_default() }
    }
}

/// Each once, in the order of the keys.
fn terms(digest: &Digest) -> Vec<Term> {
    let mut terms: Vec<Term> = Vec::new();
    let mut add = |taxonomy: &str, path: &str, from: &str| {
        let term = placed(taxonomy, path, NewTerms::Create, from);
        let is_known = |known: &Term| known.taxonomy == term.taxonomy && fold(&known.path()) == fold(&term.path());
        if !terms.iter().any(is_known) {
            terms.push(term);
        }
    };
    digest.categories.iter().for_each(|name| add("categories", name, &digest.at));
    digest.tags.iter().for_each(|name| add("tags", name, &digest.at));
    for (taxonomy, paths, at) in &digest.fields.terms {
        paths.iter().for_each(|path| add(taxonomy, path, at));
    }
    terms
}

fn image(digest: &Digest, entries: &[DigestEntry], title: &str) -> Option<DraftImage> {
    if digest.image == Image::None {
        return None;
    }
    let Some(first) = entries.iter().find_map(|entry| entry.image.clone()) else {
        let url = digest.fallback.of(digest.categories.iter().map(String::as_str))?.to_owned();
        let why = "`fallback_image`: none of its entries has one".to_owned();
        return Some(DraftImage { url, alt: title.to_owned(), from: DraftImage::FALLBACK.to_owned(), why, ..DraftImage::default() });
    };
    Some(if first.alt.trim().is_empty() { DraftImage { alt: title.to_owned(), ..first } } else { first })
}

/// Those of the entries' pictures that the body shows.
fn pictures(entries: &[DigestEntry], content: &str) -> Vec<DraftImage> {
    let mut seen = BTreeSet::new();
    let shown = entries.iter().flat_map(|entry| &entry.pictures).filter(|picture| {
        let written = escape_html(&picture.url);
        content.contains(&picture.url) || content.contains(&written)
    });
    shown.filter(|picture| seen.insert(picture.url.as_str())).cloned().collect()
}

/// What a digest's templates see.
#[derive(Debug)]
pub(super) struct Context {
    digest: String,
    site: String,
    language: String,
    key: String,
    from: String,
    until: String,
    status: Status,
    entries: Value,
    sources: Vec<String>,
    count: usize,
}

impl Context {
    pub fn new(name: &str, status: Status, frame: &Frame<'_>, entries: &[DigestEntry]) -> Self {
        let mut seen = BTreeSet::new();
        let sources = entries.iter().filter_map(DigestEntry::source).filter(|source| seen.insert(*source)).map(str::to_owned).collect();
        Self {
            digest: name.to_owned(),
            site: frame.site.to_owned(),
            language: frame.language.unwrap_or_default().to_owned(),
            key: frame.key.to_owned(),
            from: frame.from.to_owned(),
            until: frame.until.to_owned(),
            status,
            entries: entries.iter().map(|entry| entry.value(frame)).collect(),
            sources,
            count: entries.len(),
        }
    }
}

impl Object for Context {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(match key.as_str()? {
            "entries" => self.entries.clone(),
            "count" => self.count.into(),
            "sources" => self.sources.iter().map(String::as_str).collect(),
            "digest" => Value::from(self.digest.as_str()),
            "from" => Value::from(self.from.as_str()),
            "until" => Value::from(self.until.as_str()),
            // midnight in UTC, so that `date` shows the day that the digest's clocks show
            "day" => Value::from(format!("{}T00:00:00Z", self.until.get(..10).unwrap_or_default())),
            "site" => Value::from(self.site.as_str()),
            "site_language" => Value::from(self.language.as_str()),
            "status" => Value::from(self.status.as_str()),
            "key" => Value::from(self.key.as_str()),
            _ => return None,
        })
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }
}
