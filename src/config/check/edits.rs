//! `boilerplate`, `replace` and `links`: patterns are compiled, names looked up.

use std::collections::BTreeSet;

use regex::Regex;

use super::super::problem::nearest;
use super::super::raw::{self, InPlace, Listed};
use super::super::source::At;
use super::Check;
use crate::content::TAILS;
use crate::domain::{Affiliate, Boilerplate, Edits, Links, Replacement};
use crate::rewrite::pattern;

impl Check {
    pub(super) fn boilerplate(&mut self, written: Option<&raw::Boilerplate>) -> Boilerplate {
        let Some(raw::Boilerplate { remove, keep, .. }) = written else { return Boilerplate::default() };
        let mut checked = self.left_out(remove.as_ref());
        for name in keep.iter().flat_map(|keep| &keep.0) {
            match TAILS.iter().any(|tail| tail.name == name.value) {
                true => checked.keep.push(name.value.clone()),
                false => {
                    let hint = match nearest(&name.value, TAILS.iter().map(|tail| tail.name)) {
                        Some(near) => format!("did you mean `{near}`? `wirepress rules tails` lists them"),
                        None => "`wirepress rules tails` lists them".to_owned(),
                    };
                    self.error(&name.at, format!("there is no built-in rule `{}`", name.value), hint);
                }
            }
        }
        checked
    }

    /// Patterns of what is left out.
    pub(super) fn left_out(&mut self, remove: Option<&raw::Names>) -> Boilerplate {
        let mut checked = Boilerplate::default();
        for text in remove.iter().flat_map(|remove| &remove.0) {
            let Some(found) = self.compiled(pattern(&text.value), text) else { continue };
            if found.is_match("") {
                self.error(&text.at, "this pattern fits every paragraph", "name some of the words, as in `^Subscribe to`");
            }
            checked.remove.push(found);
        }
        checked
    }

    pub(super) fn edits(&mut self, replace: &Option<Listed<raw::Replacement>>, links: &Option<raw::Links>) -> Edits {
        let replace = replace.iter().flat_map(|listed| &listed.0).filter_map(|written| self.replacement(written)).collect();
        let links = links.as_ref().map(|links| self.links(links)).unwrap_or_default();
        Edits { replace, links, boilerplate: Boilerplate::default() }
    }

    fn replacement(&mut self, written: &raw::Replacement) -> Option<Replacement> {
        let raw::Replacement { at, find, regex, with, places } = written;
        let (found, literal) = match (find, regex) {
            (Some(find), None) => (self.compiled(pattern(&regex::escape(&find.value)), find)?, true),
            (None, Some(regex)) => (self.compiled(pattern(&regex.value), regex)?, false),
            (Some(_), Some(regex)) => {
                self.error(&regex.at, "`find` and `regex` both say what is looked for", "keep one of them");
                return None;
            }
            // what it says is wrong, and that has been noted
            (None, None) if self.problems.iter().any(|problem| problem.within(at)) => return None,
            (None, None) => {
                self.error(at, "it doesn't say what is replaced", "add `find = \"…\"`, or `regex = \"…\"` for a regular expression");
                return None;
            }
        };
        let with_text = with.as_ref().map_or(String::new(), |with| with.value.0.clone());
        if let Some(with) = with.as_ref().filter(|_| !literal) {
            self.groups(&found, with);
        }
        let is_in = |place: InPlace| places.as_ref().is_none_or(|places| places.0.iter().any(|named| named.value == place));
        Some(Replacement {
            find: found,
            with: with_text,
            literal,
            title: is_in(InPlace::Title),
            body: is_in(InPlace::Body),
            excerpt: is_in(InPlace::Excerpt),
        })
    }

    /// Groups that `with` names and the pattern lacks: they would be empty.
    fn groups(&mut self, found: &Regex, with: &At<raw::Plain>) {
        let named = Regex::new(r"\$(?:(\$)|(\w+)|\{(\w+)\})").expect("a pattern of ours");
        let known: BTreeSet<&str> = found.capture_names().flatten().collect();
        let missing =
            named.captures_iter(&with.value.0).filter_map(|found| found.get(2).or(found.get(3))).map(|name| name.as_str().to_owned());
        let missing = missing.into_iter().find(|name| match name.parse::<usize>() {
            Ok(number) => number >= found.captures_len(),
            Err(_) => !known.contains(name.as_str()),
        });
        if let Some(name) = missing {
            let hint = match name.trim_start_matches(|c: char| c.is_ascii_digit()) {
                rest if !rest.is_empty() && rest.len() < name.len() => {
                    format!("`${name}` is read as one name; write `${{{}}}{rest}`", &name[..name.len() - rest.len()])
                }
                _ => "a group is `(…)` in the pattern, the first is `$1`; a `$` that is meant itself is written `$$`".to_owned(),
            };
            self.error(&with.at, format!("the pattern has no group `{name}`"), hint);
        }
    }

    fn links(&mut self, written: &raw::Links) -> Links {
        let raw::Links { rel, affiliate, .. } = written;
        let rel = rel.iter().flat_map(|rel| &rel.0).map(|rel| rel.value.0.to_owned()).collect();
        let affiliate = affiliate.iter().flat_map(|listed| &listed.0).filter_map(|written| self.affiliate(written)).collect();
        Links { rel, affiliate }
    }

    fn affiliate(&mut self, written: &raw::Affiliate) -> Option<Affiliate> {
        let (host, add) = (written.host.as_ref()?, written.add.as_ref()?);
        let name = host.value.trim().to_lowercase();
        let ascii =
            url::Host::parse(name.strip_prefix("www.").unwrap_or(&name)).ok().filter(|_| name.contains('.')).map(|host| host.to_string());
        if ascii.is_none() || name.contains(['/', ':', '*']) {
            self.error(
                &host.at,
                format!("`{}` is no host", host.value),
                "the bare name, as in `shop.example`; hosts below it are meant, too",
            );
            return None;
        }
        let pair = add.value.trim().trim_start_matches(['?', '&']);
        let Some((key, value)) = pair.split_once('=').filter(|(key, _)| !key.is_empty() && !pair.contains(['&', '#', ' ', '"', '<', '>']))
        else {
            self.error(&add.at, format!("`{}` is no parameter", add.value), "a name and a value, as in `tag=mine-21`");
            return None;
        };
        Some(Affiliate { host: ascii?, name: key.to_owned(), value: value.to_owned() })
    }
}
