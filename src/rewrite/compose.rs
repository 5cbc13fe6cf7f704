//! The late pass: all rules with every field, then the templates: a draft, or a reason why there is none.
//!
//! A rule or template that fails on an entry (it was tried at load, so this is rare) neither loses the entry nor lets it
//! out unseen: the draft is composed without it and held for a person.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::composing::Composing;
use super::digest::{Digest, DigestEntry};
use super::early::skipped;
use super::engine::{Engine, TemplateId};
use super::filters::{cut, escape_html};
use super::markup::marked;
use super::recipe::{Content, DateFrom, Editor, Fields, Image, Images, Recipe, SeoTemplates, Templates, Then};
use super::rules::ask;
use super::score::{self, Best, Verdict};
use super::slug::slug;
use super::text::one_line;
use super::trial;
use super::view::{Context, LateFields, View};
use crate::domain::{Decision, Draft, DraftImage, Edits, Extras, Hold, HoldKind, RuleTrace, Seo, Signal, Status, Timestamp, marks};

/// A title is at most so many characters long.
pub(super) const LONGEST_TITLE: usize = 250;

/// A post is at most so many bytes long.
pub(super) const LONGEST_BODY: usize = 2_000_000;

/// A source's date is older news after this (`date = "auto"`).
const FRESH: Duration = Duration::from_secs(48 * 3600);

/// An item with all that preparing brought.
#[derive(Debug, Clone, Copy)]
pub struct Prepared<'a> {
    pub view: &'a View,
    /// The delivery's key: 13 characters.
    pub key: &'a str,
    /// The picture, or why there is none; `None`: it was not looked for.
    pub image: Option<&'a Result<DraftImage, String>>,
    /// Copies of the body's pictures, each with the address under which the body names it, or why there is none.
    pub pictures: &'a [(String, Result<DraftImage, String>)],
    /// Plain text, paragraphs parted by an empty line.
    pub excerpt: &'a str,
    /// Of the excerpt and of the whole body.
    pub excerpt_words: Words,
    /// The whole body as the site's editor wants it.
    pub blocks: &'a str,
    /// What templates see in place of `view`, where its title goes out changed. Rules see the entry as it came.
    pub outgoing: Option<&'a View>,
    /// The short name of the entry's licence, or its address; empty where nobody names one.
    pub licence: &'a str,
    /// What its publisher says of its use.
    pub signals: &'a [Signal],
    /// What else a person should know of what was brought; they stand among the warnings.
    pub notes: &'a [String],
}

/// How much of the source a post shows: `58 of 812 words`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Words {
    pub taken: usize,
    pub of: usize,
}

/// What the late pass came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Composed {
    Draft(Box<Ready>),
    Skip(Decision),
}

/// A draft and how it came about.
#[derive(Debug, Clone, PartialEq)]
pub struct Ready {
    pub draft: Draft,
    pub decision: Decision,
    /// A person shall look at it first.
    pub hold: Option<Hold>,
    /// Of the source's words.
    pub words: Words,
    /// A digest shows it, in place of this draft or beside it.
    pub digest: Option<Box<InDigest>>,
    /// It goes out only if it is one of the best.
    pub best: Option<Best>,
}

/// An entry's place in a digest.
#[derive(Debug, Clone, PartialEq)]
pub struct InDigest {
    /// The digest's `name`.
    pub digest: String,
    /// It gets a post of its own, too.
    pub also_posted: bool,
    pub entry: DigestEntry,
}

/// Composes the draft for one site.
pub fn compose(engine: &Engine, recipe: &Recipe, prepared: &Prepared<'_>) -> Composed {
    let mut run = Run::new(engine, recipe, prepared);
    match run.rules() {
        Some(because) => Composed::Skip(skipped(because, run.traces)),
        None => run.finish(),
    }
}

/// What the recipe and the rules that match change of the texts and links, in the order in which it is done.
pub fn edits<'a>(engine: &Engine, recipe: &'a Recipe, prepared: &Prepared<'_>) -> Vec<&'a Edits> {
    let mut edits: Vec<&Edits> = Some(&*recipe.edits).into_iter().filter(|edits| !edits.is_empty()).collect();
    if recipe.rules.iter().any(|rule| rule.then.edits.is_some()) {
        let mut run = Run::new(engine, recipe, prepared);
        run.rules();
        let matched: Vec<String> = run.traces.iter().map(|trace| trace.at.clone()).collect();
        edits.extend(recipe.rules.iter().filter(|rule| matched.contains(&rule.at)).filter_map(|rule| rule.then.edits.as_deref()));
    }
    edits
}

/// A composition under way.
struct Run<'a> {
    engine: &'a Engine,
    recipe: &'a Recipe,
    prepared: &'a Prepared<'a>,
    now: Composing<'a>,
    late: Arc<LateFields>,
    author: Option<&'a str>,
    fields: Fields,
    templates: &'a Templates,
    digest: Option<&'a Digest>,
    hold: Option<String>,
    /// A rule could not be run.
    failed: bool,
    traces: Vec<RuleTrace>,
    warnings: Vec<String>,
}

impl<'a> Run<'a> {
    fn new(engine: &'a Engine, recipe: &'a Recipe, prepared: &'a Prepared<'a>) -> Self {
        let now = Composing::new(recipe, prepared);
        let late = Arc::new(now.late());
        let (templates, digest) = (&recipe.templates, recipe.digest.as_deref());
        let (traces, warnings) = (Vec::new(), prepared.notes.to_vec());
        let (author, fields) = (recipe.authors.of(&prepared.view.authors), recipe.fields.over(&Fields::default()));
        Self { engine, recipe, prepared, now, late, author, fields, templates, digest, hold: None, failed: false, traces, warnings }
    }

    /// Asks all rules, and does what they say; why it goes nowhere, where one says so.
    fn rules(&mut self) -> Option<&'a str> {
        let recipe = self.recipe;
        for rule in &recipe.rules {
            match ask(self.engine, rule, self.context(self.prepared.view)) {
                Ok(None) => {}
                Ok(Some(trace)) => {
                    self.traces.push(trace);
                    if let Some(because) = &rule.then.skip {
                        return Some(because);
                    }
                    self.apply(&rule.then, &rule.at);
                }
                Err(error) => {
                    self.failed = true;
                    self.hold(format!("the rule at {} failed: {}", rule.at, trial::words(&error)));
                }
            }
        }
        None
    }

    /// The item as templates see it.
    fn shown(&self) -> &'a View {
        self.prepared.outgoing.unwrap_or(self.prepared.view)
    }

    fn context(&self, view: &View) -> Context {
        Context { early: view.clone(), late: Some(Arc::clone(&self.late)) }
    }

    fn hold(&mut self, because: String) {
        self.hold.get_or_insert(because);
    }

    fn apply(&mut self, then: &'a Then, at: &str) {
        let terms = &mut self.now.terms;
        terms.remove_tags(&then.remove_tags, at);
        terms.add_tags(&then.add_tags, at);
        if let Some(categories) = &then.categories {
            terms.set_categories(categories, at);
        }
        self.now.status = then.status.unwrap_or(self.now.status);
        self.author = then.author.as_deref().or(self.author);
        if let Some(fields) = &then.fields {
            self.now.terms.add(&fields.terms);
            self.fields = fields.over(&self.fields);
        }
        self.templates = then.template.as_deref().unwrap_or(self.templates);
        if let Some(digest) = &then.digest {
            self.digest = digest.as_deref();
        }
        if let Some(because) = &then.hold {
            self.hold = Some(because.clone());
        }
        if let Some(weight) = then.score {
            score::add(&mut self.now.score, at, weight);
        }
        let retagged = !then.add_tags.is_empty() || !then.remove_tags.is_empty() || then.fields.is_some();
        if retagged || then.status.is_some() || then.score.is_some() {
            self.now.refresh(Arc::make_mut(&mut self.late), &["tags", "status", "score"]);
        }
    }

    fn finish(mut self) -> Composed {
        match self.recipe.scores.map(|scores| scores.judge(&self.now.score)) {
            None | Some(Verdict::Publish) => {}
            // what a rule that failed would have added nobody knows
            Some(Verdict::Drop(because)) if !self.failed => {
                let score = Some(self.now.score);
                return Composed::Skip(Decision { because: Some(because), rules: self.traces, score, ..Decision::default() });
            }
            Some(Verdict::Review(because) | Verdict::Drop(because)) => self.hold(because),
        }
        let weighed = self.recipe.scores.is_some() || self.recipe.best.is_some() || !self.now.score.parts.is_empty();
        let score = weighed.then(|| self.now.score.clone());
        let view = self.shown();
        let title = self.plain(self.templates.title).map(|title| one_line(&title)).filter(|title| !title.is_empty());
        let title = cut(&title.unwrap_or_else(|| title_of(view)), LONGEST_TITLE);
        let excerpt = self.plain(self.templates.excerpt).unwrap_or_else(|| self.prepared.excerpt.to_owned());
        let slug = self.plain(self.templates.slug).map(|text| slug(&text)).filter(|slug| !slug.is_empty());
        let content = self.body();
        let context = self.context(view);
        let status = self.status();
        let (image, date) = (self.image(&title), self.date(status));
        let pictures = self.pictures(&content);
        let extras = self.extras();
        let (terms, left_out) = self.now.terms.end();
        let draft = Draft {
            slug: slug.unwrap_or_else(|| slug_of(&title, view, self.prepared.key)),
            title,
            content,
            excerpt: one_line(&excerpt),
            slug_style: self.recipe.slug_style,
            status,
            date,
            author: self.author.map(str::to_owned),
            terms,
            max_terms: self.recipe.max_terms,
            image,
            pictures,
            image_limits: None,
            source: view.link.clone(),
            post_type: self.fields.post_type.clone().filter(|name| !matches!(name.as_str(), "post" | "posts")),
            extras,
        };
        let words = match self.recipe.content {
            Content::Excerpt => self.prepared.excerpt_words,
            Content::Feed | Content::Page => Words { taken: self.prepared.excerpt_words.of, of: self.prepared.excerpt_words.of },
        };
        let digest = self.digest.filter(|digest| digest.is_made_for(&self.recipe.site)).map(|digest| {
            let entry = DigestEntry::new(&context, &draft, self.prepared.key, view.published, self.hold.as_deref());
            Box::new(InDigest { digest: digest.name.clone(), also_posted: digest.also_posted, entry })
        });
        let hold = self.hold.map(|because| Hold { kind: HoldKind::Review, because });
        let because = hold.as_ref().map(|hold| format!("held: {}", hold.because));
        let decision = Decision { because, rules: self.traces, warnings: self.warnings, left_out, score, best: None, cut: Vec::new() };
        let best = self.recipe.best.clone();
        Composed::Draft(Box::new(Ready { draft, decision, hold, words, digest, best }))
    }

    fn plain(&mut self, template: Option<TemplateId>) -> Option<String> {
        self.render(template?)
    }

    fn render(&mut self, template: TemplateId) -> Option<String> {
        match self.engine.render(template, self.context(self.shown()).into_value()) {
            Ok(text) if text.len() <= LONGEST_BODY => return Some(text),
            Ok(text) => self.hold(format!("the template `{}` made {} bytes", self.templates.name, text.len())),
            Err(error) => self.hold(format!("the template `{}` failed: {}", self.templates.name, trial::words(&error))),
        }
        None
    }

    /// The content, with the mark that names the delivery.
    fn body(&mut self) -> String {
        let own = self.templates.body.and_then(|template| self.render(template));
        let body = own.or_else(|| self.render(self.engine.default_body())).unwrap_or_default();
        with_mark(self.recipe.editor, &body, self.prepared.key)
    }

    /// `future` without a moment to come would be public at once (WordPress turns it into `publish`): a draft instead.
    fn status(&mut self) -> Status {
        let (published, now) = (self.prepared.view.published, self.prepared.view.now);
        if self.now.status == Status::Future && published.is_none_or(|at| at <= now.plus(Duration::from_secs(120))) {
            self.warnings.push("status `future` wants a date to come, and the entry has none: left as a draft".to_owned());
            return Status::Draft;
        }
        self.now.status
    }

    fn date(&self, status: Status) -> Option<Timestamp> {
        let (published, now) = (self.prepared.view.published, self.prepared.view.now);
        match (self.recipe.date, status) {
            (_, Status::Future) => published,
            // WordPress dates it when it goes out
            (DateFrom::Now, _) if self.recipe.is_scheduled => None,
            (DateFrom::Now, _) => Some(now),
            (DateFrom::Source, _) => published,
            (DateFrom::Auto, Status::Draft | Status::Pending) => None,
            (DateFrom::Auto, _) if self.recipe.is_scheduled => None,
            (DateFrom::Auto, Status::Publish | Status::Private) => published.filter(|at| *at <= now && now.since(*at) < FRESH),
        }
    }

    /// What the post has beside texts, terms and pictures. A custom field whose template makes nothing is left out.
    fn extras(&mut self) -> Extras {
        let mut meta = BTreeMap::new();
        for (name, template) in self.fields.meta.clone() {
            meta.extend(self.render(template).filter(|text| !text.is_empty()).map(|text| (name, text)));
        }
        let seo = self.recipe.seo.clone().map(|seo| self.seo(&seo)).unwrap_or_default();
        let Fields { format, sticky, comment_status, ping_status, template, parent, .. } = self.fields.clone();
        let password_of = self.recipe.password_of.clone();
        Extras { format, sticky, comment_status, ping_status, template, parent, password_of, meta, seo }
    }

    fn seo(&mut self, seo: &SeoTemplates) -> Seo {
        let text = |run: &mut Self, template: Option<TemplateId>| run.plain(template).map(|text| one_line(&text)).unwrap_or_default();
        let (title, description) = (text(self, seo.title), text(self, seo.description));
        let canonical = if seo.canonical { self.prepared.view.link.clone().unwrap_or_default() } else { String::new() };
        if seo.canonical && canonical.is_empty() {
            self.warnings.push("no canonical address: the entry has no link".to_owned());
        }
        Seo { title, description, canonical, robots: seo.robots.clone() }
    }

    fn image(&mut self, title: &str) -> Option<DraftImage> {
        if self.recipe.image == Image::None {
            return None;
        }
        let why = match self.prepared.image? {
            Ok(image) if image.alt.trim().is_empty() => return Some(DraftImage { alt: title.to_owned(), ..image.clone() }),
            Ok(image) => return Some(image.clone()),
            Err(why) => why,
        };
        let given = self.now.terms.categories();
        let fallback = self.recipe.fallback.of(given.chain(self.prepared.view.categories.iter().map(String::as_str)));
        let instead = if fallback.is_some() { "; its place takes `fallback_image`" } else { "" };
        // nothing is wrong with an entry that names none
        if why != DraftImage::NONE_NAMED {
            self.warnings.push(format!("no image: {why}{instead}"));
        }
        let url = fallback?.to_owned();
        let why = format!("`fallback_image`: {}", if why == DraftImage::NONE_NAMED { why } else { "none of its own could be had" });
        Some(DraftImage { url, alt: title.to_owned(), from: DraftImage::FALLBACK.to_owned(), why, ..DraftImage::default() })
    }

    /// The copies of the pictures that the content really names.
    fn pictures(&mut self, content: &str) -> Vec<DraftImage> {
        if self.recipe.images != Images::Copy {
            return Vec::new();
        }
        let is_named = |url: &str| content.contains(escape_html(url).as_str()) || content.contains(url);
        let (mut pictures, mut left) = (Vec::new(), Vec::new());
        for (url, copy) in self.prepared.pictures.iter().filter(|(url, _)| is_named(url)) {
            match copy {
                Ok(copy) => pictures.push(DraftImage { url: url.clone(), ..copy.clone() }),
                Err(why) => left.push(why.as_str()),
            }
        }
        if let Some(first) = left.first() {
            let more = if left.len() > 1 { format!(" (and {} more)", left.len() - 1) } else { String::new() };
            self.warnings.push(format!("left on its source's server: {first}{more}"));
        }
        pictures
    }
}

/// The content with the mark that names its delivery.
pub(super) fn with_mark(editor: Editor, body: &str, key: &str) -> String {
    let body = body.trim();
    if marks(body).contains(&key) { body.to_owned() } else { marked(editor, body, key) }
}

/// The entry's title; where it has none, the beginning of its text, else the feed's title.
fn title_of(view: &View) -> String {
    if !view.title.is_empty() {
        return view.title.clone();
    }
    match view.text.lines().find(|line| !line.trim().is_empty()) {
        Some(line) => cut(line.trim(), 70),
        None => view.feed_title.clone(),
    }
}

/// From the title; where that has no letter that a slug may have, from the link's last part; else from the key.
fn slug_of(title: &str, view: &View, key: &str) -> String {
    let last = || {
        let link = url::Url::parse(view.link.as_deref()?).ok()?;
        let last = link.path_segments()?.rfind(|part| !part.is_empty())?.to_owned();
        Some(slug(last.split('.').next()?)).filter(|slug| !slug.is_empty())
    };
    let from_title = Some(slug(title)).filter(|slug| !slug.is_empty());
    from_title.or_else(last).unwrap_or_else(|| format!("post-{}", key.get(..6).unwrap_or(key)))
}
