//! Gives made posts their clean slug and the wanted status.

use crate::domain::{Post, Timestamp};
use crate::wordpress::{Failure, Me, Site};

use super::create::{Made, Order};

/// A post that is made, and what it shall become.
#[derive(Debug, Clone, Copy)]
pub struct Unfinished<'a> {
    pub order: Order<'a>,
    /// As [`super::create`] or [`super::look`] brought it.
    pub post: &'a Post,
}

/// Whether the post is already all that its draft wants: no request is needed.
pub fn is_finished(me: &Me, unfinished: &Unfinished<'_>, now: Timestamp) -> bool {
    let _ = (me, unfinished, now);
    todo!()
}

/// Brings the posts of one batch to what their drafts want, in one request; the answers in the same order.
pub async fn finish(site: &Site, me: &Me, unfinished: &[Unfinished<'_>], now: Timestamp) -> Vec<Result<Made, Failure>> {
    let _ = (site, me, unfinished, now);
    todo!()
}
