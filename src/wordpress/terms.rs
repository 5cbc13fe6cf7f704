//! Tags, categories and other terms (WordPress REST handbook, Tags, Categories).

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::http::Method;

use super::batch::Part;
use super::site::{Body, Call};
use super::{Failure, Site};

/// What a request for a new term is called.
pub(super) const MAKING_A_TERM: &str = "making a term";

/// A term as the site has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundTerm {
    pub id: u64,
    /// As a person reads it: entities decoded.
    pub name: String,
    pub parent: u64,
}

impl Site {
    /// One page of a taxonomy's terms, at most 100, by id; an empty one past the end. `None`: the site has no such taxonomy.
    pub async fn terms_page(&self, taxonomy: &str, page: u32) -> Result<Option<Vec<FoundTerm>>, Failure> {
        let page = page.to_string();
        self.terms(taxonomy, &[("orderby", "id"), ("order", "asc"), ("page", &page)]).await
    }

    /// Terms whose name holds this text, at most 100.
    pub async fn search_terms(&self, taxonomy: &str, name: &str) -> Result<Vec<FoundTerm>, Failure> {
        // `R&D` finds nothing
        Ok(self.terms(taxonomy, &[("search", &kept_name(name))]).await?.unwrap_or_default())
    }

    /// Makes terms `(taxonomy, name)`, one after another; one that is there already answers with its id. At most
    /// [`Site::batch`]; `Err`: no answer for any.
    pub async fn make_terms(&self, wanted: &[(&str, &str)]) -> Result<Vec<Result<u64, Failure>>, Failure> {
        let what = MAKING_A_TERM;
        if let [(taxonomy, name)] = wanted {
            let (route, query) = (format!("/wp/v2/{taxonomy}"), [("_fields", "id")]);
            let body = Some(Body::Json(json!({ "name": name })));
            let reply = self.call(Call { what, label: "term", method: Method::POST, route: &route, query: &query, body }).await;
            return Ok(vec![made(what, reply.map(|reply| reply.json))]);
        }
        let part = |(taxonomy, name): &(&str, &str)| Part { path: format!("/wp/v2/{taxonomy}?_fields=id"), body: json!({ "name": name }) };
        let answers = self.batch_of(what, "terms batch", wanted.iter().map(part).collect()).await?;
        Ok(answers.into_iter().map(|answer| made(what, answer)).collect())
    }

    /// The `rest_base` of each taxonomy that is open to REST, by the taxonomy's own name: `post_tag` → `tags`.
    pub async fn taxonomies(&self) -> Result<BTreeMap<String, String>, Failure> {
        let reply = self.get("looking for taxonomies", "taxonomies", "/wp/v2/taxonomies", &[("_fields", "slug,rest_base")]).await?;
        let rows = reply.json.as_object().cloned().unwrap_or_default();
        Ok(rows.into_iter().filter_map(|(name, row)| Some((name, row["rest_base"].as_str()?.to_owned()))).collect())
    }

    async fn terms(&self, taxonomy: &str, more: &[(&str, &str)]) -> Result<Option<Vec<FoundTerm>>, Failure> {
        // it comes from the configuration and becomes a part of an address
        if taxonomy.is_empty() || !taxonomy.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)) {
            return Ok(None);
        }
        let mut query = vec![("per_page", "100"), ("_fields", "id,name,parent")];
        query.extend_from_slice(more);
        match self.get("looking for terms", "terms", &format!("/wp/v2/{taxonomy}"), &query).await {
            Ok(reply) => Ok(Some(reply.json.as_array().map(|rows| rows.iter().filter_map(term).collect()).unwrap_or_default())),
            // no such route: this taxonomy isn't there, or isn't open to REST
            Err(Failure::Lost { .. }) => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}

/// A name as WordPress keeps it: with entities, which count where its length does.
pub fn kept_name(name: &str) -> Cow<'_, str> {
    html_escape::encode_text(name.trim())
}

fn term(json: &Value) -> Option<FoundTerm> {
    let name = html_escape::decode_html_entities(json["name"].as_str()?).into_owned();
    Some(FoundTerm { id: json["id"].as_u64()?, name, parent: json["parent"].as_u64().unwrap_or(0) })
}

fn made(what: &'static str, answer: Result<Value, Failure>) -> Result<u64, Failure> {
    let unclear = || Failure::Unclear { what, because: "the answer names no term".to_owned(), wait: None, cause: None };
    match answer {
        Ok(json) => json["id"].as_u64().filter(|id| *id > 0).ok_or_else(unclear),
        Err(Failure::Refused(refusal)) if refusal.code == "term_exists" => match refusal.term {
            Some(id) => Ok(id),
            None => Err(Failure::Refused(refusal)),
        },
        Err(failure) => Err(failure),
    }
}
