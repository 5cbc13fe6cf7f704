//! Looks before anything is made: what of these deliveries is on the site already?

use crate::domain::{Delivery, Post};
use crate::wordpress::{Failure, Me, Site};

/// What the site has of a delivery.
#[derive(Debug, Clone, PartialEq)]
pub enum Seen {
    /// Nothing: make it.
    Nothing,
    /// Somebody else's post holds its slug: make it; it will get another slug.
    Stranger(Post),
    /// Ours, and not yet finished: store it as made, then finish it.
    Made(Post),
    /// Ours, and as it shall stay: finished by us, or taken over by a person (`note` says so). Store it as published.
    Finished { post: Post, note: Option<String> },
    /// Ours, in the trash: a person doesn't want it. Withdraw.
    Trashed(Post),
    /// Its post was deleted for good, or is out of this account's sight. Withdraw.
    Gone,
}

/// Looks for each delivery, in the given order. Those in doubt must be past `doubt.until`. Changes nothing on the site.
pub async fn look(site: &Site, me: &Me, deliveries: &[&Delivery]) -> Result<Vec<Seen>, Failure> {
    let _ = (site, me, deliveries);
    todo!()
}
