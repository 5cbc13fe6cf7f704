//! `wirepress items render --again`: what a changed template or rule makes of drafts that nobody touched; `--yes` does it.

use serde_json::{Value, json};

use super::args::Render;
use super::exit::{Exit, Failure, Outcome};
use super::lives::time;
use super::names::{Names, meant};
use super::text::{count, moment, plain};
use super::{print, print_json};
use crate::domain::{Draft, Id, Timestamp};
use crate::pipeline::{Again, Pipeline, RenderPlan, Rendered, Turn};

/// Lines of a content that are shown, at most, of each side.
const SHOWN: usize = 6;

/// Shows it, or does it.
pub async fn render(pipeline: &Pipeline, args: &Render, now: Timestamp) -> Outcome {
    let names = Names::of(&pipeline.store).await?;
    let mut which = Again::default();
    for name in &args.feed {
        let id = names.feeds.iter().find(|(_, known)| *known == name).map(|(id, _)| *id);
        which.feeds.push(id.ok_or_else(|| super::names::unknown("feed", name, names.feeds.values().map(String::as_str)))?);
    }
    for name in &args.site {
        let id = names.sites.iter().find(|(_, known)| *known == name).map(|(id, _)| *id);
        which.sites.push(id.ok_or_else(|| super::names::unknown("site", name, names.sites.values().map(String::as_str)))?);
    }
    for words in &args.items {
        which.items.push(meant(&pipeline.store, words).await?.item.id);
    }
    let mut plan = pipeline.plan_render(&which).await?;
    if args.yes {
        plan = pipeline.render_again(plan, |_| ()).await?;
    }
    let site = |id: Id| names.sites.get(&id).cloned().unwrap_or_default();
    match args.json {
        true => print_json(&view(&plan, &site))?,
        false => print(&text(&plan, args.yes, &site, now))?,
    }
    let failed = plan.rendered.iter().filter(|one| matches!(one.turn, Turn::Failed(_))).count();
    match failed {
        0 => Ok(Exit::Ok),
        failed => Err(Failure::new(Exit::Later, format!("{failed} could not be looked at or changed; the same command tries again"))),
    }
}

fn text(plan: &RenderPlan, yes: bool, site: &dyn Fn(Id) -> String, now: Timestamp) -> String {
    let mut lines: Vec<String> = Vec::new();
    for one in &plan.rendered {
        lines.push(format!("{} (item {}) on `{}`: {}", plain(&one.title), one.item, site(one.delivery.site), told(&one.turn, yes, now)));
        if let (Some(was), Some(draft)) = (&one.delivery.draft, &one.draft) {
            lines.extend(differences(was, draft).into_iter().map(|line| format!("   {line}")));
        }
        lines.extend(one.hold.iter().map(|hold| format!("   waits for a person: {}", plain(&hold.because))));
    }
    let some = |wanted: fn(&Turn) -> bool| plan.rendered.iter().filter(|one| wanted(&one.turn)).count();
    let todo = some(|turn| matches!(turn, Turn::Redraft | Turn::Skip(_) | Turn::Change));
    let touched = some(|turn| matches!(turn, Turn::Touched(_)));
    lines.push(match yes {
        true => format!(
            "{} changed, {touched} left as a person wants them, {} come out as they are",
            some(|turn| *turn == Turn::Done),
            plan.same
        ),
        false => format!(
            "{todo} would be changed, {touched} left as a person wants them, {} come out as they are; nothing was changed",
            plan.same
        ),
    });
    if plan.forgotten > 0 {
        lines.push(format!("the draft of {} is no longer kept", count(plan.forgotten, "delivery")));
    }
    if !yes && todo > 0 {
        lines.push("`--yes` does it".to_owned());
    }
    lines.push(String::new());
    lines.join("\n")
}

fn told(turn: &Turn, yes: bool, now: Timestamp) -> String {
    match turn {
        Turn::Redraft => "another draft; nothing was sent yet".to_owned(),
        Turn::Skip(because) => format!("skipped now: {}", plain(because)),
        Turn::Change => "its post is changed".to_owned(),
        Turn::Done => "done".to_owned(),
        Turn::Touched(why) => format!("left alone: {why}"),
        Turn::WouldSkip(because) => format!("left alone: the rules skip it now ({}), but its post is made", plain(because)),
        Turn::InDoubt(until) if yes => format!("no clear answer; run this again after {}", moment(*until, now)),
        Turn::InDoubt(until) => format!("an earlier change had no clear answer; `--yes` after {} looks", moment(*until, now)),
        Turn::Failed(why) => format!("failed: {}", plain(why)),
    }
}

/// `title: a → b`, the lines of the content that go and come.
fn differences(was: &Draft, is: &Draft) -> Vec<String> {
    let mut lines = Vec::new();
    let mut differ = |what: &str, was: String, is: String| {
        if was != is {
            lines.push(format!("{what}: {} → {}", plain(&was), plain(&is)));
        }
    };
    differ("title", was.title.clone(), is.title.clone());
    differ("excerpt", was.excerpt.clone(), is.excerpt.clone());
    differ("status", was.status.as_str().to_owned(), is.status.as_str().to_owned());
    let terms = |draft: &Draft| draft.terms.iter().map(|term| term.name.clone()).collect::<Vec<_>>().join(", ");
    differ("terms", terms(was), terms(is));
    differ("author", was.author.clone().unwrap_or_default(), is.author.clone().unwrap_or_default());
    let image = |draft: &Draft| draft.image.as_ref().map(|image| image.url.clone()).unwrap_or_default();
    differ("image", image(was), image(is));
    if was.content != is.content {
        lines.push("content:".to_owned());
        let (gone, come) = changed_lines(&was.content, &is.content);
        lines.extend(side('-', &gone));
        lines.extend(side('+', &come));
    }
    lines
}

fn side(sign: char, lines: &[&str]) -> Vec<String> {
    let mut shown: Vec<String> = lines.iter().take(SHOWN).map(|line| format!("  {sign} {}", super::text::cut(line, 120))).collect();
    if lines.len() > SHOWN {
        shown.push(format!("  {sign} … {} more", count(lines.len() - SHOWN, "line")));
    }
    shown
}

/// What lies between the lines that both begin and end with.
fn changed_lines<'a>(was: &'a str, is: &'a str) -> (Vec<&'a str>, Vec<&'a str>) {
    let (was, is): (Vec<&str>, Vec<&str>) = (was.lines().collect(), is.lines().collect());
    let start = was.iter().zip(&is).take_while(|(was, is)| was == is).count();
    let rest = was.len().min(is.len()) - start;
    let end = was.iter().rev().zip(is.iter().rev()).take(rest).take_while(|(was, is)| was == is).count();
    (was[start..was.len() - end].to_vec(), is[start..is.len() - end].to_vec())
}

fn view(plan: &RenderPlan, site: &dyn Fn(Id) -> String) -> Value {
    let one = |one: &Rendered| {
        let (turn, why) = match &one.turn {
            Turn::Redraft => ("redraft", None),
            Turn::Skip(because) => ("skip", Some(because.clone())),
            Turn::Change => ("change", None),
            Turn::Done => ("done", None),
            Turn::Touched(why) => ("touched", Some((*why).to_owned())),
            Turn::WouldSkip(because) => ("would_skip", Some(because.clone())),
            Turn::InDoubt(_) => ("in_doubt", None),
            Turn::Failed(why) => ("failed", Some(why.clone())),
        };
        let until = if let Turn::InDoubt(until) = one.turn { Some(until) } else { None };
        let (was, is) = (&one.delivery.draft, &one.draft);
        let differences = was.as_ref().zip(is.as_ref()).map(|(was, is)| differences(was, is)).unwrap_or_default();
        json!({
            "item": one.item,
            "delivery": one.delivery.id,
            "site": site(one.delivery.site),
            "title": one.title,
            "post": one.delivery.post,
            "turn": turn,
            "why": why,
            "until": time(until),
            "hold": one.hold.as_ref().map(|hold| hold.because.clone()),
            "differences": differences,
        })
    };
    json!({ "items": plan.rendered.iter().map(one).collect::<Vec<_>>(), "same": plan.same, "forgotten": plan.forgotten })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_shows_only_the_lines_that_differ() {
        assert_eq!(changed_lines("a\nb\nc", "a\nx\ny\nc"), (vec!["b"], vec!["x", "y"]));
        assert_eq!(changed_lines("a\na", "a"), (vec!["a"], vec![]));
        assert_eq!(changed_lines("", "a"), (vec![], vec!["a"]));
    }
}
