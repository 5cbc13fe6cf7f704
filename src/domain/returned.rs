//! What WordPress gave back of a post, field by field, in so few bytes that it can be kept for ever.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Post;

/// Of each field that an answer told, something that is equal exactly where the field is: numbers and short words as they are,
/// texts as 64 bits of hash. A field that isn't here wasn't told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Returned(BTreeMap<String, String>);

impl Returned {
    /// Everything that an answer told. Fields have the names that the REST API has for them; taxonomies their `rest_base`.
    pub fn of(post: &Post) -> Self {
        let mut fields = BTreeMap::new();
        let mut put = |name: &str, value: String| drop(fields.insert(name.to_owned(), value));
        put("title", short(&post.title));
        put("content", short(&post.content));
        if let Some(excerpt) = &post.excerpt {
            put("excerpt", short(excerpt));
        }
        put("status", post.status.0.clone());
        put("slug", post.slug.clone());
        put("author", post.author.to_string());
        put("featured_media", post.featured_media.to_string());
        for (taxonomy, ids) in &post.terms {
            put(taxonomy, list(ids));
        }
        // custom fields, and what plug-ins keep of a post: `meta.price`
        for (field, all) in &post.more {
            for (name, value) in all.as_object().into_iter().flatten() {
                put(&format!("{field}.{name}"), Self::mark(value));
            }
        }
        Self(fields)
    }

    /// What stands here for a value of a custom field.
    pub fn mark(value: &Value) -> String {
        short(&value.to_string())
    }

    /// What it was, if it was told.
    pub fn get(&self, field: &str) -> Option<&str> {
        self.0.get(field).map(String::as_str)
    }

    /// Takes a field over from another answer; one that it doesn't tell is forgotten.
    pub fn take(&mut self, field: &str, from: &Self) {
        match from.0.get(field) {
            Some(value) => drop(self.0.insert(field.to_owned(), value.clone())),
            None => drop(self.0.remove(field)),
        }
    }

    /// Fields in which two answers differ, of those that both tell.
    pub fn differing<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(|(name, value)| other.0.get(*name).is_some_and(|other| other != *value)).map(|(name, _)| name.as_str())
    }
}

/// Ids in one order, whatever the answer's was.
fn list(ids: &[u64]) -> String {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    ids.iter().map(u64::to_string).collect::<Vec<_>>().join(",")
}

/// 16 hex digits; of an empty text nothing.
fn short(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    Sha256::digest(text.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn post(title: &str, tags: &[u64]) -> Post {
        Post { title: title.to_owned(), terms: [("tags".to_owned(), tags.to_vec())].into(), ..Post::default() }
    }

    #[test]
    fn fields_differ_where_the_site_has_something_else_and_not_in_the_order_of_terms() {
        let was = Returned::of(&post("A", &[3, 1]));
        assert_eq!(was.differing(&Returned::of(&post("A", &[1, 3]))).count(), 0);
        assert_eq!(was.differing(&Returned::of(&post("B", &[1]))).collect::<Vec<_>>(), ["tags", "title"]);
        assert_eq!(was.get("excerpt"), None, "it wasn't told");
    }

    #[test]
    fn custom_fields_differ_one_by_one() {
        let with = |price: &str| Post {
            more: [("meta".to_owned(), json!({ "price": price, "note": "n" })), ("sticky".to_owned(), json!(true))].into(),
            ..Post::default()
        };
        let (was, is) = (Returned::of(&with("5")), Returned::of(&with("6")));
        assert_eq!(was.differing(&is).collect::<Vec<_>>(), ["meta.price"]);
        assert_eq!(was.get("meta.price"), Some(Returned::mark(&json!("5")).as_str()));
        assert_eq!(was.differing(&Returned::of(&Post::default())).count(), 0, "a look that doesn't ask for them tells nothing of them");
    }

    #[test]
    fn a_field_is_taken_over_alone() {
        let mut was = Returned::of(&post("A", &[1]));
        let is = Returned::of(&Post { excerpt: Some("E".to_owned()), ..post("B", &[2]) });
        was.take("excerpt", &is);
        was.take("tags", &is);
        assert_eq!(was.differing(&is).collect::<Vec<_>>(), ["title"]);
    }
}
