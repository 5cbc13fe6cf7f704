//! Custom fields and what plug-ins want are put into posts that are made: WordPress refuses them only when the rest is done, so
//! they go out alone, while the post is a draft whose id is stored. What it refuses is left out, and nothing else: by the names in its
//! answer, or else each field is tried by itself. All of it may be repeated.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::domain::Post;
use crate::publish::{self, Made, Refused};
use crate::store::Answer;
use crate::wordpress::{Failure, UNSEEN};

use super::batch::Equipped;
use super::store::answer;
use super::{Error, InHand, On, Round};

/// So long a batch's refused fields are tried one by one; what is left comes again.
const PATIENCE: Duration = Duration::from_secs(240);

impl Round<'_> {
    /// Posts come back as they are then; what failed waits for another try.
    pub(super) async fn dress(&self, on: &On, made: Vec<(Equipped, Post)>) -> Result<Vec<(Equipped, Post)>, Error> {
        let (mut open, mut done): (Vec<_>, Vec<_>) =
            made.into_iter().partition(|(order, _)| !order.parts.fields.later.is_empty() || order.parts.seo.is_some());
        if open.is_empty() {
            return Ok(done);
        }
        self.renew().await?;
        self.begin(open.iter_mut().map(|(order, _)| &mut order.hand).collect(), "fields").await?;
        let wanted: Vec<(u64, &BTreeMap<String, Value>)> = open
            .iter()
            .filter(|(order, _)| !order.parts.fields.later.is_empty())
            .map(|(order, post)| (post.id, &order.parts.fields.later))
            .collect();
        let mut answers = publish::dress(&on.wp, &wanted).await.into_iter();
        let (mut dressed, mut refused) = (Vec::new(), Vec::new());
        for (mut order, mut post) in open {
            if !order.parts.fields.later.is_empty() {
                match answers.next() {
                    Some(Ok(came)) => {
                        took(&mut post, came.post, &order.parts.fields.later);
                        order.parts.warnings.extend(came.warnings);
                    }
                    Some(Err(failure)) => match publish::refused(&order.parts.fields.later, &failure) {
                        Refused::Other => {
                            self.failed(order.hand, &failure).await?;
                            continue;
                        }
                        about => {
                            refused.push((order, post, failure, about));
                            continue;
                        }
                    },
                    None => {}
                }
            }
            dressed.push((order, post));
        }
        done.extend(self.dressed(on, dressed).await?);
        self.learn_moments(on, refused.iter_mut().map(|(_, post, ..)| post).collect()).await;
        let end = Instant::now() + PATIENCE;
        for (mut order, post, failure, about) in refused {
            let is_late = self.must_end() || Instant::now() > end;
            if about == Refused::Unnamed && !is_late {
                if let Some(dressed) = self.dress_singly(on, order, post, &failure).await? {
                    done.extend(self.dressed(on, vec![dressed]).await?);
                }
            } else if let Some(hand) = self.note_answer(order.hand, &post, answer(&failure)).await? {
                let sent = std::mem::take(&mut order.parts.fields.later);
                match about {
                    Refused::These(_) => self.failed_with(on, hand, &sent, &failure).await?,
                    _ => self.put_back(vec![hand], self.now()).await?,
                }
            }
        }
        Ok(done)
    }

    /// What WordPress refused is changed all the same, though only in its moment: it is read, so that nobody takes it for a person's.
    async fn learn_moments(&self, on: &On, posts: Vec<&mut Post>) {
        let ids: Vec<u64> = posts.iter().map(|post| post.id).collect();
        if ids.is_empty() {
            return;
        }
        // without it a further refusal may look like a person's change: then the post is left as it is, which loses nothing
        let Ok(found) = on.wp.posts_by_id(&ids).await else { return };
        for post in posts {
            if let Some(now) = found.iter().find(|now| publish::is_same(post, now)) {
                post.modified_gmt.clone_from(&now.modified_gmt);
                post.revision = now.revision;
            }
        }
    }

    /// The site refuses some of a post's fields and doesn't say which: each goes out alone, and those that it refuses then are left
    /// out. `None`: another try is needed, or another worker goes on.
    async fn dress_singly(&self, on: &On, order: Equipped, mut post: Post, why: &Failure) -> Result<Option<(Equipped, Post)>, Error> {
        let Equipped { hand, mut parts, stranger } = order;
        tracing::warn!(site = self.site.config.name, delivery = %hand.delivery.id, error = %why, "the site refuses some of a post's fields: each alone");
        let sent = std::mem::take(&mut parts.fields.later);
        let Some(mut hand) = self.note_answer(hand, &post, answer(why)).await? else { return Ok(None) };
        for part in publish::parts(&sent) {
            self.pipeline.progressed();
            self.renew().await?;
            self.begin(vec![&mut hand], "fields").await?;
            let alone = part.alone(&sent);
            let came = publish::dress(&on.wp, &[(post.id, &alone)]).await.pop().expect("one answer a post");
            let answer = match came {
                Ok(came) => {
                    took(&mut post, came.post, &alone);
                    parts.warnings.extend(came.warnings);
                    Answer { status: Some(200), ..Answer::default() }
                }
                Err(failure) if publish::refused(&alone, &failure) != Refused::Other => {
                    self.note_refused(on, &part, &sent, &failure.to_string());
                    parts.warnings.push(format!("without {}: {failure}", part.told()));
                    self.learn_moments(on, vec![&mut post]).await;
                    answer(&failure)
                }
                Err(failure) => return self.failed(hand, &failure).await.map(|()| None),
            };
            let Some(same) = self.note_answer(hand, &post, answer).await? else { return Ok(None) };
            hand = same;
        }
        // what follows is a request like those before
        if parts.seo.is_some() {
            self.begin(vec![&mut hand], "fields").await?;
        }
        Ok(Some((Equipped { hand, parts, stranger }, post)))
    }

    /// The fields are in; search engines are told what they shall be told, and all of it is stored.
    async fn dressed(&self, on: &On, dressed: Vec<(Equipped, Post)>) -> Result<Vec<(Equipped, Post)>, Error> {
        let mut stored = Vec::new();
        for (mut order, post) in dressed {
            match self.tell_seo(on, &mut order, &post).await {
                Ok(()) => stored.push((order, post)),
                Err(failure) => self.failed(order.hand, &failure).await?,
            }
        }
        let (made, rest): (Vec<(InHand, Made)>, Vec<_>) = stored
            .into_iter()
            .map(|(order, post)| ((order.hand, Made { post, warnings: Vec::new() }), (order.parts, order.stranger)))
            .unzip();
        let stored = self.mark_made_with(made, rest).await?;
        Ok(stored.into_iter().map(|(hand, post, (parts, stranger))| (Equipped { hand, parts, stranger }, post)).collect())
    }

    /// What goes through the routes of an SEO plug-in. The post goes without what they refuse.
    async fn tell_seo(&self, on: &On, order: &mut Equipped, post: &Post) -> Result<(), Failure> {
        let Some((plugin, seo)) = &order.parts.seo else { return Ok(()) };
        let name = plugin.name();
        match on.wp.tell_seo(post.id, &post.link, *plugin, seo).await {
            Ok(lacking) if lacking.iter().any(|one| one == UNSEEN) => {
                order.parts.once.push(format!("{name} took what search engines are told, and doesn't show it here: it is not verified"));
            }
            Ok(lacking) if lacking.is_empty() => {}
            Ok(lacking) => order.parts.warnings.push(format!("{name} didn't keep: {}", lacking.join(", "))),
            // a plug-in's no says nothing of the site's own routes
            Err(failure @ (Failure::Refused(_) | Failure::Blocked { .. } | Failure::Lost { .. } | Failure::Unwelcome(_))) => {
                order.parts.warnings.push(format!("{name} wasn't told what search engines shall be told: {failure}"));
            }
            Err(failure) => return Err(failure),
        }
        Ok(())
    }
}

/// The post as it came back. WordPress answers with every custom field that it has open to REST: only of what was sent it is kept
/// what came; and what an earlier answer told and this one doesn't stays.
fn took(post: &mut Post, came: Post, sent: &BTreeMap<String, Value>) {
    let before = std::mem::replace(post, came);
    post.is_protected |= before.is_protected;
    for (name, told) in &mut post.more {
        if let (Value::Object(told), Some(Value::Object(sent))) = (told, sent.get(name)) {
            told.retain(|key, _| sent.contains_key(key));
        }
    }
    for (name, told) in before.more {
        match (post.more.get_mut(&name), told) {
            (Some(Value::Object(now)), Value::Object(before)) => {
                for (key, value) in before {
                    now.entry(key).or_insert(value);
                }
            }
            (_, told) => drop(post.more.insert(name, told)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn post(more: Value) -> Post {
        let more = more.as_object().expect("fields").clone().into_iter().collect();
        Post { more, ..Post::default() }
    }

    #[test]
    fn of_answers_to_each_field_alone_all_fields_are_kept_and_nothing_else() {
        let mut kept = Post { is_protected: true, ..post(json!({"format": "aside"})) };
        let sent = |key: &str, value: Value| BTreeMap::from([("meta".to_owned(), json!({ key: value }))]);
        took(&mut kept, post(json!({"meta": {"a": "1", "b": "", "other": "x"}})), &sent("a", json!(1)));
        took(&mut kept, post(json!({"meta": {"a": "1", "b": "2", "other": "x"}})), &sent("b", json!(2)));
        assert_eq!(kept, Post { is_protected: true, ..post(json!({"format": "aside", "meta": {"a": "1", "b": "2"}})) });
    }
}
