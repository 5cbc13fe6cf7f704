//! `wirepress resync`: what is on the sites compared with what the store knows.

use std::io::IsTerminal;
use std::sync::Arc;

use serde_json::{Value, json};

use super::args::Resync;
use super::exit::{Exit, Failure, Outcome};
use super::names;
use super::text::{count, cut, plain, table};
use super::{print, print_json};
use crate::pipeline::{Drift, Drifted, Missing, Pipeline, Resynced, Site};

/// Compares, tells, and brings the store up to it unless `--dry-run` is given.
pub async fn resync(pipeline: &Pipeline, args: &Resync) -> Outcome {
    let missing = match (args.remake, args.accept) {
        (true, _) => Missing::Remake,
        (_, true) => Missing::Accept,
        _ => Missing::Unsaid,
    };
    let (mut exit, mut views) = (Exit::Ok, Vec::new());
    for site in chosen(pipeline, &args.site)? {
        let mut found = pipeline.plan_resync(&site).await?;
        if !args.json {
            tell(&found)?;
        }
        let gone = found.drifted.iter().filter(|drifted| drifted.is_gone()).count();
        let said = missing == Missing::Unsaid || gone == 0 || args.dry_run || agreed(args, missing, gone)?;
        if !args.dry_run && said {
            found = pipeline.resync(&site, found, missing).await?;
            if !args.json {
                tell_done(&found, missing);
            }
        }
        if found.failed.is_some() {
            exit = exit.and(Exit::Later);
        }
        views.push(view(&found));
    }
    if args.json {
        print_json(&json!({ "sites": views }))?;
    }
    Ok(exit)
}

/// The sites that are named, or all.
pub(super) fn chosen(pipeline: &Pipeline, names: &[String]) -> Result<Vec<Arc<Site>>, Failure> {
    let sites = pipeline.sites();
    if let Some(unknown) = names.iter().find(|name| sites.iter().all(|site| site.config.name != **name)) {
        return Err(names::unknown("site", unknown, sites.iter().map(|site| site.config.name.as_str())));
    }
    Ok(sites.into_iter().filter(|site| names.is_empty() || names.contains(&site.config.name)).collect())
}

fn agreed(args: &Resync, missing: Missing, gone: usize) -> Result<bool, Failure> {
    if args.yes {
        return Ok(true);
    }
    if args.json || !std::io::stdin().is_terminal() {
        return Err(Failure::new(Exit::Usage, "there is nobody to ask\nhint: `--yes` does it without asking, `--dry-run` only shows it"));
    }
    let question = match missing {
        Missing::Remake => format!("make {} again?", count(gone, "post")),
        _ => format!("withdraw {}? they are not made again", count(gone, "post")),
    };
    Ok(dialoguer::Confirm::new().with_prompt(question).default(false).interact()?)
}

fn tell(found: &Resynced) -> std::io::Result<()> {
    let Resynced { site, looked_at, drifted, orphans, blocked, failed, .. } = found;
    if let Some(why) = failed {
        eprintln!("{site}: {}", plain(why));
    }
    let row = |drifted: &Drifted| {
        let id = drifted.delivery.post.map(|id| id.to_string()).unwrap_or_default();
        let what: Vec<String> = drifted.drifts.iter().map(|drift| words(drift, drifted)).collect();
        vec![id, what.join("; "), cut(&title(drifted), 80)]
    };
    if !drifted.is_empty() {
        print(&table(&["post", "what is different", "title"], &drifted.iter().map(row).collect::<Vec<_>>()))?;
    }
    if !orphans.is_empty() {
        print("\npictures that were uploaded and that no post uses:\n")?;
        let rows: Vec<_> = orphans.iter().map(|made| vec![number(made.id), made.run.to_string(), made.name.clone()]).collect();
        print(&table(&["id", "run", "slug"], &rows))?;
    }
    if !blocked.is_empty() {
        print("\nposts that are out and whose source is on a blocked domain:\n")?;
        let rows: Vec<_> = blocked
            .iter()
            .map(|(domain, delivery)| vec![number(delivery.post), domain.clone(), delivery.post_link.clone().unwrap_or_default()])
            .collect();
        print(&table(&["post", "domain", "address"], &rows))?;
    }
    if failed.is_none() {
        eprintln!("{site}: {} looked at, {} different", count(*looked_at, "post"), drifted.len());
    }
    Ok(())
}

fn tell_done(found: &Resynced, missing: Missing) {
    let site = &found.site;
    if found.restored {
        let gone = found.drifted.iter().filter(|drifted| drifted.is_gone()).count();
        eprintln!(
            "{site}: {} are gone, and not in the trash: was the site restored from a backup? nothing of them is made again or withdrawn\n\
             hint: `wirepress resync --site {site} --remake` makes them again, `--accept` leaves it so",
            count(gone, "post")
        );
    }
    if found.withdrawn > 0 {
        eprintln!("{site}: {} withdrawn: their entries are not posted again", count(found.withdrawn, "post"));
    }
    if missing == Missing::Remake {
        eprintln!("{site}: {} will be made again by the daemon, or by `wirepress once`", count(found.again, "post"));
        if found.lost > 0 {
            eprintln!("{site}: {} can't be: no draft of them is kept", count(found.lost, "post"));
        }
    }
}

fn words(drift: &Drift, drifted: &Drifted) -> String {
    match drift {
        Drift::Gone => "gone, and not in the trash".to_owned(),
        Drift::Trashed => "in the trash".to_owned(),
        Drift::Edited => "edited".to_owned(),
        Drift::Touched => "changed beside its text".to_owned(),
        Drift::Slug(was) => {
            let is = drifted.post.as_ref().map_or("", |post| post.slug.as_str());
            plain(&format!("slug `{was}` is `{is}` now"))
        }
    }
}

fn word(drift: &Drift) -> &'static str {
    match drift {
        Drift::Gone => "gone",
        Drift::Trashed => "trashed",
        Drift::Edited => "edited",
        Drift::Touched => "touched",
        Drift::Slug(_) => "slug",
    }
}

fn title(drifted: &Drifted) -> String {
    let of_post = drifted.post.as_ref().map(|post| post.title.as_str()).filter(|title| !title.is_empty());
    let of_draft = drifted.delivery.draft.as_ref().map(|draft| draft.title.as_str());
    plain(of_post.or(of_draft).unwrap_or(&drifted.delivery.slug))
}

fn number(id: Option<u64>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}

fn view(found: &Resynced) -> Value {
    let drifted = |drifted: &Drifted| {
        json!({
            "delivery": drifted.delivery.id,
            "post": drifted.delivery.post,
            "post_link": drifted.delivery.post_link,
            "title": title(drifted),
            "different": drifted.drifts.iter().map(word).collect::<Vec<_>>(),
            "slug": drifted.post.as_ref().map(|post| &post.slug),
        })
    };
    let orphans = found.orphans.iter().map(|made| json!({ "id": made.id, "run": made.run, "slug": made.name }));
    let blocked =
        found.blocked.iter().map(|(domain, delivery)| json!({ "domain": domain, "delivery": delivery.id, "post": delivery.post }));
    json!({
        "site": found.site,
        "looked_at": found.looked_at,
        "different": found.drifted.iter().map(drifted).collect::<Vec<_>>(),
        "restored": found.restored,
        "withdrawn": found.withdrawn,
        "again": found.again,
        "lost": found.lost,
        "orphans": orphans.collect::<Vec<_>>(),
        "blocked": blocked.collect::<Vec<_>>(),
        "error": found.failed,
    })
}
