//! What is no part of an article: sentences that software, editors and advertisers put under each entry of a feed.
//!
//! Each rule has a name, by which an operator keeps what it would take out (`boilerplate.keep`); `wirepress rules tails`
//! lists them. They look at the blocks that stand side by side, at their text alone. A rule that guesses acts only on the
//! end of a body, and none of those takes the last block that is left.

mod ends;
mod rules;

use std::borrow::Cow;
use std::ops::Range;

use url::Url;

use super::excerpt::count_words;
use super::tidy::{Piece, Tidied};
use super::tokens::{Token, attribute, tokens};
use crate::domain::Boilerplate;
use crate::http::registrable;
use ends::{is_advert, is_more, link_in_quote, trailing_link};
use rules::{CUT_OFF, READ_ALSO, READ_MORE, TITLE_AGAIN, found};
pub use rules::{TAILS, Tail, Where};

/// Words that may stand below "Leave a Reply"; more are a part of the article.
const MOST_BELOW: usize = 200;

/// Bytes of a block whose words are looked at: longer ones are none of these.
const LONGEST: usize = 700;

/// A block that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// The rule's name; `boilerplate` for one of the operator's own.
    pub rule: &'static str,
    /// What it said, cut short.
    pub text: String,
}

/// Takes out of `body` what the rules find; again until they find nothing.
/// `home`: where the entry is; links to other sites are no boilerplate of this one.
pub(super) fn cut(body: &mut Tidied, title: &str, home: Option<&Url>, own: Option<&Boilerplate>) -> Vec<Removed> {
    let mut removed = Vec::new();
    let home = home.map(registrable);
    loop {
        let round = Round { home: home.as_deref(), ..Round::new(body, own) }.run(title);
        if round.cuts.is_empty() {
            return removed;
        }
        removed.extend(round.removed);
        take_out(body, round.cuts);
    }
}

/// A part of a block, or all of it.
type Cut = Piece;

struct Round<'a> {
    body: &'a Tidied,
    own: Option<&'a Boilerplate>,
    /// The entry's site.
    home: Option<&'a str>,
    /// Blocks that are left.
    left: Vec<&'a Piece>,
    cuts: Vec<Cut>,
    removed: Vec<Removed>,
}

impl<'a> Round<'a> {
    fn new(body: &'a Tidied, own: Option<&'a Boilerplate>) -> Self {
        Self { body, own, home: None, left: Vec::new(), cuts: Vec::new(), removed: Vec::new() }
    }

    fn run(mut self, title: &str) -> Self {
        self.anywhere(title);
        self.below();
        self.strip_ends();
        self
    }

    fn keeps(&self, rule: &str) -> bool {
        self.own.is_some_and(|own| own.keep.iter().any(|kept| kept == rule))
    }

    fn text(&self, piece: &Piece) -> &'a str {
        self.body.text.get(piece.text.clone()).unwrap_or_default().trim()
    }

    fn html(&self, piece: &Piece) -> &'a str {
        self.body.html.get(piece.html.clone()).unwrap_or_default()
    }

    fn remove(&mut self, piece: &Piece, rule: &'static str) {
        let text = self.text(piece);
        let text = text.chars().take(120).collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
        self.removed.push(Removed { rule, text });
        self.cuts.push(piece.clone());
    }

    /// Rules that act wherever their words stand, and the operator's.
    fn anywhere(&mut self, title: &str) {
        let mut first = true;
        for piece in &self.body.pieces {
            let (html, text) = (self.html(piece), self.text(piece));
            let is_text = ["<p>", "<h", "<blockquote>"].iter().any(|start| html.starts_with(start)) && !html.starts_with("<hr");
            let rule = if !is_text {
                None
            } else if self.own.is_some_and(|own| own.remove.iter().any(|pattern| pattern.is_match(text))) {
                Some("boilerplate")
            } else if first && html.starts_with("<h") && same_words(text, title) && !self.keeps(TITLE_AGAIN) {
                Some(TITLE_AGAIN)
            } else {
                self.rule(text, Where::Anywhere, html)
            };
            first &= rule.is_some();
            match rule {
                Some(rule) => self.remove(piece, rule),
                None => self.left.push(piece),
            }
        }
    }

    /// The first rule that knows a block's words.
    fn rule(&self, text: &str, at: Where, html: &str) -> Option<&'static str> {
        if text.is_empty() || text.len() > LONGEST {
            return None;
        }
        found(text)
            .filter(|tail| tail.at == at && !self.keeps(tail.name))
            .find(|tail| (!tail.links || link_share(html) >= 0.5) && (tail.name != READ_ALSO || self.leads_home(html)))
            .map(|tail| tail.name)
    }

    /// Whether a link of a block leads to another page of the entry's own site.
    fn leads_home(&self, html: &str) -> bool {
        let Some(home) = self.home else { return false };
        tokens(html).any(|(_, token)| match token {
            Token::Open("a", attributes) => {
                attribute(attributes, "href").and_then(|href| Url::parse(&href).ok()).is_some_and(|url| registrable(&url) == home)
            }
            _ => false,
        })
    }

    /// Rules that take all that stands below them: a form for comments, a list of other entries.
    fn below(&mut self) {
        let Some(first) = self.left.iter().position(|piece| !self.text(piece).is_empty()) else { return };
        for at in first + 1..self.left.len() {
            let (html, text) = (self.html(self.left[at]), self.text(self.left[at]));
            if !(html.starts_with("<h") || html.starts_with("<p>")) || count_words(text) > 10 {
                continue;
            }
            let rest = &self.left[at + 1..];
            let rule = if let Some(rule) = self.rule(text, Where::Form, html) {
                let words: usize = rest.iter().map(|piece| count_words(self.text(piece))).sum();
                (words <= MOST_BELOW).then_some(rule)
            } else {
                let links = || {
                    rest.iter().all(|piece| self.text(piece).is_empty() || link_share(self.html(piece)) >= 0.5)
                        && rest.iter().any(|piece| self.leads_home(self.html(piece)))
                };
                self.rule(text, Where::Links, html).filter(|_| !rest.is_empty() && links())
            };
            if let Some(rule) = rule {
                for piece in self.left.split_off(at) {
                    self.remove(piece, rule);
                }
                return;
            }
        }
    }

    fn strip_ends(&mut self) {
        // pictures and players alone are no body
        let Some(first) = self.left.iter().position(|piece| !self.text(piece).is_empty()) else { return };
        while self.left.len() > first + 1 {
            let Some(piece) = self.left.last().copied() else { return };
            let (html, text) = (self.html(piece), self.text(piece));
            let rule = if html.starts_with("<hr>") {
                // a line with nothing below it
                self.cuts.push(piece.clone());
                self.left.pop();
                continue;
            } else if !(html.starts_with("<p>") || html.starts_with("<h")) {
                None
            } else {
                let advert = || (is_advert(text) && !self.keeps("advert")).then_some("advert");
                let more = || (is_more(text) && link_share(html) >= 0.5 && !self.keeps(READ_MORE)).then_some(READ_MORE);
                self.rule(text, Where::End, html).or_else(more).or_else(advert)
            };
            let Some(rule) = rule else { break };
            self.remove(piece, rule);
            self.left.pop();
        }
        let Some(piece) = self.left.last().copied() else { return };
        let (html, text) = (self.html(piece), self.text(piece));
        if self.rule(text, Where::End, html) == Some(CUT_OFF) {
            // dots are no body either
            return self.remove(piece, CUT_OFF);
        }
        if self.keeps(READ_MORE) {
            return;
        }
        let link = if html.starts_with("<blockquote>") {
            link_in_quote(html)
        } else {
            html.starts_with("<p>").then(|| trailing_link(html)).flatten()
        };
        let Some(link) = link else { return };
        self.remove_link(piece, link);
    }

    /// What a block ends with; in the plain texts it is what they end with, too.
    fn remove_link(&mut self, piece: &Piece, link: ends::Link) {
        let text = self.text(piece);
        let Some(start) = text.strip_suffix(link.text.as_str()).map(|head| head.trim_end().len()) else { return };
        let lead = self.body.text[piece.text.clone()].len() - self.body.text[piece.text.clone()].trim_start().len();
        let prose = self.body.prose.get(piece.prose.clone()).unwrap_or_default();
        let in_prose = prose.trim_end().strip_suffix(link.text.as_str()).map(|head| head.trim_end().len());
        let at = piece.html.start;
        self.removed.push(Removed { rule: READ_MORE, text: link.text });
        self.cuts.push(Cut {
            html: at + link.html.start..at + link.html.end,
            text: piece.text.start + lead + start..piece.text.start + lead + text.len(),
            prose: in_prose
                .map_or(piece.prose.end..piece.prose.end, |start| piece.prose.start + start..piece.prose.start + prose.trim_end().len()),
            images: piece.images.end..piece.images.end,
            media: piece.media.end..piece.media.end,
        });
    }
}

/// What share of a block's words are links.
fn link_share(html: &str) -> f64 {
    let (mut words, mut linked, mut depth) = (0, 0, 0);
    for (_, token) in tokens(html) {
        match token {
            Token::Open("a", _) => depth += 1,
            Token::Close("a") => depth -= 1,
            Token::Text(text) => {
                let count = count_words(text);
                words += count;
                linked += if depth > 0 { count } else { 0 };
            }
            _ => {}
        }
    }
    if words == 0 {
        0.0
    } else {
        f64::from(u32::try_from(linked).unwrap_or(u32::MAX)) / f64::from(u32::try_from(words).unwrap_or(u32::MAX))
    }
}

fn same_words(a: &str, b: &str) -> bool {
    let fold = |text: &str| text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>();
    !b.trim().is_empty() && fold(a) == fold(b)
}

/// Takes parts out of all texts, and moves the blocks behind them up.
fn take_out(body: &mut Tidied, cuts: Vec<Cut>) {
    let mut cuts = cuts;
    cuts.sort_by_key(|cut| (cut.html.start, cut.html.end));
    let ranges =
        |of: fn(&Cut) -> &Range<usize>| cuts.iter().map(|cut| of(cut).clone()).filter(|range| !range.is_empty()).collect::<Vec<_>>();
    let (html, text, prose) = (ranges(|cut| &cut.html), ranges(|cut| &cut.text), ranges(|cut| &cut.prose));
    let (images, media) = (ranges(|cut| &cut.images), ranges(|cut| &cut.media));
    keep_others(&mut body.images, &images);
    keep_others(&mut body.media, &media);
    body.html = without(&body.html, &html);
    body.text = without(&body.text, &text);
    body.prose = without(&body.prose, &prose);
    for piece in &mut body.pieces {
        piece.html = moved(&piece.html, &html);
        piece.text = moved(&piece.text, &text);
        piece.prose = moved(&piece.prose, &prose);
        piece.images = moved(&piece.images, &images);
        piece.media = moved(&piece.media, &media);
    }
    body.pieces.retain(|piece| !piece.html.is_empty());
}

/// What stands in none of the ranges.
fn keep_others<T>(things: &mut Vec<T>, cuts: &[Range<usize>]) {
    let mut at = 0;
    things.retain(|_| {
        at += 1;
        !cuts.iter().any(|range| range.contains(&(at - 1)))
    });
}

fn without(text: &str, cuts: &[Range<usize>]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for cut in cuts {
        out.push_str(text.get(from..cut.start).unwrap_or_default());
        from = cut.end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

fn moved(range: &Range<usize>, cuts: &[Range<usize>]) -> Range<usize> {
    let at = |point: usize| point - cuts.iter().map(|cut| point.min(cut.end).saturating_sub(cut.start)).sum::<usize>();
    at(range.start)..at(range.end)
}

impl Removed {
    /// Both as one line: `read-more: Continue reading`.
    pub fn line(&self) -> Cow<'_, str> {
        match self.text.is_empty() {
            true => Cow::Borrowed(self.rule),
            false => Cow::Owned(format!("{}: {}", self.rule, self.text)),
        }
    }
}
