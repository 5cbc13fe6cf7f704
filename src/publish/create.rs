//! Makes posts as drafts under their keys.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use crate::domain::{Delivery, Draft, Post, Status};
use crate::wordpress::{Failure, Me, NewPost, Refusal, Site};

use super::slugs;

/// Bytes of content in one batch, at most: PHP's `post_max_size` is 8 MB and JSON makes it longer.
const BYTES: usize = 2 * 1024 * 1024;

/// A delivery with all that its draft's names have become on the site.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    pub delivery: &'a Delivery,
    /// Term ids by `rest_base`.
    pub terms: &'a BTreeMap<String, Vec<u64>>,
    /// The draft's content with the site's own pictures; `None`: as the draft has it.
    pub content: Option<&'a str>,
    pub featured_media: Option<u64>,
    /// User id; `None`: we.
    pub author: Option<u64>,
    /// Other fields that go out with the post: [`super::Fields`].
    pub fields: &'a BTreeMap<String, Value>,
    /// Why it must not become more than a draft.
    pub hold_back: Option<&'a str>,
    /// What terms are called, by id.
    pub names: &'a BTreeMap<u64, String>,
    /// The look found a stranger's post under its slug: another slug is no surprise.
    pub stranger: bool,
}

/// A post as it came back, and what a person should know about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    pub post: Post,
    pub warnings: Vec<String>,
}

/// What may go out together: posts of one type, `site.batch()` at most, not too many bytes, and alone whatever was ever in doubt. Namesakes
/// ([`name_of`]) are in one batch where they fit into one, so that batches seldom wait for each other.
pub fn batches<T>(site: &Site, deliveries: Vec<T>, of: impl Fn(&T) -> &Delivery) -> Vec<Vec<T>> {
    let mut by_type: Vec<(Option<String>, Vec<T>)> = Vec::new();
    for item in deliveries {
        let kind = of(&item).type_of_post().map(str::to_owned);
        match by_type.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, items)) => items.push(item),
            None => by_type.push((kind, vec![item])),
        }
    }
    let portions = |items| {
        portions(items, site.batch(), |item| {
            let delivery = of(item);
            let bytes = delivery.draft.as_ref().map_or(0, |draft| draft.content.len());
            (delivery.doubt.ever, bytes, name_of(delivery).to_owned())
        })
    };
    by_type.into_iter().flat_map(|(_, items)| portions(items)).collect()
}

/// What namesakes have in common: the clean slug without its number, as `news` and `news-2` may both become `news-2`. Only one
/// request at a time may give posts of one name their clean slugs ([`super::finish`]): WordPress looks for a free slug before
/// it writes one, so at the same moment two posts get the same.
pub fn name_of(delivery: &Delivery) -> &str {
    slugs::clean(delivery).map_or(delivery.slug.as_str(), slugs::without_number)
}

fn portions<T>(items: Vec<T>, most: usize, of: impl Fn(&T) -> (bool, usize, String)) -> Vec<Vec<T>> {
    let (mut alone, mut groups, mut places) = (Vec::new(), Vec::<(usize, Vec<T>)>::new(), HashMap::new());
    for item in items {
        let (in_doubt, bytes, slug) = of(&item);
        if in_doubt {
            alone.push(vec![item]);
            continue;
        }
        let known = places.get(&slug).map(|place: &usize| &mut groups[*place]);
        // a full one isn't added to: the next of that slug begins another
        match known.filter(|(size, group)| group.len() < most && size + bytes <= BYTES) {
            Some((size, group)) => {
                *size += bytes;
                group.push(item);
            }
            None => {
                places.insert(slug, groups.len());
                groups.push((bytes, vec![item]));
            }
        }
    }
    let (mut portions, mut open, mut filled) = (Vec::new(), Vec::new(), 0);
    for (size, group) in groups {
        if !open.is_empty() && (open.len() + group.len() > most || filled + size > BYTES) {
            portions.push(std::mem::take(&mut open));
            filled = 0;
        }
        filled += size;
        open.extend(group);
    }
    portions.extend((!open.is_empty()).then_some(open));
    portions.extend(alone);
    portions
}

/// Makes the posts of one batch as drafts under their keys, in one request; the answers in the same order. A post that came
/// off as `S-2` where no stranger was known is [`Failure::Unclear`]: two of ours may be there, and the next look decides.
pub async fn create(site: &Site, me: &Me, orders: &[Order<'_>]) -> Vec<Result<Made, Failure>> {
    let (mut posts, mut places) = (Vec::new(), Vec::new());
    for order in orders {
        let post = order.delivery.draft.as_ref().map(|draft| new_post(order, draft, me));
        places.push(post.is_some());
        posts.extend(post);
    }
    let mut answers = match posts.as_slice() {
        [] => Vec::new(),
        [post] => vec![site.create(post).await],
        posts => site.create_batch(posts).await.unwrap_or_else(|failure| vec![Err(failure); posts.len()]),
    }
    .into_iter();
    let next = |(order, has_draft): (&Order<'_>, bool)| {
        let answer = if has_draft { answers.next() } else { None };
        let post = answer.unwrap_or_else(|| Err(no_draft()))?;
        checked(order, post, me)
    };
    orders.iter().zip(places).map(next).collect()
}

fn new_post(order: &Order<'_>, draft: &Draft, me: &Me) -> NewPost {
    NewPost {
        slug: order.delivery.slug.clone(),
        // whatever it shall become: nothing is public before the store knows it
        status: Status::Draft,
        title: draft.title.clone(),
        content: order.content.unwrap_or(&draft.content).to_owned(),
        excerpt: draft.excerpt.clone(),
        date: draft.date,
        author: author(order, me),
        terms: order.terms.clone(),
        featured_media: order.featured_media,
        more: order.fields.clone(),
    }
}

/// The author to ask for: an account that may not give posts away would be refused as a whole.
pub(super) fn author(order: &Order<'_>, me: &Me) -> Option<u64> {
    order.author.filter(|author| *author != me.id && me.sees_all())
}

fn checked(order: &Order<'_>, post: Post, me: &Me) -> Result<Made, Failure> {
    let wanted = &order.delivery.slug;
    let mut warnings = unkept(order, &post, me);
    warnings.extend(super::unkept_fields(order.fields, &post));
    if slugs::is_second(&post.slug, wanted) && !order.stranger {
        let because = format!("it came off as `{}`: another post of ours may hold `{wanted}`", post.slug);
        return Err(Failure::Unclear { what: "making a post", because, wait: None, cause: None });
    }
    if post.slug != *wanted {
        warnings.push(match order.stranger {
            true => format!("somebody else's post has the slug `{wanted}`: post {} is `{}`", post.id, post.slug),
            false => format!("WordPress made the slug `{}` of `{wanted}`", post.slug),
        });
    }
    Ok(Made { post, warnings })
}

/// What was sent and isn't there: WordPress drops ids that it doesn't know without a word.
pub(super) fn unkept(order: &Order<'_>, post: &Post, me: &Me) -> Vec<String> {
    let mut warnings = Vec::new();
    if order.featured_media.is_some_and(|media| media != post.featured_media) {
        warnings.push("WordPress didn't take the featured image".to_owned());
    }
    for (taxonomy, ids) in order.terms {
        // an answer that doesn't list a taxonomy says nothing about it
        let Some(kept) = post.terms.get(taxonomy) else { continue };
        let dropped: Vec<String> =
            ids.iter().filter(|id| !kept.contains(id)).map(|id| order.names.get(id).cloned().unwrap_or_else(|| id.to_string())).collect();
        if !dropped.is_empty() {
            warnings.push(format!("WordPress didn't take these {taxonomy}: {}", dropped.join(", ")));
        }
    }
    if order.author.is_some_and(|author| author != post.author) {
        let why = if me.sees_all() { "" } else { ": this account may not give posts to others" };
        warnings.push(format!("the post's author is user {}{why}", post.author));
    }
    warnings
}

fn no_draft() -> Failure {
    let message = "its draft is not kept any more".to_owned();
    Failure::Refused(Refusal { what: "making a post", code: "no_draft".to_owned(), message, ..Refusal::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    type Item = (bool, usize, &'static str);

    fn parted(items: &[Item], most: usize) -> Vec<Vec<Item>> {
        portions(items.to_vec(), most, |(in_doubt, bytes, slug)| (*in_doubt, *bytes, (*slug).to_owned()))
    }

    #[test]
    fn what_was_ever_in_doubt_goes_out_alone_and_the_rest_in_batches() {
        let items =
            [(false, 1, "a"), (true, 1, "b"), (false, 1, "c"), (false, BYTES, "d"), (false, 1, "e"), (false, 1, "f"), (false, 1, "g")];
        let portions = parted(&items, 2);
        let sizes: Vec<usize> = portions.iter().map(Vec::len).collect();
        assert_eq!(sizes, [2, 1, 2, 1, 1]);
        assert_eq!(portions[4], [(true, 1, "b")]);
        assert_eq!(portions.concat().len(), 7);
    }

    #[test]
    fn what_shall_have_one_clean_slug_goes_together() {
        let items: Vec<Item> =
            (0..30).map(|n| (false, n, if n % 7 == 0 { "weekly" } else { ["a", "b", "c", "d", "e", "f"][n % 6] })).collect();
        for most in [6, 10, 25] {
            let portions = parted(&items, most);
            assert_eq!(portions.concat().len(), 30);
            assert!(portions.iter().all(|portion| portion.len() <= most));
            let with = |slug| portions.iter().filter(|portion| portion.iter().any(|item| item.2 == slug)).count();
            assert!(["weekly", "a", "b", "c", "d", "e", "f"].into_iter().all(|slug| with(slug) == 1), "{most}: {portions:?}");
        }
        // more than fit into one
        let many = vec![(false, 1, "weekly"); 60];
        assert_eq!(parted(&many, 25).iter().map(Vec::len).collect::<Vec<_>>(), [25, 25, 10]);
    }

    #[test]
    fn a_name_and_the_same_with_a_number_are_namesakes() {
        let mut delivery = super::super::tests::delivery("abcdefghijklm");
        for (slug, name) in [("news", "news"), ("news-2", "news"), ("news-2-3", "news"), ("news-2b", "news-2b"), ("-7", "")] {
            delivery.draft.as_mut().unwrap().slug = slug.to_owned();
            assert_eq!(name_of(&delivery), name);
        }
        delivery.draft.as_mut().unwrap().slug_style = crate::domain::SlugStyle::Keyed;
        assert_eq!(name_of(&delivery), delivery.slug);
    }
}
