//! Tags, categories and other terms (WordPress REST handbook, Tags, Categories).

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::domain::SiteTerm;
use crate::http::Method;

use super::answer::{self, Act};
use super::batch::Part;
use super::site::{Body, Call};
use super::{Failure, Site};

/// What a request for a new term is called.
pub(super) const MAKING_A_TERM: &str = "making a term";

/// A taxonomy that is open to REST.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundTaxonomy {
    /// Its own name: `post_tag`, `genre`.
    pub name: String,
    /// What the REST API calls it: `tags`, `genres`.
    pub rest_base: String,
    /// Terms lie under each other.
    pub hierarchical: bool,
    /// The names of the post types that it is for.
    pub types: Vec<String>,
}

/// What tells whether a term is as we made it, and whether it is used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DescribedTerm {
    pub id: u64,
    /// As a person reads it: entities decoded.
    pub name: String,
    /// The id of the term that it lies under; 0: none.
    pub parent: u64,
    /// It has a description, which ours never have.
    pub is_described: bool,
    /// Published posts that have it, of any type.
    pub count: u64,
}

/// A term that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MadeTerm {
    pub id: u64,
    /// It was there already.
    pub was_there: bool,
}

impl Site {
    /// One page of a taxonomy's terms, at most 100, by id; an empty one past the end. `None`: the site has no such taxonomy.
    pub async fn terms_page(&self, taxonomy: &str, page: u32) -> Result<Option<Vec<SiteTerm>>, Failure> {
        let page = page.to_string();
        self.terms(taxonomy, &[("orderby", "id"), ("order", "asc"), ("page", &page)]).await
    }

    /// The same, the newest first.
    pub async fn newest_terms(&self, taxonomy: &str, page: u32) -> Result<Option<Vec<SiteTerm>>, Failure> {
        let page = page.to_string();
        self.terms(taxonomy, &[("orderby", "id"), ("order", "desc"), ("page", &page)]).await
    }

    /// Those of these ids that are there; at most 100.
    pub async fn terms_by_id(&self, taxonomy: &str, ids: &[u64]) -> Result<Option<Vec<SiteTerm>>, Failure> {
        let ids = ids.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
        self.terms(taxonomy, &[("include", &ids)]).await
    }

    /// Terms with the slugs that WordPress makes of these names (it makes them of whatever is asked for); at most 100.
    pub async fn terms_by_slug(&self, taxonomy: &str, names: &[String]) -> Result<Option<Vec<SiteTerm>>, Failure> {
        let names = names.iter().map(|name| name.replace(',', " ")).collect::<Vec<_>>().join(",");
        self.terms(taxonomy, &[("slug", &names)]).await
    }

    /// Terms whose name holds this text, at most 100.
    pub async fn search_terms(&self, taxonomy: &str, name: &str) -> Result<Vec<SiteTerm>, Failure> {
        // `R&D` finds nothing
        Ok(self.terms(taxonomy, &[("search", &kept_name(name))]).await?.unwrap_or_default())
    }

    /// Makes terms `(taxonomy, name, parent's id or 0)`, one after another; one that is there already answers with its id. At
    /// most [`Site::batch`]; `Err`: no answer for any.
    pub async fn make_terms(&self, wanted: &[(&str, &str, u64)]) -> Result<Vec<Result<MadeTerm, Failure>>, Failure> {
        let what = MAKING_A_TERM;
        let body = |name: &str, parent: u64| match parent {
            // a flat taxonomy refuses even `0`
            0 => json!({ "name": name }),
            parent => json!({ "name": name, "parent": parent }),
        };
        if let [(taxonomy, name, parent)] = wanted {
            let (route, query) = (format!("/wp/v2/{taxonomy}"), [("_fields", "id")]);
            let body = Some(Body::Json(body(name, *parent)));
            let reply = self.call(Call { what, label: "term", method: Method::POST, route: &route, query: &query, body }).await;
            return Ok(vec![made(what, reply.map(|reply| reply.json))]);
        }
        let part = |(taxonomy, name, parent): &(&str, &str, u64)| Part {
            path: format!("/wp/v2/{taxonomy}?_fields=id"),
            body: body(name, *parent),
        };
        let answers = self.batch_of(what, "terms batch", wanted.iter().map(part).collect()).await?;
        Ok(answers.into_iter().map(|answer| made(what, answer)).collect())
    }

    /// What the site says of terms (100 at most), for who is about to delete them. `None`: it has no such taxonomy.
    pub async fn described_terms(&self, taxonomy: &str, ids: &[u64]) -> Result<Option<Vec<DescribedTerm>>, Failure> {
        let ids = ids.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
        let rows = self.term_rows(taxonomy, "id,name,parent,description,count", &[("include", &ids), ("context", "edit")]).await?;
        let read = |row: &Value| {
            Some(DescribedTerm {
                id: row["id"].as_u64()?,
                name: html_escape::decode_html_entities(row["name"].as_str()?).into_owned(),
                parent: row["parent"].as_u64().unwrap_or(0),
                is_described: !row["description"].as_str().unwrap_or("").trim().is_empty(),
                // what doesn't say how often it is used is used
                count: row["count"].as_u64().unwrap_or(1),
            })
        };
        Ok(rows.map(|rows| rows.iter().filter_map(read).collect()))
    }

    /// The ids of terms that lie under this one, 100 at most.
    pub async fn terms_under(&self, taxonomy: &str, parent: u64) -> Result<Vec<u64>, Failure> {
        // a flat taxonomy doesn't know the question, and answers with any
        let found = self.terms(taxonomy, &[("parent", &parent.to_string())]).await?.unwrap_or_default();
        Ok(found.into_iter().filter(|term| term.parent == parent).map(|term| term.id).collect())
    }

    /// Deletes a term for good; terms have no trash. Only `undo --purge` may.
    pub async fn delete_term(&self, taxonomy: &str, id: u64) -> Result<(), Failure> {
        let (what, route) = ("deleting a term for good", format!("/wp/v2/{taxonomy}/{id}"));
        let query = [("force", "true"), ("_fields", "deleted")];
        self.call(Call { what, label: "term purge", method: Method::DELETE, route: &route, query: &query, body: None }).await?;
        Ok(())
    }

    /// All taxonomies that are open to REST, whatever type of post they are for.
    pub async fn taxonomies(&self) -> Result<Vec<FoundTaxonomy>, Failure> {
        // no `_fields`: WordPress looks for them among the taxonomies' names, and answers with none
        let reply = self.get("looking for taxonomies", "taxonomies", "/wp/v2/taxonomies", &[]).await?;
        let rows = reply.json.as_object().cloned().unwrap_or_default();
        let found = |(name, row): (String, Value)| {
            let rest_base = row["rest_base"].as_str()?.to_owned();
            let types = row["types"].as_array().map(|all| all.iter().filter_map(Value::as_str).map(str::to_owned).collect());
            Some(FoundTaxonomy {
                name,
                rest_base,
                hierarchical: row["hierarchical"].as_bool().unwrap_or(false),
                types: types.unwrap_or_default(),
            })
        };
        Ok(rows.into_iter().filter_map(found).collect())
    }

    async fn terms(&self, taxonomy: &str, more: &[(&str, &str)]) -> Result<Option<Vec<SiteTerm>>, Failure> {
        let rows = self.term_rows(taxonomy, "id,name,slug,parent", more).await?;
        Ok(rows.map(|rows| rows.iter().filter_map(|row| term(taxonomy, row)).collect()))
    }

    async fn term_rows(&self, taxonomy: &str, fields: &str, more: &[(&str, &str)]) -> Result<Option<Vec<Value>>, Failure> {
        // it comes from the configuration and becomes a part of an address
        if taxonomy.is_empty() || !taxonomy.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)) {
            return Ok(None);
        }
        let mut query = vec![("per_page", "100"), ("_fields", fields)];
        query.extend_from_slice(more);
        match self.get("looking for terms", "terms", &format!("/wp/v2/{taxonomy}"), &query).await {
            Ok(reply) => match reply.json {
                Value::Array(rows) => Ok(Some(rows)),
                // nothing may be concluded from it, least of all that terms are gone
                _ => Err(answer::without("looking for terms", Act::Read, "the answer is no list of terms")),
            },
            // no such route: this taxonomy isn't there, or isn't open to REST
            // a page with 404, or a redirect, says nothing about taxonomies
            Err(failure) if failure.is_no_route() => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}

/// A name as WordPress keeps it: with entities, which count where its length does.
pub fn kept_name(name: &str) -> Cow<'_, str> {
    html_escape::encode_text(name.trim())
}

fn term(taxonomy: &str, json: &Value) -> Option<SiteTerm> {
    Some(SiteTerm {
        taxonomy: taxonomy.to_owned(),
        id: json["id"].as_u64()?,
        name: html_escape::decode_html_entities(json["name"].as_str()?).into_owned(),
        slug: json["slug"].as_str().unwrap_or_default().to_owned(),
        parent: json["parent"].as_u64().unwrap_or(0),
        gone: None,
    })
}

fn made(what: &'static str, answer: Result<Value, Failure>) -> Result<MadeTerm, Failure> {
    let unclear = || answer::without(what, Act::Write, "the answer names no term");
    match answer {
        Ok(json) => json["id"].as_u64().filter(|id| *id > 0).map(|id| MadeTerm { id, was_there: false }).ok_or_else(unclear),
        Err(Failure::Refused(refusal)) if refusal.code == "term_exists" => match refusal.term {
            Some(id) => Ok(MadeTerm { id, was_there: true }),
            None => Err(Failure::Refused(refusal)),
        },
        Err(failure) => Err(failure),
    }
}
