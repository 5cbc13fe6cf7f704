//! Renders again: a changed template or rule for what was composed before and nobody has touched.
//!
//! The plan reads items, their stored steps, and the posts that are out as their site has them now; it changes nothing. What
//! was never sent gets another draft. Of a post that is out, draft or published, `apply` changes each field that is still as our own
//! last write left it; what a person touched is listed and left alone. Times are those of the first composition, as nearly as the store
//! knows them: an entry is as old as it was when it was first seen, and a date that was given stays.

mod apply;

use std::collections::{BTreeSet, HashMap};

use crate::domain::{Decision, Delivery, DeliveryState, Draft, Extras, Hold, Id, Item, Phase, Status};
use crate::rewrite::{Composed, Ready};

use super::follow::Judged;
use super::prepare::{Outcome, Subject};
use super::{Error, Pipeline};

/// Items that are looked at together.
const PAGE: u32 = 200;

/// Which deliveries are meant; empty lists mean all.
#[derive(Debug, Clone, Default)]
pub struct Which {
    pub feeds: Vec<Id>,
    pub sites: Vec<Id>,
    pub items: Vec<Id>,
}

/// What would become, or has become, of one delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// It gets another draft: nothing of it was ever sent.
    Redraft,
    /// The rules skip it now; nothing of it was ever sent.
    Skip(String),
    /// Its post is out, and nobody touched what changes: it is changed.
    Change,
    /// It was done now.
    Done,
    /// A person has worked on what would change, or put it in the trash: it stays.
    Touched(&'static str),
    /// The rules skip it now, but its post is made: that is a person's to decide.
    WouldSkip(String),
    /// An earlier change had no clear answer: it is decided by a look after that moment.
    InDoubt(crate::domain::Timestamp),
    /// Why nothing can be done now.
    Failed(String),
}

/// One delivery that would come out otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct Rendered {
    pub item: Id,
    pub title: String,
    pub delivery: Delivery,
    /// As it would be; `None` where the rules skip it.
    pub draft: Option<Draft>,
    pub decision: Decision,
    pub hold: Option<Hold>,
    pub turn: Turn,
}

/// All of them.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    pub rendered: Vec<Rendered>,
    /// Deliveries that come out as they are.
    pub same: usize,
    /// Deliveries whose entries or drafts are no longer kept.
    pub forgotten: usize,
}

impl Pipeline {
    /// What rendering again would do; changes nothing.
    pub async fn plan_render(&self, which: &Which) -> Result<Plan, Error> {
        let mut plan = Plan::default();
        let facts = self.store.feed_facts(&self.feeds.keys().copied().collect()).await?;
        let mut after = (crate::domain::Timestamp::from_unix(i64::MIN), Id::from_i64(0));
        loop {
            let page = self.store.items_with_texts(after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = (last.first_seen, last.id);
            for item in page {
                let meant = |list: &[Id], id| list.is_empty() || list.contains(&id);
                if meant(&which.items, item.id) && meant(&which.feeds, item.feed) {
                    let facts = facts.get(&item.feed).cloned().unwrap_or_default();
                    self.render_item(&item, &facts, which, &mut plan).await?;
                }
            }
        }
        self.look_at_posts(&mut plan.rendered).await?;
        Ok(plan)
    }

    async fn render_item(&self, item: &Item, facts: &crate::domain::FeedFacts, which: &Which, plan: &mut Plan) -> Result<(), Error> {
        let (Some(feed), Some(entry)) = (self.feed(item.feed), &item.entry) else { return Ok(()) };
        let wanted = |delivery: &Delivery| {
            let state =
                matches!(delivery.state, DeliveryState::Ready | DeliveryState::Held | DeliveryState::Failed | DeliveryState::Published);
            // another item's draft, which this one only joined, or a digest of several
            state && delivery.item == item.id && (which.sites.is_empty() || which.sites.contains(&delivery.site))
        };
        let deliveries: Vec<Delivery> = self.store.deliveries_of(item.id).await?.into_iter().filter(wanted).collect();
        if deliveries.is_empty() {
            return Ok(());
        }
        let subject =
            Subject { entry, facts, first_seen: item.first_seen, keys: item.keys, generation: item.generation, body: Default::default() };
        let (mut composed, all) = match self.compose(&feed, &subject, &item.steps, item.first_seen) {
            Outcome::Skip(decision) => (HashMap::new(), decision),
            Outcome::Go { deliveries, decision } => {
                (deliveries.into_iter().map(|one| (one.key.text.clone(), one.composed)).collect::<HashMap<_, _>>(), decision)
            }
        };
        for delivery in deliveries {
            let Some(was) = delivery.draft.clone() else {
                plan.forgotten += 1;
                continue;
            };
            let unsent = is_unsent(&delivery);
            let rendered = |draft, decision: Decision, hold, turn| Rendered {
                item: item.id,
                title: item.title.clone(),
                delivery: delivery.clone(),
                draft,
                decision,
                hold,
                turn,
            };
            let new = match composed.remove(&delivery.key) {
                Some(Composed::Draft(ready)) => {
                    let Ready { draft, mut decision, hold, .. } = *ready;
                    // its contest goes on, with the new score
                    decision.best = delivery.decision.best.clone();
                    let draft = self.with_others(&delivery, kept(draft, &was, unsent)).await?;
                    let hold = hold.filter(|_| unsent && delivery.state == DeliveryState::Ready);
                    if draft == was && hold.is_none() {
                        plan.same += 1;
                        continue;
                    }
                    let turn = if unsent { Turn::Redraft } else { Turn::Change };
                    rendered(Some(draft), decision, hold, turn)
                }
                other => {
                    let decision = if let Some(Composed::Skip(decision)) = other { decision } else { all.clone() };
                    let because = decision.because.clone().unwrap_or_else(|| "no rule chose the site".to_owned());
                    let turn = if unsent { Turn::Skip(because) } else { Turn::WouldSkip(because) };
                    rendered(None, decision, None, turn)
                }
            };
            plan.rendered.push(new);
        }
        Ok(())
    }

    /// What a person has touched is told by the posts as their sites have them.
    async fn look_at_posts(&self, rendered: &mut [Rendered]) -> Result<(), Error> {
        let sites: BTreeSet<Id> = rendered.iter().filter(|one| one.turn == Turn::Change).map(|one| one.delivery.site).collect();
        for site in sites {
            let mut of_site: Vec<&mut Rendered> =
                rendered.iter_mut().filter(|one| one.turn == Turn::Change && one.delivery.site == site).collect();
            let sides: Vec<(&Delivery, &Draft)> =
                of_site.iter().filter_map(|one| one.draft.as_ref().map(|draft| (&one.delivery, draft))).collect();
            let turns: Vec<Turn> = self.compare_posts(site, &sides).await.into_iter().map(turn).collect();
            for (one, turn) in of_site.iter_mut().filter(|one| one.draft.is_some()).zip(turns) {
                one.turn = turn;
            }
        }
        Ok(())
    }
}

fn turn(judged: Judged) -> Turn {
    match judged {
        Judged::Would { change, conflicts } if change.is_empty() && !conflicts.is_empty() => Turn::Touched("a person has worked on it"),
        Judged::Would { .. } => Turn::Change,
        Judged::Trashed => Turn::Touched("a person put it in the trash"),
        Judged::Unseen => Turn::Touched("its post was deleted, or is out of our account's sight"),
        // it is looked into when it is applied, after its time
        Judged::InDoubt(until) => Turn::InDoubt(until),
        Judged::Failed(why) => Turn::Failed(why),
    }
}

/// Nothing of it was ever sent.
fn is_unsent(delivery: &Delivery) -> bool {
    delivery.phase == Phase::Unmade && delivery.doubt.until.is_none() && !delivery.doubt.ever
}

/// What rendering again never changes: a date that was given, and of a post that is made all but its text, terms, author and custom
/// fields.
fn kept(draft: Draft, was: &Draft, unsent: bool) -> Draft {
    if unsent {
        let date = if draft.status == was.status && draft.status != Status::Future { was.date } else { draft.date };
        return Draft { date, ..draft };
    }
    let Draft { title, content, excerpt, terms, pictures, author, extras, .. } = draft;
    let author = author.or_else(|| was.author.clone());
    let extras = Extras { meta: extras.meta, seo: extras.seo, ..was.extras.clone() };
    Draft { title, content, excerpt, terms, pictures, author, extras, ..was.clone() }
}
