//! The names under which a delivery's post may be found.

use crate::domain::{Delivery, SlugStyle};

/// WordPress' own suffixes for a second and third post of one slug.
const TWINS: [&str; 2] = ["-2", "-3"];
/// Posts of one title that are looked through for ours.
const NAMESAKES: u32 = 10;

/// The clean slug that the post shall have in the end, where it shall have one.
pub(super) fn clean(delivery: &Delivery) -> Option<&str> {
    let draft = delivery.draft.as_ref()?;
    Some(draft.slug.as_str()).filter(|slug| draft.slug_style == SlugStyle::Clean && !slug.is_empty() && *slug != delivery.slug)
}

/// Whether a slug is this one, or what WordPress makes of it where it is taken: `S`, `S-2`, `S__trashed`, `S__trashed-2`.
pub(super) fn is_of(slug: &str, wanted: &str) -> bool {
    let Some(rest) = slug.strip_prefix(wanted) else { return false };
    let rest = strip_number(rest);
    let rest = rest.strip_prefix("__trashed").map_or(rest, strip_number);
    rest.is_empty()
}

/// Whether a slug is what WordPress makes of this one where it is taken: `S-2`.
pub(super) fn is_second(slug: &str, wanted: &str) -> bool {
    slug.strip_prefix(wanted).is_some_and(|rest| !rest.is_empty() && strip_number(rest).is_empty())
}

/// A slug without the numbers at its end.
pub(super) fn without_number(slug: &str) -> &str {
    match slug.rsplit_once('-') {
        Some((name, number)) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => without_number(name),
        _ => slug,
    }
}

fn strip_number(rest: &str) -> &str {
    match rest.strip_prefix('-') {
        Some(number) if number.starts_with(|c: char| c.is_ascii_digit()) => number.trim_start_matches(|c: char| c.is_ascii_digit()),
        _ => rest,
    }
}

/// What a first look asks for.
pub(super) fn first(delivery: &Delivery) -> Vec<String> {
    let mut slugs = vec![delivery.slug.clone(), trashed(&delivery.slug)];
    if delivery.doubt.ever {
        slugs.extend(twins(&delivery.slug));
    }
    if let Some(clean) = clean(delivery) {
        slugs.extend([clean.to_owned(), trashed(clean)]);
    }
    slugs
}

/// What a first look doesn't ask for, where somebody else holds the names that it asked for.
pub(super) fn second(delivery: &Delivery) -> Vec<String> {
    let mut slugs = twins(&delivery.slug);
    if let Some(clean) = clean(delivery) {
        for number in 2..=NAMESAKES {
            let slug = format!("{clean}-{number}");
            slugs.extend([trashed(&slug), slug]);
        }
        slugs.extend(TWINS.map(|number| format!("{}{number}", trashed(clean))));
    }
    slugs
}

/// `S-2`, `S-3` and all names in the trash but the first.
pub(super) fn twins(slug: &str) -> Vec<String> {
    let live = TWINS.map(|number| format!("{slug}{number}"));
    let mut slugs: Vec<String> = live.iter().map(|slug| trashed(slug)).collect();
    slugs.extend(TWINS.map(|number| format!("{}{number}", trashed(slug))));
    slugs.extend(live);
    slugs
}

fn trashed(slug: &str) -> String {
    format!("{slug}__trashed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wordpress_makes_of_a_taken_slug_is_known_again() {
        for (slug, of, second) in [
            ("news", true, false),
            ("news-2", true, true),
            ("news-12", true, true),
            ("news__trashed", true, false),
            ("news__trashed-2", true, false),
            ("news-2__trashed", true, false),
            ("news-two", false, false),
            ("news-", false, false),
            ("new", false, false),
            ("", false, false),
            ("newsletter", false, false),
        ] {
            assert_eq!((is_of(slug, "news"), is_second(slug, "news")), (of, second), "{slug}");
        }
    }
}
