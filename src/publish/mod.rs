//! Draft to post, exactly once, over stock WordPress: the steps; `pipeline` stores what each brought before it takes the next.
//!
//! WordPress has no idempotency key. What survives on a draft and can be asked for by the hundred is its slug, so the key is the
//! slug S: readable, `-`, 13 characters of hash. It is in the store before any request. A clean slug C takes its place in the
//! end, so the content carries the key a second time, as a mark.
//!
//! One writer at a time posts to a site (its lease). For what it claims, it walks these steps:
//!
//! | step | reads | the store has before | the store gets after | if the process dies in it |
//! |---|---|---|---|---|
//! | 1 [`look`] | S, its trash names, C; after a doubt S-2, S-3 and the newest posts down to `doubt.floor`; a made post by its id | the lease | what was found: made, published, withdrawn | nothing was changed: look again |
//! | 2 [`Vocabulary::find`], [`make_paths`] | the site's terms | that terms of this site are in doubt until [`doubt_until`] | term ids; the doubt ends | the site's terms are left alone until then; making a term again brings its id |
//! | 3 [`look_media`], then an upload, picture by picture | the picture's slug | the row (site, SHA-256), its slug, in doubt until [`doubt_until`] | its id | after the doubt it is looked for, and uploaded only if it isn't there |
//! | 4 [`create`] | | for each delivery: in doubt until [`doubt_until`], the newest post id as its floor, the attempt | `made` with the post's id; or due again, in doubt if the answer was unclear | the doubt runs out, then step 1 |
//! | 5 [`dress`], where the draft has custom fields; each alone, where the site refuses some and doesn't say which | | the same doubt, the attempt, before each request | `made` with what came back | the doubt runs out, then step 1 by id; it is done again |
//! | 6 [`finish`] | | the same doubt, the attempt | `published` with slug, link, hash and `modified_gmt` | the doubt runs out, then step 1 by id |
//! | 7 [`recheck`], a settle time after a delivery is published that was ever in doubt | S, S-2, S-3 and their trash names | the time of the second look | that it was done | it is done again: a twin in the trash is no twin any more |
//!
//! What makes this exactly once:
//! - Nobody posts before looking, and a look proves something only when no request for this delivery can still be at work. So
//!   an unclear answer (time limit, cut line, 5xx, an empty or foreign 200, a death) puts the delivery in doubt until the request's
//!   last possible start and the site's settle time have passed, and step 1 isn't taken before. A lease outlives both.
//! - Posts are made as drafts, whatever they shall become. What a reader can see was never in doubt: its id is in the store.
//! - After a doubt the oldest post with our mark is the post; what is missing goes out alone ([`batches`]), so that the next doubt
//!   is about one post only.
//! - A post made under another slug than was asked (`-2`) where no stranger's post was known is a doubt like any other: two
//!   of ours may exist, and the next look adopts the older.
//! - Adopted is only what carries our mark, or our user's post with the entry's link. Anything else with our slug is a
//!   stranger's and is left alone: ours keeps its `-2`, and a warning says so.
//! - A post that somebody else has worked on since we made it is as it shall be: it is never changed again, whatever is missing.
//! - The trash is a person's word: what lies in it isn't made again. Nothing is ever deleted for good.
//!
//! Not decidable, so not promised: a post whose answer was lost and which a person deleted for good, or gave to somebody else
//! whose posts our account can't see, before we looked; and two stores that post to one site at the same moment.

mod create;
mod field;
mod fields;
mod finish;
mod found;
mod look;
mod media;
mod ours;
mod placed;
mod quota;
mod recheck;
mod refused;
mod retry;
mod slugs;
mod status;
mod terms;
mod update;
mod uses;
mod values;
mod vocabulary;

pub use create::{Made, Order, batches, create, name_of};
pub use field::Field;
pub use fields::{Fields, Place, fields, unkept as unkept_fields};
pub use finish::{Unfinished, dress, finish, is_finished};
pub use found::{key_in_slug, links_of, source_of};
pub use look::{Seen, look, posts_of, posts_with};
pub use media::{look_media, media_slug};
pub use ours::{is_post_of, is_same, returned_hash};
pub use placed::{Placed, with_pictures};
pub use quota::{Budget, Chosen, TermLimits, TermPath, choose, to_be_counted};
pub use recheck::{Twin, recheck};
pub use refused::{Part, Refused, parts, refused};
pub use retry::{Next, RETRY, doubt_until, may_create, next, site_rests, site_wait};
pub use status::allowed;
pub use terms::{MadeOfPath, Term as WantedTerm, Unmade, make_paths, make_terms};
pub use update::{Merged, Sides, differing, fits, is_touched, is_untouched, merge, told_of_draft, told_of_post, with_fields};
pub use uses::{Use, Uses, Wanted, uses};
pub use values::{Values, asked_for};
pub use vocabulary::{Learnt, Verdict, Vocabulary};

#[cfg(test)]
mod tests {
    use crate::domain::{Delivery, DeliveryState, Doubt, Draft, Id, Phase, Timestamp};
    use crate::wordpress::Me;

    pub fn me(capabilities: &[&str]) -> Me {
        Me { id: 7, capabilities: capabilities.iter().map(|name| (*name).to_owned()).collect(), ..Me::default() }
    }

    pub fn delivery(key: &str) -> Delivery {
        let now = Timestamp::from_unix(1_700_000_000);
        Delivery {
            id: Id::new(now),
            site: Id::new(now),
            item: Id::new(now),
            state: DeliveryState::Publishing,
            hold: None,
            key: key.to_owned(),
            slug: format!("news-{key}"),
            phase: Phase::Unmade,
            doubt: Doubt::default(),
            draft: Some(Draft { source: Some("https://news.example/1?a=1&b=2".into()), ..Draft::default() }),
            decision: Default::default(),
            post: None,
            post_type: None,
            post_slug: None,
            returned_hash: None,
            modified_gmt: None,
            post_link: None,
            attempts: 0,
            due: now,
            planned: None,
            error: None,
            run: None,
            published_at: None,
        }
    }
}
