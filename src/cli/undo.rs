//! `wirepress undo --last|--run ID [--purge]`: what would go, a question, and then it goes.

use std::io::IsTerminal;

use serde_json::{Value, json};

use super::args::Undo;
use super::exit::{Exit, Failure, Outcome};
use super::lives::time;
use super::progress;
use super::text::{count, moment, plain, table};
use super::{print, print_json};
use crate::domain::{Id, Timestamp};
use crate::pipeline::{Beside, Fate, Leftover, LeftoverFate, Pipeline, Plan, Undoing, Undone, WhichRun};
use crate::store::MadeKind;

/// Shows what would go, asks unless `--yes` is given, and does it.
pub async fn undo(pipeline: &Pipeline, args: &Undo, now: Timestamp) -> Outcome {
    let names = super::names::Names::of(&pipeline.store).await?;
    let site = |id: Id| names.sites.get(&id).cloned().unwrap_or_default();
    let which = args.run.map_or(WhichRun::Last, WhichRun::One);
    let beside = if args.purge { Beside::Purged } else { Beside::Stays };
    let plan = match (pipeline.plan_undo(which, beside).await?, which) {
        (None, WhichRun::One(id)) => {
            return Err(Failure::new(Exit::Usage, format!("there is no run `{id}`\nhint: `wirepress runs list` shows the last ones")));
        }
        (plan, _) => plan.filter(|plan| !plan.posts.is_empty() || !plan.leftovers.is_empty()),
    };
    let Some(plan) = plan else {
        if args.json {
            print_json(&json!({ "run": null, "posts": [], "media": [], "terms": [] }))?;
        } else {
            eprintln!(
                "there is nothing to undo: the {} no posts that are out",
                if args.run.is_some() { "run has" } else { "last run has" }
            );
        }
        return Ok(Exit::Ok);
    };
    let run = plan.run.clone();
    if !args.json {
        eprintln!("the run `{}` of {} made:", run.kind, moment(run.started, now));
        print(&listed(&plan.posts, |undone| site(undone.delivery.site)))?;
        if !plan.leftovers.is_empty() {
            print(&format!("\n{}", leftovers(&plan.leftovers, &site)))?;
        }
    }
    let going = plan.posts.iter().filter(|undone| matches!(undone.fate, Fate::Trash | Fate::AlreadyTrashed)).count();
    let purged = plan.leftovers.iter().filter(|leftover| leftover.fate == LeftoverFate::Purge).count();
    let done = if args.dry_run || going + purged == 0 || !agreed(args, &plan, going, purged)? {
        Undoing { posts: plan.posts, leftovers: plan.leftovers }
    } else {
        go(pipeline, plan, args).await?
    };
    if args.json {
        let posts: Vec<_> = done.posts.iter().map(|undone| view(undone, &site(undone.delivery.site))).collect();
        let beside = |kind: MadeKind| -> Vec<_> {
            done.leftovers.iter().filter(|left| left.made.kind == kind).map(|left| leftover_view(left, &site(left.made.site))).collect()
        };
        print_json(&json!({
            "run": { "id": run.id, "kind": run.kind, "started": time(Some(run.started)) },
            "posts": posts,
            "media": beside(MadeKind::Media),
            "terms": beside(MadeKind::Term),
        }))?;
    }
    let failed = done.posts.iter().filter(|undone| matches!(undone.fate, Fate::Failed(_) | Fate::Unfinished)).count();
    let kept = done.leftovers.iter().filter(|leftover| args.purge && matches!(leftover.fate, LeftoverFate::Failed(_))).count();
    match failed + kept {
        0 => Ok(Exit::Ok),
        _ if failed == 0 => Err(Failure::new(Exit::Later, format!("{} could not be purged", things(kept)))),
        _ => Err(Failure::new(Exit::Later, format!("{} could not be undone; the same command tries again", count(failed, "post")))),
    }
}

async fn go(pipeline: &Pipeline, plan: Plan, args: &Undo) -> Result<Undoing, Failure> {
    let bar = progress::bar(plan.posts.len(), "undoing");
    let done = pipeline.undo(plan, |_| bar.inc(1)).await?;
    bar.finish_and_clear();
    let gone = done.posts.iter().filter(|undone| matches!(undone.fate, Fate::Trashed | Fate::AlreadyTrashed)).count();
    if args.json {
        return Ok(done);
    }
    for undone in done.posts.iter().filter(|undone| matches!(undone.fate, Fate::Failed(_))) {
        eprintln!("{}: {}", title(undone), fate(&undone.fate));
    }
    if gone > 0 {
        eprintln!("{} in the trash, where a person can still restore them; their entries are not posted again", count(gone, "post"));
    }
    let purged = done.leftovers.iter().filter(|leftover| leftover.fate == LeftoverFate::Purged).count();
    if args.purge {
        for leftover in done.leftovers.iter().filter(|leftover| !matches!(leftover.fate, LeftoverFate::Purged | LeftoverFate::Gone)) {
            eprintln!("{}: {}", super::runs::name_of(&leftover.made), left(&leftover.fate));
        }
        eprintln!("{} deleted for good", things(purged));
    } else if let stay @ 1.. = done.leftovers.iter().filter(|leftover| leftover.fate == LeftoverFate::Stays).count() {
        let run = done.leftovers.first().map(|leftover| leftover.made.run.to_string()).unwrap_or_default();
        eprintln!(
            "{} stay: they have no trash\nhint: `wirepress undo --run {run} --purge` deletes for good what nothing else uses",
            things(stay)
        );
    }
    Ok(done)
}

fn agreed(args: &Undo, plan: &Plan, going: usize, purged: usize) -> Result<bool, Failure> {
    if args.yes {
        return Ok(true);
    }
    if args.json || !std::io::stdin().is_terminal() {
        return Err(Failure::new(Exit::Usage, "there is nobody to ask\nhint: `--yes` does it without asking, `--dry-run` only shows it"));
    }
    let mut question = format!("put {going} of {} into the trash", count(plan.posts.len(), "post"));
    if purged > 0 {
        question.push_str(&format!(", and delete {} FOR GOOD", things(purged)));
    }
    Ok(dialoguer::Confirm::new().with_prompt(format!("{question}?")).default(false).interact()?)
}

/// `1 picture or term`, `5 pictures and terms`
fn things(number: usize) -> String {
    if number == 1 { "1 picture or term".to_owned() } else { format!("{number} pictures and terms") }
}

fn leftovers(leftovers: &[Leftover], site: &impl Fn(Id) -> String) -> String {
    let row = |leftover: &Leftover| {
        let what = if leftover.made.kind == MadeKind::Media { "picture" } else { "term" };
        let id = leftover.id.map(|id| id.to_string()).unwrap_or_default();
        vec![site(leftover.made.site), what.to_owned(), id, left(&leftover.fate), super::runs::name_of(&leftover.made)]
    };
    table(&["site", "beside", "id", "what becomes of it", "name"], &leftovers.iter().map(row).collect::<Vec<_>>())
}

fn left(fate: &LeftoverFate) -> String {
    match fate {
        LeftoverFate::Stays => "stays".to_owned(),
        LeftoverFate::Purge => "deleted for good".to_owned(),
        LeftoverFate::Purged => "deleted".to_owned(),
        LeftoverFate::Gone => "not there (any more)".to_owned(),
        LeftoverFate::Used(why) | LeftoverFate::Touched(why) | LeftoverFate::Failed(why) => format!("stays: {}", plain(why)),
    }
}

fn leftover_view(leftover: &Leftover, site: &str) -> Value {
    let (fate, why) = match &leftover.fate {
        LeftoverFate::Stays => ("stays", None),
        LeftoverFate::Purge => ("purge", None),
        LeftoverFate::Purged => ("purged", None),
        LeftoverFate::Gone => ("gone", None),
        LeftoverFate::Used(why) => ("used", Some(why)),
        LeftoverFate::Touched(why) => ("touched", Some(why)),
        LeftoverFate::Failed(why) => ("failed", Some(why)),
    };
    json!({
        "site": site,
        "id": leftover.id,
        "taxonomy": Some(&leftover.made.taxonomy).filter(|name| !name.is_empty()),
        "name": leftover.made.name,
        "fate": fate,
        "because": why,
    })
}

fn listed(posts: &[Undone], site: impl Fn(&Undone) -> String) -> String {
    let rows: Vec<_> = posts
        .iter()
        .map(|undone| {
            let id = undone.delivery.post.map(|id| id.to_string()).unwrap_or_default();
            vec![site(undone), id, fate(&undone.fate), super::text::cut(&title(undone), 80)]
        })
        .collect();
    table(&["site", "post", "what becomes of it", "title"], &rows)
}

pub(super) fn title(undone: &Undone) -> String {
    let of_post = undone.post.as_ref().map(|post| post.title.as_str());
    let of_draft = undone.delivery.draft.as_ref().map(|draft| draft.title.as_str());
    plain(of_post.filter(|title| !title.is_empty()).or(of_draft).unwrap_or(&undone.delivery.slug))
}

pub(super) fn fate(fate: &Fate) -> String {
    match fate {
        Fate::Trash => "to the trash".to_owned(),
        Fate::Trashed => "in the trash".to_owned(),
        Fate::AlreadyTrashed => "was in the trash already".to_owned(),
        Fate::Touched => "stays: somebody has worked on it".to_owned(),
        Fate::Gone => "deleted, or out of our sight".to_owned(),
        Fate::Unfinished => "stays: it is still being made; try again when that has ended".to_owned(),
        Fate::Failed(why) => format!("stays: {}", plain(why)),
    }
}

pub(super) fn view(undone: &Undone, site: &str) -> Value {
    let (fate, error) = match &undone.fate {
        Fate::Trash => ("trash", None),
        Fate::Trashed => ("trashed", None),
        Fate::AlreadyTrashed => ("already_trashed", None),
        Fate::Touched => ("touched", None),
        Fate::Gone => ("gone", None),
        Fate::Unfinished => ("unfinished", None),
        Fate::Failed(why) => ("failed", Some(why)),
    };
    json!({
        "delivery": undone.delivery.id,
        "site": site,
        "post": undone.delivery.post,
        "post_link": undone.delivery.post_link,
        "title": title(undone),
        "fate": fate,
        "error": error,
    })
}
