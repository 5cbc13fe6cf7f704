//! What the account may, and whether that is what the configuration wants: no less, and no more.

use std::collections::HashMap;

use super::super::{Failure, Me, Site, TypeFound};
use super::{Cause, Diagnosis, Wishes};
use crate::domain::{Post, Status};

/// Capabilities that no wish needs, and what they allow.
const TOO_MUCH: [(&str, &str); 9] = [
    ("manage_options", "change the site's settings"),
    ("promote_users", "give users other roles"),
    ("create_users", "make users"),
    ("delete_users", "delete users"),
    ("install_plugins", "install plug-ins"),
    ("activate_plugins", "switch plug-ins on and off"),
    ("edit_themes", "change themes"),
    ("edit_files", "change files"),
    ("manage_network", "run the whole network of sites"),
];

/// Compares the account's rights with what is wanted.
pub(super) fn role(found: &mut Diagnosis, me: &Me, wishes: &Wishes) {
    let roles = me.roles.join(", ");
    found.fine(format!("logged in as `{}` ({roles})", me.name));
    if !me.can("edit_posts") {
        return found.error(Cause::MayNotPost, format!("this account ({roles}) may not make posts"), "give it the role Author or Editor");
    }
    let more_than_draft = wishes.statuses.iter().any(|status| *status != Status::Draft);
    let mut lacks = |wish: bool, capability: &str, cause: Cause, what: &str, way_out: &str| {
        if wish && !me.can(capability) {
            found.warn(cause, what, way_out);
        }
    };
    lacks(
        more_than_draft,
        "publish_posts",
        Cause::MayNotPublish,
        "this account may not publish: every post stays a draft",
        "give it the role Author or Editor",
    );
    lacks(
        wishes.pictures,
        "upload_files",
        Cause::Uploads,
        "this account may not upload: posts come without pictures",
        "give it the role Author or Editor, or set `image = \"none\"`",
    );
    lacks(
        wishes.new_categories,
        "manage_categories",
        Cause::MayNotFile,
        "this account may not make categories: missing ones are left out",
        "give it the role Editor, or make the categories yourself",
    );
    lacks(
        wishes.authors,
        "edit_others_posts",
        Cause::MayNotAssign,
        "this account may not give posts to other authors: they stay its own",
        "give it the role Editor",
    );
    lacks(
        wishes.clean_slugs,
        "edit_others_posts",
        Cause::OwnPostsOnly,
        "this account sees its own posts only: a draft that you give to somebody else before it is finished may be made again",
        "give it the role Editor, or set `slug = \"keyed\"`",
    );
    too_much(found, me, &roles, wishes);
}

/// What is stolen with the password should be no more than what posting needs.
fn too_much(found: &mut Diagnosis, me: &Me, roles: &str, wishes: &Wishes) {
    let more: Vec<&str> = TOO_MUCH.iter().filter(|(capability, _)| me.can(capability)).map(|(_, what)| *what).collect();
    let is_administrator = me.roles.iter().any(|role| role == "administrator");
    if is_administrator || !more.is_empty() {
        let what = format!("this account ({roles}) may also {}: more than wirepress needs", listed(&more));
        return found.warn(Cause::MoreThanNeeded, what, "make wirepress a user of its own with the role Editor");
    }
    let needs_editor = wishes.authors || wishes.clean_slugs || wishes.new_categories;
    if me.can("edit_others_posts") && !needs_editor {
        let what = format!("this account ({roles}) may change other people's posts, which nothing in the configuration needs");
        found.warn(Cause::MoreThanNeeded, what, "the role Author is enough");
    }
}

/// `a, b and c`
fn listed(all: &[&str]) -> String {
    match all {
        [] => "do whatever an administrator may".to_owned(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Whether the users whose posts some shall be are there. What the site doesn't answer is no finding of its own.
pub(super) async fn authors(found: &mut Diagnosis, site: &Site, me: &Me, wishes: &Wishes) {
    let sees_all = me.can("edit_others_posts");
    let mut is_missing: HashMap<&str, bool> = HashMap::new();
    for (name, by) in &wishes.author_names {
        let is_missing = match is_missing.get(name.as_str()) {
            Some(known) => *known,
            None => {
                let missing = matches!(site.user(name).await, Ok(None));
                is_missing.insert(name, missing);
                missing
            }
        };
        if is_missing {
            let whom = if sees_all { "whom the site doesn't have" } else { "whom the site doesn't show to this account" };
            let what = format!("{by} names the user `{name}`, {whom}: its posts stay this account's");
            found.warn(Cause::NoAuthor, what, "write a user's login name or id, or make that user with the role Author or higher");
        }
    }
}

/// Whether posts can be of the types that are wanted. What the site doesn't answer is no finding of its own.
pub(super) async fn post_types(found: &mut Diagnosis, site: &Site, me: &Me, wishes: &Wishes) {
    let more_than_draft = wishes.statuses.iter().any(|status| *status != Status::Draft);
    for wanted in &wishes.post_types {
        match site.find_type(wanted).await {
            Ok(TypeFound::Ours(kind)) if more_than_draft && me.can("publish_posts") && !me.towards(&kind).can("publish_posts") => found
                .warn(
                    Cause::MayNotPublish,
                    format!("this account may not publish posts of the type `{wanted}`: each stays a draft"),
                    "give it a role that may (the role Editor, for pages)",
                ),
            Ok(TypeFound::Ours(_)) | Err(_) => {}
            Ok(TypeFound::Others) => found.error(
                Cause::NoPostType,
                format!("this account may not make posts of the type `{wanted}`"),
                "give it a role that may edit them (the role Editor, for pages)",
            ),
            Ok(TypeFound::Nowhere(known)) => {
                let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
                let way_out = format!(
                    "this account may use {}; another must be registered on the site with `show_in_rest` (plug-ins that make types call it \"Show in REST API\")",
                    known.join(", ")
                );
                found.error(Cause::NoPostType, format!("the site shows no post type `{wanted}` over REST"), way_out);
            }
        }
    }
}

/// Whether the site has the taxonomies that are filed in.
pub(super) async fn taxonomies(found: &mut Diagnosis, site: &Site, wishes: &Wishes) {
    if wishes.taxonomies.is_empty() {
        return;
    }
    let Ok(mut known) = site.taxonomies().await else { return };
    if wishes.post_types.is_empty() {
        known.retain(|known| known.types.iter().any(|kind| kind == "post"));
    }
    for wanted in wishes.taxonomies.iter().filter(|wanted| !known.iter().any(|known| known.rest_base == **wanted || known.name == **wanted))
    {
        let names: Vec<String> = known.iter().map(|known| format!("`{}`", known.rest_base)).collect();
        let way_out = format!(
            "it has {}; another must be registered for posts with `show_in_rest`, or stand in the configuration under its other name",
            names.join(", ")
        );
        found.error(Cause::NoTaxonomy, format!("the site has no taxonomy `{wanted}` for posts"), way_out);
    }
}

const NO_POSTS: &str = "the REST API has no `/wp/v2/posts`: no post can be made";
const MEND_POSTS: &str =
    "a plug-in (a filter on `rest_endpoints`), or `show_in_rest` switched off for posts, takes it away: allow it for logged-in users";

/// Whether a person writes under this account: then "who changed this post" has no answer.
pub(super) async fn sharing(found: &mut Diagnosis, site: &Site, me: &Me) {
    let foreign = |post: &Post| post.author == me.id && !post.content.contains("wirepress");
    match site.walk_newest(Some(me.id), 0, 1, foreign).await {
        Ok(posts) if posts.is_empty() => {}
        Ok(posts) => {
            let newest = posts.iter().max_by_key(|post| post.id).map_or("", |post| post.title.as_str());
            let what = format!("{} of this account's newest posts aren't from wirepress (\"{newest}\"): somebody shares it", posts.len());
            let way_out = "make a WordPress user for wirepress alone: what people changed is told apart by who did it";
            found.warn(Cause::Shared, what, way_out);
        }
        // `rest_no_route`, or an address behind which there is no WordPress any more
        Err(Failure::Refused(refusal)) if refusal.status == 404 => found.error(Cause::NoPosts, NO_POSTS, MEND_POSTS),
        Err(Failure::Lost { .. }) => found.error(Cause::NoPosts, NO_POSTS, MEND_POSTS),
        Err(Failure::Blocked { because, .. }) => {
            let way_out = "allow requests for `/wp-json/wp/v2/posts` in its settings: their addresses hold lists of slugs";
            found.error(Cause::Firewall, format!("something in front of WordPress doesn't let posts be listed: {because}"), way_out);
        }
        Err(failure) => found.warn(Cause::ServerError, format!("its posts can't be listed: {failure}"), "try again later"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn me(roles: &[&str], capabilities: &[&str]) -> Me {
        Me {
            id: 7,
            name: "wirepress".into(),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            capabilities: capabilities.iter().map(|capability| (*capability).to_owned()).collect(),
        }
    }

    #[test]
    fn an_account_that_may_do_more_than_is_needed_is_told_what() {
        let editor = &["edit_posts", "publish_posts", "upload_files", "edit_others_posts", "manage_categories"];
        let clean = Wishes { clean_slugs: true, ..Wishes::default() };
        for (roles, more, wishes, told) in [
            (&["editor"][..], &[][..], &clean, None),
            (&["editor"], &[], &Wishes::default(), Some("may change other people's posts")),
            (&["shopkeeper"], &["create_users", "manage_options"], &clean, Some("change the site's settings and make users")),
            (&["administrator"], &[], &clean, Some("whatever an administrator may")),
        ] {
            let mut found = Diagnosis::default();
            role(&mut found, &me(roles, &[&editor[..], more].concat()), wishes);
            let what: Vec<&str> =
                found.findings.iter().filter(|finding| finding.cause.is_some()).map(|finding| finding.what.as_str()).collect();
            assert_eq!(what.len(), usize::from(told.is_some()), "{what:?}");
            assert!(told.is_none_or(|told| what[0].contains(told)), "{what:?}");
        }
    }
}
