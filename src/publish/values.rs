//! What custom fields, and what search engines are told, come to on one site: so that what was sent, what is wanted and what stands
//! there can be compared.
//!
//! A draft has texts; the site has values of the kinds that it registered, and an SEO plug-in keeps what it is told under names of its
//! own. What the site can't hold, and what goes through routes of a plug-in's own, is none of this: it stays as it was made.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::domain::{Draft, Post, Returned, Seo};
use crate::wordpress::{Failure, Schema, Site};

use super::field::Field;
use super::fields::{alike, is_nothing, value};

/// Where a value stands in an answer: `meta` and `price`, `aioseo_meta_data` and `title`.
type Place = (String, String);
type Told = BTreeMap<Place, Value>;

/// Of a draft that was sent and one that is wanted, what each field comes to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Values {
    sent: BTreeMap<Field, Told>,
    wanted: BTreeMap<Field, Told>,
}

/// Fields of an answer that a look must ask for, where it is about these drafts.
pub fn asked_for<'d>(drafts: impl IntoIterator<Item = &'d Draft>) -> BTreeSet<String> {
    let has = |draft: &Draft| !draft.extras.meta.is_empty() || !draft.extras.seo.is_empty();
    let names: &[&str] = if drafts.into_iter().any(has) { &["meta", "aioseo_meta_data"] } else { &[] };
    names.iter().map(|name| (*name).to_owned()).collect()
}

impl Values {
    /// Asks the site what it can hold, where the drafts have anything of the kind. `site`: for posts of their type.
    pub async fn of(site: &Site, sent: &Draft, wanted: &Draft) -> Result<Self, Failure> {
        if asked_for([sent, wanted]).is_empty() {
            return Ok(Self::default());
        }
        let schema = site.schema().await?;
        Ok(Self { sent: told(site, &schema, sent), wanted: told(site, &schema, wanted) })
    }

    /// Where a field's values stand, of either draft.
    fn places(&self, field: &Field) -> BTreeSet<&Place> {
        [&self.sent, &self.wanted].into_iter().filter_map(|all| all.get(field)).flat_map(BTreeMap::keys).collect()
    }

    /// The names that [`Returned`] has for a field's values.
    pub fn names(&self, field: &Field) -> Vec<String> {
        self.places(field).into_iter().map(|(outer, inner)| format!("{outer}.{inner}")).collect()
    }

    /// Whether the site can hold the field, and the post shows it.
    pub fn is_shown(&self, post: &Post, field: &Field) -> bool {
        let places = self.places(field);
        !places.is_empty() && places.iter().all(|place| now(post, place).is_some())
    }

    /// Whether somebody changed the field since our last write.
    pub fn is_touched(&self, returned: Option<&Returned>, post: &Post, field: &Field) -> bool {
        let sent = self.sent.get(field);
        self.places(field).into_iter().any(|place| {
            let Some(now) = now(post, place) else { return true };
            let name = format!("{}.{}", place.0, place.1);
            let was = returned.map(|returned| returned.get(&name));
            match (was, sent.and_then(|sent| sent.get(place))) {
                (Some(Some(was)), _) => was != Returned::mark(now),
                // the site never took it, or it was never sent: it is free where nobody filled it
                (Some(None), Some(sent)) => !is_nothing(now) && !alike(sent, now),
                (_, None) => !is_nothing(now),
                (None, Some(sent)) => !alike(sent, now),
            }
        })
    }

    /// Whether the post says already what is wanted.
    pub fn is_as_wanted(&self, post: &Post, field: &Field) -> bool {
        let wanted = self.wanted.get(field);
        self.places(field).into_iter().all(|place| match (wanted.and_then(|wanted| wanted.get(place)), now(post, place)) {
            (Some(wanted), Some(now)) => alike(wanted, now),
            (None, Some(now)) => is_nothing(now),
            (_, None) => false,
        })
    }

    /// What is sent so that the post has these fields as they are wanted; what isn't wanted any more is emptied.
    pub fn change<'f>(&self, fields: impl IntoIterator<Item = &'f Field>) -> BTreeMap<String, Value> {
        let mut change: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
        for field in fields {
            let (sent, wanted) = (self.sent.get(field), self.wanted.get(field));
            for place in self.places(field) {
                let value = match (wanted.and_then(|wanted| wanted.get(place)), sent.and_then(|sent| sent.get(place))) {
                    (Some(wanted), _) => wanted.clone(),
                    // WordPress' own word for it: the field is as if nobody had filled it
                    _ if place.0 == "meta" => Value::Null,
                    (None, Some(Value::Bool(_))) => json!(false),
                    (None, _) => json!(""),
                };
                change.entry(place.0.clone()).or_default().insert(place.1.clone(), value);
            }
        }
        change.into_iter().map(|(name, all)| (name, Value::Object(all))).collect()
    }

    /// What a person reads of the field, of the post.
    pub fn told_of_post(&self, post: &Post, field: &Field) -> String {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let values = self.places(field).into_iter().filter_map(|place| now(post, place)).filter(|value| !is_nothing(value));
        values.map(text).collect::<Vec<_>>().join(", ")
    }
}

/// The value as the post has it now; `None`: it wasn't told.
fn now<'p>(post: &'p Post, (outer, inner): &Place) -> Option<&'p Value> {
    match post.more.get(outer)? {
        Value::Object(all) => Some(all.get(inner).unwrap_or(&Value::Null)),
        // an empty object comes as a list
        Value::Array(all) if all.is_empty() => Some(&Value::Null),
        _ => None,
    }
}

fn told(site: &Site, schema: &Schema, draft: &Draft) -> BTreeMap<Field, Told> {
    let mut all: BTreeMap<Field, Told> = BTreeMap::new();
    for (key, text) in &draft.extras.meta {
        if let Some(value) = schema.meta(key).and_then(|known| value(known, text)) {
            all.insert(Field::Meta(key.clone()), [(("meta".to_owned(), key.clone()), value)].into());
        }
    }
    for (what, seo) in one_by_one(&draft.extras.seo) {
        let parts = site.seo_parts(&seo, schema);
        if parts.own || !parts.untold.is_empty() {
            continue;
        }
        let mut told: Told = parts.meta.into_iter().map(|(key, value)| (("meta".to_owned(), key), value)).collect();
        for (outer, value) in parts.fields {
            let Value::Object(inner) = value else { continue };
            told.extend(inner.into_iter().map(|(key, value)| ((outer.clone(), key), value)));
        }
        all.insert(Field::Seo(what.to_owned()), told);
    }
    all
}

/// Each wish alone.
fn one_by_one(seo: &Seo) -> Vec<(&'static str, Seo)> {
    let Seo { title, description, canonical, robots } = seo.clone();
    let all = [
        ("title", Seo { title, ..Seo::default() }),
        ("description", Seo { description, ..Seo::default() }),
        ("canonical", Seo { canonical, ..Seo::default() }),
        ("robots", Seo { robots, ..Seo::default() }),
    ];
    all.into_iter().filter(|(_, seo)| !seo.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(pairs: &[(&str, Value)]) -> BTreeMap<Field, Told> {
        let one = |(key, value): &(&str, Value)| {
            (Field::Meta((*key).to_owned()), Told::from([(("meta".to_owned(), (*key).to_owned()), value.clone())]))
        };
        pairs.iter().map(one).collect()
    }

    fn post(meta: Value) -> Post {
        Post { more: [("meta".to_owned(), meta)].into(), ..Post::default() }
    }

    fn price() -> Field {
        Field::Meta("price".to_owned())
    }

    #[test]
    fn a_custom_field_is_free_where_the_site_has_what_came_back_or_what_was_sent() {
        let both = Values { sent: told(&[("price", json!(5))]), wanted: told(&[("price", json!(6))]) };
        let new = Values { sent: BTreeMap::new(), wanted: told(&[("price", json!(6))]) };
        let came = Returned::of(&post(json!({ "price": "5 EUR" })));
        let refused = Returned::of(&Post::default());
        for (values, returned, now, touched) in [
            (&both, Some(&came), json!({ "price": "5 EUR" }), false),
            (&both, Some(&came), json!({ "price": 5 }), true),
            (&both, None, json!({ "price": "5" }), false),
            (&both, None, json!({ "price": 7 }), true),
            (&both, None, json!({}), true),
            (&new, None, json!({ "price": 0 }), false),
            (&new, None, json!([]), false),
            (&new, None, json!({ "price": 7 }), true),
            // what came back is known, and this was not among it: the site refused it
            (&both, Some(&refused), json!({ "price": "" }), false),
            (&both, Some(&refused), json!({ "price": 5 }), false),
            (&both, Some(&refused), json!({ "price": 7 }), true),
        ] {
            assert_eq!(values.is_touched(returned, &post(now.clone()), &price()), touched, "{now}");
        }
        assert!(both.is_touched(None, &Post::default(), &price()) && !both.is_shown(&Post::default(), &price()));
        assert!(both.is_as_wanted(&post(json!({ "price": "6" })), &price()));
    }

    #[test]
    fn what_is_not_wanted_any_more_is_emptied() {
        let mut gone = Values { sent: told(&[("price", json!(5))]), wanted: BTreeMap::new() };
        let robots = (("aioseo_meta_data".to_owned(), "robots_noindex".to_owned()), json!(true));
        let title = (("aioseo_meta_data".to_owned(), "title".to_owned()), json!("T"));
        gone.sent.insert(Field::Seo("robots".to_owned()), Told::from([robots, title]));
        let change = gone.change([&price(), &Field::Seo("robots".to_owned())]);
        assert_eq!(change["meta"], json!({ "price": null }));
        assert_eq!(change["aioseo_meta_data"], json!({ "robots_noindex": false, "title": "" }));
        assert!(gone.is_as_wanted(&post(json!({ "price": 0 })), &price()));
    }
}
