//! `raw` becomes what the stages want: names are looked up, rules and templates compiled, contradictions found.

mod access;
mod digest;
mod edits;
mod example;
mod feed;
mod fields;
mod filed;
mod names;
mod network;
mod picture;
mod rule;
mod schedule;
mod site;
mod source;
mod store;
mod template;
mod websub;

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::problem::{Problem, Severity, nearest, one_of};
use super::raw::{self, File};
use super::reading::{Read, parent};
use super::source::{At, Place, Sources};
use super::{Config, DigestConfig, SecretSource, SiteKind};
use crate::rewrite::{Digest, Engine, TemplateId, Templates};
use rule::Rules;

/// What is wrong is collected here while everything is looked at.
struct Check {
    sources: Sources,
    problems: Vec<Problem>,
    /// Of the configuration; absolute.
    folder: PathBuf,
    engine: Engine,
    templates: HashMap<String, Arc<Templates>>,
    /// The bodies of templates, by their names.
    bodies: HashMap<String, raw::TextOrFile>,
    /// Names of what is included.
    included: HashSet<String>,
    /// Numbers of the templates' files.
    template_files: HashMap<PathBuf, usize>,
    /// What templates lack, each with the place of its template.
    notes: Vec<(Place, Problem)>,
    /// Texts of fields, each compiled once.
    texts: HashMap<(usize, std::ops::Range<usize>), Option<TemplateId>>,
    digests: Vec<DigestConfig>,
    /// Names of digests, also of those with problems.
    digest_names: Vec<String>,
    /// Names of sites, also of those with problems.
    sites: Vec<String>,
}

/// Turns what was read into a configuration, the same with every default filled in, and warnings; or all problems.
pub fn check(read: Read, folder: &Path, state: Option<&OsStr>) -> Result<(Config, File, Vec<Problem>), Vec<Problem>> {
    let Read { sources, problems, mut file, defaults, .. } = read;
    let mut check = Check {
        sources,
        problems,
        folder: folder.to_owned(),
        engine: Engine::new(),
        templates: HashMap::new(),
        bodies: HashMap::new(),
        included: HashSet::new(),
        template_files: HashMap::new(),
        notes: Vec::new(),
        texts: HashMap::new(),
        digests: Vec::new(),
        digest_names: Vec::new(),
        sites: Vec::new(),
    };
    check.names(&file);
    let bodies = file.template.iter().flatten().filter_map(|one| Some((one.name.as_ref()?.value.clone(), one.body.clone()?)));
    check.bodies = bodies.collect();
    for template in file.template.iter().flatten() {
        check.template(template);
    }
    check.digests(file.digest.as_deref_mut().unwrap_or_default(), defaults.digest.unwrap_or_default().pop().unwrap_or_default());
    let rules = check.rules(&file);
    let store = check.store(file.store.get_or_insert_default(), defaults.store.unwrap_or_default(), state);
    let spacing = check.spacing(file.http.get_or_insert_default(), defaults.http.unwrap_or_default());

    let websub = check.websub(file.websub.get_or_insert_default(), defaults.websub.unwrap_or_default());
    let base = file.defaults.take().unwrap_or_default().keys.over(&defaults.defaults.unwrap_or_default().keys);
    let usual = defaults.site.unwrap_or_default().pop().unwrap_or_default();
    let sites: Vec<_> = file.site.iter_mut().flatten().map(|site| check.site(site, &usual, base.template.as_ref())).collect();
    let feeds = check.feeds(file.feed.as_deref_mut().unwrap_or_default(), file.group.as_deref().unwrap_or_default(), &base, &sites, &rules);
    check.unused_digests(&file, &base);
    check.tell_notes(file.template.as_deref().unwrap_or_default());
    check.whole(&file);

    if check.problems.iter().any(|problem| problem.severity == Severity::Error) {
        return Err(check.problems);
    }
    let sites: Vec<_> = sites.into_iter().flatten().collect();
    let mut http = network::options(file.http.as_ref(), &sites);
    let (Some((store, keep)), Some(spacing)) = (store, spacing) else {
        unreachable!("what is missing left a problem");
    };
    let shared = sites.iter().filter(|site| site.kind == SiteKind::WordpressCom).map(|site| &site.api);
    for url in sites.iter().map(|site| &site.url).chain(shared).chain(feeds.iter().map(|feed| &feed.url)) {
        http = http.typed(url);
    }
    let own = feeds.iter().flat_map(|feed| &feed.recipes).flat_map(|recipe| recipe.fallback.addresses());
    let own = own.chain(check.digests.iter().flat_map(|digest| digest.digest.fallback.addresses()));
    for url in own.filter_map(|address| url::Url::parse(address).ok()).filter(|url| url.scheme() != "file").collect::<Vec<_>>() {
        http = http.typed(&url);
    }
    let image_bytes = file.http.as_ref().and_then(|http| http.image_mb.as_ref()).map_or(10, |most| u64::from(most.value)) * 1_000_000;
    // groups keep their rules; their keys now stand in the feeds
    for group in file.group.iter_mut().flatten() {
        group.keys = raw::FeedKeys::default();
    }
    let in_force = File { defaults: None, include: None, ..file };
    let (digests, rules) = (check.digests, rules.in_order());
    let config = Config { store, keep, http, spacing, websub, image_bytes, sites, feeds, digests, rules, engine: check.engine };
    Ok((config, in_force, check.problems))
}

impl Check {
    /// Notes an error.
    fn error(&mut self, at: &Place, message: impl Into<String>, hint: impl Into<String>) {
        let problem = Problem::at(&self.sources, at, message).hint(hint);
        self.problems.push(problem);
    }

    /// Notes a warning.
    fn warn(&mut self, at: &Place, message: impl Into<String>, hint: impl Into<String>) {
        let problem = Problem::at(&self.sources, at, message).hint(hint).warning();
        self.problems.push(problem);
    }

    /// A name that nothing bears, with the nearest that something does.
    fn unknown_name(&mut self, at: &Place, what: &str, name: &str, known: &[String]) {
        let mut seen = std::collections::HashSet::new();
        // a name that two bear is a problem of its own
        let known: Vec<&str> = known.iter().map(String::as_str).filter(|name| seen.insert(*name)).collect();
        let hint = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => format!("add a `[[{what}]]` with this name"),
            None => format!("there {} {}", if known.len() == 1 { "is only" } else { "are" }, one_of(&known).replace(" or ", " and ")),
        };
        self.error(at, format!("there is no {what} `{name}`"), hint);
    }

    /// Names of sites, each looked up.
    fn site_names(&mut self, names: &raw::Names) -> Vec<String> {
        let known = self.sites.clone();
        let mut found: Vec<String> = Vec::new();
        for name in &names.0 {
            if !known.contains(&name.value) {
                self.unknown_name(&name.at, "site", &name.value, &known);
            } else if found.contains(&name.value) {
                self.error(&name.at, format!("`{}` stands there twice", name.value), "keep one of them");
            } else {
                found.push(name.value.clone());
            }
        }
        found
    }

    /// A template, looked up by its name.
    fn template_named(&mut self, name: &At<String>) -> Option<Arc<Templates>> {
        let found = self.templates.get(&name.value).cloned();
        if found.is_none() {
            let mut known: Vec<String> = self.templates.keys().cloned().collect();
            known.sort();
            self.unknown_name(&name.at, "template", &name.value, &known);
        }
        found
    }

    /// A digest, looked up by its name; `Some(None)`: none is wished for.
    fn digest_named(&mut self, name: &At<String>) -> Option<Option<Arc<Digest>>> {
        if name.value == "none" {
            return Some(None);
        }
        if !self.digest_names.contains(&name.value) {
            self.unknown_name(&name.at, "digest", &name.value, &self.digest_names.clone());
        }
        Some(Some(self.digests.iter().find(|digest| digest.digest.name == name.value)?.digest.clone()))
    }

    /// A path, relative to the file in which it is written; absolute.
    fn path(&self, written: &At<String>) -> PathBuf {
        let folder = parent(Path::new(self.sources.name(written.at.file)));
        let folder = std::path::absolute(folder).unwrap_or_else(|_| self.folder.clone());
        folder.join(&written.value)
    }

    /// Where a secret comes from; warns of a file that everyone may read.
    fn secret(&mut self, raw::Password(keys): &raw::Password) -> Option<SecretSource> {
        let raw::SecretKeys { env, file, credential, command, .. } = keys;
        if let Some(name) = env {
            if name.value.contains(['=', '\0', ' ', '$']) {
                self.error(&name.at, format!("`{}` is no name of an environment variable", name.value), "the bare name: no `$`, no spaces");
            }
            return Some(SecretSource::Env(name.value.clone()));
        }
        if let Some(name) = credential {
            if name.value.contains('/') || name.value.starts_with('.') {
                self.error(&name.at, format!("`{}` is no name of a credential", name.value), "for a path use { file = \"…\" }");
            }
            return Some(SecretSource::Credential(name.value.clone()));
        }
        match command {
            Some(raw::Command::Line(line)) => return Some(SecretSource::Command(["sh", "-c", &line.value].map(str::to_owned).to_vec())),
            Some(raw::Command::Argv(words)) if words.is_empty() => {
                self.error(&keys.at, "`command` is empty", "the program, then its arguments: { command = [\"pass\", \"show\", \"blog\"] }");
                return None;
            }
            Some(raw::Command::Argv(words)) => return Some(SecretSource::Command(words.iter().map(|word| word.value.clone()).collect())),
            None => {}
        }
        let path = file.as_ref()?;
        let source = SecretSource::File(self.path(path));
        if let Some(open) = source.world_readable() {
            let hint = format!("`chmod 600 {}`", open.display());
            self.warn(&path.at, "everyone on this machine can read this secret", hint);
        }
        Some(source)
    }

    /// What can be seen only of the whole.
    fn whole(&mut self, file: &File) {
        let sites = file.site.as_deref().unwrap_or_default();
        let feeds = file.feed.as_deref().unwrap_or_default();
        let misread = self.problems.iter().any(|problem| problem.severity == Severity::Error);
        if sites.is_empty() && !misread {
            let hint = "add one:\n\n  [[site]]\n  name = \"blog\"\n  url = \"https://blog.example\"\n  user = \"wirepress\"\n  password = { env = \"BLOG_APP_PASSWORD\" }";
            self.problems.push(Problem::overall("there is no `[[site]]`, so there is nowhere to post to").hint(hint));
        }
        if feeds.is_empty() && !misread {
            let hint = "add one:\n\n  [[feed]]\n  name = \"lwn\"\n  url = \"https://lwn.net/headlines/rss\"";
            self.problems.push(Problem::overall("there is no `[[feed]]`, so there is nothing to post").hint(hint).warning());
        }
    }
}

impl Rules {
    /// Whether a rule may send a feed's entries to this site.
    fn may_choose(&self, group: Option<&str>, feed: &str, site: &str) -> bool {
        self.of(group, feed).any(|rule| rule.then.site.as_ref().is_some_and(|sites| sites.iter().any(|name| name == site)))
    }
}
