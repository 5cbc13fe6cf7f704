//! One item on its way to one site: one row, one life.

use serde::{Deserialize, Serialize};

use super::{Decision, Draft, Id, Timestamp};

/// The life of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    Ready,
    Publishing,
    Published,
    Held,
    Skipped,
    Failed,
    Withdrawn,
}

/// Why a delivery waits for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HoldKind {
    Review,
    Ai,
    Flood,
    NearDuplicate,
}

/// A hold and its reason, in a person's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    pub kind: HoldKind,
    pub because: String,
}

/// How far publishing has come. Each phase is stored before the request that leads to the next.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// No post is known.
    #[default]
    Unmade,
    /// The post exists as a draft under its key, and its id is stored; its slug and status are not final.
    Made,
    /// All is as the draft wants it.
    Finished,
}

/// What is not known after an unclear answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Doubt {
    /// No look proves anything before this.
    pub until: Option<Timestamp>,
    /// It was in doubt at least once: it goes out singly, and is looked up once more after it is published.
    pub ever: bool,
    /// The highest post id that was known on the site before the attempt: a walk back may stop there.
    pub floor: Option<u64>,
}

/// When a delivery goes out, as its site's writer has decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    pub at: Timestamp,
    /// ``Mon 23 Nov 2026, 09:00 CET: slot `09:00` of the site``
    pub because: String,
}

/// One delivery.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    pub id: Id,
    /// The site's id in the store.
    pub site: Id,
    /// The item whose draft this is (the first, where there are several).
    pub item: Id,
    pub state: DeliveryState,
    pub hold: Option<Hold>,
    /// 13 base32 characters: what names this delivery in slug and mark.
    pub key: String,
    /// Readable part, `-`, key. In the store before any request.
    pub slug: String,
    pub phase: Phase,
    pub doubt: Doubt,
    /// What will be or was sent; gone after `[store] keep`.
    pub draft: Option<Draft>,
    /// Why it is what it is; kept for ever in this compact form.
    pub decision: Decision,
    /// The post, once it is known.
    pub post: Option<u64>,
    /// The post's type as the draft named it, once the post is known; `None`: an ordinary post. See [`Delivery::type_of_post`].
    pub post_type: Option<String>,
    /// The slug that came back; a stranger's post with the same one makes it differ from what was asked for.
    pub post_slug: Option<String>,
    /// Of `title.raw` and `content.raw` as WordPress returned them (lower-case hex SHA-256).
    pub returned_hash: Option<String>,
    /// The post's `modified_gmt` after our last write, as WordPress writes it.
    pub modified_gmt: Option<String>,
    /// The post's public address, as WordPress said it.
    pub post_link: Option<String>,
    pub attempts: u32,
    pub due: Timestamp,
    /// `None`: no schedule holds for it, or it was given no moment yet.
    pub planned: Option<Planned>,
    pub error: Option<String>,
    /// The run that made the post.
    pub run: Option<Id>,
    pub published_at: Option<Timestamp>,
}

impl Delivery {
    /// The name or `rest_base` of its post's type, also where the draft is gone; `None`: an ordinary post.
    pub fn type_of_post(&self) -> Option<&str> {
        let of_draft = || self.draft.as_ref().and_then(|draft| draft.post_type.as_deref());
        if self.post.is_some() { self.post_type.as_deref() } else { of_draft() }
    }
}
