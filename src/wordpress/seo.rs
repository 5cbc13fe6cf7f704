//! What search engines are told of a post, in the words of the SEO plug-in that the site has.
//!
//! Each plug-in has its own place for it: registered custom fields (Yoast, and Rank Math or SEOPress where a site registers them), a
//! field of its own in the post (AIOSEO), or routes of its own (Rank Math, SEOPress). Nothing is sent where the site doesn't say that
//! it takes it, and what was sent is read back.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::domain::Seo;
use crate::http::Method;

use super::site::{Body, Call};
use super::{Failure, Schema, Site};

/// A plug-in that tells search engines of posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeoPlugin {
    Yoast,
    RankMath,
    Aioseo,
    SeoPress,
}

impl SeoPlugin {
    /// As its makers call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Yoast => "Yoast SEO",
            Self::RankMath => "Rank Math",
            Self::Aioseo => "All in One SEO",
            Self::SeoPress => "SEOPress",
        }
    }
}

/// What is to be sent, and what can't be.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SeoParts {
    /// `None`: none is there that we know.
    pub plugin: Option<SeoPlugin>,
    /// Custom fields of the post.
    pub meta: BTreeMap<String, Value>,
    /// Fields of the post.
    pub fields: BTreeMap<String, Value>,
    /// Goes through the plug-in's own routes.
    pub own: bool,
    /// `title`, `description`, `canonical`, `robots`: what the site takes from nobody over REST.
    pub untold: Vec<&'static str>,
}

const YOAST: [(&str, &str); 3] =
    [("title", "_yoast_wpseo_title"), ("description", "_yoast_wpseo_metadesc"), ("canonical", "_yoast_wpseo_canonical")];
const RANK_MATH: [(&str, &str); 3] =
    [("title", "rank_math_title"), ("description", "rank_math_description"), ("canonical", "rank_math_canonical_url")];
const SEO_PRESS: [(&str, &str); 3] =
    [("title", "_seopress_titles_title"), ("description", "_seopress_titles_desc"), ("canonical", "_seopress_robots_canonical")];
/// What robots shall not do, and SEOPress' names of it; `yes` means that they shall not.
const SEO_PRESS_ROBOTS: [(&str, &str); 5] = [
    ("noindex", "_seopress_robots_index"),
    ("nofollow", "_seopress_robots_follow"),
    ("noarchive", "_seopress_robots_archive"),
    ("nosnippet", "_seopress_robots_snippet"),
    ("noimageindex", "_seopress_robots_imageindex"),
];

impl Site {
    /// Which plug-in the site has: by what it announces, else by the fields that it has.
    pub fn seo_plugin(&self, schema: &Schema) -> Option<SeoPlugin> {
        let has = |name: &str| self.root().namespaces.iter().any(|space| space == name || space.starts_with(&format!("{name}/")));
        let knows = |keys: &[(&str, &str)]| keys.iter().any(|(_, key)| schema.meta(key).is_some());
        [
            (has("aioseo") || schema.writable("aioseo_meta_data").is_some(), SeoPlugin::Aioseo),
            (has("rankmath") || knows(&RANK_MATH), SeoPlugin::RankMath),
            (has("seopress") || knows(&SEO_PRESS), SeoPlugin::SeoPress),
            (has("yoast") || knows(&YOAST), SeoPlugin::Yoast),
        ]
        .into_iter()
        .find(|(is, _)| *is)
        .map(|(_, plugin)| plugin)
    }

    /// What of these wishes can be sent, and how.
    pub fn seo_parts(&self, seo: &Seo, schema: &Schema) -> SeoParts {
        let plugin = self.seo_plugin(schema);
        let mut parts = SeoParts { plugin, ..SeoParts::default() };
        let wishes = wishes(seo);
        match plugin {
            None => parts.untold = wishes.keys().copied().collect(),
            Some(SeoPlugin::Aioseo) => match schema.writable("aioseo_meta_data") {
                Some(_) => {
                    parts.fields.insert("aioseo_meta_data".to_owned(), aioseo(seo));
                }
                None => parts.untold = wishes.keys().copied().collect(),
            },
            Some(SeoPlugin::Yoast) => by_meta(&mut parts, &wishes, &YOAST, schema, yoast_robots(seo)),
            Some(plugin @ (SeoPlugin::RankMath | SeoPlugin::SeoPress)) => {
                let (keys, robots) = match plugin {
                    SeoPlugin::RankMath => (&RANK_MATH, vec![("rank_math_robots".to_owned(), rank_math_robots(seo))]),
                    _ => (&SEO_PRESS, seo_press_robots(seo)),
                };
                by_meta(&mut parts, &wishes, keys, schema, robots);
                let space = if plugin == SeoPlugin::RankMath { "rankmath" } else { "seopress" };
                let has_routes = self.root().namespaces.iter().any(|known| known.starts_with(&format!("{space}/")));
                if !parts.untold.is_empty() && has_routes {
                    // all by one way
                    parts = SeoParts { plugin: parts.plugin, own: true, ..SeoParts::default() };
                }
            }
        }
        parts
    }

    /// Tells the plug-in by its own routes; may be repeated. Answers what it didn't keep, or that nobody can say.
    pub async fn tell_seo(&self, id: u64, link: &str, plugin: SeoPlugin, seo: &Seo) -> Result<Vec<String>, Failure> {
        match plugin {
            SeoPlugin::RankMath => self.tell_rank_math(id, link, seo).await,
            SeoPlugin::SeoPress => self.tell_seo_press(id, seo).await,
            SeoPlugin::Yoast | SeoPlugin::Aioseo => Ok(Vec::new()),
        }
    }

    async fn tell_rank_math(&self, id: u64, link: &str, seo: &Seo) -> Result<Vec<String>, Failure> {
        let mut meta = Map::new();
        for (wish, text) in wishes(seo) {
            let key = RANK_MATH.iter().find(|(name, _)| *name == wish).map(|(_, key)| *key);
            meta.extend(key.map(|key| (key.to_owned(), json!(text))));
        }
        if !seo.robots.is_empty() {
            meta.insert("rank_math_robots".to_owned(), rank_math_robots(seo));
        }
        let body = json!({"objectID": id, "objectType": "post", "meta": meta});
        self.own(Method::POST, "/rankmath/v1/updateMeta", body).await?;
        let head = self.get("reading back what search engines are told", "seo look", "/rankmath/v1/getHead", &[("url", link)]).await;
        let html = match head {
            Ok(reply) if reply.json["success"] == true => reply.json["head"].as_str().unwrap_or("").to_owned(),
            // the route is off unless the operator switched it on, and a draft has no head
            _ => return Ok(vec![UNSEEN.to_owned()]),
        };
        let html = html_escape::decode_html_entities(&html).into_owned();
        let lacks = |text: &str| !text.is_empty() && !html.contains(text);
        Ok(wishes(seo).into_iter().filter(|(_, text)| lacks(text)).map(|(name, _)| name.to_owned()).collect())
    }

    async fn tell_seo_press(&self, id: u64, seo: &Seo) -> Result<Vec<String>, Failure> {
        if !seo.title.is_empty() || !seo.description.is_empty() {
            let mut body = Map::new();
            body.extend((!seo.title.is_empty()).then(|| ("title".to_owned(), json!(seo.title))));
            body.extend((!seo.description.is_empty()).then(|| ("description".to_owned(), json!(seo.description))));
            self.own(Method::PUT, &format!("/seopress/v1/posts/{id}/title-description-metas"), Value::Object(body)).await?;
        }
        if !seo.canonical.is_empty() || !seo.robots.is_empty() {
            let mut body: Map<String, Value> = seo_press_robots(seo).into_iter().collect();
            body.extend((!seo.canonical.is_empty()).then(|| ("_seopress_robots_canonical".to_owned(), json!(seo.canonical))));
            self.own(Method::PUT, &format!("/seopress/v1/posts/{id}/meta-robot-settings"), Value::Object(body)).await?;
        }
        let route = format!("/seopress/v1/posts/{id}");
        let told = match self.get("reading back what search engines are told", "seo look", &route, &[]).await {
            Ok(reply) => reply.json,
            Err(Failure::Refused(_) | Failure::Lost { .. } | Failure::Blocked { .. } | Failure::Unwelcome(_)) => {
                return Ok(vec![UNSEEN.to_owned()]);
            }
            Err(failure) => return Err(failure),
        };
        let mut lacking: Vec<String> = Vec::new();
        for (name, text) in [("title", &seo.title), ("description", &seo.description), ("canonical", &seo.canonical)] {
            if !text.is_empty()
                && told[name].as_str().map(|told| html_escape::decode_html_entities(told).into_owned()).as_ref() != Some(text)
            {
                lacking.push(name.to_owned());
            }
        }
        if seo.robots.iter().any(|one| told["robots"][one] != true) {
            lacking.push("robots".to_owned());
        }
        Ok(lacking)
    }

    async fn own(&self, method: Method, route: &str, body: Value) -> Result<Value, Failure> {
        let what = "telling search engines of a post";
        let call = Call { what, label: "seo", method, route, query: &[], body: Some(Body::Json(body)) };
        Ok(self.call(call).await?.json)
    }
}

/// Stands for what a site took and doesn't show.
pub const UNSEEN: &str = "unseen";

/// What is wished for, by name; robots as one text.
fn wishes(seo: &Seo) -> BTreeMap<&'static str, String> {
    let robots = seo.robots.join(", ");
    [("title", &seo.title), ("description", &seo.description), ("canonical", &seo.canonical), ("robots", &robots)]
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| (name, text.clone()))
        .collect()
}

/// Custom fields, as far as the site has them open to REST.
fn by_meta(
    parts: &mut SeoParts,
    wishes: &BTreeMap<&'static str, String>,
    keys: &[(&str, &str)],
    schema: &Schema,
    robots: Vec<(String, Value)>,
) {
    for (wish, text) in wishes.iter().filter(|(wish, _)| **wish != "robots") {
        match keys.iter().find(|(name, _)| name == wish).filter(|(_, key)| schema.meta(key).is_some()) {
            Some((_, key)) => {
                parts.meta.insert((*key).to_owned(), json!(text));
            }
            None => parts.untold.push(wish),
        }
    }
    if wishes.contains_key("robots") {
        match robots.iter().all(|(key, _)| schema.meta(key).is_some()) {
            true => parts.meta.extend(robots),
            false => parts.untold.push("robots"),
        }
    }
}

fn yoast_robots(seo: &Seo) -> Vec<(String, Value)> {
    let wants = |name: &str| seo.robots.iter().any(|one| one == name);
    let mut fields = Vec::new();
    if wants("noindex") {
        fields.push(("_yoast_wpseo_meta-robots-noindex".to_owned(), json!("1")));
    }
    if wants("nofollow") {
        fields.push(("_yoast_wpseo_meta-robots-nofollow".to_owned(), json!("1")));
    }
    let more: Vec<&str> = seo.robots.iter().map(String::as_str).filter(|one| !matches!(*one, "noindex" | "nofollow")).collect();
    if !more.is_empty() {
        fields.push(("_yoast_wpseo_meta-robots-adv".to_owned(), json!(more.join(","))));
    }
    fields
}

fn rank_math_robots(seo: &Seo) -> Value {
    let mut robots = seo.robots.clone();
    if !robots.iter().any(|one| one == "noindex") {
        robots.insert(0, "index".to_owned());
    }
    json!(robots)
}

fn seo_press_robots(seo: &Seo) -> Vec<(String, Value)> {
    let wanted = SEO_PRESS_ROBOTS.iter().filter(|(name, _)| seo.robots.iter().any(|one| one == name));
    wanted.map(|(_, key)| ((*key).to_owned(), json!("yes"))).collect()
}

fn aioseo(seo: &Seo) -> Value {
    let mut fields = Map::new();
    for (key, text) in [("title", &seo.title), ("description", &seo.description), ("canonical_url", &seo.canonical)] {
        fields.extend((!text.is_empty()).then(|| (key.to_owned(), json!(text))));
    }
    if !seo.robots.is_empty() {
        fields.insert("robots_default".to_owned(), json!(false));
        fields.extend(seo.robots.iter().map(|one| (format!("robots_{one}"), json!(true))));
    }
    Value::Object(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_plug_in_is_told_in_its_own_words() {
        let seo = Seo { canonical: "https://news.example/1".into(), robots: vec!["nofollow".into(), "noarchive".into()], ..Seo::default() };
        assert_eq!(
            aioseo(&seo),
            json!({"canonical_url": "https://news.example/1", "robots_default": false, "robots_nofollow": true, "robots_noarchive": true})
        );
        assert_eq!(rank_math_robots(&seo), json!(["index", "nofollow", "noarchive"]));
        let fields: Vec<String> = yoast_robots(&seo).into_iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(fields, ["_yoast_wpseo_meta-robots-nofollow=\"1\"", "_yoast_wpseo_meta-robots-adv=\"noarchive\""]);
        assert_eq!(
            seo_press_robots(&seo),
            [("_seopress_robots_follow".to_owned(), json!("yes")), ("_seopress_robots_archive".to_owned(), json!("yes")),]
        );
    }
}
