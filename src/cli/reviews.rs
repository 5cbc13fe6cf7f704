//! `wirepress reviews`: what a person and a source both changed, side by side, and who shall have it.

use serde_json::{Value, json};

use super::args::Reviews;
use super::exit::{Exit, Failure, Outcome};
use super::lives::time;
use super::names::Names;
use super::text::{cut, moment, plain, table};
use super::{print, print_json};
use crate::domain::{Id, Timestamp};
use crate::pipeline::{Pipeline, Resolution, Resolved};
use crate::store::{Conflict, Review, Store};

/// Lines of a text that are shown of each side, around what differs.
const SHOWN: usize = 40;
/// Reviews that `--all` lists.
const MOST: u32 = 200;

/// `list`.
pub async fn list(store: &Store, all: bool, json: bool, now: Timestamp) -> Outcome {
    let reviews = if all { store.all_reviews(MOST).await? } else { store.open_reviews().await? };
    let names = Names::of(store).await?;
    let mut rows = Vec::new();
    let mut views = Vec::new();
    for review in &reviews {
        let (site, title) = about(store, &names, review).await?;
        views.push(view(review, &site, &title));
        let state = review.outcome.as_deref().unwrap_or(if review.closed.is_some() { "closed" } else { "open" });
        let opened = moment(review.opened, now);
        rows.push(vec![
            review.id.to_string(),
            opened,
            state.to_owned(),
            review.kind.clone(),
            site,
            cut(&plain(&title), 50),
            cut(&plain(&review.text), 70),
        ]);
    }
    match json {
        true => print_json(&Value::from(views))?,
        false if rows.is_empty() => eprintln!("there is nothing to look at"),
        false => print(&table(&["id", "since", "state", "what", "site", "post", "why"], &rows))?,
    }
    Ok(Exit::Ok)
}

/// `show ID`.
pub async fn show(store: &Store, id: &str, json: bool, now: Timestamp) -> Outcome {
    let review = known(store, id).await?;
    let names = Names::of(store).await?;
    let (site, title) = about(store, &names, &review).await?;
    if json {
        print_json(&view(&review, &site, &title))?;
        return Ok(Exit::Ok);
    }
    let delivery = store.delivery(review.delivery).await?;
    let mut lines = vec![format!("{} on `{site}`", plain(&title))];
    lines.extend(delivery.and_then(|delivery| delivery.post_link).map(|link| format!("   post   {}", plain(&link))));
    lines.push(format!("   since  {}", moment(review.opened, now)));
    lines.push(format!("   why    {}", plain(&review.text)));
    if let Some(outcome) = &review.outcome {
        lines.push(format!("   closed {outcome}"));
    }
    for conflict in review.detail.iter().flat_map(|detail| &detail.fields) {
        lines.push(String::new());
        lines.extend(diff(conflict));
    }
    if review.closed.is_none() {
        lines.push(String::new());
        let is_conflict = review.detail.is_some();
        lines.push(format!(
            "`wirepress reviews resolve {} --keep` {}",
            review.id,
            if is_conflict { "leaves WordPress as it is (-)" } else { "closes it" }
        ));
        if is_conflict {
            lines.push(format!(
                "`wirepress reviews resolve {} --take` writes what the source says (+); `--field NAME` one field of it",
                review.id
            ));
        }
    }
    lines.push(String::new());
    print(&lines.join("\n"))?;
    Ok(Exit::Ok)
}

/// `resolve ID --keep | --take`.
pub async fn resolve(pipeline: &Pipeline, verb: &Reviews) -> Outcome {
    let Reviews::Resolve { id, keep, fields, .. } = verb else { return Ok(Exit::Usage) };
    let review = known(&pipeline.store, id).await?;
    if review.closed.is_some() {
        return Err(Failure::new(Exit::Usage, format!("review {} is closed already", review.id)));
    }
    let resolution = if *keep { Resolution::Keep } else { Resolution::Take(fields.clone()) };
    match pipeline.resolve_review(&review, &resolution).await? {
        Resolved::Kept => eprintln!("what stands in WordPress stays"),
        Resolved::Taken(fields) if fields.is_empty() => eprintln!("WordPress says it already"),
        Resolved::Taken(fields) => eprintln!("the post has the source's {} now", fields.join(", ")),
        Resolved::Waits(why) => {
            return Err(Failure::new(
                Exit::Later,
                format!("decided, but not written yet: {why}\nhint: `wirepress run` or `wirepress once` goes on with it"),
            ));
        }
        Resolved::Refused(why) => return Err(Failure::new(Exit::Usage, why)),
    }
    Ok(Exit::Ok)
}

async fn known(store: &Store, words: &str) -> Result<Review, Failure> {
    let id: Option<Id> = words.trim().parse().ok();
    let found = match id {
        Some(id) => store.review(id).await?,
        None => None,
    };
    found.ok_or_else(|| Failure::new(Exit::Usage, format!("there is no review `{words}`\nhint: `wirepress reviews list` shows them")))
}

/// The site's name and the post's title.
async fn about(store: &Store, names: &Names, review: &Review) -> Result<(String, String), Failure> {
    let Some(delivery) = store.delivery(review.delivery).await? else { return Ok(Default::default()) };
    let title = match &delivery.draft {
        Some(draft) => draft.title.clone(),
        None => store.item(delivery.item).await?.map(|item| item.title).unwrap_or_default(),
    };
    Ok((names.sites.get(&delivery.site).cloned().unwrap_or_default(), title))
}

fn view(review: &Review, site: &str, title: &str) -> Value {
    let field = |conflict: &Conflict| json!({ "field": conflict.field, "sent": conflict.sent, "wordpress": conflict.wordpress, "source": conflict.source });
    json!({
        "id": review.id,
        "kind": review.kind,
        "site": site,
        "title": title,
        "delivery": review.delivery,
        "because": review.text,
        "opened": time(Some(review.opened)),
        "closed": time(review.closed),
        "outcome": review.outcome,
        "fields": review.detail.iter().flat_map(|detail| &detail.fields).map(field).collect::<Vec<_>>(),
    })
}

/// `-` what WordPress has, `+` what the source says, line by line.
fn diff(conflict: &Conflict) -> Vec<String> {
    let (was, is): (Vec<&str>, Vec<&str>) = (conflict.wordpress.lines().collect(), conflict.source.lines().collect());
    let mut lines = vec![format!("{} (- WordPress, + source)", conflict.field)];
    let mut shown = 0;
    for (sign, line) in lined(&was, &is) {
        if sign != ' ' && shown < 2 * SHOWN {
            lines.push(format!("  {sign} {}", cut(&plain(line), 160)));
            shown += 1;
        }
    }
    if shown == 2 * SHOWN {
        lines.push("  …".to_owned());
    }
    lines
}

/// The lines of both sides in one order: those that are alike once. (Longest common subsequence; texts too long for it stand one
/// after the other.)
fn lined<'t>(was: &[&'t str], is: &[&'t str]) -> Vec<(char, &'t str)> {
    const LONG: usize = 2_000;
    if was.len() > LONG || is.len() > LONG {
        return was.iter().map(|line| ('-', *line)).chain(is.iter().map(|line| ('+', *line))).collect();
    }
    let mut alike = vec![vec![0_u32; is.len() + 1]; was.len() + 1];
    for (i, old) in was.iter().enumerate().rev() {
        for (j, new) in is.iter().enumerate().rev() {
            alike[i][j] = if old == new { alike[i + 1][j + 1] + 1 } else { alike[i + 1][j].max(alike[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut lines) = (0, 0, Vec::new());
    while i < was.len() || j < is.len() {
        if i < was.len() && j < is.len() && was[i] == is[j] {
            lines.push((' ', was[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == is.len() || (i < was.len() && alike[i + 1][j] >= alike[i][j + 1]) {
            lines.push(('-', was[i]));
            i += 1;
        } else {
            lines.push(('+', is[j]));
            j += 1;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_shows_what_each_side_has_alone() {
        let conflict = Conflict {
            field: "content".into(),
            sent: "<p>One.</p>\n<p>Two.</p>\n<p>Three.</p>".into(),
            wordpress: "<p>One.</p>\n<p>Theirs.</p>\n<p>Three.</p>".into(),
            source: "<p>One.</p>\n<p>Two, corrected.</p>\n<p>Three.</p>\n<p>Four.</p>".into(),
        };
        assert_eq!(
            diff(&conflict),
            ["content (- WordPress, + source)", "  - <p>Theirs.</p>", "  + <p>Two, corrected.</p>", "  + <p>Four.</p>"]
        );
    }
}
