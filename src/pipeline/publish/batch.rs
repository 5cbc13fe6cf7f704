//! One batch of deliveries: look, make, finish.

use std::time::Duration;

use tokio::time::Instant;

use crate::domain::{Delivery, Post, SlugStyle};
use crate::publish::{self, Made, Order, Seen, Unfinished};
use crate::store::{Begin, Lease};
use crate::wordpress::Failure;

use super::equip::{Needs, Parts};
use super::{Error, InHand, On, Origin, Round};

/// What is gone while a person must say whether the site was restored is looked for again after so long.
const VANISHED: Duration = Duration::from_secs(3600);
/// So long a batch's terms and pictures are seen to before what is ready goes out.
const EQUIPPING: Duration = Duration::from_secs(240);

/// A delivery with all that its draft's names have become on the site.
pub(super) struct Equipped {
    pub hand: InHand,
    pub parts: Parts,
    pub stranger: bool,
}

impl Equipped {
    fn left_out(&mut self) -> (&mut InHand, Vec<String>) {
        (&mut self.hand, std::mem::take(&mut self.parts.left_out))
    }

    fn order(&self) -> Order<'_> {
        let Parts { terms, content, featured_media, author, names, fields, .. } = &self.parts;
        let (delivery, content, hold_back) = (&self.hand.delivery, content.as_deref(), fields.hold_back.as_deref());
        let (featured_media, author, stranger) = (*featured_media, *author, self.stranger);
        Order { delivery, terms, content, featured_media, author, fields: &fields.first, hold_back, names, stranger }
    }
}

impl Round<'_> {
    /// Takes each delivery of the batch as far as the site allows, and stores how far that was.
    pub(super) async fn batch(&self, batch: Vec<InHand>) -> Result<(), Error> {
        if self.must_end() {
            return self.put_back(batch, self.now()).await;
        }
        let kind = batch.first().and_then(|hand| hand.delivery.type_of_post().map(str::to_owned));
        let on = match self.on(kind.as_deref()).await {
            Ok(on) => on,
            Err(failure) => return self.all_failed(batch, &failure).await,
        };
        // some types of posts aren't for batches
        let most = if on.wp.batch() == 1 { 1 } else { batch.len() };
        let mut batch = batch.into_iter();
        loop {
            let portion: Vec<InHand> = batch.by_ref().take(most).collect();
            if portion.is_empty() {
                return Ok(());
            }
            self.portion(&on, portion).await?;
        }
    }

    /// The same for posts of one type that may go out together.
    async fn portion(&self, on: &On, mut batch: Vec<InHand>) -> Result<(), Error> {
        if self.must_end() {
            return self.put_back(batch, self.now()).await;
        }
        if !on.wp.kind().has_content() {
            // nothing else could carry the key
            batch.iter_mut().filter_map(|hand| hand.delivery.draft.as_mut()).for_each(|draft| draft.slug_style = SlugStyle::Keyed);
        }
        self.renew().await?;
        let deliveries: Vec<&Delivery> = batch.iter().map(|hand| &hand.delivery).collect();
        let seen = match publish::look(&on.wp, &on.me, &deliveries).await {
            Ok(seen) => seen,
            Err(failure) => return self.all_failed(batch, &failure).await,
        };
        let (mut to_make, mut found) = (Vec::new(), Vec::new());
        for (mut hand, seen) in batch.into_iter().zip(seen) {
            let asked_for = hand.delivery.post.is_some() || hand.delivery.doubt.ever;
            hand.origin = if asked_for { Origin::Ours } else { Origin::Adopted };
            let adopted = usize::from(hand.delivery.post.is_none());
            if matches!(seen, Seen::Made(_) | Seen::Finished { .. }) {
                self.used.add(hand.delivery.id);
            }
            match seen {
                Seen::Nothing => to_make.push((hand, false)),
                Seen::Stranger(post) => {
                    tracing::warn!(post = post.id, slug = post.slug, "somebody else's post has our slug; it is left alone");
                    to_make.push((hand, true));
                }
                Seen::Made(post) => {
                    self.count(|report| report.adopted += adopted);
                    found.push((hand, Made { post, warnings: Vec::new() }));
                }
                Seen::Finished { post, note } => {
                    if note.is_some() {
                        hand.origin = Origin::Touched;
                    }
                    let made = Made { post, warnings: note.into_iter().collect() };
                    self.mark_published(vec![(hand, made)]).await?;
                    self.count(|report| report.adopted += adopted);
                }
                Seen::Trashed(post) => self.withdraw(hand, Some(&post), "a person put its post in the trash").await?,
                // a restored backup may have taken it away: a person says so first
                Seen::Gone if self.pipeline.store.has_vanished(self.site.id).await? => {
                    self.put_back(vec![hand], self.now().plus(VANISHED)).await?;
                }
                Seen::Gone => self.withdraw(hand, None, "its post was deleted, or moved out of this account's sight").await?,
            }
        }
        let found = self.mark_made(found).await?;
        let mut unfinished = Vec::new();
        for (hand, post) in found {
            if let Some((hand, parts)) = self.equip(on, hand, Needs::Finishing).await? {
                unfinished.push((Equipped { hand, parts, stranger: false }, post));
            }
        }
        unfinished.extend(self.make(on, to_make).await?);
        let dressed = self.dress(on, unfinished).await?;
        self.finish(on, dressed).await
    }

    /// Makes posts as drafts under their keys.
    async fn make(&self, on: &On, to_make: Vec<(InHand, bool)>) -> Result<Vec<(Equipped, Post)>, Error> {
        let mut orders = Vec::new();
        self.learn_terms(&to_make).await?;
        let end = Instant::now() + EQUIPPING;
        for (mut hand, stranger) in to_make {
            hand.origin = Origin::Ours;
            // what was equipped long ago would lose its lease: the rest is claimed again at once
            let is_late = !orders.is_empty() && Instant::now() > end;
            if self.must_end() || is_late {
                self.put_back(vec![hand], self.now()).await?;
            } else if !publish::may_create(&hand.delivery) {
                let error = hand.delivery.error.clone().unwrap_or_else(|| "no try is left".to_owned());
                self.give_up(hand, &error).await?;
            } else if let Some((hand, parts)) = self.equip(on, hand, Needs::Making).await? {
                orders.push(Equipped { hand, parts, stranger });
            }
            self.pipeline.progressed();
        }
        if orders.is_empty() || self.must_end() {
            self.put_back(orders.into_iter().map(|order| order.hand).collect(), self.now()).await?;
            return Ok(Vec::new());
        }
        self.note_left_out(&mut orders.iter_mut().map(Equipped::left_out).collect::<Vec<_>>()).await?;
        // Terms and pictures may have taken long.
        self.renew().await?;
        self.begin(orders.iter_mut().map(|order| &mut order.hand).collect(), "create").await?;
        let wanted: Vec<Order<'_>> = orders.iter().map(Equipped::order).collect();
        let answers = publish::create(&on.wp, &on.me, &wanted).await;
        self.judge(&answers).await?;
        let (mut made, mut rest) = (Vec::new(), Vec::new());
        for (order, answer) in orders.into_iter().zip(answers) {
            if answer.as_ref().err().is_none_or(Failure::may_have_been_done) {
                self.used.add(order.hand.delivery.id);
            }
            match answer {
                Ok(came) => {
                    let mut parts = order.parts;
                    parts.warnings.extend(came.warnings.iter().cloned());
                    made.push((order.hand, came));
                    rest.push((parts, order.stranger));
                }
                Err(failure) => {
                    let sent = order.parts.fields.first;
                    self.failed_with(on, order.hand, &sent, &failure).await?;
                }
            }
        }
        self.count(|report| report.made += made.len());
        let made = self.mark_made_with(made, rest).await?;
        Ok(made.into_iter().map(|(hand, post, (parts, stranger))| (Equipped { hand, parts, stranger }, post)).collect())
    }

    /// Gives made posts their slug and status.
    async fn finish(&self, on: &On, made: Vec<(Equipped, Post)>) -> Result<(), Error> {
        let now = self.now();
        let (done, mut open): (Vec<_>, Vec<_>) =
            made.into_iter().partition(|(order, post)| publish::is_finished(&on.me, &Unfinished { order: order.order(), post }, now));
        let done = done.into_iter().map(|(order, post)| (order.hand, Made { post, warnings: self.told_of(order.parts) })).collect();
        self.mark_published(done).await?;
        if open.is_empty() {
            return Ok(());
        }
        let mut names: Vec<&str> = open.iter().map(|(order, _)| publish::name_of(&order.hand.delivery)).collect();
        names.sort_unstable();
        names.dedup();
        let mut turns = Vec::new();
        for name in names {
            // in one order everywhere, so that no two batches wait for each other
            turns.push(self.slugs.take(name).await);
        }
        self.begin(open.iter_mut().map(|(order, _)| &mut order.hand).collect(), "finish").await?;
        let wanted: Vec<Unfinished<'_>> = open.iter().map(|(order, post)| Unfinished { order: order.order(), post }).collect();
        let answers = publish::finish(&on.wp, &on.me, &wanted, now).await;
        self.judge(&answers).await?;
        let mut finished = Vec::new();
        for ((order, _), answer) in open.into_iter().zip(answers) {
            match answer {
                Ok(mut made) => {
                    let Equipped { hand, mut parts, .. } = order;
                    parts.warnings.splice(0..0, made.warnings);
                    made.warnings = self.told_of(parts);
                    finished.push((hand, made));
                }
                Err(failure) => self.failed(order.hand, &failure).await?,
            }
        }
        self.mark_published(finished).await
    }

    /// Stores that a request goes out now, and until when its outcome is unknown if no answer comes.
    pub(super) async fn begin(&self, mut hands: Vec<&mut InHand>, what: &str) -> Result<(), Error> {
        let floor = hands.iter().filter_map(|hand| hand.delivery.doubt.floor).min().or(self.floor);
        let sent: Vec<String> = hands.iter().map(|hand| sent(&hand.delivery)).collect();
        let leases: Vec<&mut Lease> = hands.iter_mut().map(|hand| &mut hand.lease).collect();
        let run = if what == "create" { Some(self.pipeline.run_for_posts().await?) } else { None };
        let begin = Begin { what, until: self.doubt_until(), floor, run };
        let site = self.lease.lock().await;
        Ok(self.pipeline.store.begin(&site, leases, &sent, &begin, self.now()).await?)
    }
}

/// What an attempt sends, for the log of attempts: the draft itself is stored beside it.
fn sent(delivery: &Delivery) -> String {
    let status = delivery.draft.as_ref().map_or("draft", |draft| draft.status.as_str());
    format!("{} ({status})", delivery.slug)
}
