//! `[[digest]]`: when its windows end, what it shows, and whether anything goes into it.

use std::sync::Arc;

use super::super::DigestConfig;
use super::super::raw::{self, FeedKeys, File};
use super::super::source::At;
use super::Check;
use crate::domain::Status;
use crate::rewrite::{Digest, Over, Slot, Templates};
use crate::schedule::{Period, Window, WindowError};

impl Check {
    /// All digests; what they don't say is filled in.
    pub(super) fn digests(&mut self, digests: &mut [raw::Digest], usual: raw::Digest) {
        self.digest_names = digests.iter().filter_map(|digest| Some(digest.name.as_ref()?.value.clone())).collect();
        for digest in digests {
            let checked = self.digest(digest, &usual);
            self.digests.extend(checked);
        }
    }

    fn digest(&mut self, digest: &mut raw::Digest, usual: &raw::Digest) -> Option<DigestConfig> {
        digest.zone = digest.zone.take().or_else(|| usual.zone.clone());
        digest.most = digest.most.take().or_else(|| usual.most.clone());
        digest.least = digest.least.take().or_else(|| usual.least.clone());
        digest.rest = digest.rest.take().or_else(|| usual.rest.clone());
        digest.order = digest.order.take().or_else(|| usual.order.clone());
        digest.also_posted = digest.also_posted.take().or_else(|| usual.also_posted.clone());
        digest.status = digest.status.take().or_else(|| usual.status.clone());
        digest.image = digest.image.take().or_else(|| usual.image.clone());
        digest.slug_style = digest.slug_style.take().or_else(|| usual.slug_style.clone());
        let parts =
            [(&digest.title, Slot::Title), (&digest.body, Slot::Body), (&digest.excerpt, Slot::Excerpt), (&digest.slug, Slot::Slug)];
        let [title, body, excerpt, slug] = parts.map(|(part, slot)| self.part(part.as_ref()?, Over::Digest, slot));
        let (fields, seo) = self.fields_of_digest(digest);
        self.own_pictures(digest.fallback_image.as_ref());
        let post_password = digest.post_password.as_ref().and_then(|password| self.secret(password));
        let window = self.window(digest);
        let sites = digest.site.as_ref().map(|sites| self.site_names(sites)).unwrap_or_default();
        if digest.site.as_ref().is_some_and(|sites| sites.0.is_empty()) {
            self.error(&digest.at, "`site` is an empty list, so the digest would go nowhere", "name a site, or take the line out");
        }
        if let Some(status) = digest.status.as_ref().filter(|status| status.value == Status::Future) {
            let hint = "it is made when its window ends: `ends` says when; write \"publish\"";
            self.error(&status.at, "a digest can't be scheduled", hint);
        }
        if let Some(name) = digest.name.as_ref().filter(|name| name.value == "none") {
            self.error(&name.at, "`none` is no name for a digest", "`digest = \"none\"` says that an entry goes into none");
        }
        if let (Some(least), Some(most)) = (&digest.least, &digest.most)
            && most.value > 0
            && least.value > most.value
        {
            let hint = format!("`most` is {}: write a smaller `least`", most.value);
            self.error(&least.at, "it wants more entries than it shows, so it would never be made", hint);
        }
        let name = digest.name.as_ref()?.value.clone();
        let texts = |many: &Option<raw::Names>| many.iter().flat_map(|many| &many.0).map(|text| text.value.clone()).collect::<Vec<_>>();
        let checked = Digest {
            at: self.sources.line_of(digest.name.as_ref().map_or(&digest.at, |name| &name.at)),
            templates: Templates { name: name.clone(), title, body, excerpt, slug },
            sites,
            also_posted: digest.also_posted.as_ref()?.value,
            status: digest.status.as_ref()?.value,
            author: digest.author.as_ref().map(|author| author.value.0.clone()),
            categories: texts(&digest.categories),
            tags: texts(&digest.tags),
            image: digest.image.as_ref()?.value,
            fallback: self.fallback(digest.fallback_image.as_ref()),
            fields,
            seo,
            has_password: post_password.is_some(),
            slug_style: digest.slug_style.as_ref()?.value,
            order: digest.order.as_ref()?.value,
            most: digest.most.as_ref()?.value,
            name,
        };
        let (least, rest) = (digest.least.as_ref()?.value, digest.rest.as_ref()?.value);
        let renamed_from = digest.renamed_from.as_ref().map(|name| name.value.clone());
        Some(DigestConfig { digest: Arc::new(checked), window: window?, least, rest, renamed_from, post_password })
    }

    fn window(&mut self, digest: &raw::Digest) -> Option<Window> {
        let (every, at, zone) = (digest.every.as_ref()?, digest.ends.as_ref()?, digest.zone.as_ref()?);
        match Window::parse(every.value, &at.value, &zone.value) {
            Ok(window) => Some(window),
            Err(error @ WindowError::Zone(_)) => {
                self.error(&zone.at, error.to_string(), "a name of the IANA's list: \"Europe/Vienna\", \"America/New_York\", \"UTC\"");
                None
            }
            Err(error) => {
                let hint = match every.value {
                    Period::Day => "a day's window ends at a time of day: \"17:00\"",
                    Period::Week => "a week's window ends on a day at a time: \"Fri 17:00\"",
                    Period::Month => "a month's window ends on a day at a time: \"1 08:00\"; 31 is each month's last day",
                };
                self.error(&at.at, error.to_string(), hint);
                None
            }
        }
    }

    /// What is looked up once more, and was told where it is wrong.
    pub(super) fn known_digest(&self, name: &At<String>) -> Option<Arc<Digest>> {
        self.digests.iter().find(|digest| digest.digest.name == name.value).map(|digest| digest.digest.clone())
    }

    /// A digest into which nothing goes is made never.
    pub(super) fn unused_digests(&mut self, file: &File, base: &FeedKeys) {
        let mut named: Vec<&str> = base.digest.iter().map(|name| name.value.as_str()).collect();
        let (feeds, groups) = (file.feed.iter().flatten(), file.group.iter().flatten());
        named.extend(
            feeds
                .clone()
                .map(|feed| &feed.keys)
                .chain(groups.clone().map(|group| &group.keys))
                .filter_map(|keys| keys.digest.as_ref().map(|name| name.value.as_str())),
        );
        let rules = file.rule.iter().flatten().map(|rule| &rule.rule);
        let rules = rules.chain(file.site.iter().flatten().flat_map(|site| site.rule.iter().flatten()).map(|rule| &rule.rule));
        let rules = rules.chain(groups.flat_map(|group| group.rule.iter().flatten()).map(|rule| &rule.rule));
        let rules = rules.chain(feeds.flat_map(|feed| feed.rule.iter().flatten()).map(|rule| &rule.rule));
        named.extend(rules.filter_map(|rule| rule.then.as_ref()?.digest.as_ref()).map(|name| name.value.as_str()));
        let unused = file.digest.iter().flatten().filter_map(|digest| digest.name.as_ref());
        let unused: Vec<_> = unused.filter(|name| !named.contains(&name.value.as_str())).cloned().collect();
        for name in unused {
            let hint = format!("a feed, a group, `[defaults]` or a rule's `then` names it: digest = \"{}\"", name.value);
            self.warn(&name.at, format!("nothing goes into the digest `{}`", name.value), hint);
        }
    }
}
