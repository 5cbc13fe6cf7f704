//! `wirepress sites move`: a site that is at another address now.

use serde_json::json;

use super::args::SitesMove;
use super::exit::{Exit, Failure, Outcome};
use super::print_json;
use super::text::{count, plain};
use crate::pipeline::{Moved, Pipeline};

/// Compares what is at the configured address with what the store knows, and lets the store follow.
pub async fn moved(pipeline: &Pipeline, args: &SitesMove) -> Outcome {
    let moved = match pipeline.plan_move(&args.name).await? {
        Ok(moved) => moved,
        Err(why) => return Err(Failure::new(Exit::Later, format!("site `{}`: {}", args.name, plain(&why)))),
    };
    let Moved { from, to, posts, same, renumbered, missing, .. } = &moved;
    if !args.json {
        eprintln!("{}: from {from} to {to}", args.name);
        eprintln!("{} known, {same} found under their numbers, {renumbered} under other ones", count(*posts, "post"));
        if !missing.is_empty() {
            eprintln!(
                "{} not found there\nhint: after the move `wirepress resync --site {}` tells which",
                count(missing.len(), "post"),
                args.name
            );
        }
    }
    if !moved.is_the_same() && !args.force {
        let why = format!(
            "{to} doesn't have most of our posts: is it the same site?\nhint: `--force` moves all the same; nothing is posted again"
        );
        return Err(Failure::new(Exit::Usage, why));
    }
    let done = !args.dry_run;
    if done && !pipeline.follow_move(&args.name, &moved).await? {
        return Err(Failure::new(Exit::Later, "another process is publishing there: the same command tries again"));
    }
    if args.json {
        let missing: Vec<_> = missing.iter().map(|delivery| json!({ "delivery": delivery.id, "post": delivery.post })).collect();
        print_json(&json!({
            "site": args.name, "from": from, "to": to, "posts": posts, "same": same, "renumbered": renumbered, "missing": missing, "moved": done,
        }))?;
    } else if done {
        eprintln!("the store follows: nothing is posted again");
    }
    Ok(Exit::Ok)
}
