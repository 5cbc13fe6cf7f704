//! A template's statements: names that it sets, loops, and what is not to be had.

use std::collections::BTreeMap;

use minijinja::machinery::Span;
use minijinja::machinery::ast::{Expr, Stmt};

use super::super::engine::Slot;
use super::Walk;
use super::kind::Type;

impl Walk<'_> {
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

    pub(super) fn stmt(&mut self, stmt: &Stmt<'_>) {
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
}
