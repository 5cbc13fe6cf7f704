//! Is this post ours? By the mark in its content, or by the entry's link under our user.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::domain::{Delivery, Post, marks};
use crate::wordpress::Me;

use super::slugs;

/// Of a post's raw title and content as WordPress returned them: lower-case hex SHA-256.
pub fn returned_hash(post: &Post) -> String {
    let mut hash = Sha256::new();
    hash.update(post.title.as_bytes());
    hash.update([0]);
    hash.update(post.content.as_bytes());
    hash.finalize().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Whether the post is this delivery's: it carries the delivery's mark; or, where it carries no delivery's mark, it is by our
/// user and has the entry's link, or no content at all and the delivery's key as its slug: some post types have none.
pub(super) fn is_ours(post: &Post, delivery: &Delivery, me: &Me) -> bool {
    let marks = marks(&post.content);
    if !marks.is_empty() {
        return marks.contains(&delivery.key.as_str());
    }
    // some types don't tell the author either
    if post.content.is_empty() && [0, me.id].contains(&post.author) && slugs::is_of(&post.slug, &delivery.slug) {
        return true;
    }
    let source = delivery.draft.as_ref().and_then(|draft| draft.source.as_deref());
    post.author == me.id && source.is_some_and(|source| has_link(&post.content, source))
}

/// Whether a post that has the number of a delivery's post is that post: numbers are given anew after a backup was restored.
pub fn is_post_of(post: &Post, delivery: &Delivery) -> bool {
    let marks = marks(&post.content);
    if !marks.is_empty() {
        return marks.contains(&delivery.key.as_str());
    }
    let is_named = delivery.post_slug.as_deref().is_some_and(|slug| slugs::is_of(&post.slug, slug));
    !post.slug.is_empty() && (is_named || slugs::is_of(&post.slug, &delivery.slug))
}

/// Whether a post still shows what it showed `before`, whenever it was changed last: a request that WordPress refused in its midst
/// left only a new moment.
pub fn is_same(before: &Post, now: &Post) -> bool {
    let shown = |post: &Post| (post.id, post.slug.clone(), post.status.0.clone(), post.author, post.featured_media);
    let excerpts = before.excerpt.as_ref().zip(now.excerpt.as_ref());
    shown(before) == shown(now)
        && returned_hash(before) == returned_hash(now)
        && excerpts.is_none_or(|(before, now)| before == now)
        && before.terms.iter().all(|(taxonomy, ids)| now.terms.get(taxonomy).is_none_or(|now| now == ids))
}

/// Whether the post carries the delivery's mark.
pub(super) fn has_mark(post: &Post, delivery: &Delivery) -> bool {
    marks(&post.content).contains(&delivery.key.as_str())
}

/// Whether a content has a link, and not only a longer one that begins with it.
fn has_link(content: &str, link: &str) -> bool {
    let link = html_escape::decode_html_entities(link);
    let content = html_escape::decode_html_entities(content);
    let ends = |rest: &str| rest.chars().next().is_none_or(|next| matches!(next, '"' | '\'' | '<' | '>' | ')') || next.is_whitespace());
    !link.is_empty() && content.match_indices(link.as_ref()).any(|(at, found)| ends(&content[at + found.len()..]))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{delivery, me};
    use super::*;

    fn post(author: u64, content: &str) -> Post {
        Post { id: 9, author, content: content.into(), ..Post::default() }
    }

    #[test]
    fn only_what_carries_our_mark_or_our_users_link_is_ours() {
        let delivery = delivery("abcdefghijklm");
        let link = r#"<a href="https://news.example/1?a=1&amp;b=2">News</a>"#;
        for (author, content, ours) in [
            (7, r#"<p class="wirepress-source wirepress-abcdefghijklm">x</p>"#, true),
            (7, "<!-- wirepress:abcdefghijklm -->", true),
            // another author: a person gave the draft to somebody
            (8, "<!-- wirepress:abcdefghijklm -->", true),
            (7, link, true),
            (8, link, false),
            (7, r#"<a href="https://news.example/1?a=1&amp;b=22">News</a>"#, false),
            (7, "somebody's words", false),
            // the same link in another delivery's post
            (7, &format!("{link}<!-- wirepress:nopqrstuvwxyz -->"), false),
            (7, &format!("{link}<p class=\"wirepress-source\">x</p>"), true),
            // a feed that writes our words, about this post or another's
            (8, "wirepress-abcdefghijklm, &lt;!-- wirepress:abcdefghijklm --&gt;", false),
            (8, r#"<a href="https://news.example/wirepress-abcdefghijklm">x</a>"#, false),
            (7, &format!("{link} wirepress:nopqrstuvwxyz"), true),
            (7, "<!-- wirepress:abcdefghijklmn -->", false),
            (7, "", false),
        ] {
            assert_eq!(is_ours(&post(author, content), &delivery, &me(&[])), ours, "{author} {content}");
        }
    }

    #[test]
    fn a_post_without_a_content_is_ours_by_the_key_in_its_slug() {
        let delivery = delivery("abcdefghijklm");
        let post = |author, slug: &str| Post { slug: slug.to_owned(), ..post(author, "") };
        for (author, slug, ours) in [
            (7, "news-abcdefghijklm", true),
            (0, "news-abcdefghijklm", true),
            (7, "news-abcdefghijklm__trashed", true),
            (8, "news-abcdefghijklm", false),
            (7, "news", false),
        ] {
            assert_eq!(is_ours(&post(author, slug), &delivery, &me(&[])), ours, "{author} {slug}");
        }
    }

    #[test]
    fn a_post_is_the_same_only_if_nobody_can_see_a_change() {
        let terms = |ids: &[u64]| [("tags".to_owned(), ids.to_vec())].into();
        let before = Post { excerpt: Some("x".to_owned()), terms: terms(&[3, 4]), ..post(7, "text") };
        let later = Post { modified_gmt: "2026-11-22T12:00:01".to_owned(), revision: Some(10), ..before.clone() };
        assert!(is_same(&before, &later));
        // what one of them doesn't tell isn't compared
        assert!(is_same(&before, &Post { excerpt: None, terms: Default::default(), ..later.clone() }));
        for changed in [
            Post { title: "t".to_owned(), ..later.clone() },
            Post { content: "text!".to_owned(), ..later.clone() },
            Post { excerpt: Some(String::new()), ..later.clone() },
            Post { slug: "s".to_owned(), ..later.clone() },
            Post { author: 8, ..later.clone() },
            Post { featured_media: 5, ..later.clone() },
            Post { terms: terms(&[3]), ..later.clone() },
            Post { status: crate::domain::PostStatus("publish".to_owned()), ..later },
        ] {
            assert!(!is_same(&before, &changed), "{changed:?}");
        }
    }

    #[test]
    fn the_hash_tells_title_from_content() {
        let hash = |title: &str, content: &str| returned_hash(&Post { title: title.into(), content: content.into(), ..Post::default() });
        assert_ne!(hash("ab", "c"), hash("a", "bc"));
        assert_eq!(hash("", "").len(), 64);
    }
}
