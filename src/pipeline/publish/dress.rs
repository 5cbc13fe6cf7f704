//! Custom fields and what plug-ins want are put into posts that are made: WordPress refuses them only when the rest is done, so
//! they go out alone, while the post is a draft whose id is stored. All of it may be repeated.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::domain::Post;
use crate::publish::{self, Made};
use crate::wordpress::{Failure, UNSEEN};

use super::batch::Equipped;
use super::{Error, InHand, On, Round};

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
        let mut stored = Vec::new();
        for (mut order, mut post) in open {
            if !order.parts.fields.later.is_empty() {
                match answers.next() {
                    Some(Ok(came)) => {
                        // of what the first answer told nothing is told again
                        let more = std::mem::take(&mut post.more);
                        let is_protected = post.is_protected;
                        post = came.post;
                        only_sent(&mut post, &order.parts.fields.later);
                        post.more.extend(more);
                        post.is_protected |= is_protected;
                        order.parts.warnings.extend(came.warnings);
                    }
                    Some(Err(failure)) => {
                        let sent = order.parts.fields.later;
                        self.failed_with(on, order.hand, &sent, &failure).await?;
                        continue;
                    }
                    None => {}
                }
            }
            match self.tell_seo(on, &mut order, &post).await {
                Ok(()) => stored.push((order, post)),
                Err(failure) => self.failed(order.hand, &failure).await?,
            }
        }
        let (made, rest): (Vec<(InHand, Made)>, Vec<_>) = stored
            .into_iter()
            .map(|(order, post)| ((order.hand, Made { post: post.clone(), warnings: Vec::new() }), (order.parts, order.stranger)))
            .unzip();
        let stored = self.mark_made_with(made, rest).await?;
        done.extend(stored.into_iter().map(|(hand, post, (parts, stranger))| (Equipped { hand, parts, stranger }, post)));
        Ok(done)
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

/// WordPress answers with every custom field that it has open to REST: only of what we sent it is kept what came back.
fn only_sent(post: &mut Post, sent: &BTreeMap<String, Value>) {
    for (name, told) in &mut post.more {
        if let (Value::Object(told), Some(Value::Object(sent))) = (told, sent.get(name)) {
            told.retain(|key, _| sent.contains_key(key));
        }
    }
}
