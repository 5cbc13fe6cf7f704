//! A post as WordPress says it is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A post's status as WordPress says it: ours, or one that only WordPress or a plug-in gives (`trash`, `auto-draft`, …).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PostStatus(pub String);

impl PostStatus {
    /// It lies in the trash.
    pub fn is_trash(&self) -> bool {
        self.0 == "trash"
    }
}

/// A post as WordPress says it is (REST handbook, Posts; `context=edit`). What was not asked for is empty.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Post {
    pub id: u64,
    pub slug: String,
    pub status: PostStatus,
    pub link: String,
    /// WordPress user id.
    pub author: u64,
    /// `title.raw`
    pub title: String,
    /// `content.raw`
    pub content: String,
    /// `excerpt.raw`; `None`: it wasn't told.
    pub excerpt: Option<String>,
    /// As WordPress writes it, one second fine; on creation it equals the post's date.
    pub modified_gmt: String,
    /// `featured_media`; 0: none.
    pub featured_media: u64,
    /// Term ids by `rest_base`: `tags`, `categories`, …
    pub terms: BTreeMap<String, Vec<u64>>,
    /// Other fields that were asked for, as the answer has them: `format`, `sticky`, `meta`, … Never `password`.
    pub more: BTreeMap<String, Value>,
    /// It opens by a password.
    pub is_protected: bool,
    /// The newest revision's id, where there is one.
    pub revision: Option<u64>,
}

impl Default for PostStatus {
    fn default() -> Self {
        Self("draft".to_owned())
    }
}
