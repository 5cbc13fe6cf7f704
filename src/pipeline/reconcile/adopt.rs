//! The store rebuilt from a site: every post there that carries one of our keys gets its item and delivery back, so that a fresh
//! start posts nothing twice.
//!
//! Reads: every post of the site, of every type, in any status and in the trash. A post is ours by the mark in its content, or by the
//! key at the end of its slug where its author is our user. Its source's link, where the source line tells it, counts as posted, too.
//! Writes: [`Store::take_over`](crate::store::Store::take_over), fifty posts at a time. If the process dies in between, the same
//! command goes on: what the store has is known. Nothing on the site is changed.

use std::sync::Arc;

use serde_json::Value;

use crate::config::Dedup;
use crate::dedup::{self, DeliveryKey};
use crate::domain::{Entry, Keys, marks};
use crate::pipeline::{Error, Pipeline, Site};
use crate::publish;
use crate::store::{FoundKind, FoundPost, PostFacts, TakenOver};
use crate::wordpress::{self, Everything, Failure, Me, PostType};

/// The feed that stands for where adopted posts came from; no feed of a configuration is called so.
const UNDER: &str = "(adopted)";

/// One post of ours that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Adopted {
    pub found: FoundPost,
    /// What became of it; `None`: nothing yet.
    pub taken: Option<TakenOver>,
}

/// What was found on one site.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Adoption {
    pub site: String,
    /// Posts that were looked at.
    pub looked_at: u64,
    pub posts: Vec<Adopted>,
    /// Posts by our user that carry no key.
    pub unmarked: u64,
    /// Why not all of them were seen.
    pub failed: Option<String>,
}

impl Pipeline {
    /// Looks for our posts on a site; changes nothing.
    pub async fn plan_adopt(&self, site: &Arc<Site>) -> Result<Adoption, Error> {
        let mut adoption = Adoption { site: site.config.name.clone(), ..Adoption::default() };
        let found = match self.connect(site).await {
            Ok((wp, me)) => look(site, &wp, &me, &mut adoption).await.map_err(|failure| failure.to_string()),
            Err(failure) => Err(failure.to_string()),
        };
        adoption.failed = found.err();
        Ok(adoption)
    }

    /// Takes them over.
    pub async fn adopt(&self, site: &Arc<Site>, mut adoption: Adoption) -> Result<Adoption, Error> {
        let found: Vec<FoundPost> = adoption.posts.iter().map(|adopted| adopted.found.clone()).collect();
        let taken = self.store.take_over(site.id, UNDER, &found, self.clock.now()).await?;
        for (adopted, taken) in adoption.posts.iter_mut().zip(taken) {
            adopted.taken = Some(taken);
        }
        Ok(adoption)
    }
}

async fn look(site: &Site, wp: &wordpress::Site, me: &Me, adoption: &mut Adoption) -> Result<(), Failure> {
    let mut seen = std::collections::HashSet::new();
    // who may not edit what is published sees it as a reader does
    let contexts: &[(&str, &str)] = match me.sees_all() {
        true => &[("edit", "slug,status,link,author,title.raw,content.raw,modified_gmt")],
        false => &[
            ("edit", "slug,status,link,author,title.raw,content.raw,modified_gmt"),
            ("view", "slug,status,link,author,title.rendered,content.rendered,modified_gmt"),
        ],
    };
    for kind in wp.types().await?.iter().filter(|kind| !kind.is_design() && kind.name != "attachment") {
        for (context, fields) in contexts {
            let walk = wp.every(Everything { of: kind, fields, context }, |row| {
                let id = row["id"].as_u64().unwrap_or(0);
                if !seen.insert((kind.name.clone(), id)) {
                    return;
                }
                adoption.looked_at += 1;
                let found = ours(site, me, kind, row);
                adoption.unmarked += u64::from(found.is_empty() && row["author"].as_u64() == Some(me.id));
                adoption.posts.extend(found.into_iter().map(|found| Adopted { found, taken: None }));
            });
            match walk.await {
                Ok(walked) if walked.is_whole() || !me.sees_all() => {}
                Ok(walked) => {
                    let why = format!("this account sees {} of {} ({})", walked.shown, walked.there, kind.name);
                    adoption.failed.get_or_insert(why);
                }
                // a type that isn't for us holds none of ours
                Err(Failure::Refused(_) | Failure::Lost { .. } | Failure::Unwelcome(_)) if !kind.is_post() => {}
                Err(failure) => return Err(failure),
            }
        }
    }
    Ok(())
}

/// What a post of ours is in the store; one for each key that it carries. Empty: it isn't ours.
fn ours(site: &Site, me: &Me, kind: &PostType, row: &Value) -> Vec<FoundPost> {
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let raw = |value: &Value| text(value.get("raw").or_else(|| value.get("rendered")).unwrap_or(value));
    let (content, slug, status) = (raw(&row["content"]), text(&row["slug"]), text(&row["status"]));
    let mut keys: Vec<DeliveryKey> = marks(&content).into_iter().filter_map(dedup::key_of_text).collect();
    if keys.is_empty() && row["author"].as_u64() == Some(me.id) {
        keys.extend(publish::key_in_slug(&slug).and_then(dedup::key_of_text));
    }
    let link = publish::source_of(&content);
    let (of_entry, site_keys) = keys_of(site, None, link.as_deref());
    let is_trashed = status == "trash";
    let found = |key: DeliveryKey| FoundPost {
        key: (key.hash, key.text),
        site_keys: site_keys.clone(),
        keys: of_entry,
        facts: PostFacts {
            post: row["id"].as_u64().unwrap_or(0),
            post_type: (!kind.is_post()).then(|| kind.name.clone()),
            slug: slug.clone(),
            link: text(&row["link"]),
            modified_gmt: text(&row["modified_gmt"]),
            // nobody can say any more whether somebody has worked on it
            returned_hash: None,
            returned: None,
        },
        title: html_escape::decode_html_entities(&raw(&row["title"])).into_owned(),
        link: link.clone(),
        kind: if is_trashed { FoundKind::Trashed } else { FoundKind::Ours },
        because: match is_trashed {
            true => "adopted from the site's trash".to_owned(),
            false => "adopted from the site".to_owned(),
        },
    };
    keys.into_iter().map(found).collect()
}

/// The keys of an entry of which GUID and link are known: over feeds, and on this site. Where the site counts entries by feed, only
/// the delivery's own key tells them apart.
pub(super) fn keys_of(site: &Site, guid: Option<&str>, link: Option<&str>) -> (Keys, Vec<i64>) {
    if guid.is_none() && link.is_none() {
        return (Keys::default(), Vec::new());
    }
    let entry = Entry { guid: guid.map(str::to_owned), link: link.map(str::to_owned), ..Entry::default() };
    let keys = dedup::identify(&[entry], None).entries.first().map(|identity| identity.keys).unwrap_or_default();
    // its text is that of no entry
    let keys = Keys { text: None, ..keys };
    let of_site = match site.config.dedup {
        Dedup::Feed => Vec::new(),
        _ => keys.all().map(|key| dedup::scoped(key, site.id)).collect(),
    };
    (keys, of_site)
}
