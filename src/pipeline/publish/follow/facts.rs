//! What the store keeps of a post after a change.

use std::collections::BTreeSet;

use crate::domain::{Post, Returned};
use crate::publish::{self, Field, Values};
use crate::store::PostFacts;

use super::Case;

/// What is known of the post from now on. Fields that we didn't write keep what came back before: where a person changed one, it
/// stays theirs, also for `undo`.
pub(super) fn facts(case: &Case<'_>, post: &Post, written: &BTreeSet<Field>, values: &Values) -> PostFacts {
    let now = Returned::of(post);
    let before = case.sides(values);
    let mut returned = case.returned.clone().unwrap_or_else(|| {
        // nobody knew what came back: what wasn't touched is as we left it
        let mut first = Returned::default();
        for name in ["title", "content", "excerpt", "featured_media", "status", "slug", "author"] {
            if !publish::is_touched(&before, &Field::named(name)) {
                first.take(name, &now);
            }
        }
        first
    });
    for field in written {
        let names = if field.goes_alone() { values.names(field) } else { vec![field.name()] };
        names.iter().for_each(|name| returned.take(name, &now));
    }
    let is_theirs = |field: Field| !written.contains(&field) && publish::is_touched(&before, &field);
    let text_is_theirs = is_theirs(Field::Title) || is_theirs(Field::Content);
    let any_is_theirs = text_is_theirs || returned.differing(&now).next().is_some();
    PostFacts {
        post: post.id,
        post_type: case.delivery.post_type.clone(),
        slug: post.slug.clone(),
        link: post.link.clone(),
        modified_gmt: match &case.delivery.modified_gmt {
            Some(before) if any_is_theirs => before.clone(),
            _ => post.modified_gmt.clone(),
        },
        returned_hash: match &case.delivery.returned_hash {
            Some(before) if text_is_theirs => Some(before.clone()),
            _ => Some(publish::returned_hash(post)),
        },
        returned: Some(returned),
    }
}
