//! Operators and comparisons: only like things are compared, added, or looked for in each other.

use minijinja::machinery::ast::{BinOpKind, Expr};

use super::Walk;
use super::kind::Type;

impl Walk<'_> {
    pub(super) fn operator(&mut self, op: BinOpKind, left: (&Expr<'_>, Option<Type>), right: (&Expr<'_>, Option<Type>)) -> Option<Type> {
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

    pub(super) fn equal(&mut self, left: (&Expr<'_>, Option<Type>), right: (&Expr<'_>, Option<Type>)) {
        if let ((a, Some(left)), (b, Some(right))) = (left, right)
            && left != right
            && !matches!((left, right), (Type::Text, Type::Markup) | (Type::Markup, Type::Text))
        {
            self.unlike((a, left), (b, right));
        }
    }

    pub(super) fn ordered(&mut self, left: (&Expr<'_>, Option<Type>), right: (&Expr<'_>, Option<Type>)) {
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

    pub(super) fn inside(&mut self, left: (&Expr<'_>, Option<Type>), right: (&Expr<'_>, Option<Type>)) {
        if let Some(kind @ (Type::Number | Type::Bool)) = right.1 {
            let name = self.slice(right.0.span()).to_owned();
            self.fault(right.0.span(), format!("`{name}` is {}, and nothing is `in` it", kind.words()), None);
        } else if let (Some(kind @ (Type::Number | Type::List | Type::Bool)), Some(Type::Text | Type::Markup)) = (left.1, right.1) {
            let name = self.slice(left.0.span()).to_owned();
            self.fault(left.0.span(), format!("`{name}` is {}, and only text is `in` text", kind.words()), None);
        }
    }
}

fn is_quoted_number(text: &str) -> bool {
    text.trim_matches(['\'', '"']).parse::<f64>().is_ok()
}
