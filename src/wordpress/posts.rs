//! Posts: looking, making, changing, trashing (WordPress REST handbook, Posts).

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::{Map, Value, json};

use crate::domain::{Post, PostStatus, Status, Timestamp};
use crate::http::Method;

use super::answer::{self, Act};
use super::batch::Part;
use super::site::{Body, Call};
use super::{Failure, Me, Site};

/// What requests are called, in errors and in the table of answers.
pub(super) const LOOKING: &str = "looking for posts";
pub(super) const NEWEST: &str = "looking for the newest post";
pub(super) const WALKING: &str = "looking through the newest posts";
pub(super) const MAKING: &str = "making a post";
pub(super) const CHANGING: &str = "changing a post";
pub(super) const TRASHING: &str = "putting a post into the trash";

/// What a look asks for. `content.raw` and not `content`: rendering it costs, and may fetch embeds.
const LOOK: &str = "id,slug,status,link,author,title.raw,content.raw,excerpt.raw,modified_gmt,featured_media,tags,categories,password,_links.predecessor-version";
/// What a walk asks for: terms and revisions of a hundred posts take WordPress thirteen times as long.
const WALK: &str = "id,slug,status,link,author,title.raw,content.raw,modified_gmt";
/// What a change answers with; its `_links` can't be cut short, and a new post has no revision.
const WRITE: &str = "id,slug,status,link,author,title.raw,content.raw,excerpt.raw,modified_gmt,featured_media,tags,categories";
/// What any reader may see.
const VIEW: &str = "id,slug,status,link,author,content.rendered,modified_gmt,featured_media,tags,categories";
/// The list routes hide the trash from `any`.
const EVERYWHERE: &str = "any,trash";
/// Rows a page, and names a query, at most.
const MANY: usize = 100;
/// Of the slugs in one address, percent-encoded, in bytes: servers refuse more than 8 KB.
const ADDRESS: usize = 6 * 1024;

/// A post to be made. `status` is always sent with `slug`: without it WordPress doesn't even keep equal slugs apart.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NewPost {
    pub slug: String,
    pub status: Status,
    pub title: String,
    pub content: String,
    pub excerpt: String,
    /// UTC; `None`: WordPress floats it to the moment of publishing.
    pub date: Option<Timestamp>,
    /// User id; `None`: we.
    pub author: Option<u64>,
    /// Term ids by `rest_base`.
    pub terms: BTreeMap<String, Vec<u64>>,
    pub featured_media: Option<u64>,
    /// Other fields, as they are sent: `format`, `sticky`, …
    pub more: BTreeMap<String, Value>,
}

/// What shall change of a post; `None` and empty stay as they are.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PostChange {
    pub title: Option<String>,
    pub content: Option<String>,
    pub excerpt: Option<String>,
    pub slug: Option<String>,
    pub status: Option<Status>,
    pub date: Option<Timestamp>,
    pub author: Option<u64>,
    pub terms: BTreeMap<String, Vec<u64>>,
    pub featured_media: Option<u64>,
    /// Other fields, as they are sent: `meta`, `sticky`, …
    pub more: BTreeMap<String, Value>,
}

impl PostChange {
    /// Nothing is left to change.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A revision of a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    pub id: u64,
    /// User id.
    pub author: u64,
    /// The post's `modified_gmt` after the change that made it.
    pub date_gmt: String,
}

impl NewPost {
    fn body(&self) -> Value {
        let mut body = Map::new();
        body.insert("slug".into(), json!(self.slug));
        body.insert("status".into(), json!(self.status.as_str()));
        body.insert("title".into(), json!(encoded(&self.title)));
        body.insert("content".into(), json!(self.content));
        body.insert("excerpt".into(), json!(encoded(&self.excerpt)));
        shared(&mut body, self.date, self.author, &self.terms, self.featured_media);
        body.extend(self.more.clone());
        Value::Object(body)
    }
}

impl PostChange {
    fn body(&self) -> Value {
        let mut body = Map::new();
        let texts = [("title", self.title.as_deref().map(encoded)), ("excerpt", self.excerpt.as_deref().map(encoded))];
        for (name, text) in texts {
            body.extend(text.map(|text| (name.to_owned(), json!(text))));
        }
        if let Some(content) = &self.content {
            body.insert("content".into(), json!(content));
        }
        if let Some(slug) = &self.slug {
            body.insert("slug".into(), json!(slug));
        }
        if let Some(status) = self.status {
            body.insert("status".into(), json!(status.as_str()));
        }
        shared(&mut body, self.date, self.author, &self.terms, self.featured_media);
        body.extend(self.more.clone());
        Value::Object(body)
    }
}

fn shared(
    body: &mut Map<String, Value>,
    date: Option<Timestamp>,
    author: Option<u64>,
    terms: &BTreeMap<String, Vec<u64>>,
    featured_media: Option<u64>,
) {
    if let Some(date) = date {
        body.insert("date_gmt".into(), json!(date.to_gmt()));
    }
    if let Some(author) = author {
        body.insert("author".into(), json!(author));
    }
    if let Some(media) = featured_media {
        body.insert("featured_media".into(), json!(media));
    }
    for (taxonomy, ids) in terms {
        body.insert(taxonomy.clone(), json!(ids));
    }
}

/// Plain text as WordPress keeps titles and excerpts, which are HTML: no markup can come of it, and what looks like an entity
/// stays the text that it is. A lone `&` is left as WordPress' own editor leaves it.
fn encoded(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        match c {
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '&' if is_entity(&text[at + 1..]) => html.push_str("&amp;"),
            c => html.push(c),
        }
    }
    html
}

/// Whether what follows an `&` makes an entity of it.
fn is_entity(rest: &str) -> bool {
    let name = rest.split(';').next().filter(|name| name.len() < rest.len()).unwrap_or("");
    !name.is_empty() && name.len() <= 32 && name.strip_prefix('#').unwrap_or(name).chars().all(|c| c.is_ascii_alphanumeric())
}

fn fields(terms: &BTreeMap<String, Vec<u64>>, more: &BTreeMap<String, Value>) -> String {
    let terms = terms.keys().filter(|taxonomy| !matches!(taxonomy.as_str(), "tags" | "categories"));
    terms.chain(more.keys()).fold(WRITE.to_owned(), |fields, name| fields + "," + name)
}

/// What of an answer stands in [`Post`]'s own fields.
const OWN: [&str; 13] = [
    "id",
    "slug",
    "status",
    "link",
    "author",
    "title",
    "content",
    "excerpt",
    "modified_gmt",
    "featured_media",
    "tags",
    "categories",
    "_links",
];

/// A post out of an answer; `None` without an id.
fn post(json: &Value) -> Option<Post> {
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let raw = |value: &Value| text(value.get("raw").or_else(|| value.get("rendered")).unwrap_or(value));
    let ids = |value: &Value| value.as_array().map(|all| all.iter().map_while(Value::as_u64).collect::<Vec<_>>());
    let id = json["id"].as_u64().filter(|id| *id > 0)?;
    let rows = json.as_object()?;
    let lists = rows.iter().filter(|(name, _)| name.as_str() != "_links");
    let more = rows.iter().filter(|(name, _)| !OWN.contains(&name.as_str()) && name.as_str() != "password");
    Some(Post {
        id,
        slug: text(&json["slug"]),
        status: PostStatus(text(&json["status"])),
        link: text(&json["link"]),
        author: json["author"].as_u64().unwrap_or(0),
        title: raw(&json["title"]),
        content: raw(&json["content"]),
        excerpt: json["excerpt"]["raw"].as_str().map(str::to_owned),
        modified_gmt: text(&json["modified_gmt"]),
        featured_media: json["featured_media"].as_u64().unwrap_or(0),
        terms: lists.filter_map(|(name, value)| Some((name.clone(), ids(value)?))).collect(),
        more: more.map(|(name, value)| (name.clone(), value.clone())).collect(),
        is_protected: json["password"].as_str().is_some_and(|password| !password.is_empty()),
        revision: json["_links"]["predecessor-version"][0]["id"].as_u64(),
    })
}

/// A post that was made or changed; an answer without its id proves nothing.
fn written(what: &'static str, json: &Value) -> Result<Post, Failure> {
    post(json).ok_or_else(|| answer::without(what, Act::Write, "the answer names no post"))
}

/// Lists of names that fit one address each.
fn portions(names: &[String]) -> Vec<&[String]> {
    let mut portions = Vec::new();
    let (mut start, mut size) = (0, 0);
    for (at, name) in names.iter().enumerate() {
        // a byte that isn't a letter or digit takes three, and so does the comma
        let more = name.bytes().map(|byte| if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) { 1 } else { 3 }).sum::<usize>() + 3;
        if at > start && (at - start == MANY || size + more > ADDRESS) {
            portions.push(&names[start..at]);
            (start, size) = (at, 0);
        }
        size += more;
    }
    if start < names.len() {
        portions.push(&names[start..]);
    }
    portions
}

impl Site {
    /// The id of the post that a name means: an id, or the slug of a post of this site's type.
    pub async fn parent(&self, name: &str) -> Result<Option<u64>, Failure> {
        if let Ok(id) = name.parse() {
            return Ok(Some(id));
        }
        let found = self.posts_by_slug(&[name.to_owned()]).await?;
        Ok(found.iter().find(|post| post.slug == name && !post.status.is_trash()).map(|post| post.id))
    }

    /// The formats that the site's theme has for posts; `None`: it doesn't say.
    pub async fn theme_formats(&self) -> Result<Option<Vec<String>>, Failure> {
        let query = [("status", "active"), ("_fields", "theme_supports.formats")];
        match self.get("asking what the theme has", "theme", "/wp/v2/themes", &query).await {
            Ok(reply) => {
                let formats = reply.json[0]["theme_supports"]["formats"].as_array();
                Ok(formats.map(|all| all.iter().filter_map(Value::as_str).map(str::to_owned).collect()))
            }
            Err(Failure::Refused(_) | Failure::Blocked { .. } | Failure::Lost { .. } | Failure::Unwelcome(_)) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Posts with any of these slugs, of any status and in the trash, as far as this account may edit them. Any number of
    /// slugs; several requests where one would be too long.
    pub async fn posts_by_slug(&self, slugs: &[String]) -> Result<Vec<Post>, Failure> {
        self.by_names("slug", slugs, &[("status", EVERYWHERE), ("context", "edit"), ("_fields", LOOK)]).await
    }

    /// Published posts with any of these slugs, as any reader may see them: without a title, and with the content as it is shown.
    pub async fn published_by_slug(&self, slugs: &[String]) -> Result<Vec<Post>, Failure> {
        self.by_names("slug", slugs, &[("_fields", VIEW)]).await
    }

    /// Posts with these ids, of any status and in the trash, as far as this account may edit them.
    pub async fn posts_by_id(&self, ids: &[u64]) -> Result<Vec<Post>, Failure> {
        let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
        self.by_names("include", &ids, &[("status", EVERYWHERE), ("context", "edit"), ("_fields", LOOK)]).await
    }

    /// The same, with what they have of these other fields.
    pub async fn posts_by_id_with(&self, ids: &[u64], more: &BTreeSet<String>) -> Result<Vec<Post>, Failure> {
        let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
        let fields = more.iter().fold(LOOK.to_owned(), |fields, name| fields + "," + name);
        self.by_names("include", &ids, &[("status", EVERYWHERE), ("context", "edit"), ("_fields", &fields)]).await
    }

    /// Published posts with these ids, as any reader may see them: without a title, and with the content as it is shown.
    pub async fn published_by_id(&self, ids: &[u64]) -> Result<Vec<Post>, Failure> {
        let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
        self.by_names("include", &ids, &[("_fields", VIEW)]).await
    }

    /// Which of these ordinary posts are there, in any status or in the trash, as far as this account may edit them.
    pub async fn which_posts(&self, ids: &[u64]) -> Result<Vec<u64>, Failure> {
        let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
        let found = self.by_names("include", &ids, &[("status", EVERYWHERE), ("context", "edit"), ("_fields", "id")]).await?;
        Ok(found.into_iter().map(|post| post.id).collect())
    }

    /// The highest id of all posts that this account sees; 0 where there is none.
    pub async fn newest_post_id(&self, me: &Me) -> Result<u64, Failure> {
        // somebody else's newest post would be on the page, and not shown
        let own = (!me.sees_all()).then_some(me.id);
        Ok(self.newest(NEWEST, own, 1, 1, "id").await?.0.first().map_or(0, |post| post.id))
    }

    /// The posts that `wanted` picks by its text, link or author, of any status and in the trash; down to the id `down_to` (not
    /// included) or to the end of so many pages of 100. An account that sees only its own posts needs `own`: other people's count,
    /// and show not.
    pub async fn walk_newest(
        &self,
        own: Option<u64>,
        down_to: u64,
        pages: u32,
        wanted: impl Fn(&Post) -> bool,
    ) -> Result<Vec<Post>, Failure> {
        let (mut picked, mut seen) = (Vec::new(), HashSet::new());
        for page in 1..=pages {
            let (posts, last) = self.newest(WALKING, own, MANY, page, WALK).await?;
            let deep_enough = posts.iter().any(|post| post.id <= down_to);
            // while we turn pages new posts push known ones onto the next
            let wanted = posts.iter().filter(|post| post.id > down_to && wanted(post) && seen.insert(post.id));
            picked.extend(wanted.map(|post| post.id));
            if last || deep_enough {
                break;
            }
        }
        // whole: what a look says of them
        self.posts_by_id(&picked).await
    }

    /// Makes one post.
    pub async fn create(&self, post: &NewPost) -> Result<Post, Failure> {
        let (what, fields) = (MAKING, fields(&post.terms, &post.more));
        let query = [("_fields", fields.as_str())];
        let body = Some(Body::Json(post.body()));
        let call = Call { what, label: "post", method: Method::POST, route: &self.kind().route, query: &query, body };
        let reply = self.call(call).await?;
        written(what, &reply.json)
    }

    /// Makes up to [`Site::batch`] posts in one request; the answers in the same order. `Err`: no answer for any.
    pub async fn create_batch(&self, posts: &[NewPost]) -> Result<Vec<Result<Post, Failure>>, Failure> {
        let what = MAKING;
        let part =
            |post: &NewPost| Part { path: format!("{}?_fields={}", self.kind().route, fields(&post.terms, &post.more)), body: post.body() };
        let answers = self.batch_of(what, "posts batch", posts.iter().map(part).collect()).await?;
        Ok(answers.into_iter().map(|answer| written(what, &answer?)).collect())
    }

    /// Changes one post.
    pub async fn update(&self, id: u64, change: &PostChange) -> Result<Post, Failure> {
        let (what, fields, route) = (CHANGING, fields(&change.terms, &change.more), format!("{}/{id}", self.kind().route));
        let query = [("_fields", fields.as_str())];
        let body = Some(Body::Json(change.body()));
        let reply = self.call(Call { what, label: "update", method: Method::POST, route: &route, query: &query, body }).await?;
        written(what, &reply.json)
    }

    /// Changes up to [`Site::batch`] posts in one request; the answers in the same order. `Err`: no answer for any.
    pub async fn update_batch(&self, changes: &[(u64, PostChange)]) -> Result<Vec<Result<Post, Failure>>, Failure> {
        let what = CHANGING;
        let part = |(id, change): &(u64, PostChange)| Part {
            path: format!("{}/{id}?_fields={}", self.kind().route, fields(&change.terms, &change.more)),
            body: change.body(),
        };
        let answers = self.batch_of(what, "updates batch", changes.iter().map(part).collect()).await?;
        Ok(answers.into_iter().map(|answer| written(what, &answer?)).collect())
    }

    /// Puts a post into the trash; never deletes it for good. One that lies there already is [`Failure::is_gone`].
    pub async fn trash(&self, id: u64) -> Result<Post, Failure> {
        let (what, route) = (TRASHING, format!("{}/{id}", self.kind().route));
        let query = [("_fields", WRITE)];
        let reply = self.call(Call { what, label: "trash", method: Method::DELETE, route: &route, query: &query, body: None }).await?;
        written(what, &reply.json)
    }

    /// Deletes a post for good. Only `undo --purge` may.
    pub async fn purge(&self, id: u64) -> Result<(), Failure> {
        let (what, route) = ("deleting a post for good", format!("{}/{id}", self.kind().route));
        let query = [("force", "true"), ("_fields", "deleted")];
        self.call(Call { what, label: "purge", method: Method::DELETE, route: &route, query: &query, body: None }).await?;
        Ok(())
    }

    /// The newest revision, where the site keeps any.
    pub async fn newest_revision(&self, id: u64) -> Result<Option<Revision>, Failure> {
        let route = format!("{}/{id}/revisions", self.kind().route);
        let query = [("per_page", "1"), ("_fields", "id,author,date_gmt")];
        let json = self.get("asking who changed a post", "revision", &route, &query).await?.json;
        if !json.is_array() {
            return Err(answer::without("asking who changed a post", Act::Read, "the answer is no list of revisions"));
        }
        let newest = &json[0];
        Ok(newest["id"].as_u64().map(|id| Revision {
            id,
            author: newest["author"].as_u64().unwrap_or(0),
            date_gmt: newest["date_gmt"].as_str().unwrap_or("").to_owned(),
        }))
    }

    async fn by_names(&self, parameter: &str, names: &[String], more: &[(&str, &str)]) -> Result<Vec<Post>, Failure> {
        let mut posts = Vec::new();
        for portion in portions(names) {
            let names = portion.join(",");
            for page in 1.. {
                let page = page.to_string();
                let mut query =
                    vec![(parameter, names.as_str()), ("per_page", "100"), ("page", &page), ("orderby", "id"), ("order", "asc")];
                query.extend_from_slice(more);
                let (found, last) = self.list(LOOKING, &query).await?;
                posts.extend(found);
                if last {
                    break;
                }
            }
        }
        Ok(posts)
    }

    async fn newest(
        &self,
        what: &'static str,
        own: Option<u64>,
        rows: usize,
        page: u32,
        fields: &str,
    ) -> Result<(Vec<Post>, bool), Failure> {
        let (rows, page, own) = (rows.to_string(), page.to_string(), own.map(|id| id.to_string()));
        let mut query = vec![("status", EVERYWHERE), ("orderby", "id"), ("order", "desc"), ("context", "edit"), ("_fields", fields)];
        query.extend([("per_page", rows.as_str()), ("page", page.as_str())]);
        query.extend(own.as_ref().map(|own| ("author", own.as_str())));
        self.list(what, &query).await
    }

    /// One page of posts, and whether it is the last. A short page isn't: posts that we may not see count, and don't show.
    async fn list(&self, what: &'static str, query: &[(&str, &str)]) -> Result<(Vec<Post>, bool), Failure> {
        let reply = match self.get(what, "look", &self.kind().route, query).await {
            Err(Failure::Refused(refusal)) if refusal.code == "rest_post_invalid_page_number" => return Ok((Vec::new(), true)),
            reply => reply?,
        };
        let Some(rows) = reply.json.as_array() else {
            return Err(answer::without(what, Act::Read, "the answer is no list of posts"));
        };
        let number = |name: &str| query.iter().find(|(known, _)| *known == name).and_then(|(_, value)| value.parse::<u64>().ok());
        let pages = reply.headers.get("x-wp-totalpages").and_then(|pages| pages.to_str().ok()?.parse::<u64>().ok());
        let last = pages.map_or(rows.is_empty(), |pages| number("page").unwrap_or(1) >= pages);
        Ok((rows.iter().filter_map(post).collect(), last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_can_hold_no_markup_and_stays_the_text_that_it_is() {
        for (text, html) in [
            ("R&D at A & B", "R&D at A & B"),
            ("AT&amp;T", "AT&amp;amp;T"),
            ("&#60;script&#62;", "&amp;#60;script&amp;#62;"),
            ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("a & b; c", "a & b; c"),
            ("&;", "&;"),
        ] {
            assert_eq!(encoded(text), html, "{text}");
        }
    }

    #[test]
    fn names_go_out_in_addresses_that_servers_take() {
        let names: Vec<String> = (0..250).map(|n| format!("{n:060}")).collect();
        let portions = portions(&names);
        assert_eq!(portions.concat(), names);
        assert!(portions.iter().all(|portion| portion.len() <= MANY && portion.join("%2C").len() <= ADDRESS));
        assert_eq!(super::portions(&names[..90]).len(), 1);
        assert!(super::portions(&[]).is_empty());
    }

    #[test]
    fn empty_objects_that_come_as_lists_are_read() {
        let json = json!({"id": 3, "slug": "s", "status": "draft", "title": {"raw": "T"}, "tags": [5], "categories": [], "meta": [], "_links": []});
        let post = post(&json).unwrap();
        assert_eq!((post.id, post.title.as_str(), post.revision), (3, "T", None));
        assert_eq!(post.terms["tags"], [5]);
    }
}
