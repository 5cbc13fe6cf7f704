//! What an operator says of text that is no part of an article.

use regex::Regex;

/// The `boilerplate` key, checked.
#[derive(Debug, Clone, Default)]
pub struct Boilerplate {
    /// A paragraph, heading or quote whose text one of these finds is left out.
    pub remove: Vec<Regex>,
    /// Names of built-in rules that don't hold.
    pub keep: Vec<String>,
}
