//! What a run made beside posts, deleted for good where a person says so and nothing else uses it: pictures and terms have no trash.
//!
//! Reads: the run's journal; the things as the site has them; who uses them, by one walk through all posts of the site
//! (`publish::uses`); the drafts that wait. Writes, under the site's lease, thing by thing: that it is forgotten
//! [`Store::purging`](crate::store::Store::purging), the deletion, that it is gone. If the process dies in between, the thing is in
//! the journal still, with its id: the next purge finds whether it is there. A new post meanwhile looks for it on the site, and makes
//! it anew if it isn't there.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::{Beside, Fate, Plan};
use crate::domain::{self, DeliveryState, Id, NewTerms};
use crate::pipeline::{Error, Pipeline, Site};
use crate::publish::{self, Uses, Vocabulary, Wanted};
use crate::store::{Journaled, Lease, MadeKind};
use crate::wordpress::{self, Attachment, DescribedTerm, Failure, Me};

/// The site is ours so long for one deletion after the other; renewed before each.
const SPAN: Duration = Duration::from_secs(900);
/// Things that one request asks for.
const AT_ONCE: usize = 100;

/// What would become, or has become, of something that a run made beside posts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeftoverFate {
    /// It stays: nobody said that it shall go.
    Stays,
    /// It would be deleted for good.
    Purge,
    /// It was deleted for good now.
    Purged,
    /// It isn't there (any more), or never came to be.
    Gone,
    /// It stays: something else uses it.
    Used(String),
    /// It stays: somebody has worked on it.
    Touched(String),
    /// It stays, as the site did not answer or refuses, or as nobody can say who uses it.
    Failed(String),
}

/// Something that a run made beside posts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    pub made: Journaled,
    /// WordPress' id, once it is known.
    pub id: Option<u64>,
    pub fate: LeftoverFate,
}

/// What is known of the things of one site before any is deleted.
struct Known {
    media: HashMap<u64, Attachment>,
    terms: HashMap<(String, u64), DescribedTerm>,
    uses: Uses,
    wanted: Waiting,
    me: u64,
}

/// What our own drafts name.
#[derive(Default)]
struct Waiting {
    pictures: HashSet<String>,
    /// Folded names of terms of what is not out yet.
    terms: HashSet<String>,
}

impl Pipeline {
    /// What would become of what the plan's run made beside posts; changes nothing.
    pub(super) async fn plan_purge(&self, plan: &Plan) -> Result<Vec<Leftover>, Error> {
        let made = self.store.journal(plan.run.id).await?;
        if plan.beside == Beside::Stays {
            let stays = |made: Journaled| {
                let fate = if made.purged.is_some() { LeftoverFate::Gone } else { LeftoverFate::Stays };
                Leftover { id: made.id, made, fate }
            };
            return Ok(made.into_iter().map(stays).collect());
        }
        let mut planned = Vec::new();
        for (site, made) in by_site(made) {
            planned.extend(match self.wordpress_and_me(site).await {
                Ok((site, wp, me)) => self.judge_all(&site, &wp, &me, made, plan).await?.0,
                Err(why) => failed(made, &why),
            });
        }
        Ok(planned)
    }

    /// Deletes for good what can go now.
    pub(super) async fn purge(&self, plan: &Plan) -> Result<Vec<Leftover>, Error> {
        let mut done = Vec::new();
        for (id, made) in by_site(self.store.journal(plan.run.id).await?) {
            let found = self.wordpress_and_me(id).await;
            let (site, wp, me) = match found {
                Ok(found) => found,
                Err(why) => {
                    done.extend(failed(made, &why));
                    continue;
                }
            };
            let Some(mut lease) = self.store.claim_site_by_hand(id, self.owner, self.clock.now(), SPAN).await? else {
                done.extend(failed(made, "another process is publishing there: the same command tries again"));
                continue;
            };
            let purged = self.purge_on(&site, &wp, &me, &mut lease, made, plan).await;
            if let Err(error) = self.store.release_site(lease).await {
                tracing::warn!(site = site.config.name, %error, "the site could not be given free; its lease runs out");
            }
            done.extend(purged?);
        }
        Ok(done)
    }

    async fn purge_on(
        &self,
        site: &Site,
        wp: &wordpress::Site,
        me: &Me,
        lease: &mut Lease,
        made: Vec<Journaled>,
        plan: &Plan,
    ) -> Result<Vec<Leftover>, Error> {
        let (mut judged, known) = self.judge_all(site, wp, me, made, plan).await?;
        for leftover in &mut judged {
            if let (LeftoverFate::Gone, None) = (&leftover.fate, leftover.made.purged) {
                self.store.purged(&leftover.made, self.clock.now()).await?;
            }
            let (LeftoverFate::Purge, Some(id)) = (&leftover.fate, leftover.id) else { continue };
            self.store.renew_site(lease, self.clock.now(), SPAN).await?;
            leftover.fate = match still_unused(wp, &leftover.made, id, known.as_ref()).await {
                Ok(None) => {
                    self.store.purging(lease, &leftover.made, id).await?;
                    let fate = delete(wp, &leftover.made, id).await;
                    if fate == LeftoverFate::Purged {
                        self.store.purged(&leftover.made, self.clock.now()).await?;
                    }
                    fate
                }
                Ok(Some(fate)) => fate,
                Err(failure) => LeftoverFate::Failed(failure.to_string()),
            };
            self.progressed();
        }
        Ok(judged)
    }

    async fn wordpress_and_me(&self, id: Id) -> Result<(std::sync::Arc<Site>, wordpress::Site, Me), String> {
        let site = self.sites().into_iter().find(|site| site.id == id).ok_or("its site is no longer in the configuration")?;
        let (wp, me) = self.connect(&site).await.map_err(|failure| failure.to_string())?;
        Ok((site, wp, me))
    }

    /// What becomes of each thing of one site: terms that lie deepest first.
    async fn judge_all(
        &self,
        site: &Site,
        wp: &wordpress::Site,
        me: &Me,
        mut made: Vec<Journaled>,
        plan: &Plan,
    ) -> Result<(Vec<Leftover>, Option<Known>), Error> {
        made.sort_by_key(|made| (made.kind == MadeKind::Term, std::cmp::Reverse(made.name.matches(" > ").count()), made.name.clone()));
        let (mut leftovers, mut open) = (Vec::new(), Vec::new());
        for made in made {
            match (made.purged, self.identify(site, wp, &made).await) {
                (Some(_), _) | (None, Ok(None)) => leftovers.push(Leftover { id: made.id, made, fate: LeftoverFate::Gone }),
                (None, Ok(Some(id))) => open.push((made, id)),
                (None, Err(failure)) => leftovers.push(Leftover { id: None, made, fate: LeftoverFate::Failed(failure.to_string()) }),
            }
        }
        if open.is_empty() {
            return Ok((leftovers, None));
        }
        let known = match self.know(site, wp, me, &open, plan).await? {
            Ok(known) => known,
            Err(failure) => {
                let fate = LeftoverFate::Failed(failure.to_string());
                leftovers.extend(open.into_iter().map(|(made, id)| Leftover { made, id: Some(id), fate: fate.clone() }));
                return Ok((leftovers, None));
            }
        };
        let mut going: HashSet<(String, u64)> = HashSet::new();
        for (made, id) in open {
            let sha256 = match made.kind {
                MadeKind::Media => self.store.sha256_of(made.site, &made.name).await?,
                MadeKind::Term => None,
            };
            let fate = match known.fate(&made, id, sha256.as_deref(), &|name| site.config.terms.folding.fold(name)) {
                LeftoverFate::Purge if made.kind == MadeKind::Term => match wp.terms_under(&made.taxonomy, id).await {
                    Ok(under) => match under.iter().find(|under| !going.contains(&(made.taxonomy.clone(), **under))) {
                        Some(under) => LeftoverFate::Used(format!("term {under} lies under it")),
                        None => LeftoverFate::Purge,
                    },
                    Err(failure) => LeftoverFate::Failed(failure.to_string()),
                },
                other => other,
            };
            if fate == LeftoverFate::Purge {
                going.insert((made.taxonomy.clone(), id));
            }
            leftovers.push(Leftover { made, id: Some(id), fate });
        }
        Ok((leftovers, Some(known)))
    }

    /// WordPress' id of something that was announced; `None`: it isn't there.
    async fn identify(&self, site: &Site, wp: &wordpress::Site, made: &Journaled) -> Result<Option<u64>, Failure> {
        if made.id.is_some() {
            return Ok(made.id);
        }
        if made.kind == MadeKind::Media {
            return Ok(publish::look_media(wp, &made.name).await?.map(|media| media.id));
        }
        let mut names: Vec<String> = made.name.split(" > ").map(str::to_owned).collect();
        let Some(name) = names.pop() else { return Ok(None) };
        let term = domain::Term { taxonomy: made.taxonomy.clone(), parents: names, name, new: NewTerms::Match, ..domain::Term::default() };
        let mut vocabulary = Vocabulary::new(site.config.terms.folding.clone(), Vec::new(), &[]);
        vocabulary.learn(wp, std::slice::from_ref(&term), self.clock.now()).await?;
        Ok(vocabulary.id(&term))
    }

    async fn know(
        &self,
        site: &Site,
        wp: &wordpress::Site,
        me: &Me,
        open: &[(Journaled, u64)],
        plan: &Plan,
    ) -> Result<Result<Known, Failure>, Error> {
        let goes = |fate: &Fate| matches!(fate, Fate::Trash | Fate::Trashed | Fate::AlreadyTrashed);
        let going = plan.posts.iter().filter(|undone| goes(&undone.fate) && undone.delivery.site == site.id);
        let deliveries: HashSet<Id> = going.clone().map(|undone| undone.delivery.id).collect();
        let mut except: HashSet<u64> = going.filter_map(|undone| undone.delivery.post).collect();
        let withdrawn: Vec<u64> = plan.trashed.get(&site.id).into_iter().flatten().copied().collect();
        let wanted = self.named_by_drafts(site, &deliveries).await?;
        let look = async {
            // one that a person took out of the trash again uses what it shows
            for ids in withdrawn.chunks(AT_ONCE) {
                except.extend(wp.posts_by_id(ids).await?.iter().filter(|post| post.status.is_trash()).map(|post| post.id));
            }
            let (mut media, mut terms) = (HashMap::new(), HashMap::new());
            let of_media: Vec<u64> = open.iter().filter(|(made, _)| made.kind == MadeKind::Media).map(|(_, id)| *id).collect();
            for ids in of_media.chunks(AT_ONCE) {
                media.extend(wp.attachments(ids).await?.into_iter().map(|one| (one.id, one)));
            }
            let mut of_terms: HashMap<&str, Vec<u64>> = HashMap::new();
            for (made, id) in open.iter().filter(|(made, _)| made.kind == MadeKind::Term) {
                of_terms.entry(&made.taxonomy).or_default().push(*id);
            }
            for (taxonomy, ids) in &of_terms {
                for ids in ids.chunks(AT_ONCE) {
                    let found = wp.described_terms(taxonomy, ids).await?.unwrap_or_default();
                    terms.extend(found.into_iter().map(|one| (((*taxonomy).to_owned(), one.id), one)));
                }
            }
            let asked = Wanted {
                media: open.iter().filter(|(made, _)| made.kind == MadeKind::Media).map(|(made, id)| (*id, made.name.clone())).collect(),
                terms: terms.keys().cloned().collect(),
                except,
            };
            let uses = publish::uses(wp, &asked).await?;
            Ok(Known { media, terms, uses, wanted, me: me.id })
        };
        Ok(look.await)
    }

    /// What our own drafts name, but for those of deliveries that go.
    async fn named_by_drafts(&self, site: &Site, going: &HashSet<Id>) -> Result<Waiting, Error> {
        const STEP: u32 = 200;
        let (mut waiting, mut after) = (Waiting::default(), Id::from_i64(0));
        loop {
            let drafts = self.store.drafts_on(site.id, after, STEP).await?;
            let Some((last, ..)) = drafts.last() else { return Ok(waiting) };
            after = *last;
            for (_, state, draft) in drafts.into_iter().filter(|(id, ..)| !going.contains(id)) {
                waiting.pictures.extend(draft.image.into_iter().chain(draft.pictures).map(|image| image.sha256));
                // a post that is out is asked on the site
                if state != DeliveryState::Published {
                    let names = draft.terms.into_iter().flat_map(|term| term.parents.into_iter().chain([term.name]));
                    waiting.terms.extend(names.map(|name| site.config.terms.folding.fold(&name)));
                }
            }
        }
    }
}

impl Known {
    fn fate(&self, made: &Journaled, id: u64, sha256: Option<&str>, fold: &dyn Fn(&str) -> String) -> LeftoverFate {
        let by_site = match made.kind {
            MadeKind::Media => self.fate_of_media(made, id, sha256),
            MadeKind::Term => self.fate_of_term(made, id, fold),
        };
        match (&self.uses.unsure, by_site) {
            (Some(why), LeftoverFate::Purge) => LeftoverFate::Failed(why.clone()),
            (_, fate) => fate,
        }
    }

    fn fate_of_media(&self, made: &Journaled, id: u64, sha256: Option<&str>) -> LeftoverFate {
        let Some(there) = self.media.get(&id) else { return LeftoverFate::Gone };
        if !there.slug.starts_with(&made.name) || there.author != self.me {
            return LeftoverFate::Touched(format!("media {id} is somebody else's"));
        }
        if let Some(user) = self.uses.of_media(id) {
            return LeftoverFate::Used(user.to_string());
        }
        if sha256.is_some_and(|sha256| self.wanted.pictures.contains(sha256)) {
            return LeftoverFate::Used("another delivery has it".to_owned());
        }
        if there.post != 0 {
            return LeftoverFate::Used(format!("somebody attached it to post {}", there.post));
        }
        if there.is_touched {
            return LeftoverFate::Touched("somebody has worked on it".to_owned());
        }
        LeftoverFate::Purge
    }

    fn fate_of_term(&self, made: &Journaled, id: u64, fold: &dyn Fn(&str) -> String) -> LeftoverFate {
        let Some(there) = self.terms.get(&(made.taxonomy.clone(), id)) else { return LeftoverFate::Gone };
        let name = made.name.rsplit(" > ").next().unwrap_or(&made.name);
        if fold(&there.name) != name {
            return LeftoverFate::Touched(format!("somebody has renamed it to `{}`", there.name));
        }
        if there.is_described {
            return LeftoverFate::Touched("somebody has described it".to_owned());
        }
        if let Some(user) = self.uses.of_term(&made.taxonomy, id) {
            return LeftoverFate::Used(user.to_string());
        }
        if self.wanted.terms.contains(name) {
            return LeftoverFate::Used("a delivery that waits has it".to_owned());
        }
        LeftoverFate::Purge
    }
}

/// Right before a deletion: a term that is counted, or has others under it, stays.
async fn still_unused(wp: &wordpress::Site, made: &Journaled, id: u64, known: Option<&Known>) -> Result<Option<LeftoverFate>, Failure> {
    if made.kind == MadeKind::Media || known.is_none() {
        return Ok(None);
    }
    let found = wp.described_terms(&made.taxonomy, &[id]).await?.unwrap_or_default();
    let Some(term) = found.first() else { return Ok(Some(LeftoverFate::Gone)) };
    if term.count > 0 {
        return Ok(Some(LeftoverFate::Used(format!("WordPress counts {} with it", term.count))));
    }
    Ok(wp.terms_under(&made.taxonomy, id).await?.first().map(|under| LeftoverFate::Used(format!("term {under} lies under it"))))
}

async fn delete(wp: &wordpress::Site, made: &Journaled, id: u64) -> LeftoverFate {
    let answer = match made.kind {
        MadeKind::Media => wp.delete_media(id).await,
        MadeKind::Term => wp.delete_term(&made.taxonomy, id).await,
    };
    let failure = match answer {
        Ok(()) => return LeftoverFate::Purged,
        Err(failure) if failure.is_gone() => return LeftoverFate::Purged,
        Err(failure) => failure,
    };
    // an answer that never came may have been a yes
    let is_there = match made.kind {
        _ if !failure.may_have_been_done() => return LeftoverFate::Failed(failure.to_string()),
        MadeKind::Media => wp.attachments(&[id]).await.map(|found| !found.is_empty()),
        MadeKind::Term => wp.described_terms(&made.taxonomy, &[id]).await.map(|found| found.is_none_or(|found| !found.is_empty())),
    };
    match is_there {
        Ok(false) => LeftoverFate::Purged,
        _ => LeftoverFate::Failed(failure.to_string()),
    }
}

fn by_site(made: Vec<Journaled>) -> Vec<(Id, Vec<Journaled>)> {
    let mut sites: Vec<(Id, Vec<Journaled>)> = Vec::new();
    for made in made {
        match sites.iter_mut().find(|(site, _)| *site == made.site) {
            Some((_, of_site)) => of_site.push(made),
            None => sites.push((made.site, vec![made])),
        }
    }
    sites
}

fn failed(made: Vec<Journaled>, why: &str) -> Vec<Leftover> {
    made.into_iter()
        .map(|made| match made.purged {
            Some(_) => Leftover { id: made.id, made, fate: LeftoverFate::Gone },
            None => Leftover { id: made.id, made, fate: LeftoverFate::Failed(why.to_owned()) },
        })
        .collect()
}
