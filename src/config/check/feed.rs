//! `[[feed]]`: with its group and the defaults filled in, and a recipe for each site that its posts may go to.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::super::raw::{self, FeedKeys};
use super::super::source::{At, Place};
use super::super::{FeedConfig, Follow, SiteConfig};
use super::filed::Shared;
use super::{Check, Rules};
use crate::content;
use crate::content::page::{Picks, Selector};
use crate::domain::Status;
use crate::poll::Reading;
use crate::rewrite::{Best, DateFrom, Recipe, Scores, Window};
use crate::schedule::Both;

/// How the article is found in a page.
fn picks(keys: Option<&raw::PageKeys>) -> Arc<Picks> {
    let Some(keys) = keys else { return Arc::default() };
    let own = |selector: &Option<At<Selector>>| selector.as_ref().map(|selector| selector.value.clone());
    let max_pages = keys.max_pages.as_ref().map_or(Picks::default().max_pages, |most| most.value);
    Arc::new(Picks { keep: own(&keys.keep), remove: own(&keys.remove), next: own(&keys.next), max_pages })
}

/// What feeds are checked against.
struct Around<'a> {
    groups: &'a [raw::Group],
    base: &'a FeedKeys,
    sites: &'a [Option<SiteConfig>],
    rules: &'a Rules,
    shared: Shared,
}

impl Check {
    /// All feeds; what they don't say is filled in.
    pub(super) fn feeds(
        &mut self,
        feeds: &mut [raw::Feed],
        groups: &[raw::Group],
        base: &FeedKeys,
        sites: &[Option<SiteConfig>],
        rules: &Rules,
    ) -> Vec<FeedConfig> {
        // the template of `[defaults]` stands behind that of the site
        let bare = FeedKeys { template: None, ..base.clone() };
        let mut around = Around { groups, base: &bare, sites, rules, shared: Shared::default() };
        // what a group or the defaults say is wrong even where no feed takes it over
        self.keys(base, &mut around);
        for group in groups {
            self.keys(&group.keys, &mut around);
        }
        let mut seen: HashMap<url::Url, Place> = HashMap::new();
        let mut checked = Vec::new();
        for feed in feeds {
            if let Some(typed) = &feed.url
                && let Some(url) = self.address(typed)
            {
                let at = typed.at.clone();
                if let Some(first) = seen.get(&url) {
                    let hint = format!(
                        "it stands at {}, too; to send it to several sites give one feed a list: site = [\"…\", \"…\"]",
                        self.sources.full_line_of(first)
                    );
                    self.warn(&at, "another feed has the same address", hint);
                } else {
                    seen.insert(url, at);
                }
            }
            checked.extend(self.feed(feed, &mut around));
        }
        checked
    }

    fn feed(&mut self, feed: &mut raw::Feed, around: &mut Around<'_>) -> Option<FeedConfig> {
        self.keys(&feed.keys, around);
        let group = feed.group.as_ref().and_then(|name| {
            let group = around.groups.iter().find(|group| group.name.as_ref().is_some_and(|known| known.value == name.value));
            if group.is_none() {
                let known: Vec<String> = around.groups.iter().filter_map(|group| Some(group.name.as_ref()?.value.clone())).collect();
                self.unknown_name(&name.at, "group", &name.value, &known);
            }
            group
        });
        let inherited = group.map_or_else(|| around.base.clone(), |group| group.keys.clone().over(around.base));
        let among = match (&feed.keys.best, group.and_then(|group| group.keys.best.as_ref().and(group.name.as_ref()))) {
            (Some(_), _) => format!("feed {}", feed.name.as_ref().map_or("", |name| &name.value)),
            (None, Some(group)) => format!("group {}", group.value),
            (None, None) => "all feeds".to_owned(),
        };
        let has_status = [Some(&feed.keys), group.map(|group| &group.keys)].into_iter().flatten().any(|keys| keys.status.is_some());
        feed.keys = feed.keys.clone().over(&inherited);
        let keys = &feed.keys;
        if let (Some(Status::Future), Some(date)) = (keys.status.as_ref().map(|status| status.value), keys.date.as_ref())
            && date.value == DateFrom::Now
        {
            let at = keys.status.as_ref().map_or(&date.at, |status| &status.at).clone();
            self.error(
                &at,
                "a post dated now has no future: WordPress would publish it at once",
                "write status = \"publish\", or another `date`",
            );
        }
        let url = feed.url.as_ref().and_then(|url| self.address(url));
        let access = self.access(&keys.access.clone(), url.as_ref());
        let kind = self.kind_of(feed);
        let sites = self.sites_of(feed)?;
        let (name, group) = (feed.name.as_ref()?.value.clone(), feed.group.as_ref().map(|group| group.value.clone()));
        let says_status = |site: &SiteConfig| site.status.is_some() && sites.contains(&site.name);
        let is_by_site = around.sites.iter().flatten().any(says_status) && !has_status;
        let tags = self.keywords(&feed.keys, &mut around.shared);
        let fallback = Arc::new(self.fallback(feed.keys.fallback_image.as_ref()));
        let digest = feed.keys.digest.clone().and_then(|name| self.known_digest(&name));
        let template = feed.keys.template.as_ref().and_then(|name| self.templates.get(&name.value).cloned());
        let categories = self.feed_categories(&feed.keys, &mut around.shared)?;
        let own_schedule = feed.keys.schedule.clone();
        let schedule = own_schedule.as_ref().map(|keys| Arc::new(self.schedule(keys)));
        let keys = &feed.keys;
        let (fields, authors, seo) = (self.fields_of(keys), self.authors(keys), self.seo(keys));
        self.fields_agree(keys);
        // where they stand, what is wrong with them has been noted
        let noted = self.problems.len();
        let (boilerplate, edits) =
            (Arc::new(self.boilerplate(keys.boilerplate.as_ref())), Arc::new(self.edits(&keys.replace, &keys.links)));
        let post_password = keys.post_password.as_ref().and_then(|password| self.secret(password));
        self.problems.truncate(noted);
        let recipe = |site: &SiteConfig| {
            Some(Recipe {
                site: site.name.clone(),
                chosen: sites.contains(&site.name),
                rules: around.rules.for_site(&site.name, group.as_deref(), &name),
                templates: template.clone().or_else(|| site.template.clone()).unwrap_or_default(),
                digest: digest.clone(),
                content: keys.content.as_ref()?.value,
                status: site.status.filter(|_| !has_status).or(Some(keys.status.as_ref()?.value))?,
                is_scheduled: !Both { site: site.schedule.as_deref(), feed: schedule.as_deref() }.is_empty(),
                date: keys.date.as_ref()?.value,
                slug_style: keys.slug.as_ref()?.value,
                image: keys.image.as_ref()?.value,
                in_text: keys.image_in_text.as_ref()?.value,
                images: keys.images.as_ref()?.value,
                fallback: fallback.clone(),
                feed_categories: categories.clone(),
                tags: tags.clone(),
                governor: site.governor.clone(),
                max_terms: keys.max_terms.as_ref()?.value,
                scores: keys.scores.as_ref().and_then(scores_of),
                best: keys.best.as_ref().and_then(|best| best_of(best, &among)),
                language: site.language.clone(),
                editor: site.editor,
                rights: keys.rights.as_ref()?.value.0.to_owned(),
                edits: edits.clone(),
                fields: fields.clone(),
                authors: authors.clone(),
                seo: seo.clone(),
                password_of: post_password.is_some().then(|| name.clone()),
            })
        };
        let wanted = |site: &&SiteConfig| sites.contains(&site.name) || around.rules.may_choose(group.as_deref(), &name, &site.name);
        let recipes = around.sites.iter().flatten().filter(wanted).map(recipe).collect::<Option<Vec<_>>>()?;
        if recipes.iter().any(|recipe| recipe.chosen && recipe.is_scheduled && recipe.status == Status::Future) {
            let at = keys.status.as_ref().map_or(&feed.at, |status| &status.at).clone();
            let hint = "write status = \"publish\", and the schedule says when it goes out";
            self.warn(&at, "a post with status `future` has a moment of its own, and a schedule may keep it beyond that", hint);
        }
        if let (Some(keys), Some(schedule)) = (&own_schedule, &schedule) {
            for site in around.sites.iter().flatten().filter(wanted) {
                self.possible(&keys.at, Both { site: site.schedule.as_deref(), feed: Some(schedule) });
            }
        }
        let checked = FeedConfig {
            url: url?,
            every: keys.every.as_ref()?.value,
            insist: keys.insist.as_ref()?.value,
            backfill: keys.backfill.as_ref()?.value,
            backfill_age: keys.backfill_age.as_ref()?.value,
            reading: Reading {
                charset: keys.charset.as_ref().map(|charset| charset.value.0.clone()),
                date_format: keys.date_format.as_ref().map(|format| format.value.0.clone()),
            },
            future_dates: keys.future_dates.as_ref()?.value,
            takeover: keys.takeover.as_ref()?.value,
            follow: Follow {
                on_change: keys.on_change.as_ref()?.value,
                threshold: keys.change_threshold.as_ref()?.value,
                on_gone: keys.on_gone.as_ref()?.value,
                trash_after: keys.trash_after.as_ref().map(|age| age.value),
            },
            image_limits: content::ImageLimits {
                side: keys.image_side.as_ref()?.value,
                bytes: u64::from(keys.image_kb.as_ref()?.value) * 1000,
            },
            renamed_from: feed.renamed_from.as_ref().map(|name| name.value.clone()),
            access: access?,
            kind: kind?,
            page: picks(keys.page.as_ref()),
            post_password,
            name,
            group,
            sites,
            boilerplate,
            schedule,
            recipes,
            examples: feed.example.iter().flatten().map(|example| self.example(example)).collect(),
        };
        if is_by_site {
            // what is in force stands at the sites
            feed.keys.status = None;
        }
        Some(checked)
    }

    /// Where the feed is; a path is relative to the file in which it is written.
    fn address(&self, At { value, at }: &At<raw::FeedUrl>) -> Option<url::Url> {
        match value {
            raw::FeedUrl::Web(raw::WebUrl(url)) | raw::FeedUrl::File(url) => Some(url.clone()),
            raw::FeedUrl::Path(path) => url::Url::from_file_path(self.path(&At { value: path.clone(), at: at.clone() })).ok(),
        }
    }

    /// What can be wrong with these keys wherever they stand.
    fn keys(&mut self, keys: &FeedKeys, around: &mut Around<'_>) {
        if let Some(sites) = &keys.site {
            self.site_names(sites);
            if sites.0.is_empty() {
                self.error(&keys.at, "`site` is an empty list, so the posts would go nowhere", "name a site, or take the line out");
            }
        }
        if let Some(template) = &keys.template {
            self.template_named(template);
        }
        if let Some(digest) = &keys.digest {
            self.digest_named(digest);
        }
        self.access(&keys.access, None);
        self.scores(keys);
        self.follow(keys);
        if let Some(most) = keys.page.as_ref().and_then(|page| page.max_pages.as_ref()).filter(|most| most.value == 0) {
            self.error(&most.at.clone(), "with `max_pages` 0 no page would be read", "1 for the first page alone, or more");
        }
        self.keywords(keys, &mut around.shared);
        self.feed_categories(keys, &mut around.shared);
        self.pictures(keys);
        self.boilerplate(keys.boilerplate.as_ref());
        self.edits(&keys.replace, &keys.links);
        self.fields_of(keys);
        self.seo(keys);
        if let Some(password) = &keys.post_password {
            self.secret(password);
        }
    }

    /// What can be wrong with what becomes of posts when they are out.
    fn follow(&mut self, keys: &FeedKeys) {
        const DAY: Duration = Duration::from_secs(86_400);
        if let Some(age) = keys.trash_after.as_ref().filter(|age| age.value < DAY) {
            self.error(&age.at.clone(), "posts would go to the trash as soon as they are out", "a day or more: `\"365d\"`");
        }
    }

    /// What can be wrong with `scores`.
    fn scores(&mut self, keys: &FeedKeys) {
        let Some(scores) = &keys.scores else { return };
        match (&scores.publish, &scores.review) {
            (Some(publish), Some(review)) if review.value > publish.value => {
                let hint = format!("`review` is the lower one: {} or less", publish.value);
                self.error(&review.at, "nothing could ever wait: `review` is above `publish`", hint);
            }
            (None, Some(review)) => {
                let hint = "add `publish = …`: from that score on it goes out as the configuration says";
                self.error(&review.at, "`review` alone says nothing: `scores` lacks `publish`", hint);
            }
            _ => {}
        }
    }

    /// The names of the sites that the feed's posts go to. With one site it need not be said.
    fn sites_of(&mut self, feed: &mut raw::Feed) -> Option<Vec<String>> {
        if let Some(sites) = &feed.keys.site {
            return Some(sites.0.iter().map(|name| name.value.clone()).collect());
        }
        match self.sites.as_slice() {
            [] => None,
            [only] => {
                let at = feed.at.clone();
                feed.keys.site = Some(raw::Names::one(only.clone(), at));
                Some(vec![only.clone()])
            }
            several => {
                let hint = format!("add `site = \"{}\"` or another (or a list), here or in `[defaults]`", several[0]);
                let name = feed.name.as_ref().map_or("this feed", |name| &name.value).to_owned();
                self.error(&feed.at.clone(), format!("there are several sites, and `{name}` doesn't say where its posts go"), hint);
                None
            }
        }
    }
}

/// `None`: no score decides anything.
fn scores_of(scores: &raw::Scores) -> Option<Scores> {
    let publish = scores.publish.as_ref()?.value;
    Some(Scores { publish, review: scores.review.as_ref().map_or(publish, |review| review.value) })
}

/// `None`: all go out.
fn best_of(best: &raw::Best, among: &str) -> Option<Best> {
    let most = best.most.as_ref()?.value;
    let of = best.of.as_ref().map_or(Window::Day, |of| of.value);
    (most > 0).then(|| Best { most, of, among: among.to_owned() })
}
