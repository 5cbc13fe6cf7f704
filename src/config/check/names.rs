//! Names: each is borne once, and none is taken from something that still bears it.

use std::collections::HashMap;

use super::super::problem::Problem;
use super::super::raw::File;
use super::super::source::{At, Place};
use super::Check;

/// A name and the name before it, where they are written.
type Named<'a> = (Option<&'a At<String>>, Option<&'a At<String>>);

impl Check {
    /// Looks at all names and old names.
    pub(super) fn names(&mut self, file: &File) {
        let sites = file.site.iter().flatten().map(|site| (site.name.as_ref(), site.renamed_from.as_ref()));
        let feeds = file.feed.iter().flatten().map(|feed| (feed.name.as_ref(), feed.renamed_from.as_ref()));
        let groups = file.group.iter().flatten().map(|group| (group.name.as_ref(), None));
        let templates = file.template.iter().flatten().map(|template| (template.name.as_ref(), None));
        self.sites = sites.clone().filter_map(|(name, _)| Some(name?.value.clone())).collect();
        self.kind("site", &sites.collect::<Vec<_>>());
        self.kind("feed", &feeds.collect::<Vec<_>>());
        self.kind("group", &groups.collect::<Vec<_>>());
        self.kind("template", &templates.collect::<Vec<_>>());
        let digests = file.digest.iter().flatten().map(|digest| (digest.name.as_ref(), digest.renamed_from.as_ref()));
        self.kind("digest", &digests.collect::<Vec<_>>());
    }

    fn kind(&mut self, what: &str, all: &[Named<'_>]) {
        let mut borne: HashMap<&str, &Place> = HashMap::new();
        let mut left: HashMap<&str, &Place> = HashMap::new();
        for name in all.iter().filter_map(|(name, _)| *name) {
            if let Some(first) = borne.insert(&name.value, &name.at) {
                self.twice(name, first, format!("there is another {what} `{}`", name.value), "give one of them another name");
                borne.insert(&name.value, first);
            }
            if name.value.trim() != name.value || name.value.chars().any(char::is_control) || name.value.chars().count() > 100 {
                let hint = "100 characters at most, no space at either end, nothing that can't be seen";
                self.error(&name.at, format!("this can't be the name of a {what}"), hint);
            }
        }
        for (name, old) in all.iter().filter_map(|(name, old)| Some((name.as_ref()?, (*old)?))) {
            if name.value == old.value {
                self.error(&old.at, format!("`renamed_from` is the {what}'s own name"), "take the line out, or give the old name");
            } else if let Some(place) = borne.get(old.value.as_str()) {
                self.twice(
                    old,
                    place,
                    format!("there is still a {what} `{}`", old.value),
                    "a name that something bears can't be taken over from it",
                );
            } else if let Some(place) = left.insert(&old.value, &old.at) {
                self.twice(old, place, format!("two {what}s can't both have been `{}`", old.value), "keep `renamed_from` in one of them");
            }
        }
    }

    fn twice(&mut self, name: &At<String>, first: &Place, message: String, hint: &str) {
        let note = format!("it stands at {}", self.sources.full_line_of(first));
        self.problems.push(Problem::at(&self.sources, &name.at, message).note(note).hint(hint));
    }
}
