//! `wirepress runs list|show`: which runs there were, and what each made.

use serde_json::{Value, json};

use super::args::Runs;
use super::exit::{Exit, Failure, Outcome};
use super::lives::time;
use super::names::Names;
use super::text::{cut, moment, plain, table};
use super::{print, print_json};
use crate::domain::{Delivery, Id, Timestamp};
use crate::store::{Journaled, Made, MadeKind, Run, Store};

/// Tells it. Only reads.
pub async fn runs(store: &Store, arguments: &Runs, now: Timestamp) -> Outcome {
    match arguments {
        Runs::List { limit, json } => list(store, *limit, *json, now).await,
        Runs::Show { id, json } => show(store, *id, *json, now).await,
    }
}

async fn list(store: &Store, limit: u32, as_json: bool, now: Timestamp) -> Outcome {
    let runs = store.runs(limit).await?;
    if as_json {
        let view = |(run, made): &(Run, Made)| {
            let Made { posts, withdrawn, media, terms } = made;
            let mut view = run_view(run);
            view["made"] = json!({ "posts": posts, "withdrawn": withdrawn, "media": media, "terms": terms });
            view
        };
        print_json(&Value::Array(runs.iter().map(view).collect()))?;
        return Ok(Exit::Ok);
    }
    if runs.is_empty() {
        eprintln!("no run has made anything yet");
        return Ok(Exit::Ok);
    }
    let row = |(run, made): &(Run, Made)| {
        let posts = match made.withdrawn {
            0 => made.posts.to_string(),
            withdrawn => format!("{} ({withdrawn} withdrawn)", made.posts),
        };
        vec![run.id.to_string(), run.kind.clone(), moment(run.started, now), posts, made.media.to_string(), made.terms.to_string()]
    };
    print(&table(&["run", "kind", "started", "posts", "pictures", "terms"], &runs.iter().map(row).collect::<Vec<_>>()))?;
    Ok(Exit::Ok)
}

async fn show(store: &Store, id: Id, as_json: bool, now: Timestamp) -> Outcome {
    let Some(run) = store.run(id).await? else {
        return Err(Failure::new(Exit::Usage, format!("there is no run `{id}`\nhint: `wirepress runs list` shows the last ones")));
    };
    let names = Names::of(store).await?;
    let site = |id: Id| names.sites.get(&id).cloned().unwrap_or_default();
    let (deliveries, journal) = (store.deliveries_of_run(id).await?, store.journal(id).await?);
    if as_json {
        let mut view = run_view(&run);
        view["posts"] = deliveries.iter().map(|delivery| post_view(delivery, &site(delivery.site))).collect();
        view["media"] = of_kind(&journal, MadeKind::Media).map(|made| made_view(made, &site(made.site))).collect();
        view["terms"] = of_kind(&journal, MadeKind::Term).map(|made| made_view(made, &site(made.site))).collect();
        print_json(&view)?;
        return Ok(Exit::Ok);
    }
    let ended = match run.ended {
        Some(ended) => format!("ended {}", moment(ended, now)),
        None => "it runs, or it was killed".to_owned(),
    };
    print(&format!("run {} (`{}`), started {}; {ended}\n\n", run.id, run.kind, moment(run.started, now)))?;
    let mut rows: Vec<Vec<String>> = Vec::new();
    for delivery in &deliveries {
        let title = delivery.draft.as_ref().map_or(delivery.slug.as_str(), |draft| draft.title.as_str());
        rows.push(vec![site(delivery.site), "post".to_owned(), number(delivery.post), state(delivery), cut(&plain(title), 80)]);
    }
    for made in &journal {
        let what = if made.kind == MadeKind::Media { "picture" } else { "term" };
        let state = match (made.purged, made.id) {
            (Some(_), _) => "gone",
            (None, Some(_)) => "made",
            (None, None) => "asked for",
        };
        rows.push(vec![site(made.site), what.to_owned(), number(made.id), state.to_owned(), name_of(made)]);
    }
    print(&table(&["site", "what", "id", "state", "name"], &rows))?;
    Ok(Exit::Ok)
}

/// `tags: news > tech`, or a picture's slug.
pub(super) fn name_of(made: &Journaled) -> String {
    match made.kind {
        MadeKind::Media => made.name.clone(),
        MadeKind::Term => plain(&format!("{}: {}", made.taxonomy, made.name)),
    }
}

fn state(delivery: &Delivery) -> String {
    serde_json::to_value(delivery.state).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

fn number(id: Option<u64>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}

fn of_kind(journal: &[Journaled], kind: MadeKind) -> impl Iterator<Item = &Journaled> {
    journal.iter().filter(move |made| made.kind == kind)
}

fn run_view(run: &Run) -> Value {
    json!({ "id": run.id, "kind": run.kind, "started": time(Some(run.started)), "ended": time(run.ended) })
}

fn post_view(delivery: &Delivery, site: &str) -> Value {
    json!({
        "delivery": delivery.id,
        "site": site,
        "state": delivery.state,
        "post": delivery.post,
        "post_link": delivery.post_link,
        "title": delivery.draft.as_ref().map(|draft| &draft.title),
    })
}

fn made_view(made: &Journaled, site: &str) -> Value {
    json!({ "site": site, "id": made.id, "taxonomy": Some(&made.taxonomy).filter(|name| !name.is_empty()), "name": made.name, "purged": time(made.purged) })
}
