//! What a draft has beside texts, terms and pictures: the site is asked what it can hold, and what it refused before is left out.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::domain::{Draft, Secret};
use crate::publish::{self, Part, Place, Refused};
use crate::wordpress::{Failure, SeoParts};

use super::equip::{Parts, Stop};
use super::{Error, InHand, On, Round};

impl Round<'_> {
    pub(super) async fn extras(&self, on: &On, draft: &Draft, parts: &mut Parts) -> Result<(), Stop> {
        let extras = &draft.extras;
        let schema = on.wp.schema().await?;
        let formats = match &extras.format {
            Some(_) => self.formats.get_or_try_init(async || on.wp.theme_formats().await).await?.as_deref(),
            None => None,
        };
        let parent = match &extras.parent {
            Some(name) if schema.writable("parent").is_some() => self.parent(on, name).await?,
            _ => None,
        };
        let password = match &extras.password_of {
            Some(feed) => self.password(feed).await,
            None => None,
        };
        let seo = if extras.seo.is_empty() { SeoParts::default() } else { on.wp.seo_parts(&extras.seo, &schema) };
        if !seo.untold.is_empty() {
            let missing = seo.untold.join(", ");
            let told = match seo.plugin {
                Some(plugin) => format!("{} takes no {missing} for search engines over REST here: posts go without", plugin.name()),
                None => format!("the site has no SEO plug-in that takes {missing} over REST: posts go without"),
            };
            parts.once.push(told);
        }
        let place = Place { kind: on.wp.kind(), schema: &schema, formats };
        let mut fields = publish::fields(extras, &place, parent, password.as_ref(), &seo);
        parts.warnings.append(&mut fields.warnings);
        self.without_refused(on, &mut fields.first, parts);
        self.without_refused(on, &mut fields.later, parts);
        parts.seo = seo.plugin.filter(|_| seo.own).map(|plugin| (plugin, extras.seo.clone()));
        parts.fields = fields;
        Ok(())
    }

    /// A failure of a request that carried these fields. Where it is about some that the post can go without, it goes without, at once.
    pub(super) async fn failed_with(&self, on: &On, hand: InHand, sent: &BTreeMap<String, Value>, failure: &Failure) -> Result<(), Error> {
        let Refused::These(parts) = publish::refused(sent, failure) else { return self.failed(hand, failure).await };
        let told: Vec<String> = parts.iter().map(Part::told).collect();
        tracing::warn!(site = self.site.config.name, delivery = %hand.delivery.id, error = %failure, "the site refuses {}: once more without", told.join(", "));
        let why = failure.to_string();
        parts.iter().for_each(|part| self.note_refused(on, part, sent, &why));
        Ok(self.pipeline.store.put_back(hand.lease, self.now(), &why, self.now()).await?)
    }

    /// Of these values the site takes none again, as long as this process lives.
    pub(super) fn note_refused(&self, on: &On, part: &Part, sent: &BTreeMap<String, Value>, why: &str) {
        let value = part.value(sent).map(Value::to_string).unwrap_or_default();
        let mut refused = self.site.refused_fields.lock().expect("no thread panicked with it");
        refused.insert((on.wp.kind().name.clone(), part.clone(), value), why.to_owned());
    }

    fn without_refused(&self, on: &On, fields: &mut BTreeMap<String, Value>, parts: &mut Parts) {
        let refused = self.site.refused_fields.lock().expect("no thread panicked with it");
        for part in publish::parts(fields) {
            let value = part.value(fields).map(Value::to_string).unwrap_or_default();
            let Some(why) = refused.get(&(on.wp.kind().name.clone(), part.clone(), value)) else { continue };
            parts.warnings.push(format!("without {}: {why}", part.told()));
            part.take_out(fields);
        }
    }

    /// What a person should know of a post that is out: its own, each once, and what is told once a site and wasn't told yet.
    pub(super) fn told_of(&self, parts: Parts) -> Vec<String> {
        let mut told = parts.warnings;
        let mut known = self.site.told.lock().expect("no thread panicked with it");
        told.extend(parts.once.into_iter().filter(|one| known.insert(one.clone())));
        let mut seen = std::collections::HashSet::new();
        told.retain(|one| seen.insert(one.clone()));
        told
    }

    async fn parent(&self, on: &On, name: &str) -> Result<Option<u64>, Failure> {
        let key = (on.wp.kind().name.clone(), name.to_owned());
        let mut parents = self.parents.lock().await;
        if let Some(known) = parents.get(&key) {
            return Ok(*known);
        }
        let found = on.wp.parent(name).await?;
        parents.insert(key, found);
        Ok(found)
    }

    /// What opens the posts of a feed; `None`: it can't be had, and the log says why.
    async fn password(&self, feed: &str) -> Option<Secret> {
        let source = self.pipeline.post_password(feed)?;
        let password = tokio::task::spawn_blocking(move || source.resolve()).await.expect("reading a secret does not panic");
        match password {
            Ok(password) => Some(password),
            Err(error) => {
                tracing::warn!(feed, %error, "its `post_password` can't be had");
                None
            }
        }
    }
}
