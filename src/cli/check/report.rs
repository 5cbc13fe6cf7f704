//! What `check` found, as text and as JSON.

use serde_json::{Value, json};

use crate::cli::text::{count, plain};
use crate::config::{Problem, Severity};
use crate::wordpress::{Cause, Finding, Level};

/// Everything that `check` found.
#[derive(Debug, Default)]
pub struct Report {
    pub path: String,
    /// `1 site, 3 feeds, 2 rules`; `None` where the configuration can't be used.
    pub holds: Option<String>,
    /// What is so, and may be meant otherwise.
    pub notes: Vec<String>,
    /// How many examples were tried, and how many of their expectations failed.
    pub examples: (usize, usize),
    /// Errors, or warnings alone.
    pub problems: Vec<Problem>,
    /// Empty with `--offline`, and where the configuration can't be used.
    pub sites: Vec<SiteReport>,
    pub feeds: Vec<FeedReport>,
}

/// One site.
#[derive(Debug)]
pub struct SiteReport {
    pub name: String,
    pub url: String,
    pub findings: Vec<Finding>,
}

/// One feed.
#[derive(Debug)]
pub struct FeedReport {
    pub name: String,
    pub url: String,
    pub entries: usize,
    /// Its server says that nothing changed since the last poll, so that its entries weren't looked at.
    pub not_modified: bool,
    /// Posts that the first run will make of it.
    pub posts: usize,
    pub error: Option<String>,
    /// Where the address is a page's: its feed's, to be written in its place.
    pub found: Option<String>,
}

impl Report {
    /// Posts that the first run will make in all.
    pub fn posts(&self) -> usize {
        self.feeds.iter().map(|feed| feed.posts).sum()
    }

    /// For people; the configuration's own problems are told elsewhere, on standard error.
    pub fn text(&self) -> String {
        let mut lines = Vec::new();
        if let Some(holds) = &self.holds {
            lines.extend([format!("configuration `{}`", self.path), format!("  fine: {holds}")]);
            lines.extend(self.notes.iter().map(|note| format!("  note: {note}")));
            lines.extend(self.examples_told());
        }
        for site in &self.sites {
            lines.push(format!("site `{}` ({})", site.name, plain(&site.url)));
            lines.extend(site.findings.iter().map(|finding| format!("  {}", super::finding(finding).replace('\n', "\n  "))));
        }
        for feed in &self.feeds {
            lines.push(format!("feed `{}` ({})", feed.name, plain(&feed.url)));
            lines.push(match &feed.error {
                Some(error) => format!("  error: {}", plain(error)),
                None if feed.not_modified => "  fine: not changed since the last poll".to_owned(),
                None => format!("  fine: {}", count(feed.entries, "entry")),
            });
            lines.extend(feed.found.as_ref().map(|url| format!("  hint: write `url = \"{}\"`", plain(url))));
        }
        if !self.feeds.is_empty() {
            lines.push(self.first_run());
        }
        lines.iter().map(|line| format!("{line}\n")).collect()
    }

    /// `3 examples come out as expected`
    fn examples_told(&self) -> Option<String> {
        match self.examples {
            (0, _) => None,
            (all, 0) => Some(format!("  fine: {} as expected", count(all, "example"))),
            (all, failed) => Some(format!("  error: {} of {} not met", count(failed, "expectation"), count(all, "example"))),
        }
    }

    /// `the first run will make 3 posts: 3 of `lwn``
    fn first_run(&self) -> String {
        let some: Vec<String> =
            self.feeds.iter().filter(|feed| feed.posts > 0).map(|feed| format!("{} of `{}`", feed.posts, feed.name)).collect();
        match some.as_slice() {
            [] if self.feeds.iter().any(|feed| feed.not_modified) => "the next run will make no posts".to_owned(),
            [] => "the first run will make no posts".to_owned(),
            some => format!("the first run will make {}: {}", count(self.posts(), "post"), some.join(", ")),
        }
    }

    /// For programs. Field names are kept.
    pub fn view(&self, exit: u8) -> Value {
        let sites = self.sites.iter().map(|site| {
            let findings = site
                .findings
                .iter()
                .map(|finding| json!({ "level": level(finding.level), "cause": finding.cause.map(Cause::name), "what": finding.what, "way_out": finding.way_out }));
            let worst = site.findings.iter().map(|finding| finding.level).max().unwrap_or(Level::Fine);
            json!({ "name": site.name, "url": site.url, "ok": worst < Level::Error, "findings": findings.collect::<Vec<_>>() })
        });
        let feeds = self.feeds.iter().map(|feed| {
            json!({ "name": feed.name, "url": feed.url, "ok": feed.error.is_none(), "entries": feed.entries, "not_modified": feed.not_modified, "posts": feed.posts, "error": feed.error, "found": feed.found })
        });
        json!({
            "ok": exit == 0,
            "exit": exit,
            "config": { "path": self.path, "problems": self.problems.iter().map(problem).collect::<Vec<_>>(), "notes": self.notes },
            "examples": { "tried": self.examples.0, "failed": self.examples.1 },
            "sites": sites.collect::<Vec<_>>(),
            "feeds": feeds.collect::<Vec<_>>(),
            "first_run": { "posts": self.posts() },
        })
    }
}

fn problem(problem: &Problem) -> Value {
    let severity = match problem.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let shown = problem.shown.as_ref();
    json!({
        "severity": severity,
        "message": problem.message,
        "file": shown.map(|shown| shown.file.clone()),
        "line": shown.map(|shown| shown.line),
        "column": shown.map(|shown| shown.column),
        "note": problem.note,
        "hint": problem.hint,
    })
}

/// As text and JSON write it.
pub fn level(level: Level) -> &'static str {
    match level {
        Level::Fine => "fine",
        Level::Warning => "warning",
        Level::Error => "error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let finding = |level, cause, what: &str, way_out: &str| Finding { level, cause, what: what.into(), way_out: way_out.into() };
        let site = SiteReport {
            name: "blog".into(),
            url: "https://blog.example/".into(),
            findings: vec![
                finding(Level::Fine, None, "WordPress answers as `My Blog`", ""),
                finding(
                    Level::Warning,
                    Some(Cause::MoreThanNeeded),
                    "the account is an administrator",
                    "make an account of its own with the role editor",
                ),
                finding(Level::Error, Some(Cause::WrongPassword), "the password is wrong", "make a new application password"),
            ],
        };
        let feed = |name: &str, posts, error: Option<&str>| FeedReport {
            name: name.into(),
            url: format!("https://{name}.example/rss"),
            entries: 15,
            not_modified: false,
            posts,
            error: error.map(str::to_owned),
            found: error.map(|_| format!("https://{name}.example/feed")),
        };
        let feeds = vec![feed("lwn", 3, None), feed("gone", 0, Some("404 Not Found")), feed("more", 1, None)];
        Report {
            path: "wirepress.toml".into(),
            holds: Some("1 site, 3 feeds, 2 rules".into()),
            notes: vec!["a cap in a group is one for each feed".into()],
            examples: (2, 0),
            problems: Vec::new(),
            sites: vec![site],
            feeds,
        }
    }

    #[test]
    fn each_finding_has_its_way_out_on_its_own_line() {
        insta::assert_snapshot!(report().text());
    }

    #[test]
    fn the_field_names_stay() {
        insta::assert_json_snapshot!(report().view(6));
    }

    #[test]
    fn a_run_that_makes_nothing_says_so() {
        let feed = FeedReport {
            name: "lwn".into(),
            url: "https://lwn.example".into(),
            entries: 0,
            not_modified: false,
            posts: 0,
            error: None,
            found: None,
        };
        let report = Report { feeds: vec![feed], ..Report::default() };
        assert!(report.text().ends_with("the first run will make no posts\n"), "{}", report.text());
    }
}
