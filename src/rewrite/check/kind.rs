//! What an expression gives, as far as that is plain, and what filters and tests want.

use super::super::fields::Kind;

/// What an expression gives, where that is plain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
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
    pub fn of(kind: Kind) -> Self {
        match kind {
            Kind::Text | Kind::Time => Self::Text,
            Kind::Markup => Self::Markup,
            Kind::Number => Self::Number,
            Kind::List => Self::List,
            Kind::Entries => Self::Entries,
        }
    }

    pub fn words(self) -> &'static str {
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

/// `wants`: letters of what a filter or test takes: text, markup, number, bool, list; `*` for all.
pub(super) fn fits(wants: &str, kind: Type) -> bool {
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

pub(super) fn wanted(wants: &str) -> &'static str {
    match wants {
        "t" | "tm" => "text",
        "n" => "a number",
        "l" => "a list",
        "tl" | "tml" => "text or a list",
        "nt" => "a number or text",
        _ => "something else",
    }
}
