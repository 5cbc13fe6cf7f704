//! Does what the plan says: drafts that were never sent are replaced; a post that is out is changed by the one update protocol
//! (`publish::follow`), field by field, under its site's lease, and what can't be done now stays with the site's writer.

use std::collections::BTreeMap;

use super::super::publish::Became;
use super::super::{Error, Pipeline};
use super::{Plan, Rendered, Turn};
use crate::domain::Id;
use crate::store::{NewWanted, Why};

impl Pipeline {
    /// Does it; `told` hears of each. What failed or is in doubt comes back saying so.
    pub async fn render_again(&self, plan: Plan, mut told: impl FnMut(&Rendered)) -> Result<Plan, Error> {
        let mut rendered = plan.rendered;
        let mut wishes: BTreeMap<Id, Vec<NewWanted>> = BTreeMap::new();
        for one in &mut rendered {
            one.turn = match one.turn.clone() {
                Turn::Redraft => self.redraft(one).await?,
                Turn::Skip(because) => match self.store.skip_delivery(one.delivery.id, &because).await {
                    Ok(()) => Turn::Done,
                    Err(error) if error.is_wrong_state() => Turn::Failed(error.to_string()),
                    Err(error) => return Err(error.into()),
                },
                turn @ (Turn::Change | Turn::InDoubt(_)) => {
                    if let Some(draft) = &one.draft {
                        let (delivery, site, why) = (one.delivery.id, one.delivery.site, Why::Rendered);
                        let (draft, decision) = (draft.clone(), one.decision.clone());
                        wishes.entry(site).or_default().push(NewWanted { delivery, site, why, draft, decision, forced: Vec::new() });
                    }
                    turn
                }
                other => other,
            };
        }
        for (site, wishes) in wishes {
            let became = match self.sites.get(&site).cloned() {
                Some(site) => self.follow_now(&site, &wishes).await?,
                None => {
                    let gone = Became::Never("its site is no longer in the configuration".to_owned());
                    wishes.iter().map(|wish| (wish.delivery, gone.clone())).collect()
                }
            };
            for one in rendered.iter_mut().filter(|one| matches!(one.turn, Turn::Change | Turn::InDoubt(_))) {
                if let Some((_, became)) = became.iter().find(|(delivery, _)| *delivery == one.delivery.id) {
                    one.turn = turn(became);
                }
            }
        }
        rendered.iter().for_each(&mut told);
        Ok(Plan { rendered, ..plan })
    }

    async fn redraft(&self, one: &Rendered) -> Result<Turn, Error> {
        let Some(draft) = &one.draft else { return Ok(one.turn.clone()) };
        match self.store.replace_draft(&one.delivery, draft, &one.decision, one.hold.as_ref()).await {
            Ok(()) => Ok(Turn::Done),
            Err(error) if error.is_wrong_state() => Ok(Turn::Failed("it went on in the meantime".to_owned())),
            Err(error) => Err(error.into()),
        }
    }
}

fn turn(became: &Became) -> Turn {
    match became {
        Became::Changed { fields, conflicts } if fields.is_empty() && !conflicts.is_empty() => Turn::Touched("a person has worked on it"),
        Became::Changed { .. } => Turn::Done,
        Became::Withdrawn(_) => Turn::Touched("a person put it in the trash, or deleted it"),
        Became::InDoubt(until) => Turn::InDoubt(*until),
        Became::Later(why) | Became::Never(why) => Turn::Failed(why.clone()),
    }
}
