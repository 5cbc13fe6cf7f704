//! `[[feed.example]]`: the entry that it makes up, and what shall become of it.

use super::super::problem::Problem;
use super::super::raw::{self, SkipWish};
use super::super::source::{At, Place};
use super::super::{Example, Expected};
use super::Check;
use crate::domain::{Entry, ImageRef, Timestamp};

/// When examples without a date are published: any fixed moment will do.
const SOME_DAY: Timestamp = Timestamp::from_unix(1_767_225_600);

impl Check {
    /// The entry, and each thing that is expected of it with its place.
    pub(super) fn example(&mut self, example: &raw::Example) -> Example {
        let none = raw::Expect::default();
        let expect = example.expect.as_ref().unwrap_or(&none);
        if let (Some(html), Some(_)) = (&example.html, &example.text) {
            self.error(&html.at, "an example has `text` or `html`, not both", "take one of them out");
        }
        let published = example.published.as_ref().map_or(SOME_DAY, |at| at.value);
        let place = |at: &Place| Problem::at(&self.sources, at, "");
        let all = self.expected(expect).into_iter().map(|(expected, at)| (expected, place(at))).collect::<Vec<_>>();
        let whole = place(example.expect.as_ref().map_or(&example.at, |expect| &expect.at));
        let misread = self.problems.iter().any(|problem| problem.within(&expect.at));
        if all.is_empty() && example.expect.is_some() && !misread {
            let hint = "for instance expect = { skip = true } or { tags = [\"linux\"] }";
            self.error(&expect.at.clone(), "`expect` says nothing, so this example could never fail", hint);
        }
        Example {
            entry: entry(example, published),
            now: example.age.as_ref().map_or(published, |age| published.plus(age.value)),
            expect: all,
            place: whole,
        }
    }

    fn expected<'a>(&self, expect: &'a raw::Expect) -> Vec<(Expected, &'a Place)> {
        let raw::Expect { at: _, skip, hold, site, tags, categories, status, author, title, excerpt, content, score } = expect;
        let mut all = Vec::new();
        let wish = |wish: &SkipWish| match wish {
            SkipWish::Yes(yes) => (*yes, None),
            SkipWish::Because(because) => (true, Some(because.clone())),
        };
        let place = |names: &'a raw::Names| names.0.first().map_or(&expect.at, |first| &first.at);
        if let Some(At { value, at }) = skip {
            let (yes, because) = wish(value);
            all.push((Expected::Skip(yes, because), at));
        }
        if let Some(At { value, at }) = hold {
            let (yes, because) = wish(value);
            all.push((Expected::Hold(yes, because), at));
        }
        let lists = [
            (site, Expected::Site as fn(Vec<String>) -> Expected),
            (tags, Expected::Tags),
            (categories, Expected::Categories),
            (content, Expected::Content),
        ];
        for (names, expected) in lists {
            all.extend(names.as_ref().map(|names| (expected(texts(names)), place(names))));
        }
        all.extend(status.as_ref().map(|status| (Expected::Status(status.value), &status.at)));
        all.extend(author.as_ref().map(|author| (Expected::Author(author.value.0.clone()), &author.at)));
        all.extend(title.as_ref().map(|title| (Expected::Title(title.value.clone()), &title.at)));
        all.extend(excerpt.as_ref().map(|excerpt| (Expected::Excerpt(excerpt.value.clone()), &excerpt.at)));
        all.extend(score.as_ref().map(|score| (Expected::Score(score.value), &score.at)));
        all.sort_by_key(|(_, at)| at.span.start);
        all
    }
}

fn texts(names: &raw::Names) -> Vec<String> {
    names.0.iter().map(|name| name.value.clone()).collect()
}

fn entry(example: &raw::Example, published: Timestamp) -> Entry {
    let text = |text: &Option<At<String>>| text.as_ref().map(|text| text.value.clone());
    let many = |names: &Option<raw::Names>| names.as_ref().map(texts).unwrap_or_default();
    let link = text(&example.link).or_else(|| Some("https://example.com/entry".to_owned()));
    Entry {
        guid: text(&example.guid).or_else(|| link.clone()),
        link,
        title: text(&example.title).unwrap_or_default(),
        authors: many(&example.author),
        published: Some(published),
        summary: text(&example.summary),
        content: text(&example.html).or_else(|| text(&example.text).map(|text| paragraphs(&text))),
        categories: many(&example.categories),
        images: many(&example.images).into_iter().map(|url| ImageRef { url, ..ImageRef::default() }).collect(),
        language: text(&example.language),
        rights: text(&example.copyright),
        ..Entry::default()
    }
}

fn paragraphs(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let paragraphs: Vec<String> =
        escaped.split("\n\n").map(str::trim).filter(|part| !part.is_empty()).map(|part| format!("<p>{part}</p>")).collect();
    paragraphs.join("\n")
}
