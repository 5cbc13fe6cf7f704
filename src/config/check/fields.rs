//! What posts have beside texts, terms and pictures: templates are compiled, contradictions found.

use std::sync::Arc;

use super::super::raw::{self, FeedKeys};
use super::super::source::{At, Place};
use super::Check;
use crate::rewrite::{Authors, Fields, Over, SeoTemplates, Slot, TemplateId};

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
    /// Their texts are templates over an entry or a digest.
    pub(super) fn fields(&mut self, written: Written<'_>, over: Over) -> Fields {
        let mut meta = Vec::new();
        for (name, text) in written.meta.iter().flat_map(|meta| &meta.0) {
            if name.value.trim().is_empty() {
                self.error(&name.at, "a custom field needs a name", "write the key before its text: `source_url = \"{{ link }}\"`");
            }
            let text = At { value: text.value.0.clone(), at: text.at.clone() };
            meta.extend(self.text(&text, over).map(|template| (name.value.clone(), template)));
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
        let written = Written {
            post_type: &keys.post_type,
            format: &keys.post_format,
            sticky: &keys.sticky,
            comment_status: &keys.comment_status,
            ping_status: &keys.ping_status,
            template: &keys.page_template,
            parent: &keys.parent,
            meta: &keys.meta,
            terms: &keys.terms,
        };
        Arc::new(self.fields(written, Over::Entry))
    }

    /// Those of a digest, and what search engines are told of it.
    pub(super) fn fields_of_digest(&mut self, digest: &raw::Digest) -> (Fields, Option<SeoTemplates>) {
        let written = Written {
            post_type: &digest.post_type,
            format: &digest.post_format,
            sticky: &digest.sticky,
            comment_status: &digest.comment_status,
            ping_status: &digest.ping_status,
            template: &digest.page_template,
            parent: &digest.parent,
            meta: &digest.meta,
            terms: &digest.terms,
        };
        self.sticky_or_locked(&digest.sticky, &digest.post_password);
        if let Some(source) = digest.seo.as_ref().and_then(|seo| seo.canonical.as_ref()).filter(|canonical| canonical.value.0 == "source") {
            let hint = "each of its entries has one, and the digest is a text of its own: take `canonical` out";
            self.error(&source.at, "a digest has no source whose address could count as its own", hint);
        }
        (self.fields(written, Over::Digest), digest.seo.as_ref().map(|seo| self.seo_texts(seo, Over::Digest)))
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
        let texts = self.seo_texts(seo, Over::Entry);
        let noindex = seo.robots.iter().flat_map(|robots| &robots.0).find(|one| one.value.0 == "noindex");
        if let (true, Some(noindex)) = (texts.canonical, noindex) {
            let hint = "a canonical address says \"this copy counts as that page\", noindex says \"forget this page\": keep one of them";
            self.once(&noindex.at, "`noindex` contradicts `canonical = \"source\"`", hint);
        }
        Some(Arc::new(texts))
    }

    fn seo_texts(&mut self, seo: &raw::SeoKeys, over: Over) -> SeoTemplates {
        let title = seo.title.as_ref().and_then(|text| self.text(text, over));
        let description = seo.description.as_ref().and_then(|text| self.text(text, over));
        let robots = seo.robots.iter().flat_map(|robots| &robots.0).map(|one| one.value.0.to_owned()).collect();
        let canonical = seo.canonical.as_ref().is_some_and(|canonical| canonical.value.0 == "source");
        SeoTemplates { title, description, canonical, robots }
    }

    /// What contradicts itself in the keys of a feed, with all that is inherited.
    pub(super) fn fields_agree(&mut self, keys: &FeedKeys) {
        self.sticky_or_locked(&keys.sticky, &keys.post_password);
    }

    fn sticky_or_locked(&mut self, sticky: &Option<At<bool>>, password: &Option<raw::Password>) {
        if let (Some(sticky), Some(_)) = (sticky.as_ref().filter(|sticky| sticky.value), password) {
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
    fn text(&mut self, text: &At<String>, over: Over) -> Option<TemplateId> {
        let place = (text.at.file, text.at.span.clone());
        if let Some(known) = self.texts.get(&place) {
            return *known;
        }
        let compiled = self.engine.template_over(over, Slot::Excerpt, &text.value);
        let compiled = self.compiled(compiled, text);
        self.texts.insert(place, compiled);
        compiled
    }
}
