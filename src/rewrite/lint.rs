//! What a sound template may still lack: the source that it should name, and names that it sets and never uses.

use std::ops::Range;

use minijinja::machinery::ast::{Call, CallArg, Expr, Stmt};
use minijinja::machinery::{Span, parse};

use super::engine::Fault;

/// Fields of which one at least says whose text it is.
const SOURCES: [&str; 3] = ["source_line", "link", "feed_link"];

/// What is told of a body that doesn't.
pub const NO_SOURCE: &str = "nothing in it says whose text it is";

/// Looks at a body. The source has been read by `check` and is sound.
pub(super) fn body(source: &str) -> Vec<Fault> {
    let mut walk = look(source);
    if !walk.read.iter().any(|name| SOURCES.contains(&name.as_str())) {
        let first = source.len() - source.trim_start().len();
        let end = source[first..].find('\n').map_or(source.len(), |end| first + end);
        let hint = "show `{{ source_line }}`, or `link` in an `href`; readers, and whoever wrote it, shall see where it comes from";
        walk.faults.insert(0, Fault { range: first..end, message: NO_SOURCE.to_owned(), hint: Some(hint.to_owned()) });
    }
    walk.end()
}

/// Looks at a title, an excerpt or a slug.
pub(super) fn plain(source: &str) -> Vec<Fault> {
    look(source).end()
}

fn look(source: &str) -> Walk<'_> {
    let mut walk = Walk { source, read: Vec::new(), set: Vec::new(), faults: Vec::new() };
    if let Ok(tree) = parse(source, "template", Default::default()) {
        walk.stmt(&tree);
    }
    walk
}

struct Walk<'s> {
    source: &'s str,
    /// Names of variables and of what is asked of them.
    read: Vec<String>,
    set: Vec<(String, Range<usize>)>,
    faults: Vec<Fault>,
}

impl Walk<'_> {
    fn end(mut self) -> Vec<Fault> {
        for (name, range) in std::mem::take(&mut self.set) {
            if !self.read.contains(&name) && !name.starts_with('_') {
                let hint = "use it, take it out, or begin its name with `_`".to_owned();
                self.faults.push(Fault { range, message: format!("`{name}` is set and never used"), hint: Some(hint) });
            }
        }
        self.faults
    }

    fn bodies(&mut self, body: &[Stmt<'_>]) {
        body.iter().for_each(|stmt| self.stmt(stmt));
    }

    fn sets(&mut self, target: &Expr<'_>) {
        match target {
            Expr::Var(var) => self.set.push((var.id.to_owned(), range(var.span()))),
            Expr::List(list) => list.items.iter().for_each(|item| self.sets(item)),
            Expr::Tuple(tuple) => tuple.items.iter().for_each(|item| self.sets(item)),
            // an attribute of a namespace
            other => self.expr(other),
        }
    }

    fn stmt(&mut self, stmt: &Stmt<'_>) {
        match stmt {
            Stmt::Template(template) => self.bodies(&template.children),
            Stmt::EmitExpr(emit) => self.expr(&emit.expr),
            Stmt::ForLoop(each) => {
                self.expr(&each.iter);
                each.filter_expr.iter().for_each(|filter| self.expr(filter));
                self.bodies(&each.body);
                self.bodies(&each.else_body);
            }
            Stmt::IfCond(cond) => {
                self.expr(&cond.expr);
                self.bodies(&cond.true_body);
                self.bodies(&cond.false_body);
            }
            Stmt::WithBlock(with) => {
                for (name, value) in &with.assignments {
                    self.sets(name);
                    self.expr(value);
                }
                self.bodies(&with.body);
            }
            Stmt::Set(set) => {
                self.expr(&set.expr);
                self.sets(&set.target);
            }
            Stmt::SetBlock(set) => {
                self.bodies(&set.body);
                set.filter.iter().for_each(|filter| self.expr(filter));
                self.sets(&set.target);
            }
            Stmt::FilterBlock(block) => {
                self.expr(&block.filter);
                self.bodies(&block.body);
            }
            Stmt::Macro(one) => {
                let from = one.span().start_offset as usize;
                let at = self.source.get(from..).and_then(|rest| rest.find(one.name)).map_or(from, |at| from + at);
                self.set.push((one.name.to_owned(), at..at + one.name.len()));
                one.defaults.iter().for_each(|value| self.expr(value));
                self.bodies(&one.body);
            }
            Stmt::Do(call) => self.call(&call.call),
            Stmt::CallBlock(block) => {
                self.call(&block.call);
                self.bodies(&block.macro_decl.body);
            }
            _ => {}
        }
    }

    fn call(&mut self, call: &Call<'_>) {
        self.expr(&call.expr);
        self.args(&call.args);
    }

    fn args(&mut self, args: &[CallArg<'_>]) {
        for arg in args {
            match arg {
                CallArg::Pos(expr) | CallArg::Kwarg(_, expr) | CallArg::PosSplat(expr) | CallArg::KwargSplat(expr) => self.expr(expr),
            }
        }
    }

    fn expr(&mut self, expr: &Expr<'_>) {
        match expr {
            Expr::Var(var) => self.read.push(var.id.to_owned()),
            Expr::Const(constant) => self.read.extend(constant.value.as_str().map(str::to_owned)),
            Expr::Slice(slice) => {
                self.expr(&slice.expr);
                [&slice.start, &slice.stop, &slice.step].into_iter().flatten().for_each(|part| self.expr(part));
            }
            Expr::UnaryOp(op) => self.expr(&op.expr),
            Expr::BinOp(op) => {
                self.expr(&op.left);
                self.expr(&op.right);
            }
            Expr::Compare(compare) => {
                self.expr(&compare.expr);
                compare.ops.iter().for_each(|op| self.expr(&op.expr));
            }
            Expr::IfExpr(cond) => {
                self.expr(&cond.test_expr);
                self.expr(&cond.true_expr);
                cond.false_expr.iter().for_each(|expr| self.expr(expr));
            }
            Expr::Filter(filter) => {
                filter.expr.iter().for_each(|expr| self.expr(expr));
                self.args(&filter.args);
            }
            Expr::Test(test) => {
                self.expr(&test.expr);
                self.args(&test.args);
            }
            Expr::GetAttr(attr) => {
                self.expr(&attr.expr);
                self.read.push(attr.name.to_owned());
            }
            Expr::GetItem(item) => {
                self.expr(&item.expr);
                self.expr(&item.subscript_expr);
            }
            Expr::Call(call) => self.call(call),
            Expr::List(list) => list.items.iter().for_each(|item| self.expr(item)),
            Expr::Tuple(tuple) => tuple.items.iter().for_each(|item| self.expr(item)),
            Expr::Map(map) => map.keys.iter().chain(&map.values).for_each(|item| self.expr(item)),
        }
    }
}

fn range(span: Span) -> Range<usize> {
    span.start_offset as usize..span.end_offset as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_names_its_source_and_uses_what_it_sets() {
        let told = |source: &str| -> Vec<(String, String)> {
            body(source).into_iter().map(|fault| (source[fault.range].to_owned(), fault.message)).collect()
        };
        let nobody = |line: &str| vec![(line.to_owned(), "nothing in it says whose text it is".to_owned())];
        assert_eq!(told("\n<p>{{ title }}</p>\n<p>b</p>"), nobody("<p>{{ title }}</p>"));
        for source in [
            "{{ source_line }}",
            "<a href=\"{{ link }}\">x</a>",
            "{% for entry in entries %}{{ entry.source_line }}{% endfor %}",
            "{% for entry in entries %}<a href=\"{{ entry['link'] }}\">x</a>{% endfor %}",
        ] {
            assert_eq!(told(source), [], "{source}");
        }
        let unused = |name: &str| vec![(name.to_owned(), format!("`{name}` is set and never used"))];
        assert_eq!(told("{% set nmae = title %}{{ source_line }}"), unused("nmae"));
        assert_eq!(told("{% macro one() %}x{% endmacro %}{{ source_line }}"), unused("one"));
        assert_eq!(told("{% set a = title %}{% set _b = 1 %}{{ a }}{{ source_line }}"), []);
        assert_eq!(plain("{{ title }}"), []);
    }
}
