//! What a paragraph ends with: a link that leads to the rest of the article, a call to buy.

use std::ops::Range;
use std::sync::OnceLock;

use regex::Regex;

use super::super::tokens::{Token, decode, tokens};
use super::rules::{MORE, is_read_more};

/// A link at the end of a paragraph.
pub(super) struct Link {
    /// Where it stands in the paragraph's HTML, with the white space before it and the tags that are empty without it.
    pub html: Range<usize>,
    /// Its words, and what stands behind it.
    pub text: String,
}

/// `… <a>Read more</a> →` at the end of a paragraph, where a sentence has ended before it.
pub(super) fn trailing_link(html: &str) -> Option<Link> {
    let open = html.rfind("<a ")?;
    let close = open + html[open..].find("</a>")? + "</a>".len();
    let behind = &html[close..];
    let arrow = behind.find('<').unwrap_or(behind.len());
    let is_arrow = |c: char| c.is_whitespace() || matches!(c, '→' | '»' | '›' | '…' | '.' | '➜' | '►');
    if !behind[..arrow].chars().all(is_arrow) || !tokens(&behind[arrow..]).all(|(_, token)| is_closing(&token)) {
        return None;
    }
    let mut text = String::new();
    for (_, token) in tokens(&html[open..close + arrow]) {
        match token {
            Token::Text(part) => text.push_str(&decode(part)),
            Token::Open("a" | "b" | "strong" | "em" | "i", _) | Token::Close(_) => {}
            Token::Open(..) => return None,
        }
    }
    if !is_more(text.trim()) {
        return None;
    }
    let range = widened(html, open..close + arrow);
    let before: String =
        tokens(&html[..range.start]).filter_map(|(_, token)| if let Token::Text(part) = token { Some(part) } else { None }).collect();
    let before = decode(before.trim_end());
    let ended = before.trim_end().ends_with(['.', '!', '?', '…', ']', ')', ':', '"', '”', '“', '»', '’', '。', '！', '？', '」', '।', '؟']);
    (ended || html[..open].ends_with("<br>")).then(|| Link { html: range, text: text.trim().to_owned() })
}

/// The same as the last paragraph of a quote that holds others: a teaser was cut in its midst.
pub(super) fn link_in_quote(html: &str) -> Option<Link> {
    let open = html.rfind("<p>")?;
    let close = open + html[open..].find("</p>\n")? + "</p>\n".len();
    if html[close..].trim_end() != "</blockquote>" || !html[..open].contains("</p>") {
        return None;
    }
    let paragraph = &html[open..close];
    let text: String =
        tokens(paragraph).filter_map(|(_, token)| if let Token::Text(part) = token { Some(decode(part)) } else { None }).collect();
    let text = text.trim().to_owned();
    (paragraph.starts_with("<p><a ") && is_read_more(&text)).then_some(Link { html: open..close, text })
}

/// What such a link says, and nothing else.
pub(super) fn is_more(text: &str) -> bool {
    static WORDS: OnceLock<Regex> = OnceLock::new();
    let words = WORDS.get_or_init(|| Regex::new(&format!(r"(?i)^(?:…|\.\.\.|\[…\])?\s*(?:{MORE})\W*$")).expect("a pattern of ours"));
    text.len() <= 200 && words.is_match(text)
}

fn is_closing(token: &Token<'_>) -> bool {
    match token {
        Token::Close(_) => true,
        Token::Text(text) => text.trim().is_empty(),
        Token::Open(..) => false,
    }
}

/// With white space and breaks before it, and with the tags around it that are empty without it.
fn widened(html: &str, mut range: Range<usize>) -> Range<usize> {
    loop {
        let head = html[..range.start].trim_end();
        let head = head.strip_suffix("<br>").unwrap_or(head);
        if head.len() < range.start {
            range.start = head.len();
            continue;
        }
        let tag = head.rfind('<').map(|at| &head[at..]).and_then(|tag| tag.strip_prefix('<')?.strip_suffix('>'));
        match tag {
            Some(name) if !name.starts_with('/') && name != "p" && html[range.end..].starts_with(&format!("</{name}>")) => {
                range = range.start - name.len() - 2..range.end + name.len() + 3;
            }
            _ => return range,
        }
    }
}

/// What an advert ends with.
const CALLS: &str = r"learn more|find out more|sign up(?: now| today| here| free)?|get started(?: now| today)?|try (?:it|now|for free|free)(?: now| today)?|buy (?:it )?now|shop now|order (?:it )?now|register now|download now|subscribe(?: now| today)?|join now|book now|click here(?: to .{0,60})?|mehr erfahren|jetzt (?:bestellen|anmelden|kaufen|testen|buchen)|en savoir plus|inscrivez-vous|más información|suscríbete|saiba mais|scopri di più|meer informatie|узнать больше|подробнее";

/// Bytes of a paragraph that is looked at.
const LONGEST: usize = 2_000;

/// What adverts say and articles seldom.
const PROMISES: &str = r"discover|unlock|elevate|effortless(?:ly)?|seamless(?:ly)?|ultimate|cutting-edge|say goodbye|goodbye to|hello to|foremost|pinnacle|harness(?:ing)?|hassle-free|game-chang\w+|supercharge|revolutioni[sz]e|stay ahead|limited[- ]time|discount|coupon|promo code|% off|free trial|money-back|best price|don['’]t miss|today only|saving you|innovative (?:tool|solution|product)|exclusive (?:offer|deal)|sparen sie|rabatt|gutschein|gratis|kostenlos testen|offre exclusive|essai gratuit|oferta|descuento|prueba gratis|sconto|korting|скидк\w+";

/// A paragraph that promises at least three things and ends with a call.
pub(super) fn is_advert(text: &str) -> bool {
    static PARTS: OnceLock<(Regex, Regex)> = OnceLock::new();
    let (call, promise) = PARTS.get_or_init(|| {
        let call = Regex::new(&format!(r"(?i)(?:^|\W)(?:{CALLS})\W*$")).expect("a pattern of ours");
        (call, Regex::new(&format!(r"(?i)(?:^|\b)(?:{PROMISES})")).expect("a pattern of ours"))
    });
    if text.len() > LONGEST || !call.is_match(text) {
        return false;
    }
    let mut said: Vec<String> = promise.find_iter(text).map(|found| found.as_str().to_lowercase()).collect();
    said.sort();
    said.dedup();
    said.len() >= 3
}
