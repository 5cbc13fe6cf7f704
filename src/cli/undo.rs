//! `wirepress undo --last`: what would go, a question, and then it goes to the trash.

use std::io::IsTerminal;

use serde_json::{Value, json};

use super::args::Undo;
use super::exit::{Exit, Failure, Outcome};
use super::lives::time;
use super::progress;
use super::text::{count, moment, plain, table};
use super::{print, print_json};
use crate::domain::Timestamp;
use crate::pipeline::{Fate, Pipeline, Plan, Undone};

/// Shows what would go, asks unless `--yes` is given, and does it.
pub async fn undo(pipeline: &Pipeline, args: &Undo, now: Timestamp) -> Outcome {
    let names = super::names::Names::of(&pipeline.store).await?;
    let site = |undone: &Undone| names.sites.get(&undone.delivery.site).cloned().unwrap_or_default();
    let Some(plan) = pipeline.plan_undo().await?.filter(|plan| !plan.posts.is_empty()) else {
        if args.json {
            print_json(&json!({ "run": null, "posts": [] }))?;
        } else {
            eprintln!("there is nothing to undo: the last run has no posts that are out");
        }
        return Ok(Exit::Ok);
    };
    let run = plan.run.clone();
    if !args.json {
        eprintln!("the run `{}` of {} made:", run.kind, moment(run.started, now));
        print(&listed(&plan.posts, site))?;
    }
    let going = plan.posts.iter().filter(|undone| matches!(undone.fate, Fate::Trash | Fate::AlreadyTrashed)).count();
    let posts = if args.dry_run || going == 0 || !agreed(args, &plan, going)? { plan.posts } else { go(pipeline, plan, args).await? };
    if args.json {
        let posts: Vec<_> = posts.iter().map(|undone| view(undone, &site(undone))).collect();
        print_json(&json!({ "run": { "id": run.id, "kind": run.kind, "started": time(Some(run.started)) }, "posts": posts }))?;
    }
    let failed = posts.iter().filter(|undone| matches!(undone.fate, Fate::Failed(_))).count();
    match failed {
        0 => Ok(Exit::Ok),
        failed => Err(Failure::new(Exit::Later, format!("{} could not be undone; the same command tries again", count(failed, "post")))),
    }
}

async fn go(pipeline: &Pipeline, plan: Plan, args: &Undo) -> Result<Vec<Undone>, Failure> {
    let bar = progress::bar(plan.posts.len(), "undoing");
    let done = pipeline.undo(plan, |_| bar.inc(1)).await?;
    bar.finish_and_clear();
    let gone = done.iter().filter(|undone| matches!(undone.fate, Fate::Trashed | Fate::AlreadyTrashed)).count();
    if !args.json {
        for undone in done.iter().filter(|undone| matches!(undone.fate, Fate::Failed(_))) {
            eprintln!("{}: {}", title(undone), fate(&undone.fate));
        }
        eprintln!("{} in the trash, where a person can still restore them; their entries are not posted again", count(gone, "post"));
    }
    Ok(done)
}

fn agreed(args: &Undo, plan: &Plan, going: usize) -> Result<bool, Failure> {
    if args.yes {
        return Ok(true);
    }
    if args.json || !std::io::stdin().is_terminal() {
        return Err(Failure::new(Exit::Usage, "there is nobody to ask\nhint: `--yes` does it without asking, `--dry-run` only shows it"));
    }
    let question = format!("put {going} of {} into the trash?", count(plan.posts.len(), "post"));
    Ok(dialoguer::Confirm::new().with_prompt(question).default(false).interact()?)
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
