//! Posts: looking, making, changing, trashing (WordPress REST handbook, Posts).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::{Post, Status, Timestamp};

use super::{Failure, Site};

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
}

/// What shall change of a post; `None` and empty stay as they are.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PostChange {
    pub slug: Option<String>,
    pub status: Option<Status>,
    pub date: Option<Timestamp>,
    pub author: Option<u64>,
    pub terms: BTreeMap<String, Vec<u64>>,
    pub featured_media: Option<u64>,
}

impl PostChange {
    /// Nothing is left to change.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A revision of a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    pub id: u64,
    /// User id.
    pub author: u64,
}

impl Site {
    /// Posts with any of these slugs, of any status and in the trash, as far as this account may edit them. Any number of
    /// slugs; several requests where one would be too long.
    pub async fn posts_by_slug(&self, slugs: &[String]) -> Result<Vec<Post>, Failure> {
        let _ = slugs;
        todo!()
    }

    /// Published posts with any of these slugs, as any reader may see them: without raw title and content.
    pub async fn published_by_slug(&self, slugs: &[String]) -> Result<Vec<Post>, Failure> {
        let _ = slugs;
        todo!()
    }

    /// Posts with these ids, of any status and in the trash, as far as this account may edit them.
    pub async fn posts_by_id(&self, ids: &[u64]) -> Result<Vec<Post>, Failure> {
        let _ = ids;
        todo!()
    }

    /// The highest id of all posts that this account sees; 0 where there is none.
    pub async fn newest_post_id(&self) -> Result<u64, Failure> {
        todo!()
    }

    /// The first post, newest first, that `wanted` picks; stops below `down_to` or after `pages` pages of 100.
    pub async fn walk_newest(&self, down_to: u64, pages: u32, wanted: impl Fn(&Post) -> bool) -> Result<Vec<Post>, Failure> {
        let _ = (down_to, pages, wanted);
        todo!()
    }

    /// Makes one post.
    pub async fn create(&self, post: &NewPost) -> Result<Post, Failure> {
        let _ = post;
        todo!()
    }

    /// Makes up to [`Site::batch`] posts in one request; the answers in the same order. `Err`: no answer for any.
    pub async fn create_batch(&self, posts: &[NewPost]) -> Result<Vec<Result<Post, Failure>>, Failure> {
        let _ = posts;
        todo!()
    }

    /// Changes one post.
    pub async fn update(&self, id: u64, change: &PostChange) -> Result<Post, Failure> {
        let _ = (id, change);
        todo!()
    }

    /// Changes up to [`Site::batch`] posts in one request; the answers in the same order. `Err`: no answer for any.
    pub async fn update_batch(&self, changes: &[(u64, PostChange)]) -> Result<Vec<Result<Post, Failure>>, Failure> {
        let _ = changes;
        todo!()
    }

    /// Puts a post into the trash; never deletes it for good.
    pub async fn trash(&self, id: u64) -> Result<Post, Failure> {
        let _ = id;
        todo!()
    }

    /// Deletes a post for good. Only `undo --purge` may.
    pub async fn purge(&self, id: u64) -> Result<(), Failure> {
        let _ = id;
        todo!()
    }

    /// The newest revision, where the site keeps any.
    pub async fn newest_revision(&self, id: u64) -> Result<Option<Revision>, Failure> {
        let _ = id;
        todo!()
    }
}
