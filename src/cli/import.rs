//! `wirepress import`: what another program has posted from feeds is not posted again.

use std::collections::BTreeMap;
use std::io::IsTerminal;

use serde_json::json;

use super::args::Import as Arguments;
use super::exit::{Exit, Failure, Outcome};
use super::text::{count, cut, plain, table};
use super::{adopt, names, print, print_json, resync};
use crate::pipeline::{Import, Imported, ImportedPost, Pipeline, Plugin};
use crate::store::TakenOver;

/// Posts that are shown before the question.
const SHOWN: usize = 20;

/// Shows what other programs have posted, asks unless `--yes` is given, and notes it.
pub async fn import(pipeline: &Pipeline, args: &Arguments) -> Outcome {
    let from = match &args.from {
        None => None,
        Some(name) => Some(plugin(name)?),
    };
    let import = Import { from, links: args.links };
    let (mut exit, mut views) = (Exit::Ok, Vec::new());
    for site in resync::chosen(pipeline, &args.site)? {
        let mut found = pipeline.plan_import(&site, import).await?;
        if let Some(why) = &found.failed {
            eprintln!("{}: {}", found.site, plain(why));
            exit = exit.and(Exit::Later);
        }
        if !args.json {
            tell(&found, args)?;
        }
        if !args.dry_run && !found.posts.is_empty() && agreed(args, &found)? {
            found = pipeline.import(&site, found).await?;
            if !args.json {
                let new = found.posts.iter().filter(|post| post.taken == Some(TakenOver::New)).count();
                eprintln!("{}: the entries of {} count as posted, {} did before", found.site, count(new, "post"), found.posts.len() - new);
            }
        }
        views.push(view(&found));
    }
    if args.json {
        print_json(&json!({ "sites": views }))?;
    }
    Ok(exit)
}

fn plugin(name: &str) -> Result<Plugin, Failure> {
    let known = Plugin::ALL.iter().find(|(known, _)| *known == name);
    known.map(|(_, plugin)| *plugin).ok_or_else(|| names::unknown("program", name, Plugin::ALL.iter().map(|(known, _)| *known)))
}

fn agreed(args: &Arguments, found: &Imported) -> Result<bool, Failure> {
    if args.yes {
        return Ok(true);
    }
    if args.json || !std::io::stdin().is_terminal() {
        return Err(Failure::new(Exit::Usage, "there is nobody to ask\nhint: `--yes` does it without asking, `--dry-run` only shows it"));
    }
    let question = format!("shall the entries of {} count as posted?", count(found.posts.len(), "post"));
    Ok(dialoguer::Confirm::new().with_prompt(question).default(false).interact()?)
}

fn tell(found: &Imported, args: &Arguments) -> std::io::Result<()> {
    let row = |post: &ImportedPost| {
        let source = plain(post.found.link.as_deref().unwrap_or(""));
        vec![post.found.facts.post.to_string(), post.plugin.title().to_owned(), post.by.clone(), cut(&source, 80)]
    };
    let shown = if args.dry_run { found.posts.len() } else { SHOWN.min(found.posts.len()) };
    if shown > 0 {
        print(&table(&["post", "posted by", "told by", "source"], &found.posts[..shown].iter().map(row).collect::<Vec<_>>()))?;
    }
    if found.posts.len() > shown {
        print(&format!("… and {} more (`--dry-run` shows all)\n", found.posts.len() - shown))?;
    }
    let mut by: BTreeMap<&str, usize> = BTreeMap::new();
    for post in &found.posts {
        *by.entry(post.plugin.title()).or_default() += 1;
    }
    let by: Vec<String> = by.into_iter().map(|(title, number)| format!("{number} by {title}")).collect();
    let told = if by.is_empty() { "none tells where it came from".to_owned() } else { by.join(", ") };
    let looked = usize::try_from(found.looked_at).unwrap_or(usize::MAX);
    eprintln!("{}: {} looked at: {told}", found.site, count(looked, "post"));
    if found.silent > 0 && !args.links {
        eprintln!(
            "{}: {} tell no source over REST\nhint: docs/moving.md has a plug-in of ten lines that shows it; `--links` takes the last link \
             of each content",
            found.site,
            count(usize::try_from(found.silent).unwrap_or(usize::MAX), "post")
        );
    }
    Ok(())
}

fn view(found: &Imported) -> serde_json::Value {
    let posts = found.posts.iter().map(|post| {
        json!({
            "post": post.found.facts.post,
            "title": post.found.title,
            "posted_by": post.plugin.title(),
            "told_by": post.by,
            "source": post.found.link,
            "became": adopt::became(post.taken).map(|became| if became == "adopted" { "imported" } else { became }),
        })
    });
    json!({
        "site": found.site,
        "looked_at": found.looked_at,
        "posts": posts.collect::<Vec<_>>(),
        "silent": found.silent,
        "error": found.failed,
    })
}
