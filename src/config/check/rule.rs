//! Rules: what they ask is compiled, what they do is looked up.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::raw::{self, File};
use super::super::source::Place;
use super::Check;
use super::fields::Written;
use crate::domain::Edits;
use crate::rewrite::{Known, Over, Rule, Scope, Then};

/// All rules, by where they stand.
#[derive(Default)]
pub struct Rules {
    pub all: Vec<Arc<Rule>>,
    pub site: HashMap<String, Vec<Arc<Rule>>>,
    pub group: HashMap<String, Vec<Arc<Rule>>>,
    pub feed: HashMap<String, Vec<Arc<Rule>>>,
}

impl Rules {
    /// Every rule, in the order of the files.
    pub fn in_order(&self) -> Vec<Arc<Rule>> {
        let elsewhere = [&self.site, &self.group, &self.feed].into_iter().flat_map(HashMap::values).flatten();
        let mut all: Vec<Arc<Rule>> = self.all.iter().chain(elsewhere).cloned().collect();
        all.sort_by_key(|rule| {
            let (file, line) = rule.at.rsplit_once(':').unwrap_or((&rule.at, ""));
            (file.to_owned(), line.parse::<usize>().unwrap_or(0))
        });
        all
    }

    /// The rules of a feed that are the same for every site.
    pub fn of<'a>(&'a self, group: Option<&str>, feed: &str) -> impl Iterator<Item = &'a Arc<Rule>> {
        self.all
            .iter()
            .chain(group.and_then(|group| self.group.get(group)).into_iter().flatten())
            .chain(self.feed.get(feed).into_iter().flatten())
    }

    /// The rules of a feed for one site, in the order in which they run.
    pub fn for_site(&self, site: &str, group: Option<&str>, feed: &str) -> Vec<Arc<Rule>> {
        let site = self.site.get(site).into_iter().flatten();
        let (group, feed) =
            (group.and_then(|group| self.group.get(group)).into_iter().flatten(), self.feed.get(feed).into_iter().flatten());
        self.all.iter().chain(site).chain(group).chain(feed).cloned().collect()
    }
}

impl Check {
    /// Compiles all rules.
    pub(super) fn rules(&mut self, file: &File) -> Rules {
        let mut rules =
            Rules { all: self.each(file.rule.iter().flatten().map(|rule| (&rule.at, &rule.rule)), Scope::All), ..Rules::default() };
        for site in file.site.iter().flatten() {
            let compiled = self.each(site.rule.iter().flatten().map(|rule| (&rule.at, &rule.rule)), Scope::Site);
            rules.site.extend(site.name.as_ref().map(|name| (name.value.clone(), compiled)));
        }
        for group in file.group.iter().flatten() {
            let compiled = self.each(group.rule.iter().flatten().map(|rule| (&rule.at, &rule.rule)), Scope::Group);
            rules.group.extend(group.name.as_ref().map(|name| (name.value.clone(), compiled)));
        }
        for feed in file.feed.iter().flatten() {
            let compiled = self.each(feed.rule.iter().flatten().map(|rule| (&rule.at, &rule.rule)), Scope::Feed);
            rules.feed.extend(feed.name.as_ref().map(|name| (name.value.clone(), compiled)));
        }
        rules
    }

    fn each<'a>(&mut self, rules: impl Iterator<Item = (&'a Place, &'a raw::RuleKeys)>, scope: Scope) -> Vec<Arc<Rule>> {
        rules.filter_map(|(at, rule)| self.rule(at, rule, scope).map(Arc::new)).collect()
    }

    fn rule(&mut self, at: &Place, rule: &raw::RuleKeys, scope: Scope) -> Option<Rule> {
        let then = rule.then.as_ref().map(|then| self.then(then, scope));
        let known = if rule.then.as_ref().is_some_and(|then| then.site.is_some()) { Known::Early } else { Known::Late };
        let when = match &rule.when {
            Some(when) => {
                let result = self.engine.rule(&when.value, known);
                self.compiled(result, when)
            }
            None => Some(self.engine.rule("true", known).expect("`true` is an expression")),
        };
        Some(Rule { at: self.sources.line_of(rule.when.as_ref().map_or(at, |when| &when.at)), scope, when: when?, then: then? })
    }

    fn then(&mut self, then: &raw::Then, scope: Scope) -> Then {
        let raw::Then {
            at,
            skip,
            add_tags,
            remove_tags,
            categories,
            status,
            author,
            post_type,
            post_format,
            sticky,
            comment_status,
            ping_status,
            page_template,
            parent,
            meta,
            terms,
            site,
            template,
            digest,
            hold,
            score,
            boilerplate,
            replace,
            links,
        } = then;
        let others = [
            add_tags.as_ref().map(|_| "add_tags"),
            remove_tags.as_ref().map(|_| "remove_tags"),
            categories.as_ref().map(|_| "categories"),
            status.as_ref().map(|_| "status"),
            author.as_ref().map(|_| "author"),
            post_type.as_ref().map(|_| "post_type"),
            post_format.as_ref().map(|_| "post_format"),
            sticky.as_ref().map(|_| "sticky"),
            comment_status.as_ref().map(|_| "comment_status"),
            ping_status.as_ref().map(|_| "ping_status"),
            page_template.as_ref().map(|_| "page_template"),
            parent.as_ref().map(|_| "parent"),
            meta.as_ref().map(|_| "meta"),
            terms.as_ref().map(|_| "terms"),
            site.as_ref().map(|_| "site"),
            template.as_ref().map(|_| "template"),
            digest.as_ref().map(|_| "digest"),
            hold.as_ref().map(|_| "hold"),
            boilerplate.as_ref().map(|_| "boilerplate"),
            replace.as_ref().map(|_| "replace"),
            links.as_ref().map(|_| "links"),
            score.as_ref().map(|_| "score"),
        ];
        match (skip, others.into_iter().flatten().next()) {
            (Some(skip), Some(other)) => {
                let hint = format!("an entry that is skipped makes no post: take out `{other}` or `skip`");
                self.error(&skip.at, format!("`skip` ends everything, so `{other}` would never matter"), hint);
            }
            // what it says is wrong, and that has been noted
            (None, None) if self.problems.iter().any(|problem| problem.within(at)) => {}
            (None, None) => self.error(at, "`then` does nothing", "for instance { skip = \"advert\" } or { add_tags = [\"linux\"] }"),
            _ => {}
        }
        if let (Some(sites), Scope::Site) = (site, scope) {
            let at = sites.0.first().map_or(at, |first| &first.at).clone();
            self.error(&at, "a site's rule can't choose the site", "write it as `[[rule]]`, `[[group.rule]]` or `[[feed.rule]]`");
        }
        let fields = self.fields(
            Written { post_type, format: post_format, sticky, comment_status, ping_status, template: page_template, parent, meta, terms },
            Over::Entry,
        );
        let changes = boilerplate.is_some() || replace.is_some() || links.is_some();
        let edits =
            Edits { boilerplate: self.left_out(boilerplate.as_ref().and_then(|own| own.remove.as_ref())), ..self.edits(replace, links) };
        let texts = |many: &Option<raw::Names>| many.as_ref().map(|many| many.0.iter().map(|text| text.value.clone()).collect::<Vec<_>>());
        Then {
            skip: skip.as_ref().map(|text| text.value.clone()),
            add_tags: texts(add_tags).unwrap_or_default(),
            remove_tags: texts(remove_tags).unwrap_or_default(),
            categories: texts(categories),
            status: status.as_ref().map(|status| status.value),
            author: author.as_ref().map(|author| author.value.0.clone()),
            site: site.as_ref().map(|sites| self.site_names(sites)),
            template: template.as_ref().and_then(|name| self.template_named(name)),
            digest: digest.as_ref().and_then(|name| self.digest_named(name)),
            hold: hold.as_ref().map(|text| text.value.clone()),
            fields: (!fields.is_empty()).then(|| Arc::new(fields)),
            edits: changes.then(|| Arc::new(edits)),
            score: score.as_ref().map(|score| score.value),
        }
    }
}
