//! What kind of document a feed's address holds: a feed, a page, JSON or a sitemap; one of them.

use std::sync::Arc;

use super::super::raw;
use super::super::source::At;
use super::Check;
use crate::poll::{Json, Kind, Select, Sitemap};

impl Check {
    /// The kind of a feed's document.
    pub(super) fn kind_of(&mut self, feed: &raw::Feed) -> Option<Kind> {
        let sitemap = feed.sitemap.as_ref().and_then(|key| self.sitemap(key));
        let said = [
            feed.select.as_ref().map(|select| ("[feed.select]", &select.at)),
            feed.json.as_ref().map(|json| ("[feed.json]", &json.at)),
            sitemap.is_some().then_some(("sitemap", &feed.at)),
        ];
        if let [(first, _), (second, at), ..] = said.into_iter().flatten().collect::<Vec<_>>()[..] {
            let at = at.clone();
            self.error(&at, format!("a feed can't have both `{first}` and `{second}`"), "keep the one that its document is");
            return None;
        }
        match (&feed.select, &feed.json, sitemap) {
            (Some(select), ..) => page(select).map(|select| Kind::Page(Arc::new(select))),
            (_, Some(json), _) => paths(json).map(|json| Kind::Json(Arc::new(json))),
            (_, _, Some(sitemap)) => Some(Kind::Sitemap(Arc::new(sitemap))),
            (None, None, None) => Some(Kind::Feed),
        }
    }

    fn sitemap(&mut self, key: &raw::SitemapKey) -> Option<Sitemap> {
        let under = match key {
            raw::SitemapKey::All(all) => return all.value.then(Sitemap::default),
            raw::SitemapKey::Some(keys) => keys.under.as_ref()?,
        };
        for path in under.0.iter().filter(|path| !path.value.starts_with('/')) {
            self.error(&path.at, format!("`{}` is no path", path.value), "what follows the host, from its first slash: \"/news/\"");
        }
        Some(Sitemap { under: under.0.iter().map(|path| path.value.clone()).collect() })
    }
}

fn own<T: Clone>(at: &Option<At<T>>) -> Option<T> {
    at.as_ref().map(|at| at.value.clone())
}

fn page(keys: &raw::SelectKeys) -> Option<Select> {
    Some(Select {
        items: keys.items.as_ref()?.value.0.clone(),
        title: own(&keys.title),
        link: own(&keys.link),
        id: own(&keys.id),
        date: own(&keys.date),
        summary: own(&keys.summary),
        content: own(&keys.content),
        image: own(&keys.image),
        author: own(&keys.author),
        category: own(&keys.category),
    })
}

fn paths(keys: &raw::JsonKeys) -> Option<Json> {
    Some(Json {
        items: keys.items.as_ref()?.value.clone(),
        title: own(&keys.title),
        link: own(&keys.link),
        id: own(&keys.id),
        date: own(&keys.date),
        summary: own(&keys.summary),
        content: own(&keys.content),
        image: own(&keys.image),
        author: own(&keys.author),
        category: own(&keys.category),
    })
}
