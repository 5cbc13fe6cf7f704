//! An expression: every part is looked at, and what the whole gives is told where that is plain.

use minijinja::machinery::ast::{CompareOpKind, Expr, UnaryOpKind};
use minijinja::value::ValueKind;

use super::super::fields::{Kind, field};
use super::Walk;
use super::kind::Type;

impl Walk<'_> {
    pub(super) fn look(&mut self, expr: &Expr<'_>) {
        self.expr(expr);
    }

    pub(super) fn expr(&mut self, expr: &Expr<'_>) -> Option<Type> {
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
}
