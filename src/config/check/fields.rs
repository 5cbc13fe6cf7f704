//! What posts have beside texts, terms and pictures: templates are compiled, contradictions found.

use std::sync::Arc;

use super::super::raw::{self, FeedKeys};
use super::super::source::{At, Place};
use super::Check;
use crate::rewrite::{Authors, Fields, SeoTemplates, Slot, TemplateId};

/// The keys that feeds and rules have in common.
#[derive(Clone, Copy)]
pub(super) struct Written<'a> {
    pub post_type: &'a Option<At<raw::PostTypeName>>,
    pub format: &'a Option<At<raw::Format>>,
    pub sticky: &'a Option<At<bool>>,
    pub comment_status: &'a Option<At<raw::Openness>>,
    pub ping_status: &'a Option<At<raw::Openness>>,
    pub template: &'a Option<At<String>>,
    pub parent: &'a Option<At<raw::Author>>,
    pub meta: &'a Option<raw::ByName<At<raw::MetaText>>>,
    pub terms: &'a Option<raw::TermLists>,
}

impl Check {
    pub(super) fn fields(&mut self, written: Written<'_>) -> Fields {
        let mut meta = Vec::new();
        for (name, text) in written.meta.iter().flat_map(|meta| &meta.0) {
            if name.value.trim().is_empty() {
                self.error(&name.at, "a custom field needs a name", "write the key before its text: `source_url = \"{{ link }}\"`");
            }
            let text = At { value: text.value.0.clone(), at: text.at.clone() };
            meta.extend(self.text(&text).map(|template| (name.value.clone(), template)));
        }
        let terms = written.terms.iter().flat_map(|terms| &terms.0).map(|(to, paths)| {
            let paths = paths.0.iter().map(|path| path.value.0.clone()).filter(|path| !path.is_empty()).collect();
            (to.value.0.clone(), paths, self.sources.line_of(&to.at))
        });
        let terms = terms.collect();
        Fields {
            post_type: written.post_type.as_ref().map(|name| name.value.0.clone()),
            format: written.format.as_ref().map(|format| format.value.0.to_owned()),
            sticky: written.sticky.as_ref().map(|sticky| sticky.value),
            comment_status: written.comment_status.as_ref().map(|open| open.value.0.to_owned()),
            ping_status: written.ping_status.as_ref().map(|open| open.value.0.to_owned()),
            template: written.template.as_ref().map(|template| template.value.clone()),
            parent: written.parent.as_ref().map(|parent| parent.value.0.clone()),
            meta,
            terms,
        }
    }

    /// Those of a feed.
    pub(super) fn fields_of(&mut self, keys: &FeedKeys) -> Arc<Fields> {
        Arc::new(self.fields(Written {
            post_type: &keys.post_type,
            format: &keys.post_format,
            sticky: &keys.sticky,
            comment_status: &keys.comment_status,
            ping_status: &keys.ping_status,
            template: &keys.page_template,
            parent: &keys.parent,
            meta: &keys.meta,
            terms: &keys.terms,
        }))
    }

    /// The users that authors are; names are compared without regard to case.
    pub(super) fn authors(&mut self, keys: &FeedKeys) -> Arc<Authors> {
        let mut authors = Authors::default();
        for (name, user) in keys.authors.iter().flat_map(|authors| &authors.0) {
            match name.value.as_str() {
                raw::ANY => authors.any = Some(user.value.0.clone()),
                name => authors.by_name.push((name.to_owned(), user.value.0.clone())),
            }
        }
        Arc::new(authors)
    }

    /// What search engines are told; with all that is inherited, so that it can contradict itself here only.
    pub(super) fn seo(&mut self, keys: &FeedKeys) -> Option<Arc<SeoTemplates>> {
        let seo = keys.seo.as_ref()?;
        let title = seo.title.as_ref().and_then(|text| self.text(text));
        let description = seo.description.as_ref().and_then(|text| self.text(text));
        let robots: Vec<String> = seo.robots.iter().flat_map(|robots| &robots.0).map(|one| one.value.0.to_owned()).collect();
        let canonical = seo.canonical.as_ref().is_some_and(|canonical| canonical.value.0 == "source");
        let noindex = seo.robots.iter().flat_map(|robots| &robots.0).find(|one| one.value.0 == "noindex");
        if let (true, Some(noindex)) = (canonical, noindex) {
            let hint = "a canonical address says \"this copy counts as that page\", noindex says \"forget this page\": keep one of them";
            self.once(&noindex.at, "`noindex` contradicts `canonical = \"source\"`", hint);
        }
        Some(Arc::new(SeoTemplates { title, description, canonical, robots }))
    }

    /// What contradicts itself in the keys of a feed, with all that is inherited.
    pub(super) fn fields_agree(&mut self, keys: &FeedKeys) {
        if let (Some(sticky), Some(_)) = (keys.sticky.as_ref().filter(|sticky| sticky.value), &keys.post_password) {
            self.once(&sticky.at, "a post with a password can't be sticky in WordPress", "take out `sticky` or `post_password`");
        }
    }

    fn once(&mut self, at: &Place, message: &str, hint: &str) {
        let noted = self.problems.len();
        self.error(at, message, hint);
        if let Some(new) = self.problems.pop()
            && !self.problems[..noted].contains(&new)
        {
            self.problems.push(new);
        }
    }

    /// A text that is a template, compiled once for each place.
    fn text(&mut self, text: &At<String>) -> Option<TemplateId> {
        let place = (text.at.file, text.at.span.clone());
        if let Some(known) = self.texts.get(&place) {
            return *known;
        }
        let compiled = self.engine.template(Slot::Excerpt, &text.value);
        let compiled = self.compiled(compiled, text);
        self.texts.insert(place, compiled);
        compiled
    }
}
