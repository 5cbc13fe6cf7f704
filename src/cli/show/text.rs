//! A dry run as text.

use super::{date, slug, summary, words};
use crate::cli::text::{count, cut, moment, plain, plain_lines};
use crate::domain::{NewTerms, RuleTrace, Term, Timestamp};
use crate::pipeline::{Preview, PreviewDigest, PreviewFeed, PreviewField, PreviewLeft, PreviewPost, PreviewUpdate};

/// Every post, everything that is not posted, and one line that counts them.
pub fn text(preview: &Preview, now: Timestamp) -> String {
    let mut lines: Vec<String> = preview.feeds.iter().map(feed).collect();
    for (number, post) in preview.posts.iter().enumerate() {
        lines.push(String::new());
        lines.extend(self::post(number + 1, post, now));
    }
    if !preview.left.is_empty() {
        lines.extend([String::new(), "not posted".to_owned()]);
        lines.extend(preview.left.iter().flat_map(left));
    }
    if !preview.updates.is_empty() {
        lines.extend([String::new(), "changed".to_owned()]);
        lines.extend(preview.updates.iter().flat_map(update));
    }
    lines.extend([String::new(), summary(preview), String::new()]);
    lines.join("\n").trim_start().to_owned()
}

/// The post, and each field with what it has and gets.
fn update(update: &PreviewUpdate) -> Vec<String> {
    let at = update.post_link.as_deref().map(|link| format!(" ({})", plain(link))).unwrap_or_default();
    let mut lines = vec![format!("   {} on `{}`{at}: {}", plain(&update.title), update.site, plain(&update.because))];
    let told = |field: &PreviewField| format!("{}: {} → {}", field.field, cut(&plain(&field.was), 120), cut(&plain(&field.becomes), 120));
    lines.extend(update.fields.iter().map(|field| format!("     {}", told(field))));
    lines.extend(update.conflicts.iter().map(|field| format!("     left, as a person changed it: {}", told(field))));
    lines.extend(update.left.iter().map(|left| format!("     nothing is written: {}", plain(left))));
    lines
}

fn feed(feed: &PreviewFeed) -> String {
    let head = format!("feed `{}` ({})", feed.name, plain(&feed.url));
    match &feed.error {
        Some(error) => format!("{head}: could not be read: {}", plain(error)),
        None => format!("{head}: {}, {} known", count(feed.entries, "entry"), feed.known),
    }
}

fn post(number: usize, post: &PreviewPost, now: Timestamp) -> Vec<String> {
    let draft = &post.draft;
    let mut lines = vec![format!("{number}. {}", plain(&draft.title))];
    let mut tell = |name: &str, value: String| lines.push(format!("   {name:<10} {value}"));
    tell("site", format!("{}, status {}", post.site, draft.status.as_str()));
    match &post.digest {
        Some(digest) => tell("digest", so_far(digest)),
        None => {
            tell("from", from(post, now));
            tell("words", words(post.words));
        }
    }
    for (label, terms) in by_taxonomy(&draft.terms) {
        tell(&label, terms);
    }
    for new in post.new_terms.iter().flatten() {
        tell("makes", plain(new));
    }
    for left in &post.left_out {
        tell("left out", plain(left));
    }
    tell("image", image(post));
    if !draft.pictures.is_empty() {
        tell("copies", count(draft.pictures.len(), "picture") + " of the text");
    }
    tell("date", date(post));
    tell("slug", plain(&slug(post)));
    if let Some(author) = &draft.author {
        tell("author", plain(author));
    }
    if let Some(kind) = &draft.post_type {
        tell("type", plain(kind));
    }
    for (name, value) in draft.extras.told() {
        tell(name, plain(&value));
    }
    if let Some(held) = &post.held {
        tell("held", plain(held));
    }
    if let Some(planned) = &post.goes_out {
        tell("goes out", plain(&planned.because));
    }
    for trace in &post.rules {
        tell("rule", rule(trace));
    }
    for warning in &post.warnings {
        tell("warning", plain(warning));
    }
    if !draft.excerpt.is_empty() {
        tell("excerpt", plain(&draft.excerpt));
    }
    tell("content", String::new());
    lines.extend(plain_lines(&draft.content).iter().map(|line| format!("     | {line}")));
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

/// `weekly, made Fri 27 Nov 2026, 17:00 CET; 20 of the 23 entries that wait so far`
fn so_far(digest: &PreviewDigest) -> String {
    let PreviewDigest { name, told, entries, waiting, least, .. } = digest;
    let entries = match waiting {
        all if all == entries => format!("{} so far", count(*entries, "entry")),
        all => format!("{entries} of the {all} entries that wait so far"),
    };
    let least = if *waiting < *least as usize { format!("; it wants {least} at least") } else { String::new() };
    format!("{name}, made {told}; {entries}{least}")
}

fn from(post: &PreviewPost, now: Timestamp) -> String {
    let mut parts = vec![post.feed.clone()];
    parts.extend(post.published.map(|at| moment(at, now)));
    parts.extend(post.source.as_deref().map(plain));
    parts.join(", ")
}

/// The taxonomies in the order in which they first appear, each with its terms: `linux (wirepress.toml:23), …`.
fn by_taxonomy(terms: &[Term]) -> Vec<(String, String)> {
    let mut groups: Vec<(&str, Vec<String>)> = Vec::new();
    for term in terms {
        let told = match term.new {
            NewTerms::Create => format!("{} ({}; made if missing)", plain(&term.path()), term.from),
            NewTerms::Match | NewTerms::Ignore => format!("{} ({}; only if there)", plain(&term.path()), term.from),
        };
        match groups.iter_mut().find(|(taxonomy, _)| *taxonomy == term.taxonomy) {
            Some((_, told_so_far)) => told_so_far.push(told),
            None => groups.push((&term.taxonomy, vec![told])),
        }
    }
    groups.into_iter().map(|(taxonomy, told)| (taxonomy.to_owned(), told.join(", "))).collect()
}

fn image(post: &PreviewPost) -> String {
    match &post.draft.image {
        Some(image) => {
            let about = super::about(image);
            let alt = if image.alt.is_empty() { "no alt text".to_owned() } else { format!("alt \"{}\"", plain(&image.alt)) };
            format!("{} ({about}, {alt}; {})", plain(&image.url), plain(super::reason(image)))
        }
        None => format!("none: {}", post.no_image.as_deref().map_or_else(|| "not wanted".to_owned(), plain)),
    }
}

/// `wirepress.toml:41: add_tags = long (words > 30; saw words = 812)`
pub fn rule(trace: &RuleTrace) -> String {
    let saw: Vec<String> = trace.saw.iter().map(|(field, value)| format!("{field} = {}", plain(value))).collect();
    let saw = if saw.is_empty() { String::new() } else { format!("; saw {}", saw.join(", ")) };
    format!("{}: {} ({}{saw})", trace.at, plain(&trace.then), plain(&trace.when))
}

fn left(left: &PreviewLeft) -> Vec<String> {
    let title = match (plain(&left.title), &left.link) {
        (title, _) if !title.is_empty() => title,
        (_, Some(link)) => plain(link),
        _ => "an entry without a title".to_owned(),
    };
    let mut lines = vec![format!("   {} ({}): {}", title, left.feed, plain(&left.because))];
    lines.extend(left.rules.iter().map(|trace| format!("     rule   {}", rule(trace))));
    lines
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;

    #[test]
    fn everything_of_a_dry_run_is_told() {
        insta::assert_snapshot!(text(&example::preview(), example::NOW));
    }

    #[test]
    fn no_escape_sequence_of_a_feed_reaches_the_terminal() {
        let told = text(&example::preview(), example::NOW);
        assert_eq!(told.chars().find(|c| c.is_control() && *c != '\n'), None);
        assert!(!told.contains('\u{202e}'));
    }
}
