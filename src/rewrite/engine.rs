//! The compiled rules and templates, and what can be wrong with them.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior};

use super::check::{self, Sound};
use super::fields::Known;
use super::filters::{Compiled, install};
use super::trial;

/// Steps that one run may take; a loop over a thousand words takes some ten thousand.
const FUEL: u64 = 200_000;

/// What stands around a rule's expression, so that the engine keeps it as it keeps templates.
const BEFORE_RULE: &str = "{% if (";
const AFTER_RULE: &str = ") %}1{% endif %}";

/// What to do where only a run shows that something is wrong.
const TRIED: &str =
    "it was tried on two made-up entries, a full and an empty one; ask first for what may be missing, as in `title if author`";

/// A rule's compiled condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RuleId(usize);

/// One compiled template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
    templates: Vec<Arc<str>>,
    body: TemplateId,
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
        env.set_auto_escape_callback(|name| if name.starts_with("body") { AutoEscape::Html } else { AutoEscape::None });
        env.set_undefined_behavior(UndefinedBehavior::Strict);
        env.set_debug(true);
        env.set_fuel(Some(FUEL));
        let mut engine = Self { env, compiled, rules: Vec::new(), templates: Vec::new(), body: TemplateId(0) };
        engine.body = engine.template(Slot::Body, include_str!("body.html")).expect("the default body is sound: a test renders it");
        engine
    }

    /// Compiles a rule's `when`. `known`: [`Known::Early`] for a rule that chooses sites, else [`Known::Late`].
    ///
    /// Errors: everything that is wrong with it, each at its place.
    pub fn rule(&mut self, when: &str, known: Known) -> Result<RuleId, Vec<Fault>> {
        let sound = check::rule(when, known)?;
        let name = format!("rule {}", self.rules.len());
        self.keep(&name, format!("{BEFORE_RULE}{when}{AFTER_RULE}"), BEFORE_RULE.len(), when.len(), &sound)?;
        let early = sound.is_early();
        self.rules.push(Rule { name: name.into(), when: when.to_owned(), reads: sound.reads, early });
        Ok(RuleId(self.rules.len() - 1))
    }

    /// Compiles a template.
    ///
    /// Errors: everything that is wrong with it, each at its place.
    pub fn template(&mut self, slot: Slot, source: &str) -> Result<TemplateId, Vec<Fault>> {
        let sound = check::template(source, slot)?;
        let kind = if slot == Slot::Body { "body" } else { "plain" };
        let name = format!("{kind} {}", self.templates.len());
        self.keep(&name, source.to_owned(), 0, source.len(), &sound)?;
        self.templates.push(name.into());
        Ok(TemplateId(self.templates.len() - 1))
    }

    /// The template of a post's content where the config names none.
    pub(super) fn default_body(&self) -> TemplateId {
        self.body
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
        self.env.get_template(&self.templates[template.0])?.render(context)
    }

    /// Adds the source under its name and tries it; `offset` and `length` say where the operator's text stands in it.
    fn keep(&mut self, name: &str, source: String, offset: usize, length: usize, sound: &Sound) -> Result<(), Vec<Fault>> {
        let fault = |error: &Error| {
            let range = error.range().unwrap_or(offset..offset + length);
            let place = |at: usize| at.saturating_sub(offset).min(length);
            vec![Fault { range: place(range.start)..place(range.end), message: trial::words(error), hint: Some(TRIED.to_owned()) }]
        };
        self.env.add_template_owned(name.to_owned(), source).map_err(|error| fault(&error))?;
        for pattern in &sound.patterns {
            self.compiled.pattern(pattern).map_err(|error| fault(&error))?;
        }
        let tried = trial::contexts().try_for_each(|context| self.env.get_template(name)?.render(context).map(drop));
        if let Err(error) = tried {
            let faults = fault(&error);
            self.env.remove_template(name);
            return Err(faults);
        }
        Ok(())
    }
}
