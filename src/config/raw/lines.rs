//! `[group.feeds]`: feeds of one line each, name and address.

use serde_json::{Value as Json, json};
use toml::Spanned;
use toml::de::DeValue;

use super::super::source::At;
use super::address::FeedUrl;
use super::node::{Leaf, Node, Reading, Wrong};
use super::{Feed, Group};

/// Feeds by their names.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FeedLines(pub Vec<(At<String>, At<FeedUrl>)>);

impl Node for FeedLines {
    fn read(value: &Spanned<DeValue<'_>>, reading: &mut Reading<'_>) -> Option<Self> {
        let DeValue::Table(table) = value.get_ref() else {
            let wrong = Wrong::kind("a table", value.get_ref())
                .hint("a line for each feed below `[group.feeds]`: lwn = \"https://lwn.net/headlines/rss\"");
            reading.wrong(value.span(), wrong);
            return None;
        };
        let mut read = Vec::new();
        for (name, url) in table {
            reading.key = name.get_ref().to_string();
            if let DeValue::Table(_) = url.get_ref() {
                let hint = "a feed with keys of its own is a `[[feed]]` that names its group: group = \"…\"";
                reading.wrong(url.span(), Wrong::new("is one line with an address here").hint(hint));
                continue;
            }
            let name = At { value: name.get_ref().to_string(), at: reading.place(name.span()) };
            read.extend(At::read(url, reading).map(|url| (name, url)));
        }
        read.sort_by_key(|(name, _)| name.at.span.start);
        Some(Self(read))
    }

    /// They are shown as feeds.
    fn inline(&self) -> Option<String> {
        None
    }

    fn schema() -> Json {
        json!({ "type": "object", "additionalProperties": FeedUrl::schema() })
    }
}

/// Makes a feed of each line of these groups.
pub fn feeds_of(groups: &mut [Group]) -> Vec<Feed> {
    let mut feeds = Vec::new();
    for group in groups {
        let Some(FeedLines(lines)) = group.feeds.take() else { continue };
        for (name, url) in lines {
            let at = name.at.clone();
            feeds.push(Feed { at, group: group.name.clone(), name: Some(name), url: Some(url), ..Feed::default() });
        }
    }
    feeds
}
