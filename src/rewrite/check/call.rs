//! Filters, tests and functions: that they are there, what they are given, and that patterns are sound.

use minijinja::machinery::Span;
use minijinja::machinery::ast::{Call, CallArg, CallType, Expr, Filter, Test};

use super::super::filters::{self, FILTERS, FUNCTIONS, TESTS};
use super::Walk;
use super::kind::{Type, fits, wanted};
use super::names::{elsewhere, known, nearest};

impl Walk<'_> {
    fn args(&mut self, args: &[CallArg<'_>]) {
        for arg in args {
            match arg {
                CallArg::Pos(expr) | CallArg::Kwarg(_, expr) | CallArg::PosSplat(expr) | CallArg::KwargSplat(expr) => self.look(expr),
            }
        }
    }

    pub(super) fn filter(&mut self, filter: &Filter<'_>, span: Span) -> Option<Type> {
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

    pub(super) fn test(&mut self, test: &Test<'_>, span: Span) -> Option<Type> {
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
        let Some(text) = constant.value.as_str() else {
            self.fault(constant.span(), format!("`{name}` wants a pattern in quotes"), None);
            return;
        };
        match filters::pattern(text) {
            Ok(_) => drop(self.sound.patterns.insert(text.to_owned())),
            Err(faults) => {
                let span = constant.span();
                // in quotes, and with nothing escaped, the fault's own place is known
                let is_plain = self.slice(span).get(1..).and_then(|rest| rest.get(..text.len())) == Some(text);
                for fault in faults {
                    let start = span.start_offset as usize + 1;
                    let range = start + fault.range.start..start + fault.range.end;
                    match is_plain && !fault.range.is_empty() {
                        true => self.fault_at(range, fault.message, fault.hint),
                        false => self.fault(span, fault.message, fault.hint),
                    }
                }
            }
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

    pub(super) fn call(&mut self, call: &Call<'_>) -> Option<Type> {
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
