//! The examples of the configuration, each tried as an entry of its feed would be: nothing is asked for and nothing is stored.

use std::collections::BTreeSet;

use crate::config::{Example, Expected, Problem};
use crate::dedup;
use crate::domain::{Decision, FeedFacts, Steps};
use crate::rewrite::{Composed, Ready};

use super::prepare::{Outcome, Subject};
use super::{Feed, Pipeline};

/// What became of an example.
struct Came {
    /// Drafts, with the names of their sites.
    drafts: Vec<(String, Ready)>,
    /// Why it goes nowhere, where it does, or not to all of its sites.
    skipped: Vec<Decision>,
}

impl Pipeline {
    /// Tries every example; each thing that didn't come as it was expected is a problem at its place. Also: how many there are.
    pub fn examples(&self) -> (usize, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut count = 0;
        for feed in &self.config.feeds {
            let Some(feed) = self.feeds.values().find(|known| known.name() == feed.name) else { continue };
            for example in &feed.config().examples {
                count += 1;
                problems.extend(self.example(feed, example));
            }
        }
        (count, problems)
    }

    fn example(&self, feed: &Feed, example: &Example) -> Vec<Problem> {
        let identities = dedup::identify(std::slice::from_ref(&example.entry), None).entries;
        let keys = identities.first().map(|identity| identity.keys).unwrap_or_default();
        let facts = FeedFacts { title: Some(feed.name().to_owned()), ..FeedFacts::default() };
        let subject =
            Subject { entry: &example.entry, facts: &facts, first_seen: example.now, keys, generation: 0, body: Default::default() };
        let mut came = Came { drafts: Vec::new(), skipped: Vec::new() };
        match self.compose(feed, &subject, &Steps::default(), example.now) {
            Outcome::Skip(decision) => came.skipped.push(decision),
            Outcome::Go { deliveries, .. } => {
                for composition in deliveries {
                    match composition.composed {
                        Composed::Skip(decision) => came.skipped.push(decision),
                        Composed::Draft(ready) => came.drafts.push((composition.site, *ready)),
                    }
                }
            }
        }
        let skip = example.expect.iter().any(|(expected, _)| matches!(expected, Expected::Skip(..)));
        if !skip && came.drafts.is_empty() {
            return vec![failed(&example.place, "it goes out", &format!("it doesn't: {}", came.why()), &came)];
        }
        let problem =
            |(expected, place): &(Expected, Problem)| came.differs(expected).map(|(wanted, got)| failed(place, &wanted, &got, &came));
        example.expect.iter().filter_map(problem).collect()
    }
}

/// The problem, with the rules that matched.
fn failed(place: &Problem, wanted: &str, got: &str, came: &Came) -> Problem {
    let rules: BTreeSet<String> = came.rules();
    let note = if rules.is_empty() { "no rule matched it".to_owned() } else { format!("these rules matched it: {}", join(&rules)) };
    place.clone().saying(format!("the example fails: expected that {wanted}, but {got}")).note(note)
}

fn join<'a>(texts: impl IntoIterator<Item = &'a String>) -> String {
    texts.into_iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

impl Came {
    fn why(&self) -> String {
        let because = self.skipped.iter().find_map(|decision| decision.because.clone());
        because.unwrap_or_else(|| "left out".to_owned())
    }

    /// `wirepress.toml:41 (skip: advert)`
    fn rules(&self) -> BTreeSet<String> {
        let decisions = self.skipped.iter().chain(self.drafts.iter().map(|(_, ready)| &ready.decision));
        decisions.flat_map(|decision| &decision.rules).map(|rule| format!("{} ({})", rule.at, rule.then)).collect()
    }

    /// What was wanted and what came instead, where they differ.
    fn differs(&self, expected: &Expected) -> Option<(String, String)> {
        let each = |wanted: String, what: &dyn Fn(&Ready) -> Option<String>| {
            let (site, got) = self.drafts.iter().find_map(|(site, ready)| Some((site, what(ready)?)))?;
            Some((wanted, if self.drafts.len() > 1 { format!("on `{site}` {got}") } else { got }))
        };
        match expected {
            Expected::Skip(true, because) => {
                let wanted = because.as_ref().map_or("it is skipped".to_owned(), |because| format!("it is skipped (`{because}`)"));
                match (self.drafts.first(), because) {
                    (Some((site, _)), _) => Some((wanted, format!("it goes to `{site}`"))),
                    (None, Some(because)) if !self.why().contains(because) => {
                        Some((wanted, format!("the reason is another: {}", self.why())))
                    }
                    (None, _) => None,
                }
            }
            Expected::Skip(false, _) => self.drafts.is_empty().then(|| ("it goes out".to_owned(), format!("it doesn't: {}", self.why()))),
            Expected::Hold(true, because) => {
                let wanted =
                    because.as_ref().map_or("it waits for a person".to_owned(), |because| format!("it waits for a person (`{because}`)"));
                each(wanted, &|ready| match (&ready.hold, because) {
                    (None, _) => Some("it doesn't wait".to_owned()),
                    (Some(hold), Some(because)) if !hold.because.contains(because) => Some(format!("it waits because {}", hold.because)),
                    (Some(_), _) => None,
                })
            }
            Expected::Hold(false, _) => each("it doesn't wait for a person".to_owned(), &|ready| {
                ready.hold.as_ref().map(|hold| format!("it waits because {}", hold.because))
            }),
            Expected::Site(sites) => {
                let got: Vec<String> = self.drafts.iter().map(|(site, _)| site.clone()).collect();
                let goes = if got.is_empty() { format!("it doesn't: {}", self.why()) } else { format!("it goes to {}", join(&got)) };
                (sorted(sites) != sorted(&got)).then(|| (format!("it goes to {}", join(sites)), goes))
            }
            Expected::Tags(tags) => each(format!("its tags are {}", list(tags)), &|ready| terms(ready, "tags", tags)),
            Expected::Categories(names) => each(format!("its categories are {}", list(names)), &|ready| terms(ready, "categories", names)),
            Expected::Status(status) => each(format!("its status is {}", status.as_str()), &|ready| {
                (ready.draft.status != *status).then(|| format!("it is {}", ready.draft.status.as_str()))
            }),
            Expected::Author(author) => each(format!("its author is {author}"), &|ready| {
                let got = ready.draft.author.as_deref();
                (got != Some(author.as_str())).then(|| format!("it is {}", got.unwrap_or("the account's own user")))
            }),
            Expected::Title(title) => each(format!("its title is `{title}`"), &|ready| {
                (ready.draft.title != *title).then(|| format!("it is `{}`", ready.draft.title))
            }),
            Expected::Excerpt(excerpt) => each(format!("its excerpt is `{excerpt}`"), &|ready| {
                (ready.draft.excerpt != *excerpt).then(|| format!("it is `{}`", ready.draft.excerpt))
            }),
            Expected::Content(parts) => each(format!("its content has {}", list(parts)), &|ready| {
                let missing: Vec<String> = parts.iter().filter(|part| !ready.draft.content.contains(*part)).cloned().collect();
                (!missing.is_empty()).then(|| format!("it lacks {}", list(&missing)))
            }),
            Expected::Score(score) => {
                let got = |decision: &Decision| decision.score.as_ref().map_or(0, |score| score.sum);
                let came = self.drafts.iter().map(|(_, ready)| &ready.decision).chain(&self.skipped).map(got).find(|got| got != score);
                came.map(|got| (format!("its score is {score}"), format!("it is {got}")))
            }
        }
    }
}

/// What it has, where that differs.
fn terms(ready: &Ready, taxonomy: &str, wanted: &[String]) -> Option<String> {
    let most = if ready.draft.max_terms == 0 { usize::MAX } else { ready.draft.max_terms as usize };
    let got = ready.draft.terms.iter().take(most).filter(|term| term.taxonomy == taxonomy).map(|term| term.name.clone());
    let got: Vec<String> = got.collect();
    (sorted(&got) != sorted(wanted)).then(|| format!("they are {}", list(&got)))
}

/// In small letters.
fn sorted(names: &[String]) -> Vec<String> {
    let mut names: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    names.sort();
    names
}

fn list(texts: &[String]) -> String {
    if texts.is_empty() { "none".to_owned() } else { texts.iter().map(|text| format!("`{text}`")).collect::<Vec<_>>().join(", ") }
}
