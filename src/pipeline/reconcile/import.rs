//! Taking over from another program that fills a site from feeds: whose entries it has posted is read over REST, and they are not
//! posted again.
//!
//! Reads: every post of the site. Where an entry came from is told by the program's own custom fields, where the site shows them over
//! REST; by the post's address or GUID, where it leads off the site (FeedWordPress); by an SEO plug-in's canonical address; and, where
//! a person says so, by the last link of the content that leads off the site. Writes: a delivery for each, which is skipped and holds
//! the entry's keys. If the process dies in between, the same command goes on. Nothing on the site is changed.

use std::sync::Arc;

use serde_json::Value;
use url::Url;

use super::adopt::keys_of;
use crate::config::Dedup;
use crate::dedup;
use crate::domain::{Keys, marks};
use crate::pipeline::{Error, Pipeline, Site};
use crate::publish;
use crate::store::{FoundKind, FoundPost, PostFacts, TakenOver};
use crate::wordpress::{self, Everything, Failure, PostType};

/// Programs that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Plugin {
    Feedzy,
    WpRssAggregator,
    Wpematico,
    FeedWordPress,
    /// A canonical address or a link: any program.
    Other,
}

/// A program, how its custom fields begin, and which of them say where an entry came from.
const FIELDS: [(Plugin, &str, &[&str]); 5] = [
    (Plugin::Feedzy, "feedzy", &["feedzy_item_url"]),
    (Plugin::WpRssAggregator, "wprss_", &["wprss_item_permalink", "wprss_item_guid"]),
    (Plugin::WpRssAggregator, "_wpra_", &["_wpra_url", "_wpra_guid"]),
    (Plugin::Wpematico, "wpe_", &["wpe_sourcepermalink"]),
    (Plugin::FeedWordPress, "syndication_", &["syndication_permalink"]),
];

impl Plugin {
    /// As the operator types it.
    pub const ALL: [(&'static str, Self); 4] = [
        ("feedzy", Self::Feedzy),
        ("wp-rss-aggregator", Self::WpRssAggregator),
        ("wpematico", Self::Wpematico),
        ("feedwordpress", Self::FeedWordPress),
    ];

    /// As a person reads it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Feedzy => "Feedzy",
            Self::WpRssAggregator => "WP RSS Aggregator",
            Self::Wpematico => "WPeMatico",
            Self::FeedWordPress => "FeedWordPress",
            Self::Other => "another program",
        }
    }

    /// The feed that stands for where its posts came from.
    fn under(self) -> &'static str {
        match self {
            Self::Feedzy => "(Feedzy)",
            Self::WpRssAggregator => "(WP RSS Aggregator)",
            Self::Wpematico => "(WPeMatico)",
            Self::FeedWordPress => "(FeedWordPress)",
            Self::Other => "(imported)",
        }
    }
}

/// What counts as a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Import {
    /// `None`: any.
    pub from: Option<Plugin>,
    /// The last link of a content that leads off the site counts, too, where nothing else tells.
    pub links: bool,
}

/// One post of another program.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedPost {
    pub plugin: Plugin,
    /// What told it: `wpe_sourcepermalink`, `canonical`, …
    pub by: String,
    pub found: FoundPost,
    pub taken: Option<TakenOver>,
}

/// What was found on one site.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Imported {
    pub site: String,
    pub looked_at: u64,
    pub posts: Vec<ImportedPost>,
    /// Posts that tell no source.
    pub silent: u64,
    pub failed: Option<String>,
}

/// What a post tells of its source.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Source {
    plugin: Plugin,
    by: String,
    guid: Option<String>,
    link: Option<String>,
}

impl Pipeline {
    /// Looks for posts of other programs; changes nothing.
    pub async fn plan_import(&self, site: &Arc<Site>, import: Import) -> Result<Imported, Error> {
        let mut imported = Imported { site: site.config.name.clone(), ..Imported::default() };
        let scopes: Vec<_> = match site.config.dedup {
            Dedup::Feed => self.store.feeds().await?.into_iter().filter(|feed| feed.configured).map(|feed| feed.id).collect(),
            _ => Vec::new(),
        };
        let found = match self.connect(site).await {
            Ok((wp, _)) => look(site, &wp, import, &scopes, &mut imported).await.map_err(|failure| failure.to_string()),
            Err(failure) => Err(failure.to_string()),
        };
        imported.failed = found.err();
        Ok(imported)
    }

    /// Notes that these entries are posted.
    pub async fn import(&self, site: &Arc<Site>, mut imported: Imported) -> Result<Imported, Error> {
        let mut plugins: Vec<Plugin> = imported.posts.iter().map(|post| post.plugin).collect();
        plugins.sort_unstable();
        plugins.dedup();
        for plugin in plugins {
            let of_it = |post: &&mut ImportedPost| post.plugin == plugin;
            let mut posts: Vec<&mut ImportedPost> = imported.posts.iter_mut().filter(of_it).collect();
            let found: Vec<FoundPost> = posts.iter().map(|post| post.found.clone()).collect();
            let taken = self.store.take_over(site.id, plugin.under(), &found, self.clock.now()).await?;
            posts.iter_mut().zip(taken).for_each(|(post, taken)| post.taken = Some(taken));
        }
        Ok(imported)
    }
}

async fn look(
    site: &Site,
    wp: &wordpress::Site,
    import: Import,
    scopes: &[crate::domain::Id],
    imported: &mut Imported,
) -> Result<(), Failure> {
    let own = [Some(site.config.url.clone()), Url::parse(&wp.root().home).ok()];
    let own: Vec<String> = own.into_iter().flatten().filter_map(|url| url.host_str().map(bare)).collect();
    let fields =
        "slug,status,link,guid,author,title.raw,content.raw,modified_gmt,meta,yoast_head_json.canonical,aioseo_head_json.canonical_url";
    for kind in wp.types().await?.iter().filter(|kind| !kind.is_design() && kind.name != "attachment") {
        let walk = wp.every(Everything { of: kind, fields, context: "edit" }, |row| {
            let content = row["content"]["raw"].as_str().unwrap_or("");
            imported.looked_at += 1;
            // ours: that is for `adopt`
            if !marks(content).is_empty() {
                return;
            }
            match source(row, content, &own, import).filter(|source| import.from.is_none_or(|from| from == source.plugin)) {
                Some(source) => imported.posts.push(post(site, kind, row, source, scopes)),
                None => imported.silent += 1,
            }
        });
        match walk.await {
            Ok(walked) if walked.is_whole() => {}
            Ok(walked) => {
                let why = format!("this account sees {} of {} ({})", walked.shown, walked.there, kind.name);
                imported.failed.get_or_insert(why);
            }
            Err(Failure::Refused(_) | Failure::Lost { .. } | Failure::Unwelcome(_)) if !kind.is_post() => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok(())
}

fn post(site: &Site, kind: &PostType, row: &Value, source: Source, scopes: &[crate::domain::Id]) -> ImportedPost {
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let id = row["id"].as_u64().unwrap_or(0);
    let Source { plugin, by, guid, link } = source;
    let (keys, mut site_keys) = keys_of(site, guid.as_deref(), link.as_deref());
    // its GUID may be another than the feed's; the link counts on its own, too
    let (by_link, more) = keys_of(site, None, link.as_deref());
    site_keys.extend(more);
    let over_feeds: Vec<i64> = keys.all().chain(by_link.all()).collect();
    site_keys.extend(scopes.iter().flat_map(|feed| over_feeds.iter().map(|key| dedup::scoped(dedup::scoped(*key, site.id), *feed))));
    site_keys.sort_unstable();
    site_keys.dedup();
    let key = dedup::foreign_key(&site.key_name, &kind.name, id);
    let found = FoundPost {
        key: (key.hash, key.text),
        site_keys,
        keys: Keys { link: keys.link.or(by_link.link), ..keys },
        facts: PostFacts {
            post: id,
            post_type: (!kind.is_post()).then(|| kind.name.clone()),
            slug: text(&row["slug"]),
            link: text(&row["link"]),
            modified_gmt: text(&row["modified_gmt"]),
            returned_hash: None,
            returned: None,
        },
        title: html_escape::decode_html_entities(&text(&row["title"]["raw"])).into_owned(),
        link: link.or(guid.filter(|guid| guid.contains("://"))),
        kind: FoundKind::Foreign,
        because: format!("posted by {} before (post {id}, by its {by})", plugin.title()),
    };
    ImportedPost { plugin, by, found, taken: None }
}

/// Where a post came from; the surest word first.
fn source(row: &Value, content: &str, own: &[String], import: Import) -> Option<Source> {
    if let Some(source) = by_fields(&row["meta"]) {
        return Some(source);
    }
    let leads_off = |address: &str| off(address, own);
    let guid = row["guid"].get("raw").or_else(|| row["guid"].get("rendered")).and_then(Value::as_str).unwrap_or("");
    // FeedWordPress gives posts the GUIDs of their entries, and their addresses where the operator wants them
    let guid =
        Some(html_escape::decode_html_entities(guid).into_owned()).filter(|guid| (leads_off(guid) && !is_own(guid, row)) || is_urn(guid));
    let link = row["link"].as_str().filter(|link| leads_off(link)).map(str::to_owned);
    if guid.is_some() || link.is_some() {
        let by = if link.is_some() { "address" } else { "GUID" };
        return Some(Source { plugin: Plugin::FeedWordPress, by: by.to_owned(), link: link.or_else(|| guid.clone()), guid });
    }
    let canonical =
        [&row["yoast_head_json"]["canonical"], &row["aioseo_head_json"]["canonical_url"], &row["meta"]["rank_math_canonical_url"]];
    if let Some(link) = canonical.into_iter().filter_map(Value::as_str).find(|link| leads_off(link)) {
        return Some(Source { plugin: Plugin::Other, by: "canonical address".to_owned(), guid: None, link: Some(link.to_owned()) });
    }
    if !import.links {
        return None;
    }
    let link = publish::links_of(content).into_iter().rev().find(|link| leads_off(link))?;
    Some(Source { plugin: import.from.unwrap_or(Plugin::Other), by: "last link".to_owned(), guid: None, link: Some(link) })
}

fn by_fields(meta: &Value) -> Option<Source> {
    let meta = meta.as_object()?;
    let value = |name: &str| {
        let value = meta.get(name)?;
        let text = value.as_str().or_else(|| value.get(0)?.as_str())?.trim();
        (!text.is_empty()).then(|| html_escape::decode_html_entities(text).into_owned())
    };
    for (plugin, prefix, names) in FIELDS {
        if !meta.keys().any(|name| name.starts_with(prefix)) {
            continue;
        }
        let told =
            |guid: bool| names.iter().filter(move |name| name.ends_with("guid") == guid).find_map(|name| Some((*name, value(name)?)));
        let (link, guid) = (told(false), told(true));
        let by = link.as_ref().or(guid.as_ref()).map(|(name, _)| (*name).to_owned());
        if let Some(by) = by {
            return Some(Source { plugin, by: format!("`{by}`"), guid: guid.map(|(_, guid)| guid), link: link.map(|(_, link)| link) });
        }
    }
    None
}

/// Whether an address leads to another host than the site's.
fn off(address: &str, own: &[String]) -> bool {
    let Some(url) = Url::parse(address.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https")) else { return false };
    url.host_str().map(bare).is_some_and(|host| !own.contains(&host))
}

/// WordPress' own GUID, of a site that had another address when the post was made.
fn is_own(guid: &str, row: &Value) -> bool {
    let Some((id, url)) = row["id"].as_u64().zip(Url::parse(guid).ok()) else { return false };
    url.query_pairs().any(|(name, value)| matches!(&*name, "p" | "page_id") && value.parse() == Ok(id))
}

fn bare(host: &str) -> String {
    let host = host.to_ascii_lowercase();
    host.strip_prefix("www.").unwrap_or(&host).to_owned()
}

fn is_urn(guid: &str) -> bool {
    guid.starts_with("tag:") || guid.starts_with("urn:")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ANY: Import = Import { from: None, links: false };

    #[test]
    fn each_programs_word_for_its_source_is_read() {
        let own = vec!["blog.example".to_owned()];
        let here = json!({ "raw": "https://blog.example/?p=1" });
        let table = [
            (
                json!({ "guid": here, "meta": { "feedzy_item_url": "https://news.example/1" } }),
                Some((Plugin::Feedzy, "https://news.example/1")),
            ),
            (
                json!({ "guid": here, "meta": { "wprss_item_permalink": "https://news.example/2", "wprss_feed_id": 4 } }),
                Some((Plugin::WpRssAggregator, "https://news.example/2")),
            ),
            (
                json!({ "guid": here, "meta": { "_wpra_url": "https://news.example/2b", "_wpra_guid": "tag:news.example,2b" } }),
                Some((Plugin::WpRssAggregator, "https://news.example/2b")),
            ),
            (
                json!({ "guid": here, "meta": { "wpe_sourcepermalink": "https://news.example/?a=1&amp;b=2" } }),
                Some((Plugin::Wpematico, "https://news.example/?a=1&b=2")),
            ),
            (
                json!({ "guid": here, "meta": { "syndication_permalink": ["https://news.example/3"] } }),
                Some((Plugin::FeedWordPress, "https://news.example/3")),
            ),
            (json!({ "guid": { "raw": "https://news.example/4" }, "meta": [] }), Some((Plugin::FeedWordPress, "https://news.example/4"))),
            (
                json!({ "guid": here, "link": "https://www.news.example/5", "meta": [] }),
                Some((Plugin::FeedWordPress, "https://www.news.example/5")),
            ),
            (
                json!({ "guid": here, "yoast_head_json": { "canonical": "https://news.example/6" } }),
                Some((Plugin::Other, "https://news.example/6")),
            ),
            (
                json!({ "guid": here, "link": "https://www.blog.example/x", "yoast_head_json": { "canonical": "https://blog.example/x" } }),
                None,
            ),
            (json!({ "id": 7, "guid": { "raw": "https://staging.example/?p=7" } }), None),
            (json!({ "guid": here, "meta": { "wpe_campaignid": 3 } }), None),
        ];
        for (row, want) in table {
            let found = source(&row, "<a href=\"https://other.example/\">a person's link</a>", &own, ANY);
            let found = found.as_ref().map(|found| (found.plugin, found.link.as_deref().unwrap_or("")));
            assert_eq!(found, want, "{row}");
        }
    }

    #[test]
    fn a_link_of_the_content_counts_only_where_a_person_says_so() {
        let own = vec!["blog.example".to_owned()];
        let content = "<p><a href=\"https://a.example/\">a</a></p><p><a href=\"https://news.example/1?a=1&amp;b=2\">Read more</a> \
                       <a href=\"https://blog.example/tag/x\">x</a></p>";
        assert_eq!(source(&json!({}), content, &own, ANY), None);
        let found = source(&json!({}), content, &own, Import { from: Some(Plugin::Wpematico), links: true }).expect("a source");
        assert_eq!((found.plugin, found.link.as_deref()), (Plugin::Wpematico, Some("https://news.example/1?a=1&b=2")));
    }
}
