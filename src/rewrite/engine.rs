//! The compiled rules and templates, and what can be wrong with them.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};

use super::check::{self, Sound};
use super::fields::Known;
use super::filters::{Compiled, install};
use super::lint;
use super::place::{self, Placed};
use super::recipe::Editor;
use super::trial;

/// Steps that one run may take; a loop over a thousand words takes some ten thousand.
const FUEL: u64 = 200_000;

/// What stands around a rule's expression, so that the engine keeps it as it keeps templates.
const BEFORE_RULE: &str = "{% if (";
const AFTER_RULE: &str = ") %}1{% endif %}";

/// What to do where only a run shows that something is wrong.
const TRIED: &str =
    "it was tried on two made-up entries, a full and an empty one; ask first for what may be missing, as in `title if author`";

/// The templates of a digest that names none.
#[derive(Debug, Clone, Copy, Default)]
struct DigestDefaults {
    title: TemplateId,
    blocks: TemplateId,
    classic: TemplateId,
}

/// What to do about a template that takes too long.
const LIMITED: &str = "loops, recursion and repeated texts are limited, so that no template keeps everything else waiting";

/// A rule's compiled condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RuleId(usize);

/// One compiled template.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct TemplateId(usize);

/// Which part of the post a template makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot {
    /// HTML: values are escaped unless they are markup already.
    Body,
    /// Plain text, in one line.
    Title,
    /// Plain text.
    Excerpt,
    /// Becomes `[a-z0-9-]`.
    Slug,
}

/// What a template is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// One entry and its site.
    Entry,
    /// The entries of a digest.
    Digest,
}

/// What is wrong with a rule or a template, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// Bytes of the source text.
    pub range: Range<usize>,
    /// `unknown field` …
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}

/// All rules and templates of a configuration, compiled.
pub struct Engine {
    env: Environment<'static>,
    compiled: Compiled,
    rules: Vec<Rule>,
    templates: Vec<Template>,
    body: TemplateId,
    /// A digest's title and body where the config gives none.
    digest: DigestDefaults,
}

struct Template {
    name: Arc<str>,
    notes: Vec<Fault>,
}

struct Rule {
    name: Arc<str>,
    when: String,
    reads: BTreeSet<&'static str>,
    early: bool,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("rules", &self.rules.len()).field("templates", &self.templates.len()).finish()
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self::new()
    }
}

impl Engine {
    /// With the default templates and no rules.
    pub fn new() -> Self {
        let mut env = Environment::new();
        let compiled = Compiled::default();
        install(&mut env, &compiled);
        place::install(&mut env);
        env.set_auto_escape_callback(|name| if name.starts_with("body") { AutoEscape::Html } else { AutoEscape::None });
        env.set_undefined_behavior(UndefinedBehavior::Strict);
        env.set_debug(true);
        env.set_fuel(Some(FUEL));
        let mut engine =
            Self { env, compiled, rules: Vec::new(), templates: Vec::new(), body: TemplateId(0), digest: DigestDefaults::default() };
        engine.body = engine.template(Slot::Body, include_str!("body.html")).expect("the default body is sound: a test renders it");
        let sound = "the default digest is sound: a test renders it";
        let mut of_digest = |slot, source| engine.template_over(Over::Digest, slot, source).expect(sound);
        engine.digest = DigestDefaults {
            title: of_digest(Slot::Title, "{{ digest }} {{ day|date }}"),
            blocks: of_digest(Slot::Body, include_str!("digest/blocks.html")),
            classic: of_digest(Slot::Body, include_str!("digest/classic.html")),
        };
        engine
    }

    /// Compiles a rule's `when`. `known`: [`Known::Early`] for a rule that chooses sites, else [`Known::Late`].
    ///
    /// Errors: everything that is wrong with it, each at its place.
    pub fn rule(&mut self, when: &str, known: Known) -> Result<RuleId, Vec<Fault>> {
        let sound = check::rule(when, known)?;
        let name = format!("rule {}", self.rules.len());
        self.keep(&name, format!("{BEFORE_RULE}{when}{AFTER_RULE}"), Over::Entry, &sound).map_err(|fault| {
            let place = |at: usize| at.saturating_sub(BEFORE_RULE.len()).min(when.len());
            vec![Fault { range: place(fault.range.start)..place(fault.range.end), ..fault }]
        })?;
        let early = sound.is_early();
        self.rules.push(Rule { name: name.into(), when: when.to_owned(), reads: sound.reads, early });
        Ok(RuleId(self.rules.len() - 1))
    }

    /// Compiles a template.
    ///
    /// Errors: everything that is wrong with it, each at its place.
    pub fn template(&mut self, slot: Slot, source: &str) -> Result<TemplateId, Vec<Fault>> {
        self.template_over(Over::Entry, slot, source)
    }

    /// The same, over an entry or a digest.
    pub fn template_over(&mut self, over: Over, slot: Slot, source: &str) -> Result<TemplateId, Vec<Fault>> {
        let sound = check::template(source, slot, over)?;
        let kind = if slot == Slot::Body { "body" } else { "plain" };
        let name = format!("{kind} {}", self.templates.len());
        let placed = if slot == Slot::Body { place::body(source)? } else { Placed::plain(source) };
        self.keep(&name, placed.source.clone(), over, &sound).map_err(|fault| {
            let place = |at: usize| placed.original(at).min(source.len());
            vec![Fault { range: place(fault.range.start)..place(fault.range.end), ..fault }]
        })?;
        let mut notes = if slot == Slot::Body { lint::body(source) } else { lint::plain(source) };
        notes.extend(placed.notes);
        self.templates.push(Template { name: name.into(), notes });
        Ok(TemplateId(self.templates.len() - 1))
    }

    /// What a template may still lack, each at its place: nobody is named, tags don't fit together, a name is never used.
    pub fn notes(&self, template: TemplateId) -> &[Fault] {
        &self.templates[template.0].notes
    }

    /// The template of a post's content where the config names none.
    pub(super) fn default_body(&self) -> TemplateId {
        self.body
    }

    /// The templates of a digest's title and body where the config names none.
    pub(super) fn digest_defaults(&self, editor: Editor) -> (TemplateId, TemplateId) {
        let body = match editor {
            Editor::Blocks => self.digest.blocks,
            Editor::Classic => self.digest.classic,
        };
        (self.digest.title, body)
    }

    /// Only early fields are read.
    pub(super) fn is_early(&self, rule: RuleId) -> bool {
        self.rules[rule.0].early
    }

    /// As it was written.
    pub(super) fn when(&self, rule: RuleId) -> &str {
        &self.rules[rule.0].when
    }

    /// The fields that it reads.
    pub(super) fn reads(&self, rule: RuleId) -> impl Iterator<Item = &'static str> {
        self.rules[rule.0].reads.iter().copied()
    }

    /// Whether the rule matches.
    pub(super) fn matches(&self, rule: RuleId, context: Value) -> Result<bool, Error> {
        Ok(!self.env.get_template(&self.rules[rule.0].name)?.render(context)?.is_empty())
    }

    /// What the template makes.
    pub(super) fn render(&self, template: TemplateId, context: Value) -> Result<String, Error> {
        self.env.get_template(&self.templates[template.0].name)?.render(context)
    }

    /// Adds the source under its name and tries it. The fault's place is one of this source.
    fn keep(&mut self, name: &str, source: String, over: Over, sound: &Sound) -> Result<(), Fault> {
        let length = source.len();
        let fault = |error: &Error| {
            let range = error.range().filter(|range| range.end <= length).unwrap_or(0..length);
            let hint = if error.kind() == ErrorKind::OutOfFuel { LIMITED } else { TRIED };
            Fault { range, message: trial::words(error), hint: Some(hint.to_owned()) }
        };
        self.env.add_template_owned(name.to_owned(), source).map_err(|error| fault(&error))?;
        for pattern in &sound.patterns {
            self.compiled.pattern(pattern).map_err(|error| fault(&error))?;
        }
        let tried = trial::contexts(over).try_for_each(|context| self.env.get_template(name)?.render(context).map(drop));
        if let Err(error) = tried {
            let fault = fault(&error);
            self.env.remove_template(name);
            return Err(fault);
        }
        Ok(())
    }
}
