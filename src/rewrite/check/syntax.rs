//! A source that can't be read at all: where, and what was probably meant.

use super::super::engine::{Fault, Slot};
use super::names::elsewhere;

pub(super) fn syntax(error: &minijinja::Error, source: &str, slot: Option<Slot>) -> Fault {
    let range = error.range().filter(|range| range.end <= source.len()).unwrap_or(0..source.len());
    let message = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    let meant = source.get(range.clone()).filter(|_| message.contains("after expression")).and_then(elsewhere);
    let hint = meant.unwrap_or_else(|| syntax_hint(&message, source, &source[..range.end], slot).to_owned());
    Fault { range, message, hint: Some(hint) }
}

/// What to do about a source that can't be read; `before` ends where the reader stopped.
fn syntax_hint(message: &str, source: &str, before: &str, slot: Option<Slot>) -> &'static str {
    let expected = |what: &str| message.ends_with(&format!("expected {what}"));
    if source.contains("&&") || source.contains("||") {
        "write `and`, `or`, `not`"
    } else if source.contains("=~") {
        "write `title is matching('…')`"
    } else if message.contains("after expression") && before.trim_end().ends_with('=') {
        "`==` compares"
    } else if message.contains("after expression") {
        "an expression ends here; join two with `and` or `or`, and put `is` before a test"
    } else if expected("expression") {
        "something is missing here, as the 30 in `words < 30`"
    } else if expected("identifier") {
        "a name is missing here, as `upper` in `title|upper`, or as `containing` in `title is containing('…')`"
    } else if expected("end of variable block") {
        "`{{` wants its `}}`"
    } else if message.contains("end of input") && slot.is_some() {
        "`{% if %}` wants its `{% endif %}`, `{% for %}` its `{% endfor %}`, `{{` its `}}`"
    } else if message.contains("end of input") {
        "something is open to the end: a bracket or a quote"
    } else if message.contains("statement") {
        "`if`, `for` and `set` are what is mostly wanted between `{%` and `%}`"
    } else {
        general(slot)
    }
}

/// The hint where nothing better is known.
pub(super) fn general(slot: Option<Slot>) -> &'static str {
    match slot {
        None => "a rule asks about an entry, as in `words < 30 or title is containing('advert')`; docs/rules.md has all words",
        Some(_) => "`{{ title }}` shows a field, `{% if author %}…{% endif %}` decides; docs/rules.md has all words",
    }
}
