//! Takes the posts of a run back: those that nobody has touched go to the trash, and their deliveries become withdrawn.
//!
//! Reads: the run's published deliveries, and their posts as the site has them now. Writes: the trash, one post after another,
//! each looked at once more right before; then `withdrawn` in the store. If the process dies between the two, or the answer is
//! unclear, the post lies in the trash and the delivery still says `published`: the next `undo` (or the daemon's own look)
//! finds it there and withdraws it. No post is deleted for good. Pictures and terms have no trash: they stay, or are purged where a
//! person says so (see `purge`).

mod purge;

use std::collections::{HashMap, HashSet};

use crate::domain::{Delivery, DeliveryState, Id, Post};
use crate::publish::{self, returned_hash};
use crate::store::{self, Run};
use crate::wordpress::{Failure, Site};

use super::{Error, Pipeline};
pub use purge::{Leftover, LeftoverFate};

/// Posts that one request asks for.
pub(super) const AT_ONCE: usize = 100;

/// What would become, or has become, of one post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// As we left it: it goes to the trash.
    Trash,
    /// It went there now.
    Trashed,
    /// Somebody put it there before: its delivery is withdrawn.
    AlreadyTrashed,
    /// Somebody has worked on it: it stays.
    Touched,
    /// It was deleted for good, or is out of our account's sight: nothing is done.
    Gone,
    /// It is still being made, or may be there: that ends first.
    Unfinished,
    /// The site did not answer, or refuses: why.
    Failed(String),
}

/// What becomes of a post that somebody has worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Touched {
    Stays,
    /// It goes to the trash all the same: a person said so.
    Goes,
}

/// One post of the run.
#[derive(Debug, Clone, PartialEq)]
pub struct Undone {
    pub delivery: Delivery,
    /// As the site has it now.
    pub post: Option<Post>,
    pub fate: Fate,
}

/// Which run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhichRun {
    /// The last that made posts.
    Last,
    One(Id),
}

/// What becomes of what a run made beside posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    Stays,
    /// What nothing else uses is deleted for good: a person said so.
    Purged,
}

/// A run, what would become of each of its posts that is still out, and of what it made beside them.
#[derive(Debug, Clone)]
pub struct Plan {
    pub run: Run,
    pub posts: Vec<Undone>,
    pub beside: Beside,
    pub leftovers: Vec<Leftover>,
    /// Posts of the run that lie in the trash already, by site.
    trashed: HashMap<Id, HashSet<u64>>,
}

/// What was done.
#[derive(Debug, Clone)]
pub struct Undoing {
    pub posts: Vec<Undone>,
    pub leftovers: Vec<Leftover>,
}

impl Pipeline {
    /// What an undo would do; changes nothing. `None`: there is no such run.
    pub async fn plan_undo(&self, which: WhichRun, beside: Beside) -> Result<Option<Plan>, Error> {
        let run = match which {
            WhichRun::Last => self.store.last_run_with_posts().await?,
            WhichRun::One(id) => self.store.run(id).await?,
        };
        let Some(run) = run else { return Ok(None) };
        let mut by_site: Vec<(Id, Vec<Delivery>)> = Vec::new();
        let (mut posts, mut trashed) = (Vec::new(), HashMap::<Id, HashSet<u64>>::new());
        for delivery in self.store.deliveries_of_run(run.id).await? {
            match delivery.state {
                DeliveryState::Withdrawn => trashed.entry(delivery.site).or_default().extend(delivery.post),
                DeliveryState::Skipped => {}
                _ if is_under_way(&delivery) => posts.push(Undone { delivery, post: None, fate: Fate::Unfinished }),
                _ if delivery.post.is_none() => {}
                _ => match by_site.iter_mut().find(|(site, _)| *site == delivery.site) {
                    Some((_, of_site)) => of_site.push(delivery),
                    None => by_site.push((delivery.site, vec![delivery])),
                },
            }
        }
        for (site, deliveries) in by_site {
            let site = self.wordpress(site).await;
            for some in deliveries.chunks(AT_ONCE) {
                posts.extend(look_on(site.as_ref(), some).await);
            }
        }
        let mut plan = Plan { run, posts, beside, leftovers: Vec::new(), trashed };
        plan.leftovers = self.plan_purge(&plan).await?;
        Ok(Some(plan))
    }

    /// Does it: each post that the plan would put into the trash is looked at once more and goes; then what the run made beside
    /// them, where that is purged. `told` hears of each post.
    pub async fn undo(&self, plan: Plan, mut told: impl FnMut(&Undone)) -> Result<Undoing, Error> {
        let mut done = Plan { posts: Vec::with_capacity(plan.posts.len()), ..plan.clone() };
        for planned in plan.posts {
            let undone = match planned.fate {
                Fate::Trash => match self.wordpress(planned.delivery.site).await {
                    Ok(site) => trash(&site, planned.delivery, Touched::Stays).await,
                    Err(why) => Undone { fate: Fate::Failed(why), ..planned },
                },
                _ => planned,
            };
            match undone.fate {
                Fate::Trashed => self.withdraw(undone.delivery.id, "undone").await?,
                Fate::AlreadyTrashed => self.withdraw(undone.delivery.id, "a person put it into the trash").await?,
                _ => {}
            }
            told(&undone);
            done.posts.push(undone);
        }
        let leftovers = if plan.beside == Beside::Purged { self.purge(&done).await? } else { plan.leftovers };
        Ok(Undoing { posts: done.posts, leftovers })
    }

    /// The store follows. Another process (the daemon's own look, a second undo) may have been first: the rest goes on.
    pub(super) async fn withdraw(&self, delivery: Id, because: &str) -> Result<(), Error> {
        match self.store.withdraw_published(delivery, because).await {
            Err(error @ store::Error::WrongState { .. }) => {
                tracing::warn!(%delivery, %error, "its post is in the trash, and somebody else has gone on with it");
                Ok(())
            }
            other => Ok(other?),
        }
    }

    /// The connection to a site, or why there is none.
    pub(super) async fn wordpress(&self, id: Id) -> Result<Site, String> {
        let sites = self.sites();
        let site = sites.iter().find(|site| site.id == id).ok_or("its site is no longer in the configuration")?;
        self.connect(site).await.map(|(site, _)| site).map_err(|failure| failure.to_string())
    }
}

/// Somebody has it in hand, or a request may still make its post.
fn is_under_way(delivery: &Delivery) -> bool {
    delivery.state == DeliveryState::Publishing || (delivery.state != DeliveryState::Published && delivery.doubt.until.is_some())
}

pub(super) async fn look_on(site: Result<&Site, &String>, deliveries: &[Delivery]) -> Vec<Undone> {
    let posts = match site {
        Ok(site) => publish::posts_of(site, deliveries.iter()).await.map_err(|failure| failure.to_string()),
        Err(why) => Err(why.clone()),
    };
    let judged = deliveries.iter().map(|delivery| match &posts {
        Ok(posts) => {
            let post = posts.iter().find(|post| Some(post.id) == delivery.post);
            Undone { delivery: delivery.clone(), post: post.cloned(), fate: judge(delivery, post) }
        }
        Err(why) => Undone { delivery: delivery.clone(), post: None, fate: Fate::Failed(why.clone()) },
    });
    judged.collect()
}

/// Untouched is what has the text and the time of change that our own last write left. What can't be told counts as touched.
fn judge(delivery: &Delivery, post: Option<&Post>) -> Fate {
    let Some(post) = post else { return Fate::Gone };
    if post.status.is_trash() {
        return Fate::AlreadyTrashed;
    }
    let as_we_left_it = delivery.modified_gmt.as_deref() == Some(post.modified_gmt.as_str())
        && delivery.returned_hash.as_deref() == Some(returned_hash(post).as_str());
    if as_we_left_it { Fate::Trash } else { Fate::Touched }
}

pub(super) async fn trash(site: &Site, delivery: Delivery, touched: Touched) -> Undone {
    let Some(mut now) = look_on(Ok(site), &[delivery]).await.pop() else { unreachable!("one delivery in, one out") };
    let goes = now.fate == Fate::Trash || (now.fate == Fate::Touched && touched == Touched::Goes);
    if let (true, Some(id)) = (goes, now.delivery.post) {
        let site = match site.of_type(now.delivery.type_of_post()).await {
            Ok(site) => site,
            Err(failure) => return Undone { fate: Fate::Failed(failure.to_string()), ..now },
        };
        now.fate = match site.trash(id).await {
            Ok(_) => Fate::Trashed,
            Err(failure) => trashed_after_all(&site, id, failure).await,
        };
    }
    now
}

/// Somebody may have been first; and an answer that never came may have been a yes: the trash is no place where a post is
/// made twice, so a look tells.
async fn trashed_after_all(site: &Site, id: u64, failure: Failure) -> Fate {
    if failure.refusal().is_some_and(|refusal| refusal.code == "rest_already_trashed") {
        return Fate::AlreadyTrashed;
    }
    if failure.may_have_been_done()
        && let Ok(posts) = site.posts_by_id(&[id]).await
        && posts.first().is_some_and(|post| post.status.is_trash())
    {
        return Fate::Trashed;
    }
    Fate::Failed(failure.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PostStatus;

    fn post() -> Post {
        Post { id: 5, title: "a".into(), content: "b".into(), modified_gmt: "2026-11-22T12:00:00".into(), ..Post::default() }
    }

    fn published() -> Delivery {
        use crate::domain::{Decision, DeliveryState, Doubt, Phase, Timestamp};
        Delivery {
            id: Id::from_i64(1),
            site: Id::from_i64(2),
            item: Id::from_i64(3),
            state: DeliveryState::Published,
            hold: None,
            key: String::new(),
            slug: String::new(),
            phase: Phase::Finished,
            doubt: Doubt::default(),
            draft: None,
            decision: Decision::default(),
            post: Some(5),
            post_type: None,
            post_slug: None,
            returned_hash: Some(returned_hash(&post())),
            modified_gmt: Some(post().modified_gmt),
            post_link: None,
            attempts: 0,
            due: Timestamp::from_unix(0),
            planned: None,
            error: None,
            run: None,
            published_at: None,
        }
    }

    #[test]
    fn only_what_is_as_we_left_it_goes_to_the_trash() {
        let ours = published();
        let unknown = Delivery { returned_hash: None, ..published() };
        let later = Post { modified_gmt: "2026-11-22T12:00:01".into(), ..post() };
        let edited = Post { content: "c".into(), ..post() };
        let trashed = Post { status: PostStatus("trash".into()), ..later.clone() };
        for (delivery, post, fate) in [
            (&ours, Some(&post()), Fate::Trash),
            (&ours, Some(&later), Fate::Touched),
            (&ours, Some(&edited), Fate::Touched),
            (&unknown, Some(&self::post()), Fate::Touched),
            (&ours, Some(&trashed), Fate::AlreadyTrashed),
            (&ours, None, Fate::Gone),
        ] {
            assert_eq!(judge(delivery, post), fate, "{post:?}");
        }
    }
}
