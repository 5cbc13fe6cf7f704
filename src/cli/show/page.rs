//! A dry run as one self-contained page.
//!
//! Everything of a feed is text here, but for the post's body: it stands in a frame whose sandbox lets nothing run, and the
//! page's own policy allows no script at all, so that two doors are shut. Pictures are fetched when the page is looked at.

use html_escape::{encode_double_quoted_attribute as attribute, encode_text};

use super::{date, slug, summary, words};
use crate::cli::text::{count, moment, plain, utc};
use crate::domain::{NewTerms, RuleTrace, Term, Timestamp};
use crate::pipeline::{Preview, PreviewFeed, PreviewField, PreviewLeft, PreviewPost, PreviewUpdate};

const STYLE: &str = include_str!("page.css");
/// Of the frame that a post's body stands in.
const BODY_STYLE: &str = include_str!("body.css");
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src http: https: data:; media-src http: https:; \
                      base-uri 'none'; form-action 'none'";

/// The whole page.
pub fn page(preview: &Preview, now: Timestamp) -> String {
    let feeds: String = preview.feeds.iter().map(feed).collect();
    let posts: String = preview.posts.iter().map(|post| article(post, now)).collect();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>wirepress: dry run</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <header>\n<h1>Dry run</h1>\n<p class=\"sum\">{}.</p>\n<p class=\"when\">{}</p>\n<ul class=\"feeds\">\n{feeds}</ul>\n</header>\n\
         <main>\n{posts}{}</main>\n</body>\n</html>\n",
        encode_text(&capital(&summary(preview))),
        utc(now),
        left_over(&preview.left) + &updates(&preview.updates),
    )
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn feed(feed: &PreviewFeed) -> String {
    let (class, told) = match &feed.error {
        Some(error) => (" class=\"bad\"", format!("could not be read: {error}")),
        None => ("", format!("{}, {} known", count(feed.entries, "entry"), feed.known)),
    };
    format!("<li{class}><b>{}</b> {} <span>{}</span></li>\n", text(&feed.name), link(&feed.url, &feed.url), text(&told))
}

fn article(post: &PreviewPost, now: Timestamp) -> String {
    let status = post.draft.status.as_str();
    let held = post.held.as_ref().map(|held| format!("<p class=\"held\">Waits for a person: {}</p>\n", text(held))).unwrap_or_default();
    let warnings: String = post.warnings.iter().map(|warning| format!("<p class=\"warning\">{}</p>\n", text(warning))).collect();
    format!(
        "<article>\n<h2><span class=\"status {status}\">{status}</span> {}</h2>\n<div class=\"two\">\n<div>\n{held}{warnings}{}</div>\n\
         <dl>\n{}</dl>\n</div>\n</article>\n",
        text(&post.draft.title),
        frame(post),
        facts(post, now),
    )
}

/// The body as WordPress would get it, with its picture above it, in a frame where nothing runs.
fn frame(post: &PreviewPost) -> String {
    let draft = &post.draft;
    let picture = draft.image.as_ref().filter(|image| is_web(&image.url)).map_or_else(String::new, |image| {
        format!("<img class=\"featured\" src=\"{}\" alt=\"{}\">", attribute(&image.url), attribute(&image.alt))
    });
    let document = format!(
        "<!doctype html><meta charset=\"utf-8\"><meta name=\"referrer\" content=\"no-referrer\"><style>{BODY_STYLE}</style>{picture}{}",
        draft.content
    );
    format!(
        "<iframe sandbox=\"\" loading=\"lazy\" referrerpolicy=\"no-referrer\" title=\"the post's body\" style=\"height:{}px\" \
         srcdoc=\"{}\"></iframe>\n<details>\n<summary>Block markup as it would be sent</summary>\n<pre>{}</pre>\n</details>\n",
        height(post),
        attribute(&document),
        encode_text(&draft.content),
    )
}

/// A frame without scripts can't measure itself: about the height of its text, and no more than a screen; it can be pulled larger.
fn height(post: &PreviewPost) -> usize {
    let lines = post.draft.content.len() / 90 + 2 * post.draft.content.matches("</p>").count();
    let picture = if post.draft.image.is_some() { 260 } else { 0 };
    (80 + picture + 24 * lines).clamp(140, 620)
}

fn facts(post: &PreviewPost, now: Timestamp) -> String {
    let draft = &post.draft;
    let mut rows = vec![
        ("site", text(&post.site)),
        ("feed", text(&post.feed)),
        ("source", post.source.as_deref().map_or_else(|| "none".to_owned(), |source| link(source, source))),
        ("published", post.published.map_or_else(|| "the feed does not say".to_owned(), |at| moment(at, now))),
        ("text", text(&words(post.words))),
    ];
    let mut taxonomies: Vec<&str> = draft.terms.iter().map(|term| term.taxonomy.as_str()).collect();
    taxonomies.dedup();
    for (at, taxonomy) in taxonomies.iter().enumerate() {
        if !taxonomies[..at].contains(taxonomy) {
            rows.push((taxonomy, draft.terms.iter().filter(|term| term.taxonomy == **taxonomy).map(term).collect()));
        }
    }
    if let Some(new) = post.new_terms.as_ref().filter(|new| !new.is_empty()) {
        rows.push(("makes", new.iter().map(|new| format!("<p>{}</p>", text(new))).collect()));
    }
    if !post.left_out.is_empty() {
        rows.push(("left out", post.left_out.iter().map(|left| format!("<p>{}</p>", text(left))).collect()));
    }
    rows.push(("image", image(post)));
    rows.push(("date", text(&date(post))));
    rows.push(("slug", format!("<code>{}</code>", text(&slug(post)))));
    rows.extend(draft.author.as_deref().map(|author| ("author", text(author))));
    rows.extend(draft.post_type.as_deref().map(|kind| ("type", text(kind))));
    rows.extend(draft.extras.told().into_iter().map(|(name, value)| (name, text(&value))));
    if !draft.excerpt.is_empty() {
        rows.push(("excerpt", text(&draft.excerpt)));
    }
    if !post.rules.is_empty() {
        rows.push(("rules", post.rules.iter().map(rule).collect()));
    }
    rows.iter().map(|(name, value)| format!("<dt>{}</dt><dd>{value}</dd>\n", text(name))).collect()
}

fn term(term: &Term) -> String {
    let new = match term.new {
        NewTerms::Create => "made if missing",
        NewTerms::Match | NewTerms::Ignore => "only if there",
    };
    format!("<p><b class=\"term\">{}</b> <span>{}; {new}</span></p>", text(&term.path()), text(&term.from))
}

fn image(post: &PreviewPost) -> String {
    match &post.draft.image {
        Some(image) => {
            let alt = if image.alt.is_empty() { "no alt text".to_owned() } else { format!("alt \"{}\"", image.alt) };
            let about = format!("{}, {alt}", super::about(image));
            format!("{} <span>{}; {}</span>", link(&image.url, super::reason(image)), text(&about), text(&image.url))
        }
        None => format!("none: {}", text(post.no_image.as_deref().unwrap_or("not wanted"))),
    }
}

fn rule(trace: &RuleTrace) -> String {
    let saw: String = trace.saw.iter().map(|(field, value)| format!("<br><span>{} = {}</span>", text(field), text(value))).collect();
    format!("<p><code>{}</code> {} <span>when</span> <code>{}</code>{saw}</p>", text(&trace.at), text(&trace.then), text(&trace.when))
}

fn left_over(left: &[PreviewLeft]) -> String {
    if left.is_empty() {
        return String::new();
    }
    let rows: String = left
        .iter()
        .map(|left| {
            let title = if left.title.trim().is_empty() { "an entry without a title" } else { &left.title };
            let title = left.link.as_deref().map_or_else(|| text(title), |address| link(address, title));
            let rules: String = left.rules.iter().map(rule).collect();
            format!("<tr><td>{title}</td><td>{}</td><td>{}{rules}</td></tr>\n", text(&left.feed), text(&left.because))
        })
        .collect();
    format!(
        "<section>\n<h2>Not posted</h2>\n<table>\n<thead><tr><th>entry</th><th>feed</th><th>why</th></tr></thead>\n<tbody>\n{rows}</tbody>\n\
         </table>\n</section>\n"
    )
}

/// Posts that are out and would be changed.
fn updates(updates: &[PreviewUpdate]) -> String {
    if updates.is_empty() {
        return String::new();
    }
    let told =
        |field: &PreviewField| format!("<p>{}: {} <span>becomes</span> {}</p>", text(&field.field), text(&field.was), text(&field.becomes));
    let rows: String = updates
        .iter()
        .map(|update| {
            let title = update.post_link.as_deref().map_or_else(|| text(&update.title), |address| link(address, &update.title));
            let fields: String = update.fields.iter().map(told).collect();
            let conflicts: String =
                update.conflicts.iter().map(|field| format!("<p>left, as a person changed it:</p>{}", told(field))).collect();
            let left = update.left.as_deref().map(|left| format!("<p>nothing is written: {}</p>", text(left))).unwrap_or_default();
            format!("<tr><td>{title}</td><td>{}</td><td>{}{fields}{conflicts}{left}</td></tr>\n", text(&update.site), text(&update.because))
        })
        .collect();
    format!(
        "<section>\n<h2>Changed</h2>\n<table>\n<thead><tr><th>post</th><th>site</th><th>what</th></tr></thead>\n<tbody>\n{rows}</tbody>\n\
         </table>\n</section>\n"
    )
}

fn text(text: &str) -> String {
    encode_text(&plain(text)).into_owned()
}

/// A link, if it leads into the web; else its text alone.
fn link(address: &str, label: &str) -> String {
    match is_web(address) {
        true => format!("<a href=\"{}\" rel=\"noopener noreferrer nofollow\">{}</a>", attribute(address), text(label)),
        false => text(label),
    }
}

fn is_web(address: &str) -> bool {
    url::Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;

    #[test]
    fn the_page_tells_everything() {
        let page = page(&example::preview(), example::NOW);
        insta::assert_snapshot!(page.replace(STYLE, "").replace(BODY_STYLE, ""));
    }

    #[test]
    fn nothing_of_a_feed_is_markup_of_the_page_itself() {
        let page = page(&example::preview(), example::NOW);
        let tree = scraper::Html::parse_document(&page);
        let found = |selector: &str| tree.select(&scraper::Selector::parse(selector).expect("a selector")).count();
        assert_eq!((found("script"), found("iframe"), found("iframe[sandbox='']")), (0, 2, 2));
        assert_eq!(found("a[href^='javascript']"), 0);
    }

    #[test]
    fn the_frame_holds_the_body_whole_whatever_is_in_it() {
        let preview = example::preview();
        let tree = scraper::Html::parse_document(&page(&preview, example::NOW));
        let frames = scraper::Selector::parse("iframe").expect("a selector");
        let inside: Vec<&str> = tree.select(&frames).filter_map(|frame| frame.attr("srcdoc")).collect();
        assert_eq!(inside.len(), 2);
        assert!(inside[0].ends_with(&preview.posts[0].draft.content), "{}", inside[0]);
    }
}
