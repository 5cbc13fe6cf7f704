//! What was merged into an item, or what it was merged into: in words and as JSON.

use serde_json::{Value, json};

use super::lives::time;
use super::names::Names;
use super::text::{plain, utc};
use crate::domain::{Differing, Id, Item, Merge, MergeKind};
use crate::store::{self, Store};

/// A merge with the names that its ids stand for.
pub struct Told {
    merge: Merge,
    /// Whose side is told: the item that took the other in, or the one that was taken.
    is_taken: bool,
    /// The other item and its feed, where there is one.
    other: Option<(Id, String)>,
}

/// All that is noted of the item. Only reads.
pub async fn of(store: &Store, names: &Names, item: &Item) -> Result<Vec<Told>, store::Error> {
    let mut all = Vec::new();
    for merge in store.merges_of(item.id).await? {
        let is_taken = merge.other == Some(item.id);
        let other = if is_taken { Some(merge.item) } else { merge.other };
        let other = match other {
            None => None,
            Some(id) => {
                let feed = store.item(id).await?.and_then(|other| names.feeds.get(&other.feed).cloned());
                Some((id, feed.unwrap_or_else(|| "a former feed".to_owned())))
            }
        };
        all.push(Told { merge, is_taken, other });
    }
    Ok(all)
}

/// `2026-11-22 12:52 UTC  the same link: GUID `b`, was `a``
pub fn line(told: &Told) -> String {
    let Told { merge, is_taken, other } = told;
    let rung = merge.rung.words();
    let what = match (merge.how, other) {
        (MergeKind::Feed, Some((id, feed))) if *is_taken => format!("the site had it from `{feed}`, item {id}; {rung}"),
        (MergeKind::Feed, Some((id, feed))) => format!("also in `{feed}`, item {id}; {rung}"),
        (MergeKind::Twice, _) => format!("twice in one document; {rung}"),
        _ => format!("came back; {rung}"),
    };
    let differs = differences(&merge.told, &merge.was);
    let differs = if differs.is_empty() { String::new() } else { format!(": {}", differs.join(", ")) };
    format!("{}  {what}{differs}", utc(merge.at))
}

fn differences(told: &Differing, was: &Differing) -> Vec<String> {
    let pair = |name: &str, told: &Option<String>, was: &Option<String>| match (told, was) {
        (Some(told), Some(was)) => Some(format!("{name} `{}`, was `{}`", plain(told), plain(was))),
        (Some(told), None) => Some(format!("{name} `{}`, had none", plain(told))),
        (None, Some(was)) => Some(format!("no {name}, was `{}`", plain(was))),
        (None, None) => None,
    };
    [pair("GUID", &told.guid, &was.guid), pair("link", &told.link, &was.link), pair("title", &told.title, &was.title)]
        .into_iter()
        .flatten()
        .collect()
}

/// Field names are kept.
pub fn view(told: &Told) -> Value {
    let Told { merge, other, .. } = told;
    json!({
        "at": time(Some(merge.at)),
        "rung": merge.rung,
        "how": merge.how,
        "into": merge.item,
        "other": other.as_ref().map(|(id, _)| id),
        "feed": other.as_ref().map(|(_, feed)| feed),
        "told": merge.told,
        "was": merge.was,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Rung, Timestamp};

    #[test]
    fn a_merge_tells_its_rung_and_what_differed() {
        let guid = |guid: &str| Differing { guid: Some(guid.to_owned()), ..Differing::default() };
        let merge = |rung, how, told, was| Merge {
            at: Timestamp::from_unix(1_795_351_976),
            rung,
            how,
            item: Id::from_i64(1),
            other: (how == MergeKind::Feed).then(|| Id::from_i64(2)),
            told,
            was,
        };
        let later = merge(Rung::Path, MergeKind::Later, guid("https://new.example/1"), guid("http://old.example/1"));
        let twice =
            merge(Rung::Guid, MergeKind::Twice, Differing { title: Some("B\u{1b}".into()), ..Differing::default() }, Differing::default());
        let feed = merge(Rung::Link, MergeKind::Feed, Differing::default(), Differing::default());
        let told = |merge, is_taken, other: Option<&str>| {
            line(&Told { merge, is_taken, other: other.map(|feed| (Id::from_i64(2), feed.to_owned())) })
        };
        assert_eq!(
            [told(later, false, None), told(twice, false, None), told(feed.clone(), false, Some("lwn")), told(feed, true, Some("lwn"))],
            [
                "2026-11-22 12:52 UTC  came back; the same GUID but for scheme and host: GUID `https://new.example/1`, was `http://old.example/1`",
                "2026-11-22 12:52 UTC  twice in one document; the same GUID: title `B`, had none",
                "2026-11-22 12:52 UTC  also in `lwn`, item 0000000000004; the same link",
                "2026-11-22 12:52 UTC  the site had it from `lwn`, item 0000000000004; the same link",
            ]
        );
    }
}
