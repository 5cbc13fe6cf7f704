//! Makes posts as drafts under their keys.

use std::collections::BTreeMap;

use crate::domain::{Delivery, Post, Timestamp};
use crate::wordpress::{Failure, Me, Site};

/// A delivery with all that its draft's names have become on the site.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    pub delivery: &'a Delivery,
    /// Term ids by `rest_base`.
    pub terms: &'a BTreeMap<String, Vec<u64>>,
    pub featured_media: Option<u64>,
    /// User id; `None`: we.
    pub author: Option<u64>,
    /// The look found a stranger's post under its slug: another slug is no surprise.
    pub stranger: bool,
}

/// A post as it came back, and what a person should know about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    pub post: Post,
    pub warnings: Vec<String>,
}

/// What may go out together: `site.batch()` at most, not too many bytes, and alone whatever was ever in doubt.
pub fn batches<T>(site: &Site, deliveries: Vec<T>, of: impl Fn(&T) -> &Delivery) -> Vec<Vec<T>> {
    let _ = (site, of);
    let _ = deliveries;
    todo!()
}

/// Makes the posts of one batch as drafts under their keys, in one request; the answers in the same order.
pub async fn create(site: &Site, me: &Me, orders: &[Order<'_>], now: Timestamp) -> Vec<Result<Made, Failure>> {
    let _ = (site, me, orders, now);
    todo!()
}
