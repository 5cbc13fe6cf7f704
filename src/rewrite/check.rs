//! Finds what is wrong with a rule or a template before it runs: unknown names, wrong types, bad patterns, fields too early.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use minijinja::machinery::ast::{BinOpKind, Call, CallArg, CallType, CompareOpKind, Expr, Filter, Stmt, Test, UnaryOpKind};
use minijinja::machinery::{Span, parse, parse_expr};
use minijinja::value::ValueKind;

use super::digest::{DIGEST_FIELDS, digest_field, hidden};
use super::engine::{Fault, Over, Slot};
use super::fields::{FIELDS, Kind, Known, field};
use super::filters::{FILTERS, FUNCTIONS, TESTS, compile_pattern};

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

/// The nearest of `names`, if it is near enough to be meant.
pub(super) fn nearest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let best = names.into_iter().map(|other| (strsim::damerau_levenshtein(name, other), other)).min_by_key(|(distance, _)| *distance)?;
    (best.0 <= 1 + name.len() / 4).then_some(best.1)
}

fn syntax(error: &minijinja::Error, source: &str, slot: Option<Slot>) -> Fault {
    let range = error.range().filter(|range| range.end <= source.len()).unwrap_or(0..source.len());
    let message = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    let hint = syntax_hint(&message, source, &source[..range.end], slot);
    Fault { range, message, hint: Some(hint.to_owned()) }
}

/// What to do about a source that can't be read; `before` ends where the reader stopped.
fn syntax_hint(message: &str, source: &str, before: &str, slot: Option<Slot>) -> &'static str {
    let expected = |what: &str| message.ends_with(&format!("expected {what}"));
    if source.contains("&&") || source.contains("||") {
        "write `and`, `or`, `not`"
    } else if source.contains("=~") {
        "write `title is matching('…')`"
    } else if message.contains("after expression") && before.trim_end().ends_with('=') {
        "`==` compares"
    } else if message.contains("after expression") {
        "an expression ends here; join two with `and` or `or`, and put `is` before a test"
    } else if expected("expression") {
        "something is missing here, as the 30 in `words < 30`"
    } else if expected("identifier") {
        "a name is missing here, as `upper` in `title|upper`, or as `containing` in `title is containing('…')`"
    } else if expected("end of variable block") {
        "`{{` wants its `}}`"
    } else if message.contains("end of input") && slot.is_some() {
        "`{% if %}` wants its `{% endif %}`, `{% for %}` its `{% endfor %}`, `{{` its `}}`"
    } else if message.contains("end of input") {
        "something is open to the end: a bracket or a quote"
    } else if message.contains("statement") {
        "`if`, `for` and `set` are what is mostly wanted between `{%` and `%}`"
    } else {
        general(slot)
    }
}

/// The hint where nothing better is known.
fn general(slot: Option<Slot>) -> &'static str {
    match slot {
        None => "a rule asks about an entry, as in `words < 30 or title is containing('advert')`; docs/rules.md has all words",
        Some(_) => "`{{ title }}` shows a field, `{% if author %}…{% endif %}` decides; docs/rules.md has all words",
    }
}

/// What an expression gives, where that is plain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Text,
    Markup,
    Number,
    Bool,
    List,
    /// A list of entries.
    Entries,
    /// One of them.
    Entry,
}

impl Type {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Text | Kind::Time => Self::Text,
            Kind::Markup => Self::Markup,
            Kind::Number => Self::Number,
            Kind::List => Self::List,
            Kind::Entries => Self::Entries,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Markup => "markup",
            Self::Number => "a number",
            Self::Bool => "yes or no",
            Self::List | Self::Entries => "a list",
            Self::Entry => "an entry",
        }
    }
}

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

    fn scoped(&mut self, names: &[&Expr<'_>], body: &[Stmt<'_>]) {
        self.locals.push(BTreeMap::new());
        for name in names {
            self.assign(name, None);
        }
        self.bodies(body);
        self.locals.pop();
    }

    fn assign(&mut self, target: &Expr<'_>, kind: Option<Type>) {
        match target {
            Expr::Var(var) => {
                if self.kind_of(var.id).is_some() {
                    self.fault(var.span(), format!("`{}` is a field and can't be set", var.id), "take another name".to_owned());
                }
                self.locals.last_mut().expect("one scope is always open").insert(var.id.to_owned(), kind);
            }
            Expr::List(list) => list.items.iter().for_each(|item| self.assign(item, None)),
            Expr::Tuple(tuple) => tuple.items.iter().for_each(|item| self.assign(item, None)),
            _ => {}
        }
    }

    fn stmt(&mut self, stmt: &Stmt<'_>) {
        match stmt {
            Stmt::Template(template) => self.bodies(&template.children),
            Stmt::EmitExpr(emit) => {
                let kind = self.expr(&emit.expr);
                let plain = self.slot.is_some_and(|slot| slot != Slot::Body);
                if let Some(kind @ (Type::Entry | Type::Entries)) = kind {
                    let hint =
                        "its fields are shown one by one, as in `{% for entry in entries %}{{ entry.title }}{% endfor %}`".to_owned();
                    self.fault(emit.expr.span(), format!("this is {}, and not a text", kind.words()), hint);
                }
                if plain && kind == Some(Type::Markup) {
                    let name = self.slice(emit.expr.span()).to_owned();
                    let hint = "`text`, `summary` and `excerpt` are plain".to_owned();
                    self.fault(emit.expr.span(), format!("`{name}` is markup, and only a body may show markup"), hint);
                }
            }
            Stmt::EmitRaw(_) => {}
            Stmt::ForLoop(each) => {
                let kind = self.expr(&each.iter);
                if matches!(kind, Some(Type::Number | Type::Bool)) {
                    let kind = kind.map_or("", Type::words);
                    self.fault(each.iter.span(), format!("this is {kind}, and `for` wants a list"), None);
                }
                self.locals.push(BTreeMap::from([("loop".to_owned(), None)]));
                self.assign(&each.target, (kind == Some(Type::Entries)).then_some(Type::Entry));
                if let Some(filter) = &each.filter_expr {
                    self.expr(filter);
                }
                self.bodies(&each.body);
                self.locals.pop();
                self.bodies(&each.else_body);
            }
            Stmt::IfCond(cond) => {
                self.expr(&cond.expr);
                self.bodies(&cond.true_body);
                self.bodies(&cond.false_body);
            }
            Stmt::WithBlock(with) => {
                with.assignments.iter().for_each(|(_, value)| self.look(value));
                let names: Vec<&Expr<'_>> = with.assignments.iter().map(|(name, _)| name).collect();
                self.scoped(&names, &with.body);
            }
            Stmt::Set(set) => {
                let kind = self.expr(&set.expr).filter(|kind| matches!(kind, Type::Entry | Type::Entries));
                self.assign(&set.target, kind);
            }
            Stmt::SetBlock(set) => {
                self.bodies(&set.body);
                if let Some(filter) = &set.filter {
                    self.expr(filter);
                }
                self.assign(&set.target, None);
            }
            Stmt::FilterBlock(block) => {
                self.expr(&block.filter);
                self.bodies(&block.body);
            }
            Stmt::Macro(one) => {
                self.locals.last_mut().expect("one scope is always open").insert(one.name.to_owned(), None);
                one.defaults.iter().for_each(|value| self.look(value));
                self.scoped(&one.args.iter().collect::<Vec<_>>(), &one.body);
            }
            Stmt::Do(call) => {
                self.call(&call.call);
            }
            Stmt::CallBlock(block) => {
                self.call(&block.call);
                self.scoped(&block.macro_decl.args.iter().collect::<Vec<_>>(), &block.macro_decl.body);
            }
            Stmt::AutoEscape(block) => {
                self.fault(
                    block.span(),
                    "`autoescape` is not to be had here".to_owned(),
                    "`html` and `blocks` are markup already; all else has to be escaped".to_owned(),
                );
            }
            Stmt::Block(block) => self.alone(block.span()),
            Stmt::Import(import) => self.alone(import.span()),
            Stmt::FromImport(import) => self.alone(import.span()),
            Stmt::Extends(extends) => self.alone(extends.span()),
            Stmt::Include(include) => self.fault(
                include.span(),
                "nothing can be included here".to_owned(),
                "a `[[template]]` and a `[[digest]]` may include others".to_owned(),
            ),
        }
    }

    fn alone(&mut self, span: Span) {
        self.fault(
            span,
            "a template knows no `import`, `extends` or `block`".to_owned(),
            "`{% include \"name\" %}` puts another template's text there, its macros with it".to_owned(),
        );
    }

    fn look(&mut self, expr: &Expr<'_>) {
        self.expr(expr);
    }

    fn expr(&mut self, expr: &Expr<'_>) -> Option<Type> {
        match expr {
            Expr::Var(var) => self.var(var.id, var.span()),
            Expr::Const(constant) => match constant.value.kind() {
                ValueKind::Number => Some(Type::Number),
                ValueKind::String => Some(Type::Text),
                ValueKind::Bool => Some(Type::Bool),
                _ => None,
            },
            Expr::Slice(slice) => {
                for part in [&slice.start, &slice.stop, &slice.step].into_iter().flatten() {
                    self.expr(part);
                }
                self.expr(&slice.expr)
            }
            Expr::UnaryOp(op) => {
                let kind = self.expr(&op.expr);
                match op.op {
                    UnaryOpKind::Not => Some(Type::Bool),
                    UnaryOpKind::Neg => kind,
                }
            }
            Expr::BinOp(op) => {
                let (left, right) = (self.expr(&op.left), self.expr(&op.right));
                self.operator(op.op, (&op.left, left), (&op.right, right))
            }
            Expr::Compare(compare) => {
                let mut before = (&compare.expr, self.expr(&compare.expr));
                for op in &compare.ops {
                    let this = (&op.expr, self.expr(&op.expr));
                    match op.op {
                        CompareOpKind::In | CompareOpKind::NotIn => self.inside(before, this),
                        CompareOpKind::Eq | CompareOpKind::Ne => self.equal(before, this),
                        _ => self.ordered(before, this),
                    }
                    before = this;
                }
                Some(Type::Bool)
            }
            Expr::IfExpr(cond) => {
                self.expr(&cond.test_expr);
                let yes = self.expr(&cond.true_expr);
                let no = cond.false_expr.as_ref().map(|expr| self.expr(expr));
                if no.is_none_or(|no| no == yes) { yes } else { None }
            }
            Expr::Filter(filter) => self.filter(filter, filter.span()),
            Expr::Test(test) => self.test(test, test.span()),
            Expr::GetAttr(attr) => {
                let kind = self.expr(&attr.expr);
                if kind == Some(Type::Entry) {
                    return self.field_of_entry(attr.name, attr.expr.span(), attr.span());
                }
                if let Some(kind) = kind {
                    let whole = format!("{}_{}", self.slice(attr.expr.span()), attr.name);
                    let hint = field(&whole).map(|field| format!("did you mean `{}`?", field.name));
                    let name = self.slice(attr.expr.span()).to_owned();
                    self.fault(attr.span(), format!("`{name}` is {} and has no `{}`", kind.words(), attr.name), hint);
                }
                None
            }
            Expr::GetItem(item) => {
                self.expr(&item.subscript_expr);
                let kind = self.expr(&item.expr);
                if matches!(kind, Some(Type::Number | Type::Bool)) {
                    let kind = kind.map_or("", Type::words);
                    self.fault(item.span(), format!("this is {kind}, and `[…]` wants a list or text"), None);
                }
                if kind == Some(Type::Entries) {
                    return Some(Type::Entry);
                }
                (matches!(item.expr, Expr::Var(ref var) if field(var.id).is_some_and(|field| field.kind == Kind::List)))
                    .then_some(Type::Text)
            }
            Expr::Call(call) => self.call(call),
            Expr::List(list) => {
                list.items.iter().for_each(|item| self.look(item));
                Some(Type::List)
            }
            Expr::Tuple(tuple) => {
                tuple.items.iter().for_each(|item| self.look(item));
                Some(Type::List)
            }
            Expr::Map(map) => {
                map.keys.iter().chain(&map.values).for_each(|item| self.look(item));
                None
            }
        }
    }

    fn var(&mut self, name: &str, span: Span) -> Option<Type> {
        if let Some(kind) = self.locals.iter().rev().find_map(|scope| scope.get(name)) {
            return *kind;
        }
        let Some((name, kind, known)) = self.kind_of(name) else {
            let names: Vec<&str> = match self.over {
                Over::Entry => FIELDS.iter().map(|field| field.name).collect(),
                Over::Digest => DIGEST_FIELDS.iter().map(|field| field.name).collect(),
            };
            let own: Vec<String> = self.locals.iter().flat_map(|scope| scope.keys().cloned()).collect();
            let near = nearest(name, names.iter().copied().chain(own.iter().map(String::as_str)));
            let near = near.map(|near| format!("did you mean `{near}`?"));
            let hint = match self.over {
                Over::Entry => near.or_else(|| elsewhere(name)),
                Over::Digest if field(name).is_some() => {
                    Some(format!("a digest shows many: `{{% for entry in entries %}}{{{{ entry.{name} }}}}{{% endfor %}}`"))
                }
                Over::Digest => near,
            };
            let hint = hint.unwrap_or_else(|| known("fields", names));
            self.fault(span, format!("unknown field `{name}`"), hint);
            return None;
        };
        if known > self.known {
            let hint = "a rule with `then = { site = … }` may read what the entry itself says; split it in two rules".to_owned();
            self.fault(span, format!("`{name}` is not known yet where the sites are chosen"), hint);
        }
        self.sound.reads.insert(name);
        Some(Type::of(kind))
    }

    /// A field of what this is over: its name, kind, and when it is known.
    fn kind_of(&self, name: &str) -> Option<(&'static str, Kind, Known)> {
        match self.over {
            Over::Entry => field(name).map(|field| (field.name, field.kind, field.known)),
            Over::Digest => digest_field(name).map(|field| (field.name, field.kind, Known::Late)),
        }
    }

    /// A field of one of a digest's entries.
    fn field_of_entry(&mut self, name: &str, on: Span, whole: Span) -> Option<Type> {
        if let Some(field) = field(name).filter(|field| !hidden(field.name)) {
            return Some(Type::of(field.kind));
        }
        let range = self.name_at(on.end_offset as usize, name, whole);
        let near = nearest(name, FIELDS.iter().map(|field| field.name)).filter(|near| !hidden(near));
        let near = near.map(|near| format!("did you mean `{near}`?")).or_else(|| elsewhere(name));
        let own = hidden(name).then(|| format!("`{name}` is the digest's own: write `{{{{ {name} }}}}`"));
        let hint = own.or(near).unwrap_or_else(|| known("fields", FIELDS.iter().map(|field| field.name).filter(|name| !hidden(name))));
        self.fault_at(range, format!("an entry has no field `{name}`"), hint);
        None
    }

    fn operator(&mut self, op: BinOpKind, left: (&Expr<'_>, Option<Type>), right: (&Expr<'_>, Option<Type>)) -> Option<Type> {
        use BinOpKind::{Add, Concat, Div, Eq, FloorDiv, Gt, Gte, In, Lt, Lte, Mul, Ne, Pow, Rem, ScAnd, ScOr, Sub};
        match op {
            Eq | Ne => {
                self.equal(left, right);
                Some(Type::Bool)
            }
            Lt | Lte | Gt | Gte => {
                self.ordered(left, right);
                Some(Type::Bool)
            }
            In => {
                self.inside(left, right);
                Some(Type::Bool)
            }
            ScAnd | ScOr => (left.1 == right.1).then_some(left.1).flatten(),
            Concat => Some(Type::Text),
            Add if left.1 == right.1 && matches!(left.1, Some(Type::Text | Type::List)) => left.1,
            Add | Sub | Div | FloorDiv | Rem | Pow | Mul => {
                for (expr, kind) in [left, right] {
                    if let Some(kind @ (Type::Text | Type::Markup | Type::Bool | Type::List)) = kind {
                        let name = self.slice(expr.span()).to_owned();
                        let hint = matches!(op, Add).then(|| "`~` joins texts".to_owned());
                        self.fault(expr.span(), format!("`{name}` is {}, and arithmetic wants numbers", kind.words()), hint);
                    }
                }
                Some(Type::Number)
            }
        }
    }

    fn equal(&mut self, left: (&Expr<'_>, Option<Type>), right: (&Expr<'_>, Option<Type>)) {
        if let ((a, Some(left)), (b, Some(right))) = (left, right)
            && left != right
            && !matches!((left, right), (Type::Text, Type::Markup) | (Type::Markup, Type::Text))
        {
            self.unlike((a, left), (b, right));
        }
    }

    fn ordered(&mut self, left: (&Expr<'_>, Option<Type>), right: (&Expr<'_>, Option<Type>)) {
        if let ((a, Some(left)), (b, Some(right))) = (left, right)
            && (left != right || matches!(left, Type::List | Type::Bool | Type::Markup))
        {
            self.unlike((a, left), (b, right));
        }
    }

    fn unlike(&mut self, left: (&Expr<'_>, Type), right: (&Expr<'_>, Type)) {
        let (a, b) = (self.slice(left.0.span()).to_owned(), self.slice(right.0.span()).to_owned());
        let hint = match (left.1, right.1) {
            (Type::Number, Type::Text) if is_quoted_number(&b) => Some("write the number without quotes".to_owned()),
            (Type::Text, Type::Number) if is_quoted_number(&a) => Some("write the number without quotes".to_owned()),
            (Type::Text, Type::Number) => Some(format!("`{a}|length` is its number of characters, `words` that of the body's words")),
            (Type::List, Type::Text) => Some(format!("write `{b} in {a}`")),
            (Type::List, Type::Number) => Some(format!("write `{a}|length`")),
            _ => None,
        };
        // a comparison's own span begins at the word before it
        let range = left.0.span().start_offset as usize..right.0.span().end_offset as usize;
        self.fault_at(range, format!("`{a}` is {} and `{b}` is {}: they can't be compared", left.1.words(), right.1.words()), hint);
    }

    fn inside(&mut self, left: (&Expr<'_>, Option<Type>), right: (&Expr<'_>, Option<Type>)) {
        if let Some(kind @ (Type::Number | Type::Bool)) = right.1 {
            let name = self.slice(right.0.span()).to_owned();
            self.fault(right.0.span(), format!("`{name}` is {}, and nothing is `in` it", kind.words()), None);
        } else if let (Some(kind @ (Type::Number | Type::List | Type::Bool)), Some(Type::Text | Type::Markup)) = (left.1, right.1) {
            let name = self.slice(left.0.span()).to_owned();
            self.fault(left.0.span(), format!("`{name}` is {}, and only text is `in` text", kind.words()), None);
        }
    }

    fn args(&mut self, args: &[CallArg<'_>]) {
        for arg in args {
            match arg {
                CallArg::Pos(expr) | CallArg::Kwarg(_, expr) | CallArg::PosSplat(expr) | CallArg::KwargSplat(expr) => self.look(expr),
            }
        }
    }

    fn filter(&mut self, filter: &Filter<'_>, span: Span) -> Option<Type> {
        let kind = filter.expr.as_ref().and_then(|expr| self.expr(expr));
        self.args(&filter.args);
        let from = filter.expr.as_ref().map_or(span.start_offset, |expr| expr.span().end_offset) as usize;
        let Some((_, wants, gives)) = FILTERS.iter().find(|(name, ..)| *name == filter.name) else {
            let range = self.name_at(from, filter.name, span);
            if filter.name == "safe" {
                let hint = "`html` and `blocks` are markup already; all else has to be escaped".to_owned();
                self.fault_at(range, "the filter `safe` is not to be had here".to_owned(), hint);
            } else {
                let near = nearest(filter.name, FILTERS.iter().map(|(name, ..)| *name)).map(|near| format!("did you mean `{near}`?"));
                self.fault_at(
                    range,
                    format!("unknown filter `{}`", filter.name),
                    near.or_else(|| elsewhere(filter.name)).unwrap_or_else(|| known("filters", FILTERS.iter().map(|(name, ..)| *name))),
                );
            }
            return None;
        };
        if let Some(kind) = kind
            && !fits(wants, kind)
        {
            let range = self.name_at(from, filter.name, span);
            self.fault_at(range, format!("`{}` wants {}, and this is {}", filter.name, wanted(wants), kind.words()), None);
        }
        if matches!(filter.name, "without" | "replaced") {
            self.pattern(&filter.args, filter.name, span);
        }
        match *gives {
            "t" => Some(Type::Text),
            "n" => Some(Type::Number),
            "b" => Some(Type::Bool),
            "l" if kind == Some(Type::Entries) && !matches!(filter.name, "map" | "batch" | "slice" | "zip" | "chain") => kind,
            "l" => Some(Type::List),
            "=" => kind,
            _ if kind == Some(Type::Entries) && matches!(filter.name, "first" | "last") => Some(Type::Entry),
            _ => None,
        }
    }

    fn test(&mut self, test: &Test<'_>, span: Span) -> Option<Type> {
        let kind = self.expr(&test.expr);
        self.args(&test.args);
        let from = test.expr.span().end_offset as usize;
        let Some((_, wants)) = TESTS.iter().find(|(name, _)| *name == test.name) else {
            let range = self.name_at(from, test.name, span);
            let near = nearest(test.name, TESTS.iter().map(|(name, _)| *name)).map(|near| format!("did you mean `{near}`?"));
            self.fault_at(
                range,
                format!("unknown test `{}`", test.name),
                near.or_else(|| elsewhere(test.name)).unwrap_or_else(|| known("tests", TESTS.iter().map(|(name, _)| *name))),
            );
            return Some(Type::Bool);
        };
        if let Some(kind) = kind
            && !fits(wants, kind)
        {
            let name = self.slice(test.expr.span()).to_owned();
            self.fault(test.expr.span(), format!("`{name}` is {}, and `{}` wants {}", kind.words(), test.name, wanted(wants)), None);
        }
        if test.name == "matching" {
            self.pattern(&test.args, test.name, span);
        }
        if test.name == "containing" {
            self.keywords(&test.args, span);
        }
        Some(Type::Bool)
    }

    /// The first argument is a pattern: written out, so that it is compiled here and now.
    fn pattern(&mut self, args: &[CallArg<'_>], name: &str, span: Span) {
        let Some(CallArg::Pos(Expr::Const(constant))) = args.first() else {
            let hint = match name {
                "matching" => "as in `title is matching('(?i)sponsored')`".to_owned(),
                _ => format!("as in `title|{name}('(?i)sponsored:')`"),
            };
            self.fault(span, format!("`{name}` wants its pattern written out"), hint);
            return;
        };
        let Some(pattern) = constant.value.as_str() else {
            self.fault(constant.span(), format!("`{name}` wants a pattern in quotes"), None);
            return;
        };
        match compile_pattern(pattern) {
            Ok(_) => drop(self.sound.patterns.insert(pattern.to_owned())),
            Err((message, hint)) => self.fault(constant.span(), format!("bad pattern: {message}"), hint),
        }
    }

    fn keywords(&mut self, args: &[CallArg<'_>], span: Span) {
        if args.is_empty() {
            self.fault(
                span,
                "`containing` wants words to look for".to_owned(),
                "as in `title is containing('linux', 'kernel*')`".to_owned(),
            );
        }
        for arg in args {
            match arg {
                CallArg::Pos(Expr::Const(constant))
                    if constant.value.as_str().is_some_and(|word| word.chars().any(char::is_alphanumeric)) => {}
                CallArg::Pos(Expr::Const(constant)) => {
                    self.fault(constant.span(), "this has no letter or digit to look for".to_owned(), None)
                }
                CallArg::Pos(_) => {}
                _ => self.fault(span, "`containing` takes words only".to_owned(), None),
            }
        }
    }

    fn call(&mut self, call: &Call<'_>) -> Option<Type> {
        self.args(&call.args);
        match call.identify_call() {
            CallType::Function(name) => {
                if FUNCTIONS.contains(&name) || self.locals.iter().any(|scope| scope.contains_key(name)) {
                    return None;
                }
                let span = call.expr.span();
                if self.kind_of(name).is_some() {
                    self.fault(span, format!("`{name}` is a field, not a function"), format!("write `{name}`"));
                } else if FILTERS.iter().any(|(filter, ..)| *filter == name) {
                    self.fault(span, format!("`{name}` is a filter, not a function"), format!("write `title|{name}`"));
                } else if TESTS.iter().any(|(test, _)| *test == name) {
                    self.fault(span, format!("`{name}` is a test, not a function"), format!("write `title is {name}(…)`"));
                } else {
                    let near = nearest(name, FUNCTIONS.iter().copied()).map(|near| format!("did you mean `{near}`?"));
                    let hint = near.or_else(|| elsewhere(name)).unwrap_or_else(|| known("functions", FUNCTIONS));
                    self.fault(span, format!("unknown function `{name}`"), hint);
                }
            }
            CallType::Method(on, name) => {
                if self.expr(on).is_some() {
                    let what = self.slice(on.span()).to_owned();
                    let hint = elsewhere(name)
                        .or_else(|| nearest(name, FILTERS.iter().map(|(name, ..)| *name)).map(|near| format!("write `{what}|{near}`")));
                    let range = self.name_at(on.span().end_offset as usize, name, call.expr.span());
                    self.fault_at(range, format!("fields have no methods such as `{name}`"), hint);
                }
            }
            CallType::Block(_) => {}
            CallType::Object(on) => self.look(on),
        }
        None
    }
}

fn is_quoted_number(text: &str) -> bool {
    text.trim_matches(['\'', '"']).parse::<f64>().is_ok()
}

/// `wants`: letters of what a filter or test takes: text, markup, number, bool, list; `*` for all.
fn fits(wants: &str, kind: Type) -> bool {
    let letter = match kind {
        Type::Text => 't',
        Type::Markup => 'm',
        Type::Number => 'n',
        Type::Bool => 'b',
        Type::List | Type::Entries => 'l',
        Type::Entry => 'e',
    };
    wants == "*" || wants.contains(letter)
}

fn wanted(wants: &str) -> &'static str {
    match wants {
        "t" | "tm" => "text",
        "n" => "a number",
        "l" => "a list",
        "tl" | "tml" => "text or a list",
        "nt" => "a number or text",
        _ => "something else",
    }
}

/// All names of a kind.
fn known<'a>(what: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.into_iter().filter(|name| name.len() > 1).map(|name| format!("`{name}`")).collect();
    format!("the {what} are {}", quoted.join(", "))
}

/// What other languages call it.
fn elsewhere(name: &str) -> Option<String> {
    let hint = match name {
        "contains" | "includes" | "has" | "contain" => "write `title is containing('word')`, or `'part' in title`",
        "startswith" | "starts_with" | "startsWith" => "write `title is startingwith('…')`",
        "endswith" | "ends_with" | "endsWith" => "write `title is endingwith('…')`",
        "match" | "matches" | "regex" | "search" | "test" | "regexp" => "write `title is matching('…')`",
        "truncate" | "limit" | "ellipsis" => "write `text|cut(200)`",
        "strftime" | "date_format" | "format_date" | "isoformat" => "write `published|date('%Y-%m-%d')`",
        "len" | "size" => "write `title|length`",
        "striptags" | "strip_tags" | "striphtml" => "`text` is the body without markup",
        "upcase" | "uppercase" | "toupper" | "to_upper" | "ucase" | "toUpperCase" => "did you mean `upper`? write `title|upper`",
        "downcase" | "lowercase" | "tolower" | "to_lower" | "lcase" | "toLowerCase" => "did you mean `lower`? write `title|lower`",
        "titlecase" | "title_case" | "ucwords" => "did you mean `title`? write `title|title`",
        "ucfirst" | "capfirst" => "did you mean `capitalize`? write `title|capitalize`",
        "strip" | "chomp" => "did you mean `trim`? write `title|trim`",
        "gsub" | "regex_replace" | "re_sub" | "sub" => "write `title|replaced('pattern', 'by')`",
        "remove" => "write `title|without('pattern')`",
        "empty" | "blank" => "write `not title`",
        "now" => "`age` is how many hours ago it appeared",
        "slugify" => "write `title|slug`",
        "body" | "content_html" | "description" | "article" => {
            "`html` is the body, `text` the same without markup, `summary` the feed's own summary"
        }
        "url" | "permalink" | "href" => "`link` is the permalink",
        "date" | "pubdate" | "pubDate" | "time" => "`published` is when it appeared, `age` how many hours ago",
        "category" => "`categories` is the list of them",
        "creator" => "`author` has the names, `authors` is the list of them",
        "lang" => "`language` is the entry's",
        "word_count" | "wordcount" | "length" => "`words` is the number of words of the body",
        "source" | "source_title" | "feed_name" => "`feed` is the name in the configuration, `feed_title` what it calls itself",
        "item" | "entry" | "post" => "fields stand by themselves: `title`, not `entry.title`",
        _ => return None,
    };
    Some(hint.to_owned())
}
