//! A dry run as JSON. Field names are kept; times are RFC 3339 in UTC.

use serde_json::{Value, json};

use crate::domain::{RuleTrace, Timestamp};
use crate::pipeline::{Preview, PreviewFeed, PreviewLeft, PreviewPost};

/// The preview with the field names that scripts may rely on.
pub fn view(preview: &Preview) -> Value {
    json!({
        "feeds": preview.feeds.iter().map(feed).collect::<Vec<_>>(),
        "posts": preview.posts.iter().map(post).collect::<Vec<_>>(),
        "left": preview.left.iter().map(left).collect::<Vec<_>>(),
        "updates": preview.updates,
        "summary": {
            "posts": preview.posts.len(),
            "left": preview.left.len(),
            "updates": preview.updates.iter().filter(|update| !update.fields.is_empty()).count(),
            "feeds_failed": preview.feeds.iter().filter(|feed| feed.error.is_some()).count(),
        },
    })
}

fn time(at: Option<Timestamp>) -> Value {
    at.map_or(Value::Null, |at| at.to_string().into())
}

fn feed(feed: &PreviewFeed) -> Value {
    json!({ "name": feed.name, "url": feed.url, "entries": feed.entries, "known": feed.known, "error": feed.error })
}

fn post(post: &PreviewPost) -> Value {
    let draft = &post.draft;
    json!({
        "feed": post.feed,
        "site": post.site,
        "source": post.source,
        "published": time(post.published),
        "title": draft.title,
        "content": draft.content,
        "excerpt": draft.excerpt,
        "status": draft.status.as_str(),
        "date": time(draft.date),
        "author": draft.author,
        "post_type": draft.post_type,
        "extras": draft.extras,
        "slug": draft.slug,
        "made_as": post.slug,
        "slug_style": draft.slug_style,
        "words": { "taken": post.words.0, "of": post.words.1 },
        "terms": draft.terms,
        "image": draft.image,
        "no_image": post.no_image,
        "held": post.held,
        "goes_out": time(post.goes_out.as_ref().map(|planned| planned.at)),
        "goes_out_because": post.goes_out.as_ref().map(|planned| &planned.because),
        "rules": post.rules.iter().map(rule).collect::<Vec<_>>(),
        "warnings": post.warnings,
        "new_terms": post.new_terms,
        "left_out": post.left_out,
        "digest": post.digest.as_ref().map(|digest| json!({
            "name": digest.name,
            "made_at": time(Some(digest.made_at)),
            "entries": digest.entries,
            "waiting": digest.waiting,
            "least": digest.least,
        })),
    })
}

fn left(left: &PreviewLeft) -> Value {
    json!({
        "feed": left.feed,
        "title": left.title,
        "link": left.link,
        "because": left.because,
        "rules": left.rules.iter().map(rule).collect::<Vec<_>>(),
    })
}

/// A rule that matched: where it stands, what it asked, what it did, and the fields that it saw.
pub fn rule(trace: &RuleTrace) -> Value {
    let saw: serde_json::Map<String, Value> = trace.saw.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
    json!({ "at": trace.at, "when": trace.when, "then": trace.then, "saw": saw })
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;

    #[test]
    fn the_field_names_stay() {
        insta::assert_json_snapshot!(view(&example::preview()));
    }
}
