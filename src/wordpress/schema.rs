//! What kinds of posts a site has, and what each of them can hold (WordPress REST handbook, Post Types; `OPTIONS` on a route).
//!
//! A site drops what it doesn't know without a word, or refuses the whole post for it; asking first tells which it would be. Read
//! once for each connection, and only where a draft wants more than every ordinary post has.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::http::Method;

use super::site::Call;
use super::{Failure, Me, Site};

/// A post type that is open to REST and to our account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostType {
    /// Its own name: `post`, `page`, `movie`.
    pub name: String,
    /// What the REST API calls it: `posts`, `pages`, `movies`.
    pub rest_base: String,
    /// Where its posts are: `/wp/v2/posts`.
    pub route: String,
    /// Its posts lie under each other.
    pub hierarchical: bool,
    /// `editor`, `thumbnail`, `revisions`, …
    pub supports: BTreeSet<String>,
    /// What the capabilities of posts are called here: `publish_posts` is `publish_pages`.
    pub capabilities: BTreeMap<String, String>,
}

impl Default for PostType {
    /// The ordinary post.
    fn default() -> Self {
        Self {
            name: "post".to_owned(),
            rest_base: "posts".to_owned(),
            route: "/wp/v2/posts".to_owned(),
            hierarchical: false,
            supports: ["title", "editor", "author", "thumbnail", "excerpt", "revisions", "comments"].map(str::to_owned).into(),
            capabilities: BTreeMap::new(),
        }
    }
}

impl PostType {
    /// The ordinary post.
    pub fn is_post(&self) -> bool {
        self.name == "post"
    }

    /// Its posts have a content, which can carry a mark.
    pub fn has_content(&self) -> bool {
        self.supports.contains("editor")
    }

    /// Something that posts may be, and not a part of the site itself.
    fn is_for_posts(&self) -> bool {
        self.name != "attachment" && !self.name.starts_with("wp_") && !self.name.starts_with("nav_")
    }

    fn is_called(&self, name: &str) -> bool {
        self.name == name || self.rest_base == name
    }
}

/// What came of looking for a post type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypeFound {
    /// Our account may edit its posts.
    Ours(PostType),
    /// The site has it, and our account may not edit its posts.
    Others,
    /// REST shows none of that name; these are the types that our account may use.
    Nowhere(Vec<String>),
}

/// One field, or one custom field, as the schema has it (JSON Schema).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Property {
    /// `string`, `integer`, `number`, `boolean`, `array`, `object`.
    pub kinds: BTreeSet<String>,
    /// The only values that it may have; empty: any.
    pub allowed: Vec<String>,
    /// Of a list's items: their kinds.
    pub items: BTreeSet<String>,
    /// Nobody can write it.
    pub readonly: bool,
    pub properties: BTreeMap<String, Property>,
}

/// What the posts of one type can hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schema {
    /// By field: `title`, `format`, `meta`, and what plug-ins added.
    pub fields: BTreeMap<String, Property>,
    /// Its posts may be made in batches.
    pub batch: bool,
}

impl Schema {
    /// A custom field that REST knows.
    pub fn meta(&self, key: &str) -> Option<&Property> {
        self.fields.get("meta")?.properties.get(key)
    }

    /// A field that can be written.
    pub fn writable(&self, field: &str) -> Option<&Property> {
        self.fields.get(field).filter(|field| !field.readonly)
    }
}

impl Me {
    /// The account as it stands to posts of a type: `publish_posts` and its like mean that type's own.
    pub fn towards(&self, kind: &PostType) -> Self {
        if kind.is_post() {
            return self.clone();
        }
        let mut me = self.clone();
        for (name, own) in &kind.capabilities {
            match self.can(own) {
                true => me.capabilities.insert(name.clone()),
                false => me.capabilities.remove(name),
            };
        }
        me
    }
}

impl Site {
    /// The same site for posts of a type, by its name or `rest_base`; `None`: ordinary posts.
    ///
    /// # Errors
    /// [`Failure::Blocked`] where the site has no such type that our account may use: it may come back.
    pub async fn of_type(&self, name: Option<&str>) -> Result<Self, Failure> {
        let Some(name) = name.filter(|name| !matches!(*name, "post" | "posts")) else {
            return Ok(self.with_type(PostType::default(), true));
        };
        let types = self.types().await?;
        let Some(kind) = named(types, name) else {
            let known = for_posts(types).map(|kind| format!("`{}`", kind.name)).collect::<Vec<_>>().join(", ");
            let because = format!("the site shows our account no post type `{name}` over REST; it has {known}");
            return Err(Failure::Blocked { what: "looking for the post type", because });
        };
        let site = self.with_type(kind.clone(), true);
        let batch = site.schema().await?.batch;
        Ok(if batch { site } else { site.with_type(kind.clone(), false) })
    }

    /// The post types that our account may use; read once.
    pub async fn types(&self) -> Result<&[PostType], Failure> {
        Ok(self.known_types().get_or_try_init(|| self.types_to("edit")).await?)
    }

    /// Whether posts can be of a type, by its name or `rest_base`.
    pub async fn find_type(&self, name: &str) -> Result<TypeFound, Failure> {
        let ours = self.types().await?;
        if let Some(kind) = named(ours, name) {
            return Ok(TypeFound::Ours(kind.clone()));
        }
        if named(&self.types_to("view").await?, name).is_some() {
            return Ok(TypeFound::Others);
        }
        Ok(TypeFound::Nowhere(for_posts(ours).map(|kind| kind.name.clone()).collect()))
    }

    /// The types that REST shows: to everybody (`view`), or of which our account may edit posts (`edit`).
    async fn types_to(&self, context: &str) -> Result<Vec<PostType>, Failure> {
        let json = self.get("looking for post types", "types", "/wp/v2/types", &[("context", context)]).await?.json;
        let rows = json.as_object().ok_or_else(|| no_answer("looking for post types"))?;
        Ok(rows.iter().filter_map(|(name, row)| post_type(name, row)).collect())
    }

    /// What posts of this site's type can hold; read once for each type.
    pub async fn schema(&self) -> Result<Schema, Failure> {
        let name = self.kind().name.clone();
        let mut known = self.known_schemas().lock().await;
        if let Some(schema) = known.get(&name) {
            return Ok(schema.clone());
        }
        let (what, route) = ("asking what posts can hold", self.kind().route.clone());
        let json = self.call(Call { what, label: "schema", method: Method::OPTIONS, route: &route, query: &[], body: None }).await?.json;
        let schema = schema(&json).ok_or_else(|| no_answer(what))?;
        known.insert(name, schema.clone());
        Ok(schema)
    }
}

fn for_posts(types: &[PostType]) -> impl Iterator<Item = &PostType> {
    types.iter().filter(|kind| kind.is_for_posts())
}

/// The type that is called so, by its `rest_base` first.
fn named<'a>(types: &'a [PostType], name: &str) -> Option<&'a PostType> {
    for_posts(types).find(|kind| kind.rest_base == name).or_else(|| for_posts(types).find(|kind| kind.is_called(name)))
}

fn no_answer(what: &'static str) -> Failure {
    Failure::NotDone { what, because: "the answer doesn't say".to_owned(), wait: None, cause: None }
}

fn post_type(name: &str, row: &Value) -> Option<PostType> {
    let rest_base = row["rest_base"].as_str().filter(|base| is_path(base))?.to_owned();
    let space = row["rest_namespace"].as_str().filter(|space| is_path(space)).unwrap_or("wp/v2");
    Some(PostType {
        name: name.to_owned(),
        route: format!("/{space}/{rest_base}"),
        rest_base,
        hierarchical: row["hierarchical"].as_bool().unwrap_or(false),
        // `[]` where there are none; a value may be a list of settings
        supports: row["supports"]
            .as_object()
            .map(|all| all.iter().filter(|(_, on)| **on != false).map(|(name, _)| name.clone()).collect())
            .unwrap_or_default(),
        capabilities: row["capabilities"]
            .as_object()
            .map(|all| all.iter().filter_map(|(name, own)| Some((name.clone(), own.as_str()?.to_owned()))).collect())
            .unwrap_or_default(),
    })
}

/// It becomes a part of an address. A route with a pattern in it, as those of fonts and menus, is no place for posts.
fn is_path(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-/.".contains(&byte))
}

/// The answer to `OPTIONS`: `schema.properties`, and whether the endpoint that makes posts allows batches.
fn schema(json: &Value) -> Option<Schema> {
    let fields = properties(&json["schema"]);
    if fields.is_empty() {
        return None;
    }
    let makes = |endpoint: &&Value| endpoint["methods"].as_array().is_some_and(|methods| methods.iter().any(|method| method == "POST"));
    let endpoint = json["endpoints"].as_array().and_then(|endpoints| endpoints.iter().find(makes));
    Some(Schema { fields, batch: endpoint.is_none_or(|endpoint| endpoint["allow_batch"]["v1"] == true) })
}

fn properties(schema: &Value) -> BTreeMap<String, Property> {
    let rows = schema["properties"].as_object();
    rows.map(|rows| rows.iter().map(|(name, row)| (name.clone(), property(row))).collect()).unwrap_or_default()
}

fn property(row: &Value) -> Property {
    let words = |value: &Value| match value {
        Value::String(one) => vec![one.clone()],
        Value::Array(all) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    Property {
        kinds: words(&row["type"]).into_iter().collect(),
        allowed: words(&row["enum"]),
        items: words(&row["items"]["type"]).into_iter().collect(),
        readonly: row["readonly"] == true,
        properties: properties(row),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_says_what_can_be_written_and_whether_in_batches() {
        let answer = json!({
            "namespace": "wp/v2",
            "endpoints": [{"methods": ["GET"]}, {"methods": ["POST"], "allow_batch": {"v1": true}}],
            "schema": {"properties": {
                "format": {"type": "string", "enum": ["standard", "aside"]},
                "link": {"type": "string", "readonly": true},
                "meta": {"type": "object", "properties": {
                    "views": {"type": "integer"}, "names": {"type": "array", "items": {"type": "string"}}}},
            }},
        });
        let schema = schema(&answer).expect("a schema");
        assert!(schema.batch);
        assert_eq!(schema.writable("format").expect("a field").allowed, ["standard", "aside"]);
        assert_eq!((schema.writable("link"), schema.meta("unknown")), (None, None));
        assert!(schema.meta("views").expect("a field").kinds.contains("integer"));
        assert!(schema.meta("names").expect("a field").items.contains("string"));
        // a plug-in's own controller
        let own = json!({"endpoints": [{"methods": ["POST"]}], "schema": {"properties": {"title": {"type": "object"}}}});
        assert!(!super::schema(&own).expect("a schema").batch);
        assert_eq!(super::schema(&json!({"schema": []})), None);
    }

    #[test]
    fn a_type_is_where_its_posts_are_and_fonts_are_none() {
        let page = json!({"rest_base": "pages", "rest_namespace": "wp/v2", "hierarchical": true,
            "supports": {"editor": true, "page-attributes": true}, "capabilities": {"publish_posts": "publish_pages"}});
        let page = post_type("page", &page).expect("a type");
        assert_eq!((page.route.as_str(), page.hierarchical, page.has_content()), ("/wp/v2/pages", true, true));
        assert_eq!(post_type("wp_font_face", &json!({"rest_base": "font-families/(?P<font_family_id>[\\d]+)/font-faces"})), None);
        let bare = post_type("note", &json!({"rest_base": "notes", "supports": []})).expect("a type");
        assert!(!bare.has_content());
        // an author publishes posts, not pages
        let author = Me { capabilities: ["publish_posts".to_owned()].into(), ..Me::default() };
        assert!(!author.towards(&page).can("publish_posts") && author.towards(&PostType::default()).can("publish_posts"));
        let editor = Me { capabilities: ["publish_pages".to_owned()].into(), ..Me::default() };
        assert!(editor.towards(&page).can("publish_posts"));
    }
}
