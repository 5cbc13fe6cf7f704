//! The compiled rules and templates, and what can be wrong with them.

use std::ops::Range;

use minijinja::Environment;

use super::fields::Known;

/// A rule's compiled condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RuleId(pub(super) usize);

/// One compiled template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TemplateId(pub(super) usize);

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
    rules: usize,
    templates: usize,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("rules", &self.rules).field("templates", &self.templates).finish()
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
        Self { env: Environment::new(), rules: 0, templates: 0 }
    }

    /// Compiles a rule's `when`. `known`: [`Known::Early`] for a rule that chooses sites, else [`Known::Late`].
    pub fn rule(&mut self, when: &str, known: Known) -> Result<RuleId, Vec<Fault>> {
        let _ = known;
        self.env.compile_expression(when).map_err(|error| vec![fault(&error)]).map(|_| ())?;
        self.rules += 1;
        Ok(RuleId(self.rules - 1))
    }

    /// Compiles a template.
    pub fn template(&mut self, slot: Slot, source: &str) -> Result<TemplateId, Vec<Fault>> {
        let _ = slot;
        self.env.add_template_owned(format!("{}", self.templates), source.to_owned()).map_err(|error| vec![fault(&error)])?;
        self.templates += 1;
        Ok(TemplateId(self.templates - 1))
    }
}

fn fault(error: &minijinja::Error) -> Fault {
    let message = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    Fault { range: error.range().unwrap_or(0..0), message, hint: None }
}
