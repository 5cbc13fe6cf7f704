//! An item and its deliveries, in words and as JSON.

use serde_json::{Value, json};

use super::show::{rule, rule_view};
use super::text::{from_now, moment, plain};
use crate::domain::{Also, Decision, Delivery, DeliveryState, HoldKind, Id, Item, ItemState, Phase, Score, Signal, Timestamp};

/// An item with its deliveries and the names that its ids stand for.
pub struct Life {
    pub item: Item,
    pub feed: String,
    /// Each with its site's name.
    pub deliveries: Vec<(Delivery, String)>,
    /// As rules read it; empty where nobody names one, or the text is no longer kept.
    pub licence: String,
    /// What its publisher says of its use, as far as that is kept.
    pub signals: Vec<Signal>,
    /// Other tellings of the story that one of its deliveries tells, by delivery.
    pub also: Vec<(Id, Also)>,
}

/// One word or a few: `published`, `blog published, news held`, or the item's own state while it has no delivery.
pub fn state(life: &Life) -> String {
    match life.deliveries.as_slice() {
        [] => item_state(life.item.state).to_owned(),
        [(only, _)] => delivery_state(only.state).to_owned(),
        many => many.iter().map(|(delivery, site)| format!("{site} {}", delivery_state(delivery.state))).collect::<Vec<_>>().join(", "),
    }
}

/// As `--state` and JSON write it.
pub fn item_state(state: ItemState) -> &'static str {
    match state {
        ItemState::Seen => "seen",
        ItemState::Preparing => "preparing",
        ItemState::Decided => "decided",
        ItemState::Skipped => "skipped",
    }
}

/// As `--state` and JSON write it.
pub fn delivery_state(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Ready => "ready",
        DeliveryState::Publishing => "publishing",
        DeliveryState::Published => "published",
        DeliveryState::Held => "held",
        DeliveryState::Skipped => "skipped",
        DeliveryState::Failed => "failed",
        DeliveryState::Withdrawn => "withdrawn",
    }
}

/// The title, else the address, else a stand-in; on one line.
pub fn name(item: &Item) -> String {
    match (plain(&item.title), &item.link) {
        (title, _) if !title.is_empty() => title,
        (_, Some(link)) => plain(link),
        _ => "an entry without a title".to_owned(),
    }
}

/// The whole story: the item, why it is where it is, and each delivery.
pub fn story(life: &Life, now: Timestamp) -> String {
    let item = &life.item;
    let mut lines = vec![name(item)];
    let mut tell = |name: &str, value: String| lines.push(format!("   {name:<10} {value}"));
    tell("item", format!("{}, {}", item.id, item_state(item.state)));
    tell("feed", life.feed.clone());
    if let Some(link) = &item.link {
        tell("link", plain(link));
    }
    if let Some(published) = item.published {
        tell("published", format!("{}, by its feed", moment(published, now)));
    }
    tell("first seen", moment(item.first_seen, now));
    if item.generation > 0 {
        tell("made again", super::text::count(item.generation as usize, "time"));
    }
    if matches!(item.state, ItemState::Seen | ItemState::Preparing) {
        tell("due", moment(item.due, now));
    }
    decision(&item.decision).into_iter().for_each(|(name, value)| tell(name, value));
    if let Some(error) = &item.error {
        tell("error", format!("{} ({})", plain(error), super::text::count(item.attempts as usize, "failed try")));
    }
    if !life.licence.is_empty() {
        tell("licence", plain(&life.licence));
    }
    for signal in &life.signals {
        tell("signal", said(signal));
    }
    for (delivery, site) in &life.deliveries {
        lines.push(String::new());
        lines.extend(delivery_story(delivery, site, now));
        let also = life.also.iter().filter(|(of, _)| *of == delivery.id);
        lines.extend(also.map(|(_, also)| format!("     {:<8} {}", "also", telling(also))));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// `Evening Post: A storm comes, https://post.example/a`
fn telling(also: &Also) -> String {
    let link = also.link.as_deref().map(|link| format!(", {}", plain(link))).unwrap_or_default();
    format!("{}: {}{link}", plain(&also.source), plain(&also.title))
}

/// `noai (a meta element of the page), which limits the page's text, AI`
fn said(signal: &Signal) -> String {
    let limits: Vec<&str> = signal.limits.iter().map(|what| what.words()).collect();
    let limits = if limits.is_empty() { "limits nothing".to_owned() } else { format!("limits {}", limits.join(", ")) };
    format!("{} ({}): {limits}", plain(&signal.name), plain(&signal.from))
}

fn decision(decision: &Decision) -> Vec<(&'static str, String)> {
    let because = decision.because.iter().map(|because| ("because", plain(because)));
    let rules = decision.rules.iter().map(|trace| ("rule", rule(trace)));
    let warnings = decision.warnings.iter().map(|warning| ("warning", plain(warning)));
    let left_out = decision.left_out.iter().map(|left| ("left out", plain(left)));
    let cut = decision.cut.iter().map(|cut| ("cut out", plain(cut)));
    let score = decision.score.iter().map(|score| ("score", score_told(score)));
    let best = decision.best.iter().map(|best| ("contest", plain(best)));
    because.chain(rules).chain(score).chain(best).chain(warnings).chain(left_out).chain(cut).collect()
}

/// `7 (+10 wirepress.toml:41, -3 wirepress.toml:50)`
fn score_told(score: &Score) -> String {
    let parts: Vec<String> = score.parts.iter().map(|part| format!("{:+} {}", part.weight, part.at)).collect();
    if parts.is_empty() { score.sum.to_string() } else { format!("{} ({})", score.sum, parts.join(", ")) }
}

fn delivery_story(delivery: &Delivery, site: &str, now: Timestamp) -> Vec<String> {
    let mut lines = vec![format!("   on `{site}`: {}", fate(delivery, now))];
    let mut tell = |name: &str, value: String| lines.push(format!("     {name:<8} {value}"));
    tell("delivery", delivery.id.to_string());
    if let Some(post) = delivery.post {
        let link = delivery.post_link.as_deref().map(|link| format!(", {}", plain(link))).unwrap_or_default();
        tell("post", format!("{post}{link}"));
    }
    tell("slug", delivery.post_slug.as_deref().map_or_else(|| delivery.slug.clone(), plain));
    if let Some(planned) = delivery.planned.as_ref().filter(|_| tells_plan(delivery.state)) {
        tell(if delivery.state == DeliveryState::Ready { "goes out" } else { "went out" }, plain(&planned.because));
    }
    decision(&delivery.decision).into_iter().for_each(|(name, value)| tell(name, value));
    if let Some(kind) = delivery.type_of_post() {
        tell("type", plain(kind));
    }
    for (name, value) in delivery.draft.iter().flat_map(|draft| draft.extras.told()) {
        tell(name, plain(&value));
    }
    for term in delivery.draft.iter().flat_map(|draft| &draft.terms) {
        tell("term", format!("{} in {} ({})", plain(&term.path()), term.taxonomy, plain(&term.from)));
    }
    if let Some(image) = delivery.draft.as_ref().and_then(|draft| draft.image.as_ref()) {
        tell("image", format!("{} ({})", plain(&image.url), plain(super::show::reason(image))));
    }
    for picture in delivery.draft.iter().flat_map(|draft| &draft.pictures) {
        tell("copy", plain(&picture.url));
    }
    if let Some(error) = &delivery.error {
        tell("error", plain(error));
    }
    lines
}

/// What never went out, and won't, tells no moment.
fn tells_plan(state: DeliveryState) -> bool {
    matches!(state, DeliveryState::Ready | DeliveryState::Publishing | DeliveryState::Published)
}

/// `published 2h ago`, `ready, due in 12m`, `held for review: by wirepress.toml:50`.
fn fate(delivery: &Delivery, now: Timestamp) -> String {
    let tries = match delivery.attempts {
        0 => String::new(),
        tries => format!(" after {}", if tries == 1 { "1 try".to_owned() } else { format!("{tries} tries") }),
    };
    let doubt = match delivery.doubt.until {
        Some(until) => format!(", in doubt until {}", moment(until, now)),
        None => String::new(),
    };
    match delivery.state {
        DeliveryState::Published => {
            let when = delivery.published_at.map(|at| format!(" {}", moment(at, now))).unwrap_or_default();
            let status = delivery.draft.as_ref().map(|draft| format!(" as {}", draft.status.as_str())).unwrap_or_default();
            format!("published{status}{when}")
        }
        DeliveryState::Ready => format!("ready{tries}, due {}{doubt}", moment(delivery.due, now)),
        DeliveryState::Publishing if delivery.phase == Phase::Unmade => format!("publishing{doubt}"),
        DeliveryState::Publishing => format!("publishing: the post is made, its status not yet set{doubt}"),
        DeliveryState::Held => match &delivery.hold {
            Some(hold) => format!("held ({}): {}", hold_kind(hold.kind), plain(&hold.because)),
            None => "held".to_owned(),
        },
        DeliveryState::Failed => format!("failed{tries}; `wirepress items retry {}` tries it again", delivery.id),
        DeliveryState::Skipped => "skipped".to_owned(),
        DeliveryState::Withdrawn => "withdrawn".to_owned(),
    }
}

fn hold_kind(kind: HoldKind) -> &'static str {
    match kind {
        HoldKind::Review => "review",
        HoldKind::Ai => "ai",
        HoldKind::Flood => "flood",
        HoldKind::NearDuplicate => "near-duplicate",
    }
}

/// One row of a list: id, state, first seen, feed, title.
pub fn row(life: &Life, now: Timestamp) -> Vec<String> {
    let item = &life.item;
    vec![item.id.to_string(), state(life), from_now(item.first_seen, now), life.feed.clone(), super::text::cut(&name(item), 80)]
}

/// The headings of [`row`].
pub const HEADINGS: [&str; 5] = ["id", "state", "seen", "feed", "title"];

/// The item as JSON. Field names are kept; times are RFC 3339 in UTC.
pub fn view(life: &Life) -> Value {
    let item = &life.item;
    json!({
        "id": item.id,
        "feed": life.feed,
        "state": item_state(item.state),
        "title": item.title,
        "link": item.link,
        "published": time(item.published),
        "first_seen": time(Some(item.first_seen)),
        "due": time(matches!(item.state, ItemState::Seen | ItemState::Preparing).then_some(item.due)),
        "generation": item.generation,
        "attempts": item.attempts,
        "error": item.error,
        "because": item.decision.because,
        "rules": item.decision.rules.iter().map(rule_view).collect::<Vec<_>>(),
        "warnings": item.decision.warnings,
        "licence": life.licence,
        "signals": life.signals,
        "score": item.decision.score,
        "deliveries": life.deliveries.iter().map(|(delivery, site)| delivery_view(delivery, site, &life.also)).collect::<Vec<_>>(),
    })
}

fn delivery_view(delivery: &Delivery, site: &str, also: &[(Id, Also)]) -> Value {
    let also = also.iter().filter(|(of, _)| *of == delivery.id);
    json!({
        "id": delivery.id,
        "site": site,
        "state": delivery_state(delivery.state),
        "hold": delivery.hold,
        "phase": delivery.phase,
        "slug": delivery.post_slug.as_ref().unwrap_or(&delivery.slug),
        "made_as": delivery.slug,
        "post": delivery.post,
        "post_link": delivery.post_link,
        "due": time((delivery.state == DeliveryState::Ready).then_some(delivery.due)),
        "slot": time(delivery.planned.as_ref().map(|planned| planned.at)),
        "slot_because": delivery.planned.as_ref().map(|planned| &planned.because),
        "attempts": delivery.attempts,
        "error": delivery.error,
        "in_doubt_until": time(delivery.doubt.until),
        "ever_in_doubt": delivery.doubt.ever,
        "published_at": time(delivery.published_at),
        "run": delivery.run,
        "because": delivery.decision.because,
        "rules": delivery.decision.rules.iter().map(rule_view).collect::<Vec<_>>(),
        "warnings": delivery.decision.warnings,
        "left_out": delivery.decision.left_out,
        "cut": delivery.decision.cut,
        "also_covered": also
            .map(|(_, also)| json!({ "source": also.source, "title": also.title, "link": also.link, "at": time(Some(also.at)) }))
            .collect::<Vec<_>>(),
        "score": delivery.decision.score,
        "best": delivery.decision.best,
        "draft": delivery.draft.as_ref().map(draft_view),
    })
}

fn draft_view(draft: &crate::domain::Draft) -> Value {
    json!({
        "title": draft.title,
        "content": draft.content,
        "excerpt": draft.excerpt,
        "status": draft.status.as_str(),
        "date": time(draft.date),
        "author": draft.author,
        "post_type": draft.post_type,
        "extras": draft.extras,
        "slug": draft.slug,
        "slug_style": draft.slug_style,
        "terms": draft.terms,
        "image": draft.image,
        "source": draft.source,
    })
}

/// RFC 3339 in UTC, or null.
pub fn time(at: Option<Timestamp>) -> Value {
    at.map_or(Value::Null, |at| at.to_string().into())
}

#[cfg(test)]
pub(super) mod example {
    use super::*;
    use crate::domain::{Doubt, Draft, Hold, Keys, Planned, RuleTrace, Status, Steps, Term, Use};

    pub const NOW: Timestamp = Timestamp::from_unix(1_795_351_976);

    pub fn item() -> Item {
        let rule = RuleTrace {
            at: "wirepress.toml:41".into(),
            when: "words > 30".into(),
            then: "add_tags = long".into(),
            saw: vec![("words".into(), "812".into())],
        };
        Item {
            id: Id::from_i64(71),
            feed: Id::from_i64(1),
            state: ItemState::Decided,
            keys: Keys::default(),
            title: "Kernel\u{1b}[2J 7.2".into(),
            link: Some("https://lwn.example/a".into()),
            published: Some(Timestamp::from_unix(NOW.unix() - 9_000)),
            first_seen: Timestamp::from_unix(NOW.unix() - 7_200),
            entry: None,
            steps: Steps::default(),
            decision: Decision {
                because: None,
                rules: vec![rule],
                warnings: vec!["no image: 404 Not Found".into()],
                left_out: vec!["Sponsored: the site's stop list has it (wirepress.toml:12)".into()],
                ..Decision::default()
            },
            generation: 0,
            attempts: 0,
            due: NOW,
            error: None,
        }
    }

    pub fn delivery(id: i64, state: DeliveryState) -> Delivery {
        let term = Term { taxonomy: "tags".into(), name: "linux".into(), from: "wirepress.toml:23".into(), ..Term::default() };
        let draft = Draft { title: "Kernel 7.2".into(), status: Status::Draft, terms: vec![term], ..Draft::default() };
        Delivery {
            id: Id::from_i64(id),
            site: Id::from_i64(2),
            item: Id::from_i64(71),
            state,
            hold: None,
            key: "0123456789abc".into(),
            slug: "kernel-7-2-0123456789abc".into(),
            phase: Phase::Unmade,
            doubt: Doubt::default(),
            draft: Some(draft),
            decision: Decision::default(),
            post: None,
            post_type: None,
            post_slug: None,
            returned_hash: None,
            modified_gmt: None,
            post_link: None,
            attempts: 0,
            due: Timestamp::from_unix(NOW.unix() + 720),
            planned: None,
            error: None,
            run: None,
            published_at: None,
        }
    }

    /// On four sites, in four states.
    pub fn life() -> Life {
        let published = Delivery {
            phase: Phase::Finished,
            decision: Decision { cut: vec!["read-more: Continue reading".into()], ..Decision::default() },
            post: Some(123),
            post_type: None,
            post_slug: Some("kernel-7-2".into()),
            post_link: Some("https://blog.example/?p=123".into()),
            published_at: Some(Timestamp::from_unix(NOW.unix() - 3_600)),
            ..delivery(81, DeliveryState::Published)
        };
        let waiting = Delivery {
            attempts: 2,
            error: Some("making a post: 503 Service Unavailable".into()),
            doubt: Doubt { until: Some(Timestamp::from_unix(NOW.unix() + 90)), ever: true, floor: None },
            planned: Some(Planned {
                at: Timestamp::from_unix(NOW.unix() + 720),
                because: "Sun 22 Nov 2026, 14:00 CET: slot `14:00` of the site".into(),
            }),
            ..delivery(82, DeliveryState::Ready)
        };
        let held = Delivery {
            hold: Some(Hold { kind: HoldKind::Review, because: "by wirepress.toml:50".into() }),
            ..delivery(83, DeliveryState::Held)
        };
        let failed = Delivery {
            attempts: 1,
            error: Some("403 rest_cannot_publish: Sorry, you are not allowed".into()),
            ..delivery(84, DeliveryState::Failed)
        };
        let named = |delivery, site: &str| (delivery, site.to_owned());
        let deliveries = vec![named(published, "blog"), named(waiting, "news"), named(held, "club"), named(failed, "shop")];
        let signal = Signal { name: "noai".into(), from: "a meta element of the page".into(), limits: Use::ALL.into() };
        let also = Also {
            source: "Evening Post".into(),
            title: "A new kernel".into(),
            link: Some("https://post.example/kernel".into()),
            at: Timestamp::from_unix(NOW.unix() - 3_000),
        };
        let also = vec![(Id::from_i64(81), also)];
        Life { item: item(), feed: "lwn".into(), deliveries, licence: "cc-by".into(), signals: vec![signal], also }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_story_tells_each_delivery_and_its_reason() {
        insta::assert_snapshot!(story(&example::life(), example::NOW));
    }

    #[test]
    fn the_field_names_stay() {
        insta::assert_json_snapshot!(view(&example::life()));
    }

    #[test]
    fn an_item_with_one_delivery_is_in_its_deliverys_state() {
        let mut life = example::life();
        assert_eq!(state(&life), "blog published, news ready, club held, shop failed");
        life.deliveries.truncate(1);
        assert_eq!(state(&life), "published");
        life.deliveries.clear();
        assert_eq!(state(&life), "decided");
    }
}
