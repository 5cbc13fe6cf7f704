//! What of a wanted draft may be written into a post that is out: each field three ways (pure).
//!
//! What we sent and WordPress returned after our last write, what is wanted now, and what stands in WordPress now. A field that is
//! wanted as it was sent is left alone, whatever stands there. One that is wanted otherwise is changed where WordPress still has
//! what it returned then; where it doesn't, a person was there, and that is a conflict, unless it says the wanted already.
//! Status (but for what is taken back), date, slug, type, format and whatever else a draft decides when its post is made stay as they are.

use std::collections::BTreeSet;

use crate::domain::{Delivery, Draft, DraftImage, Post, Returned, Seo, Status, Term, marks};

use super::field::Field;
use super::ours::returned_hash;
use super::values::Values;

/// What the three sides are compared with. Terms of both drafts have the site's `rest_base`s.
#[derive(Debug, Clone, Copy)]
pub struct Sides<'a> {
    pub delivery: &'a Delivery,
    /// What was sent last.
    pub sent: &'a Draft,
    /// What came back then, field by field; `None`: nobody knows.
    pub returned: Option<&'a Returned>,
    /// The post as it is.
    pub post: &'a Post,
    /// What custom fields of both drafts come to on the site.
    pub values: &'a Values,
}

/// What becomes of the fields that are wanted otherwise than they were sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Merged {
    /// Nobody touched them: they may be changed.
    pub change: BTreeSet<Field>,
    /// Somebody did.
    pub conflicts: BTreeSet<Field>,
    /// They are what is wanted already, whoever wrote that; or the site can't hold them, and nobody needs to try.
    pub same: BTreeSet<Field>,
}

/// Compares.
pub fn merge(sides: &Sides<'_>, wanted: &Draft) -> Merged {
    let mut merged = Merged::default();
    for field in differing(sides.sent, wanted) {
        // what the site can't hold, or doesn't show, is nothing to compare: it counts as sent, as where a post is made
        if field.goes_alone() && !sides.values.is_shown(sides.post, &field) {
            merged.same.insert(field);
            continue;
        }
        let into = match (is_touched(sides, &field), is_as_wanted(sides, wanted, &field)) {
            (_, true) => &mut merged.same,
            (false, _) => &mut merged.change,
            (true, _) => &mut merged.conflicts,
        };
        into.insert(field);
    }
    merged
}

/// The fields in which two drafts differ, of those that a post that is out may be given.
pub fn differing(was: &Draft, is: &Draft) -> BTreeSet<Field> {
    let mut fields = BTreeSet::new();
    let mut differ = |field, differs| {
        if differs {
            fields.insert(field);
        }
    };
    differ(Field::Title, was.title != is.title);
    differ(Field::Content, was.content != is.content);
    differ(Field::Excerpt, was.excerpt != is.excerpt);
    differ(Field::FeaturedMedia, picture(was.image.as_ref()) != picture(is.image.as_ref()));
    // a post is taken back, and never put out by this
    differ(Field::Status, is.status == Status::Draft && matches!(was.status, Status::Publish | Status::Future | Status::Private));
    // where the source names nobody any more, who wrote it is who wrote it
    differ(Field::Author, is.author.is_some() && was.author != is.author);
    for key in was.extras.meta.keys().chain(is.extras.meta.keys()) {
        differ(Field::Meta(key.clone()), was.extras.meta.get(key) != is.extras.meta.get(key));
    }
    let (old, new) = (&was.extras.seo, &is.extras.seo);
    for what in SEO {
        differ(Field::Seo(what.to_owned()), told_of_seo(old, what) != told_of_seo(new, what));
    }
    let taxonomies: BTreeSet<&str> = was.terms.iter().chain(&is.terms).map(|term| term.taxonomy.as_str()).collect();
    for taxonomy in taxonomies {
        differ(Field::Taxonomy(taxonomy.to_owned()), names(was, taxonomy) != names(is, taxonomy));
    }
    fields
}

/// The draft with these fields as the other one has them.
pub fn with_fields<'f>(draft: &Draft, fields: impl IntoIterator<Item = &'f Field>, from: &Draft) -> Draft {
    let mut draft = draft.clone();
    for field in fields {
        match field {
            Field::Title => draft.title.clone_from(&from.title),
            Field::Content => {
                draft.content.clone_from(&from.content);
                draft.pictures.clone_from(&from.pictures);
            }
            Field::Excerpt => draft.excerpt.clone_from(&from.excerpt),
            Field::FeaturedMedia => draft.image.clone_from(&from.image),
            Field::Status => draft.status = from.status,
            Field::Author => draft.author.clone_from(&from.author),
            Field::Meta(key) => match from.extras.meta.get(key) {
                Some(text) => drop(draft.extras.meta.insert(key.clone(), text.clone())),
                None => drop(draft.extras.meta.remove(key)),
            },
            Field::Seo(what) => {
                let (seo, from) = (&mut draft.extras.seo, &from.extras.seo);
                match what.as_str() {
                    "title" => seo.title.clone_from(&from.title),
                    "description" => seo.description.clone_from(&from.description),
                    "canonical" => seo.canonical.clone_from(&from.canonical),
                    _ => seo.robots.clone_from(&from.robots),
                }
            }
            Field::Taxonomy(taxonomy) => {
                draft.terms.retain(|term| term.taxonomy != *taxonomy);
                draft.terms.extend(from.terms.iter().filter(|term| term.taxonomy == *taxonomy).cloned());
                draft.max_terms = from.max_terms;
            }
        }
    }
    draft
}

/// Whether somebody changed a field since our last write.
pub fn is_touched(sides: &Sides<'_>, field: &Field) -> bool {
    let Sides { delivery, returned, post, values, .. } = sides;
    // what somebody else had written when it was taken over is theirs
    if delivery.returned_hash.is_none() {
        return true;
    }
    if field.goes_alone() {
        return values.is_touched(*returned, post, field);
    }
    let now = Returned::of(post);
    match (returned.and_then(|returned| returned.get(&field.name())), now.get(&field.name())) {
        (Some("future"), Some("publish")) if *field == Field::Status => false,
        (Some(was), Some(is)) => was != is,
        // wasn't told then: whoever changed anything may have changed this
        _ => match field {
            Field::Title | Field::Content => delivery.returned_hash.as_deref() != Some(returned_hash(post).as_str()),
            _ => delivery.modified_gmt.as_deref() != Some(post.modified_gmt.as_str()),
        },
    }
}

/// Whether anybody changed anything since our last write.
pub fn is_untouched(sides: &Sides<'_>) -> bool {
    let Sides { delivery, returned, post, .. } = sides;
    let as_returned = delivery.returned_hash.as_deref() == Some(returned_hash(post).as_str());
    let now = Returned::of(post);
    let differs = |returned: &Returned| {
        returned
            .differing(&now)
            .any(|field| !(field == "status" && (returned.get(field), now.get(field)) == (Some("future"), Some("publish"))))
    };
    match returned {
        Some(returned) => as_returned && !differs(returned),
        None => as_returned && delivery.modified_gmt.as_deref() == Some(post.modified_gmt.as_str()),
    }
}

/// Whether the post says already what is wanted there, as far as texts tell. Of terms, pictures and authors only ids could.
fn is_as_wanted(sides: &Sides<'_>, wanted: &Draft, field: &Field) -> bool {
    let post = sides.post;
    match field {
        Field::Author => false,
        Field::Meta(_) | Field::Seo(_) => sides.values.is_as_wanted(post, field),
        Field::Title => plain(&post.title) == plain(&wanted.title),
        Field::Content => post.content.trim() == wanted.content.trim(),
        Field::Excerpt => post.excerpt.as_deref().is_some_and(|excerpt| plain(excerpt) == plain(&wanted.excerpt)),
        Field::Status => post.status.0 == wanted.status.as_str(),
        Field::FeaturedMedia => wanted.image.is_none() && post.featured_media == 0,
        Field::Taxonomy(taxonomy) => names(wanted, taxonomy).is_empty() && post.terms.get(taxonomy).is_some_and(|ids| ids.is_empty()),
    }
}

/// Whether the texts that an announced change intended are there, as far as WordPress writes them otherwise: it carries our mark,
/// and its title is the intended one. That it was we who wrote them, the newest revision tells.
pub fn fits(post: &Post, intended: &Draft, delivery: &Delivery) -> bool {
    marks(&post.content).contains(&delivery.key.as_str()) && plain(&post.title) == plain(&intended.title)
}

/// What a person reads of a field: of a draft.
pub fn told_of_draft(draft: &Draft, field: &Field) -> String {
    match field {
        Field::Title => draft.title.clone(),
        Field::Content => draft.content.clone(),
        Field::Excerpt => draft.excerpt.clone(),
        Field::Status => draft.status.as_str().to_owned(),
        Field::Author => draft.author.clone().unwrap_or_default(),
        Field::Meta(key) => draft.extras.meta.get(key).cloned().unwrap_or_default(),
        Field::Seo(what) => told_of_seo(&draft.extras.seo, what),
        Field::FeaturedMedia => draft.image.as_ref().map(|image| image.url.clone()).unwrap_or_default(),
        Field::Taxonomy(taxonomy) => {
            draft.terms.iter().filter(|term| term.taxonomy == *taxonomy).map(Term::path).collect::<Vec<_>>().join(", ")
        }
    }
}

/// What a person reads of a field: of the post. Terms, pictures and authors are ids; `name` tells terms' names where it can.
pub fn told_of_post(post: &Post, field: &Field, values: &Values, name: impl Fn(&str, u64) -> Option<String>) -> String {
    match field {
        Field::Author => format!("user {}", post.author),
        Field::Meta(_) | Field::Seo(_) => values.told_of_post(post, field),
        Field::Title => post.title.clone(),
        Field::Content => post.content.clone(),
        Field::Excerpt => post.excerpt.clone().unwrap_or_default(),
        Field::Status => post.status.0.clone(),
        Field::FeaturedMedia if post.featured_media == 0 => String::new(),
        Field::FeaturedMedia => format!("media {}", post.featured_media),
        Field::Taxonomy(taxonomy) => {
            let ids = post.terms.get(taxonomy).map(Vec::as_slice).unwrap_or_default();
            ids.iter().map(|id| name(taxonomy, *id).unwrap_or_else(|| format!("term {id}"))).collect::<Vec<_>>().join(", ")
        }
    }
}

/// What search engines may be told.
const SEO: [&str; 4] = ["title", "description", "canonical", "robots"];

fn told_of_seo(seo: &Seo, what: &str) -> String {
    match what {
        "title" => seo.title.clone(),
        "description" => seo.description.clone(),
        "canonical" => seo.canonical.clone(),
        _ => seo.robots.join(", "),
    }
}

fn names<'d>(draft: &'d Draft, taxonomy: &str) -> BTreeSet<(&'d [String], &'d str)> {
    draft.terms.iter().filter(|term| term.taxonomy == taxonomy).map(|term| (term.parents.as_slice(), term.name.as_str())).collect()
}

/// What tells two pictures apart: their bytes, where they are known.
fn picture(image: Option<&DraftImage>) -> Option<&str> {
    image.map(|image| if image.sha256.is_empty() { image.url.as_str() } else { image.sha256.as_str() })
}

fn plain(text: &str) -> String {
    html_escape::decode_html_entities(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::tests::delivery;
    use super::*;

    /// The post as our last write left it, and what it returned.
    fn out(sent: &Draft) -> (Delivery, Returned, Post) {
        let post = Post {
            id: 9,
            title: sent.title.clone(),
            content: sent.content.clone(),
            excerpt: Some(sent.excerpt.clone()),
            modified_gmt: "2026-11-22T12:00:00".to_owned(),
            terms: [("tags".to_owned(), vec![3]), ("categories".to_owned(), vec![1])].into(),
            ..Post::default()
        };
        let (hash, modified) = (Some(returned_hash(&post)), Some(post.modified_gmt.clone()));
        let delivery = Delivery { returned_hash: hash, modified_gmt: modified, draft: Some(sent.clone()), ..delivery("abcdefghijklm") };
        let returned = Returned::of(&post);
        (delivery, returned, post)
    }

    fn sent() -> Draft {
        let term = Term { taxonomy: "tags".into(), name: "old".into(), ..Term::default() };
        Draft { title: "Title".into(), content: "<p>Text.</p>".into(), excerpt: "Short.".into(), terms: vec![term], ..Draft::default() }
    }

    fn fields(of: &BTreeSet<Field>) -> Vec<String> {
        of.iter().map(Field::name).collect()
    }

    const NONE: [&str; 0] = [];

    fn words(all: &[&str]) -> Vec<String> {
        all.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn each_field_is_changed_left_or_a_conflict_by_what_the_three_sides_say() {
        type Edit<T> = fn(&mut T);
        let title: Edit<Draft> = |draft| draft.title = "New".into();
        let all: Edit<Draft> = |draft| {
            draft.title = "New".into();
            draft.content = "<p>New.</p>".into();
            draft.excerpt = "New.".into();
            draft.terms.clear();
        };
        let tags: Edit<Draft> = |draft| draft.terms[0].name = "new".into();
        let none: Edit<Post> = |_| ();
        type Fields = &'static [&'static str];
        type Case = (&'static str, Edit<Draft>, Edit<Post>, Fields, Fields, Fields);
        let author: Edit<Draft> = |draft| draft.author = Some("jane".into());
        let seo: Edit<Draft> = |draft| draft.extras.seo.title = "T".into();
        let table: [Case; 16] = [
            ("what the site doesn't show", seo, none, &[], &[], &["seo.title"]),
            ("another author", author, none, &["author"], &[], &[]),
            ("another author, and a person gave it away", author, |post| post.author = 5, &[], &["author"], &[]),
            ("an author of a person's", title, |post| post.author = 5, &["title"], &[], &[]),
            ("nothing changes", |_| (), none, &[], &[], &[]),
            ("the source alone", title, none, &["title"], &[], &[]),
            ("a person alone", |_| (), |post| post.title = "Theirs".into(), &[], &[], &[]),
            ("both, in one field", title, |post| post.title = "Theirs".into(), &[], &["title"], &[]),
            ("both, in two fields", title, |post| post.content = "Theirs".into(), &["title"], &[], &[]),
            ("both say the same", title, |post| post.title = " New ".into(), &[], &[], &["title"]),
            ("everything", all, none, &["title", "content", "excerpt", "tags"], &[], &[]),
            ("everything but one", all, |post| post.excerpt = Some("Theirs".into()), &["title", "content", "tags"], &["excerpt"], &[]),
            ("terms", tags, none, &["tags"], &[], &[]),
            ("a person's term", tags, |post| post.terms.get_mut("tags").unwrap().push(8), &[], &["tags"], &[]),
            ("a category of a person's", tags, |post| post.terms.get_mut("categories").unwrap().push(8), &["tags"], &[], &[]),
            ("published by a person", title, |post| post.status.0 = "publish".into(), &["title"], &[], &[]),
        ];
        for (what, source, person, change, conflicts, same) in table {
            let sent = sent();
            let (delivery, returned, mut post) = out(&sent);
            let mut wanted = sent.clone();
            source(&mut wanted);
            person(&mut post);
            post.modified_gmt = "2026-11-22T13:00:00".into();
            let values = Values::default();
            let sides = Sides { delivery: &delivery, sent: &sent, returned: Some(&returned), post: &post, values: &values };
            let merged = merge(&sides, &wanted);
            assert_eq!(
                (fields(&merged.change), fields(&merged.conflicts), fields(&merged.same)),
                (words(change), words(conflicts), words(same)),
                "{what}"
            );
        }
    }

    #[test]
    fn where_nobody_knows_what_came_back_the_moment_of_the_last_change_tells() {
        let sent = sent();
        let (delivery, _, post) = out(&sent);
        let wanted = Draft { title: "New".into(), excerpt: "New.".into(), ..sent.clone() };
        let merged = |delivery: &Delivery, post: &Post| {
            let values = Values::default();
            merge(&Sides { delivery, sent: &sent, returned: None, post, values: &values }, &wanted)
        };
        assert_eq!(fields(&merged(&delivery, &post).change), ["title", "excerpt"]);
        let later = Post { modified_gmt: "2026-11-22T13:00:00".into(), ..post.clone() };
        assert_eq!(fields(&merged(&delivery, &later).change), ["title"], "title and content have a hash");
        assert_eq!(fields(&merged(&delivery, &later).conflicts), ["excerpt"]);
        let theirs = Delivery { returned_hash: None, ..delivery };
        assert_eq!(fields(&merged(&theirs, &post).conflicts), ["title", "excerpt"], "it was taken over with a person's work in it");
    }

    #[test]
    fn a_post_is_taken_back_to_draft_and_never_put_out() {
        let out = Draft { status: Status::Publish, ..sent() };
        let back = Draft { status: Status::Draft, ..sent() };
        assert_eq!(fields(&differing(&out, &back)), ["status"]);
        assert_eq!(fields(&differing(&back, &out)), NONE);
    }

    #[test]
    fn an_author_follows_where_the_source_names_one_and_custom_fields_one_by_one() {
        let named = Draft { author: Some("jane".into()), ..sent() };
        assert_eq!(fields(&differing(&sent(), &named)), ["author"]);
        assert_eq!(fields(&differing(&named, &sent())), NONE);
        let (mut was, mut is) = (sent(), sent());
        was.extras.meta = [("a".to_owned(), "1".to_owned()), ("b".to_owned(), "1".to_owned())].into();
        is.extras.meta = [("b".to_owned(), "2".to_owned()), ("c".to_owned(), "1".to_owned())].into();
        is.extras.seo.title = "T".into();
        let differ = differing(&was, &is);
        assert_eq!(fields(&differ), ["meta.a", "meta.b", "meta.c", "seo.title"]);
        assert_eq!(with_fields(&was, &differ, &is), is);
    }

    #[test]
    fn what_was_sent_takes_over_only_the_fields_that_were_changed() {
        let sent = sent();
        let mut wanted = Draft { title: "New".into(), content: "New".into(), ..sent.clone() };
        wanted.terms[0].name = "new".into();
        let fields = [Field::Title, Field::Taxonomy("tags".into())];
        let merged = with_fields(&sent, &fields, &wanted);
        assert_eq!((merged.title.as_str(), merged.content.as_str(), merged.terms[0].name.as_str()), ("New", "<p>Text.</p>", "new"));
    }
}
