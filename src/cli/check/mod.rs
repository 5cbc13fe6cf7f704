//! `wirepress check`: configuration, rules and templates; then each site and feed; and what the first run will make.
//!
//! Nothing is written, neither in WordPress nor in the store: feeds are read by the same dry run as `once --dry-run`.

mod report;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use futures_util::future::join_all;

use self::report::{FeedReport, Report, SiteReport};
use super::args::{Check, Global};
use super::exit::{Exit, Failure, Outcome};
use super::text::plain;
use super::{open, print, print_json, progress};
use crate::clock::Clock;
use crate::config::{self, Config, Loaded, Problem, SiteConfig, SiteKind};
use crate::domain::{Id, Timestamp};
use crate::http;
use crate::pipeline::{Pipeline, Preview, Which};
use crate::poll;
use crate::rewrite::{Digest, Image};
use crate::store::Store;
use crate::wordpress::{self, Account, Cause, Finding, Level, PlainHttp, Wishes};

/// Looks at everything, tells what it found, and ends with the code of the worst.
pub async fn check(global: &Global, args: &Check, clock: &Clock) -> Outcome {
    let path = config::find_path(global.config.as_deref()).map_err(|error| Failure::new(Exit::Config, error))?;
    let mut report = Report { path: path.display().to_string(), ..Report::default() };
    let exit = match config::load(&path) {
        Err(problems) => {
            if !args.json {
                eprintln!("{problems}");
            }
            report.problems = problems.into_vec();
            Exit::Config
        }
        Ok(loaded) => look(loaded, args, !args.json && !global.quiet, clock, &mut report).await?,
    };
    if args.json {
        print_json(&report.view(exit.code()))?;
    } else {
        print(&report.text())?;
    }
    Ok(exit)
}

async fn look(loaded: Loaded, args: &Check, shown: bool, clock: &Clock, report: &mut Report) -> Result<Exit, Failure> {
    let Loaded { config, warnings, .. } = loaded;
    let mut exit = if args.strict && !warnings.is_empty() { Exit::Config } else { Exit::Ok };
    if !args.json {
        warnings.iter().for_each(|warning| eprintln!("{warning}\n"));
    }
    let rules = config.feeds.iter().flat_map(|feed| &feed.recipes).flat_map(|recipe| &recipe.rules).map(|rule| &rule.at);
    report.holds = Some(told(&config, rules.collect::<BTreeSet<_>>().len()));
    report.notes = caps_of_groups(&config);
    report.problems = warnings;
    let config = Arc::new(config);
    let (examples, failed) = examples(&config, clock).await?;
    if !failed.is_empty() {
        if !args.json {
            failed.iter().for_each(|problem| eprintln!("{problem}\n"));
        }
        exit = Exit::Config;
    }
    report.examples = (examples, failed.len());
    report.problems.extend(failed);
    if args.offline {
        return Ok(exit);
    }
    let busy = progress::spinner(shown, format!("asking {}", told_places(&config)));
    let http = http::Client::new(config.http.clone())?;
    for (site, told) in join_all(config.sites.iter().map(|site| look_at(site, &config, &http, clock.now()))).await {
        let worst = site.findings.iter().map(|finding| finding.level).max().unwrap_or(Level::Fine);
        let counts = worst == Level::Error || (args.strict && worst == Level::Warning);
        exit = if counts { exit.and(told) } else { exit };
        report.sites.push(site);
    }
    busy.set_message(format!("reading {}", super::text::count(config.feeds.len(), "feed")));
    let preview = dry_run(config, clock).await?;
    report.feeds = feeds(&preview);
    find_feeds(&mut report.feeds, &http, clock).await;
    busy.finish_and_clear();
    Ok(exit.and(exit_of(&report.feeds, args.strict)))
}

/// Groups whose feeds have caps of their own: a reader may take the group's for one of all of them.
fn caps_of_groups(config: &Config) -> Vec<String> {
    let mut groups: BTreeMap<&str, (usize, u64)> = BTreeMap::new();
    for feed in &config.feeds {
        let most = feed.schedule.as_ref().and_then(|schedule| schedule.max_per_day);
        if let (Some(group), Some(most)) = (&feed.group, most) {
            let (feeds, posts) = groups.entry(group).or_default();
            (*feeds, *posts) = (*feeds + 1, *posts + u64::from(most));
        }
    }
    let note = |(group, (feeds, posts)): (&str, (usize, u64))| {
        format!(
            "a cap in a group is one for each feed: the {feeds} feeds of `{group}` may post {posts} a day together; a `schedule` of the site limits them all"
        )
    };
    groups.into_iter().filter(|(_, (feeds, _))| *feeds > 1).map(note).collect()
}

/// Tries the configuration's examples over an empty store.
async fn examples(config: &Arc<Config>, clock: &Clock) -> Result<(usize, Vec<Problem>), Failure> {
    if config.feeds.iter().all(|feed| feed.examples.is_empty()) {
        return Ok((0, Vec::new()));
    }
    let store = Store::memory().await?;
    let pipeline = Pipeline::new(config.clone(), store, clock.clone(), Id::new(clock.now()), None, "check").await?;
    Ok(pipeline.examples())
}

/// Reads every feed, due or not, over a store that is only read.
async fn dry_run(config: Arc<Config>, clock: &Clock) -> Result<Preview, Failure> {
    let store = Store::over(open::store_to_read(&config).await?).await?;
    let names: Vec<String> = config.feeds.iter().map(|feed| feed.name.clone()).collect();
    let pipeline = Pipeline::new(config, store, clock.clone(), Id::new(clock.now()), None, "check").await?;
    Ok(pipeline.preview(Which::Named(&names)).await?)
}

/// Diagnoses one site; the exit code is for the case that it is in error.
async fn look_at(site: &SiteConfig, config: &Config, http: &http::Client, now: Timestamp) -> (SiteReport, Exit) {
    let plain = if site.allow_plain_http { PlainHttp::Allow } else { PlainHttp::Refuse };
    let told = |findings| SiteReport { name: site.name.clone(), url: site.url.to_string(), findings };
    let password = match site.password.resolve() {
        Ok(password) => password,
        Err(error) => {
            let way_out = "see `password` in the site's block of the configuration".to_owned();
            let finding = Finding { level: Level::Error, cause: Some(Cause::NoSecret), what: error.to_string(), way_out };
            return (told(vec![finding]), Exit::Config);
        }
    };
    let com = (site.kind == SiteKind::WordpressCom).then_some(&site.api);
    let account = Account { url: &site.url, user: &site.user, password: &password, plain, timeout: site.timeout, com };
    let diagnosis = wordpress::diagnose(http, &account, &wishes(site, config), now).await;
    let exit = if diagnosis.temporary { Exit::Later } else { Exit::Refused };
    (told(diagnosis.findings), exit)
}

/// What the feeds and rules want of a site.
fn wishes(site: &SiteConfig, config: &Config) -> Wishes {
    let recipes = config.feeds.iter().flat_map(|feed| feed.recipes.iter().map(move |recipe| (feed, recipe)));
    let recipes = recipes.filter(|(_, recipe)| recipe.site == site.name);
    let mut wishes = Wishes::default();
    let mut digests: Vec<&Digest> = Vec::new();
    for (feed, recipe) in recipes {
        let thens = recipe.rules.iter().map(|rule| &rule.then);
        let statuses = thens.clone().filter_map(|then| then.status).chain([recipe.status]);
        for status in statuses {
            if !wishes.statuses.contains(&status) {
                wishes.statuses.push(status);
            }
        }
        let makes = |taxonomy: &str| {
            let new = crate::domain::NewTerms::Create;
            recipe.feed_categories.taxonomies().any(|told| told == (taxonomy, new)) || recipe.tags.taxonomies().any(|told| told == taxonomy)
        };
        let places = recipe.feed_categories.taxonomies().filter(|(_, new)| *new != crate::domain::NewTerms::Ignore).map(|(to, _)| to);
        let fields = std::iter::once(&*recipe.fields).chain(recipe.rules.iter().filter_map(|rule| rule.then.fields.as_deref()));
        let named = fields.clone().flat_map(|fields| &fields.terms).map(|(to, ..)| to.as_str());
        wishes.new_tags |= named.clone().any(|to| to == "tags");
        wishes.new_categories |= named.clone().any(|to| to == "categories");
        wishes.authors |= *recipe.authors != crate::rewrite::Authors::default();
        fields.filter_map(|fields| fields.post_type.as_deref()).for_each(|kind| add_type(&mut wishes, kind));
        for to in places.chain(recipe.tags.taxonomies()).chain(named).filter(|to| !matches!(*to, "tags" | "categories")) {
            if !wishes.taxonomies.iter().any(|known| known == to) {
                wishes.taxonomies.push(to.to_owned());
            }
        }
        for rule in &recipe.rules {
            let named = rule.then.author.clone().map(|author| (author, format!("the rule at {}", rule.at)));
            wishes.author_names.extend(named.filter(|named| !wishes.author_names.contains(named)));
        }
        for user in recipe.authors.by_name.iter().map(|(_, user)| user).chain(&recipe.authors.any) {
            // many feeds may have them from one group
            if !wishes.author_names.iter().any(|(known, _)| known == user) {
                wishes.author_names.push((user.clone(), format!("`authors` of the feed `{}`", feed.name)));
            }
        }
        let of_rules = recipe.rules.iter().filter_map(|rule| rule.then.digest.as_ref()?.as_deref());
        digests.extend(recipe.digest.as_deref().into_iter().chain(of_rules).filter(|digest| digest.is_made_for(&site.name)));
        wishes.authors |= thens.clone().any(|then| then.author.is_some());
        wishes.clean_slugs |= recipe.slug_style == crate::domain::SlugStyle::Clean;
        wishes.pictures |= recipe.image == Image::Featured;
        wishes.new_tags |= makes("tags") || thens.clone().any(|then| !then.add_tags.is_empty());
        wishes.new_categories |= makes("categories");
    }
    for digest in digests {
        wish_for(&mut wishes, digest);
    }
    wishes
}

fn add_type(wishes: &mut Wishes, kind: &str) {
    if !matches!(kind, "post" | "posts") && !wishes.post_types.iter().any(|known| known == kind) {
        wishes.post_types.push(kind.to_owned());
    }
}

/// What a digest wants of a site that it goes to.
fn wish_for(wishes: &mut Wishes, digest: &Digest) {
    if !wishes.statuses.contains(&digest.status) {
        wishes.statuses.push(digest.status);
    }
    if let Some(author) = &digest.author {
        let named = (author.clone(), format!("the digest `{}`", digest.name));
        wishes.authors = true;
        if !wishes.author_names.contains(&named) {
            wishes.author_names.push(named);
        }
    }
    digest.fields.post_type.iter().for_each(|kind| add_type(wishes, kind));
    let named = || digest.fields.terms.iter().map(|(to, ..)| to.as_str());
    wishes.new_tags |= !digest.tags.is_empty() || named().any(|to| to == "tags");
    wishes.new_categories |= !digest.categories.is_empty() || named().any(|to| to == "categories");
    for to in named().filter(|to| !matches!(*to, "tags" | "categories")) {
        if !wishes.taxonomies.iter().any(|known| known == to) {
            wishes.taxonomies.push(to.to_owned());
        }
    }
}

fn feeds(preview: &Preview) -> Vec<FeedReport> {
    let mut posts: HashMap<&str, usize> = HashMap::new();
    preview.posts.iter().for_each(|post| *posts.entry(&post.feed).or_default() += 1);
    let report = |feed: &crate::pipeline::PreviewFeed| FeedReport {
        name: feed.name.clone(),
        url: feed.url.clone(),
        entries: feed.entries,
        not_modified: feed.not_modified,
        posts: posts.get(feed.name.as_str()).copied().unwrap_or(0),
        error: feed.error.clone(),
        found: None,
    };
    preview.feeds.iter().map(report).collect()
}

/// Looks for the feeds of pages that stand in the configuration as feeds.
async fn find_feeds(feeds: &mut [FeedReport], http: &http::Client, clock: &Clock) {
    let page = poll::ParseError::Page.to_string();
    for feed in feeds.iter_mut().filter(|feed| feed.error.as_ref().is_some_and(|error| error.contains(&page))) {
        let Ok(url) = url::Url::parse(&feed.url) else { continue };
        if let Ok(poll::Found::Feeds(found, _)) = poll::find(http, &poll::Source::new(url), clock.now()).await {
            feed.found = found.into_iter().next().map(|found| found.url);
        }
    }
}

/// 4 where all feeds failed, or any with `--strict`.
fn exit_of(feeds: &[FeedReport], strict: bool) -> Exit {
    let failed = feeds.iter().filter(|feed| feed.error.is_some()).count();
    if failed > 0 && (strict || failed == feeds.len()) { Exit::Feeds } else { Exit::Ok }
}

fn told(config: &Config, rules: usize) -> String {
    format!("{}, {}", told_places(config), super::text::count(rules, "rule"))
}

fn told_places(config: &Config) -> String {
    use super::text::count;
    format!("{}, {}", count(config.sites.len(), "site"), count(config.feeds.len(), "feed"))
}

/// `error: the password is wrong`, and the way out as a hint on its own line.
pub fn finding(finding: &Finding) -> String {
    let told = format!("{}: {}", report::level(finding.level), plain(&finding.what));
    if finding.way_out.is_empty() { told } else { format!("{told}\nhint: {}", plain(&finding.way_out)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feeds_fail_a_check_when_all_do_or_any_where_it_is_strict() {
        let feed = |error: Option<&str>| FeedReport {
            name: "lwn".into(),
            url: String::new(),
            entries: 0,
            not_modified: false,
            posts: 0,
            error: error.map(str::to_owned),
            found: None,
        };
        let some = [feed(None), feed(Some("404"))];
        assert_eq!((exit_of(&some, false), exit_of(&some, true)), (Exit::Ok, Exit::Feeds));
        assert_eq!((exit_of(&some[1..], false), exit_of(&[], true)), (Exit::Feeds, Exit::Ok));
    }
}
