//! Whether a page's text is better than what the feed has: a score from 0 to 1, and why not.

use std::collections::HashSet;

use unicode_segmentation::UnicodeSegmentation;

use super::super::Cleaned;

/// Below this the feed's own text is used.
const ENOUGH: f64 = 0.5;
/// A page whose article has fewer words than this shows no article.
const FEWEST: usize = 25;
/// An article of fewer words may be a wall with a sentence on it.
const SHORT: usize = 250;
/// Sentences of the feed that are looked for.
const SENTENCES: usize = 40;

/// How a page's text compares with the feed's.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// From 0 to 1; 0.5 is enough.
    pub score: f64,
    /// Which part of the feed's text is in the page's.
    pub covered: f64,
    /// Which part of the page's text is links.
    pub links: f64,
    /// Why the feed's text is better.
    pub worse: Option<String>,
}

/// Compares. `page` and `feed` are cleaned bodies; `title` is the entry's; `is_paid`: the page says that it isn't free to read.
pub fn judge(page: &Cleaned, feed: &Cleaned, title: &str, is_paid: bool) -> Judged {
    let folded = folded(&page.text);
    let covered = coverage(&folded, &feed.text).unwrap_or_else(|| title_in(&folded, title));
    let links = linked(&page.html, &page.text);
    let length = if feed.words == 0 { 1.0 } else { (ratio(page.words, feed.words)).min(1.0) };
    let score = 0.6 * covered + 0.25 * length + 0.15 * (1.0 - links);
    let mut judged = Judged { score, covered, links, worse: None };
    judged.worse = worse(page, feed, &judged, is_paid);
    judged
}

fn worse(page: &Cleaned, feed: &Cleaned, judged: &Judged, is_paid: bool) -> Option<String> {
    if page.words < FEWEST && page.words <= feed.words {
        return Some(format!("the page has {} words of text", page.words));
    }
    if let Some(wall) = wall(&page.text, page.words) {
        return Some(format!("the page shows a wall: “{wall}”"));
    }
    if page.words * 10 < feed.words * 9 {
        let paid = if is_paid { ", and says that it isn't free to read" } else { "" };
        return Some(format!("the page has {} words, the feed {}{paid}", page.words, feed.words));
    }
    if judged.links > 0.6 {
        return Some(format!("{:.0} % of the page's text are links", judged.links * 100.0));
    }
    if judged.score < ENOUGH {
        return Some(format!(
            "the page has {:.0} % of the feed's text (score {:.2}, {ENOUGH} wanted)",
            judged.covered * 100.0,
            judged.score
        ));
    }
    None
}

fn ratio(some: usize, of: usize) -> f64 {
    f64::from(u32::try_from(some).unwrap_or(u32::MAX)) / f64::from(u32::try_from(of.max(1)).unwrap_or(u32::MAX))
}

/// Letters and digits in lower case, nothing else.
fn folded(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Which part of the feed's sentences (by length) stands in the page; `None`: the feed has no sentence to look for. A sentence that
/// was cut off or edited counts by its words' trigrams.
fn coverage(page: &str, feed: &str) -> Option<f64> {
    const SHORTEST: usize = 12;
    let (mut all, mut found) = (0.0, 0.0);
    for sentence in feed.unicode_sentences().map(folded).filter(|sentence| sentence.chars().count() >= SHORTEST).take(SENTENCES) {
        let weight = ratio(sentence.len(), 1);
        all += weight;
        found += if page.contains(&sentence) { weight } else { weight * pieces(page, &sentence) };
    }
    (all > 0.0).then(|| found / all)
}

/// Which part of a sentence's pieces of eight letters stands in the page.
fn pieces(page: &str, sentence: &str) -> f64 {
    let letters: Vec<char> = sentence.chars().collect();
    let pieces: Vec<String> = letters.chunks(8).filter(|piece| piece.len() == 8).map(|piece| piece.iter().collect()).collect();
    if pieces.is_empty() {
        return 0.0;
    }
    ratio(pieces.iter().filter(|piece| page.contains(piece.as_str())).count(), pieces.len())
}

/// The feed has no text: the words of the title tell whether it is the same story at all.
fn title_in(page: &str, title: &str) -> f64 {
    let words: HashSet<String> = title.unicode_words().map(folded).filter(|word| word.chars().count() > 3).collect();
    if words.is_empty() {
        return 1.0;
    }
    // half of them is much: a title often says it in other words
    (2.0 * ratio(words.iter().filter(|word| page.contains(word.as_str())).count(), words.len())).min(1.0)
}

/// Which part of the text stands in links.
fn linked(html: &str, text: &str) -> f64 {
    let (mut inside, mut depth) = (0, 0_u32);
    for piece in html.split('<').skip(1) {
        let (tag, after) = piece.split_once('>').unwrap_or((piece, ""));
        if tag == "a" || tag.starts_with("a ") {
            depth += 1;
        } else if tag == "/a" {
            depth = depth.saturating_sub(1);
        }
        if depth > 0 {
            inside += after.trim().chars().count();
        }
    }
    ratio(inside, text.chars().count()).min(1.0)
}

/// What walls say, folded; several languages.
const WALLS: [&str; 46] = [
    "subscribe to continue",
    "subscribe to read",
    "subscribe now to read",
    "to continue reading",
    "continue reading with a subscription",
    "this article is for subscribers",
    "this content is for subscribers",
    "already a subscriber",
    "create a free account to",
    "sign in to read",
    "log in to read",
    "you have reached your limit of free articles",
    "remaining free articles",
    "we value your privacy",
    "we and our partners store",
    "accept all cookies",
    "before you continue to",
    "manage your cookie preferences",
    "please enable javascript",
    "enable javascript and cookies to continue",
    "javascript is disabled",
    "your browser is not supported",
    "checking your browser",
    "verify you are human",
    "verifying you are human",
    "are you a robot",
    "unusual traffic from your",
    "access denied",
    "you don't have permission to access",
    "page not found",
    "disable your ad blocker",
    "disable your adblocker",
    "diesen artikel weiterlesen",
    "jetzt weiterlesen",
    "mit werbung weiterlesen",
    "nur für abonnenten",
    "zustimmen und weiter",
    "wir und unsere partner",
    "bitte aktivieren sie javascript",
    "réservé aux abonnés",
    "pour lire la suite",
    "accepter et continuer",
    "exclusivo para suscriptores",
    "suscríbete para seguir leyendo",
    "contenuto riservato agli abbonati",
    "conteúdo exclusivo para assinantes",
];

fn wall(text: &str, words: usize) -> Option<&'static str> {
    if words >= SHORT {
        return None;
    }
    let plain = text.to_lowercase().replace('\u{2019}', "'").split_whitespace().collect::<Vec<_>>().join(" ");
    WALLS.into_iter().find(|wall| plain.contains(wall))
}

#[cfg(test)]
mod tests {
    use super::super::super::{Limits, clean};
    use super::*;

    fn body(html: &str) -> Cleaned {
        clean(html, None, &Limits::default())
    }

    const TEASER: &str = "<p>The harbour lay quiet under a grey sky. By noon the first boats came back, low in the water…</p>";

    fn story() -> String {
        let more =
            "<p>The market stayed open until late that evening, and people came from the villages around to see it for themselves.</p>"
                .repeat(4);
        format!("<p>The harbour lay quiet under a grey sky. By noon the first boats came back, low in the water, full of fish.</p>{more}")
    }

    #[test]
    fn a_page_that_goes_on_where_the_teaser_stops_is_better() {
        let judged = judge(&body(&story()), &body(TEASER), "A quiet harbour", false);
        assert_eq!(judged.worse, None);
        assert!(judged.score > 0.9 && judged.covered > 0.9, "{judged:?}");
    }

    #[test]
    fn a_page_that_is_worse_says_why() {
        let other = "<p>Something else altogether was written here about gardens, tools, and the weather of last week.</p>".repeat(5);
        let list = "<ul><li><a href='https://x.example/1'>The harbour lay quiet under a grey sky, a story of boats and men</a></li></ul>"
            .repeat(9);
        let short = "<p>The harbour lay quiet under a grey sky.</p>";
        let wall = format!("{TEASER}<p>Subscribe to continue reading this and all other stories.</p><p>{}</p>", "word ".repeat(30));
        let long_feed = story().repeat(3);
        for (page, feed, why) in [
            (other.as_str(), TEASER, "% of the feed's text (score 0."),
            (&list, short, "of the page's text are links"),
            (short, TEASER, "the page has 8 words of text"),
            (&wall, TEASER, "the page shows a wall: “subscribe to continue”"),
            (&story(), &long_feed, "words, the feed"),
        ] {
            let judged = judge(&body(page), &body(feed), "A quiet harbour", false);
            assert!(judged.worse.as_deref().is_some_and(|worse| worse.contains(why)), "{why}: {judged:?}");
        }
    }

    #[test]
    fn a_long_article_may_speak_of_walls() {
        let long = format!("{}<p>“Subscribe to continue”, they say.</p>", story().repeat(5));
        assert_eq!(judge(&body(&long), &body(TEASER), "", false).worse, None);
    }

    #[test]
    fn without_a_text_in_the_feed_the_title_tells_whether_it_is_the_story() {
        let nothing = body("");
        assert_eq!(judge(&body(&story()), &nothing, "Quiet harbour full of boats", false).worse, None);
        let other = judge(&body(&story()), &nothing, "Parliament debates budget amendment", false);
        assert!(other.worse.is_some_and(|worse| worse.contains("score 0.4")));
    }
}
