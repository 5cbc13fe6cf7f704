//! When two entries are one: a ladder of identities, and the keys that delivery and slug are named by (pure).

mod guid;
mod hash;
mod identify;
mod key;
mod link;
mod returning;
mod story;
mod text;

pub use identify::{Identified, Identity, identify};
pub use key::{DeliveryKey, SLUG_WORDS, delivery_key, digest_key, foreign_key, in_feed, key_of_text, scoped, slug};
pub use link::canonical_link;
pub use returning::returning;
pub use story::same_story;

use crate::domain::Rung;

/// Asked from the top; the first rung that both entries have and that proves something decides. No date alone is on it, and
/// nothing in it forgets. `docs/identity.md` tells what each proves, and when it doesn't.
pub const LADDER: [Rung; 4] = [Rung::Guid, Rung::Path, Rung::Link, Rung::Text];

/// Goes into each hash, so that a GUID never equals a link. Stored for ever: never change one.
const fn tag(rung: Rung) -> &'static str {
    match rung {
        Rung::Guid => "guid",
        Rung::Path => "path",
        Rung::Link => "link",
        Rung::Text => "text",
    }
}
