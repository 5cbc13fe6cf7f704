//! `wirepress adopt`: the store rebuilt from what the sites have of us.

use serde_json::json;

use super::args::Adopt;
use super::exit::{Exit, Outcome};
use super::text::{count, cut, plain, table};
use super::{print, print_json, resync};
use crate::pipeline::{Adopted, Adoption, Pipeline};
use crate::store::{FoundKind, TakenOver};

/// Shows what is there of us, and takes it over unless `--dry-run` is given.
pub async fn adopt(pipeline: &Pipeline, args: &Adopt) -> Outcome {
    let (mut exit, mut views) = (Exit::Ok, Vec::new());
    for site in resync::chosen(pipeline, &args.site)? {
        let mut found = pipeline.plan_adopt(&site).await?;
        if let Some(why) = &found.failed {
            eprintln!("{}: {}", found.site, plain(why));
            exit = exit.and(Exit::Later);
        }
        if !args.dry_run {
            found = pipeline.adopt(&site, found).await?;
        }
        if args.json {
            views.push(view(&found));
        } else {
            tell(&found, args)?;
        }
    }
    if args.json {
        print_json(&json!({ "sites": views }))?;
    }
    Ok(exit)
}

fn tell(found: &Adoption, args: &Adopt) -> std::io::Result<()> {
    if args.dry_run && !found.posts.is_empty() {
        let row = |adopted: &Adopted| {
            let is_trashed = if adopted.found.kind == FoundKind::Trashed { "in the trash" } else { "out" };
            vec![
                adopted.found.facts.post.to_string(),
                is_trashed.to_owned(),
                adopted.found.key.1.clone(),
                cut(&plain(&adopted.found.title), 80),
            ]
        };
        print(&table(&["post", "is", "key", "title"], &found.posts.iter().map(row).collect::<Vec<_>>()))?;
    }
    let number = |taken: TakenOver| found.posts.iter().filter(|adopted| adopted.taken == Some(taken)).count();
    let looked = usize::try_from(found.looked_at).unwrap_or(usize::MAX);
    eprintln!("{}: {} looked at, {} ours", found.site, count(looked, "post"), found.posts.len());
    if !args.dry_run {
        eprintln!(
            "{}: {} adopted, {} waited to be sent and needn't be, {} known",
            found.site,
            number(TakenOver::New),
            number(TakenOver::Waiting),
            number(TakenOver::Known)
        );
    }
    if found.unmarked > 0 {
        let unmarked = count(usize::try_from(found.unmarked).unwrap_or(usize::MAX), "post");
        eprintln!("{}: {unmarked} by our user carry no key: nobody can say whose they are", found.site);
    }
    Ok(())
}

fn view(found: &Adoption) -> serde_json::Value {
    let posts = found.posts.iter().map(|adopted| {
        json!({
            "post": adopted.found.facts.post,
            "post_link": adopted.found.facts.link,
            "key": adopted.found.key.1,
            "title": adopted.found.title,
            "source": adopted.found.link,
            "trashed": adopted.found.kind == FoundKind::Trashed,
            "became": became(adopted.taken),
        })
    });
    json!({
        "site": found.site,
        "looked_at": found.looked_at,
        "posts": posts.collect::<Vec<_>>(),
        "unmarked": found.unmarked,
        "error": found.failed,
    })
}

/// `adopted`, `waited`, `known`; `null` in a dry run.
pub(super) fn became(taken: Option<TakenOver>) -> Option<&'static str> {
    taken.map(|taken| match taken {
        TakenOver::New => "adopted",
        TakenOver::Waiting => "waited",
        TakenOver::Known => "known",
    })
}
