//! The REST API of one WordPress site: finding it, asking it, and telling what an answer proves. It knows nothing of feeds.
//!
//! Requests here are sent once. Whether one may be sent again is the caller's to decide from [`Failure`], which says what the
//! answer proves: surely done, surely not, or nobody knows. Nothing here trusts a status alone: PHP warnings before the JSON,
//! pages with status 200, `[]` for empty objects and a 207 with errors inside are all read for what they hold.

mod account;
mod answer;
mod batch;
mod diagnose;
mod discover;
mod every;
mod failure;
mod firewall;
mod matrix;
mod media;
mod posts;
mod root;
mod schema;
mod seo;
mod site;
mod terms;
mod wpcom;
mod xmlrpc;

pub use account::Me;
pub use answer::row_for;
pub use diagnose::{Account, Cause, Diagnosis, Finding, Level, Wishes, diagnose};
pub use discover::{DiscoverError, PlainHttp, discover};
pub use every::{Everything, Walked};
pub use failure::{Failure, Refusal, Wait};
pub use matrix::{ANSWERS, Act, Asked, Row, Shape, Then};
pub use media::{Attachment, Media, NewMedia};
pub use posts::{NewPost, PostChange, Revision};
pub use root::{Base, Root};
pub use schema::{PostType, Property, Schema, TypeFound};
pub use seo::{SeoParts, SeoPlugin, UNSEEN};
pub use site::Site;
pub use terms::{DescribedTerm, FoundTaxonomy, MadeTerm, kept_name};
pub use wpcom::discover_com;

/// Requests in one `batch/v1` call, at most (WordPress refuses 26).
pub const BATCH: usize = 25;
