//! HTML of a stranger to HTML that may stand in a post: an allow-list, absolute links, no scripts, no tracking pixels.
//!
//! One reading: [`super::tame`] makes it harmless for its reader, `ammonia` reads it as a browser would and lets through
//! what is on the list, the writer ([`super::tidy`]) gives it one plain form, and the rules of [`super::tails`] take out what
//! is no part of the article. To clean twice changes nothing.

use url::Url;

use super::allow;
use super::embeds::{Player, embed};
use super::entities::{unescaped, with_entities, without_entities};
use super::excerpt::count_words;
use super::headings::shift;
use super::tails::{self, Removed};
use super::tame::{cut, tame};
use super::tidy::{Tidied, quote_url, tidy};
use crate::domain::{Boilerplate, Enclosure, Entry, ImageRef};

/// How much of a body is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of HTML; what lies beyond is cut off.
    pub html: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { html: 1_000_000 }
    }
}

/// Where a body comes from, as far as cleaning it wants to know.
#[derive(Debug, Clone, Copy, Default)]
pub struct Source<'a> {
    /// What its relative links are relative to.
    pub base: Option<&'a str>,
    /// Where the entry is.
    pub link: Option<&'a str>,
    /// Plain text: a heading at the top that repeats it goes.
    pub title: &'a str,
    /// Sound and pictures that move become players, unless the body has them.
    pub enclosures: &'a [Enclosure],
    /// What the operator adds to the rules for what is no part of an article, and takes from them.
    pub boilerplate: Option<&'a Boilerplate>,
    pub limits: Limits,
}

impl<'a> Source<'a> {
    /// Of what the feed gives.
    pub fn entry(entry: &'a Entry) -> Self {
        let link = entry.link.as_deref();
        Self { base: entry.base.as_deref().or(link), link, title: &entry.title, enclosures: &entry.enclosures, ..Self::default() }
    }
}

/// A body that may stand in a post.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cleaned {
    /// Sanitised, balanced, with absolute addresses.
    pub html: String,
    /// Plain text, paragraphs, list items, headings and rows parted by an empty line.
    pub text: String,
    /// Of that what an excerpt is made of: paragraphs and list items.
    pub prose: String,
    /// Of `text`.
    pub words: usize,
    /// The pictures of the body in their order, without tracking pixels.
    pub images: Vec<ImageRef>,
    /// What was no part of the article, and by which rule it went.
    pub removed: Vec<Removed>,
}

/// Cleans `html`; `base` is what its relative links are relative to.
pub fn clean(html: &str, base: Option<&str>, limits: &Limits) -> Cleaned {
    clean_from(html, &Source { base, limits: *limits, ..Source::default() })
}

/// The same, with all that is known of where it comes from.
pub fn clean_from(html: &str, source: &Source<'_>) -> Cleaned {
    let (base, own) = (web(source.base), web(source.link));
    let mut tidied = read(html, base.as_ref(), own.as_ref(), source.limits.html);
    let removed = tails::cut(&mut tidied, source.title, own.as_ref().or(base.as_ref()), source.boilerplate);
    let players = players(&tidied, source.enclosures);
    let Tidied { html, text, prose, images, .. } = tidied;
    let html = with_players(shift(trimmed(html)), &players);
    let (text, prose) = (trimmed(text), trimmed(prose));
    Cleaned { words: count_words(&text), html, text, prose, images, removed }
}

/// The text of a stranger's HTML: for summaries and other places that take no markup.
pub fn plain(html: &str) -> String {
    if !html.contains(['<', '&']) {
        return html.trim().to_owned();
    }
    trimmed(read(html, None, None, Limits::default().html).text)
}

/// A line of a stranger's HTML with links and emphasis and nothing else: for captions.
pub fn line(html: &str, base: Option<&str>) -> String {
    let safe = allow::line().clean(&without_entities(&tame(cut(html, Limits::default().html)))).to_string();
    let html = tidy(&with_entities(&safe), web(base).as_ref(), None).html;
    let line = html.trim().replace("</p>\n<p>", " ");
    let line = line.trim_start_matches("<p>").trim_end_matches("</p>");
    // whatever a template puts behind it
    line.strip_suffix('[').map_or_else(|| line.to_owned(), |line| format!("{line}&#91;"))
}

fn read(html: &str, base: Option<&Url>, own: Option<&Url>, limit: usize) -> Tidied {
    let html = unescaped(cut(html, limit));
    let tamed = tame(&html);
    let safe = allow::body().clean(&without_entities(&tamed)).to_string();
    tidy(&with_entities(&safe), base, own)
}

fn web(address: Option<&str>) -> Option<Url> {
    Url::parse(address?).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

fn trimmed(text: String) -> String {
    match text.trim() {
        kept if kept.len() == text.len() => text,
        kept => kept.to_owned(),
    }
}

/// Players for what is attached: the first sound and the first video that the body doesn't play.
fn players(body: &Tidied, enclosures: &[Enclosure]) -> String {
    let same = |url: &Url| {
        let address = |url: &str| url.split(['?', '#']).next().and_then(|url| url.split_once("://")).map(|(_, rest)| rest.to_owned());
        let own = address(url.as_str());
        body.media.iter().any(|known| known == url.as_str() || address(known) == own && url.query().is_none())
    };
    let mut html = String::new();
    let (mut sound, mut moving) = (false, false);
    for enclosure in enclosures {
        let Some(url) = web(Some(enclosure.url.as_str())).filter(|url| url.host_str().is_some_and(|host| !host.contains(['[', ']'])))
        else {
            continue;
        };
        if let Some(found) = embed(&url) {
            let known = moving || body.media.contains(&found.url);
            if !known {
                html.push_str(&format!("<figure data-embed=\"{}\" data-url=\"{}\"></figure>\n", found.provider, quote_url(&found.url)));
            }
            moving = true;
        } else if let Some(player) = Player::of(enclosure.mime.as_deref(), &url) {
            let had = match player {
                Player::Audio => &mut sound,
                Player::Video => &mut moving,
            };
            if !std::mem::replace(had, true) && !same(&url) {
                html.push_str(&format!("<{name} controls=\"\" src=\"{}\"></{name}>\n", quote_url(url.as_str()), name = player.name()));
            }
        }
    }
    html
}

/// Players stand at the top, below a picture that stands there.
fn with_players(html: String, players: &str) -> String {
    if players.is_empty() {
        return html;
    }
    let at = match html.find("</figure>\n") {
        Some(end) if html.starts_with("<figure>") && !html[..end].contains("</p>") => end + "</figure>\n".len(),
        _ => 0,
    };
    format!("{}{players}{}", &html[..at], &html[at..]).trim().to_owned()
}
