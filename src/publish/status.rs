//! The status that a draft may get: never more than the configuration says, never more than the account may.

use crate::domain::{Draft, Status, Timestamp};
use crate::wordpress::Me;

/// The status to ask for, and why it isn't the draft's own.
pub fn allowed(draft: &Draft, me: &Me, now: Timestamp) -> (Status, Option<String>) {
    let _ = (draft, me, now);
    todo!()
}
