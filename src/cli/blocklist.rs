//! `wirepress blocklist`: a publisher's complaint, answered: what goes, a question, the block, and a receipt.

use std::io::IsTerminal;

use serde_json::{Value, json};
use url::Url;

use super::args::BlocklistAdd;
use super::exit::{Exit, Failure, Outcome};
use super::lives::{self, time};
use super::names::Names;
use super::text::{count, cut, moment, plain, table};
use super::undo::{fate, title, view as post_view};
use super::{print, print_json, progress};
use crate::domain::{Delivery, Timestamp};
use crate::pipeline::{Complaint, Fate, Pipeline, Touched};
use crate::store::Store;

/// Shows what would go, asks unless `--yes` is given, does it, and prints the receipt.
pub async fn add(pipeline: &Pipeline, args: &BlocklistAdd) -> Outcome {
    let domain = domain_of(&args.domain)?;
    if let Some(site) = pipeline.config.sites.iter().find(|site| crate::domain::Block::covers(&domain, site.url.as_str())) {
        return Err(Failure::new(Exit::Usage, format!("`{domain}` is your own site `{}`", site.name)));
    }
    let names = Names::of(&pipeline.store).await?;
    let plan = pipeline.plan_block(&domain).await?;
    let touched = if args.edited_too { Touched::Goes } else { Touched::Stays };
    if !args.json {
        print(&receipt(&plan, &names))?;
    }
    if args.dry_run {
        return shown(&plan, args, &names, false);
    }
    if !agreed(args, &plan)? {
        return Ok(Exit::Ok);
    }
    let bar = progress::bar(plan.posts.len(), "trashing");
    let done = pipeline.block(plan, args.because.as_deref(), touched, |_| bar.inc(1)).await?;
    bar.finish_and_clear();
    if !args.json {
        eprintln!("\n`{domain}` is blocked; the receipt:\n");
        print(&receipt(&done, &names))?;
    }
    shown(&done, args, &names, true)
}

/// What is blocked.
pub async fn list(store: &Store, json: bool, now: Timestamp) -> Outcome {
    let blocks = store.blocks().await?;
    if json {
        let all = blocks.iter().map(|block| json!({ "domain": block.domain, "since": time(Some(block.since)), "because": block.because }));
        print_json(&Value::from(all.collect::<Vec<_>>()))?;
    } else if blocks.is_empty() {
        eprintln!("nothing is blocked");
    } else {
        let rows = blocks.into_iter().map(|block| vec![block.domain, moment(block.since, now), plain(&block.because.unwrap_or_default())]);
        print(&table(&["domain", "since", "because"], &rows.collect::<Vec<_>>()))?;
    }
    Ok(Exit::Ok)
}

/// Ends a block.
pub async fn remove(store: &Store, domain: &str) -> Outcome {
    let domain = domain_of(domain)?;
    if !store.unblock(&domain).await? {
        let known = store.blocks().await?;
        return Err(super::names::unknown("blocked domain", &domain, known.iter().map(|block| block.domain.as_str())));
    }
    eprintln!("`{domain}` is no longer blocked: its feeds are polled again; what was skipped or trashed stays so");
    Ok(Exit::Ok)
}

/// `example.org` of whatever the operator has at hand: the domain, a host, an address.
fn domain_of(typed: &str) -> Result<String, Failure> {
    let wrong = || Failure::new(Exit::Usage, format!("`{}` is no domain\nhint: `wirepress blocklist add example.org`", plain(typed)));
    let address = if typed.contains("://") { typed.to_owned() } else { format!("http://{typed}") };
    let url = Url::parse(address.trim()).map_err(|_| wrong())?;
    let host = url.host_str().map(|host| host.strip_prefix("www.").unwrap_or(host).trim_end_matches('.')).ok_or_else(wrong)?;
    // a whole top-level domain is a slip
    if !host.contains('.') && host != "localhost" && !host.starts_with('[') {
        return Err(wrong());
    }
    Ok(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

fn agreed(args: &BlocklistAdd, plan: &Complaint) -> Result<bool, Failure> {
    if args.yes {
        return Ok(true);
    }
    if args.json || !std::io::stdin().is_terminal() {
        return Err(Failure::new(Exit::Usage, "there is nobody to ask\nhint: `--yes` does it without asking, `--dry-run` only shows it"));
    }
    let goes = |fate: &Fate| *fate == Fate::Trash || (args.edited_too && *fate == Fate::Touched);
    let going = plan.posts.iter().filter(|post| goes(&post.fate)).count();
    let question = format!("block `{}` and put {going} of {} into the trash?", plan.domain, count(plan.posts.len(), "post"));
    Ok(dialoguer::Confirm::new().with_prompt(question).default(false).interact()?)
}

/// What was found, what goes or went, and what stays and why.
fn receipt(complaint: &Complaint, names: &Names) -> String {
    let site = |delivery: &Delivery| names.sites.get(&delivery.site).cloned().unwrap_or_default();
    let mut rows: Vec<Vec<String>> = Vec::new();
    for post in &complaint.posts {
        let id = post.delivery.post.map(|id| id.to_string()).unwrap_or_default();
        rows.push(vec![site(&post.delivery), id, fate(&post.fate), cut(&title(post), 70)]);
    }
    for delivery in &complaint.joined {
        let id = delivery.post.map(|id| id.to_string()).unwrap_or_default();
        rows.push(vec![site(delivery), id, "stays: another publisher's; an entry from there joined it".to_owned(), of_draft(delivery)]);
    }
    for stopped in &complaint.waiting {
        let fate = stopped.left.as_ref().map_or_else(|| "is not sent".to_owned(), |left| format!("left: {}", plain(left)));
        rows.push(vec![site(&stopped.delivery), String::new(), fate, of_draft(&stopped.delivery)]);
    }
    for (item, left) in &complaint.entries {
        let fate = left.as_ref().map_or_else(|| "is not prepared".to_owned(), |left| format!("left: {}", plain(left)));
        rows.push(vec![String::new(), String::new(), fate, cut(&lives::name(item), 70)]);
    }
    let mut text = String::new();
    if rows.is_empty() {
        text.push_str("nothing came from there\n");
    } else {
        text.push_str(&table(&["site", "post", "what becomes of it", "title"], &rows));
    }
    if !complaint.feeds.is_empty() {
        text.push_str(&format!("feeds that are no longer polled: {}\n", complaint.feeds.join(", ")));
    }
    text
}

fn of_draft(delivery: &Delivery) -> String {
    cut(&plain(delivery.draft.as_ref().map_or(delivery.slug.as_str(), |draft| draft.title.as_str())), 70)
}

/// The JSON, and the exit code: 5 where something is left that the same command may finish.
fn shown(complaint: &Complaint, args: &BlocklistAdd, names: &Names, is_done: bool) -> Outcome {
    if args.json {
        print_json(&view(complaint, names, is_done))?;
    }
    let failed = complaint.posts.iter().filter(|post| matches!(post.fate, Fate::Failed(_))).count();
    let left = complaint.waiting.iter().filter(|stopped| stopped.left.is_some()).count();
    if is_done && failed + left > 0 {
        let what = count(failed + left, "post");
        return Err(Failure::new(Exit::Later, format!("{what} could not be taken back yet; the same command tries again")));
    }
    let edited = complaint.posts.iter().filter(|post| post.fate == Fate::Touched).count();
    if edited > 0 && !args.json {
        eprintln!("{} stay as somebody has worked on them; `--edited-too` trashes them, too", count(edited, "post"));
    }
    Ok(Exit::Ok)
}

fn view(complaint: &Complaint, names: &Names, is_done: bool) -> Value {
    let site = |delivery: &Delivery| names.sites.get(&delivery.site).cloned().unwrap_or_default();
    let of = |delivery: &Delivery, fate: &str, why: Option<&str>| {
        json!({
            "delivery": delivery.id,
            "site": site(delivery),
            "post": delivery.post,
            "post_link": delivery.post_link,
            "title": of_draft(delivery),
            "fate": fate,
            "error": why,
        })
    };
    let stopped = |left: &Option<String>| if left.is_none() { "skipped" } else { "left" };
    json!({
        "domain": complaint.domain,
        "blocked": is_done || complaint.was_blocked,
        "feeds": complaint.feeds,
        "posts": complaint.posts.iter().map(|post| post_view(post, &site(&post.delivery))).collect::<Vec<_>>(),
        "joined": complaint.joined.iter().map(|delivery| of(delivery, "left", None)).collect::<Vec<_>>(),
        "waiting": complaint.waiting.iter().map(|one| of(&one.delivery, stopped(&one.left), one.left.as_deref())).collect::<Vec<_>>(),
        "entries": complaint.entries.iter()
            .map(|(item, left)| json!({ "id": item.id, "title": item.title, "link": item.link, "fate": stopped(left), "error": left }))
            .collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_read_from_whatever_is_at_hand() {
        for (typed, domain) in [
            ("example.org", Some("example.org")),
            ("WWW.Example.org", Some("example.org")),
            ("https://www.example.org/news/1?x", Some("example.org")),
            ("bücher.example", Some("xn--bcher-kva.example")),
            ("127.0.0.1:8080", Some("127.0.0.1:8080")),
            ("news.example.org.", Some("news.example.org")),
            ("org", None),
            ("", None),
            ("two words", None),
        ] {
            assert_eq!(domain_of(typed).ok().as_deref(), domain, "{typed}");
        }
    }
}
