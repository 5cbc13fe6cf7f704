//! What a wish would change of the post as its site has it now; changes nothing.

use std::collections::HashMap;

use super::super::Pipeline;
use crate::domain::{Delivery, Draft, Id, Post, Term, Timestamp};
use crate::publish::{self, Field, Sides, Values, Vocabulary};
use crate::store::Conflict;

/// Posts that one request asks for.
const AT_ONCE: usize = 100;

/// What would become of a post.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::pipeline) enum Judged {
    /// These fields become what is wanted; in those a person was first.
    Would { change: Vec<Field>, conflicts: Vec<Conflict> },
    /// A person put it in the trash.
    Trashed,
    /// Deleted, or out of our account's sight.
    Unseen,
    /// An earlier change had no clear answer.
    InDoubt(Timestamp),
    /// The site could not be asked.
    Failed(String),
}

impl Pipeline {
    /// One answer a wish, in their order: one request for 100 posts.
    pub(in crate::pipeline) async fn compare_posts(&self, site: Id, wishes: &[(&Delivery, &Draft)]) -> Vec<Judged> {
        let mut judged = Vec::with_capacity(wishes.len());
        for some in wishes.chunks(AT_ONCE) {
            match self.compare_some(site, some).await {
                Ok(found) => judged.extend(found),
                Err(why) => judged.extend(some.iter().map(|_| Judged::Failed(why.clone()))),
            }
        }
        judged
    }

    async fn compare_some(&self, site: Id, wishes: &[(&Delivery, &Draft)]) -> Result<Vec<Judged>, String> {
        let wp = self.wordpress(site).await?;
        let ids: Vec<Id> = wishes.iter().map(|(delivery, _)| delivery.id).collect();
        let updates = self.store.updates(&ids).await.map_err(|error| error.to_string())?;
        let returned = self.store.returned(&ids).await.map_err(|error| error.to_string())?;
        let (known, _) = self.store.terms(site).await.map_err(|error| error.to_string())?;
        let mut vocabulary = Vocabulary::default();
        let drafts = wishes.iter().flat_map(|(delivery, wanted)| delivery.draft.as_ref().into_iter().chain([*wanted]));
        let taxonomies: Vec<Term> = drafts.flat_map(|draft| draft.terms.iter().cloned()).collect();
        let named = vocabulary.by_rest_base(&wp, &taxonomies).await.map_err(|failure| failure.to_string())?;
        let drafts = wishes.iter().flat_map(|(delivery, wanted)| delivery.draft.as_ref().into_iter().chain([*wanted]));
        let mut more = publish::asked_for(drafts);
        more.extend(named.into_iter().map(|term| term.taxonomy).filter(|name| !matches!(name.as_str(), "tags" | "categories")));
        let posts = publish::posts_with(&wp, wishes.iter().map(|(delivery, _)| *delivery), &more).await;
        let posts: HashMap<u64, Post> = posts.map_err(|failure| failure.to_string())?.into_iter().map(|post| (post.id, post)).collect();
        let mut judged = Vec::with_capacity(wishes.len());
        for (delivery, wanted) in wishes {
            if let Some(update) = updates.get(&delivery.id) {
                judged.push(Judged::InDoubt(update.until));
                continue;
            }
            let Some(post) = delivery.post.and_then(|id| posts.get(&id)) else {
                judged.push(Judged::Unseen);
                continue;
            };
            if post.status.is_trash() {
                judged.push(Judged::Trashed);
                continue;
            }
            let (mut sent, mut becomes) = (delivery.draft.clone().unwrap_or_default(), (*wanted).clone());
            sent.terms = vocabulary.by_rest_base(&wp, &sent.terms).await.map_err(|failure| failure.to_string())?;
            becomes.terms = vocabulary.by_rest_base(&wp, &becomes.terms).await.map_err(|failure| failure.to_string())?;
            let of_type = wp.of_type(delivery.type_of_post()).await.map_err(|failure| failure.to_string())?;
            let values = Values::of(&of_type, &sent, &becomes).await.map_err(|failure| failure.to_string())?;
            let sides = Sides { delivery, sent: &sent, returned: returned.get(&delivery.id), post, values: &values };
            let merged = publish::merge(&sides, &becomes);
            let name = |taxonomy: &str, id: u64| {
                known.iter().find(|term| term.taxonomy == taxonomy && term.id == id).map(|term| term.name.clone())
            };
            let conflict = |field: &Field| Conflict {
                field: field.name(),
                sent: publish::told_of_draft(&sent, field),
                wordpress: publish::told_of_post(post, field, &values, name),
                source: publish::told_of_draft(&becomes, field),
            };
            let conflicts = merged.conflicts.iter().map(conflict).collect();
            judged.push(Judged::Would { change: merged.change.into_iter().collect(), conflicts });
        }
        Ok(judged)
    }
}
