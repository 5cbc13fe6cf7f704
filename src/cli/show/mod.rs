//! A dry run, shown: text for people, JSON for programs, or one page to look at.

mod json;
mod page;
mod text;

pub use json::rule as rule_view;
pub use text::rule;

use std::path::Path;

use super::args::Show;
use super::{print, print_json};
use crate::domain::{DraftImage, Timestamp};
use crate::pipeline::Preview;

/// Writes the preview where the operator wants it: the page to its file, and text or JSON to standard output.
pub fn show(preview: &Preview, how: &Show, now: Timestamp) -> anyhow::Result<()> {
    if let Some(file) = &how.html {
        write_page(file, &page::page(preview, now))?;
    }
    if how.json {
        print_json(&json::view(preview))?;
    } else {
        print(&text::text(preview, now))?;
    }
    if let Some(file) = &how.html {
        eprintln!("the page is in `{}`", file.display());
    }
    Ok(())
}

/// What a picture is: `jpeg, 98 KB, 1200 x 800 pixels`.
fn about(image: &DraftImage) -> String {
    if image.mime.is_empty() {
        return "looked at when it goes up".to_owned();
    }
    let size = if image.width > 0 { format!(", {} x {} pixels", image.width, image.height) } else { String::new() };
    format!("{}, {}{size}", image.mime.trim_start_matches("image/"), super::text::bytes(image.size))
}

/// Why it was taken; of older drafts only where it was named.
pub fn reason(image: &DraftImage) -> &str {
    if image.why.is_empty() { &image.from } else { &image.why }
}

fn write_page(file: &Path, page: &str) -> anyhow::Result<()> {
    std::fs::write(file, page).map_err(|error| anyhow::anyhow!("cannot write `{}`: {error}", file.display()))
}

/// `3 posts would be made on 1 site, 2 entries would not; nothing was written`
fn summary(preview: &Preview) -> String {
    use super::text::count;
    let mut sites: Vec<&str> = preview.posts.iter().map(|post| post.site.as_str()).collect();
    sites.sort_unstable();
    sites.dedup();
    let mut line = match preview.posts.len() {
        0 => "nothing would be posted".to_owned(),
        posts => format!("{} would be made on {}", count(posts, "post"), count(sites.len(), "site")),
    };
    let held = preview.posts.iter().filter(|post| post.held.is_some()).count();
    if held > 0 {
        line.push_str(&format!(" ({held} of them would wait for a person)"));
    }
    if !preview.left.is_empty() {
        line.push_str(&format!(", {} would not be posted", count(preview.left.len(), "entry")));
    }
    let failed = preview.feeds.iter().filter(|feed| feed.error.is_some()).count();
    if failed > 0 {
        line.push_str(&format!(", {} could not be read", count(failed, "feed")));
    }
    line.push_str("; nothing was written");
    line
}

/// When the post would be dated.
fn date(post: &crate::pipeline::PreviewPost) -> String {
    use crate::domain::Status;
    match (post.draft.date, post.draft.status) {
        (Some(date), _) => super::text::utc(date),
        (None, Status::Publish) => "none: the moment of posting".to_owned(),
        (None, _) => "none: the moment of approval".to_owned(),
    }
}

/// The slug that readers would see, and the one that the post is made under.
fn slug(post: &crate::pipeline::PreviewPost) -> String {
    use crate::domain::SlugStyle;
    match post.draft.slug_style {
        SlugStyle::Clean if !post.draft.slug.is_empty() => format!("{} (made as {})", post.draft.slug, post.slug),
        _ => post.slug.clone(),
    }
}

/// `58 of 812 words`, or `all 40 words`.
fn words((taken, of): (usize, usize)) -> String {
    match of {
        0 => "none: the feed gives no text".to_owned(),
        _ if taken >= of => format!("all {}", super::text::count(of, "word")),
        _ => format!("{taken} of {of} words"),
    }
}

#[cfg(test)]
pub(super) mod example {
    //! A preview that has everything that one can have.

    use crate::domain::{Draft, DraftImage, NewTerms, RuleTrace, SlugStyle, Status, Term, Timestamp};
    use crate::pipeline::{Preview, PreviewFeed, PreviewField, PreviewLeft, PreviewPost, PreviewUpdate};

    pub const NOW: Timestamp = Timestamp::from_unix(1_795_351_976);

    pub fn preview() -> Preview {
        let feeds = vec![
            PreviewFeed { name: "lwn".into(), url: "https://lwn.example/rss".into(), entries: 15, known: 11, ..PreviewFeed::default() },
            PreviewFeed {
                name: "gone".into(),
                url: "https://gone.example/rss".into(),
                error: Some("404 Not Found".into()),
                ..PreviewFeed::default()
            },
        ];
        Preview { feeds, posts: vec![illustrated(), held()], left: left(), updates: updates() }
    }

    /// One that follows its source, one where a person was first, one that must wait.
    fn updates() -> Vec<PreviewUpdate> {
        let field = |field: &str, was: &str, becomes: &str| PreviewField { field: field.into(), was: was.into(), becomes: becomes.into() };
        let update = |title: &str, post: u64| PreviewUpdate {
            feed: "lwn".into(),
            site: "blog".into(),
            title: title.into(),
            post: Some(post),
            post_link: Some(format!("https://blog.example/{post}/")),
            because: "its source changed".into(),
            ..PreviewUpdate::default()
        };
        vec![
            PreviewUpdate {
                fields: vec![field("title", "Kernel 7.1", "Kernel 7.1.1 <fixed>"), field("meta.price", "5", "6")],
                ..update("Kernel 7.1", 71)
            },
            PreviewUpdate { conflicts: vec![field("author", "user 7", "jane")], ..update("A \"quoted\" post", 72) },
            PreviewUpdate {
                post_link: Some("javascript:alert(1)".into()),
                left: Some("its feed is held until `wirepress feeds accept lwn`".into()),
                ..update("Held back", 73)
            },
        ]
    }

    fn illustrated() -> PreviewPost {
        let term = |taxonomy: &str, name: &str, from: &str, new| Term {
            taxonomy: taxonomy.into(),
            name: name.into(),
            new,
            from: from.into(),
            ..Term::default()
        };
        let draft = Draft {
            title: "Kernel 7.2 <released> & \"quoted\"".into(),
            content:
                "<!-- wp:paragraph -->\n<p>The kernel is out.</p>\n<!-- /wp:paragraph -->\n<script>parent.alert('feed')</script>\n</iframe>"
                    .into(),
            excerpt: "The kernel is out.".into(),
            slug: "kernel-7-2-released".into(),
            terms: vec![
                term("tags", "linux", "wirepress.toml:23", NewTerms::Create),
                term("tags", "Kernel", "feed category", NewTerms::Match),
                term("categories", "News", "wirepress.toml:30", NewTerms::Match),
            ],
            image: Some(DraftImage {
                url: "https://lwn.example/a.jpg".into(),
                alt: "A penguin".into(),
                mime: "image/jpeg".into(),
                sha256: "0".repeat(64),
                size: 98_304,
                from: "the feed's media".into(),
                ..DraftImage::default()
            }),
            source: Some("https://lwn.example/a".into()),
            ..Draft::default()
        };
        PreviewPost {
            feed: "lwn".into(),
            site: "blog".into(),
            source: Some("https://lwn.example/a".into()),
            published: Some(Timestamp::from_unix(NOW.unix() - 7_200)),
            draft,
            slug: "kernel-7-2-released-0123456789abc".into(),
            words: (58, 812),
            rules: vec![RuleTrace {
                at: "wirepress.toml:41".into(),
                when: "'kernel' in title|lower".into(),
                then: "categories = News".into(),
                saw: vec![("title".into(), "Kernel 7.2 <released>".into())],
            }],
            warnings: vec!["the picture has no width".into()],
            new_terms: Some(vec!["tags: linux".into()]),
            left_out: vec!["Sponsored: the site's stop list has it (wirepress.toml:12)".into()],
            ..PreviewPost::default()
        }
    }

    fn held() -> PreviewPost {
        let draft = Draft {
            title: "An \u{1b}[31mevil\u{202e} title".into(),
            content: "<p>Short.</p>".into(),
            slug_style: SlugStyle::Keyed,
            status: Status::Publish,
            ..Draft::default()
        };
        PreviewPost {
            feed: "lwn".into(),
            site: "blog".into(),
            source: Some("javascript:alert(1)".into()),
            draft,
            slug: "an-evil-title-abcdefghijklm".into(),
            words: (1, 1),
            no_image: Some("the feed names none".into()),
            held: Some("review: by wirepress.toml:50".into()),
            ..PreviewPost::default()
        }
    }

    fn left() -> Vec<PreviewLeft> {
        let rule = RuleTrace {
            at: "wirepress.toml:12".into(),
            when: "words < 30".into(),
            then: "skip = advert".into(),
            saw: vec![("words".into(), "12".into())],
        };
        let skipped = PreviewLeft {
            feed: "lwn".into(),
            title: "Buy <b>now</b>".into(),
            link: Some("https://lwn.example/ad".into()),
            because: "skipped by a rule: advert".into(),
            rules: vec![rule],
        };
        let known =
            PreviewLeft { feed: "lwn".into(), title: String::new(), because: "known since 2026-11-20".into(), ..PreviewLeft::default() };
        vec![skipped, known]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_counts_what_would_and_would_not_be_posted() {
        assert_eq!(
            summary(&example::preview()),
            "2 posts would be made on 1 site (1 of them would wait for a person), 2 entries would not be posted, \
             1 feed could not be read; nothing was written"
        );
        assert_eq!(summary(&Preview::default()), "nothing would be posted; nothing was written");
    }
}
