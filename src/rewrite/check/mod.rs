//! Finds what is wrong with a rule or a template before it runs: unknown names, wrong types, bad patterns, fields too early.

mod call;
mod expr;
mod kind;
mod names;
mod operator;
mod stmt;
mod syntax;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use minijinja::machinery::ast::{Expr, Stmt};
use minijinja::machinery::{Span, parse, parse_expr};
use minijinja::value::ValueKind;

use super::engine::{Fault, Over, Slot};
use super::fields::{Known, field};
use kind::Type;
use syntax::{general, syntax};

/// What a sound source reads and needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Sound {
    /// The fields that it reads.
    pub reads: BTreeSet<&'static str>,
    /// The patterns that it matches with.
    pub patterns: BTreeSet<String>,
}

impl Sound {
    /// Only early fields are read.
    pub fn is_early(&self) -> bool {
        self.reads.iter().all(|name| field(name).is_some_and(|field| field.known == Known::Early))
    }
}

/// Looks at a rule's `when`.
pub(super) fn rule(source: &str, known: Known) -> Result<Sound, Vec<Fault>> {
    let tree = parse_expr(source).map_err(|error| vec![syntax(&error, source, None)])?;
    let span = tree.span();
    // The language's reader stops in silence at a character that it doesn't know.
    let rest = source.get(span.end_offset as usize..).unwrap_or_default();
    if let Some(stray) = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ')').chars().next() {
        let start = source.len() - rest.len() + rest.find(stray).unwrap_or(0);
        let hint = if matches!(stray, '&' | '|') { "write `and`, `or`, `not`" } else { general(None) };
        let range = start..start + stray.len_utf8();
        return Err(vec![Fault { range, message: format!("`{stray}` can't stand here"), hint: Some(hint.to_owned()) }]);
    }
    let mut walk = Walk::new(source, known, None, Over::Entry);
    let kind = walk.expr(&tree);
    match &tree {
        Expr::Const(constant) if constant.value.kind() != ValueKind::Bool => {
            walk.fault(span, "this is the same for every entry".to_owned(), "compare it with a field, as in `words < 30`".to_owned());
        }
        _ if kind == Some(Type::Markup) => {
            walk.fault(span, "`html` is not yes or no".to_owned(), "`text` is empty where there is no body".to_owned())
        }
        _ => {}
    }
    walk.end()
}

/// Whether a template can be read at all.
pub(super) fn parses(source: &str, slot: Slot) -> Result<(), Fault> {
    parse(source, "template", Default::default()).map(drop).map_err(|error| syntax(&error, source, Some(slot)))
}

/// Looks at a template.
pub(super) fn template(source: &str, slot: Slot, over: Over) -> Result<Sound, Vec<Fault>> {
    let tree = parse(source, "template", Default::default()).map_err(|error| vec![syntax(&error, source, Some(slot))])?;
    let mut walk = Walk::new(source, Known::Late, Some(slot), over);
    walk.stmt(&tree);
    walk.end()
}

/// A walk through a source's tree: what it reads and needs, and what is wrong with it.
struct Walk<'s> {
    source: &'s str,
    known: Known,
    /// `None`: a rule.
    slot: Option<Slot>,
    over: Over,
    /// Names that the template itself sets, and what they hold where that is plain.
    locals: Vec<BTreeMap<String, Option<Type>>>,
    sound: Sound,
    faults: Vec<Fault>,
}

impl<'s> Walk<'s> {
    fn new(source: &'s str, known: Known, slot: Option<Slot>, over: Over) -> Self {
        Self { source, known, slot, over, locals: vec![BTreeMap::new()], sound: Sound::default(), faults: Vec::new() }
    }

    fn end(self) -> Result<Sound, Vec<Fault>> {
        if self.faults.is_empty() { Ok(self.sound) } else { Err(self.faults) }
    }

    fn fault(&mut self, span: Span, message: String, hint: impl Into<Option<String>>) {
        self.fault_at(span.start_offset as usize..span.end_offset as usize, message, hint);
    }

    fn fault_at(&mut self, range: Range<usize>, message: String, hint: impl Into<Option<String>>) {
        let end = range.end.min(self.source.len());
        let hint = hint.into().unwrap_or_else(|| general(self.slot).to_owned());
        self.faults.push(Fault { range: range.start.min(end)..end, message, hint: Some(hint) });
    }

    /// Where `name` stands at or after `from`.
    fn name_at(&self, from: usize, name: &str, otherwise: Span) -> Range<usize> {
        match self.source.get(from..).and_then(|rest| rest.find(name)) {
            Some(at) => from + at..from + at + name.len(),
            None => otherwise.start_offset as usize..otherwise.end_offset as usize,
        }
    }

    fn slice(&self, span: Span) -> &'s str {
        self.source.get(span.start_offset as usize..span.end_offset as usize).unwrap_or_default()
    }

    fn bodies(&mut self, body: &[Stmt<'_>]) {
        for stmt in body {
            self.stmt(stmt);
        }
    }
}
