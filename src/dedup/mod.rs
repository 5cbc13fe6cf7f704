//! When two entries are one: a ladder of identities, and the keys that delivery and slug are named by (pure).

mod guid;
mod hash;
mod identify;
mod key;
mod link;
mod story;
mod text;

pub use identify::{Identified, Identity, identify};
pub use key::{DeliveryKey, SLUG_WORDS, delivery_key, scoped, slug};
pub use link::canonical_link;
pub use story::same_story;

/// One way in which an entry shows that it is the same as another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rung {
    /// RSS `guid`, Atom `id`, JSON Feed `id`: trimmed and without `http://` or `https://`. Inside its feed that is all. Over
    /// feeds, an opaque one (`123`) counts only together with the canonical link, as two feeds may both count from 1.
    Guid,
    /// The permalink in its canonical form ([`canonical_link`]), unless entries with different GUIDs share it, or it is the
    /// front page of a site.
    Link,
    /// Title and content: markup out, white space collapsed, ASCII letters in lower case. Only where GUID and a usable link are
    /// both lacking.
    Text,
}

/// Asked from the top; the first rung that both entries have decides. No date is on it, and nothing in it forgets.
pub const LADDER: [Rung; 3] = [Rung::Guid, Rung::Link, Rung::Text];

impl Rung {
    /// Goes into each hash, so that a GUID never equals a link. Stored for ever: never change one.
    const fn tag(self) -> &'static str {
        match self {
            Self::Guid => "guid",
            Self::Link => "link",
            Self::Text => "text",
        }
    }
}
