//! What an operator changes of what a feed says, before it goes out.

use std::borrow::Cow;

use regex::{NoExpand, Regex};

/// The keys `replace`, `links` and `boilerplate`, checked.
#[derive(Debug, Clone, Default)]
pub struct Edits {
    /// In the order in which they are done.
    pub replace: Vec<Replacement>,
    pub links: Links,
    pub boilerplate: Boilerplate,
}

impl Edits {
    /// Nothing is changed.
    pub fn is_empty(&self) -> bool {
        self.replace.is_empty() && self.links.is_empty() && self.boilerplate.remove.is_empty()
    }
}

/// The `boilerplate` key: what is no part of an article.
#[derive(Debug, Clone, Default)]
pub struct Boilerplate {
    /// A paragraph, heading or quote whose text one of these finds is left out.
    pub remove: Vec<Regex>,
    /// Names of built-in rules that don't hold.
    pub keep: Vec<String>,
}

/// One of the `replace` key.
#[derive(Debug, Clone)]
pub struct Replacement {
    pub find: Regex,
    pub with: String,
    /// `with` stands for itself: `$1` is no group.
    pub literal: bool,
    pub title: bool,
    /// The texts of the body, never its markup.
    pub body: bool,
    pub excerpt: bool,
}

impl Replacement {
    /// `text` with all that is found replaced.
    pub fn apply<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.literal { self.find.replace_all(text, NoExpand(&self.with)) } else { self.find.replace_all(text, self.with.as_str()) }
    }
}

/// The `links` key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    /// `nofollow`, `ugc`, `sponsored`: what every link of the body says of itself (HTML, section 4.6.6).
    pub rel: Vec<String>,
    pub affiliate: Vec<Affiliate>,
}

impl Links {
    /// Links stay as they are.
    pub fn is_empty(&self) -> bool {
        self.rel.is_empty() && self.affiliate.is_empty()
    }
}

/// A parameter that links to a host get.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Affiliate {
    /// In lower case; hosts below it, too.
    pub host: String,
    /// `tag`
    pub name: String,
    /// `mine-21`, as it stands in an address.
    pub value: String,
}
