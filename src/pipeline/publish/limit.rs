//! A limit that several sites keep together: what each may claim, and what it gives back.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::domain::Id;

/// So many posts may still be made, whatever site they are for. A pass takes of it before it claims anything and gives back what
/// became no post, so that passes side by side never make more, and a site that doesn't answer keeps nothing from the others.
///
/// A post that may have been made (its answer was lost) has taken of it, and so has one that an earlier run began and this one finds or
/// finishes; each once, however often it is met.
#[derive(Debug)]
pub struct Limit {
    left: AtomicUsize,
    /// What one claim takes at most: the others shall get some, too.
    share: usize,
    /// Those whose posts count.
    counted: Mutex<HashSet<Id>>,
}

impl Limit {
    /// So many posts.
    pub fn new(posts: usize) -> Self {
        Self { left: AtomicUsize::new(posts), share: posts, counted: Mutex::default() }
    }

    /// Passes of so many sites that have something to do are about to begin.
    pub fn share_among(&mut self, sites: usize) {
        self.share = self.left().div_ceil(sites.max(1));
    }

    /// What nobody has taken, or was given back.
    pub fn left(&self) -> usize {
        self.left.load(Ordering::SeqCst)
    }

    fn take(&self) -> usize {
        let taken = |left: usize| left.min(self.share);
        let update = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| Some(left - taken(left)));
        update.map_or(0, taken)
    }

    fn give_back(&self, posts: usize) {
        self.left.fetch_add(posts, Ordering::SeqCst);
    }
}

/// What one pass has of a limit.
#[derive(Debug)]
pub(super) struct Ration<'a> {
    limit: Option<&'a Limit>,
    taken: usize,
}

/// What one pass has made of a limit.
#[derive(Debug)]
pub(super) struct Used<'a> {
    limit: Option<&'a Limit>,
    posts: AtomicUsize,
}

impl<'a> Used<'a> {
    pub fn of(limit: Option<&'a Limit>) -> Self {
        Self { limit, posts: AtomicUsize::new(0) }
    }

    /// This delivery's post is there, or may be.
    pub fn add(&self, delivery: Id) {
        let Some(limit) = self.limit else { return };
        if limit.counted.lock().expect("no thread panicked with it").insert(delivery) {
            self.posts.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// How many took of the limit in this pass.
    pub fn posts(&self) -> usize {
        self.posts.load(Ordering::SeqCst)
    }
}

impl<'a> Ration<'a> {
    pub fn of(limit: Option<&'a Limit>) -> Self {
        Self { limit, taken: 0 }
    }

    /// What may be claimed now.
    pub fn take(&mut self) -> usize {
        let Some(limit) = self.limit else { return usize::MAX };
        let taken = limit.take();
        self.taken += taken;
        taken
    }

    /// Gives back what isn't used: neither made nor in hand.
    pub fn keep(&mut self, used: usize) {
        if let Some(limit) = self.limit {
            limit.give_back(self.taken.saturating_sub(used));
            self.taken = self.taken.min(used);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    #[test]
    fn all_sites_together_make_no_more_than_the_limit_and_what_one_leaves_is_anothers() {
        let mut limit = Limit::new(5);
        limit.share_among(2);
        let (mut slow, mut quick) = (Ration::of(Some(&limit)), Ration::of(Some(&limit)));
        assert_eq!((slow.take(), quick.take(), quick.take()), (3, 2, 0));
        // one post could not be made, and of two more nothing is known to be due
        slow.keep(1);
        assert_eq!((limit.left(), quick.take(), slow.take()), (2, 2, 0));
        quick.keep(4);
        slow.keep(1);
        assert_eq!(limit.left(), 0);
    }

    #[test]
    fn a_post_that_may_have_been_made_counts_and_only_once_when_it_is_found_later() {
        let limit = Limit::new(2);
        let (lost, other) = (Id::new(Timestamp::from_unix(1)), Id::new(Timestamp::from_unix(2)));
        let (mut ration, used) = (Ration::of(Some(&limit)), Used::of(Some(&limit)));
        assert_eq!(ration.take(), 2);
        used.add(lost);
        ration.keep(used.posts());
        assert_eq!(limit.left(), 1);
        // a later pass of the same run
        let (mut ration, used) = (Ration::of(Some(&limit)), Used::of(Some(&limit)));
        assert_eq!(ration.take(), 1);
        used.add(lost);
        ration.keep(used.posts());
        assert_eq!(limit.left(), 1, "it had taken its part already");
        assert_eq!(ration.take(), 1);
        used.add(other);
        ration.keep(used.posts());
        assert_eq!((limit.left(), Used::of(None).posts()), (0, 0));
    }

    #[test]
    fn a_small_limit_goes_to_who_asks_first_and_without_one_nothing_is_counted() {
        let mut limit = Limit::new(1);
        limit.share_among(3);
        let (mut first, mut second) = (Ration::of(Some(&limit)), Ration::of(Some(&limit)));
        assert_eq!((first.take(), second.take()), (1, 0));
        first.keep(0);
        assert_eq!(second.take(), 1);
        let mut free = Ration::of(None);
        assert_eq!(free.take(), usize::MAX);
        free.keep(7);
        assert_eq!(free.take(), usize::MAX);
    }
}
