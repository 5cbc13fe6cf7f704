//! Does what the plan says, one after another, each looked at once more right before.
//!
//! For a post that is out: the site's lease is held (one writer); the post is looked at; its intent is stored with the time
//! until which no look proves anything (`begin_update`); one request changes title, content, excerpt and terms; its outcome is
//! stored (`end_update`, `drop_update`). If the process dies after the intent, or the answer is unclear, the intent stays: the
//! next `apply` after its time looks. The post is as it was: nothing was done. Its newest revision is by our user and its title
//! is the intended one: it was done. Anything else is a person's, and wins.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::{Delivery, Draft, Post, Term, Timestamp, marks};
use crate::publish::{self, Verdict, Vocabulary, returned_hash};
use crate::store::{Answer, Lease, PostFacts, Update};
use crate::wordpress::{self, Failure, Me, PostChange};

use super::super::{Error, Pipeline, Site};
use super::{Plan, Rendered, Turn, judge};

/// Beside the request and its settle time.
const PATIENCE: Duration = Duration::from_secs(120);

/// A site that is being written to.
struct Writing<'a> {
    site: &'a Site,
    wp: wordpress::Site,
    me: Me,
    vocabulary: Vocabulary,
}

impl Pipeline {
    /// Does it; `told` hears of each. What failed or is in doubt comes back saying so.
    pub async fn render_again(&self, plan: Plan, mut told: impl FnMut(&Rendered)) -> Result<Plan, Error> {
        let mut done = Vec::with_capacity(plan.rendered.len());
        for mut one in plan.rendered {
            one.turn = match one.turn.clone() {
                Turn::Redraft => self.redraft(&one).await?,
                Turn::Skip(because) => match self.store.skip_delivery(one.delivery.id, &because).await {
                    Ok(()) => Turn::Done,
                    Err(error) if error.is_wrong_state() => Turn::Failed(error.to_string()),
                    Err(error) => return Err(error.into()),
                },
                Turn::Change | Turn::InDoubt(_) => self.change(&one).await?,
                other => other,
            };
            told(&one);
            done.push(one);
        }
        Ok(Plan { rendered: done, ..plan })
    }

    async fn redraft(&self, one: &Rendered) -> Result<Turn, Error> {
        let Some(draft) = &one.draft else { return Ok(one.turn.clone()) };
        match self.store.replace_draft(&one.delivery, draft, &one.decision, one.hold.as_ref()).await {
            Ok(()) => Ok(Turn::Done),
            Err(error) if error.is_wrong_state() => Ok(Turn::Failed("it went on in the meantime".to_owned())),
            Err(error) => Err(error.into()),
        }
    }

    /// Changes one post under its site's lease.
    async fn change(&self, one: &Rendered) -> Result<Turn, Error> {
        let Some(site) = self.sites.get(&one.delivery.site).cloned() else {
            return Ok(Turn::Failed("its site is no longer in the configuration".to_owned()));
        };
        let (wp, me) = match self.connect(&site).await {
            Ok(found) => found,
            Err(error) => return Ok(Turn::Failed(error.to_string())),
        };
        let wp = match wp.of_type(one.delivery.type_of_post()).await {
            Ok(wp) => wp,
            Err(failure) => return Ok(Turn::Failed(failure.to_string())),
        };
        let me = me.towards(wp.kind());
        let span = site.config.timeout * 4 + site.config.settle + PATIENCE;
        let Some(lease) = self.store.claim_site(site.id, self.owner, self.clock.now(), span).await? else {
            return Ok(Turn::Failed("somebody else is writing to the site just now; try again".to_owned()));
        };
        let mut writing = Writing { site: &site, wp, me, vocabulary: Vocabulary::default() };
        let turn = self.change_post(one, &lease, &mut writing).await;
        if let Err(error) = self.store.release_site(lease).await {
            tracing::warn!(site = site.config.name, %error, "the site could not be given free; its lease runs out");
        }
        turn
    }

    async fn change_post(&self, one: &Rendered, lease: &Lease, writing: &mut Writing<'_>) -> Result<Turn, Error> {
        let (Some(draft), Some(id)) = (&one.draft, one.delivery.post) else { return Ok(one.turn.clone()) };
        let announced = self.store.updates(&[one.delivery.id]).await?.remove(&one.delivery.id);
        if let Some(update) = announced.as_ref().filter(|update| update.until > self.clock.now()) {
            return Ok(Turn::InDoubt(update.until));
        }
        let post = match writing.wp.posts_by_id(&[id]).await {
            Ok(posts) => posts.into_iter().find(|post| post.id == id),
            Err(failure) => return Ok(Turn::Failed(failure.to_string())),
        };
        let touched = judge(&one.delivery, post.as_ref());
        if let (Some(update), Some(touched)) = (announced, touched) {
            return self.settle(one, &update, post, touched, writing).await;
        }
        if let Some(touched) = touched {
            return Ok(Turn::Touched(touched));
        }
        let change = match writing.change(&one.delivery, draft, self.clock.now()).await {
            Ok(change) => change,
            Err(failure) => return Ok(Turn::Failed(failure.to_string())),
        };
        let now = self.clock.now();
        let until = publish::doubt_until(now, writing.wp.timeout(), writing.site.config.settle);
        self.store.begin_update(lease, &one.delivery, draft, until, now).await?;
        match writing.wp.update(id, &change).await {
            Ok(post) => {
                let answer = Answer { status: Some(200), ..Answer::default() };
                self.store.end_update(one.delivery.id, &facts(&post), &one.decision, &answer, self.clock.now()).await?;
                Ok(Turn::Done)
            }
            Err(failure) if failure.may_have_been_done() => Ok(Turn::InDoubt(until)),
            Err(failure) => {
                let answer = Answer { error: Some(failure.to_string()), ..Answer::default() };
                self.store.drop_update(one.delivery.id, &answer, self.clock.now()).await?;
                Ok(Turn::Failed(failure.to_string()))
            }
        }
    }

    /// An earlier change had no clear answer, and the post is not as it was: ours if it fits, else a person's.
    async fn settle(
        &self,
        one: &Rendered,
        update: &Update,
        post: Option<Post>,
        touched: &'static str,
        writing: &Writing<'_>,
    ) -> Result<Turn, Error> {
        let now = self.clock.now();
        if let Some(post) = post.filter(|post| matches!(post.status.0.as_str(), "draft" | "pending"))
            && fits(&post, &update.draft, &one.delivery)
        {
            match writing.wp.newest_revision(post.id).await {
                Ok(Some(revision)) if revision.author == writing.me.id && revision.date_gmt == post.modified_gmt => {
                    let answer = Answer { status: Some(200), text: Some("found done".to_owned()), ..Answer::default() };
                    self.store.end_update(one.delivery.id, &facts(&post), &one.decision, &answer, now).await?;
                    return Ok(Turn::Done);
                }
                Ok(_) => {}
                Err(failure) => return Ok(Turn::Failed(failure.to_string())),
            }
        }
        let answer = Answer { error: Some(touched.to_owned()), ..Answer::default() };
        self.store.drop_update(one.delivery.id, &answer, now).await?;
        Ok(Turn::Touched(touched))
    }
}

impl Writing<'_> {
    /// Text and terms; terms that the site lacks are left out, as publishing alone makes terms.
    async fn change(&mut self, was: &Delivery, draft: &Draft, now: Timestamp) -> Result<PostChange, Failure> {
        let before = was.draft.as_ref().map_or(&[][..], |draft| &draft.terms);
        let mut terms: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        if names(before) != names(&draft.terms) {
            let wanted = self.vocabulary.by_rest_base(&self.wp, &draft.terms).await?;
            // taxonomies that lose all of their terms
            for term in self.vocabulary.by_rest_base(&self.wp, before).await? {
                terms.entry(term.taxonomy).or_default();
            }
            let most = if draft.max_terms == 0 { usize::MAX } else { draft.max_terms as usize };
            let verdicts = self.vocabulary.find(&self.wp, &self.me, &wanted, now).await?;
            let found = wanted.into_iter().zip(verdicts).filter_map(|(term, verdict)| match verdict {
                Verdict::Id(id) => Some((term.taxonomy, id)),
                Verdict::Make(_) | Verdict::Without(_) | Verdict::LeftOut(_) => None,
            });
            for (taxonomy, id) in found.take(most) {
                terms.entry(taxonomy).or_default().push(id);
            }
        }
        let text = |new: &str, old: Option<&str>| (Some(new) != old).then(|| new.to_owned());
        let old = was.draft.as_ref();
        Ok(PostChange {
            title: text(&draft.title, old.map(|old| old.title.as_str())),
            content: text(&draft.content, old.map(|old| old.content.as_str())),
            excerpt: text(&draft.excerpt, old.map(|old| old.excerpt.as_str())),
            terms,
            ..PostChange::default()
        })
    }
}

fn names(terms: &[Term]) -> Vec<(&str, &str)> {
    let mut names: Vec<(&str, &str)> = terms.iter().map(|term| (term.taxonomy.as_str(), term.name.as_str())).collect();
    names.sort_unstable();
    names
}

fn facts(post: &Post) -> PostFacts {
    PostFacts {
        post: post.id,
        post_type: None,
        slug: post.slug.clone(),
        link: post.link.clone(),
        modified_gmt: post.modified_gmt.clone(),
        returned_hash: Some(returned_hash(post)),
    }
}

/// It carries our mark, and its title is the intended one, as far as WordPress writes it otherwise.
fn fits(post: &Post, draft: &Draft, delivery: &Delivery) -> bool {
    let plain = |text: &str| html_escape::decode_html_entities(text).split_whitespace().collect::<String>();
    marks(&post.content).contains(&delivery.key.as_str()) && plain(&post.title) == plain(&draft.title)
}
