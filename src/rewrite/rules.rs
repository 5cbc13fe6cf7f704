//! One rule on one item: whether it matches, and the trace that it leaves.

use minijinja::Error;

use super::engine::Engine;
use super::recipe::{Rule, Then};
use super::view::Context;
use crate::domain::RuleTrace;

/// A value in a trace is cut to so many characters.
const SEEN: usize = 60;

/// The trace of a rule that matches; `None`: it doesn't.
pub(super) fn ask(engine: &Engine, rule: &Rule, context: Context) -> Result<Option<RuleTrace>, Error> {
    let values = context.clone();
    if !engine.matches(rule.when, context.into_value())? {
        return Ok(None);
    }
    let saw = engine.reads(rule.when).filter_map(|name| Some((name.to_owned(), shown(&values.get(name)?)))).collect();
    Ok(Some(RuleTrace { at: rule.at.clone(), when: engine.when(rule.when).to_owned(), then: in_words(&rule.then), saw }))
}

/// A rule as traces name it, without what it saw.
pub fn told(engine: &Engine, rule: &Rule) -> RuleTrace {
    RuleTrace { at: rule.at.clone(), when: engine.when(rule.when).to_owned(), then: in_words(&rule.then), saw: Vec::new() }
}

fn shown(value: &minijinja::Value) -> String {
    let text = match value.as_str() {
        Some(text) => text.to_owned(),
        None => value.to_string(),
    };
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > 4 * SEEN {
            break;
        }
    }
    match line.char_indices().nth(SEEN) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

/// What a rule does, as a person would say it.
fn in_words(then: &Then) -> String {
    let mut words = Vec::new();
    let mut list = |what: &str, names: &[String]| {
        if !names.is_empty() {
            words.push(format!("{what} {}", names.join(", ")));
        }
    };
    list("add tags", &then.add_tags);
    list("remove tags", &then.remove_tags);
    list("categories", then.categories.as_deref().unwrap_or_default());
    list("sites", then.site.as_deref().unwrap_or_default());
    if let Some(status) = then.status {
        words.push(format!("status {}", status.as_str()));
    }
    if let Some(author) = &then.author {
        words.push(format!("author {author}"));
    }
    if let Some(fields) = &then.fields {
        words.extend(fields.terms.iter().map(|(to, names, _)| format!("{to} {}", names.join(", "))));
        words.extend(fields.post_type.iter().map(|name| format!("post type {name}")));
        let said = [
            (fields.format.is_some(), "post_format"),
            (fields.sticky.is_some(), "sticky"),
            (fields.comment_status.is_some(), "comment_status"),
            (fields.ping_status.is_some(), "ping_status"),
            (fields.template.is_some(), "page_template"),
            (fields.parent.is_some(), "parent"),
        ];
        words.extend(said.into_iter().filter(|(is, _)| *is).map(|(_, word)| word.to_owned()));
        words.extend(fields.meta.iter().map(|(name, _)| format!("meta {name}")));
    }
    if let Some(edits) = &then.edits {
        let changes = [
            (!edits.replace.is_empty(), "replace"),
            (!edits.links.is_empty(), "links"),
            (!edits.boilerplate.remove.is_empty(), "boilerplate"),
        ];
        words.extend(changes.into_iter().filter(|(has, _)| *has).map(|(_, word)| word.to_owned()));
    }
    if let Some(template) = &then.template {
        words.push(format!("template {}", template.name));
    }
    if let Some(digest) = &then.digest {
        words.push(digest.as_ref().map_or_else(|| "no digest".to_owned(), |digest| format!("digest {}", digest.name)));
    }
    if let Some(weight) = then.score {
        words.push(format!("score {weight:+}"));
    }
    if let Some(because) = &then.hold {
        words.push(format!("hold: {because}"));
    }
    if let Some(because) = &then.skip {
        words.push(format!("skip: {because}"));
    }
    words.join("; ")
}
